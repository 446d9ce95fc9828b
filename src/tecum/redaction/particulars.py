"""Other personal data: birth dates, licences, passports, accounts, mail and network addresses, phones."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from tecum.redaction.nearby import Found, glued, in_address, label

# -- birth dates, licences, passports: values after a word ---------------------------------------------------

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_NAMED = re.compile(
    rf"""\b(?:
      (?:date\s{{1,2}}of\s{{1,2}}birth|birth\s?date|birthday|d\.?o\.?b\b\.?|born|fecha\s{{1,2}}de\s{{1,2}}nacimiento)
        [^0-9a-z(]{{0,4}}(?:\([^)\n]{{0,20}}\))?[^0-9a-z]{{0,6}}(?:(?:is|was|on)\s{{1,2}})?
        (?P<BIRTHDATE>[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,4}}
            |{_MONTH}\s{{1,2}}[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s{{1,2}}[0-9]{{4}}
            |[0-9]{{1,2}}(?:st|nd|rd|th)?[-\s](?:of\s)?{_MONTH},?[-\s][0-9]{{2,4}})(?![0-9])
      |(?:driver['’]?s?['’]?\s{{1,2}}licen[sc]es?|driving\s{{1,2}}licen[sc]e|operator['’]?s?\s{{1,2}}licen[sc]e
            |d\.?l\.?(?=\s?(?:\#|no|num)))
        (?:[\s:\#.-]{{1,3}}(?:number|num|no|id|is|was)\b){{0,2}}[\s:\#.-]{{0,4}}
        (?P<DRIVER>[a-z0-9][a-z0-9-]{{4,18}})(?![a-z0-9])
      |passports?(?:[\s:\#.-]{{1,3}}(?:number|num|no|id|card|is|was)\b){{0,2}}[\s:\#.-]{{0,4}}
        (?P<PASSPORT>[a-z]{{0,2}}[0-9]{{6,9}})(?![a-z0-9]))""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMING: Final = ("birth", "dob", "d.o.b", "born", "nacimiento", "licen", "passport", "dl", "d.l")


def after_words(text: str) -> Iterator[Found]:
    """Yield values that a word before them names: their own form proves little."""
    for start, end in _beside_words(text.lower()):
        for match in _NAMED.finditer(text, start, end):
            yield from _named(match)


def _beside_words(lowered: str) -> list[tuple[int, int]]:
    """Stretches around the naming words; plain search is much faster than the pattern, and they are rare."""
    places = []
    for word in _NAMING:
        at = lowered.find(word)
        while at >= 0:
            places.append(at)
            at = lowered.find(word, at + len(word))
    merged: list[tuple[int, int]] = []
    for at in sorted(places):
        start, end = max(0, at - 20), min(len(lowered), at + 100)
        if merged and start <= merged[-1][1]:
            start = merged.pop()[0]
        merged.append((start, end))
    return merged


def _named(match: re.Match[str]) -> Iterator[Found]:
    kind = match.lastgroup or ""
    value = match[kind]
    if kind == "BIRTHDATE" and not _possible_date(value):
        return
    if kind == "DRIVER" and sum(char.isdigit() for char in value) < 4:
        return
    yield Found(kind, match.start(kind), match.end(kind), True, "named by the words before it")


def _possible_date(value: str) -> bool:
    """Whether three figures make a day in one of the usual orders; month names are not judged."""
    parts = re.split(r"[-/.]", value)
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return True
    one, two, three = (int(part) for part in parts)
    orders = [(one, two, three)] if len(parts[0]) == 4 else [(three, one, two), (three, two, one)]
    return any(_is_day(*order) for order in orders)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return False
    return True


# -- money -----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![0-9.,$])[0-9](?:[- ]?[0-9]){5,16}(?![0-9])")
_ROUTING = re.compile("(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?=[ -]?[A-Z0-9]{4})")
_IBAN_LENGTH: Final = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FO GL NL FI FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC",
        32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def accounts(text: str, pos: int, stop: int) -> Iterator[Found]:
    """Yield bank accounts and routing numbers, always by a word beside them."""
    for match in _NUMBER.finditer(text, pos, stop):
        start, end = match.span()
        named = label(text, start, end)
        digits = match[0].replace("-", "").replace(" ", "")
        if named == "ROUTING" and _ROUTING.fullmatch(digits) and _aba(digits):
            yield Found("ROUTING", start, end, True, "named, and its check digit is right")
        elif named in ("ACCOUNT", "ROUTING"):
            yield Found("ACCOUNT", start, end, named == "ACCOUNT", "named by a word beside it")


def _aba(digits: str) -> bool:
    """Whether the check digit of the American Bankers Association is right (weights 3, 7, 1)."""
    return sum(int(char) * weight for char, weight in zip(digits, (3, 7, 1) * 3, strict=True)) % 10 == 0


def iban(text: str) -> Iterator[Found]:
    """Yield international account numbers (ISO 13616) whose length and check digits are right."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTH.get(match[0][:2], 0)
        value, end = "", match.start()
        while len(value) < length and end < len(text):
            char = text[end]
            if char.isascii() and (char.isdigit() or char.isupper()):
                value += char
            elif char not in " -" or not text[end - 1].isalnum():
                break
            end += 1
        if not length or len(value) < length or glued(text, match.start(), end):
            continue
        figures = "".join(str(int(char, 36)) for char in value[4:] + value[:4])
        if int(figures) % 97 == 1:  # ISO 7064
            yield Found("IBAN", match.start(), end, True, "country, length and check digits are right")


# -- mail and network addresses ----------------------------------------------------------------------------

_DOMAIN = re.compile(r"@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_LOCAL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&*+/=?^_{}~-"
_ID_BEFORE = re.compile(r"(?:message-id|in-reply-to|references|content-id|cid)\s{0,3}:?\s{0,3}<?$", re.IGNORECASE)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IP4 = re.compile(rf"(?<![0-9])(?<![0-9]\.){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?[0-9])")
_IP6 = re.compile(":[0-9A-Fa-f]{0,4}:")
_HEX = "0123456789abcdefABCDEF:"


def email(text: str) -> Iterator[Found]:
    """Yield mail addresses; one that follows the name of an id header is not certain."""
    for match in _DOMAIN.finditer(text):
        before = text[max(0, match.start() - 64) : match.start()]
        local = before[len(before.rstrip(_LOCAL)) :].lstrip(".")
        if not local or local.endswith("."):
            continue
        start = match.start() - len(local)
        header = bool(_ID_BEFORE.search(text[max(0, start - 30) : start]))
        why = "a message's id, it seems, not a person's address" if header else "well-formed address"
        yield Found("EMAIL", start, match.end(), not header, why)


def ip4(text: str, pos: int, stop: int) -> Iterator[Found]:
    """Yield IPv4 addresses; one that follows a word such as "version" is not certain."""
    for match in _IP4.finditer(text, pos, stop):
        serial = label(text, match.start(), match.end()) == "SERIAL"
        yield Found("IP", *match.span(), not serial, "may be a version" if serial else "IPv4 address")


def ip6(text: str) -> Iterator[Found]:
    """Yield IPv6 addresses, found from two colons with little between them."""
    done = 0
    for match in _IP6.finditer(text):
        if match.start() < done:
            continue
        at = match.start()
        before, behind = text[max(0, at - 40) : at], text[at : at + 40]
        start = at - (len(before) - len(before.rstrip(_HEX)))
        done = at + len(behind) - len(behind.lstrip(_HEX))
        if glued(text, start, done) or sum(char.isdigit() for char in text[start:done]) < 2:
            continue
        try:
            ipaddress.IPv6Address(text[start:done])
        except ValueError:
            continue
        yield Found("IP", start, done, True, "IPv6 address")


# -- phones ------------------------------------------------------------------------------------------------

_NANP = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?1[-. ]{1,2}|\+1)?(?:\([2-9][0-9]{2}\)[-. ]{0,2}|[2-9][0-9]{2}[-. /])"
    r"[2-9][0-9]{2}[-. ]?[0-9]{4}(?:[ ]?(?:x|ext)\.?[ ]?[0-9]{1,6})?(?![0-9]|-[0-9])"
)
_ABROAD = re.compile(r"\+[1-9](?:[-. ()/]{0,3}[0-9]){7,14}(?![0-9])")
_LOCAL_PHONE = re.compile(r"(?<![0-9])\(?[0-9](?:[-. ()/]{0,2}[0-9]){6,12}(?![0-9])")
_DATE_LIKE = re.compile(
    r"(?:19|20)[0-9]{2}[-./ ]|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)?[0-9]{2}\b|(?:19|20)[0-9]{6}(?![0-9])"
)


def phones(text: str, pos: int, stop: int) -> Iterator[Found]:
    """Yield phones: North American by their plan's rules, others by ``+`` or a word beside them."""
    for match in _NANP.finditer(text, pos, stop):
        if not glued(text, *match.span()) and not in_address(text, *match.span()):
            yield Found("PHONE", *match.span(), True, "area and exchange are valid (NANP)")
    for match in _ABROAD.finditer(text, pos, stop):
        yield Found("PHONE", *match.span(), True, "international form")
    for match in _LOCAL_PHONE.finditer(text, pos, stop):
        if not _DATE_LIKE.match(match[0]) and label(text, *match.span()) == "PHONE":
            yield Found("PHONE", *match.span(), True, "named by a word beside it")
