"""The query language: text to tree, what is wrong or doubtful in it, the tree in text and in plain English."""

from tecum.query.lint import MEANINGS, Lint
from tecum.query.parsed import Parsed, caret, parse
from tecum.query.reading import in_words
from tecum.query.tree import (
    DEFAULT_FIELDS,
    And,
    Edge,
    In,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Phrase,
    Word,
    to_text,
    tree_hash,
    walk,
)
from tecum.query.vocabulary import TermCount, lint_rows, lint_with_index
from tecum.query.words import WORDS, tokenize

__all__ = [
    "DEFAULT_FIELDS", "MEANINGS", "WORDS", "And", "Edge", "In", "Lint", "Near", "Node", "Not", "NotNear", "Or",
    "Parsed", "Phrase", "TermCount", "Word", "caret", "in_words", "lint_rows", "lint_with_index", "parse",
    "to_text", "tokenize", "tree_hash", "walk",
]  # fmt: skip
