"""Tesseract: a system program, run once for each page on one thread; a badly read page is turned or set straight.

Its output is the TSV of ``tesseract(1)``: level, page, block, paragraph, line, word, left, top, width, height,
confidence, text; words are level 5.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tecum.engine.ocr.straighten import Box, box_before, skew
from tecum.engine.ocr.words import DOUBTFUL, PageWords, Word, mean_confidence, word_at
from tecum.hooks import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

    from tecum.engine.ocr.raster import Raster

NAME: Final = "tesseract"
_AUTO, _WITH_ORIENTATION = "3", "1"  # page segmentation modes
_ORIENTATION: Final = "osd"  # the data with which it detects how a page stands
_WELL_READ: Final = 75  # mean confidence from which no other way is tried; a fax that stands upright has 70 and more
_SMALL_PRINT: Final = 200  # dpi below which a picture is enlarged, since the program wants letters of 20 pixels
_ASSUMED: Final = 96  # dpi of a picture that states none
_ENLARGED: Final = 3.0  # at most
_MOST: Final = 40_000_000  # pixels after enlarging
_UPSIDE_DOWN: Final = 180.0
_WORD: Final = "5"
_FOLDER: Final = re.compile(r'"([^"]+)"')


def recognise(raster: Raster, languages: tuple[str, ...], program: str) -> PageWords:
    """Return the words of a page; pictures for the program are written into the folder this process stands in.

    The page is read as it stands. As long as that gives doubtful words it is also read with the orientation detected,
    then upside down, then set straight; the best reading is taken.

    Raises:
        Unreadable: CRASH when the program fails.
    """
    page = _Page(raster, languages, program)
    best = page.words(_AUTO)
    if mean_confidence(best) < DOUBTFUL:
        best = max(best, page.words(_WITH_ORIENTATION), key=_weight)
    if mean_confidence(best) < DOUBTFUL:  # there was too little of it to tell how it stands
        best = max(best, page.words(_AUTO, _UPSIDE_DOWN), key=_weight)
    if mean_confidence(best) < _WELL_READ and (angle := skew(raster.pixels)):
        best = max(best, page.words(_AUTO, angle), key=_weight)
    return PageWords(*raster.size, raster.dpi, tuple(best))


def _weight(words: list[Word]) -> float:
    """How much a reading is worth: its certain letters less its doubtful ones."""
    return sum((word.confidence - 50) * sum(map(str.isalnum, word.text)) for word in words)


@dataclass(frozen=True)
class _Page:
    """One page and how it is to be read."""

    raster: Raster
    languages: tuple[str, ...]
    program: str

    def words(self, mode: str, angle: float = 0.0) -> list[Word]:
        """Read it once, turned counter-clockwise by ``angle`` degrees; boxes are those of the page as it is."""
        size = self.raster.size
        scale = self._scale()
        pixels = self.raster.pixels
        if scale > 1:
            pixels = pixels.resize((round(size[0] * scale), round(size[1] * scale)))
        enlarged = pixels.width, pixels.height
        if angle:
            pixels = pixels.rotate(angle, expand=True, fillcolor=255)
        turned = pixels.width, pixels.height
        found = []
        for text, box, confidence, order in self._rows(pixels, mode, round((self.raster.dpi or _ASSUMED) * scale)):
            left, top, right, bottom = box_before(box, angle, turned, enlarged) if angle else box
            shrunk = left / scale, top / scale, right / scale, bottom / scale
            found.append(word_at(text, shrunk, confidence, size, order))
        return [word for word in found if word is not None]

    def _scale(self) -> float:
        """By how much small print is enlarged."""
        wanted = _SMALL_PRINT / (self.raster.dpi or _ASSUMED)
        width, height = self.raster.size
        return max(1.0, min(wanted, _ENLARGED, math.sqrt(_MOST / (width * height))))

    def _rows(self, pixels: Image, mode: str, dpi: int) -> list[tuple[str, Box, float, tuple[int, int, int]]]:
        """Run the program; return text, box, confidence and (block, paragraph, line) of each word."""
        if mode == _WITH_ORIENTATION and _ORIENTATION not in installed(self.program)[1]:
            return []
        pixels.save("page.pgm")
        options = ["--psm", mode, "--dpi", str(dpi), "-l", "+".join(self.languages), "-c", "tessedit_create_tsv=1"]
        done = _run(self.program, "page.pgm", "-", *options)
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise Unreadable("CRASH", f"{NAME} ends with status {done.returncode}: {' '.join(lines[-2:])[:300]}")
        rows = []
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            cells = line.split("\t", 11)
            if len(cells) == 12 and cells[0] == _WORD:
                block, paragraph, number, _, left, top, width, height = map(int, cells[2:10])
                box = float(left), float(top), float(left + width), float(top + height)
                rows.append((cells[11], box, float(cells[10]), (block, paragraph, number)))
        return rows


def installed(program: str) -> tuple[Path, frozenset[str]]:
    """Return the folder of the program's data, and the languages there. Raises ``Unreadable`` CRASH."""
    done = _run(program, "--list-langs")
    first, *names = done.stdout.decode("utf-8", "replace").splitlines() or [""]
    folder = _FOLDER.search(first)
    if done.returncode or folder is None:
        raise Unreadable("CRASH", f"{NAME} does not say which languages it has")
    return Path(folder[1]), frozenset(names)


def version(program: str) -> str:
    """Return the program's version. Raises ``Unreadable`` CRASH."""
    words = _run(program, "--version").stdout.decode("utf-8", "replace").split()
    if words[:1] != [NAME] or len(words) < 2:
        raise Unreadable("CRASH", f"{NAME} does not say which version it is")
    return words[1].removeprefix("v")


def data_hashes(program: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return the SHA-256 of each language's data, and of that for orientation; "" where it is not installed."""
    folder, names = installed(program)
    wanted = (*languages, _ORIENTATION)
    return {
        one: sha256((folder / f"{one}.traineddata").read_bytes()).hexdigest() if one in names else "" for one in wanted
    }


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return subprocess.run([program, *arguments], capture_output=True, env=environment, stdin=subprocess.DEVNULL)
