r"""The RTF body of a MAPI object: undone compression, and the HTML or plain text that was packed into it.

Follows [MS-OXRTFCP] (compression) and [MS-OXRTFEX] (encapsulated HTML and text). A body that was written as RTF is
left to ``rtf``, the reader of RTF files.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from tecum.processing.readers.mapi import Damaged, codec_of
from tecum.processing.readers.rtfwords import FONT_PAGES

_COMPRESSED: Final = 0x75465A4C  # "LZFu"
_PLAIN: Final = 0x414C454D  # "MELA"
_RING: Final = 4096
_MOST: Final = 256 << 20  # bytes of a body; no honest one comes near
_START: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS"
    b" Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)

_TOKEN: Final = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?"  # 1 word, 2 number
    rb"|\\'([0-9A-Fa-f]{2})"  # 3 a byte in hexadecimal
    rb"|\\(.)"  # 4 a symbol
    rb"|([{}])"  # 5
    rb"|[\r\n]+"
    rb"|([^\\{}\r\n]+)",  # 6 text
    re.DOTALL,
)
_FROM: Final = re.compile(rb"\\from(html|text)1?(?![0-9])")
_SIGNS: Final = {
    "par": "\n", "line": "\n", "tab": "\t", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c",
    "rdblquote": "\u201d", "bullet": "\u2022", "endash": "\u2013", "emdash": "\u2014", "emspace": "\u2003",
    "enspace": "\u2002",
}  # fmt: skip
_SYMBOLS: Final = {b"~": "\u00a0", b"_": "\u2011", b"-": "\u00ad"}
_LITERAL: Final = frozenset({b"{", b"}", b"\\"})
_SKIPPED: Final = frozenset({"fonttbl", "colortbl", "stylesheet", "info", "pict", "mhtmltag", "object"})
_DEEPEST: Final = 5_000  # groups within groups


def decompressed(data: bytes) -> tuple[bytes, str]:
    """Return the RTF of a PidTagRtfCompressed value and a note of what was wrong with it ("" for nothing).

    Raises:
        Damaged: there is no such compressed value at all.
    """
    if len(data) < 16:
        raise Damaged("its RTF body is shorter than the header of one")
    stored, size, kind, checksum = struct.unpack_from("<4I", data)
    if kind == _PLAIN:
        # What follows the first word counts as stored; some writers give that number for the size of the text too.
        return data[16 : 16 + size], "" if len(data) - 4 >= stored else "its RTF body is cut short"
    if kind != _COMPRESSED:
        raise Damaged("its RTF body is compressed in an unknown way")
    packed = data[16:]
    text, ended = _unpacked(packed, min(size, _MOST))
    if len(text) < size and not ended:
        return text, f"its RTF body is cut short: {len(text)} of {size} bytes"
    # The checksum starts at 0 and is not inverted, unlike that of zlib.
    if zlib.crc32(packed, 0xFFFFFFFF) ^ 0xFFFFFFFF != checksum and len(text) < size:
        return text, f"its RTF body is damaged: {len(text)} of {size} bytes"
    return text[:size], ""


def _unpacked(packed: bytes, most: int) -> tuple[bytes, bool]:
    """Undo the LZ77 coding; tell whether its end mark was met (or all ``most`` bytes came)."""
    out = bytearray(_START)
    most += len(_START)
    at, end = 0, len(packed)
    while at < end and len(out) < most:
        flags = packed[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            if not flags >> bit & 1:
                out.append(packed[at])
                at += 1
                continue
            if at + 1 >= end:
                return bytes(out[len(_START) :]), False
            reference = packed[at] << 8 | packed[at + 1]
            at += 2
            distance = (len(out) - (reference >> 4)) % _RING
            if distance == 0:
                return bytes(out[len(_START) :]), True
            _repeat(out, distance, (reference & 15) + 2)
    return bytes(out[len(_START) :]), len(out) >= most


def _repeat(out: bytearray, distance: int, count: int) -> None:
    start = len(out) - distance
    if start < 0:  # a place in the ring that nobody wrote to
        out += b" " * count
    elif distance >= count:
        out += out[start : start + count]
    else:
        out += (bytes(out[start:]) * (count // distance + 1))[:count]


@dataclass(frozen=True)
class Unpacked:
    """What was packed into an RTF: ``kind`` "html" or "plain", and its text."""

    kind: str
    text: str


def encapsulated(rtf: bytes) -> Unpacked | None:
    """Return the HTML or plain text that a mail program wrapped in RTF; None when it was written as RTF."""
    found = _FROM.search(rtf[:4096])
    if found is None:
        return None
    return Unpacked("html" if found[1] == b"html" else "plain", _Walk(rtf, found[1] == b"html").text())


@dataclass
class _Group:
    """What holds inside one pair of braces."""

    skipped: bool = False
    fonts: bool = False  # it is the table of fonts
    tag: bool = False  # its text is markup of the original
    off: bool = False  # \htmlrtf: meant for RTF readers alone
    starred: bool = False
    font: int = -1
    after_unicode: int = 1


class _Walk:
    def __init__(self, rtf: bytes, html: bool) -> None:
        self._rtf = rtf
        self._html = html
        self._out: list[str] = []
        self._held = bytearray()  # letters that wait for their code page
        self._group = _Group()
        self._stack: list[_Group] = []
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._skip = 0  # letters that stand in for a Unicode one

    def text(self) -> str:
        """Return the original's text."""
        at = 0
        while found := _TOKEN.match(self._rtf, at):
            at = found.end()
            word, number, hexed, symbol, brace, letters = found.groups()
            if word is not None:
                at += self._word(word.decode("ascii"), int(number) if number else None)
            elif hexed is not None:
                self._letters(bytes.fromhex(hexed.decode("ascii")))
            elif symbol is not None:
                self._symbol(symbol)
            elif letters is not None:
                self._letters(letters)
            elif brace == b"{":
                self._open()
            elif brace == b"}":
                self._flush()
                self._skip = 0
                self._group = self._stack.pop() if self._stack else _Group()
        self._flush()
        text = "".join(self._out)
        if any("\ud800" <= letter <= "\udfff" for letter in text):  # letters beyond the first plane come in halves
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text

    def _open(self) -> None:
        self._flush()
        self._skip = 0
        group = self._group
        if len(self._stack) < _DEEPEST:
            self._group = _Group(
                group.skipped, group.fonts, group.tag, group.off, False, group.font, group.after_unicode
            )
        self._stack.append(group)

    def _word(self, word: str, number: int | None) -> int:
        """Follow a control word; return how many bytes after it belong to it."""
        group = self._group
        if word == "bin":
            return max(0, number or 0)
        if word == "u" and number is not None:
            self._flush()
            self._write(chr(number & 0xFFFF))
            self._skip = group.after_unicode
            return 0
        self._flush()
        self._skip = 0
        if word == "htmlrtf":
            group.off = number != 0
        elif word == "htmltag":
            group.tag, group.starred = True, False
        elif word == "uc":
            group.after_unicode = max(0, number or 0)
        elif word == "ansicpg" and number:
            self._page = codec_of(number)
        elif word == "f":
            group.font = self._font = number or 0
        elif word == "fcharset":
            self._fonts[self._font] = FONT_PAGES.get(number or 0, "")
        elif word == "fonttbl":
            group.fonts = True
        elif word in _SKIPPED or group.starred:
            group.skipped = True
        elif word in _SIGNS:
            self._write(_SIGNS[word])
        return 0

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._group.starred = True
        elif symbol in _LITERAL:
            self._letters(symbol)
        elif symbol in (b"\r", b"\n"):
            self._flush()
            self._write("\n")
        elif symbol in _SYMBOLS:
            self._flush()
            self._write(_SYMBOLS[symbol])

    def _letters(self, letters: bytes) -> None:
        passed = min(self._skip, len(letters))
        self._skip -= passed
        self._held += letters[passed:]

    def _flush(self) -> None:
        if self._held:
            page = self._page if self._group.tag else self._fonts.get(self._group.font) or self._page
            text = bytes(self._held).decode(page, "replace")
            self._held.clear()
            self._write(text)

    def _write(self, text: str) -> None:
        group = self._group
        shown = not group.skipped and not group.fonts
        if shown and (group.tag or not (group.off and self._html)):
            self._out.append(text)
