"""What goes out of a docket: its status, letters, calendar feed, tables, the public page, the other side's files."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tecum import clock
from tecum.demand import (
    asked,
    board,
    calendars,
    columns,
    effects,
    events,
    exchange,
    ics,
    letters,
    publish,
    record,
    tasks,
)
from tecum.demand.effects import Where
from tecum.demand.nouns import Docket, Event
from tecum.demand.standing import Standing, chosen, standings
from tecum.engine import paper, sheets
from tecum.engine.store import translated
from tecum.errors import LetterIncomplete, ReportUnknown, StepForbidden, TecumError
from tecum.matter import Matter
from tecum.settings import SIDES
from tecum.verbs.docket import act, chosen_rows, docket, today

_EVERYONE = Where()
REPORTS = ("board", "money", "tasks", "history")
# What an event of our own each letter would be evidence of; a letter whose act is forbidden is not written.
_ACT_OF = {"reminder": "reminded", "final-notice": "final-notice", "subpoena": "subpoena-served"}


def board_rows(matter: Matter, where: Where = _EVERYONE, as_of: dt.date | None = None) -> tuple[Docket, list[Standing]]:
    """The docket, and the rows chosen as of a day; today when left out."""
    now = docket(matter)
    day = as_of or today(matter)
    return now, chosen(standings(now, day, calendars.Recorded(now, today(matter))), where)


def demand_status(
    matter: Matter, where: Where = _EVERYONE, *, as_of: dt.date | None = None, due_within: int | None = None
) -> dict[str, Any]:
    """Where everybody stands (the ``demand status --json`` shape), computed from what had happened by ``as_of``.

    ``due_within`` leaves only those with something late, or due within so many days.
    """
    now, found = board_rows(matter, where, as_of)
    day = as_of or today(matter)
    ours = tasks.RECIPIENT if matter.settings.side == SIDES[0] else tasks.ISSUER
    if due_within is not None:
        found = [one for one in found if _soon(one, day + dt.timedelta(days=due_within))]
    return {
        "as_of": day.isoformat(),
        "demands": [
            {"demand": one.id, "title": one.title, "from": one.sender, "due": str(one.due or ""),
             "requests": len(one.requests), "hash": one.hash}
            for one in now.demands.values()
        ],
        "recipients": [board.row(one, ours) for one in found],
        "totals": board.totals(found),
        "calendar_changes": [_change(one) for one in calendars.Recorded(now, today(matter)).changes(day)],
    }  # fmt: skip


def _soon(one: Standing, last: dt.date) -> bool:
    return one.overdue or any(task.late or (task.by is not None and task.by <= last) for task in tasks.tasks(one))


def _change(one: calendars.CalendarChange) -> dict[str, Any]:
    return {
        "calendar": one.key, "recorded": one.recorded, "installed": one.installed,
        "days": [{"date": str(each.date), "old": each.old, "new": each.new} for each in one.days],
        "moved": [
            {"demand": each.demand, "recipient": each.recipient, "old": str(each.old or ""), "new": str(each.new or "")}
            for each in one.moved
        ],
    }  # fmt: skip


def report_blocks(
    matter: Matter, name: str, where: Where = _EVERYONE, as_of: dt.date | None = None
) -> list[paper.Block]:
    """A report of the docket as blocks: board, money, tasks, history.

    Raises:
        ReportUnknown.
    """
    now, found = board_rows(matter, where, as_of)
    title = f"{matter.settings.name}: {name}"
    if name == "board":
        return board.blocks(now, found, title)
    if name == "money":
        return [paper.Heading(title), *board.money_blocks(found)]
    if name == "tasks":
        return board.deadlines_blocks(found, title)
    if name == "history":
        return board.history_blocks(now, found)
    raise ReportUnknown(f"There is no report named {name}", remedy=f"Choose {', '.join(REPORTS)}")


def docket_report(
    matter: Matter, name: str, form: str, where: Where = _EVERYONE, as_of: dt.date | str | None = None
) -> bytes:
    """Write a report of the docket (board, money, tasks, history) as html, docx, pdf, xlsx or csv.

    Raises:
        ReportUnknown.
    """
    day = dt.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    return paper.write(report_blocks(matter, name, where, day), form)


# -- letters ---------------------------------------------------------------------------------------------


def demand_letter(
    matter: Matter, name: str, where: Where, out: Path | None = None, *, by: str = "", on: dt.date | None = None,
    more: dict[str, str] | None = None, forms: Sequence[str] = ("docx", "pdf"), dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Merge a letter for each recipient chosen and write it as DOCX and PDF; what was written is recorded by hash.

    A letter that cannot be written (a field is not filled in, an order forbids the step) is a row with its reason; the
    others are written. That a letter was sent is recorded apart, with its proof. A dry run returns the texts.

    Raises:
        RecipientUnknown, TemplateInvalid; LetterIncomplete or StepForbidden when not one letter can be written.
    """
    now = docket(matter)
    day = on or today(matter)
    rows = chosen_rows(matter, now, where, today(matter))
    own = matter.folder / "papers" / "templates"
    made: list[tuple[Standing, list[paper.Block]]] = []
    refused: list[dict[str, str]] = []
    last: TecumError | None = None
    for one in rows:
        try:
            _allowed(now, one, name, day)
            blocks = letters.letter(name, now, one, by=by or matter.actor, on=day, folder=own, more=more or {})
        except (LetterIncomplete, StepForbidden) as error:
            told = {"code": error.code, "message": error.message, "remedy": error.remedy}
            refused.append({"recipient": one.recipient.id, "demand": one.demand.id, **told})
            last = error
            continue
        made.append((one, blocks))
    if last is not None and not made:
        raise last
    folder = out or matter.folder / "papers" / day.isoformat()
    written_rows = []
    listed = []
    for one, blocks in made:
        stem = f"{name}-{one.demand.id}-{one.recipient.id}"
        files = {form: paper.write(blocks, form) for form in forms} if not dry_run else {}
        paths = _put(folder, stem, files)
        listed.append({"recipient": one.recipient.id, "demand": one.demand.id, "files": paths, "text": _text(blocks)})
        if files:
            hashes = {form: hashlib.sha256(data).hexdigest() for form, data in files.items()}
            said = {
                "letter": name,
                "demand": one.demand.id,
                "recipient": one.recipient.id,
                "on": str(day),
                "files": hashes,
            }
            written_rows.append(("letter", f"{stem}/{day}", said))
    record.enter(matter, written_rows, "demand letter", name, now.last)
    return {"letter": name, "written": listed, "refusals": refused, "folder": str(folder), "dry_run": dry_run}


