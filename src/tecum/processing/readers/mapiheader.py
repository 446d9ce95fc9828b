"""The header of the internet message that a MAPI object is written as: who, to whom, when, and in which thread.

Follows RFC 5322, RFC 2047 (encoded words) and [MS-OXCMAIL] (which property is which header). The headers under which
a mail arrived are kept as they came; properties fill what those lack.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote

from tecum.processing.readers import mailheader, mapitags
from tecum.processing.readers.mapi import Item, Key, Properties
from tecum.processing.readers.mapiparty import Party, people, replies, writer

_TRANSPORT: Final = 0x007D
_SUBMITTED: Final = 0x0039
_DELIVERED: Final = 0x0E06
_FLAGS: Final = 0x0E07
_READ, _UNSENT = 0x1, 0x8
_REPLIED: Final = frozenset({102, 103})  # the last thing done with it was to answer it, or all
_LIFTED: Final = re.compile(r"(?:content-[a-z-]+|mime-version)$", re.IGNORECASE)  # of the body, which is made anew
_FIELD: Final = re.compile(r"([!-9;-~]{1,200})[ \t]*:[ \t]?((?:[^\n]|\n[ \t])*)(?:\n|\Z)")
_IMPORTANCE: Final = {0: "low", 2: "high"}
_SENSITIVITY: Final = {1: "Personal", 2: "Private", 3: "Company-Confidential"}
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_PLAIN: Final = re.compile(r"[ -~]*")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NOT_IN_ADDRESS: Final = re.compile(r"[\x00-\x20<>\"\x7f]+")
_LINE: Final = 78
_WORD_BYTES: Final = 42  # of UTF-8 in one encoded word


@dataclass(frozen=True)
class Header:
    """One header, its value already in the letters of the wire."""

    name: str
    value: str

    def line(self) -> str:
        """Return the header as it is written, with its line end."""
        return f"{self.name}: {self.value}\r\n"


def headers_of(item: Item) -> list[Header]:
    """Return the headers of an item but those of its body, in the order of writing."""
    values = item.properties
    arrived = _arrived(values.text(_TRANSPORT))
    known = {header.name.lower() for header in arrived}
    made = [header for header in _made(item, known) if header.name.lower() not in known]
    return [*arrived, *made, *_beside(item, arrived)]


def _arrived(text: str) -> list[Header]:
    """Take the headers of the transport apart; what is no header there (a caption of Exchange) is passed over."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    found = []
    at = 0
    while at < len(lines):
        field = _FIELD.match(lines, at)
        if field is None:
            at = lines.find("\n", at) + 1 or len(lines)
            continue
        at = field.end()
        if not _LIFTED.match(field[1]):
            found.append(Header(field[1], _kept(field[2])))
    return found


def _kept(value: str) -> str:
    """Write an arrived value as it came; letters that no header may have go as encoded words."""
    folded = "\r\n".join(line.rstrip() for line in value.strip().replace("\0", "").split("\n") if line.strip())
    return folded if folded.isascii() else unstructured(mailheader.unfold(folded))


def _made(item: Item, known: set[str]) -> list[Header]:
    """Return the headers that the properties tell."""
    values = item.properties
    sender, representing = writer(item, represented=False), writer(item, represented=True)
    author = representing or sender
    found = [Header("From", address_list([author]))] if author else []
    if sender and representing and (sender.address, sender.name) != (representing.address, representing.name):
        found.append(Header("Sender", address_list([sender])))
    for name, parties in people(item).items():
        if parties:
            found.append(Header(name, address_list(parties)))
    if answers := replies(values):
        found.append(Header("Reply-To", address_list(answers)))
    found += _times(values, known)
    texts: tuple[tuple[str, str], ...] = (
        ("Subject", subject_of(values)),
        ("Thread-Topic", values.text(0x0070)),
        ("Importance", _IMPORTANCE.get(values.integer(0x0017, 1), "")),
        ("Sensitivity", _SENSITIVITY.get(values.integer(0x0036), "")),
        ("Keywords", ", ".join(values.texts(mapitags.CATEGORIES))),
    )
    found += [Header(name, unstructured(text)) for name, text in texts if text.strip()]
    identities: tuple[tuple[str, Key], ...] = (("Message-ID", 0x1035), ("In-Reply-To", 0x1042), ("References", 0x1039))
    found += [Header(name, _identities(text)) for name, key in identities if (text := values.text(key).strip())]
    if index := values.data(0x0071):
        found.append(Header("Thread-Index", base64.b64encode(index[:4096]).decode("ascii")))
    return found


