"""One form for a MAPI object (mail, appointment, contact ...), whichever of PST, MSG and TNEF it comes from.

Follows [MS-OXCDATA] (types of properties), [MS-OXPROPS] (their ids) and [MS-OXCMSG] (messages, recipients,
attachments). Front ends hand in raw little-endian values; what a value means is settled here.
"""

from __future__ import annotations

import codecs
import datetime as dt
import math
import struct
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tecum.processing.readers import charset

# Types of properties, [MS-OXCDATA] 2.11.1.
SHORT: Final = 0x0002
LONG: Final = 0x0003
FLOAT: Final = 0x0004
DOUBLE: Final = 0x0005
CURRENCY: Final = 0x0006
OLE_TIME: Final = 0x0007
BOOLEAN: Final = 0x000B
OBJECT: Final = 0x000D
INTEGER64: Final = 0x0014
STRING8: Final = 0x001E
UNICODE: Final = 0x001F
TIME: Final = 0x0040
GUID: Final = 0x0048
BINARY: Final = 0x0102
MULTIPLE: Final = 0x1000  # set for a list of values

FIXED: Final = {
    SHORT: 2,
    LONG: 4,
    FLOAT: 4,
    DOUBLE: 8,
    CURRENCY: 8,
    OLE_TIME: 8,
    0x000A: 4,
    BOOLEAN: 2,
    INTEGER64: 8,
    TIME: 8,
    GUID: 16,
}  # bytes of a value; the other types are of any length
_INTEGERS: Final = {SHORT: "<h", LONG: "<i", 0x000A: "<I", INTEGER64: "<q", CURRENCY: "<q"}
_EPOCH: Final = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_NO_TIME: Final = (dt.datetime(1602, 1, 1, tzinfo=dt.UTC), dt.datetime(4500, 1, 1, tzinfo=dt.UTC))  # means "none"
# Code pages whose names Python does not derive from their number ([MS-UCODEREF] 2.2.1).
_PAGES: Final = {
    20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 28591: "cp1252", 28599: "cp1254", 38598: "iso-8859-8",
    50220: "iso2022_jp", 50221: "iso2022_jp_ext", 50222: "iso2022_jp", 50225: "iso2022_kr", 51932: "euc_jp",
    51936: "gb18030", 51949: "cp949", 52936: "hz", 54936: "gb18030", 65000: "utf-7", 65001: "utf-8",
    936: "gb18030", 10000: "mac_roman",
}  # fmt: skip
# The sets that a name's entry means by number rather than by position: PS_MAPI and PS_PUBLIC_STRINGS.
_SPACES: Final = {1: "00020328-0000-0000-c000-000000000046", 2: "00020329-0000-0000-c000-000000000046"}
_NO_PAGE: Final = frozenset({0, 1200, 1201})  # none, and UTF-16: they say nothing about 8-bit strings

Raw = bytes | Sequence[bytes]


class Named(NamedTuple):
    """The name of a property without a fixed id: its set's GUID, and a number or a text in it."""

    space: str
    name: int | str


Key = int | Named


class Value(NamedTuple):
    """A property as its file holds it: ``kind`` is its type, ``raw`` one value or, for MULTIPLE, a list of them."""

    kind: int
    raw: Raw


@dataclass(frozen=True)
class Properties:
    """The properties of one object, decoded when asked for.

    ``codec`` is the Python codec of its 8-bit strings. A value that does not have the form of its type counts as
    missing: no method raises.
    """

    values: Mapping[Key, Value]
    codec: str = "cp1252"

    def __contains__(self, key: Key) -> bool:
        return key in self.values

    def text(self, key: Key) -> str:
        """Return a string, "" when there is none; its terminating zero is dropped."""
        value = self.values.get(key)
        if value is None or not isinstance(value.raw, bytes):
            return ""
        return self._string(value.kind, value.raw)

    def texts(self, key: Key) -> list[str]:
        """Return the strings of a list, or the one string there is."""
        value = self.values.get(key)
        if value is None:
            return []
        raws = [value.raw] if isinstance(value.raw, bytes) else value.raw
        return [text for raw in raws if (text := self._string(value.kind & ~MULTIPLE, raw))]

    def first_text(self, *keys: Key) -> str:
        """Return the first of these strings that says something."""
        return next((text for key in keys if (text := self.text(key).strip())), "")

    def integer(self, key: Key, default: int = 0) -> int:
        """Return a whole number."""
        value = self.values.get(key)
        if value is None or not isinstance(value.raw, bytes):
            return default
        if value.kind == BOOLEAN:
            return int(any(value.raw[:2]))
        form = _INTEGERS.get(value.kind, "")
        if not form or len(value.raw) < struct.calcsize(form):
            return default
        return int(struct.unpack_from(form, value.raw)[0])

    def flag(self, key: Key) -> bool:
        """Tell whether a truth value (or number) is there and set."""
        return self.integer(key) != 0

    def data(self, key: Key) -> bytes:
        """Return the bytes of a value as they are, b"" when there is none."""
        value = self.values.get(key)
        return value.raw if value is not None and isinstance(value.raw, bytes) else b""

    def data_list(self, key: Key) -> list[bytes]:
        """Return the values of a list as they are."""
        value = self.values.get(key)
        return [] if value is None or isinstance(value.raw, bytes) else list(value.raw)

    def time(self, key: Key) -> dt.datetime | None:
        """Return a time in UTC; None when there is none, or when it is one of the values that mean "none"."""
        value = self.values.get(key)
        if value is None or value.kind != TIME or not isinstance(value.raw, bytes) or len(value.raw) < 8:
            return None
        return filetime(int.from_bytes(value.raw[:8], "little"))

    def shown(self, key: Key) -> str:
        """Return any value as a reader would want it written; "" for bytes and objects."""
        value = self.values.get(key)
        if value is None:
            return ""
        kind = value.kind & ~MULTIPLE
        raws = [value.raw] if isinstance(value.raw, bytes) else value.raw
        return "; ".join(text for raw in raws if (text := self._shown(kind, raw)))

    def _shown(self, kind: int, raw: bytes) -> str:
        one = Properties({0: Value(kind, raw)}, self.codec)
        if kind in (STRING8, UNICODE):
            return one.text(0)
        if kind == BOOLEAN:
            return "yes" if one.flag(0) else "no"
        if kind == TIME:
            when = one.time(0)
            return when.isoformat(" ", "seconds") if when else ""
        if kind in (FLOAT, DOUBLE) and len(raw) >= FIXED[kind]:
            number = struct.unpack_from("<f" if kind == FLOAT else "<d", raw)[0]
            return f"{number:g}" if math.isfinite(number) else ""
        if kind == GUID:
            return guid(raw)
        if kind in _INTEGERS and len(raw) >= FIXED[kind]:
            return str(one.integer(0))
        return ""

    def _string(self, kind: int, raw: bytes) -> str:
        if kind == UNICODE:
            text = raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace")
        elif kind == STRING8:
            plain = raw.rstrip(b"\0")
            text = decode8(raw if b"\0" in plain else plain, self.codec)
        else:
            return ""
        return text.rstrip("\0")


