"""The lowest layer of an Outlook data file: its pages, blocks and nodes, read from an open file as they are asked for.

Follows [MS-PST] 2.2 (the NDB layer) for ANSI and Unicode files. For the offline files of Outlook 2013 and later, whose
pages are of 4 KiB and whose blocks may be compressed, it follows the analysis published with libyal's libpff ("Personal
Folder File (PFF) format"); there is no text of Microsoft's.
"""

from __future__ import annotations

import bisect
import itertools
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.processing.readers import pstcipher
from tecum.processing.readers.mapi import Damaged

_MAGIC: Final = b"!BDN"
_NODES, _BLOCKS = 0x81, 0x80  # types of the pages of the two trees
_DEEPEST: Final = 12  # levels of a tree
_PAGES_KEPT: Final = 1024
_INTERNAL: Final = 2  # a bit of a block's id: it holds ids, not data
_MOST_BLOCKS: Final = 1 << 17  # of one value, which makes 1 GiB
_MOST_SUBNODES: Final = 1 << 18
_LONGEST: Final = 1 << 30  # bytes of one value


@dataclass(frozen=True)
class _Form:
    """How one edition of the format lays its pages out; sizes in bytes."""

    page: int
    entries: int  # bytes of a page that hold entries
    counts: str  # number of entries, most, size of one, level
    type_at: int
    wide: bool  # ids and places of 8 bytes
    inflates: bool  # blocks may be compressed
    checked: int  # bytes behind a block, with its checksum; 0 where their form is not known


_ANSI: Final = _Form(512, 496, "<4B", 500, False, False, 12)
_UNICODE: Final = _Form(512, 488, "<4B", 496, True, False, 16)
_LARGE: Final = _Form(4096, 4056, "<2H2B", 4072, True, True, 0)


@dataclass(frozen=True)
class Node:
    """One node: ids of its data block, of its block of subnodes (0 = none), and of its parent node."""

    identity: int
    data: int
    subnodes: int
    parent: int

    @property
    def kind(self) -> int:
        """The type of the node, the low 5 bits of its id ([MS-PST] 2.2.2.1)."""
        return self.identity & 0x1F


@dataclass(frozen=True)
class _Page:
    level: int
    keys: list[int]
    rows: list[tuple[int, ...]]


