"""Files written into text, and files of old Macintoshes: decoded, checked, and told when they are not whole."""

from __future__ import annotations

import binascii
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import Reading, reading_of

from tecum.processing.identify import identify
from tecum.processing.readers import binhex, encoded

HEAD = b"From: ann@riverton.example\nTo: bob@riverton.example\nDate: Mon, 8 Jan 2018 09:30:00 -0600\n"
XX = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HQX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"


def mail(rest: bytes) -> Reading:
    return reading_of(HEAD + rest, kind="eml")


def uu_lines(data: bytes) -> list[bytes]:
    return [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]


def xx(data: bytes, name: str) -> bytes:
    lines = b"".join(bytes(XX[(letter - 32) & 63] for letter in line.rstrip(b"\n")) + b"\n" for line in uu_lines(data))
    return b"begin 644 " + name.encode() + b"\n" + lines + b"+\nend\n"


def yenc(data: bytes, name: str, *, first: int = 0, size: int = -1, total: int = 1, crc: int | None = None) -> bytes:
    """A part of a yEnc file that begins at byte ``first`` of ``size``."""
    size = len(data) if size < 0 else size
    parted = size != len(data)
    head = f"=ybegin {'part=1 total=2 ' if parted else ''}line=128 size={size} name={name}\r\n"
    head += f"=ypart begin={first + 1} end={first + len(data)}\r\n" if parted else ""
    out = bytearray()
    for value in data:
        letter = (value + 42) & 255
        out += bytes([61, (letter + 64) & 255]) if letter in (0, 10, 13, 61) else bytes([letter])
    lines, at = [], 0
    while at < len(out):
        end = at + 128 + (out[at + 127 : at + 128] == b"=")
        line = bytes(out[at:end])
        lines.append(b"." + line if line.startswith(b".") else line)
        at = end
    checked = zlib.crc32(data) if crc is None else crc
    tail = f"=yend size={len(data)} {'part=1 pcrc32' if parted else 'crc32'}={checked:08x}\r\n"
    return head.encode() + b"\r\n".join(lines) + b"\r\n" + tail.encode()


@given(st.binary(min_size=1, max_size=600))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    uu = b"begin 644 a b.bin\n" + b"".join(uu_lines(data)) + b"`\nend\n"
    for block in (uu, xx(data, "a b.bin"), yenc(data, "a b.bin")):
        (found,) = encoded.found(b"See:\r\n" + block + b"Regards\r\n")
        assert (found.name, found.data, found.note) == ("a b.bin", data, "")


def test_files_leave_the_text_and_a_line_with_their_name_stays() -> None:
    said = mail(b"\nFirst:\n" + xx(b"one" * 50, "1.txt") + b"second:\n" + yenc(b"two" * 99, "2.txt") + b"Regards\n")
    assert said.text_said == "First:\n[1.txt]\nsecond:\n[2.txt]\nRegards\n"
    assert [data for _, data, _ in said.members] == [b"one" * 50, b"two" * 99] and not said.problems


def test_parts_of_a_yenc_file_are_joined_and_missing_ones_told() -> None:
    whole = bytes(range(256)) * 4
    first = yenc(whole[:600], "a.bin", size=1024)
    second = yenc(whole[600:], "a.bin", first=600, size=1024)
    both = mail(b"\n" + first + b"\n" + second)
    assert [data for _, data, _ in both.members] == [whole] and not both.problems
    (data, rest) = mail(b"\n" + second).member_named("a.bin")
    assert data == whole[600:] and rest["problem"] == "PARTIAL" and "bytes 601 to 1024 of 1024" in rest["message"]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (yenc(b"abc" * 30, "a", crc=1), "checksum is wrong"),
        (
            yenc(b"abc" * 30, "a").replace(b"size=90 name", b"size=99 name"),
            "90 bytes where its yEnc header promises 99",
        ),
        (yenc(b"abc" * 30, "a").partition(b"=yend")[0], "broken off"),
    ],
)
def test_damaged_yenc_gives_what_it_can_and_says_so(block: bytes, words: str) -> None:
    said = mail(b"\n" + block)
    assert said.codes == {"PARTIAL"} and words in said.members[0][2]["message"]
    assert (said.members[0][1] or b"").startswith(b"abc" * 30)


def test_words_that_only_look_like_a_block_stay_text() -> None:
    for text in (
        "=ybegin is how a block begins\n",
        "begin 644 the day\nwith a walk\n",
        "=ybegin line=1 name=x\nsize\n",
    ):
        said = mail(b"\n" + text.encode())
        assert said.text_said == text and not said.members


