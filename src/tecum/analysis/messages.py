"""Read back what ``study`` kept of each mail, page by page."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import select

from tecum.analysis import moments, quoting
from tecum.analysis.mails import Head, Words
from tecum.engine.schema import content, document, message
from tecum.matter import Matter

_PAGE: Final = 2000
_AT_ONCE: Final = 500  # documents asked for in one statement


def heads(matter: Matter) -> Iterator[Head]:
    """What the headers of all mails say, in order of document."""
    columns = (
        document.c.level, document.c.date, content.c.hash, message.c.message_id, message.c.ancestors,
        message.c.conversation, message.c.place, message.c.subject, message.c.reply,
    )  # fmt: skip
    for row in _pages(matter, *columns):
        yield Head(
            row.document,
            row.level,
            row.hash,
            moments.minute_of(row.date),
            row.message_id,
            tuple(json.loads(row.ancestors)),
            row.conversation,
            row.place,
            row.subject,
            bool(row.reply),
        )


def words(matter: Matter) -> Iterator[Words]:
    """What all mails say and quote, in order of document."""
    columns = (message.c.sender, message.c.people, message.c.segments, message.c.own, message.c.quoted)
    return map(_as_words, _pages(matter, *columns))


def words_of(matter: Matter, ids: list[int]) -> Mapping[int, Words]:
    """What these documents say and quote."""
    columns = (message.c.sender, message.c.people, message.c.segments, message.c.own, message.c.quoted)
    found: dict[int, Words] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = select(message.c.document, *columns).where(message.c.document.in_(ids[start : start + _AT_ONCE]))
        with matter.read() as db:
            found |= {row.document: _as_words(row) for row in db.execute(some)}
    return found


def _as_words(row: Any) -> Words:
    own, *quoted = quoting.unpacked(row.segments)
    return Words(
        row.document,
        row.sender,
        frozenset(json.loads(row.people)),
        own,
        tuple(quoted),
        _prints(row.own),
        _prints(row.quoted),
    )


def _prints(data: bytes) -> array[int]:
    numbers = array("I", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _pages(matter: Matter, *columns: Any) -> Iterator[Any]:
    statement = (
        select(message.c.document, *columns)
        .join(document, document.c.id == message.c.document)
        .join(content, content.c.document == message.c.document)
        .order_by(message.c.document)
        .limit(_PAGE)
    )
    at = 0
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(message.c.document > at)))
        if not page:
            return
        yield from page
        at = page[-1].document
