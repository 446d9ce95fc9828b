"""Words drawn in Windows metafiles: files of their own, and pictures inside RTF."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import reading_of
from test_readers_office import R, W, relations, zipped

from tecum.hooks import Unreadable
from tecum.processing.identify import identify
from tecum.processing.readers import metafile

Drawn = tuple[int, int, str, int]  # left, line, letters, width of each (0: not told)


def emf(*drawn: Drawn, more: bytes = b"") -> bytes:
    """An enhanced metafile that draws these runs ([MS-EMF] 2.3.5.8), then ``more`` records."""
    records = b""
    for x, y, text, step in drawn:
        letters = text.encode("utf-16-le").ljust((len(text) * 2 + 3) // 4 * 4, b"\0")
        steps = struct.pack(f"<{len(text)}I", *[step] * len(text)) if step else b""
        at = 76 + len(letters) if step else 0
        body = struct.pack("<16xI2f2i3I16xI", 1, 1.0, 1.0, x, y, len(text), 76, 0, at) + letters + steps
        records += struct.pack("<2I", 84, len(body) + 8) + body
    return struct.pack("<2I32x4s64x", 1, 108, b" EMF") + records + more + struct.pack("<5I", 14, 20, 0, 0, 20)


def wmf(*records: tuple[int, bytes], placeable: bool = True) -> bytes:
    """A metafile of these (function, body) records, each an even number of bytes ([MS-WMF] 2.3)."""
    packed = b"".join(struct.pack("<IH", len(body) // 2 + 3, kind) + body for kind, body in records)
    head = metafile.PLACEABLE + bytes(18) if placeable else b""
    return head + metafile.PLAIN + bytes(12) + packed + struct.pack("<IH", 3, 0)


def test_runs_become_words_and_lines() -> None:
    data = emf((10, 5, "Water", 10), (60, 5, "loo", 10), (100, 5, "Road", 10), (10, 30, "Total", 0), (90, 30, "12", 0))
    said = reading_of(data, "a.emf")
    assert said.text_said == "Waterloo Road\nTotal 12\n" and not said.problems
    assert reading_of(emf((0, 0, "one", 5), (0, 0, "two", 5)), "a.emf").text_said == "one\ntwo\n"
    assert identify(data, "a.emf").mime == "image/emf" and identify(data, "a.emf").extension_agrees


def test_short_and_narrow_runs_and_letters_without_meaning() -> None:
    small = struct.pack("<2I2i2II2f", 108, 40, 7, 9, 3, 0x300, 1, 1.0, 1.0) + b"yes\0"
    wide = struct.pack("<2I2i2II2f16x", 108, 56, 7, 30, 2, 0, 1, 1.0, 1.0) + "ok".encode("utf-16-le")
    glyphs = struct.pack("<2I16xI2f2i3I16xI", 84, 80, 1, 1.0, 1.0, 0, 60, 2, 76, 0x10, 0) + b"\3\0\4\0"
    narrow = struct.pack("<2I16xI2f2i3I16xI", 83, 80, 1, 1.0, 1.0, 0, 90, 4, 76, 0, 0) + b"caf\xe9"
    assert metafile.lines(emf(more=small + wide + glyphs + narrow)) == ["yes", "ok", "café"]


@pytest.mark.parametrize("placeable", [True, False])
def test_the_older_form_with_its_fonts(placeable: bool) -> None:
    font = struct.pack("<5h8B", 12, 0, 0, 0, 400, 0, 0, 0, 204, 0, 0, 0, 0)
    letters = "Город".encode("cp1251")
    run = struct.pack("<2h2H", 5, 10, 5, 0) + letters + b"\0" + struct.pack("<5h", *[8] * 5)
    boxed = struct.pack("<2h2H4h", 5, 50, 1, 2, 0, 0, 0, 0) + b"N\0"
    plain = struct.pack("<H", 3) + b"end\0" + struct.pack("<2h", 40, 10)
    data = wmf((0x02FB, font), (0x0A32, run), (0x0A32, boxed), (0x0521, plain), placeable=placeable)
    assert reading_of(data, "a.wmf").text_said == "ГородN\nend\n"
    assert [code for code, _ in reading_of(wmf((0x0103, b"\1\0")), "a.wmf").problems] == ["EMPTY_TEXT"]


def test_pictures_in_rtf_are_read_once_and_no_preview_of_a_member() -> None:
    drawn = emf((0, 0, "Seen", 5)).hex().encode()
    picture = rb"{\*\shppict{\pict{\*\picprop{\sp{\sn wzName}{\sv x}}}\emfblip{\*\blipuid 0a0b}" + drawn + rb"}}"
    picture += rb"{\nonshppict{\pict\wmetafile8 " + wmf().hex().encode() + rb"}}"
    said = reading_of(rb"{\rtf1 Before " + picture + rb"after\par}", "a.rtf")
    assert said.text_said == "Before after\n[picture: Seen]\n"
    held = rb"{\object\objemb{\*\objdata 0105000002}{\result " + picture + rb"}}"
    assert reading_of(rb"{\rtf1 A" + held + rb"\par}", "a.rtf").text_said == "A\n"


def test_pictures_in_word_are_read_but_no_preview_of_an_embedded_file() -> None:
    main = (
        f"<w:document {W} {R} xmlns:v='urn:v' xmlns:a='urn:a'><w:body><w:p><w:r><w:t>Before </w:t></w:r>"
        "<w:r><w:drawing><a:blip r:embed='m'/></w:drawing></w:r><w:r><w:pict><v:imagedata r:id='p'/></w:pict></w:r>"
        "<w:r><w:object><v:shape><v:imagedata r:id='o'/></v:shape></w:object></w:r>"
        "<w:r><w:t>after</w:t></w:r></w:p></w:body></w:document>"
    )
    links = relations(("m", "image", "m.emf"), ("p", "image", "p.wmf"), ("o", "image", "o.emf"))
    older = wmf((0x0521, struct.pack("<H", 4) + b"Old." + bytes(4)))
    parts = {"m.emf": emf((0, 0, "Seen", 5)), "p.wmf": older, "o.emf": emf((0, 0, "icon", 5))}
    said = reading_of(
        zipped(
            {"word/document.xml": main, "word/_rels/document.xml.rels": links}
            | {f"word/{name}": data for name, data in parts.items()}
        ),
        kind="docx",
    )
    assert said.text_said == "Before after\n[picture: Seen]\n[picture: Old.]"


@given(st.binary(max_size=60), st.integers(0, 300))
def test_damage_gives_no_error(noise: bytes, place: int) -> None:
    for data in (emf((10, 5, "Water", 10), (60, 5, "loo", 10)), wmf((0x0A32, bytes(20)), (0x0521, bytes(8)))):
        with contextlib.suppress(Unreadable):
            metafile.lines(data[:place] + noise + data[place + len(noise) :])
