"""The lines of a ``format=flowed`` text put together again, quoted ones at their depth (RFC 3676)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_QUOTE_MARKS: Final = re.compile(r">+")


def unflow(text: str, delsp: bool = False) -> str:
    """Join the lines of a ``format=flowed`` text (RFC 3676), quoted ones at their depth."""
    return "\n".join(_paragraphs(text.split("\n"), delsp))


def _paragraphs(lines: list[str], delsp: bool) -> Iterator[str]:
    held: str | None = None
    held_depth = 0
    for line in lines:
        marks = _QUOTE_MARKS.match(line)
        depth = marks.end() if marks else 0
        words = line[depth:].removeprefix(" ") if depth or line.startswith(" ") else line
        flows = words.endswith(" ") and words != "-- "
        if held is not None and depth == held_depth and words != "-- ":
            words = held + words
        elif held is not None:
            yield _quoted(held, held_depth)
        held, held_depth = None, depth
        if flows:
            held = words[:-1] if delsp else words
        else:
            yield _quoted(words, depth)
    if held is not None:
        yield _quoted(held, held_depth)


def _quoted(words: str, depth: int) -> str:
    return f"{'>' * depth} {words}" if depth else words
