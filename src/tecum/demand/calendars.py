"""The holidays that a docket counts with: recorded when they are first needed, changed only when a person accepts it.

An upgrade of the library that knows holidays must not move a date in silence. So the list that was used stands in the
docket; ``changes`` compares it with what the library says now, and shows which dates would move.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tecum.deadlines import Calendar, Change, compute_calendar, differences
from tecum.demand.due import calendar_key
from tecum.demand.nouns import Docket
from tecum.demand.record import Row
from tecum.demand.standing import standings

_AHEAD = 5  # years beyond the latest that the docket speaks of
_ENOUGH = 2  # of these; with fewer left the list is continued
_BEHIND = 1


@dataclass(frozen=True)
class Moved:
    """A return date that an accepted change would move."""

    demand: str
    recipient: str
    old: dt.date | None
    new: dt.date | None


@dataclass(frozen=True)
class CalendarChange:
    """How the library's list of holidays differs from the recorded one, and what that would move."""

    key: str
    recorded: str  # version
    installed: str
    days: tuple[Change, ...]
    moved: tuple[Moved, ...]


class Recorded:
    """The calendars of a docket; one that is not recorded yet is computed, and ``rows`` enters it."""

    def __init__(self, docket: Docket, today: dt.date) -> None:
        self._docket = docket
        self._today = today
        self._held: dict[str, Calendar] = {}
        self._span: tuple[int, int] | None = None

    def __call__(self, key: str) -> Calendar:
        """The calendar of that key; keys joined by ``+`` count the days of each."""
        if key not in self._held:
            first, *others = key.split("+")
            made = self._one(first)
            for other in others:
                made = made.joined(self._one(other))
            self._held[key] = made
        return self._held[key]

    def _one(self, key: str) -> Calendar:
        if key not in self._held:
            recorded = self._docket.calendars.get(key)
            made = _longer(recorded, *self._years()) if recorded else compute_calendar(key, *self._years())
            self._held[key] = made
        return self._held[key]

    def _years(self) -> tuple[int, int]:
        """From before the first date that the docket speaks of to some years after today and the last."""
        if self._span is None:
            self._span = _years(self._docket, self._today)
        return self._span

    def rows(self) -> list[Row]:
        """Calendars that the docket needs and that are not recorded, or not for years enough."""
        found: list[Row] = []
        for key in sorted(needed(self._docket)):
            for part in key.split("+"):
                if self._one(part) != self._docket.calendars.get(part):
                    found.append(("calendar", part, self._one(part).as_dict()))
        return list({row[1]: row for row in found}.values())

    def changes(self, as_of: dt.date) -> list[CalendarChange]:
        """Recorded calendars that the installed library would compute otherwise, with the dates that would move."""
        found = []
        for key, old in self._docket.calendars.items():
            new = compute_calendar(key, old.first, old.last)
            days = differences(old, new)
            if days:
                found.append(CalendarChange(key, old.version, new.version, tuple(days), self._moved(key, new, as_of)))
        return found

    def _moved(self, key: str, new: Calendar, as_of: dt.date) -> tuple[Moved, ...]:
        other = Recorded(self._docket, self._today)
        other._held[key] = new
        before = {(one.demand.id, one.recipient.id): one for one in standings(self._docket, as_of, self)}
        return tuple(
            Moved(one.demand.id, one.recipient.id, old.clock.due, one.clock.due)
            for one in standings(self._docket, as_of, other)
            if (old := before[one.demand.id, one.recipient.id]).clock.due != one.clock.due
        )

    def accepted(self, key: str) -> Row:
        """The row that puts the installed library's list in the place of the recorded one."""
        old = self._docket.calendars[key]
        return "calendar", key, compute_calendar(key, old.first, old.last).as_dict()


def needed(docket: Docket) -> set[str]:
    """The keys of the calendars that the docket's demands count with."""
    return {
        calendar_key(demand, docket.recipients[one])
        for demand in docket.demands.values()
        for one in demand.recipients
        if one in docket.recipients
    }


def _longer(recorded: Calendar, first: int, last: int) -> Calendar:
    """The recorded list, continued to more years when it is not long enough; its own years stay as they are."""
    if recorded.first <= first and recorded.last >= last - _AHEAD + _ENOUGH:
        return recorded
    new = compute_calendar(recorded.key, min(first, recorded.first), max(last, recorded.last))

    def merged(old: Iterable[tuple[dt.date, str]], fresh: Iterable[tuple[dt.date, str]]) -> dict[dt.date, str]:
        beyond = {day: name for day, name in fresh if not recorded.first <= day.year <= recorded.last}
        return dict(sorted({**dict(old), **beyond}.items()))

    days = merged(recorded.days.items(), new.days.items())
    contested = merged(recorded.contested.items(), new.contested.items())
    return Calendar(recorded.key, recorded.version, new.first, new.last, days, contested)


def _years(docket: Docket, today: dt.date) -> tuple[int, int]:
    days = [today]
    for demand in docket.demands.values():
        days += [day for day in (demand.dated, demand.served, demand.due) if day]
    days += [one.day for one in docket.events]
    days += [day for one in docket.events if (day := one.date("until"))]
    return min(days).year - _BEHIND, max(days).year + _AHEAD + _granted(docket) // 365


def _granted(docket: Docket) -> int:
    """The most days that one recipient can have been given by a demand's own period and its extensions together."""
    given: Counter[str] = Counter()
    for event in docket.events:
        if days := event.number("days"):
            unit = 2 if event.data.get("unit") == "business days" else 1  # with weekends and holidays
            given.update(dict.fromkeys(event.recipients, unit * days))
    own = max((2 * one.days for one in docket.demands.values()), default=0)
    return own + max(given.values(), default=0)


def from_row(row: Row) -> Calendar:
    """The calendar of a row."""
    return Calendar.from_dict(row[2])
