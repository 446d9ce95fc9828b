"""What leaves a docket for other programs and for the public: calendar, status page, letters, deficiencies."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from icalendar.cal import Event as Entry
from lxml import etree

from tecum import verbs
from tecum.demand import publish
from tecum.demand.effects import Where
from tecum.engine.paper import write as write_paper
from tecum.errors import ExchangeInvalid, FieldUnknown, StepForbidden
from tecum.matter import Matter
from tecum.verbs.docket import docket
from tecum.verbs.docket_papers import report_blocks

pytestmark = pytest.mark.usefixtures("one_day")
EVIL = '<script>alert("x")</script> & <b>Elm</b>'
DEMAND = """
[demand]
title = "Use of body cameras SECRET1"
from = "Department of Oversight SECRET2"
under = "Charter 12 SECRET3"
dated = 2018-01-02
due = 2018-02-09
consequence = "Withholding SECRET4"
contact = "Ann Poe SECRET5"
note = "SECRET6"

[[request]]
number = "1"
text = "All policies SECRET7."
"""


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    """Two recipients served, one with a deficiency and an award; every text that is not chosen says SECRET."""
    (tmp_path / "d.toml").write_text(DEMAND)
    rows = [
        {"id": "elm", "name": EVIL, "kind": "county", "state": "CA", "counsel": "SECRET8", "address": "SECRET9",
         "tracking": "SECRET10", "owner": "SECRET11", "note": "SECRET12", "source": "SECRET13"},
        {"id": "oak", "name": "Oak Hill\nBEGIN:VEVENT", "kind": "city"},
    ]  # fmt: skip
    (tmp_path / "recipients.json").write_text(json.dumps({"recipients": rows}))
    with verbs.demand_matter(tmp_path / "SECRET14", time_zone="UTC") as made:
        verbs.demand_new(made, tmp_path / "d.toml", tmp_path / "recipients.json", key="SECRET15")
        verbs.demand_serve(made, Where(), source="SECRET16", happened="2018-01-03")
        verbs.demand_enter(made, "awards", {"id": "SECRET17", "recipient": "elm", "programme": "SECRET18",
                                            "amount": "1818"})  # fmt: skip
        verbs.demand_record(made, "deficiency", elm(), happened="2018-01-20", requests=("1",), sure="probable",
                            data={"code": "SECRET19", "text": f"SECRET20 {EVIL}", "due": "2018-02-05"})  # fmt: skip
        verbs.demand_record(made, "deficiency-noticed", elm(), happened="2018-01-21", data={"deficiency": "D1"})
        yield made


def elm() -> Where:
    return Where(recipients=("elm",))


# -- calendar --------------------------------------------------------------------------------------------


def entries(matter: Matter, out: Path) -> dict[str, Entry]:
    """The calendar's entries by UID, read by a library."""
    said = verbs.demand_calendar(matter, out)
    calendar = Calendar.from_ical(out.read_bytes())
    found = [one for one in calendar.walk("VEVENT") if isinstance(one, Entry)]
    by_uid = {str(one["UID"]): one for one in found}
    assert len(by_uid) == len(found) == said["dates"]
    return by_uid


