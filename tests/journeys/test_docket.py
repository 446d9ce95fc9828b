"""The docket as it is used: commands as a person types them, both sides of one demand, interruptions, old matters."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from piles import Told, tecum
from tecum import deadlines, verbs
from tecum.deadlines import Calendar
from tecum.demand import calendars
from tecum.engine import schema

pytestmark = pytest.mark.usefixtures("one_day")
SEED = int(os.environ.get("TECUM_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
FORBIDDEN, BUSY = 46, "STAGE_BUSY"

DEMAND = """
[demand]
title = "Use of body cameras"
from = "Department of Oversight"
under = "Charter 12"
dated = 2018-01-02
due = 2018-01-24
consequence = "Grant money may be withheld."
contact = "Ann Poe, 555 0100"
note = "our own remark"

[[request]]
number = "1"
text = '''
All policies.
'''

[[request]]
number = "2"
text = "All training records."
"""
RECIPIENTS = "id,name,kind,state,tracking\n007,Oak Hill,city,IL,A-1; A-2\nelm,Elm County,county,CA,\n"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock."""
    return lambda day: monkeypatch.setenv("TECUM_NOW", f"{day}T12:00:00Z")


@pytest.fixture(scope="module")
def asked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demanding side's matter, one demand to two recipients, and the files it was made from."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "d.toml").write_text(DEMAND)
    (folder / "recipients.csv").write_text(RECIPIENTS)
    (folder / "receipt.eml").write_bytes(b"Subject: received\n\nWe have it.")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", "2018-02-01T12:00:00Z")
        files = (folder / "d.toml", "--recipients", folder / "recipients.csv")
        done = demand(folder / "asking", "new", *files, "--time-zone", "UTC")
    assert (done["demand"], done["recipients"], done["requests"]) == ("d", 2, 2)
    return folder


@pytest.fixture
def matter(asked_once: Path, tmp_path: Path) -> Path:
    """A copy of the matter and its files that a test may spoil."""
    shutil.copytree(asked_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "asking"


def demand(folder: Path, *arguments: object, code: int = 0) -> dict[str, Any]:
    """Run ``tecum demand`` and return its JSON; the plain form of the same status must not crash either."""
    said = tecum("-C", folder, "demand", *arguments, "--json")
    assert said.code == code, said
    return said.json


def refused(folder: Path, *arguments: object, code: int) -> dict[str, Any]:
    error: dict[str, Any] = demand(folder, *arguments, code=code)["error"]
    assert error["message"] and error["remedy"]
    return error


def row(folder: Path, recipient: str, *more: object) -> dict[str, Any]:
    found: list[dict[str, Any]] = demand(folder, "status", recipient, *more)["recipients"]
    assert len(found) == 1
    return found[0]


def entered(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "matter.db")) as db:
        count: int = db.execute("SELECT count(*) FROM docket").fetchone()[0]
    return count


def whole(folder: Path) -> Told:
    return tecum("-C", folder, "verify")


# -- from the demand to the closed file ------------------------------------------------------------------


