"""Calendar files and address cards: their properties as lines, and the files written into them.

Follows RFC 5545 (iCalendar), RFC 6350 and the older vCard 2.1.
"""

from __future__ import annotations

import binascii
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import charset

_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_SOFT_BREAK: Final = re.compile(rb"=[ \t]*\r?\n")
_QUOTED_PRINTABLE: Final = re.compile(rb"ENCODING=QUOTED-PRINTABLE|;QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^:\";])*)*):(.*)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\([\\;,nN])")
_IS_FILE: Final = re.compile(r"ENCODING=(?:B|BASE64)\b|;BASE64\b", re.IGNORECASE)
_ZONE: Final = re.compile(r";TZID=\"?([^\";:]+)", re.IGNORECASE)
_COMMON_NAME: Final = re.compile(r";CN=(?:\"([^\"]*)\"|([^\";:]*))", re.IGNORECASE)
_MACHINERY: Final = frozenset({"BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "REV"})
_NOT_SHOWN: Final = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_TITLES: Final = frozenset({"SUMMARY", "FN"})
_ENTRIES: Final = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_TIMES: Final = {"DTSTART": "start", "DTEND": "end", "DUE": "end"}
_WORDS: Final = {"LOCATION": "location", "UID": "uid"}


@dataclass(frozen=True)
class Property:
    """One content line: ``params`` as written, ``value`` unescaped."""

    name: str
    params: str
    value: str


@dataclass
class Card:
    """What a calendar file or address card says.

    ``fields`` are those of its first entry: title, start, end (ISO 8601), start_zone, location, uid,
    organizer, attendees, method. ``files`` are (name, bytes or None, what is wrong). ``notes`` tell troubles.
    """

    lines: list[str] = field(default_factory=list)
    fields: dict[str, str | list[str]] = field(default_factory=dict)
    files: list[tuple[str, bytes | None, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The properties as lines."""
        return "".join(f"{line}\n" for line in self.lines)


def read(item: Input, emit: Emit) -> None:
    """Read a calendar file or address card."""
    said = card(item.file.read(), item.charset)
    emit.text(said.text)
    for name, value in said.fields.items():
        emit.field(name, value)
    for note in said.notes:
        emit.problem(ExceptionCode.PARTIAL, note)
    for name, data, wrong in said.files:
        problem = ExceptionCode.CORRUPT if wrong else ""
        emit.member(name, data, inline=name in ("photo", "logo"), problem=problem, message=wrong)


def card(data: bytes, declared: str) -> Card:
    """Take a calendar file or address card apart; ``declared`` is its character set, "" if unknown."""
    said = Card()
    inside: list[str] = []
    entries = 0
    for one in _properties(data, declared, said.notes):
        if one.name == "BEGIN":
            inside.append(one.value.upper())
            entries += inside[-1] in _ENTRIES
        elif one.name == "END" and inside:
            inside.pop()
        if _NOT_SHOWN.intersection(inside) or one.name in _MACHINERY or not one.value.strip():
            continue
        if _IS_FILE.search(one.params) or one.value.startswith("data:"):
            said.files.append(_file(one))
            continue
        if entries < 2:
            _note_field(one, said.fields)
        said.lines.append(f"{one.name}: {one.value}")
    return said


def _note_field(one: Property, fields: dict[str, str | list[str]]) -> None:
    """Keep what the first entry says of itself."""
    if one.name in _TITLES:
        fields.setdefault("title", one.value)
    elif name := _TIMES.get(one.name):
        fields.setdefault(name, _time(one.value))
        if name == "start" and (zone := _ZONE.search(one.params)):
            fields.setdefault("start_zone", zone[1])
    elif name := _WORDS.get(one.name):
        fields.setdefault(name, one.value)
    elif one.name == "METHOD":
        fields["method"] = one.value.upper()
    elif one.name == "ORGANIZER":
        fields.setdefault("organizer", _party(one))
    elif one.name == "ATTENDEE":
        attendees = fields.setdefault("attendees", [])
        if isinstance(attendees, list):
            attendees.append(_party(one))


def _time(value: str) -> str:
    """Return a date or time as ISO 8601, UTC where it says so, else naive; what is none stays as written."""
    plain = value.strip().removesuffix("Z")
    for form in ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M", "%Y%m%d"):
        try:
            moment = dt.datetime.strptime(plain, form)
        except ValueError:
            continue
        if form == "%Y%m%d":
            return moment.date().isoformat()
        return moment.isoformat() + ("+00:00" if value.strip().endswith("Z") else "")
    return value


def _party(one: Property) -> str:
    address = one.value.strip()
    if address.lower().startswith("mailto:"):
        address = address[len("mailto:") :]
    named = _COMMON_NAME.search(one.params)
    name = (named[1] or named[2] or "").strip() if named else ""
    return f"{name} <{address}>" if name and name.lower() != address.lower() else address


def _properties(data: bytes, declared: str, notes: list[str]) -> Iterator[Property]:
    """Yield the content lines, unfolded and decoded; lines of no such form come as TEXT."""
    for line in _lines(data):
        if _QUOTED_PRINTABLE.search(line.partition(b":")[0] + b":"):
            head, _, value = line.partition(b":")
            line = head + b":" + binascii.a2b_qp(value)
        named = re.search(rb";CHARSET=\"?([\w.:-]+)", line.partition(b":")[0], re.IGNORECASE)
        text, note = charset.decode(line, named[1].decode("ascii", "replace") if named else declared)
        if note and note not in notes:
            notes.append(note)
        found = _PROPERTY.match(text)
        if found is None:
            yield Property("TEXT", "", text)
        else:
            unescaped = _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], found[3])
            yield Property(found[1].upper(), found[2], unescaped)


def _lines(data: bytes) -> Iterator[bytes]:
    for line in _FOLD.sub(b"", _SOFT_BREAK.sub(b"", data) if _QUOTED_PRINTABLE.search(data) else data).splitlines():
        if line.strip():
            yield line


def _file(one: Property) -> tuple[str, bytes | None, str]:
    """Take a picture or attachment that is written into a property out of it."""
    payload = one.value.partition("base64,")[2] if one.value.startswith("data:") else one.value
    try:
        return one.name.lower(), binascii.a2b_base64(payload), ""
    except (binascii.Error, ValueError) as error:
        return one.name.lower(), None, f"cannot be decoded: {error}"


READER: Final = Reader("ics", "2", frozenset({"ics", "vcf"}), read)
