from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum import demandfile, settings, toml
from tecum.errors import DemandInvalid, SettingsInvalid, TimeZoneInvalid
from tecum.settings import Settings

GOOD = """\
[demand]
title = "Sharing of information"
from = "The Department"
to = "City of Riverton"
served = 2018-01-24
due = 2018-02-23

[[request]]
number = 1
text = "All directives"
from = 2017-01-01
to = 2018-01-24
custodians = ["chief"]
terms = ["immigration w/10 status", "\\"8 U.S.C. 1373\\""]

[[request]]
number = "2(a)"
text = "All mail"
all = true

[custodians]
chief = { name = "Pat Doe", role = "Chief", source = "pile/chief" }
records = { source = ["pile/a", "pile/b"] }

[counsel]
names = ["Lee Roe"]
domains = ["firm.example"]

[production]
prefix = "CITY"
time_zone = "America/Chicago"
"""


def written(folder: Path, text: str, name: str = "demand.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_the_demand(tmp_path: Path) -> None:
    plan = demandfile.read(written(tmp_path, GOOD))
    assert [one.number for one in plan.requests] == ["1", "2(a)"]
    assert plan.requests[0].start == dt.date(2017, 1, 1)
    assert plan.requests[0].terms == ("immigration w/10 status", '"8 U.S.C. 1373"')
    assert plan.requests[1].everything
    assert plan.custodian("chief").name == "Pat Doe"
    assert plan.custodian("records").sources == ("pile/a", "pile/b")
    assert plan.production.width == 8
    assert plan.production.zone.key == "America/Chicago"


def test_only_the_demand_is_hashed(tmp_path: Path) -> None:
    plan = demandfile.read(written(tmp_path, GOOD))
    own = demandfile.read(written(tmp_path, GOOD.replace("firm.example", "other.example").replace("w/10", "w/5")))
    other = demandfile.read(written(tmp_path, GOOD.replace("All directives", "All orders")))
    assert plan.demand_hash == own.demand_hash != other.demand_hash


def test_answer_toml_beside_it(tmp_path: Path) -> None:
    stated, _, own = GOOD.partition("[custodians]")
    stated = stated.replace('custodians = ["chief"]\n', "").replace("all = true\n", "")
    stated = "\n".join(line for line in stated.splitlines() if not line.startswith("terms"))
    written(tmp_path, f'[[request]]\nnumber = 1\nterms = ["ice"]\n\n[custodians]{own}', "answer.toml")
    plan = demandfile.read(written(tmp_path, stated))
    assert plan.requests[0].terms == ("ice",)
    assert plan.requests[1].terms == ()
    assert plan.custodian("chief").name == "Pat Doe"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("due = 2018-02-23", 'due = "soon"', 6, "[demand] due"),
        ("due = 2018-02-23", "due = 2018-01-01", 6, "before the demand was served"),
        ('title = "Sharing of information"', "", 1, "[demand] title: is missing"),
        ("to = 2018-01-24", "to = 2016-01-24", 12, "before from"),
        ('custodians = ["chief"]', 'custodians = ["chef"]', 13, "chef is not in [custodians]"),
        ('number = "2(a)"', "number = 1", 17, "stands twice"),
        ("terms = [", "term = [", 14, "term: is not a key known here"),
        ('prefix = "CITY"', 'prefix = "CITY 1"', 30, "prefix"),
        ('time_zone = "America/Chicago"', 'time_zone = "Chicago"', 31, "is not a time zone"),
        ('time_zone = "America/Chicago"', "", 29, "is missing"),
        ('domains = ["firm.example"]', 'domains = ["lee@firm.example"]', 27, "is not a domain"),
        ("all = true", 'all = "yes"', 19, "must be true or false"),
        ('number = "2(a)"', 'number = "2(a)', 17, "is not valid TOML"),
        ("width", "width", 0, ""),
    ],
)
def test_complaints_name_line_and_key(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = written(
        tmp_path, GOOD.replace(old, new, 1) if line != 17 or "stands" not in words else GOOD.replace(old, new)
    )
    if not line:
        demandfile.read(path)
        return
    with pytest.raises((DemandInvalid, TimeZoneInvalid)) as caught:
        demandfile.read(path)
    assert words in caught.value.message
    assert caught.value.line == line
    assert caught.value.path == str(path)


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DemandInvalid, match="cannot be read"):
        demandfile.read(tmp_path / "absent.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes('[demand]\ntitle = "Café"'.encode("cp1252"))
    with pytest.raises(DemandInvalid) as caught:
        demandfile.read(path)
    assert caught.value.line == 2


def test_settings_survive_being_written_and_read(tmp_path: Path) -> None:
    plan = demandfile.read(written(tmp_path, GOOD))
    before = Settings("Riverton", plan, engine={"renderer": "typst 1", "fonts": "ab"})
    path = written(tmp_path, settings.write(before), "tecum.toml")
    assert settings.read(path) == before


def test_settings_complain_with_the_line(tmp_path: Path) -> None:
    plan = demandfile.read(written(tmp_path, GOOD))
    text = settings.write(Settings("Riverton", plan)).replace("depth = 20", 'depth = "deep"')
    with pytest.raises(SettingsInvalid, match="whole number") as caught:
        settings.read(written(tmp_path, text, "tecum.toml"))
    assert caught.value.line == 1 + text.splitlines().index('depth = "deep"')


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=50))
def test_any_text_survives_toml(text: str) -> None:
    import tomllib

    assert tomllib.loads(f"x = {toml.value(text)}")["x"] == text
    assert tomllib.loads(f"x = {toml.value({text or 'k': [text, text]})}")["x"] == {text or "k": [text, text]}
