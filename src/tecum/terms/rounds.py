"""Rounds of negotiation over terms: each version with who, when and why, what it hit, and what the next one changed.

A round is never changed. What goes to the other side is numbers alone (``terms.exchange``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from difflib import SequenceMatcher
from typing import Any, Final

import numpy as np
from sqlalchemy import Row, func, select

from tecum import clock
from tecum import query as language
from tecum.engine.schema import term_round
from tecum.engine.store import canonical, put_rows
from tecum.errors import TermsInvalid
from tecum.matter import Matter
from tecum.settings import Settings
from tecum.terms.lists import Term
from tecum.terms.report import report, union_of
from tecum.terms.run import controls_of
from tecum.terms.scope import Ids

ACTS: Final = {"propose": "proposed", "counter": "countered", "agree": "agreed"}
# What is kept of a report, and may be told to the other side: numbers, the terms themselves, and how they are read.
_OF_ALL: Final = (
    "program", "words", "stems", "time_zone", "dialects", "switches", "index", "contents", "scope", "searchable",
    "not_searched", "not_searched_by_reason", "searched_in_part", "documents", "documents_with_families", "families",
)  # fmt: skip
_OF_A_ROW: Final = (
    "row", "name", "request", "query", "dialect", "reading", "tree", "documents", "documents_with_families", "families",
    "unique", "unique_with_families", "occurrences", "new", "cumulative", "error",
)  # fmt: skip
_ALIKE: Final = 0.6  # of two terms' characters in common order; from here on one is a new wording of the other


def enter(
    matter: Matter, act: str, terms: Sequence[Term], by: str, why: str, request: str = "", *, dry_run: bool = False
) -> dict[str, Any]:
    """Enter a round; one that is agreed becomes the terms of its requests in tecum.toml.

    Args:
        matter: the open matter.
        act: propose, counter or agree.
        terms: the list; when agreeing, an empty one means that of the newest round (of the request).
        by: who proposes or agrees.
        why: the reason, for our own record.
        request: the request of rows that name none.
        dry_run: count, and enter nothing.

    Raises:
        TermsInvalid: when there is nothing to enter, a row belongs to another request, or what is agreed cannot be
            run or names no request of the demand.
        IndexStale.
    """
    if not terms and act == "agree":
        terms = _newest(matter, request)
    if not terms:
        raise TermsInvalid("there are no terms to enter", remedy="Name a list with terms, or propose one before")
    terms = [replace(term, request=term.request or request) for term in terms]
    if strange := [term for term in terms if request and term.request != request]:
        raise TermsInvalid(
            f"row {strange[0].row} belongs to request {strange[0].request}, not to {request}",
            remedy="Leave --request out, or correct the column request",
        )
    settings = _agreed(matter.settings, terms) if act == "agree" else matter.settings
    counts = _counts(report(matter, terms))
    row: dict[str, Any] = {
        "number": 0, "act": ACTS[act], "at": clock.stamp(), "by": by, "why": why, "request": request,
        "terms": canonical([asdict(term) for term in terms]), "counts": canonical(counts),
    }  # fmt: skip
    with matter.read() as db:
        row["number"] = (db.execute(select(func.max(term_round.c.number))).scalar() or 0) + 1
    if not dry_run:
        _write(matter, row, settings)
    return {**_said(row), "counts": counts, "dry_run": dry_run}


def _write(matter: Matter, row: dict[str, Any], settings: Settings) -> None:
    """Enter the round, its place in the ledger and the settings; a run that is killed in between is repeated whole."""
    with matter.write() as db:
        row["number"] = (db.execute(select(func.max(term_round.c.number))).scalar() or 0) + 1
        put_rows(db, term_round, [row])
        trees = sorted(one["tree"] for one in json.loads(row["counts"])["terms"])
        body = {"act": row["act"], "by": row["by"], "request": row["request"], "trees": trees}
        matter.act(db, "terms", f"round {row['number']}", body)
        if settings != matter.settings:
            matter.save_settings(settings)


def _agreed(settings: Settings, terms: Sequence[Term]) -> Settings:
    """The settings with these terms in place of the requests' own; other requests keep theirs."""
    known = {one.number for one in settings.plan.requests}
    by: dict[str, list[str]] = {}
    for term in terms:
        parsed = term.parsed()
        if parsed.tree is None:
            raise TermsInvalid(
                f"row {term.row} cannot be run, so it cannot be agreed: {parsed.errors[0].message}",
                remedy="Correct it at the place that tecum terms check shows",
            )
        if term.request not in known:
            said = f"there is no request {term.request}" if term.request else "it names no request"
            raise TermsInvalid(
                f"row {term.row} cannot be agreed: {said}",
                remedy=f"Name one of {', '.join(sorted(known)) or 'no requests'} in the column request or by --request",
            )
        plain = term.dialect == "dtsearch"
        by.setdefault(term.request, []).append(term.query if plain else language.to_text(parsed.tree))
    changed = (replace(one, terms=tuple(by[one.number])) if one.number in by else one for one in settings.plan.requests)
    return replace(settings, plan=replace(settings.plan, requests=tuple(changed)))


