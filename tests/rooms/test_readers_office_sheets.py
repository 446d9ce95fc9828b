"""Binary workbooks (xls of every version, xlsb), built here record by record, and what workbooks hold beside cells."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import Reading, reading_of
from test_readers_office import R, relations, zipped

from tecum.processing.readers import biff, sheetgrid
from tecum.processing.readers.compoundwriter import Storage, compound_file

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

# Before 2007


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def text8(words: str, *, short: bool = False) -> bytes:
    """A string of BIFF8, in narrow letters where they suffice."""
    wide = not words.isascii()
    return (
        struct.pack("<B" if short else "<H", len(words))
        + bytes([wide])
        + words.encode("utf-16-le" if wide else "latin-1")
    )


def bof(kind: int, version: int = 0x0600) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", version, kind, 0, 0, 0, 0))


END = record(0x0A)


def stream(sheets: dict[str, tuple[int, bytes]], shared: bytes = b"") -> bytes:
    """The stream of a workbook from its sheets: name to (state, records)."""
    formats = record(0x41E, struct.pack("<H", 164) + text8("000-00-0000"))
    styles = b"".join(record(0xE0, struct.pack("<HH", 0, number)) for number in (0, 164, 14, 4))
    heads = sum(4 + 6 + len(text8(name, short=True)) for name in sheets)
    start = len(bof(5)) + len(formats) + len(styles) + heads + len(shared) + len(END)
    listed = bodies = b""
    for name, (state, body) in sheets.items():
        listed += record(0x85, struct.pack("<IBB", start + len(bodies), state, 0) + text8(name, short=True))
        bodies += bof(0x10) + body + END
    return bof(5) + formats + styles + listed + shared + END + bodies


def xls(sheets: dict[str, tuple[int, bytes]], shared: bytes = b"", **more: bytes | Storage) -> Reading:
    return reading_of(compound_file(Storage(holds={"Workbook": stream(sheets, shared), **more})), "a.xls")


def label(row: int, column: int, words: str) -> bytes:
    return record(0x204, struct.pack("<HHH", row, column, 0) + text8(words))


def number(row: int, column: int, style: int, value: float) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def test_cells_are_shown_as_their_formats_say() -> None:
    formula = struct.pack("<HHH", 1, 0, 0) + b"\0\0\0\0\0\0\xff\xff" + bytes(8)
    body = (
        label(0, 0, "Größe")
        + number(0, 1, 1, 123456789)
        + number(0, 2, 2, 43124)
        + number(0, 3, 3, 1234.5)
        + record(0x6, formula)
        + record(0x207, text8("from a formula"))
        + record(0x205, struct.pack("<HHHBB", 1, 1, 0, 1, 0))
        + record(0x205, struct.pack("<HHHBB", 1, 2, 0, 0x17, 1))
        + record(0x27E, struct.pack("<HHHI", 2, 0, 0, 25 << 2 | 3))
        + record(0xBD, struct.pack("<HHHIHIH", 2, 1, 0, 7 << 2 | 2, 1, 1 << 2 | 2, 2))
    )
    said = xls({"Pay": (0, body)})
    assert said.text_said.split("\n")[:4] == [
        "Pay",
        "Größe\t123-45-6789\t2018-01-24\t1,234.50",
        "from a formula\tTRUE\t#REF!",
        "0.25\t7\t000-00-0001",
    ]
    assert not said.problems


def test_what_a_sheet_hides_is_marked() -> None:
    row = record(0x208, struct.pack("<HHHHHHHH", 1, 0, 2, 255, 0, 0, 0x20, 0))
    column = record(0x7D, struct.pack("<HHHHH", 1, 1, 900, 0, 1))
    body = column + row + label(0, 0, "a") + label(0, 1, "b") + label(1, 0, "c")
    said = xls({"Shown": (0, body), "Veiled": (1, b""), "Deep": (2, label(0, 0, "kept"))})
    assert [line for line in said.text_said.split("\n") if line] == [
        "Shown", "a\t[hidden: b]", "[hidden row: c]", "[hidden sheet: Veiled]", "[very hidden sheet: Deep]", "kept",
    ]  # fmt: skip
    assert said.fields["hidden"] == ["hidden columns", "hidden rows", "hidden sheet: Veiled", "hidden sheet: Deep"]


def box(object_number: int, words: str) -> bytes:
    """A drawn object with its text, in two pieces of which the second is wide."""
    half = len(words) // 2
    return (
        record(0x5D, struct.pack("<HHHHH", 0x15, 18, 6, object_number, 0) + bytes(12))
        + record(0x1B6, struct.pack("<HH6xHH4x", 0, 0, len(words), 16))
        + record(0x3C, b"\0" + words[:half].encode("latin-1"))
        + record(0x3C, b"\1" + words[half:].encode("utf-16-le"))
        + record(0x3C, bytes(16))
    )


def test_comments_boxes_links_charts_and_page_headers() -> None:
    url = "https://a.example/x\0".encode("utf-16-le")
    link = bytes(32) + bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(url)) + url
    note = record(0x1C, struct.pack("<HHHH", 4, 1, 0, 1) + text8("Ann"))
    chart = (
        bof(0x20) + record(0x100D, b"\0\0" + text8("Costs", short=True)) + record(0x1065, b"\1\0")
        + number(0, 0, 0, 99) + record(0x1065, b"\2\0") + label(0, 0, "North") + END
    )  # fmt: skip
    body = (
        record(0x14, text8('&C&"Arial,Bold"Draft &P')) + label(0, 0, "a") + box(1, "look here") + box(2, "a box")
        + chart + note + record(0x1B8, link)
    )  # fmt: skip
    said = xls({"S": (0, body)})
    lines = said.text_said.strip().split("\n")
    assert lines[:2] == ["S", "a"] and lines[-1] == "[comment on B5 by Ann: look here]"
    assert {line.strip() for line in lines[2:-1]} == {"Draft", "a box", "Costs", "North\t99", "https://a.example/x"}
    assert said.fields["hidden"] == ["comments"]


def test_shared_strings_break_anywhere() -> None:
    rich = struct.pack("<HBH", 4, 8, 1) + b"rich" + bytes(4)
    whole = struct.pack("<II", 3, 3) + text8("first") + rich
    broken = whole + struct.pack("<HB", 6, 0) + b"thi"
    shared = record(0xFC, broken) + record(0x3C, b"\1" + "rd€".encode("utf-16-le"))
    body = b"".join(record(0xFD, struct.pack("<HHHI", n, 0, 0, n)) for n in range(3))
    assert xls({"S": (0, body)}, shared).text_said.split() == ["S", "first", "rich", "third€"]


def test_objects_and_pivot_memories_of_a_workbook() -> None:
    wrapped = Storage(holds={"CONTENTS": b"%PDF-1.7"})
    memory = Storage(holds={"0001": record(0xCD, text8("left over")) + record(0xCD, text8("seen"))})
    shared = record(0xFC, struct.pack("<II", 1, 1) + text8("seen"))
    body = record(0xFD, struct.pack("<HHHI", 0, 0, 0, 0))
    said = xls({"S": (0, body)}, shared, MBD0000000A=wrapped, _SX_DB_CUR=memory)
    assert said.text_said.strip().split("\n") == ["S", "seen", "", "[pivot cache: left over]"]
    assert [(name[:11], data) for name, data, _ in said.members] == [("MBD0000000A", b"%PDF-1.7")]


def test_a_password_is_named() -> None:
    data = bof(5) + record(0x2F, bytes(6)) + END
    assert reading_of(compound_file(Storage(holds={"Workbook": data})), "a.xls").stopped == "ENCRYPTED"


@pytest.mark.parametrize(
    ("begin", "cells"),
    [
        (
            record(0x0009, struct.pack("<HH", 2, 0x10)),
            record(0x04, struct.pack("<HH3x", 0, 0) + b"\5words")
            + record(0x02, struct.pack("<HH3xH", 0, 1, 7))
            + record(0x03, struct.pack("<HH3xd", 0, 2, 2.5)),
        ),
        (
            record(0x0409, struct.pack("<HHH", 4, 0x10, 0)),
            record(0x204, struct.pack("<HHHH", 0, 0, 0, 5) + b"words")
            + number(0, 1, 0, 7)
            + record(0x206, struct.pack("<HHHd", 0, 2, 0, 2.5) + bytes(6)),
        ),
    ],
)
def test_workbooks_of_the_first_versions(begin: bytes, cells: bytes) -> None:
    said = reading_of(begin + cells + END, "old.xls")
    assert said.text_said.split() == ["Sheet1", "words", "7", "2.5"]


def test_a_damaged_record_is_told_and_the_rest_is_read() -> None:
    said = xls({"S": (0, label(0, 0, "a") + record(0xFD, b"\0\0") + label(1, 0, "b"))})
    assert said.text_said.split() == ["S", "a", "b"] and said.codes == {"PARTIAL"}
    assert reading_of(compound_file(Storage(holds={"Workbook": b"nothing"})), "a.xls").stopped == "CORRUPT"


@given(st.binary(min_size=1, max_size=30), st.floats(0, 1))
def test_no_workbook_raises(noise: bytes, place: float) -> None:
    whole = stream({"S": (0, label(0, 0, "words") + box(1, "more words"))})
    at = int(place * len(whole))
    reading_of(whole[:at] + noise + whole[at + len(noise) :], kind="xls")


@given(st.integers(-(1 << 29), (1 << 29) - 1), st.booleans())
def test_packed_numbers(value: int, hundredth: bool) -> None:
    raw = (value & 0x3FFFFFFF) << 2 | 2 | hundredth
    assert sheetgrid.packed_number(raw) == (value / 100 if hundredth else value)


def test_places_are_written_as_people_do() -> None:
    assert [sheetgrid.place(row, column) for row, column in ((0, 0), (4, 25), (9, 26), (0, 16383))] == [
        "A1", "Z5", "AA10", "XFD1",
    ]  # fmt: skip


def test_records_end_where_the_stream_does() -> None:
    assert [one.kind for one in biff.records(record(1, b"x") + b"\2\0\xff\0cut")] == [1]


# Binary parts


def part(*records: tuple[int, bytes]) -> bytes:
    out = b""
    for kind, data in records:
        out += bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size = len(data)
        out += bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
        out += data
    return out


def wide(words: str) -> bytes:
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


def xlsb(*cells: tuple[int, bytes], state: int = 0, comments: bytes = b"") -> Reading:
    sheet_links = relations(("c", "comments", "c.bin"))
    return reading_of(
        zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "xl/workbook.bin": part((156, struct.pack("<II", state, 1) + wide("r1") + wide("Pay"))),
                "xl/_rels/workbook.bin.rels": relations(
                    ("r1", "worksheet", "s.bin"), ("r2", "sharedStrings", "t.bin"), ("r3", "styles", "f.bin")
                ),
                "xl/t.bin": part((19, b"\0" + wide("shared words"))),
                "xl/f.bin": part(
                    (44, struct.pack("<H", 170) + wide("000-00-0000")),
                    (617, b""), (47, struct.pack("<HH", 0, 0)), (47, struct.pack("<HH", 0, 170)), (618, b""),
                ),
                "xl/s.bin": part(*cells),
                "xl/_rels/s.bin.rels": sheet_links,
                "xl/c.bin": comments,
            }
        ),
        "a.xlsb",
    )  # fmt: skip


def cell(kind: int, column: int, value: bytes, style: int = 0) -> tuple[int, bytes]:
    return kind, struct.pack("<II", column, style) + value


def test_binary_parts() -> None:
    comments = part(
        (632, wide("Ann")), (635, struct.pack("<5I", 0, 1, 1, 2, 2) + bytes(16)), (637, b"\0" + wide("why"))
    )
    hidden_row = struct.pack("<IIHBB", 1, 0, 0, 0, 0x10) + bytes(5)
    said = xlsb(
        (60, struct.pack("<4IH", 1, 1, 900, 0, 1)),
        (0, struct.pack("<IIHBB", 0, 0, 0, 0, 0)),
        cell(7, 0, struct.pack("<I", 0)),
        cell(5, 1, struct.pack("<d", 2.5)),
        cell(2, 2, struct.pack("<I", 1 << 2 | 2), style=1),
        (0, hidden_row),
        cell(8, 0, wide("a formula's") + bytes(4)),
        cell(10, 2, b"\1"),
        cell(3, 3, b"\x07"),
        (479, b"\0\0" + wide("&LDraft") + struct.pack("<I", 0xFFFFFFFF) * 5),
        state=2,
        comments=comments,
    )
    assert said.text_said.strip().split("\n") == [
        "[very hidden sheet: Pay]",
        "shared words\t[hidden: 2.5]\t000-00-0001",
        "[hidden row: a formula's\tTRUE\t#DIV/0!]",
        "Draft",
        "[comment on C2 by Ann: why]",
    ]
    assert not said.problems


def test_damaged_binary_parts_are_told() -> None:
    said = xlsb((0, struct.pack("<IIHBB", 0, 0, 0, 0, 0)), cell(7, 0, struct.pack("<I", 9)), cell(6, 1, wide("kept")))
    assert said.text_said.split() == ["Pay", "kept"] and said.codes == {"PARTIAL"}


# Beside the cells of a workbook in XML


def book(workbook: str = "", links: str = "", sheet: str = "<sheetData/>", **parts: str) -> Reading:
    """A workbook of one sheet; ``parts`` are further ones below xl/, with "_" for the dot of their names."""
    listed = f'<sheets><sheet name="S" r:id="1"/></sheets>{workbook}'
    return reading_of(
        zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "xl/workbook.xml": f"<workbook {MAIN} {R}>{listed}</workbook>",
                "xl/_rels/workbook.xml.rels": relations(("1", "worksheet", "s.xml"), *_rows(links)),
                "xl/_rels/s.xml.rels": relations(("t", "threadedComment", "t.xml"), ("n", "comments", "n.xml")),
                "xl/s.xml": f"<worksheet {MAIN} {R}>{sheet}</worksheet>",
            }
            | {f"xl/{name.replace('_', '.')}": data for name, data in parts.items()}
        ),
        "a.xlsx",
    )


def _rows(links: str) -> list[tuple[str, str, str]]:
    """Relations from "kind target, kind target"."""
    return [(f"k{n}", *pair.split()) for n, pair in enumerate(links.split(",")) if pair]  # type: ignore[misc]


def cells(*words: str) -> str:
    inline = "".join(f'<c t="inlineStr"><is><t>{one}</t></is></c>' for one in words)
    return f"<sheetData><row>{inline}</row></sheetData>"


def test_memories_of_pivot_tables_and_linked_workbooks() -> None:
    said = book(
        links="pivotCacheDefinition p.xml,externalLink e.xml",
        sheet=cells("a"),
        p_xml=f'<pivotCacheDefinition {MAIN}><s v="deleted long ago"/></pivotCacheDefinition>',
        e_xml=f'<externalLink {MAIN}><cell t="str"><v>elsewhere</v></cell><cell><v>7</v></cell></externalLink>',
    )
    assert said.text_said.strip().split("\n") == [
        "S", "a", "", "[pivot cache: deleted long ago]", "[copy of linked workbook: elsewhere]",
    ]  # fmt: skip
    assert said.fields["hidden"] == ["pivot cache", "copy of linked workbook"]


def test_names_with_text_and_connections() -> None:
    names = '<definedName name="Secret">"the words"</definedName><definedName name="Area">S!A1</definedName>'
    source = '<connection><dbPr connection="Server=x" command="SELECT"/></connection>'
    said = book(
        f"<definedNames>{names}</definedNames>",
        "connections c.xml",
        c_xml=f"<connections {MAIN}>{source}</connections>",
    )
    assert '[name Secret: "the words"]' in said.text_said and "S!A1" not in said.text_said
    assert said.fields["external_links"] == ["connection: Server=x SELECT"]


def test_threads_of_comments_with_replies() -> None:
    first = '<threadedComment ref="A1" dT="2018-01-24T10:00:00.00" personId="{1}" id="x" done="1"><text>ask</text>'
    second = '<threadedComment ref="A1" personId="{2}" parentId="x"><text>answer</text>'
    mirrors = "".join(
        f'<comment ref="{ref}" authorId="0"><text><t>[Threaded comment] {words}</t></text></comment>'
        for ref, words in (("A1", "ask"), ("B2", "only here"))
    )
    said = book(
        links="person people.xml",
        people_xml='<list><person id="{1}" displayName="Ann"/><person id="{2}" displayName="Bob"/></list>',
        t_xml=f"<ThreadedComments>{first}</threadedComment>{second}</threadedComment></ThreadedComments>",
        n_xml=f"<comments {MAIN}><authors><author>tc</author></authors><commentList>{mirrors}</commentList></comments>",
    )
    assert said.text_said.strip().split("\n") == [
        "S",
        "[resolved comment on A1 by Ann on 2018-01-24: ask]",
        "[reply on A1 by Bob: answer]",
        "[comment on B2 by tc: [Threaded comment] only here]",
    ]


def test_a_format_that_shows_nothing_hides() -> None:
    styles = (
        f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="170" formatCode=";;;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    rows = '<sheetData><row><c s="1"><v>5</v></c></row></sheetData>'
    said = book(links="styles st.xml", sheet=rows, st_xml=styles)
    assert "[hidden: 5]" in said.text_said and said.fields["hidden"] == ["hidden cells"]
