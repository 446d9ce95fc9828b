"""The names in a ZIP archive, which often do not say their character set: told from all of them together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tecum.processing.readers.zipdirectory import UTF8, Entry

_HIGH: Final = re.compile(rb"[\x80-\xff]")
_SHIFT_JIS_RUN: Final = re.compile(rb"(?:[\x81-\x9f\xe0-\xef][\x40-\x7e\x80-\xfc])+")
_GB2312_RUN: Final = re.compile(rb"(?:[\xb0-\xf7][\xa1-\xfe]|[\xa1-\xa9][\xa1-\xfe])+")
_SAMPLE: Final = 1 << 16  # bytes of names that are looked at


def charset(entries: Iterable[Entry]) -> str:
    """Return the codec of the names without the UTF-8 flag: utf-8, cp932, gb18030, or cp437 as the note has it.

    An East Asian set is taken only where every byte beyond ASCII belongs to a run of its characters, in Japanese
    of at least two: western names have single accented letters between plain ones.
    """
    names: list[bytes] = []
    held = 0
    for entry in entries:
        if not entry.flags & UTF8 and not entry.raw_name.isascii():
            names.append(entry.raw_name)
            held += len(entry.raw_name)
            if held > _SAMPLE:
                break
    if not names or all(_decodes(name, "utf-8") for name in names):
        return "utf-8"
    if all(_is_run(name, _SHIFT_JIS_RUN, 4) and _decodes(name, "cp932") for name in names):
        return "cp932"
    if all(_is_run(name, _GB2312_RUN, 2) and _decodes(name, "gb18030") for name in names):
        return "gb18030"
    return "cp437"


def shown(entry: Entry, codec: str) -> str:
    """Return a name as text; what is in no set known becomes a mark of replacement."""
    if unicode_name := entry.unicode_name:
        return unicode_name
    if entry.flags & UTF8:
        return entry.raw_name.decode("utf-8", "replace")
    return entry.raw_name.decode("utf-8" if _decodes(entry.raw_name, "utf-8") else codec, "replace")


def _is_run(name: bytes, run: re.Pattern[bytes], least: int) -> bool:
    runs = run.findall(name)
    return bool(runs) and min(map(len, runs)) >= least and not _HIGH.search(run.sub(b"", name))


def _decodes(name: bytes, codec: str) -> bool:
    try:
        name.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
