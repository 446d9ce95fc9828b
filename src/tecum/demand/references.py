"""Whether a noun may be entered: what it points at is there, and its dates, places and effects hold together.

Each complaint is (column, message, cure), as a clerk reads it in a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from tecum.deadlines import compute_calendar
from tecum.demand.events import meant
from tecum.demand.nouns import FREEZES, NATIONWIDE, PARTIES, Ask, Award, Case, Demand, Docket, Order, Recipient, plain
from tecum.errors import CalendarUnknown

Trouble = tuple[str, str, str]  # column, message, cure
_ANY_YEAR: Final = 2018  # a calendar is computed for it, to see whether there is one of that key
_CORRECT: Final = "Correct one of the two"
_REACHES: Final = "Write nationwide, parties, state:CA, or the id of a recipient"
_FREEZES: Final = f"Choose {'; '.join(FREEZES)}"


def points(docket: Docket, one: Any) -> Iterator[Trouble]:
    """What is wrong with a demand, recipient, award, case or order in a docket that already holds it."""
    match one:
        case Demand():
            yield from _demand(docket, one)
        case Recipient():
            yield from _recipient(one)
        case Award():
            yield from _recipients("recipient", (one.recipient,), docket.recipients)
            if one.parent == one.id:
                yield "parent", "an award is not part of itself", "Name the award that it is part of, or nothing"
            elif one.parent and one.parent not in docket.awards:
                said = f"there is no award {one.parent}{meant(one.parent, docket.awards)}"
                yield "parent", said, "Give the award that it is part of a row of its own"
        case Case():
            yield from _recipients("parties", one.parties, docket.recipients)
        case Order():
            yield from _order(docket, one)


def _recipients(column: str, ids: Iterable[str], known: Mapping[str, Any]) -> Iterator[Trouble]:
    for one in ids:
        if one not in known:
            yield column, f"there is no recipient {one}{meant(one, known)}", "Add it to recipients, or correct the id"


def _demand(docket: Docket, demand: Demand) -> Iterator[Trouble]:
    yield from _recipients("recipients", demand.recipients, docket.recipients)
    if not demand.requests:
        yield "id", f"demand {demand.id} has no request", "Give its requests in the table requests"
    if demand.supersedes == demand.id:
        yield "supersedes", "a demand does not replace itself", "Name the demand that it replaces, or nothing"
    elif demand.supersedes and demand.supersedes not in docket.demands:
        said = f"there is no demand {demand.supersedes}{meant(demand.supersedes, docket.demands)}"
        yield "supersedes", said, "Enter that demand first"
    if demand.due and demand.dated and demand.due < demand.dated:
        yield "due", f"{demand.due} is before the demand's own date ({demand.dated})", _CORRECT
    elif demand.due and demand.served and demand.due < demand.served:
        yield "due", f"{demand.due} is before the demand was served ({demand.served})", _CORRECT
    for ask in demand.requests:
        if ask.start and ask.end and ask.end < ask.start:
            yield "requests", f"the period of request {ask.number} ends before it begins", "Correct its dates"


def _recipient(recipient: Recipient) -> Iterator[Trouble]:
    if recipient.id in (NATIONWIDE, PARTIES):
        yield "id", f"{recipient.id} is a word for the reach of an order", "Give the recipient another id"
    if recipient.state and not re.fullmatch(r"[A-Z]{2}", recipient.state):
        yield "state", f"{recipient.state} is not a state by its two letters", "Write, say, IL; or leave it empty"
    for key in filter(None, recipient.calendar.split("+")):
        if said := _no_calendar(key):
            yield "calendar", said, "Write US, or US- and the state's two letters; or leave it empty"


@cache
def _no_calendar(key: str) -> str:
    """Why there is no calendar of that key; "" when there is one."""
    try:
        compute_calendar(key, _ANY_YEAR, _ANY_YEAR)
    except CalendarUnknown as error:
        return error.message.rstrip(".")
    return ""


def _order(docket: Docket, order: Order) -> Iterator[Trouble]:
    if order.case not in docket.cases:
        yield "case", f"there is no case {order.case}{meant(order.case, docket.cases)}", "Add it to cases"
    if order.end and order.end < order.start:
        yield "to", f"the order ends ({order.end}) before it begins ({order.start})", "Correct one of the two dates"
    yield from _target(docket, order)
    if order.effect == "enjoin" or (order.effect == "stay" and not order.target):
        does_nothing = f"an order to {order.effect} does nothing that does not say"
        if not order.reach:
            yield "reach", f"{does_nothing} whom it reaches", _REACHES
        if not order.freezes:
            yield "freezes", f"{does_nothing} what it freezes", _FREEZES
    for word in order.freezes:
        if word not in FREEZES:
            said = f"{word} is not something that an order freezes here{meant(word, FREEZES)}"
            yield "freezes", said, _FREEZES
    for token in order.reach:
        if not (token in (NATIONWIDE, PARTIES) or re.fullmatch(r"state:[A-Z]{2}", token) or token in docket.recipients):
            yield "reach", f"{token} reaches nobody{meant(token, (NATIONWIDE, PARTIES, *docket.recipients))}", _REACHES


def _target(docket: Docket, order: Order) -> Iterator[Trouble]:
    """An order that acts on another needs one that was there before it."""
    if order.effect in ("narrow", "affirm", "vacate") and not order.target:
        yield "target", f"an order to {order.effect} needs the order it acts on", "Name that order's id"
    if not order.target:
        return
    target = docket.orders.get(order.target)
    if target is None:
        said = f"there is no order {order.target}{meant(order.target, docket.orders)}"
        yield "target", said, "Add it to orders, or correct the id"
    elif target.id == order.id:
        yield "target", "an order does not act on itself", "Name the order that it acts on"
    elif order.start < target.start:
        said = f"the order begins ({order.start}) before order {target.id}, which it acts on ({target.start})"
        yield "from", said, "Correct one of the two dates"


def unmatched(docket: Docket, orders: Iterable[Order]) -> list[str]:
    """Conditions and years of orders that no award bears, so that the order freezes nothing there: in words.

    The award may only not be entered yet; so this is told, and not refused.
    """
    conditions = {word for award in docket.awards.values() for word in award.conditions}
    years = {award.year for award in docket.awards.values() if award.year}
    found = []
    for order in orders:
        for name, said, known in (("condition", order.conditions, conditions), ("year", order.years, years)):
            found += [
                f"order {order.id}: no award has the {name} {word}{meant(word, known)}"
                for word in said
                if known and word not in known
            ]
    return found


def differing(old: Any, new: Any) -> list[str]:
    """What differs between two versions of a noun, in words."""
    before, after = _told(old), _told(new)
    return [
        f"{key}: {before.get(key, 'nothing')} -> {after.get(key, 'nothing')}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _told(noun: Any) -> dict[str, str]:
    """A noun's values as words, each request for itself; the hash says nothing to a reader."""
    values = plain(noun)
    asks = getattr(noun, "requests", ())
    told = {key: _worded(value) for key, value in values.items() if key not in ("requests", "hash")}
    return told | {f"request {ask.number}": _asked(ask) for ask in asks}


def _worded(value: Any) -> str:
    if value is True:
        return "yes"
    return "; ".join(value) if isinstance(value, list) else str(value)


def _asked(ask: Ask) -> str:
    period = f" ({ask.start or '...'} to {ask.end or '...'})" if ask.start or ask.end else ""
    how = "; ".join((ask.answer, *(["sworn"] if ask.oath else []), *ask.signers))
    return f"{ask.text!r}{period} [{how}]"
