"""The text of one PDF page through pdfium, with what its annotations draw."""

from __future__ import annotations

import ctypes
import itertools
import statistics
from typing import Any, Final

_SHATTERED_LINES: Final = 20
_SHATTERED_SHARE: Final = 0.4
_SAME_LINE: Final = 2.0  # points between baselines
_WORD_GAP: Final = 0.5  # of the median width of a character


def page_text(document: Any, index: int) -> tuple[str | None, bool]:
    """Return one page's text (None when the page is broken) and whether anything is drawn on it."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = document[index]
        if _annotated(page):
            # Stamps, filled-in fields and signatures are drawn by annotations; whoever looks sees them.
            pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            page.close()
            page = document[index]
    except pypdfium2.PdfiumError:
        return None, False
    try:
        # Closing at once keeps memory flat: the library would else hold every page until the end.
        textpage = page.get_textpage()
        text = textpage.get_text_range().replace("\r\n", "\n")
        if _shattered(text):
            text = _by_place(textpage)
        textpage.close()
        has_objects = pdfium.FPDFPage_CountObjects(page) > 0
    except pypdfium2.PdfiumError:
        return None, False
    finally:
        page.close()
    # U+FFFE stands for a hyphen at a line's end together with the break.
    return text.replace("\ufffe", "-\n").replace("\0", ""), has_objects


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
