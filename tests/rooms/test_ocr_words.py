"""Recognised words as values: boxes, order, confidence, JSON; rasters; and pages that lean."""

from __future__ import annotations

import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from piles import pdf
from tecum.engine import ocr
from tecum.engine.ocr import PageWords, Word, raster, straighten
from tecum.engine.ocr.words import word_at
from tecum.hooks import Unreadable

SIZE = (600, 800)


def page(*words: Word) -> PageWords:
    return PageWords(*SIZE, 300, words)


def test_text_has_a_line_for_each_line_and_a_gap_between_paragraphs() -> None:
    found = page(
        Word("Do", 10, 10, 30, 20, 90, 1, 1, 1),
        Word("not", 40, 10, 60, 20, 90, 1, 1, 1),
        Word("release", 10, 30, 60, 40, 90, 1, 1, 2),
        Word("Signed", 10, 80, 60, 90, 90, 1, 2, 1),
        Word("Margin", 400, 10, 460, 20, 90, 2, 1, 1),
    )
    assert found.text() == "Do not\nrelease\n\nSigned\n\nMargin"


def test_confidence_weighs_words_by_their_letters() -> None:
    found = page(Word("abcdefghi", 0, 0, 9, 9, 100), Word("x", 0, 0, 9, 9, 0), Word("--", 0, 0, 9, 9, 0))
    assert found.confidence == 90
    assert page().confidence == -1


@pytest.mark.parametrize(
    ("second", "turned"),
    [((100, 10, 140, 20), 0), ((10, 100, 20, 140), 90), ((-90, 10, -50, 20), 180), ((10, -90, 20, -50), 270)],
)
def test_the_way_the_writing_runs(second: tuple[int, int, int, int], turned: int) -> None:
    found = page(Word("one", 10, 10, 50, 20, 90), Word("two", *second, 90), Word("alone", 0, 0, 9, 9, 90, 2))
    assert found.turned == turned


WORDS = st.builds(
    word_at,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.tuples(*[st.floats(-50, 900) for _ in range(4)]),
    st.floats(-10, 110),
    st.just(SIZE),
    st.tuples(*[st.integers(1, 9) for _ in range(3)]),
)


@given(st.lists(WORDS))
def test_json_comes_back_and_every_box_lies_on_the_page(made: list[Word | None]) -> None:
    found = page(*[word for word in made if word is not None])
    assert ocr.from_json(found.json()) == found
    for word in found.words:
        assert 0 <= word.left < word.right <= SIZE[0] and 0 <= word.top < word.bottom <= SIZE[1]
        assert word.text.strip() and 0 <= word.confidence <= 100


@pytest.mark.parametrize(
    "untrusted",
    [
        b"[]",
        b"{}",
        b"not json",
        b'{"width": 0, "height": 9, "dpi": 0, "blank": false, "words": []}',
        b'{"width": 9, "height": 9, "dpi": 0, "blank": false, "words": [["a", 1, 2]]}',
        b'{"width": 9, "height": 9, "dpi": 0, "blank": false, "words": [["a", 1, 2, 3, 4, true, 1, 1, 1]]}',
        b'{"width": 9, "height": 9, "dpi": 0, "blank": false, "words": [["a", 1, 2, 3, 4, 0.5, 1, 1, 1]]}',
        b'{"width": 9, "height": 9, "dpi": 0, "blank": false, "words": [[1, 1, 2, 3, 4, 5, 1, 1, 1]]}',
    ],
)
def test_a_page_that_cannot_be_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ValueError):
        ocr.from_json(untrusted)


def test_a_box_outside_the_page_is_cut_or_dropped() -> None:
    said = json.loads(page().json())
    said["words"] = [["in", -5, -5, 10, 10, 50, 1, 1, 1], ["out", 700, 0, 720, 10, 50, 1, 1, 1]]
    assert [tuple(word[:5]) for word in ocr.from_json(json.dumps(said).encode()).words] == [("in", 0, 0, 10, 10)]


# -- rasters ---------------------------------------------------------------------------------------------


def test_a_page_is_drawn_at_the_resolution_asked_for() -> None:
    drawn = raster.pdf_raster(io.BytesIO(pdf("One.", "")), 1, 200)
    assert (drawn.size, drawn.dpi, drawn.is_blank()) == ((1700, 2200), 200, False)
    assert raster.pdf_raster(io.BytesIO(pdf("One.", "")), 2, 100).is_blank()


def test_a_huge_page_is_drawn_at_fewer_pixels_an_inch() -> None:
    import pikepdf

    with pikepdf.new() as made:
        made.add_blank_page(page_size=(14_400, 14_400))
        out = io.BytesIO()
        made.save(out)
    drawn = raster.pdf_raster(out, 1, 300)
    assert drawn.size[0] * drawn.size[1] <= 40_100_000 and drawn.dpi == 32


