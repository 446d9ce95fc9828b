"""The verbs of the docket: demand, serve, record, escalate, letters, tables in and out; for either side.

Every verb that enters something can be asked first what it would change. What is entered is examined as rows of a
table are: all of it or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tecum import clock, demandfile, toml
from tecum.demand import asked, calendars, effects, events, intake, record, tasks
from tecum.demand.effects import Refusal, Where
from tecum.demand.nouns import Docket, Event, Noun
from tecum.demand.record import Row
from tecum.demand.standing import Standing, standings
from tecum.engine import sheets
from tecum.errors import DemandSent, MatterNotFound, RecipientUnknown, StepForbidden, TableInvalid
from tecum.matter import Matter
from tecum.settings import SIDES

_ANSWERING = SIDES[0]


def today(matter: Matter) -> dt.date:
    """The day it is in the matter's time zone."""
    zone = matter.settings.plan.production.time_zone
    return clock.now().astimezone(matter.settings.plan.production.zone if zone else None).date()


def docket(matter: Matter) -> Docket:
    """Everything recorded; on the answering side the demand of the settings stands in it from the start."""
    with matter.read() as db:
        held = record.load(db)
    return asked.own(held, matter.settings.plan) if matter.settings.side == _ANSWERING else held


# -- the demand ------------------------------------------------------------------------------------------


def demand_matter(folder: Path, name: str = "", time_zone: str = "") -> Matter:
    """Open the demanding side's matter at ``folder``, or make it where there is nothing yet."""
    from tecum import verbs

    try:
        return Matter.open(folder)
    except MatterNotFound:
        if folder.exists() and any(folder.iterdir()):
            raise
    return verbs.init(folder, name=name, time_zone=time_zone, side="demanding")


