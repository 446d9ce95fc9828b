"""Look at a list of terms before it is promised to anyone: how each is read, what is wrong, what it stands for.

Without an index this is grammar alone. With one, each reading is counted, each wildcard shows the words it stands for,
and a term that hits nothing gets suggestions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from tecum import query as language
from tecum.engine.index import Index
from tecum.errors import QueryInvalid
from tecum.matter import Matter
from tecum.query.switches import Switches, applied
from tecum.query.tree import And, Near, Phrase, Word, to_text, walk
from tecum.query.words import is_pattern
from tecum.terms.lists import Term
from tecum.terms.report import KEEP, reading, understood
from tecum.terms.run import open_index
from tecum.terms.scope import Scope

EXPANDED: Final = 20  # words of one wildcard that are shown
_WORDS: Final = 50  # of one term that are looked up


def check(terms: Sequence[Term], matter: Matter | None = None, switches: Switches = KEEP) -> dict[str, Any]:
    """Say of each term how it is read and what is wrong (the ``terms check --json`` shape); with a matter, count.

    Raises:
        IndexStale.
    """
    parsed = [term.parsed() for term in terms]
    across = language.lint_rows(parsed)
    if matter is None:
        rows = [_row(term, one, lint, switches) for term, one, lint in zip(terms, parsed, across, strict=True)]
        return {"terms": rows}
    scope = Scope(matter)
    with open_index(matter) as index:
        found = []
        for term, one, others in zip(terms, parsed, across, strict=True):
            lint = list(dict.fromkeys([*others, *language.lint_with_index(one, index)]))
            found.append(_row(term, one, lint, switches) | _counted(index, scope, one, switches))
            _count_readings(index, scope, found[-1], switches)
        return {
            "index": index.snapshot_id,
            "searchable": scope.searchable,
            "not_searched": len(scope.not_searched),
            "terms": found,
        }


def _row(term: Term, parsed: language.Parsed, lint: Sequence[language.Lint], switches: Switches) -> dict[str, Any]:
    """A term as it is read, each finding with its place: line in the list, column in the term, the caret below it."""
    row = understood(term, parsed, lint, switches)
    for one, shown in zip(row["lint"], lint, strict=True):
        one |= {"line": term.row, "column": shown.span[0] + 1, "caret": language.caret(term.query, shown.span)}
    return row


def _count_readings(index: Index, scope: Scope, row: dict[str, Any], switches: Switches) -> None:
    for one in row["lint"]:
        one["counts"] = [reading(index, scope, text, switches) for text in one["readings"]]


def _counted(index: Index, scope: Scope, parsed: language.Parsed, switches: Switches) -> dict[str, Any]:
    if parsed.tree is None:
        return {"documents": None, "expansions": [], "suggestions": []}
    try:
        documents = len(scope.documents(index.documents(applied(parsed.tree, switches))))
    except QueryInvalid as error:
        return {"error": error.message, "documents": None, "expansions": [], "suggestions": []}
    return {
        "documents": documents,
        "expansions": list(_expansions(index, parsed.tree)),
        "suggestions": [] if documents else list(_suggestions(index, scope, parsed.tree)),
    }


def _expansions(index: Index, tree: language.Node) -> Iterator[dict[str, Any]]:
    """The words that each word of a query with more than one meaning stands for, the most frequent first."""
    words = [node for node in walk(tree) if isinstance(node, Word) and (node.how or is_pattern(node.pattern))]
    for word in list(dict.fromkeys(words))[:_WORDS]:
        count, top = index.expansions(word, EXPANDED)
        yield {"pattern": to_text(word), "words": count, "top": [asdict(one) for one in top]}


def _suggestions(index: Index, scope: Scope, tree: language.Node) -> Iterator[str]:
    """What to try instead of a term that hits nothing: its words further apart. (W8 names words spelt nearly so.)"""
    for node in walk(tree):
        if isinstance(node, Phrase | Near):
            parts = node.words if isinstance(node, Phrase) else (node.left, node.right)
            wider = to_text(And(tuple(parts)))
            found = reading(index, scope, wider)
            if found["documents"]:
                yield f"{wider} ({found['documents']:,} documents)"
