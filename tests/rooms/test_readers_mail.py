"""Mail: nothing lost, whatever the sender broke."""

from __future__ import annotations

import base64
import email
import email.message
import email.policy
import re
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import Reading, reading_of

from tecum.processing.readers import mailheader, mime
from tecum.processing.readers.flowed import unflow

HEAD = b"From: Ann Lee <ann@riverton.example>\nTo: bob@riverton.example\nDate: Mon, 8 Jan 2018 09:30:00 -0600\n"


def mail(rest: bytes) -> Reading:
    return reading_of(HEAD + rest, kind="eml")


def multipart(kind: str, *parts: bytes, boundary: bytes = b"b1", end: bytes = b"") -> bytes:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/" + kind.encode() + b'; boundary="' + boundary + b'"\n\n'
    return head + b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts) + b"--" + boundary + b"--\n" + end


# -- header ------------------------------------------------------------------------------------------------


def test_the_fields_of_a_header() -> None:
    said = mail(
        b'Cc: c@riverton.example,\n\t"Doe, Jane" <jane@riverton.example>\nReply-To: desk@riverton.example\n'
        b"Subject: Budget\n for 2018\n"
        b"Message-ID:\n <1@riverton.example>\nIn-Reply-To: <0@x>\nReferences: <a@x>\n <0@x>\n"
        b"Thread-Topic: Budget\nThread-Index: AdC5\nImportance: high\nX-FileName: (Non-Privileged).pst\n"
        b"Received: from a by b; Mon, 8 Jan 2018 15:31:00 +0000\n\nText\n"
    )
    assert said.fields == {
        "from": "Ann Lee <ann@riverton.example>",
        "to": ["bob@riverton.example"],
        "cc": ["c@riverton.example", "Doe, Jane <jane@riverton.example>"],
        "reply_to": "desk@riverton.example",
        "subject": "Budget for 2018",
        "message_id": "<1@riverton.example>",
        "in_reply_to": "<0@x>",
        "references": ["<a@x>", "<0@x>"],
        "thread_topic": "Budget",
        "thread_index": "AdC5",
        "importance": "high",
        "received": "2018-01-08T15:31:00+00:00",
        "sent": "2018-01-08T09:30:00-06:00",
        "sent_header": "Mon, 8 Jan 2018 09:30:00 -0600",
        "date_source": "Date",
    }
    assert said.text_said == "Text\n" and not said.problems


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        ("Mon, 8 Jan 2018 09:30:00 -0000", "2018-01-08T09:30:00"),
        ("Mon, 8 Jan 2018 09:30:00", "2018-01-08T09:30:00"),
        ("8 Jan 18 09:30 GMT", "2018-01-08T09:30:00+00:00"),
        ("2018-01-08T09:30:00+02:00", "2018-01-08T09:30:00+02:00"),
        ("Mon, 8 Jan 2018 29:30:00 -0600", ""),
        ("soon", ""),
    ],
)
def test_dates(header: str, sent: str) -> None:
    assert mailheader.date(header) == sent


