"""ZIP archives: every member the directory lists, and every one it does not list, whole or with the reason why not.

Follows the PKWARE application note 6.3.10. What the directory says is compared with the headers before the members:
what stands in only one of the two, in another volume, or upon another's bytes is recorded.
"""

from __future__ import annotations

import re
import stat
import struct
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, NeedsProgram, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import streams, zipnames
from tecum.processing.readers.zipcontent import METHODS, Contents
from tecum.processing.readers.zipdirectory import Directory, Entry, Local, local

_PIECE: Final = 1 << 20
_MARK: Final = re.compile(rb"PK(?:\x03\x04|\x07\x08)")
_MARK_SIZE: Final = 4
_DESCRIPTOR_TRIES: Final = 1000


def read(item: Input, emit: Emit) -> None:
    """Hand over the members of a ZIP archive."""
    emit.container()
    _Archive(item, emit).run()


class _Archive:
    """One archive on its way out."""

    def __init__(self, item: Input, emit: Emit) -> None:
        self._item, self._emit = item, emit
        self._contents = Contents(item)
        self._codec = "cp437"
        self._count = 0
        self._extents: list[tuple[int, int]] = []  # from a member's header to the end of its bytes
        self._renamed: list[str] = []
        self._misplaced: dict[bytes, list[Entry]] = {}  # listed, but no member stands where they should lie

    def run(self) -> None:
        """Hand over what is listed, then what is not."""
        why = ""
        end = self._item.size
        try:
            directory = Directory(self._item.file, self._item.size)
        except (ValueError, struct.error) as error:
            why = str(error)
        else:
            self._codec = zipnames.charset(directory.entries())
            for entry in directory.entries():
                self._listed(entry, directory.disk)
                end = directory.start  # one that lists nothing may be damaged: then the whole file is looked at
            why = directory.why_short
        listed = self._count
        moved = sum(map(len, self._misplaced.values()))
        for found in _Unlisted(self._item.file, self._extents, end).members():
            self._count += 1
            same = self._misplaced.get(found.entry.raw_name)
            self._hand_over(same.pop(0) if same else found.entry, found.start)
        lost = [entry for entries in self._misplaced.values() for entry in entries]
        for entry in lost:
            self._count += 1
            self._give(entry, None, ExceptionCode.CORRUPT, "no member stands where the directory says")
        if moved > len(lost):
            self._emit.problem(ExceptionCode.PARTIAL, f"members that lie elsewhere than its directory says: {moved:,}")
        self._judge(self._count - listed - moved, why)

    def _listed(self, entry: Entry, disk: int) -> None:
        here = local(self._item.file, entry.offset) if entry.disk == disk else None
        if here is not None:
            self._extents.append((entry.offset, here.start + max(0, entry.packed)))
            if here.entry.raw_name.replace(b"\\", b"/") != entry.raw_name.replace(b"\\", b"/"):
                self._renamed.append(zipnames.shown(here.entry, self._codec)[:100])
        if entry.is_folder:
            return
        if entry.disk == disk and here is None:
            self._misplaced.setdefault(entry.raw_name, []).append(entry)
            return
        self._count += 1
        if here is not None:
            self._hand_over(entry, here.start)
        else:
            self._give(entry, None, ExceptionCode.CORRUPT, f"its bytes lie in volume {entry.disk + 1} of several")

    def _hand_over(self, entry: Entry, start: int) -> None:
        """Give a member's bytes, those that could be had of a damaged one, or the reason why there are none."""

        def failed(why: str) -> None:
            self._emit.problem(ExceptionCode.PARTIAL, f"{self._shown(entry)} is damaged: {why}")

        with ExitStack() as opened:
            try:
                data, why = self._contents.unpack(entry, start, opened, failed)
            except Unreadable as stop:
                self._give(entry, None, stop.code, stop.message)
            except streams.DAMAGED as error:
                self._give(entry, None, ExceptionCode.CORRUPT, f"cannot be read: {error}")
            else:
                problem, message = (ExceptionCode.CORRUPT, f"damaged: {why}") if why else ("", "")
                self._give(entry, None if why and not data else data, problem, message)

    def _give(self, entry: Entry, data: bytes | BinaryIO | None, problem: str, message: str) -> None:
        self._emit.member(
            self._shown(entry),
            data,
            kind="text" if stat.S_ISLNK(entry.mode) else "",  # a link's content is its target
            declared_size=entry.size,
            fields={"file_modified": entry.modified} if entry.modified else {},
            problem=problem,
            message=message,
        )

    def _shown(self, entry: Entry) -> str:
        return streams.safe_name(zipnames.shown(entry, self._codec), self._count)

    def _judge(self, unlisted: int, why: str) -> None:
        """Say what is wrong with the archive as a whole.

        Raises Unreadable when nothing was found, NeedsProgram when only a program can unpack some members.
        """
        if why and not self._count:
            raise Unreadable(ExceptionCode.CORRUPT, f"the archive cannot be read: {why}")
        problems = []
        if why:
            problems.append(f"{why}; members found by their own headers: {unlisted:,}")
        elif unlisted:
            problems.append(f"members that its directory does not list: {unlisted:,}")
        if shared := _overlaps(self._extents):
            problems.append(f"members that lie upon the bytes of others: {shared:,}")
        if self._renamed:
            first = self._renamed[0]
            problems.append(f"members with another name in their own header: {len(self._renamed):,}, the first {first}")
        for problem in problems:
            self._emit.problem(ExceptionCode.PARTIAL, problem)
        if self._contents.needed and not self._item.programs:
            ways = ", ".join(sorted(self._contents.needed))
            raise NeedsProgram(("7z",), ExceptionCode.UNSUPPORTED, f"members are compressed by {ways}")


