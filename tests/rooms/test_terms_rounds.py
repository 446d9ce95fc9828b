"""Rounds of negotiation: what is kept, what one changes in another, and what never leaves the house."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from piles import TEXT, demand, mail, tecum, with_processing, write
from tecum import verbs
from tecum.engine import ledger
from tecum.errors import TermsInvalid
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")
SECRET = "xylophone"  # stands in a title, a file name, a path and a text
FORMS = ("json", "csv", "xlsx", "html", "docx", "pdf")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rounds")
    attached = [(f"{SECRET}.txt", b"The oysters.\r\n", TEXT)]
    files = {
        f"pile/chief/{SECRET}/one.eml": mail(f"Beach {SECRET}", "The walrus and a carpenter.\r\n", attach=attached),
        "pile/chief/two.eml": mail("Again", f"walrus {SECRET}s\r\n"),
        "pile/clerk/three.txt": b"Of cabbages and kings.\n",
        "pile/clerk/four.txt": b"A carpenter alone.\n",
    }
    write(folder, files)
    with with_processing(verbs.init(folder / "matter", demand=demand(folder)), workers=1, ocr="none") as matter:
        verbs.ingest(matter)
    return folder / "matter"


@pytest.fixture
def matter(asked: Path, tmp_path: Path) -> Iterator[Matter]:
    shutil.copytree(asked, tmp_path / "matter")
    with verbs.open(tmp_path / "matter") as opened:
        yield opened


def listed(folder: Path, text: str, name: str = "terms.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def entered(matter: Matter, folder: Path, act: str, text: str, **more: Any) -> dict[str, Any]:
    return verbs.terms_enter(matter, act, listed(folder, text), by="Dana Whitfield", why="the burden", **more)


FIRST = "name,term,request\nA,walrus,1\nB,carpenter,1\n,cabbages,1\n,oysters OR shells,1\n"
SECOND = "name,term,request\nA,walrus AND carpenter,1\nB,carpenter,1\n,oysters OR shell*,1\n,kings,1\n"


def test_rounds_are_kept_as_they_were(matter: Matter, tmp_path: Path) -> None:
    one = entered(matter, tmp_path, "propose", FIRST)
    two = entered(matter, tmp_path, "counter", SECOND)
    assert (one["round"], one["act"], two["round"], two["act"]) == (1, "proposed", 2, "countered")
    rows = verbs.terms_rounds(matter)["rounds"]
    assert [(row["round"], row["by"], row["why"], row["terms"]) for row in rows] == [
        (1, "Dana Whitfield", "the burden", 4),
        (2, "Dana Whitfield", "the burden", 4),
    ]
    assert [row["documents"] for row in rows] == [5, 4]
    with matter.read() as db:
        ledger.verify(db)
        acts = db.exec_driver_sql("SELECT subject, body FROM ledger WHERE action = 'terms' ORDER BY seq").fetchall()
    assert [row[0] for row in acts] == ["round 1", "round 2"]
    assert all(len(json.loads(row[1])["trees"]) == 4 for row in acts)
    with contextlib.closing(sqlite3.connect(matter.folder / "matter.db")) as db_:
        for change in ("UPDATE term_round SET why = ''", "DELETE FROM term_round"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                db_.execute(change)


def test_a_dry_run_enters_nothing(matter: Matter, tmp_path: Path) -> None:
    before = (matter.folder / "tecum.toml").read_bytes()
    done = entered(matter, tmp_path, "agree", FIRST, dry_run=True)
    assert (done["round"], done["counts"]["documents"]) == (1, 5)
    assert verbs.terms_rounds(matter) == {"rounds": []}
    assert (matter.folder / "tecum.toml").read_bytes() == before


def test_what_one_round_changed(matter: Matter, tmp_path: Path) -> None:
    entered(matter, tmp_path, "propose", FIRST)
    entered(matter, tmp_path, "counter", SECOND)
    found = verbs.terms_compare(matter, 1, 2)
    assert [row["query"] for row in found["added"]] == ["kings"]
    assert [row["query"] for row in found["dropped"]] == ["cabbages"]
    assert [(pair["before"]["query"], pair["after"]["query"]) for pair in found["changed"]] == [
        ("walrus", "walrus AND carpenter"),
        ("oysters OR shells", "oysters OR shell*"),
    ]
    assert found["unchanged"] == 1
    titles = {row["control"]: row["path"] for row in verbs.documents(matter)}
    assert [titles[one] for one in found["lost"]] == ["two.eml"]
    assert found["gained"] == []
    back = verbs.terms_compare(matter, 2, 1)
    assert (back["gained"], back["lost"]) == (found["lost"], [])
    assert (found["documents_before"], found["documents_after"]) == (5, 4)
    same = verbs.terms_compare(matter, 1, 1)
    assert (same["added"], same["dropped"], same["changed"], same["unchanged"]) == ([], [], [], 4)
    with pytest.raises(TermsInvalid, match="no round 9"):
        verbs.terms_compare(matter, 1, 9)


def plain(data: bytes) -> bytes:
    """The bytes of a file and, where it is packed or compressed, of what is in it."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return b"\n".join(packed.read(name) for name in packed.namelist())
    if data.startswith(b"%PDF"):
        import pypdfium2

        with pypdfium2.PdfDocument(data) as document:
            return "\n".join(page.get_textpage().get_text_range() for page in document).encode()
    return data


