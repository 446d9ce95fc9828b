"""Which messages of a thread need not be read, because a later one holds all that they hold.

The rule: a message is not inclusive when one later message of its thread contains every one of its segments
and every one of its attachments. The last of a branch is always inclusive. Words are compared by their letters
and digits, in one piece: what stands after them, such as a notice that a server appends, does no harm, but a
quotation that was edited contains nothing, so the original stays inclusive, which is the safe side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tecum.analysis import authors
from tecum.analysis.quoting import MOST, Segment

MESSAGE, ATTACHMENT, INFERRED, LAST = "message", "attachment", "inferred", "last"
_ENOUGH: Final = 20  # letters of a quotation that nothing but its words identifies
_TRIED: Final = 50  # later messages that are tried, latest first
_READ: Final = 4  # of these, how many texts are read again and compared letter by letter


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in its thread, in reading order.

    ``minute`` is since 1970 in UTC (None = undated), ``parent`` the place of the message that it answers (-1 =
    none), ``attachments`` hashes. ``own`` has no letters when nothing was written.
    """

    minute: int | None
    parent: int
    sender: str
    own: Segment
    quoted: tuple[Segment, ...]
    attachments: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons`` why it is inclusive, else empty; then ``inside`` is the place of a message that contains it."""

    reasons: tuple[str, ...]
    inside: int = -1


Holds = Callable[[int, int], bool]


def judge(entries: Sequence[Entry], holds: Holds) -> list[Verdict]:
    """Judge every message of one thread; ``entries`` are in reading order, each below what it answers.

    ``holds(other, place)`` reads two texts again and tells whether the quotations of the one hold all
    segments of the other, letter by letter; it is asked only where the first letters agree.
    """
    return _Thread(entries, holds).judge()


class _Thread:
    def __init__(self, entries: Sequence[Entry], holds: Holds) -> None:
        self._entries = entries
        self._holds = holds
        self._end = _ends(entries)
        self._age = _ages(entries)
        self._words: list[dict[str, list[Segment]]] = [{} for _ in entries]
        self._quoting: dict[str, list[int]] = defaultdict(list)  # by hash, tail and start, oldest first
        self._holding: dict[str, list[int]] = defaultdict(list)  # by attachment
        for place in sorted(range(len(entries)), key=self._age.__getitem__):
            words = self._words[place]
            for one in entries[place].quoted:
                for key in {one.hash, one.tail, one.start} - {""}:
                    words.setdefault(key, []).append(one)
            for key in words:
                self._quoting[key].append(place)
            for held in entries[place].attachments:
                self._holding[held].append(place)

    def judge(self) -> list[Verdict]:
        verdicts = [self._verdict(place) for place in range(len(self._entries))]
        # What contains the container contains the contained; the oldest are contained last, so go backwards.
        for place in sorted(range(len(verdicts)), key=self._age.__getitem__, reverse=True):
            inside = verdicts[place].inside
            if inside >= 0 and verdicts[inside].inside >= 0:
                verdicts[place] = Verdict((), verdicts[inside].inside)
        return verdicts

    def _verdict(self, place: int) -> Verdict:
        entry = self._entries[place]
        said, inside = False, -1
        for other in self._saying(place):
            said = True
            if entry.attachments <= self._entries[other].attachments:
                inside = other
                break
        if self._end[place] == place + 1:
            return Verdict((MESSAGE,) if inside < 0 else (LAST,))
        if inside >= 0:
            return Verdict((), inside)
        reasons = []
        if not said:
            reasons.append(INFERRED if self._is_headed(place) else MESSAGE)
        if any(next(self._later(place, self._holding[one]), -1) < 0 for one in entry.attachments):
            reasons.append(ATTACHMENT)
        return Verdict(tuple(reasons) or (MESSAGE,))  # words and files are all somewhere, but not in one message

    def _saying(self, place: int) -> Iterator[int]:
        """Later messages that say all that this one says, latest first."""
        entry = self._entries[place]
        own = entry.own
        if not own.tail:  # nothing is written in it: its answers say whatever there is
            yield from range(self._end[place] - 1, place, -1)
            return
        keys = (own.tail, own.hash or entry.quoted[0].hash, own.start)
        tried: set[int] = set()
        read = 0
        for key in keys:
            for other in islice(self._later(place, self._quoting.get(key, [])), _TRIED):
                if other in tried:
                    continue
                tried.add(other)
                if self._quotes(other, entry):
                    yield other
                elif own.start in self._words[other] and read < _READ and self._is_of(other, own.start, entry):
                    read += 1
                    if self._holds(other, place):
                        yield other

    def _quotes(self, other: int, entry: Entry) -> bool:
        """Whether a message quotes all segments of another, going by their hashes."""
        own = entry.own
        if self._is_of(other, own.tail, entry):
            return True
        if len(entry.quoted) >= MOST:
            return False
        words = self._words[other]
        return (not own.letters or self._is_of(other, own.hash, entry)) and all(
            any(authors.agree(one.author, segment.author) is not False for one in words.get(segment.hash, ()))
            for segment in entry.quoted
        )

    def _is_of(self, other: int, key: str, entry: Entry) -> bool:
        """Whether a quotation with this key is of a message: sender and time must not speak against it."""
        for quotation in self._words[other].get(key, ()):
            author, timed = _signs(quotation, entry) if entry.own.letters else (None, None)
            if author is False or timed is False:
                continue
            if quotation.letters >= _ENOUGH or author or timed:
                return True
        return False

    def _is_headed(self, place: int) -> bool:
        """Whether an answer quotes this message by sender and time, in other words."""
        entry = self._entries[place]
        for below in range(place + 1, min(self._end[place], place + 1 + _TRIED)):
            for quotation in self._entries[below].quoted:
                author, timed = _signs(quotation, entry)
                if author and timed:
                    return True
        return False

    def _later(self, place: int, places: Sequence[int]) -> Iterator[int]:
        """Those of ``places`` that were sent after a message or stand below it, latest first."""
        age = self._age[place]
        for other in reversed(places):
            if self._age[other] <= age:
                return
            if self._age[other][0] > age[0] or place < other < self._end[place]:
                yield other


def _signs(quotation: Segment, entry: Entry) -> tuple[bool | None, bool | None]:
    """Whether author and time of a quotation are those of a message; None where it does not tell."""
    author = authors.agree(quotation.author, entry.sender)
    if not quotation.moment or entry.minute is None:
        return author, None
    return author, quotation.moment.may_be(entry.minute)


def _ends(entries: Sequence[Entry]) -> list[int]:
    """For each message the place after the last one below it."""
    ends = list(range(1, len(entries) + 1))
    for place in range(len(entries) - 1, 0, -1):
        parent = entries[place].parent
        if parent >= 0:
            ends[parent] = max(ends[parent], ends[place])
    return ends


def _ages(entries: Sequence[Entry]) -> list[tuple[int, int]]:
    """(minute, place) of each message; one without a date, or dated before what it answers, is as old as that."""
    ages: list[tuple[int, int]] = []
    for place, entry in enumerate(entries):
        above = ages[entry.parent][0] if entry.parent >= 0 else -1
        ages.append((above if entry.minute is None else max(entry.minute, above), place))
    return ages
