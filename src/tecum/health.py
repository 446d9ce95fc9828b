"""What this installation can do: versions, layers of isolation, and what was tried against them."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import version
from typing import Any

_LIBRARIES = (
    "sqlalchemy",
    "numpy",
    "lxml",
    "pypdfium2",
    "pikepdf",
    "pillow",
    "typst",
    "olefile",
    "cryptography",
    "msoffcrypto-tool",
    "rensa",
    "snowballstemmer",
    "py3langid",
    "selectolax",
    "holidays",
    "icalendar",
    "trafilatura",
)


def examine() -> dict[str, Any]:
    """Return versions, isolation layers and the answers to attempts; the ``doctor --json`` shape."""
    from tecum.engine import pages, programs
    from tecum.engine.sandbox import probe

    tried = probe()
    return {
        "tecum": version("tecum"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "proved_here": sys.platform == "linux",
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: version(name) for name in _LIBRARIES},
        "renderer": pages.setup(),
        "isolation": tried["layers"],
        "attempts": tried["attempts"],
        "programs": programs.survey(),
    }
