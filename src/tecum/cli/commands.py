"""The commands: each reads its options, calls the verb of the same name, and says what it did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tecum.cli import EXCEPTIONS, FINDINGS, docket_wording, terms, wording
from tecum.cli.demo import app as demo_app
from tecum.cli.docket_papers import app as demand_app
from tecum.cli.exceptions import exceptions
from tecum.cli.show import DryRun, State, day_of, progress, say, state_of

app = typer.Typer(
    name="tecum",
    help="Answer a demand for documents, and check what others answered.",
    epilog="-C FOLDER picks the matter (else the folder you stand in) and --json prints one JSON object; "
    "both may stand anywhere. Every command explains itself: tecum COMMAND --help",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.add_typer(terms.app, name="terms")
app.add_typer(demand_app, name="demand")
app.add_typer(demo_app, name="demo")

Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=]PATH...", help="Files or folders; NAME is the custodian they come from."),
]


@app.command()
def answer(
    context: typer.Context,
    demand: Annotated[Path, typer.Argument(metavar="DEMAND", help="The demand file (TOML).")],
    sources: Sources = None,
    out: Annotated[Path, typer.Option("--out", help="The matter's folder: new, or one to go on with.")] = Path(
        "matter"
    ),
    dry_run: DryRun = False,
) -> None:
    """The whole journey unattended: collect, process, select by terms, hold what is doubtful, write a draft."""
    from tecum import verbs

    state = state_of(context)
    done = verbs.answer(demand, _named(sources), out, dry_run=dry_run, progress=progress(state))
    say(state, done, wording.answer(done))
    _code_of_volume(state, done)


@app.command()
def init(
    context: typer.Context,
    matter: Annotated[Path, typer.Argument(metavar="MATTER", help="A new or empty folder.")],
    demand: Annotated[Path | None, typer.Option(help="The demand file whose values are copied once.")] = None,
    name: Annotated[str, typer.Option(help="The matter's name.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA name, such as America/Chicago.")] = "",
    prefix: Annotated[str, typer.Option(help="Bates prefix.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Make a matter: a folder with its settings, store, blobs and index."""
    from tecum import demandfile, verbs

    state = state_of(context)
    if dry_run:
        requests = len(demandfile.read(demand).requests) if demand else 0
        say(state, {"matter": str(matter), "requests": requests}, [f"Would make a matter in {matter}."])
        return
    with verbs.init(matter, demand=demand, name=name, time_zone=time_zone, prefix=prefix) as made:
        requests = len(made.settings.plan.requests)
        say(
            state,
            {"matter": str(matter), "requests": requests},
            [f"Matter made in {matter}; its settings are in tecum.toml."],
        )


