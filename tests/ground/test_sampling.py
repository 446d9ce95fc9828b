"""Exact intervals against exact arithmetic, and the properties of a drawn sample."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.sampling import draw, exact_interval, rank


def at_most(found: int, of: int, share: Fraction) -> Fraction:
    """The binomial sum in fractions, without rounding."""
    return sum((comb(of, at) * share**at * (1 - share) ** (of - at) for at in range(found + 1)), Fraction())


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),  # published tables of the 95 % interval
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (5, 100, 0.0164, 0.1128)],
)
def test_known_values(found: int, of: int, low: float, high: float) -> None:
    interval = exact_interval(found, of)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_each_end_leaves_its_tail(drawn: tuple[int, int]) -> None:
    found, of = drawn
    interval = exact_interval(found, of)
    assert interval.low <= interval.share == found / of <= interval.high
    if found:
        assert float(1 - at_most(found - 1, of, Fraction(interval.low))) == pytest.approx(0.025, rel=1e-6)
    else:
        assert interval.low == 0
    if found < of:
        assert float(at_most(found, of, Fraction(interval.high))) == pytest.approx(0.025, rel=1e-6)
    else:
        assert interval.high == 1


@pytest.mark.parametrize(("found", "of"), [(-1, 3), (4, 3), (0, 0)])
def test_what_is_no_share_is_refused(found: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        exact_interval(found, of)


@given(st.sets(st.text(min_size=1, max_size=6), max_size=30), st.integers(0, 40), st.integers(0, 9))
def test_a_sample_depends_on_its_set_alone(controls: set[str], size: int, seed: int) -> None:
    drawn = draw(sorted(controls), size, seed)
    assert drawn == draw(sorted(controls, reverse=True), size, seed)
    assert len(drawn) == min(size, len(controls)) == len(set(drawn) & controls)
    assert draw(controls, size + 5, seed)[: len(drawn)] == drawn, "a larger sample contains the smaller one"


def test_seeds_draw_differently_and_evenly() -> None:
    controls = [f"C{n:08d}" for n in range(2_000)]
    samples = [set(draw(controls, 100, seed)) for seed in range(60)]
    assert len({frozenset(one) for one in samples}) == 60
    low = sum(sum(one < "C00001000" for one in sample) for sample in samples)
    assert abs(low - 3_000) < 5 * (6_000 * 0.25) ** 0.5, "half of them from each half"
    assert rank(1, "C00000001") != rank(2, "C00000001")
