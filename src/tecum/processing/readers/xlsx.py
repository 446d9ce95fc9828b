"""Excel workbooks (xlsx, xlsm): every sheet, hidden ones too, row by row so that memory stays flat."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import numberformat
from tecum.processing.readers.ooxml import Package, drawing_paragraphs
from tecum.processing.readers.zipxml import Element, attribute, local, natural

_SHEET_PARTS: Final = (
    "row",
    "col",
    "hyperlink",
    "oddHeader",
    "oddFooter",
    "evenHeader",
    "evenFooter",
    "firstHeader",
    "firstFooter",
)
_HEADER_CODE: Final = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|\d+|[LCRPNDTGFAZBIUSEXYOH+-])')
_MIRROR: Final = "[Threaded comment]"  # Excel's stand-in for a threaded comment in the older part
_ROWS_AT_ONCE: Final = 500


def read(item: Input, emit: Emit) -> None:
    """Emit the sheets in workbook order, then properties, what is hidden, and embedded files."""
    workbook = _Workbook(Package(item, emit, "xl/workbook.xml"))
    for name, state, part in workbook.sheets:
        if state in ("hidden", "veryHidden"):
            workbook.hidden.append(f"hidden sheet: {name}")
        emit.text(f"{name}\n")
        _Sheet(workbook, part).read(emit)
        emit.text("\n")
    workbook.pivot_caches()
    if not workbook.has_text:
        pictures = workbook.package.pictures()
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the sheets hold no text ({pictures} pictures)")
    workbook.package.properties()
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
        root = package.main(main)
        targets = {relation.id: relation.target for relation in package.relations(main)}
        self.sheets = [
            (sheet.get("name", ""), sheet.get("state", ""), targets.get(attribute(sheet, "id"), ""))
            for sheet in root.iterfind("{*}sheets/{*}sheet")
        ]
        properties = root.find("{*}workbookPr")
        self.since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.strings = [
            _rich_text(item)
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
                return _rich_text(child)
        if not raw:
            return f"={formula}" if formula else ""  # never calculated: the formula is all there is
        kind = cell.get("t", "n")
        if kind == "s":
            number = natural(raw)
            return self.strings[number] if 0 <= number < len(self.strings) else raw
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        return self._number(raw, cell.get("s", "")) if kind == "n" else raw

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

    def pivot_caches(self) -> None:
        """Emit the words that a pivot table remembers and no cell shows, as after its source was deleted."""
        known = set(self.strings)
        for part in self.package.related(self.package.main_part, "pivotCacheDefinition"):
            words = [attribute(item, "v") for item in self.package.stream(part, ("s",))]
            unseen = [word for word in dict.fromkeys(words) if word.strip() and word not in known]
            if unseen:
                self.hidden.append("pivot cache")
                self.package.emit.text("\n".join(unseen) + "\n")


class _Sheet:
    """One sheet, read in a single pass over its part."""

    def __init__(self, workbook: _Workbook, part: str) -> None:
        self._workbook = workbook
        self._package = workbook.package
        self._part = part
        self._hidden_columns: list[range] = []
        self._asides: list[str] = []  # headers, footers, link targets

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
            else:
                self._asides.append(_HEADER_CODE.sub(" ", element.text or "").strip())
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
            value = self._workbook.value(cell)
            if value:
                values.append(value)
                if self._hidden_columns:
                    column = _column_number(cell.get("r", "")) or position + 1
                    if any(column in columns for columns in self._hidden_columns):
                        self._workbook.hidden.append("hidden columns")
        if values and row.get("hidden") in ("1", "true"):
            self._workbook.hidden.append("hidden rows")
        return "\t".join(values)

    def _column(self, column: Element) -> None:
        first, last = natural(column.get("min", "")), natural(column.get("max", ""))
        if column.get("hidden") in ("1", "true") and first > 0:
            self._hidden_columns.append(range(first, last + 1))

    def _comments(self) -> Iterator[str]:
        found = [(author, text) for author, text in (*self._threads(), *self._notes()) if text.strip()]
        if found:
            self._workbook.hidden.append("comments")
        for author, text in found:
            yield f"[comment by {author}: {text}]"

    def _threads(self) -> Iterator[tuple[str, str]]:
        for part in self._package.related(self._part, "threadedComment"):
            for comment in self._package.stream(part, ("threadedComment",)):
                author = self._workbook.authors.get(attribute(comment, "personId"), "")
                yield author, comment.findtext("{*}text") or ""

    def _notes(self) -> Iterator[tuple[str, str]]:
        for part in self._package.related(self._part, "comments"):
            root = self._package.tree(part)
            if root is None:
                continue
            authors = [author.text or "" for author in root.iterfind("{*}authors/{*}author")]
            for comment in root.iterfind("{*}commentList/{*}comment"):
                text = " ".join(map(_rich_text, comment.iterfind("{*}text")))
                number = natural(comment.get("authorId", ""))
                if not text.startswith(_MIRROR):
                    yield authors[number] if 0 <= number < len(authors) else "", text

    def _drawings(self) -> Iterator[str]:
        for part in self._package.related(self._part, "drawing"):
            root = self._package.story(part)
            if root is not None:
                yield from drawing_paragraphs(root)
            yield self._package.drawn_text(part)


def _rich_text(element: Element) -> str:
    """Join the runs of a string; phonetic readings (rPh) are not part of it."""
    plain = element.findtext("{*}t") or ""
    return plain + "".join(run.text or "" for run in element.iterfind("{*}r/{*}t"))


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


READER: Final = Reader("xlsx", "1", frozenset({"xlsx"}), read, library="lxml")