def test_from_a_new_demand_to_a_closed_file(matter: Path, tmp_path: Path, at: Any) -> None:
    at("2018-01-05")
    assert row(matter, "007")["next"] == "issuer: approve the demand and send it"
    demand(matter, "serve", "elm", "--channel", "mail", "--on", "2018-01-03")
    assert row(matter, "elm")["response"] == "sent", "dispatched is not served"
    demand(matter, "serve", "007", "--evidence", tmp_path / "receipt.eml", "--on", "2018-01-04")
    assert row(matter, "007")["response"] == "served"
    demand(matter, "record", "acknowledged", "007", "--set", "tracking=FOI-9", "--on", "2018-01-05")
    at("2018-01-25")
    one = row(matter, "007")
    assert (one["response"], one["overdue"], one["due"]) == ("no response", True, "2018-01-24")

    count = entered(matter)
    dry = demand(matter, "extend", "007", "--days", 14, "--dry-run")
    assert entered(matter) == count
    assert (dry["dry_run"], dry["effects"][0]["after"]["due"]) == (True, "2018-02-07")
    assert (
        "nothing was entered" in tecum("-C", matter, "demand", "extend", "007", "--days", 14, "--dry-run").out.lower()
    )
    assert demand(matter, "extend", "007", "--days", 14)["effects"] == dry["effects"]
    assert row(matter, "007")["due_kind"] == "agreed"

    at("2018-02-06")
    demand(matter, "record", "produced", "007", "--set", "volume=OAK001", "--request", 1, "--evidence",
           tmp_path / "receipt.eml")  # fmt: skip
    assert row(matter, "007")["requests"] == {"1": "produced", "2": "open"}
    demand(matter, "record", "answered", "007", "--set", "answer=none exist", "--request", 2)
    raised = demand(matter, "deficiency", "007", "--code", "TEXT_MISSING", "--text", "No text", "--request", 1)
    (name,) = raised["events"]
    demand(matter, "deficiency", "007", "noticed", "--id", name, "--due", "2018-02-20")
    at("2018-02-21")
    one = row(matter, "007")
    assert (one["response"], one["overdue"], one["requests"]["1"]) == ("deficient", True, "short")
    demand(matter, "deficiency", "007", "answered", "--id", name, "--text", "Sent again")
    assert row(matter, "007")["deficiencies"][0]["state"] == "answered"
    demand(matter, "deficiency", "007", "cured", "--id", name)
    demand(matter, "record", "accepted", "007", "--set", "by=Ann Poe")
    demand(matter, "record", "signed-off", "007", "--set", "by=Jon Marsh")
    assert row(matter, "007")["response"] == "complete"
    demand(matter, "record", "closed", "007", "--set", "by=Jon Marsh")
    one = row(matter, "007")
    assert (one["response"], one["tasks"], one["due"]) == ("closed", [], None)
    assert not one["conflicts"]
    assert [row(matter, "007", "--as-of", day)["response"] for day in ("2018-01-03", "2018-01-04", "2018-02-06")] == [
        "drafted", "served", "deficient",
    ]  # fmt: skip
    assert whole(matter).code == 0


def test_up_the_ladder_until_an_order_forbids_it(matter: Path, tmp_path: Path, at: Any) -> None:
    demand(matter, "serve", "--everybody", "--source", "receipts of 3 January", "--on", "2018-01-03")
    demand(matter, "record", "refused", "elm", "--set", "reason=no authority")
    demand(matter, "award", "--set", "id=grant", "--set", "recipient=elm", "--set", "programme=Cameras", "--set",
           "amount=$1,000.50", "--set", "conditions=notice")  # fmt: skip
    assert tecum("-C", matter, "demand", "escalate", "elm").code == 2, "nobody approved it"
    steps = ["reminder", "final notice", "subpoena authorised"]
    for step in steps:
        dry = demand(matter, "escalate", "elm", "--by", "Ann Poe", "--dry-run")
        assert dry["effects"][0]["after"]["enforcement"] == step
        assert row(matter, "elm")["enforcement"] != step
        demand(matter, "escalate", "elm", "--by", "Ann Poe")
        assert row(matter, "elm")["enforcement"] == step
    error = refused(matter, "escalate", "elm", "--by", "Ann Poe", code=41)
    assert "subpoena-served needs proof" in error["message"]
    assert {one["who"] for one in row(matter, "elm")["tasks"]} == {"issuer"}

    at("2018-02-02")
    demand(matter, "case", "--set", "id=suit", "--set", "title=Elm v. Oversight", "--set", "parties=elm")
    order = ("order", "--set", "id=stop", "--set", "case=suit", "--set", "kind=injunction", "--set", "effect=enjoin",
             "--set", "from=2018-02-02", "--set", "reach=parties",
             "--set", "freezes=enforcement; consequence")  # fmt: skip
    dry = demand(matter, *order, "--dry-run")
    assert {one["recipient"] for one in dry["effects"]} == {"elm"}
    demand(matter, *order)
    one = row(matter, "elm")
    assert (one["frozen_by"], one["litigation"]) == (["stop"], "injunction")
    step = ("escalate", "elm", "--by", "Ann Poe", "--source", "marshal's return")
    count = entered(matter)
    for how in (step, ("record", "show-cause", "elm"), ("award", "--step", "withheld", "--id", "grant")):
        error = refused(matter, *how, code=FORBIDDEN)
        assert error["code"] == "STEP_FORBIDDEN" and "order stop" in error["message"]
    mixed = demand(matter, "escalate", "--everybody", "--by", "Ann Poe", "--source", "marshal's return", code=1)
    assert [one["recipient"] for one in mixed["refusals"] if one["order"] == "stop"] == ["elm"]
    assert mixed["events"], "the others' steps are taken"
    assert entered(matter) == count + len(mixed["events"])
    at("2018-02-03")
    demand(matter, "order", "--set", "id=stop", "--set", "to=2018-02-03")  # it ends; the rest of it stays
    assert row(matter, "elm")["frozen_by"] == []
    demand(matter, *step)
    assert row(matter, "elm")["enforcement"] == "subpoena served"
    demand(matter, "award", "--step", "withheld", "--id", "grant", "--by", "Ann Poe")
    one = row(matter, "elm")
    assert (one["consequence"], one["at_stake"]) == ("withheld", 1000.5)
    assert whole(matter).code == 0


