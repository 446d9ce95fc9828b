"""Dates and lengths of time as letters write them; a doubtful one is left out with the reason."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?P<{0}>jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|aug(?:ust|\.)?|"
    r"sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY: Final = r"(?:(?P<weekday>(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day|\.)?),?\s+)?"
_DATE: Final = re.compile(
    _WEEKDAY
    + r"(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)"
    + r"|(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<full>\d{4}|\d{2})(?![\d/])"
    + "|"
    + _MONTH.format("before")
    + r"\s+(?P<day_after>\d{1,2})(?:st|nd|rd|th)?\b(?!-)(?:,?\s+(?P<year_after>(?:19|20)\d{2})\b)?"
    + r"|(?P<day_before>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?"
    + _MONTH.format("after")
    + r"\b(?:,?\s+(?P<year_before>(?:19|20)\d{2})\b)?)",
    re.IGNORECASE,
)
_SMALL: Final = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_TENS: Final = {"thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90, "a": 1, "an": 1}
_NUMBERS: Final = {word: number for number, word in enumerate(_SMALL, 1)} | _TENS
_LENGTH: Final = re.compile(
    r"(?<![\w./,])(?:(?P<digits>\d{1,3})|(?P<word>" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r"))"
    r"(?:\s*\((?P<again>\d{1,3})\))?[\s-]+(?:(?:more|additional|further|extra|full)\s+)?"
    r"(?P<unit>(?:business|working|court|calendar)[\s-]+days?|days?|weeks?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Day:
    """A date at ``text[start:end]``; ``day`` is None when it cannot be told, and then ``why`` says why."""

    start: int
    end: int
    day: dt.date | None
    why: str = ""


@dataclass(frozen=True)
class Length:
    """A length of time at ``text[start:end]``: ``count`` calendar days, or business days when ``business``."""

    start: int
    end: int
    count: int
    business: bool


def dates_in(text: str, after: dt.date | None) -> list[Day]:
    """Return the dates in a text. One without a year is the first such day behind ``after``.

    Left out, with the reason: a date without a year when ``after`` is None, a day that does not exist, and figures that
    are one day in American and another in European order.
    """
    return [_read(one, after) for one in _DATE.finditer(text) if not _glued(text, one)]


def lengths_in(text: str) -> Iterator[Length]:
    """Yield the lengths of time in a text: "30 days", "thirty (30) days", "two weeks", "five business days"."""
    for one in _LENGTH.finditer(text):
        count = int(one["again"] or one["digits"] or _NUMBERS[one["word"].lower()])
        unit = one["unit"].lower()
        if unit.startswith("week"):
            yield Length(one.start(), one.end(), count * 7, False)
        else:
            yield Length(one.start(), one.end(), count, unit.startswith(("business", "working", "court")))


def _glued(text: str, one: re.Match[str]) -> bool:
    """Whether it is part of a longer number or word, such as a docket number."""
    before, behind = text[: one.start()][-1:], text[one.end() :][:1]
    return before.isalnum() or (before != "" and before in "/-_") or behind.isalnum() or behind in ("_", "-")


def _read(one: re.Match[str], after: dt.date | None) -> Day:
    start, end, words = one.start(), one.end(), one[0]
    if one["first"]:
        day, why = _figures(int(one["first"]), int(one["second"]), one["full"], words)
    elif one["iso"]:
        year, month, number = (int(part) for part in one["iso"].split("-"))
        day, why = _exact(year, month, number, words)
    else:
        month = _MONTHS.index((one["before"] or one["after"]).lower()[:3]) + 1
        number = int(one["day_after"] or one["day_before"])
        written = one["year_after"] or one["year_before"]
        day, why = _exact(int(written), month, number, words) if written else _next(month, number, after, words)
    if day and one["weekday"] and _WEEKDAYS[day.weekday()] != one["weekday"].lower()[:3]:
        return Day(start, end, None, f'"{words}": {day.isoformat()} is a {day:%A}; left out')
    return Day(start, end, day, why)


def _figures(first: int, second: int, year: str, words: str) -> tuple[dt.date | None, str]:
    """American order, unless only the European one is possible; where both are, and differ, none."""
    full = int(year) if len(year) == 4 else 2000 + int(year)
    american, european = _exact(full, first, second, words)[0], _exact(full, second, first, words)[0]
    if american and european and american != european:
        return None, f'"{words}" could be {american.isoformat()} or {european.isoformat()}; left out'
    return (american or european), ("" if american or european else f'"{words}" is no date; left out')


def _exact(year: int, month: int, day: int, words: str) -> tuple[dt.date | None, str]:
    try:
        return dt.date(year, month, day), ""
    except ValueError:
        return None, f'"{words}" is no date; left out'


def _next(month: int, day: int, after: dt.date | None, words: str) -> tuple[dt.date | None, str]:
    if after is None:
        return None, f'"{words}" has no year and the mail has no date; left out'
    for year in range(after.year, min(after.year + 9, dt.MAXYEAR + 1)):  # leap days come every four or eight years
        found = _exact(year, month, day, words)[0]
        if found and found > after:
            return found, f'"{words}" has no year; the next one is taken'
    return None, f'"{words}" is no date; left out'
