"""A hostile file in a killable child: time, memory, no network, no view of the matter.

``Sandbox.run`` runs one task on one file. ``sandbox_process.py`` holds the child on a leash,
``sandbox_child.py`` is what runs in it, ``posix.py`` has the layers that shut it in.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tecum.engine.sandbox_child import END, MESSAGE, NO_TASK, REQUEST
from tecum.engine.sandbox_process import MB, Child, Stopped
from tecum.errors import SandboxFailed

Receive = Callable[[dict[str, Any], bytes], None]

_INLINE = 1 << 16  # bytes; larger input goes as an open file
_write_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_CODE = re.compile(r"|[A-Z][A-Z_]{0,39}")  # "" for a good end


@dataclass(frozen=True)
class Limits:
    """What one call may use. Time grows with the input: ``s_per_mb`` seconds are added for each MB.

    ``memory_mb`` caps resident memory, and the address space too unless ``address_space`` is False (for
    libraries that reserve far more than they use). ``file_mb`` caps each file written and the temporary
    folder. What a task sends may exceed ``output_mb`` only up to ``output_ratio`` times its input, and
    ``messages`` only by one for every 64 bytes of input.
    """

    wall_s: float = 60
    cpu_s: float = 30
    s_per_mb: float = 1
    memory_mb: int = 1536
    address_space: bool = True
    file_mb: int = 2048
    output_mb: int = 2048
    output_ratio: int = 200
    messages: int = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """How a call ended: ``code`` and ``message`` as an exception row wants them, times in seconds.

    ``cpu`` is what the child says, 0 when it died.
    """

    ok: bool
    code: str = ""
    message: str = ""
    seconds: float = 0.0
    cpu: float = 0.0


class Sandbox:
    """Runs tasks on files in a child that is restarted when it dies, and after ``recycle`` calls.

    A task is a name ``tecum.some.module:function``. ``allow`` names further modules that may hold tasks,
    ``reads`` further paths it may read, ``programs`` programs it may run; without them it cannot start a
    process. For one thread at a time. The child also ends with the thread that started it, and the next
    call then starts another.
    """

    def __init__(
        self,
        limits: Limits = Limits(),
        recycle: int = 200,
        *,
        allow: Sequence[str] = (),
        reads: Sequence[Path] = (),
        programs: Sequence[Path] = (),
    ) -> None:
        self.limits = limits
        self.recycle = recycle
        self._paths = (tuple(allow), tuple(reads), tuple(programs))
        self.outcome = Outcome(False, "CRASH", "nothing was run")  # of the last call that ended
        self._child: Child | None = None
        self._calls = 0

    @property
    def layers(self) -> dict[str, bool | str]:
        """Which layers of isolation hold in the child: True, or the reason why not."""
        return self._started().layers

    def run(
        self,
        task: str,
        file: Path | BinaryIO | bytes | None,
        args: dict[str, Any],
        receive: Receive,
        *,
        wall_s: float | None = None,
    ) -> Outcome:
        """Run ``task`` on the whole of ``file`` and hand each message it sends to ``receive``.

        As ``stream``, turned round; an exception of ``receive`` passes on.
        """
        with contextlib.closing(self.stream(task, file, args, wall_s=wall_s)) as messages:
            for message, payload in messages:
                receive(message, payload)
        return self.outcome

    def stream(
        self,
        task: str,
        file: Path | BinaryIO | bytes | None,
        args: dict[str, Any],
        *,
        wall_s: float | None = None,
    ) -> Generator[tuple[dict[str, Any], bytes]]:
        """Run ``task`` on the whole of ``file``, yield each message it sends, and then set ``outcome``.

        A file that is open for reading keeps its position; any other is read from its start to its end.
        ``wall_s`` replaces the scaled limit; the time that the caller takes is not charged. When the caller
        stops early, the child is killed. The same input gives the same messages and, unless it is a matter
        of time or memory, the same outcome.

        Raises:
            SandboxFailed: when no child can be started, or it does not know the task.
            OSError: when ``file`` cannot be opened.
        """
        begun = time.monotonic()
        with _given(file) as given:
            extra = self.limits.s_per_mb * given.size / MB
            self._calls += 1
            request = {
                "task": task,
                "args": args,
                "call": self._calls,
                "cpu_s": self.limits.cpu_s + extra,
                "inline": given.data is not None,
                "path": given.path,
            }
            child = self._sent(request, given, self.limits.wall_s + extra if wall_s is None else wall_s)
            code, message, cpu = yield from self._answers(child, _Meter(self.limits, given.size))
        text = _plain(message, child.folder)
        self.outcome = Outcome(not code, code, text, time.monotonic() - begun, cpu)

    def close(self) -> None:
        """Kill the child and remove its folder."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _started(self) -> Child:
        if self._child is not None and self._child.calls >= self.recycle:
            self.close()
        if self._child is None:
            memory, file = self.limits.memory_mb * MB, self.limits.file_mb * MB
            self._child = Child(memory, file, self.limits.address_space, *self._paths)
        return self._child

    def _sent(self, request: dict[str, Any], given: _Given, wall: float) -> Child:
        """Hand the request to a living child; one that died between two calls is nobody's fault."""
        text = _write_json(request).encode("utf-8", "surrogatepass")  # undecodable file names pass inwards
        data = given.data or b""
        packed = REQUEST.pack(len(text), len(data)) + text + data
        child = self._started()
        try:
            child.send(packed, given.handle, wall)
        except ConnectionError:
            self.close()
            child = self._started()
            try:
                child.send(packed, given.handle, wall)
            except ConnectionError as error:
                self.close()
                raise SandboxFailed(f"The isolated process ends at once: {error}") from None
        return child

    def _answers(
        self, child: Child, meter: _Meter
    ) -> Generator[tuple[dict[str, Any], bytes], None, tuple[str, str, float]]:
        """Yield the child's messages until the end; return code, message and processor time."""
        try:
            while True:
                kind, message, payload = child.reply(self._calls)
                if kind == MESSAGE:
                    meter.count(len(payload))
                    left = child.stop_clock()
                    yield message, payload
                    child.start_clock(left)
                elif kind == END:
                    code, text, cpu, clean = _ending(message)
                    if not child.rest() or not clean or code in ("MEMORY", "LIMIT_SIZE"):
                        self.close()  # something of this file would be left for the next one
                    return code, text, cpu
                elif kind == NO_TASK:
                    raise SandboxFailed(f"The isolated process cannot run {message.get('message')}")
                else:
                    raise Stopped("CRASH", "The process that read it sent what cannot be: a kind of frame")
        except EOFError:
            child.stop(dying=True)
            self._child = None
            return (*child.epitaph(), 0.0)
        except Stopped as reason:
            self.close()
            return reason.code, reason.message, 0.0
        except BaseException:
            self.close()
            raise


