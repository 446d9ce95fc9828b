"""Tables in a workbook (ECMA-376 part 1, SpreadsheetML): its values as stored; a formula is refused, never computed.

One pass gives values, formulas, errors, hidden rows and addresses alike. calamine, which reads such files elsewhere,
tells no formula from a value and no hidden row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tecum.engine.sheets import dates
from tecum.engine.sheets.cells import FORMULA_CURE, column_letters, is_rounded, stored_number
from tecum.engine.sheets.package import DAMAGE_CURE, Element, Package, local
from tecum.engine.sheets.table import Fault, Grid, Problems, Sheet

_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")  # ST_Xstring, 22.9.2.19
_LITERAL: Final = re.compile(r'"[^"]*"?|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE | re.DOTALL)
_ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DATE_LETTERS: Final = re.compile("[ymdhs]", re.IGNORECASE)
# Built-in formats that show a date or time (18.8.30), those of East Asian languages among them.
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
_BUILT_IN_ELAPSED: Final = 46
_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")
_ON: Final = ("1", "true")
_LISTED: Final = 5
_ARRAYS: Final = 1_000  # followed into the cells they fill; the sheet is refused by the first one already


def read(path: Path, data: bytes, problems: Problems, noted: tuple[str, ...]) -> list[Sheet]:
    """Read every worksheet that is not blank, hidden ones too; macros and links to other files are not looked at.

    Real dates become ISO 8601. A text cell is text, whatever it begins with. Numbers lose trailing zeros, ``TRUE`` and
    ``FALSE`` are words.

    Raises:
        Fault: where the file is not a workbook that can be read whole, or has no table.
    """
    workbook = _Workbook(Package(data))
    before = len(problems)
    found = [_Worksheet(workbook, place, path, problems).read(noted) for place in workbook.places]
    sheets = [sheet for sheet in found if sheet is not None]
    if not sheets and len(problems) == before:
        raise Fault(0, "has no sheet with cells", "Put each table on a sheet, column names in the first row")
    return sheets


@dataclass(frozen=True)
class _Place:
    """Where a worksheet is."""

    name: str
    part: str
    hidden: bool


class _Workbook:
    """What the sheets share: strings, which cell styles show dates, the date system."""

    def __init__(self, package: Package) -> None:
        self.package = package
        main = next(
            (name for kind, name in package.related("").values() if kind == "officeDocument"), "xl/workbook.xml"
        )
        related = package.related(main)
        self.since_1904 = False
        self.places: list[_Place] = []
        for element in package.elements(main, "sheet", "workbookPr"):
            if local(element) == "workbookPr":
                self.since_1904 = element.get("date1904") in _ON
                continue
            kind, part = related.get(_identifier(element), ("", ""))
            if kind == "worksheet":  # and not a chart, dialog or macro sheet
                self.places.append(_Place(element.get("name", ""), part, element.get("state", "visible") != "visible"))
        parts = {kind: part for kind, part in related.values()}
        strings = parts.get("sharedStrings")
        self._strings = [_string(item) for item in package.elements(strings, "si", needed=False)] if strings else []
        styles = parts.get("styles")
        self._styles = _styles(package, styles) if styles else []

    def style(self, number: int) -> str:
        """Return what numbers in a cell style mean: "date", "elapsed" or "" for a number."""
        return self._styles[number] if number < len(self._styles) else ""

    def text(self, raw: str, kind: str) -> str:
        """Return the text of a cell that is no number, by its type."""
        if kind == "s" and raw:
            number = int(raw) if raw.isascii() and raw.isdigit() else len(self._strings)
            if number >= len(self._strings):
                raise Fault(0, f"is damaged: a cell refers to the string {raw!r}, which is not there", DAMAGE_CURE)
            return self._strings[number]
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw, raw.upper())
        if kind == "d":  # ISO 8601 (18.18.11)
            return raw.removesuffix("T00:00:00")
        return _unescaped(raw)


@dataclass(frozen=True)
class _Area:
    """A rectangle of cells: rows from 1, columns from 0, both ends included."""

    rows: range
    columns: range

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return row in self.rows and column in self.columns


class _Worksheet:
    """One sheet on its way to a table."""

    def __init__(self, workbook: _Workbook, place: _Place, path: Path, problems: Problems) -> None:
        self._workbook = workbook
        self._place = place
        self._grid = Grid(path, f"{path.name}, sheet {place.name}", problems)
        self._arrays: list[_Area] = []  # filled by a formula in their first cell: the others show values only
        self._hidden_rows: list[str] = []
        self._hidden_columns: list[range] = []
        self._rounded: list[str] = []

    def read(self, noted: tuple[str, ...]) -> Sheet | None:
        """Return the table; None when the sheet is blank, or its header cannot be used, which is then a problem."""
        number = 0
        for element in self._workbook.package.elements(self._place.part, "col", "row", "mergeCell"):
            kind = local(element)
            if kind == "col":
                if element.get("hidden") in _ON:
                    self._hidden_columns.append(range(_whole(element.get("min")) - 1, _whole(element.get("max"))))
            elif kind == "mergeCell":
                self._merged(element.get("ref", ""))
            else:
                number = _whole(element.get("r")) or number + 1
                if not self._row(number, element):
                    return None
        return self._grid.sheet(self._place.name, (*noted, *self._assumed())) if self._grid.columns else None

    def _row(self, number: int, row: Element) -> bool:
        """Take a row; return False when the header cannot be used, so that reading must end."""
        texts: dict[int, str] = {}
        faults: list[tuple[int, str, str]] = []
        index = -1
        for cell in row:
            reference = _REFERENCE.fullmatch(cell.get("r", ""))
            index = _column(reference[1]) if reference else index + 1
            text, fault, cure = self._cell(number, index, cell)
            if text:
                texts[index] = text
            if fault:
                faults.append((index, f"{column_letters(index)}{number} {fault}", cure))
        if not texts and not faults:
            return True
        columns = self._grid.columns
        width = len(columns) or max(texts, default=0) + 1
        values = [texts.get(index, "") for index in range(width)]
        if columns:
            self._grid.row(number, values, [text for index, text in texts.items() if index >= width])
        elif not self._grid.header(1, values if number == 1 else []):
            return False
        if row.get("hidden") in _ON:
            self._hidden_rows.append(str(number))
        for index, fault, cure in faults:
            self._grid.complain(number, index, fault, cure)
        return True

    def _cell(self, number: int, index: int, cell: Element) -> tuple[str, str, str]:
        """Return a cell's text, what is wrong with it, and the cure."""
        raw = inline = ""
        formula = any(area.holds(number, index) for area in self._arrays)
        for child in cell:  # a plain loop: path expressions here would take most of the time of a sheet
            name = local(child)
            if name == "v":
                raw = child.text or ""
            elif name == "is":
                inline = _string(child)
            elif name == "f":
                formula = True
                area = _area(child.get("ref", "")) if child.get("t") in ("array", "dataTable") else None
                if area is not None and len(self._arrays) < _ARRAYS:
                    self._arrays.append(area)
        kind = cell.get("t", "n")
        if formula:
            return raw, "holds a formula", FORMULA_CURE
        if kind == "e":
            return raw, f"holds the error {raw}", "Correct it, or empty the cell"
        if kind == "n" and raw:
            return self._number(raw, _whole(cell.get("s")), f"{column_letters(index)}{number}"), "", ""
        return inline or self._workbook.text(raw, kind), "", ""

    def _number(self, raw: str, style: int, address: str) -> str:
        kind = self._workbook.style(style)
        if kind:
            return dates.day_number(raw, elapsed=kind == "elapsed", since_1904=self._workbook.since_1904)
        text = stored_number(raw)
        if is_rounded(text):
            self._rounded.append(address)
        return text

    def _merged(self, reference: str) -> None:
        area = _area(reference)
        if area is None or area.columns.start >= len(self._grid.columns):
            return
        self._grid.complain(
            area.rows.start,
            area.columns.start,
            f"{reference} are merged, and only the first of them holds a value",
            "Unmerge the cells and fill in each",
        )

    def _assumed(self) -> list[str]:
        said = []
        if self._place.hidden:
            said.append("the hidden sheet was read")
        if self._hidden_rows:
            said.append(f"hidden rows were read: {_listed(self._hidden_rows)}")
        hidden = [
            name
            for index, name in enumerate(self._grid.columns)
            if any(index in columns for columns in self._hidden_columns)
        ]
        if hidden:
            said.append(f"hidden columns were read: {', '.join(hidden)}")
        if self._rounded:
            said.append(
                f"numbers of more than 15 digits, which spreadsheet programs round, were read as stored: "
                f"{_listed(self._rounded)}"
            )
        return said


