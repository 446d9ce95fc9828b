"""The drawings of older office formats: records within records, and what their shapes say in words.

Follows [MS-ODRAW]: record headers (2.2.1), tables of properties (2.3.1) and the properties that hold text: the
lettering of WordArt, and the descriptions that stand in for pictures.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from tecum.processing.readers.marks import marked

_CONTAINER: Final = 0xF
_OPTIONS: Final = frozenset({0xF00B, 0xF121, 0xF122})  # tables of properties
_LETTERING, _DESCRIPTION = 0x00C0, 0x0381
_COMPLEX: Final = 0x8000
_DEEPEST: Final = 40


class Record(NamedTuple):
    """One record: its type, its instance (what it is for), whether it holds others, and its bytes."""

    type: int
    instance: int
    holds: bool
    data: bytes


def records(data: bytes, troubles: list[str]) -> Iterator[Record]:
    """Split bytes into records, one after the other; what follows a damaged one is lost, and told."""
    place = 0
    while place + 8 <= len(data):
        head, kind, size = struct.unpack_from("<HHI", data, place)
        body = data[place + 8 : place + 8 + size]
        yield Record(kind, head >> 4, head & 0xF == _CONTAINER, body)
        if len(body) < size:
            troubles.append("a record is cut short")
            return
        place += 8 + size


def every(data: bytes, troubles: list[str], depth: int = 0) -> Iterator[Record]:
    """Yield all records below, a container before what it holds."""
    for record in records(data, troubles):
        yield record
        if record.holds and depth < _DEEPEST:
            yield from every(record.data, troubles, depth + 1)


def texts(data: bytes, troubles: list[str]) -> Iterator[str]:
    """Yield what the shapes of a document's drawings say: lettering as it is, descriptions as such."""
    place = 0
    while place + 8 <= len(data):  # the group of all drawings, then each drawing behind a byte that tells its place
        (size,) = struct.unpack_from("<I", data, place + 4)
        yield from shape_texts(data[place : place + 8 + size], troubles)
        place += 8 + size + 1


def shape_texts(data: bytes, troubles: list[str]) -> Iterator[str]:
    """Yield what the shapes below say."""
    for record in every(data, troubles):
        if record.type in _OPTIONS:
            found = properties(record)
            if lettering := found.get(_LETTERING):
                yield lettering
            if description := " ".join(found.get(_DESCRIPTION, "").split()):
                yield marked("picture", description)


def properties(table: Record) -> dict[int, str]:
    """Return the properties of a table that are texts, by number."""
    found: dict[int, str] = {}
    place = 6 * table.instance
    for at in range(0, min(place, len(table.data) - 5), 6):
        number, value = struct.unpack_from("<HI", table.data, at)
        if number & _COMPLEX:
            if number & 0x3FFF in (_LETTERING, _DESCRIPTION):
                text = table.data[place : place + value].decode("utf-16-le", "replace").partition("\0")[0]
                found[number & 0x3FFF] = text.replace("\r", "\n")
            place += value
    return found
