"""Fuzz the readers: damaged files of every format through the real sandbox; every outcome must be a row.

    python benchmarks/fuzz.py [--inputs 2000] [--seed 1] [--from FOLDER]... [--kind KIND]... [--log FILE]
    python benchmarks/fuzz.py --show NUMBER [--seed ...] [--from ...] [--kind ...]

Seeds are made-up files of every format (``fuzz_seeds.py``) and, with ``--from``, the files of a folder; each format
gets the same share. A mutant depends on the seed number, its own number and the seed files alone, so ``--show`` makes
it again, reads it in this process, and prints where it fails. With ``--log`` every batch is noted in a file, and the
same command goes on where it stopped. Members are counted, not read in turn: what they hold are seeds of their own.

It fails (status 1) when an input leaves no row or a row that breaks promise 1, when one runs past its cap, when a
worker dies, or when a reader raises what only a mistake in a program raises (``fuzz_run.DEFECTS``).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fuzz_run import DEFECTS, Plan, Seen, mutant, read_batch, seeds

from tecum.engine.jobs import Bare, Jobs

_BATCH = 250
_EXAMPLES = 3  # of each kind of failure
_TRIES = 2  # a poison file is tried once more
_GRACE_S = 3.0  # of an idle machine: the start of a fresh child, and its end


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    plan = Plan(options.seed, tuple(options.folders), options.seconds, tuple(options.kinds))
    if options.show is not None:
        return _show(plan, options.show)
    print(f"seed {plan.seed}, {options.inputs:,} inputs, {len(seeds(plan)):,} seed files")
    begun = time.perf_counter()
    seen: list[Seen] = []
    deaths = []
    for batch, found, death in _run(plan, options.inputs, options.log, options.processes):
        seen += found
        deaths += [f"inputs {batch.start} to {batch.stop - 1}: {death}"] if death else []
        if sys.stderr.isatty():
            print(f"\r{len(seen):,}", end="", file=sys.stderr, flush=True)
    _table(seen)
    _raised(seen)
    failed = list(_failures(seen, plan, deaths))
    print(f"\n{len(seen):,} inputs, {time.perf_counter() - begun:.0f} s, {_cpu():.0f} s of processor time")
    print("\n".join(failed) or "Every input ended as a row that says what became of it.")
    return 1 if failed else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="folders", action="append", default=[])
    parser.add_argument("--kind", dest="kinds", action="append", default=[])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--log", type=Path)
    parser.add_argument("--show", type=int)
    return parser.parse_args(arguments)


def _run(plan: Plan, inputs: int, log: Path | None, processes: int) -> Iterator[tuple[range, list[Seen], str]]:
    """Yield each batch with what became of its inputs, and how its worker died ("" when it lives)."""
    done = _logged(log, plan)
    todo = []
    for start in range(0, inputs, _BATCH):
        batch = range(start, min(start + _BATCH, inputs))
        if (batch.start, batch.stop) in done:
            yield batch, done[batch.start, batch.stop], ""
        else:
            todo.append((plan, batch))
    with Jobs(processes, setup=Bare) as jobs:
        for step in jobs.map(read_batch, todo):
            batch = step.batch[1]
            if step.value is not None:
                _log(log, plan, batch, step.value)
                yield batch, step.value, ""
            elif step.error is not None:
                yield batch, [], f"{step.error}\n{step.error.trace}"


def _logged(log: Path | None, plan: Plan) -> dict[tuple[int, int], list[Seen]]:
    if log is None or not log.exists():
        return {}
    done = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["plan"] == json.loads(json.dumps(asdict(plan))):
            rows = [{**row, "codes": tuple(row["codes"]), "raised": tuple(row["raised"])} for row in entry["seen"]]
            done[entry["start"], entry["stop"]] = [Seen(**row) for row in rows]
    return done


def _log(log: Path | None, plan: Plan, batch: range, seen: Iterable[Seen]) -> None:
    if log is not None:
        entry = {"plan": asdict(plan), "start": batch.start, "stop": batch.stop, "seen": [asdict(one) for one in seen]}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def _table(seen: list[Seen]) -> None:
    """Inputs by format: how they ended, by which codes, and the slowest."""
    by_kind: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        by_kind[one.kind].append(one)
    heads = ("document", "container", "unprocessable")
    print(f"\n{'format':<10}{'inputs':>8}" + "".join(f"{head:>15}" for head in heads) + f"{'slowest':>10}  codes")
    for kind, some in [*sorted(by_kind.items()), ("all", seen)]:
        ended = Counter(one.disposition for one in some)
        codes = Counter(code for one in some for code in one.codes)
        told = ", ".join(f"{code} {count:,}" for code, count in codes.most_common())
        slowest = max((one.seconds for one in some), default=0.0)
        counts = "".join(f"{ended[head]:>15,}" for head in heads)
        print(f"{kind:<10}{len(some):>8,}{counts}{slowest:>8.2f} s  {told}")


def _raised(seen: list[Seen]) -> None:
    """What no reader put into words of its own: no failure by itself, but nothing that a lawyer should have to read."""
    counts = Counter((one.kind, name) for one in seen for name in one.raised)
    examples = {(one.kind, name): one.number for one in reversed(seen) for name in one.raised}
    for (kind, name), count in counts.most_common():
        print(f"raised and not put into words: {kind}: {name}: {count:,}, the first {examples[kind, name]}")


def _failures(seen: list[Seen], plan: Plan, deaths: list[str]) -> Iterator[str]:
    yield from (f"WORKER DIED: {death}" for death in deaths)
    again = " ".join(
        [f"--seed {plan.seed}", *(f"--from {one}" for one in plan.folders), *(f"--kind {k}" for k in plan.kinds)]
    )
    for one in seen:
        if one.wrong:
            yield f"BROKEN: {one.seed}: {one.wrong}  (--show {one.number} {again})"
        if one.seconds > _TRIES * (plan.seconds + 2 + _GRACE_S):
            yield f"HUNG: {one.seed}: {one.seconds:.0f} s  (--show {one.number} {again})"
    shown: Counter[tuple[str, ...]] = Counter()
    for one in seen:
        if defects := DEFECTS.intersection(one.raised):
            key = (one.kind, *sorted(defects))
            shown[key] += 1
            if shown[key] <= _EXAMPLES:
                yield f"DEFECT: {one.kind}: {', '.join(key[1:])}: {one.seed}  (--show {one.number} {again})"
    yield from (f"DEFECTS in all: {' '.join(key)}: {count:,}" for key, count in shown.items())


def _show(plan: Plan, number: int) -> int:
    """Read one mutant in this process, with nothing caught, and write it beside us to be looked at."""
    from tecum.hooks import Input, Unreadable
    from tecum.processing.identify import identify
    from tecum.processing.reading import readers

    name, _, data = mutant(plan, number)
    path = Path(f"mutant-{number}-{Path(name).name}")
    path.write_bytes(data)
    kind = identify(data[: 1 << 16], name, io.BytesIO(data), len(data)).kind
    print(f"{path}: {len(data):,} bytes, from {name}, read as {kind}")
    reader = readers().get(kind)
    try:
        if reader is not None:
            reader.read(Input(io.BytesIO(data), len(data), Path(name).name, kind), _Deaf())
    except Unreadable as stop:
        print(f"{stop.code}: {stop.message}")
    except Exception:  # the point of it: see where it fails
        traceback.print_exc()
        return 1
    return 0


class _Deaf:
    """An ``Emit`` that keeps nothing, but reads what members give."""

    def text(self, part: str) -> None:
        part.encode("utf-8", "replace")

    def field(self, name: str, value: str | list[str]) -> None:
        print(f"  {name}: {str(value)[:200]}")

    def member(self, name: str, data: Any, **more: Any) -> None:
        while data is not None and not isinstance(data, bytes) and data.read(1 << 20):
            pass

    def container(self) -> None:
        print("  a container")

    def problem(self, code: str, message: str) -> None:
        print(f"  {code}: {message}")


def _cpu() -> float:
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in every)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
