"""Word documents of 1997 to 2003, made in code: every story read, changes marked, objects passed on."""

from __future__ import annotations

import random

import pytest
from old_office import DELETED, HIDDEN, INSERTED, Word, by, packed, summary, ticks
from reading_of import Reading, reading_of

from tecum.processing.readers.compoundwriter import Storage, compound_file


def read(document: Word, name: str = "letter.doc") -> Reading:
    return reading_of(document.file(), name)


@pytest.mark.parametrize("narrow", [True, False])
def test_stories_come_in_order(narrow: bool) -> None:
    document = Word(
        "The body.\r\x02 with a note\r",
        footnotes="\x02 The note.\r",
        headers=("Even head\r", "Odd head\r", "Even foot\r", "Odd head\r"),
        endnotes="\x02 The end note.\r",
        boxes="In a box\r",
        narrow=narrow,
    )
    lines = [line.strip() for line in read(document).text_said.splitlines() if line.strip()]
    assert lines == [
        "The body.", "with a note", "Even head", "Odd head", "Even foot", "The note.", "The end note.", "In a box",
    ]  # fmt: skip


def test_other_scripts_keep_their_places() -> None:
    text = "日本語 and 𐌲𐌿𐍄 and café\r"
    gone = text.index("and café") + 3  # each Gothic letter takes two of Word's characters
    document = Word(text, looks=[(gone, gone + 3, HIDDEN)])
    said = read(document)
    assert said.text_said.splitlines() == ["日本語 and 𐌲𐌿𐍄  café", "[hidden: and]"]
    assert said.fields["hidden"] == ["hidden text"]


def test_changes_tell_who_and_when() -> None:
    body = "We will not pay.\r"
    document = Word(
        body,
        looks=[
            (8, 12, DELETED + by(1, packed(2018, 1, 24, 9, 30), deleted=True)),
            (12, 15, INSERTED + by(0, packed(2018, 1, 25))),
        ],
        changers=["Ann Poe", "Bob Roe"],
    )
    said = read(document)
    assert said.text_said.splitlines() == [
        "We will pay.",
        "[deleted by Bob Roe on 2018-01-24: not]",
        "[inserted by Ann Poe on 2018-01-25: pay]",
    ]
    assert said.fields["hidden"] == ["tracked changes"]


def test_comments_with_authors() -> None:
    document = Word("Body.\r", comments=[("\x05Why?\r", "Ann Poe", packed(2017, 3, 14)), ("\x05So.\r", "Bob Roe", 0)])
    said = read(document)
    assert said.text_said.splitlines()[1:] == ["[comment by Ann Poe on 2017-03-14: Why?]", "[comment by Bob Roe: So.]"]
    assert said.fields["hidden"] == ["comments"]


def test_table_rows_are_lines() -> None:
    body = "a\x07b\rc\x07\x07\x07d\x07e\x07\x07\x07after\r"
    ends = [7, 13]  # the third mark of a row ends it; the second ends an empty cell
    assert read(Word(body, row_ends=ends)).text_said.splitlines() == ["a\tb", "c", "d\te", "after"]


def test_fields_show_their_result_and_keep_what_it_hides() -> None:
    body = (
        '\x13 HYPERLINK "http://town.example/a" \x14the page\x15, \x13 HYPERLINK \\l "top" \x14up\x15, '
        '\x13 PAGE \x147\x15 \x13 XE "detainer, refused" \x15\x13 INCLUDETEXT "C:\\\\other.doc" \x14kept\x15\r'
    )
    said = read(Word(body))
    assert said.text_said.splitlines() == [
        "the page, up, 7 kept", "<http://town.example/a>", "[index entry: detainer, refused]",
    ]  # fmt: skip
    assert said.fields["external_links"] == ['includetext: "C:\\\\other.doc"']


def test_special_characters() -> None:
    assert read(Word("co\x1foperate, twenty\x1eone\x0bnext\x0cpage\r")).text_said.splitlines() == [
        "cooperate, twenty-one", "next", "page",
    ]  # fmt: skip


def test_every_object_is_a_member() -> None:
    inner = Word("The inner letter.\r").storage()
    sheet = Storage(holds={"Workbook": b"not a real one"})
    native = b"\0\0\0\0\2\0list.txt\0C:\\list.txt\0\0\0\3\0\4\0\0\0abc\0\5\0\0\0words"
    package = Storage(holds={"\x01Ole10Native": native})
    said = read(Word("Outer.\r", objects={"_1": inner, "_2": sheet, "_3": package}))
    assert said.names == ["object 1.doc", "object 2.xls", "list.txt"]
    data, _ = said.member_named("object 1.doc")
    assert data is not None
    assert reading_of(data, "object 1.doc").text_said == "The inner letter."
    assert said.member_named("list.txt")[0] == b"words"


def test_properties_are_fields() -> None:
    said = read(Word("x\r", properties=summary({2: "Notice", 4: "Ann Poe", 12: ticks(2018, 1, 24)})))
    assert said.fields["title"] == "Notice"
    assert said.fields["author"] == "Ann Poe"
    assert said.fields["created"] == "2018-01-24T00:00:00+00:00"


def test_encrypted_is_named_as_such() -> None:
    assert read(Word("x\r", encrypted=True)).stopped == "ENCRYPTED"


def test_no_text_is_told() -> None:
    assert read(Word("\r")).codes == {"EMPTY_TEXT"}


def test_damage_ends_in_a_named_outcome() -> None:
    """Bytes changed, blocks lost: what can be read is read, and nothing else than a named end comes of it."""
    whole = Word(
        "Body \x13 HYPERLINK x \x14y\x15 and a table\x07cell\x07\x07end\r",
        footnotes="note\r", headers=("h\r", "i\r"), comments=[("c\r", "Ann", 5)],
        looks=[(2, 6, DELETED + by(0, 9, deleted=True)), (8, 12, HIDDEN)], row_ends=[40], changers=["Ann"],
        properties=summary({2: "t"}), objects={"_1": Word("in\r").storage()},
    ).file()  # fmt: skip
    chance = random.Random(4)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(512, len(data)) :]
        said = reading_of(bytes(data), "letter.doc", kind="doc")
        assert said.stopped in ("", "CORRUPT", "ENCRYPTED")


def test_what_is_written_is_read_back() -> None:
    """A compound file made here opens with a library that did not make it, at every size of table."""
    import io

    import olefile

    chance = random.Random(5)
    for count, size in ((0, 10), (3, 5000), (200, 3000), (1, 8_000_000)):
        holds: dict[str, bytes | Storage] = {f"s{n}": chance.randbytes(chance.randrange(size)) for n in range(count)}
        holds["inner"] = Storage(holds={"deep": Storage(holds={"x": chance.randbytes(size)})})
        opened = olefile.OleFileIO(
            io.BytesIO(compound_file(Storage(holds=holds))), raise_defects=olefile.DEFECT_POTENTIAL
        )
        for name, data in holds.items():
            if isinstance(data, bytes):
                assert opened.openstream([name]).read() == data
        deep = holds["inner"]
        assert isinstance(deep, Storage)
        assert opened.openstream(["inner", "deep", "x"]).read() == deep.holds["deep"].holds["x"]  # type: ignore[union-attr]
