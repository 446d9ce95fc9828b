"""Threads of mail: which messages belong together, who answers whom and how that is known, what need not be read.

All threads are formed anew whenever mail was added, from what ``study`` kept, and what changed is written: a
message that comes late may join two threads. A thread is named by its lowest document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from tecum.analysis import inclusive, messages, quoting, shingles
from tecum.analysis.inclusive import Entry
from tecum.analysis.linking import link
from tecum.analysis.mails import Linked, Mail
from tecum.engine.schema import content, document, item, job, message, thread
from tecum.engine.store import forget_done, mark_done, put_rows
from tecum.matter import Matter
from tecum.progress import Progress, silent
from tecum.tables import Table

STAGE: Final = "thread"
VERSION: Final = "1"
COLUMNS: Final = (
    "thread", "position", "depth", "control", "answers", "evidence", "detail", "inclusive", "reasons",
    "contained_in", "spare_of", "custodian", "date", "from", "subject",
)  # fmt: skip
_PAGE: Final = 2000
_BATCH: Final = 1000
_TEXTS: Final = 16  # texts that are held while threads are judged
_KEPT: Final = 500  # messages whose words are read at a time, of as many threads as have no more


@dataclass(frozen=True)
class Outcome:
    """Counts over all mail: threads, messages (spares left out), of these not inclusive, and spares."""

    threads: int
    messages: int
    contained: int
    spares: int


def run(matter: Matter, progress: Progress = silent) -> Outcome:
    """Form the threads, unless nothing was added since; return the counts."""
    with matter.read() as db:
        mails = db.execute(select(func.count(), func.max(message.c.document)).select_from(message)).one()
        formed = db.execute(select(job.c.version).where(job.c.stage == STAGE)).scalar()
    state = f"{VERSION}, {mails[0]} mails to {mails[1]}"
    if formed != state:
        _form(matter, state, progress)
    with matter.read() as db:
        return counts(db)


def forget(db: Connection) -> None:
    """Let threads be formed again, in the caller's transaction."""
    db.execute(delete(thread))
    forget_done(db, STAGE)


def counts(db: Connection) -> Outcome:
    """Count threads and messages."""
    messages = func.count().filter(thread.c.spare_of == 0)
    row = db.execute(
        select(
            func.count(thread.c.thread.distinct()),
            messages,
            func.count().filter(thread.c.spare_of == 0, thread.c.inclusive == 0),
            func.count().filter(thread.c.spare_of != 0),
        )
    ).one()
    return Outcome(*row)


def listing(matter: Matter) -> Table:
    """Every mail, thread by thread in reading order: each answer below what it answers, spares after the mail."""

    def rows() -> Iterator[tuple[Any, ...]]:
        named, answered, inside, spare = (document.alias() for _ in range(4))
        statement = (
            select(
                thread.c.thread.label("of"), thread.c.position.label("place"),
                named.c.control, thread.c.position, thread.c.depth, document.c.control, answered.c.control,
                thread.c.evidence, thread.c.detail, thread.c.inclusive, thread.c.reasons, inside.c.control,
                spare.c.control, document.c.custodian, document.c.date, item.c.fields,
            )
            .join(document, document.c.id == thread.c.document)
            .join(item, item.c.key == document.c.item)
            .join(named, named.c.id == thread.c.thread)
            .outerjoin(answered, answered.c.id == thread.c.parent)
            .outerjoin(inside, inside.c.id == thread.c.contained_in)
            .outerjoin(spare, spare.c.id == thread.c.spare_of)
            .order_by(thread.c.thread, thread.c.position)
            .limit(_PAGE)
        )  # fmt: skip
        at = (0, -1)
        while True:
            after = (thread.c.thread > at[0]) | ((thread.c.thread == at[0]) & (thread.c.position > at[1]))
            with matter.read() as db:
                page = list(db.execute(statement.where(after)))
            if not page:
                return
            yield from map(_shown, page)
            at = (page[-1].of, page[-1].place)

    return Table(COLUMNS, rows)


def _shown(row: Any) -> tuple[Any, ...]:
    values = list(row)[2:-1]
    said = json.loads(row.fields)
    for n in (4, 9, 10):
        values[n] = values[n] or ""
    values[7], values[8] = bool(values[7]), json.loads(values[8])
    return (*values, str(said.get("from", "")), str(said.get("subject", "")))


# -- forming ---------------------------------------------------------------------------------------------


def _form(matter: Matter, state: str, progress: Progress) -> None:
    linked = link(messages.heads(matter), lambda: messages.words(matter), lambda ids: messages.words_of(matter, ids))
    with matter.read() as db:
        held = {row.document: tuple(row) for row in db.execute(select(thread))}
    wanted: set[int] = set()
    changed = 0
    batch: list[dict[str, Any]] = []
    for row in _rows(matter, linked):
        wanted.add(row["document"])
        if held.get(row["document"]) != tuple(row.values()):
            batch.append(row)
        if len(batch) >= _BATCH:
            changed += _enter(matter, batch)
            progress("threads", len(wanted), len(linked.by_document))
    changed += _enter(matter, batch)
    gone = sorted(held.keys() - wanted)
    for start in range(0, len(gone), _BATCH):
        with matter.write() as db:
            db.execute(delete(thread).where(thread.c.document.in_(gone[start : start + _BATCH])))
    with matter.write() as db:
        mark_done(db, STAGE, state, ["mail"])
        body: dict[str, object] = {"mails": len(wanted), "changed": changed, "common fingerprints": linked.common}
        matter.act(db, "thread", "mail", body)


def _enter(matter: Matter, batch: list[dict[str, Any]]) -> int:
    count = len(batch)
    if batch:
        with matter.write() as db:
            db.execute(delete(thread).where(thread.c.document.in_([row["document"] for row in batch])))
            put_rows(db, thread, batch)
    batch.clear()
    return count


