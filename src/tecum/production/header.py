"""The head of a produced mail: the same lines on its page and in its text."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

_LINES = (("From", "from"), ("To", "to"), ("Cc", "cc"), ("Bcc", "bcc"))


def mail_header(fields: dict[str, Any], date: str, zone: str, attached: list[str]) -> dict[str, Any]:
    """Return from, to, cc, bcc, date, subject, attachments; ``date`` is UTC, shown in the matter's zone."""
    return {
        **{key: fields[key] for _, key in _LINES if fields.get(key)},
        "date": shown_moment(date, zone) or str(fields.get("sent_header", "")) or "no date",
        "subject": str(fields.get("subject", "")),
        "attachments": attached,
    }


def shown_moment(date: str, zone: str) -> str:
    """A UTC time in the matter's zone, with the zone's name: ``2018-01-24 09:05:00 CST``; "" stays ""."""
    if not date:
        return ""
    moment = dt.datetime.fromisoformat(date).astimezone(zoneinfo.ZoneInfo(zone))
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"


def text_header(fields: dict[str, Any], date: str, zone: str, attached: list[str]) -> str:
    """The header as text, an empty line after it."""
    header = mail_header(fields, date, zone, attached)
    lines = [
        (label, header[key]) for label, key in (*_LINES, ("Sent", "date"), ("Subject", "subject")) if key in header
    ]
    if attached:
        lines.append(("Attachments", attached))
    return "".join(f"{label}: {_joined(value)}\n" for label, value in lines) + "\n"


def _joined(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value or "")
