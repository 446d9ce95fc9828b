"""Mailboxes: every byte is in a message, an envelope line or the empty line between two."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import reading_of

from tecum.processing.readers import mbox

HEAD = b"From: Ann Lee <ann@riverton.example>\nTo: bob@riverton.example\nDate: Mon, 8 Jan 2018 09:30:00 -0600\n"
ENVELOPE = b"From ann@riverton.example Mon Jan  8 09:30:00 2018\n"


def test_a_mailbox_is_taken_apart() -> None:
    first, second = HEAD + b"\nFrom the beginning:\n>From here\n>>From there\n", HEAD + b"\ntwo\n"
    said = reading_of(ENVELOPE + first + b"\n" + ENVELOPE + second, kind="mbox")
    assert said.is_container and said.names == ["00001.eml", "00002.eml"]
    assert said.members[0][1] == first.replace(b">From here", b"From here").replace(b">>From", b">From")
    assert said.members[1][1] == second
    assert said.members[0][2] == {"kind": "eml", "fields": {"file_modified": "2018-01-08T09:30:00"}}
    assert not said.problems


@pytest.mark.parametrize(
    "envelope",
    [
        b"From ann at riverton.example  Fri Oct  1 13:25:21 2010\n",
        b"From - Fri Aug 05 10:57:20 2016\r\n",
        b"From ???@??? Tue Jul 08 13:09:28 1997\n",
        b'From "MAILER-DAEMON" Tue Apr 10 07:43:00 2001\n',
        b"From a@x.example Tue Apr 10 07:43:00 EDT 2001\n",
        b"From a@x.example 2018-01-08T09:30:00Z\n",
        b"From a@x.example\n",
    ],
)
def test_envelopes_as_they_come(envelope: bytes) -> None:
    said = reading_of(envelope + HEAD + b"\none\n\n" + envelope + HEAD + b"\ntwo\n", kind="mbox")
    assert len(said.members) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"From the menu select Install.\nTo: x\n",
        b"From 10:30 on 5 May 2010 we met.\n",
        b"From Mon Jan  8 09:30:00 2018 on it rained\nand rained\n",
        b"From: x\n",
    ],
)
def test_sentences_are_no_envelopes(line: bytes) -> None:
    said = reading_of(ENVELOPE + HEAD + b"\none\n\n" + line, kind="mbox")
    assert len(said.members) == 1 and line.strip() in (said.members[0][1] or b"")


def test_an_empty_mailbox_and_leading_bytes_are_told() -> None:
    assert reading_of(b"nothing\n", kind="mbox").stopped == "CORRUPT"
    said = reading_of(b"Subject: cut\n\nrest of it\n\n" + ENVELOPE + HEAD + b"\nx\n", kind="mbox")
    assert said.names == ["00000.eml", "00001.eml"] and said.codes == {"PARTIAL"}


@given(
    st.lists(
        st.sampled_from(
            [b"text\n", b"\n", b"\r\n", ENVELOPE, b"From a\n", b">From x\n", b"A: b\n", b"x" * 3000 + b"\n"]
        )
    )
)
def test_mailbox_bytes_reconcile(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    file, at = io.BytesIO(data), None
    for message in mbox.messages(file, len(data)):
        if at is not None:
            assert data[at : message.line] in (b"", b"\n", b"\r\n")
        assert data[message.line : message.start] == message.envelope
        at = message.end
    assert at is None or data[at:] in (b"", b"\n", b"\r\n")
    said = reading_of(data, kind="mbox")
    if not said.stopped:
        assert len(said.members) == sum(1 for _ in mbox.messages(file, len(data))) + ("00000.eml" in said.names)


def test_a_mailbox_longer_than_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    message = HEAD + b"\n" + b"word " * 3000 + b"\n"
    data = b"\n".join(ENVELOPE + message for _ in range(200))
    assert [data for _, data, _ in reading_of(data, kind="mbox").members] == [message] * 200
    monkeypatch.setattr(mbox, "_WHOLE", 100)
    quoted = ENVELOPE + HEAD + b"\n>From a\n" * 5000
    assert (reading_of(quoted, kind="mbox").members[0][1] or b"").count(b"\nFrom a") == 5000


# -- dialects ------------------------------------------------------------------------------------------------


def counted(body: bytes, count: int = -1) -> bytes:
    return HEAD + b"Content-Length: %d\n\n" % (len(body) if count < 0 else count) + body


INSIDE = b"words\n\n" + ENVELOPE + b"To: c@riverton.example\n\n>From here\n"


@pytest.mark.parametrize("between", [b"\n", b"", b"\n\n"])
def test_a_length_that_fits_is_believed(between: bytes) -> None:
    data = ENVELOPE + counted(INSIDE) + between + ENVELOPE + counted(b"two\n")
    said = reading_of(data, kind="mbox")
    assert len(said.members) == 2
    first = said.members[0][1] or b""
    assert first.rstrip(b"\n") == counted(INSIDE).rstrip(b"\n")  # its writer did not quote: nothing is undone
    assert (said.members[1][1] or b"").endswith(b"\n\ntwo\n")


def test_a_length_that_does_not_fit_is_ignored() -> None:
    for count in (3, 10**6):
        said = reading_of(ENVELOPE + counted(INSIDE, count) + b"\n" + ENVELOPE + HEAD + b"\ntwo\n", kind="mbox")
        assert len(said.members) == 3
    in_body = ENVELOPE + HEAD + b"\nContent-Length: 60\n\n" + b"x" * 60 + ENVELOPE + HEAD + b"\n"
    assert len(reading_of(in_body, kind="mbox").members) == 1


def test_quoted_lines_of_a_counted_message_lose_their_mark() -> None:
    said = reading_of(ENVELOPE + counted(b"a\n>From b\n"), kind="mbox")
    assert (said.members[0][1] or b"").endswith(b"a\nFrom b\n")


def test_netscape_wrote_no_empty_line_above() -> None:
    data = b"From - Fri Aug 05 10:57:20 2016\n" + HEAD + b"\none\nFrom - \n" + HEAD + b"\ntwo\nFrom - a list\n"
    assert [data for _, data, _ in reading_of(data, kind="mbox").members] == [
        HEAD + b"\none\n",
        HEAD + b"\ntwo\nFrom - a list\n",
    ]


def test_messages_between_marks() -> None:
    mark = b"\x01\x01\x01\x01\n"
    one, two = HEAD + b"\none\n\n>From x\n\n" + ENVELOPE + b"To: x\n", HEAD + b"\ntwo\n"
    data = mark + ENVELOPE + one + mark + mark + two + mark
    said = reading_of(data, "inbox")
    assert said.is_container and [data for _, data, _ in said.members] == [one, two]
    assert said.members[0][2]["fields"] == {"file_modified": "2018-01-08T09:30:00"}
    assert [data for _, data, _ in reading_of(mark + two[:-4], "inbox").members] == [two[:-4]]  # cut short


@given(st.lists(st.sampled_from([b"text\n", b"\n", b"\x01\x01\x01\x01\n", b"\x01\x01\x01\x01", ENVELOPE, b"x" * 900])))
def test_bytes_between_marks_reconcile(pieces: list[bytes]) -> None:
    data = mbox.MMDF + b"".join(pieces)
    found = list(mbox.messages(io.BytesIO(data), len(data)))
    kept = sum(len(message.envelope) + message.end - message.start for message in found)
    at = 0
    for message in found:
        assert data[at : message.start - len(message.envelope)].replace(mbox.MMDF, b"") == b""
        at = message.end
    assert data[at:].replace(mbox.MMDF, b"") == b"" and kept <= len(data)
