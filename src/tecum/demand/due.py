"""The return date of one recipient: stated, computed by rule, ordered or agreed; paused by rule or by order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tecum import deadlines
from tecum.deadlines import Calendar, Deadline, Pause, Tolled
from tecum.demand.nouns import Demand, Event, Recipient
from tecum.demand.orders import FOREVER, Orders

Calendars = Callable[[str], Calendar]
FEDERAL = "US"
# What begins and ends a pause, by the word that a demand's ``pauses`` uses for it.
_PAUSES = {
    "clarification": ("clarification-asked", "clarification-given"),
    "payment": ("payment-asked", "payment-made"),
}
# What sets another date, by the kind of date that it sets; and how that is called.
_MOVES = {"extension-granted": "agreed", "extension-taken": "statutory", "due-ordered": "ordered"}
_NAMES = {"agreed": "Extension agreed", "statutory": "Extension by statute", "ordered": "Ordered"}


@dataclass(frozen=True)
class Clock:
    """When an answer is due, and why.

    ``due`` is the date to act on: None without a date, or while a pause is open. ``nominal`` is what it would be
    without pauses; ``later`` the other date where it is contested which one holds. ``kind`` is stated, computed,
    statutory, ordered or agreed. ``lines`` explain every step.
    """

    due: dt.date | None
    nominal: dt.date | None
    later: dt.date | None
    kind: str
    paused: bool
    lines: tuple[str, ...]

    def passed(self, as_of: dt.date, grace: int = 0) -> bool:
        """Whether the date, with its grace, lies before ``as_of``."""
        return self.due is not None and (as_of - self.due).days > grace


@dataclass(frozen=True)
class _Set:
    """The date in force, how it came about, and the day from which pauses move it.

    ``nominal`` is what it would be without earlier pauses; ``counted`` says that the demand's rule gave it.
    """

    date: Deadline
    kind: str
    on: dt.date | None
    nominal: dt.date
    counted: bool = False
    by_mail: bool = False


def calendar_key(demand: Demand, recipient: Recipient) -> str:
    """The calendar whose holidays count: the recipient's own, its state's for a state's rule, else the federal one."""
    if recipient.calendar:
        return recipient.calendar
    rule = deadlines.rules().get(demand.rule)
    if rule is not None and rule.calendar == "state" and recipient.state:
        return f"{FEDERAL}-{recipient.state}"
    return FEDERAL


def clock(
    demand: Demand, recipient: Recipient, events: Sequence[Event], orders: Orders, calendars: Calendars, as_of: dt.date
) -> Clock:
    """Compute the return date as of a day from what had happened by then.

    ``events`` are the recipient's own under this demand, in order of happening.
    """
    calendar = calendars(calendar_key(demand, recipient))
    served = next((one for one in events if one.kind == "served"), None)
    base = _base(demand, served, calendar)
    lines = list(base.date.lines) if base else [_dateless(demand)]
    for event in events:
        moved = _replaced(event) or _extended(demand, base, events, event, orders, recipient, calendar)
        if moved is not None:
            base = moved
            lines = [*_superseded(lines), *base.date.lines]
    if base is None:
        return Clock(None, None, None, "", False, tuple(lines))
    pauses = _pauses(demand, events, base.on) + _stays(orders, recipient, base.on, as_of)
    if not pauses:
        return Clock(base.date.date, base.nominal, base.date.later, base.kind, False, tuple(lines))
    ran = _tolled(demand, base, pauses, calendar)
    told = (*_superseded(lines), *ran.lines)
    return Clock(ran.tolled, base.nominal, ran.later, base.kind, ran.tolled is None, told)


def _superseded(lines: list[str]) -> list[str]:
    """The account of a date that another replaced: how it was counted, without the word to act by it."""
    return [line for line in lines if not line.startswith("Act by ")]


def _tolled(demand: Demand, base: _Set, pauses: Sequence[Pause], calendar: Calendar) -> Tolled:
    """The date in force under pauses: by rule it is counted anew, else the paused days come on top of it."""
    rule = deadlines.rules()[demand.rule] if base.counted else None
    return deadlines.tolled(
        base.date, pauses, calendar, trigger=base.on, rule=rule,
        count=demand.days or None if base.counted else None, by_mail=base.by_mail,
    )  # fmt: skip


def _dateless(demand: Demand) -> str:
    """Why there is no date before an order or an agreement sets one."""
    if not demand.rule:
        return "No return date is stated."
    rule = deadlines.rules().get(demand.rule)
    if rule is None:
        return f"This version does not know the rule {demand.rule}."
    if not (demand.days or rule.count):
        return f"{demand.rule} names no number of days, and the demand names none."
    return "A rule counts from service, and service is not proved."


