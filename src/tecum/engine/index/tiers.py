"""Which neighbouring segments to merge: many small ones, by steps of size, so that each token is copied seldom.

A segment of step s has up to ``BASE * FAN**s`` tokens. As soon as ``FAN`` of a step lie in a row, with none larger
between them, they and the smaller ones among them become one of a later step. So a token is copied once a step, but
for those of the first step, where copying costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FAN: Final = 8
BASE: Final = 1 << 20  # tokens of the first step
MAX_TOKENS: Final = 1 << 29  # of a merged segment
MAX_DOCUMENTS: Final = 1_000_000


@dataclass(frozen=True)
class Part:
    """A segment as it is, or several that are to become one."""

    names: tuple[str, ...]
    documents: int
    tokens: int

    @property
    def step(self) -> int:
        """The step of its size."""
        step = 0
        while BASE * FAN**step < self.tokens:
            step += 1
        return step


def plan(parts: Sequence[Part]) -> list[Part]:
    """Return the parts, in their order, as they should be; those with several names are to be merged."""
    parts = list(parts)
    step = 0
    while step <= max((part.step for part in parts), default=-1):
        rows = [(row, sum(part.step == step for part in row) >= FAN) for row in _rows(parts, step)]
        parts = [part for row, many in rows for part in (_together(row) if many else row)]
        step += 1
    return parts


def _rows(parts: Sequence[Part], step: int) -> list[list[Part]]:
    """Divide at every part that is larger than the step."""
    rows: list[list[Part]] = []
    small = False
    for part in parts:
        if small and part.step <= step:
            rows[-1].append(part)
        else:
            rows.append([part])
        small = part.step <= step
    return rows


def _together(row: Sequence[Part]) -> list[Part]:
    """A row as one part, or as several where one would be too large."""
    made = [row[0]]
    for part in row[1:]:
        last = made[-1]
        documents, tokens = last.documents + part.documents, last.tokens + part.tokens
        if documents <= MAX_DOCUMENTS and tokens <= MAX_TOKENS:
            made[-1] = Part(last.names + part.names, documents, tokens)
        else:
            made.append(part)
    return made