@pytest.mark.parametrize("form", FORMS)
def test_an_export_carries_numbers_and_nothing_else(matter: Matter, tmp_path: Path, form: str) -> None:
    # Wide wildcards, a misspelling and facts: whatever a finding could quote from the documents.
    text = FIRST + "C,xyl*,1\nD,xylophon,1\nE,has:attachment,1\n,walrus AND carpenter OR kings,1\n,x?l*,1\n"
    entered(matter, tmp_path, "propose", text)
    data = plain(verbs.terms_export(matter, 1, form))
    said = data.decode("utf-8", "replace").casefold()
    controls = [row["control"].casefold() for row in verbs.documents(matter)]
    for word in (SECRET, *controls, "one.eml", "three.txt", "beach", "again", "the burden", "town.example", "pile"):
        assert word not in said, f"{word} is told to the other side"
    for word in ("walrus", "carpenter", "cabbages", "xylophon"):
        assert word in said, "the terms themselves stand in it"
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        assert [row["documents"] for row in rows][:4] == ["2", "2", "1", "1"]


def test_what_is_agreed_rules(matter: Matter, tmp_path: Path) -> None:
    entered(matter, tmp_path, "counter", "term,request,dialect\nwalrus carpenter,1,nuix\ncabbages,2(a),\n")
    done = verbs.terms_enter(matter, "agree", None, by="Lenore Castellane", why="call of 3 May")
    assert (done["act"], done["terms"], done["round"]) == ("agreed", 2, 2)
    with verbs.open(matter.folder) as again:
        terms = {one.number: one.terms for one in again.settings.plan.requests}
        rows = verbs.terms_report(again)["terms"]
    assert terms == {"1": ("walrus AND carpenter",), "2(a)": ("cabbages",)}, "in the language of tecum.toml"
    assert [(row["request"], row["documents"]) for row in rows] == [("1", 1), ("2(a)", 1)]


def test_other_requests_keep_their_terms(matter: Matter, tmp_path: Path) -> None:
    verbs.terms_enter(matter, "agree", listed(tmp_path, "walrus\n", "t.txt"), by="D", why="w", request="1")
    terms = {one.number: one.terms for one in matter.settings.plan.requests}
    assert terms == {"1": ("walrus",), "2(a)": ("zeppelin",)}


@pytest.mark.parametrize(
    ("text", "request_", "said"),
    [
        ("term\n(walrus\n", "1", "cannot be run"),
        ("term\nwalrus\n", "", "names no request"),
        ("term\nwalrus\n", "9", "no request 9"),
        ("term,request\nwalrus,2(a)\n", "1", "belongs to request"),
        ("term\n", "1", "no terms"),
    ],
)
def test_what_cannot_be_agreed(matter: Matter, tmp_path: Path, text: str, request_: str, said: str) -> None:
    before = (matter.folder / "tecum.toml").read_bytes()
    with pytest.raises(TermsInvalid) as caught:
        verbs.terms_enter(matter, "agree", listed(tmp_path, text), by="D", why="w", request=request_)
    assert said in caught.value.message
    assert caught.value.remedy
    assert verbs.terms_rounds(matter) == {"rounds": []}
    assert (matter.folder / "tecum.toml").read_bytes() == before


def test_on_the_command_line(matter: Matter, tmp_path: Path) -> None:
    path, at = listed(tmp_path, FIRST), ("-C", matter.folder)
    named = ("--by", "Dana", "--why", "first")
    assert tecum(*at, "terms", "propose", path, *named, "--json").json["round"] == 1
    assert tecum(*at, "terms", "counter", listed(tmp_path, SECOND), *named).code == 0
    assert "proposed" in tecum(*at, "terms", "rounds").out
    compared = tecum(*at, "terms", "compare", 1, 2, "--out", tmp_path / "c.html")
    assert compared.code == 0 and "Dropped" in compared.out
    assert b"cabbages" in (tmp_path / "c.html").read_bytes()
    assert tecum(*at, "terms", "export", "--round", 1, "--out", tmp_path / "r.xlsx").code == 0
    assert (tmp_path / "r.xlsx").read_bytes().startswith(b"PK")
    agreed = tecum(*at, "terms", "agree", *named)
    assert agreed.code == 0 and "tecum produce selects by them" in agreed.out
    assert tecum(*at, "terms", "propose", path, "--by", " ", "--why", "x").code == 2
    assert tecum(*at, "terms", "export", "--round", 1, "--out", tmp_path / "r.txt").code == 2
