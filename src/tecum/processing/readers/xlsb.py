"""Excel workbooks whose parts are binary (xlsb): every sheet, hidden ones too.

Follows [MS-XLSB] by an own walk over its records. Package, drawings and properties are those of any workbook of 2007.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import xlsxextras
from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.sheetgrid import ERRORS, STATES, Formats, Sheet, emit_sheet, place

_ROW, _COLUMNS, _PAGE_TEXTS, _LINK = 0, 60, 479, 494
_STRING, _FORMAT, _STYLE, _STYLES, _STYLES_END = 19, 44, 47, 617, 618
_BOOK_PROPERTIES, _SHEET = 153, 156
_AUTHOR, _COMMENT, _COMMENT_TEXT = 632, 635, 637
_CELLS: Final = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 62})
_COLUMNS_AT_MOST: Final = 1 << 14
_NONE: Final = 0xFFFFFFFF


def read(item: Input, emit: Emit) -> None:
    """Emit every sheet with its name as a heading, cells by tab, rows by newline; then properties and members."""
    workbook = _Workbook(Package(item, emit, "xl/workbook.bin"))
    has_text = False
    for name, state, part in workbook.listed:
        if workbook.package.find(part) is None:
            emit.problem(ExceptionCode.PARTIAL, f"the sheet part {part or '?'} is missing")
        has_text |= emit_sheet(workbook.sheet(name, state, part), emit, workbook.hidden)
    if not has_text:
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the sheets hold no text ({workbook.package.pictures()} pictures)")
    workbook.package.properties()
    if workbook.package.related(workbook.package.main_part, "pivotCacheDefinition"):
        workbook.hidden.append("pivot cache")
        emit.problem(ExceptionCode.PARTIAL, "the data that its pivot tables remember were not read")
    workbook.hidden += workbook.package.carried()
    if workbook.hidden:
        emit.field("hidden", list(dict.fromkeys(workbook.hidden)))
    workbook.package.embedded()


class _Workbook:
    """What the sheets share: strings, number formats, the date system."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.hidden: list[str] = []
        self.formats = Formats()
        self.listed: list[tuple[str, str, str]] = []  # sheets: name, state, part
        main = package.main_part
        if package.find(main) is None:
            raise Unreadable(ExceptionCode.CORRUPT, f"its main part is missing: {main}")
        targets = {relation.id: relation.target for relation in package.relations(main)}
        for kind, data in self._records(main):
            if kind == _BOOK_PROPERTIES:
                self.formats.since_1904 = bool(data[:1] and data[0] & 1)
            elif kind == _SHEET and len(data) >= 12:
                state, key, name = _listed_sheet(data)
                self.listed.append((name, STATES[min(state, 2)], targets.get(key, "")))
        self.strings = [
            self._told(part, data, 1)
            for part in package.related(main, "sharedStrings")
            for kind, data in self._records(part)
            if kind == _STRING
        ]
        for part in package.related(main, "styles"):
            self._styles(part)

    def sheet(self, name: str, state: str, part: str) -> Sheet:
        """Read one sheet with what is drawn on it and said about it."""
        sheet = Sheet(name, state)
        links = self.package.links(part)
        row = 0
        for kind, data in self._records(part):
            try:
                row = self._take(sheet, kind, data, row, links)
            except (struct.error, IndexError) as error:
                self._damaged(part, error)
        sheet.comments += self._comments(part)
        for drawing in self.package.related(part, "drawing"):
            sheet.asides += xlsxextras.drawing(self.package, drawing)
        for drawing in self.package.related(part, "vmlDrawing"):
            sheet.asides += xlsxextras.old_drawing(self.package, drawing)
        return sheet

    def _take(self, sheet: Sheet, kind: int, data: bytes, row: int, links: dict[str, str]) -> int:
        """Take one record of a sheet; return the row that the next cells stand in."""
        if kind == _ROW:
            row = struct.unpack_from("<I", data)[0]
            if data[11] & 0x10:
                sheet.hidden_rows.add(row)
        elif kind == _COLUMNS:
            first, last, width, _, flags = struct.unpack_from("<4IH", data)
            if flags & 1 or width == 0:
                sheet.hidden_columns.append(range(first, min(last, _COLUMNS_AT_MOST) + 1))
        elif kind == _PAGE_TEXTS:
            sheet.asides += map(xlsxextras.page_header, _page_texts(data))
        elif kind == _LINK:
            sheet.asides.append(links.get(_text(data, 16)[0], "").removeprefix("mailto:"))
        elif kind in _CELLS:
            column, style = struct.unpack_from("<II", data)
            sheet.put(row, column, self._value(kind, data, style & 0xFFFFFF))
        return row

    def _value(self, kind: int, data: bytes, style: int) -> str:
        """Return a cell as shown, from its kind of record ([MS-XLSB] 2.4.306 and following)."""
        if kind == 2:
            return self.formats.shown_packed(struct.unpack_from("<I", data, 8)[0], style)
        if kind in (5, 9):
            return self.formats.shown(struct.unpack_from("<d", data, 8)[0], style)
        if kind in (3, 11):
            return ERRORS.get(data[8], "#?")
        if kind in (4, 10):
            return "TRUE" if data[8] else "FALSE"
        if kind == 7:
            number: int = struct.unpack_from("<I", data, 8)[0]
            return self.strings[number]
        return _text(data, 9 if kind == 62 else 8)[0] if kind in (6, 8, 62) else ""

    def _comments(self, sheet: str) -> Iterator[str]:
        for part in self.package.related(sheet, "comments"):
            authors: list[str] = []
            where, author = "", 0
            for kind, data in self._records(part):
                if kind == _AUTHOR:
                    authors.append(self._told(part, data, 0))
                elif kind == _COMMENT and len(data) >= 16:
                    author, row, _, column = struct.unpack_from("<4I", data)
                    where = place(row, min(column, _COLUMNS_AT_MOST))
                elif kind == _COMMENT_TEXT and (text := self._told(part, data, 1)).strip():
                    yield marked(f"comment on {where}", text, authors[author] if author < len(authors) else "")

    def _styles(self, part: str) -> None:
        inside = False
        for kind, data in self._records(part):
            if kind == _FORMAT and len(data) > 2:
                self.formats.codes[struct.unpack_from("<H", data)[0]] = self._told(part, data, 2)
            elif kind in (_STYLES, _STYLES_END):
                inside = kind == _STYLES
            elif kind == _STYLE and inside and len(data) >= 4:
                self.formats.styles.append(struct.unpack_from("<H", data, 2)[0])

    def _records(self, part: str) -> Iterator[tuple[int, bytes]]:
        """Yield (kind, data) of a part's records; one that is cut short ends the part and is told."""
        data = self.package.read(part) or b""
        try:
            yield from _records(data)
        except (struct.error, IndexError) as error:
            self._damaged(part, error)

    def _told(self, part: str, data: bytes, at: int) -> str:
        """Return a string inside a record; "" with a problem where it is cut short."""
        try:
            return _text(data, at)[0]
        except (struct.error, IndexError) as error:
            self._damaged(part, error)
            return ""

    def _damaged(self, part: str, error: Exception) -> None:
        self.package.emit.problem(ExceptionCode.PARTIAL, f"{part} is damaged ({error}); what could be read was")


