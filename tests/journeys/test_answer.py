"""The whole journey by the command line: what it does, what it holds, what it prints, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import Answered
from piles import balanced, demand, mail, mbox, payload, rows_of, tables, tecum, write
from tecum import verbs
from tecum.production import seal

pytestmark = pytest.mark.usefixtures("one_day")
VOLUME = {
    "volume", "path", "state", "documents", "pages", "first", "last", "held", "withheld", "redacted", "refusals",
    "by_request",
}  # fmt: skip


def small(folder: Path) -> Path:
    """Two mails and the demand for one of them: answered in a moment."""
    write(folder / "pile/chief", {"in.mbox": mbox(mail("Widget one", "A widget.\r\n"), mail("Lunch", "Soup.\r\n"))})
    return demand(folder, custodians='chief = { name = "Ann Poe", source = "pile/chief" }\n', requests=REQUEST)


REQUEST = '[[request]]\nnumber = "1"\ntext = "All widgets."\nterms = ["widget"]\n'


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


# -- the demo --------------------------------------------------------------------------------------------


def test_the_demo_finds_all_that_was_planted_and_its_volume_is_clean(tmp_path: Path) -> None:
    told = tecum("demo", "--out", tmp_path / "riverton", "--json")
    said = told.json
    assert set(said["wrong"]) <= {"beyond_terms"}, "what no term reaches is no miss"
    assert {kind: (row["found"], row["missed"], row["false"]) for kind, row in said["kinds"].items()} == {
        kind: (row["planted"], 0, 0) for kind, row in said["kinds"].items()
    }
    assert sum(row["planted"] for row in said["kinds"].values()) > 100
    assert told.code == 0
    assert said["volume"]["state"] == "DRAFT"
    checked = tecum("check", said["volume"]["path"], "--json")
    assert checked.json["findings"] == []
    assert checked.json["documents"] == said["volume"]["documents"] > 0
    assert checked.code == 0
    truth = json.loads((tmp_path / "riverton/truth.json").read_text(encoding="utf-8"))
    assert truth["counts"]["items"] == verbs_found(tmp_path / "riverton/matter")
    again = tecum("demo", "--out", tmp_path / "riverton")
    assert again.code == 31, "what is there is not written over"


def verbs_found(matter: Path) -> int:
    with verbs.open(matter) as opened:
        return int(balanced(opened)["found"])


# -- answer ----------------------------------------------------------------------------------------------


def test_an_answer_is_a_draft_with_the_doubtful_families_held(answered_once: Answered) -> None:
    said = answered_once.said
    assert said["state"] == "DRAFT"
    assert said["refusals"] == []
    assert (said["withheld"], said["redacted"]) == (0, 0)
    assert Path(said["path"]) == answered_once.volume
    titles = {row["title"]: row for row in csv_rows(answered_once.papers / "HELD.csv")}
    assert set(titles) == {"Widget advice", "note.txt", "Payroll widget"}
    assert len(titles) == said["held"] == 3
    assert {row["basis"] for row in titles.values()} == {""}, "a basis is a person's to state"
    assert "lawson-firm.example" in titles["Widget advice"]["trigger"]
    assert titles["Payroll widget"]["trigger"] == "personal data: SSN (1)"
    assert titles["note.txt"]["family"] == titles["Widget advice"]["control"]
    assert "457-55-5462" not in (answered_once.papers / "HELD.csv").read_text("utf-8")
    rows = rows_of(answered_once.volume)
    assert len(rows) == said["documents"]
    assert {"Widget advice", "Payroll widget", "Lunch", "Old widget"}.isdisjoint(row["SUBJECT"] for row in rows)
    assert said["by_request"] == {"1": sum("1" in row["REQUESTNO"].split(";") for row in rows), "2(a)": 1}
    assert [row["FILENAME"] for row in rows if "2(a)" in row["REQUESTNO"]] == ["zeppelin.docx"]
    with verbs.open(answered_once.folder) as matter:
        balanced(matter)
        assert [row["state"] for row in verbs.status(matter)["volumes"]] == ["DRAFT"]
    assert verbs.check(answered_once.volume)["findings"] == []
    for name in ("LETTER.docx", "LETTER.pdf", "EXCEPTIONS.csv", "TERMS.csv", "REVIEW.csv", "CHECK.json"):
        assert (answered_once.papers / name).stat().st_size > 0
    review = csv_rows(answered_once.papers / "REVIEW.csv")
    with verbs.open(answered_once.folder) as matter:
        control = {row["title"]: row["control"] for row in verbs.documents(matter)}
    assert {"list": "undated, kept in", "request": "", "control": control["Undated widget"]} in review
    left_out = [row for row in review if "outside the period" in row["list"]]
    assert [(row["request"], row["control"]) for row in left_out] == [("1", control["Old widget"])]


def test_a_volume_goes_out_only_in_a_persons_name(answered: Answered) -> None:
    assert tecum("-C", answered.folder, "release", "VOL001").code == 2
    nobody = tecum("-C", answered.folder, "release", "VOL001", "--by", " ", "--json")
    assert (nobody.code, nobody.json["error"]["code"]) == (20, "RELEASE_REFUSED")
    tried = tecum("-C", answered.folder, "release", "VOL001", "--by", "Dana Whitfield", "--dry-run", "--json")
    assert (tried.code, tried.json["state"]) == (0, "DRAFT")
    before = payload(answered.volume)
    told = tecum("-C", answered.folder, "release", "VOL001", "--by", "Dana Whitfield", "--json")
    assert (told.code, told.json["state"]) == (0, "released")
    assert payload(answered.volume) == before
    twice = tecum("-C", answered.folder, "release", "VOL001", "--by", "Somebody Else", "--json")
    assert twice.code == 20
    assert "Dana Whitfield" in twice.json["error"]["message"]
    unknown = tecum("-C", answered.folder, "release", "VOL002", "--by", "Dana Whitfield", "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (18, "VOLUME_NOT_FOUND")


def test_answering_again_does_no_work_and_says_so(answered: Answered) -> None:
    before, known = payload(answered.folder / "productions"), tables(answered.folder)
    told = tecum("answer", answered.demand, "--out", answered.folder, "--json")
    said = told.json
    assert said["already"] is True
    assert [said["status"][one] for one in ("new", "read", "numbered")] == [0, 0, 0]
    assert {key: said[key] for key in VOLUME} == {
        **{key: answered.said[key] for key in VOLUME},
        "path": str(answered.volume),
    }
    assert payload(answered.folder / "productions") == before
    assert tables(answered.folder) == known
    spoken = tecum("answer", answered.demand, "--out", answered.folder)
    assert "Nothing new" in spoken.out
    assert "sealed already" in spoken.out
    assert "never written again" in spoken.out


def test_another_demand_is_not_answered_into_this_matter(answered: Answered, tmp_path: Path) -> None:
    other = demand(tmp_path, requests=REQUEST.replace("All widgets.", "All gadgets."))
    told = tecum("answer", other, "--out", answered.folder, "--json")
    assert (told.code, told.json["error"]["code"]) == (31, "OUTPUT_EXISTS")


@pytest.mark.parametrize("begun", ["nothing", "ingested", "sealed"])
def test_a_dry_run_writes_nothing(tmp_path: Path, begun: str) -> None:
    path, out = small(tmp_path), tmp_path / "matter"
    if begun != "nothing":
        verbs.init(out, demand=path).close()
    if begun == "ingested":
        assert tecum("ingest", "-C", out).code == 0
    if begun == "sealed":
        assert tecum("answer", path, "--out", out).code == 0
    before = snapshot(tmp_path)
    told = tecum("answer", path, "--out", out, "--dry-run", "--json")
    assert told.code == 0
    assert told.json["state"] == "planned"
    assert told.json["files"] == 1
    if begun == "nothing":
        assert not out.exists()
    else:
        planned = tecum("produce", "-C", out, "--dry-run", "--json")
        assert set(planned.json) >= VOLUME
        assert (planned.code, planned.json["documents"]) == (0, 1)
        second = tecum("produce", "VOL002", "-C", out, "--dry-run", "--json")
        assert second.code == (28 if begun == "sealed" else 0), "what went out is not produced again"
        assert tecum("ingest", "-C", out, "--dry-run").code == 0
        assert tecum("exceptions", "--retry", "-C", out, "--dry-run").code == 0
        assert tecum("numbers", "T0001", "T0009", "--note", "x", "-C", out, "--dry-run").code == 0
    assert snapshot(tmp_path) == before


def snapshot(folder: Path) -> Any:
    """All files but those that SQLite itself keeps, and every table, the ledger included."""
    known = folder / "matter/matter.db"
    ledger = []
    if known.exists():
        with verbs.open(folder / "matter") as matter, matter.read() as db:
            ledger = [tuple(row) for row in db.exec_driver_sql("SELECT * FROM ledger ORDER BY seq")]
    files = {
        name: value
        for name, value in payload(folder).items()
        if not name.startswith("matter/matter.db") and not name.endswith(".lock")
    }
    return files, tables(folder / "matter") if known.exists() else None, ledger


# -- the command line's contract -------------------------------------------------------------------------


def test_the_shapes_other_programs_rely_on(answered: Answered) -> None:
    def keys(*arguments: object) -> dict[str, Any]:
        return tecum(*arguments, "-C", answered.folder, "--json").json

    assert set(keys("status")) >= {
        "found", "documents", "containers", "excluded", "unprocessable", "unique", "duplicates", "families",
        "balanced", "exceptions", "custodians",
    }  # fmt: skip
    rows = keys("exceptions")["exceptions"]
    assert rows
    assert all(set(row) >= {"item", "path", "members", "code", "message", "stage", "disposition"} for row in rows)
    found = keys("search", "widget")
    assert set(found) >= {"query", "reading", "documents", "families", "lint", "results"}
    assert found["documents"] == len(found["results"]) > 0
    assert all(set(row) >= {"control", "title", "path", "custodian", "date", "snippet"} for row in found["results"])
    assert "results" not in keys("search", "widget", "--count")
    report = keys("terms", "report")
    assert set(report) >= {"searchable", "not_searched", "terms"}
    assert all(
        set(row) >= {
            "row", "query", "reading", "documents", "documents_with_families", "unique", "unique_with_families",
            "lint", "error",
        }
        for row in report["terms"]
    )  # fmt: skip
    assert set(keys("produce", "--dry-run")) >= VOLUME
    assert set(keys("produce")) >= VOLUME
    assert set(keys("check", answered.volume)) >= {
        "volume", "documents", "pages", "first", "last", "assumed", "findings", "by_code", "not_examined",
    }  # fmt: skip
    assert all(set(row) == {"code", "reason"} for row in keys("check", answered.volume)["not_examined"])


def test_findings_have_the_stated_shape(answered: Answered) -> None:
    (answered.volume / "MANIFEST.csv").chmod(0o600)
    (answered.volume / "MANIFEST.csv").unlink()
    text = next((answered.volume / "TEXT").rglob("*.txt"))
    text.unlink()
    told = tecum("check", answered.volume, "--json")
    assert told.code == 1
    assert told.json["findings"]
    for row in told.json["findings"]:
        assert set(row) == {"code", "severity", "bates", "path", "field", "message", "evidence"}
        assert row["severity"] in ("stop", "warn", "note")
    assert sum(told.json["by_code"].values()) == len(told.json["findings"])


def test_the_folder_and_json_may_stand_before_or_after_the_verb(
    answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = tecum("status", "-C", answered.folder, "--json")
    assert after.code == 0
    for arguments in (
        ("-C", answered.folder, "--json", "status"),
        ("--json", "status", "-C", answered.folder),
        ("-C", answered.folder, "status", "--json"),
    ):
        told = tecum(*arguments)
        assert (told.code, told.out) == (0, after.out)
    monkeypatch.chdir(answered.folder)
    assert tecum("status", "--json").out == after.out
    assert tecum("search", "widget", "-C").code == 2
    # What follows "--" is the query, whatever it looks like.
    assert tecum("search", "--json", "--", "--json").json["query"] == "--json"


@pytest.mark.slow
def test_prose_and_progress_stay_off_the_json(tmp_path: Path) -> None:
    """The one object on stdout is all of it, in a real process too."""
    path = small(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tecum.cli", "answer", str(path), "--out", "m", "--json"]
        if (Path(verbs.__file__).parents[1] / "cli/__main__.py").exists()
        else [sys.executable, "-c", "from tecum.cli import main; main()", "answer", str(path), "--out", "m", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)["documents"] == 1


def test_exit_codes(tmp_path: Path) -> None:
    path, out = small(tmp_path), tmp_path / "matter"
    assert tecum("answer", path, "--out", out).code == 0  # done
    assert tecum("no-such-verb").code == 2
    assert tecum("answer").code == 2
    assert tecum("status", "-C", tmp_path).code == 4
    assert tecum("init", out).code == 5
    assert tecum("search", "a w/", "-C", out).code == 15
    assert tecum("check", tmp_path / "nothing").code == 19
    assert tecum("report", "nonsense", "--out", tmp_path / "r.csv", "-C", out).code == 38
    write(tmp_path, {"bad.txt": b"widget w/\nwidget\n"})
    assert tecum("terms", "check", tmp_path / "bad.txt").code == 1
    write(tmp_path / "pile/chief", {"locked.bin": b"\0\1\2\3"})
    assert tecum("ingest", "-C", out).code == 100  # done, with exceptions recorded
    assert tecum("--help").code == 0


def test_exit_code_of_a_stop_comes_before_that_of_exceptions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume that its own check stops is not sealed, and its numbers stay its own."""
    path = small(tmp_path)
    write(tmp_path / "pile/chief", {"empty.txt": b""})
    from tecum.receipt import check as receiver

    real = receiver.check

    def stopped(volume: Path) -> Any:
        result = real(volume)
        result.add("M02", "planted by the test", path="x")
        return result

    monkeypatch.setattr(receiver, "check", stopped)
    told = tecum("answer", path, "--out", "matter", "--json")
    assert told.code == 1
    assert [row["code"] for row in told.json["refusals"]] == ["M02"]
    assert set(told.json["refusals"][0]) == {"code", "control", "message", "remedy"}
    assert told.json["state"] == "written"
    assert not (tmp_path / "matter/productions/VOL001").exists()
    refused = tecum("release", "VOL001", "--by", "Ann Poe", "-C", "matter", "--json")
    assert refused.code == 20
    monkeypatch.setattr(receiver, "check", real)
    cured = tecum("answer", path, "--out", "matter", "--json")
    assert (cured.code, cured.json["state"]) == (100, "DRAFT")
    assert (cured.json["first"], cured.json["last"]) == (told.json["first"], told.json["last"])


