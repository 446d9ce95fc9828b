"""Standing text under mails: disclaimers and signatures, told apart from what the sender wrote.

A disclaimer that calls every mail of an office privileged says nothing about this one. Two ways to know it:
the block recurs verbatim under many different mails of one domain, or it has a disclaimer's wording. Both
err on the side of leaving text in place, since a legend taken for a footer would be a leak.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b

TAIL = 12  # lines at the end of a message in which a footer is looked for
HEAD = 3  # lines at its beginning that are never a learned footer: there a legend stands
RECURS = 20  # a block is a footer when more messages of one domain than this carry it
_LENGTH = 80  # characters: a legend on two lines is shorter, a disclaimer longer
_CAPACITY = 50_000  # blocks remembered while learning

_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_OLDER = re.compile(
    r"""^[ \t>]*(?:
          -{2,}[ \t]*(?:original\ (?:message|appointment)|forwarded(?:\ (?:message|by)\b.{0,200})?|begin\ forwarded)
        | begin\ forwarded\ message
        | _{10,}[ \t]*(?=\r?\n[ \t>]*from:)
        | on\ .{4,200}\bwrote:[ \t]*\r?$
        | on\ .{4,200}\r?\n[ \t>]*.{0,200}\bwrote:[ \t]*\r?$
        | (?:from|de|von):\ ?[^\r\n]{1,300}\r?\n(?:[^\r\n]{0,300}\r?\n){0,2}?
          [ \t>]*(?:sent|date|to|enviado(?:\ el)?|fecha|para|gesendet):
        )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def messages(body: str) -> list[str]:
    """Split a body into the top message ("" when it only forwards) and the older ones quoted below it.

    Known forms: Outlook's and Lotus Notes' dividers, header blocks, "On ... wrote:", and lines led by ``>``,
    whose marks are removed. A form not known stays part of the message above it.
    """
    cuts = [0]
    for match in _OLDER.finditer(body):
        # A divider line and the header block right under it begin one and the same message.
        if body[cuts[-1] : match.start()].count("\n") > 1 or len(cuts) == 1:
            cuts.append(match.start())
    marked = re.search(r"^[ \t]*>", body, re.MULTILINE)
    if marked and (len(cuts) == 1 or marked.start() < cuts[1]):
        cuts.insert(1, marked.start())
    ends = [*cuts[1:], len(body)]
    return [_QUOTE.sub("", body[start:end]) for start, end in zip(cuts, ends, strict=True)]


class Footers:
    """The footers of a matter: those learned from its own mail, and the disclaimer's usual wording."""

    def __init__(self, blocks: frozenset[bytes] = frozenset()) -> None:
        self.blocks = blocks

    @classmethod
    def learn(cls, mails: Iterable[tuple[str, str]]) -> Footers:
        """Learn from (sender's domain, body) pairs, taken one by one.

        Counted are different messages: copies of one mail count once, and only its top message is looked
        at, so that what a long thread quotes again and again is not learned. Memory is bounded; when too
        many blocks wait, the rarest are forgotten and at worst a footer stays in place.
        """
        waiting: dict[bytes, set[bytes]] = {}
        learned: set[bytes] = set()
        for domain, body in mails:
            lines = _lines(messages(body)[0])
            whole = _digest(" ".join(text for _, _, text in lines))
            tail = lines[max(HEAD, len(lines) - TAIL) :]
            for first, last in _blocks(tail):
                block = _digest(_joined(tail[first:last]))
                key = _digest(domain.lower()) + block
                if block in learned:
                    continue
                waiting.setdefault(key, set()).add(whole)
                if len(waiting[key]) > RECURS:
                    learned.add(block)
                    del waiting[key]
            if len(waiting) > _CAPACITY:
                waiting = _commonest(waiting)
        return cls(frozenset(learned))

    def strip(self, body: str) -> str:
        """Return one message's text without its footers; what is left keeps its order and its lines."""
        cuts = [*self._learned(body), *_disclaimers(body)]
        kept, at = [], 0
        for start, end in sorted(cuts):
            if end > at:
                kept.append(body[at : max(at, start)])
                at = end
        return "".join([*kept, body[at:]])

    def _learned(self, body: str) -> Iterator[tuple[int, int]]:
        if not self.blocks:
            return
        lines = _lines(body)[HEAD:]
        for first, last in _blocks(lines):
            if _digest(_joined(lines[first:last])) in self.blocks:
                yield lines[first][0], lines[last - 1][1]


_LINE = re.compile(r"[^\n]+")
_Line = tuple[int, int, str]  # start, end, normalised text


def _lines(body: str) -> list[_Line]:
    lines = []
    for match in _LINE.finditer(body):
        text = " ".join(match[0].split()).lower()
        if any(char.isalnum() for char in text):
            lines.append((match.start(), match.end(), text))
    return lines


