"""The text of an item whose pages are in part recognised: each page's own words, or those that were recognised.

A page without text takes the recognised words; one that is a picture with a few characters (a stamp, a Bates number)
keeps these before them. A page whose own text looks like nonsense takes them only where they were read with confidence
and say something else. Comments, form values and links that the reader wrote below a page stay.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tecum.engine import blobs, ocr
from tecum.engine.blobs import BlobRef, BlobWriter
from tecum.model import ExceptionCode
from tecum.processing.itemtext import ItemText
from tecum.processing.pagelist import listed, pages_in, written

if TYPE_CHECKING:
    from tecum.matter import Matter

PICTURES: Final = ("png", "jpg", "tif", "gif", "bmp", "webp", "heic")
TEXTLESS, SPARSE, DOUBTFUL = "textless_pages", "sparse_pages", "doubtful_pages"  # fields of the PDF reader
_BY = "recognised_pages"  # the field that says which pages were recognised, and by what
_FRAMES: Final = frozenset({"tif"})  # kinds whose every frame is a page; of an animation the first is shown
_UNKNOWN: Final = frozenset({"heic"})  # kinds that nothing here decodes
_SIDE, _AREA = 24, 4_000  # pixels: a picture that is smaller in one or the other is a rule, a bullet, an icon
_INLINE_AREA = 60_000  # pixels: a smaller one that a mail shows in its body is a logo; a screen shot is larger
_SAME = 0.5  # share of a doubted page's own words that were recognised too: then its text is sound
_NOTE: Final = re.compile(r"\[(?:comment by |field |link: |hidden layer )")
_WORD: Final = re.compile(r"\w{2,}")


@dataclass(frozen=True)
class Scan:
    """An item that waits. ``pages`` are to be recognised; ``left_out`` says why it is not, "" if it is."""

    key: str
    sha256: str
    kind: str
    source: BlobRef
    fields: dict[str, Any]
    text: str  # blob of the reader's text
    count: int
    textless: tuple[int, ...] = ()
    sparse: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    left_out: str = ""

    @property
    def pages(self) -> tuple[int, ...]:
        """All pages to recognise, in order."""
        return tuple(sorted({*self.textless, *self.sparse, *self.doubtful}))


@dataclass
class Reading:
    """What is to be entered for one item: changed columns, row of ``recognition``, exceptions by code, new blobs.

    An item that was left out has exceptions alone.
    """

    key: str
    change: dict[str, Any] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    blobs: list[BlobRef] = field(default_factory=list)


def scan_of(row: Any) -> Scan:
    """Make plain values of an item's row: which pages, or why none."""
    fields = json.loads(row.fields)
    source = BlobRef(row.hash, row.pack, row.start, row.bytes)
    scan = Scan(row.key, row.sha256, row.kind, source, fields, row.text, _number(fields, "pages") or 1)
    every = tuple(range(1, scan.count + 1))
    if row.kind == "pdf":
        named = {name: pages_in(str(fields.get(name, "")), scan.count) for name in (TEXTLESS, SPARSE, DOUBTFUL)}
        if not any(named.values()):
            named[TEXTLESS] = every  # read before these fields were written: no page has text
        return _with(scan, textless=named[TEXTLESS], sparse=named[SPARSE], doubtful=named[DOUBTFUL])
    if row.kind in _UNKNOWN:
        return _with(
            scan, left_out=f"nothing here decodes {row.kind.upper()} pictures, so its words are not recognised"
        )
    width, height = _number(fields, "width"), _number(fields, "height")
    small = min(width, height) < _SIDE or width * height < _AREA
    if small or (row.inline and width * height < _INLINE_AREA):
        what = "a small picture" if small else "a small picture shown in a mail's body"
        return _with(scan, left_out=f"{what} ({width} x {height} pixels): text recognition is not run on these")
    return _with(scan, textless=every if row.kind in _FRAMES else (1,))


def _with(scan: Scan, **changes: Any) -> Scan:
    return replace(scan, **changes)


def _number(fields: dict[str, Any], name: str) -> int:
    value = str(fields.get(name, ""))
    return int(value) if value.isdecimal() else 0


