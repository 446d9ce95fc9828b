"""The demanding side receives: a volume is recorded with its evidence, checked, taken in, and compared with others'."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Answered
from piles import Told, balanced, rows_of, tables, tecum
from tecum import verbs
from tecum.demand import record
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")
SERVED, DUE, TODAY = "2018-01-24", "2018-02-23", "2018-03-05"
_REQUESTS = {"1": "All widgets.", "2(a)": "All zeppelins.", "3": "All airships."}
_DEMAND = f'[demand]\nid = "letter"\ntitle = "Widgets"\nfrom = "A Federal Office"\ndated = {SERVED}\ndue = {DUE}\n'
_NUMBERS = ("BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH")


@pytest.fixture(scope="module")
def office_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demanding matter: one letter to a town and a village, sent."""
    place = tmp_path_factory.mktemp("office")
    requests = "".join(f'[[request]]\nnumber = "{key}"\ntext = "{text}"\n' for key, text in _REQUESTS.items())
    (place / "letter.toml").write_text(f"{_DEMAND}{requests}", encoding="utf-8")
    (place / "recipients.csv").write_text("id,name,kind\ntown,The Town,city\nvillage,The Village,city\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", f"{TODAY}T18:00:00Z")
        with verbs.demand_matter(place / "office", name="office", time_zone="America/Chicago") as matter:
            verbs.demand_new(matter, place / "letter.toml", place / "recipients.csv")
            verbs.demand_serve(matter, verbs.Where(), channel="mail", happened=SERVED)
    return place / "office"


