"""PDF files: the text of every page in the order the file gives it, and what stands beside it.

Pages are separated by form feeds. After a page's text come its comments, form values and link targets, one
a line in brackets, so that a search finds them and a reader sees what they are.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import pdfstructure, pdftext

_IN_MEMORY: Final = 64 << 20  # bytes; a larger file is read piecemeal
# Glyphs without a Unicode meaning come out as private-use, replacement or control characters.
_MEANINGLESS: Final = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
_MEANINGLESS_SHARE: Final = 0.3


def read(item: Input, emit: Emit) -> None:
    """Emit pages, fields and attached files. Raises Unreadable: ENCRYPTED, CORRUPT."""
    source = io.BytesIO(item.file.read()) if item.size <= _IN_MEMORY else item.file
    with contextlib.ExitStack() as stack:
        document, password = _opened(source, item.passwords)
        structure, trouble = pdfstructure.opened(source, password, emit)
        if structure is not None:
            stack.callback(structure.close)
        if document is None:
            document = _repaired(structure)
            emit.problem(ExceptionCode.PARTIAL, "the file is damaged; what could be repaired of it was read")
        stack.callback(document.close)
        if trouble:
            emit.problem(ExceptionCode.PARTIAL, f"comments, form values and attached files not looked for: {trouble}")
        _read_pages(document, structure, emit)
        if structure is not None:
            structure.properties()
            structure.attachments()


def _opened(source: BinaryIO, passwords: tuple[str, ...]) -> tuple[Any, str]:
    """Return (document, password); the document is None when the file is damaged."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    for password in ("", *passwords):
        source.seek(0)
        try:
            document = pypdfium2.PdfDocument(source, password=password or None)
        except pypdfium2.PdfiumError as error:
            if error.err_code != pdfium.FPDF_ERR_PASSWORD:
                return None, ""
        else:
            if len(document):
                return document, password
            document.close()
            return None, password
    tried = f"; {len(passwords)} known passwords do not open it" if passwords else ""
    raise Unreadable(ExceptionCode.ENCRYPTED, f"the file needs a password{tried}")


def _repaired(structure: pdfstructure.Structure | None) -> Any:
    """Return the document as rewritten by the other library. Raises Unreadable CORRUPT."""
    rewritten = structure.rewritten() if structure is not None else None
    document = _opened(rewritten, ())[0] if rewritten is not None else None
    if document is None:
        raise Unreadable(ExceptionCode.CORRUPT, "not a readable PDF, and it cannot be repaired")
    return document


def _read_pages(document: Any, structure: pdfstructure.Structure | None, emit: Emit) -> None:
    count = len(document)
    textless: list[int] = []
    meaningless: list[int] = []
    broken: list[int] = []
    has_text = False
    for index in range(count):
        text, has_objects = pdftext.page_text(document, index)
        has_text |= bool(text and text.strip())
        if text is None:
            broken.append(index + 1)
        elif not text.strip() and has_objects:
            textless.append(index + 1)
        elif len(_MEANINGLESS.findall(text)) > _MEANINGLESS_SHARE * len(text):
            meaningless.append(index + 1)
        notes = structure.beside_page(index, text or "") if structure is not None else []
        emit.text("\n".join(filter(None, ((text or "").rstrip(), *notes))) + "\n")
        emit.text("\f" if index + 1 < count else "")
    if structure is not None:
        emit.text(structure.dynamic_form())
    emit.field("pages", str(count))
    if not has_text:
        emit.problem(ExceptionCode.EMPTY_TEXT, f"no page of {count} has a text layer")
    elif textless:
        emit.problem(ExceptionCode.PARTIAL, f"{_listed(textless)} of {count} without a text layer")
    if meaningless:
        emit.problem(ExceptionCode.PARTIAL, f"{_listed(meaningless)} of {count}: text without known letters")
    if broken:
        emit.problem(ExceptionCode.PARTIAL, f"{_listed(broken)} of {count} cannot be read")


def _listed(pages: list[int]) -> str:
    """Return "pages 3-5, 9" for [3, 4, 5, 9]."""
    runs = ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in _runs(pages))
    return f"page{'s' if len(pages) > 1 else ''} {runs}"


def _runs(pages: list[int]) -> Iterator[tuple[int, int]]:
    first = last = pages[0]
    for page in pages[1:]:
        if page != last + 1:
            yield first, last
            first = page
        last = page
    yield first, last


READER: Final = Reader("pdf", "1", frozenset({"pdf"}), read, library="pypdfium2, pikepdf")
