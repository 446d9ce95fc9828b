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
import io
import json
import random
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tecum import verbs
from tecum.verbs import Where

FLOW = (  # kind, days after service, data; each recipient goes a part of the way
    ("served", 1, ""), ("acknowledged", 4, "tracking=T-{n}"), ("extension-asked", 12, "days=14"),
    ("extension-granted", 14, "days={d}"), ("objected", 18, "ground=burden"), ("objection-answered", 20, "text=narrowed"),
    ("produced", 30, "volume=VOL001; documents=120; stops=2"), ("deficiency", 33, "code=B03; text=a gap; due=2018-06-01"),
    ("produced", 50, "volume=VOL002; documents=30"), ("accepted", 60, "by=A. Reviewer"),
)  # fmt: skip
MOST_DEFICIENCIES = 10


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
    rows: list[tuple[str, float, str]] = []
    with verbs.demand_matter(folder / "matter", time_zone="America/New_York") as matter:
        rows.append(timed("take in demand and recipients", lambda: verbs.demand_new(matter, folder / "demand.toml", folder / "recipients.csv")))
        rows.append(timed(f"import {chosen.events:,} events (one transaction)", lambda: verbs.demand_import(matter, folder / "events.csv")))
    with verbs.open(folder / "matter") as matter:
        rows.append(timed("board: read, compute, JSON", lambda: json.dumps(verbs.demand_status(matter))))
        rows.append(timed("board as XLSX", lambda: verbs.docket_report(matter, "board", "xlsx")))
        rows.append(timed("export all tables as XLSX", lambda: verbs.demand_export(matter, folder / "out.xlsx")))
        rows.append(timed("calendar feed", lambda: verbs.demand_calendar(matter, folder / "out.ics")))
        ids = tuple(f"r{number}" for number in range(chosen.letters))
        for forms in (("docx",), ("pdf",)):
            took = timed(f"{chosen.letters} letters, {forms[0]}", lambda forms=forms: verbs.demand_letter(
                matter, "reminder", Where(recipients=ids), folder / "letters", by="A. Director", forms=forms))  # fmt: skip
            rows.append((took[0], took[1], f"{chosen.letters / took[1]:,.0f} letters/s (with reading and computing all rows)"))
        rows.append(("", 0.0, ""))
        rows.append(timed("floor: read the rows, parse their JSON", lambda: bare(folder / "matter" / "matter.db")))
    rows += peers(folder, chosen)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{chosen.recipients:,} recipients x {chosen.requests} requests, {chosen.events:,} events, seed {chosen.seed}")
    print(f"{'what':<48} {'seconds':>8}  remark")
    for what, seconds, remark in rows:
        print(f"{what:<48} {seconds:>8.2f}  {remark}" if what else "")
    print(f"peak memory of the whole run: {peak:,.0f} MiB")


def timed(what: str, act: Callable[[], object]) -> tuple[str, float, str]:
    start = time.perf_counter()
    act()
    return what, time.perf_counter() - start, ""


def write_tables(folder: Path, chosen: argparse.Namespace) -> None:
    asks = "\n".join(f'[[request]]\nnumber = "{n}"\ntext = "All documents on subject {n}."\n' for n in range(1, chosen.requests + 1))
    (folder / "demand.toml").write_text(
        '[demand]\nid = "d"\ntitle = "A demand"\nfrom = "An office"\ndated = 2018-01-24\ndue = 2018-02-23\n'
        'contact = "the office"\nsigned = "A. Director"\n' + asks,
        encoding="utf-8",
    )
    with (folder / "recipients.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "name", "kind", "state"])
        out.writerows([f"r{n}", f"City of Place {n}", "city", ("IL", "CA", "NY", "WA")[n % 4]] for n in range(chosen.recipients))
    with (folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "happened", "recipient", "request", "kind", "data", "source"])
        out.writerows(events(chosen))


def events(chosen: argparse.Namespace) -> Iterator[list[str]]:
    """Every recipient goes some way along the flow; deficiencies and their cures fill up the number wanted."""
    chance = random.Random(chosen.seed)
    per = chosen.events // chosen.recipients
    made = 0
    for n in range(chosen.recipients):
        left = per + (n < chosen.events % chosen.recipients)
        way = list(FLOW[: min(left, len(FLOW))])
        for kind, after, data in way:
            day = dt.date(2018, 1, 24) + dt.timedelta(days=after)
            numbers = chance.sample(range(1, chosen.requests + 1), chosen.requests // 2)
            request = "; ".join(map(str, numbers)) if kind in ("produced", "accepted", "objected", "deficiency") else ""
            yield [f"e{made}", str(day), f"r{n}", request, kind, data.format(n=n, d=chance.randint(5, 40)), "letter"]
            made += 1
        for more in range(left - len(way)):
            day = dt.date(2018, 3, 1) + dt.timedelta(days=more)
            yield [f"e{made}", str(day), f"r{n}", str(1 + more % chosen.requests), "deficiency", "code=T01; text=empty", "check"]
            made += 1


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
    for words in ("{{ sender }}", "{{ date }}", "{{ recipient }}", "Withdrawal of the demand", "The demand of {{ dated }} is withdrawn.",
                  "Nothing more is asked of you under it.", "Questions may be put to: {{ contact }}", "{{ by }}"):  # fmt: skip
        template.add_paragraph(words)
    template.save(folder / "template.docx")
    letters = folder / "docxtpl"
    letters.mkdir()

    def merge() -> None:
        for n in range(chosen.letters):
            one = DocxTemplate(folder / "template.docx")
            one.render({"sender": "An office", "date": "today", "recipient": f"Place {n}", "dated": "January 24, 2018",
                        "contact": "the office", "by": "A. Director"})  # fmt: skip
            data = io.BytesIO()
            one.save(data)
            (letters / f"{n}.docx").write_bytes(data.getvalue())

    what, seconds, _ = timed(f"docxtpl: {chosen.letters} letters of one page, docx", merge)
    yield what, seconds, f"{chosen.letters / seconds:,.0f} letters/s"
    if shutil.which("soffice"):
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf", "--outdir",
                   str(folder / "lo"), *map(str, sorted(letters.glob("*.docx")))]  # fmt: skip
        what, seconds, _ = timed(f"LibreOffice: those {chosen.letters} letters to pdf", lambda: subprocess.run(
            command, check=True, capture_output=True))  # fmt: skip
        yield what, seconds, f"{chosen.letters / seconds:,.0f} letters/s"


if __name__ == "__main__":
    main()
