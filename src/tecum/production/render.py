"""Every document that goes out becomes pages before it is numbered: the page count makes the numbers.

Mail and plain text are typeset, PDF and pictures rebuilt as clean pages; anything else, and whatever cannot be
rendered, goes out as its native behind a one-page slip sheet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from tecum.engine import blobs, pages
from tecum.engine.blobs import BlobRef, Blobs, BlobWriter
from tecum.engine.jobs import Jobs
from tecum.engine.sandbox import Limits, Sandbox
from tecum.engine.schema import blob, document, exception, item, rendition
from tecum.engine.store import canonical, put_rows
from tecum.errors import RendererChanged
from tecum.matter import Matter
from tecum.model import MAIL_KINDS, Disposition, ExceptionCode
from tecum.production.header import mail_header

TASK = "tecum.engine.pages:render_task"
PAGE, SLIP = "page", "slip"
_BATCH = 25
_SHARE = 150  # documents for which another process is worth its start
_KINDS = (
    {"text": "text", "pdf": "pdf"}
    | dict.fromkeys(MAIL_KINDS, "mail")
    | dict.fromkeys(("png", "jpg", "tif", "gif", "bmp", "webp"), "image")
)


@dataclass(frozen=True)
class Sheet:
    """One document to render, as plain values."""

    document: int
    item: str
    kind: str  # mail, text, pdf, image, slip
    data: dict[str, Any]  # for the typesetter
    slip: dict[str, Any]  # the slip sheet, should the page fail
    source: BlobRef | None  # the native, for pdf and image; the text, for mail and text


@dataclass
class Rendered:
    """Rows that a worker returns."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[dict[str, str]] = field(default_factory=list)
    blobs: list[BlobRef] = field(default_factory=list)


def check_engine(matter: Matter) -> None:
    """Raise ``RendererChanged`` unless renderer and fonts are those recorded at init."""
    recorded, here = matter.settings.engine, pages.setup()
    for name, value in here.items():
        if recorded.get(name) != value:
            raise RendererChanged(
                f"{name} was {recorded.get(name, 'not recorded')} when this matter began and is {value} here"
            )


Enter = Callable[[Connection, list[dict[str, str]]], None]


def render(matter: Matter, documents: list[int], enter: Enter, progress: Any) -> None:
    """Render what has no pages yet; ``enter`` takes the exceptions found, in the transaction of their pages."""
    check_engine(matter)
    version = engine_version(matter)
    todo = _not_rendered(matter, documents, version)
    workers = matter.workers(len(todo), _SHARE)
    how = matter.settings.processing
    done_count = 0
    setup = partial(Bench, str(matter.folder / "blobs"), how.seconds, how.memory_mib, version)
    with Jobs(workers, setup=setup) as jobs:
        for done in jobs.map(run_batch, _batches(matter, todo)):
            result = done.value
            if done.error:
                done.error.raise_for_all()
                result = _slips_only(matter, done.batch, done.error.message, setup)
            if result is None:
                continue
            with matter.write() as db:
                blobs.record(db, result.blobs)
                for row in result.rows:
                    db.execute(rendition.delete().where(rendition.c.document == row["document"]))
                put_rows(db, rendition, result.rows)
                enter(db, result.exceptions)
            done_count += len(result.rows)
            progress("rendered", done_count, len(todo))


def engine_version(matter: Matter) -> str:
    """A short name for the renderer, its version and fonts: pages made by another are made again."""
    of_pages = {key: value for key, value in matter.settings.engine.items() if not key.startswith("ocr")}
    return hashlib.sha256(canonical(of_pages).encode()).hexdigest()[:16]


class Bench:
    """What a rendering worker keeps: its sandbox, its pack of blobs."""

    def __init__(self, folder: str, seconds: int, memory_mib: int, version: str) -> None:
        self._stack = ExitStack()
        limits = Limits(wall_s=seconds * 2, cpu_s=seconds * 2, memory_mb=memory_mib)
        self.sandbox = self._stack.enter_context(Sandbox(limits))
        self.writer = self._stack.enter_context(BlobWriter(Path(folder)))
        self.blobs = Blobs(Path(folder))
        self.version = version
        self._stack.callback(self.blobs.close)

    def close(self) -> None:
        """End the sandbox and close the pack."""
        self._stack.close()

    def sheet(self, sheet: Sheet, result: Rendered) -> None:
        """Render one document; what cannot be rendered becomes a slip sheet with its reason."""
        kind, note = sheet.kind, ""
        made = self._pages(kind, sheet.data, sheet.source)
        if kind != SLIP and (made.trouble or made.missing):
            code = ExceptionCode.RENDER_FAILED if made.trouble else ExceptionCode.GLYPH_MISSING
            note = made.trouble or f"no glyph in the shipped fonts for {', '.join(made.missing[:10])}"
            result.exceptions.append(
                {"item": sheet.item, "stage": "render", "code": code, "message": note[:2000], "tool": "pages"}
            )
            kind = SLIP
            made = self._pages(SLIP, because(sheet.slip, note), None)
        if made.trouble:
            raise RuntimeError(f"the slip sheet of document {sheet.document} failed: {made.trouble}")
        ref = self.writer.put(made.pdf)
        result.blobs.append(ref)
        result.rows.append(
            {
                "document": sheet.document,
                "kind": SLIP if kind == SLIP else PAGE,
                "version": self.version,
                "blob": ref.hash,
                "pages": made.pages,
                "note": "; ".join([note, *made.notes]).strip("; "),
            }
        )

    def _pages(self, kind: str, data: dict[str, Any], source: BlobRef | None) -> _Made:
        made = _Made()
        given = self.blobs.open(source) if source is not None else None if kind == SLIP else b""
        outcome = self.sandbox.run(TASK, given, {"kind": kind, "data": data}, made.take)
        if not outcome.ok:
            made.trouble = f"{outcome.code}: {outcome.message}"
        elif not made.pages:
            made.trouble = "no page was made"
        return made


