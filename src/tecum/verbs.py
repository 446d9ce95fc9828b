"""The verbs that cross rooms: one page for the whole journey, from a pile of files to a released volume.

Each verb takes the matter first and returns plain values in the shape that ``--json`` prints. Progress goes to
a callable ``progress(step, done, of)``; 0 as ``of`` means that the end is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tecum import demandfile
from tecum import settings as settings_file
from tecum.analysis import duplicates
from tecum.demandfile import Demand, Plan, Production
from tecum.engine import ledger
from tecum.engine.schema import bates_range, document, duplicate, volume
from tecum.errors import MatterNotFound, NothingToProduce, OutputExists, ReleaseRefused, TimeZoneInvalid
from tecum.matter import Matter
from tecum.model import Counsel, Request, VolumeState
from tecum.processing import balance, collect, estimate, listing, number
from tecum.processing import ingest as processing
from tecum.processing.rows import add_exceptions, reopen
from tecum.settings import Settings
from tecum.tables import Table

Progress = Callable[[str, int, int], None]
_SEALED = (VolumeState.DRAFT, VolumeState.RELEASED)


def silent(step: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


# -- a matter --------------------------------------------------------------------------------------------


def open(folder: Path | str) -> Matter:
    """Open a matter's folder.

    Raises:
        MatterNotFound, MatterNewer, MatterDamaged, SettingsInvalid, NetworkFolder.
    """
    return Matter.open(folder)


def init(folder: Path, *, demand: Path | None = None, name: str = "", time_zone: str = "", prefix: str = "") -> Matter:
    """Make a matter, from a demand file or blank; the renderer and fonts are recorded in its settings.

    Raises:
        MatterExists, DemandInvalid, TimeZoneInvalid, NetworkFolder, ReadOnly.
    """
    from tecum.engine import pages

    plan = demandfile.read(demand) if demand else _blank(time_zone, prefix)
    sources = tuple(
        replace(one, sources=tuple(str((plan.folder / path).absolute()) for path in one.sources))
        for one in plan.custodians
    )
    return Matter.create(folder, Settings(name or folder.name, replace(plan, custodians=sources), engine=pages.setup()))


def _blank(time_zone: str, prefix: str) -> Plan:
    demand = Demand("", "", "", "", None, None)
    return Plan(demand, (), (), Counsel(), Production(prefix=prefix, time_zone=time_zone))


# -- collect and process ---------------------------------------------------------------------------------


def ingest(
    matter: Matter,
    sources: Sequence[tuple[str, Path]] = (),
    *,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Collect and process; without sources, those named in tecum.toml. Run again to resume.

    ``sources`` are (custodian, path); an empty custodian is found from the path, else ``unassigned``.
    Returns the ``status`` shape with ``new``, ``read`` and ``numbered`` for this run.

    Raises:
        SourceMissing, StageBusy, DiskFull, NotBalanced.
    """
    with matter.stage("ingest"):
        registered = [collect.register(matter, *one, program()) for one in _sources(matter, sources)]
        _remember(matter, registered)
        run = processing.ingest(matter, registered, progress)
        _derive(matter, progress)
        return {**status(matter, enforce=True), "new": run.new, "read": run.read, "numbered": run.numbered}


def _derive(matter: Matter, progress: Progress) -> None:
    """What follows from the documents: duplicates and the index."""
    from tecum.terms import indexing

    duplicates.run(matter)
    indexing.update(matter, progress)


def retry(matter: Matter, *, progress: Progress = silent) -> dict[str, Any]:
    """Read again every item that could not be processed, as after installing a program or a password."""
    from tecum.terms import indexing

    with matter.stage("ingest"):
        with matter.write() as db:
            count = reopen(db)
            if count:
                duplicates.forget(db)
                indexing.forget(db)
            matter.act(db, "retry", "exceptions", {"items": count})
        processing.read_open_items(matter, progress)
        number.number(matter)
        _derive(matter, progress)
        return {**status(matter, enforce=True), "retried": count}


def plan_ingest(matter: Matter, sources: Sequence[tuple[str, Path]] = ()) -> dict[str, Any]:
    """What ``ingest`` would read: files, bytes, minutes and disk, from names and sizes alone."""
    return estimate.estimate([path for _, path in _sources(matter, sources)])


def status(matter: Matter, *, enforce: bool = False) -> dict[str, Any]:
    """The counts of the matter and its volumes.

    Raises:
        NotBalanced: with ``enforce``, when an item is unaccounted for.
    """
    with matter.read() as db:
        sums = balance.enforce(db) if enforce else balance.balance(db)
        rows = db.execute(select(volume).order_by(volume.c.prefix, volume.c.first))
        sums["volumes"] = [
            {
                "volume": row.name,
                "state": row.state,
                "documents": row.documents,
                "first": f"{row.prefix}{row.first:0{row.width}d}",
                "last": f"{row.prefix}{row.last:0{row.width}d}",
            }
            for row in rows
        ]
    return sums


def exceptions(matter: Matter) -> dict[str, Any]:
    """Every processing exception, with the item it stands on."""
    with matter.read() as db:
        return {"exceptions": listing.exceptions(db)}


def items(matter: Matter) -> Table:
    """Everything found, with its disposition, as a lazy table."""
    return listing.items(matter)


def documents(matter: Matter) -> Table:
    """Every document, as a lazy table."""
    return listing.documents(matter)


