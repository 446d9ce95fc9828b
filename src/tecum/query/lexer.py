"""From the text of a query to its signs: words, phrases, operators, parentheses, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tecum.query.calls import Calls
from tecum.query.facts import FACTS, LATER
from tecum.query.foreign import foreign
from tecum.query.lint import Findings
from tecum.query.slots import HOWS, Piece, Slots, short
from tecum.query.tree import DEFAULT_FIELDS, GROUPS, Extent, Near, Node, Or, Phrase, Slot, Word, to_text
from tecum.query.words import is_pattern, tokenize

Kind = Literal["(", ")", "words", "node", "field", "edge", "and", "or", "not", "plus", "near"]
MAX_DISTANCE: Final = 999_999
# May be named with a plain word after the colon; any other name needs a parenthesis or a quotation mark.
_RECEIVED = ("begbates", "endbates", "requestno", "sender_custodian")  # what the sender of a received volume says
KNOWN_FIELDS: Final = frozenset({*DEFAULT_FIELDS, *GROUPS, *_RECEIVED, "custodian", "path"})
LONGEST_TERM: Final = 2_000  # characters without a space

_QUOTES = '"“”„‟«»＂'
_QUOTE = re.compile(f"[{_QUOTES}]")
_BLANK = r"\s\x00-\x20\x7f-\xa0\u200b"
_UNSEEN = r"\xad\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # inside of a word they are dropped, as in texts
_SPACE = re.compile(rf"[{_BLANK}{_UNSEEN}]+")
_UNSEEN_END = re.compile(rf"[{_UNSEEN}]+\Z")
_UNSEEN_ANY = re.compile(rf"[{_UNSEEN}]+")
_CHUNK = re.compile(rf"[^{_BLANK}(){_QUOTES}]+")
_INSIDE = re.compile(rf"[^{_BLANK}]+")
_NEAR = re.compile(r"(w|pre)/([0-9]+)", re.IGNORECASE)
_NEAR_BROKEN = re.compile(r"(?:w|pre)/.*", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):")
_WITHIN = re.compile(r"within\s{1,9}([0-9]{1,6})(?:\s{1,9}words?(?:\s{1,9}of)?)?\b", re.IGNORECASE)
_REGEX = re.compile(f"##[{_QUOTES}]")
_COUNT = re.compile(r"\(\s*([0-9]+)\s*\)")
_SLOP = re.compile(r"~([0-9.]*)")
_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,7}[A-Za-z]?")
_INITIALS = re.compile(r"[^\W_]{2,8}")
_OPERATORS: dict[str, Kind] = {
    "and": "and", "or": "or", "not": "not", "xfirstword": "edge", "xlastword": "edge",
}  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """One sign of a query; which of the values is set depends on ``kind``."""

    kind: Kind
    at: Extent
    words: tuple[Slot, ...] = ()  # of words: several where a sign inside the term divides it
    node: Node | None = None  # of node: what is no word; None where it has an error
    name: str = ""  # of a field
    distance: int = 0  # of near
    flag: bool = False  # of near: ordered; of an edge: the last word


class Lexer:
    """Reads a query sign by sign; what is wrong is added to ``findings``."""

    def __init__(self, text: str, dialect: str, findings: Findings) -> None:
        self.text = text
        self.dialect = dialect
        self.findings = findings
        self.slots = Slots(dialect, findings)
        self.calls = Calls(text, dialect, findings)
        self.said: tuple[str, Extent] | None = None  # cs:, stem:, initials:, kind: ... before what comes next
        self.groups = [""]  # for each open group, what was said before it

    def signs(self) -> Iterator[Sign]:
        """Yield the signs in order."""
        at = 0
        while at < len(self.text):
            if space := _SPACE.match(self.text, at):
                at = space.end()
                continue
            char = self.text[at]
            if char == "(":
                start = self._start(at)
                self.groups.append(self._taken())
                yield Sign("(", (start, at + 1))
                at += 1
            elif char == ")":
                self._idle()
                del self.groups[max(1, len(self.groups) - 1) :]
                yield Sign(")", (at, at + 1))
                at += 1
            elif char in _QUOTES or _REGEX.match(self.text, at):
                sign = self._quoted(at) if char in _QUOTES else self._regex(at)
                yield sign
                at = sign.at[1]
            else:
                chunk = _CHUNK.match(self.text, at)
                assert chunk is not None  # neither space, parenthesis nor quotation mark
                if len(chunk[0]) > LONGEST_TERM:
                    yield self._endless(chunk.span())
                    at = chunk.end()
                    continue
                found = self._chunk(at, at + len(_UNSEEN_END.sub("", chunk[0])))
                at = found if isinstance(found, int) else found.at[1]
                if isinstance(found, Sign):
                    yield found
        self._idle()

    # What is said before a word or group

    def _start(self, at: int) -> int:
        """Where what stands at a place begins, with what is said before it."""
        return self.said[1][0] if self.said else at

    def _taken(self) -> str:
        """What was said before this place, here or before a group round it."""
        name = self.said[0] if self.said else self.groups[-1]
        self.said = None
        return name

    def _idle(self) -> None:
        if self.said:
            name, at = self.said
            self.findings.error("E2", at, f"there is nothing to search for after {name}:")
            self.said = None

    # Quotation marks

    def _quote_end(self, start: int) -> int:
        """The place after the closing quotation mark; the end of the text when there is none."""
        if found := _QUOTE.search(self.text, start + 1):
            return found.end()
        self.findings.error("E1", (start, start + 1), "this quotation mark is never closed")
        return len(self.text)

    def _quoted(self, start: int) -> Sign:
        end = self._quote_end(start)
        whole = (self._start(start), end)
        for at in (start, end - 1):
            if self.text[at] in _QUOTES[1:]:
                sign = self.text[at]
                self.findings.warn("W3", (at, at + 1), f'the typographic quotation mark {sign} is read as "', 'write "')
        said, inside = self._taken(), self.text[start + 1 : end].rstrip(_QUOTES)
        if said in FACTS:
            return Sign("node", whole, node=self.calls.fact(said, inside, (start, end)))
        if said == "initials":
            return self._initials(inside, whole)
        words: list[Slot] = []
        for found in _INSIDE.finditer(inside):
            place = (start + 1 + found.start(), start + 1 + found.end())
            if len(found[0]) > LONGEST_TERM:
                return self._endless(place)
            words += self.slots.of(Piece(found[0], place, HOWS.get(said, ""), quoted=True, wild=said == "wild"))
        wild = next((word for word in words if isinstance(word, Word) and _is_wild(word)), None)
        if wild is not None:
            self.findings.warn("W7", wild.at, f"{wild.pattern} is a wildcard also inside quotation marks")
        if (slop := _SLOP.match(self.text, end)) and words:
            return self._slop(tuple(words), slop[1], (whole[0], slop.end()))
        return Sign("words", whole, words=tuple(words))

    def _slop(self, words: tuple[Slot, ...], count: str, at: Extent) -> Sign:
        """``"a b"~5``: moves of words that turn the phrase into what stands in the text (Lucene)."""
        n = int(count) if count.isdigit() and len(count) < 6 else 0
        spelled = [to_text(word, self.dialect) for word in words]
        meant: list[str] = []
        if len(words) == 2 and n > 0:
            meant = [
                _lucene(spelled, n),
                f"({spelled[0]} w/{n} {spelled[1]})",
                f"({spelled[0]} w/{n + 1} {spelled[1]})",
            ]
        if self.dialect != "dtsearch" and meant:
            self.findings.doubt(
                "W18", at, f"~{n} is read as {n} moves of a word, as Lucene counts; it is not w/{n}", meant[1:],
                "write w/n or pre/n",
            )  # fmt: skip
            return Sign("node", at, node=_slop_node(words, n, at))
        fix = "write w/n or pre/n between the words"
        self.findings.error(
            "E8", at, "~n after a phrase is an operator of another search language", fix,
            self.findings.instead(at, meant),
        )  # fmt: skip
        return Sign("node", at)

    def _regex(self, start: int) -> Sign:
        end = self._quote_end(start + 2)
        said, at = self._taken(), (start, end)
        if said:
            message = f"{said}: and a regular expression are two modifiers on one word"
            self.findings.error("E7", at, message, "leave one out")
            return Sign("node", at)
        return Sign("words", at, words=tuple(self.slots.regex(self.text[start + 3 : end].rstrip(_QUOTES), at)))

    def _endless(self, span: Extent) -> Sign:
        self.findings.error("E11", span, f"a term of {span[1] - span[0]} characters is longer than {LONGEST_TERM}")
        return Sign("node", span)

    # Stretches without spaces

    def _chunk(self, start: int, end: int) -> Sign | int:
        """Read a stretch without spaces, parentheses and quotation marks; an int where it says what comes next."""
        chunk, span = self.text[start:end], (start, end)
        low, opened = _UNSEEN_ANY.sub("", chunk).lower(), self.text[end : end + 1]
        said = self.said[0] if self.said else self.groups[-1]
        if low in _OPERATORS:
            self._idle()
            return Sign(_OPERATORS[low], span, flag=low == "xlastword")
        if low == "within" and (found := _WITHIN.match(self.text, start)):
            message = f"{short(found[0])} is read as words, not as a proximity"
            self.findings.doubt("W18", found.span(), message, (f"w/{found[1]}",), f"write w/{found[1]} for a proximity")
        if said in FACTS:
            span = (start, self.calls.value_end(start, end))
            whole = (self._start(start), span[1])
            self.said = None
            return Sign("node", whole, node=self.calls.fact(said, self.text[slice(*span)], span))
        if self.calls.is_call(chunk, opened):
            self._idle()
            span = (start, self.calls.end(end))
            return Sign("node", span, node=self.calls.read(low, span))
        if low == "andany":
            self.findings.error("E10", span, f"{chunk} is not available: it marks words and counts none")
            return Sign("node", span)
        if (operator := self._operator(chunk, span, opened)) is not None:
            return operator
        if (found := _FIELD.match(chunk)) and (sign := self._named(found, start, end)) is not None:
            return sign
        if bracket := self.calls.bracket(start):
            self._idle()
            return Sign("words", bracket, words=self.calls.bracketed(bracket))
        if (sign := self._plus_or_minus(span)) is not None:
            return sign
        return self._term(chunk, span)

    def _term(self, chunk: str, span: Extent) -> Sign:
        whole = (self._start(span[0]), span[1])
        said = self._taken()
        if said == "initials":
            return self._initials(chunk, whole)
        if chunk.endswith("!") and len(chunk) > 1 and chunk[-2].isalnum():
            root = chunk[:-1]
            self.findings.error(
                "E8", span, f"{short(chunk)} ends in an operator of another search language",
                f"write {short(root)}* for all words that begin so, or leave ! out",
                self.findings.instead(span, (f"{root}*", root)),
            )  # fmt: skip
            return Sign("node", span)
        if not said and _DOTTED.fullmatch(chunk):
            letters = chunk.replace(".", "")
            message = f"{chunk} is read as {len(letters)} words of one letter: {letters} without points is not found"
            self.findings.doubt("W17", span, message, (f"initials:{letters}",), f"write initials:{letters}")
            return Sign("words", span, words=tuple(Word(one, at=span) for one in tokenize(chunk)))
        piece = Piece(chunk, span, HOWS.get(said, ""), wild=said == "wild")
        return Sign("words", whole, words=tuple(self.slots.of(piece)))

    def _initials(self, text: str, span: Extent) -> Sign:
        """``initials:USC``: usc or the phrase "u s c"."""
        letters = "".join(tokenize(text)) if len(text) < 32 else ""
        place = (span[0], span[0])  # of no width: these words were not written so
        parts = tuple(Word(one, at=place) for letter in letters for one in tokenize(letter))
        if not _INITIALS.fullmatch(letters) or list(tokenize(letters)) != [letters] or len(parts) != len(letters):
            message = f"{short(text)} is no row of two to eight initials"
            self.findings.error("E14", span, message, "write initials:USC")
            return Sign("node", span)
        return Sign("node", span, node=Or((Word(letters, at=place), Phrase(parts, place)), span))

    def _named(self, found: re.Match[str], start: int, end: int) -> Sign | int | None:
        """What a name before a colon says; None where it is no name but part of a term."""
        name, after = found[1].lower(), start + found.end()
        span = (start, after)
        whole = after == end
        opened = whole and self.text[end : end + 1] != "" and self.text[end : end + 1] in "(" + _QUOTES
        if name in FACTS or (name in (*HOWS, "initials") and (not whole or opened)):
            if self.said:
                self.findings.error("E7", span, "two modifiers on one word", "leave one out")
            self.said = (name, span)
            return after
        if name in LATER and (not whole or opened):
            known = ", ".join(FACTS)
            message = f"{name}: cannot be asked: the documents have no such field here"
            self.findings.error("E14", span, message, f"known are {known}; write it in quotation marks if it is text")
            return Sign("field", span, name=name)
        if name in KNOWN_FIELDS or opened:
            self._idle()
            return Sign("field", span, name=name)
        return None

    def _operator(self, chunk: str, span: Extent, opened: str) -> Sign | None:
        """A proximity, or an operator of another language."""
        near = chunk.lower() == "near" and opened == "("
        counted = _COUNT.match(self.text, span[1]) if near else None
        if counted:
            span = (span[0], counted.end())
        if other := foreign(f"{chunk}({counted[1]})" if counted else chunk):
            self._idle()
            message = f"{self.text[slice(*span)]} is an operator of another search language"
            self.findings.error("E8", span, message, other.fix, self.findings.instead(span, other.meant))
            return Sign("near", span, distance=1)
        if found := _NEAR.fullmatch(chunk):
            self._idle()
            return self._near(found[1].lower() == "pre", found[2], span)
        if _NEAR_BROKEN.fullmatch(chunk):
            self._idle()
            self.findings.error("E3", span, f"{short(chunk)} lacks its number of words", "write w/10, without a space")
            return Sign("near", span, distance=1)
        return None

    def _near(self, ordered: bool, digits: str, span: Extent) -> Sign:
        distance = int(digits[:9])
        if not 1 <= distance <= MAX_DISTANCE or len(digits) > 9:
            self.findings.error("E3", span, f"the number of words must lie between 1 and {MAX_DISTANCE}")
            distance = 1
        elif distance > 50:
            self.findings.warn("W15", span, f"within {distance} words is about a page: much of it will be chance")
        return Sign("near", span, distance=distance, flag=ordered)

    def _plus_or_minus(self, span: Extent) -> Sign | None:
        """A sign before a word: must and must not in Nuix and Lucene; elsewhere it would silently mean nothing."""
        chunk, (start, end) = self.text[slice(*span)], span
        opened = self.text[end : end + 1] if len(chunk) == 1 else chunk[1]
        if chunk[0] not in "+-!" or not opened or not (opened.isalnum() or opened in "(" + _QUOTES):
            return None
        if self.dialect != "dtsearch":
            return Sign("plus" if chunk[0] == "+" else "not", (start, start + 1), flag=True)
        if opened.isdigit():
            return None
        fix = "AND" if chunk[0] == "+" else "AND NOT"
        message = f"{chunk[0]} before a word or group is of another search language"
        self.findings.error("E8", span, message, f"write {fix}")
        return Sign("node", span) if len(chunk) > 1 else Sign("plus", (start, start + 1))


def _is_wild(word: Word) -> bool:
    return not word.how and is_pattern(word.pattern)


def _lucene(words: list[str], n: int) -> str:
    first, second = words
    back = f" OR ({second} pre/{n - 1} {first})" if n > 1 else ""
    return f"(({first} pre/{n + 1} {second}){back})"


def _slop_node(words: tuple[Slot, ...], n: int, at: Extent) -> Node:
    """Two words at most n moves from being next to each other; a word that comes first must be carried over."""
    first, second = words
    onward = Near(first, second, n + 1, ordered=True, at=at)
    return Or((onward, Near(second, first, n - 1, ordered=True, at=at)), at) if n > 1 else onward