def _overlaps(extents: list[tuple[int, int]]) -> int:
    """Count the members that begin before another one has ended."""
    count, reached = 0, -1
    for start, end in sorted(extents):
        count += start < reached
        reached = max(reached, end)
    return count


class _Unlisted:
    """Members that the directory does not list, found by the headers that stand before them.

    ``extents`` is what the listed ones cover, up to ``end``, where the directory begins.
    """

    def __init__(self, file: BinaryIO, extents: list[tuple[int, int]], end: int) -> None:
        self._file, self._end = file, end
        self._gaps = _gaps(sorted(extents), end)
        self._descriptors: list[int] = []

    def members(self) -> Iterator[Local]:
        """Yield each with sizes as far as they can be known."""
        found = [mark for gap in self._gaps for mark in self._marks(*gap)]
        self._descriptors = [at for at, is_header in found if not is_header]
        reached = 0
        for at, is_header in found:
            head = local(self._file, at) if is_header and at >= reached else None
            if head is None or head.entry.method not in METHODS or not head.entry.raw_name or head.start > self._end:
                continue
            head = self._settled(head) if head.open_ended else head
            after = head.start + max(0, head.entry.packed)
            # A size that reaches beyond the end is damaged, or the file is cut: what may follow is still looked at.
            reached = after if after <= self._end else head.start
            if not head.entry.is_folder:
                yield head

    def _marks(self, start: int, end: int) -> Iterator[tuple[int, bool]]:
        """Yield where a header or a descriptor seems to begin, and whether it is a header."""
        at = start
        while at < end:
            self._file.seek(at)
            piece = self._file.read(min(_PIECE + _MARK_SIZE - 1, end - at))
            for found in _MARK.finditer(piece):
                if found.start() < _PIECE:
                    yield at + found.start(), found[0][2:] == b"\x03\x04"
            at += _PIECE

    def _settled(self, head: Local) -> Local:
        """Find the sizes of a member that has them after its bytes: the descriptor that says how far it is away."""
        first = bisect_left(self._descriptors, head.start)
        for at in self._descriptors[first : first + _DESCRIPTOR_TRIES]:
            self._file.seek(at)
            data = self._file.read(24)
            for form, length in (("<4x3L", 16), ("<4xL2Q", 24)):
                if len(data) >= length:
                    crc, packed, size = struct.unpack_from(form, data)
                    if packed == at - head.start:
                        return Local(replace(head.entry, crc=crc, packed=packed, size=size), head.start)
        return Local(replace(head.entry, packed=max(0, self._end - head.start)), head.start)


def _gaps(extents: list[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    gaps = []
    at = 0
    for start, stop in [*extents, (end, end)]:
        if start > at:
            gaps.append((at, min(start, end)))
        at = max(at, stop)
    return gaps


READER: Final = Reader("zip", "2", frozenset({"zip"}), read, library="zlib, bz2, lzma, backports.zstd, cryptography")
