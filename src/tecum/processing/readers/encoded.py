"""Files that were written into the text of a mail: uuencode, xxencode, yEnc and BinHex blocks.

Follows POSIX ``uuencode`` (both its alphabets), the xxencode of the BITNET years, the yEnc draft 1.3, and
``binhex``. What looks like a block and is none stays text.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tecum.processing.readers import binhex, charset

_UU_BEGIN: Final = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)
_UU_ENDS: Final = (b"end", b"====")
_XX: Final = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_XX_TO_UU: Final = bytes.maketrans(_XX, bytes(range(32, 96)))
_YENC_BEGIN: Final = re.compile(rb"^=ybegin ([^\r\n]{0,400}\bsize=\d[^\r\n]{0,1000})\r?\n", re.MULTILINE)
_YENC_PART: Final = re.compile(rb"=ypart begin=(\d{1,15}) end=(\d{1,15})[^\r\n]*\r?\n")
_YENC_END: Final = re.compile(rb"^=yend ([^\r\n]*)(?:\r?\n|\Z)", re.MULTILINE)
_YENC_VALUE: Final = re.compile(rb"\b(part|total|line|size|pcrc32|crc32)=([0-9A-Fa-f]+)")
_YENC_ESCAPED: Final = re.compile(rb"=(.)", re.DOTALL)
_YENC_SHIFT: Final = bytes((value - 42) & 255 for value in range(256))
_MARKS: Final = (b"begin", b"=ybegin", b"(This file must be")


@dataclass(frozen=True)
class Encoded:
    """A file written into the text, at ``start:end`` of it; ``note`` says what was wrong with it."""

    start: int
    end: int
    name: str
    data: bytes
    note: str = ""


def found(text: bytes) -> list[Encoded]:
    """Return the files written into a text, in order, none overlapping another."""
    if not any(mark in text for mark in _MARKS):
        return []
    files = [*uuencoded(text), *yencoded(text), *_binhexed(text)]
    files.sort(key=lambda file: file.start)
    kept: list[Encoded] = []
    for file in files:
        if not kept or file.start >= kept[-1].end:
            kept.append(file)
    return kept


def _name(raw: bytes) -> str:
    return charset.decode(raw)[0].strip().strip('"')


# -- uuencode and xxencode -----------------------------------------------------------------------------------


def uuencoded(text: bytes) -> Iterator[Encoded]:
    """Yield the uuencoded or xxencoded files of a text; a broken one gives what could be decoded, with a note."""
    at = 0
    while begin := _UU_BEGIN.search(text, at):
        at = begin.end()
        best = max(
            (_block(text, at, way) for way in ((_base64_line,) if begin[1] else (_uu_line, _xx_line))),
            key=lambda block: block.end,
        )
        at = best.end
        if best.data or best.finished:
            note = "" if best.finished else "the uuencoded file is broken off"
            yield Encoded(begin.start(), at, _name(begin[2]), best.data, note)


def whole_uuencoded(text: bytes) -> tuple[bytes, str]:
    """Return the first uuencoded file in a part that says it is one; without any, the part as it stands."""
    first = next(uuencoded(text), None)
    return (text, "no uuencoded data where its header promises some") if first is None else (first.data, first.note)


@dataclass(frozen=True)
class _Block:
    data: bytes
    end: int
    finished: bool


def _block(text: bytes, at: int, decode: Callable[[bytes], bytes]) -> _Block:
    """Decode lines until the end mark, or until one is no line of the kind."""
    lines: list[bytes] = []
    while at < len(text):
        line_end = text.find(b"\n", at) + 1 or len(text)
        line = text[at:line_end].rstrip(b"\r\n")
        if line in _UU_ENDS:
            return _Block(b"".join(lines), line_end, True)
        try:
            lines.append(decode(line))
        except binascii.Error:
            break
        at = line_end
    return _Block(b"".join(lines), at, False)


def _uu_line(line: bytes) -> bytes:
    """Decode one line; raises binascii.Error when it is none."""
    size = (line[0] - 32) & 63 if line else 0
    needed = (size + 2) // 3 * 4
    if not size:
        return b""
    if not 32 <= line[0] <= 96 or not needed - 3 <= len(line) - 1 <= needed + 2:
        raise binascii.Error("not a uuencoded line")
    return binascii.a2b_uu(line[: 1 + needed])[:size]


def _xx_line(line: bytes) -> bytes:
    if line.translate(None, _XX):
        raise binascii.Error("not an xxencoded line")
    return _uu_line(line.translate(_XX_TO_UU))


def _base64_line(line: bytes) -> bytes:
    return binascii.a2b_base64(line)


# -- yEnc ----------------------------------------------------------------------------------------------------


def yencoded(text: bytes) -> Iterator[Encoded]:
    """Yield the yEnc files of a text. Parts of one file that follow one another are joined."""
    held: list[_YencPart] = []
    for part in _yenc_parts(text):
        if held and not part.follows(held[-1]):
            yield _joined(held)
            held = []
        held.append(part)
    if held:
        yield _joined(held)


@dataclass(frozen=True)
class _YencPart:
    start: int
    end: int
    name: str
    data: bytes
    first: int  # byte of the file with which it begins, from 0
    size: int  # of the whole file, as declared
    crc: int | None  # of the whole file, as declared
    note: str

    def follows(self, other: _YencPart) -> bool:
        """Tell whether it goes on where the other part of the same file ended."""
        same = (self.name, self.size) == (other.name, other.size)
        return same and self.first == other.first + len(other.data) and self.first > 0


def _yenc_parts(text: bytes) -> Iterator[_YencPart]:
    at = 0
    while begin := _YENC_BEGIN.search(text, at):
        line, _, name = begin[1].partition(b"name=")
        said = {key: value for key, value in _YENC_VALUE.findall(line)}
        at = begin.end()
        first, expected = 0, int(said.get(b"size", b"0"))
        part = _YENC_PART.match(text, at)
        if part:
            first, expected, at = int(part[1]) - 1, int(part[2]) - int(part[1]) + 1, part.end()
        end = _YENC_END.search(text, at)
        body = text[at : end.start() if end else len(text)]
        data = _yenc_decoded(body)
        at = end.end() if end else len(text)
        closing = dict(_YENC_VALUE.findall(end[1])) if end else {}
        whole = closing.get(b"crc32")
        checked = closing.get(b"pcrc32") if part else whole
        notes = []
        if end is None:
            notes.append("the yEnc file is broken off")
        elif len(data) != expected:
            notes.append(f"{len(data)} bytes where its yEnc header promises {expected}")
        elif checked and zlib.crc32(data) != int(checked, 16):
            notes.append("its yEnc checksum is wrong")
        crc = int(whole, 16) if whole else None
        size = int(said.get(b"size", b"0"))
        yield _YencPart(begin.start(), at, _name(name), data, max(0, first), size, crc, "; ".join(notes))


def _yenc_decoded(body: bytes) -> bytes:
    """Undo yEnc: drop line ends and the dots doubled for news transport, shift back, escapes by 64 more."""
    if b"\n.." in body or body.startswith(b".."):
        body = re.sub(rb"^\.\.", b".", body, flags=re.MULTILINE)
    lines = body.translate(None, b"\r\n")
    return _YENC_ESCAPED.sub(lambda found: bytes(((found[1][0] - 64) & 255,)), lines).translate(_YENC_SHIFT)


def _joined(parts: list[_YencPart]) -> Encoded:
    """Put the parts of one file together, and say what is missing of it."""
    first, last = parts[0], parts[-1]
    data = b"".join(part.data for part in parts)
    notes = [part.note for part in parts if part.note]
    if len(data) < first.size:
        reach = f"{first.first + 1} to {first.first + len(data)} of {first.size}"
        notes.append(f"only bytes {reach} of this yEnc file are in this message")
    elif len(parts) > 1 and last.crc is not None and zlib.crc32(data) != last.crc:
        notes.append("its yEnc checksum is wrong")
    return Encoded(first.start, last.end, first.name or "yenc.bin", data, "; ".join(dict.fromkeys(notes)))


# -- BinHex --------------------------------------------------------------------------------------------------


def _binhexed(text: bytes) -> Iterator[Encoded]:
    for start, end in binhex.blocks(text):
        try:
            file = binhex.decoded(text[start:end])
        except binhex.Broken as error:
            yield Encoded(start, end, error.name or "binhex.bin", error.data, str(error))
        else:
            yield Encoded(start, end, file.name, file.data, file.note)
