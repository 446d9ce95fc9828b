"""The slow, obvious oracle of day counting: a list of days off, and one finger moving over the calendar.

It shares no code with ``tecum.deadlines``, nor its list of federal holidays, which is written here from the words of
5 U.S.C. 6103: fixed days with their observed neighbours, and the n-th Monday of a month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

ONE = dt.timedelta(days=1)


def nth(year: int, month: int, weekday: int, number: int) -> dt.date:
    """The ``number``-th ``weekday`` (1 Monday ... 7 Sunday) of a month."""
    day = dt.date(year, month, 1)
    seen = 0
    while True:
        if day.isoweekday() == weekday:
            seen += 1
            if seen == number:
                return day
        day += ONE


def last_monday_of_may(year: int) -> dt.date:
    day = dt.date(year, 5, 31)
    while day.isoweekday() != 1:
        day -= ONE
    return day


def federal_days(first: int, last: int) -> set[dt.date]:
    """The federal holidays of some years, each fixed one also on the day it is observed."""
    found: set[dt.date] = set()
    for year in range(first, last + 2):  # a New Year's Day on a Saturday is observed in the year before
        found |= {nth(year, 1, 1, 3), nth(year, 2, 1, 3), last_monday_of_may(year), nth(year, 9, 1, 1)}
        found |= {nth(year, 10, 1, 2), nth(year, 11, 4, 4)}
        fixed = [(1, 1), (7, 4), (11, 11), (12, 25)] + ([(6, 19)] if year >= 2021 else [])
        for month, number in fixed:
            day = dt.date(year, month, number)
            found.add(day)
            if day.isoweekday() == 6:
                found.add(day - ONE)
            if day.isoweekday() == 7:
                found.add(day + ONE)
    return {day for day in found if first <= day.year <= last}


def roll(day: dt.date, off: set[dt.date], paused: set[dt.date], step: int) -> dt.date:
    while day.isoweekday() > 5 or day in off or day in paused:
        day = day + ONE if step > 0 else day - ONE
    return day


def last_day(
    start: dt.date,
    count: int,
    *,
    business: bool,
    rolls: bool,
    off: set[dt.date],
    paused: Iterable[dt.date] = (),
    step: int = 1,
) -> dt.date:
    """Move the finger from ``start`` until ``count`` days were counted, then on while the day is off."""
    held = set(paused)
    finger = start
    left = count
    while left > 0:
        finger = finger + ONE if step > 0 else finger - ONE
        if finger in held:
            continue
        if business and (finger.isoweekday() > 5 or finger in off):
            continue
        left -= 1
    return roll(finger, off, held, step) if rolls else finger
