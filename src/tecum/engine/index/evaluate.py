"""A tree on one segment: which documents it finds, and which spans.

The semantics are the table in docs/reference/query.md. Fields are looked at as late as possible: spans of an
expression without a field name are found in all units and filtered once, which is the same because a span
never leaves its unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.segment import Segment
from tecum.engine.index.spans import (
    NEAR_ENOUGH,
    Ints,
    Limits,
    Mask,
    Pairs,
    Spans,
    TooManySpans,
    accompanied,
    gathered,
    paired,
    phrase,
    single,
    union,
)
from tecum.errors import QueryInvalid
from tecum.query.tree import (
    BODY,
    And,
    Edge,
    In,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Phrase,
    Word,
    conjuncts,
    fields_of,
    has_spans,
    spread,
    walk,
)

Names = frozenset[str] | None  # the fields named around a node; None where none is
Window = tuple[int, int]  # units from .. up to


class Evaluation:
    """Evaluates trees on one segment.

    Args:
        segment: the segment.
        fields: the fields in which an expression without a field name is looked for.
        scan: read every word's positions from the tokens instead of the postings (a second way to the same
            answer, used to check the first).
    """

    def __init__(self, segment: Segment, fields: Sequence[str], *, scan: bool = False) -> None:
        self.segment = segment
        self.fields = frozenset(fields)
        self.scan = scan
        self.whole: Window = (0, segment.shape.units)
        self._positions: dict[str, Ints] = {}

    # Documents

    def mask(self, node: Node, names: Names = None) -> Mask:
        """For each document of the segment whether the tree finds it.

        Raises:
            QueryInvalid: when a proximity's operand denotes no spans, or has too many in one unit.
        """
        match node:
            case And(parts):
                return np.logical_and.reduce([self.mask(part, names) for part in parts])
            case Not(part):
                return np.logical_not(self.mask(part, names))
            case Or(parts) if not all(isinstance(part, Word) for part in parts):
                return np.logical_or.reduce([self.mask(part, names) for part in parts])
            case In(name, part) if not has_spans(node):
                return self.mask(part, narrowed(names, name))
            case Near() if len(conjuncts(node.left)) + len(conjuncts(node.right)) > 2:
                return self.mask(spread(node), names)
        found = np.zeros(self.segment.shape.documents, bool)
        for units in self._in_windows(lambda window: self._hit_units(node, names, window)):
            found[self.segment.unit_documents[units]] = True
        return found

    def _in_windows[T](self, find: Callable[[Window], T]) -> Iterator[T]: ...

    def _hit_units(self, node: Node, names: Names, window: Window) -> Ints:
        """The units in which a node has a span; a unit may stand more than once."""
        if isinstance(node, In):
            return self._hit_units(node.part, narrowed(names, node.field), window)
        if isinstance(node, Word | Or) and window == self.whole and not self.scan and _words(node):
            runs = sorted({run for word in _words(node) for run in self.segment.matching(word.pattern)})
            found = self.segment.positions(runs, ordered=False)
            return self._allowed_units(self.segment.units(found), names)
        if isinstance(node, Near | NotNear) and not _names_field(node):
            _check(node)
            left, right = self._anywhere(node.left, names, window), self._anywhere(node.right, names, window)
            if isinstance(node, Near) and not node.ordered and len(right.first) < len(left.first):
                left, right = right, left
            first = left.first[self._accompanied(node, left, right)]
            return self._allowed_units(self.segment.units(first), names)
        return self.segment.units(self.spans(node, names, window).first)
