"""Every answer of the board in words: what it rests on, event by event, order by order, date by date."""

from __future__ import annotations

from collections.abc import Iterator

from tecum.demand.kinds import ANSWERING, KINDS, LADDER
from tecum.demand.nouns import Award, Event
from tecum.demand.standing import AwardStanding, Standing


def lines(one: Standing) -> list[str]:
    """The whole explanation of one recipient's row, region by region."""
    return [*response(one), *clock(one), *enforcement(one), *litigation(one), *consequence(one), *conflicts(one)]


def response(one: Standing) -> Iterator[str]:
    """Why the response stands as it does."""
    rests = [event for event in one.events if KINDS[event.kind].region in ANSWERING]
    yield f"Response: {one.response}" + (", overdue" if one.overdue else "") + "."
    if one.demand.served:
        yield f"  {one.demand.served} served, as the demand itself says."
    elif not rests:
        yield "  Nothing about the response is recorded."
    yield from (f"  {said(event)}" for event in rests)
    if one.response in ("no response", "nothing recorded"):
        last = max((event.happened[:10] for event in rests), default="")
        yield f"  No answer is recorded after {last or 'the demand'}; that none was given is not thereby shown."


def clock(one: Standing) -> Iterator[str]:
    """How the return date was counted."""
    ticking = one.clock
    if ticking.due:
        later = f" (contested: or {ticking.later})" if ticking.later else ""
        nominal = f", nominal {ticking.nominal}" if ticking.nominal != ticking.due else ""
        yield f"Return date: {ticking.due}{later}{nominal}, {ticking.kind}."
    else:
        yield "Return date: none runs."
    yield from (f"  {line}" for line in ticking.lines)
    for each in one.deficiencies:
        if each.open and each.due:
            yield f"  Deficiency {each.id} is to be cured by {each.due}."


def enforcement(one: Standing) -> Iterator[str]:
    """Which steps of force were taken, and what forbids the next."""
    yield f"Enforcement: {one.enforcement}."
    for event in one.events:
        if event.kind in LADDER or KINDS[event.kind].region == "enforcement":
            yield f"  {said(event)}"
    if one.stayed_by:
        yield f"  Order {', '.join(one.stayed_by)} forbids a further step."


def litigation(one: Standing) -> Iterator[str]:
    """The recipient's own cases, and the orders that reach it."""
    yield f"Litigation: {one.litigation}."
    for each in one.cases:
        source = each.case.source or "no source named"
        yield f"  {each.case.title}, {each.case.court} {each.case.docket}: {each.state}, {each.since} [{source}]."
    for order in one.orders:
        doubt = f", {order.sure}" if order.sure and order.sure != "certain" else ""
        source = order.source or "no source named"
        yield f"  Order {order.id} of {order.start}, {order.kind}, reaches it and is in force [{source}{doubt}]."


def consequence(one: Standing) -> Iterator[str]:
    """What hangs on the answer, and what freezes it."""
    yield f"Consequence: {one.consequence}."
    for each in one.awards:
        rests = [event for event in one.events if event.id in each.events]
        yield f"  {award(each)}"
        yield from (f"    {said(event)}" for event in rests)
    if one.reached_by and any(each.state != "none" and not each.frozen_by for each in one.awards):
        yield "  No order in force covers every condition of what is not frozen."


def award(one: AwardStanding) -> str:
    """One award in a line."""
    frozen = f"; frozen by {', '.join(one.frozen_by)}" if one.frozen_by else ""
    lifted = "".join(f"; {order} no longer freezes it since {day}" for order, day in one.lifted)
    since = f" since {one.since}" if one.since else ""
    under = f", under {', '.join(one.award.conditions)}" if one.award.conditions else ""
    what = f"{one.award.id}: {one.award.programme} {one.award.year}, {money(one.award)}{under}"
    return f"{what}: {one.state}{since}{frozen}{lifted}."


def money(one: Award) -> str:
    """An amount as it may be shown: never without the mark that it is not verified."""
    unknown = "an authority, no sum" if one.kind == "authority" else "amount not known"
    amount = f"${one.amount:,}" if one.amount is not None else unknown
    return f"{amount} (unverified)" if one.sure == "unverified" else amount


def conflicts(one: Standing) -> Iterator[str]:
    """What was recorded and could not take effect."""
    if one.conflicts:
        yield "To be looked into:"
        yield from (f"  {line}" for line in one.conflicts)


def said(event: Event) -> str:
    """An event in a line, with what it rests on."""
    requests = f", request {', '.join(event.requests)}" if event.requests else ""
    data = "; ".join(f"{key} {value}" for key, value in event.data.items())
    rests = [one.partition(" ")[2] for one in event.evidence] + ([event.source] if event.source else [])
    sure = f", {event.sure}" if event.sure and event.sure != "certain" else ""
    support = f" [{event.id}: {', '.join(rests)}{sure}]" if rests else f" [{event.id}: no evidence named{sure}]"
    return f"{event.happened} {event.kind}{requests}{f': {data}' if data else ''}{support}"