def test_received_stands_in_for_a_date_and_says_so() -> None:
    said = reading_of(
        b"Date: soon\nReceived: by a; 8 Jan 2018 09:00:00 +0100\nReceived: by b; 7 Jan 2018\n\nx", kind="eml"
    )
    assert said.fields["sent"] == "2018-01-08T09:00:00+01:00"
    assert said.fields["date_source"] == "Received" and said.fields["sent_header"] == "soon"
    assert said.codes == {"DATE_GUESSED"}
    assert "sent" not in reading_of(b"Subject: x\n\nx", kind="eml").fields


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("a@x.example", ["a@x.example"]),
        ("A <a@x.example>, B <b@x.example>;c@x.example", ["A <a@x.example>", "B <b@x.example>", "c@x.example"]),
        ("=?utf-8?q?Doe=2C_J=C3=A4n?= <j@x.example>, b@x.example", ["Doe, Jän <j@x.example>", "b@x.example"]),
        ('"Doe, Jane" <j@x.example>', ["Doe, Jane <j@x.example>"]),
        ("Doe, Jane <j@x.example>", ["Doe, Jane <j@x.example>"]),
        ("Ann Lee, Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("a@x.example (Ann Lee)", ["Ann Lee <a@x.example>"]),
        ("ann at x.example (Ann Lee)", ["Ann Lee <ann@x.example>"]),
        ("'a@x.example' <a@x.example>", ["a@x.example"]),
        ("<mailto:a@x.example>", ["a@x.example"]),
        ("undisclosed-recipients:;", ["undisclosed-recipients:"]),
        ("Board: a@x.example, b@x.example;", ["a@x.example", "b@x.example"]),
        ('"say \\"hi\\"" <a@x.example>', ['say "hi" <a@x.example>']),
        ("", []),
    ],
)
def test_addresses(value: str, addresses: list[str]) -> None:
    assert mailheader.addresses(value) == addresses


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?R3LDtsOfZQ==?=", "Größe"),
        ("=?utf-8?b?w?= x", "=?utf-8?b?w?= x"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A4_b?= c", "ä b c"),
        ("=?iso-8859-1?q?caf=E9?= =?utf-8?q?=C3=A4?=", "caféä"),
        ("=?x-nothing?q?caf=E9?=", "café"),
        ("a =?utf-8?q?b", "a =?utf-8?q?b"),
        ("Re:\r\n =?us-ascii*en?q?x?=", "Re: x"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert mailheader.text(value) == text


def test_raw_letters_in_a_header() -> None:
    assert mail("Subject: Größe\n\n".encode()).fields["subject"] == "Größe"
    assert mail("Subject: Größe\n\n".encode("latin-1")).fields["subject"] == "Größe"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('attachment; filename="a b.doc"', "a b.doc"),
        ("attachment; filename=a b.doc", "a b.doc"),
        ("attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.doc", "Größe.doc"),
        ("attachment;\n filename*0*=utf-8''Gr%C3%B6;\n filename*1=\"sse\";\n filename*2=.doc", "Grösse.doc"),
        ('attachment; filename="=?utf-8?q?Gr=C3=B6=C3=9Fe?=.doc"', "Größe.doc"),
        ('attachment; filename="a\\"b.doc"; size=3', 'a"b.doc'),
    ],
)
def test_names_of_attachments(value: str, expected: str) -> None:
    assert mailheader.parameters(value)[1]["filename"] == expected


# -- body --------------------------------------------------------------------------------------------------


def test_plain_is_preferred_and_html_kept_where_it_says_more() -> None:
    plain = b"Content-Type: text/plain\n\nThe river rises again tonight"
    same = b"Content-Type: text/html\n\n<p>The <b>river</b> rises again <a href='http://x.example'>tonight</a>"
    more = b"Content-Type: text/html\n\n<p>The river rises. Sandbags are stored behind the old mill house.</p>"
    assert mail(multipart("alternative", plain, same)).text_said == "The river rises again tonight\n"
    both = mail(multipart("alternative", plain, more)).text_said
    assert both.startswith("The river rises again tonight\n[HTML part]\n") and "Sandbags" in both
    alone = mail(multipart("alternative", b"Content-Type: text/plain\n\n \n", more)).text_said
    assert alone.startswith("The river rises. Sandbags")
    assert mail(more).text_said == "The river rises. Sandbags are stored behind the old mill house.\n"


def test_every_inline_text_of_a_mixed_mail_in_order() -> None:
    said = mail(
        multipart(
            "mixed",
            b"Content-Type: text/plain\n\none",
            b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==",
            b"Content-Type: text/html\n\n<p>two</p>",
            b"Content-Type: text/plain; name=notes.txt; charset=koi8-r\n\nnote",
            b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; x@y.example",
        )
    )
    assert said.text_said == "one\ntwo\nFinal-Recipient: rfc822; x@y.example\n"
    assert said.fields["attachments"] == said.names == ["a.pdf", "notes.txt"]
    data, rest = said.member_named("a.pdf")
    assert data == b"%PDF" and rest["fields"]["declared_type"] == "application/pdf"
    assert said.member_named("notes.txt")[1]["fields"]["charset"] == "koi8-r"


def test_a_picture_shown_in_the_text_is_inline() -> None:
    html = b"Content-Type: text/html\n\n<img src='cid:logo%40x'> <a href='cid:doc@x'>d</a>"
    logo = b"Content-Type: image/png\nContent-ID: <logo@x>\n\n\x89PNG"
    doc = b"Content-Type: application/pdf\nContent-ID: <doc@x>\n\n%PDF"
    said = mail(multipart("related", html, logo, doc, b"Content-Type: image/gif\nContent-ID: <other@x>\n\nGIF"))
    assert said.names == ["part001.png", "part002.pdf", "part003.gif"]
    assert [rest["inline"] for _, _, rest in said.members] == [True, False, False]
    assert said.fields["attachments"] == ["part002.pdf", "part003.gif"]


