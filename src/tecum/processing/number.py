"""When discovery closes: every document and unprocessable item gets its control number and family place.

Order: source, path bytes, position within. A later run numbers only what is new, after the last number.
"""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.engine.schema import document, item, source
from tecum.engine.store import put_rows
from tecum.matter import Matter
from tecum.model import CHAT_KINDS, MAIL_KINDS, Disposition, ExceptionCode
from tecum.processing.rows import RECEIVED, add_exceptions

CONTROL = "C{:08d}"
_BATCH = 1000
_UNDATED = ("IPM.Contact", "IPM.DistList", "IPM.Task", "IPM.StickyNote", "IPM.Activity")  # nobody sent them
_NUMBERED = (Disposition.DOCUMENT, Disposition.UNPROCESSABLE)
_DOCUMENT_DATES = (("modified", "document property"), ("created", "document property"))
_RECEIVED_DATES = (("sent", "load file"), ("modified", "load file"), ("created", "load file"))


@dataclass
class _Place:
    """Where the walk stands: an item that has something below it."""

    sort: bytes
    source: int
    document: int  # nearest document at or above it; 0 = none
    family: int
    level: int
    family_date: str


def number(matter: Matter) -> int:
    """Number what has no number yet; return how many were numbered."""
    zone = zoneinfo.ZoneInfo(matter.settings.plan.production.time_zone or "UTC")
    with matter.read() as db:
        last = db.execute(select(func.max(document.c.id))).scalar() or 0
        unnumbered = db.execute(
            select(item.c.key)
            .outerjoin(document, document.c.item == item.c.key)
            .where(item.c.disposition.in_(_NUMBERED), document.c.id.is_(None))
            .limit(1)
        ).first()
    if unnumbered is None:
        return 0
    following = last
    batch: list[dict[str, Any]] = []
    troubles: list[dict[str, str]] = []
    for row in _new_documents(matter, zone, following, troubles):
        following = row["id"]
        batch.append(row)
        if len(batch) >= _BATCH:
            _enter(matter, batch, troubles)
    _enter(matter, batch, troubles)
    return following - last


def _enter(matter: Matter, batch: list[dict[str, Any]], troubles: list[dict[str, str]]) -> None:
    if batch:
        with matter.write() as db:
            put_rows(db, document, batch)
            add_exceptions(db, troubles)
            body = {"first": batch[0]["control"], "last": batch[-1]["control"]}
            matter.act(db, "number", "documents", body)
    batch.clear()
    troubles.clear()


def _new_documents(
    matter: Matter, zone: zoneinfo.ZoneInfo, last: int, troubles: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    above: list[_Place] = []
    for row in _in_order(matter):
        while above and not (
            above[-1].source == row.source and row.sort.startswith(above[-1].sort + b"\0"[: row.depth == 1])
        ):
            above.pop()
        up = above[-1] if above and row.depth else _Place(b"", 0, 0, 0, 0, "")
        place = _Place(row.sort, row.source, up.document, up.family, up.level, up.family_date)
        above.append(place)
        if row.disposition not in _NUMBERED:
            continue
        date, date_source, trouble = date_of(row, zone)
        place.level = up.level + 1
        if row.document is None:
            last += 1
            place.document = last
        else:
            place.document = row.document
        place.family = up.family or place.document
        place.family_date = up.family_date if up.family else date
        if row.document is not None:
            continue
        if trouble:
            troubles.append(
                {
                    "item": row.key,
                    "stage": "number",
                    "code": ExceptionCode.DATE_GUESSED,
                    "message": trouble,
                    "tool": "",
                }
            )
        yield {
            "id": last,
            "control": CONTROL.format(last),
            "item": row.key,
            "family": place.family,
            "parent": up.document,
            "level": place.level,
            "custodian": row.custodian,
            "date": date,
            "date_source": date_source,
            "family_date": place.family_date,
        }


def _in_order(matter: Matter) -> Iterator[Any]:
    """Every item in the order of numbering, page by page so that no snapshot is held for long."""
    columns = (
        item.c.key, item.c.source, item.c.sort, item.c.depth, item.c.disposition, item.c.kind,
        item.c.modified, item.c.fields, source.c.custodian, document.c.id.label("document"),
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(source, source.c.id == item.c.source)
        .outerjoin(document, document.c.item == item.c.key)
        .order_by(item.c.source, item.c.sort)
        .limit(5000)
    )
    at = (0, b"")
    while True:
        with matter.read() as db:
            page = _page(db, statement, at)
        if not page:
            return
        yield from page
        at = (page[-1].source, page[-1].sort)


def _page(db: Connection, statement: Any, at: tuple[int, bytes]) -> list[Any]:
    after = (item.c.source > at[0]) | ((item.c.source == at[0]) & (item.c.sort > at[1]))
    return list(db.execute(statement.where(after)))


def date_of(row: Any, zone: zoneinfo.ZoneInfo) -> tuple[str, str, str]:
    """Return a document's date in UTC, where it comes from, and what was assumed ("" = nothing).

    A mail's date is the one it was sent; without one it stays undated. A conversation's is its first message's.
    A file's is the one it was last changed, else made: its own properties before the file system's or the
    archive's time. Of a received document the load file alone says so: the time of a file in a volume is that
    of its copying.
    """
    fields = json.loads(row.fields)
    if row.kind in MAIL_KINDS and row.disposition == Disposition.DOCUMENT:
        sent = fields.get("sent", "")
        if not sent:
            undated = str(fields.get("item_class", "")).startswith(_UNDATED)
            return "", "", "" if undated else "no usable date header: the mail is undated"
        return _utc(sent, zone, f"{fields.get('date_source') or 'Date'} header")
    if row.kind in CHAT_KINDS and fields.get("sent"):
        return _utc(fields["sent"], zone, fields.get("date_source") or "first message")
    for name, where in _RECEIVED_DATES if row.kind == RECEIVED else _DOCUMENT_DATES:
        if fields.get(name):
            date, told, trouble = _utc(fields[name], zone, f"{where} {name}")
            if date:
                return date, told, trouble
    if not row.modified:
        return "", "", ""
    date, told, trouble = _utc(row.modified, zone, "file time")
    # An archive's times never name a zone: that is said with the source, not as an exception on each member.
    return date, f"{told}, in the matter's zone" if trouble and date else told, ""


def _utc(text: str, zone: zoneinfo.ZoneInfo, where: str) -> tuple[str, str, str]:
    try:
        moment = dt.datetime.fromisoformat(text)
        trouble = ""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
            trouble = f"the date {text} names no time zone: read in the matter's ({zone.key})"
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), where, trouble
    except (ValueError, OverflowError):
        return "", "", f"the date {text!r:.60} cannot be read"
