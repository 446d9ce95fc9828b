"""Pictures: their size and number of pages from the header; reading the words in them is another step's work."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

_MAX_FRAMES: Final = 10_000
_MAX_SEGMENTS: Final = 10_000
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WIDTH_TAG: Final = 256
_HEIGHT_TAG: Final = 257


def read(item: Input, emit: Emit) -> None:
    """Read a picture's header. Raises Unreadable where even that is broken."""
    measure = _MEASURES.get(item.kind)
    if measure is not None:
        try:
            width, height, pages = measure(item.file)
            if width <= 0 or height <= 0:
                raise ValueError("it has no size")
        except (struct.error, ValueError, IndexError) as error:
            raise Unreadable(ExceptionCode.CORRUPT, f"the picture's header cannot be read: {error}") from error
        emit.field("width", str(width))
        emit.field("height", str(height))
        emit.field("pages", str(pages))
    emit.problem(ExceptionCode.EMPTY_TEXT, "an image; text recognition has not been run")


def _png(file: BinaryIO) -> tuple[int, int, int]:
    file.seek(16)
    return (*struct.unpack(">2I", file.read(8)), 1)


def _gif(file: BinaryIO) -> tuple[int, int, int]:
    file.seek(6)
    return (*struct.unpack("<2H", file.read(4)), 1)


def _bmp(file: BinaryIO) -> tuple[int, int, int]:
    file.seek(14)
    head = file.read(12)
    if struct.unpack_from("<I", head)[0] == 12:  # the oldest form has short numbers
        return (*struct.unpack_from("<2H", head, 4), 1)
    width, height = struct.unpack_from("<2i", head, 4)
    return width, abs(height), 1


def _jpg(file: BinaryIO) -> tuple[int, int, int]:
    file.seek(2)
    for _ in range(_MAX_SEGMENTS):
        marker = file.read(1)
        while marker == b"\xff":
            marker = file.read(1)
        if not marker:
            break
        if 0xD0 <= marker[0] <= 0xD8 or marker[0] in (0, 1):
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker[0] in _JPEG_FRAMES:
            height, width = struct.unpack(">x2H", file.read(5))
            return width, height, 1
        file.seek(length - 2, 1)
    raise ValueError("no frame")


def _tif(file: BinaryIO) -> tuple[int, int, int]:
    file.seek(0)
    head = file.read(8)
    order = "<" if head[:2] == b"II" else ">"
    version, at = struct.unpack_from(order + "HI", head, 2)
    if version != 42:
        raise Unreadable(ExceptionCode.UNSUPPORTED, "a TIFF of the kind that may exceed 4 GiB")
    width = height = frames = 0
    while at and frames < _MAX_FRAMES:
        file.seek(at)
        (count,) = struct.unpack(order + "H", file.read(2))
        directory = file.read(count * 12)
        for offset in range(0, len(directory) - 11, 12):
            tag, kind = struct.unpack_from(order + "2H", directory, offset)
            if frames == 0 and tag in (_WIDTH_TAG, _HEIGHT_TAG):
                (value,) = struct.unpack_from(order + ("H" if kind == 3 else "I"), directory, offset + 8)
                width, height = (value, height) if tag == _WIDTH_TAG else (width, value)
        frames += 1
        following = file.read(4)
        at = struct.unpack(order + "I", following)[0] if len(following) == 4 else 0
    return width, height, frames


def _webp(file: BinaryIO) -> tuple[int, int, int]:
    file.seek(12)
    head = file.read(18)
    if head[:4] == b"VP8X":
        return 1 + int.from_bytes(head[12:15], "little"), 1 + int.from_bytes(head[15:18], "little"), 1
    if head[:4] == b"VP8L":
        bits = int.from_bytes(head[9:13], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), 1
    width, height = struct.unpack_from("<2H", head, 14)
    return width & 0x3FFF, height & 0x3FFF, 1


_MEASURES: Final[dict[str, Callable[[BinaryIO], tuple[int, int, int]]]] = {
    "png": _png,
    "gif": _gif,
    "bmp": _bmp,
    "jpg": _jpg,
    "tif": _tif,
    "webp": _webp,
}

READER: Final = Reader("image", "1", frozenset({*_MEASURES, "heic"}), read)
