"""The docket as tables: out and in again without loss, and bad input told row by row with nothing imported."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import sqlite3
import string
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from tecum import verbs
from tecum.demand import asked, columns, record
from tecum.demand.kinds import ANSWER_WORDS, KINDS
from tecum.demand.nouns import (
    AWARD_KINDS,
    RECIPIENT_KINDS,
    SURE,
    Ask,
    Award,
    Case,
    Demand,
    Docket,
    Event,
    Order,
    Recipient,
)
from tecum.demand.nouns import plain as plain_noun
from tecum.demandfile import ANSWERS, PAUSES
from tecum.errors import DemandInvalid, DemandSent, RecipientUnknown, TableInvalid, TecumError
from tecum.matter import Matter
from tecum.verbs.docket import demand_import, docket

pytestmark = pytest.mark.usefixtures("one_day")
TODAY = dt.date(2018, 2, 1)  # as ``one_day`` sets the clock

DEMAND = """
[demand]
title = "Use of body cameras"
from = "Department of Oversight"
dated = 2018-01-10
due = 2018-02-09

[[request]]
number = "1"
text = "All policies."

[[request]]
number = "2"
text = "All training records."
"""
RECIPIENTS = "id,name,kind,state\nelm,Elm County,county,CA\noak,Oak Hill,city,IL\n"
AWARDS = "id,recipient,programme,year,amount,conditions\ngrant,elm,Cameras,2017,1000.50,notice\n"
CASES = "id,title,parties\nsuit,Elm v. Oversight,elm\n"
ORDERS = "id,case,kind,effect,from,reach,freezes\nstop,suit,injunction,enjoin,2018-01-20,elm,consequence\n"
EVENTS = """id,happened,recipient,request,kind,data,source
s1,2018-01-12,elm,,served,channel=mail,receipt 1
p1,2018-01-20,elm,1,produced,volume=ELM001,hand delivery
d1,2018-01-25,elm,1,deficiency,code=TEXT_MISSING; text=No text,
"""


def made(folder: Path) -> Matter:
    """A demanding side's matter with one demand to two recipients, a grant, a suit, an order, and a deficiency."""
    matter = empty(folder)
    own = put(folder / "made", {"recipients": RECIPIENTS})
    (own / "d.toml").write_text(DEMAND)
    verbs.demand_new(matter, own / "d.toml", own / "recipients.csv")
    tables = {"awards": AWARDS, "cases": CASES, "orders": ORDERS, "events": EVENTS}
    demand_import(matter, put(folder / "first", tables))
    return matter


def empty(folder: Path) -> Matter:
    return verbs.demand_matter(folder / "matter", time_zone="UTC")


