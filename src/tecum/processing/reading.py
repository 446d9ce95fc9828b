"""What runs inside the sandbox: say what a file is, let its reader read it, and send out what it says."""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO

import pluggy

from tecum import hooks
from tecum.hooks import Format, Input, NeedsProgram, Reader, Unreadable
from tecum.model import ExceptionCode

Send = Callable[[dict[str, Any], bytes], None]
PIECE = 1 << 20  # bytes in one frame
_HEAD = 1 << 16
_LONG_FIELD = 1 << 14  # bytes


def read_item(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Identify and read one item (a sandbox task).

    ``args``: name, size, kind ("" = find out), charset, passwords, budget (bytes its members may take),
    members (how many it may have), programs (name to path of those that may be run), converted (whether the file
    is what LibreOffice made of the item). Sends ``text``, ``member`` and ``data`` messages as they come, ``field``
    messages with the pieces of very long fields, and one ``end`` message with kind, other fields and problems; or,
    instead of an end, one ``needs`` message: the item must be read again, with a program or as another format.
    """
    emit = _Sender(send, args["budget"], args["members"])
    emit.end = {"t": "end", "kind": "", "mime": "", "reader": "", "disposition": "document"}
    try:
        kind = _identified(file, args, emit)
        reader = _reader_of(kind)
        if reader is None:
            raise Unreadable(ExceptionCode.UNSUPPORTED, f"no reader for this kind of file ({kind})")
        emit.end["reader"] = f"{reader.name} {reader.version}"
        if reader.converts and not args["converted"]:
            send({"t": "needs", "converts": reader.converts, "end": emit.ending()}, b"")
            return
        if reader.programs and not args["programs"]:
            raise NeedsProgram(reader.programs, ExceptionCode.UNSUPPORTED, f"a file of this kind ({kind})")
        item = _input(file, args, kind)
        if not args["converted"]:
            item, reader = _unlocked(item, reader, emit)
        reader.read(item, emit)
    except NeedsProgram as stop:
        if not args["programs"]:
            said = {"code": stop.code, "message": stop.message, "end": emit.ending()}
            send({"t": "needs", "programs": list(stop.programs), **said}, b"")
            return
        emit.stop(stop.code, stop.message)
    except Unreadable as stop:
        emit.stop(stop.code, stop.message)
    except (MemoryError, KeyboardInterrupt):
        raise
    except ImportError as error:  # the installation is broken, not the file
        emit.stop(ExceptionCode.CRASH, f"a part of tecum cannot be loaded: {error}"[:500])
    except Exception as error:  # a reader's defect or a file's: recorded on the item, never in silence
        emit.stop(ExceptionCode.CORRUPT, f"{type(error).__name__}: {error}"[:500])
    emit.finish()


def _identified(file: BinaryIO, args: dict[str, Any], emit: _Sender) -> str:
    """Say what kind of file it is, a plugin's formats first; the file's position is its start again."""
    from tecum.processing.identify import identify

    head = file.read(_HEAD)
    file.seek(0)
    if added := next((one for one in _formats() if one.matches(head, args["name"])), None):
        kind, emit.end["mime"] = added.kind, added.mime
    else:
        found = identify(head, args["name"], file, args["size"])
        kind, emit.end["mime"] = found.kind, found.mime
        if not found.extension_agrees:
            emit.fields["extension_mismatch"] = found.why
        file.seek(0)
    emit.end["kind"] = kind = args["kind"] or kind
    return kind


def _unlocked(item: Input, reader: Reader, emit: _Sender) -> tuple[Input, Reader]:
    """Open an office file that has a password of the matter's list; then its kind may be another, and its reader."""
    from tecum.processing.readers import locked

    plain = locked.opened(item)
    if plain is item:
        return item, reader
    emit.field("password", "opened with a password of the matter's list")
    emit.end["kind"] = plain.kind
    found = _reader_of(plain.kind)
    if found is None:
        raise Unreadable(ExceptionCode.UNSUPPORTED, f"no reader for what the password opens ({plain.kind})")
    emit.end["reader"] = f"{found.name} {found.version}"
    return plain, found


def _input(file: BinaryIO, args: dict[str, Any], kind: str) -> Input:
    """The item as its reader sees it; one that runs programs gets a folder of its own below the sandbox's."""
    folder = tempfile.mkdtemp(prefix="item-") if args["programs"] else ""
    passwords = tuple(args["passwords"])
    return Input(file, args["size"], args["name"], kind, args["charset"], passwords, args["programs"], folder)


def readers() -> dict[str, Reader]:
    """Every reader by kind: the built-in ones, and those of installed plugins, which win."""
    from tecum.processing import readers as builtin

    return {kind: reader for reader in builtin.tecum_readers() for kind in reader.kinds} | _added_readers()


@functools.cache
def _reader_of(kind: str) -> Reader | None:
    """The reader of one kind, without loading all others."""
    from tecum.processing import readers as builtin

    return _added_readers().get(kind) or builtin.reader_of(kind)


@functools.cache
def _added_readers() -> dict[str, Reader]:
    """The readers of installed plugins by kind; a later plugin wins."""
    every = itertools.chain.from_iterable(reversed(_plugins().hook.tecum_readers()))
    return {kind: reader for reader in every for kind in reader.kinds}


@functools.cache
def _formats() -> list[Format]:
    """The kinds of file that plugins add."""
    return list(itertools.chain.from_iterable(_plugins().hook.tecum_formats()))


@functools.cache
def _plugins() -> pluggy.PluginManager:
    manager = pluggy.PluginManager("tecum")
    manager.add_hookspecs(hooks.Spec)
    manager.load_setuptools_entrypoints("tecum")
    return manager


class _Sender:
    """The ``Emit`` that readers see: bounded, and streaming so that memory stays flat."""

    def __init__(self, send: Send, budget: int, members: int) -> None:
        self._send = send
        self._budget = budget
        self._left = members
        self._text: list[str] = []
        self._held = 0
        self._count = 0
        self._encrypted = 0
        self.fields: dict[str, str | list[str]] = {}
        self.problems: dict[str, str] = {}
        self.end: dict[str, Any] = {}

    def text(self, part: str) -> None:
        self._text.append(part)
        self._held += len(part)
        if self._held >= PIECE:
            self._send({"t": "text"}, self._flush())

    def field(self, name: str, value: str | list[str]) -> None:
        self.fields[name] = value

    def container(self) -> None:
        self.end["disposition"] = "container"

    def problem(self, code: str, message: str) -> None:
        known = self.problems.get(code)
        if known is None:
            self.problems[code] = message
        elif message not in known and len(known) < 2000:
            self.problems[code] = f"{known}; {message}"

    def stop(self, code: str, message: str) -> None:
        """The item could not be read to its end."""
        self.end["disposition"] = "unprocessable"
        self.problem(code, message)

    def member(
        self,
        name: str,
        data: bytes | BinaryIO | None,
        *,
        kind: str = "",
        inline: bool = False,
        declared_size: int = -1,
        fields: dict[str, str] | None = None,
        problem: str = "",
        message: str = "",
    ) -> None:
        if self.end["kind"] not in _MAILBOXES:
            self._left -= 1
            if self._left < 0:
                raise Unreadable(ExceptionCode.LIMIT_COUNT, f"more than {self._count} members")
        self._count += 1
        self._encrypted += problem == ExceptionCode.ENCRYPTED
        head = {
            "t": "member",
            "name": name,
            "kind": kind,
            "inline": inline,
            "declared": declared_size,
            "fields": fields or {},
            "mailbox": self.end["kind"] in _MAILBOXES,
            "problem": problem,
            "message": message,
        }
        if data is None:
            self._send({**head, "last": True, "lost": True}, b"")
        else:
            self._send_member(head, data)

    def _send_member(self, head: dict[str, Any], data: bytes | BinaryIO) -> None:
        pieces = _pieces(data)
        piece = next(pieces, b"")
        message = head
        for following in itertools.chain(pieces, (None,)):
            self._spend(len(piece))
            self._send({**message, "last": following is None}, piece)
            message, piece = {"t": "data"}, following or b""

    def _spend(self, size: int) -> None:
        self._budget -= size
        if self._budget < 0:
            raise Unreadable(
                ExceptionCode.LIMIT_RATIO,
                f"expands beyond the cap, after {self._count} members; the rest was not read",
            )

    def finish(self) -> None:
        if self._count and self._encrypted == self._count and self.end["disposition"] == "container":
            self.stop(ExceptionCode.ENCRYPTED, f"all {self._count} members are encrypted")
        self._send_long_fields()
        self._send(self.ending(), self._flush())

    def ending(self) -> dict[str, Any]:
        """What is known of the item by now."""
        return {**self.end, "fields": self.fields, "problems": self.problems}

    def _send_long_fields(self) -> None:
        """A header may be longer than a frame: it goes out in pieces, the parts of a list joined by NUL."""
        for name, value in list(self.fields.items()):
            many = isinstance(value, list)
            text = "\0".join(part.replace("\0", "\ufffd") for part in value) if many else str(value)
            data = text.encode("utf-8", "replace")
            if len(data) > _LONG_FIELD:
                del self.fields[name]
                for piece in _pieces(data):
                    self._send({"t": "field", "name": name, "list": many}, piece)

    def _flush(self) -> bytes:
        data = "".join(self._text).encode("utf-8", "replace")
        self._text.clear()
        self._held = 0
        return data


_MAILBOXES = {"mbox", "pst", "slack"}  # any number of members: each is bounded by itself


def _pieces(data: bytes | BinaryIO) -> Any:
    """Yield ``data`` in pieces of at most ``PIECE`` bytes."""
    if isinstance(data, bytes):
        for start in range(0, len(data), PIECE):
            yield data[start : start + PIECE]
        return
    while piece := data.read(PIECE):
        yield piece
