"""Take a received volume in as a source of the receiver's matter: one document for each row of its load files.

The load file is a container, its rows are the documents; a file that belongs to a row is set aside by a rule
that names the row, and a file that no load file names is read like any other.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from tecum.engine.blobs import BlobWriter
from tecum.engine.jobs import Done, Jobs
from tecum.engine.schema import exception, item, source
from tecum.errors import VolumeChanged, VolumeUnreadable
from tecum.matter import Matter
from tecum.model import Disposition, ExceptionCode, ReceivedDocument, ReceivedFile
from tecum.processing import collect
from tecum.processing.collect import Source
from tecum.processing.ingest import options_of, read_open_items
from tecum.processing.itemreading import SourceFails
from tecum.processing.received_reading import TakingBench, copy_file, take
from tecum.processing.received_rows import READER, Kept, Taking, document_row, exceptions_of, loose_row
from tecum.processing.rows import LOAD_FILE, RECEIVED, Rows, count_members, enter
from tecum.progress import Progress

METHOD = "received volume, taken in by its load file; every file copied by content into the matter"
_BATCH = 100  # rows or files
_BYTES = 16 << 20  # of what the rows say
_SHARE = 1000  # rows for which another process is worth its start
_SHOWN = 10


@dataclass(frozen=True)
class Taken:
    """What a volume gave.

    ``documents`` stand for a row each, ``repeated`` rows repeat one of an earlier load file of the volume,
    ``files`` were set aside as parts of documents, ``loose`` files are named by no load file. ``exceptions``
    counts by code. ``again`` documents have a begin number that an earlier volume of the same custodian has
    too, as when this one is an overlay: ``again_first`` are the first of those numbers. ``already`` tells
    that the volume was taken in before, so that nothing was done.
    """

    source: int
    documents: int
    repeated: int
    files: int
    loose: int
    exceptions: dict[str, int]
    again: int
    again_first: tuple[str, ...]
    already: bool


def take_in(
    matter: Matter,
    volume: Path,
    custodian: str,
    program: str,
    *,
    root: Path,
    load_files: Sequence[str],
    total: int,
    rows: Iterable[ReceivedDocument],
    claimed: Iterable[ReceivedFile],
    progress: Progress,
) -> Taken:
    """Enter a volume's documents and files, and read the files that no load file names; run again to resume.

    Args:
        matter: the receiver's; its ingest stage is held by the caller.
        volume: the folder, or a load file alone: then nothing is taken but what it names.
        custodian: the recipient who produced it.
        program: name and version, for the custody record.
        root: the folder to which the paths below are relative.
        load_files: those whose rows are the documents.
        total: how many rows there are.
        rows: the documents.
        claimed: files that are no documents and stand in no row.
        progress: told of rows ``received``.

    Raises:
        SourceMissing: when the volume is not there or vanishes meanwhile; what was entered stays.
        VolumeChanged: when a load file is not the one that was taken in from there.
        VolumeUnreadable: when a load file cannot be read, or its folder was collected as loose files.
    """
    of = collect.register(matter, custodian, volume, program, METHOD)
    root = root.absolute()
    _enter_load_files(matter, of, root, load_files)
    with matter.read() as db:
        finished = db.execute(select(source.c.finished).where(source.c.id == of.id)).scalar_one()
        done = _documents(db, of.id)
    if finished:
        return _taken(matter, of, already=True)
    with Jobs(matter.workers(total, _SHARE), setup=partial(TakingBench, options_of(matter))) as jobs:
        for some in (rows, claimed):
            for one in jobs.map(take, _batches(matter, of, root, some)):
                done += _take(matter, one, jobs)
                progress("received", done, total)
    if volume.is_dir():
        collect.walk(matter, of)
        read_open_items(matter, progress)
    collect.close(matter, of)
    return _taken(matter, of, already=False)


# -- load files --------------------------------------------------------------------------------------------------


def _enter_load_files(matter: Matter, of: Source, root: Path, load_files: Sequence[str]) -> None:
    """Enter each load file as a container, or see that it is the one that was entered."""
    rows = Rows()
    with BlobWriter(matter.folder / "blobs") as writer:
        for path in load_files:
            kept = _copied(writer, root, path)
            rows.blobs.append(kept.ref)
            rows.members.append(loose_row(of.id, path, kept, ""))
        writer.sync()
    with matter.write() as db:
        columns = (item.c.key, item.c.path, item.c.kind, item.c.sha256)
        wanted = [row["key"] for row in rows.members]
        known = {
            row.key: row
            for row in db.execute(
                select(*columns).where(item.c.source == of.id, item.c.key.in_(wanted) | (item.c.kind == LOAD_FILE))
            )
        }
        for row in rows.members:
            before = known.pop(row["key"], None)
            if before is not None and before.kind != LOAD_FILE:
                raise VolumeUnreadable(
                    f"{of.path} was collected as loose files of {of.custodian}, not as a volume",
                    path=of.path,
                    remedy="Copy the volume to a folder of its own and receive it from there",
                )
            if before is not None and before.sha256 != row["sha256"]:
                raise _changed(of, f"{before.path} has changed")
        if known:
            raise _changed(of, f"{next(iter(known.values())).path} is gone")
        enter(db, rows)


def _changed(of: Source, what: str) -> VolumeChanged:
    return VolumeChanged(
        f"{of.path} is not the volume that was received from there: {what}",
        path=of.path,
        remedy="Receive a new or replacing volume from a folder of its own; what was received stays as it was",
    )


def _copied(writer: BlobWriter, root: Path, path: str) -> Kept:
    try:
        return copy_file(writer, str(root), path)
    except SourceFails as failure:
        raise VolumeUnreadable(f"{path} cannot be read: {failure.error.strerror}", path=root / path) from None


# -- rows and files ----------------------------------------------------------------------------------------------


def _batches(
    matter: Matter, of: Source, root: Path, some: Iterable[ReceivedDocument] | Iterable[ReceivedFile]
) -> Iterator[list[Taking]]:
    """What is not yet entered, in batches bounded by number and by the bytes of what the rows say."""
    batch: list[Taking] = []
    size = 0
    for what in some:
        batch.append(Taking(of.id, str(root), what))
        size += _weight(what)
        if len(batch) >= _BATCH or size >= _BYTES:
            if left := _not_entered(matter, batch):
                yield left
            batch, size = [], 0
    if left := _not_entered(matter, batch):
        yield left


def _weight(what: ReceivedDocument | ReceivedFile) -> int:
    """Characters of a document's fields and text."""
    if isinstance(what, ReceivedFile):
        return 0
    values = what.fields.values()
    return len(what.text) + sum(len(value) if isinstance(value, str) else sum(map(len, value)) for value in values)


