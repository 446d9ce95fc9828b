"""Versions of one file: similar name, similar text, in order of the date on which each was last changed.

The rule, as it is to be told to the other side. Files that are no mail, attachments among them, belong to one
series when (1) their names agree after ending, version marks (v2, rev 3, draft, final, copy, (1), dates) and
signs are taken off, and (2) at least half of the distinct runs of five words is common to one and the last
version before it. The order is that of the document's date (its own property, else the file's time); equal
dates go by the hash of the text. Files of the same text have the same number. Suppressed copies, undated files
and those with hardly any text are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from tecum.analysis import shingles
from tecum.engine.schema import document, duplicate, item, job, version, wording
from tecum.engine.store import forget_done, mark_done, put_rows
from tecum.matter import Matter
from tecum.model import MAIL_KINDS, Disposition
from tecum.tables import Table

STAGE: Final = "versions"
VERSION: Final = "1"
COLUMNS: Final = ("series", "number", "control", "similarity", "name", "date", "date_source", "custodian", "path")
THRESHOLD: Final = 0.5
_OPEN: Final = 8  # series of one name that a file is compared with, latest first
_LEAST: Final = 10  # distinct runs of five words
_BATCH: Final = 1000
_PAGE: Final = 2000
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,5}$")
_BREAKS: Final = re.compile(r"[\W_]+")
_JOINED: Final = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_MARK_WORDS: Final = (
    "v ver version rev revision r draft drafts final finalized clean redline redlined marked markup tracked changes "
    "copy of new old latest updated edited edits revised signed executed fixed backup bak tmp jan feb mar apr may jun "
    "jul aug sep sept oct nov dec january february march april june july august september october november december am "
    "pm entwurf endfassung kopie version versione bozza copia copie borrador brouillon"
)
_MARKS: Final = frozenset(_MARK_WORDS.split())


def run(matter: Matter) -> int:
    """Form the series, unless nothing was added since; return the number of series."""
    with matter.read() as db:
        texts = db.execute(select(func.count()).select_from(wording)).scalar_one()
        last = db.execute(select(func.max(document.c.id))).scalar() or 0
        copies = db.execute(select(func.count(), func.coalesce(func.sum(duplicate.c.document), 0))).one()
        formed = db.execute(select(job.c.version).where(job.c.stage == STAGE)).scalar()
    state = f"{VERSION}, {texts} texts, {last} documents, {copies[0]} duplicates ({copies[1]})"
    if formed != state:
        _form(matter, state)
    with matter.read() as db:
        return db.execute(select(func.count(version.c.series.distinct()))).scalar_one()


def forget(db: Connection) -> None:
    """Let series be formed again, in the caller's transaction."""
    db.execute(delete(version))
    forget_done(db, STAGE)


def stem(name: str) -> str:
    """Return what is left of a file's name without ending, version marks, numbers and dates; "" = nothing.

    "Copy of Budget_v2 FINAL (3).docx" and "budget 2017-03-14.doc" are both "budget".
    """
    bare = _ENDING.sub("", unicodedata.normalize("NFKC", name).lower())
    words = _JOINED.sub(" ", _BREAKS.sub(" ", bare)).split()
    return " ".join(word for word in words if word not in _MARKS and not word.isdecimal())


def listing(matter: Matter) -> Table:
    """Every file of a series, in order of its number."""

    def rows() -> Iterator[tuple[Any, ...]]:
        first = document.alias()
        statement = (
            select(
                version.c.series.label("of"), version.c.number.label("place"), document.c.id,
                first.c.control, version.c.number, document.c.control, version.c.similarity, item.c.name,
                document.c.date, document.c.date_source, document.c.custodian, item.c.path,
            )
            .join(document, document.c.id == version.c.document)
            .join(first, first.c.id == version.c.series)
            .join(item, item.c.key == document.c.item)
            .order_by(version.c.series, version.c.number, document.c.id)
            .limit(_PAGE)
        )  # fmt: skip
        at = (0, 0, 0)
        while True:
            of, place = version.c.series, version.c.number
            after = (of > at[0]) | ((of == at[0]) & (place > at[1]))
            after |= (of == at[0]) & (place == at[1]) & (document.c.id > at[2])
            with matter.read() as db:
                page = list(db.execute(statement.where(after)))
            if not page:
                return
            for row in page:
                yield tuple(row)[3:]
            at = (page[-1].of, page[-1].place, page[-1].id)

    return Table(COLUMNS, rows)