@given(st.binary(max_size=300))
def test_no_text_makes_it_raise(data: bytes) -> None:
    for start in (b"begin 644 x\n", b"=ybegin line=128 size=10 name=x\n", binhex.NOTICE + b" 4.0)\n:"):
        encoded.found(start + data)
        encoded.found(data + b"\n" + start)


# -- Macintosh -----------------------------------------------------------------------------------------------


def hqx(data: bytes, name: bytes = b"plan.doc", resource: bytes = b"", cut: int = 0) -> bytes:
    head = bytes([len(name)]) + name + b"\0" + b"TEXTttxt" + struct.pack(">HLL", 0, len(data), len(resource))
    raw = b"".join(part + binascii.crc_hqx(part, 0).to_bytes(2, "big") for part in (head, data, resource))
    packed = raw.replace(b"\x90", b"\x90\0")
    packed = packed.replace(b"aaaa", b"a\x90\x04")[: len(packed) - cut]
    bits = "".join(f"{octet:08b}" for octet in packed)
    bits += "0" * (-len(bits) % 6)
    letters = bytes(HQX[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
    lines = b"\r\n".join(letters[at : at + 64] for at in range(0, len(letters), 64))
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n:" + lines + b":\r\n"


@given(st.binary(max_size=300))
def test_binhex_is_decoded(data: bytes) -> None:
    file = binhex.decoded(hqx(data + b"aaaa"))
    assert (file.name, file.data, file.note) == ("plan.doc", data + b"aaaa", "")


def test_binhex_in_a_mail_and_loose() -> None:
    block = hqx(b"minutes", resource=b"r" * 9)
    inline = mail(b"\nSee:\n" + block)
    assert inline.text_said == "See:\n[plan.doc]\n\n" and inline.members[0][1] == b"minutes"
    part = mail(b"Content-Type: application/mac-binhex40; name=plan.hqx\n\n" + block)
    assert part.members[0][:2] == ("plan.doc", b"minutes")
    assert identify(block, "x").kind == "hqx"
    loose = reading_of(block, "plan.hqx")
    assert loose.is_container and loose.names == ["plan.doc"] and loose.codes == {"PARTIAL"}
    assert reading_of(b"nothing", kind="hqx").stopped == "CORRUPT"
    short = reading_of(hqx(b"minutes" * 50, cut=100), "plan.hqx")
    assert short.members[0][2]["problem"] == "CORRUPT" and (short.members[0][1] or b"").startswith(b"minutes")
    assert reading_of(hqx(b"x", cut=20), "plan.hqx").members[0][1] is None


def apple(magic: bytes, *entries: tuple[int, bytes]) -> bytes:
    at = 26 + 12 * len(entries)
    table, body = b"", b""
    for kind, content in entries:
        table += struct.pack(">3L", kind, at + len(body), len(content))
        body += content
    return magic + b"\0\2\0\0" + bytes(16) + struct.pack(">H", len(entries)) + table + body


def test_applesingle_holds_its_file_and_appledouble_only_notes() -> None:
    single = apple(b"\0\5\x16\0", (3, b"plan.doc"), (8, struct.pack(">4l", 0, 86400, 0, 0)), (1, b"words"))
    assert identify(single, "x").kind == "applefile"
    said = reading_of(single, "x")
    assert said.is_container and said.members[0][:2] == ("plan.doc", b"words")
    assert said.members[0][2]["fields"] == {"file_modified": "2000-01-02T00:00:00+00:00"}
    double = reading_of(apple(b"\0\5\x16\7", (3, b"plan.doc"), (4, b"a remark"), (2, bytes(400))), "._plan.doc")
    assert not double.is_container and double.text_said == "plan.doc\na remark\n" and double.codes == {"PARTIAL"}
    assert reading_of(single[:-2], "x").codes == {"PARTIAL"}
    assert reading_of(single[:30], "x").stopped == "CORRUPT"


def test_both_halves_of_a_macintosh_attachment_come_out() -> None:
    header = apple(b"\0\5\x16\7", (3, b"plan.doc"))
    said = mail(
        b"Content-Type: multipart/appledouble; boundary=a\n\n--a\nContent-Type: application/applefile; name=a.doc\n\n"
        + header + b"\n--a\nContent-Type: application/msword; name=plan.doc\n\nwords\n--a--\n"
    )  # fmt: skip
    assert [(data, rest["kind"]) for _, data, rest in said.members] == [(header, "applefile"), (b"words", "")]
