"""The report as both sides see it: its head, what it divides by, samples, switches, lists, papers; and the search."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from piles import TEXT, docx, locked_zip, mail, matter_of, png, tecum, write
from tecum import sampling, verbs
from tecum.cli import terms_wording
from tecum.engine import sheets
from tecum.errors import QueryInvalid, TableInvalid, TermsInvalid
from tecum.matter import Matter
from tecum.query.switches import Switches

pytestmark = pytest.mark.usefixtures("one_day")
LATE = "Sat, 01 Apr 2017 03:30:00 +0000"  # still March in Chicago
TERMS = "walrus\ncarpenter\nwalrus AND carpenter\noysters\nnowhere\n(bad\n"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven documents in scope, three of them without text; one stands for a copy of another custodian."""
    folder = tmp_path_factory.mktemp("report")
    attached = [("a.txt", b"The oysters.\r\n", TEXT), ("scan.png", png(), ("image", "png"))]
    files = {
        "ann/one.eml": mail("Beach", "The walrus and a carpenter. Walrus!\r\n", attach=attached, date=LATE),
        "ann/two.eml": mail("Again", "walrus walrus WALRUS\r\n", date="Mon, 05 Jun 2017 09:00:00 -0500"),
        "ann/four.docx": docx("A carpenter."),
        "ann/locked.zip": locked_zip({}, b"sesame"),
        "ann/none.txt": b"",
        "bob/two.eml": mail("Again", "walrus walrus WALRUS\r\n", date="Mon, 05 Jun 2017 09:00:00 -0500"),
    }
    write(folder, files)
    with matter_of(folder / "matter") as matter:
        verbs.ingest(matter, [("ann", folder / "ann"), ("bob", folder / "bob")])
    return folder / "matter"


@pytest.fixture
def matter(counted: Path) -> Iterator[Matter]:
    with verbs.open(counted) as opened:
        yield opened


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    path = tmp_path / "terms.txt"
    path.write_text(TERMS, encoding="utf-8")
    return path


def test_the_head_says_what_was_counted_over_and_by_what(matter: Matter, terms: Path) -> None:
    found = verbs.terms_report(matter, terms)
    assert found["searchable"] + found["not_searched"] == found["scope"]["documents"]
    assert sum(found["not_searched_by_reason"].values()) == found["not_searched"] >= 2
    assert found["not_searched_by_reason"]["EMPTY_FILE"] == 1
    assert (found["at"], found["by"], found["dialects"]) == ("2018-02-01T12:00:00Z", "test", ["dtsearch"])
    assert (found["switches"], found["time_zone"]) == ("none", "America/Chicago")
    assert found["words"].startswith("tecum-words-") and len(found["contents"]) == len(found["index"]) == 64


def test_families_count_over_members_without_text(matter: Matter, terms: Path) -> None:
    rows = {row["query"]: row for row in verbs.terms_report(matter, terms)["terms"]}
    oysters = rows["oysters"]
    assert (oysters["documents"], oysters["documents_with_families"], oysters["families"]) == (1, 3, 1)
    assert rows["walrus"]["occurrences"] == 5, "two in the first mail, three in the second, its copy not counted again"
    assert [rows[one]["new"] for one in ("walrus", "carpenter", "oysters", "nowhere")] == [2, 1, 1, 0]
    assert rows["nowhere"]["cumulative"] == 4


def test_custodians_and_months(matter: Matter, terms: Path) -> None:
    found = verbs.terms_report(matter, terms)
    walrus = found["terms"][0]
    assert walrus["by_custodian"] == {"ann": 2, "bob": 1}, "the copy's custodian counts too"
    assert walrus["by_month"] == {"2017-03": 1, "2017-06": 1}, "months are those of the matter's zone"
    assert found["overlap"][0][:4] == [2, 1, 1, 0]
    assert found["overlap"][2][2] == 1
    (request,) = found["by_request"]
    assert (request["terms"], request["documents"]) == (6, found["documents"])


