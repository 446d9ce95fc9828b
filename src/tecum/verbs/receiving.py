"""Receiving: a volume that came is checked, entered in the docket, and taken in so that all that came can be searched.

This is where the rooms of receipt, processing, terms and demand meet.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tecum.demand import calendars, events, findings, record, shortfall
from tecum.demand.effects import Where
from tecum.demand.findings import Hit
from tecum.demand.nouns import Docket, Event
from tecum.demand.shortfall import Shortfall
from tecum.demand.standing import Standing, standings
from tecum.engine import sheets
from tecum.engine.schema import document, item, source
from tecum.errors import DocumentUnknown, FindingUnknown, RecipientUnknown, VolumeUnreadable
from tecum.matter import Matter
from tecum.processing.rows import LOAD_FILE
from tecum.progress import Progress, silent
from tecum.verbs.docket import act, chosen_rows, docket, today

_LOAD_FILES = 3  # whose bytes are kept as evidence of what came


def receive(
    matter: Matter, volume: Path, sender: str, *, demand: str = "", requests: Sequence[str] = (), received: str = "",
    raise_codes: Sequence[str] = (), due: dt.date | None = None, check_only: bool = False, dry_run: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:  # fmt: skip
    """Take in a volume that a recipient produced: check it, record that it came, propose what is lacking, index it.

    Args:
        matter: the demanding side's.
        volume: anyone's volume folder or load file.
        sender: the recipient who produced it.
        demand: where the recipient has several.
        requests: those it answers; what its own rows say when left out.
        received: the day on which it came; when left out, the day that is recorded, else today.
        raise_codes: deficiencies to raise at once, by code, or ``all``; the others are only proposed.
        due: the day by which those are to be cured.
        check_only: do not take its documents into the matter.
        dry_run: check, and say what would be entered.
        progress: told of rows received and read.

    Raises:
        RecipientUnknown, VolumeUnreadable, VolumeChanged, StageBusy, TableInvalid; FindingUnknown when a code is to be
        raised that was not found.
    """
    received = sheets.to_date(received)
    now = docket(matter)
    day = today(matter)
    one = _one(chosen_rows(matter, now, Where(recipients=(sender,), demand=demand), day))
    came = _examine(volume)
    checked = came.checked
    name = volume.name if volume.name not in ("", "..") else volume.resolve().name  # a link keeps its own
    answered = tuple(requests) or tuple(number for number in came.by_request if one.demand.ask(number))
    kept = {events.evidence_of(path): path for path in came.load_files}
    stops = sum(each.severity == "stop" for each in checked.findings)
    data = {
        "volume": name, "documents": str(checked.documents), "pages": str(checked.pages), "first": checked.first,
        "last": checked.last, "stops": str(stops),
    }  # fmt: skip
    said = {key: value for key, value in data.items() if value}
    produced = Event("", received or str(day), "produced", one.demand.id, (sender,), answered, said, tuple(kept))
    recorded = _recorded(matter, one, produced, volume)
    arrived = (recorded or produced).day
    lacking = _lacking(came, one, _as_of(now, one, arrived, day), answered, name)
    wanted = _wanted(lacking, raise_codes)
    new = [] if recorded else [produced]
    new += [each.event(one, max(day, arrived), due, tuple(kept)) for each in wanted if not _raised(one, each)]
    done: dict[str, Any] = {"events": [], "effects": [], "refusals": []}
    if new:
        done = act(matter, now, [one], new, "receive", kept, observed=True, dry_run=dry_run)
    idle = check_only or dry_run or (recorded and _taken_in_elsewhere(matter, volume, sender, kept))
    taken = None if idle else _take_in(matter, volume, sender, progress)
    return {
        "volume": name, "recipient": sender, "demand": one.demand.id, "documents": checked.documents,
        "pages": checked.pages, "first": checked.first, "last": checked.last, "stops": stops,
        "already": recorded is not None,
        "by_request": came.by_request, "by_code": dict(sorted(checked.by_code.items())),
        "deficiencies": [each.as_dict() for each in lacking], "raised": [each.code for each in wanted], "taken": taken,
        "not_examined": [{"code": code, "reason": reason} for code, reason in checked.not_examined],
        "events": done["events"], "effects": done["effects"], "dry_run": dry_run,
    }  # fmt: skip


def _as_of(now: Docket, one: Standing, as_of: dt.date, day: dt.date) -> Standing:
    """The same row as it stood on the day when the volume came."""
    rows = standings(now, as_of, calendars.Recorded(now, day))
    return next(row for row in rows if (row.recipient.id, row.demand.id) == (one.recipient.id, one.demand.id))


def _recorded(matter: Matter, one: Standing, produced: Event, volume: Path) -> Event | None:
    """The arrival as the docket holds it: the same load files, with the same outcome or from the same folder.

    A sender who adds a missing file may send the same load files again, in a folder of its own: that is an arrival too.
    """
    same = [each for each in one.events if each.kind == "produced" and each.evidence == produced.evidence]
    for each in same:
        if {**each.data, "volume": ""} == {**produced.data, "volume": ""}:
            return each
    here = source.c.custodian == one.recipient.id, source.c.path == str(volume.absolute())
    with matter.read() as db:
        known = db.execute(select(source.c.id).where(*here)).first() is not None
    return same[-1] if same and known else None


def _wanted(lacking: Sequence[Shortfall], codes: Sequence[str]) -> list[Shortfall]:
    """Those to raise now."""
    found = {each.code for each in lacking}
    for code in codes:
        if code not in (*found, "all"):
            there = f"it finds {', '.join(sorted(found))}" if found else "it finds nothing"
            raise FindingUnknown(f"the check does not find {code}: {there}", remedy="Raise what was found, or all")
    return [each for each in lacking if "all" in codes or each.code in codes]


def _taken_in_elsewhere(matter: Matter, volume: Path, sender: str, kept: Iterable[str]) -> bool:
    """Whether the sender's documents of these load files were taken in from another folder, whole."""
    hashes = [said.partition(" ")[0].removeprefix("sha256:") for said in kept]
    whole = (
        source.c.custodian == sender, source.c.path != str(volume.absolute()), source.c.finished != "",
        item.c.kind == LOAD_FILE, item.c.sha256.in_(hashes),
    )  # fmt: skip
    found = select(source.c.id).join(item, item.c.source == source.c.id).where(*whole)
    with matter.read() as db:
        return db.execute(found).first() is not None


