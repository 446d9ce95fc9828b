"""Writes MAPI objects as MSG files and TNEF streams, for the tests of their readers."""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass, field

from tecum.processing.readers import mapi
from tecum.processing.readers.compoundwriter import Storage, compound_file
from tecum.processing.readers.mapi import Attachment, Item, Key, Named, Properties, Value

Plain = str | int | bool | bytes | dt.datetime | list[str]


@dataclass
class Made:
    """An object to be written: properties by key, rows of recipients, attachments (with a message in some)."""

    values: dict[Key, Plain]
    recipients: list[dict[Key, Plain]] = field(default_factory=list)
    attachments: list[tuple[dict[Key, Plain], Made | None]] = field(default_factory=list)


def raw(value: Plain, eight_bit: str = "") -> Value:
    """A property as its file holds it; texts as UTF-16, or in the given 8-bit codec."""
    if isinstance(value, bool):
        return Value(mapi.BOOLEAN, struct.pack("<H", value))
    if isinstance(value, int):
        return Value(mapi.LONG, struct.pack("<i", value))
    if isinstance(value, dt.datetime):
        ticks = (value - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 10
        return Value(mapi.TIME, struct.pack("<Q", ticks))
    if isinstance(value, bytes):
        return Value(mapi.BINARY, value)
    if isinstance(value, list):
        return Value(mapi.UNICODE | mapi.MULTIPLE, [text.encode("utf-16-le") for text in value])
    if eight_bit:
        return Value(mapi.STRING8, value.encode(eight_bit))
    return Value(mapi.UNICODE, value.encode("utf-16-le"))


def item(made: Made, eight_bit: str = "", codec: str = "cp1252") -> Item:
    """The object itself, without any file."""

    def properties(values: dict[Key, Plain]) -> Properties:
        return Properties({key: raw(value, eight_bit) for key, value in values.items()}, codec)

    attachments = []
    for values, inner in made.attachments:
        data = values.get(0x3701)
        attachments.append(
            Attachment(
                properties(values),
                (lambda data=data: data) if isinstance(data, bytes) else None,
                (lambda inner=inner: item(inner, eight_bit, codec)) if inner else None,
            )
        )
    return Item(properties(made.values), [properties(row) for row in made.recipients], attachments)


# -- MSG ---------------------------------------------------------------------------------------------------


class _Names:
    def __init__(self) -> None:
        self.known: dict[Named, int] = {}

    def number(self, key: Key) -> int:
        return key if isinstance(key, int) else 0x8000 + self.known.setdefault(key, len(self.known))

    def storage(self) -> Storage:
        guids, entries, texts = named(self.known)
        streams = {"__substg1.0_00020102": guids, "__substg1.0_00030102": entries, "__substg1.0_00040102": texts}
        return Storage(holds={**streams})


def named(names: dict[Named, int]) -> tuple[bytes, bytes, bytes]:
    """The three streams that tell names: GUIDs, entries, texts; alike in MSG and PST."""
    entries, texts = b"", b""
    spaces: list[str] = []
    for name, position in names.items():
        if name.space not in spaces:
            spaces.append(name.space)
        place = spaces.index(name.space) + 3
        if isinstance(name.name, str):
            text = name.name.encode("utf-16-le")
            entries += struct.pack("<IHH", len(texts), place << 1 | 1, position)
            texts += struct.pack("<I", len(text)) + text + bytes(-len(text) % 4)
        else:
            entries += struct.pack("<IHH", name.name, place << 1, position)
    return b"".join(map(bytes_of, spaces)), entries, texts


def bytes_of(guid: str) -> bytes:
    import uuid

    return uuid.UUID(guid).bytes_le


def _streams(values: dict[Key, Plain], header: int, names: _Names, eight_bit: str) -> dict[str, bytes]:
    streams: dict[str, bytes] = {}
    entries = bytes(header)
    for key, plain in values.items():
        number, value = names.number(key), raw(plain, eight_bit)
        if isinstance(value.raw, list):
            for position, one in enumerate(value.raw):
                streams[f"__substg1.0_{number:04X}{value.kind:04X}-{position:08X}"] = one
        elif value.kind in mapi.FIXED:
            entries += struct.pack("<HHI", value.kind, number, 6) + value.raw.ljust(8, b"\0")
        else:
            streams[f"__substg1.0_{number:04X}{value.kind:04X}"] = value.raw
            entries += struct.pack("<HHIII", value.kind, number, 6, len(value.raw), 0)
    return {**streams, "__properties_version1.0": entries}


def _storage(made: Made, header: int, names: _Names, eight_bit: str) -> Storage:
    inside: dict[str, bytes | Storage] = {}
    for position, row in enumerate(made.recipients):
        inside[f"__recip_version1.0_#{position:08X}"] = Storage(holds={**_streams(row, 8, names, eight_bit)})
    for position, (values, inner) in enumerate(made.attachments):
        below = {"__substg1.0_3701000D": _storage(inner, 24, names, eight_bit)} if inner else {}
        name = f"__attach_version1.0_#{position:08X}"
        inside[name] = Storage(holds={**_streams(values, 8, names, eight_bit), **below})
    return Storage(holds={**_streams(made.values, header, names, eight_bit), **inside})


def msg(made: Made, eight_bit: str = "") -> bytes:
    """The object as an Outlook message file."""
    names = _Names()
    top = _storage(made, 32, names, eight_bit)
    return compound_file(Storage(holds={**top.holds, "__nameid_version1.0": names.storage()}))


# -- TNEF --------------------------------------------------------------------------------------------------


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _encoded(values: dict[Key, Plain], inner: bytes = b"") -> bytes:
    out = struct.pack("<I", len(values) + bool(inner))
    for key, plain in values.items():
        value = raw(plain)
        out += _tag(key, value.kind)
        if isinstance(value.raw, list):
            out += struct.pack("<I", len(value.raw))
            out += b"".join(struct.pack("<I", len(one)) + _padded(one) for one in value.raw)
        elif value.kind in mapi.FIXED:
            out += _padded(value.raw)
        else:
            out += struct.pack("<II", 1, len(value.raw)) + _padded(value.raw)
    if inner:
        out += struct.pack("<HHII", mapi.OBJECT, 0x3701, 1, len(inner)) + _padded(inner)
    return out


def _tag(key: Key, kind: int) -> bytes:
    if isinstance(key, int):
        return struct.pack("<HH", kind, key)
    head = struct.pack("<HH", kind, 0x8000) + bytes_of(key.space)
    if isinstance(key.name, int):
        return head + struct.pack("<II", 0, key.name)
    text = key.name.encode("utf-16-le") + b"\0\0"
    return head + struct.pack("<II", 1, len(text)) + _padded(text)


def attribute(level: int, name: int, value: bytes) -> bytes:
    """One attribute of a TNEF stream with its checksum."""
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def tnef(made: Made) -> bytes:
    """The object as a TNEF stream."""
    out = (
        b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x89006, b"\0\0\1\0") + attribute(1, 0x69007, b"\xe4\4\0\0\0\0\0\0")
    )
    out += attribute(1, 0x69003, _encoded(made.values))
    if made.recipients:
        rows = struct.pack("<I", len(made.recipients)) + b"".join(_encoded(row) for row in made.recipients)
        out += attribute(1, 0x69004, rows)
    for values, inner in made.attachments:
        out += attribute(2, 0x69002, bytes(14))
        plain = {key: value for key, value in values.items() if key != 0x3701}
        if isinstance(data := values.get(0x3701), bytes):
            out += attribute(2, 0x6800F, data)
        below = bytes.fromhex("0703020000000000c000000000000046") + tnef(inner) if inner else b""
        out += attribute(2, 0x69005, _encoded(plain, below))
    return out
