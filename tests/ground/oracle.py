"""The slow, obvious oracle of the query language: plain lists, all pairs, word for word the table of semantics.

It shares nothing with the engine but the classes of the tree and Snowball's stemmer. A document is a list of (field,
words), the words as they are written, and the facts that are true of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from datetime import date, datetime
from itertools import product

import snowballstemmer

from tecum.query.tree import And, Dates, Edge, Fact, In, Near, Node, Not, NotNear, Numbers, Or, Phrase, Word

Span = tuple[int, int, int]  # unit, first word, last word
Units = list[tuple[str, list[str]]]
Facts = Set[tuple[str, str]]  # name and test of what is true of a document
PARTICIPANTS = ["from", "to", "cc", "bcc"]
NAMED = ["%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y"]  # forms of a date, for the standard library's reader
FIGURES = {False: ["%Y %m %d", "%m %d %Y"], True: ["%Y %m %d", "%d %m %Y"]}


def bare(word: str) -> str:
    """A word without its accents."""
    return "".join(one for one in unicodedata.normalize("NFKD", word) if unicodedata.category(one) != "Mn")


def low(word: str) -> str:
    return bare(word).lower()


def wild(pattern: str, word: str) -> bool:
    """Whether a word matches a pattern: ``*`` any run, ``?`` one character, ``=`` one digit."""
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(wild(pattern[1:], word[at:]) for at in range(len(word) + 1))
    if not word:
        return False
    fits = pattern[0] == "?" or (pattern[0] == "=" and word[0] in "0123456789") or pattern[0] == word[0]
    return fits and wild(pattern[1:], word[1:])


def edits(one: str, other: str) -> int:
    """The least number of letters put in, left out or changed that make one word the other."""
    table = [[at + to if not at or not to else 0 for to in range(len(other) + 1)] for at in range(len(one) + 1)]
    for at, letter in enumerate(one, 1):
        for to, another in enumerate(other, 1):
            change = table[at - 1][to - 1] + (letter != another)
            table[at][to] = min(change, table[at - 1][to] + 1, table[at][to - 1] + 1)
    return table[-1][-1]


def seen(slot: Node, word: str) -> bool:
    """Whether a word of a text is one that a word of a query stands for."""
    if isinstance(slot, Numbers):
        return re.fullmatch("[0-9]+", word) is not None and slot.low <= int(word) <= slot.high
    assert isinstance(slot, Word)
    if slot.how == "case":
        return bare(word) == slot.pattern
    if slot.how == "stem":
        stemmer = snowballstemmer.stemmer("english")
        return bool(stemmer.stemWord(low(word)) == stemmer.stemWord(slot.pattern))
    if slot.how == "regex":
        return re.fullmatch(slot.pattern, low(word)) is not None
    if slot.how == "fuzzy":
        at = slot.pattern.index("%")
        fixed, rest = slot.pattern[:at], slot.pattern[at:].replace("%", "")
        return low(word)[:at] == fixed and edits(low(word)[at:], rest) <= slot.pattern.count("%")
    return wild(slot.pattern, low(word))


def day(words: list[str], day_first: bool) -> date | None:
    """The day that three words write."""
    text = " ".join(low(word) for word in words)
    named = re.sub(r"\b([0-9]{1,2})(st|nd|rd|th)\b", r"\1", text).replace("sept ", "sep ")
    for tried, forms in ((named, NAMED), (text, FIGURES[day_first])):
        for form in forms:
            try:
                return datetime.strptime(tried, form).date()
            except ValueError:
                continue
    return None


def gap(a: Span, b: Span) -> int | None:
    """Start of the later minus end of the earlier; None where the spans overlap or stand in two units."""
    if a[0] != b[0]:
        return None
    if a[2] < b[1]:
        return b[1] - a[2]
    if b[2] < a[1]:
        return a[1] - b[2]
    return None


def near(a: Span, b: Span, distance: int) -> bool:
    found = gap(a, b)
    return found is not None and found <= distance


def spans(node: Node, units: Units, default: list[str], names: list[str] | None = None) -> set[Span]:
    """What an expression denotes; ``names`` are the fields named round it."""
    found: set[Span] = set()
    looked_in = default if names is None else names
    if isinstance(node, In):
        return spans(node.part, units, default, inside(node.name, names))
    if isinstance(node, Or):
        return set().union(*(spans(part, units, default, names) for part in node.parts))
    if isinstance(node, Near | NotNear):
        left, right = spans(node.left, units, default, names), spans(node.right, units, default, names)
        pairs = [
            (a, b) for a, b in product(left, right)
            if near(a, b, node.distance) and (not node.ordered or a[2] < b[1])
        ]  # fmt: skip
        if isinstance(node, NotNear):
            return left - {a for a, _ in pairs}
        return {(a[0], min(a[1], b[1]), max(a[2], b[2])) for a, b in pairs}
    for number, (field, words) in enumerate(units):
        if field not in looked_in:
            continue
        if isinstance(node, Word | Numbers):
            found |= {(number, at, at) for at, word in enumerate(words) if seen(node, word)}
        elif isinstance(node, Phrase):
            size = len(node.words)
            for at in range(len(words) - size + 1):
                if all(seen(slot, words[at + j]) for j, slot in enumerate(node.words)):
                    found.add((number, at, at + size - 1))
        elif isinstance(node, Dates):
            for at in range(len(words) - 2):
                written = day(words[at : at + 3], node.day_first)
                if written is not None and node.low <= written <= node.high:
                    found.add((number, at, at + 2))
        elif isinstance(node, Edge):
            if names is not None or field == "body":
                at = len(words) if node.last else -1
                found.add((number, at, at))
        else:
            raise AssertionError(node)
    return found


def inside(name: str, names: list[str] | None) -> list[str]:
    own = PARTICIPANTS if name == "participants" else [name]
    return own if names is None else [one for one in own if one in names]


def hits(
    node: Node, units: Units, default: list[str], facts: Facts = frozenset(), names: list[str] | None = None
) -> bool:
    """Whether a document is found."""
    if isinstance(node, And):
        return all(hits(part, units, default, facts, names) for part in node.parts)
    if isinstance(node, Or):
        return any(hits(part, units, default, facts, names) for part in node.parts)
    if isinstance(node, Not):
        return not hits(node.part, units, default, facts, names)
    if isinstance(node, In):
        return hits(node.part, units, default, facts, inside(node.name, names))
    if isinstance(node, Fact):
        return (node.name, node.test) in facts
    if isinstance(node, Near) and len(anded(node.left)) + len(anded(node.right)) > 2:
        # (X AND Y) w/n Z means (X w/n Z) AND (Y w/n Z)
        return all(
            hits(Near(left, right, node.distance, node.ordered), units, default, facts, names)
            for left, right in product(anded(node.left), anded(node.right))
        )
    return bool(spans(node, units, default, names))


def anded(node: Node) -> list[Node]:
    if isinstance(node, And):
        return [one for part in node.parts for one in anded(part)]
    if isinstance(node, In):
        return [In(node.name, one) for one in anded(node.part)]
    return [node]
