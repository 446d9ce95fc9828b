"""The hit report: for each term, what it hits, alone and with families, and what only it hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from tecum import clock
from tecum import query as language
from tecum.engine.index import Index
from tecum.errors import QueryInvalid
from tecum.matter import Matter
from tecum.query.stems import stems_version
from tecum.query.switches import Switches, applied
from tecum.terms.counting import Tally
from tecum.terms.lists import Term
from tecum.terms.run import open_index
from tecum.terms.samples import Samples
from tecum.terms.scope import Facets, Ids, Scope, facets

KEEP: Final = Switches()
SEED: Final = 1
# What a volume's record keeps of a row.
_KEPT: Final = (
    "row", "request", "query", "reading", "tree", "lint", "error", "documents", "documents_with_families", "unique",
    "unique_with_families",
)  # fmt: skip
_KEPT_OF_ALL: Final = ("searchable", "not_searched", "documents", "documents_with_families", "index")


@dataclass(frozen=True)
class Sampling:
    """Which samples a report draws: of each row, and of what no row hits; none where ``size`` is 0."""

    size: int = 0
    seed: int = SEED
    coded: Mapping[str, bool] | None = None


NONE: Final = Sampling()


def report(
    matter: Matter, terms: Sequence[Term], *, switches: Switches = KEEP, sampling: Sampling = NONE
) -> dict[str, Any]:
    """Count every term (the ``terms report --json`` shape); a bad term is a row with its error.

    Raises:
        IndexStale.
    """
    return _Count(matter, terms, switches).report(sampling)


def by_request(matter: Matter, terms: Sequence[Term]) -> tuple[dict[str, Any], dict[str, Ids]]:
    """What a volume's record keeps of the report, and for each request the documents that any of its terms hits."""
    counted = _Count(matter, terms, KEEP)
    whole = counted.report(NONE)
    kept = {key: whole[key] for key in _KEPT_OF_ALL}
    kept["terms"] = [{key: row[key] for key in _KEPT} for row in whole["terms"]]
    hits: dict[str, Ids] = {}
    for at, term in enumerate(terms):
        ids = counted.scope.unique[counted.tally.places(at)]
        hits[term.request] = np.union1d(hits.get(term.request, np.empty(0, dtype=np.int64)), ids)
    return kept, hits


def union_of(matter: Matter, terms: Sequence[Term]) -> tuple[Scope, Ids]:
    """The documents that any of the terms hits; one that cannot be run hits nothing."""
    counted = _Count(matter, terms, KEEP)
    found = [counted.tally.places(at) for at in range(len(terms))]
    return counted.scope, counted.scope.unique[np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found]))]


class _Count:
    """One run over a list of terms."""

    def __init__(self, matter: Matter, terms: Sequence[Term], switches: Switches) -> None:
        self.matter, self.terms, self.switches = matter, terms, switches
        self.scope = Scope(matter)
        self.facets: Facets = facets(matter, self.scope)
        self.tally = Tally(self.facets, len(terms))
        parsed = [term.parsed() for term in terms]
        across = language.lint_rows(parsed)
        self.rows: list[dict[str, Any]] = []
        with open_index(matter) as index:
            self.snapshot, self.contents = index.snapshot_id, index.contents_id
            for term, one, others in zip(terms, parsed, across, strict=True):
                lint = list(dict.fromkeys([*others, *language.lint_with_index(one, index)]))
                row, ids = _counted(index, self.scope, term, one, lint, switches)
                self.tally.add(self.scope.places(ids))
                self.rows.append(row)

    def report(self, sampling: Sampling) -> dict[str, Any]:
        """The whole report."""
        scope, every = self.scope, range(len(self.terms))
        for row, counts in zip(self.rows, self.tally.rows(), strict=True):
            row |= {
                "documents": counts.documents,
                "documents_with_families": counts.with_families,
                "families": counts.families,
                "unique": counts.unique,
                "unique_with_families": counts.unique_with_families,
                "new": counts.new,
                "cumulative": counts.cumulative,
                "by_custodian": _named(self.facets.custodians, counts.by_custodian),
                "by_month": _named(self.facets.months, counts.by_month),
            }
        documents, wide, families = self.tally.union(every)
        return {
            **_head(self.matter, self.switches, self.terms),
            "searchable": scope.searchable,
            "not_searched": len(scope.not_searched),
            "not_searched_by_reason": self.facets.reasons,
            "searched_in_part": self.facets.partly,
            "scope": {"documents": len(scope.unique), "families": len(scope.families(scope.unique))},
            "documents": documents,
            "documents_with_families": wide,
            "families": families,
            "index": self.snapshot,
            "contents": self.contents,
            "by_request": self._requests(),
            "overlap": self.tally.overlap().tolist(),
            **self._samples(sampling),
            "terms": self.rows,
        }

    def _requests(self) -> list[dict[str, Any]]:
        """What the rows of each request hit together."""
        by: dict[str, list[int]] = {}
        for at, term in enumerate(self.terms):
            by.setdefault(term.request, []).append(at)
        found = []
        for request, rows in by.items():
            documents, wide, families = self.tally.union(rows)
            found.append(
                {"request": request, "terms": len(rows), "documents": documents, "documents_with_families": wide,
                 "families": families}
            )  # fmt: skip
        return found

    def _samples(self, sampling: Sampling) -> dict[str, Any]:
        """Add each row's sample to it; return that of what no row hits."""
        if not sampling.size:
            return {}
        samples = Samples(self.matter, self.scope, sampling.size, sampling.seed, sampling.coded or {})
        for at, row in enumerate(self.rows):
            row["sample"] = samples.of(self.tally.places(at))
        unsearched = self.scope.places(self.scope.not_searched)
        missed = np.setdiff1d(self.tally.untouched(), unsearched)
        return {"seed": sampling.seed, "null_set": samples.of(missed)}


