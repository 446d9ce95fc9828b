"""Numbers of pages as people write them: "2-3, 5"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_RUN: Final = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")


def written(pages: Sequence[int]) -> str:
    """Return "3-5, 9" for [3, 4, 5, 9]; the pages are in ascending order."""
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in _runs(pages))


def listed(pages: Sequence[int]) -> str:
    """Return "pages 3-5, 9", or "page 3"."""
    return f"page{'s' if len(pages) > 1 else ''} {written(pages)}"


def pages_in(text: str, count: int) -> tuple[int, ...]:
    """Return the pages that ``written`` wrote, none below 1 or beyond ``count``."""
    found: set[int] = set()
    for match in _RUN.finditer(text):
        first, last = int(match[1]), int(match[2] or match[1])
        found.update(range(max(1, first), min(last, count) + 1))
    return tuple(sorted(found))


def _runs(pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    for place, page in enumerate(pages):
        if place == 0 or page != pages[place - 1] + 1:
            first = page
        if place + 1 == len(pages) or pages[place + 1] != page + 1:
            yield first, page
