"""A date held up by a pause: what it was, and what it becomes when the paused days are made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from tecum.deadlines.calendar import Calendar
from tecum.deadlines.counting import Count, Pause, settle
from tecum.deadlines.deadline import Deadline, count_by_rule, trigger_lines
from tecum.deadlines.explaining import Cite, calendar_line, conclusion, explain, pause_lines, rule_lines, uncited
from tecum.deadlines.rules import Rule
from tecum.deadlines.wording import shown


@dataclass(frozen=True)
class Tolled:
    """A nominal date and the same date tolled.

    ``nominal`` and ``nominal_later`` are those of the deadline without pauses. ``tolled`` is the date to act on,
    None while a pause that began on or before the nominal date is still running; ``later`` the other date where
    it is contested. ``running`` says that a running pause leaves at least one of the two open.
    """

    nominal: dt.date
    nominal_later: dt.date | None
    tolled: dt.date | None
    later: dt.date | None
    running: bool
    lines: tuple[str, ...]


def tolled(
    nominal: Deadline,
    pauses: Iterable[Pause],
    calendar: Calendar,
    *,
    trigger: dt.date | None = None,
    rule: Rule | None = None,
    count: int | None = None,
    by_mail: bool = False,
    extended: bool = False,
    not_after: dt.date | None = None,
) -> Tolled:
    """Return a deadline as it stands under pauses.

    With ``rule`` and ``trigger`` the period is counted anew without the paused days: give what :func:`by_rule`
    was given for ``nominal``. Without ``rule`` the date was stated, ordered or agreed: the paused calendar days
    before it (after ``trigger``, where that is known) are added to it, and a date so moved rolls forward.

    A pause that begins after the date has no effect, for the deadline had passed; one that begins on it has.
    Days that several pauses hold are left out once.

    Raises:
        CalendarTooShort: when the count reaches a day the calendar does not cover.
        ValueError: for a rule without a trigger; else as :func:`by_rule`.
    """
    pauses = tuple(pauses)
    cite: Cite = uncited
    start: list[str] = []
    end = [calendar_line(calendar, rule.calendar if rule else "any")]
    if rule is None:
        dates = [nominal.date] if nominal.later is None else [nominal.date, nominal.later]
        counts = [Count(trigger, (), "forward", calendar, pauses, day) for day in dates]
    elif trigger is None:
        raise ValueError(f"{rule.key} cannot be counted anew without its trigger")
    else:
        cite = rule.part
        start, end = trigger_lines(rule, trigger, by_mail=by_mail), [*end, *rule_lines(rule, trigger)]
        counts = [
            count_by_rule(
                rule,
                trigger,
                calendar,
                count=count,
                by_mail=by_mail,
                extended=extended,
                not_after=not_after,
                pauses=pauses,
            )
        ]
    found = [(one, one.ways()) for one in counts]
    ways = [way for _, those in found for way in those]
    date, later = settle(ways)
    running = any(way.end is None for way in ways)
    other = f", or {shown(nominal.later)}" if nominal.later else ""
    lines = [
        f"Nominal date, without pauses: {shown(nominal.date)}{other}.",
        *start,
        *pause_lines(pauses, ways),
        *(line for one, those in found for line in explain(one, those, cite)),
        conclusion(date, later, running=running),
        *end,
    ]
    return Tolled(nominal.date, nominal.later, date, later, running, tuple(lines))
