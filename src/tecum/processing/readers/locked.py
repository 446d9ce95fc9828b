"""Office files behind a password: opened with the matter's list, and then read like any other.

Which files are encrypted is told by their own marks: [MS-OFFCRYPTO] 2.3.4 (a package in a compound file), [MS-XLS]
2.4.117 (the record FilePass), [MS-DOC] 2.5.2 (fEncrypted of the FIB), [MS-PPT] 2.3.2 (the token of the current user),
OpenDocument 1.3 part 2, 4.8 (encryption-data of the manifest). msoffcrypto-tool decrypts those of Microsoft.
"""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from xml.parsers.expat import ExpatError

from tecum.hooks import Input, Unreadable
from tecum.model import ExceptionCode
from tecum.processing import packages
from tecum.processing.readers import lockedodf
from tecum.processing.readers.compound import COMPOUND_FILE

if TYPE_CHECKING:
    import olefile

PACKAGES: Final = frozenset({"docx", "xlsx", "xlsb", "pptx", "vsdx"})
BINARIES: Final = frozenset({"doc", "xls", "ppt"})
OPEN_DOCUMENTS: Final = frozenset({"odt", "ods", "odp", "odg"})
KINDS: Final = PACKAGES | BINARIES | OPEN_DOCUMENTS
# What Excel and PowerPoint try before they ask: a file under one of these opens for everybody.
_EXCELS, _POWERPOINTS = "VelvetSweatshop", "/01Hannes Ruescher/01"
_BOF, _WRITE_PROTECT, _FILE_PASS = 0x0809, 0x0086, 0x002F
_FIB_ENCRYPTED: Final = 0x0100
_PPT_ENCRYPTED: Final = 0xF3D1C4DF
_HEAD: Final = 1 << 16
_RIGHTS: Final = ("\x09DRMContent", "\x09DRMViewerContent")
# What msoffcrypto-tool lets through from damaged structures.
_BREAKS: Final = (
    OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, ExpatError,
    struct.error,
)  # fmt: skip


def opened(item: Input) -> Input:
    """Return the item as it is without its password; the very same one where it has none.

    The kind of a decrypted package is found anew, since its name may not tell it. The file's position is its start.

    Raises:
        Unreadable: ENCRYPTED when none of the passwords opens it, or its way of encryption is not read; CORRUPT when
            what the encryption needs is damaged.
    """
    if item.kind in OPEN_DOCUMENTS:
        found = lockedodf.opened(item)
    else:
        mark = _mark(item.file) if item.kind in KINDS else ""
        if mark == "rights":
            raise Unreadable(ExceptionCode.ENCRYPTED, "under rights management, which no password opens")
        found = _opened(item) if mark else item
    found.file.seek(0)
    return found


def is_locked(file: BinaryIO) -> bool:
    """Whether a file of Microsoft Office is encrypted; a damaged one is not. Its position is its start afterwards."""
    return bool(_mark(file))


def _mark(file: BinaryIO) -> str:
    """Return "password", "rights" (management), or "" for a file that is not encrypted."""
    file.seek(0)
    if file.read(len(COMPOUND_FILE)) != COMPOUND_FILE:
        return ""
    import olefile

    try:
        with contextlib.closing(olefile.OleFileIO(file)) as streams:
            if any(map(streams.exists, _RIGHTS)):
                return "rights"
            if streams.exists("EncryptedPackage"):
                return "password" if streams.exists("EncryptionInfo") else "rights"
            return "password" if _has_mark(streams) else ""
    except (OSError, ValueError, IndexError, struct.error):  # damaged: its reader says so
        return ""
    finally:
        file.seek(0)


def _has_mark(streams: olefile.OleFileIO) -> bool:
    for name in ("Workbook", "Book"):
        if streams.exists(name):
            return _has_file_pass(streams.openstream(name).read(4096))
    if streams.exists("WordDocument"):
        head = streams.openstream("WordDocument").read(12)
        return len(head) == 12 and bool(struct.unpack_from("<H", head, 10)[0] & _FIB_ENCRYPTED)
    if streams.exists("Current User"):
        head = streams.openstream("Current User").read(16)
        return len(head) == 16 and struct.unpack_from("<L", head, 12)[0] == _PPT_ENCRYPTED
    return False


def _has_file_pass(head: bytes) -> bool:
    """Look at the records after the first: FilePass can have only a write protection before it."""
    at = 0
    while at + 4 <= len(head):
        record, size = struct.unpack_from("<2H", head, at)
        if record == _FILE_PASS:
            return True
        if record not in (_BOF, _WRITE_PROTECT):
            return False
        at += 4 + size
    return False


def _opened(item: Input) -> Input:
    """Decrypt a file of Microsoft Office with the first password that fits."""
    for password in (*_everybodys(item), *item.passwords):
        plain = io.BytesIO()
        with _named_failures():
            if _decrypt(item.file, password, plain):
                size = plain.tell()
                plain.seek(0)
                kind = packages.zip_kind(plain.read(_HEAD), plain, item.kind) if item.kind in PACKAGES else item.kind
                return replace(item, file=plain, size=size, kind=kind)
    count = len(item.passwords)
    tried = f"; passwords tried in vain: {count}" if count else ""
    raise Unreadable(ExceptionCode.ENCRYPTED, f"encrypted with a password{tried}")


def _everybodys(item: Input) -> tuple[str, ...]:
    """The passwords that the file's program tries by itself; the name must tell whose package it is."""
    said = item.kind if item.kind in BINARIES else item.name.rpartition(".")[2].lower()
    if said.startswith("xl"):
        return (_EXCELS,)
    if said.startswith(("pp", "po")):
        return (_POWERPOINTS,)
    return () if said.startswith("do") else (_EXCELS, _POWERPOINTS)


def _decrypt(file: BinaryIO, password: str, out: BinaryIO) -> bool:
    """Write what the file is under this password; False when it is the wrong one."""
    import msoffcrypto
    from msoffcrypto.exceptions import InvalidKeyError

    file.seek(0)
    office: Any = msoffcrypto.OfficeFile(file)
    verify = {"verify_password": True} if office.format == "ooxml" else {}
    try:
        office.load_key(password=password, **verify)
        office.decrypt(out)
    except InvalidKeyError:
        return False
    return True


@contextlib.contextmanager
def _named_failures() -> Iterator[None]:
    """Turn what the library raises at ways it does not know, and at damage, into ours."""
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, ParseError

    try:
        yield
    except DecryptionError as error:
        raise Unreadable(ExceptionCode.ENCRYPTED, f"encrypted in a way that is not read: {error}") from error
    except (FileFormatError, ParseError) as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"what its encryption needs is damaged: {error}") from error
    except _BREAKS as error:
        why = f"{type(error).__name__}: {error}"
        raise Unreadable(ExceptionCode.CORRUPT, f"what its encryption needs is damaged: {why[:200]}") from error
