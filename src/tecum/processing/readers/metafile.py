"""The words drawn in a Windows metafile (EMF, WMF): tables and slides pasted as a picture, which are read as text.

Follows [MS-EMF] 2.3.5 and [MS-WMF] 2.3.3, records that draw text. Words whose letters are named by their place in a
font alone cannot be told, and are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.rtfwords import FONT_PAGES

PLACEABLE: Final = b"\xd7\xcd\xc6\x9a"
PLAIN: Final = b"\1\0\x09\0\0\3"
_LARGEST: Final = 256 << 20  # bytes of a file
_EMF_TEXTS: Final = {83: 1, 84: 2}  # record: bytes of a letter
_EMF_SMALL_TEXT: Final = 108
_GLYPHS, _NO_RECTANGLE, _SMALL_LETTERS, _PAIRS = 0x10, 0x100, 0x200, 0x2000  # options of text in EMF
_WMF_FONT, _WMF_TEXT, _WMF_WIDE_TEXT = 0x02FB, 0x0521, 0x0A32
_WMF_RECTANGLE: Final = 6  # options of text in WMF
_GAP: Final = 0.5  # of a letter's mean width, from which two runs are two words


class _Run(NamedTuple):
    """Letters drawn at one go, from ``x`` (left) on the line ``y``; ``width`` is -1 where the record does not tell."""

    x: int
    y: int
    width: int
    text: str


def read(item: Input, emit: Emit) -> None:
    """Emit the words of a metafile, a line drawn a line."""
    if item.size > _LARGEST:
        raise Unreadable(ExceptionCode.LIMIT_SIZE, f"a picture of more than {_LARGEST >> 20} MiB")
    found = lines(item.file.read())
    if found:
        emit.text("\n".join(found) + "\n")
    else:
        emit.problem(ExceptionCode.EMPTY_TEXT, "no words are drawn in the picture")


def is_emf(head: bytes) -> bool:
    """Tell whether bytes begin an enhanced metafile ([MS-EMF] 2.2.9)."""
    return head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF"


def lines(data: bytes) -> list[str]:
    """Return the words of a metafile, a line drawn a line; none where it has none or is no metafile."""
    if is_emf(data):
        runs = _emf(data)
    elif data.startswith((PLACEABLE, PLAIN)):
        runs = _wmf(data)
    else:
        return []
    return [line for line in map(str.strip, _joined(runs)) if line]


def _joined(runs: Iterator[_Run]) -> Iterator[str]:
    """Put runs together: those that follow one another on a line, as one word where no gap parts them."""
    line, before = "", _Run(0, 0, 0, "")
    for run in runs:
        if line and run.y == before.y and run.x > before.x:
            if before.width < 0:
                gap = not line[-1].isspace()
            else:
                gap = run.x - before.x - before.width > _GAP * before.width / len(before.text)
            line += (" " if gap else "") + run.text
        else:
            yield line
            line = run.text
        before = run
    yield line


def _emf(data: bytes) -> Iterator[_Run]:
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<2I", data, at)
        record = data[at : at + size]
        at += size
        if size < 8 or len(record) < size:
            return
        if kind in _EMF_TEXTS and size >= 76:
            run = _emf_text(record, _EMF_TEXTS[kind])
        elif kind == _EMF_SMALL_TEXT and size >= 36:
            run = _emf_small_text(record)
        else:
            continue
        if run.text:
            yield run


def _emf_text(record: bytes, letter: int) -> _Run:
    """Read one run ([MS-EMF] 2.3.5.7 and 2.2.5); its text and the steps between its letters lie where it says."""
    x, y, count, start, options, steps = struct.unpack_from("<2i3I16xI", record, 36)
    if options & _GLYPHS:
        return _Run(x, y, 0, "")
    width = -1
    if not options & _PAIRS and 0 < steps <= len(record) - 4 * count:
        width = sum(struct.unpack_from(f"<{count}I", record, steps))
    return _Run(x, y, width, _letters(record[start : start + letter * count], letter))


def _emf_small_text(record: bytes) -> _Run:
    x, y, count, options = struct.unpack_from("<2i2I", record, 8)
    if options & _GLYPHS:
        return _Run(x, y, 0, "")
    letter = 1 if options & _SMALL_LETTERS else 2
    start = 36 if options & _NO_RECTANGLE else 52
    return _Run(x, y, -1, _letters(record[start : start + letter * count], letter))


def _letters(data: bytes, letter: int, page: str = "cp1252") -> str:
    return data.decode("utf-16-le" if letter == 2 else page, "replace").replace("\0", "")


def _wmf(data: bytes) -> Iterator[_Run]:
    at, page = (22 if data.startswith(PLACEABLE) else 0) + 18, "cp1252"
    while at + 6 <= len(data):
        words, kind = struct.unpack_from("<IH", data, at)
        body = data[at + 6 : at + 2 * words]
        at += 2 * words
        if words < 3:
            return
        if kind == _WMF_FONT and len(body) > 13:  # fonts are made right before they are used
            page = FONT_PAGES.get(body[13], "cp1252")
            continue
        if kind == _WMF_WIDE_TEXT and len(body) >= 8:
            y, x, count, options = struct.unpack_from("<2h2H", body)
            start = 16 if options & _WMF_RECTANGLE else 8
            steps = start + count + count % 2
            told = len(body) >= steps + 2 * count
            width = sum(struct.unpack_from(f"<{count}h", body, steps)) if told else -1
            text = _letters(body[start : start + count], 1, page)
        elif kind == _WMF_TEXT and len(body) >= 6:
            (count,) = struct.unpack_from("<H", body)
            y, x = struct.unpack_from("<2h", body, len(body) - 4)
            width, text = -1, _letters(body[2 : 2 + count], 1, page)
        else:
            continue
        if text:
            yield _Run(x, y, width, text)


READER: Final = Reader("metafile", "1", frozenset({"emf", "wmf"}), read)
