"""Doubts about a tree that need no index: noise words, short roots, acronyms, terms covered by others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tecum.query.lint import MAX_SPELLED, Findings, Lint, warning
from tecum.query.noise import is_noise
from tecum.query.patterns import fixed_prefix, is_plain, slot_matcher, slot_prefix
from tecum.query.switches import NOTHING, Switches, applied, printable
from tecum.query.tree import And, In, Near, Node, Not, NotNear, Or, Phrase, Word, to_text, walk
from tecum.query.words import WILDCARDS, is_pattern

SHORT_ROOT: Final = 3  # letters; a shorter root matches words of every kind
_MAX_COMPARED: Final = 200_000  # pattern against word, within one query
_ACRONYM = range(2, 6)  # letters of a word in capitals that may be one
_COMMON: Final = {  # as the letters are written, what the word means besides
    "ACT": "act", "AID": "aid", "ARM": "arm", "ART": "art", "CARE": "care", "CAT": "cat", "DARE": "dare",
    "FAST": "fast", "HOPE": "hope", "ICE": "ice", "IT": "it", "LEAD": "lead", "MAY": "may",
    "SAFE": "safe", "SMART": "smart", "SNAP": "snap", "START": "start", "STEP": "step",
    "US": "us", "VISA": "visa", "WAR": "war", "WHO": "who",
}  # fmt: skip


def doubts(findings: Findings, tree: Node, dialect: str) -> Iterator[Lint]:
    """Yield W5, W6, W10, W13 and W17 of one query."""
    yield from _noise(findings, tree, dialect)
    words = [node for node in walk(tree) if isinstance(node, Word)]
    for word in dict.fromkeys(words):
        yield from _short_root(word)
    yield from _capitals(findings, tree, dialect)
    for node in walk(tree):
        if isinstance(node, Or):
            yield from _covered(node)


def _noise(findings: Findings, tree: Node, dialect: str) -> Iterator[Lint]:
    inside = {id(word) for node in walk(tree) if isinstance(node, Phrase) for word in node.words}
    found = [node for node in walk(tree) if isinstance(node, Word) and is_noise(node)]
    if not found:
        return
    other = printable(applied(tree, Switches(noise="dtsearch")))
    readings = []
    if len(findings.text) <= MAX_SPELLED:
        readings = [to_text(tree, dialect), *([to_text(other, dialect)] if other is not None else [])]
    for node in found:
        if id(node) in inside:
            said = "other products take any word in its place"
        elif other == NOTHING:
            said = "products that do not index it find nothing for it (0 documents)"
        elif other is None:
            said = "products that do not index it find every document here"
        else:
            said = "products that do not index it leave it out"
        yield warning("W5", node.at, f"{node.pattern} is a noise word: {said}", readings=readings)


def _capitals(findings: Findings, tree: Node, dialect: str) -> Iterator[Lint]:
    """W10 and W17: a word written in capitals may be meant in capitals only, or stand for initials."""
    slots = {id(word) for node in walk(tree) if isinstance(node, Phrase) for word in node.words}
    plain = ""
    for word in list(walk(tree)):
        if not isinstance(word, Word) or not is_plain(word):
            continue
        written = findings.text[slice(*word.at)]
        if len(written) not in _ACRONYM or not (written.isalpha() and written.isupper() and written.isascii()):
            continue
        others: list[tuple[str, str, str, Node]] = []
        common = f"the common word {_COMMON[written]}" if written in _COMMON else written.lower()
        message = f"{written} also finds {common}: case is not looked at"
        others.append(("W10", message, f"write cs:{written} for the capitals only", Word(written, "case", word.at)))
        if id(word) not in slots:
            letters = Or((word, Phrase(tuple(Word(letter) for letter in word.pattern))))
            message = f"{written} does not find {'.'.join(written)}., which is {len(written)} words"
            others.append(("W17", message, f"write initials:{written} for both", letters))
        for code, message, fix, other in others:
            readings = []
            if findings.can_spell():
                plain = plain or to_text(tree, dialect)
                readings = [plain, to_text(_with(tree, word, other), dialect)]
            yield warning(code, word.at, message, fix, readings)


def _with(node: Node, old: Word, new: Node) -> Node:
    """The tree with another node in place of one of its words (that very one, not its equals)."""
    if node is old:
        return new
    match node:
        case Phrase(words) if isinstance(new, Word):
            return replace(node, words=tuple(new if word is old else word for word in words))
        case And(parts) | Or(parts):
            return replace(node, parts=tuple(_with(part, old, new) for part in parts))
        case Not(part) | In(_, part):
            return replace(node, part=_with(part, old, new))
        case Near(left, right) | NotNear(left, right):
            return replace(node, left=_with(left, old, new), right=_with(right, old, new))
        case _:
            return node


def _short_root(word: Word) -> Iterator[Lint]:
    if (
        word.how == "fuzzy"
        and len(slot_prefix(word)) < SHORT_ROOT
        and len(word.pattern.replace("%", "")) <= (2 * word.pattern.count("%"))
    ):
        yield warning("W6", word.at, f"{word.pattern} is little longer than what may differ: many words may match")
    if word.how or not is_pattern(word.pattern) or word.pattern[0] in WILDCARDS:
        return
    root = fixed_prefix(word.pattern)
    if len(root) < SHORT_ROOT:
        yield warning("W6", word.at, f"{word.pattern} has a root of {len(root)} letters: many words may match")


def _covered(node: Or) -> Iterator[Lint]:
    """W13: alternatives that add nothing."""
    words = [part for part in node.parts if isinstance(part, Word)]
    seen: set[Word] = set()
    for word in words:
        if word in seen:
            yield warning("W13", word.at, f"{word.pattern} stands twice in this group")
        seen.add(word)
    wide = [word for word in dict.fromkeys(words) if not is_plain(word) and word.how != "case"]
    plain = [word for word in words if is_plain(word)]
    if len(wide) * len(plain) > _MAX_COMPARED:
        return
    for one in wide:
        matches = slot_matcher(one)
        for word in plain:
            if matches(word.pattern):
                yield warning("W13", word.at, f"{word.pattern} is covered by {to_text(one)}")


def simple_words(node: Node) -> tuple[Word, ...] | None:
    """The words of a query that is one word, or words joined by OR; None for any other."""
    if isinstance(node, Word):
        return (node,)
    if isinstance(node, Or) and all(isinstance(part, Word) for part in node.parts):
        return tuple(part for part in node.parts if isinstance(part, Word))
    return None


def needed(node: Node) -> Iterator[tuple[Word, ...]]:
    """Yield groups of words of each of which every document that the tree finds holds one, in a default field."""
    words = simple_words(node)
    if words:
        yield words
        return
    match node:
        case And(parts):
            for part in parts:
                yield from needed(part)
        case Near(left, right):
            yield from needed(left)
            yield from needed(right)
        case NotNear(left):
            yield from needed(left)
        case Phrase(slots):
            yield from ((slot,) for slot in slots if isinstance(slot, Word))
        case _:
            return
