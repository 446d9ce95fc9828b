"""XML as text: what stands between the tags and in their attributes, streamed, with nothing fetched or expanded."""

from __future__ import annotations

import codecs
import re
from typing import Final
from xml.parsers import expat

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import charset, text

_PIECE: Final = 1 << 18
_MAX_HELD: Final = 1 << 16  # pieces of text that wait to be joined
_DECLARED: Final = re.compile(rb"^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_TAG: Final = re.compile(r"<[^<>]*>")
_BINARY: Final = frozenset({"binData", "binaryData", "chunk"})  # files inside flat office XML, a PDF inside a form


def read(item: Input, emit: Emit) -> None:
    """Read an XML file: each element's text and attribute values, one line for each run of text."""
    codec, note = _codec(item)
    if note:
        emit.problem(ExceptionCode.PARTIAL, note)
    sink = _Sink(emit)
    broken = ""
    for piece in text.pieces(item.file, codec):
        if not broken:
            broken = sink.feed(piece)
        else:
            emit.text(_TAG.sub(" ", piece))
    broken = broken or sink.close()
    if broken:
        emit.problem(ExceptionCode.PARTIAL, f"not well-formed ({broken}); from there on its tags were taken out")
    if not sink.has_text and not broken:
        emit.problem(ExceptionCode.EMPTY_TEXT, "its elements hold no text")
    if sink.binaries:
        emit.problem(ExceptionCode.PARTIAL, f"{sink.binaries} files written into it were not read")


def _codec(item: Input) -> tuple[str, str]:
    item.file.seek(0)
    head = item.file.read(400)
    declared = _DECLARED.match(head.lstrip(codecs.BOM_UTF8))
    name = charset.codec_named(declared[1].decode("ascii")) if declared else ""
    if name and not name.startswith("utf-16") and not charset.bom_codec(head):
        return name, ""
    return text.choose(item)


class _Sink:
    """The parser's events turned into lines. Expat itself limits how far entities of the file may expand."""

    def __init__(self, emit: Emit) -> None:
        self.binaries = 0
        self.has_text = False
        self._emit = emit
        self._held: list[str] = []
        self._unread = 0
        self._skip_text = False
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.SkippedEntityHandler = self._skipped

    def feed(self, piece: str) -> str:
        """Parse a piece; return the parser's complaint ("" if none) after writing the unread rest as text."""
        try:
            self._parser.Parse(piece, False)
        except expat.ExpatError as error:
            self._flush()
            at = max(0, self._parser.ErrorByteIndex - self._unread)
            data = piece.encode("utf-8", "replace")
            if data[:at].endswith(b"</"):  # a closing tag that closes nothing: it is one tag still
                at -= 2
            self._emit.text(_TAG.sub(" ", data[at:].decode("utf-8", "replace")))
            return str(error)
        self._unread += len(piece.encode("utf-8", "replace"))
        return ""

    def close(self) -> str:
        """End the parsing; return the parser's complaint."""
        try:
            self._parser.Parse("", True)
        except expat.ExpatError as error:
            return str(error)
        finally:
            self._flush()
        return ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        self._skip_text = name.rpartition(":")[2] in _BINARY
        self.binaries += self._skip_text
        values = [v for key, v in attributes.items() if v.strip() and not key.startswith("xmlns")]
        if values:
            self.has_text = True
            self._emit.text(" ".join(values) + "\n")

    def _end(self, _name: str) -> None:
        self._skip_text = False
        self._flush()

    def _data(self, data: str) -> None:
        if not self._skip_text:
            self._held.append(data)
            if len(self._held) > _MAX_HELD:
                self._flush()

    def _skipped(self, name: str, _is_parameter: bool) -> None:
        self._held.append(f"&{name};")

    def _flush(self) -> None:
        words = "".join(self._held).strip()
        self._held.clear()
        if words:
            self.has_text = True
            self._emit.text(words + "\n")


READER: Final = Reader("xml", "2", frozenset({"xml"}), read, library="expat")
