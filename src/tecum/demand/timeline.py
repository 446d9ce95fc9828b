"""What counts as having happened: corrections applied, in the order of happening, whatever the order of entry."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tecum.demand.kinds import KINDS
from tecum.demand.nouns import Docket, Event

_CORRECTION = "corrected"
_PLACES = ("happened", "kind", "demand", "source", "sure")
_LISTS = ("recipients", "requests", "evidence")
_KEPT = ("event", "retract", "reason")


def split(text: str) -> tuple[str, ...]:
    """The parts of a list written as one text: ``a; b``."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _moment(event: Event) -> tuple[str, str, int, str, str]:
    """Where an event stands: by day, then time, then cause before effect, then what it says; never by entry."""
    day, _, time = event.happened.partition("T")
    return day, time, KINDS[event.kind].rank, event.content(), event.id


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events in order of happening; of one day, those without a time first."""
    return sorted(events, key=_moment)


def _causes_first(events: list[Event]) -> list[Event]:
    """One recipient's events, in order, with those of a day without a time put behind their causes with a time.

    A cure entered by its day alone follows the deficiency that a mail of that day raised at 09:30. What happened at a
    time because of it (its own waiver at 21:00) still stands behind it, whatever else happened later that day.
    """
    timed: dict[str, list[tuple[str, Event]]] = defaultdict(list)
    for event in events:
        day, _, time = event.happened.partition("T")
        if time:
            timed[day].append((time, event))
    if not timed:
        return events

    def moment(event: Event) -> tuple[str, str, int]:
        day, _, time = event.happened.partition("T")
        rank = KINDS[event.kind].rank
        if not time:
            others = timed.get(day, ())
            time = max((at for at, other in others if KINDS[other.kind].rank <= rank), default="")
            time = min([time, *(at for at, other in others if _because(other, event))])
        return day, time, rank

    return sorted(events, key=moment)


def _because(event: Event, cause: Event) -> bool:
    """Whether an event rests on another: it names it, or its kind needs one of that kind before it."""
    kind = KINDS[event.kind]
    return event.data.get(kind.target[0]) == cause.id or cause.kind in kind.after


def effective(docket: Docket) -> list[Event]:
    """Every event that stands, corrected where another entry corrects it, in order of happening.

    A correction can itself be corrected or taken back. Of several corrections of one event the later entered rules:
    about what was entered, the order of entry is the order of happening.
    """
    of: dict[str, list[Event]] = defaultdict(list)  # what is corrected -> its corrections, in order of entry
    for one in docket.events:
        if one.kind == _CORRECTION:
            of[one.data.get("event", "")].append(one)
    events = [one for one in docket.events if one.kind != _CORRECTION]
    if not of:
        return in_order(events)
    levels: list[list[Event]] = [events]
    while below := [each for one in levels[-1] for each in of.get(one.id, ())]:
        levels.append(below)
    settled: dict[str, Event | None] = {}
    for level in reversed(levels):
        for one in level:
            settled[one.id] = _settled(one, [settled[each.id] for each in of.get(one.id, ())])
    return in_order(said for event in events if (said := settled[event.id]) is not None)


def _settled(event: Event, corrections: Iterable[Event | None]) -> Event | None:
    """An entry after its corrections (None: one that was taken back); None when the entry itself is taken back."""
    for one in corrections:
        if one is not None:
            if one.data.get("retract") == "yes":
                return None
            event = corrected(event, one)
    return event


def corrected(event: Event, correction: Event) -> Event:
    """Return the event as the correction says it was; a correction so corrected says something else of its event."""
    said = {key: value for key, value in correction.data.items() if key not in _KEPT}
    changes: dict[str, Any] = {}
    if event.kind != _CORRECTION:
        changes = {key: said.pop(key) for key in _PLACES if key in said}
        changes |= {key: split(said.pop(key)) for key in _LISTS if key in said}
    return replace(event, **changes, data={**event.data, **said})


def until(events: Iterable[Event], as_of: dt.date) -> list[Event]:
    """Those that had happened by the end of a day."""
    last = as_of.isoformat()
    return [one for one in events if one.happened[:10] <= last]


def by_recipient(docket: Docket, events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    """(demand, recipient) -> its events in order; an event on a demand as a whole stands under each recipient.

    An event that names no demand belongs to the recipient under every demand that went to it; one that names a case
    and nobody belongs to the parties. A recipient of an event has a row even where the demand does not list it.
    """
    found: dict[tuple[str, str], list[Event]] = {
        (demand.id, one): [] for demand in docket.demands.values() for one in demand.recipients
    }
    demands_of: dict[str, list[str]] = defaultdict(list)
    for demand, recipient in found:
        demands_of[recipient].append(demand)
    for event in events:
        for recipient in _concerned(docket, event):
            for demand in [event.demand] if event.demand else demands_of[recipient]:
                if demand in docket.demands and recipient in docket.recipients:
                    found.setdefault((demand, recipient), []).append(event)
    return {key: _causes_first(own) for key, own in found.items()}


def _concerned(docket: Docket, event: Event) -> Iterable[str]:
    """Whom an event concerns, each once."""
    if event.recipients:
        return dict.fromkeys(event.recipients)
    if event.demand in docket.demands:
        return docket.demands[event.demand].recipients
    case = docket.cases.get(event.data.get("case", ""))
    return case.parties if case is not None and not event.demand else ()


_NUMBER = re.compile(r"\d+|\D+")


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which request 2 comes before request 10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _NUMBER.findall(text)]
