"""System programs that widen what can be read: where each is found, what it may read, and what it adds.

None of them is needed for the main job. A program runs only inside the sandbox (``Sandbox(programs=..., reads=...)``),
which lets it read its own installation and nothing of the matter.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Program:
    """A program as this machine has it: the executable itself (never a wrapper script), and what it reads."""

    name: str
    path: Path
    reads: tuple[Path, ...]


@dataclass(frozen=True)
class _Known:
    """Where a program may lie: names on the PATH and places of its own, the first that exists is taken."""

    commands: tuple[str, ...]
    places: tuple[str, ...]
    reads: tuple[str, ...]
    adds: str
    install: str


# Wrapper scripts would need a shell inside the sandbox, so the places of the executables behind them come first.
KNOWN: Final = {
    "7z": _Known(
        ("7zz", "7z", "7za"),
        ("/usr/lib/p7zip/7z", "/usr/lib/7zip/7z", "/usr/libexec/p7zip/7z", r"C:\Program Files\7-Zip\7z.exe"),
        (),
        "RAR, CAB, ISO and CHM files, and rare ways of compression",
        "7-Zip (p7zip-full)",
    ),
    "bsdtar": _Known(
        ("bsdtar",), (), (), "RAR files and rare archives, where 7-Zip is not installed", "bsdtar (libarchive-tools)"
    ),
    "tesseract": _Known(
        ("tesseract",),
        (r"C:\Program Files\Tesseract-OCR\tesseract.exe",),
        (
            "/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata",
            "/opt/homebrew/share/tessdata",
        ),
        "the words on scanned pages and pictures",
        "tesseract (tesseract-ocr)",
    ),
    "soffice": _Known(
        (),
        (
            "/usr/lib/libreoffice/program/soffice.bin", "/usr/lib64/libreoffice/program/soffice.bin",
            "/opt/libreoffice/program/soffice.bin", "/Applications/LibreOffice.app/Contents/MacOS/soffice",
            r"C:\Program Files\LibreOffice\program\soffice.exe",
        ),
        ("/etc/libreoffice", "/usr/share/libreoffice", "/etc/fonts", "/usr/share/fonts", "/usr/share/fontconfig"),
        "Works, WordPerfect, Write, StarOffice 5, Hangul 3, Lotus 1-2-3, Quattro Pro, Visio and Publisher files",
        "LibreOffice",
    ),
}  # fmt: skip


@functools.cache
def find(name: str) -> Program | None:
    """Return the program, None when this machine does not have it. Raises KeyError for a name not known."""
    known = KNOWN[name]
    for place in (*known.places, *(shutil.which(command) or "" for command in known.commands)):
        path = Path(os.path.realpath(place)) if place else None
        if path is not None and path.is_file() and os.access(path, os.X_OK) and not _is_script(path):
            beside = (path.parent.parent,) if name == "soffice" else (path.parent,) if sys.platform == "win32" else ()
            return Program(name, path, (*beside, *(Path(one) for one in known.reads if Path(one).exists())))
    return None


def found(names: Iterable[str]) -> list[Program]:
    """Return those of the named programs that this machine has, in the order of the names."""
    return [program for name in names if (program := find(name)) is not None]


def missing(names: Sequence[str]) -> str:
    """Say what to install so that one of the named programs is there."""
    return " or ".join(KNOWN[name].install for name in names)


def survey() -> list[dict[str, str]]:
    """Every known program with where it was found ("" = not) and what it adds, for ``tecum doctor``."""
    return [
        {
            "name": name,
            "path": str(program.path) if (program := find(name)) is not None else "",
            "adds": known.adds,
            "install": known.install,
        }
        for name, known in KNOWN.items()
    ]


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"