def _one(rows: Sequence[Standing]) -> Standing:
    if len(rows) > 1:
        names = ", ".join(row.demand.id for row in rows)
        raise RecipientUnknown(f"{rows[0].recipient.id} has several demands: {names}", remedy="Name one with --demand")
    return rows[0]


@dataclass(frozen=True)
class _Came:
    """What a volume is: its check, documents by request, requests of the documents with findings, its load files."""

    checked: Any
    by_request: dict[str, int]
    requests_of: dict[str, list[str]]
    load_files: list[Path]


def _examine(volume: Path) -> _Came:
    from tecum.receipt import check, intake

    checked = check.check(volume)
    concerned = {one.bates for one in checked.findings}
    counts: Counter[str] = Counter()
    requests_of: dict[str, list[str]] = {}
    with intake.read(volume) as came:
        for document in came.documents():
            said = document.fields.get("requestno", [])
            numbers = [said] if isinstance(said, str) else list(said)
            counts.update(dict.fromkeys(numbers, 1))
            if document.begin in concerned:
                requests_of[document.begin] = numbers
        paths = [came.root / name for name in came.load_files]
    if not paths:
        raise VolumeUnreadable(f"{volume} holds no load file that lists documents by their numbers", path=volume)
    return _Came(checked, dict(counts), requests_of, [path for path in paths if path.is_file()][:_LOAD_FILES])


def _lacking(
    came: _Came, now: Standing, then: Standing, answered: Sequence[str], name: str
) -> list[Shortfall]:  # fmt: skip
    """What a person may raise: from the files, from where the recipient stands now, from the day when it came."""
    from tecum.receipt.codes import CODES

    titles = {code: (one.title, one.ask) for code, one in CODES.items()}
    found = shortfall.of_findings(
        came.checked.findings, titles, lambda bates: [
            number for number in came.requests_of.get(bates, ()) if now.demand.ask(number)
        ], name,
    )  # fmt: skip
    return [*found, *shortfall.of_standing(now, answered, name), *shortfall.late(then, name, then.as_of)]


def _raised(one: Standing, lacking: Shortfall) -> bool:
    """Whether the same deficiency of the same volume is raised already."""
    return any(
        each.code == lacking.code and each.volume == lacking.volume and each.requests == lacking.requests
        for each in one.deficiencies
    )