class Store:
    """An open file. What its reading shows to be doubtful, but readable, is added to ``doubts``.

    Raises:
        Damaged: from any method, when what is asked for cannot be read.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._pages: OrderedDict[tuple[int, int], _Page] = OrderedDict()
        self.doubts: list[str] = []
        head = self._at(0, 564)
        if not head.startswith(_MAGIC):
            raise Damaged("it does not begin as an Outlook data file")
        (self.version,) = struct.unpack_from("<H", head, 10)
        if self.version in (14, 15):
            self._form = _ANSI
            self._crypt = head[461]
            _, nodes, _, blocks = struct.unpack_from("<4I", head, 184)
        elif 20 <= self.version < 64:
            self._form = _LARGE if self.version >= 36 else _UNICODE
            self._crypt = head[513]
            _, nodes, _, blocks = struct.unpack_from("<4Q", head, 216)
        else:
            raise Damaged(f"an Outlook data file of unknown version {self.version}")
        if self._crypt > 2:
            raise Damaged(f"its bytes are coded in an unknown way ({self._crypt})")
        self._roots = {_NODES: nodes, _BLOCKS: blocks}

    @property
    def large(self) -> bool:
        """Whether its pages are of 4 KiB, as in offline files since Outlook 2013."""
        return self._form is _LARGE

    # -- trees -------------------------------------------------------------------------------------------

    def nodes(self) -> Iterator[Node]:
        """Yield every node in the order of ids; a damaged page leaves a doubt and the others come."""
        yield from self._walk(self._roots[_NODES], None)

    def _walk(self, place: int, level: int | None) -> Iterator[Node]:
        try:
            page = self._page(_NODES, place, level)
        except Damaged as damage:
            self.doubts.append(str(damage))
            return
        for row in page.rows:
            if page.level:
                yield from self._walk(row[1], page.level - 1)
            else:
                yield Node(row[0] & 0xFFFFFFFF, row[1], row[2], row[3] & 0xFFFFFFFF)

    def node(self, identity: int) -> Node:
        """Return the node with this id."""
        row = self._find(_NODES, identity)
        if row is None:
            raise Damaged(f"there is no node {identity:#x}")
        return Node(identity, row[1], row[2], row[3] & 0xFFFFFFFF)

    def _find(self, tree: int, key: int) -> tuple[int, ...] | None:
        """Look a key up."""
        place, level = self._roots[tree], None
        for _ in range(_DEEPEST):
            page = self._page(tree, place, level)
            position = bisect.bisect_right(page.keys, key) - 1
            if position < 0:
                return None
            if not page.level:
                return page.rows[position] if page.keys[position] == key else None
            place, level = page.rows[position][1], page.level - 1
        raise Damaged("a tree of its pages is deeper than any")

    def _page(self, tree: int, place: int, level: int | None) -> _Page:
        known = self._pages.get((tree, place))
        if known is None:
            known = self._read_page(tree, place)
            self._pages[tree, place] = known
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end((tree, place))
        if known.level >= _DEEPEST or (level is not None and known.level != level):
            raise Damaged(f"the page at {place:#x} stands at a wrong level")
        return known

    def _read_page(self, tree: int, place: int) -> _Page:
        form = self._form
        data = self._at(place, form.page)
        count, _, size, level = struct.unpack_from(form.counts, data, form.entries)
        if data[form.type_at] != tree:
            raise Damaged(f"the page at {place:#x} is none of its kind")
        layout = self._layout(tree, level)
        if size < struct.calcsize(layout) or count * size > form.entries:
            raise Damaged(f"the page at {place:#x} has impossible entries")
        rows = [struct.unpack_from(layout, data, position * size) for position in range(count)]
        if level:
            rows = [(row[0], row[2]) for row in rows]
        keys = [row[0] & (0xFFFFFFFF if tree == _NODES else ~1) for row in rows]
        if any(one > other for one, other in itertools.pairwise(keys)):
            raise Damaged(f"the entries of the page at {place:#x} are out of order")
        return _Page(level, keys, rows)

    def _layout(self, tree: int, level: int) -> str:
        if level:
            return "<3Q" if self._form.wide else "<3I"
        if tree == _NODES:
            return "<3QI" if self._form.wide else "<4I"
        return "<2Q2H" if self._form.wide else "<2IH"

    # -- blocks ------------------------------------------------------------------------------------------

    def blocks(self, identity: int) -> list[bytes]:
        """Return a node's data as the blocks it lies in; none for id 0."""
        if not identity:
            return []
        return [self._block(one) for one in self._listed(identity)]

    def _listed(self, identity: int) -> list[int]:
        """Return the ids of the data blocks that an id stands for ([MS-PST] 2.2.2.8.3.2)."""
        waiting, found = [(identity, 2)], []
        while waiting:
            one, level = waiting.pop()
            if not one & _INTERNAL:
                found.append(one)
                if len(found) > _MOST_BLOCKS:
                    raise Damaged(f"a value of more than {_MOST_BLOCKS} blocks")
                continue
            data = self._block(one)
            if len(data) < 8 or data[0] != 1 or not 1 <= data[1] <= level:
                raise Damaged(f"the block {one:#x} should list others and does not")
            inner = self._ids(data)
            waiting += [(each, data[1] - 1) for each in reversed(inner)]
        return found

    def _ids(self, data: bytes) -> tuple[int, ...]:
        (count,) = struct.unpack_from("<H", data, 2)
        size = 8 if self._form.wide else 4
        if 8 + count * size > len(data):
            raise Damaged("a list of blocks is cut short")
        return struct.unpack_from(f"<{count}{'Q' if self._form.wide else 'I'}", data, 8)

    def subnodes(self, identity: int) -> dict[int, Node]:
        """Return the subnodes listed in a block ([MS-PST] 2.2.2.8.3.3), by id; none for id 0."""
        found: dict[int, Node] = {}
        waiting = [(identity, 1)] if identity else []
        wide = self._form.wide
        while waiting:
            one, level = waiting.pop()
            data = self._block(one)
            if len(data) < 4 or data[0] != 2 or data[1] > level:
                raise Damaged(f"the block {one:#x} should list subnodes and does not")
            (count,) = struct.unpack_from("<H", data, 2)
            start = 8 if wide else 4
            layout = ("<3Q" if wide else "<3I") if data[1] == 0 else ("<2Q" if wide else "<2I")
            size = struct.calcsize(layout)
            if start + count * size > len(data):
                raise Damaged("a list of subnodes is cut short")
            for position in range(count):
                row = struct.unpack_from(layout, data, start + position * size)
                if data[1]:
                    waiting.append((row[1], data[1] - 1))
                else:
                    name = row[0] & 0xFFFFFFFF
                    found[name] = Node(name, row[1], row[2], 0)
            if len(found) + len(waiting) > _MOST_SUBNODES:
                raise Damaged(f"more than {_MOST_SUBNODES} subnodes")
        return found

    def _block(self, identity: int) -> bytes:
        """Return one block, decoded."""
        row = self._find(_BLOCKS, identity & ~1)
        if row is None:
            raise Damaged(f"the block {identity & ~1:#x} is missing")
        place, stored = row[1], row[2]
        data = self._at(place, stored)
        if self._form.inflates and len(row) > 3 and row[3] != stored:
            data = _inflated(data, row[3])
        elif self._form.checked:
            self._check(identity, place, data)
        if identity & _INTERNAL:
            return data
        return pstcipher.decoded(data, self._crypt, identity & ~1)

    def _check(self, identity: int, place: int, data: bytes) -> None:
        """Compare a block with its checksum, which starts at 0 and is not inverted."""
        form = self._form
        end = place + (len(data) + form.checked + 63) // 64 * 64
        tail = self._at(end - form.checked, form.checked)
        _, _, one, other = struct.unpack_from("<2H2I", tail)
        stated = one if form.wide else other
        if zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF != stated:
            self.doubts.append(f"the block {identity & ~1:#x} fails its checksum")

    def _at(self, place: int, size: int) -> bytes:
        if place < 0 or place + size > self._size:
            raise Damaged(f"{size} bytes at {place:#x} lie beyond the end of the file")
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < size:
            raise Damaged(f"{size} bytes at {place:#x} cannot be read")
        return data


def _inflated(data: bytes, size: int) -> bytes:
    try:
        out = zlib.decompressobj().decompress(data, size)
    except zlib.error as error:
        raise Damaged(f"a compressed block cannot be unpacked: {error}") from None
    if len(out) != size:
        raise Damaged(f"a compressed block gives {len(out)} of {size} bytes")
    return out
