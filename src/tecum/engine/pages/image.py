"""A picture or a fax to pages: decoded to pixels and written anew, so that only the pixels are carried."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from tecum.engine.pages.rendition import FOOTER, MAX_PAGES, PAPER, POINTS, Rendition, saved
from tecum.hooks import Unreadable

if TYPE_CHECKING:
    from pikepdf import Object, Pdf
    from PIL.Image import Image

MAX_PIXELS = 150_000_000  # of one frame: an A0 sheet at 300 dpi; in colour that is 450 MB of memory
JPEG_QUALITY = 90
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")
_LOSSY = ("JPEG", "MPO", "WEBP")  # MPO: a JPEG with a second picture behind it
_SCAN_DPI = (100, 1200)  # what a scanner writes; 72 and 96 are what cameras and screens write for "unknown"
_SCREEN_DPI = 96  # a small picture is not blown up beyond this
_MARGIN = 36.0  # points around a picture that is fitted to a letter page
_ORIENTATION = 0x0112  # EXIF
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_SIZES = 273, 278, 279  # TIFF


def image_pages(file: bytes | BinaryIO) -> Rendition:
    """Put a PNG, JPEG, TIFF (every page), GIF, BMP or WEBP on pages.

    Black-and-white pixels are written as CCITT Group IV, lossy pictures as JPEG of quality 90, others
    without loss; orientation is applied, metadata is not copied. A scan keeps its physical size, any other
    picture is fitted to a letter page. Of an animation the first frame is shown, with a note.

    Raises:
        Unreadable: ``CORRUPT``; ``UNSUPPORTED`` for another kind of picture; ``LIMIT_SIZE`` over
            ``MAX_PIXELS`` pixels in a frame or ``MAX_PAGES`` pages.
    """
    import pikepdf
    from PIL import Image, UnidentifiedImageError

    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    notes: list[str] = []
    try:
        with warnings.catch_warnings(), pikepdf.new() as target:
            warnings.simplefilter("ignore")  # remarks on sloppy metadata, which is not carried anyway
            with Image.open(stream, formats=_FORMATS) as picture:
                for frame in _frames(picture, notes):
                    _add_page(target, frame, picture.format in _LOSSY)
            return Rendition(saved(target), len(target.pages), [], notes)
    except UnidentifiedImageError:
        raise Unreadable("UNSUPPORTED", "not a picture of a kind that can be shown") from None
    except Image.DecompressionBombError as error:
        raise Unreadable("LIMIT_SIZE", str(error)) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, LookupError, TypeError) as error:
        raise Unreadable("CORRUPT", f"the picture cannot be decoded: {error}") from None


def _frames(picture: Image, notes: list[str]) -> Iterator[Image]:
    """Yield the frames that are pages, each checked for its size before its pixels are decoded."""
    count = getattr(picture, "n_frames", 1)
    if picture.format != "TIFF" and count > 1:
        notes.append(f"{count} frames: the first is shown")
        count = 1
    if count > MAX_PAGES:
        raise Unreadable("LIMIT_SIZE", f"it has {count} pages")
    for number in range(count):
        picture.seek(number)
        if picture.width * picture.height > MAX_PIXELS:
            raise Unreadable("LIMIT_SIZE", f"{picture.width} x {picture.height} pixels")
        yield picture


def _add_page(target: Pdf, frame: Image, lossy: bool) -> None:
    import pikepdf
    from PIL import ImageOps

    dpi = frame.info.get("dpi", (0, 0))
    turned = frame.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    pixels = flat(ImageOps.exif_transpose(frame))
    width, height, x, y, page = _place(pixels, dpi[::-1] if turned else dpi)
    target.add_blank_page(page_size=page)
    new = target.pages[-1].obj
    new.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=_image(target, pixels, lossy)))
    new.Contents = target.make_stream(f"q {width:.6g} 0 0 {height:.6g} {x:.6g} {y:.6g} cm /P Do Q".encode())


def _place(pixels: Image, dpi: tuple[float, float]) -> tuple[float, float, float, float, tuple[float, float]]:
    """Return width, height, x, y of the picture and the page's size, all in points."""
    across, down = (float(value) for value in dpi)
    low, high = _SCAN_DPI
    if low <= across <= high and low <= down <= high:
        width, height = pixels.width * POINTS / across, pixels.height * POINTS / down
        if max(width, height) <= 4 * PAPER["us-letter"][1]:
            return width, height, 0, 0, (width, height)
    page = PAPER["us-letter"] if pixels.height >= pixels.width else PAPER["us-letter"][::-1]
    bottom = FOOTER + _MARGIN / 2
    scale = min(
        (page[0] - 2 * _MARGIN) / pixels.width,
        (page[1] - _MARGIN - bottom) / pixels.height,
        POINTS / _SCREEN_DPI,
    )
    width, height = pixels.width * scale, pixels.height * scale
    return width, height, (page[0] - width) / 2, page[1] - _MARGIN - height, (page[0], page[1])


