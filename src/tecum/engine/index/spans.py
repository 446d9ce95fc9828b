"""The algebra of spans: runs of positions, joined, chained and compared, whole arrays at a time.

Spans are sorted by first and last position and distinct. Positions of different units are more than 254
apart, so that distances up to 254 need no look at units; for greater ones the caller gives each span's unit
as ``Limits``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEAR_ENOUGH: Final = 254  # the greatest distance that cannot reach another unit
MAX_PAIRS: Final = 1 << 22  # pairs of spans formed at a time
MAX_SPANS: Final = 1 << 24  # spans of one proximity kept at a time


class TooManySpans(Exception):
    """A proximity inside another has more spans than are kept at a time."""


class Spans(NamedTuple):
    """First and last position of each span."""

    first: Ints
    last: Ints

    def take(self, which: Mask | Ints) -> Spans:
        """Some of the spans, in the same order."""
        return Spans(self.first[which], self.last[which])


class Limits(NamedTuple):
    """For each span the lowest and the highest position of its unit."""

    low: Ints
    high: Ints


class Pairs(NamedTuple):
    """Pairs of a left and a right span by their places, with the cover of each pair."""

    left: Ints
    right: Ints
    cover: Spans


def single(positions: Ints) -> Spans:
    """Spans of one position each."""
    return Spans(positions, positions)


def keys(spans: Spans) -> NDArray[np.uint64]:
    """One number for each span, in the order of spans."""
    return (spans.first.astype(np.uint64) << np.uint64(32)) | spans.last.astype(np.uint64)


def distinct(spans: Spans) -> Spans:
    """Sort spans and drop equal ones."""
    found = keys(spans)
    found.sort()
    if len(found):
        found = found[np.concatenate(([True], found[1:] != found[:-1]))]
    return Spans((found >> np.uint64(32)).astype(np.int64), (found & np.uint64(0xFFFFFFFF)).astype(np.int64))


def union(parts: Sequence[Spans]) -> Spans:
    """All spans of several sets."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return single(np.empty(0, np.int64))
    return distinct(
        Spans(np.concatenate([part.first for part in parts]), np.concatenate([part.last for part in parts]))
    )


def phrase(slots: Sequence[Ints]) -> Spans:
    """The runs in which slot j's positions (sorted) follow one another; the rarest slot leads."""
    lead = min(range(len(slots)), key=lambda at: len(slots[at]))
    begin = slots[lead] - lead
    for at in sorted(range(len(slots)), key=lambda at: len(slots[at])):
        if at != lead:
            begin = begin[contains(slots[at], begin + at)]
    return Spans(begin, begin + (len(slots) - 1))


def contains(ordered: Ints, wanted: Ints) -> Mask:
    """Which of the wanted positions stand in a sorted array."""
    if not len(ordered):
        return np.zeros(len(wanted), bool)
    places = np.searchsorted(ordered, wanted)
    places[places == len(ordered)] = 0
    return np.equal(ordered[places], wanted)


def accompanied(
    spans: Spans, others: Spans, distance: int, limits: Limits | None, *, after: bool, before: bool
) -> Mask:
    """Which spans have another, disjoint one within the distance after them, or before them."""
    found = np.zeros(len(spans.first), bool)
    if not len(others.first):
        return found
    if after:
        high = spans.last + distance if limits is None else np.minimum(spans.last + distance, limits.high)
        place = np.searchsorted(others.first, spans.last, "right")
        inside = place < len(others.first)
        place[~inside] = 0
        found |= inside & (others.first[place] <= high)
    if before:
        low = spans.first - distance if limits is None else np.maximum(spans.first - distance, limits.low)
        ends = others.last if others.last is others.first else np.sort(others.last)
        place = np.searchsorted(ends, spans.first, "left") - 1
        inside = place >= 0
        place[~inside] = 0
        found |= inside & (ends[place] >= low)
    return found


def paired(left: Spans, right: Spans, distance: int, limits: Limits | None) -> Iterator[Pairs]:
    """Yield, in blocks, every left span with every disjoint right span that begins within the distance after it.

    How many there are is known before any is formed; a block has at most ``MAX_PAIRS`` (or one left span).
    """
    high = left.last + distance if limits is None else np.minimum(left.last + distance, limits.high)
    begin = np.searchsorted(right.first, left.last, "right")
    ends = np.maximum(np.searchsorted(right.first, high, "right"), begin)
    sums = np.cumsum(ends - begin)
    start, done = 0, 0
    while start < len(sums) and done < sums[-1]:
        stop = max(start + 1, int(np.searchsorted(sums, done + MAX_PAIRS, "right")))
        counts = ends[start:stop] - begin[start:stop]
        total = int(counts.sum())
        one = np.repeat(np.arange(start, stop), counts)
        other = np.arange(total) + np.repeat(begin[start:stop] - np.cumsum(counts) + counts, counts)
        yield Pairs(one, other, Spans(left.first[one], right.last[other]))
        start, done = stop, int(sums[stop - 1])


def gathered(blocks: Iterable[Pairs]) -> Spans:
    """The distinct covers of blocks of pairs.

    Raises:
        TooManySpans: when there are more than ``MAX_SPANS``.
    """
    kept = single(np.empty(0, np.int64))
    for block in blocks:
        kept = union([kept, distinct(block.cover)])
        if len(kept.first) > MAX_SPANS:
            raise TooManySpans
    return kept
