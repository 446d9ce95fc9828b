"""RapidOCR: neural models that come in its wheel, run in the sandbox's child; nothing is fetched.

The optional extra ``ocr`` installs it. It finds lines, also slanted ones, and gives each word of a line its box.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import metadata
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from tecum.engine.ocr.words import PageWords, Word, word_at

if TYPE_CHECKING:
    from tecum.engine.ocr.raster import Raster

NAME: Final = "rapidocr"
_RUNTIME: Final = "onnxruntime"
_ONE_THREAD: Final = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Global.log_level": "critical",
}


def recognise(raster: Raster) -> PageWords:
    """Return the words of a page. Lines stand in the engine's order, from top to bottom; it knows no paragraphs."""
    import numpy as np

    found = _engine()(np.asarray(raster.pixels.convert("RGB")), return_word_box=True)
    words: list[Word] = []
    lines = zip_longest(found.txts or (), found.scores or (), found.word_results or ())
    boxes = () if found.boxes is None else found.boxes
    for number, ((text, score, parts), corners) in enumerate(zip(lines, boxes, strict=False), 1):
        for word, confidence, box in parts or _parts(text, score, corners):
            across, down = [float(x) for x, _ in box], [float(y) for _, y in box]
            place = min(across), min(down), max(across), max(down)
            one = word_at(str(word), place, 100 * float(confidence), raster.size, (1, 1, number))
            if one is not None:
                words.append(one)
    return PageWords(*raster.size, raster.dpi, tuple(words))


def version() -> str:
    """Return the version installed. Raises ``PackageNotFoundError``, an ImportError."""
    return metadata.version(NAME)


def runtime() -> str:
    """Return the version of what runs the models. Raises ``PackageNotFoundError``, an ImportError."""
    return metadata.version(_RUNTIME)


@functools.cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params=_ONE_THREAD)


def _parts(text: str, score: float, corners: Any) -> Iterator[tuple[str, float, Any]]:
    """Cut a line whose words have no boxes of their own by the share of their letters."""
    (left, top), (right, _), (_, bottom), _ = corners
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        first, last = (left + (right - left) * place / len(text) for place in (start, at))
        yield word, score, ((first, top), (last, top), (last, bottom), (first, bottom))
