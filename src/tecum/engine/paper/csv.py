"""The tables of a report as CSV: UTF-8 with BOM and CR LF, as spreadsheet programs expect it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from tecum.engine.paper.blocks import Block, Cell, Table, is_number, shown
from tecum.engine.paper.formula import neutralise


def write_csv(blocks: Sequence[Block], title: str) -> bytes:
    """Return the tables, an empty line between two; texts that would run as formulas are neutralised.

    Raises:
        ValueError: when there is no table.
    """
    tables = [block for block in blocks if isinstance(block, Table)]
    if not tables:
        raise ValueError(f"{title or 'This paper'} has no table, so there is nothing to write as CSV")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        writer.writerow([neutralise(shown(column)) for column in table.columns])
        writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Cell) -> str:
    return shown(value) if is_number(value) else neutralise(shown(value))
