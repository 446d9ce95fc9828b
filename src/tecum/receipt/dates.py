"""Dates and times as load files write them: the style of a column, and what is wrong with a value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

_DATE = re.compile(r"(?P<a>[0-9]{1,4})(?P<sign>[-/.])(?P<b>[0-9]{1,2})(?P=sign)(?P<c>[0-9]{1,4})|(?P<compact>[0-9]{8})")
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?\s*(?P<half>[AaPp][Mm])?"
    r"\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2}|\(?[A-Z]{2,4}\)?)?"
)


@dataclass(frozen=True)
class DateStyle:
    """The order of year (Y), month (M) and day (D) in a column, and the sign between them ("" compact)."""

    order: str
    sign: str

    def __str__(self) -> str:
        width = {"Y": "YYYY", "M": "MM", "D": "DD"}
        return self.sign.join(width[letter] for letter in self.order)


_STYLES = [DateStyle(order, sign) for order in ("MDY", "DMY", "YMD") for sign in "/-."] + [DateStyle("YMD", "")]


@dataclass(frozen=True)
class Reading:
    """What a value says: a moment, or the code of what is wrong; ``timed`` when it carries a time of day."""

    date: dt.date | None = None
    time: dt.time | None = None
    code: str = ""
    why: str = ""

    @property
    def moment(self) -> dt.datetime | None:
        """Date and time together, midnight when there is no time."""
        return dt.datetime.combine(self.date, self.time or dt.time()) if self.date else None


def sniff_style(values: Iterable[str]) -> DateStyle | None:
    """Return the style that reads most of the values as true dates; month first where nothing decides.

    Day and month are never swapped for one value alone: the column decides.
    """
    filled = [value for value in values if value.strip()]
    scores = [sum(not read_date(value, style).code for value in filled) for style in _STYLES]
    best = max(scores, default=0)
    return _STYLES[scores.index(best)] if best else None


def read_date(value: str, style: DateStyle) -> Reading:
    """Read a date, with or without a time after it, in the column's style.

    Codes: M01 when it is written otherwise, M02 when no such day or time exists.
    """
    value = value.strip()
    found = _DATE.match(value)
    if not found or (found["sign"] or "") != style.sign:
        return Reading(code="M01", why=f"not written as {style}")
    if found["compact"]:
        digits = found["compact"]
        parts = (digits[:4], digits[4:6], digits[6:])
    else:
        parts = (found["a"], found["b"], found["c"])
    named = dict(zip(style.order, parts, strict=True))
    if len(named["Y"]) not in (2, 4) or len(named["M"]) > 2 or len(named["D"]) > 2:
        return Reading(code="M01", why=f"not written as {style}")
    year = int(named["Y"]) if len(named["Y"]) == 4 else 2000 + int(named["Y"])
    try:
        day = dt.date(year, int(named["M"]), int(named["D"]))
    except ValueError:
        return Reading(code="M02", why=f"no such day when read as {style}")
    rest = value[found.end() :].lstrip(" T")
    if not rest:
        return Reading(day)
    clock = read_time(rest)
    return Reading(day, clock.time, clock.code, clock.why)


def read_time(value: str) -> Reading:
    """Read a time of day; codes as in :func:`read_date`."""
    found = _TIME.fullmatch(value.strip())
    if not found:
        return Reading(code="M01", why="not a time of day")
    hour, half = int(found["hour"]), (found["half"] or "").upper()
    if half and not 1 <= hour <= 12:
        return Reading(code="M02", why="no such time")
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    try:
        return Reading(time=dt.time(hour, int(found["minute"]), int(found["second"] or 0)))
    except ValueError:
        return Reading(code="M02", why="no such time")
