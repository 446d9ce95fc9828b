from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

from tecum.engine import pages
from tecum.engine.pages import compiler, coverage, graphics, typesetting
from tecum.engine.pages.rendition import FOOTER, MAX_PAGES
from tecum.errors import GlyphMissing
from tecum.hooks import Unreadable

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    "$x^2$ *bold* _it_ `raw` ~ \\ \\u{41} @ref <label>",
    '#eval("1+1") #read("/etc/passwd") #{ panic() }',
    "= heading / term: x + item - item // comment /* block */",
    "#set page(fill: red) ]}) \"quoted\" 'single' -- --- ... ",
    "#sys.inputs.data \\#{}[]()",
    "<script>alert(1)</script> &amp; %s {0} {{x}}",
]


def read(pdf: bytes, page: int | None = None) -> str:
    with PdfDocument(pdf) as document:
        found = []
        for number in range(len(document)) if page is None else [page]:
            words = document[number].get_textpage()
            found.append(words.get_text_bounded())
            words.close()
    return "\n".join(found).replace("\r\n", "\n")


def picture(pdf: bytes, page: int = 0, scale: float = 0.5) -> np.ndarray[Any, Any]:
    with PdfDocument(pdf) as document:
        document.init_forms()
        shown = document[page]
        array = shown.render(scale=scale, grayscale=True).to_numpy().astype(int)
        shown.close()
        return array


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    with PdfDocument(pdf) as document:
        return [tuple(round(side, 1) for side in document.get_page_size(number)) for number in range(len(document))]