def custody(matter: Matter) -> dict[str, Any]:
    """The chain of custody: each source, who collected it, how, when, and a hash over all it gave."""
    with matter.read() as db:
        return {"sources": listing.custody(db)}


def _sources(matter: Matter, given: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Complete (custodian, path): from the settings when nothing is given."""
    known = [
        (one.key, (matter.folder / path).absolute()) for one in matter.settings.plan.custodians for path in one.sources
    ]
    if not given:
        return known
    owners = {path: key for key, path in known}
    return [(key or owners.get(path.absolute(), "unassigned"), path.absolute()) for key, path in given]


def _remember(matter: Matter, registered: Iterable[collect.Source]) -> None:
    changed = matter.settings
    for one in registered:
        changed = settings_file.with_source(changed, one.custodian, str(one.path))
    if changed != matter.settings:
        matter.save_settings(changed)


# -- search ----------------------------------------------------------------------------------------------


def search(matter: Matter, query: str, *, count: bool = False) -> dict[str, Any]:
    """Run one query and say how it was read.

    Raises:
        QueryInvalid, IndexStale.
    """
    from tecum.terms import run

    return run.search(matter, query, count=count)


def terms_report(matter: Matter, terms: Path | None = None) -> dict[str, Any]:
    """The hit report of a list of terms, or of the requests' own terms.

    Raises:
        TermsInvalid, IndexStale.
    """
    from tecum.terms import report

    return report.report(matter, report.read_terms(terms) if terms else _request_terms(matter))


def terms_check(terms: Path) -> dict[str, Any]:
    """Read a list of terms and say how each is understood and what is wrong with it; needs no matter.

    Raises:
        TermsInvalid.
    """
    from tecum.terms import report

    return {"terms": [report.check(term) for term in report.read_terms(terms)]}


def _request_terms(matter: Matter) -> list[Any]:
    from tecum.terms.report import Term

    pairs = [(one.number, term) for one in matter.settings.plan.requests for term in one.terms]
    return [Term(n, term, number) for n, (number, term) in enumerate(pairs, 1)]


# -- produce ---------------------------------------------------------------------------------------------


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
        if begun is not None and begun.state in _SEALED:
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

    terms, hits = report.by_request(matter, _request_terms(matter))
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
    sealed = done.state in _SEALED
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


def report(matter: Matter, name: str, form: str) -> bytes:
    """Write the report ``name`` (custody, exceptions, status) as html, docx, pdf, xlsx or csv."""
    from tecum.engine import paper
    from tecum.processing import reports

    return paper.write(reports.blocks(matter, name), form)


def check(path: Path) -> dict[str, Any]:
    """Check anyone's volume or load file, as its receiver would; needs no matter.

    Raises:
        VolumeUnreadable.
    """
    from tecum.receipt import check as receiver

    return receiver.check(path).as_dict()


# -- trust -----------------------------------------------------------------------------------------------


def verify(matter: Matter, *, progress: Progress = silent) -> dict[str, Any]:
    """Read everything again: database, ledger, every blob against its hash, every sealed manifest.

    Raises:
        MatterDamaged, LedgerBroken, BlobDamaged, NotBalanced.
    """
    from tecum.engine import blobs
    from tecum.terms import run

    matter.store.examine()
    with matter.read() as db:
        head = ledger.verify(db)
        sums = balance.enforce(db)
    return {
        "ledger": {"entries": head.seq, "head": head.hash},
        "blobs": blobs.verify(matter.store, matter.blobs, progress),
        "segments": run.verify(matter),
        "balanced": sums["balanced"],
        "volumes": _verify_volumes(matter),
    }


def _verify_volumes(matter: Matter) -> list[dict[str, Any]]:
    """Compare every sealed volume with the manifest that was sealed."""
    from tecum.production import seal

    with matter.read() as db:
        rows = list(db.execute(select(volume.c.name, volume.c.manifest).where(volume.c.state.in_(_SEALED))))
    return [{"volume": row.name, "files": seal.verify(matter, row.name, row.manifest)} for row in rows]


def doctor() -> dict[str, Any]:
    """What this installation can do, which layers of isolation hold, and what each absent program would add."""
    from tecum import health

    return health.examine()


def program() -> str:
    """The program's name and version, as custody and ledger record it."""
    return f"tecum {version('tecum')}"


# -- the whole journey -----------------------------------------------------------------------------------


def answer(
    demand: Path,
    sources: Sequence[tuple[str, Path]],
    out: Path,
    *,
    dry_run: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Answer a demand unattended: init or resume, ingest, produce; the volume is a draft.

    Raises:
        DemandInvalid, OutputExists, and whatever ``ingest`` and ``produce`` raise.
    """
    plan = demandfile.read(demand)
    if dry_run:
        paths = [path for _, path in sources] or [
            (plan.folder / path) for one in plan.custodians for path in one.sources
        ]
        return {"volume": plan.production.volume, "state": "planned", **estimate.estimate(paths)}
    with _open_or_init(demand, plan, out) as matter:
        ingested = ingest(matter, sources, progress=progress)
        done = produce(matter, progress=progress)
        return {**done, "status": ingested}


def _open_or_init(demand: Path, plan: Plan, out: Path) -> Matter:
    """Go on with the matter at ``out`` when it answers the same demand."""
    try:
        matter = Matter.open(out)
    except MatterNotFound:
        return init(out, demand=demand)
    if matter.settings.plan.demand_hash != plan.demand_hash:
        matter.close()
        raise OutputExists(f"{out} answers another demand", path=out)
    return matter
