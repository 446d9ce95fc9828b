"""The sandbox's child process on its leash: started with nothing, watched, believed in nothing, killed.

Everything read from it is untrusted: frames are capped and checked before anything is made of them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from tecum.engine import posix, sandbox_child
from tecum.engine.sandbox_child import PIECE, READY, REPLY, Options
from tecum.errors import SandboxFailed

MB = 1 << 20
_DEPTH = 64  # nesting of a message
_TICK_S = 0.05
_FOLDER_S = 0.5  # between two looks at the folder's size
_START_S = 60.0
_PREFIX = "tecum-sandbox-"
_OLD_S = 3600.0
_DYING_S = 0.5  # between the end of the channel and the end of the process
_FLAGS = ("-s", "-S", "-P", "-B", "-X", "utf8", "-W", "ignore")
_SYSTEM_READS = (
    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
)  # fmt: skip
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",  # sets in the same order in every child; the cap on time meets crafted keys
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # each further arena reserves address space, which is capped
}


class Stopped(Exception):
    """The parent has a reason to kill the child, to be recorded with the file it was reading."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Child:
    """One child process with its channel, its folder, and the thread that watches it.

    ``memory`` and ``file`` are bytes. The clock runs from ``send`` until ``rest``, except between
    ``stop_clock`` and ``start_clock``.
    """

    def __init__(
        self,
        memory: int,
        file: int,
        address_space: bool,
        allow: Sequence[str],
        reads: Sequence[Path],
        programs: Sequence[Path],
    ) -> None:
        imports, places, lists = _imports(allow)
        self.calls = 0
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self._held = contextlib.ExitStack()  # what ``stop`` closes and removes
        self._held.callback(_remove, self.folder)
        self._memory, self._file = memory, file
        self._lock = threading.Lock()  # guards the next three
        self._busy = True
        self._deadline = time.monotonic() + _START_S
        self._verdict: tuple[str, str] | None = None
        self._tail = b""
        self._stopping = threading.Event()
        options = Options(
            channel=-1,
            parent=os.getpid(),
            folder=self.folder,
            memory=memory if address_space else 0,
            file=file,
            reads=[*places, *map(str, reads), *_SYSTEM_READS],
            lists=lists,
            programs=[os.path.realpath(path) for path in programs],
            imports=imports,
            allowed=list(allow),
        )
        try:
            self._start(options)
        except OSError as error:
            self._held.close()
            raise SandboxFailed(f"The isolated process cannot be started: {error}") from None
        self._watcher = threading.Thread(target=self._watch, name="tecum-sandbox-watch", daemon=True)
        self._watcher.start()
        self.layers = self._greeting()

    def _start(self, options: Options) -> None:
        """Start the interpreter with nothing of ours: no site, no variables, no handles but the channel."""
        environment = {**_ENVIRONMENT, "HOME": self.folder, "TMPDIR": self.folder}
        command = [sys.executable, *_FLAGS, sandbox_child.__file__]
        if sys.platform == "win32":
            environment |= {"TEMP": self.folder, "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                [*command, json.dumps(options)],
                stdin=pipe,
                stdout=pipe,
                stderr=subprocess.DEVNULL,  # its last words would need one more thread to read them
                env=environment,
                cwd=self.folder,
            )
            assert self._process.stdin is not None and self._process.stdout is not None
            self._held.enter_context(self._process.stdin)
            self._replies: IO[bytes] = self._held.enter_context(self._process.stdout)
            return
        self._socket, theirs = socket.socketpair()
        self._held.enter_context(self._socket)
        self._replies = self._held.enter_context(self._socket.makefile("rb", 1 << 16))
        with theirs:
            self._process = subprocess.Popen(
                [*command, json.dumps(options._replace(channel=theirs.fileno()))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=self.folder,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert self._process.stderr is not None
        self._held.enter_context(self._process.stderr)

    def _greeting(self) -> dict[str, bool | str]:
        """Wait until the child has shut itself in; return the layers that hold."""
        try:
            kind, message, _ = self.reply(0)
            layers = message.get("layers")
            if kind != READY or not isinstance(layers, dict):
                raise Stopped("CRASH", "it does not say which layers hold")
        except (EOFError, Stopped) as error:
            self.stop(dying=isinstance(error, EOFError))
            reason = str(error) or self.epitaph()[1]
            raise SandboxFailed(f"The isolated process does not start: {reason}") from None
        self.rest()
        known = posix.resident(os.getpid()) is not None
        return {**layers, "memory_watch": known or f"no way to ask on {sys.platform}"}

    def send(self, packed: bytes, handle: int, wall: float) -> None:
        """Send a request, with an open file when ``handle`` is one, and start the clock.

        Raises:
            ConnectionError: when the child is dead.
        """
        self.calls += 1
        with self._lock:
            self._busy, self._deadline = True, time.monotonic() + wall
        if sys.platform == "win32":
            assert self._process.stdin is not None
            self._process.stdin.write(packed)
            self._process.stdin.flush()
        elif handle < 0:
            self._socket.sendall(packed)
        else:
            sent = socket.send_fds(self._socket, [packed], [handle])
            self._socket.sendall(packed[sent:])

    def reply(self, call: int) -> tuple[int, dict[str, Any], bytes]:
        """Read one frame: its kind, message and payload.

        Raises:
            EOFError: when the child is dead or has closed its end.
            Stopped: when the frame cannot be true.
        """
        kind, number, first, second = REPLY.unpack(self._exactly(REPLY.size))
        if number != call or first > PIECE or second > PIECE:
            raise Stopped("CRASH", "The process that read it sent what cannot be: a frame's head")
        message = _checked(self._exactly(first))
        return kind, message, self._exactly(second)

    def _exactly(self, size: int) -> bytes:
        try:
            data: bytes = self._replies.read(size)
        except ConnectionError:
            raise EOFError from None
        if len(data) < size:
            raise EOFError
        return data

    def stop_clock(self) -> float:
        """Stop charging time; return the seconds left."""
        with self._lock:
            left, self._deadline = self._deadline - time.monotonic(), math.inf
        return left

    def start_clock(self, left: float) -> None:
        """Charge time again."""
        with self._lock:
            self._deadline = time.monotonic() + left

    def rest(self) -> bool:
        """End a call; False when the child is not fit for the next one."""
        with self._lock:
            self._busy, self._deadline = False, math.inf
            return self._verdict is None and not os.listdir(self.folder)  # noqa: PTH208 (names are enough)

    def stop(self, *, dying: bool = False) -> None:
        """Kill the child and all it started, and remove its folder. One that is ``dying`` may say how."""
        if dying:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_DYING_S)
        posix.kill_group(self._process.pid)  # also what it may have left behind, if it was reaped just now
        self._process.kill()
        self._process.wait()
        self._stopping.set()
        self._watcher.join()
        self._held.close()

    def epitaph(self) -> tuple[str, str]:
        """The exception code and message for a child that is dead."""
        if self._verdict is not None:
            return self._verdict
        status = self._process.returncode
        if status == -getattr(signal, "SIGXCPU", 0):
            return "TIMEOUT", "It needs more processor time than is allowed"
        lines = self._tail.decode("utf-8", "replace").strip().splitlines()
        words = f": {lines[-1][:500]}" if lines else ""
        return "CRASH", f"The process that read it {posix.ended(status)}{words}"

    def _watch(self) -> None:
        """Until told to stop: keep the child's last words, and kill it when it takes too much."""
        pipe = self._process.stderr
        looked, written = 0.0, 0
        with selectors.DefaultSelector() as selector:
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ)
            while not self._stopping.is_set():
                if pipe is None:
                    self._stopping.wait(_TICK_S)
                elif selector.select(_TICK_S):
                    piece = os.read(pipe.fileno(), 1 << 16)
                    self._tail = (self._tail + piece)[-4096:]
                    pipe = pipe if piece else None
                if self._busy:
                    if time.monotonic() - looked > _FOLDER_S:
                        looked, written = time.monotonic(), _size(self.folder, self._file)
                    self._judge(posix.resident(self._process.pid) or 0, written)
        if pipe is not None:  # what it wrote last may still be in the pipe
            os.set_blocking(pipe.fileno(), False)
            with contextlib.suppress(BlockingIOError):
                while piece := os.read(pipe.fileno(), 1 << 16):
                    self._tail = (self._tail + piece)[-4096:]

    def _judge(self, memory: int, written: int) -> None:
        """Kill the child, and note why, when it takes more than is allowed."""
        with self._lock:
            if not self._busy or self._verdict is not None:
                return
            if time.monotonic() > self._deadline:
                self._verdict = "TIMEOUT", "It takes longer than is allowed"
            elif memory > self._memory:
                self._verdict = "MEMORY", "It needs more memory than is allowed"
            elif written > self._file:
                self._verdict = "LIMIT_SIZE", "It unpacks to more than is allowed"
            else:
                return
            posix.kill_group(self._process.pid)
            self._process.kill()


