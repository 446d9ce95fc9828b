"""The words of pages, recognised in a worker: plain values in, rows out; each page in a child that can be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tecum.engine import ocr
from tecum.engine.blobs import BlobRef, Blobs, BlobWriter
from tecum.engine.ocr import Engine
from tecum.model import ExceptionCode

_PATIENCE: Final = 3  # a page is read up to three times, so it has as many times the seconds that a file has
_DPI: Final = 300  # at which those seconds are enough
_AGAIN: Final = (ExceptionCode.CRASH, ExceptionCode.MEMORY, ExceptionCode.TIMEOUT)
UNREAD: Final[dict[str, Any]] = {"words": "", "count": 0, "confidence": -1, "blank": 0, "code": "", "message": ""}


@dataclass(frozen=True)
class Batch:
    """Some pages of one file, as plain values for a worker."""

    sha256: str
    kind: str
    pages: tuple[int, ...]
    source: BlobRef


@dataclass(frozen=True)
class How:
    """What workers need to know; the same for every page of a run."""

    blobs: str
    engine: Engine
    dpi: int
    seconds: int
    memory_mib: int
    passwords: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What a row of ``recognised`` says of the way its words were found; any other row is not taken."""
        languages = "+".join(self.engine.languages)
        return {"engine": self.engine.name, "version": self.engine.version, "languages": languages, "dpi": self.dpi}


@dataclass
class Rows:
    """Rows for the store; their blobs are durable already."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    blobs: list[BlobRef] = field(default_factory=list)


class Bench:
    """What a worker keeps: the child in which the engine runs, and its pack of blobs."""

    def __init__(self, how: How) -> None:
        self.how = how
        self._stack = ExitStack()
        seconds = _PATIENCE * how.seconds * max(1.0, (how.dpi / _DPI) ** 2)
        self.sandbox = self._stack.enter_context(how.engine.sandbox(seconds, how.memory_mib))
        self.writer = self._stack.enter_context(BlobWriter(Path(how.blobs)))
        self.blobs = Blobs(Path(how.blobs))
        self._stack.callback(self.blobs.close)

    def close(self) -> None:
        """End the child and close the pack."""
        self._stack.close()


def run_batch(bench: Bench, batch: Batch) -> Iterator[Rows]:
    """The pure function that workers run; yields a row for each page."""
    source = bench.blobs.open(batch.source)
    for page in batch.pages:
        row = {"sha256": batch.sha256, "page": page, **bench.how.columns, **UNREAD}
        found, code, message = _recognised(bench, source, batch.kind, page)
        if found is None:
            yield Rows([row | {"code": code, "message": message}])
            continue
        ref = bench.writer.put(found.json())
        bench.writer.sync()
        columns = {"words": ref.hash, "count": len(found.words), "confidence": found.confidence}
        yield Rows([row | columns | {"blank": int(found.blank)}], [ref])


def _recognised(bench: Bench, source: bytes | Path, kind: str, page: int) -> tuple[ocr.PageWords | None, str, str]:
    """Recognise one page; where the child dies of it, once more in a fresh one. Else exception code and message."""
    task, args = bench.how.engine.args(kind, page, bench.how.dpi, bench.how.passwords)
    for attempt in (1, 2):
        pieces: list[bytes] = []
        outcome = bench.sandbox.run(task, source, args, lambda _, payload: pieces.append(payload))  # noqa: B023
        if outcome.ok:
            try:
                return ocr.from_json(b"".join(pieces)), "", ""
            except ValueError as error:
                return None, ExceptionCode.CRASH, f"the engine said what cannot be: {error}"
        if outcome.code not in _AGAIN or attempt == 2:
            break
    return None, outcome.code, outcome.message
