"""The language of each document, and a second one where a good part of the text is in another.

Decided by py3langid (a model of 97 languages inside its wheel; nothing is fetched), piece by piece: the pieces
of one language are added up by their length. Too little text to tell is ``und`` (undetermined, ISO 639-2).
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select

from tecum.engine.schema import document, item, wording
from tecum.matter import Matter
from tecum.tables import Table

UNDETERMINED: Final = "und"
COLUMNS: Final = ("control", "language", "confidence", "others")
_LEAST: Final = 24  # letters below which nothing is said
_PIECE: Final = 300  # characters
_PIECES: Final = 8  # of a longer text as many are taken, evenly spread
_SHARE: Final = 0.15  # of the letters, from which on a further language is named
_SURE: Final = 0.5  # the least probability at which a piece says anything
_NO_LANGUAGE: Final = "zxx"  # what the model calls text without language, such as code
_NOISE: Final = re.compile(r"\S*(?:@|://|www\.)\S*|\[?cid:\S*|[^\W_]*\d\S*|^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_PAGE: Final = 2000


def row(text: str) -> dict[str, Any]:
    """Return the columns language, confidence and others of a text's row.

    ``confidence`` is a percentage: the probability the model gives, weighed by length, over all the letters
    looked at; a language that makes up half of a text cannot have more than 50.
    """
    letters: Counter[str] = Counter()
    belief: Counter[str] = Counter()
    for piece, size in _pieces(text):
        code, probability = _identifier().classify(piece)
        sure = probability >= _SURE and code != _NO_LANGUAGE
        letters[code if sure else UNDETERMINED] += size
        belief[code] += probability * size
    total = letters.total()
    told = sorted(
        ((size, code) for code, size in letters.items() if code != UNDETERMINED), key=lambda one: (-one[0], one[1])
    )
    if not told:
        return {"language": UNDETERMINED, "confidence": 0, "others": "{}"}
    code = told[0][1]
    others = {one: round(100 * size / total) for size, one in told[1:] if size >= _SHARE * total}
    return {
        "language": code,
        "confidence": round(100 * belief[code] / total),
        "others": json.dumps(others, sort_keys=True),
    }


def listing(matter: Matter) -> Table:
    """Each document with its language (``und`` for one without text), how sure, and further languages in percent."""

    def rows() -> Iterator[tuple[Any, ...]]:
        statement = (
            select(document.c.id, document.c.control, wording.c.language, wording.c.confidence, wording.c.others)
            .join(item, item.c.key == document.c.item)
            .outerjoin(wording, wording.c.body_hash == item.c.body_hash)
            .order_by(document.c.id)
            .limit(_PAGE)
        )
        at = 0
        while True:
            with matter.read() as db:
                page = list(db.execute(statement.where(document.c.id > at)))
            if not page:
                return
            for row in page:
                others = json.loads(row.others) if row.others else {}
                yield row.control, row.language or UNDETERMINED, row.confidence or 0, others
            at = page[-1].id

    return Table(COLUMNS, rows)


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Pieces of a text and how many letters each has, without addresses, numbers and quotation marks."""
    step = max(_PIECE, -(-len(text) // _PIECES))
    taken = [(piece, size) for start in range(0, len(text), step) if (size := _letters(piece := _cleaned(text, start)))]
    if len(taken) > 1:  # a short tail says little; it is left out beside others
        taken = [one for one in taken if one[1] >= _LEAST] or taken
    if sum(size for _, size in taken) >= _LEAST:
        yield from taken


def _cleaned(text: str, start: int) -> str:
    return " ".join(_NOISE.sub(" ", text[start : start + _PIECE]).split())


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@functools.cache
def _identifier() -> Any:
    """The model, read from its wheel at first use (about a second)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
