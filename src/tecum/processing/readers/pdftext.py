"""The text of one PDF page through pdfium, with what its annotations draw."""

from __future__ import annotations

import ctypes
import itertools
import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from tecum.processing.readers import pdfpaint
from tecum.processing.readers.nonsense import is_nonsense, is_prose

# How fit a page's text is for use; the names of the fields that list such pages.
SOUND, TEXTLESS, SPARSE, DOUBTFUL = "", "textless_pages", "sparse_pages", "doubtful_pages"
BROKEN: Final = "broken"  # the page cannot be read at all
_SCAN_SHARE: Final = 0.6  # of a page's area that pictures cover when it is a scan
_FEW: Final = 150  # letters and digits on a scan that are no more than stamps and a Bates number
_LOOKED_AT: Final = 64  # characters of a page whose meaning is asked for
_UNMAPPED_SHARE: Final = 0.3  # of characters whose meaning the file does not tell
_SHATTERED_LINES: Final = 20
_SHATTERED_SHARE: Final = 0.4
_SAME_LINE: Final = 2.0  # points between baselines
_WORD_GAP: Final = 0.5  # of the median width of a character
_KEPT_SHARE: Final = 0.9  # of a page's words that must still be there once its annotations are drawn


@dataclass(frozen=True)
class Page:
    """A page's text and how fit it is for use.

    ``underlaid``: the text is invisible and goes with a scan, as another program's recognition leaves it. ``hidden``
    are (layer, text) of what stands in layers that are not shown; it is in ``text`` too.
    """

    text: str
    state: str
    underlaid: bool = False
    hidden: tuple[tuple[str, str], ...] = ()


def page_text(document: Any, index: int, hidden: frozenset[str] = frozenset()) -> Page:
    """Return one page (from 0); ``hidden`` are the names of the document's layers that are not shown."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    before: Page | None = None
    try:
        page = document[index]
        if _annotated(page):
            # Stamps, filled-in fields and signatures are drawn by annotations; whoever looks sees them.
            before = _looked_at(page, hidden)
            pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            page.close()
            page = document[index]
    except pypdfium2.PdfiumError:
        return before or Page("", BROKEN)
    try:
        # Closing at once keeps memory flat: the library would else hold every page until the end.
        after = _looked_at(page, hidden)
    except pypdfium2.PdfiumError:
        return before or Page("", BROKEN)
    finally:
        page.close()
    # Drawing them may mix up the page's fonts, so that its own words turn to nonsense.
    return before if before is not None and _lost(before.text, after.text) else after


def _lost(before: str, after: str) -> bool:
    """Tell whether more than a few of the words that a page had are no longer there."""
    had = Counter(before.split())
    return (had & Counter(after.split())).total() < _KEPT_SHARE * had.total()


def _looked_at(page: Any, hidden: frozenset[str]) -> Page:
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range().replace("\r\n", "\n")
        if _shattered(text):
            text = _by_place(textpage)
        # U+FFFE stands for a hyphen at a line's end with the break; a form feed would look like the end of the page.
        text = text.replace("\ufffe", "-\n").replace("\0", "").replace("\f", " ")
        drawn = pdfpaint.drawn_on(page)
        layers = tuple(pdfpaint.in_layers(page, textpage, hidden)) if hidden else ()
        scanned = drawn.pictured >= _SCAN_SHARE
        state = SOUND
        if not text.strip():
            state = TEXTLESS if drawn.objects else SOUND
        elif is_nonsense(text) or (_is_unmapped(textpage) and not is_prose(text)):
            state = DOUBTFUL
        elif scanned and sum(map(str.isalnum, text)) < _FEW:
            state = SPARSE
        return Page(text, state, scanned and drawn.unseen and state == SOUND, layers)
    finally:
        textpage.close()


def _is_unmapped(textpage: Any) -> bool:
    """Tell whether the file leaves open which letters many of its glyphs stand for."""
    import pypdfium2.raw as pdfium

    count = textpage.count_chars()
    places = range(0, count, max(1, count // _LOOKED_AT))
    unknown = sum(bool(pdfium.FPDFText_HasUnicodeMapError(textpage, place) == 1) for place in places)
    return unknown > _UNMAPPED_SHARE * len(places)


def _annotated(page: Any) -> bool:
    """Tell whether a page carries annotations that draw something; links and pop-ups do not."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP):
            return True
    return False


def _shattered(text: str) -> bool:
    """Tell whether words came out in pieces, a letter or two a line, so that no search would find them."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    pieces = sum(len(line) <= 2 and line.isalpha() for line in lines)
    return len(lines) > _SHATTERED_LINES and pieces > _SHATTERED_SHARE * len(lines)


def _by_place(textpage: Any) -> str:
    """Put the page's characters together again by where they stand: lines downwards, words by gaps."""
    characters = sorted(_characters(textpage), key=lambda c: (-c[0], c[1]))
    if not characters:
        return ""
    space = _WORD_GAP * statistics.median(right - left for _, left, right, _ in characters)
    lines: list[list[tuple[float, float, float, str]]] = [[characters[0]]]
    for previous, character in itertools.pairwise(characters):
        if previous[0] - character[0] > _SAME_LINE:
            lines.append([])
        lines[-1].append(character)
    return "\n".join(_joined(sorted(line, key=lambda c: c[1]), space) for line in lines)


def _joined(line: list[tuple[float, float, float, str]], space: float) -> str:
    text = line[0][3]
    for previous, character in itertools.pairwise(line):
        text += (" " if character[1] - previous[2] > space else "") + character[3]
    return text


def _characters(textpage: Any) -> list[tuple[float, float, float, str]]:
    """Return (baseline, left, right, character) of all that is drawn, in points."""
    import pypdfium2.raw as pdfium

    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    found = []
    for index in range(textpage.count_chars()):
        character = chr(pdfium.FPDFText_GetUnicode(textpage, index) or 0x20)
        if pdfium.FPDFText_IsGenerated(textpage, index) or character.isspace():
            continue
        pdfium.FPDFText_GetCharBox(textpage, index, left, right, bottom, top)
        pdfium.FPDFText_GetCharOrigin(textpage, index, x, y)
        found.append((y.value, left.value, right.value, character))
    return found
