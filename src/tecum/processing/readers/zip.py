"""ZIP archives: every entry becomes a member, also the encrypted, the damaged and those of a broken directory.

Follows the PKWARE application note; where the central directory is lost, the local headers are read one by one.
"""

from __future__ import annotations

import copy
import datetime as dt
import stat
import struct
import tempfile
import zipfile
import zlib
from typing import BinaryIO, Final, cast

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import streams

_LOCAL: Final = b"PK\x03\x04"
_LOCAL_HEADER: Final = struct.Struct("<4x5H3L2H")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PIECE: Final = 1 << 20
_MAX_RECOVERED: Final = 1 << 30  # bytes of one member found without the directory
_ENCRYPTED_FLAG: Final = 1
_DESCRIPTOR_FLAG: Final = 8
_UTF8_FLAG: Final = 0x800
_AES_METHOD: Final = 99
_UNIX_TIME: Final = 0x5455


def read(item: Input, emit: Emit) -> None:
    """Hand over the members of a ZIP archive."""
    emit.container()
    try:
        archive = zipfile.ZipFile(item.file)
        entries = archive.infolist()
    except streams.DAMAGED as error:
        _Recovery(item, emit, str(error)).run()
        return
    with archive:
        for position, entry in enumerate(entries, 1):
            if not (entry.is_dir() and entry.file_size == 0):
                _Entry(archive, entry, position, emit).hand_over(item.passwords)


