"""Documents of rarer programs: XPS, Visio, EPUB, flat office XML, iWork, Hangul, property lists, shortcuts, tables."""

from __future__ import annotations

import base64
import contextlib
import plistlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import Reading, reading_of
from test_readers_office import ODF, STRICT_W, W, document, p, relations, zipped

from tecum.processing.identify import identify
from tecum.processing.readers import iwa, marks
from tecum.processing.readers.marks import HIDDEN, Mark

# Marks


def test_a_paragraph_reads_as_shown_and_its_marks_follow() -> None:
    gone, new = Mark("deleted", "Ann  Lee", "2018-01-24T10:00:00Z"), Mark("inserted")
    spans = [(None, "a "), (gone, "b"), (gone, "c"), (new, "d"), (HIDDEN, "e"), (None, "f")]
    assert list(marks.lines(spans)) == [
        "a df", "[deleted by Ann Lee on 2018-01-24: bc]", "[inserted: d]", "[hidden: e]",
    ]  # fmt: skip
    assert list(marks.lines([(None, " "), (new, "all")])) == ["[inserted: all]"]
    assert list(marks.lines([])) == [""]


# XPS


def xps(page: str, codec: str = "utf-8") -> Reading:
    namespace = 'xmlns="http://schemas.microsoft.com/xps/2005/06"'
    return reading_of(
        zipped(
            {
                "FixedDocSeq.fdseq": f'<S {namespace}><DocumentReference Source="/Documents/1/F.fdoc"/></S>',
                "Documents/1/F.fdoc": f'<D {namespace}><PageContent Source="Pages/1.fpage"/></D>',
                "Documents/1/Pages/1.fpage": f"<FixedPage {namespace}>{page}</FixedPage>".encode(codec),
            }
        ),
        "a.xps",
    )


def glyphs(words: str, x: float, y: float, widths: str = "", more: str = "") -> str:
    place = f'OriginX="{x}" OriginY="{y}" FontRenderingEmSize="10"'
    return f'<Glyphs {place} UnicodeString="{words}" Indices="{widths}" {more}/>'


def test_runs_of_one_line_are_joined_by_their_gaps() -> None:
    page = (
        glyphs("immi", 0, 20, "1,50;2,50;3,50;4,50")
        + glyphs("gration", 20, 20, "1,50")
        + glyphs("office", 58, 20, "1,50")
        + glyphs("far", 300, 20)
        + glyphs("{}{below}", 0, 40)
    )
    said = xps(f'<Canvas><Canvas RenderTransform="2,0,0,2,5,5">{page}</Canvas></Canvas>', "utf-16")
    assert said.text_said.split("\n")[:2] == ["immigration office\tfar", "{below}"]
    assert said.fields == {"pages": "1"}


def test_what_a_page_of_xps_hides_links_and_pictures() -> None:
    said = xps(
        glyphs("seen", 0, 20)
        + glyphs("unseen", 0, 40, more='Fill="#00FFFFFF"')
        + '<Path AutomationProperties.HelpText="A seal" FixedPage.NavigateUri="https://a.example/x"/>'
    )
    assert said.text_said.split("\n") == ["seen", "[hidden: unseen]", "[picture: A seal]", "<https://a.example/x>"]
    assert said.fields["hidden"] == ["hidden text"]


# Visio


