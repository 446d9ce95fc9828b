"""Makes Word and PowerPoint files of the 1990s in code, from their published descriptions, as no reader does it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tecum.processing.readers.compoundwriter import Storage, compound_file

# -- Word ------------------------------------------------------------------------------------------------

TEXT_AT = 0x800
DELETED, INSERTED, HIDDEN = b"\x00\x08\x01", b"\x01\x08\x01", b"\x3c\x08\x01"
ROW_END = b"\x17\x24\x01"


def by(author: int, packed_time: int, *, deleted: bool = False) -> bytes:
    """The modifiers that tell who changed a run, and when."""
    who, when = (0x4863, 0x6864) if deleted else (0x4804, 0x6805)
    return struct.pack("<HH", who, author) + struct.pack("<HI", when, packed_time)


def packed(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """A time as Word packs it into 32 bits."""
    return minute | hour << 6 | day << 11 | month << 16 | (year - 1900) << 20


@dataclass
class Word:
    """A document: its stories, the looks of some characters, and what stands in its tables."""

    main: str = ""
    footnotes: str = ""
    headers: Sequence[str] = ()  # of the first section, behind six for the lines of footnotes
    comments: Sequence[tuple[str, str, int]] = ()  # text, author, time
    endnotes: str = ""
    boxes: str = ""
    looks: Sequence[tuple[int, int, bytes]] = ()  # first, last (not included), modifiers
    row_ends: Sequence[int] = ()
    changers: Sequence[str] = ()
    narrow: bool = False  # a byte a character
    encrypted: bool = False
    objects: Mapping[str, Storage] = field(default_factory=dict)
    properties: bytes = b""

    def file(self) -> bytes:
        """The bytes of the file."""
        return compound_file(self.storage())

    def storage(self) -> Storage:
        """The streams of the file."""
        headers = "".join(self.headers)
        notes = "".join(text for text, _, _ in self.comments)
        stories = (self.main, self.footnotes, headers, "", notes, self.endnotes, self.boxes, "")
        text = "".join(stories) + "\r"
        coded = text.encode("cp1252" if self.narrow else "utf-16-le")
        stream = bytearray(TEXT_AT) + coded
        width = 1 if self.narrow else 2
        table = bytearray(b"\0" * 8)  # no part begins at 0
        parts: dict[int, tuple[int, int]] = {}

        def add(number: int, data: bytes) -> None:
            if data:
                parts[number] = len(table), len(data)
                table.extend(data)

        at = TEXT_AT * 2 | 0x40000000 if self.narrow else TEXT_AT
        pieces = struct.pack("<IIHIH", 0, _units(text), 0, at, 0)
        add(33, b"\x02" + struct.pack("<I", len(pieces)) + pieces)
        if self.headers:
            places = [0] * 7
            for one in self.headers:
                places.append(places[-1] + _units(one))
            add(11, struct.pack(f"<{len(places)}I", *places))
        if self.comments:
            self._add_comments(add)
        if self.changers:
            add(51, struct.pack("<HHH", 0xFFFF, len(self.changers), 0) + b"".join(map(_string, self.changers)))
        ends = [TEXT_AT + width * place for place in (0, _units(text))]
        runs = _covering(self.looks, _units(text))
        add(12, struct.pack("<III", *ends, _page(stream, runs, width, 1)))
        rows = [(place, place + 1, ROW_END) for place in self.row_ends]
        add(13, struct.pack("<III", *ends, _page(stream, _covering(rows, _units(text)), width, 13)))
        self._write_header(stream, [_units(one) for one in stories], parts)
        holds: dict[str, bytes | Storage] = {"WordDocument": bytes(stream), "1Table": bytes(table)}
        if self.objects:
            holds["ObjectPool"] = Storage(holds=dict(self.objects))
        if self.properties:
            holds["\x05SummaryInformation"] = self.properties
        return Storage(holds=holds)

    def _add_comments(self, add) -> None:  # type: ignore[no-untyped-def]
        places, authors = [0], sorted({author for _, author, _ in self.comments})
        for text, _, _ in self.comments:
            places.append(places[-1] + _units(text))
        places.append(places[-1] + 1)
        add(5, struct.pack(f"<{len(places)}I", *places))
        marks = [struct.pack("<20xH8x", authors.index(author)) for _, author, _ in self.comments]
        add(4, struct.pack(f"<{len(marks) + 1}I", *range(len(marks) + 1)) + b"".join(marks))
        add(36, b"".join(map(_string, authors)))
        add(112, b"".join(struct.pack("<IHIii", time, 0, 0, 0, 0) for _, _, time in self.comments))

    def _write_header(self, stream: bytearray, lengths: list[int], parts: dict[int, tuple[int, int]]) -> None:
        flags = 0x1200 | (0x100 if self.encrypted else 0)
        struct.pack_into("<HHHHHH", stream, 0, 0xA5EC, 0xC1, 0, 0x409, 0, flags)
        struct.pack_into("<H", stream, 0x20, 14)
        struct.pack_into("<H", stream, 0x3E, 22)
        struct.pack_into("<8I", stream, 0x4C, *lengths)
        struct.pack_into("<H", stream, 0x98, 0x88)
        for number, (start, size) in parts.items():
            struct.pack_into("<II", stream, 0x9A + 8 * number, start, size)


def _units(text: str) -> int:
    """How many characters a text has for Word: some take two."""
    return len(text.encode("utf-16-le")) // 2


def _string(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("utf-16-le")


def _covering(looks: Sequence[tuple[int, int, bytes]], end: int) -> list[tuple[int, int, bytes]]:
    """Fill the gaps between looks, so that every character has one."""
    found, at = [], 0
    for first, last, modifiers in sorted(looks):
        found += [(at, first, b"")] if first > at else []
        found.append((first, last, modifiers))
        at = last
    return [*found, (at, end, b"")] if at < end else found


def _page(stream: bytearray, looks: list[tuple[int, int, bytes]], width: int, entry: int) -> int:
    """Write a page of formatting at the next place for one; return its number."""
    stream.extend(b"\0" * (-len(stream) % 512))
    page, bottom = bytearray(512), 510
    places = [TEXT_AT + width * first for first, _, _ in looks] + [TEXT_AT + width * looks[-1][1]]
    struct.pack_into(f"<{len(places)}I", page, 0, *places)
    for number, (_, _, modifiers) in enumerate(looks):
        if modifiers:
            if entry == 1:
                data = bytes([len(modifiers)]) + modifiers
            else:  # half the length, rounded up, of the style's number and the modifiers
                inner = b"\0\0" + modifiers
                data = bytes([(len(inner) + 1) // 2]) + inner
            bottom = (bottom - len(data)) & ~1
            page[bottom : bottom + len(data)] = data
            page[4 * len(places) + entry * number] = bottom // 2
    page[511] = len(looks)
    stream.extend(page)
    return len(stream) // 512 - 1


def summary(properties: Mapping[int, str | int]) -> bytes:
    """A property set: texts as they are, whole numbers as times in ticks of 100 ns since 1601."""
    values, offsets = bytearray(), []
    start = 8 + 8 * (len(properties) + 1)
    for number, value in {1: 1252, **properties}.items():
        offsets.append(struct.pack("<II", number, start + len(values)))
        if number == 1:
            values += struct.pack("<IhH", 2, 1252, 0)
        elif isinstance(value, int):
            values += struct.pack("<IQ", 64, value)
        else:
            text = value.encode("cp1252") + b"\0"
            values += struct.pack("<II", 30, len(text)) + text + b"\0" * (-len(text) % 4)
    section = struct.pack("<II", start + len(values), len(offsets)) + b"".join(offsets) + values
    return struct.pack("<HHI16sI", 0xFFFE, 0, 0, bytes(16), 1) + bytes(16) + struct.pack("<I", 48) + section


def ticks(year: int, month: int, day: int) -> int:
    """A day as ticks of 100 ns since 1601."""
    import datetime as dt

    return (dt.date(year, month, day) - dt.date(1601, 1, 1)).days * 864_000_000_000


# -- PowerPoint ------------------------------------------------------------------------------------------


def atom(kind: int, data: bytes = b"", instance: int = 0) -> bytes:
    """One record."""
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def holder(kind: int, *parts: bytes, instance: int = 0) -> bytes:
    """One record that holds others."""
    data = b"".join(parts)
    return struct.pack("<HHI", instance << 4 | 0xF, kind, len(data)) + data


def words(text: str) -> bytes:
    """An atom of text, a byte a character where that does."""
    try:
        return atom(0x0FA8, text.encode("latin-1"))
    except UnicodeEncodeError:
        return atom(0x0FA0, text.encode("utf-16-le"))


def text(kind: int, value: str) -> bytes:
    """A string, of which the instance tells what it is for."""
    return atom(0x0FBA, value.encode("utf-16-le"), kind)


def box(*inside: bytes, beside: bytes = b"", options: bytes = b"") -> bytes:
    """A shape with a text box."""
    return holder(0xF004, options, beside, holder(0xF00D, *inside))


@dataclass
class Slide:
    """One slide: the shapes on it, its texts in the outline, and what belongs to it."""

    shapes: Sequence[bytes] = ()
    outline: Sequence[str] = ()
    notes: str = ""
    footer: str = ""
    hidden: bool = False
    comments: Sequence[tuple[str, str, tuple[int, int, int]]] = ()  # text, author, day


@dataclass
class Presentation:
    """A presentation. ``strays`` are slides that no list names, ``links`` addresses by number, ``objects`` files."""

    slides: Sequence[Slide] = ()
    strays: Sequence[Slide] = ()
    masters: Sequence[Sequence[bytes]] = ()
    links: Mapping[int, str] = field(default_factory=dict)
    objects: Sequence[bytes] = ()
    encrypted: bool = False

    def file(self) -> bytes:
        """The bytes of the file."""
        stream = io.BytesIO()
        places: dict[int, int] = {}

        def put(data: bytes) -> int:
            number = len(places) + 1
            places[number] = stream.tell()
            stream.write(data)
            return number

        lists: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
        for shapes in self.masters:
            number = put(holder(0x03F8, _drawing(shapes)))
            lists[1].append(_place(number, 0x80000000 | number))
        for position, slide in enumerate(self.slides):
            notes = 0
            if slide.notes:
                number = put(holder(0x03F0, _drawing([box(words(slide.notes))])))
                notes = 0x200 | position
                lists[2].append(_place(number, notes))
            number = put(_slide(slide, notes))
            outline = [atom(0x0F9F, struct.pack("<I", 0)) + words(one) for one in slide.outline]
            lists[0] += [_place(number, 0x100 | position), *outline]
        for slide in self.strays:
            put(_slide(slide, 0))
        held = [holder(0x0FD7, atom(0x0FD3, struct.pack("<I", n)), text(1, to)) for n, to in self.links.items()]
        for position, data in enumerate(self.objects):
            number = put(atom(0x1011, struct.pack("<I", len(data)) + zlib.compress(data), 1))
            held.append(holder(0x0FCC, atom(0x0FC3, struct.pack("<6I", 1, 0, position + 50, 0, number, 0))))
        root = put(
            holder(
                0x03E8,
                *([holder(0x0409, *held)] if held else []),
                *(holder(0x0FF0, *parts, instance=kind) for kind, parts in lists.items() if parts),
            )
        )
        directory = stream.tell()
        run = struct.pack("<I", 1 | len(places) << 20) + struct.pack(f"<{len(places)}I", *places.values())
        stream.write(atom(0x1772, run))
        edit = stream.tell()
        stream.write(atom(0x0FF5, struct.pack("<IIIIIII", 0, 0x03000000, 0, directory, root, root + 1, 1)))
        token = 0xF3D1C4DF if self.encrypted else 0xE391C05F
        user = atom(0x0FF6, struct.pack("<III", 20, token, edit) + bytes(12))
        return compound_file(Storage(holds={"PowerPoint Document": stream.getvalue(), "Current User": user}))


def _drawing(shapes: Sequence[bytes]) -> bytes:
    return holder(0x040C, holder(0xF002, holder(0xF003, *shapes)))


def _place(number: int, identifier: int) -> bytes:
    return atom(0x03F3, struct.pack("<5I", number, 0, 0, identifier, 0))


def _slide(slide: Slide, notes: int) -> bytes:
    parts = [atom(0x03EF, struct.pack("<16xIHH", notes, 0, 0))]
    if slide.hidden:
        parts.append(atom(0x03F9, struct.pack("<10xHI", 4, 0)))
    parts.append(_drawing(slide.shapes))
    if slide.footer:
        parts.append(holder(0x0FD9, text(2, slide.footer)))
    for said, author, (year, month, day) in slide.comments:
        when = atom(0x2EE1, struct.pack("<I8HII", 1, year, month, 0, day, 9, 30, 0, 0, 0, 0))
        comment = holder(0x2EE0, text(0, author), text(1, said), when)
        tag = holder(0x138A, text(0, "___PPT10"), atom(0x138B, comment))
        parts.append(holder(0x1388, tag))
    return holder(0x03EE, *parts)
