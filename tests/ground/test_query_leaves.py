"""What single words, facts and dates of a query mean, each against another way to say it."""

from __future__ import annotations

import random
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tecum import query
from tecum.query.dates import asked, is_doubtful
from tecum.query.facts import FACTS, FactInvalid, normal
from tecum.query.noise import NOISE
from tecum.query.regex import RegexInvalid, automaton
from tecum.query.words import WORDS


def expression(chance: random.Random, depth: int) -> str:
    kind = chance.randrange(7) if depth else 0
    if kind <= 1:
        return chance.choice(["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "[b-c1]", "\\w"])
    inner = expression(chance, depth - 1)
    if kind == 2:
        return inner + expression(chance, depth - 1)
    if kind == 3:
        return f"({inner}|{expression(chance, depth - 1)})"
    if kind == 4:
        return f"(?:{inner}){chance.choice(['*', '+', '?', '*?', '{,2}', '{2}', '{1,}', '{0,2}'])}"
    return f"({inner}|)"


def test_an_expression_matches_what_the_standard_library_says() -> None:
    chance, compared = random.Random(3), 0
    for _ in range(1_500):
        source = expression(chance, 4)
        try:
            made = automaton(source)
        except RegexInvalid:
            assert "{,2}" in source
            continue
        for _ in range(5):
            word = "".join(chance.choices("abc1", k=chance.randrange(8)))
            assert made.matches(word) == (re.fullmatch(source, word) is not None), (source, word)
            assert not made.matches(word) or word.startswith(made.prefix), (source, word)
            compared += 1
    assert compared > 4_000


@pytest.mark.parametrize(
    ("source", "word"), [("^abc$", "abc"), ("É+", "ee"), ("[A-C]x", "bx"), ("Æ", "ae"), ("ß?", "")]
)
def test_an_expression_is_folded_as_words_are(source: str, word: str) -> None:
    assert automaton(source).matches(word)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FACTS)), st.text("0123456789-.><=toTO[]{}* kmgbKMGBabcdefä/", max_size=14))
def test_the_normal_form_of_a_fact_is_its_own(name: str, test: str) -> None:
    try:
        found = normal(name, test)
    except FactInvalid as reason:
        assert str(reason)
        return
    assert normal(name, found) == found
    parsed = query.parse(query.to_text(query.Fact(name, found)))
    assert parsed.tree == query.Fact(name, found)


@pytest.mark.parametrize(
    ("name", "test", "found"),
    [
        ("sent", "2018-02", "2018-02-01..2018-02-28"), ("sent", ">2018", "2019-01-01.."),
        ("sent", "<2018-03-01", "..2018-02-28"), ("sent", "..2018-03", "..2018-03-31"),
        ("sent", "jan 5 2018", "2018-01-05..2018-01-05"), ("size", "1kb..2,000", "1024..2000"), ("size", "<1", "..0"),
        ("hash", "A" * 64, "a" * 64), ("kind", "Mail", "mail"), ("control", "ab-1", "AB-1"),
    ],
)  # fmt: skip
def test_a_fact_has_one_normal_form(name: str, test: str, found: str) -> None:
    assert normal(name, test) == found


def test_the_bounds_of_facts() -> None:
    assert query.day_range("2018-01-01..") == (date(2018, 1, 1), None)
    assert query.day_range("..2018-01-01") == (None, date(2018, 1, 1))
    assert query.size_range("1..20") == (1, 20) and query.size_range("..20") == (None, 20)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12))
def test_a_word_begins_as_its_stem_does(text: str) -> None:
    for word in [*query.tokenize(text), *query.tokenize(f"{text}ing {text}ied {text}ational")]:
        assert word.startswith(query.stem_prefix(word))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_words_with_their_case_are_the_same_words(text: str) -> None:
    folded, cased = list(query.tokenize(text)), query.cased(text)
    assert [word.casefold() for word in folded] == [word.casefold() for word in cased]


def test_what_was_used_is_named() -> None:
    assert re.fullmatch(r"snowball-english [0-9.]+", query.stems_version()) and WORDS.startswith("tecum-words-")
    assert 100 < len(NOISE) < 200 and all(list(query.tokenize(word)) == [word] for word in NOISE)


def test_days_of_a_query() -> None:
    assert asked("Jan. 5th, 2018") == asked("2018-01-05") == asked("1/5/2018") == date(2018, 1, 5)
    assert asked("1/5/2018", day_first=True) == date(2018, 5, 1)
    assert is_doubtful("1/5/2018") and is_doubtful("13/5/2018") and not is_doubtful("2018-01-05")
    assert asked("5 2018") is None and asked("1/5/18") is None and asked("2018-02-30") is None