def test_shapes_masters_data_and_comments_of_a_drawing() -> None:
    v = 'xmlns="http://schemas.microsoft.com/office/visio/2012/main"'
    r = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    hidden = '<Cell N="HideText" V="1"/>'
    said = reading_of(
        zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "_rels/.rels": relations(("1", "document", "visio/document.xml")),
                "visio/document.xml": f"<VisioDocument {v}/>",
                "visio/_rels/document.xml.rels": relations(
                    ("1", "pages", "pages/pages.xml"), ("2", "masters", "m.xml"), ("3", "comments", "c.xml")
                ),
                "visio/pages/pages.xml": f'<Pages {v} {r}><Page Name="Plan"><Rel r:id="p"/></Page></Pages>',
                "visio/pages/_rels/pages.xml.rels": relations(("p", "page", "page1.xml")),
                "visio/pages/page1.xml": f"<PageContents {v}><Shapes><Shape><Text>own words</Text>"
                '<Section N="Property"><Row N="r"><Cell N="Label" V="Owner"/><Cell N="Value" V="Lee"/></Row></Section>'
                f'</Shape><Shape Master="7"/><Shape>{hidden}<Text>veiled</Text></Shape></Shapes></PageContents>',
                "visio/m.xml": f'<Masters {v} {r}><Master ID="7"><Rel r:id="m"/></Master></Masters>',
                "visio/_rels/m.xml.rels": relations(("m", "master", "m1.xml")),
                "visio/m1.xml": f'<M {v}><Shapes><Shape ID="5"><Text>of the master</Text></Shape></Shapes></M>',
                "visio/c.xml": f'<Comments {v}><AuthorList><AuthorEntry ID="1" Name="Ann"/></AuthorList><CommentList>'
                '<CommentEntry AuthorID="1" Date="2018-01-24T10:00:00">why?</CommentEntry></CommentList></Comments>',
            }
        ),
        "a.vsdx",
    )
    assert [line for line in said.text_said.replace("\f", "").split("\n") if line] == [
        "Plan", "own words", "Owner: Lee", "of the master", "[hidden: veiled]", "[comment by Ann on 2018-01-24: why?]",
    ]  # fmt: skip
    assert said.fields["hidden"] == ["hidden text", "comments"] and said.fields["pages"] == "1"


# EPUB


def epub(**more: str) -> bytes:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>Book</dc:title><dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator></metadata><manifest>"
        '<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="a%20one.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="x" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/c.opf"/></rootfiles></container>',
            "O/c.opf": opf,
            "O/a one.xhtml": "<html><body><p>first</p><p hidden=''>secret</p></body></html>",
            "O/b.xhtml": "<html><body><p>second</p></body></html>",
            "O/nav.xhtml": "<html><body><p>contents</p></body></html>",
        }
        | more
    )


def test_chapters_in_reading_order_then_the_rest() -> None:
    said = reading_of(epub(), "a.epub")
    assert said.text_said.split() == ["first", "[hidden:", "secret]", "second", "contents"]
    assert said.fields == {"title": "Book", "author": "Ann; Bob", "hidden": ["hidden text"]}
    assert said.problems == [("PARTIAL", "O/gone.xhtml is listed and not there")]


def test_a_protected_book_is_named() -> None:
    reference = '<e xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherReference URI="O/{}"/></e>'
    assert reading_of(epub(**{"META-INF/encryption.xml": reference.format("b.xhtml")}), "a.epub").stopped == "ENCRYPTED"
    assert not reading_of(epub(**{"META-INF/encryption.xml": reference.format("f.otf")}), "a.epub").stopped


# Office documents as one XML file

HEAD = '<?xml version="1.0"?>'


def test_word_of_2003() -> None:
    w = 'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:aml="urn:aml" xmlns:wx="urn:wx"'
    change = (
        '<aml:annotation w:type="{}" aml:author="Ann" aml:createdate="2018-01-24T10:00:00Z"><aml:content>{}'
        "</aml:content></aml:annotation>"
    )
    run = "<w:r><w:t>{}</w:t></w:r>"
    body = (
        f"<w:p><w:pPr><w:listPr><wx:t wx:val='1.'/></w:listPr></w:pPr>{run.format('stays ')}"
        + change.format("Word.Insertion", run.format("new"))
        + change.format("Word.Deletion", "<w:r><w:delText>old</w:delText></w:r>")
        + change.format("Word.Comment", f"<w:p>{run.format('why?')}</w:p>")
        + f"<w:r><w:footnote><w:p>{run.format('a note')}</w:p></w:footnote></w:r></w:p>"
        + f"<w:sectPr><w:hdr><w:p>{run.format('Draft')}</w:p></w:hdr></w:sectPr>"
    )
    held = base64.b64encode(b"an object").decode()
    said = reading_of(
        f"{HEAD}<w:wordDocument {w} xmlns:o='urn:o'><o:DocumentProperties><o:Author>Lee</o:Author>"
        "</o:DocumentProperties>"
        f"<w:body>{body}</w:body><w:binData w:name='oledata.mso'>{held}</w:binData>"
        "<w:binData w:name='wordml://1.png'>AAAA</w:binData></w:wordDocument>".encode(),
        "a.xml",
    )
    assert said.text_said.split("\n") == [
        "1. stays new",
        "[inserted by Ann on 2018-01-24: new]",
        "[deleted by Ann on 2018-01-24: old]",
        "[comment by Ann on 2018-01-24: why?]",
        "a note",
        "Draft",
    ]
    assert said.fields == {"author": "Lee", "hidden": ["comments", "tracked changes"]}
    assert said.members == [("oledata.mso", b"an object", {})]


