"""A tree in plain English: what stands beside every count, so that a lawyer sees what was counted."""

from __future__ import annotations

import re

from tecum.query.patterns import fixed_prefix
from tecum.query.tree import And, Edge, In, Near, Node, Not, NotNear, Or, Phrase, Word, conjuncts, has_spans, spread
from tecum.query.words import is_pattern

_SUFFIX = re.compile(r"\*[^*?=]+")
_PREFIX = re.compile(r"[^*?=]+\*")


def in_words(node: Node) -> str:
    """Say which documents a tree finds, as one sentence without a full stop."""
    return f"documents in which {_clause(node)}"


def _clause(node: Node) -> str:
    """A statement about one document."""
    match node:
        case And(parts):
            return " and ".join(_grouped(part) for part in parts)
        case Or(parts) if not has_spans(node):
            return " or ".join(_grouped(part) for part in parts)
        case Not(part) if isinstance(part, Word | Phrase):
            return f"{_noun(part)} does not occur"
        case Not(part):
            return f"it is not so that {_grouped(part)}"
        case In(name, part):
            return f"{_grouped(part)} in the field {name}"
        case Near() if len(conjuncts(node.left)) + len(conjuncts(node.right)) > 2:
            return _clause(spread(node))
        case Near(left, right, distance, ordered):
            return f"{_noun(left)} stands {_distance(distance, ordered)} {_noun(right)}"
        case NotNear(left, right, distance):
            return f"{_noun(left)} stands somewhere without {_noun(right)} {_distance(distance)} it"
        case _:
            return f"{_noun(node)} occurs"


def _grouped(node: Node) -> str:
    """A clause, in parentheses where it has parts of its own."""
    text = _clause(node)
    return f"({text})" if isinstance(node, And | Or | Not) and len(_parts(node)) > 1 else text


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case And(parts):
            return parts
        case Or(parts):
            return () if has_spans(node) else parts
        case Not(part):
            return _parts(part)
        case _:
            return ()


def _noun(node: Node) -> str:
    """What stands at a place."""
    match node:
        case Word(pattern):
            return _word(pattern)
        case Phrase(words):
            return f'the phrase "{" ".join(word.pattern for word in words)}"'
        case Or(parts):
            return _alternatives(parts)
        case In(name, part):
            return f"({_noun(part)} in the field {name})"
        case Edge(last):
            return "the end of the text" if last else "the beginning of the text"
        case Near(left, right, distance, ordered):
            return f"({_noun(left)} {_distance(distance, ordered)} {_noun(right)})"
        case _:
            return f"({_clause(node)})"


def _word(pattern: str) -> str:
    if not is_pattern(pattern):
        return pattern
    if pattern == "*":
        return "any word"
    if _PREFIX.fullmatch(pattern):
        return f"a word starting with {pattern[:-1]}"
    if _SUFFIX.fullmatch(pattern):
        return f"a word ending in {pattern[1:]}"
    return f"a word of the form {pattern}"


def _alternatives(parts: tuple[Node, ...]) -> str:
    """Join alternatives by "or": plain words first, roots drawn together at the end, so that nothing is unclear."""
    plain = [part.pattern for part in parts if isinstance(part, Word) and not is_pattern(part.pattern)]
    roots = [fixed_prefix(part.pattern) for part in parts if isinstance(part, Word) and _PREFIX.fullmatch(part.pattern)]
    others = [_noun(part) for part in parts if not (isinstance(part, Word) and _is_plain_or_root(part.pattern))]
    named = [*plain, *others, *([f"a word starting with {' or '.join(roots)}"] if roots else [])]
    if len(named) == 1:
        return named[0]
    start = "either" if len(named) == 2 else "one of"
    return f"{start} {', '.join(named[:-1])} or {named[-1]}"


def _is_plain_or_root(pattern: str) -> bool:
    return not is_pattern(pattern) or _PREFIX.fullmatch(pattern) is not None


def _distance(distance: int, ordered: bool = False) -> str:
    words = "1 word" if distance == 1 else f"{distance} words"
    return f"at most {words} before" if ordered else f"within {words} of"
