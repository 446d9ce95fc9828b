"""The verbs that cross rooms: one page for the whole journey, from a pile of files to a released volume.

Each verb takes the matter first and returns plain values in the shape that ``--json`` prints. Progress goes to
a callable ``progress(step, done, of)``; 0 as ``of`` means that the end is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from tecum import demandfile
from tecum import settings as settings_file
from tecum.analysis import copies, duplicates, near, study
from tecum.analysis import reports as analysis_reports
from tecum.analysis import threads as threading
from tecum.analysis import versions as versioning
from tecum.demand import record as docket_record
from tecum.demand.effects import Where as Where
from tecum.demandfile import Demand, Plan, Production
from tecum.engine import ledger
from tecum.engine.schema import volume
from tecum.errors import MatterNotFound, OutputExists
from tecum.matter import Matter
from tecum.model import Counsel
from tecum.processing import agreement, balance, collect, estimate, exceptionlist, listing, number, recognise
from tecum.processing import ingest as processing
from tecum.processing.exceptionlist import ALL
from tecum.processing.exceptionlist import Wanted as Wanted
from tecum.processing.rows import reopen
from tecum.progress import Progress, silent
from tecum.settings import Processing, Settings
from tecum.tables import Table
from tecum.verbs.analysis import blind_copies as blind_copies
from tecum.verbs.analysis import languages as languages
from tecum.verbs.analysis import near_duplicates as near_duplicates
from tecum.verbs.analysis import threads as threads
from tecum.verbs.analysis import versions as versions
from tecum.verbs.analysis import widened as widened
from tecum.verbs.docket import demand_accept_calendar as demand_accept_calendar
from tecum.verbs.docket import demand_award as demand_award
from tecum.verbs.docket import demand_enter as demand_enter
from tecum.verbs.docket import demand_escalate as demand_escalate
from tecum.verbs.docket import demand_extend as demand_extend
from tecum.verbs.docket import demand_file as demand_file
from tecum.verbs.docket import demand_import as demand_import
from tecum.verbs.docket import demand_matter as demand_matter
from tecum.verbs.docket import demand_new as demand_new
from tecum.verbs.docket import demand_record as demand_record
from tecum.verbs.docket import demand_serve as demand_serve
from tecum.verbs.docket import meant as meant
from tecum.verbs.docket_evidence import demand_propose as demand_propose
from tecum.verbs.docket_papers import REPORTS as DOCKET_REPORTS
from tecum.verbs.docket_papers import demand_calendar as demand_calendar
from tecum.verbs.docket_papers import demand_deficiencies as demand_deficiencies
from tecum.verbs.docket_papers import demand_exchange as demand_exchange
from tecum.verbs.docket_papers import demand_export as demand_export
from tecum.verbs.docket_papers import demand_for as demand_for
from tecum.verbs.docket_papers import demand_letter as demand_letter
from tecum.verbs.docket_papers import demand_page as demand_page
from tecum.verbs.docket_papers import demand_status as demand_status
from tecum.verbs.docket_papers import docket_report as docket_report
from tecum.verbs.docket_papers import is_exchange as is_exchange
from tecum.verbs.receiving import demand_code as demand_code
from tecum.verbs.receiving import demand_finding as demand_finding
from tecum.verbs.receiving import finding_blocks as finding_blocks
from tecum.verbs.receiving import receive as receive
from tecum.verbs.searching import search as search
from tecum.verbs.searching import search_table as search_table
from tecum.verbs.searching import terms_check as terms_check
from tecum.verbs.searching import terms_compare as terms_compare
from tecum.verbs.searching import terms_compare_paper as terms_compare_paper
from tecum.verbs.searching import terms_enter as terms_enter
from tecum.verbs.searching import terms_export as terms_export
from tecum.verbs.searching import terms_paper as terms_paper
from tecum.verbs.searching import terms_report as terms_report
from tecum.verbs.searching import terms_rounds as terms_rounds
from tecum.verbs.volumes import SEALED
from tecum.verbs.volumes import produce as produce
from tecum.verbs.volumes import register_numbers as register_numbers
from tecum.verbs.volumes import release as release

# -- a matter --------------------------------------------------------------------------------------------


def open(folder: Path | str) -> Matter:
    """Open a matter's folder.

    Raises:
        MatterNotFound, MatterNewer, MatterDamaged, SettingsInvalid, NetworkFolder.
    """
    return Matter.open(folder)


def init(
    folder: Path,
    *,
    demand: Path | None = None,
    name: str = "",
    time_zone: str = "",
    prefix: str = "",
    side: str = "answering",
) -> Matter:
    """Make a matter, from a demand file or blank; the renderer and fonts are recorded in its settings.

    ``side`` is answering or demanding; the demanding side's demands come with ``demand_new``.

    Raises:
        MatterExists, DemandInvalid, TimeZoneInvalid, NetworkFolder, ReadOnly.
    """
    from tecum.engine import ocr, pages

    plan = demandfile.read(demand) if demand else _blank(time_zone, prefix, side)
    sources = tuple(
        replace(one, sources=tuple(str((plan.folder / path).absolute()) for path in one.sources))
        for one in plan.custodians
    )
    settings = Settings(
        name or folder.absolute().name,
        replace(plan, custodians=sources),
        side=side,
        processing=Processing(ocr=ocr.chosen()),  # its version is recorded when it first recognises a page
        engine=pages.setup(),
    )
    return Matter.create(folder, settings)


def _blank(time_zone: str, prefix: str, side: str) -> Plan:
    """No demand yet. The demanding side keeps what each recipient produced, so copies count under each."""
    demand = Demand("", "", "", "", None, None)
    dedupe = "custodian" if side == "demanding" else "global"
    return Plan(demand, (), (), Counsel(), Production(prefix=prefix, time_zone=time_zone, dedupe=dedupe))


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
        recognised = _renewed(matter, run.recognition)
        derive(matter, progress)
        counts = {"new": run.new, "read": run.read, "numbered": run.numbered}
        return {**status(matter, enforce=True), **counts, "recognition": recognised}


def _renewed(matter: Matter, done: recognise.Run) -> dict[str, Any]:
    """Let what was derived from documents that got their words late be made anew; return what was recognised."""
    if done.renewed:
        with matter.write() as db:
            _forget_derived(db)
    return {"pages": done.pages, "items": done.items, "waiting": done.waiting, "lacking": done.lacking,
            "small": done.small}  # fmt: skip


def derive(matter: Matter, progress: Progress) -> None:
    """What follows from the documents: duplicates, threads, near-duplicates, versions, and the index."""
    from tecum.terms import indexing

    duplicates.run(matter)
    study.run(matter, progress)
    threading.run(matter, progress)
    near.run(matter, progress)
    versioning.run(matter)
    indexing.update(matter, progress)


def _forget_derived(db: Connection) -> None:
    """Let it all be derived anew, in the caller's transaction: what was read of old documents changes."""
    from tecum.terms import indexing

    for one in (duplicates, study, threading, near, versioning, indexing):
        one.forget(db)