def _counts(found: dict[str, Any]) -> dict[str, Any]:
    """Of a report what may be told: no sample, no custodian, no word of a document."""
    kept = {key: found[key] for key in _OF_ALL}
    rows = [{key: row[key] for key in _OF_A_ROW} for row in found["terms"]]
    for row, full in zip(rows, found["terms"], strict=True):
        row["lint"] = [{"code": one["code"], "readings": one["readings"]} for one in full["lint"]]
    return {**kept, "terms": rows}


# -- reading them ----------------------------------------------------------------------------------------


def rounds(matter: Matter) -> list[dict[str, Any]]:
    """Every round in order, with what it hit as a whole."""
    with matter.read() as db:
        rows = list(db.execute(select(term_round).order_by(term_round.c.number)))
    found = []
    for row in rows:
        counts = json.loads(row.counts)
        errors = sum(one["error"] is not None for one in counts["terms"])
        summed = {key: counts[key] for key in ("documents", "documents_with_families", "index")}
        found.append({**_said(row._asdict()), **summed, "errors": errors})
    return found


def counts_of(matter: Matter, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A round and what its terms hit when it was entered.

    Raises:
        TermsInvalid: when there is no such round.
    """
    row = _round(matter, number)
    return _said(row._asdict()), json.loads(row.counts)


def compare(matter: Matter, before: int, after: int) -> dict[str, Any]:
    """What one round changed in another: terms added, dropped, changed; documents gained and lost.

    Rows belong together that have one name, else one meaning, else, within one request, a similar wording. Counts of
    rows are those of their rounds; the documents are counted anew, both rounds over the present index.

    Raises:
        TermsInvalid: when there is no such round.
        IndexStale.
    """
    one, other = _round(matter, before), _round(matter, after)
    old, new = json.loads(one.counts), json.loads(other.counts)
    pairs = _pairs(old["terms"], new["terms"])
    changed = [(a, b) for a, b in pairs if a["tree"] != b["tree"] or a["query"] != b["query"]]
    taken = [a["row"] for a, _ in pairs], [b["row"] for _, b in pairs]
    scope, earlier = union_of(matter, _terms(one))
    later = union_of(matter, _terms(other))[1]
    gained, lost = np.setdiff1d(later, earlier), np.setdiff1d(earlier, later)
    return {
        "before": _said(one._asdict()),
        "after": _said(other._asdict()),
        "same_index": old["contents"] == new["contents"],
        "added": [row for row in new["terms"] if row["row"] not in taken[1]],
        "dropped": [row for row in old["terms"] if row["row"] not in taken[0]],
        "changed": [{"before": a, "after": b} for a, b in changed],
        "unchanged": len(pairs) - len(changed),
        "documents_before": len(earlier),
        "documents_after": len(later),
        "documents_with_families_before": len(scope.with_families(earlier)),
        "documents_with_families_after": len(scope.with_families(later)),
        "gained": _controls(matter, gained),
        "lost": _controls(matter, lost),
    }


def _pairs(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows that belong together, surest ties first; each row is in one pair at most."""

    def alike(a: dict[str, Any], b: dict[str, Any]) -> float:
        if a["name"] and b["name"]:
            return 3.0 if (a["name"], a["request"]) == (b["name"], b["request"]) else 0.0
        if a["request"] != b["request"]:
            return 0.0
        if a["tree"] and a["tree"] == b["tree"]:
            return 2.0
        ratio = SequenceMatcher(None, a["query"].casefold(), b["query"].casefold(), autojunk=False).ratio()
        return ratio if ratio >= _ALIKE else 0.0

    ties = [(alike(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)]
    used: tuple[set[int], set[int]] = (set(), set())
    found = []
    for tie, i, j in sorted(ties, key=lambda one: (-one[0], one[1], one[2])):
        if tie and i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            found.append((i, j))
    return [(old[i], new[j]) for i, j in sorted(found)]


def _newest(matter: Matter, request: str) -> list[Term]:
    newest = select(term_round).order_by(term_round.c.number.desc()).limit(1)
    if request:
        newest = newest.where(term_round.c.request == request)
    with matter.read() as db:
        row = db.execute(newest).first()
    return _terms(row) if row is not None else []


def _round(matter: Matter, number: int) -> Row[Any]:
    with matter.read() as db:
        row = db.execute(select(term_round).where(term_round.c.number == number)).first()
    if row is None:
        raise TermsInvalid(f"there is no round {number}", remedy="List them with: tecum terms rounds")
    return row


def _terms(row: Row[Any]) -> list[Term]:
    return [Term(**one) for one in json.loads(row.terms)]


def _said(row: dict[str, Any]) -> dict[str, Any]:
    """A round without its rows."""
    kept = {key: row[key] for key in ("act", "at", "by", "why", "request")}
    return {"round": row["number"], **kept, "terms": len(json.loads(row["terms"]))}


def _controls(matter: Matter, ids: Ids) -> list[str]:
    known = controls_of(matter, ids)
    return [known[one] for one in ids.tolist()]
