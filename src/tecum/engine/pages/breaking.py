"""Where a line may break, which way it reads, and what of a text cannot be printed at all."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from tecum.engine.pages.coverage import coverage, encode

LINE_BREAK = re.compile(r"\r\n|[\r\n\v\x85\u2028\u2029]")
TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # characters that force a direction of reading
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LONG_RUN = re.compile(r"\S{8,}")
_RIGHT_TO_LEFT = re.compile(
    r"[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_SLACK = 0.96  # shaping may make a run a little wider than its letters


def printable(text: str) -> tuple[str, int]:
    """Return the text with U+FFFD for control characters and half characters, and how many there were."""
    return _CONTROL.subn("\ufffd", text)


def widths(text: str, style: str, size: float) -> NDArray[np.float64]:
    """Return each character's width in points, in the face that draws it."""
    return coverage(style).widths[encode(text)].astype(np.float64) * (size / 1000)


def fitting_pieces(text: str, style: str, size: float, column: float) -> list[str]:
    """Cut runs without a blank that are wider than a column of ``column`` points.

    Between two pieces the line may break; a mark or joiner is never cut from its letter. The pieces joined
    are the text.
    """
    limit = column * _SLACK
    cuts = [0]
    for run in _LONG_RUN.finditer(text):
        each = widths(run[0], style, size)
        if each.sum() <= limit:
            continue
        cuts.append(run.start())
        total = 0.0
        for offset, width in enumerate(each.tolist(), run.start()):
            total += width
            if total > limit and offset > cuts[-1] and not _sticks(text, offset):
                cuts.append(offset)
                total = width
        cuts.append(run.end())
    ends = [*cuts[1:], len(text)]
    return [text[start:end] for start, end in zip(cuts, ends, strict=True) if end > start] or [""]


def reads_right_to_left(line: str) -> bool:
    """Tell whether the first strong character is right-to-left (Unicode Bidirectional Algorithm, P2-P3)."""
    if not _RIGHT_TO_LEFT.search(line):
        return False
    for char in line:
        direction = unicodedata.bidirectional(char)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _sticks(line: str, at: int) -> bool:
    """Tell whether the character at ``at`` belongs to the one before it."""
    return unicodedata.category(line[at]) in ("Mn", "Mc", "Me", "Cf") or line[at - 1] == "\u200d"
