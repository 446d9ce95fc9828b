"""A text that a spreadsheet would run as a formula, made harmless, and made itself again.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break runs when the file is opened (OWASP,
CSV injection). An apostrophe before it makes it text; a text that begins with one gets a second, so that
``restore`` is exact.
"""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def neutralise(text: str) -> str:
    """Return the text as it may stand in a spreadsheet cell; ``restore`` undoes it."""
    return f"'{text}" if text.startswith(_STARTS) else text


def restore(text: str) -> str:
    """Return what ``neutralise`` was given."""
    return text[1:] if text.startswith("'") else text
