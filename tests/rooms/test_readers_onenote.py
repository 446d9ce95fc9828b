"""OneNote sections made in code: their words wherever they lie, each once, and the files put into them."""

from __future__ import annotations

import random
import struct

from reading_of import Reading, reading_of

MAGIC = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
KEPT, SENT = "3fdd9a101b91f549a5d01791edc8aed8", "2fe98d63d4a6c14b9a36b3fc2511a5b7"
TEXT, NARROW, LINK, NAME, AUTHOR = 0x1C001C22, 0x1C003498, 0x1C001E20, 0x1C001D9C, 0x1C001D75
TRUE, SMALL, LARGE, SET, SETS = 0x88001C01, 0x0C001C02, 0x14001C03, 0x44001C04, 0x40001C05


def properties(*pairs: tuple[int, bytes]) -> bytes:
    """A set of properties: their numbers, then their values."""
    values = (struct.pack("<I", len(value)) + value if number >> 26 & 0x1F == 7 else value for number, value in pairs)
    return struct.pack(f"<H{len(pairs)}I", len(pairs), *(number for number, _ in pairs)) + b"".join(values)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def section(*parts: bytes, form: str = KEPT) -> bytes:
    filler = random.Random(1).randbytes(64)
    return (MAGIC + bytes(32) + bytes.fromhex(form)).ljust(1024, b"\0") + filler.join((b"", *parts, b""))


def stored(content: bytes) -> bytes:
    return bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + struct.pack("<Q12x", len(content)) + content


def read(data: bytes) -> Reading:
    return reading_of(data, "notes.one")


def test_words_are_found_among_other_properties() -> None:
    inner = properties((SMALL, b"\1"), (TEXT, wide("inner 日本")))
    said = read(
        section(
            properties((TRUE, b""), (SMALL, b"\7"), (LARGE, bytes(4)), (TEXT, wide("A line\0"))),
            properties((SET, inner), (NARROW, b"narrow")),
            properties((SETS, struct.pack("<II", 2, SET) + inner + properties((TEXT, wide("second"))))),
        )
    )
    assert said.text_said.splitlines() == ["A line", "inner 日本", "narrow", "second"]
    assert not said.problems


def test_each_line_once_with_links_and_authors() -> None:
    page = properties((TEXT, wide("Same")), (LINK, wide("http://town.example/")), (AUTHOR, wide("Ann Poe\0")))
    said = read(section(page, page))
    assert said.text_said.splitlines() == ["Same", "<http://town.example/>"]
    assert said.fields["author"] == "Ann Poe"


def test_files_are_members_once() -> None:
    said = read(section(properties((NAME, wide("list.txt"))), stored(b"words"), stored(b"words"), stored(b"others")))
    assert [data for _, data, _ in said.members] == [b"words", b"others"]
    assert said.text_said == "[file: list.txt]"


def test_what_the_service_sends_is_read_in_part() -> None:
    said = read(section(properties((TEXT, wide("A line"))), form=SENT))
    assert said.text_said == "A line"
    assert said.codes == {"PARTIAL"}


def test_nothing_to_find_is_told() -> None:
    assert read(section(b"")).codes == {"EMPTY_TEXT"}
    assert read(MAGIC + bytes(50)).stopped == "CORRUPT"


def test_damage_leaves_the_rest() -> None:
    whole = section(*(properties((SMALL, b"\1"), (TEXT, wide(f"line {number}"))) for number in range(20)), stored(b"x"))
    chance = random.Random(3)
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(3):
            data[chance.randrange(1024, len(data))] = chance.randrange(256)
        said = read(bytes(data))
        assert said.stopped == ""
        assert len(said.text_said.splitlines()) >= 16