def _string(element: Element) -> str:
    """Join the runs of a string; phonetic readings (rPh) are not part of it."""
    texts = (*element.iterfind("{*}t"), *element.iterfind("{*}r/{*}t"))
    return "".join(_unescaped(one.text or "") for one in texts)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _styles(package: Package, part: str) -> list[str]:
    """Return, for each cell style in the order that cells refer to them, "date", "elapsed", or "" for a number."""
    kinds = dict.fromkeys(_BUILT_IN_DATES, "date") | {_BUILT_IN_ELAPSED: "elapsed"}
    found: list[str] = []
    for element in package.elements(part, "numFmt", "xf"):
        parent = element.getparent()
        within = local(parent) if parent is not None else ""
        if within == "numFmts":
            kinds[_whole(element.get("numFmtId"))] = _kind(element.get("formatCode", ""))
        elif within == "cellXfs":
            found.append(kinds.get(_whole(element.get("numFmtId")), ""))
    return found


def _kind(code: str) -> str:
    """Return "date", "elapsed" or "" for a number format: letters of dates that are not literal make a date."""
    bare = _LITERAL.sub("", code).partition(";")[0]
    if _ELAPSED.search(bare):
        return "elapsed"
    return "date" if _DATE_LETTERS.search(bare) else ""


def _identifier(element: Element) -> str:
    """Return the ``r:id`` of an element, in whichever namespace the file's edition puts it."""
    return next((str(value) for name, value in element.attrib.items() if str(name).endswith("}id")), "")


def _area(reference: str) -> _Area | None:
    found = _REFERENCE.fullmatch(reference)
    if found is None or found[3] is None:
        return None
    return _Area(range(int(found[2]), int(found[4]) + 1), range(_column(found[1]), _column(found[3]) + 1))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