def test_a_withdrawn_demand_gets_no_reminder(matter: Path) -> None:
    demand(matter, "serve", "--everybody", "--source", "receipts", "--on", "2018-01-03")
    written = demand(matter, "letter", "reminder", "elm", "--by", "Ann Poe", "--dry-run")
    assert "Use of body cameras" in written["written"][0]["text"]
    demand(matter, "record", "withdrawn", "elm")
    error = refused(matter, "letter", "reminder", "elm", "--by", "Ann Poe", code=FORBIDDEN)
    assert "withdrawn on 2018-02-01" in error["message"]
    refused(matter, "escalate", "elm", "--by", "Ann Poe", code=FORBIDDEN)
    both = demand(matter, "letter", "reminder", "--by", "Ann Poe", "--dry-run", code=1)
    assert [one["recipient"] for one in both["written"]] == ["007"]
    assert [one["code"] for one in both["refusals"]] == ["STEP_FORBIDDEN"]


def test_codes_for_cron(matter: Path, at: Any) -> None:
    demand(matter, "serve", "--everybody", "--source", "receipts", "--on", "2018-01-03")
    at("2018-01-20")
    assert tecum("-C", matter, "demand", "status", "--overdue").code == 0
    assert tecum("-C", matter, "demand", "status", "--due-soon", 3).code == 0
    assert tecum("-C", matter, "demand", "status", "--due-soon", 4).code == 1
    at("2018-01-24")
    assert tecum("-C", matter, "demand", "status", "--overdue").code == 0, "the last day is not over"
    at("2018-01-25")
    assert tecum("-C", matter, "demand", "status", "--overdue").code == 1
    assert {one["recipient"] for one in demand(matter, "status", "--overdue", code=1)["recipients"]} == {"007", "elm"}
    assert tecum("-C", matter, "demand", "status", "--as-of", "2018-01-20", "--overdue").code == 0


