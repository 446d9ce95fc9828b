"""Hangul documents in XML (hwpx): the text of their sections, with notes, boxes and memos.

Follows KS X 6101 (OWPML) as far as text needs it: paragraphs ``p`` with runs of ``t``, sections in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.zipxml import Element, Parts, attribute, local

_SECTION: Final = re.compile(r"Contents/section(\d{1,6})\.xml", re.IGNORECASE)
_META: Final = {"title": "title", "language": "language"}
_META_NAMES: Final = {"creator": "author", "lastsaveby": "last_author", "subject": "subject", "keyword": "keywords"}


def read(item: Input, emit: Emit) -> None:
    """Emit the sections in order; then properties and embedded files."""
    parts = Parts(item, emit)
    manifest = parts.tree("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise Unreadable(ExceptionCode.ENCRYPTED, "the document needs its password")
    sections = sorted((int(found[1]), name) for name in parts.names if (found := _SECTION.fullmatch(name)))
    if not sections:
        raise Unreadable(ExceptionCode.CORRUPT, "it has no section")
    lines: list[str] = []
    for _, name in sections:
        root = parts.tree(name)
        lines += _blocks(root) if root is not None else ()
    text = "\n".join(line for line in lines if line.strip())
    emit.text(text)
    if not text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the sections hold no text")
    _properties(parts, emit)
    for name in parts.names:
        if name.startswith("BinData/") and name.lower().endswith((".ole", ".bin")):
            parts.hand_over(name)


def _blocks(parent: Element) -> Iterator[str]:
    """Yield the paragraphs, each followed by what stands in it: tables, boxes, notes."""
    for child in parent:
        if local(child) == "p":
            yield "".join(_inline(child))
            for run in child:
                yield from _blocks(run)
        elif local(child) == "tr":
            yield "\t".join(" ".join(line for line in _blocks(cell) if line.strip()) for cell in child)
        else:
            yield from _blocks(child)


def _inline(paragraph: Element) -> Iterator[str]:
    for text in paragraph.iterfind("{*}run/{*}t"):
        yield text.text or ""
        for mark in text:
            yield {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " "}.get(local(mark), "")
            yield mark.tail or ""


def _properties(parts: Parts, emit: Emit) -> None:
    root = parts.tree("Contents/content.hpf")
    for element in root.iter("{*}title", "{*}language", "{*}meta") if root is not None else ():
        field = _META.get(local(element)) or _META_NAMES.get(attribute(element, "name"))
        value = (element.text or "").strip()
        if field and value:
            emit.field(field, value)


READER: Final = Reader("hwpx", "1", frozenset({"hwpx"}), read, library="lxml")