# -- rows ------------------------------------------------------------------------------------------------


def _rows(matter: Matter, linked: Linked) -> Iterator[dict[str, Any]]:
    """Rows of ``thread``, one thread after the other; the columns are in the table's order."""
    for trees in _some_trees(linked):
        known = _Known(matter, [one.document for mails in trees if len(mails) > 1 for one in mails])
        for mails in trees:
            yield from _thread_rows(linked, mails, known)


def _some_trees(linked: Linked) -> Iterator[list[list[Mail]]]:
    """Threads by the few, until together they have as many messages as are read at a time."""
    some: list[list[Mail]] = []
    size = 0
    for _, nodes in linked.forest.trees():
        some.append([linked.mails[node] for node in nodes])
        size += len(nodes)
        if size >= _KEPT:
            yield some
            some, size = [], 0
    yield some


def _thread_rows(linked: Linked, mails: list[Mail], known: _Known) -> Iterator[dict[str, Any]]:
    above = {mail.node: linked.forest.answered(mail.node) for mail in mails}
    order = _reading_order(mails, {node: parent for node, (parent, _) in above.items()})
    verdicts = known.verdicts(order)
    name = min(number for mail in mails for _, number in mail.documents)
    position = 0
    for (mail, depth, _), verdict in zip(order, verdicts, strict=True):
        parent, ties = above[mail.node]
        inside = order[verdict.inside][0].document if verdict.inside >= 0 else 0
        for _, number in sorted(mail.documents):
            yield {
                "document": number,
                "thread": name,
                "position": position,
                "depth": depth,
                "parent": linked.mails[parent].document if parent >= 0 else 0,
                "evidence": " + ".join(dict.fromkeys(tie.kind for tie in ties)),
                "detail": "; ".join(dict.fromkeys(tie.detail for tie in ties))[:500],
                "inclusive": int(bool(verdict.reasons)),
                "reasons": json.dumps(verdict.reasons),
                "contained_in": inside,
                "spare_of": mail.document if number != mail.document else 0,
            }
            position += 1


def _reading_order(mails: list[Mail], parents: dict[int, int]) -> list[tuple[Mail, int, int]]:
    """(mail, depth, place of what it answers or -1): answers below what they answer, by date."""
    below: dict[int, list[Mail]] = {}
    for mail in mails:  # in order of date already
        below.setdefault(parents[mail.node], []).append(mail)
    found: list[tuple[Mail, int, int]] = []
    waiting = [(mail, 0, -1) for mail in reversed(below.get(-1, []))]
    while waiting:
        mail, depth, parent = waiting.pop()
        found.append((mail, depth, parent))
        waiting += [(one, depth + 1, len(found) - 1) for one in reversed(below.get(mail.node, []))]
    return found


class _Known:
    """What is known of the messages of a few threads. Texts are read when they are to be compared letter by letter."""

    def __init__(self, matter: Matter, numbers: list[int]) -> None:
        self._matter = matter
        self._numbers = numbers
        self._words = messages.words_of(matter, numbers)
        self._attached = _attachments(matter, numbers)
        self._taken: dict[int, tuple[str, list[str]]] = {}  # the last few texts, by document

    def verdicts(self, order: list[tuple[Mail, int, int]]) -> list[inclusive.Verdict]:
        """Judge the messages of one thread, given in reading order."""
        if len(order) == 1:
            return [inclusive.Verdict((inclusive.MESSAGE,))]
        entries = []
        for mail, _, parent in order:
            said = self._words[mail.document]
            files, pictures = self._attached.get(mail.document, (frozenset(), frozenset()))
            held = files if said.segment.letters else files | pictures  # a picture may be all that was sent
            entries.append(Entry(mail.minute, parent, said.sender, said.segment, said.quotations, held))
        numbers = [mail.document for mail, _, _ in order]
        return inclusive.judge(entries, lambda other, place: self._holds(numbers[other], numbers[place]))

    def _holds(self, other: int, document: int) -> bool:
        """Whether the quotations of one document hold every segment of another, each in one piece."""
        own, quoted = self._letters(document)
        _, theirs = self._letters(other)
        return all(any(one in held for held in theirs) for one in (own, *quoted) if one)

    def _letters(self, document: int) -> tuple[str, list[str]]:
        if document not in self._taken:
            if len(self._taken) >= _TEXTS:
                del self._taken[next(iter(self._taken))]
            text = self._matter.text_of(self._places[document])
            taken = quoting.parts(text[: shingles.LONGEST])
            self._taken[document] = (
                quoting.letters(taken.own_text),
                [quoting.letters(one) for one in taken.quoted_texts],
            )
        return self._taken[document]

    @cached_property
    def _places(self) -> dict[int, Any]:
        """Where the texts lie, by document."""
        return {row.id: row for row in self._matter.texts(self._numbers)}


def _attachments(matter: Matter, numbers: list[int]) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
    """Hashes of what is attached to these mails, and of the pictures shown inside them."""
    found: dict[int, tuple[set[str], set[str]]] = {}
    mail = document.alias()
    for start in range(0, len(numbers), _KEPT):
        some = (
            select(document.c.parent, item.c.inline, content.c.hash)
            .join(mail, (mail.c.family == document.c.family) & (mail.c.id == document.c.parent))
            .join(item, item.c.key == document.c.item)
            .join(content, content.c.document == document.c.id)
            .where(mail.c.id.in_(numbers[start : start + _KEPT]))
        )
        with matter.read() as db:
            for row in db.execute(some):
                found.setdefault(row.parent, (set(), set()))[row.inline].add(row.hash)
    return {number: (frozenset(files), frozenset(pictures)) for number, (files, pictures) in found.items()}
