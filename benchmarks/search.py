"""Search: which engine counts exactly, how fast each is, and this program's index at a hundred million words.

    python benchmarks/search.py [--tokens 100e6] [--only compare|scale] [REPOSITORY...]

The corpus is the real mail of ../shared/data, where that is, and the commit messages of the git repositories named.
All engines get the same words (ASCII letters and digits, lower case), in one run, one after the other; the truth is
plain Python over lists of words. Engines that are not installed are left out with a reason.

The scale part makes more of the same by repeating and changing it (``search_corpus.grown``). Where a figure misses its
aim, the bytes that the query has to touch and the speed at which this machine reads memory are printed beside it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from search_corpus import gathered, grown, tokens_of
from search_engines import ENGINES, Engine, Missing, bytes_of
from search_queries import QUERIES, Query, truth

from tecum import query as language
from tecum.engine.index import Index, IndexDoc, SegmentWriter, merge_segments
from tecum.query import walk

ROUNDS = 5
ROWS = 500
AIMS = (  # query, milliseconds
    ("mmap", 10), ("file", 10), ("the", 10), ("memory AND file", 10), ("memory AND NOT leak", 10),
    ("(memor* OR alloc*) w/10 (leak* OR free*)", 100), ("(fix* OR bug*) w/10 (test* OR fail*)", 100),
    ("(updat* OR chang*) w/10 (version* OR releas*)", 100),
    ('("memory leak" OR alloc*) w/10 (fix* pre/3 in)', 300), ("(add* w/5 (test* OR case*)) w/20 (fix* OR remov*)", 300),
    ("(fix* w/10 bug*) AND NOT (test* not w/5 fail*)", 300),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--tokens", type=float, default=5e6, help="words of the scale part")
    parser.add_argument("--only", choices=("compare", "scale"))
    asked = parser.parse_args()
    texts = [text for text in map(tokens_of, gathered(asked.repositories)) if text]
    if not texts:
        sys.exit("there is no text: name a git repository")
    words = sum(text.count(" ") + 1 for text in texts)
    print(f"{len(texts):,} real documents, {words:,} words, {sum(map(len, texts)) / 1e6:.1f} MB")
    if asked.only != "scale":
        compare(texts)
    if asked.only != "compare":
        scale(texts, int(asked.tokens))


# -- engines side by side --------------------------------------------------------------------------------


def compare(texts: Sequence[str]) -> None:
    """Print, for each engine and query, how many documents it is wrong by, and its median latency."""
    documents = [text.split() for text in texts]
    expected = [truth(query, documents) for query in QUERIES]
    for kind in ENGINES:
        with tempfile.TemporaryDirectory() as place:
            try:
                engine: Engine = kind(Path(place))
            except Missing as error:
                print(f"\n{kind.__name__}: left out, {error}")
                continue
            try:
                begun = time.perf_counter()
                engine.build(texts)
                built = time.perf_counter() - begun
                part = engine.size() / sum(map(len, texts))
                print(f"\n{engine.name}: built in {built:.1f} s, {part:.2f} of the text's size")
                for query, true in zip(QUERIES, expected, strict=True):
                    print(f"  {query.text:<48} {len(true):>8,}  {_measured(engine, query, true)}")
            finally:
                engine.close()


def _measured(engine: Engine, query: Query, true: set[int]) -> str:
    times = []
    for _ in range(ROUNDS):
        try:
            answer = engine.find(query)
        except Exception as error:  # whatever the engine says is its result
            return f"fails: {str(error)[:60]}"
        if answer is None:
            return "cannot be expressed"
        times.append(answer[1])
    found = answer[0]
    wrong = f"{len(found):,}: {len(found - true):,} too many, {len(true - found):,} missed"
    return f"{median(times) * 1000:9.2f} ms  {'exact' if found == true else wrong}"


# -- this program's index, large -------------------------------------------------------------------------


def scale(texts: list[str], tokens: int) -> None:
    """Build, merge, open and query an index of so many words, and hold the figures against the aims."""
    bandwidth = _bandwidth()
    print(f"\nmemory is read and summed at {bandwidth / 1e9:.1f} GB/s")
    with tempfile.TemporaryDirectory() as place:
        paths, documents, size, cpu = _built(Path(place), texts, tokens)
        speed = size / 1e6 / cpu
        print(f"{documents:,} documents, {size / 1e6:,.0f} MB of text in {len(paths)} segments")
        print(f"build: {speed:.1f} MB/s of processor time {_aim(speed >= 3, '3 MB/s')}")
        begun = time.process_time()
        whole = merge_segments(paths, Path(place) / "whole")
        print(f"merge: {time.process_time() - begun:.1f} s of processor time")
        part = bytes_of(whole.path) / size
        print(f"{whole.tokens:,} words, {whole.terms:,} different; the index has {part:.2f} of the text's size")
        for name, parts in (("one segment", [whole.path]), ("as built", paths)):
            begun = time.perf_counter()
            with Index.open(parts) as index:
                opened = time.perf_counter() - begun
                print(f"\n{name}: opened in {opened:.3f} s {_aim(opened < 0.5, '0.5 s')}")
                for text, aim in AIMS:
                    _query(index, text, aim, bandwidth)
                _report(index)


def _built(place: Path, texts: list[str], tokens: int) -> tuple[list[Path], int, int, float]:
    """Segments, documents, bytes of text, and seconds of processor time, the making of texts left out."""
    paths: list[Path] = []
    writer: SegmentWriter | None = None
    size, cpu, number = 0, 0.0, 0
    for number, text in enumerate(grown(texts, tokens), 1):
        begun = time.process_time()
        if writer is None or writer.full:
            if writer:
                writer.close()
            paths.append(place / f"part{len(paths)}")
            writer = SegmentWriter(paths[-1])
        writer.add(IndexDoc(number, "00" * 32, [("body", text)]))
        cpu += time.process_time() - begun
        size += len(text)
    begun = time.process_time()
    if writer:
        writer.close()
    return paths, number, size, cpu + time.process_time() - begun


def _query(index: Index, text: str, aim: int, bandwidth: float) -> None:
    tree = language.parse(text).require()
    times = [_timed(lambda: index.documents(tree)) for _ in range(ROUNDS)]
    found, middle = len(index.documents(tree)), median(times) * 1000
    said = f"  {text:<50} {found:>9,}  {middle:8.1f} ms {_aim(middle < aim, f'{aim} ms')}"
    if middle >= aim:
        postings = sum(_occurrences(index, word) for word in walk(tree) if isinstance(word, language.Word))
        touched = 4 * postings
        said += (
            f"\n{'':>8}{postings:,} postings, {touched / 1e6:.1f} MB: {touched / bandwidth * 1000:.1f} ms to read once"
        )
    print(said)


def _occurrences(index: Index, word: language.Word) -> int:
    return sum(one.occurrences for one in index.expansions(word, 1 << 30)[1])


def _report(index: Index) -> None:
    """A list of terms as long as a large one: words, prefixes, phrases and proximities drawn from the index."""
    chance = random.Random(5)
    _, top = index.expansions(language.Word("????*"), 4000)
    words = [one.term for one in top]
    forms: list[Callable[[], str]] = [
        lambda: chance.choice(words),
        lambda: f"{chance.choice(words)[:5]}*",
        lambda: f'"{chance.choice(words)} {chance.choice(words)}"',
        lambda: f"({chance.choice(words)} OR {chance.choice(words)}) w/10 {chance.choice(words)[:4]}*",
        lambda: f"{chance.choice(words)} AND NOT {chance.choice(words)}",
    ]
    trees = [language.parse(forms[at % len(forms)]()).require() for at in range(ROWS)]
    begun = time.perf_counter()
    rows = [index.packed(tree) for tree in trees]
    taken = time.perf_counter() - begun
    held = sum(row.nbytes for row in rows) / 1e6
    print(f"  {ROWS} rows: {taken:.1f} s, {held:.0f} MB of bits {_aim(taken < 60, '60 s')}")


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _bandwidth() -> float:
    """Bytes a second at which one core sums an array that no cache holds."""
    block = np.ones(1 << 27, np.uint8).view(np.uint64)
    return block.nbytes / min(_timed(block.sum) for _ in range(5))


def _aim(met: bool, aim: str) -> str:
    return f"({'within' if met else 'MISSES'} {aim})"


if __name__ == "__main__":
    main()
