"""Members of archives on their way out: whole when small, as a stream that cannot fail half-way when large."""

from __future__ import annotations

import datetime as dt
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final

from tecum.processing.readers.decoding import Source

WHOLE: Final = 16 << 20  # bytes of a member that is read before it is handed over
_PIECE: Final = 1 << 20

# What the standard library raises at damaged archives of any kind.
DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
Failed = Callable[[str], None]
_DRIVE: Final = re.compile(r"^[A-Za-z]:(?=[/\\])")


class Guarded(io.RawIOBase):
    """A stream that ends early where its source fails, and tells ``failed`` why."""

    def __init__(self, source: Source, head: bytes, failed: Failed) -> None:
        self._source, self._head, self._failed = source, head, failed

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer; never raises for a damaged source."""
        piece, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        if not piece:
            try:
                piece = self._source.read(min(len(buffer), _PIECE))
            except DAMAGED as error:
                self._failed(f"{type(error).__name__}: {error}")
                self._source = io.BytesIO()
        buffer[: len(piece)] = piece
        return len(piece)


def taken(source: Source, failed: Failed) -> tuple[bytes | BinaryIO, str]:
    """Return a member's bytes as far as they can be had, and why not further ("" for a whole member).

    One longer than ``WHOLE`` comes as a stream, which tells ``failed`` where it ends too early.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        while size <= WHOLE and (piece := source.read(_PIECE)):
            pieces.append(piece)
            size += len(piece)
    except DAMAGED as error:
        return b"".join(pieces), str(error) or type(error).__name__
    data = b"".join(pieces)
    if size <= WHOLE:
        return data, ""
    pieces.clear()
    return io.BufferedReader(Guarded(source, data, failed), _PIECE), ""


def safe_name(untrusted: str, position: int) -> str:
    """Return a member's name as a relative path for display: no root, drive, way up or empty step."""
    steps = _DRIVE.sub("", untrusted).replace("\\", "/").split("/")
    kept = [step for step in steps if step.strip() not in ("", ".", "..")]
    return "/".join(kept) or f"{position:05d}"


def utc(seconds: float) -> str:
    """Return a POSIX time as ISO 8601 in UTC, "" when it is none."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat() if seconds > 0 else ""
    except (OverflowError, ValueError, OSError):
        return ""
