"""How each numbered request stands with one recipient, which deficiencies are open, and the state of the response.

A pure function of the events in order of happening. An event that cannot take effect (it cures what was never raised,
it comes after the demand ended) is not dropped: it stands among the conflicts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tecum.demand.due import Clock
from tecum.demand.kinds import ENDED, KINDS
from tecum.demand.nouns import Ask, Demand, Event

# Dispositions of a request. Those that are settled need nothing more from the recipient.
OPEN, SHORT = "open", "short"
GIVEN_UP: Final = ("waived", "withdrawn")
SETTLED: Final = ("satisfied", *GIVEN_UP)
OPEN_DEFICIENCY: Final = ("open", "answered", "disputed")
_STATES: Final = {
    "deficiency-answered": "answered",
    "deficiency-disputed": "disputed",
    "deficiency-cured": "cured",
    "deficiency-waived": "waived",
}
_SETTLING: Final = {"accepted": "satisfied", "request-waived": "waived", "request-withdrawn": "withdrawn"}
# States before an answer, each named like the event that leads to it.
_FIRST_STEPS: Final = ("drafted", "approved", "sent", "served", "acknowledged")
# What may still happen in another region after a demand has ended, and takes effect there.
_OTHER_REGIONS: Final = ("consequence", "litigation", "hold", "record")
_EXTENSIONS: Final = ("extension-granted", "extension-taken", "due-ordered")


@dataclass(frozen=True)
class RequestStanding:
    """One request with one recipient: its disposition, since when, and the events it rests on."""

    number: str
    disposition: str
    since: str
    why: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class Deficiency:
    """Something lacking: ``state`` is open, answered, disputed, cured or waived. ``events`` are all that touched it."""

    id: str
    requests: tuple[str, ...]
    code: str
    text: str
    range: str
    ask: str
    evidence: str
    volume: str
    raised: str
    due: dt.date | None
    noticed: bool
    state: str
    said: str
    events: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether it still waits for its cure."""
        return self.state in OPEN_DEFICIENCY


@dataclass
class Answers:
    """What was answered, request by request; built by ``follow``."""

    requests: dict[str, RequestStanding]
    deficiencies: dict[str, Deficiency] = field(default_factory=dict)
    volumes: list[Event] = field(default_factory=list)
    signed_off: Event | None = None
    stated_complete: Event | None = None
    ended: Event | None = None
    conflicts: list[str] = field(default_factory=list)
    pending: dict[str, Event] = field(default_factory=dict)  # what the issuer owes an answer to, by word and event
    weighed: dict[str, frozenset[str]] = field(default_factory=dict)  # deficiencies known when a request was settled

    def standing(self, number: str) -> RequestStanding:
        """A request as it stands: an open deficiency that names it makes it short, whatever was said before.

        One that names no request (the volume came late, its load file cannot be read) makes the response deficient and
        leaves the requests as they are. Whoever settles a request knows what is open then. A request that was waived or
        withdrawn owes nothing more.
        """
        one = self.requests[number]
        if one.disposition in GIVEN_UP:
            return one
        short = [
            each
            for each in self.deficiencies.values()
            if each.open and number in each.requests and each.id not in self.weighed.get(number, ())
        ]  # fmt: skip
        if not short:
            return one
        why = "; ".join(f"{d.id}: {d.text}" for d in short)
        return RequestStanding(number, SHORT, short[0].raised, why, tuple(d.id for d in short))

    def all(self) -> list[RequestStanding]:
        """Every request as it stands."""
        return [self.standing(number) for number in self.requests]

    def owed(self, deficiency: Deficiency) -> bool:
        """Whether the recipient has to cure it: not when everything that it concerns is settled."""
        numbers = [one for one in deficiency.requests if one in self.requests] or list(self.requests)
        return not numbers or any(self.standing(one).disposition not in SETTLED for one in numbers)

    @property
    def open_deficiencies(self) -> list[Deficiency]:
        """Those that wait for their cure."""
        return [one for one in self.deficiencies.values() if one.open]


