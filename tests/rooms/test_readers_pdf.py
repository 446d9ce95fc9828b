"""The PDF reader, on files made here with pikepdf."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import Said

from tecum.hooks import Input, Unreadable
from tecum.processing.readers import pdf, pdftext
from tecum.processing.readers.pdfvalues import iso_date


def read(data: bytes, *passwords: str) -> tuple[str, Said]:
    said = Said()
    pdf.READER.read(Input(io.BytesIO(data), len(data), "a.pdf", "pdf", passwords=passwords), said)
    return "".join(said.parts), said


def made(*pages: str) -> pikepdf.Pdf:
    """Return a PDF with one line of Helvetica a page; "" draws a box and no text."""
    document = pikepdf.new()
    for text in pages:
        page = document.add_blank_page()
        page.obj.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(
                F1=document.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
                    )
                )
            )
        )
        drawn = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET" if text else "72 72 100 100 re f"
        page.obj.Contents = document.make_stream(drawn.encode())
    return document


def saved(document: pikepdf.Pdf, **options: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, **options)
    return out.getvalue()


def test_pages_in_order_with_form_feeds_between() -> None:
    text, said = read(saved(made("first", "second", "third")))
    assert [page.strip() for page in text.split("\f")] == ["first", "second", "third"]
    assert said.fields["pages"] == "3"
    assert said.problems == []


def test_information_dictionary_becomes_fields() -> None:
    document = made("x")
    document.docinfo["/Title"] = "Order 7"
    document.docinfo["/Author"] = "A. Clerk"
    document.docinfo["/Keywords"] = "jail, release"
    document.docinfo["/Creator"] = "Writer"
    document.docinfo["/CreationDate"] = "D:20180124103000-06'00'"
    document.docinfo["/ModDate"] = "D:20180125"
    _, said = read(saved(document))
    assert said.fields == {
        "pages": "1",
        "title": "Order 7",
        "author": "A. Clerk",
        "keywords": "jail, release",
        "application": "Writer",
        "created": "2018-01-24T10:30:00-06:00",
        "modified": "2018-01-25T00:00:00",
    }


def test_xmp_fills_what_the_dictionary_leaves_out() -> None:
    document = made("x")
    del document.docinfo
    with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:title"] = "From XMP"
        metadata["dc:creator"] = ["One", "Two"]
        metadata["xmp:CreateDate"] = "2018-01-24T10:30:00Z"
    _, said = read(saved(document))
    assert said.fields["title"] == "From XMP"
    assert said.fields["author"] == "One; Two"
    assert said.fields["created"] == "2018-01-24T10:30:00+00:00"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("D:20180124103000Z", "2018-01-24T10:30:00+00:00"),
        ("D:20180124103000+05'30'", "2018-01-24T10:30:00+05:30"),
        ("D:201801241030", "2018-01-24T10:30:00"),
        ("D:2018", "2018-01-01T00:00:00"),
        ("D:20181399", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_dates(written: str, expected: str) -> None:
    assert iso_date(written) == expected


@given(st.text(alphabet="D:0123456789+-'ZT ", max_size=30))
def test_a_date_is_iso_or_nothing(written: str) -> None:
    found = iso_date(written)
    assert found == "" or dt.datetime.fromisoformat(found)


def test_comments_fields_and_links_follow_their_page() -> None:
    document = made("one", "two")
    field = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="Badge",
            V="4711",
            Rect=[0, 0, 9, 9],
        )
    )
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Text,
        T="Chief",
        Contents="Do not\nrelease",
        Rect=[0, 0, 9, 9],
    )
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org/x"),
        Rect=[0, 0, 9, 9],
    )
    document.pages[0].obj.Annots = document.make_indirect(pikepdf.Array([note, field, link]))
    document.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
    text, said = read(saved(document))
    first, second = text.split("\f")
    assert first.splitlines() == [
        "one",
        "[comment by Chief: Do not release]",
        "[field Badge: 4711]",
        "[link: https://example.org/x]",
    ]
    assert second.strip() == "two"
    assert said.fields["hidden"] == ["comments"]


def test_letters_are_put_together_by_place() -> None:
    document = made("x")
    document.pages[0].obj.Resources.Font.F1.BaseFont = pikepdf.Name.Courier
    sentence = "release the records of the county detention centre"
    letters = [(72 + 7.2 * place, letter) for place, letter in enumerate(sentence) if letter != " "]
    letters = letters[::3] + letters[1::3] + letters[2::3]
    drawn = "".join(f"BT /F1 12 Tf {x} 700 Td ({letter}) Tj ET " for x, letter in letters)
    document.pages[0].obj.Contents = document.make_stream(drawn.encode())
    textpage = pypdfium2.PdfDocument(saved(document))[0].get_textpage()
    assert pdftext._by_place(textpage) == sentence


@pytest.mark.parametrize(
    ("text", "shattered"),
    [("T\na\nble\no\nf\nC\no\n" * 5, True), ("1\n2\n3\n" * 20, False), ("", False)],
)
def test_pages_in_pieces_are_told(text: str, shattered: bool) -> None:
    assert pdftext._shattered(text) is shattered


def test_what_an_annotation_draws_is_read_with_the_page() -> None:
    document = made("body")
    look = document.make_stream(b"BT /F1 12 Tf 2 2 Td (RECEIVED) Tj ET")
    look.Type, look.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    look.BBox = [0, 0, 100, 20]
    look.Resources = document.pages[0].obj.Resources
    stamp = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Stamp,
        Rect=[72, 100, 172, 120],
        F=4,
        AP=pikepdf.Dictionary(N=document.make_indirect(look)),
    )
    document.pages[0].obj.Annots = pikepdf.Array([stamp])
    text, _ = read(saved(document))
    assert text.split() == ["body", "RECEIVED"]


def test_attached_files_are_members_once() -> None:
    document = made("cover")
    filespec = pikepdf.AttachedFileSpec(
        document, b"the minutes", filename="minutes.txt", mime_type="text/plain", mod_date="D:20180124103000Z"
    )
    document.attachments["minutes.txt"] = filespec
    pinned = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, FS=filespec.obj, Rect=[0, 0, 9, 9]
    )
    document.pages[0].obj.Annots = pikepdf.Array([pinned])
    _, said = read(saved(document))
    [(name, data, details)] = said.members
    assert (name, data) == ("minutes.txt", b"the minutes")
    assert details["fields"] == {"file_modified": "2018-01-24T10:30:00+00:00", "declared_type": "text/plain"}


def test_an_attachment_that_is_no_file_is_lost_by_name() -> None:
    document = made("cover")
    broken = pikepdf.Dictionary(F="bad.txt", EF=pikepdf.Dictionary(F=pikepdf.Array([])))
    names = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("bad.txt"), broken]))
    document.Root.Names = pikepdf.Dictionary(EmbeddedFiles=names)
    _, said = read(saved(document))
    [(name, data, details)] = said.members
    assert (name, data, details["problem"]) == ("bad.txt", None, "CORRUPT")


def test_a_dynamic_form_gives_its_words_and_values() -> None:
    document = made("Please wait")
    template = b"<template xmlns='http://www.xfa.org/schema/xfa-template/3.0/'><text>Name of officer</text></template>"
    data = (
        b"<xfa:datasets xmlns:xfa='http://www.xfa.org/schema/xfa-data/1.0/'><xfa:data><n>Frank</n></xfa:data>"
        b"</xfa:datasets>"
    )
    packet = document.make_stream(b"<xdp>" + template + data + b"</xdp>")
    document.Root.AcroForm = pikepdf.Dictionary(XFA=packet, Fields=[])
    text, _ = read(saved(document))
    assert "Name of officer\nFrank\n" in text


def test_encryption() -> None:
    owner_only = saved(made("open"), encryption=pikepdf.Encryption(owner="o", user=""))
    assert read(owner_only)[0].strip() == "open"
    locked = saved(made("secret"), encryption=pikepdf.Encryption(owner="o", user="u"))
    assert read(locked, "wrong", "u")[0].strip() == "secret"
    with pytest.raises(Unreadable) as refused:
        read(locked, "wrong")
    assert refused.value.code == "ENCRYPTED"


def test_damage() -> None:
    with pytest.raises(Unreadable) as refused:
        read(b"%PDF-1.7\nnothing follows")
    assert refused.value.code == "CORRUPT"
    whole = saved(made("kept"))
    cut = whole[: whole.rindex(b"xref")]  # no cross-reference table
    assert read(cut)[0].strip() == "kept"


@given(st.binary(max_size=200), st.integers(0, 2000))
def test_random_damage_ends_in_a_named_code(noise: bytes, place: int) -> None:
    whole = saved(made("some words", "more"))
    place = min(place, len(whole))
    try:
        read(whole[:place] + noise + whole[place + len(noise) :])
    except Unreadable as refused:
        assert refused.code in ("CORRUPT", "ENCRYPTED")
