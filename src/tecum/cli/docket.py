"""The commands of ``tecum demand`` that enter something: a demand, what happened, an order, what was found."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from tecum.cli import FINDINGS, docket_wording
from tecum.cli.show import DryRun, State, say, state_of

app = typer.Typer(
    help="Demands, recipients, events, clocks, orders, letters; for the side that demands and the side that answers.",
    no_args_is_help=True,
)

Who = Annotated[list[str] | None, typer.Argument(metavar="[RECIPIENT...]", help="Recipients; else an option chooses.")]
Everybody = Annotated[bool, typer.Option("--everybody", help="All recipients are meant.")]
Demand = Annotated[str, typer.Option("--demand", help="Only this demand.")]
InState = Annotated[str, typer.Option("--in", help="Only recipients in this state, such as CA.")]
OfKind = Annotated[str, typer.Option("--of-kind", help="Only city, county, state, agency or company.")]
Owner = Annotated[str, typer.Option("--owner", help="Only those whom this person follows.")]
Response = Annotated[str, typer.Option("--response", help='Only where the response is, say, "no response".')]
Overdue = Annotated[bool, typer.Option("--overdue", help="Only where something is overdue.")]
Day = Annotated[str, typer.Option("--on", help="The day on which it happened; today when left out.")]
Evidence = Annotated[
    list[Path] | None,
    typer.Option("--evidence", help="A file that proves it; it is kept by its hash. May be repeated."),
]
Source = Annotated[str, typer.Option("--source", help="Where it stands: an address or a citation.")]
AsOf = Annotated[str, typer.Option("--as-of", help="As of the end of this day; today when left out.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="May be repeated.")]
By = Annotated[str, typer.Option("--by", help="The person who decides it.")]


def chosen(
    recipients: list[str] | None,
    demand: str = "",
    state: str = "",
    kind: str = "",
    owner: str = "",
    response: str = "",
    overdue: bool = False,
) -> Any:
    """The rows of the board that the options choose."""
    from tecum import verbs

    return verbs.Where(tuple(recipients or ()), demand, state, kind, owner, response, overdue=overdue)


def pairs_of(given: list[str] | None) -> dict[str, str]:
    """What ``--set KEY=VALUE`` said."""
    pairs = {}
    for one in given or ():
        key, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set wants KEY=VALUE, not {one}")
        pairs[key.strip()] = value.strip()
    return pairs


def say_entered(state: State, done: dict[str, Any]) -> None:
    """Say what an act entered; a refusal is a finding."""
    say(state, done, docket_wording.entered(done))
    state.code = FINDINGS if done.get("refusals") else 0


@app.command("new")
def new(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The demand file (TOML).")],
    recipients: Annotated[Path | None, typer.Option(help="A table of those who are to answer.")] = None,
    key: Annotated[str, typer.Option("--id", help="The demand's short name; the file's when left out.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA name; for a matter that is made now.")] = "",
    encoding: Annotated[str, typer.Option(help="Of a CSV that is not UTF-8, such as cp1252.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Take a demand and its recipients into the docket; makes the matter where -C names a new folder."""
    from tecum import verbs

    state = state_of(context)
    trial = dry_run and not any(state.folder.glob("*"))  # there is no matter yet, and a dry run makes none
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        verbs.demand_matter(Path(elsewhere) / "matter" if trial else state.folder, time_zone=time_zone) as matter,
    ):
        done = verbs.demand_new(matter, file, recipients, key=key, encoding=encoding, dry_run=dry_run)
    say_entered(state, done)


