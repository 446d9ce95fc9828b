"""The recorded list of days a count rests on: computed once, kept with the deadline, compared after an upgrade."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tecum.deadlines.wording import shown
from tecum.errors import CalendarTooShort, CalendarUnknown

WEEKEND: Final = "weekend"
_SATURDAY: Final = 5
_KEY: Final = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")


@dataclass(frozen=True)
class Calendar:
    """Legal holidays of one place over some years. What is counted with it depends on nothing else.

    Args:
        key: country, or country and subdivision, by ISO codes (``US``, ``US-IL``); two joined by ``+``.
        version: what computed it, such as ``holidays 0.109``.
        first: first year covered, from 1 January.
        last: last year covered, to 31 December.
        days: legal holidays and their names, observed days among them.
        contested: closures by executive order and their names. Whether such a day is one "declared a holiday by
            the President" (Rule 6(a)(6)(B)) is not settled, so it stands here and never in ``days``.
    """

    key: str
    version: str
    first: int
    last: int
    days: Mapping[dt.date, str] = field(hash=False)
    contested: Mapping[dt.date, str] = field(hash=False)

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"calendar {self.key}: the first year, {self.first}, is after the last, {self.last}")
        for name in ("days", "contested"):  # copied, so that nobody else holds what results depend on
            object.__setattr__(self, name, dict(sorted(getattr(self, name).items())))

    @property
    def subnational(self) -> bool:
        """Whether days of a state or province are among them."""
        return "-" in self.key

    @property
    def federal(self) -> bool:
        """Whether the whole country's days are among them."""
        return any("-" not in key for key in self.key.split("+"))

    def off(self, day: dt.date, *, closures: bool = False) -> str:
        """Return why ``day`` is no business day (``weekend``, or the holiday's name), "" when it is one.

        ``closures`` takes the contested closures for holidays.

        Raises:
            CalendarTooShort: when the calendar does not cover the day.
        """
        if not self.first <= day.year <= self.last:
            raise CalendarTooShort(
                f"The count reaches {shown(day)}; the calendar {self.key} covers {self.first} to {self.last}."
            )
        if day.weekday() >= _SATURDAY:
            return WEEKEND
        return self.days.get(day, "") or (self.contested.get(day, "") if closures else "")

    def joined(self, other: Calendar) -> Calendar:
        """Return the calendar of the days of both, over the years both cover.

        Rule 6(a)(6)(C): for a period measured after an event a federal court counts the legal holidays of its
        state beside the federal ones. A state's own list cannot stand for both: many omit Columbus Day.

        Raises:
            ValueError: when no year is covered by both.
        """
        days = {**other.days, **self.days}
        contested = {**other.contested, **self.contested}
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Calendar(
            f"{self.key}+{other.key}",
            self.version if self.version == other.version else f"{self.version} and {other.version}",
            first,
            last,
            {day: name for day, name in days.items() if first <= day.year <= last},
            {day: name for day, name in contested.items() if day not in days and first <= day.year <= last},
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the calendar ready for JSON, days as ISO dates in order."""
        return {
            "key": self.key,
            "version": self.version,
            "first": self.first,
            "last": self.last,
            "days": {day.isoformat(): name for day, name in self.days.items()},
            "contested": {day.isoformat(): name for day, name in self.contested.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calendar:
        """Return the calendar that :meth:`as_dict` gave.

        Raises:
            KeyError: when a key is missing.
            ValueError: when a day is not an ISO date.
        """
        return cls(
            values["key"],
            values["version"],
            values["first"],
            values["last"],
            {dt.date.fromisoformat(day): name for day, name in values["days"].items()},
            {dt.date.fromisoformat(day): name for day, name in values["contested"].items()},
        )

    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, of the canonical JSON: equal for equal calendars, on every system."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def compute_calendar(key: str, first: int, last: int) -> Calendar:
    """Compute a calendar for the years ``first`` to ``last`` with the ``holidays`` library.

    ``days`` is that library's category ``public``, ``contested`` what its category ``government`` adds. Names
    are in English where the library has them, else in the country's language; never in the user's, for the same
    call must give the same calendar everywhere.

    Raises:
        CalendarUnknown: for a key the library does not know, or a country whose weekend is not Saturday and
            Sunday throughout: counting takes these two for granted.
        CalendarTooShort: for years the library knows nothing about.
    """
    from importlib.metadata import version as installed

    import holidays

    version = f"holidays {installed('holidays')}"
    found = _KEY.fullmatch(key)
    country, subdivision = (found[1], found[2]) if found else ("", None)
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known or (subdivision and subdivision not in known[country]):
        raise CalendarUnknown(f"The calendar {key!r} is not known to {version}.")
    bare = holidays.country_holidays(country, subdiv=subdivision)
    if first < bare.start_year or last > bare.end_year:
        raise CalendarTooShort(
            f"{version} knows {key} from {bare.start_year} to {bare.end_year}, not all of {first} to {last}.",
            remedy="Take years within these",
        )
    years = range(first, last + 1)
    language = "en_US" if "en_US" in bare.supported_languages else bare.default_language

    def listed(category: str) -> dict[dt.date, str]:
        table = holidays.country_holidays(
            country, subdiv=subdivision, years=years, expand=False, language=language, categories=category
        )
        if table.weekend != {5, 6} or any(day.year in years for day in table.weekend_workdays):
            raise CalendarUnknown(f"The weekend of {key} is not always Saturday and Sunday; such counts are not made.")
        return dict(table)

    days = listed("public")
    closed = listed("government") if "government" in bare.supported_categories else {}
    contested = {day: name for day, name in closed.items() if day not in days}
    return Calendar(key, version, first, last, days, contested)


ChangeKind = Literal["added", "removed", "renamed", "settled", "unsettled"]


@dataclass(frozen=True)
class Change:
    """One day on which two calendars differ; a name is "" where the calendar does not list the day.

    ``kind``: the day was ``added``, ``removed`` or only ``renamed``; a contested closure was ``settled`` as a
    holiday, or a holiday became ``unsettled``. ``contested`` says whether the day stands among the contested
    closures in the newer calendar (for ``removed``: stood there in the older one).
    """

    date: dt.date
    old: str
    new: str
    kind: ChangeKind
    contested: bool


def differences(old: Calendar, new: Calendar) -> list[Change]:
    """Return what changed from ``old`` to ``new`` over the years both cover, in order of date.

    Raises:
        ValueError: when they are calendars of different places, which nobody wants compared.
    """
    if old.key != new.key:
        raise ValueError(f"{old.key} and {new.key} are calendars of different places")
    first, last = max(old.first, new.first), min(old.last, new.last)
    days = sorted({*old.days, *old.contested, *new.days, *new.contested})
    return [change for day in days if first <= day.year <= last and (change := _change(day, old, new)) is not None]


def _change(day: dt.date, old: Calendar, new: Calendar) -> Change | None:
    before = old.days.get(day) or old.contested.get(day, "")
    after = new.days.get(day) or new.contested.get(day, "")
    was_contested, is_contested = day not in old.days, day not in new.days
    kind: ChangeKind
    if not before:
        kind = "added"
    elif not after:
        return Change(day, before, "", "removed", was_contested)
    elif was_contested != is_contested:
        kind = "unsettled" if is_contested else "settled"
    elif before != after:
        kind = "renamed"
    else:
        return None
    return Change(day, before, after, kind, is_contested)