def _times(values: Properties, known: set[str]) -> list[Header]:
    """Return Date, and Received for a delivery that the arrived headers do not tell.

    An item that was never submitted gets no Date: the time of its delivery then stands in Received alone, so that
    nobody takes it for the time of sending.
    """
    found = []
    submitted, delivered = values.time(_SUBMITTED), values.time(_DELIVERED)
    if delivered and "received" not in known and not values.integer(_FLAGS) & _UNSENT:
        found.append(Header("Received", f"(PidTagMessageDeliveryTime of the mailbox); {_date(delivered)}"))
    if submitted:
        found.append(Header("Date", _date(submitted)))
    return found


def _beside(item: Item, arrived: list[Header]) -> list[Header]:
    """Return what the mailbox knows of the item, in headers that mail programs pass over."""
    values = item.properties
    found = [("X-MAPI-Message-Class", item.message_class)]
    known = {header.name.lower(): mailheader.text(header.value) for header in arrived}
    if "subject" in known and (subject := subject_of(values)) and not _alike(subject, known["subject"]):
        found.append(("X-MAPI-Subject", subject))  # somebody changed it after the mail had come
    created, modified = values.time(0x3007), values.time(0x3008)
    found.append(("X-MAPI-Created", _date(created) if created else ""))
    found.append(("X-MAPI-Modified", _date(modified) if modified else ""))
    if _FLAGS in values:
        flags = values.integer(_FLAGS)
        found.append(("Status", "RO" if flags & _READ else "O"))
        found.append(("X-Unsent", "1" if flags & _UNSENT else ""))
    marks = "A" if values.integer(0x1081) in _REPLIED else ""
    found.append(("X-Status", marks + ("F" if values.integer(0x1090) == 2 else "")))
    found.append(("X-Message-Flag", values.text(mapitags.FLAG)))
    return [Header(name, unstructured(text)) for name, text in found if text.strip()]


def subject_of(values: Properties) -> str:
    """Return the subject.

    A PST may write two characters before it that tell how long its prefix is ([MS-PST] 2.5.3.1.1.1); other files
    may split it into prefix and rest.
    """
    whole = values.text(0x0037)
    if whole[:1] == "\x01":
        whole = whole[2:]
    if not whole and (rest := values.text(0x0E1D)):
        whole = values.text(0x003D) + rest
    return _CONTROLS.sub(" ", whole)


def _alike(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _identities(text: str) -> str:
    return unstructured(" ".join(text.split()))


def _date(when: dt.datetime) -> str:
    return format_datetime(when.replace(microsecond=0))


def address_list(parties: list[Party]) -> str:
    """Write a list of addresses, one a line."""
    return ",\r\n ".join(_address(party) for party in parties)


def _address(party: Party) -> str:
    address = _NOT_IN_ADDRESS.sub("" if "@" in party.address else " ", party.address).strip()
    name = _CONTROLS.sub(" ", party.name).strip()
    if not name or name == address:
        return address if "@" in address or not address else f"<{address}>"
    return f"{_phrase(name)} <{address}>" if address else _phrase(name)


def _phrase(name: str) -> str:
    """Write a display name."""
    if not _PLAIN.fullmatch(name) or "=?" in name:
        return _encoded_words(name)
    if _ATOMS.fullmatch(name) and "  " not in name:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unstructured(text: str) -> str:
    """Write free text: as it is where it is plain, folded; else in encoded words."""
    text = _CONTROLS.sub(" ", text).strip()
    if _PLAIN.fullmatch(text) and "=?" not in text and "  " not in text:
        return _folded(text)
    return _encoded_words(text)


def _folded(text: str) -> str:
    lines: list[str] = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= _LINE:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] or len(lines) > 1 else word
    return "\r\n".join(lines)


def _encoded_words(text: str) -> str:
    pieces: list[bytes] = [b""]
    for letter in text:
        coded = letter.encode("utf-8", "replace")
        if len(pieces[-1]) + len(coded) > _WORD_BYTES:
            pieces.append(b"")
        pieces[-1] += coded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(piece).decode('ascii')}?=" for piece in pieces)


def parameter(name: str, value: str) -> str:
    """Write a parameter of a header: plain in quotes, else as RFC 2231 has it."""
    text = _CONTROLS.sub(" ", value).strip()
    if _PLAIN.fullmatch(text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    return f";\r\n {name}*=utf-8''{quote(text.encode('utf-8', 'replace'), safe='')}"
