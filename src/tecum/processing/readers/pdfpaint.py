"""What is drawn on one PDF page: how much of it pictures cover, and whether its text can be seen."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_MOST: Final = 200  # objects that are looked at; maps and drawings have a hundred thousand
_MOST_LAYERED: Final = 50_000  # of a page in a document with hidden layers
_DEEP: Final = 4  # forms within forms
_NAME: Final = 200  # characters of a layer's name


@dataclass(frozen=True)
class Drawn:
    """What a page's objects are, from a look at the first hundred and the last hundred.

    ``objects`` is how many there are at the top, ``pictured`` the share of the page that pictures cover, ``unseen``
    whether most of its text is invisible.
    """

    objects: int
    pictured: float
    unseen: bool


def drawn_on(page: Any) -> Drawn:
    """Look at a page of pdfium."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    count = pdfium.FPDFPage_CountObjects(page)
    pictured, unseen, seen = 0.0, 0, 0
    for place, thing, kind in _objects(page, _MOST):
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictured += _area(place, width * height)
        elif kind == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetTextRenderMode(thing) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                unseen += 1
            else:
                seen += 1
    return Drawn(count, min(1.0, pictured), unseen > seen)


def _objects(page: Any, most: int) -> Iterator[tuple[Any, Any, int]]:
    """Yield (object on the page, object, kind): for what lies in a form the first is the outermost form."""
    import pypdfium2.raw as pdfium

    # The picture of a scan is the first of a page's objects, or the last.
    count = pdfium.FPDFPage_CountObjects(page)
    places = [*range(most // 2), *range(count - most // 2, count)] if count > most else range(count)
    stack = [(None, pdfium.FPDFPage_GetObject(page, index), 0) for index in reversed(places)]
    for _ in range(most):
        if not stack:
            return
        outer, thing, depth = stack.pop()
        kind = pdfium.FPDFPageObj_GetType(thing)
        if kind != pdfium.FPDF_PAGEOBJ_FORM:
            yield outer or thing, thing, kind
        elif depth < _DEEP:
            inside = range(min(pdfium.FPDFFormObj_CountObjects(thing), most) - 1, -1, -1)
            stack += [(outer or thing, pdfium.FPDFFormObj_GetObject(thing, index), depth + 1) for index in inside]


def _area(thing: Any, whole: float) -> float:
    """Return the share of the page that an object's bounds cover, as far as they are known."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not whole or not pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return 0.0
    return min(1.0, (right.value - left.value) * (top.value - bottom.value) / whole)


def in_layers(page: Any, textpage: Any, hidden: frozenset[str]) -> list[tuple[str, str]]:
    """Return (layer, text) of what stands in the ``hidden`` layers, piece by piece (ISO 32000-2, 8.11.3.2)."""
    import pypdfium2.raw as pdfium

    texts = (thing for _, thing, kind in _objects(page, _MOST_LAYERED) if kind == pdfium.FPDF_PAGEOBJ_TEXT)
    found = []
    for layer, things in itertools.groupby(texts, _layer):
        if layer in hidden:
            text = " ".join(" ".join(_text(thing, textpage) for thing in things).split())
            found += [(layer, text)] if text else []
    return found


def _layer(thing: Any) -> str:
    """Return the name of the innermost layer in which an object is marked to stand, "" for none."""
    import pypdfium2.raw as pdfium

    name, length = (ctypes.c_ushort * _NAME)(), ctypes.c_ulong()
    for number in range(pdfium.FPDFPageObj_CountMarks(thing) - 1, -1, -1):
        mark = pdfium.FPDFPageObj_GetMark(thing, number)
        pdfium.FPDFPageObjMark_GetName(mark, name, 2 * _NAME, length)
        if _decoded(name, length.value) == "OC" and pdfium.FPDFPageObjMark_GetParamStringValue(
            mark, b"Name", name, 2 * _NAME, length
        ):
            return _decoded(name, length.value)
    return ""


def _text(thing: Any, textpage: Any) -> str:
    import pypdfium2.raw as pdfium

    size = pdfium.FPDFTextObj_GetText(thing, textpage, None, 0)
    held = (ctypes.c_ushort * (size // 2 + 1))()
    return _decoded(held, pdfium.FPDFTextObj_GetText(thing, textpage, held, size))


def _decoded(held: Any, size: int) -> str:
    return bytes(held)[:size].decode("utf-16-le", "replace").rstrip("\0")
