"""The hit report as a paper that both sides can sign, and the counts of a round for the other side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tecum.engine.paper import Block, Bullets, Cell, Fields, Heading, Note, Paragraph, Signature, Table
from tecum.terms.scope import REASONS

ON_PAPER: Final = ("html", "pdf", "docx")
_WIDE: Final = 8  # columns beyond which a matrix is put into words on paper
_PAIRS: Final = 20  # overlaps listed on paper; the workbook has the whole matrix
_SHORT: Final = 16  # characters of a hash on paper
_COUNTS: Final = {
    "documents": "documents",
    "documents_with_families": "with families",
    "families": "families",
    "unique": "unique",
    "unique_with_families": "unique with families",
    "occurrences": "passages",
    "new": "new",
    "cumulative": "so far",
}
_PARTLY: Final = {
    "TEXTLESS_PAGES": "pages without usable text",
    "OCR_DOUBTFUL": "doubtful recognition",
    "PARTIAL": "a part could not be read",
    "LOW_AGREEMENT": "two readings disagree",
}
_MEANINGS: Final = (
    "Documents: documents with a hit. A suppressed duplicate counts under the copy that stands for it.",
    "With families: these, and every other document of their families, members without text included.",
    "Families: families with a hit.",
    "Unique: documents that no other row of this report hits. Unique with families: documents of the families that no "
    "other row hits.",
    "Passages: places in the text that satisfy the row; of a document with copies they are counted once.",
    "New: documents that no row above hits. So far: documents that this row or one above hits. These two alone depend "
    "on the order of rows.",
    "By month: the month of the family's date. Overlap: documents that two rows both hit.",
    "By custodian: a document of which several custodians held a copy counts under each of them.",
)


def report(found: dict[str, Any], form: str) -> list[Block]:
    """The hit report for a format: a CSV holds the main table alone; on paper wide matrices are put into words."""
    rows = found["terms"]
    if form == "csv":
        return [Heading("Search term report"), _main(rows, whole=True)]
    paper = form in ON_PAPER
    blocks: list[Block] = [
        Heading(f"Search term report: {found['matter']}"),
        Fields([*_head(found), *_counted_over(found)]),
        _main(rows, whole=False),
        Paragraph(_sum(found)),
        Bullets(_MEANINGS),
        _readings(rows),
        *_findings(rows),
        *_divided(rows, "by_custodian", "custodian", "Documents by custodian", paper),
        *_requests(found["by_request"]),
        *_divided(rows, "by_month", "month", "Documents by month", paper),
        *_overlap(found, paper),
        *_samples(found),
        *_signed(),
    ]
    return blocks


def exchange(said: dict[str, Any], counts: dict[str, Any], demand: str, form: str) -> list[Block]:
    """A round for the other side: terms, how they are read, and numbers; nothing that a document says or is called."""
    rows = counts["terms"]
    if form == "csv":
        return [Heading("Search term report"), _main(rows, whole=True)]
    head = [("Demand", demand), ("Round", said["round"]), ("Status", said["act"]), ("By", said["by"])]
    return [
        Heading(f"Search terms, round {said['round']}"),
        Fields([*head, ("Counted", said["at"]), *_rules(counts), *_counted_over(counts)]),
        _main(rows, whole=False),
        Paragraph(_sum(counts)),
        Bullets(_MEANINGS),
        _readings(rows),
        *_findings(rows, messages=False),
        *_signed(),
    ]


def _head(found: dict[str, Any]) -> list[tuple[str, Cell]]:
    made = [
        ("Matter", found["matter"]), ("Demand", found["demand"]), ("Counted", found["at"]), ("Run by", found["by"]),
    ]  # fmt: skip
    return [*((name, value) for name, value in made if value), *_rules(found)]


def _rules(found: dict[str, Any]) -> list[tuple[str, Cell]]:
    return [
        ("Program", found["program"]),
        ("Words and stems", f"{found['words']}, {found['stems']}"),
        ("Language of the terms", ", ".join(found["dialects"])),
        ("Compatibility switches", found["switches"]),
        ("Time zone", found["time_zone"]),
        ("Index snapshot", found["index"]),
        ("Contents of the index", found["contents"]),
    ]


def _counted_over(found: dict[str, Any]) -> list[tuple[str, Cell]]:
    scope = found["scope"]
    pairs: list[tuple[str, Cell]] = [
        ("In scope", f"{scope['documents']:,} documents in {scope['families']:,} families"),
        ("Searched", f"{found['searchable']:,} documents"),
        ("Not searched", f"{found['not_searched']:,} documents{_because(found['not_searched_by_reason'], REASONS)}"),
    ]
    if found["searched_in_part"]:
        pairs.append(("Searched in part", _listed(found["searched_in_part"], _PARTLY)))
    return pairs


def _because(reasons: Mapping[str, int], words: Mapping[str, str]) -> str:
    return f": {_listed(reasons, words)}" if reasons else ""


def _listed(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    return "; ".join(f"{words.get(code, code)} {count:,}" for code, count in counts.items())


def _label(row: Mapping[str, Any]) -> str:
    return f"{row['row']} {row['name']}".strip()


def _main(rows: Sequence[dict[str, Any]], *, whole: bool) -> Table:
    """The counts; ``whole`` adds what otherwise stands in tables of its own. A row that was not run has none."""
    named = whole or any(row["name"] for row in rows)
    heads = ["row", *(["name"] if named else []), "request", "term", *_COUNTS.values()]
    heads += ["dialect", "reading", "tree", "findings", "error"] if whole else []
    lines: list[list[Cell]] = []
    for row in rows:
        counts: list[Cell] = [row[key] if row["error"] is None else None for key in _COUNTS]
        line: list[Cell] = [row["row"], *([row["name"]] if named else []), row["request"], row["query"], *counts]
        if whole:
            codes = " ".join(dict.fromkeys(one["code"] for one in row["lint"]))
            line += [row["dialect"], row["reading"], row["tree"], codes, row["error"]]
        lines.append(line)
    widths = (4, *((11,) if named else ()), 6, 24, 8, 8, 7, 6, 8, 8, 6, 6)
    return Table(heads, lines, () if whole else widths, title="Counts")


def _sum(found: dict[str, Any]) -> str:
    broken = [row for row in found["terms"] if row["error"]]
    said = (
        f"Any row: {found['documents']:,} documents in {found['families']:,} families; "
        f"{found['documents_with_families']:,} documents with their families."
    )
    if broken:
        said += f" Not run, and so without counts: row {', '.join(str(row['row']) for row in broken)}."
    return said


def _readings(rows: Sequence[dict[str, Any]]) -> Table:
    lines: list[list[Cell]] = [[_label(row), row["dialect"], _read(row), row["tree"][:_SHORT]] for row in rows]
    heads = ["row", "dialect", "read as", f"tree hash, first {_SHORT}"]
    return Table(heads, lines, (12, 8, 50, 15), title="How each row was read")


def _read(row: Mapping[str, Any]) -> str:
    """How a row was read, or why it was not run; the caret below an error needs type of one width and is left out."""
    return f"not run: {row['error'].splitlines()[0]}" if row["error"] else row["reading"]


def _findings(rows: Sequence[dict[str, Any]], *, messages: bool = True) -> Iterator[Block]:
    """The findings on the rows, with the count of each reading."""
    lines: list[list[Cell]] = []
    for row in rows:
        for one in row["lint"]:
            counted = "\n".join(
                f"{part['query']}: {'not run' if part['documents'] is None else format(part['documents'], ',')}"
                for part in one["readings"]
            )
            lines.append([_label(row), one["code"], *([one["message"]] if messages else []), counted])
    if lines:
        heads = ["row", "code", *(["finding"] if messages else []), "documents under each reading"]
        yield Table(heads, lines, (12, 5, 32, 40) if messages else (12, 5, 64), title="Findings")


def _divided(rows: Sequence[dict[str, Any]], key: str, name: str, title: str, paper: bool) -> Iterator[Block]:
    """Counts by custodian or month: a matrix, or on paper, where it would be too wide, in words."""
    names = sorted({one for row in rows for one in row[key]})
    if not names:
        return
    if paper and len(names) > _WIDE:
        words: list[list[Cell]] = [
            [_label(row), "; ".join(f"{one}: {row[key][one]:,}" for one in sorted(row[key]))] for row in rows
        ]
        yield Table(["row", f"documents by {name}"], words, (12, 66), title=title)
        return
    lines: list[list[Cell]] = [[_label(row), *(row[key].get(one, 0) for one in names)] for row in rows]
    yield Table(["row", *names], lines, title=title)


def _requests(found: Sequence[dict[str, Any]]) -> Iterator[Block]:
    if any(one["request"] for one in found):
        keys = ("request", "terms", "documents", "documents_with_families", "families")
        lines = [[one[key] or "(none)" if key == "request" else one[key] for key in keys] for one in found]
        yield Table(["request", "rows", "documents", "with families", "families"], lines, title="Rows of each request")


def _overlap(found: dict[str, Any], paper: bool) -> Iterator[Block]:
    """How many documents two rows both hit."""
    rows, matrix = found["terms"], found["overlap"]
    if len(rows) < 2:
        return
    title = "Overlap of rows"
    if not paper or len(rows) <= _WIDE:
        lines: list[list[Cell]] = [[_label(row), *matrix[at]] for at, row in enumerate(rows)]
        yield Table(["row", *(_label(row) for row in rows)], lines, title=title)
        return
    pairs = [(matrix[i][j], i, j) for i in range(len(rows)) for j in range(i + 1, len(rows)) if matrix[i][j]]
    pairs.sort(key=lambda one: (-one[0], one[1], one[2]))
    shown: list[list[Cell]] = [[_label(rows[i]), _label(rows[j]), count] for count, i, j in pairs[:_PAIRS]]
    if shown:
        yield Table(["row", "and row", "documents"], shown, title=title)
    if len(pairs) > _PAIRS:
        yield Note(f"The {_PAIRS} largest of {len(pairs):,} overlaps; the workbook and the JSON have all.")


def _samples(found: dict[str, Any]) -> Iterator[Block]:
    """The samples with what their coding says, and the documents drawn."""
    if "null_set" not in found:
        return
    named = [(_label(row), row["sample"]) for row in found["terms"]] + [("no row", found["null_set"])]
    keys = ("population", "size", "coded", "responsive")
    lines: list[list[Cell]] = [[name, *(one[key] for key in keys), *_shares(one)] for name, one in named]
    heads = ["sample of", "documents", "drawn", "coded", "responsive", "share", "95 % interval"]
    yield Table(heads, lines, title="Random samples")
    yield Note(
        f"Drawn by SHA-256 over seed {found['seed']} and control number, lowest first. The interval is exact "
        "(Clopper-Pearson). The sample of no row is of searched documents in whose family no row hits anything; its "
        "share is the elusion."
    )
    yield Table(["sample of", "control numbers"], [[name, _drawn(one)] for name, one in named], (12, 66), title="Drawn")


def _shares(one: Mapping[str, Any]) -> list[Cell]:
    if one["share"] is None:
        return [None, None]
    return [f"{one['share']:.1%}", f"{one['low']:.1%} to {one['high']:.1%}"]


def _drawn(one: Mapping[str, Any]) -> str:
    return ", ".join(row["control"] for row in one["documents"])


def _signed() -> Iterable[Block]:
    yield Paragraph("These are the counts of the rows above, by the rules and over the documents named at the head.")
    yield Signature(["For the responding party"])
    yield Signature(["For the requesting party"])


def compared(found: dict[str, Any]) -> list[Block]:
    """What one round changed in another."""
    one, other = found["before"], found["after"]
    keys = ("documents", "documents_with_families")
    heads = ["row", "request", "term", "documents", "with families"]

    def table(rows: Iterable[dict[str, Any]], title: str) -> Table:
        return Table(
            heads, [[_label(r), r["request"], r["query"], *(r[key] for key in keys)] for r in rows], title=title
        )

    changed = [[_label(p["after"]), p["before"]["query"], p["after"]["query"],
                *(p[side]["documents"] for side in ("before", "after"))] for p in found["changed"]]  # fmt: skip
    blocks: list[Block] = [
        Heading(f"Rounds {one['round']} and {other['round']} compared"),
        Bullets([
            f"Round {each['round']}, {each['act']} by {each['by']} on {each['at'][:10]}: {each['terms']} terms, "
            f"{found[f'documents_{side}']:,} documents, {found[f'documents_with_families_{side}']:,} with families"
            for each, side in ((one, "before"), (other, "after"))
        ]),
    ]  # fmt: skip
    if found["added"]:
        blocks.append(table(found["added"], "Added"))
    if found["dropped"]:
        blocks.append(table(found["dropped"], "Dropped"))
    if changed:
        blocks.append(
            Table(["row", "before", "after", "documents before", "documents after"], changed, title="Changed")
        )
    blocks.append(Paragraph(f"Unchanged: {found['unchanged']:,} terms."))
    for key in ("gained", "lost"):
        blocks.append(Paragraph(f"Documents {key}: {len(found[key]):,}. {', '.join(found[key])}"))
    return blocks
