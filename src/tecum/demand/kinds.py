"""The kinds of events: what each means, what it must say, and what must have happened before it.

The order of the table is the order of cause and effect: events of one day without a time are taken in it. So the
result never depends on the order in which somebody typed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True)
class Kind:
    """One kind of event.

    ``region`` is where it acts: response, request, deficiency, enforcement, litigation, consequence, hold, record.
    ``who`` acts: issuer, recipient, court, anyone. ``fields`` are the keys that ``data`` may hold,
     with what they mean;
    those in ``must`` are required. ``after`` lists kinds of which one must have happened before. ``target`` names the
    field that points at something that must exist, and its noun.
    """

    name: str
    region: str
    who: str
    meaning: str
    fields: Mapping[str, str]
    must: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    target: tuple[str, str] = ("", "")
    proof: bool = False  # needs a file or a source
    rank: int = 0


_SERVED: Final = ("sent", "served", "acknowledged")
_DEFICIENCY: Final = ("deficiency", "deficiency")
_AWARD: Final = ("award", "award")
_CASE: Final = ("case", "case")
_REASON: Final = {"reason": "why"}

# name, region, who, meaning, fields, must, after, target, proof
_TABLE: Final[tuple[tuple[Any, ...], ...]] = (
    ("approved", "response", "issuer", "The demand was approved to go out.", {"approver": "who approved"},
     ("approver",)),
    ("sent", "response", "issuer", "The demand was dispatched; that is no proof that it arrived.",
     {"channel": "mail, e-mail, portal, hand, fax, posting"}),
    ("undelivered", "response", "anyone", "It came back: the recipient does not have it.", _REASON, (), ("sent",)),
    ("served", "response", "issuer", "Service is proved.",
     {"channel": "how", "by-mail": "yes when the mail's extra days count"}, (), (), ("", ""), True),
    ("acknowledged", "response", "recipient", "The recipient confirms that it has the demand.",
     {"tracking": "the number that they gave it"}),
    ("hold-sent", "hold", "anyone", "A litigation hold went to a custodian.", {"custodian": "to whom"},
     ("custodian",)),
    ("hold-acknowledged", "hold", "anyone", "The custodian confirmed the hold.", {"custodian": "who"}, ("custodian",),
     ("hold-sent",)),
    ("hold-released", "hold", "anyone", "The hold was lifted.", {"custodian": "for whom"}, ("custodian",),
     ("hold-sent",)),
    ("clarification-asked", "response", "recipient", "The recipient asks what is meant.", {"question": "what"}),
    ("clarification-given", "response", "issuer", "The question was answered.", {"answer": "what"}, (),
     ("clarification-asked",)),
    ("payment-asked", "response", "recipient", "The recipient asks for a fee or a deposit.",
     {"amount": "in US dollars", "basis": "how it was reckoned", "deposit": "what is due first"}),
    ("payment-made", "response", "issuer", "The fee was paid.", {"amount": "in US dollars"}, (), ("payment-asked",)),
    ("extension-asked", "response", "recipient", "More time is asked for.",
     {"until": "the date asked for", "days": "or how many days", "reason": "why"}),
    ("extension-granted", "response", "issuer", "More time is agreed: a new date, or days after the date in force.",
     {"until": "the new date", "days": "or how many days more", "unit": "days or business days", "reason": "why"}),
    ("extension-taken", "response", "recipient", "The recipient takes the extension that the statute allows.",
     {"until": "the new date", "days": "or how many days more", "unit": "days or business days",
      "reason": "the statute's reason"}, ("reason",)),
    ("extension-refused", "response", "issuer", "More time is refused.", _REASON, (), ("extension-asked",)),
    ("due-ordered", "response", "court", "A court or the issuer by order sets the return date.",
     {"until": "the new date", "order": "the order"}, ("until",)),
    ("objected", "request", "recipient", "An objection to some or all requests.",
     {"ground": "scope, burden, authority, privilege, ...", "text": "its words"}, ("ground",)),
    ("objection-answered", "request", "issuer", "The objection is answered: narrowed, overruled or accepted.",
     {"text": "how"}, (), ("objected",)),
    ("answered", "request", "recipient", "An answer to requests that is no production.",
     {"answer": "none exist, narrative, admitted, denied, certified or withheld", "oath": "yes when sworn",
      "signer": "who signed", "rank": "in what office", "log": "yes when a privilege log came with it",
      "text": "its words"}, ("answer",)),
    ("produced", "request", "recipient", "A production volume arrived.",
     {"volume": "its name", "documents": "how many", "pages": "how many", "first": "first number",
     "last": "last number",
      "stops": "findings of severity stop", "manifest": "hash of its manifest"}, ("volume",), (), ("", ""), True),
    ("refused", "request", "recipient", "The recipient refuses to answer some or all requests.", _REASON),
    ("denied", "request", "recipient", "A public-records request is denied in part or whole.",
     {"exemption": "the exemption, with its citation", "text": "what is withheld", "appeal": "the right of appeal"},
     ("exemption",)),
    ("third-party-notified", "record", "recipient", "Somebody whose information is asked for was told.",
     {"party": "who", "until": "until when they may object"}, ("party",)),
    ("stated-complete", "response", "recipient", "The recipient says that its answer is complete.",
     {"by": "who says so"}),
    ("deficiency", "deficiency", "issuer", "Something is lacking; the event's own id names the deficiency.",
     {"code": "a check code, or a word", "text": "what is lacking", "range": "Bates range", "due": "cure by",
      "evidence": "what was seen", "ask": "what would cure it", "volume": "in which volume"}, ("code", "text")),
    ("deficiency-noticed", "deficiency", "issuer", "The recipient was told of it.",
     {"deficiency": "which", "due": "cure by"}, ("deficiency",), (), _DEFICIENCY),
    ("deficiency-answered", "deficiency", "recipient", "The recipient answers; whether that cures it is open.",
     {"deficiency": "which", "text": "what they say"}, ("deficiency",), (), _DEFICIENCY),
    ("deficiency-disputed", "deficiency", "recipient", "The recipient says that nothing is lacking.",
     {"deficiency": "which", "text": "what they say"}, ("deficiency",), (), _DEFICIENCY),
    ("deficiency-cured", "deficiency", "issuer", "It is mended.",
     {"deficiency": "which", "volume": "by which volume", "text": "how"}, ("deficiency",), (), _DEFICIENCY),
    ("deficiency-waived", "deficiency", "issuer", "A named person lets it rest.",
     {"deficiency": "which", "by": "who", "reason": "why"}, ("deficiency", "by"), (), _DEFICIENCY),
    ("accepted", "request", "issuer", "A named person accepts the answer to requests.", {"by": "who"}, ("by",)),
    ("request-waived", "request", "issuer", "Some requests need not be answered.",
     {"by": "who", "reason": "why"}, ("by",)),
    ("request-withdrawn", "request", "issuer", "Some requests are withdrawn.", _REASON),
    ("signed-off", "response", "issuer", "The supervising attorney signs the answer off as complete.",
     {"by": "who"}, ("by",)),
    ("reminded", "enforcement", "issuer", "A reminder went out.", {"by": "who"}),
    ("final-notice", "enforcement", "issuer", "The last notice before a step of force.",
     {"by": "who", "until": "until when"}),
    ("subpoena-authorised", "enforcement", "issuer", "A subpoena was authorised.", {"by": "who"}, ("by",)),
    ("subpoena-served", "enforcement", "issuer", "The subpoena was served.",
     {"by": "who", "until": "its return date"}, (), ("subpoena-authorised",), ("", ""), True),
    ("show-cause", "enforcement", "issuer", "The recipient is ordered to show cause.",
     {"by": "who", "until": "until when", "citation": "the order's citation"}),
    ("show-cause-answered", "enforcement", "recipient", "The order to show cause was answered.", {"text": "what"}, (),
     ("show-cause",)),
    ("investigation-set", "enforcement", "issuer", "The matter is set for investigation or hearing.",
     {"by": "who", "citation": "the order's citation"}),
    ("petition-filed", "enforcement", "issuer", "A court is asked to enforce.", {"case": "the case"}),
    ("compliance-ordered", "enforcement", "court", "A court orders the recipient to comply.",
     {"until": "until when", "order": "the order"}),
    ("contempt", "enforcement", "court", "The recipient is held in contempt.", {"order": "the order"}),
    ("enforcement-satisfied", "enforcement", "anyone", "The steps of force are at an end: they were met.",
     {"text": "how"}),
    ("motion", "litigation", "anyone", "A motion is pending in a case.", {"case": "the case", "text": "for what"},
     ("case",), (), _CASE),
    ("judgment", "litigation", "court", "A case was decided.", {"case": "the case", "text": "how"}, ("case",), (),
     _CASE),
    ("appealed", "litigation", "anyone", "A decision was appealed.", {"case": "the case", "text": "which"},
     ("case",), (),
     _CASE),
    ("settled", "litigation", "anyone", "A case was settled.", {"case": "the case", "text": "how"}, ("case",), (),
     _CASE),
    ("dismissed", "litigation", "anyone", "A case was dismissed or dropped.", {"case": "the case", "text": "how"},
     ("case",), (), _CASE),
    ("at-risk", "consequence", "issuer", "A consequence is threatened.", {"award": "which", "text": "what"},
     ("award",), (),
     _AWARD),
    ("withheld", "consequence", "issuer", "The award is held back.",
     {"award": "which", "condition": "under which condition", "by": "who"}, ("award",), (), _AWARD),
    ("conditioned", "consequence", "issuer", "The award is bound to a condition.",
     {"award": "which", "condition": "which condition", "by": "who"}, ("award",), (), _AWARD),
    ("terminated", "consequence", "issuer", "The award is ended, or the authority revoked.",
     {"award": "which", "condition": "under which condition", "by": "who", "effective": "from which day"},
     ("award",), (),
     _AWARD),
    ("released", "consequence", "issuer", "The award is paid out or the threat is dropped.",
     {"award": "which", "by": "who"}, ("award",), (), _AWARD),
    ("restored", "consequence", "issuer", "What was withheld or ended is given back.",
     {"award": "which", "by": "who"}, ("award",), (), _AWARD),
    ("consolidated", "response", "issuer", "The demand goes on in another.", {"into": "which demand"}, ("into",)),
    ("superseded", "response", "issuer", "Another demand replaces it.", {"by": "which demand"}, ("by",)),
    ("withdrawn", "response", "issuer", "The demand is withdrawn.", _REASON),
    ("closed", "response", "issuer", "The file is closed by a named person.", {"by": "who", "reason": "why"},
     ("by",)),
    ("statement", "record", "anyone", "Somebody said something that matters.",
     {"speaker": "who said it", "words": "what was said", "through": "who reports it",
     "form": "quoted or paraphrased",
      "about": "an event, award, case or order that rests on it", "stance": "supports or disputes"}, ("words",)),
    ("note", "record", "anyone", "Anything else worth keeping.", {"text": "what"}, ("text",)),
    ("calendar-accepted", "record", "issuer", "A person accepted a changed list of holidays.",
     {"calendar": "which", "by": "who", "version": "of what"}, ("calendar", "by")),
    ("corrected", "record", "anyone", "An earlier entry was wrong: `event` names it; other keys replace its data. "
     "`retract` = yes takes it back.", {"event": "which", "retract": "yes", "happened": "the right date",
     "reason": "why"}, ("event", "reason"), (), ("event", "event")),
)  # fmt: skip


class _Kinds(dict[str, Kind]):
    """The known kinds by name. One that a newer version entered is asked for like any other: it acts nowhere."""

    def __missing__(self, name: str) -> Kind:
        return Kind(name, "record", "anyone", "A kind that this version does not know.", {}, rank=len(self))


KINDS: Final[dict[str, Kind]] = _Kinds(
    {one.name: replace(one, rank=rank) for rank, one in enumerate(Kind(*row) for row in _TABLE)}
)

# The steps of force, mildest first; a state of the enforcement region bears the name of its last step.
LADDER: Final = (
    "reminded", "final-notice", "subpoena-authorised", "subpoena-served", "show-cause", "investigation-set",
    "petition-filed", "compliance-ordered", "contempt",
)  # fmt: skip
ADVERSE: Final = ("withheld", "conditioned", "terminated")  # what an order may freeze
ANSWERING: Final = ("response", "request", "deficiency")  # regions of what is between the two sides
ENDED: Final = ("withdrawn", "superseded", "consolidated", "closed")
ANSWER_WORDS: Final = ("none exist", "narrative", "admitted", "denied", "certified", "withheld")
DATES: Final = ("until", "due", "effective")  # fields of data that hold a day
