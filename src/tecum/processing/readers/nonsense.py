"""Whether text that came out of a PDF is a language at all, or glyphs without meaning and shifted letters.

Nothing is condemned here: a page that looks like nonsense is recognised anew, and keeps its own text where that agrees.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Glyphs without a Unicode meaning come out as private-use, replacement or control characters.
_MEANINGLESS: Final = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f]")
_MEANINGLESS_SHARE: Final = 0.3
_CID: Final = re.compile(r"\(cid:\d+\)")  # what some programs write for a glyph that they cannot name
_CID_SHARE: Final = 0.3  # of the text's characters
_TOKEN: Final = re.compile(r"\S{3,}")
_ENOUGH: Final = 40  # tokens on which a page is judged
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")
# A word as people write it: of letters, one of them a vowel, capitals only in front or throughout.
_WORDLIKE: Final = re.compile(
    r"[\W_]*(?=[^\W\d_]*[aeiouyAEIOUY\u00c0-\u024f])"
    r"(?:[A-Z\u00c0-\u00de]?[a-z\u00df-\u024f'\u2019-]+(?:[A-Z][a-z]+)?|[A-Z\u00c0-\u00de'\u2019-]+)[\W_]*"
)
_WORDLIKE_SHARE: Final = 0.35
_LETTERS: Final = 100  # on which the share of vowels is judged
_VOWELS: Final = 0.25  # of the letters; any language in Latin letters has a third and more
# The commonest short words of the languages of the Americas and Western Europe; no page of prose does without them.
_COMMON: Final = frozenset(
    word
    for words in (
        "the of and to in for is on that by this with are be or as at from not have was it an which will",  # English
        "de la que el en los del las por con una para al se no su es lo un como",  # Spanish
        "le les des et une du est pour dans qui sur par au pas ne ce aux avec",  # French
        "der die und den von zu das mit sich des auf im dem nicht ein eine ist",  # German
        "do da em os uma na dos ao das que com não",  # Portuguese
        "di che il per non una del della sono con alla",  # Italian
        "van het een dat te zijn voor met niet aan",  # Dutch
    )
    for word in words.split()
)
_COMMON_SHARE: Final = 0.08


def is_nonsense(text: str) -> bool:
    """Tell whether a page's text is hardly what the page shows. Other scripts than the Latin are not judged."""
    letters = "".join(text.split())
    if len(_MEANINGLESS.findall(letters)) > _MEANINGLESS_SHARE * len(letters):
        return True
    if sum(map(len, _CID.findall(letters))) > _CID_SHARE * len(letters):
        return True
    tokens = [token for token in _TOKEN.findall(text) if _LATIN.search(token)]
    if len(tokens) < _ENOUGH or is_prose(text):
        return False
    if sum(_WORDLIKE.fullmatch(token) is not None for token in tokens) < _WORDLIKE_SHARE * len(tokens):
        return True
    latin = unicodedata.normalize("NFD", "".join(_LATIN.findall(text))).casefold()
    vowels = sum(latin.count(vowel) for vowel in "aeiouy")
    return vowels < _VOWELS * sum(map(str.isalpha, latin)) and len(latin) >= _LETTERS


def is_prose(text: str) -> bool:
    """Tell whether a text has the short words that every text of its language has."""
    words = text.casefold().split()
    return sum(word in _COMMON for word in words) > _COMMON_SHARE * len(words)