def test_the_shapes_that_other_programs_rely_on(matter: Path, tmp_path: Path) -> None:
    status = demand(matter, "status")
    assert {"as_of", "recipients", "demands", "totals", "calendar_changes"} <= set(status)
    wanted = {"recipient", "response", "enforcement", "litigation", "consequence", "due", "overdue", "explanation",
              "deficiencies", "at_stake", "frozen_by", "next"}  # fmt: skip
    for one in status["recipients"]:
        assert wanted <= set(one)
        assert all(isinstance(line, str) for line in one["explanation"])
    for arguments in (("serve", "--dry-run"), ("record", "note", "--set", "text=x", "--dry-run"),
                      ("extend", "--days", 3, "--dry-run"),
                      ("deficiency", "elm", "--code", "a", "--text", "b", "--dry-run")):  # fmt: skip
        assert {"events", "refusals", "effects", "dry_run"} <= set(demand(matter, *arguments))
    assert {"added", "unchanged", "changed", "assumed", "effects"} <= set(
        demand(matter, "import", tmp_path / "recipients.csv", "--dry-run")
    )
    assert {"letter", "written", "refusals", "folder"} <= set(demand(matter, "letter", "demand", "--dry-run"))
    for out in ("out", "out.xlsx", "out.json", "c.ics"):
        verb = ("calendar", "--out") if out == "c.ics" else ("export",)
        assert {"path", "files"} <= set(demand(matter, *verb, tmp_path / out, "--dry-run"))
        assert not (tmp_path / out).exists()


def test_what_a_clerk_mistypes_is_told_with_the_cure(matter: Path, tmp_path: Path) -> None:
    count = entered(matter)
    for arguments, code, message, remedy in (
        (("record", "acknowledged", "07"), 44, "no recipient 07 (did you mean 007?)", "demand status"),
        (("record", "acknowleged", "007"), 41, "did you mean acknowledged?", "Correct"),
        (("record", "acknowledged", "007", "--on", "5.1.2018"), 41, "day first it is 2018-01-05", "Correct"),
        (("record", "acknowledged", "007", "--on", "2018-03-01"), 41, "lies in the future", "Correct"),
        (("serve", "007", "--evidence", tmp_path / "no.eml"), 12, "no.eml cannot be read", "Correct the path"),
        (("extend", "007"), 41, "either until or days", "Correct"),
        (("deficiency", "007", "cured", "--id", "D1"), 41, "there is no deficiency D1", "Correct"),
        (("order", "--set", "id=o", "--set", "fromm=2018-01-01"), 41, "did you mean from?", "Correct"),
        (("award", "--step", "withheld", "--id", "grant"), 44, "no award grant", "status"),
        (("export", tmp_path / "page.html"), 47, "no field is chosen", "--field"),
        (("letter", "remainder", "007"), 42, "remainder", "reminder"),
        (("import", tmp_path / "none.csv"), 12, "is not there", ""),
    ):
        error = refused(matter, *arguments, code=code)
        assert message in error["message"], error
        assert remedy in error["remedy"], error
    for arguments in (("export", tmp_path / "x.toml"), ("status", "--as-of", "1.2.2018"), ("record",),
                      ("record", "note", "007", "--set", "text"), ("extend", "007", "--days", "-1"),
                      ("calendar", "--accept", "US")):  # fmt: skip
        assert tecum("-C", matter, "demand", *arguments).code == 2
    assert entered(matter) == count
    assert not list(tmp_path.glob("tecum-crash-*")), "a slip of the user must not end in a traceback"


def test_an_act_without_a_choice_is_not_taken_for_everybody(matter: Path) -> None:
    entered = len(demand(matter, "status")["recipients"])
    assert entered > 1
    error = refused(matter, "record", "note", "--set", "text=x", code=44)
    assert "nobody is named" in error["message"] and "--everybody" in error["remedy"]
    assert len(demand(matter, "record", "note", "--everybody", "--set", "text=x")["events"]) == entered
    assert len(demand(matter, "record", "note", "--set", "text=y", "--dry-run")["events"]) >= 1