def _listed_sheet(data: bytes) -> tuple[int, str, str]:
    """Return a sheet's state, relationship and name; before its release the format had four bytes more in between."""
    (state,) = struct.unpack_from("<I", data)
    for start in (8, 12):
        try:
            key, at = _text(data, start)
            name, end = _text(data, at)
        except (struct.error, IndexError):
            continue
        if end == len(data):
            return state, key, name
    raise Unreadable(ExceptionCode.CORRUPT, "its list of sheets is damaged")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(data)
    while at < end:
        kind, at = data[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (data[at] & 0x7F) << 7, at + 1
        size = shift = 0
        for shift in (0, 7, 14, 21):
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if at + size > end:
            raise IndexError("a record is longer than the part")
        yield kind, data[at : at + size]
        at += size


def _text(data: bytes, at: int) -> tuple[str, int]:
    """Return a string that begins with its length in 32 bits, and where it ends; none is ""."""
    (length,) = struct.unpack_from("<I", data, at)
    if length == _NONE:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(data):
        raise IndexError("a string is longer than its record")
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _page_texts(data: bytes) -> Iterator[str]:
    at = 2
    while at + 4 <= len(data):
        text, at = _text(data, at)
        yield text


READER: Final = Reader("xlsb", "1", frozenset({"xlsb"}), read, library="lxml")
