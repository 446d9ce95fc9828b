r"""Mailboxes in one file, taken apart into the messages they hold; a mailbox of any size is streamed.

A message begins at a line ``From `` that stands at the beginning of the file or below an empty line, that reads
like an envelope (a sender and a date with weekday or ISO form, month, time and year; or one word alone), and that
a header line or an empty line follows. So a sentence that begins with "From" is no message. Lines of the form
``>+From `` lose one ``>`` (the rule called mboxrd). A message's bytes are otherwise kept exactly: the bytes of the
file are those of all messages, their envelope lines, one empty line after each, and the marks taken off.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

_DAY: Final = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
ENVELOPE: Final = re.compile(
    rb"(?:^|(?<=\n))From "
    rb"(?:"
    rb"[^\n]{0,400}?\b" + _DAY + rb",?[ ]+(?:" + _MONTH + rb"[ ]+\d{1,2}|\d{1,2}[ -]+" + _MONTH + rb")[^\n]{0,60}"
    rb"|[^\n]{0,400}?\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\n]{0,20}"
    rb"|[^\s]{1,200}[ ]*(?=\r?\n[!-9;-~]{1,60}:)"
    rb")\r?\n(?=[!-9;-~]{1,200}[ \t]*:|>?From |\r?\n|\Z)"
)
_TIME_AND_YEAR: Final = re.compile(rb"\d:\d\d.*\b(?:19|20)\d\d\b|\b(?:19|20)\d\d\b.*\d:\d\d", re.DOTALL)
_ASCTIME: Final = re.compile(
    rb"(" + _MONTH + rb")[ ]+(\d{1,2})[ ]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:[ ]+[A-Z]{2,5})?[ ]+((?:19|20)\d\d)"
)
_MONTHS: Final = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_QUOTED: Final = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_PIECE: Final = 1 << 20
_LINE: Final = 1 << 11  # no envelope line, with the start of what follows it, is longer
_WHOLE: Final = 32 << 20  # bytes of a message that is unquoted in one piece


@dataclass(frozen=True)
class Message:
    """Where a message lies: its envelope line begins at ``line``, its bytes are ``start:end``."""

    line: int
    start: int
    end: int
    envelope: bytes


def envelope_at(data: bytes, at: int = 0) -> re.Match[bytes] | None:
    """Return the match of an envelope line that begins exactly here."""
    found = ENVELOPE.match(data, at)
    if found is None:
        return None
    alone = len(found[0].split()) == 2
    return found if alone or _TIME_AND_YEAR.search(found[0]) else None


def messages(file: BinaryIO, size: int) -> Iterator[Message]:
    """Yield where the messages of a mailbox lie; bytes before the first envelope belong to none."""
    last: tuple[int, bytes] | None = None
    for line, envelope in envelopes(file):
        if last is not None:
            yield _message(file, *last, line)
        last = line, envelope
    if last is not None:
        yield _message(file, *last, size)


def _message(file: BinaryIO, line: int, envelope: bytes, end: int) -> Message:
    """The empty line before the next envelope belongs to neither message."""
    start = line + len(envelope)
    file.seek(max(start, end - 4))
    tail = file.read(min(4, end - start))
    for blank in (b"\r\n\r\n", b"\n\n"):
        if tail.endswith(blank):
            end -= len(blank) // 2
            break
    else:
        if tail in (b"\n", b"\r\n"):
            end = start
    return Message(line, start, end, envelope)


def envelopes(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield position and bytes of each envelope line, reading the file once, piece by piece."""
    base, data, at = 0, b"", 0
    ended = False
    while True:
        found = _next_from(data, at, base)
        if not ended and (found == -1 or found + _LINE > len(data)):
            keep = max(0, (found if found != -1 else len(data)) - 8)
            file.seek(base + len(data))
            piece = file.read(_PIECE)
            ended = not piece
            base, data, at = base + keep, data[keep:] + piece, max(0, at - keep) if found == -1 else found - keep
            continue
        if found == -1:
            return
        if envelope := envelope_at(data, found):
            yield base + found, envelope[0]
        at = found + 5


def _next_from(data: bytes, at: int, base: int) -> int:
    """Return where the next ``From `` at the file's beginning or below an empty line stands, else -1."""
    if base == 0 and at == 0 and data.startswith(b"From "):
        return 0
    found = data.find(b"\nFrom ", max(0, at - 1))
    while found != -1:
        above = data[max(0, found - 2) : found]
        if above.endswith(b"\n") or above == b"\n\r" or base + found == 0 or (above == b"\r" and base + found == 1):
            return found + 1
        found = data.find(b"\nFrom ", found + 1)
    return -1


def read(item: Input, emit: Emit) -> None:
    """Hand over the messages of a mailbox, in order, as ``00001.eml`` and so on."""
    emit.container()
    count, first = 0, item.size
    for message in messages(item.file, item.size):
        if not count:
            first = message.line
            _leading(item, emit, first)
        count += 1
        fields = {"file_modified": when} if (when := envelope_date(message.envelope)) else {}
        emit.member(f"{count:05d}.eml", _content(item.file, message), kind="eml", fields=fields)
    if not count:
        raise Unreadable(ExceptionCode.CORRUPT, "a mailbox without any message in it")


def _leading(item: Input, emit: Emit, first: int) -> None:
    """What stands before the first envelope is handed over too."""
    item.file.seek(0)
    head = item.file.read(min(first, _WHOLE))
    if not head.strip():
        return
    emit.problem(ExceptionCode.PARTIAL, f"{first} bytes stand before the first message; they are item 00000")
    if first <= _WHOLE:
        emit.member("00000.eml", head)
    else:
        emit.member("00000.eml", None, problem=ExceptionCode.LIMIT_SIZE, message="larger than a message may be")


def envelope_date(envelope: bytes) -> str:
    """Return the date of an envelope line as ISO 8601 (naive: it names no zone), "" if it has none."""
    found = _ASCTIME.search(envelope)
    if found is None:
        return ""
    day, hour, minute, second, year = (int(found[n] or 0) for n in (2, 3, 4, 5, 6))
    try:
        return dt.datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second).isoformat()
    except ValueError:
        return ""


def _content(file: BinaryIO, message: Message) -> bytes | BinaryIO:
    """Return a message's bytes with their quoting undone, as a stream when there are very many."""
    file.seek(message.start)
    size = message.end - message.start
    if size <= _WHOLE:
        data = file.read(size)
        return _QUOTED.sub(b"", data) if b">From " in data else data
    return io.BufferedReader(_Unquoted(file, message.start, message.end))


class _Unquoted(io.RawIOBase):
    """A long message as a stream, unquoted line by line."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file, self._at, self._end = file, start, end
        self._new_line = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._at)
        line = self._file.readline(min(len(buffer), self._end - self._at))
        self._at += len(line)
        shown = _QUOTED.sub(b"", line, count=1) if self._new_line else line
        self._new_line = line.endswith(b"\n")
        buffer[: len(shown)] = shown
        return len(shown)


READER: Final = Reader("mbox", "1", frozenset({"mbox"}), read)
