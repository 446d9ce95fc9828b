"""The blocks of letters: lists, tables and sections that the program makes of what is recorded.

A block is empty when nothing of its kind is recorded. A row that rests on an unverified source is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tecum.demand.answers import OPEN, SETTLED, SHORT, Deficiency, RequestStanding
from tecum.demand.letters.particulars import About, value
from tecum.demand.letters.particulars import unmet as unmet_requests
from tecum.demand.letters.words import dated, full, listed, marked, money
from tecum.demand.nouns import Ask, Event
from tecum.demand.timeline import natural, split
from tecum.engine.paper import Block, Bullets, Cell, Fields, Heading, Paragraph, Signature, Table

_REPLIES: Final = ("acknowledged", "produced", "answered", "objected", "refused", "denied", "stated-complete")
_ANSWERING: Final = ("produced", "answered", "objected", "refused", "denied")
_CLOSE: Final = Paragraph("Sincerely,")
_SAID: Final = {"satisfied": "Answered and accepted", "waived": "Waived", "withdrawn": "Withdrawn"}


def particulars(about: About) -> list[Block]:
    """What names the demand: title, authority, numbers, date, and service as far as it is proved."""
    served, sent = value("served", about), value("sent", about)
    pairs = [
        ("Subject", value("title", about)),
        ("Under", value("under", about)),
        ("Reference", value("reference", about)),
        ("Recipient's number", value("tracking", about)),
        ("Demand dated", value("dated", about)),
        ("Demand served" if served else "Demand dispatched", served or sent),
    ]
    known = [(label, text) for label, text in pairs if text]
    return [Fields(known)] if known else []


def requests(about: About) -> list[Block]:
    """Every numbered request: text, period, form of answer, oath and who may sign."""
    return [block for one in about.standing.demand.requests for block in _request(one)]


def unsettled_requests(about: About) -> list[Block]:
    """The same, without requests that are satisfied, waived or withdrawn."""
    settled = {one.number for one in about.standing.requests if one.disposition in SETTLED}
    left = [one for one in about.standing.demand.requests if one.number not in settled]
    return [block for one in left for block in _request(one)]


def _request(ask: Ask) -> list[Block]:
    notes = []
    if ask.start or ask.end:
        notes.append(f"Period: {_period(ask)}.")
    notes.append(f"Form of answer: {ask.answer}.")
    if ask.oath:
        notes.append("The answer is to be given under oath.")
    if ask.signers:
        notes.append(f"To be signed by one of: {', '.join(ask.signers)}.")
    return [Heading(f"Request {ask.number}", 3), Paragraph(f"{ask.text}\n{' '.join(notes)}")]


def _period(ask: Ask) -> str:
    if ask.start and ask.end:
        return f"{full(ask.start)} to {full(ask.end)}, both included"
    return f"from {full(ask.start)}" if ask.start else f"until {full(ask.end)}" if ask.end else ""


def open_requests(about: About) -> list[Block]:
    """The requests that still want an answer, or something in it, each with what is recorded of it."""
    return _standings(about, unmet_requests(about.standing))


def dispositions(about: About) -> list[Block]:
    """Every request with its disposition."""
    return _standings(about, about.standing.requests)


def _standings(about: About, found: Sequence[RequestStanding]) -> list[Block]:
    rows: list[list[Cell]] = [[one.number, _asked(about, one.number), _disposition(about, one)] for one in found]
    return [Table(["Request", "Text", "As recorded"], rows, [1.2, 5, 3.3])] if rows else []


def _asked(about: About, number: str) -> str:
    ask = about.standing.demand.ask(number)
    return ask.text if ask else ""


def _disposition(about: About, one: RequestStanding) -> str:
    since = f" ({dated(one.since)})" if one.since else ""
    if one.disposition == OPEN:
        return "No answer"
    if one.disposition == SHORT:
        return "Deficient: " + "; ".join(d.text for d in about.standing.deficiencies if d.id in one.events)
    if one.disposition in _SAID:
        return f"{_SAID[one.disposition]}{since}"
    said, _, answer = one.disposition.partition(": ")
    if answer:
        return f"Answered ({answer})" + (f", but {one.why}" if one.why else "") + since
    return said.capitalize() + (f": {one.why}" if one.why else "") + since


def definitions(about: About) -> list[Block]:
    """The demand's definitions, numbered."""
    return _numbered(about.standing.demand.definitions)


def instructions(about: About) -> list[Block]:
    """The demand's instructions, numbered."""
    return _numbered(about.standing.demand.instructions)


def _numbered(texts: Iterable[str]) -> list[Block]:
    return [Paragraph(f"{number}. {text}") for number, text in enumerate(texts, 1)]


