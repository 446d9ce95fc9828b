"""The docket at size: 1,000 recipients, 20 requests each, 20,000 events; board, letters, memory, beside other ways.

    python benchmarks/docket.py [--recipients 1000] [--requests 20] [--events 20000] [--letters 200]

Everything is made up from a seed. Beside tecum stand, where they are installed: a bare read of the same rows (what any
program must do at least), pandas pivoting the same events (what a newsroom does without a docket), docxtpl merging a
letter of the same words, and LibreOffice turning those letters into PDF.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import functools
import itertools
import json
import random
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tecum import verbs
from tecum.verbs import Where

FLOW = (  # kind, days after service, data; each recipient goes a part of the way
    ("served", 1, ""),
    ("acknowledged", 4, "tracking=T-{n}"),
    ("extension-asked", 12, "days=14"),
    ("extension-granted", 14, "days={d}"),
    ("objected", 18, "ground=burden"),
    ("objection-answered", 20, "text=narrowed"),
    ("produced", 30, "volume=VOL001; documents=120; stops=2"),
    ("deficiency", 33, "code=B03; text=a gap; due=2018-06-01"),
    ("produced", 50, "volume=VOL002; documents=30"),
    ("accepted", 60, "by=A. Reviewer"),
)
WITH_REQUESTS = ("produced", "accepted", "objected", "deficiency")
LETTER = (  # of the same length as tecum's reminder, for docxtpl
    "{{ sender }}", "{{ date }}", "{{ recipient }}", "Reminder", "The demand of {{ dated }} was due on {{ due }}.",
    "These requests want an answer: {{ open }}", "Questions may be put to: {{ contact }}", "{{ by }}",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--letters", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), chosen)


def run(folder: Path, chosen: argparse.Namespace) -> None:
    write_tables(folder, chosen)
    rows = [*ours(folder, chosen), ("", 0.0, ""), *peers(folder, chosen)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{chosen.recipients:,} recipients x {chosen.requests} requests, {chosen.events:,} events, seed {chosen.seed}"
    )
    print(f"{'what':<52} {'seconds':>8}  remark")
    for what, seconds, remark in rows:
        print(f"{what:<52} {seconds:>8.2f}  {remark}" if what else "")
    print(f"peak memory of this process, all of it: {peak:,.0f} MiB")


def ours(folder: Path, chosen: argparse.Namespace) -> Iterator[tuple[str, float, str]]:
    with verbs.demand_matter(folder / "matter", time_zone="America/New_York") as matter:
        demand, people, happened = (folder / name for name in ("demand.toml", "recipients.csv", "events.csv"))
        yield timed("take in the demand and its recipients", lambda: verbs.demand_new(matter, demand, people))
        yield timed(f"import {chosen.events:,} events, all or none", lambda: verbs.demand_import(matter, happened))
    with verbs.open(folder / "matter") as matter:
        yield timed("board: read, compute, explain, as JSON", lambda: json.dumps(verbs.demand_status(matter)))
        yield timed("board as XLSX", lambda: verbs.docket_report(matter, "board", "xlsx"))
        yield timed("export of all tables as XLSX", lambda: verbs.demand_export(matter, folder / "out.xlsx"))
        yield timed("calendar feed", lambda: verbs.demand_calendar(matter, folder / "out.ics"))
        ids = tuple(f"r{number}" for number in range(chosen.letters))
        for form in ("docx", "pdf"):

            def write(form: str = form) -> object:
                chosen_ones = Where(recipients=ids)
                return verbs.demand_letter(matter, "reminder", chosen_ones, folder / "letters", by="A", forms=(form,))

            what, seconds, _ = timed(f"{chosen.letters} reminders as {form}, the board computed first", write)
            yield what, seconds, f"{chosen.letters / seconds:,.0f} letters/s"
        yield timed("floor: read the rows, parse their JSON", lambda: bare(folder / "matter" / "matter.db"))


def timed(what: str, act: Callable[[], object]) -> tuple[str, float, str]:
    start = time.perf_counter()
    act()
    return what, time.perf_counter() - start, ""


def write_tables(folder: Path, chosen: argparse.Namespace) -> None:
    head = (
        '[demand]\nid = "d"\ntitle = "A demand"\nfrom = "An office"\ndated = 2018-01-24\ndue = 2018-02-23\n'
        'contact = "the office"\nsigned = "A. Director"\n'
    )
    numbers = range(1, chosen.requests + 1)
    asks = "".join(f'[[request]]\nnumber = "{n}"\ntext = "All documents on subject {n}."\n' for n in numbers)
    (folder / "demand.toml").write_text(head + asks, encoding="utf-8")
    people = (
        [f"r{n}", f"City of Place {n}", "city", ("IL", "CA", "NY", "WA")[n % 4]] for n in range(chosen.recipients)
    )
    put(folder / "recipients.csv", ["id", "name", "kind", "state"], people)
    put(folder / "events.csv", ["id", "happened", "recipient", "request", "kind", "data", "source"], events(chosen))


def put(path: Path, head: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def events(chosen: argparse.Namespace) -> Iterator[list[str]]:
    """Every recipient goes some way along the flow; deficiencies fill up the number wanted."""
    chance = random.Random(chosen.seed)
    numbers = itertools.count()
    for n in range(chosen.recipients):
        left = chosen.events // chosen.recipients + (n < chosen.events % chosen.recipients)
        for kind, after, data in FLOW[:left]:
            day = dt.date(2018, 1, 24) + dt.timedelta(days=after)
            some = chance.sample(range(1, chosen.requests + 1), chosen.requests // 2)
            request = "; ".join(map(str, some)) if kind in WITH_REQUESTS else ""
            said = data.format(n=n, d=chance.randint(5, 40))
            yield [f"e{next(numbers)}", str(day), f"r{n}", request, kind, said, "letter"]
        for more in range(left - len(FLOW)):
            day = dt.date(2018, 3, 1) + dt.timedelta(days=more)
            number = str(1 + more % chosen.requests)
            yield [f"e{next(numbers)}", str(day), f"r{n}", number, "deficiency", "code=T01; text=empty", "check"]


def bare(path: Path) -> int:
    """What any program must do at least: read every row and parse it."""
    with sqlite3.connect(path) as db:
        return sum(len(json.loads(body)) for (body,) in db.execute("SELECT body FROM docket ORDER BY seq"))


def peers(folder: Path, chosen: argparse.Namespace) -> Iterator[tuple[str, float, str]]:
    try:
        import pandas
    except ImportError:
        yield "pandas", 0.0, "not installed"
    else:

        def pivot() -> object:
            frame = pandas.read_csv(folder / "events.csv").sort_values("happened")
            return frame.pivot_table(index="recipient", columns="kind", values="happened", aggfunc="last")

        what, seconds, _ = timed("pandas: last date of each kind by recipient", pivot)
        yield what, seconds, "no clocks, no requests, no orders, no reasons"
    try:
        import docx
        from docxtpl import DocxTemplate
    except ImportError:
        yield "docxtpl", 0.0, "not installed"
        return
    template = docx.Document()
    for words in LETTER:
        template.add_paragraph(words)
    template.save(folder / "template.docx")
    letters = folder / "docxtpl"
    letters.mkdir()

    def merge() -> None:
        said = {"sender": "An office", "date": "today", "dated": "January 24, 2018", "due": "February 23, 2018",
                "open": "1 to 20", "contact": "the office", "by": "A. Director"}  # fmt: skip
        for n in range(chosen.letters):
            one = DocxTemplate(folder / "template.docx")
            one.render({**said, "recipient": f"City of Place {n}"})
            one.save(letters / f"{n}.docx")

    what, seconds, _ = timed(f"docxtpl: {chosen.letters} letters of one page, docx", merge)
    yield what, seconds, f"{chosen.letters / seconds:,.0f} letters/s"
    if shutil.which("soffice"):
        profile = f"-env:UserInstallation=file://{folder}/profile"
        files = map(str, sorted(letters.glob("*.docx")))
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder / "lo"), *files]
        convert = functools.partial(subprocess.run, command, check=True, capture_output=True)
        what, seconds, _ = timed(f"LibreOffice: those {chosen.letters} letters to pdf", convert)
        yield what, seconds, f"{chosen.letters / seconds:,.0f} letters/s"


if __name__ == "__main__":
    main()
