"""The sound files from which the fuzzer starts: one or more of every format, made here, byte for byte the same."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tecum.demo import mime, office, pdf
from tecum.processing.readers.compoundwriter import Storage, compound_file

WHEN = dt.datetime(2017, 3, 14, 9, 26, 52, tzinfo=dt.UTC)
ABOUT = office.Properties("A title", "Ann Poe", WHEN)
_WORDS = "The board met on Tuesday and spoke of widgets.\nNobody objected: the vote was 5 to 2.\n"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def made() -> dict[str, bytes]:
    """Return the made-up seeds by file name, in order of name."""
    return dict(sorted({**_texts(), **_office(), **_pictures(), **_mail(), **_archives(), **_compound()}.items()))


def of_folder(folder: Path, largest: int) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder that have at most ``largest`` bytes, in order of name."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size <= largest:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _texts() -> dict[str, bytes]:
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1@town.example\r\n"
        "DTSTART;TZID=America/Chicago:20170314T092653\r\nDTEND:20170314T102653Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n"
        "ORGANIZER;CN=Ann Poe:mailto:ann@town.example\r\nATTENDEE;CN=Bob:mailto:bob@town.example\r\n"
        "SUMMARY:Board\\, weekly\r\nDESCRIPTION:Line one\\nline\r\n  two\r\n"
        "ATTACH;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    card = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Poe;Ann;;;\r\nFN:Ann Poe\r\nEMAIL;TYPE=WORK:ann@town.example\r\n"
        "TEL:+1-555-0100\r\nNOTE;ENCODING=QUOTED-PRINTABLE:a=20b\r\nPHOTO;ENCODING=b;TYPE=PNG:aGVsbG8=\r\nEND:VCARD\r\n"
    )
    page = (
        '<!DOCTYPE html><html><head><title>A title</title><meta charset="utf-8"><style>p{color:red}</style></head>'
        '<body><h1>Board</h1><p hidden>no</p><table><tr><td colspan="2">a</td><td>b</td></tr></table>'
        '<a href="http://x.example">link</a><img alt="seal" src="data:image/png;base64,aGk="><script>x()</script>'
        "<ul><li>one<li>two</ul><!-- note --><pre>a\n b</pre></body></html>"
    )
    rich = (
        rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset128 Gothic;}}{\info{\title A title}"
        rb"{\author Ann}{\creatim\yr2017\mo3\dy14\hr9\min26}}\pard Plain \b bold\b0\par \u8364?\'e9 \f1\'82\'a0\f0 "
        rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}{\footnote note}\trowd\cellx100 a\cell b\cell\row"
        rb"{\pict\pngblip 89504e470d0a1a0a}{\object\objemb{\*\objdata 0105000002000000}}{\v hidden}\bin4 abcd}"
    )
    return {
        "a.txt": _WORDS.encode(),
        "b.txt": _WORDS.encode("utf-16"),
        "c.txt": "Réunion à Montréal, 三月十四日".encode() * 20,
        "a.csv": b'name,count,note\r\nwidget,3,"a ""b"""\r\ngadget,4,\r\n',
        "a.json": b'{"type": "message", "ts": "1489501613.000100", "user": "U1", "text": "hi", "list": [1, 2.5, null]}',
        "a.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a x="1"><b>&b; text</b><c/></a>',
        "a.html": page.encode(),
        "b.html": page.encode("utf-16"),
        "a.ics": event.encode(),
        "a.vcf": card.encode(),
        "a.rtf": rich,
        "empty.txt": b"",
    }


