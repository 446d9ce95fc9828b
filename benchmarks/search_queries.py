"""The twelve queries of the comparison, and the truth for each: plain Python over lists of words, all pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Words = list[str]
Kind = Literal["and", "and not", "phrase", "pattern", "near", "before", "nested"]


@dataclass(frozen=True)
class Query:
    """A query by its kind and groups of words; a word with ``*`` at an end is a prefix or a suffix."""

    text: str  # in the language of tecum
    kind: Kind
    groups: tuple[tuple[str, ...], ...]
    distance: int = 0


QUERIES = (
    Query("mmap", "and", (("mmap",),)),
    Query("file", "and", (("file",),)),
    Query("memory AND file", "and", (("memory",), ("file",))),
    Query('"memory leak"', "phrase", (("memory",), ("leak",))),
    Query('"in the"', "phrase", (("in",), ("the",))),
    Query("alloc*", "pattern", (("alloc*",),)),
    Query("*tion", "pattern", (("*tion",),)),
    Query("memory AND NOT leak", "and not", (("memory",), ("leak",))),
    Query("(memor* OR alloc*) w/10 (leak* OR free*)", "near", (("memor*", "alloc*"), ("leak*", "free*")), 10),
    Query("(fix* OR bug*) w/10 (test* OR fail*)", "near", (("fix*", "bug*"), ("test*", "fail*")), 10),
    Query("fix pre/5 bug", "before", (("fix",), ("bug",)), 5),
    Query(
        '("memory leak" OR alloc*) w/10 (fix* pre/3 in)', "nested", (("memory", "leak", "alloc*"), ("fix*", "in")), 10
    ),
)


def fits(pattern: str, word: str) -> bool:
    """Whether a word is what a pattern asks for."""
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return word.endswith(pattern[1:]) if pattern.startswith("*") else word == pattern


def truth(query: Query, documents: Sequence[Words]) -> set[int]:
    """The places of the documents that a query finds."""
    test = _TESTS[query.kind]
    return {at for at, words in enumerate(documents) if test(query, words)}


def _places(group: Sequence[str], words: Words) -> list[int]:
    return [at for at, word in enumerate(words) if any(fits(pattern, word) for pattern in group)]


def _all(query: Query, words: Words) -> bool:
    return all(_places(group, words) for group in query.groups)


def _but_not(query: Query, words: Words) -> bool:
    return bool(_places(query.groups[0], words)) and not _places(query.groups[1], words)


def _phrase(query: Query, words: Words) -> bool:
    one, other = (_places(group, words) for group in query.groups)
    return any(at + 1 in other for at in one)


def _near(query: Query, words: Words) -> bool:
    one, other = (_places(group, words) for group in query.groups)
    return any(0 < abs(a - b) <= query.distance for a in one for b in other)


def _before(query: Query, words: Words) -> bool:
    one, other = (_places(group, words) for group in query.groups)
    return any(0 < b - a <= query.distance for a in one for b in other)


def _nested(query: Query, words: Words) -> bool:
    (first, second, prefix), (lead, after) = query.groups
    seconds = _places([second], words)
    left = [(at, at + 1) for at in _places([first], words) if at + 1 in seconds]
    left += [(at, at) for at in _places([prefix], words)]
    right = [(a, b) for a in _places([lead], words) for b in _places([after], words) if 0 < b - a <= 3]
    pairs = ((one, other) for one in left for other in right)
    return any(0 < max(a[0], b[0]) - min(a[1], b[1]) <= query.distance for a, b in pairs)


_TESTS: dict[Kind, Callable[[Query, Words], bool]] = {
    "and": _all, "and not": _but_not, "phrase": _phrase, "pattern": _all, "near": _near, "before": _before,
    "nested": _nested,
}  # fmt: skip
