"""dBASE tables (dbf), as data bases and maps of cities leave them: a row a line, deleted rows too.

Follows the published description of the dBASE III to 7 table file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import charset
from tecum.processing.readers.marks import marked

_VERSIONS: Final = frozenset({0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5, 0xFB})
_CODE_PAGES: Final = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x04: "mac_roman", 0x13: "cp932", 0x4D: "cp936", 0x4E: "cp949",
    0x4F: "cp950", 0x57: "cp1252", 0x58: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x78: "cp950",
    0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0x7C: "cp874", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
_ROWS_AT_ONCE: Final = 1000
_DELETED: Final = b"*"
_MEMO: Final = "MGBP"  # kinds of columns whose values lie in a file of their own


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    start: int
    size: int


def is_table(head: bytes) -> bool:
    """Tell whether these first bytes are a table's: its version, its date, its sizes, the mark behind its columns."""
    if len(head) < 65 or head[0] not in _VERSIONS or not (1 <= head[2] <= 12 and 1 <= head[3] <= 31):
        return False
    size, width = struct.unpack_from("<HH", head, 8)
    end = size - 1 if size <= len(head) else 0
    return size > 64 and width > 1 and (not end or b"\x0d" in head[end - 264 if end > 296 else 32 : end + 1])


def read(item: Input, emit: Emit) -> None:
    """Emit the names of the columns, then the rows with cells by tab."""
    head = item.file.read(32)
    if len(head) < 32:
        raise Unreadable(ExceptionCode.CORRUPT, "the table ends within its head")
    count, size, width = struct.unpack_from("<IHH", head, 4)
    columns = list(_columns(item.file.read(max(0, size - 32))))
    if not columns or width < 2:
        raise Unreadable(ExceptionCode.CORRUPT, "the table tells no columns")
    codec = _CODE_PAGES.get(head[29]) or _guessed(item.file, size)
    emit.text("\t".join(column.name for column in columns) + "\n")
    item.file.seek(size)
    found = deleted = 0
    lines: list[str] = []
    for row in _rows(item.file, width, count):
        cells = (row[c.start : c.start + c.size].decode(codec, "replace").strip(" \0") for c in columns)
        line = "\t".join(cells)
        found += 1
        if row[:1] == _DELETED:
            deleted += 1
            line = marked("deleted row", line)
        lines.append(line)
        if len(lines) >= _ROWS_AT_ONCE:
            emit.text("\n".join(lines) + "\n")
            lines.clear()
    emit.text("\n".join(lines) + "\n" if lines else "")
    if deleted:
        emit.field("hidden", ["deleted rows"])
    if found < count:
        emit.problem(ExceptionCode.PARTIAL, f"{found} of {count} rows are there")
    if memos := [column.name for column in columns if column.kind in _MEMO]:
        emit.problem(ExceptionCode.PARTIAL, f"the texts of {', '.join(memos)} lie in a memo file beside the table")


def _columns(head: bytes) -> Iterator[_Column]:
    start = 1
    for at in range(0, len(head) - 31, 32):
        if head[at] == 0x0D:
            return
        name = head[at : at + 11].partition(b"\0")[0].decode("latin-1")
        yield _Column(name, chr(head[at + 11]), start, head[at + 16])
        start += head[at + 16]


def _rows(file: BinaryIO, width: int, count: int) -> Iterator[bytes]:
    for _ in range(count):
        row = file.read(width)
        if len(row) < width or row[:1] == b"\x1a":
            return
        yield row


def _guessed(file: BinaryIO, start: int) -> str:
    file.seek(start)
    return charset.guess_codec(file.read(charset.SAMPLE).replace(b"\0", b" "))


READER: Final = Reader("dbf", "1", frozenset({"dbf"}), read)
