"""A count put into sentences: which days were counted, which were left out and why, and what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from tecum.deadlines.calendar import Calendar
from tecum.deadlines.counting import Count, Leg, Pause, Way
from tecum.deadlines.rules import Rule
from tecum.deadlines.wording import counted, listed, named, shown

Cite = Callable[[str], str]  # letter of Rule 6(a)(1) -> " (FRCP 6(a)(1)(A))", "" where another method counts


def uncited(letter: str) -> str:
    """Cite nothing: the count rests on no text with lettered parts."""
    return ""


def explain(count: Count, ways: Sequence[Way], cite: Cite = uncited) -> list[str]:
    """Return the sentences on how the days were counted; ``ways`` are those of ``count``."""
    lines: list[str] = []
    for leg in ways[0].legs:
        lines += _leg_lines(leg, cite, count.step)
    if count.not_after is not None:
        lines += _stated_lines(count.not_after, ways[0])
    return lines + _contested_lines(ways, count.calendar)


def pause_lines(pauses: Iterable[Pause], ways: Sequence[Way]) -> list[str]:
    """Return a sentence for each pause: how long it holds, why, and whether it matters here."""
    lines = []
    for pause in pauses:
        until = f"until {shown(pause.end)}, which counts again" if pause.end else "still running"
        touched = any(pause.holds(day) for way in ways for leg in way.walked for day in leg.held)
        idle = "" if touched else ": no day of this count falls into it"
        lines.append(f"Pause: from {shown(pause.start)}, {until} ({pause.why}){idle}.")
    return lines


def conclusion(day: dt.date | None, later: dt.date | None, *, running: bool = False) -> str:
    """Return the sentence with the date to act on; ``running`` says that a running pause leaves a date open."""
    if day is None:
        return "No date can be given while the pause is running."
    others = [f"the later one is {shown(later)}"] if later else []
    if running:
        others.append("another is open while the pause is running")
    return f"Act by {shown(day)}{f', the earlier date; {listed(others)}' if others else ''}."


def calendar_line(calendar: Calendar, wanted: str = "any") -> str:
    """Return which days were taken for holidays, with a warning where the rule counts by another calendar.

    ``wanted`` is :attr:`Rule.calendar`.
    """
    line = f"Calendar: {calendar.key}, {calendar.version}"
    if wanted == "state" and not calendar.subnational:
        return f"{line}; the rule counts by the recipient's state calendar, so confirm the date with that."
    if wanted == "federal" and not calendar.federal:
        return f"{line}; the rule counts by the federal calendar, so confirm the date with that."
    if calendar.subnational:
        return f"{line}; a state's days are as listed there, so confirm them with the office concerned."
    return f"{line}."


def rule_lines(rule: Rule, trigger: dt.date) -> list[str]:
    """Return what the count rests on, and every reason to look it up before relying on it."""
    since = f", effective {shown(dt.date.fromisoformat(rule.effective))}" if rule.effective else ""
    lines = [f"Rule: {rule.key}, {rule.title}, {rule.citation}{since}."]
    if rule.effective and trigger < dt.date.fromisoformat(rule.effective):
        lines.append("The text cited is younger than the trigger: confirm the text that was then in force.")
    if not rule.verified:
        lines.append("Not verified: confirm the rule before relying on this date.")
    return lines + ([f"Note: {rule.note}"] if rule.note else [])


def _leg_lines(leg: Leg, cite: Cite, step: int) -> list[str]:
    stretch = leg.stretch
    size = counted(stretch.count, stretch.unit)
    lines = [stretch.intro] if stretch.intro else []
    if leg.paused and leg.raw is not None:
        lines.append(f"Left out for a pause: {counted(len(leg.paused), 'days')}.")
    if leg.raw is None:
        left = stretch.count - leg.counted
        lines.append(f"{size}: {leg.counted} were counted before the pause that is still running, {left} remain.")
    elif stretch.count == 0:
        lines.append(f"{size}: the day itself, {shown(leg.raw)}.")
    elif stretch.unit == "days":
        every = f"every day counted, weekends too{cite('B')}"
        lines.append(f"{size}, {every}: day {stretch.count} is {shown(leg.raw)}.")
    else:
        lines.append(f"{size}, weekends and holidays not counted: day {stretch.count} is {shown(leg.raw)}.")
    if leg.skipped:
        lines.append(f"Skipped: {named(leg.skipped)}.")
    return lines + _roll_lines(leg, cite("C") if step > 0 else " (FRCP 6(a)(5))", step)


def _roll_lines(leg: Leg, cited: str, step: int = 1) -> list[str]:
    if not leg.passed:
        return []
    to = f"the period runs {'on' if step > 0 else 'back'} to {shown(leg.end)}{cited}" if leg.end else "the date is open"
    return [f"{named(leg.passed)} cannot be the last day: {to}."]


def _stated_lines(day: dt.date, way: Way) -> list[str]:
    """What becomes of the stated date, and which is the earlier where a period stands beside it."""
    lines: list[str] = []
    cap = way.cap
    if cap is not None and cap.end != day:
        days = counted(len(cap.paused), "days")
        if cap.raw is None:
            left = counted(cap.stretch.count - cap.counted, "days")
            lines.append(f"{shown(day)} is held up by a pause that is still running; {left} remained when it began.")
        else:
            lines += [f"{days} paused before {shown(day)} are added to it: {shown(cap.raw)}.", *_roll_lines(cap, "")]
    if way.legs and way.end is not None:
        governs = "governs, being the earlier" if way.end != way.period_end else "is not earlier"
        lines.append(f"The date stated as the limit, {shown(day)}, {governs}.")
    return lines


def _contested_lines(ways: Sequence[Way], calendar: Calendar) -> list[str]:
    """One sentence for each open question that changes the date."""
    lines = []
    plain, rolled, closed = ways[0], ways[-2], ways[-1]
    if rolled.end != plain.end:
        lines.append(
            "Contested: whether a last day on a weekend or holiday moves on is not settled by a text that was read. "
            f"If it moves: {_open_or(rolled.end)}."
        )
    if closed.end != rolled.end:
        left_out = {day: why for leg in closed.walked for day, why in (*leg.skipped, *leg.passed)}
        closures = sorted((day, why) for day, why in left_out.items() if day in calendar.contested)
        lines.append(
            f"Contested: closed by executive order, {named(closures)}; whether such a day counts as a "
            f"legal holiday (FRCP 6(a)(6)(B)) is not verified. If it does: {_open_or(closed.end)}."
        )
    return lines


def _open_or(day: dt.date | None) -> str:
    return shown(day) if day else "no date while the pause is running"
