"""The engine against the oracle: random trees on random documents, in several segments, merged, scanned."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import day, edits, hits, low, seen, spans
from random_queries import (
    DATED,
    DEFAULT,
    DISTANCES,
    EXPRESSIONS,
    FACTS,
    FIELDS,
    FIGURES,
    FORMS,
    FUZZY,
    NAMED,
    PATTERNS,
    WORDS,
    WRITTEN,
    Document,
    compare,
    in_memory,
    slot,
)

from tecum import query
from tecum.engine.index import Hit, Index, IndexDoc, build_segment, merge_segments, verify
from tecum.query import (
    And,
    Dates,
    Edge,
    Fact,
    In,
    Near,
    Node,
    Not,
    NotNear,
    Numbers,
    Or,
    Phrase,
    Switches,
    Word,
    applied,
)
from tecum.query.dates import written
from tecum.query.fuzzy import within
from tecum.query.tree import has_spans

TEXT = [*WORDS, *WRITTEN[:4], *FORMS[:4], *FIGURES[:5], "Jan", "2nd", "2018", "the"]

plain = st.sampled_from([*WORDS, *PATTERNS]).map(Word)
slots = st.one_of(
    plain, plain, st.sampled_from(["run", "apply", "a"]).map(lambda found: Word(found, "stem")),
    st.sampled_from(FUZZY).map(lambda found: Word(found, "fuzzy")),
    st.sampled_from(EXPRESSIONS).map(lambda found: Word(found, "regex")),
    st.sampled_from(["ICE", "Ice", "ice", "A", "Jan"]).map(lambda found: Word(found, "case")),
    st.sampled_from([(0, 1), (1, 12), (7, 2018), (2018, 10**18 - 1)]).map(lambda found: Numbers(*found)),
)  # fmt: skip
days = st.sampled_from([date(2018, 1, 2), date(2018, 1, 12), date(2018, 12, 1), date(2018, 12, 31)])
dates = st.builds(lambda one, other, turned: Dates(min(one, other), max(one, other), turned), days, days, st.booleans())
leaves = st.one_of(
    slots, slots, slots, st.lists(slots, min_size=2, max_size=3).map(lambda found: Phrase(tuple(found))),
    st.booleans().map(Edge), dates,
)  # fmt: skip
named = st.sampled_from(NAMED)
distances = st.sampled_from(DISTANCES)


def parts(of: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(of, min_size=2, max_size=3).map(tuple)


def grown(of: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        parts(of).map(Or),
        st.builds(Near, of, of, distances, st.booleans()),
        st.builds(In, named, of),
    )


places = st.recursive(leaves, grown, max_leaves=6)  # whatever denotes spans and may stand in a proximity
one_sided = st.builds(Near, parts(places).map(And), places, distances, st.booleans())
apart = st.builds(NotNear, places, places, distances, st.booleans())
facts = st.sampled_from(FACTS).map(lambda found: Fact(*found))
fielded = st.recursive(
    st.one_of(places, places, apart, one_sided),
    lambda of: st.one_of(parts(of).map(And), parts(of).map(Or), of.map(Not), st.builds(In, named, of)),
    max_leaves=4,
)
trees = st.recursive(
    st.one_of(fielded, fielded, fielded, facts),
    lambda of: st.one_of(parts(of).map(And), parts(of).map(Or), of.map(Not)),
    max_leaves=3,
)
units = st.tuples(st.sampled_from(FIELDS), st.lists(st.sampled_from(TEXT), max_size=12))
documents = st.lists(
    st.tuples(st.lists(units, max_size=3), st.frozensets(st.sampled_from(FACTS), max_size=3)), min_size=1, max_size=6
)


def indexed(docs: Sequence[Document], folder: Path, cuts: list[int]) -> list[Path]:
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(docs)}), len(docs)]
    paths = []
    for start, end in pairwise(bounds):
        path = folder / f"{start}-{end}"
        texts = [[(field, " ".join(found)) for field, found in doc] for doc, _ in docs[start:end]]
        build_segment(path, [IndexDoc(start + at, f"{start + at:064x}", doc) for at, doc in enumerate(texts)])
        paths.append(path)
    return paths


def check(tree: Node, docs: list[Document], cuts: list[int]) -> None:
    expected = [at for at, (doc, known) in enumerate(docs) if hits(tree, doc, DEFAULT, known)]
    index = in_memory(docs, cuts)
    assert index.documents(tree).tolist() == expected
    assert index.documents(tree, scan=True).tolist() == expected
    assert index.mask(tree).tolist() == [at in expected for at in range(len(docs))]
    assert index.occurrences(tree) == in_memory(docs).occurrences(tree)
    if has_spans(tree):
        found = [spans(tree, doc, DEFAULT) for doc, _ in docs]
        assert index.occurrences(tree) == sum(map(len, found))
        for at, (doc, _) in enumerate(docs):
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
        assert all(one.text[start:end] in TEXT for start, end in one.marks)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees, documents, st.lists(st.integers(1, 5), max_size=2))
def test_engine_equals_oracle(tree: Node, docs: list[Document], cuts: list[int]) -> None:
    check(tree, docs, cuts)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(places, st.lists(st.sampled_from(WORDS[:2]), min_size=250, max_size=270))
def test_engine_equals_oracle_where_units_are_longer_than_the_gap(tree: Node, text: list[str]) -> None:
    rare = ["d" if at % 50 else word for at, word in enumerate(text)]
    docs: list[Document] = [
        ([("body", rare), ("subject", ["a"]), ("body", rare[::-1])], frozenset()),
        ([("body", ["b", "a"])], frozenset()),
    ]
    expected = [at for at, (doc, _) in enumerate(docs) if hits(tree, doc, DEFAULT)] if small(tree) else None
    if expected is not None:
        with in_memory(docs) as index:
            assert index.documents(tree).tolist() == expected


def small(tree: Node) -> bool:
    """Whether the oracle can form all pairs: no word that stands everywhere, at most two proximities."""
    found = list(query.walk(tree))
    often = any(isinstance(node, Word) and seen(node, "d") for node in found)
    return not often and sum(isinstance(node, Near) for node in found) <= 2


def test_random_trees_on_dense_documents() -> None:
    assert compare(20_180_124, rounds=3).telling > 20


@pytest.mark.slow
def test_many_random_trees_equal_the_oracle() -> None:
    """CI's part of ``benchmarks/proof_search.py``: 270,000 pairs of query and document."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    assert compare(seed, rounds=150).telling > 1_000


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents, st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_a_merge_is_byte_for_byte_one_build(docs: list[Document], cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = indexed(docs, folder, cuts)
        [whole] = indexed(docs, folder / "whole", [])
        merged = merge_segments(paths, folder / "merged")
        verify(merged.path)
        for file in whole.iterdir():
            assert file.read_bytes() == (merged.path / file.name).read_bytes(), file.name


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(places, places, places, st.sampled_from(DISTANCES[:-1]), documents)
def test_algebra(a: Node, b: Node, c: Node, n: int, docs: list[Document]) -> None:
    with in_memory(docs, [2]) as index:

        def found(tree: Node) -> set[int]:
            return set(index.documents(tree).tolist())

        assert found(Near(a, b, n)) == found(Near(b, a, n))
        assert found(Near(a, b, n)) == found(Near(a, b, n, True)) | found(Near(b, a, n, True))
        assert found(Near(a, b, n)) <= found(Near(a, b, n + 1))
        assert found(Near(a, b, n, True)) <= found(Near(a, b, n + 1, True))
        assert found(NotNear(a, b, n + 1)) <= found(NotNear(a, b, n))
        assert found(NotNear(a, b, n)) <= found(NotNear(a, b, n, True))
        assert found(a) == found(Near(a, b, n)) | found(NotNear(a, b, n))
        assert found(a) == found(Near(a, b, n, True)) | found(NotNear(a, b, n, True))
        assert found(Not(And((a, b)))) == found(Or((Not(a), Not(b))))
        assert found(Not(Not(a))) == found(a)
        assert found(Near(Or((a, b)), c, n)) == found(Or((Near(a, c, n), Near(b, c, n))))
        assert found(And((a, b))) == found(And((b, a))) and found(Or((a, b))) == found(Or((b, a)))
        assert found(Near(Word("a"), Word("b"), 1, True)) == found(Phrase((Word("a"), Word("b"))))
        prefixed = {low(word) for doc, _ in docs for _, text in doc for word in text if low(word).startswith("a")}
        assert found(Word("a*")) == set().union(*(found(Word(word)) for word in prefixed))
        assert index.packed(a).tolist() == np.packbits(index.mask(a)).tolist()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees, documents)
