"""Bring the index up to the documents: new documents get new segments, and many small segments become one.

A segment is never changed. A merged one is written beside those it is made of; one transaction enters it and
drops them, and their folders go with a later run, when nobody has the index open. The index is derived: delete the
folder and the next run builds it again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select

from tecum.engine.blobs import BlobRef, Blobs
from tecum.engine.index import IndexDoc, SegmentInfo, SegmentWriter, held, merge_segments, sweep, tiers, usable
from tecum.engine.jobs import Jobs
from tecum.engine.schema import blob, document, item, segment
from tecum.engine.store import put_rows, translated
from tecum.errors import IndexStale
from tecum.matter import Matter

_DOCUMENTS = 4_000  # in one segment: this and the next bound the memory of a build
_MOST_WORKERS = 2  # each holds a whole segment in memory
_BYTES = 6 << 20  # of text in one segment; small ones are merged
_UNITS = ("subject", "title", "from", "to", "cc", "bcc", "author")
_PEOPLE = ("from", "to", "cc", "bcc")
_NAMED = re.compile(r"\s*(\S.*?)\s*<\s*([^<>\s]+@[^<>\s]+)\s*>\s*", re.DOTALL)  # display name and address
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


def reading(matter: Matter) -> AbstractContextManager[None]:
    """Keep the segments while they are read; to be entered before their names are."""
    return held(folder(matter))


def update(matter: Matter, progress: Any) -> int:
    """Index what is not indexed yet, and merge; return how many documents were added. One process at a time."""
    _forget_lost(matter)
    sweep(folder(matter), lambda: {row.name for row in _rows(matter)})
    added = _add(matter, progress)
    if not _merge(matter):
        added += _add(matter, progress)
    return added


def _rows(matter: Matter) -> list[Any]:
    """The segments entered, in order of their documents."""
    with matter.read() as db:
        return list(db.execute(select(segment).order_by(segment.c.first)))


def _add(matter: Matter, progress: Any) -> int:
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


def _merge(matter: Matter) -> bool:
    """Merge small segments (``engine.index.tiers``): each of the merged ones is entered as soon as it is written.

    False when one of them was damaged; it and what follows it are forgotten, to be built anew.
    """
    rows = {row.name: row for row in _rows(matter)}
    parts = [tiers.Part((row.name,), row.documents, row.tokens) for row in rows.values()]
    for part in tiers.plan(parts):
        if len(part.names) == 1:
            continue
        old = [rows[name] for name in part.names]
        path = _free(folder(matter), old[0].first, old[-1].last)
        try:
            with translated(path):
                info = merge_segments([folder(matter) / name for name in part.names], path)
        except IndexStale:
            with matter.write() as db:
                db.execute(delete(segment).where(segment.c.first >= old[0].first))
            return False
        entry = _entry(path, old[0].first, old[-1].last, info)
        with matter.write() as db:
            db.execute(delete(segment).where(segment.c.name.in_(part.names)))
            put_rows(db, segment, [entry])
    return True


def _free(folder: Path, first: int, last: int) -> Path:
    """A name that no folder has: one that is there may be in use, or be left from a killed run."""
    name = f"{first:09d}-{last:09d}"
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(path for path in map(folder.joinpath, names) if not path.exists())


def _entry(path: Path, first: int, last: int, info: SegmentInfo) -> dict[str, Any]:
    return {
        "name": path.name,
        "first": first,
        "last": last,
        "documents": info.documents,
        "tokens": info.tokens,
        "hash": info.hash,
    }


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
    first, last = texts[0].id, texts[-1].id
    path = _free(bench.folder, first, last)
    with SegmentWriter(path) as writer:
        for text in texts:
            body = bench.blobs.read(text.body).decode("utf-8", "replace") if text.body else ""
            whole = [*text.units, ("body", body)]
            writer.add(IndexDoc(text.id, _hash(whole), whole))
    yield _entry(path, first, last, writer.info)


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
    """Drop segments that are gone or were built by other rules, and everything after the first of them."""
    lost = [row.first for row in _rows(matter) if not usable(folder(matter) / row.name)]
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
    """The units of a document but its body: fields by name.

    Of a person who sent or received it the display name is one unit and the address another, so that no phrase and
    no proximity reaches from one into the other or to the next person. ``row`` has name, custodian, path and
    fields (JSON).
    """
    said = json.loads(row.fields)
    found = [("filename", row.name), ("custodian", row.custodian), ("path", row.path)]
    for name in (*_UNITS, *_RECEIVED):
        value = said.get(name)
        for part in value if isinstance(value, list) else [value]:
            named = _NAMED.fullmatch(part) if name in _PEOPLE and part else None
            found += [(name, one) for one in (named.groups() if named else (part,)) if one]
    return found


def _text(row: Any) -> Text:
    ref = BlobRef(row.hash, row.pack, row.start, row.size) if row.hash is not None else None
    return Text(row.id, units(row), ref)
