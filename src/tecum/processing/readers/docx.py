"""Word documents (docx, docm, dotx, dotm): all the text a person could see or be kept from seeing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.zipxml import Element, attribute, is_on, local, natural

_WRAPPERS: Final = frozenset({"sdt", "sdtContent", "ins", "del", "moveFrom", "moveTo", "customXml", "smartTag"})
_NO_TEXT: Final = frozenset(
    {"pPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr", "rt", "rubyPr", "delInstrText"}
)
_BREAKS: Final = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SEPARATORS: Final = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_LINK: Final = re.compile(r"""HYPERLINK\s+(?:"([^"]+)"|([^\s"\\]\S*))""", re.IGNORECASE)
# The Symbol font puts Greek letters on Latin keys; Wingdings its check boxes and ticks on others.
_SYMBOL: Final = dict(
    zip(
        range(0xF041, 0xF05B),
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
) | dict(zip(range(0xF061, 0xF07B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_WINGDINGS: Final = {0xF06F: "☐", 0xF0A8: "☐", 0xF0FD: "☒", 0xF0FE: "☑", 0xF0FB: "✗", 0xF0FC: "✓"}


def read(item: Input, emit: Emit) -> None:
    """Emit text in the order body, headers, footers, notes, comments; then properties and embedded files."""
    package = Package(item, emit, "word/document.xml")
    main = package.main_part
    document = _Document(package)
    parts = [document.text_of(main)]
    parts += dict.fromkeys(document.text_of(name) for name in package.related(main, "header", "footer"))
    parts += [document.notes(name) for name in package.related(main, "footnotes", "endnotes")]
    parts += [document.comments(name) for name in package.related(main, "comments")]
    parts += [package.drawn_text(name) for name in document.read_parts]
    text = "\n".join(part for part in parts if part.strip()).rstrip()
    emit.text(text)
    if not text:
        emit.problem(ExceptionCode.EMPTY_TEXT, f"the document holds no text ({package.pictures()} pictures)")
    package.properties()
    if document.hidden:
        emit.field("hidden", sorted(document.hidden))
    package.embedded()


class _Document:
    """The stories of one document (body, headers, notes ...) and what was hidden in them."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._links: dict[str, str] = {}
        self._fields: list[str] = []  # instructions of the fields that are open, innermost last
        self._hidden_styles = _hidden_styles(package)
        self.hidden: set[str] = set()
        self.read_parts: list[str] = []

    def text_of(self, name: str) -> str:
        root = self._story(name)
        return "" if root is None else "\n".join(self._blocks(root))

    def notes(self, name: str) -> str:
        root = self._story(name)
        return "\n".join(
            line
            for note in (root if root is not None else ())
            if attribute(note, "type") not in _SEPARATORS
            for line in self._blocks(note)
        )

    def comments(self, name: str) -> str:
        root = self._story(name)
        lines = []
        for comment in root if root is not None else ():
            text = " ".join(self._blocks(comment)).strip()
            if text:
                lines.append(f"[comment by {attribute(comment, 'author')}: {text}]")
        if lines:
            self.hidden.add("comments")
        return "\n".join(lines)

    def _story(self, name: str) -> Element | None:
        self._links = self._package.links(name)
        self._fields.clear()
        self.read_parts.append(name)
        return self._package.story(name)

    def _blocks(self, parent: Element) -> Iterator[str]:
        """Yield the paragraphs and table rows below ``parent``, a line each."""
        for child in parent:
            name = local(child)
            if name == "p":
                yield from self._paragraph(child)
            elif name == "tbl":
                yield from self._table(child)
            elif name not in _NO_TEXT:
                yield from self._blocks(child)

    def _table(self, table: Element) -> Iterator[str]:
        for row in _within(table, "tr"):
            if row.find("{*}trPr/{*}del") is not None or row.find("{*}trPr/{*}ins") is not None:
                self.hidden.add("tracked changes")
            yield "\t".join("\n".join(self._blocks(cell)).strip("\n") for cell in _within(row, "tc"))

    def _paragraph(self, paragraph: Element) -> Iterator[str]:
        line = _Line()
        style = paragraph.find("{*}pPr/{*}pStyle")
        if style is not None and attribute(style, "val") in self._hidden_styles:
            self.hidden.add("hidden text")
        self._inline(paragraph, line, deleted=False)
        yield line.finished()
        yield from line.floating

    def _inline(self, parent: Element, line: _Line, *, deleted: bool) -> None:
        for child in parent:
            name = local(child)
            if name in ("t", "delText"):
                line.add(child.text or "", deleted=deleted or name == "delText")
            elif name in _BREAKS:
                line.add(_BREAKS[name], deleted=deleted)
            elif name == "rPr":
                self._run_properties(child)
            elif name in ("ins", "del", "moveFrom", "moveTo"):
                self.hidden.add("tracked changes")
                self._inline(child, line, deleted=deleted or name in ("del", "moveFrom"))
            elif name == "txbxContent":
                line.floating.extend(self._blocks(child))
            elif name not in _NO_TEXT:
                self._special(name, child, line, deleted=deleted)

    def _special(self, name: str, element: Element, line: _Line, *, deleted: bool) -> None:
        """Fields, links and symbols; anything else is looked into."""
        if name == "sym":
            line.add(_symbol(element), deleted=deleted)
        elif name == "instrText":
            if self._fields:
                self._fields[-1] += element.text or ""
        elif name == "fldChar":
            self._field_mark(element, line)
        elif name == "textpath":  # the lettering of a watermark
            line.floating.append(attribute(element, "string"))
        else:
            self._inline(element, line, deleted=deleted)
            if name == "hyperlink":
                line.link(self._links.get(attribute(element, "id"), ""))
            elif name == "fldSimple":
                line.link(_link_target(attribute(element, "instr")))

    def _field_mark(self, mark: Element, line: _Line) -> None:
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            self._fields.append("")
            line.add(_form_value(mark))
        elif kind == "end" and self._fields:
            line.link(_link_target(self._fields.pop()))

    def _run_properties(self, properties: Element) -> None:
        style = properties.find("{*}rStyle")
        if is_on(properties.find("{*}vanish")) or (
            style is not None and attribute(style, "val") in self._hidden_styles
        ):
            self.hidden.add("hidden text")


