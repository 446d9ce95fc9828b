"""The counts of a report against the same counts made from Python sets, and the invariants that both sides rely on."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tecum.terms.counting import Counts, Tally
from tecum.terms.scope import Facets

Rows = list[set[int]]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Facets, Rows]:
    """Documents with families, custodians (several each) and months; rows of hits."""
    size = draw(st.integers(0, 150))
    family = draw(st.lists(st.integers(0, max(0, size // 2)), min_size=size, max_size=size))
    _, dense = np.unique(np.array(family, dtype=np.int64), return_inverse=True)
    holders = sorted({*draw(st.sets(st.tuples(st.integers(0, max(0, size - 1)), st.integers(0, 2)), max_size=size))})
    held = np.array(holders if size else [], dtype=np.int64).reshape(-1, 2)
    months = np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), dtype=np.int64)
    facets = Facets(
        dense.astype(np.int64), ("a", "b", "c"), (held[:, 0], held[:, 1]), ("m1", "m2", "m3", "undated"), months, {}, {}
    )
    hits = st.sets(st.integers(0, size - 1)) if size else st.just(set[int]())
    return facets, draw(st.lists(hits, min_size=1, max_size=7))


def counted(facets: Facets, rows: Rows) -> tuple[Tally, list[Counts]]:
    tally = Tally(facets, len(rows))
    for row in rows:
        tally.add(np.array(sorted(row), dtype=np.int64))
    return tally, tally.rows()


def widened(facets: Facets, row: set[int]) -> set[int]:
    families = {int(facets.family[one]) for one in row}
    return {at for at, one in enumerate(facets.family.tolist()) if one in families}


@settings(max_examples=80)
@given(worlds())
def test_counts_are_those_of_sets(world: tuple[Facets, Rows]) -> None:
    facets, rows = world
    tally, found = counted(facets, rows)
    seen: set[int] = set()
    for at, (row, counts) in enumerate(zip(rows, found, strict=True)):
        others = set[int]().union(*(one for n, one in enumerate(rows) if n != at))
        families = {int(facets.family[one]) for one in row}
        other_families = {int(facets.family[one]) for one in others}
        assert counts.documents == len(row)
        assert counts.with_families == len(widened(facets, row))
        assert counts.families == len(families)
        assert counts.unique == len(row - others)
        alone = families - other_families
        assert counts.unique_with_families == sum(one in alone for one in facets.family.tolist())
        assert counts.new == len(row - seen)
        seen |= row
        assert counts.cumulative == len(seen)
        pairs = list(zip(*(part.tolist() for part in facets.held), strict=True))
        assert counts.by_custodian == tuple(sum(c == n and p in row for p, c in pairs) for n in range(3))
        assert counts.by_month == tuple(sum(int(facets.month[p]) == n for p in row) for n in range(4))
        assert set(tally.places(at).tolist()) == row
    assert tally.overlap().tolist() == [[len(one & other) for other in rows] for one in rows]
    wide = widened(facets, seen)
    assert tally.union(range(len(rows))) == (len(seen), len(wide), len({int(facets.family[one]) for one in seen}))
    assert set(tally.untouched().tolist()) == set(range(len(facets.family))) - wide


@settings(max_examples=50)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_invariants_of_a_report(world: tuple[Facets, Rows], random: object) -> None:
    facets, rows = world
    _, found = counted(facets, rows)
    union = set[int]().union(*rows)
    for one in found:
        assert one.unique <= one.documents <= one.with_families <= len(facets.family)
        assert one.families <= one.documents
        assert sum(one.by_month) == one.documents
    assert found[-1].cumulative == len(union) == sum(one.new for one in found)
    assert sum(one.unique for one in found) <= len(union) <= sum(one.documents for one in found)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    _, again = counted(facets, [rows[at] for at in order])
    fixed = ("documents", "with_families", "families", "unique", "unique_with_families", "by_custodian", "by_month")
    for at, one in zip(order, again, strict=True):
        assert [getattr(one, key) for key in fixed] == [getattr(found[at], key) for key in fixed]
    _, fewer = counted(facets, rows[:-1]) if len(rows) > 1 else (None, [])
    for one, other in zip(fewer, found, strict=False):
        assert other.unique <= one.unique
        assert other.unique_with_families <= one.unique_with_families


def test_no_documents_at_all() -> None:
    empty = np.zeros(0, dtype=np.int64)
    facets = Facets(empty, (), (empty, empty), (), empty, {}, {})
    tally, (one,) = counted(facets, [set()])
    assert one == Counts(0, 0, 0, 0, 0, 0, 0, (), ())
    assert tally.union([0]) == (0, 0, 0)
    assert tally.overlap().tolist() == [[0]]
