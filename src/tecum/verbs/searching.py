"""The verbs about terms: search, the hit report, the check of a list, and rounds of negotiation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tecum.matter import Matter
from tecum.query.switches import Switches
from tecum.verbs.volumes import request_terms

FORMATS = ("json", "csv", "xlsx", "html", "pdf", "docx")


def search(
    matter: Matter, query: str, *, count: bool = False, dialect: str = "dtsearch", limit: int = 0, offset: int = 0,
    ranked: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Run one query and say how it was read; ``limit`` 0 lists every document found.

    Raises:
        QueryInvalid, IndexStale.
    """
    from tecum.terms import run

    return run.search(matter, query, count=count, dialect=dialect, limit=limit, offset=offset, ranked=ranked)


def search_table(found: dict[str, Any], form: str) -> bytes:
    """The documents of a search as csv, xlsx, html, pdf or docx, or all of it as json."""
    from tecum.engine import paper

    if form == "json":
        return _json(found)
    columns = ("control", "date", "custodian", "title", "path", "snippet")
    rows = [[row[key] for key in columns] for row in found["results"]]
    blocks: list[paper.Block] = [
        paper.Heading(f"Search: {found['query']}"),
        paper.Paragraph(f"Read as: {found['reading']}"),
        paper.Table(columns, rows, (12, 12, 12, 26, 30, 50), title="Documents"),
    ]
    return paper.write(blocks, form)


def terms_report(
    matter: Matter, terms: Path | None = None, *, dialect: str = "dtsearch", switches: Switches | None = None,
    sample: int = 0, seed: int = 1, coded: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The hit report of a list of terms, or of the requests' own terms.

    Args:
        matter: the open matter.
        terms: the list; None for the requests' own.
        dialect: of rows that name none.
        switches: compatibility switches; all off when left out.
        sample: draw so many documents of each row, and of what no row hits.
        seed: of the samples.
        coded: a table of control numbers and whether a person found them responsive.

    Raises:
        TermsInvalid, TableInvalid, IndexStale.
    """
    from tecum.terms import lists, report, samples

    chosen = lists.read_terms(terms, dialect) if terms else request_terms(matter)
    calls = samples.read_coded(coded) if coded else {}
    return report.report(matter, chosen, switches=switches or Switches(), sampling=report.Sampling(sample, seed, calls))


def terms_paper(found: dict[str, Any], form: str) -> bytes:
    """A hit report as html, docx, pdf, xlsx, csv or json."""
    from tecum.engine import paper
    from tecum.terms import papers

    return _json(found) if form == "json" else paper.write(papers.report(found, form), form)


def terms_check(
    terms: Path, matter: Matter | None = None, *, dialect: str = "dtsearch", switches: Switches | None = None
) -> dict[str, Any]:
    """Read a list of terms and say how each is understood and what is wrong with it; with a matter, count.

    Raises:
        TermsInvalid, IndexStale.
    """
    from tecum.terms import check, lists

    return check.check(lists.read_terms(terms, dialect), matter, switches or Switches())


def terms_enter(
    matter: Matter, act: str, terms: Path | None, *, by: str, why: str, request: str = "", dialect: str = "dtsearch",
    dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Enter a round of negotiation; ``act`` is propose, counter or agree. What is agreed rules the next answer.

    Raises:
        TermsInvalid, IndexStale.
    """
    from tecum.terms import lists, rounds

    chosen = lists.read_terms(terms, dialect) if terms else []
    return rounds.enter(matter, act, chosen, by, why, request, dry_run=dry_run)


def terms_rounds(matter: Matter) -> dict[str, Any]:
    """Every round of negotiation."""
    from tecum.terms import rounds

    return {"rounds": rounds.rounds(matter)}


def terms_compare(matter: Matter, before: int, after: int) -> dict[str, Any]:
    """What one round changed in another.

    Raises:
        TermsInvalid, IndexStale.
    """
    from tecum.terms import rounds

    return rounds.compare(matter, before, after)


def terms_compare_paper(found: dict[str, Any], form: str) -> bytes:
    """The comparison of two rounds as html, docx, pdf, xlsx, csv or json."""
    from tecum.engine import paper
    from tecum.terms import papers

    return _json(found) if form == "json" else paper.write(papers.compared(found), form)


def terms_export(matter: Matter, number: int, form: str) -> bytes:
    """A round for the other side: its terms and numbers, and nothing that a document says or is called.

    Raises:
        TermsInvalid: when there is no such round.
    """
    from tecum.engine import paper
    from tecum.terms import papers, rounds

    said, counts = rounds.counts_of(matter, number)
    demand = matter.settings.plan.demand.title
    if form == "json":
        told = {key: said[key] for key in ("round", "act", "at", "by")}
        return _json({"demand": demand, **told, **counts})
    return paper.write(papers.exchange(said, counts, demand, form), form)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
