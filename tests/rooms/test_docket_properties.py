"""The docket's state machine, attacked: properties over random sequences of events.

A property is a function of one random world. The quick tests try each on some hundred worlds; the slow test tries all
of them on ``SEQUENCES`` worlds times ``TECUM_DOCKET_SHARE`` (CI takes a fiftieth of 100,000). The seed is fixed;
``TECUM_TEST_SEED`` gives another, and 0 a new one each time.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from docket_looks import day_of, look, plus, rows, same
from docket_worlds import FIRST, ONE, WINDOW, World, world

from tecum.demand import board, effects, tasks, timeline
from tecum.demand.kinds import ADVERSE, ENDED, KINDS, LADDER
from tecum.demand.nouns import Docket, Event, Order
from tecum.demand.orders import Orders
from tecum.demand.standing import AT_STAKE, Standing, stayed

SEQUENCES = 100_000
QUICK = 120  # worlds for each property in the quick tests
SHARE = float(os.environ.get("TECUM_DOCKET_SHARE", "0.02"))
SEED = int(os.environ.get("TECUM_TEST_SEED", "20180124")) or random.SystemRandom().randrange(1, 1 << 30)
LAST = FIRST + ONE * WINDOW


# -- the properties --------------------------------------------------------------------------------------


def is_total(one: World) -> None:
    """Nothing that stands in a docket keeps it from being read, and reading it twice gives the same."""
    found = look(one.docket, one.as_of)
    assert found == look(one.docket, one.as_of)
    for each in found:
        json.dumps(board.row(each))
        for kind in (*KINDS, "teleported"):
            new = one.new(kind, str(one.as_of), each.recipient.id, each.demand.id, award="a1", deficiency="E1")
            effects.forbidden(one.docket, each, new)
    board.blocks(one.docket, found, "Board")
    board.history_blocks(one.docket, found)
    board.totals(found)
    assert effects.changed(found, found) == []


def ignores_the_order_of_entry(one: World) -> None:
    """Events may be entered in any order; corrections, which are about what was entered, keep theirs."""
    places = [place for place, event in enumerate(one.docket.events) if event.kind != "corrected"]
    shuffled = one.rng.sample(places, len(places))
    events = list(one.docket.events)
    for place, other in zip(places, shuffled, strict=True):
        events[place] = replace(one.docket.events[other], seq=place + 1, entered=f"2019-01-01T00:00:{place:02}Z")
    assert rows(replace(one.docket, events=tuple(events)), one.as_of) == rows(one.docket, one.as_of)


def takes_late_entries(one: World) -> None:
    """What is entered a year late gives what it would have given in time."""
    late = one.rng.choice([event for event in one.docket.events if event.kind != "corrected"] or [None])
    if late is not None:
        others = tuple(event for event in one.docket.events if event is not late)
        entered = replace(late, seq=len(one.docket.events) + 1, entered="2019-02-01T09:00:00Z", by="a clerk")
        assert rows(replace(one.docket, events=(*others, entered)), one.as_of) == rows(one.docket, one.as_of)


def said_last(docket: Docket, event: Event) -> Event | None:
    """An entry after every correction of it, asked one by one."""
    for correction in docket.events:
        if correction.kind == "corrected" and correction.data["event"] == event.id:
            stands = said_last(docket, correction) if correction is not event else None
            if stands is None:
                continue
            if stands.data.get("retract") == "yes":
                return None
            new = {key: value for key, value in stands.data.items() if key not in ("event", "retract", "reason")}
            if event.kind == "corrected":
                event = replace(event, data={**event.data, **new})
                continue
            names = [key for key in ("happened", "kind", "demand", "recipients", "requests") if key in new]
            parts = {key: new.pop(key) for key in names}
            for key in {"recipients", "requests"} & set(parts):
                parts[key] = tuple(part.strip() for part in parts[key].split(";") if part.strip())
            event = replace(event, data={**event.data, **new}, **parts)
    return event


def circular(docket: Docket) -> bool:
    """Whether corrections correct each other in a circle."""
    of = {event.id: event.data["event"] for event in docket.events if event.kind == "corrected"}
    for name in of:
        seen, now = set(), name
        while now in of and now not in seen:
            seen.add(now)
            now = of[now]
        if now in seen:
            return True
    return False


def concerns(docket: Docket, event: Event, row: Standing) -> bool:
    """Whether an event is about a recipient under a demand."""
    whom = event.recipients or (docket.demands[event.demand].recipients if event.demand in docket.demands else ())
    under = event.demand == row.demand.id or (not event.demand and row.recipient.id in row.demand.recipients)
    return under and row.recipient.id in whom


def loses_no_deficiency(one: World) -> None:
    """Each stands once, from its day on; only a cure or a waiver closes it, and then for good."""
    if circular(one.docket):
        return
    stand = [
        said for event in one.docket.events if event.kind != "corrected" and (said := said_last(one.docket, event))
    ]
    closed: dict[tuple[str, str, str], str] = {}
    for number in sorted(one.rng.sample(range(WINDOW), 3)):
        day = FIRST + ONE * number
        happened = [event for event in stand if day_of(event) <= str(day)]
        for row in look(one.docket, day):
            own = [event for event in happened if concerns(one.docket, event, row)]
            raised = {event.id: event for event in own if event.kind == "deficiency"}
            assert Counter(each.id for each in row.deficiencies) == Counter(raised.keys())
            for each in row.deficiencies:
                settling = [day_of(event) for event in own if event.kind in ("deficiency-cured", "deficiency-waived")
                            and event.data.get("deficiency") == each.id]  # fmt: skip
                since = day_of(raised[each.id])
                assert each.open or any(settled >= since for settled in settling)
                assert not each.open or not any(settled > since for settled in settling)
                key = (row.demand.id, row.recipient.id, each.id)
                assert closed.setdefault(key, each.state) == each.state if not each.open else key not in closed
            if any(each.open for each in row.deficiencies):
                assert row.response == "deficient" or row.ended


def stays_ended(one: World) -> None:
    """An ended demand asks for nothing, and only taking back its end brings it to life."""
    for row in look(one.docket, one.as_of):
        end = row.answers.ended
        if end is None:
            continue
        assert row.response == end.kind in ENDED
        assert tasks.tasks(row) == [] and tasks.next_task(row).who == tasks.NOBODY
        assert row.clock.due is None and row.clock.later is None and not row.clock.paused and not row.overdue
        for kind in LADDER:
            on = str(max(one.as_of, end.day))
            step = one.new(kind, on, row.recipient.id, row.demand.id)
            assert bool(effects.forbidden(one.docket, row, step)) == (KINDS[kind].who == "issuer")
            assert bool(effects.split_forbidden(one.docket, [row], [step])[1]) == (KINDS[kind].who == "issuer")
        more = [event for event in one.draw.events(one.docket, 12) if event.kind != "corrected"]
        later = [replace(event, id=f"L{event.id}", happened=str(end.day + ONE * (1 + number % 3)))
                 for number, event in enumerate(more)]  # fmt: skip
        after = same(row, look(plus(one.docket, *later), one.as_of + ONE * 3))
        assert (after.response, after.answers.ended, tasks.tasks(after)) == (row.response, end, [])
        assert after.clock.nominal == row.clock.nominal and not after.overdue
        assert after.enforcement in (row.enforcement, "satisfied") or one.as_of < end.day + ONE * 3
        assert {key: each.disposition for key, each in after.answers.requests.items()} == {
            key: each.disposition for key, each in row.answers.requests.items()
        }


def lives_on_without_its_end(one: World) -> None:
    """Taking back every end restores exactly what would have been."""
    ends = {row.answers.ended.id for row in look(one.docket, one.as_of) if row.answers.ended}
    without = replace(one.docket, events=tuple(event for event in one.docket.events if event.id not in ends))
    back = [Event(f"N{end}", str(one.as_of), "corrected", data={"event": end, "reason": "never sent", "retract": "yes"})
            for end in ends]  # fmt: skip
    assert rows(plus(one.docket, *back), one.as_of) == rows(without, one.as_of)


def acts_on_nothing_frozen(one: World) -> None:
    """An adverse act on a frozen award, and a step of force under a stay, change nothing and are named."""
    day = one.draw.day()
    orders = Orders(one.docket, day)
    for row in look(one.docket, day):
        for award in (each.award for each in row.awards):
            condition = one.rng.choice(["", *award.conditions, "notice"])
            by = orders.freezing_award(award, row.recipient, day, condition)
            said = {"award": award.id, **({"condition": condition} if condition else {})}
            new = one.new(one.rng.choice(ADVERSE), one.draw.moment()[10:].join([str(day), ""]), row.recipient.id,
                          row.demand.id, **said)  # fmt: skip
            refused = effects.forbidden(one.docket, row, new)
            assert [each.order for each in refused] == [each.id for each in by]
            as_of = max(one.as_of, day)
            before, after = (same(row, look(docket, as_of)) for docket in (one.docket, plus(one.docket, new)))
            if by:
                assert after.awards == before.awards and after.consequence == before.consequence
                assert any("(N1)" in line and by[0].id in line for line in after.conflicts)
            else:
                assert not any("(N1)" in line for line in after.conflicts)
        by_stay = stayed(orders, row.recipient, day)
        if by_stay and not row.ended:
            step = one.new(one.rng.choice([kind for kind in LADDER if KINDS[kind].who == "issuer"]), str(day),
                           row.recipient.id, row.demand.id)  # fmt: skip
            assert [each.order for each in effects.forbidden(one.docket, row, step)] == by_stay
            after = same(row, look(plus(one.docket, step), day))
            assert after.enforcement == row.enforcement
            assert any("(N1)" in line and by_stay[0] in line for line in after.conflicts)
            if any(event.kind == "enforcement-satisfied" and day_of(event) == str(day) for event in row.events):
                continue  # it follows whatever was done that day
            court = one.new("contempt", f"{day}T23:59", row.recipient.id, row.demand.id)
            assert same(row, look(plus(one.docket, court), day)).enforcement == "contempt"


WAITING = {"no response", "nothing recorded", "sent", "served", "acknowledged", "extended", "clarifying"}


def keeps_facts(one: World) -> None:
    """No order changes what was answered, what is lacking, or how a demand ended."""
    free = look(replace(one.docket, orders={}), one.as_of)
    for row in look(one.docket, one.as_of):
        other = same(row, free)
        assert (row.requests, row.deficiencies, row.answers.ended) == (
            other.requests,
            other.deficiencies,
            other.answers.ended,
        )
        assert row.answers.volumes == other.answers.volumes
        assert row.response == other.response or {row.response, other.response} <= WAITING


def lifts_without_acting(one: World) -> None:
    """The day after an order ends everything stands as the day before, and a person is asked to decide."""
    busy = {day_of(event) for event in timeline.effective(one.docket)}
    orders = Orders(one.docket, LAST + ONE * 60)
    ends = {span.end for order in orders for span in orders.spans(order) if span.end <= LAST + ONE * 60}
    for end in sorted(ends):
        if str(end) in busy:
            continue
        after = look(one.docket, end)
        for before in look(one.docket, end - ONE):
            now = same(before, after)
            assert [(each.award.id, each.state) for each in now.awards] == [
                (each.award.id, each.state) for each in before.awards
            ]
            assert now.enforcement == before.enforcement
            for was, each in zip(before.awards, now.awards, strict=True):
                if was.frozen_by and not each.frozen_by and each.state in AT_STAKE:
                    keys = [task.key for task in tasks.tasks(now)]
                    wanted = {f"lifted/{order}/{each.award.id}" for order in was.frozen_by}
                    assert now.ended or wanted & set(keys), (was, each, keys)


def knows_only_what_was(one: World) -> None:
    """Before everything there is nothing (but a case of unknown date), and what is later changes no earlier day."""
    dated = {key: case for key, case in one.docket.cases.items() if case.filed}
    for row in look(replace(one.docket, cases=dated), FIRST - ONE):
        assert (row.response, row.enforcement, row.litigation, row.consequence) == ("drafted", "none", "none", "none")
        assert not row.overdue and row.conflicts == () and row.deficiencies == ()
    known = timeline.until(timeline.effective(one.docket), one.as_of)
    orders = {key: order for key, order in one.docket.orders.items() if order.start <= one.as_of}
    past = replace(one.docket, events=tuple(known), orders=orders)
    seen = {(row["demand"], row["recipient"]): row for row in rows(past, one.as_of)}
    assert seen == {(row["demand"], row["recipient"]): row for row in rows(one.docket, one.as_of)}


class SlowOrders:
    """Which orders are in force, asked day by day in the words of the module: the oracle."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.all = {order.id: order for order in orders}

    def freezes(self, order: Order, day: dt.date) -> bool:
        if order.effect == "affirm" or (order.target and order.effect in ("stay", "vacate")):
            return False
        if order.end is not None and day >= order.end:
            return False
        wider, seen = order, [order.id]
        while day >= wider.start and wider.effect == "narrow" and wider.target in self.all and wider.target not in seen:
            wider = self.all[wider.target]
            seen.append(wider.id)
        if day < wider.start:
            return False
        return not any(self.acts(other, day, [order.id]) for other in self.on(order, [order.id]))

    def on(self, order: Order, path: list[str]) -> list[Order]:
        return [other for other in self.all.values() if other.target == order.id and other.id not in path]

    def acts(self, order: Order, day: dt.date, path: list[str]) -> bool:
        """Whether it takes its target out of force on that day."""
        if order.effect == "stay":
            within = order.start <= day and (order.end is None or day < order.end)
            return within and self.untouched(order, day, path)
        if order.effect == "vacate":
            return order.start <= day and self.untouched(order, day, path)
        if order.effect == "narrow":  # for good, from the first day on which nothing holds it up
            days = range((day - order.start).days + 1)
            return any(self.untouched(order, order.start + ONE * number, path) for number in days)
        return False

    def untouched(self, order: Order, day: dt.date, path: list[str]) -> bool:
        longer = [*path, order.id]
        others = [other for other in self.on(order, longer) if other.effect in ("stay", "vacate")]
        return not any(self.acts(other, day, longer) for other in others)


