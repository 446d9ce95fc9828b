"""What may pass from a source PDF into a production: the keys that draw, and nothing else (ISO 32000-2).

Everything reachable from a page is walked once; a key that is not listed here is dropped, whatever it is:
scripts, actions, embedded files, metadata, structure and private data hang on keys that draw nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

_STREAM = "Length Filter DecodeParms"
_FORM = "Type Subtype FormType BBox Matrix Resources Group"
_IMAGE = (
    "Width Height ColorSpace BitsPerComponent Intent ImageMask Mask Decode Interpolate SMask SMaskInData Matte Name"
)
_DECODE = (
    "K EndOfLine EncodedByteAlign Columns Rows EndOfBlock BlackIs1 DamagedRowsBeforeError Predictor Colors"
    " EarlyChange JBIG2Globals ColorTransform"
)
_GROUP = "S CS I"
_STATE = "LW LC LJ ML D RI OP op OPM Font BG BG2 UCR UCR2 TR TR2 FL SM SA BM CA ca AIS TK UseBlackPtComp G BC"
_COLOUR = "N Alternate Range WhitePoint BlackPoint Gamma Matrix Colorants"
_FUNCTION = "FunctionType Domain Range C0 C1 Functions Bounds Encode Size BitsPerSample Order"
_PATTERN = "PatternType PaintType TilingType XStep YStep Shading ExtGState"
_SHADING = "ShadingType Background AntiAlias Function Coords Extend BitsPerCoordinate BitsPerFlag VerticesPerRow"
_FONT = (
    "BaseFont FirstChar LastChar Widths FontDescriptor Encoding ToUnicode DescendantFonts CIDSystemInfo DW W"
    " DW2 W2 CIDToGIDMap FontBBox FontMatrix CharProcs BaseEncoding Differences CMapName WMode UseCMap"
    " Registry Ordering Supplement"
)
_DESCRIPTOR = (
    "FontName FontFamily FontStretch FontWeight Flags ItalicAngle Ascent Descent Leading CapHeight XHeight"
    " StemV StemH AvgWidth MaxWidth MissingWidth FontFile FontFile2 FontFile3 CharSet CIDSet Style FD"
    " Length1 Length2 Length3"
)
DRAWING = frozenset(
    f"/{key}"
    for keys in (
        _STREAM, _FORM, _IMAGE, _DECODE, _GROUP, _STATE, _COLOUR, _FUNCTION, _PATTERN, _SHADING, _FONT,
        _DESCRIPTOR,
    )
    for key in keys.split()
)  # fmt: skip
_RESOURCES = ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading")
_NAMED = {"/CharProcs", "/Colorants"}  # maps whose keys are free names
_FLAT = {"/W", "/W2", "/Widths", "/Differences", "/Decode", "/CIDSet"}  # long, and nothing hangs on them
_SCALAR = (int, float, bool, str, bytes, type(None))

_PAINTS_PATH = {"f", "F", "f*", "B", "B*", "b", "b*", "s", "S"}
_PAINTS = {"Tj", "TJ", "'", '"', "Do", "sh", "INLINE IMAGE"}
_JPEG_KEEPS = {0xE0, 0xE2, 0xEE}  # JFIF, colour profile, Adobe's colour transform: all that decoding needs


Seen = set[tuple[int, int]]


def walk(root: Object, seen: Seen) -> Iterator[tuple[Object, str]]:
    """Yield every dictionary and stream that drawing ``root`` needs, once, with its role.

    The role is ``resources``, ``operators`` (a form, pattern or glyph procedure) or "". ``seen`` carries
    over from page to page, since pages share fonts and pictures.
    """
    waiting: list[tuple[Any, str]] = [(root, "operators")]
    while waiting:
        value, role = waiting.pop()
        if isinstance(value, _SCALAR) or not isinstance(value, (Dictionary, Array, Stream)):
            continue
        if value.is_indirect:
            if value.objgen in seen:
                continue
            seen.add(value.objgen)
        if isinstance(value, Array):
            waiting += [(item, "") for item in value]
            continue
        if isinstance(value, Stream) and (value.get("/Subtype") == Name.Form or "/PatternType" in value):
            role = "operators"
        yield value, role
        if role == "resources":
            maps = [value[key] for key in _RESOURCES if key in value]
            maps = [named for named in maps if isinstance(named, Dictionary)]
            waiting += [(item, "") for named in maps for item in named.values()]
            continue
        for key, item in value.items():
            if key in _NAMED and isinstance(item, Dictionary):
                waiting += [(procedure, "operators") for procedure in item.values()]
            elif key in DRAWING and key not in _FLAT:
                waiting.append((item, "resources" if key == "/Resources" else ""))


def prune(root: Object, seen: Seen) -> None:
    """Drop in place every key that does not draw, in all that is reachable from ``root``."""
    for value, role in walk(root, seen):
        if role == "resources":
            _prune_resources(value)
            continue
        for key in list(value.keys()):
            if key not in DRAWING:
                del value[key]
        if isinstance(value, Stream) and value.get("/Filter") == Name.DCTDecode:
            _strip_jpeg(value)


def _prune_resources(resources: Object) -> None:
    for key in list(resources.keys()):
        if key == "/Properties" and isinstance(resources[key], Dictionary):
            # The operators name these entries; what they say does not draw.
            resources[key] = Dictionary({name: Dictionary() for name, _ in resources[key].items()})
        elif key not in _RESOURCES:
            del resources[key]


def _strip_jpeg(image: Stream) -> None:
    """Cut a photograph's own metadata (place, camera, thumbnail) out of its compressed bytes."""
    data = bytes(image.read_raw_bytes())
    kept = strip_jpeg(data)
    if kept != data:
        parms = image.get("/DecodeParms")
        image.write(kept, filter=Name.DCTDecode, decode_parms=parms if isinstance(parms, Dictionary) else None)


