"""Which pages of a PDF have text fit for use, what stands in hidden layers, and the files of a portfolio."""

from __future__ import annotations

import io
import random
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import Said

from tecum.hooks import Input
from tecum.processing.readers import pdf, pdftext
from tecum.processing.readers.nonsense import is_nonsense, is_prose

PROSE = "The records of the jail were not sent to the council, which asked for them in a letter of the clerk. " * 4
SIZE = (612, 792)


def read(document: pikepdf.Pdf, **options: Any) -> tuple[str, Said]:
    out = io.BytesIO()
    document.save(out, **options)
    said = Said()
    pdf.READER.read(Input(io.BytesIO(out.getvalue()), len(out.getvalue()), "a.pdf", "pdf"), said)
    return "".join(said.parts), said


def made(*contents: str) -> pikepdf.Pdf:
    """A PDF whose pages draw this; F1 is Helvetica, P a picture of 8 by 8 pixels."""
    document = pikepdf.new()
    font = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    picture = document.make_stream(bytes(range(64)))
    picture.Type, picture.Subtype, picture.ColorSpace = (
        pikepdf.Name.XObject,
        pikepdf.Name.Image,
        pikepdf.Name.DeviceGray,
    )
    picture.Width, picture.Height, picture.BitsPerComponent = 8, 8, 8
    for content in contents:
        page = document.add_blank_page(page_size=SIZE)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font), XObject=pikepdf.Dictionary(P=picture))
        page.obj.Contents = document.make_stream(content.encode("latin-1"))
    return document


def shown(text: str, mode: int = 0) -> str:
    """Draw words, a line for each eight of them; in mode 3 nobody sees them."""
    words = text.split()
    lines = [" ".join(words[start : start + 8]) for start in range(0, len(words), 8)]
    return f"BT /F1 12 Tf {mode} Tr 14 TL 72 700 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"


SCAN = "q 612 0 0 792 0 0 cm /P Do Q "
STRIPS = "".join(f"q 612 0 0 99 0 {99 * number} cm /P Do Q " for number in range(8))
LOGO = "q 60 0 0 60 0 0 cm /P Do Q "
BOX = "72 72 100 100 re f"


# -- which pages -----------------------------------------------------------------------------------------


def test_pages_without_a_text_layer_are_named() -> None:
    text, said = read(made(shown("a"), BOX, SCAN, shown("b"), "", BOX))
    assert said.problems == [("TEXTLESS_PAGES", "pages 2-3, 6 of 6 without a text layer")]
    assert said.fields["textless_pages"] == "2-3, 6"
    assert text.split("\f") == ["a\n", "\n", "\n", "b\n", "\n", "\n"]


def test_a_file_without_any_text_gives_none_so_that_it_is_not_taken_for_searched() -> None:
    text, said = read(made(BOX, SCAN))
    assert text == ""
    assert said.problems == [("EMPTY_TEXT", "no page of 2 has a text layer")]
    assert said.fields["textless_pages"] == "1-2"


def test_the_form_feeds_before_the_first_word_are_kept() -> None:
    text, _ = read(made(BOX, BOX, shown("late")))
    assert text == "\n\f\n\flate\n"


@pytest.mark.parametrize("drawn", [SCAN, STRIPS])
def test_a_scan_with_a_stamp_alone_is_named(drawn: str) -> None:
    _, said = read(made(drawn + shown("CITY 00000123"), LOGO + shown("CITY 00000124"), drawn + shown(PROSE)))
    assert said.fields["sparse_pages"] == "1"
    assert said.problems == [("TEXTLESS_PAGES", "page 1 of 3 pictures with hardly any text")]


def test_a_layer_of_words_under_a_scan_is_noted() -> None:
    text, said = read(made(SCAN + shown(PROSE, mode=3), SCAN + shown(PROSE)))
    assert said.fields["underlaid_pages"] == "1"
    assert said.problems == [] and PROSE.split()[-3:] == text.split()[-3:]


