"""The file that a small OLE object inside an office document wraps, where it wraps one plainly.

Compound files follow [MS-CFB]; the native stream of the "Package" object follows [MS-OLEDS] 2.3.6.
"""

from __future__ import annotations

import struct
from typing import Final

COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR: Final = 0xFFFFFFFA
_PLAIN_STREAMS: Final = ("Package", "CONTENTS", "EmbeddedOdf")


def packaged_file(data: bytes) -> tuple[str, bytes] | None:
    """Return (name, bytes) of the file that an OLE object wraps; None when it is no plain wrapper.

    The name is "" where the object does not tell it (an embedded PDF, a workbook as a stream).
    """
    if not data.startswith(COMPOUND_FILE):
        return None
    try:
        streams = _Compound(data)
        native = streams.read("\x01Ole10Native")
        if native is not None:
            return _packed_file(native, 6)
        for name in _PLAIN_STREAMS:
            content = streams.read(name)
            if content:
                return "", content
    except (struct.error, IndexError, ValueError):  # not plain after all: the caller keeps the whole object
        return None
    return None


def ole1_file(data: bytes) -> tuple[str, bytes]:
    """Return (name, bytes) of the file in an object of the first OLE ([MS-OLEDS] 2.2.5), as RTF and old files hold it.

    The name is "" where the object does not tell it; what is no such object comes back whole.
    """
    try:
        at, names = 8, []
        for _ in range(3):  # class, topic, item
            (size,) = struct.unpack_from("<I", data, at)
            names.append(data[at + 4 : at + 4 + size].rstrip(b"\0"))
            at += 4 + size
        (size,) = struct.unpack_from("<I", data, at)
        native = data[at + 4 : at + 4 + size]
        if native.startswith(COMPOUND_FILE):
            return packaged_file(native) or ("", native)
        if names[0] == b"Package" and (packed := _packed_file(native, 2)):
            return packed
    except (struct.error, ValueError):
        return "", data
    return "", native or data


def _packed_file(native: bytes, start: int) -> tuple[str, bytes] | None:
    """Take a packaged file apart: label, original path, temporary path, the bytes, and the three again in Unicode."""
    label, position = _c_string(native, start)
    path, position = _c_string(native, position)
    position += 4  # two reserved words that say "embedded file"
    (length,) = struct.unpack_from("<I", native, position)
    position += 4 + length
    (size,) = struct.unpack_from("<I", native, position)
    end = position + 4 + size
    content = native[position + 4 : end]
    if len(content) != size:
        return None
    wide_label, wide_path = _wide_names(native, end)
    names = [name.replace("\\", "/").rpartition("/")[2] for name in (wide_label, label, wide_path, path) if name]
    # A label may be any words, a path may be cut to eight letters, and either may have lost what is not Latin.
    names.sort(key=lambda name: ("?" in name, "." not in name))
    return names[0] if names else "", content


def _wide_names(native: bytes, at: int) -> tuple[str, str]:
    """Return the label and the original path in Unicode, which a packaged file of today has behind its bytes."""
    names: list[str] = []
    for _ in range(3):  # the temporary path comes first
        if at + 4 > len(native):
            break
        (count,) = struct.unpack_from("<I", native, at)
        at += 4 + 2 * count
        if count > 1 << 12 or at > len(native):
            break
        names.append(native[at - 2 * count : at].decode("utf-16-le", "replace").rstrip("\0"))
    return (names[1], names[2]) if len(names) == 3 else ("", "")


def _c_string(data: bytes, start: int) -> tuple[str, int]:
    end = data.index(b"\0", start)
    return data[start:end].decode("cp1252", "replace"), end + 1


class _Compound:
    """Just enough of a compound file to read the streams of its root by name."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        sector_shift, mini_shift = struct.unpack_from("<2H", data, 30)
        if sector_shift not in (9, 12) or mini_shift != 6:
            raise ValueError("strange sector sizes")
        self._size = 1 << sector_shift
        directory, self._cutoff, mini_fat, _, more, _ = struct.unpack_from("<I4xI4I", data, 48)
        self._fat = self._allocation(more)
        self._mini_fat = _words(self._chain(mini_fat))
        self._entries = self._directory(self._chain(directory))
        root = self._entries.get("root entry")
        self._mini = self._chain(root[0]) if root else b""

    def read(self, name: str) -> bytes | None:
        """Return a stream's bytes, None when there is no stream of that name (names do not regard case)."""
        entry = self._entries.get(name.lower())
        if entry is None:
            return None
        start, size = entry
        if size >= self._cutoff:
            content = self._chain(start)
        else:
            sectors = _follow(start, self._mini_fat)
            content = b"".join(self._mini[s * 64 : s * 64 + 64] for s in sectors)
        if len(content) < size:
            raise ValueError("stream cut short")
        return content[:size]

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _allocation(self, more: int) -> list[int]:
        numbers = list(struct.unpack_from("<109I", self._data, 76))
        per_sector = self._size // 4 - 1
        for _ in range(len(self._data) // self._size):  # no honest chain is longer than the file
            if more >= _LAST_SECTOR:
                break
            *listed, more = struct.unpack(f"<{per_sector + 1}I", self._sector(more))
            numbers += listed
        return _words(b"".join(self._sector(n) for n in numbers if n < _LAST_SECTOR))

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in _follow(start, self._fat))

    @staticmethod
    def _directory(raw: bytes) -> dict[str, tuple[int, int]]:
        entries: dict[str, tuple[int, int]] = {}
        for offset in range(0, len(raw) - 127, 128):
            length, kind = struct.unpack_from("<HB", raw, offset + 64)
            name = raw[offset : offset + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            if kind in (2, 5):
                entries.setdefault(name.lower(), struct.unpack_from("<II", raw, offset + 116))
        return entries


def _follow(start: int, table: list[int]) -> list[int]:
    chain: list[int] = []
    while start < _LAST_SECTOR:
        if len(chain) >= len(table):
            raise ValueError("sector chain without end")
        chain.append(start)
        start = table[start]
    return chain


def _words(raw: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))