def deficiencies(about: About) -> list[Block]:
    """The open deficiencies, a section for each request: as asked, as answered, what is lacking, why, cure and date."""
    sections: dict[tuple[str, ...], list[Deficiency]] = {}
    for one in about.standing.deficiencies:
        if one.open:
            sections.setdefault(one.requests, []).append(one)
    made: list[Block] = []
    for numbers in sorted(sections, key=lambda key: (not key, natural(" ".join(key)))):
        made.append(Heading(_section(numbers), 3))
        made += _given(about, numbers)
        made += [Fields(_lacking(one)) for one in sections[numbers]]
    return made


def _section(numbers: Sequence[str]) -> str:
    if not numbers:
        return "The answer as a whole"
    return f"Request {numbers[0]}" if len(numbers) == 1 else f"Requests {listed(numbers)}"


def _given(about: About, numbers: Sequence[str]) -> list[Block]:
    """What a section's requests asked, and what was answered, each under its number where there are several."""
    pairs: list[tuple[str, Cell]] = []
    for number in numbers:
        mark = f", {number}" if len(numbers) > 1 else ""
        replies = [one for one in about.standing.events if one.kind in _ANSWERING and _on(one, number)]
        pairs.append((f"As asked{mark}", _asked(about, number)))
        said = "\n".join(f"{full(one.day)}: {_what(one)}" for one in replies)
        pairs.append((f"As answered{mark}", said or "No answer is recorded."))
    return [Fields(pairs)] if pairs else []


def _on(event: Event, number: str) -> bool:
    return not event.requests or number in event.requests


def _lacking(one: Deficiency) -> list[tuple[str, Cell]]:
    place = ", ".join(part for part in (one.volume and f"volume {one.volume}", one.range) if part)
    state = {"answered": "Your answer", "disputed": "You dispute this"}.get(one.state, "")
    pairs: list[tuple[str, Cell]] = [
        ("Defect", one.code), ("Where", place), ("What is lacking", one.text), ("What was seen", one.evidence),
        (state, one.said if state else ""), ("Cure asked for", one.ask), ("Cure by", full(one.due) if one.due else ""),
    ]  # fmt: skip
    return [(label, text) for label, text in pairs if text]


def clock(about: About) -> list[Block]:
    """How the return date was reckoned, line by line."""
    lines = about.standing.clock.lines
    return [Bullets(list(lines))] if lines else []


def orders(about: About) -> list[Block]:
    """Orders in force that reach the recipient."""
    rows: list[list[Cell]] = []
    for key in about.standing.reached_by:
        order = about.docket.orders[key]
        case = about.docket.cases.get(order.case)
        span = f"since {full(order.start)}" + (f", until {full(order.end)}" if order.end else "")
        scope = "; ".join(part for part in (", ".join(order.conditions), ", ".join(order.years)) if part)
        title = ", ".join(part for part in (case.title, case.court, case.docket) if part) if case else order.case
        rows.append([marked(order.kind, order.sure), title, span, order.effect, scope, ", ".join(order.freezes)])
    columns = ["Order", "Case", "In force", "Effect", "Scope", "Freezes"]
    return [Table(columns, rows, [1.9, 2.6, 2.1, 1, 1.6, 1.5])] if rows else []


def awards(about: About) -> list[Block]:
    """What hangs on the answer, each with its amount, its state and the orders that freeze it."""
    rows: list[list[Cell]] = []
    for one in about.standing.awards:
        award = one.award
        since = f" since {dated(one.since)}" if one.since else ""
        name = " ".join(part for part in (award.programme, award.number) if part)
        rows.append(
            [name, award.year, award.kind, money(award.amount, award.sure), f"{one.state}{since}",
             "; ".join(_order(about, key) for key in one.frozen_by)]
        )  # fmt: skip
    if not rows:
        return []
    made: list[Block] = [
        Table(["Award", "Year", "Kind", "Amount", "State", "Frozen by"], rows, [2.2, 0.8, 1.2, 2.3, 2.3, 2.4])
    ]
    if len(rows) > 1 and about.standing.at_stake > Decimal(0):
        total = money(about.standing.at_stake, "unverified" if about.standing.unverified else "")
        made.append(Paragraph(f"Together, as far as amounts are recorded and hang on the answer: {total}."))
    return made


def _order(about: About, key: str) -> str:
    order = about.docket.orders[key]
    return marked(f"{order.kind} of {full(order.start)}", order.sure)


def received(about: About) -> list[Block]:
    """What has arrived from the recipient, in order."""
    rows: list[list[Cell]] = [
        [full(one.day), marked(_what(one), one.sure), ", ".join(one.requests) or "all"]
        for one in about.standing.events
        if one.kind in _REPLIES
    ]
    return [Table(["Date", "What", "Requests"], rows, [2, 6, 1.5])] if rows else []


