"""One segment, mapped for reading: its vocabulary, postings, and the way from a position to unit and document."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.dating import Days, days
from tecum.engine.index.files import GAP, LATER, TYPES, Array, Shape, map_array, read_manifest
from tecum.engine.index.vocabulary import Runs, Vocabulary, numbers_of, spread
from tecum.query.tree import Slot, Word

Ints = NDArray[np.int64]
Positions = NDArray[np.int64]
Mask = NDArray[np.bool_]
Window = tuple[int, int]  # units from .. up to
T = TypeVar("T")

_BLOCK: Final = 8  # bits of a position within a block of the directory: GAP, so that a unit begins in it at most
_SCAN: Final = 8  # from one posting in so many tokens on, the tokens are scanned instead of sorting postings
_MANY: Final = 64  # slices; more are gathered by one index
_VOCABULARY: Final = ("terms", "offsets", "surfaces", "surface_offsets", "surface_bounds")


def sorted_runs(values: NDArray[Any]) -> NDArray[Any]:
    """Sort what consists of ascending stretches: a merging sort, which keeps them, is two to four times as fast."""
    return np.sort(values, kind="stable")


@dataclass(frozen=True)
class Segment:
    """The arrays of one segment (see ``files``); in memory or mapped.

    ``hidden`` are places in ``documents`` that are no longer part of the index.
    """

    shape: Shape
    hash: str
    vocabulary: Vocabulary
    tokens: Array
    postings: Array
    bounds: Array
    forms: Array
    later_places: Array
    later_forms: Array
    starts: Array
    lengths: Array
    unit_documents: Array
    unit_fields: Array
    documents: Array
    hashes: Array
    firsts: NDArray[np.uint32]  # of each unit the position before its first token, and one for the end
    directory: Ints  # of each block of positions the last unit that begins at or before it
    hidden: Mask | None = None
    _answers: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

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
        vocabulary = Vocabulary(*(arrays[name] for name in _VOCABULARY))
        others: dict[str, Any] = {name: array for name, array in arrays.items() if name not in _VOCABULARY}
        firsts = (arrays["starts"] - np.uint64(1)).astype(np.uint32)
        begun = np.bincount((firsts - np.uint32(1)) >> np.uint32(_BLOCK), minlength=(shape.positions >> _BLOCK) + 1)
        before = np.cumsum(begun) - begun  # units that begin before each block
        directory: Ints = np.maximum(before - 1, 0)
        return cls(shape, digest, vocabulary, **others, firsts=firsts, directory=directory)

    # Postings

    def count(self, runs: Runs) -> int:
        """How many tokens are of these terms."""
        return int((self.bounds[runs[:, 1]] - self.bounds[runs[:, 0]]).sum()) if len(runs) else 0

    def counts(self, numbers: Ints) -> Ints:
        """How many tokens there are of each of these terms."""
        return (self.bounds[numbers + 1] - self.bounds[numbers]).astype(np.int64)

    def matching(self, slot: Slot) -> Runs:
        """The terms that a word or a range of numbers stands for."""
        return self.vocabulary.matching(slot)

    def unsorted(self, runs: Runs) -> NDArray[np.uint32]:
        """The positions of these terms, term after term."""
        bounds = self.bounds[runs].astype(np.int64)
        if len(runs) > _MANY:
            found: NDArray[np.uint32] = self.postings[spread(bounds[:, 0], bounds[:, 1])]
            return found
        slices = [self.postings[low:high] for low, high in bounds.tolist()]
        return slices[0] if len(slices) == 1 else np.concatenate([np.empty(0, np.uint32), *slices])

    def positions(self, runs: Runs) -> Positions:
        """The positions of these terms, sorted."""
        if len(runs) == 1 and runs[0, 1] - runs[0, 0] == 1:
            return self.unsorted(runs).astype(np.int64)
        if self.count(runs) * _SCAN >= self.shape.tokens:
            return self.scanned(runs)
        return sorted_runs(self.unsorted(runs)).astype(np.int64)

    def scanned(self, runs: Runs, window: Window | None = None) -> Positions:
        """The same positions, read from the tokens and not from the postings; of some units only, if so wanted."""
        low, high = window or (0, self.shape.units)
        begin, end = (int(self.starts[at]) - GAP * (at + 1) for at in (low, high))
        tokens = self.tokens[begin:end]
        if window is None:
            wanted = np.zeros(self.shape.terms + 1, bool)
            wanted[numbers_of(runs)] = True
            inside = wanted[tokens]
        else:
            run = np.searchsorted(runs[:, 0], tokens, "right") - 1
            inside = (run >= 0) & (tokens < runs[run, 1]) if len(runs) else np.zeros(len(tokens), bool)
        places = np.flatnonzero(inside)
        ends = np.cumsum(self.lengths[low:high], dtype=np.int64)
        units = np.searchsorted(ends, places, "right") + low
        return np.asarray(places + begin + GAP * (1 + units), np.int64)

    def written(self, word: Word, positions: Positions) -> Positions:
        """Of the positions of one word those where it is written with this case."""
        runs = self.matching(word)
        term = int(runs[0, 0]) if len(runs) else 0
        form = self.vocabulary.form(term, word.pattern) if len(runs) else None
        if form is None or not len(positions):
            return np.empty(0, np.int64)
        low, high = int(self.bounds[term]), int(self.bounds[term + 1])
        places = low + np.searchsorted(self.postings[low:high], positions.astype(np.uint32))
        forms = self.forms[places]
        if form < LATER:
            return np.asarray(positions[forms == form])
        later = np.flatnonzero(forms == LATER)
        which = self.later_forms[np.searchsorted(self.later_places, places[later])]
        return np.asarray(positions[later[which == form]])

    def days(self, day_first: bool) -> Days:
        """The dates written in the texts."""
        return self._kept(("days", day_first), lambda: days(self, day_first))

    def _kept(self, key: Any, find: Callable[[], T]) -> T:
        """What was found once, such as the documents of units of these fields."""
        if key not in self._answers:
            self._answers[key] = find()
        found: T = self._answers[key]
        return found

    # Units and documents

    def units(self, positions: NDArray[Any]) -> Ints:
        """The unit of each position; the place before a unit's first token and the one after its last are its own."""
        found: Ints = self.directory.take(positions >> _BLOCK)
        found += self.firsts.take(found + 1) <= positions
        return found

    def last(self, units: NDArray[Any]) -> Positions:
        """The position after the last token of each unit."""
        ends: Positions = self.firsts[units].astype(np.int64) + 1 + self.lengths[units]
        return ends

    def targets(self, fields: frozenset[str]) -> Ints:
        """The document of each unit of these fields; one more than the last document for units of others."""
        return self._kept(("targets", fields), lambda: self._targets(fields))

    def _targets(self, fields: frozenset[str]) -> Ints:
        # int64, as numpy's indexing wants it: this and the directory halve the time of a frequent word.
        found: Ints = self.unit_documents.astype(np.int64)
        found[~self.of_fields(fields)[self.unit_fields]] = self.shape.documents
        return found

    def of_fields(self, fields: Iterable[str]) -> Mask:
        """For each field of the segment whether it is one of these."""
        names = frozenset(fields)
        return np.array([name in names for name in self.shape.fields], bool)

    @cached_property
    def visible(self) -> Ints:
        """The ids of the documents that are not hidden, in the segment's order."""
        return np.asarray(self.documents if self.hidden is None else self.documents[~self.hidden])

    def window(self, place: int) -> Window:
        """The units of the document at this place."""
        low, high = np.searchsorted(self.unit_documents, [place, place + 1])
        return int(low), int(high)
