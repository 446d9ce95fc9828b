"""Near-duplicates: documents whose text is, to at least 80 %, that of a longer one, the pivot of their group.

Texts that are equal but for signs and blanks are one text first. Digests then propose pairs: two texts are
candidates when one of 21 bands of six values agrees, which finds 99.8 % of the pairs at a similarity of .8
(1 - (1 - .8^6)^21) and more above. Each candidate is compared exactly: similarity is the share of distinct runs
of five words that both have (Jaccard). The longest text is a pivot and takes what is near to it; of the rest
the longest is the next. So every member was compared with its pivot, and no chain of small changes leads far.

Nothing depends on the order of documents: equal lengths are ordered by the hash of the text.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, func, select

from tecum.analysis import shingles, sketches
from tecum.engine.schema import document, duplicate, item, job, near, wording
from tecum.engine.store import canonical, forget_done, mark_done, put_rows
from tecum.matter import Matter
from tecum.progress import Progress, silent
from tecum.tables import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STAGE: Final = "near-duplicates"
VERSION: Final = "1"
COLUMNS: Final = ("pivot", "control", "similarity", "custodian", "path", "kind", "date")
THRESHOLD: Final = 0.8
_LEAST: Final = 10  # distinct runs of five words; a shorter text is near to too much
_BANDS: Final = 21
_ROWS: Final = 6
_ESTIMATE: Final = 0.7  # three standard errors of 128 values below the threshold
_CAP: Final = 200  # pivots that may look through one bucket
_KEPT: Final = 2_000_000  # shingles that are held (8 bytes each)
_BATCH: Final = 1000
_PAGE: Final = 2000


@dataclass(frozen=True)
class Outcome:
    """``groups`` and the ``documents`` in them.

    ``capped`` are buckets that were not looked through to the end, ``too_long`` texts that were not compared.
    """

    groups: int
    documents: int
    capped: int
    too_long: int


def run(matter: Matter, progress: Progress = silent) -> Outcome:
    """Form the groups, unless nothing changed since; return the counts."""
    with matter.read() as db:
        state = _state(db)
        formed = json.loads(db.execute(select(job.c.version).where(job.c.stage == STAGE)).scalar() or "{}")
    capped = formed["capped"] if formed.get("of") == state else _form(matter, state, progress)
    with matter.read() as db:
        groups, documents = db.execute(
            select(func.count(near.c.pivot.distinct()), func.count()).select_from(near)
        ).one()
        too_long = select(func.count()).select_from(wording).where(wording.c.shingles == sketches.TOO_LONG)
        return Outcome(groups, documents, capped, db.execute(too_long).scalar_one())


def forget(db: Connection) -> None:
    """Let groups be formed again, in the caller's transaction."""
    db.execute(delete(near))
    forget_done(db, STAGE)


def listing(matter: Matter) -> Table:
    """Every document of a group: the pivot first, then by similarity in percent. Suppressed copies are left out."""

    def rows() -> Iterator[tuple[Any, ...]]:
        pivot = document.alias()
        statement = (
            select(
                near.c.pivot.label("of"), pivot.c.control, document.c.control, near.c.similarity,
                document.c.custodian, item.c.path, item.c.kind, document.c.date,
            )
            .join(document, document.c.id == near.c.document)
            .join(pivot, pivot.c.id == near.c.pivot)
            .join(item, item.c.key == document.c.item)
            .order_by(near.c.pivot, near.c.document != near.c.pivot, near.c.similarity.desc(), document.c.id)
        )  # fmt: skip
        with matter.read() as db:
            pivots = list(db.execute(select(near.c.pivot).distinct().order_by(near.c.pivot)).scalars())
        for start in range(0, len(pivots), _PAGE):
            some = statement.where(near.c.pivot.between(pivots[start], pivots[min(start + _PAGE, len(pivots)) - 1]))
            with matter.read() as db:
                page = list(db.execute(some))
            for row in page:
                yield tuple(row)[1:]

    return Table(COLUMNS, rows)


