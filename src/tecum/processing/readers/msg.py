"""Outlook's message in a file of its own, read as the internet message it is made into.

Follows [MS-OXMSG]; olefile opens the compound file. A storage within it, such as an OLE attachment, is written out
again as a compound file ([MS-CFB]) by ``compoundwriter``.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import mapi, mapimail
from tecum.processing.readers.compoundwriter import Storage, compound_file
from tecum.processing.readers.mapi import Attachment, Damaged, Item, Key, Properties, Value

if TYPE_CHECKING:
    from olefile import OleFileIO

_PROPERTIES: Final = "__properties_version1.0"
_NAMES: Final = "__nameid_version1.0"
_RECIPIENT: Final = "__recip_version1.0_#"
_ATTACHMENT: Final = "__attach_version1.0_#"
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})(?:-([0-9A-Fa-f]{8}))?$")
_TOP_HEADER: Final = 32  # bytes before the entries of a property stream
_INNER_HEADER: Final = 24
_ROW_HEADER: Final = 8
_DATA: Final = 0x3701
_VARIABLE: Final = frozenset({mapi.STRING8, mapi.UNICODE, mapi.BINARY})
_MOST: Final = 10_000  # recipients, attachments

# What olefile raises for a damaged file.
_FAILURES: Final = (
    OSError, ValueError, LookupError, OverflowError, struct.error, TypeError, AttributeError, RecursionError,
)  # fmt: skip

Path = tuple[str, ...]


def read(item: Input, emit: Emit) -> None:
    """Read a message file; what is damaged within it stands in a PARTIAL."""
    import olefile

    try:
        opened = olefile.OleFileIO(item.file)
    except _FAILURES as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"its compound file cannot be opened: {error}") from None
    with opened as file:
        try:
            found = _File(file).item((), _TOP_HEADER)
        except Damaged as damage:
            raise Unreadable(ExceptionCode.CORRUPT, str(damage)) from None
        mapimail.read_as_mail(found, item, emit)


@dataclass
class _Folder:
    """A storage: its streams and storages by name."""

    streams: list[str] = field(default_factory=list)
    storages: list[str] = field(default_factory=list)


class _File:
    """One compound file as MAPI objects."""

    def __init__(self, file: OleFileIO) -> None:
        self._file = file
        self._folders: dict[Path, _Folder] = {}
        for path in file.listdir(streams=True, storages=True):
            *above, name = path
            folder = self._folders.setdefault(tuple(above), _Folder())
            storage = file.get_type(path) == 1
            (folder.storages if storage else folder.streams).append(name)
        self._named = self._names()

    def item(self, path: Path, header: int) -> Item:
        """Return the message in a storage; ``header`` is the length of what stands before its entries."""
        problems: list[str] = []
        values = self._values(path, header, problems)
        if not values:
            raise Damaged("it has no properties that can be read")
        codec = _codec(values)
        recipients = [
            Properties(self._values((*path, name), _ROW_HEADER, problems), codec)
            for name in self._numbered(path, _RECIPIENT)
        ]
        attachments = [self._attachment((*path, name), codec, problems) for name in self._numbered(path, _ATTACHMENT)]
        return Item(Properties(values, codec), recipients, attachments, problems)

    def _numbered(self, path: Path, start: str) -> list[str]:
        """Return the storages of recipients or attachments in the order of their numbers."""
        folder = self._folders.get(path, _Folder())
        return sorted(name for name in folder.storages if name.lower().startswith(start))[:_MOST]

    def _attachment(self, path: Path, codec: str, problems: list[str]) -> Attachment:
        values = Properties(self._values(path, _ROW_HEADER, problems), codec)
        inside = next((name for name in self._folders.get(path, _Folder()).storages if _is_data(name)), "")
        if not inside:
            content = values.data(_DATA) if _DATA in values else None
            return Attachment(values, None if content is None else lambda: content)
        inner = (*path, inside)
        if values.integer(0x3705) == 5 or _PROPERTIES in self._folders.get(inner, _Folder()).streams:
            return Attachment(values, item=lambda: self.item(inner, _INNER_HEADER))
        return Attachment(values, lambda: compound_file(self._storage(inner)), storage=True)

    def _storage(self, path: Path) -> Storage:
        folder = self._folders.get(path, _Folder())
        streams = {name: self._stream((*path, name)) for name in folder.streams}
        return Storage(holds={**streams, **{name: self._storage((*path, name)) for name in folder.storages}})

    # -- properties --------------------------------------------------------------------------------------

    def _values(self, path: Path, header: int, problems: list[str]) -> dict[Key, Value]:
        """Return the properties of a storage: fixed ones stand in one stream, others in a stream each."""
        found: dict[Key, Value] = {}
        folder = self._folders.get(path, _Folder())
        if _PROPERTIES in folder.streams:
            try:
                entries = self._stream((*path, _PROPERTIES))[header:]
            except Damaged as damage:
                problems.append(str(damage))
                entries = b""
            for at in range(0, len(entries) - 15, 16):
                kind, identity = struct.unpack_from("<HH", entries, at)
                if kind in mapi.FIXED and mapi.FIXED[kind] <= 8:
                    found[self._key(identity)] = Value(kind, entries[at + 8 : at + 16])
        lists: dict[tuple[int, int], dict[int, bytes]] = {}
        for name in folder.streams:
            if (stated := _VALUE.match(name)) is None:
                continue
            identity, kind = int(stated[1], 16), int(stated[2], 16)
            try:
                raw = self._stream((*path, name))
            except Damaged as damage:
                problems.append(str(damage))
                continue
            if stated[3]:
                lists.setdefault((identity, kind), {})[int(stated[3], 16)] = raw
            elif not kind & mapi.MULTIPLE:
                found[self._key(identity)] = Value(kind, raw)
            elif kind & ~mapi.MULTIPLE not in _VARIABLE:
                found[self._key(identity)] = Value(kind, mapi.multiple(raw, kind))
        for (identity, kind), parts in lists.items():
            found[self._key(identity)] = Value(kind, [parts[number] for number in sorted(parts)])
        return found

    def _stream(self, path: Path) -> bytes:
        """Return a stream's bytes.

        Raises:
            Damaged: it is not whole.
        """
        try:
            with self._file.openstream(list(path)) as stream:
                return bytes(stream.read())
        except _FAILURES as error:
            raise Damaged(f"the stream {path[-1]} cannot be read: {error}") from None

    # -- names -------------------------------------------------------------------------------------------

    def _key(self, identity: int) -> Key:
        return self._named.get(identity, identity) if identity >= 0x8000 else identity

    def _names(self) -> dict[int, Key]:
        """Read which property each id from 0x8000 on stands for ([MS-OXMSG] 2.2.3)."""
        try:
            guids, entries, texts = (self._stream((_NAMES, f"__substg1.0_000{n}0102")) for n in (2, 3, 4))
        except Damaged:
            return {}  # a file without names: its properties above 0x8000 keep their ids
        return mapi.names(guids, entries, texts)


def _is_data(name: str) -> bool:
    found = _VALUE.match(name)
    return found is not None and int(found[1], 16) == _DATA


def _codec(values: dict[Key, Value]) -> str:
    """Return the codec of 8-bit strings: that of the message, else of the sender's machine, else of its body."""
    plain = Properties(values)
    return mapi.codec_of(plain.integer(0x3FFD), plain.integer(0x3FDE))


READER: Final = Reader("msg", "1", frozenset({"msg"}), read, library="olefile")
