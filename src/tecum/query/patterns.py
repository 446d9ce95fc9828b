"""Wildcards: ``*`` any run of characters, ``?`` exactly one, ``=`` one digit, as a regular expression.

Each stretch between two stars is taken at the first place where it fits and never tried again (atomic
groups), so that matching stays linear however many stars a pattern has.
"""

from __future__ import annotations

import re

from tecum.query.words import WILDCARDS


def fixed_prefix(pattern: str) -> str:
    """The characters before the first wildcard: every matching word begins with them."""
    return re.split(f"[{WILDCARDS}]", pattern, maxsplit=1)[0]


def expression(pattern: str, one: str) -> str:
    """Return the source of a regular expression for one whole word; ``one`` matches one character of a word."""
    run = r"[^\n]*"
    first, *rest = (_stretch(part, one) for part in re.split(r"\*+", pattern))
    if not rest:
        return first
    middle = "".join(f"(?>{run}?{part})" for part in rest[:-1])
    return f"{first}{middle}{run}{rest[-1]}"


def matcher(pattern: str) -> re.Pattern[str]:
    """Return a compiled expression to be used with ``fullmatch`` on a folded word."""
    return re.compile(expression(pattern, r"[^\n]"))


def _stretch(part: str, one: str) -> str:
    signs = {"?": one, "=": "[0-9]"}
    return "".join(signs.get(char) or re.escape(char) for char in part)