def agrees_with_the_slow_orders(one: World) -> None:
    """Every order on every day, against the oracle; circles end."""
    slow, fast = SlowOrders(list(one.docket.orders.values())), Orders(one.docket, LAST + ONE * 60)
    for order in fast:
        for number in range(-1, WINDOW + 40, 3):
            day = FIRST + ONE * number
            assert fast.in_force(order, day) == slow.freezes(order, day), (order.id, day, one.docket.orders)
            if order.start <= day and number % 5 == 0:
                assert Orders(one.docket, day).in_force(order, day) == fast.in_force(order, day)


def moves_dates_one_way(one: World) -> None:
    """Pauses only move a date on; more time makes nothing overdue earlier.

    An extension of what was never sent shows that it did arrive, and one where no date ran gives it one: such days
    are left out.
    """
    days = [FIRST + ONE * number for number in sorted(one.rng.sample(range(WINDOW + 40), 5))]
    seen = {day: look(one.docket, day) for day in days}
    for row in seen[days[0]]:
        if row.recipient.id not in row.demand.recipients:
            continue  # it has a row only from its first event on
        own = [same(row, seen[day]) for day in days]
        for each in own:
            assert each.clock.due is None or each.clock.due >= each.clock.nominal
            assert each.clock.later is None or each.clock.due is None or each.clock.later > each.clock.due
            assert each.clock.due is not None or not each.overdue or each.deficiencies
        moment = one.draw.moment()
        then = same(row, look(one.docket, dt.date.fromisoformat(moment[:10]))).clock
        clocks = [then, *(each.clock for each in own)]
        said = [date for clock in clocks for date in (clock.due, clock.nominal, clock.later) if date]
        if said:
            until = max(said) + ONE * (one.rng.randint(1, 20) if then.due else WINDOW)
            new = one.new("extension-granted", moment, row.recipient.id, row.demand.id, until=str(until))
            for each in own:
                after = same(row, look(plus(one.docket, new), each.as_of))
                unsent = each.response in ("drafted", "approved", "undelivered")
                assert each.overdue or unsent or each.clock.nominal is None or not after.overdue


