"""One page of a PDF, or one frame of a picture, as grey pixels for a recogniser."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from tecum.engine.pages.image import MAX_PIXELS, flat
from tecum.hooks import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS: Final = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "gif": "GIF", "bmp": "BMP", "webp": "WEBP"}
KINDS: Final = frozenset(_FORMATS)  # pictures that can be decoded
_MOST: Final = 40_000_000  # pixels of a page that is drawn: a sheet of 44 by 34 inches at 160 dpi
_POINTS: Final = 72
_BELIEVED: Final = (50, 2400)  # dpi that a picture may state; 72 and 96 stand for "unknown", and do no harm
_INK: Final = 64  # how much darker or lighter than the page's mean a pixel must be
_INK_SHARE: Final = 0.00002  # of the pixels: a few specks; a full stop at 300 dpi is some 30 of 8 million


@dataclass(frozen=True)
class Raster:
    """Grey pixels of a page as it is shown. ``dpi`` is 0 where a picture does not say."""

    pixels: Image
    dpi: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.width, self.pixels.height

    def is_blank(self) -> bool:
        """Whether there is no ink on it, nor light writing on a dark ground."""
        levels = self.pixels.histogram()
        total = sum(levels)
        mean = sum(level * count for level, count in enumerate(levels)) / total
        ink = sum(count for level, count in enumerate(levels) if abs(level - mean) > _INK)
        return ink <= _INK_SHARE * total


def pdf_raster(file: BinaryIO, page: int, dpi: int, passwords: tuple[str, ...] = ()) -> Raster:
    """Draw a page (from 1) with its annotations; a very large one at fewer than ``dpi`` pixels an inch.

    Raises:
        Unreadable: CORRUPT, ENCRYPTED.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    for password in ("", *passwords):
        file.seek(0)
        try:
            document = pypdfium2.PdfDocument(file, password=password or None, autoclose=False)
            break
        except pypdfium2.PdfiumError as error:
            if error.err_code != pdfium.FPDF_ERR_PASSWORD:
                raise Unreadable("CORRUPT", f"the page cannot be drawn: {error}") from None
    else:
        raise Unreadable("ENCRYPTED", "the file needs a password")
    try:
        drawn = document[page - 1]
        width, height = drawn.get_size()
        scale = min(dpi / _POINTS, (_MOST / max(1.0, width * height)) ** 0.5)
        bitmap = drawn.render(scale=scale, grayscale=True, limit_image_cache=True)
        return Raster(bitmap.to_pil().convert("L"), round(scale * _POINTS))
    except (pypdfium2.PdfiumError, ValueError, IndexError) as error:
        raise Unreadable("CORRUPT", f"the page cannot be drawn: {error}") from None


def picture_raster(file: BinaryIO, kind: str, frame: int) -> Raster:
    """Decode a frame (from 1) of a picture, upright as its file says, on white paper.

    Raises:
        Unreadable: CORRUPT, LIMIT_SIZE.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(file, formats=[_FORMATS[kind]]) as picture:
            warnings.simplefilter("ignore")  # remarks on sloppy metadata
            picture.seek(frame - 1)
            if picture.width * picture.height > MAX_PIXELS:
                raise Unreadable("LIMIT_SIZE", f"{picture.width} x {picture.height} pixels")
            dpi = _stated(picture.info.get("dpi", (0, 0)))
            upright = ImageOps.exif_transpose(picture)
            return Raster(flat(upright).convert("L"), dpi)
    except Image.DecompressionBombError as error:
        raise Unreadable("LIMIT_SIZE", str(error)) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, LookupError, TypeError) as error:
        raise Unreadable("CORRUPT", f"the picture cannot be decoded: {error}") from None


def _stated(dpi: tuple[float, float]) -> int:
    """Return the resolution that a picture states, the same both ways; 0 where it states none."""
    across, down = (round(float(value)) for value in dpi)
    return across if _BELIEVED[0] <= across <= _BELIEVED[1] and across == down else 0
