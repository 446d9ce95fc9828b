"""IPRO LFP image load files: read always, never written.

``IM,key,D| |C,offset,@volume;dir;file;type,rotation``; D begins a document, C a child document; ``##`` lines
are comments, ``FT`` lines name full text and ``OF`` lines native files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tecum.loadfile.dialect import Anomaly, lines, shorten, sniff_encoding
from tecum.loadfile.opt import PageLine


class LfpReader:
    """Iterate over the images of an LFP file; ``anomalies`` (P01, P03) grow meanwhile."""

    def __init__(self, file: BinaryIO) -> None:
        self.encoding, self.bom = sniff_encoding(file)
        self.file = file
        self.anomalies: list[Anomaly] = []
        self.assumed = [f"encoding {self.encoding}"]

    def __iter__(self) -> Iterator[PageLine]:
        for line in lines(self.file, self.encoding):
            if line.bad:
                self._note("P01", line.number, f"The line holds bytes that are not {self.encoding}.", line.text)
            kind, _, rest = line.text.partition(",")
            if kind.strip().upper() != "IM":
                if kind.strip() and not kind.startswith("##") and kind.strip().upper() not in ("FT", "OF", "VN", "IS"):
                    self._note("P03", line.number, f"The line begins with {kind[:12]!r}, not IM.", line.text)
                continue
            parts = rest.split(",", 3)
            place = parts[3].rpartition(",")[0] if len(parts) == 4 else ""
            where = (place or (parts[3] if len(parts) == 4 else "")).split(";")
            if len(parts) != 4 or len(where) < 3 or not where[0].startswith("@"):
                self._note("P03", line.number, "The line has not the fields of an image.", line.text)
                continue
            path = "\\".join(part for part in (where[1].strip("\\"), where[2]) if part)
            first = parts[1].strip().upper() in ("D", "C")
            yield PageLine(line.number, parts[0].strip(), where[0][1:], path, first)

    def _note(self, code: str, number: int, message: str, text: str) -> None:
        self.anomalies.append(Anomaly(code, number, message, shorten(text)))


def read_lfp(path: Path) -> Iterator[PageLine]:
    """Yield the images of an LFP file; use :class:`LfpReader` to hear of anomalies too."""
    with path.open("rb") as file:
        yield from LfpReader(file)
