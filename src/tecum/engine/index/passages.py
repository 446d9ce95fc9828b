"""Passages of a document with the words marked by which it was found; no character offsets are stored for this.

The words that took part come from the index, or, for a text that is not in it, from a segment made of that text
alone. Where they stand is found by dividing the text again by the rules of the index, only as far as is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tecum.engine.index.build import Assembly, IndexDoc
from tecum.engine.index.evaluate import Evaluation, Facts, Names, narrowed, span_parts
from tecum.engine.index.segment import Segment, sorted_runs
from tecum.engine.index.spans import Ints, Mask, Spans, keys, paired
from tecum.errors import IndexStale
from tecum.query import tree as t
from tecum.query.words import pieces, raw_words, tokenize_spans

_SPACES = re.compile(r"\s+")
_PIECE: Final = 1 << 14  # characters whose words are located at a time
LONGEST: Final = 100  # words from the first marked to the last of one passage; what follows is another

# Of each unit with marked words its field, which one it is of the document's units of that field, and the words,
# ascending. So a document's units may be shown in another order than they were indexed in.
Marked = list[tuple[str, int, list[int]]]


@dataclass(frozen=True)
class Passage:
    """A part of one unit's text; ``marks`` are (first character, one after the last) within ``text``."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]

    def marked(self, before: str = "[", after: str = "]") -> str:
        """The text on one line, with signs round each mark."""
        out, at = [], 0
        for start, end in self.marks:
            out += [self.text[at:start], before, self.text[start:end], after]
            at = end
        return _SPACES.sub(" ", "".join([*out, self.text[at:]])).strip()


@dataclass(frozen=True)
class Mark:
    """A word that took part in a hit: unit (from 0 in the document), its field, first and one after last character."""

    unit: int
    field: str
    start: int
    end: int


def marked_words(evaluation: Evaluation, tree: t.Node) -> Marked:
    """The words by which the one document in an evaluation's window is found."""
    segment, (first, end) = evaluation.segment, evaluation.whole
    fields = segment.unit_fields[first:end]
    found = [one for part, names in span_parts(tree) for one in _leaves(evaluation, part, names, None)]
    marked = sorted_runs(np.concatenate([np.empty(0, np.int64), *found]))
    marked = marked[np.diff(marked, prepend=-1) > 0]  # each once
    of = segment.units(marked)
    words = marked - segment.starts[of].astype(np.int64)
    breaks = np.flatnonzero(np.diff(of)) + 1
    found_in: Marked = []
    for units, some in zip(np.split(of, breaks), np.split(words, breaks), strict=True):
        if len(units):
            unit = int(units[0]) - first
            which = int(np.count_nonzero(fields[:unit] == fields[unit]))
            found_in.append((segment.shape.fields[fields[unit]], which, some.tolist()))
    return found_in


def marked_text(tree: t.Node, units: Sequence[tuple[str, str]], fields: Sequence[str], facts: Facts | None) -> Marked:
    """The same of a text that is in no index."""
    assembly = Assembly()
    assembly.add(IndexDoc(0, "00" * 32, units))
    arrays, shape = assembly.arrays()
    return marked_words(Evaluation(Segment.of(arrays, shape, ""), fields, facts), tree)


def marks(marked: Marked, units: Sequence[tuple[str, str]]) -> Iterator[Mark]:
    """Yield where each marked word stands.

    Raises:
        IndexStale: when a text has fewer words than were indexed.
    """
    for unit, words in _in(units, marked):
        field, text = units[unit]
        places = _Places(field, text, 0)
        for word in words:
            yield Mark(unit, field, *places.of(word))


def passages(marked: Marked, units: Sequence[tuple[str, str]], width: int) -> Iterator[Passage]:
    """Yield the parts of these units that hold a marked word with ``width`` words on either side.

    Raises:
        IndexStale: when a text has fewer words than were indexed.
    """
    for unit, words in _in(units, marked):
        field, text = units[unit]
        places = _Places(field, text, 2 * width + LONGEST)
        for low, high, group in _groups(words, width):
            begun = places.of(low)[0] if low > 0 else 0
            spots = [places.of(word) for word in group]
            after = places.find(high)
            # The last words of a unit are shown with what follows them.
            end = after[1] if after and places.find(high + 1) else len(text)
            yield Passage(field, text[begun:end], tuple((start - begun, stop - begun) for start, stop in spots))