class _Given(NamedTuple):
    """An input on its way to the child: small bytes, an open handle, or (Windows) a path."""

    data: bytes | None = None
    handle: int = -1
    path: str = ""
    size: int = 0


@contextmanager
def _given(file: Path | BinaryIO | bytes | None) -> Iterator[_Given]:
    """Prepare the input. The child shares neither a way to write it nor a position with the parent."""
    if file is None:
        yield _Given()
    elif sys.platform == "win32":
        if isinstance(file, Path):
            yield _Given(path=str(file.absolute()), size=file.stat().st_size)
        else:
            data = file if isinstance(file, bytes) else _rewound(file).read()
            yield _Given(data, size=len(data))
    elif isinstance(file, bytes) and len(file) <= _INLINE:
        yield _Given(file, size=len(file))
    else:
        with contextlib.ExitStack() as stack:
            handle = os.open(file, os.O_RDONLY) if isinstance(file, Path) else _handle(file, stack)
            stack.callback(os.close, handle)
            yield _Given(handle=handle, size=os.fstat(handle).st_size)


def _handle(file: BinaryIO | bytes, stack: contextlib.ExitStack) -> int:
    """Open the bytes once more for reading: the file itself, else an unnamed copy."""
    raw = file.raw if isinstance(file, io.BufferedReader) else file
    if isinstance(raw, io.FileIO) and stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        with contextlib.suppress(OSError):  # a system without /proc: copied below
            return os.open(f"/proc/self/fd/{raw.fileno()}", os.O_RDONLY)
    copy: BinaryIO = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (closed by the stack)
    shutil.copyfileobj(io.BytesIO(file) if isinstance(file, bytes) else _rewound(file), copy, MB)
    copy.seek(0)
    return os.dup(copy.fileno())


def _rewound(file: BinaryIO) -> BinaryIO:
    if file.seekable():
        file.seek(0)
    return file


class _Meter:
    """Counts what a task sends, so that a flood ends."""

    def __init__(self, limits: Limits, size: int) -> None:
        self._bytes = max(limits.output_mb * MB, limits.output_ratio * size)
        self._messages = limits.messages + size // 64

    def count(self, size: int) -> None:
        """Count one message with a payload of ``size`` bytes; raise ``Stopped`` when it is one too many."""
        self._bytes -= size
        self._messages -= 1
        if self._bytes < 0:
            raise Stopped("LIMIT_SIZE", "It unpacks to more than is allowed")
        if self._messages < 0:
            raise Stopped("LIMIT_COUNT", "It holds more parts than are allowed")


def _ending(message: dict[str, Any]) -> tuple[str, str, float, bool]:
    """Check the types of a closing frame."""
    match message:
        case {"code": str(code), "message": str(text), "cpu": float(cpu), "clean": bool(clean)} if _CODE.fullmatch(
            code
        ):
            return code, text, cpu, clean
    raise Stopped("CRASH", "The process that read it sent what cannot be: an ending")


def _plain(message: str, folder: str) -> str:
    """A message that may stand in a table: one line, nothing that differs from run to run."""
    text = re.sub(r" at 0x[0-9a-f]{4,16}", "", message[:2000].replace(folder, "."))
    return "".join(character if character.isprintable() else " " for character in text)


def probe() -> dict[str, Any]:
    """Try every layer in a real child, for ``tecum doctor``.

    Returns:
        ``layers`` as ``Sandbox.layers``, and ``attempts``: what was tried, and the system's answer ("" when
        it was not refused, which is a hole).

    Raises:
        SandboxFailed: when no child starts.
    """
    attempts: dict[str, str] = {}
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as outside:
        outcome = sandbox.run(
            "tecum.engine.sandbox_child:attempt",
            None,
            {"outside": outside},
            lambda message, _: attempts.update({str(message["attempt"]): str(message["refused"])}),
        )
        if not outcome.ok:
            raise SandboxFailed(f"The isolated process fails at its own trial: {outcome.message}")
        return {"layers": sandbox.layers, "attempts": attempts}