def test_excel_of_2003() -> None:
    ss = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    said = reading_of(
        f"{HEAD}<Workbook {ss}><Styles><Style ss:ID='s1'><NumberFormat ss:Format='0.00'/></Style></Styles>"
        "<Worksheet ss:Name='S'><Table><Column ss:Index='2' ss:Hidden='1'/>"
        "<Row><Cell ss:StyleID='s1'><Data ss:Type='Number'>1.1000000000000001</Data></Cell>"
        "<Cell><Data ss:Type='DateTime'>2018-01-24T00:00:00.000</Data>"
        "<Comment ss:Author='Ann'><ss:Data>why?</ss:Data></Comment></Cell></Row>"
        "<Row ss:Hidden='1'><Cell ss:HRef='https://a.example'><Data ss:Type='String'>link</Data></Cell></Row></Table>"
        "<WorksheetOptions xmlns='urn:schemas-microsoft-com:office:excel'><Visible>SheetHidden</Visible>"
        "<PageSetup><Header x:Data='&amp;CTop' xmlns:x='urn:x'/></PageSetup></WorksheetOptions></Worksheet>"
        "</Workbook>".encode(),
        "a.xls",
    )
    assert said.text_said.split("\n") == [
        "[hidden sheet: S]", "1.10\t[hidden: 2018-01-24]", "[comment by Ann: why?]",
        "[hidden row: link <https://a.example>]", "Top",
    ]  # fmt: skip
    assert said.fields["hidden"] == ["hidden sheet: S", "hidden columns", "comments", "hidden rows"]


def test_a_package_laid_flat() -> None:
    pkg = 'xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"'
    main = f"<w:document {W}><w:body>{p('flat words')}</w:body></w:document>"
    held = base64.b64encode(b"object").decode()
    said = reading_of(
        f"{HEAD}<pkg:package {pkg}><pkg:part pkg:name='/word/document.xml'><pkg:xmlData>{main}</pkg:xmlData></pkg:part>"
        f"<pkg:part pkg:name='/word/embeddings/o.bin'><pkg:binaryData>{held}</pkg:binaryData></pkg:part>"
        "</pkg:package>".encode(),
        "a.xml",
    )
    assert said.text_said == "flat words" and said.members == [("o.bin", b"object", {})]


@pytest.mark.parametrize(("name", "kind"), [("text", "fodt"), ("spreadsheet", "fods"), ("presentation", "fodp")])
def test_open_documents_laid_flat(name: str, kind: str) -> None:
    data = (
        f"{HEAD}<office:document {ODF} office:mimetype='application/vnd.oasis.opendocument.{name}'><office:meta>"
        f"<dc:title>T</dc:title></office:meta><office:body><office:{name}><text:p>flat words</text:p></office:{name}>"
        "</office:body></office:document>"
    ).encode()
    assert identify(data, "a.xml").kind == kind
    said = reading_of(data, "a.xml")
    assert said.text_said == "flat words" and said.fields == {"title": "T"}


