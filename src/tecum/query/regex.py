r"""Regular expressions on single words, ``##"..."``: a safe part of the usual notation, matched in linear time.

Letters, ``.``, classes (``[a-f]``, ``[^0-9]``, ``\d``, ``\w``), groups, ``|``, ``*``, ``+``, ``?``, ``{2}``, ``{2,}``,
``{2,5}``. The expression has to match the whole folded word, so ``^`` and ``$`` may stand at its ends and say nothing.
Letters are folded as words are. Look-around and references to groups are refused: they cannot be matched in linear
time. The expression becomes an automaton of positions (Glushkov 1961), which is run over a word letter by letter: no
expression makes that slow, ``(a+)+$`` neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tecum.query.words import tokenize

LONGEST_EXPRESSION: Final = 500  # characters
MAX_PLACES: Final = 500  # letters and classes of an expression whose repetitions are written out
_MAX_STEPS: Final = 20_000  # parts looked at while it is written out
_MAX_GROUPS: Final = 50  # one inside the other
_MAX_KNOWN: Final = 50_000  # transitions that are remembered

Test = Callable[[str], bool]  # of one letter


class RegexInvalid(ValueError):
    """An expression that is not of this notation; the message says why."""


@dataclass(frozen=True)
class _Letter:
    test: Test
    literal: str = ""


@dataclass(frozen=True)
class _Row:
    parts: tuple[_Part, ...]


@dataclass(frozen=True)
class _Choice:
    parts: tuple[_Part, ...]


@dataclass(frozen=True)
class _Repeat:
    part: _Part
    low: int
    high: int | None


_Part = _Letter | _Row | _Choice | _Repeat


class _Reader:
    """Reads an expression into parts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0

    def whole(self) -> _Part:
        self._skip("^")
        part = self._choice()
        if self.at < len(self.text):
            raise RegexInvalid("a parenthesis is closed that was never opened")
        return part

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) * found
        return found

    def _choice(self) -> _Part:
        parts = [self._row()]
        while self._skip("|"):
            parts.append(self._row())
        return parts[0] if len(parts) == 1 else _Choice(tuple(parts))

    def _row(self) -> _Part:
        parts: list[_Part] = []
        while (sign := self._next()) and sign not in "|)":
            if sign == "$" and self.at == len(self.text) - 1:
                self.at += 1
                break
            parts.append(self._repeated(self._one()))
        return _Row(tuple(parts))

    def _one(self) -> _Part:
        sign = self._next()
        self.at += 1
        if sign == "(":
            return self._group()
        if sign == "[":
            return _Letter(self._class())
        if sign == "\\":
            return self._escaped()
        if sign == ".":
            return _Letter(_any)
        if sign in "*+?{":
            raise RegexInvalid(f"there is nothing to repeat before {sign}")
        if sign in "^$":
            raise RegexInvalid(f"{sign} may stand at the end it marks only")
        if sign in "]}" or not sign.isprintable() or sign.isspace():
            raise RegexInvalid(f"{sign!r} cannot stand there: the expression is matched to one word")
        return _Row(tuple(_Letter(_is(letter), letter) for letter in _folded(sign)))

    def _group(self) -> _Part:
        if self._skip("?") and not self._skip(":"):
            raise RegexInvalid("(?...) is not available, except (?:...)")
        self.groups += 1
        if self.groups > _MAX_GROUPS:
            raise RegexInvalid(f"groups are nested deeper than {_MAX_GROUPS}")
        part = self._choice()
        if not self._skip(")"):
            raise RegexInvalid("a parenthesis is never closed")
        self.groups -= 1
        return part

    def _escaped(self) -> _Part:
        sign = self._next()
        self.at += 1
        if sign in ("d", "w"):
            return _Letter(_digit if sign == "d" else _any)
        if not sign or sign.isalnum():
            raise RegexInvalid(f"\\{sign} is not available; only \\d, \\w and signs may be escaped")
        return _Row(tuple(_Letter(_is(letter), letter) for letter in _folded(sign)))

    def _class(self) -> Test:
        negated = self._skip("^")
        ranges: list[tuple[str, str]] = []
        while not self._skip("]"):
            low = self._member()
            high = self._member() if self.text[self.at + 1 : self.at + 2] != "]" and self._skip("-") else low
            if high < low:
                raise RegexInvalid(f"the range {low}-{high} runs backwards")
            ranges.append((low, high))
        if not ranges:
            raise RegexInvalid("a class is empty")
        return _among(tuple(ranges), negated)

    def _member(self) -> str:
        sign = self._next()
        self.at += 1
        if not sign:
            raise RegexInvalid("a class is never closed")
        if sign == "\\":
            sign = self._next()
            self.at += 1
            if sign == "d":
                raise RegexInvalid("write 0-9 inside a class, not \\d")
            if not sign or sign.isalnum():
                raise RegexInvalid(f"\\{sign} is not available inside a class")
        folded = _folded(sign)
        if len(folded) != 1:
            raise RegexInvalid(f"{sign!r} cannot stand in a class: words hold {folded!r} for it")
        return folded

    def _repeated(self, part: _Part) -> _Part:
        sign = self._next()
        if not sign or sign not in "*+?{":
            return part
        self.at += 1
        low, high = self._bounds() if sign == "{" else {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        self._skip("?")  # how greedy it is makes no difference to whether the whole word matches
        if (again := self._next()) and again in "*+?{":
            raise RegexInvalid("a repetition of a repetition needs a group")
        return _Repeat(part, low, high)

    def _bounds(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        inside = self.text[self.at : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if not _is_count(low) or (high and not _is_count(high)):
            raise RegexInvalid("a repetition is written {2}, {2,} or {2,5}")
        self.at = end + 1
        upper = int(low) if not comma else int(high) if high else None
        if max(int(low), upper or 0) > MAX_PLACES or (upper is not None and upper < int(low)):
            raise RegexInvalid(f"{{{inside}}} is no number of repetitions from 0 to {MAX_PLACES}")
        return int(low), upper


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _folded(sign: str) -> str:
    """A letter as it stands in folded words; a sign that no word holds stays, and is never found."""
    return "".join(tokenize(sign)) or sign


def _is(letter: str) -> Test:
    return lambda found: found == letter


def _any(_: str) -> bool:
    return True


def _digit(letter: str) -> bool:
    return "0" <= letter <= "9"


def _among(ranges: tuple[tuple[str, str], ...], negated: bool) -> Test:
    return lambda letter: any(low <= letter <= high for low, high in ranges) is not negated


@dataclass(frozen=True)
class _Shape:
    """Of a part: whether it matches nothing, and the places where it may begin and end, as bits."""

    empty: bool
    first: int
    last: int


_EMPTY: Final = _Shape(True, 0, 0)


class Automaton:
    """An expression made ready for matching.

    Raises:
        RegexInvalid: when it is not of the notation, or too large.
    """

    def __init__(self, expression: str) -> None:
        if len(expression) > LONGEST_EXPRESSION:
            raise RegexInvalid(f"an expression may have {LONGEST_EXPRESSION} characters")
        part = _Reader(expression).whole()
        self.prefix = _prefix(part)
        self._tests: list[Test] = []
        self._follow: list[int] = []
        self._steps = 0
        self._shape = self._placed(part)
        self._letters: dict[str, int] = {}
        self._known: dict[tuple[int, str], int] = {}

    def matches(self, word: str) -> bool:
        """Whether the whole word is matched."""
        if not word:
            return self._shape.empty
        state = self._shape.first & self._letter(word[0])
        for letter in word[1:]:
            if not state:
                return False
            state = self._after(state, letter)
        return bool(state & self._shape.last)

    def _after(self, state: int, letter: str) -> int:
        key = (state, letter)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            found = self._known[key] = self._reached(state) & self._letter(letter)
        return found

    def _reached(self, state: int) -> int:
        reached = 0
        while state:
            low = state & -state
            reached |= self._follow[low.bit_length() - 1]
            state ^= low
        return reached

    def _letter(self, letter: str) -> int:
        """The places that a letter fits."""
        if letter not in self._letters:
            if len(self._letters) >= _MAX_KNOWN:
                self._letters.clear()
            self._letters[letter] = sum(1 << at for at, test in enumerate(self._tests) if test(letter))
        return self._letters[letter]

    def _placed(self, part: _Part) -> _Shape:
        """Give each letter of a part its place, and note which places follow which."""
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise RegexInvalid("the expression repeats too much")
        match part:
            case _Letter(test):
                if len(self._tests) == MAX_PLACES:
                    raise RegexInvalid(f"with its repetitions written out it has more than {MAX_PLACES} letters")
                self._tests.append(test)
                self._follow.append(0)
                place = 1 << (len(self._tests) - 1)
                return _Shape(False, place, place)
            case _Row(parts):
                shape = _EMPTY
                for one in parts:
                    shape = self._joined(shape, self._placed(one))
                return shape
            case _Choice(parts):
                shapes = [self._placed(one) for one in parts]
                return _Shape(
                    any(one.empty for one in shapes),
                    _bits(one.first for one in shapes),
                    _bits(one.last for one in shapes),
                )
            case _Repeat(inner, low, high):
                return self._repeated(inner, low, high)

    def _repeated(self, part: _Part, low: int, high: int | None) -> _Shape:
        shape = _EMPTY
        for _ in range(low if high is not None else max(low - 1, 0)):
            shape = self._joined(shape, self._placed(part))
        if high is None:
            one = self._placed(part)
            self._link(one.last, one.first)
            return self._joined(shape, _Shape(one.empty or not low, one.first, one.last))
        for _ in range(high - low):
            one = self._placed(part)
            shape = self._joined(shape, _Shape(True, one.first, one.last))
        return shape

    def _joined(self, one: _Shape, other: _Shape) -> _Shape:
        self._link(one.last, other.first)
        return _Shape(
            one.empty and other.empty,
            one.first | (other.first if one.empty else 0),
            other.last | (one.last if other.empty else 0),
        )

    def _link(self, last: int, first: int) -> None:
        while last:
            low = last & -last
            self._follow[low.bit_length() - 1] |= first
            last ^= low


def _bits(places: Iterable[int]) -> int:
    found = 0
    for one in places:
        found |= one
    return found


def _prefix(part: _Part) -> str:
    """The letters with which every match begins."""
    found = ""
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Letter) and one.literal:
            found += one.literal
        elif isinstance(one, _Row):
            waiting += reversed(one.parts)
        else:
            break
    return found


@lru_cache(maxsize=256)
def automaton(expression: str) -> Automaton:
    """The automaton of an expression.

    Raises:
        RegexInvalid: see ``Automaton``.
    """
    return Automaton(expression)
