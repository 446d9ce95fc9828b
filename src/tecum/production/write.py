"""Write a numbered volume: stamped pages, texts, natives, load file, manifest; the same bytes every time.

Everything is written below a hidden folder and renamed once whole, so a volume is absent or complete. A
killed run is taken up where its last synced batch ended.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tecum import fields
from tecum.engine.blobs import BlobRef, Blobs
from tecum.engine.jobs import Jobs
from tecum.engine.sandbox import Limits, Sandbox
from tecum.engine.schema import blob, document, item, job
from tecum.engine.store import forget_done, from_os_error, mark_done
from tecum.errors import MatterDamaged
from tecum.loadfile import write_dat
from tecum.matter import Matter
from tecum.model import MAIL_KINDS
from tecum.production.header import text_header
from tecum.production.record import Entry, Volume, entries

TASK = "tecum.engine.pages:endorse_task"
MANIFEST = "MANIFEST.csv"
_BATCH = 50
_SHARE = 300  # documents for which another process is worth its start
_PIECE = 1 << 20


@dataclass(frozen=True)
class Copy:
    """One document to write, as plain values."""

    document: int
    numbers: list[str]
    designation: str
    own_page: bool  # made by our typesetter: its footer band is known to be empty
    page: BlobRef
    pdf_path: str
    text: BlobRef | None
    text_head: str
    text_path: str
    native: BlobRef | None
    native_path: str


def partial_folder(matter: Matter, name: str) -> Path:
    """Where a volume is written before it is whole."""
    return matter.folder / "productions" / f".{name}.partial"


def write(matter: Matter, volume: Volume, progress: Any) -> str:
    """Write the volume's files and return the SHA-256 of its manifest."""
    folder = partial_folder(matter, volume.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.rglob(".*"):  # by a killed run
            left.unlink()
        _write_documents(matter, volume, folder, progress)
        _write_load_file(matter, volume, folder)
        return _write_manifest(folder)
    except OSError as error:
        raise from_os_error(error, folder) or error from error


def discard(matter: Matter, name: str) -> None:
    """Remove a volume's unfinished files, as when check found a stop in them; its numbers stay its own."""
    shutil.rmtree(partial_folder(matter, name), ignore_errors=True)
    with matter.write() as db:
        forget_done(db, _stage(name))


def _stage(name: str) -> str:
    return f"write {name}"


class Bench:
    """What a writing worker keeps. It writes only below the volume's unfinished folder, and again harmlessly."""

    def __init__(self, blobs: str, folder: str, seconds: int, memory_mib: int) -> None:
        self._stack = ExitStack()
        self.sandbox = self._stack.enter_context(
            Sandbox(Limits(wall_s=seconds * 2, cpu_s=seconds * 2, memory_mb=memory_mib))
        )
        self.blobs = Blobs(Path(blobs))
        self.folder = Path(folder)
        self._stack.callback(self.blobs.close)

    def close(self) -> None:
        """End the sandbox."""
        self._stack.close()

    def write(self, copy: Copy) -> None:
        """Write one document's files."""
        parts: list[bytes] = []
        args = {
            "numbers": copy.numbers,
            "designation": copy.designation,
            "clear_footer": copy.own_page,
        }
        page = self.blobs.open(copy.page)
        outcome = self.sandbox.run(TASK, page, args, lambda _message, payload: parts.append(payload))
        if not outcome.ok:
            raise RuntimeError(f"stamping {copy.numbers[0]} failed: {outcome.code} {outcome.message}")
        self._put(copy.pdf_path, iter(parts))
        if copy.text_path:
            body = self.blobs.pieces(copy.text) if copy.text else iter(())
            self._put(copy.text_path, _text(copy.text_head, body))
        if copy.native is not None:
            self._put(copy.native_path, self.blobs.pieces(copy.native))

    def _put(self, path: str, pieces: Iterator[bytes]) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}")  # no number begins with a dot
        with temporary.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)


def run_batch(bench: Bench, batch: list[Copy]) -> Iterator[list[int]]:
    """The function that workers run; returns the documents written and synced."""
    for copy in batch:
        bench.write(copy)
    yield [copy.document for copy in batch]


