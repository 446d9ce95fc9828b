"""Read the text of each new document once: its language, its sketch for near-duplicates, what its mail quotes.

What is learned is kept, so that threads and groups can be formed again at any time without the texts. Work
is handed to processes in batches; nothing depends on which process did it, or on the order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from tecum.analysis import exchange, identifier, languages, quoting, shingles, sketches, subjects
from tecum.engine.blobs import BlobRef, Blobs
from tecum.engine.jobs import Jobs
from tecum.engine.schema import blob, document, item, job, message, wording
from tecum.engine.store import forget_done, mark_done, put_rows
from tecum.matter import Matter
from tecum.model import MAIL_KINDS, Disposition
from tecum.progress import Progress, silent

STAGE: Final = "study"
VERSION: Final = "1"
_PAGE: Final = 2000
_BATCH: Final = 200  # documents
_BYTES: Final = 8 << 20  # of text in a batch
_SHARE: Final = 4000  # documents for which another process pays
_BRACKETS: Final = re.compile(r"<([^<>]*@[^<>]*)>")
_BARE: Final = re.compile(r"[^\s<>\"',;()\[\]]+@[^\s<>\"',;()\[\]]+")


@dataclass(frozen=True)
class Sheet:
    """One document as plain values. ``fields`` is None when it is no mail, ``new`` when its text was not yet met."""

    id: int
    body_hash: str
    text: BlobRef | None
    fields: str | None
    new: bool


def run(matter: Matter, progress: Progress = silent) -> int:
    """Study what was not studied yet, by this version; return how many documents were read."""
    with matter.read() as db:
        known = db.execute(select(job.c.version).where(job.c.stage == STAGE)).scalar()
        total = db.execute(select(func.count()).select_from(document)).scalar_one()
    if known != VERSION:
        with matter.write() as db:
            forget(db)
            mark_done(db, STAGE, VERSION, ["texts"])
    read = 0
    workers = matter.workers(total, _SHARE)
    with Jobs(workers, setup=partial(Bench, str(matter.folder / "blobs"))) as jobs:
        for made in jobs.map(study, _batches(matter)):
            if made.error:
                made.error.raise_for_all()
                raise RuntimeError(f"texts could not be studied: {made.error.message}")
            if made.value is not None:
                texts, mails = made.value
                with matter.write() as db:
                    put_rows(db, wording, texts)
                    put_rows(db, message, mails)
                read += len(made.batch)
                progress("studied", read, total)
    if read >= _SHARE:  # what follows needs memory by the mail; after a small run the next is likelier
        identifier.forget()
    return read


def forget(db: Connection) -> None:
    """Let everything be studied again, in the caller's transaction."""
    db.execute(delete(message))
    db.execute(delete(wording))
    forget_done(db, STAGE)


class Bench:
    """What a worker keeps."""

    def __init__(self, blobs: str) -> None:
        self.blobs = Blobs(Path(blobs))

    def close(self) -> None:
        """Close the blobs."""
        self.blobs.close()


def study(bench: Bench, sheets: list[Sheet]) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Give the rows of ``wording`` and ``message`` for these documents: a pure function of their texts and fields."""
    texts: list[dict[str, Any]] = []
    pieces: list[list[languages.Piece]] = []
    mails: list[dict[str, Any]] = []
    for sheet in sheets:
        text = bench.blobs.read(sheet.text).decode("utf-8", "replace") if sheet.text else ""
        every = shingles.shingles(shingles.words(text[: shingles.LONGEST]))
        if sheet.new:
            texts.append({"body_hash": sheet.body_hash, **sketches.row(text, every)})
            pieces.append(languages.pieces(text))
        if sheet.fields is not None:
            mails.append({"document": sheet.id, **_message(json.loads(sheet.fields), text, every)})
    for row, told in zip(texts, languages.rows(pieces), strict=True):
        row |= told
    yield texts, mails


def _message(said: dict[str, Any], text: str, every: shingles.Hashes) -> dict[str, Any]:
    """What threads are made of, from a mail's fields, text and the shingles of the text."""
    place = exchange.place(str(said.get("thread_index", "")))
    subject, reply = subjects.base(str(said.get("subject", "")))
    references = said.get("references", [])
    ancestors = [str(one) for one in (references if isinstance(references, list) else [references])]
    answered = str(said.get("in_reply_to", ""))
    if answered.startswith("<") and answered not in ancestors:
        ancestors.append(answered)
    taken = quoting.parts(text[: shingles.LONGEST])
    return {
        "message_id": str(said.get("message_id", "")),
        "ancestors": json.dumps(ancestors, ensure_ascii=False),
        "conversation": place.conversation if place else "",
        "place": place.replies if place else "",
        "subject": subject,
        "reply": int(reply),
        "sender": str(said.get("from", "")),
        "people": json.dumps(_people(said), ensure_ascii=False),
        "segments": quoting.packed(taken),
        "own": _prints(every if taken.own_text == text else shingles.shingles(shingles.words(taken.own_text))),
        "quoted": _prints(shingles.shingles(shingles.words("\n".join(taken.quoted_texts)))),
    }


def _prints(every: shingles.Hashes) -> bytes:
    return shingles.fingerprints(every).astype("<u4").tobytes()


def _people(said: dict[str, Any]) -> list[str]:
    """The addresses of sender and recipients, sorted; a name where there is no address."""
    found = set()
    for name in ("from", "to", "cc", "bcc"):
        value = said.get(name, [])
        for text in value if isinstance(value, list) else [value]:
            inside = _BRACKETS.findall(text) or _BARE.findall(text) or [text]
            found |= {one.strip().lower() for one in inside if one.strip()}
    return sorted(found)


def _batches(matter: Matter) -> Iterator[list[Sheet]]:
    batch: list[Sheet] = []
    size = 0
    for sheet in _sheets(matter):
        batch.append(sheet)
        size += sheet.text.size if sheet.text else 0
        if len(batch) >= _BATCH or size >= _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _sheets(matter: Matter) -> Iterator[Sheet]:
    """Documents of which something is to be learned: a text that was not met before, or a mail without a row."""
    statement = (
        select(
            document.c.id, item.c.kind, item.c.disposition, item.c.body_hash, item.c.fields,
            message.c.document.label("mail"), wording.c.body_hash.label("known"),
            blob.c.hash, blob.c.pack, blob.c.start, blob.c.size,
        )
        .join(item, item.c.key == document.c.item)
        .outerjoin(message, message.c.document == document.c.id)
        .outerjoin(wording, wording.c.body_hash == item.c.body_hash)
        .outerjoin(blob, blob.c.hash == item.c.text)
        .order_by(document.c.id)
        .limit(_PAGE)
    )  # fmt: skip
    given: set[str] = set()
    at = 0
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(document.c.id > at)))
        if not page:
            return
        for row in page:
            is_mail = row.kind in MAIL_KINDS and row.disposition == Disposition.DOCUMENT
            fields = row.fields if is_mail and row.mail is None else None
            new = bool(row.body_hash) and row.known is None and row.body_hash not in given
            if new:
                given.add(row.body_hash)
            if new or fields is not None:
                text = BlobRef(row.hash, row.pack, row.start, row.size) if row.hash is not None else None
                yield Sheet(row.id, row.body_hash, text, fields, new)
        at = page[-1].id
