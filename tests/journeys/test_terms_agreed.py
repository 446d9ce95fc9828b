"""From a first list of terms to the volume that the agreed list selects, by command line alone."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from piles import TEXT, demand, mail, tecum, write

pytestmark = pytest.mark.usefixtures("one_day")


def test_a_negotiation_ends_in_the_volume_that_was_agreed(tmp_path: Path) -> None:
    chief = {
        f"{n:02d}.eml": mail(f"Widget {n}", f"widget number {n}{' for the zoo' if n % 3 == 0 else ''}\r\n")
        for n in range(9)
    }
    attached = [("plan.txt", b"A plan without the word.\r\n", TEXT)]
    chief["plan.eml"] = mail("Plan", "A widget for the zoo.\r\n", attach=attached)
    write(tmp_path / "pile/chief", chief)
    write(tmp_path / "pile/clerk", {"note.txt": b"Nothing of the kind.\n"})
    matter = tmp_path / "matter"
    at = ("-C", matter)
    settings = demand(tmp_path)
    assert tecum("init", matter, "--demand", settings).code == 0
    assert tecum(*at, "ingest").code in (0, 100)

    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    ours.write_text("name,term\nzoo,widget w/3 zo\nplan,(plan\n", encoding="utf-8")
    checked = tecum(*at, "terms", "check", ours, "--json")
    assert checked.code == 1, "a term cannot be run"
    ours.write_text("name,term\nzoo,widget w/5 zoo\nplan,plan AND zoo\n", encoding="utf-8")
    assert tecum(*at, "terms", "check", ours).code == 0
    theirs.write_text("name,term\nzoo,widget\nplan,plan\n", encoding="utf-8")
    why = ("--request", "1", "--by", "Dana Whitfield", "--why", "burden")
    first = tecum(*at, "terms", "propose", ours, *why, "--json").json
    second = tecum(*at, "terms", "counter", theirs, *why, "--json").json
    assert (first["counts"]["documents"], second["counts"]["documents"]) == (4, 11)
    compared = tecum(*at, "terms", "compare", 1, 2, "--json").json
    assert (len(compared["changed"]), len(compared["gained"]), compared["lost"]) == (2, 7, [])
    assert tecum(*at, "terms", "export", "--round", 1, "--out", tmp_path / "ours.xlsx").code == 0
    agreed = tecum(*at, "terms", "agree", ours, *why, "--json").json
    assert (agreed["round"], agreed["counts"]["documents_with_families"]) == (3, 5)

    planned = tecum(*at, "produce", "--dry-run", "--json").json
    assert planned["by_request"] == {"1": 5, "2(a)": 0}
    done = tecum(*at, "produce", "--json")
    assert done.code == 0, done
    assert done.json["documents"] == 5, "the four mails and the attachment"
    listed = list(csv.DictReader((Path(done.json["papers"]) / "TERMS.csv").read_text("utf-8-sig").splitlines()))
    assert [(row["query"], row["documents"]) for row in listed] == [
        ("widget w/5 zoo", "4"), ("plan AND zoo", "1"), ("zeppelin", "0"),
    ]  # fmt: skip
    report = tecum(*at, "terms", "report", "--json").json
    assert [row["tree"] for row in report["terms"][:2]] == [row["tree"] for row in agreed["counts"]["terms"]]
    assert tecum(*at, "verify").code == 0
