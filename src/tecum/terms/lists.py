"""Lists of terms as they come: one a line, or a table with columns for name, term, request and dialect."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tecum import query as language
from tecum.engine import sheets
from tecum.errors import TableInvalid, TermsInvalid

DTSEARCH: Final = "dtsearch"
DIALECTS: Final = (DTSEARCH, "nuix", "lucene")
_NAMES: Final = ("name", "label")
_TERMS: Final = ("term", "query", "terms")
_WORKBOOK: Final = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class Term:
    """One row of a list of terms; ``request`` and ``name`` are "" when the list names none.

    ``row`` is the line of a text, or the row below the header of a table, from 1.
    """

    row: int
    query: str
    request: str = ""
    name: str = ""
    dialect: str = DTSEARCH

    def parsed(self) -> language.Parsed:
        """The term as its dialect reads it."""
        return language.parse(self.query, self.dialect)


def read_terms(path: Path, dialect: str = DTSEARCH) -> list[Term]:
    """Read a list of terms.

    A text holds one term a line; empty lines and those that begin with ``#`` are passed over. A CSV or workbook has
    a column ``term`` (or ``query``) and perhaps ``name`` (or ``label``), ``request`` and ``dialect``; of a workbook the
    first sheet with such a column is read. ``dialect`` is that of rows that name none.

    Raises:
        TermsInvalid: when it is none of these, or a row names a dialect that does not exist.
    """
    if path.suffix.lower() in _WORKBOOK:
        return _of_workbook(path, dialect)
    text = _text(path)
    if path.suffix.lower() != ".csv":
        lines = [line.strip() for line in text.splitlines()]
        return [Term(n, line, dialect=dialect) for n, line in enumerate(lines, 1) if line and not line.startswith("#")]
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    named = {name.strip().casefold(): name for name in rows.fieldnames or ()}
    return _terms(path, named, enumerate(rows, 1), dialect)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise TermsInvalid(f"{path} cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError as error:
        raise TermsInvalid(f"{path} is not UTF-8 text", path=path, line=data.count(b"\n", 0, error.start) + 1) from None


def _of_workbook(path: Path, dialect: str) -> list[Term]:
    if not path.is_file():
        raise TermsInvalid(f"{path} cannot be read: there is no such file", path=path)
    try:
        found = sheets.read(path)
    except TableInvalid as error:
        raise TermsInvalid(error.message, path=path, line=error.line) from None
    for sheet in found:
        if any(name in sheet.columns for name in _TERMS):
            rows = ((row.number - 1, row.values) for row in sheet.rows)
            return _terms(path, {name: name for name in sheet.columns}, rows, dialect)
    raise TermsInvalid("there is no sheet with a column named term", path=path, line=1)


def _terms(
    path: Path, named: Mapping[str, str], rows: Iterable[tuple[int, Mapping[str, str | None]]], dialect: str
) -> list[Term]:
    """The terms of a table; ``named`` has its columns as written, by their names in lower case."""

    def column(names: Iterable[str]) -> str:
        return next((named[name] for name in names if name in named), "")

    term = column(_TERMS)
    if not term:
        raise TermsInvalid("there is no column named term", path=path, line=1)
    name, request, how = column(_NAMES), column(("request",)), column(("dialect",))
    found = []
    for number, row in rows:
        text, chosen = _cell(row, term), _cell(row, how).casefold() or dialect
        if not text:
            continue
        if chosen not in DIALECTS:
            said = f"row {number}: {chosen} is none of the dialects {', '.join(DIALECTS)}"
            raise TermsInvalid(said, path=path, line=number + 1)
        found.append(Term(number, text, _cell(row, request), _cell(row, name), chosen))
    return found


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip() if column else ""
