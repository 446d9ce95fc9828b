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
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Prints = NDArray[np.uint32]
    N = TypeVar("N", bound=np.unsignedinteger)

RUN: Final = 5  # words in a shingle
WINDOW: Final = 4  # shingles of which one is chosen
LONGEST: Final = 16 << 20  # characters; the shingles of a longer text would not fit into memory beside others
_MOST_KNOWN: Final = 200_000  # words whose hash is kept
_WORD: Final = re.compile(r"[^\W_]+")
_ASCII: Final = bytes(ord(chr(n).lower()) if n < 128 and chr(n).isalnum() else 0x20 for n in range(256))
_FACTOR: Final = 0x9E3779B97F4A7C15  # odd, so that no word is lost in the product (the golden ratio, Knuth 6.4)


class _Hashes(dict[bytes, int]):
    """Hashes of words, kept because the same words come again and again."""

    def __missing__(self, word: bytes) -> int:
        found = self[word] = zlib.crc32(word)
        return found


_hashes = _Hashes()


def words(text: str) -> list[bytes]:
    """Return the words of a text as UTF-8: letters and digits, NFKC, lower-case."""
    if text.isascii():  # the same, five times as fast
        return text.encode().translate(_ASCII).split()
    found = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
    return "\n".join(found).encode("utf-8", "replace").split()


def shingles(of: list[bytes]) -> Hashes:
    """Return the hash of each run of five words, in order; empty for fewer than five."""
    import numpy as np

    if len(of) < RUN:
        return np.empty(0, np.uint64)
    if len(_hashes) > _MOST_KNOWN:
        _hashes.clear()
    hashes = np.fromiter(map(_hashes.__getitem__, of), np.uint64, len(of))
    hashes ^= hashes << np.uint64(29)
    count = len(of) - RUN + 1
    out = hashes[:count].copy()
    for n in range(1, RUN):
        out *= _FACTOR
        out += hashes[n : n + count]
    out ^= out >> np.uint64(31)
    out *= _FACTOR
    return out


def distinct(text: str) -> Hashes:
    """Return the sorted set of a text's shingles."""
    return each_once(shingles(words(text)))


def each_once(values: NDArray[N]) -> NDArray[N]:
    """Return the sorted set of these numbers."""
    import numpy as np

    values = np.sort(values)
    return values[np.flatnonzero(np.diff(values, prepend=values[:1] + 1))]


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return what share of two sets of shingles is in both: 0 to 1, 0 when both are empty."""
    import numpy as np

    common = len(np.intersect1d(one, other, assume_unique=True))
    together = len(one) + len(other) - common
    return common / together if together else 0.0


def fingerprints(every: Hashes) -> Prints:
    """Return the chosen ones of a text's shingles, each once, sorted, cut to 32 bits."""
    import numpy as np

    if len(every) > WINDOW:
        least = every[: 1 - WINDOW]
        for n in range(1, WINDOW):
            least = np.minimum(least, every[n : len(every) - WINDOW + 1 + n])
        every = least
    return each_once(every.astype(np.uint32))
