"""Opticon image load files: ``key,volume,path,Y|empty,folderbreak,boxbreak,pagecount``.

Nothing is quoted, so a comma cannot be carried and is refused on writing. Read are 4, 5 and 7 fields, the
page count in field 7 or, where that is empty, in field 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tecum.loadfile.dialect import Anomaly, lines, shorten, sniff_encoding

FIELDS = (4, 5, 7)


class PageLine(NamedTuple):
    """One image: ``first`` on a document's first page, ``pages`` the declared count there (-1: none)."""

    line: int
    key: str
    volume: str
    path: str
    first: bool
    pages: int = -1


class OptReader:
    """Iterate over the images of an Opticon file; ``anomalies`` (P01, P03, P05, C02) grow meanwhile."""

    def __init__(self, file: BinaryIO) -> None:
        self.encoding, self.bom = sniff_encoding(file)
        self.file = file
        self.anomalies: list[Anomaly] = []
        self.assumed = [f"encoding {self.encoding}, {'with' if self.bom else 'no'} byte order mark"]

    def __iter__(self) -> Iterator[PageLine]:
        width = 0
        newline = ""
        for line in lines(self.file, self.encoding):
            newline = newline or line.end
            if not line.text.strip():
                continue
            parts = [part.strip() for part in line.text.split(",")]
            if not width:
                width = len(parts) if len(parts) in FIELDS else 7
                self.assumed.append(f"{width} fields")
                if newline == "\n":
                    said = "The lines end with LF alone, not CR LF."
                    self.anomalies.append(Anomaly("P05", 0, said, note=True))
            self._look_at(line.number, line.text, line.bad, parts, width)
            if line.end and line.end != newline:
                self._note("P05", line.number, "The line ends otherwise than the lines before it.", line.text)
            parts += [""] * (7 - len(parts))
            yield PageLine(
                line.number,
                parts[0],
                parts[1],
                parts[2],
                parts[3].upper() == "Y",
                self._pages(line.number, parts),
            )

    def _look_at(self, number: int, text: str, bad: bool, parts: list[str], width: int) -> None:
        if bad:
            self._note("P01", number, f"The line holds bytes that are not {self.encoding}.", text)
        if any(letter < " " and letter != "\t" for letter in text):
            self._note("P05", number, "The line holds a control character.", text)
        if len(parts) != width:
            self._note("P03", number, f"The line has {len(parts)} fields, not {width}.", text)
        elif parts[3].upper() not in ("Y", ""):
            self._note("P03", number, "Field 4 (document break) is neither Y nor empty.", text)

    def _pages(self, number: int, parts: list[str]) -> int:
        written = parts[6] or parts[4]
        if not written:
            return -1
        if written.isascii() and written.isdigit() and len(written) < 10:
            return int(written)
        if parts[6]:  # field 5 may rightly hold a folder break
            self._note("C02", number, f"The page count {written[:20]!r} is not a number.", ",".join(parts))
        return -1

    def _note(self, code: str, number: int, message: str, text: str) -> None:
        self.anomalies.append(Anomaly(code, number, message, shorten(text)))


def read_opt(path: Path) -> Iterator[PageLine]:
    """Yield the images of an Opticon file; use :class:`OptReader` to hear of anomalies too."""
    with path.open("rb") as file:
        yield from OptReader(file)


def write_opt(out: BinaryIO, pages: Iterable[PageLine], *, encoding: str = "utf-8") -> int:
    """Write one line for each image, CR LF after each, and return how many.

    Page counts are written only where ``first`` is set; ``line`` is not used.

    Raises:
        ValueError: for a comma or a control character in key, volume or path, which the format cannot carry.
    """
    count = 0
    for page in pages:
        for value in (page.key, page.volume, page.path):
            if "," in value or any(letter < " " for letter in value):
                raise ValueError(f"an Opticon file cannot carry {value!r}: there is no quoting")
        mark, number = ("Y", str(page.pages) if page.pages >= 0 else "") if page.first else ("", "")
        out.write(f"{page.key},{page.volume},{page.path},{mark},,,{number}\r\n".encode(encoding))
        count += 1
    return count
