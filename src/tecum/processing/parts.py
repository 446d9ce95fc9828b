"""Parts that several reports of processing share: the chain of custody, the table of exceptions, the equation."""

from __future__ import annotations

from typing import Any, Final

from tecum.engine.paper import Block, Fields, Heading, Paragraph, Table

PARTS: Final = ("documents", "containers", "excluded", "unprocessable")
_TONES: Final = {"open": "watch", "waived": "rest"}


def custody(rows: list[dict[str, Any]]) -> list[Block]:
    """The chain of custody, one heading a source."""
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


def exception_table(rows: list[dict[str, Any]]) -> Table:
    """Exceptions with what to do about each and what became of it."""
    columns = ["Control number", "Custodian", "Code", "Ended as", "Path", "Reason", "What to do", "State"]
    cells = [
        [
            row["control"], row["custodian"], row["code"], row["disposition"], row["path"], row["message"],
            row["remedy"], _became(row),
        ]
        for row in rows
    ]  # fmt: skip
    return Table(columns, cells, [3, 2.4, 4, 3.4, 6, 5.6, 4.6, 4], "Exceptions", _TONES)


def _became(row: dict[str, Any]) -> str:
    """What became of an exception; acts speak for themselves, so the word goes before them only while it is open."""
    return "; ".join(row["history"] if row["state"] != "open" else ["open", *row["history"]])


def equation(sums: dict[str, Any]) -> str:
    """Promise 1, in one line."""
    return f"{sums['found']:,} items found = " + " + ".join(f"{sums[one]:,} {one}" for one in PARTS)
