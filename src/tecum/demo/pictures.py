"""Draw pages that hold no text for a machine: a scan, a photograph of a whiteboard, a logo.

Pillow's own bitmap letters are used and enlarged, so that no font file and no font engine decides the bytes.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont


def page(lines: Sequence[str], width: int = 420, height: int = 540) -> Image.Image:
    """Return a black-and-white page of text, three times ``width`` by ``height`` pixels."""
    small = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(small)
    letters = ImageFont.load_default_imagefont()
    for number, line in enumerate(lines):
        pen.text((24, 24 + 16 * number), line, font=letters, fill=0)
    large = small.resize((3 * width, 3 * height), Image.Resampling.BICUBIC)
    return large.point([0] * 140 + [255] * 116).convert("1", dither=Image.Dither.NONE)


def png(picture: Image.Image) -> bytes:
    """Return a black-and-white picture as PNG with stored rows: compressors differ between builds."""
    width, height = picture.size
    row = (width + 7) // 8
    packed = picture.tobytes()
    rows = b"".join(b"\0" + packed[i * row : (i + 1) * row] for i in range(height))
    blocks = [rows[i : i + 65535] for i in range(0, len(rows), 65535)]
    stored = b"".join(
        struct.pack("<BHH", number == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block
        for number, block in enumerate(blocks)
    )
    data = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def tiff(picture: Image.Image) -> bytes:
    """Return a black-and-white picture as a Group IV TIFF of 150 dots an inch."""
    file = io.BytesIO()
    picture.save(file, "TIFF", compression="group4", dpi=(150, 150))
    return file.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
