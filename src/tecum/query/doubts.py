"""Doubts about a tree that need no index: noise words, short roots, acronyms, terms covered by others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tecum.query.lint import Lint, warning
from tecum.query.patterns import fixed_prefix, matcher
from tecum.query.tree import And, In, Near, Node, Not, NotNear, Or, Phrase, Word, to_text, walk
from tecum.query.words import WILDCARDS, is_pattern

SHORT_ROOT: Final = 3  # letters; a shorter root matches words of every kind
_MAX_COMPARED: Final = 200_000  # pattern against word, within one query
# Words that dtSearch does not index as it is delivered; they hold their position.
_NOISE = """about after all also an and another any are as at be because been before being between both but by came
    can come could did do does each else for from get got had has have he her here him himself his how if in into
    is it its just like make many me might more most much must my never no now of on only or other our out over
    re said same see should since so some still such take than that the their them then there these they this
    those through to too under up use very want was way we well were what when where which while who will with
    would you your"""
NOISE: Final = frozenset(_NOISE.split())
_ACRONYMS: Final = {  # as the letters are written, what the word means besides
    "ACT": "act", "AID": "aid", "ARM": "arm", "ART": "art", "CARE": "care", "CAT": "cat", "DARE": "dare",
    "FAST": "fast", "HOPE": "hope", "ICE": "ice", "IT": "it", "LEAD": "lead", "MAY": "may",
    "SAFE": "safe", "SMART": "smart", "SNAP": "snap", "START": "start", "STEP": "step",
    "US": "us", "VISA": "visa", "WAR": "war", "WHO": "who",
}  # fmt: skip


def doubts(text: str, tree: Node) -> Iterator[Lint]:
    """Yield W5, W6, W10 and W13 of one query."""
    yield from _noise(tree)
    words = [node for node in walk(tree) if isinstance(node, Word)]
    for word in dict.fromkeys(words):
        yield from _short_root(word)
    for word in words:
        written = text[slice(*word.at)]
        if written in _ACRONYMS:
            yield warning(
                "W10", word.at, f"{written} also finds the common word {_ACRONYMS[written]}: case is not looked at",
                "add a word that stands near the acronym",
            )  # fmt: skip
    for node in walk(tree):
        if isinstance(node, Or):
            yield from _covered(node)


def _noise(tree: Node) -> Iterator[Lint]:
    inside = {id(word) for node in walk(tree) if isinstance(node, Phrase) for word in node.words}
    readings: list[str] | None = None
    for node in walk(tree):
        if not isinstance(node, Word) or node.pattern not in NOISE:
            continue
        if id(node) not in inside:
            yield warning("W5", node.at, f"{node.pattern} is a noise word: other products may find nothing for it")
            continue
        if readings is None:
            readings = [to_text(tree), to_text(_any_word(tree))]
        yield warning(
            "W5", node.at, f"{node.pattern} is a noise word: other products take any word in its place",
            readings=readings,
        )  # fmt: skip


def _any_word(node: Node) -> Node:
    """The tree as read where noise words of a phrase stand for any word."""
    match node:
        case Phrase(words):
            return Phrase(tuple(Word("*") if word.pattern in NOISE else word for word in words))
        case And(parts):
            return And(tuple(map(_any_word, parts)))
        case Or(parts):
            return Or(tuple(map(_any_word, parts)))
        case Not(part):
            return Not(_any_word(part))
        case In(name, part):
            return In(name, _any_word(part))
        case Near(left, right, distance, ordered):
            return Near(_any_word(left), _any_word(right), distance, ordered)
        case NotNear(left, right, distance):
            return NotNear(_any_word(left), _any_word(right), distance)
        case _:
            return node


def _short_root(word: Word) -> Iterator[Lint]:
    if not is_pattern(word.pattern) or word.pattern[0] in WILDCARDS:
        return
    root = fixed_prefix(word.pattern)
    if len(root) < SHORT_ROOT:
        yield warning("W6", word.at, f"{word.pattern} has a root of {len(root)} letters: many words may match")


def _covered(node: Or) -> Iterator[Lint]:
    """W13: alternatives that add nothing."""
    words = [part for part in node.parts if isinstance(part, Word)]
    seen: set[str] = set()
    for word in words:
        if word.pattern in seen:
            yield warning("W13", word.at, f"{word.pattern} stands twice in this group")
        seen.add(word.pattern)
    patterns = [word for word in words if is_pattern(word.pattern)]
    plain = [word for word in words if not is_pattern(word.pattern)]
    if len(patterns) * len(plain) > _MAX_COMPARED:
        return
    for pattern in patterns:
        expression = matcher(pattern.pattern)
        for word in plain:
            if expression.fullmatch(word.pattern):
                yield warning("W13", word.at, f"{word.pattern} is covered by {pattern.pattern}")


def simple_words(node: Node) -> tuple[Word, ...] | None:
    """The words of a query that is one word, or words joined by OR; None for any other."""
    if isinstance(node, Word):
        return (node,)
    if isinstance(node, Or) and all(isinstance(part, Word) for part in node.parts):
        return tuple(part for part in node.parts if isinstance(part, Word))
    return None
