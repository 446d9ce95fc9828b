"""Compiled HTML help: a container whose pages, pictures and tables of contents are its members, through 7-Zip.

The format's own tables, which its files begin with, are left out: they hold offsets, titles and addresses of the pages
again, and no text of their own. Their names follow the free description of the format ("CHM spec", chapter on internal
files); a file of another name is handed over whatever it begins with.
"""

from __future__ import annotations

from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.processing.readers import extracted

_OWN_FILES: Final = frozenset(
    {"#BSSC", "#GRPINF", "#IDXHDR", "#ITBITS", "#IVB", "#STRINGS", "#SUBSETS", "#SYSTEM", "#TOCIDX", "#TOPICS"}
    | {"#URLSTR", "#URLTBL", "#WINDOWS", "$FIftiMain", "$OBJINST", "$HHTitleMap", "$TitleMap"}
)
_OWN_FOLDERS: Final = ("$WWAssociativeLinks/", "$WWKeywordLinks/", "::DataSpace/")


def read(item: Input, emit: Emit) -> None:
    """Hand over the pages and what belongs to them."""
    extracted.hand_over(item, emit, "chm", utc=True, own=_is_own)


def _is_own(name: str) -> bool:
    return name in _OWN_FILES or name.startswith(_OWN_FOLDERS)


READER: Final = Reader("chm", "1", frozenset({"chm"}), read, programs=("7z",))