def test_a_correction_is_entered_once_whomever_it_concerns(matter: Path) -> None:
    demand(matter, "serve", "--everybody", "--source", "receipts", "--on", "2018-01-03")
    events = demand(matter, "record", "corrected", "--set", "event=E1", "--set", "happened=2018-01-04", "--set",
                    "reason=slip")["events"]  # fmt: skip
    assert len(events) == 1
    served = [row(matter, one)["explanation"][1][2:12] for one in ("007", "elm")]
    assert sorted(served) == ["2018-01-03", "2018-01-04"]


def test_a_dry_run_makes_no_matter(matter: Path, tmp_path: Path) -> None:
    folder = tmp_path / "nothing yet"
    said = demand(folder, "new", tmp_path / "d.toml", "--recipients", tmp_path / "recipients.csv", "--dry-run")
    assert (said["recipients"], said["dry_run"], folder.exists()) == (2, True, False)


# -- both sides ------------------------------------------------------------------------------------------


@pytest.fixture
def answering(matter: Path, tmp_path: Path) -> Path:
    """The matter of Oak Hill, made from the file that the demanding side wrote for it."""
    demand(matter, "serve", "--everybody", "--evidence", tmp_path / "receipt.eml", "--on", "2018-01-03")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    demand(matter, "export", theirs / "demand.toml", "--for", "007")
    (theirs / "answer.toml").write_text('[production]\nprefix = "OAK"\ntime_zone = "UTC"\n')
    assert tecum("init", theirs / "matter", "--demand", theirs / "demand.toml").code == 0
    return theirs / "matter"


def test_the_other_side_reads_the_same_demand(matter: Path, answering: Path) -> None:
    ours, theirs = demand(matter, "status", "007"), demand(answering, "status")
    assert theirs["recipients"][0]["due"] == ours["recipients"][0]["due"] == "2018-01-24"
    assert theirs["demands"][0]["hash"] == ours["demands"][0]["hash"] != ""
    assert theirs["recipients"][0]["name"] == "Oak Hill"
    text = (answering.parent / "demand.toml").read_text()
    assert "our own remark" not in text and "elm" not in text.casefold() and "A-1" not in text


def test_deficiencies_go_to_and_fro(matter: Path, answering: Path, tmp_path: Path) -> None:
    (name,) = demand(matter, "deficiency", "007", "--code", "TEXT_MISSING", "--text", 'No "text"; <none>', "--request",
                     1, "--due", "2018-02-20", "--on", "2018-01-28")["events"]  # fmt: skip
    out, back = tmp_path / "out.json", tmp_path / "back.json"
    demand(matter, "deficiency", "007", "--exchange", out)
    told = demand(answering, "import", out, "--deficiencies")
    assert told["events"] == [name]
    assert demand(answering, "import", out, "--deficiencies")["events"] == []
    mine = row(answering, "us")["deficiencies"][0]
    assert (mine["id"], mine["text"], mine["requests"], mine["due"]) == (name, 'No "text"; <none>', ["1"], "2018-02-20")

    demand(answering, "deficiency", "us", "answered", "--id", name, "--text", "See OAK002", "--on", "2018-01-30")
    demand(answering, "deficiency", "us", "--exchange", back)
    (line,) = json.loads(back.read_text())["deficiencies"]
    assert (line["answer"], line["answer_text"], line["answered"]) == ("answered", "See OAK002", "2018-01-30")
    assert len(demand(matter, "import", back, "--deficiencies")["events"]) == 1
    assert demand(matter, "import", back, "--deficiencies")["events"] == [], "the same answer twice is one answer"
    assert row(matter, "007")["deficiencies"][0]["state"] == "answered"

    demand(matter, "deficiency", "007", "noticed", "--id", name, "--due", "2018-02-25")
    demand(matter, "deficiency", "007", "--exchange", out)
    demand(answering, "import", out, "--deficiencies")
    assert row(answering, "us")["deficiencies"][0]["due"] == "2018-02-25"
    demand(answering, "deficiency", "us", "cured", "--id", name)
    demand(answering, "deficiency", "us", "--exchange", back)
    demand(matter, "import", back, "--deficiencies")
    assert row(matter, "007")["deficiencies"][0]["state"] == "answered", "a claimed cure is for the issuer to check"
    demand(matter, "deficiency", "007", "waived", "--id", name, "--by", "Ann Poe")
    assert whole(matter).code == whole(answering).code == 0


