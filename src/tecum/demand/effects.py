"""What an act would change, before it is entered; and the acts that an order or an end forbids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tecum.demand.board import row
from tecum.demand.due import Calendars
from tecum.demand.kinds import ADVERSE, KINDS, LADDER
from tecum.demand.nouns import Docket, Event
from tecum.demand.orders import Orders, names
from tecum.demand.standing import Standing, standings, stayed, unready

_SHOWN = ("response", "enforcement", "litigation", "consequence", "due", "overdue", "next")


@dataclass(frozen=True)
class Refusal:
    """A step that may not be taken: for whom, which order forbids it ("" = none does), and why."""

    recipient: str
    demand: str
    order: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """As ``--json`` prints it."""
        return {"recipient": self.recipient, "demand": self.demand, "order": self.order, "message": self.message}


@dataclass(frozen=True)
class Where:
    """A choice among the board's rows; what is left empty lets everything through."""

    recipients: tuple[str, ...] = ()
    demand: str = ""
    state: str = ""
    kind: str = ""
    owner: str = ""
    response: str = ""
    enforcement: str = ""
    consequence: str = ""
    overdue: bool = False

    def __call__(self, one: Standing) -> bool:
        """Whether the row is meant."""
        wanted = (
            (self.demand, one.demand.id), (self.state, one.recipient.state), (self.kind, one.recipient.kind),
            (self.owner, one.recipient.owner), (self.response, one.response), (self.enforcement, one.enforcement),
            (self.consequence, one.consequence),
        )  # fmt: skip
        return (
            (not self.recipients or one.recipient.id in self.recipients)
            and all(not want or want == have for want, have in wanted)
            and (one.overdue or not self.overdue)
        )


def changed(before: Sequence[Standing], after: Sequence[Standing]) -> list[dict[str, Any]]:
    """For each recipient whose row changes: what it was and what it becomes."""
    was = {(one.demand.id, one.recipient.id): row(one) for one in before}
    found = []
    for one in after:
        old, new = was.get((one.demand.id, one.recipient.id)), row(one)
        keys = [key for key in _SHOWN if old is None or old[key] != new[key]]
        requests = {
            number: [old["requests"].get(number, "") if old else "", now]
            for number, now in new["requests"].items()
            if old is None or old["requests"].get(number) != now
        }
        conflicts = [said for said in new["conflicts"] if old is None or said not in old["conflicts"]]
        if keys or requests or conflicts:
            found.append(
                {
                    "recipient": one.recipient.id, "demand": one.demand.id,
                    "before": {key: old[key] if old else None for key in keys},
                    "after": {key: new[key] for key in keys}, "requests": requests, "conflicts": conflicts,
                }
            )  # fmt: skip
    return found


def forbidden(docket: Docket, standing: Standing, event: Event) -> list[Refusal]:
    """Why the issuer may not do this now: an order freezes it, or the demand has ended."""
    where = (standing.recipient.id, standing.demand.id)
    ended = standing.answers.ended
    if event.kind == "closed":
        short = unready(standing.enforcement, standing.awards) if ended is None else ()
        return [Refusal(*where, "", f"{said}: the file cannot be closed") for said in short]
    if KINDS[event.kind].who != "issuer" or event.kind not in (*LADDER, *ADVERSE):
        return []
    if event.kind in LADDER and ended is not None and not _before(event, ended):
        return [Refusal(*where, "", f"the demand was {ended.kind} on {ended.day}: nothing more is asked of it")]
    orders = Orders(docket, event.day)
    if event.kind in LADDER:
        by = tuple(stayed(orders, standing.recipient, event.day))
        return [Refusal(*where, one, f"order {one} forbids the step {event.kind}") for one in by]
    award = docket.awards.get(event.data.get("award", ""))
    if award is None or award.recipient != standing.recipient.id:
        return []
    by = names(orders.freezing_award(award, standing.recipient, event.day, event.data.get("condition", "")))
    return [Refusal(*where, one, f"order {one} freezes award {award.id}: {event.kind} is not allowed") for one in by]


def _before(event: Event, ended: Event) -> bool:
    """Whether an event is known to lie before the end: on an earlier day, or earlier that day where both say when."""
    both = "T" in event.happened and "T" in ended.happened
    return event.happened < ended.happened if both else event.day < ended.day


def split_forbidden(
    docket: Docket, now: Iterable[Standing], events: Sequence[Event]
) -> tuple[list[Event], list[Refusal]]:
    """The events that may be entered, and the refusals of the others; a joint event goes on for those it may reach.

    An act on a demand as a whole is one on each of its recipients.
    """
    rows: dict[str, list[Standing]] = {}
    for one in now:
        rows.setdefault(one.recipient.id, []).append(one)
    allowed: list[Event] = []
    refused: list[Refusal] = []
    for event in events:
        whole = docket.demands[event.demand].recipients if event.demand in docket.demands else ()
        left, lost = [], 0
        for recipient in event.recipients or whole:
            own = [one for one in rows.get(recipient, ()) if not event.demand or one.demand.id == event.demand]
            # An award hangs on the recipient, not on one of its demands: what forbids an act on it is said once.
            said = {(each.order, each.message): each for one in own for each in forbidden(docket, one, event)}
            why = list(said.values())
            refused += why
            lost += bool(why)
            left += [] if why else [recipient]
        if not lost:
            allowed.append(event)
        elif left:
            allowed.append(replace(event, recipients=tuple(left)))
    return allowed, refused


def with_events(docket: Docket, events: Iterable[Event]) -> Docket:
    """The docket as it would be."""
    return replace(docket, events=(*docket.events, *events))


def compare(
    before: Docket, after: Docket, as_of: dt.date, calendars: Callable[[Docket], Calendars],
    among: Collection[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """What differs between two dockets as of a day, recipient by recipient; only ``among`` these, if any."""
    was, now = (standings(one, as_of, calendars(one), among) for one in (before, after))
    return changed(was, now)


def touched(docket: Docket, events: Iterable[Event]) -> set[str]:
    """The recipients whose rows these events can change; empty when that may be anybody's."""
    found: set[str] = set()
    for event in events:
        demand = docket.demands.get(event.demand)
        of = event.recipients or (demand.recipients if demand else ())
        if not of or event.kind == "corrected":  # which reaches whomever the corrected event concerned
            return set()
        found.update(of)
    return found
