"""XPS and OpenXPS documents: the words of every page in the order of the pages, put together from their glyph runs.

Follows ECMA-388 (OpenXPS). A page is a list of runs of glyphs with their places; a word may come in several runs, so
runs on one line are joined by the gaps between them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.zipxml import Element, local

_SAME_LINE: Final = 0.3  # of the font's size: how far two base lines of one line may be apart
_WORD_GAP: Final = 0.15  # of the font's size: a gap that parts words
_CELL_GAP: Final = 2.0
_USUAL_WIDTH: Final = 0.5  # of the font's size: a letter whose width the file leaves to the font
_GUESSED_AT_MOST: Final = 4  # letters for which that guess is good enough
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Final[_Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Run:
    """Some glyphs: where their base line begins and ends, and how large they are; ``end`` None if not known."""

    text: str
    left: float
    base: float
    size: float
    end: float | None


def read(item: Input, emit: Emit) -> None:
    """Emit page by page, separated by form feeds; then properties."""
    package = Package(item, emit, "FixedDocSeq.fdseq")
    sequence = package.related("", "fixedrepresentation")
    pages = list(_pages(package, sequence[0] if sequence else package.main_part))
    texts: list[str] = []
    hidden = False
    for number, part in enumerate(pages, 1):
        root = package.tree(part)
        if root is None:
            emit.problem(ExceptionCode.PARTIAL, f"page {number} cannot be read")
            continue
        page = _Page(root)
        texts.append("\n".join(page.lines()))
        hidden = hidden or page.hidden
    if any(text.strip() for text in texts):
        emit.text("\n\f".join(texts))
    else:
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the {len(pages)} pages hold no text")
    package.properties()
    emit.field("pages", str(len(pages)))
    if hidden:
        emit.field("hidden", ["hidden text"])


def _pages(package: Package, sequence: str) -> Iterator[str]:
    """Yield the names of the page parts in reading order."""
    for document in _sources(package, package.main(sequence), sequence, "DocumentReference"):
        root = package.tree(document)
        if root is not None:
            yield from _sources(package, root, document, "PageContent")


def _sources(package: Package, root: Element, part: str, name: str) -> Iterator[str]:
    for element in root.iter("{*}" + name):
        target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), element.get("Source", "")))
        yield package.find(target.lstrip("/")) or target


class _Page:
    """One fixed page: its runs in file order, and what it hides."""

    def __init__(self, root: Element) -> None:
        self.hidden = False
        self._asides: list[str] = []
        self._runs = list(self._walk(root))

    def lines(self) -> Iterator[str]:
        """Yield the lines of the page, then links, and what stands in for pictures."""
        line = ""
        last: _Run | None = None
        for run in self._runs:
            if last is not None and abs(run.base - last.base) > _SAME_LINE * max(run.size, last.size):
                yield line.rstrip()
                line, last = "", None
            line += _between(last, run) + run.text
            last = run
        yield line.rstrip()
        yield from dict.fromkeys(self._asides)

    def _walk(self, root: Element) -> Iterator[_Run]:
        """Yield the runs below ``root``; an own stack, since canvases nest as deep as the file likes."""
        waiting = [(root, _IDENTITY, False)]
        while waiting:
            element, matrix, veiled = waiting.pop()
            matrix = _moved(element, matrix)
            veiled = veiled or _unseen(element)
            self._note(element)
            if local(element) == "Glyphs":
                yield from self._run(element, matrix, veiled)
            # Brushes and clips hold no words of the page, only pictures of them.
            inside = [child for child in element if "." not in local(child)]
            waiting += [(child, matrix, veiled) for child in reversed(inside)]

    def _run(self, glyphs: Element, matrix: _Matrix, veiled: bool) -> Iterator[_Run]:
        text = glyphs.get("UnicodeString", "").removeprefix("{}")
        if not text:
            return
        if veiled and text.strip():
            self.hidden = True
            self._asides.append(marked("hidden", text))
            return
        size = _number(glyphs.get("FontRenderingEmSize", ""), 1.0)
        x, y = _number(glyphs.get("OriginX", ""), 0.0), _number(glyphs.get("OriginY", ""), 0.0)
        width = _advance(glyphs.get("Indices", ""), len(text), size)
        left, base = _placed(matrix, x, y)
        end = None if width is None else _placed(matrix, x + width, y)[0]
        yield _Run(text, left, base, size * max(abs(matrix[3]), abs(matrix[1]), 1e-6), end)

    def _note(self, element: Element) -> None:
        for key in ("AutomationProperties.Name", "AutomationProperties.HelpText"):
            if text := " ".join(element.get(key, "").split()):
                self._asides.append(marked("picture", text))
        target = element.get("FixedPage.NavigateUri", "")
        if "://" in target or target.startswith("mailto:"):
            self._asides.append(f"<{target}>")


def _between(last: _Run | None, run: _Run) -> str:
    """Return what parts two runs of one line."""
    if last is None or last.text.endswith(" ") or run.text.startswith(" "):
        return ""
    end = last.end
    if end is None:
        if len(last.text) > _GUESSED_AT_MOST:
            return " "
        end = last.left + len(last.text) * last.size * _USUAL_WIDTH
    gap = (run.left - end) / run.size
    return "\t" if gap > _CELL_GAP else " " if gap > _WORD_GAP or gap < -_CELL_GAP else ""


def _advance(indices: str, letters: int, size: float) -> float | None:
    """Return the width of a run from its advances (hundredths of the font's size); None where they are not told."""
    told = [_number(fields[1], -1.0) for part in indices.split(";") if len(fields := part.split(",")) > 1]
    widths = [width for width in told if width >= 0]
    if not widths:
        return None
    # The last glyph's advance is usually left out: the mean of the others is near enough to find a gap.
    return (sum(widths) + max(0, letters - len(widths)) * sum(widths) / len(widths)) * size / 100


def _moved(element: Element, matrix: _Matrix) -> _Matrix:
    """Return the matrix inside an element: its own transform, then that of what it stands in."""
    text = element.get("RenderTransform", "")
    own = element.find("{*}" + local(element) + ".RenderTransform/{*}MatrixTransform")
    text = own.get("Matrix", "") if own is not None else text
    values = [_number(part, 0.0) for part in text.split(",")]
    if len(values) != 6:
        return matrix
    a, b, c, d, e, f = values
    ma, mb, mc, md, me, mf = matrix
    return (
        a * ma + b * mc, a * mb + b * md, c * ma + d * mc, c * mb + d * md, e * ma + f * mc + me, e * mb + f * md + mf,
    )  # fmt: skip


def _placed(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    return x * matrix[0] + y * matrix[2] + matrix[4], x * matrix[1] + y * matrix[3] + matrix[5]


def _unseen(element: Element) -> bool:
    """Tell whether an element is fully transparent (#AARRGGBB with no alpha, or no opacity)."""
    fill = element.get("Fill", "")
    return _number(element.get("Opacity", ""), 1.0) == 0 or (len(fill) == 9 and fill.startswith("#00"))


def _number(text: str, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if abs(value) < 1e9 else otherwise


READER: Final = Reader("xps", "1", frozenset({"xps"}), read, library="lxml")
