"""What mail programs note on a mail, what a mail shows and keeps, and what it only refers to."""

from __future__ import annotations

import plistlib
import struct

import pytest
from reading_of import Reading, reading_of

from tecum.processing.identify import identify

HEAD = b"From: ann@riverton.example\nTo: bob@riverton.example\nDate: Mon, 8 Jan 2018 09:30:00 -0600\n"
EVENT = (
    b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@riverton.example\nSUMMARY:Budget hearing\n"
    b'DTSTART;TZID="Central Standard Time":20180108T093000\nDTEND:20180108T163000Z\nLOCATION:City hall\n'
    b"ORGANIZER;CN=Ann Lee:mailto:ann@riverton.example\nATTENDEE;CN=bob@riverton.example:mailto:bob@riverton.example\n"
    b"END:VEVENT\nBEGIN:VEVENT\nSUMMARY:Another\nEND:VEVENT\nEND:VCALENDAR\n"
)


def mail(rest: bytes, name: str = "") -> Reading:
    return reading_of(HEAD + rest, name, kind="eml")


def multipart(kind: str, *parts: bytes) -> bytes:
    head = b"Content-Type: multipart/" + kind.encode() + b"; boundary=b1\n\n"
    return head + b"".join(b"--b1\n" + part + b"\n" for part in parts) + b"--b1--\n"


# -- flags and labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "name", "flags"),
    [
        (b"", "1515.M1P2.host,S=12:2,FRS", ["read", "answered", "flagged"]),
        (b"", "1515.M1P2.host!2,DPT", ["forwarded", "draft", "deleted"]),
        (b"", "1515.M1P2.host:2,", []),
        (b"Status: RO\nX-Status: AF\n", "", ["read", "answered", "flagged"]),
        (b"Status: O\n", "", []),
        (b"X-Mozilla-Status: 1009\nX-Mozilla-Status2: 00000000\n", "", ["read", "forwarded", "deleted"]),
        (b"X-Mozilla-Status: 0000\nX-Mozilla-Status2: 00200000\n", "", ["deleted"]),
        (b"X-Unsent: 1\n", "", ["draft"]),
        (b"X-Mozilla-Status: new\n", "", []),
    ],
)
def test_flags(header: bytes, name: str, flags: list[str]) -> None:
    assert mail(header + b"\nx\n", name).fields.get("flags", []) == flags


def test_labels() -> None:
    assert mail(b'X-Gmail-Labels: Inbox,"City, county",=?utf-8?q?Gr=C3=B6=C3=9Fe?=\n\nx').fields["labels"] == [
        "Inbox",
        "City, county",
        "Größe",
    ]
    assert mail(b"X-Mozilla-Keys: $label1 todo   \n\nx").fields["labels"] == ["$label1", "todo"]
    assert mail(b"Keywords: budget\n\nx").fields["keywords"] == "budget"


def emlx(message: bytes, tail: bytes, size: int = -1) -> bytes:
    return b"%d\n" % (len(message) if size < 0 else size) + message + tail


def test_apple_mail_keeps_its_flags_behind_the_message() -> None:
    tail = plistlib.dumps({"flags": 1 | 1 << 2 | 1 << 4, "subject": "x"})
    for binary in (tail, plistlib.dumps({"flags": 21}, fmt=plistlib.FMT_BINARY)):
        said = reading_of(emlx(HEAD + b"\nbody\n", binary), "1.emlx")
        assert said.text_said == "body\n" and said.fields["flags"] == ["read", "answered", "flagged"]
    for damaged in (b"<?xml <plist", b"bplist00zz", b""):
        assert reading_of(emlx(HEAD + b"\nbody\n", damaged), "1.emlx").text_said == "body\n"


def test_a_wrong_length_loses_no_word_of_an_apple_mail() -> None:
    tail = plistlib.dumps({"flags": 1})
    for size in (30, 5000):
        said = reading_of(emlx(HEAD + b"\nbody\n", tail, size), "1.emlx")
        assert said.text_said == "body\n" and said.fields["flags"] == ["read"]
    assert reading_of(emlx(HEAD + b"\nbody\n", b"more\n"), "1.emlx").text_said == "body\nmore\n"


