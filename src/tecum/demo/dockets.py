"""The historical dockets that ship: public facts as a clerk's tables, taken in and shown as of several days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from tecum import verbs
from tecum.errors import OutputExists
from tecum.matter import Matter

Progress = Callable[[str, int, int], None]
_TABLES: Final = ("recipients.csv", "awards.csv", "cases.csv", "orders.csv", "events.csv")
_FORMS: Final = ("html", "xlsx", "pdf")


@dataclass(frozen=True)
class Case:
    """A docket that ships: its folder and name, what it is, the demand shown, the days on which it is looked at."""

    folder: str
    name: str
    about: str
    demand: str
    days: tuple[str, ...]


CASES: Final[dict[str, Case]] = {
    "docket": Case(
        "letters2018",
        "The letters of January 2018",
        "The Justice Department's letters of 24 January 2018 to 23 jurisdictions, from public sources. What a place "
        "answered is not in them: the board says so and asserts nothing.",
        "doj-2018-01-24",
        ("2018-01-25", "2018-02-24", "2018-03-28"),
    ),
    "energy": Case(
        "energy2002",
        "The data requests of May 2002",
        "The data requests of May 2002 to sellers into the western energy markets, from public sources; of about 150 "
        "recipients (sources differ) only those that the sources name.",
        "ferc-2002-05-08",
        ("2002-05-09", "2002-06-05", "2002-08-14", "2004-04-20"),
    ),
}


def run(name: str, out: Path, progress: Progress) -> dict[str, Any]:
    """Make the docket ``name`` in ``out``: the clerk's files, a matter, and its board as HTML, XLSX and PDF.

    Raises:
        OutputExists: when ``out`` holds something else.
    """
    case = CASES[name]
    files = out / "files"
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputExists(f"{out} is there and not an empty folder", path=out)
    copy(case.folder, files)
    with verbs.demand_matter(out / "matter", name=case.name, time_zone="America/New_York") as matter:
        enter(matter, files, progress)
        days = [dt.date.fromisoformat(day) for day in case.days]
        boards = [verbs.demand_status(matter, verbs.Where(demand=case.demand), as_of=day) for day in days]
        boards.append(verbs.demand_status(matter, verbs.Where(demand=case.demand)))
        papers = _papers(matter, case, out)
    return {
        "case": case.folder,
        "about": case.about,
        "demand": case.demand,
        "boards": boards,
        "papers": papers,
        "next": [
            f"tecum demand status --demand {case.demand} --as-of {case.days[-1]} --explain -C {out / 'matter'}",
            f"Open {papers[0]}, and the tables in {files} with a spreadsheet program",
            f"tecum report history --out history.pdf -C {out / 'matter'}",
            "tecum demand new DEMAND.toml --recipients RECIPIENTS.csv -C FOLDER    (your own)",
        ],
    }


def copy(folder: str, to: Path) -> None:
    """Copy a docket's files out of the program."""
    to.mkdir(parents=True)
    for one in resources.files("tecum.demo").joinpath("cases", folder).iterdir():
        (to / one.name).write_bytes(one.read_bytes())


def enter(matter: Matter, files: Path, progress: Progress) -> None:
    """Take a docket's files in: whom, what was demanded, what hangs on it, what happened."""
    steps = [files / _TABLES[0], *sorted(files.glob("*.toml")), *(files / name for name in _TABLES[1:])]
    for done, path in enumerate(steps, 1):
        if path.suffix == ".toml":
            verbs.demand_new(matter, path)
        else:
            verbs.demand_import(matter, path)
        progress("taken in", done, len(steps))


def _papers(matter: Matter, case: Case, out: Path) -> list[str]:
    written = []
    for form in _FORMS:
        path = out / f"board-{case.days[-1]}.{form}"
        path.write_bytes(verbs.docket_report(matter, "board", form, verbs.Where(demand=case.demand), case.days[-1]))
        written.append(str(path))
    return written
