"""The docket's dates as an iCalendar file (RFC 5545): one for the matter, or one for each person who follows it.

An entry keeps its UID as long as it means the same thing, so a program that subscribes moves it instead of adding one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tecum.demand.standing import Standing
from tecum.demand.tasks import RECIPIENT, tasks

if TYPE_CHECKING:
    from icalendar import Event

_PRODUCT = "-//tecum//docket//EN"
_WARN = dt.timedelta(days=-3)


def feed(found: Iterable[Standing], matter: str, stamp: dt.datetime) -> bytes:
    """Return the calendar.

    Args:
        found: whose dates.
        matter: the matter's name; part of each UID.
        stamp: when it was made, in UTC.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{matter}: deadlines")
    for one in found:
        for key, day, title, lines in _dates(one):
            calendar.add_component(_entry(matter, one, key, day, title, lines, stamp))
    return bytes(calendar.to_ical())


def _dates(one: Standing) -> Iterator[tuple[str, dt.date, str, Sequence[str]]]:
    """Every date that runs: (key, day, title, explanation)."""
    if one.ended:
        return
    name = one.recipient.name
    for task in tasks(one):
        if task.by is not None:
            lines = one.clock.lines if task.who == RECIPIENT and task.by == one.clock.due else ()
            yield task.key, task.by, f"{name}: {task.what}", lines
    if one.clock.later and one.clock.due:
        said = f"{name}: answer, if the contested day does not count"
        yield "answer/later", one.clock.later, said, one.clock.lines


def _entry(
    matter: str, one: Standing, key: str, day: dt.date, title: str, lines: Sequence[str], stamp: dt.datetime
) -> Event:
    from icalendar import Alarm, Event

    entry = Event()
    identity = "\0".join((matter, one.demand.id, one.recipient.id, key))
    entry.add("uid", f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}@tecum")
    entry.add("dtstamp", stamp)
    entry.add("dtstart", day)
    entry.add("dtend", day + dt.timedelta(days=1))
    entry.add("summary", title)
    entry.add("description", "\n".join([one.demand.title, *lines]))
    entry.add("categories", [one.demand.id, one.response])
    entry.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", _WARN)
    entry.add_component(alarm)
    return entry
