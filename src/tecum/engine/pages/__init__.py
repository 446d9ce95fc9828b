"""Documents to pages: typeset mail and text, clean PDFs, pictures, slip sheets, and the stamps on them.

Every maker is a pure function from bytes to bytes: the same input gives the same PDF on every run, because
page counts make Bates numbers and a rebuilt volume must equal the first.
"""

from __future__ import annotations

import hashlib
from importlib import metadata

from tecum.engine.pages.compiler import version
from tecum.engine.pages.coverage import hashes
from tecum.engine.pages.endorse import endorse
from tecum.engine.pages.image import image_pages
from tecum.engine.pages.pdf import pdf_pages
from tecum.engine.pages.rendition import FOOTER, MAX_PAGES, PAPER, Rendition
from tecum.engine.pages.tasks import endorse_task, pdf_count_task, render_task
from tecum.engine.pages.typesetting import SHEET, typeset

__all__ = [
    "FOOTER", "MAX_PAGES", "PAPER", "Rendition", "endorse", "endorse_task", "image_pages", "pdf_count_task",
    "pdf_pages", "render_task", "setup", "typeset",
]  # fmt: skip


def setup() -> dict[str, str]:
    """Return what page counts depend on: the renderer, the libraries, and hashes of our template and fonts.

    Written into the matter once; a later run with another setup stops with ``RendererChanged``.
    """
    fonts = hashes()
    return {
        "renderer": version(),
        "pikepdf": metadata.version("pikepdf"),
        "pillow": metadata.version("pillow"),
        "pypdfium2": metadata.version("pypdfium2"),
        "sheet": hashlib.sha256(SHEET.read_bytes()).hexdigest(),
        "fonts": hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in fonts.items()).encode()).hexdigest(),
    }
