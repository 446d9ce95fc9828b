"""OpenDocument text, spreadsheets and presentations (odt, ods, odp), also with hidden parts.

Follows OASIS OpenDocument 1.3: content.xml holds the body, styles.xml the page headers and footers, meta.xml
the properties, META-INF/manifest.xml what is encrypted.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.ooxml import emit_date
from tecum.processing.readers.zipxml import Element, Parts, attribute, local, natural

_PARAGRAPHS: Final = frozenset({"p", "h"})
_ASIDE: Final = frozenset({"text-box", "note-body", "custom-shape", "object", "table"})
_SKIPPED: Final = frozenset({"note-citation", "tracked-changes", "sequence-decls", "forms", "settings", "binary-data"})
_SPACES_AT_MOST: Final = 1000  # a repeat count is a number from the file
_CELLS_AT_MOST: Final = 64
_META: Final = {
    "title": "title",
    "initial-creator": "author",
    "creator": "last_author",
    "creation-date": "created",
    "date": "modified",
    "print-date": "printed",
    "description": "comments",
    "generator": "application",
    "language": "language",
}
_DATES: Final = frozenset({"created", "modified", "printed"})


def read(item: Input, emit: Emit) -> None:
    """Emit the body, page headers and footers, embedded formulas and charts; then properties and members."""
    parts = Parts(item, emit)
    _refuse_encrypted(parts)
    root = parts.main("content.xml")
    styles = parts.tree("styles.xml")
    walk = _Walk(root, styles)
    lines = list(walk.blocks(root.find("{*}body")))
    for masters in styles.iterfind("{*}master-styles") if styles is not None else ():
        lines += dict.fromkeys(walk.blocks(masters))
    for name in parts.names:  # a formula or chart is a folder of its own; its words belong to the document
        if name.endswith("/content.xml"):
            inner = parts.tree(name)
            lines += walk.blocks(inner) if inner is not None else ()
    text = "\n".join(line for line in lines if line.strip())
    emit.text(text)
    if not text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the document holds no text")
    _properties(parts, emit)
    if walk.hidden:
        emit.field("hidden", list(dict.fromkeys(walk.hidden)))
    _objects(parts, root)


class _Walk:
    """One pass over a content tree; collects what was hidden on the way."""

    def __init__(self, root: Element, styles: Element | None) -> None:
        self.hidden: list[str] = []
        self._slides = 0
        trees = [tree for tree in (root, styles) if tree is not None]
        self._hiding = {
            attribute(style, "name")
            for tree in trees
            for style in tree.iter("{*}style")
            if any(_hides(properties) for properties in style)
        }
        self._deleted = {
            attribute(region, "id"): " ".join(self.blocks(deletion)).strip()
            for region in root.iter("{*}changed-region")
            if (deletion := region.find("{*}deletion")) is not None
        }
        if next(root.iter("{*}changed-region"), None) is not None:
            self.hidden.append("tracked changes")

    def blocks(self, parent: Element | None) -> Iterator[str]:
        """Yield the paragraphs and table rows below ``parent``, a line each."""
        for child in parent if parent is not None else ():
            name = local(child)
            if name in _PARAGRAPHS:
                yield from self._paragraph(child)
            elif name == "table-row":
                yield self._row(child)
            elif name == "annotation":
                yield self._comment(child)
            elif name == "notes":
                yield from self._notes(child)
            elif name not in _SKIPPED:
                self._note_hidden(name, child)
                yield from self.blocks(child)

    def _note_hidden(self, name: str, element: Element) -> None:
        hiding = attribute(element, "style-name") in self._hiding
        if name == "page":
            self._slides += 1
            if hiding:
                self.hidden.append(f"hidden slide: {self._slides}")
        elif name == "table" and hiding:
            self.hidden.append(f"hidden sheet: {attribute(element, 'name')}")
        elif name == "section" and attribute(element, "display") in ("none", "condition"):
            self.hidden.append("hidden text")

    def _notes(self, notes: Element) -> Iterator[str]:
        lines = [line for line in self.blocks(notes) if line.strip()]
        if lines:
            self.hidden.append("speaker notes")
        yield from lines

    def _row(self, row: Element) -> str:
        cells: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                text = "\n".join(self.blocks(cell))
                repeat = natural(attribute(cell, "number-columns-repeated"))
                cells += [text] * (min(max(repeat, 1), _CELLS_AT_MOST) if text else 1)
        line = "\t".join(cells).rstrip("\t")
        if line and attribute(row, "visibility") in ("collapse", "filter"):
            self.hidden.append("hidden rows")
        return line

    def _paragraph(self, paragraph: Element) -> Iterator[str]:
        aside: list[str] = []
        text = "".join(self._inline(paragraph, aside))
        if attribute(paragraph, "style-name") in self._hiding:
            self.hidden.append("hidden text")
        yield text
        yield from aside

    def _inline(self, parent: Element, aside: list[str]) -> Iterator[str]:
        """Yield the pieces of one paragraph; what stands beside it (notes, boxes) is added to ``aside``."""
        yield parent.text or ""
        for child in parent:
            name = local(child)
            if name == "annotation":
                aside.append(self._comment(child))
            elif name in _ASIDE or name in _PARAGRAPHS:
                aside.extend(self.blocks(child) if name not in _PARAGRAPHS else self._paragraph(child))
            elif name in _MARKS:
                yield _MARKS[name](child)
            elif name == "change":
                # Behind the paragraph, so that the word it stood in stays whole.
                deleted = self._deleted.get(attribute(child, "change-id"))
                aside.extend([f"[deleted: {deleted}]"] if deleted else ())
            elif name not in _SKIPPED:
                yield from self._span(name, child, aside)
            yield child.tail or ""

    def _span(self, name: str, span: Element, aside: list[str]) -> Iterator[str]:
        if name in ("hidden-text", "hidden-paragraph") or attribute(span, "style-name") in self._hiding:
            self.hidden.append("hidden text")
        if name in ("hidden-text", "conditional-text"):
            yield attribute(span, "string-value")
        text = "".join(self._inline(span, aside))
        yield text
        target = attribute(span, "href").removeprefix("mailto:") if name == "a" else ""
        if target and not target.startswith("#") and target not in text:
            yield f" <{target}>"

    def _comment(self, annotation: Element) -> str:
        author = annotation.findtext("{*}creator") or ""
        text = " ".join(line for p in annotation.iter("{*}p") for line in self._paragraph(p)).strip()
        if not text:
            return ""
        self.hidden.append("comments")
        return f"[comment by {author}: {text}]"


_MARKS: Final[dict[str, Callable[[Element], str]]] = {
    "s": lambda mark: " " * min(max(natural(attribute(mark, "c")), 1), _SPACES_AT_MOST),
    "tab": lambda mark: "\t",
    "line-break": lambda mark: "\n",
    "soft-page-break": lambda mark: "",
}


def _hides(properties: Element) -> bool:
    """Tell whether a style's properties keep what they apply to from being seen."""
    kind = local(properties)
    return (
        (kind == "text-properties" and attribute(properties, "display") == "none")
        or (kind == "table-properties" and attribute(properties, "display") == "false")
        or (kind == "drawing-page-properties" and attribute(properties, "visibility") == "hidden")
    )


