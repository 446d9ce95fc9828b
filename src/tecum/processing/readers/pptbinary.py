"""The binary PowerPoint document of 1997 to 2003, as its streams tell it: slides in order, with what belongs to each.

Follows [MS-PPT]: the current user's atom (2.3.2), the edits and their directories of objects (2.3.3 to 2.3.5), the
document (2.4), slides, notes and masters (2.5).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from tecum.hooks import Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.officeart import Record, every, records

DOCUMENT, SLIDE, NOTES, MASTER, HANDOUT = 0x03E8, 0x03EE, 0x03F0, 0x03F8, 0x0FC9
TEXT_HEADER, CHARACTERS, BYTES, STRING, OUTLINE_REFERENCE = 0x0F9F, 0x0FA0, 0x0FA8, 0x0FBA, 0x0F9E
SLIDE_ATOM, NOTES_ATOM, SHOW_INFO, DRAWING, HEADERS = 0x03EF, 0x03F1, 0x03F9, 0x040C, 0x0FD9
OBJECTS, LINK, EMBEDDED, OBJECT_ATOM, COMMENT, COMMENT_ATOM = 0x0409, 0x0FD7, 0x0FCC, 0x0FC3, 0x2EE0, 0x2EE1
_LIST, _PLACE, _STORAGE, _VBA, _VBA_ATOM = 0x0FF0, 0x03F3, 0x1011, 0x03FF, 0x0400
_USER_EDIT, _DIRECTORY = 0x0FF5, 0x1772
_SEALED: Final = 0xF3D1C4DF  # the token of an encrypted document
_MOST_EDITS: Final = 10_000
_MOST_BYTES: Final = 1 << 30  # of an object when unpacked


class Listed(NamedTuple):
    """One entry of a list of slides: its object, its number in links, and the texts kept for it."""

    object: int
    identifier: int
    texts: list[str]


class Show:
    """One presentation.

    ``slides``, ``masters`` and ``notes`` are the lists of the document. What damage makes unreadable is told in
    ``troubles``.

    Raises:
        Unreadable: ENCRYPTED, UNSUPPORTED for versions before 97, or CORRUPT.
    """

    def __init__(self, stream: bytes, user: bytes) -> None:
        self._stream = stream
        self.troubles: list[str] = []
        if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _SEALED:
            raise Unreadable(ExceptionCode.ENCRYPTED, "the presentation is encrypted and needs its password")
        self._offsets: dict[int, int] = {}
        root = self._followed(struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else -1)
        if root is None:
            root = self._searched()
        self.document = root
        lists = {record.instance: record for record in records(root.data, []) if record.type == _LIST}
        self.slides, self.masters, self.notes = (
            list(_entries(lists[number])) if number in lists else [] for number in (0, 1, 2)
        )

    def object(self, number: int) -> Record | None:
        """Return one of the numbered objects, None when there is none."""
        place = self._offsets.get(number, -1)
        return self._record(place) if place >= 0 else None

    def unlisted(self) -> Iterator[Record]:
        """Yield the slides that the file holds and no list names, in the order of their numbers."""
        named = {entry.object for entry in (*self.slides, *self.masters, *self.notes)}
        for number in sorted(self._offsets.keys() - named):
            record = self.object(number)
            if record is not None and record.type == SLIDE:
                yield record

    def storage(self, number: int) -> bytes:
        """Return an embedded object, unpacked; b"" when it cannot be had, which is told."""
        record = self.object(number)
        if record is None or record.type != _STORAGE:
            self.troubles.append("an embedded object is not there")
            return b""
        if not record.instance:
            return record.data
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(record.data[4:], min(_MOST_BYTES, struct.unpack_from("<I", record.data)[0]))
        except (zlib.error, struct.error):
            data = b""
        if not data:
            self.troubles.append("an embedded object is damaged")
        return data

    def macros(self) -> int:
        """Return the number of the object that holds the macros, -1 without any."""
        for record in every(self.document.data, []):
            if record.type == _VBA_ATOM and len(record.data) >= 8:
                number, has_macros = struct.unpack_from("<II", record.data)
                return number if has_macros else -1
        return -1

    # -- finding the objects -----------------------------------------------------------------------------

    def _record(self, place: int) -> Record | None:
        return next(records(self._stream[place:], self.troubles), None) if 0 <= place < len(self._stream) else None

    def _followed(self, edit: int) -> Record | None:
        """Follow the edits from the newest back, the newest place of an object ruling; return the document."""
        root = -1
        for _ in range(_MOST_EDITS):
            record = self._record(edit)
            if record is None or record.type != _USER_EDIT or len(record.data) < 20:
                break
            edit, directory, number = struct.unpack_from("<III", record.data, 8)
            root = number if root < 0 else root
            self._read_directory(directory)
            if not edit:
                break
        found = self.object(root)
        return found if found is not None and found.type == DOCUMENT else None

    def _read_directory(self, place: int) -> None:
        record = self._record(place)
        if record is None or record.type != _DIRECTORY:
            self.troubles.append("a directory of its objects is damaged")
            return
        words = struct.unpack(f"<{len(record.data) // 4}I", record.data[: len(record.data) // 4 * 4])
        at = 0
        while at < len(words):
            first, count = words[at] & 0xFFFFF, words[at] >> 20
            for number, offset in enumerate(words[at + 1 : at + 1 + count], first):
                self._offsets.setdefault(number, offset)
            at += 1 + count

    def _searched(self) -> Record:
        """Where the edits lead nowhere, take all objects in the order of the stream.

        Raises Unreadable when there is no document among them.
        """
        root: Record | None = None
        place = 0
        while (record := self._record(place)) is not None:
            if record.type == DOCUMENT:
                root = record
            elif record.type in (SLIDE, NOTES, MASTER, _STORAGE):
                self._offsets.setdefault(1 << 20 | place, place)
            place += 8 + len(record.data)
        if root is None:
            raise Unreadable(ExceptionCode.CORRUPT, "it holds no presentation of PowerPoint 97 or later")
        self.troubles.append("the directory of its objects is damaged, so slides stand in no certain order")
        return root


def said(record: Record) -> str:
    """Return the text of an atom that holds text."""
    if record.type == BYTES:
        return record.data.decode("latin-1")
    return record.data.decode("utf-16-le", "replace")


def _entries(listing: Record) -> Iterator[Listed]:
    """Yield the entries of a list: each begins with its place, its texts follow in order."""
    entry: Listed | None = None
    for record in records(listing.data, []):
        if record.type == _PLACE and len(record.data) >= 16:
            if entry is not None:
                yield entry
            number, _, _, identifier = struct.unpack_from("<IIII", record.data)
            entry = Listed(number, identifier, [])
        elif entry is not None and record.type == TEXT_HEADER:
            entry.texts.append("")
        elif entry is not None and entry.texts and record.type in (CHARACTERS, BYTES):
            entry.texts[-1] += said(record)
    if entry is not None:
        yield entry
