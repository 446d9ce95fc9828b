"""PowerPoint presentations (pptx, pptm, ppsx): slides in order, with notes, comments and hidden slides.

Follows ECMA-376 part 1, 19 (PresentationML), and [MS-PPTX] for comments with replies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import Package, alternative_texts, drawing_paragraphs
from tecum.processing.readers.zipxml import Element, attribute, local

_FURNITURE: Final = frozenset({"sldNum", "sldImg"})  # placeholders that repeat what the page shows anyway
_SHAPES: Final = ("sp", "cxnSp", "graphicFrame", "pic")
_OFF: Final = ("0", "false")


def read(item: Input, emit: Emit) -> None:
    """Emit slide by slide, separated by form feeds: shapes, charts, then notes and comments."""
    show = _Presentation(Package(item, emit, "ppt/presentation.xml"))
    texts = [show.slide(number, part) for number, part in enumerate(show.slides, 1)]
    texts += [show.stray(part) for part in show.unlisted]
    texts.append(show.background())
    if any(text.strip() for text in texts):
        emit.text("\n\f".join(texts))
    else:
        pictures = show.package.pictures()
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the slides hold no text ({pictures} pictures)")
    show.package.properties()
    emit.field("pages", str(len(show.slides)))
    show.hidden += show.package.carried()
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
        self.unlisted = [part for part in package.related(main, "slide") if part not in self.slides]
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
        lines = self._lines(part, root)
        if root.get("show") in _OFF:
            self.hidden.append(f"hidden slide: {number}")
            lines = [f"[hidden slide {number}]", *lines]
        return "\n".join(line for line in lines if line.strip())

    def stray(self, part: str) -> str:
        """Return a slide that the file holds and no list of slides names."""
        root = self.package.story(part)
        lines = [line for line in self._lines(part, root) if line.strip()] if root is not None else []
        if not lines:
            return ""
        self.hidden.append("slide outside the presentation")
        return "\n".join(["[slide outside the presentation]", *lines])

    def background(self) -> str:
        """Return what masters and layouts put on slides (a stamp, a firm's name), without their prompts."""
        main = self.package.main_part
        masters = self.package.related(main, "slideMaster", "notesMaster", "handoutMaster")
        layouts = [name for part in self.slides for name in self.package.related(part, "slideLayout")]
        lines: list[str] = []
        for part in dict.fromkeys([*masters, *layouts]):
            root = self.package.story(part)
            if root is not None:
                lines += self._shapes(root, prompts=False)
        return "\n".join(line for line in dict.fromkeys(lines) if line.strip())

    def _lines(self, part: str, root: Element) -> list[str]:
        lines = [*self._shapes(root), *self._links(part, root), self.package.drawn_text(part)]
        for notes in self.package.related(part, "notesSlide"):
            noted = self.package.story(notes)
            text = "\n".join(self._shapes(noted)) if noted is not None else ""
            if text.strip():
                self.hidden.append("speaker notes")
                lines.append(marked("speaker notes", text))
        for comments in self.package.related(part, "comments"):
            lines += self._comments(comments)
        return lines

    def _shapes(self, root: Element, *, prompts: bool = True) -> Iterator[str]:
        """Yield the lines of all shapes in file order; tables with cells by tab.

        ``prompts=False`` leaves out placeholders, which on a master or layout hold only "click to edit".
        """
        for shape in root.iter(*("{*}" + name for name in _SHAPES)):
            placeholder = shape.find("{*}nvSpPr/{*}nvPr/{*}ph")
            if placeholder is not None and (not prompts or placeholder.get("type") in _FURNITURE):
                continue
            lines = [*_body_lines(shape), *_table_lines(shape), *(alternative_texts(shape) if prompts else ())]
            named = next(shape.iter("{*}cNvPr"), None)
            text = "\n".join(line for line in lines if line.strip())
            if text and named is not None and named.get("hidden") not in (None, *_OFF):
                self.hidden.append("hidden shapes")
                yield marked("hidden shape", text)
            elif text:
                yield text

    def _links(self, part: str, root: Element) -> Iterator[str]:
        targets = self.package.links(part)
        for link in root.iter("{*}hlinkClick", "{*}hlinkHover", "{*}hlinkMouseOver"):
            target = targets.get(_relation_id(link), "").removeprefix("mailto:")
            if target:
                yield f"<{target}>"

    def _comments(self, part: str) -> Iterator[str]:
        root = self.package.tree(part)
        for comment in root.iter("{*}cm", "{*}reply") if root is not None else ():
            author = self._authors.get(attribute(comment, "authorId"), "")
            body = comment.find("{*}txBody")
            text = comment.findtext("{*}text") or " ".join(drawing_paragraphs(body) if body is not None else ())
            if text.strip():
                self.hidden.append("comments")
                resolved = "resolved " if comment.get("status") in ("resolved", "closed") else ""
                when = comment.get("dt") or comment.get("created") or ""
                yield marked(resolved + ("reply" if local(comment) == "reply" else "comment"), text, author, when)


def _body_lines(node: Element) -> Iterator[str]:
    for body in node.iterfind("{*}txBody"):
        yield from drawing_paragraphs(body)


def _table_lines(frame: Element) -> Iterator[str]:
    if local(frame) == "graphicFrame":
        for row in frame.iter("{*}tr"):
            yield "\t".join("\n".join(drawing_paragraphs(cell)) for cell in row.iterfind("{*}tc"))


def _relation_id(element: Element) -> str:
    """Return the relationship id; a slide also has a plain ``id``, so the namespace counts here."""
    for key, value in element.attrib.items():
        if str(key).endswith("}id"):
            return str(value)
    return ""


READER: Final = Reader("pptx", "2", frozenset({"pptx"}), read, library="lxml")
