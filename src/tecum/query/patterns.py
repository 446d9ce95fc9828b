"""Which words of a text a word of a query stands for: wildcards, stems, fuzzy words, regular expressions.

Wildcards (``*`` any run of characters, ``?`` exactly one, ``=`` one digit) become a regular expression. Each stretch
between two stars is taken at the first place where it fits and never tried again (atomic groups), so that matching
stays linear however many stars a pattern has.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tecum.query.fuzzy import parts_of, within
from tecum.query.regex import automaton
from tecum.query.stems import stem, stem_prefix
from tecum.query.tree import Numbers, Slot, Word
from tecum.query.words import WILDCARDS, is_pattern


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


def is_plain(slot: Slot) -> bool:
    """Whether it stands for one word only, as that is written but for case and accents."""
    return isinstance(slot, Word) and not slot.how and not is_pattern(slot.pattern)


def slot_prefix(slot: Slot) -> str:
    """Characters with which every folded word begins that a slot stands for."""
    match slot:
        case Word(pattern, "stem"):
            return stem_prefix(pattern)
        case Word(pattern, "fuzzy"):
            return parts_of(pattern)[0]
        case Word(pattern, "regex"):
            return automaton(pattern).prefix
        case Word(pattern):
            return fixed_prefix(pattern.casefold())
        case Numbers():
            return ""


def slot_matcher(slot: Slot) -> Callable[[str], bool]:
    """Return whether a word is one that a slot stands for: a folded word; of exact case, one folded but for case."""
    match slot:
        case Word(pattern, "stem"):
            root = stem(pattern)
            return lambda word: stem(word) == root
        case Word(pattern, "fuzzy"):
            fixed, rest, edits = parts_of(pattern)
            return lambda word: word.startswith(fixed) and within(rest, word[len(fixed) :], edits)
        case Word(pattern, "regex"):
            return automaton(pattern).matches
        case Word(pattern) if slot.how or not is_pattern(pattern):
            return pattern.__eq__
        case Word(pattern):
            compiled = matcher(pattern)
            return lambda word: compiled.fullmatch(word) is not None
        case Numbers(low, high):
            return lambda word: word.isascii() and word.isdigit() and low <= _value(word) <= high


def _value(word: str) -> int:
    """The value of a word of digits; of one longer than any bound, what is above every bound."""
    digits = word.lstrip("0")
    return int(digits or "0") if len(digits) < 19 else 10**18
