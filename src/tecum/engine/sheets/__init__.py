"""Tables that clerks keep in spreadsheets, read and written without loss: CSV, XLSX and JSON.

Every cell is text. Blanks around it are cut off, line breaks inside it are kept (as LF), and a cell that is not there
is the empty text; rows without any text are passed over. What is read, written and read again is equal, value for
value, in each format and across them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tecum.engine.sheets import csv, json, xlsx
from tecum.engine.sheets.dates import DATE_ORDERS, to_date
from tecum.engine.sheets.decoding import BINARY_STARTS
from tecum.engine.sheets.table import Fault, Problems, Row, Sheet
from tecum.engine.sheets.writing import write
from tecum.errors import SourceMissing

__all__ = ["DATE_ORDERS", "Problems", "Row", "Sheet", "read", "to_date", "write"]

_LARGEST: Final = 200 << 20  # bytes of one file: a million long rows
_CURE_FORMAT: Final = "Save it as .xlsx or as CSV UTF-8 and name that file"
_OTHER_FORMATS: Final = {
    ".xls": "an older Excel workbook, in which formulas cannot be told from values",
    ".xlsb": "a binary Excel workbook, in which formulas cannot be told from values",
    ".ods": "an OpenDocument spreadsheet",
    ".numbers": "an Apple Numbers spreadsheet",
}
_TEXT: Final = frozenset({".csv", ".tsv", ".txt"})
_WORKBOOK: Final = frozenset({".xlsx", ".xlsm"})  # macros are never looked at
_TABLES: Final = _TEXT | _WORKBOOK | {".json"}
_WORDS: Final = {"mdy": "month first", "dmy": "day first"}
_PASSING: Final = (".", "~$")  # hidden files, and those that office programs keep while a table is open


def read(path: Path, *, encoding: str = "", dates: str = "iso") -> list[Sheet]:
    """Read every table of a file, or of the files of a folder in the order of their names.

    A real date of a workbook becomes ISO 8601. A date in a text cell stays as it is written, for no one but the caller
    knows which columns hold dates: it passes them, with the same ``dates``, to ``to_date``.

    Args:
        path: a .csv, .tsv, .txt, .xlsx, .xlsm or .json file, or a folder of them.
        encoding: of text files that are neither UTF-8 nor carry a byte order mark, such as ``cp1252``.
        dates: ``iso``, ``mdy`` or ``dmy``; how the caller will read dates, for the record in ``assumed``.

    Raises:
        TableInvalid: naming every row and cell to correct, in all files.
        SourceMissing: when there is nothing at ``path``.
    """
    if dates not in DATE_ORDERS:
        raise ValueError(f"No order of dates {dates!r}: choose one of {', '.join(DATE_ORDERS)}")
    noted = [f"dates such as 3/4/2018 are read {_WORDS[dates]} (--dates {dates})"] if dates in _WORDS else []
    problems = Problems(path)
    sheets: list[Sheet] = []
    for file in _files(path, problems, noted):
        try:
            sheets += _read_file(file, encoding, problems, tuple(noted))
        except Fault as fault:
            problems.add(file.name, fault.row, "", fault.message, fault.cure)
    _refuse_same_names(sheets, problems)
    problems.done()
    return sheets


def _files(path: Path, problems: Problems, noted: list[str]) -> list[Path]:
    """Return the files to read; what a folder holds besides is noted, or refused where it looks like a table."""
    if not path.exists():
        raise SourceMissing(f"{path} is not there", path=path)
    if not path.is_dir():
        return [path]
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith(_PASSING))
    files = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in {*_TABLES, *_OTHER_FORMATS}]
    others = [entry.name for entry in entries if entry not in files]
    if others:
        noted.append(f"not read in the folder: {', '.join(others)}")
    if not files:
        problems.add(path.name, 0, "", "the folder holds no table", "Put .csv, .xlsx or .json files there")
    return files


def _read_file(path: Path, encoding: str, problems: Problems, noted: tuple[str, ...]) -> list[Sheet]:
    kind = path.suffix.lower()
    if kind in _OTHER_FORMATS:
        raise Fault(0, f"is {_OTHER_FORMATS[kind]}", _CURE_FORMAT)
    if kind not in _TABLES:
        raise Fault(0, "is not named as a table (.csv, .tsv, .txt, .xlsx or .json)", _CURE_FORMAT)
    data = _bytes(path)
    if kind in _WORKBOOK:
        return xlsx.read(path, data, problems, noted)
    if data.startswith(BINARY_STARTS):
        raise Fault(0, f"is a workbook or another packed file under the name of a {kind} file", _CURE_FORMAT)
    reader: Callable[[Path, bytes, str, Problems, tuple[str, ...]], list[Sheet]]
    reader = csv.read if kind in _TEXT else json.read
    return reader(path, data, encoding, problems, noted)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise Fault(0, f"is larger than {_LARGEST >> 20} MiB", "Divide it into several files and import each")
        return path.read_bytes()
    except OSError as error:
        raise Fault(0, f"cannot be read: {error.strerror}", "Close it in other programs and allow reading it") from None


def _refuse_same_names(sheets: list[Sheet], problems: Problems) -> None:
    first: dict[str, Sheet] = {}
    for sheet in sheets:
        other = first.setdefault(sheet.name, sheet)
        if other is not sheet:
            problems.add(
                sheet.place, 0, "", f"is named {sheet.name!r} as is {other.place}", "Rename one, or put them together"
            )