def test_packages_out_of_order_are_recognised() -> None:
    body = "<office:body><office:text><text:p>x</text:p></office:text></office:body>"
    content = f"<office:document-content {ODF}>{body}</office:document-content>"
    late = zipped({"content.xml": content, "mimetype": "application/vnd.oasis.opendocument.text"})
    assert reading_of(late, "a.odt").text_said == "x"
    old = '<manifest:entry xmlns:manifest="urn:m" manifest:media-type="application/vnd.sun.xml.writer"/>'
    assert reading_of(zipped({"content.xml": content, "META-INF/manifest.xml": old}), "").text_said == "x"
    assert reading_of(document(p("strict"), {"[Content_Types].xml": "<T/>"}, STRICT_W), "a.docx").text_said == "strict"


# iWork


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def archive(*messages: tuple[int, bytes]) -> bytes:
    """One archive of messages, as one literal of Snappy."""
    plain = b""
    for kind, body in messages:
        head = field(1, 1) + field(2, field(1, kind) + field(3, len(body)))
        plain += varint(len(head)) + head + body
    block = varint(len(plain)) + (bytes([61 << 2]) + struct.pack("<H", len(plain) - 1) + plain if plain else b"")
    return b"\0" + len(block).to_bytes(3, "little") + block


def test_iwork_since_2013() -> None:
    table = field(1, 1) + field(3, field(1, 4) + field(3, b"a cell"))
    comment, other = (3056, field(1, b"why?")), (99, field(3, b"no"))
    index = archive((2001, field(3, "Größe".encode())), (6005, table), comment, other)
    said = reading_of(zipped({"Index/Document.iwa": index, "Index/Tables/Tile.iwa": archive()}), "a.pages")
    assert said.text_said.split("\n") == ["Größe", "a cell", "[comment: why?]"]
    assert said.fields["hidden"] == ["comments"] and said.codes == {"PARTIAL"}
    inner = zipped({"Index/Document.iwa": index})
    assert reading_of(zipped({"a.pages/Index.zip": inner}), "a.pages").text_said.startswith("Größe")


def test_snappy_copies_overlap() -> None:
    whole = archive((2001, field(3, b"ab" * 6)))
    plain = whole[whole.index(bytes([61 << 2])) + 3 :]
    literal = bytes([61 << 2]) + struct.pack("<H", len(plain) - 11) + plain[:-10]
    block = varint(len(plain)) + literal + bytes([9 << 2 | 2]) + struct.pack("<H", 2)
    packed = b"\0" + len(block).to_bytes(3, "little") + block
    assert list(iwa.texts(packed)) == [("text", "ab" * 6)]
    too_far = packed[:-2] + struct.pack("<H", 999)
    with pytest.raises(iwa.Damaged):
        list(iwa.texts(too_far))


@given(st.binary(max_size=80))
def test_no_archive_raises_anything_else(noise: bytes) -> None:
    with contextlib.suppress(iwa.Damaged):
        list(iwa.texts(archive((2001, field(3, b"words")))[:20] + noise))


def test_iwork_until_2009() -> None:
    sf = 'xmlns:sf="http://developer.apple.com/namespaces/sf" xmlns:sfa="http://developer.apple.com/namespaces/sfa"'
    index = (
        f"<sl:document xmlns:sl='urn:sl' {sf}><sf:stylesheet><sf:p>style</sf:p></sf:stylesheet>"
        "<sf:p>one<sf:tab/>two</sf:p>"
        '<sf:ct sfa:s="a cell"/><sf:n sf:v="42"/></sl:document>'
    )
    said = reading_of(zipped({"index.xml": index, "QuickLook/Preview.pdf": b"%PDF-1.4"}), "a.pages")
    assert said.text_said.split("\n") == ["one\ttwo", "a cell", "42"]
    assert said.members == [("Preview.pdf", b"%PDF-1.4", {})]
    assert reading_of(zipped({"index.xml": index, ".iwpv2": b"x"}), "a.pages").stopped == "ENCRYPTED"
    sealed = zipped({"index.xml": index}).replace(struct.pack("<2H", 0, 8), struct.pack("<2H", 0, 25452))
    assert reading_of(sealed, "a.pages").stopped == "ENCRYPTED"


# Others


