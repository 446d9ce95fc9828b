"""The middle layer of an Outlook data file: heaps in a node's blocks, and the properties and tables that lie in them.

Follows [MS-PST] 2.3 (the LTP layer).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tecum.processing.readers import mapi
from tecum.processing.readers.mapi import Damaged, Key, Value
from tecum.processing.readers.pstblocks import Node, Store

_HEAP: Final = 0xEC
_TREE: Final = 0xB5
_PROPERTIES: Final = 0xBC
_TABLE: Final = 0x7C
_DEEPEST: Final = 8  # levels of a tree on a heap
_MOST_ROWS: Final = 5_000_000
_SMALL: Final = frozenset({mapi.SHORT, mapi.LONG, mapi.FLOAT, mapi.BOOLEAN, 0x000A})  # stand in the entry itself
_MOST_VALUES: Final = 100_000  # of one list


class Heap:
    """What lies in a node: values by their heap or node ids."""

    def __init__(self, store: Store, node: Node, kind: int) -> None:
        self._store = store
        self._node = node
        self._blocks = store.blocks(node.data)
        self._below: dict[int, Node] | None = None
        if not self._blocks or len(self._blocks[0]) < 12:
            raise Damaged(f"the node {node.identity:#x} has no heap")
        _, heap, found, self.root = struct.unpack_from("<HBBI", self._blocks[0])
        if heap != _HEAP or found != kind:
            raise Damaged(f"the node {node.identity:#x} has not the heap it should have")

    @property
    def below(self) -> dict[int, Node]:
        """The node's subnodes."""
        if self._below is None:
            self._below = self._store.subnodes(self._node.subnodes)
        return self._below

    def item(self, identity: int) -> bytes:
        """Return a value on the heap ([MS-PST] 2.3.1.1: 5 bits of type, then index and block)."""
        if not identity:
            return b""
        # In files of large pages three bits of the block's number belong to the index.
        bits = 14 if self._store.large else 11
        index, number = identity >> 5 & ((1 << bits) - 1), identity >> 5 + bits
        if number >= len(self._blocks):
            raise Damaged(f"a value lies in block {number} of {len(self._blocks)}")
        block = self._blocks[number]
        try:
            (place,) = struct.unpack_from("<H", block)
            (count,) = struct.unpack_from("<H", block, place)
            if not 1 <= index <= count:
                raise Damaged(f"a value is number {index} of {count}")
            start, end = struct.unpack_from("<2H", block, place + 4 + (index - 1) * 2)
        except struct.error:
            raise Damaged("the map of a heap is cut short") from None
        return block[start:end]

    def value(self, identity: int) -> bytes:
        """Return a value on the heap or in a subnode."""
        return b"".join(self.pieces(identity))

    def pieces(self, identity: int) -> list[bytes]:
        """Return a value as the blocks it lies in."""
        if identity & 0x1F == 0:
            return [self.item(identity)]
        node = self.below.get(identity)
        if node is None:
            raise Damaged(f"the subnode {identity:#x} is missing")
        return self._store.blocks(node.data)

    def tree(self, identity: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield keys and entries of a tree on the heap ([MS-PST] 2.3.2)."""
        head = self.item(identity)
        if len(head) < 8 or head[0] != _TREE:
            raise Damaged("a tree on a heap does not begin as one")
        key, entry, levels, root = struct.unpack_from("<3BI", head, 1)
        if not 1 <= key <= 16 or not 1 <= entry <= 32 or levels > _DEEPEST:
            raise Damaged("a tree on a heap has impossible entries")
        yield from self._branch(root, key, entry, levels)

    def _branch(self, identity: int, key: int, entry: int, level: int) -> Iterator[tuple[bytes, bytes]]:
        data = self.item(identity)
        size = key + (4 if level else entry)
        for at in range(0, len(data) - size + 1, size):
            if level:
                yield from self._branch(int.from_bytes(data[at + key : at + size], "little"), key, entry, level - 1)
            else:
                yield data[at : at + key], data[at + key : at + size]


@dataclass(frozen=True)
class Held:
    """The properties of a node, the notes of those that could not be read, and its subnodes.

    ``objects`` are the node ids of values that are objects.
    """

    values: dict[Key, Value]
    notes: list[str]
    objects: dict[Key, int]
    heap: Heap


def properties(store: Store, node: Node, names: Mapping[int, Key], skip: frozenset[int] = frozenset()) -> Held:
    """Return the properties of a node ([MS-PST] 2.3.3); those in ``skip`` are left unread.

    Raises:
        Damaged: it has none.
    """
    heap = Heap(store, node, _PROPERTIES)
    found = Held({}, [], {}, heap)
    for key, entry in heap.tree(heap.root):
        identity = int.from_bytes(key, "little")
        name = names.get(identity, identity) if identity >= 0x8000 else identity
        kind, place = struct.unpack_from("<HI", entry.ljust(6, b"\0"))
        if identity in skip and kind != mapi.OBJECT:
            continue
        try:
            found.values[name] = _value(heap, kind, place, entry)
            if kind == mapi.OBJECT:
                found.objects[name] = int.from_bytes(heap.item(place)[:4], "little")
        except Damaged as damage:
            found.notes.append(f"property {identity:#06x}: {damage}")
    return found


def single(store: Store, node: Node, wanted: int) -> bytes | None:
    """Return one property of a node as bytes, None when it has none."""
    heap = Heap(store, node, _PROPERTIES)
    for key, entry in heap.tree(heap.root):
        if int.from_bytes(key, "little") == wanted:
            return heap.value(int.from_bytes(entry[2:6], "little"))
    return None


def _value(heap: Heap, kind: int, place: int, entry: bytes) -> Value:
    if kind in _SMALL:
        return Value(kind, entry[2:6])
    raw = heap.value(place)
    return Value(kind, _several(raw, kind)) if kind & mapi.MULTIPLE else Value(kind, raw)


def _several(raw: bytes, kind: int) -> list[bytes]:
    """Cut a list of values apart: of fixed length, or with a table of offsets before them ([MS-PST] 2.3.3.4)."""
    if kind & ~mapi.MULTIPLE in mapi.FIXED:
        return mapi.multiple(raw, kind)
    if len(raw) < 4:
        return []
    count = int.from_bytes(raw[:4], "little")
    if count > _MOST_VALUES or 4 + count * 4 > len(raw):
        raise Damaged(f"a list of {count} values does not fit")
    starts = struct.unpack_from(f"<{count}I", raw, 4)
    return [raw[start:end] for start, end in zip(starts, (*starts[1:], len(raw)), strict=True)]


class Table:
    """A table of rows ([MS-PST] 2.3.4)."""

    def __init__(self, store: Store, node: Node) -> None:
        self._heap = Heap(store, node, _TABLE)
        head = self._heap.item(self._heap.root)
        if len(head) < 22 or head[0] != _TABLE or len(head) < 22 + head[1] * 8:
            raise Damaged(f"the table {node.identity:#x} has no header")
        self._ends = struct.unpack_from("<4H", head, 2)
        self._index, self._rows = struct.unpack_from("<2I", head, 10)
        self._columns = [struct.unpack_from("<3H2B", head, 22 + at * 8) for at in range(head[1])]

    def identities(self) -> Iterator[int]:
        """Yield the ids of the rows: of messages or folders where it is a table of those."""
        for key, _ in self._heap.tree(self._index):
            yield int.from_bytes(key, "little")

    def rows(self, names: Mapping[int, Key]) -> Iterator[tuple[dict[Key, Value], list[str]]]:
        """Yield each row's properties, and notes of those that could not be read."""
        size = self._ends[3]
        if not self._rows or not size:
            return
        count = 0
        for block in self._heap.pieces(self._rows):
            for at in range(0, len(block) - size + 1, size):
                count += 1
                if count > _MOST_ROWS:
                    raise Damaged(f"a table of more than {_MOST_ROWS} rows")
                yield self._row(block[at : at + size], names)

    def _row(self, row: bytes, names: Mapping[int, Key]) -> tuple[dict[Key, Value], list[str]]:
        found: dict[Key, Value] = {}
        notes: list[str] = []
        there = row[self._ends[2] :]
        for kind, identity, place, size, bit in self._columns:
            if bit // 8 >= len(there) or not there[bit // 8] >> 7 - bit % 8 & 1:
                continue
            raw = row[place : place + size]
            name = names.get(identity, identity) if identity >= 0x8000 else identity
            try:
                found[name] = self._cell(kind, raw)
            except Damaged as damage:
                notes.append(f"property {identity:#06x}: {damage}")
        return found, notes

    def _cell(self, kind: int, raw: bytes) -> Value:
        """Return a cell: values of up to 8 bytes stand in the row, others on the heap or in a subnode."""
        fixed = mapi.FIXED.get(kind)
        if fixed is not None and fixed <= 8:
            return Value(kind, raw)
        data = self._heap.value(int.from_bytes(raw[:4], "little"))
        return Value(kind, _several(data, kind)) if kind & mapi.MULTIPLE else Value(kind, data)
