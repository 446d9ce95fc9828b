"""HTML as a person sees it: visible text with its line breaks, cells and links, and what it hides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import charset
from tecum.processing.readers.marks import marked

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre",
    "section", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
})  # fmt: skip
_UNSEEN: Final = frozenset({"script", "style", "template", "-comment", "head", "noframes", "!doctype"})
_CELLS: Final = frozenset({"td", "th"})
_VERBATIM: Final = frozenset({"pre", "textarea", "listing", "xmp"})
_META_FIELDS: Final = {
    "author": "author",
    "keywords": "keywords",
    "description": "comments",
    "generator": "application",
}
_META_CHARSET: Final = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_LINKED: Final = re.compile(r"(?:https?|ftp)://|mailto:", re.IGNORECASE)
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])(?:font-size|opacity|max-height)\s*:\s*0(?![.\d])"
    r"|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_NESTING_TAG: Final = re.compile(
    r"<(/?)(?!(?:br|img|hr|input|meta|link|area|base|col|embed|source|wbr|param|p|li|td|tr|th|option|dd|dt)\b)[a-z]",
    re.IGNORECASE,
)
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_MAX_DEPTH: Final = 5_000
_WORDS: Final = re.compile(r"(?!\s*\[(?:if|endif|CDATA))\W*+\w++[\s,]++\w", re.IGNORECASE)  # no conditions of Word's
_SPACES: Final = re.compile(r"[ \t\r\n\f\v]+")
_LINE_ENDS: Final = re.compile(r"[ \t]+\n")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Page:
    """What one HTML document says.

    ``hidden`` is true when ``text`` has words that a browser would not show; ``note`` tells what was not read.
    ``comments`` counts the comments of the source with words in them, which are no part of the text.
    """

    text: str
    title: str = ""
    hidden: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    note: str = ""
    comments: int = 0


def read(item: Input, emit: Emit) -> None:
    """Read an HTML file."""
    source, note = decode(item.file.read(), item.charset)
    if note:
        emit.problem(ExceptionCode.PARTIAL, note)
    page = to_text(source)
    emit.text(page.text)
    if not page.text.strip():
        emit.problem(ExceptionCode.EMPTY_TEXT, "the page shows no text")
    if page.note:
        emit.problem(ExceptionCode.PARTIAL, page.note)
    if page.title:
        emit.field("title", page.title)
    for name, value in page.fields.items():
        emit.field(name, value)
    hidden = ["hidden text"] * page.hidden
    if page.comments:
        hidden.append(f"comments in the source: {page.comments}")
    if hidden:
        emit.field("hidden", hidden)


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """Decode by byte order mark, by what was declared outside, by the document's own ``meta``, or by guess."""
    if marked := charset.bom_codec(data):
        return data.decode(marked, "replace"), ""
    named = _META_CHARSET.search(data[:8192])
    inside = named[1].decode("ascii") if named else ""
    return charset.decode(data, declared if charset.codec_named(declared) else inside)


def to_text(source: str) -> Page:
    """Return the document's text: blocks on lines of their own, cells parted by tabs, links behind their words."""
    if source.count("<") > _MAX_DEPTH and _depth(source) > _MAX_DEPTH:
        return Page(_ANY_TAG.sub(" ", source), note=f"tags nested deeper than {_MAX_DEPTH}; only taken out")
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(source)
    walk = _Walk()
    if tree.root is not None:
        walk.run(tree.root)
    title = tree.css_first("head title")
    fields = {}
    for meta in tree.css("meta[name]"):
        known = _META_FIELDS.get((meta.attributes.get("name") or "").lower())
        if known and (value := (meta.attributes.get("content") or "").strip()):
            fields[known] = value
    text = _EMPTY_LINES.sub("\n\n", _LINE_ENDS.sub("\n", "".join(walk.out))).strip("\n")
    shown = " ".join((title.text() if title else "").split())
    return Page(text + "\n" if text else "", shown, walk.hid, fields, comments=walk.comments)


def _depth(source: str) -> int:
    """Return how deep the tags nest at most. Parsing costs the square of that; no real page comes near the cap."""
    deepest = depth = 0
    for tag in _NESTING_TAG.finditer(source):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest


