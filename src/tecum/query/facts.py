"""Facts: what a query may ask of the store instead of the text (``kind:mail``, ``sent:2018-01-01..2018-02-01``).

Each fact has a normal form, so that two spellings of one test are one tree: a range is ``low..high`` with both ends
included, of which one may be left out; everything else is its value.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Final, Literal

from tecum.query.dates import asked, is_doubtful

Kind = Literal["day", "size", "value", "hash", "has"]
FACTS: Final[dict[str, tuple[Kind, str]]] = {
    "date": ("day", "day of the document: sent, else modified, else created, in the matter's time zone"),
    "sent": ("day", "day a mail was sent"),
    "received": ("day", "day a mail was received"),
    "modified": ("day", "day a file was last modified"),
    "created": ("day", "day a file was created"),
    "size": ("size", "bytes of the native; 10kb, 2mb, 1gb may be written (1 KB is 1,024 bytes)"),
    "kind": ("value", "kind of file, such as mail or pdf"),
    "language": ("value", "language of the text, by its code"),
    "hash": ("hash", "SHA-256, SHA-1 or MD5 of the native, whole"),
    "has": ("has", "what the document has"),
    "family": ("value", "control number of a document, for all of its family"),
    "control": ("value", "control number"),
    "batch": ("value", "batch of review"),
}
HAS: Final = (
    "attachment", "children", "comments", "duplicates", "exception", "hidden", "redaction", "text",
)  # fmt: skip
LATER: Final = ("coding", "issue", "privilege", "responsive", "tag")  # of review, which tecum does not hold yet
MAX_SIZE: Final = 10**15 - 1
LONGEST_TEST: Final = 200  # characters

_UNITS = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_SIZE = re.compile(r"([0-9]{1,15})(b|kb|mb|gb|)", re.IGNORECASE)
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")
_VALUE = re.compile(r"[^\W_][\w. /+-]*")
_HASH = re.compile(r"[0-9a-f]+")
_HASH_LENGTHS = (32, 40, 64)
_SIDES = re.compile(r"(.*?)\s*(?:\.\.|\bto\b)\s*(.*)", re.IGNORECASE | re.DOTALL)


class FactInvalid(ValueError):
    """A test that a fact does not have; the message says what it may be. ``ways`` are spellings that are meant."""

    def __init__(self, message: str, ways: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.ways = ways


def normal(name: str, test: str) -> str:
    """Return the normal form of what is asked of a fact.

    Raises:
        FactInvalid: when it cannot be asked.
        KeyError: when there is no fact of this name.
    """
    kind, _ = FACTS[name]
    test = " ".join(test.split())
    if not test:
        raise FactInvalid(f"nothing is said after {name}:")
    if len(test) > LONGEST_TEST:
        raise FactInvalid(f"what is asked of {name}: is longer than {LONGEST_TEST} characters")
    if kind == "day":
        return _range(*_days(name, test))
    if kind == "size":
        return _range(*_sizes(test))
    low = test.casefold()
    if kind == "hash" and not (_HASH.fullmatch(low) and len(low) in _HASH_LENGTHS):
        raise FactInvalid("a hash is written whole: 64, 40 or 32 characters of 0-9 and a-f")
    if kind == "has" and low not in HAS:
        raise FactInvalid(f"has: knows {', '.join(HAS)}")
    value = test.upper() if name in ("control", "family") else low
    if not _VALUE.fullmatch(value):
        raise FactInvalid(f"{test} is no value of {name}:")
    return value


def day_range(test: str) -> tuple[date | None, date | None]:
    """The first and the last day of a range in normal form; None where it is open."""
    low, _, high = test.partition("..")
    return date.fromisoformat(low) if low else None, date.fromisoformat(high) if high else None


def size_range(test: str) -> tuple[int | None, int | None]:
    """The least and the greatest number of a range in normal form; None where it is open."""
    low, _, high = test.partition("..")
    return int(low) if low else None, int(high) if high else None


def _range(low: date | int | None, high: date | int | None) -> str:
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _sides(test: str) -> tuple[str, str, bool, bool]:
    """Of a range: its two ends as written, empty where open, and whether each is left out itself."""
    if test[0] in "[{" and test[-1] in "]}":
        if not (found := _SIDES.fullmatch(test[1:-1].strip())):
            raise FactInvalid(f"{test} is no range: write low..high")
        low, high = ("" if side == "*" else side for side in found.groups())
        return low, high, test[0] == "{", test[-1] == "}"
    for sign in (">=", "<=", ">", "<", "="):
        if test.startswith(sign):
            side = test[len(sign) :].strip()
            low, high = ("" if sign[0] == "<" else side), ("" if sign[0] == ">" else side)
            return low, high, sign == ">", sign == "<"
    if found := _SIDES.fullmatch(test):
        return found[1], found[2], False, False
    return test, test, False, False


def _days(name: str, test: str) -> tuple[date | None, date | None]:
    low_text, high_text, without_low, without_high = _sides(test)
    low = _span(name, low_text)
    high = _span(name, high_text)
    if low is None and high is None:
        raise FactInvalid(f"{test} is no day and no range of days")
    first = low and (low[1] + timedelta(1) if without_low else low[0])
    last = high and (high[0] - timedelta(1) if without_high else high[1])
    if first and last and last < first:
        raise FactInvalid(f"the range {test} holds no day")
    return first, last


def _span(name: str, text: str) -> tuple[date, date] | None:
    """The first and last day that a year, month or day covers; None for an open end."""
    if not text:
        return None
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None  # the only part that is always there
        try:
            first = date(year, month or 1, day or 1)
        except ValueError:
            raise FactInvalid(f"the calendar has no {text}") from None
        if not 1000 <= year <= 2900:
            raise FactInvalid("years from 1000 to 2900 can be asked for")
        last_month = month or 12
        return first, date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    if is_doubtful(text):
        readings = {asked(text), asked(text, day_first=True)} - {None}
        ways = tuple(f"{name}:{one.isoformat()}" for one in sorted(filter(None, readings)))
        raise FactInvalid(f"{text} names its day and month in figures: write the year first", ways)
    if (day_ := asked(text)) and 1000 <= day_.year <= 2900:
        return day_, day_
    raise FactInvalid(f"{text} is no day: write 2018-01-31, 2018-01 or 2018")


def _sizes(test: str) -> tuple[int | None, int | None]:
    low_text, high_text, without_low, without_high = _sides(test)
    low, high = _bytes(low_text), _bytes(high_text)
    if low is None and high is None:
        raise FactInvalid(f"{test} is no size and no range of sizes")
    first = None if low is None else low + without_low
    last = None if high is None else high - without_high
    if (last is not None and last < 0) or (first is not None and last is not None and last < first):
        raise FactInvalid(f"the range {test} holds no size")
    return first, last


def _bytes(text: str) -> int | None:
    if not text:
        return None
    found = _SIZE.fullmatch(text.replace(",", ""))
    if not found or (count := int(found[1]) * _UNITS[found[2].lower()]) > MAX_SIZE:
        raise FactInvalid(f"{text} is no size: write a number of bytes, or 10kb, 2mb, 1gb")
    return count
