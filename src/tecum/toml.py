"""TOML with line numbers: read a file so that every complaint names the line and key, and write one."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tecum.errors import TecumError


class Section:
    """One table of a TOML file, with typed look-ups that name file, line and key when something is wrong.

    Every key must be asked for: ``done`` complains of those that nobody asked for, so a misspelt key is
    never silently ignored.
    """

    def __init__(
        self,
        values: dict[str, Any],
        path: Path,
        text: str,
        error: type[TecumError],
        where: tuple[str, int] = ("", 0),
    ) -> None:
        self._values = values
        self._path = path
        self._text = text
        self._error = error
        self._where = where  # table name, and which one of an array of tables
        self._asked: set[str] = set()

    def fail(self, key: str, message: str, remedy: str = "") -> TecumError:
        """Return the error to raise about ``key``."""
        name = f"[{self._where[0]}] {key}" if self._where[0] else key
        return self._error(f"{name}: {message}", path=self._path, line=self._line(key), remedy=remedy)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def keys(self) -> list[str]:
        """The keys, in the file's order."""
        return list(self._values)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there. A number is taken as text, as in ``number = 1``."""
        value = self._get(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise self.fail(key, f"must be text in quotes, not {_shown(value)}")
        return value

    def number(self, key: str, default: int) -> int:
        """A whole number, zero or more."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.fail(key, f"must be a whole number, not {_shown(value)}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"must be true or false, not {_shown(value)}")
        return value

    def date(self, key: str) -> dt.date | None:
        """A date such as 2018-02-23, without quotes or in them; None when absent."""
        value = self._get(key, None, optional=True)
        if isinstance(value, str):
            try:
                value = dt.date.fromisoformat(value)
            except ValueError:
                raise self.fail(key, f"must be a date such as 2018-02-23, not {_shown(value)}") from None
        if isinstance(value, dt.datetime):
            value = value.date()
        if value is not None and not isinstance(value, dt.date):
            raise self.fail(key, f"must be a date such as 2018-02-23, not {_shown(value)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one; empty when absent."""
        value = self._get(key, None, optional=True)
        if value is None:
            return ()
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.fail(key, f"must be a list of texts, not {_shown(value)}")
        return tuple(value)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of the texts in ``choices``."""
        value = self.text(key, default)
        if value not in choices:
            raise self.fail(key, f"must be one of {', '.join(choices)}, not {_shown(value)}")
        return value

    def section(self, key: str) -> Section:
        """A table below this one; empty when absent."""
        value = self._get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, "must be a table")
        name = f"{self._where[0]}.{key}" if self._where[0] else key
        return Section(value, self._path, self._text, self._error, (name, 0))

    def sections(self, key: str) -> list[Section]:
        """An array of tables, ``[[key]]``."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.fail(key, f"must be written as [[{key}]]")
        return [Section(one, self._path, self._text, self._error, (key, i)) for i, one in enumerate(value)]

    def done(self) -> None:
        """Complain of a key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise self.fail(key, f"is not a key known here (known: {known})")

    def _get(self, key: str, default: Any, *, optional: bool = False) -> Any:
        self._asked.add(key)
        if key in self._values:
            return self._values[key]
        if default is None and not optional:
            raise self.fail(key, "is missing")
        return default

    def _line(self, key: str) -> int | None:
        """The line of ``key`` in this table, or of the table's head."""
        table, number = self._where
        lines = self._text.splitlines()
        start = 0
        if table:
            head = re.compile(rf"\s*\[\[?\s*{re.escape(table)}\s*\]\]?")
            heads = [i for i, line in enumerate(lines) if head.match(line)]
            if not heads:  # an inline table: its own key is the nearest place
                return Section({}, self._path, self._text, self._error)._line(table.rpartition(".")[2])
            start = heads[min(number, len(heads) - 1)]
        wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        for i in range(start, len(lines)):
            if i > start and table and lines[i].lstrip().startswith("["):
                break
            if wanted.match(lines[i]):
                return i + 1
        return start + 1 if table else None


def read(path: Path, error: type[TecumError]) -> Section:
    """Read a TOML file.

    Raises:
        error: when it cannot be read, is not UTF-8 or is not TOML; with the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as cause:
        raise error(f"{path} cannot be read: {cause.strerror}", path=path) from None
    except UnicodeDecodeError as cause:
        line = path.read_bytes()[: cause.start].count(b"\n") + 1
        raise error("is not UTF-8 text", path=path, line=line, remedy="Save it as UTF-8") from None
    try:
        values = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as cause:
        place = re.search(r"at line (\d+)", str(cause))
        line = int(place[1]) if place else text.count("\n") + 1
        raise error(f"is not valid TOML: {cause}", path=path, line=line) from None
    return Section(values, path, text, error)


def value(one: object) -> str:
    """Return one TOML value: text, number, date, flag, list or inline table."""
    if isinstance(one, bool):
        return "true" if one else "false"
    if isinstance(one, dt.date | int):
        return str(one)
    if isinstance(one, list | tuple):
        return f"[{', '.join(value(part) for part in one)}]"
    if isinstance(one, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {value(part)}" for name, part in one.items()) + " }"
    return json.dumps(str(one), ensure_ascii=False).replace("\x7f", "\\u007f")


def table(head: str, values: Mapping[str, object]) -> str:
    """Return a table with its head; values that are None are left out."""
    lines = [f"{_key(name)} = {value(one)}" for name, one in values.items() if one is not None]
    return "\n".join([f"[{head}]" if not head.startswith("[") else head, *lines, ""])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else value(name)


def _shown(one: object) -> str:
    text = repr(one)
    return text if len(text) <= 60 else f"{text[:57]}..."