def demand_new(
    matter: Matter, file: Path, recipients: Path | None = None, *, key: str = "", encoding: str = "",
    dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Take a demand and its recipients into the docket; a demand that was not sent yet may be given anew.

    Raises:
        DemandInvalid, TableInvalid, DemandSent, RecipientUnknown.
    """
    said = demandfile.read_asked(file)
    now = docket(matter)
    taken = intake.Taken(docket=now)
    if recipients is not None:
        read = sheets.read(recipients, encoding=encoding)
        tables = [replace(read[0], name="recipients")] if len(read) == 1 else [
            one for one in read if one.name == "recipients"
        ]  # fmt: skip
        if not tables:
            raise TableInvalid(
                f"{recipients} holds {', '.join(one.name for one in read)}, and none of them is recipients",
                path=recipients, remedy="Name the sheet or file recipients, or give a file with this one table",
            )  # fmt: skip
        taken = intake.take(now, tables, recipients, today(matter))
    name = key or said.demand.id or asked.key_of(file.stem)
    old = now.demands.get(name)
    listed = [row.values["id"] for row in tables[0].rows] if recipients is not None else []
    ids = list(said.recipients or listed or (old.recipients if old else taken.docket.recipients))
    _known(taken.docket, ids)
    demand = asked.noun(said.demand, said.requests, name, ids)
    if old is not None and asked.went_out(now, old):
        if old.hash != demand.hash:
            raise DemandSent(f"demand {demand.id} went out, and its words stand", path=file)
        if gone := sorted(set(old.recipients) - set(demand.recipients)):
            raise DemandSent(f"demand {demand.id} went out to {', '.join(gone)} too", path=file, remedy="Keep them in "
                             "the list; to let one go, record the demand to it as withdrawn")  # fmt: skip
    after = replace(taken.docket, demands={**taken.docket.demands, demand.id: demand})
    rows = [*taken.rows, *([record.row_of(demand)] if old != demand else [])]
    return _enter(matter, now, after, rows, "new", demand.id, {}, dry_run, demand=demand.id, changed=taken.changed,
                  assumed=taken.assumed, recipients=len(ids), requests=len(demand.requests),
                  hash=demand.hash)  # fmt: skip


def _known(now: Docket, ids: Sequence[str]) -> None:
    for one in ids:
        if one not in now.recipients:
            raise RecipientUnknown(f"there is no recipient {one}{events.meant(one, now.recipients)}")
    if not ids:
        raise RecipientUnknown("the demand goes to nobody", remedy="Give --recipients FILE.csv")


def demand_file(demand: Mapping[str, Any], requests: Sequence[Mapping[str, Any]]) -> str:
    """The text of a demand file with these values."""
    return "\n".join([toml.table("demand", demand), *(toml.table("[[request]]", one) for one in requests)])


# -- events ----------------------------------------------------------------------------------------------


def demand_record(
    matter: Matter, kind: str, where: Where, *, happened: str = "", requests: Sequence[str] = (),
    data: Mapping[str, str] | None = None, evidence: Sequence[Path] = (), source: str = "", sure: str = "",
    joint: bool = False, observed: bool = False, dry_run: bool = False, action: str = "record",
) -> dict[str, Any]:  # fmt: skip
    """Enter what happened, once for each recipient chosen, or once for all of them together (``joint``).

    A step of force or an adverse act that an order forbids is refused, unless it was only ``observed``: then it is
    recorded as the fact it is, and shown as a conflict.

    Raises:
        RecipientUnknown, TableInvalid, StepForbidden.
    """
    now = docket(matter)
    day = today(matter)
    rows = chosen_rows(matter, now, where, day)
    kept = {events.evidence_of(path): path for path in evidence}
    told = {key: value for key, value in (data or {}).items() if value}
    made = Event("", happened or day.isoformat(), kind, where.demand, (), tuple(requests), told, tuple(kept), source,
                 sure)  # fmt: skip
    wrong = next((one for one in now.events if kind == "corrected" and one.id == told.get("event")), None)
    if wrong is not None:  # once, whomever it concerns
        corrected = replace(made, demand=wrong.demand, recipients=wrong.recipients)
        return act(matter, now, rows, [corrected], action, kept, observed=observed, dry_run=dry_run)
    new = [replace(made, recipients=tuple(dict.fromkeys(one.recipient.id for one in rows)))] if joint else [
        replace(made, demand=one.demand.id, recipients=(one.recipient.id,)) for one in rows
    ]  # fmt: skip
    return act(matter, now, rows, new, action, kept, observed=observed, dry_run=dry_run)


def act(
    matter: Matter, now: Docket, rows: Sequence[Standing], new: Sequence[Event], action: str, kept: dict[str, Path],
    *, observed: bool, dry_run: bool, more: Sequence[Row] = (), **said: Any,
) -> dict[str, Any]:  # fmt: skip
    """Examine, refuse what is forbidden, enter the rest; ``more`` rows enter with it."""
    named = events.with_ids(now, new)
    _examine(matter, now, named)
    allowed, refused = (list(named), []) if observed else effects.split_forbidden(now, rows, named)
    if refused and not allowed and not dry_run:
        raise StepForbidden("; ".join(f"{one.recipient}: {one.message}" for one in refused[:5]))
    after = effects.with_events(now, allowed)
    entered = [*more, *(record.row_of(one) for one in allowed)]
    subject = named[0].kind if named else action
    told = {"events": [one.id for one in allowed], "refusals": [one.as_dict() for one in refused], **said}
    among = effects.touched(now, allowed)
    return _enter(matter, now, after, entered, action, subject, kept, dry_run, among, **told)


def _examine(matter: Matter, now: Docket, new: Sequence[Event]) -> None:
    problems = sheets.Problems()
    examiner = events.Examiner(effects.with_events(now, new), today(matter))
    for one in new:
        for column, message, cure in examiner.examine(one):
            problems.add(", ".join(one.recipients) or one.demand or one.kind, 0, column, message, cure)
    problems.done()


def _enter(
    matter: Matter, before: Docket, after: Docket, rows: list[Row], action: str, subject: str, kept: Mapping[str, Path],
    dry_run: bool, among: Collection[str] = (), **said: Any,
) -> dict[str, Any]:  # fmt: skip
    """Say what changes and, unless it is a dry run, enter it together with the calendars it is counted with.

    ``among`` are the recipients whose rows it can change; all when it is empty.
    """
    day = today(matter)
    found = effects.compare(before, after, day, lambda one: calendars.Recorded(one, day), among)
    if rows and not dry_run:
        refs = record.keep_files(matter, kept.values())[1]
        more = calendars.Recorded(after, day).rows()
        record.enter(matter, [*_own_rows(matter, before), *rows, *more], f"demand {action}", subject, before.last, refs)
    return {**said, "effects": found, "dry_run": dry_run}


def _own_rows(matter: Matter, before: Docket) -> list[Row]:
    """The answering side's demand and recipient, which come from its settings, to be entered with the first act."""
    if before.last or matter.settings.side != _ANSWERING:
        return []
    nouns: list[Noun] = [*before.recipients.values(), *before.demands.values()]
    return [record.row_of(one) for one in nouns]


def chosen_rows(matter: Matter, now: Docket, where: Where, as_of: dt.date) -> list[Standing]:
    """The rows of the board that are meant.

    Raises:
        RecipientUnknown: when nobody is, or a name is not known.
    """
    for one in where.recipients:
        if one not in now.recipients:
            raise RecipientUnknown(f"there is no recipient {one}{events.meant(one, now.recipients)}")
    found = [one for one in standings(now, as_of, calendars.Recorded(now, as_of), where.recipients) if where(one)]
    if not found:
        raise RecipientUnknown("no recipient is meant by this choice")
    return found


def meant(matter: Matter, where: Where, everybody: bool) -> Where:
    """A choice for an act: it must choose, unless everybody is meant or there is only one recipient.

    Raises:
        RecipientUnknown: for an empty choice among several, since an act on all of them by a slip is hard to undo.
    """
    count = len(docket(matter).recipients)
    if where == Where() and not everybody and count > 1:
        raise RecipientUnknown(
            f"nobody is named, and there are {count:,} recipients",
            remedy="Name them, choose them with an option such as --overdue or --demand, or say --everybody",
        )
    return where


# -- the steps that have a name --------------------------------------------------------------------------


def demand_serve(
    matter: Matter, where: Where, *, channel: str = "", happened: str = "", evidence: Sequence[Path] = (),
    source: str = "", by_mail: bool = False, dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Record that the demand went out; with proof, that it was served. Without proof it is only *sent*."""
    proved = bool(evidence or source)
    data = {
        key: value for key, value in (("channel", channel), ("by-mail", "yes" if by_mail and proved else "")) if value
    }
    kind = "served" if proved else "sent"
    return demand_record(matter, kind, where, happened=happened, data=data, evidence=evidence, source=source,
                         dry_run=dry_run, action="serve")  # fmt: skip


def demand_extend(
    matter: Matter, where: Where, *, until: str = "", days: int = 0, business: bool = False, refuse: bool = False,
    reason: str = "", taken: bool = False, happened: str = "", evidence: Sequence[Path] = (), dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Grant or refuse more time: a new date, or any number of days; ``taken`` when the statute itself allows it."""
    data = {"until": until, "days": str(days) if days else "", "reason": reason,
            "unit": "business days" if business else ""}  # fmt: skip
    kind = "extension-refused" if refuse else "extension-taken" if taken else "extension-granted"
    kept = ("reason",) if refuse else tuple(data)
    said = {key: value for key, value in data.items() if value and key in kept}
    return demand_record(matter, kind, where, happened=happened, data=said, evidence=evidence, dry_run=dry_run,
                         action="extend")  # fmt: skip


def demand_escalate(
    matter: Matter, where: Where, *, by: str, step: str = "", until: str = "", happened: str = "",
    evidence: Sequence[Path] = (), source: str = "", dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Take the next step of force, approved by a named person, for each recipient that is late, short or refusing.

    Those without anything to escalate, and those whom an order or an end protects, are refused, each with the reason.
    The open deficiencies stand beside each step.

    Raises:
        StepForbidden: when nobody is left.
    """
    now = docket(matter)
    day = today(matter)
    rows = chosen_rows(matter, now, where, day)
    kept = {events.evidence_of(path): path for path in evidence}
    idle = [one for one in rows if not tasks.due_for_escalation(one)]
    refused = [Refusal(one.recipient.id, one.demand.id, "", f"nothing to escalate: {one.response}") for one in idle]
    new = []
    for one in rows:
        if one not in idle:
            kind = step or tasks.next_step(one)
            data = {"by": by, **({"until": until} if until and kind in _WITH_DATE else {})}
            new.append(Event("", happened or day.isoformat(), kind, one.demand.id, (one.recipient.id,), (), data,
                             tuple(kept), source))  # fmt: skip
    if not new:
        raise StepForbidden("; ".join(f"{one.recipient}: {one.message}" for one in refused[:5]))
    done = act(matter, now, rows, new, "escalate", kept, observed=False, dry_run=dry_run)
    done["refusals"] += [one.as_dict() for one in refused]
    open_lists = {one.recipient.id: [each.id for each in one.answers.open_deficiencies] for one in rows}
    return {**done, "open_deficiencies": {key: ids for key, ids in open_lists.items() if ids}}


_WITH_DATE = ("final-notice", "subpoena-served", "show-cause", "compliance-ordered")


def demand_award(
    matter: Matter, award: str, step: str, *, by: str = "", more: Mapping[str, str] | None = None, happened: str = "",
    evidence: Sequence[Path] = (), source: str = "", observed: bool = False, dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Act on an award: threaten, withhold, condition, end, release or restore it; refused where an order freezes it.

    Raises:
        TableInvalid, StepForbidden.
    """
    now = docket(matter)
    known = now.awards.get(award)
    if known is None:
        raise RecipientUnknown(
            f"there is no award {award}{events.meant(award, now.awards)}", remedy="See: tecum demand status"
        )
    rows = chosen_rows(matter, now, Where(recipients=(known.recipient,)), today(matter))
    kept = {events.evidence_of(path): path for path in evidence}
    data = {"award": award, **({"by": by} if by else {}), **(more or {})}
    new = Event("", happened or today(matter).isoformat(), step, "", (known.recipient,), (), data, tuple(kept), source)
    return act(matter, now, rows, [new], "award", kept, observed=observed, dry_run=dry_run)


def demand_enter(matter: Matter, table: str, values: Mapping[str, str], *, dry_run: bool = False) -> dict[str, Any]:
    """Enter one row of a table (``awards``, ``cases``, ``orders``, ``recipients``), cells as in a spreadsheet.

    Raises:
        TableInvalid.
    """
    place = Path(table)
    row = sheets.Row(0, {key: value for key, value in values.items() if value})
    sheet = sheets.Sheet(table, tuple(row.values), (row,), place, table)
    return _import(matter, [sheet], place, "iso", dry_run, action=table.removesuffix("s"))


def demand_import(
    matter: Matter, path: Path, *, encoding: str = "", dates: str = "iso", dry_run: bool = False
) -> dict[str, Any]:
    """Take in tables: a CSV file, a folder of them, a workbook, or JSON; all rows or none.

    Raises:
        TableInvalid: with every row that cannot be taken. SourceMissing.
    """
    return _import(matter, sheets.read(path, encoding=encoding, dates=dates), path, dates, dry_run)


def _import(
    matter: Matter, tables: Sequence[sheets.Sheet], path: Path, dates: str, dry_run: bool, action: str = "import"
) -> dict[str, Any]:
    now = docket(matter)
    taken = intake.take(now, tables, path, today(matter), dates)
    return _enter(matter, now, taken.docket, taken.rows, action, path.name, taken.files, dry_run, added=taken.added,
                  unchanged=taken.unchanged, changed=taken.changed, assumed=taken.assumed)  # fmt: skip


def demand_accept_calendar(matter: Matter, key: str, by: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Put the installed list of holidays in the place of the recorded one, in the name of a person.

    Raises:
        RecipientUnknown: when the docket has no such calendar.
    """
    now = docket(matter)
    day = today(matter)
    if key not in now.calendars:
        raise RecipientUnknown(f"the docket records no calendar {key}{events.meant(key, now.calendars)}")
    row = calendars.Recorded(now, day).accepted(key)
    new = calendars.from_row(row)
    said = events.with_ids(now, [Event("", day.isoformat(), "calendar-accepted",
                                       data={"calendar": key, "by": by, "version": new.version})])  # fmt: skip
    after = replace(effects.with_events(now, said), calendars={**now.calendars, key: new})
    rows = [row, *(record.row_of(one) for one in said)]
    return _enter(matter, now, after, rows, "accept calendar", key, {}, dry_run, calendar=key, version=new.version)
