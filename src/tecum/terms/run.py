"""Run a query over the documents of a matter: sets of documents, families, snippets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from tecum import query as language
from tecum.engine.index import Index
from tecum.engine.index import verify as verify_segment
from tecum.engine.schema import document, duplicate, item, segment
from tecum.errors import IndexStale
from tecum.matter import Matter
from tecum.model import MAIL_KINDS, Disposition
from tecum.terms.indexing import folder, units

Ids = NDArray[np.int64]
_SNIPPETS = 50


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

    def families(self, documents: Ids) -> Ids:
        """The families of documents; sorted ids of their first documents."""
        return np.unique(self.family[documents])

    def with_families(self, documents: Ids) -> Ids:
        """Every document of the families of these documents, those without text included."""
        return self.unique[np.isin(self.family[self.unique], self.families(documents))]


@contextmanager
def open_index(matter: Matter) -> Iterator[Index]:
    """The index over all documents.

    Raises:
        IndexStale: when it does not cover every document.
    """
    with matter.read() as db:
        rows = list(db.execute(select(segment).order_by(segment.c.first)))
        last = db.execute(select(func.max(document.c.id))).scalar() or 0
    paths = [folder(matter) / row.name for row in rows]
    covered = rows[-1].last if rows else 0
    if covered != last or not all(path.is_dir() for path in paths):
        raise IndexStale(f"the index covers {covered} of {last} documents")
    index = Index.open(paths)
    try:
        yield index
    finally:
        index.close()


def verify(matter: Matter) -> int:
    """Compare every file of the index with the hashes recorded for it; return the number of segments.

    Raises:
        IndexStale: naming the first file that differs.
    """
    with matter.read() as db:
        rows = list(db.execute(select(segment).order_by(segment.c.first)))
    for row in rows:
        verify_segment(folder(matter) / row.name)
    return len(rows)


def search(matter: Matter, text: str, *, count: bool = False) -> dict[str, Any]:
    """Run one query (the ``search --json`` shape).

    Raises:
        QueryInvalid, IndexStale.
    """
    parsed = language.parse(text)
    tree = parsed.require()
    with open_index(matter) as index:
        scope = Scope(matter)
        found = scope.documents(index.documents(tree))
        answer: dict[str, Any] = {
            "query": text,
            "reading": language.in_words(tree),
            "documents": len(found),
            "families": len(scope.families(found)),
            "searchable": scope.searchable,
            "not_searched": len(scope.not_searched),
            "lint": [lint.as_dict() for lint in parsed.lint],
        }
        if not count:
            answer["results"] = [_result(matter, index, tree, row) for row in _rows(matter, found)]
    return answer


def _rows(matter: Matter, ids: Ids) -> Iterable[Any]:
    shown = (document.c.control, document.c.custodian, document.c.date, item.c.path, item.c.name, item.c.fields)
    return matter.texts(ids.tolist(), *shown)


def rows_of(matter: Matter, text: str) -> list[Any]:
    """Every document that a query hits: control, custodian, date, path, name, fields; copies under their primary.

    Raises:
        QueryInvalid, IndexStale.
    """
    tree = language.parse(text).require()
    with open_index(matter) as index:
        return list(_rows(matter, Scope(matter).documents(index.documents(tree))))


def rows_by_control(matter: Matter, controls: Iterable[str]) -> list[Any]:
    """The same columns of the documents with these control numbers."""
    with matter.read() as db:
        ids = list(db.execute(select(document.c.id).where(document.c.control.in_(list(controls)))).scalars())
    return list(_rows(matter, np.array(ids, dtype=np.int64)))


def _result(matter: Matter, index: Index, tree: Any, row: Any) -> dict[str, Any]:
    said = json.loads(row.fields)
    return {
        "control": row.control,
        "title": str(said.get("subject") or said.get("title") or row.name),
        "path": row.path,
        "custodian": row.custodian,
        "date": row.date,
        "snippet": index.snippet(tree, [("body", matter.text_of(row)), *units(row)]),
    }
