"""Bates numbers: parse, format, next, ranges, and the gaps and overlaps among many ranges.

The form of our own numbers is strict: a prefix of letters, digits, ``-`` and ``_`` that does not end in a
digit, then digits of one fixed width (Everlaw refuses a prefix ending in a digit, the FTC guide a space).
Numbers of other people's volumes are read as they come by :func:`parse`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tecum.errors import BatesInvalid, BatesOverflow

PREFIX = re.compile(r"(?:[A-Za-z0-9_-]*[A-Za-z_-])?")
MAX_WIDTH = 18
MAX_LENGTH = 200  # of a foreign number; longer text is not a number and is not searched for one

# What may follow a complete number: a page of a document-level number (.0001) or an attachment (_A001), then
# a re-production (_R1). Each needs a digit before it, so that a prefix is never cut.
_SUFFIXES = (
    re.compile(r"(?P<head>.*[0-9])(?P<suffix>_R[0-9]+)", re.DOTALL),
    re.compile(r"(?P<head>.*[0-9])(?P<suffix>\.[0-9]{3,5}|_A[0-9]{3,5})", re.DOTALL),
)
_NUMBER = re.compile(r"(?P<prefix>.*?)(?P<digits>[0-9]+)(?P<suffix>[^0-9]*)", re.DOTALL)
_PAGE = re.compile(r"\.([0-9]{3,5})(?:_R[0-9]+)?")


def check_prefix(prefix: str) -> str:
    """Return ``prefix`` if our own numbers may begin with it.

    Raises:
        BatesInvalid: for a space, another character outside letters, digits, ``-``, ``_``, or a last digit.
    """
    if not PREFIX.fullmatch(prefix) or not prefix.isascii():
        raise BatesInvalid(f"The prefix {prefix!r} cannot be used for Bates numbers.")
    return prefix


@dataclass(frozen=True, order=True)
class Bates:
    """One number: ``prefix`` + ``number`` in ``width`` digits + ``suffix`` (``.0001``, ``_R1`` or none)."""

    prefix: str
    number: int
    width: int
    suffix: str = ""

    def __post_init__(self) -> None:
        if self.number < 0 or self.width < 1:
            raise BatesInvalid(f"{self.prefix}{self.number} in {self.width} digits is not a Bates number.")
        if len(str(self.number)) > self.width:
            raise BatesOverflow(f"{self.prefix}{self.number} does not fit into {self.width} digits.")

    def __str__(self) -> str:
        return f"{self.prefix}{self.number:0{self.width}d}{self.suffix}"

    @property
    def series(self) -> tuple[str, int]:
        """Prefix and width: numbers can be counted and compared only within one series."""
        return self.prefix, self.width

    @property
    def page(self) -> int | None:
        """The page of a document-level number (``CITY00000007.0003`` gives 3), else None."""
        found = _PAGE.fullmatch(self.suffix)
        return int(found[1]) if found else None

    def add(self, count: int) -> Bates:
        """Return the number ``count`` further on, without suffix.

        Raises:
            BatesOverflow: when it needs more digits than the width; numbers never grow wider.
        """
        return Bates(self.prefix, self.number + count, self.width)

    def next(self) -> Bates:
        """Return the number after this one."""
        return self.add(1)

    def with_page(self, page: int) -> Bates:
        """Return this document-level number with the page suffix ``.0001``."""
        return Bates(self.prefix, self.number, self.width, f".{page:04d}")

    def reproduced(self, time: int) -> Bates:
        """Return this number as re-produced for the ``time``-th time (``_R1``)."""
        return Bates(self.prefix, self.number, self.width, f"{self.suffix}_R{time}")


def own(prefix: str, number: int, width: int) -> Bates:
    """Return a number of our own, by the strict rules.

    Raises:
        BatesInvalid: when the prefix, the width or the number is not usable.
        BatesOverflow: when the number does not fit.
    """
    if not 1 <= width <= MAX_WIDTH:
        raise BatesInvalid(f"A width of {width} digits is not usable; take 1 to {MAX_WIDTH}.")
    return Bates(check_prefix(prefix), number, width)


def parse(text: str) -> Bates:
    """Read a number as another vendor wrote it.

    The prefix is everything before the last run of digits, the width that run's length; known suffixes
    (page ``.0001``, attachment ``_A001``, re-production ``_R1``) are taken off first.

    Raises:
        BatesInvalid: when there is no digit in it, or it is too long for a number.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise BatesInvalid(f"{text[:40]!r}... is not a Bates number: it has {len(text)} characters.")
    head, suffix = text, ""
    for form in _SUFFIXES:
        if suffixed := form.fullmatch(head):
            head, suffix = suffixed["head"], suffixed["suffix"] + suffix
    found = _NUMBER.fullmatch(head)
    if not found:
        raise BatesInvalid(f"{text!r} is not a Bates number: it has no digits.")
    return Bates(found["prefix"], int(found["digits"]), len(found["digits"]), found["suffix"] + suffix)


@dataclass(frozen=True)
class Range:
    """Numbers ``first`` to ``last`` of one series, both ends included."""

    first: Bates
    last: Bates

    def __post_init__(self) -> None:
        if self.first.series != self.last.series:
            raise BatesInvalid(f"{self.first} and {self.last} are not of one series, so not a range.")
        if self.last.number < self.first.number:
            raise BatesInvalid(f"The range ends ({self.last}) before it begins ({self.first}).")

    def __len__(self) -> int:
        return self.last.number - self.first.number + 1

    def __iter__(self) -> Iterator[Bates]:
        return (self.first.add(step) for step in range(len(self)))

    def __contains__(self, number: Bates) -> bool:
        return number.series == self.first.series and self.first.number <= number.number <= self.last.number

    def __str__(self) -> str:
        return str(self.first) if len(self) == 1 else f"{self.first} - {self.last}"


def overlaps(ranges: Iterable[Range]) -> list[tuple[Range, Range]]:
    """Return each range that shares a number with an earlier one, after the one that reaches into it.

    One sorted sweep: the pairs name, for every range that begins inside ground already covered, the range
    that covers it farthest. All series may be mixed.
    """
    found: list[tuple[Range, Range]] = []
    reaching: Range | None = None
    for here in _sorted(ranges):
        if reaching is None or here.first.series != reaching.first.series:
            reaching = here
            continue
        if here.first.number <= reaching.last.number:
            found.append((reaching, here))
        if here.last.number > reaching.last.number:
            reaching = here
    return found


def gaps(ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges missing between the lowest and the highest number of each series."""
    found: list[Range] = []
    reached: Bates | None = None
    for here in _sorted(ranges):
        if reached is not None and here.first.series == reached.series:
            if here.first.number > reached.number + 1:
                found.append(Range(reached.add(1), here.first.add(-1)))
            if here.last.number <= reached.number:
                continue
        reached = here.last
    return found


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Return the same numbers in as few ranges as possible, in order: what a letter lists."""
    found: list[Range] = []
    for here in _sorted(ranges):
        before = found[-1] if found else None
        if before and here.first.series == before.first.series and here.first.number <= before.last.number + 1:
            if here.last.number > before.last.number:
                found[-1] = Range(before.first, here.last)
        else:
            found.append(here)
    return found


def _sorted(ranges: Iterable[Range]) -> list[Range]:
    return sorted(ranges, key=lambda one: (one.first.series, one.first.number, one.last.number))
