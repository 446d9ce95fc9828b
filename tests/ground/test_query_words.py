"""The tokeniser: its rules by example, and what must hold for any text."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tecum.query.patterns import matcher
from tecum.query.words import LONGEST, tokenize, tokenize_pattern, tokenize_spans


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't e-mail x@y.org, 8 U.S.C. § 1373!", "don t e mail x y org 8 u s c 1373"),
        ("snake_case 24/7 a+b=c", "snake_case 24 7 a b c"),
        ("Café CAFE\u0301 naïve Ångström Straße", "cafe cafe naive angstrom strasse"),
        ("Wałęsa Ørsted œuvre đ ıI", "walesa orsted oeuvre d ii"),
        ("in\u00adform a\u200bb c\u200dd \ufeffe", "inform a b cd e"),
        ("claim² H₂O 3½ № ﬁne ＡＢＣ１", "claim 2 h 2 o 3 1 2 no fine abc1"),
        ("l’été l\u02bceau", "l ete l eau"),
        ("٢٠١٨ २०१८", "2018 2018"),
        ("中国 ab中c ﾄﾞル か\u3099", "中 国 ab 中 c ド ル が"),
        ("กิน ข้า", "กิ น ข้ า"),
        ("한국어 \u1112\u1161\u11ab", "한국어 한"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("שָׁלוֹם مُحَمَّد", "שלום محمد"),
        ("", ""),
        ("\ufdd0a\ufdd1\ud800b\x00c", "a b c"),
    ],
)
def test_words_by_example(text: str, words: str) -> None:
    assert list(tokenize(text)) == [unicodedata.normalize("NFC", word) for word in words.split()]


def test_a_word_is_known_by_its_first_characters() -> None:
    assert list(tokenize("x" * 500 + " é" * 2 + "é" * 500)) == ["x" * LONGEST, "e", "e" * LONGEST]


def test_a_huge_text_is_cut_between_words() -> None:
    text = "abcdefghi " * 250_000
    assert sum(1 for word in tokenize(text) if word == "abcdefghi") == 250_000


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    words = list(tokenize(text))
    places = list(tokenize_spans(text))
    assert len(places) == len(words)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(low[1] <= high[1] and low[0] <= high[0] for low, high in pairwise(places))
    assert list(tokenize(" ".join(words))) == words, "folding what is folded changes nothing"
    assert [word for word in tokenize_pattern(" ".join(words))] == words
    assert list(tokenize(text.upper().lower())) == list(tokenize(text.upper()))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_composed_and_decomposed_text_give_the_same_words(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert list(tokenize(composed)) == list(tokenize(decomposed))


@given(st.text("ab1*?=", min_size=1, max_size=8), st.text("ab1", max_size=8))
def test_wildcards_equal_the_oracle(pattern: str, word: str) -> None:
    from oracle import wild

    assert (matcher(pattern).fullmatch(word) is not None) == wild(pattern, word)


def test_many_stars_stay_linear() -> None:
    assert matcher("*a" * 40 + "b").fullmatch("a" * 128) is None