def strip_jpeg(data: bytes) -> bytes:
    """Return a JPEG without application segments and comments that decoding does not need (ITU T.81, B.1)."""
    kept = [data[:2]]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:  # start of scan: the rest is the picture
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _JPEG_KEEPS:
            kept.append(data[at:end])
        at = end
    return b"".join((*kept, data[at:]))


def rewrite(content: Object, hidden: Callable[[Object], bool], resources: Object | None) -> bytes:
    """Return a content stream without replacement texts and without what hidden layers draw.

    State operators inside a hidden layer stay, for what follows may lean on them; painting goes.
    """
    depth: list[bool] = []
    out: list[Any] = []
    for instruction in pikepdf.parse_content_stream(content):
        operator = str(instruction.operator)
        operands = list(instruction.operands)
        if operator in ("BDC", "BMC"):
            layered = operator == "BDC" and operands[:1] == [Name.OC]
            depth.append(layered and _named_hidden(operands[1], "/Properties", resources, hidden))
            out.append(([operands[0] if operands else Name.Span], pikepdf.Operator("BMC")))
            continue
        if operator == "EMC":
            if depth:
                depth.pop()
        elif operator in ("MP", "DP") or (
            operator == "Do" and operands and _named_hidden(operands[0], "/XObject", resources, hidden)
        ):
            continue
        elif any(depth):
            if operator in _PAINTS_PATH:
                out.append(([], pikepdf.Operator("n")))
                continue
            if operator in _PAINTS:
                continue
        out.append(instruction)
    return pikepdf.unparse_content_stream(out)


def _named_hidden(name: Object, kind: str, resources: Object | None, hidden: Callable[[Object], bool]) -> bool:
    names = resources.get(kind) if resources is not None else None
    thing = names.get(name) if isinstance(names, Dictionary) and isinstance(name, Name) else None
    if kind == "/XObject":
        thing = thing.get("/OC") if isinstance(thing, Stream) else None
    return thing is not None and hidden(thing)
