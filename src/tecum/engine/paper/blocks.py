"""What our letters, logs and reports are made of: a list of blocks, the same for every output format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from tecum.engine.pages.breaking import printable

_NOT_XML = {0x0B: "\n", 0x0C: "\n", 0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}  # Unicode, but not XML
_LINE = 100  # characters of a table's type that a line holds, roughly

WIDE = 7  # columns from which a paper lies on its side
# Backgrounds on which black type has a contrast of more than 14 to 1 (WCAG 2.2 asks for 4.5).
TONES = {"good": "DDEFD5", "watch": "FFF0C2", "bad": "F8D9D6", "rest": "E6E6E6"}

Cell = str | int | float | bool | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Heading:
    """A heading; ``level`` 1 to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; line breaks in it are kept."""

    text: str


@dataclass(frozen=True)
class Fields:
    """Label and value pairs, such as the head of a letter."""

    pairs: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class Table:
    """Rows under column titles.

    ``widths`` are the columns' shares of the line, in any unit; left out, they follow the contents.
    ``title`` names the table; in a workbook it names the sheet. ``tones`` colours cells by what they say (one of
    ``TONES``); a colour only repeats the words, for whoever cannot see it.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[float] = ()
    title: str = ""
    tones: Mapping[str, str] = field(default_factory=dict)

    def fill(self, value: Cell) -> str:
        """The background of a cell as RRGGBB, "" for none."""
        return TONES.get(self.tones.get(shown(value), ""), "")

    def shares(self) -> list[float]:
        """Return each column's share of the line; the sum is 1.

        Each column first gets room for its longest word, then what is left goes where the text is long.
        """
        if self.widths:
            return [width / sum(self.widths) for width in self.widths]
        least, wanted = [], []
        for place, column in enumerate(self.columns):
            texts = [column, *(shown(row[place]) for row in self.rows[:500])]
            words = [word for text in texts for word in text.split()]
            least.append(3.0 + min(16, max(map(len, words), default=1)))
            wanted.append(float(min(60, max(map(len, texts)))))
        spare = max(0.0, _LINE - sum(least))
        full = [low + spare * want / (sum(wanted) or 1) for low, want in zip(least, wanted, strict=True)]
        return [width / sum(full) for width in full]


@dataclass(frozen=True)
class Bullets:
    """A list of points."""

    items: Sequence[str]


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a new page."""


@dataclass(frozen=True)
class Signature:
    """A place to sign: rules for signature and date, and below them who signs, a line each."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Note:
    """A remark in smaller type, set apart."""

    text: str


Block = Heading | Paragraph | Fields | Table | Bullets | PageBreak | Signature | Note


def shown(value: Cell) -> str:
    """Return a value as it is read on paper: ISO dates, yes and no, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return printable(str(value))[0].translate(_NOT_XML)


def is_number(value: Cell) -> TypeGuard[int | float]:
    """Tell whether a value is to stand right-aligned."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def numeric_columns(table: Table) -> list[bool]:
    """Tell for each column whether all that stands in it are numbers."""
    found = []
    for place in range(len(table.columns)):
        values = [row[place] for row in table.rows if row[place] is not None]
        found.append(bool(values) and all(is_number(value) for value in values))
    return found


def before_signature(blocks: Sequence[Block], place: int) -> bool:
    """Tell whether the block at ``place`` must stay on the page of the signature behind it."""
    return place + 1 < len(blocks) and isinstance(blocks[place + 1], Signature)


def is_wide(blocks: Sequence[Block]) -> bool:
    """Tell whether a table needs the paper's long side."""
    return any(isinstance(block, Table) and len(block.columns) >= WIDE for block in blocks)
