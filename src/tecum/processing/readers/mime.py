"""The tree of a message's parts as ranges of its bytes, so that every part can be cut out exactly.

Follows RFC 2045, 2046 and 5322, tolerantly: a damaged header block is mended where that is safe, a multipart
without its boundary stays one part, and every byte lies in a header, a part, a delimiter or ``loose`` text.
"""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tecum.processing.readers import charset, encoded, mailheader

MAX_DEPTH: Final = 40  # multiparts within multiparts; what is deeper stays one part
MAX_PARTS: Final = 5_000  # in one message, not counting those of attached messages

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_BLANK: Final = re.compile(rb"\n\r?\n")
_NEWLINE: Final = re.compile(rb"\r?\n")
_ENVELOPE: Final = re.compile(rb">?From [^\n]*\n")
_APPLE_COUNT: Final = re.compile(rb"(\d{1,10}) *\r?\n")
_PROPERTY_LIST: Final = re.compile(rb"\s*(?:\Z|<\?xml|<!DOCTYPE plist|<plist|bplist)")
_LIST_START: Final = re.compile(rb"<\?xml[^>]{0,100}>\s*<!DOCTYPE plist")
_FIRST_BOUNDARY: Final = re.compile(rb"\s*--(\S[^\r\n]{0,199}?)[ \t]*\r?\n")
_SURELY_HEADER: Final = re.compile(
    rb"(?:content-[a-z]+|mime-version|received|return-path|message-id|date|x-[!-9;-~]+)$", re.IGNORECASE
)
_PROSE: Final = re.compile(rb"[A-Za-z]{2,} +[A-Za-z]{2,}")
_STOCK_PREAMBLE: Final = re.compile(r"MIME|multi-?part|message format", re.IGNORECASE)
_BASE64_TAIL: Final = re.compile(rb"=[=\s]*")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_DIGEST: Final = "multipart/digest"
_UUENCODED: Final = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})
_AS_IT_IS: Final = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "us-ascii", "utf-8", "plain"})


@dataclass
class Part:
    """One part: ``raw[start:body]`` is its header block, ``raw[body:end]`` its content, as sent."""

    raw: bytes
    start: int
    body: int
    end: int
    headers: list[tuple[str, bytes]]
    kind: str = "text/plain"  # its content type
    params: dict[str, str] = field(default_factory=dict)
    children: list[Part] = field(default_factory=list)
    loose: list[bytes] = field(default_factory=list)  # text that stands outside every part
    notes: list[tuple[str, str]] = field(default_factory=list)  # (exception code, what was wrong)
    tail: bytes = b""  # what Apple Mail writes behind a message: its property list

    @functools.cached_property
    def _by_name(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for name, value in self.headers:
            found.setdefault(name, []).append(value)
        return found

    def has(self, names: frozenset[str]) -> bool:
        """Tell whether the header has one of these fields."""
        return not names.isdisjoint(self._by_name)

    def all(self, name: str) -> list[str]:
        """Return the raw values of a header (lower-case name), in order."""
        return [header_text(value) for value in self._by_name.get(name, ())]

    def get(self, name: str) -> str:
        """Return the raw value of the first such header that has one, "" if there is none."""
        for value in self._by_name.get(name, ()):
            if value and not value.isspace():
                return header_text(value)
        return ""

    @property
    def content(self) -> bytes:
        """The bytes of the body as sent."""
        return self.raw[self.body : self.end]

    def decoded(self) -> tuple[bytes, str]:
        """Return the body with its transfer encoding undone, and a note of what was wrong with it.

        Text that somebody put below the end of a base64 body goes to ``loose``.
        """
        encoding = self.get("content-transfer-encoding").partition(";")[0].strip().strip('"').lower()
        if encoding == "base64":
            data, below, note = decode_base64(self.content)
            self.loose += [below] if below else []
            return data, note
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.content), ""
        if encoding in _UUENCODED:
            return encoded.whole_uuencoded(self.content)
        note = "" if encoding in _AS_IT_IS else f"unknown transfer encoding {encoding[:40]!r}; taken as it is"
        return self.content, note


