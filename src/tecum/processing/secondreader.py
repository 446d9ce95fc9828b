"""The second extractor, for opinions only: what it is called, and how it reads one file inside the sandbox.

extractous is Apache Tika as a native library. It runs where a hostile file may harm it alone, with one relaxation: its
virtual machine reads the map of its own memory. Its home for temporary files is fixed and closed to it, so formats that
it copies there (OneNote sections, parts of archives) fail; that counts as no opinion.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from tecum.hooks import Unreadable
from tecum.model import ExceptionCode

TASK: Final = "tecum.processing.secondreader:read_text"
READS: Final = (Path("/proc/self/maps"),)  # the child's own, since it is the child that opens it
_LIBRARY: Final = "extractous"
_LONGEST: Final = 100_000_000  # characters
_PIECE: Final = 1 << 20  # bytes in one frame


def engine() -> str:
    """Return the name and version of the second extractor, "" when it is not installed."""
    if importlib.util.find_spec(_LIBRARY) is None:
        return ""
    return f"{_LIBRARY} {importlib.metadata.version(_LIBRARY)}"


def read_text(file: BinaryIO | None, args: dict[str, Any], send: Callable[[dict[str, Any], bytes], None]) -> None:
    """Read one file with the second extractor and send its text in pieces (a sandbox task); ``args`` are not used."""
    import extractous

    assert file is not None
    path = Path.cwd() / "document"  # a neutral name: the kind is to be told by the bytes
    with path.open("wb") as copy:
        while piece := file.read(_PIECE):
            copy.write(piece)
    extractor = extractous.Extractor().set_extract_string_max_length(_LONGEST)
    try:
        text, _ = extractor.extract_file_to_string(str(path))
    except TypeError as error:  # the class of all its errors
        raise Unreadable(ExceptionCode.CORRUPT, str(error)[:300]) from None
    data = text.encode("utf-8", "replace")
    for start in range(0, len(data), _PIECE):
        send({}, data[start : start + _PIECE])
