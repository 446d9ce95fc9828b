"""The privilege screen: identities in all written forms, legends against footers, and what holds a family."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.model import Counsel
from tecum.privilege.footers import Footers, messages
from tecum.privilege.roster import Roster, clean, fold
from tecum.privilege.screen import Screen, Screened, Signal, holds

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

COUNSEL = Counsel(
    names=(
        "Ilse M. Harrowgate",
        "Núñez-Ortiz, Adrián",
        "Pádraig O'Shaughnessy, Esq.",
        "Dr. Maria van der Veen",
        "Ирина Соколова",
    ),
    addresses=("Ilse Harrowgate <iharrowgate@town.example>",),
    domains=("fenwickstowe.example",),
)
DISCLAIMER = (
    "CONFIDENTIALITY NOTICE: This e-mail and any attachments may contain information that is privileged,\n"
    "confidential and exempt from disclosure. If you are not the intended recipient, please notify the sender\n"
    "immediately by return e-mail and delete this message."
)
PLAIN = Screened("eml", "Bo <bo@town.example>", ("ann@town.example",), (), (), "Parking", "", "m.eml", "", "", "")
SCREEN = Screen(COUNSEL, frozenset({"town.example"}), Footers())


def signals(**changes: object) -> list[Signal]:
    return SCREEN.document(replace(PLAIN, **changes))  # type: ignore[arg-type]


def rules(**changes: object) -> set[str]:
    return {one.rule for one in signals(**changes)}


# -- identities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "party",
    [
        "iharrowgate@town.example",
        "IHarrowgate+matter@TOWN.example",
        "Harrowgate, Ilse",
        "ILSE M HARROWGATE",
        "Ilse Marie Harrowgate",
        "ilse.harrowgate@webmail.example",
        "/O=TOWN/OU=HALL/CN=RECIPIENTS/CN=IHARROWGATE",
        "someone@mail.fenwickstowe.example",
        "Adrian Nunez Ortiz",
        "NÚÑEZ-ORTIZ Adrián",
        "Nu\u0301n\u0303ez\u2011Ortiz, Adrian",
        "Padraig O\u2019Shaughnessy",
        "van der Veen, Maria",
        "СОКОЛОВА Ирина",
        "clerk at fenwickstowe.example",
    ],
)
def test_counsel_is_known_in_every_written_form(party: str) -> None:
    assert Roster(COUNSEL).party(party)
    for where in ("to", "cc", "bcc"):
        found = signals(**{where: (party,)})
        assert {one.rule for one in found} & {"R1"} and holds(found)
    assert holds(signals(sender=party))


@pytest.mark.parametrize(
    "party",
    [
        "Ilse Harrow <ih@town.example>",
        "harrowgate-road@town.example",
        "x@notfenwickstowe.example",
        "",
        "Maria Veenstra",
    ],
)
def test_others_are_not_counsel(party: str) -> None:
    assert not Roster(COUNSEL).party(party)


@pytest.mark.parametrize(
    "text",
    [
        "Ilse Harrowgate advised us to wait.",
        "please review with\nMs. Harrowgate before Monday",
        "Per I. Harrowgate the draft is fine",
        "IM Harrowgate gave an opinion",
        "the litigation, says A. Núñez-Ortiz, will take years",
        "O'Shaughnessy, Padraig: advice on the lease",
        "Harrowgate, Esq. is to review it",
    ],
)
def test_counsel_named_beside_advice(text: str) -> None:
    found = signals(body=f"Hello Ann,\n\n{text}\n")
    assert "R4" in {one.rule for one in found} and holds(found)


def test_a_name_without_advice_or_inside_another_word_is_no_signal() -> None:
    assert "R4" not in rules(body="Ilse Harrowgate brings the cake, see you at noon in the yard.")
    assert "R4" not in rules(body="Ilse Harrowgatesworth reviewed the advice.")
    assert "R4" not in rules(body="Ilse Harrowgate sang. " + "la " * 30 + "Then we had a review.")


def test_a_lunch_invitation_to_counsel_is_held() -> None:
    found = signals(to=("iharrowgate@town.example",), subject="Lunch?", body="Tacos at noon?")
    assert [one.rule for one in found] == ["R1"] and holds(found)
    assert found[0].where == "to" and found[0].strength == "strong" and "iharrowgate" in found[0].evidence


def test_counsel_only_copied_on_a_mail_to_many_is_weak_and_still_held() -> None:
    crowd = tuple(f"p{n}@town.example" for n in range(12))
    found = signals(to=crowd, cc=("iharrowgate@town.example",))
    assert ("R3", "weak") in {(one.rule, one.strength) for one in found} and holds(found)
    assert "R1" not in {one.rule for one in found}
    assert "N4" in rules(sender="iharrowgate@town.example", to=("all-staff@town.example",))


def test_an_outsider_is_noted_but_releases_nothing() -> None:
    found = signals(to=("iharrowgate@town.example", "press@paper.example"))
    assert "N2" in {one.rule for one in found} and holds(found)
    assert "N2" not in rules(to=("iharrowgate@town.example", "x@sub.town.example"))


QUOTED = [
    "FYI\n\n-----Original Message-----\nFrom: Harrowgate, Ilse\nSent: Monday\nTo: Bo\nSubject: x\n\nWait.",
    "FYI\n\nOn Mon, 1 Jan 2018, Ilse Harrowgate wrote:\n> Wait.\n",
    "FYI\n\nOn Mon, 1 Jan 2018, Ilse Harrowgate\n<iharrowgate@town.example> wrote:\n\n> Wait.\n",
    "FYI\n> From: iharrowgate@town.example\n> To: bo@town.example\n> Subject: x\n>\n> Wait.\n",
    "---------- Forwarded by Ilse Harrowgate/HALL on 01/02/2018 ----------\n\nWait.",
    "FYI\n\n________________________________\nFrom: Bo\nSent: Monday\nTo: Ann;\n Ilse Harrowgate\nSubject: x\n\nMay",
]


@pytest.mark.parametrize("body", QUOTED)
def test_counsel_only_in_an_older_message_is_medium_and_held(body: str) -> None:
    found = signals(body=body)
    assert ("R2", "medium") in {(one.rule, one.strength) for one in found} and holds(found)
    assert "R1" not in {one.rule for one in found}


def test_author_metadata_and_memo_lines_of_an_attachment() -> None:
    loose = replace(PLAIN, kind="docx", sender="", to=(), filename="a.docx", subject="")
    found = SCREEN.document(replace(loose, author="Ilse Harrowgate"))
    assert [(one.rule, one.where) for one in found] == [("R6", "author")] and holds(found)
    memo = SCREEN.document(
        replace(loose, body="TOWN HALL\nMEMORANDUM\n\nTO: Mayor\nFROM: Ilse Harrowgate\nRE: Lease\n")
    )
    assert ("R1", "strong") in {(one.rule, one.strength) for one in memo}
    printed = SCREEN.document(
        replace(loose, body="From: Ilse Harrowgate\nSent: Monday\nTo: Bo\nSubject: Lunch\n\nNoon?")
    )
    assert ("R1", "strong") in {(one.rule, one.strength) for one in printed}


# -- legends and footers -----------------------------------------------------------------------------------

LEGENDS = [
    "PRIVILEGED AND CONFIDENTIAL",
    "Privileged/Confidential",
    "Attorney-Client Communication",
    "ATTORNEY – CLIENT PRIVILEGED",
    "Atty/Client",
    "Attorney Work Product",
    "Prepared at the request of counsel",
    "FRE 408",
    "Common interest privilege",
    "Confidential legal advice",
    "Joint Defense Agreement",
    "In anticipation of litigation",
    "Deliberative process privilege",
    "Confidential, privileged",
    "Privileged",
]


@pytest.mark.parametrize("legend", LEGENDS)
def test_legends_are_strong_in_subject_title_name_and_first_lines(legend: str) -> None:
    for where in ("subject", "title", "filename"):
        found = signals(**{where: f"Re {legend} lease".replace(" ", "_" if where == "filename" else " ")})
        assert any(one.strength == "strong" and one.rule in ("R5", "R8") and one.where == where for one in found)
    found = signals(body=f"Ann,\n\n{legend}\n\nThe lease ends in May.\n\n{DISCLAIMER}\n")
    assert any(one.strength == "strong" and one.where == "body" for one in found) and holds(found)
    older = signals(body=f"FYI\n\n-----Original Message-----\nFrom: Cy\nSubject: x\n\n{legend}\n\nMay.")
    assert holds(older)


@pytest.mark.parametrize(
    "text",
    [
        "Non-Privileged",
        "(Non-Privileged).pst",
        "not privileged",
        "Privileged access for users",
        "We feel privileged to serve you",
        "Underprivileged youth",
        "Common interest communities",
        "Privileges of membership",
    ],
)
def test_ordinary_uses_are_no_legend(text: str) -> None:
    assert not holds(signals(subject=text, body=f"Hello,\n\n{text}\n", folder=f"{text}\\Sent", filename=text))


def test_exporters_paths_and_x_headers_say_nothing() -> None:
    assert not signals(folder="\\ILSE (Non-Privileged)\\Legal.pst", body="X-FileName: privileged.pst\nX-From: I\n")
    assert not holds(signals(folder="Inbox/Legal"))  # a folder alone is a sign, not a reason to hold
    assert rules(folder="Inbox/Legal") == {"R6"}


BOXED = "| " + " |\n| ".join(DISCLAIMER.split("\n")) + " |"


@pytest.mark.parametrize(
    "footer", [DISCLAIMER, DISCLAIMER.replace("\n", " "), BOXED, DISCLAIMER.replace("\n", "\n        ")]
)
def test_a_disclaimer_is_no_legend(footer: str) -> None:
    found = signals(body=f"Dear readers,\nthe pool opens in June.\n\n{footer}\n")
    assert not holds(found) and "N1" in {one.rule for one in found}
    assert not holds(signals(body=f"Pool opens in June. {footer}"))
    assert not holds(signals(body=f"\n\n{footer}"))  # a mail that only carries an attachment
    quoted = "\n".join(f"> {line}" for line in footer.split("\n"))
    assert not holds(signals(body=f"ok\n\nOn Monday, Cy wrote:\n> hi\n>\n{quoted}\n"))


def test_a_legend_above_or_beside_a_disclaimer_counts() -> None:
    assert holds(signals(body=f"PRIVILEGED AND CONFIDENTIAL\n{DISCLAIMER}\n\nThe lease ends in May."))
    assert holds(signals(body=f"Attorney-client privileged. {DISCLAIMER}"))
    assert holds(signals(body=f"{DISCLAIMER}\nHi Ann,\nthis is attorney work product: the lease ends in May."))
    assert holds(signals(body="This message is privileged and confidential. Do not forward it."))


def test_privilege_discussed_deep_in_prose_is_medium_and_goes_out() -> None:
    prose = (
        "line\n" * 20 + "The court found in its ruling that the attorney-client privilege had been waived by them.\n"
    )
    found = signals(body=prose)
    assert ("R5", "medium") in {(one.rule, one.strength) for one in found} and not holds(found)
    assert holds(signals(body="line\n" * 20 + "ATTORNEY WORK PRODUCT\n"))


def test_a_draft_for_a_court() -> None:
    draft = replace(PLAIN, sender="", to=(), filename="DRAFT Motion to Dismiss.docx", subject="")
    assert [(one.rule, one.strength) for one in SCREEN.document(draft)] == [("R7", "medium")]
    shown = replace(draft, body="IN THE DISTRICT COURT OF FENWICK\nTown v. Bo\nCase No. 12\n")
    assert holds(SCREEN.document(shown))
    assert not SCREEN.document(replace(draft, filename="Draft motion for council.docx"))


def test_newsletters_notices_and_calendars_are_marked() -> None:
    assert rules(sender="newsletter@paper.example") == {"N3"}
    assert rules(sender="ecf@mied.uscourts.gov") == {"N3"}
    assert rules(subject="Accepted: picnic") == {"N3"}
    assert rules(body="Pool news\n\nTo unsubscribe click here") == {"N3"}


# -- learned footers ---------------------------------------------------------------------------------------

HOUSE = (
    "Town of Fenwick, Office of the Clerk, 12 Mill Lane, open from nine to noon\n"
    "Everything here is privileged and confidential; the clerk asks every reader to mind that.\n"
)


def mails(count: int, footer: str, start: int = 0) -> list[tuple[str, str]]:
    return [
        ("town.example", f"Hello {n},\nmatter {n}\nis settled\nBo\n\n{footer}") for n in range(start, start + count)
    ]


def test_a_block_under_more_than_twenty_mails_is_a_footer() -> None:
    few, enough = Footers.learn(mails(20, HOUSE)), Footers.learn(mails(21, HOUSE))
    body = mails(1, HOUSE, 99)[0][1]
    assert few.strip(body) == body
    assert "privileged" not in enough.strip(body) and "matter 99" in enough.strip(body)
    screen = Screen(COUNSEL, frozenset(), enough)
    assert not holds(screen.document(replace(PLAIN, body=body)))


def test_copies_of_one_mail_and_quoted_text_teach_nothing() -> None:
    assert not Footers.learn(mails(1, HOUSE) * 50).blocks
    thread = [
        ("t.example", f"Re {n}\n\n-----Original Message-----\nFrom: Cy\nTo: Bo\n\nHi\n\n\n{HOUSE}") for n in range(40)
    ]
    assert not Footers.learn(thread).blocks
    spread = [(f"d{n}.example", body) for n, (_, body) in enumerate(mails(40, HOUSE))]
    assert not Footers.learn(spread).blocks


def test_a_legend_that_opens_every_mail_is_never_a_footer() -> None:
    legend = "PRIVILEGED AND CONFIDENTIAL ATTORNEY-CLIENT COMMUNICATION PREPARED AT THE REQUEST OF COUNSEL"
    learned = Footers.learn([("town.example", f"{legend}\n\nMatter {n} is lost.\n") for n in range(50)])
    assert holds(
        Screen(COUNSEL, frozenset(), learned).document(replace(PLAIN, body=f"{legend}\n\nMatter 7 is lost.\n"))
    )


def test_learning_keeps_its_memory_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tecum.privilege.footers._CAPACITY", 200)
    noise = [("n.example", f"a\nb\nc\nd\n{n} {'x' * 90}\n") for n in range(2000)]
    stream = [one for pair in zip(noise, mails(2000, HOUSE), strict=True) for one in pair]
    assert "privileged" not in Footers.learn(stream).strip(mails(1, HOUSE, 9999)[0][1])


# -- properties --------------------------------------------------------------------------------------------

LINES = st.lists(
    st.sampled_from([*LEGENDS, *DISCLAIMER.split("\n"), "Hello", "> old", "", "From: Cy", "To: Bo"]), max_size=30
)


@given(LINES, st.text(max_size=60))
def test_stripping_only_removes(lines: list[str], noise: str) -> None:
    body = "\n".join(lines) + noise
    left = Footers().strip(body)
    rest = iter(body)
    assert all(char in rest for char in left)
    plain = "Lunch at noon on Friday?"
    assert len(Footers().strip(plain)) == len(plain)
    assert sum(len(each) for each in messages(body)) <= len(body)


@given(st.text(max_size=200))
def test_folding_keeps_length_and_any_text_can_be_screened(text: str) -> None:
    cleaned = clean(text)
    assert len(fold(cleaned)) == len(cleaned)
    found = signals(body=text, subject=text, sender=text, filename=text)
    assert all(len(one.evidence) <= 160 and one.message for one in found)


@given(LINES, LINES)
def test_counsel_among_the_parties_always_holds(before: list[str], after: list[str]) -> None:
    body = "\n".join([*before, *after])
    assert holds(signals(cc=("harrowgate, ilse",), body=body))


def test_planted_set_by_rule() -> None:
    """Every planted privileged document is held; of the hard negatives only those that carry counsel."""
    chat = ["The pump is fixed.", "Budget hearing moved to May.", "See the attached roster.", "Thanks for the cake."]
    people = ["bo@town.example", "Ann <ann@town.example>", "cy@county.example"]
    counsel = ["iharrowgate@town.example", "Harrowgate, Ilse", "clerk@fenwickstowe.example"]
    for text, one, other in product(chat, people, counsel):
        assert holds(signals(sender=one, to=(other,), body=text))
        assert holds(signals(sender=other, to=(one,), body=f"{text}\n\n{DISCLAIMER}"))
        assert holds(signals(sender=one, body=f"{text}\n\nOn Monday {other} wrote:\n> {text}"))
    for text, one, legend in product(chat, people, LEGENDS):
        assert holds(signals(sender=one, subject=f"{legend}: lease", body=text))
        assert not holds(signals(sender=one, body=f"{text}\n\n{DISCLAIMER}"))
        assert not holds(signals(sender="news@paper.example", body=f"{text}\n\nunsubscribe\n\n{DISCLAIMER}"))


# -- hostile ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    ["a", " ", "-", ">", "> > ", "from: ", "from: x\n", "on a wrote\n", "this message ", "if you received ", "\n",
     "a@", "a.", "Ilse ", "harrowgate ", "privileged ", "confidential, ", "prepared at the ", "legal_", "| | ", "é",
     "From: a\nTo: b\n"],
)  # fmt: skip
def test_time_grows_with_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        signals(body=text, sender=text[:20_000], subject=text[:2000], filename=text[:300])
        Footers.learn([("x.example", text)])
        return time.process_time() - start

    seconds(1000)
    assert seconds(60_000) < 2.0  # a quadratic pattern takes minutes here


@pytest.mark.shared
def test_footers_of_a_released_mailbox_do_not_hold() -> None:
    import email
    import tarfile

    archive = SHARED / "dc-foia-mail" / "dc-foia-mail.tar.xz"
    if not archive.exists():
        pytest.skip(f"{archive} is not there")
    held = footers = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            data = tar.extractfile(member) if member.name.endswith(".eml") else None
            if data is None:
                continue
            parts = email.message_from_bytes(data.read()).walk()
            body = next(
                (part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/plain"), b""
            )
            found = signals(body=bytes(body or b"").decode("utf-8", "replace"))
            held += holds(found)
            footers += any(one.rule == "N1" for one in found)
    assert footers > 20 and held == 0
