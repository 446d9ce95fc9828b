"""The archives of iWork documents since 2013: blocks of Snappy, and in them messages as protocol buffers.

Follows the public format descriptions of Snappy (format_description.txt) and Protocol Buffers (encoding), and for the
numbers of messages what descriptions of the format agree on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

COMMENT: Final = "comment"
# Messages that hold text: the number of the field with it, and what it is.
_TEXTS: Final = {
    2001: ((3,), "text"),  # a storage of text: body, header, footnote, box, note, cell
    2005: ((3,), "text"),
    6005: ((3, 3), "text"),  # the list of strings of a table
    3056: ((1,), COMMENT),
}
_LARGEST: Final = 256 << 20  # bytes of one archive, unpacked


class Damaged(Exception):
    """Raised for what is no archive, or is cut short."""


def texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield ("text" or "comment", words) of an archive's messages in file order. Raises Damaged."""
    try:
        yield from _messages(_unpacked(data))
    except (IndexError, UnicodeDecodeError) as error:
        raise Damaged(str(error) or type(error).__name__) from error


def _messages(plain: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(plain):
        size, at = _varint(plain, at)
        head, at = plain[at : at + size], at + size
        for number, message in _fields(head):
            if number != 2 or isinstance(message, int):
                continue
            told = {key: value for key, value in _fields(message) if isinstance(value, int)}
            body, at = plain[at : at + told.get(3, 0)], at + told.get(3, 0)
            path, what = _TEXTS.get(told.get(1, 0), ((), ""))
            for text in _strings(body, path) if path else ():
                yield what, text


def _strings(message: bytes, path: tuple[int, ...]) -> Iterator[str]:
    for number, value in _fields(message):
        if number == path[0] and isinstance(value, bytes):
            if len(path) > 1:
                yield from _strings(value, path[1:])
            else:
                yield value.decode("utf-8", "replace")


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (number, value) of a message's fields; those of fixed width are passed over."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
        elif kind == 2:
            size, at = _varint(message, at)
            if at + size > end:
                raise IndexError("a field is longer than its message")
            yield key >> 3, message[at : at + size]
            at += size
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise IndexError(f"a field of no known kind ({kind})")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError("a number of more than 64 bits")


def _unpacked(data: bytes) -> bytes:
    out = bytearray()
    at = 0
    while at + 4 <= len(data):
        if data[at]:
            raise IndexError("not a block of an archive")
        size = int.from_bytes(data[at + 1 : at + 4], "little")
        _snappy(data[at + 4 : at + 4 + size], out)
        at += 4 + size
    return bytes(out)


def _snappy(block: bytes, out: bytearray) -> None:
    """Unpack one block of Snappy behind what is there; copies reach back within the block only."""
    length, at = _varint(block, 0)
    start = len(out)
    if length > _LARGEST or start + length > _LARGEST:
        raise IndexError("unpacks to more than an archive may hold")
    while at < len(block):
        tag, at = block[at], at + 1
        kind, size = tag & 3, (tag >> 2) + 1
        if kind == 0:
            if size > 60:
                wide = size - 60
                size, at = int.from_bytes(block[at : at + wide], "little") + 1, at + wide
            out += block[at : at + size]
            at += size
            continue
        if kind == 1:
            size, back = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | block[at]
            at += 1
        else:
            wide = 2 if kind == 2 else 4
            back, at = int.from_bytes(block[at : at + wide], "little"), at + wide
        begin = len(out) - back
        if not back or begin < start or len(out) + size > start + length:
            raise IndexError("a copy from outside the block")
        if back >= size:
            out += out[begin : begin + size]
        else:  # the copy overlaps what it writes: its pattern repeats
            pattern = bytes(out[begin:])
            out += (pattern * (size // back + 1))[:size]
    if len(out) != start + length:
        raise IndexError("a block is not as long as it says")
