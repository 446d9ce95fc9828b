"""Tar archives, plain or compressed, and single files compressed with gzip, bzip2 or xz."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
from typing import IO, BinaryIO, Final, cast

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import streams

_SUFFIXES: Final = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar"}
_LINKS: Final = (tarfile.SYMTYPE, tarfile.LNKTYPE)


def read(item: Input, emit: Emit) -> None:
    """Hand over the members of an archive, or the one file that was compressed."""
    emit.container()
    if item.kind == "tar":
        _members(item.file, emit)
        return
    modified = _gzip_time(item) if item.kind == "gz" else ""
    try:
        head = _decompressed(item).read(tarfile.BLOCKSIZE)
    except streams.DAMAGED as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"cannot be decompressed: {error}") from error
    if is_tar(head):
        _members(_decompressed(item), emit)
    else:
        _single(item, _decompressed(item), modified, emit)


def _decompressed(item: Input) -> IO[bytes]:
    """Return what was compressed, from its beginning."""
    item.file.seek(0)
    if item.kind == "gz":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=item.file))
    return bz2.BZ2File(item.file) if item.kind == "bz2" else lzma.LZMAFile(item.file)


def is_tar(head: bytes) -> bool:
    """Tell whether a first block is a tar header: its checksum says so, with or without the later magic."""
    if len(head) < tarfile.BLOCKSIZE or not head.strip(b"\0"):
        return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


class _Strict(tarfile.TarInfo):
    """A header that is damaged ends the archive with an error; the library would end it in silence."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _Strict:
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"damaged header: {error}") from error


def _members(source: IO[bytes], emit: Emit) -> None:
    count = 0
    broken = ""
    archive: tarfile.TarFile | None = None
    while not broken:
        try:
            if archive is None:
                archive = tarfile.open(fileobj=source, mode="r|", tarinfo=_Strict, errors="surrogateescape")  # noqa: SIM115
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
    if broken:
        message = f"broken off after {count} members: {broken}"
        if not count:
            raise Unreadable(ExceptionCode.CORRUPT, message)
        emit.problem(ExceptionCode.PARTIAL, message)


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

    data: bytes | BinaryIO | None = None
    problem = broken = ""
    try:
        data = streams.content(source, failed)
    except streams.DAMAGED as error:
        problem, broken = ExceptionCode.CORRUPT, f"cannot be read: {error}"
    emit.member(name, data, declared_size=member.size, fields=fields, problem=problem, message=broken)
    return broken


def _text(name: str) -> str:
    """Names that are not UTF-8 are old Latin ones."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _single(item: Input, source: IO[bytes], modified: str, emit: Emit) -> None:
    """Hand over the one file inside, named as the compressed one without its last suffix."""
    stem, dot, suffix = item.name.rpartition(".")
    name = (stem + _SUFFIXES.get(dot + suffix.lower(), "")) if stem else f"{item.name or 'file'}.out"
    fields = {"file_modified": modified} if modified else {}
    good: list[bytes] = []

    def failed(why: str) -> None:
        emit.problem(ExceptionCode.PARTIAL, f"{name} is cut short: {why}")

    try:
        while sum(map(len, good)) <= streams.WHOLE and (piece := source.read(1 << 16)):
            good.append(piece)
    except streams.DAMAGED as error:
        why = f"cut short: {error}"
        emit.problem(ExceptionCode.PARTIAL, f"{name} is {why}")
        emit.member(name, b"".join(good), fields=fields, problem=ExceptionCode.PARTIAL, message=why)
        return
    stream = io.BufferedReader(streams.Guarded(source, b"".join(good), failed), 1 << 20)
    emit.member(name, stream, fields=fields)


def _gzip_time(item: Input) -> str:
    item.file.seek(0)
    head = item.file.read(8)
    return streams.utc(struct.unpack_from("<I", head, 4)[0]) if len(head) == 8 else ""


READER: Final = Reader("tar", "1", frozenset({"tar", "gz", "bz2", "xz"}), read)
