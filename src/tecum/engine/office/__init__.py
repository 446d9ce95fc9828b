"""LibreOffice in killable batches: files of one source in, converted files out, each with its own outcome.

``kit.py`` is LibreOffice as a library, ``child.py`` what runs in the sandbox; here the batches are cut, and what a
batch that hangs or dies leaves undone is begun again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from tecum.engine import programs
from tecum.engine.office.kit import library
from tecum.engine.sandbox import Limits, Outcome, Sandbox
from tecum.engine.sandbox_process import MB

Key = TypeVar("Key")

FILES: Final = 20  # in one batch: a start takes as long as four files, and more files only risk more
BYTES: Final = 64 * MB  # in one batch, unless its first file alone is larger
_TASK: Final = "tecum.engine.office.child:convert_batch"
_START_S: Final = 60.0  # for the start, on a loaded machine; measured: 1 s
_FAILURES: Final = 2  # starts without a single file, after which LibreOffice is taken for broken


@dataclass(frozen=True)
class _File:
    """One file that waits for its conversion."""

    source: bytes | Path
    kind: str
    target: str
    size: int  # bytes


class Office:
    """Converts files with LibreOffice, in batches, each in a fresh sandbox with a fresh profile.

    ``limits`` are those of one file; a batch has the sum of its files' times, and the memory of one. Nothing is kept
    from batch to batch, so no file leaves anything for another source's. ``starts`` counts the processes.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._program = programs.find("soffice")
        self._library = library(self._program.path) if self._program is not None else None
        self.starts = 0

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing stays open between two calls; an ``Office`` is held like a sandbox all the same."""

    def convert(self, files: Sequence[tuple[Key, bytes | Path, str, str]]) -> Iterator[tuple[Key, Path | Outcome]]:
        """Convert files of ONE source: (key, bytes or path, kind, target) in, (key, what became of it) out.

        ``kind`` is what the file is (``doc``), ``target`` the OpenDocument format wanted (``odt``, ``ods``, ``odp``,
        ``odg``). The answers come in the order of the files: the path of the converted file, which is gone after
        the next step, or an ``Outcome`` with a code: UNSUPPORTED (no LibreOffice, or the part of it is missing),
        CORRUPT (it cannot open the file), TIMEOUT, MEMORY, LIMIT_SIZE, CRASH. A file at which LibreOffice dies or
        hangs is tried once more, as the first of a fresh process. So every start settles at least one file, and
        there are never more starts than files; when two in a row do not reach a file, all the rest is settled.

        Raises:
            SandboxFailed: when no child can be started.
            OSError: when a file cannot be read.
        """
        keys = [key for key, *_ in files]
        waiting = [_File(source, kind, target, _size(source)) for _, source, kind, target in files]
        settled, failures = 0, 0
        while settled < len(waiting) and self._library is not None and self._program is not None:
            if failures == _FAILURES:
                break
            run = _Run(self._library, self._program.reads, self._limits, _batch(waiting[settled:]))
            self.starts += 1
            with closing(run.answers()) as answers:
                for answer in answers:
                    yield keys[settled], answer
                    settled += 1
            failures = 0 if run.started else failures + 1
        if self._program is None:
            why = Outcome(False, "UNSUPPORTED", f"it can be read with {programs.missing(['soffice'])}")
        elif self._library is None:
            why = Outcome(False, "UNSUPPORTED", "LibreOffice is installed without its library (LibreOfficeKit)")
        else:
            why = Outcome(False, "CRASH", "LibreOffice does not start")
        for key in keys[settled:]:
            yield key, why


class _Run:
    """One LibreOffice, from its start to its end, over one batch. ``started`` tells whether it came to a file."""

    def __init__(self, library: Path, reads: Sequence[Path], limits: Limits, batch: Sequence[_File]) -> None:
        self._reads, self._batch = reads, batch
        seconds = [limits.wall_s + limits.s_per_mb * file.size / MB for file in batch]
        whole = sum(seconds) + _START_S
        self._limits = replace(limits, wall_s=whole, cpu_s=whole, s_per_mb=0)
        asked = [(one.size, one.kind, one.target, limit) for one, limit in zip(batch, seconds, strict=True)]
        self._args = {"library": str(library), "files": asked}
        self._late = False
        self.started = False

    def answers(self) -> Generator[Path | Outcome]:
        """Yield what became of each file in turn, as far as this process comes.

        That is at least the first: a file at which a fresh process dies is not tried again. None at all when
        LibreOffice does not start.
        """
        settled = 0
        with (
            tempfile.TemporaryDirectory(prefix="tecum-office-") as folder,
            Sandbox(self._limits, reads=self._reads) as sandbox,
        ):
            with _packed(self._batch) as packed, closing(sandbox.stream(_TASK, packed, self._args)) as messages:
                for answer in self._told(messages, Path(folder, "converted")):
                    yield answer
                    settled += 1
                    if settled == len(self._batch):
                        return
            if self.started and not settled:
                yield self._verdict(sandbox.outcome)

    def _told(self, messages: Iterator[tuple[dict[str, Any], bytes]], result: Path) -> Iterator[Path | Outcome]:
        """Turn what the child says, which is untrusted, into one answer a file."""
        result.touch()
        for untrusted, payload in messages:
            what = untrusted.get("t")
            if what == "started":
                self.started = True
            elif what == "late":
                self._late = True
            elif what == "data":
                with result.open("ab") as file:
                    file.write(payload)
            elif what == "done":
                yield result
                result.write_bytes(b"")
            elif what == "lacks":
                yield Outcome(False, "UNSUPPORTED", "the part of LibreOffice that reads it is not installed")
            else:
                said = str(untrusted.get("message"))[:500]
                yield Outcome(False, "CORRUPT", f"LibreOffice cannot read it: {said}")

    def _verdict(self, outcome: Outcome) -> Outcome:
        """How the process ended, as the outcome of the file it was at."""
        if self._late:
            return Outcome(False, "TIMEOUT", "LibreOffice takes longer than is allowed")
        if outcome.code in ("CRASH", "TIMEOUT", "MEMORY", "LIMIT_SIZE"):
            return outcome
        return Outcome(False, "CRASH", f"LibreOffice ended within it: {outcome.message or 'without a word'}")


def _batch(waiting: Sequence[_File]) -> list[_File]:
    """The next files that one process takes: at least one."""
    batch: list[_File] = []
    left = BYTES
    for file in waiting[:FILES]:
        left -= file.size
        if batch and left < 0:
            break
        batch.append(file)
    return batch


def _packed(batch: Sequence[_File]) -> BinaryIO:
    """The files one after the other in an unnamed file: the child is given one handle."""
    packed: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 (closed by the caller)
    for file in batch:
        if isinstance(file.source, bytes):
            packed.write(file.source)
        else:
            with file.source.open("rb") as source:
                shutil.copyfileobj(source, packed, MB)
    packed.flush()
    return packed


def _size(source: bytes | Path) -> int:
    return len(source) if isinstance(source, bytes) else source.stat().st_size
