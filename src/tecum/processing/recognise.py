"""The stage that recognises the words on pages without usable text: page by page, in killable workers.

What there is to do is read from the exceptions: an item whose reader said ``EMPTY_TEXT`` or ``TEXTLESS_PAGES``, and
that is a PDF or a picture, waits. A page that is done has a row in ``recognised``, which copies of the file share; when
every page of an item has one, ``processing.pagetext`` makes its text, and the exceptions are replaced by what is then
true. So a run that was interrupted goes on with the next page, and one that finds an engine at last does what waited.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import delete, func, select

from tecum.engine import blobs, ocr
from tecum.engine.blobs import BlobWriter
from tecum.engine.jobs import Done, Jobs
from tecum.engine.ocr import Engine
from tecum.engine.schema import blob, document, exception, item, recognised, recognition
from tecum.engine.store import put_rows
from tecum.errors import RecognitionChanged
from tecum.matter import Matter
from tecum.model import Disposition, ExceptionCode
from tecum.processing import rows as item_rows
from tecum.processing.pagetext import PICTURES, Reading, Scan, page_text, scan_of
from tecum.processing.pagewords import UNREAD, Batch, Bench, How, Rows, run_batch
from tecum.processing.rows import READ, RECOGNISE, TEXTLESS, Options
from tecum.progress import Progress

_BATCH = 4  # pages; a page takes seconds
_SHARE = 20  # pages for which another process is worth its start
_PAGE = 500  # items read from the store at a time
_ENTER = 100  # items whose texts go into one transaction


@dataclass
class Run:
    """What one run did.

    ``pages`` were recognised now; ``items`` have their text from it. ``renewed`` of them were documents already, so
    duplicates and index must forget what they knew. ``waiting`` items wait for an engine, ``lacking`` says what to
    install, and is "" where nothing is amiss. ``small`` pictures were left out, being too small for words.
    """

    pages: int = 0
    items: int = 0
    renewed: int = 0
    small: int = 0
    waiting: int = 0
    lacking: str = ""


def run(matter: Matter, options: Options, progress: Progress) -> Run:
    """Recognise what waits, and enter the texts; nothing where the settings say ``ocr = "none"``.

    ``options`` are those with which the items were read (``ingest.options_of``). To be called when no item is open,
    before documents are numbered and before duplicates and index are made.

    Raises:
        RecognitionChanged: when the engine recorded in the matter is not the one on this machine.
        SettingsInvalid: when a language is not installed. SandboxFailed, DiskFull.
    """
    wanted, done = matter.settings.processing.ocr, Run()
    if wanted == "none":
        return done
    waiting = _leave_out(matter, done)
    if not waiting:
        return done
    engine = _engine(matter)
    if engine is None:
        done.waiting, done.lacking = waiting, ocr.missing(wanted)
        return done
    dpi = matter.settings.processing.ocr_dpi
    how = How(options.blobs, engine, dpi, options.seconds, options.memory_mib, options.passwords)
    total = sum(len(batch.pages) for batch in _batches(matter, how))
    with Jobs(matter.workers(total, _SHARE), setup=partial(Bench, how)) as jobs:
        for step in jobs.map(run_batch, _batches(matter, how)):
            done.pages += _take(matter, how, step, jobs)
            progress("recognised", done.pages, total)
    _make_texts(matter, how, done)
    return done


def reopen(db: Any) -> int:
    """Let every page be recognised again that could not be; return of how many items. For ``retry``."""
    failed = select(recognised.c.sha256).where(recognised.c.code != "")
    statement = (
        select(item.c.key, item.c.fields, recognition.c.original)
        .join(recognition, recognition.c.item == item.c.key)
        .where(item.c.sha256.in_(failed))
    )
    again = list(db.execute(statement))
    db.execute(delete(recognised).where(recognised.c.code != ""))
    changes, exceptions = [], []
    for row in again:
        changes.append({"key": row.key, "text": row.original, "text_size": 0, "body_hash": "", "fields": row.fields})
        exceptions.append(_trouble(row.key, ExceptionCode.EMPTY_TEXT, "its words are to be recognised again", READ, ""))
    item_rows.recognised(db, [row.key for row in again], changes, exceptions)
    return len(changes)


# -- the engine ------------------------------------------------------------------------------------------


def _engine(matter: Matter) -> Engine | None:
    """Return the engine that the matter names, recording it at its first use; None while it was never there."""
    how, recorded = matter.settings.processing, matter.settings.engine
    engine = ocr.find(how.ocr, how.ocr_languages)
    here = engine.recorded() if engine is not None else {}
    if difference := ocr.changed(recorded, here):
        raise RecognitionChanged(f"The text recognition is another: {difference}")
    if not here.items() <= recorded.items():
        matter.save_settings(replace(matter.settings, engine={**recorded, **here}))
        with matter.write() as db:
            matter.act(db, "engine", "ocr", dict(here))
    return engine


# -- what waits ------------------------------------------------------------------------------------------


def _waiting() -> Any:
    """Select the items whose reader found no usable text, in order, and that may be recognised."""
    said = select(exception.c.item).where(exception.c.stage == READ, exception.c.code.in_(TEXTLESS))
    return (
        select(
            item.c.key, item.c.source, item.c.sort, item.c.sha256, item.c.kind, item.c.inline, item.c.fields,
            item.c.text, blob.c.hash, blob.c.pack, blob.c.start, blob.c.size.label("bytes"),
        )
        .join(blob, blob.c.hash == item.c.sha256)
        .where(
            item.c.key.in_(said),
            item.c.kind.in_((*PICTURES, "pdf")),
            item.c.disposition == Disposition.DOCUMENT,
        )
        .order_by(item.c.source, item.c.sort)
        .limit(_PAGE)
    )  # fmt: skip


def _scans(matter: Matter) -> Iterator[list[Scan]]:
    """Yield what waits, page by page of the store."""
    at = (0, b"")
    while True:
        after = (item.c.source > at[0]) | ((item.c.source == at[0]) & (item.c.sort > at[1]))
        with matter.read() as db:
            found = list(db.execute(_waiting().where(after)))
        if not found:
            return
        yield [scan_of(row) for row in found]
        at = (found[-1].source, found[-1].sort)


def _batches(matter: Matter, how: How) -> Iterator[Batch]:
    """Yield the pages that have no row yet, each content once."""
    seen: set[str] = set()
    for scans in _scans(matter):
        known = _known(matter, how, [scan.sha256 for scan in scans])
        for scan in scans:
            if scan.sha256 in seen:
                continue
            seen.add(scan.sha256)
            open_pages = [page for page in scan.pages if page not in known.get(scan.sha256, {})]
            for start in range(0, len(open_pages), _BATCH):
                pages = tuple(open_pages[start : start + _BATCH])
                yield Batch(scan.sha256, scan.kind, pages, scan.source)


def _known(matter: Matter, how: How, digests: Sequence[str]) -> dict[str, dict[int, Any]]:
    """Return the rows of these files that were made in this way, by hash and page."""
    found: dict[str, dict[int, Any]] = {}
    same = [recognised.c[name] == value for name, value in how.columns.items()]
    with matter.read() as db:
        for row in db.execute(select(recognised).where(recognised.c.sha256.in_(set(digests)), *same)):
            found.setdefault(row.sha256, {})[row.page] = row
    return found


# -- the pages ------------------------------------------------------------------------------------------


def _take(matter: Matter, how: How, step: Done[Batch, Rows], jobs: Jobs[Bench]) -> int:
    """Enter a worker's rows; pages of a batch whose worker died are tried again one by one, then given up."""
    if step.error:
        step.error.raise_for_all()
        known = _known(matter, how, [step.batch.sha256]).get(step.batch.sha256, {})
        left = [page for page in step.batch.pages if page not in known]
        if len(step.batch.pages) > 1:
            singly = (replace(step.batch, pages=(page,)) for page in left)
            return sum(_take(matter, how, one, jobs) for one in jobs.map(run_batch, singly))
        message = f"the process that read it died: {step.error.message}"[:2000]
        row = {"sha256": step.batch.sha256, **how.columns, **UNREAD, "code": ExceptionCode.CRASH, "message": message}
        return _enter(matter, Rows([row | {"page": page} for page in left]))
    return _enter(matter, step.value) if step.value is not None else 0


