"""Which characters the shipped fonts can draw, and how wide: read from the fonts themselves.

Only two tables are read, ``cmap`` (formats 4 and 12) and ``hmtx``, as the OpenType specification 1.9 lays
them out.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FONTS = Path(__file__).parent / "fonts"
# The typesetter takes a character from the first face that has it; sheet.typ names the same order.
FALLBACK = (
    "NotoSansArabic", "NotoSansHebrew", "DejaVuSans", "NotoSansThai", "NotoSansLao", "NotoSansKhmer",
    "NotoSansMyanmar", "NotoSansDevanagari", "NotoSansBengali", "NotoSansGurmukhi", "NotoSansGujarati",
    "NotoSansTamil", "NotoSansTelugu", "NotoSansEthiopic", "DroidSansFallback", "NotoEmoji", "NotoSansMath",
)  # fmt: skip
PRIMARY = {"sans": "LiberationSans", "serif": "LiberationSerif", "mono": "DejaVuSansMono"}
_FAMILY = {"LiberationSans": "Liberation Sans", "LiberationSerif": "Liberation Serif",
           "DejaVuSansMono": "DejaVu Sans Mono", "DejaVuSans": "DejaVu Sans",
           "DroidSansFallback": "Droid Sans Fallback", "NotoEmoji": "Noto Emoji"}  # fmt: skip

_LAST = 0x110000
_VISIBLE_FORMAT = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x8E2, 0x110BD, 0x110CD}  # Cf, yet with a glyph

Codes = NDArray[np.uint32]


@dataclass(frozen=True)
class Face:
    """One font file: its characters (ascending) and their widths in thousandths of the type size."""

    codes: Codes
    widths: NDArray[np.uint16]


def family(name: str) -> str:
    """Return the family name by which the typesetter knows a font file's stem."""
    return _FAMILY.get(name) or name.replace("NotoSans", "Noto Sans ")


def stack(style: str) -> list[str]:
    """Return the family names for ``sans``, ``serif`` or ``mono``, in order of preference."""
    return [family(name) for name in (PRIMARY[style], *FALLBACK)]


