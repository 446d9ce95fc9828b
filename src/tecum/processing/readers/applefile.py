"""AppleSingle and AppleDouble files: the data of a Macintosh file, and what the Finder noted on it.

Follows RFC 1740. AppleSingle holds the file itself; AppleDouble stands beside it (as ``._name`` in archives made on a
Mac, or before it in a mail) and holds only what other systems have no place for.
"""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass, field
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

SINGLE: Final = b"\x00\x05\x16\x00"
DOUBLE: Final = b"\x00\x05\x16\x07"
_HEAD: Final = struct.Struct(">4s4s16sH")
_ENTRY: Final = struct.Struct(">3L")
_DATA, _RESOURCE, _NAME, _COMMENT, _DATES = 1, 2, 3, 4, 8
_EPOCH: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_UNKNOWN_DATE: Final = -0x80000000
_EMPTY_FORK: Final = 286  # bytes of a resource fork that holds no resource: header, map and lists


@dataclass
class Entries:
    """What such a file holds; ``data`` is None in AppleDouble, ``resource`` the resource fork's bytes."""

    data: bytes | None = None
    resource: int = 0
    name: str = ""
    comment: str = ""
    created: str = ""
    modified: str = ""
    cut: list[int] = field(default_factory=list)  # numbers of entries that reach beyond the file's end


def entries(data: bytes) -> Entries:
    """Take such a file apart. Raises struct.error when its list of entries is cut short."""
    _, _, _, count = _HEAD.unpack_from(data)
    found = Entries()
    for number in range(count):
        kind, start, size = _ENTRY.unpack_from(data, _HEAD.size + number * _ENTRY.size)
        content = data[start : start + size]
        if len(content) < size:
            found.cut.append(kind)
        if kind == _DATA:
            found.data = content
        elif kind == _RESOURCE:
            found.resource = size
        elif kind == _NAME:
            found.name = content.decode("mac_roman")
        elif kind == _COMMENT:
            found.comment = content.decode("mac_roman")
        elif kind == _DATES and len(content) >= 8:
            made, changed = struct.unpack_from(">2l", content)
            found.created, found.modified = _date(made), _date(changed)
    return found


def _date(seconds: int) -> str:
    return "" if seconds == _UNKNOWN_DATE else (_EPOCH + dt.timedelta(seconds=seconds)).isoformat()


def read(item: Input, emit: Emit) -> None:
    """Read such a file: with data it is a container of that file, without a document of what was noted."""
    try:
        found = entries(item.file.read())
    except struct.error as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"its list of entries is cut short: {error}") from None
    if found.cut:
        emit.problem(ExceptionCode.PARTIAL, f"cut short: entries {', '.join(map(str, found.cut))} end beyond it")
    if found.resource > _EMPTY_FORK:
        emit.problem(ExceptionCode.PARTIAL, f"its resource fork ({found.resource} bytes) is not read")
    if found.data is not None:
        emit.container()
        fields = {"file_modified": found.modified} if found.modified else {}
        problem = ExceptionCode.PARTIAL if _DATA in found.cut else ""
        emit.member(
            found.name or item.name, found.data, fields=fields, problem=problem, message="cut short" if problem else ""
        )
        return
    for name, value in (("title", found.name), ("created", found.created), ("modified", found.modified)):
        if value:
            emit.field(name, value)
    emit.text("".join(f"{line}\n" for line in (found.name, found.comment) if line))


READER: Final = Reader("applefile", "1", frozenset({"applefile"}), read)
