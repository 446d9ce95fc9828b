"""The three worked cases: two historical dockets checked by hand against their sources, and the made-up round.

What the tables below expect was written down from the sources that each line names, not from the program's output.
"""

from __future__ import annotations

import datetime as dt
import io
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tecum import verbs
from tecum.demo import dockets, rounds
from tecum.errors import OutputExists
from tecum.matter import Matter
from tecum.progress import silent

NOW = "2026-11-28T18:00:00Z"
JANUARY = "doj-2018-01-24"
MAY = "ferc-2002-05-08"
DAYS = ("2018-01-25", "2018-02-24", "2018-03-28", "2026-11-28")


@pytest.fixture(scope="module", autouse=True)
def a_day_in_2026() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", NOW)
        yield


def made(folder: str, place: Path) -> Matter:
    """A docket that ships, taken in from its files."""
    dockets.copy(folder, place / "files")
    matter = verbs.demand_matter(place / "matter", name=folder, time_zone="America/New_York")
    dockets.enter(matter, place / "files", silent)
    return matter


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matter]:
    with made("letters2018", tmp_path_factory.mktemp("letters")) as matter:
        yield matter


@pytest.fixture(scope="module")
def energy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matter]:
    with made("energy2002", tmp_path_factory.mktemp("energy")) as matter:
        yield matter


def board(matter: Matter, day: str, demand: str = JANUARY) -> dict[str, dict[str, Any]]:
    found = verbs.demand_status(matter, verbs.Where(demand=demand), as_of=dt.date.fromisoformat(day))
    return {row["recipient"]: row for row in found["recipients"]}


# -- the letters of January 2018 -------------------------------------------------------------------------

REACHED, NATIONWIDE = "reached by an order", "preliminary injunction, nationwide"
# Two orders reached everybody in early 2018: 15 Sep 2017, nationwide, on notice and access (casetext, 264 F. Supp. 3d
# 933; stay denied 13 Oct, justia 342884/98), and Nov 2017, nationwide, on section 9(a) (counsel.sccgov.org; the day is
# unverified). Neither does so today: the first holds for Chicago alone since 26 Jun 2018 (abajournal, fox2now), the
# second for California since 1 Aug 2018 (9th Cir. 17-17478, fdocuments); 9th Cir. 18-17308 of 13 Jul 2020 (justia)
# reaches California's subdivisions. So outside California, who has no suit of its own is reached by none.
EVERYBODY = (REACHED, REACHED, REACHED, "none")
CALIFORNIA = (REACHED, REACHED, REACHED, REACHED)
# Litigation on the four days, in the order of the list (patch.com; americansecuritytoday.com). Behind each:
# what is recorded of its own, and where. "No suit": none stands in the reference's table of events.
LITIGATION = {
    # 7 Aug 2017 suit (clearinghouse.net 16080), its injunction of 15 Sep 2017; 27 Jul 2018 judgment (justia 342884/198)
    "chicago-il": (NATIONWIDE, NATIONWIDE, NATIONWIDE, "permanent injunction"),
    "cook-county-il": EVERYBODY,  # no suit; preliminary findings of 12 Oct 2017 (justice.gov) are no case
    "new-york-city-ny": EVERYBODY,  # no suit; preliminary findings of 12 Oct 2017 (justice.gov) are no case
    # 14 Aug 2017 suit (docs.justia caedce 331791/19), 7 Feb 2018 another (fdocuments.us); 5 Oct 2018 (scribd 390375981)
    "california": ("suit filed", "suit filed", "suit filed", "judgment"),
    "albany-ny": EVERYBODY,  # no suit; list of patch.com
    "berkeley-ca": CALIFORNIA,  # no suit; justia 18-17308
    "bernalillo-county-nm": EVERYBODY,  # no suit; letter at scribd 369912803
    "burlington-vt": EVERYBODY,  # no suit; list of patch.com
    "denver-co": EVERYBODY,  # no suit; list of patch.com
    "fremont-ca": CALIFORNIA,  # no suit; justia 18-17308
    "jackson-ms": EVERYBODY,  # no suit; list of patch.com
    "king-county-wa": EVERYBODY,  # no suit; letter at mynorthwest.com 879311
    "lawrence-ma": EVERYBODY,  # no suit; list of patch.com
    # 29 Sep 2017 suit (clearinghouse.net 16188), 11 Apr 2018 COPS (scribd 376275407), 13 Sep 2018 Byrne (nydailynews)
    "los-angeles-ca": ("suit filed", "suit filed", "suit filed", "preliminary injunction"),
    "louisville-ky": EVERYBODY,  # no suit; letter at scribd 369913355
    "monterey-county-ca": CALIFORNIA,  # no suit; justia 18-17308
    "sacramento-county-ca": CALIFORNIA,  # no suit; justia 18-17308
    # 31 Jan 2017 suit, permanent nationwide injunction of Nov 2017 (clearinghouse 15622); 13 Jul 2020 (justia 18-17308)
    "san-francisco-ca": (*("permanent injunction, nationwide",) * 3, "decision on appeal (affirm)"),
    "sonoma-county-ca": CALIFORNIA,  # no suit; justia 18-17308
    "watsonville-ca": CALIFORNIA,  # no suit; justia 18-17308
    # 6 Feb 2018 suit (scribd 374972638), 27 Mar 2018 settled (immpolicytracking 161; thehill 380490)
    "west-palm-beach-fl": (REACHED, "suit filed", "settled", "settled"),
    # 23 May 2019 suit (scribd 411272255); it did not join Chicago's of 2017 in anything found
    "illinois": (REACHED, REACHED, REACHED, "suit filed"),
    "oregon": EVERYBODY,  # no suit; list of patch.com
}
# What freezes an award on 28 Nov 2026: relief on all three conditions of fiscal year 2017. Los Angeles' order and
# that for California's subdivisions cover notice and access alone, and the 1373 condition keeps the threat alive.
FROZEN = {
    "chicago-il": ["byrne-2018-07-27-chicago"],  # justia 342884/198; that it holds for Chicago is probable
    "california": ["byrne-2018-10-05-plaintiffs", "byrne-2020-07-13"],  # scribd 390375981; justia 18-17308
    "san-francisco-ca": ["byrne-2018-10-05-plaintiffs", "byrne-2020-07-13"],  # the same two
}


