"""The body of a MAPI object in its best forms: plain text, HTML, and what only its RTF says."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from tecum.hooks import Input
from tecum.processing.readers import html, mapi, mapirtf, rtf
from tecum.processing.readers.mapi import Damaged, Item, Properties

_PLAIN: Final = 0x1000
_HTML: Final = 0x1013
_RTF: Final = 0x1009
_WORD: Final = re.compile(r"\w+")
_BREAKS: Final = re.compile(r"\r\n?|\x0b|\x85|\u2028|\u2029")


@dataclass(frozen=True)
class Body:
    """``plain`` and ``html`` are the body ("" = there is none), ``rich`` what its RTF says beyond them.

    ``files`` are objects written into the RTF (name, bytes; None = they cannot be had), ``notes`` what was wrong.
    """

    plain: str = ""
    html: str = ""
    rich: str = ""
    files: list[tuple[str, bytes | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def body_of(item: Item) -> Body:
    """Return the body of an item; a form that cannot be read leaves a note, and the others stay."""
    values = item.properties
    plain, page = values.text(_PLAIN), _html(values)
    rich, notes = "", list[str]()
    files: list[tuple[str, bytes | None]] = []
    packed = values.data(_RTF)
    if packed and not (page and plain and _is_copy(values)):
        try:
            source, note = mapirtf.decompressed(packed)
        except Damaged as damage:
            source, note = b"", str(damage)
        notes += [note] if note else []
        inside = mapirtf.encapsulated(source)
        if inside is None and source:
            rich, files, notes = _read_rtf(source, notes)
        elif inside is not None and inside.kind == "html":
            page = page or inside.text
        elif inside is not None:
            plain = plain or inside.text
    plain = _BREAKS.sub("\n", plain)
    if rich and not says_more(rich, plain, html.to_text(page).text if page else ""):
        rich = ""
    if rich and not plain.strip():
        plain, rich = rich, ""
    return Body(plain, page, rich, files, notes)


def _is_copy(values: Properties) -> bool:
    """Tell whether the RTF is only kept in step with another form (PidTagNativeBody: 1 plain, 3 HTML)."""
    return values.integer(0x1016) in (1, 3)


def says_more(text: str, *others: str) -> bool:
    """Tell whether a text has words that none of the others has."""
    known = {word for other in others for word in _WORD.findall(other.lower())}
    return not known.issuperset(_WORD.findall(text.lower()))


def _html(values: Properties) -> str:
    """Return PidTagHtml, which is bytes in the code page of the mail, or the same as a string."""
    value = values.values.get(_HTML)
    if value is None:
        return ""
    if value.kind != mapi.BINARY:
        return values.text(_HTML)
    page = values.integer(0x3FDE)
    declared = mapi.codec_of(page) if page else ""
    return html.decode(values.data(_HTML).rstrip(b"\0"), declared)[0]


def _read_rtf(source: bytes, notes: list[str]) -> tuple[str, list[tuple[str, bytes | None]], list[str]]:
    """Read a body that was written as RTF."""
    heard = _Heard()
    rtf.read(Input(io.BytesIO(source), len(source), "body.rtf", "rtf"), heard)
    return "".join(heard.parts), heard.files, [*notes, *heard.notes]


class _Heard:
    """An ``Emit`` that keeps what the reader of RTF says."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.files: list[tuple[str, bytes | None]] = []
        self.notes: list[str] = []

    def text(self, part: str) -> None:
        self.parts.append(part)

    def field(self, name: str, value: str | list[str]) -> None:
        """The properties of the RTF's own header say nothing about the mail."""

    def member(self, name: str, data: bytes | BinaryIO | None, **rest: Any) -> None:
        self.files.append((name, data if data is None or isinstance(data, bytes) else data.read()))
        if rest.get("problem"):
            self.notes.append(f"{name}: {rest.get('message', '')}")

    def container(self) -> None:
        """A body is no container."""

    def problem(self, code: str, message: str) -> None:
        if code != "EMPTY_TEXT":  # a mail may say nothing
            self.notes.append(f"its RTF body: {message}")
