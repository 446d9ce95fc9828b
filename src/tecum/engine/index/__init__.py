"""The positional index: exact answers to the whole query language, from memory-mapped segments."""

from tecum.engine.index.build import IndexDoc, SegmentWriter, build_segment
from tecum.engine.index.files import SegmentInfo, usable, verify
from tecum.engine.index.holding import held, sweep
from tecum.engine.index.merge import merge_segments
from tecum.engine.index.passages import Mark, Passage
from tecum.engine.index.search import Hit, Index
from tecum.query.words import WORDS, tokenize

__all__ = [
    "WORDS", "Hit", "Index", "IndexDoc", "Mark", "Passage", "SegmentInfo", "SegmentWriter", "build_segment",
    "held", "merge_segments", "sweep", "tokenize", "usable", "verify",
]  # fmt: skip
