"""The verbs about volumes: select, render, number, write, re-read, seal; and release.

This is where the rooms of terms, privilege, redaction, production and receipt meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from tecum.engine.schema import bates_range, document, duplicate
from tecum.errors import NothingToProduce, ReleaseRefused, TimeZoneInvalid
from tecum.matter import Matter
from tecum.model import Request, VolumeState
from tecum.processing import estimate
from tecum.processing.rows import add_exceptions
from tecum.progress import Progress, silent

SEALED = (VolumeState.DRAFT, VolumeState.RELEASED)


def produce(matter: Matter, name: str = "", *, dry_run: bool = False, progress: Progress = silent) -> dict[str, Any]:
    """Select by the requests' terms, render, number, write, re-read and seal a volume as a draft.

    Run again after an interruption: a numbered volume keeps its numbers and only the rest is done.

    Raises:
        TimeZoneInvalid, NothingToProduce, VolumeExists, IndexStale, RendererChanged, BatesOverflow,
        StageBusy, DiskFull.
    """
    from tecum.production import numbers, record, render

    name = name or matter.settings.plan.production.volume
    if not matter.settings.plan.production.time_zone:
        raise TimeZoneInvalid("[production] time_zone is missing in tecum.toml")
    with matter.stage("produce"):
        with matter.read() as db:
            begun = record.volume_of(db, name)
        if begun is not None and dry_run:
            return _outcome(matter, begun, [])
        if begun is not None and begun.state in SEALED:
            return _sealed_already(matter, begun)
        if begun is None:
            selection, terms = _select(matter, record=not dry_run)
            notes = _notes(matter, selection, terms)
            if not selection.produce:
                raise NothingToProduce(
                    "no family is selected that may go out"
                    + (f"; {len(selection.held)} are held" if selection.held else "")
                )
            wanted = [member.id for family in selection.produce for member in family.members]
            if dry_run:
                return _forecast(matter, name, selection, terms, notes)
            render.render(matter, wanted, add_exceptions, progress)
            numbers.reserve(matter, name, selection, _volume_settings(matter, notes, terms))
        return _finish(matter, name, progress)


def _select(matter: Matter, *, record: bool) -> tuple[Any, dict[str, Any]]:
    """The families to produce and to hold, and the hit report they rest on; ``record`` the signals found."""
    from tecum import privilege, redaction  # noqa: F401 - the rooms
    from tecum.privilege import record as privilege_record
    from tecum.production import select as selecting
    from tecum.redaction import record as personal_record
    from tecum.terms import report

    terms, hits = report.by_request(matter, request_terms(matter))
    candidates = _candidates(matter, hits, matter.settings.plan.requests)
    signals = privilege_record.screen(matter, candidates)
    personal = personal_record.find(matter, candidates)
    if record:
        privilege_record.record(matter, candidates, signals)
        personal_record.record(matter, candidates, personal)
    triggers = privilege_record.triggers(signals)
    for one, reasons in personal_record.triggers(personal).items():
        triggers[one] = [*triggers.get(one, []), *reasons]
    return selecting.choose(matter, hits, triggers), terms


def _candidates(matter: Matter, hits: dict[str, Any], requests: Iterable[Request]) -> list[int]:
    """Every document of every family that is hit, with the members of its suppressed copies."""
    with matter.read() as db:
        family = {row.id: row.family for row in db.execute(select(document.c.id, document.c.family))}
        primary = {row.document: row.primary for row in db.execute(select(duplicate))}
    if any(one.everything for one in requests):
        return sorted(family)
    wanted = {family[primary.get(int(one), int(one))] for ids in hits.values() for one in ids}
    return sorted(one for one, first in family.items() if family[primary.get(one, one)] in wanted or first in wanted)


def _notes(matter: Matter, selection: Any, terms: dict[str, Any]) -> dict[str, Any]:
    from tecum.production import papers

    ids = [member.id for family in selection.produce for member in family.members]
    held = [member.id for family in selection.held for member in family.members]
    with matter.read() as db:
        unscreened = papers.unscreened(db, ids)
        twins = papers.twins(db, ids, held)
    return {
        "undated": selection.undated,
        "produced_before": selection.produced_before,
        "terms_not_run": [row["request"] for row in terms["terms"] if row["error"]],
        "unassigned": selection.unassigned,
        "unscreened": unscreened,
        "twins": twins,
        "outside_period": selection.outside_period,
        "outside_custodians": selection.outside_custodians,
    }


def _volume_settings(matter: Matter, notes: dict[str, Any], terms: dict[str, Any]) -> dict[str, Any]:
    """All that the payload and its papers depend on, frozen with the numbers."""
    plan = matter.settings.plan
    production = asdict(plan.production)
    return {
        **{key: production[key] for key in ("designation", "images", "profile", "time_zone", "dedupe")},
        "custodians": {one.key: one.name for one in plan.custodians},
        "engine": matter.settings.engine,
        "notes": notes,
        "terms": terms,
    }


def _forecast(
    matter: Matter, name: str, selection: Any, terms: dict[str, Any], notes: dict[str, Any]
) -> dict[str, Any]:
    """What ``produce`` would do."""
    with matter.read() as db:
        ids = [member.id for family in selection.produce for member in family.members]
        cost = estimate.production(db, ids)
    return {
        "volume": name,
        "path": None,
        "state": "planned",
        "documents": selection.documents,
        **cost,
        "first": None,
        "last": None,
        "held": sum(len(family.members) for family in selection.held),
        "withheld": 0,
        "redacted": 0,
        "refusals": [],
        "by_request": selection.by_request,
        "notes": notes,
        "not_searched": terms["not_searched"],
    }


def _finish(matter: Matter, name: str, progress: Progress) -> dict[str, Any]:
    """Write, re-read and seal a numbered volume; one that was written before and has a stop is written afresh."""
    from tecum.production import numbers, record, seal, write
    from tecum.receipt import check as receiver

    with matter.read() as db:
        begun = record.volume_of(db, name)
    assert begun is not None
    fresh = begun.state == VolumeState.NUMBERED
    if fresh:
        manifest = write.write(matter, begun, progress)
        numbers.set_state(matter, name, VolumeState.WRITTEN, manifest=manifest)
    with matter.read() as db:
        begun = record.volume_of(db, name)
    assert begun is not None
    folder = seal.folder_of(matter, name)
    progress("checked", 0, begun.documents)
    result = receiver.check(folder if folder.exists() else write.partial_folder(matter, name))
    stopped = seal.stops(result.findings)
    if not stopped:
        seal.seal(matter, begun)
    elif not fresh and not folder.exists():
        write.discard(matter, name)
        numbers.set_state(matter, name, VolumeState.NUMBERED)
        return _finish(matter, name, progress)
    with matter.read() as db:
        done = record.volume_of(db, name)
    assert done is not None
    _write_papers(matter, done, result)
    return _outcome(matter, done, stopped)


def _write_papers(matter: Matter, done: Any, result: Any) -> None:
    from tecum.production import papers

    checked = {**result.as_dict(), "volume": done.name}
    papers.write(matter, done, done.settings["notes"], done.settings["terms"], checked)


def _outcome(matter: Matter, done: Any, stopped: Sequence[Any]) -> dict[str, Any]:
    from tecum.production import papers, seal, write

    with matter.read() as db:
        held = papers.held_list(db, done.name)
        per_request = papers.by_request(db, done.name)
    sealed = done.state in SEALED
    folder = seal.folder_of(matter, done.name) if sealed else write.partial_folder(matter, done.name)
    return {
        "volume": done.name,
        "path": str(folder),
        "papers": str(papers.folder_of(matter, done.name)),
        "state": done.state,
        "documents": done.documents,
        "pages": done.last - done.first + 1,
        "first": done.bates(done.first),
        "last": done.bates(done.last),
        "held": len(held),
        "withheld": 0,
        "redacted": 0,
        "refusals": [
            {"code": one.code, "control": one.bates, "message": one.message, "remedy": one.evidence} for one in stopped
        ],
        "by_request": {one.number: per_request.get(one.number, 0) for one in matter.settings.plan.requests},
        "notes": done.settings["notes"],
        "not_searched": done.settings["terms"]["not_searched"],
        "manifest": done.manifest,
    }


def _sealed_already(matter: Matter, done: Any) -> dict[str, Any]:
    """A sealed volume is never written again: say what it is. Papers that a killed run did not write are written."""
    from tecum.production import papers, seal
    from tecum.receipt import check as receiver

    if not papers.complete(matter, done.name):
        _write_papers(matter, done, receiver.check(seal.folder_of(matter, done.name)))
    return {**_outcome(matter, done, []), "already": True}


def register_numbers(matter: Matter, first: str, last: str, note: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Record Bates numbers used by a production made elsewhere, so that ours go on after them.

    Raises:
        BatesInvalid, BatesTaken.
    """
    from tecum.production import numbers

    numbers.register_elsewhere(matter, first, last, note, dry_run=dry_run)
    with matter.read() as db:
        rows = db.execute(select(bates_range).order_by(bates_range.c.prefix, bates_range.c.first))
        return {"ranges": [row._asdict() for row in rows]}


def release(matter: Matter, name: str, by: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Release a sealed draft in the name of a person, after its check has been run once more.

    Raises:
        VolumeNotFound, ReleaseRefused.
    """
    from tecum.production import papers, seal
    from tecum.receipt import check as receiver

    with matter.stage("produce"):
        draft = seal.releasable(matter, name, by)
        result = receiver.check(seal.folder_of(matter, name))
        if stopped := seal.stops(result.findings):
            raise ReleaseRefused(
                f"{name} has {len(stopped)} open stops; the first: {stopped[0].code} {stopped[0].message}"
            )
        if dry_run:
            return _outcome(matter, draft, [])
        papers.withdraw_letter(matter, name)  # it says DRAFT; should we be killed here, produce writes the next
        done = seal.release(matter, draft, by)
        _write_papers(matter, done, result)
        return _outcome(matter, done, [])


def request_terms(matter: Matter) -> list[Any]:
    """The terms of the requests, as rows of a list of terms."""
    from tecum.terms.lists import Term

    pairs = [(one.number, term) for one in matter.settings.plan.requests for term in one.terms]
    return [Term(n, term, number) for n, (number, term) in enumerate(pairs, 1)]
