"""The sentences of ``tecum search`` and ``tecum terms``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tecum.cli.show import plain, table

Lines = Iterator[str]
_SPACES = re.compile(r"\s+")
_ON, _OFF = "\x1b[1;7m", "\x1b[0m"


def search(found: dict[str, Any], *, marked: bool) -> Lines:
    """The result of one query; ``marked``: found words are shown inverted, as a terminal can, else in brackets.

    The lines may hold the terminal's own signs, so whatever is evidence in them is plain already.
    """
    yield plain(f"Read as: {found['reading']}")
    yield from map(plain, _lint(found["lint"]))
    yield (
        f"{found['documents']:,} documents in {found['families']:,} families; "
        f"searched {found['searchable']:,}, not searchable {found['not_searched']:,}"
    )
    if "path" in found:
        yield plain(f"Written to {found['path']}")
        return
    for row in found.get("results", ()):
        yield f"{row['control']}  {row['date'][:10] or 'undated':<10}  {plain(row['custodian'])}  {plain(row['title'])}"
        yield from (f"    {one['field'] + ': ' if one['field'] != 'body' else ''}{_passage(one, marked)}"
                    for one in row["passages"])  # fmt: skip
    if "results" in found and (left := found["documents"] - found["offset"] - len(found["results"])) > 0:
        yield f"... {left:,} more: --offset {found['offset'] + len(found['results'])} goes on, --limit 0 lists all"


def _passage(one: dict[str, Any], marked: bool) -> str:
    """A passage on one line; what it says cannot reach the terminal but as text."""
    on, off = (_ON, _OFF) if marked else ("[", "]")
    out, at = [], 0
    for start, end in one["marks"]:
        out += [plain(one["text"][at:start]), on, plain(one["text"][start:end]), off]
        at = end
    return _SPACES.sub(" ", "".join([*out, plain(one["text"][at:])])).strip()


def report(found: dict[str, Any]) -> Lines:
    """The hit report."""
    heads = ["request", "documents", "with families", "unique", "unique w. families", "passages", "new", "term"]
    keys = (
        "request", "documents", "documents_with_families", "unique", "unique_with_families", "occurrences", "new",
        "query",
    )  # fmt: skip
    yield from table(heads, ([_cell(row, key) for key in keys] for row in found["terms"]))
    yield ""
    yield f"Any term: {found['documents']:,} documents, {found['documents_with_families']:,} with families."
    yield _searched(found)
    if found["not_searched_by_reason"]:
        yield "  " + ", ".join(f"{code} {count:,}" for code, count in found["not_searched_by_reason"].items())
    if found["searched_in_part"]:
        parts = ", ".join(f"{code} {count:,}" for code, count in found["searched_in_part"].items())
        yield f"Searched in part: {parts}"
    if found["switches"] != "none":
        yield f"Counted with these switches: {found['switches']}"
    for row in found["terms"]:
        if row["error"]:
            yield f"Row {row['row']} was not run: {row['error']}"
        if row["lint"]:
            yield f"Row {row['row']}, {row['query']}"
        yield from _lint(row["lint"])
    if "null_set" in found:
        yield ""
        yield f"Samples (seed {found['seed']}):"
        named = [(f"row {row['row']}", row["sample"]) for row in found["terms"]]
        yield from table(
            ["of", "documents", "drawn", "coded", "responsive", "95 % interval"],
            ([name, *(one[key] for key in ("population", "size", "coded", "responsive")), _interval(one)]
             for name, one in [*named, ("no row", found["null_set"])]),
        )  # fmt: skip
        yield "The documents drawn are in --json and in the report written with --out."
    if "path" in found:
        yield f"Written to {found['path']}"


def _searched(found: dict[str, Any]) -> str:
    """How far a count reaches."""
    return f"Searched {found['searchable']:,} documents; {found['not_searched']:,} have no text and were not searched."


def _cell(row: dict[str, Any], key: str) -> Any:
    """A value of a row; a row that was not run has no counts."""
    return "" if row["error"] and key not in ("request", "query") else row[key]


def _interval(one: dict[str, Any]) -> str:
    return "" if one["share"] is None else f"{one['low']:.1%} to {one['high']:.1%}"


def checked(found: dict[str, Any]) -> Lines:
    """How terms are read."""
    for row in found["terms"]:
        counted = row.get("documents")
        yield f"{row['row']}: {row['query']}" + (f"   [{counted:,} documents]" if counted is not None else "")
        yield f"   {row['error'].splitlines()[0] if row['error'] else row['reading']}"
        for one in row["lint"]:
            yield f"   {one['code']} {one['severity']}, line {one['line']}, column {one['column']}: {one['message']}"
            yield from (f"      {line}" for line in one["caret"].splitlines())
            if one["fix"]:
                yield f"      Fix: {one['fix']}"
            yield from _readings(one.get("counts") or one["readings"])
        for one in row.get("expansions", ()):
            top = ", ".join(f"{part['term']} ({part['documents']:,})" for part in one["top"])
            more = ", ..." if one["words"] > len(one["top"]) else ""
            yield f"   {one['pattern']} stands for {one['words']:,} words: {top}{more}"
        for text in row.get("suggestions", ()):
            yield f"   Try {text}"
    broken = sum(bool(row["error"]) for row in found["terms"])
    doubtful = sum(bool(row["lint"]) and not row["error"] for row in found["terms"])
    yield f"{len(found['terms']):,} terms: {broken:,} cannot be run, {doubtful:,} have warnings."
    if "searchable" in found:
        yield _searched(found)


def entered(done: dict[str, Any]) -> Lines:
    """What was entered as a round."""
    counts = done["counts"]
    would = "would be" if done["dry_run"] else "is"
    yield f"Round {done['round']} {would} {done['act']} by {done['by']}: {done['terms']:,} terms."
    yield (
        f"They hit {counts['documents']:,} documents, {counts['documents_with_families']:,} with families; "
        f"{counts['not_searched']:,} were not searched."
    )
    for row in counts["terms"]:
        if row["error"]:
            yield f"Row {row['row']} was not run: {row['error']}"
    if done["act"] == "agreed" and not done["dry_run"]:
        yield "They are now the terms of their requests in tecum.toml; tecum produce selects by them."


def rounds(found: dict[str, Any]) -> Lines:
    """The rounds."""
    if not found["rounds"]:
        yield "No rounds yet."
        return
    heads = ["round", "on", "act", "by", "request", "terms", "not run", "documents", "with families", "why"]
    yield from table(
        heads,
        ([row["round"], row["at"][:10], row["act"], row["by"], row["request"], row["terms"], row["errors"],
          row["documents"], row["documents_with_families"], row["why"]] for row in found["rounds"]),
    )  # fmt: skip


def compared(found: dict[str, Any]) -> Lines:
    """What one round changed in another."""
    for each, side in ((found["before"], "before"), (found["after"], "after")):
        documents = found[f"documents_{side}"]
        yield f"Round {each['round']}, {each['act']} by {each['by']}: {each['terms']:,} terms, {documents:,} documents"
    if not found["same_index"]:
        yield "Documents were added between the two: the counts of rows are those of their time."
    for key in ("added", "dropped"):
        for row in found[key]:
            yield f"{key.capitalize():<8} {row['query']}: {row['documents']:,} documents"
    for pair in found["changed"]:
        one, other = pair["before"], pair["after"]
        yield f"Changed  {one['query']}: {one['documents']:,} documents"
        yield f"      to {other['query']}: {other['documents']:,} documents"
    yield f"Unchanged: {found['unchanged']:,} terms."
    for key in ("gained", "lost"):
        shown = ", ".join(found[key][:20]) + (", ..." if len(found[key]) > 20 else "")
        yield f"Documents {key}: {len(found[key]):,}{': ' if shown else ''}{shown}"
    if "path" in found:
        yield f"Written to {found['path']}"


def _lint(rows: list[dict[str, Any]]) -> Lines:
    for row in rows:
        yield f"   {row['code']} {row['severity']}: {row['message']}"
        yield from _readings(row["readings"])


def _readings(readings: list[Any]) -> Lines:
    for one in readings:
        if not isinstance(one, dict):
            yield f"      {one}"
        elif one["documents"] is None:
            yield f"      {one['query']}: not run ({one['error']})"
        else:
            yield f"      {one['query']}: {one['documents']:,} documents"