def parse(raw: bytes) -> Part:
    """Take a whole message apart. Never raises: ``notes`` of the parts say what could not be followed."""
    if b"\n" not in raw[:65536] and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    start, end = 0, len(raw)
    counted = _APPLE_COUNT.match(raw)
    if counted and _FIELD.match(raw, counted.end()):
        start = counted.end()
        end = _apple_end(raw, start, int(counted[1]))
    while raw[start : start + 1] in (b"\n", b"\r", b"\xef", b"\xbb", b"\xbf"):
        start += 1
    while envelope := _ENVELOPE.match(raw, start, end):
        start = envelope.end()
    root = _Parser(raw).part(start, end, "text/plain", 0)
    root.tail = raw[end:]
    return root


def _apple_end(raw: bytes, start: int, size: int) -> int:
    """Return where the message of an Apple Mail file (.emlx) ends: at its length, if a property list follows."""
    if start + size <= len(raw) and _PROPERTY_LIST.match(raw, start + size):
        return start + size
    found = _LIST_START.search(raw, start)  # edited since: the length is wrong, the list still stands at the end
    return found.start() if found else len(raw)


def is_entity(data: bytes) -> bool:
    """Tell whether bytes begin as a MIME entity, with a header that no other text has."""
    first = _FIELD.match(data.lstrip(b"\r\n"))
    return bool(first and _SURELY_HEADER.match(first[1]))