def test_an_attached_message_keeps_its_very_bytes() -> None:
    inner = b"Subject:  Odd   spacing/2\nX-A:  b\n\nkept \n\n  exactly"
    said = mail(multipart("mixed", b"Content-Type: message/rfc822\n\n" + inner))
    assert said.members[0][:2] == ("Odd   spacing_2.eml", inner)
    assert said.members[0][2]["kind"] == "eml"
    digest = mail(multipart("digest", b"\n" + inner, b"\nSubject: two\n\nx"))
    assert digest.names == ["Odd   spacing_2.eml", "two.eml"] and digest.members[0][1] == inner


def test_special_attachments_have_their_kind() -> None:
    said = mail(
        multipart(
            "mixed",
            b"Content-Type: application/ms-tnef\n\nx",
            b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR",
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx",
        )
    )
    assert said.names == ["winmail.dat", "part002.ics", "smime.p7m"]
    assert [rest["kind"] for _, _, rest in said.members] == ["tnef", "ics", "pkcs7"]


def test_flowed_text_is_joined() -> None:
    assert unflow("a \nb\n\nc\n> d \n> e\n>> f\n-- \nsig") == "a b\n\nc\n> d e\n>> f\n-- \nsig"
    assert unflow("a \nb", delsp=True) == "ab"
    assert mail(b"Content-Type: text/plain; format=flowed\n\none \ntwo\n").text_said == "one two\n"


def test_charsets() -> None:
    koi = "Привет из города".encode("koi8-r")
    assert "Привет" in mail(b"Content-Type: text/plain; charset=koi8-r\n\n" + koi).text_said
    assert "café" in mail(b"Content-Type: text/plain; charset=us-ascii\n\n" + "café".encode()).text_said
    assert (
        "naïve “x”"
        in mail(b"Content-Type: text/plain; charset=iso-8859-1\n\n" + "naïve “x”".encode("cp1252")).text_said
    )
    wrong = mail(b"Content-Type: text/plain; charset=x-unheard\n\n" + "café".encode("cp1252"))
    assert "café" in wrong.text_said and wrong.codes == {"PARTIAL"}
    assert mail(b"Content-Type: text/plain; charset=utf-16\n\nplain").text_said == "plain\n"
    assert mail(b"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B4A;z\x1b(B").text_said == "漢字\n"


# -- damage ------------------------------------------------------------------------------------------------


def test_base64_that_is_padded_line_by_line_is_read_whole() -> None:
    whole = bytes(range(200))
    lines = b"\n".join(base64.b64encode(whole[at : at + 10]) for at in range(0, 200, 10))
    said = mail(
        multipart("mixed", b"Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n" + lines)
    )
    assert said.members[0][1] == whole and not said.problems


def test_text_below_base64_is_kept_as_text() -> None:
    body = base64.b64encode(b"minutes\n") + b"\n\n_______\nRiverton mailing list\n"
    assert (
        mail(b"Content-Transfer-Encoding: base64\n\n" + body).text_said == "minutes\n_______\nRiverton mailing list\n"
    )


def test_damaged_base64_gives_what_it_can_and_says_so() -> None:
    said = mail(
        multipart("mixed", b"Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nQUJD!REVG\x01Q")
    )
    assert said.members[0][1] == b"ABCDEF"
    assert said.members[0][2]["problem"] == "PARTIAL" and said.codes == {"PARTIAL"}


def test_uuencoded_files_leave_the_text() -> None:
    import binascii

    block = b"begin 644 plan.doc\n" + b"".join(binascii.b2a_uu(bytes(45)) for _ in range(3)) + b"`\nend\n"
    said = mail(b"\nSee:\n" + block + b"Regards\n")
    assert said.text_said == "See:\n[plan.doc]\nRegards\n" and said.members[0][:2] == ("plan.doc", bytes(135))
    broken = mail(b"\nSee:\n" + block[:-30] + b"\nnot part of it, surely\n")
    assert broken.codes == {"PARTIAL"} and broken.members[0][2]["problem"] == "PARTIAL"
    assert "not part of it" in broken.text_said
    assert mail(b"\nbegin 644 the day\nwith a walk\n").text_said == "begin 644 the day\nwith a walk\n"


def test_a_folded_header_that_lost_its_indent_is_mended() -> None:
    said = mail(
        b"X-Diagnostics: 1;abc\ndefGHI\n"
        + multipart("mixed", b"Content-Type: text/plain\n\nbody", b"Content-Type: application/pdf; name=a.pdf\n\n%PDF")
    )
    assert said.text_said == "body\n" and said.names == ["a.pdf"]


