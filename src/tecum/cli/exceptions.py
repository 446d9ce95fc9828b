"""``tecum exceptions``: list what could not be read, filter it, write it out, read it again, or let it stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tecum.cli import EXCEPTIONS, wording
from tecum.cli.show import DryRun, progress, say, state_of

if TYPE_CHECKING:
    from tecum.matter import Matter
    from tecum.verbs import Wanted

_FILES = (".csv", ".xlsx", ".html", ".pdf", ".docx", ".json")
_Several = list[str] | None


def exceptions(
    context: typer.Context,
    code: Annotated[_Several, typer.Option("--code", help="Only this code; may be given several times.")] = None,
    custodian: Annotated[_Several, typer.Option("--custodian", help="Only of this custodian.")] = None,
    path: Annotated[
        str, typer.Option("--path", help="Only where the path has this in it, or fits it where it has * or ?.")
    ] = "",
    disposition: Annotated[
        _Several, typer.Option("--disposition", help="Only on items that ended so: document, container, unprocessable.")
    ] = None,
    stage: Annotated[
        _Several, typer.Option("--stage", help="Only from this stage: collect, read, number, render and others.")
    ] = None,
    kind: Annotated[_Several, typer.Option("--kind", help="Only on this kind of file, such as pdf or eml.")] = None,
    item: Annotated[_Several, typer.Option("--item", help="Only on this item: its key or control number.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="List no more than so many; 0 for all.")] = 0,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them to a file: .csv, .xlsx, .html, .pdf, .docx or .json.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Read again what could not be processed; with filters, only what they name.")
    ] = False,
    second_opinion: Annotated[
        str,
        typer.Option(
            "--second-opinion",
            help="Let a second extractor read so many files drawn at random, or all, and note where the two disagree.",
        ),
    ] = "",
    waive: Annotated[
        _Several, typer.Option("--waive", help="Let the exceptions of this item stand (key or control number).")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="With --waive: the name of the person who decides it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="With --waive: why.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Every item that could not be read, or not completely: the reason, what to do, and what became of it."""
    from tecum import verbs

    if waive and not (by.strip() and reason.strip()):
        raise typer.BadParameter("--waive needs --by and --reason: a named person decides it, for a reason")
    if second_opinion and second_opinion != "all" and not (second_opinion.isdigit() and int(second_opinion)):
        raise typer.BadParameter("--second-opinion takes a number of files, or all")
    if export and export.suffix.lower() not in _FILES:
        raise typer.BadParameter(f"--export writes {', '.join(_FILES)}, not {export.suffix or export.name}")
    wanted = verbs.Wanted(
        codes=tuple(one.upper() for one in code or ()),
        custodians=tuple(custodian or ()),
        path=path,
        dispositions=tuple(disposition or ()),
        stages=tuple(stage or ()),
        kinds=tuple(kind or ()),
        items=tuple(item or ()),
    )
    state = state_of(context)
    done: dict[str, Any] = {}
    with verbs.open(state.folder) as matter:
        if waive and not dry_run:
            done["waived"] = verbs.waive(matter, waive, by, reason)["waived"]
        if retry and not dry_run:
            done["retried"] = verbs.retry(matter, wanted, progress=progress(state))["retried"]
        if second_opinion and not dry_run:
            amount = None if second_opinion == "all" else int(second_opinion)
            done["second_opinion"] = verbs.second_opinion(matter, amount, progress=progress(state))
        rows = verbs.exceptions(matter, wanted)["exceptions"]
        if export and not dry_run:
            export.write_bytes(_file(matter, export, wanted, rows))
            done["path"] = str(export)
    found = {"exceptions": rows[:limit] if limit else rows, "matching": len(rows), **done}
    say(state, found, wording.exceptions(found))
    state.code = EXCEPTIONS if retry and rows else 0


def _file(matter: Matter, path: Path, wanted: Wanted, rows: list[dict[str, Any]]) -> bytes:
    """The exceptions as a file in the format of its ending; JSON as ``--json`` prints it."""
    from tecum import verbs

    form = path.suffix.lstrip(".").lower()
    if form == "json":
        return json.dumps({"exceptions": rows, "matching": len(rows)}, ensure_ascii=False, indent=1).encode()
    return verbs.report(matter, "exceptions", form, wanted)