def test_entries_keep_their_names_when_a_date_moves(
    matter: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = entries(matter, tmp_path / "a.ics")
    assert sorted(one["DTSTART"].dt for one in first.values()) == [dt.date(2018, 2, 5), dt.date(2018, 2, 9)]
    assert first.keys() == entries(matter, tmp_path / "b.ics").keys()
    assert (tmp_path / "a.ics").read_bytes() == (tmp_path / "b.ics").read_bytes()
    verbs.demand_extend(matter, Where(recipients=("oak",)), until="2018-02-20")
    monkeypatch.setenv("TECUM_NOW", "2018-02-02T12:00:00Z")
    later = entries(matter, tmp_path / "c.ics")
    assert later.keys() == first.keys()
    assert sorted(one["DTSTART"].dt for one in later.values()) == [dt.date(2018, 2, 5), dt.date(2018, 2, 20)]
    verbs.demand_record(matter, "withdrawn", Where())
    assert entries(matter, tmp_path / "d.ics") == {}


def test_an_entry_is_a_whole_day_with_its_alarm_and_nothing_injected(matter: Matter, tmp_path: Path) -> None:
    found = entries(matter, tmp_path / "a.ics")
    for one in found.values():
        assert type(one["DTSTART"].dt) is dt.date
        assert one["DTEND"].dt - one["DTSTART"].dt == dt.timedelta(days=1)
        (alarm,) = one.walk("VALARM")
        assert alarm["TRIGGER"].dt == dt.timedelta(days=-3) and alarm["ACTION"] == "DISPLAY"
        assert one["DTSTAMP"].dt == dt.datetime(2018, 2, 1, 12, tzinfo=dt.UTC)
    summaries = sorted(str(one["SUMMARY"]) for one in found.values())
    assert summaries == [f"{EVIL}: cure deficiency D1", "Oak Hill\nBEGIN:VEVENT: answer the demand"]
    lines = (tmp_path / "a.ics").read_bytes().split(b"\r\n")
    assert sum(line == b"BEGIN:VEVENT" for line in lines) == 2
    assert all(len(line) <= 75 for line in lines), "RFC 5545, 3.1"


# -- the public page -------------------------------------------------------------------------------------


def page(matter: Matter, out: Path, *fields: str, **how: Any) -> str:
    verbs.demand_page(matter, out, fields, **how)
    return out.read_text(encoding="utf-8")


@pytest.mark.parametrize("field", list(publish.FIELDS))
def test_a_page_shows_the_field_chosen_and_no_other_text_of_the_docket(
    matter: Matter, tmp_path: Path, field: str
) -> None:
    said = page(matter, tmp_path / "page.html", field)
    # Where a field itself is one of the marked texts.
    own = {"demand": {"SECRET1"}, "tracking": {"SECRET10"}, "awards": set()}.get(field, set())
    assert set(re.findall(r"SECRET\d+", said)) == own
    texts = {text for one in [*docket(matter).events, *docket(matter).recipients.values()] for text in words(one)}
    for text in texts - own:
        if field != "recipient" or text not in (EVIL, "Oak Hill\nBEGIN:VEVENT"):
            assert html.escape(text) not in visible(said), text
    assert ("1,818" in said) == (field == "awards")


def words(noun: Any) -> Iterator[str]:
    """Every text of four letters or more that a noun holds, but dates, kinds and ids."""
    for name, value in vars(noun).items():
        if name not in ("id", "kind", "demand", "recipients", "requests", "happened", "entered", "by", "seq"):
            held = value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else value
            yield from (one for one in held if isinstance(one, str) and len(one) > 3 and not re.match(r"\d{4}-", one))


def visible(said: str) -> str:
    return said[said.index("<body>") :]


def test_a_page_must_have_a_field_and_a_known_one(matter: Matter, tmp_path: Path) -> None:
    for fields, message in (((), "no field is chosen"), (("recipient", "counsel"), "no field counsel")):
        with pytest.raises(FieldUnknown, match=message) as caught:
            page(matter, tmp_path / "page.html", *fields)
        assert "--field: recipient, kind" in caught.value.remedy
        assert not (tmp_path / "page.html").exists()


def test_markup_in_a_name_is_text_wherever_it_is_shown(matter: Matter, tmp_path: Path) -> None:
    said = [page(matter, tmp_path / "page.html", "recipient", "next", title=EVIL)]
    said += [write_paper(report_blocks(matter, name), "html").decode() for name in ("board", "tasks", "history")]
    for letter in ("demand", "reminder", "deficiency"):
        done = verbs.demand_letter(matter, letter, elm(), tmp_path, by=EVIL, forms=("html",))
        said.append(Path(done["written"][0]["files"][0]).read_text(encoding="utf-8"))
    for one in said:
        tree = etree.fromstring(one.encode(), etree.HTMLParser())
        assert not tree.findall(".//script") and not tree.findall(".//b")
        assert "alert(" in "".join(tree.itertext())


# -- deficiencies ----------------------------------------------------------------------------------------


def test_the_file_of_deficiencies_says_what_the_docket_says(matter: Matter, tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    verbs.demand_deficiencies(matter, "elm", out)
    said = json.loads(out.read_text())
    assert said["demand_hash"] == docket(matter).demands["SECRET15"].hash
    (line,) = said["deficiencies"]
    assert (line["id"], line["code"], line["requests"], line["due"]) == ("D1", "SECRET19", ["1"], "2018-02-05")
    assert line["text"] == f"SECRET20 {EVIL}"
    assert not {"SECRET6", "SECRET8", "SECRET9", "SECRET12", "SECRET18"} & set(
        re.findall(r"SECRET\d+", out.read_text())
    )
    verbs.demand_deficiencies(matter, "oak", out)
    assert json.loads(out.read_text())["deficiencies"] == []


def test_a_file_that_names_nobody_known_goes_by_the_deficiencies_raised(matter: Matter, tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    verbs.demand_deficiencies(matter, "elm", out)
    said = json.loads(out.read_text())
    answer = {**said["deficiencies"][0], "answer": "cured", "answer_text": "resent", "answer_volume": "ELM002"}
    out.write_text(json.dumps({**said, "recipient": "us", "demand": "theirs", "deficiencies": [answer]}))
    done = verbs.demand_exchange(matter, out)
    assert len(done["events"]) == 1
    event = docket(matter).events[-1]
    assert (event.recipients, event.kind) == (("elm",), "deficiency-answered")
    assert event.data["text"] == "says that it is cured; resent; volume ELM002"
    assert event.evidence[0].endswith(" x.json")
    out.write_text(json.dumps({**said, "recipient": "us", "demand": "theirs", "deficiencies": []}))
    with pytest.raises(ExchangeInvalid, match="whom the file is about"):
        verbs.demand_exchange(matter, out)


def test_a_demand_worded_otherwise_is_told(matter: Matter, tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    verbs.demand_deficiencies(matter, "elm", out)
    said = json.loads(out.read_text())
    answer = {**said["deficiencies"][0], "answer": "disputed"}
    out.write_text(json.dumps({**said, "demand_hash": "0" * 64, "deficiencies": [answer]}))
    done = verbs.demand_exchange(matter, out)
    assert done["assumed"] == ["the demand is worded otherwise on the other side: compare the two texts"]
    assert docket(matter).events[-1].kind == "deficiency-disputed"


# -- letters ---------------------------------------------------------------------------------------------


def test_letters_are_bound_to_the_steps_they_are(matter: Matter, tmp_path: Path) -> None:
    verbs.demand_enter(matter, "cases", {"id": "suit", "title": "Elm v. Oversight", "parties": "elm"})
    verbs.demand_enter(matter, "orders", {
        "id": "stop", "case": "suit", "kind": "stay", "effect": "stay", "from": "2018-01-15", "reach": "parties",
        "freezes": "enforcement",
    })  # fmt: skip
    for name in ("reminder", "final-notice", "subpoena"):
        with pytest.raises(StepForbidden, match="order stop"):
            verbs.demand_letter(matter, name, elm(), tmp_path / "out", by="Ann Poe")
    done = verbs.demand_letter(matter, "reminder", Where(), tmp_path / "out", by="Ann Poe", forms=("docx",))
    assert [one["recipient"] for one in done["written"]] == ["oak"]
    assert [one["recipient"] for one in done["refusals"]] == ["elm"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["reminder-SECRET15-oak.docx"]
    verbs.demand_letter(matter, "deficiency", elm(), tmp_path / "out", by="Ann Poe", forms=("docx",))
