"""Pages, Numbers and Keynote documents of Apple's iWork: their text, and the preview that they carry.

Until 2009 a document is one XML file in a zip; since 2013 it is archives of protocol buffers (``iwa``), which no
document of Apple's describes. What is read of them (the storages of text, the strings of tables, comments) is what
their public descriptions agree on; numbers and dates in cells are not among it, which the document then says.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import iwa
from tecum.processing.readers.marks import marked
from tecum.processing.readers.zipxml import Element, Parts, attribute, local, parsed

_INDEX: Final = ("index.xml", "index.apxl", "index.apxl.gz")
_PREVIEW: Final = "QuickLook/Preview.pdf"
_PASSWORD: Final = (".iwph", ".iwpv2")
_UNSEEN: Final = frozenset({"stylesheet", "theme-list", "templates", "prototypes", "metadata", "master-slides"})
_LARGEST: Final = 256 << 20  # bytes of an index


def read(item: Input, emit: Emit) -> None:
    """Emit the text in the order of the file; then the preview as a member."""
    parts = Parts(item, emit)
    old = next((name for name in parts.names if name.rpartition("/")[2] in _INDEX), None)
    if any(name.rpartition("/")[2] in _PASSWORD for name in parts.names) or (old is not None and parts.sealed(old)):
        raise Unreadable(ExceptionCode.ENCRYPTED, "the document needs its password")
    lines = list(_old(parts, old, emit) if old is not None else _new(parts, emit))
    text = "\n".join(line for line in lines if line.strip())
    emit.text(text)
    if not text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the document holds no text that could be found")
    if any(line.startswith("[comment") for line in lines):
        emit.field("hidden", ["comments"])
    preview = next((name for name in parts.names if name.endswith(_PREVIEW)), None)
    if preview is not None:
        parts.hand_over(preview)


def _old(parts: Parts, name: str, emit: Emit) -> Iterator[str]:
    """Yield the paragraphs and cells of a document of 2009 or before."""
    data = parts.read(name) or b""
    if name.endswith(".gz"):
        try:
            with gzip.open(io.BytesIO(data)) as stream:
                data = stream.read(_LARGEST)
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(ExceptionCode.CORRUPT, f"its index cannot be unpacked: {error}") from error
    if data and not data.lstrip()[:1] == b"<":
        raise Unreadable(ExceptionCode.ENCRYPTED, "its index is no XML: the document is encrypted")
    root = parsed(data, name, emit) if data else None
    if root is None:
        raise Unreadable(ExceptionCode.CORRUPT, "its index is missing or unreadable")
    yield from _blocks(root)


def _blocks(root: Element) -> Iterator[str]:
    """Walk without recursion, since the depth is the file's; leave out what only describes styles and masters."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        name = local(element)
        if name in _UNSEEN:
            continue
        if name == "p":
            yield "".join(_inline(element))
            continue
        if name == "ct":
            yield attribute(element, "s")
        elif name in ("tabular-model", "workspace"):
            yield attribute(element, "name") or attribute(element, "workspace-name")
        elif name == "n" and element.get("{http://developer.apple.com/namespaces/sf}v"):
            yield attribute(element, "v")
        waiting += reversed(element)


def _inline(paragraph: Element) -> Iterator[str]:
    for piece in paragraph.iter():
        name = local(piece)
        if name == "tab":
            yield "\t"
        elif name in ("br", "lnbr", "crbr"):
            yield "\n"
        yield piece.text or ""
        if piece is not paragraph:
            yield piece.tail or ""


def _new(parts: Parts, emit: Emit) -> Iterator[str]:
    """Yield what the archives of a document of 2013 or later say."""
    found: dict[str, None] = {}
    has_cells = False
    for name, data in _archives(parts, emit):
        try:
            for kind, text in iwa.texts(data):
                line = marked("comment", text) if kind == iwa.COMMENT else text
                found[line.replace("\ufffc", "").replace("\u2028", "\n").replace("\u2029", "\n")] = None
        except iwa.Damaged as error:
            emit.problem(ExceptionCode.PARTIAL, f"{name} is damaged: {error}")
        has_cells = has_cells or name.rpartition("/")[2].startswith("Tile")
    if has_cells:
        emit.problem(ExceptionCode.PARTIAL, "numbers and dates in the cells of its tables were not read")
    yield from found


def _archives(parts: Parts, emit: Emit) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the archives, which lie in the package or in a zip of their own inside it."""
    inner = next((name for name in parts.names if name.rpartition("/")[2] == "Index.zip"), None)
    if inner is None:
        for name in parts.names:
            if name.endswith(".iwa"):
                yield name, parts.read(name) or b""
        return
    try:
        with zipfile.ZipFile(io.BytesIO(parts.read(inner) or b"")) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(".iwa"):
                    with archive.open(entry) as stream:
                        yield entry.filename, stream.read(_LARGEST)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
        emit.problem(ExceptionCode.PARTIAL, f"{inner} cannot be read: {error}")


READER: Final = Reader("iwork", "1", frozenset({"iwork"}), read, library="lxml")
