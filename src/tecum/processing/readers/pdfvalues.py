"""Values of PDF objects as plain ones: text, dates, arrays; and how reading a hostile one fails."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

_DATE: Final = re.compile(r"(?:D:)?\s*(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")
_AT_ADDRESS: Final = re.compile(r"stream <.*?>(?:: | )")  # how pikepdf calls a file without a name


def odd() -> tuple[type[Exception], ...]:
    """What reading an object may raise: those of a hostile file can be anything anywhere."""
    import pikepdf

    return (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)


def said(error: Exception) -> str:
    """What a library says, without the addresses in memory by which it calls a file that has no name."""
    return _AT_ADDRESS.sub("", str(error))


def iso_date(text: str) -> str:
    """Return a PDF or XMP date as ISO 8601, naive where it names no zone; "" where it is none."""
    try:
        return dt.datetime.fromisoformat(text).replace(microsecond=0).isoformat()
    except ValueError:
        match = _DATE.match(text)
    if match is None:
        return ""
    year, month, day, hour, minute, second, utc, sign, hours, minutes = match.groups()
    zone = None
    if utc:
        zone = dt.UTC
    elif sign:
        offset = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
        zone = dt.timezone(-offset if sign == "-" else offset) if offset < dt.timedelta(days=1) else None
    try:
        moment = dt.datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        return ""
    return moment.replace(tzinfo=zone).isoformat()


def items(array: Any) -> list[Any]:
    """Return the dictionaries of an array that may be missing or something else altogether."""
    return [item for item in array or () if hasattr(item, "get")]


def string(value: Any) -> str:
    """Return the text of a string object, "" for anything else."""
    import pikepdf

    return str(value) if isinstance(value, pikepdf.String) else ""


def one_line(text: str) -> str:
    """Return the text with runs of blanks and line breaks as one blank."""
    return " ".join(text.split())