def test_attachments_that_apple_mail_keeps_elsewhere_are_told() -> None:
    part = b"Content-Type: application/pdf; name=plan.pdf\nX-Apple-Content-Length: 1234\n\n"
    said = mail(multipart("mixed", b"\nwords", part))
    data, rest = said.member_named("plan.pdf")
    assert data is None and rest["problem"] == "NOT_COLLECTED" and "1234 bytes" in rest["message"]


# -- what is shown and kept ----------------------------------------------------------------------------------


def test_an_invitation_is_shown_and_kept() -> None:
    part = b"Content-Type: text/calendar; method=REQUEST\n\n" + EVENT
    said = mail(multipart("alternative", b"Content-Type: text/plain\n\nPlease come", part))
    assert said.text_said.startswith("Please come\n[Calendar part]\nMETHOD: REQUEST\nUID: 1@riverton.example\n")
    data, rest = said.member_named("part001.ics")
    assert rest["inline"] and rest["kind"] == "ics" and (data or b"").startswith(b"BEGIN:VCALENDAR")
    expected = {
        "start": "2018-01-08T09:30:00",
        "start_zone": "Central Standard Time",
        "end": "2018-01-08T16:30:00+00:00",
        "location": "City hall",
        "organizer": "Ann Lee <ann@riverton.example>",
        "attendees": ["bob@riverton.example"],
        "uid": "1@riverton.example",
        "method": "REQUEST",
    }
    assert expected.items() <= said.fields.items() and "attachments" not in said.fields
    assert expected.items() <= reading_of(EVENT, kind="ics").fields.items()
    alone = mail(b"Content-Type: text/calendar\n\n" + EVENT)
    assert alone.text_said.startswith("METHOD: REQUEST\n") and alone.members[0][2]["inline"]


def test_an_attached_calendar_is_an_attachment_alone() -> None:
    part = b"Content-Type: text/calendar; name=a.ics\nContent-Disposition: attachment\n\n" + EVENT
    said = mail(multipart("mixed", b"\nwords", part))
    assert said.text_said == "words\n" and said.fields["attachments"] == ["a.ics"]
    assert not said.members[0][2]["inline"] and "start" not in said.fields


def test_an_address_card_in_the_mail_is_shown_under_its_title() -> None:
    card = b"Content-Type: text/vcard\n\nBEGIN:VCARD\nFN:Ann Lee\nTEL:555-0101\nEND:VCARD\n"
    said = mail(multipart("mixed", b"\nwords", card))
    assert said.text_said == "words\n[Address card]\nFN: Ann Lee\nTEL: 555-0101\n"


def test_a_page_saved_by_a_browser() -> None:
    page = b"Content-Type: text/html\nContent-Location: https://riverton.example/\n\n<p>News<img src='https://r.example/a.png'>"
    picture = b"Content-Type: image/png\nContent-Location: https://r.example/a.png\n\n\x89PNG"
    other = b"Content-Type: image/png\nContent-Location: https://r.example/b.png\n\n\x89PNG"
    style = b"Content-Type: text/css\nContent-Location: cid:css@mhtml\n\np { color: red }"
    raw = b"Snapshot-Content-Location: https://riverton.example/\nMIME-Version: 1.0\n" + multipart(
        "related", page, picture, style, other
    )
    assert identify(raw, "x.mhtml").kind == "eml"
    said = reading_of(raw, "x.mhtml")
    assert said.text_said == "News\n" and said.fields["source_url"] == "https://riverton.example/"
    assert [rest["inline"] for _, _, rest in said.members] == [True, False, False]
    assert "color" not in said.text_said


# -- what is elsewhere ---------------------------------------------------------------------------------------


