"""What the copies of a mail add to the one that stands for them: blind-copy recipients, custodians and paths.

A sender's copy names the blind-copy recipients, a recipient's does not: their union over all copies is kept,
with the copies that show each. And what was produced stands in the world with the custodians known at that
time: when a later load adds a copy, that is remembered for an overlay.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, delete, func, or_, select

from tecum import clock
from tecum.engine.schema import blind, document, duplicate, item, job, produced, stated, widened
from tecum.engine.store import canonical, forget_done, mark_done, put_rows
from tecum.matter import Matter
from tecum.model import MAIL_KINDS
from tecum.tables import Table

STAGE: Final = "copies"
BLIND: Final = ("control", "bcc", "shown_by", "custodians", "every_copy_shows_it")
WIDENED: Final = (
    "control", "number", "at", "volumes", "custodians_before", "custodians_after", "custodians_added", "paths_added",
)  # fmt: skip
_BRACKETS: Final = re.compile(r"<([^<>]*@[^<>]*)>")
_BATCH: Final = 500


def update(matter: Matter, state: str) -> None:
    """Bring unions and overlays up to the duplicates, unless they are; ``state`` names that of the duplicates."""
    with matter.read() as db:
        done = db.execute(select(job.c.version).where(job.c.stage == STAGE)).scalar()
    if done == state:
        return
    _unite(matter)
    _widen(matter)
    with matter.write() as db:
        mark_done(db, STAGE, state, ["families"])


def remember(db: Connection) -> None:
    """Keep, in the caller's transaction, what each newly produced document stands for now.

    To be called before duplicates change: between the making of a volume and that nothing touches them.
    """
    forget_done(db, STAGE)
    new = select(produced.c.document).distinct()
    new = new.outerjoin(stated, stated.c.document == produced.c.document).where(stated.c.document.is_(None))
    ids = sorted(db.execute(new).scalars())
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        put_rows(db, stated, [{"document": one, **_stated(places)} for one, places in _places(db, some).items()])


# -- custodians and paths --------------------------------------------------------------------------------


def _places(db: Connection, primaries: list[int]) -> dict[int, list[tuple[str, str]]]:
    """Custodian and path of each document and of the copies that it stands for."""
    found: dict[int, list[tuple[str, str]]] = {one: [] for one in primaries}
    own = select(document.c.id.label("primary"), document.c.custodian, item.c.path).join(
        item, item.c.key == document.c.item
    )
    copies = (
        select(duplicate.c.primary, document.c.custodian, item.c.path)
        .join(document, document.c.id == duplicate.c.document)
        .join(item, item.c.key == document.c.item)
    )
    for statement in (own.where(document.c.id.in_(primaries)), copies.where(duplicate.c.primary.in_(primaries))):
        for row in db.execute(statement):
            found[row.primary].append((row.custodian, row.path))
    return found


def _stated(places: list[tuple[str, str]]) -> dict[str, str]:
    return {
        "custodians": canonical(sorted({custodian for custodian, _ in places})),
        "paths": canonical(sorted({(custodian, path) for custodian, path in places})),
    }


def _widen(matter: Matter) -> None:
    """Write down which produced documents stand for more custodians or paths than when they were last told."""
    at = 0
    while True:
        with matter.read() as db:
            told = list(
                db.execute(select(stated).where(stated.c.document > at).order_by(stated.c.document).limit(_BATCH))
            )
            now = {one: _stated(places) for one, places in _places(db, [row.document for row in told]).items()}
        if not told:
            return
        at = told[-1].document
        grown = [(row, now[row.document]) for row in told if _is_wider(row, now[row.document])]
        if grown:
            with matter.write() as db:
                _enter(matter, db, grown)


def _is_wider(row: Any, now: dict[str, str]) -> bool:
    """A copy that goes, as when the mode of deduplication changes, takes nothing back that was told."""
    return any(_added(getattr(row, name), now[name]) for name in ("custodians", "paths"))


def _added(before: str, after: str) -> list[Any]:
    known = json.loads(before)
    return [one for one in json.loads(after) if one not in known]


def _enter(matter: Matter, db: Connection, grown: list[tuple[Any, dict[str, str]]]) -> None:
    ids = [row.document for row, _ in grown]
    last = select(widened.c.document, func.max(widened.c.number)).where(widened.c.document.in_(ids))
    numbers: dict[int, int] = {one: number for one, number in db.execute(last.group_by(widened.c.document))}
    rows = []
    for row, now in grown:
        after = {
            name: canonical(sorted([*json.loads(getattr(row, name)), *_added(getattr(row, name), now[name])]))
            for name in ("custodians", "paths")
        }
        rows.append(
            {
                "document": row.document,
                "number": numbers.get(row.document, 0) + 1,
                "at": clock.stamp(),
                "custodians_before": row.custodians,
                "custodians_after": after["custodians"],
                "paths_before": row.paths,
                "paths_after": after["paths"],
            }
        )
    put_rows(db, widened, rows)
    db.execute(delete(stated).where(stated.c.document.in_(ids)))
    put_rows(
        db,
        stated,
        [{"document": r["document"], "custodians": r["custodians_after"], "paths": r["paths_after"]} for r in rows],
    )
    matter.act(db, "widen", "produced documents", {"documents": len(rows)})


def widened_count(db: Connection) -> int:
    """How many produced documents stand for more custodians or paths than the volume says."""
    return db.execute(select(func.count(widened.c.document.distinct()))).scalar_one()


def widening(matter: Matter) -> Table:
    """Each time a later load gave a produced document more custodians or paths, for an overlay."""

    def rows() -> Iterator[tuple[Any, ...]]:
        statement = (
            select(document.c.control, widened)
            .join(document, document.c.id == widened.c.document)
            .order_by(widened.c.document, widened.c.number)
            .limit(_BATCH)
        )
        at = (0, 0)
        while True:
            after = (widened.c.document > at[0]) | ((widened.c.document == at[0]) & (widened.c.number > at[1]))
            with matter.read() as db:
                page = list(db.execute(statement.where(after)))
                volumes = _volumes(db, [row.document for row in page])
            if not page:
                return
            for row in page:
                yield (
                    row.control,
                    row.number,
                    row.at,
                    volumes[row.document],
                    json.loads(row.custodians_before),
                    json.loads(row.custodians_after),
                    _added(row.custodians_before, row.custodians_after),
                    [path for _, path in _added(row.paths_before, row.paths_after)],
                )
            at = (page[-1].document, page[-1].number)

    return Table(WIDENED, rows)


def _volumes(db: Connection, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = select(produced.c.document, produced.c.volume).where(produced.c.document.in_(ids))
    for row in db.execute(rows.order_by(produced.c.volume)):
        found[row.document].append(row.volume)
    return found


# -- blind copies ----------------------------------------------------------------------------------------


def _unite(matter: Matter) -> None:
    """Gather the blind-copy recipients of each mail over its copies, and write what changed."""
    with matter.read() as db:
        wanted = _blind(db)
        held = {(row.document, row.address): tuple(row) for row in db.execute(select(blind))}
    gone = sorted(
        {document for document, address in held if held[document, address] != wanted.get((document, address))}
    )
    new = [one for key, one in sorted(wanted.items()) if held.get(key) != one or one[0] in set(gone)]
    for start in range(0, len(gone), _BATCH):
        with matter.write() as db:
            db.execute(delete(blind).where(blind.c.document.in_(gone[start : start + _BATCH])))
    for start in range(0, len(new), _BATCH):
        with matter.write() as db:
            put_rows(db, blind, [dict(zip(blind.c.keys(), row, strict=True)) for row in new[start : start + _BATCH]])


def _blind(db: Connection) -> dict[tuple[int, str], tuple[int, str, str, str]]:
    """Rows of ``blind`` by their key."""
    statement = (
        select(document.c.id, func.coalesce(duplicate.c.primary, document.c.id).label("primary"), item.c.fields)
        .join(item, item.c.key == document.c.item)
        .outerjoin(duplicate, duplicate.c.document == document.c.id)
        .where(item.c.kind.in_(sorted(MAIL_KINDS)), item.c.fields.contains('"bcc"'))
        .order_by(document.c.id)
    )
    shown: dict[tuple[int, str], str] = {}
    copies: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in db.execution_options(yield_per=1000).execute(statement):
        for text in json.loads(row.fields).get("bcc", []):
            key = (row.primary, _address(text))
            shown.setdefault(key, text)
            if row.id not in copies[key]:
                copies[key].append(row.id)
    return {key: (*key, shown[key], canonical(copies[key])) for key in shown}


def _address(text: str) -> str:
    return (",".join(_BRACKETS.findall(text)) or text).strip().lower()


def blind_copies(matter: Matter) -> Table:
    """Each mail's blind-copy recipients over all its copies, and which copies show them.

    A copy that does not show one whom another shows is that of a recipient, or of a custodian who received it.
    """

    def rows() -> Iterator[tuple[Any, ...]]:
        with matter.read() as db:
            ids = list(db.execute(select(blind.c.document).distinct().order_by(blind.c.document)).scalars())
        for start in range(0, len(ids), _BATCH):
            some = ids[start : start + _BATCH]
            with matter.read() as db:
                every = _copies(db, some)
                page = list(db.execute(select(blind).where(blind.c.document.in_(some)).order_by(*blind.primary_key)))
            for row in page:
                copies = every[row.document]
                showing = [copies[one] for one in json.loads(row.copies)]
                yield (
                    copies[row.document][0],
                    row.shown,
                    [control for control, _ in showing],
                    sorted({custodian for _, custodian in showing}),
                    len(showing) == len(copies),
                )

    return Table(BLIND, rows)


def _copies(db: Connection, primaries: list[int]) -> dict[int, dict[int, tuple[str, str]]]:
    """For each mail that stands for others: control number and custodian of itself and of every copy."""
    found: dict[int, dict[int, tuple[str, str]]] = {one: {} for one in primaries}
    statement = (
        select(document.c.id, document.c.control, document.c.custodian, duplicate.c.primary)
        .outerjoin(duplicate, duplicate.c.document == document.c.id)
        .where(or_(document.c.id.in_(primaries), duplicate.c.primary.in_(primaries)))
        .order_by(document.c.id)
    )
    for row in db.execute(statement):
        found[row.primary or row.id][row.id] = (row.control, row.custodian)
    return found
