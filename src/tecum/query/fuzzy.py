"""Fuzzy words: ``ap%%ply`` is every word that begins with ``ap`` and differs from it in at most two letters."""

from __future__ import annotations

from typing import Final

MAX_EDITS: Final = 10


def parts_of(pattern: str) -> tuple[str, str, int]:
    """Return the fixed beginning, what follows it, and how many edits the latter may have."""
    fixed, _, rest = pattern.partition("%")
    return fixed, rest.lstrip("%"), pattern.count("%")


def fuzzy_pattern(fixed: str, rest: str, edits: int) -> str:
    """The pattern of these parts."""
    return f"{fixed}{'%' * edits}{rest}"


def within(one: str, other: str, edits: int) -> bool:
    """Whether one word becomes the other by at most so many letters put in, left out or changed (Levenshtein).

    Only the diagonal band that can still lead there is computed: its cost is length times ``edits``.
    """
    if abs(len(one) - len(other)) > edits:
        return False
    far = edits + 1
    row = [at if at <= edits else far for at in range(len(other) + 1)]
    for number, letter in enumerate(one, 1):
        low, high = max(1, number - edits), min(len(other), number + edits)
        before, row[low - 1] = row[low - 1], number if low == 1 and number <= edits else far
        best = row[low - 1]
        for at in range(low, high + 1):
            cost = min(before + (letter != other[at - 1]), row[at - 1] + 1, row[at] + 1, far)
            before, row[at] = row[at], cost
            best = min(best, cost)
        if best == far:
            return False
    return row[len(other)] <= edits
