"""A paper as a workbook: one sheet a table, and what is said around the tables on the first."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tecum.engine.paper.blocks import (
    TONES,
    Block,
    Bullets,
    Cell,
    Fields,
    Heading,
    Note,
    Paragraph,
    Signature,
    Table,
    is_number,
    shown,
)
from tecum.engine.paper.formula import neutralise

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_MADE = dt.datetime(2000, 1, 1)  # in the properties of every file, so that equal contents are equal bytes
_LAST_ROW = 1_048_575  # Excel's limits
_CELL_LENGTH = 32_767
_EXACT = 2**53  # a larger whole number would be rounded: it is written as text
_FIRST_DAY = dt.date(1900, 3, 1)  # earlier dates mean different days in different programs


def write_xlsx(blocks: Sequence[Block], title: str) -> bytes:
    """Return the workbook: header rows frozen and filtered, dates as dates.

    A text that begins like a formula is marked as text (the cell's quote prefix), its value unchanged.
    A table longer than a sheet goes on on the next one.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": shown(title), "created": _MADE})
        sheet = _Sheets(book)
        if any(not isinstance(block, Table) for block in blocks):
            sheet.prose([block for block in blocks if not isinstance(block, Table)])
        for block in blocks:
            if isinstance(block, Table):
                sheet.table(block)
    return out.getvalue()


class _Sheets:
    """The workbook's formats, and the names already given."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.names: set[str] = set()
        top: dict[str, Any] = {"valign": "top", "text_wrap": True}
        self.head = book.add_format({**top, "bold": True, "bg_color": "#E8E8E8", "border": 1})
        self.bold = book.add_format({**top, "bold": True})
        self.plain = book.add_format(top)
        self.quoted = book.add_format({**top, "quote_prefix": True})
        self.toned = {tone: book.add_format({**top, "bg_color": f"#{colour}"}) for tone, colour in TONES.items()}
        self.date = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd"})
        self.time = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm:ss"})

    def new(self, wanted: str) -> Worksheet:
        """Add a sheet under the name wanted, as far as Excel allows it."""
        stem = re.sub(r"[\[\]:*?/\\]", " ", shown(wanted)).strip(" '")[:24] or "Table"
        name, number = stem, 1
        while name.lower() in self.names or name.lower() == "history":
            number += 1
            name = f"{stem} ({number})"
        self.names.add(name.lower())
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)  # as wide as one page, however many long
        return sheet

    def prose(self, blocks: Sequence[Block]) -> None:
        """Write everything but tables, label and text in two columns."""
        sheet = self.new("Summary")
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 90)
        for row, (label, value, bold) in enumerate(_prose_rows(blocks)):
            self.put(sheet, row, 0, label, self.bold if bold else self.plain)
            self.put(sheet, row, 1, value, self.plain)

    def table(self, table: Table) -> None:
        """Write a table, on as many sheets as it needs."""
        for start in range(0, len(table.rows) or 1, _LAST_ROW):
            rows = table.rows[start : start + _LAST_ROW]
            sheet = self.new(table.title or "Table")
            for place, (column, share) in enumerate(zip(table.columns, table.shares(), strict=True)):
                self.put(sheet, 0, place, column, self.head)
                sheet.set_column(place, place, max(10, min(60, share * 110)))
            for number, row in enumerate(rows, 1):
                for place, value in enumerate(row):
                    self.put(sheet, number, place, value, self.toned.get(table.tones.get(shown(value), ""), self.plain))
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)
            sheet.repeat_rows(0)

    def put(self, sheet: Worksheet, row: int, place: int, value: Cell, form: Any) -> None:
        """Write one cell by its type."""
        if isinstance(value, dt.datetime) and value.tzinfo is None and value.date() >= _FIRST_DAY:
            sheet.write_datetime(row, place, value, self.time)
        elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value >= _FIRST_DAY:
            sheet.write_datetime(row, place, value, self.date)
        elif is_number(value) and abs(value) < _EXACT:
            sheet.write_number(row, place, value, form)
        else:
            text = shown(value)
            if not text and form is self.plain:
                return
            if len(text) > _CELL_LENGTH:
                cut = f" [cut: {len(text)} characters in all]"
                text = text[: _CELL_LENGTH - len(cut)] + cut
            risky = form is self.plain and neutralise(text) != text
            sheet.write_string(row, place, text, self.quoted if risky else form)


def _prose_rows(blocks: Sequence[Block]) -> Iterator[tuple[str, Cell, bool]]:
    for block in blocks:
        match block:
            case Heading(text, _):
                yield text, None, True
            case Paragraph(text) | Note(text):
                yield "", text, False
            case Fields(pairs):
                yield from ((name, value, True) for name, value in pairs)
            case Bullets(lines) | Signature(lines):
                yield from (("", line, False) for line in lines)