def follow(demand: Demand, events: Sequence[Event]) -> Answers:
    """Go through a recipient's events in order of happening."""
    start = demand.dated.isoformat() if demand.dated else ""
    answers = Answers({one.number: RequestStanding(one.number, OPEN, start, "", ()) for one in demand.requests})
    for event in events:
        if answers.ended is not None:
            _after_the_end(answers, event)
        elif event.kind in ENDED:
            answers.ended = event
        else:
            _take(demand, answers, event)
    return answers


def _after_the_end(answers: Answers, event: Event) -> None:
    """A fact stays a fact: a volume is kept, a deficiency is never lost; nothing that ended begins again."""
    assert answers.ended is not None
    if event.kind == "produced":
        answers.volumes.append(event)
    elif event.kind.startswith("deficiency"):
        _deficiency(answers, event)
    if KINDS[event.kind].region not in _OTHER_REGIONS and event.kind not in (*ENDED, "enforcement-satisfied"):
        answers.conflicts.append(f"{_said(event)} after the demand was {answers.ended.kind} on {answers.ended.day}.")


def _take(demand: Demand, answers: Answers, event: Event) -> None:
    match event.kind:
        case "produced":
            answers.volumes.append(event)
            answers.signed_off = None  # a late volume reopens; the sign-off stays in the history
            _dispose(answers, event, "produced")
        case "answered":
            _dispose(answers, event, "", demand)
        case "objected" | "refused" | "denied":
            _dispose(answers, event, "refused" if event.kind == "refused" else event.kind)
        case "accepted" | "request-waived" | "request-withdrawn":
            _dispose(answers, event, _SETTLING[event.kind])
        case "signed-off":
            answers.signed_off = event
        case "stated-complete":
            answers.stated_complete = event
        case kind if kind.startswith("deficiency"):
            _deficiency(answers, event)
    _owed(answers, event)


def _dispose(answers: Answers, event: Event, disposition: str, demand: Demand | None = None) -> None:
    """Set the disposition of the event's requests; an event that names none means all that are not settled."""
    for number in event.requests or tuple(answers.requests):
        old = answers.requests.get(number)
        if old is None:
            answers.conflicts.append(f"{_said(event)}: the demand has no request {number}.")
            continue
        settling = disposition in SETTLED
        reopens = event.kind == "produced" and old.disposition not in GIVEN_UP
        if old.disposition in SETTLED and not (event.requests and (settling or reopens)):
            continue  # what is settled is not unsettled by a word about everything
        answers.weighed.pop(number, None)
        if settling:
            answers.weighed[number] = frozenset(answers.deficiencies)
        ask = demand.ask(number) if demand else None
        now, why = _answer(event, ask) if ask else (disposition, event.data.get("volume") or _reason(event))
        answers.requests[number] = RequestStanding(number, now, event.happened[:10], why, (*old.events, event.id))


def _answer(event: Event, ask: Ask) -> tuple[str, str]:
    """The disposition that an answer without documents gives, measured by what the request wanted."""
    said = event.data.get("answer", "")
    lacks = []
    if ask.oath and event.data.get("oath") != "yes":
        lacks.append("not sworn")
    if ask.signers and event.data.get("rank", "").casefold() not in {one.casefold() for one in ask.signers}:
        lacks.append(f"signed by {event.data.get('rank') or 'nobody named'}, wanted: {', '.join(ask.signers)}")
    if said == "withheld" and event.data.get("log") != "yes":
        lacks.append("withheld without a privilege log")
    return f"answered: {said}", "; ".join(lacks)


def _reason(event: Event) -> str:
    return event.data.get("ground") or event.data.get("reason") or event.data.get("exemption") or ""


def _deficiency(answers: Answers, event: Event) -> None:
    if event.kind == "deficiency":
        answers.deficiencies.setdefault(
            event.id,
            Deficiency(
                event.id, event.requests, event.data.get("code", ""), event.data.get("text", ""),
                event.data.get("range", ""), event.data.get("ask", ""), event.data.get("evidence", ""),
                event.data.get("volume", ""), event.happened[:10], event.date("due"), False, "open", "", (event.id,),
            ),
        )  # fmt: skip
        return
    known = answers.deficiencies.get(event.data.get("deficiency", ""))
    if known is None:
        answers.conflicts.append(
            f"{_said(event)}: deficiency {event.data.get('deficiency', '')} had not been raised by then."
        )
        return
    state = _STATES.get(event.kind, known.state) if known.open else known.state
    answers.deficiencies[known.id] = Deficiency(
        known.id, known.requests, known.code, known.text, known.range, known.ask, known.evidence, known.volume,
        known.raised, event.date("due") or known.due, known.noticed or event.kind == "deficiency-noticed", state,
        event.data.get("text", known.said), (*known.events, event.id),
    )  # fmt: skip


