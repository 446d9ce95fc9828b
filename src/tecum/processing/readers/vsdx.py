"""Visio drawings of 2013 and later (vsdx, vsdm, templates and stencils): the text of shapes, page by page.

Follows [MS-VSDX]. A shape without text of its own shows that of its master; shape data, links and comments are told
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.zipxml import Element, attribute


def read(item: Input, emit: Emit) -> None:
    """Emit the pages in order, separated by form feeds, or the masters of a stencil; then properties and members."""
    drawing = _Drawing(Package(item, emit, "visio/document.xml"))
    texts = [drawing.page(name, part) for name, part in drawing.listed("pages", "Page")]
    if not any(text.strip() for text in texts):
        texts = [drawing.page(name, part) for name, part in drawing.listed("masters", "Master")]
    texts.append("\n".join(drawing.comments()))
    if any(text.strip() for text in texts):
        emit.text("\n\f".join(texts))
    else:
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the pages hold no text ({drawing.package.pictures()} pictures)")
    drawing.package.properties()
    emit.field("pages", str(len(list(drawing.listed("pages", "Page")))))
    hidden = [*drawing.hidden, *drawing.package.carried()]
    if hidden:
        emit.field("hidden", list(dict.fromkeys(hidden)))
    drawing.package.embedded()


class _Drawing:
    """The pages of one drawing, and the texts of the masters that their shapes are copies of."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.hidden: list[str] = []
        package.main(package.main_part)
        self._masters: dict[str, dict[str, str]] = {}  # the texts of a master's shapes, by the ids of both
        for (_, part), key in zip(self.listed("masters", "Master"), self._keys("masters", "Master"), strict=True):
            root = package.tree(part)
            shapes = root.iter("{*}Shape") if root is not None else ()
            self._masters[key] = {shape.get("ID", ""): "" if _veiled(shape) else _words(shape) for shape in shapes}

    def listed(self, kind: str, name: str) -> Iterator[tuple[str, str]]:
        """Yield the (name, part) of each page or master in the order of their list."""
        for list_part in self.package.related(self.package.main_part, kind):
            targets = {relation.id: relation.target for relation in self.package.relations(list_part)}
            for element in self._elements(list_part, name):
                rel = element.find("{*}Rel")
                yield element.get("Name", ""), targets.get(attribute(rel, "id"), "") if rel is not None else ""

    def page(self, name: str, part: str) -> str:
        """Return what one page says: its name, then its shapes in file order."""
        root = self.package.tree(part)
        if root is None:
            self.package.emit.problem(ExceptionCode.PARTIAL, f"the page {name[:80]!r} cannot be read")
            return ""
        lines = [line for shape in root.iter("{*}Shape") for line in self._shape(shape)]
        return "\n".join([name, *(line for line in lines if line.strip())]) if any(map(str.strip, lines)) else ""

    def _keys(self, kind: str, name: str) -> list[str]:
        parts = self.package.related(self.package.main_part, kind)
        return [element.get("ID", "") for part in parts for element in self._elements(part, name)]

    def _elements(self, part: str, name: str) -> list[Element]:
        root = self.package.tree(part)
        return list(root.iterfind("{*}" + name)) if root is not None else []

    def _shape(self, shape: Element) -> Iterator[str]:
        text = _words(shape) if shape.find("{*}Text") is not None else self._inherited(shape)
        if text and _veiled(shape):
            self.hidden.append("hidden text")
            text = marked("hidden", text)
        yield text
        for section in shape.iterfind("{*}Section"):
            kind = section.get("N", "")
            for row in section.iterfind("{*}Row") if kind in ("Property", "Hyperlink") else ():
                cells = {cell.get("N", ""): cell.get("V", "") for cell in row.iterfind("{*}Cell")}
                if kind == "Property" and cells.get("Value"):
                    yield f"{cells.get('Label') or row.get('N', '')}: {cells['Value']}"
                elif kind == "Hyperlink" and cells.get("Address"):
                    yield f"{cells.get('Description', '')} <{cells['Address']}>".strip()

    def _inherited(self, shape: Element) -> str:
        """Return the text of the master's shape that this shape is a copy of."""
        above: Element | None = shape
        while above is not None:
            if master := above.get("Master"):
                texts = self._masters.get(master, {})
                return texts.get(shape.get("MasterShape", ""), "") or (
                    next(iter(texts.values()), "") if above is shape else ""
                )
            above = above.getparent()
        return ""

    def comments(self) -> Iterator[str]:
        """Yield the comments, which one part holds for all pages."""
        for part in self.package.related(self.package.main_part, "comments"):
            root = self.package.tree(part)
            if root is None:
                continue
            authors = {author.get("ID", ""): author.get("Name", "") for author in root.iter("{*}AuthorEntry")}
            for entry in root.iter("{*}CommentEntry"):
                text = "".join(map(str, entry.itertext()))
                if text.strip():
                    self.hidden.append("comments")
                    yield marked("comment", text, authors.get(entry.get("AuthorID", ""), ""), entry.get("Date", ""))


def _veiled(shape: Element) -> bool:
    """Tell whether a shape keeps its text from being shown."""
    return any(cell.get("N") == "HideText" and cell.get("V") == "1" for cell in shape.iterfind("{*}Cell"))


def _words(shape: Element) -> str:
    text = shape.find("{*}Text")
    return "".join(map(str, text.itertext())).strip() if text is not None else ""


READER: Final = Reader("vsdx", "1", frozenset({"vsdx"}), read, library="lxml")
