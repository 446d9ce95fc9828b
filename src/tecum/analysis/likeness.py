"""Tie mails that are alike: the same mail in another form, and the same subject where something else agrees."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from tecum.analysis import authors
from tecum.analysis.forest import Tie
from tecum.analysis.mails import Linked, Mail, Words

TWIN: Final = "same mail"
SUBJECT: Final = "subject"
_LOOK_BACK: Final = 8  # mails of the same subject that are looked at, latest first
_DAYS: Final = 30  # within which the same subject counts
_FEW_DAYS: Final = 3  # within which another sender under the same subject counts, where recipients are unknown
_SEVERAL_WORDS: Final = 3  # of such a subject
_SHORT_SUBJECT: Final = 4  # letters below which a subject says nothing
_AT_ONCE: Final = 500  # mails whose words are asked for at a time


def tie_twins(linked: Linked, some: Callable[[list[int]], Mapping[int, Words]]) -> None:
    """Sender, minute and subject are the same and most of the words: one mail, converted or passed on twice."""
    groups: dict[tuple[int, str], list[Mail]] = defaultdict(list)
    for mail in linked.mails:
        if mail.minute is not None and mail.subject:
            groups[mail.minute, mail.subject].append(mail)
    twins = [group for group in groups.values() if len(group) > 1]
    for start in range(0, len(twins), _AT_ONCE):
        page = twins[start : start + _AT_ONCE]
        words = some(sorted({mail.document for group in page for mail in group}))
        for group in page:
            for n, mail in enumerate(group):
                for one in group[max(0, n - _LOOK_BACK) : n]:
                    if _is_twin(words[mail.document], words[one.document]):
                        linked.forest.join(mail.node, one.node, Tie(TWIN, f"as document {one.document}"))
                        break


def _is_twin(one: Words, other: Words) -> bool:
    if authors.agree(one.sender, other.sender) is False:
        return False
    if one.segment.hash == other.segment.hash:
        return True
    common = len(set(one.own) & set(other.own))
    return 2 * common >= min(len(one.own), len(other.own)) > 0


def tie_subjects(linked: Linked, some: Callable[[list[int]], Mapping[int, Words]]) -> None:
    """A reply that nothing explains joins an earlier mail of its subject, when something else speaks for it too.

    It is a reply by its prefix, or because it quotes; then a correspondent of both is enough. Archives of lists
    drop prefixes and recipients: there it is enough that it quotes, or that another person wrote under the same
    subject of several words within a few days.
    """
    forest = linked.forest
    same: dict[str, list[Mail]] = defaultdict(list)
    for mail in linked.mails:
        if mail.minute is not None and len(mail.subject) >= _SHORT_SUBJECT:
            same[mail.subject].append(mail)
    asking = [
        mail
        for mail in linked.mails
        if mail.minute is not None and len(same.get(mail.subject, ())) > 1
        if same[mail.subject][0] is not mail and forest.answered(mail.node)[0] < 0
    ]
    for start in range(0, len(asking), _AT_ONCE):
        page = asking[start : start + _AT_ONCE]
        earlier = {mail.node: _earlier(same[mail.subject], mail) for mail in page}
        words = some(sorted({one.document for mail in page for one in (mail, *earlier[mail.node])}))
        for mail in page:
            for one in earlier[mail.node]:
                sign = _sign(mail, one, words[mail.document], words[one.document])
                if sign and not forest.together(mail.node, one.node):
                    forest.join(mail.node, forest.top(one.node), Tie(SUBJECT, f"{mail.subject[:80]}; {sign}"))
                    break


def _sign(mail: Mail, earlier: Mail, ours: Words, theirs: Words) -> str:
    """What besides the subject speaks for one thread; "" when nothing does."""
    shared = ours.people & theirs.people
    answers = mail.reply or bool(ours.quotations)
    if answers and shared:
        return min(shared)
    if len(ours.people) > 1 and len(theirs.people) > 1:
        return ""
    if ours.quotations:
        return "it quotes, and no recipient is known"
    days = ((mail.minute or 0) - (earlier.minute or 0)) // 1440
    if not shared and days < _FEW_DAYS and len(mail.subject.split()) >= _SEVERAL_WORDS:
        return "another sender within days, and no recipient is known"
    return ""


def _earlier(same: list[Mail], mail: Mail) -> list[Mail]:
    """The latest few mails of a subject before this one, within the days that count, latest first."""
    end = bisect_left(same, mail.order, key=lambda one: one.order)
    found = same[max(0, end - _LOOK_BACK) : end]
    return [one for one in reversed(found) if (mail.minute or 0) - (one.minute or 0) <= _DAYS * 1440]
