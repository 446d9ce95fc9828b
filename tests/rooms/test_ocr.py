"""Recognising words end to end: scans made here, tesseract in its child, and what then stands in the matter."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from piles import balanced, mail, matter_of, with_processing, write
from tecum import verbs
from tecum.engine import blobs, ocr, programs
from tecum.engine.schema import item, ledger, recognised, recognition
from tecum.errors import RecognitionChanged, SettingsInvalid
from tecum.matter import Matter
from tecum.model import ExceptionCode
from tecum.processing import pagetext, recognise
from tecum.processing.ingest import options_of
from tecum.processing.pagelist import listed, pages_in
from tecum.progress import silent

pytestmark = pytest.mark.usefixtures("one_day")
TESSERACT = pytest.mark.skipif(programs.find("tesseract") is None, reason="tesseract is not installed")
LINES = ("Release the prisoner records", "of the county detention centre", "before the council votes")
WORDS = " ".join(LINES).split()


def sheet(*lines: str, turned: int = 0) -> Image.Image:
    """A scanned sheet at 150 dpi with a line of print for each line, turned clockwise."""
    page = Image.new("L", (900, 700), 255)
    font = ImageFont.load_default(size=40)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((80, 120 + 90 * number), line, 0, font)
    return page.rotate(-turned, expand=True)


def picture(*frames: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    more = {"save_all": True, "append_images": frames[1:]} if len(frames) > 1 else {}
    frames[0].save(out, kind, dpi=(150, 150), **more)
    return out.getvalue()


def scan(*pages: Image.Image | str) -> bytes:
    """A PDF of pictures and of pages with a text layer; "" is a page with nothing on it."""
    with pikepdf.new() as made:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        for page in pages:
            new = made.add_blank_page(page_size=(432, 336)).obj
            new.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            if isinstance(page, str):
                new.Contents = made.make_stream(f"BT /F1 12 Tf 40 200 Td ({page}) Tj ET".encode() if page else b"")
                continue
            image = made.make_stream(page.convert("L").tobytes())
            image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            image.Width, image.Height, image.BitsPerComponent = page.width, page.height, 8
            image.ColorSpace = pikepdf.Name.DeviceGray
            new.Resources.XObject = pikepdf.Dictionary(S=image)
            new.Contents = made.make_stream(b"q 432 0 0 336 0 0 cm /S Do Q")
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter", ocr="none") as made:
        yield made


def read(matter: Matter, folder: Path, files: dict[str, bytes]) -> None:
    """Read the files without recognising anything."""
    verbs.ingest(matter, [("ann", write(folder / "pile", files))])


def recognised_in(matter: Matter, engine: str = "tesseract", **settings: Any) -> recognise.Run:
    with_processing(matter, ocr=engine, **settings)
    done = recognise.run(matter, options_of(matter), silent)
    balanced(matter)
    return done


def text_of(matter: Matter, path: str) -> str:
    with matter.read() as db:
        digest = db.execute(select(item.c.text).where(item.c.path == path)).scalar_one()
        return matter.blobs.read(blobs.find(db, digest)).decode() if digest else ""


def said(matter: Matter, path: str) -> dict[str, str]:
    return {one["code"]: one["message"] for one in verbs.exceptions(matter)["exceptions"] if one["path"] == path}


# -- end to end ------------------------------------------------------------------------------------------


@TESSERACT
def test_pages_take_their_words_and_keep_their_places(matter: Matter, tmp_path: Path) -> None:
    mixed = scan("First page as typed.", sheet(*LINES), "", "Fourth page as typed.")
    read(
        matter,
        tmp_path,
        {"mixed.pdf": mixed, "copy.pdf": mixed, "fax.tif": picture(sheet("Page one"), sheet("Page two"), kind="TIFF")},
    )
    assert said(matter, "mixed.pdf") == {"TEXTLESS_PAGES": "page 2 of 4 without a text layer"}
    before = text_of(matter, "mixed.pdf")
    done = recognised_in(matter)
    assert (done.pages, done.items, done.renewed, done.waiting) == (3, 3, 3, 0)  # the copy costs nothing
    pages = text_of(matter, "mixed.pdf").split("\f")
    assert [page.split() for page in pages] == [
        ["First", "page", "as", "typed."],
        WORDS,
        [],
        ["Fourth", "page", "as", "typed."],
    ]
    assert text_of(matter, "copy.pdf") == text_of(matter, "mixed.pdf")
    assert [page.split() for page in text_of(matter, "fax.tif").split("\f")] == [["Page", "one"], ["Page", "two"]]
    assert verbs.exceptions(matter)["exceptions"] == []
    with matter.read() as db:
        row = db.execute(
            select(recognition).join(item, item.c.key == recognition.c.item).where(item.c.path == "mixed.pdf")
        ).one()
        assert matter.blobs.read(blobs.find(db, row.original)).decode() == before
        fields = json.loads(db.execute(select(item.c.fields).where(item.c.path == "mixed.pdf")).scalar_one())
    assert json.loads(row.pages) == [2]
    assert fields["recognised_pages"] == f"2 by {row.engine}" and row.engine.startswith("tesseract ")
    assert recognised_in(matter) == recognise.Run()


@TESSERACT
@pytest.mark.slow
def test_boxes_lie_on_the_words(matter: Matter, tmp_path: Path) -> None:
    read(matter, tmp_path, {"a.png": picture(sheet(*LINES))})
    recognised_in(matter)
    with matter.read() as db:
        found = ocr.from_json(matter.blobs.read(blobs.find(db, db.execute(select(recognised.c.words)).scalar_one())))
    assert [word.text for word in found.words] == WORDS
    assert (found.width, found.height, found.dpi, found.turned) == (900, 700, 150, 0)
    page = sheet(*LINES)
    for word in found.words:
        inked = page.crop(word[1:5]).point(lambda level: 255 - level).getbbox()
        assert inked is not None and word.confidence > 60
    margins = page.copy()
    for word in found.words:
        margins.paste(255, (word.left - 3, word.top - 3, word.right + 3, word.bottom + 3))
    assert margins.getextrema() == (255, 255)  # no ink is left beside the boxes


@TESSERACT
@pytest.mark.slow
@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turned_pages_are_read(matter: Matter, tmp_path: Path, turned: int) -> None:
    lines = [*LINES, "and send a copy of every order", "to the clerk of the district court"]
    read(matter, tmp_path, {"a.png": picture(sheet(*lines, turned=turned))})
    recognised_in(matter)
    assert text_of(matter, "a.png").split() == " ".join(lines).split()
    with matter.read() as db:
        found = ocr.from_json(matter.blobs.read(blobs.find(db, db.execute(select(recognised.c.words)).scalar_one())))
    assert found.turned == turned


@TESSERACT
@pytest.mark.slow
def test_what_has_no_words_says_so(matter: Matter, tmp_path: Path) -> None:
    shape = Image.new("L", (900, 700), 255)
    ImageDraw.Draw(shape).ellipse((200, 100, 700, 600), fill=120)
    blank = Image.new("L", (900, 700), 255)
    read(
        matter,
        tmp_path,
        {"shape.png": picture(shape), "blank.png": picture(blank), "part.pdf": scan(sheet(*LINES), shape, blank)},
    )
    recognised_in(matter)
    assert said(matter, "shape.png") == {"EMPTY_TEXT": "text recognition found no words"}
    assert said(matter, "blank.png") == {"EMPTY_TEXT": "text recognition found no words; page 1 of 1 blank"}
    assert said(matter, "part.pdf") == {"TEXTLESS_PAGES": "page 2 of 3: text recognition found no words"}
    assert text_of(matter, "shape.png") == "" and text_of(matter, "part.pdf").split() == WORDS


@TESSERACT
@pytest.mark.slow
def test_icons_are_left_out_and_counted_and_a_screen_shot_is_read(matter: Matter, tmp_path: Path) -> None:
    logo = picture(Image.new("L", (200, 80), 90))
    letter = mail(
        "Minutes", inline=[("logo.png", logo, "image/png"), ("shot.png", picture(sheet(*LINES)), "image/png")]
    )
    read(matter, tmp_path, {"letter.eml": letter, "rule.gif": picture(Image.new("L", (400, 2), 0), kind="GIF")})
    done = recognised_in(matter)
    assert (done.small, done.items) == (2, 1)
    assert "in a mail's body (200 x 80 pixels)" in said(matter, "letter.eml//logo.png")["EMPTY_TEXT"]
    assert "(400 x 2 pixels)" in said(matter, "rule.gif")["EMPTY_TEXT"]
    assert text_of(matter, "letter.eml//shot.png").split() == WORDS


@TESSERACT
@pytest.mark.slow
def test_a_scan_with_a_stamp_keeps_the_stamp(matter: Matter, tmp_path: Path) -> None:
    stamped = pikepdf.open(io.BytesIO(scan(sheet(*LINES))))
    stamp = stamped.make_stream(b"BT /F1 12 Tf 300 20 Td (CITY 00000123) Tj ET")
    stamped.pages[0].obj.Contents = pikepdf.Array([stamped.pages[0].obj.Contents, stamp])
    out = io.BytesIO()
    stamped.save(out)
    read(matter, tmp_path, {"a.pdf": out.getvalue()})
    assert "pictures with hardly any text" in said(matter, "a.pdf")["TEXTLESS_PAGES"]
    recognised_in(matter)
    first, *rest = text_of(matter, "a.pdf").split("\n")
    assert first == "CITY 00000123" and set(WORDS) <= set(" ".join(rest).split())


@TESSERACT
@pytest.mark.slow
def test_a_page_that_kills_its_child_is_named_and_tried_again_on_request(matter: Matter, tmp_path: Path) -> None:
    read(matter, tmp_path, {"a.pdf": scan("Typed.", sheet(*LINES))})
    done = recognised_in(matter, memory_mib=16)  # too little for any engine
    assert done.pages == 1
    assert said(matter, "a.pdf")["CRASH"].startswith("page 2 of 2: words not recognised: ")
    assert text_of(matter, "a.pdf").split() == ["Typed."]
    with_processing(matter, memory_mib=1536)
    assert recognised_in(matter) == recognise.Run()  # a run alone does not repeat what failed
    with matter.write() as db:
        assert recognise.reopen(db) == 1
    recognised_in(matter)
    assert said(matter, "a.pdf") == {} and text_of(matter, "a.pdf").split() == ["Typed.", *WORDS]


@TESSERACT
@pytest.mark.slow
def test_an_interrupted_run_goes_on_with_the_next_page(matter: Matter, tmp_path: Path) -> None:
    read(matter, tmp_path, {"a.pdf": scan(*(sheet(line) for line in LINES)), "b.png": picture(sheet(*LINES))})
    with_processing(matter, ocr="tesseract")

    def interrupt(step: str, done: int, of: int) -> None:
        assert (step, of) == ("recognised", 4)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recognise.run(matter, options_of(matter), interrupt)
    assert text_of(matter, "a.pdf") == ""
    assert recognised_in(matter).pages == 2
    assert text_of(matter, "a.pdf").split() == text_of(matter, "b.png").split() == WORDS


@pytest.mark.slow
def test_the_neural_engine_reads_the_same_words(matter: Matter, tmp_path: Path) -> None:
    if ocr.find("rapidocr", ()) is None:
        pytest.skip("rapidocr is not installed")
    read(matter, tmp_path, {"a.pdf": scan("Typed.", sheet(*LINES)), "b.png": picture(sheet(*LINES, turned=90))})
    assert recognised_in(matter, "rapidocr").items == 2
    assert text_of(matter, "a.pdf").split() == ["Typed.", *WORDS]
    assert sorted(text_of(matter, "b.png").split()) == sorted(WORDS)
    assert matter.settings.engine["ocr"].startswith("rapidocr ")
    assert verbs.exceptions(matter)["exceptions"] == []


@TESSERACT
@pytest.mark.slow
def test_reading_an_item_again_brings_its_words_back_without_the_engine(matter: Matter, tmp_path: Path) -> None:
    read(matter, tmp_path, {"a.pdf": scan("Typed.", sheet(*LINES))})
    recognised_in(matter)
    whole = text_of(matter, "a.pdf")
    with matter.write() as db:
        db.execute(item.update().values(disposition=""))
    verbs.ingest(with_processing(matter, ocr="none"), [])
    assert text_of(matter, "a.pdf") != whole
    assert recognised_in(matter).pages == 0
    assert text_of(matter, "a.pdf") == whole and said(matter, "a.pdf") == {}


@TESSERACT
@pytest.mark.slow
def test_the_engine_is_recorded_once_and_another_stops_the_run(matter: Matter, tmp_path: Path) -> None:
    read(matter, tmp_path, {"a.png": picture(sheet(*LINES))})
    recognised_in(matter)
    engine = matter.settings.engine
    assert engine["ocr"].startswith("tesseract ") and len(engine["ocr_eng"]) == 64
    with matter.read() as db:
        assert len(list(db.execute(select(ledger).where(ledger.c.action == "engine")))) == 1
    engine["ocr"] = "tesseract 3.02"
    with pytest.raises(RecognitionChanged, match=r"tesseract 3\.02"):
        read(matter, tmp_path, {"b.png": picture(sheet(*LINES, "twice"))})
    with pytest.raises(SettingsInvalid, match="tlh"):
        recognised_in(matter, ocr_languages=("eng", "tlh"))


def test_without_an_engine_items_wait_and_the_run_says_what_to_install(
    matter: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(matter, tmp_path, {"a.png": picture(sheet(*LINES)), "dot.png": picture(Image.new("L", (8, 8)))})
    monkeypatch.setattr(programs, "find", lambda name: None)
    done = recognised_in(matter)
    assert (done.waiting, done.small, done.items) == (1, 1, 0) and "tesseract" in done.lacking
    assert said(matter, "a.png") == {"EMPTY_TEXT": "an image; text recognition has not been run"}
    assert "ocr" not in matter.settings.engine


# -- the joining of texts --------------------------------------------------------------------------------


def words(text: str, confidence: int = 90) -> ocr.PageWords:
    found = [ocr.Word(word, 9 * n, 0, 9 * n + 8, 9, confidence) for n, word in enumerate(text.split())]
    return ocr.PageWords(10_000, 10, 300, tuple(found))


@pytest.mark.parametrize(
    ("own", "seen", "doubtful", "sparse", "text", "taken"),
    [
        ("", "the words", False, False, "the words\n", True),
        ("[comment by A: no]\n", "the words", False, False, "the words\n[comment by A: no]\n", True),
        ("CITY 1\n", "CITY l the words", False, True, "CITY 1\nCITY l the words\n", True),
        ("xq wk zz\n[field a: b]\n", "the right words", True, False, "the right words\n[field a: b]\n", True),
        ("AB-17 CD-18 EF-19\n", "AB-17 CD-18 EE-l9", True, False, "AB-17 CD-18 EF-19\n", False),
    ],
)
def test_a_pages_text(own: str, seen: str, doubtful: bool, sparse: bool, text: str, taken: bool) -> None:
    assert pagetext._joined(own, words(seen), doubtful, sparse) == (text, taken)


def test_a_doubted_page_keeps_its_text_against_doubtful_words() -> None:
    assert pagetext._joined("xq wk\n", words("the right words", 40), True, False) == ("xq wk\n", False)
    assert pagetext._joined("xq wk\n", None, True, False) == ("xq wk\n", False)


def test_low_confidence_is_an_exception() -> None:
    row = type("Row", (), {"code": "", "count": 9, "confidence": 41, "blank": 0})
    one = pagetext.Scan("k", "h", "pdf", blobs.BlobRef("h", "", 0, 1), {}, "", 3, textless=(2,))
    assert pagetext._problems(one, {2: row}, True) == {
        ExceptionCode.OCR_DOUBTFUL: "page 2 of 3: words recognised with a mean confidence below 60 (lowest 41)"
    }


@pytest.mark.parametrize("pages", [(), (1,), (2, 3), (1, 3, 4, 5, 9)])
def test_lists_of_pages_read_back(pages: tuple[int, ...]) -> None:
    assert pages_in(listed(pages) if pages else "", 9) == pages


def test_a_list_of_pages_from_outside_is_kept_within_the_document() -> None:
    assert pages_in("0-3, 7-99999999, x", 8) == (1, 2, 3, 7, 8)
