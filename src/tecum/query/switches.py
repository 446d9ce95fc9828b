"""Compatibility switches: what other products may count for the same tree, as a tree of its own.

A switch never changes what a tree means. It changes the tree, so that what was counted can be printed and hashed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tecum.query.noise import is_noise
from tecum.query.tree import And, Dates, Edge, In, Near, Node, Not, NotNear, Or, Phrase, Slot, Word, children

NOTHING = Or(())  # what a word that was not indexed finds


@dataclass(frozen=True)
class Switches:
    """How a list of terms is counted where products differ; the defaults are this program's own rules.

    Attributes:
        noise: ``keep``: every word counts. ``dtsearch``: the words of ``tecum.query.noise`` find nothing, and in
            a phrase match any one word, as where they are not indexed.
        wider: ``w/n`` and ``pre/n`` reach one word further, as where n words may stand between.
        edges_wider: the same of a proximity with ``xfirstword`` or ``xlastword`` beside it only.
        day_first: 1/2/2018 in a text is the first of February.
    """

    noise: Literal["keep", "dtsearch"] = "keep"
    wider: bool = False
    edges_wider: bool = False
    day_first: bool = False

    def said(self) -> str:
        """The switches that are on, in words, for the header of a report."""
        on = [
            "noise words find nothing, and any word in a phrase" * (self.noise == "dtsearch"),
            "w/n and pre/n one word wider" * self.wider,
            "w/n of xfirstword and xlastword one word wider" * (self.edges_wider and not self.wider),
            "dates in figures: day first" * self.day_first,
        ]
        return "; ".join(filter(None, on)) or "none"


def applied(node: Node, switches: Switches) -> Node:
    """Return the tree that counts what ``node`` does under these switches; the same node where none is on."""
    if switches == Switches():
        return node
    return _applied(node, switches)


def _applied(node: Node, on: Switches) -> Node:
    match node:
        case Word():
            return NOTHING if on.noise == "dtsearch" and is_noise(node) else node
        case Phrase(words):
            return replace(node, words=tuple(_any(word) for word in words)) if on.noise == "dtsearch" else node
        case Dates():
            return replace(node, day_first=on.day_first or node.day_first)
        case And(parts) | Or(parts):
            return replace(node, parts=tuple(_applied(part, on) for part in parts))
        case Not(part) | In(_, part):
            return replace(node, part=_applied(part, on))
        case Near(left, right, distance) | NotNear(left, right, distance):
            more = on.wider or (on.edges_wider and any(isinstance(side, Edge) for side in _sides(node)))
            return replace(node, left=_applied(left, on), right=_applied(right, on), distance=distance + more)
        case _:
            return node


def _any(word: Slot) -> Slot:
    return Word("*", at=word.at) if isinstance(word, Word) and is_noise(word) else word


def _sides(node: Near | NotNear) -> Iterator[Node]:
    """The operands of a proximity, seen through fields and groups but not through further proximities."""
    waiting = list(children(node))
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, Or | In):
            waiting += children(one)


def printable(node: Node) -> Node | None:
    """The same without the parts that find nothing; ``NOTHING`` where nothing is left, None where all is found."""
    match node:
        case And(parts):
            found = [printable(part) for part in parts]
            kept = [part for part in found if part is not None]
            return NOTHING if NOTHING in kept else _joined(And, kept)
        case Or(parts):
            found = [printable(part) for part in parts]
            if None in found:
                return None
            return _joined(Or, [part for part in found if part is not None and part != NOTHING]) or NOTHING
        case Not(part):
            inner = printable(part)
            return None if inner == NOTHING else NOTHING if inner is None else Not(inner)
        case In(_, part):
            inner = printable(part)
            return inner if inner in (None, NOTHING) else replace(node, part=inner)
        case Near(left, right) | NotNear(left, right):
            sides = printable(left), printable(right)
            if sides[0] == NOTHING or (sides[1] == NOTHING and isinstance(node, Near)):
                return NOTHING
            if sides[1] == NOTHING:
                return sides[0]
            return replace(node, left=sides[0] or left, right=sides[1] or right)
        case _:
            return node


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node | None:
    return None if not parts else parts[0] if len(parts) == 1 else kind(tuple(parts))
