"""Where one recipient stands under one demand, in four answers: response, enforcement, litigation, consequence.

Computed from everything that had happened by a day, each time anew; nothing here is stored. See
``docs/reference/docket.md`` for the states and what leads to each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tecum.demand import timeline
from tecum.demand.answers import Answers, Deficiency, RequestStanding, follow, response
from tecum.demand.due import Calendars, Clock, clock
from tecum.demand.kinds import ADVERSE, DATES, KINDS, LADDER
from tecum.demand.nouns import NATIONWIDE, Award, Case, Demand, Docket, Event, Order, Recipient
from tecum.demand.orders import Orders, names

STEP_WORDS: Final = {
    "reminded": "reminder", "final-notice": "final notice", "subpoena-authorised": "subpoena authorised",
    "subpoena-served": "subpoena served", "show-cause": "show cause", "investigation-set": "investigation set",
    "petition-filed": "petition to enforce filed", "compliance-ordered": "order to comply", "contempt": "contempt",
}  # fmt: skip
# From the worst down: a recipient's consequence is the worst of its awards'.
CONSEQUENCES: Final = ("terminated", "withheld", "conditioned", "at risk", "restored", "released", "none")
AT_STAKE: Final = ("terminated", "withheld", "conditioned", "at risk")
_CASE_WORDS: Final = {
    "motion": "motion pending", "judgment": "judgment", "appealed": "appealed", "settled": "settled",
    "dismissed": "dismissed",
}  # fmt: skip


@dataclass(frozen=True)
class AwardStanding:
    """An award: its state, the orders that freeze an adverse act on it, and those that did and no longer do."""

    award: Award
    state: str
    since: str
    frozen_by: tuple[str, ...]
    lifted: tuple[tuple[str, dt.date], ...]  # (order, first day without it) since the last act on the award
    events: tuple[str, ...]

    @property
    def at_stake(self) -> Decimal:
        """The amount that hangs on the answer; 0 when it is not known or no longer hangs on it."""
        return self.award.amount or Decimal(0) if self.state in AT_STAKE else Decimal(0)


@dataclass(frozen=True)
class CaseStanding:
    """A case that a recipient is a party to."""

    case: Case
    state: str
    since: str


@dataclass(frozen=True)
class Hold:
    """A litigation hold on the answering side, custodian by custodian."""

    custodian: str
    state: str
    since: str


@dataclass(frozen=True)
class Standing:
    """One recipient under one demand as of a day. ``conflicts`` are recorded acts that could not take effect."""

    as_of: dt.date
    demand: Demand
    recipient: Recipient
    response: str
    enforcement: str
    litigation: str
    consequence: str
    overdue: bool
    resting: bool  # an order lets the duty to answer rest
    clock: Clock
    requests: tuple[RequestStanding, ...]
    deficiencies: tuple[Deficiency, ...]
    awards: tuple[AwardStanding, ...]
    cases: tuple[CaseStanding, ...]
    orders: tuple[Order, ...]  # in force that reach the recipient
    stayed_by: tuple[str, ...]  # those of them that forbid a step of force
    frozen_by: tuple[str, ...]  # those, and the ones that freeze one of its awards
    holds: tuple[Hold, ...]
    conflicts: tuple[str, ...]
    events: tuple[Event, ...]
    answers: Answers

    @property
    def reached_by(self) -> tuple[str, ...]:
        """The ids of the orders that reach the recipient."""
        return names(self.orders)

    @property
    def at_stake(self) -> Decimal:
        """What hangs on the answer, in US dollars."""
        return sum((one.at_stake for one in self.awards), Decimal(0))

    @property
    def unverified(self) -> bool:
        """Whether a figure in ``at_stake`` is one that nobody should rely on."""
        return any(one.award.sure == "unverified" and one.at_stake for one in self.awards)

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be done: withdrawn, superseded, consolidated or closed."""
        return self.answers.ended is not None


def standings(docket: Docket, as_of: dt.date, calendars: Calendars, among: Collection[str] = ()) -> list[Standing]:
    """Every recipient of every demand as of the end of a day, in the order in which the docket lists them.

    ``among`` leaves only these recipients; empty means all. What others did changes nothing of a recipient's row.
    """
    events = timeline.until(timeline.effective(docket), as_of)
    orders = Orders(docket, as_of)
    awards: dict[str, list[Award]] = {}
    for award in docket.awards.values():
        awards.setdefault(award.recipient, []).append(award)
    found = []
    for (demand, recipient), own in timeline.by_recipient(docket, events).items():
        if recipient in docket.recipients and (not among or recipient in among):
            known = docket.recipients[recipient]
            found.append(
                _standing(
                    docket, docket.demands[demand], known, own, awards.get(recipient, []), orders, calendars, as_of
                )
            )
    return found


