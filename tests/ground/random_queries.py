"""Random documents and random trees over the whole language, and the comparison of the engine with the oracle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from oracle import Facts, Units, hits, spans

from tecum import query
from tecum.engine.index import Index, IndexDoc
from tecum.engine.index.build import Assembly
from tecum.engine.index.segment import Segment
from tecum.query import (
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
)
from tecum.query.tree import has_spans

Document = tuple[Units, Facts]
WORDS = ["a", "ab", "abc", "b", "ba", "c1", "c2", "ca", "d"]
WRITTEN = ["Ice", "ICE", "ice", "Éa", "ea", "EA", "A", "aB", "AB"]
FORMS = ["run", "runs", "Running", "runner", "ran", "apply", "Applied", "applies", "dying", "die", "happy", "happily"]
FIGURES = ["1", "01", "2", "007", "12", "12", "31", "2018", "2018", "2019", "999999999999999999999"]
DATED = ["Jan", "january", "MAY", "may", "Sept", "feb", "1st", "2nd", "30", "2", "5", "12", "2018", "2018", "2018-"]
THEMES = [WORDS, WORDS[:4], ["a", "b"], WRITTEN, FORMS, FIGURES, DATED[:-1], FIGURES[:6] + DATED[:4]]
PATTERNS = ["a*", "*a", "a?", "c=", "*b*", "?", "*", "a*c", "z", "??*", "b*", "r*n*", "==", "0*"]
EXPRESSIONS = ["a+b?", "(a|b)c?", "[ab]{1,2}", "c\\d", ".*a", "r.n(ning)?", "[^a].*", "0*7|12", "(a+)+", "i?ce|"]
FUZZY = ["%ab", "a%b", "%%run", "ru%n", "i%%ce", "%12", "appl%ies", "%%%d"]
FIELDS = ["body", "subject", "from", "to", "path"]
NAMED = [*FIELDS, "participants", "bcc"]
DISTANCES = [1, 2, 3, 5, 10, 100, 254, 255, 256, 300, 1000]
FACTS = [("kind", "mail"), ("kind", "pdf"), ("has", "attachment"), ("sent", "2018-01-01..2018-12-31"), ("size", "..10")]
DAYS = [date(2018, 1, 1), date(2018, 1, 2), date(2018, 2, 1), date(2018, 5, 12), date(2018, 12, 31), date(2019, 2, 2)]
DEFAULT = list(DEFAULT_FIELDS)


def slot(chance: random.Random) -> Slot:
    kind = chance.randrange(12)
    if kind == 0:
        return Word(chance.choice(["run", "apply", "dying", "die", "happy", "a", "ran"]), "stem")
    if kind == 1:
        return Word(chance.choice(FUZZY), "fuzzy")
    if kind == 2:
        return Word(chance.choice(EXPRESSIONS), "regex")
    if kind == 3:
        return Word(chance.choice(["ICE", "Ice", "ice", "Ea", "A", "aB", "Jan", "MAY", "x"]), "case")
    if kind == 4:
        low = chance.choice([0, 1, 7, 12, 2018])
        return Numbers(low, low + chance.choice([0, 1, 20, 10**18 - 3000]))
    return Word(chance.choice(PATTERNS if kind < 7 else [word.lower() for word in WORDS + FIGURES[:8] + DATED[:8]]))


def dates(chance: random.Random) -> Dates:
    low, high = sorted([chance.choice(DAYS), chance.choice(DAYS)])
    return Dates(low, high, chance.random() < 0.5)


def place(chance: random.Random, depth: int) -> Node:
    """A node that denotes spans and may stand in a proximity."""
    kind = chance.randrange(7) if depth > 0 else chance.choice([3, 3, 3, 4, 5, 6])
    if kind == 0:
        return Near(place(chance, depth - 1), place(chance, depth - 1), chance.choice(DISTANCES), chance.random() < 0.4)
    if kind == 1:
        return Or(tuple(place(chance, depth - 1) for _ in range(chance.choice([2, 2, 3]))))
    if kind == 2:
        return In(chance.choice(NAMED), place(chance, depth - 1))
    if kind == 4:
        return Phrase(tuple(slot(chance) for _ in range(chance.choice([2, 2, 3]))))
    if kind == 5:
        return Edge(chance.random() < 0.5) if chance.random() < 0.5 else dates(chance)
    return slot(chance)


def tree(chance: random.Random, depth: int, *, facts: bool = True) -> Node:
    kind = chance.randrange(8) if depth else 9
    if kind == 0:
        return And(tuple(tree(chance, depth - 1, facts=facts) for _ in range(2)))
    if kind == 1:
        return Or(tuple(tree(chance, depth - 1, facts=facts) for _ in range(2)))
    if kind == 2:
        return Not(tree(chance, depth - 1, facts=facts))
    if kind == 3:
        return In(chance.choice(NAMED), tree(chance, depth - 1, facts=False))
    if kind == 4:
        sides = place(chance, depth - 1), place(chance, depth - 1)
        return NotNear(*sides, chance.choice(DISTANCES), chance.random() < 0.4)
    if kind == 5:
        both: tuple[Node, Node] = And((place(chance, 0), place(chance, 1))), place(chance, depth - 1)
        left, right = both if chance.random() < 0.5 else both[::-1]
        return Near(left, right, chance.choice(DISTANCES), chance.random() < 0.4)
    if kind == 6 and facts:
        return Fact(*chance.choice(FACTS))
    return place(chance, depth)


def document(chance: random.Random, words: Sequence[str], longest: int = 25) -> Document:
    units = [
        (chance.choice(FIELDS), chance.choices(words, k=chance.randrange(longest))) for _ in range(chance.randrange(4))
    ]
    return units, frozenset(fact for fact in FACTS if chance.random() < 0.4)


def in_memory(documents: Sequence[Document], cuts: Sequence[int] = ()) -> Index:
    """An index of these documents without files, in segments divided at ``cuts``."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(documents)}), len(documents)]
    segments = []
    for low, high in pairwise(bounds):
        assembly = Assembly()
        for at in range(low, high):
            units = [(field, " ".join(found)) for field, found in documents[at][0]]
            assembly.add(IndexDoc(at, f"{at:064x}", units))
        segments.append(Segment.of(*assembly.arrays(), str(low)))

    def known(fact: Fact) -> NDArray[np.int64]:
        return np.array([at for at, (_, facts) in enumerate(documents) if (fact.name, fact.test) in facts], np.int64)

    return Index(segments, known)


