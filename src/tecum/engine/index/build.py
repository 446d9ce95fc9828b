"""Documents to a segment: words to numbers in order of first sight, then one sort of the postings.

Memory grows with the tokens of one segment (some 40 bytes each while it is sorted); whoever adds documents
begins a new segment when ``SegmentWriter.full`` says so. A segment is a pure function of its documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.files import GAP, LATER, MAX_POSITIONS, Array, Draft, SegmentInfo, Shape
from tecum.query.words import canonical, lowered, pieces, raw_cased

DEFAULT_POSITIONS: Final = 1 << 25  # of a segment before it counts as full: about 1 GB while it is sorted
_REMEMBERED: Final = 200  # bytes; a longer raw word is cut anew each time, not kept


@dataclass(frozen=True)
class IndexDoc:
    """A document to be indexed: ``sha256`` (hex) of its content, and its units as (field, text)."""

    id: int
    sha256: str
    units: Sequence[tuple[str, str]]


class _Numbers(dict[bytes, int]):
    """Raw word, case kept, to the number of its surface, in order of first sight.

    A surface is a term as it is written; ``owners`` has the term's number for each.
    """

    def __init__(self) -> None:
        self.terms: list[bytes] = []
        self.surfaces: list[bytes] = []
        self.owners: list[int] = []
        self._terms: dict[bytes, int] = {}
        self._surfaces: dict[tuple[int, bytes], int] = {}

    def __missing__(self, raw: bytes) -> int:
        term = self._kept(canonical(lowered(raw)))
        surface = (term, canonical(raw))
        number = self._surfaces.get(surface)
        if number is None:
            number = self._surfaces[surface] = len(self.surfaces)
            self.surfaces.append(surface[1])
            self.owners.append(term)
        if len(raw) <= _REMEMBERED:
            self[raw] = number
        return number

    def _kept(self, term: bytes) -> int:
        number = self._terms.setdefault(term, len(self.terms))
        if number == len(self.terms):
            self.terms.append(term)
        return number


@dataclass
class Assembly:
    """Documents in memory on their way into a segment."""

    numbers: _Numbers = field(default_factory=_Numbers)
    tokens: list[NDArray[np.uint32]] = field(default_factory=list)  # numbers of surfaces
    lengths: list[int] = field(default_factory=list)
    unit_documents: list[int] = field(default_factory=list)
    unit_fields: list[int] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)
    documents: dict[int, bytes] = field(default_factory=dict)
    count: int = 0

    @property
    def positions(self) -> int:
        """Positions used so far."""
        return self.count + GAP * (len(self.lengths) + 1)

    def add(self, document: IndexDoc) -> None:
        """Tokenise a document.

        Raises:
            ValueError: when its id is there already, or its hash is not a SHA-256.
            OverflowError: when the segment can hold no more; what was added before stays.
        """
        content = bytes.fromhex(document.sha256)
        if document.id in self.documents or len(content) != 32:
            raise ValueError(f"document {document.id} was added before, or its hash is no SHA-256")
        units = [(name, [self._numbered(piece) for piece in pieces(text)]) for name, text in document.units]
        lengths = [sum(map(len, parts)) for _, parts in units]
        if self.positions + sum(lengths) + GAP * len(units) > MAX_POSITIONS:
            raise OverflowError(f"document {document.id} does not fit into this segment")
        for (name, parts), length in zip(units, lengths, strict=True):
            self.tokens += parts
            self.lengths.append(length)
            self.unit_documents.append(len(self.documents))
            self.unit_fields.append(self.fields.setdefault(name, len(self.fields)))
            self.count += length
        self.documents[document.id] = content

    def _numbered(self, text: str) -> NDArray[np.uint32]:
        words = raw_cased(text)
        return np.fromiter(map(self.numbers.__getitem__, words), np.uint32, len(words))

    def arrays(self) -> tuple[dict[str, Array], Shape]:
        """Sort the vocabulary and the postings; return every array of the segment, and its size."""
        written = Written.of(self.numbers.terms, self.numbers.surfaces, self.numbers.owners)
        seen = np.concatenate([np.empty(0, np.uint32), *self.tokens])
        lengths = np.array(self.lengths, np.uint32)
        tokens = written.terms_of[seen]
        postings, places = _postings(tokens, lengths)
        arrays = {
            "tokens": tokens,
            "postings": postings,
            "bounds": running(np.bincount(tokens, minlength=written.count)),
            "starts": running(lengths.astype(np.uint64) + np.uint64(GAP)) + np.uint64(GAP),
            "lengths": lengths,
            "unit_documents": np.array(self.unit_documents, np.uint32),
            "unit_fields": np.array(self.unit_fields, np.uint16),
            "documents": np.fromiter(self.documents, np.int64, len(self.documents)),
            "hashes": np.frombuffer(b"".join(self.documents.values()), np.uint8),
            **written.arrays,
            **bytewise(written.forms_of[seen[places]]),
        }
        return arrays, shape_of(arrays, tuple(self.fields))


@dataclass(frozen=True)
class Written:
    """A vocabulary in order: its arrays, and of each surface as it was numbered before its term and its form."""

    count: int  # of terms
    arrays: dict[str, Array]
    terms_of: NDArray[np.uint32]
    forms_of: NDArray[np.uint32]

    @classmethod
    def of(cls, terms: Sequence[bytes], surfaces: Sequence[bytes], owners: Sequence[int]) -> Written:
        """Sort terms, and the surfaces of each; ``owners`` has the place in ``terms`` for each surface."""
        order = sorted(range(len(terms)), key=terms.__getitem__)
        rank = np.empty(len(terms), np.uint32)
        rank[order] = np.arange(len(terms), dtype=np.uint32)
        terms_of = rank[np.array(owners, np.int64)]
        by_surface = np.array(sorted(range(len(surfaces)), key=surfaces.__getitem__), np.int64)
        by_term = by_surface[np.argsort(terms_of[by_surface], kind="stable")]
        bounds = running(np.bincount(terms_of, minlength=len(terms)))
        forms_of = np.empty(len(surfaces), np.uint32)
        forms_of[by_term] = np.arange(len(surfaces)) - bounds[terms_of[by_term]].astype(np.int64)
        arrays: dict[str, Array] = {"surface_bounds": bounds}
        arrays["terms"], arrays["offsets"] = _spelled([terms[at] for at in order])
        arrays["surfaces"], arrays["surface_offsets"] = _spelled([surfaces[at] for at in by_term.tolist()])
        return cls(len(terms), arrays, terms_of, forms_of)


def _spelled(words: Sequence[bytes]) -> tuple[Array, Array]:
    """Words one after another, each ended by a line feed, and where each begins."""
    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 1
    return np.frombuffer(b"\n".join([*words, b""]), np.uint8), running(lengths)


def bytewise(forms: NDArray[np.uint32]) -> dict[str, Array]:
    """Forms as bytes, and a list of those that a byte cannot count."""
    later = np.flatnonzero(forms >= LATER)
    return {
        "forms": np.minimum(forms, LATER).astype(np.uint8),
        "later_places": later.astype(np.uint64),
        "later_forms": forms[later],
    }


def shape_of(arrays: dict[str, Array], fields: tuple[str, ...]) -> Shape:
    """The size of a segment of these arrays."""
    size = {name: len(array) for name, array in arrays.items()}
    return Shape(
        size["documents"], size["lengths"], size["tokens"], size["offsets"] - 1, size["terms"],
        size["surface_offsets"] - 1, size["surfaces"], size["later_places"], fields,
    )  # fmt: skip


def _postings(tokens: NDArray[np.uint32], lengths: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Positions by term, and the place among the tokens of each: term above, place below, sorted as one number."""
    keys = tokens.astype(np.uint64) << np.uint64(32)
    keys |= np.arange(len(tokens), dtype=np.uint64)
    keys.sort()
    places = keys.astype(np.uint32)  # the lower half
    gaps = np.repeat(np.arange(1, len(lengths) + 1, dtype=np.uint32), lengths) * np.uint32(GAP)
    return places + gaps[places], places


