"""What a word is: the one tokeniser by which documents are indexed, queries read and passages marked.

The rules, which ``WORDS`` names and every segment of the index records:

- A word is a run of letters, digits, marks and ``_``. Everything else divides words, also the apostrophe,
  hyphen, ``.``, ``@`` and ``/`` (as in dtSearch): ``can't`` is two words, an e-mail address a phrase.
- Each character is folded by itself: compatibility form (NFKC), case folded, accents of Latin, Greek and
  Cyrillic, points of Hebrew and Arabic dropped, digits of every script as 0-9, soft hyphens and other
  invisible signs dropped. Text in composed and in decomposed form therefore gives the same words.
- A superscript, a fraction or a numbered sign stands as a word of its own (``claim²`` is claim, 2).
- In scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) each letter, with the marks that
  follow it, is a word of its own.
- A word is known by its first 128 characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

WORDS: Final = "tecum-words-1"
LONGEST: Final = 128  # characters of a word that count
WILDCARDS: Final = "*?="
FUZZY: Final = "%"

_PIECE = 1 << 20  # characters tokenised at a time, so that a huge text never stands in memory as words
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # noncharacters: a mark that joins, a letter that may be joined
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029),
    (0x3031, 0x3035), (0x3038, 0x303C), (0x3041, 0x312F), (0x3190, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F), (0x20000, 0x323AF),
)  # fmt: skip
_ACCENTS = (
    (0x0300, 0x036F), (0x0483, 0x0487), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
    (0x1D165, 0x1D1AD), (0xE0100, 0xE01EF),
)  # fmt: skip
_SPECIAL = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe",  # no decomposition
    "\u0640": "",  # tatweel only stretches a word
    "\u02bb": " ", "\u02bc": " ",  # letters by category, used as apostrophes
    "\u200b": " ",  # zero width, and a space all the same
}  # fmt: skip


def _within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= ord(char) <= high for low, high in ranges)


def _fold(char: str) -> str:
    """Fold one character outside ASCII; what divides words becomes a space."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", char).casefold())
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", plain).casefold())
    parts = [_fold_part(part) for part in plain]
    apart = unicodedata.category(char) == "No" or (" " in parts and len(parts) > 1)
    return f" {''.join(parts)} " if apart else "".join(parts)


def _fold_part(char: str) -> str:
    """Fold one character of a decomposed form."""
    if char.isascii():
        return char if char.isalnum() or char == "_" else " "
    if char in _SPECIAL:
        return _SPECIAL[char]
    kind = unicodedata.category(char)
    if _within(char, _ACCENTS) or kind in ("Cf", "Me"):
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind[0] == "M":
        return f"{_OPEN}{char}{_CLOSE}" if _within(char, _UNSPACED) else char
    if kind[0] not in "LN":
        return " "
    return f" {char}{_CLOSE}" if _within(char, _UNSPACED) else char


def is_unspaced(char: str) -> bool:
    """Whether a character belongs to a script written without spaces, where each letter is a word."""
    return _within(char, _UNSPACED)


class _Folding(dict[int, str]):
    """Code point to folded form, filled as characters are met; ``cased``: what is a capital stays one."""

    def __init__(self, cased: bool = False) -> None:
        super().__init__()
        self.cased = cased

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _fold(char)
        self[code] = folded = folded.upper() if self.cased and (char.isupper() or char.istitle()) else folded
        return folded


_FOLDING = _Folding()
_CASED_FOLDING = _Folding(cased=True)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_DIVIDER = re.compile(r"[ -/:-@\[-^`{-~\s]")


def _table(keep: str, *, cased: bool = False) -> bytes:
    """Byte to byte: ASCII letters lowered (not where ``cased``), bytes of other letters kept, the rest a space."""
    table = bytearray(b" " * 128 + bytes(range(128, 256)))
    for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_" + keep:
        table[ord(char)] = ord(char if cased else char.lower())
    return bytes(table)


