"""Our letters, logs and reports: one list of blocks, written as HTML, DOCX, PDF, XLSX or CSV.

The same blocks give the same bytes on every run; the dates in a paper are those that its author put there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tecum.engine.paper.blocks import (
    Block,
    Bullets,
    Cell,
    Fields,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    shown,
)
from tecum.engine.paper.csv import write_csv
from tecum.engine.paper.docx import write_docx
from tecum.engine.paper.formula import neutralise, restore
from tecum.engine.paper.html import write_html
from tecum.engine.paper.pdf import write_pdf
from tecum.engine.paper.xlsx import write_xlsx

__all__ = [
    "FORMATS", "Block", "Bullets", "Cell", "Fields", "Heading", "Note", "PageBreak", "Paragraph", "Signature",
    "Table", "neutralise", "restore", "shown", "write",
]  # fmt: skip

FORMATS = ("html", "docx", "pdf", "xlsx", "csv")


def write(blocks: Sequence[Block], path_or_format: Path | str, *, title: str = "", paper: str = "us-letter") -> bytes:
    """Return the paper in the format named, or in the one that a path's ending names.

    Args:
        blocks: what it says, in order.
        path_or_format: one of ``FORMATS``, or a path such as ``LETTER.pdf``; nothing is written there.
        title: the document's title; the first heading when left out.
        paper: ``us-letter`` or ``a4``, for PDF and DOCX.

    Raises:
        ValueError: for a format that there is not, and for CSV without a table.
    """
    kind = str(path_or_format).lower().rpartition(".")[2]
    title = title or next((block.text for block in blocks if isinstance(block, Heading)), "Document")
    writers: dict[str, Callable[[], bytes]] = {
        "html": lambda: write_html(blocks, title),
        "docx": lambda: write_docx(blocks, title, paper),
        "pdf": lambda: write_pdf(blocks, title, paper),
        "xlsx": lambda: write_xlsx(blocks, title),
        "csv": lambda: write_csv(blocks, title),
    }
    if kind not in writers:
        raise ValueError(f"No paper format {kind!r}: choose one of {', '.join(FORMATS)}")
    return writers[kind]()
