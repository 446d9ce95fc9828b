"""EPUB books: the chapters in the order in which they are read, then whatever else holds text.

Follows EPUB 3.3: META-INF/container.xml names the package document, whose spine gives the order.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import html
from tecum.processing.readers.ooxml import emit_date
from tecum.processing.readers.zipxml import Element, Parts, attribute, local

_PAGES: Final = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml"})
_META: Final = {"title": "title", "creator": "author", "publisher": "company", "description": "comments",
                "language": "language"}  # fmt: skip


@dataclass(frozen=True)
class _Entry:
    """One entry of the manifest."""

    part: str
    kind: str


def read(item: Input, emit: Emit) -> None:
    """Emit chapter by chapter, then pages outside the reading order; then properties."""
    parts = Parts(item, emit)
    name = _package_name(parts)
    root = parts.main(name)
    _refuse_encrypted(parts)
    hidden = has_text = False
    for part in _in_order(root, posixpath.dirname(name)):
        data = parts.read(part)
        if data is None:
            if parts.find(part) is None:
                emit.problem(ExceptionCode.PARTIAL, f"{part} is listed and not there")
            continue
        source, note = html.decode(data)
        page = html.to_text(source)
        for trouble in filter(None, (note, page.note)):
            emit.problem(ExceptionCode.PARTIAL, f"{part}: {trouble}")
        hidden, has_text = hidden or page.hidden, has_text or bool(page.text.strip())
        emit.text(f"{page.text}\n")
    if not has_text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "its pages hold no text")
    _properties(root, emit)
    if hidden:
        emit.field("hidden", ["hidden text"])


def _package_name(parts: Parts) -> str:
    """Return the name of the package document; raises Unreadable when nothing names one."""
    container = parts.tree("META-INF/container.xml")
    for rootfile in container.iter("{*}rootfile") if container is not None else ():
        if path := rootfile.get("full-path", ""):
            return path
    found = next((name for name in parts.names if name.lower().endswith(".opf")), None)
    if found is None:
        raise Unreadable(ExceptionCode.CORRUPT, "it does not say which part describes it")
    return found


def _refuse_encrypted(parts: Parts) -> None:
    """Raise Unreadable when pages are encrypted; fonts often are, which loses no word."""
    root = parts.tree("META-INF/encryption.xml")
    for reference in root.iter("{*}CipherReference") if root is not None else ():
        if reference.get("URI", "").lower().endswith((".xhtml", ".html", ".htm", ".xml", ".opf")):
            raise Unreadable(ExceptionCode.ENCRYPTED, "its pages are encrypted (digital rights management)")


def _in_order(root: Element, folder: str) -> Iterator[str]:
    """Yield the page parts: those of the spine in their order, then the others in the manifest's."""
    manifest = {
        entry.get("id", ""): _Entry(
            posixpath.normpath(posixpath.join(folder, unquote(entry.get("href", "")))), entry.get("media-type", "")
        )
        for entry in root.iterfind("{*}manifest/{*}item")
    }
    spine = [manifest[key] for ref in root.iterfind("{*}spine/{*}itemref") if (key := ref.get("idref", "")) in manifest]
    pages = [entry for entry in manifest.values() if entry.kind in _PAGES]
    yield from dict.fromkeys(entry.part for entry in [*spine, *pages])


def _properties(root: Element, emit: Emit) -> None:
    said: dict[str, list[str]] = {}
    for element in root.iterfind("{*}metadata/*"):
        name, value = local(element), " ".join("".join(map(str, element.itertext())).split())
        if not value:
            continue
        if field := _META.get(name):
            said.setdefault(field, []).append(value)
        elif name == "subject":
            said.setdefault("keywords", []).append(value)
        elif name == "date" and attribute(element, "event") in ("", "publication"):
            emit_date(emit, "created", value)
        elif name == "meta" and attribute(element, "property") == "dcterms:modified":
            emit_date(emit, "modified", value)
    for field, values in said.items():
        emit.field(field, "; ".join(dict.fromkeys(values)))


READER: Final = Reader("epub", "1", frozenset({"epub"}), read, library="selectolax")
