"""The board: recipients by requests with their dispositions in words, what is due, what hangs on it; and the totals.

``rows`` gives the shape of ``demand status --json``; ``blocks`` the same as a paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tecum.demand import explain, tasks
from tecum.demand.answers import OPEN_DEFICIENCY
from tecum.demand.nouns import Docket, Event
from tecum.demand.standing import CONSEQUENCES, AwardStanding, Standing
from tecum.demand.timeline import natural
from tecum.engine.paper import Block, Bullets, Fields, Heading, Note, PageBreak, Paragraph, Table

# How a state is coloured; what is not named here has no colour. The words say the same.
_TONES = {
    "complete": "good", "satisfied": "good", "waived": "good", "released": "good", "restored": "good",
    "produced": "watch", "produced, under review": "watch", "partially produced": "watch", "objected": "watch",
    "clarifying": "watch", "extended": "watch", "at risk": "watch", "conditioned": "watch", "nothing recorded": "watch",
    "deficient": "bad", "short": "bad", "refused": "bad", "no response": "bad", "denied": "bad", "undelivered": "bad",
    "withheld": "bad", "terminated": "bad",
    "withdrawn": "rest", "superseded": "rest", "consolidated": "rest", "closed": "rest",
}  # fmt: skip
_LATE = ", overdue"
_MOST_REQUESTS = 12  # columns that a page holds; more are counted by disposition


def row(one: Standing, ours: str = tasks.ISSUER) -> dict[str, Any]:
    """One recipient as ``demand status --json`` prints it to the side that is ``ours``."""
    todo = tasks.tasks(one)
    return {
        "recipient": one.recipient.id,
        "name": one.recipient.name,
        "demand": one.demand.id,
        "response": one.response,
        "enforcement": one.enforcement,
        "litigation": one.litigation,
        "consequence": one.consequence,
        "due": _day(one.clock.due),
        "due_nominal": _day(one.clock.nominal),
        "due_later": _day(one.clock.later),
        "due_kind": one.clock.kind,
        "paused": one.clock.paused,
        "overdue": one.overdue,
        "explanation": explain.lines(one),
        "requests": {each.number: each.disposition for each in one.requests},
        "deficiencies": [
            {
                "id": each.id, "requests": list(each.requests), "code": each.code, "text": each.text,
                "range": each.range, "state": each.state, "due": _day(each.due),
            }
            for each in one.deficiencies
        ],
        "awards": [
            {
                "award": each.award.id, "state": each.state, "amount": _money(each.award.amount),
                "unverified": each.award.sure == "unverified", "frozen_by": list(each.frozen_by),
            }
            for each in one.awards
        ],
        "at_stake": _money(one.at_stake),
        "unverified": one.unverified,
        "frozen_by": list(one.frozen_by),
        "reached_by": list(one.reached_by),
        "cases": [{"case": each.case.id, "state": each.state, "since": each.since} for each in one.cases],
        "holds": [{"custodian": each.custodian, "state": each.state, "since": each.since} for each in one.holds],
        "conflicts": list(one.conflicts),
        "without_evidence": sum(not event.supported for event in one.events),
        "next": str(tasks.next_task(one, ours)),
        "tasks": [
            {"key": each.key, "who": each.who, "what": each.what, "by": _day(each.by), "late": each.late}
            for each in todo
        ],
    }  # fmt: skip


def _day(day: object) -> str | None:
    return str(day) if day else None


def _money(amount: Decimal | None) -> int | float | None:
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def hanging(found: Iterable[Standing]) -> list[AwardStanding]:
    """The awards behind the standings, each once: a recipient of several demands has them under each.

    Where they differ the worst state counts, since it is what somebody may act on.
    """
    worst: dict[str, AwardStanding] = {}
    for one in found:
        for each in one.awards:
            held = worst.get(each.award.id)
            if held is None or CONSEQUENCES.index(each.state) < CONSEQUENCES.index(held.state):
                worst[each.award.id] = each
    return list(worst.values())


def totals(found: Sequence[Standing]) -> dict[str, Any]:
    """Sums over the standings: recipients by answer, money by state; an unverified figure marks its total."""
    money: dict[str, Decimal] = dict.fromkeys((*CONSEQUENCES[:-1], "frozen"), Decimal(0))
    unverified: set[str] = set()
    for each in hanging(found):
        amount = each.award.amount or Decimal(0)
        for state in [each.state, *(["frozen"] if each.frozen_by and each.at_stake else [])]:
            if state in money:
                money[state] += amount
                if each.award.sure == "unverified" and amount:
                    unverified.add(state)
    deficiencies = Counter(each.state for one in found for each in one.deficiencies)
    return {
        "recipients": len({one.recipient.id for one in found}),
        "obligations": sum(len(one.requests) for one in found),
        "response": dict(sorted(Counter(one.response for one in found).items())),
        "requests": dict(sorted(Counter(each.disposition for one in found for each in one.requests).items())),
        "enforcement": dict(sorted(Counter(one.enforcement for one in found).items())),
        "overdue": sum(one.overdue for one in found),
        "deficiencies": dict(sorted(deficiencies.items())),
        "deficiencies_open": sum(deficiencies[state] for state in OPEN_DEFICIENCY),
        "money": {state: _money(amount) for state, amount in money.items()},
        "unverified": sorted(unverified),
    }


def blocks(docket: Docket, found: Sequence[Standing], title: str) -> list[Block]:
    """The board as a paper, a table for each demand."""
    made: list[Block] = [Heading(title)]
    for demand in docket.demands.values():
        own = [one for one in found if one.demand.id == demand.id]
        if own:
            made += _board(own)
    if not found:
        made.append(Paragraph("No recipient is on the board."))
        return made
    return [*made, Heading("What hangs on it", 2), *money_blocks(found)]


def _board(own: Sequence[Standing]) -> list[Block]:
    demand = own[0].demand
    numbers = sorted((ask.number for ask in demand.requests), key=natural)
    heads = ["Recipient", "Response", "Due", "Enforcement", "Litigation", "Consequence", "Next"]
    rows: list[list[Any]] = [
        [
            one.recipient.name, one.response + (_LATE if one.overdue else ""), _due(one), one.enforcement,
            one.litigation, one.consequence, str(tasks.next_task(one)),
        ]
        for one in own
    ]  # fmt: skip
    made: list[Block] = [
        Heading(demand.title, 2),
        Fields([("Demand", demand.id), ("From", demand.sender), ("Under", demand.under), ("As of", own[0].as_of)]),
        Table(heads, rows, [3, 3, 2, 2.5, 2.5, 2, 5], f"{demand.id} board", _tones(own)),
    ]
    if len(numbers) <= _MOST_REQUESTS:
        made.append(
            Table(
                ["Recipient", *(f"Request {number}" for number in numbers)],
                [[one.recipient.name, *(_disposition(one, number) for number in numbers)] for one in own],
                title=f"{demand.id} requests",
                tones=_tones(own),
            )
        )
    else:
        counts = [Counter(each.disposition for each in one.requests) for one in own]
        kinds = sorted(set().union(*counts))
        table: list[list[Any]] = [
            [one.recipient.name, *(count[kind] for kind in kinds)] for one, count in zip(own, counts, strict=True)
        ]
        made.append(Table(["Recipient", *kinds], table, title=f"{demand.id} requests"))
    return made


def _tones(own: Iterable[Standing]) -> dict[str, str]:
    """The colours of the words that stand on these rows; whatever is overdue is as bad as it can be."""
    answered = {
        each.disposition: "watch" for one in own for each in one.requests if each.disposition.startswith("answ")
    }
    late = {f"{one.response}{_LATE}": "bad" for one in own if one.overdue}
    return {**_TONES, **answered, **late}


def _disposition(one: Standing, number: str) -> str:
    return next((each.disposition for each in one.requests if each.number == number), "")


def _due(one: Standing) -> str:
    if one.clock.paused:
        return f"paused (nominal {one.clock.nominal})"
    later = f" or {one.clock.later}" if one.clock.later else ""
    return f"{one.clock.due or ''}{later}"


def money_blocks(found: Sequence[Standing]) -> list[Block]:
    """Totals of money by state, and each award behind them."""
    sums = totals(found)
    marked = set(sums["unverified"])
    rows = [
        [state, f"${amount:,}", "includes figures that are not verified" if state in marked else ""]
        for state, amount in sums["money"].items()
        if amount
    ]
    names = {one.recipient.id: one.recipient.name for one in found}
    awards = [
        [
            names[each.award.recipient], each.award.programme, each.award.year, explain.money(each.award), each.state,
            ", ".join(each.frozen_by), each.award.source,
        ]
        for each in hanging(found)
    ]  # fmt: skip
    if not awards:
        return [Paragraph("No award is recorded.")]
    made: list[Block] = []
    if rows:
        made.append(Table(["State", "US dollars", "Remark"], rows, [3, 3, 6], "Totals", _TONES))
    heads = ["Recipient", "Programme", "Year", "Amount", "State", "Frozen by", "Source"]
    made.append(Table(heads, awards, [3, 3, 1, 2.5, 2, 2, 4], "Awards", _TONES))
    if marked:
        made.append(Note("A figure marked as unverified is doubtful at its source and should not be relied on."))
    return made


def deadlines_blocks(found: Iterable[Standing], title: str) -> list[Block]:
    """Everything that is to be done, by date."""
    heads = ["By", "Late", "Who", "Recipient", "Demand", "What"]
    rows = [
        [task.by, "late" if task.late else "", task.who, one.recipient.name, one.demand.id, task.what]
        for one, task in tasks.all_tasks(found)
    ]
    return [Heading(title), Table(heads, rows, [2, 1, 1.5, 3, 2.5, 6], title="Tasks")]


def history_blocks(docket: Docket, found: Sequence[Standing]) -> list[Block]:
    """One page for each recipient: where it stands and why, and everything recorded, with its evidence."""
    told = disputes(docket)
    made: list[Block] = []
    for one in found:
        made += [
            *([PageBreak()] if made else []),
            Heading(f"{one.recipient.name}: {one.demand.title}"),
            Fields(
                [
                    ("As of", one.as_of), ("Response", one.response), ("Due", _due(one)),
                    ("Enforcement", one.enforcement), ("Litigation", one.litigation),
                    ("Consequence", one.consequence), ("Next", str(tasks.next_task(one))),
                    ("Counsel", one.recipient.counsel), ("Their numbers", ", ".join(tracking(one))),
                ]
            ),
            Heading("Why", 2),
            *_why(explain.lines(one)),
            *_law(docket, one),
            Heading("Everything recorded", 2),
            Table(
                ["Happened", "Kind", "Requests", "What", "Evidence", "Entered"],
                [_event(told, event) for event in one.events],
                [2, 2.5, 1.5, 5, 4, 2.5],
            ),
        ]  # fmt: skip
    return made


def _why(lines: Iterable[str]) -> Iterator[Block]:
    """The explanation: each answer, and below it what it rests on."""
    points: list[str] = []
    for line in lines:
        if line.startswith(" "):
            points.append(line.strip())
            continue
        if points:
            yield Bullets(points)
        points = []
        yield Heading(line, 3)
    if points:
        yield Bullets(points)


def _law(docket: Docket, one: Standing) -> Iterator[Block]:
    """The suits and orders that concern a recipient, with where each is to be read and how sure that is."""
    cases = {each.case.id: each.case for each in one.cases} | {
        order.case: docket.cases[order.case] for order in one.orders if order.case in docket.cases
    }
    rows = [
        ["suit", case.id, case.filed, f"{case.title}, {case.court} {case.docket}", case.source, case.sure]
        for case in cases.values()
    ]
    rows += [["order", each.id, each.start, f"{each.kind}: {each.text}", each.source, each.sure] for each in one.orders]
    if rows:
        heads = ["What", "Id", "Since", "Which", "Source", "How sure"]
        yield Table(heads, rows, [1.2, 2.5, 1.6, 5, 5, 1.5], title="Suits and orders in force")


def tracking(one: Standing) -> list[str]:
    """Every number under which the recipient files the demand: those listed, and those it acknowledged with."""
    told = [event.data["tracking"] for event in one.events if event.data.get("tracking")]
    return list(dict.fromkeys([*one.recipient.tracking, *told]))


def _event(told: Mapping[str, list[str]], event: Event) -> list[Any]:
    data = "; ".join(f"{key}: {value}" for key, value in event.data.items())
    rests = [*event.evidence, *([event.source] if event.source else [])]
    support = "\n".join(_short(one) for one in rests) or "none named"
    support += f" ({event.sure})" if event.sure else ""
    support += "".join(f"\n{said}" for said in told.get(event.id, ()))
    entered = f"{event.entered[:10]} {event.by}".strip()
    return [event.happened, event.kind, ", ".join(event.requests), data, support, f"{event.id} {entered}"]


def _short(evidence: str) -> str:
    """A file by name and the beginning of its hash."""
    digest, _, name = evidence.partition(" ")
    return f"{name} ({digest[7:19]}...)" if evidence.startswith("sha256:") else evidence


def disputes(docket: Docket) -> Mapping[str, list[str]]:
    """What sources say about an event, award, case or order, when they disagree or it rests on one report alone.

    Both are kept; neither is chosen.
    """
    about: dict[str, dict[str, list[str]]] = {}
    for event in docket.events:
        if event.kind == "statement" and event.data.get("about"):
            stances = about.setdefault(event.data["about"], {})
            who = event.data.get("speaker") or event.data.get("through") or "somebody not named"
            stances.setdefault(event.data.get("stance") or "supports", []).append(f"{who} ({event.id})")
    return {key: [f"{stance}: {', '.join(who)}" for stance, who in stances.items()] for key, stances in about.items()}
