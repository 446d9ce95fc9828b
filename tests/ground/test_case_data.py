"""The two historical cases that ship: whole, sourced, and without a word on a real place that is not known."""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tecum import demandfile
from tecum.demand.columns import TABLES, read_data
from tecum.demand.kinds import KINDS

CASES = Path(__file__).parents[2] / "src" / "tecum" / "demo" / "cases"
BOTH = ("letters2018", "energy2002")
SHEETS = ("recipients", "events", "awards", "cases", "orders")
JANUARY = "doj-2018-01-24"
# What the rows may say was done by or to whom, as (recipients, kind); "" is an act on a demand as a whole. A new kind
# of act at a real place's name must be added here by hand, with its source.
ALLOWED_2018 = {
    ("", "sent"), ("", "note"),
    ("milwaukee-county-wi", "closed"),
    ("illinois", "statement"), ("illinois", "note"),
    ("chicago-il", "note"), ("chicago-il", "judgment"),
    ("los-angeles-ca", "judgment"), ("san-francisco-ca", "judgment"), ("california", "judgment"),
    ("san-francisco-ca; santa-clara-county-ca", "note"),
    ("cook-county-il; chicago-il; new-orleans-la; new-york-city-ny; philadelphia-pa", "note"),
    ("west-palm-beach-fl", "settled"), ("west-palm-beach-fl", "closed"), ("west-palm-beach-fl", "released"),
}  # fmt: skip
ALLOWED_2002 = {
    ("", "sent"), ("", "note"),
    *(("avista", kind) for kind in (
        "show-cause-answered", "deficiency-answered", "investigation-set", "settled", "enforcement-satisfied",
        "released", "closed",
    )),
    *((one, kind) for one in ("el-paso-electric", "avista", "portland-general-electric", "williams")
      for kind in ("at-risk", "deficiency")),
    ("el-paso-electric; avista; portland-general-electric; williams", "show-cause"),
    ("enron; el-paso-electric; avista; portland-general-electric; williams", "note"),
}  # fmt: skip
CONDITIONS = {"notice", "access", "1373-certification", "1373", "monitoring", "eo-9a", "cops"}
# As printed, in the order of the department's list of 24 January 2018.
ALLOCATIONS = {
    "chicago-il": 2_019_194, "cook-county-il": 17_233, "new-york-city-ny": 4_120_447, "california": 17_701_281,
    "albany-ny": 63_919, "berkeley-ca": 38_926, "bernalillo-county-nm": 60_912, "burlington-vt": 38_845,
    "denver-co": 423_861, "fremont-ca": 22_849, "jackson-ms": 252_439, "king-county-wa": 39_993, "lawrence-ma": 66_963,
    "los-angeles-ca": 1_953_647, "louisville-ky": 587_515, "monterey-county-ca": 18_019,
    "sacramento-county-ca": 233_299, "san-francisco-ca": 524_845, "sonoma-county-ca": 47_104, "watsonville-ca": 20_575,
    "west-palm-beach-fl": 59_970, "illinois": 6_511_233, "oregon": 18_244_126,
}  # fmt: skip