class _Line:
    """One paragraph as text. Deleted words wait for the end of the word they stand in: it stays whole."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._deleted: list[str] = []
        self._deleting = False
        self.floating: list[str] = []  # text boxes anchored here

    def add(self, text: str, *, deleted: bool = False) -> None:
        if not text:
            return
        if deleted:
            if not self._deleting:
                self._deleted.append("")
            self._deleted[-1] += text
        elif self._deleted and (space := re.search(r"\s", text)):
            self._text += (text[: space.start()], self._marked(), text[space.start() :])
        else:
            self._text.append(text)
        self._deleting = deleted

    def link(self, target: str) -> None:
        """Add a link's address where the text does not show it."""
        shown = target.removeprefix("mailto:")
        if shown and shown not in "".join(self._text):
            self.add(f" <{shown}>")

    def finished(self) -> str:
        self._text.append(self._marked())
        return "".join(self._text)

    def _marked(self) -> str:
        words = "".join(f" [deleted: {text.strip()}]" for text in self._deleted if text.strip())
        self._deleted.clear()
        return words


def _within(parent: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, also those inside content controls and revision marks."""
    for child in parent:
        kind = local(child)
        if kind == name:
            yield child
        elif kind in _WRAPPERS:
            yield from _within(child, name)


def _symbol(element: Element) -> str:
    try:
        code = int(attribute(element, "char"), 16)
        letter = chr(code)
    except (ValueError, OverflowError):
        return "\N{REPLACEMENT CHARACTER}"
    code |= 0xF000 if code < 0x100 else 0
    if not 0xF000 <= code <= 0xF0FF:
        return letter
    font = attribute(element, "font").lower()
    table = _SYMBOL if font == "symbol" else _WINGDINGS if font.startswith("wingdings") else {}
    return table.get(code) or chr(code - 0xF000 if font == "symbol" else code)


def _link_target(instruction: str) -> str:
    found = _LINK.search(instruction)
    return (found[1] or found[2]) if found else ""


def _form_value(mark: Element) -> str:
    """Return what an old form field shows and no run repeats: the chosen entry or the state of a box."""
    chosen = mark.find("{*}ffData/{*}ddList")
    if chosen is not None:
        entries = [attribute(entry, "val") for entry in chosen.iterfind("{*}listEntry")]
        result = chosen.find("{*}result")
        number = natural(attribute(result, "val")) if result is not None else 0
        return entries[number] if 0 <= number < len(entries) else ""
    box = mark.find("{*}ffData/{*}checkBox")
    if box is None:
        return ""
    state = box.find("{*}checked")
    return "☒" if is_on(state if state is not None else box.find("{*}default")) else "☐"


def _hidden_styles(package: Package) -> frozenset[str]:
    """Return the ids of the styles that hide text, by themselves or by what they are based on."""
    hidden: set[str] = set()
    for name in package.related(package.main_part, "styles"):
        # Styles are often the largest part, and seldom hide anything: look before parsing (in any Unicode form).
        data = package.read(name) or b""
        root = package.tree(name) if b"vanish" in data.replace(b"\0", b"") else None
        if root is None:
            continue
        based: dict[str, str] = {}
        for style in root.iterfind("{*}style"):
            key, parent = attribute(style, "styleId"), style.find("{*}basedOn")
            based[key] = attribute(parent, "val") if parent is not None else ""
            if is_on(style.find("{*}rPr/{*}vanish")):
                hidden.add(key)
        while found := {key for key, parent in based.items() if parent in hidden} - hidden:
            hidden |= found
    return frozenset(hidden)


READER: Final = Reader("docx", "1", frozenset({"docx"}), read, library="lxml")
