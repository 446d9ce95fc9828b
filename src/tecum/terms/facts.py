"""What a query asks of the store instead of the text: each fact answered with the documents of which it is true.

A copy is asked for what it says itself and counts under the document that stands for it, as with words. Days are
those of the matter's zone.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Executable, Select, func, select, true

from tecum.engine.schema import document, duplicate, exception, item, wording
from tecum.errors import QueryInvalid
from tecum.matter import Matter
from tecum.model import CHAT_KINDS, MAIL_KINDS
from tecum.query.facts import day_range, size_range
from tecum.query.tree import Fact
from tecum.terms.scope import Ids

_GROUPS: Final = {"mail": MAIL_KINDS, "email": MAIL_KINDS, "chat": CHAT_KINDS}
_HASHES: Final = {32: item.c.md5, 64: item.c.sha256}
_COLUMN: Final = {"modified": item.c.modified}  # the file's own time, where its properties say nothing

Finder = Callable[["Facts", Connection, str], Ids]


class Facts:
    """Answers facts about the documents of a matter; give it to the index.

    A fact is answered once: however many segments and rows of a report ask, they get the same answer.

    Args:
        matter: the open matter.
    """

    def __init__(self, matter: Matter) -> None:
        self._matter = matter
        self._zone = zoneinfo.ZoneInfo(matter.settings.plan.production.time_zone or "UTC")
        self._answers: dict[Fact, Ids] = {}

    def __call__(self, fact: Fact) -> Ids:
        """The ids of the documents of which the fact is true, sorted.

        Raises:
            QueryInvalid: for a fact, or a value of one, that the store does not know.
        """
        finder = _FINDERS.get(fact.name)
        if finder is None:
            raise QueryInvalid(
                f"{fact.name}: is not known of documents yet", remedy=f"ask one of: {', '.join(sorted(_FINDERS))}"
            )
        if fact not in self._answers:
            with self._matter.read() as db:
                self._answers[fact] = finder(self, db, fact.test)
        return self._answers[fact]

    # Days

    def _date(self, db: Connection, test: str) -> Ids:
        low, high = self._moments(test)
        where: ColumnElement[bool] = document.c.date != ""
        if low:
            where &= document.c.date >= low
        if high:
            where &= document.c.date < high
        return _ids(db, select(document.c.id).where(where))

    def _moments(self, test: str) -> tuple[str, str]:
        """The first moment of a range of days and the first after it, as the store writes them; "" where open."""
        low, high = day_range(test)
        return self._midnight(low) if low else "", self._midnight(high + dt.timedelta(1)) if high else ""

    def _midnight(self, day: dt.date) -> str:
        moment = dt.datetime.combine(day, dt.time(), self._zone)
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def stated(self, db: Connection, test: str, name: str) -> Ids:
        """The documents of which the reader gave a date of this name within a range of days."""
        said = func.json_extract(item.c.fields, f"$.{name}")
        if name in _COLUMN:
            said = func.coalesce(said, _COLUMN[name])
        low, high = self._moments(test)
        within: dict[str, bool] = {}  # by the text of the date: many documents share one
        found = []
        for row in db.execute(select(document.c.id, said.label("said")).join(item, item.c.key == document.c.item)):
            text = str(row.said or "")
            if text not in within:
                moment = self._utc(text)
                within[text] = bool(moment) and low <= moment and (not high or moment < high)
            if within[text]:
                found.append(row.id)
        return np.array(sorted(found), dtype=np.int64)

    def _utc(self, text: str) -> str:
        """A stated time as the store writes its own; "" where it is none. Without a zone it is the matter's."""
        try:
            moment = dt.datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            return ""
        moment = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    # What the file is

    def _size(self, db: Connection, test: str) -> Ids:
        low, high = size_range(test)
        where: ColumnElement[bool] = item.c.size >= (low or 0)
        return _ids(db, _joined().where(where if high is None else where & (item.c.size <= high)))

    def _kind(self, db: Connection, test: str) -> Ids:
        return _ids(db, _joined().where(item.c.kind.in_(_GROUPS.get(test, {test}))))

    def _hash(self, db: Connection, test: str) -> Ids:
        if len(test) not in _HASHES:
            raise QueryInvalid("SHA-1 is not recorded of documents", remedy="ask for the SHA-256 or the MD5")
        return _ids(db, _joined().where(_HASHES[len(test)] == test))

    def _language(self, db: Connection, test: str) -> Ids:
        """A main language, or one of which a good part of the text is."""
        other = func.json_extract(wording.c.others, f'$."{test}"').is_not(None)
        joined = _joined().join(wording, wording.c.body_hash == item.c.body_hash)
        return _ids(db, joined.where((wording.c.language == test) | other))

    # Which document it is

    def _control(self, db: Connection, test: str) -> Ids:
        return self._known(test, _ids(db, select(document.c.id).where(document.c.control == test)))

    def _family(self, db: Connection, test: str) -> Ids:
        of = select(document.c.family).where(document.c.control == test)
        return self._known(test, _ids(db, select(document.c.id).where(document.c.family.in_(of))))

    def _known(self, control: str, found: Ids) -> Ids:
        if not len(found):
            raise QueryInvalid(f"there is no document {control}", remedy="name a control number of this matter")
        return found

    # What it has

    def _has(self, db: Connection, test: str) -> Ids:
        return _ids(db, _HAS[test]())


def _ids(db: Connection, statement: Executable) -> Ids:
    return np.unique(np.fromiter(db.execute(statement).scalars(), dtype=np.int64))


def _joined() -> Select[Any]:
    return select(document.c.id).join(item, item.c.key == document.c.item)


def _said(name: str) -> ColumnElement[Any]:
    """What the reader said under a name, as text; lists as JSON."""
    return func.coalesce(func.json_extract(item.c.fields, f"$.{name}"), "")


def _below(where: ColumnElement[bool]) -> Select[Any]:
    """The documents that have one of these directly below them."""
    return select(document.c.parent).join(item, item.c.key == document.c.item).where(document.c.parent > 0, where)


def _stated(name: str) -> Finder:
    def find(facts: Facts, db: Connection, test: str) -> Ids:
        return facts.stated(db, test, name)

    return find


_HAS: Final[dict[str, Callable[[], Executable]]] = {
    "attachment": lambda: _joined().where(
        item.c.kind.in_(MAIL_KINDS | CHAT_KINDS), document.c.id.in_(_below(item.c.inline == 0))
    ),
    "children": lambda: _below(true()),
    "comments": lambda: _joined().where(_said("hidden").like('%"comments"%')),
    "duplicates": lambda: select(duplicate.c.document).union(select(duplicate.c.primary)),
    "exception": lambda: select(document.c.id).join(exception, exception.c.item == document.c.item),
    "hidden": lambda: _joined().where(_said("hidden") != ""),
    "redaction": lambda: _joined().where(func.lower(_said("redacted")).in_(("y", "yes", "true", "1"))),
    "text": lambda: _joined().where((item.c.text_size > 0) | item.c.kind.in_(MAIL_KINDS)),
}
_FINDERS: Final[dict[str, Finder]] = {
    "date": Facts._date,
    "size": Facts._size,
    "kind": Facts._kind,
    "hash": Facts._hash,
    "language": Facts._language,
    "control": Facts._control,
    "family": Facts._family,
    "has": Facts._has,
    **{name: _stated(name) for name in ("sent", "received", "modified", "created")},
}
