"""The ledger: an append-only, hash-linked record of every act in a matter.

hash = SHA-256(prev || canonical JSON of every column that must not change), ``prev`` of the first entry being
64 zeros. A chain shows any change within it; it cannot show that its tail was cut off, which is why each
volume quotes the ledger's head.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tecum import clock
from tecum.engine.schema import ledger
from tecum.engine.store import canonical
from tecum.errors import LedgerBroken

_START = "0" * 64


@dataclass(frozen=True)
class Head:
    """The last entry: its number (0 = none) and hash."""

    seq: int
    hash: str


def head(db: Connection) -> Head:
    """Return the ledger's last entry."""
    row = db.execute(select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row else Head(0, _START)


def append(db: Connection, actor: str, action: str, subject: str, body: dict[str, object]) -> Head:
    """Add one entry within the caller's write transaction and return the new head.

    ``body`` holds counts, hashes and settings; personal data stays out of it, so that erasing a document
    never breaks the chain.
    """
    last = head(db)
    entry: dict[str, object] = {
        "seq": last.seq + 1,
        "at": clock.stamp(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "body": canonical(body),
    }
    digest = _digest(last.hash, entry)
    db.execute(ledger.insert(), [{**entry, "prev": last.hash, "hash": digest}])
    return Head(last.seq + 1, digest)


def verify(db: Connection) -> Head:
    """Walk the chain once and return its head.

    Raises:
        LedgerBroken: naming the first entry that does not fit.
    """
    last = Head(0, _START)
    for row in db.execution_options(yield_per=1000).execute(select(ledger).order_by(ledger.c.seq)):
        entry = {name: getattr(row, name) for name in ("seq", "at", "actor", "action", "subject", "body")}
        if row.seq != last.seq + 1:
            raise LedgerBroken(f"Ledger entry {last.seq + 1} is missing")
        if row.prev != last.hash or row.hash != _digest(last.hash, entry):
            raise LedgerBroken(f"Ledger entry {row.seq} ({row.action}, {row.at}) was changed or inserted")
        last = Head(row.seq, row.hash)
    return last


def _digest(prev: str, entry: dict[str, object]) -> str:
    return hashlib.sha256(bytes.fromhex(prev) + canonical(entry).encode()).hexdigest()
