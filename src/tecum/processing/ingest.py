"""The order of steps from a path to numbered documents; each step does only what is not yet done."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import and_, func, select

from tecum.engine.blobs import BlobRef
from tecum.engine.jobs import Done, Jobs
from tecum.engine.schema import blob, item, source
from tecum.errors import SettingsInvalid, SourceMissing
from tecum.matter import Matter
from tecum.model import Disposition, ExceptionCode
from tecum.processing import collect, number, recognise
from tecum.processing.circumstances import READ, circumstances
from tecum.processing.collect import Source
from tecum.processing.extract import Bench
from tecum.processing.rows import Options, Rows, Work, enter
from tecum.progress import Progress

_BATCH_ITEMS = 200
_BATCH_BYTES = 16 << 20
_PAGE = 2000
_SHARE = 1000  # items for which another process is worth its start


@dataclass
class Run:
    """What one run of ``ingest`` did."""

    found: int = 0
    new: int = 0
    read: int = 0
    numbered: int = 0
    missing: list[str] = field(default_factory=list)
    recognition: recognise.Run = field(default_factory=recognise.Run)
    seconds: float = 0.0


def ingest(matter: Matter, sources: list[Source], progress: Progress) -> Run:
    """Collect the sources, read every item found, and number the documents.

    Raises:
        SourceMissing: at the end, when a source vanished; everything else is done and kept.
    """
    started = time.monotonic()
    run = Run()
    for one in sources:
        try:
            found = collect.walk(matter, one)
            run.found += found.items
            run.new += found.new
        except SourceMissing as error:
            run.missing.append(str(error))
        progress("found", run.found, 0)
    run.read = read_open_items(matter, progress)
    run.recognition = recognise.run(matter, options_of(matter), progress)
    for one in sources:
        if one.path.exists():
            collect.close(matter, one)
    run.numbered = number.number(matter)
    run.seconds = time.monotonic() - started
    if run.missing:
        raise SourceMissing("; ".join(run.missing))
    return run


def read_open_items(matter: Matter, progress: Progress) -> int:
    """Read every item that has no disposition yet, level by level, until there are none."""
    options = options_of(matter)
    with matter.read() as db:
        amount = db.execute(select(func.count()).where(item.c.disposition == "")).scalar_one()
    read = 0
    with Jobs(matter.workers(amount, _SHARE), setup=partial(Bench, options)) as jobs:
        while True:
            with matter.read() as db:
                depth, total = db.execute(
                    select(func.min(item.c.depth), func.count()).where(item.c.disposition == "")
                ).one()
            if not total:
                if read:
                    with matter.write() as db:
                        matter.act(db, READ, "items", {"items": read, **circumstances(options)})
                return read
            before = read
            for done in jobs.map(run_batch, _batches(matter, depth)):
                read += _take(matter, done, jobs)
                progress("read", read, before + total)


def run_batch(bench: Bench, batch: list[Work]) -> Iterator[Rows]:
    """The pure function that workers run."""
    yield from bench.run(batch)


def options_of(matter: Matter) -> Options:
    """What workers need to know of the settings."""
    how = matter.settings.processing
    return Options(
        blobs=str(matter.folder / "blobs"),
        seconds=how.seconds,
        memory_mib=how.memory_mib,
        depth=how.depth,
        members=how.members,
        ratio=how.ratio,
        expand=how.expand_mib << 20,
        passwords=_passwords(matter),
    )


def _passwords(matter: Matter) -> tuple[str, ...]:
    """The password list, a file of its own so that tecum.toml can be shown to anyone."""
    name = matter.settings.processing.passwords
    if not name:
        return ()
    path = matter.folder / name
    try:
        return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line)
    except OSError as error:
        raise SettingsInvalid(f"[processing] passwords: {path} cannot be read: {error.strerror}") from None


def _take(matter: Matter, done: Done[list[Work], Rows], jobs: Jobs[Bench]) -> int:
    """Enter a worker's rows; a batch whose worker died is tried again item by item, then given up."""
    if done.error:
        done.error.raise_for_all()
        left = _still_open(matter, done.batch)
        if len(done.batch) > 1:
            return sum(_take(matter, one, jobs) for one in jobs.map(run_batch, [[work] for work in left]))
        return _enter(matter, _given_up(done.batch[0], done.error.message)) if left else 0
    return _enter(matter, done.value) if done.value is not None else 0


def _enter(matter: Matter, rows: Rows) -> int:
    if not rows:
        return 0
    with matter.write() as db:
        enter(db, rows)
        if rows.items:
            body: dict[str, object] = {"items": len(rows.items), "exceptions": len(rows.exceptions)}
            matter.act(db, "extract", rows.items[0]["key"], body)
    return len(rows.items)


def _still_open(matter: Matter, batch: list[Work]) -> list[Work]:
    """Those of a failed batch whose rows did not arrive before it failed."""
    keys = [work.key for work in batch]
    with matter.read() as db:
        still = set(db.execute(select(item.c.key).where(item.c.key.in_(keys), item.c.disposition == "")).scalars())
    return [work for work in batch if work.key in still]


def _given_up(work: Work, error: str) -> Rows:
    row = {"key": work.key, "disposition": Disposition.UNPROCESSABLE}
    trouble = {
        "item": work.key,
        "stage": "read",
        "code": ExceptionCode.CRASH,
        "message": f"the process that read it died twice: {error}"[:2000],
        "tool": "",
    }
    return Rows(items=[row], exceptions=[trouble])


def _batches(matter: Matter, depth: int) -> Iterator[list[Work]]:
    """Open items of one depth in order, in batches bounded by number and bytes."""
    batch: list[Work] = []
    size = 0
    for work in _open_items(matter, depth):
        batch.append(work)
        size += max(0, work.size)
        if len(batch) >= _BATCH_ITEMS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _open_items(matter: Matter, depth: int) -> Iterator[Work]:
    columns = (
        item.c.key, item.c.source, item.c.depth, item.c.sort, item.c.path, item.c.name, item.c.size,
        item.c.modified, item.c.outside, item.c.budget, source.c.path.label("root"),
        blob.c.hash, blob.c.pack, blob.c.start, blob.c.size.label("bytes"),
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(source, source.c.id == item.c.source)
        .outerjoin(blob, and_(blob.c.hash == item.c.sha256, item.c.depth > 0))
        .where(item.c.disposition == "", item.c.depth == depth)
        .order_by(item.c.source, item.c.sort)
        .limit(_PAGE)
    )
    at = (0, b"")
    while True:
        after = (item.c.source > at[0]) | ((item.c.source == at[0]) & (item.c.sort > at[1]))
        with matter.read() as db:
            page = list(db.execute(statement.where(after)))
        if not page:
            return
        yield from (_work(row) for row in page)
        at = (page[-1].source, page[-1].sort)


def _work(row: Any) -> Work:
    root = os.fsencode(row.root)
    ref = BlobRef(row.hash, row.pack, row.start, row.bytes) if row.hash is not None else None
    return Work(
        key=row.key,
        source=row.source,
        depth=row.depth,
        sort=row.sort,
        path=row.path,
        name=row.name,
        size=row.size,
        modified=row.modified,
        outside=json.loads(row.outside),
        budget=row.budget,
        root=row.root,
        # A source that is one file is its own path; below a folder the item's path is added.
        file=(b"" if ref is not None else os.path.join(root, row.sort) if os.path.isdir(root) else root),  # noqa: PTH112, PTH118
        blob=ref,
    )
