"""What analysis found, as papers: threads, near-duplicates, versions, languages, blind copies, widened custodians."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tecum import tables
from tecum.analysis import copies, languages, near, threads, versions
from tecum.engine.paper import Block, Heading, Paragraph, Table
from tecum.matter import Matter

ON_PAPER: Final = 400  # rows; XLSX and CSV hold all
_WHOLE: Final = ("xlsx", "csv")


@dataclass(frozen=True)
class _Report:
    title: str
    says: str
    listing: Callable[[Matter], tables.Table]
    only_whole: frozenset[str] = frozenset()  # columns that paper has no room for


REPORTS: Final = {
    "threads": _Report(
        "Threads",
        "Every mail, thread by thread in reading order, with the evidence for each link. A message is inclusive unless "
        "a later one of its thread holds all its words and attachments.",
        threads.listing,
        frozenset({"position", "depth", "detail", "reasons", "custodian"}),
    ),
    "near-duplicates": _Report(
        "Near-duplicates",
        "Documents whose texts are nearly alike, each group under its longest one (the pivot); similarity is the share "
        "of common runs of five words, in percent. Exact duplicates are left out.",
        near.listing,
    ),
    "versions": _Report(
        "Versions", "Loose files of like name and like text, in order of their dates.", versions.listing
    ),
    "languages": _Report(
        "Languages", "The language of each document's text as a model judges it; und means too little text.",
        languages.listing,
    ),
    "blind-copies": _Report(
        "Blind-copy recipients",
        "The recipients that any copy of a mail shows in its Bcc field, and which copies show them.",
        copies.blind_copies,
    ),
    "widened": _Report(
        "Produced documents with more custodians since",
        "A later load brought copies of what was produced before: an overlay must add their custodians and paths.",
        copies.widening,
    ),
}  # fmt: skip


def blocks(matter: Matter, name: str, form: str) -> list[Block]:
    """Return a report of ``REPORTS`` for a format; on paper a long list ends early and says so."""
    wanted = REPORTS[name]
    table = wanted.listing(matter)
    columns = [one for one in table.columns if form in _WHOLE or one not in wanted.only_whole]
    rows = [[_cell(row[column]) for column in columns] for row in table]
    shown = rows if form in _WHOLE else rows[:ON_PAPER]
    body: list[Block] = [Heading(f"{matter.settings.name}: {wanted.title}"), Paragraph(wanted.says)]
    if len(shown) < len(rows):
        body.append(Paragraph(f"The first {len(shown):,} of {len(rows):,} rows; XLSX and CSV hold all."))
    return [*body, Table([column.replace("_", " ") for column in columns], shown, title=wanted.title)]


def _cell(value: Any) -> Any:
    """Lists and the like as text; numbers, yes and no as they are."""
    if isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{key} {one}" for key, one in value.items())
    return value
