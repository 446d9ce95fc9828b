"""What all recipients produced, compared: a question, the documents that a query finds, and those a person coded.

A finding is a question such as "who told officers not to answer?" with a query. The query only proposes documents; a
person says of each whether it is one. The table shows, for each recipient, how many were proposed and which were coded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tecum.demand.nouns import Docket
from tecum.engine.paper import Block, Heading, Note, Paragraph, Table

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Hit:
    """A document that a query found: whose it is, its control number here, its first Bates number, where it lies."""

    recipient: str
    control: str
    bates: str
    title: str
    path: str


def coded(docket: Docket, finding: str) -> dict[str, Mapping[str, Any]]:
    """Control number -> what a person said of it under a finding."""
    return {one["control"]: one for one in docket.codes.values() if one["finding"] == finding}


def compare(docket: Docket, finding: str, hits: Sequence[Hit], all_coded: Iterable[Hit]) -> dict[str, Any]:
    """One finding as ``demand finding --json`` prints it.

    Args:
        docket: with its codes.
        finding: the finding's id.
        hits: what its query finds now.
        all_coded: the documents coded under it, also those that the query does not find.
    """
    said = coded(docket, finding)
    places = {one.control: one for one in (*all_coded, *hits)}
    hit = {one.control for one in hits}
    rows: dict[str, dict[str, Any]] = {}
    for control, one in places.items():
        row = rows.setdefault(one.recipient, {"documents": 0, "yes": 0, "no": 0, "open": 0, "coded": [], "to_code": []})
        call = said.get(control, {}).get("call", "")
        row["documents"] += control in hit
        row[call or "open"] += 1
        where = {"control": one.control, "bates": one.bates, "title": one.title, "path": one.path}
        if call == YES:
            row["coded"].append({**where, "by": said[control]["by"]})
        elif not call:
            row["to_code"].append(where)
    asked = docket.findings[finding]
    return {"finding": finding, "question": asked["question"], "query": asked["query"], "recipients": rows}


def blocks(docket: Docket, compared: Sequence[Mapping[str, Any]], title: str) -> list[Block]:
    """Recipients by findings, each cell naming the documents coded for it; then the documents themselves.

    Everybody who produced something has a row, also where nothing was found.
    """
    names = [one["finding"] for one in compared]
    named = {key: known.name for key, known in docket.recipients.items()}
    named |= {key: key for one in compared for key in one["recipients"] if key not in named}
    produced = {who for event in docket.events if event.kind == "produced" for who in event.recipients}
    shown = [key for key in named if key in produced or any(key in one["recipients"] for one in compared)]
    rows = [[named[key], *(_cell(one["recipients"].get(key)) for one in compared)] for key in shown]
    made: list[Block] = [Heading(title)]
    made += [Paragraph(f"{one['finding']}: {one['question']} Query: {one['query']}") for one in compared]
    made.append(Table(["Recipient", *names], rows, title="Recipients by findings"))
    listed = [
        [one["finding"], named[key], each["bates"] or each["control"], each["title"], each["path"], each["by"]]
        for one in compared
        for key, row in one["recipients"].items()
        for each in row["coded"]
    ]
    heads = ["Finding", "Recipient", "Number", "Title", "Where", "Coded by"]
    made.append(Table(heads, listed, [2, 3, 2.5, 4, 5, 2.5], title="Documents coded"))
    made.append(Note("A query proposes documents; only those that a named person coded are counted as found."))
    return made


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "none"
    numbers = ", ".join(each["bates"] or each["control"] for each in row["coded"])
    waiting = f"{row['open']} to code" if row["open"] else ""
    return "; ".join(part for part in (f"{row['yes']}: {numbers}" if row["yes"] else "", waiting) if part) or "none"
