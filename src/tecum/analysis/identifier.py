"""The model that tells languages, applied to many pieces of text at once.

The model is py3langid's (naive Bayes over byte sequences, 97 languages, inside its wheel; nothing is fetched).
The library walks its automaton byte by byte in Python; here all pieces take each step together, as arrays, which
gives the same features, and so the same answers, in a tenth of the time.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_AT_ONCE: Final = 1024  # pieces that take a step together


def classify(pieces: Sequence[str]) -> list[tuple[str, float]]:
    """Return the likeliest language of each piece (ISO 639-1, ``zxx`` = none) and its probability, 0 to 1."""
    found: list[tuple[str, float]] = []
    for start in range(0, len(pieces), _AT_ONCE):
        found += _model().classify([_encoded(piece) for piece in pieces[start : start + _AT_ONCE]])
    return found


def forget() -> None:
    """Give back the model's 70 MB; it is read again at the next use."""
    _model.cache_clear()


def _encoded(piece: str) -> bytes:
    """The bytes on which the model was trained: NFC, and capitals alone are lower-cased."""
    if piece.isupper():
        piece = piece.lower()
    return unicodedata.normalize("NFC", piece).encode("utf-8", "replace")


class _Model:
    """The tables of the model: an automaton that finds byte sequences, and what each says of each language."""

    def __init__(self) -> None:
        import numpy as np
        from py3langid.langid import MODEL_DIR, MODEL_FILE
        from py3langid.modelio import load_model

        weights, prior, languages, following, rows, output = load_model(MODEL_DIR / MODEL_FILE)
        self._following: NDArray[Any] = np.asarray(following)  # next state, by row and byte
        self._row: NDArray[np.int64] = np.asarray(rows).astype(np.int64) << 8  # by state
        self._output: NDArray[np.int32] = np.asarray(output, np.int32)  # feature that ends in a state, or -1
        self._weights: NDArray[np.float16] = weights  # by feature and language
        self._prior: NDArray[np.float32] = prior
        self._languages: list[str] = languages
        first: dict[str, int] = {}
        # A language in two scripts has two columns; its probability is their sum.
        self._second = [(first[one], n) for n, one in enumerate(languages) if first.setdefault(one, n) != n]

    def classify(self, pieces: list[bytes]) -> list[tuple[str, float]]:
        """Return (language, probability) of each piece."""
        import numpy as np

        scores = self._scores(pieces)
        # The library's scale, by which probabilities mean the same for short pieces and long.
        scores /= np.sqrt(np.array([[len(piece) or 1] for piece in pieces], np.float32))
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        for one, other in self._second:
            chances[:, one] += chances[:, other]
            chances[:, other] = 0
        best = chances.argmax(axis=1)
        return [(self._languages[n], float(chances[place, n])) for place, n in enumerate(best.tolist())]

    def _scores(self, pieces: list[bytes]) -> NDArray[np.float32]:
        """Log-likelihoods by piece and language; all zero where a piece has no feature.

        Each piece is summed by itself, so that its score does not depend on its company.
        """
        import numpy as np

        scores = np.zeros((len(pieces), len(self._languages)), np.float32)
        size = len(self._weights)
        seen, counts = np.unique(self._features(pieces), return_counts=True)
        owners, features = np.divmod(seen, size)
        needed, which = np.unique(features, return_inverse=True)
        weights = self._weights[needed].astype(np.float32)
        amounts = np.log1p(counts.astype(np.float32))
        ends = np.searchsorted(owners, np.arange(len(pieces) + 1))
        for n in range(len(pieces)):
            start, end = ends[n], ends[n + 1]
            if start < end:
                scores[n] = amounts[start:end] @ weights[which[start:end]] + self._prior
        return scores

    def _features(self, pieces: list[bytes]) -> NDArray[np.int64]:
        """Every feature that occurs in a piece, as often as it does: piece * number of features + feature."""
        import numpy as np

        order = sorted(range(len(pieces)), key=lambda n: -len(pieces[n]))  # those still walking come first
        sizes = np.array([len(pieces[n]) for n in order])
        longest = int(sizes[0])
        letters = np.zeros((longest, len(pieces)), np.uint8)
        for column, n in enumerate(order):
            letters[: len(pieces[n]), column] = np.frombuffer(pieces[n], np.uint8)
        walking = np.searchsorted(-sizes, -np.arange(longest)).tolist()  # pieces longer than each place
        states = np.zeros((longest, len(pieces)), self._following.dtype)
        state = np.zeros(len(pieces), self._following.dtype)
        for place, count in enumerate(walking):
            state = self._following[self._row[state[:count]] + letters[place, :count]]
            states[place, :count] = state
        found = self._output[states]
        places, columns = np.nonzero(found >= 0)
        return np.array(order, np.int64)[columns] * len(self._weights) + found[places, columns]


@functools.cache
def _model() -> _Model:
    """The model, read from its wheel at first use (about half a second)."""
    return _Model()
