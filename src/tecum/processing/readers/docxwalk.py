"""The walk over WordprocessingML: paragraphs and table rows as lines, what is hidden or changed in marks.

Follows ECMA-376 part 1, 17. A paragraph reads as it is shown with all changes taken; what was deleted, inserted or
hidden follows in marks (``tecum.processing.readers.marks``). The form of 2003 differs in a few elements only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tecum.processing.readers import marks
from tecum.processing.readers.marks import HIDDEN, Mark
from tecum.processing.readers.ooxml import alternative_texts
from tecum.processing.readers.zipxml import Element, attribute, first, is_on, local, natural

_WRAPPERS: Final = frozenset({"sdt", "sdtContent", "ins", "del", "moveFrom", "moveTo", "customXml", "smartTag"})
_NO_TEXT: Final = frozenset(
    {"pPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr", "rubyPr", "rPr", "delInstrText"}
)
_CHANGES: Final = {"ins": "inserted", "moveTo": "inserted", "del": "deleted", "moveFrom": "deleted"}
_ANNOTATIONS: Final = {"Word.Insertion": "inserted", "Word.Deletion": "deleted", "Word.Comment": "comment"}
_BREAKS: Final = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_DRAWN_LINKS: Final = ("{*}hlinkClick", "{*}hlinkHover")
_LINK: Final = re.compile(r"""HYPERLINK\s+(?:"([^"]+)"|([^\s"\\]\S*))""", re.IGNORECASE)
_FILE: Final = re.compile(
    r"""\s*(INCLUDEPICTURE|INCLUDETEXT|INCLUDE|IMPORT|LINK|DDEAUTO|DDE)\s(.*)""", re.IGNORECASE | re.DOTALL
)
_ENTRY: Final = re.compile(r"""\s*(?:XE|TC|TA)\s(?:\\\w\s*)*"([^"]+)""", re.IGNORECASE)
# The Symbol font puts Greek letters on Latin keys; Wingdings its check boxes and ticks on others.
_SYMBOL: Final = dict(
    zip(
        range(0xF041, 0xF05B),
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
) | dict(zip(range(0xF061, 0xF07B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_WINGDINGS: Final = {0xF06F: "☐", 0xF0A8: "☐", 0xF0FD: "☒", 0xF0FE: "☑", 0xF0FB: "✗", 0xF0FC: "✓"}


class Walk:
    """One walk over the stories of a document.

    ``hidden_styles`` are the ids of styles that hide text, ``number`` tells what stands before a paragraph of given
    properties and style. ``links`` are the external addresses of the part being read, ``pictured`` tells the words
    in its pictures, both by relationship id. ``hidden`` collects what was hidden, ``outside`` the other files that
    fields fetch from, as "kind: target".
    """

    def __init__(self, hidden_styles: frozenset[str], number: Callable[[Element | None, str], str]) -> None:
        self.links: dict[str, str] = {}
        self.pictured: Callable[[str], str] = lambda key: ""
        self.hidden: set[str] = set()
        self.outside: list[str] = []
        self._hidden_styles = hidden_styles
        self._number = number
        self._fields: list[str] = []  # instructions of the fields that are open, innermost last
        self._row_change: Mark | None = None  # of the table row being read

    def begin(self, links: dict[str, str], pictured: Callable[[str], str]) -> None:
        """Begin a part: its links and the words in its pictures, and no field left open by the part before."""
        self.links, self.pictured = links, pictured
        self._fields.clear()

    def blocks(self, parent: Iterable[Element]) -> Iterator[str]:
        """Yield the paragraphs and table rows below ``parent``, a line each."""
        for child in parent:
            name = local(child)
            if name == "p":
                yield from self._paragraph(child)
            elif name == "tbl":
                yield from self._table(child)
            elif name not in _NO_TEXT:
                yield from self.blocks(child)

    def _table(self, table: Element) -> Iterator[str]:
        outer = self._row_change
        for row in _within(table, "tr"):
            properties = first(row, "trPr")
            change = next((c for name in ("del", "ins") if (c := first(properties, name)) is not None), None)
            mark = self._row_change = None if change is None else _change(change)
            text = "\t".join("\n".join(self.blocks(cell)).strip("\n") for cell in _within(row, "tc"))
            if mark is not None:
                self.hidden.add("tracked changes")
                text = marks.marked(f"{mark.what} row", text, mark.by, mark.on)
            yield text
        self._row_change = outer

    def _paragraph(self, paragraph: Element) -> Iterator[str]:
        properties = first(paragraph, "pPr")
        style = attribute(found, "val") if (found := first(properties, "pStyle")) is not None else ""
        line = _Line(self._number(properties, style))
        self._inline(paragraph, line, HIDDEN if style in self._hidden_styles else None)
        if line.changed:
            self.hidden.add("tracked changes")
        if line.veiled:
            self.hidden.add("hidden text")
        yield from line.finished()

    def _inline(self, parent: Element, line: _Line, mark: Mark | None) -> None:
        for child in parent:
            name = local(child)
            if name == "r":
                self._inline(child, line, self._run_mark(child, mark))
            elif name in ("t", "delText"):
                line.add(child.text or "", mark)
            elif name in _BREAKS:
                line.add(_BREAKS[name], mark)
            elif name in _CHANGES:
                self._inline(child, line, self._changed(_change(child), mark))
            elif name == "txbxContent":
                line.floating.extend(self.blocks(child))
            elif name == "tbl":  # where a damaged writer put a table inside a paragraph
                line.floating.extend(self._table(child))
            elif name == "annotation":
                self._annotation(child, line, mark)
            elif name not in _NO_TEXT:
                self._special(name, child, line, mark)

    def _annotation(self, element: Element, line: _Line, mark: Mark | None) -> None:
        """Changes and comments in the form of 2003, all of them aml:annotation with a type."""
        what = _ANNOTATIONS.get(attribute(element, "type"), "")
        by, on = attribute(element, "author"), attribute(element, "createdate")
        if what == "comment":
            text = " ".join(self.blocks(element)).strip()
            if text:
                self.hidden.add("comments")
                line.floating.append(marks.marked(what, text, by, on))
        else:
            self._inline(element, line, self._changed(Mark(what, by, on), mark) if what else mark)

    def _changed(self, change: Mark, outer: Mark | None) -> Mark | None:
        """Return the mark inside a change: a deletion rules; what the whole row suffers is told of the row, once."""
        if outer is not None and outer.what == "deleted":
            return outer
        return outer if self._row_change is not None and self._row_change.what == change.what else change

    def _run_mark(self, run: Element, mark: Mark | None) -> Mark | None:
        properties = first(run, "rPr")
        if properties is None or (mark is not None and mark.what == "deleted"):
            return mark
        own = first(properties, "vanish")
        if own is not None:
            return HIDDEN if is_on(own) else (None if mark is HIDDEN else mark)
        style = first(properties, "rStyle")
        return HIDDEN if style is not None and attribute(style, "val") in self._hidden_styles else mark

    def _special(self, name: str, element: Element, line: _Line, mark: Mark | None) -> None:
        """Fields, links, symbols and drawings; anything else is looked into."""
        if name in ("footnote", "endnote"):  # in the form of 2003 it stands where it is referred to
            line.floating.extend(self.blocks(element))
        elif name == "sym":
            line.add(_symbol(element), mark)
        elif name == "instrText":
            if self._fields:
                self._fields[-1] += element.text or ""
        elif name == "fldChar":
            self._field_mark(element, line)
        elif name == "rt":  # how the characters below it are read aloud: beside the line, or it would cut the word
            reading = "".join(text.text or "" for text in element.iter("{*}t"))
            line.floating.append(marks.marked("reading", reading))
        elif name == "textpath":  # the lettering of a watermark
            line.floating.append(attribute(element, "string"))
        elif name in ("drawing", "pict"):
            line.floating.extend(alternative_texts(element))
            line.floating.extend(marks.marked("picture", text) for text in _old_alternatives(element))
            line.links(self.links.get(attribute(link, "id"), "") for link in element.iter(*_DRAWN_LINKS))
            line.links(shape.get("href", "") for shape in element.iter())
            # What an embedded object shows of itself stands in no drawing; its words are those of its file.
            shown = (attribute(one, "embed") or attribute(one, "id") for one in element.iter("{*}blip", "{*}imagedata"))
            line.floating.extend(text for key in shown if (text := self.pictured(key)))
            self._inline(element, line, mark)
        else:
            self._inline(element, line, mark)
            if name in ("hyperlink", "hlink"):
                line.link(self.links.get(attribute(element, "id"), "") or attribute(element, "dest"))
            elif name == "fldSimple":
                self._instruction(attribute(element, "instr"), line)

    def _field_mark(self, mark: Element, line: _Line) -> None:
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            self._fields.append("")
            line.add(_form_value(mark))
        elif kind == "end" and self._fields:
            self._instruction(self._fields.pop(), line)

    def _instruction(self, instruction: str, line: _Line) -> None:
        """Keep what a field's instruction says and its result may not show."""
        line.link(_link_target(instruction))
        if entry := _ENTRY.match(instruction):
            line.floating.append(marks.marked("index entry", entry[1]))
        if fetched := _FILE.match(instruction):
            self.outside.append(f"{fetched[1].lower()}: {' '.join(fetched[2].split())}")


