"""The one door to the typesetter: our template, our fonts, and the evidence as data, never as markup.

The compiler sees no file (its root is a folder that no longer exists), no package and no system font. It
takes one JSON value, so a subject such as ``#import`` is a string to it and nothing else.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tecum.engine.pages.coverage import FONTS

if TYPE_CHECKING:
    from typst import Compiler


_KEPT = 10  # compilations for which the typesetter keeps its working memory


def compile_pdf(template: Path, data: dict[str, Any], *, tagged: bool = False, alone: bool = True) -> bytes:
    """Typeset a template with its data into a PDF; the same input gives the same bytes.

    ``alone`` is False for one of several large parts, after which the memory used is freed at once.

    Raises:
        RuntimeError: when the typesetter fails, which is a defect of the template.
    """
    made = _compiler().compile(_source(template), sys_inputs={"data": json.dumps(data)}, format="pdf", pdf_tags=tagged)
    assert isinstance(made, bytes)
    if not alone:
        for number in range(_KEPT + 1):
            _compiler().compile(b"#%d" % number, sys_inputs=None)
    return made


def draws_everything(template: Path, data: dict[str, Any]) -> bool:
    """Tell whether the typesetter finds a glyph for every character.

    It is asked for PDF/A-2b, which forbids a character without one (ISO 19005-2, 6.2.11.8), and refuses.
    """
    import typst

    inputs = {"data": json.dumps({**data, "dated": True})}  # PDF/A also wants a date
    try:
        _compiler().compile(_source(template), sys_inputs=inputs, format="pdf", pdf_standards="a-2b")
    except typst.TypstError as error:
        if "could not be displayed" in error.message:
            return False
        raise
    return True


def version() -> str:
    """Return the typesetter's name and version."""
    return f"typst {metadata.version('typst')}"


@cache
def _source(template: Path) -> bytes:
    return template.read_bytes()


@cache
def _compiler() -> Compiler:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    with tempfile.TemporaryDirectory() as root:  # resolved now and gone at once: nothing can be read from it
        return typst.Compiler(b"", root=root, font_paths=fonts, package_path=root, package_cache_path=root)