def _state(db: Connection) -> str:
    texts = db.execute(select(func.count()).select_from(wording)).scalar_one()
    last = db.execute(select(func.max(document.c.id))).scalar() or 0
    copies = db.execute(select(func.count(), func.coalesce(func.sum(duplicate.c.document), 0))).one()
    return f"{VERSION}, {texts} texts, {last} documents, {copies[0]} duplicates ({copies[1]})"


# -- forming ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """One distinct text that has a sketch, with the documents that have it."""

    body_hash: str
    size: int  # letters are not kept: the number of shingles is the measure of length
    documents: tuple[int, ...]
    row: int  # of its digest


def _form(matter: Matter, state: str, progress: Progress) -> int:
    texts, digests = _texts(matter)
    with matter.read() as db:
        held = {row.document: tuple(row) for row in db.execute(select(near))}
    grouping = _Grouping(texts, digests, _Sets(matter))
    wanted = {row[0]: row for row in grouping.rows(_known(texts, held), progress)}
    gone = sorted(one for one in held if held[one] != wanted.get(one))
    new = [dict(zip(near.c.keys(), row, strict=True)) for one, row in sorted(wanted.items()) if held.get(one) != row]
    for start in range(0, len(gone), _BATCH):
        with matter.write() as db:
            db.execute(delete(near).where(near.c.document.in_(gone[start : start + _BATCH])))
    for start in range(0, len(new), _BATCH):
        with matter.write() as db:
            put_rows(db, near, new[start : start + _BATCH])
    with matter.write() as db:
        mark_done(db, STAGE, canonical({"of": state, "capped": grouping.capped}), ["texts"])
        body: dict[str, object] = {"documents": len(wanted), "changed": len(gone) + len(new), "capped": grouping.capped}
        matter.act(db, "near-duplicates", f"{THRESHOLD:.0%}", body)
    return grouping.capped


def _texts(matter: Matter) -> tuple[list[_Text], NDArray[np.uint32]]:
    """The distinct texts of documents that are not suppressed, longest first, and their digests."""
    import numpy as np

    having: dict[str, list[int]] = {}
    statement = (
        select(document.c.id, item.c.body_hash)
        .join(item, item.c.key == document.c.item)
        .outerjoin(duplicate, duplicate.c.document == document.c.id)
        .where(item.c.body_hash != "", duplicate.c.document.is_(None))
        .order_by(document.c.id)
        .limit(_PAGE)
    )
    at = 0
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(document.c.id > at)))
        if not page:
            break
        for row in page:
            having.setdefault(row.body_hash, []).append(row.id)
        at = page[-1].id
    with matter.read() as db:
        most = db.execute(select(func.count()).where(wording.c.shingles >= _LEAST)).scalar_one()
    digests = np.empty((most, sketches.VALUES), "<u4")  # filled row by row: nothing else of 512 bytes is held a text
    found: list[_Text] = []
    for row in _sketches(matter):
        if row.body_hash in having:
            digests[len(found)] = np.frombuffer(row.digest, "<u4")
            found.append(_Text(row.body_hash, row.shingles, tuple(having.pop(row.body_hash)), len(found)))
    found.sort(key=lambda one: (-one.size, one.body_hash))
    return found, digests


def _sketches(matter: Matter) -> Iterator[Any]:
    statement = select(wording.c.body_hash, wording.c.shingles, wording.c.digest).where(wording.c.shingles >= _LEAST)
    statement = statement.order_by(wording.c.body_hash).limit(_PAGE)
    at = ""
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(wording.c.body_hash > at)))
        if not page:
            return
        yield from page
        at = page[-1].body_hash


def _known(texts: list[_Text], held: dict[int, tuple[Any, ...]]) -> dict[tuple[str, str], int]:
    """Similarities that an earlier run computed, by the hashes of pivot and member."""
    of = {number: text.body_hash for text in texts for number in text.documents}
    return {
        (of[pivot], of[number]): similarity
        for number, (_, pivot, similarity) in held.items()
        if number in of and pivot in of and of[number] != of[pivot]
    }


