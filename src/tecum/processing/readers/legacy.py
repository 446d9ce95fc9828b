"""Office formats of before 1997 and of makers long gone, read by way of LibreOffice's conversion to OpenDocument.

Works, WordPerfect, Write, StarOffice 5, Hangul 3, Lotus 1-2-3, Quattro Pro, Visio and Publisher. The text comes as of
any OpenDocument file. What LibreOffice puts in from outside (today's date, the name of a file that is none of the
custodian's, its own name) is taken out again.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import odf
from tecum.processing.readers.zipxml import attribute

if TYPE_CHECKING:
    from typing import BinaryIO

_TARGETS: Final = {
    "odt": frozenset({"wpd", "works", "write", "hwp3", "starwriter"}),
    "ods": frozenset({"lotus", "quattro", "starcalc"}),
    "odg": frozenset({"vsd", "pub", "stardraw"}),
}
# Fields whose text LibreOffice makes anew when it opens a file, unless they are fixed (OpenDocument 1.3 part 3, 7.3).
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_LIVE: Final = {
    f"{_TEXT}date": "current date",
    f"{_TEXT}time": "current time",
    f"{_TEXT}file-name": "file name",
    f"{_TEXT}author-name": "name of the user",
    f"{_TEXT}author-initials": "name of the user",
}
_OWN: Final = frozenset({"application", "pages"})  # fields that tell of the conversion, not of the file
_DATES: Final = frozenset({"created", "modified", "printed"})
_FIRST_YEAR: Final = "1970"  # an earlier date stands for none: no such file is older
_STORIES: Final = ("content.xml", "styles.xml")


def read(item: Input, emit: Emit) -> None:
    """Emit what the converted file holds."""
    data = _without_live_fields(item.file)
    odf.read(replace(item, file=io.BytesIO(data), size=len(data)), _Original(emit))


def _without_live_fields(file: BinaryIO) -> bytes:
    """Return the converted file with the text of its live fields replaced by what they are."""
    from lxml import etree

    result = io.BytesIO()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        with zipfile.ZipFile(file) as converted, zipfile.ZipFile(result, "w") as cleaned:
            for entry in converted.infolist():
                content = converted.read(entry)
                if entry.filename in _STORIES:
                    root = etree.fromstring(content, parser)
                    for element in root.iter(*_LIVE):
                        if attribute(element, "fixed") != "true":
                            element[:] = []
                            element.text = f"[{_LIVE[str(element.tag)]}]"
                    content = etree.tostring(root, encoding="utf-8")
                cleaned.writestr(entry, content)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, ValueError, RuntimeError, OSError) as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"LibreOffice's conversion cannot be read: {error}") from None
    return result.getvalue()


class _Original:
    """An ``Emit`` that passes on what is of the file and keeps back what is of its conversion."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.text, self.member = emit.text, emit.member
        self.container, self.problem = emit.container, emit.problem

    def field(self, name: str, value: str | list[str]) -> None:
        """Pass a field on, unless it tells of the conversion or holds no true date."""
        if name not in _OWN and not (name in _DATES and str(value) < _FIRST_YEAR):
            self._emit.field(name, value)


READERS: Final = [
    Reader("legacy", "1", kinds, read, library="LibreOffice", converts=target) for target, kinds in _TARGETS.items()
]
