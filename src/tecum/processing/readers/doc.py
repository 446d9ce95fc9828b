"""Word documents of 1993 to 2003 (doc, dot): all the text a person could see or be kept from seeing.

Follows [MS-DOC]. Neither Word nor LibreOffice is needed: the stories lie one after the other in the file. What was
deleted, inserted or hidden stands in marks, as in newer documents (``tecum.processing.readers.marks``). Numbers of
lists are not in the text, nor is a style's own hiding of text looked up.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import docbinary, locked, marks, officeart
from tecum.processing.readers.docbinary import Document, Look, Run
from tecum.processing.readers.marks import HIDDEN, Mark
from tecum.processing.readers.olestore import Store, hand_over

_FIELD_BEGIN, _FIELD_MIDDLE, _FIELD_END = "\x13", "\x14", "\x15"
_CELL: Final = "\x07"
_ENDS: Final = re.compile("[\r\x07\x0c\x13\x14\x15]")
# Marks of pictures, notes and drawings, and fillers, are no text; breaks and hyphens are.
_TRANSLATED: Final = {code: None for code in range(32)} | {
    0x09: "\t", 0x0A: "\n", 0x0B: "\n", 0x0E: "\n", 0x1E: "-",
}  # fmt: skip
_LINK: Final = re.compile(r"""HYPERLINK\s+(?:["“]([^"“”]+)["”]|([^\s"“\\]\S*))""", re.IGNORECASE)
_FILE: Final = re.compile(
    r"""\s*(INCLUDEPICTURE|INCLUDETEXT|INCLUDE|IMPORT|LINK|DDEAUTO|DDE)\s(.*)""", re.IGNORECASE | re.DOTALL
)
_ENTRY: Final = re.compile(r"""\s*(?:XE|TC|TA)\s(?:\\\w\s*)*"([^"]+)""", re.IGNORECASE)
_EQUATION: Final = re.compile(r"\s*EQ\s", re.IGNORECASE)
# Characters with their reading above them, and what else is set by an equation: words among commands in brackets.
_RUBY: Final = re.compile(r"\\s\s*\\up\s*\d*\s*\((.*?)\)\s*[,;]\s*(.*)\)", re.DOTALL)
_COMMANDS: Final = re.compile(r"""\s*EQ\s|\\\*\s*(?:"[^"]*"|\S+)|\\[A-Za-z]+\d*\s*\d*|[()]""", re.IGNORECASE)
_FORM: Final = re.compile(r"\s*FORM(CHECKBOX|DROPDOWN)", re.IGNORECASE)
_AS_DEFAULT: Final = 25  # the result of a form field that nobody touched


def read(item: Input, emit: Emit) -> None:
    """Emit text in the order body, headers, notes, comments, boxes; then properties and embedded objects."""
    store = Store(locked.opened(item), emit)
    tables = {name: data for name in ("0Table", "1Table") if (data := store.stream(name))}
    document = Document(store.stream("WordDocument"), tables)
    text = _Text(document, store.stream("Data"))
    parts = [text.story("main"), *dict.fromkeys(text.headers())]
    parts += [text.story(name) for name in ("footnotes", "endnotes")]
    parts += [text.comments(), text.story("boxes"), text.story("header boxes"), text.drawings()]
    whole = "\n".join(part for part in parts if part.strip()).rstrip()
    emit.text(whole)
    if not whole:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the document holds no text")
    for trouble in dict.fromkeys(document.troubles):
        emit.problem(ExceptionCode.PARTIAL, trouble)
    store.properties()
    hidden = [*sorted(text.hidden), *(["external links"] if text.outside else ())]
    hidden += ["macros"] if store.has_macros() else []
    if text.outside:
        emit.field("external_links", list(dict.fromkeys(text.outside)))
    if hidden:
        emit.field("hidden", hidden)
    for name in store.below("ObjectPool"):
        hand_over(emit, f"object {name.lstrip('_')}", store.as_file("ObjectPool", name))