def hashes() -> dict[str, str]:
    """Return file name -> SHA-256 of every shipped font."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(FONTS.glob("*.ttf"))}


def read_face(data: bytes) -> Face:
    """Read a TrueType file's character map and widths.

    Raises:
        ValueError: when it has no Unicode map of format 4 or 12.
    """
    count = struct.unpack_from(">H", data, 4)[0]
    places = range(12, 12 + 16 * count, 16)
    tables = {data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0] for at in places}
    codes, glyphs = _character_map(data, tables[b"cmap"])
    keep = glyphs != 0
    codes, glyphs = codes[keep], glyphs[keep]
    order = np.argsort(codes)
    per_em = struct.unpack_from(">H", data, tables[b"head"] + 18)[0]
    measured = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
    advance = np.frombuffer(data, ">u2", 2 * measured, tables[b"hmtx"])[::2]
    widths = advance[np.minimum(glyphs, measured - 1)].astype(np.uint32) * 1000 // per_em
    return Face(codes[order], widths[order].astype(np.uint16))


def _character_map(data: bytes, start: int) -> tuple[Codes, Codes]:
    """Return (characters, glyphs) of the widest Unicode subtable."""
    found: dict[int, int] = {}
    for at in range(start + 4, start + 4 + 8 * struct.unpack_from(">H", data, start + 2)[0], 8):
        platform, _, offset = struct.unpack_from(">HHI", data, at)
        if platform in (0, 3):
            found.setdefault(struct.unpack_from(">H", data, start + offset)[0], start + offset)
    if 12 in found:
        return _format_12(data, found[12])
    if 4 in found:
        return _format_4(data, found[4])
    raise ValueError("no Unicode character map")


def _format_12(data: bytes, at: int) -> tuple[Codes, Codes]:
    count = struct.unpack_from(">I", data, at + 12)[0]
    groups = np.frombuffer(data, ">u4", 3 * count, at + 16).reshape(-1, 3)
    codes = [np.arange(first, last + 1, dtype=np.uint32) for first, last, _ in groups]
    glyphs = [np.arange(glyph, glyph + last - first + 1, dtype=np.uint32) for first, last, glyph in groups]
    return np.concatenate(codes), np.concatenate(glyphs)


def _format_4(data: bytes, at: int) -> tuple[Codes, Codes]:
    length, segments = struct.unpack_from(">H2xH", data, at + 2)
    segments //= 2
    words = np.frombuffer(data, ">u2", length // 2, at).astype(np.int64)
    ends = words[7 : 7 + segments]
    starts, deltas, offsets = (words[8 + segments * n : 8 + segments * (n + 1)] for n in (1, 2, 3))
    codes, glyphs = [], []
    for segment in range(segments):
        run = np.arange(starts[segment], ends[segment] + 1)
        if offsets[segment]:
            place = 8 + segments * 3 + segment + offsets[segment] // 2 + run - starts[segment]
            glyph = words[np.minimum(place, len(words) - 1)]
            glyph = np.where(glyph == 0, 0, (glyph + deltas[segment]) & 0xFFFF)
        else:
            glyph = (run + deltas[segment]) & 0xFFFF
        codes.append(run)
        glyphs.append(glyph)
    return np.concatenate(codes).astype(np.uint32), np.concatenate(glyphs).astype(np.uint32)


@dataclass(frozen=True)
class Coverage:
    """One style's faces together.

    ``faces`` has a bit for each face that draws a character, ``widths`` its width in the first such face.
    """

    faces: NDArray[np.uint32]
    widths: NDArray[np.uint16]

    def plain(self, text: str) -> bool:
        """Tell whether the first face alone draws the whole text, so that nothing can go wrong."""
        return text.isascii() or bool((self.faces[encode(text)] & 1).all())

    def missing(self, text: str) -> list[str]:
        """Return the characters that cannot be drawn, as ``U+0E01``, ascending.

        A mark counts as missing when no single face has it together with the letter it stands on: the
        typesetter takes both from one face, draws a box, or drops the mark without a word.
        """
        seen = np.unique(encode(text))
        lost = {int(code) for code in seen[(self.faces[seen] == 0)] if needs_glyph(int(code))}
        if any(unicodedata.category(chr(code))[0] == "M" for code in seen if code > 0x2FF):
            lost |= self._lost_marks(text)
        return [f"U+{code:04X}" for code in sorted(lost)]

    def _lost_marks(self, text: str) -> set[int]:
        lost: set[int] = set()
        for cluster in set(_clusters(text)):
            forms = (cluster, unicodedata.normalize("NFC", cluster), unicodedata.normalize("NFD", cluster))
            if not any(np.bitwise_and.reduce(self.faces[encode(form)]) for form in forms):
                lost |= {ord(char) for char in cluster[1:]}
        return lost


@cache
def coverage(style: str) -> Coverage:
    """Return what the faces of ``sans``, ``serif`` or ``mono`` cover together."""
    faces = np.zeros(_LAST, np.uint32)
    widths = np.zeros(_LAST, np.uint16)
    for bit, name in enumerate((PRIMARY[style], *FALLBACK)):
        face = _shipped(name)
        new = face.codes[faces[face.codes] == 0]
        widths[new] = face.widths[np.searchsorted(face.codes, new)]
        faces[face.codes] |= np.uint32(1 << bit)
    return Coverage(faces, widths)


@cache
def _shipped(name: str) -> Face:
    path = FONTS / f"{name}.ttf"
    return read_face((path if path.exists() else FONTS / f"{name}-Regular.ttf").read_bytes())


def encode(text: str) -> Codes:
    """Return a text's code points."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def needs_glyph(code: int) -> bool:
    """Tell whether a character shows anything; spaces, joiners and directional marks do not."""
    category = unicodedata.category(chr(code))
    if category == "Cf":
        return code in _VISIBLE_FORMAT
    return not (
        category in ("Zs", "Zl", "Zp", "Cc")
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or code in (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
    )


def _clusters(text: str) -> list[str]:
    """Return each letter that carries marks, with them, leaving out what needs no glyph."""
    shown = [char for char in text if char < "\u0300" or needs_glyph(ord(char))]
    found: list[str] = []
    cluster = ""
    for char in shown:
        if char > "\u02ff" and unicodedata.category(char)[0] == "M":
            cluster += char
            continue
        if len(cluster) > 1:
            found.append(cluster)
        cluster = char
    return [*found, cluster] if len(cluster) > 1 else found
