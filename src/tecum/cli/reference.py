"""The reference pages that are made from the program itself: commands, errors, fields, codes.

Those of the docket come from ``docket_reference``. ``python -m tecum.cli.reference docs/reference`` writes them; with
``--check`` it writes nothing and ends with 1 when a page is stale.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import typer.core

from tecum import errors, fields
from tecum.cli import CRASH, DONE, EXCEPTIONS, FINDINGS, INTERRUPTED, USAGE
from tecum.cli.commands import app
from tecum.cli.docket_reference import deadline_rules, deficiencies, deficiencies_schema, docket, letter_templates
from tecum.cli.markdown import sentence, table
from tecum.model import ExceptionCode
from tecum.query import MEANINGS

_MADE: Final = "<!-- Made by `python -m tecum.cli.reference docs/reference`; change the program, not this page. -->"
EXIT_CODES: Final[dict[int, str]] = {
    DONE: "Done.",
    FINDINGS: "Done, with findings of severity stop; for `demo`: something planted was missed or falsely found.",
    USAGE: "The command line was not understood; nothing was done.",
    CRASH: "A defect of tecum; the details are in the log file named.",
    EXCEPTIONS: "Done, with processing exceptions recorded: `tecum exceptions` lists them.",
    INTERRUPTED: "Interrupted; run the same command again and it goes on.",
}


def commands(group: Any = None, path: str = "tecum") -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name, groups taken apart."""
    whole: Any = group or typer.main.get_command(app)
    for name, command in whole.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{path} {name}", command
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def command_line() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield "# Command line"
    yield (
        "Two options may stand anywhere on the line, before or after the command: `-C FOLDER` names the matter\n"
        "(otherwise it is the folder you stand in), and `--json` prints one JSON object on standard output\n"
        "([its keys](json.md)). Progress and messages go to standard error. [Exit codes](exit-codes.md) say how\n"
        "it ended."
    )
    yield "\n".join(f"- [`{name}`](#{name.replace(' ', '-')}): {sentence(one.help)}" for name, one in commands())
    for name, one in commands():
        places = [each for each in one.params if isinstance(each, typer.core.TyperArgument)]
        options = [each for each in one.params if not isinstance(each, typer.core.TyperArgument)]
        usage = [name, *(_place(each) for each in places), *(["[OPTIONS]"] if options else [])]
        yield f"## {name}"
        yield one.help
        yield f"```text\n{' '.join(usage)}\n```"
        if rows := [_parameter(each) for each in (*places, *options)]:
            yield table(["argument or option", "meaning", "when left out"], rows)


def error_codes() -> Iterator[str]:
    """Every named error: code, exit code, meaning, remedy."""
    yield "# Errors"
    yield (
        "A named error ends the command. It prints its code, the file and line where they are known, what\n"
        "happened, and the remedy; with `--json` it is one object under `error` ([keys](json.md#errors)). Codes and\n"
        "exit codes are never renumbered."
    )
    rows = [[f"`{one.code}`", str(one.exit_code), sentence(one.__doc__), one.remedy_text] for one in errors.catalogue()]
    yield table(["code", "exit code", "meaning", "remedy"], rows)


def exit_codes() -> Iterator[str]:
    """What the program's exit code says."""
    yield "# Exit codes"
    yield "For scripts and schedulers. When more than one applies, the order of precedence is: error, 130, 1, 100."
    named = {one.exit_code: f"Error [`{one.code}`](errors.md): {sentence(one.__doc__)}" for one in errors.catalogue()}
    yield table(["exit code", "meaning"], [[str(code), said] for code, said in sorted((EXIT_CODES | named).items())])


def field_catalogue() -> Iterator[str]:
    """The fields of a load file, and the headers that are read as each of them."""
    profile = fields.PROFILES["default"]
    yield "# Fields"
    yield (
        "The columns of the load file (`DATA/VOLUME.DAT`) in the order in which tecum writes them. Values are\n"
        f"in `{profile.qualifier}` (U+00FE) with U+0014 between them, several values in one field are joined by\n"
        f"`{profile.multi}`, a line break inside a value is `{profile.newline}` (U+00AE). Dates are MM/DD/YYYY and\n"
        "times HH:MM:SS in the volume's time zone. A field that tecum cannot fill yet stays empty."
    )
    kinds = {kind: kind.name.lower() for kind in fields.FieldType}
    heads = ["field", "type", "stands on", "filled by", "meaning"]
    rows = {
        key: [f"`{key}`", kinds[one.type], one.rows, one.filler, one.meaning] for key, one in fields.CATALOGUE.items()
    }
    yield table(heads, [rows[key] for key in profile.fields])
    yield f"Required in a load file of this profile: {', '.join(f'`{key}`' for key in profile.required)}."
    yield "## Read, never written"
    yield "Fields that `tecum check` knows in other people's volumes."
    yield table(heads, [row for key, row in rows.items() if key not in profile.fields])
    yield "## Other names for the fields"
    yield "Column headers are compared without upper and lower case, blanks and signs."
    aliases: dict[str, list[str]] = {}
    for alias, key in fields.ALIASES.items():
        if alias != fields.squeezed(key):
            aliases.setdefault(key, []).append(alias)
    yield table(["field", "also read as"], [[f"`{key}`", ", ".join(names)] for key, names in aliases.items()])


