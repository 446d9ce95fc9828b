"""RAR archives, old and new, through a system program, since no free library reads them.

7-Zip reads the encrypted ones too; some distributions build it without RAR's methods, and then bsdtar does what it can.
"""

from __future__ import annotations

from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.processing.readers import extracted

_NEW: Final = b"Rar!\x1a\x07\x01\x00"


def read(item: Input, emit: Emit) -> None:
    """Hand over the members. Only the newer form tells times in UTC."""
    item.file.seek(0)
    new = item.file.read(len(_NEW)) == _NEW
    extracted.hand_over(item, emit, "rar5" if new else "rar", utc=new)


READER: Final = Reader("rar", "1", frozenset({"rar"}), read, programs=("7z", "bsdtar"))
