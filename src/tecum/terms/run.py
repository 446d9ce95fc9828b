"""Run a query over the documents of a matter: sets of documents, families, marked passages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, select

from tecum import query as language
from tecum.engine.index import Index
from tecum.engine.index import verify as verify_segment
from tecum.engine.schema import document, item, segment
from tecum.errors import IndexStale
from tecum.matter import Matter
from tecum.query.tree import BODY
from tecum.terms.facts import Facts
from tecum.terms.indexing import folder, reading, units
from tecum.terms.lists import DTSEARCH
from tecum.terms.scope import Ids, Scope

PASSAGES: Final = 3  # of a document that a list of results shows; those of the body first
_READ: Final = 40  # of the passages of a document, before those of the body are put first


@contextmanager
def open_index(matter: Matter) -> Iterator[Index]:
    """The index over all documents.

    Raises:
        IndexStale: when it does not cover every document.
    """
    with reading(matter):
        with matter.read() as db:
            rows = list(db.execute(select(segment).order_by(segment.c.first)))
            last = db.execute(select(func.max(document.c.id))).scalar() or 0
        paths = [folder(matter) / row.name for row in rows]
        covered = rows[-1].last if rows else 0
        if covered != last or not all(path.is_dir() for path in paths):
            raise IndexStale(f"the index covers {covered} of {last} documents")
        index = Index.open(paths, facts=Facts(matter))
        try:
            yield index
        finally:
            index.close()


def verify(matter: Matter) -> int:
    """Compare every file of the index with the hashes recorded for it; return the number of segments.

    Raises:
        IndexStale: naming the first file that differs.
    """
    with reading(matter):
        with matter.read() as db:
            rows = list(db.execute(select(segment).order_by(segment.c.first)))
        for row in rows:
            verify_segment(folder(matter) / row.name)
    return len(rows)


def search(
    matter: Matter, text: str, *, count: bool = False, dialect: str = DTSEARCH, limit: int = 0, offset: int = 0,
    ranked: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Run one query (the ``search --json`` shape).

    Args:
        matter: the open matter.
        text: the query.
        count: leave the documents out.
        dialect: how the query is read.
        limit: list so many documents at most; 0 for all.
        offset: of the documents found, leave out so many at the beginning.
        ranked: those first that say most of the query's words, instead of in order of control number.

    Raises:
        QueryInvalid, IndexStale.
    """
    parsed = language.parse(text, dialect)
    tree = parsed.require()
    with open_index(matter) as index:
        scope = Scope(matter)
        found = scope.documents(index.documents(tree))
        answer: dict[str, Any] = {
            "query": text,
            "dialect": dialect,
            "reading": language.in_words(tree),
            "tree": language.tree_hash(tree),
            "documents": len(found),
            "families": len(scope.families(found)),
            "searchable": scope.searchable,
            "not_searched": len(scope.not_searched),
            "lint": [lint.as_dict() for lint in parsed.lint],
        }
        if not count:
            order = _ranked(index, scope, tree, found) if ranked else found.tolist()
            chosen = order[offset : offset + limit if limit else None]
            answer["offset"] = offset
            answer["results"] = [_result(matter, index, tree, row) for row in _in_order(matter, chosen)]
    return answer


def _ranked(index: Index, scope: Scope, tree: language.Node, found: Ids) -> list[int]:
    """The documents found, those first in which the query's words weigh most; a document ranks as its best copy."""
    words = [node.pattern for node in language.walk(tree) if isinstance(node, language.Word) and not node.how]
    best = dict.fromkeys(int(scope.primary[one]) for one, _ in index.ranked(words, index.doc_count))
    rest = found.tolist()
    kept = set(rest)
    return list(dict.fromkeys([*(one for one in best if one in kept), *rest]))


def _in_order(matter: Matter, ids: Sequence[int]) -> Iterable[Any]:
    """The rows of these documents in the order given."""
    if list(ids) == sorted(ids):
        return _rows(matter, ids)
    known = {row.id: row for row in _rows(matter, sorted(ids))}
    return [known[one] for one in ids]


def _rows(matter: Matter, ids: Sequence[int]) -> Iterable[Any]:
    shown = (document.c.control, document.c.custodian, document.c.date, item.c.path, item.c.name, item.c.fields)
    return matter.texts(list(ids), *shown)


def rows_of(matter: Matter, text: str) -> list[Any]:
    """Every document that a query hits: control, custodian, date, path, name, fields; copies under their primary.

    Raises:
        QueryInvalid, IndexStale.
    """
    tree = language.parse(text).require()
    with open_index(matter) as index:
        return list(_rows(matter, Scope(matter).documents(index.documents(tree)).tolist()))


def rows_by_control(matter: Matter, controls: Iterable[str]) -> list[Any]:
    """The same columns of the documents with these control numbers."""
    with matter.read() as db:
        ids = list(db.execute(select(document.c.id).where(document.c.control.in_(list(controls)))).scalars())
    return list(_rows(matter, ids))


def controls_of(matter: Matter, ids: Ids) -> dict[int, str]:
    """The control numbers of documents, by id."""
    wanted = set(ids.tolist())
    with matter.read() as db:
        rows = db.execute(select(document.c.id, document.c.control))
        return {row.id: row.control for row in rows if row.id in wanted}


def _result(matter: Matter, index: Index, tree: language.Node, row: Any) -> dict[str, Any]:
    said = json.loads(row.fields)
    passages = index.passages(tree, [*units(row), ("body", matter.text_of(row))], document=row.id)
    shown = sorted(islice(passages, _READ), key=lambda one: one.field != BODY)[:PASSAGES]
    return {
        "control": row.control,
        "title": str(said.get("subject") or said.get("title") or row.name),
        "path": row.path,
        "custodian": row.custodian,
        "date": row.date,
        "snippet": " ... ".join(one.marked() for one in shown),
        "passages": [
            {"field": one.field, "text": one.text, "marks": [list(mark) for mark in one.marks]} for one in shown
        ],
    }
