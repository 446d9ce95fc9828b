"""Passages of a document with the words marked by which it was found; no offsets are stored for this.

The text is tokenised again by the rules of the index and evaluated as a segment of one document, so that what
is marked is what was counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tecum.engine.index.build import Assembly, IndexDoc
from tecum.engine.index.evaluate import Evaluation, Names, narrowed, span_parts
from tecum.engine.index.segment import Segment
from tecum.engine.index.spans import Ints, Mask, Spans, keys, paired
from tecum.query import tree as t
from tecum.query.words import tokenize_spans

_SPACES = re.compile(r"\s+")


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


def passages(tree: t.Node, units: Sequence[tuple[str, str]], fields: Sequence[str], width: int) -> Iterator[Passage]:
    """Yield the parts of these units that hold a marked word with ``width`` words on either side."""
    assembly = Assembly()
    assembly.add(IndexDoc(0, "00" * 32, units))
    segment = Segment.of(assembly.arrays(), assembly.shape(), "")
    evaluation = Evaluation(segment, fields)
    found = [one for part, names in span_parts(tree) for one in _leaves(evaluation, part, names, None)]
    marked = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    of = segment.units(marked)
    for unit in np.unique(of):
        words = marked[of == unit] - int(segment.starts[unit])
        field, text = units[unit]
        yield from _of_unit(field, text, words.tolist(), width)


def _of_unit(field: str, text: str, words: list[int], width: int) -> Iterator[Passage]:
    places = list(tokenize_spans(text))
    groups: list[list[int]] = []
    for word in words:
        if groups and word - groups[-1][-1] <= 2 * width + 1:
            groups[-1].append(word)
        else:
            groups.append([word])
    for group in groups:
        low, high = max(0, group[0] - width), min(len(places), group[-1] + width + 1)
        start, end = places[low][0] if low else 0, places[high - 1][1] if high < len(places) else len(text)
        yield Passage(field, text[start:end], tuple((places[at][0] - start, places[at][1] - start) for at in group))


def _leaves(evaluation: Evaluation, node: t.Node, names: Names, kept: Spans | None) -> Iterator[Ints]:
    """Yield the positions of the words that take part in spans of a node: in all of them, or in those kept."""
    window = evaluation.whole
    match node:
        case t.Word():
            yield (kept or evaluation.spans(node, names, window)).first
        case t.Phrase(words):
            first = (kept or evaluation.spans(node, names, window)).first
            yield from (first + at for at in range(len(words)))
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
