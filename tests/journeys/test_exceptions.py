"""Exceptions from the first list to the filed report: filtered, exported, cured, read again, produced, waived."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from conftest import Answered
from piles import balanced, locked_zip, mail, matter_of, pdf, tecum, with_processing, write
from tecum import verbs
from tecum.errors import DocumentUnknown
from tecum.model import ExceptionCode
from tecum.processing.remedies import REMEDIES

pytestmark = pytest.mark.usefixtures("one_day")


def listed(folder: Path, *options: object) -> list[tuple[str, str]]:
    """(code, path) of what ``tecum exceptions`` lists."""
    told = tecum("exceptions", "-C", folder, "--json", *options)
    assert told.code in (0, 100), told
    return [(row["code"], row["path"]) for row in told.json["exceptions"]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter with exceptions of several kinds and two custodians. Nobody changes it: take ``folder`` for that."""
    place = tmp_path_factory.mktemp("exceptions")
    archive = locked_zip({"a.txt": b"in"}, b"sesame")
    write(place / "ann", {"locked.pdf": pdf("Secret", password="sesame"), "2017/locked.zip": archive, "e.txt": b""})
    undated = mail("Hello", date=None)
    write(place / "bob", {"odd.bin": b"\0\1\2\3", "undated.eml": undated, "locked.pdf": pdf("Other", password="other")})
    with matter_of(place / "matter", passwords="passwords.txt") as matter:
        (matter.folder / "passwords.txt").write_text("wrong\n", encoding="utf-8")
        verbs.ingest(matter, [("ann", place / "ann"), ("bob", place / "bob")])
    return place / "matter"


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(kept, tmp_path / "matter"))


def test_filters_join_and_limits_cut(kept: Path) -> None:
    every = listed(kept)
    assert set(every) == {
        ("ENCRYPTED", "locked.pdf"), ("ENCRYPTED", "2017/locked.zip"), ("ENCRYPTED", "2017/locked.zip//a.txt"),
        ("EMPTY_FILE", "e.txt"), ("UNSUPPORTED", "odd.bin"), ("DATE_GUESSED", "undated.eml"),
    }  # fmt: skip
    assert listed(kept, "--code", "encrypted", "--custodian", "bob") == [("ENCRYPTED", "locked.pdf")]
    assert listed(kept, "--code", "EMPTY_FILE", "--code", "UNSUPPORTED") == [
        ("EMPTY_FILE", "e.txt"),
        ("UNSUPPORTED", "odd.bin"),
    ]
    assert {path for _, path in listed(kept, "--path", "2017/*")} == {"2017/locked.zip", "2017/locked.zip//a.txt"}
    assert {path for _, path in listed(kept, "--path", "LOCKED.")} == {
        "locked.pdf",
        "2017/locked.zip",
        "2017/locked.zip//a.txt",
    }
    assert listed(kept, "--disposition", "document") == [("DATE_GUESSED", "undated.eml")]
    assert listed(kept, "--stage", "number") == [("DATE_GUESSED", "undated.eml")]
    assert listed(kept, "--kind", "pdf", "--custodian", "ann") == [("ENCRYPTED", "locked.pdf")]
    assert listed(kept, "--code", "NO_SUCH") == []
    cut = tecum("exceptions", "-C", kept, "--limit", "2", "--json").json
    assert (len(cut["exceptions"]), cut["matching"]) == (2, len(every))
    spoken = tecum("exceptions", "-C", kept, "--limit", "2").out
    assert f"... {len(every) - 2} more" in spoken


def test_every_row_says_what_to_do(kept: Path) -> None:
    rows = tecum("exceptions", "-C", kept, "--json").json["exceptions"]
    for row in rows:
        assert row["remedy"] == REMEDIES[row["code"]].plain
        assert (row["state"], row["history"], row["retried"]) == ("open", [], "")
        assert row["custodian"] in ("ann", "bob")
        assert bool(row["control"]) == (row["disposition"] != "container")
    assert set(REMEDIES) == set(ExceptionCode)
    spoken = tecum("exceptions", "-C", kept).out
    assert spoken.count(REMEDIES["ENCRYPTED"].plain) == 1, "once a code, not once a row"


