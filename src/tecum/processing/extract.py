"""One batch of items, read in the sandbox: plain values in, rows out, in any process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tecum.engine import programs
from tecum.engine.blobs import Blobs, BlobWriter
from tecum.engine.sandbox import Limits, Outcome, Sandbox
from tecum.processing.itemreading import ROWS, ItemReading
from tecum.processing.rows import Options, Rows, Work

if TYPE_CHECKING:
    from tecum.engine.office import Office

_RECYCLE = 4000  # files a child reads before it is replaced; a new one takes 0.2 s, a mail 0.3 ms


class Bench:
    """What a worker process keeps between batches: its sandboxes and its pack of blobs."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._stack = ExitStack()
        self._limits = Limits(wall_s=options.seconds, cpu_s=options.seconds, memory_mb=options.memory_mib)
        self._sandboxes: dict[tuple[str, ...], Sandbox] = {}
        self._office: Office | None = None
        self.writer = self._stack.enter_context(BlobWriter(Path(options.blobs)))
        self.blobs = Blobs(Path(options.blobs))
        self._stack.callback(self.blobs.close)

    def close(self) -> None:
        """End the sandboxes and close the pack."""
        self._stack.close()

    def sandbox_with(self, names: tuple[str, ...]) -> Sandbox:
        """The child that may run these programs; without any, the one that reads nearly everything."""
        known = self._sandboxes.get(names)
        if known is None:
            found = programs.found(names)
            reads = [path for one in found for path in one.reads]
            known = Sandbox(self._limits, recycle=_RECYCLE, reads=reads, programs=[one.path for one in found])
            self._sandboxes[names] = self._stack.enter_context(known)
        return known

    def run(self, batch: list[Work]) -> Iterator[Rows]:
        """Read a batch; yields rows as soon as there are enough for a transaction."""
        rows = Rows()
        waiting: list[ItemReading] = []
        for work in batch:
            reading = ItemReading(self, work, rows)
            for _ in reading.run():
                yield self.durable(rows)
                rows = reading.rows = Rows()
            if reading.target:
                waiting.append(reading)
            if len(rows) >= ROWS:
                yield self.durable(rows)
                rows = Rows()
        for reading, converted in self.convert(waiting):
            reading.rows = rows
            for _ in reading.resume(converted):
                yield self.durable(rows)
                rows = reading.rows = Rows()
        yield self.durable(rows)

    def convert(self, waiting: list[ItemReading]) -> Iterator[tuple[ItemReading, bytes | Path | Outcome]]:
        """Bring files into the formats that their readers want, those of one source at a time."""
        if not waiting:
            return
        if self._office is None:
            from tecum.engine.office import Office

            self._office = self._stack.enter_context(Office(self._limits))
        for _, some in groupby(waiting, key=lambda one: one.work.source):
            files = [(one, one.source, one.row["kind"], one.target) for one in some if one.source is not None]
            yield from self._office.convert(files)

    def durable(self, rows: Rows) -> Rows:
        """Return rows once their blobs are durable."""
        self.writer.sync()
        return rows
