"""Tar archives: every member of the old, ustar, GNU and pax forms, sparse ones too; links and devices are recorded."""

from __future__ import annotations

import tarfile
from typing import IO, BinaryIO, Final, cast

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import streams
from tecum.processing.readers.decoding import Checked, Source

_LINKS: Final = (tarfile.SYMTYPE, tarfile.LNKTYPE)


def read(item: Input, emit: Emit) -> None:
    """Hand over the members of an archive."""
    emit.container()
    members(item.file, emit)


def is_tar(head: bytes) -> bool:
    """Tell whether a first block is a tar header: its checksum says so, with or without the later magic."""
    if len(head) < tarfile.BLOCKSIZE or not head.strip(b"\0"):
        return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


class _Headers(tarfile.TarInfo):
    """Headers that leave a record: the library passes over damaged ones, and over a missing end, in silence."""

    damaged = 0  # blocks that should be a header and are none, since the last good one
    gaps = 0  # stretches of such blocks
    ended = False  # whether the mark of the end was seen

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _Headers:
        try:
            found = super().fromtarfile(tarfile_)
        except tarfile.InvalidHeaderError:  # type: ignore[attr-defined]
            cls.gaps += not cls.damaged
            cls.damaged += 1
            raise
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            cls.ended = True
            raise
        except tarfile.TruncatedHeaderError as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"damaged header: {error}") from error
        cls.damaged, cls.ended = 0, False
        return found


def members(source: Source, emit: Emit) -> None:
    """Hand over the members of the tar archive that ``source`` yields, of several too that were joined.

    After a damaged header the next good one is looked for. Raises Unreadable (CORRUPT) when nothing is found.
    """

    class Headers(_Headers):
        """The record of this archive."""

    count = 0
    broken = ""
    archive: tarfile.TarFile | None = None
    while not broken:
        try:
            if archive is None:
                stream = cast("IO[bytes]", source)
                archive = tarfile.open(  # noqa: SIM115 (nothing to close)
                    fileobj=stream, mode="r|", tarinfo=Headers, errors="surrogateescape", ignore_zeros=True
                )
            member = archive.next()
            archive.members = []  # type: ignore[attr-defined]  # the library keeps every header it has seen
        except streams.DAMAGED as error:
            broken = str(error)
            break
        if member is None:
            break
        if not member.isdir():
            count += 1
            broken = _member(archive, member, count, emit)
    if not broken and Headers.gaps:
        broken = f"damaged headers: {Headers.gaps}"
    elif not broken and not Headers.ended:
        broken = "the mark of its end is missing, so more may have followed"
    if broken:
        if not count:
            raise Unreadable(ExceptionCode.CORRUPT, broken)
        emit.problem(ExceptionCode.PARTIAL, f"members read: {count:,}; {broken}")


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, position: int, emit: Emit) -> str:
    """Hand over one member; return why the archive cannot be read on, "" if it can."""
    name = streams.safe_name(_text(member.name), position)
    fields = {"file_modified": when} if (when := streams.utc(float(member.mtime))) else {}
    if member.type in _LINKS:
        emit.member(name, _text(member.linkname).encode("utf-8", "replace"), kind="text", fields=fields)
        return ""
    source = archive.extractfile(member)
    if source is None:
        emit.member(name, None, problem=ExceptionCode.UNSUPPORTED, message="a device or pipe, not a file")
        return ""

    def failed(why: str) -> None:
        emit.problem(ExceptionCode.PARTIAL, f"{name} is cut short: {why}")

    data: bytes | BinaryIO | None
    data, why = streams.taken(Checked(source, member.size), failed)
    if why:
        data, why = data or None, f"cut short: {why}"
    problem = ExceptionCode.CORRUPT if why else ""
    emit.member(name, data, declared_size=member.size, fields=fields, problem=problem, message=why)
    return why


def _text(name: str) -> str:
    """Names that are not UTF-8 are old Latin ones."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


READER: Final = Reader("tar", "2", frozenset({"tar"}), read)