def test_appending_documents_and_their_order_change_nothing(tree: Node, docs: list[Document]) -> None:
    with in_memory(docs) as whole, in_memory(docs[:-1]) as before, in_memory(docs[::-1]) as turned:
        found = whole.documents(tree).tolist()
        assert before.documents(tree).tolist() == [at for at in found if at < len(docs) - 1]
        assert sorted(len(docs) - 1 - at for at in turned.documents(tree).tolist()) == found


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(places, documents)
def test_what_needs_words_of_two_units_is_never_found(tree: Node, docs: list[Document]) -> None:
    apart_ = [([unit], known) for doc, known in docs for unit in doc] or [([], frozenset())]
    owners = [at for at, (doc, _) in enumerate(docs) for _ in doc]
    with in_memory(docs) as whole, in_memory(apart_) as each:
        assert sorted({owners[at] for at in each.documents(tree).tolist()}) == whole.documents(tree).tolist()


@pytest.mark.parametrize("switches", [Switches(noise="dtsearch"), Switches(wider=True), Switches(edges_wider=True)])
def test_switches_are_trees_that_the_engine_counts(switches: Switches) -> None:
    docs: list[Document] = [
        ([("body", text.split())], frozenset())
        for text in ("the a b", "a x b", "a the b", "b x x a", "x b", "the", "x a", "x x a")
    ]
    with in_memory(docs) as index:
        for text in ("the", '"a the b"', "a w/1 b", "b w/1 xfirstword", "a AND NOT the", "a OR the", "a not w/2 b"):
            tree = applied(query.parse(text).require(), switches)
            expected = [at for at, (doc, _) in enumerate(docs) if hits(tree, doc, DEFAULT)]
            assert index.documents(tree).tolist() == expected, text


