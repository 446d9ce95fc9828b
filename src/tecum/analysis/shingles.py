"""Texts as sets of numbers: runs of five words, and few of them chosen so that copies choose the same ones.

A run of five words ("shingle") is hashed by a polynomial over the hashes of its words, in 64 bits. The chosen
ones ("fingerprints") follow winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003): of each window of four
neighbouring shingles the smallest, so that any run of eight words that two texts share leaves a fingerprint
in both, however their lines are broken.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Prints = NDArray[np.uint32]

RUN: Final = 5  # words in a shingle
WINDOW: Final = 4  # shingles of which one is chosen
LONGEST: Final = 16 << 20  # characters; the shingles of a longer text would not fit into memory beside others
_MOST_KNOWN: Final = 200_000  # words whose hash is kept
_WORD: Final = re.compile(r"[^\W_]+")
_FACTOR: Final = 0x9E3779B97F4A7C15  # odd, so that no word is lost in the product (the golden ratio, Knuth 6.4)


class _Hashes(dict[str, int]):
    """Hashes of words, kept because the same words come again and again."""

    def __missing__(self, word: str) -> int:
        found = self[word] = zlib.crc32(word.encode("utf-8", "replace"))
        return found


_hashes = _Hashes()


def words(text: str) -> list[str]:
    """Return the words of a text: letters and digits, NFKC, lower-case."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def shingles(of: list[str]) -> Hashes:
    """Return the hash of each run of five words, in order; empty for fewer than five."""
    import numpy as np

    if len(of) < RUN:
        return np.empty(0, np.uint64)
    if len(_hashes) > _MOST_KNOWN:
        _hashes.clear()
    hashes = np.fromiter(map(_hashes.__getitem__, of), np.uint64, len(of))
    hashes ^= hashes << np.uint64(29)
    out = np.zeros(len(of) - RUN + 1, np.uint64)
    for n in range(RUN):
        out = out * np.uint64(_FACTOR) + hashes[n : n + len(out)]
    out ^= out >> np.uint64(31)
    return out * np.uint64(_FACTOR)


def distinct(text: str) -> Hashes:
    """Return the sorted set of a text's shingles."""
    import numpy as np

    return np.unique(shingles(words(text)))


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return what share of two sets of shingles is in both: 0 to 1, 0 when both are empty."""
    import numpy as np

    common = len(np.intersect1d(one, other, assume_unique=True))
    together = len(one) + len(other) - common
    return common / together if together else 0.0


def fingerprints(of: list[str]) -> Prints:
    """Return the chosen shingles of a text, each once, sorted, cut to 32 bits."""
    import numpy as np

    every = shingles(of)
    if len(every) > WINDOW:
        every = np.lib.stride_tricks.sliding_window_view(every, WINDOW).min(axis=1)
    return np.unique(every.astype(np.uint32))