def test_a_locked_file_is_drawn_with_the_right_password() -> None:
    locked = pdf("One.", password="u")
    assert raster.pdf_raster(io.BytesIO(locked), 1, 72, ("wrong", "u")).size == (612, 792)
    with pytest.raises(Unreadable) as refused:
        raster.pdf_raster(io.BytesIO(locked), 1, 72, ("wrong",))
    assert refused.value.code == "ENCRYPTED"


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(Unreadable) as refused:
        raster.pdf_raster(io.BytesIO(pdf("One.")), 2, 72)
    assert refused.value.code == "CORRUPT"


def picture(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    out.seek(0)
    return out


def test_pictures_stand_as_their_file_says_on_white_paper() -> None:
    wide = Image.new("RGB", (40, 20), "white")
    turned = wide.getexif()
    turned[0x0112] = 6
    found = raster.picture_raster(picture(wide, "JPEG", exif=turned, dpi=(200, 200)), "jpg", 1)
    assert (found.size, found.dpi) == ((20, 40), 200)
    clear = raster.picture_raster(picture(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG"), "png", 1)
    assert clear.pixels.getextrema() == (255, 255) and clear.dpi == 0


def test_frames_of_a_fax_are_pages() -> None:
    frames = [Image.new("1", (16, 16), shade) for shade in (1, 0)]
    fax = picture(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert [raster.picture_raster(fax, "tif", number).pixels.getpixel((0, 0)) for number in (1, 2)] == [255, 0]
    with pytest.raises(Unreadable) as refused:
        raster.picture_raster(fax, "tif", 3)
    assert refused.value.code == "CORRUPT"


def test_light_writing_on_a_dark_ground_is_ink() -> None:
    dark = Image.new("L", (200, 200), 20)
    assert raster.Raster(dark, 0).is_blank()
    ImageDraw.Draw(dark).rectangle((50, 50, 60, 60), fill=240)
    assert not raster.Raster(dark, 0).is_blank()


# -- leaning pages ---------------------------------------------------------------------------------------


def lines(angle: float) -> Image.Image:
    """A page of lines that leans: it was turned clockwise by ``angle``."""
    level = Image.new("L", (900, 1100), 255)
    font = ImageFont.load_default(size=24)
    for number in range(20):
        ImageDraw.Draw(level).text((140, 240 + 32 * number), "release the records of the county jail", 0, font)
    return level.rotate(-angle, fillcolor=255)


@pytest.mark.parametrize("angle", [-11.0, -3.5, 2.0, 10.0])
def test_how_far_a_page_leans(angle: float) -> None:
    assert straighten.skew(lines(angle)) == pytest.approx(angle, abs=0.3)


def test_a_level_or_empty_page_is_left_alone() -> None:
    assert straighten.skew(lines(0.0)) == 0.0
    assert straighten.skew(Image.new("L", (900, 1100), 255)) == 0.0


@given(st.floats(-20, 20), st.integers(0, 599), st.integers(0, 799))
def test_a_point_goes_back_to_where_it_came_from(angle: float, x: int, y: int) -> None:
    turn = math.radians(angle)
    width = abs(SIZE[0] * math.cos(turn)) + abs(SIZE[1] * math.sin(turn))
    height = abs(SIZE[0] * math.sin(turn)) + abs(SIZE[1] * math.cos(turn))
    right, down = x - SIZE[0] / 2, y - SIZE[1] / 2
    there = (
        width / 2 + right * math.cos(turn) + down * math.sin(turn),
        height / 2 - right * math.sin(turn) + down * math.cos(turn),
    )
    back = straighten.box_before((*there, *there), angle, (width, height), SIZE)  # type: ignore[arg-type]
    assert back == pytest.approx((x, y, x, y), abs=1e-6)


# -- the engine as it is recorded ------------------------------------------------------------------------


def test_an_engine_that_changed_is_told() -> None:
    recorded = {"ocr": "tesseract 5.3.0", "ocr_eng": "aa", "renderer": "typst 0"}
    assert ocr.changed(recorded, {"ocr": "tesseract 5.3.0", "ocr_eng": "aa", "ocr_spa": "new"}) == ""
    assert "ocr_eng was aa" in ocr.changed(recorded, {"ocr": "tesseract 5.3.0", "ocr_eng": "bb"})
    assert "is rapidocr" in ocr.changed(recorded, {"ocr": "rapidocr 3.10.0"})
    assert "not on this machine" in ocr.changed(recorded, {})
    assert ocr.changed({"renderer": "typst 0"}, {}) == ""
