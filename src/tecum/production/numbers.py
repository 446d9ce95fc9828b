"""Bates numbers, given in one transaction: a number once committed is never given again.

Rendered pages come first, numbers second, stamps third, since page counts decide the numbers.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, func, select

from tecum import bates, clock
from tecum.engine.schema import bates_range, held, produced, rendition, volume
from tecum.engine.store import canonical
from tecum.errors import BatesInvalid, BatesOverflow, BatesTaken, VolumeExists
from tecum.matter import Matter
from tecum.model import VolumeState
from tecum.production.select import Selection


def next_number(db: Connection, prefix: str, start: int) -> int:
    """The number after the last one used with this prefix, here or elsewhere; at least ``start``."""
    last = db.execute(select(func.max(bates_range.c.last)).where(bates_range.c.prefix == prefix)).scalar()
    return max(start, (last or 0) + 1)


def register_elsewhere(matter: Matter, first: str, last: str, note: str, *, dry_run: bool = False) -> None:
    """Record numbers that a production made elsewhere has used, so that ours go on after them.

    Raises:
        BatesInvalid, BatesTaken.
    """
    begin, end = bates.parse(first), bates.parse(last)
    if begin.series != end.series:
        raise BatesInvalid(f"{first} and {last} do not belong to one series")
    with matter.write() as db:
        _reserve(db, begin.prefix, begin.number, end.number, note)
        if dry_run:
            db.rollback()
            return
        matter.act(db, "register numbers", f"{first} - {last}", {"note": note})


def reserve(matter: Matter, name: str, selection: Selection, settings: dict[str, Any]) -> None:
    """Give the volume its numbers: volume, ranges, produced and held documents in one transaction.

    Raises:
        VolumeExists, BatesOverflow, BatesTaken.
    """
    plan = matter.settings.plan.production
    with matter.write() as db:
        if db.execute(select(volume.c.name).where(volume.c.name == name)).first():
            raise VolumeExists(f"There is a volume {name} already")
        counts = {row.document: row.pages for row in db.execute(select(rendition.c.document, rendition.c.pages))}
        first = following = next_number(db, plan.prefix, plan.start)
        rows = []
        for family in selection.produce:
            for member in family.members:
                last = following + counts[member.id] - 1
                rows.append(
                    {
                        "volume": name,
                        "document": member.id,
                        "first": following,
                        "last": last,
                        "requests": json.dumps(family.requests),
                    }
                )
                following = last + 1
        if len(str(following - 1)) > plan.width:
            raise BatesOverflow(f"{following - 1} does not fit into {plan.width} digits")
        _reserve(db, plan.prefix, first, following - 1, name)
        db.execute(
            volume.insert(),
            [
                {
                    "name": name,
                    "state": VolumeState.NUMBERED,
                    "prefix": plan.prefix,
                    "width": plan.width,
                    "first": first,
                    "last": following - 1,
                    "documents": len(rows),
                    "settings": canonical(settings),
                    "manifest": "",
                    "written": clock.stamp(),
                    "released_by": "",
                }
            ],
        )
        db.execute(produced.insert(), rows)
        if held_rows := _held_rows(name, selection):
            db.execute(held.insert(), held_rows)
        body: dict[str, object] = {
            "first": first,
            "last": following - 1,
            "documents": len(rows),
            "held": len(held_rows),
        }
        matter.act(db, "number volume", name, body)


def set_state(
    matter: Matter,
    name: str,
    state: VolumeState,
    *,
    manifest: str = "",
    by: str = "",
    body: dict[str, object] | None = None,
) -> None:
    """Move a volume to its next state, with the act in the ledger."""
    values = {"state": str(state)}
    values |= {"manifest": manifest} if manifest else {}
    values |= {"released_by": by} if by else {}
    with matter.write() as db:
        db.execute(volume.update().where(volume.c.name == name).values(**values))
        matter.act(db, f"volume {state}", name, {"manifest": manifest, "by": by, **(body or {})})


def _held_rows(name: str, selection: Selection) -> list[dict[str, Any]]:
    return [
        {
            "volume": name,
            "document": member.id,
            "trigger": "; ".join(why for control, why in family.triggers if control == member.control),
            "requests": json.dumps(family.requests),
        }
        for family in selection.held
        for member in family.members
    ]


def _reserve(db: Connection, prefix: str, first: int, last: int, owner: str) -> None:
    if last < first:
        raise BatesTaken(f"The range {first} to {last} is empty")
    overlap = db.execute(
        select(bates_range).where(
            bates_range.c.prefix == prefix, bates_range.c.first <= last, bates_range.c.last >= first
        )
    ).first()
    if overlap:
        raise BatesTaken(f"{prefix} {overlap.first} to {overlap.last} is used by {overlap.owner}")
    db.execute(bates_range.insert(), [{"prefix": prefix, "first": first, "last": last, "owner": owner}])