def decode8(raw: bytes, codec: str) -> str:
    """Return 8-bit text under the codec its object names; what that cannot be is guessed from the bytes."""
    if b"\0" in raw:  # some programs write UTF-16 and call it 8-bit
        return charset.decode(raw)[0]
    if raw.isascii() and codec not in ("utf-7", "hz") and not codec.startswith("iso2022"):
        return raw.decode("ascii")
    return charset.decode(raw, codec)[0]


def codec_of(*pages: int) -> str:
    """Return the codec of the first Windows code page that is one, cp1252 when none is."""
    for page in pages:
        if page in _NO_PAGE:
            continue
        try:
            return codecs.lookup(_PAGES.get(page, f"cp{page}")).name
        except LookupError:
            continue
    return "cp1252"


def filetime(ticks: int) -> dt.datetime | None:
    """Return a Windows time (100 ns since 1601, UTC); None for what cannot be meant as a time."""
    try:
        when = _EPOCH + dt.timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return when if _NO_TIME[0] <= when < _NO_TIME[1] else None


@dataclass(frozen=True)
class Attachment:
    """One attachment: ``data`` returns its bytes and ``item`` the message within it, whichever it has.

    Both read from the file only when called, and raise ``Damaged`` when they cannot. ``storage`` says that the
    bytes are those of an OLE object.
    """

    properties: Properties
    data: Callable[[], bytes] | None = None
    item: Callable[[], Item] | None = None
    storage: bool = False


@dataclass(frozen=True)
class Item:
    """One MAPI message object of any class, with what its file says was wrong with it (``problems``)."""

    properties: Properties
    recipients: Sequence[Properties] = ()
    attachments: Sequence[Attachment] = ()
    problems: list[str] = field(default_factory=list)

    @property
    def message_class(self) -> str:
        """Its class, such as ``IPM.Note``, in the letters it is written in."""
        return self.properties.text(0x001A).strip()


class Damaged(Exception):
    """A part of a MAPI file cannot be read; the text says what, in words that can stand in an exception."""


def multiple(raw: bytes, kind: int) -> list[bytes]:
    """Cut the fixed-length values of a list apart."""
    size = FIXED.get(kind & ~MULTIPLE, 0)
    return [raw[at : at + size] for at in range(0, len(raw) - size + 1, size)] if size else []


def guid(raw: bytes) -> str:
    """Return the 16 bytes of a GUID as text in lower case; "" for another number of bytes."""
    return str(uuid.UUID(bytes_le=raw)) if len(raw) == 16 else ""


def names(guids: bytes, entries: bytes, texts: bytes) -> dict[int, Key]:
    """Return which property each id from 0x8000 on stands for.

    The three streams are laid out alike in MSG ([MS-OXMSG] 2.2.3.1) and PST ([MS-PST] 2.4.7): the sets' GUIDs, an
    entry of 8 bytes for each name, and the names that are texts.
    """
    found: dict[int, Key] = {}
    for at in range(0, len(entries) - 7, 8):
        name, kind, number = struct.unpack_from("<IHH", entries, at)
        place = kind >> 1
        space = _SPACES.get(place) or guid(guids[(place - 3) * 16 : (place - 2) * 16]) if place else ""
        if kind & 1:
            (size,) = struct.unpack_from("<I", texts, name) if name + 4 <= len(texts) else (0,)
            text = texts[name + 4 : name + 4 + size].decode("utf-16-le", "replace")
            found[0x8000 + number] = Named(space, text)
        else:
            found[0x8000 + number] = Named(space, name)
    return found