def _named(names: Sequence[str], counts: Sequence[int]) -> dict[str, int]:
    return {name: count for name, count in zip(names, counts, strict=True) if count}


def _head(matter: Matter, switches: Switches, terms: Sequence[Term]) -> dict[str, Any]:
    """What a reader must know to count again: by which rules, over what, when and by whom."""
    plan = matter.settings.plan
    return {
        "matter": matter.settings.name,
        "demand": plan.demand.title,
        "at": clock.stamp(),
        "by": matter.actor,
        "program": f"tecum {version('tecum')}",
        "words": language.WORDS,
        "stems": stems_version(),
        "time_zone": plan.production.time_zone or "UTC",
        "dialects": sorted({term.dialect for term in terms}),
        "switches": switches.said(),
    }


def understood(
    term: Term, parsed: language.Parsed, lint: Sequence[language.Lint], switches: Switches
) -> dict[str, Any]:
    """How a term is read and what is wrong with it, without counts."""
    row: dict[str, Any] = {
        "row": term.row,
        "name": term.name,
        "request": term.request,
        "query": term.query,
        "dialect": term.dialect,
        "reading": "",
        "tree": "",
        "lint": [one.as_dict() for one in lint],
        "error": None,
    }
    try:
        tree = parsed.require()
        row |= {"reading": language.in_words(tree), "tree": language.tree_hash(applied(tree, switches))}
    except QueryInvalid as error:
        row["error"] = error.message
    return row


def _counted(
    index: Index, scope: Scope, term: Term, parsed: language.Parsed, lint: Sequence[language.Lint], switches: Switches
) -> tuple[dict[str, Any], Ids]:
    """One row and the documents it hits; a term with two readings is counted under both."""
    row = {**understood(term, parsed, lint, switches), "occurrences": 0}
    for one in row["lint"]:
        one["readings"] = [reading(index, scope, text, switches) for text in one["readings"]]
    if parsed.tree is None:
        return row, np.empty(0, dtype=np.int64)
    tree = applied(parsed.tree, switches)
    try:
        ids, passages = scope.counted(*index.counted(tree))
    except QueryInvalid as error:
        row["error"] = error.message
        return row, np.empty(0, dtype=np.int64)
    return row | {"occurrences": passages}, ids


def reading(index: Index, scope: Scope, text: str, switches: Switches = KEEP) -> dict[str, Any]:
    """One reading of a term with its count, or why it has none."""
    try:
        found = scope.documents(index.documents(applied(language.parse(text).require(), switches)))
    except QueryInvalid as error:
        return {"query": text, "documents": None, "error": error.message}
    return {"query": text, "documents": len(found)}