def test_an_external_body_is_a_file_without_bytes() -> None:
    part = (
        b'Content-Type: message/external-body; access-type=URL; URL="ftp://r.example/plan.pdf"; name=plan.pdf\n\n'
        b"Content-Type: application/pdf\n\n"
    )
    said = mail(multipart("mixed", b"\nwords", part))
    data, rest = said.member_named("plan.pdf")
    assert data is None and rest["problem"] == "NOT_COLLECTED" and "ftp://r.example/plan.pdf" in rest["message"]
    assert said.text_said == "words\n" and said.fields["attachments"] == ["plan.pdf"]


def test_attachments_that_eudora_took_out_are_told() -> None:
    said = mail(b'\nwords\nAttachment Converted: "C:\\EUDORA\\ATTACH\\plan.doc"\n> Attachment Converted: "quoted"\n')
    assert said.names == ["plan.doc"] and said.members[0][2]["problem"] == "NOT_COLLECTED"


def test_a_fragment_says_which_it_is() -> None:
    said = mail(b'Content-Type: message/partial; id="a@x"; number=2; total=3\n\nmiddle of it\n')
    assert said.text_said == "middle of it\n"
    assert said.problems == [("PARTIAL", "this is fragment 2 of 3 of a mail that was sent in pieces (id a@x)")]


def test_reports_are_text() -> None:
    said = mail(
        multipart(
            "report; report-type=delivery-status",
            b"\nIt bounced",
            b"Content-Type: message/delivery-status\n\nAction: failed",
            b"Content-Type: message/disposition-notification\n\nDisposition: displayed",
            b"Content-Type: text/rfc822-headers\n\nSubject: the lost one",
        )
    )
    assert said.text_said == "It bounced\nAction: failed\nDisposition: displayed\nSubject: the lost one\n"
    assert not said.members


def test_news() -> None:
    raw = b"Path: host!x\nFrom: a@riverton.example\nNewsgroups: riverton.general\nSubject: x\n\nwords\n"
    said = reading_of(raw, "x.nws")
    assert said.fields["newsgroups"] == "riverton.general"


# -- winmail.dat ---------------------------------------------------------------------------------------------


def tnef(body: bytes, *files: tuple[bytes, bytes]) -> bytes:
    def attribute(level: int, number: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x89006, struct.pack("<I", 0x10000))
    out += attribute(1, 0x2800C, body + b"\0") if body else b""
    for name, data in files:
        out += attribute(2, 0x69002, bytes(14)) + attribute(2, 0x18010, name + b"\0") + attribute(2, 0x6800F, data)
    return out


def with_winmail(text: bytes, data: bytes, kind: bytes = b"application/ms-tnef") -> Reading:
    return mail(multipart("mixed", b"\n" + text, b"Content-Type: " + kind + b"; name=winmail.dat\n\n" + data))


@pytest.mark.parametrize("kind", [b"application/ms-tnef", b"application/octet-stream"])
def test_files_of_a_winmail_dat_are_attachments_of_the_mail(kind: bytes) -> None:
    said = with_winmail(b"words", tnef(b"words", (b"plan.doc", b"one"), (b"list.txt", b"two")), kind)
    assert said.text_said == "words\n" and said.fields["attachments"] == said.names == ["plan.doc", "list.txt"]
    assert [data for _, data, _ in said.members] == [b"one", b"two"] and not said.problems


def test_the_body_of_a_winmail_dat_is_the_mails_or_a_file_where_it_says_more() -> None:
    assert with_winmail(b"", tnef(b"Only here")).text_said.strip() == "Only here"
    more = with_winmail(b"words", tnef(b"words and more"))
    assert more.text_said == "words\n" and more.members[0][:2] == ("winmail body.txt", b"words and more")


def test_a_winmail_dat_that_cannot_be_opened_stays_a_file() -> None:
    said = with_winmail(b"words", b"no TNEF")
    assert said.names == ["winmail.dat"] and said.codes == {"PARTIAL"} and said.members[0][2]["kind"] == "tnef"
