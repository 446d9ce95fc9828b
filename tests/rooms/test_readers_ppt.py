"""PowerPoint presentations of 1997 to 2003, made in code: slides in order, what is hidden marked, objects handed on."""

from __future__ import annotations

import random
import struct

import pytest
from old_office import Presentation, Slide, Word, atom, box, holder, words
from reading_of import Reading, reading_of

from tecum.hooks import Unreadable
from tecum.processing.readers.pptbinary import Show


def read(show: Presentation, name: str = "talk.ppt") -> Reading:
    return reading_of(show.file(), name)


def test_slides_in_order_with_all_that_belongs_to_them() -> None:
    show = Presentation(
        slides=[
            Slide([box(words("Title")), box(words("日本語\rsecond line"))], notes="Say this."),
            Slide([box(words("Not shown"))], hidden=True),
            Slide([box(words("Last"))], comments=[("Is this true?", "Ann Poe", (2018, 1, 24))]),
        ]
    )
    said = read(show)
    assert said.text_said.split("\n\f") == [
        "Title\n日本語\nsecond line\n[speaker notes: Say this.]",
        "[hidden slide 2]\nNot shown",
        "Last\n[comment by Ann Poe on 2018-01-24: Is this true?]",
        "",
    ]
    assert said.fields["hidden"] == ["speaker notes", "hidden slide: 2", "comments"]
    assert said.fields["pages"] == "3"


def test_texts_of_the_outline_stand_where_a_shape_points_at_them() -> None:
    pointing = box(atom(0x0F9E, struct.pack("<I", 1)))
    show = Presentation([Slide([pointing, box(words("own"))], outline=["first", "second"])])
    assert read(show).text_said.split("\n\f")[0] == "second\nown\nfirst"


def test_slides_that_no_list_names_are_kept() -> None:
    said = read(Presentation([Slide([box(words("Kept"))])], strays=[Slide([box(words("Cut out"))])]))
    assert "[slide outside the presentation]\nCut out" in said.text_said
    assert said.fields["hidden"] == ["slide outside the presentation"]


def test_masters_give_their_stamp_and_no_prompts() -> None:
    prompt = box(words("Click to edit"), beside=holder(0xF011, atom(0x0BC3, struct.pack("<IBBH", 0, 1, 0, 0))))
    said = read(Presentation([Slide([box(words("A"))])], masters=[[prompt, box(words("Town of Example"))]]))
    assert "Town of Example" in said.text_said
    assert "Click" not in said.text_said


def test_lettering_descriptions_and_links() -> None:
    lettering, description = "DRAFT\0".encode("utf-16-le"), "A map\0".encode("utf-16-le")
    table = struct.pack("<HIHI", 0x80C0, len(lettering), 0x8381, len(description)) + lettering + description
    options = struct.pack("<HHI", 2 << 4 | 3, 0xF00B, len(table)) + table
    link = holder(0xF011, holder(0x0FF2, atom(0x0FF3, struct.pack("<II8x", 0, 7))))
    show = Presentation([Slide([box(words("See"), options=options, beside=link)])], links={7: "http://town.example/"})
    assert read(show).text_said.split("\n\f")[0].splitlines() == [
        "See", "DRAFT", "[picture: A map]", "<http://town.example/>",
    ]  # fmt: skip


def test_footers_are_read() -> None:
    show = Presentation([Slide([box(words("A"))], footer="Confidential")])
    assert read(show).text_said.split("\n\f")[0].splitlines() == ["A", "Confidential"]


def test_every_object_is_a_member() -> None:
    inner = Word("The inner letter.\r").file()
    said = read(Presentation([Slide([box(words("A"))])], objects=[inner]))
    assert said.names == ["object 50.doc"]
    assert said.members[0][1] == inner


def test_an_encrypted_one_is_never_read_as_if_it_were_plain() -> None:
    said = read(Presentation([Slide([box(words("A"))])], encrypted=True))
    assert said.stopped in ("ENCRYPTED", "CORRUPT")  # made here without what its decryption needs
    assert not said.text_said
    user = struct.pack("<HHIII8x", 0, 0x0FF6, 20, 20, 0xF3D1C4DF)
    with pytest.raises(Unreadable, match="encrypted"):
        Show(b"", user)


def test_without_a_directory_the_slides_are_found_all_the_same() -> None:
    data = bytearray(Presentation([Slide([box(words("Found"))])]).file())
    at = data.rindex(struct.pack("<HH", 0, 0x0FF6))
    data[at + 16 : at + 20] = b"\xff\xff\xff\x7f"  # the place of the newest edit
    said = reading_of(bytes(data), "talk.ppt")
    assert "Found" in said.text_said
    assert "PARTIAL" in said.codes


def test_damage_ends_in_a_named_outcome() -> None:
    whole = Presentation(
        [Slide([box(words("A")), box(words("日本"))], outline=["o"], notes="n", comments=[("c", "d", (2018, 1, 2))])],
        strays=[Slide([box(words("s"))])], masters=[[box(words("m"))]], links={1: "http://a.example"},
        objects=[Word("x\r").file()],
    ).file()  # fmt: skip
    chance = random.Random(6)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(512, len(data)) :]
        assert reading_of(bytes(data), "talk.ppt", kind="ppt").stopped in ("", "CORRUPT", "ENCRYPTED")
