"""The vocabulary of a segment: which of its terms a word of a query stands for, and in which spelling.

Terms are sorted by their bytes, so that a prefix is a range. Everything else is looked for within the range of
the fixed beginning: wildcards by a literal part and one expression, stems by the stemmer, fuzzy words by the
distance of Levenshtein for all candidates at a time, regular expressions by their automaton.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.distance import within
from tecum.engine.index.files import Array
from tecum.query.fuzzy import parts_of
from tecum.query.patterns import expression, fixed_prefix
from tecum.query.regex import automaton
from tecum.query.stems import stem, stem_prefix
from tecum.query.tree import MAX_NUMBER, Numbers, Slot, Word
from tecum.query.words import WILDCARDS, canonical, is_pattern, lowered

Ints = NDArray[np.int64]
Runs = NDArray[np.int64]  # terms from .. up to, one a row, ascending and apart

NOWHERE: Final = np.empty((0, 2), np.int64)
_ONE: Final = r"(?:[^\n\x80-\xff]|[\xc0-\xff][\x80-\xbf]*+)"  # one character of UTF-8
_REMEMBERED: Final = 1024  # words whose terms are kept
# What the English stemmer cuts off consists of these letters (Porter 2, the endings of all its steps and the
# consonants that are doubled before them).
_CUT: Final = "[abcdefgilmnoprstuvyz]*"
_DIGITS: Final = len(str(MAX_NUMBER))


class Vocabulary:
    """Terms and their surfaces (see ``files``).

    Args:
        terms, offsets: the terms, and where each begins.
        surfaces, surface_offsets, surface_bounds: the surfaces, where each begins, and where those of each term do.
    """

    def __init__(
        self, terms: Array, offsets: Array, surfaces: Array, surface_offsets: Array, surface_bounds: Array
    ) -> None:
        self.text, self.offsets = terms, offsets
        self._surfaces, self._surface_offsets, self._surface_bounds = surfaces, surface_offsets, surface_bounds
        self.matching = lru_cache(maxsize=_REMEMBERED)(self._matching)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def term(self, number: int) -> bytes:
        """The term with this number, as UTF-8."""
        return self.text[int(self.offsets[number]) : int(self.offsets[number + 1]) - 1].tobytes()

    def terms(self, low: int = 0, high: int | None = None) -> list[bytes]:
        """The terms from one up to another, in order; all when no numbers are given."""
        end = self.offsets[len(self) if high is None else high]
        return self.text[int(self.offsets[low]) : int(end)].tobytes().split(b"\n")[:-1]

    def spelled(self, runs: Runs) -> list[bytes]:
        """The terms of these runs, in order."""
        return [term for low, high in runs.tolist() for term in self.terms(low, high)]

    def surfaces(self) -> list[bytes]:
        """The surfaces of all terms, term after term."""
        return self._surfaces.tobytes().split(b"\n")[:-1]

    @property
    def owners(self) -> Ints:
        """The term of each surface."""
        bounds: Ints = self._surface_bounds.astype(np.int64)
        return np.repeat(np.arange(len(self)), bounds[1:] - bounds[:-1])

    @property
    def surface_bounds(self) -> Array:
        """Where the surfaces of each term begin."""
        return self._surface_bounds

    def form(self, term: int, surface: str) -> int | None:
        """Which of a term's surfaces this is; None when it is none of them."""
        low, high = int(self._surface_bounds[term]), int(self._surface_bounds[term + 1])
        at = bisect_left(range(high), surface.encode(), lo=low, key=self._surface)
        return at - low if at < high and self._surface(at) == surface.encode() else None

    def _surface(self, at: int) -> bytes:
        return self._surfaces[int(self._surface_offsets[at]) : int(self._surface_offsets[at + 1]) - 1].tobytes()

    # What a word stands for

    def _matching(self, slot: Slot) -> Runs:
        """The terms that a word or a range of numbers stands for; of a word with its case, the term it is."""
        match slot:
            case Numbers(low, high):
                values, numbers = self._values
                return runs_of(np.sort(numbers[np.searchsorted(values, low) : np.searchsorted(values, high, "right")]))
            case Word(pattern, "case"):
                return self._exact(canonical(lowered(pattern.encode())))
            case Word(pattern, "stem"):
                return self._stemmed(pattern)
            case Word(pattern, "fuzzy"):
                return self._fuzzy(pattern)
            case Word(pattern, "regex"):
                machine = automaton(pattern)
                low, high = self.beginning(machine.prefix)
                spelled = enumerate(self.terms(low, high), low)
                return runs_of(at for at, term in spelled if machine.matches(term.decode()))
            case Word(pattern):
                return self._wild(pattern) if is_pattern(pattern) else self._exact(pattern.encode())

    def _exact(self, word: bytes) -> Runs:
        at = self._place(word)
        return np.array([[at, at + 1]]) if at < len(self) and self.term(at) == word else NOWHERE

    def beginning(self, prefix: str) -> tuple[int, int]:
        """The terms, from one up to another, that begin with these characters."""
        word = prefix.encode()
        if not word:
            return 0, len(self)
        # The last byte of UTF-8 is never 255, so the next greater prefix has it one higher.
        return self._place(word), self._place(word[:-1] + bytes([word[-1] + 1]))

    def _place(self, word: bytes) -> int:
        return bisect_left(range(len(self)), word, key=self.term)

    def _wild(self, pattern: str) -> Runs:
        prefix = fixed_prefix(pattern)
        low, high = self.beginning(prefix)
        if low >= high:
            return NOWHERE
        if pattern == f"{prefix}*":
            return np.array([[low, high]])
        source = expression(pattern, _ONE).encode()
        after = pattern.removeprefix(prefix)
        literal = max(re.split(f"[{WILDCARDS}]", after), key=len).encode()
        if not literal:
            return self._searched(source, low, high)
        if after.encode() == b"*" + literal:
            return runs_of(self._ending(literal, low, high, len(prefix.encode())))
        whole = re.compile(source)
        return runs_of(at for at in self._holding(literal, low, high).tolist() if whole.fullmatch(self.term(at)))

    def _holding(self, literal: bytes, low: int, high: int) -> Ints:
        """The terms from ``low`` up to ``high`` in which these bytes stand."""
        begin, end = int(self.offsets[low]), int(self.offsets[high])
        found = re.compile(re.escape(literal)).finditer(self.text[begin:end].data)
        places = np.fromiter((one.start() + begin for one in found), np.uint64)
        return np.unique(np.searchsorted(self.offsets, places, "right") - 1)

    def _ending(self, literal: bytes, low: int, high: int, skip: int) -> Ints:
        """The terms from ``low`` up to ``high`` that end in these bytes, which begin after the first ``skip``."""
        offsets = self.offsets[low : high + 1].astype(np.int64)
        found = np.flatnonzero(offsets[1:] - 1 - offsets[:-1] >= skip + len(literal))
        for back, byte in enumerate(reversed(literal), 2):  # before the line feed
            found = found[self.text[offsets[found + 1] - back] == byte]
        return found + low

    def _searched(self, source: bytes, low: int, high: int) -> Runs:
        """Run one expression over the terms from ``low`` up to ``high``."""
        begin, end = int(self.offsets[low]), int(self.offsets[high])
        found = re.compile(b"^" + source + b"$", re.MULTILINE).finditer(self.text[begin:end].data)
        places = np.fromiter((one.start() + begin for one in found), np.uint64)
        return runs_of(np.searchsorted(self.offsets, places))

    def _stemmed(self, word: str) -> Runs:
        """The terms with the stem of a word.

        Beyond the part that a stem shares with its words, what a word has more than the stem was cut off.
        """
        wanted, shared = stem(word), stem_prefix(word) or word[:1]
        low, high = self.beginning(shared)
        free = len(wanted) - len(shared)
        source = re.escape(shared).encode() + b"(?:" + _ONE.encode() + b"){0,%d}" % free + _CUT.encode()
        likely = self._searched(source, low, high)
        numbers = (at for low, high in likely.tolist() for at in range(low, high))
        return runs_of(at for at in numbers if stem(self.term(at).decode()) == wanted)

    def _fuzzy(self, pattern: str) -> Runs:
        fixed, rest, edits = parts_of(pattern)
        low, high = self.beginning(fixed)
        return runs_of(self.near(rest, edits, low, high, len(fixed.encode()))[0])

    def near(self, word: str, edits: int, low: int, high: int, skip: int = 0) -> tuple[Ints, Ints]:
        """The terms from ``low`` up to ``high`` at most so many edits away from a word, and how far each is.

        The first ``skip`` bytes of each term are left out of account.
        """
        offsets = self.offsets[low : high + 1].astype(np.int64)
        numbers, far = within(self.text, offsets[:-1] + skip, offsets[1:] - 1, word, edits)
        return numbers + low, far

    @cached_property
    def _values(self) -> tuple[Ints, Ints]:
        """The terms of digits only: their values in order, and the term of each."""
        low, high = self._place(b"0"), self._place(b":")
        found = [
            (int(term), at)
            for at, term in enumerate(self.terms(low, high), low)
            if term.isdigit() and len(term.lstrip(b"0")) <= _DIGITS
        ]
        pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def runs_of(numbers: Iterable[int] | Ints) -> Runs:
    """Ascending numbers as runs."""
    found = numbers if isinstance(numbers, np.ndarray) else np.fromiter(numbers, np.int64)
    if not len(found):
        return NOWHERE
    breaks = np.flatnonzero(np.diff(found) != 1)
    return np.stack([found[np.concatenate(([0], breaks + 1))], found[np.concatenate((breaks, [-1]))] + 1], axis=1)


def merged(parts: Sequence[Runs]) -> Runs:
    """The terms of several sets of runs, each once."""
    if len(parts) == 1:
        return parts[0]
    found = np.concatenate([NOWHERE, *parts])
    found = found[np.argsort(found[:, 0], kind="stable")]
    reached = np.maximum.accumulate(found[:, 1])
    begins = np.ones(len(found), bool)
    begins[1:] = found[1:, 0] > reached[:-1]
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(found)) - 1
    return np.stack([found[starts, 0], reached[ends]], axis=1) if len(found) else NOWHERE


def numbers_of(runs: Runs) -> Ints:
    """The numbers that runs stand for."""
    return spread(runs[:, 0], runs[:, 1])


def spread(low: Ints, high: Ints) -> Ints:
    """All integers from each ``low`` up to its ``high``, one range after another."""
    counts = high - low
    ends = np.cumsum(counts)
    found: Ints = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(low - ends + counts, counts)
    return found
