"""Doubts about a query that only an index can raise: broad, absent, frequent or half-covered terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tecum.query.doubts import SHORT_ROOT, needed, simple_words
from tecum.query.lint import Lint, collected, warning
from tecum.query.parsed import Parsed
from tecum.query.patterns import is_plain, slot_matcher, slot_prefix
from tecum.query.tree import Numbers, Slot, Word, to_text, tree_hash, walk

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

    def expansions(self, word: Slot, limit: int = ...) -> tuple[int, list[TermCount]]:
        """How many words of the index a word of a query stands for, and those that occur most."""

    def terms_near(self, word: str, limit: int = ...) -> list[TermCount]:
        """Words that differ from ``word`` by one or two letters."""


def lint_with_index(parsed: Parsed, index: Terms) -> tuple[Lint, ...]:
    """Return ``parsed.lint`` with W6, W8, W11 and W12 added (W6 in place of the one without counts)."""
    if parsed.tree is None:
        return parsed.lint
    words = [node for node in walk(parsed.tree) if isinstance(node, Word | Numbers)]
    present = set(words)
    found: list[Lint] = []
    for word in list(dict.fromkeys(words))[:_MAX_WORDS]:
        found += _word(word, present, index)
    counted = {one.span for one in found if one.code == "W6"}
    kept = [one for one in parsed.lint if not (one.code == "W6" and one.span in counted)]
    return tuple(collected([*kept, *found]))


def _word(word: Slot, present: set[Slot], index: Terms) -> Iterator[Lint]:
    count, top = index.expansions(word, _SHOWN)
    if not count:
        yield warning("W8", word.at, f"{to_text(word)} occurs nowhere", _nearest(word, index))
    elif isinstance(word, Word) and is_plain(word):
        yield from _variants(word, present, index)
        if top[0].documents > FREQUENT * index.doc_count:
            part = 100 * top[0].documents // index.doc_count
            yield warning("W12", word.at, f"{word.pattern} stands in {part} % of the documents")
    elif _is_broad(word, count):
        shown = ", ".join(_said(one) for one in top)
        yield warning("W6", word.at, f"{to_text(word)} stands for {count} words; most frequent: {shown}")


def _nearest(slot: Slot, index: Terms) -> str:
    """What may have been meant by a word that occurs nowhere."""
    if not isinstance(slot, Word) or not (slot.how == "case" or is_plain(slot)):
        return ""
    if slot.how == "case" and (same := index.expansions(Word(slot.pattern.casefold()), 1)[1]):
        return f"in other letters: {_said(same[0])}"
    near = ", ".join(_said(one) for one in index.terms_near(slot.pattern.casefold(), 5))
    return f"nearest words: {near}" if near else ""


def _is_broad(slot: Slot, count: int) -> bool:
    """Whether the words that a slot stands for are worth a look: many, or not to be seen in how it is written."""
    if isinstance(slot, Numbers) or slot.how == "case":
        return count > BROAD
    return bool(slot.how) or count > BROAD or len(slot_prefix(slot)) < SHORT_ROOT


def _variants(word: Word, present: set[Slot], index: Terms) -> Iterator[Lint]:
    """W11: the other number of a word, when it occurs and the query does not ask for it."""
    pattern = word.pattern
    if len(pattern) < SHORT_ROOT or pattern.isdigit():
        return
    others = [pattern[:-1]] if pattern.endswith("s") else [f"{pattern}s", f"{pattern}es"]
    wide = [slot_matcher(one) for one in present if isinstance(one, Word) and one.how != "case" and not is_plain(one)]
    for other in others:
        if Word(other) in present or any(matches(other) for matches in wide):
            continue
        count, top = index.expansions(Word(other), 1)
        if count:
            yield warning("W11", word.at, f"{_said(top[0])} is not covered", f"add OR {other}, or write {pattern}*")


def _said(one: TermCount) -> str:
    return f"{one.term} ({one.documents:,} document{'s' * (one.documents != 1)})"


def lint_rows(rows: Sequence[Parsed]) -> list[tuple[Lint, ...]]:
    """Return the lint of each row of a list of terms, with W13 where another row finds all that it finds.

    A row is covered by one that is a word, or words joined by OR, when each of its documents must hold one of them.
    """
    first: dict[str, int] = {}
    simple = [(at, words) for at, row in enumerate(rows) if row.tree is not None and (words := simple_words(row.tree))]
    covering = _Covering(simple)
    answer = []
    for at, row in enumerate(rows):
        found = list(row.lint)
        if row.tree is not None:
            same = first.setdefault(tree_hash(row.tree), at)
            if same != at:
                found.append(warning("W13", (0, len(row.text)), f"the same as row {same + 1}: {rows[same].text}"))
            else:
                found += _covered_rows(at, row, covering, rows)
        answer.append(tuple(collected(found)))
    return answer


class _Covering:
    """The rows that are a word or words joined by OR, looked up by the words that they hold or match."""

    def __init__(self, rows: Sequence[tuple[int, tuple[Word, ...]]]) -> None:
        self.holding: dict[Word, list[int]] = {}
        self.matching: list[tuple[int, Word, Callable[[str], bool]]] = []
        for at, words in rows:
            for word in words:
                self.holding.setdefault(word, []).append(at)
                if not is_plain(word) and word.how != "case" and len(self.matching) < _MAX_WORDS:
                    self.matching.append((at, word, slot_matcher(word)))

    def of(self, word: Word) -> dict[int, Word]:
        """Each row that finds whatever a word finds, with the word of it that does."""
        found = {at: wide for at, wide, matches in self.matching if is_plain(word) and matches(word.pattern)}
        return found | {at: word for at in self.holding.get(word, ())}


def _covered_rows(at: int, row: Parsed, covering: _Covering, rows: Sequence[Parsed]) -> Iterator[Lint]:
    """W13: words of a row that another one covers, and rows of which another finds every document."""
    assert row.tree is not None  # by the caller
    own = simple_words(row.tree)
    for group in needed(row.tree):
        by = [covering.of(word) for word in group]
        if own is None:
            for other in sorted(set.intersection(*map(set, by)) - {at}):
                message = f"each document of this row is found by row {other + 1} too: {rows[other].text}"
                yield warning("W13", (0, len(row.text)), message)
            continue
        for word, found in zip(group, by, strict=True):
            for other, wide in found.items():
                if other != at:
                    message = f"{to_text(word)} is covered by row {other + 1}: {to_text(wide)}"
                    yield warning("W13", word.at, message)