_ASKED: Final = {
    "extension-asked": "extension", "extension-granted": "-extension", "extension-refused": "-extension",
    "extension-taken": "-extension", "due-ordered": "-extension", "clarification-asked": "clarification",
    "clarification-given": "-clarification", "payment-asked": "payment", "payment-made": "-payment",
    "objected": "objection", "objection-answered": "-objection",
}  # fmt: skip


def _owed(answers: Answers, event: Event) -> None:
    """Keep what the recipient asked and the issuer has not answered yet."""
    word = _ASKED.get(event.kind, "")
    if not word.startswith("-"):
        if word:
            answers.pending[f"{word}/{event.id}"] = event
        return
    for key, asked in list(answers.pending.items()):
        # An objection to one request is not answered by a word on another; what else is asked is asked of the whole.
        other = word == "-objection" and event.requests and not set(asked.requests) <= set(event.requests)
        if key.startswith(f"{word[1:]}/") and not other:
            del answers.pending[key]


def response(
    demand: Demand, answers: Answers, events: Sequence[Event], clock: Clock, as_of: dt.date, resting: bool
) -> tuple[str, bool]:
    """The state of the response region, and whether something is overdue.

    ``resting`` says that an order lets the duty to answer rest on that day: then no cure is late.
    """
    if answers.ended is not None:
        return answers.ended.kind, False
    now = answers.all()
    left = [one for one in now if one.disposition not in SETTLED]
    late = clock.passed(as_of, demand.grace) and not demand.observed
    if now and not left and not answers.open_deficiencies:
        return ("complete" if answers.signed_off else "produced, under review"), False
    if answers.open_deficiencies:
        lacking = [one for one in answers.open_deficiencies if one.due and one.due < as_of and answers.owed(one)]
        cure_late = bool(lacking) and not resting
        return "deficient", cure_late or (late and any(one.disposition == OPEN for one in left))
    silent = [one for one in left if one.disposition == OPEN]
    if left and all(one.disposition == "refused" for one in left):
        return "refused", False
    if answers.stated_complete is not None or (left and not silent and _answered(left)):
        return "produced, under review", bool(silent) and late
    if answers.volumes or _answered(now) or any(one.disposition == "satisfied" for one in now):
        return "partially produced", late and bool(silent)
    if any(one.disposition in ("objected", "denied") for one in left):
        return "objected", late and bool(silent)
    step = _first_step(demand, answers, events, as_of)
    if step in ("drafted", "approved", "undelivered"):
        return step, False  # nobody is late with an answer to what he was not sent
    if demand.observed and clock.passed(as_of, demand.grace):
        return "nothing recorded", False
    return ("no response" if late else step), late


def _answered(standings: Iterable[RequestStanding]) -> bool:
    return any(one.disposition == "produced" or one.disposition.startswith("answered") for one in standings)


def _first_step(demand: Demand, answers: Answers, events: Sequence[Event], as_of: dt.date) -> str:
    """The last step before an answer: from drafted to acknowledged, clarifying or extended."""
    if any(key.startswith(("clarification/", "payment/")) for key in answers.pending):
        return "clarifying"
    happened = [one.kind for one in events]
    if any(kind in _EXTENSIONS for kind in happened):
        return "extended"
    state = _FIRST_STEPS[0]
    if demand.served and demand.served <= as_of:
        state = "served"  # for everybody, as the demand itself says
    for kind in happened:  # no step is taken back but by a bounce, and what was acknowledged had arrived
        if kind == "undelivered":
            state = state if state == "acknowledged" else kind
        elif kind in _FIRST_STEPS and kind != "approved" and state == "undelivered":
            state = kind
        elif kind in _FIRST_STEPS and state != "undelivered":
            state = max(state, kind, key=_FIRST_STEPS.index)
    return state


def _said(event: Event) -> str:
    return f"{event.kind} on {event.day} ({event.id})"
