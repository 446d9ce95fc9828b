"""The reports of processing as blocks: chain of custody, exceptions, status, and the whole account of processing."""

from __future__ import annotations

from typing import Any

from tecum.engine.paper import Block, Heading, Paragraph, Table
from tecum.errors import ReportUnknown
from tecum.matter import Matter
from tecum.processing import balance, listing
from tecum.processing.exceptionlist import ALL, Wanted, exceptions
from tecum.processing.filing import filing
from tecum.processing.parts import PARTS, custody, equation, exception_table

_SHOWN = 400  # rows of a list on paper; the workbook has all
_ON_PAPER = ("html", "pdf", "docx")


def blocks(matter: Matter, name: str, form: str = "", wanted: Wanted = ALL) -> list[Block]:
    """Return a report: custody, exceptions, processing or status.

    ``form`` is the format it will be written in: on paper long lists are cut, and say so. ``wanted`` filters the
    report of exceptions.

    Raises:
        ReportUnknown.
    """
    with matter.read() as db:
        if name == "custody":
            body = custody(listing.custody(db))
        elif name == "exceptions":
            body = _exceptions(exceptions(db, wanted))
        elif name == "status":
            body = _status(balance.balance(db))
        elif name == "processing":
            body = list(filing(matter, db, _SHOWN if form in _ON_PAPER else 0))
        else:
            raise ReportUnknown(f"There is no report named {name}")
    title = f"Processing report: {matter.settings.name}" if name == "processing" else f"{matter.settings.name}: {name}"
    return [Heading(title), *body]


def _exceptions(rows: list[dict[str, Any]]) -> list[Block]:
    return [Paragraph(f"{len(rows):,} exceptions."), exception_table(rows)]


def _status(sums: dict[str, Any]) -> list[Block]:
    heads = ["custodian", "found", *PARTS]
    return [
        Paragraph(equation(sums)),
        Paragraph(f"{sums['documents']:,} documents = {sums['unique']:,} unique + {sums['duplicates']:,} duplicates"),
        Table(heads, [[row[head] for head in heads] for row in sums["sources"]], [4, 2, 2, 2, 2, 2]),
    ]
