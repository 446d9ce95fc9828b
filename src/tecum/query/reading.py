"""A tree in plain English: what stands beside every count, so that a lawyer sees what was counted."""

from __future__ import annotations

import re

from tecum.query.facts import FACTS, day_range, size_range
from tecum.query.fuzzy import parts_of
from tecum.query.patterns import fixed_prefix, is_plain
from tecum.query.tree import (
    And,
    Dates,
    Edge,
    Fact,
    In,
    Near,
    Node,
    Not,
    NotNear,
    Numbers,
    Or,
    Phrase,
    Slot,
    Word,
    conjuncts,
    has_spans,
    spread,
)

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
        case Or(parts) if parts and not has_spans(node):
            return " or ".join(_grouped(part) for part in parts)
        case Fact():
            return _fact(node)
        case Not(part) if isinstance(part, Word | Numbers | Dates | Phrase):
            return f"{_noun(part)} does not occur"
        case Not(part):
            return f"it is not so that {_grouped(part)}"
        case In(name, part):
            return f"{_grouped(part)} in the field {name}"
        case Near() if len(conjuncts(node.left)) + len(conjuncts(node.right)) > 2:
            return _clause(spread(node))
        case Near(left, right, distance, ordered):
            return f"{_noun(left)} stands {_distance(distance, ordered)} {_noun(right)}"
        case NotNear(left, right, distance, False):
            return f"{_noun(left)} stands somewhere without {_noun(right)} {_distance(distance)} it"
        case NotNear(left, right, distance):
            return f"{_noun(left)} stands somewhere without {_noun(right)} in the {_count(distance)} after it"
        case Or(()):
            return "nothing is looked for"
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
        case Word() | Numbers():
            return _word(node)
        case Dates(low, high, day_first):
            order = ", with the day first where it is in figures" * day_first
            return f"a date {_days(low.isoformat(), high.isoformat())}{order}"
        case Phrase(words) if all(isinstance(word, Word) and not word.how for word in words):
            return f'the phrase "{" ".join(word.pattern for word in words if isinstance(word, Word))}"'
        case Phrase(words):
            return f"the phrase of {_listed([_word(word) for word in words], 'and then')}"
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


def _word(slot: Slot) -> str:
    match slot:
        case Numbers(low, high):
            return f"a number from {low} to {high}"
        case Word(pattern, "stem"):
            return f"a form of {pattern}"
        case Word(pattern, "case"):
            return f"{pattern} written exactly so"
        case Word(pattern, "regex"):
            return f"a word of the expression {pattern}"
        case Word(pattern, "fuzzy"):
            fixed, rest, edits = parts_of(pattern)
            begun = f" and begins with {fixed}" if fixed else ""
            return f"a word that differs from {fixed}{rest} in at most {_count(edits, 'letter')}{begun}"
        case Word(pattern):
            return _pattern(pattern)


def _pattern(pattern: str) -> str:
    if pattern == "*":
        return "any word"
    if _PREFIX.fullmatch(pattern):
        return f"a word starting with {pattern[:-1]}"
    if _SUFFIX.fullmatch(pattern):
        return f"a word ending in {pattern[1:]}"
    return f"a word of the form {pattern}" if any(sign in pattern for sign in "*?=") else pattern


def _fact(fact: Fact) -> str:
    kind, _ = FACTS[fact.name]
    if kind == "day":
        low, high = day_range(fact.test)
        first, last = (day.isoformat() if day else "" for day in (low, high))
        return f"{fact.name} is {first}" if first == last else f"{fact.name} is {_days(first, last)}"
    if kind == "size":
        least, most = size_range(fact.test)
        bounds = [f"at least {least:,}"] if least is not None else []
        bounds += [f"at most {most:,}"] if most is not None else []
        return f"the file has {' and '.join(bounds)} bytes"
    return f"the document has {fact.test}" if kind == "has" else f"{fact.name} is {fact.test}"


def _days(low: str, high: str) -> str:
    """A range of days with what bounds it."""
    if low == high:
        return f"of {low}"
    return f"from {low} to {high}" if low and high else f"from {low} on" if low else f"up to {high}"


def _listed(parts: list[str], word: str) -> str:
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _alternatives(parts: tuple[Node, ...]) -> str:
    """Join alternatives by "or": plain words first, roots drawn together at the end, so that nothing is unclear."""
    plain = [part.pattern for part in parts if isinstance(part, Word) and is_plain(part)]
    roots = [fixed_prefix(part.pattern) for part in parts if isinstance(part, Word) and _is_root(part)]
    others = [_noun(part) for part in parts if not (isinstance(part, Word) and (is_plain(part) or _is_root(part)))]
    named = [*plain, *others, *([f"a word starting with {' or '.join(roots)}"] if roots else [])]
    if len(named) == 1:
        return named[0]
    start = "either" if len(named) == 2 else "one of"
    return f"{start} {_listed(named, 'or')}"


def _is_root(word: Word) -> bool:
    return not word.how and _PREFIX.fullmatch(word.pattern) is not None


def _count(number: int, what: str = "word") -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def _distance(distance: int, ordered: bool = False) -> str:
    return f"at most {_count(distance)} before" if ordered else f"within {_count(distance)} of"