def _allowed(now: Docket, one: Standing, name: str, day: dt.date) -> None:
    """Raise ``StepForbidden`` when the act that a letter is may not be done."""
    if name not in _ACT_OF:
        return
    act_of = Event("", day.isoformat(), _ACT_OF[name], one.demand.id, (one.recipient.id,))
    refusals = effects.forbidden(now, one, act_of)
    if refusals:
        raise StepForbidden(f"{one.recipient.id}: {refusals[0].message}")


def _text(blocks: Sequence[paper.Block]) -> str:
    """A letter as plain text, for a look before it is written."""
    lines: list[str] = []
    for block in blocks:
        match block:
            case paper.Heading(text, _):
                lines += ["", text, ""]
            case paper.Paragraph(text) | paper.Note(text):
                lines += [text, ""]
            case paper.Bullets(items):
                lines += [*(f"- {item}" for item in items), ""]
            case paper.Fields(pairs):
                lines += [*(f"{name}: {paper.shown(value)}" for name, value in pairs), ""]
            case paper.Table(columns, rows):
                lines += [" | ".join(columns), *(" | ".join(map(paper.shown, row)) for row in rows), ""]
            case paper.Signature(who):
                lines += ["____________________", *who, ""]
    return "\n".join(lines).strip()


def _put(folder: Path, stem: str, files: dict[str, bytes]) -> list[str]:
    with translated(folder):
        if files:
            folder.mkdir(parents=True, exist_ok=True)
        for form, data in files.items():
            temporary = folder / f"{stem}.{form}.new"
            temporary.write_bytes(data)
            temporary.replace(folder / f"{stem}.{form}")
    return [str(folder / f"{stem}.{form}") for form in files]


# -- calendar, tables, page, exchange --------------------------------------------------------------------


def demand_calendar(matter: Matter, out: Path, where: Where = _EVERYONE, *, dry_run: bool = False) -> dict[str, Any]:
    """Write every date that runs as an iCalendar file."""
    _, found = board_rows(matter, where)
    data = ics.feed(found, matter.settings.name, clock.now())
    return _written(out, {out: data}, dry_run, dates=data.splitlines().count(b"BEGIN:VEVENT"))