def test_exports_hold_what_the_list_holds(kept: Path, tmp_path: Path) -> None:
    for form in ("csv", "html", "xlsx", "json"):
        out = tmp_path / f"out.{form}"
        told = tecum("exceptions", "-C", kept, "--code", "ENCRYPTED", "--export", out, "--json")
        assert (told.code, told.json["path"]) == (0, str(out))
        assert out.stat().st_size > 300
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert {row[rows[0].index("Code")] for row in rows[1:]} == {"ENCRYPTED"}
    assert len(rows) - 1 == len(listed(kept, "--code", "ENCRYPTED")) == 4
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["matching"] == 4
    assert tecum("exceptions", "-C", kept, "--export", tmp_path / "out.doc").code == 2
    assert tecum("exceptions", "-C", kept, "--export", tmp_path / "dry.csv", "--dry-run").code == 0
    assert not (tmp_path / "dry.csv").exists()


def test_a_cure_reads_again_only_what_is_named(folder: Path) -> None:
    (folder / "passwords.txt").write_text("sesame\n", encoding="utf-8")
    told = tecum("exceptions", "-C", folder, "--retry", "--path", "*.zip*", "--code", "ENCRYPTED", "--json")
    assert (told.code, told.json["exceptions"]) == (0, [])
    assert told.json["retried"] == 1, "the archive, which holds the member that was locked"
    with verbs.open(folder) as matter:
        balanced(matter)
        found = {(row["custodian"], row["path"]): row for row in verbs.items(matter)}
        assert found["ann", "2017/locked.zip//a.txt"]["disposition"] == "document"
        assert found["ann", "locked.pdf"]["disposition"] == "unprocessable", "its password is there, but nobody asked"
    told = tecum("exceptions", "-C", folder, "--retry", "--json")
    assert told.code == 100
    again = {(row["custodian"], row["path"]): row for row in told.json["exceptions"]}
    assert ("ann", "locked.pdf") not in again
    assert again["bob", "locked.pdf"]["retried"] == "2018-02-01T12:00:00Z"
    assert again["bob", "locked.pdf"]["history"] == ["read again on 2018-02-01T12:00:00Z, and still so"]
    assert again["bob", "undated.eml"]["retried"] == "", "what was read whole is not read again"


def test_a_document_read_in_part_is_read_again_when_it_is_named(tmp_path: Path) -> None:
    letter = mail("Parts", date=None).replace(b"Body.", b"Caf\xff\xfe.")
    write(tmp_path / "pile", {"letter.eml": letter})
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("ann", tmp_path / "pile")])
        before = {row["path"]: row["control"] for row in verbs.documents(matter)}
        assert listed(matter.folder) == [("DATE_GUESSED", "letter.eml"), ("PARTIAL", "letter.eml")]
        assert verbs.retry(matter)["retried"] == 0, "only what could not be read at all"
        assert verbs.retry(matter, verbs.Wanted(codes=("PARTIAL",)))["retried"] == 1
        balanced(matter)
        assert {row["path"]: row["control"] for row in verbs.documents(matter)} == before, "numbers stay"
        assert listed(matter.folder) == [("DATE_GUESSED", "letter.eml"), ("PARTIAL", "letter.eml")]


def test_a_named_person_lets_an_exception_stand(folder: Path) -> None:
    (row,) = tecum("exceptions", "-C", folder, "--code", "EMPTY_FILE", "--json").json["exceptions"]
    reason = ("--by", "Lena Ortiz", "--reason", "empty at the source as well")
    assert tecum("exceptions", "-C", folder, "--waive", row["control"]).code == 2, "nobody, and for no reason"
    assert tecum("exceptions", "-C", folder, "--waive", "T99999999", *reason).code == DocumentUnknown.exit_code
    assert tecum("exceptions", "-C", folder, "--waive", row["control"], *reason, "--dry-run").code == 0
    assert tecum("exceptions", "-C", folder, "--item", row["item"], "--json").json["exceptions"][0]["state"] == "open"
    told = tecum("exceptions", "-C", folder, "--waive", row["control"], *reason, "--json").json
    assert told["waived"] == 1
    (after,) = tecum("exceptions", "-C", folder, "--item", row["control"], "--json").json["exceptions"]
    assert after["state"] == "waived"
    assert after["history"] == ["waived by Lena Ortiz on 2018-02-01T12:00:00Z: empty at the source as well"]
    with verbs.open(folder) as matter:
        assert verbs.verify(matter)["balanced"], "the ledger holds it"


