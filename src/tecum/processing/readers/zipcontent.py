"""The bytes of one ZIP member: out of its cipher, out of its way of compression, against its checksum.

Ways of compression as in the application note, 4.4.5. Those that no library here undoes are given to 7-Zip, each
member alone in an archive made for it, so that no name of the real one plays a part.
"""

from __future__ import annotations

import struct
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

from tecum.hooks import Input, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import decoding, streams
from tecum.processing.readers.decoding import Checked, Section, Source
from tecum.processing.readers.zipcipher import Sealed, Traditional, WrongPassword
from tecum.processing.readers.zipdirectory import AES_METHOD, LOCAL, Entry

_STORED, _DEFLATED, _BZIP2, _LZMA, _ZSTD_FIRST, _ZSTD, _XZ = 0, 8, 12, 14, 20, 93, 95
_BY_PROGRAM: Final = {
    1: "shrinking", 2: "reducing", 3: "reducing", 4: "reducing", 5: "reducing", 6: "imploding", 9: "Deflate64",
    96: "packed JPEG", 98: "PPMd",
}  # fmt: skip
METHODS: Final = frozenset({_STORED, _DEFLATED, _BZIP2, _LZMA, _ZSTD_FIRST, _ZSTD, _XZ, AES_METHOD, *_BY_PROGRAM})
_DESCRIPTOR_FLAG: Final = 8
_LZMA_END_MARK: Final = 2
_STRONG: Final = 0x40
_OF_METHOD: Final = 6  # flags that say how a method was used
_OPEN: Final = 0xFFFFFFFF
_ENCODINGS: Final = ("utf-8", "cp437", "cp1252")


class Contents:
    """Unpacks the members of one archive. ``needed`` collects the ways of compression that want 7-Zip, by name."""

    def __init__(self, item: Input) -> None:
        self._item = item
        self._passwords = [
            encoded
            for password in item.passwords
            for encoded in dict.fromkeys(_encoded(password, encoding) for encoding in _ENCODINGS)
            if encoded
        ]
        self.needed: set[str] = set()

    def unpack(self, entry: Entry, start: int, out: ExitStack, failed: streams.Failed) -> tuple[bytes | BinaryIO, str]:
        """Return the member's bytes as far as they can be had, and why not further, as ``streams.taken``.

        ``start`` is where they begin in the archive. What is opened for them is closed with ``out``.

        Raises:
            Unreadable: when there are none: ENCRYPTED, or UNSUPPORTED.
            one of ``streams.DAMAGED``: when already its beginning is damaged.
        """
        if not entry.encrypted:
            source = Section(self._item.file, start, entry.packed)
            plain = self._expanded(source, entry, entry.method, out)
            return streams.taken(Checked(plain, entry.size, entry.crc), failed)
        return self._unlocked(entry, start, out, failed)

    def _unlocked(
        self, entry: Entry, start: int, out: ExitStack, failed: streams.Failed
    ) -> tuple[bytes | BinaryIO, str]:
        """Try the passwords; the one that opens this member is the first to be tried on the next."""
        if entry.flags & _STRONG:
            raise Unreadable(ExceptionCode.ENCRYPTED, "under PKWARE's strong encryption, which is not read")
        damaged: tuple[bytes | BinaryIO, str] | None = None
        for password in list(self._passwords):
            try:
                source = self._opened(entry, start, password, out)
            except WrongPassword:
                continue
            found = streams.taken(source, failed)
            if not found[1]:
                self._passwords.remove(password)
                self._passwords.insert(0, password)
                return found
            if entry.method == AES_METHOD:  # the password was right: only one of 65,536 others passes its test
                damaged = found
        if damaged is not None:
            return damaged
        count = len(self._item.passwords)
        tried = f"; passwords tried in vain: {count}" if count else ""
        raise Unreadable(ExceptionCode.ENCRYPTED, f"encrypted{tried}")

    def _opened(self, entry: Entry, start: int, password: bytes, out: ExitStack) -> Source:
        """The member as this password opens it. Raises WrongPassword."""
        if entry.method != AES_METHOD:
            packed = Section(self._item.file, start, entry.packed)
            high = entry.written[1] >> 8 if entry.flags & _DESCRIPTOR_FLAG else entry.crc >> 24
            plain = Traditional(packed, password, high & 255)
            return Checked(self._expanded(plain, entry, entry.method, out), entry.size, entry.crc)
        if entry.aes is None:
            raise ValueError("encrypted with AES, without saying how")
        version, strength, method = entry.aes
        sealed = Sealed(lambda at, size: Section(self._item.file, start + at, size), entry.packed, strength, password)
        crc = entry.crc if version == 1 else -1
        return Checked(self._expanded(sealed, entry, method, out), entry.size, crc, rest=sealed)

    def _expanded(self, source: Source, entry: Entry, method: int, out: ExitStack) -> Source:
        if method == _STORED:
            return source
        if method == _DEFLATED:
            return decoding.inflated(source)
        if method == _BZIP2:
            return decoding.bunzipped(source)
        if method in (_ZSTD, _ZSTD_FIRST):
            return decoding.unzstd(source)
        if method == _XZ:
            return decoding.unxz(source)
        if method == _LZMA:
            head = decoding.exactly(source, 9)
            if head[2:4] != b"\5\0":
                raise ValueError("impossible LZMA properties")
            return decoding.lzma1(source, head[4:], -1 if entry.flags & _LZMA_END_MARK else entry.size)
        if method not in _BY_PROGRAM:
            raise Unreadable(ExceptionCode.UNSUPPORTED, f"compressed in a way that is not read (method {method})")
        if "7z" not in self._item.programs:
            self.needed.add(_BY_PROGRAM[method])
            raise Unreadable(ExceptionCode.UNSUPPORTED, f"compressed by {_BY_PROGRAM[method]}, which needs 7-Zip")
        return self._by_program(source, entry, method, out)

    def _by_program(self, source: Source, entry: Entry, method: int, out: ExitStack) -> Source:
        """Let 7-Zip expand it, from an archive that holds this member alone."""
        from tecum.processing.readers import outside

        if not 0 <= entry.size < _OPEN or not 0 <= entry.packed < _OPEN:
            raise Unreadable(ExceptionCode.UNSUPPORTED, f"compressed by {_BY_PROGRAM[method]}, and over 4 GiB long")
        path = Path(self._item.folder, outside.ARCHIVE)
        out.callback(path.unlink)
        with path.open("wb") as file:
            packed = 0
            file.write(bytes(31))
            while piece := source.read(1 << 16):
                packed += len(piece)
                file.write(piece)
            middle = struct.pack(
                "<5H3L2H", 63, entry.flags & _OF_METHOD, method, 0, 33, entry.crc & _OPEN, packed, entry.size, 1, 0
            )
            file.write(b"PK\1\2" + struct.pack("<H", 63) + middle + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"m")
            file.write(b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, 47, 31 + packed, 0))
            file.seek(0)
            file.write(LOCAL + middle + b"m")
        return out.enter_context(outside.everything(self._item, "zip", ""))


def _encoded(password: str, encoding: str) -> bytes:
    try:
        return password.encode(encoding)
    except UnicodeEncodeError:
        return b""