# -- forming ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    document: int
    date: str
    body_hash: str


@dataclass(slots=True)
class _Series:
    """Files by date: (file, number, percent to the version before); what each text has got; the last file."""

    newest: _File
    files: list[tuple[_File, int, int]] = field(default_factory=list)
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, one: _File, percent: int) -> None:
        """Add the next file: a new text gets the next number."""
        number, likeness = self.numbers.setdefault(one.body_hash, (len(self.numbers) + 1, percent))
        self.files.append((one, number, likeness))
        self.newest = one


def _form(matter: Matter, state: str) -> None:
    wanted: dict[int, tuple[int, int, int, int]] = {}
    for files in _named(matter).values():
        for series in _series(matter, files):
            if len(series.numbers) < 2:  # one text, however many copies
                continue
            name = min(one.document for one, _, _ in series.files)
            for one, number, percent in series.files:
                wanted[one.document] = (one.document, name, number, percent)
    with matter.read() as db:
        held = {row.document: tuple(row) for row in db.execute(select(version))}
    gone = sorted(one for one in held if held[one] != wanted.get(one))
    new = [dict(zip(version.c.keys(), row, strict=True)) for one, row in sorted(wanted.items()) if held.get(one) != row]
    for start in range(0, len(gone), _BATCH):
        with matter.write() as db:
            db.execute(delete(version).where(version.c.document.in_(gone[start : start + _BATCH])))
    for start in range(0, len(new), _BATCH):
        with matter.write() as db:
            put_rows(db, version, new[start : start + _BATCH])
    with matter.write() as db:
        mark_done(db, STAGE, state, ["files"])
        matter.act(db, "versions", "files", {"documents": len(wanted), "changed": len(gone) + len(new)})


def _named(matter: Matter) -> dict[str, list[_File]]:
    """Files of two and more texts by the stem of their names."""
    statement = (
        select(document.c.id, document.c.date, item.c.name, item.c.body_hash)
        .join(item, item.c.key == document.c.item)
        .join(wording, wording.c.body_hash == item.c.body_hash)
        .where(item.c.kind.not_in(sorted(MAIL_KINDS)), item.c.disposition == Disposition.DOCUMENT)
        .outerjoin(duplicate, duplicate.c.document == document.c.id)
        .where(duplicate.c.document.is_(None), item.c.inline == 0, document.c.date != "", wording.c.shingles >= _LEAST)
        .order_by(document.c.id)
        .limit(_PAGE)
    )
    found: dict[str, list[_File]] = defaultdict(list)
    at = 0
    while True:
        with matter.read() as db:
            page = list(db.execute(statement.where(document.c.id > at)))
        if not page:
            break
        for row in page:
            if name := stem(row.name):
                found[name].append(_File(row.id, row.date, row.body_hash))
        at = page[-1].id
    return {name: files for name, files in found.items() if len({one.body_hash for one in files}) > 1}


def _series(matter: Matter, files: list[_File]) -> list[_Series]:
    """Go through the files of one name by date; each joins the series whose newest version it resembles most."""
    found: list[_Series] = []
    known: dict[str, shingles.Hashes] = {}
    for one in sorted(files, key=lambda file: (file.date, file.body_hash, file.document)):
        best, percent = None, 0
        for series in sorted(found[-_OPEN * 4 :], key=lambda s: s.newest.date, reverse=True)[:_OPEN]:
            likeness = _likeness(matter, series.newest, one, known)
            if likeness > percent:
                best, percent = series, likeness
        if best is None or percent < 100 * THRESHOLD:
            best, percent = _Series(one), 100
            found.append(best)
        best.add(one, percent)
    return found


def _likeness(matter: Matter, one: _File, other: _File, known: dict[str, shingles.Hashes]) -> int:
    if one.body_hash == other.body_hash:
        return 100
    for file in (one, other):
        if file.body_hash not in known:
            (row,) = matter.texts([file.document])
            known[file.body_hash] = shingles.distinct(matter.text_of(row))
    for old in [key for key in known if key not in (one.body_hash, other.body_hash)][: max(0, len(known) - 4 * _OPEN)]:
        del known[old]
    return int(100 * shingles.jaccard(known[one.body_hash], known[other.body_hash]))
