"""What stands beside a number: the word that names it, and whether it is part of something longer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Found:
    """A value at ``text[start:end]`` of a normalised text, before overlaps are settled."""

    kind: str
    start: int
    end: int
    certain: bool
    why: str


_NAMES: Final = {
    "SSN": "ssn ssns s.s.n social soc.sec ss# itin tin; ss no; ss number; soc sec; tax id; taxpayer id",
    "CARD": "card cards visa mastercard amex discover credit debit cc cvv exp expiry expires tarjeta; american express",
    "ANUMBER": "alien uscis immigration naturalization a#; a number; a no; a file",
    "ROUTING": "routing aba rtn transit",
    "ACCOUNT": "account accounts acct accts a/c cuenta",
    "PHONE": "phone phones telephone telephones cellphone tel call called calling fax mobile cell cellular "
    "office dial pager sms message messages voice voicemail contact",
    "SERIAL": "tracking serial isbn issn bates message-id version release v section imei; part no; part number",
}
_KINDS: Final = {
    word.strip(): kind
    for kind, names in _NAMES.items()
    for head, *pairs in [names.split(";")]
    for word in [*head.split(), *pairs]
}
_WORD = re.compile(r"[a-z][a-z./-]*#?")
_REACH = 48  # characters to the left in which a naming word counts
_BREAK = re.compile(r"[\s<>\"'(),;|]")


def label(text: str, start: int, end: int, reach: int = _REACH) -> str:
    """The kind named by the nearest word before the value, or else right behind it ("555-0100 mobile")."""
    behind = ""
    for word in reversed(_WORD.findall(text[max(0, start - reach) : start].lower())):
        word = word.strip("./-")
        kind = _KINDS.get(f"{word} {behind}") or _KINDS.get(word)
        if kind:
            return kind
        behind = word
    for word in _WORD.findall(text[end : end + 14].lower()):
        if kind := _KINDS.get(word.strip("./-")):
            return kind
    return ""


def glued(text: str, start: int, end: int) -> bool:
    """Whether a letter, a digit or an underscore touches the value."""
    touching = text[max(0, start - 1) : start] + text[end : end + 1]
    return any(char.isalnum() or char == "_" for char in touching)


def continued(text: str, start: int, end: int) -> bool:
    """Whether digits joined by a dash or stroke go on before or behind the value."""
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    ahead = len(behind) == 2 and behind[0] in "-/" and behind[1].isdigit()
    return ahead or (len(before) == 2 and before[1] in "-/" and before[0].isdigit())


def in_address(text: str, start: int, end: int) -> bool:
    """Whether the value is a piece of a link, an address or a Message-ID."""
    left = _BREAK.split(text[max(0, start - 80) : start])[-1]
    right = _BREAK.split(text[end : end + 80], maxsplit=1)[0]
    token = f"{left} {right}"
    return "@" in token or "://" in token or "www." in token