class _Walk:
    """A walk over the tree that writes text; ``_open`` holds the elements it is inside of.

    What the page hides, and where its links lead, follows at the next break, so that no visible phrase is cut.
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.hid = False
        self.comments = 0
        self._shown: list[str] = []  # what ``out`` was before something hidden began
        self._marks: list[str] = []  # that wait for a break
        self._open: list[tuple[int, str, str, int, bool]] = []  # id, tag, link, where its text begins, unseen
        self._unseen = self._hidden = self._verbatim = 0

    def run(self, root: LexborNode) -> None:
        """Visit every node in document order, without recursion."""
        for node in root.traverse(include_text=True):
            parent = node.parent
            above = parent.mem_id if parent is not None else 0
            while self._open and self._open[-1][0] != above:
                self._leave()
            tag = node.tag or ""
            if tag == "-text":
                if not self._unseen:
                    self._text(node.text_content or "")
            else:
                if tag == "-comment":
                    self.comments += bool(_WORDS.match(node.comment_content or ""))
                self._enter(node, tag)
        while self._open:
            self._leave()
        self._break()

    def _enter(self, node: LexborNode, tag: str) -> None:
        attributes = node.attributes
        hides = "hidden" in attributes or bool(_HIDING.search(attributes.get("style") or ""))
        link = (attributes.get("href") or "").strip() if tag == "a" else ""
        if tag in _UNSEEN:
            self._unseen += 1
        elif not self._unseen:
            if tag in _BLOCKS:
                self._break()
            if not hides:
                self._words_of(tag, attributes)
        if hides and not self._hidden:
            self._shown, self.out = self.out, []
        self._hidden += hides
        self._verbatim += tag in _VERBATIM
        if hides and not self._unseen:
            self._words_of(tag, attributes)
        self._open.append((node.mem_id, tag, link, len(self.out), hides))

    def _leave(self) -> None:
        _, tag, link, start, hides = self._open.pop()
        self._verbatim -= tag in _VERBATIM
        if tag in _UNSEEN:
            self._unseen -= 1
        if link and not self._unseen:
            self._link(link, "".join(self.out[start:]))
        self._hidden -= hides
        if hides and not self._hidden:
            text, self.out = "".join(self.out).strip(), self._shown
            if text:
                self.hid = True
                self._marks.append(marked("hidden", text))
        if self._unseen:
            return
        if tag in _CELLS:
            self._drop("\n")
            self.out.append("\t")
        elif tag == "tr":
            self._drop("\t")
            self.out.append("\n")
        elif tag in _BLOCKS:
            self._break()

    def _words_of(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Write what an element shows without having text."""
        if tag == "br":
            self.out.append("\n")
        elif tag in ("img", "area"):
            self._text(attributes.get("alt") or "")
        elif tag == "iframe" and attributes.get("srcdoc"):  # a page within the page, written in its attribute
            self._text(to_text(attributes["srcdoc"] or "").text)
        elif tag == "input" and (attributes.get("type") or "text").lower() not in ("hidden", "password"):
            self._text(attributes.get("value") or "")

    def _text(self, text: str) -> None:
        if not self._verbatim:
            text = _SPACES.sub(" ", text)
            if text.startswith(" ") and (not self.out or self.out[-1][-1:] in "\n\t "):
                text = text[1:]
        if text:
            self.out.append(text)

    def _break(self) -> None:
        if self.out and self.out[-1][-1:] not in "\n\t":
            self.out.append("\n")
        if self._marks and not self._hidden:
            self.out += [f"{mark}\n" for mark in dict.fromkeys(self._marks)]
            self._marks.clear()

    def _drop(self, ending: str) -> None:
        while self.out and self.out[-1] == ending:
            self.out.pop()

    def _link(self, link: str, words: str) -> None:
        """Write a link's target, unless its words say the same: below their line, or it would cut the phrase.

        An address of mail stands right behind the name, as in a header.
        """
        if not _LINKED.match(link):
            return
        bare = link.removeprefix("mailto:").partition("//")[2] or link.removeprefix("mailto:")
        if bare.rstrip("/").lower() in words.lower():
            return
        target = f"<{' '.join(link.split())}>"
        if self._hidden or link[:7].lower() == "mailto:":
            self.out.append(f" {target}")
        else:
            self._marks.append(target)


READER: Final = Reader("html", "2", frozenset({"html"}), read, library="selectolax")
