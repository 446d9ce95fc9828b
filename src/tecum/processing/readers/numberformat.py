"""Numbers as a spreadsheet shows them: format codes of ECMA-376 part 1, 18.8.30, as far as text needs them.

A number format can carry what a reader searches for: the dashes of a social security number, the leading
zeros of a post code, the currency. Dates come out as ISO 8601, which no region reads in two ways.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BUILT_IN: Final = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0", 42: "$#,##0", 43: "#,##0.00",
    44: "$#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
}  # fmt: skip

_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]'
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<other>.)",
    re.DOTALL,
)
_LITERAL: Final = re.compile(r'"[^"]*"?|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_CONDITION: Final = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
_COMPARE: Final = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_UNSHOWN: Final = frozenset("/eE@gG")  # fractions, exponents, text, General: the plain number serves better
_LAST_DAY: Final = 2_958_465  # 31 December 9999
_DECIMALS_AT_MOST: Final = 30
_EPOCH: Final = {False: dt.datetime(1899, 12, 30), True: dt.datetime(1904, 1, 1)}


@functools.lru_cache(1 << 14)  # columns repeat their dates and prices
def shown(number: float, code: str, *, since_1904: bool = False) -> str:
    """Return ``number`` as text under a format code; the plain number where the code says no more.

    ``since_1904`` is the workbook's date system. Serial numbers below 61 of the 1900 system are a day
    early in it, because it counts a 29 February 1900 that never was.
    """
    kind = _date_kind(code)
    if kind:
        text = _moment(number, kind, since_1904)
        if text:
            return text
    section, magnitude = _section(number, code)
    layout = _layout(section)
    if layout is None or not math.isfinite(magnitude * layout.scale):  # a percentage beyond what a number can be
        return plain(number)
    return layout.fill(magnitude)


def _section(number: float, code: str) -> tuple[str, float]:
    """Return the section that applies, and the number as it is shown there (a section can hold the sign)."""
    sections, conditions = _sections(code), _conditions(code)
    if conditions:
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or condition[0](number, condition[1]):
                return section, number
    elif number < 0 and len(sections) > 1:
        return sections[1], -number
    elif number == 0 and len(sections) > 2:
        return sections[2], number
    return sections[0], number


def plain(number: float) -> str:
    """Return the number with all its digits: 15 at most, as spreadsheets keep them."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"


@functools.cache
def _date_kind(code: str) -> str:
    """Return "date", "time", "date time", "elapsed" or "" for the first section of a format code."""
    bare = _LITERAL.sub("", _sections(code)[0]).lower()
    if "general" in bare:
        return ""
    if _ELAPSED.search(bare):
        return "elapsed"
    hours = bool(re.search(r"[hs]|am/pm|a/p", bare))
    days = bool(re.search(r"[yd]", bare)) or ("m" in bare and not hours)
    return " ".join(word for word, there in (("date", days), ("time", hours)) if there)


def _moment(serial: float, kind: str, since_1904: bool) -> str:
    if abs(serial) > _LAST_DAY:
        return ""
    seconds = round(serial * 86400)
    if kind == "elapsed" or (kind == "time" and 0 <= serial < 1):
        hours, rest = divmod(abs(seconds), 3600)
        return f"{'-' if seconds < 0 else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"
    try:
        moment = _EPOCH[since_1904] + dt.timedelta(seconds=seconds)
    except OverflowError:  # before the year 1
        return ""
    if not since_1904 and 0 <= serial < 60:
        moment += dt.timedelta(days=1)
    return moment.date().isoformat() if kind == "date" else moment.isoformat(sep=" ")


@functools.cache
def _sections(code: str) -> list[str]:
    """Split a code at the semicolons that stand outside quotes."""
    return re.findall(r'(?:"[^"]*"?|\\.|[^;"\\])+|(?<=;)(?=;|$)', code) or ["General"]


@functools.cache
def _conditions(code: str) -> list[tuple[Callable[[float, float], bool], float] | None]:
    """Return the condition of each section, an empty list when none has one."""
    found = [_CONDITION.search(section) for section in _sections(code)]
    return [(_COMPARE[one[1]], float(one[2])) if one else None for one in found] if any(found) else []


@dataclass(frozen=True)
class _Layout:
    """A section taken apart; ``whole`` holds digit places ("0", "#", "?") and literals in braces."""

    whole: tuple[str, ...]
    decimals: int
    suffix: str
    grouped: bool
    scale: float

    def fill(self, number: float) -> str:
        text = f"{abs(number) * self.scale:.{self.decimals}f}"
        digits, point, fraction = text.partition(".")
        if self.grouped or self.places <= 1:
            digits = f"{int(digits):,}" if self.grouped else digits
            body = self.before + digits + self.between
        else:
            body = self._masked(digits.lstrip("0"))
        sign = "-" if number < 0 and text.strip("0.") else ""
        return (sign + body + point + fraction + self.suffix).strip()

    @functools.cached_property
    def places(self) -> int:
        """How many digit places there are before the point."""
        return sum(len(token) == 1 for token in self.whole)

    @functools.cached_property
    def before(self) -> str:
        """The literals before the first digit place."""
        return "".join(token[1:-1] for token in itertools.takewhile(lambda token: len(token) > 1, self.whole))

    @functools.cached_property
    def between(self) -> str:
        """The literals from the first digit place on."""
        return "".join(token[1:-1] for token in self.whole if len(token) > 1)[len(self.before) :]

    def _masked(self, digits: str) -> str:
        """Fill digit places from the right, as in 000-00-0000; what is left goes to the first place."""
        left = list(digits)
        places = self.places
        out: list[str] = []
        for token in reversed(self.whole):
            if len(token) > 1:
                out.append(token[1:-1])
                continue
            places -= 1
            out.append(left.pop() if left else "0" if token == "0" else "")
            if places == 0:
                out += reversed(left)
        return "".join(reversed(out))


@functools.cache
def _layout(section: str) -> _Layout | None:
    """Take a section apart; None when its plain number serves better (General, fractions, exponents)."""
    whole: list[str] = []
    suffix, decimals, grouped, scale, after_point = "", 0, False, 1.0, False
    for match in _TOKEN.finditer(section):
        kind, text = match.lastgroup, match[match.lastgroup] if match.lastgroup else ""
        if kind == "other" and text in _UNSHOWN:
            return None
        if kind == "digit" and after_point:
            decimals = min(decimals + 1, _DECIMALS_AT_MOST)
        elif kind == "digit":
            whole.append(text)
        elif kind == "point":
            after_point = True
        elif kind == "comma":
            grouped = True
        elif kind is not None:
            scale *= 100.0 if kind == "other" and text == "%" else 1.0
            if after_point:
                suffix += text
            else:
                whole.append("{" + text + "}")
    if not any(len(token) == 1 for token in whole) and not decimals:
        return None
    # A comma behind the last digit divides by a thousand; the full number is what a search looks for.
    return _Layout(tuple(whole), decimals, suffix, grouped, scale)