@app.command("serve")
def serve(
    context: typer.Context,
    recipients: Who = None,
    demand: Demand = "",
    in_state: InState = "",
    of_kind: OfKind = "",
    channel: Annotated[str, typer.Option(help="mail, e-mail, portal, hand, fax, posting.")] = "",
    by_mail: Annotated[bool, typer.Option("--by-mail", help="The rule's extra days for mail count.")] = False,
    on: Day = "",
    evidence: Evidence = None,
    source: Source = "",
    everybody: Everybody = False,
    dry_run: DryRun = False,
) -> None:
    """Record that the demand went out; with --evidence or --source, that it was served. Sent is not served."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.demand_serve(
            matter,
            verbs.meant(matter, chosen(recipients, demand, in_state, of_kind), everybody or dry_run),
            channel=channel,
            happened=on,
            evidence=evidence or (),
            source=source,
            by_mail=by_mail,
            dry_run=dry_run,
        )
    say_entered(state, done)


@app.command("record")
def record(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help="What happened, such as acknowledged; see the documentation.")
    ] = "",
    recipients: Who = None,
    demand: Demand = "",
    request: Annotated[list[str] | None, typer.Option("--request", help="A request's number. May be repeated.")] = None,
    on: Day = "",
    data: Set = None,
    evidence: Evidence = None,
    source: Source = "",
    sure: Annotated[str, typer.Option(help="certain, probable or unverified.")] = "",
    joint: Annotated[bool, typer.Option("--joint", help="One act of all the recipients together.")] = False,
    observed: Annotated[bool, typer.Option("--observed", help="It happened although an order forbids it.")] = False,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A mail or a saved page or article: what it tells is proposed, the file is kept as evidence."
        ),
    ] = None,
    accept: Annotated[str, typer.Option(help="With --from: enter these proposals, such as 1,3 or all.")] = "",
    outlet: Annotated[str, typer.Option(help="With --from an article: who published it.")] = "",
    everybody: Everybody = False,
    dry_run: DryRun = False,
) -> None:
    """Record what happened, with its evidence; or let a mail or an article propose it."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        if from_file is not None:
            found = verbs.demand_propose(
                matter,
                from_file,
                accept=accept,
                outlet=outlet,
                published=on,
                recipients=tuple(one for one in (kind, *(recipients or ())) if one),
                demand=demand,
                more=pairs_of(data),
                dry_run=dry_run,
            )
            say(state, found, docket_wording.proposed(found, from_file))
            return
        if not kind:
            raise typer.BadParameter("Name what happened, or give --from FILE")
        done = verbs.demand_record(
            matter,
            kind,
            verbs.meant(matter, chosen(recipients, demand), everybody or dry_run or kind == "corrected"),
            happened=on,
            requests=request or (),
            data=pairs_of(data),
            evidence=evidence or (),
            source=source,
            sure=sure,
            joint=joint,
            observed=observed,
            dry_run=dry_run,
        )
    say_entered(state, done)


