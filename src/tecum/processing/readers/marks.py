"""How a text names, in brackets, what a page does not show or shows beside its words.

One form for every format, so that a reader of the text knows at once what he sees: ``[deleted by Ann on 2018-01-24:
the words]``. A paragraph first reads as a page shows it, so that no phrase is broken; its marks follow on lines of
their own. Where all of a line is of one kind, the mark stands round it instead of repeating it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Mark(NamedTuple):
    """What sets some words apart: ``what`` ("deleted", "inserted", "hidden"), who did it and when, if known."""

    what: str
    by: str = ""
    on: str = ""


UNSEEN: Final = frozenset({"deleted", "hidden"})  # marks whose words are not part of the page as it is shown
HIDDEN: Final = Mark("hidden")


def marked(what: str, text: str, by: str = "", on: str = "") -> str:
    """Return ``[what by NAME on YYYY-MM-DD: text]``; ``on`` may be any ISO 8601 time, of which the day is told."""
    name = " ".join(by.split())
    day = _DAY.match(on.strip())
    who = (f" by {name}" if name else "") + (f" on {day[0]}" if day else "")
    return f"[{what}{who}: {text.strip()}]"


def lines(spans: Iterable[tuple[Mark | None, str]]) -> Iterator[str]:
    """Yield one paragraph, given as spans of text and their marks, as lines: what is shown, then the marked words.

    An inserted span is shown and, where other words stand in the paragraph too, told again in its mark.
    """
    merged: list[tuple[Mark | None, str]] = []
    for mark, text in spans:
        if merged and merged[-1][0] == mark:
            merged[-1] = (mark, merged[-1][1] + text)
        else:
            merged.append((mark, text))
    said = [(mark, text) for mark, text in merged if text.strip()]
    shown = "".join(text for mark, text in merged if mark is None or mark.what not in UNSEEN)
    if len(said) == 1 and said[0][0] is not None:
        yield marked(said[0][0].what, said[0][1], *said[0][0][1:])
        return
    if shown.strip() or not said:
        yield shown
    for mark, text in said:
        if mark is not None:
            yield marked(mark.what, text, mark.by, mark.on)
