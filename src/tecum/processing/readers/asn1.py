"""ASN.1 values in BER or DER, walked strictly, or, where bytes are known to be cut short, as far as they go.

Follows ITU-T X.690 as far as certificates and CMS objects need it: tags of one octet, definite lengths and the
indefinite ones of streaming writers.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

INTEGER: Final = 0x02
OCTETS: Final = 0x04
OID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31
_CONSTRUCTED: Final = 0x20
_UTC_TIME: Final = 0x17
_GENERAL_TIME: Final = 0x18
_LETTERS: Final = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}  # the other strings are one octet a letter
_INDEFINITE: Final = 0x80
_LONGEST_OID: Final = 64  # octets


class Malformed(ValueError):
    """The bytes are no ASN.1 value, or not the one that belongs here."""


@dataclass(frozen=True)
class Value:
    """One value: its ``tag`` octet, its content ``source[start:end]``, and ``after`` where the next begins."""

    source: bytes
    tag: int
    start: int
    end: int
    after: int
    cut: bool = False  # read from bytes that may end too early

    @property
    def content(self) -> bytes:
        """The octets of the content."""
        return self.source[self.start : self.end]

    def __iter__(self) -> Iterator[Value]:
        """Yield the values inside a constructed one. Raises Malformed."""
        if not self.tag & _CONSTRUCTED:
            raise Malformed("a plain value where a structure belongs")
        at = self.start
        while at < self.end:
            value = read(self.source, at, self.end, cut=self.cut)
            yield value
            at = value.after

    def octets(self) -> bytes:
        """Return an octet string, one in pieces joined. Raises Malformed."""
        if self.tag & _CONSTRUCTED:
            return b"".join(piece.octets() if piece.tag & _CONSTRUCTED else piece.content for piece in self)
        return self.content

    def oid(self) -> str:
        """Return an object identifier as dotted numbers. Raises Malformed."""
        if self.tag != OID:
            raise Malformed("no object identifier where one belongs")
        return _dotted(self.content[:_LONGEST_OID])

    def text(self) -> str:
        """Return a character string of any of the ASN.1 kinds."""
        return self.content.decode(_LETTERS.get(self.tag, "latin-1"), "replace")

    def time(self) -> str:
        """Return a time as ISO 8601, "" when it is none."""
        digits = self.content.decode("ascii", "replace")
        form = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERAL_TIME: "%Y%m%d%H%M%SZ"}.get(self.tag, "")
        try:
            return dt.datetime.strptime(digits, form).replace(tzinfo=dt.UTC).isoformat() if form else ""
        except ValueError:
            return ""


def read(source: bytes, at: int = 0, end: int = -1, *, cut: bool = False) -> Value:
    """Read the value that begins at ``at`` and ends before ``end`` (-1: that of the source). Raises Malformed.

    With ``cut`` a value that reaches beyond the end, or lacks its end mark, ends there.
    """
    end = len(source) if end < 0 else end
    tag, start, size = _header(source, at, end)
    if size is None:
        close = _indefinite_end(source, start, end, cut)
        return Value(source, tag, start, close, min(end, close + 2), cut)
    if start + size > end:
        if not cut:
            raise Malformed(f"a value of {size} bytes is cut short after {end - start}")
        size = end - start
    return Value(source, tag, start, start + size, start + size, cut)


def _header(source: bytes, at: int, end: int) -> tuple[int, int, int | None]:
    """Return tag, where the content begins, and its length (None: until its end mark)."""
    if at + 2 > end:
        raise Malformed("the value is cut short")
    tag, first = source[at], source[at + 1]
    if tag & 0x1F == 0x1F:
        raise Malformed("a tag of several octets")
    if first < _INDEFINITE:
        return tag, at + 2, first
    if first == _INDEFINITE:
        if not tag & _CONSTRUCTED:
            raise Malformed("a plain value without a length")
        return tag, at + 2, None
    start = at + 2 + (first & 0x7F)
    if first & 0x7F > 8 or start > end:
        raise Malformed("an impossible length")
    return tag, start, int.from_bytes(source[at + 2 : start], "big")


def _indefinite_end(source: bytes, at: int, end: int, cut: bool) -> int:
    """Return where the end mark of a value without a length stands, those inside it counted."""
    open_values = 1
    while True:
        if source[at : at + 2] == b"\0\0" and at + 2 <= end:
            open_values -= 1
            if not open_values:
                return at
            at += 2
            continue
        if cut and at + 2 > end:
            return end
        _, start, size = _header(source, at, end)
        if size is None:
            open_values += 1
            at = start
        else:
            at = start + size


@functools.lru_cache(256)
def _dotted(content: bytes) -> str:
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        raise Malformed("an empty object identifier")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))
