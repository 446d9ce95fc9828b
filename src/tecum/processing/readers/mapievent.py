"""An appointment or meeting as the iCalendar file that stands in its message.

Follows [MS-OXOCAL] and [MS-OXCICAL], and RFC 5545 for what is written. Times are written in UTC; a recurrence as the
words in which Outlook describes it, and as a rule where its pattern is a plain one.
"""

from __future__ import annotations

import datetime as dt
import re
import struct
from collections.abc import Iterator
from typing import Final

from tecum.processing.readers import mapiparty, mapitags
from tecum.processing.readers.mapi import Item, Named, Properties
from tecum.processing.readers.mapiheader import subject_of

_START: Final = Named(mapitags.APPOINTMENT, 0x820D)
_END: Final = Named(mapitags.APPOINTMENT, 0x820E)
_PLACE: Final = Named(mapitags.APPOINTMENT, 0x8208)
_ALL_DAY: Final = Named(mapitags.APPOINTMENT, 0x8215)
_BUSY: Final = Named(mapitags.APPOINTMENT, 0x8205)
_PATTERN: Final = Named(mapitags.APPOINTMENT, 0x8232)
_RECURRENCE: Final = Named(mapitags.APPOINTMENT, 0x8216)
_ZONE: Final = Named(mapitags.APPOINTMENT, 0x8233)
_ZONE_NAME: Final = Named(mapitags.APPOINTMENT, 0x8234)
_EVERYBODY: Final = Named(mapitags.APPOINTMENT, 0x8238)
_SEQUENCE: Final = Named(mapitags.APPOINTMENT, 0x8201)
_RESPONSE: Final = Named(mapitags.APPOINTMENT, 0x8218)
_WHERE: Final = Named(mapitags.MEETING, 0x0002)
_IDENTITY: Final = (Named(mapitags.MEETING, 0x0023), Named(mapitags.MEETING, 0x0003))
_COMMON_START: Final = Named(mapitags.COMMON, 0x8516)
_COMMON_END: Final = Named(mapitags.COMMON, 0x8517)
_REMINDER: Final = Named(mapitags.COMMON, 0x8503)
_BEFORE: Final = Named(mapitags.COMMON, 0x8501)

_CLASSES: Final = ("ipm.appointment", "ipm.schedule.meeting", "ipm.ole.class.{00061055-0000-0000-c000-000000000046}")
_ANSWERS: Final = {".resp.pos": "ACCEPTED", ".resp.neg": "DECLINED", ".resp.tent": "TENTATIVE"}
_TRACKED: Final = {2: "TENTATIVE", 3: "ACCEPTED", 4: "DECLINED", 5: "NEEDS-ACTION"}
_SHOWN_BUSY: Final = {0: "FREE", 1: "TENTATIVE", 2: "BUSY", 3: "OOF"}
_ROLES: Final = {1: "REQ-PARTICIPANT", 2: "OPT-PARTICIPANT", 3: "NON-PARTICIPANT"}
_FREQUENCIES: Final = {0x200A: "DAILY", 0x200B: "WEEKLY", 0x200C: "MONTHLY", 0x200D: "YEARLY"}
_DAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_ENDING: Final = frozenset({0x2021, 0x2022})  # on a day, after a number; both tell how many there are
_VCAL: Final = b"vCal-Uid\x01\0\0\0"
_QUOTES: Final = re.compile(r"[\"\x00-\x1f]+")


def is_event(item: Item) -> bool:
    """Tell whether an item is an appointment, a meeting's message, or one changed occurrence."""
    return item.message_class.lower().startswith(_CLASSES)


def calendar_of(item: Item) -> str:
    """Return the iCalendar file of an appointment or meeting, without its body, "" for any other item."""
    if not is_event(item):
        return ""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tecum//MAPI//EN", f"METHOD:{_method(item)}"]
    lines += ["BEGIN:VEVENT", *_event(item), "END:VEVENT", "END:VCALENDAR"]
    return "".join(_folded(line) for line in lines)


