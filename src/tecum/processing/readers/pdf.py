"""PDF files: the text of every page in the order the file gives it, and what stands beside it.

Pages are separated by form feeds. After a page's text come its comments, form values and link targets, one
a line in brackets, so that a search finds them and a reader sees what they are.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.pagelist import listed, written
from tecum.processing.readers import pdfstructure, pdftext

_IN_MEMORY: Final = 64 << 20  # bytes; a larger file is read piecemeal
_UNDERLAID, _LAYERED = "underlaid_pages", "layered_pages"
_MEANINGS: Final = {
    pdftext.TEXTLESS: "without a text layer",
    pdftext.SPARSE: "pictures with hardly any text",
    pdftext.DOUBTFUL: "with text in which no language is seen",
}


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
            if not structure or not structure.was_encrypted:
                emit.problem(ExceptionCode.PARTIAL, "the file is damaged; what could be repaired of it was read")
        stack.callback(document.close)
        if trouble:
            emit.problem(ExceptionCode.PARTIAL, f"comments, form values and attached files not looked for: {trouble}")
        _read_pages(document, structure, emit)
        if structure is not None:
            structure.properties()
            structure.attachments()


def _opened(source: BinaryIO, passwords: tuple[str, ...]) -> tuple[Any, str]:
    """Return (document, password); the document is None when only the other library may open the file."""
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
    for password in ("", *passwords):
        if pdfstructure.opens(source, password):
            return None, password
    tried = f"; {len(passwords)} known passwords do not open it" if passwords else ""
    raise Unreadable(ExceptionCode.ENCRYPTED, f"the file needs a password{tried}")


def _repaired(structure: pdfstructure.Structure | None) -> Any:
    """Return the document as rewritten by the other library. Raises Unreadable CORRUPT."""
    rewritten = structure.rewritten() if structure else None
    document = _opened(rewritten, ())[0] if rewritten is not None else None
    if document is None:
        raise Unreadable(ExceptionCode.CORRUPT, "not a readable PDF, and it cannot be repaired")
    return document


def _read_pages(document: Any, structure: pdfstructure.Structure | None, emit: Emit) -> None:
    """Emit the pages' text, form feeds between them, and say which pages have no usable text.

    Of a file without any text nothing is emitted: it is not searched, and form feeds would look like text.
    """
    count = len(document)
    layers = structure.hidden_layers() if structure is not None else frozenset()
    pages: dict[str, list[int]] = {}
    pending = ""  # what is held back until there is a first word
    has_text = has_words = False
    for index in range(count):
        page = pdftext.page_text(document, index, layers)
        has_text |= bool(page.text.strip())
        for state in _states(page):
            pages.setdefault(state, []).append(index + 1)
        notes = [f"[hidden layer {name}: {text}]" for name, text in page.hidden]
        notes += structure.beside_page(index, page.text) if structure is not None else []
        pending += "\n".join(filter(None, (page.text.rstrip(), *notes))) + "\n"
        has_words |= bool(pending.strip())
        if has_words:
            emit.text(pending)
            pending = ""
        pending += "\f" if index + 1 < count else ""
    form = structure.dynamic_form() if structure is not None else ""
    if has_words or form:
        emit.text(pending + form)
    emit.field("pages", str(count))
    hidden = ["comments"] if structure is not None and structure.has_comments else []
    hidden += ["layers"] if _LAYERED in pages else []
    if hidden:
        emit.field("hidden", hidden)
    _say_what_lacks(pages, count, has_text, emit)


def _states(page: pdftext.Page) -> Iterator[str]:
    """Yield the lists in which a page is to be named."""
    if page.state != pdftext.SOUND:
        yield page.state
    if page.underlaid:
        yield _UNDERLAID
    if page.hidden:
        yield _LAYERED


def _say_what_lacks(pages: dict[str, list[int]], count: int, has_text: bool, emit: Emit) -> None:
    """Emit fields and problems for the pages that are to be recognised, and for those that cannot be read."""
    unusable = []
    for state in (*_MEANINGS, _UNDERLAID):
        if named := pages.get(state):
            emit.field(state, written(named))
            unusable += [f"{listed(named)} of {count} {_MEANINGS[state]}"] if state in _MEANINGS else []
    if broken := pages.get(pdftext.BROKEN):
        emit.problem(ExceptionCode.PARTIAL, f"{listed(broken)} of {count} cannot be read")
    if not has_text:
        emit.problem(ExceptionCode.EMPTY_TEXT, f"no page of {count} has a text layer")
    elif unusable:
        emit.problem(ExceptionCode.TEXTLESS_PAGES, "; ".join(unusable))


READER: Final = Reader("pdf", "2", frozenset({"pdf"}), read, library="pypdfium2, pikepdf")