def retry(matter: Matter, wanted: Wanted = ALL, *, progress: Progress = silent) -> dict[str, Any]:
    """Read again every item that could not be processed, as after installing a program or a password.

    With filters only the items that bear such an exception, and those also where they were read in part.
    """
    with matter.stage("ingest"):
        chosen = None if wanted.everything else [row["item"] for row in exceptions(matter, wanted)["exceptions"]]
        with matter.write() as db:
            count = reopen(db, chosen) + (recognise.reopen(db) if chosen is None else 0)
            if count:
                _forget_derived(db)
            matter.act(db, "retry", "exceptions", {"items": count})
        processing.read_open_items(matter, progress)
        recognised = _renewed(matter, recognise.run(matter, processing.options_of(matter), progress))
        number.number(matter)
        derive(matter, progress)
        return {**status(matter, enforce=True), "retried": count, "recognition": recognised}


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
        sums["widened"] = copies.widened_count(db)
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


def exceptions(matter: Matter, wanted: Wanted = ALL) -> dict[str, Any]:
    """The processing exceptions: on what each stands, what to do about it, and what became of it."""
    with matter.read() as db:
        return {"exceptions": exceptionlist.exceptions(db, wanted)}


def waive(matter: Matter, items: Sequence[str], by: str, reason: str) -> dict[str, Any]:
    """Let the exceptions of these items (keys or control numbers) stand, in the name of a person; the ledger keeps it.

    Raises:
        DocumentUnknown: when one of them bears no exception; then none is waived.
    """
    return {"exceptions": exceptionlist.waive(matter, items, by, reason), "waived": len(set(items))}


def second_opinion(matter: Matter, amount: int | None, *, progress: Progress = silent) -> dict[str, Any]:
    """Let a second extractor read ``amount`` files drawn at random (None = all); disagreement is an exception.

    Raises:
        EngineMissing: when it is not installed. StageBusy.
    """
    with matter.stage("ingest"):
        return agreement.run(matter, processing.options_of(matter), amount, progress)


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


# -- reports and checks ----------------------------------------------------------------------------------


def report(matter: Matter, name: str, form: str, wanted: Wanted = ALL) -> bytes:
    """Write the report ``name`` as html, docx, pdf, xlsx or csv.

    Of the files: custody, exceptions (those ``wanted``), processing, status; threads, near-duplicates, versions,
    languages, blind-copies, widened. Of a docket: board, money, tasks, history, findings.

    Raises:
        ReportUnknown.
    """
    from tecum.engine import paper
    from tecum.processing import reports

    if name == "findings":
        return paper.write(finding_blocks(matter), form)
    if name in analysis_reports.REPORTS:
        return paper.write(analysis_reports.blocks(matter, name, form), form)
    if name in DOCKET_REPORTS:
        return docket_report(matter, name, form)
    return paper.write(reports.blocks(matter, name, form, wanted), form)


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
        entered = docket_record.verify(db)
        sums = balance.enforce(db)
    return {
        "ledger": {"entries": head.seq, "head": head.hash},
        "docket": entered,
        "blobs": blobs.verify(matter.store, matter.blobs, progress),
        "segments": run.verify(matter),
        "balanced": sums["balanced"],
        "volumes": _verify_volumes(matter),
    }


def _verify_volumes(matter: Matter) -> list[dict[str, Any]]:
    """Compare every sealed volume with the manifest that was sealed."""
    from tecum.production import seal

    with matter.read() as db:
        rows = list(db.execute(select(volume.c.name, volume.c.manifest).where(volume.c.state.in_(SEALED))))
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
