"""Tables written so that reading them gives the same values: one CSV for each, or one workbook or JSON file for all."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, overload

from tecum.engine.sheets import dates
from tecum.engine.sheets.cells import clean, fault_in, heading, stored_number
from tecum.engine.sheets.csv import LONGEST_CELL, SEPARATORS
from tecum.engine.sheets.table import Problems

if TYPE_CHECKING:
    from xlsxwriter import Workbook

Tables: TypeAlias = Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]]

_REMEDY: Final = (
    "Correct the values named, or choose another format, and run the same command again; nothing was written"
)
_ANOTHER: Final = f"Choose CSV, which holds {LONGEST_CELL - 1:,} characters in a cell, or JSON, which holds any number"
_SHEET_NAME: Final = re.compile(r"(?!history$)\w(?:[\w .()-]{0,29}[\w.()-])?")  # what Excel allows, and more strictly
_SHEET_ROWS: Final = 1_048_576
_SHEET_COLUMNS: Final = 16_384
_SHEET_CELL: Final = 32_767  # UTF-16 units
_TWO_ESCAPES: Final = re.compile("(?:_x[0-9A-Fa-f]{4}){2}_")  # share an underscore; xlsxwriter spoils the second
_MADE: Final = dt.datetime(2000, 1, 1)  # in the properties of every workbook, so that equal contents are equal bytes
_FIRST_DAY: Final = dt.datetime(1900, 3, 1)  # earlier days have different numbers in different programs
_DATE_FORMATS: Final = {10: "yyyy-mm-dd", 16: "yyyy-mm-dd\\Thh:mm", 19: "yyyy-mm-dd\\Thh:mm:ss"}  # by length in ISO
_NARROWEST, _WIDEST = 8, 60  # characters


@overload
def write(
    tables: Tables,
    path_or_format: Literal["csv"],
    *,
    date_columns: Collection[str] = (),
    number_columns: Collection[str] = (),
) -> dict[str, bytes]: ...


@overload
def write(
    tables: Tables,
    path_or_format: Literal["xlsx", "json"],
    *,
    date_columns: Collection[str] = (),
    number_columns: Collection[str] = (),
) -> bytes: ...


@overload
def write(
    tables: Tables,
    path_or_format: Path | str,
    *,
    date_columns: Collection[str] = (),
    number_columns: Collection[str] = (),
) -> dict[str, bytes] | bytes: ...


def write(
    tables: Tables,
    path_or_format: Path | str,
    *,
    date_columns: Collection[str] = (),
    number_columns: Collection[str] = (),
) -> dict[str, bytes] | bytes:
    """Return the tables in the format named, or in the one that a path's ending names; equal tables, equal bytes.

    Values are written as ``read`` gives them: blanks around them cut off, line breaks as LF; rows without any text are
    left out.

    Args:
        tables: columns and rows of each table; what a row lacks is the empty text.
        path_or_format: ``csv``, ``xlsx`` or ``json``, or a path that ends so; nothing is written there.
        date_columns: columns whose ISO dates become real dates in a workbook. A text that would not be read back as it
            is, such as a date before March 1900, stays text.
        number_columns: columns whose numbers become real numbers in a workbook, on the same condition.

    Returns:
        For CSV the bytes of each table under its name (without ``.csv``); for XLSX and JSON the bytes of the one file.

    Raises:
        TableInvalid: for a value that the format cannot hold.
        ValueError: for another format, names that are no names of tables, columns that are missing or repeated, and
            rows with a key that is not a column.
    """
    kind = str(path_or_format).lower().rpartition(".")[2]
    if kind not in ("csv", "xlsx", "json"):
        raise ValueError(f"No format of tables {kind!r}: choose csv, xlsx or json")
    problems = Problems(remedy=_REMEDY)
    grids = _grids(tables, kind, problems)
    problems.done()
    if kind == "csv":
        return {grid.name: _csv(grid) for grid in grids}
    if kind == "json":
        return _json(grids)
    return _xlsx(grids, frozenset(map(heading, date_columns)), frozenset(map(heading, number_columns)))


@dataclass(frozen=True)
class _Grid:
    """A table whose names and values are as ``read`` would give them."""

    name: str
    columns: list[str]
    rows: list[list[str]]


def _grids(tables: Tables, kind: str, problems: Problems) -> list[_Grid]:
    grids = []
    for name, (columns, rows) in tables.items():
        names = [heading(column) for column in columns]
        if len(set(names)) < len(names) or not all(names) or (not names and kind != "json"):
            raise ValueError(f"The columns of {name!r} are missing or repeated: {', '.join(columns)}")
        grid = _Grid(clean(name).casefold(), names, [])
        known = set(columns)
        for row in rows:
            if not row.keys() <= known:
                raise ValueError(f"A row of {name!r} has a key that is not a column: {', '.join(row.keys() - known)}")
            values = [clean(row.get(column, "")) for column in columns]
            if any(values):
                grid.rows.append(values)
        _check(grid, kind, problems)
        grids.append(grid)
    if not all(map(_SHEET_NAME.fullmatch, (grid.name for grid in grids))) or len({g.name for g in grids}) < len(grids):
        raise ValueError(f"These names of tables are unusable or alike: {', '.join(tables)}")
    return grids


def _check(grid: _Grid, kind: str, problems: Problems) -> None:
    """Keep what the format cannot hold, and what would not be read again."""
    if kind == "xlsx" and (len(grid.rows) >= _SHEET_ROWS or len(grid.columns) > _SHEET_COLUMNS):
        limits = f"{_SHEET_ROWS - 1:,} rows and {_SHEET_COLUMNS:,} columns"
        problems.add(grid.name, 0, "", f"is larger than a sheet ({limits})", "Choose CSV or JSON")
    for number, values in enumerate((grid.columns, *grid.rows), 1):
        for column, text in zip(grid.columns, values, strict=True):
            if fault := fault_in(text):
                problems.add(grid.name, number, column, fault, "Delete the character")
            elif kind == "xlsx" and _TWO_ESCAPES.search(text):
                problems.add(
                    grid.name, number, column, f"{text[:40]!r} cannot stand in a workbook", "Choose CSV or JSON"
                )
            elif _too_long(text, kind):
                problems.add(grid.name, number, column, f"is too long for {kind.upper()}", _ANOTHER)


def _too_long(text: str, kind: str) -> bool:
    if kind == "xlsx":
        return 2 * len(text) > _SHEET_CELL and len(text.encode("utf-16-le")) > 2 * _SHEET_CELL
    return kind == "csv" and len(text) >= LONGEST_CELL  # one less: an apostrophe may be put before it


def _csv(grid: _Grid) -> bytes:
    """UTF-8 with its mark and CR LF, as spreadsheet programs expect it; formulas neutralised (decision 0009)."""
    from tecum.engine.paper.formula import neutralise  # its package loads heavy libraries

    out = io.StringIO(newline="")
    header = [neutralise(column) for column in grid.columns]
    # Unquoted, another separator in the header would be taken for the one that the file uses.
    risky = any(separator in column for separator in SEPARATORS for column in header)
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL if risky else csv.QUOTE_MINIMAL).writerow(header)
    csv.writer(out, lineterminator="\r\n").writerows(map(neutralise, row) for row in grid.rows)
    return out.getvalue().encode("utf-8-sig")


def _json(grids: Sequence[_Grid]) -> bytes:
    """One object, a list for each table; every column in every row, so that none is forgotten."""
    found = {grid.name: [dict(zip(grid.columns, row, strict=True)) for row in grid.rows] for grid in grids}
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


def _xlsx(grids: Sequence[_Grid], date_columns: frozenset[str], number_columns: frozenset[str]) -> bytes:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        cells = _Cells(book)
        for grid in grids:
            sheet = book.add_worksheet(grid.name)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(grid.rows), len(grid.columns) - 1)
            sheet.repeat_rows(0)
            for index, column in enumerate(grid.columns):
                put = cells.text
                if column in date_columns:
                    put = cells.date
                elif column in number_columns:
                    put = cells.number
                texts = [row[index] for row in grid.rows]
                longest = max(map(len, (column, *texts)))
                sheet.set_column(index, index, max(_NARROWEST, min(_WIDEST, longest + 2)))
                sheet.write_string(0, index, column, cells.head)
                for number, text in enumerate(texts, 1):
                    if text:
                        put(sheet, number, index, text)
    return out.getvalue()


class _Cells:
    """The formats of a workbook, and how a value of each type is put into a cell."""

    def __init__(self, book: Workbook) -> None:
        from tecum.engine.paper.formula import neutralise

        self._neutralise = neutralise
        top = {"valign": "top", "text_wrap": True}
        self.head = book.add_format({"bold": True, "valign": "top", "bg_color": "#E8E8E8", "border": 1})
        self._plain = book.add_format(top)
        self._quoted = book.add_format({**top, "quote_prefix": True})
        self._dates = {
            length: book.add_format({"valign": "top", "num_format": code}) for length, code in _DATE_FORMATS.items()
        }

    def text(self, sheet: Any, row: int, column: int, text: str) -> None:
        """A string, marked as text where a spreadsheet program would otherwise compute it once it is edited."""
        sheet.write_string(row, column, text, self._plain if self._neutralise(text) == text else self._quoted)

    def date(self, sheet: Any, row: int, column: int, text: str) -> None:
        """A real date where it is read back as the same text, else a string."""
        moment = _moment(text)
        if moment is None:
            self.text(sheet, row, column, text)
        else:
            sheet.write_datetime(row, column, moment, self._dates[len(text)])

    def number(self, sheet: Any, row: int, column: int, text: str) -> None:
        """A real number where it is read back as the same text, else a string."""
        if _is_number(text):
            sheet.write_number(row, column, float(text))
        else:
            self.text(sheet, row, column, text)


def _moment(text: str) -> dt.datetime | None:
    """Return the moment that a workbook can hold as a date and gives back as this very text; None otherwise."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None or moment < _FIRST_DAY or dates.shown(moment) != text:
        return None
    return moment


def _is_number(text: str) -> bool:
    try:
        written = f"{float(text):.16G}"  # as xlsxwriter writes it
    except ValueError:
        return False
    return stored_number(written) == text and "n" not in written.lower()