class _Entry:
    """One entry of the directory on its way out."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, position: int, emit: Emit) -> None:
        self._archive, self._entry, self._emit = archive, entry, emit
        self._name = streams.safe_name(_shown_name(entry.filename, entry.flag_bits), position)
        when = _modified(entry.date_time, entry.extra)
        self._fields = {"file_modified": when} if when else {}
        self._encrypted = bool(entry.flag_bits & _ENCRYPTED_FLAG) or entry.compress_type == _AES_METHOD
        self._kind = "text" if stat.S_ISLNK(entry.external_attr >> 16) else ""  # a link's content is its target

    def hand_over(self, passwords: tuple[str, ...]) -> None:
        """Read the entry and give it to ``emit``, or the reason why not."""
        data: bytes | BinaryIO | None = None
        problem = message = ""
        try:
            data = self._unlocked(passwords) if self._encrypted else self._content(None)
        except Unreadable as stop:
            problem, message = stop.code, stop.message
        except NotImplementedError as error:
            problem, message = ExceptionCode.UNSUPPORTED, str(error)
        except streams.DAMAGED as error:
            problem, message = ExceptionCode.CORRUPT, f"cannot be read: {error}"
        self._emit.member(
            self._name,
            data,
            kind=self._kind,
            declared_size=self._entry.file_size,
            fields=self._fields,
            problem=problem,
            message=message,
        )

    def _content(self, password: bytes | None) -> bytes | BinaryIO:
        """Read the entry. The library stops at the declared size: let it go on, to see who lies."""
        declared = self._entry.file_size
        allowed = copy.copy(self._entry)
        allowed.file_size = declared + 2 * streams.WHOLE
        data = streams.content(self._archive.open(allowed, pwd=password), self._failed)
        if not isinstance(data, bytes) and declared <= streams.WHOLE:
            raise Unreadable(ExceptionCode.LIMIT_RATIO, f"far longer than the {declared} bytes that it declares")
        return data

    def _unlocked(self, passwords: tuple[str, ...]) -> bytes | BinaryIO:
        """Try the passwords. One byte of check lets a wrong one through now and then; then the CRC stops it."""
        if self._entry.compress_type == _AES_METHOD:
            raise Unreadable(ExceptionCode.ENCRYPTED, "encrypted with AES, which is not read here")
        for password in passwords:
            for encoding in ("utf-8", "cp437"):
                try:
                    return self._content(password.encode(encoding))
                except (UnicodeEncodeError, *streams.DAMAGED):
                    continue
        tried = f"; none of the {len(passwords)} passwords opens it" if passwords else ""
        raise Unreadable(ExceptionCode.ENCRYPTED, f"encrypted{tried}")

    def _failed(self, why: str) -> None:
        self._emit.problem(ExceptionCode.PARTIAL, f"{self._name} is cut short: {why}")


class _Recovery:
    """Reads an archive without its directory, by the headers that stand before each member."""

    def __init__(self, item: Input, emit: Emit, why: str) -> None:
        self._file, self._emit, self._why = item.file, emit, why
        self._count = 0

    def run(self) -> None:
        """Hand over what is found. Raises Unreadable when that is nothing."""
        at = self._find(0)
        while at != -1:
            at = self._find(self._entry(at))
        if not self._count:
            raise Unreadable(ExceptionCode.CORRUPT, f"the archive cannot be read: {self._why}")
        self._emit.problem(
            ExceptionCode.PARTIAL,
            f"its directory is damaged ({self._why}); {self._count} members were found by their own headers",
        )

    def _find(self, at: int) -> int:
        """Return where the next local header begins, -1 if there is none."""
        while True:
            self._file.seek(at)
            piece = self._file.read(_PIECE)
            found = piece.find(_LOCAL)
            if found != -1:
                return at + found
            if len(piece) < _PIECE:
                return -1
            at += _PIECE - len(_LOCAL) + 1

    def _entry(self, at: int) -> int:
        """Hand over the member whose header stands here; return where to look for the next."""
        self._file.seek(at)
        head = self._file.read(_LOCAL_HEADER.size)
        if len(head) < _LOCAL_HEADER.size:
            return at + len(_LOCAL)
        numbers: tuple[int, ...] = _LOCAL_HEADER.unpack(head)
        _, flags, method, clock, day, crc, packed, size, name_size, extra_size = numbers
        raw = self._file.read(name_size)
        extra = self._file.read(extra_size)
        start = at + _LOCAL_HEADER.size + name_size + extra_size
        if raw.endswith(b"/") and not packed:
            return start
        self._count += 1
        name = raw.decode("utf-8" if flags & _UTF8_FLAG else "cp437", "replace")
        shown = streams.safe_name(_shown_name(name, flags), self._count)
        when = _modified(_dos_time(day, clock), extra)
        known = not flags & _DESCRIPTOR_FLAG and 0xFFFFFFFF not in (packed, size)
        with tempfile.SpooledTemporaryFile(streams.WHOLE) as out:
            problem, message, end = self._unpack(cast("BinaryIO", out), start, flags, method, packed if known else -1)
            whole = not problem and (not known or _crc(cast("BinaryIO", out)) == crc)
            if not problem and not whole:
                problem, message = ExceptionCode.CORRUPT, "its checksum does not agree"
            got = out.tell() > 0 or (whole and size == 0)
            out.seek(0)
            self._emit.member(
                shown,
                cast("BinaryIO", out) if got else None,
                declared_size=size if known else -1,
                fields={"file_modified": when} if when else {},
                problem=problem,
                message=message,
            )
        return end

    def _unpack(self, out: BinaryIO, start: int, flags: int, method: int, packed: int) -> tuple[str, str, int]:
        """Write a member's bytes to ``out``; return the problem and its message ("" if none), and the end."""
        after = start + max(0, packed)
        if flags & _ENCRYPTED_FLAG:
            return ExceptionCode.ENCRYPTED, "encrypted", after
        if method == zipfile.ZIP_DEFLATED:
            return self._inflate(out, start)
        if method != zipfile.ZIP_STORED or packed < 0:
            return ExceptionCode.UNSUPPORTED, "cannot be read without the archive's directory", after
        left = packed
        self._file.seek(start)
        while left and (piece := self._file.read(min(left, _PIECE))):
            out.write(piece)
            left -= len(piece)
        return (ExceptionCode.CORRUPT, f"cut short by {left} bytes", after) if left else ("", "", after)

    def _inflate(self, out: BinaryIO, start: int) -> tuple[str, str, int]:
        inflater = zlib.decompressobj(-15)
        self._file.seek(start)
        at, pending = start, b""
        try:
            while not inflater.eof:
                if not pending:
                    pending = self._file.read(1 << 16)
                    at += len(pending)
                    if not pending:
                        return ExceptionCode.CORRUPT, "cut short", at
                out.write(inflater.decompress(pending, _PIECE))
                pending = inflater.unconsumed_tail
                if out.tell() > _MAX_RECOVERED:
                    return ExceptionCode.LIMIT_RATIO, f"expands beyond {_MAX_RECOVERED >> 20} MiB", at
        except zlib.error as error:
            return ExceptionCode.CORRUPT, f"damaged: {error}", start
        return "", "", at - len(inflater.unused_data)


def _crc(file: BinaryIO) -> int:
    crc = 0
    file.seek(0)
    while piece := file.read(_PIECE):
        crc = zlib.crc32(piece, crc)
    return crc


def _shown_name(name: str, flags: int) -> str:
    """Without the UTF-8 flag the library reads cp437; many archivers write UTF-8 all the same."""
    if flags & _UTF8_FLAG or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _dos_time(day: int, clock: int) -> tuple[int, int, int, int, int, int]:
    return (
        (day >> 9) + 1980,
        day >> 5 & 15,
        day & 31,
        clock >> 11,
        clock >> 5 & 63,
        (clock & 31) * 2,
    )


def _modified(written: tuple[int, int, int, int, int, int], extra: bytes) -> str:
    """Return the modification time as ISO 8601: in UTC where the archive says so, else naive, "" if unset."""
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        if tag == _UNIX_TIME and size >= 5 and at + 9 <= len(extra) and extra[at + 4] & 1:
            return streams.utc(struct.unpack_from("<i", extra, at + 5)[0])
        at += 4 + size
    try:
        return "" if written == _EPOCH else dt.datetime(*written).isoformat()
    except ValueError:
        return ""


READER: Final = Reader("zip", "1", frozenset({"zip"}), read)
