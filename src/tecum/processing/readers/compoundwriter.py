"""Writes a compound file: how a storage inside one becomes a file of its own.

Follows [MS-CFB], version 3: 512-byte sectors, streams below 4,096 bytes in the mini stream. The same streams give the
same bytes, since nothing but names, contents and class identifiers is written.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

_SECTOR: Final = 512
_MINI: Final = 64
_CUTOFF: Final = 4096
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_IN_HEADER: Final = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_NO_CLASS: Final = bytes(16)


@dataclass
class Storage:
    """A storage: its class identifier (16 bytes) and what it holds by name, streams as bytes."""

    identifier: bytes = _NO_CLASS
    holds: dict[str, bytes | Storage] = field(default_factory=dict)


@dataclass
class _Entry:
    """One entry of the directory; ``left``, ``right`` and ``child`` are places of other entries."""

    name: str
    kind: int
    identifier: bytes = _NO_CLASS
    data: bytes = b""
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = _END


def compound_file(root: Storage) -> bytes:
    """Return the bytes of a compound file that holds what ``root`` holds."""
    entries = [_Entry("Root Entry", _ROOT, root.identifier)]
    entries[0].child = _add(entries, root)
    sectors: list[bytes] = []
    chain: list[int] = []

    def store(data: bytes) -> int:
        """Put data into sectors of its own and return the first."""
        if not data:
            return _END
        first, count = len(sectors), -(-len(data) // _SECTOR)
        sectors.extend(data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR))
        chain.extend([*range(first + 1, first + count), _END])
        return first

    mini, mini_chain = bytearray(), list[int]()
    for entry in entries[1:]:
        if len(entry.data) >= _CUTOFF:
            entry.start = store(entry.data)
        elif entry.data:
            entry.start, count = len(mini_chain), -(-len(entry.data) // _MINI)
            mini += entry.data.ljust(count * _MINI, b"\0")
            mini_chain += [*range(entry.start + 1, entry.start + count), _END]
    entries[0].data, entries[0].start = bytes(mini), store(bytes(mini))
    first_mini = store(b"".join(number.to_bytes(4, "little") for number in _filled(mini_chain)))
    first_entry = store(b"".join(map(_packed, entries)).ljust(_SECTOR, b"\0"))
    return _header(sectors, chain, first_entry, first_mini, len(mini_chain))


def _header(sectors: list[bytes], chain: list[int], directory: int, mini: int, minis: int) -> bytes:
    """Put the allocation table behind the sectors, and the header before them."""
    tables = more = 0
    while tables * 128 < len(sectors) + tables + more:
        tables = -(-(len(sectors) + tables + more) // 128)
        more = -(-max(0, tables - _IN_HEADER) // 127)
    places = range(len(sectors), len(sectors) + tables)
    further = range(places.stop, places.stop + more)
    allocation = _filled([*chain, *[_FAT] * tables, *[_DIFAT] * more])
    rest = list(places[_IN_HEADER:])
    lists = []
    for number in range(more):
        row = rest[number * 127 : (number + 1) * 127]
        row += [_FREE] * (127 - len(row))
        lists.append(struct.pack("<128I", *row, further[number] + 1 if number + 1 < more else _END))
    head = struct.pack(
        "<8s16s5H6x4xII4xIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _NO_CLASS, 0x3E, 3, 0xFFFE, 9, 6, tables, directory, _CUTOFF,
        mini, -(-minis // 128), further[0] if more else _END, more,
    )  # fmt: skip
    listed = [*places[:_IN_HEADER], *[_FREE] * (_IN_HEADER - len(places[:_IN_HEADER]))]
    table = struct.pack(f"<{len(allocation)}I", *allocation)
    return head + struct.pack("<109I", *listed) + b"".join(sectors) + table + b"".join(lists)


def _add(entries: list[_Entry], storage: Storage) -> int:
    """Enter what a storage holds; return the place of the top of its tree."""
    places: list[int] = []
    for name in sorted(storage.holds, key=lambda name: (len(name.encode("utf-16-le")), name.upper())):
        held = storage.holds[name]
        places.append(len(entries))
        if isinstance(held, Storage):
            entry = _Entry(name, _STORAGE, held.identifier)
            entries.append(entry)
            entry.child = _add(entries, held)
        else:
            entries.append(_Entry(name, _STREAM, data=held))
    return _tree(entries, places)


def _tree(entries: list[_Entry], places: list[int]) -> int:
    """Join sorted siblings to a balanced tree; return its top."""
    if not places:
        return _FREE
    middle = len(places) // 2
    top = entries[places[middle]]
    top.left, top.right = _tree(entries, places[:middle]), _tree(entries, places[middle + 1 :])
    return places[middle]


def _packed(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le", "surrogatepass")[:62]
    start = entry.start if entry.kind != _STORAGE else 0
    return struct.pack(
        "<64sHBBIII16sI16xIQ",
        name, len(name) + 2, entry.kind, 1, entry.left, entry.right, entry.child, entry.identifier, 0, start,
        len(entry.data),
    )  # fmt: skip


def _filled(numbers: list[int]) -> list[int]:
    """Fill the last sector of a table with free places."""
    return numbers + [_FREE] * (-len(numbers) % 128)
