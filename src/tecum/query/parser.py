"""From the signs of a query to its tree: groups on an explicit stack, precedence by splitting a group.

Dialects differ here only: ``dtsearch`` binds OR tighter than AND and reads neighbours as a phrase; ``nuix``
and ``lucene`` bind AND tighter and join neighbours by AND. No depth of parentheses costs stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal

from tecum.query.lexer import Lexer, Sign
from tecum.query.lint import MAX_READINGS, Findings
from tecum.query.readings import judged
from tecum.query.tree import (
    MAX_DEPTH,
    And,
    Edge,
    Extent,
    Fact,
    In,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Phrase,
    Slot,
    depth,
    has_spans,
    walk,
)

Level = Literal["and", "or", "near"]
ORDERS: Final[dict[str, tuple[Level, ...]]] = {  # loosest first
    "dtsearch": ("and", "or", "near"),
    "nuix": ("or", "and", "near"),
    "lucene": ("or", "and", "near"),
}
OR_TIGHTEST: Final[tuple[Level, ...]] = ("and", "near", "or")
MAX_TEXT: Final = 250_000  # characters
MAX_WORDS: Final = 50_000
_MAX_CHAIN: Final = 8  # operators of an ambiguous chain that are still spelled out


@dataclass(frozen=True)
class Operand:
    """A node with its place in the text, parentheses included; no node where it has an error."""

    node: Node | None
    at: Extent
    parens: tuple[int, ...] = ()  # where its own parentheses stand
    negated: bool = False


@dataclass(frozen=True)
class Operator:
    """What stands between two operands."""

    level: Level
    at: Extent
    distance: int = 0
    ordered: bool = False
    negated: bool = False  # not w/n


@dataclass
class Frame:
    """An open group: operands and the operators between them, and what was read before the next operand."""

    start: int
    opened: int = 0  # where its parenthesis stands
    operands: list[Operand] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    run: list[Sign] = field(default_factory=list)
    fields: list[Sign] = field(default_factory=list)
    waiting: Sign | None = None  # NOT
    signed: Extent | None = None  # where the first + or - before an operand stands

    @property
    def wants_operand(self) -> bool:
        """Whether an operand must come next."""
        return len(self.operands) == len(self.operators)


class Parser:
    """Parses one text once."""

    def __init__(self, text: str, dialect: str, order: Sequence[Level] | None = None) -> None:
        self.text = text
        self.dialect = dialect
        self.order: Sequence[Level] = order or ORDERS[dialect]
        self.findings = Findings(text)
        self.mixes_and_or: list[Extent] = []
        self.mixes_near_or: list[Extent] = []
        self.frames = [Frame(0)]

    def run(self, *, to_first_error: bool = False) -> Node | None:
        """Read the whole text; None when there is an error among ``findings``."""
        if len(self.text) > MAX_TEXT:
            self.findings.error("E11", (0, 1), f"a query of {len(self.text)} characters is longer than {MAX_TEXT}")
            return None
        count = 0
        for sign in Lexer(self.text, self.dialect, self.findings).signs():
            count += len(sign.words)
            if count > MAX_WORDS:
                self.findings.error("E11", sign.at, f"a query may have {MAX_WORDS} words")
                return None
            self._take(sign)
            if to_first_error and self.findings.failed:
                return None
        for frame in self.frames[1 : 1 + MAX_READINGS]:
            self.findings.error("E1", (frame.opened, frame.opened + 1), "this parenthesis is never closed")
        tree = self._reduce(self.frames[0], (0, len(self.text))) if len(self.frames) == 1 else None
        return None if self.findings.failed else tree

    # Reading signs

    def _take(self, sign: Sign) -> None:
        frame = self.frames[-1]
        place = sign.kind == "words" or (sign.node is not None and has_spans(sign.node))
        if not place or self.dialect != "dtsearch":
            self._flush(frame)
        if place:
            frame.run.append(sign)
            return
        if sign.kind == "(":
            self.frames.append(Frame(sign.at[0], sign.at[1] - 1))
        elif sign.kind == ")":
            if len(self.frames) == 1:
                self.findings.error("E1", sign.at, "this parenthesis was never opened")
            else:
                self._close(sign.at[1])
        elif sign.kind == "field":
            if frame.fields:
                self.findings.error("E7", sign.at, "two fields on one term", "name one field")
            frame.fields.append(sign)
        elif sign.kind == "edge":
            self._operand(frame, Operand(Edge(sign.flag, sign.at), sign.at))
        elif sign.kind == "node":
            self._operand(frame, Operand(sign.node, sign.at))
        elif sign.kind in ("not", "plus"):
            self._before(frame, sign)
        else:
            self._operator(frame, sign)

    def _flush(self, frame: Frame) -> None:
        """Make one operand of what stands next to each other."""
        if not frame.run:
            return
        run, frame.run = frame.run, []
        at = (run[0].at[0], run[-1].at[1])
        parts: list[Node] = []
        words: list[Slot] = []
        for sign in run:
            if sign.kind == "words":
                words += sign.words
            elif sign.node is not None:
                parts += _phrase(words)
                parts.append(sign.node)
                words = []
        parts += _phrase(words)
        if not parts:
            if not self.findings.failed:
                self.findings.error("E12", at, "there is no word to search for")
            self._operand(frame, Operand(None, at))
            return
        node = parts[0]
        for part in parts[1:]:  # a phrase holds single words; what is more stands right after it all the same
            node = Near(node, part, 1, ordered=True, at=(node.at[0], part.at[1]))
        self._operand(frame, Operand(self._shallow(node) if len(parts) > 1 else node, at))

    def _operand(self, frame: Frame, operand: Operand) -> None:
        if frame.fields:
            sign = frame.fields[-1]
            at = (sign.at[0], operand.at[1])
            node = None if operand.node is None else self._in(sign.name, operand.node, at)
            operand = Operand(node, at)
            frame.fields = []
        if not frame.wants_operand:
            self._missing(frame, operand)
        if frame.waiting:
            operand = replace(operand, negated=True, at=(frame.waiting.at[0], operand.at[1]))
            frame.waiting = None
        frame.operands.append(operand)

    def _missing(self, frame: Frame, operand: Operand) -> None:
        """See to an operator that is not there: AND in some dialects, in dtsearch an error with two readings."""
        before = frame.operands[-1]
        start = frame.waiting.at[0] if frame.waiting else operand.at[0]
        at = (before.at[1], start)
        frame.operators.append(Operator("and", at))
        if self.dialect != "dtsearch" or before.node is None or operand.node is None:
            self.findings.failed |= self.dialect == "dtsearch"
            return
        both = self.findings.instead(at, [" AND "])
        if frame.waiting:
            self.findings.error("E2", frame.waiting.at, "NOT needs AND or OR before it", "write AND NOT", both)
            return
        bare = [_without(self.text, (*before.parens, *operand.parens))] if both else []
        self.findings.error(
            "E4", at, "there is no operator between these two", "write AND, OR or w/n between them", [*both, *bare]
        )

    def _in(self, name: str, node: Node, at: Extent) -> Node | None:
        """A node in a field; a fact is of the document, whatever the field."""
        fact = next((one for one in walk(node) if isinstance(one, Fact)), None)
        if fact is not None:
            self.findings.error("E15", at, f"{fact.name}: is about the document and cannot stand in a field")
            return None
        return self._shallow(In(name, node, at))

    def _before(self, frame: Frame, sign: Sign) -> None:
        """NOT, or a plus or minus, before an operand."""
        if frame.waiting:
            self.findings.error("E2", sign.at, "two NOT in a row")
        if sign.flag:
            frame.signed = frame.signed or sign.at
        if sign.kind == "not":
            frame.waiting = sign

    def _operator(self, frame: Frame, sign: Sign) -> None:
        negated = False
        if frame.waiting and sign.kind == "near" and not frame.wants_operand:
            negated, frame.waiting = True, None
        if frame.wants_operand or frame.waiting or frame.fields:
            self.findings.error("E2", sign.at, f"there is nothing to search for before {self.text[slice(*sign.at)]}")
            frame.fields, frame.waiting = [], None
            if frame.wants_operand:
                frame.operands.append(Operand(None, sign.at))
        level: Level = "and" if sign.kind == "and" else "or" if sign.kind == "or" else "near"
        frame.operators.append(Operator(level, sign.at, sign.distance, sign.flag, negated))

    def _close(self, end: int) -> None:
        """End the innermost group; it becomes an operand of the one around it."""
        frame = self.frames.pop()
        node = self._reduce(frame, (frame.start, end))
        self._operand(self.frames[-1], Operand(node, (frame.start, end), parens=(frame.opened, end - 1)))

    # Reducing a group

    def _reduce(self, frame: Frame, at: Extent) -> Node | None:
        self._flush(frame)
        if frame.fields:
            self.findings.error("E2", frame.fields[-1].at, "there is nothing to search for after the field")
            return None
        if frame.wants_operand or frame.waiting:
            last = frame.waiting.at if frame.waiting else frame.operators[-1].at if frame.operators else at
            if not frame.operators and not frame.waiting:
                self.findings.error("E12", last, "there is nothing to search for")
            else:
                self.findings.error("E2", last, f"there is nothing to search for after {self.text[slice(*last)]}")
            return None
        levels = {one.level for one in frame.operators}
        if {"and", "or"} <= levels:
            self.mixes_and_or.append(at)
        if {"near", "or"} <= levels:
            self.mixes_near_or.append(at)
        if frame.signed and {"near", "or"} & levels:
            self._signed(frame.signed)
        node = self._build(frame.operands, frame.operators, self.order)
        single = len(frame.operands) == 1 and not frame.operands[0].negated
        return node if node is None or single else self._shallow(node)

    def _signed(self, at: Extent) -> None:
        """``+a OR b``: Lucene finds what holds a, whether b or not; as a language of sets it says nothing."""
        message = f"{self.text[slice(*at)]} beside OR or a proximity has no one meaning"
        self.findings.error("E8", at, message, "write AND, OR and AND NOT with parentheses")

    def _shallow(self, node: Node) -> Node | None:
        """Refuse a tree that grows too deep, so that no walk over trees can run out of stack."""
        if depth(node) <= MAX_DEPTH:
            return node
        self.findings.error("E11", (node.at[0], node.at[0] + 1), f"the query is nested deeper than {MAX_DEPTH} groups")
        return None

    def _build(self, operands: Sequence[Operand], operators: Sequence[Operator], order: Sequence[Level]) -> Node | None:
        """Split at the loosest operators, build the parts, join them."""
        if not order:
            return _negate(operands[0])
        level, tighter = order[0], order[1:]
        cuts = [at for at, one in enumerate(operators) if one.level == level]
        if not cuts:
            return self._build(operands, operators, tighter)
        if level == "near" and self.dialect != "nuix" and operands[0].negated:
            inner = [replace(operands[0], negated=False), *operands[1:]]
            node = self._build(inner, operators, order)
            return None if node is None else Not(node, (operands[0].at[0], operands[-1].at[1]))
        parts: list[Operand] = []
        for low, high in zip([0, *(cut + 1 for cut in cuts)], [*(cut + 1 for cut in cuts), len(operands)], strict=True):
            one = self._build(operands[low:high], operators[low : high - 1], tighter)
            parts.append(Operand(one, (operands[low].at[0], operands[high - 1].at[1])))
        if level == "near":
            return self._near(parts, [operators[cut] for cut in cuts])
        nodes = tuple(part.node for part in parts if part.node is not None)
        if len(nodes) < len(parts):
            return None
        at = (parts[0].at[0], parts[-1].at[1])
        return And(nodes, at) if level == "and" else Or(nodes, at)

    def _near(self, parts: Sequence[Operand], operators: Sequence[Operator]) -> Node | None:
        at = (parts[0].at[0], parts[-1].at[1])
        if len(operators) > 1:
            self.findings.error(
                "E6", at, "two proximities in a row can be grouped in two ways", "put parentheses round one of them",
                self._groupings(parts) if len(operators) <= _MAX_CHAIN and self.findings.can_spell() else (),
            )  # fmt: skip
            return None
        left, right, how = parts[0].node, parts[1].node, operators[0]
        if left is None or right is None:
            return None
        node: Near | NotNear
        if how.negated:
            node = NotNear(left, right, how.distance, how.ordered, at)
        else:
            node = Near(left, right, how.distance, how.ordered, at)
        return judged(node, self.findings, self.dialect)

    def _groupings(self, parts: Sequence[Operand]) -> list[str]:
        """A chain grouped from the left and from the right, within the whole query."""
        first, last, inner = parts[0].at[0], parts[-1].at[1], len(parts) - 2
        text, ends, starts = self.text, [part.at[1] for part in parts[1:-1]], [part.at[0] for part in parts[1:-1]]
        left = text[:first] + "(" * inner + _inserted(text, first, last, ends, ")") + text[last:]
        right = text[:first] + _inserted(text, first, last, starts, "(") + ")" * inner + text[last:]
        return [left, right]


def _negate(operand: Operand) -> Node | None:
    if operand.node is None or not operand.negated:
        return operand.node
    return Not(operand.node, operand.at)


def _phrase(words: list[Slot]) -> list[Node]:
    """Words that stand next to each other, as one node; none where there is no word."""
    if len(words) < 2:
        return list(words)
    return [Phrase(tuple(words), (words[0].at[0], words[-1].at[1]))]


def _without(text: str, places: tuple[int, ...]) -> str:
    """The text with a space at each of these places."""
    out = list(text)
    for at in places:
        out[at] = " "
    return "".join(out)


def _inserted(text: str, first: int, last: int, places: Sequence[int], sign: str) -> str:
    """A stretch of the text with a sign put in at each of these places."""
    bounds = [first, *places, last]
    return sign.join(text[low:high] for low, high in pairwise(bounds))
