"""Dates of tables: ISO 8601 told from the ways that spreadsheet programs rewrite it, and their day numbers."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final

from tecum.engine.sheets.cells import clean, stored_number
from tecum.errors import TableInvalid

DATE_ORDERS: Final = ("iso", "mdy", "dmy")

_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")
_LOCAL: Final = re.compile(
    r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})"
    r"(?:,? +([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)
_EXAMPLE: Final = "Write it as 2018-01-24, or as 2018-01-24T10:30 with the time"
_DAY: Final = 86_400
_PHANTOM: Final = 60  # 29 February 1900, which Excel counts (ECMA-376 part 1, 18.17.4.1) and which never was


def to_date(text: str, dates: str = "iso") -> str:
    """Return a date as ISO 8601, ``2018-01-24`` or ``2018-01-24T10:30`` (seconds where they are given).

    A text that is a date in ISO 8601 is returned as it is; the empty text stays empty.

    Args:
        text: ``YYYY-MM-DD``, or with ``THH:MM[:SS]``; with ``mdy`` or ``dmy`` also such as ``1/24/2018 10:30 AM``, as
            spreadsheet programs write a date when they save a CSV.
        dates: one of ``DATE_ORDERS``.

    Raises:
        TableInvalid: saying why it is no date; where it can be read, how; and as its remedy what to write.
    """
    if dates not in DATE_ORDERS:
        raise ValueError(f"No order of dates {dates!r}: choose one of {', '.join(DATE_ORDERS)}")
    text = clean(text)
    if not text:
        return ""
    if iso := _ISO.fullmatch(text):
        if wrong := _impossible(*(int(part or 0) for part in iso.groups())):
            raise TableInvalid(f"{text!r} is no date: {wrong}", remedy=_EXAMPLE)
        return text.replace(" ", "T")
    local = _LOCAL.fullmatch(text)
    if local is None:
        raise TableInvalid(f"{text!r} is not a date", remedy=_EXAMPLE)
    if len(local[4]) == 2:
        raise TableInvalid(f"{text!r} has a year of two digits", remedy=_EXAMPLE)
    readings = {order: _reading(local, order) for order in ("mdy", "dmy")}
    if dates == "iso" or not readings[dates][0]:
        raise _unread(text, dates, readings)
    return readings[dates][0]


def _reading(found: re.Match[str], order: str) -> tuple[str, str]:
    """Return the date in ISO 8601, or "" and why there is none."""
    month, day = (found[1], found[3]) if order == "mdy" else (found[3], found[1])
    hour = int(found[5] or 0)
    if found[8]:
        if not 1 <= hour <= 12:
            return "", f"there is no {hour} o'clock {found[8].upper()}M"
        hour = hour % 12 + (12 if found[8] in "Pp" else 0)
    parts = (int(found[4]), int(month), int(day), hour, int(found[6] or 0), int(found[7] or 0))
    if wrong := _impossible(*parts):
        return "", wrong
    date = f"{parts[0]:04}-{parts[1]:02}-{parts[2]:02}"
    time = f"T{parts[3]:02}:{parts[4]:02}" + (f":{parts[5]:02}" if found[7] else "")
    return date + (time if found[5] else ""), ""


def _unread(text: str, dates: str, readings: dict[str, tuple[str, str]]) -> TableInvalid:
    """Return the error for a date in a local form: which readings it has, and how to choose one."""
    names = {"mdy": "month first", "dmy": "day first"}
    possible = {order: reading for order, (reading, _) in readings.items() if reading}
    if dates in names:
        message = f"{text!r} cannot be read {names[dates]}: {readings[dates][1]}"
    else:
        message = f"{text!r} is not a date in ISO form"
    if not possible:
        wrong = "" if dates in names else f": {readings['mdy'][1]}"
        return TableInvalid(message + wrong, remedy=_EXAMPLE)
    said = ", ".join(f"{names[order]} it is {reading}" for order, reading in possible.items())
    written = " or ".join(dict.fromkeys(possible.values()))
    options = " or ".join(f"--dates {order}" for order in possible)
    return TableInvalid(f"{message}; {said}", remedy=f"Write {written}, or give {options}")


def _impossible(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    """Say why there is no such moment; "" when there is one."""
    if year < 1:
        return "there is no year 0"
    if not 1 <= month <= 12:
        return f"there is no month {month}"
    days = calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"{calendar.month_name[month]} {year} has {days} days"
    if hour > 23 or minute > 59 or second > 59:
        return f"there is no time {hour:02}:{minute:02}:{second:02}"
    return ""


def shown(moment: dt.datetime) -> str:
    """Return the date alone at midnight, else with the time; seconds only where there are some."""
    if not (moment.hour or moment.minute or moment.second):
        return moment.date().isoformat()
    return moment.isoformat("T", "seconds" if moment.second else "minutes")


def day_number(written: str, *, elapsed: bool = False, since_1904: bool = False) -> str:
    """Return the date, time or duration that a workbook stores as a number of days, to the second.

    Args:
        written: the number as stored. Below 1 it is a time of day; one that is no day at all comes back as a number.
        elapsed: whether the cell's format shows a duration, ``36:00``.
        since_1904: the workbook's date system: days since 1 January 1904, otherwise 1 is 1 January 1900 and 60 the
            29 February 1900 that Excel invented.
    """
    try:
        days, seconds = divmod(round(float(written) * _DAY), _DAY)
    except (ValueError, OverflowError):
        return stored_number(written)
    if days < 0:
        return stored_number(written)
    if elapsed:
        hours, rest = divmod(days * _DAY + seconds, 3600)
        return f"{hours}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
    time = dt.timedelta(seconds=seconds)
    if days == 0:
        return shown(dt.datetime(1, 1, 1) + time).partition("T")[2] or "00:00"
    if days == _PHANTOM and not since_1904:
        return "1900-02-29"  # which ``to_date`` refuses by name
    first = dt.datetime(1904, 1, 1) if since_1904 else dt.datetime(1899, 12, 30 if days > _PHANTOM else 31)
    try:
        return shown(first + dt.timedelta(days=days) + time)
    except OverflowError:
        return stored_number(written)
