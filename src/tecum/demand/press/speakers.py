"""Names in a text: who is mentioned, in which form most fully, and which names are those of news outlets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tecum.demand.press.quotation import ENDED, FILL, QUOTE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OUTLET_ENDS: Final = _words(
    "times post tribune journal news herald gazette today press chronicle globe sun-times sun star courier "
    "dispatch examiner observer bulletin monitor inquirer ledger sentinel telegraph guardian register weekly "
    "magazine newspaper radio broadcasting reuters bloomberg politico axios vox propublica cnn nbc abc cbs npr "
    "bbc msnbc afp upi wire network television"
)
_OUTLETS: Final = frozenset(
    {"ap", "a.p", "associated press", "the hill", "the atlantic", "the nation", "wall street journal"}
)
_DOMAIN: Final = re.compile(r"\.(?:com|org|net|co\.uk|news)$", re.IGNORECASE)
# Words that begin a sentence with a capital and are no part of a name.
_PLAIN: Final = _words(
    "a about according additionally after again all also although an and another any as asked at back because "
    "before besides both but by considering despite during earlier even every few finally for former four from "
    "further he her here his how however i if in indeed instead it its last later like many meanwhile more most "
    "my neither never next no nobody none nor not nothing now of on once one only or other our over people "
    "perhaps recently several she should since so some still such than that the their then there these they this "
    "those three through thus to today tomorrow two under until we what when where whether which while who why "
    "will with without would yesterday yet you your monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december"
)
_ROLES: Final = _words(
    "mayor governor senator representative congressman congresswoman councilman councilwoman councilmember "
    "alderman alderwoman commissioner supervisor sheriff chief director secretary attorney prosecutor judge "
    "justice spokesman spokeswoman spokesperson president chairman chairwoman chair clerk superintendent manager "
    "administrator officer captain lieutenant sergeant professor lawyer counsel treasurer auditor controller "
    "comptroller executive"
)
_MODIFIERS: Final = _words(
    "city county state town village police fire deputy assistant acting interim district school press "
    "communications federal general vice board council u.s. us solicitor public records"
)
_TITLES: Final = (
    _words("mr mrs ms miss dr prof sen rep gov lt gen col capt sgt maj hon rev atty sec pres ag da judge justice")
    | _ROLES
)
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "esq"})
_ABBREVIATED: Final = re.compile(
    r"^(?:(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Lt|Gen|Col|Capt|Sgt|Maj|Hon|Rev|St|Jr|Sr|Atty|Asst|Supt)\.)$"
)
_OF: Final = _words(
    "chief secretary department board bureau office city county town village state university conference chamber "
    "house director commissioner court district union league council superintendent"
)
_JOINERS: Final = frozenset({"de", "la", "del", "van", "von", "der", "den", "di", "da", "al", "bin", "y"})
_NOT_PERSONS: Final = _words(
    "department house county city court council office act states state union committee senate congress board "
    "university party justice mayors association police bureau agency commission conference district town village "
    "authority services enforcement security administration college school league center foundation institute "
    "company inc corp group street avenue avenues"
)
_PLACED: Final = re.compile(r"\b(?:in|at|on|near|outside|across|throughout)\s+(?:the\s+)?$", re.IGNORECASE)
_TOKEN: Final = re.compile(r"\S+")
_HEAD, _TAIL = "([{‘'\"“—–-", ")]}’'\"”,;:.!?…—–"


@dataclass(frozen=True)
class Mention:
    """A name at ``text[start:end]`` of paragraph ``paragraph``, with the titles before it.

    ``placed``: a preposition of place stands before it ("in New Haven"), as before a name that is no person.
    """

    paragraph: int
    start: int
    end: int
    text: str
    placed: bool = False

    @property
    def words(self) -> list[str]:
        """Its words in small letters, without stops."""
        return [one.rstrip(".").casefold() for one in self.text.split()]

    @property
    def surname(self) -> str:
        """Its last word, suffixes such as Jr. aside."""
        words = self.words
        while len(words) > 1 and words[-1] in _SUFFIXES:
            words.pop()
        return words[-1]

    @property
    def titled(self) -> bool:
        """Whether a title or an office stands before the name."""
        words = self.words
        return len(words) > 1 and any(one in _TITLES for one in words[:-1]) and words[-1] not in _TITLES

    @property
    def personal(self) -> bool:
        """Whether it has the form of a person's name: titled, or two words and more that name no body or place."""
        bodies = set(self.words) & _NOT_PERSONS - _TITLES
        return (
            self.surname not in _NOT_PERSONS
            and not is_outlet(self.text)
            and (self.titled or (len(self.words) > 1 and not bodies and not self.placed))
        )