def everything(pdf: bytes) -> bytes:
    """All bytes of a PDF with every stream decoded, to look for what must not be there."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


# typesetting


@pytest.mark.parametrize("text", HOSTILE)
def test_evidence_is_never_markup(text: str) -> None:
    mail = pages.typeset("mail", {"from": text, "subject": text, "attachments": [text], "body": f"{text}\n{text}"})
    found = " ".join(read(mail.pdf).split())
    assert found.count(" ".join(text.split())) == 5
    assert pages.typeset("slip", {"title": text, "fields": [(text, text)]}).pages == 1
    assert " ".join(text.split()) in " ".join(read(pages.typeset("text", {"text": text}).pdf).split())


def test_a_mail_shows_its_headers_and_keeps_its_lines() -> None:
    made = pages.typeset(
        "mail",
        {
            "from": "Ann Roe <ann@x.example>",
            "to": ["Bo <bo@x.example>", "Cy <cy@x.example>"],
            "date": "Monday, 2 January 2017 10:00:00 -0600 (CST)",
            "subject": "one\r\nBcc: two",
            "attachments": ["a.pdf", "b.docx"],
            "body": "Hello\n\n  indented\n> quoted",
        },
    )
    text = read(made.pdf)
    assert made.pages == 1 and made.missing_glyphs == [] and made.notes == []
    assert "Bo <bo@x.example>; Cy <cy@x.example>" in text
    assert "one Bcc: two" in text, "a header cannot be made to look like two"
    assert "Cc:" not in text.replace("Bcc:", ""), "a header that is not there is not shown"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines[-3:] == ["Hello", "indented", "> quoted"]
    assert b"/CreationDate" not in made.pdf and b"xmp:CreateDate" not in made.pdf


def test_equal_input_gives_equal_bytes() -> None:
    data = {"subject": "x", "body": "日本 שלום é\n" * 50}
    first = pages.typeset("mail", data).pdf
    pages.typeset("mail", {"body": "another"})
    assert pages.typeset("mail", data).pdf == first
    assert pages.typeset("mail", {**data, "subject": "y"}).pdf != first


def test_many_scripts_are_drawn() -> None:
    text = (
        "Ж Ω ñ ł | שָׁלוֹם | مرحبا | 日本語 中文 한국어 | ไทย ລາວ ភាសា မြန်မာ |"
        " हिन्दी বাংলা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు | አማርኛ | 😀 👍🏽 𝐁"
    )
    assert pages.typeset("mail", {"body": text}).missing_glyphs == []
    assert pages.typeset("text", {"text": text}).missing_glyphs == []


def test_a_character_without_a_glyph_is_named() -> None:
    made = pages.typeset("mail", {"subject": "ok \U00013000", "body": "\u1980 \ue000 fine"})
    assert made.missing_glyphs == ["U+1980", "U+E000", "U+13000"]
    # Each of these is in some font, but the pair is in none.
    assert pages.typeset("mail", {"body": "日\u0e34"}).missing_glyphs == ["U+0E34"]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30))
def test_no_character_without_a_glyph_escapes_us(text: str) -> None:
    """Oracle: a compilation as PDF/A, which refuses a character without a glyph."""
    found = coverage.coverage("sans").missing(text)
    lines = [line for line in text.splitlines() if line.strip()]
    sheet = {
        "kind": "text", "width": 612, "height": 792, "side": 50, "top": 50, "bottom": 50, "size": 10,
        "leading": 0.5, "label": 0, "fonts": coverage.stack("sans"), "lines": lines,
    }  # fmt: skip
    # It is one-sided: a mark without a glyph is dropped in silence by the typesetter, never by us. Where we
    # miss one, the typesetter is asked again at run time.
    if not found:
        made = pages.typeset("mail", {"body": text})
        assert compiler.draws_everything(typesetting.SHEET, sheet) or made.missing_glyphs


def test_a_mark_that_the_typesetter_would_drop_is_named() -> None:
    made = pages.typeset("mail", {"body": "a\u1a70"})
    assert made.missing_glyphs == ["U+1A70"]


def test_the_reader_of_fonts_agrees_with_the_typesetter_on_width() -> None:
    text = "The quick brown fox"
    each = coverage.coverage("sans").widths[coverage.encode(text)]
    made = pages.typeset("text", {"text": "x"})  # any page: the width is asked of PDFium
    assert made.pages == 1
    with PdfDocument(pages.typeset("mail", {"body": text}).pdf) as document:
        words = document[0].get_textpage()
        start = words.get_text_range().index(text)
        left = words.get_charbox(start, loose=True)[0]
        right = words.get_charbox(start + len(text) - 1, loose=True)[2]
        words.close()
    assert right - left == pytest.approx(each.sum() / 100, rel=0.02)


@pytest.mark.parametrize(
    "run", ["x" * 1_000, "W" * 300, "﷽" * 60, "日本" * 300, "é" * 500, "e\u0301" * 500, "😀" * 200]
)
@pytest.mark.parametrize("kind", ["mail", "text"])
def test_endless_runs_break_inside_the_margins(run: str, kind: str) -> None:
    made = pages.typeset(kind, {"subject": run, "body": run, "text": run})
    for number in range(made.pages):
        shown = picture(made.pdf, number, scale=1.0)
        assert (shown[:, -60:] > 250).all() and (shown[:, :60] > 250).all(), "ink in a side margin"
        assert (shown[-int(FOOTER) :] > 250).all(), "ink in the band of the endorsement"
    assert read(made.pdf).replace("\n", "").count(run[0]) >= len(run) / 2


@pytest.mark.parametrize("length", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_line_without_a_blank_is_set_whole(length: int) -> None:
    made = pages.typeset("mail", {"body": "x" * length})
    assert 150 < made.pages * 1_000_000 / length < 250
    assert read(made.pdf).count("x") == length


def test_a_long_text_keeps_every_line() -> None:
    made = pages.typeset("text", {"text": "\n".join(f"line {number}" for number in range(12_000))})
    assert [line for line in read(made.pdf).split("\n") if line] == [f"line {number}" for number in range(12_000)]


def test_a_text_of_too_many_pages_is_refused() -> None:
    with pytest.raises(Unreadable, match=str(MAX_PAGES)) as caught:
        pages.typeset("text", {"text": "\f" * (MAX_PAGES + 1)})
    assert caught.value.code == "LIMIT_SIZE"
    with pytest.raises(Unreadable):
        pages.typeset("mail", {"body": "\n" * 400_000})


def test_form_feeds_tabs_and_control_characters() -> None:
    made = pages.typeset("text", {"text": "one\ftwo\x1b[0m\x00\n\ta\tb\ud800"})
    assert made.pages == 2
    assert made.notes == ["3 control characters are shown as U+FFFD"]
    assert "one" in read(made.pdf, 0) and "two\ufffd[0m\ufffd" in read(made.pdf, 1)


def test_characters_that_turn_the_text_are_noted() -> None:
    made = pages.typeset("mail", {"subject": "invoice\u202egpj.exe"})
    assert made.notes and "direction" in made.notes[0] and made.missing_glyphs == []


def test_right_to_left_lines_stand_at_the_right() -> None:
    for text, left in [("shalom", True), ("שלום עולם", False), ("a שלום", True), ("123 שלום", False)]:
        ink = np.argwhere(picture(pages.typeset("text", {"text": text}).pdf, scale=1.0) < 160)
        assert (ink[:, 1].max() < 300) if left else (ink[:, 1].min() > 300), text


def test_a_slip_sheet_is_one_page_whatever_it_says() -> None:
    fields = [(f"Field {number}", "W" * 5_000) for number in range(20)]
    made = pages.typeset("slip", {"title": "Document Produced Natively", "fields": fields}, paper="a4")
    assert made.pages == 1
    text = read(made.pdf)
    assert all(label in text for label, _ in fields) and "[...]" in text
    assert sizes(made.pdf) == [(595.3, 841.9)]


def test_the_typesetter_sees_no_file_and_no_package(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("secret")
    for source in (
        f'#read("{tmp_path}/x.txt")',
        '#read("/etc/hostname")',
        '#read("sheet.typ")',
        '#include "sheet.typ"',
    ):
        with pytest.raises(RuntimeError):
            compiler._compiler().compile(source.encode())


def test_setup_names_what_page_counts_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pages.setup()
    assert found["renderer"].startswith("typst ")
    assert len(found["fonts"]) == len(found["sheet"]) == 64
    assert len(coverage.hashes()) == len(list(coverage.FONTS.glob("*.ttf"))) >= 20
    assert found == pages.setup()
    monkeypatch.setattr(pages, "hashes", lambda: coverage.hashes() | {"NotoSansThai-Regular.ttf": "0" * 64})
    assert pages.setup()["fonts"] != found["fonts"]
    assert sum(path.stat().st_size for path in coverage.FONTS.iterdir()) < 10_000_000
    assert (coverage.FONTS / "LICENSES.txt").exists()


# source PDFs

CANARY = "Xylophone9"


def source(content: bytes = b"BT /F 24 Tf 50 700 Td (Visible text) Tj ET", **page: Any) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(612, 792))
    first = pdf.pages[0].obj
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    first.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    first.Contents = pdf.make_stream(content)
    for key, value in page.items():
        first[f"/{key}"] = value
    return pdf


def saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def widget(pdf: pikepdf.Pdf, rect: list[int], content: bytes, **keys: Any) -> pikepdf.Object:
    form = Stream(pdf, content)
    form.update(
        {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, rect[2] - rect[0], rect[3] - rect[1]])}
    )
    return pdf.make_indirect(
        Dictionary(Type=Name.Annot, Rect=Array(rect), AP=Dictionary(N=pdf.make_indirect(form)), **keys)
    )


def loaded() -> bytes:
    """A PDF with something in every place that must not go out; each holds the canary."""
    pdf = source(
        b"/Span <</ActualText (Xylophone9 actual)>> BDC BT /F 24 Tf 50 700 Td (Visible text) Tj ET EMC"
        b" /P /MC0 BDC BT /F 12 Tf 50 650 Td (Tagged text) Tj ET EMC"
    )
    script = Dictionary(S=Name.JavaScript, JS=f"app.alert('{CANARY}')")
    root, page = pdf.Root, pdf.pages[0].obj
    root.OpenAction = script
    root.AA = Dictionary(WC=script)
    page.AA = Dictionary(O=script)
    page.PieceInfo = Dictionary(App=Dictionary(Private=CANARY))
    page.Metadata = pdf.make_stream(CANARY.encode())
    page.Thumb = pdf.make_stream(CANARY.encode())
    page.Resources.Properties = Dictionary(MC0=Dictionary(Note=CANARY))
    page.Resources.Font.F.Secret = CANARY
    pdf.attachments[f"{CANARY}.txt"] = CANARY.encode()
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(CANARY, 0))
    root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=CANARY)]))
    root.StructTreeRoot = Dictionary(K=Dictionary(ActualText=CANARY))
    pdf.docinfo["/Title"] = CANARY
    with pdf.open_metadata() as meta:
        meta["dc:title"] = CANARY
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([50, 600, 90, 620]), A=script)
    field = widget(
        pdf, [50, 500, 250, 530], b"BT /Helv 14 Tf 2 8 Td (Filled in) Tj ET",
        Subtype=Name.Widget, FT=Name.Tx, T=CANARY, V="Filled in", DV=CANARY, F=4,
    )  # fmt: skip
    field.AP.N.Resources = Dictionary(Font=Dictionary(Helv=page.Resources.Font.F))
    hidden = widget(pdf, [50, 400, 250, 430], b"0 0 200 30 re f", Subtype=Name.Stamp, F=2, Contents=CANARY)
    page.Annots = Array([link, field, hidden])
    root.AcroForm = Dictionary(Fields=Array([field]), XFA=pdf.make_stream(CANARY.encode()))
    return saved(pdf)


def test_only_what_a_reader_sees_goes_out() -> None:
    data = loaded()
    made = pages.pdf_pages(data)
    assert made.pages == 1
    raw = everything(made.pdf)
    assert CANARY.encode() not in raw and CANARY.encode("utf-16-be") not in raw
    for word in (
        b"/JavaScript",
        b"/Annots",
        b"/AcroForm",
        b"/Names",
        b"/Outlines",
        b"/Metadata",
        b"/Info",
        b"ActualText",
    ):
        assert word not in raw, word
    text = read(made.pdf)
    assert all(words in text for words in ("Visible text", "Tagged text", "Filled in"))
    assert np.abs(picture(data) - picture(made.pdf)).max() < 60
    notes = " ".join(made.notes)
    assert all(word in notes for word in ("scripts", "1 embedded file", "XFA", "1 hidden"))
    assert pages.pdf_pages(data).pdf == made.pdf


def test_earlier_revisions_stay_behind() -> None:
    first = source(b"BT /F 24 Tf 50 700 Td (Xylophone9) Tj ET")
    before = saved(first)
    first.pages[0].obj.Contents = first.make_stream(b"BT /F 24 Tf 50 700 Td (Second) Tj ET")
    second = saved(first)
    made = pages.pdf_pages(before + second)  # readers take the last one
    assert "Second" in read(made.pdf) and CANARY.encode() not in everything(made.pdf)


def test_an_annotation_without_looks_of_its_own_is_drawn() -> None:
    pdf = source()
    quads = Array([50, 725, 200, 725, 50, 695, 200, 695])
    mark = Dictionary(
        Type=Name.Annot, Subtype=Name.Highlight, Rect=Array([50, 695, 200, 725]), QuadPoints=quads,
        C=Array([0, 0, 0.4]), Contents="why", F=4,
    )  # fmt: skip
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(mark)])
    data = saved(pdf)
    made = pages.pdf_pages(data)
    assert picture(made.pdf)[40:48, 30:90].mean() < 200, "the highlight is on the page"
    assert np.abs(picture(data) - picture(made.pdf)).max() < 60
    assert any("1 comments" in note for note in made.notes)


def test_hidden_layers_are_left_out_with_a_note() -> None:
    pdf = source(
        b"BT /F 24 Tf 50 700 Td (Shown) Tj ET"
        b" /OC /Off BDC BT /F 24 Tf 50 600 Td (Xylophone9) Tj ET 50 500 50 50 re f EMC"
        b" /OC /On BDC BT /F 24 Tf 50 400 Td (Also shown) Tj ET EMC /Fm Do"
        b" /OC /Some BDC BT /F 24 Tf 50 200 Td (Xylophone9) Tj ET EMC"
    )
    off, on = (pdf.make_indirect(Dictionary(Type=Name.OCG, Name=name)) for name in ("off", "on"))
    page = pdf.pages[0].obj
    members = Dictionary(Type=Name.OCMD, OCGs=Array([off, on]), P=Name.AllOn)
    page.Resources.Properties = Dictionary(Off=off, On=on, Some=pdf.make_indirect(members))
    form = pdf.make_stream(b"BT /F 24 Tf 50 300 Td (Xylophone9) Tj ET")
    form.update({"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, 612, 792]), "/OC": off})
    form.Resources = Dictionary(Font=page.Resources.Font)
    page.Resources.XObject = Dictionary(Fm=form)
    pdf.Root.OCProperties = Dictionary(OCGs=Array([off, on]), D=Dictionary(OFF=Array([off])))
    data = saved(pdf)
    made = pages.pdf_pages(data)
    text = read(made.pdf)
    assert "Shown" in text and "Also shown" in text and CANARY not in text
    assert b"OCProperties" not in everything(made.pdf) and "hidden layers were left out" in made.notes
    assert np.abs(picture(data) - picture(made.pdf)).max() < 60


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90, 450])
def test_pages_come_out_upright_at_the_corner(turn: int) -> None:
    data = saved(
        source(Rotate=turn, MediaBox=Array([-20, 30, 592, 822]), CropBox=Array([10, 300, 500, 780]), UserUnit=2)
    )
    made = pages.pdf_pages(data)
    with pikepdf.open(io.BytesIO(made.pdf)) as document:
        page = document.pages[0]
        assert "/Rotate" not in page.obj and "/CropBox" not in page.obj
        assert [float(side) for side in page.mediabox[:2]] == [0, 0]
        width, height = (float(side) for side in page.mediabox[2:])
    assert (width, height) == ((980, 960) if turn % 180 == 0 else (960, 980))
    ours, theirs = picture(made.pdf, scale=0.25), picture(data, scale=0.5)
    # PDFium does not apply UserUnit, so theirs is drawn at twice the scale.
    assert ours.shape == theirs.shape and np.abs(ours - theirs).mean() < 1.5


def test_pages_of_impossible_size() -> None:
    huge = pages.pdf_pages(saved(source(MediaBox=Array([0, 0, 100_000, 792]))))
    assert max(sizes(huge.pdf)[0]) <= 14_400
    none = pages.pdf_pages(saved(source(MediaBox=Array([0, 0, 0, 0]))))
    assert sizes(none.pdf) == [(612, 792)] and "no usable size" in none.notes[0]


def test_encrypted_and_damaged_files() -> None:
    pdf = source()
    open_to_all = saved(pdf, encryption=pikepdf.Encryption(owner="x", user=""))
    made = pages.pdf_pages(open_to_all)
    assert "Visible text" in read(made.pdf) and b"/Encrypt" not in made.pdf
    with pytest.raises(Unreadable) as caught:
        pages.pdf_pages(saved(pdf, encryption=pikepdf.Encryption(owner="x", user="y")))
    assert caught.value.code == "ENCRYPTED"
    for data in (b"", b"%PDF-1.7\n", b"\x00" * 100, saved(pikepdf.new())):
        with pytest.raises(Unreadable) as caught:
            pages.pdf_pages(data)
        assert caught.value.code == "CORRUPT"


def test_a_content_stream_cut_short_is_shown_as_far_as_it_goes() -> None:
    made = pages.pdf_pages(
        saved(source(b"/A <</ActualText (x)>> BDC BT /F 24 Tf 50 700 Td (Visible) Tj ET EMC BT (unen"))
    )
    assert "Visible" in read(made.pdf) and any("damaged" in note for note in made.notes)


def test_mutilated_files_end_with_a_name_or_with_pages() -> None:
    dice = random.Random(7)
    for _ in range(60):
        data = bytearray(loaded())
        for _ in range(dice.randint(1, 30)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            assert pages.pdf_pages(bytes(data[: dice.randint(len(data) // 2, len(data))])).pages >= 1
        except Unreadable as error:
            assert error.code in ("CORRUPT", "ENCRYPTED", "LIMIT_SIZE")


def photograph(**options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = CANARY
    exif[0x0112] = options.pop("orientation", 1)
    picture = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 200, 60), fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=CANARY.encode(), **options)
    return out.getvalue()


def test_photographs_inside_a_pdf_lose_their_metadata_and_nothing_else() -> None:
    pdf = source(b"q 400 0 0 300 50 300 cm /Im Do Q")
    image = pdf.make_stream(photograph())
    image.update(
        {
            "/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 400, "/Height": 300,
            "/ColorSpace": Name.DeviceRGB, "/BitsPerComponent": 8, "/Filter": Name.DCTDecode,
        }
    )  # fmt: skip
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im=image)
    data = saved(pdf)
    made = pages.pdf_pages(data)
    assert CANARY.encode() not in everything(made.pdf)
    assert (picture(data) == picture(made.pdf)).all()
    assert graphics.strip_jpeg(b"\xff\xd8junk") == b"\xff\xd8junk"


# pictures


def drawn(mode: str, kind: str, size: tuple[int, int] = (850, 1100), **options: Any) -> bytes:
    picture = Image.new("L", size, 255)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1] // 10), fill=0)
    out = io.BytesIO()
    picture.convert("RGB").convert(mode).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("1", "TIFF", {"compression": "group4"}), ("1", "PNG", {}), ("L", "BMP", {}), ("RGB", "PNG", {}),
        ("RGBA", "PNG", {}), ("P", "GIF", {}), ("RGB", "JPEG", {}), ("CMYK", "JPEG", {}), ("RGB", "WEBP", {}),
        ("LA", "PNG", {}), ("RGB", "TIFF", {"compression": "tiff_lzw"}), ("I;16", "TIFF", {}),
    ],
)  # fmt: skip
def test_pictures_of_every_kind_stand_upright_and_positive(mode: str, kind: str, options: dict[str, Any]) -> None:
    made = pages.image_pages(drawn(mode, kind, dpi=(100, 100), **options))
    assert made.pages == 1
    shown = picture(made.pdf)
    top, low = shown[22:36, 30:180].mean(), shown[-250:-60].mean()
    assert top < 60 and low > 240, "black above, white below"
    assert pages.image_pages(drawn(mode, kind, dpi=(100, 100), **options)).pdf == made.pdf


def test_one_bit_pictures_are_written_as_group_four() -> None:
    made = pages.image_pages(drawn("1", "TIFF", dpi=(300, 300)))
    assert b"CCITTFaxDecode" in everything_encoded(made.pdf)
    assert sizes(made.pdf) == [(204, 264)], "a scan keeps its size"


def everything_encoded(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(
            out,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


def test_every_page_of_a_fax_and_one_frame_of_an_animation() -> None:
    frames = [Image.new("1", (850, 1100), shade) for shade in (0, 1, 0)]
    fax, moving = io.BytesIO(), io.BytesIO()
    frames[0].save(fax, "TIFF", save_all=True, append_images=frames[1:], compression="group4", dpi=(100, 100))
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    made = pages.image_pages(fax.getvalue())
    assert made.pages == 3 and made.notes == []
    assert [picture(made.pdf, number).mean() > 128 for number in range(3)] == [False, True, False]
    made = pages.image_pages(moving.getvalue())
    assert made.pages == 1 and "frames" in made.notes[0]


def test_orientation_is_applied_and_metadata_left_behind() -> None:
    made = pages.image_pages(photograph(orientation=6))  # turn right to see it
    shown = picture(made.pdf)
    dark = np.argwhere(shown < 100)
    assert CANARY.encode() not in everything(made.pdf)
    assert dark[:, 1].mean() > shown.shape[1] / 2, "the bar on top of the file is at the right of the picture"
    assert sizes(made.pdf) == [(612, 792)]


def test_pictures_that_must_be_refused() -> None:
    for data, code in [(b"nothing", "UNSUPPORTED"), (drawn("RGB", "PNG")[:500], "CORRUPT")]:
        with pytest.raises(Unreadable) as caught:
            pages.image_pages(data)
        assert caught.value.code == code
    bomb = io.BytesIO()
    Image.new("1", (13_000, 12_000)).save(bomb, "TIFF", compression="group4")
    assert bomb.tell() < 100_000
    with pytest.raises(Unreadable) as caught:
        pages.image_pages(bomb.getvalue())
    assert caught.value.code == "LIMIT_SIZE"


# endorsement


def test_each_page_bears_its_number_and_designation() -> None:
    made = pages.typeset("text", {"text": "one\ftwo\fthree"})
    numbers = [f"CITY{number:08}" for number in range(3)]
    stamped = pages.endorse(made.pdf, numbers, "CONFIDENTIAL (draft)", clear_footer=True)
    for number, bates in enumerate(numbers):
        text = read(stamped, number)
        assert bates in text and "CONFIDENTIAL (draft)" in text
    assert sizes(stamped) == sizes(made.pdf)
    assert stamped == pages.endorse(made.pdf, numbers, "CONFIDENTIAL (draft)"), "a clear footer is seen to be clear"
    raw = everything(stamped)
    assert b"/Metadata" not in raw and b"/Info" not in raw
    shown = picture(stamped, scale=1.0)
    foot = np.argwhere(shown[-int(FOOTER) :] < 128)
    assert foot[:, 1].min() < 60 and foot[:, 1].max() > 612 - 60, "one at the left, one at the right"


def test_a_stamp_never_covers_content() -> None:
    full = pages.pdf_pages(saved(source(b"0.9 g 0 0 612 792 re f 0 g 400 5 200 20 re f")))
    stamped = pages.endorse(full.pdf, ["CITY00000001"])
    assert sizes(stamped) == [(612, round(792 + FOOTER, 1))]
    differ = np.abs(picture(stamped, scale=1.0)[:792] - picture(full.pdf, scale=1.0)) > 5
    assert differ.mean() < 0.002, "but for the edges, drawn a fraction of a pixel higher"


def test_a_narrow_page_grows_and_a_long_designation_shrinks() -> None:
    label = pages.pdf_pages(saved(source(b"", MediaBox=Array([0, 0, 60, 90]))))
    stamped = pages.endorse(label.pdf, ["CITY00000001"], "HIGHLY CONFIDENTIAL - ATTORNEYS' EYES ONLY")
    assert "CITY00000001" in read(stamped) and sizes(stamped)[0][0] > 200
    page = pages.typeset("text", {"text": "x"}).pdf
    wide = pages.endorse(page, ["CITY00000001"], "CONFIDENTIAL - SUBJECT TO PROTECTIVE ORDER IN NO. 17-CV-05720 " * 2)
    assert sizes(wide) == [(612, 792)]


def test_wrong_numbers_and_letters_are_refused() -> None:
    page = pages.typeset("text", {"text": "x"}).pdf
    with pytest.raises(ValueError, match="2 numbers for 1 pages"):
        pages.endorse(page, ["A1", "A2"])
    with pytest.raises(ValueError, match="not a rendition"):
        pages.endorse(saved(source(Rotate=90)), ["A1"])
    with pytest.raises(GlyphMissing):
        pages.endorse(page, ["A1"], "機密")


# tasks


def run(task: Any, file: bytes | None, args: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    sent: list[tuple[dict[str, Any], bytes]] = []
    task(None if file is None else io.BytesIO(file), args, lambda message, payload: sent.append((message, payload)))
    assert all(len(payload) <= 1 << 20 for _, payload in sent)
    return b"".join(payload for _, payload in sent), sent[-1][0]


def test_tasks_say_what_they_made() -> None:
    pdf, told = run(pages.render_task, "héllo".encode(), {"kind": "mail", "data": {"subject": "s"}, "paper": "a4"})
    assert told["pages"] == 1 and told["bytes"] == len(pdf) and "héllo" in read(pdf) and sizes(pdf) == [(595.3, 841.9)]
    pdf, told = run(pages.render_task, None, {"kind": "slip", "data": {"title": "T", "fields": [["a", "b"]]}})
    assert told["pages"] == 1 and told["missing_glyphs"] == [] and told["notes"] == []
    pdf, told = run(pages.render_task, loaded(), {"kind": "pdf"})
    assert told["notes"]
    stamped, told = run(pages.endorse_task, pdf, {"numbers": ["A1"], "designation": "D"})
    assert told == {"pages": 1, "bytes": len(stamped)} and "A1" in read(stamped)
    assert run(pages.pdf_count_task, stamped, {})[1] == {"pages": 1, "text": [True]}
    pdf, _ = run(pages.render_task, drawn("L", "PNG"), {"kind": "image"})
    assert run(pages.pdf_count_task, pdf, {})[1] == {"pages": 1, "text": [False]}
    with pytest.raises(Unreadable) as caught:
        run(pages.pdf_count_task, saved(source(), encryption=pikepdf.Encryption(owner="x", user="y")), {})
    assert caught.value.code == "ENCRYPTED"


@pytest.mark.shared
@pytest.mark.skipif(
    not (SHARED / "redaction-truth").is_dir(), reason="no folder of real sample files beside the project"
)
def test_real_pages_look_the_same() -> None:
    for path in sorted((SHARED / "redaction-truth").glob("*.pdf")):
        data = path.read_bytes()
        made = pages.pdf_pages(data)
        ours, theirs = picture(made.pdf), picture(data)
        assert np.abs(np.subtract(ours.shape, theirs.shape)).max() <= 1, path.name
        height, width = np.minimum(ours.shape, theirs.shape)
        differ = np.abs(ours[:height, :width] - theirs[:height, :width]) > 60
        assert differ.mean() < 0.002, path.name
