"""Word documents (docx, docm, dotx, dotm): all the text a person could see or be kept from seeing."""

from __future__ import annotations

from functools import partial
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import marks
from tecum.processing.readers.docxlists import Numbers
from tecum.processing.readers.docxwalk import Walk
from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.zipxml import Element, attribute, first, is_on, local, parsed

_SEPARATORS: Final = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def read(item: Input, emit: Emit) -> None:
    """Emit text in the order body, headers, footers, notes, comments, drawings; then properties and embedded files."""
    package = Package(item, emit, "word/document.xml")
    main = package.main_part
    document = _Document(package)
    parts = [document.text_of(main)]
    parts += dict.fromkeys(document.text_of(name) for name in package.related(main, "header", "footer"))
    parts += [document.notes(name) for name in package.related(main, "footnotes", "endnotes")]
    parts += [document.comments(name) for name in package.related(main, "comments")]
    parts += [package.drawn_text(name) for name in document.read_parts]
    parts += [document.building_blocks(name) for name in package.related(main, "glossaryDocument")]
    text = "\n".join(part for part in parts if part.strip()).rstrip()
    emit.text(text)
    if not text and not package.related(main, "aFChunk"):  # else its text is that of the file it imports, its child
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the document holds no text ({package.pictures()} pictures)")
    package.properties()
    hidden = [*sorted(document.walk.hidden), *package.carried(document.walk.outside)]
    if hidden:
        emit.field("hidden", hidden)
    package.embedded()


class _Document:
    """The stories of one document (body, headers, notes ...) and what was hidden in them."""

    def __init__(self, package: Package) -> None:
        self._package = package
        styles = _styles(package)
        self.walk = Walk(_hidden_styles(styles), Numbers(package, styles).number)
        self.read_parts: list[str] = []

    def text_of(self, name: str) -> str:
        root = self._story(name)
        return "" if root is None else "\n".join(self.walk.blocks(root))

    def notes(self, name: str) -> str:
        root = self._story(name)
        return "\n".join(
            line
            for note in (root if root is not None else ())
            if attribute(note, "type") not in _SEPARATORS
            for line in self.walk.blocks(note)
        )

    def comments(self, name: str) -> str:
        root = self._story(name)
        threads = self._threads()
        lines = []
        for comment in root if root is not None else ():
            text = " ".join(self.walk.blocks(comment)).strip()
            keys = [attribute(paragraph, "paraId") for paragraph in comment.iter("{*}p")]
            what = next((threads[key] for key in reversed(keys) if key in threads), "comment")
            if text:
                lines.append(marks.marked(what, text, attribute(comment, "author"), attribute(comment, "date")))
        if lines:
            self.walk.hidden.add("comments")
        return "\n".join(lines)

    def building_blocks(self, name: str) -> str:
        """Return the text stored for later use in a document; prompts of its form fields are none."""
        root = self._story(name)
        lines: list[str] = []
        for block in root.iter("{*}docPart") if root is not None else ():
            prompts = (attribute(kind, "val") == "bbPlcHdr" for kind in block.iterfind("{*}docPartPr/{*}types/{*}type"))
            body = block.find("{*}docPartBody")
            if body is not None and not any(prompts):
                text = "\n".join(line for line in self.walk.blocks(body) if line.strip())
                lines += [marks.marked("building block", text)] if text else []
        if lines:
            self.walk.hidden.add("building blocks")
        return "\n".join(lines)

    def _threads(self) -> dict[str, str]:
        """Return what a comment is, by the id of its last paragraph ([MS-DOCX] 2.5.4): a reply, or settled."""
        kinds: dict[str, str] = {}
        for part in self._package.related(self._package.main_part, "commentsExtended"):
            root = self._package.tree(part)
            for extended in root if root is not None else ():
                what = "reply" if attribute(extended, "paraIdParent") else "comment"
                done = "resolved " if attribute(extended, "done") in ("1", "true") else ""
                kinds[attribute(extended, "paraId")] = done + what
        return kinds

    def _story(self, name: str) -> Element | None:
        self.walk.begin(self._package.links(name), partial(self._package.pictured, name))
        self.read_parts.append(name)
        return self._package.story(name)


def _styles(package: Package) -> list[Element]:
    """Return the styles of a document, where any of them hides text or numbers paragraphs.

    Styles are often the largest part, and most do neither: the bytes are looked at before they are parsed.
    """
    found: list[Element] = []
    for name in package.related(package.main_part, "styles"):
        data = package.read(name) or b""
        bare = data if data.isascii() else data.replace(b"\0", b"")  # any form of Unicode
        if b"vanish" in bare or b"numPr" in bare:
            root = parsed(data, name, package.emit)
            found += (style for style in root if local(style) == "style") if root is not None else ()
    return found


def _hidden_styles(styles: list[Element]) -> frozenset[str]:
    """Return the ids of the styles that hide text, by themselves or by what they are based on."""
    hidden: set[str] = set()
    based: dict[str, str] = {}
    for style in styles:
        vanish = first(first(style, "rPr"), "vanish")
        if is_on(vanish):
            hidden.add(attribute(style, "styleId"))
        elif vanish is None and (parent := first(style, "basedOn")) is not None:
            based[attribute(style, "styleId")] = attribute(parent, "val")
    while hidden and (found := {key for key, parent in based.items() if parent in hidden} - hidden):
        hidden |= found
    return frozenset(hidden)


READER: Final = Reader("docx", "2", frozenset({"docx"}), read, library="lxml")
