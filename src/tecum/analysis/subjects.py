"""Subjects without the prefixes that mail programs put before them, in many languages."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_REPLY: Final = (
    "re|aw|antw|antwort|sv|vs|vá|odp|ynt|res|rif|r|ref|回复|回覆|答复|返信|"
    "fw|fwd|wg|vb|vl|tr|rv|enc|i|pd|doorst|轉寄|转发"
)
_PREFIX: Final = re.compile(rf"\s*(?:{_REPLY})\s*(?:[\[(]\d{{1,3}}[\])]|\^\d{{1,3}})?\s*[:：]\s*", re.IGNORECASE)
_LABEL: Final = re.compile(r"\s*\[[^\[\]]{1,40}\]\s*")
_FORWARDED: Final = re.compile(r"\s*\((?:fwd|fw)\)\s*$", re.IGNORECASE)
_BLANKS: Final = re.compile(r"\s+")


def base(subject: str) -> tuple[str, bool]:
    """Return the subject in lower case without prefixes and labels in brackets, and whether it had a prefix.

    "Re: [list] Fwd: Budget (fwd)" is ("budget", True). A label alone stays.
    """
    rest = unicodedata.normalize("NFKC", subject)[:1000]
    reply = False
    while True:
        if found := _PREFIX.match(rest):
            rest, reply = rest[found.end() :], True
        elif (found := _LABEL.match(rest)) and rest[found.end() :].strip():
            rest = rest[found.end() :]
        elif found := _FORWARDED.search(rest):
            rest, reply = rest[: found.start()], True
        else:
            return _BLANKS.sub(" ", rest).strip().lower(), reply