def expected(day: str) -> dict[str, tuple[str, str, str, list[str]]]:
    """Recipient -> response, litigation, consequence, frozen by."""
    found = {}
    for one, litigation in LITIGATION.items():
        # americansecuritytoday.com: sent 24 Jan 2018; numbersusa.com: due 23 Feb. What anybody answered is not in the
        # sources, and the demand is another's: nothing is recorded, which is not silence.
        response = "sent" if day == "2018-01-25" else "nothing recorded"
        # scribd 369912803: the letter names withholding among the sanctions; no source says that money was withheld.
        consequence = "at risk"
        if one == "west-palm-beach-fl" and day >= "2018-03-27":  # immpolicytracking 161: compliance found, suit dropped
            response, consequence = "closed", "released"
        frozen = FROZEN.get(one, []) if day == "2026-11-28" else []
        found[one] = (response, litigation[DAYS.index(day)], consequence, frozen)
    return found


@pytest.mark.parametrize("day", DAYS)
def test_the_letters_as_of(letters: Matter, day: str) -> None:
    rows = board(letters, day)
    found = {
        one: (row["response"], row["litigation"], row["consequence"], row["frozen_by"]) for one, row in rows.items()
    }
    assert found == expected(day) and list(found) == list(LITIGATION)
    assert all(not row["conflicts"] and row["enforcement"] == "none" for row in rows.values())


@pytest.mark.parametrize("day", DAYS)
def test_no_order_moves_the_return_date_and_nobody_is_called_late(letters: Matter, day: str) -> None:
    """Reference: no order found stayed the return date of 23 Feb 2018."""
    for one, row in board(letters, day).items():
        closed = one == "west-palm-beach-fl" and day >= "2018-03-27"
        assert (row["due"], row["due_nominal"]) == (None if closed else "2018-02-23", "2018-02-23")
        assert not row["paused"] and not row["overdue"] and not row["requests"]["1"].startswith("refused")