def _method(item: Item) -> str:
    kind = item.message_class.lower()
    if ".resp." in kind:
        return "REPLY"
    if kind.startswith("ipm.schedule.meeting.canceled"):
        return "CANCEL"
    return "REQUEST" if kind.startswith("ipm.schedule") else "PUBLISH"


def _event(item: Item) -> Iterator[str]:
    values = item.properties
    if identity := next((uid for key in _IDENTITY if (uid := _uid(values.data(key)))), ""):
        yield f"UID:{identity}"
    if _SEQUENCE in values:
        yield f"SEQUENCE:{values.integer(_SEQUENCE)}"
    yield f"SUMMARY:{_escaped(subject_of(values))}"
    yield from _when(values)
    yield from _repeats(values)
    if place := values.first_text(_PLACE, _WHERE):
        yield f"LOCATION:{_escaped(place)}"
    yield from _who(item)
    if categories := values.texts(mapitags.CATEGORIES):
        yield "CATEGORIES:" + ",".join(_escaped(category) for category in categories)
    if _BUSY in values and values.integer(_BUSY) in _SHOWN_BUSY:
        yield f"X-MICROSOFT-CDO-BUSYSTATUS:{_SHOWN_BUSY[values.integer(_BUSY)]}"
    if values.integer(0x0036) == 2:
        yield "CLASS:PRIVATE"
    for name, key in (("CREATED", 0x3007), ("LAST-MODIFIED", 0x3008)):
        if when := values.time(key):
            yield f"{name}:{_utc(when)}"
    if values.flag(_REMINDER):
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Reminder")
        yield from (f"TRIGGER:-PT{max(0, values.integer(_BEFORE))}M", "END:VALARM")


def _when(values: Properties) -> Iterator[str]:
    start = values.time(_START) or values.time(_COMMON_START) or values.time(0x0060)
    end = values.time(_END) or values.time(_COMMON_END) or values.time(0x0061)
    whole = values.flag(_ALL_DAY)
    for name, moment in (("DTSTART", start), ("DTEND", end)):
        if moment is None:
            continue
        day = _local_day(moment, values.data(_ZONE)) if whole else None
        yield f"{name};VALUE=DATE:{day:%Y%m%d}" if day else f"{name}:{_utc(moment)}"
    if whole:
        yield "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"
    if zone := values.text(_ZONE_NAME):
        yield f"X-MICROSOFT-TIMEZONE:{_escaped(zone)}"


def _local_day(moment: dt.datetime, zone: bytes) -> dt.date | None:
    """Return the day whose midnight this is in the zone of the appointment; None when that cannot be told.

    PidLidTimeZoneStruct gives the minutes that UTC is ahead, and what is added in winter and in summer. Without it
    the day is told by there being no zone more than 14 hours before or 12 after UTC.
    """
    shifts = []
    if len(zone) >= 12:
        bias, winter, summer = struct.unpack_from("<3i", zone)
        shifts = [bias + winter, bias + summer]
    hours = moment.hour + moment.minute / 60
    if hours < 10:
        shifts.append(round(hours * 60))
    elif hours > 12:
        shifts.append(round(hours * 60) - 24 * 60)
    for minutes in shifts:
        try:
            local = moment - dt.timedelta(minutes=minutes)
        except OverflowError:
            continue
        if local.time() == dt.time():
            return local.date()
    return None


def _repeats(values: Properties) -> Iterator[str]:
    if rule := _rule(values.data(_RECURRENCE)):
        yield f"RRULE:{rule}"
    if pattern := values.text(_PATTERN):
        yield f"COMMENT:{_escaped(pattern)}"


