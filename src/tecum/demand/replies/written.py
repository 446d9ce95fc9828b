"""What the sender of a mail wrote himself: earlier mails, signatures and footers below it are not read."""

from __future__ import annotations

import re
from typing import Final

# Where an earlier mail begins. A header block counts only when a second header line follows closely.
_WROTE: Final = re.compile(r"^\s*On\b.{4,200}\bwrote:\s*$")
_WRAPPED: Final = re.compile(r"^\s*On\s.{4,120}(?:\d{4}|[AP]M|>|,)")
_DIVIDER: Final = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original Message|Forwarded message|Original Appointment)\s*-{2,}|"
    r"Begin forwarded message:|_{20,})\s*$",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"^\s*\*?From:\*?\s", re.IGNORECASE)
_HEADER: Final = re.compile(r"^\s*\*?(?:Sent|Date|To|Cc|Subject):\*?\s", re.IGNORECASE)
_FOOTER: Final = re.compile(
    r"^\s*(?:--|Sent from my \w+.*|(?:\W*)(?:CONFIDENTIALITY|PRIVILEGED AND CONFIDENTIAL|DISCLAIMER)\b.*|"
    r"(?:This|The information (?:contained )?in this) (?:e-?mail|message|communication)\b.{0,80}"
    r"\b(?:confidential|privileged|intended)\b.*)\s*$",
    re.IGNORECASE,
)
_NEAR = 4  # lines behind "From:" among which the second header line must stand
_LONGEST = 100_000  # characters that are read


def newest(text: str) -> str:
    """Return the sender's own words: what stands above the first earlier mail, signature mark or footer.

    Lines quoted with ">" are left out wherever they stand.
    """
    lines = text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for at, line in enumerate(lines):
        if _ends(lines, at):
            break
        if not line.lstrip().startswith((">", "|>")):
            kept.append(line)
    return "\n".join(kept).strip()


def _ends(lines: list[str], at: int) -> bool:
    line = lines[at]
    if len(line) > 400:
        return False
    if _WROTE.match(line) or _DIVIDER.match(line) or _FOOTER.match(line):
        return True
    if _WRAPPED.match(line) and any(one.rstrip().endswith("wrote:") for one in lines[at + 1 : at + 3]):
        return True
    return bool(_FROM.match(line)) and any(_HEADER.match(one) for one in lines[at + 1 : at + 1 + _NEAR])


def sentences_of(text: str) -> list[str]:
    """Part the words into sentences; a line end alone parts none, a blank line or a list's next item does."""
    found: list[str] = []
    for block in re.split(r"\n[^\S\n]*\n|\n(?=\s*(?:[-*•]|\d{1,2}[.)])\s)", text):
        flat = " ".join(block.split())
        start = 0
        for stop in _STOP.finditer(flat):
            if not _ABBREVIATED.search(flat[max(0, stop.start() - 8) : stop.start() + 1]):
                found.append(flat[start : stop.end()].strip())
                start = stop.end()
        found.append(flat[start:].strip())
    return [one for one in found if one]


_STOP: Final = re.compile(r"[.!?]+[)\"”’]*(?=\s+[\"“(]?[A-Z0-9])")
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|No|Nos|Mr|Mrs|Ms|Dr|Hon|Esq|St|Jr|Sr|Inc|Co|Corp|Ltd|v|vs|Sec|Art|Rev|Stat|Code|U\.S|U\.S\.C|Fed|R|"
    r"Civ|P|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|Dep|Dept)\.$"
)
