"""Rich Text Format: every word of it, also headers, footnotes, comments, text boxes, changes and hidden text.

Follows the RTF specification 1.9.1. An own walk over groups, because what a converter leaves out (footnotes,
comments, boxes) is just what must not be lost. A paragraph reads as it is shown; what stands beside it follows.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import charset, marks, metafile
from tecum.processing.readers import rtfwords as words
from tecum.processing.readers.compound import ole1_file
from tecum.processing.readers.docbinary import moment
from tecum.processing.readers.marks import HIDDEN, Mark
from tecum.processing.readers.rtfstory import Group, Story

_TOKEN: Final = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?"  # 1 word, 2 number
    rb"|\\'([0-9A-Fa-f]{2})"  # 3 a byte in hexadecimal
    rb"|\\(.)"  # 4 a symbol
    rb"|([{}])"  # 5
    rb"|[\r\n\0]+"
    rb"|([^\\{}\r\n\0]+)",  # 6 text
    re.DOTALL,
)
_WORD, _NUMBER, _HEX, _SYMBOL, _BRACE, _LETTERS = range(1, 7)  # groups of it
_UP_TO_SIGN: Final = re.compile(rb"[^\\{}]+")  # pictures and objects in hexadecimal, over all their lines
_UNREAD: Final = ("skip", "object")
_HYPERLINK: Final = re.compile(r"HYPERLINK\s+(?:\\\w\s+)*\"([^\"]+)\"")
_NOT_HEX: Final = bytes(set(range(256)) - set(b"0123456789ABCDEFabcdef"))
_MAX_GROUPS: Final = 2_000  # groups within groups
_TEXT_SINKS: Final = ("text", "fonts", "info")


def read(item: Input, emit: Emit) -> None:
    """Read an RTF file."""
    _Walk(item.file.read(), emit).run()


class _Walk:
    def __init__(self, data: bytes, emit: Emit) -> None:
        self._data, self._emit = data, emit
        self._group = Group()
        self._stack: list[Group] = []
        self._story = Story()
        self._stories: list[Story] = []  # those that wait while what stands aside is read
        self._bytes: list[bytes] = []  # letters that wait for their code page
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font_being_read = 0
        self._skip = 0  # letters that stand in for a Unicode one
        self._link = self._property = self._commenter = self._commented = ""
        self._authors: list[str] = []
        self._hidden: dict[str, None] = {}
        self._times: dict[str, dict[str, int]] = {}
        self._objects = 0

    def run(self) -> None:
        """Read from the first to the last brace."""
        at, end, closed = 0, len(self._data), False
        while at < end:
            found = _TOKEN.match(self._data, at)
            if found is None:  # a lone backslash at the very end
                break
            at = found.end()
            kind = found.lastindex
            if kind is None:  # a line end of the file itself
                continue
            if kind <= _NUMBER:
                word = found[_WORD]
                if word in words.MEANT or self._group.starred:
                    at += self._word(word.decode("ascii"), int(found[_NUMBER]) if kind == _NUMBER else None, at)
                else:
                    self._pass_over()
                self._group.fresh = False
            elif kind == _LETTERS:
                if self._group.sink in _UNREAD and not self._skip and (rest := _UP_TO_SIGN.match(self._data, at)):
                    self._letters(self._data[found.start() : rest.end()])
                    at = rest.end()
                else:
                    self._letters(found[_LETTERS])
            elif kind == _HEX:
                self._letters(bytes.fromhex(found[_HEX].decode("ascii")))
            elif kind == _SYMBOL:
                self._symbol(found[_SYMBOL])
            elif found[_BRACE] == b"{":
                self._open()
            else:
                self._close()
                if not self._stack:
                    closed = True
                    break
        self._finish(closed, self._data[at:])

    # -- tokens ------------------------------------------------------------------------------------------

    def _word(self, word: str, number: int | None, at: int) -> int:
        """Follow a control word; return how many bytes after it belong to it."""
        group = self._group
        if word == "bin":
            size = min(max(0, number or 0), len(self._data) - at)
            if group.sink == "object":
                group.own.append(self._data[at : at + size].hex().encode())
            return size
        if word == "u" and number is not None:
            self._unicode(number)
            return 0
        self._pass_over()
        if word in words.WRITES:
            self._write(words.WRITES[word])
        elif word in ("v", "deleted", "revised"):
            setattr(group, {"v": "hidden", "revised": "inserted"}.get(word, word), number != 0)
        elif word in ("revauth", "revauthdel", "revdttm", "revdttmdel"):
            name = {"revauth": "author", "revauthdel": "deleter", "revdttm": "when"}.get(word, "deleted_when")
            setattr(group, name, number or 0)
        elif word == "plain":
            group.hidden, group.font = False, -1
        elif word == "f":
            group.font = self._font_being_read = number or 0
        elif word == "uc":
            group.unicode_skip = max(0, number or 0)
        elif word == "fcharset":
            self._fonts[self._font_being_read] = words.FONT_PAGES.get(number or 0, "")
        elif word == "ansicpg" and number:
            self._page = charset.codec_named(f"cp{number}") or self._page
        elif word in words.CODE_PAGES:
            self._page = words.CODE_PAGES[word]
        elif word == "objemb":
            group.preview = True
        elif word in ("emfblip", "wmetafile"):
            if group.opening == "pict" and not group.preview:
                group.sink, group.opening, group.own = "object", "metafile", []
        elif word in words.TIME_PARTS and group.sink in words.INFO_TIMES.values():
            self._times.setdefault(group.sink, {})[word] = number or 0
        else:
            self._destination(word)
        return 0

    def _pass_over(self) -> None:
        """End the letters before a token that is none."""
        if self._bytes:
            self._flush()
        self._skip = 0

    def _destination(self, word: str) -> None:
        group = self._group
        if group.sink == "object" and group.starred:
            group.sink = "skip"
        if group.sink not in _TEXT_SINKS and word not in words.ALWAYS_READ:
            return
        if group.starred and word not in words.KEPT_IF_STARRED and word not in words.ALWAYS_READ:
            group.sink = "skip"
        elif group.sink == "info":
            known = words.INFO.get(word) or words.INFO_TIMES.get(word)
            if known:
                group.sink, group.opening = known, word
        elif word in words.ASIDE and group.sink == "text":
            group.opening = word
            self._stories.append(self._story)
            self._story = Story()
        elif word == "pict":
            group.sink, group.opening = "skip", word
        elif word == "fonttbl":
            group.sink = "fonts"
        elif word in words.SKIPPED:
            group.sink = "skip"
        elif word == "info":
            group.sink, group.own = "info", []
        elif word in ("objdata", "fldinst"):
            group.sink, group.opening, group.own = ("object" if word == "objdata" else "code"), word, []
        elif word in ("revtbl", "atnauthor", "atndate", "sn", "sv"):
            group.sink, group.opening, group.own = "code", word, []
        elif word in ("fldrslt", "upr"):
            group.opening = word
        group.starred = False

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            # Some writers put it in the middle of a group, where it means nothing.
            self._group.starred = self._group.fresh
            return
        self._group.fresh = False
        self._flush()
        if symbol in words.SYMBOLS:
            if symbol in b"{}\\" and self._skip:
                self._skip -= 1
            else:
                self._write(words.SYMBOLS[symbol])

    def _letters(self, letters: bytes) -> None:
        self._group.fresh = False
        if self._skip:
            passed = min(self._skip, len(letters))
            self._skip -= passed
            letters = letters[passed:]
        if self._group.sink == "text":
            self._bytes.append(letters)
        elif self._group.sink not in ("skip", "fonts"):
            self._group.own.append(letters)

    def _unicode(self, number: int) -> None:
        self._flush()
        letter = chr(number & 0xFFFF)
        if self._group.sink == "text":
            self._write(letter)
        elif self._group.sink not in ("skip", "fonts"):
            # Kept in a form that the code page of the gathered bytes cannot touch.
            self._group.own.append(b"\\u%04x" % (number & 0xFFFF))
        self._skip = self._group.unicode_skip

    def _open(self) -> None:
        self._pass_over()
        above = self._group
        above.fresh = False
        above.children += 1
        self._stack.append(above)
        if len(self._stack) > _MAX_GROUPS:
            return  # still counted, but it changes nothing
        self._group = above.inside(len(self._story.line))
        if above.opening == "upr" and above.children == 1:
            self._group.sink = "skip"  # what follows it says the same in Unicode
        if self._group.sink in _TEXT_SINKS:
            self._group.own = []

    def _close(self) -> None:
        self._pass_over()
        group = self._group
        if self._stack:
            self._group = self._stack.pop()
        if group is self._group:
            return
        opening, own = group.opening, b"".join(group.own) if group.opening else b""
        if opening == "objdata":
            self._object(own)
        elif opening == "metafile":
            if drawn := metafile.lines(_bytes(own)):
                self._story.beside.append(marks.marked("picture", "\n".join(drawn)))
        elif opening == "fldrslt":
            shown = "".join(text for _, text in self._story.line[group.start :])
            target = self._link.removeprefix("mailto:")
            if target and target not in shown and target != self._link:  # of mail: behind the name, as in a header
                self._write(f" <{target}>")
            elif target and target not in shown and target[0] != "#" and f"<{target}>" not in self._story.beside:
                self._story.beside.append(f"<{target}>")
            self._link = ""
        elif opening in words.ASIDE:
            self._aside(words.ASIDE[opening])
        elif opening in words.INFO and own:
            self._emit.field(words.INFO[opening], self._gathered(own))
        elif opening:
            self._note(opening, self._gathered(own))

    def _note(self, opening: str, text: str) -> None:
        """Remember what a small destination says, for what follows it."""
        if opening == "fldinst":
            found = _HYPERLINK.search(text)
            self._link = found[1] if found else ""
        elif opening == "revtbl":
            self._authors = [name.strip() for name in text.split(";")]
        elif opening == "atnauthor":
            self._commenter = text
        elif opening == "atndate":
            self._commented = moment(int(text)) if text.isdecimal() and len(text) < 11 else ""
        elif opening == "sn":
            self._property = text
        elif opening == "sv" and text and self._property in words.DRAWN_WORDS:
            what = words.DRAWN_WORDS[self._property]
            self._story.beside.append(marks.marked(what, text) if what else text)

    def _aside(self, what: str) -> None:
        """Close what stands aside: it follows the paragraph that it stands in."""
        text = self._story.text()
        self._story = self._stories.pop()
        if not text.strip():
            return
        if what == "comment":
            self._hidden["comments"] = None
            text = marks.marked(what, text, self._commenter, self._commented)
            self._commenter = self._commented = ""
        elif what:
            text = marks.marked(what, text)
        self._story.beside.append(text)

    # -- text --------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Decode the letters held, now that a token other than a letter ends them."""
        if self._bytes:
            held = b"".join(self._bytes)
            self._bytes.clear()
            self._write(self._decoded(held))

    def _decoded(self, letters: bytes) -> str:
        page = self._fonts.get(self._group.font)
        if page:
            try:
                return letters.decode(page)
            except UnicodeDecodeError:  # a font of another script, used for its signs
                pass
        return letters.decode(self._page, "replace")

    def _gathered(self, letters: bytes) -> str:
        text = self._decoded(letters)
        return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text).strip()

    def _write(self, text: str) -> None:
        group = self._group
        if group.sink != "text":
            return
        if text == "\n":
            self._story.end_line()
            return
        mark = None
        if group.deleted:
            mark = Mark("deleted", self._author(group.deleter), moment(group.deleted_when))
        elif group.hidden:
            mark = HIDDEN
        elif group.inserted:
            mark = Mark("inserted", self._author(group.author), moment(group.when))
        if mark is not None and text.strip():
            self._hidden["hidden text" if mark is HIDDEN else "tracked changes"] = None
        self._story.line.append((mark, text))

    def _author(self, number: int) -> str:
        return self._authors[number] if 0 <= number < len(self._authors) else ""

    # -- the end -----------------------------------------------------------------------------------------

    def _object(self, hexed: bytes) -> None:
        """Hand over an embedded object: the file it wraps where that is plain, else its own bytes."""
        name, content = ole1_file(_bytes(hexed))
        self._objects += 1
        self._emit.member(name or f"object{self._objects:03d}", content)

    def _finish(self, closed: bool, rest: bytes) -> None:
        self._flush()
        while self._stories:
            self._aside("")
        text = self._story.text()
        if any("\ud800" <= letter <= "\udfff" for letter in text):  # letters beyond the first plane come in halves
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if text:
            self._emit.text(text + "\n")
        elif closed:
            self._emit.problem(ExceptionCode.EMPTY_TEXT, "the document holds no text")
        if self._hidden:
            self._emit.field("hidden", list(self._hidden))
        for name, parts in self._times.items():
            year, month, day = parts.get("yr", 0), parts.get("mo", 0), parts.get("dy", 0)
            if 1900 < year < 2200 and 1 <= month <= 12 and 1 <= day <= 31:
                clock = (parts.get("hr", 0), parts.get("min", 0), parts.get("sec", 0))
                self._emit.field(name, "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}".format(year, month, day, *clock))
        if not closed:
            self._emit.problem(ExceptionCode.PARTIAL, "it ends before its last group closes")
        elif rest.strip(b"\r\n \t\0\x1a}"):
            self._emit.problem(ExceptionCode.PARTIAL, f"{len(rest)} bytes after its end were not read")


def _bytes(hexed: bytes) -> bytes:
    digits = hexed.translate(None, _NOT_HEX)
    return binascii.unhexlify(digits[: len(digits) // 2 * 2])


READER: Final = Reader("rtf", "2", frozenset({"rtf"}), read)
