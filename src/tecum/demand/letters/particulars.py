"""The fields of letters: what each means, where it comes from, and what to record when it is empty.

A field says only what is recorded: service counts as proved by a ``served`` event alone, a date that rests on an
unverified source says so, and what nobody entered is empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tecum import deadlines
from tecum.deadlines import Rule
from tecum.demand.answers import OPEN, SHORT, RequestStanding
from tecum.demand.letters.words import UNVERIFIED, dated, full, listed, marked, money, with_weekday
from tecum.demand.nouns import Docket, Event
from tecum.demand.standing import Standing
from tecum.demand.timeline import natural

_MOVED: Final = ("extension-granted", "extension-taken", "due-ordered")
# The event that a letter reports; its latest one gives {reason}, {until}, {amount} and the like.
_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "extension-granted": ("extension-granted",),
    "extension-refused": ("extension-refused",),
    "final-notice": ("final-notice",),
    "subpoena": ("subpoena-served",),
    "withdrawal": ("withdrawn",),
    "closing": ("closed",),
    "our-extension": ("extension-taken",),
    "fee-estimate": ("payment-asked",),
    "third-party-notice": ("third-party-notified",),
}


@dataclass(frozen=True)
class About:
    """What a letter is about: its name, one recipient's standing, who sends it on which day.

    ``more`` gives fields by hand; they rule over what is recorded.
    """

    letter: str
    docket: Docket
    standing: Standing
    by: str
    on: dt.date
    more: Mapping[str, str] = field(default_factory=dict)

    def last(self, *kinds: str) -> Event | None:
        """The latest event of these kinds."""
        return next((one for one in reversed(self.standing.events) if one.kind in kinds), None)

    @property
    def act(self) -> Event | None:
        """The event that this letter reports; of several notices to third parties the one to the party named."""
        wanted = self.more.get("party", "")
        found = [one for one in self.standing.events if one.kind in _ACTS.get(self.letter, ())]
        return next((one for one in reversed(found) if not wanted or one.data.get("party") == wanted), None)


def unmet(standing: Standing) -> list[RequestStanding]:
    """Requests that still want an answer, or something in their answer; not those that wait for the issuer's review."""
    wanting = (OPEN, SHORT, "refused", "objected", "denied")
    found = [
        one
        for one in standing.requests
        if one.disposition in wanting or (one.disposition.startswith("answered") and one.why)
    ]
    return sorted(found, key=lambda one: natural(one.number))


def _told(key: str, shown: Callable[[str], str] = str) -> Callable[[About], str]:
    """What the event that the letter reports says under a key."""

    def value(about: About) -> str:
        act = about.act
        return marked(shown(act.data.get(key, "")), act.sure) if act else ""

    return value


def _day_of(*kinds: str) -> Callable[[About], str]:
    """The day of the latest event of these kinds."""

    def value(about: About) -> str:
        event = about.last(*kinds)
        return full(event.day) if event else ""

    return value


def _act_day(about: About) -> str:
    return full(about.act.day) if about.act else ""


def _service(about: About) -> str:
    """What is known of how the demand went out, as a sentence; never more than that."""
    served, sent, written = about.last("served"), about.last("sent"), about.standing.demand.dated
    if served:
        return f"The demand was served on {marked(full(served.day), served.sure)}."
    if sent:
        return f"The demand was dispatched on {marked(full(sent.day), sent.sure)}."
    return f"The demand is dated {full(written)}." if written else ""


def _arrival(about: About) -> str:
    """How the answering side has the demand, as a sentence."""
    served = about.last("served")
    day = served.day if served else about.standing.demand.served
    return f"We received it on {full(day)}." if day else ""


def _due(about: About) -> str:
    due = about.standing.clock.due
    return full(due) if due else ""


def _due_clause(about: About) -> str:
    due = about.standing.clock.due
    return f"{'was' if due < about.on else 'is'} due on {with_weekday(due)}" if due else ""


def _due_words(about: About) -> str:
    clock, rule = about.standing.clock, _rule(about)
    if clock.due is None:
        return _period(rule) if rule and not clock.paused and not about.standing.ended else ""
    said = f"by {with_weekday(clock.due)}"
    if basis := _basis(about, rule):
        said += f" ({basis})"
    if clock.later:
        said += f"; on another reading of the rule, by {with_weekday(clock.later)}"
    return said


def _basis(about: About, rule: Rule | None) -> str:
    """What moved or made the date in force; empty for one that the demand itself states."""
    match about.standing.clock.kind:
        case "agreed":
            return "as extended by agreement"
        case "ordered":
            return "as ordered"
        case "statutory" if about.last("extension-taken"):
            return f"as extended under {_cited(rule)}" if rule else "as extended by statute"
        case "computed" | "statutory" if rule:
            return _cited(rule)
    return ""