class _Line:
    """One paragraph: its number, its spans of text with their marks, and what floats beside it (boxes, pictures)."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._spans: list[tuple[Mark | None, str]] = []
        self.floating: list[str] = []
        self.changed = self.veiled = False

    def add(self, text: str, mark: Mark | None = None) -> None:
        """Add text at the end of the line."""
        if text:
            self._spans.append((mark, text))
            if mark is HIDDEN:
                self.veiled = self.veiled or not text.isspace()
            elif mark is not None:
                self.changed = True

    def link(self, target: str) -> None:
        """Add a link's address where the text does not show it: below the line, or it would cut the phrase.

        An address of mail stands right behind the name, as in a header.
        """
        shown = target.removeprefix("mailto:")
        if not shown or f"<{shown}>" in self.floating or shown in "".join(text for _, text in self._spans):
            return
        if shown == target:
            self.floating.append(f"<{shown}>")
        else:
            self.add(f" <{shown}>")

    def links(self, targets: Iterator[str]) -> None:
        """Add the addresses behind a drawing, on lines of their own."""
        self.floating.extend(f"<{target}>" for target in dict.fromkeys(targets) if target)

    def finished(self) -> Iterator[str]:
        """Yield the line as it is shown, its marks, and what floats beside it."""
        if self.changed or self.veiled:
            first, *rest = marks.lines(self._spans)
        else:
            first, rest = "".join(text for _, text in self._spans), []
        yield f"{self._number} {first}" if self._number and first.strip() else first
        yield from rest
        yield from self.floating


def _within(parent: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, also those inside content controls and revision marks."""
    for child in parent:
        kind = local(child)
        if kind == name:
            yield child
        elif kind in _WRAPPERS:
            yield from _within(child, name)


def _change(element: Element) -> Mark:
    return Mark(_CHANGES[local(element)], attribute(element, "author"), attribute(element, "date"))


def _old_alternatives(drawing: Element) -> Iterator[str]:
    """Yield the texts that stand in for the shapes of an old (VML) drawing."""
    return (" ".join(text.split()) for shape in drawing.iter() if (text := shape.get("alt", "")))


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