def _rule(data: bytes) -> str:
    """Return the rule of a plain pattern ([MS-OXOCAL] 2.2.1.44.1), "" for what it does not say so simply."""
    if len(data) < 22:
        return ""
    frequency, pattern, _calendar, _first, period = struct.unpack_from("<4x3H2I", data)
    name = _FREQUENCIES.get(frequency, "")
    parts = [f"FREQ={name}"]
    try:
        at, specific = _specific(data, frequency, pattern, period)
        ends, count = struct.unpack_from("<2I", data, at)
    except struct.error:
        return ""
    if not name or not specific:
        return ""
    parts += specific
    return ";".join([*parts, f"COUNT={count}"] if ends & 0xFFFF in _ENDING else parts)


def _specific(data: bytes, frequency: int, pattern: int, period: int) -> tuple[int, list[str]]:
    """Return where the part of a pattern that depends on its type ends, and what it says."""
    at = 22
    if pattern == 0:
        return at, [f"INTERVAL={max(1, period // 1440)}"] if frequency == 0x200A else []
    (first,) = struct.unpack_from("<I", data, at)
    interval = f"INTERVAL={max(1, period // 12 if frequency == 0x200D else period)}"
    if pattern == 1:
        return at + 4, [interval, f"BYDAY={_days(first)}"] if frequency == 0x200B else []
    if pattern == 2:
        return at + 4, [interval, f"BYMONTHDAY={-1 if first == 31 else first}"]
    if pattern == 3:
        (nth,) = struct.unpack_from("<I", data, at + 4)
        return at + 8, [interval, f"BYDAY={_days(first)}", f"BYSETPOS={-1 if nth == 5 else nth}"]
    return at, []


def _days(bits: int) -> str:
    return ",".join(day for number, day in enumerate(_DAYS) if bits >> number & 1)


def _who(item: Item) -> Iterator[str]:
    kind = item.message_class.lower()
    author = mapiparty.writer(item, represented=True) or mapiparty.writer(item, represented=False)
    answer = next((state for ending, state in _ANSWERS.items() if kind.endswith(ending)), "")
    if author and answer:
        yield _person("ATTENDEE", author, f"PARTSTAT={answer}")
    elif author:
        yield _person("ORGANIZER", author)
    named = False
    for row in item.recipients:
        party = mapiparty.recipient(row)
        if party is None or (party == author and not answer):
            continue
        named = True
        if answer:
            yield _person("ORGANIZER", party)
            continue
        state = _TRACKED.get(row.integer(0x5FFF), "")
        role = _ROLES.get(row.integer(0x0C15) & 0xF, "")
        yield _person("ATTENDEE", party, *(f"{n}={v}" for n, v in (("ROLE", role), ("PARTSTAT", state)) if v))
    if not named and (names := item.properties.text(_EVERYBODY)):
        for name in names.split(";"):
            if name.strip():
                yield _person("ATTENDEE", mapiparty.Party(name.strip(), ""))


def _person(role: str, party: mapiparty.Party, *parameters: str) -> str:
    name = _QUOTES.sub(" ", party.name).strip()
    shown = "".join(f";{parameter}" for parameter in ((f'CN="{name}"',) if name else ()) + parameters)
    address = _QUOTES.sub(" ", party.address).strip()
    return f"{role}{shown}:" + (f"mailto:{address}" if "@" in address else address or name)


def _uid(identity: bytes) -> str:
    """Return the UID of a global object id: the one of another program within it, else its bytes in hexadecimal."""
    at = identity.find(_VCAL)
    if at >= 0:
        return identity[at + len(_VCAL) :].rstrip(b"\0").decode("utf-8", "replace")
    return identity.hex().upper()


def _utc(when: dt.datetime) -> str:
    return f"{when:%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Escape a text value (RFC 5545 3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return re.sub(r"\r\n?|\n", r"\\n", text).replace("\0", "")


def _folded(line: str) -> str:
    """Fold a content line at 75 bytes, never within a letter."""
    pieces, held = [], 0
    start = 0
    for position, letter in enumerate(line):
        size = len(letter.encode("utf-8", "replace"))
        if held + size > 74:
            pieces.append(line[start:position])
            start, held = position, 0
        held += size
    return "\r\n ".join([*pieces, line[start:]]) + "\r\n"
