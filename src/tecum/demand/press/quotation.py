"""Quotation marks: where a paragraph quotes, and the same paragraph with its quotations blanked out.

The blanked text has the same length, so that a place in it is a place in the paragraph, and no rule that looks for a
speaker can be misled by names and verbs inside a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Private-use characters that stand for a quotation; ENDED: its words end a sentence.
QUOTE, ENDED, FILL = "\ue000", "\ue001", "\ue002"
MARK: Final = f"[{QUOTE}{ENDED}]"
_OURS: Final = re.compile(f"[{QUOTE}{ENDED}{FILL}]")
_OPENERS: Final = "([{‘'—–-/"
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Lt|Gen|Col|Capt|Sgt|Maj|Cmdr|Hon|Rev|St|Jr|Sr|Asst|Atty|Supt|Jan|"
    r"Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|No|Nos|vs?|Inc|Co|Corp|Ltd|U\.S|D\.C|[A-Z](?:\.[A-Z])+)\.$"
)
_SENTENCE_END: Final = re.compile(f'(?:[.!?]+[)\\]]*|{ENDED}{FILL}*)(?=\\s+["“(\\[]?[A-Z0-9{QUOTE}{ENDED}À-Þ])')


@dataclass(frozen=True)
class Quotation:
    """Quoted words at ``text[start:end]``, marks included; ``open`` when no mark closes it in this paragraph."""

    start: int
    end: int
    words: str
    open: bool


@dataclass(frozen=True)
class Sentence:
    """A sentence at ``text[start:end]`` of its paragraph, with the quotations that begin in it."""

    start: int
    end: int
    quotations: tuple[Quotation, ...]


def quotations(text: str) -> list[Quotation]:
    """Return the outermost quotations between double marks, curly or straight, in order.

    Marks inside a quotation are counted, so that a quotation within a quotation does not end it. A straight mark opens
    when it stands before a word, and closes behind one; elsewhere (``6"``) it is none.
    """
    found: list[Quotation] = []
    depth = start = 0
    for at, mark in enumerate(text):
        if mark not in '“”"':
            continue
        opens = mark == "“" or (mark == '"' and _opens(text, at))
        if opens:
            start = at if depth == 0 else start
            depth += 1
        elif depth and (mark == "”" or not text[at - 1].isspace()):
            depth -= 1
            if depth == 0:
                found.append(Quotation(start, at + 1, text[start + 1 : at].strip(), False))
    if depth:
        found.append(Quotation(start, len(text), text[start + 1 :].strip(), True))
    return [one for one in found if one.words]


def _opens(text: str, at: int) -> bool:
    before, behind = text[at - 1 : at], text[at + 1 : at + 2]
    return (at == 0 or before.isspace() or before in _OPENERS) and behind != "" and not behind.isspace()


def blanked(text: str, found: list[Quotation]) -> str:
    """Return the text with each quotation replaced by a mark of the same length."""
    parts: list[str] = []
    at = 0
    for one in found:
        mark = ENDED if one.words.rstrip("’'”\"").endswith((".", "…")) else QUOTE
        parts += [_OURS.sub(" ", text[at : one.start]), mark, FILL * (one.end - one.start - 1)]
        at = one.end
    return "".join([*parts, _OURS.sub(" ", text[at:])])


def sentences(masked: str, found: list[Quotation]) -> Iterator[Sentence]:
    """Part a blanked paragraph into sentences. A quotation that ends with a full stop ends its sentence."""
    start = at = 0
    for end in [*_ends(masked), len(masked)]:
        first = at
        while at < len(found) and found[at].start < end:
            at += 1
        if masked[start:end].strip():
            yield Sentence(start, end, tuple(found[first:at]))
        start = end


def _ends(masked: str) -> Iterator[int]:
    for one in _SENTENCE_END.finditer(masked):
        if one[0].startswith(".") and _ABBREVIATED.search(masked[max(0, one.start() - 12) : one.start() + 1]):
            continue
        yield one.end()
