"""The processing report that a supervising attorney can file: the whole account of a matter's processing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from tecum import clock
from tecum.engine import ledger, programs
from tecum.engine.paper import Block, Bullets, Cell, Fields, Heading, Note, Paragraph, Signature, Table
from tecum.matter import Matter
from tecum.processing import account, balance, listing
from tecum.processing.exceptionlist import exceptions
from tecum.processing.parts import PARTS, custody, equation, exception_table
from tecum.processing.remedies import REMEDIES

_LAYERS = {
    "no_new_privs": "it can gain no privileges",
    "netns": "it has a network of its own, which leads nowhere",
    "seccomp": "system calls for sockets, processes, tracing and mounts are refused",
    "landlock": "it sees the program, the system's libraries and one temporary folder",
    "capabilities": "root's powers are given up",
    "rlimits": "memory, file size and open files are limited by the system",
    "memory_watch": "its resident memory is watched",
}


def filing(matter: Matter, db: Connection, shown: int) -> Iterator[Block]:
    """Yield the report without its title; lists of more than ``shown`` rows are cut, and say so (0: none is)."""
    runs = account.runs(db)
    yield from _head(matter, db, runs)
    yield from _balance(balance.balance(db))
    yield Heading("Chain of custody", 2)
    yield from (Heading(one.text, 3) if isinstance(one, Heading) else one for one in custody(listing.custody(db)))
    yield from _containers(account.containers(db), shown)
    yield from _excluded(account.excluded(db), shown)
    yield from _formats(account.formats(db))
    yield from _trouble(exceptions(db), shown)
    yield from _recognition(db)
    yield from _isolation(runs)
    yield from _programs()
    yield from _settings(matter, runs)
    yield from _acts(db, shown)
    yield Heading("Signature", 2)
    yield Paragraph("The figures and lists above were computed by the program. I have reviewed them.")
    yield Signature(["Name:", "Position:"])


def _head(matter: Matter, db: Connection, runs: list[dict[str, Any]]) -> Iterator[Block]:
    demand, head = matter.settings.plan.demand, ledger.head(db)
    said = [("Demand", demand.title), ("From", demand.sender), ("To", demand.recipient)]
    yield Fields(
        [
            ("Matter", matter.settings.name),
            *(pair for pair in said if pair[1]),
            ("Report made", f"{clock.stamp()} by {matter.actor}"),
            ("Read by", ", ".join(dict.fromkeys(str(run["program"]) for run in runs)) or "nothing was read yet"),
            ("First and last run", " to ".join(dict.fromkeys([runs[0]["at"], runs[-1]["at"]])) if runs else ""),
            ("Ledger", f"{head.seq:,} entries, the last with hash {head.hash}"),
        ]
    )
    yield Note(
        "This report says what was found in the sources named, what became of each item, and under which "
        "circumstances. Whether the right sources were collected it cannot say. Times are UTC."
    )


def _balance(sums: dict[str, Any]) -> Iterator[Block]:
    yield Heading("The account", 2)
    yield Paragraph(equation(sums))
    yield Paragraph(
        f"{sums['documents']:,} documents = {sums['unique']:,} unique + {sums['duplicates']:,} suppressed duplicates, "
        f"in {sums['families']:,} families."
    )
    yield Paragraph(
        "The account balances: every item found has exactly one disposition, and every container the members that "
        "its reader counted."
        if sums["balanced"]
        else f"THE ACCOUNT DOES NOT BALANCE; {sums['unread']:,} items are not read yet."
    )
    heads = ["Found", *(part.capitalize() for part in PARTS)]
    counts = ("found", *PARTS)
    yield Table(
        ["Source", "Custodian", "Path", *heads],
        [[row["source"], row["custodian"], row["path"], *(row[one] for one in counts)] for row in sums["sources"]],
        [1.5, 3, 6, 2, 2.4, 2.4, 2.2, 3],
        "By source",
    )
    yield Table(
        ["Custodian", *heads],
        [[who, *(row[one] for one in counts)] for who, row in sums["custodians"].items()],
        [9, 2, 2.4, 2.4, 2.2, 3],
        "By custodian",
    )


def _containers(rows: list[dict[str, Any]], shown: int) -> Iterator[Block]:
    yield Heading("Containers", 2)
    short = [row for row in rows if row["members"] != row["recorded_count"]]
    yield Paragraph(
        f"{len(rows):,} items hold others: mailboxes, archives, mails and files with attachments. Their readers "
        f"counted {sum(row['members'] for row in rows):,} members; {sum(row['recorded_count'] for row in rows):,} are "
        f"recorded, each with its own disposition. {f'{len(short):,} DO NOT AGREE.' if short else 'All agree.'}"
    )
    holders = [row for row in rows if row["disposition"] != "document" or row["members"] != row["recorded_count"]]
    cells = [
        [
            row["path"], row["custodian"], row["kind"], row["members"], row["recorded_count"], row["document_count"],
            row["container_count"], row["unprocessable_count"], row["codes"],
        ]
        for row in holders
    ]  # fmt: skip
    heads = [
        "Path",
        "Custodian",
        "Kind",
        "Counted",
        "Recorded",
        "Documents",
        "Containers",
        "Unprocessable",
        "Exceptions",
    ]
    yield from _listed("Mailboxes and archives", heads, cells, shown, [7, 3, 1.8, 2.2, 2.4, 2.6, 2.6, 3.2, 3.2])


def _excluded(rows: list[dict[str, Any]], shown: int) -> Iterator[Block]:
    yield Heading("Excluded", 2)
    if not rows:
        yield Paragraph("Nothing was excluded.")
        return
    counts = Counter(row["rule"] for row in rows)
    yield Table(
        ["Rule", "Items"], [[rule, count] for rule, count in counts.most_common()], [9, 2], "Rules of exclusion"
    )
    cells = [[row["path"], row["custodian"], row["rule"], max(0, row["size"])] for row in rows]
    yield from _listed("Excluded items", ["Path", "Custodian", "Rule", "Bytes"], cells, shown, [6, 2.5, 6, 2])


def _formats(rows: list[dict[str, Any]]) -> Iterator[Block]:
    yield Heading("Formats", 2)
    cells = [
        [
            row["kind"] or "not read", row["reader"] or "none", row["count"], row["bytes"], row["document"],
            row["container"], row["unprocessable"],
        ]
        for row in rows
    ]  # fmt: skip
    heads = ["Kind", "Reader and version", "Items", "Bytes", "Documents", "Containers", "Unprocessable"]
    yield Table(heads, cells, [3, 4, 2, 3, 2.6, 2.6, 3.2], "Formats")


def _trouble(rows: list[dict[str, Any]], shown: int) -> Iterator[Block]:
    yield Heading("Exceptions", 2)
    if not rows:
        yield Paragraph("No exceptions.")
        return
    states = Counter(row["state"] for row in rows)
    yield Paragraph(
        f"{len(rows):,} exceptions on {len({row['item'] for row in rows}):,} items: "
        + ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
        + ". An exception never removes an item: it keeps its number, its custodian and its place in the family."
    )
    counts = Counter(row["code"] for row in rows)
    meant = [
        [code, count, REMEDIES[code].meaning.replace("`", ""), REMEDIES[code].plain]
        for code, count in counts.most_common()
        if code in REMEDIES
    ]
    yield Table(["Code", "Items", "Meaning", "What to do"], meant, [3, 1.5, 6, 6], "Exceptions by code")
    yield exception_table(rows[:shown] if shown else rows)
    yield from _cut(len(rows), shown)


def _recognition(db: Connection) -> Iterator[Block]:
    figures = account.recognition_figures(db)
    if not figures:
        return
    yield Heading("Recognised text", 2)
    yield Paragraph(
        f"{account.recognised_items(db):,} items have text that was wholly or partly recognised from pictures."
    )
    heads = ["Engine", "Languages", "Pages", "Blank", "Failed", "Words", "Mean confidence, %"]
    cells: list[list[Cell]] = [
        [
            f"{row['engine']} {row['version']}", row["languages"], row["pages"], row["blank"], row["failed"],
            row["words"], None if row["confidence"] is None else round(row["confidence"]),
        ]
        for row in figures
    ]  # fmt: skip
    yield Table(heads, cells, [4, 3, 2, 2, 2, 2, 3], "Recognised text")


def _isolation(runs: list[dict[str, Any]]) -> Iterator[Block]:
    yield Heading("Isolation", 2)
    yield Paragraph(
        "Each file was parsed in a process of its own that can be killed. Layers by which that process was shut in, as "
        "it reported itself:"
    )
    seen: dict[str, dict[str, list[str]]] = {}
    for run in runs:
        for name, holds in run["layers"].items():
            seen.setdefault(name, {}).setdefault("held" if holds is True else f"did not hold: {holds}", []).append(
                run["at"]
            )
    cells: list[list[Cell]] = [
        [name, _LAYERS.get(name, ""), answer, len(when), when[-1]]
        for name in sorted(
            seen, key=lambda name: (list(_LAYERS).index(name) if name in _LAYERS else len(_LAYERS), name)
        )
        for answer, when in seen[name].items()
    ]
    if cells:
        yield Table(["Layer", "What it means", "Answer", "Runs", "Last"], cells, [3, 7, 3, 1.5, 4], "Isolation")
    else:
        yield Paragraph("No run is recorded with its layers.")


def _programs() -> Iterator[Block]:
    yield Heading("Programs of the system", 2)
    yield Paragraph("They widen what can be read. This is how the machine stands on which this report was made.")
    cells = [
        [row["name"], "yes" if row["path"] else "no", row["path"] or row["install"], row["adds"]]
        for row in programs.survey()
    ]
    yield Table(
        ["Program", "Found", "Where, or what to install", "What it adds"],
        cells,
        [2, 1.5, 6, 6],
        "Programs",
        {"no": "watch"},
    )


def _settings(matter: Matter, runs: list[dict[str, Any]]) -> Iterator[Block]:
    how, last = matter.settings.processing, runs[-1] if runs else {}
    yield Heading("Settings and versions", 2)
    pairs: list[tuple[str, Cell]] = [
        ("Excluded by name", ", ".join(how.exclude)),
        ("Passwords tried", last.get("limits", {}).get("passwords", 0)),
        ("Time for a file of ordinary size", f"{how.seconds} s; larger files get more"),
        ("Memory", f"{how.memory_mib} MiB"),
        ("Depth of nesting", how.depth),
        ("Members of an archive", how.members),
        ("Expansion", f"{how.ratio} times its size or {how.expand_mib} MiB, whichever is more"),
        ("Duplicates", matter.settings.plan.production.dedupe),
        ("Time zone of the matter", matter.settings.plan.production.time_zone),
    ]
    yield Fields(pairs)
    if last:
        told = {"Python": last["python"], "System": last["system"]} | last["libraries"]
        yield Table(
            ["Part", "Version at the last run"], [[name, value] for name, value in told.items()], [4, 8], "Versions"
        )
    if matter.settings.engine:
        yield Table(
            ["Part", "Version or SHA-256"],
            [list(pair) for pair in matter.settings.engine.items()],
            [4, 8],
            "Page engine",
        )


def _acts(db: Connection, shown: int) -> Iterator[Block]:
    yield Heading("What was done, from the ledger", 2)
    cells = [
        [act["seq"], act["at"], act["actor"], act["action"], act["subject"], _told(act["body"])]
        for act in account.acts(db)
    ]
    yield from _listed("Acts", ["Entry", "Time", "By", "Act", "On", "What"], cells, shown, [1.3, 4, 2.5, 2.5, 4, 6])


def _told(body: dict[str, Any]) -> str:
    """The plain values of an entry; hashes and whole tables stay in the ledger."""
    plain = {name: value for name, value in body.items() if isinstance(value, int | str) and 0 < len(str(value)) <= 200}
    lists = {name: ", ".join(map(str, value)) for name, value in body.items() if isinstance(value, list) and value}
    return "; ".join(f"{name}: {value}" for name, value in {**plain, **lists}.items())


def _listed(
    title: str, heads: Sequence[str], cells: Sequence[Sequence[Cell]], shown: int, widths: Sequence[float]
) -> Iterator[Block]:
    if not cells:
        yield Bullets([f"{title}: none"])
        return
    yield Table(heads, cells[:shown] if shown else cells, widths, title)
    yield from _cut(len(cells), shown)


def _cut(count: int, shown: int) -> Iterator[Block]:
    if shown and count > shown:
        yield Note(f"The first {shown:,} of {count:,}; the report written as .xlsx or .csv lists all.")