def running(counts: Array) -> NDArray[np.uint64]:
    """Running sum with a zero before it."""
    sums = np.zeros(len(counts) + 1, np.uint64)
    np.cumsum(counts, out=sums[1:], dtype=np.uint64)
    return sums


class SegmentWriter:
    """Writes one segment; as a context manager it is written on leaving without an exception.

    Args:
        path: the segment's folder; must not exist.
        max_positions: when ``full`` becomes true, and so the bound on memory. Positions are the tokens and 256
            more for each unit.
    """

    def __init__(self, path: Path, max_positions: int = DEFAULT_POSITIONS) -> None:
        self.path = path
        self.max_positions = min(max_positions, MAX_POSITIONS)
        self._assembly = Assembly()
        self._info: SegmentInfo | None = None

    @property
    def full(self) -> bool:
        """Whether the next document should go into another segment."""
        return self._assembly.positions >= self.max_positions

    @property
    def info(self) -> SegmentInfo:
        """The finished segment; only after ``close``."""
        if self._info is None:
            raise RuntimeError("the segment is not closed yet")
        return self._info

    def add(self, document: IndexDoc) -> None:
        """Add a document (see ``Assembly.add`` for errors)."""
        self._assembly.add(document)

    def close(self) -> SegmentInfo:
        """Write the segment durably.

        Raises:
            FileExistsError: when there is a segment of that name.
        """
        arrays, shape = self._assembly.arrays()
        draft = Draft(self.path, shape)
        try:
            for name, values in arrays.items():
                draft.array(name)[:] = values
            self._info = draft.finish()
        except BaseException:
            draft.discard()
            raise
        self._assembly = Assembly()
        return self._info

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()


def build_segment(path: Path, documents: Iterable[IndexDoc]) -> SegmentInfo:
    """Write one segment of all these documents."""
    with SegmentWriter(path) as writer:
        for document in documents:
            writer.add(document)
    return writer.info
