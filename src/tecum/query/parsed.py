"""A query as written, with its tree, or with what keeps it from having one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tecum.errors import QueryInvalid
from tecum.model import Severity
from tecum.query.doubts import doubts
from tecum.query.lint import MAX_SPELLED, Lint, collected, warning
from tecum.query.parser import OR_TIGHTEST, ORDERS, Level, Parser
from tecum.query.tree import Node, to_text

_BESIDE = 36  # characters shown on either side of an error


@dataclass(frozen=True)
class Parsed:
    """``tree`` is None when there are ``errors``; ``lint`` holds these and the warnings."""

    text: str
    dialect: str
    tree: Node | None
    lint: tuple[Lint, ...]

    @property
    def errors(self) -> tuple[Lint, ...]:
        """The findings for which the query is not run."""
        return tuple(one for one in self.lint if one.severity is Severity.STOP)

    def require(self) -> Node:
        """Return the tree.

        Raises:
            QueryInvalid: with the first error, the line and a caret under the place.
        """
        if self.tree is not None:
            return self.tree
        first = self.errors[0]
        message = f"{first.message} [{first.code}]\n{caret(self.text, first.span)}"
        ways = [first.fix, *first.readings[:2]] if first.fix else list(first.readings[:2])
        raise QueryInvalid(message, remedy="; or: ".join(ways))


def caret(text: str, span: tuple[int, int]) -> str:
    """Two lines: the part of the text round a place, and a caret under its first character."""
    start, end = max(0, span[0] - _BESIDE), min(len(text), span[0] + _BESIDE)
    shown = "".join(char if char.isprintable() else " " for char in text[start:end])
    dots = "..." if start else ""
    return f"{dots}{shown}{'...' if end < len(text) else ''}\n{' ' * (span[0] - start + len(dots))}^"


def parse(text: str, dialect: str = "dtsearch") -> Parsed:
    """Parse a query; bad text is no exception, its errors stand in the result.

    Args:
        text: the query as typed or pasted.
        dialect: ``dtsearch`` (neighbours are a phrase, OR binds tighter than AND), ``nuix`` or ``lucene``
            (neighbours are joined by AND, which binds tighter than OR).

    Raises:
        ValueError: for a dialect that does not exist.
    """
    if dialect not in ORDERS:
        raise ValueError(f"{dialect} is none of the dialects {', '.join(ORDERS)}")
    parser = Parser(text, dialect)
    tree = parser.run()
    if tree is not None:
        parser.findings.all += [*_precedence(parser, tree), *doubts(parser.findings, tree, dialect)]
    return Parsed(text, dialect, tree, tuple(_settled(one, dialect) for one in collected(parser.findings.all)))


def _precedence(parser: Parser, tree: Node) -> list[Lint]:
    """W1 and W2: operators of different kinds side by side, with the tree that others would make."""
    found = []
    other: Sequence[Level] = ORDERS["nuix" if parser.dialect == "dtsearch" else "dtsearch"]
    if parser.mixes_and_or:
        message = "AND and OR stand side by side; other products group them in another way"
        found.append(_two_trees("W1", parser, parser.mixes_and_or[0], message, tree, other))
    if parser.mixes_near_or:
        message = "w/n and OR stand side by side; w/n takes only its nearest neighbours"
        found.append(_two_trees("W2", parser, parser.mixes_near_or[0], message, tree, OR_TIGHTEST))
    return found


def _two_trees(
    code: str, parser: Parser, span: tuple[int, int], message: str, tree: Node, order: Sequence[Level]
) -> Lint:
    readings = []
    if len(parser.text) <= MAX_SPELLED:
        readings = [to_text(tree, parser.dialect)]
        second = Parser(parser.text, parser.dialect, order).run(to_first_error=True)
        if second is not None:
            readings.append(to_text(second, parser.dialect))
    return warning(code, span, message, "put parentheses round what belongs together", readings)


def _settled(one: Lint, dialect: str) -> Lint:
    """Print each reading with full parentheses; a reading that is itself in error (elsewhere) is left out."""
    trees = (Parser(text, dialect).run(to_first_error=True) for text in one.readings)
    return replace(one, readings=tuple(dict.fromkeys(to_text(tree, dialect) for tree in trees if tree is not None)))
