"""The sandbox's child: shuts itself in, then runs one task after the other for its parent.

It is executed by its path in a fresh interpreter and imports nothing of tecum, nor any library, before the
layers of ``posix.py`` hold. What it says is believed by nobody: see ``sandbox.py`` for the parent's checks.

Frames, in network byte order. To the child: length of the JSON, length of the payload; then both. From the
child: kind, number of the call, length of the JSON, length of the payload; then both.
"""
# pathlib would be one more import before the layers hold
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH112, PTH114, PTH118, PTH119, PTH120, PTH208

from __future__ import annotations

import json
import os
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[[dict[str, Any], bytes], None]
    Task = Callable[[BinaryIO | None, dict[str, Any], Send], None]

READY, MESSAGE, END, NO_TASK = 0, 1, 2, 3
REQUEST, REPLY = struct.Struct("!II"), struct.Struct("!BIII")
PIECE = 1 << 20  # bytes; no message and no payload is larger
_HANDLES = 256  # open files
_write_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Options(NamedTuple):
    """What the parent says, as JSON on the command line."""

    channel: int  # the socket's handle; -1: standard input and output (Windows)
    parent: int
    folder: str
    memory: int  # bytes; 0: no cap on the address space
    file: int  # bytes
    reads: list[str]
    lists: list[str]
    programs: list[str]
    imports: list[str]  # added to sys.path
    allowed: list[str]  # modules outside tecum that may hold tasks


class _Channel(Protocol):
    def take(self) -> tuple[dict[str, Any], bytes, int]: ...
    def give(self, data: bytes) -> None: ...


class _Socket:
    """The parent over a socket pair; an open file comes with the first bytes of a request."""

    def __init__(self, handle: int) -> None:
        import socket

        os.set_inheritable(handle, False)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=handle)
        self._receive = socket.recv_fds

    def take(self) -> tuple[dict[str, Any], bytes, int]:
        """Wait for a request: its JSON, its payload, and the handle of its file (-1: none)."""
        data, handles, _, _ = self._receive(self._socket, 1 << 16, 1)
        if len(data) < REQUEST.size:  # the parent sends these few bytes at once, or is gone
            raise EOFError
        first, second = REQUEST.unpack_from(data)
        middle, end = REQUEST.size + first, REQUEST.size + first + second
        if len(data) < end:
            whole = bytearray(data)
            while len(whole) < end:
                piece = self._socket.recv(end - len(whole))
                if not piece:
                    raise EOFError
                whole += piece
            data = bytes(whole)
        return json.loads(data[REQUEST.size : middle]), data[middle:], handles[0] if handles else -1

    def give(self, data: bytes) -> None:
        """Send all of ``data``."""
        self._socket.sendall(data)


class _Pipes:
    """The parent over standard input and output, where handles cannot be passed; a file comes as a path."""

    def __init__(self) -> None:
        self._input = sys.stdin.buffer
        self._output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # a task that prints must not write into the frames

    def take(self) -> tuple[dict[str, Any], bytes, int]:
        """Wait for a request, as ``_Socket.take``."""
        head = self._input.read(REQUEST.size)
        if len(head) < REQUEST.size:
            raise EOFError
        first, second = REQUEST.unpack(head)
        request = json.loads(self._input.read(first))
        payload = self._input.read(second)
        if not request["path"]:
            return request, payload, -1
        return request, payload, os.open(request["path"], os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def give(self, data: bytes) -> None:
        """Write all of ``data``."""
        self._output.write(data)
        self._output.flush()


def main() -> None:
    """Shut in, say which layers hold, and serve until the parent closes the channel."""
    posix = _by_path("posix.py")
    options = Options(*json.loads(sys.argv[1]))
    layers = posix.isolate(options.folder, options.reads, options.lists, options.programs)
    layers["rlimits"] = posix.limit(options.memory, options.file, _HANDLES)
    if sys.platform != "win32":
        posix.die_with_parent(options.parent)
    sys.path += options.imports
    channel: _Channel = _Pipes() if options.channel < 0 else _Socket(options.channel)
    channel.give(_frame(READY, 0, {"layers": layers}))
    tasks: dict[str, Task] = {}
    try:
        while True:
            request, payload, handle = channel.take()
            posix.limit_cpu(request["cpu_s"])
            _serve(channel, options, tasks, request, payload, handle)
    except (EOFError, ConnectionError):  # the parent is done with us, or gone
        empty(options.folder)


def _serve(
    channel: _Channel,
    options: Options,
    tasks: dict[str, Task],
    request: dict[str, Any],
    payload: bytes,
    handle: int,
) -> None:
    """Run one task and say how it ended."""
    import io
    import threading
    import time

    call, name = request["call"], request["task"]
    begun = time.process_time()
    try:
        if name not in tasks:
            tasks[name] = _find(name, options.allowed)
    except (ImportError, AttributeError, ValueError) as error:
        channel.give(_frame(NO_TASK, call, {"message": f"{name}: {type(error).__name__}: {error}"}))
        return

    def send(message: dict[str, Any], payload: bytes) -> None:
        channel.give(_frame(MESSAGE, call, message, payload))

    file: BinaryIO | None = None
    if handle >= 0:
        file = os.fdopen(handle, "rb")
    elif request["inline"]:
        file = io.BytesIO(payload)
    code, text = _run(tasks[name], file, request["args"], send)
    if file is not None:
        file.close()
    clean = empty(options.folder) and threading.active_count() == 1  # else it may go on writing
    cpu = time.process_time() - begun
    channel.give(_frame(END, call, {"code": code, "message": text, "cpu": cpu, "clean": clean}))


def _run(task: Task, file: BinaryIO | None, args: dict[str, Any], send: Send) -> tuple[str, str]:
    """Return the exception code and message of a task; two empty texts when it went well."""
    import errno

    from tecum.hooks import Unreadable

    try:
        task(file, args, send)
    except Unreadable as error:
        return error.code, error.message
    except MemoryError:
        return "MEMORY", "It needs more memory than is allowed"
    except BaseException as error:  # whatever a parser throws, SystemExit too, becomes that file's exception
        if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC):
            return "LIMIT_SIZE", "It unpacks to more than is allowed"
        return "CORRUPT", _described(error)
    return "", ""


