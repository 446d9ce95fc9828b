"""Exact duplicates: what makes two mails one, what keeps them apart, and whose copy stands for all."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piles import TEXT, balanced, demand, mail, matter_of, mbox, rows_of, with_processing, write
from tecum import verbs
from tecum.analysis import copies, duplicates
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")
A, B = ("a.txt", b"attached A\r\n", TEXT), ("b.txt", b"attached B\r\n", TEXT)
BASE: dict[str, Any] = {"subject": "Budget", "body": "The budget is here.\r\n", "attach": [A, B]}


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter") as made:
        yield made


def rows(matter: Matter) -> dict[str, dict[str, Any]]:
    return {row["control"]: row for row in verbs.documents(matter)}


def content(matter: Matter) -> dict[int, tuple[str, ...]]:
    with closing(sqlite3.connect(matter.folder / "matter.db")) as db:
        found = db.execute("SELECT document, hash, family_hash, mih, recipe, components FROM content")
        return {row[0]: tuple(row[1:]) for row in found}


def suppressed(matter: Matter, files: dict[str, bytes]) -> set[str]:
    """Paths of the families that stand under another, after taking these in (custodian = first folder)."""
    pile = matter.folder.parent / "pile"
    write(pile, files)
    verbs.ingest(matter, [(name, pile / name) for name in sorted({path.partition("/")[0] for path in files})])
    balanced(matter)
    return {
        f"{row['custodian']}/{row['path']}"
        for row in verbs.documents(matter)
        if row["duplicate_of"] and row["family"] == row["control"]
    }


# -- what is the same ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"sender": "Someone Else <ann@town.example>"},
        {"sender": "ANN@TOWN.EXAMPLE"},
        {"to": '"Roe, Bob" <Bob@Town.example>'},
        {"subject": "Budget "},
        {"subject": "  Budget"},
        {"body": "The   budget\r\n\r\nis\there.\r\n\r\n\r\n"},
        {"body": "The budget is here"},
        {"date": "Tue, 14 Mar 2017 14:26:53 +0000"},
        {"date": "Tue, 14 Mar 2017 15:26:53 +0100 (CET)"},
        {"attach": [B, A]},
        {"attach": [("renamed.txt", A[1], TEXT), B]},
        {"extra": [("Bcc", "Cyd Low <cyd@town.example>")]},
        {"extra": [("X-Spam-Score", "7"), ("Received", "from a by b; Tue, 14 Mar 2017 14:30:00 +0000")]},
        {"message_id": "<another@town.example>"},
        {"message_id": None},
    ],
    ids=str,
)
def test_what_does_not_change_a_mail(matter: Matter, change: dict[str, Any]) -> None:
    assert suppressed(matter, {"ann/one.eml": mail(**BASE), "bob/two.eml": mail(**{**BASE, **change})}) == {
        "bob/two.eml"
    }


def test_the_order_of_recipients_and_headers_does_not_change_a_mail(matter: Matter) -> None:
    people = ["Bob <bob@town.example>", "Cyd <cyd@town.example>"]
    one = mail(**BASE, to=", ".join(people))
    two = mail(**BASE, to=people[1], extra=[("Cc", people[0])])
    head, _, rest = mail(**BASE, to=", ".join(reversed(people))).partition(b"MIME-Version")
    lines = head.splitlines(keepends=True)
    three = b"".join(reversed(lines)) + b"MIME-Version" + rest
    assert suppressed(matter, {"ann/1.eml": one, "ann/2.eml": two, "ann/3.eml": three}) == {"ann/2.eml", "ann/3.eml"}


def test_a_sender_and_a_mailbox_hold_the_same_mail(matter: Matter) -> None:
    """LF against CR LF, a loose file against a message of a mailbox."""
    assert suppressed(matter, {"ann/one.eml": mail(**BASE), "bob/in.mbox": mbox(mail(**BASE))}) == {
        "bob/in.mbox//00001.eml"
    }


# -- what is not the same --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"date": "Wed, 15 Mar 2017 09:26:53 -0500"},
        {"date": "Tue, 14 Mar 2017 09:26:54 -0500"},
        {"date": "Tue, 14 Mar 2017 09:26:53 -0600"},
        {"subject": "RE: Budget"},
        {"body": "The budget is not here.\r\n"},
        {"sender": "Ann Poe <ann@other.example>"},
        {"to": "Bob Roe <bob@town.example>, eve@town.example"},
        {"to": '"Roe, Bob" <bob@elsewhere.example>'},
        {"attach": [("a.txt", b"attached a\r\n", TEXT), B]},
        {"attach": [A]},
        {"attach": [A, A, B]},
        {"attach": [A, B, B]},
        {"body": "The budget is not here.\r\n", "message_id": "<same@town.example>"},
    ],
    ids=str,
)
def test_what_makes_another_mail(matter: Matter, change: dict[str, Any]) -> None:
    base = {**BASE, "message_id": change.get("message_id", "")}
    assert suppressed(matter, {"ann/one.eml": mail(**base), "bob/two.eml": mail(**{**BASE, **change})}) == set()


def test_a_family_name_before_a_comma_is_not_taken_for_the_address(matter: Matter) -> None:
    """Two people of one name: their mails are two."""
    one, two = ({"to": f'"Roe, {name}" <{name.lower()}@town.example>', "message_id": None} for name in ("Ann", "Bob"))
    assert suppressed(matter, {"ann/1.eml": mail(**{**BASE, **one}), "ann/2.eml": mail(**{**BASE, **two})}) == set()


def test_families_are_multisets(matter: Matter) -> None:
    files = {
        "ann/one.eml": mail(**{**BASE, "attach": [A, A, B]}),
        "ann/two.eml": mail(**{**BASE, "attach": [B, A, A]}),
        "ann/three.eml": mail(**{**BASE, "attach": [A, B, B]}),
    }
    gone = suppressed(matter, files)
    assert gone == {"ann/two.eml"}
    found = rows(matter)
    pairs = [(control, row["duplicate_of"]) for control, row in found.items() if row["duplicate_of"]]
    assert len(pairs) == 4
    attached = {control: row["sha256"] for control, row in found.items() if row["parent"]}
    assert all(attached.get(copy) == attached.get(first) for copy, first in pairs)
    assert len({first for _, first in pairs}) == 4, "each copy stands under a document of its own"


def test_a_loose_copy_of_an_attachment_is_no_duplicate_of_it(matter: Matter) -> None:
    assert suppressed(matter, {"ann/one.eml": mail(**BASE), "ann/a.txt": A[1], "bob/a copy.txt": A[1]}) == {
        "bob/a copy.txt"
    }


def test_drafts_without_a_date(matter: Matter) -> None:
    plain = {**BASE, "date": None, "message_id": None}
    known = {**BASE, "date": None, "message_id": "<draft@town.example>", "subject": "Draft"}
    files = {
        "ann/1.eml": mail(**plain),
        "ann/2.eml": mail(**plain),
        "bob/1.eml": mail(**plain),
        "ann/3.eml": mail(**known),
        "bob/3.eml": mail(**known),
    }
    assert suppressed(matter, files) == {"ann/2.eml", "bob/3.eml"}


def test_files_whose_bytes_could_not_be_had_are_never_alike(matter: Matter) -> None:
    from piles import locked_zip

    locked = {f"ann/{n}.zip": locked_zip({"in.txt": b"secret"}, b"sesame" + bytes([n])) for n in range(2)}
    assert suppressed(matter, locked) == set()


# -- recipes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message_id", "wanted"),
    [
        ("<CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>", "1de319c276884bd0c9e2f1621ada26cc"),
        ("  <CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>  ", "1de319c276884bd0c9e2f1621ada26cc"),
        ("\r\n <CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>", "1de319c276884bd0c9e2f1621ada26cc"),
        (None, ""),
    ],
)
def test_the_message_identification_hash(matter: Matter, message_id: str | None, wanted: str) -> None:
    """The published vector; without its brackets it would be 11a1cb5c6ff0f03a22b20fd12c9cecaf."""
    suppressed(matter, {"ann/one.eml": mail(message_id=message_id)})
    assert content(matter)[1][2] == wanted


def test_each_component_is_kept_so_that_two_parties_can_compare(matter: Matter) -> None:
    import json

    suppressed(
        matter, {"ann/one.eml": mail(**BASE), "ann/two.eml": mail(**{**BASE, "subject": "Other"}), "ann/f.txt": b"f"}
    )
    found = content(matter)
    first, second = (json.loads(found[n][4]) for n in sorted(found) if found[n][3] == duplicates.MAIL)
    assert set(first) == {"sent", "sender", "recipients", "subject", "body", "attachments"}
    assert {name for name in first if first[name] != second[name]} == {"subject"}
    assert {row[3] for row in found.values()} == {"tecum-mail-1", "sha256"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.text(max_size=5), max_size=4), others=st.lists(st.text(max_size=5), max_size=4))
def test_length_prefixes_keep_fields_apart(parts: list[str], others: list[str]) -> None:
    clean = [[text.encode("utf-8", "ignore").decode() for text in one] for one in (parts, others)]
    assert (duplicates._hash(clean[0]) == duplicates._hash(clean[1])) == (clean[0] == clean[1])


# -- whose copy stands -----------------------------------------------------------------------------------


def with_mode(matter: Matter, mode: str) -> Matter:
    plan = replace(matter.settings.plan, production=replace(matter.settings.plan.production, dedupe=mode))
    matter.save_settings(replace(matter.settings, plan=plan))
    return matter


@pytest.mark.parametrize(
    ("mode", "gone"),
    [
        ("global", {"ann/2.eml", "bob/1.eml", "bob/2.eml"}),
        ("custodian", {"ann/2.eml", "bob/2.eml"}),
        ("none", set()),
    ],
)
def test_the_modes(matter: Matter, mode: str, gone: set[str]) -> None:
    with_mode(matter, mode)
    files = {f"{who}/{n}.eml": mail(**BASE) for who in ("ann", "bob") for n in (1, 2)}
    assert suppressed(matter, files) == gone
    status = verbs.status(matter)
    assert status["documents"] == status["unique"] + status["duplicates"] == 12
    assert status["duplicates"] == 3 * len(gone)


def test_the_first_custodian_of_the_settings_is_primary_and_all_are_named(tmp_path: Path) -> None:
    write(
        tmp_path / "pile",
        {
            "chief/deep/mine.eml": mail("Shared widget", "A shared widget.\r\n", attach=[A]),
            "clerk/theirs.eml": mail(
                "Shared widget", "A shared widget.\r\n", attach=[A], extra=[("Bcc", "x@y.example")]
            ),
            "clerk/again.eml": mail("Shared widget", "A shared widget.\r\n", attach=[A]),
        },
    )
    requests = '[[request]]\nnumber = "1"\ntext = "All."\ncustodians = ["clerk"]\nterms = ["widget"]\n'
    path = demand(tmp_path, requests=requests)
    out = tmp_path / "matter"
    with with_processing(verbs.init(out, demand=path), workers=1) as matter:
        # The clerk's copies are taken in first: priority is that of tecum.toml, not of collection.
        verbs.ingest(matter, [("clerk", tmp_path / "pile/clerk")])
        verbs.ingest(matter, [("chief", tmp_path / "pile/chief")])
        found = rows(matter)
        primaries = {row["duplicate_of"] for row in found.values() if row["duplicate_of"]}
        assert {found[control]["custodian"] for control in primaries} == {"chief"}
        verbs.produce(matter)
        first, child = rows_of(out / "productions/VOL001")
        # The request asks the clerk alone; the chief's copy stands for the clerk's.
        assert first["CUSTODIAN"] == child["CUSTODIAN"] == "Ann Poe"
        assert first["ALLCUSTODIAN"] == child["ALLCUSTODIAN"] == "Ann Poe;Bob Roe"
        assert sorted(first["ALLPATHS"].split(";")) == ["again.eml", "deep/mine.eml", "theirs.eml"]
        assert sorted(child["ALLPATHS"].split(";")) == ["again.eml//a.txt", "deep/mine.eml//a.txt", "theirs.eml//a.txt"]
        assert first["PATH"] == "deep/mine.eml"


@pytest.mark.slow
def test_what_was_produced_stays_primary(tmp_path: Path) -> None:
    write(tmp_path / "pile", {"clerk/one.eml": mail("Widget"), "chief/other.txt": b"nothing"})
    path = demand(tmp_path)
    with with_processing(verbs.init(tmp_path / "matter", demand=path), workers=1) as matter:
        verbs.ingest(matter)
        verbs.produce(matter)
        (first,) = rows_of(tmp_path / "matter/productions/VOL001")
        write(tmp_path / "pile", {"chief/copy.eml": mail("Widget")})
        verbs.ingest(matter)
        found = rows(matter)
        assert found[first["CONTROLNO"]]["duplicate_of"] == "", "its number is out in the world"
        assert [row["duplicate_of"] for row in found.values() if row["path"] == "copy.eml"] == [first["CONTROLNO"]]


# -- what copies add -------------------------------------------------------------------------------------


def test_blind_copies_are_united_over_the_duplicates(matter: Matter) -> None:
    """The sender's copy shows them, the recipient's does not; each keeps what it has, the union names the copy."""
    eve, fay = ("Bcc", "Eve Doe <EVE@town.example>"), ("Bcc", "eve@town.example, fay@town.example")
    files = {
        "bob/got.eml": mail(**BASE),
        "ann/sent.eml": mail(**BASE, extra=[eve]),
        "ann/again.eml": mail(**BASE, extra=[fay]),
        "cyd/other.eml": mail(**{**BASE, "subject": "Alone"}, extra=[("Bcc", "gus@town.example")]),
        "cyd/plain.eml": mail(**{**BASE, "subject": "Nobody"}),
    }
    assert suppressed(matter, files) == {"bob/got.eml", "ann/sent.eml"}
    paths = {row["control"]: f"{row['custodian']}/{row['path']}" for row in verbs.documents(matter)}
    found = {
        (paths[row["control"]], row["bcc"]): ({paths[one] for one in row["shown_by"]}, row["every_copy_shows_it"])
        for row in copies.blind_copies(matter)
    }
    assert found == {
        ("ann/again.eml", "eve@town.example"): ({"ann/again.eml", "ann/sent.eml"}, False),
        ("ann/again.eml", "fay@town.example"): ({"ann/again.eml"}, False),
        ("cyd/other.eml", "gus@town.example"): ({"cyd/other.eml"}, True),
    }
    with matter.write() as db:
        duplicates.forget(db)
    duplicates.run(matter)
    assert len(list(copies.blind_copies(matter))) == 3, "nothing is counted twice"


@pytest.mark.slow
def test_a_later_load_widens_what_was_produced(tmp_path: Path) -> None:
    """Each load that adds a custodian or a path is remembered once, whatever is done again in between."""
    write(
        tmp_path / "pile",
        {"clerk/one.eml": mail("Widget", attach=[A]), "clerk/free.eml": mail("Other"), "chief/x.txt": b"x"},
    )
    path = demand(tmp_path)
    with with_processing(verbs.init(tmp_path / "matter", demand=path), workers=1) as matter:
        verbs.ingest(matter)
        assert list(copies.widening(matter)) == []
        verbs.produce(matter)
        first, child = rows_of(tmp_path / "matter/productions/VOL001")
        write(tmp_path / "pile", {"chief/copy.eml": mail("Widget", attach=[A]), "chief/free.eml": mail("Other")})
        verbs.ingest(matter)
        told = {row["control"]: row for row in copies.widening(matter)}
        assert set(told) == {first["CONTROLNO"], child["CONTROLNO"]}, "what was not produced needs no overlay"
        row = told[first["CONTROLNO"]]
        assert (row["volumes"], row["custodians_before"], row["custodians_after"], row["custodians_added"]) == (
            ["VOL001"],
            ["clerk"],
            ["chief", "clerk"],
            ["chief"],
        )
        assert row["paths_added"] == ["copy.eml"]
        assert told[child["CONTROLNO"]]["paths_added"] == ["copy.eml//a.txt"]
        verbs.ingest(matter)
        with matter.write() as db:
            duplicates.forget(db)
        duplicates.run(matter)
        assert len(list(copies.widening(matter))) == 2, "identified again, nothing is new"
        write(tmp_path / "pile", {"chief/deep/more.eml": mail("Widget", attach=[A])})
        verbs.ingest(matter)
        rows = [row for row in copies.widening(matter) if row["control"] == first["CONTROLNO"]]
        assert [(row["number"], row["custodians_added"], row["paths_added"]) for row in rows] == [
            (1, ["chief"], ["copy.eml"]),
            (2, [], ["deep/more.eml"]),
        ]
        with matter.read() as db:
            assert copies.widened_count(db) == 2


@pytest.mark.slow
def test_a_run_that_stops_before_the_overlay_is_made_good_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "pile", {"clerk/one.eml": mail("Widget"), "chief/x.txt": b"x"})
    path = demand(tmp_path)
    with with_processing(verbs.init(tmp_path / "matter", demand=path), workers=1) as matter:
        verbs.ingest(matter)
        verbs.produce(matter)
        write(tmp_path / "pile", {"chief/copy.eml": mail("Widget")})
        with monkeypatch.context() as patch:
            patch.setattr(copies, "_widen", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                verbs.ingest(matter)
        assert list(copies.widening(matter)) == []
        verbs.ingest(matter)
        assert [row["custodians_added"] for row in copies.widening(matter)] == [["chief"]]


@pytest.mark.slow
def test_ten_thousand_identical_notices(matter: Matter) -> None:
    notice = mail("Notice", "The office is closed on Friday.\r\n")
    box = mbox(*[notice] * 10_000)
    began = time.monotonic()
    pile = write(matter.folder.parent / "pile", {"in.mbox": box})
    verbs.ingest(matter, [("ann", pile)])
    took = time.monotonic() - began
    status = balanced(matter)
    assert (status["documents"], status["unique"], status["duplicates"]) == (10_000, 1, 9_999)
    began = time.monotonic()
    matter.save_settings(matter.settings)
    duplicates._regroup(matter, "global", "again")
    assert time.monotonic() - began < took, "grouping costs less than reading"
