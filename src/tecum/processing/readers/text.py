"""Plain text and text tables in whatever character set, streamed so that a log of any size is read whole.

A CSV file is given as it stands: no cell is lost to a wrong guess of its dialect.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import charset

_PIECE: Final = 1 << 20
_CONTROLS: Final = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 26, 27})


def read(item: Input, emit: Emit) -> None:
    """Read a text file. Raises Unreadable where the bytes are no text in any character set."""
    codec, note = choose(item)
    if note:
        emit.problem(ExceptionCode.PARTIAL, note)
    damaged = 0
    for text in pieces(item.file, codec):
        emit.text(text)
        damaged += text.count("\ufffd")
    if damaged:
        emit.problem(ExceptionCode.PARTIAL, f"{damaged} characters are not valid {codec}")


def choose(item: Input) -> tuple[str, str]:
    """Return the codec to read a file with, and a note where it is not the declared one."""
    item.file.seek(0)
    sample = item.file.read(charset.SAMPLE)
    marked = charset.bom_codec(sample)
    if marked:
        return marked, ""
    declared = charset.codec_named(item.charset)
    for codec in filter(None, (declared, "utf-8")):
        if b"\0" not in sample and _valid(item.file, codec):
            return codec, ""
    guess = charset.guess_codec(sample)
    if guess == "utf-8":  # its sample is, the rest is not
        guess = charset.guess_codec(_first_fault(item.file))
    if not guess.startswith("utf-16"):
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        if controls * 20 > len(sample):
            raise Unreadable(ExceptionCode.UNSUPPORTED, "its bytes are not text in any known character set")
    return guess, f"not valid {item.charset[:40]!r}; read as {guess}" if declared else ""


def pieces(file: BinaryIO, codec: str) -> Iterator[str]:
    """Yield the whole file as text, invalid bytes replaced, line ends as they are."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)("replace")
    while piece := file.read(_PIECE):
        yield decoder.decode(piece)
    if rest := decoder.decode(b"", True):
        yield rest


def _valid(file: BinaryIO, codec: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _first_fault(file: BinaryIO) -> bytes:
    """Return the first piece that is not UTF-8."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    while piece := file.read(_PIECE):
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return piece
    return b""


READER: Final = Reader("text", "1", frozenset({"text", "json", "csv"}), read)
