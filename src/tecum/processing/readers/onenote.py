"""OneNote sections (one): the words of all pages, with those of earlier states still in the file, and its files.

Follows [MS-ONESTORE] 2.6.7 to 2.6.9 (sets of properties), 2.6.13 (embedded files) and [MS-ONE] 2.1.12 (which
properties hold text). Sets of properties are found by the properties of text in them, wherever they lie: so sections
as OneNote keeps them and as its service sends them read alike, and damaged ones as far as they are whole. In return
the text comes in the order of the file, which need not be that of the page, each line once, and words that were deleted
may stand beside those that replaced them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.marks import marked

_TEXT, _NARROW_TEXT, _TITLE = 0x1C001C22, 0x1C003498, 0x1C001CF3
_LINK, _DESCRIPTION, _FILE_NAME, _AUTHOR = 0x1C001E20, 0x1C001E58, 0x1C001D9C, 0x1C001D75
_WANTED: Final = (_TEXT, _NARROW_TEXT, _TITLE, _LINK, _DESCRIPTION, _FILE_NAME, _AUTHOR)
_SOUGHT: Final = re.compile(b"|".join(re.escape(number.to_bytes(4, "little")) for number in _WANTED))
_FIXED: Final = {1: 0, 2: 0, 3: 1, 4: 2, 5: 4, 6: 8, 8: 0, 9: 4, 0xA: 0, 0xB: 4, 0xC: 0, 0xD: 4}  # bytes by type
_COUNTED, _SETS, _SET = 7, 0x10, 0x11
_MOST_PROPERTIES: Final = 200  # of one set; OneNote writes some twenty
_DEEPEST: Final = 8
_FILE_HEAD: Final = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")  # FileDataStoreObject.guidHeader
_FILE_START: Final = 36  # bytes from there to the file itself
_HEADER: Final = 1024  # bytes
_FORM: Final = slice(0x30, 0x40)
_PACKAGED: Final = bytes.fromhex("2fe98d63d4a6c14b9a36b3fc2511a5b7")  # the service's form
_MARKS: Final = dict.fromkeys([*range(9), *range(0xE, 0x20), 0xFFFC, 0xFDDF]) | {0xB: "\n", 0xC: "\n"}

Properties = list[tuple[int, bytes]]


def read(item: Input, emit: Emit) -> None:
    """Emit titles, text, links and descriptions of pictures, each once; then the embedded files."""
    data = item.file.read()
    if len(data) < _HEADER:
        raise Unreadable(ExceptionCode.CORRUPT, "the section is cut short within its header")
    names: list[str] = []
    authors: dict[str, None] = {}
    lines: dict[str, None] = {}
    for number, value in _properties(data):
        text = _said(number, value)
        if not text:
            continue
        if number == _FILE_NAME:
            names.append(text)
        elif number == _AUTHOR:
            authors[text] = None
        else:
            lines[text] = None
    lines |= dict.fromkeys(marked("file", name) for name in names)
    if not lines:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the section holds no text that can be found")
    emit.text("\n".join(lines))
    if authors:
        emit.field("author", "; ".join(authors))
    if data[_FORM] == _PACKAGED:
        emit.problem(ExceptionCode.PARTIAL, "sent by OneNote's service: its pictures and files are not taken out")
    for number, content in enumerate(_files(data), 1):
        emit.member(f"file {number}", content)


def _said(number: int, value: bytes) -> str:
    """Return the text of a property; a link or description as such."""
    coded = "latin-1" if number == _NARROW_TEXT else "utf-16-le"
    text = value.decode(coded, "replace").translate(_MARKS).replace("\r", "\n").strip()
    if number == _LINK:
        return f"<{text}>" if text else ""
    return marked("picture", " ".join(text.split())) if number == _DESCRIPTION and text else text


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the properties wanted, set by set, in the order of the file."""
    done = 0
    for found in _SOUGHT.finditer(data):
        if found.start() < done:
            continue
        for place in range(found.start() - 2, max(found.start() - 2 - 4 * _MOST_PROPERTIES, -1), -4):
            before = (found.start() - 2 - place) // 4
            (count,) = struct.unpack_from("<H", data, place)
            if before < count <= _MOST_PROPERTIES and (whole := _set(data, place, 0)) is not None:
                properties, done = whole
                yield from ((number, value) for number, value in properties if number in _WANTED)
                break


def _set(data: bytes, place: int, depth: int) -> tuple[Properties, int] | None:
    """Read the set of properties at a place; return it and where it ends, None when there is none."""
    if depth > _DEEPEST or place + 2 > len(data):
        return None
    (count,) = struct.unpack_from("<H", data, place)
    at = place + 2 + 4 * count
    if at > len(data):
        return None
    found: Properties = []
    for number in struct.unpack_from(f"<{count}I", data, place + 2):
        kind = number >> 26 & 0x1F
        if kind == _COUNTED:
            size = int.from_bytes(data[at : at + 4], "little")
            found.append((number, data[at + 4 : at + 4 + size]))
            at += 4 + size
        elif kind in (_SET, _SETS):
            inner = _inner(data, at, kind, depth)
            if inner is None:
                return None
            found += inner[0]
            at = inner[1]
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            return None
        if at > len(data):
            return None
    return found, at


def _inner(data: bytes, at: int, kind: int, depth: int) -> tuple[Properties, int] | None:
    """Read the set, or the sets, that are one property's value."""
    count = 1
    if kind == _SETS:
        count = int.from_bytes(data[at : at + 4], "little")
        at += 8 if count else 4  # the number of the property that they are
        if count > _MOST_PROPERTIES:
            return None
    found: Properties = []
    for _ in range(count):
        inner = _set(data, at, depth + 1)
        if inner is None:
            return None
        found += inner[0]
        at = inner[1]
    return found, at


def _files(data: bytes) -> Iterator[bytes]:
    """Yield the embedded files and pictures, each once."""
    seen: set[bytes] = set()
    at = data.find(_FILE_HEAD)
    while at >= 0:
        size = int.from_bytes(data[at + 16 : at + 24], "little")
        content = data[at + _FILE_START : at + _FILE_START + size]
        if len(content) == size and size and content not in seen:
            seen.add(content)
            yield content
        at = data.find(_FILE_HEAD, at + 16)


READER: Final = Reader("onenote", "1", frozenset({"onenote"}), read)
