"""The words of one page as a recogniser saw them: text, place, confidence and reading order, and their JSON."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

DOUBTFUL = 60  # a page whose words have a lower mean confidence is not to be relied on
_MAX_SIDE = 200_000  # pixels
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class Word(NamedTuple):
    """One word. The box is in pixels of the page's raster, from its top left corner; right and bottom are outside.

    ``confidence`` is the recogniser's own, 0 to 100. ``block``, ``paragraph`` and ``line`` count from 1 in reading
    order: two words stand in one line when all three are the same.
    """

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: int
    block: int = 1
    paragraph: int = 1
    line: int = 1


@dataclass(frozen=True)
class PageWords:
    """The words of one page in reading order.

    ``width`` and ``height`` are the pixels of the raster on which the boxes lie: the page as it is shown, upright as
    its file says, at ``dpi`` pixels an inch; so a box in points is ``box * 72 / dpi``. ``dpi`` is 0 for a picture that
    does not name its resolution. ``blank`` says that there is no ink at all.
    """

    width: int
    height: int
    dpi: int
    words: tuple[Word, ...] = ()
    blank: bool = False

    @property
    def confidence(self) -> int:
        """Mean confidence of its words, as ``mean_confidence``."""
        return mean_confidence(self.words)

    @property
    def turned(self) -> int:
        """By how many degrees, clockwise, the writing is turned: 0, 90 (it runs downwards), 180 or 270."""
        runs: Counter[int] = Counter()
        for one, following in itertools.pairwise(self.words):
            if one[6:9] == following[6:9]:
                right = following.left + following.right - one.left - one.right
                down = following.top + following.bottom - one.top - one.bottom
                runs[(0 if right >= 0 else 180) if abs(right) >= abs(down) else (90 if down > 0 else 270)] += 1
        return runs.most_common(1)[0][0] if runs else 0

    def text(self) -> str:
        """The words as text: a line for each line, an empty line between paragraphs."""
        parts: list[str] = []
        before: tuple[int, int] | None = None
        for (block, paragraph, _), words in itertools.groupby(
            self.words, lambda word: (word.block, word.paragraph, word.line)
        ):
            if before is not None:
                parts.append("\n" if before == (block, paragraph) else "\n\n")
            parts.append(" ".join(word.text for word in words))
            before = (block, paragraph)
        return "".join(parts)

    def json(self) -> bytes:
        """Canonical JSON: the page's columns, and each word as a list in the order of ``Word``."""
        page = {
            "width": self.width,
            "height": self.height,
            "dpi": self.dpi,
            "blank": self.blank,
            "words": self.words,
        }
        return json.dumps(page, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def mean_confidence(words: Sequence[Word]) -> int:
    """Return the mean confidence, each word weighed by its letters and digits; -1 where there are none."""
    weights = [(word.confidence, sum(map(str.isalnum, word.text))) for word in words]
    total = sum(weight for _, weight in weights)
    return round(sum(value * weight for value, weight in weights) / total) if total else -1


def from_json(untrusted: bytes) -> PageWords:
    """Read what ``PageWords.json`` wrote, believing none of it.

    Raises:
        ValueError: when it cannot be such a page.
    """
    page = json.loads(untrusted)
    match page:
        case {
            "width": int(width),
            "height": int(height),
            "dpi": int(dpi),
            "blank": bool(blank),
            "words": list(words),
        } if 0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE and 0 <= dpi <= _MAX_SIDE:
            found = tuple(_words(words, width, height))
            return PageWords(width, height, dpi, found, blank)
    raise ValueError("not the words of a page")


def _words(untrusted: list[Any], width: int, height: int) -> Iterator[Word]:
    for row in untrusted:
        match row:
            case [str(text), *numbers] if len(numbers) == 8 and all(type(number) is int for number in numbers):
                word = word_at(text, tuple(numbers[:4]), numbers[4], (width, height), tuple(numbers[5:]))
                if word is not None:
                    yield word
            case _:
                raise ValueError("not a word")


def word_at(
    text: str,
    box: tuple[float, float, float, float],
    confidence: float,
    size: tuple[int, int],
    order: tuple[int, int, int] = (1, 1, 1),
) -> Word | None:
    """Return a word with its box (left, top, right, bottom) rounded outwards and kept on a page of this size.

    None when there is no visible character in it, or nothing of its box is on the page.
    """
    cleaned = _BREAKS.sub(" ", text).strip().encode("utf-8", "replace").decode()
    width, height = size
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, bottom = min(width, math.ceil(box[2])), min(height, math.ceil(box[3]))
    if not cleaned or left >= right or top >= bottom:
        return None
    return Word(cleaned, left, top, right, bottom, max(0, min(100, round(confidence))), *order)
