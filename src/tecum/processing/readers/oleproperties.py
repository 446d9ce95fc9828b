"""The property sets of a compound file: who wrote a document, when, and what it is called.

Follows [MS-OLEPS] (the streams) and [MS-OSHARED] 2.3.3 (what the numbers mean).
"""

from __future__ import annotations

import codecs
import datetime as dt
import struct
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit
from tecum.model import ExceptionCode

SUMMARY: Final = "\x05SummaryInformation"
MORE: Final = "\x05DocumentSummaryInformation"
_SUMMARY_FIELDS: Final = {
    2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template", 8: "last_author",
    9: "revision", 11: "printed", 12: "created", 13: "modified", 14: "pages", 18: "application",
}  # fmt: skip
_MORE_FIELDS: Final = {2: "category", 7: "pages", 14: "manager", 15: "company"}
_DATES: Final = frozenset({"printed", "created", "modified"})
_CODE_PAGE: Final = 1
_SHORT, _LONG, _DOUBLE, _BOOLEAN, _TEXT, _WIDE_TEXT, _TIME = 2, 3, 5, 11, 30, 31, 64
_EPOCH: Final = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_MOST: Final = 10_000  # properties of a set

Value = str | int | float | bool | dt.datetime


def emit_properties(streams: dict[str, bytes], emit: Emit) -> None:
    """Emit the properties as fields; ``streams`` has the two streams by name, where they exist."""
    for name, wanted in ((SUMMARY, _SUMMARY_FIELDS), (MORE, _MORE_FIELDS)):
        try:
            sections = list(_sections(streams.get(name, b"")))
        except (struct.error, ValueError, OverflowError) as error:
            emit.problem(ExceptionCode.PARTIAL, f"the properties are damaged ({error})")
            continue
        for field, value in _named(sections[0] if sections else {}, wanted):
            emit.field(field, value)
        custom = [f"{name}: {_shown(value)}" for section in sections[1:] for name, value in section.items()]
        if custom:
            emit.field("custom_properties", [line for line in custom if not line.startswith("_")])


def _named(section: dict[int | str, Value], wanted: dict[int, str]) -> Iterator[tuple[str, str]]:
    for number, field in wanted.items():
        value = section.get(number)
        if field in _DATES and isinstance(value, dt.datetime):
            yield field, value.isoformat()
        elif field not in _DATES and value and (text := _shown(value)):
            yield field, text


def _shown(value: Value) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return " ".join(str(value).split())


def _sections(stream: bytes) -> Iterator[dict[int | str, Value]]:
    """Yield each section's properties; those with a name of their own by that name."""
    if not stream:
        return
    (count,) = struct.unpack_from("<I", stream, 24)
    for number in range(min(count, 2)):
        (start,) = struct.unpack_from("<I", stream, 28 + 20 * number + 16)
        yield _section(stream[start:])


def _section(data: bytes) -> dict[int | str, Value]:
    (count,) = struct.unpack_from("<I", data, 4)
    if count > _MOST:
        raise ValueError("more properties than there can be")
    places: dict[int, int] = dict(struct.unpack_from("<II", data, 8 + 8 * index) for index in range(count))
    page = _value(data, places[_CODE_PAGE], "cp1252") if _CODE_PAGE in places else 1252
    encoding = _encoding(page)
    names = _names(data, places[0], encoding) if 0 in places else {}
    found: dict[int | str, Value] = {}
    for number, place in places.items():
        value = _value(data, place, encoding) if number > _CODE_PAGE else None
        if value is not None and (not names or number in names):
            found[names.get(number, number)] = value
    return found


def _value(data: bytes, place: int, encoding: str) -> Value | None:
    """Read one value; None for a type that is not text, number, truth or time."""
    (kind,) = struct.unpack_from("<H", data, place)
    at = place + 4
    if kind in (_TEXT, _WIDE_TEXT):
        (size,) = struct.unpack_from("<I", data, at)
        if kind == _WIDE_TEXT:
            return data[at + 4 : at + 4 + 2 * size].decode("utf-16-le", "replace").partition("\0")[0]
        return _text(data[at + 4 : at + 4 + size], encoding)
    if kind == _TIME:
        (ticks,) = struct.unpack_from("<Q", data, at)
        # No time is written as 0; times of editing stand here too, and are spans since the epoch.
        return (_EPOCH + dt.timedelta(seconds=ticks // 10_000_000)) if 1 << 56 < ticks < 1 << 58 else None
    form = {_SHORT: "<h", _LONG: "<i", _DOUBLE: "<d", _BOOLEAN: "<h"}.get(kind)
    if form is None:
        return None
    number: float = struct.unpack_from(form, data, at)[0]
    return bool(number) if kind == _BOOLEAN else number


def _names(data: bytes, place: int, encoding: str) -> dict[int, str]:
    """Read the dictionary of a section: names by number."""
    (count,) = struct.unpack_from("<I", data, place)
    names: dict[int, str] = {}
    place += 4
    for _ in range(min(count, _MOST)):
        number, size = struct.unpack_from("<II", data, place)
        size *= 2 if encoding == "utf-16-le" else 1
        names[number] = _text(data[place + 8 : place + 8 + size], encoding)
        place += 8 + size
        place += -place % 4 if encoding == "utf-16-le" else 0
    return names


def _text(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace").partition("\0")[0]


def _encoding(page: Value | None) -> str:
    number = page % 65536 if isinstance(page, int) else 1252
    known = {1200: "utf-16-le", 65001: "utf-8", 10000: "mac_roman", 936: "gb18030"}.get(number, f"cp{number}")
    try:
        return codecs.lookup(known).name
    except LookupError:
        return "cp1252"
