"""The papers beside a volume: letter, held families, exceptions, and lists for the person who reviews."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.engine import paper
from tecum.engine.schema import content, document, duplicate, exception, held, item, produced, rendition
from tecum.engine.store import from_os_error
from tecum.matter import Matter
from tecum.model import Disposition
from tecum.production.letter import Facts, letter
from tecum.production.record import Volume, counts_by_custodian

_HELD = ("family", "control", "requests", "custodian", "date", "from", "to", "title", "trigger", "basis")
_LAST = "LETTER.pdf"  # the paper that is written last: with it, all are there


def folder_of(matter: Matter, name: str) -> Path:
    """Where the papers of a volume lie: beside it, never inside."""
    return matter.folder / "productions" / f"{name}.papers"


def write(matter: Matter, volume: Volume, notes: dict[str, Any], terms: dict[str, Any], check: dict[str, Any]) -> Path:
    """Write all papers of a volume and return their folder.

    ``notes`` is what the selection listed for review, ``terms`` the hit report, ``check`` the check's result.
    """
    folder = folder_of(matter, volume.name)
    with matter.read() as db:
        facts = _facts(matter, db, volume, notes, terms)
        held_rows = held_list(db, volume.name)
        troubles = exception_list(db, volume.name)
    blocks = letter(matter.settings, volume, facts)
    files = {
        "HELD.csv": _csv(_HELD, held_rows),
        "EXCEPTIONS.csv": _csv(("control", "path", "code", "message"), troubles),
        "TERMS.csv": _csv(
            (
                "request",
                "query",
                "reading",
                "documents",
                "documents_with_families",
                "unique",
                "unique_with_families",
                "error",
            ),
            terms["terms"],
        ),
        "REVIEW.csv": _csv(("list", "request", "control"), review_list(notes)),
        "CHECK.json": json.dumps(check, ensure_ascii=False, indent=1).encode(),
        "LETTER.docx": paper.write(blocks, "docx"),
        _LAST: paper.write(blocks, "pdf"),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            temporary = folder / f"{name}.new"
            temporary.write_bytes(data)
            temporary.replace(folder / name)
    except OSError as error:
        raise from_os_error(error, folder) or error from error
    return folder


def complete(matter: Matter, name: str) -> bool:
    """Whether every paper was written: a run may have been killed before."""
    return (folder_of(matter, name) / _LAST).is_file()


def withdraw_letter(matter: Matter, name: str) -> None:
    """Remove a letter that will no longer be true."""
    for letter_name in (_LAST, "LETTER.docx"):
        (folder_of(matter, name) / letter_name).unlink(missing_ok=True)


def held_list(db: Connection, name: str) -> list[dict[str, Any]]:
    """Held documents with the trigger; the basis is empty, since only a person can state one."""
    first = document.alias()
    rows = db.execute(
        select(
            first.c.control.label("family"), document.c.control, held.c.requests, document.c.custodian,
            document.c.date, item.c.fields, item.c.name, held.c.trigger,
        )
        .join(document, document.c.id == held.c.document)
        .join(first, first.c.id == document.c.family)
        .join(item, item.c.key == document.c.item)
        .where(held.c.volume == name)
        .order_by(document.c.id)
    )  # fmt: skip
    listed = []
    for row in rows:
        said = json.loads(row.fields)
        to = said.get("to", [])
        listed.append(
            {
                "family": row.family,
                "control": row.control,
                "requests": "; ".join(json.loads(row.requests)),
                "custodian": row.custodian,
                "date": row.date,
                "from": said.get("from", ""),
                "to": "; ".join(to) if isinstance(to, list) else to,
                "title": said.get("subject") or said.get("title") or row.name,
                "trigger": row.trigger,
                "basis": "",
            }
        )
    return listed


def exception_list(db: Connection, name: str) -> list[dict[str, Any]]:
    """Exceptions that stand on produced documents."""
    rows = db.execute(
        select(document.c.control, item.c.path, exception.c.code, exception.c.message)
        .join(document, document.c.id == produced.c.document)
        .join(item, item.c.key == document.c.item)
        .join(exception, exception.c.item == item.c.key)
        .where(produced.c.volume == name)
        .order_by(document.c.id, exception.c.code)
    )
    return [row._asdict() for row in rows]


def review_list(notes: dict[str, Any]) -> list[dict[str, str]]:
    """One row for each family that a person should look at before release, and why."""
    rows = [{"list": "undated, kept in", "request": "", "control": one} for one in notes["undated"]]
    rows += [{"list": "custodian not known, kept in", "request": "", "control": one} for one in notes["unassigned"]]
    rows += [
        {"list": "not readable, native goes out unscreened", "request": "", "control": one}
        for one in notes["unscreened"]
    ]
    rows += [{"list": "same content as a held document", "request": "", "control": one} for one in notes["twins"]]
    rows += [
        {"list": "produced in an earlier volume", "request": "", "control": one} for one in notes["produced_before"]
    ]
    rows += [
        {"list": "a term could not be run: see TERMS.csv", "request": one, "control": ""}
        for one in notes["terms_not_run"]
    ]
    for name, title in (
        ("outside_period", "hit, but outside the period: left out"),
        ("outside_custodians", "hit, but of another custodian: left out"),
    ):
        for request, controls in notes[name].items():
            rows += [{"list": title, "request": request, "control": one} for one in controls]
    return rows


def unscreened(db: Connection, documents: Sequence[int]) -> list[str]:
    """Documents that go out as natives although nobody could read them: a person must look."""
    rows = db.execute(
        select(document.c.control)
        .join(item, item.c.key == document.c.item)
        .where(document.c.id.in_(documents), item.c.disposition == Disposition.UNPROCESSABLE, item.c.size > 0)
        .order_by(document.c.id)
    )
    return list(rows.scalars())


def by_request(db: Connection, name: str) -> Counter[str]:
    """Documents of a volume for each request number."""
    counts: Counter[str] = Counter()
    for row in db.execute(select(produced.c.requests).where(produced.c.volume == name)):
        counts.update(json.loads(row.requests))
    return counts


def twins(db: Connection, produce: Sequence[int], hold: Sequence[int]) -> list[str]:
    """Documents that go out although the same content is held back in another family: a person must decide."""
    kept = set(_hashes(db, hold).values())
    same = [one for one, digest in _hashes(db, produce).items() if digest in kept]
    rows = db.execute(select(document.c.control).where(document.c.id.in_(same)).order_by(document.c.id))
    return list(rows.scalars())


def _hashes(db: Connection, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        page = ids[start : start + 500]
        rows = select(content.c.document, content.c.hash).where(content.c.document.in_(page))
        found |= {row.document: row.hash for row in db.execute(rows)}
    return found


def _facts(matter: Matter, db: Connection, volume: Volume, notes: dict[str, Any], terms: dict[str, Any]) -> Facts:
    per_request = by_request(db, volume.name)
    families = select(func.count(func.distinct(document.c.family)), func.count()).select_from(held)
    held_counts = db.execute(
        families.join(document, document.c.id == held.c.document).where(held.c.volume == volume.name)
    ).one()
    codes = Counter(row["code"] for row in exception_list(db, volume.name))
    natives = select(func.count()).select_from(produced).join(rendition, rendition.c.document == produced.c.document)
    requests = matter.settings.plan.requests
    return Facts(
        by_custodian=counts_by_custodian(db, volume.name),
        by_request=[(one.number, one.text, per_request[one.number]) for one in requests],
        held_families=held_counts[0],
        held_documents=held_counts[1],
        not_searched=terms["not_searched"],
        natives=db.execute(natives.where(produced.c.volume == volume.name, rendition.c.kind == "slip")).scalar_one(),
        exceptions=dict(codes),
        undated=len(notes["undated"]),
        unassigned=len(notes["unassigned"]),
        duplicates=db.execute(select(func.count()).select_from(duplicate)).scalar_one(),
        everything=[one.number for one in requests if one.everything],
    )


def _csv(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> bytes:
    table = paper.Table(list(columns), [[row.get(name, "") for name in columns] for row in rows])
    return paper.write([table], "csv")
