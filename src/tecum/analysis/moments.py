"""A date and time written in prose, as reply headers have them, read into every minute that it may mean.

``03/04/17 9:26 AM`` may be March or April, and names no time zone: nothing is guessed, all readings are kept,
and :meth:`Moment.may_be` says whether a known moment is among them.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

_EPOCH: Final = dt.datetime(1970, 1, 1)
_ZONES: Final = 14 * 60 + 1  # minutes: the widest offset from UTC in use, and one for rounding
_MONTHS: Final = {
    # English, German, French, Spanish, Italian, Dutch, Portuguese, Scandinavian: as many letters as are needed
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10},
    **{"nov": 11, "dec": 12, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "fev": 2, "avr": 4},
    **{"juin": 6, "juil": 7, "aoû": 8, "aou": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "gen": 1},
    **{"mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, "maa": 3, "mrt": 3, "mei": 5, "out": 10, "maj": 5, "des": 12},
    **{"янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10},
    **{"ноя": 11, "дек": 12},
}
_TIME: Final = re.compile(r"(?<![\d:.])(\d{1,2})[:h](\d{2})(?!\d)(?::\d{2})?(?!\d)\s*([AaPp]\.?[Mm]\b)?")
_DOTTED: Final = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?![\d.])\s*([AaPp]\.?[Mm]\b)?")  # 9.26, in some countries
_ZONE: Final = re.compile(r"(?:\b(?:GMT|UTC)\s*)?(?<![\w-])([+-])(\d{2}):?(\d{2})\b")
_UTC: Final = re.compile(r"\b(?:GMT|UTC)\b(?!\s*[+-]\d)|(?<=\d)Z\b")
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_NUMBERS: Final = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")
_DAY_FIRST: Final = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:de\s+|of\s+)?([^\W\d_]{3,})\.?,?[\s-]*(?:de\s+)?(\d{4})?"
)
_MONTH_FIRST: Final = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")


@dataclass(frozen=True)
class Moment:
    """What a written date may mean: ``minutes`` since 1970, in UTC when ``exact``, else in some unnamed zone."""

    minutes: tuple[int, ...] = ()
    exact: bool = False

    def __bool__(self) -> bool:
        return bool(self.minutes)

    def may_be(self, minute: int) -> bool:
        """Tell whether it may mean this minute (since 1970, UTC); zones lie quarters of an hour apart."""
        if self.exact:
            return any(abs(one - minute) <= 1 for one in self.minutes)
        gaps = (one - minute for one in self.minutes)
        return any(abs(gap) <= _ZONES and (gap + 1) % 15 <= 2 for gap in gaps)


UNKNOWN: Final = Moment()


def minute_of(iso: str) -> int | None:
    """Return the minute since 1970 of a document's date (UTC, as ``2017-03-14T14:26:53Z``); None when undated."""
    if not iso:
        return None
    return int((dt.datetime.fromisoformat(iso[:19]) - _EPOCH).total_seconds() // 60)


def read(text: str) -> Moment:
    """Read the date and time in a line; a date without a time tells too little and gives an empty Moment."""
    text = text[:300]
    clock = _TIME.search(text) or _DOTTED.search(text)
    if clock is None:
        return UNKNOWN
    minutes = _clock(clock)
    days = _days(text)
    if minutes is None or not days:
        return UNKNOWN
    shift, exact = _offset(text[clock.end() :])
    found = {(day - _EPOCH.date()).days * 1440 + minutes - shift for day in days}
    return Moment(tuple(sorted(found)), exact)


def _clock(match: re.Match[str]) -> int | None:
    hour, minute = int(match[1]), int(match[2])
    if half := (match[3] or "").lower()[:1]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _offset(text: str) -> tuple[int, bool]:
    """Return the zone after the time in minutes east, and whether one was named."""
    if found := _ZONE.search(text[:40]):
        size = int(found[2]) * 60 + int(found[3])
        return (-size if found[1] == "-" else size), True
    return 0, _UTC.search(text[:40]) is not None


def _days(text: str) -> set[dt.date]:
    """Return every day that the text may name."""
    found: list[tuple[int, int, int]] = [(int(y), int(m), int(d)) for y, m, d in _YEAR_FIRST.findall(text)]
    for first, second, year in _NUMBERS.findall(text):
        found += [(_year(year), int(first), int(second)), (_year(year), int(second), int(first))]
    for day, name, year in _DAY_FIRST.findall(text):
        if year:
            found.append((int(year), _month(name), int(day)))
    for name, day, year in _MONTH_FIRST.findall(text):
        found.append((int(year), _month(name), int(day)))
    return {day for one in found if (day := _date(*one)) is not None}


def _month(name: str) -> int:
    name = name.lower()
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) or 0


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (1900 if year >= 70 else 2000)


def _date(year: int, month: int, day: int) -> dt.date | None:
    if not 1970 <= year <= 2100:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
