"""The sentences of the command line: what was done, in words that a clerk can read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tecum.cli.show import table

Lines = Iterator[str]


def equation(sums: dict[str, Any]) -> str:
    """Promise 1, in one line."""
    parts = ("documents", "containers", "excluded", "unprocessable")
    right = " + ".join(f"{sums[part]:,} {part}" for part in parts)
    return f"{sums['found']:,} items found = {right}"


def status(sums: dict[str, Any]) -> Lines:
    """The counts of a matter."""
    yield equation(sums)
    yield f"{sums['documents']:,} documents = {sums['unique']:,} unique + {sums['duplicates']:,} duplicates"
    yield f"{sums['families']:,} families"
    if sums["unread"]:
        yield f"{sums['unread']:,} items are not read yet: run tecum ingest again"
    if sums["exceptions"]:
        yield ""
        yield "Exceptions (tecum exceptions lists them):"
        yield from table(["code", "items"], sums["exceptions"].items())
    if len(sums["sources"]) > 1:
        yield ""
        heads = ["custodian", "found", "documents", "containers", "excluded", "unprocessable", "path"]
        yield from table(heads, ([row[head] for head in heads] for row in sums["sources"]))
    for row in sums.get("volumes", ()):
        yield f"Volume {row['volume']}: {row['state']}, {row['documents']:,} documents, {row['first']} to {row['last']}"


def ingest(done: dict[str, Any]) -> Lines:
    """What a run of ingest did."""
    if not done["read"] and not done["numbered"] and not done["new"]:
        yield "Nothing new: everything found was processed before."
    else:
        yield f"{done['new']:,} new files found, {done['read']:,} items read, {done['numbered']:,} documents numbered."
    yield from status(done)


def cost(found: dict[str, Any]) -> Lines:
    """What a run will cost."""
    yield f"{found['files']:,} files, {_size(found['bytes'])}"
    yield f"about {found['minutes']:g} minutes, {_size(found['disk_bytes'])} of disk, some {found['pages']:,} pages"
    yield f"({found['basis']})"


def exceptions(found: dict[str, Any]) -> Lines:
    """The list of exceptions."""
    if "retried" in found:
        yield f"{found['retried']:,} items were read again."
    if "second_opinion" in found:
        said = found["second_opinion"]
        yield f"{said['examined']:,} files were read by {said['engine']} too: {said['agreeing']:,} agree,"
        yield f"{said['low']:,} do not, {said['not_comparable']:,} cannot be compared."
    if "waived" in found:
        yield f"{found['waived']:,} items waived; the ledger says by whom and why."
    rows = found["exceptions"]
    if not rows:
        yield "No exceptions." if not found["matching"] else f"{found['matching']:,} exceptions."
    for row in rows:
        yield f"{row['code']:<14} {row['disposition']:<13} {row['control'] or '(no number)':<12} {row['path']}"
        yield f"{'':<14} {row['message']}"
        yield from (f"{'':<14} {line}" for line in row["history"])
    if len(rows) < found["matching"]:
        yield f"... {found['matching'] - len(rows):,} more"
    remedies = {row["code"]: row["remedy"] for row in rows if row["state"] != "waived"}
    if remedies:
        yield ""
        yield "What to do:"
        yield from (f"{code:<14} {remedy}" for code, remedy in sorted(remedies.items()))
    if "path" in found:
        yield f"Written to {found['path']}"


def custody(found: dict[str, Any]) -> Lines:
    """The chain of custody."""
    for row in found["sources"]:
        yield f"Source {row['id']}: {row['path']}"
        yield f"  custodian {row['custodian']}; {row['files']:,} files, {_size(row['bytes'])}"
        yield f"  collected by {row['collected_by']} on {row['system']}"
        yield f"  {row['started']} to {row['finished'] or '(under way)'}"
        yield f"  {row['method']}, by {row['program']}"
        yield f"  SHA-256 over all paths and hashes: {row['fingerprint']}"


def volume(done: dict[str, Any]) -> Lines:
    """What became of a volume."""
    if done["state"] == "planned":
        yield f"{done['volume']} would hold {done['documents']:,} documents, about {done['pages']:,} pages,"
        yield f"in about {done['minutes']:g} minutes and {_size(done['disk_bytes'])}; {done['held']:,} documents held."
        yield f"({done['basis']})"
    else:
        if done.get("already"):
            yield f"{done['volume']} is sealed already; it is never written again."
        yield _range(done)
        yield f"State: {done['state']}. {done['held']:,} documents are held back (HELD.csv names the trigger)."
    for number, count in done["by_request"].items():
        yield f"  Request {number}: {count:,} documents"
    notes = done["notes"]
    for key, text in (
        ("terms_not_run", "terms could not be run, so nothing they mean was found: see TERMS.csv"),
        ("produced_before", "families are in an earlier volume and are not produced again"),
        ("undated", "families without a usable date were kept in"),
        ("unassigned", "families of no known custodian were kept in"),
        ("twins", "documents have the same content as one that is held: look at them"),
        ("unscreened", "documents could not be read and go out unscreened: look at them"),
    ):
        if notes[key]:
            yield f"  {len(notes[key]):,} {text}"
    yield f"  {done['not_searched']:,} documents in the matter have no text and were not searched"
    for one in done["refusals"][:20]:
        yield f"STOP {one['code']} {one['control']}: {one['message']}"
    if done.get("papers"):
        yield f"Volume: {done['path']}"
        yield f"Letter, HELD.csv, REVIEW.csv, TERMS.csv and more: {done['papers']}"
    if done["state"] == "DRAFT":
        yield f'Next: read them, then release it with: tecum release {done["volume"]} --by "YOUR NAME"'


def answer(done: dict[str, Any]) -> Lines:
    """The whole journey."""
    if "files" in done:
        yield f"{done['volume']} is planned:"
        yield from cost(done)
        return
    if "status" in done:
        yield from ingest(done["status"])
        yield ""
    yield from volume(done)


def numbers(found: dict[str, Any]) -> Lines:
    """Ranges in use."""
    yield from table(
        ["prefix", "first", "last", "used by"], ([str(v) for v in row.values()] for row in found["ranges"])
    )


def check(found: dict[str, Any]) -> Lines:
    """What a receiver finds."""
    yield _range(found)
    for one in found["assumed"]:
        yield f"Assumed: {one}"
    for one in found["findings"][:200]:
        place = " ".join(str(part) for part in (one["bates"], one["path"], one["field"]) if part)
        yield f"{one['severity'].upper():<5} {one['code']} {place}: {one['message']}"
    if len(found["findings"]) > 200:
        yield f"... {len(found['findings']) - 200:,} more; --json prints all"
    yield ", ".join(f"{code}: {count:,}" for code, count in found["by_code"].items()) or "No findings."
    yield "Not examined: " + "; ".join(f"{one['code']} ({one['reason']})" for one in found["not_examined"])


def verify(found: dict[str, Any]) -> Lines:
    """What was read again."""
    yield f"Database whole; ledger of {found['ledger']['entries']:,} entries holds (head {found['ledger']['head']})."
    yield f"{found['blobs']:,} blobs and {found['segments']:,} index segments match their hashes."
    yield f"{found['docket']:,} rows of the docket are what the ledger says was entered."
    yield "Every item has one disposition."
    for row in found["volumes"]:
        yield f"Volume {row['volume']}: {row['files']:,} files match the sealed manifest."


def doctor(found: dict[str, Any]) -> Lines:
    """The state of the installation."""
    yield f"tecum {found['tecum']}, Python {found['python']}, {found['system']}, SQLite {found['sqlite']}"
    if not found["proved_here"]:
        yield "This system is meant to work but is untested: tecum is proved on Linux."
    yield "Isolation of hostile files:"
    for name, holds in found["isolation"].items():
        yield f"  {name:<16} {'holds' if holds is True else f'does not hold ({holds})'}"
    yield "Renderer: " + ", ".join(f"{name} {value[:16]}" for name, value in found["renderer"].items())
    yield "System programs that widen what can be read:"
    for one in found["programs"]:
        state = f"found, {one['path']}" if one["path"] else f"not found; install {one['install']}"
        yield f"  {one['name']:<16} {state}"
        yield f"  {'':<16} for {one['adds']}"


def demo(done: dict[str, Any]) -> Lines:
    """The score of the made-up city."""
    yield "Riverton is a made-up city; nobody and nothing in it is real."
    yield from table(
        ["kind", "planted", "found", "missed", "false"],
        ([kind, *(row[key] for key in ("planted", "found", "missed", "false"))] for kind, row in done["kinds"].items()),
    )
    beyond = done["beyond_terms"]
    yield f"Beyond the reach of search terms: {beyond['planted']:,} planted, {beyond['found']:,} found."
    yield "They are what review is for: no term names what they say."
    yield ""
    yield from volume(done["volume"])
    yield ""
    yield "Next:"
    yield from (f"  {line}" for line in done["next"])


def _range(volume: dict[str, Any]) -> str:
    counts = f"{volume['documents']:,} documents, {volume['pages']:,} pages"
    return f"{volume['volume']}: {counts}, {volume['first']} to {volume['last']}"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1024
    return ""
