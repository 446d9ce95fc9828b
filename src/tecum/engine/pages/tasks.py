"""The same work as tasks of the sandbox, since every source is written by someone who may wish us ill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from tecum.engine.pages.endorse import endorse
from tecum.engine.pages.image import image_pages
from tecum.engine.pages.pdf import pdf_pages
from tecum.engine.pages.rendition import Rendition
from tecum.engine.pages.typesetting import typeset
from tecum.hooks import Unreadable

Send = Callable[[dict[str, Any], bytes], None]
PIECE = 1 << 20


def render_task(file: BinaryIO | None, args: dict[str, Any], send: Send) -> None:
    """Make pages; send the PDF in pieces, then ``{"pages", "missing_glyphs", "notes", "bytes"}``.

    Args:
        file: for ``mail`` and ``text`` the text as UTF-8, for ``pdf`` and ``image`` the native.
        args: ``kind`` (``mail``, ``text``, ``slip``, ``pdf``, ``image``), ``paper``, and ``data`` as
            ``typeset`` takes it, without the text.
        send: the sandbox's channel.

    Raises:
        Unreadable: as the maker of that kind says.
    """
    made = _made(file, args)
    _send_pieces(made.pdf, send)
    told = {"pages": made.pages, "missing_glyphs": made.missing_glyphs, "notes": made.notes}
    send({**told, "bytes": len(made.pdf)}, b"")


def endorse_task(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Stamp a rendition; send the PDF in pieces, then ``{"pages", "bytes"}``.

    ``args``: ``numbers``, ``designation``, ``clear_footer`` as ``endorse`` takes them.
    """
    clear = args.get("clear_footer", False)
    pdf = endorse(file.read(), args["numbers"], args.get("designation", ""), clear_footer=clear)
    _send_pieces(pdf, send)
    send({"pages": len(args["numbers"]), "bytes": len(pdf)}, b"")


def pdf_count_task(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Send ``{"pages", "text"}``: the number of pages, and for each whether it has extractable text.

    Raises:
        Unreadable: ``ENCRYPTED`` or ``CORRUPT``.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        with PdfDocument(file.read()) as document:
            text = []
            for page in document:
                words = page.get_textpage()
                text.append(bool(words.get_text_bounded().strip()))
                words.close()
                page.close()
    except PdfiumError as error:
        code = "ENCRYPTED" if "assword" in str(error) else "CORRUPT"
        raise Unreadable(code, f"not a readable PDF: {error}") from None
    send({"pages": len(text), "text": text}, b"")


def _made(file: BinaryIO | None, args: dict[str, Any]) -> Rendition:
    kind, data = args["kind"], dict(args.get("data", {}))
    if kind == "slip":
        return typeset(kind, data, paper=args.get("paper", "us-letter"))
    if file is None:
        raise Unreadable("EMPTY_FILE", "there is nothing to show")
    if kind == "pdf":
        return pdf_pages(file)
    if kind == "image":
        return image_pages(file)
    data["body" if kind == "mail" else "text"] = file.read().decode("utf-8", "replace")
    return typeset(kind, data, paper=args.get("paper", "us-letter"))


def _send_pieces(data: bytes, send: Send) -> None:
    for at in range(0, len(data), PIECE):
        send({}, data[at : at + PIECE])