@dataclass
class Tally:
    """What was compared; ``telling`` are the queries that find some documents and not all."""

    cases: int = 0
    queries: int = 0
    telling: int = 0
    spans: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.cases + other.cases,
            self.queries + other.queries,
            self.telling + other.telling,
            self.spans + other.spans,
            self.kinds + other.kinds,
        )


def compare(seed: int, rounds: int, documents: int = 60, trees: int = 30) -> Tally:
    """Require equal answers by postings and by scan; return what was compared.

    Raises:
        AssertionError: naming the query, the seed and the documents that differ.
    """
    chance, tally = random.Random(seed), Tally()
    for _ in range(rounds):
        words = chance.choice(THEMES) if chance.random() < 0.8 else [word for theme in THEMES for word in theme]
        docs = [document(chance, words) for _ in range(documents)]
        with in_memory(docs, [documents // 3, documents // 3 + 1]) as index:
            for _ in range(trees):
                tally += _agree(tree(chance, 3), docs, index, seed)
    return tally


def _agree(node: Node, docs: Sequence[Document], index: Index, seed: int) -> Tally:
    said = f"{query.to_text(node)} (seed {seed})"
    expected = [at for at, (units, facts) in enumerate(docs) if hits(node, units, DEFAULT, facts)]
    for scan in (False, True):
        found = index.documents(node, scan=scan).tolist()
        differ = sorted(set(found) ^ set(expected))
        assert found == expected, f"{said}, scan {scan}: {[docs[at] for at in differ[:2]]}"
    counted = 0
    if has_spans(node):
        counted = sum(len(spans(node, units, DEFAULT)) for units, _ in docs)
        assert index.occurrences(node) == counted, said
    kinds = {one.how or "word" if isinstance(one, Word) else type(one).__name__ for one in query.walk(node)}
    return Tally(len(docs), 1, 0 < len(expected) < len(docs), counted, Counter(kinds))