def check_codes() -> Iterator[str]:
    """Every check code, and which others a defect may bring along."""
    # Documentation reads the rooms; the rule of the house is about what the program imports to work.
    room = importlib.import_module("tecum.receipt.codes")
    yield "# Check codes"
    yield (
        "What [`tecum check`](command-line.md#tecum-check) looks for in a volume, its own or another party's. A\n"
        "*stop* keeps our own volume from being sealed and gives exit code 1; a *warn* or *note* is printed. A\n"
        "finding may be milder than its code when what was seen is harmless. What could not be examined is listed\n"
        "with the reason, never passed over."
    )
    rows = [
        [f"`{one.code}`", one.title, str(one.severity), one.meaning, one.ask, one.needs] for one in room.CODES.values()
    ]
    yield table(["code", "title", "severity", "meaning", "what to ask the sender for", "not examined when"], rows)
    yield "## One fault, several findings"
    yield "Some faults show from more than one side. Then these findings may come along:"
    pairs = [[f"`{code}`", ", ".join(f"`{one}`" for one in sorted(more))] for code, more in room.CONSEQUENCES.items()]
    yield table(["fault", "may bring along"], pairs)


def exception_codes() -> Iterator[str]:
    """Every code of a processing exception, and what to do about it."""
    yield "# Processing exceptions"
    yield (
        "An exception says that an item could not be read, or not completely. It never removes the item: an\n"
        "unprocessable file keeps its control number, its custodian and its place in the family. One item may bear\n"
        "several. `tecum exceptions` lists them with the tool's own message."
    )
    remedies = importlib.import_module("tecum.processing.remedies").REMEDIES
    rows = [[f"`{code}`", remedies[code].meaning, remedies[code].action] for code in ExceptionCode]
    yield table(["code", "meaning", "what to do"], rows)


def query_findings() -> Iterator[str]:
    """Every finding about a query."""
    yield "# Findings about queries"
    yield (
        "What `tecum terms check`, `tecum terms report` and `tecum search` say about a query in the\n"
        "[query language](query.md). Errors (E) keep it from being run; warnings (W) are shown beside the result."
    )
    yield table(["code", "meaning"], [[f"`{code}`", said] for code, said in MEANINGS.items()])


PAGES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "command-line.md": command_line,
    "errors.md": error_codes,
    "exit-codes.md": exit_codes,
    "fields.md": field_catalogue,
    "check-codes.md": check_codes,
    "exceptions.md": exception_codes,
    "query-findings.md": query_findings,
    "docket.md": docket,
    "deadlines.md": deadline_rules,
    "letters.md": letter_templates,
    "deficiencies.md": deficiencies,
    "deficiencies.schema.json": deficiencies_schema,
}


def page(name: str) -> str:
    """Return a page's text; a page in Markdown says at its head that it is made."""
    title, *rest = PAGES[name]()
    made = [_MADE] if name.endswith(".md") else []
    return "\n\n".join([title, *made, *rest]) + "\n"


def stale(folder: Path) -> list[str]:
    """Return the pages in ``folder`` that are not what the program would write."""
    return [name for name in PAGES if not (folder / name).is_file() or (folder / name).read_text("utf-8") != page(name)]


def _place(argument: Any) -> str:
    shown = argument.metavar or argument.name.upper()
    return shown if argument.required or shown.startswith("[") else f"[{shown}]"


def _parameter(one: Any) -> list[str]:
    named = isinstance(one, typer.core.TyperArgument)
    shown = (one.metavar or one.name.upper()) if named else ", ".join((*one.opts, *one.secondary_opts))
    return [f"`{shown}`", one.help or "", "required" if one.required else _default(one.default)]


def _default(value: object) -> str:
    return "" if value in (None, False, "") else f"`{value}`"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with ``--check`` say which are stale."""
    parser = argparse.ArgumentParser(prog="python -m tecum.cli.reference", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pages lie: docs/reference")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a page is stale")
    chosen = parser.parse_args(arguments)
    names = stale(chosen.folder)
    for name in names:
        if not chosen.check:
            (chosen.folder / name).write_text(page(name), encoding="utf-8", newline="\n")
        print(f"{name} {'is stale' if chosen.check else 'written'}")
    return int(bool(names) and chosen.check)


if __name__ == "__main__":
    sys.exit(main())
