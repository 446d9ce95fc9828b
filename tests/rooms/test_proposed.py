"""Events proposed from mails: what is read, what is not, of whom, and with which words."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.demand.kinds import KINDS
from tecum.demand.replies.days import dates_in, lengths_in
from tecum.demand.replies.proposed import KnownRecipient, Mail, ProposedEvent, proposals
from tecum.demand.replies.readings import DELAYED, READINGS, compiled
from tecum.demand.replies.written import newest, sentences_of

SENT = dt.date(2018, 2, 12)
DUE = dt.date(2018, 2, 23)
KNOWN = (
    KnownRecipient(
        "mill", "City of Milltown", ("Ann Poe",), ("clerk@milltown.example",), ("milltown.example",), ("MT-2018-7",)
    ),
    KnownRecipient("mill-county", "Milltown County", (), (), ("milltowncounty.example",), ("2018/44",)),
    KnownRecipient("north", "North Harbor", (), ("law@firm.example",), (), ()),
    KnownRecipient("south", "South Harbor", (), ("office@firm.example",), (), ()),
)


def mail(
    text: str,
    *,
    subject: str = "Your letter",
    sender: str = "clerk@milltown.example",
    name: str = "",
    files: tuple[str, ...] = (),
) -> Mail:
    return Mail(sender, name, ("docket@agency.example",), SENT, subject, text, files)


def read(text: str, **rest: object) -> list[ProposedEvent]:
    return proposals(mail(text, **rest), KNOWN, DUE)  # type: ignore[arg-type]


def kinds(text: str) -> set[str]:
    return {one.kind for one in read(text)}


# Whole mails: text, and what they report (kind, data that must be there).
MAILS: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "receipt": ("We acknowledge receipt of your letter of January 24.\n\nKind regards,\nAnn Poe", {"acknowledged": {}}),
    "receipt with a number": (
        "Dear Sir or Madam,\n\nYour request has been received and was assigned reference number MT-2018-0077. "
        "Please use it in all further mails.",
        {"acknowledged": {"tracking": "MT-2018-0077"}},
    ),
    "receipt, plain": ("The City received your January 24, 2018 demand on January 29.", {"acknowledged": {}}),
    "more days": (
        "We are working on this and respectfully request an additional thirty (30) days to respond.",
        {"extension-asked": {"days": "30"}},
    ),
    "until a date": (
        "The City requests an extension until March 26, 2018.",
        {"extension-asked": {"until": "2018-03-26"}},
    ),
    "until a date without a year": (
        "May we ask for an extension to 26 March?",
        {"extension-asked": {"until": "2018-03-26"}},
    ),
    "weeks": ("Could you grant us two more weeks? Our archivist is ill.", {"extension-asked": {"days": "14"}}),
    "day extension": ("I am writing to request a 30-day extension.", {"extension-asked": {"days": "30"}}),
    "a late promise": (
        "We expect to provide everything no later than March 9.",
        {"extension-asked": {"until": "2018-03-09"}},
    ),
    "clarification": (
        "Before we begin: could you please clarify what you mean by “orders” in Request 2?",
        {"clarification-asked": {}},
    ),
    "clarification, noun": ("We seek clarification of the second request.", {"clarification-asked": {}}),
    "unclear": ("It is unclear whether jail staff are included.", {"clarification-asked": {}}),
    "fee": (
        "The estimated cost of retrieval is $1,250.00. Please remit payment before we start.",
        {"payment-asked": {"amount": "1250.00"}},
    ),
    "deposit of several": (
        "The fee is $300 and a deposit of $75.50 is due now.",
        {"payment-asked": {"amount": "300"}},
    ),
    "objection": (
        "The City objects to Request Nos. 3, 5 and 7 as overly broad and unduly burdensome.",
        {"objected": {"ground": "scope, burden"}},
    ),
    "objection to a range": (
        "We object to Requests 3 through 5 because they exceed your statutory authority.",
        {"objected": {"ground": "authority"}},
    ),
    "objection without a ground": (
        "Subject to our objections to the demand, we answer below.",
        {"objected": {"ground": "not stated"}},
    ),
    "refusal": ("The City will not comply with the demand. See you in court.", {"refused": {}}),
    "refusal by declining": ("We respectfully decline to produce anything.", {"refused": {}}),
    "denial": ("Your request is hereby denied in full.", {"refused": {}}),
    "withholding": ("We will not produce privileged memoranda.", {"refused": {}}),
    "complete": ("Our production is now complete.", {"stated-complete": {}}),
    "volume": (
        "Attached please find documents responsive to Requests 1 and 2 (VOL002).\n\nThis completes our production.",
        {"produced": {"volume": "VOL002"}, "stated-complete": {}},
    ),
    "by portal": (
        "Volume 3 has been uploaded to the portal: https://share.milltown.example/x",
        {"produced": {"volume": "VOL3"}},
    ),
    "hold": ("We have received the litigation hold notice and have suspended all deletion.", {"hold-acknowledged": {}}),
    "hold in place": ("A legal hold is in place for the police department.", {"hold-acknowledged": {}}),
    "receipt, more time and an objection": (
        "We received your letter. We need more time, and we object to Request 4 as vague.",
        {"acknowledged": {}, "extension-asked": {}, "objected": {"ground": "vagueness"}},
    ),
    "more time by statute": (
        "Pursuant to the act we are extending the time to respond by five days.",
        {"extension-asked": {"days": "5"}},
    ),
    "a plain question for more weeks": ("Could we please have two more weeks?", {"extension-asked": {"days": "14"}}),
    "a question of reach": ("Can you tell us whether the request covers contractors?", {"clarification-asked": {}}),
    "nothing will come": (
        "The City stands on its objections and will produce no documents.",
        {"objected": {}, "refused": {}},
    ),
    "considered complete": ("With this the City considers its response complete.", {"stated-complete": {}}),
    "hold put": ("Our technicians put a preservation hold on the accounts you named.", {"hold-acknowledged": {}}),
    "thanks": ("Thank you for your letter. Have a good week.", {"acknowledged": {}}),
}

# Sentences that look like an event and are none: the kind that must not be proposed.
NOT = {
    "acknowledged": [
        "We have not received your letter.",
        "If we had received your letter we would have answered.",
        "We received your payment yesterday.",
        "Your request was unexpected.",
    ],
    "extension-asked": [
        "No extension is needed.",
        "We do not request an extension.",
        "We do not need more time.",
        "Thank you for granting the extension.",
        "We received your denial of an extension.",
        "Our office is open until March 9.",
        "We have records through March 2017 in the cellar.",
        "We will respond by February 20.",
        "The clerk will not be requesting additional time.",
    ],
    "clarification-asked": [
        "No clarification is needed.",
        "Thank you for the clarification that we asked for.",
        "To clarify, the files are in the cellar.",
        "We do not seek clarification.",
    ],
    "payment-asked": [
        "There is no fee for this.",
        "Fees of $20 are waived.",
        "The grant of $2,019,194 paid for radios, and its cost was met.",
        "The invoice number is 4471.",
    ],
    "objected": [
        "We do not object.",
        "We do not object to the request.",
        "The City has no objection to Request 2.",
        "We reserve the right to object to later requests.",
        "If you insist we will object to Request 3.",
        "We withdraw our objections to Request 3.",
        "Without objection to the form, we answer below.",
        "The objective of the programme is safety.",
        "We do not, at this time, object to Request 3.",
    ],
    "refused": [
        "We will not refuse.",
        "The City does not decline to produce them.",
        "We cannot produce them until March 9.",
        "We will not be able to respond by the deadline.",
        "Unless paid, we will not produce anything.",
        "Your request for an extension is denied.",
    ],
    "stated-complete": [
        "Our production is not complete.",
        "Our production is not yet complete.",
        "Once our production is complete we will write again.",
        "The production will be complete in March.",
        "Our production is incomplete.",
        "We hope to have completed our production by then.",
    ],
    "produced": [
        "No documents are attached.",
        "The documents will be uploaded next week.",
        "Attached is our letter on your request for documents.",
        "Attached is an invoice for the documents.",
        "The documents have not been produced.",
        "Documents will be produced on a rolling basis.",
    ],
    "hold-acknowledged": [
        "We have not issued a litigation hold.",
        "No litigation hold is in place.",
        "What is a litigation hold?",
    ],
}


@pytest.mark.parametrize("case", MAILS)
def test_a_mail(case: str) -> None:
    text, expected = MAILS[case]
    found = {one.kind: one for one in read(text)}
    assert set(found) == set(expected)
    for kind, data in expected.items():
        one = found[kind]
        assert {name: one.data.get(name) for name in data} == data
        assert one.recipient == "mill" and one.happened == SENT and "“" in one.why
        assert set(one.data) <= set(KINDS[kind].fields) and "" not in one.data.values()


def test_there_are_enough_mails() -> None:
    assert len(MAILS) >= 25
    reported = {kind for _, expected in MAILS.values() for kind in expected}
    assert reported == set(NOT) == {one.kind for one in READINGS}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in NOT.items() for text in texts])
def test_what_only_looks_like_an_event(kind: str, text: str) -> None:
    assert kind not in kinds(text)


def test_every_row_of_the_table_is_reached_by_some_mail() -> None:
    meanings = {one.why.split(":")[0] for text, _ in MAILS.values() for one in read(text)}
    meanings |= {one.why.split(":")[0] for one in read("The request is vague.")}
    meanings |= {one.why.split(":")[0] for one in read("No further documents will come. We are preserving everything.")}
    meanings |= {one.why.split(":")[0] for one in read("We have no further documents.")}
    meanings |= {one.why.split(":")[0] for one in read("We have until March 9, do we?")}
    assert {one.means for one in READINGS} <= meanings


def test_requests_are_told() -> None:
    def asked(text: str) -> tuple[str, ...]:
        return next(one.requests for one in read(text) if one.kind == "objected")

    assert asked("We object to Request Nos. 3, 5 and 7.") == ("3", "5", "7")
    assert asked("We object to Requests 3 through 6.") == ("3", "4", "5", "6")
    assert asked("We object to Request 1(a) and to Request No. 12.") == ("1(a)", "12")
    assert asked("We object to the demand of 24 January.") == ()


def test_nothing_fits() -> None:
    (note,) = read("The council meets on Tuesdays.")
    assert (note.kind, note.sure, note.data) == ("note", "possible", {"text": "The council meets on Tuesdays."})
    (note,) = read("")
    assert note.data == {"text": "Your letter"}


def test_earlier_mails_are_not_read() -> None:
    below = [
        "On Mon, Feb 5, 2018 at 9:14 AM, Agency <docket@agency.example> wrote:\nWe object to everything.",
        "On Mon, Feb 5, 2018 at 9:14 AM Docket of the Agency\n<docket@agency.example> wrote:\nWe object to everything.",
        "-----Original Message-----\nFrom: Agency\nWe object to everything.",
        "From: Agency <docket@agency.example>\nSent: Monday, February 5, 2018\nTo: Clerk\nWe object to everything.",
        "> We object to everything.\n> Request 3 too.",
        "________________________________\nFrom: Agency\nWe object to everything.",
        "-- \nWe object to everything.",
    ]
    for one in below:
        text = f"Our production is complete.\n\n{one}"
        assert newest(text) == "Our production is complete."
        assert kinds(text) == {"stated-complete"}


def test_what_looks_like_a_header_is_read() -> None:
    assert (
        newest("From: what I know, nothing is missing.\nWe are done.")
        == "From: what I know, nothing is missing.\nWe are done."
    )


def test_sentences() -> None:
    text = "See Request No. 3. It is vague.\n\n- one\n- two, by Mr. Poe\nand more"
    assert sentences_of(text) == ["See Request No. 3.", "It is vague.", "- one", "- two, by Mr. Poe and more"]


BOUNCE = "Your message to clerk@milltown.example could not be delivered.\n\n550 5.1.1 user unknown"


def test_a_bounce() -> None:
    found = proposals(mail(BOUNCE, sender="mailer-daemon@agency.example", subject="Undeliverable: Demand"), KNOWN, DUE)
    assert [(one.kind, one.recipient, one.sure) for one in found] == [("undelivered", "mill", "probable")]
    assert "could not be delivered" in found[0].data["reason"] or "Undeliverable" in found[0].data["reason"]


def test_a_delay_is_no_bounce() -> None:
    text = "Delivery to clerk@milltown.example is delayed. It could not be delivered yet; we will keep trying."
    assert DELAYED.search(text)
    found = proposals(mail(text, sender="postmaster@agency.example", subject="Delivery delayed"), KNOWN, DUE)
    assert [one.kind for one in found] == ["note"]


def test_an_automatic_reply_of_somebody_who_is_away_reports_nothing() -> None:
    found = read("I have received your letter and am out until March 9.", subject="Automatic reply: Demand")
    assert [one.kind for one in found] == ["note"]
    found = read("Your request has been received. Reference number: MT-99.", subject="Automatic reply: Demand")
    assert [(one.kind, one.data) for one in found] == [("acknowledged", {"tracking": "MT-99"})]


def test_an_attachment_alone() -> None:
    found = read("As promised.", files=("letter.pdf", "MILL_VOL004.zip"))
    assert [(one.kind, one.sure, one.data) for one in found] == [("produced", "possible", {"volume": "MILL_VOL004"})]
    assert [one.kind for one in read("As promised.", files=("letter.pdf",))] == ["note"]


def test_a_date_that_is_not_behind_the_date_due_is_doubtful() -> None:
    (found,) = read("We request an extension until February 20, 2018.")
    assert found.sure == "possible" and "not behind the date due" in found.why


def test_a_doubtful_date_is_left_out_and_said() -> None:
    (found,) = read("We request an extension until 3/4/2018.")
    assert found.data == {} and "could be 2018-03-04 or 2018-04-03" in found.why
    (found,) = read("We request an extension until Friday, March 26, 2018.")
    assert found.data == {} and "is a Monday" in found.why


def test_business_days_are_not_taken_for_days() -> None:
    (found,) = read("We request an additional five business days.")
    assert found.data == {} and "5 business days" in found.why


def test_surest_first_and_no_flood() -> None:
    text = " ".join(text.replace("\n", " ") for text, _ in MAILS.values())
    found = read(text)
    assert len(found) == 5
    assert [one.sure for one in found] == sorted((one.sure for one in found), key=lambda sure: sure != "probable")


@pytest.mark.parametrize(
    ("sender", "subject", "name", "recipient", "way"),
    [
        ("CLERK@milltown.example", "Hello", "", "mill", "address"),
        ("somebody@milltown.example", "Hello", "", "mill", "domain"),
        ("chief@police.milltown.example", "Hello", "", "mill", "domain"),
        ("x@milltowncounty.example", "Hello", "", "mill-county", "domain"),
        ("law@firm.example", "Hello", "", "north", "address"),
        ("new@firm.example", "Hello", "", "", "the domain fits 2"),
        ("new@firm.example", "South Harbor", "", "south", "name"),
        ("poe@gmail.com", "Re: MT-2018-7", "", "mill", "tracking number"),
        ("poe@gmail.com", "Re: 2018/44.", "", "mill-county", "tracking number"),
        ("poe@gmail.com", "Re: MT-2018-77", "", "", "no address"),
        ("poe@gmail.com", "Hello", "Ann Poe", "mill", "name"),
        ("poe@gmail.com", "Milltown County", "", "mill-county", "name"),
        ("poe@gmail.com", "North Harbor and South Harbor", "", "", "the name fits 2"),
        ("poe@notmilltown.example", "Hello", "", "", "no address"),
        ("", "", "", "", "no address"),
    ],
)
def test_of_which_recipient(sender: str, subject: str, name: str, recipient: str, way: str) -> None:
    found = proposals(mail("It rained.", sender=sender, subject=subject, name=name), KNOWN, DUE)[0]
    assert found.recipient == recipient and way in found.told


def test_an_address_at_a_public_host_tells_nobody_else() -> None:
    known = (KnownRecipient("a", "Alton", (), ("alton@gmail.com",)),)
    assert proposals(mail("Hello.", sender="other@gmail.com"), known)[0].recipient == ""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("March 26, 2018", "2018-03-26"),
        ("26 March 2018", "2018-03-26"),
        ("the 26th of March", "2018-03-26"),
        ("Monday, March 26", "2018-03-26"),
        ("Mar. 1st", "2018-03-01"),
        ("January 3", "2019-01-03"),
        ("February 12", "2019-02-12"),
        ("February 29", "2020-02-29"),
        ("2018-03-26", "2018-03-26"),
        ("3/26/2018", "2018-03-26"),
        ("26/3/18", "2018-03-26"),
        ("3/3/2018", "2018-03-03"),
        ("3/4/2018", None),
        ("13/13/2018", None),
        ("February 30, 2018", None),
        ("Tuesday, March 26, 2018", None),
    ],
)
def test_dates(text: str, day: str | None) -> None:
    (found,) = dates_in(f"It is due {text}.", SENT)
    assert (found.day.isoformat() if found.day else None) == day
    assert found.day or "left out" in found.why


@pytest.mark.parametrize(
    "text", ["1:18-cv-03/26/2018-x", "no. 2018-03-261", "May we ask", "in March", "12 people", "v2018-01-02"]
)
def test_no_dates(text: str) -> None:
    assert dates_in(text, SENT) == []


def test_a_day_without_a_year_needs_the_mails_date() -> None:
    assert [one.day for one in dates_in("by March 26", None)] == [None]


def test_lengths() -> None:
    text = "30 days, thirty (30) days, two weeks, 10 business days, a 14-day extension, five working days, 1,200 days"
    assert [(one.count, one.business) for one in lengths_in(text)] == [
        (30, False), (30, False), (14, False), (10, True), (14, False), (5, True),
    ]  # fmt: skip


def test_the_language_of_phrases() -> None:
    one = compiled("fee*|cost ~ $#")
    assert one.search("the fees are $ 12.50") and one.search("COST: $3")
    assert not one.search("coffee $3") and not one.search("the fee for each and every single page is $3")
    assert compiled("{we} ... not").search("The city, we are told, does not")
    with pytest.raises(KeyError):
        compiled("{nobody} said")


_WORDS = st.sampled_from(
    ["we", " object", " to", " request", " an extension", " until", " March 26", " 3/4/2018", ".", " not", " 30 days",
     "\n\n", ">", " $5", " fee", "From:", " Sent:", " will not produce", " Requests 3 through 900", " attached",
     " documents", "VOL001", " if", " reference number 12-A", " On", " wrote:", "\x00", "é"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=30).map("".join) | st.text(max_size=200), st.text(max_size=30), st.dates() | st.none())
def test_no_mail_crashes(text: str, subject: str, day: dt.date | None) -> None:
    found = proposals(Mail("x@y.example", "", (), day, subject, text, (subject,)), KNOWN, DUE)
    assert 1 <= len(found) <= 5
    for one in found:
        assert one.sure in ("probable", "possible") and one.why
        assert set(one.data) <= set(KINDS[one.kind].fields)


@given(st.text(alphabet="0123456789/-. Marchmondy,JanuaryFebst", max_size=60), st.dates() | st.none())
def test_no_date_crashes(text: str, after: dt.date | None) -> None:
    for one in dates_in(text, after):
        assert one.day is not None or one.why
    assert all(one.count >= 0 for one in lengths_in(text))
