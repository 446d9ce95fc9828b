"""Every key that ``--json`` prints is documented: a whole small answer, command by command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docs_pages import REFERENCE, quoted, sections, table_rows

from tecum.cli import run

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


@pytest.mark.slow
def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "--out", str(tmp_path / "riverton"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code in (0, 1)
    assert undocumented(answer, "demo", without="volume") == []
