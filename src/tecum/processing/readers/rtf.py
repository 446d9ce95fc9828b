"""Rich Text Format: every word of it, also headers, footnotes, comments, text boxes, deletions and hidden text.

Follows the RTF specification 1.9.1. An own walk over groups, because what a converter leaves out (footnotes,
comments, boxes) is just what must not be lost.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field, replace
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import charset, compound

_TOKEN: Final = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?"  # 1 word, 2 number
    rb"|\\'([0-9A-Fa-f]{2})"  # 3 a byte in hexadecimal
    rb"|\\(.)"  # 4 a symbol
    rb"|([{}])"  # 5
    rb"|[\r\n\0]+"
    rb"|([^\\{}\r\n\0]+)",  # 6 text
    re.DOTALL,
)
_WRITES: Final = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "row": "\n", "nestrow": "\n",
    "softline": "\n", "tab": "\t", "cell": "\t", "nestcell": "\t", "emdash": "\u2014", "endash": "\u2013",
    "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d",
}  # fmt: skip
_SYMBOLS: Final = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n", b"\t": "\t"}
_ASIDE: Final = frozenset({
    "footnote", "annotation", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr",
    "footerf", "shptxt",
})  # fmt: skip  # text of its own, on lines of its own
_KEPT_IF_STARRED: Final = _ASIDE | {
    "shpinst", "objdata", "fldinst", "shppict", "background", "do", "dptxbxtext", "company",
}  # fmt: skip
_SKIPPED: Final = frozenset({
    "fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "pict", "nonshppict", "themedata",
    "datastore", "latentstyles", "xmlnstbl", "bkmkstart", "bkmkend", "generator", "filetbl", "revtbl",
    "rsidtbl", "pgptbl", "colorschememapping", "sn", "sv", "objclass", "objname", "template", "atnid", "atnref",
    "atndate", "atntime", "atnparent", "mmathPr", "userprops", "fname", "ftnsep", "ftnsepc", "aftnsep",
    "aftnsepc", "fontemb", "fontfile", "falt", "panose", "tc", "xe", "rxe", "password", "passwordhash",
    "listname", "picprop", "blipuid", "datafield", "formfield", "ffname", "ffdeftext", "ffhelptext", "subject",
    "category", "manager", "hlinkbase",
})  # fmt: skip
_INFO: Final = {
    "title": "title", "author": "author", "operator": "last_author", "company": "company",
    "keywords": "keywords", "doccomm": "comments",
}  # fmt: skip
_INFO_TIMES: Final = {"creatim": "created", "revtim": "modified", "printim": "printed"}
_TIME_PARTS: Final = ("yr", "mo", "dy", "hr", "min", "sec")
_CODE_PAGES: Final = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_FONT_PAGES: Final = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_HYPERLINK: Final = re.compile(r"HYPERLINK\s+(?:\\\w\s+)*\"([^\"]+)\"")
_NOT_HEX: Final = re.compile(rb"[^0-9A-Fa-f]+")
_MAX_GROUPS: Final = 2_000  # groups within groups
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass
class _Group:
    """What holds inside one pair of braces. ``sink`` is "text", "skip", "fonts", "object", "code" or a field."""

    sink: str = "text"
    font: int = -1
    unicode_skip: int = 1
    hidden: bool = False
    deleted: bool = False
    starred: bool = False
    opening: str = ""  # the destination that this very group opens
    start: int = 0  # of its text
    own: list[bytes] = field(default_factory=list)  # bytes gathered for a sink that is not text


def read(item: Input, emit: Emit) -> None:
    """Read an RTF file."""
    _Walk(item.file.read(), emit).run()


class _Walk:
    def __init__(self, data: bytes, emit: Emit) -> None:
        self._data, self._emit = data, emit
        self._group = _Group()
        self._stack: list[_Group] = []
        self._out: list[str] = []
        self._bytes: list[bytes] = []  # letters that wait for their code page
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font_being_read = 0
        self._skip = 0  # letters that stand in for a Unicode one
        self._link = ""
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
            word, number, hexed, symbol, brace, text = found.groups()
            if word is not None:
                at += self._word(word.decode("ascii"), None if number is None else int(number), at)
            elif hexed is not None:
                self._letters(bytes.fromhex(hexed.decode("ascii")))
            elif symbol is not None:
                self._symbol(symbol)
            elif text is not None:
                self._letters(text)
            elif brace == b"{":
                self._open()
            elif brace == b"}":
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
        self._flush()
        self._skip = 0
        if word in _WRITES:
            self._write(_WRITES[word])
        elif word in ("v", "deleted"):
            setattr(group, "hidden" if word == "v" else "deleted", number != 0)
        elif word == "plain":
            group.hidden, group.font = False, -1
        elif word == "f":
            group.font = self._font_being_read = number or 0
        elif word == "uc":
            group.unicode_skip = max(0, number or 0)
        elif word == "fcharset":
            self._fonts[self._font_being_read] = _FONT_PAGES.get(number or 0, "")
        elif word == "ansicpg" and number:
            self._page = charset.codec_named(f"cp{number}") or self._page
        elif word in _CODE_PAGES:
            self._page = _CODE_PAGES[word]
        elif word in _TIME_PARTS and group.sink in _INFO_TIMES.values():
            self._times.setdefault(group.sink, {})[word] = number or 0
        else:
            self._destination(word)
        return 0

    def _destination(self, word: str) -> None:
        group = self._group
        if group.sink not in ("text", "fonts") and word not in ("objdata", "fldinst"):
            return
        if group.starred and word not in _KEPT_IF_STARRED:
            group.sink = "skip"
        elif word in _ASIDE:
            group.opening = word
            self._write("\n")
        elif word == "fonttbl":
            group.sink = "fonts"
        elif word in _SKIPPED:
            group.sink = "skip"
        elif word in _INFO:
            group.sink, group.opening = _INFO[word], word
        elif word in _INFO_TIMES:
            group.sink = _INFO_TIMES[word]
        elif word in ("objdata", "fldinst"):
            group.sink, group.opening = ("object" if word == "objdata" else "code"), word
        elif word == "fldrslt":
            group.opening = word
        elif word == "revised":
            self._hidden["tracked changes"] = None
        group.starred = False

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._group.starred = True
            return
        self._flush()
        if symbol in _SYMBOLS:
            if symbol in b"{}\\" and self._skip:
                self._skip -= 1
            else:
                self._write(_SYMBOLS[symbol])

    def _letters(self, letters: bytes) -> None:
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
            self._group.own.append(letter.encode("utf-8", "surrogatepass"))
        self._skip = self._group.unicode_skip

    def _open(self) -> None:
        self._flush()
        self._skip = 0
        if len(self._stack) < _MAX_GROUPS:
            self._stack.append(self._group)
            self._group = replace(self._group, starred=False, opening="", start=len(self._out))
            if self._group.sink == "text":
                self._group.own = []
        else:
            self._stack.append(self._group)  # still counted, but it changes nothing

    def _close(self) -> None:
        self._flush()
        self._skip = 0
        group = self._group
        if self._stack:
            self._group = self._stack.pop()
        if group.opening == "objdata":
            self._object(b"".join(group.own))
        elif group.opening == "fldinst":
            found = _HYPERLINK.search(self._decoded(b"".join(group.own)))
            self._link = found[1] if found else ""
        elif group.opening == "fldrslt":
            if self._link and self._link.removeprefix("mailto:") not in "".join(self._out[group.start :]):
                self._write(f" <{self._link}>")
            self._link = ""
        elif group.opening in _ASIDE:
            self._write("\n")
        elif group.opening in _INFO and group.own:
            self._emit.field(_INFO[group.opening], self._decoded(b"".join(group.own)).strip())

    # -- text --------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Decode the letters held, now that a token other than a letter ends them."""
        if self._bytes:
            held = b"".join(self._bytes)
            self._bytes.clear()
            self._write(self._decoded(held))

    def _decoded(self, letters: bytes) -> str:
        page = self._fonts.get(self._group.font) or self._page
        return letters.decode(page, "replace")

    def _write(self, text: str) -> None:
        group = self._group
        if group.sink != "text":
            return
        if text.strip():
            if group.hidden:
                self._hidden["hidden text"] = None
            if group.deleted:
                self._hidden["tracked changes"] = None
        if text != "\n" or self._out[-2:] != ["\n", "\n"]:
            self._out.append(text)

    # -- the end -----------------------------------------------------------------------------------------

    def _object(self, hexed: bytes) -> None:
        """Hand over an embedded object: the file it wraps where that is plain, else its own bytes."""
        digits = _NOT_HEX.sub(b"", hexed)
        data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
        self._objects += 1
        name, content = _embedded(data)
        self._emit.member(name or f"object{self._objects:03d}", content)

    def _finish(self, closed: bool, rest: bytes) -> None:
        self._flush()
        text = "".join(self._out)
        if any("\ud800" <= letter <= "\udfff" for letter in text):  # letters beyond the first plane come in halves
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = text.strip("\n")
        if text:
            self._emit.text(text + "\n")
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


