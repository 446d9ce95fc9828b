"""What is wrong or doubtful in a query, as data: code, place, sentence, remedy, and the readings it may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tecum.model import Severity

MEANINGS: Final = {
    "E1": "unbalanced parenthesis or quotation mark",
    "E2": "operator without operand, or two operators in a row",
    "E3": "proximity without a number of words",
    "E4": "no operator between two groups",
    "E5": "AND on both sides of a proximity",
    "E6": "chain of proximities without parentheses",
    "E7": "two modifiers on one word",
    "E8": "operator of another search language",
    "E9": "NOT inside an operand of a proximity",
    "E10": "part of the language that is not available",
    "E11": "query beyond the limits of size",
    "E12": "nothing to search for",
    "E13": "range that is none",
    "E14": "fact that is unknown, or cannot be asked so",
    "E15": "fact about a document where a place in a text is needed",
    "E16": "regular expression outside the safe notation",
    "W1": "AND and OR mixed without parentheses",
    "W2": "proximity and OR mixed without parentheses",
    "W3": "typographic quotation mark or dash",
    "W4": "sign inside a term that divides words",
    "W5": "noise word",
    "W6": "broad wildcard",
    "W7": "leading wildcard, or wildcard inside quotation marks",
    "W8": "term that occurs nowhere",
    "W9": "NOT w/n is easily misread",
    "W10": "acronym that is also a common word",
    "W11": "plural or possessive not covered",
    "W12": "term in a large part of the documents",
    "W13": "term covered by another",
    "W14": "date in figures: day or month first",
    "W15": "very wide proximity",
    "W16": "proximity between two proximities",
    "W17": "initials, with or without points",
    "W18": "sign that products read differently",
}
MAX_READINGS: Final = 24  # findings of one query whose readings are spelled out
MAX_SPELLED: Final = 40_000  # characters of all of them: each reading is as long as the query
_EACH: Final = 25  # findings of one code in one query; the last one counts the rest


@dataclass(frozen=True)
class Lint:
    """One finding.

    ``span`` is (first character, one after the last) in the query's text; ``readings`` are complete queries,
    each with one meaning only, of which the first is the one that is run when the finding is a warning.
    """

    code: str
    severity: Severity
    span: tuple[int, int]
    message: str
    fix: str = ""
    readings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the shape printed by ``--json``."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "span": list(self.span),
            "message": self.message,
            "fix": self.fix,
            "readings": list(self.readings),
        }


def warning(code: str, span: tuple[int, int], message: str, fix: str = "", readings: Iterable[str] = ()) -> Lint:
    """Return a finding that is shown beside the result."""
    return Lint(code, Severity.WARN, span, message, fix, tuple(readings))


class Findings:
    """What is found while one query is read; ``failed`` as soon as an error is among it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all: list[Lint] = []
        self.failed = False
        self._spelled = 0

    def can_spell(self) -> bool:
        """Whether another finding may spell out its readings; each time counts."""
        self._spelled += 1
        return self._spelled <= MAX_READINGS and self._spelled * len(self.text) <= MAX_SPELLED

    def instead(self, span: tuple[int, int], stretches: Iterable[str]) -> list[str]:
        """The whole query with each of these in place of a stretch of it; none when that would be too much."""
        start, end = span
        return [f"{self.text[:start]}{one}{self.text[end:]}" for one in stretches] if self.can_spell() else []

    def doubt(self, code: str, span: tuple[int, int], message: str, stretches: Iterable[str], fix: str = "") -> None:
        """Add a warning with two readings: the query as it stands, and with each stretch in place of one of it."""
        readings = self.instead(span, (self.text[slice(*span)], *stretches))
        self.warn(code, span, message, fix, readings)

    def error(
        self, code: str, span: tuple[int, int], message: str, fix: str = "", readings: Iterable[str] = ()
    ) -> None:
        """Add a finding that keeps the query from being run."""
        self.failed = True
        self.all.append(Lint(code, Severity.STOP, span, message, fix, tuple(readings)))

    def warn(self, code: str, span: tuple[int, int], message: str, fix: str = "", readings: Iterable[str] = ()) -> None:
        """Add a finding that is shown beside the result."""
        self.all.append(warning(code, span, message, fix, readings))


def collected(found: Iterable[Lint]) -> Iterator[Lint]:
    """Yield each finding once, in order of place, errors first, and of one code at most ``_EACH``."""
    ordered = sorted(dict.fromkeys(found), key=lambda one: (one.severity is not Severity.STOP, one.span[0]))
    seen: dict[str, int] = {}
    for one in ordered:
        seen[one.code] = count = seen.get(one.code, 0) + 1
        if count < _EACH:
            yield one
    for code, count in seen.items():
        if count >= _EACH:
            yield Lint(code, _severity(code), (0, 0), f"{count - _EACH + 1} more of the kind: {MEANINGS[code]}")


def _severity(code: str) -> Severity:
    return Severity.STOP if code.startswith("E") else Severity.WARN
