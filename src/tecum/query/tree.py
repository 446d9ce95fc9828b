"""The tree of a query: what it means, whatever dialect it was written in; its printed form and its hash.

A document is a set of units (a field each). Positions count every word of a unit; positions of different
units never meet. Inside one unit an expression denotes spans, from a first to a last word:

===============================  ============================================================================
word, pattern, number            each matching word
``date(d to e)``                 three words in a row that write a day from d to e
phrase of k words                each run of k words that match in order
``A OR B``                       the spans of both
``A w/n B``                      for every pair of disjoint spans whose gap is 1 to n (start of the later minus
                                 end of the earlier): from the start of the earlier to the end of the later
``A pre/n B``                    the same, of pairs in which A ends before B starts
``A not w/n B``                  the spans of A without a disjoint span of B within gap n on either side
``A not pre/n B``                the spans of A without a span of B that begins after them, within gap n
``xfirstword``, ``xlastword``    the place before the first word, and the one after the last, of the body or
                                 of the fields named
``f:A``                          the spans of A in units of field f
===============================  ============================================================================

A document is found when one of its units has a span. AND, OR and NOT above that are operations on sets of
documents; so is a fact of the store, such as ``kind:mail``. ``(X AND Y) w/n Z`` means ``(X w/n Z) AND (Y w/n Z)``.
A word never pairs with itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

MAX_DEPTH: Final = 100  # of a tree; deeper ones are refused, so that no walk runs out of stack
DEFAULT_FIELDS: Final = (
    "body", "subject", "title", "from", "to", "cc", "bcc", "filename", "author",
)  # fmt: skip
BODY: Final = "body"  # the unit to which xfirstword and xlastword belong unless a field is named
GROUPS: Final = {"participants": ("from", "to", "cc", "bcc")}
# Words that are operators here or in another dialect; a query that means the word writes it in quotes.
RESERVED: Final = re.compile(r"and|or|not|xor|andany|xfirstword|xlastword|(?:near|adj)[0-9]+")
MAX_NUMBER: Final = 10**18 - 1
DAY_FIRST: Final = "; d/m/y"  # in date(...), of dates in the text that are written in figures
PLAIN_TEST: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|\.\.[A-Za-z0-9_.-]+")
_PREFIXES: Final = {"stem": "stem:", "case": "cs:", "regex": "##"}

How = Literal["", "stem", "fuzzy", "regex", "case"]
Extent = tuple[int, int]


@dataclass(frozen=True)
class Word:
    """All words of the text that match ``pattern``; ``how`` says which do.

    - ``""``: folded, ``*`` any run of characters, ``?`` exactly one, ``=`` one digit.
    - ``"stem"``: folded; every word with the same English stem (``tecum.query.stems``).
    - ``"fuzzy"``: folded, with ``%`` signs at one place: what stands before them is fixed, their number is how
      many letters may be put in, left out or changed in what follows (``tecum.query.fuzzy``).
    - ``"regex"``: a regular expression that matches the whole folded word (``tecum.query.regex``).
    - ``"case"``: a word folded except for case (``tecum.query.words.cased``), to be written exactly so.
    """

    pattern: str
    how: How = ""
    at: Extent = field(default=(0, 0), compare=False, repr=False)  # in the source text


@dataclass(frozen=True)
class Numbers:
    """Words of ASCII digits only whose value lies between ``low`` and ``high``, both included.

    Leading zeros do not matter. A number written with separators is several words: 1,000 is 1 and 000.
    Both bounds are at most ``MAX_NUMBER``, so a word with more significant digits never matches.
    """

    low: int
    high: int
    at: Extent = field(default=(0, 0), compare=False, repr=False)


Slot = Word | Numbers  # what denotes single words, and may stand in a phrase


@dataclass(frozen=True)
class Dates:
    """Three words that write a day from ``low`` to ``high``, both included (``tecum.query.dates``).

    ``day_first``: 1/2/2018 in the text is the first of February, not the second of January.
    """

    low: date
    high: date
    day_first: bool = False
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Phrase:
    """Two or more words one after another."""

    words: tuple[Slot, ...]
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Fact:
    """Documents of which the store says so, whatever their text (``tecum.query.facts``); never a place in a text.

    ``test`` is in the normal form of the fact: ``low..high`` of a range, of which either may be empty, else a value.
    """

    name: str
    test: str
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class And:
    """Documents in which every part is found."""

    parts: tuple[Node, ...]
    at: Extent = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Or:
    """Documents in which one of the parts is found; of spans, all of them. Without parts: nothing."""

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
    """Left, where no right stands within ``distance`` words on either side; ``ordered``: after it."""

    left: Node
    right: Node
    distance: int
    ordered: bool = False
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


Node = Word | Numbers | Dates | Phrase | Fact | And | Or | Not | Near | NotNear | In | Edge


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
        case Word() | Numbers() | Dates() | Fact() | Edge():
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
        case Word() | Numbers() | Dates() | Phrase() | Edge():
            return True
        case And() | Not() | Fact():
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


def to_text(node: Node, dialect: str = "dtsearch") -> str:
    """Print a tree with every parenthesis; parsing the text in ``dialect`` gives the same tree.

    Only ``=`` is printed differently: in ``nuix`` and ``lucene`` it is a wildcard no further than ``wild:`` reaches.
    """
    return _bare(_Printer(dialect == "dtsearch").text(node))


def _bare(text: str) -> str:
    """Take off the outermost parentheses; what the printer puts round a node always encloses all of it."""
    return text[1:-1] if text.startswith("(") else text


@dataclass(frozen=True)
class _Printer:
    digits: bool = True  # whether = is a wildcard as it stands

    def text(self, node: Node) -> str:
        """A node, in parentheses where it has parts."""
        match node:
            case Word(pattern, "regex"):
                return f'##"{pattern}"'
            case Word(pattern, how) if RESERVED.fullmatch(pattern.lower()):
                return f'{_PREFIXES.get(how, "")}"{pattern}"'
            case Word() | Numbers():
                return self.slot(node)
            case Phrase(words):
                return f'"{" ".join(map(self.slot, words))}"'
            case Dates(low, high, day_first):
                return f"date({low.isoformat()} to {high.isoformat()}{DAY_FIRST if day_first else ''})"
            case Fact(name, test):
                plain = PLAIN_TEST.fullmatch(test) and not RESERVED.fullmatch(test.lower())
                return f"{name}:{test}" if plain else f'{name}:"{test}"'
            case And(parts):
                return f"({' AND '.join(map(self.text, parts))})"
            case Or(parts):
                return f"({' OR '.join(map(self.text, parts))})"
            case Not(part):
                return f"(NOT {self.text(part)})"
            case Near(left, right, distance, ordered):
                return f"({self.text(left)} {'pre' if ordered else 'w'}/{distance} {self.text(right)})"
            case NotNear(left, right, distance, ordered):
                return f"({self.text(left)} not {'pre' if ordered else 'w'}/{distance} {self.text(right)})"
            case In(name, part):
                return f"{name}:({_bare(self.text(part))})"
            case Edge(last):
                return "xlastword" if last else "xfirstword"

    def slot(self, node: Slot) -> str:
        """A word as it is written inside quotation marks."""
        if isinstance(node, Numbers):
            return f"{node.low}~~{node.high}"
        if not self.digits and not node.how and "=" in node.pattern:
            return f"wild:{node.pattern}"
        return f"{_PREFIXES.get(node.how, '')}{node.pattern}"


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
        case NotNear(left, right, distance, ordered):
            return f"(not-{'pre' if ordered else 'w'} {distance} {canonical(left)} {canonical(right)})"
        case Not(part):
            return f"(not {canonical(part)})"
        case In(name, part):
            return f"(in {name} {canonical(part)})"
        case _:
            return _Printer().text(node)


def _flat(node: Node, kind: type[And] | type[Or]) -> Iterator[Node]:
    for part in children(node):
        if isinstance(part, kind):
            yield from _flat(part, kind)
        else:
            yield part


def tree_hash(node: Node) -> str:
    """SHA-256 (hex) of the canonical form; printed in reports so that two sides can compare what was run."""
    return hashlib.sha256(f"tecum-query-1 {canonical(node)}".encode()).hexdigest()
