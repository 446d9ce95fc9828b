"""What a mail program noted on a message it kept: read, answered, flagged, deleted; its labels.

Sources: the ``info`` of a Maildir name (the Maildir page of D. J. Bernstein), ``Status`` and ``X-Status`` of
mbox files, ``X-Mozilla-Status`` (nsMsgMessageFlags of Thunderbird), the property list behind an Apple Mail message,
``X-Gmail-Labels`` of Google's exports.
"""

from __future__ import annotations

import csv
import plistlib
import re
from typing import Final
from xml.parsers.expat import ExpatError

from tecum.processing.readers import mailheader
from tecum.processing.readers.mime import Part

READ, ANSWERED, FORWARDED, FLAGGED, DELETED, DRAFT = "read", "answered", "forwarded", "flagged", "deleted", "draft"
_ORDER: Final = (READ, ANSWERED, FORWARDED, FLAGGED, DRAFT, DELETED)
_STATUS_HEADERS: Final = frozenset({"status", "x-status", "x-mozilla-status", "x-mozilla-status2", "x-unsent"})
_LABEL_HEADERS: Final = ("x-gmail-labels", "x-mozilla-keys", "x-keywords", "x-label")
_SPACED: Final = frozenset({"x-mozilla-keys"})  # their labels are parted by blanks
_LABELS: Final = frozenset(_LABEL_HEADERS)
_MAILDIR: Final = re.compile(r"[:;!]2,([A-Za-z]{0,26})$")
_MAILDIR_FLAGS: Final = {"S": READ, "R": ANSWERED, "P": FORWARDED, "F": FLAGGED, "D": DRAFT, "T": DELETED}
_LETTERS: Final = {"R": READ, "A": ANSWERED, "F": FLAGGED, "D": DELETED, "T": DRAFT}
_MOZILLA: Final = ((0x1, READ), (0x2, ANSWERED), (0x4, FLAGGED), (0x8, DELETED), (0x1000, FORWARDED))
_MOZILLA_2: Final = ((0x200000, DELETED),)
# What the library raises at damaged property lists, in either form.
_DAMAGED: Final = (ExpatError, ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError)
_APPLE: Final = (
    (1 << 0, READ),
    (1 << 1, DELETED),
    (1 << 2, ANSWERED),
    (1 << 4, FLAGGED),
    (1 << 6, DRAFT),
    (1 << 8, FORWARDED),
)


def flags(message: Part, name: str) -> list[str]:
    """Return read, answered, forwarded, flagged, draft and deleted as far as header, tail or file name say so."""
    found: set[str] = set()
    if maildir := _MAILDIR.search(name):
        found |= {_MAILDIR_FLAGS[letter] for letter in maildir[1] if letter in _MAILDIR_FLAGS}
    if message.tail:
        found |= _apple(message.tail)
    if message.has(_STATUS_HEADERS):
        letters = message.get("status").upper() + message.get("x-status").upper()
        found |= {_LETTERS[letter] for letter in letters if letter in _LETTERS}
        found |= _bits(message.get("x-mozilla-status"), 16, _MOZILLA)
        found |= _bits(message.get("x-mozilla-status2"), 16, _MOZILLA_2)
        found |= {DRAFT} if message.get("x-unsent").strip() == "1" else set()
    return [flag for flag in _ORDER if flag in found]


def labels(message: Part) -> list[str]:
    """Return the labels, tags or keywords that a mail program wrote into the header, in their order."""
    if not message.has(_LABELS):
        return []
    found: list[str] = []
    for header in _LABEL_HEADERS:
        for value in message.all(header):
            words = mailheader.text(value)
            found += words.split() if header in _SPACED else next(csv.reader([words], skipinitialspace=True), [])
    return list(dict.fromkeys(label.strip() for label in found if label.strip()))


def _bits(value: str, base: int, meanings: tuple[tuple[int, str], ...]) -> set[str]:
    try:
        number = int(value.strip(), base)
    except ValueError:
        return set()
    return {flag for bit, flag in meanings if number & bit}


def _apple(tail: bytes) -> set[str]:
    """Read the flags of Apple Mail's property list; a damaged one says nothing."""
    try:
        said = plistlib.loads(tail.strip())
    except _DAMAGED:
        return set()
    return _bits(str(said.get("flags", "")), 10, _APPLE) if isinstance(said, dict) else set()
