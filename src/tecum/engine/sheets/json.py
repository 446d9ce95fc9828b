"""Tables in JSON: one object, with a list of objects under each table's name."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tecum.engine.sheets.cells import clean, exact_number, fault_in, heading
from tecum.engine.sheets.decoding import decode
from tecum.engine.sheets.table import Fault, Problems, Row, Sheet

_SHAPE: Final = 'Write {"recipients": [{"id": "1", …}, …], "events": […]}'
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DEEPEST: Final = 100  # levels inside one cell
_CORRECT: Final = "Correct the file at this line"


def read(path: Path, data: bytes, encoding: str, problems: Problems, noted: tuple[str, ...]) -> list[Sheet]:
    """Read one file: a list for each table, an object for each row. A row's number is the line on which it begins.

    Numbers keep their digits without exponent or trailing zeros, ``true`` is "TRUE", ``null`` is the empty text, and a
    list or object inside a cell is kept as JSON without blanks.

    Raises:
        Fault: where the text is not JSON, or not an object of lists.
    """
    text, assumed = decode(data, encoding)
    cursor = _Cursor(text)
    sheets: dict[str, Sheet] = {}
    cursor.take("{", "the file must hold one object of lists", _SHAPE)
    for line, key in cursor.members():
        name = clean(key).casefold()
        place = f"{path.name}, list {key}"
        if name in sheets:
            problems.add(place, line, "", f"the table {name!r} is there twice", "Put the two lists together")
        cursor.take("[", f"the table {key!r} must be a list of objects", _SHAPE)
        rows = _Rows(place, problems)
        for number, value in cursor.items():
            rows.add(number, value)
        sheets[name] = rows.sheet(name, path, (*noted, *assumed))
    cursor.end()
    if not sheets:
        raise Fault(0, "holds no table", _SHAPE)
    return list(sheets.values())


class _Number(str):
    """A number as it was written."""


class _Constant(str):
    """``NaN`` or an infinity, which Python reads and JSON does not know (RFC 8259, 6)."""


class _Object(dict[str, Any]):
    """An object, and the keys that stand in it more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: list[str] = []
        if len(self) < len(pairs):
            self.repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_Object, parse_float=_Number, parse_int=_Number, parse_constant=_Constant
)


class _Cursor:
    """A walk through the outer two levels by hand, which alone knows the lines on which things stand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0

    def members(self) -> Iterator[tuple[int, str]]:
        """Yield line and key of each member of an object that was entered; the caller takes the value."""
        for line, key in self._members("}"):
            if not isinstance(key, str) or isinstance(key, _Number | _Constant):
                raise Fault(line, "is not JSON: a table's name in double quotes is expected here", _CORRECT)
            self.take(":", "is not JSON: ':' is expected here")
            yield line, key

    def items(self) -> Iterator[tuple[int, Any]]:
        """Yield line and value of each item of a list that was entered."""
        return self._members("]")

    def take(self, mark: str, otherwise: str, cure: str = _CORRECT) -> None:
        """Go past a mark, after blanks."""
        if not self._has(mark):
            raise Fault(self._here(), otherwise, cure)

    def end(self) -> None:
        """Nothing may follow."""
        if self._next():
            raise Fault(self._here(), "is not JSON: something follows the end of the object", _CORRECT)

    def _members(self, close: str) -> Iterator[tuple[int, Any]]:
        if self._has(close):
            return
        while True:
            self._next()
            yield self._here(), self._value()
            if self._has(close):
                return
            self.take(",", f"is not JSON: ',' or '{close}' is expected here")

    def _value(self) -> Any:
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            raise Fault(error.lineno, f"is not JSON: {error.msg}, column {error.colno}", _CORRECT) from None
        except RecursionError:
            raise Fault(self._here(), "is nested too deeply", _CORRECT) from None
        return value

    def _next(self) -> str:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _has(self, mark: str) -> bool:
        if self._next() != mark:
            return False
        self._at += 1
        return True

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


class _Rows:
    """One list, read; its columns are the keys of all its objects in the order of their first mention."""

    def __init__(self, place: str, problems: Problems) -> None:
        self._place = place
        self._problems = problems
        self._columns: dict[str, None] = {}
        self._rows: list[tuple[int, dict[str, str]]] = []

    def add(self, number: int, value: Any) -> None:
        """Take one row, or keep what is wrong with it."""
        if not isinstance(value, _Object):
            self._complain(number, "", "the row must be an object", 'Write it as {"id": "1", …}')
            return
        for key in value.repeated:
            self._complain(number, heading(key), f"the key {key!r} is there more than once", "Delete all but one")
        values: dict[str, str] = {}
        for key, cell in value.items():
            column = heading(key)
            if not column or fault_in(column):
                self._complain(number, "", f"the key {key!r} cannot name a column", "Name it in letters")
            elif column in values:
                self._complain(number, column, f"two keys name the column {column!r}", "Delete or rename one")
            else:
                values[column] = self._cell(number, column, cell)
        self._columns |= dict.fromkeys(values)
        if any(values.values()):
            self._rows.append((number, values))

    def _cell(self, number: int, column: str, value: Any) -> str:
        try:
            text = clean(_text(value))
        except ValueError as error:
            self._complain(number, column, str(error), "Write a text, a number, true, false or null")
            return ""
        if fault := fault_in(text):
            self._complain(number, column, fault, "Delete the character")
        return text

    def sheet(self, name: str, path: Path, assumed: tuple[str, ...]) -> Sheet:
        """Return the table read."""
        columns = tuple(self._columns)
        absent = dict.fromkeys(columns, "")
        rows = tuple(Row(number, absent | values) for number, values in self._rows)
        return Sheet(name, columns, rows, path, self._place, assumed)

    def _complain(self, number: int, column: str, message: str, cure: str) -> None:
        self._problems.add(self._place, number, column, message, cure)


def _text(value: Any) -> str:
    """Return a value as a cell's text.

    Raises:
        ValueError: for what JSON does not allow, anywhere inside the value.
    """
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case _Number():
            return exact_number(value)
        case str() if not isinstance(value, _Constant):
            return value
    return _compact(value)


def _compact(value: Any, depth: int = 1) -> str:
    """Return a value as JSON without blanks, its numbers as they were written.

    Raises:
        ValueError: for a key that is there twice, for NaN and infinities, and for what is nested too deeply.
    """
    if depth > _DEEPEST:
        raise ValueError(f"is nested more than {_DEEPEST} levels deep")
    match value:
        case _Constant():
            raise ValueError(f"holds {value}, which is not a number in JSON")
        case _Number():
            return str(value)
        case list():
            return f"[{','.join(_compact(one, depth + 1) for one in value)}]"
        case _Object():
            if value.repeated:
                raise ValueError(f"holds the key {value.repeated[0]!r} more than once")
            return "{" + ",".join(f"{_quoted(key)}:{_compact(one, depth + 1)}" for key, one in value.items()) + "}"
    return _quoted(value)


def _quoted(value: str | bool | None) -> str:
    return json.dumps(value, ensure_ascii=False)
