"""Who is said to have said it: the verbs and phrases by which a sentence gives words to a speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tecum.demand.press.quotation import ENDED, FILL, MARK, QUOTE, Sentence
from tecum.demand.press.speakers import Mention, is_outlet

_SAID: Final = (
    "said|says|wrote|writes|told|tells|stated|added|adds|continued|explained|explains|argued|argues|warned|warns|insisted|"
    "insists|asked|asks|replied|testified|tweeted|declared|declares|noted|announced|acknowledged|claimed|conceded|"
    "maintained|maintains|remarked|responded|recalled|admitted|concluded|complained|vowed|promised|pledged|commented|"
    "reported|ruled|observed|emphasized|stressed|reiterated|confirmed|alleged|alleges|suggested|predicted|countered|"
    "cautioned|contended|contends"
)
_ONLY_BEFORE_WORDS: Final = (
    "states|notes|reports|claims|reads|read|held|found|urged|denied|posted"  # nouns, or other verbs
)
_CALLED: Final = (
    "called|calls|dubbed|branded|labell?ed|described|describes|denounced|derided|dismissed|slammed|blasted|characterized|"
    "decried|condemned|criticized|praised|hailed|accused|accuses|referred to|refers to|termed|deemed"
)
_GOING_ON: Final = (
    "saying|adding|arguing|writing|calling|warning|insisting|describing|claiming|declaring|noting|stating"
)
_VERB: Final = re.compile(
    rf"(?<![\w-])(?:(?P<said>{_SAID})|(?P<unsure>{_ONLY_BEFORE_WORDS})(?=\s+that\b|\s*[:,]?\s*{MARK})"
    rf"|(?P<called>{_CALLED})|(?P<going>{_GOING_ON})"
    r"|(?P<source>[Aa]ccording to|[Aa]s (?:first )?reported by|[Ii]n the words of)"
    rf"|(?P<belief>(?:in|holds?|held|shares?|of) the (?:belief|view|opinion|conviction) that)(?=\s*{MARK}))(?![\w-])"
)
_PASSIVE: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|being|often|commonly|sometimes|widely|generally|having|to|what is)\s+$",
    re.IGNORECASE,
)
_ADVERBS: Final = re.compile(
    r"(?:\s+(?:also|later|then|earlier|once|again|has|had|have|repeatedly|recently|today|yesterday|previously|just|"
    r"further|still|and|but|[a-z]{2,16}ly|on|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:day)?){0,5}\s*$"
)
_PRONOUN: Final = re.compile(r"(?:^|[\s,;:—–(])(?P<word>he|she|they|He|She|They)$")
_FOR_ANOTHER: Final = re.compile(r"\b(?:for|of|from|with|by|to|at|in)\s+(?:the\s+)?$", re.IGNORECASE)
_APPOSED: Final = re.compile(r",[^,;]{1,120},$")
_AND: Final = re.compile(r"(?: of [A-Z][\w.]*(?: [A-Z]\w*)?)? and ")
_COLON: Final = re.compile(rf"\s?:(?=\s*{MARK})")
_BETWEEN: Final = re.compile(r"(?: \([^()]{1,40}\))?(?:,[^,;]{1,120}(?:,[^,;]{1,60})?,|,? who)?")
_CLAUSE: Final = re.compile(r"[,;:—–(]\s*|\b(?:that|but|and|while|when|as|if|because|where|which|after|before)\s+")
_STARTS: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "one",
        "another",
        "his",
        "her",
        "their",
        "its",
        "our",
        "some",
        "many",
        "several",
        "two",
        "three",
        "both",
        "most",
        "other",
        "these",
        "those",
        "this",
    ]
)
_PHRASE: Final = re.compile(
    rf"(?:[^\s,.;:!?{QUOTE}{ENDED}{FILL}]|\.(?=\w))+"
    rf"(?:\s+(?!(?:that|who|which|when|while|after|on|in|at|during|as|but|adding|saying)\b)[^\s,.;:!?{QUOTE}{ENDED}{FILL}]+){{0,9}}"
)
_FIRST_VERB: Final = re.compile(
    r"\s(?:find|finds|found|hold|holds|held|share|shares|act|acts|join|joins|stand|stands|is|are|was|were|has|have|had|"
    r"unite|united|agree|agrees|cite|cites|reject|rejects|refuse|refuses|came|come|comes)\s"
)
_TAIL: Final = re.compile(rf"[^,;:.!?{QUOTE}{ENDED}{FILL}]*")
_LONGEST = 6_000  # characters of a sentence, quotations included
_WINDOW = 240  # characters before and behind a verb that are looked at


@dataclass(frozen=True)
class Attribution:
    """A phrase at ``text[start:end]`` that gives words to a speaker.

    ``kind``: said, called, going, source or belief. ``verb`` is where its verb begins, ``words`` where what is said may
    begin. The speaker is ``name``, or ``pronoun``, or ``phrase`` (as printed: "a spokesman for the city"). ``outlet``
    is the paper named as source.
    """

    kind: str
    start: int
    verb: int
    words: int
    end: int
    name: Mention | None = None
    pronoun: str = ""
    phrase: str = ""
    outlet: str = ""


def attributions(masked: str, sentence: Sentence, names: Sequence[Mention], own: str = "") -> list[Attribution]:
    """Return the attributions in a sentence of a blanked paragraph, in order.

    ``names`` are those of the sentence, ``own`` the outlet of the clipping. What is longer than any sentence is not
    read: its quotations stay without a speaker.
    """
    found: list[Attribution] = []
    if sentence.end - sentence.start > _LONGEST:
        return found
    for verb in _VERB.finditer(masked, sentence.start, sentence.end):
        kind = verb.lastgroup or ""
        before = masked[max(sentence.start, verb.start() - _WINDOW) : verb.start()]
        if kind in ("said", "called", "unsure") and _PASSIVE.search(before):
            continue
        if kind == "source":
            made = _source(masked, verb, sentence, names)
        elif kind == "belief":
            made = _belief(masked, verb, sentence)
        elif kind == "going":
            made = _going(masked, verb, sentence, names, found)
        else:
            made = _finite(masked, verb, sentence, names)
        if made is None:
            continue
        if not (made.name or made.pronoun or made.phrase) and found and kind != "source":
            last = found[-1]  # "Poe said that ... and described it as ..."
            made = replace(made, name=last.name, pronoun=last.pronoun, phrase=last.phrase)
        found.append(_with_outlet(made, names, own))
    found += [
        Attribution("said", one.start, one.start, colon.end(), colon.end(), name=one)
        for one in names
        if (colon := _COLON.match(masked, one.end)) and not masked[sentence.start : one.start].strip()
    ]
    return sorted(found, key=lambda one: one.verb)


def _with_outlet(made: Attribution, names: Sequence[Mention], own: str) -> Attribution:
    """A news outlet is no speaker: what it reports comes through it."""
    said_by = made.name.text if made.name else made.phrase
    if is_outlet(said_by, own):
        return replace(made, name=None, phrase="", outlet=_bare(said_by))
    told = next((one.text for one in names if made.start < one.start < made.end and is_outlet(one.text, own)), "")
    return replace(made, outlet=_bare(told))


def _bare(name: str) -> str:
    return name.removeprefix("The ").removeprefix("the ")


def _finite(masked: str, verb: re.Match[str], sentence: Sentence, names: Sequence[Mention]) -> Attribution | None:
    """A verb of saying or calling with its subject before it ("Poe said") or behind it (``"...," said Poe``)."""
    kind = "called" if verb["called"] else "said"
    end = _tail(masked, verb.end(), sentence)
    left = masked[max(sentence.start, verb.start() - _WINDOW) : verb.start()]
    offset = verb.start() - len(left)
    cut = max(left.rfind(one) for one in (QUOTE, ENDED, FILL)) + 1
    if cut and not left[cut:].strip(" ,—–-"):  # the quotation stands directly before the verb
        return _inverted(kind, masked, verb, end, names)
    left, offset = left[cut:], offset + cut
    adverbs = _ADVERBS.search(left)
    subject = left[: adverbs.start()] if adverbs else left
    joined = bool(re.search(r"\b(?:and|but)\b", left[len(subject) :]))
    if (pronoun := _PRONOUN.search(subject)) and not joined:
        return Attribution(kind, offset + pronoun.start("word"), verb.start(), verb.end(), end, pronoun=pronoun["word"])
    name = _subject(masked, names, offset, offset + len(subject), joined)
    if name is not None and (first := _joined_to(masked, names, name)) is not None:
        both = masked[first.start : name.end]
        return Attribution(kind, first.start, verb.start(), verb.end(), end, phrase=both)
    if name is not None:
        return Attribution(kind, name.start, verb.start(), verb.end(), end, name=name)
    apposed = _APPOSED.search(subject)
    bare = subject[: apposed.start()] if apposed else subject
    start = offset + _clause_start(bare)
    phrase = masked[start : offset + len(bare)].strip()
    if _is_phrase(phrase, not masked[sentence.start : start].strip()):
        return Attribution(kind, start, verb.start(), verb.end(), end, phrase=phrase)
    if subject.endswith(","):  # "The order, said Ann Poe, goes too far"
        return _inverted(kind, masked, verb, end, names)
    return Attribution(kind, verb.start(), verb.start(), verb.end(), end)


def _joined_to(masked: str, names: Sequence[Mention], name: Mention) -> Mention | None:
    """The name before, when the two are one subject: "Sen. Adler of Vermont and Rep. Pell"."""
    before = [one for one in names if one.end < name.start and name.start - one.end <= 40][-2:]
    return next((one for one in before if _AND.fullmatch(masked[one.end : name.start])), None)


def _subject(masked: str, names: Sequence[Mention], low: int, high: int, joined: bool) -> Mention | None:
    """The name that is the subject of a verb at ``high``: directly before it, or before an apposition or "who"."""
    for one in reversed([one for one in names if low <= one.start and one.end <= high][-4:]):
        between, lead = masked[one.end : high], masked[max(0, one.start - 12) : one.start]
        if between == "," and lead.endswith(", ") and "-" not in one.text[:2]:  # "a clerk, Erin Wolf, said"; not R-Ohio
            return one
        if _BETWEEN.fullmatch(between) and (between.endswith("who") or not _FOR_ANOTHER.search(lead)):
            return one
    if joined:  # "Poe rejected the demand and said": the subject of the sentence's first verb
        first = next((one for one in names if low <= one.start), None)
        return first if first is not None and len(masked[low : first.start].split()) <= 2 else None
    return None


def _inverted(kind: str, masked: str, verb: re.Match[str], end: int, names: Sequence[Mention]) -> Attribution | None:
    at = verb.end() + 1
    if name := next(
        (one for one in names if at <= one.start <= at + 4 and not masked[at : one.start].strip(" the")), None
    ):
        return Attribution(kind, verb.start(), verb.start(), verb.end(), max(end, name.end), name=name)
    phrase = _PHRASE.match(masked, at)
    text = phrase[0] if phrase else ""
    if text.lower() in ("he", "she", "they"):
        return Attribution(kind, verb.start(), verb.start(), verb.end(), end, pronoun=text)
    return Attribution(kind, verb.start(), verb.start(), verb.end(), end, phrase=text)


def _source(masked: str, verb: re.Match[str], sentence: Sentence, names: Sequence[Mention]) -> Attribution | None:
    """ "According to X": a name, or a phrase up to the next stop."""
    at = verb.end()
    name = next((one for one in names if at < one.start and masked[at : one.start].strip() in ("", "the")), None)
    if name is not None and not masked.startswith(("’s", "'s"), name.end):
        return Attribution("source", verb.start(), verb.start(), name.end, name.end, name=name)
    phrase = _PHRASE.match(masked, at + 1, sentence.end)
    if phrase is None:
        return None
    return Attribution("source", verb.start(), verb.start(), phrase.end(), phrase.end(), phrase=phrase[0])


def _belief(masked: str, verb: re.Match[str], sentence: Sentence) -> Attribution:
    """ "X are united in the belief that": X is what stands before the sentence's first verb."""
    before = masked[sentence.start : min(verb.start(), sentence.start + _WINDOW)]
    first = _FIRST_VERB.search(f"{before} ")
    phrase = before[: first.start()].strip() if first else ""
    start = sentence.start + len(before) - len(before.lstrip())
    if not phrase or len(phrase.split()) > 9 or re.search(rf"[,;:{QUOTE}{ENDED}{FILL}]", phrase):
        return Attribution("belief", verb.start(), verb.start(), verb.end(), verb.end())
    return Attribution("belief", start, verb.start(), verb.end(), verb.end(), phrase=phrase)


