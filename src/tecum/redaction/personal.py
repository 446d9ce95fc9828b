"""Personal data in a text: recognizers that check what they find, so that a hit can be believed.

What must be masked follows FRCP 5.2(a) and FRCrP 49.1 (Social Security and taxpayer numbers, birth dates,
financial accounts) and the practice of public bodies (A-numbers, licences, passports, phones, addresses).
Names of persons are not sought here: they come from the matter's own lists.

A hit is *certain* when the value's own structure (serial rules, check digits) or a naming word beside it
leaves no reasonable other reading; everything else is a proposal for a person to judge. Most work happens
only inside and beside runs of digits, and every pattern is bounded, so that time grows in proportion to the
length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.redaction import identity, particulars
from tecum.redaction.nearby import Found

HELD: Final = frozenset({"SSN", "CARD", "ANUMBER", "ITIN"})

# Of two hits on the same characters the certain one is kept, then the earlier kind.
KINDS: Final = (
    "SSN", "CARD", "ANUMBER", "ITIN", "IBAN", "ROUTING", "BIRTHDATE", "DRIVER", "PASSPORT", "ACCOUNT",
    "EMAIL", "IP", "PHONE",
)  # fmt: skip


@dataclass(frozen=True)
class PersonalHit:
    """One value: what it is, where it stands (``text[start:end]`` of the text given), and why it counts."""

    kind: str
    start: int
    end: int
    text: str
    certain: bool
    why: str


def find(text: str) -> list[PersonalHit]:
    """Return all hits in order of place, without overlaps; offsets are those of ``text`` as given."""
    plain, kept = _normalised(text)
    hits = []
    for one in _without_overlaps(_search(plain)):
        start, end = one.start, one.end
        if kept:
            start, end = kept[start], kept[end - 1] + 1
        hits.append(PersonalHit(one.kind, start, end, text[start:end], one.certain, one.why))
    return hits


def certain_personal(text: str) -> list[PersonalHit]:
    """Return the hits that keep a document from going out unattended: certain ones of the kinds ``HELD``."""
    return [hit for hit in find(text) if hit.certain and hit.kind in HELD]


_RUN = re.compile(r"[0-9](?:[-. ()/]{0,3}(?:\r?\n[ >\t]{0,4})?[0-9])+")


def _search(text: str) -> Iterator[Found]:
    bare: list[Found] = []
    for run in _RUN.finditer(text):
        length = run.end() - run.start()
        if length < 7:
            continue
        # A sign, a bracket or "A No. " may stand before the run; a look-ahead needs what stands behind it.
        where = text, max(0, run.start() - 10), min(len(text), run.end() + 8)
        yield from identity.social_security(*where, bare)
        if length >= 12:
            yield from identity.cards(*where)
        yield from identity.alien(*where)
        yield from particulars.ip4(*where)
        yield from particulars.accounts(*where)
        yield from particulars.phones(*where)
    yield from identity.in_tables(text, bare)
    for recognizer in (
        identity.misread,
        particulars.after_words,
        particulars.iban,
        particulars.email,
        particulars.ip6,
    ):
        yield from recognizer(text)


def _without_overlaps(found: Iterator[Found]) -> list[Found]:
    def rank(one: Found) -> tuple[bool, int, int]:
        return not one.certain, KINDS.index(one.kind), one.start - one.end

    kept: list[Found] = []
    for one in sorted(found, key=lambda each: (each.start, rank(each))):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif rank(one) < rank(kept[-1]):
            kept[-1] = one
    return kept


_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff")
# Some PDFs write U+00AD for a hyphen; dotted I is the one letter that grows longer in lower case.
_ALIKE: Final = {"\u00ad": "-", "\u2212": "-", "\u2043": "-", "\u00b7": ".", "\u2024": ".", "\u0130": "I"}


def _normalised(text: str) -> tuple[str, list[int]]:
    """Digits, dashes, blanks and full-width letters as ASCII, one character for one.

    Where invisible characters had to be dropped, the second value gives the old offset of each character
    kept; otherwise it is empty.
    """
    if text.isascii():
        return text, []
    used = set(text)
    kept: list[int] = []
    if used & _INVISIBLE:
        kept = [n for n, char in enumerate(text) if char not in _INVISIBLE]
        text = "".join(text[n] for n in kept)
    for char in used:
        if char > "\x7f" and (plain := _plain(char)):
            text = text.replace(char, plain)
    return text, kept


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Pd":
        return "-"
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    if "\uff01" <= char <= "\uff5e":  # full-width forms of ASCII
        return chr(ord(char) - 0xFEE0)
    return _ALIKE.get(char, "")
