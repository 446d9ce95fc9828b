"""Proof that the search engine counts what the language means: random queries on random documents against the oracle.

    python benchmarks/proof_search.py [--cases 20000] [--seed N] [--processes 2]

A case is one pair of query and document. Every query is answered from the postings and by scanning the tokens, its
spans are counted, and both are required to equal the oracle of the tests (``tests/ground/oracle.py``), which shares no
code with the engine beyond the classes of the tree and the stemmer. Prints the seed first, so that a failure can be
run again; a million cases are ``--cases 1000000``.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ground"))

from random_queries import Tally, compare

DOCUMENTS, TREES, ROUNDS = 60, 30, 4  # of one piece of work
PIECE = DOCUMENTS * TREES * ROUNDS


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    arguments.add_argument("--processes", type=int, default=2)
    given = arguments.parse_args()
    pieces = -(-given.cases // PIECE)
    print(f"seed {given.seed}: {pieces} pieces of {PIECE:,} cases in {given.processes} processes", flush=True)
    began, total = time.monotonic(), Tally()
    seeds = [given.seed * 1_000_003 + number for number in range(pieces)]
    with ProcessPoolExecutor(given.processes) as pool:
        for done, tally in enumerate(pool.map(compare, seeds, repeat(ROUNDS), repeat(DOCUMENTS), repeat(TREES)), 1):
            total += tally
            if done % 20 == 0:
                print(f"  {total.cases:,} cases, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{total.cases:,} cases, {total.queries:,} queries: none differs ({time.monotonic() - began:.0f} s)")
    print(f"queries that find some documents and not all: {total.telling:,}; spans compared: {total.spans:,}")
    print("queries with each kind of node: " + ", ".join(f"{name} {n:,}" for name, n in sorted(total.kinds.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
