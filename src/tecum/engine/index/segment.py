"""One segment, mapped for reading: its vocabulary, postings, and the way from a position to unit and document."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.files import GAP, TYPES, Array, Shape, map_array, read_manifest
from tecum.query.patterns import expression, fixed_prefix
from tecum.query.words import is_pattern

Positions = NDArray[np.int64]
Runs = list[tuple[int, int]]  # terms from .. up to, ascending and apart

_BLOCK: Final = 10  # bits of a position within a block of the directory
_ONE: Final = r"(?:[^\n\x80-\xff]|[\xc0-\xff][\x80-\xbf]*+)"  # one character of UTF-8
_SCAN: Final = 8  # from one posting in so many tokens on, the tokens are scanned instead of sorting postings


@dataclass(frozen=True)
class Segment:
    """The arrays of one segment (see ``files``); in memory or mapped."""

    shape: Shape
    hash: str
    tokens: Array
    postings: Array
    bounds: Array
    starts: Array
    lengths: Array
    spelling: Array
    offsets: Array
    unit_documents: Array
    unit_fields: Array
    documents: Array
    hashes: Array
    firsts: Positions  # of each unit the position before its first token, and one for the end
    directory: NDArray[np.int64]  # of each block of positions the last unit that begins at or before it

    @classmethod
    def open(cls, path: Path) -> Segment:
        """Map a segment.

        Raises:
            IndexStale: when it is missing, damaged, or built by other rules.
        """
        shape, _, digest = read_manifest(path)
        return cls.of({name: map_array(path, name, shape.length(name)) for name in TYPES}, shape, digest)

    @classmethod
    def of(cls, arrays: dict[str, Array], shape: Shape, digest: str) -> Segment:
        """Make a segment of its arrays."""
        named = {("spelling" if name == "terms" else name): array for name, array in arrays.items()}
        firsts = named["starts"].astype(np.int64) - 1
        edges = np.arange(0, shape.positions + (1 << _BLOCK), 1 << _BLOCK)
        directory = np.maximum(np.searchsorted(firsts, edges, "right") - 1, 0)
        return cls(shape, digest, **named, firsts=firsts, directory=directory)

    # Vocabulary

    def term(self, number: int) -> bytes:
        """The term with this number, as UTF-8."""
        return self.spelling[int(self.offsets[number]) : int(self.offsets[number + 1]) - 1].tobytes()

    def terms(self) -> list[bytes]:
        """All terms in order."""
        return self.spelling.tobytes().split(b"\n")[:-1]

    def matching(self, pattern: str) -> Runs:
        """The terms that match a folded pattern."""
        if not is_pattern(pattern):
            word = pattern.encode()
            at = self._place(word)
            return [(at, at + 1)] if at < self.shape.terms and self.term(at) == word else []
        prefix = fixed_prefix(pattern).encode()
        low, high = 0, self.shape.terms
        if prefix:  # its last byte is never 255, so the next greater prefix has it one higher
            low, high = self._place(prefix), self._place(prefix[:-1] + bytes([prefix[-1] + 1]))
        if low >= high or pattern.encode() == prefix + b"*":
            return [(low, high)] if low < high else []
        return self._searched(pattern, low, high)

    def _place(self, word: bytes) -> int:
        return bisect_left(range(self.shape.terms), word, key=self.term)

    def _searched(self, pattern: str, low: int, high: int) -> Runs:
        """Run one expression over the terms from ``low`` up to ``high``."""
        begin = int(self.offsets[low])
        text = self.spelling[begin : int(self.offsets[high])].tobytes()
        found = re.compile(b"^" + expression(pattern, _ONE).encode() + b"$", re.MULTILINE).finditer(text)
        places = np.fromiter((one.start() + begin for one in found), np.uint64)
        numbers = np.searchsorted(self.offsets, places)
        breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
        return [(int(run[0]), int(run[-1]) + 1) for run in np.split(numbers, breaks) if len(run)]

    # Postings

    def count(self, runs: Runs) -> int:
        """How many tokens are of these terms."""
        return sum(int(self.bounds[high]) - int(self.bounds[low]) for low, high in runs)

    def positions(self, runs: Runs, *, ordered: bool = True) -> Positions:
        """The positions of these terms; sorted unless ``ordered`` is false."""
        if not runs:
            return np.empty(0, np.int64)
        single = len(runs) == 1 and runs[0][1] - runs[0][0] == 1
        if ordered and not single and self.count(runs) * _SCAN >= self.shape.tokens:
            return self.scanned(runs)
        slices = [self.postings[int(self.bounds[low]) : int(self.bounds[high])] for low, high in runs]
        found = (slices[0] if len(slices) == 1 else np.concatenate(slices)).astype(np.int64)
        if ordered and not single:
            found.sort()
        return found

    def scanned(self, runs: Runs) -> Positions:
        """The same positions, read from the tokens and not from the postings."""
        wanted = np.zeros(self.shape.terms + 1, bool)
        for low, high in runs:
            wanted[low:high] = True
        places = np.flatnonzero(wanted[self.tokens])
        ends = np.cumsum(self.lengths, dtype=np.int64)
        units: Positions = np.searchsorted(ends, places, "right")
        return places + GAP * (1 + units)

    # Units and documents

    def units(self, positions: Positions) -> NDArray[np.int64]:
        """The unit of each position; the place before a unit's first token and the one after its last are its own."""
        found = self.directory[positions >> _BLOCK]
        while True:  # at most a few times: units begin at least GAP positions apart
            later = self.firsts[found + 1] <= positions
            if not later.any():
                return np.asarray(found)
            found += later

    def last(self, units: NDArray[np.int64]) -> Positions:
        """The position after the last token of each unit."""
        ends: Positions = self.firsts[units] + 1 + self.lengths[units]
        return ends
