"""The table by which a mail's words are read as events: kind, phrases, what they mean, and what takes it back.

A phrase is written in plain words, case and blanks aside:

- ``a|b`` either; ``word*`` with any ending; ``{we}`` one of a list below; ``#`` a number, ``$#`` an amount of money;
- ``~`` up to 24 characters between, ``...`` up to 70, in one sentence; both part the phrase: ``a|b ~ c`` is a or b,
  then c.

A reading fits a sentence of the sender's own words when one of its phrases is found there and none of its ``unless``.
A condition ("if", "we reserve the right") takes a reading back too, unless it is ``conditional``. So does, for all but
``denying`` readings, a word of ``DENIED`` before or within the phrase in the same clause: "we do not object" is no
objection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LISTS: Final = {
    "we": "we|i|the city|the county|the state|the town|the village|the department|the agency|the company|the office|"
    "the district|this office|our office",
    "demand": "letter|demand|demands|request|requests|subpoena|correspondence|inquiry",
    "documents": "document|documents|record|records|materials|files|e-mails|emails|production|productions|volume|"
    "volumes",
    "month": "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|"
    "jun|jul|aug|sep|sept|oct|nov|dec",
    "ask": "request|requests|requested|requesting|ask|asks|asking|need|needs|require|requires|seek|seeks|seeking|"
    "would like|would appreciate|would be grateful for|appreciate|grant|allow us|give us|agree to|consent to",
    "answer": "produce|producing|provide|providing|comply|respond|turn over|release|disclose|answer",
    "sent": "uploaded|transmitted|delivered|produced|posted|shared|made available|sent|producing|transmitting|sending|"
    "delivering|uploading",
}
_NEAR, _FAR = 24, 70
DENIED: Final = re.compile(
    r"\b(?:no(?! later than)|not|never|nor|neither|without|cannot|withdr[ae]ws?|withdrawn|withdrawing|waives?|"
    r"waived|unnecessary|instead of|rather than)\b|n['’]t\b",
    re.IGNORECASE,
)
CONDITION: Final = "if|unless|whether|in the event|should you|reserve the right|reserves the right|reserves its right*"


@dataclass(frozen=True)
class Reading:
    """One row of the table. ``sure`` is probable or possible; ``late``: only when its date is behind the date due."""

    kind: str
    means: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()
    sure: str = "probable"
    denying: bool = False
    conditional: bool = False
    late: bool = False


READINGS: Final = (
    Reading(
        "acknowledged",
        "the demand was received",
        (
            "acknowledge*|acknowledging|acknowledgment|confirm* ~ receipt",
            "this letter|this email|this e-mail|this message ~ acknowledge* ... {demand}",
            "{we} ~ received|in receipt of ~ your|the|this|a copy of ... {demand}",
            "your ... {demand} ~ has been|was|is ~ received|logged|assigned|recorded|opened",
            "assigned ~ tracking|reference|case|control|file|request number",
        ),
        ("hold|preservation|preserve", "payment|check"),
    ),
    Reading("acknowledged", "they thank for the demand", ("thank you for your ~ {demand}",), sure="possible"),
    Reading(
        "extension-asked",
        "more time is asked for",
        (
            "{ask} ... extension|additional time|more time|further time|extra time",
            "{ask} ... extend|extending ~ time|deadline|return date|due date|date",
            "{ask} ... additional|more|another|further|extra ~ day|days|week|weeks",
            "could we|can we|may we ... additional|more|another|further|extra ~ time|day|days|week|weeks",
            "{ask} ... #|thirty|sixty|fourteen|ten ~ day extension|days extension|week extension",
        ),
        ("thank* ~ for ... extension", "granting|denial|denied|declined ... extension", "your extension"),
        conditional=True,
    ),
    Reading(
        "extension-asked",
        "time until a date is asked for",
        (
            "{ask}|extension|extend|extended ... until|to and including ~ {month}|#",
            "{ask}|extension|extend|extended ... through ~ {month}",
            "have until ~ {month}|#",
        ),
        ("office|hours|closed|leave", "period|covers|covering|dated|from", "preserve*|retain*", "you have|you had"),
        sure="possible",
        conditional=True,
    ),
    Reading(
        "extension-asked",
        "they extend the time themselves, perhaps as a statute allows",
        ("{we} ~ extend|extending|extends|extended ... time|deadline|due date|response date",),
        ("you extended|you extend",),
        sure="possible",
    ),
    Reading(
        "extension-asked",
        "an answer is promised for a day behind the date due",
        ("will|expect*|anticipate*|plan*|intend* ... by|no later than|on or before|until ~ {month}|#",),
        sure="possible",
        late=True,
    ),
    Reading(
        "clarification-asked",
        "it is asked what is meant",
        (
            "please|could you|can you|would you|kindly|ask that you|ask you to|need you to|request that you ~ clarify|"
            "specify|explain what|explain which|identify which|identify the|narrow|define|confirm what|confirm which|"
            "confirm whether",
            "{ask}|ask for|asking for ~ clarification|clarifications",
        ),
        ("thank*",),
        conditional=True,
    ),
    Reading(
        "clarification-asked",
        "something in the demand is not clear to them",
        (
            "unclear|not clear ~ what|which|whether|how",
            "what do you|what does ... mean",
            "do not understand ~ what|which",
            "tell us|let us know|advise ... whether|which|what ... {demand}|you mean",
        ),
        sure="possible",
        denying=True,
        conditional=True,
    ),
    Reading(
        "payment-asked",
        "a fee is asked for",
        (
            "fee*|cost|costs|charge*|invoice*|deposit|payment|prepayment|estimate*|pay|payable|remit ... $#",
            "$# ... fee*|cost|costs|deposit|payment|invoice*|charge*|payable|in advance|per page",
            "remit ~ payment|fee|fees|deposit",
            "receipt of ~ payment|the fee|the fees|the deposit",
        ),
        ("grant*|award*|funding|salary|salaries|contract*|budget|settlement", "waive*|waiver|refund*"),
    ),
    Reading(
        "objected",
        "an objection is made",
        (
            "object|objects|objected|objecting ~ to|on|that|because|as",
            "our|its|following|these|general|specific ~ objection|objections",
            "assert*|raise*|interpose* ... objection|objections",
        ),
        ("your objection*|any objection*", "overrule*|resolve*|respond to|withdraw* ... objection*"),
    ),
    Reading(
        "objected",
        "a defect of the demand is asserted",
        ("{demand} ~ is|are ~ overly broad|overbroad|unduly burdensome|vague|improper|ambiguous",),
        sure="possible",
    ),
    Reading(
        "refused",
        "they say that they will not answer",
        ("will not|shall not|cannot|won't|won’t|does not intend to|do not intend to|not in a position to ~ {answer}",),
        (
            "until|before|deadline|in time|by then",
            "by ~ {month}|#",
            "privileged|exempt|copies of|further",
            "subject to",
        ),
        denying=True,
    ),
    Reading(
        "refused",
        "they say that they will produce nothing",
        ("will|shall ~ {answer} ~ no documents|no records|no further documents|nothing|none",),
        ("until|before|deadline",),
        denying=True,
    ),
    Reading(
        "refused",
        "they say that they will not produce some documents",
        ("will not|shall not|cannot|won't|won’t ~ {answer} ... privileged|exempt|confidential",),
        ("until|before|deadline",),
        sure="possible",
        denying=True,
    ),
    Reading(
        "refused",
        "they decline to answer",
        (
            "decline|declines|refuse|refuses ~ to {answer}|your request|your demand|the demand|the subpoena",
            "your|the ~ request|requests|demand|subpoena ~ is|are|has been|have been|must be ~ denied|rejected|refused",
            "{we} ~ deny|denies|reject|rejects ~ your|the ~ request|requests|demand|subpoena",
        ),
        ("extension",),
    ),
    Reading(
        "stated-complete",
        "they say that the answer is complete",
        (
            "production|productions|response|responses|answer ~ is|are ~ complete|completed|final",
            "considers|consider|deems|deem ~ production|response|answer ~ complete|final",
            "completes|concludes|completed|concluded ~ our|the|its|their ~ production|response|answer",
            "all ~ responsive ... have|has ~ been ~ produced|provided|delivered|turned over",
        ),
        (
            "will|would|shall|expect*|hope*|intend*|plan*|once|when|until|upon|after|as soon as",
            "except*|other than|apart from",
        ),
    ),
    Reading(
        "stated-complete",
        "they say that nothing more will come",
        ("no further|no other|no additional|no more|no remaining ~ {documents}", "final|last ~ production|volume"),
        ("request*|need*", "will|would|once|when|until"),
        sure="possible",
        denying=True,
    ),
    Reading(
        "produced",
        "documents came with it",
        ("attached|enclosed|herewith ... {documents}",),
        (
            "attached|enclosed ~ letter|objection*|invoice|estimate|form|list|log|response|answer|reply|request",
            "will|to be ~ attached|enclosed",
        ),
    ),
    Reading(
        "produced",
        "documents were made available",
        (
            "have|has|been|were|was|are|is|am|hereby|today|now ~ {sent} ... {documents}|link|portal|ftp",
            "{documents} ~ have|has|been|were|was|are|is|can be ~ {sent}|downloaded",
        ),
        (
            "will|shall|would|to ~ be",
            "once|until|previously|earlier|last week|last month|last year|ago",
            "being|by you",
        ),
    ),
    Reading(
        "hold-acknowledged",
        "a litigation hold is acknowledged",
        (
            "acknowledge*|received|confirm*|understand|comply with|complying with|read ... litigation hold|legal hold|"
            "document hold|hold notice|preservation notice|preservation letter|preservation demand",
            "litigation hold|legal hold|preservation hold|document hold ~ is in place|has been issued|"
            "has been implemented|was issued|in effect|has been put in place",
            "put|placed|issued|implemented|imposed ~ litigation hold|legal hold|preservation hold|document hold",
        ),
    ),
    Reading(
        "hold-acknowledged",
        "they say that they preserve documents",
        ("{we} ~ are preserving|am preserving|have preserved|will preserve|is preserving|has preserved|suspended",),
        sure="possible",
    ),
)

# What a mail system says.
POSTMASTER: Final = re.compile(r"^(?:mailer-daemon|postmaster|mail delivery (?:system|subsystem))\b", re.IGNORECASE)
UNDELIVERED: Final = re.compile(
    r"(?:could not|couldn['’]t|cannot|can['’]t) be delivered|delivery (?:has )?failed|(?:was not|wasn['’]t) delivered|"
    r"undeliverable|permanent(?:ly)? (?:error|failure|failed)|returned to sender|address (?:not found|rejected)|"
    r"user unknown|no such user|mailbox (?:unavailable|not found|is full)|failure notice|returned mail|"
    r"delivery status notification \(failure\)",
    re.IGNORECASE,
)
DELAYED: Final = re.compile(
    r"\bdelayed\b|\b(?:keep|continue to|be) (?:trying|try|retried)\b|not yet been delivered", re.IGNORECASE
)
ABSENT: Final = re.compile(
    r"\bauto(?:matic)?[ -]?(?:reply|response)\b|\bout of (?:the )?office\b|\bon (?:annual )?leave\b", re.IGNORECASE
)
# The ground of an objection, and the words that name it.
GROUNDS: Final = tuple(
    (ground, re.compile(words, re.IGNORECASE))
    for ground, words in (
        ("scope", r"overly broad|over-?broad|breadth|\bscope\b|not (?:reasonably )?limited|unlimited in time"),
        ("burden", r"burden|disproportionate|proportional|oppressive|voluminous"),
        ("vagueness", r"\bvague|ambiguous|unintelligible|undefined"),
        ("authority", r"authority|authoriz|authoris|jurisdiction|unlawful|unconstitutional"),
        ("privilege", r"privilege|work[ -]product|attorney.client"),
        ("relevance", r"relevan|not calculated to lead"),
        ("confidentiality", r"confidential|privacy|trade secret|personal information"),
    )
)


def compiled(phrase: str) -> re.Pattern[str]:
    """Return the pattern that a phrase stands for.

    Raises:
        KeyError: when it names a list that is not in ``LISTS``.
    """
    parts: list[str] = []
    for piece in re.split(r" (~|\.\.\.) ", phrase):
        if piece == "~":
            parts.append(rf"\W.{{0,{_NEAR}}}?")
        elif piece == "...":
            parts.append(rf"\W.{{0,{_FAR}}}?")
        else:
            parts.append(rf"(?<!\w)(?:{'|'.join(_alternative(one) for one in piece.split('|'))})(?!\w)")
    return re.compile("".join(parts), re.IGNORECASE)


def _alternative(words: str) -> str:
    found: list[str] = []
    for word in words.split():
        if word.startswith("{"):
            found.append(f"(?:{'|'.join(_alternative(one) for one in LISTS[word[1:-1]].split('|'))})")
        elif word in ("#", "$#"):
            found.append(r"\$ ?\d[\d,.]*" if word == "$#" else r"\d{1,4}")
        else:
            found.append(re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else ""))
    return r"\s+".join(found)
