"""What every maker of pages hands back, and the sizes they share."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pikepdf import Pdf

POINTS = 72  # per inch
PAPER = {"us-letter": (612.0, 792.0), "a4": (595.28, 841.89)}  # width, height in points
FOOTER = 43.2  # points (0.6 inch) at the bottom of a page that belong to the endorsement
MAX_PAGES = 5_000  # of one document; a longer one goes out as native with a slip sheet


@dataclass(frozen=True)
class Rendition:
    """A document as pages.

    ``pages`` is counted in the finished PDF. ``missing_glyphs`` are characters, as ``U+0E01``, that no
    shipped font can draw: the caller records ``GLYPH_MISSING``. ``notes`` say in plain sentences what of
    the source is not on the pages (a script, a hidden layer, an animation's other frames).
    """

    pdf: bytes
    pages: int
    missing_glyphs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def saved(pdf: Pdf) -> bytes:
    """Return a new PDF's bytes without information dictionary or XMP; the same pages give the same bytes."""
    import pikepdf

    for place, key in ((pdf.Root, "/Metadata"), (pdf.trailer, "/Info")):
        if key in place:
            del place[key]
    out = io.BytesIO()
    pdf.save(
        out,
        deterministic_id=True,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()
