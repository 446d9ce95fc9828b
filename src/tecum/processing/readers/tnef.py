"""TNEF, the stream in which Exchange sends what internet mail has no place for (``winmail.dat``).

Follows [MS-OXTNEF]. Its MAPI properties become an item of ``mapi``; attributes of the older kind fill what those leave
open.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import html, mapi, mapibody, mapievent, mapilines, mapimail
from tecum.processing.readers.mailfile import File
from tecum.processing.readers.mapi import Attachment, Damaged, Item, Key, Named, Properties, Value

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_PROPERTIES: Final = 0x69003
_RECIPIENTS: Final = 0x69004
_CODE_PAGE: Final = 0x69007
_CLASS: Final = 0x78008
_BODY: Final = 0x2800C
_NEW_ATTACHMENT: Final = 0x69002
_ATTACHED: Final = 0x69005
_DATA: Final = 0x6800F
# Older attributes that are strings or dates, and the property each stands for.
_STRINGS: Final = {0x18004: 0x0037, 0x2800C: 0x1000, 0x78008: 0x001A, 0x18010: 0x3704}
_DATES: Final = {0x38005: 0x0039, 0x38006: 0x0E06, 0x38012: 0x3007, 0x38013: 0x3008, 0x30006: 0x0060, 0x30007: 0x0061}
_METAFILE: Final = {0x68011: 0x3709}
_OLD_CLASSES: Final = "IPM.Microsoft Mail."
_MESSAGE: Final = bytes.fromhex("0703020000000000c000000000000046")  # the interface of an embedded message
_MOST_ATTRIBUTES: Final = 50_000
_MOST_VALUES: Final = 100_000  # properties, rows or values in one list
_CHECKED: Final = 1 << 16  # sums are kept to 16 bits


@dataclass(frozen=True)
class Opened:
    """What a winmail.dat holds, as parts of the mail that carried it.

    ``plain`` and ``html`` are its body ("" = none; RTF has been turned into one of them; what a contact, a task or
    voting buttons say stands before the plain one), ``calendar`` an iCalendar
    file when it is an appointment or meeting ("" = none), ``files`` its attachments in order, embedded messages as
    ``eml`` (one without bytes has a problem), ``problems`` what could not be read, in words for a PARTIAL.
    """

    item: Item
    plain: str
    html: str
    calendar: str
    files: list[File]
    problems: list[str]


def opened(data: bytes) -> Opened:
    """Open a winmail.dat inside a mail, where it is an encoding of the mail's parts and no document of its own.

    The caller treats ``files`` as attachments of the mail; it uses ``html`` or ``plain`` as the mail's body when the
    mail has no other, else keeps the body as a member when it differs in letters.

    Raises:
        Damaged: it is no TNEF stream, or one of which nothing can be read.
    """
    item = parsed(data)
    body = mapibody.body_of(item)
    nest = mapimail.Nest()
    files = mapimail.files_of(item, body, nest)
    plain = "\n".join(text for text in (body.plain, body.rich) if text)
    if lines := mapilines.lines_of(item):
        plain = lines + (plain or html.to_text(body.html).text)
    problems = [*item.problems, *body.notes, *nest.notes]
    return Opened(item, plain, body.html, mapievent.calendar_of(item), files, problems)


def read(item: Input, emit: Emit) -> None:
    """Read a loose winmail.dat as the mail it holds."""
    try:
        found = parsed(item.file.read())
    except Damaged as damage:
        raise Unreadable(ExceptionCode.CORRUPT, str(damage)) from None
    mapimail.read_as_mail(found, item, emit)


def parsed(data: bytes) -> Item:
    """Return the item of a TNEF stream; what is damaged stands in its ``problems``.

    Raises:
        Damaged: it is no TNEF stream, or nothing in it can be read.
    """
    if not data.startswith(SIGNATURE):
        raise Damaged("it does not begin as TNEF")
    stream = _Stream(data)
    stream.run()
    if not stream.seen:
        raise Damaged(stream.problems[0] if stream.problems else "a TNEF stream without any attribute")
    item = stream.item()
    if item.problems and not (item.properties.values or item.recipients or item.attachments):
        raise Damaged(item.problems[0])
    return item


@dataclass
class _Draft:
    """The properties of one object while its attributes come in."""

    values: dict[Key, Value] = field(default_factory=dict)
    older: dict[Key, Value] = field(default_factory=dict)

    def properties(self, codec: str) -> Properties:
        return Properties({**self.older, **self.values}, codec)


class _Stream:
    """Goes through the attributes of one stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._message = _Draft()
        self._attached: list[_Draft] = []
        self._recipients: list[dict[Key, Value]] = []
        self._page = 0
        self.seen = 0
        self.problems: list[str] = []

    def run(self) -> None:
        """Take in every attribute that is whole."""
        for name, value in self._attributes():
            try:
                self._take(name, value)
            except Damaged as damage:
                self.problems.append(str(damage))

    def item(self) -> Item:
        """Return what was taken in."""
        values = self._message.properties("cp1252")
        codec = mapi.codec_of(values.integer(0x3FFD), self._page, values.integer(0x3FDE))
        attachments = [_attachment(draft.properties(codec)) for draft in self._attached]
        recipients = [Properties(row, codec) for row in self._recipients]
        return Item(self._message.properties(codec), recipients, attachments, self.problems)

    def _attributes(self) -> Iterator[tuple[int, bytes]]:
        data, at = self._data, 6
        for _ in range(_MOST_ATTRIBUTES):
            if at + 9 > len(data):
                if data[at:].strip(b"\0\r\n "):
                    self.problems.append(f"the last {len(data) - at} bytes of the TNEF stream were not read")
                return
            level, name, size = struct.unpack_from("<BII", data, at)
            if level not in (1, 2):
                self.problems.append(f"the last {len(data) - at} bytes of the TNEF stream are no attributes")
                return
            value = data[at + 9 : at + 9 + size]
            at += 11 + size
            if len(value) < size:
                self.problems.append(f"the TNEF stream is cut short within an attribute of {size} bytes")
            elif at <= len(data) and sum(value) % _CHECKED != int.from_bytes(data[at - 2 : at], "little"):
                self.problems.append(f"attribute {name:#x} of the TNEF stream fails its checksum")
            self.seen += 1
            yield name, value
        self.problems.append(f"more than {_MOST_ATTRIBUTES} attributes in the TNEF stream; the rest was not read")

    def _take(self, name: int, value: bytes) -> None:
        if name == _PROPERTIES:
            self._message.values |= _Values(value, self.problems).properties()
        elif name == _RECIPIENTS:
            self._recipients += _Values(value, self.problems).rows()
        elif name == _CODE_PAGE:
            self._page = int.from_bytes(value[:4], "little")
        elif name == _NEW_ATTACHMENT:
            self._attached.append(_Draft())
        elif name == _ATTACHED:
            self._last().values |= _Values(value, self.problems).properties()
        elif name == _DATA:
            self._last().older[0x3701] = Value(mapi.BINARY, value)
        elif name in _METAFILE:
            self._last().older[_METAFILE[name]] = Value(mapi.BINARY, value)
        elif name in _STRINGS:
            draft = self._last() if _STRINGS[name] >= 0x3000 else self._message
            text = value.rstrip(b"\0")
            if name == _CLASS:
                text = text.replace(_OLD_CLASSES.encode(), b"IPM.")
            if text:
                draft.older[_STRINGS[name]] = Value(mapi.STRING8, text)
        elif name in _DATES:
            draft = self._last() if 0x3007 <= _DATES[name] <= 0x3008 else self._message
            if (when := _date(value)) is not None:
                draft.older[_DATES[name]] = when

    def _last(self) -> _Draft:
        if not self._attached:
            self._attached.append(_Draft())
        return self._attached[-1]


