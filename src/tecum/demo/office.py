"""Write small office files and zip archives whose bytes do not depend on the machine.

Everything is stored, not compressed, because compressors differ between builds; zip times are given.
Formats: ECMA-376 (Office Open XML), APPNOTE.TXT (zip), RTF 1.9.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAW = "http://schemas.openxmlformats.org/drawingml/2006/main"


@dataclass(frozen=True)
class Properties:
    """What an office file says of itself."""

    title: str
    author: str
    when: dt.datetime  # aware
    description: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of cell texts; a hidden sheet or hidden columns (from 1) are written as such."""

    name: str
    rows: Sequence[Sequence[str]]
    hidden: bool = False
    hidden_columns: tuple[int, ...] = ()


def archive(members: Sequence[tuple[str, bytes, dt.datetime]]) -> bytes:
    """Return a zip of (name, bytes, time), stored."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as target:
        for name, data, when in members:
            info = zipfile.ZipInfo(name, when.timetuple()[:6])
            info.create_system = 0
            info.external_attr = 0x20
            target.writestr(info, data)
    return file.getvalue()


def docx(paragraphs: Sequence[str], about: Properties, *, deleted: str = "") -> bytes:
    """Return a document; a paragraph that starts with ``# `` is a heading, ``deleted`` a tracked deletion."""
    body = "".join(_paragraph(one) for one in paragraphs)
    if deleted:
        when = _utc(about.when)
        body += (
            f'<w:p><w:del w:id="1" w:author="{escape(about.author)}" w:date="{when}"><w:r>'
            f'<w:delText xml:space="preserve">{escape(deleted)}</w:delText></w:r></w:del></w:p>'
        )
    document = f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>{body}<w:sectPr/></w:body></w:document>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _package("word/document.xml", kind, about, [("word/document.xml", document, kind)])


def _paragraph(text: str) -> str:
    heading = text.startswith("# ")
    style = '<w:rPr><w:b/><w:sz w:val="28"/></w:rPr>' if heading else ""
    words = escape(text.removeprefix("# "))
    return f'<w:p><w:r>{style}<w:t xml:space="preserve">{words}</w:t></w:r></w:p>'


def xlsx(sheets: Sequence[Sheet], about: Properties, *, date1904: bool = False) -> bytes:
    """Return a workbook of inline strings; a cell that is a number is written as one."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    part = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    listed = "".join(
        f'<sheet name="{escape(one.name)}" sheetId="{i}" '
        f'state="{"hidden" if one.hidden else "visible"}" r:id="rId{i}"/>'
        for i, one in enumerate(sheets, 1)
    )
    flag = '<workbookPr date1904="1"/>' if date1904 else ""
    named = f'xmlns="{_SHEET}" xmlns:r="{_OFFICE}/relationships"'
    book = f"{_HEAD}<workbook {named}>{flag}<sheets>{listed}</sheets></workbook>"
    links = _links([(f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)])
    parts = [("xl/workbook.xml", book, main), ("xl/_rels/workbook.xml.rels", links, "")]
    parts += [(f"xl/worksheets/sheet{i}.xml", _worksheet(one), part) for i, one in enumerate(sheets, 1)]
    return _package("xl/workbook.xml", main, about, parts)


def _worksheet(sheet: Sheet) -> str:
    hidden = "".join(f'<col min="{n}" max="{n}" width="12" hidden="1"/>' for n in sheet.hidden_columns)
    columns = f"<cols>{hidden}</cols>" if hidden else ""
    rows = ""
    for number, row in enumerate(sheet.rows, 1):
        cells = "".join(_cell(f"{chr(65 + column)}{number}", value) for column, value in enumerate(row))
        rows += f'<row r="{number}">{cells}</row>'
    return f'{_HEAD}<worksheet xmlns="{_SHEET}">{columns}<sheetData>{rows}</sheetData></worksheet>'


def _cell(place: str, value: str) -> str:
    if value.isascii() and value.isdigit() and len(value) < 10:
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def pptx(slides: Sequence[Sequence[str]], about: Properties) -> bytes:
    """Return a presentation; each slide is its lines, the first one its title."""
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    part = "application/vnd.openxmlformats-officedocument.presentationml.slide+xml"
    listed = "".join(f'<p:sldId id="{255 + i}" r:id="rId{i}"/>' for i in range(1, len(slides) + 1))
    deck = (
        f'{_HEAD}<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{_OFFICE}/relationships">'
        f'<p:sldIdLst>{listed}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
        '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
    )
    links = _links([(f"rId{i}", "slide", f"slides/slide{i}.xml") for i in range(1, len(slides) + 1)])
    parts = [("ppt/presentation.xml", deck, main), ("ppt/_rels/presentation.xml.rels", links, "")]
    parts += [(f"ppt/slides/slide{i}.xml", _slide(lines), part) for i, lines in enumerate(slides, 1)]
    return _package("ppt/presentation.xml", main, about, parts)


def _slide(lines: Sequence[str]) -> str:
    shapes = ""
    for number, group in enumerate((lines[:1], lines[1:]), 2):
        top, tall = (457200, 1143000) if number == 2 else (1828800, 4343400)
        words = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in group) or "<a:p/>"
        shapes += (
            f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="Text {number}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>'
            f'<p:spPr><a:xfrm><a:off x="457200" y="{top}"/><a:ext cx="8229600" cy="{tall}"/></a:xfrm>'
            f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr/>{words}</p:txBody></p:sp>'
        )
    return (
        f'{_HEAD}<p:sld xmlns:p="{_SLIDE}" xmlns:a="{_DRAW}"><p:cSld><p:spTree><p:nvGrpSpPr>'
        '<p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        f"<p:grpSpPr/>{shapes}</p:spTree></p:cSld></p:sld>"
    )


def rtf(paragraphs: Sequence[str]) -> bytes:
    """Return the paragraphs as RTF; what cp1252 lacks is written as a Unicode escape."""
    words = "\\par\n".join("".join(_rtf_character(c) for c in one.removeprefix("# ")) for one in paragraphs)
    return (
        "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\f0\\fs22\n" + words + "\\par\n}\n"
    ).encode("ascii")


def _rtf_character(c: str) -> str:
    if c in "\\{}":
        return "\\" + c
    return c if c.isascii() else f"\\u{ord(c)}?"


def _package(first: str, kind: str, about: Properties, parts: list[tuple[str, str, str]]) -> bytes:
    """Return an Open Packaging zip; parts are (name, text, content type or "" for relationships)."""
    types = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, _, kind in parts if kind)
    content = (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        f"{types}</Types>"
    )
    links = (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/relationships/officeDocument" Target="{first}"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>"
    )
    members = [("[Content_Types].xml", content), ("_rels/.rels", links), ("docProps/core.xml", _core(about))]
    members += [(name, text) for name, text, _ in parts]
    epoch = dt.datetime(1980, 1, 1)
    return archive([(name, text.encode(), epoch) for name, text in members])


def _core(about: Properties) -> str:
    when = _utc(about.when)
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(about.title)}</dc:title><dc:creator>{escape(about.author)}</dc:creator>"
        f"<dc:description>{escape(about.description)}</dc:description>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified></cp:coreProperties>'
    )


def _links(links: Sequence[tuple[str, str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for key, kind, target in links
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _utc(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
