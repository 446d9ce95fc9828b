"""EDRM XML 1.x, read leniently and with entities and network off.

Public generators disagree on the ``Documents`` wrapper, so elements are taken wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tecum.loadfile.dialect import Anomaly, shorten

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True)
class EdrmFile:
    """One file of a document: ``kind`` is Native, Text or Image; ``path`` joins FilePath and FileName."""

    kind: str
    path: str
    size: str = ""
    hash: str = ""


@dataclass(frozen=True)
class EdrmDocument:
    """One ``Document``: its id, tags (name -> value) and files; ``line`` in the XML."""

    line: int
    id: str
    mime: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    files: tuple[EdrmFile, ...] = ()


class EdrmReader:
    """Iterate over the documents; afterwards ``relations`` holds (type, parent id, child id).

    A file that is not well-formed ends the iteration with anomaly P02; what came before was yielded.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.anomalies: list[Anomaly] = []
        self.assumed = ["EDRM XML"]
        self.relations: list[tuple[str, str, str]] = []

    def __iter__(self) -> Iterator[EdrmDocument]:
        from lxml import etree

        self.file.seek(0)
        walk = etree.iterparse(
            self.file,
            events=("end",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for _, element in walk:
                name = etree.QName(element).localname
                if name == "Document":
                    yield _document(element)
                    _forget(element)
                elif name == "Relationship":
                    self.relations.append(
                        (
                            element.get("Type", ""),
                            element.get("ParentDocId", ""),
                            element.get("ChildDocId", ""),
                        )
                    )
                    _forget(element)
        except etree.XMLSyntaxError as error:
            said = "The XML is not well-formed; reading ended here."
            self.anomalies.append(Anomaly("P02", error.lineno or 0, said, shorten(str(error))))


def _document(element: etree._Element) -> EdrmDocument:
    from lxml import etree

    tags: dict[str, str] = {}
    files: list[EdrmFile] = []
    for inner in element.iter():
        if not isinstance(inner.tag, str):
            continue  # an entity reference left unresolved
        name = etree.QName(inner).localname
        if name == "Tag":
            tags[inner.get("TagName", "")] = inner.get("TagValue") or (inner.text or "")
        elif name == "ExternalFile":
            parent = inner.getparent()
            kind = parent.get("FileType", "") if parent is not None else ""
            files.append(
                EdrmFile(
                    kind,
                    _joined(inner.get("FilePath", ""), inner.get("FileName", "")),
                    inner.get("FileSize", ""),
                    inner.get("Hash", ""),
                )
            )
    return EdrmDocument(
        element.sourceline or 0, element.get("DocID", ""), element.get("MimeType", ""), tags, tuple(files)
    )


def _joined(folder: str, name: str) -> str:
    """FilePath is a folder in some writers and the whole path in others."""
    if not name or folder.replace("\\", "/").rpartition("/")[2] == name:
        return folder
    return folder.rstrip("/\\") + "/" + name if folder else name


def _forget(element: etree._Element) -> None:
    """Free a finished element and the siblings before it, so that memory stays flat."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def read_edrm_xml(path: Path) -> Iterator[EdrmDocument]:
    """Yield the documents of an EDRM XML file; use :class:`EdrmReader` to hear of anomalies too."""
    with path.open("rb") as file:
        yield from EdrmReader(file)