def _going(
    masked: str, verb: re.Match[str], sentence: Sentence, names: Sequence[Mention], found: Sequence[Attribution]
) -> Attribution | None:
    """ ", calling it ...": the speaker is the one of the verb before, else the first name of the sentence."""
    lead = masked[max(sentence.start, verb.start() - 4) : verb.start()]
    if not re.search(r"(?:,|\b(?:as|by|in|and))\s+$", lead):
        return None
    end = _tail(masked, verb.end(), sentence)
    if found and found[-1].kind != "source":
        last = found[-1]
        return Attribution("going", verb.start(), verb.start(), verb.end(), end, last.name, last.pronoun, last.phrase)
    first = next((one for one in names if one.end <= verb.start() and not one.placed), None)
    return Attribution("going", verb.start(), verb.start(), verb.end(), end, name=first)


def _tail(masked: str, at: int, sentence: Sentence) -> int:
    """Where the words behind a verb end: at the next stop or quotation."""
    found = _TAIL.match(masked, at, min(sentence.end, at + _WINDOW))
    return found.end() if found else at


def _clause_start(left: str) -> int:
    return max((one.end() for one in _CLAUSE.finditer(left)), default=0)


def _is_phrase(phrase: str, first: bool) -> bool:
    """Whether words can be the subject of a verb of saying: few, and begun as such a subject is."""
    words = phrase.split()
    if not 1 <= len(words) <= 9:
        return False
    return (
        words[0].lower() in _STARTS
        or (first and words[0][:1].isupper())
        or words[-1].endswith(("officials", "lawyers"))
    )