@pytest.mark.parametrize("day", DAYS)
def test_every_cell_is_explained(letters: Matter, day: str) -> None:
    for row in board(letters, day).values():
        lines = row["explanation"]
        heads = [at for at, line in enumerate(lines) if not line.startswith(" ")]
        assert [lines[at].partition(":")[0] for at in heads] == [
            "Response", "Return date", "Enforcement", "Litigation", "Consequence",
        ]  # fmt: skip
        said = dict(zip(("response", "due", "enforcement", "litigation", "consequence"), heads, strict=True))
        for region, at in said.items():
            assert str(row[region] or "none") in lines[at]
            if row[region] not in ("none", None):
                assert lines[at + 1].startswith("  "), (row["recipient"], region)
        text = "\n".join(lines)
        assert all(order in text for order in (*row["frozen_by"], *row["reached_by"]))
        assert all(each["award"] in text for each in row["awards"] if each["state"] != "none")
        assert "sent-2018-01-24: new-origin.patch.com" in text
        assert row["without_evidence"] == 0


def test_the_total_is_the_printed_one_and_flagged_as_doubtful(letters: Matter) -> None:
    """cis.org: the 23 figures add to the printed total, which rests on Oregon's doubtful one."""
    totals = verbs.demand_status(letters, verbs.Where(demand=JANUARY), as_of=dt.date(2018, 1, 25))["totals"]
    assert (totals["recipients"], totals["obligations"], totals["money"]["at risk"]) == (23, 23, 53_067_195)
    assert totals["unverified"] == ["at risk"] and totals["money"]["frozen"] == 0
    rows = board(letters, "2018-01-25")
    assert [one for one, row in rows.items() if row["unverified"]] == ["oregon"]
    assert rows["oregon"]["at_stake"] == 18_244_126 and "unverified" in "\n".join(rows["oregon"]["explanation"])
    assert rows["king-county-wa"]["at_stake"] == 39_993  # the two larger figures are rows, and in no sum
    today = verbs.demand_status(letters, verbs.Where(demand=JANUARY))["totals"]
    assert today["money"]["frozen"] == 2_019_194 + 17_701_281 + 524_845
    assert today["money"]["released"] == 59_970


