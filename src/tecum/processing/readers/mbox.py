r"""Mailboxes in one file, taken apart into the messages they hold; a mailbox of any size is streamed.

A message begins at a line ``From `` that stands at the beginning of the file or below an empty line, that reads
like an envelope (a sender and a date with weekday or ISO form, month, time and year; or one word alone), and that
a header line or an empty line follows. So a sentence that begins with "From" is no message; Thunderbird's
``From -`` (which needs no empty line above), Eudora's ``From ???@???`` and pipermail's
``From ann at riverton.example`` are. A ``Content-Length`` (mboxcl, mboxcl2) is believed where the file's end or
another envelope stands behind the bytes that it counts: then no line within them begins a message. Elsewhere it
is ignored.

Lines of the form ``>+From `` lose one ``>`` (the rule of mboxrd; in mboxo, where only ``From `` was quoted, a line
that came as ``>From `` loses it too, and nobody can tell). Only a message whose believed length spans an unquoted
line ``From `` keeps them: its writer did not quote (mboxcl2).

A file that begins with four Control-A and a line end is MMDF: its messages stand between such lines, unquoted.

A message's bytes are otherwise kept exactly: the bytes of the file are those of all messages, their envelope lines,
one empty line after each (or MMDF's lines), and the marks taken off.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

MMDF: Final = b"\x01\x01\x01\x01\n"
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
_COUNT: Final = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_BLANK: Final = re.compile(rb"\n\r?\n")
_BLANKS: Final = re.compile(rb"(?:\r?\n){0,2}")
_UNQUOTED: Final = re.compile(rb"^From ", re.MULTILINE)
_HEADER: Final = 1 << 14  # bytes in which a header that counts its body must end
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
    quoted: bool = True  # its writer may have put marks before lines that begin with "From "


def envelope_at(data: bytes, at: int = 0) -> re.Match[bytes] | None:
    """Return the match of an envelope line that begins exactly here."""
    found = ENVELOPE.match(data, at)
    if found is None:
        return None
    alone = len(found[0].split()) == 2
    return found if alone or _TIME_AND_YEAR.search(found[0]) else None


def messages(file: BinaryIO, size: int) -> Iterator[Message]:
    """Yield where the messages of a mailbox lie; bytes before the first envelope belong to none."""
    file.seek(0)
    if file.read(len(MMDF)) == MMDF:
        yield from _between_marks(file, size)
        return
    scanner = _Scanner(file)
    found = scanner.after(0)
    while found is not None:
        line, envelope = found
        counted, found = _counted(file, line + len(envelope), size)
        if not counted:
            found = scanner.after(line + len(envelope))
        yield _message(file, line, envelope, found[0] if found else size, counted)


def _counted(file: BinaryIO, start: int, size: int) -> tuple[bool, tuple[int, bytes] | None]:
    """Tell whether the Content-Length of the message at ``start`` is to be believed, and what follows it.

    What follows is the line and the bytes of the next envelope, which then needs no empty line above; None at the
    file's end.
    """
    file.seek(start)
    header = file.read(_HEADER)
    count = _COUNT.search(header) if b"ontent-" in header else None
    gap = _BLANK.search(header) if count else None
    if gap is None or count is None or count.start() > gap.start():
        return False, None
    end = start + gap.end() + int(count[1])
    if end > size:
        return False, None
    file.seek(end - 1)
    following = file.read(2 * _LINE)
    blanks = _BLANKS.match(following, 1)
    at = blanks.end() if blanks else 1
    if at >= len(following):
        return True, None
    found = envelope_at(following, at) if following[at - 1 : at] == b"\n" else None
    return (True, (end - 1 + at, found[0])) if found else (False, None)


def _between_marks(file: BinaryIO, size: int) -> Iterator[Message]:
    """Yield the messages of an MMDF file; an envelope line within the marks belongs to none."""
    mark = 0
    for following in itertools.chain(_marks(file), (size,)):
        start = mark + len(MMDF)
        if following > start:
            file.seek(start)
            first = file.readline(_LINE)
            envelope = first if first.startswith(b"From ") and start + len(first) <= following else b""
            yield Message(mark, start + len(envelope), following, envelope, quoted=False)
        mark = following


def _marks(file: BinaryIO) -> Iterator[int]:
    """Yield where MMDF's lines stand after the first, reading the file once, piece by piece."""
    base, data = 0, b""
    while True:
        file.seek(base + len(data))
        piece = file.read(_PIECE)
        data += piece
        at = data.find(b"\n" + MMDF)
        while at != -1:
            yield base + at + 1
            at = data.find(b"\n" + MMDF, at + len(MMDF))
        if not piece:
            return
        keep = max(0, len(data) - len(MMDF))
        base, data = base + keep, data[keep:]


