"""The tables and pairs of a report as CSV: UTF-8 with BOM and CR LF, as spreadsheet programs expect it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from tecum.engine.paper.blocks import Block, Cell, Fields, Table, is_number, shown
from tecum.engine.paper.formula import neutralise


def write_csv(blocks: Sequence[Block], title: str) -> bytes:
    """Return the tables, or where there is none the label and value pairs as rows of two; an empty line between two.

    Texts that would run as formulas are neutralised.

    Raises:
        ValueError: when there is neither.
    """
    tables: list[Table | Fields] = [block for block in blocks if isinstance(block, Table)]
    tables = tables or [block for block in blocks if isinstance(block, Fields)]
    if not tables:
        raise ValueError(f"{title or 'This paper'} has no table, so there is nothing to write as CSV")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        if isinstance(table, Fields):
            writer.writerows([neutralise(shown(label)), _cell(value)] for label, value in table.pairs)
            continue
        writer.writerow([neutralise(shown(column)) for column in table.columns])
        writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Cell) -> str:
    return shown(value) if is_number(value) else neutralise(shown(value))
