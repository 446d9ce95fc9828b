"""Dates written in a text: which three words are a day, and how a query names one.

Three words in a row are a day when they are one of the following, whatever stands between them (a comma, a
hyphen, a slash, nothing but a space):

- the name of a month, a day, a year of four digits: January 5, 2018; Jan. 5th 2018
- a day, the name of a month, a year of four digits: 5 January 2018; 5th Jan 2018
- a year of four digits, a month, a day, in figures: 2018-01-05
- a month, a day, a year of four digits, in figures: 1/5/2018; or, where the setting ``day_first`` says so,
  a day, a month, a year

Names are the English ones, whole or shortened; figures have one or two digits. Years of two digits, dates in one
word (20180105) and days that the calendar does not have are no dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from tecum.query.words import tokenize

_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTHS: Final = {  # folded word to month
    **{name: number for number, name in enumerate(_NAMES, 1)},
    **{name[:3]: number for number, name in enumerate(_NAMES, 1)},
    "sept": 9,
}
ORDINALS: Final = ("st", "nd", "rd", "th")
_FIGURE = re.compile(r"[0-9]{1,2}", re.ASCII)
_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


def written(words: Sequence[str], day_first: bool = False) -> date | None:
    """The day that three folded words write; None where they do not."""
    first, second, third = words
    if first in MONTHS and (found := _DAY.fullmatch(second)) and _YEAR.fullmatch(third):
        return _day(third, MONTHS[first], found[1])
    if second in MONTHS and (found := _DAY.fullmatch(first)) and _YEAR.fullmatch(third):
        return _day(third, MONTHS[second], found[1])
    if _YEAR.fullmatch(first) and _FIGURE.fullmatch(second) and _FIGURE.fullmatch(third):
        return _day(first, int(second), third)
    if _YEAR.fullmatch(third) and _FIGURE.fullmatch(first) and _FIGURE.fullmatch(second):
        month, day = (second, first) if day_first else (first, second)
        return _day(third, int(month), day)
    return None


def _day(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def asked(text: str, day_first: bool = False) -> date | None:
    """The day that a query names: one of the forms above and nothing else; None where it is none."""
    words = list(tokenize(text[:100]))
    return written(words, day_first) if len(words) == 3 and len(text) <= 100 else None


def is_doubtful(text: str) -> bool:
    """Whether a day in a query reads differently with the day first."""
    return asked(text) != asked(text, day_first=True)