def _office() -> dict[str, bytes]:
    notes = (
        f'<office:document-content xmlns:office="{_ODF}:office:1.0" xmlns:text="{_ODF}:text:1.0" '
        f'xmlns:table="{_ODF}:table:1.0" xmlns:style="{_ODF}:style:1.0"><office:automatic-styles>'
        '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
        "</office:automatic-styles><office:body>%s</office:body></office:document-content>"
    )
    text = (
        '<office:text><text:h>Title</text:h><text:p>a<text:s text:c="2"/>b<text:span text:style-name="T1">x</text:span>'
        "</text:p></office:text>"
    )
    table = (
        '<office:spreadsheet><table:table table:name="S"><table:table-row table:number-rows-repeated="3">'
        '<table:table-cell table:number-columns-repeated="4" office:value-type="float" office:value="3">'
        "<text:p>3</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
    )
    rows = [["name", "count"], ["widget", "3"], ["gadget", "4"]]
    return {
        "a.docx": office.docx(["# Board", *_WORDS.splitlines()], ABOUT, deleted="struck"),
        "b.docx": _rich_docx(),
        "a.xlsx": office.xlsx([office.Sheet("Open", rows), office.Sheet("Shut", rows, True, (1,))], ABOUT),
        "b.xlsx": _rich_xlsx(),
        "a.pptx": office.pptx([["Board", "one", "two"], ["Next", "three"]], ABOUT),
        "a.odt": _zip({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": (notes % text).encode()}),
        "a.ods": _zip(
            {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": (notes % table).encode()}
        ),
        "a.pdf": pdf.pdf(_WORDS * 30, "A title", WHEN),
        "b.pdf": pdf.pdf(_WORDS, "Locked", WHEN, password="sesame"),
        "c.pdf": _rich_pdf(),
    }


def _rich_docx() -> bytes:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    plain = office.docx(["Body"], ABOUT)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    named = [("r1", "header", "header1.xml"), ("r2", "footnotes", "footnotes.xml"), ("r3", "comments", "comments.xml"),
             ("r4", "oleObject", "embeddings/a.bin"), ("r5", "package", "embeddings/b.xlsx")]  # fmt: skip
    links = "".join(f'<Relationship Id="{i}" Type="{kinds}/{kind}" Target="{to}"/>' for i, kind, to in named)
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    inner = '<w:p><w:r><w:t>{}</w:t></w:r><w:ins w:id="3"><w:r><w:t>in</w:t></w:r></w:ins></w:p>'
    parts["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{space}">{links}</Relationships>'.encode()
    parts["word/header1.xml"] = f'<w:hdr xmlns:w="{word}">{inner.format("head")}</w:hdr>'.encode()
    for name, one in (("footnotes", "footnote"), ("comments", "comment")):
        body = f'<w:{name} xmlns:w="{word}"><w:{one} w:id="2" w:author="Ann">{inner.format(one)}</w:{one}></w:{name}>'
        parts[f"word/{name}.xml"] = body.encode()
    cells = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t><w:tab/><w:br/></w:r></w:p></w:tc></w:tr></w:tbl>"
    more = f'{cells}<w:p><w:r><w:footnoteReference w:id="2"/><w:commentReference w:id="2"/></w:r></w:p></w:body>'
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"</w:body>", more.encode())
    parts["word/embeddings/a.bin"] = compound_file(Storage(holds={"\x01Ole10Native": bytes(40)}))
    parts["word/embeddings/b.xlsx"] = office.xlsx([office.Sheet("S", [["in", "1"]])], ABOUT)
    return _zip(parts)


def _rich_xlsx() -> bytes:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": "T", "created": dt.datetime(2017, 3, 14)})
        sheet = book.add_worksheet("Sums")
        forms = [book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "#,##0.00", "0%", '[Red]"x"0;@')]
        for row, form in enumerate(forms):
            sheet.write_number(row, 0, 42808.25 + row, form)
            sheet.write_formula(row, 1, f"=A{row + 1}*2", form, 7)
        sheet.write_rich_string(5, 0, book.add_format({"bold": True}), "bold", " plain")
        sheet.write_comment(5, 1, "a remark")
        sheet.merge_range(6, 0, 7, 1, "merged")
        book.add_worksheet("Hidden").hide()
        book.define_name("Total", "=Sums!$A$1")
    return out.getvalue()


def _rich_pdf() -> bytes:
    import pikepdf

    with pikepdf.new() as made:
        for number in range(2):
            page = made.add_blank_page(page_size=(612, 792))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.obj.Contents = made.make_stream(f"BT /F1 12 Tf 72 700 Td (Page {number}) Tj ET".encode())
            page.obj.Annots = made.make_indirect(
                pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Text, Contents="a remark", Rect=[0, 0, 9, 9])])
            )
        made.attachments["note.txt"] = pikepdf.AttachedFileSpec(made, b"attached", filename="note.txt")
        made.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([pikepdf.Dictionary(T="name", V="Ann", FT=pikepdf.Name.Tx)])
        )
        with made.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Start", 0))
        out = io.BytesIO()
        made.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all, deterministic_id=True)
    return out.getvalue()


def _pictures() -> dict[str, bytes]:
    from PIL import Image

    made_here = Image.effect_mandelbrot((48, 32), (-2, -1, 1, 1), 20).convert("RGB")
    found = {}
    for kind in ("png", "jpeg", "gif", "tiff", "bmp", "webp"):
        out = io.BytesIO()
        more = {"save_all": True, "append_images": [made_here]} if kind in ("gif", "tiff") else {}
        made_here.save(out, kind, **more)
        found[f"a.{kind}"] = out.getvalue()
    return found


def _mail() -> dict[str, bytes]:
    heads = (
        ("From", "Ann Poe <ann@town.example>"), ("To", "Bob <bob@town.example>, Cyd <cyd@town.example>"),
        ("Subject", mime.header_text("Wîdgets")), ("Date", "Tue, 14 Mar 2017 09:26:53 -0500"),
        ("Message-ID", "<1@town.example>"), ("References", "<0@town.example>"), ("MIME-Version", "1.0"),
    )  # fmt: skip
    body = mime.joined(
        "alternative", [mime.text_part(_WORDS), mime.text_part(mime.html_of(_WORDS), subtype="html")], "1"
    )
    note = mime.attached("note.txt", "text/plain", _WORDS.encode() * 4)
    inner = mime.written(mime.text_part("Inside.", encoding="quoted-printable"), heads)
    parts = [
        body,
        note,
        mime.attached("in.eml", "message/rfc822", inner),
        mime.attached("b.zip", "application/zip", _zip({"a": b"b"})),
    ]
    whole = mime.written(mime.joined("mixed", parts, "2"), heads)
    plain = mime.written(mime.text_part(_WORDS + "> quoted\n"), heads)
    coded = plain + b"begin 644 note.txt\n%:&5L;&\\*\n`\nend\n"
    box = b"".join(
        mime.mbox_entry(one, "ann@town.example", "Tue Mar 14 09:26:53 2017") for one in (plain, whole, coded)
    )
    return {"a.eml": mime.crlf(whole), "b.eml": plain, "c.eml": coded, "a.mbox": box}


