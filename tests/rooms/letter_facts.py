"""A made-up docket for the letters: an audit office asks a city, a reporter asks an agency; letters as plain text."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tecum.deadlines import Calendar, compute_calendar
from tecum.demand.nouns import Ask, Award, Case, Demand, Docket, Event, Order, Recipient
from tecum.demand.standing import Standing, standings
from tecum.engine.paper import Block, Bullets, Fields, Heading, Note, PageBreak, Paragraph, Signature, Table

CASES = Path(__file__).parents[1] / "cases" / "letters"
MARK = "===== letter =====\n"

AUDIT = Demand(
    "audit",
    "Use of plate readers by city departments",
    "Meridian Office of Grant Audits",
    under="Meridian Code 12-300; grant condition 7",
    dated=dt.date(2027, 1, 25),
    due=dt.date(2027, 2, 24),
    definitions=("“Document” means any recorded information.", "“Plate reader” means any camera that records plates."),
    instructions=("Answer each request by its number.", "Say for each request whether anything is withheld."),
    production="Searchable PDF with numbers on each page, and a load file.",
    place="Intake desk, 1 Capitol Way, Meridian City",
    consequence="Payments under the award may be withheld under grant condition 7 until the demand is answered.",
    contact="Ann Lee, ann.lee@audits.example",
    signed="Jon Marsh, Director",
    reference="GA-27-014",
    requests=(
        Ask("1", "All contracts for plate readers.", dt.date(2025, 1, 1), dt.date(2027, 1, 25)),
        Ask("2", "All policies on who may search the records of plate readers."),
        Ask("3(a)", "State how many searches were made, month by month.", answer="narrative", oath=True,
            signers=("Chief", "Deputy Chief")),
        Ask("10", "All complaints about plate readers.", start=dt.date(2026, 1, 1)),
    ),
    recipients=("westhaven",),
)  # fmt: skip
RECORDS = Demand(
    "records",
    "Inspection reports of the Harbor Tunnel",
    "Rosa Diaz, The Meridian Ledger",
    under="5 U.S.C. 552",
    dated=dt.date(2027, 3, 1),
    rule="foia",
    contact="rosa.diaz@ledger.example",
    requests=(
        Ask("1", "All inspection reports since 2020."),
        Ask("2", "All letters to the contractor on those reports."),
    ),
    recipients=("tunnels",),
)
WESTHAVEN = Recipient(
    "westhaven", "City of Westhaven", "city", counsel="Lee Park, City Attorney", address="40 Main Street\nWesthaven"
)
TUNNELS = Recipient("tunnels", "Federal Tunnel Agency", "agency", tracking=("FTA-2027-31",))
AWARDS = (
    Award("a1", "westhaven", "Safe Streets", "SS-26-11", "2026", Decimal(250000), conditions=("reporting",)),
    Award("a2", "westhaven", "Safe Streets", "SS-25-04", "2025", Decimal("1234567.50"), sure="unverified"),
)
CASE = Case("league", "League of Towns v. Meridian", "District Court", "27-cv-101", parties=("westhaven",))
ORDER = Order(
    "league-pi", "league", "preliminary injunction", "enjoin", dt.date(2027, 2, 1),
    conditions=("reporting",), reach=("parties",), freezes=("consequence",),
)  # fmt: skip


def event(number: int, happened: str, kind: str, demand: str = "audit", **said: Any) -> Event:
    """An event; ``requests``, ``sure`` and ``source`` in their places, everything else as data."""
    to = AUDIT if demand == "audit" else RECORDS
    requests, sure = tuple(said.pop("requests", ())), said.pop("sure", "")
    return Event(
        f"e{number}", happened, kind, demand, to.recipients, requests, said, source="register", sure=sure, seq=number
    )


def docket(events: Sequence[Event]) -> Docket:
    return Docket(
        {one.id: one for one in (AUDIT, RECORDS)},
        {one.id: one for one in (WESTHAVEN, TUNNELS)},
        {one.id: one for one in AWARDS},
        {CASE.id: CASE},
        {ORDER.id: ORDER},
        tuple(events),
    )


@cache
def calendar(key: str) -> Calendar:
    return compute_calendar(key, 2026, 2028)


def standing(held: Docket, as_of: dt.date, demand: str = "audit") -> Standing:
    return next(one for one in standings(held, as_of, calendar) if one.demand.id == demand)


@dataclass(frozen=True)
class LetterCase:
    """One file of ``tests/cases/letters``: what happened, and the letter as it must read."""

    name: str
    on: dt.date
    by: str
    more: Mapping[str, str]
    docket: Docket
    standing: Standing
    text: str


def case(path: Path) -> LetterCase:
    head, text = path.read_text(encoding="utf-8").split(MARK)
    facts = tomllib.loads(head)
    demand = facts.get("demand", "audit")
    events = [event(number, demand=demand, **one) for number, one in enumerate(facts["event"], 1)]
    held = docket(events)
    on = facts["on"]
    return LetterCase(path.stem, on, facts["by"], facts.get("more", {}), held, standing(held, on, demand), text)


def plain(blocks: Sequence[Block]) -> str:
    """The blocks as text, one form for each kind."""
    return "\n\n".join(_plain(block) for block in blocks) + "\n"


def _plain(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Paragraph(text) | Note(text):
            return text
        case Bullets(items):
            return "\n".join(f"- {item}" for item in items)
        case Fields(pairs):
            return "\n".join(f"{label}: {value}" for label, value in pairs)
        case Table(columns, rows):
            return "\n".join(" | ".join(map(str, row)) for row in (columns, *rows))
        case Signature(lines):
            return "\n".join(["________", *lines])
        case PageBreak():
            return "-----"
