"""The hit report: for each term, what it hits, alone and with families, and what only it hits."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tecum import query as language
from tecum.engine.index import Index
from tecum.errors import QueryInvalid, TermsInvalid
from tecum.matter import Matter
from tecum.terms.run import Ids, Scope, open_index


@dataclass(frozen=True)
class Term:
    """One row of a list of terms; ``request`` is "" when the list names none."""

    row: int
    query: str
    request: str = ""


def read_terms(path: Path) -> list[Term]:
    """Read a list of terms: one a line, or a CSV with a column ``term`` and perhaps ``request``.

    Raises:
        TermsInvalid: when it is not text, or a CSV without a term column.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise TermsInvalid(f"{path} cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError as error:
        raise TermsInvalid(f"{path} is not UTF-8 text", path=path, line=data.count(b"\n", 0, error.start) + 1) from None
    if path.suffix.lower() != ".csv":
        lines = [line.strip() for line in text.splitlines()]
        return [Term(n, line) for n, line in enumerate(lines, 1) if line and not line.startswith("#")]
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    names = {name.strip().casefold(): name for name in rows.fieldnames or ()}
    column = names.get("term") or names.get("query")
    if column is None:
        raise TermsInvalid("there is no column named term", path=path, line=1)
    request = names.get("request", "")
    return [
        Term(n, row[column].strip(), (row.get(request) or "").strip())
        for n, row in enumerate(rows, 1)
        if (row[column] or "").strip()
    ]


def report(matter: Matter, terms: Sequence[Term]) -> dict[str, Any]:
    """Count every term (the ``terms report --json`` shape); a bad term is a row with its error.

    Raises:
        IndexStale.
    """
    return _report(matter, terms)[0]


def _report(matter: Matter, terms: Sequence[Term]) -> tuple[dict[str, Any], list[Ids]]:
    """The report and each term's documents."""
    scope = Scope(matter)
    parsed = [language.parse(term.query) for term in terms]
    across = language.lint_rows(parsed)
    with open_index(matter) as index:
        rows = [
            _count(index, scope, term, one, _distinct([*others, *language.lint_with_index(one, index)]))
            for term, one, others in zip(terms, parsed, across, strict=True)
        ]
        snapshot = index.snapshot_id
    found = [ids for _, ids in rows]
    often = np.zeros(len(scope.primary), dtype=np.int32)
    family_often = np.zeros(len(scope.primary), dtype=np.int32)
    for ids in found:
        often[ids] += 1
        family_often[scope.families(ids)] += 1
    for row, ids in rows:
        row["unique"] = int(np.count_nonzero(often[ids] == 1))
        families = scope.families(ids)
        alone = families[family_often[families] == 1]
        row["unique_with_families"] = int(np.count_nonzero(np.isin(scope.family[scope.unique], alone)))
    every = np.flatnonzero(often)
    counted = {
        "searchable": scope.searchable,
        "not_searched": len(scope.not_searched),
        "documents": len(every),
        "documents_with_families": len(scope.with_families(every)),
        "index": snapshot,
        "terms": [row for row, _ in rows],
    }
    return counted, found


def by_request(matter: Matter, terms: Sequence[Term]) -> tuple[dict[str, Any], dict[str, Ids]]:
    """The report, and for each request the documents that any of its terms hits."""
    counted, found = _report(matter, terms)
    hits: dict[str, Ids] = {}
    for term, ids in zip(terms, found, strict=True):
        hits[term.request] = np.union1d(hits.get(term.request, np.empty(0, dtype=np.int64)), ids)
    return counted, hits


def check(term: Term) -> dict[str, Any]:
    """How a term is read and what is wrong with it, without counts (the ``terms check`` shape)."""
    parsed = language.parse(term.query)
    return _understood(term, parsed, parsed.lint)


def _understood(term: Term, parsed: language.Parsed, lint: Sequence[language.Lint]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "row": term.row,
        "request": term.request,
        "query": term.query,
        "reading": "",
        "tree": "",
        "lint": [one.as_dict() for one in lint],
        "error": None,
    }
    try:
        tree = parsed.require()
        row |= {"reading": language.in_words(tree), "tree": language.tree_hash(tree)}
    except QueryInvalid as error:
        row["error"] = error.message
    return row


def _distinct(lint: Sequence[language.Lint]) -> list[language.Lint]:
    """Each finding once, in order."""
    return list(dict.fromkeys(lint))


def _count(
    index: Index, scope: Scope, term: Term, parsed: language.Parsed, found: Sequence[language.Lint]
) -> tuple[dict[str, Any], Ids]:
    """One row and the documents it hits; a term with two readings is counted under both."""
    row = {**_understood(term, parsed, found), "documents": 0, "documents_with_families": 0}
    for lint in row["lint"]:
        lint["readings"] = [_reading(index, scope, one) for one in lint["readings"]]
    try:
        ids = scope.documents(index.documents(parsed.require()))
    except QueryInvalid:
        return row, np.empty(0, dtype=np.int64)
    row["documents"] = len(ids)
    row["documents_with_families"] = len(scope.with_families(ids))
    return row, ids


def _reading(index: Index, scope: Scope, text: str) -> dict[str, Any]:
    try:
        found = scope.documents(index.documents(language.parse(text).require()))
    except QueryInvalid as error:
        return {"query": text, "documents": None, "error": error.message}
    return {"query": text, "documents": len(found)}
