"""Bytes to text when the declared character set is missing, unknown or wrong."""

from __future__ import annotations

import codecs
import functools
import re
from typing import Final

SAMPLE: Final = 1 << 16  # bytes that the guess looks at

# What senders write against what they mean: supersets that lose nothing, and names Python does not know.
_MEANT: Final = {
    "ascii": "",
    "us-ascii": "",
    "ansi_x3.4-1968": "",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "windows-31j": "cp932",
    "x-ms-cp932": "cp932",
    "ms932": "cp932",
    "x-euc-jp": "euc_jp",
    "cseucpkdfmtjapanese": "euc_jp",
    "x-windows-949": "cp949",
    "big5": "cp950",
    "big-5": "cp950",
    "x-x-big5": "cp950",
    "gb_18030": "gb18030",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "iso-8859-8-e": "iso-8859-8",
    "dos-862": "cp862",
    "dos-720": "cp720",
    "cp-850": "cp850",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "koi8-ru": "koi8-u",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "ucs-2": "utf-16",
    "unicode": "utf-16",
    "x-user-defined": "",
    "_autodetect": "",
    "_autodetect_all": "",
    "_autodetect_kr": "",
    "": "",
    "unknown": "",
    "x-unknown": "",
    "unknown-8bit": "",
    "default": "",
    "none": "",
    "7bit": "",
    "8bit": "",
    "binary": "",
}
# Codecs of Python that no mail means, slow or with effects of their own.
_NEVER: Final = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
# Their letters are written in ASCII, so that ASCII bytes are not ASCII text.
_SEVEN_BIT: Final = frozenset(
    {
        "utf-7",
        "hz",
        "iso2022_jp",
        "iso2022_jp_1",
        "iso2022_jp_2",
        "iso2022_jp_3",
        "iso2022_jp_ext",
        "iso2022_kr",
    }
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_LETTER: Final = re.compile(rb"[A-Za-z\x80-\xff]")
_VALID_UTF8: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """Return the text, and a note when the declared set could not be followed ("" when it could)."""
    name = codec_named(declared)
    if name not in _SEVEN_BIT and data.isascii() and b"\0" not in data:
        return data.decode("ascii"), ""  # the same in every other set, and what a wrong "utf-16" means
    if name:
        try:
            return data.decode(name), ""
        except UnicodeError:
            pass
    guess = guess_codec(data)
    text = data.decode(guess, "replace")
    known = name is not None and name in ("", guess.removesuffix("-sig"))
    if name == "cp1252" and guess == "latin-1":
        known = True  # the five bytes that cp1252 leaves open: control characters
    return text, "" if known else f"not valid {declared[:40]!r}; read as {guess}"


@functools.lru_cache(256)
def codec_named(declared: str) -> str | None:
    """Return the codec for a declared name, "" when it says nothing, None when it is not known."""
    plain = declared.strip().strip("\"'").lower()
    name = _MEANT.get(plain, plain)
    if not name:
        return ""
    try:
        found = codecs.lookup(name).name
        b"\0\0\0\0".decode(name, "replace")  # refuses the codecs that do not make text; of no bytes it would not look
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if found in _NEVER else found


def bom_codec(head: bytes) -> str:
    """Return the codec that a byte order mark names, "" without one."""
    return next((codec for mark, codec in _BOMS if head.startswith(mark)), "")


def guess_codec(data: bytes) -> str:
    """Return the codec under which these bytes most likely are text; it decodes with ``errors="replace"``.

    A byte order mark, then UTF-16 without one, strict UTF-8, and last the frequencies of letters: Latin text
    has few high bytes and is cp1252, others are left to charset_normalizer.
    """
    if marked := bom_codec(data):
        return marked
    sample = data[:SAMPLE]
    if wide := _wide(sample):
        return wide
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _eight_bit(data, sample)
    return "utf-8"


def _wide(sample: bytes) -> str:
    """Recognise UTF-16 without a mark by the zero halves of its Latin letters."""
    zeros = sample.count(0)
    if zeros * 5 < len(sample):
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 10 * odd else ""


def _eight_bit(data: bytes, sample: bytes) -> str:
    if (first := _HIGH.search(data)) and first.start() > len(sample) // 2:
        sample = data[max(0, first.start() - SAMPLE // 2) : first.start() + SAMPLE // 2]
    high = len(_HIGH.findall(sample))
    if sum(map(len, _VALID_UTF8.findall(sample))) * 10 > high * 8:
        return "utf-8"  # damaged, but nothing else
    if high * 10 > 3 * len(_LETTER.findall(sample)) and high > 20:
        from charset_normalizer import from_bytes

        best = from_bytes(sample, steps=5, chunk_size=512).best()
        if best is not None:
            return best.encoding
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
