"""What a file is, by its bytes."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.processing.identify import Identified, identify


def of(data: bytes, name: str = "") -> Identified:
    return identify(data[: 1 << 16], name, io.BytesIO(data), len(data))


def zipped(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def compound(*streams: str, nested: str = "") -> bytes:
    """A compound file of one directory sector: streams at the top, and one more inside a storage."""
    fat = [0xFFFFFFFD, 0xFFFFFFFE] + [0xFFFFFFFF] * 126
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<5H", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", head, 48, 1)
    struct.pack_into("<I", head, 68, 0xFFFFFFFE)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)

    def entry(name: str, kind: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        return raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, right, child).ljust(
            64, b"\0"
        )

    entries = [entry("Root Entry", 5, child=1)]
    for number, name in enumerate(streams, 1):
        entries.append(entry(name, 2, right=number + 1 if number < len(streams) else 0xFFFFFFFF))
    if nested:
        entries.append(entry(nested, 2))  # in the directory, but below no entry of the top
    directory = b"".join(entries).ljust(512, b"\0")
    return bytes(head) + struct.pack("<128I", *fat) + directory


MAIL = b"Message-ID: <1@riverton.example>\nDate: Mon, 8 Jan 2018 09:00:00 -0600\nFrom: a@riverton.example\n\nHello\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\n\nrubbish\n%PDF-1.4\n1 0 obj", "pdf"),
        (b"{\\rtf1 x}", "rtf"),
        (b"!BDN....", "pst"),
        (b"\x78\x9f\x3e\x22....", "tnef"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (b"\x1f\x8b\x08\x00", "gz"),
        (b"BZh91AY&SY", "bz2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zst"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"GIF89a", "gif"),
        (b"II*\0", "tif"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
        (b"RIFF\0\0\0\0WAVE", "audio"),
        (b"\0\0\0\x18ftypheic", "heic"),
        (b"\0\0\0\x18ftypM4A ", "audio"),
        (b"\0\0\0\x18ftypmp42", "video"),
        (b"ID3\x03", "audio"),
        (b"MZ\x90\0\x03", "exe"),
        (b"MZ was a car maker of Saxony.", "text"),
        (b"BM is how many start a memo about the merger", "text"),
        (b"<!DOCTYPE html>\n<p>x", "html"),
        (b"<?xml version='1.0'?>\n<!-- a --><html><body>", "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"\xef\xbb\xbf<html>", "html"),
        ("<html><body>".encode("utf-16"), "html"),
        (b"BEGIN:VCALENDAR\r\n", "ics"),
        (b"BEGIN:VCARD\r\n", "vcf"),
        (json.dumps({"a": [1, 2]}).encode(), "json"),
        (b"[the minutes] were read", "text"),
        ("Größe".encode("utf-16-le"), "text"),
        ("Größe".encode("cp1252"), "text"),
        (bytes(range(256)) * 8, "unknown"),
    ],
)
def test_kinds_by_first_bytes(data: bytes, kind: str) -> None:
    assert of(data).kind == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (zipped("[Content_Types].xml", "word/document.xml"), "docx"),
        (zipped("xl/workbook.xml", "[Content_Types].xml"), "xlsx"),
        (zipped("xl/workbook.bin", "[Content_Types].xml"), "xlsb"),
        (zipped("_rels/.rels", "ppt/presentation.xml", "[Content_Types].xml"), "pptx"),
        (zipped("word/document.xml", "notes.txt"), "zip"),
        (zipped("a.txt"), "zip"),
        (zipped(), "zip"),
        (zipped("content.xml", mimetype="application/vnd.oasis.opendocument.text"), "odt"),
        (zipped("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet-template"), "ods"),
        (zipped("OPS/a.xhtml", mimetype="application/epub+zip"), "epub"),
        (zipped("[Content_Types].xml", "FixedDocSeq.fdseq", "Documents/1/FixedDoc.fdoc"), "xps"),
        (compound("WordDocument"), "doc"),
        (compound("Workbook"), "xls"),
        (compound("PowerPoint Document"), "ppt"),
        (compound("Pictures", "VisioDocument"), "vsd"),
        (compound("__properties_version1.0"), "msg"),
        (compound("Something"), "ole"),
        (compound("Workbook", nested="WordDocument"), "xls"),
    ],
)
def test_packages_by_the_names_inside(data: bytes, kind: str) -> None:
    assert of(data).kind == kind


def test_an_encrypted_package_is_what_its_name_says() -> None:
    data = compound("EncryptionInfo", "EncryptedPackage")
    assert of(data, "budget.xlsx").kind == "xlsx"
    assert of(data, "budget").kind == "docx"
    assert "encrypted" in of(data, "budget.xlsx").why


def test_a_package_cut_short_is_known_by_its_first_names() -> None:
    whole = zipped("[Content_Types].xml", "word/document.xml")
    assert of(whole[: len(whole) // 2]).kind == "docx"


def test_a_tar_without_magic() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    assert of(out.getvalue()).kind == "tar"


@pytest.mark.parametrize(
    "first",
    [b"", b"Return-Path: <a@b.example>\n", b"Received: from x\n\tby y; Mon, 8 Jan 2018\n", b"X-Odd: 1\n", b"\n\n",
     b"From a@riverton.example Mon Jan  8 09:00:00 2018\n", b"Organisation: Riverton\nStatus: RO\nMIME-Version: 1.0\n"],
)  # fmt: skip
def test_a_mail_needs_no_extension(first: bytes) -> None:
    assert of(first + MAIL, "12_").kind == "eml"


@pytest.mark.parametrize(
    "text",
    [
        b"Note: x\nTo do: y\n\nbody",
        b"Date: today\nPlace: hall\nSubject of the meeting: none\n",
        b"Subject: lunch\n\nWell",
        b"From: the desk of\nTo: whom it may concern\n\nDear all",
        b"Content-Type: text/html\nServer: x\nDate: Mon, 8 Jan 2018 09:00:00 GMT\n\n",
        b"http://riverton.example/\nFrom here on: text\n",
        b"From the mayor Mon Jan  8 we heard\nnothing\n",
    ],
)
def test_what_only_looks_like_a_mail_is_text(text: bytes) -> None:
    assert of(text, "memo.txt").kind == "text"


def test_a_mailbox_has_several_envelopes_or_is_named_so() -> None:
    one = b"From a@riverton.example Mon Jan  8 09:00:00 2018\n" + MAIL
    assert of(one).kind == "eml"
    assert of(one, "inbox.mbox").kind == "mbox"
    assert of(one + b"\n" + one).kind == "mbox"
    padded = one + b"x" * 200_000 + b"\n\n" + one
    assert of(padded).kind == "mbox"


def test_the_extension_settles_only_what_bytes_leave_open() -> None:
    assert of(b"a,b\n1,2\n", "t.csv").kind == "csv"
    assert of(b"a,b\n1,2\n", "t").kind == "text"
    assert of(b"one <b>two</b>", "t.html").kind == "html"
    assert of(b"one <b>two</b>", "t.txt").kind == "text"
    assert of(b"%PDF-1.4", "t.csv").kind == "pdf"


def test_a_contradicting_extension_is_told() -> None:
    found = of(b"%PDF-1.4", "letter.doc")
    assert not found.extension_agrees
    assert ".doc" in found.why and "pdf" in found.why
    assert of(MAIL, "12_.txt").extension_agrees
    assert of(b"%PDF-1.4", "letter.v2").extension_agrees
    assert of(b"", "letter.doc").extension_agrees and of(b"").kind == "empty"


@given(st.binary(max_size=400), st.sampled_from(["", "a.txt", "a.html", "a.mbox", "a.docx", "a.eml"]))
def test_any_bytes_are_something(data: bytes, name: str) -> None:
    found = of(data, name)
    assert found.kind and found.mime and found.why


@given(
    st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"From ", b"BZh", b"<"]),
    st.binary(max_size=600),
)
def test_damaged_packages_raise_nothing(start: bytes, rest: bytes) -> None:
    assert of(start + rest).kind
