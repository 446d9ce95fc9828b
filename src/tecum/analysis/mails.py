"""The mails of a matter as threads see them: what their headers say, what they say, and which are one mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tecum.analysis.forest import Forest
from tecum.analysis.quoting import Segment

_LATE: Final = 1 << 40  # minute of an undated mail, in ordering only


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a mail without its words. ``minute`` is since 1970 in UTC, None when it is undated."""

    document: int
    level: int
    content: str  # tecum-mail-1: mails of the same content are one
    minute: int | None
    message_id: str
    ancestors: tuple[str, ...]  # oldest first
    conversation: str
    place: str
    subject: str
    reply: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says and quotes. ``own`` and ``quoted`` are fingerprints."""

    document: int
    sender: str
    people: frozenset[str]
    segment: Segment
    quotations: tuple[Segment, ...]
    own: Sequence[int]
    quoted: Sequence[int]


@dataclass(slots=True)
class Mail:
    """One mail with all documents that are it: ``documents`` are (level, id), the least of which stands for it."""

    content: str
    minute: int | None
    documents: list[tuple[int, int]]
    ids: set[str]
    ancestors: tuple[str, ...]
    conversation: str
    place: str
    subject: str
    reply: bool
    node: int = -1

    @property
    def document(self) -> int:
        """The document that stands for the mail."""
        return min(self.documents)[1]

    @property
    def order(self) -> tuple[int, str]:
        """Its place among all mails."""
        return (_LATE if self.minute is None else self.minute), self.content


@dataclass
class Linked:
    """The outcome: ``mails`` in order, each one's node in ``forest`` its index; ``common`` counts forms of words."""

    mails: list[Mail]
    forest: Forest
    common: int = 0
    by_document: dict[int, Mail] = field(default_factory=dict)


def collapsed(heads: Iterable[Head]) -> Iterable[Mail]:
    """Mails of the same content as one; of their headers the one that tells most is taken."""
    found: dict[str, Mail] = {}
    for head in heads:
        mail = found.get(head.content)
        if mail is None:
            mail = found[head.content] = Mail(
                head.content, head.minute, [], set(), (), "", "", head.subject, head.reply
            )
        mail.documents.append((head.level, head.document))
        if head.message_id:
            mail.ids.add(head.message_id)
        mail.ancestors = max(mail.ancestors, head.ancestors, key=lambda ids: (len(ids), ids))
        mail.conversation, mail.place = max((mail.conversation, mail.place), (head.conversation, head.place))
    return found.values()
