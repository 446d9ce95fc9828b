"""The records of an Excel workbook of before 2007, from the first version to that of 2003, and the strings in them.

Follows [MS-XLS] (BIFF8) and, for the older forms, the "Excel 97-2007 Binary File Format" and its BIFF2 to BIFF5
predecessors as Microsoft published them in the Excel Developer's Kit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_HEAD: Final = struct.Struct("<HH")
CONTINUE: Final = 0x3C
BOF: Final = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
_VERSIONS: Final = {0x0009: 2, 0x0209: 3, 0x0409: 4}
_WIDE, _RICH, _PHONETIC = 1, 8, 4


class Record(NamedTuple):
    """One record with the records that continue it; ``start`` is its place in the stream.

    A tuple, because a workbook has one for every cell and frozen dataclasses take four times as long to make.
    """

    kind: int
    data: bytes
    more: tuple[bytes, ...]
    start: int


def records(stream: bytes, start: int = 0) -> Iterator[Record]:
    """Yield the records of a stream from ``start`` on; ends where the stream does, or where a record is cut short."""
    at, end = start, len(stream)
    head = _HEAD.unpack_from
    kind, size = head(stream, at) if at + 4 <= end else (0, end)
    while (following := at + 4 + size) <= end:
        begin, this, data = at, kind, stream[at + 4 : following]
        at = following
        kind, size = head(stream, at) if at + 4 <= end else (0, end)
        if kind != CONTINUE:
            yield Record(this, data, (), begin)
            continue
        more: list[bytes] = []
        while kind == CONTINUE:
            more.append(stream[at + 4 : at + 4 + size])
            at += 4 + size
            kind, size = head(stream, at) if at + 4 <= end else (0, end)
        yield Record(this, data, tuple(more), begin)


def version(bof: Record) -> int:
    """Return the version (2, 3, 4, 5 or 8) that the first record of a stream tells."""
    if bof.kind != 0x0809:
        return _VERSIONS[bof.kind]
    (told,) = struct.unpack_from("<H", bof.data)
    return 8 if told >= 0x0600 else 5


class Strings:
    """Strings of BIFF8 read one after the other from a record and what continues it.

    A string may break anywhere; where its letters break, the next record says anew whether they are wide.
    Raises struct.error or IndexError at the end of the data.
    """

    def __init__(self, pieces: tuple[bytes, ...], at: int = 0) -> None:
        self._pieces, self._piece, self._at = pieces, 0, at

    def next(self) -> str:
        """Return the next string that begins with its length in 16 bits and its flags."""
        length, flags = struct.unpack("<HB", self._take(3))
        runs = struct.unpack("<H", self._take(2))[0] if flags & _RICH else 0
        extra = struct.unpack("<I", self._take(4))[0] if flags & _PHONETIC else 0
        text = self.letters(length, flags)
        self._take(runs * 4 + extra)
        return text

    def letters(self, count: int, flags: int) -> str:
        """Return that many letters, wide or narrow as ``flags`` says until a break says otherwise."""
        parts: list[str] = []
        while count > 0:
            if self._at >= len(self._pieces[self._piece]):
                self._piece, self._at = self._piece + 1, 1
                flags = self._pieces[self._piece][0]
            size = 2 if flags & _WIDE else 1
            piece = self._pieces[self._piece][self._at : self._at + count * size]
            got = len(piece) // size
            parts.append(piece[: got * size].decode("utf-16-le" if size == 2 else "latin-1", "replace"))
            self._at += max(got * size, 1)
            count -= got
        return "".join(parts)

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            if self._at >= len(self._pieces[self._piece]):
                self._piece, self._at = self._piece + 1, 0
            piece = self._pieces[self._piece][self._at : self._at + size - len(taken)]
            self._at += len(piece)
            taken += piece
        return taken


def text_at(data: bytes, at: int, *, version: int, codec: str, short: bool = False) -> str:
    """Return a string inside one record; ``short`` where its length takes 8 bits instead of 16.

    Before version 8 letters are bytes of the workbook's code page; from it on, flags tell their width.
    """
    length = data[at] if short else struct.unpack_from("<H", data, at)[0]
    at += 1 if short else 2
    if version < 8:
        return data[at : at + length].decode(codec, "replace")
    if not length:
        return ""
    flags = data[at]
    at += 1 + (2 if flags & _RICH else 0) + (4 if flags & _PHONETIC else 0)
    if flags & _WIDE:
        return data[at : at + 2 * length].decode("utf-16-le", "replace")
    return data[at : at + length].decode("latin-1")
