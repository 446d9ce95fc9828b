"""Bates number and designation on every page, as real text, and never over content."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tecum.engine.pages.coverage import coverage, encode
from tecum.engine.pages.rendition import FOOTER, saved
from tecum.errors import GlyphMissing

if TYPE_CHECKING:
    from pikepdf import Object, Pdf

_SIZE = 9.0  # points
_SMALLEST = 5.0  # a long designation shrinks down to this, then the page grows wider
_INSET = 36.0  # points from the page's sides
_BASELINE = 18.0  # points above the page's foot
_GAP = 18.0  # points at least between designation and number
_WHITE = 250  # grey value from which a pixel counts as paper
_FONT = "TecumStamp"


def endorse(pdf: bytes, numbers: Sequence[str], designation: str = "", *, clear_footer: bool = False) -> bytes:
    """Stamp each page of a rendition: its number bottom right, the designation bottom left.

    The page is looked at first; where its bottom 0.6 inch is not white, the page grows downwards by that
    much instead. ``clear_footer`` skips the look for pages that we typeset ourselves.

    Args:
        pdf: a rendition: pages upright, with a media box only.
        numbers: one for each page, in order.
        designation: such as ``CONFIDENTIAL``; Western characters (Windows code page 1252).
        clear_footer: the bottom band is known to be empty.

    Raises:
        ValueError: when there are not as many numbers as pages, or a page is turned or cropped.
        GlyphMissing: when a stamp has a character that the standard font Helvetica lacks.
    """
    import pikepdf
    from pikepdf import Dictionary, Name

    stamps = [(_encoded(designation), _encoded(number)) for number in numbers]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if len(document.pages) != len(numbers):
            raise ValueError(f"{len(numbers)} numbers for {len(document.pages)} pages")
        font = document.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        before, after = document.make_stream(b"q\n"), document.make_stream(b"\nQ\n")
        covered = iter(lambda: False, True) if clear_footer else _covered(pdf)
        for page, stamp, full in zip(document.pages, stamps, covered, strict=False):
            if page.rotation or "/CropBox" in page.obj:
                raise ValueError("not a rendition: a page is turned or cropped")
            left, bottom, right, top = (float(side) for side in page.mediabox)
            bottom -= FOOTER if full else 0.0
            content, width = _stamp(stamp, left, bottom, right - left)
            page.obj.MediaBox = [left, bottom, left + width, top]
            _add(document, page.obj, font, before, after, content)
        return saved(document)


def _covered(pdf: bytes) -> Iterator[bool]:
    """Yield for each page whether its bottom band shows anything."""
    from pypdfium2 import PdfDocument

    with PdfDocument(pdf) as document:
        for page in document:
            above = max(0.0, page.get_height() - FOOTER)
            band = page.render(scale=1, crop=(0, 0, 0, above), grayscale=True, may_draw_forms=False)
            yield bool((band.to_numpy() < _WHITE).any())
            page.close()


def _stamp(stamp: tuple[bytes, bytes], left: float, bottom: float, width: float) -> tuple[bytes, float]:
    """Return the operators that write both texts, and the page's width, wider than before if it must be."""
    designation, number = stamp
    told, counted = _width(designation), _width(number)
    room = width - 2 * _INSET - counted * _SIZE - _GAP
    size = max(_SMALLEST, min(_SIZE, room / told)) if told else _SIZE
    needed = 2 * _INSET + counted * _SIZE + (told * size + _GAP if told else 0)
    width = max(width, needed)
    texts = [(number, _SIZE, left + width - _INSET - counted * _SIZE)]
    if designation:
        texts.insert(0, (designation, size, left + _INSET))
    shown = [
        b"BT /%s %.6g Tf %.6g %.6g Td (%s) Tj ET" % (_FONT.encode(), size, x, bottom + _BASELINE, _escaped(text))
        for text, size, x in texts
    ]
    return b"q 0 g " + b" ".join(shown) + b" Q", width


def _add(document: Pdf, page: Object, font: Object, before: Object, after: Object, content: bytes) -> None:
    from pikepdf import Array, Dictionary

    own = page.get("/Contents")
    streams = list(own) if isinstance(own, Array) else [own] if own is not None else []
    page.Contents = Array([before, *streams, after, document.make_stream(content)])
    shared = _entries(page.get("/Resources"))
    fonts = _entries(shared.get("/Font"))
    page.Resources = Dictionary({**shared, "/Font": Dictionary({**fonts, f"/{_FONT}": font})})


def _entries(value: Any) -> dict[str, Object]:
    """Return a copy of a dictionary's entries, since pages may share one."""
    from pikepdf import Dictionary

    return dict(value.items()) if isinstance(value, Dictionary) else {}


def _encoded(text: str) -> bytes:
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError as error:
        raise GlyphMissing(
            f"The stamp {text!r} has a character that its font lacks: {text[error.start]!r}",
            remedy="Use Western letters in the Bates prefix and the designation",
        ) from None


def _width(text: bytes) -> float:
    """Return a text's width in units of the type size; Liberation Sans has the widths of Helvetica."""
    return float(coverage("sans").widths[encode(text.decode("cp1252"))].sum()) / 1000


def _escaped(text: bytes) -> bytes:
    return text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
