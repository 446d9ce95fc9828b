"""A tree on one segment: which documents it finds, and which spans.

The semantics are the table in ``tecum.query.tree``. Fields are looked at as late as possible: spans of an
expression without a field name are found in all units and filtered once, which is the same because a span
never leaves its unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index import spans as algebra
from tecum.engine.index.segment import Segment, Window
from tecum.engine.index.spans import Ints, Limits, Mask, Spans, TooManySpans, single
from tecum.engine.index.vocabulary import merged
from tecum.errors import QueryInvalid
from tecum.query import tree as t

Names = frozenset[str] | None  # the fields named round a node; None where none is
Get = Callable[[t.Node], Spans]
Facts = Callable[[t.Fact], Ints]  # the ids of the documents of which a fact holds
T = TypeVar("T")


class Evaluation:
    """Evaluates trees on one segment.

    Args:
        segment: the segment.
        fields: the fields in which an expression without a field name is looked for.
        facts: what is known of documents besides their text.
        scan: read every word's positions from the tokens instead of the postings (a second way to the same
            answer, used to check the first).
        window: look at these units only, as if there were no others.
    """

    def __init__(
        self,
        segment: Segment,
        fields: Sequence[str],
        facts: Facts | None = None,
        *,
        scan: bool = False,
        window: Window | None = None,
    ) -> None:
        self.segment = segment
        self.fields = frozenset(fields)
        self.facts = facts
        self.scan = scan or window is not None
        self.window = window
        self.whole: Window = window or (0, segment.shape.units)
        self._read: dict[t.Node, Ints] = {}
        self._known: dict[t.Fact, Mask] = {}

    # Documents

    def mask(self, node: t.Node, names: Names = None) -> Mask:
        """For each document of the segment whether the tree finds it.

        Raises:
            QueryInvalid: when an operand of a proximity denotes no spans, or too many in one unit.
        """
        match node:
            case t.And(parts):
                return self._joined(np.logical_and, parts, names)
            case t.Or(parts) if _words(node) is None:
                return self._joined(np.logical_or, parts, names)
            case t.Fact():
                return self._holding(node)
            case t.Not(part):
                return np.logical_not(self.mask(part, names))
            case t.In(name, part):
                return self.mask(part, narrowed(names, name))
            case t.Near() if t.spread(node) is not node:
                return self.mask(t.spread(node), names)
            case _:
                found = np.zeros(self.segment.shape.documents + 1, bool)  # the last: hits in other fields
                for documents in self._windows(lambda window: self._documents(node, names, window)):
                    found[documents] = True
                return found[:-1]

    def _joined(self, how: np.ufunc, parts: Sequence[t.Node], names: Names) -> Mask:
        found = self.mask(parts[0], names)
        for part in parts[1:]:
            how(found, self.mask(part, names), out=found)
        return found

    def _holding(self, fact: t.Fact) -> Mask:
        if self.facts is None:
            raise QueryInvalid(
                f"{t.to_text(fact)} asks for what no text says, and this index knows nothing but texts",
                remedy="ask the matter, not the index alone",
            )
        if fact not in self._known:
            self._known[fact] = np.isin(self.segment.documents, self.facts(fact))
        return self._known[fact].copy()

    def _documents(self, node: t.Node, names: Names, window: Window) -> Ints:
        """The documents in which a node has a span, as ``Segment.targets`` numbers them; some more than once."""
        words = _words(node)
        if words is not None and not self.scan:
            return self._of_units(self.segment.units(self._unsorted(words)), names)
        if isinstance(node, t.Near | t.NotNear) and not _names_field(node):
            left, right = self._anywhere(node.left, names, window), self._anywhere(node.right, names, window)
            if isinstance(node, t.Near) and not node.ordered and len(right.first) < len(left.first):
                left, right = right, left
            return self._of_units(self.segment.units(left.first[self._kept(node, left, right)]), names)
        return self.segment.unit_documents[self.segment.units(self.spans(node, names, window).first)].astype(np.int64)

    def _of_units(self, units: Ints, names: Names) -> Ints:
        return self.segment.targets(self.fields if names is None else names).take(units)

    def _unsorted(self, words: Sequence[t.Slot]) -> NDArray[np.uint32]:
        """All positions of these words, in no order; the terms of several patterns once."""
        cased = [word for word in words if _is_cased(word)]
        runs = [self.segment.matching(word) for word in words if not _is_cased(word)]
        found = self.segment.unsorted(merged(runs))
        if not cased:
            return found
        written = [self._positions(word, self.whole).astype(np.uint32) for word in cased]
        return np.concatenate([found, *written])

    def _windows(self, find: Callable[[Window], T]) -> Iterator[T]:
        """Answer over all units, in parts where the whole would need too much memory."""
        waiting = [self.whole]
        while waiting:
            low, high = waiting.pop()
            try:
                answer = find((low, high))
            except TooManySpans:
                if high - low < 2:
                    raise QueryInvalid(
                        "a proximity inside another has more passages in one document than can be held",
                        remedy="make the inner proximity narrower, or its words rarer",
                    ) from None
                middle = (low + high) // 2
                waiting += [(middle, high), (low, middle)]
                continue
            yield answer

    # Spans

    def spans(self, node: t.Node, names: Names, window: Window) -> Spans:
        """The spans of a node that denotes spans, in the fields named or, where none is, the default ones."""
        if isinstance(node, t.In):
            return self.spans(node.part, narrowed(names, node.name), window)
        if _names_field(node):
            return self._combined(node, names, window, lambda part: self.spans(part, names, window))
        found = self._anywhere(node, names, window)
        allowed = self._allowed(self.segment.units(found.first), names)
        return found if allowed.all() else found.take(allowed)

    def _anywhere(self, node: t.Node, names: Names, window: Window) -> Spans:
        """The spans of a node without field names, in units of every field."""
        return self._combined(node, names, window, lambda part: self._anywhere(part, names, window))

    def _combined(self, node: t.Node, names: Names, window: Window, get: Get) -> Spans:
        match node:
            case t.Word() | t.Numbers():
                return single(self._positions(node, window))
            case t.Phrase(words):
                return algebra.phrase([self._positions(word, window) for word in words])
            case t.Dates(low, high, day_first):
                first = self._within(self.segment.days(day_first).between(low.toordinal(), high.toordinal()), window)
                return Spans(first, first + 2)
            case t.Edge(last):
                return single(self._edges(last, names, window))
            case t.Or(parts):
                if (plain := _words(node)) and not any(map(_is_cased, plain)):
                    return single(self._positions(node, window))
                return algebra.union([get(part) for part in parts])
            case t.Near(left, right, distance, ordered):
                return self._covers(get(left), get(right), distance, ordered)
            case t.NotNear(left, right):
                spans = get(left)
                return spans.take(self._kept(node, spans, get(right)))
            case _:
                raise QueryInvalid(f"{t.to_text(node)} denotes no place in a text, so nothing can stand near it")

    def _covers(self, left: Spans, right: Spans, distance: int, ordered: bool) -> Spans:
        found = [algebra.gathered(algebra.paired(left, right, distance, self.limits(left, distance)))]
        if not ordered:
            found.append(algebra.gathered(algebra.paired(right, left, distance, self.limits(right, distance))))
        return algebra.union(found)

    def _kept(self, node: t.Near | t.NotNear, left: Spans, right: Spans) -> Mask:
        """The left spans that a proximity keeps."""
        found = self.accompanied(node, left, right)
        return np.logical_not(found) if isinstance(node, t.NotNear) else found

    def accompanied(self, node: t.Near | t.NotNear, left: Spans, right: Spans) -> Mask:
        """Which left spans have a right one within the node's distance (after them, if it is ordered)."""
        limits = self.limits(left, node.distance)
        return algebra.accompanied(left, right, node.distance, limits, after=True, before=not node.ordered)

    def limits(self, spans: Spans, distance: int) -> Limits | None:
        """The bounds of each span's unit, where the distance could reach beyond."""
        if distance <= algebra.NEAR_ENOUGH:
            return None
        units = self.segment.units(spans.first)
        return Limits(self.segment.firsts[units].astype(np.int64), self.segment.last(units))

    # Leaves

    def _positions(self, word: t.Slot | t.Or, window: Window) -> Ints:
        """The positions of a word, or of an OR of words without case."""
        found = self._read.get(word)
        if found is None:
            runs = merged([self.segment.matching(one) for one in _words(word) or ()])
            found = self.segment.scanned(runs, self.window) if self.scan else self.segment.positions(runs)
            if isinstance(word, t.Word) and word.how == "case":
                found = self.segment.written(word, found)
            self._read[word] = found
        return self._within(found, window)

    def _within(self, positions: Ints, window: Window) -> Ints:
        if window == (0, self.segment.shape.units):
            return positions
        low, high = np.searchsorted(positions, self.segment.firsts[list(window)])
        return positions[low:high]

    def _edges(self, last: bool, names: Names, window: Window) -> Ints:
        units = np.arange(*window)
        wanted = self.segment.of_fields({t.BODY} if names is None else names)
        units = units[wanted[self.segment.unit_fields[window[0] : window[1]]]]
        return self.segment.last(units) if last else self.segment.firsts[units].astype(np.int64)

    def _allowed(self, units: Ints, names: Names) -> Mask:
        """Which units are of the fields that are looked in."""
        allowed = self.segment.of_fields(self.fields if names is None else names)
        if allowed.all():
            return np.ones(len(units), bool)
        return allowed[self.segment.unit_fields[units]]

    # What a tree's documents are found by

    def passages(self, node: t.Node, names: Names, window: Window) -> Spans:
        """The distinct top-level spans of a tree: those of each part that denotes spans and is not negated."""
        return algebra.union([self.spans(part, own, window) for part, own in span_parts(node, names)] or [_NONE])

    def occurrences(self, node: t.Node) -> Ints:
        """How many distinct top-level spans there are in each document that the tree finds; 0 in the others."""
        counts = np.zeros(self.segment.shape.documents, np.int64)
        for first in self._windows(lambda window: self.passages(node, None, window).first):
            counts += np.bincount(self.segment.unit_documents[self.segment.units(first)], minlength=len(counts))
        counts[~self.mask(node)] = 0
        return counts


