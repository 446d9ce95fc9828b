"""Run a pure function over many batches: inline or on worker processes, losing none when a worker dies.

Workers get plain values and yield plain values; they never touch the store. ``Executor`` is the seam at
which other muscles (a cluster) join in.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import traceback
import types
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Protocol, TypeVar

from tecum.engine import posix
from tecum.engine.store import from_os_error
from tecum.errors import BlobDamaged, DiskFull, ReadOnly, SandboxFailed, SourceMissing, TecumError

T = TypeVar("T")
R = TypeVar("R")


class Bench(Protocol):
    """What a worker keeps between batches, such as a sandbox."""

    def close(self) -> None:
        """Tidy up; called once, at the worker's end."""


class Bare:
    """The bench of workers that keep nothing."""

    def close(self) -> None:
        """Nothing to tidy up."""


B = TypeVar("B", bound=Bench)
B_co = TypeVar("B_co", bound=Bench, covariant=True)

_FAILED_STARTS = 3  # in a row, before giving up
_FAREWELL_S = 10.0  # for a worker to tidy up at the end
_NO_START, _READY, _VALUE, _END = "no start", "ready", "value", "end"


@dataclass(frozen=True)
class Failure:
    """Why a batch ended early: CRASH for a dead worker, else the error's code, and where it was raised.

    ``code`` is a ``TecumError``'s own, or ERROR for any other exception, which is a defect of the program.
    """

    code: str
    message: str
    trace: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def raise_for_all(self) -> None:
        """Raise what would end every other batch in the same way: it is no fault of this one."""
        for kind in (BlobDamaged, DiskFull, ReadOnly, SandboxFailed, SourceMissing):
            if self.code == kind.code:
                raise kind(self.message)


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """One step of a batch: a value it yielded, or with ``last`` its end, good or (``error``) bad.

    Each batch ends exactly once. What it yielded before a bad end has been delivered: keep a batch's values
    aside until its end, or take only what may be taken twice.
    """

    batch: T
    value: R | None = None
    error: Failure | None = None
    last: bool = False


class Executor(Protocol[B_co]):
    """What runs batches: unordered across batches, in order within one."""

    def map(self, fn: Callable[[B_co, T], Iterable[R]], batches: Iterable[T]) -> Generator[Done[T, R]]:
        """Yield what ``fn`` makes of each batch. Batches are drawn as workers fall idle."""

    def close(self) -> None:
        """End all workers."""


class Jobs(Generic[B]):
    """Runs functions over batches on ``workers`` processes; one means here, in this process.

    ``setup`` makes the bench of a worker, which is the first argument of every ``fn`` there. Both must be
    importable (``functools.partial`` of such is), batches and values must pickle. Results wait in the workers
    until they are asked for, so a slow caller slows the workers and memory stays flat.
    """

    def __init__(self, workers: int, setup: Callable[[], B]) -> None:
        self._executor: Executor[B] = Inline(setup) if workers <= 1 else Processes(workers, setup)

    def map(self, fn: Callable[[B, T], Iterable[R]], batches: Iterable[T]) -> Iterator[Done[T, R]]:
        """Yield what ``fn`` makes of each batch, unordered across batches, in order within one.

        A map may run within the loop over another. Leaving a loop early kills the workers busy for it.

        Raises:
            SandboxFailed: when worker processes end before they begin.
        """
        return self._executor.map(fn, batches)

    def close(self) -> None:
        """End all workers and close their benches."""
        self._executor.close()

    def __enter__(self) -> Jobs[B]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _run(fn: Callable[[B, T], Iterable[R]], bench: B, batch: T) -> Generator[Done[T, R]]:
    """Run one batch in this process."""
    try:
        for value in fn(bench, batch):
            yield Done(batch, value)
    except Exception as error:  # every exception of a batch becomes its recorded end
        yield Done(batch, error=_failure(error), last=True)
    else:
        yield Done(batch, last=True)


