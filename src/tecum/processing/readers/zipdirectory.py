"""What a ZIP archive says of its members: the directory at its end, and the header before each member.

Follows the PKWARE application note 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14 to 4.3.16 (its
end, also in its ZIP64 form) and 4.5 (extra fields). Nothing of it is believed: sizes are capped by the file's.
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.processing.readers import streams

LOCAL: Final = b"PK\x03\x04"
_CENTRAL: Final = b"PK\x01\x02"
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_LOCATOR_64: Final = b"PK\x06\x07"
_LOCAL_HEAD: Final = struct.Struct("<4x5H3L2H")
_CENTRAL_HEAD: Final = struct.Struct("<4xBB5H3L5H2L")
_END_HEAD: Final = struct.Struct("<4x4H2LH")
_END_64_HEAD: Final = struct.Struct("<4xQ2H2L4Q")
_LOCATOR_HEAD: Final = struct.Struct("<4xLQL")
_LONGEST_COMMENT: Final = 1 << 16
_ALL: Final = 0xFFFFFFFF
_ENCRYPTED: Final = 1
_DESCRIPTOR: Final = 8
UTF8: Final = 0x800
_ZIP64, _UNIX_TIME, _UNICODE_PATH, _AES = 0x0001, 0x5455, 0x7075, 0x9901
AES_METHOD: Final = 99
_PAGE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as a header describes it. ``crc``, ``packed`` and ``size`` are -1 where it leaves them open."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int  # of its local header, in this file
    disk: int
    mode: int  # as Unix has it, 0 if unknown
    extra: bytes
    written: tuple[int, int]  # the date and time of DOS

    @property
    def encrypted(self) -> bool:
        """Whether its bytes need a password."""
        return bool(self.flags & _ENCRYPTED) or self.method == AES_METHOD

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder and no file."""
        return self.raw_name.endswith((b"/", b"\\")) and self.size == 0

    @property
    def aes(self) -> tuple[int, int, int] | None:
        """The version, strength and real method of WinZip's encryption, None where it says none."""
        data = _extras(self.extra).get(_AES, b"")
        if len(data) < 7 or data[2:4] != b"AE":
            return None
        version, _, strength, method = struct.unpack("<H2sBH", data[:7])
        return version, strength, method

    @property
    def unicode_name(self) -> str:
        """The name of its own extra field, "" where there is none or it belongs to another name."""
        data = _extras(self.extra).get(_UNICODE_PATH, b"")
        if len(data) > 5 and data[0] == 1 and data[1:5] == struct.pack("<L", zlib.crc32(self.raw_name)):
            return data[5:].decode("utf-8", "replace")
        return ""

    @property
    def modified(self) -> str:
        """When it was last written, as ISO 8601: in UTC where that is said, else naive; "" if unknown."""
        data = _extras(self.extra).get(_UNIX_TIME, b"")
        if len(data) >= 5 and data[0] & 1 and (when := streams.utc(struct.unpack_from("<i", data, 1)[0])):
            return when
        day, clock = self.written
        if (day, clock) in ((0, 0), (0x21, 0)):  # never set
            return ""
        try:
            return dt.datetime(
                (day >> 9) + 1980, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2
            ).isoformat()
        except ValueError:
            return ""


@dataclass(frozen=True)
class Local:
    """The header that stands before a member; ``start`` is where its bytes begin."""

    entry: Entry
    start: int

    @property
    def open_ended(self) -> bool:
        """Whether its sizes stand after its bytes."""
        return bool(self.entry.flags & _DESCRIPTOR)


