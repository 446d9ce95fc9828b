"""Tie mails whose headers do not tell what they answer to the messages that they quote.

A message may be quoted whole; or by its heading, author and minute, though in other words; or in part, found
by fingerprints; or it is quoted by several and is not here itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tecum.analysis import authors
from tecum.analysis.forest import Tie
from tecum.analysis.mails import Linked, Mail, Words
from tecum.analysis.quoting import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUOTED: Final = "quoted"
HEADING: Final = "quoted heading"
PART: Final = "part quoted"
_ENOUGH_LETTERS: Final = 30  # of a quotation that needs no other sign
_FEW_LETTERS: Final = 8  # of a quotation whose author or time agrees
_MISSING_LETTERS: Final = 60  # of a quotation by which two mails are put together whose original is not here
_PRINTS: Final = 3  # fingerprints that a part of a message must leave in what quotes it
_PRINTS_ALONE: Final = 6  # and when the subject is another
_COMMON: Final = 4  # a fingerprint in more messages than this is a form of words, and says nothing
_LOOK_BACK: Final = 8  # messages of the same words that are looked at, latest first
_QUARTERS: Final = range(-14 * 4, 14 * 4 + 1)  # zones from UTC, in quarters of an hour


def tie(linked: Linked, words: Callable[[], Iterator[Words]]) -> None:
    """Tie what quotes; ``words`` gives the words of all mails, and is called twice."""
    _Quotations(linked, words).tie()


@dataclass(slots=True)
class _Asking:
    """A mail whose answered message is not known, with what it quotes."""

    mail: Mail
    words: Words


@dataclass(slots=True)
class _Known:
    """A mail that somebody may be quoting."""

    mail: Mail
    sender: str


class _Quotations:
    """Ties mails to what they quote: a whole message, its heading, or a part of it."""

    def __init__(self, linked: Linked, words: Callable[[], Iterator[Words]]) -> None:
        self._linked = linked
        self._forest = linked.forest
        self._words = words
        self._whole: dict[str, list[_Known]] = {}  # by hash of the own words
        self._by_minute: dict[int, list[_Known]] = {}
        self._prints: dict[int, list[_Known]] = defaultdict(list)  # those that are asked for and known

    def tie(self) -> None:
        """Go through the mails that nothing explains, in order."""
        asking = self._asking()
        if not asking:
            return
        self._look_up(asking)
        left = [one for one in asking if not (self._by_whole(one) or self._by_heading(one) or self._by_part(one))]
        self._by_missing(left)

    def _asking(self) -> list[_Asking]:
        found = []
        for words in self._words():
            mail = self._linked.by_document[words.document]
            if mail.document != words.document or not words.quotations:
                continue
            if self._forest.answered(mail.node)[0] < 0:
                found.append(_Asking(mail, replace(words, own=())))
        return sorted(found, key=lambda one: one.mail.order)

    def _look_up(self, asking: list[_Asking]) -> None:
        """Find who says what is quoted, in one pass over the words of all mails."""
        self._whole = {q.hash: [] for one in asking for q in one.words.quotations}
        wanted = _every_print(asking)
        self._by_minute = {
            minute + 15 * shift: []
            for one in asking
            for q in one.words.quotations
            if q.author
            for minute in q.moment.minutes
            for shift in ((0,) if q.moment.exact else _QUARTERS)
        }
        for words in self._words():
            mail = self._linked.by_document[words.document]
            if mail.document != words.document:
                continue
            known = _Known(mail, words.sender)
            if words.segment.hash in self._whole:
                self._whole[words.segment.hash].append(known)
            if mail.minute in self._by_minute:
                self._by_minute[mail.minute].append(known)
            for number in _common(wanted, words.own):
                if len(self._prints[number]) <= _COMMON:
                    self._prints[number].append(known)
        for table in (self._whole, self._by_minute):
            for some in table.values():
                some.sort(key=lambda one: one.mail.order)
        for some in self._prints.values():
            if len(some) > _COMMON:
                some.clear()
                self._linked.common += 1

    def _by_whole(self, asking: _Asking) -> bool:
        """The latest of the messages that it quotes whole."""
        found = [
            (known.mail, q)
            for q in asking.words.quotations
            for known in self._before(self._whole[q.hash], asking.mail)
            if self._is_quoted(q, known)
        ]
        return self._join_latest(asking, found, QUOTED)

    def _is_quoted(self, q: Segment, known: _Known) -> bool:
        author = authors.agree(q.author, known.sender)
        timed = q.moment.may_be(known.mail.minute) if q.moment and known.mail.minute is not None else None
        if author is False or timed is False:
            return False
        return q.letters >= _ENOUGH_LETTERS or ((author or timed) is True and q.letters >= _FEW_LETTERS)

    def _by_heading(self, asking: _Asking) -> bool:
        """The latest of the messages of which it quotes author and minute, though in other words."""
        found = []
        for q in asking.words.quotations:
            if not q.author or not q.moment:
                continue
            shifts = (0,) if q.moment.exact else _QUARTERS
            for minute in {one + 15 * shift for one in q.moment.minutes for shift in shifts}:
                for known in self._by_minute.get(minute, ())[-_LOOK_BACK:]:
                    if known.mail.order < asking.mail.order and authors.agree(q.author, known.sender):
                        found.append((known.mail, q))
        if asking.mail.subject:
            found = [one for one in found if one[0].subject == asking.mail.subject] or found
        return self._join_latest(asking, found, HEADING)

    def _join_latest(self, asking: _Asking, found: list[tuple[Mail, Segment]], kind: str) -> bool:
        if not found:
            return False
        mail, q = max(found, key=lambda one: one[0].order)
        return self._forest.join(asking.mail.node, mail.node, Tie(kind, q.hash))

    def _by_part(self, asking: _Asking) -> bool:
        """The message that shares most fingerprints with what is quoted; of equals the latest.

        Under another subject only fingerprints count that no third message has: signatures and advertisements
        of lists are quoted as well.
        """
        shared: Counter[int] = Counter()
        for number in asking.words.quoted:
            holders = self._prints.get(number, [])
            for known in holders:
                if known.mail.order < asking.mail.order and (
                    len(holders) == 1 or known.mail.subject == asking.mail.subject
                ):
                    shared[known.mail.node] += 1
        if not shared:
            return False
        count, node = max((count, node) for node, count in shared.items())
        same = self._linked.mails[node].subject == asking.mail.subject
        if count < (min(_PRINTS, len(asking.words.quoted)) if same else _PRINTS_ALONE):
            return False
        return self._forest.join(asking.mail.node, node, Tie(PART, f"{count} fingerprints"))

    def _by_missing(self, left: list[_Asking]) -> None:
        """Mails that quote the same message, which is not here, belong together."""
        originals: dict[str, int] = {}
        for one in left:
            for q in one.words.quotations:
                if q.letters < _MISSING_LETTERS:
                    continue
                if q.hash not in originals:
                    originals[q.hash] = one.mail.node
                    continue
                self._forest.beside(one.mail.node, originals[q.hash], Tie(QUOTED, f"{q.hash}, not here"))

    def _before(self, known: list[_Known], mail: Mail) -> list[_Known]:
        """The latest few of those that came before a mail."""
        end = bisect_left(known, mail.order, key=lambda one: one.mail.order)
        return known[max(0, end - _LOOK_BACK) : end]


def _every_print(asking: list[_Asking]) -> NDArray[np.uint32]:
    """The sorted set of all fingerprints that are quoted: four bytes for each, however many mails quote."""
    import numpy as np

    quoted = [np.array(one.words.quoted, np.uint32) for one in asking]
    return np.unique(np.concatenate(quoted))


def _common(wanted: NDArray[np.uint32], own: Sequence[int]) -> list[int]:
    """Those of a mail's own fingerprints that are wanted."""
    import numpy as np

    numbers = np.array(own, np.uint32)
    places = np.searchsorted(wanted, numbers)
    places[places == len(wanted)] = 0
    found: list[int] = numbers[wanted[places] == numbers].tolist() if len(wanted) else []
    return found