def test_a_row_that_was_not_run_says_so(matter: Matter, terms: Path, tmp_path: Path) -> None:
    bad = verbs.terms_report(matter, terms)["terms"][-1]
    assert bad["error"] and bad["documents"] == 0
    terms.write_text("path2:(walrus)\n", encoding="utf-8")
    (unknown,) = verbs.terms_report(matter, terms)["terms"]
    assert "no field" in (unknown["error"] or ""), "an unknown field is an error, not a zero"


# -- samples ---------------------------------------------------------------------------------------------


def test_samples_can_be_drawn_again_by_anyone(matter: Matter, terms: Path) -> None:
    found = verbs.terms_report(matter, terms, sample=2, seed=7)
    for row in found["terms"]:
        hits = [] if row["error"] else verbs.search(matter, row["query"])["results"]
        drawn = [one["control"] for one in row["sample"]["documents"]]
        assert drawn == sampling.draw([one["control"] for one in hits], 2, 7)
    hit = {one["control"] for one in verbs.search(matter, "walrus OR carpenter OR oysters")["results"]}
    missed = {one["control"] for one in found["null_set"]["documents"]}
    assert not missed & hit
    assert found["seed"] == 7
    assert "null_set" not in verbs.terms_report(matter, terms)


def test_coding_gives_shares_once_it_is_complete(matter: Matter, terms: Path, tmp_path: Path) -> None:
    drawn = [one["control"] for one in verbs.terms_report(matter, terms, sample=1)["terms"][0]["sample"]["documents"]]
    coded = tmp_path / "coded.csv"
    coded.write_text("control,responsive\n" + "".join(f"{one},yes\n" for one in drawn), encoding="utf-8")
    sample = verbs.terms_report(matter, terms, sample=1, coded=coded)["terms"][0]["sample"]
    assert (sample["population"], sample["size"], sample["coded"], sample["responsive"]) == (2, 1, 1, 1)
    assert (sample["share"], sample["high"]) == (1.0, 1.0)
    assert sample["low"] == pytest.approx(0.025)
    whole = verbs.terms_report(matter, terms, sample=2, coded=coded)["terms"][0]["sample"]
    assert (whole["coded"], whole["share"]) == (1, None), "half of it is not coded yet"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("control\nC00000001\n", "responsive"),
        ("control,responsive\nC00000001,perhaps\n", "neither yes nor no"),
        ("control,responsive\nC00000001,yes\nC00000001,no\n", "two ways"),
    ],
)
def test_coding_that_is_none(matter: Matter, terms: Path, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "coded.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((TermsInvalid, TableInvalid), match=said):
        verbs.terms_report(matter, terms, sample=1, coded=path)


# -- lists, dialects, switches ---------------------------------------------------------------------------


def test_a_workbook_names_rows_requests_and_dialects(matter: Matter, tmp_path: Path) -> None:
    rows = [
        {"label": "A", "query": "walrus carpenter", "request": "1", "dialect": ""},
        {"label": "B", "query": "walrus carpenter", "request": "2", "dialect": "Nuix"},
    ]
    path = tmp_path / "terms.xlsx"
    path.write_bytes(sheets.write({"terms": (["label", "query", "request", "dialect"], rows)}, "xlsx"))
    found = verbs.terms_report(matter, path)
    told = [(row["row"], row["name"], row["request"], row["dialect"], row["documents"]) for row in found["terms"]]
    assert told == [(1, "A", "1", "dtsearch", 0), (2, "B", "2", "nuix", 1)]
    assert [one["request"] for one in found["by_request"]] == ["1", "2"]
    assert found["dialects"] == ["dtsearch", "nuix"]
    assert verbs.terms_report(matter, path, dialect="lucene")["terms"][0]["dialect"] == "lucene"
    path = tmp_path / "bad.csv"
    path.write_text("term,dialect\nwalrus,westlaw\n", encoding="utf-8")
    with pytest.raises(TermsInvalid, match="westlaw"):
        verbs.terms_report(matter, path)
    (tmp_path / "other.xlsx").write_bytes(sheets.write({"x": (["a"], [{"a": "1"}])}, "xlsx"))
    with pytest.raises(TermsInvalid, match="column named term"):
        verbs.terms_report(matter, tmp_path / "other.xlsx")


def test_switches_change_counts_and_are_named(matter: Matter, terms: Path) -> None:
    terms.write_text("walrus pre/2 carpenter\nthe\n", encoding="utf-8")
    plain = verbs.terms_report(matter, terms)
    wide = verbs.terms_report(matter, terms, switches=Switches(wider=True, noise="dtsearch"))
    assert [row["documents"] for row in plain["terms"]] == [0, 2]
    assert [row["documents"] for row in wide["terms"]] == [1, 0]
    assert "wider" in wide["switches"] and "noise" in wide["switches"]
    assert all(one["tree"] != other["tree"] for one, other in zip(plain["terms"], wide["terms"], strict=True))


# -- papers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["html", "docx", "pdf", "xlsx", "csv", "json"])
def test_each_format_is_written(matter: Matter, terms: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"report.{form}"
    told = tecum("-C", matter.folder, "terms", "report", terms, "--out", out, "--sample", 2, "--json")
    assert told.code == 0
    assert told.json["path"] == str(out)
    data = out.read_bytes()
    if form == "json":
        assert json.loads(data)["terms"] == told.json["terms"]
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        assert [row["documents"] for row in rows] == ["2", "2", "1", "1", "0", ""]
    elif form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        matrix = [[cell.value for cell in row] for row in book["Overlap of rows"].iter_rows(min_row=2)]
        assert [row[1:] for row in matrix] == told.json["overlap"]
        assert book["Counts"]["D2"].value == 2
    else:
        assert data


def test_the_paper_can_be_signed(matter: Matter, terms: Path) -> None:
    text = verbs.terms_paper(verbs.terms_report(matter, terms), "html").decode()
    for said in ("Index snapshot", "Contents of the index", "Not searched", "responding party", "requesting party"):
        assert said in text
    assert text.count("Signature") == 2


# -- check -----------------------------------------------------------------------------------------------


def test_check_in_a_matter_counts_and_expands(matter: Matter, tmp_path: Path) -> None:
    path = tmp_path / "terms.txt"
    path.write_text('# ours\nwal*\nwalrus AND oysters OR carpenter\n\n"walrus carpenter"\nwalrsu\nwalrus w/\n', "utf-8")
    told = tecum("-C", matter.folder, "terms", "check", path, "--json")
    assert told.code == 1
    wild, mixed, phrase, misspelt, broken = told.json["terms"]
    assert wild["expansions"] == [
        {"pattern": "wal*", "words": 1, "top": [{"term": "walrus", "documents": 3, "occurrences": 8}]}
    ]
    w1 = next(one for one in mixed["lint"] if one["code"] == "W1")
    assert [one["documents"] for one in w1["counts"]] == [1, 2]
    assert [one["query"] for one in w1["counts"]] == w1["readings"]
    assert phrase["suggestions"] == ["walrus AND carpenter (1 documents)"]
    assert "walrus" in next(one for one in misspelt["lint"] if one["code"] == "W8")["fix"]
    first = broken["lint"][0]
    assert (first["line"], first["column"]) == (7, 8)
    assert first["caret"].splitlines()[1].index("^") == 7
    said = tecum("-C", matter.folder, "terms", "check", path).out
    assert "line 7, column 8" in said and "stands for 1 words: walrus (3)" in said


def test_check_without_a_matter_says_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "terms.txt"
    path.write_text("a AND b OR c\n", encoding="utf-8")
    (row,) = tecum("terms", "check", path, "--json").json["terms"]
    assert "documents" not in row and "counts" not in row["lint"][0]
    assert row["lint"][0]["line"] == 1
    assert tecum("-C", tmp_path / "nowhere", "terms", "check", path).code == 4, "a matter that is named must be there"


# -- search ----------------------------------------------------------------------------------------------


def test_search_pages_and_marks(matter: Matter, tmp_path: Path) -> None:
    whole = verbs.search(matter, "walrus OR carpenter")
    assert whole["documents"] == len(whole["results"]) == 3
    parts = [verbs.search(matter, "walrus OR carpenter", limit=2, offset=at)["results"] for at in (0, 2)]
    assert [*parts[0], *parts[1]] == whole["results"]
    first = next(one for one in whole["results"] if one["title"] == "Beach")
    passage = first["passages"][0]
    assert passage["field"] == "body"
    assert [passage["text"][low:high] for low, high in passage["marks"]] == ["walrus", "carpenter", "Walrus"]
    assert "[walrus]" in first["snippet"]
    ranked = verbs.search(matter, "walrus", ranked=True)["results"]
    assert {one["control"] for one in ranked} == {one["control"] for one in verbs.search(matter, "walrus")["results"]}
    assert ranked[0]["title"] == "Again", "three walruses in three words"


def test_search_reads_other_dialects(matter: Matter) -> None:
    assert verbs.search(matter, "walrus carpenter")["documents"] == 0
    assert verbs.search(matter, "walrus carpenter", dialect="nuix")["documents"] == 1
    told = tecum("-C", matter.folder, "search", "walrus carpenter", "--dialect", "nuix", "--json").json
    assert (told["dialect"], told["documents"]) == ("nuix", 1)
    assert tecum("-C", matter.folder, "search", "x", "--dialect", "westlaw").code == 2
    with pytest.raises(QueryInvalid):
        verbs.search(matter, "a w/5 b w/5 c")


def test_a_long_list_says_how_it_goes_on(matter: Matter) -> None:
    said = tecum("-C", matter.folder, "search", "walrus OR carpenter", "--limit", 1).out
    assert "... 2 more: --offset 1" in said
    assert "more:" not in tecum("-C", matter.folder, "search", "walrus OR carpenter").out


def test_what_a_document_says_cannot_command_the_terminal(tmp_path: Path) -> None:
    said = "walrus \x1b]0;owned\x07 \u202eshown backwards"
    write(tmp_path / "pile", {"one.eml": mail("Sub \x1b[2J walrus", said)})
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("ann", tmp_path / "pile")])
        found = verbs.search(matter, "walrus")
    lines = "\n".join(terms_wording.search(found, marked=True))
    assert "\x1b[1;7mwalrus\x1b[0m" in lines
    assert not {"\x07", "\u202e", "\x1b"} & set(lines.replace("\x1b[1;7m", "").replace("\x1b[0m", ""))


def test_a_report_without_terms(tmp_path: Path) -> None:
    with matter_of(tmp_path / "matter") as matter:
        found = verbs.terms_report(matter, sample=3)
        assert (found["documents"], found["terms"], found["overlap"]) == (0, [], [])
        for form in ("html", "pdf", "xlsx", "csv", "docx"):
            assert verbs.terms_paper(found, form)


def test_a_dry_run_writes_no_file(matter: Matter, terms: Path, tmp_path: Path) -> None:
    at, out = ("-C", matter.folder), ("--out", tmp_path / "x.html", "--dry-run")
    assert tecum(*at, "terms", "report", terms, *out).code == 0
    assert tecum(*at, "search", "walrus", *out).code == 0
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("form", ["csv", "xlsx", "html", "json"])
def test_results_as_a_file(matter: Matter, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"found.{form}"
    assert tecum("-C", matter.folder, "search", "walrus", "--out", out).code == 0
    data = out.read_bytes()
    if form == "csv":
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        assert {row["title"] for row in rows} == {"Again", "Beach"}
    assert data
