"""Mail, plain text and slip sheets to pages: lines are cut where they must, then given to the typesetter."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tecum.engine.pages.breaking import (
    LINE_BREAK,
    TURNING,
    fitting_pieces,
    printable,
    reads_right_to_left,
    widths,
)
from tecum.engine.pages.compiler import compile_pdf, draws_everything
from tecum.engine.pages.coverage import coverage, stack
from tecum.engine.pages.rendition import MAX_PAGES, PAPER, Rendition, saved
from tecum.hooks import Unreadable

SHEET = Path(__file__).with_name("sheet.typ")
HEADERS = ("from", "to", "cc", "bcc", "date", "subject", "attachments")
_ALWAYS = ("from", "to", "date", "subject")  # shown even when empty: an absent sender is a fact
_SIDE, _TOP, _BOTTOM = 64.8, 54.0, 54.0  # margins in points; the bottom one is wider than the footer band
_LABEL = {"mail": 80.0, "text": 0.0, "slip": 105.0}  # points, the column of labels
_SLIP_VALUE = 600  # characters; a slip sheet is one page, whatever a file is called
_SLIP_HEAD, _SLIP_ROW = 230.0, 10.0  # points taken by its title, and by the space between its rows
_GROUP = 40  # pieces of one endless line that are broken together; the breaking is not linear
_CHUNK = 10_000  # lines typeset in one go: some 170 pages and 200 MB

Line = str | dict[str, Any] | None


@dataclass
class _Sheet:
    """One document on its way to the typesetter: the measures of its page and all the text it will show."""

    style: str  # sans or mono
    size: float  # points
    leading: float  # of the type size, between lines
    paper: str
    shown: list[str] = field(default_factory=list)
    replaced: int = 0
    height: float = 0.0  # points of text so far, estimated

    @property
    def column(self) -> float:
        """The width of a line in points."""
        return PAPER[self.paper][0] - 2 * _SIDE

    @property
    def page(self) -> float:
        """The height of a page's text in points."""
        return PAPER[self.paper][1] - _TOP - _BOTTOM

    def lines(self, text: str, column: float) -> list[Line]:
        """Return a text's lines ready for the template; None stands for a page break.

        Raises:
            Unreadable: ``LIMIT_SIZE`` when the document would have more than ``MAX_PAGES`` pages.
        """
        text, replaced = printable(text)
        self.replaced += replaced
        self.shown.append(text)
        found: list[Line] = []
        for number, part in enumerate(text.split("\f")):
            if number:
                found.append(None)
                self._grow(self.page)
            for line in LINE_BREAK.split(part):
                found += self._line(line.expandtabs(8).rstrip(), column)
        return found

    def _line(self, line: str, column: float) -> list[Line]:
        step = self.size * (1 + self.leading)
        if len(line) < 20:
            self._grow(step)
        else:
            self._grow(step * max(1, -(-widths(line, self.style, self.size).sum() // column)))
        rtl = reads_right_to_left(line)
        pieces = fitting_pieces(line, self.style, self.size, column)
        if len(pieces) == 1 and not rtl:
            return [line]
        return [{"pieces": pieces[at : at + _GROUP], "rtl": rtl} for at in range(0, len(pieces), _GROUP)]

    def _grow(self, points: float) -> None:
        self.height += points
        if self.height > MAX_PAGES * self.page:
            raise Unreadable("LIMIT_SIZE", f"more than {MAX_PAGES} pages")


def typeset(kind: str, data: Mapping[str, Any], *, paper: str = "us-letter") -> Rendition:
    """Set a mail, a plain text or a slip sheet on pages of ``us-letter`` or ``a4``.

    Args:
        kind: ``mail``: keys ``from``, ``to``, ``cc``, ``bcc``, ``date`` (as it shall be read, with its
            zone), ``subject``, ``attachments`` (each a string or a list of strings) and ``body``;
            ``text``: key ``text``; ``slip``: keys ``title`` and ``fields``, a list of (label, value).
        data: the document; every string is shown letter by letter, none is markup.
        paper: the page size.

    The bottom 0.6 inch of each page stays empty for the endorsement. Characters that no shipped font has
    are named in ``missing_glyphs``, and stand on the page as boxes.

    Raises:
        Unreadable: ``LIMIT_SIZE`` for more than ``MAX_PAGES`` pages.
        KeyError: for another kind or paper.
    """
    sheet, content = _KINDS[kind](data, paper)
    width, height = PAPER[paper]
    source = {
        "kind": kind, "width": width, "height": height, "side": _SIDE, "top": _TOP, "bottom": _BOTTOM,
        "size": sheet.size, "leading": sheet.leading, "label": _LABEL[kind],
        "fonts": stack(sheet.style), **content,
    }  # fmt: skip
    chunks = _chunks(source)
    pdf = _join([compile_pdf(SHEET, chunk, alone=len(chunks) == 1) for chunk in chunks])
    return Rendition(pdf, count_pages(pdf), _missing(sheet, chunks), _notes(sheet))


def count_pages(pdf: bytes) -> int:
    """Return how many pages a PDF of ours has."""
    from pypdfium2 import PdfDocument

    with PdfDocument(pdf) as document:
        return len(document)


def _chunks(source: dict[str, Any]) -> list[dict[str, Any]]:
    """Cut a long document: the typesetter holds all pages of one go in memory."""
    chunks: list[list[Line]] = [[]]
    weight = 0
    for line in source["lines"]:
        weight += 1 + (len(line) // 80 if isinstance(line, str) else _GROUP)
        if weight > _CHUNK:
            chunks.append([])
            weight = 0
        chunks[-1].append(line)
    later = [{**source, "kind": "rest", "lines": lines} for lines in chunks[1:]]
    return [{**source, "lines": chunks[0]}, *later]


def _join(parts: list[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    import pikepdf

    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as piece:
                whole.pages.extend(piece.pages)
        return saved(whole)


def _notes(sheet: _Sheet) -> list[str]:
    notes = [f"{sheet.replaced} control characters are shown as U+FFFD"] if sheet.replaced else []
    if turned := sum(len(TURNING.findall(text)) for text in sheet.shown):
        notes.append(f"{turned} characters change the direction of reading, so letters may change places")
    return notes


def _missing(sheet: _Sheet, chunks: list[dict[str, Any]]) -> list[str]:
    drawn = coverage(sheet.style)
    if all(drawn.plain(text) for text in sheet.shown):
        return []
    missing = drawn.missing("\n".join(sheet.shown))
    if not missing and not all(draws_everything(SHEET, chunk) for chunk in chunks):
        return ["a combination of characters"]
    return missing


def _mail(data: Mapping[str, Any], paper: str) -> tuple[_Sheet, dict[str, Any]]:
    sheet = _Sheet("sans", 10, 0.5, paper)
    rows = []
    for name in HEADERS:
        value = data.get(name) or ""
        value = value if isinstance(value, str) else "; ".join(value)
        if value or name in _ALWAYS:
            # A header is one line by definition; a line break in it is an attempt to look like two.
            value = LINE_BREAK.sub(" ", value).replace("\f", " ")
            rows.append([f"{name.capitalize()}:", sheet.lines(value, sheet.column - _LABEL["mail"]) or [""]])
    return sheet, {"rows": rows, "lines": sheet.lines(data.get("body", ""), sheet.column)}


def _text(data: Mapping[str, Any], paper: str) -> tuple[_Sheet, dict[str, Any]]:
    sheet = _Sheet("mono", 9, 0.55, paper)
    return sheet, {"lines": sheet.lines(data["text"], sheet.column)}


def _slip(data: Mapping[str, Any], paper: str) -> tuple[_Sheet, dict[str, Any]]:
    fields: Sequence[tuple[str, str]] = data["fields"]
    share = _SLIP_VALUE
    while True:
        sheet = _Sheet("sans", 10, 0.5, paper, [data["title"]])
        rows = [[label, _slip_value(sheet, value, share)] for label, value in fields]
        if sheet.height + _SLIP_ROW * len(rows) <= sheet.page - _SLIP_HEAD or share < 20:
            return sheet, {"title": data["title"], "rows": rows, "lines": []}
        share //= 2


def _slip_value(sheet: _Sheet, value: str, share: int) -> list[Line]:
    value = LINE_BREAK.sub(" ", value).replace("\f", " ")
    if len(value) > share:
        value = f"{value[: share // 2]} [...] {value[-share // 2 :]}"
    return sheet.lines(value, sheet.column - _LABEL["slip"])


_KINDS: dict[str, Callable[[Mapping[str, Any], str], tuple[_Sheet, dict[str, Any]]]] = {
    "mail": _mail,
    "text": _text,
    "slip": _slip,
}