def test_an_answer_from_elsewhere_is_refused(matter: Path, answering: Path, tmp_path: Path) -> None:
    demand(matter, "deficiency", "007", "--code", "A", "--text", "b")
    out = tmp_path / "out.json"
    demand(matter, "deficiency", "007", "--exchange", out)
    said = json.loads(out.read_text())
    line = said["deficiencies"][0]
    count = entered(matter)
    for change, message in (
        ({"deficiencies": [{**line, "id": "D9", "answer": "disputed"}]}, "was never raised"),
        ({"deficiencies": [{**line, "answer": "maybe"}]}, "answer must be one of"),
        ({"deficiencies": [{**line, "answered": "1.2.2018"}]}, "is not a date"),
        ({"deficiencies": [line, line]}, "stands twice"),
        ({"deficiencies": [{**line, "colour": "red"}]}, "not a key of this format"),
        ({"demand_title": "Other", "demand_hash": "0" * 64}, "another demand"),
        ({"format": "x"}, "is not a tecum-deficiencies-1 file"),
    ):
        out.write_text(json.dumps({**said, **change}))
        assert message in refused(matter, "import", out, "--deficiencies", code=48)["message"]
    for data in (b"[" * 100_000, b"\xff\xfe{", b"{}", b'{"format": "tecum-deficiencies-1", "a": ' + b"[" * 100_000):
        out.write_bytes(data)
        refused(matter, "import", out, "--deficiencies", code=48)
    out.write_text(json.dumps({**said, "deficiencies": [{**line, "id": "D9", "text": "a\x1b[2Jb", "requests": ["9"]}]}))
    error = refused(answering, "import", out, "--deficiencies", code=41)
    assert "control character U+001B" in error["message"] and "no request 9" in error["message"]
    assert entered(matter) == count


# -- the terminal ----------------------------------------------------------------------------------------


def test_a_terminal_gets_nothing_that_it_obeys(matter: Path, tmp_path: Path) -> None:
    (tmp_path / "recipients.csv").write_text("id,name,note\nelm,Elm \u202eyti\u2066C,\nash,Ash\u200f,\n")
    assert tecum("-C", matter, "demand", "import", tmp_path / "recipients.csv").code == 0
    demand(matter, "record", "note", "elm", "--set", "text=a\u202eb")
    said = tecum("-C", matter, "demand", "status", "--explain")
    assert said.code == 0
    assert not set("\u202e\u2066\u200f\x1b") & set(said.out + said.err)
    wrong = tecum("-C", matter, "demand", "record", "note", "elm", "--set", "text=a\x1b[2Jb")
    assert wrong.code == 41 and "\x1b" not in wrong.out + wrong.err
    for out in (tmp_path / "e\x1b[2Jx.csv", tmp_path / "none\u202e.csv"):
        wrong = tecum("-C", matter, "demand", "import", out)
        assert wrong.code == 12 and not set("\u202e\x1b") & set(wrong.out + wrong.err)


# -- the list of holidays --------------------------------------------------------------------------------


