"""Excel workbooks (xlsx, xlsm): every sheet, hidden ones too, row by row so that memory stays flat.

The text is what the cells show: the cached values through their number formats. A formula is text only where it was
never calculated. What a sheet hides stands in marks (``tecum.processing.readers.marks``); what the workbook carries
beside its sheets follows them (``tecum.processing.readers.xlsxextras``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import numberformat, sheetgrid, xlsxextras
from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.zipxml import Element, attribute, local, natural

_SHEET_PARTS: Final = (
    "row", "col", "hyperlink", "dataValidation", "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader",
    "firstFooter",
)  # fmt: skip
_NO_DISPLAY: Final = re.compile(r";+")  # the number format that shows nothing of a cell
_ROWS_AT_ONCE: Final = 500
_ON: Final = ("1", "true")


def read(item: Input, emit: Emit) -> None:
    """Emit the sheets in workbook order, what stands beside them, then properties, what is hidden, and members."""
    workbook = _Workbook(Package(item, emit, "xl/workbook.xml"))
    for name, state, part in workbook.sheets:
        emit.text(f"{sheetgrid.heading(name, state, workbook.hidden)}\n")
        _Sheet(workbook, part).read(emit)
        emit.text("\n")
    for line in xlsxextras.beside(workbook.package, workbook.root, workbook.strings, workbook.hidden):
        workbook.has_text = True
        emit.text(f"{line}\n")
    if not workbook.has_text:
        pictures = workbook.package.pictures()
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the sheets hold no text ({pictures} pictures)")
    workbook.package.properties()
    workbook.hidden += workbook.package.carried(xlsxextras.connections(workbook.package))
    if workbook.hidden:
        emit.field("hidden", list(dict.fromkeys(workbook.hidden)))
    workbook.package.embedded()


class _Workbook:
    """What the sheets share: strings, number formats, the date system."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.hidden: list[str] = []
        self.has_text = False
        main = package.main_part
        self.root = root = package.main(main)
        targets = {relation.id: relation.target for relation in package.relations(main)}
        self.sheets = [
            (sheet.get("name", ""), sheet.get("state", ""), targets.get(attribute(sheet, "id"), ""))
            for sheet in root.iterfind("{*}sheets/{*}sheet")
        ]
        properties = root.find("{*}workbookPr")
        self.since_1904 = properties is not None and properties.get("date1904") in _ON
        self.strings = [
            xlsxextras.rich_text(item)
            for part in package.related(main, "sharedStrings")
            for item in package.stream(part, ("si",))
        ]
        self.formats: list[str] = []
        for part in package.related(main, "styles"):
            self.formats = _formats(package.tree(part))
        self.authors = {
            attribute(person, "id"): attribute(person, "displayName")
            for part in package.related(main, "person")
            for person in package.stream(part, ("person",))
        }

    def value(self, cell: Element) -> str:
        """Return a cell as shown: its cached value through its number format."""
        raw = formula = ""
        for child in cell:  # a plain loop: path expressions here would take most of the time of a sheet
            name = local(child)
            if name == "v":
                raw = child.text or ""
            elif name == "f":
                formula = child.text or ""
            elif name == "is":
                return xlsxextras.rich_text(child)
        if not raw:
            return f"={formula}" if formula else ""  # never calculated: the formula is all there is
        kind = cell.get("t", "n")
        if kind == "s":
            number = natural(raw)
            return self.strings[number] if 0 <= number < len(self.strings) else raw
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        return self._number(raw, cell.get("s", "")) if kind in ("n", "d") else raw

    def displays(self, cell: Element) -> bool:
        """Tell whether a cell's number format shows anything at all."""
        index = natural(cell.get("s", "0"))
        return not (0 <= index < len(self.formats) and _NO_DISPLAY.fullmatch(self.formats[index]))

    def _number(self, raw: str, style: str) -> str:
        try:
            number = float(raw)
        except ValueError:
            return raw
        if not math.isfinite(number):
            return raw
        index = natural(style or "0")
        code = self.formats[index] if 0 <= index < len(self.formats) else "General"
        return numberformat.shown(number, code, since_1904=self.since_1904)


