"""The rows of a received volume: its load files, its documents, and the files that are parts of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tecum.engine.blobs import BlobRef
from tecum.model import Disposition, ExceptionCode, ReceivedDocument, ReceivedFile
from tecum.processing.itemreading import clean_fields, shown_name
from tecum.processing.rows import LOAD_FILE, RECEIVED, item_key, member_sort

READER = "load file 1"
STAGE = "receive"


@dataclass(frozen=True)
class Taking:
    """One document or file to take in: the source's number, its root, and what the load file says."""

    source: int
    root: str
    what: ReceivedDocument | ReceivedFile

    @property
    def sort(self) -> bytes:
        """Where it stands in the order of everything."""
        what = self.what
        if isinstance(what, ReceivedFile):
            return os.fsencode(what.path)
        sort = os.fsencode(what.family_file)
        for depth, position in enumerate((*what.above, what.position), 1):
            sort = member_sort(sort, position, depth)
        return sort

    @property
    def key(self) -> str:
        """The key of its item: it depends on its place alone."""
        return item_key(self.source, self.sort)


@dataclass(frozen=True)
class Kept:
    """A file of the volume whose bytes are in the blobs."""

    ref: BlobRef
    md5: str
    modified: str


def document_row(
    work: Taking,
    document: ReceivedDocument,
    *,
    said: dict[str, Any] | None = None,
    problem: Callable[[str, str], None] | None = None,
    rule: str = "",
) -> dict[str, Any]:
    """The item of a row; with ``rule`` it is set aside. What the row says goes before what its native says.

    ``problem(code, message)`` is told of fields that had to be cut.
    """
    fields, cut = clean_fields({**(said or {}), **document.fields})
    if cut and problem:
        told = f"very long, so its end stands in the load file alone: {', '.join(cut)}"
        problem(ExceptionCode.PARTIAL, told)
    shown = shown_name(document.begin) or f"row {document.position + 1}"
    where = {"load_file": document.load_file, "native": document.native, "pdf": document.pdf}
    where["text"] = document.texts[0] if len(document.texts) == 1 else ""
    where["mail_folder"] = str(fields.get("intfilepath", ""))
    depth = len(document.above) + 1
    up = work.sort[:-4] if depth > 1 else os.fsencode(document.family_file)
    return _row(
        key=work.key,
        source=work.source,
        parent=item_key(work.source, up),
        position=document.position,
        depth=depth,
        sort=work.sort,
        path=f"{plain(document.family_file)}//{shown}",
        name=shown_name(str(fields.get("filename", "")).replace("\\", "/").rpartition("/")[2]) or shown,
        size=-1,
        outside=json.dumps({name: plain(path) for name, path in where.items() if path}, sort_keys=True),
        kind=RECEIVED,
        disposition=Disposition.EXCLUDED if rule else Disposition.DOCUMENT,
        rule=rule,
        reader=READER,
        fields=json.dumps(fields, ensure_ascii=False, sort_keys=True),
    )


def loose_row(source: int, path: str, kept: Kept, rule: str) -> dict[str, Any]:
    """The item of a file that is read through a load file; without a rule, of a load file."""
    place = os.fsencode(path)
    return _row(
        key=item_key(source, place),
        source=source,
        sort=place,
        path=plain(path),
        name=plain(path).rpartition("/")[2],
        size=kept.ref.size,
        sha256=kept.ref.hash,
        md5=kept.md5,
        modified=kept.modified,
        disposition=Disposition.EXCLUDED if rule else Disposition.CONTAINER,
        rule=plain(rule),
        kind="" if rule else LOAD_FILE,
        reader="" if rule else READER,
    )


def _row(**columns: Any) -> dict[str, Any]:
    """Every column of an item, so that all rows go in by one statement."""
    blank = {
        "parent": "", "position": 0, "depth": 0, "size": -1, "sha256": "", "md5": "", "modified": "", "outside": "{}",
        "budget": 0, "inline": 0, "kind": "", "mime": "", "rule": "", "reader": "", "fields": "{}", "text": "",
        "text_size": 0, "body_hash": "", "members": 0,
    }  # fmt: skip
    return {**blank, **columns}


def exceptions_of(key: str, problems: dict[str, list[str]], tool: str) -> list[dict[str, str]]:
    """One exception for each code, its messages joined."""
    return [
        {"item": key, "stage": STAGE, "code": code, "message": "; ".join(dict.fromkeys(said))[:2000], "tool": tool}
        for code, said in problems.items()
    ]


def plain(text: str) -> str:
    """Return a path as it can be stored: names on disk may be of any bytes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