def test_an_order_on_two_conditions_freezes_nothing_that_hangs_on_a_third(letters: Matter) -> None:
    """264 F. Supp. 3d 933 touches notice and access, not the 1373 condition."""
    new = {"by": "nobody: a question asked of the docket", "more": {"condition": "1373-certification"}}
    asked = verbs.demand_award(letters, "jag-2017-albany-ny", "withheld", happened="2018-01-25", dry_run=True, **new)
    assert asked["refusals"] == []
    asked = verbs.demand_award(letters, "jag-2017-albany-ny", "withheld", happened="2018-01-25", dry_run=True,
                               **{**new, "more": {"condition": "notice"}})  # fmt: skip
    assert [one["order"] for one in asked["refusals"]] == ["byrne-2017-09-15"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_whole_docket_goes_out_and_comes_in_without_loss(letters: Matter, tmp_path: Path, form: str) -> None:
    out = tmp_path / ("tables" if form == "csv" else f"docket.{form}")
    verbs.demand_export(letters, out)
    with verbs.demand_matter(tmp_path / "again", time_zone="America/New_York") as again:
        done = verbs.demand_import(again, out)
        assert done["changed"] == [] and sum(done["added"].values()) > 100
        for day in map(dt.date.fromisoformat, DAYS):
            assert verbs.demand_status(again, as_of=day) == verbs.demand_status(letters, as_of=day)
        assert verbs.demand_import(again, out)["added"] == {}


def test_the_public_page_shows_what_was_chosen_and_nothing_else(letters: Matter, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    verbs.demand_page(letters, out, ["recipient", "response"], verbs.Where(demand=JANUARY), title="Letters",
                      as_of=dt.date(2018, 3, 28))  # fmt: skip
    page = out.read_text("utf-8")
    assert "West Palm Beach" in page and "closed" in page and page.count("nothing recorded") == 22
    for hidden in ("2,019,194", "2019194", "byrne", "at risk", "scribd", "find out", "2018-02-23"):
        assert hidden not in page, hidden


def test_a_history_names_every_source(letters: Matter) -> None:
    import pypdfium2

    data = verbs.docket_report(letters, "history", "pdf", verbs.Where(recipients=("chicago-il",), demand=JANUARY))
    with pypdfium2.PdfDocument(data) as pages:
        text = "".join(page.get_textpage().get_text_range() for page in pages)
    plain = "".join(text.split()).replace("\ufffe", "").replace("-", "")
    wanted = (
        "case-law.vlex.com/vid/250-f-supp-3d-746681501", "new-origin.patch.com", "americansecuritytoday.com",
        "www.scribd.com/document/369912803", "www.numbersusa.com", "law.justia.com",
    )  # fmt: skip
    assert [one for one in wanted if one.replace("-", "") not in plain] == []


# -- the data requests of May 2002 -----------------------------------------------------------------------


# Day -> response, enforcement, litigation, consequence of Avista; the line is the source of what changed.
AVISTA = {
    "2002-05-09": ("sent", "none", "none", "at risk"),  # powerengineeringint.com: sent 8 May, revocation named
    "2002-05-23": ("nothing recorded", "none", "none", "at risk"),  # due 22 May; the day of its answer is not told
    "2002-06-05": ("deficient", "show cause", "none", "at risk"),  # copleydc.net: 99 FERC 61,272 of 4 Jun
    "2002-06-15": ("deficient", "show cause", "none", "at risk"),  # sec.gov exhibit 99(c): answered 14 Jun
    "2002-08-14": ("deficient", "investigation set", "suit filed", "at risk"),  # sec.gov: 100 FERC 61,187 of 13 Aug
    "2004-04-18": ("deficient", "investigation set", "suit filed", "at risk"),
    "2004-04-20": ("closed", "satisfied", "settled", "released"),  # avistacorp.gcs-web.com: settlement of 19 Apr
}


def test_avista_from_request_to_settlement(energy: Matter) -> None:
    regions = ("response", "enforcement", "litigation", "consequence")
    found = {day: tuple(board(energy, day, MAY)["avista"][one] for one in regions) for day in AVISTA}
    assert found == AVISTA
    states = {day: [one["state"] for one in board(energy, day, MAY)["avista"]["deficiencies"]] for day in AVISTA}
    assert list(states.values()) == [[], [], ["open"], ["answered"], ["answered"], ["answered"], ["answered"]]
    assert not board(energy, "2004-04-20", MAY)["avista"]["conflicts"]


def test_the_other_three_stand_at_show_cause(energy: Matter) -> None:
    """power-eng.com names four; what became of three of them is not in the sources, and the docket says nothing."""
    rows = board(energy, "2004-04-20", MAY)
    others = [one for one in rows if one != "avista"]
    assert others == ["el-paso-electric", "portland-general-electric", "williams"]
    for one in others:
        row = rows[one]
        assert (row["response"], row["enforcement"], row["consequence"]) == ("deficient", "show cause", "at risk")


def test_two_waves_have_two_clocks(energy: Matter) -> None:
    """Sent 8 and 21 May, due 22 and 31 May: 14 and 10 days (powerengineeringint.com)."""
    for demand, sent, days in ((MAY, "2002-05-08", 14), ("ferc-2002-05-21", "2002-05-21", 10)):
        row = board(energy, "2002-05-25", demand)["avista"]
        due = dt.date.fromisoformat(row["due"])
        assert (due - dt.date.fromisoformat(sent)).days == days and row["due_kind"] == "stated"
    assert board(energy, "2002-05-25", MAY)["avista"]["response"] == "nothing recorded"
    assert board(energy, "2002-05-25", "ferc-2002-05-21")["avista"]["response"] == "sent"
    assert board(energy, "2002-05-25", "ferc-2002-05-06")["enron"]["due"] == "2002-05-10"


@pytest.fixture(scope="module")
def with_a_made_up_seller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matter]:
    """The same docket with a seller that never was: no answer is invented for one that existed."""
    place = tmp_path_factory.mktemp("made-up")
    files = place / "files"
    dockets.copy("energy2002", files)
    path = files / f"{MAY}.toml"
    path.write_text(path.read_text("utf-8").replace('"avista",', '"avista", "nimbus-power",', 1), encoding="utf-8")
    assert "nimbus-power" in tomllib.loads(path.read_text("utf-8"))["recipients"]
    with (files / "recipients.csv").open("a", encoding="utf-8") as table:
        table.write("nimbus-power,Nimbus Power (made up),company,,,,,,,,Made up for a test.,\n")
    with verbs.demand_matter(place / "matter", time_zone="America/New_York") as matter:
        dockets.enter(matter, files, silent)
        yield matter


def test_an_oath_and_a_rank_that_are_lacking_are_shown(with_a_made_up_seller: Matter) -> None:
    matter, where = with_a_made_up_seller, verbs.Where(recipients=("nimbus-power",))

    def answered(day: str, numbers: list[str], **data: str) -> dict[str, Any]:
        verbs.demand_record(matter, "answered", where, happened=day, requests=numbers, source="a made-up letter",
                            data={"answer": "denied", **data})  # fmt: skip
        return board(matter, "2002-05-24", MAY)["nimbus-power"]

    row = answered("2002-05-21", ["1", "2"], signer="P. Quill", rank="sales agent")
    assert row["requests"]["1"] == "answered: denied" and row["requests"]["3"] == "open"
    (task,) = [one["what"] for one in row["tasks"] if one["key"] == "review"]
    assert "not sworn" in task and "signed by sales agent" in task and "general counsel" in task
    row = answered("2002-05-22", ["1", "2", "3", "4", "5"], signer="R. Amberly", rank="General Counsel", oath="yes")
    (task,) = [one["what"] for one in row["tasks"] if one["key"] == "review"]
    assert "not sworn" not in task and "signed by" not in task
    assert row["response"] == "produced, under review"


@pytest.mark.parametrize(("name", "recipients"), [("docket", 23), ("energy", 4)])
def test_a_shipped_docket_is_made_with_its_papers(tmp_path: Path, name: str, recipients: int) -> None:
    done = dockets.run(name, tmp_path / "made", silent)
    assert [len(one["recipients"]) for one in done["boards"]] == [recipients] * len(done["boards"])
    for path in map(Path, done["papers"]):
        data = path.read_bytes()
        assert data.startswith({".html": b"<!", ".xlsx": b"PK", ".pdf": b"%PDF"}[path.suffix]), path
        if path.suffix == ".xlsx":
            assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    for out in (tmp_path, tmp_path / "file"):
        with pytest.raises(OutputExists):
            dockets.run("docket", out, silent)
        with pytest.raises(OutputExists):
            rounds.run(out, 1, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# -- the made-up round -----------------------------------------------------------------------------------

_FOUR = ("Cinderhill County", "City of Jasperlake", "Ravenstoke", "City of Silverfen")


@pytest.mark.slow
def test_four_of_the_round_are_recognised(tmp_path: Path) -> None:
    done = rounds.run(tmp_path / "round", 1, silent, only=_FOUR)
    assert (done["recipients"], done["obligations"], done["all_found"]) == (4, 32, True), done["wrong"]
    assert done["kinds"]["obligations"] == {"planted": 32, "found": 32, "missed": 0, "false": 0}
    for kind in ("complete", "short", "short: range gap", "refused", "stayed"):
        assert done["kinds"][kind] == {"planted": 1, "found": 1, "missed": 0, "false": 0}, kind


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_whole_round(tmp_path: Path, seed: int) -> None:
    done = rounds.run(tmp_path / "round", seed, silent)
    assert (done["recipients"], done["obligations"], done["all_found"]) == (23, 184, True), done["wrong"]
    kinds = done["kinds"]
    planted = {kind: row["planted"] for kind, row in kinds.items()}
    assert {kind: planted[kind] for kind in ("complete", "short", "refused", "stayed", "extended")} == {
        "complete": 9, "short": 5, "refused": 3, "stayed": 2, "extended": 3,
    }  # fmt: skip
    assert sum(kind.startswith("short: ") for kind in kinds) == 7
    assert all(row["missed"] == row["false"] == 0 for row in kinds.values())
    # One kind of shortness is for checks that this version does not have: a recipient, a fault, an obligation.
    assert planted["obligations"] == 183
    assert done["beyond_checks"] == {"planted": 3, "found": 0, "missed": 3, "false": 0}
    for path in (tmp_path / "round/matter", tmp_path / "round/received"):
        shutil.rmtree(path)
