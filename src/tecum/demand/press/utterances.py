"""Utterances: the quoted pieces of an article that belong together, with what gives them a speaker."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tecum.demand.press.attribution import Attribution, attributions, governing
from tecum.demand.press.quotation import ENDED, FILL, MARK, QUOTE, Quotation, Sentence, blanked, quotations, sentences
from tecum.demand.press.speakers import Mention, mentions

FEW = 3  # words; so short a quotation without a verb of saying only keeps its distance from a word
_SCARE: Final = re.compile(rf"\b(?:the|its|their|such|these|those|this|so-called|an?)\s+{MARK}{FILL}*\s+[a-z]")
_SO_CALLED: Final = re.compile(r"\b(?:so-called|known as|dubbed|(?:en)?titled)\s+$", re.IGNORECASE)
_MARKS: Final = re.compile(f"[{QUOTE}{ENDED}{FILL}]+")


@dataclass(frozen=True)
class Page:
    """One paragraph of the main text: ``at`` its place in the clipping, ``masked`` its text with quotations blanked.

    ``found`` holds the attributions of each sentence; ``bare``: it is nothing but quotations.
    """

    at: int
    text: str
    masked: str
    sentences: tuple[Sentence, ...]
    names: tuple[Mention, ...]
    found: tuple[tuple[Attribution, ...], ...]
    bare: bool


@dataclass
class Utterance:
    """Pieces of one utterance in the making.

    ``end`` is (paragraph, sentence) of its last piece, ``home`` the paragraph in which ``given`` stands. ``alone``: its
    sentence is nothing but quotations; ``first``: it begins its paragraph; ``open``: no mark closes it.
    """

    page: Page
    end: tuple[int, int]
    pieces: list[str]
    joints: list[str]
    context: list[str]
    given: Attribution | None
    home: Page
    alone: bool
    first: bool
    open: bool

    @property
    def words(self) -> str:
        """The pieces with what joins them."""
        return "".join(joint + piece for joint, piece in zip(["", *self.joints], self.pieces, strict=True))


def read_page(at: int, text: str, outlet: str) -> Page:
    """Take a paragraph apart; ``outlet`` is the clipping's."""
    marks = quotations(text)
    masked = blanked(text, marks)
    parts = tuple(sentences(masked, marks))
    names = mentions(masked, at)
    found = []
    starts = [name.start for name in names]
    for one in parts:
        within = names[bisect_left(starts, one.start) : bisect_left(starts, one.end)]
        found.append(tuple(attributions(masked, one, within, outlet)))
    return Page(at, text, masked, parts, tuple(names), tuple(found), bool(marks) and not _outside(masked))


def utterances(pages: Sequence[Page]) -> list[Utterance]:
    """Return the utterances of a text in order.

    One goes on over the end of a paragraph while no mark closes it, and in the sentence behind its attribution.
    """
    following = {page.at: after.at for page, after in pairwise(pages)}
    found: list[Utterance] = []
    for one in (piece for page in pages for piece in _runs(page)):
        last = found[-1] if found else None
        if last is None or not _goes_on(last, one, following):
            found.append(one)
            continue
        last.pieces += one.pieces
        last.joints += [" ", *one.joints]
        last.context += one.context
        if last.given is None:
            last.given, last.home = one.given, one.home
        last.end, last.open, last.alone = one.end, one.open, last.alone and one.alone
    return found


def _goes_on(last: Utterance, one: Utterance, following: dict[int, int]) -> bool:
    (paragraph, sentence), (at, number) = last.end, one.end
    if at != paragraph:
        return last.open and one.first and following.get(paragraph) == at
    if number != sentence + 1:
        return False
    behind = one.alone and one.given is None and last.given is not None
    return behind or (last.alone and last.given is None and one.given is not None and _leads(one))


def _leads(one: Utterance) -> bool:
    """Whether its quotation stands before its attribution: ``"...," Poe said``."""
    return one.given is not None and one.given.kind in ("said", "source") and one.context[0][:1] in '“"'


def _runs(page: Page) -> Iterator[Utterance]:
    """Yield the quotations of each sentence, joined as far as they fall to the same attribution."""
    for number, sentence in enumerate(page.sentences):
        held: Utterance | None = None
        last_end = 0
        alone = not _outside(page.masked[sentence.start : sentence.end])
        for one in sentence.quotations:
            given = governing(page.masked, one.start, one.end, page.found[number])
            if not alone and _is_scare(page.masked, one, given):
                continue
            if held is not None and _same(held.given, given):
                held.joints.append(_joint(page.masked, last_end, one.start, given))
                held.pieces.append(one.words)
                held.open = one.open
            else:
                yield from _one(held)
                first = not page.text[: one.start].strip()
                context = [page.text[sentence.start : sentence.end].strip()]
                held = Utterance(page, (page.at, number), [one.words], [], context, given, page, alone, first, one.open)
            last_end = one.end
        yield from _one(held)


def _one(held: Utterance | None) -> Iterable[Utterance]:
    return () if held is None else (held,)


def _outside(masked: str) -> str:
    return _MARKS.sub("", masked).strip(" .,;")


def _is_scare(masked: str, one: Quotation, given: Attribution | None) -> bool:
    """A few words in marks that nobody is said to have said: the "open drawer" law."""
    if len(one.words.split()) > FEW:
        return False
    if given is None or _SO_CALLED.search(masked[max(0, one.start - 20) : one.start]):
        return True
    around = masked[max(0, one.start - 12) : one.end + 3]
    return given.kind != "called" and any(found.end() == len(around) - 1 for found in _SCARE.finditer(around))


def _same(first: Attribution | None, second: Attribution | None) -> bool:
    if first is None or second is None:
        return first is second
    if second.kind == "going":
        return (first.name, first.pronoun, first.phrase) == (second.name, second.pronoun, second.phrase)
    return first.verb == second.verb


def _joint(masked: str, start: int, end: int, given: Attribution | None) -> str:
    """A blank when nothing but the attribution stands between two pieces, else an ellipsis."""
    if given is None or not start <= given.verb < end:
        return " ... "
    rest = masked[start : max(start, given.start)] + masked[min(end, given.end) : end]
    return " ... " if any(one.isalnum() for one in rest) else " "