def flat(frame: Image) -> Image:
    """Return the pixels as 1-bit, grey or RGB on white paper."""
    from PIL import Image

    if frame.mode in ("1", "L", "RGB"):
        if "transparency" not in frame.info:
            return frame
    elif frame.mode.startswith(("I", "F")):
        return _grey(frame)
    elif not frame.has_transparency_data:
        return frame.convert("L" if frame.mode == "LA" else "RGB")
    whole = frame.convert("RGBA")
    paper = Image.new("RGB", whole.size, "white")
    paper.paste(whole, mask=whole.getchannel("A"))
    return paper


def _grey(frame: Image) -> Image:
    """Return deep pixels as 8-bit grey, their darkest black and their brightest white."""
    import numpy as np
    from PIL import Image

    values = np.asarray(frame).astype(np.float64)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / ((high - low) or 1))).astype(np.uint8))


def _image(target: Pdf, pixels: Image, lossy: bool) -> Object:
    from pikepdf import Dictionary, Name

    colours = 3 if pixels.mode == "RGB" else 1
    if pixels.mode == "1":
        data, how = _group4(pixels), Name.CCITTFaxDecode
        parms = Dictionary(K=-1, Columns=pixels.width, Rows=pixels.height, BlackIs1=True)
    elif lossy:
        data, how, parms = _encoded(pixels, "JPEG", quality=JPEG_QUALITY), Name.DCTDecode, None
    else:
        data, how = _png_data(pixels), Name.FlateDecode
        parms = Dictionary(Predictor=15, Colors=colours, BitsPerComponent=8, Columns=pixels.width)
    image = target.make_stream(
        b"",
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=pixels.width,
        Height=pixels.height,
        ColorSpace=Name.DeviceRGB if colours == 3 else Name.DeviceGray,
        BitsPerComponent=1 if pixels.mode == "1" else 8,
    )
    image.write(data, filter=how, decode_parms=parms)
    return image


def _encoded(pixels: Image, kind: str, **options: Any) -> bytes:
    bare = pixels.copy()
    bare.info = {}  # else the encoder would copy colour profile, comment and EXIF
    out = io.BytesIO()
    bare.save(out, kind, **options)
    return out.getvalue()


def _group4(pixels: Image) -> bytes:
    """Return CCITT Group IV data: one strip of a TIFF can stand in a PDF as it is."""
    from PIL import Image

    data = _encoded(pixels, "TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: pixels.height})
    with Image.open(io.BytesIO(data)) as written:
        (start,), (size,) = written.tag_v2[_STRIP_OFFSETS], written.tag_v2[_STRIP_SIZES]  # type: ignore[attr-defined]
    return data[start : start + size]


def _png_data(pixels: Image) -> bytes:
    """Return a PNG's compressed and row-filtered data, which a PDF takes as Flate with PNG predictors."""
    data = _encoded(pixels, "PNG")
    found = []
    at = 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            found.append(data[at + 8 : at + 8 + size])
        at += size + 12
    return b"".join(found)
