"""Random samples of a hit report: which documents to look at for each term, and what the coding of them says.

One order of all documents, by seed (``tecum.sampling``), serves every row: a row's sample is the first of that order
that it hits, so rows that overlap share documents and a person has less to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from tecum import sampling
from tecum.engine import sheets
from tecum.errors import TermsInvalid
from tecum.matter import Matter
from tecum.terms.run import controls_of
from tecum.terms.scope import Ids, Scope

_YES: Final = frozenset({"1", "yes", "y", "true", "responsive", "r"})
_CURE: Final = "Give a table with the columns control and responsive, and one yes or no (1 or 0) for each document"
_NO: Final = frozenset({"0", "no", "n", "false", "not responsive", "nr"})


def read_coded(path: Path) -> dict[str, bool]:
    """Read coding from a table with the columns ``control`` and ``responsive`` (yes or no, 1 or 0).

    Rows with an empty call are not coded yet and are passed over.

    Raises:
        TableInvalid, SourceMissing: when it is no such table.
        TermsInvalid: naming the row whose call is neither, or contradicts an earlier row.
    """
    found: dict[str, bool] = {}
    for sheet in sheets.read(path):
        if not {"control", "responsive"} <= set(sheet.columns):
            raise TermsInvalid(f"{sheet.place} lacks a column control or responsive", path=path, line=1, remedy=_CURE)
        for row in sheet.rows:
            control, call = row.values["control"], row.values["responsive"].casefold()
            if not call:
                continue
            wrong = ""
            if call not in _YES | _NO:
                wrong = f"{call} is neither yes nor no"
            elif found.setdefault(control, call in _YES) != (call in _YES):
                wrong = f"{control} is coded in two ways"
            if wrong:
                raise TermsInvalid(wrong, path=path, line=row.number, remedy=_CURE)
    return found


class Samples:
    """Draws samples of documents in scope under one seed.

    Args:
        matter: the open matter.
        scope: its documents.
        size: of each sample.
        seed: of the order in which documents are drawn.
        coded: control number to whether a person found it responsive.
    """

    def __init__(self, matter: Matter, scope: Scope, size: int, seed: int, coded: Mapping[str, bool]) -> None:
        self._size = size
        self._coded = coded
        known = controls_of(matter, scope.unique)
        self._controls = [known[one] for one in scope.unique.tolist()]
        ranks = [sampling.rank(seed, one) for one in self._controls]
        self._order = np.array(sorted(range(len(ranks)), key=ranks.__getitem__), dtype=np.int64)

    def of(self, places: Ids) -> dict[str, Any]:
        """The sample of a set of documents, given by their places in ``Scope.unique``, with what its coding says.

        ``share``, ``low`` and ``high`` are None until every document of the sample is coded; where the sample is the
        whole set they are equal.
        """
        within = np.zeros(len(self._order), dtype=bool)
        within[places] = True
        drawn = self._order[within[self._order]][: self._size].tolist()
        rows = [{"control": self._controls[at], "responsive": self._coded.get(self._controls[at])} for at in drawn]
        calls = [row["responsive"] for row in rows if row["responsive"] is not None]
        said = {"population": len(places), "size": len(rows), "coded": len(calls), "responsive": sum(map(bool, calls))}
        return {**said, **_share(said), "documents": rows}


def _share(said: dict[str, int]) -> dict[str, float | None]:
    if not said["size"] or said["coded"] < said["size"]:
        return {"share": None, "low": None, "high": None}
    if said["size"] == said["population"]:
        share = said["responsive"] / said["size"]
        return {"share": share, "low": share, "high": share}
    found = sampling.exact_interval(said["responsive"], said["size"])
    return {"share": found.share, "low": found.low, "high": found.high}