def put(folder: Path, tables: Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matter]:
    """A docket that no test changes: bad input leaves it as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", "2018-02-01T12:00:00Z")
        matter = made(tmp_path_factory.mktemp("docket"))
    with matter:
        yield matter


def held(matter: Matter) -> tuple[Any, ...]:
    """How many rows the docket, the ledger and the blobs have, and the ledger's last hash."""
    with contextlib.closing(sqlite3.connect(matter.folder / "matter.db")) as db:
        counts = [db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("docket", "ledger", "blob")]
        return (*counts, db.execute("SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()[0])


def told(matter: Matter, path: Path, **how: Any) -> list[dict[str, Any]]:
    """What is wrong with the tables, each problem with a cure; and nothing was entered."""
    before = held(matter)
    with pytest.raises(TableInvalid) as caught:
        demand_import(matter, path, **how)
    assert held(matter) == before, "something was entered"
    for one in caught.value.problems:
        assert one["message"] and one["cure"], one
        assert not str(one["cure"]).endswith(".")
        if one["row"]:
            assert f"row {one['row']}" in caught.value.message or len(caught.value.problems) > 50
    return caught.value.problems


def the_one(problems: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    assert len(problems) == 1, problems
    return problems[0]


# -- out and in again ------------------------------------------------------------------------------------

# What a cell must carry: quotes, separators, line breaks, leading apostrophes, formulas, letters of all scripts.
_HARD = ["'quoted'", '"', "a; b", "a\nb", "=1+1", "+1 555 0100", "-5", "@x", "'", "''", "007", "1e5", "TRUE", "ß Ω",
         "語", "עברית", "a\tb", "{", "[1]", '["a"]', '{"a": "b"}', "key=value", "=", "_x0041_"]  # fmt: skip
_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), include_characters=" \n\t",
                         exclude_characters="\ufffe\uffff")  # fmt: skip
texts = st.one_of(st.sampled_from(_HARD), st.text(_LETTERS, min_size=1, max_size=12)).map(
    lambda text: columns_clean(text)
)
words = st.one_of(st.just(""), texts)
full = texts.filter(bool)
lists = st.lists(full, max_size=3).map(tuple)
days = st.dates(dt.date(1900, 1, 1), TODAY)
maybe = st.one_of(st.none(), days)


def columns_clean(text: str) -> str:
    """A text as a table gives it: no blanks around it."""
    return text.strip(" \t\n\u3000\u00a0")


@st.composite
def dockets(draw: st.DrawFn) -> Docket:
    """Every noun with every field; what is pointed at is there."""
    ids = draw(
        st.lists(st.from_regex(r"[0-9a-z][0-9a-z._-]{0,4}", fullmatch=True), min_size=3, max_size=5, unique=True)
    )
    recipients = {
        one: Recipient(
            one, draw(full), draw(st.sampled_from(RECIPIENT_KINDS)), draw(st.sampled_from(["", "IL", "CA"])),
            draw(words), draw(words), draw(words), draw(st.sampled_from(["", "US-IL"])), draw(lists), draw(words),
            draw(words), draw(words),
        )
        for one in ids
    }  # fmt: skip
    asks = tuple(
        Ask(number, draw(full), start, end, draw(st.sampled_from(ANSWERS)), draw(st.booleans()), draw(lists))
        for number in draw(st.lists(full, min_size=1, max_size=3, unique=True))
        for start, end in [sorted([draw(days), draw(days)])]
    )
    dated, served, due = sorted([draw(days), draw(days), draw(days)])
    demand = Demand(
        draw(st.sampled_from(["007", "first", "a.b-c"])), draw(full), draw(full), draw(words), draw(words), dated,
        served, due, "", draw(st.integers(0, 99)), draw(st.integers(0, 99)), draw(st.booleans()),
        draw(st.lists(st.sampled_from(PAUSES), unique=True).map(tuple)), draw(lists), draw(lists),
        **{name: draw(words) for name in ("production", "place", "consequence", "contact", "signed", "reference",
                                          "note")},
        requests=asks, recipients=tuple(ids[:2]),
    )  # fmt: skip
    demand = replace(demand, hash=asked.hash_of(demand))
    amount = st.one_of(st.none(), st.decimals(0, 10**9, places=2).map(lambda one: Decimal(columns.amount(str(one)))))
    awards = {
        "whole": Award("whole", ids[0], draw(full)),
        "0042": Award("0042", ids[1], draw(full), draw(words), draw(words), draw(amount),
                      draw(st.sampled_from(AWARD_KINDS)), "whole", draw(lists), draw(words), draw(words),
                      draw(st.sampled_from(SURE)), draw(words)),
    }  # fmt: skip
    case = Case("c", draw(full), draw(words), draw(words), draw(words), draw(maybe), draw(words), tuple(ids),
                draw(words), draw(st.sampled_from(SURE)), draw(words))  # fmt: skip
    start, end = sorted([draw(days), draw(days)])
    orders = {
        "o1": Order("o1", "c", draw(full), "enjoin", start, end, "", draw(lists), draw(lists), ("state:CA", ids[0]),
                    ("consequence", "response"), draw(words), draw(words), draw(st.sampled_from(SURE))),
        "o2": Order("o2", "c", draw(full), "narrow", start, None, "o1", reach=("parties",)),
    }  # fmt: skip
    noted = {"text": draw(full)}
    said = {"words": draw(full), "speaker": draw(full), "through": draw(full), "about": "o1"}
    answer = {"answer": draw(st.sampled_from(ANSWER_WORDS)), "oath": "yes", "signer": draw(full), "text": draw(full)}
    moment = draw(st.sampled_from(["2018-01-24", "2018-01-24T10:30", "2018-01-24T10:30:59"]))
    proof = f"sha256:{'a' * 64} {draw(st.sampled_from(['letter.pdf', 'a; b.pdf', '[x].pdf']))}"
    listed = (
        Event("E1", moment, "note", data=noted, recipients=(ids[0], ids[1])),
        Event("007", "2018-01-24", "statement", demand.id, (), (), said, (proof, "sha256:b x"), draw(full), "probable"),
        Event("x-1", "2018-01-25", "answered", demand.id, (ids[0],), (asks[0].number,), answer, (proof,)),
    )
    return Docket({demand.id: demand}, recipients, awards, {"c": case}, orders, listed)


_UNHURRIED = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@settings(max_examples=3, **_UNHURRIED)
@given(rich=dockets())
def test_a_docket_goes_through_tables_into_a_fresh_matter_unchanged(
    tmp_path_factory: pytest.TempPathFactory, rich: Docket, form: str
) -> None:
    carried(tmp_path_factory.mktemp("rich"), rich, form)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@settings(max_examples=100, **_UNHURRIED)
@given(rich=dockets())
def test_many_dockets_go_through_tables_unchanged(
    tmp_path_factory: pytest.TempPathFactory, rich: Docket, form: str
) -> None:
    carried(tmp_path_factory.mktemp("rich"), rich, form)


def carried(folder: Path, rich: Docket, form: str) -> None:
    """A docket enters one matter, leaves it as tables, enters another unchanged, and a second time not at all."""
    with verbs.demand_matter(folder / "one", time_zone="UTC") as one:
        nouns = [*rich.recipients.values(), *rich.demands.values(), *rich.awards.values(), *rich.cases.values(),
                 *rich.orders.values(), *rich.events]  # fmt: skip
        record.enter(one, [record.row_of(noun) for noun in nouns], "demand import", "test", 0)
        out = folder / ("out" if form == "csv" else f"out.{form}")
        verbs.demand_export(one, out)
        assert plain(docket(one)) == plain(rich)
    with verbs.demand_matter(folder / "two", time_zone="UTC") as two:
        done = demand_import(two, out)
        assert plain(docket(two)) == plain(rich)
        assert not done["changed"] and not done["unchanged"]
        before = held(two)
        again = demand_import(two, out)
        assert held(two) == before, "the same tables once more entered something"
        assert not again["added"] and not again["changed"] and not again["effects"]
        assert sum(again["unchanged"].values()) == len(nouns)


def plain(held: Docket) -> dict[str, Any]:
    """What a docket says, without who entered it, and without what was added for counting."""
    values = {one.name: getattr(held, one.name) for one in fields(Docket) if one.name not in ("last", "calendars")}
    return values | {"events": tuple(replace(one, entered="", by="", seq=0) for one in held.events)}


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_rows_added_to_an_exported_file_are_all_that_enters(tmp_path: Path, form: str) -> None:
    with made(tmp_path) as matter:
        tables = columns.tables(docket(matter))
        tables["recipients"][1].append({"id": "007", "name": "Ash Falls", "tracking": "0012; 12"})
        tables["events"][1].append({"happened": "2018-01-30", "recipient": "oak", "kind": "sent"})
        from tecum.engine import sheets

        path = tmp_path / ("more" if form == "csv" else f"more.{form}")
        files = sheets.write(tables, form, date_columns=columns.date_columns(), number_columns={"amount"})
        if isinstance(files, bytes):
            path.write_bytes(files)
        else:
            path.mkdir()
            for name, data in files.items():
                (path / f"{name}.csv").write_bytes(data)
        done = demand_import(matter, path)
        assert done["added"] == {"recipients": 1, "events": 1}
        assert done["unchanged"] == {"recipients": 2, "demands": 1, "awards": 1, "cases": 1, "orders": 1, "events": 3}
        assert docket(matter).recipients["007"].tracking == ("0012", "12")
        again = demand_import(matter, path)  # the event has no id in the file, and is known again by what it says
        assert not again["added"] and again["unchanged"]["events"] == 4


def test_two_rows_that_say_the_same_are_two_events_and_stay_two(tmp_path: Path) -> None:
    row = "2018-01-30,oak,reminded\n"
    with made(tmp_path) as matter:
        path = put(tmp_path / "more", {"events": f"happened,recipient,kind\n{row}{row}"}) / "events.csv"
        assert demand_import(matter, path)["added"] == {"events": 2}
        assert demand_import(matter, path)["unchanged"] == {"events": 2}
        path.write_text(f"happened,recipient,kind\n{row}{row}{row}")
        done = demand_import(matter, path)
        assert (done["added"], done["unchanged"]) == ({"events": 1}, {"events": 2})


def test_a_column_that_is_left_out_leaves_what_is_there(tmp_path: Path) -> None:
    with made(tmp_path) as matter:
        path = put(tmp_path / "new", {"recipients": "id,counsel\nelm,Ann Poe\n"})
        assert demand_import(matter, path)["changed"] == ["recipient elm: counsel: nothing -> Ann Poe"]
        assert docket(matter).recipients["elm"].state == "CA"
        path = put(tmp_path / "new", {"recipients": "id,counsel\nelm,\n"})
        assert demand_import(matter, path)["changed"] == ["recipient elm: counsel: Ann Poe -> nothing"]
        verbs.demand_enter(matter, "orders", {"id": "stop", "to": "2018-01-30"})
        order = docket(matter).orders["stop"]
        assert (order.end, order.freezes) == (dt.date(2018, 1, 30), ("consequence",))
        path = put(tmp_path / "new", {"recipients": "id,counsel\nelm,X\nash,Y\n"})
        assert the_one(told(matter, path))["message"] == "is missing", "a new recipient needs a name"


def test_words_of_a_closed_list_may_have_capitals(tmp_path: Path) -> None:
    with made(tmp_path) as matter:
        demand_import(matter, put(tmp_path / "in", {"recipients": "id,name,kind\nash,Ash Falls,City\n"}))
        assert docket(matter).recipients["ash"].kind == "city"


def test_demands_without_their_requests_keep_them(tmp_path: Path) -> None:
    with made(tmp_path) as matter:
        tables = columns.tables(docket(matter))["demands"]
        (row,) = tables[1]
        (tmp_path / "demands.json").write_text(json.dumps({"demands": [{**row, "note": "ours"}]}))
        done = demand_import(matter, tmp_path / "demands.json")
        assert done["changed"] == ["demand d: note: nothing -> ours"]
        assert len(docket(matter).demands["d"].requests) == 2


def test_what_went_out_does_not_change_by_any_way(tmp_path: Path) -> None:
    with made(tmp_path) as matter:
        verbs.demand_export(matter, tmp_path / "out")
        (tmp_path / "out/requests.csv").write_text("demand,number,text\nd,1,All policies.\nd,2,Anything else.\n")
        problem = the_one(told(matter, tmp_path / "out"))
        assert (problem["place"], problem["row"], problem["column"]) == ("demands.csv", 2, "id")
        assert "All training records." in str(problem["message"]) and "Anything else." in str(problem["message"])
        (tmp_path / "d.toml").write_text(DEMAND.replace("policies", "rules"))
        with pytest.raises(DemandSent):
            verbs.demand_new(matter, tmp_path / "d.toml")
        (tmp_path / "demands.json").write_text(json.dumps({"demands": [{"id": "d", "grace": 5, "title": "Other"}]}))
        assert "title: Use of body cameras -> Other)" in str(
            the_one(told(matter, tmp_path / "demands.json"))["message"]
        )
        (tmp_path / "demands.json").write_text(json.dumps({"demands": [{"id": "d", "grace": 5, "note": "ours"}]}))
        assert demand_import(matter, tmp_path / "demands.json")["changed"] == [
            "demand d: grace: nothing -> 5", "demand d: note: nothing -> ours",
        ]  # fmt: skip
        (tmp_path / "d.toml").write_text('recipients = ["oak"]\n' + DEMAND)
        with pytest.raises(DemandSent, match="elm"):
            verbs.demand_new(matter, tmp_path / "d.toml")
        (tmp_path / "d.toml").write_text('recipients = ["oak", "elm", "ash"]\n' + DEMAND)
        demand_import(matter, put(tmp_path / "new", {"recipients": "id,name\nash,Ash Falls\n"}))
        verbs.demand_new(matter, tmp_path / "d.toml")  # one more recipient is no other demand
        assert docket(matter).demands["d"].recipients == ("oak", "elm", "ash")


def test_a_demand_that_did_not_go_out_may_be_given_anew(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(DEMAND)
    with empty(tmp_path) as matter:
        verbs.demand_new(
            matter, tmp_path / "d.toml", put(tmp_path / "r", {"recipients": RECIPIENTS}) / "recipients.csv"
        )
        verbs.demand_export(matter, tmp_path / "out")
        (tmp_path / "out/requests.csv").write_text("demand,number,text\nd,1,All rules.\n")
        done = demand_import(matter, tmp_path / "out")
        assert done["changed"] == [
            "demand d: request 1: 'All policies.' [documents] -> 'All rules.' [documents]",
            "demand d: request 2: 'All training records.' [documents] -> nothing",
        ]
        demand = docket(matter).demands["d"]
        assert demand.hash == asked.hash_of(demand), "the hash in the file was of the old words"


# -- bad rows --------------------------------------------------------------------------------------------

_HEAD = {
    "recipients": "id,name,kind,state,calendar",
    "events": "id,happened,recipient,request,kind,data,evidence,source",
    "awards": "id,recipient,programme,amount,parent",
    "cases": "id,title,parties,filed",
    "orders": "id,case,kind,effect,from,to,target,reach,freezes",
}
# table, row, column, words of the message, words of the cure
_BAD = [
    ("recipients", "elm2,Elm,town,CA,", "kind", "town is not known here", "Choose city"),
    ("recipients", "ash,Ash,city,Illinois,", "state", "Illinois is not a state", "IL"),
    ("recipients", "ash,Ash,city,IL,Chicago", "calendar", "'Chicago' is not known", "US-"),
    ("recipients", "ash,,city,IL,", "name", "is empty", "Fill it in"),
    ("recipients", "as h,Ash,city,IL,", "id", "'as h' is not an id", "without blanks"),
    ("recipients", "../ash,Ash,city,IL,", "id", "is not an id", "without blanks"),
    ("recipients", "ELM,Elm,city,IL,", "id", "ELM differs from elm, which is there, in capital letters",
     "as it is there"),
    ("recipients", "nationwide,Us,city,IL,", "id", "reach of an order", "another id"),
    ("events", ",2018-02-30,elm,,note,text=x,,", "happened", "February 2018 has 28 days", "2018-01-24"),
    ("events", ",1/2/2018,elm,,note,text=x,,", "happened", "month first it is 2018-01-02", "--dates mdy"),
    ("events", ",24/1/2018,elm,,note,text=x,,", "happened", "day first it is 2018-01-24", "Write 2018-01-24"),
    ("events", ",2018-02-02,elm,,note,text=x,,", "happened", "2018-02-02 lies in the future", "when it has happened"),
    ("events", ",0018-01-24,elm,,note,text=x,,", "happened", "too long ago", "Correct the year"),
    ("events", ",,elm,,note,text=x,,", "happened", "is empty", "Fill it in"),
    ("events", ",2018-01-24,elm,,nots,text=x,,", "kind", "nots is not a kind of event (did you mean note?)",
     "docket.md"),
    ("events", ",2018-01-24,elmo,,note,text=x,,", "recipient", "no recipient elmo (did you mean elm?)", "Add it"),
    ("events", ",2018-01-24,elm,3,answered,answer=narrative,,", "request", "there is no request 3", "Choose 1, 2"),
    ("events", ",2018-01-24,elm,,answered,narrative,,", "data", "'narrative' is not key=value", "key=value; key=value"),
    ("events", ",2018-01-24,elm,,answered,answer=,,", "data", "answered must say answer", "Add answer= and its value"),
    ("events", ",2018-01-24,elm,,answered,answr=narrative; answer=narrative,,", "data",
     "no answr (did you mean answer?)",
     "Use answer"),
    ("events", ",2018-01-24,elm,,answered,answer=a; answer=b,,", "data", "answer stands twice", "key=value"),
    ("events", ',2018-01-24,elm,,note,"{""text"": ",,', "data", "begins like JSON and is not", "JSON object"),
    ("events", ",2018-01-24,elm,,served,,mail.eml,", "evidence", "there is no file mail.eml", "Put the file there"),
    ("events", ",2018-01-24,elm,,produced,volume=X,,", "evidence", "produced needs proof", "source"),
    ("events", ",2018-01-24,elm,,subpoena-served,,,file", "kind", "stands without subpoena-authorised", "Enter subp"),
    ("events", ",2018-01-24,elm,,deficiency-cured,deficiency=d1,,", "happened", "before deficiency d1 was raised",
     "two dates"),
    ("events", ",2018-01-26,oak,,deficiency-cured,deficiency=d1,,", "data", "d1 is not this recipient's", "two"),
    ("events", ",2018-01-26,elm,,deficiency-cured,deficiency=dd1,,", "data", "no deficiency dd1 (did you mean d1?)",
     "id of a deficiency"),
    ("events", ",2018-01-26,elm,,at-risk,award=grand,,", "data", "no award grand (did you mean grant?)",
     "Correct the id"),
    ("events", ",2018-01-26,oak,,at-risk,award=grant,,", "data", "award grant is elm's", "Correct one"),
    ("events", ",2018-01-26,elm,,motion,case=suite,,", "data", "no case suite (did you mean suit?)", "Correct the id"),
    ("events", ",2018-01-26,elm,,due-ordered,until=2018-03-01; order=stopp,,", "data",
     "no order stopp (did you mean stop?)",
     "Correct the id"),
    ("events", ",2018-01-26,elm,,extension-granted,until=2918-03-01,,", "data", "too far ahead", "Correct the year"),
    ("events", ",2018-01-26,elm,,extension-granted,until=20180301,,", "data", "is not a date", "2018-01-24"),
    ("events", ",2018-01-26,elm,,extension-granted,until=2018-03-01T10:00,,", "data", "time of day",
     "Write 2018-03-01"),
    ("events", ",2018-01-26,elm,,extension-granted,days=99999,,", "data", "99999 is not a number of days", "at most"),
    ("events", ",2018-01-26,elm,,extension-granted,days=10; until=2018-03-01,,", "data", "either until or days", "Add"),
    ("events", ",2018-01-26,elm,,payment-asked,amount=-5,,", "data", "-5 is not a sum", "17233.50"),
    ("events", "c1,2018-01-26,elm,,corrected,event=c1; reason=x,,", "data", "cannot correct itself", "that is wrong"),
    ("events", ",2018-01-26,elm,,corrected,event=s1; reason=x,,", "data", "changes nothing of s1", "retract=yes"),
    ("events", ",2018-01-26,elm,,corrected,event=s1; reason=x; happened=2018-13-01,,", "data", "no month 13", "Write"),
    ("events", ",2018-01-26,elm,,corrected,event=s1; reason=x; kind=servd,,", "kind", "did you mean served?",
     "Use one"),
    ("events", "s1,2018-01-12,elm,,served,channel=fax,,receipt 1", "id", "s1 is entered with other values",
     "kind corrected, with event=s1"),
    ("awards", "a,elm,Cameras,-1,", "amount", "-1 is not a sum", "17233.50"),
    ("awards", 'a,elm,Cameras,"1234,56",', "amount", "1234,56 is not a sum", "17233.50"),
    ("awards", "a,elm,Cameras,1e30,", "amount", "1e30 is not a sum", "17233.50"),
    ("awards", "a,elk,Cameras,1,", "recipient", "no recipient elk (did you mean elm?)", "correct the id"),
    ("awards", "a,elm,Cameras,1,b", "parent", "there is no award b", "row of its own"),
    ("awards", "a,elm,Cameras,1,a", "parent", "not part of itself", "Name the award"),
    ("cases", "c,X v. Y,elk,", "parties", "no recipient elk (did you mean elm?)", "Add it"),
    ("cases", "c,X v. Y,,2018-01-12T10:00", "filed", "time of day", "Write 2018-01-12"),
    ("orders", "o,suite,x,stay,2018-01-25,,stop,,", "case", "no case suite (did you mean suit?)", "Add it to cases"),
    ("orders", "o,suit,x,halt,2018-01-01,,,elm,consequence", "effect", "halt is not known here", "Choose enjoin"),
    ("orders", "o,suit,x,enjoin,2018-02-01,2018-01-01,,elm,consequence", "to", "ends (2018-01-01) before it begins",
     "two"),
    ("orders", "o,suit,x,narrow,2018-02-01,,,elm,", "target", "needs the order it acts on", "Name that order's id"),
    ("orders", "o,suit,x,narrow,2018-02-01,,stopp,elm,", "target", "no order stopp (did you mean stop?)", "Add it"),
    ("orders", "o,suit,x,vacate,2018-01-19,,stop,,", "from", "before order stop, which it acts on (2018-01-20)", "two"),
    ("orders", "o,suit,x,vacate,2018-01-19,,o,,", "target", "does not act on itself", "Name the order"),
    ("orders", "o,suit,x,enjoin,2018-01-01,,,,consequence", "reach", "does not say whom it reaches", "nationwide"),
    ("orders", "o,suit,x,enjoin,2018-01-01,,,elm,", "freezes", "does not say what it freezes", "Choose consequence"),
    ("orders", "o,suit,x,enjoin,2018-01-01,,,elk,consequence", "reach", "elk reaches nobody (did you mean elm?)",
     "state:CA"),
    ("orders", "o,suit,x,enjoin,2018-01-01,,,elm,consequences", "freezes", "did you mean consequence?", "Choose"),
    ("orders", "o,suit,x,enjoin,2918-01-01,,,elm,consequence", "from", "too far ahead", "Correct the year"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "row", "column", "message", "cure"), _BAD, ids=[f"{one[0]}-{one[3]}" for one in _BAD]
)
def test_a_bad_row_is_named_with_its_column_and_cure(
    base: Matter, tmp_path: Path, table: str, row: str, column: str, message: str, cure: str
) -> None:
    path = put(tmp_path / "in", {table: f"{_HEAD[table]}\n{row}\n"})
    problem = the_one(told(base, path))
    assert (problem["place"], problem["row"], problem["column"]) == (f"{table}.csv", 2, column)
    assert message in str(problem["message"])
    assert cure in str(problem["cure"])


def test_one_bad_row_among_good_ones_keeps_all_out(base: Matter, tmp_path: Path) -> None:
    tables = {
        "recipients": "id,name\nash,Ash Falls\n",
        "events": "happened,recipient,kind,data\n2018-01-24,ash,note,text=fine\n2018-01-24,bay,note,text=bad\n",
    }
    problem = the_one(told(base, put(tmp_path / "in", tables)))
    assert (problem["place"], problem["row"]) == ("events.csv", 3)


@pytest.mark.parametrize(
    ("table", "rows", "message"),
    [
        ("recipients", "ash,Ash\nash,Ash Falls\n", "ash stands in row 2 too"),
        ("recipients", "ash,Ash\nASH,Ash Falls\n", "ASH stands in row 2 too"),
        ("events", "x,2018-01-24\nx,2018-01-24\n", "x stands in row 2 too"),
    ],
)
def test_a_row_that_is_there_twice_names_the_first(
    base: Matter, tmp_path: Path, table: str, rows: str, message: str
) -> None:
    if table == "events":
        rows = "id,happened,recipient,kind,data\n" + rows.replace("2018-01-24\n", "2018-01-24,elm,note,text=a\n")
    else:
        rows = "id,name\n" + rows
    problem = the_one(told(base, put(tmp_path / "in", {table: rows})))
    assert (problem["row"], problem["column"]) == (3, "id")
    assert problem["message"] == message


def test_an_event_for_somebody_to_whom_the_demand_did_not_go(base: Matter, tmp_path: Path) -> None:
    rows = "happened,demand,recipient,kind\n2018-01-24,d,ash,refused\n2018-01-24,,ash,refused\n2018-01-24,,,refused\n"
    found = told(base, put(tmp_path / "in", {"recipients": "id,name\nash,Ash\n", "events": rows}))
    assert [(one["row"], one["column"], one["message"]) for one in found] == [
        (2, "recipient", "ash is not a recipient of demand d"),
        (3, "demand", "ash has 0 demands, and refused is about one of them"),
        (4, "recipient", "names neither a recipient nor a demand"),
    ]


def test_rows_of_one_file_may_stand_in_any_order(tmp_path: Path) -> None:
    rows = """id,happened,recipient,kind,data,source
w,2018-01-29,elm,corrected,event=x; reason=slip; happened=2018-01-27,
x,2018-01-28,elm,deficiency-cured,deficiency=y,
y,2018-01-26,elm,deficiency,code=A; text=b,
z,2018-01-28,elm,subpoena-served,,clerk's return
v,2018-01-27,elm,subpoena-authorised,by=Ann Poe,
"""
    with made(tmp_path) as matter:
        assert demand_import(matter, put(tmp_path / "in", {"events": rows}))["added"] == {"events": 5}


def test_demands_and_requests_are_examined_together(base: Matter, tmp_path: Path) -> None:
    tables = {
        "demands": "id,title,from,dated,due,recipients\ne,Second,Us,2018-01-10,2018-01-09,elm; ash\nf,Third,Us,,,elm\n",
        "requests": "demand,number,text,from,to\ne,1,All,2018-01-02,2018-01-01\ne,1,More,,\ng,1,x,,\n",
    }
    found = {
        (one["place"], one["row"], one["column"]): one["message"] for one in told(base, put(tmp_path / "in", tables))
    }
    assert found == {
        ("requests.csv", 3, "number"): "request 1 stands twice",
        ("requests.csv", 4, "demand"): "g is not among these demands",
        ("demands.csv", 2, "recipients"): "there is no recipient ash",
        ("demands.csv", 2, "due"): "2018-01-09 is before the demand's own date (2018-01-10)",
        ("demands.csv", 2, "requests"): "the period of request 1 ends before it begins",
        ("demands.csv", 3, "id"): "demand f has no request",
    }
    alone = the_one(told(base, put(tmp_path / "alone", {"requests": "demand,number,text\nd,3,x\n"})))
    assert alone["message"] == "stands without its demands"


def test_unknown_columns_are_named_with_a_guess(base: Matter, tmp_path: Path) -> None:
    problem = the_one(told(base, put(tmp_path / "in", {"recipients": "id,name,councel\nash,Ash,Ann Poe\n"})))
    assert (problem["row"], problem["column"]) == (1, "councel")
    assert problem["message"] == "is not a column of this table (did you mean counsel?)"
    missing = told(base, put(tmp_path / "in", {"recipients": "id,nam\nash,Ash\n"}))
    assert [(one["column"], one["message"][:10]) for one in missing] == [("nam", "is not a c"), ("name", "is missing")]


def test_a_name_for_an_order_that_matches_no_award_is_told(tmp_path: Path) -> None:
    head = "id,case,kind,effect,from,reach,freezes,conditions,years\n"
    with made(tmp_path) as matter:
        rows = "o,suit,injunction,enjoin,2018-01-20,elm,consequence,notices,2017\n"
        done = demand_import(matter, put(tmp_path / "in", {"orders": head + rows}))
        assert done["assumed"] == ["order o: no award has the condition notices (did you mean notice?)"]


def test_every_one_of_many_errors_is_told_and_the_listing_is_bounded(base: Matter, tmp_path: Path) -> None:
    rows = "".join(f"2018-01-24,nobody{n},note,text=x\n" for n in range(60))
    path = put(tmp_path / "in", {"events": "happened,recipient,kind,data\n" + rows})
    with pytest.raises(TableInvalid) as caught:
        demand_import(base, path)
    assert [one["row"] for one in caught.value.problems] == list(range(2, 62))
    lines = caught.value.message.splitlines()
    assert lines[0] == "60 problems:" and lines[-1].strip() == "and 10 more" and len(lines) == 52


# -- dialects, encodings, workbooks ----------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_dialects_are_read(tmp_path: Path, separator: str, encoding: str) -> None:
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=separator)
    rows.writerows([["id", "name", "counsel"], ["007", "Köln; a, b\t| c", "Ann\nPoe"]])
    path = tmp_path / "recipients.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    with made(tmp_path) as matter:
        done = demand_import(matter, path)
        one = docket(matter).recipients["007"]
    assert (one.name, one.counsel) == ("Köln; a, b\t| c", "Ann\nPoe")
    assert bool(done["assumed"]) == (separator != ",")


def test_a_semicolon_file_with_lists_and_sums_of_another_country(base: Matter, tmp_path: Path) -> None:
    text = 'id;recipient;programme;amount;conditions\na;elm;Cameras;1.234,56;"notice; access"\n'
    problem = the_one(told(base, put(tmp_path / "in", {"awards": text})))
    assert (problem["column"], problem["message"]) == ("amount", "1.234,56 is not a sum in dollars")


def test_bytes_that_are_not_utf8_name_the_line_and_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes("id,name\nash,Ash\nsj,San José\n".encode("cp1252"))
    with made(tmp_path) as matter:
        problem = the_one(told(matter, path))
        assert problem["row"] == 3 and "San José" in problem["message"] and "--encoding cp1252" in problem["cure"]
        demand_import(matter, path, encoding="cp1252")
        assert docket(matter).recipients["sj"].name == "San José"


def test_utf16_cut_short(base: Matter, tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes("id,name\nash,Ash\n".encode("utf-16")[:-1])
    assert "not UTF-16" in the_one(told(base, path))["message"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_formula_is_refused(base: Matter, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"recipients.{form}"
    if form == "csv":
        path.write_text('id,name\nash,"=HYPERLINK(""x"")"\n')
    else:
        with Workbook(str(path)) as book:
            sheet = book.add_worksheet("recipients")
            sheet.write_row(0, 0, ["id", "name"])
            sheet.write_string(1, 0, "ash")
            sheet.write_formula(1, 1, '="A"&"sh"', value="Ash")
    problem = the_one(told(base, path))
    assert (problem["row"], problem["column"]) == (2, "name")
    assert "formula" in problem["message"] and "Paste it as a value" in problem["cure"]


def test_empty_and_wrong_files(base: Matter, tmp_path: Path) -> None:
    for name, data, message in (
        ("events.csv", b"", "is empty"),
        ("events.xlsx", b"no workbook", "is not"),
        ("events.json", b"", "one object of lists"),
        ("events.json", b"[]", "one object of lists"),
        ("events.json", b'{"events": [{"happened": "2018-01-24",}]}', "is not JSON"),
        ("budget.csv", b"Department,Amount\nPolice,5\n", "is not a table of the docket"),
        ("events.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "older Excel"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        problem = the_one(told(base, path))
        assert message in problem["message"], problem
    with Workbook(str(tmp_path / "wrong.xlsx")) as book:
        book.add_worksheet("Budget 2018").write_row(0, 0, ["Department", "Amount"])
    assert "Name the file or sheet one of demands" in the_one(told(base, tmp_path / "wrong.xlsx"))["cure"]
    missing = told(base, put(tmp_path / "in", {"events": "Department,Amount\nPolice,5\n"}))
    assert [one["column"] for one in missing] == ["department", "amount", "happened", "kind"]


def test_recipients_of_a_new_demand_come_from_a_workbook_by_their_name(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(DEMAND)
    for names, sound in ((("recipients", "awards"), True), (("Sheet1",), True), (("Sheet1", "Sheet2"), False)):
        path = tmp_path / f"{'-'.join(names)}.xlsx"
        with Workbook(str(path)) as book:
            for name in names:
                sheet = book.add_worksheet(name)
                sheet.write_row(0, 0, ["id", "name"])
                sheet.write_row(1, 0, [name[:3].lower(), name])
        with verbs.demand_matter(tmp_path / path.stem, time_zone="UTC") as matter:
            if sound:
                verbs.demand_new(matter, tmp_path / "d.toml", path)
                assert [*docket(matter).recipients] == [names[0][:3].lower()]
            else:
                with pytest.raises(TableInvalid, match="sheet1, sheet2"):
                    verbs.demand_new(matter, tmp_path / "d.toml", path)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("due = 2018-02-09", "due = 2918-02-09"), DemandInvalid),
        (("Use of body cameras", r"Use\u001b[31m of body cameras"), DemandInvalid),
        (("dated = 2018-01-10", "dated = 2018-01-10\ngrace = 100000000"), DemandInvalid),
        (("dated = 2018-01-10", 'dated = 2018-01-10\nid = "a/../b"'), DemandInvalid),
        (("[demand]", 'recipients = ["elm", "ok"]\n[demand]'), RecipientUnknown),
    ],
)
def test_a_demand_that_the_docket_could_not_hold_is_refused(
    tmp_path: Path, change: tuple[str, str], error: type[TecumError]
) -> None:
    (tmp_path / "d.toml").write_text(DEMAND.replace(*change))
    with empty(tmp_path) as matter:
        before = held(matter)
        with pytest.raises(error) as caught:
            path = put(tmp_path / "in", {"recipients": RECIPIENTS}) / "recipients.csv"
            verbs.demand_new(matter, tmp_path / "d.toml", path)
        assert caught.value.remedy
        assert held(matter) == before


# -- evidence --------------------------------------------------------------------------------------------


def test_files_of_evidence_are_kept_and_known_again(tmp_path: Path) -> None:
    with made(tmp_path) as matter:
        folder = put(
            tmp_path / "in", {"events": "happened,recipient,kind,evidence\n2018-01-24,elm,served,proof/a.eml\n"}
        )
        (folder / "proof").mkdir()
        (folder / "proof/a.eml").write_bytes(b"Subject: received\n\nYes.")
        done = demand_import(matter, folder)
        assert done["added"] == {"events": 1}
        event = docket(matter).events[-1]
        assert record.file_of(matter, event.evidence[0]) == b"Subject: received\n\nYes."
        before = held(matter)
        assert demand_import(matter, folder)["unchanged"] == {"events": 1}
        assert held(matter) == before


def test_a_period_of_many_days_keeps_its_date(tmp_path: Path) -> None:
    """The holidays must reach as far as the days that were given, not a fixed number of years."""
    with made(tmp_path) as matter:
        rows = "".join(f"2018-01-2{n},elm,extension-granted,days=1500; unit=business days\n" for n in range(3))
        demand_import(matter, put(tmp_path / "in", {"events": "happened,recipient,kind,data\n" + rows}))
        found = {one["recipient"]: one["due"] for one in verbs.demand_status(matter)["recipients"]}
    assert found["oak"] == "2018-02-09"
    assert "2035-01-01" < found["elm"] < "2037-01-01"


# -- hostile ---------------------------------------------------------------------------------------------


def test_a_long_cell(base: Matter, tmp_path: Path) -> None:
    problem = the_one(told(base, put(tmp_path / "in", {"recipients": f"id,name\nash,{'x' * (1 << 20)}\n"})))
    assert problem["row"] == 2 and "longer than" in problem["message"]


def test_a_cell_that_only_json_can_carry_leaves_as_json(tmp_path: Path) -> None:
    long = "x" * (1 << 20)
    (tmp_path / "docket.json").write_text(json.dumps({"recipients": [{"id": "ash", "name": "Ash", "note": long}]}))
    with made(tmp_path) as matter:
        demand_import(matter, tmp_path / "docket.json")
        for name in ("out", "out.xlsx"):
            with pytest.raises(TableInvalid) as caught:
                verbs.demand_export(matter, tmp_path / name)
            assert "JSON" in str(caught.value.problems[0]["cure"])
            assert not (tmp_path / name).exists()
        verbs.demand_export(matter, tmp_path / "out.json")
        assert json.loads((tmp_path / "out.json").read_text())["recipients"][2]["note"] == long


@pytest.mark.parametrize("start", ["[", '{"events": [', '{"events": [{"happened": ', '{"a": '])
def test_json_nested_without_end(base: Matter, tmp_path: Path, start: str) -> None:
    path = tmp_path / "docket.json"
    path.write_text(start + "[" * 100_000)
    assert the_one(told(base, path))["cure"]


@pytest.mark.parametrize("row", ["ash,A\x1b[31msh", "ash,A\x00sh", "ash,A\x9bsh"])
def test_control_characters_are_refused(base: Matter, tmp_path: Path, row: str) -> None:
    problem = the_one(told(base, put(tmp_path / "in", {"recipients": f"id,name\n{row}\n"})))
    assert "control character" in problem["message"]
    with pytest.raises(TableInvalid, match="control character"):
        verbs.demand_record(base, "note", _elm(), data={"text": row[4:]})
    with pytest.raises(TableInvalid, match="control character"):
        verbs.demand_record(base, "note", _elm(), data={"text": "x"}, source=row[4:])


def _elm() -> Any:
    from tecum.demand.effects import Where

    return Where(recipients=("elm",))


def test_many_wrong_rows_end_soon(base: Matter, tmp_path: Path) -> None:
    """Each of 8,000 rows names nobody: a thousand are told, the rest is said to be unread."""
    rows = "".join(f"2018-01-24,nobody{n},note,text=x\n" for n in range(8_000))
    found = told(base, put(tmp_path / "in", {"events": "happened,recipient,kind,data\n" + rows}))
    assert len(found) == 1_001
    assert found[-1]["message"] == "is where reading ended, after 1,000 problems" and found[-1]["row"] == 1_002


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_thousand_rows_enter_and_are_known_again(tmp_path: Path) -> None:
    with made(tmp_path) as matter:
        many = "".join(f"r{n},Recipient {n}\n" for n in range(200_000))
        rows = "".join(f"2018-01-24,r{n},note,text={n}\n" for n in range(200_000))
        tables = {"recipients": "id,name\n" + many, "events": "happened,recipient,kind,data\n" + rows}
        folder = put(tmp_path / "in", tables)
        begun = time.monotonic()
        assert demand_import(matter, folder)["added"] == {"recipients": 200_000, "events": 200_000}
        assert demand_import(matter, folder)["unchanged"] == {"recipients": 200_000, "events": 200_000}
        assert time.monotonic() - begun < 600, "what grows with the square would take hours"


def test_the_kinds_and_the_tables_say_what_each_means() -> None:
    """What a clerk looks up is there: a meaning for every table's columns and every kind's words."""
    for table in columns.TABLES.values():
        assert all(one.meaning and set(one.name) <= set(string.ascii_lowercase + "_") for one in table)
    assert all(one.meaning and all(one.fields.values()) and set(one.must) <= set(one.fields) for one in KINDS.values())
    assert plain_noun(Recipient("a", "b")) == {"id": "a", "name": "b", "kind": "other"}
