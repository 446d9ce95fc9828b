"""What a contact, task, note, journal entry, report or unknown item says in its properties, line by line.

A mail says what it says in header and body; the other classes of [MS-OXOCNTC], [MS-OXOTASK], [MS-OXONOTE],
[MS-OXOJRNL] and [MS-OXOMSG] 2.2 (reports, voting) do not. Of a class that is not known every text is written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from tecum.processing.readers import mapi, mapiparty, mapitags
from tecum.processing.readers.mapi import Item, Key, Named, Properties

_STATE: Final = Named(mapitags.TASK, 0x8101)
_MEMBERS: Final = (Named(mapitags.ADDRESS, 0x8054), Named(mapitags.ADDRESS, 0x8055))
_MOST_VOTES: Final = 100
_MOST_LINES: Final = 2_000
_LONGEST: Final = 20_000  # letters of a value in a line
# Texts of the machinery: addresses and keys that header or body show, or that mean nothing to a reader.
_MACHINERY: Final = frozenset({
    0x001A, 0x0037, 0x003D, 0x0040, 0x0042, 0x0044, 0x0049, 0x004D, 0x005A, 0x0064, 0x0065, 0x0070, 0x0075, 0x0076,
    0x0077, 0x0078, 0x007D, 0x0C1A, 0x0C1E, 0x0C1F, 0x0E02, 0x0E03, 0x0E04, 0x0E1D, 0x1000, 0x1013, 0x1035, 0x1039,
    0x1042, 0x10F3, 0x3FFA, 0x3FF8, 0x5D01, 0x5D02, 0x5FE5, 0x6619,
})  # fmt: skip


def lines_of(item: Item) -> str:
    """Return the lines, each ``Name: value``, "" for an item that needs none."""
    return "".join(f"{name}: {value[:_LONGEST]}\n" for name, value in _unique(_lines(item)))


def _unique(lines: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the lines that say something, each value once under a name."""
    seen: set[tuple[str, str]] = set()
    for name, value in lines:
        value = value.strip().replace("\r\n", "\n")
        if value and (name, value) not in seen and len(seen) < _MOST_LINES:
            seen.add((name, value))
            yield name, value


def _lines(item: Item) -> Iterator[tuple[str, str]]:
    values = item.properties
    kind = item.message_class.lower()
    known = max((start for start in mapitags.LINES if kind.startswith(start)), key=len, default="")
    if known:
        yield from ((name, values.shown(key)) for name, key in mapitags.LINES[known])
    if known == "ipm.task" and _STATE in values:
        state = values.integer(_STATE)
        yield "Status", mapitags.TASK_STATES[state] if 0 <= state < len(mapitags.TASK_STATES) else str(state)
    if known == "ipm.distlist":
        yield from (("Member", _written(party)) for party in _members(values))
    if known == "report.":
        yield from _reported(item)
    if known or not kind.startswith(mapitags.MAIL_CLASSES):
        yield "Companies", "; ".join(values.texts(mapitags.COMPANIES))
        yield "Contacts", "; ".join(values.texts(mapitags.CONTACTS))
        yield "Categories", "; ".join(values.texts(mapitags.CATEGORIES))
    yield "Voting options", "; ".join(_options(values.data(mapitags.VOTING)))
    yield "Vote", values.text(mapitags.VOTE)
    yield from _own_fields(values, every=not known and not kind.startswith(mapitags.MAIL_CLASSES))


def _own_fields(values: Properties, *, every: bool) -> Iterator[tuple[str, str]]:
    """Yield the fields that a person or an organisation added; with ``every``, all texts there are."""
    for key, value in values.values.items():
        text = value.kind & ~mapi.MULTIPLE in (mapi.STRING8, mapi.UNICODE)
        if isinstance(key, Named) and isinstance(key.name, str):
            added = key.space == mapitags.PUBLIC_STRINGS and key != mapitags.CATEGORIES
            if (every and text) or (added and not _technical(key.name)):
                yield key.name, values.shown(key)
        elif every and text and key not in _MACHINERY:
            yield _label(key), values.shown(key)


def _technical(name: str) -> bool:
    """Tell whether a public name is one of a header, a link or a program rather than one that a person gave."""
    return name.lower().startswith(("http://", "urn:", "x-", "content-", "x_", "dav:")) or name.islower()


def _label(key: Key) -> str:
    if isinstance(key, Named):
        return str(key.name) if isinstance(key.name, str) else f"Property {key.name:#06x}"
    return _LABELS.get(key, f"Property {key:#06x}")


_LABELS: Final = {key: name for lines in mapitags.LINES.values() for name, key in lines if isinstance(key, int)}


def _members(values: Properties) -> Iterator[mapiparty.Party]:
    """Yield the members of a distribution list ([MS-OXOCNTC] 2.2.2.4)."""
    for key in _MEMBERS:
        for entry in values.data_list(key):
            if party := mapiparty.one_off(entry):
                yield party


def _reported(item: Item) -> Iterator[tuple[str, str]]:
    """Yield a line for each recipient that a report is about."""
    for row in item.recipients:
        party = mapiparty.recipient(row)
        about = [f"{name} {text}" for name, key in mapitags.RECIPIENT_REPORT if (text := row.shown(key).strip())]
        if party:
            yield "Recipient", ", ".join([_written(party), *about])


def _written(party: mapiparty.Party) -> str:
    return f"{party.name} <{party.address}>" if party.address and party.name != party.address else party.name


def _options(stream: bytes) -> list[str]:
    """Return the voting buttons ([MS-OXOMSG] 2.2.1.74: options that are sent as an answer have the verb 4)."""
    found: list[str] = []
    try:
        version, count = struct.unpack_from("<HI", stream)
        at = 6
        for _ in range(min(count, _MOST_VOTES) if version == 0x0102 else 0):
            (verb,) = struct.unpack_from("<I", stream, at)
            at += 4
            texts = []
            for _ in range(4):  # its name, its message class, a reserved text, its name again
                size = stream[at]
                texts.append(mapi.decode8(stream[at + 1 : at + 1 + size], "cp1252"))
                at += 1 + size
            if verb == 4:
                found.append(texts[0])
            at += 29  # flags, behaviour at sending, sizes; none of them is shown
    except (struct.error, IndexError):
        return found
    return found
