"""MAPI objects: one message from three kinds of file, and nothing of it lost on the way to internet mail."""

from __future__ import annotations

import datetime as dt
import random
import struct

import mapi_bytes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapi_bytes import Made
from reading_of import Reading, reading_of

from tecum.processing.readers import compound, mapi, mapibody, mapimail, mapirtf, mapitags, tnef
from tecum.processing.readers.compoundwriter import Storage, compound_file
from tecum.processing.readers.mapi import Damaged, Key, Named

SENT = dt.datetime(2018, 1, 8, 15, 30, tzinfo=dt.UTC)
ANN: dict[Key, mapi_bytes.Plain] = {0x0C1A: "Ann Lee", 0x0C1E: "SMTP", 0x0C1F: "ann@riverton.example"}
BOB: dict[Key, mapi_bytes.Plain] = {0x3001: "Bob", 0x3002: "SMTP", 0x3003: "bob@riverton.example", 0x0C15: 1}
NOTE: dict[Key, mapi_bytes.Plain] = {
    0x001A: "IPM.Note",
    0x0037: "Widgets",
    0x0039: SENT,
    0x1000: "Fifty widgets.\r\n",
    0x1035: "<1@riverton.example>",
    **ANN,
}


def read(made: Made) -> Reading:
    """The object as the reader of mail reads the message that is made of it."""
    return reading_of(mapimail.message_of(mapi_bytes.item(made)).data, kind="eml")


def said(reading: Reading) -> tuple[object, ...]:
    return reading.fields, reading.text_said, [(name, data) for name, data, _ in reading.members], reading.problems


# -- the message -------------------------------------------------------------------------------------------


def test_a_mail_keeps_its_fields() -> None:
    made = Made(
        {
            **NOTE,
            0x1042: "<0@riverton.example>",
            0x1039: "<a@riverton.example> <0@riverton.example>",
            0x0070: "Widgets",
            0x0071: bytes(range(22)),
            0x0017: 2,
            0x0036: 3,
            0x0E06: SENT + dt.timedelta(minutes=1),
            mapitags.CATEGORIES: ["Blue", "Red"],
        },
        [BOB, {**BOB, 0x3001: "Müller, Eva", 0x3003: "eva@riverton.example", 0x0C15: 2}, {**BOB, 0x0C15: 3}],
    )
    fields = read(made).fields
    assert fields["from"] == "Ann Lee <ann@riverton.example>"
    assert fields["to"] == fields["bcc"] == ["Bob <bob@riverton.example>"]
    assert fields["cc"] == ["Müller, Eva <eva@riverton.example>"]
    assert (fields["subject"], fields["thread_topic"]) == ("Widgets", "Widgets")
    assert (fields["sent"], fields["received"]) == ("2018-01-08T15:30:00+00:00", "2018-01-08T15:31:00+00:00")
    assert (fields["message_id"], fields["in_reply_to"]) == ("<1@riverton.example>", "<0@riverton.example>")
    assert fields["references"] == ["<a@riverton.example>", "<0@riverton.example>"]
    assert (fields["importance"], fields["sensitivity"]) == ("high", "Company-Confidential")
    assert fields["thread_index"] == "AAECAwQFBgcICQoLDA0ODxAREhMUFQ=="


def test_the_headers_of_the_transport_stay_and_properties_fill_what_they_lack() -> None:
    head = (
        "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from x by y;\r\n\tMon, 8 Jan 2018 09:31:00 -0600\r\n"
    )
    head += 'Date: Mon, 8 Jan 2018 09:30:00 -0600\r\nFrom: "Lee, Ann" <ann@riverton.example>\r\n'
    head += "Subject: =?utf-8?q?Widg=C3=A9ts?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    made = Made({**NOTE, 0x007D: head, 0x0037: "Widgets, renamed"}, [BOB])
    written = mapimail.message_of(mapi_bytes.item(made)).data
    reading = reading_of(written, kind="eml")
    assert reading.fields["sent"] == "2018-01-08T09:30:00-06:00"
    assert reading.fields["received"] == "2018-01-08T09:31:00-06:00"
    assert reading.fields["from"] == "Lee, Ann <ann@riverton.example>"
    assert reading.fields["subject"] == "Widgéts"
    assert reading.fields["to"] == ["Bob <bob@riverton.example>"]
    assert b"X-MAPI-Subject: Widgets, renamed\r\n" in written
    assert written.count(b"Content-Type:") == 1 and b"Microsoft Mail" not in written


