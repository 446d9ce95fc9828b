"""Exchange's conversation index: which conversation a message belongs to, and below which message it stands.

Source: [MS-OXOMSG] 2.2.1.3 (PidTagConversationIndex). A header of 22 bytes: 0x01, five bytes of a FILETIME, a
GUID; then five bytes for each reply. Mail carries it in base64 as ``Thread-Index``.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from typing import Final

_HEADER: Final = 22  # bytes
_REPLY: Final = 5
_GUID: Final = 16
_START: Final = dt.datetime(1601, 1, 1)
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100


@dataclass(frozen=True)
class Place:
    """``conversation`` is the GUID in hex, ``replies`` ten hex digits for each reply below its first message."""

    conversation: str
    replies: str


def place(index: str) -> Place | None:
    """Read a conversation index in base64 or hex; None when it is none, or names no plausible time."""
    data = _bytes(index)
    for extra in (0, 1):  # some programs write one more 0x01 before the header
        header = data[extra : extra + _HEADER]
        if len(header) < _HEADER or data[0] != 1 or (len(data) - extra - _HEADER) % _REPLY:
            continue
        if _plausible(header):
            guid = header[-_GUID:]
            return Place(guid.hex(), data[extra + _HEADER :].hex())
    return None


def _bytes(index: str) -> bytes:
    compact = "".join(index.split())
    try:
        return bytes.fromhex(compact)
    except ValueError:
        pass
    try:
        return base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _plausible(header: bytes) -> bool:
    """Tell whether the time before the GUID is one at which mail was sent.

    The specification puts the five high bytes of the FILETIME after the 0x01. Outlook lets the 0x01 be its
    highest byte, and writes six.
    """
    ticks = (int.from_bytes(header[1:6], "big") << 24, int.from_bytes(header[:6], "big") << 16)
    return any(_FIRST_YEAR <= year <= _LAST_YEAR for year in map(_year, ticks))


def _year(ticks: int) -> int:
    try:
        return (_START + dt.timedelta(microseconds=ticks // 10)).year
    except OverflowError:
        return 0
