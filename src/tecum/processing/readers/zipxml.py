"""A zip of XML parts, as office formats are: opened with limits, parsed without trust, damage reported."""

from __future__ import annotations

import functools
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from tecum.hooks import Emit, Input, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.compound import COMPOUND_FILE, packaged_file

if TYPE_CHECKING:  # lxml itself is imported at the first XML part, not with the list of readers
    from lxml import etree

Element: TypeAlias = "etree._Element"
OFF = ("0", "false", "off")  # ST_OnOff
MAX_PART = 128 << 20  # bytes of one XML part that is held in memory as a tree
_AT_ONCE = 4 << 20  # bytes of one; its tree takes some ten times as much
MAX_MEMBER = 512 << 20  # bytes of one embedded file

_ZIP_ERRORS = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # also NotImplementedError: an entry that is encrypted or strangely compressed
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
_LOCAL_HEAD = struct.Struct("<4s2xH18x2H")  # signature, flags, lengths of name and extra field
_USUAL = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
_NO_METHOD = 100  # the numbers that ZIP gives to methods of compression end below it
_UNUSUAL_FLAGS = 0x61  # encrypted, patched, strongly encrypted
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


class Parts:
    """The parts of one file. What cannot be read is said on ``emit``; asking again does not say it twice."""

    def __init__(self, item: Input, emit: Emit) -> None:
        self.emit = emit
        try:
            self._file, self._zip = item.file, zipfile.ZipFile(item.file)
        except _ZIP_ERRORS as error:
            raise _no_zip(item, error) from error
        self._entries = {info.filename: info for info in self._zip.infolist()}
        self._folded = {name.lower(): name for name in self._entries}
        self.names = list(self._entries)

    def find(self, name: str) -> str | None:
        """Return the name as the zip spells it (part names do not regard case), None if it is not there."""
        return name if name in self._entries else self._folded.get(name.lower())

    def read(self, name: str, limit: int = MAX_PART) -> bytes | None:
        """Return a part's bytes; None when it is missing, damaged or longer than ``limit``."""
        known = self.find(name)
        if known is None:
            return None
        if (data := self._plainly(self._entries[known], limit)) is not None:
            return data
        try:
            with self._zip.open(known) as stream:
                data = stream.read(limit + 1)
        except _ZIP_ERRORS as error:
            self.emit.problem(ExceptionCode.PARTIAL, f"{name} cannot be read: {error}")
            return None
        if len(data) > limit:
            self.emit.problem(ExceptionCode.PARTIAL, f"{name} is larger than {limit >> 20} MiB; left out")
            return None
        return data

    def _plainly(self, info: zipfile.ZipInfo, limit: int) -> bytes | None:
        """Return an entry of the usual kind at one go, half the work of a stream; None where anything is unusual."""
        if info.flag_bits & _UNUSUAL_FLAGS or info.compress_type not in _USUAL:
            return None
        if info.file_size > limit or info.header_offset < 0:
            return None
        self._file.seek(info.header_offset)
        head = self._file.read(_LOCAL_HEAD.size)
        if len(head) < _LOCAL_HEAD.size:
            return None
        signature, flags, name_size, extra_size = _LOCAL_HEAD.unpack(head)
        if signature != b"PK\x03\x04" or flags & _UNUSUAL_FLAGS:
            return None
        self._file.seek(name_size + extra_size, io.SEEK_CUR)
        data = self._file.read(info.compress_size)
        if info.compress_type == zipfile.ZIP_DEFLATED:
            try:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, info.file_size + 1)
            except zlib.error:
                return None
        return data if len(data) == info.file_size and zlib.crc32(data) == info.CRC else None

    def sealed(self, name: str) -> bool:
        """Tell whether a part is kept in a way that only its own program opens: encrypted, or by no method of ZIP."""
        info = self._entries[name]
        return bool(info.flag_bits & 1) or info.compress_type >= _NO_METHOD

    def tree(self, name: str) -> Element | None:
        """Return the root of an XML part, as far as it could be parsed; None when there is nothing."""
        data = self.read(name)
        return parsed(data, name, self.emit) if data else None

    def loose_tree(self, name: str) -> Element | None:
        """Return the root of a part that need not be well-formed by its own rules; None when there is nothing."""
        data = self.read(name)
        root = _recovered(data) if data else None
        return None if root is None or _declares_entities(root, name, self.emit) else root

    def main(self, name: str) -> Element:
        """Return the root of the part without which there is no document."""
        root = self.tree(name)
        if root is not None:
            return root
        known = self.find(name)
        if known is not None and self._entries[known].flag_bits & 1:
            raise Unreadable(ExceptionCode.ENCRYPTED, f"{name} is encrypted")
        raise Unreadable(ExceptionCode.CORRUPT, f"its main part is missing or unreadable: {name}")

    def stream(self, name: str, tags: tuple[str, ...]) -> Iterator[Element]:
        """Yield the elements with these local names; of a large part as they close, emptying each: flat memory."""
        from lxml import etree

        known = self.find(name)
        if known is None:
            return
        if self._entries[known].file_size <= _AT_ONCE:  # a tree is made in half the time of its events
            root = self.tree(known)
            yield from root.iter(*("{*}" + tag for tag in tags)) if root is not None else ()
            return
        try:
            with self._zip.open(known) as file:
                events = etree.iterparse(
                    file,
                    tag=tuple("{*}" + tag for tag in tags),
                    resolve_entities=False,
                    no_network=True,
                    remove_comments=True,
                    remove_pis=True,
                )
                for count, (_, element) in enumerate(events):
                    if count == 0 and _declares_entities(element, name, self.emit):
                        return
                    yield element
                    _forget(element)
        except etree.XMLSyntaxError as error:
            _tell_damage(name, error, self.emit)
        except _ZIP_ERRORS as error:
            self.emit.problem(ExceptionCode.PARTIAL, f"{name} cannot be read to its end: {error}")

    def hand_over(self, name: str) -> None:
        """Give an embedded file to ``emit`` as a member, out of its wrapper, or say why it cannot be had."""
        known = self.find(name)
        shown = name.rpartition("/")[2]
        size = self._entries[known].file_size if known is not None else -1
        data = self.read(name, MAX_MEMBER)
        if data is None:
            code = ExceptionCode.LIMIT_SIZE if size > MAX_MEMBER else ExceptionCode.CORRUPT
            message = f"embedded file {name} cannot be read"
            self.emit.member(shown, None, declared_size=size, problem=code, message=message)
        else:
            inner_name, content = packaged_file(data) or ("", data)
            self.emit.member(inner_name or shown, content)


