"""The reports of processing as blocks: chain of custody, exceptions, status."""

from __future__ import annotations

from typing import Any

from tecum.engine.paper import Block, Fields, Heading, Paragraph, Table
from tecum.errors import ReportUnknown
from tecum.matter import Matter
from tecum.processing import balance, listing


def blocks(matter: Matter, name: str) -> list[Block]:
    """Return a report.

    Raises:
        ReportUnknown.
    """
    with matter.read() as db:
        if name == "custody":
            body = _custody(listing.custody(db))
        elif name == "exceptions":
            body = _exceptions(listing.exceptions(db))
        elif name == "status":
            body = _status(balance.balance(db))
        else:
            raise ReportUnknown(f"There is no report named {name}")
    return [Heading(f"{matter.settings.name}: {name}"), *body]


def _custody(rows: list[dict[str, Any]]) -> list[Block]:
    body: list[Block] = [Paragraph("What was collected, by whom, from where, how and when.")]
    for row in rows:
        body += [
            Heading(f"Source {row['id']}", 2),
            Fields(
                [
                    ("Custodian", row["custodian"]),
                    ("Path", row["path"]),
                    ("Collected by", row["collected_by"]),
                    ("System", row["system"]),
                    ("Method", row["method"]),
                    ("Program", row["program"]),
                    ("Started", row["started"]),
                    ("Finished", row["finished"] or "under way"),
                    ("Files", f"{row['files']:,}"),
                    ("Bytes", f"{row['bytes']:,}"),
                    ("SHA-256 over every path and file hash", row["fingerprint"]),
                ]
            ),
        ]
    return body


def _exceptions(rows: list[dict[str, Any]]) -> list[Block]:
    columns = ["Code", "Disposition", "Path", "Reason"]
    cells = [[row["code"], row["disposition"], row["path"], row["message"]] for row in rows]
    return [Paragraph(f"{len(rows):,} exceptions."), Table(columns, cells, [2, 2, 5, 5])]


def _status(sums: dict[str, Any]) -> list[Block]:
    parts = ("documents", "containers", "excluded", "unprocessable")
    heads = ["custodian", "found", *parts]
    return [
        Paragraph(f"{sums['found']:,} items found = " + " + ".join(f"{sums[one]:,} {one}" for one in parts)),
        Paragraph(f"{sums['documents']:,} documents = {sums['unique']:,} unique + {sums['duplicates']:,} duplicates"),
        Table(heads, [[row[head] for head in heads] for row in sums["sources"]], [4, 2, 2, 2, 2, 2]),
    ]
