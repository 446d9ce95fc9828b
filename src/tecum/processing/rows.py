"""The plain values that go into a worker and the rows that come back; and the one place that enters them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from tecum import clock
from tecum.engine import blobs
from tecum.engine.blobs import BlobRef
from tecum.engine.schema import exception, item
from tecum.engine.store import mark_done, put_rows
from tecum.model import Disposition, ExceptionCode

STAGE = "extract"
VERSION = "1"
READ, RECOGNISE = "read", "recognise"  # stages of exceptions
TEXTLESS = (ExceptionCode.EMPTY_TEXT, ExceptionCode.TEXTLESS_PAGES)  # what recognising words may mend
_LATER = ("number", "render")  # stages whose exceptions do not come from reading
RETRIED = "retry"  # the stage whose "version" is when an item was last read again
RECEIVED = "received"  # the kind of a document that is known by a load file's row
LOAD_FILE = "load file"  # the kind of a container whose members are its rows
_RESULT = (
    "sha256", "md5", "size", "kind", "mime", "disposition", "reader", "fields", "text", "text_size",
    "body_hash", "members",
)  # fmt: skip


_BYTES = ("size", "sha256", "md5", "budget", "disposition")


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
    _found_at_last(db, [row for row in rows.members if row["sha256"]])
    put_rows(db, item, rows.members)
    alike = defaultdict(list)  # rows with the same columns go in one statement
    for row in rows.items:
        alike[tuple(name for name in _RESULT if name in row)].append(row)
    for names, some in alike.items():
        change = item.update().where(item.c.key == bindparam("of")).values({n: bindparam(n) for n in names})
        db.execute(change, [{"of": row["key"]} | {n: row[n] for n in names} for row in some])
    put_rows(db, exception, rows.exceptions)
    mark_done(db, STAGE, VERSION, [row["key"] for row in rows.items])


def _found_at_last(db: Connection, members: list[dict[str, Any]]) -> None:
    """Members whose bytes could not be had before, and can now: they are read under the key and number they have."""
    keys = [row["key"] for row in members]
    lost = select(item.c.key).where(item.c.key.in_(keys), item.c.sha256 == "", item.c.depth > 0)
    known = set(db.execute(lost).scalars())
    if not known:
        return
    db.execute(delete(exception).where(exception.c.item.in_(known)))
    db.execute(
        item.update().where(item.c.key == bindparam("of")),
        [{"of": row["key"]} | {name: row[name] for name in _BYTES} for row in members if row["key"] in known],
    )


def count_members(db: Connection, entered: Sequence[dict[str, Any]]) -> None:
    """Add items that were just entered to the member counts of what holds them, which may come before or after."""
    keys = [row["key"] for row in entered]
    held = select(item.c.parent, func.count()).where(item.c.parent.in_(keys)).group_by(item.c.parent)
    counts = {parent: count for parent, count in db.execute(held)}
    inside = Counter(row["parent"] for row in entered)
    fresh = set(keys)
    for changes, value in (
        ([{"of": one, "n": count} for one, count in counts.items()], bindparam("n")),
        (
            [{"of": one, "n": count} for one, count in inside.items() if one not in fresh],
            item.c.members + bindparam("n"),
        ),
    ):
        if changes:
            db.execute(item.update().where(item.c.key == bindparam("of")).values(members=value), changes)


def add_exceptions(db: Connection, rows: Sequence[dict[str, str]]) -> None:
    """Enter exceptions that another stage or room found: item, stage, code, message, tool."""
    put_rows(db, exception, rows)


def recognised(
    db: Connection, keys: Sequence[str], changes: Sequence[dict[str, Any]], exceptions: Sequence[dict[str, str]]
) -> None:
    """Give items the text in which recognised words stand, and replace what was said of pages without text.

    ``changes``: key, text, text_size, body_hash and fields of those of the items ``keys`` that get another text;
    ``exceptions`` as ``add_exceptions`` takes them, of the stage ``RECOGNISE`` or, where words are to be recognised
    again, ``READ``.
    """
    stale = (exception.c.stage == RECOGNISE) | ((exception.c.stage == READ) & exception.c.code.in_(TEXTLESS))
    db.execute(delete(exception).where(exception.c.item.in_(keys), stale))
    names = ("text", "text_size", "body_hash", "fields")
    if changes:
        change = item.update().where(item.c.key == bindparam("of")).values({n: bindparam(n) for n in names})
        db.execute(change, [{"of": row["key"]} | {n: row[n] for n in names} for row in changes])
    put_rows(db, exception, exceptions)


def reopen(db: Connection, only: Sequence[str] | None = None) -> int:
    """Let every item be read again that could not be, or holds a member that could not; return how many.

    ``only`` names the items by their keys. Then documents and containers that were read in part are read again too;
    where one is a member whose bytes could not be had, it is what holds it that is read. An item's control number
    stays: it is given to the place, not to what was found there.
    """
    unprocessable = item.c.disposition == Disposition.UNPROCESSABLE
    inside = item.alias()
    lost = select(inside.c.parent).where(
        inside.c.disposition == Disposition.UNPROCESSABLE, inside.c.sha256 == "", inside.c.depth > 0
    )
    at_hand = (item.c.size > 0) & (item.c.sha256 != "")
    refused = unprocessable & (item.c.depth == 0) & (item.c.size >= 0) & (item.c.sha256 == "")
    if only is None:
        every = unprocessable & at_hand | refused | item.c.key.in_(lost)
        keys = list(db.execute(select(item.c.key).where(every)).scalars())
    else:
        read = item.c.disposition.in_((Disposition.UNPROCESSABLE, Disposition.DOCUMENT, Disposition.CONTAINER))
        found = set[str]()
        for page in _pages(only):
            chosen = item.c.key.in_(page) & (read & at_hand & item.c.kind.not_in((RECEIVED, LOAD_FILE)) | refused)
            holding = item.c.key.in_(lost.where(inside.c.key.in_(page)))
            found |= set(db.execute(select(item.c.key).where(chosen | holding)).scalars())
        keys = sorted(found)
    for page in _pages(keys):
        db.execute(delete(exception).where(exception.c.item.in_(page), exception.c.stage.not_in(_LATER)))
        db.execute(item.update().where(item.c.key.in_(page)).values(disposition=""))
    mark_done(db, RETRIED, clock.stamp(), keys)
    return len(keys)


def _pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + 500] for start in range(0, len(keys), 500))
