"""``tecum demo``: a made-up city that answers, dockets of real demands, a made-up round of 23 recipients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tecum.cli import FINDINGS, docket_wording, wording
from tecum.cli.show import progress, say, state_of

app = typer.Typer(help="A made-up city answers a demand, start to finish, and is scored against its planted truth.")
Out = Annotated[Path | None, typer.Option("--out", help="A new folder; one named for the demo when left out.")]
Seed = Annotated[int, typer.Option(help="The same seed makes the same files.")]


@app.callback(invoke_without_command=True)
def demo(context: typer.Context, out: Out = None, seed: Seed = 1) -> None:
    """A made-up city answers a demand, start to finish, and is scored against its planted truth."""
    if context.invoked_subcommand is not None:
        return
    from tecum.demo import journey

    state = state_of(context)
    done = journey.run(out or Path("riverton"), seed, progress(state))
    say(state, done, wording.demo(done))
    state.code = 0 if done["all_found"] else FINDINGS


@app.command("docket")
def docket(context: typer.Context, out: Out = None) -> None:
    """The demand of January 2018 to 23 jurisdictions as a docket: letters, money, suits and orders, as of any day."""
    _case(context, "docket", out or Path("docket-2018"))


@app.command("energy")
def energy(context: typer.Context, out: Out = None) -> None:
    """The data requests of May 2002 to energy sellers as a docket: sworn answers, show cause, settlement."""
    _case(context, "energy", out or Path("docket-2002"))


def _case(context: typer.Context, name: str, out: Path) -> None:
    from tecum.demo import dockets

    state = state_of(context)
    done = dockets.run(name, out, progress(state))
    say(state, done, docket_wording.case(done))


@app.command("round")
def round_(context: typer.Context, out: Out = None, seed: Seed = 1) -> None:
    """23 made-up recipients answer 8 requests each, some short, some not at all; the score of what was recognised."""
    from tecum.demo import rounds

    state = state_of(context)
    done = rounds.run(out or Path("round"), seed, progress(state))
    say(state, done, docket_wording.round_of(done))
    state.code = 0 if done["all_found"] else FINDINGS
