"""OpenDocument texts, spreadsheets, presentations and drawings (odt, ods, odp, odg; also flat), with hidden parts.

Follows OASIS OpenDocument 1.3: content.xml holds the body, styles.xml the page headers and footers, meta.xml the
properties, META-INF/manifest.xml what is encrypted; a flat file has all of it in one document.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers.odfwalk import Walk
from tecum.processing.readers.ooxml import emit_date
from tecum.processing.readers.zipxml import MAX_PART, Element, Parts, attribute, local, parsed

_META: Final = {
    "title": "title",
    "subject": "subject",
    "initial-creator": "author",
    "creator": "last_author",
    "creation-date": "created",
    "date": "modified",
    "print-date": "printed",
    "description": "comments",
    "generator": "application",
    "editing-cycles": "revision",
    "language": "language",
}
_DATES: Final = frozenset({"created", "modified", "printed"})
_OUTSIDE: Final = ("http:", "https:", "ftp:", "file:", "smb:", "\\\\")
_LINKED: Final = ("image", "object", "object-ole", "plugin", "table-source", "section-source", "cell-range-source")
_CODE: Final = ("Basic/", "Scripts/")


@dataclass(frozen=True)
class _Trees:
    """The trees of one document, taken from its zip or from its one flat file; ``inner`` are its own objects."""

    content: Element
    styles: Element | None
    meta: Element | None
    inner: list[Element]


def read(item: Input, emit: Emit) -> None:
    """Emit the body, page headers and footers, embedded formulas and charts; then properties and members."""
    item.file.seek(0)
    zipped = item.file.read(2) == b"PK"
    item.file.seek(0)
    parts = None if item.kind in FLAT and not zipped else Parts(item, emit)
    trees = _flat(item, emit) if parts is None else _packed(parts)
    body = trees.content.find("{*}body")
    sheets = body is not None and body.find("{*}spreadsheet") is not None
    walk = Walk([tree for tree in (trees.content, trees.styles) if tree is not None], sheets=sheets)
    lines = list(walk.blocks(body))
    for masters in trees.styles.iterfind("{*}master-styles") if trees.styles is not None else ():
        lines += dict.fromkeys(walk.blocks(masters, masters=True))
    for inner in trees.inner:  # a formula or chart is a folder of its own; its words belong to the document
        lines += walk.blocks([inner] if local(inner) == "math" else inner.find("{*}body"))
    text = "\n".join(line for line in lines if line.strip())
    emit.text(text)
    if not text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the document holds no text")
    if trees.meta is not None:
        _properties(trees.meta, emit)
    hidden = [*walk.hidden, *_carried(parts, trees, emit)]
    if hidden:
        emit.field("hidden", list(dict.fromkeys(hidden)))
    _objects(parts, trees.content, emit)


def _packed(parts: Parts) -> _Trees:
    """Return the trees of a zip; raises Unreadable when it is encrypted or has no content."""
    _refuse_encrypted(parts)
    content = parts.main("content.xml")
    inner = [parts.tree(name) for name in parts.names if name.endswith("/content.xml")]
    return _Trees(
        content, parts.tree("styles.xml"), parts.tree("meta.xml"), [tree for tree in inner if tree is not None]
    )


def _flat(item: Input, emit: Emit) -> _Trees:
    """Return the trees of a flat document, which is one tree for all of them."""
    if item.size > MAX_PART:
        raise Unreadable(ExceptionCode.LIMIT_SIZE, f"a flat document of more than {MAX_PART >> 20} MiB")
    root = parsed(item.file.read(), item.name or "the document", emit)
    if root is None:
        raise Unreadable(ExceptionCode.CORRUPT, "nothing in it can be parsed")
    return _Trees(root, root, root, [])


def _refuse_encrypted(parts: Parts) -> None:
    manifest = parts.tree("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise Unreadable(ExceptionCode.ENCRYPTED, "the document is encrypted and needs its password")


def _properties(root: Element, emit: Emit) -> None:
    keywords: list[str] = []
    custom: list[str] = []
    for element in root.iterfind("{*}meta/*"):
        name, value = local(element), (element.text or "").strip()
        field = _META.get(name, "")
        if name in ("keyword", "keywords"):
            keywords += filter(None, (" ".join(map(str, element.itertext())).strip(),))
        elif name == "user-defined" and value:
            custom.append(f"{attribute(element, 'name')}: {value}")
        elif name == "document-statistic" and attribute(element, "page-count"):
            emit.field("pages", attribute(element, "page-count"))
        elif name == "template" and attribute(element, "title"):
            emit.field("template", attribute(element, "title"))
        elif field in _DATES and value:
            emit_date(emit, field, value)
        elif field and value:
            emit.field(field, value)
    if keywords:
        emit.field("keywords", "; ".join(keywords))
    if custom:
        emit.field("custom_properties", custom)


def _carried(parts: Parts | None, trees: _Trees, emit: Emit) -> Iterator[str]:
    """Yield what the document carries out of sight; emit its links to other files as a field."""
    outside = {
        f"{local(element)}: {target}": None
        for tree in (trees.content, trees.styles)
        for element in (tree.iter(*("{*}" + name for name in _LINKED)) if tree is not None else ())
        if (target := attribute(element, "href")).lower().startswith((*_OUTSIDE, "../"))
    }
    if outside:
        emit.field("external_links", list(outside))
        yield "external links"
    names = parts.names if parts is not None else ()
    # An empty library is written into every file that a macro editor was ever opened for.
    module = any(name.startswith(_CODE) and not name.endswith(("/", "-lc.xml", "-lb.xml")) for name in names)
    if module or next(trees.content.iter("{*}module"), None) is not None:
        yield "macros"


def _objects(parts: Parts | None, root: Element, emit: Emit) -> None:
    """Emit embedded files of other programs; formulas and charts are text of the document itself."""
    objects = [*root.iter("{*}object-ole"), *root.iter("{*}plugin")]
    names = (posixpath.normpath(attribute(element, "href")) for element in objects if attribute(element, "href"))
    for name in dict.fromkeys(names):
        if parts is not None and parts.find(name) is not None:
            parts.hand_over(name)
    for number, element in enumerate(objects, 1):
        data = element.findtext("{*}binary-data")
        if data:
            _written_out(f"object{number:03d}", data, emit)


def _written_out(name: str, data: str, emit: Emit) -> None:
    """Emit a member that a flat file holds in Base64."""
    try:
        emit.member(name, base64.b64decode(data))
    except (binascii.Error, ValueError) as error:
        emit.member(name, None, problem=ExceptionCode.CORRUPT, message=f"its Base64 is damaged: {error}")


FLAT: Final = frozenset({"fodt", "fods", "fodp", "fodg"})
READER: Final = Reader("odf", "2", frozenset({"odt", "ods", "odp", "odg"}) | FLAT, read, library="lxml")
