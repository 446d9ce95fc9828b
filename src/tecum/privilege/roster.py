"""Who is counsel: names in all their written forms, mail addresses and domains of the matter's roster."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tecum.model import Counsel

_TITLES: Final = re.compile(r"(?:mr|mrs|ms|miss|mx|dr|hon|esq|esquire|jd|phd|llm|jr|sr|i{2,3}|iv|atty|attorney)")
_PARTICLE: Final = re.compile(r"(?:de|della?|der|den|d[aiou]|dos|el|l[ae]|mac|mc|o|san|santa|st|van|von|y)")
_HONORIFIC = r"(?:mr|mrs|ms|miss|mx|dr|atty|attorney|counsel|counsel?lor)\.?\s{1,3}"
_ADDRESS = re.compile(r"([\w.!#$%&*+/=?^{}~'-]{1,64})(?:@|\s{1,2}at\s{1,2})((?:[\w-]{1,63}\.){1,8}[\w-]{1,63})")
_WORDS = re.compile(r"[^\W_]+")  # of any script, already folded
_LIKE = {"’": "'", "‘": "'", "“": '"', "”": '"', "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}


def clean(text: str) -> str:
    """Compose letters with their accents, so that :func:`fold` goes character by character."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    for char in {char for char in set(text) if unicodedata.combining(char)}:
        text = text.replace(char, "")
    return text


def fold(cleaned: str) -> str:
    """Lower case without accents, with plain quotes, dashes and blanks; as long as ``cleaned``."""
    if not cleaned.isascii():
        for char in {char for char in set(cleaned) if char > "\x7f"}:
            category = unicodedata.category(char)
            base = _LIKE.get(char) or unicodedata.normalize("NFKD", char)[0]
            base = "-" if category == "Pd" else " " if category == "Zs" else base
            cleaned = cleaned.replace(char, base)
    return cleaned.lower()


@dataclass(frozen=True)
class _Person:
    name: str
    keys: frozenset[str]  # one of these words stands in every text that names the person
    written: re.Pattern[str]  # in running text
    address: re.Pattern[str]  # in a party: also "jdoe", "doe.jane"


class Roster:
    """Recognises counsel among parties and in texts. Time grows with the text, not with text times roster:
    names are first looked up as words, and only the patterns of persons whose word occurs are run.
    """

    def __init__(self, counsel: Counsel) -> None:
        self._addresses = {_plain_address(*pair) for each in counsel.addresses for pair in _addresses(each)}
        self._domains = tuple(domain.lower().lstrip("@.") for domain in counsel.domains)
        self._people = [person for name in counsel.names if (person := _person(name))]
        self._by_key: dict[str, list[_Person]] = {}
        for person in self._people:
            for key in person.keys:
                self._by_key.setdefault(key, []).append(person)

    def party(self, text: str) -> str:
        """How counsel is recognised in a party, an author or a header line; "" when it is nobody of counsel."""
        text = clean(text)
        for local, domain in _addresses(text):
            if _plain_address(local, domain) in self._addresses:
                return f"counsel's address {local}@{domain}"
            if self.has_domain(domain):
                return f"counsel's domain {domain}"
        folded = fold(text)
        for person in self._people:
            if not any(key in folded for key in person.keys):
                continue
            if person.written.search(folded) or person.address.search(folded):
                return f"counsel's name {person.name}"
        return ""

    def has_domain(self, domain: str) -> bool:
        """Whether ``domain`` is one of counsel's or below one."""
        domain = domain.lower()
        return any(domain == own or domain.endswith("." + own) for own in self._domains)

    def mentions(self, folded: str) -> Iterator[tuple[str, int, int]]:
        """Yield (name on the roster, start, end) for every mention in a folded text."""
        if not self._by_key:
            return
        present = {
            person.name: person
            for word in set(_WORDS.findall(folded)) & self._by_key.keys()
            for person in self._by_key[word]
        }
        for name in sorted(present):
            for match in present[name].written.finditer(folded):
                yield name, match.start(), match.end()


def domains(party: str) -> list[str]:
    """Return the mail domains in a party, lower case."""
    return [domain for _, domain in _addresses(party)]


def _addresses(text: str) -> list[tuple[str, str]]:
    if "@" not in text and " at " not in text:
        return []
    return [(match[1].lower(), match[2].lower()) for match in _ADDRESS.finditer(text)]


def _plain_address(local: str, domain: str) -> str:
    return f"{local.lower().partition('+')[0]}@{domain.lower()}"


def _person(name: str) -> _Person | None:
    """The patterns for a name given as "First Middle Last" or "Last, First"; titles and suffixes do not count."""
    parts = [words for part in fold(clean(name)).split(",") if (words := _name_words(part))]
    if not parts:
        return None
    if len(parts) > 1:
        given, family = parts[1], parts[0]
    else:
        cut = len(parts[0]) - 1
        while cut > 1 and _PARTICLE.fullmatch(parts[0][cut - 1]):
            cut -= 1
        given, family = parts[0][:cut], parts[0][cut:]
    family = _WORDS.findall(" ".join(family))
    last = r"[\s'-]{0,3}".join(family)
    keys = frozenset({family[-1], "".join(family)})
    return _Person(name, keys, _compiled(_written(given, last)), _compiled(_in_address(given, last, len(family[-1]))))


def _name_words(part: str) -> list[str]:
    words = [word.strip(".") for word in part.split()]
    return [word for word in words if _WORDS.search(word) and not _TITLES.fullmatch(word)]


def _compiled(forms: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(forms) or '(?!)'})(?![^\W_])")


def _written(given: list[str], last: str) -> list[str]:
    """First last; last, first; initials and last; title and last; a lone name as it is."""
    titled = [rf"{_HONORIFIC}{last}", rf"{last},?\s{{1,3}}esq"]
    if not given:
        return [last]
    first, initial = re.escape(given[0]), re.escape(given[0][0])
    initials = r"[\s.]{0,2}".join(re.escape(word[0]) for word in given)
    return [
        rf"{first}[\s.]{{1,3}}(?:[^\W\d_][\w'-]{{0,15}}\.?\s{{1,3}}){{0,2}}{last}",
        rf"{last}\s{{0,2}},?\s{{1,3}}{first}",
        rf"{initial}\.\s{{0,3}}(?:[a-z]\.?\s{{0,3}})?{last}",
        rf"{initials}[\s.]{{1,3}}{last}",
        *titled,
    ]


def _in_address(given: list[str], last: str, length: int) -> list[str]:
    """Forms of local parts and directory names; an initial glued to a short name would fit too many."""
    if not given:
        return []
    first, initial = re.escape(given[0]), re.escape(given[0][0])
    forms = [rf"{first}[._-]{{0,2}}(?:[a-z][._-]{{1,2}})?{last}", rf"{last}[._,-]{{0,2}}{first}"]
    if length >= 4:
        forms += [rf"{initial}[._-]?(?:[a-z][._-]?)?{last}", rf"{last}[._-]?{initial}"]
    return forms
