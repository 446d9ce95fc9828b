"""What this installation can do: versions, layers of isolation, and what each absent program would add."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from importlib.metadata import version
from typing import Any

_PROGRAMS = {
    "soffice": "LibreOffice: text and pages of legacy office files (.doc, .ppt), which now go out as natives",
    "tesseract": "text recognition on scans and pictures, which now count as not searched",
    "7z": "archives in 7z, rar and other forms, which are now recorded as unsupported",
}
_LIBRARIES = (
    "sqlalchemy",
    "numpy",
    "lxml",
    "pypdfium2",
    "pikepdf",
    "pillow",
    "typst",
    "python-calamine",
    "selectolax",
)


def examine() -> dict[str, Any]:
    """Return versions, isolation layers and programs; the ``doctor --json`` shape."""
    from tecum.engine import pages
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
        "programs": [
            {"program": name, "found": shutil.which(name), "would_add": gain} for name, gain in _PROGRAMS.items()
        ],
    }