def _take_in(matter: Matter, volume: Path, sender: str, progress: Progress) -> dict[str, Any]:
    from tecum import verbs
    from tecum.processing import number, received
    from tecum.receipt import intake

    with matter.stage("ingest"), intake.read(volume) as came:
        taken = received.take_in(
            matter, volume, sender, verbs.program(), root=came.root, load_files=came.load_files, total=came.total,
            rows=came.documents(), claimed=came.files(), progress=progress,
        )  # fmt: skip
        number.number(matter)
        verbs.derive(matter, progress)
        verbs.status(matter, enforce=True)
    return asdict(taken)


# -- findings --------------------------------------------------------------------------------------------


def demand_finding(
    matter: Matter, name: str = "", *, question: str = "", query: str = "", dry_run: bool = False
) -> dict[str, Any]:
    """Compare what all recipients produced: enter a finding (a question and a query), or show all there are.

    Raises:
        QueryInvalid, IndexStale, FindingUnknown.
    """
    now = docket(matter)
    if question or query:
        if not (name and question and query):
            raise FindingUnknown("a finding needs a name, a question and a query")
        said = {"question": question, "query": query}
        hits = _hits(matter, query)
        if not dry_run:
            record.enter(matter, [("finding", name, said)], "demand finding", name, now.last)
        now = replace(now, findings={**now.findings, name: said})
        return {"findings": [findings.compare(now, name, hits, _coded(matter, now, name))], "dry_run": dry_run}
    if name and name not in now.findings:
        raise FindingUnknown(f"there is no finding {name}{events.meant(name, now.findings)}")
    chosen = [name] if name else list(now.findings)
    return {"findings": [_compared(matter, now, one) for one in chosen], "dry_run": dry_run}


def demand_code(
    matter: Matter, name: str, documents: Sequence[str], *, by: str, no: bool = False, note: str = "",
    dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Say of documents whether they show a finding, in the name of a person; the newest word counts.

    Raises:
        FindingUnknown, DocumentUnknown.
    """
    now = docket(matter)
    if name not in now.findings:
        raise FindingUnknown(f"there is no finding {name}{events.meant(name, now.findings)}")
    controls = [_control(matter, one) for one in documents]
    said = {"finding": name, "call": findings.NO if no else findings.YES, "by": by, "note": note}
    rows = [("code", f"{name}/{control}", {**said, "control": control}) for control in controls]
    if not dry_run:
        record.enter(matter, rows, "demand code", name, now.last)
    now = docket(matter)
    return {"findings": [_compared(matter, now, name)], "coded": controls, "dry_run": dry_run}


def finding_blocks(matter: Matter) -> list[Any]:
    """The table of recipients by findings as a paper."""
    now = docket(matter)
    return findings.blocks(
        now, [_compared(matter, now, one) for one in now.findings], f"{matter.settings.name}: findings"
    )


def _compared(matter: Matter, now: Docket, name: str) -> dict[str, Any]:
    return findings.compare(now, name, _hits(matter, now.findings[name]["query"]), _coded(matter, now, name))


def _hits(matter: Matter, query: str) -> list[Hit]:
    from tecum.terms import run

    return [_hit(row) for row in run.rows_of(matter, query)]


def _coded(matter: Matter, now: Docket, name: str) -> list[Hit]:
    from tecum.terms import run

    return [_hit(row) for row in run.rows_by_control(matter, list(findings.coded(now, name)))]


def _hit(row: Any) -> Hit:
    said = json.loads(row.fields)
    title = str(said.get("subject") or said.get("title") or row.name)
    return Hit(row.custodian, row.control, str(said.get("begbates", "")), title, row.path)


def _control(matter: Matter, named: str) -> str:
    """A document's control number, from it or from its first Bates number."""
    from tecum.terms import run

    if run.rows_by_control(matter, [named]):
        return named
    numbers = select(document.c.control).join(item, item.c.key == document.c.item)
    with matter.read() as db:
        found = list(db.execute(numbers.where(func.json_extract(item.c.fields, "$.begbates") == named)).scalars())
    if len(found) != 1:
        said = f"{len(found)} documents bear the number {named}: {', '.join(found[:5])}"
        raise DocumentUnknown(said if found else f"there is no document {named}")
    return str(found[0])
