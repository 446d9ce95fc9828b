"""Who is attached to whom in a received volume: one place for each row, by parent, list of children or range."""

from __future__ import annotations

from array import array

import numpy as np

from tecum.receipt.documents import Codes, Documents

LEVELS = 20  # of a family; a document further down stands beside its parent
_LOST, _CIRCLE, _DEEP = 1, 2, 4


class Families:
    """The place of each row of a volume.

    What a row says of its parent counts first, then what a parent's list of children says, then the family
    range, then the group that neighbouring rows share (``groups``: for each row the first row of its group,
    or itself). A parent that is not in the volume, and attachment in a circle, are problems of the row.
    """

    def __init__(self, documents: Documents, groups: array[int]) -> None:
        self.documents = documents
        rows = np.arange(len(documents), dtype=np.int64)
        begin, parent, family = documents.begin, documents.parent, documents.beg_attach
        self.first = _rows_of(documents, begin)  # the first row that has the same begin number, -1 = no number
        named = (parent != 0) & (parent != begin)
        up = np.where(named, _rows_of(documents, parent), -1)
        self._named = np.where(named, parent, 0)
        _listed(documents, up, free=~named)
        ranged = ~named & (up < 0) & (family != 0) & (family != begin)
        by_range = _rows_of(documents, family)
        self._named[ranged] = family[ranged]
        earlier = ranged & (by_range >= 0) & (by_range < rows)
        up[earlier] = by_range[earlier]
        grouped = np.frombuffer(groups.tobytes(), dtype=np.int64)
        alone = (up < 0) & (self._named == 0) & (grouped != rows)
        up[alone] = grouped[alone]
        up[up == rows] = -1
        self._flags = np.where((self._named != 0) & (up < 0), _LOST, 0).astype(np.int8)
        self._up = up
        self._settle()

    def _settle(self) -> None:
        """Break circles and flatten what is nested too deep, each row being looked at once."""
        up, flags = self._up, self._flags
        level = np.zeros(len(up), dtype=np.int8)  # 0 = not known yet, -1 = on the way up from here
        for row in range(len(up)):
            way: list[int] = []
            at = row
            while at >= 0 and level[at] == 0:
                level[at] = -1
                way.append(at)
                at = int(up[at])
            if at >= 0 and level[at] == -1:
                up[way[-1]], at = -1, -1
                flags[way[-1]] |= _CIRCLE
            depth = int(level[at]) if at >= 0 else 0
            for one in reversed(way):
                if depth == LEVELS:
                    up[one] = up[up[one]]
                    flags[one] |= _DEEP
                else:
                    depth += 1
                level[one] = depth

    def above(self, row: int) -> tuple[int, ...]:
        """The rows of the documents that a row's is attached to, outermost first."""
        found: list[int] = []
        while (row := int(self._up[row])) >= 0:
            found.append(row)
        return tuple(reversed(found))

    def problem(self, row: int) -> str:
        """What is wrong with a row's place in its family, "" when nothing is."""
        flags = int(self._flags[row])
        if flags & _LOST:
            named = self.documents.text(self._named[row])[:100]
            return f"the document it is attached to, {named}, is not in the volume: it stands as a family of its own"
        if flags & _CIRCLE:
            return "it is attached, through others, to itself: it stands as a family of its own"
        return f"its family is nested deeper than {LEVELS} levels: it stands beside its parent" if flags else ""


def _listed(documents: Documents, up: Codes, free: Codes) -> None:
    """Attach the free rows that a parent's list of children names."""
    pairs = list(documents.child_pairs())
    if not pairs:
        return
    owners, children = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    below = _rows_of(documents, children)
    good = (below >= 0) & (below != owners)
    owners, below = owners[good][::-1], below[good][::-1]  # of several owners the first counts
    good = free[below]
    up[below[good]] = owners[good]


def _rows_of(documents: Documents, codes: Codes) -> Codes:
    """For each number the first row that begins with it, -1 where there is none or the number is blank."""
    begins = documents.begin
    order = np.argsort(begins, kind="stable")
    place = np.searchsorted(begins[order], codes)
    row = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros(0, dtype=np.int64)
    return np.where((codes != 0) & (begins[row] == codes), row, -1) if len(order) else np.full(len(codes), -1)
