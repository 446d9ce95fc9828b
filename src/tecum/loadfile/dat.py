"""Delimited load files (Concordance DAT and its relatives, CSV): a tolerant reader, a strict writer.

The writer's form is the Concordance default: one header row, values in U+00FE, separator 0x14, line breaks in
values as U+00AE, CR LF after every record. The reader takes what vendors send and never stops.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tecum.fields import CATALOGUE, FieldType, Profile, key_of, squeezed
from tecum.loadfile.dialect import MAX_LINE, THORN, Anomaly, Dialect, Line, lines, shorten, sniff
from tecum.loadfile.splitting import split_lenient, split_strict

JOIN_LINES = 500  # how far a value with bare newlines is followed
QUOTED_LINES = 100_000  # and one with newlines between the quotes of a CSV

_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f]")  # a tab inside a value is harmless
_DATA_LIKE = re.compile(
    r"[0-9a-fA-F]{32,64}"  # a hash
    r"|[0-9]+"
    r"|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*"  # a date
    r"|.*[\\/].*\.[A-Za-z0-9]{1,5}"  # a path
    r"|.*@.*\..*"  # an address
    r"|[A-Za-z_.^| -]+[0-9]{4,}\S*"  # a number with a prefix
)


class DatRow(NamedTuple):
    """One record: its line, its values in column order, and whether columns may have shifted (P03)."""

    line: int
    values: list[str]
    broken: bool = False


class DatReader:
    """Iterate over the records of a delimited load file.

    Attributes:
        dialect: what was sniffed.
        columns: the header's names as they stand, [] when there is no header row.
        width: the number of columns.
        assumed: what was taken for granted, in words; complete after the iteration.
        anomalies: P01-P05 and P07, appended as they are met; the caller may empty the list at any time.
    """

    def __init__(self, file: BinaryIO, *, header: bool | None = None, dialect: Dialect | None = None) -> None:
        self.file = file
        self.dialect = dialect or sniff(file)
        self.anomalies: list[Anomaly] = []
        self.columns: list[str] = []
        self.assumed: list[str] = self.dialect.describe()
        self.width = self.dialect.columns
        self._ahead: deque[Line] = deque()
        self._reach = 1.0
        self._lines = lines(file, self.dialect.encoding)
        self._read_header(header)

    def _read_header(self, header: bool | None) -> None:
        dialect = self.dialect
        if not dialect.separator:
            self.anomalies.append(Anomaly("P02", 1, "No separator between columns could be found."))
        if dialect.newline == "\n":
            self.anomalies.append(Anomaly("P05", 0, "The lines end with LF alone, not CR LF.", note=True))
        first = self._peek(0)
        if first is None:
            return
        names = split_strict(first.text.lstrip("\ufffd"), dialect.separator, dialect.qualifier)
        present = _looks_like_header(names or []) if header is None else header
        if not present:
            self.assumed.append("no header row: the first line is data")
            return
        record = next(self._records())
        self.columns = [name.strip() for name in record.values]
        self.width = len(self.columns)
        self.anomalies = [one for one in self.anomalies if one.code != "P03"]
        seen: set[str] = set()
        for name in self.columns:
            if name and squeezed(name) in seen:
                self.anomalies.append(Anomaly("P07", 1, f"Two columns are called {name!r}.", shorten(name)))
            seen.add(squeezed(name))

    def __iter__(self) -> Iterator[DatRow]:
        yield from self._records()

    def _peek(self, distance: int) -> Line | None:
        while len(self._ahead) <= distance:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[distance]

    def _take(self, count: int) -> Line:
        for _ in range(count - 1):
            self._ahead.popleft()
        return self._ahead.popleft()

    def _records(self) -> Iterator[DatRow]:
        while (line := self._peek(0)) is not None:
            if not line.text:
                self._take(1)
                if any(after.text for after in self._rest_of_window()):
                    self._note("P05", line, "An empty line stands between records.")
                continue
            yield self._record(line)

    def _rest_of_window(self) -> Iterator[Line]:
        for distance in range(50):
            line = self._peek(distance)
            if line is None:
                return
            yield line

    def _record(self, line: Line) -> DatRow:
        values = self._whole(line)
        last, broken = line, False
        if values is not None:
            self._take(1)
        elif joined := self._joined(line):
            values, count = joined
            last = self._take(count)
            if self.dialect.qualifier != '"':  # in CSV a newline inside quotes is in order
                self._note("P05", line, "A value is broken by a bare newline.")
        else:
            self._take(1)
            values, broken = self._mended(line)
        whole = "".join(values)
        self._look_at(line, last, whole, broken)
        if "\u00ae" in whole and (self.dialect.qualifier == THORN or self.dialect.separator == "\x14"):
            values = [value.replace("\u00ae", "\n") for value in values]
        return DatRow(line.number, values, broken)

    def _whole(self, line: Line) -> list[str] | None:
        """Return the values of a line that is a whole record, if need be without its undecodable bytes."""
        values = self._fitting(line.text)
        return self._fitting(line.text.replace("\ufffd", "")) if values is None and line.bad else values

    def _fitting(self, text: str) -> list[str] | None:
        """Return the values of a text that is one well-formed record of the right width."""
        values = split_strict(text, self.dialect.separator, self.dialect.qualifier)
        return values if values is not None and len(values) == self.width else None

    def _joined(self, line: Line) -> tuple[list[str], int] | None:
        """Try whether the record goes on in the following lines; return its values and how many lines.

        Every vain search halves the reach of the next, so that a file of nothing but damage stays quick.
        """
        quoted = self.dialect.qualifier == '"'
        found = self._joined_quoted(line) if quoted else self._joined_bare(line)
        self._reach = 1.0 if found else self._reach / 2
        return found

    def _joined_quoted(self, line: Line) -> tuple[list[str], int] | None:
        parts, odd, size = [line.text], line.text.count('"') % 2 == 1, len(line.text)
        for distance in range(1, 2 + int(QUOTED_LINES * self._reach)):
            after = self._peek(distance)
            if after is None or size > MAX_LINE:
                return None
            parts.append(after.text)
            size += len(after.text)
            odd ^= after.text.count('"') % 2 == 1
            if not odd and (values := self._fitting("\n".join(parts))):
                return values, distance + 1
        return None

    def _joined_bare(self, line: Line) -> tuple[list[str], int] | None:
        text = line.text
        for distance in range(1, 2 + int(JOIN_LINES * self._reach)):
            after = self._peek(distance)
            if after is None or len(text) > MAX_LINE or self._fitting(after.text):
                return None  # a whole record follows: ours is damaged, not continued
            if values := self._fitting(text + after.text) or self._fitting(f"{text}\n{after.text}"):
                return values, distance + 1
            text = f"{text}\n{after.text}"
        return None

    def _mended(self, line: Line) -> tuple[list[str], bool]:
        dialect = self.dialect
        if dialect.qualifier and dialect.separator:
            values, mended = split_lenient(line.text, dialect.separator, dialect.qualifier)
        else:
            values, mended = line.text.split(dialect.separator or None), []
        for code, column in mended:
            what = (
                "Another sign stands in place of the separator" if code == "P02" else "A qualifier is missing or stray"
            )
            self._note(code, line, f"{what} in column {column}.")
        broken = len(values) != self.width
        if broken:
            self._note("P03", line, f"The record has {len(values)} columns, not {self.width}.")
        return (values + [""] * self.width)[: self.width], broken

    def _look_at(self, line: Line, last: Line, whole: str, broken: bool) -> None:
        """Note what is wrong with a record beside its columns; ``whole`` are its values in one."""
        if line.bad:
            self._note("P01", line, f"The line holds bytes that are not {self.dialect.encoding}.")
        if line.cut:
            self._note("P05", line, f"The line is longer than {MAX_LINE >> 20} MiB; the rest was not read.")
        if last.end and last.end != self.dialect.newline:
            self._note("P05", line, "The line ends otherwise than the lines before it.")
        separator = self.dialect.separator
        if separator and separator in whole and self.dialect.qualifier != '"' and not broken:
            self._separator_inside(line, whole.count(separator))
        for found in _CONTROLS.finditer(whole):
            if found[0] not in (separator, "\n"):
                self._note("P05", line, f"A value holds the control character U+{ord(found[0]):04X}.")
                break

    def _separator_inside(self, line: Line, inside: int) -> None:
        count = self.width + inside
        said = f"A qualified value holds the separator: a reader that ignores qualifiers counts {count} columns."
        self.anomalies.append(
            Anomaly("P03", line.number, said, shorten(line.text), note=self.dialect.separator != "\x14")
        )

    def _note(self, code: str, line: Line, message: str) -> None:
        self.anomalies.append(Anomaly(code, line.number, message, shorten(line.text)))


def _looks_like_header(names: Sequence[str]) -> bool:
    """Tell names from data: more names known than values that look like data, or no such value at all."""
    filled = [name.strip() for name in names if name.strip()]
    known = sum(key_of(name) is not None for name in filled)
    data = sum(_DATA_LIKE.fullmatch(name) is not None for name in filled if key_of(name) is None)
    return bool(filled) and (known > data or data == 0)


def read_dat(path: Path, *, header: bool | None = None) -> Iterator[DatRow]:
    """Yield the records of a delimited load file; use :class:`DatReader` to hear of anomalies too."""
    with path.open("rb") as file:
        yield from DatReader(file, header=header)


class Replacement(NamedTuple):
    """A sign that the format cannot carry, and what was written in its place: to be logged."""

    record: int  # from 1
    field: str
    sign: str  # U+00AE
    written: str


_REPLACED: dict[str, str] = {THORN: "th", "\u00ae": "(R)"}
_FORBIDDEN = re.compile("[\x00-\x08\x09\x0b\x0c\x0e-\x1f\ud800-\udfff\u00fe\u00ae]")
_BREAKS = re.compile("\r\n|\r|\n")


def write_dat(out: BinaryIO, profile: Profile, rows: Iterable[Mapping[str, str | Sequence[str]]]) -> list[Replacement]:
    """Write header and rows in the profile's manner and return every replacement.

    Args:
        out: an open binary file; nothing is closed.
        profile: which fields, in which order, with which separators.
        rows: catalogue key -> value; several values as a sequence for multi-value fields. Missing keys are
            written empty.

    Raises:
        KeyError: for a row with a key that the profile does not have.
    """
    replaced: list[Replacement] = []
    if profile.bom:
        out.write("\ufeff".encode(profile.encoding))
    out.write(_record(profile, profile.headers))
    known = frozenset(profile.fields)
    for number, row in enumerate(rows, start=1):
        if not known.issuperset(row):
            raise KeyError(f"not in profile {profile.name}: {sorted(set(row) - known)}")
        values = [_value(row.get(key, ""), key, number, profile, replaced) for key in profile.fields]
        out.write(_record(profile, values))
    return replaced


def _record(profile: Profile, values: Iterable[str]) -> bytes:
    sign = profile.qualifier
    return (profile.separator.join(f"{sign}{value}{sign}" for value in values) + "\r\n").encode(profile.encoding)


def _value(value: str | Sequence[str], key: str, record: int, profile: Profile, replaced: list[Replacement]) -> str:
    """Return one value as it may stand in the file, logging what had to be replaced."""

    def put(sign: str, written: str) -> str:
        replaced.append(Replacement(record, key, f"U+{ord(sign):04X}", written))
        return written

    if not isinstance(value, str):
        if CATALOGUE[key].type is not FieldType.MULTI:
            raise ValueError(f"{key} takes one value, not several")
        parts = [
            part.replace(profile.multi, put(profile.multi, ",")) if profile.multi in part else part for part in value
        ]
        value = profile.multi.join(parts)
    value = _FORBIDDEN.sub(lambda found: put(found[0], _substitute(found[0])), value)
    for sign in (profile.separator, profile.qualifier):
        if sign and sign in value:  # other separators than 0x14 and U+00FE, in other profiles
            value = value.replace(sign, put(sign, " "))
    return _BREAKS.sub(profile.newline, value)


def _substitute(sign: str) -> str:
    return "\ufffd" if "\ud800" <= sign <= "\udfff" else _REPLACED.get(sign, " ")
