"""Exact duplicates, always of whole families; every custodian and path of a suppressed copy is kept.

A mail is identified by ``tecum-mail-1``: SHA-256 over length-prefixed UTF-8 fields in this order: sent time
in UTC to the second; sender's address; sorted To and Cc addresses; subject; letters and digits of the body;
sorted SHA-256 of the attachments, pictures inside the body excluded. Bcc is outside the key. Any other file
is identified by the SHA-256 of its bytes. Each component's hash is kept, so that two parties whose hashes
differ can see which part differs.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, func, select

from tecum.analysis import copies
from tecum.engine.schema import content, document, duplicate, item, job, produced
from tecum.engine.store import forget_done, mark_done, put_rows
from tecum.matter import Matter
from tecum.model import MAIL_KINDS

STAGE = "deduplicate"
MAIL = "tecum-mail-1"
FILE = "sha256"
_BATCH = 1000
_BLANKS = re.compile(r"\s+")
_BRACKETS = re.compile(r"<([^<>]*@[^<>]*)>")


def run(matter: Matter) -> int:
    """Identify the content of new documents and group families; return the number of suppressed documents."""
    with matter.read() as db:
        known = select(func.max(document.c.family)).join(content, content.c.document == document.c.id)
        done = db.execute(known).scalar() or 0
        last = db.execute(select(func.max(document.c.id))).scalar() or 0
        identified = db.execute(select(func.count()).select_from(content)).scalar_one()
        total = db.execute(select(func.count()).select_from(document)).scalar_one()
        grouped = db.execute(select(job.c.version).where(job.c.stage == STAGE)).scalar()
    if identified < total:
        for rows in _batched(_contents(matter, done)):
            with matter.write() as db:
                put_rows(db, content, rows)
    mode = matter.settings.plan.production.dedupe
    ranks = ", ".join(one.key for one in matter.settings.plan.custodians)
    state = f"{last} documents, {mode}, {ranks}"
    if grouped != state:
        with matter.write() as db:
            copies.remember(db)  # before anything changes: what was produced meanwhile stood for the copies of now
        _regroup(matter, mode, state)
    copies.update(matter, state)
    with matter.read() as db:
        return db.execute(select(func.count()).select_from(duplicate)).scalar_one()


def forget(db: Connection) -> None:
    """Let everything be identified again, in the caller's transaction: what was read of old documents changes."""
    copies.remember(db)
    db.execute(delete(content))
    db.execute(delete(duplicate))
    forget_done(db, STAGE)


def _contents(matter: Matter, done: int) -> Iterator[dict[str, Any]]:
    for family in _families(matter, done):
        hashes = []
        rows = []
        for one in family:
            recipe, components = _identify(one, family)
            digest = one.sha256 if recipe == FILE else _hash(list(components.values()))
            # Bytes that could not be had are never alike: such a file stays apart under its own item.
            digest = digest or _hash(["no bytes", one.item])
            hashes.append(digest)
            rows.append(
                {
                    "document": one.id,
                    "recipe": recipe,
                    "hash": digest,
                    "components": json.dumps(components),
                    "mih": _mih(json.loads(one.fields)) if recipe == MAIL else "",
                    "family_hash": "",
                }
            )
        rows[0]["family_hash"] = _hash([hashes[0], *sorted(hashes[1:])])
        yield from rows


def _families(matter: Matter, done: int) -> Iterator[list[Any]]:
    """Whole families after family ``done``; a member that was found late stands with its family."""
    columns = (
        document.c.id, document.c.family, document.c.parent, document.c.level, document.c.custodian,
        document.c.item, document.c.date, item.c.kind, item.c.sha256, item.c.fields, item.c.body_hash,
        item.c.inline, item.c.disposition,
    )  # fmt: skip
    statement = select(*columns).join(item, item.c.key == document.c.item)
    statement = statement.order_by(document.c.family, document.c.id).limit(5000)
    after = document.c.family > done
    pending: list[Any] = []
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(after)))
        if not page:
            break
        family, last = page[-1].family, page[-1].id
        after = (document.c.family > family) | ((document.c.family == family) & (document.c.id > last))
        groups = [list(rows) for _, rows in groupby(pending + page, key=lambda row: row.family)]
        pending = groups.pop()
        yield from groups
    if pending:
        yield pending


