"""Tables in delimited text (RFC 4180): comma, semicolon, tab or bar, as the header line shows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tecum.engine.sheets.cells import FORMULA_CURE, clean
from tecum.engine.sheets.decoding import decode
from tecum.engine.sheets.table import Fault, Grid, Problems, Sheet

LONGEST_CELL: Final = 131_072  # characters; the limit of Python's csv module, which is common to the whole process
SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_QUOTED: Final = re.compile(r'"[^"]*(?:"|\Z)')
_FIRST_RECORD: Final = re.compile(r'(?:[^"\r\n]|"[^"]*(?:"|\Z))*+')


def read(path: Path, data: bytes, encoding: str, problems: Problems, noted: tuple[str, ...]) -> list[Sheet]:
    """Read one file; its stem is the table's name.

    Blanks around a cell are cut off, and then one apostrophe before it, the mark of text in our own files
    (docs/decisions/0009-formulas.md). "+1 555 0100" or "-5" without the mark is text as it stands.

    Raises:
        Fault: where the text cannot be cut into cells beyond that row.
    """
    from tecum.engine.paper.formula import restore  # its package loads heavy libraries

    text, assumed = decode(data, encoding)
    if not clean(text):
        raise Fault(0, "is empty", "Put the names of the columns in the first row, and rows below")
    separator = _separator(text)
    if separator != ",":
        assumed.append(f"cells separated by {SEPARATORS[separator]}, as the header line is")
    grid = Grid(path, path.name, problems)
    for number, cells in _records(text, separator):
        for index, cell in enumerate(cells):
            if clean(cell).startswith("="):
                grid.complain(number, index, f"{clean(cell)[:40]!r} begins as a formula does", FORMULA_CURE)
        values = [restore(clean(cell)) for cell in cells]
        if grid.columns:
            grid.row(number, values[: len(grid.columns)], values[len(grid.columns) :])
        elif not grid.header(number, values):
            break
    return [grid.sheet(path.stem, (*noted, *assumed))]


def _separator(text: str) -> str:
    """Return the separator that stands most often between the cells of the first record."""
    found = _FIRST_RECORD.match(text)
    header = _QUOTED.sub("", found[0] if found else "")
    counts = sorted(((header.count(separator), separator) for separator in SEPARATORS), reverse=True)
    (most, separator), (second, other) = counts[:2]
    if most and most == second:
        names = f"{SEPARATORS[separator]} and {SEPARATORS[other]}"
        raise Fault(1, f"{names} stand equally often in the header line", "Separate the columns by commas alone")
    return separator if most else ","


def _records(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each record with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    start = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _unreadable(start, str(error)) from None
        if record is None:
            return
        yield start, record
        start = reader.line_num + 1


def _unreadable(row: int, reason: str) -> Fault:
    if "end of data" in reason:
        return Fault(row, "a double quote opens a cell in this row and none closes it", "Close it, or delete the quote")
    if "limit" in reason:
        cure = "Shorten it; if it is not meant to be long, look for a double quote that is not closed"
        return Fault(row, f"a cell in this row is longer than {LONGEST_CELL:,} characters", cure)
    cure = "Write each double quote inside a quoted cell twice, and close the cell before the separator"
    return Fault(row, "a quoted cell in this row goes on after its closing quote", cure)
