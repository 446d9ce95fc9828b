"""What stands between an article's paragraphs and is not the article: each rule with its name and its meaning.

Nothing is thrown away here: a paragraph that is set aside keeps its place and names the rule that did it, so that a
person can put it back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["headline", "text", "furniture"]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as it was found. ``inside``: an extraction library did not leave it out; ``listed``: in a list."""

    text: str
    inside: bool = True
    listed: bool = False


@dataclass(frozen=True)
class Part:
    """A paragraph with its role; ``rule`` names the rule that set it aside as furniture, else it is empty."""

    role: Role
    rule: str
    text: str


@dataclass(frozen=True)
class Rule:
    """A rule that looks at one paragraph. ``words`` is the most that such a paragraph may have."""

    name: str
    meaning: str
    words: int
    pattern: re.Pattern[str]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns))


# The first rule that fits is named. Only what is short enough is looked at, so that no sentence of the article that
# happens to begin like a link is lost.
RULES: Final = (
    Rule(
        "photo caption",
        "ends with the credit of a photographer or an agency, or begins as a caption does",
        120,
        _any(
            r"\((?i:[^()]{0,80}\b(?:photos?|images|photograph)\b[^()]{0,80})\)\s*$",
            r"\([A-Z][\w.'’-]+ [^()/]{2,50} ?/ ?[A-Z][^()/]{2,60}\)\s*$",
            r"(?:[/|(,–—]|\b(?:via|by|courtesy of)) ?(?:Getty Images|AP Photo|AP|AFP|Reuters|EPA)"
            r"(?:/[\w .-]{1,40})?\)?\s*$",
            r"^(?i:(?:file )?(?:photo|image|picture|photograph)(?: credit)?) ?(?i:by\b|courtesy\b|:|[–—-] )",
            r"^(?i:credit|caption) ?:",
            r"^FILE(?: PHOTO)? ?[:–—-]",
        ),
    ),
    Rule(
        "related link",
        "points to another story",
        40,
        _any(
            r"^(?:RELATED(?: [A-Z]+)?|READ(?: MORE| ALSO| NEXT)?|MORE|ALSO|SEE ALSO|WATCH|VIDEO|PHOTOS|GALLERY|LISTEN)"
            r"\s*[:|»–—]\s*\S",
            r"^(?i:related(?: (?:stories|story|articles?|coverage|links?|content|news))?|read (?:more|also|next)|"
            r"see also|also read|more (?:from|on|coverage)\b.{0,40}|recommended(?: for you)?|"
            r"you (?:may|might) also like)\s*(?:[:|»–—]|$)",
        ),
    ),
    Rule(
        "widget",
        "labels something that the page plays, shows or sells",
        12,
        _any(
            r"^(?i:videos?|photos?|stories|content|sponsored|powered|promoted|recommended|presented)"
            r"(?i: content)? (?i:by|from) [^.!?]{1,40}$",
            r"^(?i:advertisement|(?:story|article) continues (?:below|after).{0,40}|loading|play video|now playing|"
            r"up next|watch (?:now|live|the video)|listen to (?:this|the) (?:article|story).{0,20}|trending(?: now)?|"
            r"most (?:read|popular)|skip to (?:main )?content|close|menu|search|share|comments?|\d+ comments?)\W*$",
        ),
    ),
    Rule(
        "newsletter or sharing",
        "asks the reader to subscribe, follow, share or pay",
        40,
        _any(
            r"^(?i:sign up (?:for|here|now|to)|subscribe(?: (?:to|now|today|here|for)\b|\W*$)|follow (?:us|@)|"
            r"share (?:this|on|via)\b|like us on|click (?:here|to)\b|download (?:our|the) .{0,20}app\b|"
            r"get (?:our|the) .{0,30}(?:newsletter|app\b|inbox)|"
            r"support (?:our|local) (?:work|journalism|news|reporting)|"
            r"donate (?:now|today|here)|become an? (?:member|subscriber)|join our |(?:e-?mail|print|tweet) this\b)",
        ),
    ),
    Rule(
        "rights notice",
        "says who owns the text",
        80,
        _any(
            r"^(?:©|\([cC]\) |Copyright (?:©|\d))",
            r"(?i:all rights reserved)",
            r"(?i:may not be (?:published|reproduced|rewritten|redistributed))",
        ),
    ),
    Rule(
        "tags",
        "lists the page's own headings",
        40,
        _any(r"^(?i:tags?|topics?|filed under|categor(?:y|ies)|keywords) ?:"),
    ),
    Rule("byline", "names the author", 14, _any(r"^(?:[Bb]y|BY|Written by|Story by):? [A-Z][^.!?“\"]{2,80}$")),
    Rule(
        "date line",
        "says when the page was published or changed",
        16,
        _any(
            r"^(?i:published|updated|posted|last updated|modified)\b[ :][^!?]{0,60}\d[^!?]{0,24}$",
            r"^(?:[A-Z][a-z]+day,? )?(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},? "
            r"\d{4}.{0,24}$",
        ),
    ),
)
_REMARKS: Final = re.compile(
    r"(?i:\b(?:let us know|tell us|weigh in|sound off|join the (?:conversation|discussion)|leave a comment|"
    r"comment below|share your (?:thoughts|views?|opinions?)|in the comments)\b)"
)
_TO_READER: Final = re.compile(
    r"(?i:\b(?:you|your)\b.{0,60}\b(?:think|agree|say|opinion|views?|feel|believe|thoughts|take)\b)"
)
_AUTHOR: Final = re.compile(
    r"^[A-Z][^“\"]{2,60}? (?:is|covers|writes|reports)\b[^“\"]{0,60}\b"
    r"(?:reporter|writer|columnist|editor|correspondent|journalist|contributor|newsroom)\b"
    r"|^(?i:contact|reach|e-?mail|follow) [^“\"]{0,80}@"
)
_QUOTED: Final = re.compile(r"[“”\"]")
_WORDS: Final = re.compile(r"\S+")
_TITLE_ENDS: Final = re.compile(r"\s+[|–—-]\s+|\s*\|\s*")
_HEADLINE_WORDS, _TEASER_WORDS = 40, 25
_AT_THE_END = 3  # fewer closed paragraphs than this may follow a closing question or an author's note


