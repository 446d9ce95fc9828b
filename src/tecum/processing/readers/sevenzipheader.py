"""The lists of a 7z archive: its members, and the blocks of compressed data in which they lie.

Follows 7zFormat.txt of the LZMA SDK (public domain). Every count is held against the bytes that would be needed to
write it down, so that no number in a damaged or hostile header costs more memory than the header itself.
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.processing.readers.sevenzipnumbers import Numbers

MAGIC: Final = b"7z\xbc\xaf\x27\x1c"
_SIGNATURE: Final = struct.Struct("<6s2sLQQL")
LARGEST_HEADER: Final = 128 << 20
(
    _END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL_STREAMS, _MAIN_STREAMS, _FILES, _PACK, _UNPACK, _SUBSTREAMS, _SIZE,
    _CRC, _FOLDER, _UNPACK_SIZE, _STREAM_COUNT, _EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES, _CREATED, _ACCESSED,
    _MODIFIED, _ATTRIBUTES, _COMMENT, _ENCODED_HEADER,
) = range(24)  # fmt: skip
_UNIX_EXTENSION: Final = 0x8000
_FOLDER_ATTRIBUTE: Final = 0x10
_MOST_CODERS: Final = 32
_FILETIME_EPOCH: Final = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Coder:
    """One step of decompression: its method, its properties, and how many bytes come out of it."""

    method: bytes
    properties: bytes
    size: int


@dataclass(frozen=True)
class Block:
    """Bytes that are decompressed in one go; several members may lie in it, one after the other ("solid").

    ``coders`` are in the order in which the bytes pass through them, empty when they form more than a chain.
    ``methods`` are all of them. ``crc`` is -1 where none is given.
    """

    start: int
    packed: int
    coders: tuple[Coder, ...]
    methods: tuple[bytes, ...]
    size: int
    crc: int


@dataclass(frozen=True)
class Member:
    """A file of the archive. ``block`` is -1 for an empty one; ``size`` and ``crc`` (-1: unknown) are declared."""

    name: str
    block: int
    size: int
    crc: int
    is_folder: bool
    is_anti: bool
    mode: int  # as Unix has it, 0 if unknown
    modified: str


@dataclass(frozen=True)
class Contents:
    """The blocks and members, in the order of the archive: the members of a block follow one another."""

    blocks: tuple[Block, ...]
    members: tuple[Member, ...]


Unpack = Callable[[Block], bytes]


def read(file: BinaryIO, size: int, unpack: Unpack) -> Contents:
    """Read the lists. ``unpack`` expands the block in which they may themselves lie, compressed or encrypted.

    Raises ValueError, EOFError or struct.error for an archive whose lists are damaged or missing.
    """
    file.seek(0)
    _, _, head_crc, offset, length, crc = _SIGNATURE.unpack(file.read(_SIGNATURE.size))
    file.seek(12)
    if zlib.crc32(file.read(20)) != head_crc:
        raise ValueError("its first header is damaged")
    if not length:
        return Contents((), ())
    if _SIGNATURE.size + offset + length > size:
        raise ValueError("the list of its members is missing: it is cut short, or the first of several volumes")
    if length > LARGEST_HEADER:
        raise ValueError("its list of members is too long to be true")
    file.seek(_SIGNATURE.size + offset)
    data = file.read(length)
    if zlib.crc32(data) != crc:
        raise ValueError("its list of members is damaged")
    for _ in range(4):  # a header may be packed, and that header's header too; nobody writes more
        lists = _Lists(data, size)
        if data[:1] != bytes([_ENCODED_HEADER]):
            return lists.header()
        data = unpack(lists.encoded())
    raise ValueError("its list of members is packed again and again")


@dataclass(frozen=True)
class _Plan:
    """How the coders of a block are joined: ``chain`` from the packed bytes to the plain, ``last`` its end."""

    methods: tuple[bytes, ...]
    properties: tuple[bytes, ...]
    chain: tuple[int, ...]
    last: int
    inputs: int


class _Lists(Numbers):
    """The bytes of one header, read from front to end."""

    def __init__(self, data: bytes, archive: int) -> None:
        super().__init__(data)
        self._archive = archive
        self._blocks: list[Block] = []
        self._per_block: list[list[tuple[int, int]]] = []  # size and CRC of what lies in each

    def encoded(self) -> Block:
        """The block in which the real header lies."""
        self.expect(_ENCODED_HEADER)
        self._streams()
        if len(self._blocks) != 1 or self._blocks[0].size > LARGEST_HEADER:
            raise ValueError("its list of members is packed in a way that cannot be")
        return self._blocks[0]

    def header(self) -> Contents:
        """The whole of a header."""
        self.expect(_HEADER)
        members: tuple[Member, ...] = ()
        while (part := self.number()) != _END:
            if part == _ARCHIVE_PROPERTIES:
                while self.number() != _END:
                    self.take(self.number())
            elif part == _MAIN_STREAMS:
                self._streams()
            elif part == _FILES:
                members = self._files()
            else:
                raise ValueError("its list of members has a part that is not known")
        return Contents(tuple(self._blocks), members)

    def _streams(self) -> None:
        starts: list[tuple[int, int]] = []
        while (part := self.number()) != _END:
            if part == _PACK:
                starts = self._packed()
            elif part == _UNPACK:
                self._folders(starts)
            elif part == _SUBSTREAMS:
                self._substreams()
            else:
                raise ValueError("its list of blocks has a part that is not known")
        if not self._per_block:
            self._per_block = [[(block.size, block.crc)] for block in self._blocks]

    def _packed(self) -> list[tuple[int, int]]:
        """Where each packed stream begins, and its size."""
        at = _SIGNATURE.size + self.number()
        count = self.count()
        starts = []
        while (part := self.number()) != _END:
            if part == _SIZE:
                for _ in range(count):
                    size = self.number()
                    starts.append((at, size))
                    at += size
            elif part == _CRC:
                self.checksums(count)
            else:
                raise ValueError("its list of packed streams has a part that is not known")
        if at > self._archive:
            raise ValueError("its blocks reach beyond its end")
        return starts

    def _folders(self, starts: Sequence[tuple[int, int]]) -> None:
        self.expect(_FOLDER)
        count = self.count()
        if self.byte():
            raise ValueError("its list of blocks lies elsewhere")
        plans = [self._plan() for _ in range(count)]
        self.expect(_UNPACK_SIZE)
        sizes = [[self.number() for _ in plan.methods] for plan in plans]
        checksums = [-1] * count
        while (part := self.number()) != _END:
            if part != _CRC:
                raise ValueError("its list of blocks has a part that is not known")
            checksums = self.checksums(count)
        at = 0
        for plan, out, crc in zip(plans, sizes, checksums, strict=True):
            if at + plan.inputs > len(starts):
                raise ValueError("its blocks have fewer streams than they need")
            coders = tuple(Coder(plan.methods[n], plan.properties[n], out[n]) for n in plan.chain)
            start, packed = starts[at]
            self._blocks.append(Block(start, packed, coders, plan.methods, out[plan.last], crc))
            at += plan.inputs

    def _plan(self) -> _Plan:
        """Read how the coders of one block are joined."""
        count = self.number()
        if not 0 < count <= _MOST_CODERS:
            raise ValueError("a block with an impossible number of coders")
        methods, properties, simple, inputs, outputs = [], [], True, 0, 0
        for _ in range(count):
            flags = self.byte()
            methods.append(self.take(flags & 15))
            ins, outs = (self.number(), self.number()) if flags & 0x10 else (1, 1)
            if outs != 1 or not 0 < ins <= _MOST_CODERS:
                raise ValueError("a coder with an impossible number of streams")
            simple &= ins == 1
            inputs, outputs = inputs + ins, outputs + outs
            properties.append(self.take(self.number()) if flags & 0x20 else b"")
        bound = {}  # the output of one coder feeds the input of another
        for _ in range(outputs - 1):
            into, out_of = self.number(), self.number()
            bound[out_of] = into
        last = next((n for n in range(outputs) if n not in bound), -1)
        packed = inputs - (outputs - 1)
        if last < 0 or packed < 1:
            raise ValueError("a block whose coders are not joined")
        first = (
            [self.number() for _ in range(packed)]
            if packed > 1
            else [n for n in range(inputs) if n not in bound.values()]
        )
        chain: list[int] = []
        if simple and packed == 1 and first:
            at = first[0]
            while at not in chain:
                chain.append(at)
                at = bound.get(at, at)
            if len(chain) != count or chain[-1] != last:
                raise ValueError("a block whose coders are not joined")
        return _Plan(tuple(methods), tuple(properties), tuple(chain), last, packed)

    def _substreams(self) -> None:
        """The members of each block: how many, their sizes but for the last, their checksums."""
        counts = [1] * len(self._blocks)
        part = self.number()
        if part == _STREAM_COUNT:
            counts = [self.count(1) for _ in self._blocks]
            if sum(counts) > 8 * len(self.data):
                raise ValueError("its blocks declare more members than could be listed")
            part = self.number()
        sizes: list[list[int]] = []
        for block, count in zip(self._blocks, counts, strict=True):
            known = [self.number() for _ in range(count - 1)] if part == _SIZE else []
            if count > 1 and part != _SIZE:
                raise ValueError("its blocks do not tell the sizes of their members")
            if sum(known) > block.size:
                raise ValueError("the members of a block are longer than the block")
            sizes.append([*known, block.size - sum(known)] if count else [])
        if part == _SIZE:
            part = self.number()
        whole = [block.crc if count == 1 else -1 for block, count in zip(self._blocks, counts, strict=True)]
        open_ends = sum(count for count, crc in zip(counts, whole, strict=True) if crc == -1)
        checksums = [-1] * open_ends
        while part != _END:
            if part != _CRC:
                raise ValueError("its list of checksums has a part that is not known")
            checksums = self.checksums(open_ends)
            part = self.number()
        left = iter(checksums)
        self._per_block = [
            [(size, crc if crc != -1 else next(left)) for size in some] for some, crc in zip(sizes, whole, strict=True)
        ]

    def _files(self) -> tuple[Member, ...]:
        count = self.count(1)
        names: list[str] = [""] * count
        empty, empty_file, anti = [False] * count, [False] * count, [False] * count
        modified: list[str] = [""] * count
        attributes = [0] * count
        while (part := self.number()) != _END:
            size = self.number()
            stop = self.at + size
            if stop > len(self.data):
                raise EOFError("its list of members ends early")
            if part == _NAMES:
                names = self._names(count, stop)
            elif part == _EMPTY_STREAM:
                empty = self.bits(count)
            elif part in (_EMPTY_FILE, _ANTI):
                marks = iter(self.bits(sum(empty)))
                spread = [bool(is_empty and next(marks)) for is_empty in empty]
                empty_file, anti = (spread, anti) if part == _EMPTY_FILE else (empty_file, spread)
            elif part == _MODIFIED:
                modified = [_time(value) for value in self._values(count, "<Q")]
            elif part == _ATTRIBUTES:
                attributes = self._values(count, "<L")
            self.at = stop
        return self._joined(names, empty, empty_file, anti, modified, attributes)

    def _names(self, count: int, stop: int) -> list[str]:
        if self.byte():
            raise ValueError("its names lie elsewhere")
        text = self.take(stop - self.at).decode("utf-16-le", "replace")
        names = text.split("\0")
        if len(names) != count + 1:
            raise ValueError(f"it declares {count:,} members, and has {len(names) - 1:,} names")
        return names[:-1]

    def _values(self, count: int, form: str) -> list[int]:
        known = self.bits_or_all(count)
        if self.byte():
            raise ValueError("its list of properties lies elsewhere")
        size = struct.calcsize(form)
        return [struct.unpack(form, self.take(size))[0] if one else 0 for one in known]

    def _joined(
        self,
        names: list[str],
        empty: list[bool],
        empty_file: list[bool],
        anti: list[bool],
        modified: list[str],
        attributes: list[int],
    ) -> tuple[Member, ...]:
        """Join the columns, and give each member that has bytes its place in a block."""
        places = [(n, size, crc) for n, some in enumerate(self._per_block) for size, crc in some]
        if len(places) != empty.count(False):
            raise ValueError(f"its blocks hold {len(places):,} members, and {empty.count(False):,} are named")
        left = iter(places)
        members = []
        for n, name in enumerate(names):
            block, size, crc = (-1, 0, -1) if empty[n] else next(left)
            mode = attributes[n] >> 16 if attributes[n] & _UNIX_EXTENSION else 0
            folder = bool(empty[n] and not empty_file[n]) or bool(attributes[n] & _FOLDER_ATTRIBUTE and empty[n])
            members.append(Member(name, block, size, crc, folder, anti[n], mode, modified[n]))
        return tuple(members)


def _time(filetime: int) -> str:
    """A FILETIME as ISO 8601 in UTC, "" when it is none."""
    try:
        when = _FILETIME_EPOCH + dt.timedelta(microseconds=filetime // 10) if filetime else None
    except OverflowError:
        return ""
    return when.isoformat() if when else ""
