"""Day counting against the slow oracle over every trigger day of 2010 to 2030, and properties on invented calendars."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Iterable
from functools import cache
from itertools import product

import pytest
from deadline_oracle import ONE, federal_days, last_day
from hypothesis import given
from hypothesis import strategies as st

from tecum import deadlines
from tecum.deadlines import Calendar, Pause, Rule

DAY = dt.date
COUNTS = (0, 1, 2, 5, 7, 10, 14, 20, 30, 60, 90, 365)
KEYS = ("US", "US-IL", "US-CA", "US-NY", "US+US-IL", "NZ")
UNITS = ("days", "business days")
FIRST, LAST = DAY(2010, 1, 1), DAY(2030, 12, 31)
RULES = deadlines.rules()
PLAIN = RULES["calendar-days"]


@cache
def calendar(key: str) -> Calendar:
    federal, _, state = key.partition("+")
    one = deadlines.compute_calendar(federal, 2009, 2033)
    return one.joined(calendar(state)) if state else one


def ruled(unit: str, roll: str) -> Rule:
    return dataclasses.replace(PLAIN, unit=unit, roll=roll)  # type: ignore[arg-type]


def disagreements(key: str, unit: str, triggers: Iterable[DAY]) -> list[tuple[object, ...]]:
    """Every count on which the package and the oracle part, forward and back."""
    given_days = calendar(key)
    off = federal_days(2009, 2033) if key == "US" else set(given_days.days)
    closed = off | set(given_days.contested)
    rule, wrong = ruled(unit, "forward"), []
    for trigger, count in product(triggers, COUNTS):
        found = deadlines.by_rule(rule, trigger, given_days, count=count)
        business = unit == "business days"
        date = last_day(trigger, count, business=business, rolls=True, off=off)
        later = last_day(trigger, count, business=business, rolls=True, off=closed)
        if (found.date, found.later) != (date, later if later != date else None):
            wrong.append((trigger, count, unit, found.date, found.later, date, later))
        if business or given_days.subnational or trigger.year == 2010:  # a year back from 2010 is not covered
            continue
        back = deadlines.backward(trigger, count, given_days)
        late = last_day(trigger, count, business=False, rolls=True, off=off, step=-1)
        early = last_day(trigger, count, business=False, rolls=True, off=closed, step=-1)
        if (back.date, back.later) != (early, late if late != early else None):
            wrong.append((trigger, -count, unit, back.date, back.later, early, late))
    return wrong


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("key", KEYS)
def test_a_sample_of_days_agrees_with_the_oracle(key: str, unit: str) -> None:
    """Twenty-five trigger days of 7,670, other ones in each run; the slow test takes them all."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chosen = random.Random(seed)
    triggers = [FIRST + ONE * chosen.randrange((LAST - FIRST).days + 1) for _ in range(12)]
    assert (seed, disagreements(key, unit, triggers)) == (seed, [])


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("key", KEYS)
def test_every_day_of_21_years_agrees_with_the_oracle(key: str, unit: str) -> None:
    triggers = [FIRST + ONE * number for number in range((LAST - FIRST).days + 1)]
    assert len(triggers) == 7_670
    assert disagreements(key, unit, triggers) == []


# --- properties, on calendars with any days off ---