_PLAIN = _table("")
_PATTERN = _table(WILDCARDS + FUZZY)
_CASED = _table("", cased=True)


def _folded(text: str, folding: _Folding = _FOLDING) -> str:
    """Fold every character outside ASCII."""
    text = _FOREIGN.sub(lambda found: found[0].translate(folding), text)
    if _CLOSE in text:
        text = text.replace(_CLOSE + _OPEN, "").replace(_CLOSE, " ")
    return text.replace(_OPEN, " ") if _OPEN in text else text


def raw_words(text: str) -> list[bytes]:
    """Split a text into folded words as UTF-8; a word outside ASCII or a very long one is not final yet.

    ``canonical`` makes it final. The two steps are apart because the second is needed once per different word.
    """
    if not text.isascii():
        text = _folded(text)
    return text.encode("utf-8").translate(_PLAIN).split()


def raw_cased(text: str) -> list[bytes]:
    """Split a text into the words of ``raw_words``, in the same number, folded in all but case."""
    if not text.isascii():
        text = _folded(text, _CASED_FOLDING)
    return text.encode("utf-8").translate(_CASED).split()


def lowered(word: bytes) -> bytes:
    """Return the word of ``raw_words`` for one of ``raw_cased``."""
    return word.lower() if word.isascii() else word.decode("utf-8").casefold().encode("utf-8")


def canonical(word: bytes) -> bytes:
    """Return the final form of a raw word: composed (NFC) and cut at ``LONGEST`` characters."""
    if word.isascii():
        return word[:LONGEST]
    return unicodedata.normalize("NFC", word.decode("utf-8"))[:LONGEST].encode("utf-8")


def pieces(text: str, size: int = _PIECE) -> Iterator[str]:
    """Yield a text in pieces of ``size`` characters or a little more, divided between words."""
    start = 0
    while len(text) - start > size:
        found = _DIVIDER.search(text, start + size)
        if found is None:
            break
        yield text[start : found.start()]
        start = found.start()
    yield text[start:]


def tokenize(text: str) -> Iterator[str]:
    """Yield the words of a text in reading order, folded and cut by the rules of this module."""
    for piece in pieces(text):
        for word in raw_words(piece):
            yield canonical(word).decode("utf-8")


def cased(text: str) -> list[str]:
    """Return the words of a text folded in all but case: ``ICE`` stays, an accent goes.

    There are as many as ``tokenize`` yields, and with case folded each is the same.
    """
    return [canonical(word).decode("utf-8") for word in raw_cased(text)]


def tokenize_pattern(text: str) -> list[str]:
    """Return the words of a piece of a query; ``*``, ``?``, ``=`` and ``%`` belong to the word they touch."""
    folded = _folded(text).encode("utf-8").translate(_PATTERN).decode("utf-8")
    words = re.sub(r"\*+", "*", unicodedata.normalize("NFC", folded)).split(" ")
    return [word if is_pattern(word) else word[:LONGEST] for word in words if word]


def is_pattern(word: str) -> bool:
    """Whether a word of a query holds a wildcard."""
    return any(sign in word for sign in WILDCARDS)


def tokenize_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word of ``tokenize(text)`` lies: first character and the one after its last."""
    if all(char.isascii() or len(_FOLDING[ord(char)]) == 1 for char in set(text)):
        plain = text if text.isascii() else _FOREIGN.sub(lambda found: found[0].translate(_FOLDING), text)
        yield from (found.span() for found in _WORD.finditer(plain))  # each character stands where it stood
        return
    folded = [char if char.isascii() else _FOLDING[ord(char)] for char in text]
    origin = [at for at, part in enumerate(folded) for _ in part]
    for found in _WORD.finditer("".join(folded)):
        yield origin[found.start()], origin[found.end() - 1] + 1


_LETTER = f"[^\\x00-/:-@\\[-^`{{-\\x7f{_OPEN}{_CLOSE}]"
_WORD = re.compile(f"{_LETTER}+(?:{_CLOSE}{_OPEN}{_LETTER}+)*")
