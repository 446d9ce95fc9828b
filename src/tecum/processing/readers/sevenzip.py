"""7z archives, solid ones too: members stream out in order, each held against its size and checksum.

Container, LZMA, LZMA2, bzip2, deflate, zstd, the branch filters and AES are read here, with flat memory and without a
program; an archive that uses a rarer method anywhere is read again with 7-Zip where that is installed.
"""

from __future__ import annotations

import stat
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, NeedsProgram, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import sevenzipcoders, sevenzipheader, streams
from tecum.processing.readers.decoding import Checked, Source
from tecum.processing.readers.sevenzipcoders import Limited
from tecum.processing.readers.sevenzipheader import Block, Member

_PIECE: Final = 1 << 20


def read(item: Input, emit: Emit) -> None:
    """Hand over the members of a 7z archive."""
    emit.container()
    if item.programs:
        from tecum.processing.readers import extracted

        extracted.hand_over(item, emit, "7z", utc=True)
    else:
        _Archive(item, emit).run()


class _Archive:
    """One archive on its way out."""

    def __init__(self, item: Input, emit: Emit) -> None:
        self._item, self._emit = item, emit
        self._passwords = list(item.passwords)
        self._blocks: tuple[Block, ...] = ()
        self._open = -1  # the block that is being read
        self._source: Source | None = None
        self._closed = ("", "")  # why the open block gives nothing more: exception code and message
        self._needed: set[str] = set()

    def run(self) -> None:
        """Hand over every member.

        Raises Unreadable when there is no list of them, and at the end NeedsProgram when some could not be unpacked.
        """
        try:
            contents = sevenzipheader.read(self._item.file, self._item.size, self._header)
        except streams.DAMAGED as error:
            raise Unreadable(ExceptionCode.CORRUPT, f"the archive cannot be read: {error}") from error
        self._blocks = contents.blocks
        position = 0
        for member in contents.members:
            if not member.is_folder:
                position += 1
                self._member(member, position)
        if self._needed:
            ways = ", ".join(sorted(self._needed))
            raise NeedsProgram(("7z",), ExceptionCode.UNSUPPORTED, f"members are compressed by {ways}")

    def _member(self, member: Member, position: int) -> None:
        name = streams.safe_name(member.name, position)
        if member.is_anti:
            self._give(name, member, None, ExceptionCode.UNSUPPORTED, "a mark that deletes a file, with no bytes")
            return
        if member.block < 0:
            self._give(name, member, b"")
            return
        if member.block != self._open:
            self._begin(member)
        if self._source is None:
            self._give(name, member, None, *self._closed)
            return

        def failed(why: str) -> None:
            self._emit.problem(ExceptionCode.PARTIAL, f"{name} is damaged: {why}")

        within = Limited(self._source, member.size)
        data, why = streams.taken(Checked(within, member.size, member.crc), failed)
        if why:
            self._give(name, member, data or None, ExceptionCode.CORRUPT, f"damaged: {why}")
        else:
            self._give(name, member, data)
        if within.left:
            self._source, self._closed = None, (ExceptionCode.CORRUPT, f"it comes after damage in its block, at {name}")

    def _give(
        self, name: str, member: Member, data: bytes | BinaryIO | None, problem: str = "", message: str = ""
    ) -> None:
        self._emit.member(
            name,
            data,
            kind="text" if stat.S_ISLNK(member.mode) else "",  # a link's content is its target
            declared_size=member.size,
            fields={"file_modified": member.modified} if member.modified else {},
            problem=problem,
            message=message,
        )

    # -- blocks --------------------------------------------------------------------------------------------

    def _begin(self, first: Member) -> None:
        """Open the block in which this member is the first; where that fails, remember why."""
        block = self._blocks[first.block]
        self._open, self._source = first.block, None
        if method := sevenzipcoders.not_here(block):
            self._needed.add(method)
            self._closed = ExceptionCode.UNSUPPORTED, f"compressed by {method}, which needs 7-Zip"
            return
        try:
            password = self._password(block, first) if sevenzipcoders.is_encrypted(block) else ""
            self._source = sevenzipcoders.opened(self._item.file, block, password)
        except Unreadable as stop:
            self._closed = stop.code, stop.message
        except streams.DAMAGED as error:
            self._closed = ExceptionCode.CORRUPT, f"its block cannot be read: {error}"

    def _password(self, block: Block, first: Member) -> str:
        """Return the password under which the block's first member has its checksum. Raises Unreadable."""
        for password in self._passwords:
            source = sevenzipcoders.opened(self._item.file, block, password)
            if not _drained(Checked(Limited(source, first.size), first.size, first.crc)):
                return self._preferred(password)
        raise self._locked("encrypted")

    def _header(self, block: Block) -> bytes:
        """Expand the list of members, with the first password that opens it where it is encrypted."""
        locked = sevenzipcoders.is_encrypted(block)
        if method := sevenzipcoders.not_here(block):
            raise ValueError(f"its list of members is compressed by {method}")
        for password in self._passwords if locked else [""]:
            found = bytearray()
            source = sevenzipcoders.opened(self._item.file, block, password)
            why = _drained(Checked(Limited(source, block.size), block.size, block.crc), found)
            if not why:
                self._preferred(password)
                return bytes(found)
            if not locked:
                raise ValueError(f"its list of members is damaged: {why}")
        raise self._locked("its list of members is encrypted")

    def _preferred(self, password: str) -> str:
        """Try this one first from now on."""
        if password:
            self._passwords = [password, *(other for other in self._passwords if other != password)]
        return password

    def _locked(self, what: str) -> Unreadable:
        count = len(self._passwords)
        tried = f"; passwords tried in vain: {count}" if count else ""
        return Unreadable(ExceptionCode.ENCRYPTED, f"{what}{tried}")


def _drained(source: Source, into: bytearray | None = None) -> str:
    """Read a source to its end, keeping what comes ``into``; return why that failed, "" if it did not."""
    try:
        while piece := source.read(_PIECE):
            if into is not None:
                into += piece
    except streams.DAMAGED as error:
        return str(error)
    return ""


READER: Final = Reader("7z", "1", frozenset({"7z"}), read, library="lzma, bz2, zlib, backports.zstd, cryptography")