def test_what_was_produced_says_so(answered: Answered) -> None:
    rows = tecum("exceptions", "-C", answered.folder, "--json").json["exceptions"]
    states = {row["code"]: (row["state"], row["history"]) for row in rows}
    assert states["GLYPH_MISSING"] == ("produced", ["produced in VOL001 as its native file behind a slip sheet"])
    assert states["DATE_GUESSED"] == ("produced", ["produced in VOL001 as pages"])
    assert states["ENCRYPTED"] == ("open", [])


def test_the_processing_report_is_whole_in_every_format(answered: Answered, tmp_path: Path) -> None:
    for form in ("html", "xlsx", "pdf", "docx"):
        told = tecum("report", "processing", "--out", tmp_path / f"report.{form}", "-C", answered.folder, "--json")
        assert (told.code, told.json["bytes"] > 4000) == (0, True)
    page = (tmp_path / "report.html").read_text("utf-8")
    with verbs.open(answered.folder) as matter:
        status = verbs.status(matter)
        sources = verbs.custody(matter)["sources"]
        rows = verbs.exceptions(matter)["exceptions"]
        holders = [row for row in verbs.items(matter) if row["disposition"] == "container"]
    assert f"{status['found']} items found = {status['documents']} documents" in page
    assert "The account balances" in page
    told_of = [source["fingerprint"] for source in sources] + [row["path"] for row in holders]
    told_of += [row["message"].split("<")[0] for row in rows]
    for wanted in (*told_of, "All agree.", "name matches .DS_Store", "landlock", "Signature", "[processing]"):
        assert wanted in page, wanted
    assert "certified" not in page.lower() and "compliant" not in page.lower()


def test_a_format_that_there_is_not_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for command in (["report", "processing", "--out"], ["exceptions", "--export"]):
        told = tecum(*command, tmp_path / "report.odt", "-C", tmp_path)
        assert told.code == 2
        assert ".xlsx" in told.err


def test_long_lists_are_cut_on_paper_and_whole_in_the_workbook(tmp_path: Path) -> None:
    write(tmp_path / "pile", {f"{n:03d}.txt": b"" for n in range(450)})
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("ann", tmp_path / "pile")])
        page = verbs.report(matter, "processing", "html").decode()
        table = verbs.report(matter, "processing", "csv").decode("utf-8-sig")
    assert "The first 400 of 450" in page
    assert "449.txt" not in page
    assert "449.txt" in table


def test_a_lost_member_is_shown_as_one(folder: Path) -> None:
    """The report's own check of containers: break the table behind its back, and it must say so."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "matter.db")) as db, db:
        db.execute("UPDATE item SET members = members + 1 WHERE path = '2017/locked.zip'")
    with verbs.open(folder) as matter:
        page = verbs.report(matter, "processing", "html").decode()
    assert "1 DO NOT AGREE." in page
    assert "THE ACCOUNT DOES NOT BALANCE" in page


def test_the_ledger_says_under_which_circumstances_files_were_read(folder: Path) -> None:
    from tecum.processing import account

    with verbs.open(folder) as matter:
        with matter.read() as db:
            (run,) = account.runs(db)
        with_processing(matter, seconds=7)
        verbs.retry(matter)
        with matter.read() as db:
            runs = account.runs(db)
    assert {"program", "python", "system", "libraries", "programs", "layers", "limits", "items"} <= set(run)
    assert run["limits"]["passwords"] == 1
    assert "wrong" not in json.dumps(run), "how many, never which"
    assert {"seccomp", "landlock", "netns"} <= set(run["layers"])
    assert [one["limits"]["seconds"] for one in runs] == [60, 7]
