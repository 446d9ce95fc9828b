"""Dates in the texts of a segment: every three tokens that write a day by the rules of ``tecum.query.dates``.

Each form has a year of four digits at its beginning or its end. So the postings of years lead, and only the two
tokens beside each are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.index.files import GAP
from tecum.engine.index.vocabulary import Vocabulary, runs_of
from tecum.query.dates import MONTHS, ORDINALS

if TYPE_CHECKING:
    from tecum.engine.index.segment import Segment

Ints = NDArray[np.int64]

_LONGEST: Final = 4  # bytes of a term that is a year, a figure, or a day with its ending


@dataclass(frozen=True)
class Days:
    """The first position of each written day, ascending, and the day (as ``date.toordinal``)."""

    first: Ints
    ordinal: Ints

    def between(self, low: int, high: int) -> Ints:
        """The first positions of the days from one to another, both included."""
        return self.first[(self.ordinal >= low) & (self.ordinal <= high)]


@dataclass(frozen=True)
class _Parts:
    """What each term can be in a date; 0 where it cannot."""

    month: NDArray[np.uint8]  # by its name
    day: NDArray[np.uint8]  # one or two digits, perhaps with st, nd, rd, th
    figure: NDArray[np.uint8]  # one or two digits
    year: NDArray[np.uint16]  # four digits


def days(segment: Segment, day_first: bool) -> Days:
    """Find every written day of a segment."""
    parts = _parts(segment.vocabulary)
    years = segment.unsorted(runs_of(np.flatnonzero(parts.year)))
    units = segment.units(years).astype(np.int64)
    places = np.sort(years.astype(np.int64) - GAP * (1 + units))
    ends = np.cumsum(segment.lengths, dtype=np.int64)
    units = np.searchsorted(ends, places, "right")
    first, last = (ends - segment.lengths)[units], ends[units] - 1
    leads, ends_it = places[places + 2 <= last], places[places - 2 >= first]
    found = [_led(segment.tokens, parts, leads), _ended(segment.tokens, parts, ends_it, day_first)]
    starts = np.concatenate([one[0] for one in found])
    ordinals = np.concatenate([one[1] for one in found])
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    units = np.searchsorted(ends, starts, "right")
    return Days(starts + GAP * (1 + units), ordinals[order])


def _led(tokens: Any, parts: _Parts, at: Ints) -> tuple[Ints, Ints]:
    """Year, month, day in figures, from the token ``at`` on."""
    year, month, day = parts.year[tokens[at]], parts.figure[tokens[at + 1]], parts.figure[tokens[at + 2]]
    return _real(at, year, month, day)


def _ended(tokens: Any, parts: _Parts, at: Ints, day_first: bool) -> tuple[Ints, Ints]:
    """Month and day, or day and month, and the year at ``at``."""
    one, two = tokens[at - 2], tokens[at - 1]
    year = parts.year[tokens[at]]
    named_first, named_second = parts.month[one], parts.month[two]
    figures = (parts.figure[two], parts.figure[one]) if day_first else (parts.figure[one], parts.figure[two])
    # A term is a name or a number, never both, so at most one of the three readings is complete.
    plain = (figures[0] > 0) & (figures[1] > 0)
    month = np.where(named_first > 0, named_first, np.where(named_second > 0, named_second, figures[0] * plain))
    day = np.where(named_first > 0, parts.day[two], np.where(named_second > 0, parts.day[one], figures[1] * plain))
    return _real(at - 2, year, month, day)


def _real(at: Ints, year: NDArray[Any], month: NDArray[Any], day: NDArray[Any]) -> tuple[Ints, Ints]:
    """Those that the calendar has, and their ordinals."""
    kept = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    at, months = at[kept], (year[kept].astype(np.int64) - 1970) * 12 + month[kept].astype(np.int64) - 1
    begin = months.astype("datetime64[M]")
    length = ((begin + 1).astype("datetime64[D]") - begin.astype("datetime64[D]")).astype(np.int64)
    number = day[kept].astype(np.int64)
    real = number <= length
    ordinal = begin.astype("datetime64[D]").astype(np.int64) + _EPOCH + number - 1
    return at[real], ordinal[real]


_EPOCH: Final = 719_163  # date(1970, 1, 1).toordinal()


def _parts(vocabulary: Vocabulary) -> _Parts:
    size = len(vocabulary) + 1
    month, day, figure = (np.zeros(size, np.uint8) for _ in range(3))
    parts = _Parts(month, day, figure, np.zeros(size, np.uint16))
    for name, number in MONTHS.items():
        low, high = vocabulary.beginning(name)
        if low < high and vocabulary.term(low) == name.encode():
            parts.month[low] = number
    begin, end = vocabulary.beginning("0")[0], vocabulary.beginning("9")[1]
    lengths = np.diff(vocabulary.offsets[begin : end + 1].astype(np.int64)) - 1
    for at in (np.flatnonzero(lengths <= _LONGEST) + begin).tolist():
        term = vocabulary.term(at).decode()
        digits = term[:-2] if term.endswith(ORDINALS) else term
        if not (digits.isascii() and digits.isdigit()):
            continue
        if len(digits) <= 2:
            parts.day[at] = int(digits)
            parts.figure[at] = int(digits) if digits == term else 0
        elif len(term) == 4 and digits == term:
            parts.year[at] = int(term)
    return parts