def _enter(matter: Matter, found: Rows) -> int:
    with matter.write() as db:
        blobs.record(db, found.blobs)
        for row in found.pages:  # one that was made in another way gives place
            same = (recognised.c.sha256 == row["sha256"]) & (recognised.c.page == row["page"])
            db.execute(delete(recognised).where(same))
        put_rows(db, recognised, found.pages)
    return len(found.pages)


# -- the texts -------------------------------------------------------------------------------------------


def _leave_out(matter: Matter, done: Run) -> int:
    """Settle the pictures that are not to be recognised, whatever the engine; return how many items still wait."""
    waiting = 0
    for scans in _scans(matter):
        out = [Reading(scan.key, problems={ExceptionCode.EMPTY_TEXT: scan.left_out}) for scan in scans if scan.left_out]
        _enter_texts(matter, "", out)
        done.small += len(out)
        waiting += len(scans) - len(out)
    return waiting


def _make_texts(matter: Matter, how: How, done: Run) -> None:
    """Give every item whose pages are done its text, and say what is true of it now."""
    with BlobWriter(matter.folder / "blobs") as writer:
        for scans in _scans(matter):
            known = _known(matter, how, [scan.sha256 for scan in scans])
            for start in range(0, len(scans), _ENTER):
                made = [
                    page_text(matter, one, known[one.sha256], how.engine.shown, writer)
                    for one in scans[start : start + _ENTER]
                ]
                writer.sync()
                done.renewed += _enter_texts(matter, how.engine.shown, made)
                done.items += len(made)


def _enter_texts(matter: Matter, by: str, readings: list[Reading]) -> int:
    """Enter what was made of some items; return how many of those with another text are documents already."""
    if not readings:
        return 0
    exceptions = [
        _trouble(one.key, code, message, RECOGNISE, by) for one in readings for code, message in one.problems.items()
    ]
    keys = [one.key for one in readings]
    texts = [one for one in readings if one.row]
    with matter.write() as db:
        blobs.record(db, [ref for one in texts for ref in one.blobs])
        item_rows.recognised(db, keys, [one.change for one in texts], exceptions)
        db.execute(delete(recognition).where(recognition.c.item.in_(keys)))
        put_rows(db, recognition, [one.row for one in texts])
        matter.act(db, RECOGNISE, keys[0], {"items": len(texts), "left_out": len(keys) - len(texts), "engine": by})
        numbered = select(func.count()).where(document.c.item.in_([one.key for one in texts]))
        return int(db.execute(numbered).scalar_one())


def _trouble(key: str, code: str, message: str, stage: str, tool: str) -> dict[str, str]:
    return {"item": key, "stage": stage, "code": str(code), "message": message[:2000], "tool": tool}