def governing(masked: str, start: int, end: int, found: Sequence[Attribution]) -> Attribution | None:
    """The attribution that a quotation at ``masked[start:end]`` falls to.

    One that follows at once comes first, then the nearest before it, then the next behind it.
    """
    behind = [one for one in found if one.start >= end]
    if behind and not masked[end : behind[0].start].strip(" ,—–-") and behind[0].kind in ("said", "source"):
        return behind[0]
    before = [
        one for one in found if one.words <= start and (one.kind != "belief" or not masked[one.words : start].strip())
    ]
    usable = [one for one in before if one.kind != "source" or not masked[one.end : start].strip(" ,:")]
    if usable:
        return usable[-1]
    if behind and behind[0].kind in ("said", "source"):
        return behind[0]
    return next((one for one in reversed(before) if one.kind == "source"), None)


_REFERRED: Final = re.compile(
    r"\b(?:referenced|referred to|addressed|mentioned|noted|discussed|raised|alluded to|spoke (?:of|about)|touched on|"
    r"responded|replied|commented|had this to say|was (?:blunt|clear|direct)|put it this way)\b[^.:!?]{0,60}[.:]?\s*$"
)


def referring(masked: str, names: Sequence[Mention]) -> Mention | None:
    """The name at the end of a paragraph that leads over to a quotation: "which Poe mentioned too."

    Also "Poe had this to say:".
    """
    found = _REFERRED.search(masked, max(0, len(masked) - _WINDOW))
    if found is None:
        return None
    before = [one for one in names if one.end <= found.start()]
    near = before[-1] if before else None
    return near if near is not None and found.start() - near.end <= 30 else None
