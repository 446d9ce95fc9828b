"""From a stretch without spaces to the words it asks for: modifiers, wildcards, signs that divide words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tecum.query.fuzzy import MAX_EDITS, fuzzy_pattern
from tecum.query.lint import Findings
from tecum.query.regex import RegexInvalid, automaton
from tecum.query.tree import MAX_NUMBER, Extent, How, Numbers, Slot, Word
from tecum.query.words import (
    FUZZY,
    LONGEST,
    WILDCARDS,
    canonical,
    cased,
    is_pattern,
    is_unspaced,
    tokenize_pattern,
)

DASHES: Final = "–—‐‑−"
_DIVIDING = frozenset("&#%:@[]{}<>|^~\\")  # noticed even at the edge of a word
_NUMBERS = re.compile(r"([0-9]+)~~([0-9]+)")
_PREFIXED = re.compile(r"(cs|stem|wild):(?=.)", re.IGNORECASE)
_TILDE = re.compile(r"(.*[^~])~([0-9.]*)", re.DOTALL)
_ABSENT = (  # what other products have; their modifier, and why it is not here
    (re.compile(r"^#[^\W\d]"), "sound-alike search (#)", "how a word sounds differs between products"),
    (re.compile(r"\w&$"), "a synonym (&)", "it depends on a thesaurus that the other side does not have"),
    (re.compile(r"\w\^[0-9.]+$"), "a weight (^n)", "it changes an order of results, never a count"),
)
_AROUND = re.compile(r"^#|&$|~[0-9.]*$|\^[0-9.]*$")
HOWS: Final[dict[str, How]] = {"cs": "case", "stem": "stem", "wild": ""}


@dataclass(frozen=True)
class Piece:
    """A stretch of the query, with how its words are to be taken."""

    chunk: str
    at: Extent
    how: How = ""
    quoted: bool = False
    wild: bool = False  # = is a wildcard, in whatever dialect


class Slots:
    """Reads pieces; what is wrong or doubtful is added to ``findings``."""

    def __init__(self, dialect: str, findings: Findings) -> None:
        self.dialect = dialect
        self.findings = findings

    def of(self, piece: Piece) -> list[Slot]:
        """The words that a piece asks for; several where a sign inside divides it, none where it has an error."""
        chunk = piece.chunk
        if piece.quoted and (found := _PREFIXED.match(chunk)):
            name = found[1].lower()
            return self.of(Piece(chunk[found.end() :], piece.at, HOWS[name], wild=name == "wild"))
        if piece.quoted and chunk.startswith("##"):
            return self.regex(chunk[2:], piece.at)
        if chunk.isascii() and chunk.isalnum() and piece.how != "case":
            return [Word(canonical(chunk.lower().encode()).decode(), piece.how, piece.at)]
        modifiers = self._modifiers(piece)
        if len(modifiers) > 1:
            message = f"{short(chunk)} has two modifiers: {', '.join(modifiers)}"
            self.findings.error("E7", piece.at, message, "leave one out")
            return []
        for expression, name, why in _ABSENT:
            if expression.search(chunk):
                fix = "write the forms of the word, joined by OR, or leave the sign out"
                bare = self.findings.instead(piece.at, [_AROUND.sub("", chunk)])
                self.findings.error("E10", piece.at, f"{name} is not available: {why}", fix, bare)
                return []
        if piece.how == "case":
            self._look_at(piece, words := cased(chunk))
            return [Word(word, "case", piece.at) for word in words]
        if "~~" in chunk:
            return self._numbers(piece)
        if (tilde := _TILDE.fullmatch(chunk)) and not piece.how and tilde[1][-1].isalnum():
            return self._tilde(piece, tilde[1], tilde[2])
        return self._folded(piece)

    def regex(self, expression: str, at: Extent) -> list[Slot]:
        """The slot of a regular expression, when it can be matched safely."""
        try:
            automaton(expression)
        except RegexInvalid as reason:
            self.findings.error("E16", at, f'##"{short(expression)}": {reason}')
            return []
        if not expression:
            self.findings.error("E12", at, "there is no expression to search for")
            return []
        return [Word(expression, "regex", at)]

    def _modifiers(self, piece: Piece) -> list[str]:
        chunk = piece.chunk
        found = [name for expression, name, _ in _ABSENT if expression.search(chunk)]
        if piece.how:
            found.append("exact case (cs:)" if piece.how == "case" else "stemming (stem:)")
        if "~~" in chunk:
            found.append("a numeric range (~~)")
        elif (tilde := _TILDE.fullmatch(chunk)) and tilde[1][-1].isalnum():
            found.append("a tilde (~)")
        if _is_fuzzy(_AROUND.sub("", chunk)):
            found.append("fuzzy search (%)")
        if found and any(is_pattern(word) for word in tokenize_pattern(chunk)):
            found.append("a wildcard")
        return found

    def _numbers(self, piece: Piece) -> list[Slot]:
        found = _NUMBERS.fullmatch(piece.chunk)
        if not found:
            self.findings.error("E13", piece.at, f"{short(piece.chunk)} is no range of numbers", "write 12~~24")
            return []
        low, high = (digits.lstrip("0") or "0" for digits in found.groups())
        if max(len(low), len(high)) > len(str(MAX_NUMBER)):
            self.findings.error("E11", piece.at, f"the numbers of a range may have {len(str(MAX_NUMBER))} digits")
            return []
        if int(low) > int(high):
            fix = f"write {high}~~{low}"
            self.findings.error("E13", piece.at, f"the range {short(piece.chunk)} runs backwards", fix)
            return []
        return [Numbers(int(low), int(high), piece.at)]

    def _tilde(self, piece: Piece, root: str, count: str) -> list[Slot]:
        """``word~`` and ``word~n``: stemming in dtSearch, fuzzy search in Lucene and Nuix."""
        words = _unjoined(tokenize_pattern(root))
        stemmed = [*(Word(word, "", piece.at) for word in words[:-1]), Word(words[-1], "stem", piece.at)]
        if self.dialect == "dtsearch":
            if count:
                message = f"{short(piece.chunk)} is fuzzy search of another search language"
                self.findings.error("E8", piece.at, message, f"write {'%' * _edits(count)}{short(root)}")
                return []
            self._look_at(piece, words)
            return list(stemmed)
        if count and not (count.isdigit() and int(count[:4]) <= MAX_EDITS):
            message = f"{short(piece.chunk)} is no number of letters that may differ"
            self.findings.error("E8", piece.at, message, f"write {short(root)}~1 or {short(root)}~2")
            return []
        if len(words) != 1:
            self.findings.error("E10", piece.at, f"{short(root)} is {len(words)} words: fuzzy search takes one")
            return []
        if any(is_unspaced(char) for char in words[0]):
            self._unspaced(piece, "a tilde")
            return []
        edits = int(count or 2)
        pattern = fuzzy_pattern("", words[0], edits)
        instead = (f"stem:{words[0]}",) if not count else ()
        said = "dtSearch reads ~ as stemming; Lucene takes two letters exchanged for one edit, here they are two"
        self.findings.doubt("W18", piece.at, f"{short(piece.chunk)} is read as fuzzy search; {said}", instead)
        return self._bounded([Word(pattern, "fuzzy" if edits else "", piece.at)], piece)

    def _folded(self, piece: Piece) -> list[Slot]:
        chunk = piece.chunk
        source = chunk if self.dialect == "dtsearch" or piece.wild else self._without_digits(piece)
        words = tokenize_pattern(source)
        if len(words) == 1 and FUZZY in words[0] and _is_fuzzy(words[0]):
            fixed, _, rest = words[0].partition(FUZZY)
            pattern = fuzzy_pattern(fixed, rest.replace(FUZZY, ""), words[0].count(FUZZY))
            self._look_at(piece, [pattern], fuzzy=True)
            return self._bounded([Word(pattern, "fuzzy", piece.at)], piece)
        words = _unjoined(words)
        self._look_at(piece, words)
        return [Word(word, piece.how, piece.at) for word in words]

    def _without_digits(self, piece: Piece) -> str:
        """The stretch with ``=`` as a sign that divides words, as Nuix and Lucene have it."""
        chunk = piece.chunk
        if "=" in chunk.strip("=") or (chunk.endswith("=") and any(char.isalnum() for char in chunk)):
            message = f"= in {short(chunk)} divides words; dtSearch reads it as any digit"
            self.findings.doubt("W18", piece.at, message, (f"wild:{chunk}",))
        return chunk.replace("=", " ")

    def _bounded(self, words: list[Word], piece: Piece) -> list[Slot]:
        """Refuse a fuzzy word with more edits or letters than are looked at."""
        pattern = words[0].pattern
        if pattern.count(FUZZY) > MAX_EDITS or len(pattern) > LONGEST + MAX_EDITS:
            message = f"a fuzzy word may have {MAX_EDITS} changed letters and {LONGEST} in all"
            self.findings.error("E11", piece.at, message)
            return []
        return list(words)

    def _look_at(self, piece: Piece, words: list[str], *, fuzzy: bool = False) -> None:
        """Warn of signs that divide words, typographic dashes, and broad or idle wildcards."""
        chunk, at = piece.chunk, piece.at
        if any(dash in chunk for dash in DASHES):
            said = f"the dash in {short(chunk)} is read as a space"
            self.findings.warn("W3", at, said, "write a plain hyphen or a space")
        signs = _DIVIDING - set("~%") if fuzzy or piece.how or chunk.endswith("~") else _DIVIDING
        if len(words) != 1 or not signs.isdisjoint(chunk):
            read = f'the phrase "{" ".join(words)}"' if len(words) > 1 else words[0] if words else "nothing"
            self.findings.warn("W4", at, f"{short(chunk)} is read as {short(read)}")
        for place, word in enumerate(words):
            if not is_pattern(word):
                continue
            if len(word) > LONGEST:
                self.findings.error("E11", at, f"a word with a wildcard may have {LONGEST} characters")
            if any(is_unspaced(char) for other in words[max(0, place - 1) : place + 2] for char in other):
                self._unspaced(piece, "a wildcard")
            if word[0] in WILDCARDS:
                self.findings.warn("W7", at, f"{word} begins with a wildcard: many words may match")

    def _unspaced(self, piece: Piece, what: str) -> None:
        message = f"{what} in {short(piece.chunk)} stands beside a script written without spaces"
        self.findings.error("E10", piece.at, message, "leave it out: each letter is a word of its own there")


def _is_fuzzy(chunk: str) -> bool:
    """Whether its % signs ask for fuzzy search: inside or before a word, or after a letter; 100% is a number."""
    if FUZZY not in chunk or any(not (char.isalnum() or char in "_%" or ord(char) > 127) for char in chunk):
        return False
    bare = chunk.rstrip(FUZZY)
    return bare != "" and (FUZZY in bare or bare[-1].isalpha())


def _unjoined(words: list[str]) -> list[str]:
    """Words divided at % signs that do not ask for fuzzy search."""
    return [part for word in words for part in word.split(FUZZY) if part]


def _edits(count: str) -> int:
    return min(max(int(count), 1), MAX_EDITS) if count.isdigit() and len(count) < 4 else 1


def short(text: str) -> str:
    """A text, shortened for a message."""
    return text if len(text) <= 40 else f"{text[:40]}..."
