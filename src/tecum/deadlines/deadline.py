"""The dates of a matter, each with its account: counted by rule, counted back, stated, extended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from tecum.deadlines.calendar import Calendar
from tecum.deadlines.counting import Count, Pause, Roll, Stretch, Unit, settle
from tecum.deadlines.explaining import Cite, calendar_line, conclusion, explain, pause_lines, rule_lines, uncited
from tecum.deadlines.rules import Rule
from tecum.deadlines.wording import counted, shown


@dataclass(frozen=True)
class Deadline:
    """A date and how it came about.

    ``date`` is the one to act on; ``later`` the other date where it is contested which one is right, else None.
    ``rule``, ``calendar`` and ``version`` say what it was computed with ("" for a calendar that was not needed);
    the calendar itself is recorded beside it, so that the date can be counted again. ``lines`` can be read aloud.
    """

    date: dt.date
    later: dt.date | None
    rule: str
    calendar: str
    version: str
    lines: tuple[str, ...]


def by_rule(
    rule: Rule,
    trigger: dt.date,
    calendar: Calendar,
    *,
    count: int | None = None,
    by_mail: bool = False,
    extended: bool = False,
    not_after: dt.date | None = None,
    pauses: Iterable[Pause] = (),
) -> Deadline:
    """Count a rule's period from its trigger.

    Args:
        rule: one of :func:`tecum.deadlines.rules`.
        trigger: the day that begins the period; it is not counted itself.
        calendar: the days off; see :meth:`Calendar.joined` for a federal court that keeps its state's holidays.
        count: the number of days, where the rule leaves it to the instrument or an order changed it.
        by_mail: whether the paper was served by mail, for rules that then add days.
        extended: whether the rule's own extension was taken.
        not_after: a stated date that governs when it is earlier, such as a subpoena's return date.
        pauses: ended pauses; paused days are not counted, whether of the period or before ``not_after``.

    Raises:
        CalendarTooShort: when the count reaches a day the calendar does not cover.
        ValueError: when the rule names no count and none is given, or names no extension and one is claimed; when
            a pause that is still running leaves no date (:func:`tecum.deadlines.tolled` says how things stand).
    """
    what = count_by_rule(
        rule, trigger, calendar, count=count, by_mail=by_mail, extended=extended, not_after=not_after, pauses=pauses
    )
    start, end = trigger_lines(rule, trigger, by_mail=by_mail), rule_lines(rule, trigger)
    return _settled(what, rule.key, start, end, cite=rule.part, wanted=rule.calendar)


def count_by_rule(
    rule: Rule,
    trigger: dt.date,
    calendar: Calendar,
    *,
    count: int | None,
    by_mail: bool,
    extended: bool,
    not_after: dt.date | None,
    pauses: Iterable[Pause],
) -> Count:
    """Return what :func:`by_rule` counts, before it is counted.

    Raises:
        ValueError: as :func:`by_rule`.
    """
    days = rule.count if count is None else count
    if days is None:
        raise ValueError(f"{rule.key} names no number of days; give one")
    if extended and not rule.extension:
        raise ValueError(f"{rule.key} names no extension of its own; extend the date with extended_by")
    intro = []
    if rule.count is not None and days != rule.count:
        intro.append(f"Count: {counted(days, rule.unit)}, as given, in place of the rule's {rule.count}.")
    if extended:
        intro.append(f"Extension: {counted(rule.extension, rule.unit)} on top of {days}.")
    stretches = [Stretch(days + (rule.extension if extended else 0), rule.unit, " ".join(intro))]
    if by_mail and rule.mail_days:
        # Rule 6(d): the days "are added after the period would otherwise expire under Rule 6(a)". It expires after
        # its own roll (6(a)(1)(C)), so the first roll comes before the three days and a second one after them; the
        # committee note of 2005 walks through it: day 30 a Saturday, Monday a holiday, so the period expires on
        # Tuesday, and Wednesday, Thursday and Friday are added. All three count, whatever days they are.
        mail = f"Service by mail: {counted(rule.mail_days, 'days')} more after the period would otherwise expire"
        stretches.append(Stretch(rule.mail_days, "days", f"{mail} (FRCP 6(d))."))
    return Count(trigger, tuple(stretches), rule.roll, calendar, tuple(pauses), not_after)


def trigger_lines(rule: Rule, trigger: dt.date, *, by_mail: bool) -> list[str]:
    """Return the sentences that open the account of a count by rule."""
    lines = [f"Trigger: {rule.trigger} on {shown(trigger)}; the day itself is not counted{rule.part('A')}."]
    if by_mail and not rule.mail_days:
        lines.append("Service by mail adds no days under this rule.")
    return lines


def backward(event: dt.date, days: int, federal: Calendar) -> Deadline:
    """Count ``days`` back from an event, as notice before a hearing is counted, and roll further back (6(a)(5)).

    A state's holidays do not count for a period measured before an event (6(a)(6)(C)).

    Raises:
        CalendarTooShort: when the count reaches a day the calendar does not cover.
        ValueError: for a calendar with a state's days.
    """
    if federal.subnational:
        raise ValueError(f"{federal.key} holds a state's days, which do not count backward; give the federal calendar")
    start = [
        f"Counted back from {shown(event)}; the day itself is not counted (FRCP 6(a)(1)(A)).",
        "A state's holidays do not count for a period measured before an event (FRCP 6(a)(6)(C)): federal days only.",
    ]
    what = Count(event, (Stretch(days, "days"),), "forward", federal, step=-1)
    return _settled(what, "frcp-6-backward", start, ["Rule: frcp-6-backward, FRCP 6(a)(1), (5) and (6)."])


def stated(day: dt.date, why: str) -> Deadline:
    """Return a date that was stated, ordered or agreed; ``why`` says where it stands.

    Nothing is counted, and it does not roll: Rule 6(a) applies only when a period must be computed, not when a
    fixed time to act is set (committee note of 2009).
    """
    lines = (f"Stated: {shown(day)} ({why}).", "No days are counted, and a stated date does not move to another day.")
    return Deadline(day, None, "stated", "", "", (*lines, conclusion(day, None)))


def extended_by(current: dt.date, count: int, unit: Unit, calendar: Calendar, roll: Roll = "forward") -> Deadline:
    """Move a date by any number of days or business days, as agreed or ordered; ``current`` is not counted.

    Raises:
        CalendarTooShort: when the count reaches a day the calendar does not cover.
        ValueError: for a negative count.
    """
    start = [f"Extension: {counted(count, unit)} from {shown(current)}; the day itself is not counted."]
    what = Count(current, (Stretch(count, unit),), roll, calendar)
    return _settled(what, "extension", start, ["Rule: extension, as agreed or ordered."])


def _settled(
    what: Count, rule: str, start: list[str], end: list[str], *, cite: Cite = uncited, wanted: str = "any"
) -> Deadline:
    """Count, and put the account together."""
    ways = what.ways()
    date, later = settle(ways)
    if date is None or any(way.end is None for way in ways):
        raise ValueError("a pause that is still running leaves the date open; ask tolled() how things stand")
    middle = [*pause_lines(what.pauses, ways), *explain(what, ways, cite), conclusion(date, later)]
    account = [*start, *middle, calendar_line(what.calendar, wanted), *end]
    return Deadline(date, later, rule, what.calendar.key, what.calendar.version, tuple(account))
