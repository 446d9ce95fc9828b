"""The readings of a proximity that has more than one, spelled out so that each can be counted."""

from __future__ import annotations

from collections.abc import Iterable

from tecum.query.lint import Findings
from tecum.query.tree import And, Extent, Fact, In, Near, Node, Not, NotNear, Or, conjuncts, has_spans, to_text, walk

Proximity = Near | NotNear


def _all(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _any(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _with(node: Proximity, left: Node, right: Node) -> Proximity:
    if isinstance(node, Near):
        return Near(left, right, node.distance, node.ordered)
    return NotNear(left, right, node.distance, node.ordered)


def with_fact(node: Proximity) -> list[Node]:
    """``(a AND kind:mail) w/n b``: the proximity, in documents of which the fact is true."""
    sides = [[one for one in conjuncts(side) if not isinstance(one, Fact)] for side in (node.left, node.right)]
    facts: list[Node] = [one for side in (node.left, node.right) for one in conjuncts(side) if isinstance(one, Fact)]
    places = [one for side in sides for one in side]
    if not all(sides) or not all(has_spans(one) for one in places) or len(places) > 2:
        return []
    return [And((_with(node, sides[0][0], sides[1][0]), *facts))]


def both_and(node: Proximity) -> list[Node]:
    """``(a AND b) w/n (c AND d)``: each left near each right, or any left near any right and all present."""
    left, right = list(conjuncts(node.left)), list(conjuncts(node.right))
    each: list[Node] = [_with(node, one, other) for one in left for other in right]
    if isinstance(node, NotNear):
        return [_all(each), _with(node, _any(left), _any(right))]
    return [_all(each), And((*left, *right, _with(node, _any(left), _any(right))))]


def with_not(node: Near) -> list[Node]:
    """``(a AND NOT b) w/n c``: b nowhere in the document, or b not near c. Empty where no NOT is on top."""
    if any(isinstance(part, Not) for part in conjuncts(node.right)):
        one, other = node.right, node.left
    else:
        one, other = node.left, node.right
    wanted = [part for part in conjuncts(one) if has_spans(part)]
    unwanted = [_negated(part) for part in conjuncts(one) if not has_spans(part)]
    if not has_spans(other) or not all(part is not None and has_spans(part) for part in unwanted):
        return []
    absent: list[Node] = [part for part in unwanted if part is not None]
    if not wanted:
        far: list[Node] = [NotNear(other, part, node.distance) for part in absent]
        return [_all(far), And((other, *(Not(_near(node, part, other)) for part in absent)))]
    near = [_near(node, part, other) for part in wanted]
    return [
        And((*near, *(Not(part) for part in absent))),
        And((*near, *(Not(_near(node, part, other)) for part in absent))),
    ]


def _near(node: Near, one: Node, other: Node) -> Node:
    """The same proximity, in the order in which the two sides stood."""
    swapped = any(isinstance(part, Not) for part in conjuncts(node.right))
    return _with(node, other, one) if swapped else _with(node, one, other)


def _negated(node: Node) -> Node | None:
    """What stands under a NOT, seen through a field."""
    match node:
        case Not(part):
            return part
        case In(name, part):
            inner = _negated(part)
            return None if inner is None else In(name, inner)
        case _:
            return None


def with_not_near(node: Near) -> list[Node]:
    """``(a not w/n b) w/m c``: both hold somewhere, or a near c and never near b."""
    if isinstance(node.left, NotNear):
        one, pair = node.left, _with(node, node.left.left, node.right)
    elif isinstance(node.right, NotNear):
        one, pair = node.right, _with(node, node.left, node.right.left)
    else:
        return []
    if not has_spans(pair) or any(isinstance(below, NotNear) for below in walk(pair)):
        return []
    return [And((pair, one)), And((pair, Not(Near(one.left, one.right, one.distance, one.ordered))))]


def misread(node: NotNear) -> Node:
    """What ``a not w/n b`` is often taken for."""
    return And((node.left, Not(Near(node.left, node.right, node.distance, node.ordered))))


def judged(node: Proximity, findings: Findings, dialect: str) -> Node | None:
    """Refuse a proximity with two readings and spell them out; warn of what is easily misread."""
    below = [one for side in (node.left, node.right) for one in walk(side)]
    left, right = conjuncts(node.left), conjuncts(node.right)
    two: list[Node] = []
    if fact := next((one for one in below if isinstance(one, Fact)), None):
        code, message = "E15", f"{fact.name}: is about the document: nothing can stand near it"
        two = with_fact(node)
    elif any(isinstance(one, Not) for one in below):
        code, message = "E9", "NOT inside a proximity has two readings"
        two = with_not(node) if isinstance(node, Near) else []
    elif any(isinstance(one, NotNear) for one in below):
        code, message = "E9", "not w/n inside a proximity has two readings"
        two = with_not_near(node) if isinstance(node, Near) else []
    elif not all(has_spans(one) for one in (*left, *right)):
        code, message = "E5", "AND stands too deep inside this proximity"
    elif (len(left) > 1 and len(right) > 1) or (isinstance(node, NotNear) and len(left) + len(right) > 2):
        code, message = "E5", "AND inside this proximity has two readings"
        two = both_and(node)
    else:
        _misreadings(node, findings, dialect)
        return node
    fix = "choose one of the readings" if two else "write it as several proximities joined by AND or OR"
    findings.error(code, node.at, message, fix, _spelled(node.at, two, findings, dialect))
    return None


def _misreadings(node: Proximity, findings: Findings, dialect: str) -> None:
    """W9 and W16."""
    if isinstance(node, NotNear):
        findings.warn(
            "W9", node.at, "documents count in which some passage has no such neighbour; "
            "others of the same document may have one",
            readings=_spelled(node.at, (node, misread(node)), findings, dialect),
        )  # fmt: skip
    elif _has_near(node.left) and _has_near(node.right):
        findings.warn("W16", node.at, "a proximity stands on both sides: other products refuse this")


def _spelled(at: Extent, nodes: Iterable[Node], findings: Findings, dialect: str) -> list[str]:
    """The whole query with each node in place of the text at ``at``."""
    return findings.instead(at, [f"({to_text(node, dialect)})" for node in nodes])


def _has_near(node: Node) -> bool:
    """Whether a proximity stands in a node; words right after each other are a phrase."""
    return any(isinstance(one, Near) and not (one.ordered and one.distance == 1) for one in walk(node))
