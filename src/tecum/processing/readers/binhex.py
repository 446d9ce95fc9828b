"""BinHex 4.0: a Macintosh file written as text, decoded to its data.

Follows the BinHex 4.0 definition of Peter N Lewis (RFC 1741 describes its use in mail): six bits a letter, runs
marked by 0x90, a header and two forks with a CRC each.
"""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

NOTICE: Final = b"(This file must be converted with BinHex"
_START: Final = re.compile(rb"^\(This file must be converted with BinHex[^\n]*\n\s*:", re.MULTILINE)
_ALPHABET: Final = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_BASE64: Final = bytes.maketrans(_ALPHABET, _BASE64)
_NOT_ALPHABET: Final = bytes(set(range(256)) - set(_ALPHABET))
_HEADER: Final = struct.Struct(">4s4sH2L")
_MOST: Final = 256 << 20  # bytes of a decoded file


class Broken(Exception):
    """The file cannot be decoded to its end; ``data`` is what there was."""

    def __init__(self, message: str, name: str = "", data: bytes = b"") -> None:
        super().__init__(message)
        self.name, self.data = name, data


@dataclass(frozen=True)
class MacFile:
    """A decoded file: its data fork, and the size of its resource fork in bytes."""

    name: str
    data: bytes
    resource: int
    note: str


def blocks(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where BinHex files lie in a text, from their notice to the closing colon or the text's end."""
    at = 0
    while start := _START.search(text, at):
        close = text.find(b":", start.end())
        at = close + 1 if close != -1 else len(text)
        yield start.start(), at


def decoded(block: bytes) -> MacFile:
    """Decode one block of ``blocks``. Raises Broken."""
    start = _START.search(block)
    if start is None:
        raise Broken("no BinHex file")
    letters = block[start.end() :].partition(b":")[0].translate(None, _NOT_ALPHABET)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    packed = binascii.a2b_base64(letters.translate(_TO_BASE64) + b"=" * (-len(letters) % 4))
    raw = _unpacked(packed)
    if not raw or len(raw) < raw[0] + 24:
        raise Broken("the BinHex file is cut short within its header")
    name = raw[1 : 1 + raw[0]].decode("mac_roman")
    _, _, _, size, resource = _HEADER.unpack_from(raw, raw[0] + 2)
    at = raw[0] + 2 + _HEADER.size
    data = raw[at + 2 : at + 2 + size]
    if len(data) < size:
        raise Broken(f"the BinHex file is cut short: {len(data)} of {size} bytes", name, data)
    stated = raw[at + 2 + size : at + 4 + size]
    wrong = binascii.crc_hqx(raw[:at], 0).to_bytes(2, "big") != raw[at : at + 2]
    wrong = wrong or binascii.crc_hqx(data, 0).to_bytes(2, "big") != stated
    return MacFile(name, data, resource, "its BinHex checksum is wrong" if wrong else "")


def _unpacked(packed: bytes) -> bytes:
    """Undo the runs: a letter, 0x90 and how often it stands; 0x90 and 0 is that letter itself."""
    out = bytearray()
    at = 0
    while (mark := packed.find(b"\x90", at)) != -1 and mark + 1 < len(packed):
        out += packed[at:mark]
        times = packed[mark + 1]
        if not times:
            out.append(0x90)
        elif out:
            out += out[-1:] * (times - 1)
        if len(out) > _MOST:
            raise Broken("the BinHex file is larger than can be handled")
        at = mark + 2
    return bytes(out + packed[at:])


def read(item: Input, emit: Emit) -> None:
    """Hand over the file that a .hqx file holds."""
    text = item.file.read()
    emit.container()
    found = False
    for start, end in blocks(text):
        found = True
        try:
            file = decoded(text[start:end])
        except Broken as error:
            emit.member(error.name or item.name, error.data or None, problem=ExceptionCode.CORRUPT, message=str(error))
            continue
        code = ExceptionCode.PARTIAL if file.note else ""
        emit.member(file.name, file.data, problem=code, message=file.note)
        if file.resource:
            emit.problem(ExceptionCode.PARTIAL, f"the resource fork of {file.name} ({file.resource} bytes) is not read")
    if not found:
        raise Unreadable(ExceptionCode.CORRUPT, "no BinHex file is in it")


READER: Final = Reader("binhex", "1", frozenset({"hqx"}), read)