def demand_export(matter: Matter, out: Path, *, dry_run: bool = False) -> dict[str, Any]:
    """Write the docket's tables: a folder of CSV files, or one ``.xlsx`` or ``.json`` file; ``import`` reads them."""
    made = columns.tables(docket(matter))
    form = out.suffix.lower().lstrip(".")
    counts = {name: len(rows) for name, (_, rows) in made.items()}
    dates, numbers = columns.date_columns(), {"amount"}
    if form in ("xlsx", "json"):
        return _written(
            out, sheets.write(made, out, date_columns=dates, number_columns=numbers), dry_run, tables=counts
        )
    files = sheets.write(made, "csv", date_columns=dates, number_columns=numbers)
    return _written(out, files, dry_run, tables=counts)


def demand_page(
    matter: Matter, out: Path, fields: Sequence[str], where: Where = _EVERYONE, *, title: str = "",
    as_of: dt.date | None = None, dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Write the public status page: the fields named, and nothing else.

    Raises:
        FieldUnknown.
    """
    _, found = board_rows(matter, where, as_of)
    blocks = publish.blocks(found, fields, title or "Status")
    return _written(out, {out: paper.write(blocks, "html")}, dry_run, rows=len(found), fields=list(fields))


def demand_for(matter: Matter, recipient: str, out: Path, demand: str = "", *, dry_run: bool = False) -> dict[str, Any]:
    """Write the demand file for one recipient, for its own tecum."""
    one = _only(matter, recipient, demand)
    served = next((event.day for event in one.events if event.kind == "served"), None)
    text = asked.as_file(one.demand, one.recipient, served)
    return _written(out, {out: text.encode()}, dry_run, recipient=recipient, demand=one.demand.id)


def demand_deficiencies(
    matter: Matter, recipient: str, out: Path, demand: str = "", *, dry_run: bool = False
) -> dict[str, Any]:
    """Write a recipient's deficiencies as the file that both sides read."""
    one = _only(matter, recipient, demand)
    data = exchange.write(one)
    return _written(out, {out: data}, dry_run, recipient=recipient, deficiencies=len(one.deficiencies))


def is_exchange(path: Path) -> bool:
    """Whether a file says that it is a list of deficiencies."""
    return path.suffix.lower() == ".json" and exchange.is_one(path)


def demand_exchange(matter: Matter, path: Path, *, dry_run: bool = False) -> dict[str, Any]:
    """Take in the other side's file of deficiencies: its answers on the demanding side, its list on the answering side.

    Raises:
        ExchangeInvalid, RecipientUnknown, TableInvalid.
    """
    said = exchange.read(path)
    answering = matter.settings.side == SIDES[0]
    now = docket(matter)
    rows = standings(now, today(matter), calendars.Recorded(now, today(matter)))
    one = exchange.addressee(said, rows)
    noted = [each for each in [exchange.doubt(said, one)] if each]
    kept = {events.evidence_of(path): path}
    take = exchange.raised if answering else exchange.answers
    new = take(said, one, tuple(kept), today(matter))
    if not new:
        return {"events": [], "refusals": [], "effects": [], "dry_run": dry_run, "assumed": noted}
    return act(matter, now, rows, new, "exchange", kept, observed=True, dry_run=dry_run, assumed=noted)


def _only(matter: Matter, recipient: str, demand: str) -> Standing:
    now = docket(matter)
    found = chosen_rows(matter, now, Where(recipients=(recipient,), demand=demand), today(matter))
    if len(found) > 1:
        names = ", ".join(one.demand.id for one in found)
        raise ReportUnknown(f"{recipient} has several demands: {names}", remedy="Name one with --demand")
    return found[0]


def _written(out: Path, files: Any, dry_run: bool, **said: Any) -> dict[str, Any]:
    """Write one file, or several into a folder, whole or not at all."""
    pairs = {out: files} if isinstance(files, bytes) else {
        (path if isinstance(path, Path) else out / f"{path}.csv"): data for path, data in files.items()
    }  # fmt: skip
    if not dry_run:
        with translated(out):
            for path, data in pairs.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary = path.with_name(f"{path.name}.new")
                temporary.write_bytes(data)
                temporary.replace(path)
    return {"path": str(out), "files": [str(path) for path in pairs], "dry_run": dry_run, **said}
