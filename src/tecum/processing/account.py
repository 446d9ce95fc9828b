"""The facts of the processing report: what was found in what, what was set aside, and what was done when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, case, func, select

from tecum.engine.schema import exception, item, ledger, recognised, recognition, source
from tecum.model import Disposition
from tecum.processing.circumstances import READ

_MANY_ACTS = frozenset({"extract", "deduplicate", "thread", "index"})  # one for each batch: counted, not listed


def containers(db: Connection) -> list[dict[str, Any]]:
    """Everything that holds others, with its direct members: those its reader counted, and those that have a row.

    ``members`` is what the reader counted while it read, ``recorded`` counts rows; they differ only where something
    was lost on the way. Then how the rows ended, and the codes of the exceptions on the container itself.
    """
    inside = item.alias()
    ended = {
        one: func.sum(case((inside.c.disposition == one, 1), else_=0)).label(one.value)
        for one in (Disposition.DOCUMENT, Disposition.CONTAINER, Disposition.UNPROCESSABLE)
    }
    held = select(inside.c.parent, func.count().label("recorded"), *ended.values()).group_by(inside.c.parent).subquery()
    rows = db.execute(
        select(
            item.c.key, item.c.source, source.c.custodian, item.c.path, item.c.kind, item.c.disposition, item.c.members,
            *(func.coalesce(held.c[name], 0).label(f"{name}_count") for name in ("recorded", *ended)),
        )
        .join(source, source.c.id == item.c.source)
        .outerjoin(held, held.c.parent == item.c.key)
        .where((item.c.disposition == Disposition.CONTAINER) | (item.c.members > 0) | (held.c.recorded > 0))
        .order_by(item.c.source, item.c.sort)
    )  # fmt: skip
    codes = _codes_of_holders(db)
    return [{**row._asdict(), "codes": codes.get(row.key, "")} for row in rows]


def _codes_of_holders(db: Connection) -> dict[str, str]:
    holders = (item.c.disposition == Disposition.CONTAINER) | (item.c.members > 0)
    rows = db.execute(
        select(exception.c.item, exception.c.code)
        .join(item, item.c.key == exception.c.item)
        .where(holders)
        .order_by(exception.c.item, exception.c.code)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.item, []).append(row.code)
    return {key: ", ".join(dict.fromkeys(codes)) for key, codes in found.items()}


def formats(db: Connection) -> list[dict[str, Any]]:
    """Each kind of file by the reader that read it: how many, their bytes, and how they ended."""
    columns = [
        func.sum(case((item.c.disposition == one, 1), else_=0)).label(one.value)
        for one in (Disposition.DOCUMENT, Disposition.CONTAINER, Disposition.UNPROCESSABLE)
    ]
    size = func.sum(case((item.c.size > 0, item.c.size), else_=0)).label("bytes")
    rows = db.execute(
        select(item.c.kind, item.c.reader, func.count().label("count"), size, *columns)
        .where(item.c.disposition != Disposition.EXCLUDED)
        .group_by(item.c.kind, item.c.reader)
        .order_by(func.count().desc(), item.c.kind, item.c.reader)
    )
    return [row._asdict() for row in rows]


def excluded(db: Connection) -> list[dict[str, Any]]:
    """Every item that was set aside, with the rule, in order."""
    rows = db.execute(
        select(item.c.rule, source.c.custodian, item.c.path, item.c.size)
        .join(source, source.c.id == item.c.source)
        .where(item.c.disposition == Disposition.EXCLUDED)
        .order_by(item.c.rule, item.c.source, item.c.sort)
    )
    return [row._asdict() for row in rows]


def acts(db: Connection) -> Iterator[dict[str, Any]]:
    """The ledger's entries about processing, in order, as (number, time, actor, act, subject, what it says)."""
    rows = db.execute(select(ledger).where(ledger.c.action.not_in(_MANY_ACTS)).order_by(ledger.c.seq))
    for row in rows:
        body = json.loads(row.body)
        yield {**{name: getattr(row, name) for name in ("seq", "at", "actor", "action", "subject")}, "body": body}


def runs(db: Connection) -> list[dict[str, Any]]:
    """The circumstances of every run that read something, oldest first, each with ``at`` and ``actor``."""
    return [{"at": act["at"], "actor": act["actor"], **act["body"]} for act in acts(db) if act["action"] == READ]


def recognition_figures(db: Connection) -> list[dict[str, Any]]:
    """Recognised pages by engine: pages, of which blank and failed, words, and the mean confidence in percent."""
    failed = func.sum(case((recognised.c.code != "", 1), else_=0)).label("failed")
    sure = func.avg(case((recognised.c.confidence >= 0, recognised.c.confidence))).label("confidence")
    rows = db.execute(
        select(
            recognised.c.engine, recognised.c.version, recognised.c.languages, func.count().label("pages"),
            func.sum(recognised.c.blank).label("blank"), failed, func.sum(recognised.c["count"]).label("words"), sure,
        )
        .group_by(recognised.c.engine, recognised.c.version, recognised.c.languages)
        .order_by(recognised.c.engine, recognised.c.version)
    )  # fmt: skip
    return [row._asdict() for row in rows]


def recognised_items(db: Connection) -> int:
    """How many items have text that is wholly or partly recognised."""
    return db.execute(select(func.count()).select_from(recognition)).scalar_one()
