"""Every key that ``--json`` prints is documented: a whole small answer, command by command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docs_pages import REFERENCE, quoted, sections, table_rows

from tecum.cli import docket_reference, run

Said = Callable[..., dict[str, Any]]

DEMAND = """
[demand]
title = "Jail releases"
from = "An office"
to = "Riverton"

[[request]]
number = "1"
text = "All documents on detainers."
from = 2017-01-01
to = 2018-01-24
custodians = ["chief"]
terms = ["detainer*", "ICE w/5 custody", "the not w/3"]

[custodians]
chief = { name = "Marcus Oyelaran", source = "pile" }
clerk = { name = "Ruth Okafor-Bell", source = "copies" }

[counsel]
names = ["Dana Whitfield"]

[production]
prefix = "RIV"
time_zone = "America/Chicago"
"""
MAIL = """From: {sender}
To: Marcus Oyelaran <chief@riverton.example>
Date: Mon, 5 Jun 2017 09:00:00 -0500
Message-ID: <{number}@riverton.example>
Subject: Detainers {number}

The detainer came from ICE; he is in custody.
"""


def documented(section: str) -> list[re.Pattern[str]]:
    """The keys of a section as patterns; ``{...}`` stands for any key."""
    body = sections(REFERENCE / "json.md")[section]
    keys = [key for row in table_rows(body) for key in quoted(row[0])]
    return [re.compile(re.escape(key).replace(r"\{\.\.\.\}", r"[^\n]+?")) for key in keys]


def paths(value: object, at: str = "") -> set[str]:
    """Every key of an answer, written as in the documentation; empty lists and objects say nothing below."""
    if isinstance(value, dict):
        return {one for key, part in value.items() for one in paths(part, f"{at}.{key}" if at else key)}
    if isinstance(value, list):
        return {one for part in value for one in paths(part, f"{at}[]")}
    return {at}


def undocumented(answer: dict[str, Any], *names: str, without: str = "") -> list[str]:
    """Keys that none of the sections names."""
    known = [pattern for name in names for pattern in documented(name)]
    found = {one for one in paths(answer) if not (without and one.startswith(f"{without}."))}
    return sorted(one for one in found if not any(pattern.fullmatch(one) for pattern in known))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shapes")
    (out / "pile").mkdir()
    (out / "copies").mkdir()
    (out / "demand.toml").write_text(DEMAND, encoding="utf-8")
    (out / "pile" / "a.eml").write_text(MAIL.format(sender="liaison@riverton.example", number=1), encoding="utf-8")
    (out / "copies" / "a.eml").write_text(MAIL.format(sender="liaison@riverton.example", number=1), encoding="utf-8")
    (out / "pile" / "b.eml").write_text(MAIL.format(sender="Dana Whitfield <d@x.example>", number=2), encoding="utf-8")
    (out / "pile" / "empty.txt").touch()
    (out / "pile" / "Thumbs.db").write_bytes(b"x")
    assert run(["init", str(out / "matter"), "--demand", str(out / "demand.toml")]) == 0
    settings = out / "matter" / "tecum.toml"
    settings.write_text(settings.read_text("utf-8").replace("workers = 0", "workers = 1"), encoding="utf-8")
    return out


@pytest.fixture
def say(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run a command in the matter and return its JSON."""
    monkeypatch.chdir(folder)  # where the log of a crash would go

    def said(*arguments: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        capsys.readouterr()
        code = run([*arguments, "-C", str(folder / "matter"), "--json"])
        out, err = capsys.readouterr()
        logs = [path.read_text("utf-8") for path in folder.glob("tecum-crash-*.log")]
        assert code in codes, f"{arguments}: {code} {out} {err} {logs}"
        answer: dict[str, Any] = json.loads(out)
        return answer

    return said


def test_a_whole_answer(say: Said, folder: Path, tmp_path: Path) -> None:
    assert undocumented(say("ingest", "--dry-run"), "Estimates") == []
    plan = say("answer", str(folder / "demand.toml"), "--out", str(tmp_path / "new"), "--dry-run")
    assert undocumented(plan, "Estimates") == []
    assert undocumented(say("ingest", codes=(100,)), "status", "ingest") == []
    assert undocumented(say("exceptions"), "exceptions") == []
    assert undocumented(say("exceptions", "--retry", codes=(0, 100)), "exceptions") == []
    assert undocumented(say("custody"), "custody") == []
    assert undocumented(say("report", "status", "--out", str(tmp_path / "s.csv")), "report") == []
    found = say("search", "the AND detainer* OR custody")
    assert found["results"] and found["lint"]
    assert undocumented(found, "search") == []
    counted = say("terms", "report")
    assert [row["error"] is None for row in counted["terms"]] == [True, True, False]
    assert undocumented(counted, "terms report") == []
    terms = tmp_path / "terms.txt"
    terms.write_text("detainer*\na OR b AND c\n", encoding="utf-8")
    assert undocumented(say("terms", "check", str(terms)), "terms check") == []
    sampled = say("terms", "report", str(terms), "--sample", "1", "--out", str(tmp_path / "r.json"))
    assert undocumented(sampled, "terms report") == []
    by = ("--request", "1", "--by", "Lenore Castellane", "--why", "the burden")
    assert undocumented(say("terms", "propose", str(terms), *by), "terms propose") == []
    terms.write_text("detainer* AND ICE\nzz*\n", encoding="utf-8")
    assert undocumented(say("terms", "counter", str(terms), *by), "terms propose") == []
    assert undocumented(say("terms", "rounds"), "terms rounds") == []
    compared = say("terms", "compare", "1", "2")
    assert compared["changed"] and compared["added"] and compared["dropped"]
    assert undocumented(compared, "terms compare") == []
    out = str(tmp_path / "round.csv")
    assert undocumented(say("terms", "export", "--round", "2", "--out", out), "terms export") == []
    assert undocumented(say("produce", "--dry-run"), "produce") == []
    done = say("produce")
    assert (done["documents"], done["held"]) == (1, 1)
    assert undocumented(done, "produce") == []
    again = say("answer", str(folder / "demand.toml"), "--out", str(folder / "matter"), codes=(100,))
    assert again["already"]
    assert undocumented(again, "produce", "answer", without="status") == []
    assert undocumented(say("release", "VOL001", "--by", "Lenore Castellane"), "produce") == []
    assert undocumented(say("numbers", "OLD000001", "OLD000009", "--note", "by hand"), "numbers") == []
    assert undocumented(say("check", done["path"], codes=(0, 1)), "check") == []
    assert undocumented(say("status"), "status") == []
    assert undocumented(say("verify"), "verify") == []


def test_init_doctor_and_errors(say: Said, tmp_path: Path) -> None:
    assert undocumented(say("init", str(tmp_path / "m")), "init") == []
    assert undocumented(say("doctor"), "doctor") == []
    error = say("init", str(tmp_path), codes=(5,))
    assert undocumented(error, "Errors") == []


def test_a_key_that_nobody_documented_is_seen() -> None:
    assert undocumented({"matter": "x", "new": [{"a": 1}]}, "init") == ["new[].a"]
    assert undocumented({"custodians": {"a": {"found": 1}}, "exceptions": {"X": 2}}, "status") == []


# -- the docket ------------------------------------------------------------------------------------------

ASKED = """
[demand]
id = "jails"
title = "Jail releases"
from = "An office"
under = "A condition"
rule = "frcp-34"
pauses = ["clarification"]
signed = "Ines Halloran"

[[request]]
number = "1"
text = "All documents on detainers."

[[request]]
number = "2"
text = "All training material."
"""
RECIPIENTS = "id,name,kind,state\nriverton,Riverton,city,IL\nelmsford,Elmsford,city,IL\n"
REPLY = """From: Clerk <clerk@riverton.example>
To: An office <office@award.example>
Date: Mon, 5 Feb 2018 09:00:00 -0600
Message-ID: <1@riverton.example>
Subject: Your demand

We received your demand. Our reference number is RV-2018-044.
"""
ARTICLE = """<html><head><title>County told deputies</title><meta property="og:site_name" content="The Post">
<meta property="article:published_time" content="2018-02-10"></head><body><nav>Home News</nav><article>
<h1>County told deputies</h1><p>The county was asked for orders on the subject last month, and has not answered.</p>
<p>"We were told in a meeting not to answer them," Sheriff Paul Amory said on Friday.</p></article></body></html>"""
ACTS = "Acts of a docket"


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run a command in a docket of two made-up recipients, on a fixed day, and return its JSON."""
    (tmp_path / "demand.toml").write_text(ASKED, encoding="utf-8")
    (tmp_path / "recipients.csv").write_text(RECIPIENTS, encoding="utf-8")
    (tmp_path / "reply.eml").write_text(REPLY, encoding="utf-8")
    (tmp_path / "article.html").write_text(ARTICLE, encoding="utf-8")

    def asked(day: str, *arguments: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TECUM_NOW", f"{day}T18:00:00Z")
        capsys.readouterr()
        code = run([*arguments, "-C", "docket", "--json"])
        out, err = capsys.readouterr()
        assert code in codes, f"{arguments}: {code} {out} {err}"
        answer: dict[str, Any] = json.loads(out)
        return answer

    made = asked("2018-01-24", "demand", "new", "demand.toml", "--recipients", "recipients.csv", "--time-zone", "UTC")
    assert undocumented(made, ACTS, "demand new") == []
    served = asked("2018-01-26", "demand", "serve", "--everybody", "--on", "2018-01-25", "--evidence", "recipients.csv")
    assert undocumented(served, ACTS) == []
    return asked


def test_a_docket_from_reply_to_cure(ask: Said) -> None:
    proposed = ask("2018-02-05", "demand", "record", "--from", "reply.eml")
    assert proposed["proposed"]
    assert undocumented(proposed, "demand record --from") == []
    taken = ask("2018-02-05", "demand", "record", "riverton", "--from", "reply.eml", "--accept", "1")
    assert taken["entered"]
    assert undocumented(taken, ACTS, "demand record --from") == []
    told = ask("2018-02-12", "demand", "record", "statement", "riverton", "--from", "article.html")
    assert told["clipping"] and told["furniture"]
    assert undocumented(told, "demand record --from") == []
    assert undocumented(ask("2018-02-12", "demand", "extend", "elmsford", "--days", "5"), ACTS) == []
    raised = ask(
        "2018-02-20", "demand", "deficiency", "riverton", "--code", "LOG", "--text", "No log", "--request", "1",
        "--due", "2018-03-01",
    )  # fmt: skip
    assert undocumented(raised, ACTS) == []
    force = ask("2018-03-19", "demand", "escalate", "--by", "Ines Halloran", "--dry-run", codes=(0, 1))
    assert force["open_deficiencies"]
    assert undocumented(force, ACTS, "demand escalate") == []
    letters = ask("2018-03-19", "demand", "letter", "deficiency", "--everybody", "--by", "Mara Quill", codes=(1,))
    assert letters["written"] and letters["refusals"]
    assert undocumented(letters, "demand letter") == []
    written = ask("2018-03-19", "demand", "deficiency", "riverton", "--exchange", "theirs.json")
    assert undocumented(written, "Files of a docket") == []
    said = json.loads(Path("theirs.json").read_text("utf-8"))
    assert set(said) == set(docket_reference.HEAD)
    said["deficiencies"][0] |= {"answer": "answered", "answer_text": "It is enclosed", "answered": "2018-03-02"}
    Path("theirs.json").write_text(json.dumps(said), encoding="utf-8")
    answered = ask("2018-03-19", "demand", "import", "theirs.json", "--deficiencies")
    assert answered["events"]
    assert undocumented(answered, ACTS, "demand import") == []


def test_what_hangs_on_a_docket(ask: Said) -> None:
    day = "2018-02-20"
    award = ("--set", "id=grant", "--set", "recipient=riverton", "--set", "programme=A grant", "--set", "amount=40000")
    case = ("--set", "id=suit", "--set", "title=Riverton v. An office", "--set", "filed=2018-02-01", "--set",
            "parties=riverton")  # fmt: skip
    order = ("--set", "id=tro", "--set", "case=suit", "--set", "kind=order", "--set", "effect=enjoin", "--set",
             "from=2018-02-02", "--set", "reach=parties", "--set", "freezes=consequence")  # fmt: skip
    assert undocumented(ask(day, "demand", "award", *award), ACTS, "demand import") == []
    assert undocumented(ask(day, "demand", "award", "--step", "at-risk", "--id", "grant"), ACTS) == []
    assert undocumented(ask(day, "demand", "case", *case), ACTS, "demand import") == []
    assert undocumented(ask(day, "demand", "order", *order), ACTS, "demand import") == []
    seen = ask(
        day, "demand", "award", "--step", "withheld", "--id", "grant", "--observed", "--source", "x", "--dry-run"
    )
    assert seen["effects"][0]["conflicts"]
    assert undocumented(seen, ACTS) == []
    refused = ask(day, "demand", "award", "--step", "withheld", "--id", "grant", codes=(46,))
    assert undocumented(refused, "Errors") == []
    assert undocumented(ask(day, "demand", "record", "hold-sent", "riverton", "--set", "custodian=A clerk"), ACTS) == []
    board = ask(day, "demand", "status")
    assert board["recipients"][0]["frozen_by"] == ["tro"]
    assert undocumented(board, "demand status") == []
    assert undocumented(ask(day, "demand", "status", "--overdue"), "demand status") == []


def test_files_of_a_docket(ask: Said) -> None:
    day = "2018-02-05"
    for out in (("tables",), ("page.html", "--field", "due"), ("riverton.toml", "--for", "riverton")):
        assert undocumented(ask(day, "demand", "export", *out), "Files of a docket") == []
    feed = ask(day, "demand", "calendar", "--out", "due.ics")
    assert undocumented(feed, "Files of a docket", "demand calendar") == []
    accepted = ask(day, "demand", "calendar", "--accept", "US", "--by", "Ines Halloran")
    assert undocumented(accepted, ACTS, "demand calendar") == []
    assert undocumented(ask(day, "demand", "import", "tables"), ACTS, "demand import") == []
    assert undocumented(ask(day, "verify"), "verify") == []
    Path("events.csv").write_text("id,happened,kind\n,2018-13-01,produced\n", encoding="utf-8")
    assert undocumented(ask(day, "demand", "import", "events.csv", codes=(41,)), "Errors") == []


def test_a_volume_that_was_received(ask: Said, say: Said, folder: Path) -> None:
    volume = folder / "matter" / "productions" / "VOL001"
    if not volume.is_dir():
        say("answer", str(folder / "demand.toml"), "--out", str(folder / "matter"), codes=(0, 100))
    day, came = "2018-02-20", (str(volume), "--from", "riverton")
    asked = ask(day, "receive", *came, "--dry-run", codes=(0, 1))
    assert asked["deficiencies"]
    assert undocumented(asked, "receive", ACTS) == []
    taken = ask(day, "receive", *came, "--raise", "all", "--due", "2018-03-01", codes=(0, 1))
    assert taken["raised"] and taken["taken"]
    assert undocumented(taken, "receive", ACTS) == []
    found = ask(day, "demand", "finding", "held", "--question", "Who held?", "--query", "detainer*")
    waiting = found["findings"][0]["recipients"]["riverton"]["to_code"]
    assert undocumented(found, "demand finding") == []
    coded = ask(day, "demand", "code", "held", waiting[0]["control"], "--by", "Mara Quill")
    assert undocumented(coded, "demand finding") == []


@pytest.mark.parametrize("name", ["docket", "energy"])
def test_dockets_that_ship(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", name, "--out", str(tmp_path / name), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    boards = answer.pop("boards")
    assert [one for board in boards for one in undocumented(board, "demand status")] == []
    assert undocumented(answer, "demo docket") == []


@pytest.mark.slow
def test_the_made_up_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "round", "--out", str(tmp_path / "round"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code in (0, 1)
    assert undocumented(answer.pop("board"), "demand status") == []
    assert undocumented(answer, "demo round", "demo") == []


@pytest.mark.slow
def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "--out", str(tmp_path / "riverton"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code in (0, 1)
    assert undocumented(answer, "demo", without="volume") == []