class _Grouping:
    """Pivots and their members, longest texts first."""

    def __init__(self, texts: list[_Text], digests: NDArray[np.uint32], sets: _Sets) -> None:
        import numpy as np

        self._texts = texts
        self._digests = digests
        self._rows = np.array([text.row for text in texts], np.int64)
        self._sets = sets
        self._buckets: list[list[int]] = []
        self._looks: list[int] = []  # how many pivots looked through each bucket
        self._of: list[list[int]] = [[] for _ in texts]  # buckets of each text
        self.capped = 0
        self._fill()

    def _fill(self) -> None:
        """Texts that agree in a band share a bucket; members are in order, so longest first."""
        import numpy as np

        for band in range(_BANDS):
            values = np.ascontiguousarray(self._digests[:, band * _ROWS : (band + 1) * _ROWS][self._rows])
            keys = values.view(np.dtype((np.void, values.dtype.itemsize * _ROWS))).ravel()
            if not len(keys):
                return
            _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
            shared = np.flatnonzero(counts[which] > 1)
            of: dict[int, int] = {}
            for place, key in zip(shared.tolist(), which[shared].tolist(), strict=True):
                if key not in of:
                    of[key] = len(self._buckets)
                    self._buckets.append([])
                    self._looks.append(0)
                self._buckets[of[key]].append(place)
                self._of[place].append(of[key])

    def rows(self, known: dict[tuple[str, str], int], progress: Progress) -> Iterator[tuple[int, int, int]]:
        """Yield (document, pivot's document, percent) for each group of two documents and more."""
        taken = [False] * len(self._texts)
        for place, text in enumerate(self._texts):
            if taken[place]:
                continue
            taken[place] = True
            members: list[tuple[int, int]] = []
            for other in self._candidates(place, taken):
                percent = self._percent(place, other, known)
                if percent:
                    taken[other] = True
                    members.append((other, percent))
            pivot = text.documents[0]
            if members or len(text.documents) > 1:
                yield from ((number, pivot, 100) for number in text.documents)
                for other, percent in members:
                    yield from ((number, pivot, percent) for number in self._texts[other].documents)
            if place % _PAGE == 0:
                progress("near-duplicates", place, len(self._texts))

    def _candidates(self, place: int, taken: list[bool]) -> list[int]:
        """Texts not yet in a group that share a bucket with this one and whose digest is near enough."""
        import numpy as np

        found: set[int] = set()
        for number in self._of[place]:
            if self._looks[number] >= _CAP:
                continue
            self._looks[number] += 1
            left = [one for one in self._buckets[number] if not taken[one]]
            self._buckets[number] = left
            self.capped += self._looks[number] == _CAP and len(left) > 1
            found.update(left)
        some = sorted(found)
        if not some:
            return some
        alike = (self._digests[self._rows[some]] == self._digests[self._rows[place]]).mean(axis=1)
        return [some[n] for n in np.flatnonzero(alike >= _ESTIMATE).tolist()]

    def _percent(self, pivot: int, other: int, known: dict[tuple[str, str], int]) -> int:
        """How similar two texts are, rounded down; 0 below the threshold."""
        one, two = self._texts[pivot], self._texts[other]
        if (held := known.get((one.body_hash, two.body_hash))) is not None:
            return held
        if two.size < THRESHOLD * one.size:  # too short to reach it
            return 0
        similarity = shingles.jaccard(self._sets.of(one), self._sets.of(two))
        return int(100 * similarity) if similarity >= THRESHOLD else 0


class _Sets:
    """The shingles of texts, read again when they are compared; the last ones are kept."""

    def __init__(self, matter: Matter) -> None:
        self._matter = matter
        self._kept: OrderedDict[str, shingles.Hashes] = OrderedDict()
        self._size = 0

    def of(self, text: _Text) -> shingles.Hashes:
        """Return the sorted set of a text's shingles."""
        if text.body_hash in self._kept:
            self._kept.move_to_end(text.body_hash)
            return self._kept[text.body_hash]
        (row,) = self._matter.texts([text.documents[0]])
        found = self._kept[text.body_hash] = shingles.distinct(self._matter.text_of(row))
        self._size += len(found)
        while self._size > _KEPT and len(self._kept) > 2:
            self._size -= len(self._kept.popitem(last=False)[1])
        return found