class _Text:
    """The stories of one document as lines, and what was hidden in them."""

    def __init__(self, document: Document, data: bytes) -> None:
        self._document, self._data = document, data
        self._runs = document.runs()
        self._row_ends = document.row_ends()
        self._authors = docbinary.strings(document.part(docbinary.CHANGE_AUTHORS))
        self.hidden: set[str] = set()
        self.outside: list[str] = []  # other files that fields fetch from, as "kind: target"

    def story(self, name: str) -> str:
        """Return one story, a paragraph or table row a line."""
        return self._between(*self._document.stories[name])

    def headers(self) -> Iterator[str]:
        """Yield the headers and footers of each section, behind the lines that part footnotes from the text."""
        first, last = self._document.stories["headers"]
        places, _ = docbinary.table_of(self._document.part(docbinary.HEADER_TEXTS), 0)
        ends = [min(first + place, last) for place in places]
        if self._document.old or len(ends) < 2:
            yield self._between(first, last)
        for begin, end in pairwise(ends):
            yield self._between(begin, end).strip("\n")

    def comments(self) -> str:
        """Return the comments with their authors, and the time where the document knows it."""
        document = self._document
        first, last = document.stories["comments"]
        places, _ = docbinary.table_of(document.part(docbinary.COMMENT_TEXTS), 0)
        _, rows = docbinary.table_of(document.part(docbinary.COMMENT_MARKS), 30)
        if document.old or len(places) < 2:
            text = self._between(first, last)
            return marks.marked("comment", text) if text.strip() else ""
        authors = _owners(document.part(docbinary.COMMENT_AUTHORS))
        times = document.part(docbinary.COMMENT_TIMES)
        lines = []
        for number, (begin, end) in enumerate(pairwise(places)):
            text = " ".join(self._between(min(first + begin, last), min(first + end, last)).split())
            if not text:
                continue
            row = rows[number] if number < len(rows) else b""
            author = int.from_bytes(row[20:22], "little") if row else len(authors)
            time = times[18 * number : 18 * number + 18]
            when = docbinary.moment(int.from_bytes(time[:4], "little"))
            what = "reply" if int.from_bytes(time[6:10], "little") else "comment"
            lines.append(marks.marked(what, text, authors[author] if author < len(authors) else "", when))
        if lines:
            self.hidden.add("comments")
        return "\n".join(lines)

    def drawings(self) -> str:
        """Return the lettering of drawings and what stands in for pictures."""
        found = officeart.texts(self._document.part(docbinary.DRAWINGS), self._document.troubles)
        return "\n".join(dict.fromkeys(found))

    def _between(self, first: int, last: int) -> str:
        last = min(last, len(self._document.characters))
        lines = _Lines(self, self._row_ends)
        for run in self._runs:
            if run.last > first and run.first < last:
                lines.take(self._document.characters, max(run.first, first), min(run.last, last), run)
        return "\n".join(lines.finished())

    def mark(self, look: Look) -> Mark | None:
        """Return how a run's words are marked: a deletion rules, then hiding."""
        if look.deleted:
            return Mark("deleted", self._author(look.deleter), docbinary.moment(look.deleted_when))
        if look.hidden:
            return HIDDEN
        return Mark("inserted", self._author(look.author), docbinary.moment(look.when)) if look.inserted else None

    def _author(self, number: int) -> str:
        return self._authors[number] if 0 <= number < len(self._authors) else ""

    def form_value(self, place: int) -> str:
        """Return what a form field shows and no run repeats ([MS-DOC] 2.9.78): its choice, or the state of a box."""
        data = self._data
        try:
            size, header = struct.unpack_from("<IH", data, place)
            at, end = place + header, place + size
            flags = struct.unpack_from("<IHHH", data, at)[1]
            kind, result = flags & 3, flags >> 2 & 31
            _, at = docbinary.string_at(data, at + 10)
            at += 2  # its zero
            if kind not in (1, 2) or at >= end:
                return ""
            (default,) = struct.unpack_from("<H", data, at)
            chosen = default if result == _AS_DEFAULT else result
            if kind == 1:
                return "☒" if chosen else "☐"
            at += 2
            for _ in range(5):  # format, help, status, and the macros run on entry and exit
                _, at = docbinary.string_at(data, at)
                at += 2
            return dict(enumerate(docbinary.strings(data[at:end]))).get(chosen, "")
        except struct.error:
            self._document.troubles.append("a form field is damaged")
            return ""


