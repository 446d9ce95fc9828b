"""Files compressed by themselves (gzip, bzip2, xz, lzma, zstd, compress): the file or tar archive inside."""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Callable
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import decoding, outside, streams, tar
from tecum.processing.readers.decoding import Source

_SUFFIXES: Final = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}
_WAYS: Final[dict[str, Callable[[Source], Source]]] = {
    "gz": decoding.gunzipped,
    "bz2": decoding.bunzipped,
    "xz": decoding.unxz,
    "lzma": decoding.unxz,
    "zst": decoding.unzstd,
}
_PIECE: Final = 1 << 20


class _Ahead:
    """A source of which the first bytes were read already."""

    def __init__(self, head: bytes, source: Source) -> None:
        self._head, self._source = head, source

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._source.read(size)


def read(item: Input, emit: Emit) -> None:
    """Hand over the members of a compressed archive, or the one file that was compressed."""
    emit.container()
    modified = _gzip_time(item) if item.kind == "gz" else ""
    item.file.seek(0)
    _hand_over(item, _WAYS[item.kind](item.file), modified, emit)


def read_lzw(item: Input, emit: Emit) -> None:
    """Hand over what 7-Zip makes of a file of the old compress."""
    emit.container()
    outside.lay_out(item)
    with outside.everything(item, "z", "") as run:
        _hand_over(item, run, "", emit)
        while run.read(_PIECE):
            pass
        if run.close():
            emit.problem(ExceptionCode.PARTIAL, f"7-Zip finds it damaged: {run.words}")


def _hand_over(item: Input, source: Source, modified: str, emit: Emit) -> None:
    head, why = _begun(source)
    if why and not head:
        raise Unreadable(ExceptionCode.CORRUPT, f"cannot be decompressed: {why}")
    if not why and tar.is_tar(head):
        tar.members(_Ahead(head, source), emit)
    else:
        _single(item, head, why, source, modified, emit)


def _begun(source: Source) -> tuple[bytes, str]:
    """Return the first block, and why there is not more of it."""
    head = b""
    try:
        while len(head) < tarfile.BLOCKSIZE and (piece := source.read(_PIECE)):
            head += piece
    except streams.DAMAGED as error:
        return head, str(error)
    return head, ""


def _single(item: Input, head: bytes, why: str, source: Source, modified: str, emit: Emit) -> None:
    """Hand over the one file inside, named as the compressed one without its last suffix."""
    stem, dot, suffix = item.name.rpartition(".")
    name = (stem + _SUFFIXES.get(dot + suffix.lower(), "")) if stem else f"{item.name or 'file'}.out"
    fields = {"file_modified": modified} if modified else {}

    def failed(why: str) -> None:
        emit.problem(ExceptionCode.PARTIAL, f"{name} is cut short: {why}")

    data: bytes | BinaryIO = head
    if not why:
        data, why = streams.taken(_Ahead(head, source), failed)
    if why:
        failed(why)
        emit.member(name, data, fields=fields, problem=ExceptionCode.PARTIAL, message=f"cut short: {why}")
    else:
        emit.member(name, data, fields=fields)


def _gzip_time(item: Input) -> str:
    head = item.file.read(8)
    return streams.utc(struct.unpack_from("<I", head, 4)[0]) if len(head) == 8 else ""


READERS: Final = (
    Reader("compressed", "1", frozenset(_WAYS), read, library="zlib, bz2, lzma, backports.zstd"),
    Reader("compress", "1", frozenset({"z"}), read_lzw, programs=("7z",)),
)
