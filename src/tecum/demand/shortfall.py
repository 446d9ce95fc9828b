"""What is lacking in an answer, as deficiencies that a person may raise: from a volume's check, and from what was said.

A finding of a volume's check says what is wrong with files; what is missing altogether only the docket can tell: a
request without any document or word, papers withheld without a log, a volume that came late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tecum.demand.nouns import Event
from tecum.demand.standing import Standing
from tecum.demand.timeline import natural
from tecum.model import Finding, Severity

NO_ANSWER: Final = "D01"
NO_LOG: Final = "LOG"
LATE: Final = "LATE"
_LISTED = 20  # Bates numbers named in one deficiency; all are counted
_SAID = {
    NO_ANSWER: "an answer to the request: documents, or a statement that none exist or why they are withheld",
    NO_LOG: "a privilege log of what is withheld",
    LATE: "the reason for the delay; nothing can be mended",
}


@dataclass
class Shortfall:
    """One deficiency that may be raised. ``range`` names documents, ``ask`` what would cure it."""

    code: str
    text: str
    requests: tuple[str, ...] = ()
    range: str = ""
    ask: str = ""
    evidence: str = ""
    volume: str = ""
    severity: str = Severity.STOP.value
    data: dict[str, str] = field(default_factory=dict)

    def event(self, standing: Standing, day: dt.date, due: dt.date | None, evidence: tuple[str, ...]) -> Event:
        """The event that raises it."""
        said = {
            "code": self.code, "text": self.text, "range": self.range, "ask": self.ask, "evidence": self.evidence,
            "volume": self.volume, "due": str(due or ""),
        }  # fmt: skip
        data = {key: value for key, value in said.items() if value}
        whom = (standing.recipient.id,)
        return Event("", str(day), "deficiency", standing.demand.id, whom, self.requests, data, evidence)

    def as_dict(self) -> dict[str, Any]:
        """As ``receive --json`` prints it."""
        return {
            "code": self.code, "severity": self.severity, "text": self.text, "requests": list(self.requests),
            "range": self.range, "ask": self.ask, "evidence": self.evidence,
        }  # fmt: skip


def of_findings(
    findings: Iterable[Finding], titles: Mapping[str, tuple[str, str]], requests_of: Callable[[str], Sequence[str]],
    volume: str,
) -> list[Shortfall]:  # fmt: skip
    """One deficiency for each code found in a volume; notes are not deficiencies.

    Args:
        findings: of the volume's check.
        titles: check code -> (title, what to ask the sender for).
        requests_of: the requests that a document answers, by its begin number.
        volume: its name.
    """
    by_code: dict[str, list[Finding]] = {}
    for one in findings:
        if one.severity != Severity.NOTE:
            by_code.setdefault(one.code, []).append(one)
    made = []
    for code, some in by_code.items():
        title, ask = titles[code]
        numbers = list(dict.fromkeys(one.bates for one in some if one.bates))
        requests = sorted({each for number in numbers for each in requests_of(number)}, key=natural)
        shown = ", ".join(numbers[:_LISTED]) + (f" and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else "")
        times = f" ({len(some)} times)" if len(some) > 1 else ""
        worst = Severity.STOP if any(one.severity == Severity.STOP for one in some) else Severity.WARN
        text = f"{title}{times}: {some[0].message}"
        made.append(Shortfall(code, text, tuple(requests), shown, ask, some[0].evidence, volume, worst.value))
    return made


def of_standing(standing: Standing, produced: Iterable[str], volume: str) -> list[Shortfall]:
    """What the docket itself shows to be lacking once a volume has come.

    Args:
        standing: the recipient as it stands today without the volume: what was said since it came counts.
        produced: the requests for which the volume holds documents; empty when its rows name no requests.
        volume: its name.
    """
    found: list[Shortfall] = []
    there = set(produced)
    silent = [one.number for one in standing.requests if one.disposition == "open" and one.number not in there]
    if there and silent:
        numbers = ", ".join(silent)
        text = f"No document, and no statement why, for request {numbers}"
        found.append(Shortfall(NO_ANSWER, text, tuple(silent), "", _SAID[NO_ANSWER], "", volume))
    return [*found, *_unlogged(standing)]


def _unlogged(standing: Standing) -> list[Shortfall]:
    held = [one.number for one in standing.requests if one.disposition == "answered: withheld" and "log" in one.why]
    if not held:
        return []
    text = f"Documents are withheld for request {', '.join(held)}, and no privilege log came with them"
    return [Shortfall(NO_LOG, text, tuple(held), "", _SAID[NO_LOG])]


def late(standing: Standing, volume: str, received: dt.date) -> list[Shortfall]:
    """That a volume came after the return date; one that comes in time for a cure that was asked for is not late.

    Args:
        standing: the recipient as it stood on the day on which the volume came.
        volume: its name.
        received: that day.
    """
    due = standing.clock.due
    if due is None or received <= due + dt.timedelta(days=standing.demand.grace):
        return []
    if any(one.open and one.due and received <= one.due for one in standing.deficiencies):
        return []
    days = (received - due).days
    text = f"The volume came on {received}, {days} days after the return date ({due})"
    return [Shortfall(LATE, text, (), "", _SAID[LATE], "", volume, Severity.WARN.value)]
