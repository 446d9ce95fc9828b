"""A mail's text taken apart: its own words first, then each message that it quotes, as far as can be told.

Quoted is what stands behind ``>`` marks, and what follows a reply header (see ``replyheaders``) to the end of
its depth. One pass over the lines; a message of five thousand levels costs what its length costs.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final

from tecum.analysis import replyheaders
from tecum.analysis.moments import UNKNOWN, Moment
from tecum.analysis.replyheaders import Line, ReplyHeader

_MARKS: Final = re.compile(r"(?:[ \t]{0,3}>)+ ?")
_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_LOWER: Final = bytes(range(256)).lower()
_ASCII_NOT_LETTERS: Final = bytes(n for n in range(128) if not chr(n).isalnum())
# What mail programs add to or drop from quoted words: targets of links, and stand-ins for pictures.
_ADDED: Final = re.compile(r"<(?i:https?|ftp|mailto|tel):[^>]*>|\[(?i:cid|mailto|image):[^\]]*\]")

MOST: Final = 64  # quoted messages that are kept of one mail, the nearest; ``tail`` speaks for the others
START: Final = 20  # letters
_NAME: Final = 16  # hex digits of SHA-256


@dataclass(frozen=True, slots=True)
class Segment:
    """One message within a text, identified by its words.

    ``hash`` is of its letters and digits, ``letters`` how many there are, ``start`` a hash of the first twenty
    ("" when it has fewer). ``tail`` is over this and every segment after it: who quotes a message whole, with
    all that it quoted, has its tail. ``author`` and ``moment`` are what the reply header told, empty when there
    was none. ``marked`` says that it stood behind quotation marks, where something may be answered in between.
    """

    hash: str
    letters: int
    author: str = ""
    moment: Moment = UNKNOWN
    marked: bool = False
    start: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Parts:
    """A text taken apart: ``own`` and then ``quoted``, in the order in which they begin, with their words."""

    own: Segment
    quoted: tuple[Segment, ...]
    own_text: str
    quoted_texts: tuple[str, ...]


@dataclass
class _Draft:
    """A segment being read."""

    header: ReplyHeader | None = None
    marked: bool = False
    lines: list[str] = field(default_factory=list)


def parts(text: str) -> Parts:
    """Take the text of a mail apart; of what it quotes, what has no letters is left out."""
    drafts = _drafts(_lines(text))
    texts = [_ADDED.sub("", "\n".join(draft.lines)) for draft in drafts]
    segments: list[Segment] = []
    tail = ""
    for draft, words in zip(reversed(drafts), reversed(texts), strict=True):
        segments.append(_segment(draft, letters(words), tail))
        tail = segments[-1].tail
    segments.reverse()
    spoken = [n for n in range(1, len(segments)) if segments[n].letters]
    return Parts(segments[0], tuple(segments[n] for n in spoken), texts[0], tuple(texts[n] for n in spoken))


def letters(text: str) -> str:
    """Return the letters and digits of a text: NFKC, lower-case."""
    if text.isascii():  # the same, ten times as fast
        return text.encode().translate(_LOWER, _ASCII_NOT_LETTERS).decode()
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text).lower())


def _lines(text: str) -> list[Line]:
    """Split into (depth of quotation marks, words)."""
    found: list[Line] = []
    for line in text.split("\n"):
        match = _MARKS.match(line) if ">" in line else None
        found.append((match[0].count(">"), line[match.end() :]) if match else (0, line))
    return found


def _drafts(lines: list[Line]) -> list[_Draft]:
    drafts = [_Draft()]
    at: dict[int, _Draft] = {0: drafts[0]}  # which segment words of a depth belong to
    pending: tuple[int, int, ReplyHeader] | None = None  # depth and first line of a header whose words come next
    places = replyheaders.places(lines)
    n = 0
    while n < len(lines):
        depth, words = lines[n]
        header = replyheaders.find(lines, n) if n in places else None
        if header is not None:
            pending = (depth, n, header)
            n = header.end
            continue
        if pending is not None and words.strip():
            _open(at, drafts, depth, pending, lines)
            pending = None
        if depth not in at and words.strip():
            at[depth] = _Draft(marked=True)
            drafts.append(at[depth])
        if depth in at:
            at[depth].lines.append(words)
        n += 1
    return drafts


def _open(
    at: dict[int, _Draft], drafts: list[_Draft], depth: int, pending: tuple[int, int, ReplyHeader], lines: list[Line]
) -> None:
    """Begin the segment that a header announced, where the next words stand."""
    above, start, header = pending
    if depth < above:  # nothing of it was quoted
        return
    if depth == above and not header.sure:
        # "As Bob wrote:" and no quotation marks after it: the writer's own sentence.
        at.setdefault(above, drafts[0]).lines += [words for _, words in lines[start : header.end]]
        return
    for deeper in [one for one in at if one > above]:
        del at[deeper]
    at[depth] = _Draft(header, marked=depth > above)
    drafts.append(at[depth])


def _segment(draft: _Draft, words: str, after: str) -> Segment:
    """The segment of these letters; ``after`` is the tail of the one that follows."""
    header = draft.header
    own = _name(words) if words else ""
    return Segment(
        own,
        len(words),
        header.author if header else "",
        header.moment if header else UNKNOWN,
        draft.marked,
        _name(words[:START]) if len(words) >= START else "",
        _name(own + after) if words else after,
    )


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_NAME]


# -- as text in the table --------------------------------------------------------------------------------


def packed(taken: Parts) -> str:
    """Write the own segment and the nearest quoted ones as JSON, a list for each."""
    rows = [
        [s.hash, s.letters, s.author, list(s.moment.minutes), int(s.moment.exact), int(s.marked), s.start, s.tail]
        for s in (taken.own, *taken.quoted[:MOST])
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> list[Segment]:
    """Read what ``packed`` wrote."""
    rows: list[list[Any]] = json.loads(text)
    return [Segment(r[0], r[1], r[2], Moment(tuple(r[3]), bool(r[4])), bool(r[5]), r[6], r[7]) for r in rows]
