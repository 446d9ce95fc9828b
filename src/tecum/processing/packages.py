"""What an office package really is, told by the names inside it: ZIP members, or streams of a compound file.

Follows the PKWARE application note, [MS-CFB], ECMA-376 and OpenDocument 1.3 part 2.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import BinaryIO, Final

from tecum.processing import oldkinds

_LOCAL_NAME: Final = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_OFFICE_FOLDERS: Final = (
    "word/", "xl/", "ppt/", "visio/", "docprops/", "_rels/", "documents/", "fixeddoc", "customxml/",
)  # fmt: skip
_MAIN_PARTS: Final = (
    ("xl/workbook.bin", "xlsb"),
    ("xl/", "xlsx"),
    ("word/", "docx"),
    ("ppt/", "pptx"),
    ("visio/", "vsdx"),
    ("documents/1/", "xps"),
    ("fixeddoc", "xps"),
)
_DECLARED: Final = (
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.oasis.opendocument.graphics", "odg"),
    ("application/vnd.sun.xml.writer", "odt"),  # OpenOffice 1: the same parts by the same names
    ("application/vnd.sun.xml.calc", "ods"),
    ("application/vnd.sun.xml.impress", "odp"),
    ("application/vnd.sun.xml.draw", "odg"),
    ("application/epub+zip", "epub"),
    ("application/hwp+zip", "hwpx"),
)
# Packages whose type stands in no first place: what their members are called, and where the type is told.
_TOLD_INSIDE: Final = (("content.xml", "META-INF/manifest.xml"), ("mimetype", "mimetype"))
_LOOSE_NAMES: Final = frozenset({"content.xml", "mimetype", "meta-inf/container.xml"})
_LOOSE_EXTENSIONS: Final = frozenset({
    "odt", "ods", "odp", "odg", "ott", "ots", "otp", "sxw", "sxc", "sxi", "sxd", "epub", "hwpx", "pages", "numbers",
    "key",
})  # fmt: skip
_BOOK: Final = "meta-inf/container.xml"
_IWORK: Final = re.compile(r"(?:[^/]+/)?index(?:\.xml|\.apxl(?:\.gz)?|\.zip|/document\.iwa)")
_IWORK_NAMES: Final = frozenset({"pages", "numbers", "key"})
_STREAMS: Final = (
    ("__properties_version1.0", "msg"),
    ("EncryptedPackage", "docx"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("VisioDocument", "vsd"),
    *oldkinds.STREAMS,
)
ENCRYPTABLE: Final = frozenset({"docx", "xlsx", "xlsb", "pptx"})
_SLACK_FILE: Final = re.compile(
    r"^(?:.*/)?(?:(?:org_)?users|channels|groups|dms|mpims|integration_logs|[^/]+/\d{4}-\d\d-\d\d)\.json$", re.MULTILINE
)
_DIRECTORY_ENTRY: Final = 128
_NO_STREAM: Final = 0xFFFFFFFF
_LAST_SECTOR: Final = 0xFFFFFFFA
_MAX_DIRECTORY: Final = 4096  # sectors; no office file comes near


def zip_kind(head: bytes, file: BinaryIO | None, extension: str = "") -> str:
    """Return docx, xlsx, xlsb, pptx, vsdx, odt, ods, odp, odg, epub, xps, hwpx, iwork, slack or, else, zip.

    The first names decide whether it may be an office package; only then the whole directory is read. Where
    damage leaves open which office package it was, its ``extension`` says so, and its reader says what is left.
    """
    names = _first_names(head)
    if names and names[0] == "mimetype":
        declared = head[30 + len("mimetype") :][:80].decode("latin-1")
        if kind := next((kind for mime, kind in _DECLARED if declared.startswith(mime)), ""):
            return kind
    likely = any(name == "[content_types].xml" or name.startswith(_OFFICE_FOLDERS) for name in names)
    if not likely:
        if _SLACK_FILE.search("\n".join(names)) and _is_slack(file):
            return "slack"
        loose = extension in _LOOSE_EXTENSIONS or not _LOOSE_NAMES.isdisjoint(names)
        return _told_inside(file, extension) if loose and file is not None else "zip"
    other = "zip"
    if file is not None:
        try:
            with zipfile.ZipFile(file) as archive:
                names = [name.lower() for name in archive.namelist()]
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error):
            other = extension if extension in ENCRYPTABLE else other  # damaged: its first names must do
        else:
            if "[content_types].xml" not in names and not any(name.startswith("fixeddoc") for name in names):
                return "zip"
    return next((kind for part, kind in _MAIN_PARTS if any(name.startswith(part) for name in names)), other)


def _is_slack(file: BinaryIO | None) -> bool:
    """Tell a Slack export by its lists of people and of channels, side by side, and a folder of days beside them."""
    if file is None:
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error):
        return False
    for people in (name for name in names if name.rpartition("/")[2] in ("users.json", "org_users.json")):
        root = people[: people.rfind("/") + 1]
        lists = (f"{root}{kind}.json" in names for kind in ("channels", "groups", "dms", "mpims"))
        day = re.compile(re.escape(root) + r"[^/]+/\d{4}-\d\d-\d\d\.json")
        if any(lists) and any(map(day.fullmatch, names)):
            return True
    return False


def _told_inside(file: BinaryIO, extension: str) -> str:
    """Return the kind of a package that does not begin as one: OpenDocument, EPUB or iWork out of order, else zip."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            for marker, place in _TOLD_INSIDE:
                if marker in names and place in names:
                    with archive.open(place) as stream:
                        told = stream.read(1 << 16).decode("latin-1")
                    if kind := next((kind for mime, kind in _DECLARED if mime in told), ""):
                        return kind
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error):
        return "zip"
    small = [name.lower() for name in names]
    if _BOOK in small and any(name.endswith(".opf") for name in small):
        return "epub"
    return "iwork" if extension in _IWORK_NAMES and any(map(_IWORK.fullmatch, small)) else "zip"


