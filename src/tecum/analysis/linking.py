"""Put mails into threads: by header, by Exchange's index, by what they quote, and by subject with another sign.

The layers come in that order; a later one speaks only for mails that the earlier ones left without the message
they answer. Everything is decided in the order of (date, content), never of document numbers, so that the same
mails make the same threads in whatever order they came. What is held in memory is small for each mail; words
are held only for mails that nothing above them explains, and of the others only what those ask for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from tecum.analysis import likeness, quotations
from tecum.analysis.forest import Forest, Tie
from tecum.analysis.mails import Head, Linked, Mail, Words, collapsed

HEADER: Final = "header"
SAME_ID: Final = "same id"
INDEX: Final = "index"


def link(
    heads: Iterable[Head],
    words: Callable[[], Iterator[Words]],
    some: Callable[[list[int]], Mapping[int, Words]],
) -> Linked:
    """Make the forest of these mails.

    ``words`` gives the words of all mails, as often as it is called; ``some`` those of a few documents.
    """
    mails = sorted(collapsed(heads), key=lambda mail: mail.order)
    forest = Forest()
    for mail in mails:
        mail.node = forest.add(present=True)
    linked = Linked(mails, forest, by_document={number: mail for mail in mails for _, number in mail.documents})
    _by_header(mails, forest)
    _by_index(mails, forest)
    for mail in mails:
        mail.ancestors, mail.ids = (), set()
    likeness.tie_twins(linked, some)
    quotations.tie(linked, words)
    likeness.tie_subjects(linked, some)
    return linked


# -- headers ---------------------------------------------------------------------------------------------


def _by_header(mails: list[Mail], forest: Forest) -> None:
    at: dict[str, int] = {}
    twins: list[tuple[Mail, int, str]] = []
    for mail in mails:
        for one in sorted(mail.ids):
            if at.setdefault(one, mail.node) != mail.node:
                twins.append((mail, at[one], one))
    for mail in mails:  # its own header first: what others say of the chain comes after
        chain = [one for one in mail.ancestors if one not in mail.ids]
        if chain:
            _hang(forest, mail.node, _node(at, forest, chain[-1]), chain[-1])
    for mail in mails:
        chain = [one for one in mail.ancestors if one not in mail.ids]
        for above, below in pairwise(chain):
            _hang(forest, _node(at, forest, below), _node(at, forest, above), above)
    for mail, first, one in twins:
        # One Message-ID on two different mails: another conversion of one mail, or a program that repeats ids.
        if mail.subject == mails[first].subject:
            forest.join(mail.node, first, Tie(SAME_ID, one))


def _node(at: dict[str, int], forest: Forest, message_id: str) -> int:
    if message_id not in at:
        at[message_id] = forest.add(present=False)
    return at[message_id]


def _hang(forest: Forest, child: int, below: int, message_id: str) -> None:
    """Hang it below; where headers contradict each other, keep at least what they name in one thread."""
    tie = Tie(HEADER, message_id)
    if not forest.hang(child, below, tie):
        forest.beside(child, below, tie)


# -- Exchange's index ------------------------------------------------------------------------------------


def _by_index(mails: list[Mail], forest: Forest) -> None:
    """Same GUID, same conversation; the longest prefix that is here is what a message answers."""
    groups: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        if mail.conversation:
            groups[mail.conversation].append(mail)
    for guid, group in groups.items():
        anchor = -1
        at: dict[str, int] = {}
        for mail in sorted(group, key=lambda one: (len(one.place), one.order)):
            above = next((at[p] for p in _prefixes(mail.place) if p in at), -1)
            at.setdefault(mail.place, mail.node)
            if above >= 0 and forest.top(mail.node) == mail.node:
                forest.hang(mail.node, above, Tie(INDEX, guid))
            if anchor < 0:
                anchor = mail.node
            forest.beside(mail.node, anchor, Tie(INDEX, guid))


def _prefixes(place: str) -> Iterator[str]:
    """The places above, nearest first, and itself: a second message of the same place goes below the first."""
    yield from (place[:end] for end in range(len(place), -1, -10))