def _standing(
    docket: Docket, demand: Demand, recipient: Recipient, events: Sequence[Event], awards: Sequence[Award],
    orders: Orders, calendars: Calendars, as_of: dt.date,
) -> Standing:  # fmt: skip
    answers = follow(demand, events)
    running = events if answers.ended is None else events[: events.index(answers.ended)]
    ticking = clock(demand, recipient, running, orders, calendars, as_of)
    resting = bool(orders.freezing("response", recipient, as_of))
    state, overdue = response(demand, answers, running, ticking, as_of, resting)
    if answers.ended is not None:
        said = f"The demand was {answers.ended.kind} on {answers.ended.day}: no date runs any more."
        ticking = Clock(None, ticking.nominal, None, "", False, (said,))
    enforcement, refused = _enforcement(events, recipient, orders, answers)
    hanging, frozen_acts = _consequences(awards, events, recipient, orders, as_of)
    cases = _cases(docket, recipient, events, orders, as_of)
    reached = [one for one in orders if orders.in_force(one, as_of) and orders.reaches(one, recipient)]
    stays = stayed(orders, recipient, as_of)
    frozen_by = dict.fromkeys([*(order for one in hanging for order in one.frozen_by), *stays])
    return Standing(
        as_of=as_of,
        demand=demand,
        recipient=recipient,
        response=state,
        enforcement=enforcement,
        litigation=_litigation(cases, reached),
        consequence=_worst(hanging),
        overdue=overdue,
        resting=resting,
        clock=ticking,
        requests=tuple(answers.all()),
        deficiencies=tuple(answers.deficiencies.values()),
        awards=tuple(hanging),
        cases=tuple(cases),
        orders=tuple(reached),
        stayed_by=tuple(stays),
        frozen_by=tuple(frozen_by),
        holds=tuple(_holds(events)),
        conflicts=(
            *answers.conflicts,
            *refused,
            *frozen_acts,
            *_unread(events),
            *_closed_early(answers, enforcement, hanging),
        ),
        events=tuple(events),
        answers=answers,
    )


def stayed(orders: Orders, recipient: Recipient, day: dt.date) -> list[str]:
    """Orders that forbid a step of force against a recipient on a day: they freeze enforcement, or the duty itself."""
    found = [one for step in ("enforcement", "response") for one in orders.freezing(step, recipient, day)]
    return list(dict.fromkeys(names(found)))


def _enforcement(
    events: Sequence[Event], recipient: Recipient, orders: Orders, answers: Answers
) -> tuple[str, list[str]]:
    """The last step of force that could be taken; the issuer's steps while an order froze them are conflicts."""
    state, conflicts = "none", []
    taken: set[str] = set()
    ended = False
    for event in events:
        ended = ended or event is answers.ended
        if event.kind == "enforcement-satisfied":
            state = "satisfied"
        if event.kind not in LADDER:
            continue
        kind = KINDS[event.kind]
        trouble = ""
        if kind.who == "issuer" and (by := stayed(orders, recipient, event.day)):
            trouble = f"although order {', '.join(by)} froze it"
        elif ended:
            continue  # named among the conflicts of the response already
        elif kind.after and not taken & set(kind.after):
            trouble = f"before {' or '.join(kind.after)}"
        if trouble:
            conflicts.append(f"{event.kind} on {event.day} ({event.id}) {trouble}: it is not given effect.")
        else:
            taken.add(event.kind)
            state = STEP_WORDS[event.kind]
    return state, conflicts


def _closed_early(answers: Answers, enforcement: str, awards: Iterable[AwardStanding]) -> Iterable[str]:
    """What keeps a file from being closed, though it was."""
    ended = answers.ended
    if ended is not None and ended.kind == "closed":
        for said in unready(enforcement, awards):
            yield f"closed on {ended.day} ({ended.id}) although {said}."


def unready(enforcement: str, awards: Iterable[AwardStanding]) -> Iterable[str]:
    """What must be settled before a file is closed: steps of force that were not met, money that is held back."""
    if enforcement not in ("none", "satisfied"):
        yield f"enforcement stands at {enforcement}"
    yield from (f"award {one.award.id} is withheld" for one in awards if one.state == "withheld")