class _Made:
    """What the child sends of a rendition; untrusted until counted."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.pages = 0
        self.missing: list[str] = []
        self.notes: list[str] = []
        self.trouble = ""

    def take(self, untrusted: dict[str, Any], payload: bytes) -> None:
        self._parts.append(payload)
        self.pages = int(untrusted.get("pages", self.pages))
        self.missing = [str(one)[:8] for one in untrusted.get("missing_glyphs", self.missing)][:50]
        self.notes = [str(one)[:200] for one in untrusted.get("notes", self.notes)][:20]

    @property
    def pdf(self) -> bytes:
        return b"".join(self._parts)


def run_batch(bench: Bench, batch: list[Sheet]) -> Iterator[Rendered]:
    """The pure function that workers run."""
    result = Rendered()
    for sheet in batch:
        bench.sheet(sheet, result)
    bench.writer.sync()
    yield result


def because(slip: dict[str, Any], reason: str) -> dict[str, Any]:
    """A slip sheet with the reason why there are no pages; "" adds nothing."""
    return slip | {"fields": [*slip["fields"], ["Reason", reason[:300]]]} if reason else slip


def _slips_only(matter: Matter, batch: list[Sheet], error: str, setup: Any) -> Rendered:
    """A worker died over a batch: its documents get slip sheets, each with the reason."""
    bench = setup()
    try:
        result = Rendered()
        for sheet in batch:
            slip = Sheet(sheet.document, sheet.item, SLIP, sheet.slip | {"reason": error[:300]}, sheet.slip, None)
            bench.sheet(slip, result)
            trouble = {"item": sheet.item, "stage": "render", "code": ExceptionCode.RENDER_FAILED}
            result.exceptions.append(trouble | {"message": error[:2000], "tool": "pages"})
        bench.writer.sync()
        return result
    finally:
        bench.close()


def _not_rendered(matter: Matter, documents: list[int], version: str) -> list[int]:
    with matter.read() as db:
        there = set(db.execute(select(rendition.c.document).where(rendition.c.version == version)).scalars())
    return [one for one in documents if one not in there]


def _batches(matter: Matter, documents: list[int]) -> Iterator[list[Sheet]]:
    for start in range(0, len(documents), _BATCH):
        yield _sheets(matter, documents[start : start + _BATCH])


def _sheets(matter: Matter, ids: list[int]) -> list[Sheet]:
    native, text = blob.alias("native"), blob.alias("text")
    columns = [
        document.c.id, document.c.control, document.c.item, document.c.date, item.c.kind, item.c.name,
        item.c.size, item.c.sha256, item.c.disposition, item.c.fields,
        *(one.c[name].label(f"{label}_{name}") for label, one in (("native", native), ("text", text))
          for name in ("hash", "pack", "start", "size")),
    ]  # fmt: skip
    statement = (
        select(*columns)
        .join(item, item.c.key == document.c.item)
        .outerjoin(native, native.c.hash == item.c.sha256)
        .outerjoin(text, text.c.hash == item.c.text)
        .where(document.c.id.in_(ids))
        .order_by(document.c.id)
    )
    with matter.read() as db:
        return [_sheet(matter, row, _attached(db, row.id), _why(db, row.item)) for row in db.execute(statement)]


def _sheet(matter: Matter, row: Any, attached: list[str], why: str) -> Sheet:
    fields = json.loads(row.fields)
    processed = row.disposition == Disposition.DOCUMENT
    kind = _KINDS.get(row.kind, SLIP) if processed else SLIP
    slip = {
        "title": "Document Produced Natively" if processed else "Document Could Not Be Processed; Produced Natively",
        "fields": [
            ["File name", row.name], ["Control number", row.control],
            ["Size", f"{row.size:,} bytes" if row.size >= 0 else "not known"], ["SHA-256", row.sha256 or "none"],
        ],
    }  # fmt: skip
    slip = because(slip, why)
    if row.native_hash is None:
        slip["title"] = "Document Could Not Be Collected"
    data = slip
    source = None
    if kind == "mail":
        zone = matter.settings.plan.production.time_zone
        data = mail_header(fields, row.date, zone, attached)
        source = _ref(row, "text")
    elif kind == "text":
        data = {}
        source = _ref(row, "text")
    elif kind != SLIP:
        data, source = {}, _ref(row, "native")
    return Sheet(row.id, row.item, kind, data, slip, source)


def _ref(row: Any, label: str) -> BlobRef | None:
    values = [getattr(row, f"{label}_{name}") for name in ("hash", "pack", "start", "size")]
    return BlobRef(*values) if values[0] is not None else None


def _attached(db: Any, parent: int) -> list[str]:
    rows = db.execute(
        select(item.c.name)
        .join(document, document.c.item == item.c.key)
        .where(document.c.parent == parent, item.c.inline == 0)
        .order_by(document.c.id)
    )
    return list(rows.scalars())


def _why(db: Any, key: str) -> str:
    rows = db.execute(
        select(exception.c.code, exception.c.message).where(exception.c.item == key).order_by(exception.c.code)
    )
    return "; ".join(f"{row.code}: {row.message}" for row in rows)[:300]
