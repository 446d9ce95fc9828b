"""The package that Word, Excel and PowerPoint share: relationships, properties, drawings, embedded files.

Follows ECMA-376 part 2 (packages). Names are compared without their namespace and relationship types by
their last step, because strict and transitional files differ in nothing else that matters here.
"""

from __future__ import annotations

import datetime as dt
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from tecum.hooks import Emit, Input
from tecum.model import ExceptionCode
from tecum.processing.readers import metafile
from tecum.processing.readers.marks import marked
from tecum.processing.readers.zipxml import Element, Parts, attribute, local, natural

_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_EMBEDDED = frozenset({"oleObject", "package", "aFChunk", "video", "audio", "media"})
_CORE = {
    "title": "title",
    "subject": "subject",
    "creator": "author",
    "lastModifiedBy": "last_author",
    "created": "created",
    "modified": "modified",
    "lastPrinted": "printed",
    "keywords": "keywords",
    "description": "comments",
    "category": "category",
    "contentStatus": "status",
    "revision": "revision",
    "version": "document_version",
    "language": "language",
}
_EXTENDED = {
    "Application": "application",
    "Company": "company",
    "Manager": "manager",
    "Template": "template",
    "HyperlinkBase": "link_base",
    "Pages": "pages",
    "Slides": "pages",
}
_DATES = frozenset({"created", "modified", "printed"})
_SEEN_LINKS = frozenset({"hyperlink"})  # external addresses that the text itself tells
_MACROS = frozenset({"vbaproject.bin", "macrosheets", "xlmacrosheet"})
_METAFILES = (".emf", ".wmf")
_CHARTS = ("chart", "chartEx")


@dataclass(frozen=True)
class Relation:
    """One relationship; ``kind`` ends its type, ``target`` is a part name or, if external, a URL."""

    id: str
    kind: str
    target: str
    external: bool


class Package(Parts):
    """One OOXML file. ``main_part`` names the document, workbook or presentation part."""

    def __init__(self, item: Input, emit: Emit, usual_main: str) -> None:
        super().__init__(item, emit)
        self._relations: dict[str, list[Relation]] = {}
        found = self.related("", "officeDocument")
        self.main_part = found[0] if found else usual_main

    def relations(self, part: str) -> list[Relation]:
        """Return the relationships of a part ("" for the package), in file order."""
        if part not in self._relations:
            folder, _, name = part.rpartition("/")
            root = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
            found = [] if root is None else [self._relation(folder, one) for one in root if isinstance(one.tag, str)]
            self._relations[part] = found
        return self._relations[part]

    def related(self, part: str, *kinds: str) -> list[str]:
        """Return the names of the parts that ``part`` points to by relationships of these kinds."""
        return [r.target for r in self.relations(part) if r.kind in kinds and not r.external]

    def links(self, part: str) -> dict[str, str]:
        """Return the external addresses that ``part`` points to, by relationship id."""
        return {r.id: r.target for r in self.relations(part) if r.external}

    def story(self, name: str) -> Element | None:
        """Return a part's tree in which each mc:AlternateContent keeps one branch, so nothing reads twice.

        Raises Unreadable when it is the main part and cannot be read.
        """
        root = self.main(name) if name == self.main_part else self.tree(name)
        return None if root is None else settle_alternatives(root)

    def pictures(self) -> int:
        """Count the media parts, for the message of a document without text."""
        return sum("/media/" in name for name in self.names)

    def properties(self) -> None:
        """Emit the core, extended and custom properties as fields."""
        core = self.related("", "core-properties") or ["docProps/core.xml"]
        extended = self.related("", "extended-properties") or ["docProps/app.xml"]
        for part, wanted in ((core[0], _CORE), (extended[0], _EXTENDED)):
            root = self.tree(part)
            for element in root if root is not None else ():
                field, value = wanted.get(local(element), ""), (element.text or "").strip()
                if field in _DATES and value:
                    emit_date(self.emit, field, value)
                elif field and value:
                    self.emit.field(field, value)
        custom = [line for part in self.related("", "custom-properties") for line in self._custom(part)]
        if custom:
            self.emit.field("custom_properties", custom)

    def _custom(self, part: str) -> Iterator[str]:
        root = self.tree(part)
        for element in root if root is not None else ():
            value = " ".join("".join(map(str, element.itertext())).split())
            if value:
                yield f"{attribute(element, 'name')}: {value}"

    def carried(self, links: Iterable[str] = ()) -> Iterator[str]:
        """Yield what the package carries out of sight, for the field ``hidden``; emit its outside links as a field.

        ``links`` are links to other files that stand in the text's own markup, each as "kind: target".
        """
        outside: dict[str, None] = dict.fromkeys(links)
        for part in self._with_relations():
            for relation in self.relations(part):
                if relation.external and relation.kind not in _SEEN_LINKS and relation.target:
                    outside[f"{relation.kind}: {relation.target}"] = None
        if outside:
            self.emit.field("external_links", list(outside))
            yield "external links"
        if any(not _MACROS.isdisjoint(name.lower().split("/")) for name in self.names):
            yield "macros"

    def embedded(self) -> None:
        """Emit the embedded files as members: objects, packages, imported chunks, sound and film."""
        seen = {target for part in self._with_relations() for target in self.related(part, *_EMBEDDED)}
        # A part that lies among the embeddings without a relationship is out of sight, not out of the file.
        files = (name for name in self.names if not name.endswith("/"))  # some writers enter their folders too
        seen.update(name for name in files if "/embeddings/" in name and "/_rels/" not in name)
        order = {name.lower(): position for position, name in enumerate(self.names)}
        for name in sorted(seen, key=lambda part: (order.get(part.lower(), len(order)), part)):
            if self.find(name) is not None:
                self.hand_over(name)

    def _with_relations(self) -> Iterator[str]:
        """Yield the parts that have relationships, in the order of the zip."""
        for name in self.names:
            folder, slash, last = name.rpartition("_rels/")
            if slash and last.endswith(".rels"):
                yield posixpath.join(folder, last.removesuffix(".rels"))

    def pictured(self, part: str, key: str) -> str:
        """Return the words drawn in the metafile that ``part`` points to by relationship ``key``, as a mark, or ""."""
        for one in self.relations(part):
            if one.id == key and one.kind == "image" and one.target.endswith(_METAFILES):
                drawn = metafile.lines(self.read(one.target) or b"")
                return marked("picture", "\n".join(drawn)) if drawn else ""
        return ""

    def drawn_text(self, part: str) -> str:
        """Return the text of charts and SmartArt that ``part`` points to, a paragraph or row of figures a line."""
        lines: list[str] = []
        for target in self.related(part, *_CHARTS, "diagramData"):
            for name in (target, *self.related(target, "chartUserShapes")):
                root = self.tree(name)
                if root is not None:
                    lines += drawing_paragraphs(root)
                    lines += _series(root)
        return "\n".join(line for line in lines if line.strip())

    def _relation(self, folder: str, element: Element) -> Relation:
        target, external = element.get("Target", ""), element.get("TargetMode") == "External"
        if not external:
            plain = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            target = self.find(plain) or self.find(unquote(plain)) or plain
        kind = element.get("Type", "").rpartition("/")[2]
        return Relation(element.get("Id", ""), kind, target, external)


