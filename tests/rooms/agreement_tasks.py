"""Stands in for the second extractor in tests: always reads the same forty words, of small files none."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO


def read_text(file: BinaryIO | None, args: dict[str, Any], send: Callable[[dict[str, Any], bytes], None]) -> None:
    """Send forty words, in two pieces; nothing for a document that says "few"."""
    assert file is not None
    words = " ".join(f"word{number}" for number in range(40)).encode()
    if zipfile.is_zipfile(file):
        file.seek(0)
        with zipfile.ZipFile(file) as package:
            if b"few" in package.read("word/document.xml"):
                return
    send({}, words[:50])
    send({}, words[50:])
