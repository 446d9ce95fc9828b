"""What a query asks other than words: ``date(...)``, facts of the store, ranges in brackets."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from tecum.query.dates import asked
from tecum.query.facts import FactInvalid, normal
from tecum.query.lint import Findings
from tecum.query.slots import short
from tecum.query.tree import DAY_FIRST, MAX_NUMBER, Dates, Extent, Fact, Numbers, Slot, to_text

_ABSENT: Final = {
    "mail": ("recognised addresses are not indexed apart", 'write the address as a phrase, or participants:"..."'),
    "creditcard": ("numbers of cards are found by the screening for personal data", "run tecum redact pii"),
}
_BRACKET = re.compile(r"[\[{]\s*([^\s\]}]{1,100})\s+to\s+([^\s\]}]{1,100})\s*[\]}]", re.IGNORECASE)
_TO = re.compile(r"\s+to\s+|\s*\.\.\s*", re.IGNORECASE)
_LONGEST_CALL: Final = 300  # characters between the parentheses


class Calls:
    """Reads what has a notation of its own; what is wrong or doubtful is added to ``findings``."""

    def __init__(self, text: str, dialect: str, findings: Findings) -> None:
        self.text = text
        self.dialect = dialect
        self.findings = findings

    # Facts

    def value_end(self, start: int, end: int) -> int:
        """Where the value of a fact ends that begins at ``start``: brackets may hold spaces."""
        bracket = _BRACKET.match(self.text, start)
        return bracket.end() if bracket else end

    def fact(self, name: str, test: str, at: Extent) -> Fact | None:
        """The fact asked for; None when it cannot be."""
        try:
            return Fact(name, normal(name, test), at)
        except FactInvalid as reason:
            readings = self.findings.instead(at, (way.partition(":")[2] for way in reason.ways))
            text = f'write "{name}" in quotation marks if it is a word of the text'
            fix = f"write {' or '.join(reason.ways)}" if reason.ways else text
            self.findings.error("E14", at, str(reason), fix, readings)
            return None

    # Calls

    def is_call(self, chunk: str, opened: str) -> bool:
        """Whether a word with what follows it is a call."""
        return opened == "(" and chunk.lower() in ("date", *_ABSENT)

    def end(self, opened: int) -> int:
        """The place after the parenthesis that closes a call; the end of the text when there is none."""
        found = self.text.find(")", opened, opened + _LONGEST_CALL)
        if found < 0:
            self.findings.error("E1", (opened, opened + 1), "this parenthesis is never closed")
            return len(self.text)
        return found + 1

    def read(self, name: str, at: Extent) -> Dates | None:
        """The dates of ``date(...)``; an error for the other calls."""
        if name in _ABSENT:
            why, fix = _ABSENT[name]
            inside = self.text[slice(*at)][len(name) + 1 :].removesuffix(")").strip()
            readings = self.findings.instead(at, [f'participants:"{inside}"']) if name == "mail" and inside else []
            self.findings.error("E10", at, f"{name}() is not available: {why}", fix, readings)
            return None
        whole = self.text[slice(*at)]
        inside = whole[len("date(") :].removesuffix(")").strip()
        day_first = inside.endswith(DAY_FIRST)
        inside = inside.removesuffix(DAY_FIRST)
        sides = _TO.split(inside)
        plain, turned = self._days(sides, day_first), self._days(sides, not day_first)
        if plain is None:
            self._no_dates(inside, at, turned, day_first)
            return None
        if not plain[0] <= plain[1]:
            self.findings.error("E13", at, f"the range {short(inside)} runs backwards")
            return None
        if turned is None or not turned[0] <= turned[1]:
            turned = plain
        node, other = Dates(*plain, day_first, at), Dates(*turned, not day_first)
        first, second = ("day", "month") if day_first else ("month", "day")
        message = f"dates in figures are read with the {first} first: 1/2/2018 may be meant with the {second} first"
        readings = self.findings.instead(at, (to_text(node), to_text(other)))
        self.findings.warn("W14", at, message, "choose one of the readings, and write days as 2018-01-31", readings)
        return node

    def _days(self, sides: list[str], day_first: bool) -> tuple[date, date] | None:
        days = [asked(side, day_first) for side in sides]
        low, high = days[0], days[-1]
        if len(days) > 2 or low is None or high is None or not (low.year >= 1000 and high.year <= 2900):
            return None
        return low, high

    def _no_dates(self, inside: str, at: Extent, turned: tuple[date, date] | None, day_first: bool) -> None:
        readings = self.findings.instead(at, [to_text(Dates(*turned, not day_first))]) if turned else []
        message = f"date({short(inside)}) names no day and no range of days from the year 1000 to 2900"
        self.findings.error("E13", at, message, "write date(2018-01-01 to 2018-01-31)", readings)

    # Brackets

    def bracket(self, start: int) -> Extent | None:
        """Where a range in brackets lies that begins at ``start``."""
        found = _BRACKET.match(self.text, start)
        return found.span() if found else None

    def bracketed(self, at: Extent) -> tuple[Slot, ...]:
        """The numbers of ``[10 TO 20]``, as Lucene and Nuix write it; an error for words."""
        whole = self.text[slice(*at)]
        found = _BRACKET.match(whole)
        assert found is not None  # by ``bracket``
        if not all(side == "*" or re.fullmatch(r"[0-9]{1,18}", side) for side in found.groups()):
            fix = "write the words, joined by OR; a day is asked for as date:2018-01-01..2018-01-31"
            self.findings.error("E10", at, "a range of words is not available: it depends on how words are sorted", fix)
            return ()
        low, high = (int(side) if side != "*" else None for side in found.groups())
        least = 0 if low is None else low + whole.startswith("{")
        most = MAX_NUMBER if high is None else high - whole.endswith("}")
        if least > most:
            self.findings.error("E13", at, f"the range {short(whole)} holds no number")
            return ()
        if self.dialect == "dtsearch":
            message = f"{short(whole)} is a range of another search language"
            readings = self.findings.instead(at, [f"{least}~~{most}"])
            self.findings.error("E8", at, message, f"write {least}~~{most}", readings)
            return ()
        return (Numbers(least, most, at),)