def _period(rule: Rule) -> str:
    """The period of a rule whose count has not begun, as far as the rule itself gives one."""
    if rule.count is None:
        return ""
    unit = rule.unit.removesuffix("s") if rule.count == 1 else rule.unit
    return f"within {rule.count} {unit} after the demand is {rule.trigger} ({_cited(rule)})"


def _rule(about: About) -> Rule | None:
    return deadlines.rules().get(about.standing.demand.rule)


def _cited(rule: Rule) -> str:
    return rule.citation if rule.verified else f"{rule.citation}, {UNVERIFIED[1:-1]}"


def _new_due(about: About) -> str:
    """The date that the latest extension or order set: as it was written, or as the clock counts it."""
    event = about.last(*_MOVED)
    if event is None:
        return ""
    return marked(dated(event.data["until"]), event.sure) if event.data.get("until") else _due(about)


def _cure_due(about: About) -> str:
    days = {one.due for one in about.standing.deficiencies if one.open}
    if not days or None in days:
        return ""
    first, *others = [day for day in days if day]
    return "the date given for it" if others else full(first)


def _asked_for(about: About) -> str:
    asked = about.last("extension-asked")
    if asked is None:
        return ""
    until, days = asked.data.get("until", ""), asked.data.get("days", "")
    return f"until {dated(until)}" if until else f"of {days} days" if days else ""


def _authorised(about: About) -> str:
    event = about.last("subpoena-authorised")
    return f"by {event.data['by']} on {full(event.day)}" if event else ""


def _appeal(about: About) -> str:
    """The rights of appeal that the denials recorded name, each once."""
    said = [one.data.get("appeal", "") for one in about.standing.events if one.kind == "denied"]
    return "\n".join(dict.fromkeys(one for one in said if one))


def _tracking(about: About) -> str:
    numbers = [*about.standing.recipient.tracking]
    numbers += [one.data.get("tracking", "") for one in about.standing.events if one.kind == "acknowledged"]
    return ", ".join(dict.fromkeys(one for one in numbers if one))


def _reason(about: About) -> str:
    asked = about.last("extension-asked") if about.letter == "extension-granted" else None
    return _told("reason")(about) or (asked.data.get("reason", "") if asked else "")


_BY_HAND: Final = ""  # nothing to record: it is given with the letter
_OPTIONAL: Final = "Mark it as optional"


@dataclass(frozen=True)
class FieldKind:
    """One field: what it means, what to record when it is empty, and how it is found. A ``day`` given is ISO."""

    meaning: str
    record: str
    value: Callable[[About], str]
    day: bool = False

    @property
    def cure(self) -> str:
        """What to do when it is empty."""
        return f"{self.record}, or give it with the letter" if self.record else "Give it with the letter"


def _hand(_: About) -> str:
    return ""


_LOCAL_RULE: Final = f"Whether a local rule asks for more is to be checked {UNVERIFIED}."