def _not_entered(matter: Matter, batch: list[Taking]) -> list[Taking]:
    if not batch:
        return []
    with matter.read() as db:
        keys = [one.key for one in batch]
        known = set(db.execute(select(item.c.key).where(item.c.key.in_(keys))).scalars())
    return [one for one, key in zip(batch, keys, strict=True) if key not in known]


def _take(matter: Matter, done: Done[list[Taking], Rows], jobs: Jobs[TakingBench]) -> int:
    """Enter a worker's rows; a batch whose worker died is tried again one by one, then entered without its files."""
    if done.error:
        done.error.raise_for_all()
        left = _not_entered(matter, done.batch)
        if len(done.batch) > 1:
            return sum(_take(matter, one, jobs) for one in jobs.map(take, [[work] for work in left]))
        return sum(_enter(matter, _given_up(work, done.error.message)) for work in left)
    return _enter(matter, done.value) if done.value is not None else 0


def _given_up(work: Taking, error: str) -> Rows:
    """A document as far as its row tells it; a file is left to the walk over the volume."""
    if isinstance(work.what, ReceivedFile):
        return Rows()
    row = document_row(work, work.what)
    problems = {
        str(ExceptionCode.CRASH): [f"the process that read its files died twice: {error}"],
        str(ExceptionCode.EMPTY_TEXT): ["its text was not read, so it is not searched"],
    }
    return Rows(members=[row], exceptions=exceptions_of(row["key"], problems, READER))


def _enter(matter: Matter, rows: Rows) -> int:
    """Enter rows, and return how many documents were among them."""
    if not rows:
        return 0
    documents = [row for row in rows.members if row["kind"] == RECEIVED]
    with matter.write() as db:
        enter(db, rows)
        count_members(db, documents)
        body: dict[str, object] = {"documents": len(documents), "files": len(rows.members) - len(documents)}
        matter.act(db, "receive", rows.members[0]["key"] if rows.members else "", body)
    return len(documents)


# -- what came of it ---------------------------------------------------------------------------------------------


def _documents(db: Connection, number: int) -> int:
    return db.execute(select(func.count()).where(item.c.source == number, item.c.kind == RECEIVED)).scalar_one()


def _taken(matter: Matter, of: Source, *, already: bool) -> Taken:
    mine = item.c.source == of.id
    with matter.read() as db:
        counts: Counter[str] = Counter()
        groups = select(item.c.kind == RECEIVED, item.c.kind == LOAD_FILE, item.c.disposition, func.count())
        for received, load_file, disposition, count in db.execute(
            groups.where(mine, (item.c.depth == 0) | (item.c.kind == RECEIVED)).group_by(
                item.c.kind == RECEIVED, item.c.kind == LOAD_FILE, item.c.disposition
            )
        ):
            excluded = disposition == Disposition.EXCLUDED
            if not load_file:
                counts[("repeated" if excluded else "documents") if received else "files" if excluded else "loose"] += (
                    count
                )
        codes = select(exception.c.code, func.count()).join(item, item.c.key == exception.c.item).where(mine)
        exceptions = {code: count for code, count in db.execute(codes.group_by(exception.c.code))}
        again, shown = _again(db, of)
    return Taken(
        of.id,
        counts["documents"],
        counts["repeated"],
        counts["files"],
        counts["loose"],
        exceptions,
        again,
        shown,
        already,
    )


def _again(db: Connection, of: Source) -> tuple[int, tuple[str, ...]]:
    """How many begin numbers of a source stand in another source of its custodian too, and the first of them.

    Numbers are compared by hash, so that a million of them take eight megabytes.
    """
    number = func.json_extract(item.c.fields, "$.begbates")
    received = select(number).where(item.c.kind == RECEIVED, item.c.disposition == Disposition.DOCUMENT)
    others = select(source.c.id).where(source.c.custodian == of.custodian, source.c.id != of.id)
    held = array("q", (hash(text) for (text,) in _streamed(db, received.where(item.c.source.in_(others))) if text))
    if not held:
        return 0, ()
    known = np.unique(np.frombuffer(held.tobytes(), dtype=np.int64))
    mine = (text for (text,) in _streamed(db, received.where(item.c.source == of.id).order_by(item.c.sort)) if text)
    count = 0
    shown: list[str] = []
    while page := list(islice(mine, 10_000)):
        found = np.isin([hash(text) for text in page], known)
        count += int(found.sum())
        shown += [text for text, one in zip(page, found, strict=True) if one][: _SHOWN - len(shown)]
    return count, tuple(shown)


def _streamed(db: Connection, statement: Any) -> Any:
    return db.execution_options(yield_per=1000).execute(statement)
