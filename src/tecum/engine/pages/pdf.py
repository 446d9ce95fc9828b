"""A source PDF as it shall go out: what a reader sees, carried into a new file, page by page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from tecum.engine.pages.graphics import Seen, prune, rewrite, walk
from tecum.engine.pages.rendition import MAX_PAGES, PAPER, Rendition, saved
from tecum.hooks import Unreadable

MAX_SIDE = 14_400.0  # points (200 inch), the largest page readers agree on (ISO 32000-1, Annex C)
_DRAWN = {
    "/Circle", "/FreeText", "/Highlight", "/Ink", "/Line", "/PolyLine", "/Polygon", "/Square", "/Squiggly",
    "/Stamp", "/StrikeOut", "/Text", "/Underline",
}  # fmt: skip
_REPLACEMENTS = (b"/ActualText", b"/Alt", b"/E")  # texts in marked content that stand for what is drawn
_HIDDEN_FLAGS = 0x02 | 0x20  # Hidden, NoView (ISO 32000-2, table 167)


def pdf_pages(file: bytes | BinaryIO) -> Rendition:
    """Carry a PDF's visible pages into a new PDF whose text can still be searched.

    Annotations and form fields become part of the page; pages stand upright, begin at 0,0 and show only
    what the source's crop box showed. Scripts, actions, embedded files, metadata, outlines, structure,
    hidden layers and earlier revisions stay behind, and ``notes`` say which of them there were.

    Raises:
        Unreadable: ``ENCRYPTED`` when it needs a password, ``CORRUPT`` when it cannot be read,
            ``LIMIT_SIZE`` for more than ``MAX_PAGES`` pages.
    """
    data = file if isinstance(file, bytes) else file.read()
    try:
        with (
            warnings.catch_warnings(record=True) as remarks,
            _opened(data) as source,
            pikepdf.new() as target,
        ):
            warnings.simplefilter("always")
            notes = _left_behind(source)
            hidden = _hidden_layers(source)
            _flatten(source)
            seen: Seen = set()
            for form, page in _visible_forms(source, hidden, notes):
                prune(form, seen)
                _carry(form, page, target, notes)
            pdf = saved(target)
            if remarks or source.get_warnings():
                notes.append("the file is damaged: what can be read of it is on the pages")
            return Rendition(pdf, len(target.pages), [], notes)
    except pikepdf.PasswordError:
        raise Unreadable("ENCRYPTED", "it opens only with a password") from None
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable("CORRUPT", f"not a readable PDF: {error}") from None


def _opened(data: bytes) -> Pdf:
    source = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    pages = len(source.pages)
    if not 0 < pages <= MAX_PAGES:
        source.close()
        raise Unreadable("LIMIT_SIZE" if pages else "CORRUPT", f"it has {pages} pages")
    if any(_lacks_appearance(note) for page in source.pages for note in _annotations(page)):
        source.close()
        source = pikepdf.open(io.BytesIO(_with_appearances(data)), suppress_warnings=True)
    return source


def _annotations(page: pikepdf.Page) -> list[Object]:
    listed = page.obj.get("/Annots")
    return [note for note in listed if isinstance(note, Dictionary)] if isinstance(listed, Array) else []


def _lacks_appearance(note: Object) -> bool:
    return str(note.get("/Subtype", "")) in _DRAWN and "/AP" not in note and not _unseen(note)


def _unseen(note: Object) -> bool:
    flags = note.get("/F", 0)
    return isinstance(flags, int) and bool(flags & _HIDDEN_FLAGS)


def _with_appearances(data: bytes) -> bytes:
    """Return the PDF with appearances for annotations that leave their looks to the reader.

    PDFium makes them when it shows a page.
    """
    from pypdfium2 import PdfDocument

    out = io.BytesIO()
    with PdfDocument(data) as document:
        for page in document:
            page.render(scale=0.05)
            page.close()
        document.save(out)
    return out.getvalue()


def _flatten(source: Pdf) -> None:
    form = source.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and form.get("/NeedAppearances", False):
        source.generate_appearance_streams()
    source.flatten_annotations("screen")


def _left_behind(source: Pdf) -> list[str]:
    """Say what of the source a page cannot show."""
    root = source.Root
    notes = []
    names = root.get("/Names", Dictionary())
    if "/OpenAction" in root or "/AA" in root or "/JavaScript" in names:
        notes.append("scripts or actions were left out")
    if source.attachments:
        notes.append(f"{len(source.attachments)} embedded files are not on the pages")
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        notes.append("an XFA form: the pages are those that a reader without XFA shows")
    marks = [note for page in source.pages for note in _annotations(page)]
    comments = [note for note in marks if str(note.get("/Subtype", "")) in _DRAWN]
    if comments := [note for note in comments if str(note.get("/Contents", ""))]:
        notes.append(f"{len(comments)} comments: their marks are on the pages, their pop-up text is not")
    if unseen := sum(_unseen(note) and str(note.get("/Subtype", "")) != "/Popup" for note in marks):
        notes.append(f"{unseen} hidden annotations or fields were left out")
    return notes


def _hidden_layers(source: Pdf) -> Callable[[Object], bool] | None:
    """Return a test for optional content that the document shows hidden; None when nothing is hidden."""
    layers = source.Root.get("/OCProperties")
    if not isinstance(layers, Dictionary):
        return None
    default = layers.get("/D", Dictionary())
    off = {layer.objgen for layer in default.get("/OFF", Array())}
    if default.get("/BaseState") == Name.OFF:
        on = {layer.objgen for layer in default.get("/ON", Array())}
        off |= {layer.objgen for layer in layers.get("/OCGs", Array())} - on
    if not off:
        return None

    def hidden(content: Object) -> bool:
        if content.get("/Type") != Name.OCMD:
            return content.objgen in off
        members = content.get("/OCGs", Array())
        states = [m.objgen not in off for m in (members if isinstance(members, Array) else [members])]
        if not states:
            return False
        policy = str(content.get("/P", "/AnyOn"))
        shown = {
            "/AllOn": all(states),
            "/AnyOff": not all(states),
            "/AllOff": not any(states),
        }.get(policy, any(states))
        return not shown

    return hidden


def _visible_forms(
    source: Pdf, hidden: Callable[[Object], bool] | None, notes: list[str]
) -> list[tuple[Object, pikepdf.Page]]:
    """Return each page's content as a form, without hidden layers and replacement texts.

    All pages come before any pruning, because pages share objects whose layer must be known.
    """
    forms = [(page.as_form_xobject(handle_transformations=False), page) for page in source.pages]
    seen: Seen = set()
    cleaned: list[tuple[Stream, bytes]] = []
    for form, _ in forms:
        for stream, role in walk(form, seen):
            if role == "operators" and isinstance(stream, Stream):
                content = stream.read_bytes()
                if hidden is not None or any(mark in content for mark in _REPLACEMENTS):
                    names = stream.get("/Resources", form.get("/Resources"))
                    cleaned.append((stream, rewrite(stream, hidden or _never, names)))
    for stream, content in cleaned:
        stream.write(content)
    if hidden is not None:
        notes.append("hidden layers were left out")
    return forms


def _never(_: Object) -> bool:
    return False


def _carry(form: Object, page: pikepdf.Page, target: Pdf, notes: list[str]) -> None:
    """Add one page to ``target``: the form, placed upright with its visible corner at 0,0."""
    left, bottom, right, top = box = _visible_box(page, notes)
    form.BBox = Array(box)
    form.Matrix = Array([1, 0, 0, 1, 0, 0])
    unit = page.obj.get("/UserUnit", 1)
    scale = float(unit) if isinstance(unit, (int, float, Decimal)) and unit > 0 else 1.0
    scale = min(scale, MAX_SIDE / (right - left), MAX_SIDE / (top - bottom))
    width, height = (right - left) * scale, (top - bottom) * scale
    turn = page.rotation % 360
    matrix = {
        90: (0, -scale, scale, 0, -bottom * scale, right * scale),
        180: (-scale, 0, 0, -scale, right * scale, top * scale),
        270: (0, scale, -scale, 0, top * scale, -left * scale),
    }.get(turn, (scale, 0, 0, scale, -left * scale, -bottom * scale))
    target.add_blank_page(page_size=(height, width) if turn in (90, 270) else (width, height))
    new = target.pages[-1].obj
    carried = target.copy_foreign(form)
    new.Resources = Dictionary(XObject=Dictionary(P=carried))
    placed = " ".join(f"{number:.6g}" for number in matrix)
    new.Contents = target.make_stream(f"q {placed} cm /P Do Q".encode())
    if "/Group" in carried:
        new.Group = carried.Group  # how a page blends its colours is the page's affair too


def _visible_box(page: pikepdf.Page, notes: list[str]) -> tuple[float, float, float, float]:
    """Return the crop box within the media box, or a letter page where a file gives nonsense."""
    boxes = []
    for box in (page.cropbox, page.mediabox):
        left, bottom, right, top = (float(side) for side in box)
        boxes.append((min(left, right), min(bottom, top), max(left, right), max(bottom, top)))
    crop, media = boxes
    sides = (max(crop[0], media[0]), max(crop[1], media[1]), min(crop[2], media[2]), min(crop[3], media[3]))
    for left, bottom, right, top in (sides, media):
        near = all(abs(side) < 1e7 for side in (left, bottom, right, top))
        if near and right - left >= 1 and top - bottom >= 1:
            return left, bottom, right, top
    notes.append("a page of no usable size is shown as a letter page")
    return (0.0, 0.0, *PAPER["us-letter"])
