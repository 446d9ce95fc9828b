"""How far many words are from one: the distance of Levenshtein, computed for all of them a column at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.files import Array

Ints = NDArray[np.int64]

_BLOCK: Final = 1 << 17  # words at a time


def within(text: Array, begin: Ints, end: Ints, word: str, edits: int) -> tuple[Ints, Ints]:
    """The words at most so many edits (a letter put in, left out or changed) from ``word``, and how far each is.

    Args:
        text: UTF-8, uint8.
        begin, end: where each word begins in it, and where it ends.
        word: what they are compared with, letter by letter (code points).
        edits: the most edits.

    Returns:
        Places in ``begin``, ascending, and the distances.
    """
    bytes_of = end - begin
    # A letter has one to four bytes, so the length in bytes bounds the number of letters from both sides.
    likely = np.flatnonzero((bytes_of >= len(word) - edits) & (bytes_of <= 4 * (len(word) + edits)))
    numbers, far = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, len(likely), _BLOCK):
        block = likely[start : start + _BLOCK]
        letters, lengths = _letters(text, begin[block], bytes_of[block])
        fits = np.abs(lengths - len(word)) <= edits
        found = _distances(letters[fits], lengths[fits], word, edits)
        numbers.append(block[fits][found <= edits])
        far.append(found[found <= edits].astype(np.int64))
    return np.concatenate(numbers), np.concatenate(far)


def _letters(text: Array, begin: Ints, bytes_of: Ints) -> tuple[NDArray[np.uint32], Ints]:
    """The code points of each word, a row each, filled up with zeros; and how many there are."""
    width = int(bytes_of.max(initial=0))
    columns = np.arange(width)
    inside = columns < bytes_of[:, None]
    places = np.minimum(begin[:, None] + columns, len(text) - 1)
    found = np.where(inside, text[places], 0).astype(np.uint32)
    foreign = np.flatnonzero((found >= 0x80).any(axis=1))
    lengths = bytes_of.copy()
    for at in foreign.tolist():
        spelled = found[at, : bytes_of[at]].astype(np.uint8).tobytes().decode()
        lengths[at] = len(spelled)
        found[at] = 0
        found[at, : len(spelled)] = list(map(ord, spelled))
    return found, lengths


def _distances(letters: NDArray[np.uint32], lengths: Ints, word: str, edits: int) -> NDArray[np.uint8]:
    """The distance of each row from ``word``; anything greater than ``edits`` stands for too far.

    Only the band of cells that can still lead to ``edits`` is computed, for all rows at a time.
    """
    far = min(edits + 1, 255)
    count = len(letters)
    answer = np.full(count, far, np.uint8)
    rows = [np.full(count, min(at, far), np.uint8) for at in range(len(word) + 1)]
    answer[lengths == 0] = min(len(word), far)
    for step in range(1, min(int(lengths.max(initial=0)), len(word) + edits) + 1):
        low, high = max(1, step - edits), min(len(word), step + edits)
        diagonal = rows[low - 1]
        rows[low - 1] = np.full(count, min(step, far) if low == 1 else far, np.uint8)
        for at in range(low, high + 1):
            changed = diagonal + (letters[:, step - 1] != ord(word[at - 1]))
            diagonal = rows[at]
            rows[at] = np.minimum(np.minimum(changed, np.minimum(diagonal, rows[at - 1]) + 1), far)
        ended = lengths == step
        answer[ended] = rows[len(word)][ended]
    return answer
