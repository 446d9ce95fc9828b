"""The documents of a volume in compact columns: numbers as integers, so that a million rows stay small."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tecum.bates import Bates, parse
from tecum.errors import BatesInvalid
from tecum.loadfile.dialect import shorten
from tecum.receipt.report import CheckResult
from tecum.receipt.rows import Record

Codes = NDArray[np.int64]

SERIES_BIT = 40  # a code is series << 40 | number; 0 is blank; others are negative (interned text)
_LARGEST = 1 << SERIES_BIT


class Numbers:
    """Gives every number a 64-bit code: order and distance hold within a series, equality everywhere."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, int], int] = {}
        self._texts: dict[str, int] = {}
        self._names: list[tuple[str, int]] = [("", 0)]
        self._odd: list[str] = [""]

    def code(self, text: str) -> int:
        """Return the code of a number as written; 0 for a blank one."""
        text = text.strip()
        if not text:
            return 0
        number = parsed(text)
        if number is None or number.suffix or number.number >= _LARGEST or str(number) != text:
            if text not in self._texts:
                self._texts[text] = -len(self._odd)
                self._odd.append(text)
            return self._texts[text]
        if number.series not in self._series:
            self._series[number.series] = len(self._names)
            self._names.append(number.series)
        return self._series[number.series] << SERIES_BIT | number.number

    def text(self, code: int) -> str:
        """Return the number that a code stands for."""
        code = int(code)
        if code <= 0:
            return self._odd[-code]
        prefix, width = self._names[code >> SERIES_BIT]
        return f"{prefix}{code & (_LARGEST - 1):0{width}d}"

    def series(self, code: int) -> tuple[str, int]:
        """Return prefix and width of a positive code."""
        return self._names[int(code) >> SERIES_BIT]


def parsed(text: str) -> Bates | None:
    """Return a foreign number, or None when there is none in the text."""
    try:
        return parse(text)
    except BatesInvalid:
        return None


_COLUMNS = ("begin", "end", "beg_attach", "end_attach", "parent", "pages", "span", "volume")