class Directory:
    """The directory at the end. ``declared`` is how many members it should list, ``disk`` which volume this is.

    Raises ValueError when there is none.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        end, head = self._find_end()
        self.disk, first_disk, _, self.declared, length, offset, _ = _END_HEAD.unpack(head)
        self._before = end
        self._wide(end, length, offset, first_disk)
        self.why_short = ""  # set when the directory ends before all members were listed

    def _find_end(self) -> tuple[int, bytes]:
        start = max(0, self._size - _END_HEAD.size - _LONGEST_COMMENT)
        self._file.seek(start)
        tail = self._file.read()
        at = len(tail)
        while (at := tail.rfind(_END, 0, at)) >= 0:
            if at + _END_HEAD.size <= len(tail):
                return start + at, tail[at : at + _END_HEAD.size]
        raise ValueError("its directory is missing")

    def _wide(self, end: int, length: int, offset: int, first_disk: int) -> None:
        """Take the ZIP64 form of the end, where there is one; then settle where the directory begins."""
        locator = self._at(end - _LOCATOR_HEAD.size, _LOCATOR_HEAD.size)
        if locator.startswith(_LOCATOR_64):
            _, said, _ = _LOCATOR_HEAD.unpack(locator)
            near = end - _LOCATOR_HEAD.size - _END_64_HEAD.size
            for place in (said, near):
                wide = self._at(place, _END_64_HEAD.size)
                if wide.startswith(_END_64) and len(wide) == _END_64_HEAD.size:
                    _, _, _, self.disk, first_disk, _, self.declared, length, offset = _END_64_HEAD.unpack(wide)
                    self._before = place
                    break
        self._length = min(length, self._before)
        self.start = self._before - self._length
        # What stands before the archive, such as a program that unpacks it, moves everything by its length.
        self.shift = self.start - offset if first_disk == self.disk else 0
        if not self._at(self.start, 4).startswith(_CENTRAL) and self._at(offset, 4).startswith(_CENTRAL):
            self.start, self.shift = offset, 0
            self._length = self._before - offset

    def _at(self, place: int, size: int) -> bytes:
        if not 0 <= place <= self._size:
            return b""
        self._file.seek(place)
        return self._file.read(size)

    def entries(self) -> Iterator[Entry]:
        """Yield what it lists; afterwards ``why_short`` says whether it broke off."""
        at, end, count = self.start, self.start + self._length, 0
        page, page_at = b"", 0
        while at < end:
            if at + _CENTRAL_HEAD.size + 3 * _LONGEST_COMMENT > page_at + len(page):
                page, page_at = self._at(at, min(_PAGE, end - at)), at
            entry, length = self._entry(page[at - page_at : at - page_at + _CENTRAL_HEAD.size + 3 * _LONGEST_COMMENT])
            if entry is None:
                break
            count += 1
            at += length
            yield entry
        if count != self.declared and count & 0xFFFF != self.declared:
            self.why_short = f"its directory declares {self.declared:,} members and lists {count:,}"

    def _entry(self, data: bytes) -> tuple[Entry | None, int]:
        if len(data) < _CENTRAL_HEAD.size or not data.startswith(_CENTRAL):
            return None, 0
        (
            _, _, _, flags, method, clock, day, crc, packed, size, name_size, extra_size, comment_size, disk, _,
            mode, offset,
        ) = _CENTRAL_HEAD.unpack_from(data)  # fmt: skip
        at = _CENTRAL_HEAD.size
        raw, extra = data[at : at + name_size], data[at + name_size : at + name_size + extra_size]
        size, packed, offset, disk = _widened(extra, size, packed, offset, disk)
        entry = Entry(raw, flags, method, crc, packed, size, offset + self.shift, disk, mode >> 16, extra, (day, clock))
        return entry, at + name_size + extra_size + comment_size


def local(file: BinaryIO, at: int) -> Local | None:
    """Read the header at this place, None when there is none."""
    if at < 0:
        return None
    file.seek(at)
    head = file.read(_LOCAL_HEAD.size)
    if len(head) < _LOCAL_HEAD.size or not head.startswith(LOCAL):
        return None
    _, flags, method, clock, day, crc, packed, size, name_size, extra_size = _LOCAL_HEAD.unpack(head)
    raw, extra = file.read(name_size), file.read(extra_size)
    size, packed, _, _ = _widened(extra, size, packed, 0, 0)
    if flags & _DESCRIPTOR or _ALL in (packed, size):
        crc = packed = size = -1
    entry = Entry(raw, flags, method, crc, packed, size, at, 0, 0, extra, (day, clock))
    return Local(entry, at + _LOCAL_HEAD.size + name_size + extra_size)


def _widened(extra: bytes, size: int, packed: int, offset: int, disk: int) -> tuple[int, int, int, int]:
    """Take those numbers from the ZIP64 field that do not fit into the header."""
    data, at = _extras(extra).get(_ZIP64, b""), 0
    wide = []
    for value, limit, form in ((size, _ALL, "<Q"), (packed, _ALL, "<Q"), (offset, _ALL, "<Q"), (disk, 0xFFFF, "<L")):
        length = struct.calcsize(form)
        if value == limit and at + length <= len(data):
            (value,) = struct.unpack_from(form, data, at)
            at += length
        wide.append(value)
    return wide[0], wide[1], wide[2], wide[3]


def _extras(extra: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        fields.setdefault(tag, extra[at + 4 : at + 4 + size])
        at += 4 + size
    return fields
