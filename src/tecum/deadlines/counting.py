"""Days counted one by one: forward or back, past weekends, holidays and pauses, under each answer the law leaves open.

Counting steps through the days instead of calculating, so that every day left out can be named afterwards.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from tecum.deadlines.calendar import WEEKEND, Calendar
from tecum.errors import CalendarTooShort

Unit = Literal["days", "business days"]
Roll = Literal["forward", "none", "contested"]
Off = Callable[[dt.date], str]  # why a day is no business day, "" when it is one

PAUSED: Final = "paused"


@dataclass(frozen=True)
class Pause:
    """Days that are not counted: ``start`` up to, but without, ``end`` (None: still running), and ``why``.

    A pause of no days, ending where it starts, changes nothing.

    Raises:
        ValueError: when it ends before it starts.
    """

    start: dt.date
    end: dt.date | None
    why: str

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"the pause ends ({self.end}) before it starts ({self.start})")

    def holds(self, day: dt.date) -> bool:
        """Whether the day lies in the pause."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Stretch:
    """So many days to count, and the sentence that introduces them ("" for the period itself)."""

    count: int
    unit: Unit
    intro: str = ""

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"{self.count} days cannot be counted")


@dataclass(frozen=True)
class Leg:
    """One stretch as it was walked.

    ``raw`` is its last day as counted and ``end`` the day it rolled to; each is None when a running pause
    stopped the walk before it. ``counted`` days were counted, ``skipped`` are the holidays left out of business
    days (weekends are not listed), ``passed`` the days the roll went past, ``paused`` those left out for a pause.
    """

    stretch: Stretch
    counted: int
    raw: dt.date | None
    end: dt.date | None
    skipped: tuple[tuple[dt.date, str], ...]
    passed: tuple[tuple[dt.date, str], ...]
    paused: tuple[dt.date, ...]

    @property
    def held(self) -> tuple[dt.date, ...]:
        """The days that a pause held up, in counting or in rolling."""
        return (*self.paused, *(day for day, why in self.passed if why == PAUSED))


def neighbour(day: dt.date, step: int) -> dt.date:
    """Return the next day (``step`` 1) or the day before (-1).

    Raises:
        CalendarTooShort: where the years 1 to 9999 end.
    """
    try:
        return day + dt.timedelta(days=step)
    except OverflowError:
        raise CalendarTooShort(f"The count goes beyond the year {day.year}, where every calendar ends.") from None


def walk(start: dt.date, stretch: Stretch, off: Off, *, roll: bool, pauses: Iterable[Pause] = (), step: int = 1) -> Leg:
    """Count a stretch from ``start``, which is itself not counted, and roll on if its last day is off.

    A paused day is never counted, and a roll does not end on one: an act that a pause holds up is not due in it.
    """
    pauses = tuple(pauses)
    day, counted, raw = start, 0, None
    skipped: list[tuple[dt.date, str]] = []
    passed: list[tuple[dt.date, str]] = []
    paused: list[dt.date] = []

    def leg(end: dt.date | None) -> Leg:
        return Leg(stretch, counted, raw, end, tuple(skipped), tuple(passed), tuple(paused))

    while counted < stretch.count:
        day = neighbour(day, step)
        holding = [pause for pause in pauses if pause.holds(day)]
        if holding:
            paused.append(day)
            if any(pause.end is None for pause in holding):
                return leg(None)
        elif stretch.unit == "business days" and (why := off(day)):
            if why != WEEKEND:
                skipped.append((day, why))
        else:
            counted += 1
    raw = day
    while roll:
        holding = [pause for pause in pauses if pause.holds(day)]
        why = PAUSED if holding else off(day)
        if not why:
            break
        passed.append((day, why))
        if any(pause.end is None for pause in holding):
            return leg(None)
        day = neighbour(day, step)
    return leg(day)


def walk_stated(day: dt.date, after: dt.date | None, off: Off, pauses: Iterable[Pause]) -> Leg:
    """Move a stated date by the paused days before it (those after the trigger ``after``, when that is known).

    The days from the trigger to the date are taken as a period and counted again without the paused ones. Only
    a date that has moved rolls: Rule 6(a) computes periods and leaves a fixed date where it is.
    """
    pauses = tuple(pauses)
    if after is None:
        after = neighbour(min([day, *(pause.start for pause in pauses)]), -1)
    before = min(after, day)
    stretch = Stretch((day - before).days, "days")
    leg = walk(before, stretch, off, roll=False, pauses=pauses)
    return leg if leg.raw == day else walk(before, stretch, off, roll=True, pauses=pauses)


@dataclass(frozen=True)
class Way:
    """A count under one answer to what is open: does the last day roll, are contested closures holidays?

    ``legs`` is the period's walk, ``cap`` the walk of a stated date that comes first if it is earlier.
    """

    rolls: bool
    closures: bool
    legs: tuple[Leg, ...]
    cap: Leg | None

    @property
    def walked(self) -> tuple[Leg, ...]:
        """Every leg, the cap last."""
        return self.legs if self.cap is None else (*self.legs, self.cap)

    @property
    def period_end(self) -> dt.date | None:
        """Where the period itself ends; None when there is none or a running pause stopped it."""
        return self.legs[-1].end if self.legs else None

    @property
    def end(self) -> dt.date | None:
        """The day to act on; None while a running pause leaves it open."""
        ends = [self.period_end, self.cap.end if self.cap else None]
        return min((day for day in ends if day is not None), default=None)


@dataclass(frozen=True)
class Count:
    """What is to be counted: stretches one after the other from ``start``, and perhaps a stated date beside them.

    With no stretches only the stated date ``not_after`` counts; ``start`` is then its trigger, None if unknown.
    """

    start: dt.date | None
    stretches: tuple[Stretch, ...]
    roll: Roll
    calendar: Calendar
    pauses: tuple[Pause, ...] = ()
    not_after: dt.date | None = None
    step: int = 1

    def ways(self) -> tuple[Way, ...]:
        """Return the count under every answer to what is open; the first takes neither roll nor closures for granted.

        The last way takes both; between them, where the roll is contested, stands the roll alone.
        """
        rolling = [self.roll == "forward", *([True] if self.roll == "contested" else [])]
        return (*(self._way(rolls, False) for rolls in rolling), self._way(rolling[-1], True))

    def _way(self, rolls: bool, closures: bool) -> Way:
        off = partial(self.calendar.off, closures=closures)
        legs: list[Leg] = []
        day = self.start
        for stretch in self.stretches:
            if day is None:  # a running pause stopped the stretch before
                break
            legs.append(walk(day, stretch, off, roll=rolls, pauses=self.pauses, step=self.step))
            day = legs[-1].end
        cap = None if self.not_after is None else walk_stated(self.not_after, self.start, off, self.pauses)
        return Way(rolls, closures, tuple(legs), cap)


def settle(ways: Iterable[Way]) -> tuple[dt.date | None, dt.date | None]:
    """Return the date to act on, the earliest of all ways, and the latest where it differs; None for what is open."""
    ends = sorted({way.end for way in ways if way.end is not None})
    return (ends[0] if ends else None), (ends[-1] if len(ends) > 1 else None)
