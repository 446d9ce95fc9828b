"""What a court's order freezes, for whom, and on which days.

An order is in force from its first day until the day before it ends: by its own end, by one that vacates it, or by one
that narrows it. The narrower one then stands in its place for good: what ends that does not bring the wider one back;
and it holds no sooner than what it narrows. While another order stays it, it rests. An order that stays or vacates acts
only on days on which it is not itself stayed or vacated: when the order that vacated one is vacated, that one is in
force again. Each acts on the order that it names and on no other. An order freezes actions, never facts: what happened
anyway is recorded, and shown as a conflict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tecum.demand.nouns import NATIONWIDE, PARTIES, Award, Docket, Order, Recipient

FOREVER = dt.date.max


@dataclass(frozen=True)
class Span:
    """Days from ``start`` up to, not including, ``end``."""

    start: dt.date
    end: dt.date

    def holds(self, day: dt.date) -> bool:
        """Whether the day lies within."""
        return self.start <= day < self.end


class Orders:
    """All orders of a docket, with the days on which each is in force, as known from what is recorded up to a day."""

    def __init__(self, docket: Docket, as_of: dt.date) -> None:
        self._docket = docket
        self._known = {key: one for key, one in docket.orders.items() if one.start <= as_of}
        self._on: dict[str, list[Order]] = {}  # an order's id -> those that act on it
        for one in self._known.values():
            if one.target and one.target != one.id:
                self._on.setdefault(one.target, []).append(one)
        self._spans = {key: self._freezing(one) for key, one in self._known.items()}
        self._scopes = {key: self._scope(key, ()) for key in self._known}

    def __iter__(self) -> Iterator[Order]:
        return iter(sorted(self._known.values(), key=lambda one: (one.start, one.id)))

    def spans(self, order: Order) -> tuple[Span, ...]:
        """The days on which an order freezes what it freezes."""
        return self._spans[order.id]

    def in_force(self, order: Order, day: dt.date) -> bool:
        """Whether the order freezes on that day."""
        return any(span.holds(day) for span in self._spans[order.id])

    def _freezing(self, order: Order) -> tuple[Span, ...]:
        """The days on which an order freezes; none for one that only acts on another."""
        if order.effect == "affirm" or (order.effect in ("stay", "vacate") and order.target):
            return ()
        holes = [span for other in self._on.get(order.id, ()) for span in self._acting(other)]
        return tuple(_without(self._first(order), order.end or FOREVER, holes))

    def _first(self, order: Order) -> dt.date:
        """The first day on which an order can freeze: a narrowing one waits until there is something to narrow."""
        first, seen = order.start, {order.id}
        while order.effect == "narrow" and order.target and order.target not in seen:
            if order.target not in self._docket.orders:
                return FOREVER
            order = self._docket.orders[order.target]
            first = max(first, order.start)
            seen.add(order.id)
        return first

    def _acting(self, order: Order) -> list[Span]:
        """The days on which an order takes its target out of force.

        Each order acts on one other, so a circle of orders has no way out to one that freezes, and this ends.
        """
        if order.effect not in ("stay", "vacate", "narrow"):
            return []
        end = order.end if order.end and order.effect == "stay" else FOREVER  # what is vacated does not come back
        holes = [
            span for other in self._on.get(order.id, ()) if other.effect != "narrow" for span in self._acting(other)
        ]
        acting = list(_without(order.start, end, holes))
        return [Span(acting[0].start, FOREVER)] if acting and order.effect == "narrow" else acting

    def scope(self, order: Order) -> Order:
        """The order whose reach, conditions, years and freezes count: a narrowing one takes what it leaves out from
        its target."""
        return self._scopes[order.id]

    def _scope(self, key: str, path: tuple[str, ...]) -> Order:
        order = self._known[key]
        if order.effect != "narrow" or order.target not in self._known or order.target in path:
            return order
        base = self._scope(order.target, (*path, key))
        return replace(
            order,
            conditions=order.conditions or base.conditions,
            years=order.years or base.years,
            reach=order.reach or base.reach,
            freezes=order.freezes or base.freezes,
        )

    def reaches(self, order: Order, recipient: Recipient) -> bool:
        """Whether the order reaches this recipient."""
        case = self._docket.cases.get(order.case)
        for token in self.scope(order).reach:
            if token in (NATIONWIDE, recipient.id):
                return True
            if token == PARTIES and case is not None and recipient.id in case.parties:
                return True
            if token.startswith("state:") and recipient.state and token[6:].casefold() == recipient.state.casefold():
                return True
        return False

    def freezing(self, step: str, recipient: Recipient, day: dt.date) -> list[Order]:
        """Orders that freeze ``enforcement`` or ``response`` for a recipient on a day."""
        return [
            one
            for one in self
            if step in self.scope(one).freezes and self.in_force(one, day) and self.reaches(one, recipient)
        ]

    def freezing_award(self, award: Award, recipient: Recipient, day: dt.date, condition: str = "") -> list[Order]:
        """Orders that freeze an adverse act on an award on a day, under the condition named or all of the award's.

        An award with several conditions is frozen when each of them is covered by some order.
        """
        covering = [one for one in self.freezing("consequence", recipient, day) if self._year(one, award)]
        wanted = (condition,) if condition else award.conditions
        if not wanted:
            return [one for one in covering if not self.scope(one).conditions]
        used: list[Order] = []
        for one in wanted:
            over = [order for order in covering if self._covers(order, one)]
            if not over:
                return []
            used += [order for order in over if order not in used]
        return used

    def _year(self, order: Order, award: Award) -> bool:
        years = self.scope(order).years
        return not years or award.year in years

    def _covers(self, order: Order, condition: str) -> bool:
        conditions = self.scope(order).conditions
        return not conditions or condition in conditions

    def pauses(self, recipient: Recipient) -> list[tuple[Order, Span]]:
        """Days on which the duty to answer rests by order."""
        return [
            (one, span)
            for one in self
            if "response" in self.scope(one).freezes and self.reaches(one, recipient)
            for span in self.spans(one)
        ]


def _without(start: dt.date, end: dt.date, holes: Sequence[Span]) -> Iterator[Span]:
    """What is left of the days from ``start`` up to, not including, ``end`` when others are cut out."""
    for hole in sorted(holes, key=lambda one: one.start):
        if hole.end <= start or hole.start >= end:
            continue
        if hole.start > start:
            yield Span(start, hole.start)
        start = max(start, hole.end)
    if start < end:
        yield Span(start, end)


def names(orders: Iterable[Order]) -> tuple[str, ...]:
    """Their ids."""
    return tuple(one.id for one in orders)