def test_an_unsent_item_has_no_date() -> None:
    values = {key: value for key, value in NOTE.items() if key != 0x0039}
    reading = read(Made({**values, 0x0E07: 8, 0x0E06: SENT}))
    assert "sent" not in reading.fields and "draft" in reading.fields["flags"]
    received = read(Made({**values, 0x0E07: 1, 0x0E06: SENT}))
    assert received.fields["date_source"] == "Received" and received.codes == {"DATE_GUESSED"}


def test_exchange_addresses_are_resolved_where_the_object_tells_how() -> None:
    exchange: dict[Key, mapi_bytes.Plain] = {0x0C1A: "Ann Lee", 0x0C1E: "EX", 0x0C1F: "/o=City/cn=ALee"}
    row: dict[Key, mapi_bytes.Plain] = {0x3001: "Ann Lee", 0x3002: "EX", 0x3003: "/O=CITY/CN=ALEE", 0x0C15: 2}
    values = {**NOTE, **exchange}
    assert read(Made(values)).fields["from"] == "Ann Lee </o=City/cn=ALee>"
    assert read(Made({**values, 0x5D01: "ann@riverton.example"})).fields["from"] == "Ann Lee <ann@riverton.example>"
    known = Made(values, [{**row, 0x39FE: "ann@riverton.example"}])
    assert read(known).fields["from"] == "Ann Lee <ann@riverton.example>"
    one_off = bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + b"\0\0\1\x90"
    one_off += "Ann Lee\0SMTP\0ann@riverton.example\0".encode("utf-16-le")
    assert read(Made({**values, 0x0C19: one_off})).fields["from"] == "Ann Lee <ann@riverton.example>"


def test_who_sent_for_whom() -> None:
    chief: dict[Key, mapi_bytes.Plain] = {0x0042: "The Chief", 0x0064: "SMTP", 0x0065: "chief@riverton.example"}
    written = mapimail.message_of(mapi_bytes.item(Made({**NOTE, **chief}))).data
    assert b"From: The Chief <chief@riverton.example>\r\nSender: Ann Lee <ann@riverton.example>\r\n" in written


def test_bodies_and_attachments() -> None:
    page = '<html><body>Fifty <b>widgets</b>. <img src="cid:pic@x"></body></html>'.encode("utf-16-le")
    files: list[tuple[dict[Key, mapi_bytes.Plain], Made | None]] = [
        ({0x3705: 1, 0x3707: "größe.pdf", 0x370E: "application/pdf", 0x3701: b"%PDF-1", 0x3008: SENT}, None),
        ({0x3705: 1, 0x3707: "pic.png", 0x370E: "image/png", 0x3712: "pic@x", 0x3701: b"\x89PNG"}, None),
        ({0x3705: 5, 0x3001: "Inner"}, Made({**NOTE, 0x0037: "Inner"})),
        ({0x3705: 4, 0x3707: "plan.doc", 0x370D: "\\\\server\\plan.doc"}, None),
        ({0x3705: 1, 0x3707: "gone.doc"}, None),
    ]
    made = Made({**NOTE, 0x1013: page.decode("utf-16-le")}, [BOB], files)
    message = mapimail.message_of(mapi_bytes.item(made))
    reading = reading_of(message.data, kind="eml")
    assert reading.text_said == "Fifty widgets.\n"
    assert reading.names == ["pic.png", "größe.pdf", "Inner.eml", "plan.doc", "gone.doc"]
    assert reading.member_named("größe.pdf")[0] == b"%PDF-1"
    assert reading.member_named("pic.png")[1]["inline"] is True
    inner = reading_of(reading.member_named("Inner.eml")[0] or b"", kind="eml")
    assert inner.fields["subject"] == "Inner" and inner.text_said == "Fifty widgets.\n"
    assert reading.member_named("plan.doc")[0] is reading.member_named("gone.doc")[0] is None
    assert [note for note in message.problems if "server" in note and "plan.doc" in note]
    assert len(message.problems) == 2


TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters='"'), max_size=60)
WORDS = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), min_size=1, max_size=4)
SIGNS = st.sampled_from([" ", ", ", ". ", " - ", "; "])
NAMES = st.builds(lambda words, sign: sign.join(words), WORDS, SIGNS)
BODY = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n\t"), max_size=300)


@settings(max_examples=60, deadline=None)
@given(subject=TEXT, name=NAMES, body=BODY, file=NAMES, data=st.binary(max_size=80))
def test_what_goes_in_comes_out(subject: str, name: str, body: str, file: str, data: bytes) -> None:
    sender = {**ANN, 0x0C1A: name}
    made = Made(
        {**NOTE, **sender, 0x0037: subject, 0x1000: body},
        [{**BOB, 0x3001: name}],
        [({0x3705: 1, 0x3707: file, 0x3701: data}, None)],
    )
    reading = read(made)
    shown = " ".join(name.split())
    assert reading.fields["from"] == f"{shown} <ann@riverton.example>"
    assert reading.fields["to"] == [f"{shown} <bob@riverton.example>"]
    assert reading.fields.get("subject", "") == subject.strip()
    assert reading.text_said.rstrip("\n") == body.rstrip("\n") or not body.strip()
    assert [(name, data) for name, data, _ in reading.members] == [(file, data)]


@settings(max_examples=20, deadline=None)
@given(subject=TEXT, name=NAMES, body=BODY, data=st.binary(max_size=80))
def test_three_kinds_of_file_give_one_message(subject: str, name: str, body: str, data: bytes) -> None:
    inner = Made({**NOTE, 0x0037: f"in {subject}"})
    made = Made(
        {
            **NOTE,
            0x0037: subject,
            0x1000: body,
            mapitags.CATEGORIES: ["A", "B"],
            Named(mapitags.COMMON, 0x8530): "Call",
        },
        [{**BOB, 0x3001: name}],
        [({0x3705: 1, 0x3707: "a.bin", 0x3701: data}, None), ({0x3705: 5, 0x3001: "Inner"}, inner)],
    )
    plain = said(read(made))
    assert said(reading_of(mapi_bytes.msg(made), kind="msg")) == plain
    assert said(reading_of(mapi_bytes.tnef(made), kind="tnef")) == plain


def test_loops_and_depths_end() -> None:
    made = Made({**NOTE, 0x0037: "level 0"})
    for level in range(1, 40):
        made = Made({**NOTE, 0x0037: f"level {level}"}, [], [({0x3705: 5}, made)])
    message = mapimail.message_of(mapi_bytes.item(made))
    assert [note for note in message.problems if "deeper than 20" in note]

    def endless() -> mapi.Item:
        return mapi.Item(item.properties, [], [mapi.Attachment(item.properties, item=endless)] * 3)

    item = mapi_bytes.item(Made(NOTE))
    wide = mapimail.message_of(endless())
    assert [note for note in wide.problems if "more than" in note]


# -- other classes -----------------------------------------------------------------------------------------


def test_an_appointment_tells_when_where_and_who() -> None:
    start = dt.datetime(2018, 3, 5, 15, tzinfo=dt.UTC)
    rule = struct.pack("<6HIII", 0x3004, 0x3004, 0x200B, 1, 0, 0, 1, 0, 0)[:10] + struct.pack("<III", 0, 2, 0)
    rule += struct.pack("<III", 0b100, 0x2022, 8)
    values: dict[Key, mapi_bytes.Plain] = {
        **NOTE,
        0x001A: "IPM.Schedule.Meeting.Request",
        Named(mapitags.APPOINTMENT, 0x820D): start,
        Named(mapitags.APPOINTMENT, 0x820E): start + dt.timedelta(hours=1),
        Named(mapitags.APPOINTMENT, 0x8208): "Room 2, upstairs",
        Named(mapitags.APPOINTMENT, 0x8216): rule,
        Named(mapitags.APPOINTMENT, 0x8232): "every second Tuesday",
    }
    reading = read(Made(values, [BOB]))
    assert (reading.fields["start"], reading.fields["end"]) == (
        "2018-03-05T15:00:00+00:00",
        "2018-03-05T16:00:00+00:00",
    )
    assert reading.fields["location"] == "Room 2, upstairs" and reading.fields["method"] == "REQUEST"
    assert reading.fields["organizer"] == "Ann Lee <ann@riverton.example>"
    assert reading.fields["attendees"] == ["Bob <bob@riverton.example>"]
    assert "every second Tuesday" in reading.text_said and "Fifty widgets." in reading.text_said
    assert "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=8" in reading.text_said