@app.command("extend")
def extend(
    context: typer.Context,
    recipients: Who = None,
    demand: Demand = "",
    until: Annotated[str, typer.Option(help="The new date.")] = "",
    days: Annotated[int, typer.Option(help="Or so many days after the date in force.", min=0)] = 0,
    business: Annotated[bool, typer.Option("--business", help="The days are business days.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse what was asked for.")] = False,
    by_statute: Annotated[
        bool, typer.Option("--by-statute", help="The recipient takes it by right; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    on: Day = "",
    evidence: Evidence = None,
    everybody: Everybody = False,
    dry_run: DryRun = False,
) -> None:
    """Give more time, in any number of days or to a date; or refuse it."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.demand_extend(
            matter,
            verbs.meant(matter, chosen(recipients, demand), everybody or dry_run),
            until=until,
            days=days,
            business=business,
            refuse=refuse,
            reason=reason,
            taken=by_statute,
            happened=on,
            evidence=evidence or (),
            dry_run=dry_run,
        )
    say_entered(state, done)


@app.command("deficiency")
def deficiency(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(metavar="RECIPIENT", help="Whose answer is short.")],
    step: Annotated[
        str, typer.Argument(metavar="[STEP]", help="raised, noticed, answered, disputed, cured or waived.")
    ] = "raised",
    name: Annotated[str, typer.Option("--id", help="Which deficiency; for all steps but raised.")] = "",
    code: Annotated[str, typer.Option(help="A check code, or a word.")] = "",
    text: Annotated[str, typer.Option(help="What is lacking, or what is said about it.")] = "",
    due: Annotated[str, typer.Option(help="Cure by.")] = "",
    bates: Annotated[str, typer.Option("--range", help="Bates numbers concerned.")] = "",
    request: Annotated[list[str] | None, typer.Option("--request", help="A request's number. May be repeated.")] = None,
    by: By = "",
    demand: Demand = "",
    on: Day = "",
    evidence: Evidence = None,
    source: Source = "",
    exchange: Annotated[
        Path | None, typer.Option("--exchange", help="Write the list as the file that both sides read.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Raise what is lacking in an answer, and follow it to its cure."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        if exchange is not None:
            written = verbs.demand_deficiencies(matter, recipient, exchange, demand, dry_run=dry_run)
            say(state, written, docket_wording.written(written))
            return
        kind = "deficiency" if step == "raised" else f"deficiency-{step}"
        said = {"deficiency": name, "code": code, "text": text, "due": due, "range": bates, "by": by}
        done = verbs.demand_record(
            matter,
            kind,
            chosen([recipient], demand),
            happened=on,
            requests=request or (),
            data={key: value for key, value in said.items() if value},
            evidence=evidence or (),
            source=source,
            dry_run=dry_run,
            action="deficiency",
        )
    say_entered(state, done)


@app.command("escalate")
def escalate(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", help="The person who approves it.")],
    recipients: Who = None,
    demand: Demand = "",
    in_state: InState = "",
    of_kind: OfKind = "",
    response: Response = "",
    overdue: Overdue = False,
    step: Annotated[str, typer.Option(help="Which step; the next on the ladder when left out.")] = "",
    until: Annotated[str, typer.Option(help="The date that the step sets.")] = "",
    on: Day = "",
    evidence: Evidence = None,
    source: Source = "",
    everybody: Everybody = False,
    dry_run: DryRun = False,
) -> None:
    """Take the next step of force in the name of a person; refused where an order forbids it."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.demand_escalate(
            matter,
            verbs.meant(
                matter,
                chosen(recipients, demand, in_state, of_kind, response=response, overdue=overdue),
                everybody or dry_run,
            ),
            by=by,
            step=step,
            until=until,
            happened=on,
            evidence=evidence or (),
            source=source,
            dry_run=dry_run,
        )
    say_entered(state, done)


@app.command("order")
def order(context: typer.Context, values: Set = None, dry_run: DryRun = False) -> None:
    """Enter a court's order: --set id=... --set case=... and so on, the columns of orders.csv."""
    _enter(context, "orders", values, dry_run)


@app.command("case")
def case(context: typer.Context, values: Set = None, dry_run: DryRun = False) -> None:
    """Enter a suit: --set id=... --set title=... and so on, the columns of cases.csv."""
    _enter(context, "cases", values, dry_run)


@app.command("award")
def award(
    context: typer.Context,
    values: Set = None,
    step: Annotated[str, typer.Option(help="at-risk, withheld, conditioned, terminated, released or restored.")] = "",
    name: Annotated[str, typer.Option("--id", help="With --step: which award.")] = "",
    by: By = "",
    on: Day = "",
    evidence: Evidence = None,
    source: Source = "",
    observed: Annotated[bool, typer.Option("--observed", help="It happened although an order forbids it.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Enter an award (--set and the columns of awards.csv), or act on one (--step withheld --id AWARD)."""
    from tecum import verbs

    if not step:
        _enter(context, "awards", values, dry_run)
        return
    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.demand_award(
            matter,
            name,
            step,
            by=by,
            more=pairs_of(values),
            happened=on,
            evidence=evidence or (),
            source=source,
            observed=observed,
            dry_run=dry_run,
        )
    say_entered(state, done)


def _enter(context: typer.Context, table: str, values: list[str] | None, dry_run: bool) -> None:
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        done = verbs.demand_enter(matter, table, pairs_of(values), dry_run=dry_run)
    say_entered(state, done)


@app.command("finding")
def finding(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A short name; all findings when left out.")] = "",
    question: Annotated[str, typer.Option(help="What is asked of everything that all recipients produced.")] = "",
    query: Annotated[str, typer.Option(help="The query that proposes documents.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Compare what all recipients produced: who has documents that show something, and which were coded for it."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.demand_finding(matter, name, question=question, query=query, dry_run=dry_run)
    say(state, found, docket_wording.findings(found))


@app.command("code")
def code(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="FINDING", help="Which finding.")],
    documents: Annotated[list[str], typer.Argument(metavar="DOCUMENT...", help="Control or Bates numbers.")],
    by: Annotated[str, typer.Option("--by", help="The person who says so.")],
    no: Annotated[bool, typer.Option("--no", help="They do not show it.")] = False,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Say of documents that they show a finding, or that they do not."""
    from tecum import verbs

    state = state_of(context)
    with verbs.open(state.folder) as matter:
        found = verbs.demand_code(matter, name, documents, by=by, no=no, note=note, dry_run=dry_run)
    say(state, found, docket_wording.findings(found))
