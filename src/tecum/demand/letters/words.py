"""How letters write dates, amounts and lists: in American English, whatever the locale of the machine."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

UNVERIFIED: Final = "(unverified)"
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.+Z-]*)?")
_AMOUNT: Final = re.compile(r"\$?(\d[\d,]{0,30}(?:\.\d{1,10})?)")


def full(day: dt.date) -> str:
    """A date in full: ``February 23, 2018``."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def with_weekday(day: dt.date) -> str:
    """``Friday, February 23, 2018``."""
    return f"{_DAYS[day.weekday()]}, {full(day)}"


def dated(text: str) -> str:
    """An ISO date or time as a date in full; anything else, such as a source's own wording, as it is."""
    if not _DATE.fullmatch(text):
        return text
    try:
        return full(dt.date.fromisoformat(text[:10]))
    except ValueError:
        return text


def money(amount: str | Decimal | None, sure: str = "") -> str:
    """``$1,234.50``, whole dollars without cents; marked where it is unverified. Words stay as they are."""
    said = "" if amount is None else str(amount)
    if plain := _AMOUNT.fullmatch(said):
        number = Decimal(plain[1].replace(",", ""))
        whole = number == number.to_integral_value()
        said = f"${number:,.0f}" if whole else f"${number:,.2f}"
    return marked(said, sure)


def marked(text: str, sure: str) -> str:
    """The text, with its mark when nobody should rely on it."""
    return f"{text} {UNVERIFIED}" if sure == "unverified" and text else text


def listed(parts: Sequence[str]) -> str:
    """``1, 3 and 4(a)``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
