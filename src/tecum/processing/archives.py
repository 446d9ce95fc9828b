"""Which kind of archive a file is, told by its first bytes; for ``identify``.

Signatures from the formats' own descriptions; ARJ's, LHA's and lzma's are short, so more of their heads is looked at.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO, Final

MIME: Final = {
    "lzma": "application/x-lzma", "z": "application/x-compress", "cab": "application/vnd.ms-cab-compressed",
    "iso": "application/x-iso9660-image", "cpio": "application/x-cpio", "ar": "application/x-archive",
    "rpm": "application/x-rpm", "arj": "application/x-arj", "lzh": "application/x-lzh-compressed",
    "chm": "application/vnd.ms-htmlhelp",
}  # fmt: skip
NAMED: Final = (
    ("lzma", "lzma"), ("z", "z taz"), ("cab", "cab"), ("iso", "iso"), ("cpio", "cpio"), ("ar", "ar a deb udeb"),
    ("rpm", "rpm"), ("arj", "arj"), ("lzh", "lzh lha"), ("chm", "chm"), ("zst", "tzst"),
)  # fmt: skip
_MAGIC: Final = (
    (b"MSCF\0\0\0\0", "cab"),
    (b"!<arch>\n", "ar"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"070701", "cpio"),
    (b"070702", "cpio"),
    (b"070707", "cpio"),
    (b"\xc7\x71", "cpio"),
    (b"\x71\xc7", "cpio"),
    (b"ITSF\x03\0\0\0", "chm"),
)
_COMPRESS: Final = re.compile(rb"\x1f\x9d[\x89-\x90\x09-\x10]", re.DOTALL)
_LHA: Final = re.compile(rb"..-l[hz][0-9ds]-", re.DOTALL)
_ISO: Final = (32769, b"CD001")
_ARJ_HEAD: Final = (30, 2600)  # bytes
_ZIP_END, _ZIP_END_SIZE, _ZIP_ENTRY = b"PK\x05\x06", 22, b"PK\x01\x02"
_LONGEST_LZMA: Final = 1 << 40


def kind(head: bytes) -> str:
    """Return the kind of archive that begins so, "" for what is none of these. ``head`` should have 33 KiB."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if _COMPRESS.match(head):
        return "z"
    if _LHA.match(head):
        return "lzh"
    if head.startswith(b"\x60\xea") and len(head) > 11 and _is_arj(head):
        return "arj"
    if head.startswith(b"\x5d") and len(head) >= 13 and _is_lzma(head):
        return "lzma"
    at, magic = _ISO
    return "iso" if head.startswith(magic, at) else ""


def ends_as_zip(file: BinaryIO) -> bool:
    """Whether a ZIP archive's directory ends the file: the last of several volumes, or one that unpacks itself."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _ZIP_END_SIZE - 0xFFFF))
    tail = file.read()
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < _ZIP_END_SIZE:
        return False
    length, comment = struct.unpack_from("<L4xH", tail, at + 12)
    start = size - len(tail) + at - length
    if at + _ZIP_END_SIZE + comment != len(tail) or not length or start < 0:
        return False
    file.seek(start)
    return file.read(len(_ZIP_ENTRY)) == _ZIP_ENTRY


def _is_arj(head: bytes) -> bool:
    """The main header: its length, a first part of at least 30 bytes, and the type of an archive's head (2)."""
    length, first = struct.unpack_from("<HB", head, 2)
    fits: bool = _ARJ_HEAD[0] <= first <= length <= _ARJ_HEAD[1] and head[10] == 2
    return fits


def _is_lzma(head: bytes) -> bool:
    """Usual properties, a dictionary of a usual size, and a length that is unknown or can be."""
    dictionary, length = struct.unpack_from("<LQ", head, 1)
    step = dictionary // 3 if dictionary % 3 == 0 else dictionary  # a power of two, or three times one
    fits: bool = step & (step - 1) == 0 and (length == (1 << 64) - 1 or length < _LONGEST_LZMA)
    return fits
