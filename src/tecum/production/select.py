"""Which families answer which request, which are held back, and what a person should look at.

The rules of an unattended answer (docs/how-to/answer-a-demand.md): a family goes out when one of its
documents is hit within the request's period and custodians, and no member, in any of its copies, carries
counsel, another strong privilege signal or certain personal data. Those families are held. An undated family
stays in, an unassigned custodian matches every request; both are listed. What an earlier volume holds is not
produced again.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from tecum.engine.schema import document, duplicate, item, produced
from tecum.matter import Matter
from tecum.model import Disposition, Request

UNASSIGNED = "unassigned"


@dataclass(frozen=True)
class Member:
    """One document of a family that goes out."""

    id: int
    control: str
    item: str
    parent: int
    level: int


@dataclass
class Family:
    """A family selected for at least one request."""

    first: int
    members: list[Member]
    requests: list[str]
    triggers: list[tuple[str, str]] = field(default_factory=list)  # (control number, why it is held)


@dataclass
class Selection:
    """The answer to all requests. Lists hold control numbers of family parents."""

    produce: list[Family] = field(default_factory=list)
    held: list[Family] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)
    unassigned: list[str] = field(default_factory=list)
    produced_before: list[str] = field(default_factory=list)
    outside_period: dict[str, list[str]] = field(default_factory=dict)
    outside_custodians: dict[str, list[str]] = field(default_factory=dict)
    by_request: dict[str, int] = field(default_factory=dict)  # documents that go out

    @property
    def documents(self) -> int:
        """Documents that go out."""
        return sum(len(family.members) for family in self.produce)


@dataclass(frozen=True)
class _Head:
    """What decides about a family: its first document, its date and all its custodians."""

    first: int
    control: str
    date: str
    custodians: frozenset[str]


def choose(matter: Matter, hits: Mapping[str, Iterable[int]], triggers: Mapping[int, list[str]]) -> Selection:
    """Apply the rules.

    ``hits``: request number to ids of documents hit by its terms. ``triggers``: document id to the reasons
    for which its family is held; a suppressed copy's reasons count for the family that stands for it.
    """
    zone = zoneinfo.ZoneInfo(matter.settings.plan.production.time_zone)
    with matter.read() as db:
        primary = {row.document: row.primary for row in db.execute(select(duplicate))}
        family_of = _families(db)
        heads = _heads(db, primary, family_of)
        selection = Selection()
        chosen = _by_request(matter.settings.plan.requests, hits, primary, family_of, heads, zone, selection)
        copies = defaultdict(list)
        for copy, first in primary.items():
            copies[first].append(copy)
        out = set(db.execute(select(produced.c.document)).scalars())
        for first in sorted(chosen):
            if first in out:
                selection.produced_before.append(heads[first].control)
                continue
            family = Family(first, _members(db, first), chosen[first])
            if not family.members:
                continue
            for member in family.members:
                for one in (member.id, *copies[member.id]):
                    family.triggers += [(member.control, why) for why in triggers.get(one, [])]
            (selection.held if family.triggers else selection.produce).append(family)
    for request in matter.settings.plan.requests:
        selection.by_request[request.number] = sum(
            len(family.members) for family in selection.produce if request.number in family.requests
        )
    return selection


def _families(db: Connection) -> dict[int, int]:
    return {row.id: row.family for row in db.execute(select(document.c.id, document.c.family))}


def _heads(db: Connection, primary: dict[int, int], family_of: dict[int, int]) -> dict[int, _Head]:
    """Every family that is not suppressed, with the custodians of all its copies."""
    rows = db.execute(
        select(document.c.id, document.c.control, document.c.custodian, document.c.family_date).where(
            document.c.id == document.c.family
        )
    )
    custodians: dict[int, set[str]] = defaultdict(set)
    kept = []
    for row in rows:
        custodians[primary.get(row.id, row.id)].add(row.custodian)
        if row.id not in primary:
            kept.append(row)
    return {row.id: _Head(row.id, row.control, row.family_date, frozenset(custodians[row.id])) for row in kept}


def _by_request(
    requests: Iterable[Request],
    hits: Mapping[str, Iterable[int]],
    primary: dict[int, int],
    family_of: dict[int, int],
    heads: dict[int, _Head],
    zone: zoneinfo.ZoneInfo,
    selection: Selection,
) -> dict[int, list[str]]:
    """Family to the requests it answers; what falls outside is noted in ``selection``."""
    chosen: dict[int, list[str]] = defaultdict(list)
    undated: set[str] = set()
    unassigned: set[str] = set()
    for request in requests:
        if request.everything:
            families = set(heads)
        else:
            families = {family_of[primary.get(one, one)] for one in hits.get(request.number, ())}
        outside_period, outside_custodians = [], []
        for head in (heads[first] for first in sorted(families)):
            if not _in_custody(request, head):
                outside_custodians.append(head.control)
            elif not _in_period(request, head, zone):
                outside_period.append(head.control)
            else:
                chosen[head.first].append(request.number)
                if not head.date:
                    undated.add(head.control)
                if UNASSIGNED in head.custodians:
                    unassigned.add(head.control)
        selection.outside_period[request.number] = outside_period
        selection.outside_custodians[request.number] = outside_custodians
    selection.undated, selection.unassigned = sorted(undated), sorted(unassigned)
    return chosen


def _in_custody(request: Request, head: _Head) -> bool:
    asked = frozenset(request.custodians)
    return not asked or bool(asked & head.custodians) or UNASSIGNED in head.custodians


def _in_period(request: Request, head: _Head, zone: zoneinfo.ZoneInfo) -> bool:
    if not head.date:
        return True
    day = dt.datetime.fromisoformat(head.date).astimezone(zone).date()
    return (request.start is None or request.start <= day) and (request.end is None or day <= request.end)


def _members(db: Connection, first: int) -> list[Member]:
    """The members that go out, in order; a picture shown inside a mail's body is part of that body.

    An archive that was numbered while it was locked and has been opened since is none: its members are.
    """
    rows = db.execute(
        select(document.c.id, document.c.control, document.c.item, document.c.parent, document.c.level)
        .join(item, item.c.key == document.c.item)
        .where(document.c.family == first, item.c.inline == 0, item.c.disposition != Disposition.CONTAINER)
        .order_by(document.c.id)
    )
    return [Member(*row) for row in rows]