def test_what_a_word_stands_for_is_the_same_to_the_oracle() -> None:
    """The rules of ``tecum.query`` on single words, on which the engine may rely, against the oracle's own."""
    chance = random.Random(1)
    texts = [*WORDS, *WRITTEN, *FORMS, *FIGURES, *DATED[:-1]]
    for _ in range(300):
        asked = slot(chance)
        matches = query.slot_matcher(asked)
        for word in texts:
            [folded], [cased] = list(query.tokenize(word)), query.cased(word)
            exact = isinstance(asked, Word) and asked.how == "case"
            assert matches(cased if exact else folded) == seen(asked, word), (asked, word)
            assert not matches(folded) or folded.startswith(query.slot_prefix(asked)), (asked, word)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*DATED, *FIGURES, "29", "31", "0", "00", "13", "sep", "x"]), min_size=3, max_size=3))
def test_dates_are_read_as_the_standard_library_reads_them(words: list[str]) -> None:
    for day_first in (False, True):
        assert written([low(word) for word in words], day_first) == day(words, day_first)


@settings(max_examples=150, deadline=None)
@given(st.text("ab", max_size=7), st.text("abc", max_size=7), st.integers(0, 5))
def test_fuzzy_words_differ_by_what_the_whole_table_says(one: str, other: str, most: int) -> None:
    assert within(one, other, most) == (edits(one, other) <= most)