def _base(demand: Demand, served: Event | None, calendar: Calendar) -> _Set | None:
    trigger = served.day if served else demand.served
    if demand.due:
        said = deadlines.stated(demand.due, "stated in the demand")
        return _Set(said, "stated", trigger or demand.dated, demand.due)
    rule = deadlines.rules().get(demand.rule)
    if rule is None or trigger is None or not (demand.days or rule.count):
        return None
    by_mail = served is not None and served.data.get("by-mail") == "yes"
    kind = "computed" if demand.rule.startswith("frcp") else "statutory"
    date = deadlines.by_rule(rule, trigger, calendar, count=demand.days or None, by_mail=by_mail)
    return _Set(date, kind, trigger, date.date, True, by_mail)


def _why(event: Event) -> str:
    return f"{_NAMES[_MOVES[event.kind]]} on {event.day}" + (f" ({event.id})" if event.id else "")


def _replaced(event: Event) -> _Set | None:
    """The new date that an extension or an order names: what paused the clock before it is in it."""
    until = event.date("until") if event.kind in _MOVES else None
    if until is None:
        return None
    # What stops the clock on the new date still stops it where the word was put on paper after that date.
    since = min(event.day, until - dt.timedelta(days=1))
    return _Set(deadlines.stated(until, _why(event)), _MOVES[event.kind], since, until)


def _extended(
    demand: Demand, base: _Set | None, events: Sequence[Event], event: Event, orders: Orders, recipient: Recipient,
    calendar: Calendar,
) -> _Set | None:  # fmt: skip
    """The date that an extension by days gives: they come on top of the date in force on the day it is granted.

    A pause that is over by then has moved that date; one that still runs goes on moving the new one.
    """
    days = event.number("days") if event.kind in _MOVES else None
    if days is None or base is None:
        return None
    before = events[: events.index(event)]
    pauses = _pauses(demand, before, base.on) + _stays(orders, recipient, base.on, event.day)
    over = [one for one in pauses if one.end is not None]
    now = _tolled(demand, base, over, calendar) if over else None
    date = now.tolled if now and now.tolled else base.date.date
    unit: deadlines.Unit = "business days" if event.data.get("unit") == "business days" else "days"
    moved = deadlines.extended_by(date, days, unit, calendar)
    nominal = deadlines.extended_by(base.nominal, days, unit, calendar)
    lines = (*(now.lines if now else ()), f"{_why(event)}: {days} {unit} more.", *moved.lines)
    later, contested = moved.later, now.later if now else base.date.later
    if contested:  # both answers to what was contested are extended
        other = deadlines.extended_by(contested, days, unit, calendar)
        lines += other.lines
        last = max(one for one in (moved.later, other.date, other.later) if one)
        later = last if last != moved.date else None
    new = Deadline(moved.date, later, moved.rule, moved.calendar, moved.version, lines)
    # Counted is from the day after ``on``: the whole of a pause that runs lies behind it.
    on = min([event.day, *(one.start - dt.timedelta(days=1) for one in pauses if one.end is None)])
    return _Set(new, _MOVES[event.kind], on, nominal.date)


def _pauses(demand: Demand, events: Sequence[Event], since: dt.date | None) -> list[Pause]:
    """Days on which the demand's own rule stops the clock: from the question to its answer."""
    found: list[Pause] = []
    for name in demand.pauses:
        begins, ends = _PAUSES.get(name, ("", ""))
        start: dt.date | None = None
        for event in events:
            if event.kind == begins and start is None:
                start = event.day
            elif event.kind == ends and start is not None:
                found += _cut(start, event.day, f"{name} asked on {start}, given on {event.day}", since)
                start = None
        if start is not None:
            found += _cut(start, None, f"{name} asked on {start}, still open", since)
    return found


def _stays(orders: Orders, recipient: Recipient, since: dt.date | None, as_of: dt.date) -> list[Pause]:
    """Days on which an order lets the duty to answer rest."""
    found: list[Pause] = []
    for order, span in orders.pauses(recipient):
        if span.start > as_of:
            continue  # it begins again when a stay of it ends, and that day has not come
        open_ended = span.end == FOREVER or span.end > as_of
        end = None if open_ended else span.end
        said = f"order {order.id} of {span.start}" + (", still in force" if open_ended else f", until {span.end}")
        found += _cut(span.start, end, said, since)
    return found


def _cut(start: dt.date, end: dt.date | None, why: str, since: dt.date | None) -> list[Pause]:
    """A pause, as far as it lies after the day on which the date in force was set: earlier days are in that date."""
    start = max(start, since) if since else start
    return [] if end is not None and end <= start else [Pause(start, end, why)]