def _message(file: BinaryIO, line: int, envelope: bytes, end: int, counted: bool) -> Message:
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
    quoted = True
    if counted and end - start <= _WHOLE:
        file.seek(start)
        quoted = _UNQUOTED.search(file.read(end - start)) is None
    return Message(line, start, end, envelope, quoted)


def envelopes(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield position and bytes of each line that reads like an envelope, whatever any Content-Length says."""
    scanner = _Scanner(file)
    found = scanner.after(0)
    while found is not None:
        yield found
        found = scanner.after(found[0] + len(found[1]))


class _Scanner:
    """Looks for envelope lines, reading the file once, piece by piece, unless it is sent elsewhere."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._base, self._data, self._ended = file, 0, b"", False

    def after(self, position: int) -> tuple[int, bytes] | None:
        """Return position and bytes of the first envelope line that begins at ``position`` or behind it."""
        if not (self._base == 0 or self._base + 2 <= position) or position > self._base + len(self._data):
            self._base, self._data, self._ended = max(0, position - 8), b"", False
        at = position - self._base
        while True:
            found = _next_from(self._data, at, self._base)
            if not self._ended and (found == -1 or found + _LINE > len(self._data)):
                at = self._read_on(at, found)
                continue
            if found == -1:
                return None
            if envelope := envelope_at(self._data, found):
                return self._base + found, envelope[0]
            at = found + 5

    def _read_on(self, at: int, found: int) -> int:
        """Drop what was looked at, add the next piece; return where to look in what is held now."""
        keep = max(0, (found if found != -1 else len(self._data)) - 8)
        self._file.seek(self._base + len(self._data))
        piece = self._file.read(_PIECE)
        self._ended = not piece
        self._base, self._data = self._base + keep, self._data[keep:] + piece
        return max(0, at - keep) if found == -1 else found - keep


def _next_from(data: bytes, at: int, base: int) -> int:
    """Return where the next ``From `` at the file's beginning or below an empty line stands, else -1.

    Netscape wrote its ``From - `` without an empty line above, where the last message did not end with one.
    """
    if base == 0 and at == 0 and data.startswith(b"From "):
        return 0
    found = data.find(b"\nFrom ", max(0, at - 1))
    while found != -1:
        above = data[max(0, found - 2) : found]
        if above.endswith(b"\n") or above == b"\n\r" or base + found == 0 or (above == b"\r" and base + found == 1):
            return found + 1
        if data.startswith(b"From - ", found + 1):
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
        return _QUOTED.sub(b"", data) if message.quoted and b">From " in data else data
    return io.BufferedReader(_Unquoted(file, message))


class _Unquoted(io.RawIOBase):
    """A long message as a stream, unquoted line by line."""

    def __init__(self, file: BinaryIO, message: Message) -> None:
        self._file, self._at, self._end, self._quoted = file, message.start, message.end, message.quoted
        self._new_line = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._at)
        line = self._file.readline(min(len(buffer), self._end - self._at))
        self._at += len(line)
        shown = _QUOTED.sub(b"", line, count=1) if self._new_line and self._quoted else line
        self._new_line = line.endswith(b"\n")
        buffer[: len(shown)] = shown
        return len(shown)


READER: Final = Reader("mbox", "2", frozenset({"mbox"}), read)
