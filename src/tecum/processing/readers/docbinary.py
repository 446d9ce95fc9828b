"""The binary Word document of 1993 to 2003, as its streams tell it: characters, runs, table rows, notes.

Follows [MS-DOC]: file information block (2.5), piece table (2.8.35, 2.9.177), pages of formatting (2.9.33, 2.9.174),
single property modifiers (2.2.5.1), tables of strings (2.2.4). Word 6 and 95 keep the same parts in the same order,
in one stream, with shorter numbers; their runs and paragraphs are not looked at.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from tecum.hooks import Unreadable
from tecum.model import ExceptionCode

STORIES: Final = ("main", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header boxes")
# Places in the table of parts.
COMMENT_MARKS, COMMENT_TEXTS, HEADER_TEXTS, RUN_PAGES, PARAGRAPH_PAGES = 4, 5, 11, 12, 13
PIECES, COMMENT_AUTHORS, DRAWINGS, CHANGE_AUTHORS, COMMENT_TIMES = 33, 36, 50, 51, 112

_WORD_6, _WORD_97 = 0xA5DC, 0xA5EC
_FIRST_97: Final = 0xC1  # version of the format
_FLAG_COMPLEX, _FLAG_ENCRYPTED, _FLAG_SECOND_TABLE = 0x4, 0x100, 0x200
_PAGE: Final = 512  # bytes
_NARROW: Final = 0x40000000
_LONGEST: Final = 1 << 28  # characters; a document of Word's has less
_ROW_END: Final = 0x2417  # sprmPFTtp; rows of a table within a cell end otherwise
_OPERANDS: Final = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}  # bytes, by the kind that a modifier's number tells
_LONG_OPERANDS: Final = frozenset({0xD606, 0xD608})  # sprmTDefTable and its elder: two bytes of length
# Code pages of Word 6 and 95 by the primary language of the document ([MS-LCID]); any other wrote cp1252.
_CODE_PAGES: Final = {
    0x01: "cp1256", 0x02: "cp1251", 0x04: "gb18030", 0x05: "cp1250", 0x08: "cp1253", 0x0D: "cp1255", 0x0E: "cp1250",
    0x11: "cp932", 0x12: "cp949", 0x15: "cp1250", 0x18: "cp1250", 0x19: "cp1251", 0x1A: "cp1250", 0x1B: "cp1250",
    0x1E: "cp874", 0x1F: "cp1254", 0x22: "cp1251", 0x23: "cp1251", 0x24: "cp1250", 0x25: "cp1257", 0x26: "cp1257",
    0x27: "cp1257", 0x2A: "cp1258",
}  # fmt: skip


class Look(NamedTuple):
    """How a run differs, as far as it matters here; authors are places in ``CHANGE_AUTHORS``, -1 if not known."""

    hidden: bool = False
    inserted: bool = False
    deleted: bool = False
    author: int = -1
    when: int = 0  # DTTM
    deleter: int = -1
    deleted_when: int = 0
    data: int = -1  # place in the data stream of what the run stands for


class Run(NamedTuple):
    """Characters ``first`` to ``last`` (not included) of the document that look the same."""

    first: int
    last: int
    look: Look


class _Piece(NamedTuple):
    """Characters ``first`` to ``last`` (not included), which lie from byte ``offset``, each ``width`` bytes."""

    first: int
    last: int
    offset: int
    width: int
    modifiers: bytes


PLAIN: Final = Look()


class Document:
    """One document. ``characters`` holds one element for each of Word's (UTF-16 units), so places count alike.

    ``tables`` returns a stream of the compound file by name. What damage makes unreadable beyond the text itself is
    told in ``troubles``.

    Raises:
        Unreadable: ENCRYPTED, or CORRUPT when there is no text to be found.
    """

    def __init__(self, document: bytes, tables: dict[str, bytes]) -> None:
        self._document = document
        self.troubles: list[str] = []
        magic, version, _, language, _, flags = self._words(0, "<HHHHHH")
        language = self._words(6, "<H")[0]
        if magic not in (_WORD_6, _WORD_97) and not 0x65 <= version <= 0x0120:
            raise Unreadable(ExceptionCode.CORRUPT, "its document does not begin as one of Word")
        if flags & _FLAG_ENCRYPTED:
            raise Unreadable(ExceptionCode.ENCRYPTED, "the document is encrypted and needs its password")
        self.old = version < _FIRST_97
        if self.old:
            self._table, self._lengths, self._parts, self._count = document, 0x34, 0x58, 35
            self._code_page = _CODE_PAGES.get(language & 0x3FF, "cp1252")
        else:
            wanted = "1Table" if flags & _FLAG_SECOND_TABLE else "0Table"
            self._table = tables.get(wanted) or next(iter(tables.values()), b"")
            self._lengths, self._parts = 0x4C, 0x9A
            (self._count,) = self._words(0x98, "<H")
            self._code_page = "cp1252"
        self._pieces = self._found_pieces(bool(flags & _FLAG_COMPLEX))
        self.characters = self._text()
        self.stories = self._found_stories()

    def part(self, number: int) -> bytes:
        """Return one of the table stream's parts by its place in the header, b"" when it is not there."""
        if number >= self._count:
            return b""
        start, size = self._words(self._parts + 8 * number, "<II")
        return self._table[start : start + size] if size else b""

    def runs(self) -> list[Run]:
        """Return all runs in order: together they cover the document."""
        if self.old:
            return [Run(0, len(self.characters), PLAIN)]
        looks = [(first, last, _look(self._modifiers(page, at))) for first, last, page, at in self._pages(RUN_PAGES)]
        starts = [first for first, _, _ in looks]
        found: list[Run] = []
        for piece in self._pieces:
            whole = _look(piece.modifiers) if piece.modifiers else PLAIN
            place, end = piece.offset, piece.offset + (piece.last - piece.first) * piece.width
            number = max(bisect_right(starts, place) - 1, 0)
            while place < end:
                first, last, look = looks[number] if number < len(looks) else (end, end, PLAIN)
                if last <= place and number < len(looks):
                    number += 1
                    continue
                stop = min(end, first if first > place else last)
                shown = PLAIN if first > place else look
                at = piece.first + (place - piece.offset) // piece.width
                until = piece.first + -(-(stop - piece.offset) // piece.width)
                found.append(Run(at, until, whole if shown is PLAIN else shown))
                place = stop
        return found

    def row_ends(self) -> frozenset[int]:
        """Return the places of the marks that end table rows (others of the same kind end cells)."""
        if self.old:
            return frozenset()
        ends = [
            last
            for _, last, page, at in self._pages(PARAGRAPH_PAGES)
            if any(number == _ROW_END and value[:1] == b"\1" for number, value in _split(_paragraph(page, at)))
        ]
        starts = sorted(self._pieces, key=lambda piece: piece.offset)
        offsets = [piece.offset for piece in starts]
        found = set()
        for end in ends:
            number = bisect_right(offsets, end - 1) - 1
            if number >= 0:
                piece = starts[number]
                found.add(piece.first + (end - 1 - piece.offset) // piece.width)
        return frozenset(found)

    # -- the text ----------------------------------------------------------------------------------------

    def _words(self, place: int, form: str) -> tuple[int, ...]:
        try:
            return struct.unpack_from(form, self._document, place)
        except struct.error:
            raise Unreadable(ExceptionCode.CORRUPT, "its first block is cut short") from None

    def _found_pieces(self, is_complex: bool) -> list[_Piece]:
        table = self.part(PIECES)
        if self.old and not (is_complex and table):
            first, last = self._words(0x18, "<II")
            return [_Piece(0, max(0, min(last, len(self._document)) - first), first, 1, b"")]
        groups: list[bytes] = []
        place = 0
        while table[place : place + 1] == b"\1":
            size = int.from_bytes(table[place + 1 : place + 3], "little")
            groups.append(table[place + 3 : place + 3 + size])
            place += 3 + size
        if table[place : place + 1] != b"\2":
            raise Unreadable(ExceptionCode.CORRUPT, "the table that tells where its text lies is damaged")
        places, rows = table_of(
            table[place + 5 : place + 5 + int.from_bytes(table[place + 1 : place + 5], "little")], 8
        )
        pieces = [self._piece(ends, row, groups) for ends, row in zip(pairwise(places), rows, strict=False)]
        if any(piece.last <= piece.first for piece in pieces) or places[-1:] > [_LONGEST]:
            self.troubles.append("the table that tells where its text lies is damaged")
            pieces = [piece for piece in pieces if piece.first < piece.last <= _LONGEST]
        return pieces

    def _piece(self, ends: tuple[int, int], row: bytes, groups: list[bytes]) -> _Piece:
        offset, modifier = struct.unpack_from("<IH", row, 2)
        own = groups[modifier >> 1] if modifier & 1 and modifier >> 1 < len(groups) else b""
        if self.old:
            return _Piece(*ends, offset, 1, b"")
        if offset & _NARROW:
            return _Piece(*ends, (offset & ~_NARROW) // 2, 1, own)
        return _Piece(*ends, offset, 2, own)

    def _text(self) -> str:
        parts: list[str] = []
        at = 0
        for piece in self._pieces:
            size = (piece.last - piece.first) * piece.width
            data = self._document[piece.offset : piece.offset + size]
            if len(data) < size:
                self.troubles.append("a part of its text is missing")
            text = _units(data) if piece.width == 2 else self._narrow(data)
            parts += ["\0" * (piece.first - at), text.ljust(piece.last - piece.first, "\0")]
            at = piece.last
        return "".join(parts)

    def _narrow(self, data: bytes) -> str:
        """Decode a character a byte; where a code page has characters of two, fill up so that places stay."""
        text = data.decode(self._code_page, "replace")
        if len(text) == len(data):
            return text
        return "".join(letter + "\0" * (len(letter.encode(self._code_page, "replace")) - 1) for letter in text)

    def _found_stories(self) -> dict[str, tuple[int, int]]:
        """Where each story begins and ends; what the header leaves unaccounted for at the end belongs to none."""
        lengths = [min(length, _LONGEST) for length in self._words(self._lengths, "<8I")]
        ends = list(accumulate(lengths, initial=0))
        if ends[-1] > len(self.characters):
            self.troubles.append("less text than its header declares")
        return dict(zip(STORIES, pairwise(ends), strict=True))

    # -- formatting --------------------------------------------------------------------------------------

    def _pages(self, number: int) -> Iterator[tuple[int, int, bytes, int]]:
        """Yield the entries of the pages of formatting: first and last byte of text, the page, the entry's place."""
        _, rows = table_of(self.part(number), 4)
        for row in rows:
            place = (int.from_bytes(row, "little") & 0x3FFFFF) * _PAGE
            page = self._document[place : place + _PAGE]
            if len(page) < _PAGE:
                self.troubles.append("a part of its formatting is missing")
                continue
            count, width = page[-1], 1 if number == RUN_PAGES else 13
            if 4 * (count + 1) + width * count >= _PAGE:
                self.troubles.append("a part of its formatting is damaged")
                continue
            bounds = struct.unpack_from(f"<{count + 1}I", page)
            for index, (first, last) in enumerate(pairwise(bounds)):
                yield first, last, page, page[4 * (count + 1) + width * index] * 2

    @staticmethod
    def _modifiers(page: bytes, at: int) -> bytes:
        return page[at + 1 : at + 1 + page[at]] if at else b""


def table_of(data: bytes, width: int) -> tuple[list[int], list[bytes]]:
    """Split a PLC: the places, one more than there are rows, and the rows of ``width`` bytes ([MS-DOC] 2.2.2)."""
    count = max(0, (len(data) - 4) // (4 + width))
    places = list(struct.unpack_from(f"<{count + 1}I", data)) if len(data) >= 4 else []
    start = 4 * len(places)
    return places, [data[start + width * row : start + width * (row + 1)] for row in range(count)]


def strings(data: bytes) -> list[str]:
    """Split a table of strings (STTB) with characters of two bytes; b"" gives none."""
    if data[:2] != b"\xff\xff" or len(data) < 6:
        return []
    count, extra = struct.unpack_from("<HH", data, 2)
    found, place = [], 6
    for _ in range(count):
        text, place = string_at(data, place)
        found.append(text)
        place += extra
    return found


def string_at(data: bytes, place: int) -> tuple[str, int]:
    """Return the string at a place, its length before it, and the place behind it."""
    size = 2 * int.from_bytes(data[place : place + 2], "little")
    return data[place + 2 : place + 2 + size].decode("utf-16-le", "replace"), place + 2 + size


def moment(packed: int) -> str:
    """Return a DTTM ([MS-DOC] 2.9.69) as ISO 8601 to the minute, in the writer's own time; "" when it is none."""
    minute, hour, day, month = packed & 0x3F, packed >> 6 & 0x1F, packed >> 11 & 0x1F, packed >> 16 & 0xF
    if not (packed and minute < 60 and hour < 24 and day and 1 <= month <= 12):
        return ""
    return f"{1900 + (packed >> 20 & 0x1FF):04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}"


def _units(data: bytes) -> str:
    """Decode UTF-16 unit by unit, halves of pairs apart, so that places stay."""
    text = data.decode("utf-16-le", "surrogatepass")
    if 2 * len(text) == len(data):
        return text
    return "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])))


def _paragraph(page: bytes, at: int) -> bytes:
    """Return a paragraph's modifiers from its page ([MS-DOC] 2.9.175): behind the length and the style's number."""
    if not at or at + 1 >= len(page):
        return b""
    size = page[at]
    return page[at + 4 : at + 2 + 2 * page[at + 1]] if not size else page[at + 3 : at + 2 * size]


def _split(modifiers: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the modifiers of a list, each as its number and its operand."""
    place = 0
    while place + 2 <= len(modifiers):
        number = int.from_bytes(modifiers[place : place + 2], "little")
        place += 2
        size = _OPERANDS.get(number >> 13)
        if size is None and number in _LONG_OPERANDS:
            size = int.from_bytes(modifiers[place : place + 2], "little") + 1
        elif size is None:
            size = 1 + int.from_bytes(modifiers[place : place + 1], "little")
        yield number, modifiers[place : place + size]
        place += size


_NUMBERS: Final = {
    0x4804: "author", 0x6805: "when", 0x4863: "deleter", 0x6864: "deleted_when", 0x6A03: "data",
}  # fmt: skip
_SWITCHES: Final = {0x0801: "inserted", 0x0800: "deleted", 0x083C: "hidden"}


def _look(modifiers: bytes) -> Look:
    """Say what a run's modifiers mean, the last of a kind ruling."""
    found: dict[str, Any] = {}
    for number, value in _split(modifiers):
        if name := _NUMBERS.get(number):
            found[name] = int.from_bytes(value, "little")
        elif name := _SWITCHES.get(number):
            found[name] = value[:1] in (b"\x01", b"\x81")
    return PLAIN._replace(**found) if found else PLAIN
