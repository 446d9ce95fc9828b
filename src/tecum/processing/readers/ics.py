"""Calendar files and address cards: their properties as lines, and the files written into them.

Follows RFC 5545 (iCalendar), RFC 6350 and the older vCard 2.1.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import charset

_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_SOFT_BREAK: Final = re.compile(rb"=[ \t]*\r?\n")
_QUOTED_PRINTABLE: Final = re.compile(rb"ENCODING=QUOTED-PRINTABLE|;QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^:\";])*)*):(.*)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\([\\;,nN])")
_MACHINERY: Final = frozenset({"BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "REV"})
_NOT_SHOWN: Final = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_TITLES: Final = frozenset({"SUMMARY", "FN"})


@dataclass(frozen=True)
class Property:
    """One content line: ``params`` upper-case and unparsed, ``value`` unescaped."""

    name: str
    params: str
    value: str


def read(item: Input, emit: Emit) -> None:
    """Read a calendar file or address card."""
    title = ""
    inside: list[str] = []
    for one in properties(item.file.read(), item.charset, emit):
        if one.name == "BEGIN":
            inside.append(one.value.upper())
        elif one.name == "END" and inside:
            inside.pop()
        if _NOT_SHOWN.intersection(inside) or one.name in _MACHINERY or not one.value.strip():
            continue
        if _is_file(one):
            _file(one, emit)
            continue
        if one.name in _TITLES and not title:
            title = one.value
            emit.field("title", title)
        emit.text(f"{one.name}: {one.value}\n")


def properties(data: bytes, declared: str, emit: Emit) -> Iterator[Property]:
    """Yield the content lines, unfolded and decoded; lines of no such form come with an empty name."""
    for line in _lines(data):
        if _QUOTED_PRINTABLE.search(line.partition(b":")[0] + b":"):
            head, _, value = line.partition(b":")
            line = head + b":" + binascii.a2b_qp(value)
        named = re.search(rb";CHARSET=\"?([\w.:-]+)", line.partition(b":")[0], re.IGNORECASE)
        text, note = charset.decode(line, named[1].decode("ascii", "replace") if named else declared)
        if note:
            emit.problem(ExceptionCode.PARTIAL, note)
        found = _PROPERTY.match(text)
        if found is None:
            yield Property("TEXT", "", text)
        else:
            unescaped = _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], found[3])
            yield Property(found[1].upper(), found[2].upper(), unescaped)


def _lines(data: bytes) -> Iterator[bytes]:
    for line in _FOLD.sub(b"", _SOFT_BREAK.sub(b"", data) if _QUOTED_PRINTABLE.search(data) else data).splitlines():
        if line.strip():
            yield line


def _is_file(one: Property) -> bool:
    return bool(re.search(r"ENCODING=(?:B|BASE64)\b|;BASE64\b", one.params)) or one.value.startswith("data:")


def _file(one: Property, emit: Emit) -> None:
    """Hand over a picture or attachment that is written into a property."""
    payload = one.value.partition("base64,")[2] if one.value.startswith("data:") else one.value
    name = one.name.lower()
    try:
        data = binascii.a2b_base64(payload)
    except (binascii.Error, ValueError) as error:
        emit.member(name, None, problem=ExceptionCode.CORRUPT, message=f"cannot be decoded: {error}")
        return
    emit.member(name, data, inline=one.name in ("PHOTO", "LOGO"))


READER: Final = Reader("ics", "1", frozenset({"ics", "vcf"}), read)
