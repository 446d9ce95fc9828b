"""The walk over OpenDocument content: its paragraphs and rows as lines, what is hidden or changed in marks.

Follows OASIS OpenDocument 1.3 part 3, by local names, so that files of OpenOffice 1 (sxw, sxc, sxi) read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tecum.processing.readers import marks
from tecum.processing.readers.marks import HIDDEN, Mark, marked
from tecum.processing.readers.zipxml import Element, attribute, local, natural

_PARAGRAPHS: Final = frozenset({"p", "h"})
_ASIDE: Final = frozenset({
    "text-box", "note-body", "custom-shape", "object", "table", "frame", "rect", "ellipse", "line", "polygon", "g",
    "control", "connector", "caption", "path", "polyline", "circle", "regular-polygon",
})  # fmt: skip
_SKIPPED: Final = frozenset({
    "note-citation", "sequence-decls", "variable-decls", "user-field-decls", "dde-connection-decls", "settings",
    "binary-data", "event-listeners", "forms", "tracked-changes", "calculation-settings",
})  # fmt: skip
_ON: Final = ("true", "1")
_SPACES_AT_MOST: Final = 1000  # a repeat count is a number from the file
_CELLS_AT_MOST: Final = 64
_CONTROL_WORDS: Final = ("label", "current-value", "value", "title")


class Walk:
    """One pass over content trees; collects in ``hidden`` what was hidden on the way.

    ``trees`` are those that define styles. Sheets are told by name where ``sheets`` says that tables are sheets.
    """

    def __init__(self, trees: list[Element], *, sheets: bool = False) -> None:
        self.hidden: list[str] = []
        self._sheets = sheets
        self._slides = 0
        self._hiding = _hiding_styles(trees)
        self._changes: dict[str, tuple[Mark, str]] = {}  # by id: its mark, and the text that a deletion took away
        self._inserting: list[Mark] = []  # insertions that began and have not ended, across paragraphs
        self._veiled: list[range] = []  # hidden columns of the table being read
        for tree in trees:
            for region in tree.iter("{*}changed-region"):
                self._change(region)

    def blocks(self, parent: Iterable[Element] | None, *, masters: bool = False) -> Iterator[str]:
        """Yield the paragraphs and table rows below ``parent``, a line each.

        ``masters`` says that these are page masters, whose notes are only prompts.
        """
        for child in parent if parent is not None else ():
            name = local(child)
            if name in _PARAGRAPHS:
                yield from self._paragraph(child)
            elif name == "table-row":
                yield self._row(child)
            elif name == "table":
                yield from self._table(child)
            elif name == "annotation":
                yield self._comment(child)
            elif name == "notes":
                yield from () if masters else self._notes(child)
            elif name == "page":
                yield from self._page(child)
            elif name in ("title", "desc"):
                yield marked("picture", " ".join((child.text or "").split())) if (child.text or "").strip() else ""
            elif name == "section" and attribute(child, "display") in ("none", "condition"):
                yield from self._wrapped("hidden", "hidden text", self.blocks(child))
            elif name == "tracked-changes":
                yield from self._sheet_changes(child)
            elif name == "forms":
                yield from _controls(child)
            elif name == "semantics":  # a formula: its source says it in words
                yield " ".join((child.findtext("{*}annotation") or "").split()) or _plain(child)
            elif name not in _SKIPPED:
                yield from self.blocks(child, masters=masters)

    # -- parts of a document -----------------------------------------------------------------------------

    def _page(self, page: Element) -> Iterator[str]:
        self._slides += 1
        if attribute(page, "style-name") in self._hiding:
            self.hidden.append(f"hidden slide: {self._slides}")
            yield f"[hidden slide {self._slides}]"
        yield from self.blocks(page)

    def _notes(self, notes: Element) -> Iterator[str]:
        return self._wrapped("speaker notes", "speaker notes", self.blocks(notes))

    def _wrapped(self, what: str, flag: str, lines: Iterator[str]) -> Iterator[str]:
        text = "\n".join(line for line in lines if line.strip())
        if text:
            self.hidden.append(flag)
            yield marked(what, text)

    def _table(self, table: Element) -> Iterator[str]:
        name = attribute(table, "name")
        if self._sheets and name:
            hiding = attribute(table, "style-name") in self._hiding
            self.hidden += [f"hidden sheet: {name}"] * hiding
            yield marked("hidden sheet", name) if hiding else name
        outer, self._veiled = self._veiled, list(_hidden_columns(table))
        yield from self.blocks(table)
        self._veiled = outer

    def _row(self, row: Element) -> str:
        cells: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                text = "\n".join(self.blocks(cell))
                if text and any(len(cells) in columns for columns in self._veiled):
                    self.hidden.append("hidden columns")
                    text = marked("hidden", text)
                repeat = max(natural(attribute(cell, "number-columns-repeated")), 1)
                cells += [text] * min(repeat, _CELLS_AT_MOST if text or not self._veiled else 16384)
        line = "\t".join(cells).rstrip("\t")
        if line.strip() and attribute(row, "visibility") in ("collapse", "filter"):
            self.hidden.append("hidden rows")
            return marked("hidden row", line)
        return line

    # -- paragraphs --------------------------------------------------------------------------------------

    def _paragraph(self, paragraph: Element) -> Iterator[str]:
        line = _Line()
        hiding = attribute(paragraph, "style-name") in self._hiding
        self._inline(paragraph, line, HIDDEN if hiding else None)
        if line.veiled:
            self.hidden.append("hidden text")
        yield from line.finished()

    def _inline(self, parent: Element, line: _Line, mark: Mark | None) -> None:
        """Add the pieces of one paragraph to ``line``; what stands beside it (notes, boxes) follows it."""
        self._add(parent.text, line, mark)
        for child in parent:
            name = local(child)
            if name == "annotation":
                line.beside.append(self._comment(child))
            elif name in _PARAGRAPHS:
                line.beside.extend(self._paragraph(child))
            elif name == "table":
                line.beside.extend(self._table(child))
            elif name in _ASIDE:
                line.beside.extend(self.blocks(child))
            elif name in _MARKS:
                self._add(_MARKS[name](child), line, mark)
            elif name in ("change", "change-start", "change-end"):
                self._change_point(name, attribute(child, "change-id"), line)
            elif name == "ruby-text":
                line.beside.append(marked("reading", _plain(child)))
            elif name.endswith("index-mark") and attribute(child, "string-value"):
                line.beside.append(marked("index entry", attribute(child, "string-value")))
            elif name not in _SKIPPED:
                self._span(name, child, line, mark)
            self._add(child.tail, line, mark)

    def _add(self, text: str | None, line: _Line, mark: Mark | None) -> None:
        if text:
            line.add(text, mark or (self._inserting[-1] if self._inserting else None))

    def _span(self, name: str, span: Element, line: _Line, mark: Mark | None) -> None:
        if name in ("hidden-text", "hidden-paragraph") or attribute(span, "style-name") in self._hiding:
            mark = HIDDEN
        if name in ("hidden-text", "conditional-text"):
            self._add(attribute(span, "string-value"), line, mark)
        if name == "page-number" and (span.text or "").startswith("<"):
            return  # a prompt of the master, not a number
        self._inline(span, line, mark)
        target = attribute(span, "href") if name == "a" else ""
        if target and not target.startswith("#"):
            line.link(target)

    def _comment(self, annotation: Element) -> str:
        text = " ".join(line for p in annotation.iter("{*}p") for line in self._paragraph(p)).strip()
        if not text:
            return ""
        self.hidden.append("comments")
        what = "reply" if attribute(annotation, "parent-name") else "comment"
        done = "resolved " if attribute(annotation, "resolved") in _ON else ""
        author = annotation.findtext("{*}creator") or attribute(annotation, "author")
        return marked(done + what, text, author, annotation.findtext("{*}date") or "")

    # -- tracked changes ---------------------------------------------------------------------------------

    def _change(self, region: Element) -> None:
        """Remember one change of a text: who made it, and the words that a deletion took away."""
        key = attribute(region, "id")
        for what, element in (("inserted", region.find("{*}insertion")), ("deleted", region.find("{*}deletion"))):
            if element is not None:
                mark = Mark(what, *_who(element))
                self._changes[key] = mark, " ".join(self.blocks(element)).strip() if what == "deleted" else ""
        self.hidden.append("tracked changes")

    def _change_point(self, name: str, key: str, line: _Line) -> None:
        mark, text = self._changes.get(key, (None, ""))
        if mark is None:
            return
        if name == "change" and text:
            line.deletions.append(marked(mark.what, text, mark.by, mark.on))
        elif name == "change-start" and mark.what == "inserted":
            self._inserting.append(mark)
        elif name == "change-end" and mark in self._inserting:
            self._inserting.remove(mark)

    def _sheet_changes(self, changes: Element) -> Iterator[str]:
        """Yield what cells held before they were changed or deleted; those of a text stand at their places."""
        for change in changes:
            kind = local(change)
            if kind == "changed-region":
                continue
            self.hidden.append("tracked changes")
            what = "deleted" if kind == "deletion" else "replaced"
            for cell in change.iter("{*}change-track-table-cell"):
                text = " ".join(self.blocks(cell)).strip() or attribute(cell, "value")
                if text:
                    yield marked(what, text, *_who(change))


class _Line:
    """One paragraph: its spans of text with their marks, and what stands beside it."""

    def __init__(self) -> None:
        self._spans: list[tuple[Mark | None, str]] = []
        self.deletions: list[str] = []
        self.beside: list[str] = []
        self.veiled = False

    def add(self, text: str, mark: Mark | None) -> None:
        self._spans.append((mark, text))
        if mark is HIDDEN and not text.isspace():
            self.veiled = True

    def link(self, target: str) -> None:
        """Add a link's address where the text does not show it: below the line, or it would cut the phrase.

        An address of mail stands right behind the name, as in a header.
        """
        shown = target.removeprefix("mailto:")
        if f"<{shown}>" in self.beside or shown in "".join(text for _, text in self._spans):
            return
        if shown == target:
            self.beside.append(f"<{shown}>")
        else:
            self._spans.append((None, f" <{shown}>"))

    def finished(self) -> Iterator[str]:
        if any(mark for mark, _ in self._spans):
            yield from marks.lines(self._spans)
        else:
            yield "".join(text for _, text in self._spans)
        yield from self.deletions
        yield from self.beside


_MARKS: Final[dict[str, Callable[[Element], str]]] = {
    "s": lambda mark: " " * min(max(natural(attribute(mark, "c")), 1), _SPACES_AT_MOST),
    "tab": lambda mark: "\t",
    "tab-stop": lambda mark: "\t",
    "line-break": lambda mark: "\n",
    "soft-page-break": lambda mark: "",
}


def _plain(element: Element) -> str:
    return " ".join(" ".join(map(str, element.itertext())).split())


def _who(change: Element) -> tuple[str, str]:
    """Return who made a change and when, as its info tells."""
    info = change.find("{*}change-info")
    if info is None:
        return "", ""
    return info.findtext("{*}creator") or attribute(info, "chg-author"), info.findtext("{*}date") or ""


def _controls(forms: Element) -> Iterator[str]:
    """Yield what form controls show: their labels, and what was filled in."""
    for control in forms.iter():
        said = dict.fromkeys(attribute(control, key) for key in _CONTROL_WORDS if local(control) != "form")
        line = " ".join(filter(None, said))
        yield f"{line} ☒" if line and attribute(control, "current-state") == "checked" else line


def _hidden_columns(table: Element) -> Iterator[range]:
    start = 0
    for column in table.iter("{*}table-column"):
        count = max(natural(attribute(column, "number-columns-repeated")), 1)
        if attribute(column, "visibility") in ("collapse", "filter"):
            yield range(start, start + count)
        start += count


def _hiding_styles(trees: list[Element]) -> set[str]:
    """Return the names of the styles that hide what they apply to, by themselves or by their parents."""
    hiding: set[str] = set()
    parents: dict[str, str] = {}
    for style in (style for tree in trees for style in tree.iter("{*}style")):
        name = attribute(style, "name")
        if any(_hides(properties) for properties in style):
            hiding.add(name)
        elif parent := attribute(style, "parent-style-name"):
            parents[name] = parent
    while found := {name for name, parent in parents.items() if parent in hiding} - hiding:
        hiding |= found
    return hiding


def _hides(properties: Element) -> bool:
    """Tell whether a style's properties keep what they apply to from being seen."""
    kind = local(properties)
    return (
        (kind == "text-properties" and attribute(properties, "display") == "none")
        or (kind == "table-properties" and attribute(properties, "display") == "false")
        or (kind == "drawing-page-properties" and attribute(properties, "visibility") == "hidden")
        # OpenOffice 1 has one element for all properties
        or (kind == "properties" and attribute(properties, "display") in ("none", "false"))
        or (kind == "properties" and attribute(properties, "visibility") == "hidden")
    )