def test_letters_that_the_file_does_not_define_are_doubted() -> None:
    document = made(shown("xyz " * 30))
    font = document.pages[0].obj.Resources.Font.F1
    font.Encoding = pikepdf.Dictionary(
        Differences=pikepdf.Array([120, *(pikepdf.Name(f"/g{number}") for number in range(3))])
    )
    _, said = read(document)
    assert said.fields["doubtful_pages"] == "1"
    assert said.problems == [("TEXTLESS_PAGES", "page 1 of 1 with text in which no language is seen")]


# -- nonsense --------------------------------------------------------------------------------------------


def shifted(text: str) -> str:
    """Letters as they come out of a font whose codes are all off by three."""
    return "".join(letter if letter.isspace() else chr(ord(letter) - 29) for letter in text)


@pytest.mark.parametrize(
    "text",
    [
        shifted(PROSE),
        "\ue001\ue002 \ue003",
        "(cid:12)(cid:7) (cid:44)" * 20,
        "\x01\x02 \x03\x04\x05",
        'V1HH PaJ,Qen 0T" ' * 20,
    ],
)
def test_nonsense(text: str) -> None:
    assert is_nonsense(text)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        PROSE.upper(),
        "",
        "§ 1373 \uf0b7 " + PROSE,
        "Los registros de la c\u00e1rcel no fueron enviados al concejo municipal. " * 8,
        "Die Unterlagen des Gef\u00e4ngnisses wurden dem Rat nicht \u00fcbersandt. " * 8,
        "\u0414\u043e\u043a\u0443\u043c\u0435\u043d\u0442\u044b \u0442\u044e\u0440\u044c\u043c\u044b " * 30,
        "\u76d1\u72f1\u7684\u8bb0\u5f55\u6ca1\u6709\u53d1\u7ed9\u8bae\u4f1a " * 30,
        "12-4471 $1,203.00 09/14/2017 44-1 88 " * 30,
        "Allen Baker Clark Davis Evans Foster Garcia Harris Irwin Jones " * 6,
        "COUNTY SHERIFF DETENTION CENTER BOOKING REPORT PAGE ARREST CHARGE " * 6,
    ],
)
def test_language_numbers_and_other_scripts_are_not_nonsense(text: str) -> None:
    assert not is_nonsense(text)


def test_prose_is_known_by_its_short_words() -> None:
    assert is_prose(PROSE) and not is_prose(shifted(PROSE)) and not is_prose("Total 14 25 39")


# -- annotations, layers ---------------------------------------------------------------------------------


def test_a_page_keeps_its_words_when_drawing_its_annotations_would_spoil_them() -> None:
    assert pdftext._lost("one two three four", "0QH 7ZR 7KUHH )RXU")
    assert not pdftext._lost("one two three four", "one two three four RECEIVED")
    assert not pdftext._lost("", "RECEIVED")


def layered() -> pikepdf.Pdf:
    document = made(
        "/OC /M0 BDC BT /F1 12 Tf 72 700 Td (as issued) Tj ET EMC "
        "/OC /M1 BDC BT /F1 12 Tf 72 650 Td (as first) Tj ET BT /F1 12 Tf 72 630 Td (drafted) Tj ET EMC "
        "BT /F1 12 Tf 72 600 Td (always) Tj ET",
        shown("second"),
    )
    layers = [
        document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=name)) for name in ("Final", "Draft 1")
    ]
    document.pages[0].obj.Resources.Properties = pikepdf.Dictionary(M0=layers[0], M1=layers[1])
    document.Root.OCProperties = pikepdf.Dictionary(OCGs=layers, D=pikepdf.Dictionary(OFF=[layers[1]]))
    return document


def test_text_in_hidden_layers_is_marked() -> None:
    text, said = read(layered())
    first, second = text.split("\f")
    assert first.splitlines()[-1] == "[hidden layer Draft 1: as first drafted]"
    assert set(first.split()) >= {"issued", "drafted", "always"} and second == "second\n"
    assert said.fields["hidden"] == ["layers"]