def _embedded(data: bytes) -> tuple[str, bytes]:
    """Take an OLE 1 object apart ([MS-OLEDS] 2.2.5); return (name or "", bytes)."""
    try:
        at = 8
        names = []
        for _ in range(3):  # class, topic, item
            (size,) = struct.unpack_from("<I", data, at)
            names.append(data[at + 4 : at + 4 + size].rstrip(b"\0"))
            at += 4 + size
        (size,) = struct.unpack_from("<I", data, at)
        native = data[at + 4 : at + 4 + size]
        if native.startswith(_COMPOUND_FILE):
            return compound.packaged_file(native) or ("", native)
        if names[0] == b"Package":
            return _package(native)
    except (struct.error, ValueError):
        return "", data
    return "", native or data


def _package(native: bytes) -> tuple[str, bytes]:
    """Take a packaged file apart: label, path, kind, temporary path, bytes."""
    label_end = native.index(b"\0", 2)
    path_end = native.index(b"\0", label_end + 1)
    (length,) = struct.unpack_from("<I", native, path_end + 5)
    at = path_end + 9 + length
    (size,) = struct.unpack_from("<I", native, at)
    name = native[2:label_end].decode("cp1252", "replace").replace("\\", "/").rpartition("/")[2]
    return name, native[at + 4 : at + 4 + size]


READER: Final = Reader("rtf", "1", frozenset({"rtf"}), read)
