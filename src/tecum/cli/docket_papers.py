"""The commands of ``tecum demand`` that look and write: status, letters, the calendar feed, tables in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tecum.cli import FINDINGS, docket_wording
from tecum.cli.docket import (
    AsOf,
    By,
    Demand,
    Everybody,
    InState,
    OfKind,
    Overdue,
    Owner,
    Response,
    Set,
    Who,
    chosen,
    pairs_of,
    say_entered,
)
from tecum.cli.docket import app as app
from tecum.cli.show import DryRun, day_of, say, state_of


@app.command("status")
def status(
    context: typer.Context,
    recipients: Who = None,
    demand: Demand = "",
    in_state: InState = "",
    of_kind: OfKind = "",
    owner: Owner = "",
    response: Response = "",
    overdue: Overdue = False,
    as_of: AsOf = "",
    due_soon: Annotated[
        int | None, typer.Option("--due-soon", help="Only what is late or due within so many days.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what every answer rests on.")] = False,
) -> None:
    """Where everybody stands, who acts next, and why; exit code 1 when --overdue or --due-soon finds some."""
    from tecum import verbs

    state = state_of(context)
    where = chosen(recipients, demand, in_state, of_kind, owner, response, overdue)
    with verbs.open(state.folder) as matter:
        found = verbs.demand_status(matter, where, as_of=day_of(as_of, "--as-of"), due_within=due_soon)
    say(state, found, docket_wording.status(found, explain=explain))
    state.code = FINDINGS if (overdue or due_soon is not None) and found["recipients"] else 0


@app.command("letter")
def letter(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LETTER", help="Such as reminder, deficiency, final-notice.")],
    recipients: Who = None,
    demand: Demand = "",
    in_state: InState = "",
    of_kind: OfKind = "",
    response: Response = "",
    overdue: Overdue = False,
    by: By = "",
    on: Annotated[str, typer.Option("--on", help="The letter's date; today when left out.")] = "",
    more: Set = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder; the matter's papers when left out.")] = None,
    everybody: Everybody = False,
    dry_run: DryRun = False,
) -> None:
    """Write a letter to each recipient as DOCX and PDF; --dry-run shows every letter and writes none."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.demand_letter(
            matter,
            name,
            verbs.meant(
                matter,
                chosen(recipients, demand, in_state, of_kind, response=response, overdue=overdue),
                everybody or dry_run,
            ),
            out,
            by=by,
            on=day_of(on, "--on"),
            more=pairs_of(more),
            dry_run=dry_run,
        )
    say(state, done, docket_wording.letters(done))
    state.code = FINDINGS if done["refusals"] else 0


@app.command("calendar")
def calendar(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", help="The .ics file to write.")] = None,
    owner: Owner = "",
    accept: Annotated[str, typer.Option(help="Accept the changed list of holidays of this key, such as US.")] = "",
    by: By = "",
    dry_run: DryRun = False,
) -> None:
    """Write the dates that run as an iCalendar file; or accept a changed list of holidays (--accept US --by NAME)."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        if accept:
            if not by:
                raise typer.BadParameter("--accept needs --by, the person who accepts it")
            done = verbs.demand_accept_calendar(matter, accept, by, dry_run=dry_run)
            say_entered(state, done)
            return
        where = chosen(None, owner=owner)
        written = verbs.demand_calendar(
            matter, out or matter.folder / "papers" / "deadlines.ics", where, dry_run=dry_run
        )
    say(state, written, docket_wording.written(written))


@app.command("import")
def import_(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A CSV, XLSX or JSON file, a folder of them, or a file of deficiencies."),
    ],
    encoding: Annotated[str, typer.Option(help="Of a CSV that is not UTF-8, such as cp1252.")] = "",
    dates: Annotated[str, typer.Option(help="How 1/2/2018 is read: mdy or dmy; not at all when left out.")] = "iso",
    exchange: Annotated[
        bool, typer.Option("--deficiencies", help="The file is the other side's list of deficiencies.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Take in tables kept in a spreadsheet: every row or none; what is wrong is told row by row."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        if exchange or verbs.is_exchange(path):
            done = verbs.demand_exchange(matter, path, dry_run=dry_run)
        else:
            done = verbs.demand_import(matter, path, encoding=encoding, dates=dates, dry_run=dry_run)
    say_entered(state, done)


@app.command("export")
def export(
    context: typer.Context,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A folder for CSV, or a .xlsx, .json, .html or .toml file.")
    ],
    field: Annotated[
        list[str] | None, typer.Option("--field", help="For .html, the public page: a field to show. May be repeated.")
    ] = None,
    recipient: Annotated[str, typer.Option("--for", help="For .toml: the recipient whose demand file it is.")] = "",
    demand: Demand = "",
    title: Annotated[str, typer.Option(help="For .html: the page's title.")] = "",
    as_of: AsOf = "",
    dry_run: DryRun = False,
) -> None:
    """Write the docket as tables; as a public page (.html), only with the fields named; or a demand file (.toml)."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        if out.suffix == ".html":
            done = verbs.demand_page(
                matter,
                out,
                field or (),
                chosen(None, demand),
                title=title,
                as_of=day_of(as_of, "--as-of"),
                dry_run=dry_run,
            )
        elif out.suffix == ".toml":
            if not recipient:
                raise typer.BadParameter("A demand file (.toml) needs --for, the recipient whose file it is")
            done = verbs.demand_for(matter, recipient, out, demand, dry_run=dry_run)
        else:
            done = verbs.demand_export(matter, out, dry_run=dry_run)
    say(state, done, docket_wording.written(done))