def _write_documents(matter: Matter, volume: Volume, folder: Path, progress: Any) -> None:
    stage = _stage(volume.name)
    how = matter.settings.processing
    setup = partial(Bench, str(matter.folder / "blobs"), str(folder), how.seconds, how.memory_mib)
    with matter.read() as db:
        there = set(db.execute(select(job.c.input).where(job.c.stage == stage)).scalars())
    written = len(there)
    with Jobs(matter.workers(volume.documents - written, _SHARE), setup=setup) as jobs:
        for done in jobs.map(run_batch, _batches(matter, volume, there)):
            if done.error:
                done.error.raise_for_all()
                raise MatterDamaged(
                    f"{volume.name} could not be written: {done.error.message}",
                    remedy="Run the same command again; if it stops at the same place, run tecum verify",
                )
            if done.value:
                with matter.write() as db:
                    mark_done(db, stage, "1", [str(one) for one in done.value])
                written += len(done.value)
                progress("written", written, volume.documents)


def _batches(matter: Matter, volume: Volume, there: set[str]) -> Iterator[list[Copy]]:
    batch: list[Copy] = []
    for entry in entries(matter, volume):
        if str(entry.document) in there:
            continue
        batch.append(_copy(matter, volume, entry))
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _copy(matter: Matter, volume: Volume, entry: Entry) -> Copy:
    with matter.read() as db:
        wanted = {entry.page_blob, entry.native_blob, entry.text_blob} - {""}
        rows = db.execute(select(blob).where(blob.c.hash.in_(wanted)))
        refs = {row.hash: BlobRef(row.hash, row.pack, row.start, row.size) for row in rows}
        head = ""
        if entry.meta.kind in MAIL_KINDS and entry.text_path:
            attached = db.execute(
                select(item.c.name)
                .join(document, document.c.item == item.c.key)
                .where(document.c.parent == entry.document, item.c.inline == 0)
                .order_by(document.c.id)
            ).scalars()
            said = json.loads(entry.meta.fields)
            head = text_header(said, entry.meta.date, volume.settings["time_zone"], list(attached))
    first = entry.meta.first
    return Copy(
        document=entry.document,
        numbers=[volume.bates(number) for number in range(first, entry.meta.last + 1)],
        designation=volume.settings["designation"],
        own_page=entry.kind == "slip" or entry.meta.kind in {"text", *MAIL_KINDS},
        page=refs[entry.page_blob],
        pdf_path=entry.pdf_path,
        text=refs.get(entry.text_blob),
        text_head=head,
        text_path=entry.text_path,
        native=refs[entry.native_blob] if entry.native_path else None,
        native_path=entry.native_path,
    )


def _text(head: str, body: Iterator[bytes]) -> Iterator[bytes]:
    """Lines end with CR LF, whatever they ended with; a pair cut by two pieces stays one."""
    yield head.replace("\n", "\r\n").encode()
    carried = b""
    for piece in body:
        whole = carried + piece
        carried = b"\r" if whole.endswith(b"\r") else b""
        kept = whole[: len(whole) - len(carried)]
        yield kept.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if carried:
        yield b"\r\n"


def _write_load_file(matter: Matter, volume: Volume, folder: Path) -> None:
    path = folder / "DATA" / f"{volume.name}.DAT"
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = fields.profile(volume.settings["profile"])
    with path.open("wb") as file:
        replaced = write_dat(file, profile, (entry.row for entry in entries(matter, volume)))
    if replaced:
        with matter.write() as db:
            signs = sorted({f"{one.sign} by {one.written!r}" for one in replaced})
            matter.act(db, "replace signs in load file", volume.name, {"count": len(replaced), "signs": signs[:50]})


def _write_manifest(folder: Path) -> str:
    """List every file with its size and SHA-256, read back from the disk."""
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST
    )
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["path", "bytes", "sha256"])
    for name in names:
        sha256, size = digest(folder / name)
        table.writerow([name, size, sha256])
    data = out.getvalue().encode()
    with (folder / MANIFEST).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    sha256 = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha256.update(piece)
            size += len(piece)
    return sha256.hexdigest(), size
