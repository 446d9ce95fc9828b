"""Samples and what they allow to be said: which documents are drawn, and the exact interval of a share.

A sample is drawn by hashing: documents are ordered by SHA-256 over seed and control number, and the first n of that
order are the sample. So anybody can draw it again from seed and numbers alone, a larger sample contains the smaller
one, and samples of several sets under one seed share what they can. The hash knows nothing of a document's content,
hence each set's sample is a simple random one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass


def rank(seed: int, control: str) -> bytes:
    """Where a document stands in the order of a seed."""
    return hashlib.sha256(f"tecum-sample-1 {seed} {control}".encode()).digest()


def draw(controls: Iterable[str], size: int, seed: int) -> list[str]:
    """Draw ``size`` documents, or all where there are fewer, in the order of drawing."""
    return sorted(controls, key=lambda one: rank(seed, one))[:size]


@dataclass(frozen=True)
class Interval:
    """A share, and the exact interval round it (each between 0 and 1)."""

    share: float
    low: float
    high: float


def exact_interval(found: int, of: int, confidence: float = 0.95) -> Interval:
    """The Clopper-Pearson interval of ``found`` in a random sample ``of`` documents.

    It covers the true share with at least the stated confidence, whatever that share is, also when the sample is a
    large part of the whole (then it is wider than need be).

    Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934) 404-413.

    Raises:
        ValueError: when ``found`` is not between 0 and ``of``, or nothing was looked at.
    """
    if not 0 <= found <= of or not of:
        raise ValueError(f"{found} of {of} is no share")
    tail = (1 - confidence) / 2
    low = 0.0 if not found else _solve(lambda share: 1 - _at_most(found - 1, of, share), tail, rising=True)
    high = 1.0 if found == of else _solve(lambda share: _at_most(found, of, share), tail, rising=False)
    return Interval(found / of, low, high)


def _solve(function: Callable[[float], float], wanted: float, *, rising: bool) -> float:
    """The share at which a monotone function reaches a value, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (function(middle) < wanted) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(found: int, of: int, share: float) -> float:
    """The probability of at most ``found`` in ``of`` independent draws, each with probability ``share``."""
    if share <= 0 or share >= 1:
        return float(share <= 0 or found >= of)
    yes, no = math.log(share), math.log1p(-share)
    whole = math.lgamma(of + 1)
    return math.fsum(
        math.exp(whole - math.lgamma(at + 1) - math.lgamma(of - at + 1) + at * yes + (of - at) * no)
        for at in range(found + 1)
    )
