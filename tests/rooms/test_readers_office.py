"""The office readers, on packages small enough to be read here."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from said import Said

from tecum.hooks import Input, Reader, Unreadable
from tecum.processing.readers import docx, numberformat, odf, pptx, xlsb, xlsx, zipxml
from tecum.processing.readers.compound import packaged_file

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STRICT_W = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
R = f'xmlns:r="{RELATIONS}"'
PPT = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "draw", "presentation", "meta", "manifest")
)
ODF += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def relations(*rows: tuple[str, str, str]) -> str:
    """Return a relationships part from (id, kind, target) rows; an address makes an external one."""
    lines = ""
    for id_, kind, target in rows:
        external = ' TargetMode="External"' if ":" in target else ""
        lines += f'<Relationship Id="{id_}" Type="{RELATIONS}/{kind}" Target="{target}"{external}/>'
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{lines}</Relationships>'


def read(reader: Reader, data: bytes, kind: str = "") -> tuple[str, Said]:
    said = Said()
    kind = kind or min(reader.kinds)
    reader.read(Input(io.BytesIO(data), len(data), "a", kind), said)
    return "".join(said.parts), said


def document(body: str, more: dict[str, str | bytes] | None = None, namespace: str = W) -> bytes:
    main = f"<w:document {namespace} {R} {MC}><w:body>{body}</w:body></w:document>"
    return zipped({"word/document.xml": main} | (more or {}))


def p(text: str, properties: str = "") -> str:
    return f'<w:p><w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


# Word


def test_paragraphs_tables_tabs_and_breaks() -> None:
    cells = "".join(f"<w:tc>{p(c)}</w:tc>" for c in ("a", "b"))
    table = f"<w:tbl><w:tr>{cells}</w:tr><w:tr><w:sdt><w:sdtContent>{cells}</w:sdtContent></w:sdt></w:tr></w:tbl>"
    body = (
        p("one") + table + "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>x</w:t><w:tab/><w:t>y</w:t>"
        "<w:br/><w:t>z</w:t></w:r></w:p>"
    )
    text, said = read(docx.READER, document(body))
    assert text == "one\na\tb\na\tb\nx\ty\nz"
    assert said.problems == [] and "hidden" not in said.fields


def test_strict_namespace_reads_alike() -> None:
    assert read(docx.READER, document(p("strict"), namespace=STRICT_W))[0] == "strict"


def test_deleted_words_are_kept_and_do_not_cut_the_word_that_stays() -> None:
    body = (
        '<w:p><w:r><w:t>the immi</w:t></w:r><w:del w:author="Ann" w:date="2018-01-24T09:00:00Z"><w:r>'
        "<w:delText>tat</w:delText></w:r></w:del><w:ins><w:r><w:t>gration</w:t></w:r></w:ins><w:r><w:t> office</w:t>"
        "</w:r><w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom></w:p>"
    )
    text, said = read(docx.READER, document(body))
    assert text.split("\n") == [
        "the immigration office",
        "[deleted by Ann on 2018-01-24: tat]",
        "[inserted: gration]",
        "[deleted: gone]",
    ]
    assert said.fields["hidden"] == ["tracked changes"]


def test_what_was_changed_as_a_whole_is_told_once() -> None:
    body = (
        '<w:p><w:ins w:author="Ann"><w:r><w:t>all new</w:t></w:r></w:ins></w:p>'
        '<w:tbl><w:tr><w:trPr><w:del w:author="Bob"/></w:trPr><w:tc><w:p><w:del w:author="Bob"><w:r>'
        "<w:delText>x</w:delText></w:r></w:del></w:p></w:tc>"
        f"<w:tc>{p('y')}</w:tc></w:tr></w:tbl>"
        '<w:p><w:ins w:author="Ann"><w:del w:author="Bob"><w:r><w:delText>both</w:delText></w:r></w:del></w:ins></w:p>'
    )
    text, _ = read(docx.READER, document(body))
    assert text.split("\n") == ["[inserted by Ann: all new]", "[deleted row by Bob: x\ty]", "[deleted by Bob: both]"]


@pytest.mark.parametrize(
    ("run", "hidden"),
    [
        ("<w:rPr><w:vanish/></w:rPr>", True),
        ('<w:rPr><w:vanish w:val="0"/></w:rPr>', False),
        ('<w:rPr><w:rStyle w:val="Secret2"/></w:rPr>', True),
    ],
)
def test_hidden_text_is_kept_and_flagged(run: str, hidden: bool) -> None:
    styles = (
        f'<w:styles {W}><w:style w:styleId="Secret2"><w:basedOn w:val="Secret"/></w:style>'
        '<w:style w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    )
    more: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations(("1", "styles", "styles.xml")),
        "word/styles.xml": styles,
    }
    text, said = read(docx.READER, document(p("whisper", run), more))
    assert text == ("[hidden: whisper]" if hidden else "whisper")
    assert said.fields.get("hidden") == (["hidden text"] if hidden else None)


def test_text_box_reads_once_and_watermark_too() -> None:
    box = f"<w:txbxContent>{p('boxed')}</w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>around</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        '<w:r><w:pict><v:textpath xmlns:v="urn:schemas-microsoft-com:vml" string="DRAFT"/>'
        "</w:pict></w:r></w:p>"
    )
    assert read(docx.READER, document(body))[0] == "around\nboxed\nDRAFT"


def test_fields_give_results_and_link_targets() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r>'
        '<w:instrText>HYPERLINK "https://a.example/x"</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>here</w:t></w:r><w:r>'
        '<w:fldChar w:fldCharType="end"/></w:r>'
    )
    link = '<w:hyperlink r:id="m"><w:r><w:t>Jo</w:t></w:r></w:hyperlink>'
    shown = '<w:hyperlink r:id="m"><w:r><w:t>jo@b.example</w:t></w:r></w:hyperlink>'
    more: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations(("m", "hyperlink", "mailto:jo@b.example"))
    }
    body = "".join(f"<w:p>{content}</w:p>" for content in (field, link, shown))
    text, _ = read(docx.READER, document(body, more))
    assert text == "here\n<https://a.example/x>\nJo <jo@b.example>\njo@b.example"


def test_symbols_and_old_form_fields() -> None:
    body = (
        '<w:p><w:r><w:sym w:font="Symbol" w:char="F061"/><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/>'
        '<w:listEntry w:val="no"/>'
        '<w:listEntry w:val="yes"/></w:ddList></w:ffData></w:fldChar></w:r></w:p>'
    )
    assert read(docx.READER, document(body))[0] == "α☑yes"


def test_headers_notes_comments_and_embedded_files() -> None:
    more: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations(
            ("1", "header", "h.xml"),
            ("2", "header", "/word/h2.xml"),
            ("3", "footnotes", "f.xml"),
            ("4", "comments", "c.xml"),
            ("5", "package", "embeddings/Book%201.xlsx"),
        ),
        "word/h.xml": f"<w:hdr {W}>{p('Confidential')}</w:hdr>",
        "word/h2.xml": f"<w:hdr {W}>{p('Confidential')}</w:hdr>",
        "word/f.xml": f'<w:footnotes {W}><w:footnote w:type="separator">{p("--")}</w:footnote>'
        f"<w:footnote>{p('see order 7')}</w:footnote></w:footnotes>",
        "word/c.xml": f'<w:comments {W}><w:comment w:author="Ann">{p("why?")}</w:comment></w:comments>',
        "word/embeddings/Book 1.xlsx": b"PK-book",
        "word/embeddings/orphan.bin": b"loose",
    }
    text, said = read(docx.READER, document(p("body"), more))
    assert text == "body\nConfidential\nsee order 7\n[comment by Ann: why?]"
    assert said.fields["hidden"] == ["comments"]
    assert [(name, data) for name, data, _ in said.members] == [
        ("Book 1.xlsx", b"PK-book"),
        ("orphan.bin", b"loose"),
    ]


def test_properties() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="urn:cp" xmlns:dc="urn:dc" xmlns:dcterms="urn:t">'
        "<dc:title>Plan</dc:title>"
        "<dc:creator>Ann</dc:creator><cp:lastModifiedBy>Bob</cp:lastModifiedBy>"
        "<dcterms:created>2018-01-24T10:30:00Z</dcterms:created><dcterms:modified>soon</dcterms:modified>"
        "</cp:coreProperties>"
    )
    app = (
        '<Properties xmlns="urn:x"><Application>Word</Application><Company>City</Company><Pages>3</Pages></Properties>'
    )
    _, said = read(docx.READER, document(p("x"), {"docProps/core.xml": core, "docProps/app.xml": app}))
    assert said.fields == {
        "title": "Plan",
        "author": "Ann",
        "last_author": "Bob",
        "created": "2018-01-24T10:30:00+00:00",
        "application": "Word",
        "company": "City",
        "pages": "3",
    }
    assert said.problems == [("PARTIAL", "the property modified is no date: 'soon'")]


def test_lists_and_headings_have_their_numbers() -> None:
    def level(depth: int, form: str, pattern: str, more: str = "") -> str:
        shown = f'<w:numFmt w:val="{form}"/><w:lvlText w:val="{pattern}"/>'
        return f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/>{shown}{more}</w:lvl>'

    numbering = (
        f"<w:numbering {W}><w:abstractNum w:abstractNumId='0'>"
        + level(0, "upperRoman", "Article %1")
        + level(1, "lowerLetter", "(%2)")
        + level(2, "decimal", "%1.%2.%3", "<w:isLgl/>")
        + level(3, "bullet", "\uf0b7")
        + "</w:abstractNum><w:num w:numId='5'><w:abstractNumId w:val='0'/></w:num><w:num w:numId='6'>"
        "<w:abstractNumId w:val='0'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='9'/></w:lvlOverride></w:num>"
        "</w:numbering>"
    )
    styles = (
        f"<w:styles {W}><w:style w:styleId='Base'><w:pPr><w:numPr><w:numId w:val='5'/></w:numPr></w:pPr></w:style>"
        "<w:style w:styleId='H'><w:basedOn w:val='Base'/></w:style></w:styles>"
    )

    def item(words: str, depth: int, number: int = 5) -> str:
        place = f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='{number}'/></w:numPr>"
        return f"<w:p><w:pPr>{place}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"

    more: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations(("1", "numbering", "n.xml"), ("2", "styles", "st.xml")),
        "word/n.xml": numbering,
        "word/st.xml": styles,
    }
    styled = "<w:p><w:pPr><w:pStyle w:val='H'/></w:pPr><w:r><w:t>styled</w:t></w:r></w:p>"
    body = item("a", 0) + item("b", 1) + item("c", 1) + item("d", 2) + item("e", 3) + styled + item("f", 1)
    body += item("g", 0, 6) + item("plain", 0, 0)
    assert read(docx.READER, document(body, more))[0].split("\n") == [
        "Article I a", "(a) b", "(b) c", "1.2.1 d", "e", "Article II styled", "(a) f", "Article IX g", "plain",
    ]  # fmt: skip


def test_replies_pictures_readings_building_blocks_and_what_is_outside() -> None:
    w14 = 'xmlns:w14="urn:w14" xmlns:w15="urn:w15"'
    drawing = (
        "<w:p><w:r><w:drawing><wp:docPr xmlns:wp='urn:wp' title='Seal' descr='The seal of the city'/></w:drawing></w:r>"
        "<w:r><w:ruby><w:rt><w:r><w:t>kyo</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>capital</w:t></w:r></w:rubyBase>"
        "</w:ruby></w:r><w:fldSimple w:instr=' INCLUDETEXT &quot;C:\\other.doc&quot; '><w:r><w:t>!</w:t></w:r>"
        "</w:fldSimple></w:p>"
    )
    comment = (
        f"<w:comments {W} {w14}><w:comment w:author='Ann' w:date='2018-01-24T10:00:00Z'><w:p w14:paraId='1'><w:r>"
        "<w:t>why?</w:t></w:r></w:p></w:comment><w:comment w:author='Bob'><w:p w14:paraId='2'><w:r><w:t>so</w:t></w:r>"
        "</w:p></w:comment></w:comments>"
    )
    blocks = (
        f"<w:glossaryDocument {W}><w:docParts><w:docPart><w:docPartPr><w:types><w:type w:val='bbPlcHdr'/></w:types>"
        f"</w:docPartPr><w:docPartBody>{p('Click here')}</w:docPartBody></w:docPart><w:docPart><w:docPartBody>"
        f"{p('our usual clause')}</w:docPartBody></w:docPart></w:docParts></w:glossaryDocument>"
    )
    more: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations(
            ("1", "comments", "c.xml"), ("2", "commentsExtended", "ce.xml"), ("3", "glossaryDocument", "g.xml"),
            ("4", "attachedTemplate", "https://t.example/x.dotx"),
        ),
        "word/c.xml": comment,
        "word/ce.xml": f"<w15:commentsEx {w14}><w15:commentEx w15:paraId='1' w15:done='1'/>"
        "<w15:commentEx w15:paraId='2' w15:paraIdParent='1'/></w15:commentsEx>",
        "word/g.xml": blocks,
        "word/vbaProject.bin": b"macros",
    }  # fmt: skip
    text, said = read(docx.READER, document(drawing, more))
    assert text.split("\n") == [
        "capital!",
        "[picture: Seal]",
        "[picture: The seal of the city]",
        "[reading: kyo]",
        "[resolved comment by Ann on 2018-01-24: why?]",
        "[reply by Bob: so]",
        "[building block: our usual clause]",
    ]
    assert said.fields["hidden"] == ["building blocks", "comments", "external links", "macros"]
    assert said.fields["external_links"] == [
        'includetext: "C:\\other.doc"',
        "attachedTemplate: https://t.example/x.dotx",
    ]


# What every package may suffer


def sheet_file(rows: str, prolog: str = "") -> bytes:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return zipped(
        {
            "xl/workbook.xml": f'<workbook {main} {R}><sheets><sheet name="S" r:id="1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(("1", "worksheet", "s.xml")),
            "xl/s.xml": f"{prolog}<worksheet {main}><sheetData>{rows}</sheetData></worksheet>",
        }
    )


def test_a_damaged_part_is_partial_and_the_rest_is_read() -> None:
    more: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations(("1", "header", "h.xml"), ("2", "footer", "f.xml")),
        "word/h.xml": f"<w:hdr {W}>{p('before')}<w:p><w:r><broken",
        "word/f.xml": b"",
    }
    text, said = read(docx.READER, document(p("body"), more))
    assert text == "body\nbefore"
    [(code, message)] = said.problems
    assert code == "PARTIAL" and message.startswith("word/h.xml is damaged")


@pytest.mark.parametrize("kept", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_parts_are_read_however_they_are_kept_and_checked(kept: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kept) as file:
        file.writestr("empty", b"")
        file.writestr("long", b"words " * 5000)
    data = out.getvalue()
    said = Said()
    parts = zipxml.Parts(Input(io.BytesIO(data), len(data), "a", "docx"), said)
    assert (parts.read("empty"), parts.read("LONG"), parts.read("none")) == (b"", b"words " * 5000, None)
    assert parts.read("long", 10) is None and said.problems[0][1].startswith("long is larger")
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        crc = struct.pack("<L", file.getinfo("long").CRC)
    said = Said()
    damaged = data.replace(crc, b"\1\2\3\4")
    parts = zipxml.Parts(Input(io.BytesIO(damaged), len(damaged), "a", "docx"), said)
    assert parts.read("long") is None and [code for code, _ in said.problems] == ["PARTIAL"]


def test_a_folder_among_the_embeddings_is_no_member() -> None:
    _, said = read(docx.READER, document(p("x"), {"word/embeddings/": b"", "word/embeddings/a.bin": b"a"}))
    assert said.members == [("a.bin", b"a", {})]


def test_a_document_that_only_imports_another_is_not_called_empty() -> None:
    links = relations(("c", "aFChunk", "c.html"))
    data = document('<w:altChunk r:id="c"/>', {"word/_rels/document.xml.rels": links, "word/c.html": "<p>words"})
    text, said = read(docx.READER, data)
    assert not text and not said.problems and said.members == [("c.html", b"<p>words", {})]
    assert [code for code, _ in read(docx.READER, document(""))[1].problems] == ["EMPTY_TEXT"]


@pytest.mark.parametrize("reader", [docx.READER, xlsx.READER, pptx.READER, odf.READER, xlsb.READER])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut short", b"no office file at all", zipped({"a": "b"})])
def test_what_is_no_package_is_corrupt(reader: Reader, data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(reader, data)
    assert refused.value.code == "CORRUPT"


def test_an_encrypted_package_is_named_so() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(Unreadable) as refused:
        read(docx.READER, data)
    assert refused.value.code == "ENCRYPTED"


def test_a_dtd_is_refused() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(Unreadable):
        read(
            docx.READER,
            zipped({"word/document.xml": f"{bomb}<w:document {W}><w:body>&b;</w:body></w:document>"}),
        )
    text, said = read(xlsx.READER, sheet_file("<row><c t='str'><v>&b;</v></c></row>", bomb))
    assert text.strip() == "S"
    assert ("PARTIAL", "xl/s.xml declares entities, which are refused; left out") in said.problems


@given(st.binary(min_size=1, max_size=40), st.floats(0, 1))
def test_random_damage_ends_in_a_named_code(noise: bytes, place: float) -> None:
    whole = document(p("some words"), {"word/_rels/document.xml.rels": relations(("1", "header", "h.xml"))})
    at = int(place * len(whole))
    try:
        read(docx.READER, whole[:at] + noise + whole[at + len(noise) :])
    except Unreadable as refused:
        assert refused.code in ("CORRUPT", "ENCRYPTED")


def compound_file(streams: dict[str, bytes]) -> bytes:
    """Build the smallest compound file: FAT in sector 0, directory in 1, streams from 2 on."""
    fat, body, entries, sector = [0xFFFFFFFD, 0xFFFFFFFE], b"", [("Root Entry", 5, 0xFFFFFFFE, 0)], 2
    for name, content in streams.items():
        count = -(-len(content) // 512)
        entries.append((name, 2, sector, len(content)))
        fat += [*range(sector + 1, sector + count), 0xFFFFFFFE]
        body += content.ljust(count * 512, b"\0")
        sector += count
    directory = b""
    for name, kind, start, size in entries:
        encoded = name.encode("utf-16-le")
        directory += (
            encoded.ljust(64, b"\0")
            + struct.pack("<HB", len(encoded) + 2, kind)
            + bytes(49)
            + struct.pack("<II4x", start, size)
        )
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + struct.pack("<2H", 9, 6) + bytes(14)
    header += struct.pack("<I4xI4I", 1, 0, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    return header.ljust(512, b"\0") + table + directory.ljust(512, b"\0") + body


def test_a_plain_wrapper_gives_its_file() -> None:
    native = b"\0\0\0\0\2\0Label\0C:\\Users\\ann\\notes.txt\0\0\0\3\0" + struct.pack("<I", 3) + b"tmp"
    wrapped = compound_file({"\x01Ole10Native": native + struct.pack("<I", 5) + b"hello"})
    assert packaged_file(wrapped) == ("notes.txt", b"hello")
    assert packaged_file(compound_file({"CONTENTS": b"%PDF-1.7"})) == ("", b"%PDF-1.7")
    assert packaged_file(compound_file({"WordDocument": b"x"})) is None
    more: dict[str, str | bytes] = {"word/embeddings/oleObject1.bin": wrapped}
    _, said = read(docx.READER, document(p("x"), more))
    assert said.members[0][:2] == ("notes.txt", b"hello")


@given(st.binary(max_size=60), st.integers(0, 2100))
def test_a_broken_wrapper_is_no_wrapper(noise: bytes, place: int) -> None:
    whole = compound_file({"\x01Ole10Native": bytes(40)})
    found = packaged_file(whole[:place] + noise + whole[place + len(noise) :])
    assert found is None or isinstance(found[1], bytes)


# Excel


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_values_as_shown() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet.title = "Pay"
        for cell, value, code in (
            ("A1", 123456789, "000-00-0000"),
            ("B1", 43124, "m/d/yyyy"),
            ("C1", 1234.5, '"$"#,##0.00'),
            ("D1", True, "General"),
            ("A2", "text & more", "General"),
            ("B2", "=A1+1", "General"),
        ):
            sheet[cell].value, sheet[cell].number_format = value, code

    text, said = read(xlsx.READER, workbook(fill))
    assert text.split("\n") == [
        "Pay",
        "123-45-6789\t2018-01-24\t$1,234.50\tTRUE",
        "text & more\t=A1+1",
        "",
        "",
    ]
    assert said.problems == []


def test_hidden_sheets_rows_columns_and_comments() -> None:
    def fill(book: Any) -> None:
        book.active.append(["a", "b"])
        book.active.append(["c"])
        book.active["A1"].comment = Comment("check this", "Ann")
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["B"].hidden = True
        secret = book.create_sheet("Secret")
        secret.append(["kept"])
        secret.sheet_state = "veryHidden"

    text, said = read(xlsx.READER, workbook(fill))
    assert text.split("\n") == [
        "Sheet",
        "a\t[hidden: b]",
        "[hidden row: c]",
        "[comment on A1 by Ann: check this]",
        "",
        "[very hidden sheet: Secret]",
        "kept",
        "",
        "",
    ]
    assert said.fields["hidden"] == ["hidden columns", "hidden rows", "comments", "hidden sheet: Secret"]


def test_no_flag_for_hidden_rows_and_columns_without_content() -> None:
    def fill(book: Any) -> None:
        book.active.append(["a"])
        book.active.row_dimensions[9].hidden = True
        book.active.column_dimensions["Z"].hidden = True

    assert "hidden" not in read(xlsx.READER, workbook(fill))[1].fields


def test_inline_and_bad_cells() -> None:
    rows = (
        '<row><c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r><rPh><t>no</t></rPh></is></c>'
        '<c t="s"><v>99</v></c><c s="77"><v>1e3</v></c><c><v>many</v></c><c t="e"><v>#REF!</v></c></row>'
    )
    assert read(xlsx.READER, sheet_file(rows))[0].split("\n")[1] == "inline\t99\t1000\tmany\t#REF!"


def test_a_missing_sheet_is_partial() -> None:
    book = f"<workbook {R}><sheets><sheet name='S' r:id='1'/></sheets></workbook>"
    _, said = read(xlsx.READER, zipped({"xl/workbook.xml": book}))
    assert ("PARTIAL", "the sheet part ? is missing") in said.problems


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        (601, "00000", "00601"),
        (-1234.5, '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', "($1,234.50)"),
        (0.256, "0.0%", "25.6%"),
        (5551234567, "[<=9999999]###-####;(###) ###-####", "(555) 123-4567"),
        (0.75, "h:mm", "18:00:00"),
        (1.5, "[h]:mm", "36:00:00"),
        (43124.5, "m/d/yy h:mm", "2018-01-24 12:00:00"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (2.5, "# ?/?", "2.5"),
        (-5, "0;;", "-5"),
        (12, "General", "12"),
        (1e300, "0", f"{1e300:.0f}"),
        (1e300, "yyyy", "1e+300"),
        (1.7e307, "0,%", "1.7e+307"),
    ],
)
def test_number_formats(number: float, code: str, shown: str) -> None:
    assert numberformat.shown(number, code) == shown


def test_the_date_system_of_1904() -> None:
    assert numberformat.shown(41662, "d/m/yy", since_1904=True) == numberformat.shown(43124, "d/m/yy")


@given(st.floats(allow_nan=False, allow_infinity=False), st.text('0#?.,%;"\\[]_*@ymdhs$-() E/<=>', max_size=12))
def test_any_format_code_gives_text(number: float, code: str) -> None:
    assert isinstance(numberformat.shown(number, code), str)


@given(st.integers(0, 999_999_999))
def test_a_mask_keeps_every_digit(number: int) -> None:
    assert numberformat.shown(number, "000-00-0000").replace("-", "") == f"{number:09}"


# PowerPoint


def test_slides_in_order_with_what_is_hidden() -> None:
    def shapes(*texts: str, placeholder: str = "") -> str:
        mark = f"<p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>"
        return "".join(f"<p:sp>{mark}<p:txBody><a:p><a:r><a:t>{t}</a:t></a:r></a:p></p:txBody></p:sp>" for t in texts)

    table = (
        "<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>x</a:t></a:r></a:p>"
        "</a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>y</a:t></a:r></a:p></a:txBody></a:tc>"
        "</a:tr></a:tbl></p:graphicFrame>"
    )
    prompt = shapes("Click to edit", placeholder="<p:ph/>")
    chart = (
        '<c:chart xmlns:c="urn:c"><c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>North</c:v></c:pt></c:strCache>'
        "</c:strRef></c:tx></c:ser></c:chart>"
    )
    show = zipped(
        {
            "ppt/presentation.xml": f'<p:presentation {PPT} {R}><p:sldIdLst><p:sldId id="256" r:id="b"/>'
            '<p:sldId id="257" r:id="a"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(
                ("a", "slide", "s1.xml"),
                ("b", "slide", "s2.xml"),
                ("m", "slideMaster", "m.xml"),
                ("c", "commentAuthors", "au.xml"),
            ),
            "ppt/s1.xml": f'<p:sld {PPT} show="0">{shapes("second")}{table}</p:sld>',
            "ppt/s2.xml": f"<p:sld {PPT}>{shapes('first')}<p:grpSp>{shapes('grouped')}</p:grpSp></p:sld>",
            "ppt/_rels/s2.xml.rels": relations(
                ("n", "notesSlide", "n.xml"), ("c", "comments", "cm.xml"), ("h", "chart", "ch.xml")
            ),
            "ppt/n.xml": f"<p:notes {PPT}>{shapes('say this')}</p:notes>",
            "ppt/cm.xml": f'<p:cmLst {PPT}><p:cm authorId="0"><p:text>really?</p:text></p:cm></p:cmLst>',
            "ppt/au.xml": f'<p:cmAuthorLst {PPT}><p:cmAuthor id="0" name="Ann"/></p:cmAuthorLst>',
            "ppt/ch.xml": chart,
            "ppt/m.xml": f"<p:sldMaster {PPT}>{shapes('PRIVILEGED')}{prompt}</p:sldMaster>",
        }
    )
    text, said = read(pptx.READER, show)
    pages = [page.strip().split("\n") for page in text.split("\f")]
    assert pages == [
        ["first", "grouped", "North", "[speaker notes: say this]", "[comment by Ann: really?]"],
        ["[hidden slide 2]", "second", "x\ty"],
        ["PRIVILEGED"],
    ]
    assert said.fields["hidden"] == ["speaker notes", "comments", "hidden slide: 2"]
    assert said.fields["pages"] == "2"


# OpenDocument


def open_document(body: str, styles: str = "", **parts: str) -> bytes:
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body>{body}</office:body></office:document-content>"
    )
    return zipped({"content.xml": content} | {name.replace("_", "."): part for name, part in parts.items()})


def test_open_document_text() -> None:
    body = (
        "<office:text><text:tracked-changes><text:changed-region text:id='c1'><text:deletion>"
        "<text:p>old</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:h>Title</text:h><text:p>a<text:s text:c='2'/>b<text:tab/>c<text:change text:change-id='c1'/>"
        "<text:a xlink:href='https://a.example'>link</text:a>"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>note</text:p></text:note-body>"
        "</text:note><office:annotation><dc:creator>Ann</dc:creator><text:p>hm</text:p>"
        "</office:annotation></text:p>"
        "<text:p><text:span text:style-name='T1'>veiled</text:span></text:p></office:text>"
    )
    styles = "<style:style style:name='T1'><style:text-properties text:display='none'/></style:style>"
    text, said = read(odf.READER, open_document(body, styles))
    assert text.split("\n") == [
        "Title",
        "a  b\tclink",
        "[deleted: old]",
        "<https://a.example>",
        "note",
        "[comment by Ann: hm]",
        "[hidden: veiled]",
    ]
    assert said.fields["hidden"] == ["tracked changes", "comments", "hidden text"]


def test_open_document_insertions_replies_pictures_and_forms() -> None:
    info = "<office:change-info><dc:creator>Ann</dc:creator><dc:date>2018-01-24T10:00:00</dc:date></office:change-info>"
    body = (
        "<office:text><text:tracked-changes><text:changed-region text:id='c1'>"
        f"<text:insertion>{info}</text:insertion></text:changed-region></text:tracked-changes>"
        "<office:forms><form:form xmlns:form='urn:f'><form:text form:label='Name' form:current-value='Lee'/>"
        "</form:form>"
        "</office:forms><text:p>the <text:change-start text:change-id='c1'/>new<text:change-end text:change-id='c1'/>"
        " office, <text:date>24 January</text:date>"
        "<draw:frame><svg:title xmlns:svg='urn:svg'>Seal</svg:title></draw:frame>"
        "</text:p></office:text>"
    )
    text, said = read(odf.READER, open_document(body))
    assert text.split("\n") == [
        "Name Lee",
        "the new office, 24 January",
        "[inserted by Ann on 2018-01-24: new]",
        "[picture: Seal]",
    ]
    assert said.fields["hidden"] == ["tracked changes"]


def test_open_document_sheets_keep_what_was_replaced_and_hide_columns() -> None:
    body = (
        "<office:spreadsheet><table:tracked-changes><table:cell-content-change><office:change-info><dc:creator>Ann"
        "</dc:creator></office:change-info><table:previous><table:change-track-table-cell><text:p>old price</text:p>"
        "</table:change-track-table-cell></table:previous></table:cell-content-change></table:tracked-changes>"
        "<table:table table:name='S'><table:table-column/><table:table-column table:visibility='collapse'/>"
        "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p>"
        "</table:table-cell></table:table-row></table:table></office:spreadsheet>"
    )
    text, said = read(odf.READER, open_document(body))
    assert text.split("\n") == ["[replaced by Ann: old price]", "S", "a\t[hidden: b]"]
    assert said.fields["hidden"] == ["tracked changes", "hidden columns"]


def test_open_document_sheets_and_properties() -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    repeated = cell.format(" table:number-columns-repeated='3'", "r")
    body = (
        "<office:spreadsheet><table:table table:name='Secret' table:style-name='ta1'><table:table-row>"
        f"{cell.format('', 'x')}{repeated}<table:table-cell table:number-columns-repeated='16000'/>"
        "</table:table-row>"
        f"<table:table-row table:visibility='collapse'>{cell.format('', 'y')}</table:table-row></table:table>"
        "</office:spreadsheet>"
    )
    styles = "<style:style style:name='ta1'><style:table-properties table:display='false'/></style:style>"
    meta = (
        f"<office:document-meta {ODF}><office:meta><dc:title>T</dc:title><meta:keyword>k1</meta:keyword>"
        "<meta:keyword>k2</meta:keyword>"
        "<meta:creation-date>2018-01-24T10:30:00.123456789</meta:creation-date>"
        "<meta:document-statistic meta:page-count='4'/></office:meta></office:document-meta>"
    )
    text, said = read(odf.READER, open_document(body, styles, meta_xml=meta))
    assert text == "[hidden sheet: Secret]\nx\tr\tr\tr\n[hidden row: y]"
    assert said.fields == {
        "title": "T",
        "created": "2018-01-24T10:30:00",
        "pages": "4",
        "keywords": "k1; k2",
        "hidden": ["hidden sheet: Secret", "hidden rows"],
    }


def test_open_document_slides() -> None:
    body = (
        "<office:presentation><draw:page draw:style-name='dp1'><draw:frame><draw:text-box>"
        "<text:p>slide</text:p>"
        "</draw:text-box></draw:frame><presentation:notes><text:p>say</text:p>"
        "</presentation:notes></draw:page>"
        "</office:presentation>"
    )
    styles = (
        "<style:style style:name='dp1'><style:drawing-page-properties presentation:visibility='hidden'/></style:style>"
    )
    text, said = read(odf.READER, open_document(body, styles))
    assert text == "[hidden slide 1]\nslide\n[speaker notes: say]"
    assert said.fields["hidden"] == ["hidden slide: 1", "speaker notes"]


def test_encrypted_open_document() -> None:
    manifest = (
        f"<manifest:manifest {ODF}><manifest:file-entry><manifest:encryption-data/>"
        "</manifest:file-entry></manifest:manifest>"
    )
    with pytest.raises(Unreadable) as refused:
        read(odf.READER, zipped({"META-INF/manifest.xml": manifest, "content.xml": b"\x01\x02"}))
    assert refused.value.code == "ENCRYPTED"
