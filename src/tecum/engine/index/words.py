"""The words of all segments: what a pattern stands for, how often, and which words a misspelt one may mean."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from tecum.engine.index.segment import Segment
from tecum.engine.index.vocabulary import numbers_of
from tecum.query import TermCount
from tecum.query import tree as t

_SHORT: Final = 5  # letters; a shorter word is near to what is one edit away, any other also to what is two


class Words:
    """The vocabularies of several segments; counts are over units of every field."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    def expansions(self, word: t.Slot, limit: int) -> tuple[int, list[TermCount]]:
        """How many words of the index a word of a query stands for, and the ``limit`` that occur most.

        Ties are broken by spelling. Of a word with its case only the spelling asked for is counted.
        """
        if isinstance(word, t.Word) and word.how == "case":
            found = self._documents_of(word)
            return int(found.occurrences > 0), [found] if found.occurrences and limit else []
        together: Counter[bytes] = Counter()
        for segment in self._segments:
            runs = segment.matching(word)
            counts = segment.counts(numbers_of(runs))
            # What is not among the most frequent of one segment may be in all of them, so every word is counted.
            together.update(dict(zip(segment.vocabulary.spelled(runs), counts.tolist(), strict=True)))
        ranked = sorted(together.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return len(together), [self._documents_of(t.Word(term.decode())) for term, _ in ranked]

    def near(self, word: str, limit: int) -> list[TermCount]:
        """Words one edit away (two neighbours swapped are one edit), of longer words also those two away.

        The nearest come first, then those in most documents.
        """
        edits = 2  # two neighbours swapped are two edits to Levenshtein
        distance: dict[bytes, int] = {}
        counts: defaultdict[bytes, int] = defaultdict(int)
        for segment in self._segments:
            numbers, far = segment.vocabulary.near(word, edits, 0, len(segment.vocabulary))
            tokens = segment.counts(numbers)
            for number, edit, count in zip(numbers.tolist(), far.tolist(), tokens.tolist(), strict=True):
                term = segment.vocabulary.term(number)
                distance[term] = 1 if edit == edits and _swapped(word, term.decode()) else edit
                counts[term] += count
        allowed = 1 if len(word) < _SHORT else edits
        likely = [term for term, edit in distance.items() if 0 < edit <= allowed]
        likely.sort(key=lambda term: (distance[term], -counts[term], term))
        found = [(distance[term], self._documents_of(t.Word(term.decode()))) for term in likely[: 2 * limit]]
        found.sort(key=lambda one: (one[0], -one[1].documents, one[1].term))
        return [one for _, one in found[:limit]]

    def _documents_of(self, word: t.Word) -> TermCount:
        documents = occurrences = 0
        for segment in self._segments:
            runs = segment.matching(word)
            positions = segment.positions(runs)
            if word.how == "case":
                positions = segment.written(word, positions)
            places = segment.unit_documents[segment.units(positions)]
            if segment.hidden is not None:
                places = places[~segment.hidden[places]]
            found = np.zeros(segment.shape.documents, bool)
            found[places] = True
            occurrences += len(places)
            documents += int(np.count_nonzero(found))
        return TermCount(word.pattern, documents, occurrences)


def _swapped(one: str, other: str) -> bool:
    """Whether two words differ by two neighbours swapped."""
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    first, second = differ
    return one[first] == other[second] and one[second] == other[first]