def _identify(one: Any, family: list[Any]) -> tuple[str, dict[str, str]]:
    """The recipe and its component hashes."""
    if one.kind not in MAIL_KINDS or one.disposition != "document":
        return FILE, {}
    fields = json.loads(one.fields)
    addresses = sorted({_address(text) for name in ("to", "cc") for text in fields.get(name, [])})
    attached = sorted(row.sha256 for row in family if row.parent == one.id and not row.inline)
    sent = one.date
    if not sent:  # a draft is never alike across custodians unless its Message-ID is
        sent = fields.get("message_id") or f"no date, {one.custodian}"
    return MAIL, {
        "sent": _hash([sent]),
        "sender": _hash([_address(str(fields.get("from", "")))]),
        "recipients": _hash(addresses),
        "subject": _hash([_BLANKS.sub(" ", unicodedata.normalize("NFKC", str(fields.get("subject", "")))).strip()]),
        "body": one.body_hash or _hash([]),
        "attachments": _hash(attached),
    }


def _address(text: str) -> str:
    """The address of what the readers write as ``Name <address>``; a name may hold commas."""
    return (",".join(_BRACKETS.findall(text)) or text).strip().lower()


def _mih(fields: dict[str, Any]) -> str:
    """EDRM message identification hash 1.0: MD5 of the Message-ID, its angle brackets included."""
    message_id = str(fields.get("message_id", "")).strip()
    data = message_id.encode("ascii", "ignore")
    return hashlib.md5(data, usedforsecurity=False).hexdigest() if data else ""


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def _regroup(matter: Matter, mode: str, state: str) -> None:
    """Choose each group's primary afresh and write down what changed, in short transactions."""
    with matter.read() as db:
        wanted = dict(_suppressed(matter, db, mode))
        held = {row.document: row.primary for row in db.execute(select(duplicate))}
    gone = [copy for copy in held if wanted.get(copy) != held[copy]]
    new = [{"document": copy, "primary": wanted[copy]} for copy in wanted if wanted[copy] != held.get(copy)]
    for start in range(0, len(gone), _BATCH):
        with matter.write() as db:
            db.execute(delete(duplicate).where(duplicate.c.document.in_(gone[start : start + _BATCH])))
    for start in range(0, len(new), _BATCH):
        with matter.write() as db:
            put_rows(db, duplicate, new[start : start + _BATCH])
    with matter.write() as db:
        mark_done(db, STAGE, state, ["families"])
        matter.act(db, "deduplicate", mode, {"suppressed": len(wanted), "changed": len(new)})


def _suppressed(matter: Matter, db: Connection, mode: str) -> Iterator[tuple[int, int]]:
    """Yield (suppressed document, its primary).

    The primary is the family of the first custodian in tecum.toml, then of the lowest control number; one
    that was produced stays primary, since its number is out in the world.
    """
    if mode == "none":
        return
    rank = {one.key: n for n, one in enumerate(matter.settings.plan.custodians)}
    out = {row.document for row in db.execute(select(produced.c.document))}
    for families in _groups(db, mode):
        primary = min(
            families,
            key=lambda row: (row.document not in out, rank.get(row.custodian, len(rank)), row.document),
        )
        ours = _members(db, primary.document)
        for copy in families:
            if copy.document != primary.document:
                yield from _matched(ours, _members(db, copy.document))


def _groups(db: Connection, mode: str) -> Iterator[list[Any]]:
    """Groups of two and more families of the same content."""
    key = [content.c.family_hash] + ([document.c.custodian] if mode == "custodian" else [])
    many = select(*key).join(document, document.c.id == content.c.document)
    many = many.where(content.c.family_hash != "").group_by(*key).having(func.count() > 1)
    wanted = many.subquery()
    rows = (
        select(content.c.document, document.c.custodian, *(column.label(f"k{n}") for n, column in enumerate(key)))
        .join(document, document.c.id == content.c.document)
        .join(wanted, wanted.c.family_hash == content.c.family_hash)
        .order_by(*key, content.c.document)
    )
    if mode == "custodian":
        rows = rows.where(wanted.c.custodian == document.c.custodian)
    for _, group in groupby(list(db.execute(rows)), key=lambda row: tuple(row)[2:]):
        yield list(group)


def _members(db: Connection, family: int) -> list[Any]:
    rows = select(document.c.id, content.c.hash).join(content, content.c.document == document.c.id)
    return list(db.execute(rows.where(document.c.family == family).order_by(content.c.hash, document.c.id)))


def _matched(primary: list[Any], copy: list[Any]) -> list[tuple[int, int]]:
    """Each document of a copy beside the one it repeats; family parents stand first in both."""
    first, other = min(row.id for row in primary), min(row.id for row in copy)
    pairs = [(other, first)]
    children = (
        [row for row in primary if row.id != first],
        [row for row in copy if row.id != other],
    )
    pairs += [(theirs.id, ours.id) for ours, theirs in zip(*children, strict=True)]
    return pairs


def _batched(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        # A batch ends between families, so that an interrupted run goes on with a whole one.
        if len(batch) >= _BATCH and row["family_hash"]:
            yield batch
            batch = []
        batch.append(row)
    yield batch
