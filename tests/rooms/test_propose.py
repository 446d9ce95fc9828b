"""Mails and articles as evidence, through the command line: they propose, a person accepts, the file is kept."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from piles import Told, mail, tables, tecum, zipped
from tecum import verbs
from tecum.demand import record
from tecum.engine.sandbox import Outcome, Sandbox

pytestmark = pytest.mark.usefixtures("one_day")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "clippings"
SENT = "Mon, 12 Feb 2018 09:30:00 -0600"
CLERK = "Ann Poe <clerk@elm.example>"
LETTER = '[demand]\nid = "letter"\ntitle = "Widgets"\nfrom = "An Office"\ndated = 2018-01-24\ndue = 2018-02-23\n'
ASKS = "".join(f'[[request]]\nnumber = "{number}"\ntext = "All of {number}."\n' for number in (1, 2, 3))
PEOPLE = (
    "id,name,kind,address,counsel\nelm,Town of Elm,city,clerk@elm.example,\n"
    "oak,Village of Oak,city,desk@oak.example,Lea Law <lea@firm.example>\n"
)
MORE_TIME = "We ask for more time until March 15, 2018.\r\n"
ASSIGNED = "We received your letter. It was assigned reference number F-18-77.\r\n"


@pytest.fixture(scope="module")
def office_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("office")
    (place / "letter.toml").write_text(LETTER + ASKS, encoding="utf-8")
    (place / "people.csv").write_text(PEOPLE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", "2018-03-05T18:00:00Z")
        with verbs.demand_matter(place / "office", name="office", time_zone="America/Chicago") as matter:
            verbs.demand_new(matter, place / "letter.toml", place / "people.csv")
            verbs.demand_serve(matter, verbs.Where(), channel="mail", happened="2018-01-24")
    return place / "office"


@pytest.fixture
def office(office_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TECUM_NOW", "2018-03-05T18:00:00Z")
    return Path(shutil.copytree(office_once, tmp_path / "office"))


def propose(office: Path, data: bytes | Path, *more: object, name: str = "reply.eml") -> Told:
    """``demand record --from`` with a file of these bytes beside the matter."""
    path = data if isinstance(data, Path) else office.parent / name
    if isinstance(data, bytes):
        path.write_bytes(data)
    return tecum("demand", "record", *more, "--from", path, "--json", "-C", office)


def proposed(told: Told) -> list[dict[str, Any]]:
    assert told.code == 0, (told.out, told.err)
    return list(told.json["proposed"])


def events(office: Path) -> list[Any]:
    """What was entered after the letter went out."""
    with verbs.open(office) as matter, matter.read() as db:
        return [one for one in record.load(db).events if one.kind != "sent"]


def reply(body: str, **more: Any) -> bytes:
    return mail("Your letter", body, **{"sender": CLERK, "to": "docket@office.example", "date": SENT, **more})


# -- mails -----------------------------------------------------------------------------------------------


def test_a_mail_proposes_and_nothing_is_entered(office: Path) -> None:
    before = tables(office)
    (one,) = proposed(propose(office, reply(MORE_TIME)))
    assert (one["number"], one["kind"], one["recipient"], one["happened"]) == (
        1, "extension-asked", "elm", "2018-02-12",
    )  # fmt: skip
    assert one["data"] == {"until": "2018-03-15"} and MORE_TIME.strip() in one["why"]
    assert "entered" not in one and tables(office) == before


def test_what_is_accepted_is_entered_with_the_mail_as_its_evidence(office: Path) -> None:
    data = reply(MORE_TIME)
    told = propose(office, data, "--accept", "1")
    assert told.json["entered"] == ["E3"] and told.json["proposed"][0]["entered"] is True
    (event,) = events(office)
    assert (event.kind, event.demand, event.recipients, event.happened) == (
        "extension-asked", "letter", ("elm",), "2018-02-12",
    )  # fmt: skip
    assert event.evidence == (f"sha256:{hashlib.sha256(data).hexdigest()} reply.eml",)
    with verbs.open(office) as matter:
        assert record.file_of(matter, event.evidence[0]) == data
    assert [one["before"] | one["after"] for one in told.json["effects"]]
    assert tecum("verify", "-C", office).code == 0


def test_accepted_again_nothing_is_entered_twice(office: Path) -> None:
    for entered in (["E3"], []):
        told = propose(office, reply(MORE_TIME), "--accept", "all")
        assert told.code == 0 and told.json["entered"] == entered
        assert told.json["proposed"][0]["entered"] is True
    assert len(events(office)) == 1


def test_one_of_several_and_then_all(office: Path) -> None:
    data = reply(ASSIGNED + "\r\n" + MORE_TIME)
    kinds = {one["kind"]: one["number"] for one in proposed(propose(office, data))}
    assert set(kinds) == {"acknowledged", "extension-asked"}
    propose(office, data, "--accept", str(kinds["acknowledged"]))
    assert [(one.kind, dict(one.data)) for one in events(office)] == [("acknowledged", {"tracking": "F-18-77"})]
    propose(office, data, "--accept", "all")
    assert {one.kind for one in events(office)} == set(kinds) and len(events(office)) == 2


def test_a_dry_run_enters_nothing(office: Path) -> None:
    before = tables(office)
    told = propose(office, reply(MORE_TIME), "--accept", "all", "--dry-run")
    assert told.json["effects"] and told.json["proposed"][0]["entered"] is False
    assert tables(office) == before


@pytest.mark.parametrize("accept", ["0", "3", "1,9", "one", "-1", "²"])
def test_a_number_that_is_not_there(office: Path, accept: str) -> None:
    before = tables(office)
    told = propose(office, reply(MORE_TIME), f"--accept={accept}")
    assert told.json["error"]["code"] == "PROPOSAL_INVALID" and tables(office) == before


def test_the_person_says_the_day_and_the_recipient(office: Path) -> None:
    (one,) = proposed(propose(office, reply(MORE_TIME), "oak", "--on", "2018-02-14", "--accept", "all"))
    assert (one["recipient"], one["happened"]) == ("oak", "2018-02-14")
    assert [(one.kind, one.recipients, one.happened) for one in events(office)] == [
        ("extension-asked", ("oak",), "2018-02-14")
    ]


def test_a_recipient_of_two_demands_is_asked_which(office: Path) -> None:
    (office.parent / "second.toml").write_text(LETTER.replace("letter", "second") + ASKS, encoding="utf-8")
    (office.parent / "elm.csv").write_text("".join(PEOPLE.splitlines(keepends=True)[:2]), encoding="utf-8")
    new = ("demand", "new", office.parent / "second.toml", "--recipients", office.parent / "elm.csv", "-C", office)
    assert tecum(*new).code == 0
    told = propose(office, reply(MORE_TIME), "--accept", "1")
    assert told.json["error"]["code"] == "TABLE_INVALID" and "2 demands" in told.json["error"]["message"]
    assert propose(office, reply(MORE_TIME), "--accept", "1", "--demand", "second").code == 0
    assert [one.demand for one in events(office)] == ["second"]


def test_a_mail_without_a_date_must_be_given_one(office: Path) -> None:
    data = reply(MORE_TIME, date=None)
    assert proposed(propose(office, data))[0]["happened"] == ""
    told = propose(office, data, "--accept", "1")
    assert told.json["error"]["code"] == "PROPOSAL_INVALID" and "--on" in told.json["error"]["remedy"]
    propose(office, data, "--accept", "1", "--on", "2018-02-12")
    assert [one.happened for one in events(office)] == ["2018-02-12"]


def test_an_unknown_sender_is_nobody_until_a_person_says_who(office: Path) -> None:
    data = reply(MORE_TIME, sender="Somebody <x@nowhere.example>")
    (one,) = proposed(propose(office, data))
    assert one["recipient"] == "" and "no address, domain" in one["why"]
    told = propose(office, data, "--accept", "1")
    assert told.json["error"]["code"] == "TABLE_INVALID" and events(office) == []
    assert propose(office, data, "oak", "--accept", "1").code == 0
    assert events(office)[0].recipients == ("oak",)


def test_counsel_is_known_by_the_address_of_the_recipient(office: Path) -> None:
    (one,) = proposed(propose(office, reply(MORE_TIME, sender="Lea Law <lea@firm.example>")))
    assert one["recipient"] == "oak"


def test_a_bounce_is_the_recipient_whose_address_it_names(office: Path) -> None:
    body = "Delivery to the following recipient failed permanently:\r\n\r\n  desk@oak.example\r\n"
    data = mail("Undelivered Mail Returned to Sender", body, sender="MAILER-DAEMON@office.example", date=SENT,
                to="docket@office.example")  # fmt: skip
    (one,) = proposed(propose(office, data, "--accept", "1"))
    assert (one["kind"], one["recipient"]) == ("undelivered", "oak")
    rows = tecum("demand", "status", "--json", "-C", office).json["recipients"]
    assert [row["response"] for row in rows] == ["no response", "undelivered"]


def test_an_attached_volume_is_possible_and_entered_as_unverified(office: Path) -> None:
    data = reply("See attached.\r\n", attach=[("ELM_PROD_001.zip", zipped({"a.txt": b"x"}), "application/zip")])
    (one,) = proposed(propose(office, data))
    assert (one["kind"], one["sure"], one["data"]) == ("produced", "possible", {"volume": "ELM_PROD_001"})
    propose(office, data, "--accept", "all")
    assert [(one.kind, one.sure) for one in events(office)] == [("produced", "unverified")]


def test_a_refusal_of_named_requests(office: Path) -> None:
    proposed(propose(office, reply("We refuse to answer requests 2 and 3.\r\n"), "--accept", "all"))
    rows = tecum("demand", "status", "elm", "--json", "-C", office).json["recipients"]
    assert rows[0]["requests"] == {"1": "open", "2": "refused", "3": "refused"}


def test_a_request_that_was_never_made_is_refused_whole(office: Path) -> None:
    told = propose(office, reply(f"{ASSIGNED}\r\nWe refuse to answer request 9.\r\n"), "--accept", "all")
    assert told.json["error"]["code"] == "TABLE_INVALID" and events(office) == []


# -- hostile files ---------------------------------------------------------------------------------------

_HEAD = b"From: clerk@elm.example\r\nDate: Mon, 12 Feb 2018 09:30:00 -0600\r\nMIME-Version: 1.0\r\n"
_SAID = MORE_TIME.encode()
HOSTILE = {
    "a header of 10 MB": lambda: _HEAD + b"Subject: " + b"a" * 10_000_000 + b"\r\n\r\n" + _SAID,
    "a header of 100 MB": lambda: _HEAD + b"Subject: " + b"a" * 100_000_000 + b"\r\n\r\n" + _SAID,
    "10,000 parts": lambda: (
        _HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n" + _SAID
        + b"".join(b"--x\r\nContent-Type: text/plain\r\n\r\npart\r\n" for _ in range(10_000)) + b"--x--\r\n"
    ),
    "a charset that there is not": lambda: (
        _HEAD + b'Content-Type: text/plain; charset="no-such-charset"\r\n\r\n' + _SAID + b"\xff\xfe\x80\r\n"
    ),
    "a deep nest": lambda: (
        _HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(500))
        + b"Content-Type: text/plain\r\n\r\n" + _SAID
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if "100 MB" in name else []) for name in HOSTILE]
)
def test_a_hostile_mail_is_read_or_refused_and_nothing_is_entered(office: Path, name: str) -> None:
    before = tables(office)
    told = propose(office, HOSTILE[name]())
    if name == "a deep nest":
        assert told.code == 0 or told.json["error"]["code"] == "PROPOSAL_INVALID"
    else:
        assert [one["recipient"] for one in proposed(told)] == ["elm"]
    assert tables(office) == before


@pytest.mark.parametrize("said", [{"fields": "x", "problems": 7}, {"fields": None}, {"fields": {"sent": "9999-99-99"}}])
def test_what_the_isolated_process_says_is_checked(
    office: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    def lie(_: Sandbox, task: str, file: Path, args: Any, take: Callable[[dict[str, Any], bytes], None]) -> Outcome:
        for _ in range(20):
            take({"t": "text"}, b"no " * (1 << 20))
        take({"t": "end", "kind": "eml", "disposition": "document", **said}, b"")
        return Outcome(True)

    monkeypatch.setattr(Sandbox, "run", lie)
    (one,) = proposed(propose(office, reply(MORE_TIME)))
    assert (one["kind"], one["recipient"], one["happened"]) == ("note", "", "")


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty.eml", b""), ("noise.eml", bytes(range(256)) * 20), ("scan.pdf", b"%PDF-1.4 nothing"),
     ("table.csv", b"a,b\r\n1,2\r\n"), ("deep.html", b"<div>" * 100_000), ("nothing.html", b"<html></html>"),
     ("latin.txt", b"caf\xe9"), ("book.txt", b"Ann Poe said no. " * 70_000)],
)  # fmt: skip
def test_what_is_no_mail_page_or_article_is_refused(office: Path, name: str, data: bytes) -> None:
    before = tables(office)
    told = propose(office, data, "--accept", "all", name=name)
    assert told.json["error"]["code"] == "PROPOSAL_INVALID" and name in told.json["error"]["message"]
    assert tables(office) == before


def test_a_path_without_a_file(office: Path) -> None:
    for path in (office.parent / "absent.eml", office.parent):
        assert propose(office, path).json["error"]["code"] == "SOURCE_MISSING"


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_a_named_pipe_is_not_waited_for(office: Path) -> None:
    os.mkfifo(office.parent / "pipe.txt")
    assert propose(office, office.parent / "pipe.txt").json["error"]["code"] == "SOURCE_MISSING"


# -- articles --------------------------------------------------------------------------------------------

_TEXT = (
    "The council of Elm met on Monday to talk about the letter, and few stayed away from the old hall that evening.",
    "“We will answer in time,” Mayor Ann Poe said, and the room went quiet for a good while after that.",
    "Lee Park, the town's attorney, said the letter was “far too broad for a town of this size.”",
    "“We have nothing to hide,” she said to those who had waited outside in the snow for the vote to end.",
)
_ASIDE = {
    "photo caption": "The old hall of Elm, seen in March. (AP Photo/Lee Roe)",
    "related link": "RELATED: Who holds the key to the cellar",
    "widget": "Videos by Elm News",
    "closing question": "What do you think?",
}


def _page() -> bytes:
    head = (
        "<title>Elm will answer | The Ledger</title><meta property='og:site_name' content='The Ledger'>"
        "<meta property='og:title' content='Elm will answer'>"
        "<meta property='article:published_time' content='2018-02-14T10:00:00-06:00'>"
    )
    lines = [
        _ASIDE["photo caption"], _TEXT[0], _ASIDE["widget"], _TEXT[1], _ASIDE["related link"], *_TEXT[2:],
        _ASIDE["closing question"],
    ]  # fmt: skip
    paragraphs = "".join(f"<p>{one}</p>" for one in lines)
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body><nav><ul><li><a href='/'>Front page</a></li></ul></nav>"
        f"<article><h1>Elm will answer</h1>{paragraphs}</article></body></html>"
    ).encode()


def _speakers(found: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["data"].get("speaker", ""), one["data"]["words"], one["sure"]) for one in found]


WORDS = [
    ("Mayor Ann Poe", "We will answer in time,", "probable"),
    ("Lee Park", "far too broad for a town of this size.", "probable"),
    ("Lee Park", "We have nothing to hide,", "possible"),
]


def test_a_page_gives_its_text_and_proposes_who_said_what(office: Path) -> None:
    before = tables(office)
    told = propose(office, _page(), name="page.html")
    said = told.json
    assert (said["clipping"]["outlet"], said["clipping"]["title"], said["clipping"]["date"]) == (
        "The Ledger", "Elm will answer", "2018-02-14",
    )  # fmt: skip
    assert said["clipping"]["text"].split("\n\n") == list(_TEXT)
    aside = {one["rule"]: one["text"] for one in said["furniture"]}
    assert {rule: aside[rule] for rule in _ASIDE} == _ASIDE
    assert [(speaker, words) for speaker, words, _ in _speakers(said["proposed"])] == [
        (speaker, words) for speaker, words, _ in WORDS
    ]
    assert {one["data"]["through"] for one in said["proposed"]} == {"The Ledger"}
    assert tables(office) == before


def test_an_article_as_text_with_what_the_person_knows(office: Path) -> None:
    text = "\n\n".join(["Elm will answer", *_TEXT]).encode()
    found = proposed(propose(office, text, "--outlet", "The Ledger", "--on", "2018-02-14", name="article.txt"))
    assert _speakers(found) == WORDS
    assert {(one["data"]["through"], one["happened"]) for one in found} == {("The Ledger", "2018-02-14")}


def test_statements_enter_with_the_article_and_a_doubtful_speaker_is_unverified(office: Path) -> None:
    data = _page()
    told = propose(office, data, "elm", "--accept", "all", "--set", "stance=supports", name="page.html")
    assert len(told.json["entered"]) == 3
    found = events(office)
    assert [(one.kind, one.data["speaker"], one.sure) for one in found] == [
        ("statement", speaker, "unverified" if sure == "possible" else sure) for speaker, _, sure in WORDS
    ]
    assert {(one.demand, one.recipients, one.data["stance"]) for one in found} == {("letter", ("elm",), "supports")}
    assert {one.evidence for one in found} == {(f"sha256:{hashlib.sha256(data).hexdigest()} page.html",)}
    with verbs.open(office) as matter:
        assert record.file_of(matter, found[0].evidence[0]) == data
        with matter.read() as db:
            (kept,) = record.load(db).clippings.values()
    assert kept["outlet"] == "The Ledger"
    assert [text for role, _, text in kept["parts"] if role == "text"] == list(_TEXT)
    assert {rule: text for _, rule, text in kept["parts"] if rule in _ASIDE} == _ASIDE
    rows = tecum("demand", "status", "elm", "--json", "-C", office).json["recipients"]
    assert rows[0]["response"] == "no response", "a statement is no answer"


def test_a_statement_about_nobody_stands_in_the_docket_alone(office: Path) -> None:
    assert propose(office, _page(), "--accept", "1", name="page.html").code == 0
    assert [(one.recipients, one.demand) for one in events(office)] == [((), "")]


def test_as_it_is_read_aloud(office: Path) -> None:
    (office.parent / "page.html").write_bytes(_page())
    command = ("demand", "record", "--from", office.parent / "page.html", "-C", office)
    shown = tecum(*command).out
    assert "left out (related link): RELATED: Who holds the key" in shown
    assert "Nothing was entered. Accept with:" in shown
    assert "[entered]" in tecum(*command, "--accept", "1").out


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the project")
def test_the_real_page_through_the_command_line(office: Path) -> None:
    """Read off the page by a person; nothing of the page itself stands here."""
    (path,) = SHARED.glob("*.txt")
    told = propose(office, path)
    rules = [one["rule"] for one in told.json["furniture"]]
    assert rules == [
        "photo caption", "widget", "related link", "related link", "closing question", "teaser", "teaser",
    ]  # fmt: skip
    assert len(told.json["clipping"]["text"].split("\n\n")) == 14
    last = [one["data"].get("speaker", "").split()[-1:] for one in told.json["proposed"]]
    known = {"Sessions", "Duckworth", "Emanuel", "Orrick"}
    assert [(names[0] if names and names[0] in known else "") for names in last] == [
        "", "Sessions", "", "Duckworth", "Emanuel", "Emanuel", "Orrick",
    ]  # fmt: skip
    quoted = [one["data"]["form"] == "quoted" for one in told.json["proposed"]]
    assert quoted == [True] * 6 + [False]
    assert events(office) == []
