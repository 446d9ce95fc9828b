"""The index: several segments that answer as one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.evaluate import Evaluation
from tecum.engine.index.passages import Passage, passages
from tecum.engine.index.segment import Segment
from tecum.engine.index.spans import Ints, Mask
from tecum.errors import IndexStale, QueryInvalid
from tecum.query import TermCount
from tecum.query import tree as t
from tecum.query.lexer import KNOWN_FIELDS
from tecum.query.words import tokenize

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Hit:
    """One top-level span in a document: unit (from 0 in the document), its field, first and last word.

    Words count from 0; -1 and the number of words stand for the edges (``xfirstword``, ``xlastword``).
    """

    unit: int
    field: str
    first: int
    last: int


class Index:
    """Read-only; every answer is exact for the documents of its segments, NOT against all of them.

    ``fields`` of each method are those in which an expression without a field name is looked for.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = list(segments)
        ids = [np.empty(0, np.int64), *(one.documents for one in segments)]
        self._ids: Ints = np.sort(np.concatenate(ids))
        if (self._ids[1:] == self._ids[:-1]).any():
            raise IndexStale("a document stands in two segments of the index")

    @classmethod
    def open(cls, paths: Sequence[Path]) -> Index:
        """Map these segments.

        Raises:
            IndexStale: when one is missing, damaged or built by other rules, or two hold the same document.
        """
        return cls([Segment.open(path) for path in paths])

    def close(self) -> None:
        """Let go of the files; the index answers no more."""
        self._segments.clear()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is in it

    @property
    def snapshot_id(self) -> str:
        """SHA-256 (hex) over the segments' hashes: the same documents in the same segments."""
        return hashlib.sha256("".join(sorted(one.hash for one in self._segments)).encode()).hexdigest()

    @property
    def doc_count(self) -> int:
        """How many documents there are."""
        return len(self._ids)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of all units, sorted."""
        return tuple(sorted({name for one in self._segments for name in one.shape.fields}))

    def all_ids(self) -> Ints:
        """The ids of all documents, sorted."""
        return self._ids.copy()

    # Queries

    def documents(self, tree: t.Node, fields: Sequence[str] = t.DEFAULT_FIELDS, *, scan: bool = False) -> Ints:
        """The ids of the documents that the tree finds, sorted.

        Args:
            tree: of ``tecum.query.parse``.
            fields: see the class.
            scan: answer without postings, as a check on them.

        Raises:
            QueryInvalid: when it names an unknown field or has a proximity that denotes nothing.
        """
        self._check(tree)
        found = [one.documents[Evaluation(one, fields, scan=scan).mask(tree)] for one in self._segments]
        return np.sort(np.concatenate([np.empty(0, np.int64), *found]))

    def mask(self, tree: t.Node, fields: Sequence[str] = t.DEFAULT_FIELDS) -> Mask:
        """For each of ``all_ids()`` whether the tree finds it (errors as ``documents``)."""
        found = np.zeros(len(self._ids), bool)
        found[np.searchsorted(self._ids, self.documents(tree, fields))] = True
        return found

    def packed(self, tree: t.Node, fields: Sequence[str] = t.DEFAULT_FIELDS) -> NDArray[np.uint8]:
        """``mask`` with eight documents to a byte (``numpy.packbits``), for reports of many rows."""
        return np.packbits(self.mask(tree, fields))

    def occurrences(self, tree: t.Node, fields: Sequence[str] = t.DEFAULT_FIELDS) -> int:
        """How many distinct top-level spans there are in the documents found (errors as ``documents``)."""
        self._check(tree)
        return sum(Evaluation(one, fields).occurrences(tree) for one in self._segments)

    def spans(self, tree: t.Node, document: int, fields: Sequence[str] = t.DEFAULT_FIELDS) -> list[Hit]:
        """The top-level spans in one document, in reading order; none for a document that is not there."""
        self._check(tree)
        for segment in self._segments:
            place = np.flatnonzero(segment.documents == document)
            if len(place):
                return list(_hits(segment, tree, int(place[0]), fields))
        return []

    def passages(
        self, tree: t.Node, units: Sequence[tuple[str, str]], width: int = 12, fields: Sequence[str] = t.DEFAULT_FIELDS
    ) -> Iterator[Passage]:
        """The passages by which units (field, text) of a document are found, ``width`` words on either side."""
        self._check(tree)
        return passages(tree, units, fields, width)

    def snippet(
        self, tree: t.Node, units: Sequence[tuple[str, str]], width: int = 12, limit: int = 3,
        fields: Sequence[str] = t.DEFAULT_FIELDS,
    ) -> str:  # fmt: skip
        """The first passages on one line, found words in square brackets; "" when nothing is to be marked."""
        shown = [one.marked() for one, _ in zip(self.passages(tree, units, width, fields), range(limit), strict=False)]
        return " ... ".join(shown)

    def agrees(self, document: int, units: Sequence[tuple[str, str]]) -> bool:
        """Whether these units have the fields and the numbers of words that were indexed for the document."""
        for segment in self._segments:
            place = np.flatnonzero(segment.documents == document)
            if len(place):
                low, high = np.searchsorted(segment.unit_documents, [place[0], place[0] + 1])
                names = [segment.shape.fields[at] for at in segment.unit_fields[low:high]]
                counts = [sum(1 for _ in tokenize(text)) for _, text in units]
                return [name for name, _ in units] == names and counts == segment.lengths[low:high].tolist()
        return False

    # Words

    def terms_matching(self, pattern: str, limit: int = 20) -> tuple[int, list[TermCount]]:
        """How many words match a folded pattern, and the ``limit`` that occur most, with their counts.

        Documents are counted over units of every field.
        """
        occurrences: Counter[bytes] = Counter()
        for segment in self._segments:
            for low, high in segment.matching(pattern):
                for number in range(low, high):
                    occurrences[segment.term(number)] += segment.count([(number, number + 1)])
        ranked = sorted(occurrences.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return len(occurrences), [self._counted(term.decode(), count) for term, count in ranked]

    def terms_near(self, word: str, limit: int = 20) -> list[TermCount]:
        """Words of the index that differ from ``word`` by one letter put in, left out, changed or swapped."""
        cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
        near = {head + tail[1:] for head, tail in cuts} | {
            head + sign + tail for head, tail in cuts for sign in _LETTERS
        }
        near |= {head + sign + tail[1:] for head, tail in cuts if tail for sign in _LETTERS}
        near |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
        found = [self.terms_matching(one, 1)[1] for one in near if one and one != word]
        return sorted((one for some in found for one in some), key=lambda one: (-one.documents, one.term))[:limit]

    def _counted(self, term: str, occurrences: int) -> TermCount:
        return TermCount(term, int(np.count_nonzero(self.mask(t.Word(term), self.fields))), occurrences)

    def _check(self, tree: t.Node) -> None:
        known = KNOWN_FIELDS | set(self.fields)
        for node in t.walk(tree):
            if isinstance(node, t.In) and node.name not in known:
                raise QueryInvalid(
                    f"there is no field {node.name}", remedy=f"name one of these: {', '.join(sorted(known))}"
                )
        if t.depth(tree) > t.MAX_DEPTH:
            raise QueryInvalid(f"the query is nested deeper than {t.MAX_DEPTH} groups")


def _hits(segment: Segment, tree: t.Node, place: int, fields: Sequence[str]) -> Iterator[Hit]:
    low, high = (int(at) for at in np.searchsorted(segment.unit_documents, [place, place + 1]))
    spans = Evaluation(segment, fields).passages(tree, None, (low, high))
    units = segment.units(spans.first)
    starts = segment.starts[units].astype(np.int64)
    for unit, first, last in zip(
        units.tolist(), (spans.first - starts).tolist(), (spans.last - starts).tolist(), strict=True
    ):
        yield Hit(unit - low, segment.shape.fields[segment.unit_fields[unit]], first, last)
