"""Numbers whose escape harms a person at once: Social Security, taxpayer, payment card and A-numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tecum.redaction.nearby import Found, continued, glued, in_address, label

_WRAP = r"\r?\n[ >\t]{0,4}"  # a line broken inside a value, with the marks of a quoted mail

# -- Social Security and taxpayer numbers ------------------------------------------------------------------

_GAP = rf"(?:[ ]?[-.][ ]?(?:{_WRAP})?|[ ]|{_WRAP}|)"
_SSN = re.compile(rf"(?<![0-9])([0-9]{{3}})({_GAP})([0-9]{{2}})({_GAP})([0-9]{{4}})(?![0-9])")
_ADVERTISED = re.compile("078051120|219099999|98765432[0-9]")  # printed in wallets and advertisements
_ITIN_GROUPS: Final = frozenset({*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)})


def social_security(text: str, pos: int, stop: int, bare: list[Found]) -> Iterator[Found]:
    """Yield numbers of the form 3-2-4; unnamed bare ones are put into ``bare`` for :func:`in_tables`."""
    for match in _SSN.finditer(text, pos, stop):
        area, one, group, two, serial = match.groups()
        start, end = match.span()
        one, two = one.strip(" \r\n\t>") or one[:1], two.strip(" \r\n\t>") or two[:1]
        named = label(text, start, end, 48 if one == two else 16) == "SSN"
        if named or one == two == "-":
            kind, certain, why = _taxpayer(area, group, serial)
            if not named and (continued(text, start, end) or in_address(text, start, end)):
                certain, why = False, "part of a longer number or an address"
            yield Found(kind, start, end, certain, why)
        elif one != two or _impossible(area, group, serial):
            continue
        elif one:  # blanks and points stand between all sorts of figures
            yield Found("SSN", start, end, False, "grouped like a Social Security number, no word beside it")
        else:
            bare.append(Found("SSN", start, end, True, "nine digits in a table under a heading that says so"))


def _taxpayer(area: str, group: str, serial: str) -> tuple[str, bool, str]:
    if _ADVERTISED.fullmatch(area + group + serial):
        return "SSN", False, "a number printed in advertisements; may be ignored"
    if area >= "900" and int(group) in _ITIN_GROUPS:
        return "ITIN", True, "area 9xx and a group assigned to taxpayer numbers"
    why = _impossible(area, group, serial)
    return "SSN", not why, why or "area, group and serial are valid"


def _impossible(area: str, group: str, serial: str) -> str:
    """Why no such number was ever issued, "" when it may have been (SSA, before and since June 2011)."""
    if area in ("000", "666") or area >= "900":
        return f"area {area} is never issued"
    if group == "00":
        return "group 00 is never issued"
    return "serial 0000 is never issued" if serial == "0000" else ""


_HEADING = re.compile(r"\bssns?\b|social[ ]*security|soc\.?[ ]sec", re.IGNORECASE)
_TABLE_REACH = 2000  # characters from the heading, or from the last such cell, to the next
_CELL_EDGE: Final = ("", "\t", ",", ";", "|", "\n", "\r")


def in_tables(text: str, bare: list[Found]) -> Iterator[Found]:
    """Yield those nine bare digits that fill a cell below a heading that names Social Security numbers."""
    headings = [match.end() for match in _HEADING.finditer(text)] if bare else []
    at, last = 0, -_TABLE_REACH - 1
    for one in bare:
        while at < len(headings) and headings[at] <= one.start:
            last = max(last, headings[at])
            at += 1
        before, behind = text[max(0, one.start - 3) : one.start], text[one.end : one.end + 3]
        left = before.endswith("  ") or before.strip(' "')[-1:] in _CELL_EDGE
        right = behind.startswith("  ") or behind.strip(' "')[:1] in _CELL_EDGE
        if left and right and one.start - last <= _TABLE_REACH:
            last = one.end
            yield one


_MISREAD = re.compile(r"[0-9OolISB]{3}-[0-9OolISB]{2}-[0-9OolISB]{4}")
_SHAPES = str.maketrans("OolISB", "001158")


def misread(text: str) -> Iterator[Found]:
    """Yield dashed numbers in which OCR took one digit for a letter (0/O, 1/l/I, 5/S, 8/B)."""
    for match in _MISREAD.finditer(text):
        value, (start, end) = match[0], match.span()
        kind, possible, _ = _taxpayer(*value.translate(_SHAPES).split("-"))
        alone = not glued(text, start, end) and not continued(text, start, end)
        if possible and alone and sum(char.isalpha() for char in value) == 1:
            named = label(text, start, end) == "SSN"
            yield Found(kind, start, end, named, "valid if its one letter is a misread digit")


# -- payment cards ---------------------------------------------------------------------------------------

_STEP = rf"(?:(?P=s)(?:[ ]|{_WRAP})?|{_WRAP})"
_BARE_CARD = re.compile(r"(?<![0-9])[0-9]{12,19}(?![0-9])")
_GROUPED_CARD = re.compile(
    rf"(?<![0-9])(?=([0-9]{{4}}(?P<s>[-. ])(?:[ ]|{_WRAP})?"
    rf"(?:[0-9]{{4}}{_STEP}[0-9]{{4}}{_STEP}[0-9]{{4}}(?:{_STEP}[0-9]{{3}})?|[0-9]{{6}}{_STEP}[0-9]{{4,5}}))(?![0-9]))"
)
_LOOSE_CARD = re.compile(r"(?<![0-9])[0-9](?:[-. ]{0,3}[0-9]){12,18}(?![0-9])")
_FIGURES_BEFORE = re.compile(r"(?:[0-9]{4}[-. ]{1,2}){1,2}$")
_FIGURES_BEHIND = re.compile(r"(?:[-. ]{1,2}[0-9]{4}){1,2}(?![0-9])")
_ISSUERS: Final = (  # first digits (ISO/IEC 7812), lengths, whether certain without a naming word
    ("Visa", re.compile("4"), (16,), True),
    ("Mastercard", re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,), True),
    ("American Express", re.compile("3[47]"), (15,), True),
    ("Discover", re.compile("6011|64[4-9]|65"), (16,), True),
    ("JCB", re.compile("35(?:2[89]|[3-8])"), (16,), True),
    ("Diners Club", re.compile("30[0-5]|3095|3[689]"), (14,), True),
    ("UnionPay", re.compile("62"), (16, 17, 18, 19), True),
    ("Mir", re.compile("220[0-4]"), (16,), True),
    ("Visa", re.compile("4"), (13, 19), False),
    ("JCB", re.compile("2131|1800"), (15,), False),
    ("Discover", re.compile("6011|64[4-9]|65"), (19,), False),
    ("Maestro", re.compile("50|5[6-8]|6"), tuple(range(12, 20)), False),
)
_UNKNOWN_ISSUER: Final = range(13, 20)  # lengths proposed, never certain, when a word names a card


def cards(text: str, pos: int, stop: int) -> Iterator[Found]:
    """Yield payment card numbers: plain, in the printed groups, or in any groups after a naming word."""
    for match in _BARE_CARD.finditer(text, pos, stop):
        yield from _card(text, match.start(), match.end())
    for match in _GROUPED_CARD.finditer(text, pos, stop):
        yield from _card(text, match.start(1), match.end(1))
    for match in _LOOSE_CARD.finditer(text, pos, stop):
        if not match[0].isdigit() and label(text, match.start(), match.end()) == "CARD":
            yield from _card(text, match.start(), match.end())


def _card(text: str, start: int, end: int) -> Iterator[Found]:
    digits = "".join(char for char in text[start:end] if char.isdigit())
    issuer, sure = _issuer(digits)
    if len(set(digits)) == 1 or not _luhn(digits):
        return
    named = label(text, start, end)
    why = f"{issuer} prefix and length, check digit right"
    if not issuer:
        if named != "CARD" or len(digits) not in _UNKNOWN_ISSUER:
            return
        why = "called a card, check digit right, issuer unknown"
    elif named == "CARD":
        sure = True
    elif named == "SERIAL" or _part(text, start, end):
        sure, why = False, "check digit right, but in a longer number, an address or a row of figures"
    yield Found("CARD", start, end, sure, why)


def _part(text: str, start: int, end: int) -> bool:
    """Whether the digits belong to a decimal, a token, or a row of more than five groups of four."""
    before = text[max(0, start - 12) : start]
    decimal = before[-1:] == "." and before[-2:-1].isdigit()  # a comma parts the cells of a table
    left, right = _FIGURES_BEFORE.search(before), _FIGURES_BEHIND.match(text, end)
    groups = sum(char.isdigit() for match in (left, right) if match for char in match[0]) // 4
    return decimal or groups > 1 or glued(text, start, end) or in_address(text, start, end)


def _issuer(digits: str) -> tuple[str, bool]:
    for name, prefix, lengths, sure in _ISSUERS:
        if len(digits) in lengths and prefix.match(digits):
            return name, sure
    return "", False


def _luhn(digits: str) -> bool:
    """Whether the check digit of ISO/IEC 7812 is right."""
    total = 0
    for n, char in enumerate(reversed(digits)):
        value = int(char) * (1 + n % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


# -- A-numbers -------------------------------------------------------------------------------------------

_ALIEN = re.compile(
    r"(?:A(?<![0-9A-Za-z_]A)(?:[ ]?(?:\#|No\.?|Number|Num\.?)[ :]{0,2}|[-: ]{1,2}|)|a(?<![0-9A-Za-z_]a)-?)"
    r"([0-9]{2,3}[-. ]?[0-9]{3}[-. ]?[0-9]{3}|[0-9]{7})(?![0-9A-Za-z]|[-.,/][0-9])"
)
_ALIEN_NAMED = re.compile(
    r"\b(?:alien\s{1,3}(?:registration\s{1,3})?|a[- ]?file\s{1,3}|uscis\s{0,2}|a-)"
    r"(?:(?:number|num|no|nbr|card|file|receipt)\b\.?|\#)(?:\s{0,2}\(a-?number\))?\s{0,2}[:\#]?\s{0,3}"
    r"(a?[- ]?(?:[0-9]{2,3}[- ]?[0-9]{3}[- ]?[0-9]{3}|[0-9]{7}))(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_NAME_REACH = 48
_LETTERED = re.compile(
    r"\b(?:exhibit|appendix|schedule|section|table|part|group|class|type|plan|option|suite|unit|series|figure)\s?$",
    re.IGNORECASE,
)


def alien(text: str, pos: int, stop: int) -> Iterator[Found]:
    """Yield alien registration numbers: A with 8 or 9 digits (7 in old files), or named in words."""
    for match in _ALIEN.finditer(text, pos, stop):
        start, end = match.span()
        digits = sum(char.isdigit() for char in match[1])
        certain, why = True, f"A and {digits} digits"
        if "#" not in match[0] and "N" not in match[0] and label(text, start, end) != "ANUMBER":
            if digits == 7 or (match[0][0] == "a" and match[1].isdigit()):
                certain, why = False, f"{match[0][0]} and {digits} digits, no word beside it"
            elif in_address(text, start, end) or _LETTERED.search(text[max(0, start - 12) : start]):
                certain, why = False, "part of an address, or a lettered part"
        yield Found("ANUMBER", start, end, certain, why)
    for match in _ALIEN_NAMED.finditer(text, max(0, pos - _NAME_REACH), stop):
        yield Found("ANUMBER", match.start(1), match.end(1), True, "named as an alien registration number")
