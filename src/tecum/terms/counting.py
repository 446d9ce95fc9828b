"""Counting the rows of a hit report: one packed bitset a row, and arrays over documents and families.

Rows are added one after the other and forgotten but for a bit each document, so memory is rows x documents / 8
bytes (500 rows over a million documents: 62 MB) and some numbers for each document, whatever the rows hit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tecum.terms.scope import Facets, Ids

_BLOCK: Final = (
    2_048  # words of 64 documents; so many of every row are compared at a time, within the processor's cache
)
_NOBODY: Final = -1


@dataclass(frozen=True)
class Counts:
    """What one row hits. ``with_families``, ``families`` and the two ``unique`` count members without text too.

    Attributes:
        documents: documents hit.
        with_families: every document of the families with a hit.
        families: families with a hit.
        unique: documents that no other row hits.
        unique_with_families: documents of the families that no other row hits.
        new: documents that no row above hits.
        cumulative: documents that this row or one above hits.
        by_custodian, by_month: documents hit, for each custodian and month of the facets.
    """

    documents: int
    with_families: int
    families: int
    unique: int
    unique_with_families: int
    new: int
    cumulative: int
    by_custodian: tuple[int, ...]
    by_month: tuple[int, ...]


class Tally:
    """Takes the rows in order, as sorted places in ``Scope.unique``, and counts them.

    Args:
        facets: by what rows are divided.
        rows: how many rows there will be at most.
    """

    def __init__(self, facets: Facets, rows: int) -> None:
        self._facets = facets
        self.size = len(facets.family)
        self._sizes = np.bincount(facets.family) if self.size else np.zeros(0, dtype=np.int64)
        self.bits = np.zeros((rows, -(-self.size // 64)), dtype=np.uint64)
        self._often = np.zeros(self.size, dtype=np.int32)
        self._first = np.full(self.size, _NOBODY, dtype=np.int32)  # the first row that hits each document
        self._family_often = np.zeros(len(self._sizes), dtype=np.int32)
        self._family_first = np.full(len(self._sizes), _NOBODY, dtype=np.int32)
        self._added: list[tuple[int, int, int, int, tuple[int, ...], tuple[int, ...]]] = []

    def add(self, places: Ids) -> None:
        """Add the next row."""
        row, facets = len(self._added), self._facets
        hit = np.zeros(self.size, dtype=bool)
        hit[places] = True
        self.bits[row] = _packed(hit)
        new = places[self._often[places] == 0]
        self._first[new] = row
        self._often[places] += 1
        families = np.unique(facets.family[places])
        self._family_first[families[self._family_often[families] == 0]] = row
        self._family_often[families] += 1
        holders = facets.held[1][hit[facets.held[0]]]
        self._added.append(
            (
                len(places), int(self._sizes[families].sum()), len(families), len(new),
                tuple(np.bincount(holders, minlength=len(facets.custodians)).tolist()),
                tuple(np.bincount(facets.month[places], minlength=len(facets.months)).tolist()),
            )
        )  # fmt: skip

    def rows(self) -> list[Counts]:
        """The counts of every row added."""
        many = len(self._added)
        alone = np.bincount(self._first[self._often == 1], minlength=many)
        lone = np.flatnonzero(self._family_often == 1)
        family_alone = np.bincount(self._family_first[lone], weights=self._sizes[lone], minlength=many)
        found, seen = [], 0
        for at, (documents, wide, families, new, holders, months) in enumerate(self._added):
            seen += new
            found.append(
                Counts(documents, wide, families, int(alone[at]), int(family_alone[at]), new, seen, holders, months)
            )
        return found

    def union(self, rows: Sequence[int]) -> tuple[int, int, int]:
        """Of several rows together: documents, documents with families, families."""
        bits = np.bitwise_or.reduce(self.bits[list(rows)], axis=0) if rows else np.zeros(0, dtype=np.uint64)
        places = _places(bits, self.size)
        families = np.unique(self._facets.family[places])
        return len(places), int(self._sizes[families].sum()), len(families)

    def places(self, row: int) -> Ids:
        """The places that a row hits."""
        return _places(self.bits[row], self.size)

    def untouched(self) -> Ids:
        """The places of documents in whose family no row hits anything."""
        return np.flatnonzero(self._family_often[self._facets.family] == 0)

    def overlap(self) -> NDArray[np.int64]:
        """For each pair of rows how many documents both hit; on the diagonal what the row hits."""
        many, width = len(self._added), self.bits.shape[1]
        found = np.zeros((many, many), dtype=np.int64)
        for start in range(0, width, _BLOCK):
            block = self.bits[:many, start : start + _BLOCK]
            for at in range(many):
                found[at, at:] += np.bitwise_count(block[at:] & block[at]).sum(axis=1, dtype=np.int64)
        return np.triu(found) + np.triu(found, 1).T


def _packed(hit: NDArray[np.bool_]) -> NDArray[np.uint64]:
    packed = np.packbits(hit, bitorder="little")
    return np.pad(packed, (0, -len(packed) % 8)).view(np.uint64)


def _places(bits: NDArray[np.uint64], size: int) -> Ids:
    if not len(bits):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.unpackbits(bits.view(np.uint8), count=size, bitorder="little"))
