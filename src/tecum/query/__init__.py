"""The query language: text to tree, what is wrong or doubtful in it, the tree in text and in plain English."""

from tecum.query.facts import FACTS, HAS, day_range, size_range
from tecum.query.lint import MEANINGS, Lint
from tecum.query.parsed import Parsed, caret, parse
from tecum.query.patterns import slot_matcher, slot_prefix
from tecum.query.reading import in_words
from tecum.query.stems import stem, stem_prefix, stems_version
from tecum.query.switches import NOTHING, Switches, applied
from tecum.query.tree import (
    DEFAULT_FIELDS,
    And,
    Dates,
    Edge,
    Fact,
    In,
    Near,
    Node,
    Not,
    NotNear,
    Numbers,
    Or,
    Phrase,
    Slot,
    Word,
    to_text,
    tree_hash,
    walk,
)
from tecum.query.vocabulary import TermCount, lint_rows, lint_with_index
from tecum.query.words import WORDS, cased, tokenize

__all__ = [
    "DEFAULT_FIELDS", "FACTS", "HAS", "MEANINGS", "NOTHING", "WORDS", "And", "Dates", "Edge", "Fact", "In", "Lint",
    "Near", "Node", "Not", "NotNear", "Numbers", "Or", "Parsed", "Phrase", "Slot", "Switches", "TermCount", "Word",
    "applied", "caret", "cased", "day_range", "in_words", "lint_rows", "lint_with_index", "parse", "size_range",
    "slot_matcher", "slot_prefix", "stem", "stem_prefix", "stems_version", "to_text", "tokenize", "tree_hash", "walk",
]  # fmt: skip