@app.command()
def ingest(
    context: typer.Context,
    sources: Sources = None,
    custodian: Annotated[str, typer.Option(help="The custodian of every path without NAME=.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Collect and process files into the matter; run again to resume. Without paths: the settings' sources."""
    from tecum import verbs

    state = state_of(context)
    given = [(key or custodian, path) for key, path in _named(sources)]
    with verbs.open(state.folder) as matter:
        if dry_run:
            cost = verbs.plan_ingest(matter, given)
            say(state, cost, wording.cost(cost))
            return
        done = verbs.ingest(matter, given, progress=progress(state))
    say(state, done, wording.ingest(done))
    state.code = EXCEPTIONS if done["exceptions"] else 0


@app.command()
def status(context: typer.Context) -> None:
    """What the matter holds: items by disposition, duplicates, exceptions, volumes."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.status(matter)
    say(state, found, wording.status(found))


app.command()(exceptions)


@app.command()
def custody(context: typer.Context) -> None:
    """The chain of custody: who collected what, from where, how and when."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.custody(matter)
    say(state, found, wording.custody(found))


@app.command()
def report(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="custody, exceptions, processing, status; threads, near-duplicates, versions, languages, "
            "blind-copies, widened; of a docket board, money, tasks, history or findings."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The file to write; its ending says the format.")],
    dry_run: DryRun = False,
) -> None:
    """Write a report as HTML, DOCX, PDF, XLSX or CSV."""
    from tecum import verbs

    if out.suffix.lower() not in (".html", ".docx", ".pdf", ".xlsx", ".csv"):
        raise typer.BadParameter(f"--out writes .html, .docx, .pdf, .xlsx or .csv, not {out.suffix or out.name}")
    state = state_of(context)
    with verbs.open(state.folder) as matter:
        data = verbs.report(matter, name, out.suffix.lstrip(".").lower())
    if not dry_run:
        out.write_bytes(data)
    say(state, {"path": str(out), "bytes": len(data)}, [f"{name} report: {out}"])


app.command()(terms.search)


@app.command()
def produce(
    context: typer.Context,
    volume: Annotated[str, typer.Argument(metavar="VOLUME", help="Its name; the settings' when left out.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Select, render, number, write, re-read and seal a volume as a DRAFT; run again to resume."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.produce(matter, volume, dry_run=dry_run, progress=progress(state))
    say(state, done, wording.volume(done))
    _code_of_volume(state, done)


@app.command()
def release(
    context: typer.Context,
    volume: Annotated[str, typer.Argument(metavar="VOLUME")],
    by: Annotated[str, typer.Option(help="The name of the person who releases it.")],
    dry_run: DryRun = False,
) -> None:
    """Release a sealed draft in the name of a person, after checking it once more."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.release(matter, volume, by, dry_run=dry_run)
    say(state, done, wording.volume(done))


@app.command()
def numbers(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="FIRST", help="First Bates number used elsewhere.")],
    last: Annotated[str, typer.Argument(metavar="LAST", help="Last one.")],
    note: Annotated[str, typer.Option(help="Which production that was.")],
    dry_run: DryRun = False,
) -> None:
    """Register Bates numbers used by a production made elsewhere, so that ours go on after them."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.register_numbers(matter, first, last, note, dry_run=dry_run)
    say(state, found, wording.numbers(found))


@app.command()
def check(
    context: typer.Context,
    volume: Annotated[Path, typer.Argument(metavar="VOLUME", help="Any vendor's volume folder or load file.")],
) -> None:
    """Check anyone's volume as its receiver; needs no matter. Exit code 1 when a stop is found."""
    from tecum import verbs

    state = state_of(context)
    found = verbs.check(volume)
    say(state, found, wording.check(found))
    state.code = FINDINGS if any(one["severity"] == "stop" for one in found["findings"]) else 0


@app.command()
def receive(
    context: typer.Context,
    volume: Annotated[Path, typer.Argument(metavar="VOLUME", help="The volume folder or load file that came.")],
    sender: Annotated[str, typer.Option("--from", help="The recipient who produced it.")],
    demand: Annotated[str, typer.Option("--demand", help="Which demand it answers, where there are several.")] = "",
    request: Annotated[
        list[str] | None, typer.Option("--request", help="A request it answers; its own rows say it when left out.")
    ] = None,
    on: Annotated[str, typer.Option("--on", help="The day on which it came; today when left out.")] = "",
    raised: Annotated[
        list[str] | None, typer.Option("--raise", help="A deficiency to raise at once, by its code, or all.")
    ] = None,
    due: Annotated[str, typer.Option("--due", help="By when those are to be cured.")] = "",
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Check and record it; do not take in its documents.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Take in a volume: check it, record it, propose what is lacking, make it searchable. Exit code 1 with a stop."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.receive(
            matter, volume, sender, demand=demand, requests=request or (), received=on, raise_codes=raised or (),
            due=day_of(due, "--due"), check_only=check_only, dry_run=dry_run, progress=progress(state),
        )  # fmt: skip
    say(state, done, docket_wording.received(done))
    state.code = FINDINGS if done["stops"] else 0


@app.command()
def verify(context: typer.Context) -> None:
    """Read everything again: database, ledger, every blob against its hash, every item's disposition."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.verify(matter, progress=progress(state))
    say(state, found, wording.verify(found))


@app.command()
def doctor(context: typer.Context) -> None:
    """What this installation can do, which isolation holds, what each absent program would add."""
    from tecum import verbs

    state = state_of(context)
    found = verbs.doctor()
    say(state, found, wording.doctor(found))


def _named(sources: list[str] | None) -> list[tuple[str, Path]]:
    """Split NAME=PATH; a path that holds ``=`` itself and exists is taken as a path."""
    named = []
    for one in sources or ():
        key, equals, path = one.partition("=")
        if equals and not Path(one).exists():
            named.append((key, Path(path)))
        else:
            named.append(("", Path(one)))
    return named


def _code_of_volume(state: State, done: dict[str, Any]) -> None:
    if done.get("refusals"):
        state.code = FINDINGS
    elif done.get("status", {}).get("exceptions"):
        state.code = EXCEPTIONS
