"""The made-up city of Riverton: a pile of files, a demand for some of them, and the truth about every one.

``make(out, seed)`` writes ``out/pile``, ``out/demand.toml`` and ``out/truth.json``; ``score(truth, observed)``
compares what a run of the program reported with what was planted.
"""

from tecum.demo.city import make
from tecum.demo.score import Observed, ObservedDocument, ObservedItem, Tally, passed, score
from tecum.demo.truth import Truth, fingerprint

__all__ = [
    "Observed",
    "ObservedDocument",
    "ObservedItem",
    "Tally",
    "Truth",
    "fingerprint",
    "make",
    "passed",
    "score",
]