def test_an_interrupted_run_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seal, "seal", interrupted)
        told = tecum("answer", path, "--out", "matter", "--json")
        assert told.code == 130
        assert "run the same command again" in told.err
    assert tecum("answer", path, "--out", "matter", "--json").json["state"] == "DRAFT"


def test_a_crash_is_logged_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small(tmp_path)

    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(verbs, "ingest", crash)
        told = tecum("answer", path, "--out", "matter", "--json")
    assert told.code == 3
    log = Path(told.json["error"]["log"])
    assert "planted" in log.read_text(encoding="utf-8")
    assert tecum("answer", path, "--out", "matter").code == 0


def test_a_source_on_the_command_line(tmp_path: Path) -> None:
    path = small(tmp_path)
    more = write(tmp_path / "more", {"m.txt": b"a widget more"})
    other = write(tmp_path / "other", {"o.txt": b"a widget else"})
    told = tecum("answer", path, f"clerk={more}", tmp_path / "pile/chief", other, "--out", "matter", "--json")
    assert told.code == 0
    with verbs.open(tmp_path / "matter") as matter:
        assert {row["path"]: row["custodian"] for row in verbs.documents(matter)} == {
            "m.txt": "clerk",
            "in.mbox//00001.eml": "chief",
            "in.mbox//00002.eml": "chief",
            "o.txt": "unassigned",
        }
        unassigned = [row["control"] for row in verbs.documents(matter) if row["custodian"] == "unassigned"]
    assert told.json["notes"]["unassigned"] == unassigned
