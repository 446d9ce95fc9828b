"""Rules about families: F01 to F05, from parent, children and the range that each member carries."""

from __future__ import annotations

import numpy as np

from tecum.receipt.documents import SERIES_BIT, Codes, Documents
from tecum.receipt.report import CheckResult


def check_families(documents: Documents, report: CheckResult) -> None:
    """Report families whose members do not agree about them."""
    if not len(documents):
        return
    keys = documents.keys
    if "PARENT_BATES" in keys:
        report.examine("F01")
        _parents(documents, report)
    if "CHILD_BATES" in keys:
        report.examine("F02")
        _children(documents, report)
    if keys >= {"BEGATTACH", "ENDATTACH"}:
        report.examine("F03", "F04", "F05")
        _ranges(documents, report)


def _parents(documents: Documents, report: CheckResult) -> None:
    """F01, and F03 between a child and its parent."""
    begin, parent = documents.begin, documents.parent
    ranged = documents.keys >= {"BEGATTACH", "ENDATTACH"}
    first, last = documents.beg_attach, documents.end_attach
    for row in np.flatnonzero(parent).tolist():
        bates = documents.text(begin[row])
        above = documents.find(int(parent[row]))
        if above < 0:
            named = documents.text(parent[row])
            report.add("F01", f"Its parent {named} is not in the volume.", bates=bates, field="PARENT_BATES")
        elif ranged and (first[row], last[row]) != (first[above], last[above]):
            said = f"Its family range differs from that of its parent {documents.text(begin[above])}."
            seen = f"{documents.text(first[row])} - {documents.text(last[row])}"
            report.add("F03", said, bates=bates, field="BEGATTACH", evidence=seen)


def _children(documents: Documents, report: CheckResult) -> None:
    begin, parent = documents.begin, documents.parent
    linked = "PARENT_BATES" in documents.keys
    listed: set[int] = set()
    for row, child in documents.child_pairs():
        listed.add(hash((int(begin[row]), child)))
        bates, named = documents.text(begin[row]), documents.text(child)
        below = documents.find(child)
        if below < 0:
            report.add("F02", f"The child {named} is not in the volume.", bates=bates, field="CHILD_BATES")
        elif linked and parent[below] != begin[row]:
            said = f"The child {named} does not name it as parent."
            report.add("F02", said, bates=bates, field="CHILD_BATES", evidence=documents.text(parent[below]))
    if not linked:
        return
    for row in np.flatnonzero(parent).tolist():
        if hash((int(parent[row]), int(begin[row]))) not in listed and documents.find(int(parent[row])) >= 0:
            said = f"It does not list its child {documents.text(begin[row])}."
            report.add("F02", said, bates=documents.text(parent[row]), field="CHILD_BATES")


def _ranges(documents: Documents, report: CheckResult) -> None:
    """F03 to F05 over the rows that share one BEGATTACH."""
    first = documents.beg_attach
    ends = np.where(documents.end != 0, documents.end, documents.begin)
    _, group, sizes = np.unique(first, return_inverse=True, return_counts=True)
    alone = (sizes[group] == 1) & (first == documents.begin) & (documents.end_attach == ends)
    order = np.argsort(first, kind="stable")
    order = order[(first[order] != 0) & ~alone[order]]  # a document that is its own family is in order
    edges = np.flatnonzero(np.diff(first[order])) + 1
    highest = _highest(documents, ends)
    for members in np.split(order, edges):
        if len(members):
            _family(documents, np.sort(members), ends, highest, report)


def _highest(documents: Documents, ends: Codes) -> dict[int, int]:
    """Return the highest number of each series."""
    plain = np.sort(ends[ends > 0])
    return {
        int(code) >> SERIES_BIT: int(code) for code in plain[np.flatnonzero(np.diff(plain >> SERIES_BIT, append=-1))]
    }


def _family(documents: Documents, members: Codes, ends: Codes, highest: dict[int, int], report: CheckResult) -> None:
    begin, volume = documents.begin[members], documents.volume[members]
    first, last = int(documents.beg_attach[members[0]]), int(documents.end_attach[members[0]])
    bates = documents.text(begin[0])
    seen = f"{documents.text(first)} - {documents.text(last)}"
    if (documents.end_attach[members] != last).any() and "PARENT_BATES" not in documents.keys:
        report.add("F03", "Members of the family end it differently.", bates=bates, field="ENDATTACH", evidence=seen)
    if len(set(volume.tolist())) > 1:
        report.add("F05", "Members of the family stand in different volumes.", bates=bates, field="PRODVOL")
    beyond = last > 0 and last > highest.get(last >> SERIES_BIT, last)
    if beyond:
        said = "The family range goes on after the last number of the volume."
        report.add("F05", said, bates=bates, field="ENDATTACH", evidence=seen)
    wrong = ""
    if first not in begin:
        wrong = "No member begins the family range."
    elif not beyond and last not in ends[members]:
        wrong = "No member ends the family range."
    elif first > 0 and last > 0 and ((begin > 0) & ((begin < first) | (begin > last))).any():
        wrong = "A member lies outside the family range."
    if wrong:
        report.add("F04", wrong, bates=bates, field="ENDATTACH", evidence=seen)
