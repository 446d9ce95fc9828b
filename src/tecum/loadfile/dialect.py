"""What a delimited load file is written in: encoding, line ends, separators; sniffed, and said aloud."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from tecum.loadfile.splitting import split_strict

MAX_LINE = 32 * 1024 * 1024  # bytes; a longer physical line is cut, and the cut is an anomaly
SAMPLE_LINES = 200
SAMPLE_BYTES = 1024 * 1024

THORN = "\u00fe"
_SEPARATORS = ("\x14", "|", "\t", ";", ",", "~")
_QUALIFIERS = (THORN, "^", '"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAMES = {"\x14": "0x14", "\t": "tab", THORN: "U+00FE", "": "none"}


class Anomaly(NamedTuple):
    """Something that should not be there; ``line`` counts from 1, 0 means the whole file.

    ``note`` marks what is only worth saying, such as LF line ends; else the code's own severity holds.
    """

    code: str
    line: int
    message: str
    evidence: str = ""
    note: bool = False


class Line(NamedTuple):
    """One physical line without its end. ``bad``: bytes that are not in the encoding were replaced."""

    number: int
    text: str
    end: str  # "\r\n", "\n", or "" at the end of the file
    bad: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Dialect:
    """How a load file is written. ``separator`` is "" when none could be found."""

    encoding: str
    bom: bool
    newline: str = "\r\n"
    separator: str = ""
    qualifier: str = ""
    columns: int = 1

    def describe(self) -> list[str]:
        """Return the assumptions in words."""
        ends = {"\r\n": "CR LF", "\n": "LF alone", "": "none"}[self.newline]
        return [
            f"encoding {self.encoding}, {'with' if self.bom else 'no'} byte order mark; line ends {ends}",
            f"separator {visible(self.separator)}, qualifier {visible(self.qualifier)}",
            f"{self.columns} columns",
        ]


def visible(sign: str) -> str:
    """Return a separator in a form that can be printed."""
    return _NAMES.get(sign, repr(sign) if sign.isprintable() else f"U+{ord(sign[0]):04X}")


def shorten(text: str, limit: int = 120) -> str:
    """Return evidence fit for a report: one line, no control characters, cut at ``limit``."""
    plain = "".join(letter if letter.isprintable() else "\u00b7" for letter in text[: limit + 1])
    return plain if len(plain) <= limit else plain[: limit - 1] + "\u2026"


def sniff_encoding(file: BinaryIO) -> tuple[str, bool]:
    """Return (encoding, has a byte order mark), reading the file once through: BOM, UTF-16, UTF-8, cp1252.

    Where UTF-8 and other bytes are mixed, the larger number of lines decides; the rest are anomalies.
    """
    file.seek(0)
    head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", True
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", True
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", True
    if len(head) > 3 and head.count(0) * 3 > len(head):
        return ("utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"), False
    good = bad = 0
    file.seek(0)
    while line := file.readline(MAX_LINE):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    return ("utf-8" if good >= bad else "cp1252"), False


def lines(file: BinaryIO, encoding: str) -> Iterator[Line]:
    """Yield the physical lines of the file, from its beginning, without a byte order mark."""
    file.seek(0)
    source = _wide_lines(file, encoding) if encoding.startswith("utf-16") else _byte_lines(file, encoding)
    for number, (text, bad, cut) in enumerate(source, start=1):
        if number == 1:
            text = text.removeprefix("\ufeff")
        end = "\r\n" if text.endswith("\r\n") else "\n" if text.endswith("\n") else ""
        yield Line(number, text[: len(text) - len(end)], end, bad, cut)


def _byte_lines(file: BinaryIO, encoding: str) -> Iterator[tuple[str, bool, bool]]:
    while raw := file.readline(MAX_LINE):
        cut = len(raw) == MAX_LINE and not raw.endswith(b"\n")
        if cut:
            while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            raw += b"\n"
        try:
            yield raw.decode(encoding), False, cut
        except UnicodeDecodeError:
            yield raw.decode(encoding, "replace"), not cut, cut


def _wide_lines(file: BinaryIO, encoding: str) -> Iterator[tuple[str, bool, bool]]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    held = ""
    while raw := file.read(1 << 16):
        held += decoder.decode(raw)
        *whole, held = held.split("\n")
        for text in whole:
            yield _without_surrogates(text + "\n")
        if len(held) > MAX_LINE:
            yield held, False, True
            held = ""
    torn = bool(decoder.getstate()[0])
    if held or torn:
        text, bad, cut = _without_surrogates(held)
        yield text, bad or torn, cut


def _without_surrogates(text: str) -> tuple[str, bool, bool]:
    clean = _SURROGATE.sub("\ufffd", text)
    return clean, clean != text, False


def sniff(file: BinaryIO) -> Dialect:
    """Return the dialect of a delimited text file, from a sample of its first lines.

    Every pair of separator and qualifier is tried; the one that cuts most lines into one number of columns
    wins, a qualifier that opens or closes at least half of the lines being preferred.
    """
    encoding, bom = sniff_encoding(file)
    sample: list[Line] = []
    size = 0
    for line in lines(file, encoding):
        sample.append(line)
        size += len(line.text)
        if len(sample) >= SAMPLE_LINES or size > SAMPLE_BYTES:
            break
    ends = Counter(line.end for line in sample if line.end)
    newline = ends.most_common(1)[0][0] if ends else ""
    texts = [line.text.lstrip("\ufffd") for line in sample if line.text.strip()]
    separator, qualifier, columns = _separators(texts)
    return Dialect(encoding, bom, newline, separator, qualifier, columns)


def _separators(texts: list[str]) -> tuple[str, str, int]:
    best: tuple[float, int, int] = (0.49, 1, 0)
    chosen = ("", "", 1)
    for qualifier in (*_QUALIFIERS, ""):
        if qualifier and not any(qualifier in text for text in texts):
            continue
        framed = sum(text.startswith(qualifier) or text.endswith(qualifier) for text in texts)
        bonus = 0.5 if qualifier and framed * 2 >= len(texts) else 0.0
        for rank, separator in enumerate(_candidates(texts, qualifier)):
            if separator == qualifier or not any(separator in text for text in texts):
                continue
            counts = Counter(len(split_strict(text, separator, qualifier) or ()) for text in texts)
            del counts[0], counts[1]
            if not counts:
                continue
            columns, agreeing = max(counts.items(), key=lambda item: (item[1], item[0]))
            score = (agreeing / len(texts) + bonus, columns, -rank)
            if score > best:
                best, chosen = score, (separator, qualifier, columns)
    return chosen


def _candidates(texts: list[str], qualifier: str) -> list[str]:
    """Return separators to try: the known ones, and whatever most often stands between two qualifiers."""
    found: list[str] = list(_SEPARATORS)
    if qualifier:
        sign = re.escape(qualifier)
        between = Counter(hit for text in texts for hit in re.findall(f"{sign}([^{sign}\\w]){sign}", text))
        found += [sign for sign, _ in between.most_common(1) if sign not in found]
    return found
