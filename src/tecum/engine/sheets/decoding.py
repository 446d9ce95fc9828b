"""Bytes to text: UTF-8, or what a byte order mark or the user says; never a guess."""

from __future__ import annotations

import codecs
import re
from typing import Final

from tecum.engine.sheets.table import Fault

COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: .xls, or an encrypted .xlsx
ZIP: Final = b"PK\x03\x04"
BINARY_STARTS: Final = (COMPOUND_FILE, ZIP)

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_BREAK: Final = re.compile(rb"\r\n|\r|\n")
_AROUND: Final = 30  # bytes shown before and after the first that is wrong


def decode(data: bytes, encoding: str) -> tuple[str, list[str]]:
    """Return the text, and what was assumed.

    A byte order mark says more about a file than ``encoding``, which may be meant for another file of the folder.

    Raises:
        Fault: naming the first line that cannot be decoded.
    """
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            other = [f"{name} by its byte order mark, not {encoding}"] if encoding else []
            return _decoded(data[len(mark) :], codec, name), other
    if not encoding:
        return _decoded(data, "utf-8", "UTF-8"), []
    try:
        return _decoded(data, encoding, encoding), [f"encoding {encoding}, as given"]
    except LookupError:
        raise Fault(0, f"there is no text encoding {encoding!r}", "Give one such as --encoding cp1252") from None


def _decoded(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        start = error.start
    except UnicodeError:  # codecs that are not for files, such as "idna"
        start = 0
    if codec.startswith("utf-16"):
        line = data[:start].decode(codec, "replace").count("\n") + 1
        raise Fault(line, "is damaged: this line is not UTF-16, as the file's first bytes say", "Save it again")
    line = len(_BREAK.findall(data, 0, start)) + 1
    begin = max((found.end() for found in _BREAK.finditer(data, max(0, start - _AROUND), start)), default=0)
    following = _BREAK.search(data, start)
    end = following.start() if following else len(data)
    near = data[max(begin, start - _AROUND) : min(end, start + _AROUND)].decode("cp1252", "replace")
    if codec == "utf-8":
        raise Fault(
            line,
            f"is not {name}; read in Windows-1252 this line says {near!r}",
            "Save it as CSV UTF-8, or give --encoding cp1252",
        )
    raise Fault(
        line, f"is not {name}; in Windows-1252 this line says {near!r}", "Save it as UTF-8, or give another --encoding"
    )
