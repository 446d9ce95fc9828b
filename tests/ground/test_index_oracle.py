"""The engine against the oracle: random trees on random documents, in several segments, merged, scanned."""

from __future__ import annotations

import random
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import hits, spans

from tecum import query
from tecum.engine.index import Hit, Index, IndexDoc, build_segment, merge_segments, verify
from tecum.engine.index.build import Assembly
from tecum.engine.index.segment import Segment
from tecum.query import DEFAULT_FIELDS, And, Edge, In, Near, Node, Not, NotNear, Or, Phrase, Word
from tecum.query.tree import has_spans

WORDS = ["a", "ab", "abc", "b", "ba", "c1", "c2", "ca", "d"]
PATTERNS = ["a*", "*a", "a?", "c=", "*b*", "?", "*", "a*c", "z", "??*", "b*"]
FIELDS = ["body", "subject", "from", "to", "path"]
DISTANCES = [1, 2, 3, 5, 10, 100, 254, 255, 256, 300, 1000]
DEFAULT = list(DEFAULT_FIELDS)

words = st.sampled_from([*WORDS, *PATTERNS]).map(Word)
leaves = st.one_of(
    words, words, words, st.lists(words, min_size=2, max_size=3).map(lambda found: Phrase(tuple(found))),
    st.booleans().map(Edge),
)  # fmt: skip
named = st.sampled_from([*FIELDS, "participants", "bcc"])


def parts(of: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(of, min_size=2, max_size=3).map(tuple)


def grown(of: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        parts(of).map(Or),
        st.builds(Near, of, of, st.sampled_from(DISTANCES), st.booleans()),
        st.builds(In, named, of),
    )


places = st.recursive(leaves, grown, max_leaves=6)  # whatever denotes spans and may stand in a proximity
one_sided = st.builds(Near, parts(places).map(And), places, st.sampled_from(DISTANCES), st.booleans())
apart = st.builds(NotNear, places, places, st.sampled_from(DISTANCES))
trees = st.recursive(
    st.one_of(places, places, apart, one_sided),
    lambda of: st.one_of(parts(of).map(And), parts(of).map(Or), of.map(Not), st.builds(In, named, of)),
    max_leaves=4,
)
units = st.tuples(st.sampled_from(FIELDS), st.lists(st.sampled_from(WORDS), max_size=12))
documents = st.lists(st.lists(units, max_size=3), min_size=1, max_size=6)


def indexed(docs: list[list[tuple[str, list[str]]]], folder: Path, cuts: list[int]) -> list[Path]:
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(docs)}), len(docs)]
    paths = []
    for low, high in pairwise(bounds):
        path = folder / f"{low}-{high}"
        texts = [[(field, " ".join(found)) for field, found in doc] for doc in docs[low:high]]
        build_segment(path, [IndexDoc(low + at, f"{low + at:064x}", doc) for at, doc in enumerate(texts)])
        paths.append(path)
    return paths


