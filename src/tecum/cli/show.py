"""What the command line prints: one JSON object on stdout, or plain sentences; progress always on stderr."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tecum.errors import TecumError


@dataclass
class State:
    """What the options that may stand anywhere said, and the exit code so far."""

    folder: Path = Path()
    json: bool = False
    code: int = 0


DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do and cost, and do nothing.")]


def state_of(context: typer.Context) -> State:
    """What the options that may stand anywhere said."""
    state: State = context.obj
    return state


def day_of(text: str, option: str) -> dt.date | None:
    """A date of the command line; None when it is left out."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{option} must be a date such as 2018-02-24, not {text}") from None


def anywhere(arguments: list[str], state: State) -> list[str]:
    """Take ``-C FOLDER`` and ``--json`` out of the arguments, wherever they stand before a ``--``."""
    left: list[str] = []
    rest = iter(arguments)
    for one in rest:
        if one == "--":
            return [*left, one, *rest]
        if one == "-C":
            folder = next(rest, None)
            if folder is None:
                raise typer.BadParameter("-C needs the matter's folder")
            state.folder = Path(folder)
        elif one == "--json":
            state.json = True
        else:
            left.append(one)
    return left


def say(state: State, answer: dict[str, Any], lines: Iterable[str]) -> None:
    """Print the answer as JSON, or the lines."""
    if state.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        for line in lines:
            print(plain(line))


_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Evidence as a terminal may show it: what it would obey, or turn round, is only marked."""
    return _OBEYED.sub("\ufffd", text)


def complain(state: State, error: TecumError) -> None:
    """Print a named error: what, where, and the remedy."""
    if state.json:
        print(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
        return
    place = f"{error.place}: " if error.place and error.place not in error.message else ""
    print(plain(f"{error.code}: {place}{error.message}"), file=sys.stderr)
    if error.remedy:
        print(f"  {error.remedy}", file=sys.stderr)


def progress(state: State) -> Callable[[str, int, int], None]:
    """A progress line on stderr: rewritten in a terminal, now and then a plain line elsewhere."""
    live = sys.stderr.isatty()
    pause = 0.2 if live else 10.0
    begun = time.monotonic()
    last = {"at": begun}

    def show(step: str, done: int, of: int) -> None:
        now = time.monotonic()
        if now - last["at"] < pause and not (live and done == of):
            return
        last["at"] = now
        parts = f"{step} {done:,}" + (f" of {of:,}" if of else "")
        if of and done:
            left = (now - begun) / done * (of - done)
            parts += f", about {_duration(left)} left"
        print(f"\r\x1b[K{parts}" if live else parts, end="" if live else "\n", file=sys.stderr, flush=True)

    return show


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Align a small table: numbers right, words left."""
    cells = [[str(one) if not isinstance(one, int) else f"{one:,}" for one in row] for row in rows]
    kinds = [all(_number(row[n]) for row in cells) for n in range(len(heads))] if cells else [False] * len(heads)
    widths = [max(len(str(head)), *(len(row[n]) for row in cells), 0) for n, head in enumerate(heads)]
    lines = []
    for row in [list(heads), *cells]:
        parts = [
            one.rjust(width) if right else one.ljust(width)
            for one, width, right in zip(row, widths, kinds, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def _number(text: str) -> bool:
    return text.replace(",", "").replace("-", "").isdigit() or not text


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