def _archives() -> dict[str, bytes]:
    members = {"a.txt": _WORDS.encode(), "in/b.txt": b"b" * 3000, "c.zip": _zip({"d.txt": b"d"})}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in {**members, "é" * 60 + ".txt": b"long"}.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1489501613
            archive.addfile(info, io.BytesIO(data))
    tar = out.getvalue()
    return {
        "a.zip": _zip(members),
        "a.tar": tar,
        "a.tar.gz": gzip.compress(tar, 9, mtime=0),
        "a.txt.bz2": bz2.compress(_WORDS.encode() * 50),
        "a.tar.xz": lzma.compress(tar),
    }


def _compound() -> dict[str, bytes]:
    word = {"WordDocument": b"\xec\xa5\xc1\0" + bytes(5000), "1Table": bytes(5000)}
    book = b"\x09\x08\x10\0\0\6\5\0" + bytes(8) + b"\x85\0\x0e\0" + bytes(8) + b"\6\0Sheet1" + b"\x0a\0\0\0"
    locked = {"EncryptionInfo": b"\4\0\4\0\x40\0\0\0<encryption/>", "EncryptedPackage": bytes(5000)}
    return {
        "a.doc": compound_file(Storage(holds=dict(word))),
        "a.xls": compound_file(Storage(holds={"Workbook": book.ljust(5000, b"\0")})),
        "locked.docx": compound_file(Storage(holds=dict(locked))),
        "a.msg": _msg(),
        "winmail.dat": _tnef(),
    }


def _msg() -> bytes:
    """An Outlook message with a recipient and two attachments, one of them a message ([MS-OXMSG])."""
    inner = _properties({0x001A: "IPM.Note", 0x0037: "Inside", 0x1000: "Within."}, 24)
    who = _properties({0x3001: "Bob", 0x3003: "bob@town.example"}, 8)
    file = _properties({0x3707: "note.txt", 0x3701: b"attached"}, 8, {0x3705: 1})
    letter = _properties({0x3001: "Inside"}, 8, {0x3705: 5})
    letter["__substg1.0_3701000D"] = Storage(holds=inner)
    whole = _properties({0x001A: "IPM.Note", 0x0037: "Widgets", 0x1000: _WORDS, 0x0C1F: "ann@town.example"}, 32)
    return compound_file(
        Storage(
            holds={
                **whole,
                "__recip_version1.0_#00000000": Storage(holds=who),
                "__attach_version1.0_#00000000": Storage(holds=file),
                "__attach_version1.0_#00000001": Storage(holds=letter),
                "__nameid_version1.0": Storage(holds={f"__substg1.0_000{n}0102": b"" for n in (2, 3, 4)}),
            }
        )
    )


def _properties(
    values: dict[int, str | bytes], header: int, numbers: dict[int, int] | None = None
) -> dict[str, bytes | Storage]:
    """The streams of a MAPI object: its table of properties, and one for each text or bytes."""
    table, streams = bytes(header), dict[str, bytes | Storage]()
    for tag, value in values.items():
        kind, data = (0x001F, value.encode("utf-16-le")) if isinstance(value, str) else (0x0102, value)
        table += struct.pack("<HHIII", kind, tag, 6, len(data) + 2 * (kind == 0x001F), 0)
        streams[f"__substg1.0_{tag:04X}{kind:04X}"] = data
    for tag, number in (numbers or {}).items():
        table += struct.pack("<HHIiI", 0x0003, tag, 6, number, 0)
    return {"__properties_version1.0": table, **streams}


def _tnef() -> bytes:
    """A winmail.dat with a subject, a body and an attachment ([MS-OXTNEF])."""
    told = [
        (1, 0x89006, b"\0\0\1\0"), (1, 0x69007, b"\xe4\4\0\0\0\0\0\0"), (1, 0x78008, b"IPM.Microsoft Mail.Note\0"),
        (1, 0x18004, b"Widgets\0"), (1, 0x2800C, _WORDS.encode()), (2, 0x69002, bytes(14)),
        (2, 0x18010, b"note.txt\0"), (2, 0x6800F, b"attached"),
    ]  # fmt: skip
    out = struct.pack("<IH", 0x223E9F78, 1)
    for level, name, value in told:
        out += struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return out


def _zip(members: dict[str, bytes]) -> bytes:
    return office.archive([(name, data, WHEN) for name, data in members.items()])