def in_memory(docs: list[list[tuple[str, list[str]]]], cuts: list[int]) -> Index:
    """The same segments without files."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(docs)}), len(docs)]
    segments = []
    for low, high in pairwise(bounds):
        assembly = Assembly()
        for at in range(low, high):
            assembly.add(IndexDoc(at, f"{at:064x}", [(field, " ".join(found)) for field, found in docs[at]]))
        segments.append(Segment.of(assembly.arrays(), assembly.shape(), str(low)))
    return Index(segments)


def check(tree: Node, docs: list[list[tuple[str, list[str]]]], cuts: list[int]) -> None:
    expected = [at for at, doc in enumerate(docs) if hits(tree, doc, DEFAULT)]
    index = in_memory(docs, cuts)
    assert index.documents(tree).tolist() == expected
    assert index.documents(tree, scan=True).tolist() == expected
    assert index.mask(tree).tolist() == [at in expected for at in range(len(docs))]
    assert index.occurrences(tree) == in_memory(docs, []).occurrences(tree)
    if has_spans(tree):
        found = [spans(tree, doc, DEFAULT) for doc in docs]
        assert index.occurrences(tree) == sum(map(len, found))
        for at, doc in enumerate(docs):
            wanted = [Hit(unit, doc[unit][0], first, last) for unit, first, last in sorted(found[at])]
            assert index.spans(tree, at) == wanted
            marked(index, tree, doc, found[at])


def marked(index: Index, tree: Node, doc: list[tuple[str, list[str]]], found: set[tuple[int, int, int]]) -> None:
    """Every span yields a passage; every mark lies within a span."""
    shown = list(index.passages(tree, [(field, " ".join(text)) for field, text in doc], width=2))
    only_edges = all(first == last and first in (-1, len(doc[unit][1])) for unit, first, last in found)
    assert bool(shown) == (not only_edges)
    inside = {(unit, at) for unit, first, last in found for at in range(first, last + 1)}
    assert sum(len(one.marks) for one in shown) <= len(inside)
    for one in shown:
        assert all(one.text[start:end] in WORDS for start, end in one.marks)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees, documents, st.lists(st.integers(1, 5), max_size=2))
def test_engine_equals_oracle(tree: Node, docs: list[list[tuple[str, list[str]]]], cuts: list[int]) -> None:
    check(tree, docs, cuts)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(places, st.lists(st.sampled_from(WORDS[:2]), min_size=250, max_size=270))
def test_engine_equals_oracle_where_units_are_longer_than_the_gap(tree: Node, text: list[str]) -> None:
    rare = ["d" if at % 50 else word for at, word in enumerate(text)]
    docs = [[("body", rare), ("subject", ["a"]), ("body", rare[::-1])], [("body", ["b", "a"])]]
    expected = [at for at, doc in enumerate(docs) if hits(tree, doc, DEFAULT)] if small(tree) else None
    if expected is not None:
        with in_memory(docs, []) as index:
            assert index.documents(tree).tolist() == expected


def small(tree: Node) -> bool:
    """Whether the oracle can form all pairs: no word that stands everywhere, at most two proximities."""
    found = list(query.walk(tree))
    often = any(isinstance(node, Word) and node.pattern in ("*", "?", "d", "??*") for node in found)
    return not often and sum(isinstance(node, Near) for node in found) <= 2


def test_random_trees_on_dense_documents() -> None:
    compare(random.Random(20_180_124), rounds=14)


@pytest.mark.slow
def test_many_random_trees_equal_the_oracle() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    compare(random.Random(seed), rounds=400)


def compare(chance: random.Random, rounds: int) -> None:
    """Thirty trees a round on sixty documents: which are found, and how many spans, by postings and by scan."""
    for _ in range(rounds):
        common = chance.choice([WORDS, WORDS[:4], ["a", "b"]])
        docs = [
            [
                (chance.choice(FIELDS), chance.choices(common, k=chance.randrange(25)))
                for _ in range(chance.randrange(4))
            ]
            for _ in range(60)
        ]
        index = in_memory(docs, [20, 21])
        for _ in range(30):
            tree = grow(chance, 3)
            text = query.to_text(tree)
            expected = [at for at, doc in enumerate(docs) if hits(tree, doc, DEFAULT)]
            assert index.documents(tree).tolist() == expected, text
            assert index.documents(tree, scan=True).tolist() == expected, text
            if has_spans(tree):
                assert index.occurrences(tree) == sum(len(spans(tree, doc, DEFAULT)) for doc in docs), text


def grow(chance: random.Random, depth: int) -> Node:
    kind = chance.randrange(6) if depth else 9
    if kind == 0:
        return And(tuple(grow(chance, depth - 1) for _ in range(2)))
    if kind == 1:
        return Or(tuple(grow(chance, depth - 1) for _ in range(2)))
    if kind == 2:
        return Not(grow(chance, depth - 1))
    if kind == 3:
        return In(chance.choice([*FIELDS, "participants"]), grow(chance, depth - 1))
    if kind == 4:
        return NotNear(place(chance, depth - 1), place(chance, depth - 1), chance.choice(DISTANCES))
    return place(chance, depth)


def place(chance: random.Random, depth: int) -> Node:
    kind = chance.randrange(6) if depth > 0 else chance.choice([3, 3, 3, 4, 5])
    if kind == 0:
        return Near(place(chance, depth - 1), place(chance, depth - 1), chance.choice(DISTANCES), chance.random() < 0.4)
    if kind == 1:
        return Or((place(chance, depth - 1), place(chance, depth - 1)))
    if kind == 2:
        return In(chance.choice([*FIELDS, "participants"]), place(chance, depth - 1))
    if kind == 4:
        return Phrase(tuple(Word(chance.choice([*WORDS, *PATTERNS])) for _ in range(chance.choice([2, 2, 3]))))
    if kind == 5:
        return Edge(chance.random() < 0.5)
    return Word(chance.choice([*WORDS, *PATTERNS]))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents, st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_a_merge_is_byte_for_byte_one_build(docs: list[list[tuple[str, list[str]]]], cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = indexed(docs, folder, cuts)
        [whole] = indexed(docs, folder / "whole", [])
        merged = merge_segments(paths, folder / "merged")
        verify(merged.path)
        for file in whole.iterdir():
            assert file.read_bytes() == (merged.path / file.name).read_bytes(), file.name


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(places, places, places, st.sampled_from(DISTANCES[:-1]), documents)
def test_algebra(a: Node, b: Node, c: Node, n: int, docs: list[list[tuple[str, list[str]]]]) -> None:
    with in_memory(docs, [2]) as index:

        def found(tree: Node) -> set[int]:
            return set(index.documents(tree).tolist())

        assert found(Near(a, b, n)) == found(Near(b, a, n))
        assert found(Near(a, b, n)) == found(Near(a, b, n, True)) | found(Near(b, a, n, True))
        assert found(Near(a, b, n)) <= found(Near(a, b, n + 1))
        assert found(Near(a, b, n, True)) <= found(Near(a, b, n + 1, True))
        assert found(NotNear(a, b, n + 1)) <= found(NotNear(a, b, n))
        assert found(a) == found(Near(a, b, n)) | found(NotNear(a, b, n))
        assert found(Not(And((a, b)))) == found(Or((Not(a), Not(b))))
        assert found(Not(Not(a))) == found(a)
        assert found(Near(Or((a, b)), c, n)) == found(Or((Near(a, c, n), Near(b, c, n))))
        assert found(And((a, b))) == found(And((b, a))) and found(Or((a, b))) == found(Or((b, a)))
        assert found(Near(Word("a"), Word("b"), 1, True)) == found(Phrase((Word("a"), Word("b"))))
        prefixed = {word for doc in docs for _, text in doc for word in text if word.startswith("a")}
        assert found(Word("a*")) == set().union(*(found(Word(word)) for word in prefixed))
        assert index.packed(a).tolist() == np.packbits(index.mask(a)).tolist()