PROPERTIES: tuple[Callable[[World], None], ...] = (
    is_total, ignores_the_order_of_entry, takes_late_entries, loses_no_deficiency, stays_ended,
    lives_on_without_its_end, acts_on_nothing_frozen, keeps_facts, lifts_without_acting, knows_only_what_was,
    agrees_with_the_slow_orders, moves_dates_one_way,
)  # fmt: skip


def attempt(holds: Callable[[World], None], seed: str) -> None:
    """One property on one world; what fails names the seed."""
    try:
        holds(world(random.Random(seed)))
    except Exception as error:
        error.add_note(f"{holds.__name__} on world {seed}")
        raise


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda one: one.__name__)
def test_a_property_of_every_docket(holds: Callable[[World], None]) -> None:
    print(f"seed {SEED}")
    for number in range(QUICK):
        attempt(holds, f"{SEED}/{number}")


def test_what_a_newer_version_wrote_is_shown_and_has_no_effect() -> None:
    print(f"seed {SEED}")
    for number in range(QUICK):
        one = world(random.Random(f"{SEED}/{number}"), strange=True)
        is_total(one)
        for row in (each for each in look(one.docket, one.as_of) if each.recipient.id in each.demand.recipients):
            unknown = {event.id for event in row.events if event.kind not in set(KINDS)}
            assert all(any(f"({name})" in line for line in row.conflicts) for name in unknown)
            known = replace(one.docket, events=tuple(event for event in one.docket.events if event.id not in unknown))
            other = same(row, look(known, one.as_of))
            assert (row.response, row.requests, row.deficiencies, row.clock) == (
                other.response, other.requests, other.deficiencies, other.clock)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(3 * 60 * 60)
