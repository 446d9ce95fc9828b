"""The index: several segments that answer as one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index import passages as marking
from tecum.engine.index.evaluate import Evaluation, Facts
from tecum.engine.index.passages import Mark, Passage
from tecum.engine.index.ranking import ranked
from tecum.engine.index.segment import Segment, sorted_runs
from tecum.engine.index.spans import Ints, Mask
from tecum.engine.index.words import Words
from tecum.errors import IndexStale, QueryInvalid
from tecum.query import TermCount
from tecum.query import tree as t
from tecum.query.lexer import KNOWN_FIELDS
from tecum.query.words import WORDS, tokenize

Units = Sequence[tuple[str, str]]


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

    Args:
        segments: in any order.
        facts: ids of the documents of which a fact of the store holds; without it, such a query is refused.
        hidden: for each segment the ids of its documents that no longer count, such as those replaced by others.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        facts: Facts | None = None,
        hidden: Sequence[Ints] = (),
    ) -> None:
        masks = [np.isin(one.documents, ids) if len(ids) else None for one, ids in zip(segments, hidden, strict=False)]
        masks += [None] * (len(segments) - len(masks))
        self._segments = [
            one if mask is None else replace(one, hidden=mask) for one, mask in zip(segments, masks, strict=True)
        ]
        self._facts = facts
        self._words = Words(self._segments)
        ids = [np.empty(0, np.int64), *(one.visible for one in self._segments)]
        self._ids: Ints = np.sort(np.concatenate(ids))
        if (self._ids[1:] == self._ids[:-1]).any():
            raise IndexStale("a document stands in two segments of the index")

    @classmethod
    def open(cls, paths: Sequence[Path], facts: Facts | None = None, hidden: Sequence[Ints] = ()) -> Index:
        """Map these segments.

        Raises:
            IndexStale: when one is missing, damaged or built by other rules, or two hold the same document.
        """
        return cls([Segment.open(path) for path in paths], facts, hidden)

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
        """SHA-256 (hex) over the segments' hashes and what is hidden: the same documents in the same segments."""
        said = sorted(one.hash + ("" if one.hidden is None else one.hidden.tobytes().hex()) for one in self._segments)
        return hashlib.sha256("".join(said).encode()).hexdigest()

    @cached_property
    def contents_id(self) -> str:
        """SHA-256 (hex) over the rules of words and each document's id and content: whatever the segments.

        Every count is a function of this, of the tree and of the facts.
        """
        digest = hashlib.sha256(f"{WORDS} ".encode())
        kept = [slice(None) if one.hidden is None else ~one.hidden for one in self._segments]
        hashes = [one.hashes.reshape(-1, 32)[which] for one, which in zip(self._segments, kept, strict=True)]
        ids = np.concatenate([np.empty(0, np.int64), *(one.visible for one in self._segments)])
        order = np.argsort(ids)
        digest.update(ids[order].astype("<i8").tobytes())
        digest.update(np.concatenate([np.empty((0, 32), np.uint8), *hashes])[order].tobytes())
        return digest.hexdigest()

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
        found = [self._found(one, Evaluation(one, fields, self._facts, scan=scan).mask(tree)) for one in self._segments]
        return np.asarray(sorted_runs(np.concatenate([np.empty(0, np.int64), *found])))

    def _found(self, segment: Segment, mask: Mask) -> Ints:
        return np.asarray(segment.documents[mask if segment.hidden is None else mask & ~segment.hidden])

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
        return int(self.counted(tree, fields)[1].sum())

    def counted(self, tree: t.Node, fields: Sequence[str] = t.DEFAULT_FIELDS) -> tuple[Ints, Ints]:
        """The ids of the documents found, sorted, and the distinct top-level spans in each.

        A document found only by what it lacks, or by a fact, has none. Errors as ``documents``.
        """
        self._check(tree)
        ids, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for one in self._segments:
            evaluation = Evaluation(one, fields, self._facts)
            mask = evaluation.mask(tree)
            if one.hidden is not None:
                mask &= ~one.hidden
            ids.append(one.documents[mask])
            counts.append(evaluation.occurrences(tree)[mask])
        found, number = np.concatenate(ids), np.concatenate(counts)
        order = np.argsort(found)
        return found[order], number[order]

    def ranked(
        self, words: Sequence[str], k: int = 20, fields: Sequence[str] = t.DEFAULT_FIELDS
    ) -> list[tuple[int, float]]:
        """The ``k`` documents in which these words weigh most (BM25), best first, with their weight.

        Words are folded and may be patterns; a document need not have all of them. See ``ranking``.
        """
        return ranked(self._segments, words, k, fields)

    def spans(self, tree: t.Node, document: int, fields: Sequence[str] = t.DEFAULT_FIELDS) -> list[Hit]:
        """The top-level spans in one document, in reading order; none for a document that is not there."""
        evaluation = self._within(tree, document, fields)
        return list(_hits(evaluation, tree)) if evaluation else []

    def hits(
        self, tree: t.Node, document: int, units: Units, fields: Sequence[str] = t.DEFAULT_FIELDS
    ) -> Iterator[Mark]:
        """Where the words stand by which a document is found, in reading order, for marking them in its text.

        Args:
            tree: of ``tecum.query.parse``.
            document: its id; nothing is marked in a document that is not there.
            units: the document's units (field, text); those of one field in the order in which they were indexed.
            fields: see the class.

        Raises:
            IndexStale: when the text has fewer words than were indexed.
        """
        evaluation = self._within(tree, document, fields)
        return marking.marks(marking.marked_words(evaluation, tree) if evaluation else [], units)

    def passages(
        self, tree: t.Node, units: Units, width: int = 12, fields: Sequence[str] = t.DEFAULT_FIELDS,
        document: int | None = None,
    ) -> Iterator[Passage]:  # fmt: skip
        """The passages by which units (field, text) of a document are found, ``width`` words on either side.

        With the ``document``'s id the words come from the index, and the text is read only as far as passages are
        drawn; without, the text need not be in the index.

        Raises:
            IndexStale: when the text has fewer words than were indexed.
        """
        evaluation = self._within(tree, document, fields) if document is not None else None
        if evaluation is not None:
            return marking.passages(marking.marked_words(evaluation, tree), units, width)
        self._check(tree)
        return marking.passages(marking.marked_text(tree, units, fields, self._facts), units, width)

    def snippet(
        self, tree: t.Node, units: Units, width: int = 12, limit: int = 3, fields: Sequence[str] = t.DEFAULT_FIELDS,
        document: int | None = None,
    ) -> str:  # fmt: skip
        """The first passages on one line, found words in square brackets; "" when nothing is to be marked."""
        shown = islice(self.passages(tree, units, width, fields, document), limit)
        return " ... ".join(one.marked() for one in shown)

    def _within(self, tree: t.Node, document: int, fields: Sequence[str]) -> Evaluation | None:
        """An evaluation of one document's units; None when it is not there."""
        self._check(tree)
        for segment in self._segments:
            place = np.flatnonzero(segment.documents == document)
            if len(place) and (segment.hidden is None or not segment.hidden[place[0]]):
                return Evaluation(segment, fields, self._facts, window=segment.window(int(place[0])))
        return None

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

    def expansions(self, word: t.Slot, limit: int = 20) -> tuple[int, list[TermCount]]:
        """How many words of the index a word of a query stands for, and the ``limit`` that occur most.

        Documents are counted over units of every field.
        """
        return self._words.expansions(word, limit)

    def terms_near(self, word: str, limit: int = 20) -> list[TermCount]:
        """Words of the index that ``word`` may be a misspelling of, likeliest first (see ``words``)."""
        return self._words.near(word, limit)

    def _check(self, tree: t.Node) -> None:
        known = KNOWN_FIELDS | set(self.fields)
        for node in t.walk(tree):
            if isinstance(node, t.In) and node.name not in known:
                raise QueryInvalid(
                    f"there is no field {node.name}", remedy=f"name one of these: {', '.join(sorted(known))}"
                )
        if t.depth(tree) > t.MAX_DEPTH:
            raise QueryInvalid(f"the query is nested deeper than {t.MAX_DEPTH} groups")


def _hits(evaluation: Evaluation, tree: t.Node) -> Iterator[Hit]:
    segment, (first, _) = evaluation.segment, evaluation.whole
    spans = evaluation.passages(tree, None, evaluation.whole)
    units = segment.units(spans.first)
    starts = segment.starts[units].astype(np.int64)
    rows = zip(units.tolist(), (spans.first - starts).tolist(), (spans.last - starts).tolist(), strict=True)
    for unit, begin, end in rows:
        yield Hit(unit - first, segment.shape.fields[segment.unit_fields[unit]], begin, end)
