"""Bring the index up to the documents: new documents get new segments, old segments are never touched.

The index is derived: delete the folder and the next run builds it again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select

from tecum.engine.blobs import BlobRef, Blobs
from tecum.engine.index import IndexDoc, SegmentWriter
from tecum.engine.jobs import Jobs
from tecum.engine.schema import blob, document, item, segment
from tecum.engine.store import put_rows
from tecum.matter import Matter

_DOCUMENTS = 10_000  # in one segment: this and the next bound the memory of a build
_MOST_WORKERS = 2  # each holds a whole segment in memory
_BYTES = 16 << 20  # of text in one segment
_UNITS = ("subject", "title", "from", "to", "cc", "bcc", "author")
_RECEIVED = ("begbates", "endbates", "requestno", "sender_custodian")  # what a sender says of a received document


@dataclass(frozen=True)
class Text:
    """One document's text as plain values: fields in place, the body in a blob."""

    id: int
    units: list[tuple[str, str]]
    body: BlobRef | None


def folder(matter: Matter) -> Path:
    """Where the segments lie."""
    return matter.folder / "index"


def update(matter: Matter, progress: Any) -> int:
    """Index what is not indexed yet; return how many documents were added."""
    _forget_lost(matter)
    with matter.read() as db:
        done = db.execute(select(func.max(segment.c.last))).scalar() or 0
        total = db.execute(select(func.count()).select_from(document).where(document.c.id > done)).scalar_one()
    if not total:
        return 0
    added = 0
    setup = partial(Bench, str(matter.folder / "blobs"), str(folder(matter)))
    workers = min(_MOST_WORKERS, matter.workers(total, _DOCUMENTS))
    segments = []
    with Jobs(workers, setup=setup) as jobs:
        for made in jobs.map(build, _ranges(matter, done)):
            if made.error:
                made.error.raise_for_all()
                raise RuntimeError(f"the index could not be built: {made.error.message}")
            if made.value is not None:
                segments.append(made.value)
                added += made.value["documents"]
                progress("indexed", added, total)
    # Entered in order, so that the highest entered id always means: all below it are indexed.
    with matter.write() as db:
        put_rows(db, segment, sorted(segments, key=lambda row: row["first"]))
    return added


class Bench:
    """What an indexing worker keeps."""

    def __init__(self, blobs: str, folder: str) -> None:
        self.blobs = Blobs(Path(blobs))
        self.folder = Path(folder)

    def close(self) -> None:
        """Close the blobs."""
        self.blobs.close()


def build(bench: Bench, texts: list[Text]) -> Iterator[dict[str, Any]]:
    """Build one segment: a pure function of its documents."""
    name = f"{texts[0].id:09d}-{texts[-1].id:09d}"
    shutil.rmtree(bench.folder / name, ignore_errors=True)  # of a killed run
    with SegmentWriter(bench.folder / name) as writer:
        for text in texts:
            body = bench.blobs.read(text.body).decode("utf-8", "replace") if text.body else ""
            whole = [*text.units, ("body", body)]
            writer.add(IndexDoc(text.id, _hash(whole), whole))
    yield {
        "name": name,
        "first": texts[0].id,
        "last": texts[-1].id,
        "documents": len(texts),
        "tokens": writer.info.tokens,
        "hash": writer.info.hash,
    }


def forget(db: Connection) -> None:
    """Let everything be indexed again, in the caller's transaction: what was read of old documents changes."""
    db.execute(delete(segment))


def _hash(units: list[tuple[str, str]]) -> str:
    """SHA-256 over what is indexed of a document: a segment lists its documents with it."""
    digest = hashlib.sha256()
    for name, text in units:
        data = text.encode("utf-8", "replace")
        digest.update(f"{name}:{len(data)}:".encode() + data)
    return digest.hexdigest()


def _forget_lost(matter: Matter) -> None:
    """Drop segments whose folder is gone, and everything after the first of them."""
    with matter.read() as db:
        rows = list(db.execute(select(segment.c.name, segment.c.first).order_by(segment.c.first)))
    lost = [row.first for row in rows if not (folder(matter) / row.name).is_dir()]
    if lost:
        with matter.write() as db:
            db.execute(delete(segment).where(segment.c.first >= lost[0]))


def _ranges(matter: Matter, done: int) -> Iterator[list[Text]]:
    batch: list[Text] = []
    size = 0
    for text in _texts(matter, done):
        batch.append(text)
        size += text.body.size if text.body else 0
        if len(batch) >= _DOCUMENTS or size >= _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _texts(matter: Matter, done: int) -> Iterator[Text]:
    statement = (
        select(
            document.c.id, item.c.name, item.c.path, item.c.fields, document.c.custodian,
            blob.c.hash, blob.c.pack, blob.c.start, blob.c.size,
        )
        .join(item, item.c.key == document.c.item)
        .outerjoin(blob, blob.c.hash == item.c.text)
        .order_by(document.c.id)
        .limit(2000)
    )  # fmt: skip
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(document.c.id > done)))
        if not page:
            return
        for row in page:
            yield _text(row)
        done = page[-1].id


def units(row: Any) -> list[tuple[str, str]]:
    """The units of a document but its body: fields by name, each address a unit of its own.

    ``row`` has name, custodian, path and fields (JSON).
    """
    said = json.loads(row.fields)
    found = [("filename", row.name), ("custodian", row.custodian), ("path", row.path)]
    for name in (*_UNITS, *_RECEIVED):
        value = said.get(name)
        found += [(name, part) for part in (value if isinstance(value, list) else [value]) if part]
    return found


def _text(row: Any) -> Text:
    ref = BlobRef(row.hash, row.pack, row.start, row.size) if row.hash is not None else None
    return Text(row.id, units(row), ref)
