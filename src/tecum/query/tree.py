"""The tree of a query: what it means, whatever dialect it was written in; its printed form and its hash.

A document is a set of units (a field each). Positions count every word of a unit; positions of different
units never meet. Inside one unit an expression denotes spans, from a first to a last word:

===============================  ============================================================================
word, pattern                    each matching word
phrase of k words                each run of k words that match in order
``A OR B``                       the spans of both
``A w/n B``                      for every pair of disjoint spans whose gap is 1 to n (start of the later minus
                                 end of the earlier): from the start of the earlier to the end of the later
``A pre/n B``                    the same, of pairs in which A ends before B starts
``A not w/n B``                  the spans of A without a disjoint span of B within gap n on either side
``xfirstword``, ``xlastword``    the place before the first word, and the one after the last, of the body or
                                 of the fields named
``f:A``                          the spans of A in units of field f
===============================  ============================================================================

A document is found when one of its units has a span. AND, OR and NOT above that are operations on sets of
documents. ``(X AND Y) w/n Z`` means ``(X w/n Z) AND (Y w/n Z)``. A word never pairs with itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

MAX_DEPTH: Final = 100  # of a tree; deeper ones are refused, so that no walk runs out of stack
DEFAULT_FIELDS: Final = (
    "body", "subject", "title", "from", "to", "cc", "bcc", "filename", "author",
)  # fmt: skip
BODY: Final = "body"  # the unit to which xfirstword and xlastword belong unless a field is named
GROUPS: Final = {"participants": ("from", "to", "cc", "bcc")}
# Words that are operators here or in another dialect; a query that means the word writes it in quotes.
RESERVED: Final = re.compile(r"and|or|not|andany|xfirstword|xlastword|(?:near|adj)[0-9]+")

Extent = tuple[int, int]


@dataclass(frozen=True)
class Word:
    """All words that match ``pattern``: folded text, in which ``*``, ``?`` and ``=`` are wildcards."""

    pattern: str
    at: Extent = field(default=(0, 0), compare=False, repr=False)  # in the source text


@dataclass(frozen=True)
class Phrase:
    """Two or more words one after another."""

    words: tuple[Word, ...]
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class And:
    """Documents in which every part is found."""

    parts: tuple[Node, ...]
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Or:
    """Documents in which one of the parts is found; of spans, all of them."""

    parts: tuple[Node, ...]
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Not:
    """Documents in which the part is not found."""

    part: Node
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Near:
    """Left and right at most ``distance`` words apart (1: next to each other); ``ordered``: left first."""

    left: Node
    right: Node
    distance: int
    ordered: bool = False
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class NotNear:
    """Left, where no right stands within ``distance`` words on either side."""

    left: Node
    right: Node
    distance: int
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class In:
    """The part, in units of one field (or group of fields, such as ``participants``) only."""

    name: str
    part: Node
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Edge:
    """The place before the first word of a unit (``xfirstword``), or after its ``last`` one."""

    last: bool
    at: Extent = field(default=(0, 0), compare=False, repr=False)


Node = Word | Phrase | And | Or | Not | Near | NotNear | In | Edge


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(part) | In(_, part):
            return (part,)
        case Near(left, right) | NotNear(left, right):
            return (left, right)
        case Phrase(words):
            return words
        case Word() | Edge():
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, parents first, left to right."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def depth(node: Node) -> int:
    """How many nodes stand above the deepest one, itself included."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest


def has_spans(node: Node) -> bool:
    """Whether a node denotes spans (a place in a text), not only a set of documents."""
    match node:
        case Word() | Phrase() | Edge():
            return True
        case And() | Not():
            return False
        case _:
            return all(has_spans(child) for child in children(node))


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The parts of an operand that is an AND, however nested; of any other operand itself."""
    match node:
        case And(parts):
            return tuple(one for part in parts for one in conjuncts(part))
        case In(name, part):
            return tuple(In(name, one, node.at) for one in conjuncts(part))
        case _:
            return (node,)


def spread(node: Near) -> Node:
    """Return ``(X AND Y) w/n Z`` as ``(X w/n Z) AND (Y w/n Z)``, and any other proximity as it is."""
    left, right = conjuncts(node.left), conjuncts(node.right)
    if len(left) == len(right) == 1:
        return node
    return And(tuple(replace(node, left=one, right=other) for one in left for other in right), node.at)


def fields_of(name: str) -> tuple[str, ...]:
    """The fields that a field name of a query stands for."""
    return GROUPS.get(name, (name,))


def to_text(node: Node) -> str:
    """Print a tree with every parenthesis; parsing the text in any dialect gives the same tree."""
    return _bare(_print(node))


def _bare(text: str) -> str:
    """Take off the outermost parentheses; what ``_print`` puts round a node always encloses all of it."""
    return text[1:-1] if text.startswith("(") else text


def _print(node: Node) -> str:
    match node:
        case Word(pattern):
            return f'"{pattern}"' if RESERVED.fullmatch(pattern) else pattern
        case Phrase(words):
            return f'"{" ".join(word.pattern for word in words)}"'
        case And(parts):
            return f"({' AND '.join(map(_print, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(_print, parts))})"
        case Not(part):
            return f"(NOT {_print(part)})"
        case Near(left, right, distance, ordered):
            return f"({_print(left)} {'pre' if ordered else 'w'}/{distance} {_print(right)})"
        case NotNear(left, right, distance):
            return f"({_print(left)} not w/{distance} {_print(right)})"
        case In(name, part):
            return f"{name}:({_bare(_print(part))})"
        case Edge(last):
            return "xlastword" if last else "xfirstword"


def canonical(node: Node) -> str:
    """A text equal for trees that say the same in another order or grouping of AND, OR and ``w/n``."""
    match node:
        case And() | Or():
            parts = sorted({canonical(part) for part in _flat(node, type(node))})
            name = "and" if isinstance(node, And) else "or"
            return parts[0] if len(parts) == 1 else f"({name} {' '.join(parts)})"
        case Near(left, right, distance, ordered):
            sides = [canonical(left), canonical(right)]
            return f"({'pre' if ordered else 'w'} {distance} {' '.join(sides if ordered else sorted(sides))})"
        case NotNear(left, right, distance):
            return f"(not-w {distance} {canonical(left)} {canonical(right)})"
        case Not(part):
            return f"(not {canonical(part)})"
        case In(name, part):
            return f"(in {name} {canonical(part)})"
        case _:
            return _print(node)


def _flat(node: Node, kind: type[And] | type[Or]) -> Iterator[Node]:
    for part in children(node):
        if isinstance(part, kind):
            yield from _flat(part, kind)
        else:
            yield part


def tree_hash(node: Node) -> str:
    """SHA-256 (hex) of the canonical form; printed in reports so that two sides can compare what was run."""
    return hashlib.sha256(f"tecum-query-1 {canonical(node)}".encode()).hexdigest()