def settle_alternatives(root: Element) -> Element:
    """Keep of each mc:AlternateContent the first branch with text, else the first; drop the others."""
    for alternatives in list(root.iter(_COMPATIBILITY + "AlternateContent")):
        branches = list(alternatives)
        kept = next((b for b in branches if "".join(map(str, b.itertext())).strip()), None)
        for branch in branches:
            if branch is not (kept if kept is not None else branches[0]):
                alternatives.remove(branch)
    return root


def drawing_paragraphs(element: Element) -> list[str]:
    """Return the DrawingML paragraphs (a:p) below an element as lines of text, in file order."""
    return ["".join(_drawing_runs(paragraph)) for paragraph in element.iter("{*}p")]


def _drawing_runs(paragraph: Element) -> Iterator[str]:
    for node in paragraph.iter("{*}t", "{*}br"):
        yield "\n" if local(node) == "br" else node.text or ""


def alternative_texts(root: Element) -> Iterator[str]:
    """Yield what stands in for pictures and shapes below an element: their titles and descriptions."""
    told = (named.get(key) or "" for named in root.iter("{*}docPr", "{*}cNvPr") for key in ("title", "descr"))
    for text in dict.fromkeys(" ".join(one.split()) for one in told):
        if text:
            yield marked("picture", text)


def _series(chart: Element) -> Iterator[str]:
    """Yield the rows behind a chart: each series' name, then its categories with their values."""
    for series in chart.iter("{*}ser"):
        yield " ".join(_points(series.find("{*}tx")).values())
        labels = _points(series.find("{*}cat")) or _points(series.find("{*}xVal"))
        values = _points(series.find("{*}val")) or _points(series.find("{*}yVal"))
        for index in sorted({*labels, *values}):
            yield "\t".join(filter(None, (labels.get(index, ""), values.get(index, ""))))
    for pool in chart.iter("{*}strDim", "{*}numDim"):  # charts of 2016 and later
        yield from (point.text or "" for point in pool.iter("{*}pt"))


def _points(holder: Element | None) -> dict[int, str]:
    """Return the cached points of one dimension by index; the levels of a category joined."""
    found: dict[int, str] = {}
    for point in holder.iter("{*}pt") if holder is not None else ():
        index, value = natural(point.get("idx", "")), point.findtext("{*}v") or ""
        found[index] = f"{found[index]} {value}" if index in found else value
    if holder is not None and not found and (plain := holder.find("{*}v")) is not None:
        found[0] = plain.text or ""
    return found


def emit_date(emit: Emit, field: str, value: str) -> None:
    """Emit an ISO 8601 date to the second; one that is no date is reported, a date of zeros means none."""
    if not value.strip("0-T:Z."):
        return
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        emit.problem(ExceptionCode.PARTIAL, f"the property {field} is no date: {value[:40]!r}")
    else:
        emit.field(field, moment.replace(microsecond=0).isoformat())