def rows(case: str, sheet: str) -> list[dict[str, str]]:
    with (CASES / case / f"{sheet}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def demands(case: str) -> dict[str, dict[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((CASES / case).glob("*.toml"))}


def ids(case: str, sheet: str) -> set[str]:
    return {row["id"] for row in rows(case, sheet)}


def parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


# -- form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", BOTH)
@pytest.mark.parametrize("sheet", SHEETS)
def test_columns_are_those_of_the_docket(case: str, sheet: str) -> None:
    data = (CASES / case / f"{sheet}.csv").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    head = data.decode("utf-8").splitlines()[0].split(",")
    assert head == [column.name for column in TABLES[sheet]]
    assert all(None not in row and None not in row.values() for row in rows(case, sheet)), "ragged row"


@pytest.mark.parametrize("case", BOTH)
@pytest.mark.parametrize("sheet", SHEETS)
def test_ids_are_unique_choices_known_and_every_row_has_a_source(case: str, sheet: str) -> None:
    found = rows(case, sheet)
    assert len(ids(case, sheet)) == len(found)
    for row in found:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", row["id"])
        assert row["source"], row["id"]
        for column in TABLES[sheet]:
            assert not column.required or row[column.name], (row["id"], column.name)
            if column.kind == "choice":
                assert row[column.name] in column.choices, (row["id"], column.name)
            if column.kind == "date" and row[column.name]:
                assert dt.date.fromisoformat(row[column.name]).isoformat() == row[column.name]


@pytest.mark.parametrize("case", BOTH)
def test_everything_but_a_recipient_says_how_sure_it_is(case: str) -> None:
    for sheet in SHEETS[1:]:
        assert all(row["sure"] in ("certain", "probable", "unverified") for row in rows(case, sheet)), sheet


@pytest.mark.parametrize("case", BOTH)
def test_references_resolve(case: str) -> None:
    recipients, awards, cases, orders = (ids(case, sheet) for sheet in ("recipients", "awards", "cases", "orders"))
    letters = demands(case)
    for name, demand in letters.items():
        assert set(demand["recipients"]) <= recipients, name
        assert len(set(demand["recipients"])) == len(demand["recipients"]), name
    for row in rows(case, "awards"):
        assert row["recipient"] in recipients, row["id"]
        assert not row["parent"] or row["parent"] in awards, row["id"]
    for row in rows(case, "cases"):
        assert set(parts(row["parties"])) <= recipients, row["id"]
    for row in rows(case, "orders"):
        assert row["case"] in cases, row["id"]
        assert not row["target"] or row["target"] in orders, row["id"]
        for token in parts(row["reach"]):
            assert token in {"nationwide", "parties", *recipients} or re.fullmatch(r"state:[A-Z]{2}", token), row["id"]
    for row in rows(case, "events"):
        named = set(parts(row["recipient"]))
        assert named <= recipients, row["id"]
        assert named or row["demand"], row["id"]
        if row["demand"]:
            demand = letters[row["demand"]]
            assert named <= set(demand["recipients"]), row["id"]
            assert set(parts(row["request"])) <= {ask["number"] for ask in demand["request"]}, row["id"]


@pytest.mark.parametrize("case", BOTH)
def test_events_are_of_known_kinds_and_say_what_they_must(case: str) -> None:
    targets = {"award": ids(case, "awards"), "case": ids(case, "cases")}
    targets["deficiency"] = {row["id"] for row in rows(case, "events") if row["kind"] == "deficiency"}
    owners = {row["id"]: row["recipient"] for row in rows(case, "awards")}
    for row in rows(case, "events"):
        kind, said = KINDS[row["kind"]], read_data(row["data"]) if row["data"] else {}
        assert set(said) <= set(kind.fields), row["id"]
        assert set(kind.must) <= set(said), row["id"]
        field, noun = kind.target
        if noun:
            assert said[field] in targets[noun], row["id"]
        if noun == "award":
            assert owners[said["award"]] == row["recipient"], row["id"]
        for key in ("until", "due"):
            if key in said:
                dt.date.fromisoformat(said[key])


@pytest.mark.parametrize("case", BOTH)
def test_demand_files_state_a_demand_to_many(case: str) -> None:
    known = {
        "id", "title", "from", "under", "source", "dated", "due", "rule", "observed", "pauses", "definitions",
        "instructions", "production", "place", "consequence", "contact", "signed", "reference", "supersedes", "note",
    }  # fmt: skip
    for name, demand in demands(case).items():
        head = demand["demand"]
        assert set(demand) == {"recipients", "demand", "request"}
        assert set(head) <= known, name  # neither `to` nor `served`: one text to many, and no proof of service
        assert head["id"] == name
        assert head["dated"].isoformat() == name[-10:]
        assert head["source"]
        assert "summary" in head["note"], "the request's text is not the letter's, and says so"
        asked = demandfile.read_asked(CASES / case / f"{name}.toml")
        assert asked.recipients == tuple(demand["recipients"])
        assert [one.number for one in asked.requests] == [ask["number"] for ask in demand["request"]]


@pytest.mark.parametrize("case", BOTH)
def test_no_board_takes_a_gap_in_the_record_for_silence(case: str) -> None:
    """Answers of real places are not recorded: "no response" would be a statement about them."""
    for name, demand in demands(case).items():
        assert demand["demand"].get("observed") or "due" not in demand["demand"], name


@pytest.mark.parametrize("case", BOTH)
def test_readme_lists_every_event_with_its_source(case: str) -> None:
    text = (CASES / case / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| `([^`]+)` \| (\S+) \| (\S+) \| (\S+) \| (.+) \|$", text, re.MULTILINE)
    assert listed == [
        (row["id"], row["happened"], row["kind"], row["sure"], row["source"].replace("; ", "<br>"))
        for row in rows(case, "events")
    ]


def test_no_python_among_the_data() -> None:
    assert not list(CASES.rglob("*.py"))


# -- the letters of 2018 -----------------------------------------------------------------------------------------


def test_who_got_which_letter() -> None:
    letters = demands("letters2018")
    count = {name: len(demand["recipients"]) for name, demand in letters.items()}
    assert count == {"doj-2017-04-21": 9, "doj-2017-11-15": 29, JANUARY: 23}
    april, november, january = (
        set(letters[name]["recipients"]) for name in ("doj-2017-04-21", "doj-2017-11-15", JANUARY)
    )
    assert january <= april | november
    assert len(january & april) == 4
    assert len(january & november) == 19
    assert not april & november
    assert ids("letters2018", "recipients") == april | november | {"albuquerque-nm"}
    order = [row["id"] for row in rows("letters2018", "recipients")]
    assert letters[JANUARY]["recipients"] == list(ALLOCATIONS) == order[:23]


def test_allocations_are_as_printed_and_the_total_inherits_oregons_flag() -> None:
    found = {row["recipient"]: row for row in rows("letters2018", "awards") if row["kind"] == "allocation"}
    assert {one: int(row["amount"]) for one, row in found.items()} == ALLOCATIONS
    assert sum(Decimal(row["amount"]) for row in found.values()) == 53_067_195
    assert [one for one, row in found.items() if row["sure"] == "unverified"] == ["oregon"]
    assert "decimal slip" in found["oregon"]["note"]
    assert all(row["year"] == "2017" for row in found.values())


def test_what_is_at_risk_is_the_allocation_of_each_of_the_23_once() -> None:
    events = [row for row in rows("letters2018", "events") if row["kind"] == "at-risk"]
    at_risk = [(row["recipient"], read_data(row["data"])["award"]) for row in events]
    assert at_risk == [(one, f"jag-2017-{one}") for one in ALLOCATIONS]
    assert {row["happened"] for row in events} == {"2018-01-24"}
    assert all("sanctions" in read_data(row["data"])["text"] for row in events)


def test_king_countys_figures_are_kept_apart() -> None:
    figures = {
        row["amount"]: (row["kind"], row["year"], row["sure"])
        for row in rows("letters2018", "awards")
        if row["recipient"] == "king-county-wa" and row["amount"]
    }
    assert figures == {
        "39993": ("allocation", "2017", "probable"),
        "451000": ("award", "", "unverified"),
        "670000": ("award", "", "unverified"),
    }
    awards = {row["id"]: row for row in rows("letters2018", "awards")}
    assert awards["jag-2016-king-county-wa"]["parent"] == "jag-2016-seattle-wa"
    assert awards["jag-2016-bernalillo-county-nm"]["parent"] == "jag-2016-albuquerque-nm"
    assert awards["jag-2016-albuquerque-nm"]["number"] == "2016-DJ-BX-0488"


def test_the_relevant_period_that_is_cut_off_is_left_out() -> None:
    january = demands("letters2018")[JANUARY]
    assert january["demand"]["due"] == dt.date(2018, 2, 23)
    assert all("from" not in ask and "to" not in ask for ask in january["request"])
    assert "cut off" in january["demand"]["note"]
    assert "due" not in demands("letters2018")["doj-2017-11-15"]["demand"]


def test_conditions_are_the_same_words_everywhere() -> None:
    text = (CASES / "letters2018" / "README.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \| (?:Byrne|Executive|Immigration)", text, re.MULTILINE))
    used = {
        word
        for sheet in ("awards", "orders")
        for row in rows("letters2018", sheet)
        for word in parts(row["conditions"])
    }
    assert used == explained == CONDITIONS
    for row in rows("letters2018", "orders"):
        # Empty conditions mean all: only an order that takes them from its target may leave them out.
        assert row["conditions"] or row["target"], row["id"]


def test_no_order_freezes_a_response_or_an_enforcement() -> None:
    for row in rows("letters2018", "orders"):
        assert parts(row["freezes"]) == (["consequence"] if row["effect"] == "enjoin" else []), row["id"]
        assert bool(row["target"]) == (row["effect"] != "enjoin"), row["id"]


def test_days_that_are_not_confirmed_are_marked() -> None:
    found = {row["from"]: row["sure"] for row in rows("letters2018", "orders")}
    assert found["2017-11-20"] == found["2018-04-19"] == "unverified"


def test_illinois_is_no_party_to_chicagos_suit_and_the_press_report_stands_beside_it() -> None:
    parties = {row["id"]: parts(row["parties"]) for row in rows("letters2018", "cases")}
    assert [name for name, who in parties.items() if "illinois" in who] == ["illinois-v-barr"]
    (report,) = (row for row in rows("letters2018", "events") if row["kind"] == "statement")
    said = read_data(report["data"])
    assert report["sure"] == "unverified"
    assert (said["form"], said["about"], said["stance"]) == ("paraphrased", "chicago-v-sessions", "disputes")
    assert "a press report" in said["through"], "the outlet is not named"


# -- what is said of real places ---------------------------------------------------------------------------------


def test_nothing_is_said_of_a_real_place_beyond_what_is_listed_here() -> None:
    addressees = "; ".join(row["id"] for row in rows("letters2018", "recipients") if row["id"] != "albuquerque-nm")
    allowed = ALLOWED_2018 | {(one, "at-risk") for one in ALLOCATIONS} | {(addressees, "note")}
    assert {(row["recipient"], row["kind"]) for row in rows("letters2018", "events")} == allowed


def test_nothing_is_said_of_a_company_beyond_what_is_listed_here() -> None:
    assert {(row["recipient"], row["kind"]) for row in rows("energy2002", "events")} == ALLOWED_2002


@pytest.mark.parametrize("case", BOTH)
def test_recipients_rows_hold_no_more_than_was_collected(case: str) -> None:
    for row in rows(case, "recipients"):
        assert not any(row[name] for name in ("counsel", "address", "calendar", "tracking", "owner")), row["id"]


# -- the data requests of 2002 -----------------------------------------------------------------------------------


def test_two_waves_under_oath_with_their_own_clocks() -> None:
    requests = demands("energy2002")
    spans = {name: (one["demand"]["due"] - one["demand"]["dated"]).days for name, one in requests.items()}
    assert spans == {"ferc-2002-05-06": 4, "ferc-2002-05-08": 14, "ferc-2002-05-21": 10}
    for name in ("ferc-2002-05-08", "ferc-2002-05-21"):
        assert requests[name]["request"][0]["answer"] == "admit or deny"
        assert all(ask["oath"] and len(ask["signers"]) == 4 for ask in requests[name]["request"])
        assert "sources differ" in requests[name]["demand"]["note"]
        assert "before May" in requests[name]["demand"]["note"]
    assert requests["ferc-2002-05-08"]["recipients"] == requests["ferc-2002-05-21"]["recipients"]


def test_the_memos_are_not_dated() -> None:
    for path in (CASES / "energy2002").iterdir():
        text = path.read_text("utf-8")
        assert not re.search(r"\bDec(?:ember|\.)?\b|200[01]-12-0", text), path.name


def test_avistas_chain_is_whole_and_in_order() -> None:
    chain = (
        "deficiency", "show-cause", "show-cause-answered", "investigation-set", "settled", "enforcement-satisfied",
    )  # fmt: skip
    found = {row["kind"]: row for row in rows("energy2002", "events") if "avista" in parts(row["recipient"])}
    days = [found[kind]["happened"] for kind in chain]
    assert days == ["2002-06-04", "2002-06-04", "2002-06-14", "2002-08-13", "2004-04-19", "2004-04-19"]
    assert read_data(found["show-cause"]["data"])["citation"] == "99 FERC 61,272"
    assert read_data(found["investigation-set"]["data"])["citation"] == "100 FERC 61,187"


def test_the_consequence_is_an_authority_with_an_earlier_effect() -> None:
    awards = rows("energy2002", "awards")
    assert all(row["kind"] == "authority" and not row["amount"] for row in awards)
    said = [
        read_data(row["data"])
        for row in rows("energy2002", "events")
        if row["kind"] == "at-risk" and row["happened"] == "2002-06-04"
    ]
    assert {one["award"] for one in said} == {row["id"] for row in awards}
    assert all("as of 13 February 2002" in one["text"] for one in said)