def _first_names(head: bytes) -> list[str]:
    """Return the lower-case member names whose local headers lie in the first bytes."""
    names = []
    for found in _LOCAL_NAME.finditer(head):
        (size,) = struct.unpack("<H", found[1])
        names.append(head[found.end() : found.end() + size].decode("utf-8", "replace").replace("\\", "/").lower())
    return names


def compound_kind(file: BinaryIO | None, extension: str) -> tuple[str, bool]:
    """Return (msg, doc, xls, ppt, vsd, an encrypted docx/xlsx/pptx, or ole; whether it is encrypted)."""
    names = {name.lower() for name in _root_names(file)} if file is not None else set()
    for name, kind in _STREAMS:  # the names of streams do not regard case ([MS-CFB] 2.6.4)
        if name.lower() in names:
            if name == "EncryptedPackage":
                return (extension if extension in ENCRYPTABLE else kind), True
            return kind, False
    return ("works" if extension == "wps" and "contents" in names else "ole"), False


def _root_names(file: BinaryIO) -> set[str]:
    """Return the names of the streams and storages at the top of a compound file, as far as it is whole."""
    try:
        entries = _directory(file)
        (child,) = struct.unpack_from("<I", entries[0], 76)
    except (struct.error, IndexError, ValueError):
        return set()
    names: set[str] = set()
    waiting, seen = [child], set()
    while waiting:
        number = waiting.pop()
        if number == _NO_STREAM or number in seen or number >= len(entries):
            continue
        seen.add(number)
        entry = entries[number]
        length, left, right = struct.unpack_from("<H2x2I", entry, 64)
        names.add(entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"))
        waiting += [left, right]
    return names


def _directory(file: BinaryIO) -> list[bytes]:
    """Read the directory's sectors by their chain in the allocation table."""
    file.seek(0)
    head = file.read(512)
    (shift,) = struct.unpack_from("<H", head, 30)
    if shift not in (9, 12):
        raise ValueError("strange sector size")
    size = 1 << shift
    (sector, more) = struct.unpack_from("<I16xI", head, 48)
    tables = list(struct.unpack_from("<109I", head, 76))
    entries: list[bytes] = []
    for _ in range(_MAX_DIRECTORY):
        if sector >= _LAST_SECTOR:
            break
        file.seek((sector + 1) * size)
        data = file.read(size)
        entries += [data[at : at + _DIRECTORY_ENTRY] for at in range(0, len(data) - 127, _DIRECTORY_ENTRY)]
        table, position = divmod(sector, size // 4)
        while table >= len(tables) and more < _LAST_SECTOR and len(tables) < 1 << 20:
            file.seek((more + 1) * size)
            *numbers, more = struct.unpack(f"<{size // 4}I", file.read(size))
            tables += numbers
        file.seek((tables[table] + 1) * size + position * 4)
        (sector,) = struct.unpack("<I", file.read(4))
    return entries
