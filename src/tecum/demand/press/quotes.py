"""Statements proposed from an article: the words, who said them, through whom they are reported, and by which rule.

It proposes; a person decides. Every proposal says why, and holds the quoted pieces exactly as they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tecum.demand.press.attribution import Attribution, referring
from tecum.demand.press.clipping import Clipping
from tecum.demand.press.quotation import FILL, MARK, Sentence
from tecum.demand.press.speakers import Mention, People
from tecum.demand.press.utterances import FEW, Page, Utterance, read_page, utterances

_LEAST = 3  # words of a paraphrase
_FAR = 80  # characters between "told" and "that"
_QUOTED: Final = re.compile(f"{MARK}|{FILL}")
_THAT: Final = re.compile(r"[^,;:]*?\bthat\s+")
_NO_CLAUSE: Final = re.compile(
    r"(?:in|at|on|to|for|of|with|by|from|about|during|after|before|as|so|no|yes|and|nothing|little|much|goodbye)\b"
)
_WHY: Final = {
    "said": "a verb of saying gives the words to the speaker",
    "called": "a verb of calling gives the words to the speaker",
    "going": "a participle of saying goes on from the subject of its sentence",
    "source": "the sentence names its source",
    "belief": "a belief is quoted; who put it so is not said",
}


@dataclass(frozen=True)
class Proposed:
    """A statement that a person may accept.

    ``words`` are the ``pieces``, exactly as printed, joined by a blank, or by " ... " where other words than the
    attribution stood between. ``speaker`` is empty when the text names none; ``through`` is the outlet that reports it,
    empty when it is not known. ``attribution`` is as printed. ``paragraph`` counts in ``Clipping.paragraphs``, from 0;
    ``context`` is the sentence. ``resolved``: the speaker was told from another sentence, and ``why`` says from which.
    """

    words: str
    pieces: tuple[str, ...]
    speaker: str
    through: str
    attribution: str
    quoted: bool
    paragraph: int
    context: str
    why: str
    resolved: bool = False


@dataclass(frozen=True)
class _Speaker:
    """Who is taken to have said it, and how that was told."""

    name: str
    why: str
    resolved: bool = False


def statements(clipping: Clipping) -> list[Proposed]:
    """Return the statements that the main text quotes, and those that it reports in its own words, in order."""
    pages = [
        read_page(at, part.text, clipping.outlet) for at, part in enumerate(clipping.paragraphs) if part.role == "text"
    ]
    people = People(name for page in pages for name in page.names)
    before = {page.at: earlier for earlier, page in pairwise(pages)}
    found: list[Proposed] = []
    last: Proposed | None = None
    for one in utterances(pages):
        made = _quoted(one, people, clipping.outlet, last, before)
        last = made or last
        found += [made] if made else []
    for page in pages:
        found += _reported(page, people, clipping.outlet)
    return sorted(found, key=lambda one: one.paragraph)


def _quoted(
    one: Utterance, people: People, outlet: str, last: Proposed | None, before: Mapping[int, Page]
) -> Proposed | None:
    """The proposal for quoted words, or None when they are few and nobody is said to have said them."""
    given = one.given
    if given is not None:
        speaker = _named(given, one.home, people)
    elif one.alone:
        speaker = _from_before(one, people, last, before.get(one.page.at))
    else:
        speaker = _Speaker("", "no attribution was found in the sentence")
    if not speaker.name and given is None and len(one.words.split()) <= FEW:
        return None
    notes = [speaker.why]
    if one.end[0] != one.page.at:
        notes.append("the quotation goes on in the next paragraph")
    if one.open:
        notes.append("no mark closes the quotation: it is taken to the end of the paragraph")
    return Proposed(
        words=one.words,
        pieces=tuple(one.pieces),
        speaker=speaker.name,
        through=(given.outlet if given else "") or outlet,
        attribution=one.home.text[given.start : given.end].strip() if given else "",
        quoted=True,
        paragraph=one.page.at,
        context=" ".join(one.context),
        why="; ".join(notes),
        resolved=speaker.resolved,
    )


def _named(given: Attribution, page: Page, people: People) -> _Speaker:
    """The speaker that an attribution names, in the fullest form of the text."""
    why = _WHY[given.kind]
    if given.name is not None:
        return _Speaker(people.fullest(given.name), why)
    if given.pronoun.lower() in ("he", "she"):
        person = people.last_person(page.at, given.start)
        if person is not None:
            return _Speaker(
                people.fullest(person), f'{why}; "{given.pronoun}" is taken for the person named last', True
            )
    if given.pronoun:
        return _Speaker("", f'{why}; who "{given.pronoun}" is, was not told')
    if given.phrase:
        return _Speaker(given.phrase, f"{why}; the speaker is given as printed")
    if given.outlet:
        return _Speaker("", f"{why}: a news outlet, so the speaker is not named")
    return _Speaker("", f"{why}, but no subject was found")


def _from_before(one: Utterance, people: People, last: Proposed | None, earlier: Page | None) -> _Speaker:
    """The speaker of a quotation that stands alone: from the statement or the paragraph before it."""
    if last is not None and last.speaker and last.paragraph == one.page.at:
        return _Speaker(last.speaker, "no attribution: the statement before it in the paragraph has this speaker", True)
    if earlier is None or not (one.first and one.page.bare):
        return _Speaker("", "no attribution was found")
    if (name := referring(earlier.masked, earlier.names)) is not None:
        return _Speaker(
            people.fullest(name),
            "a paragraph without attribution; the one before says that the speaker refers to it",
            True,
        )
    if last is not None and last.speaker and last.paragraph == earlier.at:
        return _Speaker(
            last.speaker, "a paragraph without attribution, directly behind a statement of this speaker", True
        )
    if (name := _leading(earlier)) is not None:
        return _Speaker(people.fullest(name), "the paragraph before ends with a colon and names the speaker", True)
    return _Speaker("", "a paragraph without attribution")


def _leading(page: Page) -> Mention | None:
    """The first name of a last sentence that ends with a colon."""
    if not page.text.rstrip().endswith(":") or not page.sentences:
        return None
    return next((one for one in page.names if one.start >= page.sentences[-1].start), None)


def _reported(page: Page, people: People, outlet: str) -> Iterator[Proposed]:
    """Yield what a sentence without quotation marks reports: "Poe said that ...", "according to Poe"."""
    for sentence, found in zip(page.sentences, page.found, strict=True):
        if _QUOTED.search(page.masked, sentence.start, sentence.end):
            continue
        for given in found:
            place = _clause(page.masked, sentence, given) if given.kind in ("said", "source") else None
            speaker = _named(given, page, people)
            if place is None or not (speaker.name or given.outlet):
                continue
            words = page.text[slice(*place)].strip(" ,;.")
            if len(words.split()) < _LEAST:
                continue
            yield Proposed(
                words=words,
                pieces=(words,),
                speaker=speaker.name,
                through=given.outlet or outlet,
                attribution=page.text[given.start : max(given.words, min(given.end, place[0]))].strip(),
                quoted=False,
                paragraph=page.at,
                context=page.text[sentence.start : sentence.end].strip(),
                why=f"a paraphrase: {speaker.why}",
                resolved=speaker.resolved,
            )
            break


def _clause(masked: str, sentence: Sentence, given: Attribution) -> tuple[int, int] | None:
    """Where the reported clause stands: behind "that", before the attribution, or directly behind "said"."""
    if that := _THAT.match(masked, given.words, min(sentence.end, given.words + _FAR)):
        return that.end(), sentence.end
    before = masked[sentence.start : given.start].rstrip()
    behind = masked[given.end : sentence.end]
    if before.endswith(",") and not behind.strip(" .!?"):
        return sentence.start, sentence.start + len(before)
    if given.kind == "source":
        return (given.end, sentence.end) if not before and behind.startswith(",") else None
    after = masked[given.words : sentence.end].lstrip()
    plain = masked[given.verb : given.words] in ("said", "says") and given.start < given.verb
    return (given.words, sentence.end) if plain and after[:1].islower() and not _NO_CLAUSE.match(after) else None