@pytest.fixture
def office(office_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, on the fifth of March."""
    monkeypatch.setenv("TECUM_NOW", f"{TODAY}T18:00:00Z")
    return Path(shutil.copytree(office_once, tmp_path / "office"))


@pytest.fixture
def matter(office: Path) -> Iterator[Matter]:
    with verbs.open(office) as opened:
        yield opened


@pytest.fixture(scope="module")
def volume_once(answered_once: Answered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents of the town's volume: a mail with a note and a plan, and the zeppelin as number 4."""
    volume = delivered(answered_once.volume, tmp_path_factory.mktemp("four") / "VOL001")
    rows = rows_of(volume)
    kept = [*rows[:3], {**rows[-1], "BEGBATES": "TWN00000004", "ENDBATES": "TWN00000004"}]
    links = {row[head].replace("\\", "/").rpartition("/")[2] for row in kept for head in row if head.endswith("LINK")}
    for path in volume.rglob("TWN*"):
        if path.name not in links:
            path.unlink()
    write_rows(volume, kept)
    return volume


@pytest.fixture
def volume(volume_once: Path, tmp_path: Path) -> Path:
    """The four documents as they arrived, in a folder that a test may spoil."""
    return delivered(volume_once, tmp_path / "came/VOL001")


def delivered(volume: Path, to: Path) -> Path:
    shutil.copytree(volume, to)
    for path in (to, *to.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return to


def receive(office: Path, volume: Path, *more: object, sender: str = "town") -> Told:
    return tecum("receive", volume, "--from", sender, *more, "--json", "-C", office)


def respelt(volume: Path, change: Callable[[dict[str, str]], None]) -> None:
    """Change every row of the load file."""
    rows = rows_of(volume)
    for row in rows:
        change(row)
    write_rows(volume, rows)


def write_rows(volume: Path, rows: list[dict[str, str]]) -> None:
    """Write the load file; a volume that somebody changed has no manifest."""
    (path,) = (volume / "DATA").glob("*.DAT")
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    said = "".join("\x14".join(f"\xfe{cell}\xfe" for cell in line) + "\r\n" for line in lines)
    path.write_bytes(b"\xef\xbb\xbf" + said.encode())
    (volume / "MANIFEST.csv").unlink(missing_ok=True)


def board(office: Path, who: str = "town") -> dict[str, Any]:
    with verbs.open(office) as matter:
        rows = verbs.demand_status(matter, verbs.Where(recipients=(who,)))["recipients"]
    assert len(rows) == 1
    return dict(rows[0])


def events(office: Path, kind: str = "produced") -> list[Any]:
    with verbs.open(office) as matter, matter.read() as db:
        return [one for one in record.load(db).events if one.kind == kind]


def documents(office: Path) -> list[dict[str, Any]]:
    with verbs.open(office) as matter:
        return list(verbs.documents(matter))


# -- a sound volume --------------------------------------------------------------------------------------


def test_a_volume_is_recorded_with_its_evidence_and_can_be_searched(
    office: Path, answered_once: Answered, tmp_path: Path
) -> None:
    volume = delivered(answered_once.volume, tmp_path / "whole/VOL001")
    told = receive(office, volume, "--on", "2018-02-20")
    said = told.json
    assert (told.code, said["documents"], said["first"], said["last"], said["stops"]) == (
        0, 17, "TWN00000001", "TWN00000019", 0,
    )  # fmt: skip
    assert said["by_request"] == {"1": 17, "2(a)": 1}
    assert (said["taken"]["documents"], said["taken"]["again"], said["already"]) == (17, 0, False)
    (event,) = events(office)
    (load_file,) = (volume / "DATA").glob("*.DAT")
    data = load_file.read_bytes()
    assert (event.happened, event.recipients, event.requests) == ("2018-02-20", ("town",), ("1", "2(a)"))
    assert event.evidence == (f"sha256:{hashlib.sha256(data).hexdigest()} {load_file.name}",)
    assert event.data["documents"] == "17" and event.data["volume"] == "VOL001"
    with verbs.open(office) as matter:
        assert record.file_of(matter, event.evidence[0]) == data
        found = verbs.search(matter, "zeppelin")["results"]
        assert [one["custodian"] for one in found] == ["town"]
        balanced(matter)
    assert tecum("verify", "-C", office).code == 0
    row = board(office)
    assert row["requests"] == {"1": "produced", "2(a)": "produced", "3": "open"}
    assert row["response"] == "partially produced"


def test_what_is_silent_is_proposed_and_nothing_is_raised(office: Path, volume: Path) -> None:
    said = receive(office, volume, "--on", "2018-02-20").json
    assert [(one["code"], one["requests"]) for one in said["deficiencies"]] == [("D01", ["3"])]
    assert said["raised"] == [] and board(office)["deficiencies"] == []
    assert "PROPOSED D01 (stop) request 3" in tecum("receive", volume, "--from", "town", "-C", office).out


def test_rows_that_name_no_request_answer_all_and_leave_none_silent(office: Path, volume: Path) -> None:
    respelt(volume, lambda row: row.update(REQUESTNO=""))
    said = receive(office, volume, "--on", "2018-02-20").json
    assert (said["by_request"], said["deficiencies"]) == ({}, [])
    assert set(board(office)["requests"].values()) == {"produced"}
    assert "Its rows name no requests" in tecum("receive", volume, "--from", "town", "-C", office).out


def test_requests_of_another_demand_are_counted_and_not_taken_for_ours(office: Path, volume: Path) -> None:
    respelt(volume, lambda row: row.update(REQUESTNO=row["REQUESTNO"].replace("2(a)", "99")))
    said = receive(office, volume).json
    assert said["by_request"] == {"1": 4, "99": 1}
    assert events(office)[0].requests == ("1",)


# -- again -----------------------------------------------------------------------------------------------


def test_the_same_volume_again_enters_nothing(office: Path, volume: Path, tmp_path: Path) -> None:
    receive(office, volume, "--on", "2018-02-20")
    before = tables(office)
    said = receive(office, volume).json
    assert (said["already"], said["events"], said["taken"]["already"]) == (True, [], True)
    copy = Path(shutil.copytree(volume, tmp_path / "again/copy of VOL001"))
    said = receive(office, copy).json
    assert (said["already"], said["taken"]) == (True, None)
    assert tables(office) == before
    assert "It was recorded before" in tecum("receive", copy, "--from", "town", "-C", office).out


def test_a_volume_has_its_folders_name_however_it_is_reached(
    office: Path, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(volume / "DATA")
    assert receive(office, Path("..")).json["volume"] == "VOL001"
    assert receive(office, volume).json["already"] is True


def test_the_same_volume_of_another_recipient_is_another_production(office: Path, volume: Path) -> None:
    receive(office, volume)
    said = receive(office, volume, sender="village").json
    assert (said["already"], said["taken"]["documents"], said["taken"]["again"]) == (False, 4, 0)
    assert [one.recipients for one in events(office)] == [("town",), ("village",)]


def test_a_mended_volume_with_the_same_load_file_is_an_arrival_of_its_own(
    office: Path, volume: Path, tmp_path: Path
) -> None:
    whole = Path(shutil.copytree(volume, tmp_path / "mended/VOL001"))
    (volume / "NATIVES/0001/TWN00000003.docx").unlink()
    first = receive(office, volume, "--on", "2018-02-20", "--raise", "X01", "--due", "2018-03-19").json
    assert first["stops"] and first["raised"] == ["X01"]
    said = receive(office, whole, "--on", "2018-03-05").json
    assert (said["already"], said["stops"], said["taken"]["again"]) == (False, 0, 4)
    assert [one.happened for one in events(office)] == ["2018-02-20", "2018-03-05"]


def test_an_overlay_stands_beside_what_it_replaces_and_that_is_said(office: Path, volume: Path, tmp_path: Path) -> None:
    overlay = Path(shutil.copytree(volume, tmp_path / "second/VOL002"))
    respelt(overlay, lambda row: row.update(SUBJECT=f"{row['SUBJECT']} (replaced)"))
    receive(office, volume, "--on", "2018-02-20")
    said = receive(office, overlay, "--on", "2018-03-01").json
    assert (said["already"], said["taken"]["again"]) == (False, 4)
    assert said["taken"]["again_first"][:2] == ["TWN00000001", "TWN00000002"]
    assert len(events(office)) == 2
    shown = tecum("receive", overlay, "--from", "town", "-C", office).out
    assert "4 of them bear numbers that an earlier volume had too." in shown
    with verbs.open(office) as matter:
        balanced(matter)


# -- a broken volume -------------------------------------------------------------------------------------


@pytest.fixture
def broken(volume: Path) -> Path:
    """A native of request 1 is missing, and the document of request 2(a) has no text."""
    (volume / "NATIVES/0001/TWN00000003.docx").unlink()
    (volume / "TEXT/0001/TWN00000019.txt").write_bytes(b"")
    return volume


def test_what_is_broken_is_proposed_with_code_request_number_and_cure(office: Path, broken: Path) -> None:
    told = receive(office, broken, "--on", "2018-02-20")
    found = {one["code"]: one for one in told.json["deficiencies"]}
    assert told.code == 1 and set(found) == {"X01", "T01", "D01"}
    assert (found["X01"]["requests"], found["X01"]["range"]) == (["1"], "TWN00000003")
    assert (found["T01"]["requests"], found["T01"]["range"]) == (["1", "2(a)"], "TWN00000004")
    assert all(one["ask"] and one["text"] for one in found.values())
    assert board(office)["deficiencies"] == []


def test_one_is_raised_with_its_cure_date_and_only_once(office: Path, broken: Path) -> None:
    for _ in range(2):
        assert receive(office, broken, "--on", "2018-02-20", "--raise", "X01", "--due", "2018-03-19").json["raised"]
    row = board(office)
    assert [(one["code"], one["due"], one["requests"], one["state"]) for one in row["deficiencies"]] == [
        ("X01", "2018-03-19", ["1"], "open")
    ]
    assert (row["response"], row["requests"]["1"], row["requests"]["2(a)"]) == ("deficient", "short", "produced")
    for _ in range(2):
        receive(office, broken, "--on", "2018-02-20", "--raise", "all")
    assert sorted(one["code"] for one in board(office)["deficiencies"]) == ["D01", "T01", "X01"]
    assert all(one.evidence and one.happened == TODAY for one in events(office, "deficiency"))


def test_what_was_not_found_is_not_raised(office: Path, broken: Path) -> None:
    before = tables(office)
    error = receive(office, broken, "--on", "2018-02-20", "--raise", "X01", "--raise", "t01").json["error"]
    assert error["code"] == "FINDING_UNKNOWN" and "D01, T01, X01" in error["message"]
    assert tables(office) == before


def test_a_dry_run_enters_nothing_and_shows_what_it_would(office: Path, broken: Path) -> None:
    before = tables(office)
    said = receive(office, broken, "--on", "2018-02-20", "--raise", "all", "--dry-run").json
    assert len(said["events"]) == 4 and said["taken"] is None and said["dry_run"]
    assert [one["after"]["response"] for one in said["effects"]] == ["deficient"]
    assert tables(office) == before


def test_check_only_records_that_it_came_and_takes_no_document(office: Path, volume: Path) -> None:
    said = receive(office, volume, "--check-only", "--on", "2018-02-20").json
    assert said["taken"] is None and len(events(office)) == 1 and documents(office) == []
    assert receive(office, volume).json["taken"]["documents"] == 4
    assert len(events(office)) == 1 and len(documents(office)) == 4


# -- which recipient, which day, which folder ------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--on", "yesterday"), "TABLE_INVALID"),
        (("--on", "2018-02-30"), "TABLE_INVALID"),
        (("--on", "2018-03-06"), "TABLE_INVALID"),
        (("--request", "7"), "TABLE_INVALID"),
        (("--demand", "other"), "RECIPIENT_UNKNOWN"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused_whole(office: Path, volume: Path, more: tuple[str, ...], code: str) -> None:
    before = tables(office)
    told = receive(office, volume, *more)
    assert told.code not in (0, 1) and told.json["error"]["code"] == code
    assert tables(office) == before


def test_a_folder_without_load_files_and_a_stranger_are_refused(office: Path, volume: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("no load file", "utf-8")
    before = tables(office)
    for path in ("absent", "empty", "note.txt"):
        assert receive(office, tmp_path / path).json["error"]["code"] == "VOLUME_UNREADABLE", path
    assert receive(office, volume, sender="twon").json["error"]["code"] == "RECIPIENT_UNKNOWN"
    assert tables(office) == before


def test_a_recipient_of_two_demands_is_asked_which(office: Path, volume: Path, tmp_path: Path) -> None:
    (tmp_path / "second.toml").write_text(
        f'{_DEMAND.replace("letter", "second")}[[request]]\nnumber = "1"\ntext = "All gliders."\n', encoding="utf-8"
    )
    (tmp_path / "town.csv").write_text("id,name,kind\ntown,The Town,city\n", "utf-8")
    assert (
        tecum("demand", "new", tmp_path / "second.toml", "--recipients", tmp_path / "town.csv", "-C", office).code == 0
    )
    told = receive(office, volume)
    assert "letter, second" in told.json["error"]["message"] and "--demand" in told.json["error"]["remedy"]
    assert receive(office, volume, "--demand", "second").json["demand"] == "second"
    assert [one.demand for one in events(office)] == ["second"]


# -- lateness --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("came", "late"), [("2018-02-20", False), (DUE, False), ("2018-02-24", True), ("", True)])
def test_lateness_is_judged_by_the_day_it_came_not_by_the_day_of_entry(
    office: Path, volume: Path, came: str, late: bool
) -> None:
    said = receive(office, volume, *(("--on", came) if came else ()), "--check-only").json
    codes = {one["code"] for one in said["deficiencies"]}
    assert ("LATE" in codes) is late


def test_a_second_look_keeps_the_day_that_is_recorded(office: Path, volume: Path) -> None:
    receive(office, volume, "--on", "2018-02-20", "--check-only")
    said = receive(office, volume, "--raise", "all", "--check-only").json
    assert said["raised"] == ["D01"] and [one["code"] for one in board(office)["deficiencies"]] == ["D01"]


def test_more_time_counts_and_so_does_a_later_word_about_a_silent_request(
    matter: Matter, office: Path, volume: Path
) -> None:
    where = verbs.Where(recipients=("town",))
    verbs.demand_extend(matter, where, until="2018-03-02", happened="2018-02-21")
    verbs.demand_record(matter, "answered", where, happened="2018-03-03", requests=["3"], source="a letter",
                        data={"answer": "none exist"})  # fmt: skip
    assert receive(office, volume, "--on", "2018-03-02", "--check-only").json["deficiencies"] == []


def test_a_volume_that_comes_in_time_for_a_cure_is_not_late(office: Path, broken: Path, tmp_path: Path) -> None:
    receive(office, broken, "--on", "2018-02-20", "--raise", "X01", "--due", "2018-03-19")
    supplement = Path(shutil.copytree(broken, tmp_path / "cure/VOL002"))
    respelt(supplement, lambda row: row.update(CUSTODIAN="Records"))
    assert "LATE" not in {one["code"] for one in receive(office, supplement, "--on", TODAY).json["deficiencies"]}


def test_papers_withheld_without_a_log_are_proposed(matter: Matter, office: Path, volume: Path) -> None:
    verbs.demand_record(matter, "answered", verbs.Where(recipients=("town",)), happened="2018-02-20", requests=["3"],
                        source="a letter", data={"answer": "withheld"})  # fmt: skip
    found = receive(office, volume, "--on", "2018-02-20", "--raise", "LOG").json
    assert [(one["code"], one["requests"]) for one in found["deficiencies"]] == [("LOG", ["3"])]
    receive(office, volume, "--on", "2018-02-20", "--raise", "LOG")
    assert [one["code"] for one in board(office)["deficiencies"]] == ["LOG"]


# -- signed off, stayed ----------------------------------------------------------------------------------


def test_a_late_volume_reopens_and_the_sign_off_stays_in_the_history(
    matter: Matter, office: Path, volume: Path
) -> None:
    where = verbs.Where(recipients=("town",))
    verbs.demand_record(matter, "accepted", where, happened="2018-02-20", data={"by": "R. Amberly"})
    verbs.demand_record(matter, "signed-off", where, happened="2018-02-21", data={"by": "I. Castell"})
    assert board(office)["response"] == "complete"
    receive(office, volume, "--on", "2018-03-01")
    row = board(office)
    assert row["response"] != "complete" and row["requests"]["1"] == "produced"
    assert any("signed-off" in line for line in row["explanation"])
    assert [one.happened for one in events(office, "signed-off")] == ["2018-02-21"]
    with verbs.open(office) as again:
        before = verbs.demand_status(again, where, as_of=events(office, "signed-off")[0].day)
    assert before["recipients"][0]["response"] == "complete"


def test_what_arrives_while_the_duty_rests_is_recorded(matter: Matter, office: Path, volume: Path) -> None:
    case = {"id": "suit", "title": "Town v. Office", "court": "made up", "filed": "2018-02-06", "parties": "town"}
    verbs.demand_enter(matter, "cases", case)
    verbs.demand_enter(matter, "orders", {"id": "stay", "case": "suit", "kind": "stay", "effect": "stay",
                                          "from": "2018-02-15", "reach": "parties",
                                          "freezes": "enforcement; response"})  # fmt: skip
    said = receive(office, volume, "--on", "2018-03-01").json
    assert said["events"] and "LATE" not in {one["code"] for one in said["deficiencies"]}
    row = board(office)
    assert (row["requests"]["1"], row["paused"], row["frozen_by"], row["conflicts"]) == ("produced", True, ["stay"], [])


# -- killed ----------------------------------------------------------------------------------------------

_KILLED = (
    "import os, signal, sys, importlib\n"
    "name, attribute, *command = sys.argv[1:]\n"
    "def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
    "setattr(importlib.import_module(name), attribute, die)\n"
    "from tecum.cli import run\n"
    "run(command)\n"
)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("tecum.verbs.receiving", "_take_in"),
        pytest.param("tecum.processing.received", "_enter", marks=pytest.mark.slow),
        pytest.param("tecum.processing.number", "number", marks=pytest.mark.slow),
        pytest.param("tecum.terms.indexing", "update", marks=pytest.mark.slow),
    ],
)
def test_killed_after_the_event_and_run_again_it_is_whole(
    office: Path, volume: Path, module: str, function: str
) -> None:
    command = ["receive", str(volume), "--from", "town", "--on", "2018-02-20", "-C", str(office)]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, module, function, *command],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(events(office)) == 1
    said = receive(office, volume, "--on", "2018-02-20").json
    assert (said["already"], said["taken"]["documents"]) == (True, 4)
    assert len(events(office)) == 1 and len(documents(office)) == 4
    with verbs.open(office) as matter:
        balanced(matter)
        assert verbs.search(matter, "zeppelin", count=True)["documents"] == 1


# -- findings --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both_once(office_once: Path, volume_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town and the village produced the same files, the village under numbers of its own."""
    place = tmp_path_factory.mktemp("both")
    town, village = (delivered(volume_once, place / who / "VOL001") for who in ("town", "village"))
    respelt(village, lambda row: row.update({head: row[head].replace("TWN", "VIL") for head in _NUMBERS}))
    office = Path(shutil.copytree(office_once, place / "office"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", f"{TODAY}T18:00:00Z")
        receive(office, town, "--on", "2018-02-20")
        receive(office, village, "--on", "2018-02-20", sender="village")
    return office


@pytest.fixture
def both(both_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    monkeypatch.setenv("TECUM_NOW", f"{TODAY}T18:00:00Z")
    return Path(shutil.copytree(both_once, tmp_path / "both"))


def finding(office: Path, *more: object) -> dict[str, Any]:
    told = tecum("demand", "finding", *more, "--json", "-C", office)
    assert told.code == 0, told.out
    (only,) = told.json["findings"]
    return dict(only)


def test_a_finding_shows_every_recipient_and_counts_what_a_plain_search_counts(both: Path) -> None:
    found = finding(both, "guidance", "--question", "Who has guidance?", "--query", "guidance OR zeppelin")
    rows = found["recipients"]
    assert set(rows) == {"town", "village"}
    counted = tecum("search", "guidance OR zeppelin", "--json", "-C", both).json
    assert sum(row["documents"] for row in rows.values()) == counted["documents"] == 4
    assert [(row["yes"], row["no"], row["open"]) for row in rows.values()] == [(0, 0, 2)] * 2
    assert {one["bates"] for one in rows["village"]["to_code"]} == {"VIL00000001", "VIL00000004"}
    assert finding(both, "guidance") == found


def test_documents_are_coded_by_control_and_bates_number_and_minds_may_change(both: Path) -> None:
    rows = finding(both, "q", "--question", "Who?", "--query", "zeppelin")["recipients"]
    control = rows["town"]["to_code"][0]["control"]
    code = ("demand", "code", "q", "--by", "R. Amberly", "--json", "-C", both)
    assert tecum(*code, control, "VIL00000004").json["coded"][0] == control
    after = finding(both, "q")["recipients"]
    assert [(row["yes"], row["open"], row["coded"][0]["by"]) for row in after.values()] == [(1, 0, "R. Amberly")] * 2
    told = tecum("demand", "code", "q", control, "--no", "--by", "I. Castell", "--note", "a toy", "--json", "-C", both)
    assert told.code == 0
    after = finding(both, "q")["recipients"]
    assert (after["town"]["yes"], after["town"]["no"], after["village"]["yes"]) == (0, 1, 1)
    # What the query does not find may be coded too, and is counted apart from what it finds.
    assert tecum(*code, "TWN00000002").code == 0
    after = finding(both, "q")["recipients"]["town"]
    assert (after["documents"], after["yes"], after["no"]) == (1, 1, 1)
    assert tecum("verify", "-C", both).code == 0


def test_what_cannot_be_asked_or_coded_is_refused(both: Path) -> None:
    finding(both, "q", "--question", "Who?", "--query", "zeppelin")
    before = tables(both)

    def code_of(*command: object) -> str:
        return str(tecum("demand", *command, "--json", "-C", both).json["error"]["code"])

    assert code_of("finding", "bad", "--question", "Who?", "--query", "(zeppelin") == "QUERY_INVALID"
    assert code_of("finding", "bad", "--question", "Who?") == "FINDING_UNKNOWN"
    assert code_of("finding", "p") == "FINDING_UNKNOWN"
    assert code_of("code", "p", "TWN00000001", "--by", "R. Amberly") == "FINDING_UNKNOWN"
    assert code_of("code", "q", "TWN99999999", "--by", "R. Amberly") == "DOCUMENT_UNKNOWN"
    assert tables(both) == before
    told = tecum("demand", "code", "q", "TWN00000004", "--by", "R. Amberly", "--dry-run", "--json", "-C", both)
    assert told.code == 0 and tables(both) == before


def test_a_number_that_several_documents_bear_is_not_guessed(office: Path, volume: Path) -> None:
    receive(office, volume)
    receive(office, volume, sender="village")
    finding(office, "q", "--question", "Who?", "--query", "zeppelin")
    told = tecum("demand", "code", "q", "TWN00000004", "--by", "R. Amberly", "--json", "-C", office)
    assert told.json["error"]["code"] == "DOCUMENT_UNKNOWN" and "2 documents" in told.json["error"]["message"]


def test_a_copy_within_one_production_is_coded_by_its_own_number(office: Path, volume: Path) -> None:
    shutil.copy(volume / "NATIVES/0001/TWN00000019.docx", volume / "NATIVES/0001/TWN00000003.docx")
    respelt(volume, lambda row: row.update({head: "" for head in ("BEGATTACH", "ENDATTACH")}))
    receive(office, volume)
    finding(office, "q", "--question", "Who?", "--query", "zeppelin")
    told = tecum("demand", "code", "q", "TWN00000003", "--by", "R. Amberly", "--json", "-C", office)
    assert told.code == 0
    (coded,) = told.json["findings"][0]["recipients"]["town"]["coded"]
    assert coded["bates"] == "TWN00000003"


@pytest.mark.parametrize("form", ["html", "xlsx", "docx"])
def test_the_table_of_findings_as_a_paper(both: Path, tmp_path: Path, form: str) -> None:
    finding(both, "gliders", "--question", "Who has gliders?", "--query", "gliders")
    finding(both, "q", "--question", "Who has zeppelins?", "--query", "zeppelin")
    tecum("demand", "code", "q", "VIL00000004", "--by", "R. Amberly", "-C", both)
    out = tmp_path / f"findings.{form}"
    assert tecum("report", "findings", "--out", out, "-C", both).code == 0
    said = _words(out)
    for words in ("The Village", "The Town", "Who has zeppelins?", "1: VIL00000004", "1 to code", "none", "R. Amberly"):
        assert words in said, words


def _words(path: Path) -> str:
    """Everything that a paper says, read without our writer."""
    data = path.read_bytes()
    if path.suffix == ".html":
        return data.decode("utf-8")
    if path.suffix == ".xlsx":
        import python_calamine

        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return "\n".join(str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
                         for cell in row)  # fmt: skip
    return zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode("utf-8")
