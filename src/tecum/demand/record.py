"""The docket's one table: what is entered stays, in one transaction with the ledger's entry that vouches for it.

A row is a noun and its values as JSON. A changed recipient, award or demand is a newer row with the same id; an event
never changes, its correction is another event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.deadlines import Calendar
from tecum.demand.nouns import NOUNS, Docket, Event, Noun, digest, from_plain, plain
from tecum.engine import blobs
from tecum.engine.blobs import BlobRef, BlobWriter
from tecum.engine.schema import docket
from tecum.engine.schema import ledger as acts
from tecum.engine.store import canonical, put_rows
from tecum.errors import LedgerBroken, MatterNewer, SourceMissing, StageBusy
from tecum.matter import Matter

_PIECE = 1 << 20
_EXTRA = ("calendar", "clipping", "finding", "code", "letter")  # rows that are kept as they are
Row = tuple[str, str, Mapping[str, Any]]  # noun, id, values


def load(db: Connection) -> Docket:
    """Read the whole docket: the newest version of each noun, every event.

    Raises:
        MatterNewer: when it holds a noun that only a newer tecum knows.
    """
    held: dict[str, dict[str, Any]] = {name: {} for name in (*NOUNS, *_EXTRA)}
    events: list[Event] = []
    rows = db.execute(
        select(docket.c.seq, docket.c.noun, docket.c.id, docket.c.body, acts.c.at, acts.c.actor)
        .join(acts, acts.c.seq == docket.c.act)
        .order_by(docket.c.seq)
    )
    last = 0
    for row in rows:
        last = row.seq
        values = json.loads(row.body)
        if row.noun == "event":
            event = from_plain("event", {**values, "entered": row.at, "by": row.actor, "seq": row.seq})
            assert isinstance(event, Event)
            events.append(event)
        elif row.noun == "calendar":
            held["calendar"][row.id] = Calendar.from_dict(values)
        elif row.noun in _EXTRA:
            held[row.noun][row.id] = values
        elif row.noun in NOUNS:
            held[row.noun][row.id] = from_plain(row.noun, values)
        else:
            raise MatterNewer(f"the docket holds a {row.noun}, which this tecum does not know")
    return Docket(
        demands=held["demand"], recipients=held["recipient"], awards=held["award"], cases=held["case"],
        orders=held["order"], events=tuple(events), calendars=held["calendar"], clippings=held["clipping"],
        findings=held["finding"], codes=held["code"], letters=held["letter"], last=last,
    )  # fmt: skip


def row_of(noun: Noun) -> Row:
    """A noun as a row to enter."""
    return type(noun).__name__.lower(), noun.id, plain(noun)


def enter(
    matter: Matter, rows: Sequence[Row], action: str, subject: str, after: int, files: Sequence[BlobRef] = ()
) -> None:
    """Enter rows, and the places of the files they name, as one act: all of it or nothing.

    ``after`` is the last row that the caller had read.

    Raises:
        StageBusy: when somebody else entered something since.
    """
    if not rows:
        return
    bodies = [(noun, key, canonical(values)) for noun, key, values in rows]
    vouched: dict[str, object] = {"rows": len(rows), "sha256": digest(bodies)}
    with matter.write() as db:
        last = db.execute(select(func.max(docket.c.seq))).scalar() or 0
        if last != after:
            raise StageBusy("Somebody entered something in this docket at the same moment", remedy="Run it again")
        blobs.record(db, list(files))
        entry = matter.act(db, action, subject, vouched)
        put_rows(
            db,
            docket,
            [
                {"seq": seq, "act": entry.seq, "noun": noun, "id": key, "body": body}
                for seq, (noun, key, body) in enumerate(bodies, last + 1)
            ],
        )


def verify(db: Connection) -> int:
    """Compare every row with what the ledger says was entered; return the number of rows.

    Raises:
        LedgerBroken: naming the first act whose rows were changed, added or removed.
    """
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in db.execute(select(docket).order_by(docket.c.seq)):
        found.setdefault(row.act, []).append((row.noun, row.id, row.body))
    said = db.execute(select(acts.c.seq, acts.c.action, acts.c.at, acts.c.body).where(acts.c.action.like("demand %")))
    for act in said:
        rows = found.pop(act.seq, [])
        if digest(rows) != json.loads(act.body)["sha256"]:
            raise LedgerBroken(f"The docket's rows of ledger entry {act.seq} ({act.action}, {act.at}) were changed")
    if found:
        raise LedgerBroken(f"The docket has rows of ledger entry {min(found)}, which entered none")
    return db.execute(select(func.count()).select_from(docket)).scalar_one()


def keep_files(matter: Matter, paths: Iterable[Path]) -> tuple[dict[Path, str], list[BlobRef]]:
    """Copy files into the blobs; return how an event names each as evidence, and their places.

    Raises:
        SourceMissing: naming the file that cannot be read.
    """
    named: dict[Path, str] = {}
    refs: list[BlobRef] = []
    with BlobWriter(matter.folder / "blobs") as writer:
        for path in paths:
            try:
                with path.open("rb") as file, writer.stream() as stream:
                    while piece := file.read(_PIECE):
                        stream.write(piece)
            except OSError as error:
                raise SourceMissing(f"{path} cannot be read: {error.strerror}", path=path) from None
            named[path] = evidence(stream.ref.hash, path.name)
            refs.append(stream.ref)
        writer.sync()
    return named, refs


def evidence(sha256: str, name: str) -> str:
    """How an event names a file."""
    return f"sha256:{sha256} {name}"


def file_of(matter: Matter, said: str) -> bytes:
    """The bytes of a file that ``evidence`` named.

    Raises:
        BlobDamaged: when this matter does not hold it.
    """
    with matter.read() as db:
        return matter.blobs.read(blobs.find(db, said.partition(" ")[0].removeprefix("sha256:")))