def test_hangul_sections_in_order() -> None:
    def section(*words: str) -> str:
        return "<s>" + "".join(f"<p><run><t>{one}</t></run></p>" for one in words) + "</s>"

    cells = "".join(f"<tc><p><run><t>{one}</t></run></p></tc>" for one in "ab")
    table = f"<s><p><run><t>before</t><tbl><tr>{cells}</tr></tbl></run></p></s>"
    said = reading_of(
        zipped(
            {
                "mimetype": "application/hwp+zip",
                "Contents/section10.xml": section("last"),
                "Contents/section2.xml": section("second"),
                "Contents/section0.xml": table,
                "Contents/content.hpf": "<p><title>T</title><meta name='creator'>Ann</meta></p>",
            }
        ),
        "a.hwpx",
    )
    assert said.text_said.split("\n") == ["before", "a\tb", "second", "last"]
    assert said.fields == {"title": "T", "author": "Ann"}


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_property_lists(form: plistlib.PlistFormat) -> None:
    page = {
        "WebResourceData": b"<p>page</p>",
        "WebResourceMIMEType": "text/html",
        "WebResourceURL": "https://a.example/",
    }
    picture = {
        "WebResourceData": b"pic",
        "WebResourceMIMEType": "image/png",
        "WebResourceURL": "https://a.example/p.png",
    }
    data = plistlib.dumps({"name": "Lee", "list": [1, True], "main": page, "more": [picture], "raw": b"\0"}, fmt=form)
    said = reading_of(data, "a.plist")
    assert set(said.text_said.split("\n")) == {"name: Lee", "list: 1", "list: True", "https://a.example/", "page", ""}
    assert said.members == [("p.png", b"pic", {"inline": True})] and said.codes == {"PARTIAL"}


def test_a_property_list_that_names_one_value_many_times_ends() -> None:
    root: list[object] = ["x"]
    for _ in range(40):
        root = [root, root]
    said = reading_of(plistlib.dumps(root, fmt=plistlib.FMT_BINARY), "a.plist")
    assert said.codes == {"PARTIAL"} and len(said.text_said) < 2_000_000


def test_a_shortcut_tells_its_target() -> None:
    info = (
        struct.pack("<7I", 60, 28, 1, 28, 44, 0, 58)
        + struct.pack("<4I", 16, 3, 0x1234ABCD, 15)
        + b"C:\\plan.doc\0\0\0\0\0"
    )
    arguments = "/private".encode("utf-16-le")
    head = b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46" + struct.pack("<I", 2 | 0x20 | 0x80) + bytes(52)
    said = reading_of(head + info + struct.pack("<H", 8) + arguments, "a.lnk")
    assert said.text_said.split("\n")[:3] == ["target: C:\\plan.doc", "volume: 1234-ABCD", "arguments: /private"]
    assert reading_of(head, "a.lnk").stopped == "CORRUPT"


def test_a_dbase_table_with_a_deleted_row() -> None:
    def column(name: bytes, kind: bytes, size: int) -> bytes:
        return name.ljust(11, b"\0") + kind + bytes(4) + bytes([size]) + bytes(15)

    columns = column(b"NAME", b"C", 6) + column(b"NOTE", b"M", 10) + b"\r"
    head = bytes([3, 118, 1, 24]) + struct.pack("<IHH", 3, 32 + len(columns), 17) + bytes(17) + b"\x03\0\0"
    rows = b" Gr\xf6\xdfe " + b"1".rjust(10) + b"*Lee   " + bytes(10)
    data = head + columns + rows + b"\x1a"
    assert identify(data, "a.dbf").kind == "dbf" and identify(data, "a.bin").kind != "dbf"
    said = reading_of(data, "a.dbf")
    assert said.text_said.split("\n") == ["NAME\tNOTE", "Größe\t1", "[deleted row: Lee]", ""]
    assert said.fields["hidden"] == ["deleted rows"]
    assert {message for _, message in said.problems} == {
        "2 of 3 rows are there", "the texts of NOTE lie in a memo file beside the table",
    }  # fmt: skip
