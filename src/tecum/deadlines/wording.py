"""How days and counts are said in a letter, in English and never in the locale of the machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def shown(day: dt.date) -> str:
    """Return a day with its weekday: ``Wed 24 Jan 2018``."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def counted(count: int, unit: str) -> str:
    """Return ``30 days`` or ``1 business day``."""
    return f"{count} {unit.removesuffix('s') if count == 1 else unit}"


def named(days: Iterable[tuple[dt.date, str]]) -> str:
    """Return days with their names: ``Sun 31 Dec 2017 (weekend) and Mon 1 Jan 2018 (New Year's Day)``."""
    return listed([f"{shown(day)} ({name})" for day, name in days])


def listed(parts: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
