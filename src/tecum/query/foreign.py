"""Operators of other search languages, with the nearest form that this one has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_COUNTED: Final = (  # of Westlaw, Lexis, Concordance and others: the operator with its number of words
    (re.compile(r"/([0-9]+)"), ("w/{n}",)),
    (re.compile(r"\+([0-9]+)"), ("pre/{n}",)),
    (re.compile(r"(?:near|within|wi)/([0-9]+)", re.IGNORECASE), ("w/{n}",)),
    (re.compile(r"onear/([0-9]+)", re.IGNORECASE), ("pre/{n}",)),
    (re.compile(r"near\(([0-9]+)\)", re.IGNORECASE), ("w/{n}", "w/{more}")),
    (re.compile(r"near([0-9]+)", re.IGNORECASE), ("w/{n}", "w/{more}")),
    (re.compile(r"adj/?([0-9]+)", re.IGNORECASE), ("pre/{n}", "pre/{more}")),
    (re.compile(r"post/([0-9]+)", re.IGNORECASE), ()),
)
_OTHERS: Final = (
    (re.compile(r"[/+][sp]", re.IGNORECASE), "w/n, with a number of words in place of the sentence or paragraph"),
    (re.compile(r"(?:w|pre|near)/(?:s|p|seg|sent|para)", re.IGNORECASE), "w/n, with a number of words"),
    (re.compile(r"atl[0-9]+(?:/[0-9]+)?", re.IGNORECASE), "the word alone: how often it occurs cannot be asked"),
    (re.compile(r"&&"), "AND"),
    (re.compile(r"\|\|?"), "OR"),
    (re.compile(r"and/or", re.IGNORECASE), "OR"),
    (re.compile(r"xor", re.IGNORECASE), "(a OR b) AND NOT (a AND b)"),
)
_EXACT: Final = {"&&": "AND", "|": "OR", "||": "OR", "and/or": "OR"}


@dataclass(frozen=True)
class Foreign:
    """An operator of another language: what to write, and the operators that it may have meant."""

    fix: str
    meant: tuple[str, ...]


def foreign(chunk: str) -> Foreign | None:
    """Return what a stretch without spaces is when it is such an operator."""
    for expression, meant in _COUNTED:
        if found := expression.fullmatch(chunk):
            count = min(int(found[1][:7]), 999_998)
            spelled = tuple(one.format(n=max(count, 1), more=count + 1) for one in meant)
            return Foreign(f"write {' or '.join(spelled) or 'pre/n with the sides exchanged'}", spelled)
    for expression, fix in _OTHERS:
        if expression.fullmatch(chunk):
            exact = _EXACT.get(chunk.lower())
            return Foreign(f"write {fix}", (exact,) if exact else ())
    return None
