from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
from typing import Any

import openpyxl
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pypdfium2 import PdfDocument

from tecum.engine import paper
from tecum.engine.paper import (
    Bullets,
    Fields,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    neutralise,
    restore,
    write,
)
from tecum.engine.paper.blocks import TONES

NASTY = '<b>&amp;</b> "q" \'s\' #import "x" $x$ *bold* @ref {0} %s ]]> --'
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TABLE = Table(
    ["Custodian", "Documents", "Share", "Served", "Seen", "Note"],
    [
        ["Chief", 1_200, 0.5, dt.date(2018, 1, 24), dt.datetime(2018, 1, 24, 10, 30), "=1+1"],
        ["Records", -3, None, None, dt.datetime(2018, 1, 24, tzinfo=dt.UTC), True],
        [NASTY, 2**60, 1.25, dt.date(1800, 1, 1), None, "-5 of them\nsecond line"],
    ],
    title="Volume: [one]/two",
)
BLOCKS = [
    Heading("City of Riverton"),
    Fields([("Volume", "VOL001"), ("Date", dt.date(2018, 2, 23)), (NASTY, NASTY)]),
    Paragraph(f"Dear Counsel:\n\n{NASTY}"),
    Heading("Documents", 2),
    TABLE,
    Bullets(["one point", NASTY]),
    Note("All dates are in America/Chicago."),
    Signature(["Jane Roe", "City Attorney"]),
    PageBreak(),
    Heading("Annex", 3),
    Table(["Control", "Hash"], [[f"TEC-{number:07}", "ab" * 40] for number in range(60)]),
]


def pdf_text(data: bytes) -> str:
    with PdfDocument(data) as document:
        found = []
        for page in document:
            words = page.get_textpage()
            found.append(words.get_text_bounded())
            words.close()
            page.close()
    return "\n".join(found)


@pytest.mark.parametrize("kind", paper.FORMATS)
def test_equal_blocks_give_equal_bytes(kind: str) -> None:
    assert write(BLOCKS, kind) == write(BLOCKS, f"somewhere/PAPER.{kind.upper()}")


def test_unknown_formats_and_empty_csv_are_refused() -> None:
    with pytest.raises(ValueError, match="odt"):
        write(BLOCKS, "odt")
    with pytest.raises(ValueError, match="no table"):
        write([Paragraph("x")], "csv")


def test_html_is_escaped_self_contained_and_accessible() -> None:
    page = write(BLOCKS, "html").decode()
    tree = etree.fromstring(page.replace("<!DOCTYPE html>", "").encode(), etree.HTMLParser())
    assert tree.get("lang") == "en" and tree.findtext(".//title") == "City of Riverton"
    assert tree.find(".//b") is None and tree.find(".//script") is None
    assert NASTY in "".join(tree.itertext())
    assert [head.get("scope") for head in tree.iter("th")] == ["col"] * 8
    assert [head.text for head in tree.iter("h1", "h2", "h3")] == ["City of Riverton", "Documents", "Annex"]
    assert not any("src" in element.attrib or "href" in element.attrib for element in tree.iter())


def test_docx_has_styles_header_rows_and_page_numbers() -> None:
    with zipfile.ZipFile(io.BytesIO(write(BLOCKS, "docx"))) as package:
        assert package.testzip() is None
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        parts = {name: etree.fromstring(package.read(name)) for name in package.namelist()}
    body = parts["word/document.xml"]
    defined = {style.get(f"{W}styleId") for style in parts["word/styles.xml"].iter(f"{W}style")}
    used = {element.get(f"{W}val") for element in body.iter(f"{W}pStyle", f"{W}tblStyle")}
    assert used <= defined and {"Heading1", "Heading2", "Heading3", "ListBullet", "TableGrid"} <= used
    assert len(list(body.iter(f"{W}tblHeader"))) == 2
    assert NASTY in "".join(body.itertext())
    assert "PAGE" in etree.tostring(parts["word/footer1.xml"]).decode()
    for row in body.iter(f"{W}tr"):
        table = next(row.iterancestors(f"{W}tbl"))
        assert len(row.findall(f"{W}tc")) == len(list(table.iter(f"{W}gridCol")))


def test_pdf_is_tagged_and_says_all_of_it() -> None:
    data = write(BLOCKS, "pdf")
    text = " ".join(pdf_text(data).split())
    assert text.count(NASTY) == 5 and "1 of 3" in text and "ab" * 40 in text.replace(" ", "")
    assert text.count("Control Hash") == 2, "the header row is repeated on the next page"
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.Root.MarkInfo.Marked and document.Root.Lang == "en"
        assert b"CreateDate" not in bytes(document.Root.Metadata.read_bytes())
        kinds = {
            str(item.get("/S")) for item in document.objects if isinstance(item, pikepdf.Dictionary) and "/S" in item
        }
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/P", "/L"} <= kinds


def test_pdf_names_characters_that_it_cannot_draw() -> None:
    assert "U+13000" in pdf_text(write([Paragraph("glyph \U00013000")], "pdf"))
    assert "cannot be drawn" not in pdf_text(write([Paragraph("日本 שלום ไทย")], "pdf"))


