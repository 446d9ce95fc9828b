"""Of which recipient a mail is: told by its address, its domain, a tracking number or a name, in that order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Anybody may have an address there, so such a domain tells nobody.
_PUBLIC: Final = frozenset({
    "gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "aol.com",
    "icloud.com", "me.com", "mac.com", "comcast.net", "verizon.net", "att.net", "proton.me", "protonmail.com",
    "gmx.com", "mail.com",
})  # fmt: skip
_ADDRESS: Final = re.compile(r"[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_READ = 50_000  # characters of a mail that are searched


@dataclass(frozen=True)
class Mail:
    """A mail as plain values. ``sender`` is the address alone, ``date`` the day it was sent, None when unknown."""

    sender: str
    sender_name: str
    to: tuple[str, ...]
    date: dt.date | None
    subject: str
    text: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownRecipient:
    """A recipient as far as a mail can show it. ``counsel`` are names; ``addresses`` include those of counsel."""

    id: str
    name: str
    counsel: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    tracking: tuple[str, ...] = ()


def recipient_of(mail: Mail, known: Sequence[KnownRecipient], *, bounced: bool = False) -> tuple[str, str]:
    """Return the recipient's id and how it was told; id "" and the reason when none or more than one fits.

    In a mail system's report (``bounced``) the addresses that the text names count in place of the sender's.
    """
    text = f"{mail.subject}\n{mail.text[:_READ]}"
    addresses = set(_ADDRESS.findall(text.casefold())) if bounced else {mail.sender.strip().casefold()}
    numbers = {number for one in known for number in one.tracking if _stands(number, text)}
    ways = (
        ("address", [(one.id, found) for one in known for found in _folded(one.addresses) & addresses]),
        ("domain", [] if bounced else _by_domain(known, mail.sender)),
        ("tracking number", [(one.id, found) for one in known for found in sorted(set(one.tracking) & numbers)]),
        ("name", _by_name(known, f"{mail.sender_name}\n{text}")),
    )
    doubts: list[str] = []
    for way, found in ways:
        fitting = {identity for identity, _ in found}
        if len(fitting) == 1:
            return found[0][0], f"told by its {way}: {found[0][1]}"
        if fitting:
            doubts.append(f"the {way} fits {len(fitting)} recipients")
    return "", "; ".join(doubts) or "no address, domain, tracking number or name of a recipient was found"


def _folded(values: tuple[str, ...]) -> set[str]:
    return {one.strip().casefold() for one in values}


def _by_domain(known: Sequence[KnownRecipient], sender: str) -> list[tuple[str, str]]:
    """Whose domain, or the domain of whose addresses, is the sender's or stands above it; the longest counts."""
    domain = sender.strip().casefold().rpartition("@")[2]
    found: list[tuple[str, str]] = []
    for one in known:
        theirs = _folded(one.domains) | {address.rpartition("@")[2] for address in _folded(one.addresses)}
        fitting = [name for name in theirs - _PUBLIC if name and (domain == name or domain.endswith(f".{name}"))]
        found += [(one.id, max(fitting, key=len))] if fitting else []
    longest = max((len(name) for _, name in found), default=0)
    return [one for one in found if len(one[1]) == longest]


def _by_name(known: Sequence[KnownRecipient], text: str) -> list[tuple[str, str]]:
    """Whose name, or counsel's, stands in the mail; a name within another found one is none (Cook, Cook County)."""
    found = [(one.id, name) for one in known for name in (one.name, *one.counsel) if _stands(name, text)]
    return [
        (identity, name)
        for identity, name in found
        if not any(len(other) > len(name) and _stands(name, other) for _, other in found)
    ]


def _stands(word: str, text: str) -> bool:
    """Whether it stands in the text as a word of its own."""
    return bool(word.strip()) and bool(re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text, re.IGNORECASE))