def _in(units: Sequence[tuple[str, str]], marked: Marked) -> Iterator[tuple[int, list[int]]]:
    """The marked words by the place of their unit among these units, in their order."""
    if not marked:
        return
    counts: Counter[str] = Counter()
    places: dict[tuple[str, int], int] = {}
    for at, (field, _) in enumerate(units):
        places[field, counts[field]] = at
        counts[field] += 1
    for field, which, _ in marked:
        if (field, which) not in places:
            raise IndexStale(f"the document has fewer parts named {field} than were indexed")
    yield from sorted((places[field, which], words) for field, which, words in marked)


def _groups(words: list[int], width: int) -> Iterator[tuple[int, int, list[int]]]:
    """Words whose surroundings touch, together, with the first and last word to show; nothing is shown twice."""
    low, group = words[0] - width, [words[0]]
    for word in words[1:]:
        touches = word - group[-1] <= 2 * width + 1
        if touches and word - group[0] <= LONGEST:
            group.append(word)
            continue
        high = word - 1 if touches else group[-1] + width
        yield low, high, group
        low, group = high + 1 if touches else word - width, [word]
    yield low, group[-1] + width, group


class _Places:
    """Where the words of one text stand; it is gone through once, forwards.

    A word may be asked for when none was that stands more than ``back`` words after it.
    """

    def __init__(self, field: str, text: str, back: int) -> None:
        self._field, self._back = field, back
        self._pieces = pieces(text, _PIECE)
        self._offset = 0  # of the next piece
        self._count = 0  # of the words before it
        self._kept: list[tuple[int, int, int, str]] = []  # first word, one after the last, offset, text
        self._located: dict[int, list[tuple[int, int]]] = {}

    def of(self, word: int) -> tuple[int, int]:
        found = self.find(word)
        if found is None:
            raise IndexStale(f"the {self._field} of the document has fewer words than were indexed")
        return found

    def find(self, word: int) -> tuple[int, int] | None:
        """First character of a word and the one after its last; None beyond the end of the text."""
        while word >= self._count:
            piece = next(self._pieces, None)
            if piece is None:
                return None
            words = len(raw_words(piece))
            self._kept.append((self._count, self._count + words, self._offset, piece))
            self._count += words
            self._offset += len(piece)
            self._forget(word)
        for low, high, offset, piece in reversed(self._kept):
            if low <= word < high:
                if low not in self._located:
                    self._located[low] = [(start + offset, end + offset) for start, end in tokenize_spans(piece)]
                return self._located[low][word - low]
        raise AssertionError(f"word {word} lies further back than {self._back} words")

    def _forget(self, word: int) -> None:
        """Drop the pieces that lie far before a word."""
        while self._kept and self._kept[0][1] < word - self._back:
            self._located.pop(self._kept.pop(0)[0], None)


def _leaves(evaluation: Evaluation, node: t.Node, names: Names, kept: Spans | None) -> Iterator[Ints]:
    """Yield the positions of the words that take part in spans of a node: in all of them, or in those kept."""
    window = evaluation.whole
    match node:
        case t.Word() | t.Numbers():
            yield (kept or evaluation.spans(node, names, window)).first
        case t.Phrase() | t.Dates():
            first = (kept or evaluation.spans(node, names, window)).first
            yield from (first + at for at in range(len(node.words) if isinstance(node, t.Phrase) else 3))
        case t.In(name, part):
            yield from _leaves(evaluation, part, narrowed(names, name), kept)
        case t.NotNear(left):
            yield from _leaves(evaluation, left, names, kept or evaluation.spans(node, names, window))
        case t.Or(parts):
            for part in parts:
                spans = evaluation.spans(part, names, window)
                yield from _leaves(evaluation, part, names, spans if kept is None else spans.take(_among(spans, kept)))
        case t.Near(left, right):
            one, other = evaluation.spans(left, names, window), evaluation.spans(right, names, window)
            left_kept, right_kept = _partners(evaluation, node, one, other, kept)
            yield from _leaves(evaluation, left, names, one.take(left_kept))
            yield from _leaves(evaluation, right, names, other.take(right_kept))


def _among(spans: Spans, kept: Spans) -> Mask:
    return np.isin(keys(spans), keys(kept))


def _partners(evaluation: Evaluation, node: t.Near, left: Spans, right: Spans, kept: Spans | None) -> tuple[Mask, Mask]:
    """Which left and which right spans form the covers kept."""
    ones, others = np.zeros(len(left.first), bool), np.zeros(len(right.first), bool)
    for block in paired(left, right, node.distance, evaluation.limits(left, node.distance)):
        which = slice(None) if kept is None else _among(block.cover, kept)
        ones[block.left[which]] = others[block.right[which]] = True
    if not node.ordered:
        for block in paired(right, left, node.distance, evaluation.limits(right, node.distance)):
            which = slice(None) if kept is None else _among(block.cover, kept)
            others[block.left[which]] = ones[block.right[which]] = True
    return ones, others
