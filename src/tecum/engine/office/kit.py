"""LibreOffice as a library in this very process: open a file, save it in another format, close it.

Uses LibreOfficeKit, LibreOffice's own C interface (``include/LibreOfficeKit/LibreOfficeKit.h``: tables of function
pointers that only ever grew, so the places used here mean the same in every version since 5.0). In contrast to the
``soffice`` program it needs no second process, no socket and no lock between instances, and it tells of each file
how it went. It is for the sandbox's child only: what it reads may crash it.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_LIBRARIES: Final = {
    "win32": ("mergedlo.dll", "sofficeapp.dll"),
    "darwin": ("libmergedlo.dylib", "libsofficeapp.dylib"),
}.get(sys.platform, ("libmergedlo.so", "libsofficeapp.so"))
_GET_ERROR, _LOAD, _FREE_ERROR, _GET_FILTERS = 3, 4, 5, 7  # places in the table of the office
_DESTROY, _SAVE_AS = 1, 2  # places in the table of a document
_MODULES: Final = {"odt": "writer8", "ods": "calc8", "odp": "impress8", "odg": "draw8"}  # the type each format has
_SETTINGS: Final = (
    # Nothing in a file is run, fetched, renewed or kept for later.
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Writer/Content/Update", "Link", "2"),
    ("Calc/Content/Update", "Link", "2"),
    ("Recovery/AutoSave", "Enabled", "false"),
    ("Common/History", "PickListSize", "0"),
    # The objects inside stay what they are.
    ("Common/Filter/Microsoft/Import", "MathTypeToMath", "false"),
    ("Common/Filter/Microsoft/Import", "WinWordToWriter", "false"),
    ("Common/Filter/Microsoft/Import", "PowerPointToImpress", "false"),
    ("Common/Filter/Microsoft/Import", "ExcelToCalc", "false"),
)
# Where the extensions of this machine lie: none is loaded, so none can change what comes out.
_EXTENSIONS: Final = ("UNO_SHARED_PACKAGES_CACHE", "BUNDLED_EXTENSIONS")


class Refused(Exception):
    """LibreOffice says that it cannot open or save a file; its own words are the message."""


def library(program: Path) -> Path | None:
    """Return the library beside the ``soffice`` executable, None when this installation has none."""
    folders = (program.parent, program.parent.parent / "Frameworks")
    return next((path for folder in folders for name in _LIBRARIES if (path := folder / name).is_file()), None)


class Kit:
    """One running LibreOffice with a profile of its own below ``folder``; there can be one in a process.

    ``library`` is what ``library`` returned.

    Raises:
        OSError: when the library cannot be loaded.
        Refused: when LibreOffice does not start.
    """

    def __init__(self, library: str, folder: str) -> None:
        profile = Path(folder, "profile")
        _write_settings(profile)
        nowhere = Path(folder, "nothing")
        os.environ.update({name: nowhere.as_uri() for name in _EXTENSIONS})
        loaded = ctypes.CDLL(library)
        hook = loaded.libreofficekit_hook_2
        hook.restype, hook.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
        self._office = hook(os.fsencode(Path(library).parent), profile.as_uri().encode())
        if not self._office:
            raise Refused("LibreOffice does not start")
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        self._load = _function(self._office, _LOAD, pointer, pointer, text, text)
        self._error = _function(self._office, _GET_ERROR, pointer, pointer)
        self._free = _function(self._office, _FREE_ERROR, None, pointer)
        types = _function(self._office, _GET_FILTERS, pointer, pointer)(self._office)
        self._types = frozenset(json.loads(self._taken(types)) if types else ())

    def writes(self, target: str) -> bool:
        """Tell whether the part of LibreOffice that writes a format (Impress for odp) is installed."""
        return _MODULES[target] in self._types

    def convert(self, source: Path, result: Path, target: str) -> None:
        """Save ``source`` as ``result`` in the format ``target``, or in that of ``_MODULES`` that fits what it is.

        Raises:
            Refused: when it cannot be opened or saved.
        """
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        document = self._load(self._office, source.as_uri().encode(), b"Language=en-US")
        if not document:
            raise Refused(self._said())
        save = _function(document, _SAVE_AS, ctypes.c_int, pointer, text, text, text)
        fitting = (target, *(other for other in _MODULES if other != target))
        saved = any(save(document, result.as_uri().encode(), one.encode(), b"") for one in fitting)
        said = "" if saved else self._said()
        _function(document, _DESTROY, None, pointer)(document)
        if not saved or not result.is_file():
            raise Refused(said or "it writes nothing")

    def _said(self) -> str:
        words = self._error(self._office)
        return self._taken(words) if words else "it gives no reason"

    def _taken(self, words: int) -> str:
        """A text of LibreOffice's, given back to it."""
        text = ctypes.string_at(words).decode("utf-8", "replace")
        self._free(words)
        return text


def _function(thing: int, place: int, result: type | None, *arguments: type) -> Callable[..., Any]:
    """The function at a place of the table that a LibreOfficeKit object begins with."""
    table = ctypes.cast(ctypes.c_void_p(thing), ctypes.POINTER(ctypes.c_void_p))[0]
    size_and_functions = ctypes.cast(ctypes.c_void_p(table), ctypes.POINTER(ctypes.c_void_p))
    return ctypes.CFUNCTYPE(result, *arguments)(size_and_functions[place])


def _write_settings(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, name, value in _SETTINGS
    )
    folder = profile / "user"
    folder.mkdir(parents=True)
    (folder / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>",
        encoding="utf-8",
    )