def test_layers_that_are_off_but_for_some() -> None:
    document = layered()
    layers = list(document.Root.OCProperties.OCGs)
    document.Root.OCProperties.D = pikepdf.Dictionary(BaseState=pikepdf.Name.OFF, ON=[layers[1]])
    assert "[hidden layer Final: as issued]" in read(document)[0]


def test_layers_that_are_all_shown_are_not_marked() -> None:
    document = layered()
    document.Root.OCProperties.D = pikepdf.Dictionary(OFF=[])
    text, said = read(document)
    assert "[hidden" not in text and "hidden" not in said.fields


# -- portfolios and forms --------------------------------------------------------------------------------


def test_a_portfolio_gives_its_files_with_their_folders() -> None:
    document = made(shown("For the best experience, open this portfolio in a viewer."))
    for key, data in (("<2>plan.txt", b"plan"), ("<0>top.txt", b"top"), ("loose.txt", b"loose")):
        document.attachments[key] = pikepdf.AttachedFileSpec(document, data, filename=key.partition(">")[2] or key)
    inner = document.make_indirect(pikepdf.Dictionary(ID=2, Name="Draft"))
    outer = document.make_indirect(pikepdf.Dictionary(ID=1, Name="2017", Child=inner))
    root = document.make_indirect(pikepdf.Dictionary(ID=0, Name="", Child=outer))
    document.Root.Collection = pikepdf.Dictionary(Folders=root)
    text, said = read(document)
    assert {name: data for name, data, _ in said.members} == {
        "2017/Draft/plan.txt": b"plan",
        "top.txt": b"top",
        "loose.txt": b"loose",
    }
    assert said.fields["portfolio"] == "yes" and text.startswith("For the best experience")


def test_folders_that_hold_themselves_end() -> None:
    document = made(shown("cover"))
    document.attachments["a.txt"] = pikepdf.AttachedFileSpec(document, b"a", filename="a.txt")
    root = document.make_indirect(pikepdf.Dictionary(ID=0))
    root.Child = root
    document.Root.Collection = pikepdf.Dictionary(Folders=root)
    _, said = read(document)
    assert ("PARTIAL", "the folders of the portfolio cannot be read: they have no end") in [
        (str(code), message) for code, message in said.problems
    ]
    assert [name for name, _, _ in said.members] == ["a.txt"]


def test_a_dynamic_form_in_packets() -> None:
    document = made(shown("Please wait"))
    template = b"<template xmlns='http://www.xfa.org/schema/xfa-template/3.0/'><text>Name of officer</text></template>"
    packets = [(b"preamble", b"<xdp>"), (b"template", template), (b"postamble", b"</xdp>")]
    document.Root.AcroForm = pikepdf.Dictionary(
        XFA=pikepdf.Array(
            [part for name, data in packets for part in (pikepdf.String(name), document.make_stream(data))]
        )
    )
    text, said = read(document)
    assert text == "Please wait\nName of officer\n" and said.problems == []


def test_what_a_library_says_names_no_address() -> None:
    from tecum.processing.readers.pdfvalues import said as said_of

    error = ValueError("stream <_io.BytesIO object at 0x7f4b9a9ef150> (object 3,0, offset 9): unexpected")
    assert said_of(error) == "(object 3,0, offset 9): unexpected"


@given(st.integers(0, 10**6))
def test_scrambled_structures_end_in_text_or_a_named_problem(seed: int) -> None:
    chance = random.Random(seed)
    document = layered()
    odd = [pikepdf.Name.Off, pikepdf.Array([1]), 7, pikepdf.String("x"), pikepdf.Dictionary(), pikepdf.Array([])]
    document.Root.OCProperties[chance.choice(["/D", "/OCGs"])] = chance.choice(odd)
    document.Root.Collection = chance.choice(odd)
    document.Root.Names = pikepdf.Dictionary(EmbeddedFiles=chance.choice(odd))
    document.Root.AcroForm = pikepdf.Dictionary(XFA=chance.choice(odd))
    document.pages[0].obj.Annots = chance.choice(odd)
    text, said = read(document)
    assert "always" in text and {str(code) for code, _ in said.problems} <= {"PARTIAL"}