def _joined(lines: list[_Line]) -> str:
    return " ".join(text for _, _, text in lines)


def _blocks(lines: list[_Line]) -> Iterator[tuple[int, int]]:
    """For each line the shortest block of enough text that begins with it, and the one that ends with it."""
    for n in range(len(lines)):
        length, last = 0, n
        while last < len(lines) and length < _LENGTH and last < n + TAIL:
            length += len(lines[last][2])
            last += 1
        if length >= _LENGTH:
            yield n, last
        length, first = 0, n + 1
        while first > 0 and length < _LENGTH and first > n + 1 - TAIL:
            first -= 1
            length += len(lines[first][2])
        if length >= _LENGTH:
            yield first, n + 1


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _commonest(waiting: dict[bytes, set[bytes]]) -> dict[bytes, set[bytes]]:
    """Drop the rarest until at most half the room is taken."""
    sizes = Counter(len(seen) for seen in waiting.values())
    left, least = len(waiting), 0
    while left > _CAPACITY // 2:
        least += 1
        left -= sizes[least]
    return {block: seen for block, seen in waiting.items() if len(seen) > least}


# -- the wording of a disclaimer ---------------------------------------------------------------------------

_GAP = r"[\s|*]{1,16}"  # a wrapped line may be indented, marked or boxed
_OPENING = re.compile(
    rf"""(?P<heading>\b(?:confidential|privileged|privacy|legal|important|disclaimer|warning|notice)
            [\w\ /&,-]{{0,60}}[:.*-]{{0,3}}[\s|*]{{1,6}})?
        \b(?:(?:this|the|any){_GAP}(?:(?:information|contents?|material){_GAP}(?:contained{_GAP})?(?:in|of|with)
                {_GAP}(?:this|the){_GAP})?
            (?:electronic{_GAP}|internet{_GAP}|accompanying{_GAP})?
            (?:e-?\ ?mail|mail|message|communication|transmission|transmittal|facsimile|fax)\b
          | (?:the{_GAP})?information{_GAP}(?:contained|transmitted)\b
          | if{_GAP}you{_GAP}(?:are{_GAP}not|have{_GAP}received|received|believe)\b
          | receipt{_GAP}by{_GAP}any
          | (?:any{_GAP})?unauthori[sz]ed{_GAP}(?:review|use|disclosure|interception))""",
    re.IGNORECASE | re.VERBOSE,
)
_CLAIM = re.compile(r"privileg|confidential|waive", re.IGNORECASE)
_RECIPIENT = re.compile(
    rf"intended{_GAP}(?:\w{{1,20}}{_GAP}){{0,2}}(?:recipient|for|only|solely)|addressee|in{_GAP}error|sole{_GAP}use"
    rf"|unauthori[sz]ed|to{_GAP}wh(?:om|ich){_GAP}it{_GAP}is{_GAP}addressed|mistaken(?:ly)?\b|by{_GAP}mistake|immediately{_GAP}notify",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"\b(?:delet|destroy|notify|advise(?=\s{1,4}(?:the\s{1,4})?sender)|sender|cop(?:y|ies|ying)|distribut|disclos|disseminat|virus|liab|waive"
    r"|recipient|in\s{1,4}error|prohibit|intercept)",
    re.IGNORECASE,
)
_MEDIUM = re.compile(r"e-?\s?mail|message|communication|transmi|facsimile|\bfax", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\n[ \t\r|*]*\n")
_SENTENCE = re.compile(r"[.!?][\"')*|]{0,3}\s+")
_LONGEST = 1500  # characters of one paragraph


def _disclaimers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches worded like a disclaimer: this mail, confidential or privileged, wrong recipient.

    The heading in front ("PRIVILEGED AND CONFIDENTIAL:") is part of it only when something else stands
    above; at the very top it may be the sender's own legend and stays.
    """
    at = 0
    while match := _OPENING.search(text, at):
        start = match.start()
        if match["heading"] and not any(char.isalnum() for char in text[:start]):
            start = match.end("heading")
        stop = min(len(text), start + _LONGEST)
        if blank := _PARAGRAPH.search(text, match.end(), stop):
            stop = blank.start()
        end = _last_sentence(text, match.end(), stop)
        piece = text[start:end]
        if all(pattern.search(piece) for pattern in (_CLAIM, _RECIPIENT, _MEDIUM)):
            yield start, end
        at = end  # a later beginning in the same piece would find less, not more


def _last_sentence(text: str, at: int, stop: int) -> int:
    """Where the run of sentences in a disclaimer's wording ends."""
    end = at
    for match in [*_SENTENCE.finditer(text, at, stop), None]:
        last = match.end() if match else stop
        sentence = text[end:last]
        wording = _CLAIM.search(sentence) or _RECIPIENT.search(sentence) or _BOILERPLATE.search(sentence)
        if end > at and not wording:
            break
        end = last
    return end
