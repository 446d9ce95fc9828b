"""What a person reads of processing: the items, the documents, and the chain of custody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.engine.schema import document, duplicate, exception, item, source
from tecum.matter import Matter
from tecum.tables import Table

ITEMS = (
    "key", "parent", "custodian", "root", "path", "name", "position", "depth", "kind", "disposition", "rule", "size",
    "sha256", "codes",
)  # fmt: skip
DOCUMENTS = (
    "item", "control", "family", "parent", "custodian", "path", "position", "kind", "disposition", "date",
    "date_source", "title", "size", "sha256", "text_size", "inline", "duplicate_of",
)  # fmt: skip


def items(matter: Matter) -> Table:
    """Everything found, containers and excluded names included, each after the item that holds it."""

    def rows() -> Iterator[tuple[Any, ...]]:
        statement = (
            select(
                item.c.source, item.c.sort, item.c.key, item.c.parent, source.c.custodian,
                source.c.path.label("root"), item.c.path, item.c.name, item.c.position, item.c.depth, item.c.kind,
                item.c.disposition, item.c.rule, item.c.size, item.c.sha256,
            )
            .join(source, source.c.id == item.c.source)
            .order_by(item.c.source, item.c.sort)
            .limit(2000)
        )  # fmt: skip
        at = (0, b"")
        while True:
            after = (item.c.source > at[0]) | ((item.c.source == at[0]) & (item.c.sort > at[1]))
            with matter.read() as db:
                page = list(db.execute(statement.where(after)))
                codes = _codes(db, [row.key for row in page])
            if not page:
                return
            for row in page:
                yield (*tuple(row)[2:], codes.get(row.key, []))
            at = (page[-1].source, page[-1].sort)

    return Table(ITEMS, rows)


def _codes(db: Connection, keys: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in db.execute(select(exception.c.item, exception.c.code).where(exception.c.item.in_(keys))):
        found.setdefault(row.item, []).append(row.code)
    return found


def documents(matter: Matter) -> Table:
    """Every document with its place, date and duplicates, in order of control number."""

    def rows() -> Iterator[tuple[Any, ...]]:
        at = 0
        family, parent, primary = document.alias(), document.alias(), document.alias()
        statement = (
            select(
                document.c.id, document.c.item, document.c.control, family.c.control, parent.c.control,
                document.c.custodian,
                item.c.path, item.c.position, item.c.kind, item.c.disposition, document.c.date,
                document.c.date_source, item.c.name, item.c.size, item.c.sha256, item.c.text_size, item.c.inline,
                primary.c.control, item.c.fields, item.c.depth,
            )
            .join(item, item.c.key == document.c.item)
            .join(family, family.c.id == document.c.family)
            .outerjoin(parent, parent.c.id == document.c.parent)
            .outerjoin(duplicate, duplicate.c.document == document.c.id)
            .outerjoin(primary, primary.c.id == duplicate.c.primary)
            .order_by(document.c.id)
            .limit(2000)
        )  # fmt: skip
        while True:
            with matter.read() as db:
                page = list(db.execute(statement.where(document.c.id > at)))
            if not page:
                return
            for row in page:
                yield _document(row)
            at = page[-1].id

    return Table(DOCUMENTS, rows)


def _document(row: Any) -> tuple[Any, ...]:
    said = json.loads(row.fields)
    values = dict(zip(DOCUMENTS, list(row)[1:-2], strict=True))
    values["title"] = str(said.get("subject") or said.get("title") or row.name)
    values["inline"] = bool(row.inline)
    for name in ("parent", "duplicate_of"):
        values[name] = values[name] or ""
    return tuple(values.values())


def custody(db: Connection) -> list[dict[str, Any]]:
    """Each source with who collected it, how and when, and a hash over the hashes of all it gave."""
    found = []
    for row in db.execute(select(source).order_by(source.c.id)):
        counts = db.execute(
            select(func.count(), func.coalesce(func.sum(item.c.size), 0)).where(
                item.c.source == row.id, item.c.depth == 0, item.c.size >= 0
            )
        ).one()
        found.append({**row._asdict(), "files": counts[0], "bytes": counts[1], "fingerprint": _fingerprint(db, row.id)})
    return found


def _fingerprint(db: Connection, number: int) -> str:
    """SHA-256 over path and SHA-256 of every loose file of a source, in order."""
    digest = hashlib.sha256()
    rows = select(item.c.sort, item.c.sha256).where(item.c.source == number, item.c.depth == 0)
    for row in db.execution_options(yield_per=1000).execute(rows.order_by(item.c.sort)):
        digest.update(row.sort + b"\0" + row.sha256.encode() + b"\n")
    return digest.hexdigest()
