"""The people of a MAPI object: who wrote it, to whom it went, and their internet addresses where they are known.

Follows [MS-OXOMSG] 2.2.1 and [MS-OXCDATA] 2.2.5 (one-off entry ids). An Exchange address ("legacy DN") for which the
object tells no SMTP address stays visible as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.processing.readers import mapi
from tecum.processing.readers.mapi import Item, Properties

_KIND: Final = 0x0C15
_NAME: Final = 0x3001
_TYPE: Final = 0x3002
_ADDRESS: Final = 0x3003
_SMTP: Final = 0x39FE
_HEADERS: Final = {1: "To", 2: "Cc", 3: "Bcc"}
_SHOWN: Final = {"To": 0x0E04, "Cc": 0x0E03, "Bcc": 0x0E02}
# name, type, address, SMTP address, entry id of sender and of whom the sender stands for
_SENDER: Final = (0x0C1A, 0x0C1E, 0x0C1F, 0x5D01, 0x0C19)
_REPRESENTED: Final = (0x0042, 0x0064, 0x0065, 0x5D02, 0x0041)
_ONE_OFF: Final = bytes.fromhex("812b1fa4bea310199d6e00dd010f5402")
_MOST: Final = 50_000  # recipients
_NOBODY: Final = "UNKNOWN"  # the type of the sender of what was never sent; its name is "Unknown" too


@dataclass(frozen=True)
class Party:
    """A person or list: ``address`` is an SMTP address, else what the file has instead, else ""."""

    name: str
    address: str


def writer(item: Item, *, represented: bool) -> Party | None:
    """Return the sender, or the one for whom it was sent; None when the object does not tell."""
    values = item.properties
    name, kind, address, smtp, entry = _REPRESENTED if represented else _SENDER
    party = _party(values, (name,), kind, address, (smtp,), entry)
    if party is None or "@" in party.address:
        return party
    found = _known(item, party)
    return Party(party.name, found) if found else party


def _known(item: Item, party: Party) -> str:
    """Find the SMTP address of an Exchange user among the recipients, where people often write to themselves."""
    sought = party.address.lower()
    for row in item.recipients if sought else ():
        if row.text(_ADDRESS).lower() == sought and "@" in row.text(_SMTP):
            return row.text(_SMTP)
    return ""


def people(item: Item) -> dict[str, list[Party]]:
    """Return the recipients by header, in their order; from the displayed names when there is no table of them."""
    found: dict[str, list[Party]] = {header: [] for header in _SHOWN}
    for row in item.recipients[:_MOST]:
        header = _HEADERS.get(row.integer(_KIND) & 0xF)
        party = recipient(row)
        if header and party:
            found[header].append(party)
    for header, key in _SHOWN.items():
        if not found[header]:
            found[header] = [Party(name, "") for name in _names(item.properties.text(key))]
    return found


def recipient(row: Properties) -> Party | None:
    """Return the person of a row of the table of recipients."""
    return _party(row, (_NAME, 0x5FF6, 0x3A20), _TYPE, _ADDRESS, (_SMTP,), 0x0FFF)


def replies(values: Properties) -> list[Party]:
    """Return whom an answer should go to ([MS-OXOMSG] 2.2.1.43: a list of entry ids, and of names)."""
    names = _names(values.text(0x0050))
    entries = list(_entries(values.data(0x004F)))
    if entries and len(entries) >= len(names):
        return [one_off(entry) or Party(name, "") for entry, name in _paired(entries, names) if one_off(entry) or name]
    return [Party(name, "") for name in names]


def _paired(entries: list[bytes], names: list[str]) -> Iterator[tuple[bytes, str]]:
    for number, entry in enumerate(entries):
        yield entry, names[number] if number < len(names) else ""


def _party(
    values: Properties, names: tuple[int, ...], kind: int, address: int, smtp: tuple[int, ...], entry: int
) -> Party | None:
    if values.text(kind).upper() == _NOBODY:
        return None
    name = values.first_text(*names)
    mailbox = next((text for key in smtp if "@" in (text := values.text(key).strip())), "")
    plain = values.text(address).strip()
    if not mailbox and "@" in plain:
        mailbox = plain
    if not mailbox and "@" in name and " " not in name.strip():
        mailbox = name
    if not mailbox and (written := one_off(values.data(entry))) and "@" in written.address:
        mailbox, name = written.address, name or written.name
    mailbox = mailbox or ("" if plain.lower() == name.lower() else plain)
    if values.text(kind).upper() == "SMTP" or "@" in mailbox:
        mailbox = mailbox.removeprefix("SMTP:").removeprefix("smtp:")
    return Party(name, mailbox) if name or mailbox else None


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(";") if name.strip()]


def one_off(entry: bytes) -> Party | None:
    """Return the person whom an entry id itself describes; None when it only points into an address book."""
    if len(entry) < 24 or entry[4:20] != _ONE_OFF:
        return None
    (flags,) = struct.unpack_from("<H", entry, 22)
    if flags & 0x8000:
        parts = entry[24:].decode("utf-16-le", "replace").split("\0")
    else:
        parts = [mapi.decode8(part, "cp1252") for part in entry[24:].split(b"\0")]
    if len(parts) < 3:
        return None
    return Party(parts[0].strip(), parts[2].strip())


def _entries(data: bytes) -> Iterator[bytes]:
    """Cut a flat list of entry ids apart ([MS-OXCDATA] 2.3.3)."""
    if len(data) < 8:
        return
    (count,) = struct.unpack_from("<I", data)
    at = 8
    for _ in range(min(count, _MOST)):
        if at + 4 > len(data):
            return
        (size,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
