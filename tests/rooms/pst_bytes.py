"""Writes small Outlook data files, for the tests of their reader: ANSI, Unicode, and with large pages.

What other readers look at is written: header, trees of pages, blocks with checksums, heaps, properties, tables. Maps of
free space are not. libpff and readpst read what this writes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import mapi_bytes
from mapi_bytes import Made, Plain

from tecum.processing.readers import mapi, pstcipher
from tecum.processing.readers.mapi import Key, Named

ROOT, STORE, NAMES = 0x122, 0x21, 0x61
_LONGEST = 3580  # bytes of a value on a heap


def checksum(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


@dataclass(frozen=True)
class Form:
    version: int
    word: str
    page: int
    entries: int
    block: int
    align: int
    tail: int
    index_bits: int


ANSI = Form(14, "I", 512, 496, 8180, 64, 12, 11)
UNICODE = Form(23, "Q", 512, 488, 8176, 64, 16, 11)
LARGE = Form(36, "Q", 4096, 4056, 65_512, 512, 24, 14)


class Heap:
    """Values of one node, and what did not fit, as subnodes."""

    def __init__(self, pst: Pst, kind: int) -> None:
        self._pst, self._kind = pst, kind
        self._blocks: list[list[bytes]] = [[]]
        self._used = 16
        self.subnodes: dict[int, tuple[int, int]] = {}
        self.root = 0

    def add(self, value: bytes) -> int:
        if not value:
            return 0
        if len(value) > _LONGEST:
            return self.outside([value])
        # The first block has 12 bytes of header, any other at most 66.
        if self._used + len(value) + 2 > min(self._pst.form.block, 8000) - 80 or len(self._blocks[-1]) > 1000:
            self._blocks.append([])
            self._used = 16
        self._blocks[-1].append(value)
        self._used += len(value) + 2
        return len(self._blocks[-1]) << 5 | (len(self._blocks) - 1) << 5 + self._pst.form.index_bits

    def outside(self, pieces: list[bytes]) -> int:
        number = (0x400 + len(self.subnodes)) << 5 | 0x1F
        self.subnodes[number] = (self._pst.data(pieces), 0)
        return number

    def tree(self, rows: list[tuple[bytes, bytes]]) -> int:
        """Write a tree of sorted rows; returns the id of its header."""
        key, entry = len(rows[0][0]) if rows else 4, len(rows[0][1]) if rows else 4
        level, nodes = 0, rows
        while True:
            per = _LONGEST // (key + (4 if level else entry))
            pages = [nodes[at : at + per] for at in range(0, len(nodes), per)]
            placed = [(page[0][0], self.add(b"".join(map(b"".join, page)))) for page in pages]
            if len(placed) <= 1:
                break
            level, nodes = level + 1, [(first, struct.pack("<I", place)) for first, place in placed]
        root = placed[0][1] if placed else 0
        return self.add(struct.pack("<4BI", 0xB5, key, entry, level, root))

    def written(self) -> int:
        """Write the heap; returns the id of its data."""
        blocks = []
        for number, values in enumerate(self._blocks):
            if number == 0:
                size = 12
            else:
                size = 66 if number % 128 == 8 else 2
            starts = [size]
            for value in values:
                starts.append(starts[-1] + len(value))
            place = starts[-1] + starts[-1] % 2
            body = b"".join(values) + bytes(place - starts[-1])
            table = struct.pack(f"<2H{len(starts)}H", len(values), 0, *starts)
            head = (
                struct.pack("<HBBI4x", place, 0xEC, self._kind, self.root) if not number else struct.pack("<H", place)
            )
            block = head.ljust(size, b"\0") + body + table
            last = number == len(self._blocks) - 1
            blocks.append(block if last else block.ljust(self._pst.form.block, b"\0"))
        return self._pst.data(blocks)


class Pst:
    """One file being written. ``folder`` and ``message`` add to it, ``written`` gives its bytes."""

    def __init__(self, form: Form = UNICODE, crypt: int = pstcipher.PERMUTE, eight_bit: str = "") -> None:
        self.form, self.crypt, self.eight_bit = form, crypt, eight_bit
        self._blocks: dict[int, tuple[int, int, int]] = {}  # place, stored size, size
        self._out = bytearray(0x24000 if form is LARGE else 0x4600)
        self._next = 4
        self._nodes: dict[int, tuple[int, int, int]] = {}  # data, subnodes, parent
        self._names: dict[Named, int] = {}
        self._count = {2: 0x400, 4: 0x10000, 8: 0x8000}
        self._inside: dict[int, list[int]] = {}
        self._folders: dict[int, str] = {}
        self.folder("", ROOT, ROOT)

    # -- blocks and pages --------------------------------------------------------------------------------

    def _block(self, data: bytes, internal: bool) -> int:
        identity, self._next = self._next | (2 if internal else 0), self._next + 4
        if not internal:
            data = _coded(data, self.crypt, identity)
        stored = data
        if self.form is LARGE and len(data) > 200:
            packed = zlib.compress(data)
            stored = packed if len(packed) < len(data) else data
        place = len(self._out)
        total = (len(stored) + self.form.tail + self.form.align - 1) // self.form.align * self.form.align
        crc, signature = checksum(stored), (place ^ identity) & 0xFFFFFFFF
        signature = (signature >> 16 ^ signature) & 0xFFFF
        if self.form is ANSI:
            tail = struct.pack("<2H2I", len(stored), signature, identity, crc)
        else:
            tail = struct.pack("<2HIQ", len(stored), signature, crc, identity)
        if self.form is LARGE:
            tail += struct.pack("<2HI", 0, len(data), 0)
        self._out += stored + bytes(total - len(stored) - len(tail)) + tail
        self._blocks[identity] = (place, len(stored), len(data))
        return identity

    def data(self, pieces: list[bytes]) -> int:
        """Write data, in the given blocks where there are several; returns its id."""
        size = self.form.block
        if len(pieces) == 1:
            pieces = [pieces[0][at : at + size] for at in range(0, len(pieces[0]), size)]
        if not pieces:
            return 0
        ids = [(self._block(piece, False), len(piece)) for piece in pieces]
        level = 0
        while len(ids) > 1:
            level += 1
            per = (self.form.block - 8) // struct.calcsize(f"<{self.form.word}")
            some = [ids[at : at + per] for at in range(0, len(ids), per)]
            ids = [(self._block(self._list(level, group), True), sum(n for _, n in group)) for group in some]
        return ids[0][0]

    def _list(self, level: int, group: list[tuple[int, int]]) -> bytes:
        head = struct.pack("<2BHI", 1, level, len(group), sum(size for _, size in group))
        return head + struct.pack(f"<{len(group)}{self.form.word}", *(one for one, _ in group))

    def subnodes(self, nodes: dict[int, tuple[int, int]]) -> int:
        """Write a list of subnodes; returns its id."""
        if not nodes:
            return 0
        word, pad = self.form.word, b"" if self.form is ANSI else bytes(4)
        rows = [struct.pack(f"<3{word}", number, data, below) for number, (data, below) in sorted(nodes.items())]
        per = (self.form.block - 8) // len(rows[0])
        leaves = []
        for at in range(0, len(rows), per):
            some = rows[at : at + per]
            leaves.append((some[0], self._block(struct.pack("<2BH", 2, 0, len(some)) + pad + b"".join(some), True)))
        if len(leaves) == 1:
            return leaves[0][1]
        size = struct.calcsize(f"<{word}")
        inner = b"".join(first[:size] + struct.pack(f"<{word}", identity) for first, identity in leaves)
        return self._block(struct.pack("<2BH", 2, 1, len(leaves)) + pad + inner, True)

    def _tree(self, kind: int, rows: list[bytes]) -> tuple[int, int]:
        """Write a tree of pages; returns id and place of its root."""
        level, word = 0, self.form.word
        key = struct.calcsize(f"<{word}")
        while True:
            size = len(rows[0])
            per = self.form.entries // size
            placed = []
            for at in range(0, len(rows), per):
                some = rows[at : at + per]
                placed.append((some[0][:key], *self._page(kind, level, some, size, per)))
            if len(placed) == 1:
                return placed[0][1], placed[0][2]
            level += 1
            rows = [first + struct.pack(f"<2{word}", identity, place) for first, identity, place in placed]

    def _page(self, kind: int, level: int, rows: list[bytes], size: int, per: int) -> tuple[int, int]:
        form = self.form
        self._out += bytes(-len(self._out) % form.page)
        place, identity = len(self._out), self._next
        self._next += 4
        counts = "<2H2B10x" if form is LARGE else "<4B" if form is ANSI else "<4B4x"
        data = b"".join(rows).ljust(form.entries, b"\0") + struct.pack(counts, len(rows), per, size, level)
        signature = (place ^ identity) & 0xFFFFFFFF
        signature = (signature >> 16 ^ signature) & 0xFFFF
        if form is ANSI:
            data += struct.pack("<2BH2I", kind, kind, signature, identity, checksum(data))
        else:
            data += struct.pack("<2BHIQ", kind, kind, signature, checksum(data), identity)
        self._out += data.ljust(form.page, b"\0")
        return identity, place

    # -- properties and tables ---------------------------------------------------------------------------

    def _number(self, key: Key) -> int:
        return key if isinstance(key, int) else 0x8000 + self._names.setdefault(key, len(self._names))

    def properties(
        self,
        values: dict[Key, Plain],
        objects: dict[int, tuple[int, int, int]] | None = None,
        below: dict[int, tuple[int, int]] | None = None,
    ) -> tuple[int, int]:
        """Write the properties of a node; ``objects`` are subnodes that a property points to, ``below`` others."""
        heap, subnodes = Heap(self, 0xBC), {}
        rows: list[tuple[int, bytes]] = []
        for key, plain in values.items():
            value = mapi_bytes.raw(plain, self.eight_bit)
            rows.append((self._number(key), struct.pack("<H", value.kind) + _place(heap, value)))
        for number, (identity, data, inner) in (objects or {}).items():
            subnodes[identity] = (data, inner)
            rows.append((number, struct.pack("<HI", mapi.OBJECT, heap.add(struct.pack("<2I", identity, 1)))))
        heap.root = heap.tree([(struct.pack("<H", number), entry) for number, entry in sorted(rows)])
        data = heap.written()
        return data, self.subnodes({**heap.subnodes, **subnodes, **(below or {})})

    def table(self, rows: list[tuple[int, dict[Key, Plain]]]) -> tuple[int, int]:
        """Write a table: (row id, properties) each."""
        heap = Heap(self, 0x7C)
        kinds = {(key, mapi_bytes.raw(value, self.eight_bit).kind): 0 for _, row in rows for key, value in row.items()}
        columns = [(0x67F2, mapi.LONG), *((self._number(key), kind) for key, kind in kinds)]
        four = [one for one in columns if (mapi.FIXED.get(one[1], 4)) >= 4 and one[1] != mapi.BOOLEAN]
        ones = [one for one in columns if one[1] == mapi.BOOLEAN]
        widths = {one: 8 if mapi.FIXED.get(one[1], 4) == 8 else 4 for one in four} | {one: 1 for one in ones}
        places, at = {}, 0
        for one in [*four, *ones]:
            places[one], at = at, at + widths[one]
        ends = (at - len(ones), at - len(ones), at, at + (len(columns) + 7) // 8)
        lines = [self._row(heap, number, row, columns, places, widths, ends) for number, row in rows]
        per = self.form.block // ends[3]
        pieces = [b"".join(lines[at : at + per]) for at in range(0, len(lines), per)]
        if len(pieces) == 1 and len(pieces[0]) <= _LONGEST:
            matrix = heap.add(pieces[0])
        else:
            full = [piece.ljust(self.form.block, b"\0") for piece in pieces[:-1]]
            matrix = heap.outside([*full, *pieces[-1:]]) if pieces else 0
        entry = "<H" if self.form is ANSI else "<I"
        index = heap.tree([(struct.pack("<I", number), struct.pack(entry, n)) for n, (number, _) in enumerate(rows)])
        head = struct.pack("<2B4H3I", 0x7C, len(columns), *ends, index, matrix, 0)
        described = sorted(
            struct.pack("<3H2B", kind, number, places[number, kind], widths[number, kind], position)
            for position, (number, kind) in enumerate(columns)
        )
        heap.root = heap.add(head + b"".join(sorted(described, key=lambda one: one[2:4] + one[:2])))
        return heap.written(), self.subnodes(heap.subnodes)

    def _row(self, heap, number, row, columns, places, widths, ends) -> bytes:  # type: ignore[no-untyped-def]
        line = bytearray(ends[3])
        struct.pack_into("<I", line, 0, number)
        line[ends[2]] |= 0x80
        for key, plain in row.items():
            value = mapi_bytes.raw(plain, self.eight_bit)
            one = (self._number(key), value.kind)
            cell = value.raw[: widths[one]] if value.kind in mapi.FIXED else struct.pack("<I", heap.add(value.raw))
            line[places[one] : places[one] + len(cell)] = cell
            position = columns.index(one)
            line[ends[2] + position // 8] |= 0x80 >> position % 8
        return bytes(line)

    # -- folders and messages ----------------------------------------------------------------------------

    def _new(self, kind: int) -> int:
        self._count[kind] += 1
        return self._count[kind] << 5 | kind

    def folder(self, name: str, parent: int = ROOT, number: int = 0) -> int:
        """Add a folder; returns its number."""
        number = number or self._new(2)
        self._nodes[number] = (0, 0, parent)
        self._inside[number] = []
        self._folders[number] = name
        return number

    def message(self, folder: int, made: Made, hidden: bool = False) -> int:
        """Add an item to a folder; returns its number."""
        number = self._new(8 if hidden else 4)
        data, below = self._message(made)
        self._nodes[number] = (data, below, folder)
        if not hidden:
            self._inside.setdefault(folder, []).append(number)
        return number

    def _message(self, made: Made) -> tuple[int, int]:
        held: dict[int, tuple[int, int]] = {}
        if made.recipients:
            held[0x692] = self.table(list(enumerate(made.recipients)))
        if made.attachments:
            listed: dict[Key, Plain] = {0x3705: 1}
            held[0x671] = self.table([((0x800 + n) << 5 | 5, listed) for n in range(len(made.attachments))])
        for position, (values, inner) in enumerate(made.attachments):
            identity = (0x800 + position) << 5 | 5
            if inner is None:
                held[identity] = self.properties(values)
            else:
                data, below = self._message(inner)
                held[identity] = self.properties(values, {0x3701: (0x200044, data, below)})
        return self.properties(made.values, below=held)

    def written(self, lose: Callable[[int], bool] = lambda number: False, declared: int | None = None) -> bytes:
        """The whole file; nodes that ``lose`` names are left out, folders declare ``declared`` items."""
        for number, name in self._folders.items():
            inside = self._inside[number]
            values: dict[Key, Plain] = {
                0x3001: name,
                0x3602: len(inside) if declared is None else declared,
                0x3603: 0,
                0x360A: any(
                    node[2] == number and one & 0x1F == 2 for one, node in self._nodes.items() if one != number
                ),
            }
            self._nodes[number] = (*self.properties(values), self._nodes[number][2])
            rows: list[tuple[int, dict[Key, Plain]]] = [(one, {}) for one in sorted(inside)]
            self._nodes[number & ~0x1F | 0xE] = (*self.table(rows), 0)
            below = [one for one, node in sorted(self._nodes.items()) if node[2] == number != one and one & 0x1F == 2]
            rows = [(one, {0x3001: self._folders[one]}) for one in below]
            self._nodes[number & ~0x1F | 0xD] = (*self.table(rows), 0)
        top = min((one for one in self._folders if one != ROOT), default=ROOT)
        entry = bytes(4) + b"0123456789abcdef" + struct.pack("<I", top)
        self._nodes[STORE] = (*self.properties({0x3001: "store", 0x0FF9: entry[4:20], 0x35E0: entry}), 0)
        names = mapi_bytes.named(self._names)
        self._nodes[NAMES] = (*self.properties({1: 251, 2: names[0], 3: names[1], 4: names[2]}), 0)
        word = self.form.word
        kept = sorted((number, *node) for number, node in self._nodes.items() if not lose(number))
        form = "<4I" if self.form is ANSI else "<3QII"
        nodes = [struct.pack(form, *(row if self.form is ANSI else (*row, 0))) for row in kept]
        blocks = []
        for identity, (place, stored, size) in sorted(self._blocks.items()):
            tail = struct.pack("<2H", stored, 2) if self.form is not LARGE else struct.pack("<4H", stored, size, 2, 0)
            blocks.append(struct.pack(f"<2{word}", identity, place) + tail.ljust(4 if self.form is ANSI else 8, b"\0"))
        roots = [*self._tree(0x81, nodes), *self._tree(0x80, blocks)]
        return self._headed(roots)

    def _headed(self, roots: Iterable[int]) -> bytes:
        form, size = self.form, len(self._out)
        head = bytearray(512 if form is ANSI else 564)
        head[:4] = b"!BDN"
        struct.pack_into("<2s2H2B", head, 8, b"SO" if form is LARGE else b"SM", form.version, 19, 1, 1)
        if form is ANSI:
            struct.pack_into("<I", head, 168, size)
            struct.pack_into("<4I", head, 184, *roots)
            head[460:462] = bytes((0x80, self.crypt))
        else:
            struct.pack_into("<Q", head, 184, size)
            struct.pack_into("<4Q", head, 216, *roots)
            head[248] = 2
            head[512:514] = bytes((0x80, self.crypt))
            struct.pack_into("<I", head, 524, checksum(bytes(head[8:524])))
        struct.pack_into("<I", head, 4, checksum(bytes(head[8:479])))
        self._out[: len(head)] = head
        return bytes(self._out)


def _place(heap: Heap, value: mapi.Value) -> bytes:
    """The four bytes of a property's entry: its value where that is short, else where it lies."""
    if isinstance(value.raw, list):
        starts, at = [], 4 + 4 * len(value.raw)
        for one in value.raw:
            starts.append(at)
            at += len(one)
        return struct.pack(
            "<I", heap.add(struct.pack(f"<{len(starts) + 1}I", len(starts), *starts) + b"".join(value.raw))
        )
    if value.kind in mapi.FIXED and mapi.FIXED[value.kind] <= 4:
        return value.raw.ljust(4, b"\0")
    return struct.pack("<I", heap.add(value.raw))


def _coded(data: bytes, crypt: int, identity: int) -> bytes:
    """Disguise a block."""
    if crypt == pstcipher.PERMUTE:
        forward = bytes(pstcipher.decoded(bytes(range(256)), crypt, 0).index(value) for value in range(256))
        return data.translate(forward)
    return pstcipher.decoded(data, crypt, identity)  # the cyclic coding is its own inverse