def page_text(matter: Matter, scan: Scan, known: Mapping[int, Any], by: str, writer: BlobWriter) -> Reading:
    """Return an item's new text and what is to be said of it.

    ``known`` are the rows of ``recognised`` by page, one for each of the scan's pages; ``by`` is the engine's name and
    version. The new text goes to ``writer``, which the caller syncs.

    Raises:
        BlobDamaged.
    """
    original = _stored(matter, scan.text)
    own = original.split("\f") if original else []
    own += [""] * (scan.count - len(own))
    kept: list[int] = []
    for page in scan.pages:
        words = ocr.from_json(_read(matter, known[page].words)) if known[page].words else None
        own[page - 1], replaced = _joined(own[page - 1], words, page in scan.doubtful, page in scan.sparse)
        if not replaced:
            kept.append(page)
    taken = [page for page in scan.pages if page not in kept]
    text = ItemText(writer)
    if any(page.strip() for page in own):
        text.add("\f".join(own).encode("utf-8", "replace"))
    columns, refs = text.close()
    fields = {**scan.fields, _BY: f"{written(taken)} by {by}"}
    change = {"key": scan.key, "text": "", **columns, "fields": json.dumps(fields, ensure_ascii=False, sort_keys=True)}
    row = {
        "item": scan.key,
        "original": scan.text,
        "text": change["text"],
        "engine": by,
        "pages": json.dumps(taken),
        "kept": json.dumps(kept),
    }
    return Reading(scan.key, change, row, _problems(scan, known, text.has_letters), refs)


def _joined(own: str, words: ocr.PageWords | None, doubtful: bool, sparse: bool) -> tuple[str, bool]:
    """Return a page's text, and whether recognised words are in it."""
    found = words.text() if words is not None else ""
    if not doubtful:
        parts = (own, found) if sparse else (found, own)
        return "\n".join(part.strip("\n") for part in parts if part.strip()) + "\n", True
    if words is None or words.confidence < ocr.DOUBTFUL or _agree(own, found):
        return own, False
    notes = [line for line in own.splitlines() if _NOTE.match(line)]
    return "\n".join([found, *notes]) + "\n", True


def _agree(own: str, found: str) -> bool:
    """Whether most of a page's own words were recognised too, so that its text is what it shows."""
    mine, theirs = (Counter(_WORD.findall(text.casefold())) for text in (own, found))
    return (mine & theirs).total() >= _SAME * mine.total() > 0


def _problems(scan: Scan, known: Mapping[int, Any], has_letters: bool) -> dict[str, str]:
    """Return by code what remains to be said: pages without words, doubtful ones, those that failed."""
    problems: dict[str, str] = {}
    of = f"of {scan.count}"
    empty = [page for page in scan.pages if not known[page].code and not known[page].count]
    inked = [page for page in empty if not known[page].blank]
    if not has_letters:
        blank = f"; {listed(blanks)} {of} blank" if (blanks := [page for page in empty if known[page].blank]) else ""
        problems[ExceptionCode.EMPTY_TEXT] = f"text recognition found no words{blank}"
    elif inked:
        problems[ExceptionCode.TEXTLESS_PAGES] = f"{listed(inked)} {of}: text recognition found no words"
    doubtful = [page for page in scan.pages if known[page].count and known[page].confidence < ocr.DOUBTFUL]
    if doubtful:
        lowest = min(known[page].confidence for page in doubtful)
        problems[ExceptionCode.OCR_DOUBTFUL] = (
            f"{listed(doubtful)} {of}: words recognised with a mean confidence below {ocr.DOUBTFUL} (lowest {lowest})"
        )
    for code in sorted({known[page].code for page in scan.pages} - {""}):
        failed = [page for page in scan.pages if known[page].code == code]
        problems[code] = f"{listed(failed)} {of}: words not recognised: {known[failed[0]].message}"
    return problems


def _stored(matter: Matter, digest: str) -> str:
    return _read(matter, digest).decode("utf-8", "replace") if digest else ""


def _read(matter: Matter, digest: str) -> bytes:
    with matter.read() as db:
        ref = blobs.find(db, digest)
    return matter.blobs.read(ref)
