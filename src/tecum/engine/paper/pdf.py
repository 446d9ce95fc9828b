"""A paper as a tagged PDF, set by the typesetter with our fonts; the text goes in as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tecum.engine.pages.breaking import fitting_pieces
from tecum.engine.pages.compiler import compile_pdf
from tecum.engine.pages.coverage import coverage, stack
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

REPORT = Path(__file__).with_name("report.typ")
_MARGIN = 72.0  # points
_SIZE = 11.5
_CELL_SIZE, _CELL_INSET = 9.0, 4.0
_LABEL_SHARE = 0.3


def write_pdf(blocks: Sequence[Block], title: str, paper: str = "us-letter") -> bytes:
    """Return the PDF; a last note names characters that no shipped font has."""
    width, height = sorted(PAPER[paper], reverse=is_wide(blocks))
    column = width - 2 * _MARGIN
    missing = coverage("serif").missing("".join(text for block in blocks for text in _texts(block)))
    if missing:
        blocks = [*blocks, Note(f"Characters that cannot be drawn here and stand as boxes: {', '.join(missing)}")]
    data = {
        "title": shown(title), "width": width, "height": height, "margin": _MARGIN, "size": _SIZE,
        "cell": _CELL_SIZE, "inset": _CELL_INSET, "fonts": stack("serif"),
        "blocks": [
            {**_block(block, column), "sticky": before_signature(blocks, place)} for place, block in enumerate(blocks)
        ],
    }  # fmt: skip
    return compile_pdf(REPORT, data, tagged=True)


def _pieces(text: str, size: float, column: float) -> list[list[str]]:
    """Return a text's lines, each as the pieces between which it may break."""
    return [fitting_pieces(line, "serif", size, column) for line in shown(text).splitlines() or [""]]


def _block(block: Block, column: float) -> dict[str, Any]:
    match block:
        case Heading(text, level):
            return {"kind": "heading", "level": level, "text": _pieces(text, _SIZE * 1.3, column)}
        case Paragraph(text):
            return {"kind": "paragraph", "text": _pieces(text, _SIZE, column)}
        case Note(text):
            return {"kind": "note", "text": _pieces(text, _SIZE, column - 20)}
        case Bullets(items):
            return {"kind": "bullets", "items": [_pieces(item, _SIZE, column - 30) for item in items]}
        case Fields(pairs):
            label = column * _LABEL_SHARE
            pieces = [
                [_pieces(name, _SIZE, label), _pieces(shown(value), _SIZE, column - label)] for name, value in pairs
            ]
            return {"kind": "fields", "pairs": pieces, "label": label}
        case PageBreak():
            return {"kind": "break"}
        case Signature(lines):
            return {"kind": "signature", "lines": [_pieces(line, _SIZE, column) for line in lines]}
        case Table():
            return _table(block, column)


def _table(table: Table, column: float) -> dict[str, Any]:
    shares = table.shares()
    rooms = [share * column - 2 * _CELL_INSET for share in shares]
    return {
        "kind": "table",
        "title": _pieces(table.title, _SIZE, column) if table.title else None,
        "shares": shares,
        "numeric": numeric_columns(table),
        "columns": [_pieces(name, _CELL_SIZE * 1.1, room) for name, room in zip(table.columns, rooms, strict=True)],
        "fills": [[table.fill(value) for value in row] for row in table.rows],
        "rows": [
            [_pieces(shown(value), _CELL_SIZE, room) for value, room in zip(row, rooms, strict=True)]
            for row in table.rows
        ],
    }


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph() | Note():
            yield shown(block.text)
        case Bullets(texts) | Signature(texts):
            yield from map(shown, texts)
        case Fields(pairs):
            for name, value in pairs:
                yield shown(name)
                yield shown(value)
        case Table():
            yield from map(shown, (block.title, *block.columns))
            yield from (shown(value) for row in block.rows for value in row)