def _failure(error: Exception) -> Failure:
    named = from_os_error(error, "the matter") if isinstance(error, OSError) else error
    code = named.code if isinstance(named, TecumError) else "ERROR"
    return Failure(code, str(named or error) or type(error).__name__, "".join(traceback.format_exception(error)))


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Start a worker without running the caller's script in it again.

    ``spawn`` imports the main module anew, which a plain script without the ``__main__`` idiom does not
    survive; nothing here is ever looked for in it, since functions of batches live in modules.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Inline(Generic[B]):
    """Runs batches in this process, one after the other."""

    def __init__(self, setup: Callable[[], B]) -> None:
        self._setup = setup
        self._bench: B | None = None

    def map(self, fn: Callable[[B, T], Iterable[R]], batches: Iterable[T]) -> Generator[Done[T, R]]:
        """See ``Executor``."""
        for batch in batches:
            if self._bench is None:
                self._bench = self._setup()
            yield from _run(fn, self._bench, batch)

    def close(self) -> None:
        """Close the bench."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None


class _Worker:
    """A worker process as its parent sees it."""

    def __init__(self, setup: Callable[[], Bench]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, os.getpid(), setup), daemon=True)
        self.batch: Any = None
        self.ready = False  # it has its bench
        with theirs, _without_main():
            self.process.start()

    def give(self, fn: Callable[[Any, Any], Iterable[Any]], batch: object) -> None:
        """Hand over a batch. Raises OSError when the worker is dead."""
        self.connection.send((fn, batch))
        self.batch = batch

    def kill(self) -> str:
        """Make sure that it is dead; return how it ended."""
        self.process.kill()
        self.process.join()
        how = posix.ended(self.process.exitcode or 0)
        self.connection.close()
        self.process.close()
        return how


_Mine = dict[Any, _Worker]  # the workers busy for one map, by their connection


class Processes(Generic[B]):
    """Runs batches on spawned processes, and replaces those that die."""

    def __init__(self, workers: int, setup: Callable[[], B]) -> None:
        self._count = workers
        self._setup = setup
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._failed_starts = 0

    def map(self, fn: Callable[[B, T], Iterable[R]], batches: Iterable[T]) -> Generator[Done[T, R]]:
        """See ``Executor``."""
        source, again = iter(batches), list[T]()
        mine: _Mine = {}
        try:
            while self._hand_out(fn, source, again, mine):
                for connection in wait(list(mine)):
                    worker = mine[connection]
                    done: Done[T, R] | None = self._taken(worker, again, mine)
                    if done is not None:
                        yield done
        finally:
            for worker in [worker for worker in mine.values() if worker in self._workers]:
                self._bury(worker, mine)

    def _hand_out(self, fn: Callable[[B, T], Iterable[R]], source: Iterator[T], again: list[T], mine: _Mine) -> bool:
        """Give idle workers a batch, starting workers as they are needed; False when no work is left.

        A map within the loop of another always gets one worker, or it would wait for ever.
        """
        while len(self._workers) - len(self._idle) < self._count or not mine:
            try:
                batch = again.pop() if again else next(source)
            except StopIteration:
                break
            worker = self._idle.pop() if self._idle else self._start()
            mine[worker.connection] = worker
            try:
                worker.give(fn, batch)
            except OSError:  # it died while it was idle; the batch is not to blame
                again.append(batch)
                self._lost(worker, mine)
        return bool(mine)

    def _taken(self, worker: _Worker, again: list[T], mine: _Mine) -> Done[T, Any] | None:
        """Take one message of a worker. None when there is nothing to tell the caller."""
        batch: T = worker.batch
        try:
            kind, value = worker.connection.recv()
        except (EOFError, OSError):
            if not worker.ready:
                again.append(batch)
                self._lost(worker, mine)
                return None
            how = self._bury(worker, mine)
            return Done(batch, error=Failure("CRASH", f"The worker process {how}"), last=True)
        if kind == _NO_START:
            raise SandboxFailed(f"A worker process cannot begin: {value.message}")
        if kind == _READY:
            worker.ready, self._failed_starts = True, 0
            return None
        if kind == _VALUE:
            return Done(batch, value)
        del mine[worker.connection]
        self._idle.append(worker)
        return Done(batch, error=value, last=True)

    def _lost(self, worker: _Worker, mine: _Mine) -> None:
        """Bury a worker that did not take its batch; give up when they never begin."""
        how = self._bury(worker, mine)
        self._failed_starts += 0 if worker.ready else 1
        if self._failed_starts >= _FAILED_STARTS:
            raise SandboxFailed(
                f"Worker processes end before they begin (the last one {how})",
                remedy="See the messages above; a script that uses several workers must guard its start with "
                'if __name__ == "__main__":',
            )

    def _start(self) -> _Worker:
        worker = _Worker(self._setup)
        self._workers.append(worker)
        return worker

    def _bury(self, worker: _Worker, mine: _Mine) -> str:
        del mine[worker.connection]
        self._workers.remove(worker)
        return worker.kill()

    def close(self) -> None:
        """Let idle workers close their benches and end; kill those that are busy, or do not end."""
        for worker in self._idle:
            worker.connection.close()
        for worker in self._workers:
            if worker in self._idle:
                worker.process.join(_FAREWELL_S)
            worker.kill()
        self._idle.clear()
        self._workers.clear()


def _work(connection: Connection[Any, Any], parent: int, setup: Callable[[], Bench]) -> None:
    """A worker's life: until the parent closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles it
    if sys.platform != "win32":
        posix.die_with_parent(parent)
    with contextlib.suppress(EOFError, ConnectionError):
        try:
            bench = setup()
        except Exception as error:  # told to the parent, who raises it
            connection.send((_NO_START, _failure(error)))
            return
        with contextlib.closing(bench):
            connection.send((_READY, None))
            while True:
                _work_once(connection, bench)


def _work_once(connection: Connection[Any, Any], bench: Bench) -> None:
    """Take a batch and send what it yields; what cannot be pickled either way is the batch's error."""
    try:
        fn, batch = connection.recv()
        for done in _run(fn, bench, batch):
            connection.send((_END, done.error) if done.last else (_VALUE, done.value))
    except (EOFError, ConnectionError):
        raise
    except Exception as error:  # told to the parent, who records it
        connection.send((_END, _failure(error)))
