"""Bates numbers: form, arithmetic, foreign numbers, and ranges against a slow oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.bates import Bates, Range, check_prefix, gaps, merged, overlaps, own, parse
from tecum.errors import BatesInvalid, BatesOverflow

PREFIXES = st.from_regex(r"[A-Za-z0-9_-]{0,6}[A-Za-z_-]", fullmatch=True)


@pytest.mark.parametrize("prefix", ["", "CITY", "CITY-", "A1_", "city-2018_"])
def test_prefixes_that_may_be_used(prefix: str) -> None:
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["CITY1", "AB C", "A.B", "{A}", "É", "A\n", "CITY "])
def test_prefixes_that_may_not(prefix: str) -> None:
    with pytest.raises(BatesInvalid):
        check_prefix(prefix)


@given(PREFIXES, st.integers(0, 10**8 - 1))
def test_format_and_parse_are_inverse(prefix: str, number: int) -> None:
    one = own(prefix, number, 8)
    assert parse(str(one)) == one
    assert len(str(one)) == len(prefix) + 8


@given(PREFIXES, st.integers(0, 9_000), st.integers(0, 900))
def test_adding_counts(prefix: str, number: int, steps: int) -> None:
    assert own(prefix, number, 4).add(steps).number == number + steps
    assert own(prefix, number, 4).next() > own(prefix, number, 4)


def test_a_number_never_grows_wider() -> None:
    with pytest.raises(BatesOverflow):
        own("CITY", 9_999, 4).next()
    with pytest.raises(BatesOverflow):
        own("CITY", 10_000, 4)
    with pytest.raises(BatesInvalid):
        own("CITY", 1, 0)
    with pytest.raises(BatesInvalid):
        own("CITY", -1, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CITY00000012", Bates("CITY", 12, 8)),
        ("CITY00000012.0003", Bates("CITY", 12, 8, ".0003")),
        ("CITY00000012_R1", Bates("CITY", 12, 8, "_R1")),
        ("CITY00000012.0003_R2", Bates("CITY", 12, 8, ".0003_R2")),
        ("DOC00000002_A001", Bates("DOC", 2, 8, "_A001")),
        ("CITY-2018_0001", Bates("CITY-2018_", 1, 4)),
        ("Sample_|_00000013", Bates("Sample_|_", 13, 8)),
        ("ABC 0001", Bates("ABC ", 1, 4)),
        ("PROD-00011001_REV", Bates("PROD-", 11_001, 8, "_REV")),
        ("PROD-00011001_0002_REV", Bates("PROD-00011001_", 2, 4, "_REV")),
        ("7", Bates("", 7, 1)),
    ],
)
def test_foreign_numbers(text: str, expected: Bates) -> None:
    assert parse(text) == expected
    assert str(parse(text)) == text


@given(st.text(max_size=300))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        assert str(parse(text)) == text.strip()
    except BatesInvalid:
        assert len(text.strip()) > 200 or not any(letter in "0123456789" for letter in text)


def test_pages_and_reproductions_of_document_level_numbers() -> None:
    one = own("CITY", 7, 8)
    assert str(one.with_page(3)) == "CITY00000007.0003"
    assert one.with_page(3).page == 3
    assert one.page is None
    assert str(one.reproduced(1)) == "CITY00000007_R1"
    assert parse(str(one.with_page(3).reproduced(2))).page == 3


def span(first: int, last: int, prefix: str = "A") -> Range:
    return Range(Bates(prefix, first, 4), Bates(prefix, last, 4))


def test_ranges() -> None:
    assert len(span(3, 5)) == 3
    assert [str(one) for one in span(3, 4)] == ["A0003", "A0004"]
    assert Bates("A", 4, 4) in span(3, 5)
    assert Bates("B", 4, 4) not in span(3, 5)
    assert (str(span(3, 3)), str(span(3, 5))) == ("A0003", "A0003 - A0005")
    with pytest.raises(BatesInvalid):
        span(5, 3)
    with pytest.raises(BatesInvalid):
        Range(Bates("A", 1, 4), Bates("B", 2, 4))


RANGES = st.lists(
    st.builds(
        lambda prefix, first, length: span(first, first + length, prefix),
        st.sampled_from("AB"), st.integers(0, 40), st.integers(0, 6),
    ),
    max_size=12,
)  # fmt: skip


@given(RANGES)
def test_gaps_and_merging_agree_with_counting(ranges: list[Range]) -> None:
    for prefix in "AB":
        mine = [one for one in ranges if one.first.prefix == prefix]
        used = {number.number for one in mine for number in one}
        free = set(range(min(used), max(used) + 1)) - used if used else set()
        assert {n.number for one in gaps(ranges) if one.first.prefix == prefix for n in one} == free
        joined = [one for one in merged(ranges) if one.first.prefix == prefix]
        assert [n.number for one in joined for n in one] == sorted(used)
        assert len(joined) == len([one for one in gaps(ranges) if one.first.prefix == prefix]) + bool(used)


@given(RANGES)
def test_overlaps_agree_with_comparing_all_pairs(ranges: list[Range]) -> None:
    found = overlaps(ranges)
    for before, after in found:
        assert after.first in before
    clash = any(one.first in two or two.first in one for place, one in enumerate(ranges) for two in ranges[place + 1 :])
    assert bool(found) == clash
