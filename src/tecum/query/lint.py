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
    "W15": "very wide proximity",
    "W16": "proximity between two proximities",
}
MAX_SPELLED: Final = 20_000  # characters of a query whose readings are spelled out: each is as long
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

    def __init__(self) -> None:
        self.all: list[Lint] = []
        self.failed = False

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