def test_a_changed_list_of_holidays_moves_no_date_by_itself(
    matter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DEMAND.replace("due = 2018-01-24", 'rule = "frcp-34"')
    (tmp_path / "counted.toml").write_text(text)
    assert demand(matter, "new", tmp_path / "counted.toml", "--id", "counted")["demand"] == "counted"
    demand(matter, "serve", "elm", "--demand", "counted", "--source", "receipt", "--on", "2018-01-03")
    due = row(matter, "elm", "--demand", "counted")["due"]
    assert due == "2018-02-02"
    real = deadlines.compute_calendar

    def later(key: str, first: int, last: int) -> Calendar:
        old = real(key, first, last).as_dict()
        old["days"]["2018-02-02"] = "Day of Rest"
        return Calendar.from_dict({**old, "version": "holidays 99"})

    monkeypatch.setattr(calendars, "compute_calendar", later)
    status = demand(matter, "status")
    (change,) = status["calendar_changes"]
    assert change["days"] == [{"date": "2018-02-02", "old": "", "new": "Day of Rest"}]
    assert [(one["recipient"], one["old"], one["new"]) for one in change["moved"]] == [
        ("elm", "2018-02-02", "2018-02-05")
    ]
    assert row(matter, "elm", "--demand", "counted")["due"] == due
    said = tecum("-C", matter, "demand", "status").out
    assert "2018-02-02 -> 2018-02-05" in said and "--accept US" in said

    count = entered(matter)
    demand(matter, "calendar", "--accept", "US", "--by", "Ann Poe", "--dry-run")
    assert entered(matter) == count
    done = demand(matter, "calendar", "--accept", "US", "--by", "Ann Poe")
    assert [one["after"]["due"] for one in done["effects"]] == ["2018-02-05"]
    assert row(matter, "elm", "--demand", "counted")["due"] == "2018-02-05"
    assert demand(matter, "status")["calendar_changes"] == []
    with contextlib.closing(sqlite3.connect(matter / "matter.db")) as db:
        acts = db.execute("SELECT action, subject FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    assert acts == ("demand accept calendar", "US")
    assert refused(matter, "calendar", "--accept", "NZ", "--by", "Ann Poe", code=44)["message"]
    assert whole(matter).code == 0


# -- interruptions, haste, forgery -----------------------------------------------------------------------

_IMPORT = """
import os, sys
from pathlib import Path
from tecum import verbs
calls, last = 0, int(sys.argv[3])
def count(frame, event, argument):
    global calls
    calls += 1
    if calls == last:
        os._exit(9)
with verbs.open(Path(sys.argv[1])) as matter:
    sys.setprofile(count)
    verbs.demand_import(matter, Path(sys.argv[2]))
    sys.setprofile(None)
print(calls)
"""


@pytest.mark.parametrize("times", [2, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_an_import_that_is_killed_enters_all_or_nothing(matter: Path, tmp_path: Path, times: int) -> None:
    tables = tmp_path / "in"
    (tables / "proof").mkdir(parents=True)
    (tables / "proof/a.eml").write_bytes(b"Subject: a\n\nb")
    (tables / "recipients.csv").write_text("id,name\nash,Ash Falls\n")
    (tables / "events.csv").write_text(
        "happened,recipient,kind,data,evidence\n2018-01-24,elm,served,,proof/a.eml\n2018-01-25,ash,note,text=x,\n"
    )
    before = entered(matter)

    def run(folder: Path, last: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", _IMPORT, folder, tables, str(last)]
        return subprocess.run(command, text=True, capture_output=True, timeout=60)

    shutil.copytree(matter, tmp_path / "undisturbed")
    calls = int(run(tmp_path / "undisturbed", 0).stdout)
    after = entered(tmp_path / "undisturbed")
    assert after > before
    dice = random.Random(SEED)
    late = calls * 4 // 5  # where the rows are written
    for number in range(times):
        point = dice.randrange(late if number % 3 else 1, calls)
        folder = tmp_path / f"killed{number}"
        shutil.copytree(matter, folder)
        assert run(folder, point).returncode == 9, f"seed {SEED}"
        assert entered(folder) in (before, after), f"half of it entered: seed {SEED}, call {point}"
        assert whole(folder).code == 0
        assert demand(folder, "import", tables)
        assert entered(folder) == after, f"seed {SEED}, call {point}"
        assert whole(folder).code == 0


_RECORD = """
import sys
from pathlib import Path
from tecum import verbs
from tecum.errors import StageBusy
entered = 0
with verbs.open(Path(sys.argv[1])) as matter:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(6):
        try:
            done = verbs.demand_record(matter, "note", verbs.Where(recipients=("elm",)), data={"text": sys.argv[2]})
            entered += len(done["events"])
        except StageBusy:
            pass
print(entered)
"""


def test_two_who_record_at_once_lose_and_double_nothing(matter: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", _RECORD, matter, name], text=True, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]  # fmt: skip
    for process in both:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = []
    for process in both:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        counts.append(int(out))
    with contextlib.closing(sqlite3.connect(matter / "matter.db")) as db:
        rows = db.execute("SELECT id, body FROM docket WHERE noun = 'event'").fetchall()
    assert len(rows) == len({name for name, _ in rows}) == sum(counts) > 0
    assert [sum(f'"{name}"' in body for _, body in rows) for name in ("one", "two")] == counts
    assert whole(matter).code == 0


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE docket SET body = replace(body, 'Elm County', 'Elk County') WHERE noun = 'recipient' AND id = 'elm'",
        "DELETE FROM docket WHERE noun = 'event'",
        "INSERT INTO docket SELECT seq + 100, act, noun, id || 'x', body FROM docket WHERE noun = 'recipient'",
        "UPDATE docket SET id = 'E9' WHERE id = 'E1'",
    ],
)
def test_a_changed_row_is_found_out(matter: Path, forgery: str) -> None:
    demand(matter, "serve", "--everybody", "--source", "receipts", "--on", "2018-01-03")
    assert whole(matter).code == 0
    with contextlib.closing(sqlite3.connect(matter / "matter.db")) as db:
        with pytest.raises(sqlite3.DatabaseError, match=r"append-only|UNIQUE"):
            db.execute(forgery if "INSERT" not in forgery else forgery.replace("seq + 100", "seq"))
        for act in ("update", "delete"):
            db.execute(f"DROP TRIGGER docket_no_{act}")
        db.execute(forgery)
        db.commit()
    said = whole(matter)
    assert said.code not in (0, 3)
    assert "docket" in said.err.casefold() and "ledger entry" in said.err


# -- matters of earlier versions -------------------------------------------------------------------------


def _version(folder: Path) -> str:
    with contextlib.closing(sqlite3.connect(folder / "matter.db")) as db:
        value: str = db.execute("SELECT value FROM about WHERE key = 'schema'").fetchone()[0]
    return value


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A matter as the version before the docket left it."""
    folder = tmp_path / "old"
    with verbs.demand_matter(folder, time_zone="UTC"):
        pass
    with contextlib.closing(sqlite3.connect(folder / "matter.db")) as db:
        db.execute("DROP TABLE docket")
        db.execute("UPDATE about SET value = '1' WHERE key = 'schema'")
        db.commit()
    yield folder


def test_an_old_matter_is_upgraded_when_it_is_opened(old: Path, tmp_path: Path) -> None:
    assert tecum("-C", old, "status").code == 0
    assert _version(old) == str(schema.VERSION)
    (tmp_path / "d.toml").write_text(DEMAND)
    (tmp_path / "recipients.csv").write_text(RECIPIENTS)
    demand(old, "new", tmp_path / "d.toml", "--recipients", tmp_path / "recipients.csv")
    assert row(old, "elm")["response"] == "drafted"
    with contextlib.closing(sqlite3.connect(old / "matter.db")) as db:
        for act in ("UPDATE docket SET id = 'x'", "DELETE FROM docket", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                db.execute(act)
    assert whole(old).code == 0


def test_a_matter_of_a_later_version_is_left_alone(old: Path) -> None:
    with contextlib.closing(sqlite3.connect(old / "matter.db")) as db:
        db.execute("UPDATE about SET value = '99' WHERE key = 'schema'")
        db.commit()
    said = tecum("-C", old, "demand", "status", "--json")
    assert said.code not in (0, 3) and "99" in said.json["error"]["message"]
    assert _version(old) == "99"