def test_every_property_on_100_000_sequences() -> None:
    count, began = round(SEQUENCES * SHARE), time.monotonic()
    for number in range(count):
        for holds in PROPERTIES:
            attempt(holds, f"{SEED}/{number}")
    print(f"seed {SEED}: {count} sequences, {len(PROPERTIES)} properties, {time.monotonic() - began:.0f} s")


def test_the_worlds_hold_what_the_properties_are_about() -> None:
    """A property of what never comes about proves nothing."""
    seen: Counter[str] = Counter()
    for number in range(400):
        one = world(random.Random(f"{SEED}/{number}"))
        for row in look(one.docket, one.as_of):
            seen["ended"] += row.ended
            seen["paused"] += row.clock.paused
            seen["tolled"] += row.clock.due is not None and row.clock.due != row.clock.nominal
            seen["contested"] += row.clock.later is not None
            seen["closed deficiencies"] += sum(not each.open for each in row.deficiencies)
            seen["open deficiencies"] += sum(each.open for each in row.deficiencies)
            seen["frozen"] += bool(row.frozen_by)
            seen["acts on awards"] += sum(bool(each.events) for each in row.awards)
            seen["lifted"] += any(each.lifted for each in row.awards)
            seen["conflicts"] += bool(row.conflicts)
            seen["overdue"] += row.overdue
    print(f"seed {SEED}: {dict(seen)}")
    assert len(seen) == 11 and min(seen.values()) > 0, seen
