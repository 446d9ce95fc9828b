"""The zip of XML parts that a workbook is (ECMA-376 part 2), opened with limits and parsed without trust."""

from __future__ import annotations

import io
import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from tecum.engine.sheets.decoding import COMPOUND_FILE, ZIP
from tecum.engine.sheets.table import Fault

if TYPE_CHECKING:
    from lxml import etree

Element: TypeAlias = "etree._Element"

_EXPANDED: Final = 200 << 20  # bytes of all parts together; zipfile never reads more of a part than it declares
_PARTS: Final = 10_000
DAMAGE_CURE: Final = "Open it in a spreadsheet program and save it again as .xlsx, or as CSV UTF-8"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_ZIP_ERRORS: Final = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    ValueError,
    KeyError,  # a part that is not there
    NotImplementedError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)


class Package:
    """The parts of one workbook.

    Raises:
        Fault: by every method, when the file is not a workbook, is damaged, encrypted or too large.
    """

    def __init__(self, data: bytes) -> None:
        if data.startswith(COMPOUND_FILE):
            if _ENCRYPTED in data:
                raise Fault(0, "is protected by a password", "Remove the password in the spreadsheet program")
            raise Fault(0, "is an older Excel workbook under the name of an .xlsx file", DAMAGE_CURE)
        if not data.startswith(ZIP):
            raise Fault(0, "is not an Excel workbook", DAMAGE_CURE)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _ZIP_ERRORS as error:
            raise _damaged(error) from None
        entries = self._zip.infolist()
        if len(entries) > _PARTS or sum(entry.file_size for entry in entries) > _EXPANDED:
            limits = f"{_EXPANDED >> 20} MiB or {_PARTS:,} parts"
            raise Fault(0, f"unpacks to more than {limits}", "Divide it into several files and import each")
        if any(entry.flag_bits & 1 for entry in entries):
            raise Fault(0, "is protected by a password", "Remove the password in the spreadsheet program")
        self._names = {entry.filename.lower(): entry.filename for entry in entries}

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Return kind (the last word of its type) and name of each part that ``part`` refers to, by identifier.

        What lies outside the package is left out.
        """
        folder, name = posixpath.split(part)
        found = {}
        for relation in self.elements(f"{folder}/_rels/{name}.rels".lstrip("/"), "Relationship", needed=False):
            if relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
                found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
        return found

    def elements(self, part: str, *names: str, needed: bool = True) -> Iterator[Element]:
        """Yield the elements of these local names as they close, emptying each afterwards: flat memory.

        Nothing is yielded from a part that is absent and not ``needed``.
        """
        from lxml import etree

        if not needed and part.lower() not in self._names:
            return
        try:
            with self._zip.open(self._names[part.lower()]) as file:
                events = etree.iterparse(
                    file,
                    tag=tuple("{*}" + name for name in names),
                    resolve_entities=False,
                    no_network=True,
                    remove_comments=True,
                    remove_pis=True,
                )
                for count, (_, element) in enumerate(events):
                    if count == 0 and element.getroottree().docinfo.internalDTD is not None:
                        # No spreadsheet program writes a DTD; it is there to make a parser expand or fetch.
                        raise Fault(0, f"declares a DTD in {part}, which is refused", DAMAGE_CURE)
                    yield element
                    _forget(element)
        except (*_ZIP_ERRORS, etree.XMLSyntaxError) as error:
            raise _damaged(error, part) from None


def local(element: Element) -> str:
    """Return an element's name without its namespace, so that strict and transitional files read alike."""
    return str(element.tag).rpartition("}")[2]


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _damaged(error: Exception, part: str = "") -> Fault:
    where = f" in {part}" if part else ""
    reason = f"{part} is missing" if isinstance(error, KeyError) else str(error)
    return Fault(0, f"is damaged{where}: {reason}", DAMAGE_CURE)
