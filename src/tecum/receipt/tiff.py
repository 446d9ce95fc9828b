"""The tags of a TIFF, read without decoding a pixel: pages, compression, depth, resolution, completeness.

Follows TIFF 6.0 sections 2, 3 and 8. Only a few hundred bytes are read per page, all bounds checked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

MAX_PAGES = 10_000
GROUP_IV = 4

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}  # bytes of the types used: byte, ascii, short, long, rational
_MAX_VALUES = 100_000
_BITS, _COMPRESSION, _OFFSETS, _SAMPLES, _COUNTS = 258, 259, 273, 277, 279
_X, _Y, _UNIT, _TILE_OFFSETS, _TILE_COUNTS = 282, 283, 296, 324, 325
_WANTED = frozenset({_BITS, _COMPRESSION, _OFFSETS, _SAMPLES, _COUNTS, _X, _Y, _UNIT, _TILE_OFFSETS, _TILE_COUNTS})


class NotTiff(Exception):
    """The bytes are not a TIFF, or the TIFF is damaged or cut short; the text says which."""


@dataclass(frozen=True)
class TiffPage:
    """One page: compression tag, bits of all samples together, the lower resolution in dpi (0: none)."""

    compression: int
    bits: int
    dpi: float


def read_tiff(file: BinaryIO) -> list[TiffPage]:
    """Return the pages of a TIFF.

    Raises:
        NotTiff: when it is no TIFF, a directory is damaged, or image data lies beyond the end of the file.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise NotTiff("it does not begin like a TIFF")
    magic, offset = struct.unpack(order + "HI", head[2:])
    if magic != 42:
        raise NotTiff("it is not a classic TIFF")
    pages: list[TiffPage] = []
    seen: set[int] = set()
    while offset:
        if offset in seen or len(pages) >= MAX_PAGES:
            raise NotTiff("its page directories run in a circle or are too many")
        seen.add(offset)
        tags, offset = _directory(file, order, offset)
        pages.append(_page(tags, size))
    if not pages:
        raise NotTiff("it has no page")
    return pages


def _directory(file: BinaryIO, order: str, offset: int) -> tuple[dict[int, list[float]], int]:
    file.seek(offset)
    (count,) = _unpack(order + "H", file.read(2))
    entries = file.read(count * 12)
    (following,) = _unpack(order + "I", file.read(4))
    if len(entries) != count * 12:
        raise NotTiff("a page directory is cut short")
    tags: dict[int, list[float]] = {}
    for start in range(0, len(entries), 12):
        tag, kind, values, _ = struct.unpack(order + "HHII", entries[start : start + 12])
        if tag in _WANTED and kind in _SIZES and 0 < values <= _MAX_VALUES:
            tags[tag] = _values(file, order, entries[start + 8 : start + 12], kind, values)
    return tags, int(following)


def _values(file: BinaryIO, order: str, inline: bytes, kind: int, count: int) -> list[float]:
    length = _SIZES[kind] * count
    if length <= 4:
        raw = inline[:length]
    else:
        (offset,) = struct.unpack(order + "I", inline)
        file.seek(offset)
        raw = file.read(length)
    if kind == 5:
        parts = _unpack(f"{order}{2 * count}I", raw)
        return [top / bottom if bottom else 0.0 for top, bottom in zip(parts[::2], parts[1::2], strict=True)]
    return list(_unpack(f"{order}{count}{'BBHI'[kind - 1]}", raw))


def _unpack(form: str, raw: bytes) -> tuple[int, ...]:
    if len(raw) != struct.calcsize(form):
        raise NotTiff("it is cut short")
    return struct.unpack(form, raw)


def _page(tags: dict[int, list[float]], size: int) -> TiffPage:
    offsets = tags.get(_OFFSETS) or tags.get(_TILE_OFFSETS) or []
    counts = tags.get(_COUNTS) or tags.get(_TILE_COUNTS) or []
    if not offsets:
        raise NotTiff("a page has no image data")
    if any(offset + count > size for offset, count in zip(offsets, counts, strict=False)) or max(offsets) >= size:
        raise NotTiff("image data lies beyond the end of the file: it is cut short")
    samples = tags.get(_SAMPLES, [1])[0]
    bits = tags.get(_BITS, [1])
    depth = int(sum(bits) if len(bits) > 1 else bits[0] * samples)
    per_inch = {2: 1.0, 3: 2.54}.get(int(tags.get(_UNIT, [2])[0]), 0.0)
    dpi = min(tags.get(_X, [0])[0], tags.get(_Y, [0])[0]) * per_inch
    return TiffPage(int(tags.get(_COMPRESSION, [1])[0]), depth, dpi)
