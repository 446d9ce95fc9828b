"""What a column without a name holds, told from its values; every guess is shown to the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from tecum.loadfile import DatRow

_HASHES = {32: "MD5HASH", 40: "SHA1", 64: "SHA256"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_NUMBER = re.compile(r"(?=.*[A-Za-z])[^\\/@]*?[0-9]{3,}[^\\/@ ]{0,8}")
_PATH = re.compile(r"(?:.*[\\/])?([^\\/]*)[\\/][^\\/]+\.([A-Za-z0-9]{1,5})")
_EXTENSION = re.compile(
    r"(?i)\.?(7z|bmp|csv|docm?|docx|dwg|em[fl]|gif|html?|ics|jpe?g|json|mbox|mov|mp[34]|msg|od[pst]|pdf|png|pps"
    r"|ppt[mx]?|pst|rar|rtf|tiff?|txt|vcf|vsd|wav|wmf|xls[bmx]?|xml|zip)"
)
_PATH_WORDS = (
    ("TEXT", "TEXTLINK"),
    ("OCR", "TEXTLINK"),
    ("NATIVE", "NATIVELINK"),
    ("PDF", "PDFLINK"),
    ("IMAGE", "IMAGELINK"),
)
_SIZE = 512  # bytes; a column of integers whose middle value is above this holds file sizes, not counts


def infer_keys(sample: Sequence[DatRow], width: int) -> list[str | None]:
    """Return a catalogue key for each column that its values give away, else None.

    Only what cannot well be mistaken is named: the begin number in the first column, hashes, paths into
    NATIVES, TEXT, IMAGES or PDF, file extensions, and file sizes when one column alone can hold them. Dates
    and names are not guessed.
    """
    keys: list[str | None] = [None] * width
    sizes: list[int] = []
    for place in range(width):
        values = [value for row in sample if not row.broken and (value := row.values[place].strip())]
        if not values:
            continue
        key = _key(values, place)
        if key == "FILESIZE":
            sizes.append(place)
        elif key and key not in keys:
            keys[place] = key
    if len(sizes) == 1:
        keys[sizes[0]] = "FILESIZE"
    return keys


def _key(values: Sequence[str], place: int) -> str | None:
    length = len(values[0])
    if length in _HASHES and all(len(value) == length and _HEX.fullmatch(value) for value in values):
        return _HASHES[length]
    if all(value.isascii() and value.isdigit() for value in values):
        return "FILESIZE" if median(int(value[:18]) for value in values) > _SIZE else None
    if all(_EXTENSION.fullmatch(value) for value in values):
        return "FILEEXT"
    if all(_PATH.fullmatch(value) for value in values):
        folders = [value.upper() for value in values]
        return next((key for word, key in _PATH_WORDS if all(word in folder for folder in folders)), None)
    if place == 0 and all(_NUMBER.fullmatch(value) for value in values):
        return "BEGBATES"
    return None
