"""One table as it is read: its header and rows, and every complaint about them, kept until all can be told at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tecum.engine.sheets.cells import clean, column_letters, fault_in, heading
from tecum.errors import TableInvalid

_LISTED: Final = 50  # problems written out in the message
_KEPT: Final = 10_000  # problems held in memory; more come from a wrong separator, not from typing


@dataclass(frozen=True)
class Row:
    """One row: its place and its cells.

    ``number`` is the row of a sheet, or the line of a file on which the row begins; from 1, the header being 1.
    """

    number: int
    values: dict[str, str]  # by column; each column of the sheet is there, "" where the cell is empty


@dataclass(frozen=True)
class Sheet:
    """One table: a CSV file, a sheet of a workbook, a list of a JSON file."""

    name: str  # the file's stem, the sheet's name or the JSON key, casefolded
    columns: tuple[str, ...]  # casefolded, inner blanks as "_"
    rows: tuple[Row, ...]
    path: Path
    place: str  # "recipients.csv" or "docket.xlsx, sheet Recipients"
    assumed: tuple[str, ...] = ()  # what was taken for granted in reading, for the user


class Fault(Exception):
    """What ends the reading of one file: the row (0 for the whole file), what is wrong, and the cure."""

    def __init__(self, row: int, message: str, cure: str) -> None:
        super().__init__(message)
        self.row = row
        self.message = message
        self.cure = cure


class Problems:
    """Complaints about tables, so that a clerk can correct all rows in one go.

    Args:
        path: what the user named, a file or a folder.
        remedy: what to do in general; that of ``TableInvalid`` when left out.
    """

    def __init__(self, path: Path | None = None, remedy: str = "") -> None:
        self._path = path
        self._remedy = remedy
        self._kept: list[dict[str, str | int]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, place: str, row: int, column: str, message: str, cure: str) -> None:
        """Keep one complaint.

        Args:
            place: the sheet's ``place``.
            row: the row's number; 0 when the whole table is meant.
            column: "" when the whole row is meant.
            message: what is wrong, to be read after the place: "holds 3 cells, the header has 2".
            cure: what to do about it, an imperative sentence without its stop.
        """
        self._count += 1
        if len(self._kept) < _KEPT:
            self._kept.append({"place": place, "row": row, "column": column, "message": message, "cure": cure})

    def done(self) -> None:
        """Raise ``TableInvalid`` with all that was kept; do nothing when there is nothing."""
        if not self._kept:
            return
        lines = [_told(one) for one in self._kept[:_LISTED]]
        if self._count > len(lines):
            lines.append(f"and {self._count - len(lines)} more")
        if self._count > 1:
            lines.insert(0, f"{self._count} problems:")
        first = self._kept[0]
        named = self._path is not None and str(first["place"]).startswith(self._path.name)
        raise TableInvalid(
            "\n  ".join(lines),
            problems=self._kept,
            remedy=self._remedy,
            path=self._path,
            line=int(first["row"]) or None if named else None,
        )


def _told(problem: dict[str, str | int]) -> str:
    row = f", row {problem['row']}" if problem["row"] else ""
    column = f", column {problem['column']}" if problem["column"] else ""
    return f"{problem['place']}{row}{column}: {problem['message']}. {problem['cure']}."


class Grid:
    """A table being read from cells in rows: first its header, then one row after the other."""

    def __init__(self, path: Path, place: str, problems: Problems) -> None:
        self.columns: tuple[str, ...] = ()
        self._path = path
        self._place = place
        self._problems = problems
        self._rows: list[Row] = []

    def header(self, number: int, cells: Sequence[str]) -> bool:
        """Take the column names; return whether rows can be read under them."""
        before = len(self._problems)
        names = [heading(cell) for cell in cells]
        while names and not names[-1]:
            names.pop()  # spreadsheet programs write cells that were used once and emptied
        if not names:
            self.complain(number, 0, "the first row is empty", "Put the names of the columns in the first row")
        for index, name in enumerate(names):
            at = column_letters(index)
            if not name:
                self.complain(number, index, f"the column {at} has no name", "Name it, or delete the column")
            elif fault := fault_in(cells[index]):
                self.complain(number, index, f"the name of the column {at} {fault}", "Type the name again")
            elif name in names[:index]:
                other = column_letters(names.index(name))
                self.complain(number, index, f"the columns {other} and {at} are both named {name!r}", "Rename one")
        if len(self._problems) > before:
            return False
        self.columns = tuple(names)
        return True

    def row(self, number: int, cells: Sequence[str], beyond: Sequence[str] = ()) -> None:
        """Take a row: ``cells`` stand under the header, ``beyond`` further right, where nothing may stand."""
        texts = [clean(cell) for cell in cells]
        extra = [text for text in map(clean, beyond) if text]
        if extra:
            shown = re.sub(r"\s+", " ", extra[0])[:40]
            self._problems.add(
                self._place,
                number,
                "",
                f"has cells beyond the {len(self.columns)} columns of the header, such as {shown!r}",
                "Name the column in the header, or, in a CSV, put double quotes around a cell that holds a separator",
            )
        if not any(texts):
            return
        for index, text in enumerate(texts):
            if fault := fault_in(text):
                self.complain(number, index, fault, "Delete the character or type the cell again")
        texts += [""] * (len(self.columns) - len(texts))
        self._rows.append(Row(number, dict(zip(self.columns, texts, strict=True))))

    def complain(self, number: int, index: int, message: str, cure: str) -> None:
        """Keep a problem of the cell at ``index``, under its column's name where that is known."""
        column = self.columns[index] if index < len(self.columns) else ""
        self._problems.add(self._place, number, column, message, cure)

    def sheet(self, name: str, assumed: Sequence[str]) -> Sheet:
        """Return the table read."""
        return Sheet(clean(name).casefold(), self.columns, tuple(self._rows), self._path, self._place, tuple(assumed))