_NONE = single(np.empty(0, np.int64))


def narrowed(names: Names, name: str) -> frozenset[str]:
    """The fields looked in below a field name."""
    own = frozenset(t.fields_of(name))
    return own if names is None else names & own


def span_parts(node: t.Node, names: Names = None) -> Iterator[tuple[t.Node, Names]]:
    """Yield the largest parts that denote spans and are not negated, with the fields named round them."""
    if t.has_spans(node):
        yield node, names
        return
    match node:
        case t.And(parts) | t.Or(parts):
            for part in parts:
                yield from span_parts(part, names)
        case t.In(name, part):
            yield from span_parts(part, narrowed(names, name))
        case t.Near() if t.spread(node) is not node:
            yield from span_parts(t.spread(node), names)
        case _:
            return


def _names_field(node: t.Node) -> bool:
    return any(isinstance(one, t.In) for one in t.walk(node))


def _words(node: t.Node) -> tuple[t.Slot, ...] | None:
    """The words of a word or of an OR of words."""
    if isinstance(node, t.Word | t.Numbers):
        return (node,)
    if isinstance(node, t.Or):
        words = tuple(part for part in node.parts if isinstance(part, t.Word | t.Numbers))
        return words if len(words) == len(node.parts) else None
    return None


def _is_cased(word: t.Slot) -> bool:
    return isinstance(word, t.Word) and word.how == "case"