class Documents:
    """Column by column what the rules across rows need; a number is a code of :class:`Numbers`.

    ``keys`` are the fields that some load file has a column for. The columns may be read at any time; they
    are copied once for each length.
    """

    def __init__(self) -> None:
        self.numbers = Numbers()
        self.keys: set[str] = set()
        self._columns = {name: array("q") for name in _COLUMNS}
        self._copies: dict[str, Codes] = {}
        self._owners, self._children = array("q"), array("q")
        self._sorted: tuple[Codes, Codes] | None = None
        self._last_series = 0

    def __len__(self) -> int:
        return len(self._columns["begin"])

    @property
    def begin(self) -> Codes:
        """Begin numbers."""
        return self._column("begin")

    @property
    def end(self) -> Codes:
        """End numbers, as stated."""
        return self._column("end")

    @property
    def beg_attach(self) -> Codes:
        """First numbers of the family ranges."""
        return self._column("beg_attach")

    @property
    def end_attach(self) -> Codes:
        """Last numbers of the family ranges."""
        return self._column("end_attach")

    @property
    def parent(self) -> Codes:
        """Begin numbers of the parents."""
        return self._column("parent")

    @property
    def pages(self) -> Codes:
        """Page counts, -1 when unknown."""
        return self._column("pages")

    @property
    def span(self) -> Codes:
        """Pages by begin and end number, 0 when that cannot be told."""
        return self._column("span")

    @property
    def volume(self) -> Codes:
        """The volume that the row names, else the load file's place from 1."""
        return self._column("volume")

    def _column(self, name: str) -> Codes:
        copy = self._copies.get(name)
        if copy is None or len(copy) != len(self):
            copy = np.frombuffer(self._columns[name].tobytes(), dtype=np.int64)
            self._copies[name] = copy
        return copy

    def text(self, code: int) -> str:
        """Return the number that a code stands for."""
        return self.numbers.text(code)

    def add(self, record: Record, source: int, report: CheckResult) -> None:
        """Take a row in, and report what its own numbers say against each other (B04, B05, C01)."""
        code = self.numbers.code
        begin = code(record.get("BEGBATES"))
        if record.broken:  # its columns may have shifted: only a number that fits the row before is taken
            fits = begin > 0 and begin >> SERIES_BIT == self._last_series
            self._append(begin if fits else 0, volume=source + 1)
            return
        self._last_series = max(begin, 0) >> SERIES_BIT
        span = _own_range(record, report)
        pages = _count(record.get("PGCOUNT"))
        if pages is None:
            seen = shorten(record.get("PGCOUNT"))
            bates = shorten(record.get("BEGBATES"))
            report.add("C01", "The page count is not a number.", bates=bates, field="PGCOUNT", evidence=seen)
        self._append(
            begin,
            end=code(record.get("ENDBATES")),
            beg_attach=code(record.get("BEGATTACH")),
            end_attach=code(record.get("ENDATTACH")),
            parent=code(record.get("PARENT_BATES")),
            pages=-1 if pages is None else pages,
            span=span,
            volume=code(record.get("PRODVOL")) or source + 1,
        )
        for child in record.get("CHILD_BATES").split(";"):
            if child.strip():
                self._owners.append(len(self) - 1)
                self._children.append(code(child))

    def add_pages(self, first: str, last: str, pages: int) -> None:
        """Take in a document that only an image load file names."""
        code = self.numbers.code
        self._append(code(first), end=code(last), pages=pages, span=_span(parsed(first), parsed(last)) or 0)

    def _append(self, begin: int, *, pages: int = -1, **others: int) -> None:
        for name, column in self._columns.items():
            column.append(begin if name == "begin" else pages if name == "pages" else others.get(name, 0))

    def find(self, code: int) -> int:
        """Return the first row that begins with this number, or -1."""
        if self._sorted is None or len(self._sorted[0]) != len(self):
            order = np.argsort(self.begin, kind="stable")
            self._sorted = order, self.begin[order]
        order, begins = self._sorted
        place = int(np.searchsorted(begins, code))
        return int(order[place]) if code and place < len(begins) and begins[place] == code else -1

    def child_pairs(self) -> Iterator[tuple[int, int]]:
        """Yield (row of the parent, code of the child) as CHILD_BATES lists them."""
        return zip(self._owners, self._children, strict=True)


def _own_range(record: Record, report: CheckResult) -> int:
    """Report a begin or end number that is wrong in itself (B04, B05); return the span, 0 when unknown."""
    bates = record.get("BEGBATES")
    first, last = parsed(bates), parsed(record.get("ENDBATES"))
    shown, seen = shorten(bates), shorten(record.get("ENDBATES"))
    if first is None:
        said = "The begin number has no digits." if bates else "The begin number is empty."
        report.add("B04", said, bates=shown, field="BEGBATES", evidence=f"line {record.line}")
    span = _span(first, last)
    if first and last and span is None:
        said = "The end number is not of the begin number's series."
        report.add("B04", said, bates=shown, field="ENDBATES", evidence=seen)
    elif span is not None and span < 1:
        said = "The end number is lower than the begin number."
        report.add("B05", said, bates=shown, field="ENDBATES", evidence=seen)
    return span or 0


def _count(text: str) -> int | None:
    """Return a page count, -1 for a blank one, None when it is not a number."""
    if not text:
        return -1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _span(first: Bates | None, last: Bates | None) -> int | None:
    """Return how many pages a range has, None when that cannot be told."""
    if first is None or last is None or first.series != last.series:
        return None
    if first.page is not None and last.page is not None and first.number == last.number:
        return last.page - first.page + 1
    return last.number - first.number + 1 if first.suffix == last.suffix else None
