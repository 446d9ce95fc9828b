"""Archives of other systems and times (cabinets, images, packages, ARJ, LHA), through 7-Zip or bsdtar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.processing.readers import extracted

# Kind: type of 7-Zip's, whether times are in UTC, whether bsdtar reads it too.
_FORMS: Final = {
    "cab": ("cab", False, True),
    "iso": ("iso", True, True),
    "cpio": ("cpio", True, True),
    "ar": ("ar", True, True),
    "rpm": ("rpm", True, True),
    "arj": ("arj", False, False),
    "lzh": ("lzh", False, True),
}


def _reading(form: str, utc: bool) -> Callable[[Input, Emit], None]:
    def read(item: Input, emit: Emit) -> None:
        extracted.hand_over(item, emit, form, utc=utc)

    return read


READERS: Final = [
    Reader(kind, "1", frozenset({kind}), _reading(form, utc), programs=("7z", "bsdtar") if both else ("7z",))
    for kind, (form, utc, both) in _FORMS.items()
]