class _Lines:
    """Paragraphs and table rows as they come; fields are taken apart into instruction and result."""

    def __init__(self, text: _Text, row_ends: frozenset[int]) -> None:
        self._text, self._row_ends = text, row_ends
        self._lines: list[str] = []
        self._spans: list[tuple[Mark | None, str]] = []
        self._row: list[str] = []  # the finished cells of the row that is open
        self._cell: list[str] = []  # and the finished paragraphs of its open cell
        self._floating: list[str] = []
        self._fields: list[_Field] = []
        self._last_cell = -1  # the place of the mark that ended it

    def take(self, characters: str, first: int, last: int, run: Run) -> None:
        """Take the characters of one run."""
        mark = self._text.mark(run.look)
        place = first
        for end in _ENDS.finditer(characters, first, last):
            self._add(characters[place : end.start()], mark, run.look)
            place = end.end()
            if end[0] in (_FIELD_BEGIN, _FIELD_MIDDLE, _FIELD_END):
                self._field(end[0])
            else:
                self._end(end[0], end.start())
        self._add(characters[place:last], mark, run.look)

    def finished(self) -> list[str]:
        """Return all lines; a field or row that damage left open ends here."""
        while self._fields:
            self._field(_FIELD_END)
        if self._spans or self._floating:
            self._end("\r", -1)
        self._end_row()
        return self._lines

    def _add(self, raw: str, mark: Mark | None, look: Look) -> None:
        field = next((one for one in reversed(self._fields) if one.in_instruction), None)
        if field is not None:
            field.instruction += raw
            if look.data >= 0 and "\x01" in raw and _FORM.match(field.instruction):
                self._span(self._text.form_value(look.data), mark)
            return
        text = raw.translate(_TRANSLATED)
        if any("\ud800" <= letter <= "\udfff" for letter in text):  # a pair that stood apart to keep places
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self._span(text, mark)

    def _span(self, text: str, mark: Mark | None) -> None:
        if text:
            self._spans.append((mark, text))
            if mark is not None and not text.isspace():
                self._text.hidden.add("hidden text" if mark is HIDDEN else "tracked changes")

    def _end(self, mark: str, place: int) -> None:
        """End a paragraph, and with it the cell or row that it is the last of."""
        if mark == _CELL and self._ends_row(place):
            self._end_row()
            return
        lines = [*(marks.lines(self._spans) if self._spans else [""]), *self._floating]
        self._spans, self._floating = [], []
        if mark == _CELL:
            self._row.append("\n".join([*self._cell, *lines]).strip("\n"))
            self._cell = []
            self._last_cell = place
        elif self._row:  # within a later cell of the row
            self._cell += lines
        else:
            self._lines += lines

    def _ends_row(self, place: int) -> bool:
        """Tell the mark that ends a row; where no paragraph says so, it is the one right behind a cell's."""
        if self._row_ends:
            return place in self._row_ends
        return self._last_cell == place - 1 and bool(self._row)

    def _end_row(self) -> None:
        rest = "\n".join(self._cell).strip("\n")
        cells = [*self._row, rest] if rest else self._row
        if cells:
            self._lines.append("\t".join(cells).rstrip("\t"))
        self._row, self._cell, self._last_cell = [], [], -1

    def _field(self, mark: str) -> None:
        """Open a field, pass from its instruction to its result, or close it."""
        if mark == _FIELD_BEGIN:
            self._fields.append(_Field())
        elif self._fields and mark == _FIELD_MIDDLE:
            self._fields[-1].in_instruction = False
        elif self._fields:
            self._instruction(self._fields.pop().instruction)

    def _instruction(self, instruction: str) -> None:
        """Keep what a field's instruction says and its result may not show."""
        link = _LINK.search(instruction)
        target = (link[1] or link[2]) if link else ""
        shown = target.removeprefix("mailto:")
        if shown and shown not in "".join(text for _, text in self._spans):
            if shown != target:  # an address of mail stands right behind the name, as in a header
                self._span(f" <{shown}>", None)
            elif f"<{shown}>" not in self._floating:  # below the line, or it would cut the phrase
                self._floating.append(f"<{shown}>")
        if entry := _ENTRY.match(instruction):
            self._floating.append(marks.marked("index entry", entry[1]))
        if _EQUATION.match(instruction):
            self._equation(instruction)
        if fetched := _FILE.match(instruction):
            self._text.outside.append(f"{fetched[1].lower()}: {' '.join(fetched[2].split())}")

    def _equation(self, instruction: str) -> None:
        """Keep the words of an equation field, which has no result; a reading stands beside its line."""
        ruby = _RUBY.search(instruction)
        if ruby is not None:
            self._floating.append(marks.marked("reading", _COMMANDS.sub("", ruby[1])))
        self._span(_COMMANDS.sub("", ruby[2] if ruby is not None else instruction), None)


class _Field:
    """A field that is open: what it is to do, until its result begins."""

    def __init__(self) -> None:
        self.instruction = ""
        self.in_instruction = True


def _owners(data: bytes) -> list[str]:
    """Return the authors of comments: strings one after the other."""
    found, place = [], 0
    while place + 2 <= len(data):
        name, place = docbinary.string_at(data, place)
        found.append(name)
    return found


READER: Final = Reader("doc", "1", frozenset({"doc"}), read, library="olefile")
