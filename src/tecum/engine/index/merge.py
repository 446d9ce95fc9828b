"""Several segments to one, without sorting: the result is, byte for byte, what one build would have made.

Each term's postings keep their order within a segment, and segments follow one another, so a merge only
counts and copies. It works in blocks; memory does not grow with the segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.build import Written, bytewise, running
from tecum.engine.index.files import GAP, LATER, Array, Draft, SegmentInfo, Shape
from tecum.engine.index.segment import Segment
from tecum.engine.index.vocabulary import Vocabulary

_BLOCK: Final = 1 << 22  # tokens or postings copied at a time


def merge_segments(paths: Sequence[Path], out: Path) -> SegmentInfo:
    """Write the documents of these segments, in this order, as one segment.

    Raises:
        IndexStale: when one of them cannot be used.
        ValueError: when a document is in two of them, or the result is too large.
        FileExistsError: when ``out`` exists.
    """
    sources = [Segment.open(path) for path in paths]
    ids = np.concatenate([np.empty(0, np.int64), *(source.documents for source in sources)])
    if len(np.unique(ids)) != len(ids):
        raise ValueError("a document stands in two of the segments")
    plan = _Plan.of(sources)
    draft = Draft(out, plan.shape)
    try:
        _write_small(draft, plan)
        _write_tokens(draft.array("tokens"), plan)
        _write_postings(draft, plan)
        return draft.finish()
    except BaseException:
        draft.discard()
        raise


@dataclass(frozen=True)
class _Plan:
    """The common vocabulary and where everything of each segment goes."""

    sources: list[Segment]
    written: Written
    numbers: list[NDArray[np.int64]]  # of each segment: old term to new term
    forms: list[NDArray[np.uint32]]  # of each segment: surface to new form
    fields: dict[str, int]
    bounds: NDArray[np.uint64]
    shape: Shape

    @classmethod
    def of(cls, sources: list[Segment]) -> _Plan:
        written, numbers, forms = _joined([source.vocabulary for source in sources])
        counts = np.zeros(written.count, np.int64)
        for source, own in zip(sources, numbers, strict=True):
            counts[own] += np.diff(source.bounds).astype(np.int64)
        fields: dict[str, int] = {}
        for name in (name for source in sources for name in source.shape.fields):
            fields.setdefault(name, len(fields))
        shape = Shape(
            sum(source.shape.documents for source in sources),
            sum(source.shape.units for source in sources),
            sum(source.shape.tokens for source in sources),
            written.count,
            len(written.arrays["terms"]),
            len(written.forms_of),
            len(written.arrays["surfaces"]),
            sum(_later(source, own) for source, own in zip(sources, forms, strict=True)),
            tuple(fields),
        )
        return cls(sources, written, numbers, forms, fields, running(counts), shape)


def _joined(
    vocabularies: Sequence[Vocabulary],
) -> tuple[Written, list[NDArray[np.int64]], list[NDArray[np.uint32]]]:
    """One vocabulary of several; for each of them its terms there, and the forms of its surfaces."""
    terms: dict[bytes, int] = {}
    surfaces: dict[tuple[int, bytes], int] = {}
    first_numbers, first_surfaces = [], []
    for one in vocabularies:
        spelled = one.terms()
        own = np.fromiter((terms.setdefault(term, len(terms)) for term in spelled), np.int64, len(spelled))
        pairs = zip(own[one.owners].tolist(), one.surfaces(), strict=True)
        first_numbers.append(own)
        first_surfaces.append(np.fromiter((surfaces.setdefault(pair, len(surfaces)) for pair in pairs), np.int64))
    owners = [owner for owner, _ in surfaces]
    written = Written.of(list(terms), [surface for _, surface in surfaces], owners)
    rank = np.zeros(len(terms), np.int64)
    rank[np.array(owners, np.int64)] = written.terms_of
    return written, [rank[own] for own in first_numbers], [written.forms_of[own] for own in first_surfaces]


def _later(source: Segment, forms: NDArray[np.uint32]) -> int:
    """How many postings of a segment have a new form that a byte cannot count."""
    if not (forms >= LATER).any():
        return 0
    blocks = _blocks(source.shape.tokens)
    return sum(int(np.count_nonzero(_renumbered(source, forms, low, high) >= LATER)) for low, high in blocks)


def _renumbered(source: Segment, forms: NDArray[np.uint32], low: int, high: int) -> NDArray[np.uint32]:
    """The new form of each posting from ``low`` up to ``high``."""
    term = np.searchsorted(source.bounds, np.arange(low, high), "right") - 1
    own = source.forms[low:high].astype(np.int64)
    from_, to = np.searchsorted(source.later_places, [low, high])
    own[source.later_places[from_:to].astype(np.int64) - low] = source.later_forms[from_:to]
    return np.asarray(forms[source.vocabulary.surface_bounds[term].astype(np.int64) + own])


def _write_small(draft: Draft, plan: _Plan) -> None:
    """Write everything but tokens and postings."""
    for name, array in plan.written.arrays.items():
        draft.array(name)[:] = array
    draft.array("bounds")[:] = plan.bounds
    names = ("lengths", "unit_documents", "unit_fields", "documents", "hashes")
    parts: dict[str, list[Array]] = {name: [np.empty(0, np.uint8)] for name in names}
    documents = 0
    for source in plan.sources:
        own = np.array([plan.fields[name] for name in source.shape.fields], np.uint16)
        parts["lengths"].append(source.lengths)
        parts["unit_documents"].append(source.unit_documents.astype(np.int64) + documents)
        parts["unit_fields"].append(own[source.unit_fields] if len(own) else source.unit_fields)
        parts["documents"].append(source.documents)
        parts["hashes"].append(source.hashes)
        documents += source.shape.documents
    for name in names:
        draft.array(name)[:] = np.concatenate(parts[name])
    lengths = np.concatenate(parts["lengths"]).astype(np.uint64)
    draft.array("starts")[:] = running(lengths + np.uint64(GAP)) + np.uint64(GAP)


def _write_tokens(out: Array, plan: _Plan) -> None:
    at = 0
    for source, own in zip(plan.sources, plan.numbers, strict=True):
        for low, high in _blocks(source.shape.tokens):
            out[at + low : at + high] = own[source.tokens[low:high]]
        at += source.shape.tokens


def _write_postings(draft: Draft, plan: _Plan) -> None:
    """Copy each term's postings, with their forms, behind those of the segments before."""
    postings, forms = draft.array("postings"), draft.array("forms")
    later: list[tuple[NDArray[np.int64], NDArray[np.uint32]]] = [(np.empty(0, np.int64), np.empty(0, np.uint32))]
    filled = plan.bounds[:-1].astype(np.int64)
    shift = 0
    for source, own, renumber in zip(plan.sources, plan.numbers, plan.forms, strict=True):
        bounds = source.bounds.astype(np.int64)
        offsets = filled[own] - bounds[:-1]  # from a posting's place in the segment to its new place
        for low, high in _blocks(source.shape.tokens):
            term = np.searchsorted(bounds, np.arange(low, high), "right") - 1
            places = np.arange(low, high) + offsets[term]
            found = bytewise(_renumbered(source, renumber, low, high))
            postings[places] = source.postings[low:high].astype(np.int64) + shift
            forms[places] = found["forms"]
            later.append((places[found["later_places"].astype(np.int64)], found["later_forms"]))
        filled[own] += np.diff(bounds)
        shift += source.shape.positions - GAP
    places = np.concatenate([one for one, _ in later])
    order = np.argsort(places)
    draft.array("later_places")[:] = places[order]
    draft.array("later_forms")[:] = np.concatenate([one for _, one in later])[order]


def _blocks(length: int) -> Iterator[tuple[int, int]]:
    for low in range(0, length, _BLOCK):
        yield low, min(low + _BLOCK, length)
