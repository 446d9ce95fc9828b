"""Words by which a writer claims privilege: legends, and the marks of drafts for a court."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEAD = 15  # lines at the beginning of a message or document in which a legend is looked for
_STANDING = 10  # words: a line no longer than this is a mark, not a sentence

_S = r"[\s*_-]{1,4}"
# Each means a claim of privilege wherever a legend may stand.
_CLEAR = re.compile(
    rf"""\b(?:
      att(?:orne)?y'?s?[\s/&_-]{{1,4}}client | (?:solicitor|abogado){_S}cliente? | client[/-]attorney
    | att(?:orne)?y'?s?{_S}work{_S}product | work{_S}product{_S}(?:doctrine|privilege|immunity|protect)
    | (?<!non-)(?<!non\ )(?<!not\ )priv(?:ileged|\.)?[\s,/;_-]{{0,3}}(?:&|and\b|[\s,/;-])[\s_-]{{0,3}}
        (?:\w{{1,12}}{_S})?conf(?:idential|\b)
    | confidential[\s,/;_-]{{0,3}}(?:&|and\b|[\s,/;-])[\s_-]{{0,3}}(?:(?:legally|attorney|also){_S})?privileged
    | prepared{_S}(?:at|by|for|in|under|upon|pursuant)\b[\w\s,]{{0,40}}\b(?:request|direction|advice){_S}of{_S}
        (?:\w{{1,15}}{_S}){{0,2}}(?:counsel|attorney)
    | prepared{_S}(?:by|for){_S}(?:legal{_S}|outside{_S})?counsel\b
    | in{_S}anticipation{_S}of{_S}litigation
    | (?:fre|f\.r\.e\.|rule|evidence|evid\.){_S}(?:rule{_S})?408\b
    | common{_S}interest{_S}(?:privilege|agreement|doctrine|communication|material|protect)
    | joint{_S}defen[cs]e{_S}(?:privilege|agreement|communication|material|protect)
    | (?:confidential|privileged){_S}legal{_S}(?:advice|communication|memo|opinion|analysis)
    | legally{_S}privileged | legal{_S}(?:professional{_S})?privilege
    | (?P<R8>(?:deliberative(?:{_S}process)?|law{_S}enforcement|investigat\w{{2,6}}|executive|mediation){_S}privilege)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Each is a legend when it stands for itself, and an ordinary word in a sentence.
_LOOSE = re.compile(
    rf"""\b(?:
      (?<!non-)(?<!non\ )(?<!not\ )(?<!feel\ )(?<!felt\ )(?<!honored\ )
        privileged\b(?!{_S}(?:to|access|user|users|account|accounts|status|few|session|mode|life|enough)\b)
    | work{_S}product | common{_S}interest\b(?!{_S}(?:communit|realty|development))
    | joint{_S}defen[cs]e | legal{_S}advice | advice{_S}of{_S}counsel | a/?c{_S}priv(?:ileged?)?\b
    | (?P<R8>pre-?{_S}?decisional | deliberative(?:{_S}process)? )
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Other grounds on which a public body withholds; reported for a person, never enough to hold a family.
_GOVERNMENT = re.compile(
    rf"""\b(?:law{_S}enforcement{_S}sensitive
    | settlement{_S}(?:communication|negotiation|discussion|offer|purposes|proposal)
    | exempt{_S}from{_S}(?:public{_S})?(?:disclosure|release)
    | not{_S}subject{_S}to{_S}(?:disclosure|the{_S}public{_S}records)
    | (?:closed|executive){_S}session | 5{_S}u\.?s\.?c\.?{_S}(?:\N{{SECTION SIGN}}{_S})?552\(b\) )""",
    re.IGNORECASE | re.VERBOSE,
)
_PLEADING = re.compile(
    rf"""\b(?:motion{_S}(?:to{_S}(?:dismiss|compel|stay|quash|intervene|remand|strike)
        |for{_S}(?:a{_S})?(?:summary|preliminary|temporary|protective|default|leave|judgment))
    | brief{_S}in{_S}(?:support|opposition) | (?:opposition|reply|amicus|opening|appellate){_S}brief
    | memorandum{_S}of{_S}(?:law|points) | answer{_S}(?:to{_S}(?:the{_S})?complaint|and{_S}affirmative)
    | complaint{_S}for{_S}(?:declaratory|injunctive|damages) | interrogator(?:y|ies) | pleadings?\b
    | settlement{_S}agreement | notice{_S}of{_S}appeal
    | responses?{_S}(?:and{_S}objections{_S})?to{_S}(?:\w{{1,12}}{_S})?requests?{_S}for )""",
    re.IGNORECASE | re.VERBOSE,
)
_DRAFT = re.compile(r"\b(?:draft|redline|working\s{1,3}copy)\b", re.IGNORECASE)
_CAPTION = re.compile(
    r"\bin\s{1,4}the\s{1,4}(?:\w{1,20}\s{1,4}){0,4}court\b|\bcase\s{1,4}no\b|\bplaintiffs?\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Legend:
    """A legend at ``text[start:end]``; ``strong`` when it stands where a writer puts a claim."""

    rule: str
    start: int
    end: int
    strong: bool


def in_title(folded: str) -> Legend | None:
    """The first legend in a subject, title or file name, where every one counts."""
    folded = folded.replace("_", " ")
    if match := _CLEAR.search(folded) or _LOOSE.search(folded):
        return Legend(match.lastgroup or "R5", match.start(), match.end(), True)
    if match := _GOVERNMENT.search(folded):
        return Legend("R8", match.start(), match.end(), False)
    return None


def in_body(folded: str) -> Iterator[Legend]:
    """Yield at most one strong and one weaker legend of a message, footers already removed."""
    head = _head(folded)
    weaker: Legend | None = None
    for pattern in (_CLEAR, _LOOSE, _GOVERNMENT):
        for match in pattern.finditer(folded):
            at_head = match.start() < head
            standing = _words_in_line(folded, match.start(), match.end()) <= _STANDING
            strong = (standing or at_head) if pattern is _CLEAR else pattern is _LOOSE and at_head and standing
            rule = "R8" if pattern is _GOVERNMENT else match.lastgroup or "R5"
            if strong:
                yield Legend(rule, match.start(), match.end(), True)
                return
            weaker = weaker or Legend(rule, match.start(), match.end(), False)
    if weaker:
        yield weaker


def court_draft(titles: str, folded: str) -> tuple[str, bool] | None:
    """Words that make this a draft for a court, and whether its own first lines show a court's caption."""
    match = _PLEADING.search(titles)
    if not match:
        return None
    first = folded[: _head(folded)]
    if not _DRAFT.search(titles) and not _DRAFT.search(first):
        return None
    return match[0], bool(_CAPTION.search(first))


def _head(folded: str) -> int:
    """Offset behind the first lines that hold text."""
    seen = at = 0
    for line in folded.splitlines(keepends=True):
        at += len(line)
        seen += bool(line.strip())
        if seen == HEAD:
            break
    return at


def _words_in_line(folded: str, start: int, end: int) -> int:
    first = folded.rfind("\n", max(0, start - 300), start) + 1 or max(0, start - 300)
    last = folded.find("\n", end, end + 300)
    return len(folded[first : last if last >= 0 else end + 300].split())
