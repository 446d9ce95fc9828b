"""PowerPoint presentations (pptx, pptm, ppsx): slides in order, with notes, comments and hidden slides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers.ooxml import Package, drawing_paragraphs
from tecum.processing.readers.zipxml import Element, attribute, local

_FURNITURE: Final = frozenset({"sldNum", "sldImg"})  # placeholders that repeat what the page shows anyway


def read(item: Input, emit: Emit) -> None:
    """Emit slide by slide, separated by form feeds: shapes, charts, then notes and comments."""
    show = _Presentation(Package(item, emit, "ppt/presentation.xml"))
    texts = [show.slide(number, part) for number, part in enumerate(show.slides, 1)]
    texts.append(show.background())
    if any(text.strip() for text in texts):
        emit.text("\n\f".join(texts))
    else:
        pictures = show.package.pictures()
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the slides hold no text ({pictures} pictures)")
    show.package.properties()
    emit.field("pages", str(len(show.slides)))
    if show.hidden:
        emit.field("hidden", list(dict.fromkeys(show.hidden)))
    show.package.embedded()


class _Presentation:
    """The slides of one presentation and what was hidden in them."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.hidden: list[str] = []
        main = package.main_part
        root = package.main(main)
        targets = {relation.id: relation.target for relation in package.relations(main)}
        ids = (_relation_id(slide) for slide in root.iterfind("{*}sldIdLst/{*}sldId"))
        self.slides = [targets.get(slide, "") for slide in ids]
        # The older list of authors and the newer one name their people differently.
        self._authors = {
            attribute(author, "id"): attribute(author, "name")
            for part in package.related(main, "commentAuthors", "authors")
            for author in package.stream(part, ("cmAuthor", "author"))
        }

    def slide(self, number: int, part: str) -> str:
        """Return what one slide says, shown or not."""
        root = self.package.story(part)
        if root is None:
            self.package.emit.problem(ExceptionCode.PARTIAL, f"slide {number} cannot be read")
            return ""
        if root.get("show") in ("0", "false"):
            self.hidden.append(f"hidden slide: {number}")
        lines = [*_shape_lines(root), *self._links(part, root), self.package.drawn_text(part)]
        for notes in self.package.related(part, "notesSlide"):
            noted = self.package.story(notes)
            text = "\n".join(_shape_lines(noted)) if noted is not None else ""
            if text.strip():
                self.hidden.append("speaker notes")
                lines.append(text)
        for comments in self.package.related(part, "comments"):
            lines += self._comments(comments)
        return "\n".join(line for line in lines if line.strip())

    def background(self) -> str:
        """Return what masters and layouts put on slides (a stamp, a firm's name), without their prompts."""
        lines: list[str] = []
        masters = self.package.related(self.package.main_part, "slideMaster")
        layouts = [name for part in self.slides for name in self.package.related(part, "slideLayout")]
        for part in dict.fromkeys([*masters, *layouts]):
            root = self.package.story(part)
            if root is not None:
                lines += _shape_lines(root, prompts=False)
        return "\n".join(line for line in dict.fromkeys(lines) if line.strip())

    def _links(self, part: str, root: Element) -> Iterator[str]:
        targets = self.package.links(part)
        for link in root.iter("{*}hlinkClick"):
            target = targets.get(_relation_id(link), "").removeprefix("mailto:")
            if target:
                yield f"<{target}>"

    def _comments(self, part: str) -> Iterator[str]:
        for comment in self.package.stream(part, ("cm", "reply")):
            author = self._authors.get(attribute(comment, "authorId"), "")
            text = comment.findtext("{*}text") or " ".join(_body_lines(comment))
            if text.strip():
                self.hidden.append("comments")
                yield f"[comment by {author}: {text}]"


def _shape_lines(root: Element, *, prompts: bool = True) -> Iterator[str]:
    """Yield the lines of all shapes in file order; tables with cells by tab.

    ``prompts=False`` leaves out placeholders, which on a master or layout hold only "click to edit".
    """
    for node in root.iter("{*}sp", "{*}cxnSp", "{*}tr"):
        if local(node) == "tr":
            cells = ("\n".join(drawing_paragraphs(cell)) for cell in node.iterfind("{*}tc"))
            yield "\t".join(cells)
            continue
        placeholder = node.find("{*}nvSpPr/{*}nvPr/{*}ph")
        if placeholder is None or (prompts and placeholder.get("type") not in _FURNITURE):
            yield from _body_lines(node)


def _body_lines(node: Element) -> list[str]:
    return [line for body in node.iterfind("{*}txBody") for line in drawing_paragraphs(body)]


def _relation_id(element: Element) -> str:
    """Return the relationship id; a slide also has a plain ``id``, so the namespace counts here."""
    for key, value in element.attrib.items():
        if str(key).endswith("}id"):
            return str(value)
    return ""


READER: Final = Reader("pptx", "1", frozenset({"pptx"}), read, library="lxml")
