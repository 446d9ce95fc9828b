"""The built-in readers, one format one module, offered to the registry as a plugin of its own."""

from __future__ import annotations

import importlib
from typing import Final

from tecum.hooks import Reader, hookimpl

_FORMATS: Final = (
    "eml",
    "mbox",
    "msg",
    "pst",
    "tnef",
    "zip",
    "tar",
    "compressed",
    "sevenzip",
    "rar",
    "chm",
    "othersystems",
    "html",
    "rtf",
    "text",
    "xml",
    "ics",
    "cms",
    "pgp",
    "binhex",
    "applefile",
    "slack",
    "slackday",
    "rsmf",
    "image",
    "metafile",
    "pdf",
    "docx",
    "xlsx",
    "pptx",
    "odf",
    "xls",
    "xlsb",
    "xps",
    "vsdx",
    "epub",
    "flatoffice",
    "iwork",
    "hwpx",
    "plist",
    "lnk",
    "dbf",
    "doc",
    "ppt",
    "legacy",
    "onenote",
)


@hookimpl
def tecum_readers() -> list[Reader]:
    """Return every built-in reader. A format's module has ``READER`` or, for several, ``READERS``."""
    found: list[Reader] = []
    for name in _FORMATS:
        module = importlib.import_module(f"{__name__}.{name}")
        found += getattr(module, "READERS", None) or [module.READER]
    return found
