"""Outlook's mailbox files: every item of every folder, whatever the edition, and damage counted to the item."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import mapi_bytes
import pytest
from mapi_bytes import Made, Plain
from pst_bytes import ANSI, LARGE, UNICODE, Form, Pst
from reading_of import Reading, reading_of

from tecum.processing.readers import mapimail, mapitags, pstcipher
from tecum.processing.readers.mapi import Key, Named

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "mail-containers"
shared = pytest.mark.shared
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the project")

BOB: dict[Key, Plain] = {0x3001: "Bob", 0x3002: "SMTP", 0x3003: "bob@riverton.example", 0x0C15: 1}


def note(subject: str, **more: Any) -> Made:
    values: dict[Key, Plain] = {0x001A: "IPM.Note", 0x0037: subject, 0x1000: f"About {subject}.\r\n"}
    return Made({**values, mapitags.CATEGORIES: ["A", "B"], Named(mapitags.COMMON, 0x8530): "Call"}, [BOB], **more)


def rich() -> Made:
    inner = note("inner", attachments=[({0x3705: 1, 0x3707: "deep.bin", 0x3701: b"deep"}, None)])
    files: list[tuple[dict[Key, Plain], Made | None]] = [
        ({0x3705: 1, 0x3707: "big.bin", 0x3701: random.Random(1).randbytes(150_000)}, None),
        ({0x3705: 1, 0x3707: "empty.bin", 0x3701: b""}, None),
        ({0x3705: 5, 0x3001: "inner"}, inner),
    ]
    return Made({**note("rich").values, 0x1000: "long " * 9000}, [BOB] * 3, files)


def folders(reading: Reading) -> list[str]:
    return [rest["fields"]["mail_folder"] for _, _, rest in reading.members]


@pytest.mark.parametrize("crypt", [pstcipher.NONE, pstcipher.PERMUTE, pstcipher.CYCLIC])
@pytest.mark.parametrize("form", [ANSI, UNICODE, LARGE], ids=["ansi", "unicode", "large"])
def test_every_item_comes_out_as_the_message_it_is(form: Form, crypt: int) -> None:
    eight_bit = "cp1252" if form is ANSI else ""
    file = Pst(form, crypt, eight_bit)
    top = file.folder("Top")
    inbox, sent = file.folder("In/box", top), file.folder("Größe", top)
    made = [rich(), *(note(f"mail {number}") for number in range(20))]
    for one in made:
        file.message(inbox, one)
    file.message(sent, note("sent"))
    file.message(inbox, Made({0x001A: "IPM.Configuration"}), hidden=True)
    reading = reading_of(file.written(), "a.pst")
    assert reading.is_container and not reading.stopped
    assert folders(reading) == ["Top/In_box"] * 21 + ["Top/Größe"]
    assert reading.names[0] == "Top/In_box/00001.eml" and reading.names[-1] == "Top/Größe/00022.eml"
    expected = [mapimail.message_of(mapi_bytes.item(one, eight_bit)).data for one in [*made, note("sent")]]
    assert [data for _, data, _ in reading.members] == expected
    assert {rest["kind"] for _, _, rest in reading.members} == {"eml"}
    assert not [rest for _, _, rest in reading.members if rest["problem"]]
    words = "1 hidden items were left out, which are settings of the mail program: In_box 1"
    assert reading.problems == [("PARTIAL", words)]


def test_many_recipients() -> None:
    people = [{**BOB, 0x3001: f"Person {number}", 0x3003: f"p{number}@riverton.example"} for number in range(1500)]
    file = Pst()
    file.message(file.folder("Inbox"), Made(note("all").values, people))
    (_, data, rest) = reading_of(file.written(), "a.pst").members[0]
    assert rest["problem"] == "" and len(reading_of(data or b"", kind="eml").fields["to"]) == 1500


def test_what_the_index_lost_is_told_item_by_item() -> None:
    file = Pst()
    inbox = file.folder("Inbox")
    numbers = [file.message(inbox, note(f"mail {number}")) for number in range(5)]
    reading = reading_of(file.written(lose=lambda number: number in numbers[1:3]), "a.pst")
    lost = [rest["message"] for _, data, rest in reading.members if data is None]
    assert len(reading.members) == 5 and len(lost) == 2 and all("the folder lists it" in one for one in lost)
    assert {rest["problem"] for _, data, rest in reading.members if data is None} == {"CORRUPT"}


def test_items_of_a_lost_folder_still_come() -> None:
    file = Pst()
    inbox = file.folder("Inbox")
    below = file.folder("Below", inbox)
    file.message(inbox, note("one"))
    file.message(below, note("two"))
    reading = reading_of(file.written(lose=lambda number: number == inbox), "a.pst")
    assert sorted(folders(reading)) == ["(items without a folder)", "(items without a folder)/Below"]
    assert "1 items belong to no folder" in str(reading.problems)


def test_counts_that_differ_are_told_with_their_numbers() -> None:
    file = Pst()
    file.message(file.folder("Inbox"), note("one"))
    reading = reading_of(file.written(declared=7), "a.pst")
    assert ("PARTIAL", "Inbox: 7 items declared, 1 found") in reading.problems


def test_a_block_that_fails_its_checksum_marks_its_item_alone() -> None:
    file = Pst(crypt=pstcipher.NONE)
    inbox = file.folder("Inbox")
    for number in range(3):
        file.message(inbox, note(f"mail {number}"))
    data = file.written()
    wrong = data.replace("About mail 1".encode("utf-16-le"), "About mall 1".encode("utf-16-le"))
    problems = [rest["problem"] for _, _, rest in reading_of(wrong, "a.pst").members]
    assert problems == ["", "PARTIAL", ""]


@pytest.mark.parametrize("form", [ANSI, UNICODE, LARGE], ids=["ansi", "unicode", "large"])
def test_damage_is_told(form: Form) -> None:
    """Any mutation ends as corrupt, or with what could be read: never as anything else."""
    file = Pst(form)
    inbox = file.folder("Inbox")
    for number in range(4):
        file.message(inbox, note(f"mail {number}", attachments=[({0x3705: 5}, note("inner"))]))
    whole = file.written()
    start = min(place for place, _, _ in file._blocks.values())
    generator = random.Random(20260926)
    seen: Counter[bool] = Counter()
    for _ in range(70):
        data = bytearray(whole)
        for _ in range(generator.choice((1, 3, 20, 200))):
            data[generator.randrange(start, len(data))] = generator.randrange(256)
        cut = bytes(data[: generator.randrange(start, len(data))]) if generator.random() < 0.2 else bytes(data)
        reading = reading_of(cut, kind="pst")
        assert reading.stopped in ("", "CORRUPT")
        told = bool(reading.stopped or reading.problems or any(rest["problem"] for _, _, rest in reading.members))
        assert told or len(reading.members) == 4
        seen[told] += 1
    assert seen[True] > 20


def test_what_is_no_mailbox() -> None:
    for data in (b"!BDN", b"!BDN" + bytes(600), b"!BDN" + bytes(6) + b"\x63\0" + bytes(600), b"x" * 600):
        assert reading_of(data, kind="pst").stopped == "CORRUPT"


@pytest.mark.slow
def test_a_value_of_many_blocks() -> None:
    """10 MB lie in more blocks than one list of blocks names, 400 attachments in more than one list of subnodes."""
    for form in (ANSI, UNICODE, LARGE):
        content = random.Random(3).randbytes(10_000_000)
        few: list[tuple[dict[Key, Plain], Made | None]] = [
            ({0x3705: 1, 0x3707: f"{number}.bin", 0x3701: b"%d" % number}, None) for number in range(400)
        ]
        file = Pst(form)
        file.message(file.folder("Inbox"), note("big", attachments=[({0x3705: 1, 0x3701: content}, None), *few]))
        (_, data, rest) = reading_of(file.written(), "a.pst").members[0]
        inside = reading_of(data or b"", kind="eml").members
        assert rest["problem"] == "" and len(inside) == 401 and inside[0][1] == content


# -- real files --------------------------------------------------------------------------------------------

# What readpst reports (done + skipped) for each folder that holds items.
COUNTED = {
    "aspose/Outlook/PersonalStorageFile.pst": {"myInbox": 18},
    "aspose/Outlook/PersonalStorageFile1.pst": {"myInbox": 72},
    "aspose/Outlook/PersonalStorageFile2.pst": {"myInbox": 24},
    "tika/testPST_variousBodyTypes.pst": {"tmp": 4},
    "java-libpst/dist-list.pst": {"Contacts": 2, "Calendar": 1},
    "java-libpst/passworded.pst": {"Contacts": 2, "Inbox": 4, "Calendar": 4},
    "pst-exp/sample1.pst": {"Sample1": 1},
    "pst-exp/sample2.pst": {"Sample2": 1},
    "pst-exp/submessage.pst": {"submessage": 1},
    "pst-exp/test_ansi.pst": {"Folder": 1},
    "pst-exp/test_unicode.pst": {"Top of Personal Folders": 1, "Folder": 1},
}


@shared
@needs_shared
@pytest.mark.parametrize("name", COUNTED)
def test_no_folder_of_a_real_file_gives_less_than_readpst(name: str) -> None:
    reading = reading_of((SHARED / name).read_bytes(), name)
    found = Counter(folder.rpartition("/")[2] for folder in folders(reading))
    hidden = str(reading.problems)
    for folder, count in COUNTED[name].items():
        assert found[folder] >= count or f"{folder} {count}" in hidden
    assert not reading.stopped and not [rest for _, _, rest in reading.members if rest["problem"]]


@shared
@needs_shared
def test_libpff_finds_the_same_properties_in_real_files() -> None:
    pypff = pytest.importorskip("pypff")
    from tecum.processing.readers import psttables
    from tecum.processing.readers.pstblocks import Store

    compared = 0
    for path in sorted(SHARED.rglob("*.pst")):
        other = pypff.file()
        other.open(str(path))
        with path.open("rb") as file:
            store = Store(file, path.stat().st_size)
            for item in _items(other.get_root_folder()):
                mine = psttables.properties(store, store.node(item.identifier), {})
                assert not mine.notes
                for entry in _entries(item):
                    value = mine.values[entry.entry_type]
                    if isinstance(value.raw, bytes):
                        assert value.kind == entry.value_type and value.raw.startswith(entry.data or b"")
                        compared += 1
        other.close()
    assert compared > 4000


def _items(folder: Any) -> Any:
    for position in range(folder.number_of_sub_items):
        one = folder.get_sub_item(position)
        yield one
        if one.identifier & 0x1F in (2, 3):
            yield from _items(one)


def _entries(item: Any) -> Any:
    for number in range(item.number_of_record_sets):
        rows = item.get_record_set(number)
        for position in range(rows.number_of_entries):
            yield rows.get_entry(position)


def test_the_cyclic_coding_is_its_own_inverse() -> None:
    data = random.Random(5).randbytes(70_000)
    for block in (4, 0x12345678, 0xFFFFFFFF0):
        coded = pstcipher.decoded(data, pstcipher.CYCLIC, block)
        assert coded != data and pstcipher.decoded(coded, pstcipher.CYCLIC, block) == data
