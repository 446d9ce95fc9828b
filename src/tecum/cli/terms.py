"""``tecum search`` and ``tecum terms``: search, reports and checks of terms, and rounds of negotiation over them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tecum.cli import FINDINGS, terms_wording
from tecum.cli.show import DryRun, State, say, state_of
from tecum.errors import MatterNotFound

if TYPE_CHECKING:
    from tecum.matter import Matter
    from tecum.query.switches import Switches

app = typer.Typer(
    help="Lists of search terms: check how they are read, report what they hit, negotiate them.", no_args_is_help=True
)
_LISTED = 25  # documents of a search that a terminal lists
_FORMATS = ("html", "docx", "pdf", "xlsx", "csv", "json")
_DIALECTS = ("dtsearch", "nuix", "lucene")

Dialect = Annotated[str, typer.Option("--dialect", help="How terms are read: dtsearch, nuix or lucene.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write .xlsx, .html, .docx, .pdf, .csv or .json.")]
Noise = Annotated[
    str, typer.Option("--noise", help="keep: every word counts; dtsearch: noise words find nothing, any in a phrase.")
]
Wider = Annotated[bool, typer.Option("--wider", help="Count w/n and pre/n one word wider, as some products do.")]
EdgesWider = Annotated[
    bool, typer.Option("--edges-wider", help="Count w/n of xfirstword and xlastword one word wider.")
]
DayFirst = Annotated[bool, typer.Option("--day-first", help="Read 1/2/2018 in a text as the first of February.")]
By = Annotated[str, typer.Option("--by", help="The name of the person or side who says so.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for your own record; it is never exported.")]
ForRequest = Annotated[str, typer.Option("--request", help="The request of rows that name none.")]
List = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="One term a line, or CSV or XLSX with a column term (name, request, dialect)."),
]
Number = Annotated[int, typer.Argument(metavar="ROUND", help="The round's number, as tecum terms rounds lists it.")]


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="See the documentation: the query language.")],
    count: Annotated[bool, typer.Option("--count", help="Only the numbers.")] = False,
    dialect: Dialect = "dtsearch",
    ranked: Annotated[bool, typer.Option("--ranked", help="The most telling documents first.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help=f"List no more than so many; 0 for all. On screen {_LISTED}.")
    ] = None,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out so many at the beginning.")] = 0,
    out: Out = None,
    dry_run: DryRun = False,
) -> None:
    """Search the matter, and say how the query was read."""
    from tecum import verbs

    state = state_of(context)
    _known(dialect)
    form = _form(out)
    whole = state.json or form
    most = limit if limit is not None else 0 if whole else _LISTED
    with verbs.open(state.folder) as matter:
        found = verbs.search(
            matter, query, count=count and not form, dialect=dialect, limit=most, offset=offset, ranked=ranked
        )
    if out and not dry_run:
        out.write_bytes(verbs.search_table(found, form))
        found = {**found, "path": str(out)}
    if state.json:
        say(state, found, ())
        return
    for line in terms_wording.search(found, marked=sys.stdout.isatty()):
        print(line)  # not by ``say``: a terminal's marks round found words are meant to reach it


@app.command("report")
def report(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="One term a line, or CSV or XLSX with a column term. Without it: the requests' own terms.",
        ),
    ] = None,
    out: Out = None,
    dialect: Dialect = "dtsearch",
    noise: Noise = "keep",
    wider: Wider = False,
    edges_wider: EdgesWider = False,
    day_first: DayFirst = False,
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="Draw so many documents of each row, and of what no row hits.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of the samples; printed, so that they can be drawn again.")] = 1,
    coded: Annotated[
        Path | None, typer.Option("--coded", help="A CSV with the columns control and responsive (yes or no).")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """What each term hits: documents, families, what only it hits, by custodian, request and month; samples."""
    from tecum import verbs

    state = state_of(context)
    form, switches = _form(out), _switches(noise, wider, edges_wider, day_first)
    _known(dialect)
    with verbs.open(state.folder) as matter:
        found = verbs.terms_report(
            matter, file, dialect=dialect, switches=switches, sample=sample, seed=seed, coded=coded
        )
    _write(state, None if dry_run else out, found, partial(verbs.terms_paper, found, form), terms_wording.report)


@app.command("check")
def check(
    context: typer.Context,
    file: List,
    dialect: Dialect = "dtsearch",
    noise: Noise = "keep",
    wider: Wider = False,
    edges_wider: EdgesWider = False,
    day_first: DayFirst = False,
) -> None:
    """How each term is read, and what is wrong or ambiguous in it; in a matter also what it stands for and hits."""
    from tecum import verbs

    state = state_of(context)
    switches = _switches(noise, wider, edges_wider, day_first)
    _known(dialect)
    matter = _matter_if_any(state)
    try:
        found = verbs.terms_check(file, matter, dialect=dialect, switches=switches)
    finally:
        if matter is not None:
            matter.close()
    say(state, found, terms_wording.checked(found))
    state.code = FINDINGS if any(row["error"] for row in found["terms"]) else 0


@app.command("propose")
def propose(
    context: typer.Context, file: List, by: By, why: Why, request: ForRequest = "", dialect: Dialect = "dtsearch",
    dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Enter a list of terms as proposed, with what it hits at this time."""
    _enter(context, "propose", file, by, why, request, dialect, dry_run)


