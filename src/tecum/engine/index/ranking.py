"""Ranked search: the documents in which words weigh most, by BM25 over the same postings as the exact counts.

The weight of a document is the sum, over the words, of

    idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length))

with ``idf = ln(1 + (N - df + 1/2) / (df + 1/2))``, k1 = 1.2, b = 0.75 (Robertson, Zaragoza 2009). ``tf`` counts an
occurrence in subject, title or file name three times (the simple form of BM25F: occurrences are weighted before
they saturate). A word in more than half of the documents says nothing and is left out, unless all are such. A
pattern counts as one word. Ranking orders what a person looks at; it is never counted with.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.segment import Segment
from tecum.query import tree as t

K1: Final = 1.2
B: Final = 0.75
BOOSTED: Final = frozenset({"subject", "title", "filename"})
BOOST: Final = 3.0
COMMON: Final = 0.5  # part of the documents

Floats = NDArray[np.float64]


def ranked(segments: Sequence[Segment], words: Sequence[str], k: int, fields: Sequence[str]) -> list[tuple[int, float]]:
    """The ``k`` documents with the greatest weight, and their weights; of equal ones the lower id comes first."""
    lengths = [_lengths(one, frozenset(fields)) for one in segments]
    shown = [one.hidden is None or ~one.hidden for one in segments]
    count = sum(len(one.visible) for one in segments)
    total = sum(float(length[which].sum()) for length, which in zip(lengths, shown, strict=True))
    found = [[_frequencies(one, t.Word(word), frozenset(fields)) for one in segments] for word in dict.fromkeys(words)]
    often = [sum(int(np.count_nonzero(one)) for one in parts) for parts in found]
    telling = [at for at, df in enumerate(often) if df <= COMMON * count] or list(range(len(found)))
    ids, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for at, segment in enumerate(segments):
        norm = K1 * (1 - B + B * lengths[at] / max(total / max(count, 1), 1.0))
        weight = np.zeros(segment.shape.documents)
        for word in telling:
            tf = found[word][at]
            weight += log(1 + (count - often[word] + 0.5) / (often[word] + 0.5)) * tf * (K1 + 1) / (tf + norm)
        hit = np.flatnonzero(weight)
        ids.append(segment.documents[hit])
        weights.append(weight[hit])
    every, weight = np.concatenate(ids), np.concatenate(weights)
    order = np.lexsort((every, -weight))[:k]
    return list(zip(every[order].tolist(), weight[order].tolist(), strict=True))


def _lengths(segment: Segment, fields: frozenset[str]) -> Floats:
    """Words of each document in these fields."""
    return _summed(segment, segment.targets(fields), segment.lengths)


def _frequencies(segment: Segment, word: t.Word, fields: frozenset[str]) -> Floats:
    """Occurrences of a word in each document that is not hidden, those in headings weighted."""
    units = segment.units(segment.unsorted(segment.matching(word)))
    boost = np.where(segment.of_fields(BOOSTED), BOOST, 1.0)
    found = _summed(segment, segment.targets(fields)[units], boost[segment.unit_fields[units]] if len(units) else None)
    if segment.hidden is not None:
        found[segment.hidden] = 0
    return found


def _summed(segment: Segment, documents: NDArray[np.int64], weights: Any) -> Floats:
    found = np.bincount(documents, weights, minlength=segment.shape.documents + 1)[: segment.shape.documents]
    return found.astype(np.float64)
