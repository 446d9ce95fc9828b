"""Office documents of Word and Excel written as one XML file: of 2003, and the package of 2007 laid flat.

Follows the Office 2003 XML Reference Schemas and [MS-OFFXML] 2.4 (flat OPC).
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import io
import math
import zipfile
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import docx, numberformat, xlsxextras
from tecum.processing.readers.compound import packaged_file
from tecum.processing.readers.docxwalk import Walk
from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import emit_date, settle_alternatives
from tecum.processing.readers.zipxml import MAX_PART, Element, attribute, is_on, local, natural, parsed

_PROPERTIES: Final = {
    "Title": "title",
    "Subject": "subject",
    "Author": "author",
    "Keywords": "keywords",
    "Description": "comments",
    "LastAuthor": "last_author",
    "Revision": "revision",
    "LastPrinted": "printed",
    "Created": "created",
    "LastSaved": "modified",
    "Pages": "pages",
    "Company": "company",
    "Manager": "manager",
    "Category": "category",
}
_DATES: Final = frozenset({"created", "modified", "printed"})
_DRAWN: Final = (".png", ".jpg", ".jpeg", ".gif", ".wmz", ".emz", ".wmf", ".emf", ".tif", ".bmp", ".pcz")


def read_word(item: Input, emit: Emit) -> None:
    """Emit the body with its notes and comments in place, then headers and footers, properties and members."""
    root = settle_alternatives(_root(item, emit))
    walk = Walk(_hidden_styles(root), _number)
    body = root.find("{*}body")
    lines = list(walk.blocks(body if body is not None else root))
    for story in root.iter("{*}hdr", "{*}ftr"):
        lines += walk.blocks(story)
    _finish(root, emit, "\n".join(line for line in lines if line.strip()), sorted(walk.hidden))


def read_excel(item: Input, emit: Emit) -> None:
    """Emit the sheets in order, hidden ones too; then properties."""
    root = _root(item, emit)
    workbook = _Workbook(root)
    lines = [line for sheet in root.iterfind("{*}Worksheet") for line in workbook.sheet(sheet)]
    _finish(root, emit, "\n".join(line for line in lines if line.strip()), workbook.hidden)


def read_package(item: Input, emit: Emit) -> None:
    """Bring the parts of a flat package back into a zip and read it as the Word document it is."""
    root = _root(item, emit)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:
        for part in root.iterfind("{*}part"):
            target.writestr(attribute(part, "name").lstrip("/"), _part_bytes(part, emit))
    size = packed.tell()
    packed.seek(0)
    docx.read(dataclasses.replace(item, file=packed, size=size, kind="docx"), emit)


def _root(item: Input, emit: Emit) -> Element:
    if item.size > MAX_PART:
        raise Unreadable(ExceptionCode.LIMIT_SIZE, f"an XML document of more than {MAX_PART >> 20} MiB")
    root = parsed(item.file.read(), item.name or "the document", emit)
    if root is None:
        raise Unreadable(ExceptionCode.CORRUPT, "nothing in it can be parsed")
    return root


def _finish(root: Element, emit: Emit, text: str, hidden: list[str]) -> None:
    """Emit text, properties, what is hidden, and the files written into the document."""
    emit.text(text)
    if not text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the document holds no text")
    for element in root.iterfind("{*}DocumentProperties/*"):
        field, value = _PROPERTIES.get(local(element), ""), (element.text or "").strip()
        if field in _DATES and value:
            emit_date(emit, field, value)
        elif field and value:
            emit.field(field, value)
    custom = [f"{local(e)}: {e.text}" for e in root.iterfind("{*}CustomDocumentProperties/*") if e.text]
    if custom:
        emit.field("custom_properties", custom)
    if attribute(root, "macrosPresent") == "yes":
        hidden.append("macros")
    if hidden:
        emit.field("hidden", list(dict.fromkeys(hidden)))
    for element in root.iter("{*}binData"):
        name = attribute(element, "name").rpartition("/")[2]
        if not name.lower().endswith(_DRAWN):  # pictures are part of the page, as in every office format
            _member(name, element.text or "", emit)


def _member(name: str, text: str, emit: Emit) -> None:
    try:
        data = base64.b64decode(text)
    except (binascii.Error, ValueError) as error:
        emit.member(name, None, problem=ExceptionCode.CORRUPT, message=f"its Base64 is damaged: {error}")
        return
    inner, content = packaged_file(data) or ("", data)
    emit.member(inner or name, content)


def _part_bytes(part: Element, emit: Emit) -> bytes:
    from lxml import etree

    inner = part.find("{*}xmlData/*")
    if inner is not None:
        return bytes(etree.tostring(inner))
    try:
        return base64.b64decode(part.findtext("{*}binaryData") or "")
    except (binascii.Error, ValueError) as error:
        emit.problem(ExceptionCode.PARTIAL, f"the Base64 of {attribute(part, 'name')} is damaged: {error}")
        return b""


# Word


def _number(properties: Element | None, _style: str) -> str:
    """Return what Word wrote down as the number before a paragraph; bullets are none."""
    shown = properties.find("{*}listPr/{*}t") if properties is not None else None
    text = attribute(shown, "val") if shown is not None else ""
    return text if any(letter.isalnum() for letter in text) else ""


def _hidden_styles(root: Element) -> frozenset[str]:
    styles = root.iterfind("{*}styles/{*}style")
    return frozenset(attribute(style, "styleId") for style in styles if is_on(style.find("{*}rPr/{*}vanish")))


# Excel


class _Workbook:
    """The sheets of one workbook of 2003, and what was hidden in them."""

    def __init__(self, root: Element) -> None:
        self.hidden: list[str] = []
        self._formats = {
            attribute(style, "ID"): attribute(form, "Format")
            for style in root.iterfind("{*}Styles/{*}Style")
            if (form := style.find("{*}NumberFormat")) is not None
        }

    def sheet(self, sheet: Element) -> Iterator[str]:
        """Yield the lines of one sheet: its name, its rows with their comments, page headers and footers."""
        name, state = attribute(sheet, "Name"), sheet.findtext("{*}WorksheetOptions/{*}Visible") or ""
        if state in ("SheetHidden", "SheetVeryHidden"):
            self.hidden.append(f"hidden sheet: {name}")
            yield marked("hidden sheet" if state == "SheetHidden" else "very hidden sheet", name)
        else:
            yield name
        for table in sheet.iterfind("{*}Table"):
            veiled = list(_hidden_columns(table))
            for row in table.iterfind("{*}Row"):
                line = "\t".join(self._cells(row, veiled))
                if line and _switched_on(row, "Hidden"):
                    self.hidden.append("hidden rows")
                    line = marked("hidden row", line)
                yield line
                yield from self._comments(row)
        for part in sheet.iterfind("{*}WorksheetOptions/{*}PageSetup/*"):
            yield xlsxextras.page_header(attribute(part, "Data")) if local(part) in ("Header", "Footer") else ""

    def _cells(self, row: Element, veiled: list[range]) -> Iterator[str]:
        column = 0
        for cell in row.iterfind("{*}Cell"):
            index = natural(attribute(cell, "Index"))
            column = index if index > 0 else column + 1
            value, link = self._value(cell), attribute(cell, "HRef")
            if link and link not in value:
                value = f"{value} <{link}>".strip()
            if value and any(column in columns for columns in veiled):
                self.hidden.append("hidden columns")
                value = marked("hidden", value)
            if value:
                yield value

    def _value(self, cell: Element) -> str:
        data = cell.find("{*}Data")
        if data is None:
            return ""
        value, kind = "".join(map(str, data.itertext())), attribute(data, "Type")
        if kind == "DateTime":
            return value.removesuffix(".000").removesuffix("T00:00:00").replace("T", " ")
        if kind == "Boolean":
            return "TRUE" if value == "1" else "FALSE"
        try:
            number = float(value) if kind == "Number" else None
        except ValueError:
            number = None
        if number is None or not math.isfinite(number):
            return value
        return numberformat.shown(number, self._formats.get(attribute(cell, "StyleID"), "General"))

    def _comments(self, row: Element) -> Iterator[str]:
        for comment in row.iterfind("{*}Cell/{*}Comment"):
            text = "".join(map(str, comment.itertext()))
            if text.strip():
                self.hidden.append("comments")
                yield marked("comment", text, attribute(comment, "Author"))


def _hidden_columns(table: Element) -> Iterator[range]:
    position = 0
    for column in table.iterfind("{*}Column"):
        index = natural(attribute(column, "Index"))
        position = index if index > 0 else position + 1
        span = max(natural(attribute(column, "Span")), 0)
        if _switched_on(column, "Hidden"):
            yield range(position, position + span + 1)
        position += span


def _switched_on(element: Element, name: str) -> bool:
    return attribute(element, name) in ("1", "true")


READERS: Final = [
    Reader("word2003", "1", frozenset({"word2003"}), read_word, library="lxml"),
    Reader("excel2003", "1", frozenset({"excel2003"}), read_excel, library="lxml"),
    Reader("flatopc", "1", frozenset({"flatopc"}), read_package, library="lxml"),
]
