"""The files that a PDF carries: attached, associated, pinned to a page, or collected in a portfolio.

Follows ISO 32000-2: 7.11 (file specifications), 7.9.6 (name trees), 7.11.6 (collections), 14.13 (associated files).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tecum.hooks import Emit
from tecum.model import ExceptionCode
from tecum.processing.readers.pdfvalues import iso_date, items, odd, said, string
from tecum.processing.readers.zipxml import MAX_MEMBER

_DEEP: Final = 64  # names nested in a name tree
_FOLDERS: Final = 10_000  # of a portfolio
_IN_FOLDER: Final = re.compile(r"<(\d{1,9})>(.*)", re.DOTALL)  # a name tree's key for a file in a portfolio's folder


def emit_files(pdf: Any, pinned: list[Any], emit: Emit, partial: Callable[[str, Exception], None]) -> None:
    """Emit each file once. ``pinned`` are file specifications of annotations; ``partial`` takes what cannot be read."""
    folders: dict[int, str] = {}
    named: list[tuple[str, Any]] = []
    try:
        collection = pdf.Root.get("/Collection")
        if collection is not None:
            emit.field("portfolio", "yes")
            folders.update(_folders(collection.get("/Folders")))
    except odd() as error:
        partial("the folders of the portfolio", error)
    try:
        named += _named(pdf.Root.get("/Names", {}).get("/EmbeddedFiles"), _DEEP)
        named += [("", specification) for specification in items(pdf.Root.get("/AF"))]
    except odd() as error:
        partial("the list of attached files", error)
    seen: set[tuple[int, int]] = set()
    for number, (key, specification) in enumerate([*named, *(("", one) for one in pinned)], 1):
        inside = _IN_FOLDER.fullmatch(key)
        name, folder = (inside[2], folders.get(int(inside[1]), "")) if inside else (key, "")
        try:
            _emit_file(name or f"attachment {number}", folder, specification, seen, emit)
        except odd() as error:
            message = f"the attached file cannot be read: {said(error)}"
            emit.member(folder + (name or f"attachment {number}"), None, problem=ExceptionCode.CORRUPT, message=message)


def _emit_file(name: str, folder: str, specification: Any, seen: set[tuple[int, int]], emit: Emit) -> None:
    files = specification.get("/EF")
    if files is None:  # a reference to a file elsewhere
        return
    stream = files.get("/UF", files.get("/F"))
    if stream.objgen in seen:
        return
    seen.add(stream.objgen)
    name = folder + (string(specification.get("/UF")) or string(specification.get("/F")) or name)
    details = stream.get("/Params", {})
    size = int(details.get("/Size", -1))
    fields = {
        "file_modified": iso_date(string(details.get("/ModDate"))),
        "declared_type": str(stream.get("/Subtype", "")).removeprefix("/"),
    }
    known = {key: value for key, value in fields.items() if value}
    if size > MAX_MEMBER:
        message = f"the attached file is larger than {MAX_MEMBER >> 20} MiB"
        emit.member(name, None, declared_size=size, fields=known, problem=ExceptionCode.LIMIT_SIZE, message=message)
    else:
        emit.member(name, stream.read_bytes(), declared_size=size, fields=known)


def _named(tree: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield (name, file specification) of a name tree, no deeper than ``depth``."""
    if tree is None:
        return
    if depth == 0:
        raise ValueError("the name tree has no end")
    flat = list(tree.get("/Names", ()))
    yield from ((string(name), value) for name, value in zip(flat[::2], flat[1::2], strict=False))
    for kid in items(tree.get("/Kids")):
        yield from _named(kid, depth - 1)


def _folders(root: Any) -> Iterator[tuple[int, str]]:
    """Yield the folders of a portfolio: number, and path with a slash at its end ("" for the topmost)."""
    waiting = [(root, "")] if root is not None else []
    seen: set[tuple[int, int]] = set()
    while waiting:
        folder, above = waiting.pop()
        if folder.objgen in seen or len(seen) > _FOLDERS:
            raise ValueError("they have no end")
        seen.add(folder.objgen)
        path = "" if folder is root else f"{above}{string(folder.get('/Name'))}/"
        yield int(folder.get("/ID", 0)), path
        waiting += [(folder[key], base) for key, base in (("/Next", above), ("/Child", path)) if key in folder]
