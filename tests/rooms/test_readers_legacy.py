"""Files that LibreOffice converts: what the conversion puts in is taken out; and which old kinds are known as such."""

from __future__ import annotations

import io

import pytest
from reading_of import Reading

from piles import zipped
from tecum.hooks import Input
from tecum.processing.identify import identify
from tecum.processing.readers import legacy
from tecum.processing.readers.compoundwriter import Storage, compound_file

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "meta")
)


def converted(body: str, meta: str = "") -> bytes:
    head = f'<?xml version="1.0"?><office:document-content {SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/">'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": f"{head}<office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>".encode(),
            "meta.xml": f"{head}<office:meta>{meta}</office:meta></office:document-content>".encode(),
        }
    )


def read(data: bytes) -> Reading:
    said = Reading()
    legacy.read(Input(io.BytesIO(data), len(data), "letter.wpd", "wpd"), said)
    return said


def test_todays_date_is_no_evidence() -> None:
    said = read(
        converted(
            '<text:p>Dated <text:date text:date-value="2026-11-28">11/28/26</text:date>, file '
            '<text:file-name>1.wpd</text:file-name>, signed <text:date text:fixed="true">1/24/18</text:date>.</text:p>'
            "<text:p>x<office:annotation><dc:creator>Ann</dc:creator><dc:date>2018-01-24T00:00:00</dc:date>"
            "<text:p>why</text:p></office:annotation></text:p>"
        )
    )
    assert "Dated [current date], file [file name], signed 1/24/18." in said.text_said
    assert "2018-01-24" in said.text_said, "the day of a comment is the file's own"


def test_what_tells_of_the_conversion_is_no_field() -> None:
    said = read(
        converted(
            "<text:p>x</text:p>",
            "<meta:generator>LibreOffice/7.4</meta:generator><dc:title>Notice</dc:title>"
            "<meta:print-date>1601-01-01T00:00:00</meta:print-date><dc:date>2005-10-30T01:03:10</dc:date>",
        )
    )
    assert said.fields["title"] == "Notice"
    assert said.fields["modified"].startswith("2005-10-30")
    assert not said.fields.keys() & {"application", "printed", "pages"}


def test_a_broken_conversion_is_named_as_such() -> None:
    with pytest.raises(legacy.Unreadable, match="conversion"):
        read(b"PK\3\4 cut short")


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"\xffWPC\x10\0\0\0\1\n", "a.wpd", "wpd"),
        (b"\x31\xbe\0\0\0\xab\0\0", "a.wri", "write"),
        (b"HWP Document File V3.00 \x1a", "a.hwp", "hwp3"),
        (b"\0\0\2\0\6\4\6\0", "a.wk1", "lotus"),
        (b"\0\0\x1a\0\0\x10\4\0", "a.wk3", "lotus"),
        (b"\0\0\2\0\x20\x51\6\0", "a.wq1", "quattro"),
        (compound_file(Storage(holds={"StarWriterDocument": b"x"})), "a.sdw", "starwriter"),
        (compound_file(Storage(holds={"CONTENTS": b"x"})), "a.wps", "works"),
        (compound_file(Storage(holds={"CONTENTS": b"x"})), "a.bin", "ole"),
        (compound_file(Storage(holds={"Quill": Storage(holds={"x": b"y"}), "Contents": b"x"})), "a.pub", "pub"),
        (compound_file(Storage(holds={"VisioDocument": b"x"})), "a", "vsd"),
    ],
)
def test_kinds_are_told_by_their_bytes(head: bytes, name: str, kind: str) -> None:
    found = identify(head, name, io.BytesIO(head), len(head))
    assert (found.kind, found.extension_agrees) == (kind, True)