def _refuse_encrypted(parts: Parts) -> None:
    manifest = parts.tree("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise Unreadable(ExceptionCode.ENCRYPTED, "the document is encrypted and needs its password")


def _properties(parts: Parts, emit: Emit) -> None:
    root = parts.tree("meta.xml")
    keywords: list[str] = []
    for element in root.iterfind("{*}meta/*") if root is not None else ():
        name, value = local(element), (element.text or "").strip()
        field = _META.get(name, "")
        if name == "keyword" and value:
            keywords.append(value)
        elif name == "document-statistic" and attribute(element, "page-count"):
            emit.field("pages", attribute(element, "page-count"))
        elif field in _DATES and value:
            emit_date(emit, field, value)
        elif field and value:
            emit.field(field, value)
    if keywords:
        emit.field("keywords", "; ".join(keywords))


def _objects(parts: Parts, root: Element) -> None:
    """Emit embedded files of other programs; formulas and charts are text of the document itself."""
    objects = [*root.iter("{*}object-ole"), *root.iter("{*}plugin")]
    for name in dict.fromkeys(posixpath.normpath(attribute(element, "href")) for element in objects):
        if parts.find(name) is not None:
            parts.hand_over(name)


READER: Final = Reader("odf", "1", frozenset({"odt", "ods", "odp"}), read, library="lxml")
