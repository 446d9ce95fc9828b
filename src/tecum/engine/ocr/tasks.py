"""What runs in the sandbox: draw one page, let the engine read it, send its words; say what an engine is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from tecum.engine.ocr import rapid, raster, tesseract
from tecum.engine.ocr.words import PageWords
from tecum.engine.sandbox_child import PIECE

if TYPE_CHECKING:
    from tecum.engine.sandbox_child import Send


def recognise_task(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Recognise one page (a sandbox task); sends the pieces of ``PageWords.json``, in their order.

    ``args``: engine, program (path of tesseract), languages, kind (pdf, or a picture's), page (from 1), dpi (for a
    PDF) and passwords.

    Raises:
        Unreadable: CORRUPT, ENCRYPTED, LIMIT_SIZE, CRASH.
    """
    if args["kind"] == "pdf":
        page = raster.pdf_raster(file, args["page"], args["dpi"], tuple(args["passwords"]))
    else:
        page = raster.picture_raster(file, args["kind"], args["page"])
    if page.is_blank():
        words = PageWords(*page.size, page.dpi, blank=True)
    elif args["engine"] == rapid.NAME:
        words = rapid.recognise(page)
    else:
        words = tesseract.recognise(page, tuple(args["languages"]), args["program"])
    data = words.json()
    for start in range(0, len(data), PIECE):
        send({"t": "words"}, data[start : start + PIECE])


def describe_task(file: None, args: dict[str, Any], send: Send) -> None:
    """Say what tesseract is (a sandbox task): sends one message with version, and the hash of each language's data.

    ``args``: program and languages. A language that is not installed has the hash "".

    Raises:
        Unreadable: CRASH when the program does not answer.
    """
    program = args["program"]
    send({"version": tesseract.version(program), "data": tesseract.data_hashes(program, tuple(args["languages"]))}, b"")