def sweep() -> int:
    """Remove folders of children whose parent was killed more than an hour ago; return how many."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        with contextlib.suppress(OSError, ValueError):  # another user's, gone meanwhile, or not ours
            parent = folder.name.removeprefix(_PREFIX).partition("-")[0]
            old = time.time() - folder.lstat().st_mtime > _OLD_S
            if old and folder.is_dir() and not folder.is_symlink() and not posix.alive(int(parent)):
                _remove(str(folder))
                removed += not folder.exists()
    return removed


def _remove(folder: str) -> None:
    if sandbox_child.empty(folder):
        Path(folder).rmdir()


def _size(folder: str, enough: int) -> int:
    """The bytes of all files in a folder, each at least a block, until they are more than ``enough``."""
    total, folders = 0, [folder]
    while folders and total <= enough:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:  # gone meanwhile
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                total += max(entry.stat(follow_symlinks=False).st_size, 4096)
    return total


def _checked(data: bytes) -> dict[str, Any]:
    """Read a message: a JSON object of sound text, not deep. Raises ``Stopped`` when it is not."""
    try:
        text = data.decode("utf-8")
        message = _read_json(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(message, ensure_ascii=False).encode("utf-8")  # fails on half a character
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or (text.count("[") + text.count("{") > _DEPTH and _deep(message)):
        raise Stopped("CRASH", "The process that read it sent what cannot be: a message")
    return message


def _refuse_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are not JSON


_read_json = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _deep(message: dict[str, Any]) -> bool:
    level: list[Any] = [message]
    for _ in range(_DEPTH):
        values = (value.values() if isinstance(value, dict) else value for value in level)
        level = [inner for inside in values for inner in inside if isinstance(inner, dict | list)]
    return bool(level)


def _imports(allow: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """What the child needs to import as we do: entries for its path, what it may read, what it may list.

    Of our own path only folders with installed packages are passed on, since others (the folder we stand in,
    for one) may hold anything; tecum itself and the modules allowed come by name.
    """
    root = Path(__file__).parents[2]
    installed = [entry for entry in sys.path if entry and any(Path(entry).glob("*.dist-info"))]
    imports, lists = [*installed, str(root)], [str(root)]
    reads = [*installed, str(root / "tecum")]
    for prefix in (sys.prefix, sys.base_prefix):
        reads += [str(Path(prefix, name)) for name in ("lib", "lib64", "DLLs")]
    for name in allow:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxFailed(f"The module {name} is not there")
        folder = str(Path(spec.origin).parent)
        imports.append(folder)
        lists.append(folder)
        reads.append(spec.origin)
    return imports, reads, lists
