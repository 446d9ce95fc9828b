"""What counts are made over: which documents stand for themselves, their families, whose they are, what has no text."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from tecum.engine.schema import document, duplicate, exception, item
from tecum.matter import Matter
from tecum.model import MAIL_KINDS, Disposition, ExceptionCode

Ids = NDArray[np.int64]
UNDATED: Final = "undated"
NO_TEXT: Final = "NO_TEXT"
# Why a document has no text, the weightiest first; what none of them explains is NO_TEXT.
_REASONS: Final = (
    ExceptionCode.ENCRYPTED, ExceptionCode.CORRUPT, ExceptionCode.NOT_COLLECTED, ExceptionCode.UNREADABLE,
    ExceptionCode.CHANGED, ExceptionCode.TIMEOUT, ExceptionCode.MEMORY, ExceptionCode.CRASH, ExceptionCode.LIMIT_DEPTH,
    ExceptionCode.LIMIT_RATIO, ExceptionCode.LIMIT_COUNT, ExceptionCode.LIMIT_SIZE, ExceptionCode.UNSUPPORTED,
    ExceptionCode.EMPTY_FILE, ExceptionCode.EMPTY_TEXT,
)  # fmt: skip
# Of a document with text: some of it may be lacking or misread, so a term may be missed in it.
_PARTLY: Final = (
    ExceptionCode.TEXTLESS_PAGES, ExceptionCode.OCR_DOUBTFUL, ExceptionCode.PARTIAL, ExceptionCode.LOW_AGREEMENT,
)  # fmt: skip
REASONS: Final[dict[str, str]] = {
    NO_TEXT: "no text",
    ExceptionCode.ENCRYPTED: "encrypted",
    ExceptionCode.CORRUPT: "damaged",
    ExceptionCode.NOT_COLLECTED: "not collected",
    ExceptionCode.UNREADABLE: "could not be opened",
    ExceptionCode.CHANGED: "changed while it was read",
    ExceptionCode.TIMEOUT: "reading took too long",
    ExceptionCode.MEMORY: "reading took too much memory",
    ExceptionCode.CRASH: "reading failed",
    ExceptionCode.LIMIT_DEPTH: "nested too deep",
    ExceptionCode.LIMIT_RATIO: "expands too far",
    ExceptionCode.LIMIT_COUNT: "too many members",
    ExceptionCode.LIMIT_SIZE: "too large",
    ExceptionCode.UNSUPPORTED: "no reader for its kind",
    ExceptionCode.EMPTY_FILE: "empty file",
    ExceptionCode.EMPTY_TEXT: "scan or picture without recognised text",
}


class Scope:
    """The documents that counts are made over: suppressed duplicates stand under their primary.

    ``primary`` and ``family`` map a document id to ids; ``searchable`` documents have text that was indexed,
    the others are counted as not searched, although their names may still be hit.
    """

    def __init__(self, matter: Matter) -> None:
        with matter.read() as db:
            last = db.execute(select(func.max(document.c.id))).scalar() or 0
            self.primary = np.arange(last + 1, dtype=np.int64)
            self.family = np.zeros(last + 1, dtype=np.int64)
            text = np.zeros(last + 1, dtype=bool)
            self._opened = np.zeros(last + 1, dtype=bool)  # numbered while locked, and since then a container
            for row in db.execute(select(duplicate)):
                self.primary[row.document] = row.primary
            columns = (document.c.id, document.c.family, item.c.text_size, item.c.kind, item.c.disposition)
            for row in db.execute(select(*columns).join(item, item.c.key == document.c.item)):
                self.family[row.id] = row.family
                text[row.id] = row.text_size > 0 or row.kind in MAIL_KINDS
                self._opened[row.id] = row.disposition == Disposition.CONTAINER
        unique = self.primary == np.arange(last + 1)
        unique[0] = False
        unique &= ~self._opened
        self.unique: Ids = np.flatnonzero(unique)
        self.not_searched: Ids = np.flatnonzero(unique & ~text)

    @property
    def searchable(self) -> int:
        """Documents with searchable text."""
        return len(self.unique) - len(self.not_searched)

    def documents(self, hits: Ids) -> Ids:
        """Hit documents, each copy replaced by the document that stands for it; sorted."""
        return np.unique(self.primary[hits[~self._opened[hits]]])

    def counted(self, hits: Ids, passages: Ids) -> tuple[Ids, int]:
        """``documents`` of the hits, and their passages in all: of a document with copies those of one copy count."""
        found = self.documents(hits)
        most = np.zeros(len(self.primary), dtype=np.int64)
        np.maximum.at(most, self.primary[hits], passages)
        return found, int(most[found].sum())

    def families(self, documents: Ids) -> Ids:
        """The families of documents; sorted ids of their first documents."""
        return np.unique(self.family[documents])

    def with_families(self, documents: Ids) -> Ids:
        """Every document of the families of these documents, those without text included."""
        return self.unique[np.isin(self.family[self.unique], self.families(documents))]

    def places(self, documents: Ids) -> Ids:
        """Where these documents stand in ``unique``."""
        return np.searchsorted(self.unique, documents)


@dataclass(frozen=True)
class Facets:
    """By what the hits of a row are divided; places are those in ``Scope.unique``.

    Attributes:
        family: the number (from 0) of each document's family.
        custodians: the custodians in the order of the settings, then by name.
        held: (place, custodian's number) for every custodian who held a copy; a document may have several.
        months: "2018-01" and so on, in order; ``UNDATED`` last.
        month: the number of each document's month: that of its family's date, in the matter's zone.
        reasons: code to number of documents, of those that were not searched.
        partly: code to number of documents whose text is known to be incomplete or doubtful.
    """

    family: NDArray[np.int64]
    custodians: tuple[str, ...]
    held: tuple[Ids, NDArray[np.int64]]
    months: tuple[str, ...]
    month: NDArray[np.int64]
    reasons: dict[str, int]
    partly: dict[str, int]


def facets(matter: Matter, scope: Scope) -> Facets:
    """Read what a report divides its counts by."""
    _, family = np.unique(scope.family[scope.unique], return_inverse=True)
    last = len(scope.primary)
    owner = np.zeros(last, dtype=np.int64)
    month = np.zeros(last, dtype=np.int64)
    names: dict[str, int] = {one.key: at for at, one in enumerate(matter.settings.plan.custodians)}
    months: dict[str, int] = {}
    calendar = _Calendar(matter.settings.plan.production.time_zone)
    with matter.read() as db:
        for row in db.execute(select(document.c.id, document.c.custodian, document.c.family_date)):
            owner[row.id] = names.setdefault(row.custodian, len(names))
            month[row.id] = months.setdefault(calendar.month(row.family_date), len(months))
    every = np.arange(last, dtype=np.int64)
    kept = np.isin(scope.primary, scope.unique) & (every > 0)
    pairs = np.unique(np.stack([scope.places(scope.primary[kept]), owner[kept]], axis=1), axis=0)
    order = sorted(months)  # digits sort before the word
    rank = np.zeros(max(1, len(months)), dtype=np.int64)
    for at, name in enumerate(order):
        rank[months[name]] = at
    reasons, partly = _troubles(matter, scope)
    return Facets(
        family.astype(np.int64), tuple(names), (pairs[:, 0], pairs[:, 1]), tuple(order), rank[month[scope.unique]],
        reasons, partly,
    )  # fmt: skip


class _Calendar:
    """Months in the matter's zone; each minute is converted once."""

    def __init__(self, zone: str) -> None:
        self._zone = zoneinfo.ZoneInfo(zone or "UTC")
        self._known: dict[str, str] = {"": UNDATED}

    def month(self, moment: str) -> str:
        """The month of a moment in UTC, such as 2018-01; ``UNDATED`` without one."""
        minute = moment[:16]
        found = self._known.get(minute)
        if found is None:
            local = dt.datetime.fromisoformat(f"{minute}+00:00").astimezone(self._zone)
            found = self._known[minute] = local.strftime("%Y-%m")
        return found


def _troubles(matter: Matter, scope: Scope) -> tuple[dict[str, int], dict[str, int]]:
    """Why documents were not searched, each counted once; and of those searched, what is known to be lacking."""
    unsearched, unique = set(scope.not_searched.tolist()), set(scope.unique.tolist())
    worst: dict[int, int] = {}
    lacking: dict[str, set[int]] = {}
    wanted = [*_REASONS, *_PARTLY]
    rows: Any = (
        select(document.c.id, exception.c.code)
        .join(document, document.c.item == exception.c.item)
        .where(exception.c.code.in_(wanted))
    )
    with matter.read() as db:
        for row in db.execute(rows):
            code = ExceptionCode(row.code)
            if row.id in unsearched and code in _REASONS:
                worst[row.id] = min(worst.get(row.id, len(_REASONS)), _REASONS.index(code))
            elif code in _PARTLY and row.id in unique and row.id not in unsearched:
                lacking.setdefault(code, set()).add(row.id)
    counts: dict[str, int] = {}
    for place in range(len(_REASONS)):
        if found := sum(one == place for one in worst.values()):
            counts[str(_REASONS[place])] = found
    if rest := len(unsearched) - len(worst):
        counts[NO_TEXT] = rest
    return counts, {str(code): len(lacking[code]) for code in _PARTLY if code in lacking}
