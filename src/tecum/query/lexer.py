"""From the text of a query to its signs: words, phrases, operators, parentheses, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tecum.query.lint import MAX_SPELLED, Findings
from tecum.query.tree import DEFAULT_FIELDS, GROUPS, Extent, Word
from tecum.query.words import LONGEST, WILDCARDS, canonical, is_pattern, is_unspaced, tokenize_pattern

Kind = Literal["(", ")", "words", "field", "edge", "and", "or", "not", "near"]
MAX_DISTANCE: Final = 999_999
# May be named with a plain word after the colon; any other name needs a parenthesis or a quotation mark.
_RECEIVED = ("begbates", "endbates", "requestno", "sender_custodian")  # what the sender of a received volume says
KNOWN_FIELDS: Final = frozenset({*DEFAULT_FIELDS, *GROUPS, *_RECEIVED, "custodian", "path"})

_QUOTES = '"“”„‟«»＂'
_QUOTE = re.compile(f"[{_QUOTES}]")
_DASHES = "–—‐‑−"
_SPACE = re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b\ufeff]+")
_CHUNK = re.compile(rf"[^\s()\x00-\x20\x7f-\xa0\u200b\ufeff{_QUOTES}]+")
_INSIDE = re.compile(r"[^\s\x00-\x20\x7f-\xa0\u200b\ufeff]+")
_NEAR = re.compile(r"(w|pre)/([0-9]+)", re.IGNORECASE)
_NEAR_BROKEN = re.compile(r"(?:w|pre)/.*", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):")
_FOREIGN = (
    (re.compile(r"[/+](?:[sp]|[0-9]+)", re.IGNORECASE), "w/n"),
    (re.compile(r"(?:w|pre|near)/(?:s|p|seg|sent|para)", re.IGNORECASE), "w/n"),
    (re.compile(r"(?:near|onear|adj|wi|within|post|atl[0-9]+)/[0-9]+", re.IGNORECASE), "w/n"),
    (re.compile(r"(?:near|adj)[0-9]+", re.IGNORECASE), "w/n"),
    (re.compile(r"&&"), "AND"),
    (re.compile(r"\|\|?"), "OR"),
    (re.compile(r"~[0-9.]+"), "w/n between the words"),
    (re.compile(r"and/or", re.IGNORECASE), "OR"),
)
_MODIFIERS = (
    (re.compile(r"~~"), "numeric range (~~)"),
    (re.compile(r"^##"), 'regular expression (##"...")'),
    (re.compile(r"^#[^\W\d]"), "sound-alike (#)"),
    (re.compile(r"[^\W\d_]%|%[^\W\d_]"), "fuzzy search (%)"),
    (re.compile(r"[^~]~$"), "stemming (~)"),
    (re.compile(r"\w&$"), "synonym (&)"),
    (re.compile(r"\w~[0-9.]+$"), "fuzzy search (~n)"),
    (re.compile(r"\w\^[0-9.]+$"), "weight (^n)"),
)
_DIVIDING = frozenset("&#%:@[]{}<>|^~\\")  # noticed even at the edge of a word
LONGEST_TERM: Final = 2_000  # characters without a space
_OPERATORS: dict[str, Kind] = {
    "and": "and", "or": "or", "not": "not", "xfirstword": "edge", "xlastword": "edge",
}  # fmt: skip
_CALLS = frozenset({"date", "mail", "creditcard"})


@dataclass(frozen=True)
class Sign:
    """One sign of a query; which of the values is set depends on ``kind``."""

    kind: Kind
    at: Extent
    words: tuple[Word, ...] = ()  # of words: several where a sign inside the term divides it
    name: str = ""  # of a field
    distance: int = 0  # of near
    flag: bool = False  # of near: ordered; of an edge: the last word


class Lexer:
    """Reads a query sign by sign; what is wrong is added to ``findings``."""

    def __init__(self, text: str, dialect: str, findings: Findings) -> None:
        self.text = text
        self.dialect = dialect
        self.findings = findings

    def signs(self) -> Iterator[Sign]:
        """Yield the signs in order."""
        at = 0
        while at < len(self.text):
            if space := _SPACE.match(self.text, at):
                at = space.end()
            elif (char := self.text[at]) in "()":
                yield Sign("(" if char == "(" else ")", (at, at + 1))
                at += 1
            elif char in _QUOTES:
                end = self._quote_end(at)
                yield self._quoted(at, end)
                at = end
            else:
                chunk = _CHUNK.match(self.text, at)
                assert chunk is not None  # neither space, parenthesis nor quotation mark
                sign = self._chunk(at, chunk.end()) if len(chunk[0]) <= LONGEST_TERM else self._endless(chunk.span())
                yield sign
                at = sign.at[1]

    def _quote_end(self, start: int) -> int:
        """The place after the closing quotation mark; the end of the text when there is none."""
        if found := _QUOTE.search(self.text, start + 1):
            return found.end()
        self.findings.error("E1", (start, start + 1), "this quotation mark is never closed")
        return len(self.text)

    def _quoted(self, start: int, end: int) -> Sign:
        for at in (start, end - 1):
            if self.text[at] in _QUOTES[1:]:
                sign = self.text[at]
                self.findings.warn("W3", (at, at + 1), f'the typographic quotation mark {sign} is read as "', 'write "')
        words: list[Word] = []
        inside = self.text[start + 1 : end].rstrip(_QUOTES)
        for found in _INSIDE.finditer(inside):
            words += self._words(start + 1 + found.start(), start + 1 + found.end())
        wild = [word for word in words if is_pattern(word.pattern)]
        if wild:
            self.findings.warn("W7", wild[0].at, f"{wild[0].pattern} is a wildcard also inside quotation marks")
        return Sign("words", (start, end), words=tuple(words))

    def _endless(self, span: Extent) -> Sign:
        self.findings.error("E11", span, f"a term of {span[1] - span[0]} characters is longer than {LONGEST_TERM}")
        return Sign("words", span)

    def _chunk(self, start: int, end: int) -> Sign:
        """Read a stretch without spaces, parentheses and quotation marks, outside of quotation marks."""
        chunk, span = self.text[start:end], (start, end)
        low = chunk.lower()
        opened = self.text[end : end + 1]
        if low in _OPERATORS:
            return Sign(_OPERATORS[low], span, flag=low == "xlastword")
        if low == "andany" or (low in _CALLS and opened == "("):
            self.findings.error("E10", span, f"{chunk} is not available", "leave it out, or use a field")
            return Sign("words", span)
        if self._is_foreign(chunk, opened):
            self._foreign(span)
            return Sign("near", span, distance=1)
        if found := _NEAR.fullmatch(chunk):
            return self._near(found[1].lower() == "pre", found[2], span)
        if _NEAR_BROKEN.fullmatch(chunk):
            self.findings.error("E3", span, f"{_short(chunk)} lacks its number of words", "write w/10, without a space")
            return Sign("near", span, distance=1)
        if (found := _FIELD.match(chunk)) and self._is_field(found, end):
            return Sign("field", (start, start + found.end()), name=found[1].lower())
        self._refuse_plus_and_minus(span)
        return Sign("words", span, words=tuple(self._words(start, end)))

    def _is_field(self, found: re.Match[str], end: int) -> bool:
        """Whether ``name:`` names a field: any name before ( or a quotation mark, else only a known one."""
        whole = found.end() == len(found.string)
        after = self.text[end : end + 1]
        return found[1].lower() in KNOWN_FIELDS or (whole and after != "" and after in "(" + _QUOTES)

    def _near(self, ordered: bool, digits: str, span: Extent) -> Sign:
        distance = int(digits[:9])
        if not 1 <= distance <= MAX_DISTANCE or len(digits) > 9:
            self.findings.error("E3", span, f"the number of words must lie between 1 and {MAX_DISTANCE}")
            distance = 1
        elif distance > 50:
            self.findings.warn("W15", span, f"within {distance} words is about a page: much of it will be chance")
        return Sign("near", span, distance=distance, flag=ordered)

    def _is_foreign(self, chunk: str, opened: str) -> bool:
        if chunk.lower() == "near" and opened == "(":
            return True
        return any(expression.fullmatch(chunk) for expression, _ in _FOREIGN)

    def _foreign(self, span: Extent) -> None:
        chunk = self.text[slice(*span)]
        nearest = next((fix for expression, fix in _FOREIGN if expression.fullmatch(chunk)), "w/n")
        self.findings.error("E8", span, f"{chunk} is an operator of another search language", f"write {nearest}")

    def _refuse_plus_and_minus(self, span: Extent) -> None:
        """Refuse a plus or minus before a word: here it would silently mean nothing."""
        chunk = self.text[slice(*span)]
        if chunk[0] in "+-" and len(chunk) > 1 and (chunk[1].isalpha() or chunk[1] in _QUOTES):
            fix = "AND NOT" if chunk[0] == "-" else "AND"
            self.findings.error("E8", span, f"{chunk[0]} before a word is of another search language", f"write {fix}")
        elif chunk in "+-" and self.text[span[1] : span[1] + 1] in ("(", *_QUOTES):
            self.findings.error("E8", span, f"{chunk} before a group is of another search language", "write AND or NOT")

    def _words(self, start: int, end: int) -> list[Word]:
        """Fold a stretch without spaces into words, and say so where that is not what it looks like."""
        chunk, span = self.text[start:end], (start, end)
        kinds = [name for expression, name in _MODIFIERS if expression.search(chunk)]
        if chunk.isascii() and chunk.isalnum():
            return [Word(canonical(chunk.lower().encode()).decode(), span)]
        source = chunk if self.dialect == "dtsearch" else chunk.replace("=", " ")
        words = [Word(pattern, span) for pattern in tokenize_pattern(source)]
        if len(kinds) > 1:
            self.findings.error("E7", span, f"{_short(chunk)} has two modifiers: {', '.join(kinds)}", "leave one out")
        elif kinds:
            self.findings.error(
                "E10", span, f"{kinds[0]} is not available", "write the forms of the word, joined by OR"
            )
        elif chunk.endswith("!") and len(chunk) > 1 and chunk[-2].isalnum():
            before, root, after = self.text[:start], chunk[:-1], self.text[end:]
            self.findings.error(
                "E8",
                span,
                f"{_short(chunk)} ends in an operator of another search language",
                f"write {_short(root)}* for all words that begin so, or leave ! out",
                (f"{before}{root}*{after}", f"{before}{root}{after}") if len(self.text) <= MAX_SPELLED else (),
            )
        else:
            self._look_at(chunk, [word.pattern for word in words], span)
        return words

    def _look_at(self, chunk: str, words: list[str], span: Extent) -> None:
        """Warn of signs that divide words, typographic dashes, and broad or idle wildcards."""
        if any(dash in chunk for dash in _DASHES):
            self.findings.warn(
                "W3", span, f"the dash in {_short(chunk)} is read as a space", "write a plain hyphen or a space"
            )
        if len(words) != 1 or not _DIVIDING.isdisjoint(chunk):
            read = f'the phrase "{" ".join(words)}"' if len(words) > 1 else words[0] if words else "nothing"
            self.findings.warn("W4", span, f"{_short(chunk)} is read as {_short(read)}")
        for word in filter(is_pattern, words):
            if len(word) > LONGEST:
                self.findings.error("E11", span, f"a word with a wildcard may have {LONGEST} characters")
            if any(is_unspaced(char) for char in word) or (len(words) > 1 and _beside_unspaced(words, word)):
                self.findings.error(
                    "E10",
                    span,
                    f"a wildcard in {_short(chunk)} stands beside a script written without spaces",
                    "leave the wildcard out: each letter is a word of its own there",
                )
            if word[0] in WILDCARDS:
                self.findings.warn("W7", span, f"{word} begins with a wildcard: many words may match")


def _beside_unspaced(words: list[str], word: str) -> bool:
    at = words.index(word)
    return any(is_unspaced(char) for other in words[max(0, at - 1) : at + 2] for char in other)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
