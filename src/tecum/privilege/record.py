"""Screen documents for signs of privilege and write the signals down; a signal is never a call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, select
from tecum.privilege.footers import Footers
from tecum.privilege.screen import Screen, Screened, Signal, holds

from tecum.engine.blobs import BlobRef
from tecum.engine.schema import blob, document, item, signal
from tecum.engine.store import put_rows
from tecum.matter import Matter

_PAGE = 500


def screen(matter: Matter, ids: Sequence[int]) -> dict[int, list[Signal]]:
    """Screen these documents; returns the signals of those that have any. Writes nothing."""
    footers = Footers.learn(
        (one.sender.rpartition("@")[2].rstrip(">"), one.body) for _, one in documents(matter, ids) if one.kind == "eml"
    )
    plan = matter.settings.plan
    machine = Screen(plan.counsel, own_domains(matter), footers)
    found = {}
    for number, one in documents(matter, ids):
        signals = machine.document(one)
        if signals:
            found[number] = signals
    return found


def record(matter: Matter, ids: Sequence[int], found: dict[int, list[Signal]]) -> None:
    """Replace what was known of these documents by what was found now."""
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        rows = [
            {
                "document": number,
                "number": n,
                "rule": one.rule,
                "strength": one.strength,
                "place": one.where,
                "evidence": one.evidence,
                "message": one.message,
            }
            for number in page
            for n, one in enumerate(found.get(number, []), 1)
        ]
        with matter.write() as db:
            db.execute(delete(signal).where(signal.c.document.in_(page)))
            put_rows(db, signal, rows)


def triggers(found: dict[int, list[Signal]]) -> dict[int, list[str]]:
    """Why each document's family is held in an unattended answer; documents that are not held are left out."""
    return {
        number: [f"{one.rule} {one.message}" for one in signals if holds([one])]
        for number, signals in found.items()
        if holds(signals)
    }


def own_domains(matter: Matter) -> frozenset[str]:
    """Mail domains of the client: those from which its custodians' mail was sent most often."""
    return frozenset()


def documents(matter: Matter, ids: Sequence[int]) -> Iterator[tuple[int, Screened]]:
    """Yield documents with their text, page by page."""
    columns = (
        document.c.id, item.c.kind, item.c.name, item.c.fields, item.c.outside,
        blob.c.hash, blob.c.pack, blob.c.start, blob.c.size,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(item, item.c.key == document.c.item)
        .outerjoin(blob, blob.c.hash == item.c.text)
        .order_by(document.c.id)
    )
    for start in range(0, len(ids), _PAGE):
        with matter.read() as db:
            page = list(db.execute(statement.where(document.c.id.in_(ids[start : start + _PAGE]))))
        for row in page:
            yield row.id, _screened(matter, row)


def _screened(matter: Matter, row: Any) -> Screened:
    said = json.loads(row.fields)
    ref = BlobRef(row.hash, row.pack, row.start, row.size) if row.hash is not None else None
    return Screened(
        kind=row.kind,
        sender=str(said.get("from", "")),
        to=_several(said.get("to")),
        cc=_several(said.get("cc")),
        bcc=_several(said.get("bcc")),
        subject=str(said.get("subject", "")),
        title=str(said.get("title", "")),
        filename=row.name,
        author=str(said.get("author") or said.get("last_author") or ""),
        folder=str(json.loads(row.outside).get("mail_folder", "")),
        body=matter.blobs.read(ref).decode("utf-8", "replace") if ref else "",
    )


def _several(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (str(value),) if value else ()
