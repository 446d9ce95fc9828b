"""Older and binary Excel workbooks (xls, xlsb): the values of every sheet, through calamine.

calamine gives cell values and the visibility of sheets. What it does not give is not read: comments, hidden
rows and columns, text boxes, page headers, and the properties of an xls. The package around an xlsb is walked
for properties and embedded files.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import numberformat
from tecum.processing.readers.ooxml import Package

_ROWS_AT_ONCE: Final = 500


def read(item: Input, emit: Emit) -> None:
    """Emit every sheet with its name as a heading, cells by tab, rows by newline."""
    import python_calamine

    workbook = _opened(item)
    hidden: list[str] = []
    has_text = False
    for sheet in workbook.sheets_metadata:
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            hidden.append(f"hidden sheet: {sheet.name}")
        emit.text(f"{sheet.name}\n")
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            has_text |= _read_sheet(workbook, sheet.name, emit)
        emit.text("\n")
    if not has_text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the sheets hold no values")
    if hidden:
        emit.field("hidden", hidden)
    if item.kind == "xlsb":
        item.file.seek(0)
        package = Package(item, emit, "xl/workbook.bin")
        package.properties()
        package.embedded()


def _opened(item: Input) -> Any:
    import python_calamine

    with _breakage_named():
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(item.file.read()))


def _read_sheet(workbook: Any, name: str, emit: Emit) -> bool:
    """Emit one sheet's values; tell whether there were any."""
    try:
        with _breakage_named():
            rows = workbook.get_sheet_by_name(name).to_python()
    except Unreadable as broken:
        emit.problem(ExceptionCode.PARTIAL, f"sheet {name!r}: {broken.message}")
        return False
    has_text = False
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        lines = ["\t".join(filter(None, map(_shown, row))) for row in rows[start : start + _ROWS_AT_ONCE]]
        text = "\n".join(filter(None, lines))
        if text:
            emit.text(text + "\n")
            has_text = True
    return has_text


@contextlib.contextmanager
def _breakage_named() -> Iterator[None]:
    """Turn calamine's errors into ours. A panic of the Rust library is not even an ``Exception``."""
    import python_calamine

    try:
        yield
    except python_calamine.PasswordError as error:
        raise Unreadable(ExceptionCode.ENCRYPTED, "the workbook needs a password") from error
    except python_calamine.CalamineError as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"not a readable workbook: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(ExceptionCode.CORRUPT, f"the workbook breaks its reader: {error}") from error


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return numberformat.plain(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(value)


READER: Final = Reader("xls", "1", frozenset({"xls", "xlsb"}), read, library="python-calamine")
