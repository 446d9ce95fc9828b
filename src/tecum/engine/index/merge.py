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

from tecum.engine.index.build import running
from tecum.engine.index.files import GAP, Array, Draft, SegmentInfo, Shape
from tecum.engine.index.segment import Segment

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
        _write_postings(draft.array("postings"), plan)
        return draft.finish()
    except BaseException:
        draft.discard()
        raise


@dataclass(frozen=True)
class _Plan:
    """The common vocabulary and where everything of each segment goes."""

    sources: list[Segment]
    terms: list[bytes]
    numbers: list[NDArray[np.int64]]  # of each segment: old term to new term
    fields: dict[str, int]
    bounds: NDArray[np.uint64]
    shape: Shape

    @classmethod
    def of(cls, sources: list[Segment]) -> _Plan:
        spelled = [source.terms() for source in sources]
        terms = sorted(set().union(*spelled))
        place = {term: at for at, term in enumerate(terms)}
        numbers = [np.fromiter(map(place.__getitem__, own), np.int64, len(own)) for own in spelled]
        counts = np.zeros(len(terms), np.int64)
        for source, own in zip(sources, numbers, strict=True):
            counts[own] += np.diff(source.bounds).astype(np.int64)
        fields: dict[str, int] = {}
        for name in (name for source in sources for name in source.shape.fields):
            fields.setdefault(name, len(fields))
        shape = Shape(
            sum(source.shape.documents for source in sources),
            sum(source.shape.units for source in sources),
            sum(source.shape.tokens for source in sources),
            len(terms),
            sum(map(len, terms)) + len(terms),
            tuple(fields),
        )
        return cls(sources, terms, numbers, fields, running(counts), shape)


def _write_small(draft: Draft, plan: _Plan) -> None:
    """Write everything but tokens and postings."""
    spelled = [term + b"\n" for term in plan.terms]
    draft.array("terms")[:] = np.frombuffer(b"".join(spelled), np.uint8)
    draft.array("offsets")[:] = running(np.fromiter(map(len, spelled), np.int64, len(spelled)))
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


def _write_postings(out: Array, plan: _Plan) -> None:
    """Copy each term's postings behind those of the segments before."""
    filled = plan.bounds[:-1].astype(np.int64)
    shift = 0
    for source, own in zip(plan.sources, plan.numbers, strict=True):
        bounds = source.bounds.astype(np.int64)
        offsets = filled[own] - bounds[:-1]  # from a posting's place in the segment to its new place
        for low, high in _blocks(source.shape.tokens):
            term = np.searchsorted(bounds, np.arange(low, high), "right") - 1
            out[np.arange(low, high) + offsets[term]] = source.postings[low:high].astype(np.int64) + shift
        filled[own] += np.diff(bounds)
        shift += source.shape.positions - GAP


def _blocks(length: int) -> Iterator[tuple[int, int]]:
    for low in range(0, length, _BLOCK):
        yield low, min(low + _BLOCK, length)