@app.command("counter")
def counter(
    context: typer.Context, file: List, by: By, why: Why, request: ForRequest = "", dialect: Dialect = "dtsearch",
    dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Enter the other side's list, or our answer to it, with what it hits at this time."""
    _enter(context, "counter", file, by, why, request, dialect, dry_run)


@app.command("agree")
def agree(
    context: typer.Context,
    by: By,
    why: Why,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The list agreed; without it, that of the newest round.")
    ] = None,
    request: ForRequest = "",
    dialect: Dialect = "dtsearch",
    dry_run: DryRun = False,
) -> None:
    """Enter a list as agreed: it becomes the terms of its requests in tecum.toml, by which tecum produce selects."""
    _enter(context, "agree", file, by, why, request, dialect, dry_run)


@app.command("rounds")
def rounds(context: typer.Context) -> None:
    """Every round of negotiation: who, when, why, and what it hit."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.terms_rounds(matter)
    say(state, found, terms_wording.rounds(found))


@app.command("compare")
def compare(
    context: typer.Context,
    before: Number,
    after: Annotated[int, typer.Argument(metavar="ROUND", help="The later round.")],
    out: Out = None,
    dry_run: DryRun = False,
) -> None:
    """What one round changed in another: terms added, dropped, changed; documents gained and lost."""
    from tecum import verbs

    state, form = state_of(context), _form(out)
    with verbs.open(state.folder) as matter:
        found = verbs.terms_compare(matter, before, after)
    made = partial(verbs.terms_compare_paper, found, form)
    _write(state, None if dry_run else out, found, made, terms_wording.compared)


@app.command("export")
def export(
    context: typer.Context,
    number: Annotated[int, typer.Option("--round", help="The round to export.")],
    out: Annotated[Path, typer.Option("--out", help="Write .xlsx, .html, .docx, .pdf, .csv or .json.")],
    dry_run: DryRun = False,
) -> None:
    """Write a round for the other side: terms and numbers, and nothing that a document says or is called."""
    from tecum import verbs

    state, form = state_of(context), _form(out)
    with verbs.open(state.folder) as matter:
        data = verbs.terms_export(matter, number, form)
    if not dry_run:
        out.write_bytes(data)
    say(state, {"path": str(out), "bytes": len(data), "round": number}, [f"Round {number}: {out}"])


def _enter(
    context: typer.Context, act: str, file: Path | None, by: str, why: str, request: str, dialect: str, dry_run: bool
) -> None:
    from tecum import verbs

    if not by.strip() or not why.strip():
        raise typer.BadParameter("--by and --why must say something: a named person enters a round, for a reason")
    _known(dialect)
    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.terms_enter(matter, act, file, by=by, why=why, request=request, dialect=dialect, dry_run=dry_run)
    say(state, done, terms_wording.entered(done))


def _write(
    state: State, out: Path | None, found: dict[str, Any], made: Callable[[], bytes], wording: Callable[..., Any]
) -> None:
    """Write the file asked for and name it, else say what was found."""
    if out:
        out.write_bytes(made())
        found = {**found, "path": str(out)}
    say(state, found, wording(found))


def _form(out: Path | None) -> str:
    form = out.suffix.lstrip(".").lower() if out else ""
    if out and form not in _FORMATS:
        raise typer.BadParameter(f"--out writes .{', .'.join(_FORMATS)}, not {out.suffix or out.name}")
    return form


def _known(dialect: str) -> None:
    if dialect not in _DIALECTS:
        raise typer.BadParameter(f"--dialect is one of {', '.join(_DIALECTS)}, not {dialect}")


def _switches(noise: str, wider: bool, edges_wider: bool, day_first: bool) -> Switches:
    from tecum.query.switches import Switches

    if noise == "keep":
        return Switches("keep", wider, edges_wider, day_first)
    if noise == "dtsearch":
        return Switches("dtsearch", wider, edges_wider, day_first)
    raise typer.BadParameter(f"--noise is keep or dtsearch, not {noise}")


def _matter_if_any(state: State) -> Matter | None:
    """The matter that -C names, or that of the folder where somebody stands, if it is one."""
    from tecum import verbs

    try:
        return verbs.open(state.folder)
    except MatterNotFound:
        if state.folder != Path():
            raise
        return None
