"""What a row of a load file says of its document, under the names and in the forms that readers use."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator, Mapping

from tecum.fields import CATALOGUE, FieldType
from tecum.loadfile.dialect import shorten
from tecum.model import ExceptionCode
from tecum.receipt.dates import DateStyle, read_date, read_time
from tecum.receipt.rows import Record

Fields = dict[str, str | list[str]]
Problem = tuple[str, str]

# The catalogue's key -> the name under which a reader emits the same; any other key in lower case.
_NAMES = {
    "LASTAUTHOR": "last_author",
    "MSGID": "message_id",
    "INREPLYTO": "in_reply_to",
    "ATTACHNAMES": "attachments",
    "CUSTODIAN": "sender_custodian",  # whom the sender names; our custodian is the sender
}
_MOMENTS = (
    ("sent", "DATESENT", "TIMESENT"),
    ("received", "DATERCVD", "TIMERCVD"),
    ("created", "DATECREATED", "TIMECREATED"),
    ("modified", "DATEMOD", "TIMEMOD"),
    ("printed", "PRINTEDDATE", ""),
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_ENDING = re.compile(r"[0-9]\s*(Z|[+-][0-9]{2}:?[0-9]{2})\s*$")
# Windows' names for the zones of the United States, by Unicode CLDR's table windowsZones. Bare abbreviations
# (EST) are not read: some writers mean the zone, others its winter time.
_WINDOWS = {
    "eastern standard time": "America/New_York",
    "central standard time": "America/Chicago",
    "mountain standard time": "America/Denver",
    "us mountain standard time": "America/Phoenix",
    "pacific standard time": "America/Los_Angeles",
    "alaskan standard time": "America/Anchorage",
    "hawaiian standard time": "Pacific/Honolulu",
}
_ABBREVIATIONS = re.compile(r"(?!UTC|GMT)[A-Z]{3}")


def zone_of(text: str) -> dt.tzinfo | None:
    """Return the zone that a TIMEZONE value names: an IANA name, an offset from UTC, or Windows' name; else None."""
    text = text.strip()
    if found := _OFFSET.fullmatch(text):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 14 or minutes > 59:
            return None
        ahead = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(ahead if found[1] == "+" else -ahead)
    if text.upper() in ("Z", "UTC", "GMT"):
        return dt.UTC
    name = _WINDOWS.get(text.casefold(), text)
    if len(name) > 60 or _ABBREVIATIONS.fullmatch(name):
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):  # no such name, or one that leads elsewhere
        return None


def fields_of(record: Record, styles: Mapping[str, DateStyle], zone: str, *, inline_text: bool) -> Fields:
    """Return a row's fields: every value as written, and under readers' names the dates that can be read.

    ``zone`` is the volume's own, for a row that names none. ``columns`` are the columns of unknown names, as
    "name: value".
    """
    fields: Fields = {}
    for key, value in record.values.items():
        if key == "TEXTLINK" and inline_text:
            continue
        fields[_NAMES.get(key, key.lower())] = _parts(key, value) if _is_several(key) else value
    if record.extra:
        fields["columns"] = [f"{name}: {value}" for name, value in record.extra.items()]
    known = zone_of(record.get("TIMEZONE") or zone)
    for name, date_key, time_key in _MOMENTS:
        style = styles.get(date_key)
        if style and (moment := _moment(record, date_key, time_key, style)):
            fields[name] = (moment if moment.tzinfo else moment.replace(tzinfo=known)).isoformat()
    if "sent" in fields:
        timed = record.get("TIMESENT") or ":" in record.get("DATESENT")
        fields["date_source"] = "DATESENT" if timed else "DATESENT, without a time of day"
    return fields


def problems_of(record: Record, fields: Fields, zone: str) -> Iterator[Problem]:
    """Yield what could not be read of a row's dates."""
    unread = [
        f"{date_key} {shorten(record.get(date_key), 40)!r}"
        for name, date_key, _ in _MOMENTS
        if record.get(date_key) and name not in fields
    ]
    if unread:
        yield ExceptionCode.DATE_GUESSED, f"cannot be read as a date: {', '.join(unread)}"
    stated = record.get("TIMEZONE") or zone
    if stated and zone_of(stated) is None and any(name in fields for name, _, _ in _MOMENTS):
        said = f"the time zone {shorten(stated, 40)!r} is not one that can be told: the matter's is taken"
        yield ExceptionCode.DATE_GUESSED, said


def _is_several(key: str) -> bool:
    return CATALOGUE[key].type is FieldType.MULTI and key != "FROM"  # readers emit one sender


def _parts(key: str, value: str) -> list[str]:
    """The parts of a field of several values: between semicolons, else commas where that cannot be a name's."""
    parts = value.split(";")
    between = value.split(",")
    if len(parts) == 1 and (key == "REQUESTNO" or all("@" in part for part in between)):
        parts = between
    return [part.strip() for part in parts if part.strip()]


def _moment(record: Record, date_key: str, time_key: str, style: DateStyle) -> dt.datetime | None:
    """A row's date with its time of day, aware when the value itself names an offset from UTC."""
    if not (value := record.get(date_key)):
        return None
    date = read_date(value, style)
    if date.date is None:
        return None
    time = read_time(record.get(time_key)) if time_key and record.get(time_key) else date
    of_day = time.time or date.time or dt.time()
    ending = _ENDING.search(record.get(time_key) if time.time and time is not date else value)
    offset = zone_of(ending[1]) if ending and (time.time or date.time) else None
    return dt.datetime.combine(date.date, of_day, offset)
