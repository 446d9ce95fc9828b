"""The plain values that go into a worker and the rows that come back; and the one place that enters them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from tecum.engine import blobs
from tecum.engine.blobs import BlobRef
from tecum.engine.schema import exception, item
from tecum.engine.store import mark_done, put_rows
from tecum.model import Disposition

STAGE = "extract"
VERSION = "1"
_RESULT = (
    "sha256", "md5", "size", "kind", "mime", "disposition", "reader", "fields", "text", "text_size",
    "body_hash", "members",
)  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What the settings say of reading; the same for every item of a run."""

    blobs: str
    seconds: int
    memory_mib: int
    depth: int
    members: int
    ratio: int
    expand: int
    passwords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """One item to read: a loose file at ``path``, or a member whose bytes are ``blob``."""

    key: str
    source: int
    depth: int
    sort: bytes
    path: str
    name: str
    size: int
    modified: str
    outside: dict[str, str]
    budget: int
    root: str = ""
    file: bytes = b""
    blob: BlobRef | None = None
    mtime_ns: int = 0


@dataclass
class Rows:
    """Rows for the store, in one transaction: their blobs are durable already."""

    items: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[dict[str, Any]] = field(default_factory=list)
    blobs: list[BlobRef] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items) + len(self.members) + len(self.blobs)


def item_key(source: int, sort: bytes) -> str:
    """The name of an item: it depends on where it lies, never on when it was found."""
    return hashlib.sha256(b"%d\0" % source + sort).hexdigest()[:32]


def member_sort(parent: bytes, position: int, depth: int) -> bytes:
    """The order of a member: below its parent, by position. Paths hold no NUL, so no file comes between."""
    return parent + (b"\0" if depth == 1 else b"") + position.to_bytes(4, "big")


def enter(db: Connection, rows: Rows) -> None:
    """Enter what a worker found, in the caller's transaction; entering it twice changes nothing."""
    blobs.record(db, rows.blobs)
    put_rows(db, item, rows.members)
    alike = defaultdict(list)  # rows with the same columns go in one statement
    for row in rows.items:
        alike[tuple(name for name in _RESULT if name in row)].append(row)
    for names, some in alike.items():
        change = item.update().where(item.c.key == bindparam("of")).values({n: bindparam(n) for n in names})
        db.execute(change, [{"of": row["key"]} | {n: row[n] for n in names} for row in some])
    put_rows(db, exception, rows.exceptions)
    mark_done(db, STAGE, VERSION, [row["key"] for row in rows.items])


def add_exceptions(db: Connection, rows: Sequence[dict[str, str]]) -> None:
    """Enter exceptions that another stage or room found: item, stage, code, message, tool."""
    put_rows(db, exception, rows)


def reopen(db: Connection) -> int:
    """Let every unprocessable item whose bytes are there be read again; return how many.

    Its control number stays: it is given to the place, not to what was found there.
    """
    again = (item.c.disposition == Disposition.UNPROCESSABLE) & (item.c.size > 0) & (item.c.sha256 != "")
    count = len(list(db.execute(select(item.c.key).where(again))))
    db.execute(delete(exception).where(exception.c.item.in_(select(item.c.key).where(again))))
    db.execute(item.update().where(again).values(disposition=""))
    return count