def local(element: Element) -> str:
    """Return an element's name without its namespace, so that strict and transitional files read alike."""
    tag = element.tag
    return _bare(tag) if isinstance(tag, str) else ""


@functools.lru_cache(4096)
def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its local name, whatever its namespace; "" when it is not there."""
    for key, value in element.items():
        if _bare(str(key)) == name:
            return str(value)
    return ""


def first(parent: Element | None, name: str) -> Element | None:
    """Return the first child of that local name; half the time of a path, which counts where every style is asked."""
    for one in parent if parent is not None else ():
        if local(one) == name:
            return one
    return None


def is_on(element: Element | None) -> bool:
    """Tell whether an on/off property is on: present, and not switched off by its value."""
    return element is not None and attribute(element, "val") not in OFF


def natural(text: str) -> int:
    """Return an untrusted attribute as a whole number; -1 where it is none, or an absurdly long one."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1


@functools.cache
def parser(*, recover: bool) -> etree.XMLParser:
    """Return the parser for XML that nobody vouches for: no entities, no DTD, no network, no giant nodes."""
    from lxml import etree

    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def parsed(data: bytes, name: str, emit: Emit) -> Element | None:
    """Return the root of untrusted XML as far as it goes, None when there is nothing; damage is said on ``emit``."""
    from lxml import etree

    root: Element | None
    try:
        root = etree.fromstring(data, parser(recover=False))
    except etree.XMLSyntaxError as error:
        _tell_damage(name, error, emit)
        root = _recovered(data)
    return None if root is None or _declares_entities(root, name, emit) else root


def _tell_damage(name: str, error: etree.XMLSyntaxError, emit: Emit) -> None:
    emit.problem(ExceptionCode.PARTIAL, f"{name} is damaged ({error.msg}); it was read as far as it goes")


def _declares_entities(element: Element, name: str, emit: Emit) -> bool:
    # Older programs name a DTD, which is never fetched. Entities of its own are there to make a parser expand.
    dtd = element.getroottree().docinfo.internalDTD
    declares = dtd is not None and next(dtd.iterentities(), None) is not None
    if declares:
        emit.problem(ExceptionCode.PARTIAL, f"{name} declares entities, which are refused; left out")
    return declares


def _recovered(data: bytes) -> Element | None:
    from lxml import etree

    try:
        return etree.fromstring(data, parser(recover=True))
    except etree.XMLSyntaxError:  # nothing at all could be saved; the damage is already recorded
        return None


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _no_zip(item: Input, error: Exception) -> Unreadable:
    item.file.seek(0)
    if item.file.read(8) != COMPOUND_FILE:
        return Unreadable(ExceptionCode.CORRUPT, f"not a readable zip: {error}")
    item.file.seek(0)
    if _ENCRYPTED_STREAM in item.file.read(MAX_PART):
        return Unreadable(ExceptionCode.ENCRYPTED, "the document is encrypted and needs its password")
    return Unreadable(ExceptionCode.CORRUPT, "an older compound file, not the package its name promises")
