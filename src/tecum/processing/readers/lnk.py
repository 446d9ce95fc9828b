"""Windows shortcuts (lnk): where they point, with which arguments, and from which volume.

Follows [MS-SHLLINK] 2.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

_HAS_ITEMS, _HAS_INFO, _UNICODE = 1, 2, 0x80
_TEXTS: Final = ((4, "description"), (8, "relative path"), (16, "working folder"), (32, "arguments"), (64, "icon"))
_TIMES: Final = ((28, "created"), (36, "accessed"), (44, "modified"))
_EPOCH: Final = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def read(item: Input, emit: Emit) -> None:
    """Emit a line for each thing the shortcut says of its target."""
    data = item.file.read(1 << 20)
    try:
        lines = list(_lines(data))
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"the shortcut is damaged: {error}") from error
    emit.text("".join(f"{name}: {value}\n" for name, value in lines if value.strip()))


def _lines(data: bytes) -> Iterator[tuple[str, str]]:
    (flags,) = struct.unpack_from("<I", data, 20)
    for place, name in _TIMES:
        (ticks,) = struct.unpack_from("<Q", data, place)
        if ticks:
            yield f"target {name}", (_EPOCH + dt.timedelta(microseconds=ticks // 10)).isoformat(timespec="seconds")
    at = 76
    if flags & _HAS_ITEMS:
        at += 2 + struct.unpack_from("<H", data, at)[0]
    if flags & _HAS_INFO:
        yield from _location(data[at : at + struct.unpack_from("<I", data, at)[0]])
        at += struct.unpack_from("<I", data, at)[0]
    for flag, name in _TEXTS:
        if flags & flag:
            (count,) = struct.unpack_from("<H", data, at)
            size = count * 2 if flags & _UNICODE else count
            yield name, data[at + 2 : at + 2 + size].decode("utf-16-le" if flags & _UNICODE else "cp1252", "replace")
            at += 2 + size


def _location(info: bytes) -> Iterator[tuple[str, str]]:
    """Yield the target's path: on a volume of its machine, or on a share."""
    _, head, flags, volume, base, share, suffix = struct.unpack_from("<7I", info)
    rest = _text(info, suffix)
    if flags & 1:
        if head >= 0x24:
            wide_base, wide_suffix = struct.unpack_from("<2I", info, 28)
            yield "target", _wide(info, wide_base) + _wide(info, wide_suffix)
        else:
            yield "target", _text(info, base) + rest
        serial, label = struct.unpack_from("<2I", info, volume + 8)
        yield "volume", f"{_text(info, volume + label)} {serial >> 16:04X}-{serial & 0xFFFF:04X}".strip()
    if flags & 2:
        (name,) = struct.unpack_from("<I", info, share + 8)
        yield "target", f"{_text(info, share + name)}\\{rest}"


def _text(data: bytes, at: int) -> str:
    return data[at:].partition(b"\0")[0].decode("cp1252", "replace")


def _wide(data: bytes, at: int) -> str:
    return data[at:].decode("utf-16-le", "replace").partition("\0")[0]


READER: Final = Reader("lnk", "1", frozenset({"lnk"}), read)
