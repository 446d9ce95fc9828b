"""Compressed bytes as streams that are pulled: no more is expanded than is asked for, so memory stays flat."""

from __future__ import annotations

import bz2
import lzma
import struct
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

_INPUT: Final = 1 << 16
_OUTPUT: Final = 1 << 20
_LARGEST_WINDOW: Final = 30  # as a power of two; a zstd frame that wants more is refused
_GZIP: Final = 16 + zlib.MAX_WBITS
_LZMA_PROPERTIES: Final = 5 * 9 * 5  # one byte holds three small numbers


class Source(Protocol):
    """What can be pulled: at most ``size`` bytes, none at the end. May raise one of ``streams.DAMAGED``."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""


class Section:
    """A stretch of a file; others may move the file's position meanwhile."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._at, self._left = file, start, size

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raises EOFError when the file ends before the stretch does."""
        wanted = min(size, self._left)
        if wanted <= 0:
            return b""
        self._file.seek(self._at)
        piece = self._file.read(wanted)
        if not piece:
            raise EOFError(f"cut short by {self._left} bytes")
        self._at += len(piece)
        self._left -= len(piece)
        return piece


def exactly(source: Source, size: int) -> bytes:
    """Return just so many bytes. Raises EOFError when there are fewer."""
    data = b""
    while len(data) < size:
        piece = source.read(size - len(data))
        if not piece:
            raise EOFError("it ends within its head")
        data += piece
    return data


class _Decompressor(Protocol):
    """What bz2, lzma and zstd agree on."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflate:
    """Deflate with the manners of the others: raw, or (31) in a gzip member, whose checksum is then checked."""

    def __init__(self, bits: int = -zlib.MAX_WBITS) -> None:
        self._zlib = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


class _Unzstd:
    """One zstd frame; its library's own kind of error becomes a ValueError like any other's."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        self._zstd = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW})
        self._error = zstd.ZstdError

    @property
    def eof(self) -> bool:
        return self._zstd.eof

    @property
    def needs_input(self) -> bool:
        return self._zstd.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._zstd.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return self._zstd.decompress(data, max_length)
        except self._error as error:
            raise ValueError(str(error)) from error


class Decoded:
    """What a decompressor makes of its source.

    It ends where the compressed data says so, or after ``size`` bytes for data that does not (-1: it does). With
    ``more``, which makes the next decompressor, further streams that follow are read on, as gzip, bzip2, xz and
    zstd files may consist of several; zeros between them are skipped.
    """

    def __init__(
        self,
        source: Source,
        decompressor: _Decompressor,
        size: int = -1,
        more: Callable[[], _Decompressor] | None = None,
    ) -> None:
        self._source, self._left, self._more = source, size, more
        self._decompressor = decompressor
        self._unread = b""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raises EOFError when the source ends too early."""
        size = min(size, _OUTPUT, self._left if self._left >= 0 else _OUTPUT)
        while size > 0:
            if self._decompressor.eof and not self._next():
                return self._ended()
            data, self._unread = self._unread, b""
            if not data and self._decompressor.needs_input:
                data = self._source.read(_INPUT)
                if not data:
                    # Data without a mark at its end may still be on its way out.
                    piece = self._decompressor.decompress(b"", size) if self._left > 0 else b""
                    if not piece:
                        raise EOFError("its compressed data ends early")
                    return self._counted(piece)
            piece = self._decompressor.decompress(data, size)
            if piece:
                return self._counted(piece)
        return b""

    def _counted(self, piece: bytes) -> bytes:
        if self._left >= 0:
            self._left -= len(piece)
        return piece

    def _ended(self) -> bytes:
        if self._left > 0:
            raise EOFError(f"its compressed data ends {self._left} bytes too early")
        return b""

    def _next(self) -> bool:
        """Begin the stream that follows, if one does."""
        rest = self._decompressor.unused_data
        if self._more is None:
            return False
        rest = rest.lstrip(b"\0")
        while not rest:
            piece = self._source.read(_INPUT)
            if not piece:
                return False
            rest = piece.lstrip(b"\0")
        self._decompressor = self._more()
        self._unread = rest
        return True


class Checked:
    """Passes a source on; at its end raises ValueError when length or CRC-32 are not those declared (-1: unknown).

    ``rest`` is read to its end before: what lies below the source may have something of its own to check there.
    """

    def __init__(self, source: Source, size: int = -1, crc: int = -1, rest: Source | None = None) -> None:
        self._source, self._size, self._wanted, self._rest = source, size, crc, rest
        self.count = self._crc = 0

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        piece = self._source.read(size)
        self.count += len(piece)
        self._crc = zlib.crc32(piece, self._crc)
        if not piece and size > 0:
            self._judge()
        return piece

    def _judge(self) -> None:
        while self._rest is not None and self._rest.read(_OUTPUT):
            pass
        if self._size >= 0 and self.count != self._size:
            raise ValueError(f"it has {self.count:,} bytes, and {self._size:,} are declared")
        if self._wanted >= 0 and self._crc != self._wanted:
            raise ValueError("its checksum does not agree")


def inflated(source: Source) -> Decoded:
    """Raw deflate (RFC 1951)."""
    return Decoded(source, _Inflate())


def gunzipped(source: Source) -> Decoded:
    """The members of a gzip file, one after the other (RFC 1952, section 2.2)."""
    return Decoded(source, _Inflate(_GZIP), more=lambda: _Inflate(_GZIP))


def bunzipped(source: Source) -> Decoded:
    """One or several bzip2 streams."""
    return Decoded(source, bz2.BZ2Decompressor(), more=bz2.BZ2Decompressor)


def unxz(source: Source) -> Decoded:
    """One or several xz streams, or the older .lzma, which has one."""
    return Decoded(source, lzma.LZMADecompressor(), more=lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ))


def unzstd(source: Source) -> Decoded:
    """One or several zstd frames (RFC 8878)."""
    return Decoded(source, _Unzstd(), more=_Unzstd)


def lzma1(source: Source, properties: bytes, size: int) -> Decoded:
    """LZMA data behind its five bytes of properties, ``size`` bytes of it (-1: until its end mark).

    Raises ValueError for properties that cannot be.
    """
    first, dictionary = struct.unpack("<BI", properties)
    if first >= _LZMA_PROPERTIES:
        raise ValueError("impossible LZMA properties")
    return raw_lzma(
        source, {"id": lzma.FILTER_LZMA1, "lc": first % 9, "lp": first // 9 % 5, "pb": first // 45}, dictionary, size
    )


def raw_lzma(source: Source, how: dict[str, int], dictionary: int, size: int) -> Decoded:
    """LZMA or LZMA2 data without a head; ``how`` as the filters of ``lzma``, but for the dictionary's bytes."""
    # No distance reaches further back than what there is: a huge dictionary need not be paid for.
    largest = max(4096, min(dictionary, size) if size >= 0 else dictionary)
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{**how, "dict_size": largest}])
    return Decoded(source, decompressor, size)