def test_a_body_without_an_empty_line_is_not_lost() -> None:
    said = reading_of(b"Message-ID: <1@x>\nSubject: s\nHello Bob\nFrom: is a nice word\n\nmore\n", kind="eml")
    assert said.text_said == "Hello Bob\nFrom: is a nice word\n\nmore\n"
    assert said.fields["subject"] == "s" and "from" not in said.fields


def test_words_outside_every_part_are_kept() -> None:
    body = multipart("mixed", b"Content-Type: text/plain\n\ninside", end=b"\nRiverton list footer\n")
    assert mail(body).text_said == "inside\nRiverton list footer\n"
    stock = body.replace(b"\n\n--b1", b"\n\nThis is a multi-part message in MIME format.\n--b1", 1)
    assert mail(stock).text_said == "inside\nRiverton list footer\n"


def test_multiparts_without_their_boundaries() -> None:
    lost = mail(b"Content-Type: multipart/mixed; boundary=gone\n\nall of this stays\n")
    assert lost.text_said == "all of this stays\n" and lost.codes == {"PARTIAL"}
    undeclared = mail(
        b"Content-Type: multipart/mixed\n\n--q\n\none\n--q\nContent-Type: application/pdf\n\n%PDF\n--q--\n"
    )
    assert undeclared.text_said == "one\n" and undeclared.names == ["part001.pdf"]
    unclosed = mail(multipart("mixed", b"\none", b"\ntwo").replace(b"--b1--\n", b""))
    assert unclosed.text_said == "one\ntwo\n"


def test_depth_and_count_are_bounded_without_loss() -> None:
    inner = b"Content-Type: text/plain\n\nthe core"
    for level in range(mime.MAX_DEPTH + 5):
        inner = multipart("mixed", inner, boundary=b"n%d" % level)
    deep = mail(inner)
    assert "the core" in deep.text_said and deep.codes == {"LIMIT_DEPTH"}
    many = mail(multipart("mixed", *[b"\nx"] * (mime.MAX_PARTS + 2)))
    assert many.codes == {"LIMIT_COUNT"} and many.text_said.count("x") == mime.MAX_PARTS + 2


def test_the_mail_files_of_a_mac() -> None:
    message = HEAD + b"\nbody\n"
    said = reading_of(b"%d     \n" % len(message) + message + b"<plist>flags</plist>", "1.emlx")
    assert said.text_said == "body\n" and said.fields["to"] == ["bob@riverton.example"]


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Transfer-Encoding: base64\n"]),
)
def test_no_bytes_make_it_raise(rest: bytes, head: bytes) -> None:
    mail(head + b"\n" + rest)
    reading_of(rest, kind="eml")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=("Cs", "Cc")), max_size=80)


@given(st.lists(st.tuples(texts, st.binary(max_size=200)), min_size=1, max_size=4))
def test_what_the_standard_library_writes_is_read_back(parts: list[tuple[str, bytes]]) -> None:
    message = MIMEMultipart()
    for text, data in parts:
        message.attach(MIMEText(text, "plain", "utf-8"))
        message.attach(MIMEApplication(data, name="x.bin"))
    said = reading_of(message.as_bytes(), kind="eml")
    assert [data for _, data, _ in said.members] == [data for _, data in parts]
    assert said.text_said.split() == " ".join(text for text, _ in parts).split()


@given(st.binary(max_size=400))
def test_cutting_a_message_apart_covers_all_of_it(body: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + body + b"\n--b--\n"
    part = mime.parse(raw)
    held = b"".join(child.raw[child.start : child.end] for child in part.children) + b"".join(part.loose)
    assert len(re.sub(rb"\s|--b|-", b"", held)) >= len(re.sub(rb"\s|--b|-", b"", body))


def test_the_oracle_agrees_on_simple_mail() -> None:
    raw = (
        HEAD
        + b"Subject: x\n"
        + multipart("mixed", b"Content-Type: text/plain\n\na", b"Content-Type: image/png\n\n\x89PNG\n")
    )
    expected = email.message_from_bytes(raw, policy=email.policy.compat32)
    payloads = [part.get_payload(decode=True) for part in expected.walk() if not part.is_multipart()]
    part = mime.parse(raw)
    assert [child.decoded()[0] for child in part.children] == payloads