def test_wide_tables_lie_on_their_side() -> None:
    wide = [Table([f"Column {number}" for number in range(9)], [["word"] * 9])]
    with PdfDocument(write(wide, "pdf", paper="a4")) as document:
        assert [round(side) for side in document.get_page_size(0)] == [842, 595]
    assert b'w:orient="landscape"' in zipfile.ZipFile(io.BytesIO(write(wide, "docx"))).read("word/document.xml")


def opened(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return openpyxl.load_workbook(io.BytesIO(data))


def test_xlsx_keeps_types_and_runs_nothing() -> None:
    book = opened(write(BLOCKS, "xlsx"))
    assert book.sheetnames == ["Summary", "Volume   one  two", "Table"]
    sheet = book["Volume   one  two"]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:F4"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == list(TABLE.columns)
    assert rows[1] == ["Chief", 1200, 0.5, dt.datetime(2018, 1, 24), dt.datetime(2018, 1, 24, 10, 30), "=1+1"]
    assert rows[2][1:] == [-3, None, None, "2018-01-24 00:00:00+00:00", "yes"]
    assert rows[3] == [NASTY, str(2**60), 1.25, "1800-01-01", None, "-5 of them\nsecond line"]
    assert sheet["F2"].data_type == "s" and sheet["F2"].quotePrefix and sheet["F4"].quotePrefix
    assert not sheet["A2"].quotePrefix
    summary = [cell.value for row in book["Summary"].iter_rows() for cell in row]
    assert {"City of Riverton", "VOL001", NASTY, "Jane Roe"} <= set(summary)


def test_xlsx_sheet_names_are_always_allowed() -> None:
    names = ["'", "History", "x" * 40, "x" * 40, "", "a/b"]
    book = opened(write([Table(["a"], [["x" * 40_000]], title=name) for name in names], "xlsx"))
    assert len(set(book.sheetnames)) == len(names) and all(len(name) <= 31 for name in book.sheetnames)
    assert book.worksheets[0]["A2"].value.endswith("[cut: 40000 characters in all]")


def test_csv_is_neutralised_and_restored() -> None:
    data = write(BLOCKS, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    assert rows[0] == list(TABLE.columns)
    assert rows[1][-1] == "'=1+1" and rows[2][1] == "-3" and rows[3][-1] == "'-5 of them\nsecond line"
    assert rows[4] == [] and rows[5] == ["Control", "Hash"]


@given(st.text())
def test_neutralising_is_exact_both_ways(text: str) -> None:
    cell = neutralise(text)
    assert restore(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=40))
def test_any_text_can_be_written(text: str) -> None:
    blocks = [Heading(text), Fields([(text, text)]), Table([text], [[text]], title=text), Bullets([text]), Note(text)]
    for kind in paper.FORMATS:
        data = write(blocks, kind)
        if kind == "docx":
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                for name in package.namelist():
                    etree.fromstring(package.read(name))
        elif kind == "xlsx":
            opened(data)


def test_column_shares() -> None:
    assert Table(["a", "b"], [], widths=(1, 3)).shares() == [0.25, 0.75]
    shares = Table(["n", "text"], [[1, "long text " * 20]]).shares()
    assert sum(shares) == pytest.approx(1) and shares[0] < 0.2


TONED = [Table(["Place", "State"], [["A", "complete"], ["B", "short"]], tones={"complete": "good", "short": "bad"})]


def test_colours_repeat_what_the_words_say_in_every_format() -> None:
    page = write(TONED, "html").decode()
    assert '<td class="good">complete</td>' in page and '<td class="bad">short</td>' in page and "<td>A</td>" in page
    with zipfile.ZipFile(io.BytesIO(write(TONED, "docx"))) as package:
        body = package.read("word/document.xml").decode()
    assert re.findall(r'w:fill="(\w+)"', body) == ["E8E8E8", "E8E8E8", TONES["good"], TONES["bad"]]
    sheet = openpyxl.load_workbook(io.BytesIO(write(TONED, "xlsx"))).active
    assert [sheet[cell].fill.fgColor.rgb for cell in ("B2", "B3")] == [f"FF{TONES['good']}", f"FF{TONES['bad']}"]
    assert sheet["A2"].fill.fill_type is None
    with PdfDocument(write(TONED, "pdf")) as document:
        colours = {colour for _, colour in document[0].render(scale=1).to_pil().convert("RGB").getcolors(1 << 20)}
    assert {tuple(bytes.fromhex(TONES[tone])) for tone in ("good", "bad")} <= colours


def test_a_signature_keeps_the_paragraph_before_it() -> None:
    filler = [Paragraph(f"Line {number}.") for number in range(22)]
    for extra in range(8):
        blocks = [*filler, *[Paragraph("More.")] * extra, Paragraph("Sincerely,"), Signature(["Jane Roe"])]
        with PdfDocument(write(blocks, "pdf")) as document:
            pages = [page.get_textpage().get_text_bounded() for page in document]
        assert [("Sincerely," in page, "Jane Roe" in page) for page in pages if "Sincerely," in page] == [(True, True)]