def _attachment(properties: Properties) -> Attachment:
    """Return an attachment; an embedded message is a TNEF stream below the name of its interface."""
    value = properties.values.get(0x3701)
    if value is None:
        return Attachment(properties)
    whole = properties.data(0x3701)
    if value.kind != mapi.OBJECT:
        return Attachment(properties, lambda: whole)
    inner = whole[16:]
    if whole.startswith(_MESSAGE):
        return Attachment(properties, item=lambda: parsed(inner))
    return Attachment(properties, lambda: inner, storage=inner.startswith(b"\xd0\xcf\x11\xe0"))


def _date(value: bytes) -> Value | None:
    """Return a date of the older kind (year, month, day, hour, minute, second as 16-bit words; UTC) as a TIME."""
    if len(value) < 12:
        return None
    try:
        year, month, day, hour, minute, second = struct.unpack_from("<6H", value)
        when = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None
    ticks = (when - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 10
    return Value(mapi.TIME, ticks.to_bytes(8, "little")) if ticks > 0 else None


class _Values:
    """Reads encapsulated properties ([MS-OXTNEF] 2.1.3.4)."""

    def __init__(self, data: bytes, problems: list[str]) -> None:
        self._data = data
        self._at = 0
        self._problems = problems

    def rows(self) -> list[dict[Key, Value]]:
        """Return the rows of the table of recipients."""
        rows: list[dict[Key, Value]] = []
        try:
            count = self._number()
            while len(rows) < min(count, _MOST_VALUES):
                rows.append(self._listed())
        except Damaged as damage:
            self._problems.append(f"the list of recipients is damaged after {len(rows)}: {damage}")
        return rows

    def properties(self) -> dict[Key, Value]:
        """Return the properties, as far as they can be read."""
        return self._listed(partly=True)

    def _listed(self, partly: bool = False) -> dict[Key, Value]:
        found: dict[Key, Value] = {}
        try:
            for _ in range(min(self._number(), _MOST_VALUES)):
                key, value = self._property()
                found[key] = value
        except Damaged as damage:
            if not partly:
                raise
            self._problems.append(f"the properties are damaged after {len(found)}: {damage}")
        return found

    def _property(self) -> tuple[Key, Value]:
        kind, identity = struct.unpack("<HH", self._take(4))
        key: Key = identity
        if identity >= 0x8000:
            space = self._take(16)
            key = Named(mapi.guid(space), self._name())
        single = kind & ~mapi.MULTIPLE
        size = mapi.FIXED.get(single)
        several = bool(kind & mapi.MULTIPLE)
        if size is not None:
            padded = (size + 3) // 4 * 4
            if not several:
                return key, Value(kind, self._take(padded)[:size])
            return key, Value(kind, [self._take(padded)[:size] for _ in range(self._count(padded))])
        values = [self._sized() for _ in range(self._count(4))]
        return key, Value(kind, values if several else values[0] if values else b"")

    def _name(self) -> int | str:
        if self._number() == 0:
            return self._number()
        return self._sized().decode("utf-16-le", "replace").rstrip("\0")

    def _sized(self) -> bytes:
        size = self._number()
        value = self._take(size)
        self._at += -size % 4
        return value

    def _count(self, least: int) -> int:
        """Return a number of values, refusing one that the bytes left cannot hold."""
        count = self._number()
        if count > _MOST_VALUES or count * least > len(self._data) - self._at:
            raise Damaged(f"a list of {count} values does not fit")
        return count

    def _number(self) -> int:
        return int.from_bytes(self._take(4), "little")

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise Damaged(f"a value of {size} bytes does not fit")
        self._at += size
        return taken


READER: Final = Reader("tnef", "1", frozenset({"tnef"}), read)
