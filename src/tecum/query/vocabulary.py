"""Doubts about a query that only an index can raise: broad, absent, frequent or half-covered terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tecum.query.doubts import SHORT_ROOT, simple_words
from tecum.query.lint import Lint, collected, warning
from tecum.query.parsed import Parsed
from tecum.query.patterns import fixed_prefix, matcher
from tecum.query.tree import Word, tree_hash, walk
from tecum.query.words import is_pattern

BROAD: Final = 50  # different words of one wildcard
FREQUENT: Final = 0.3  # part of the documents
_SHOWN: Final = 10
_MAX_WORDS: Final = 500  # of one query that are looked up


@dataclass(frozen=True)
class TermCount:
    """One word of the index, with the documents it stands in and its occurrences."""

    term: str
    documents: int
    occurrences: int


class Terms(Protocol):
    """What is asked of an index."""

    @property
    def doc_count(self) -> int:
        """Documents in the index."""

    def terms_matching(self, pattern: str, limit: int = ...) -> tuple[int, list[TermCount]]:
        """How many words match, and those that occur most."""

    def terms_near(self, word: str, limit: int = ...) -> list[TermCount]:
        """Words that differ from ``word`` by one or two letters."""


def lint_with_index(parsed: Parsed, index: Terms) -> tuple[Lint, ...]:
    """Return ``parsed.lint`` with W6, W8, W11 and W12 added (W6 in place of the one without counts)."""
    if parsed.tree is None:
        return parsed.lint
    words = [node for node in walk(parsed.tree) if isinstance(node, Word)]
    present = {word.pattern for word in words}
    found: list[Lint] = []
    for word in list(dict.fromkeys(words))[:_MAX_WORDS]:
        found += _word(word, present, index)
    counted = {one.span for one in found if one.code == "W6"}
    kept = [one for one in parsed.lint if not (one.code == "W6" and one.span in counted)]
    return tuple(collected([*kept, *found]))


def _word(word: Word, present: set[str], index: Terms) -> Iterator[Lint]:
    pattern = word.pattern
    count, top = index.terms_matching(pattern, _SHOWN)
    if not count:
        near = ", ".join(_said(one) for one in index.terms_near(pattern, 5)) if not is_pattern(pattern) else ""
        yield warning("W8", word.at, f"{pattern} occurs nowhere", f"nearest words: {near}" if near else "")
    elif is_pattern(pattern):
        if count > BROAD or len(fixed_prefix(pattern)) < SHORT_ROOT:
            shown = ", ".join(_said(one) for one in top)
            yield warning("W6", word.at, f"{pattern} stands for {count} words; most frequent: {shown}")
    else:
        yield from _variants(word, present, index)
        if top[0].documents > FREQUENT * index.doc_count:
            part = 100 * top[0].documents // index.doc_count
            yield warning("W12", word.at, f"{pattern} stands in {part} % of the documents")


def _variants(word: Word, present: set[str], index: Terms) -> Iterator[Lint]:
    """W11: the other number of a word, when it occurs and the query does not ask for it."""
    pattern = word.pattern
    if len(pattern) < SHORT_ROOT or pattern.isdigit():
        return
    others = [pattern[:-1]] if pattern.endswith("s") else [f"{pattern}s", f"{pattern}es"]
    patterns = [matcher(one) for one in present if is_pattern(one)]
    for other in others:
        if other in present or any(one.fullmatch(other) for one in patterns):
            continue
        count, top = index.terms_matching(other, 1)
        if count:
            yield warning("W11", word.at, f"{_said(top[0])} is not covered", f"add OR {other}, or write {pattern}*")


def _said(one: TermCount) -> str:
    return f"{one.term} ({one.documents:,} documents)"


def lint_rows(rows: Sequence[Parsed]) -> list[tuple[Lint, ...]]:
    """Return the lint of each row of a list of terms, with W13 where another row covers it."""
    first: dict[str, int] = {}
    patterns: list[tuple[int, Word]] = []
    for at, row in enumerate(rows):
        for word in (row.tree and simple_words(row.tree)) or ():
            if is_pattern(word.pattern):
                patterns.append((at, word))
    matchers = [(at, word, matcher(word.pattern)) for at, word in patterns[:_MAX_WORDS]]
    answer = []
    for at, row in enumerate(rows):
        found = list(row.lint)
        if row.tree is not None:
            same = first.setdefault(tree_hash(row.tree), at)
            if same != at:
                found.append(warning("W13", (0, len(row.text)), f"the same as row {same + 1}: {rows[same].text}"))
            for word in simple_words(row.tree) or ():
                for other, wide, expression in matchers:
                    if other != at and wide.pattern != word.pattern and expression.fullmatch(word.pattern):
                        message = f"{word.pattern} is covered by row {other + 1}: {wide.pattern}"
                        found.append(warning("W13", word.at, message))
        answer.append(tuple(collected(found)))
    return answer
