"""The equation that ends every run: found = documents + containers + excluded + unprocessable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.engine.schema import document, duplicate, exception, item, source
from tecum.errors import NotBalanced
from tecum.model import Disposition

_COUNTED = tuple(Disposition)


@dataclass
class Sums:
    """Counts of one source, one custodian or the whole matter."""

    found: int = 0
    by_disposition: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    unread: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every item found has exactly one disposition."""
        return self.found == sum(self.by_disposition.values()) and not self.unread

    def as_dict(self) -> dict[str, Any]:
        """Found and the four dispositions."""
        plural = {"document": "documents", "container": "containers"}
        return {"found": self.found} | {plural.get(k, str(k)): n for k, n in self.by_disposition.items()}


def balance(db: Connection) -> dict[str, Any]:
    """Return the sums of the whole matter, by source and by custodian (the ``status --json`` shape)."""
    total = Sums()
    sources: dict[int, tuple[str, str, Sums]] = {}
    custodians: dict[str, Sums] = {}
    rows = db.execute(
        select(item.c.source, source.c.custodian, source.c.path, item.c.disposition, func.count().label("n"))
        .join(source, source.c.id == item.c.source)
        .group_by(item.c.source, item.c.disposition)
    )
    for row in rows:
        one = sources.setdefault(row.source, (row.custodian, row.path, Sums()))[2]
        for sums in (total, one, custodians.setdefault(row.custodian, Sums())):
            _add(sums, row.disposition, row.n)
    # An independent count: the sums above are groups of one scan, this is the table's own length.
    total.found = db.execute(select(func.count()).select_from(item)).scalar_one()
    numbered = _numbered(db)
    documents, suppressed = numbered[Disposition.DOCUMENT]
    unprocessable, _ = numbered[Disposition.UNPROCESSABLE]
    return {
        **total.as_dict(),
        "unique": documents - suppressed,
        "duplicates": suppressed,
        "families": db.execute(
            select(func.count(document.c.family.distinct()))
            .join(item, item.c.key == document.c.item)
            .where(item.c.disposition != Disposition.CONTAINER)
        ).scalar_one(),
        "balanced": total.balanced
        and all(one.balanced for _, _, one in sources.values())
        and documents == total.by_disposition[Disposition.DOCUMENT]
        and unprocessable == total.by_disposition[Disposition.UNPROCESSABLE]
        and not _short_of_members(db),
        "unread": total.unread,
        "exceptions": _exceptions(db),
        "custodians": {name: sums.as_dict() for name, sums in sorted(custodians.items())},
        "sources": [
            {"source": n, "custodian": who, "path": path, **sums.as_dict()}
            for n, (who, path, sums) in sorted(sources.items())
        ],
    }


def enforce(db: Connection) -> dict[str, Any]:
    """Return the balance.

    Raises:
        NotBalanced: when an item has no disposition, or a document no number.
    """
    sums = balance(db)
    if not sums["balanced"]:
        parts = ("documents", "containers", "excluded", "unprocessable")
        equation = " + ".join(f"{sums[part]} {part}" for part in parts)
        short = "".join(f"; members missing in {path}" for path in _short_of_members(db))
        raise NotBalanced(f"{sums['found']} items found, but {equation}; {sums['unread']} not read{short}")
    return sums


def _add(sums: Sums, disposition: str, count: int) -> None:
    sums.found += count
    if disposition:
        sums.by_disposition[disposition] += count
    else:
        sums.unread += count


def _numbered(db: Connection) -> dict[str, tuple[int, int]]:
    """Numbered documents by disposition: how many, and how many of them suppressed as duplicates."""
    rows = db.execute(
        select(item.c.disposition, func.count(), func.count(duplicate.c.document))
        .select_from(document)
        .join(item, item.c.key == document.c.item)
        .outerjoin(duplicate, duplicate.c.document == document.c.id)
        .group_by(item.c.disposition)
    )
    found = {disposition: (count, suppressed) for disposition, count, suppressed in rows}
    return {one: found.get(one, (0, 0)) for one in (Disposition.DOCUMENT, Disposition.UNPROCESSABLE)}


def _short_of_members(db: Connection) -> list[str]:
    """Items whose reader counted other members than the table holds: a member lost on the way."""
    held = select(item.c.parent, func.count().label("n")).where(item.c.parent != "").group_by(item.c.parent)
    inside = held.subquery()
    rows = db.execute(
        select(item.c.path)
        .outerjoin(inside, inside.c.parent == item.c.key)
        .where(item.c.members != func.coalesce(inside.c.n, 0))
        .limit(10)
    )
    return [row.path for row in rows]


def _exceptions(db: Connection) -> dict[str, int]:
    rows = db.execute(select(exception.c.code, func.count()).group_by(exception.c.code).order_by(exception.c.code))
    return {code: count for code, count in rows}