START, END = DAY(2019, 1, 1), DAY(2023, 12, 31)
DAYS = st.dates(DAY(2019, 6, 1), DAY(2020, 6, 1))
SPREAD = st.dates(START, END)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Holidays dense and scattered, runs of them too, and closures beside them."""
    days = draw(st.sets(DAYS, max_size=40)) | draw(st.sets(SPREAD, max_size=5))
    days |= {day + ONE for day in draw(st.sets(DAYS, max_size=10))}
    closures = draw(st.sets(DAYS, max_size=10)) - days
    return Calendar("XX", "invented", 2019, 2023, dict.fromkeys(days, "Feast"), dict.fromkeys(closures, "Closure"))


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    start = draw(DAYS)
    return Pause(start, start + ONE * draw(st.integers(0, 40)), "order")


UNIT = st.sampled_from(UNITS)
ROLL = st.sampled_from(["forward", "none", "contested"])
COUNT = st.integers(0, 120)
PAUSES = st.lists(pauses(), max_size=4)


def days_of(those: Iterable[Pause]) -> set[DAY]:
    held = set()
    for pause in those:
        day = pause.start
        while pause.end is not None and day < pause.end:
            held.add(day)
            day += ONE
    return held


@given(calendars(), UNIT, ROLL, DAYS, COUNT, PAUSES)
def test_any_count_agrees_with_the_oracle(
    days: Calendar, unit: str, roll: str, trigger: DAY, count: int, held: list[Pause]
) -> None:
    found = deadlines.by_rule(ruled(unit, roll), trigger, days, count=count, pauses=held)
    rolling = {"forward": [True], "none": [False], "contested": [False, True]}[roll]
    off, closed = set(days.days), set(days.days) | set(days.contested)
    ends = [
        last_day(trigger, count, business=unit != "days", rolls=rolls, off=taken, paused=days_of(held))
        for rolls in rolling
        for taken in (off, closed)
    ]
    assert found.date == min(ends)
    assert found.later == (max(ends) if max(ends) != min(ends) else None)


@given(calendars(), UNIT, ROLL, DAYS, st.integers(0, 40), COUNT, PAUSES, st.booleans(), st.none() | DAYS)
def test_a_later_trigger_never_gives_an_earlier_date(
    days: Calendar,
    unit: str,
    roll: str,
    trigger: DAY,
    delay: int,
    count: int,
    held: list[Pause],
    by_mail: bool,
    limit: DAY | None,
) -> None:
    rule = dataclasses.replace(ruled(unit, roll), mail_days=3)
    if limit is not None:
        held = []  # a limit makes up only the paused days after the trigger, so a later trigger may give less
    first, second = (
        deadlines.by_rule(rule, one, days, count=count, by_mail=by_mail, pauses=held, not_after=limit)
        for one in (trigger, trigger + ONE * delay)
    )
    assert first.date <= second.date
    assert (first.later or first.date) <= (second.later or second.date)


@given(calendars(), UNIT, DAYS, COUNT, PAUSES, st.booleans())
def test_a_date_that_rolls_is_a_business_day_outside_every_pause(
    days: Calendar, unit: str, trigger: DAY, count: int, held: list[Pause], by_mail: bool
) -> None:
    rule = dataclasses.replace(ruled(unit, "forward"), mail_days=3)
    found = deadlines.by_rule(rule, trigger, days, count=count, by_mail=by_mail, pauses=held)
    for date in filter(None, [found.date, found.later]):
        assert date.weekday() < 5 and date not in days.days
        assert not any(pause.holds(date) for pause in held)
    assert found.later is None or found.later > found.date


@given(calendars(), DAYS, COUNT)
def test_business_days_leave_out_exactly_the_others(days: Calendar, trigger: DAY, count: int) -> None:
    found = deadlines.by_rule(ruled("business days", "none"), trigger, days, count=count)
    between = [trigger + ONE * number for number in range(1, (found.date - trigger).days + 1)]
    working = [day for day in between if day.weekday() < 5 and day not in days.days]
    assert len(working) == count
    assert not working or working[-1] == found.date
    named = "".join(line for line in found.lines if line.startswith("Skipped"))
    for day in between:
        assert (deadlines.shown(day) in named) is (day.weekday() < 5 and day in days.days)


@given(calendars(), DAYS, st.integers(1, 120), st.data())
def test_a_pause_inside_moves_a_calendar_date_by_its_days(
    days: Calendar, trigger: DAY, count: int, data: st.DataObject
) -> None:
    rule = ruled("days", "none")
    plain = deadlines.by_rule(rule, trigger, days, count=count).date
    start = trigger + ONE * data.draw(st.integers(1, count), label="from day")
    length = data.draw(st.integers(0, 60), label="days paused")
    pause = Pause(start, start + ONE * length, "order")
    assert deadlines.by_rule(rule, trigger, days, count=count, pauses=[pause]).date == plain + ONE * length
    rolled = dataclasses.replace(rule, roll="forward")
    assert deadlines.by_rule(rolled, trigger, days, count=count, pauses=[pause]).date >= plain + ONE * length


@given(calendars(), UNIT, ROLL, DAYS, COUNT, PAUSES, st.integers(0, 50))
def test_only_the_days_a_pause_holds_matter(
    days: Calendar, unit: str, roll: str, trigger: DAY, count: int, held: list[Pause], cut: int
) -> None:
    """Cutting each pause in two, giving one twice, or turning the list round changes no date."""
    parts = []
    for pause in held:
        assert pause.end is not None
        middle = min(pause.start + ONE * cut, pause.end)
        parts += [Pause(middle, pause.end, "second half"), Pause(pause.start, middle, "first half")]
    rule = ruled(unit, roll)
    whole, cut_up = (
        deadlines.by_rule(rule, trigger, days, count=count, pauses=those) for those in (held, [*parts, *held[:1]])
    )
    assert (whole.date, whole.later) == (cut_up.date, cut_up.later)
    stated = deadlines.stated(trigger, "letter")
    left, right = (deadlines.tolled(stated, those, days) for those in (held, [*parts, *held[:1]]))
    assert (left.tolled, left.later) == (right.tolled, right.later)


@given(calendars(), UNIT, ROLL, DAYS, COUNT, PAUSES, st.booleans())
def test_tolling_by_rule_is_counting_with_pauses(
    days: Calendar, unit: str, roll: str, trigger: DAY, count: int, held: list[Pause], by_mail: bool
) -> None:
    rule = dataclasses.replace(ruled(unit, roll), mail_days=3)
    nominal = deadlines.by_rule(rule, trigger, days, count=count, by_mail=by_mail)
    counted = deadlines.by_rule(rule, trigger, days, count=count, by_mail=by_mail, pauses=held)
    found = deadlines.tolled(nominal, held, days, trigger=trigger, rule=rule, count=count, by_mail=by_mail)
    assert (found.nominal, found.nominal_later) == (nominal.date, nominal.later)
    assert (found.tolled, found.later, found.running) == (counted.date, counted.later, False)
    assert counted.date >= nominal.date


@given(calendars(), DAYS, PAUSES, st.integers(0, 30))
def test_a_stated_date_is_made_up_day_for_day(days: Calendar, date: DAY, held: list[Pause], before: int) -> None:
    """The days from the trigger to the date, counted by the oracle without the paused ones, then rolled if moved."""
    trigger = date - ONE * before
    found = deadlines.tolled(deadlines.stated(date, "letter"), held, days, trigger=trigger)
    off, paused = set(days.days), days_of(held)
    raw = last_day(trigger, before, business=False, rolls=False, off=off, paused=paused)
    moved = last_day(trigger, before, business=False, rolls=True, off=off, paused=paused)
    assert found.tolled == (moved if raw != date else date)


@given(calendars(), UNIT, DAYS, COUNT, DAYS)
def test_a_running_pause_leaves_open_only_what_it_reaches(
    days: Calendar, unit: str, trigger: DAY, count: int, began: DAY
) -> None:
    rule = ruled(unit, "forward")
    nominal = deadlines.by_rule(rule, trigger, days, count=count)
    running = Pause(began, None, "order")
    found = deadlines.tolled(nominal, [running], days, trigger=trigger, rule=rule, count=count)
    reached = trigger < began <= nominal.date or (began <= trigger and (count > 0 or nominal.date >= began))
    assert found.tolled == (None if reached else nominal.date)
    if nominal.later is None:
        assert found.running is reached


@given(calendars())
def test_any_calendar_survives_its_dictionary(days: Calendar) -> None:
    assert Calendar.from_dict(days.as_dict()) == days
    assert Calendar.from_dict(days.as_dict()).fingerprint() == days.fingerprint()
    assert deadlines.differences(days, days) == []


@given(calendars(), calendars())
def test_differences_lead_from_one_calendar_to_the_other(old: Calendar, new: Calendar) -> None:
    days, contested = dict(old.days), dict(old.contested)
    for change in deadlines.differences(old, new):
        days.pop(change.date, None)
        contested.pop(change.date, None)
        if change.new:
            (contested if change.contested else days)[change.date] = change.new
    assert (days, contested) == (new.days, new.contested)


@given(calendars(), ROLL, DAYS, COUNT)
def test_an_account_never_contradicts_its_date(days: Calendar, roll: str, trigger: DAY, count: int) -> None:
    found = deadlines.by_rule(ruled("days", roll), trigger, days, count=count)
    (verdict,) = [line for line in found.lines if line.startswith("Act by")]
    assert verdict.startswith(f"Act by {deadlines.shown(found.date)}")
    contested = [line for line in found.lines if line.startswith("Contested")]
    assert bool(contested) is (found.later is not None)
    if found.later is not None:
        assert deadlines.shown(found.later) in verdict and deadlines.shown(found.later) in contested[-1]
