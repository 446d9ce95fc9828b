"""The slow, obvious oracle of the query language: plain lists, all pairs, word for word the table of semantics.

It shares nothing with the engine but the classes of the tree. A document is a list of (field, words).
"""

from __future__ import annotations

from itertools import product

from tecum.query.tree import And, Edge, In, Near, Node, Not, NotNear, Or, Phrase, Word

Span = tuple[int, int, int]  # unit, first word, last word
Units = list[tuple[str, list[str]]]
PARTICIPANTS = ["from", "to", "cc", "bcc"]


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
        if isinstance(node, NotNear):
            return {a for a in left if not any(near(a, b, node.distance) for b in right)}
        for a, b in product(left, right):
            if near(a, b, node.distance) and (not node.ordered or a[2] < b[1]):
                found.add((a[0], min(a[1], b[1]), max(a[2], b[2])))
        return found
    for number, (field, words) in enumerate(units):
        if field not in looked_in:
            continue
        if isinstance(node, Word):
            found |= {(number, at, at) for at, word in enumerate(words) if wild(node.pattern, word)}
        elif isinstance(node, Phrase):
            size = len(node.words)
            for at in range(len(words) - size + 1):
                if all(wild(slot.pattern, words[at + j]) for j, slot in enumerate(node.words)):
                    found.add((number, at, at + size - 1))
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


def hits(node: Node, units: Units, default: list[str], names: list[str] | None = None) -> bool:
    """Whether a document is found."""
    if isinstance(node, And):
        return all(hits(part, units, default, names) for part in node.parts)
    if isinstance(node, Or):
        return any(hits(part, units, default, names) for part in node.parts)
    if isinstance(node, Not):
        return not hits(node.part, units, default, names)
    if isinstance(node, In):
        return hits(node.part, units, default, inside(node.name, names))
    if isinstance(node, Near):
        # (X AND Y) w/n Z means (X w/n Z) AND (Y w/n Z)
        for side, other in (("left", node.right), ("right", node.left)):
            for part in anded(getattr(node, side)):
                pair = (part, other) if side == "left" else (other, part)
                if len(anded(getattr(node, side))) > 1 and not hits(
                    Near(*pair, node.distance, node.ordered), units, default, names
                ):
                    return False
        if len(anded(node.left)) > 1 or len(anded(node.right)) > 1:
            return True
    return bool(spans(node, units, default, names))


def anded(node: Node) -> list[Node]:
    if isinstance(node, And):
        return [one for part in node.parts for one in anded(part)]
    if isinstance(node, In):
        return [In(node.name, one) for one in anded(node.part)]
    return [node]