def sort_out(paragraphs: Sequence[Paragraph], title: str = "") -> tuple[Part, ...]:
    """Give every paragraph its role; ``title`` is the page's own, else the first paragraph may be the headline."""
    judged = [Part("text", "", one.text) for one in paragraphs]
    for at, one in enumerate(paragraphs):
        if rule := _fitting(one):
            judged[at] = Part("furniture", rule, one.text)
    _mark_headline(judged, paragraphs, title)
    _mark_end(judged, paragraphs)
    return tuple(judged)


def _fitting(one: Paragraph) -> str:
    """The name of the first rule that fits, or empty."""
    count = _count(one.text)
    for rule in RULES:
        if count <= rule.words and rule.pattern.search(one.text):
            return rule.name
    return "" if one.inside else "outside the main text"


def _mark_headline(judged: list[Part], paragraphs: Sequence[Paragraph], title: str) -> None:
    """Find the headline and what repeats it. Without a title it is an unclosed first paragraph that others follow."""
    names = {_letters(title), _letters(_TITLE_ENDS.split(title)[0])} - {""}
    if not names:
        first = next((at for at, one in enumerate(judged) if one.role == "text"), None)
        if first is None or closed(judged[first].text) or _count(judged[first].text) > _HEADLINE_WORDS:
            return
        if not any(one.role == "text" for one in judged[first + 1 :]):
            return
        names = {_letters(judged[first].text)} - {""}
    found = False
    for at, one in enumerate(paragraphs):
        loose = judged[at].role == "text" or judged[at].rule == "outside the main text"
        if loose and _letters(one.text) in names:
            judged[at] = (
                Part("furniture", "repeats the headline", one.text) if found else Part("headline", "", one.text)
            )
            found = True


def _mark_end(judged: list[Part], paragraphs: Sequence[Paragraph]) -> None:
    """Set aside the closing question, notes on the author, and headlines of other stories behind the article."""
    after = 0  # closed paragraphs of text behind the one looked at
    question = len(judged)
    tail = True  # nothing closed was met yet, coming from the end
    first_closed = next((at for at, one in enumerate(judged) if one.role == "text" and closed(one.text)), len(judged))
    for at in range(len(judged) - 1, -1, -1):
        part = judged[at]
        if part.role != "text":
            continue
        if after < _AT_THE_END and (rule := _closing(part.text)):
            judged[at] = Part("furniture", rule, part.text)
            question = at if rule == "closing question" else question
        elif closed(part.text):
            after += 1
            tail = False
        elif tail and at > first_closed and _is_teaser(part.text, paragraphs[at]):
            judged[at] = Part("furniture", "teaser", part.text)
    for at in range(question + 1, len(judged)):
        if judged[at].role == "text" and _is_teaser(judged[at].text, paragraphs[at]):
            judged[at] = Part("furniture", "teaser", judged[at].text)


def _closing(text: str) -> str:
    """Whether a paragraph speaks to the reader or of its author: the name of the rule."""
    count = _count(text)
    if _QUOTED.search(text) or count > 40:
        return ""
    if _REMARKS.search(text) or (count <= 25 and text.endswith("?") and _TO_READER.search(text)):
        return "closing question"
    return "note on the author" if _AUTHOR.search(text) else ""


def _is_teaser(text: str, found: Paragraph) -> bool:
    return not closed(text) and not found.listed and _count(text) <= _TEASER_WORDS


def closed(text: str) -> bool:
    """Whether a paragraph ends as a sentence does, quotation marks and brackets aside."""
    return text.rstrip("\"'”’)]» ")[-1:] in (".", "!", "?", "…", ":", ";")


def _count(text: str) -> int:
    """The number of words, counted no further than any rule looks."""
    return sum(1 for _, _ in zip(range(200), _WORDS.finditer(text), strict=False))


def _letters(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())
