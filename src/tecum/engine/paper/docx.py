"""A paper as a Word document that an office can go on editing: real styles, tables, page numbers.

The few parts of WordprocessingML that we need (ECMA-376, part 1) are written directly: the bytes stay the
same from run to run, and a log of thousands of rows is written in a second.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tecum.engine.pages.rendition import PAPER
from tecum.engine.paper.blocks import (
    Block,
    Bullets,
    Fields,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    before_signature,
    is_wide,
    numeric_columns,
    shown,
)

_PARTS = Path(__file__).with_name("word")
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MADE = "2000-01-01T00:00:00Z"  # in the properties of every file, so that equal contents are equal bytes
_TAB = '</w:t><w:tab/><w:t xml:space="preserve">'
_TWIPS = 20  # to a point
_MARGIN = 1440  # twips


def write_docx(blocks: Sequence[Block], title: str, paper: str = "us-letter") -> bytes:
    """Return the document."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            (f"{_R}/officeDocument", "word/document.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "word/document.xml": _document(blocks, paper),
        "word/_rels/document.xml.rels": _relations(
            *(
                (f"{_R}/{kind}", f"{kind}{'1' if kind == 'footer' else ''}.xml")
                for kind in ("styles", "numbering", "footer")
            )
        ),
        **{f"word/{path.name}": path.read_text(encoding="utf-8") for path in sorted(_PARTS.glob("*.xml"))},
        "docProps/core.xml": _properties(title),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _content_types() -> str:
    kinds = {
        "/word/document.xml": f"{_TYPE}.document.main+xml",
        "/word/styles.xml": f"{_TYPE}.styles+xml",
        "/word/numbering.xml": f"{_TYPE}.numbering+xml",
        "/word/footer1.xml": f"{_TYPE}.footer+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(*targets: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _properties(title: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dc:title>{_text(title)}</dc:title><dcterms:created xsi:type="dcterms:W3CDTF">{_MADE}</dcterms:created>'
        "<dc:language>en-US</dc:language></cp:coreProperties>"
    )


def _document(blocks: Sequence[Block], paper: str) -> str:
    wide = is_wide(blocks)
    width, height = (round(side * _TWIPS) for side in sorted(PAPER[paper], reverse=wide))
    body = "\n".join(
        _block(block, width - 2 * _MARGIN, keep=before_signature(blocks, place)) for place, block in enumerate(blocks)
    )
    turned = ' w:orient="landscape"' if wide else ""
    return (
        f'{_HEAD}<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>\n{body}\n<w:sectPr>'
        f'<w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar w:top="{_MARGIN}" w:right="{_MARGIN}" w:bottom="{_MARGIN}" w:left="{_MARGIN}"'
        ' w:header="720" w:footer="720" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )


def _block(block: Block, width: int, *, keep: bool = False) -> str:
    """A block; ``keep`` it on the page of what follows."""
    match block:
        case Heading(text, level):
            return _paragraph(text, f"Heading{level}")
        case Paragraph(text):
            return _paragraph(text, keep=keep)
        case Note(text):
            return _paragraph(text, "Note")
        case Bullets(items):
            return "".join(_paragraph(item, "ListBullet") for item in items)
        case Fields(pairs):
            rows = [[_paragraph(name, "Field", bold=True), _paragraph(shown(value), "Field")] for name, value in pairs]
            return _grid(rows, [round(width * 0.3), round(width * 0.7)], "TableNormal")
        case PageBreak():
            return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
        case Signature(lines):
            rules = f"{'_' * 32}\t{'_' * 16}\nSignature\tDate"
            return "".join(
                _paragraph(text, style) for text, style in ((rules, "Sign"), *((line, "Signer") for line in lines))
            )
        case Table():
            return _table(block, width)


def _table(table: Table, width: int) -> str:
    numeric = numeric_columns(table)
    head = [
        _paragraph(name, "Cell", bold=True, right=number) for name, number in zip(table.columns, numeric, strict=True)
    ]
    rows = [
        [_paragraph(shown(value), "Cell", right=number) for value, number in zip(row, numeric, strict=True)]
        for row in table.rows
    ]
    caption = _paragraph(table.title, "Caption") if table.title else ""
    sizes = [round(share * width) for share in table.shares()]
    fills = [["E8E8E8"] * len(sizes), *([table.fill(value) for value in row] for row in table.rows)]
    return caption + _grid([head, *rows], sizes, "TableGrid", fills)


def _grid(rows: Iterable[Sequence[str]], sizes: Sequence[int], style: str, fills: Sequence[Sequence[str]] = ()) -> str:
    """Return a table, with a header row when it has ``fills``, the backgrounds of its cells.

    The empty paragraph behind it keeps Word from gluing two tables together.
    """
    header = bool(fills)
    columns = "".join(f'<w:gridCol w:w="{size}"/>' for size in sizes)
    made = []
    for number, row in enumerate(rows):
        first = header and number == 0
        shades = [_shade(fill) for fill in fills[number]] if header else [""] * len(sizes)
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{size}" w:type="dxa"/>{shade}</w:tcPr>{cell}</w:tc>'
            for size, shade, cell in zip(sizes, shades, row, strict=True)
        )
        made.append(f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if first else ''}</w:trPr>{cells}</w:tr>")
    look = f'<w:tblLook w:firstRow="{int(header)}" w:lastRow="0" w:firstColumn="0" w:lastColumn="0"/>'
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(sizes)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/>{look}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
        + "\n".join(made)
        + '</w:tbl><w:p><w:pPr><w:spacing w:after="60"/></w:pPr></w:p>'
    )


def _shade(fill: str) -> str:
    return f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""


def _paragraph(text: str, style: str = "Normal", *, bold: bool = False, right: bool = False, keep: bool = False) -> str:
    look = "<w:rPr><w:b/><w:bCs/></w:rPr>" if bold else ""
    runs = "<w:br/>".join(f'<w:t xml:space="preserve">{_text(line)}</w:t>' for line in shown(text).splitlines() or [""])
    side = '<w:jc w:val="right"/>' if right else ""
    kept = "<w:keepNext/>" if keep else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{kept}{side}</w:pPr><w:r>{look}{runs}</w:r></w:p>'


def _text(value: str) -> str:
    return escape(shown(value))