def _described(error: BaseException) -> str:
    """The last line of the traceback, and where it was raised."""
    import traceback

    text = traceback.format_exception_only(error)[-1].strip()[:1000]
    trace = traceback.extract_tb(error.__traceback__)
    return f"{text} [{os.path.basename(trace[-1].filename)}:{trace[-1].lineno} in {trace[-1].name}]"


def _find(name: str, allowed: list[str]) -> Task:
    """Import the function that a task's name stands for."""
    import importlib

    module, _, function = name.partition(":")
    if not module.startswith("tecum.") and module not in allowed:
        raise ValueError("the module is not allowed")
    task: Task = getattr(importlib.import_module(module), function)
    return task


def _frame(kind: int, call: int, message: dict[str, Any], payload: bytes = b"") -> bytes:
    """Pack a reply. A lone surrogate, which is no character, is sent as '?'."""
    packed = _write_json(message).encode("utf-8", "replace")
    if max(len(packed), len(payload)) > PIECE:
        raise ValueError(f"a task sends at most {PIECE} bytes at once")
    return REPLY.pack(kind, call, len(packed), len(payload)) + packed + payload


def empty(folder: str) -> bool:
    """Remove everything in a folder, however deep, never following a link; False when something stays.

    What a subfolder holds is moved up before it goes: no recursion, and no path grows too long.
    """
    number = 0
    try:
        while names := os.listdir(folder):
            for path in [os.path.join(folder, name) for name in names]:
                if os.path.islink(path) or not os.path.isdir(path):
                    os.unlink(path)
                    continue
                if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
                    os.chmod(path, 0o700)
                for name in os.listdir(path):
                    while os.path.lexists(upper := os.path.join(folder, f"{number:x}")):
                        number += 1
                    os.rename(os.path.join(path, name), upper)
                os.rmdir(path)
    except OSError:
        return False
    return True


def attempt(file: BinaryIO | None, args: dict[str, Any], send: Send) -> None:
    """A task for ``doctor``: try what must fail, and send what came of it ("" when it was not refused)."""
    import socket
    import subprocess

    attempts: dict[str, Callable[[], object]] = {
        "open a socket": lambda: socket.socket().close(),
        "read outside": lambda: os.listdir(args["outside"]),
        "write outside": lambda: os.mkdir(os.path.join(args["outside"], "written")),
        "start a process": lambda: subprocess.run([sys.executable, "-c", ""], capture_output=True),
    }
    for name, act in attempts.items():
        try:
            act()
            send({"attempt": name, "refused": ""}, b"")
        except OSError as error:
            send({"attempt": name, "refused": error.strerror or str(error)}, b"")


def _by_path(name: str) -> Any:
    """Load a module of this folder without its package, which would import libraries."""
    from importlib.util import module_from_spec, spec_from_file_location

    place = os.path.join(os.path.dirname(__file__), name)
    spec = spec_from_file_location("tecum_posix", place)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