class _Parser:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._count = 0

    def part(self, start: int, end: int, usual: str, depth: int) -> Part:
        part = self._headed(start, end)
        part.kind = usual
        if declared := part.get("content-type"):
            kind, part.params = mailheader.parameters(declared)
            part.kind = kind if kind.count("/") == 1 else "text/plain" if kind in ("", "text") else kind
        if part.kind.startswith("multipart/"):
            self._divide(part, depth)
        return part

    def _headed(self, start: int, end: int) -> Part:
        """Read a header block."""
        raw = self._raw
        if blank := _NEWLINE.match(raw, start, end):
            return Part(raw, start, blank.end(), end, [])
        gap = _BLANK.search(raw, start, end)
        block_end, body = (gap.start() + 1, gap.end()) if gap else (end, end)
        headers: list[tuple[str, bytes]] = []
        junk: list[tuple[int, int, int]] = []  # lines that are no header: start, end, headers before them
        at = start
        while at < block_end:
            if found := _FIELD.match(raw, at, block_end):
                headers.append((found[1].decode("ascii").lower(), found[2]))
                at = found.end()
                continue
            line_end = raw.find(b"\n", at, block_end) + 1 or block_end
            junk.append((at, line_end, len(headers)))
            at = line_end
        part = Part(raw, start, body, end, headers)
        if junk:
            _mend(part, junk)
        return part

    def _divide(self, part: Part, depth: int) -> None:
        """Find the parts of a multipart."""
        boundary = part.params.get("boundary", "").encode("utf-8", "surrogateescape")
        marks = list(self._delimiters(boundary, part.body, part.end)) if boundary else []
        if not marks and (first := _FIRST_BOUNDARY.match(self._raw, part.body, part.end)):
            marks = list(self._delimiters(first[1].removesuffix(b"--"), part.body, part.end))
        if not marks:
            part.kind = "text/plain"
            if part.content.strip():
                part.notes.append(("PARTIAL", "a multipart without its boundaries; kept as one text"))
            return
        if depth >= MAX_DEPTH:
            part.kind = "text/plain"
            part.notes.append(("LIMIT_DEPTH", f"parts nested deeper than {MAX_DEPTH}; kept as one text"))
            return
        self._between(part, part.body, marks[0][0], preamble=True)
        usual = "message/rfc822" if part.kind == _DIGEST else "text/plain"
        ends = [self._before_newline(mark[0], part.body) for mark in marks[1:]] + [part.end]
        for (_, start, closing), end in zip(marks, ends, strict=True):
            if closing:
                self._between(part, start, end, preamble=False)
            elif self._count >= MAX_PARTS:
                part.notes.append(("LIMIT_COUNT", f"more than {MAX_PARTS} parts; the rest is kept as text"))
                part.loose.append(self._raw[start : part.end])
                return
            else:
                self._count += 1
                part.children.append(self.part(start, max(start, end), usual, depth + 1))

    def _delimiters(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Yield (start, end, closing) of the delimiter lines."""
        raw = self._raw
        delimiter = b"--" + boundary.rstrip()
        at = raw.find(delimiter, start, end)
        while at != -1:
            line_end = raw.find(b"\n", at, end) + 1 or end
            rest = raw[at + len(delimiter) : line_end].strip()
            if rest in (b"", b"--") and (at == start or raw[at - 1 : at] == b"\n"):
                yield at, line_end, rest == b"--"
            at = raw.find(delimiter, at + len(delimiter), end)

    def _before_newline(self, at: int, floor: int) -> int:
        """The line break before a delimiter belongs to the delimiter."""
        if at > floor and self._raw[at - 1 : at] == b"\n":
            at -= 1
            if at > floor and self._raw[at - 1 : at] == b"\r":
                at -= 1
        return at

    def _between(self, part: Part, start: int, end: int, preamble: bool) -> None:
        """Keep text before the first or after the last part, unless it is the stock notice."""
        content = self._raw[start : max(start, end)].strip()
        stock = preamble and len(content) < 400 and _STOCK_PREAMBLE.search(header_text(content))
        if content and not stock:
            part.loose.append(content)


def _mend(part: Part, junk: list[tuple[int, int, int]]) -> None:
    """Deal with lines in a header block that are no headers.

    Where headers of the message itself follow them they are a folded header whose indent was lost: they go
    back to their header, and stay in the text too if they look like prose. Otherwise the body began there
    without an empty line.
    """
    first = junk[0]
    if not any(_SURELY_HEADER.match(name.encode()) for name, _ in part.headers[first[2] :]):
        part.body = first[0]
        del part.headers[first[2] :]
        return
    for start, end, before in junk:
        line = part.raw[start:end].rstrip(b"\r\n")
        if before:
            name, value = part.headers[before - 1]
            part.headers[before - 1] = (name, value + line)
        if not before or _PROSE.search(line):
            part.loose.append(line)


def header_text(value: bytes) -> str:
    """Return header bytes as text; raw 8-bit letters are UTF-8 or what they most likely are."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return charset.decode(value)[0]


def decode_base64(data: bytes) -> tuple[bytes, bytes, str]:
    """Decode as much base64 as there is; return it, the text found below its end, and what was wrong.

    Blocks that follow one another, each with its padding, are all decoded (the standard library stops at the
    first).
    """
    compact = data.translate(None, b" \t\r\n")
    try:
        return binascii.a2b_base64(compact, strict_mode=True), b"", ""
    except binascii.Error:
        pass
    out: list[bytes] = []
    dropped = at = 0
    while at < len(data):
        tail = _BASE64_TAIL.search(data, at)
        block, after = (data[at : tail.start()], tail.end()) if tail else (data[at:], len(data))
        clean = _NOT_BASE64.sub(b"", block)
        foreign = len(block.translate(None, b" \t\r\n")) - len(clean)
        if foreign * 50 > len(block) and _PROSE.search(block):
            if not out:
                return data, b"", "declared as base64, but it is plain text"
            return b"".join(out), data[at:].strip(), ""
        dropped += foreign
        if len(clean) % 4 == 1:
            clean, dropped = clean[:-1], dropped + 1
        out.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
        at = after
    note = f"damaged base64: {dropped} characters could not be decoded" if dropped else ""
    return b"".join(out), b"", note