def _unread(events: Iterable[Event]) -> Iterable[str]:
    """What a newer version may have entered and this one cannot read: it is shown, and has no effect."""
    for event in events:
        if event.kind not in KINDS:
            yield f"{event.kind} on {event.day} ({event.id}): this version does not know this kind of event."
        for key in DATES:
            if event.data.get(key) and event.date(key) is None:
                yield f"{event.kind} on {event.day} ({event.id}): {key} {event.data[key]} cannot be read as a date."
        if event.data.get("days") and event.number("days") is None:
            yield f"{event.kind} on {event.day} ({event.id}): {event.data['days']} is no number of days."


def _consequences(
    awards: Sequence[Award], events: Sequence[Event], recipient: Recipient, orders: Orders, as_of: dt.date
) -> tuple[list[AwardStanding], list[str]]:
    found, conflicts = [], []
    for award in awards:
        state, since, used = "none", "", []
        for event in events:
            if event.data.get("award") != award.id or KINDS[event.kind].region != "consequence":
                continue
            if event.kind in ADVERSE:
                by = orders.freezing_award(award, recipient, event.day, event.data.get("condition", ""))
                if by:
                    conflicts.append(
                        f"{event.kind} on {event.day} ({event.id}), award {award.id}, although order "
                        f"{', '.join(names(by))} froze it: it is not given effect."
                    )
                    continue
            if event.kind == "at-risk" and state in ADVERSE:
                continue  # a threat takes back nothing that was done
            state, since = event.kind.replace("-", " "), event.happened[:10]
            used.append(event.id)
        frozen = names(orders.freezing_award(award, recipient, as_of)) if state not in ("restored", "released") else ()
        lifted = tuple(_lifted(award, recipient, orders, since, as_of)) if state in AT_STAKE and not frozen else ()
        found.append(AwardStanding(award, state, since, frozen, lifted, tuple(used)))
    return found, conflicts


def _lifted(
    award: Award, recipient: Recipient, orders: Orders, since: str, as_of: dt.date
) -> Iterable[tuple[str, dt.date]]:
    """Orders that froze the award after the last act on it and had ended by ``as_of``: a person has to decide anew."""
    for order in orders:
        for span in orders.spans(order):
            if span.end <= as_of and span.end.isoformat() > since:
                before = span.end - dt.timedelta(days=1)
                if order in orders.freezing_award(award, recipient, before):
                    yield order.id, span.end


def _worst(awards: Sequence[AwardStanding]) -> str:
    states = {one.state for one in awards}
    return next((one for one in CONSEQUENCES if one in states), "none")


def _cases(
    docket: Docket, recipient: Recipient, events: Sequence[Event], orders: Orders, as_of: dt.date
) -> list[CaseStanding]:
    found = []
    for case in docket.cases.values():
        if recipient.id not in case.parties or (case.filed and case.filed > as_of):
            continue
        steps = [(case.filed.isoformat() if case.filed else "", "suit filed")]
        steps += [(one.happened, _CASE_WORDS[one.kind]) for one in events if one.data.get("case") == case.id
                  and one.kind in _CASE_WORDS]  # fmt: skip
        for order in orders:
            if order.case == case.id:
                steps.append((order.start.isoformat(), _order_words(order.kind, order.effect, order.reach)))
                ends = [span.end for span in orders.spans(order) if span.end <= as_of]
                steps += [(end.isoformat(), f"{order.kind} no longer in force") for end in ends]
        since, state = max(enumerate(steps), key=lambda step: (step[1][0][:10], step[0]))[1]
        found.append(CaseStanding(case, state, since[:10]))
    return found


def _order_words(kind: str, effect: str, reach: Sequence[str]) -> str:
    wide = ", nationwide" if NATIONWIDE in reach else ""
    return f"{kind}{wide}" if effect in ("enjoin", "stay") else f"{kind} ({effect})"


def _litigation(cases: Sequence[CaseStanding], reached: Sequence[object]) -> str:
    """The newest state among the recipient's own cases; else that an order in another's case reaches it."""
    if cases:
        return max(cases, key=lambda one: (one.since, one.case.id)).state
    return "reached by an order" if reached else "none"


def _holds(events: Sequence[Event]) -> list[Hold]:
    found: dict[str, Hold] = {}
    for event in events:
        if event.kind.startswith("hold-"):
            custodian = event.data.get("custodian", "")
            found[custodian] = Hold(custodian, event.kind[5:], event.happened[:10])
    return list(found.values())


def chosen(found: Iterable[Standing], where: Callable[[Standing], bool]) -> list[Standing]:
    """Those that a filter lets through."""
    return [one for one in found if where(one)]