@pytest.mark.parametrize(
    ("start", "zone", "day"),
    [
        ((2018, 3, 5, 6), struct.pack("<3i", 360, 0, -60), "20180305"),  # midnight in Chicago, winter
        ((2018, 7, 5, 5), struct.pack("<3i", 360, 0, -60), "20180705"),  # and in summer
        ((2018, 3, 4, 23), b"", "20180305"),  # Berlin, untold
        ((2018, 3, 5, 5), b"", "20180305"),  # New York, untold
        ((2018, 3, 4, 11), b"", None),  # either side of the date line
    ],
)
def test_whole_days(start: tuple[int, int, int, int], zone: bytes, day: str | None) -> None:
    values: dict[Key, mapi_bytes.Plain] = {
        **NOTE,
        0x001A: "IPM.Appointment",
        Named(mapitags.APPOINTMENT, 0x820D): dt.datetime(*start, tzinfo=dt.UTC),
        Named(mapitags.APPOINTMENT, 0x8215): True,
        Named(mapitags.APPOINTMENT, 0x8233): zone,
    }
    text = read(Made(values)).text_said
    assert (f"DTSTART: {day}\n" in text) if day else ("DTSTART: 20180304T110000Z\n" in text)


@pytest.mark.parametrize(
    ("kind", "values", "lines"),
    [
        (
            "IPM.Contact",
            {0x3001: "Ann Lee", 0x3A16: "City", Named(mapitags.ADDRESS, 0x8083): "ann@riverton.example"},
            ["Full name: Ann Lee", "Company: City", "E-mail: ann@riverton.example"],
        ),
        (
            "IPM.Task",
            {Named(mapitags.TASK, 0x8101): 2, Named(mapitags.TASK, 0x811F): "Bob"},
            ["Status: complete", "Owner: Bob"],
        ),
        ("IPM.StickyNote", {0x3007: SENT}, ["Created: 2018-01-08 15:30:00+00:00"]),
        ("IPM.Activity", {Named(mapitags.LOG, 0x8700): "Phone call"}, ["Description: Phone call"]),
        (
            "REPORT.IPM.Note.NDR",
            {0x1001: "No such user", 0x0049: "Widgets"},
            ["Report: No such user", "Original subject: Widgets"],
        ),
        (
            "IPM.Custom.Form",
            {Named(mapitags.PUBLIC_STRINGS, "Case No"): "77", 0x6800: "loose"},
            ["Case No: 77", "Property 0x6800: loose"],
        ),
    ],
)
def test_other_classes_say_what_their_properties_say(
    kind: str, values: dict[Key, mapi_bytes.Plain], lines: list[str]
) -> None:
    text = read(Made({**NOTE, **values, 0x001A: kind})).text_said
    assert set(lines) <= set(text.splitlines()) and "Fifty widgets." in text


def test_voting_buttons_and_votes() -> None:
    def option(verb: int, name: bytes) -> bytes:
        texts = b"".join(bytes([len(one)]) + one for one in (name, b"IPM.Note", b"", name))
        return struct.pack("<I", verb) + texts + bytes(29)

    stream = struct.pack("<HI", 0x0102, 3) + option(1, b"Reply") + option(4, b"Approve") + option(4, b"Reject")
    values: dict[Key, mapi_bytes.Plain] = {**NOTE, mapitags.VOTING: stream, mapitags.VOTE: "Approve"}
    text = read(Made(values)).text_said
    assert text.startswith("Voting options: Approve; Reject\nVote: Approve\n")


