"""The language of each document, and a second one where a good part of the text is in another.

Decided piece by piece (see ``identifier``): the pieces of one language are added up by their length. Too little
text to tell is ``und`` (undetermined, ISO 639-2).
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select

from tecum.analysis import identifier
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
# Words with a digit from there on, pictures' names, and quotation marks. What is looked for begins where a run of
# letters or a word does: only there can it begin, and looking elsewhere takes as long again.
_NUMBERS: Final = r"\[?cid:\S*|(?<![^\W_])[^\W\d_]*\d\S*|^[ \t]*(?:>[ \t]?)+"
_NOISE: Final = re.compile(_NUMBERS, re.MULTILINE)
_NOISE_AND_ADDRESSES: Final = re.compile(rf"(?<![^\s>])\S*(?:@|://|www\.)\S*|{_NUMBERS}", re.MULTILINE)
_NO_LETTERS: Final = bytes(n for n in range(256) if not chr(n).isalpha() or n > 127)
_PAGE: Final = 2000


Piece = tuple[str, int]  # cleaned text, and how many letters it has


def row(text: str) -> dict[str, Any]:
    """Return the columns language, confidence and others of a text's row."""
    return rows([pieces(text)])[0]


def rows(texts: Sequence[Sequence[Piece]]) -> list[dict[str, Any]]:
    """Return the columns language, confidence and others for each text, given as its ``pieces``.

    ``confidence`` is a percentage: the probability the model gives, weighed by length, over all the letters
    looked at; a language that makes up half of a text cannot have more than 50.
    """
    told = iter(identifier.classify([piece for text in texts for piece, _ in text]))
    return [_row([(size, *next(told)) for _, size in text]) for text in texts]


def _row(told: Sequence[tuple[int, str, float]]) -> dict[str, Any]:
    """Add up what was told of the pieces of a text: (letters, language, probability)."""
    letters: Counter[str] = Counter()
    belief: dict[str, float] = defaultdict(float)
    for size, code, probability in told:
        sure = probability >= _SURE and code != _NO_LANGUAGE
        letters[code if sure else UNDETERMINED] += size
        belief[code] += probability * size
    total = letters.total()
    ranked = sorted(
        ((size, code) for code, size in letters.items() if code != UNDETERMINED), key=lambda one: (-one[0], one[1])
    )
    if not ranked:
        return {"language": UNDETERMINED, "confidence": 0, "others": "{}"}
    code = ranked[0][1]
    others = {one: round(100 * size / total) for size, one in ranked[1:] if size >= _SHARE * total}
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


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a text that tell its language, without addresses, numbers and quotation marks.

    Empty when the text is too short to tell.
    """
    step = max(_PIECE, -(-len(text) // _PIECES))
    taken = [(piece, size) for start in range(0, len(text), step) if (size := _letters(piece := _cleaned(text, start)))]
    if len(taken) > 1:  # a short tail says little; it is left out beside others
        taken = [one for one in taken if one[1] >= _LEAST] or taken
    return taken if sum(size for _, size in taken) >= _LEAST else []


def _cleaned(text: str, start: int) -> str:
    piece = text[start : start + _PIECE]
    addressed = "@" in piece or "://" in piece or "www." in piece
    return " ".join((_NOISE_AND_ADDRESSES if addressed else _NOISE).sub(" ", piece).split())


def _letters(text: str) -> int:
    if text.isascii():
        return len(text.encode().translate(None, _NO_LETTERS))
    return sum(map(str.isalpha, text))
