"""One sheet of an Excel workbook of before 2007: its cells, and what stands beside them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from tecum.processing.readers import xlsxextras
from tecum.processing.readers.biff import BOF, Record, Strings
from tecum.processing.readers.marks import marked
from tecum.processing.readers.numberformat import plain
from tecum.processing.readers.sheetgrid import ERRORS, Formats, Sheet, place

_URL: Final = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")  # identifier of a link's address
_FILE: Final = bytes.fromhex("0303000000000000c000000000000046")  # identifier of a link's path
_EOF: Final = 0x0A
_DIMENSION: Final = 0x1065
_CHART_CACHE: Final = frozenset({_DIMENSION, 0x203, 0x204})


class Workbook(Protocol):
    """What a sheet needs to know of its workbook."""

    version: int
    codec: str
    formats: Formats
    strings: list[str]

    def text(self, data: bytes, at: int, *, short: bool = False) -> str:
        """Return a string of this workbook's version inside a record."""

    def damaged(self, record: Record, error: Exception) -> None:
        """Tell that a record is not as it should be."""


class SheetWalk:
    """The records of one sheet. Charts stand inside as streams of their own; only their titles are read."""

    def __init__(self, workbook: Workbook, sheet: Sheet) -> None:
        self._workbook, self._sheet = workbook, sheet
        self._version = workbook.version
        self._formula_at: tuple[int, int] | None = None  # whose text follows in a record of its own
        self._object = -1
        self._boxes: dict[int, str] = {}
        self._notes: list[tuple[str, int, str]] = []  # place, object, author
        self._dimension = 0  # of a chart's cache: 1 values, 2 categories
        self._points: dict[int, dict[tuple[int, int], str]] = {}  # by number, then by dimension and series
        # Cells of version 2 have three bytes of attributes where later ones have the number of a style.
        self._value_at = 7 if self._version == 2 else 6
        self._handlers: dict[int, Callable[[bytes], None]] = {
            0x08: self._row,
            0x208: self._row,
            0x7D: self._columns,
            0xFD: self._shared,
            0x04: self._label,
            0x204: self._label,
            0xD6: self._label,
            0x02: self._integer,
            0x03: self._number,
            0x203: self._number,
            0x27E: self._packed,
            0xBD: self._packed_row,
            0x06: self._formula,
            0x206: self._formula,
            0x406: self._formula,
            0x07: self._formula_text,
            0x207: self._formula_text,
            0x05: self._truth,
            0x205: self._truth,
            0x14: self._page_text,
            0x15: self._page_text,
            0x1C: self._note,
            0x5D: self._drawn_object,
            0x1B8: self._link,
        }

    def run(self, following: Iterator[Record]) -> None:
        """Read to the end of the sheet."""
        depth = 0
        handlers = self._handlers
        for record in following:
            kind = record.kind
            if kind in BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    break
                self._chart_rows()
            elif (handler := handlers.get(kind)) is not None and depth == 1:
                try:
                    handler(record.data)
                except (struct.error, IndexError) as error:
                    self._workbook.damaged(record, error)
            elif kind == 0x1B6:
                self._box(record)
            elif kind == 0x100D:
                self._chart_text(record)
            elif depth > 1 and kind in _CHART_CACHE:
                self._chart_point(record)
        self._finish()

    def _finish(self) -> None:
        noted = {number for _, number, _ in self._notes}
        self._sheet.asides += [text for number, text in self._boxes.items() if number not in noted]
        for where, number, author in self._notes:
            text = self._boxes.get(number, "")
            if text.strip():
                self._sheet.comments.append(marked(f"comment on {where}", text, author))

    # -- cells -------------------------------------------------------------------------------------------

    def _put(self, data: bytes, number: float) -> None:
        """Enter a number at the place and in the style that its record begins with."""
        if self._version == 2:
            row, column, style = *struct.unpack_from("<HH", data), data[4] & 0x3F
        else:
            row, column, style = struct.unpack_from("<HHH", data)
        self._sheet.put(row, column, self._workbook.formats.shown(number, style))

    def _row(self, data: bytes) -> None:
        if len(data) >= 16 and data[12] & 0x20:
            self._sheet.hidden_rows.add(struct.unpack_from("<H", data)[0])

    def _columns(self, data: bytes) -> None:
        first, last, width, _, flags = struct.unpack_from("<5H", data)
        if flags & 1 or width == 0:
            self._sheet.hidden_columns.append(range(first, last + 1))

    def _shared(self, data: bytes) -> None:
        row, column, _, number = struct.unpack_from("<HHHI", data)
        self._sheet.put(row, column, self._workbook.strings[number])

    def _label(self, data: bytes) -> None:
        row, column = struct.unpack_from("<HH", data)
        self._sheet.put(row, column, self._workbook.text(data, self._value_at, short=self._version == 2))

    def _integer(self, data: bytes) -> None:
        self._put(data, float(struct.unpack_from("<H", data, self._value_at)[0]))

    def _number(self, data: bytes) -> None:
        self._put(data, struct.unpack_from("<d", data, self._value_at)[0])

    def _packed(self, data: bytes) -> None:
        row, column, style, raw = struct.unpack_from("<HHHI", data)
        self._sheet.put(row, column, self._workbook.formats.shown_packed(raw, style))

    def _packed_row(self, data: bytes) -> None:
        row, column = struct.unpack_from("<HH", data)
        shown = self._workbook.formats.shown_packed
        cells = self._sheet.rows.setdefault(row, {})
        for style, raw in struct.iter_unpack("<HI", data[4 : 4 + (len(data) - 6) // 6 * 6]):
            cells[column] = shown(raw, style)
            column += 1

    def _formula(self, data: bytes) -> None:
        at = self._value_at
        self._formula_at = None
        if data[at + 6 : at + 8] != b"\xff\xff":
            self._put(data, struct.unpack_from("<d", data, at)[0])
            return
        row, column = struct.unpack_from("<HH", data)
        kind, value = data[at], data[at + 2]
        if kind == 0:
            self._formula_at = row, column
        elif kind in (1, 2):
            self._sheet.put(row, column, ERRORS.get(value, "#?") if kind == 2 else "TRUE" if value else "FALSE")

    def _formula_text(self, data: bytes) -> None:
        if self._formula_at is not None:
            self._sheet.put(*self._formula_at, self._workbook.text(data, 0, short=self._version == 2))
            self._formula_at = None

    def _truth(self, data: bytes) -> None:
        row, column = struct.unpack_from("<HH", data)
        value, is_error = data[self._value_at], data[self._value_at + 1]
        self._sheet.put(row, column, ERRORS.get(value, "#?") if is_error else "TRUE" if value else "FALSE")

    # -- beside the cells --------------------------------------------------------------------------------

    def _page_text(self, data: bytes) -> None:
        if data:
            self._sheet.asides.append(xlsxextras.page_header(self._workbook.text(data, 0, short=self._version < 8)))

    def _note(self, data: bytes) -> None:
        row, column = struct.unpack_from("<HH", data)
        if self._version >= 8:
            _, number = struct.unpack_from("<HH", data, 4)
            self._notes.append((place(row, column), number, self._workbook.text(data, 8)))
        else:  # long ones go on in records whose row is none
            text = data[6:].decode(self._workbook.codec, "replace")
            if row == 0xFFFF and self._sheet.comments:
                self._sheet.comments[-1] = self._sheet.comments[-1].removesuffix("]") + text + "]"
            elif text.strip():
                self._sheet.comments.append(marked(f"comment on {place(row, column)}", text))

    def _drawn_object(self, data: bytes) -> None:
        if self._version >= 8 and len(data) >= 8:
            (self._object,) = struct.unpack_from("<H", data, 6)

    def _box(self, record: Record) -> None:
        """Take the text of the object that came last; it stands in the records that continue this one."""
        try:
            (count,) = struct.unpack_from("<H", record.data, 10)
            if count and record.more:
                text = Strings(record.more, 1).letters(count, record.more[0][0])
                self._boxes[self._object] = text.replace("\r", "\n")
        except (struct.error, IndexError) as error:
            self._workbook.damaged(record, error)

    def _chart_text(self, record: Record) -> None:
        if len(record.data) > 3:
            self._sheet.asides.append(self._workbook.text(record.data, 2, short=True))

    def _chart_point(self, record: Record) -> None:
        """Take a point that a chart remembers of its source; that may have changed since."""
        data = record.data
        try:
            if record.kind == _DIMENSION:
                (self._dimension,) = struct.unpack_from("<H", data)
                return
            point, series = struct.unpack_from("<HH", data)
            if record.kind == 0x203:
                text = plain(struct.unpack_from("<d", data, 6)[0])
            else:
                text = self._workbook.text(data, 6)
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            self._workbook.damaged(record, error)
            return
        if self._dimension in (1, 2):
            self._points.setdefault(point, {})[-self._dimension, series] = text

    def _chart_rows(self) -> None:
        """Tell the points of the chart that ends here, categories before values."""
        for point in sorted(self._points):
            cells = self._points[point]
            self._sheet.asides.append("\t".join(dict.fromkeys(cells[key] for key in sorted(cells))))
        self._points.clear()

    def _link(self, data: bytes) -> None:
        at = data.find(_URL)
        if at >= 0:
            (size,) = struct.unpack_from("<I", data, at + 16)
            address = data[at + 20 : at + 20 + size].decode("utf-16-le", "replace").partition("\0")[0]
            self._sheet.asides.append(address.removeprefix("mailto:"))
        at = data.find(_FILE)
        if at >= 0:
            (size,) = struct.unpack_from("<I", data, at + 18)
            path = data[at + 22 : at + 22 + size].partition(b"\0")[0]
            self._sheet.asides.append(path.decode(self._workbook.codec, "replace"))