def is_outlet(name: str, own: str = "") -> bool:
    """Whether a name is that of a news outlet: ``own`` (the clipping's), a known one, or one that ends as they do."""
    plain = name.strip().removeprefix("The ").removeprefix("the ").rstrip(".").casefold()
    if not plain:
        return False
    if plain in _OUTLETS or f"the {plain}" in _OUTLETS or _DOMAIN.search(plain):
        return True
    return plain == own.removeprefix("The ").casefold() or plain.split()[-1] in _OUTLET_ENDS


def mentions(masked: str, paragraph: int) -> list[Mention]:
    """Return the names in a blanked paragraph: runs of capitalised words, with offices in small letters before them."""
    found: list[Mention] = []
    run: list[tuple[int, int]] = []
    before: list[tuple[int, int, str]] = []  # words in small letters directly before the run

    def close() -> None:
        while run and _word(masked, run[-1]) in _JOINERS | {"of"}:
            run.pop()
        if run and not (len(run) == 1 and _word(masked, run[0]) in _PLAIN):
            start = _office(before, run[0][0])
            placed = bool(_PLACED.search(masked[max(0, start - 12) : start]))
            found.append(Mention(paragraph, start, run[-1][1], masked[start : run[-1][1]], placed))
        run.clear()
        before.clear()

    for start, end, ends, possessive in _tokens(masked):
        word = masked[start:end]
        if word[:1].isupper() and not (not run and word.casefold() in _PLAIN):
            run.append((start, end))
            if ends or possessive:
                close()
        elif run and not ends and _joins(masked, run, word):
            run.append((start, end))
        else:
            close()
            if not ends and word.casefold() in _ROLES | _MODIFIERS:
                before.append((start, end, word.casefold()))
    close()
    return found


def _tokens(masked: str) -> Iterator[tuple[int, int, bool, bool]]:
    """Yield start, end, whether punctuation ends it, and whether it is a possessive, for each bare word."""
    for token in _TOKEN.finditer(masked):
        start, end = token.span()
        if masked[start] in (QUOTE, ENDED, FILL):
            yield end, end, True, False  # a quotation ends every run of words
            continue
        while start < end and masked[start] in _HEAD:
            start += 1
        if _ABBREVIATED.match(masked[start:end]):
            yield start, end, False, False
            continue
        bare = end
        while bare > start and (masked[bare - 1] in _TAIL or masked[bare - 1] in (QUOTE, ENDED, FILL)):
            bare -= 1
        ends = bare < end
        possessive = masked[start:bare].endswith(("’s", "'s"))
        yield start, bare - 2 if possessive else bare, ends, possessive


def _joins(masked: str, run: Sequence[tuple[int, int]], word: str) -> bool:
    return word in _JOINERS or (word == "of" and _word(masked, run[-1]) in _OF)


def _word(masked: str, place: tuple[int, int]) -> str:
    return masked[place[0] : place[1]].rstrip(".").casefold()


def _office(before: Sequence[tuple[int, int, str]], start: int) -> int:
    """Where the name begins when an office in small letters stands directly before it ("city attorney Lee Park")."""
    if not before or before[-1][2] not in _ROLES or start - before[-1][1] != 1:
        return start
    at = len(before) - 1
    while at and before[at][0] - before[at - 1][1] == 1:
        at -= 1
    return before[at][0]


class People:
    """The names of a whole text, so that a surname can be given in its fullest form and a pronoun its person."""

    def __init__(self, found: Iterable[Mention]) -> None:
        self._found = list(found)
        self._forms: dict[str, Mention] = {}
        for one in self._found:
            known = self._forms.get(one.surname)
            if known is None or _fullness(one) > _fullness(known):
                self._forms[one.surname] = one
        known_persons = {one.surname for one in self._found if one.personal}
        self._persons = [one for one in self._found if one.surname in known_persons]

    def fullest(self, name: Mention) -> str:
        """The fullest form in which the text gives that name; other people of the same surname are not mixed up."""
        known = self._forms[name.surname]
        given = set(name.words[:-1]) - _TITLES - _MODIFIERS
        return known.text if given <= set(known.words) else name.text

    def last_person(self, paragraph: int, before: int) -> Mention | None:
        """The person named last before a place, outside of quotations."""
        at = bisect_left(self._persons, (paragraph, before), key=lambda one: (one.paragraph, one.start))
        return self._persons[at - 1] if at else None


def _fullness(one: Mention) -> tuple[bool, int, int]:
    return one.personal, len(one.words), len(one.text)
