"""A storage of a compound file, written out as a compound file of its own ([MS-CFB], version 3)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_SECTOR: Final = 512
_MINI: Final = 64
_CUTOFF: Final = 4096  # shorter streams lie in mini sectors
_FREE, _END, _FAT, _DIFAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_PER_FAT: Final = _SECTOR // 4
_IN_HEADER: Final = 109  # sectors of the table that the header itself names


@dataclass(frozen=True)
class Storage:
    """Streams and storages by name."""

    streams: Mapping[str, bytes] = field(default_factory=dict)
    storages: Mapping[str, Storage] = field(default_factory=dict)


@dataclass
class _Entry:
    """One entry of the directory."""

    name: str
    kind: int  # 1 storage, 2 stream, 5 root
    child: int = _NONE
    right: int = _NONE
    start: int = _END
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")[:62] + b"\0\0"
        head = struct.pack("<64sHBB3I", name, len(name), self.kind, 1, _NONE, self.right, self.child)
        return head + bytes(36) + struct.pack("<IQ", self.start, self.size)


class _Writer:
    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._sectors: list[bytes] = []
        self._fat: list[int] = []
        self._mini = bytearray()
        self._mini_fat: list[int] = []

    def write(self, top: Storage) -> bytes:
        """Return the whole file."""
        self._entries.append(_Entry("Root Entry", 5))
        self._enter(top, 0)
        root = self._entries[0]
        root.start, root.size = self._chain(bytes(self._mini)), len(self._mini)
        mini_fat = self._chain(_words(self._mini_fat, _PER_FAT))
        directory = b"".join(entry.packed() for entry in self._entries)
        empty = _Entry("", 0).packed()
        directory += empty * (-len(self._entries) % 4)
        start = self._chain(directory)
        return self._with_tables(start, mini_fat, (len(self._mini_fat) + _PER_FAT - 1) // _PER_FAT)

    def _enter(self, storage: Storage, number: int) -> None:
        """Enter what a storage holds; siblings hang on one another to the right, in the order of [MS-CFB] 2.6.4."""
        names = sorted([*storage.streams, *storage.storages], key=lambda name: (len(name), name.upper()))
        last = -1
        for name in names:
            position = len(self._entries)
            if last < 0:
                self._entries[number].child = position
            else:
                self._entries[last].right = position
            last = position
            if name in storage.streams:
                data = storage.streams[name]
                start = self._chain(data) if len(data) >= _CUTOFF else self._mini_chain(data)
                self._entries.append(_Entry(name, 2, start=start, size=len(data)))
            else:
                self._entries.append(_Entry(name, 1, start=0))
                self._enter(storage.storages[name], position)

    def _chain(self, data: bytes) -> int:
        """Lay bytes into sectors; return the first one."""
        count = (len(data) + _SECTOR - 1) // _SECTOR
        if not count:
            return _END
        first = len(self._sectors)
        self._sectors += [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]
        self._fat += [*range(first + 1, first + count), _END]
        return first

    def _mini_chain(self, data: bytes) -> int:
        count = (len(data) + _MINI - 1) // _MINI
        if not count:
            return _END
        first = len(self._mini_fat)
        self._mini += data.ljust(count * _MINI, b"\0")
        self._mini_fat += [*range(first + 1, first + count), _END]
        return first

    def _with_tables(self, directory: int, mini_fat: int, mini_count: int) -> bytes:
        """Add the allocation table, and the table of its sectors where the header has no room for them."""
        tables = more = 0
        while (len(self._fat) + tables + more) > tables * _PER_FAT:
            tables += 1
            more = max(0, -(-(tables - _IN_HEADER) // (_PER_FAT - 1)))
        first = len(self._sectors)
        numbers = list(range(first, first + tables))
        fat = self._fat + [_FAT] * tables + [_DIFAT] * more
        data = b"".join(self._sectors) + _words(fat, _PER_FAT)
        rest = numbers[_IN_HEADER:]
        for position in range(more):
            some = rest[position * (_PER_FAT - 1) : (position + 1) * (_PER_FAT - 1)]
            following = first + tables + position + 1 if position + 1 < more else _END
            data += struct.pack(f"<{_PER_FAT}I", *some, *[_FREE] * (_PER_FAT - 1 - len(some)), following)
        header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
        header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
        header += struct.pack("<5I", 0, tables, directory, 0, _CUTOFF)
        header += struct.pack("<4I", mini_fat, mini_count, first + tables if more else _END, more)
        known = numbers[:_IN_HEADER]
        return header + struct.pack("<109I", *known, *[_FREE] * (_IN_HEADER - len(known))) + data


def _words(numbers: list[int], multiple: int) -> bytes:
    padded = numbers + [_FREE] * (-len(numbers) % multiple)
    return struct.pack(f"<{len(padded)}I", *padded)


def written(storage: Storage) -> bytes:
    """Return a storage as the bytes of a compound file whose root it is."""
    return _Writer().write(storage)
