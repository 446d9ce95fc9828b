"""The built-in readers, one format one module, offered to the registry as a plugin of its own.

A module's name stands here with the kinds that it takes, so that a child which reads mail loads the modules for mail.
Modules that are no format serve those whose name they begin with (``docxwalk``, ``sevenzipheader``; ``mapi*`` for
``msg``, ``pst`` and ``tnef``), or all of them (``marks``, ``charset``, ``streams``, ``olestore``).
"""

from __future__ import annotations

import importlib
from typing import Final

from tecum.hooks import Reader, hookimpl

FORMATS: Final = {
    "eml": "eml",
    "mbox": "mbox",
    "msg": "msg",
    "pst": "pst",
    "tnef": "tnef",
    "zip": "zip",
    "tar": "tar",
    "compressed": "bz2 gz lzma xz z zst",
    "sevenzip": "7z",
    "rar": "rar",
    "chm": "chm",
    "othersystems": "ar arj cab cpio iso lzh rpm",
    "html": "html",
    "rtf": "rtf",
    "text": "csv json text",
    "xml": "xml",
    "ics": "ics vcf",
    "cms": "pkcs7",
    "pgp": "pgp",
    "binhex": "hqx",
    "applefile": "applefile",
    "slack": "slack",
    "slackday": "slackday",
    "rsmf": "rsmf",
    "image": "bmp gif heic jpg png tif webp",
    "metafile": "emf wmf",
    "pdf": "pdf",
    "docx": "docx",
    "xlsx": "xlsx",
    "pptx": "pptx",
    "odf": "fodg fodp fods fodt odg odp ods odt",
    "xls": "xls",
    "xlsb": "xlsb",
    "xps": "xps",
    "vsdx": "vsdx",
    "epub": "epub",
    "flatoffice": "excel2003 flatopc word2003",
    "iwork": "iwork",
    "hwpx": "hwpx",
    "plist": "plist",
    "lnk": "lnk",
    "dbf": "dbf",
    "doc": "doc",
    "ppt": "ppt",
    "legacy": "hwp3 lotus pub quattro starcalc stardraw starwriter vsd works wpd write",
    "onenote": "onenote",
}
_MODULES: Final = {kind: name for name, kinds in FORMATS.items() for kind in kinds.split()}


def reader_of(kind: str) -> Reader | None:
    """Return the built-in reader of a kind, loading its module alone; None when there is none."""
    name = _MODULES.get(kind)
    return next((one for one in _offered(name) if kind in one.kinds), None) if name else None


@hookimpl
def tecum_readers() -> list[Reader]:
    """Return every built-in reader. A format's module has ``READER`` or, for several, ``READERS``."""
    return [reader for name in FORMATS for reader in _offered(name)]


def _offered(name: str) -> list[Reader]:
    module = importlib.import_module(f"{__name__}.{name}")
    return getattr(module, "READERS", None) or [module.READER]
