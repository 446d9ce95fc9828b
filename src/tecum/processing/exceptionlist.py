"""Processing exceptions: which there are, on what, what a person can do, and what became of each.

What became of one is not stored: it is computed from dated acts (the ledger's waivers, the last retry) and from what
other rooms did with the item (text recognised, produced).
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from tecum.engine.schema import document, exception, item, job, ledger, produced, recognition, rendition, source
from tecum.errors import DocumentUnknown
from tecum.matter import Matter
from tecum.processing.remedies import REMEDIES
from tecum.processing.rows import RETRIED

WAIVE = "waive"  # the ledger's name of the act
_PAGE = 500


@dataclass(frozen=True)
class Wanted:
    """Which exceptions: each filter that is given must hold, and holds when one of its values does.

    ``path`` is a part of the item's path, or with ``*``, ``?`` or ``[`` a pattern of the whole of it; capitals do
    not matter. ``items`` are keys or control numbers.
    """

    codes: tuple[str, ...] = ()
    custodians: tuple[str, ...] = ()
    path: str = ""
    dispositions: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether there is no filter at all."""
        return self == ALL

    def of_path(self, path: str) -> bool:
        """Whether the filter of the path holds."""
        wanted, path = self.path.casefold(), path.casefold()
        return fnmatch.fnmatchcase(path, wanted) if set(wanted) & set("*?[") else wanted in path


ALL: Final = Wanted()


@dataclass(frozen=True)
class _Fate:
    """What became of items, by their keys."""

    waived: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    retried: dict[str, str] = field(default_factory=dict)
    recognised: dict[str, str] = field(default_factory=dict)  # engine
    produced: dict[str, tuple[str, str]] = field(default_factory=dict)  # volume, kind of page


def exceptions(db: Connection, wanted: Wanted = ALL) -> list[dict[str, Any]]:
    """Return the exceptions (the ``exceptions --json`` shape), in the order of the items."""
    rows = [row for row in db.execute(_statement(wanted)) if wanted.of_path(row.path)]
    fate = _fate(db, [row.item for row in rows])
    return [_shown(row, fate) for row in rows]


def _statement(wanted: Wanted) -> Select[Any]:
    statement = (
        select(
            exception.c.item, item.c.path, item.c.members, exception.c.code, exception.c.message, exception.c.stage,
            item.c.disposition, func.coalesce(document.c.control, "").label("control"), source.c.custodian,
            item.c.kind, item.c.size, item.c.sha256, exception.c.tool,
        )
        .join(item, item.c.key == exception.c.item)
        .join(source, source.c.id == item.c.source)
        .outerjoin(document, document.c.item == item.c.key)
        .order_by(item.c.source, item.c.sort, exception.c.code)
    )  # fmt: skip
    for column, values in (
        (exception.c.code, wanted.codes),
        (source.c.custodian, wanted.custodians),
        (item.c.disposition, wanted.dispositions),
        (exception.c.stage, wanted.stages),
        (item.c.kind, wanted.kinds),
    ):
        if values:
            statement = statement.where(column.in_(values))
    if wanted.items:
        statement = statement.where(item.c.key.in_(wanted.items) | document.c.control.in_(wanted.items))
    return statement


def _shown(row: Any, fate: _Fate) -> dict[str, Any]:
    found = row._asdict()
    waived = [act for act in fate.waived.get(row.item, ()) if row.code in act["codes"]]
    retried = fate.retried.get(row.item, "")
    history = [f"read again on {retried}, and still so"] if retried else []
    if row.item in fate.recognised:
        history.append(f"words recognised by {fate.recognised[row.item]}")
    state = "open"
    if row.item in fate.produced:
        volume, kind = fate.produced[row.item]
        state = "produced"
        form = "its native file behind a slip sheet" if kind == "slip" else "pages"
        history.append(f"produced in {volume} as {form}")
    if waived:
        state = "waived"
        history += [f"waived by {act['by']} on {act['at']}: {act['reason']}" for act in waived]
    remedy = REMEDIES.get(row.code)
    return {**found, "remedy": remedy.plain if remedy else "", "state": state, "history": history, "retried": retried}


def _fate(db: Connection, keys: Sequence[str]) -> _Fate:
    fate = _Fate(waived=_waivers(db))
    for page in _pages(keys):
        again = select(job.c.input, job.c.version).where(job.c.stage == RETRIED, job.c.input.in_(page))
        fate.retried.update(tuple(row) for row in db.execute(again))
        seen = select(recognition.c.item, recognition.c.engine).where(recognition.c.item.in_(page))
        fate.recognised.update(tuple(row) for row in db.execute(seen))
        gone = (
            select(document.c.item, produced.c.volume, func.coalesce(rendition.c.kind, "").label("kind"))
            .join(document, document.c.id == produced.c.document)
            .outerjoin(rendition, rendition.c.document == document.c.id)
            .where(document.c.item.in_(page))
            .order_by(produced.c.volume)
        )
        for row in db.execute(gone):
            fate.produced.setdefault(row.item, (row.volume, row.kind))
    return fate


def _waivers(db: Connection) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    acts = select(ledger.c.at, ledger.c.subject, ledger.c.body).where(ledger.c.action == WAIVE).order_by(ledger.c.seq)
    for act in db.execute(acts):
        found.setdefault(act.subject, []).append({"at": act.at, **json.loads(act.body)})
    return found


def waive(matter: Matter, items: Iterable[str], by: str, reason: str) -> list[dict[str, Any]]:
    """Record that a named person lets the exceptions of these items stand; return them as they are now listed.

    ``items`` are keys or control numbers. A code that a later retry brings is not waived by it.

    Raises:
        DocumentUnknown: when one of them bears no exception; then none is waived.
    """
    chosen = tuple(dict.fromkeys(items))
    with matter.write() as db:
        codes: dict[str, list[str]] = {}
        named = set[str]()
        for row in db.execute(_statement(Wanted(items=chosen))):
            codes.setdefault(row.item, []).append(row.code)
            named |= {row.item, row.control}
        if unknown := [one for one in chosen if one not in named]:
            raise DocumentUnknown(
                f"No exception stands on {', '.join(unknown)}",
                remedy="Name the item's key or its control number, as tecum exceptions --json prints them",
            )
        for key, borne in codes.items():
            matter.act(db, WAIVE, key, {"codes": sorted(borne), "by": by, "reason": reason})
    with matter.read() as db:
        return exceptions(db, Wanted(items=chosen))


def _pages(keys: Sequence[str]) -> Iterable[list[str]]:
    distinct = list(dict.fromkeys(keys))
    return (distinct[start : start + _PAGE] for start in range(0, len(distinct), _PAGE))