def _what(event: Event) -> str:
    """A reply in words, from nothing but its own data."""
    data = event.data
    match event.kind:
        case "produced":
            numbers = " to ".join(part for part in (data.get("first"), data.get("last")) if part)
            sizes = [f"{data[unit]} {unit}" for unit in ("documents", "pages") if data.get(unit)]
            return ", ".join(part for part in (f"Production {data.get('volume', '')}", numbers, *sizes) if part)
        case "answered":
            said = [data.get("answer", ""), data.get("text", ""), _sworn(data)]
            return "Answer: " + "; ".join(part for part in said if part)
        case "objected":
            return "Objection: " + "; ".join(part for part in (data.get("ground"), data.get("text")) if part)
        case "refused":
            return "Refusal" + (f": {data['reason']}" if data.get("reason") else "")
        case "denied":
            return "Denial: " + "; ".join(part for part in (data.get("exemption"), data.get("text")) if part)
        case "acknowledged":
            return "Acknowledgment" + (f", number {data['tracking']}" if data.get("tracking") else "")
        case _:
            return "Statement that the answer is complete" + (f", by {data['by']}" if data.get("by") else "")


def _sworn(data: Mapping[str, str]) -> str:
    who = ", ".join(part for part in (data.get("signer"), data.get("rank")) if part)
    oath = "under oath" if data.get("oath") == "yes" else ""
    return ", ".join(part for part in (oath, f"signed by {who}" if who else "") if part)


def no_records(about: About) -> list[Block]:
    """The requests for which the recorded answer is that no documents exist."""
    rows: list[list[Cell]] = []
    for one in about.standing.events:
        if one.kind == "answered" and one.data.get("answer") == "none exist":
            sworn = _sworn(one.data)
            said = [one.data.get("text") or "None exist.", sworn[:1].upper() + sworn[1:]]
            answer = marked("\n".join(part for part in said if part), one.sure)
            rows += [[number, _asked(about, number), answer] for number in _numbers(about, one)]
    return [Table(["Request", "Text", "Answer"], rows, [1.2, 5, 3.3])] if rows else []


def denials(about: About) -> list[Block]:
    """What is denied, item by item: request, what is withheld, the exemption."""
    rows: list[list[Cell]] = []
    for one in about.standing.events:
        if one.kind == "denied":
            withheld, exemption = one.data.get("text") or "Not specified", one.data.get("exemption", "")
            rows += [[number, withheld, marked(exemption, one.sure)] for number in _numbers(about, one)]
    return [Table(["Request", "What is withheld", "Exemption"], rows, [1.2, 5, 3.3])] if rows else []


def _numbers(about: About, event: Event) -> Sequence[str]:
    return event.requests or [one.number for one in about.standing.demand.requests]


def enclosures(about: About) -> list[Block]:
    """What is enclosed, as given with the letter."""
    names = split(value("enclosures", about))
    return [Bullets(names)] if names else []


def signature(about: About) -> list[Block]:
    """A place to sign for who sends the letter, on the demanding side."""
    return [_CLOSE, Signature([about.by, about.standing.demand.sender])] if about.by.strip() else []


def demand_signature(about: About) -> list[Block]:
    """A place to sign for who signs the demand; for who sends it where no other is recorded."""
    signer = about.standing.demand.signed or about.by
    return [Signature([signer, about.standing.demand.sender])] if signer.strip() else []


def our_signature(about: About) -> list[Block]:
    """A place to sign for who sends the letter, on the answering side."""
    return [_CLOSE, Signature([about.by, about.standing.recipient.name])] if about.by.strip() else []


@dataclass(frozen=True)
class BlockKind:
    """One block: what to record when it is empty, and how it is made. Its meaning is its maker's docstring."""

    cure: str
    make: Callable[[About], list[Block]]

    @property
    def meaning(self) -> str:
        """One sentence for the reference page."""
        return " ".join((self.make.__doc__ or "").split())


KINDS: Final[Mapping[str, BlockKind]] = {
    "particulars": BlockKind("Record the demand's `title`", particulars),
    "requests": BlockKind("Record the demand's numbered requests", requests),
    "unsettled requests": BlockKind("No request is open: nothing is left to be asked for", unsettled_requests),
    "open requests": BlockKind("No request wants an answer: nothing is left to be asked for", open_requests),
    "dispositions": BlockKind("Record the demand's numbered requests", dispositions),
    "definitions": BlockKind("Record `definitions` in the demand", definitions),
    "instructions": BlockKind("Record `instructions` in the demand", instructions),
    "deficiencies": BlockKind("Record each deficiency as a `deficiency` event", deficiencies),
    "clock": BlockKind("Record `due` in the demand, or its `rule`", clock),
    "orders": BlockKind("Record the orders that reach the recipient", orders),
    "awards": BlockKind("Record the recipient's awards", awards),
    "received": BlockKind("Record what arrived, such as a `produced` or `answered` event", received),
    "no records": BlockKind("Record an `answered` event with `answer` = none exist", no_records),
    "denials": BlockKind("Record a `denied` event for each item, with its `exemption`", denials),
    "enclosures": BlockKind("Give `enclosures` with the letter", enclosures),
    "signature": BlockKind("Name who sends the letter", signature),
    "demand signature": BlockKind("Record `signed` in the demand", demand_signature),
    "our signature": BlockKind("Name who sends the letter", our_signature),
}
