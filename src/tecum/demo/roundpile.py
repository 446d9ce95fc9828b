"""What a made-up recipient of the round has: a few mails and a workbook, and its own plan for answering."""

from __future__ import annotations

import datetime as dt
import email.policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

_ZONE: Final = dt.timezone(dt.timedelta(hours=-6))
WORKBOOK: Final = "6"  # the request that is answered by a workbook beside its mail


def make(folder: Path, name: str, requests: list[dict[str, Any]], without: set[str], prefix: str, seed: int) -> None:
    """Write ``folder/pile`` and ``folder/answer.toml``; requests in ``without`` have no document."""
    pile = folder / "pile"
    pile.mkdir(parents=True)
    for row in requests:
        if row["number"] not in without:
            number = int(row["number"])
            _mail(pile / f"{number}.eml", name, row, 3 + (number * 7 + seed) % 25)
            if row["number"] == WORKBOOK:
                _workbook(pile / "handover-log.xlsx", name)
    (folder / "answer.toml").write_text(_answer(requests, prefix), encoding="utf-8", newline="\n")


def _mail(path: Path, name: str, row: dict[str, Any], day: int) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    host = "".join(one for one in name.lower() if one.isalpha()) + ".example"
    message["From"] = f"Records Desk <records@{host}>"
    message["To"] = f"Front Desk <desk@{host}>"
    message["Date"] = format_datetime(dt.datetime(2017, 11, day, 9, tzinfo=_ZONE))
    message["Subject"] = row["subject"]
    message["Message-ID"] = f"<{row['number']}.{day}@{host}>"
    message.set_content(f"{row['body']}\n\n{name}\n")
    path.write_bytes(message.as_bytes())


def _workbook(path: Path, name: str) -> None:
    from xlsxwriter import Workbook

    with Workbook(path) as book:
        sheet = book.add_worksheet("Log")
        sheet.write_row(0, 0, ["Handover", "Hour", name])
        for line in range(1, 20):
            sheet.write_row(line, 0, [f"H-{line:03d}", line % 24, "front gate"])


def _answer(requests: list[dict[str, Any]], prefix: str) -> str:
    rows = [
        f'[[request]]\nnumber = "{row["number"]}"\nterms = [\'{row["term"]}\']\ncustodians = ["records"]\n'
        for row in requests
    ]
    return "\n".join([
        *rows,
        '[custodians]\nrecords = { name = "Records Desk", source = "pile" }\n',
        '[counsel]\nnames = ["Osric Vane"]\n',
        f'[production]\nprefix = "{prefix}"\ntime_zone = "America/Chicago"\n',
    ])  # fmt: skip
