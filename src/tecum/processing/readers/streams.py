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
from typing import IO, BinaryIO, Final

WHOLE: Final = 16 << 20  # bytes of a member that is read before it is handed over
_PIECE: Final = 1 << 20

# What the standard library raises at damaged archives of any kind.
DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
_DRIVE: Final = re.compile(r"^[A-Za-z]:(?=[/\\])")


class Guarded(io.RawIOBase):
    """A stream that ends early where its source fails, and tells ``failed`` why."""

    def __init__(self, source: IO[bytes] | BinaryIO, head: bytes, failed: Callable[[str], None]) -> None:
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


def content(source: IO[bytes], failed: Callable[[str], None]) -> bytes | BinaryIO:
    """Return a member's bytes; one longer than ``WHOLE`` as a stream that reports to ``failed``.

    Raises what the library raises (``DAMAGED``) while the member is still small.
    """
    head = source.read(WHOLE + 1)
    if len(head) <= WHOLE:
        return head
    return io.BufferedReader(Guarded(source, head, failed), _PIECE)


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
