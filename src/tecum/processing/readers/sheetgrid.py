"""The sheets of a binary workbook as text: rows by line, cells by tab, what is hidden in marks."""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tecum.hooks import Emit
from tecum.processing.readers import numberformat
from tecum.processing.readers.marks import marked

ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
STATES: Final = ("visible", "hidden", "veryHidden")  # as numbered in both binary formats
_PLAIN_CODES: Final = ("General", "")
_ROWS_AT_ONCE: Final = 500


@dataclass
class Sheet:
    """One sheet: cells by row and column (from 0) as shown, and what keeps them from being seen.

    ``asides`` stand below the rows: page headers, links, text boxes; ``comments`` are marks already.
    """

    name: str
    state: str = "visible"
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[range] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Enter a cell; an empty one is none."""
        if text:
            cells = self.rows.get(row)
            if cells is None:
                cells = self.rows[row] = {}
            cells[column] = text


@dataclass
class Formats:
    """How numbers are shown: format codes by number, and the number of each cell style."""

    since_1904: bool = False
    codes: dict[int, str] = field(default_factory=lambda: dict(numberformat.BUILT_IN))
    styles: list[int] = field(default_factory=list)

    def shown(self, number: float, style: int) -> str:
        """Return a number as a cell of that style shows it."""
        if not math.isfinite(number):
            return ""
        code = self.codes.get(self.styles[style], "General") if style < len(self.styles) else "General"
        if code in _PLAIN_CODES:
            return numberformat.plain(number)
        return numberformat.shown(number, code, since_1904=self.since_1904)

    def shown_packed(self, raw: int, style: int) -> str:
        """Return an RK value as a cell of that style shows it; whole numbers, which are most, without a detour."""
        if raw & 3 == 2 and style in self._plain_styles:
            return str((raw >> 2) - (1 << 30 if raw & 0x80000000 else 0))
        return self.shown(packed_number(raw), style)

    @functools.cached_property
    def _plain_styles(self) -> frozenset[int]:
        """The styles that show a number as it is; asked when all styles are known."""
        codes = self.codes
        return frozenset(at for at, number in enumerate(self.styles) if codes.get(number, "General") in _PLAIN_CODES)


def packed_number(raw: int) -> float:
    """Return the number that an RK value packs into 32 bits ([MS-XLS] 2.5.217)."""
    if raw & 2:
        value = float((raw >> 2) - (1 << 30 if raw & 0x80000000 else 0))
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0])
    return value / 100 if raw & 1 else value


def emit_sheet(sheet: Sheet, emit: Emit, hidden: list[str]) -> bool:
    """Emit a sheet with its name as a heading; note in ``hidden`` what it hides; tell whether it holds anything."""
    emit.text(f"{heading(sheet.name, sheet.state, hidden)}\n")
    lines = (line for line in _lines(sheet, hidden) if line.strip())
    has_text = False
    held: list[str] = []
    for line in lines:
        held.append(line)
        has_text = True
        if len(held) >= _ROWS_AT_ONCE:
            emit.text("\n".join(held) + "\n")
            held.clear()
    emit.text("\n".join(held) + "\n\n" if held else "\n")
    return has_text


def heading(name: str, state: str, hidden: list[str]) -> str:
    """Return the line that opens a sheet; note in ``hidden`` one that is not shown (state as in ST_SheetState)."""
    if state not in ("hidden", "veryHidden"):
        return name
    hidden.append(f"hidden sheet: {name}")
    return marked("hidden sheet" if state == "hidden" else "very hidden sheet", name)


def place(row: int, column: int) -> str:
    """Return a cell's place as people write it: "B5" for row 4, column 1."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"


def _lines(sheet: Sheet, hidden: list[str]) -> Iterator[str]:
    for row in sorted(sheet.rows):
        cells = sheet.rows[row]
        if sheet.hidden_columns:
            cells = {column: _veiled(sheet, column, text, hidden) for column, text in cells.items()}
        line = "\t".join(cells[column] for column in sorted(cells))
        if row in sheet.hidden_rows:
            hidden.append("hidden rows")
            line = marked("hidden row", line)
        yield line
    yield from dict.fromkeys(sheet.asides)
    if sheet.comments:
        hidden.append("comments")
    yield from sheet.comments


def _veiled(sheet: Sheet, column: int, text: str, hidden: list[str]) -> str:
    if not any(column in columns for columns in sheet.hidden_columns):
        return text
    hidden.append("hidden columns")
    return marked("hidden", text)