KINDS: Final[Mapping[str, FieldKind]] = {
    "date": FieldKind("The letter's date", "Give the letter's date", lambda a: full(a.on), True),
    "by": FieldKind("Who sends the letter, with office", "Name who sends it", lambda a: a.by),
    "signed": FieldKind("Who signs the demand", "Record `signed` in the demand", lambda a: a.standing.demand.signed),
    "sender": FieldKind("Who demands", "Record `from` in the demand", lambda a: a.standing.demand.sender),
    "recipient": FieldKind("Who answers", "Record the recipient's `name`", lambda a: a.standing.recipient.name),
    "counsel": FieldKind(
        "The recipient's counsel", "Record the recipient's `counsel`", lambda a: a.standing.recipient.counsel
    ),
    "address": FieldKind(
        "The recipient's address", "Record the recipient's `address`", lambda a: a.standing.recipient.address
    ),
    "tracking": FieldKind(
        "The recipient's own numbers for the demand",
        "Record the recipient's `tracking`, or an `acknowledged` event with it",
        _tracking,
    ),
    "salutation": FieldKind(
        "Dear Counsel, where counsel is recorded; else a neutral address", _BY_HAND,
        lambda a: "Dear Counsel:" if a.standing.recipient.counsel else "Dear Sir or Madam:",
    ),
    "title": FieldKind("What the demand is about", "Record `title` in the demand", lambda a: a.standing.demand.title),
    "under": FieldKind(
        "The authority that the demand rests on", "Record `under` in the demand", lambda a: a.standing.demand.under
    ),
    "reference": FieldKind(
        "The sender's docket, case or award number", "Record `reference` in the demand",
        lambda a: a.standing.demand.reference,
    ),
    "dated": FieldKind(
        "The demand's date", "Record `dated` in the demand",
        lambda a: full(day) if (day := a.standing.demand.dated) else "", True,
    ),
    "sent": FieldKind("When the demand was dispatched", "Record the `sent` event", _day_of("sent"), True),
    "served": FieldKind(
        "When it was served; empty until service is proved", "Record the `served` event with its proof",
        _day_of("served"), True,
    ),
    "service": FieldKind(
        "A sentence on how the demand went out: served, where that is proved; else dispatched; else dated",
        "Record `dated` in the demand, or the `sent` or `served` event", _service,
    ),
    "arrival": FieldKind(
        "A sentence on when the answering side received the demand",
        "Record the `served` event, or `served` in the demand", _arrival,
    ),
    "due": FieldKind("The return date in force", "Record `due` in the demand, or `rule` and the `served` event; "
                     "no date runs while the clock is paused or when the demand has ended", _due, True),
    "due_words": FieldKind(
        "The return date as a phrase that begins with by, with what it rests on and any contested second date; "
        "before service the rule's period",
        "Record `due` in the demand, or its `rule`; no date runs while the clock is paused", _due_words,
    ),
    "due_clause": FieldKind(
        "The return date as a phrase: is due on, or was due on",
        "Record `due` in the demand, or `rule` and the `served` event; no date runs while the clock is paused",
        _due_clause,
    ),
    "new_due": FieldKind(
        "The date that the latest extension or order sets", "Record the extension with `until` or `days`", _new_due,
        True,
    ),
    "asked_on": FieldKind(
        "When more time was asked for", "Record the `extension-asked` event", _day_of("extension-asked"), True
    ),
    "asked_for": FieldKind(
        "How much more time was asked for, as a phrase", "Record the `extension-asked` event with `until` or `days`",
        _asked_for,
    ),
    "cure_due": FieldKind(
        "By when the open deficiencies are to be cured", "Record `due` with every open deficiency", _cure_due, True
    ),
    "until": FieldKind(
        "The last day that the event behind the letter names, such as that of a final notice",
        "Record `until` with the event that the letter reports", _told("until", dated), True,
    ),
    "act_date": FieldKind(
        "The day of the event that the letter reports", "Record the event that the letter reports", _act_day, True
    ),
    "reason": FieldKind(
        "The reason recorded with the event behind the letter", "Record `reason` with the event", _reason
    ),
    "as_of": FieldKind(
        "The day as of which the letter describes the record", _BY_HAND, lambda a: full(a.standing.as_of), True
    ),
    "open_requests": FieldKind(
        "Numbers of the requests that still want an answer, or something in it", _OPTIONAL,
        lambda a: listed([one.number for one in unmet(a.standing)]),
    ),
    "reminded": FieldKind("When the last reminder went out", "Record the `reminded` event", _day_of("reminded"), True),
    "authorised": FieldKind(
        "By whom and when the subpoena was authorised", "Record the `subpoena-authorised` event with `by`", _authorised
    ),
    "consequence": FieldKind(
        "What the demand itself says follows if it is not answered", "Record `consequence` in the demand",
        lambda a: a.standing.demand.consequence,
    ),
    "production": FieldKind(
        "The form of production that the demand asks for", "Record `production` in the demand",
        lambda a: a.standing.demand.production,
    ),
    "place": FieldKind("Where the answer goes", "Record `place` in the demand", lambda a: a.standing.demand.place),
    "contact": FieldKind(
        "Whom to ask on the demanding side", "Record `contact` in the demand", lambda a: a.standing.demand.contact
    ),
    "our_contact": FieldKind("Whom to ask on the answering side", _BY_HAND, _hand),
    "call_dates": FieldKind("Times proposed for a call", _BY_HAND, _hand),
    "local_rule": FieldKind("What a local rule says on conferring", _BY_HAND, lambda _: _LOCAL_RULE),
    "enclosures": FieldKind("What is enclosed, separated by ;", _BY_HAND, _hand),
    "citation": FieldKind(
        "The rule or statute by which the date is counted", "Record `rule` in the demand",
        lambda a: marked(rule.citation, "" if rule.verified else "unverified") if (rule := _rule(a)) else "",
    ),
    "amount": FieldKind("The fee in US dollars", "Record `amount` with the event", _told("amount", money)),
    "basis": FieldKind("How the fee was reckoned", "Record `basis` with the event", _told("basis")),
    "deposit": FieldKind("What is due first", "Record `deposit` with the event", _told("deposit", money)),
    "party": FieldKind(
        "The third party that is told", "Record the `third-party-notified` event with `party`", _told("party")
    ),
    "party_address": FieldKind("The third party's address", _BY_HAND, _hand),
    "search": FieldKind("How and where was searched", _BY_HAND, _hand),
    "appeal": FieldKind("The rights of appeal against a denial", "Record `appeal` with the `denied` event", _appeal),
}  # fmt: skip


def value(name: str, about: About) -> str:
    """A field's text: what ``more`` gives, else what is recorded; a day given as ISO date is written in full."""
    kind = KINDS.get(name)
    given = about.more.get(name)
    if given is None:
        return kind.value(about) if kind else ""
    return dated(given) if kind and kind.day else given