# -- RTF ---------------------------------------------------------------------------------------------------


def plain_rtf(text: bytes) -> bytes:
    return struct.pack("<4I", len(text) + 12, len(text), 0x414C454D, 0) + text


HELLO = bytes.fromhex(  # the example of [MS-OXRTFCP] 4.1.1
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def test_compressed_rtf() -> None:
    assert mapirtf.decompressed(HELLO) == (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", "")
    repeated = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")  # 4.1.2
    assert mapirtf.decompressed(repeated) == (b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", "")
    assert mapirtf.decompressed(plain_rtf(b"{\\rtf1 x}")) == (b"{\\rtf1 x}", "")
    assert mapirtf.decompressed(HELLO[:-9])[1].startswith("its RTF body is cut short")
    for bad in (b"", b"\0" * 20, HELLO[:8]):
        with pytest.raises(Damaged):
            mapirtf.decompressed(bad)


def test_html_within_rtf() -> None:
    rtf = rb"""{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0\fswiss\fcharset204 Arial;}{\f1\fcharset238 X;}}
{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \'cf\'f0\'e8\'e2\'e5\'f2 {\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0
{\*\mhtmltag84 <a href="gone">}{\*\htmltag84 <a href="kept">}{\f1 \'b3}\u9731 ?\{x\}\line\htmlrtf }
\htmlrtf0{\*\htmltag72 </p>}}"""
    found = mapirtf.encapsulated(rtf)
    assert found is not None and found.kind == "html"
    assert found.text == '<p>Привет &nbsp;<a href="kept">ł\u2603{x}\n</p>'
    assert mapirtf.encapsulated(rb"{\rtf1\ansi\fromtext {\fonttbl{\f0 x;}}one\par two\tab\'e9}").text == "one\ntwo\té"  # type: ignore[union-attr]
    assert mapirtf.encapsulated(rb"{\rtf1\ansi plain}") is None


def test_a_body_that_is_only_rtf() -> None:
    values = {key: value for key, value in NOTE.items() if key != 0x1000}
    assert (
        read(Made({**values, 0x1009: plain_rtf(rb"{\rtf1\ansi Fifty \b widgets\b0 .}")})).text_said
        == "Fifty widgets.\n"
    )
    made = Made({**values, 0x1009: plain_rtf(rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Fifty &amp; one}")})
    assert read(made).text_said == "Fifty & one\n"
    both = Made({**NOTE, 0x1009: plain_rtf(rb"{\rtf1\ansi Fifty widgets. And a footnote{\footnote secret}}")})
    assert "secret" in read(both).text_said
    assert mapibody.body_of(mapi_bytes.item(Made({**NOTE, 0x1009: b"short"}))).notes


# -- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "codec"), [(936, "gb18030"), (950, "cp950"), (1251, "cp1251"), (932, "cp932")])
def test_strings_of_eight_bits(page: int, codec: str) -> None:
    text = {936: "部件五十", 950: "零件五十", 1251: "Пятьдесят", 932: "部品五十"}[page]
    made = Made({**NOTE, 0x0037: text, 0x1000: f"{text}\r\n", 0x3FFD: page}, [{**BOB, 0x3001: text}])
    reading = reading_of(mapi_bytes.msg(made, codec), kind="msg")
    assert reading.fields["subject"] == text and reading.text_said == f"{text}\n"
    assert reading.fields["to"] == [f"{text} <bob@riverton.example>"]


def test_an_ole_attachment_of_a_message_comes_out_as_a_compound_file() -> None:
    inside = Storage(holds={"CONTENTS": b"%PDF-1.4 " + bytes(5000), "\x01CompObj": b"x" * 100})
    made = Made(NOTE)
    names = {"__properties_version1.0": bytes(8) + struct.pack("<HHIQ", 3, 0x3705, 6, 6)}
    whole = mapi_bytes._storage(made, 32, mapi_bytes._Names(), "")
    whole.holds["__attach_version1.0_#00000000"] = Storage(holds={**names, "__substg1.0_3701000D": inside})
    reading = reading_of(compound_file(whole), kind="msg")
    assert [data for _, data, _ in reading.members] == [inside.holds["CONTENTS"]]


@pytest.mark.parametrize("sizes", [(0, 1, 63, 64, 4095), (4096, 4097, 70_000), (8_000_000, 10)])
def test_compound_files_are_written_as_others_read_them(sizes: tuple[int, ...]) -> None:
    import io

    import olefile

    generator = random.Random(7)
    streams = {f"stream {size}": generator.randbytes(size) for size in sizes}
    data = compound_file(Storage(holds={**streams, "below": Storage(holds={**streams})}))
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
        for name, content in streams.items():
            assert file.openstream([name]).read() == file.openstream(["below", name]).read() == content
    if "CONTENTS" not in streams:
        assert compound.packaged_file(data) is None


def test_winmail_in_a_mail_is_opened() -> None:
    made = Made({**NOTE, 0x0E07: 1}, [], [({0x3705: 1, 0x3707: "a.txt", 0x3701: b"aa"}, None)])
    found = tnef.opened(mapi_bytes.tnef(made))
    assert found.plain == "Fifty widgets.\n" and found.html == found.calendar == "" and not found.problems
    assert [(file.name, file.data) for file in found.files] == [("a.txt", b"aa")]
    with pytest.raises(Damaged):
        tnef.opened(b"\x78\x9f\x3e\x22")


def test_older_attributes_of_tnef() -> None:
    stream = b"\x78\x9f\x3e\x22\x01\x00" + mapi_bytes.attribute(1, 0x69007, struct.pack("<II", 1251, 0))
    stream += mapi_bytes.attribute(1, 0x18004, "Детали\0".encode("cp1251"))
    stream += mapi_bytes.attribute(1, 0x38005, struct.pack("<7H", 2018, 1, 8, 15, 30, 0, 1))
    stream += mapi_bytes.attribute(1, 0x2800C, "Пятьдесят\0".encode("cp1251"))
    stream += mapi_bytes.attribute(2, 0x69002, bytes(14)) + mapi_bytes.attribute(2, 0x18010, b"A.TXT\0")
    stream += mapi_bytes.attribute(2, 0x6800F, b"aa")
    reading = reading_of(stream, kind="tnef")
    assert reading.fields["subject"] == "Детали" and reading.text_said == "Пятьдесят\n"
    assert reading.fields["sent"] == "2018-01-08T15:30:00+00:00"
    assert [(name, data) for name, data, _ in reading.members] == [("A.TXT", b"aa")] and not reading.problems
    wrong = bytearray(stream)
    wrong[-1] ^= 1
    assert reading_of(bytes(wrong), kind="tnef").codes == {"PARTIAL"}


@pytest.mark.parametrize("kind", ["msg", "tnef"])
def test_damage_is_told(kind: str) -> None:
    """Any mutation ends as unreadable, or with what could be read: never as anything else."""
    made = Made(
        {**NOTE, 0x1009: HELLO, mapitags.CATEGORIES: ["A", "B"]},
        [BOB],
        [({0x3705: 1, 0x3707: "a.bin", 0x3701: bytes(9000)}, None), ({0x3705: 5}, Made(NOTE))],
    )
    whole = mapi_bytes.msg(made) if kind == "msg" else mapi_bytes.tnef(made)
    generator = random.Random(20260926)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(generator.choice((1, 1, 3, 20))):
            data[generator.randrange(len(data))] = generator.randrange(256)
        cut = bytes(data[: generator.randrange(len(data))]) if generator.random() < 0.3 else bytes(data)
        reading = reading_of(cut, kind=kind)
        assert reading.stopped in ("", "CORRUPT")


def test_values_of_the_wrong_form_count_as_missing() -> None:
    values = {1: mapi.Value(mapi.TIME, b"\1"), 2: mapi.Value(mapi.LONG, b""), 3: mapi.Value(mapi.UNICODE, [b"a\0"])}
    found = mapi.Properties(values)
    assert found.time(1) is None and found.integer(2, 5) == 5 and found.text(3) == "" and found.texts(3) == ["a"]
    assert [found.shown(key) for key in (1, 2, 3, 4)] == ["", "", "a", ""]
    assert mapi.filetime(1 << 63) is None and mapi.filetime(0) is None