class _Sheet:
    """One sheet, read in a single pass over its part."""

    def __init__(self, workbook: _Workbook, part: str) -> None:
        self._workbook = workbook
        self._package = workbook.package
        self._part = part
        self._hidden_columns: list[range] = []
        self._asides: list[str] = []  # headers, footers, link targets, prompts
        self._blank_formats = any(_NO_DISPLAY.fullmatch(code) for code in workbook.formats)

    def read(self, emit: Emit) -> None:
        if self._package.find(self._part) is None:
            emit.problem(ExceptionCode.PARTIAL, f"the sheet part {self._part or '?'} is missing")
        links = self._package.links(self._part)
        lines: list[str] = []
        for element in self._package.stream(self._part, _SHEET_PARTS):
            kind = local(element)
            if kind == "row":
                lines.append(self._row(element))
            elif kind == "col":
                self._column(element)
            elif kind == "hyperlink":
                self._asides.append(links.get(attribute(element, "id"), "").removeprefix("mailto:"))
                self._asides.append(element.get("tooltip", ""))
            elif kind == "dataValidation":
                self._asides += [element.get(key, "") for key in ("promptTitle", "prompt", "errorTitle", "error")]
            else:
                self._asides.append(xlsxextras.page_header(element.text or ""))
            if len(lines) >= _ROWS_AT_ONCE:
                self._send(emit, lines)
        self._send(emit, [*lines, *dict.fromkeys(self._asides), *self._comments(), *self._drawings()])

    def _send(self, emit: Emit, lines: list[str]) -> None:
        text = "\n".join(line for line in lines if line.strip())
        if text:
            self._workbook.has_text = True
            emit.text(text + "\n")
        lines.clear()

    def _row(self, row: Element) -> str:
        values = []
        for position, cell in enumerate(row):
            if not len(cell):  # only a style, which most cells of a formatted sheet are
                continue
            value = self._workbook.value(cell)
            if value:
                if self._hidden_columns or self._blank_formats:
                    value = self._veiled(cell, position, value)
                values.append(value)
        line = "\t".join(values)
        if line and (row.get("hidden") in _ON or row.get("ht") == "0"):
            self._workbook.hidden.append("hidden rows")
            return marked("hidden row", line)
        return line

    def _veiled(self, cell: Element, position: int, value: str) -> str:
        """Return the value, in a mark where its column or its number format keeps it from being seen."""
        column = _column_number(cell.get("r", "")) or position + 1
        if any(column in columns for columns in self._hidden_columns):
            self._workbook.hidden.append("hidden columns")
        elif not self._workbook.displays(cell):
            self._workbook.hidden.append("hidden cells")
        else:
            return value
        return marked("hidden", value)

    def _column(self, column: Element) -> None:
        first, last = natural(column.get("min", "")), natural(column.get("max", ""))
        if (column.get("hidden") in _ON or column.get("width") == "0") and first > 0:
            self._hidden_columns.append(range(first, last + 1))

    def _comments(self) -> Iterator[str]:
        lines = xlsxextras.comments(self._package, self._part, self._workbook.authors)
        if lines:
            self._workbook.hidden.append("comments")
        return iter(lines)

    def _drawings(self) -> Iterator[str]:
        for part in self._package.related(self._part, "drawing"):
            yield from xlsxextras.drawing(self._package, part)
        for part in self._package.related(self._part, "vmlDrawing"):
            yield from xlsxextras.old_drawing(self._package, part)


def _formats(root: Element | None) -> list[str]:
    """Return the number format code of every cell style, in the order that cells refer to them."""
    if root is None:
        return []
    codes = dict(numberformat.BUILT_IN)
    for own in root.iterfind("{*}numFmts/{*}numFmt"):
        codes[natural(own.get("numFmtId", ""))] = own.get("formatCode", "")
    ids = [natural(style.get("numFmtId", "0")) for style in root.iterfind("{*}cellXfs/{*}xf")]
    return [codes.get(number, "General") for number in ids]


def _column_number(reference: str) -> int:
    """Return 27 for "AA5"; 0 where the cell does not say."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    return number


READER: Final = Reader("xlsx", "2", frozenset({"xlsx"}), read, library="lxml")
