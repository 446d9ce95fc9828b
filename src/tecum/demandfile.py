"""The demand file: one TOML file that states a demand for both sides, and the answering side's plan for it.

Only the demand itself, and each request's number, text and period, are the demand: they alone are hashed.
Terms, custodians, counsel and production are the answering side's work product and may stand in
``answer.toml`` beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tecum import bates, toml
from tecum.deadlines import rules
from tecum.errors import BatesInvalid, DemandInvalid, TimeZoneInvalid
from tecum.model import Counsel, Custodian, Request


@dataclass(frozen=True)
class Demand:
    """Who demands what, from whom, under what, by when; and what else such a letter says.

    ``recipient`` is empty in a demand that goes to many. ``rule`` counts the return date where none is stated
    (``tecum.deadlines``); ``pauses`` names what stops it: clarification, payment.
    """

    title: str
    sender: str
    recipient: str
    under: str
    served: dt.date | None
    due: dt.date | None
    id: str = ""
    source: str = ""
    dated: dt.date | None = None
    rule: str = ""
    days: int = 0
    grace: int = 0
    observed: bool = False
    pauses: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    production: str = ""
    place: str = ""
    consequence: str = ""
    contact: str = ""
    signed: str = ""
    reference: str = ""
    supersedes: str = ""
    note: str = ""

    def stated(self) -> dict[str, object]:
        """The keys of ``[demand]``; those that a demand need not have are left out when they are empty."""
        more = {name: getattr(self, name) or None for name in _MORE}
        return {
            "title": self.title, "from": self.sender, "to": self.recipient, "under": self.under,
            "served": self.served, "due": self.due, **more,
        }  # fmt: skip


_MORE: Final = (
    "id", "source", "dated", "rule", "days", "grace", "observed", "pauses",
    "definitions", "instructions", "production", "place",
    "consequence", "contact", "signed", "reference", "supersedes", "note",
)  # fmt: skip
_OURS: Final = ("id", "note", "supersedes", "grace", "observed")  # said about the demand, not by it: never hashed
ANSWERS: Final = ("documents", "narrative", "admit or deny", "certification")
PAUSES: Final = ("clarification", "payment")


@dataclass(frozen=True)
class Production:
    """How the answer is to be written."""

    prefix: str
    start: int = 1
    width: int = 8
    designation: str = ""
    images: str = "pdf"
    volume: str = "VOL001"
    profile: str = "default"
    time_zone: str = ""
    dedupe: str = "global"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The matter's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Plan:
    """A demand with all that is needed to answer it."""

    demand: Demand
    requests: tuple[Request, ...]
    custodians: tuple[Custodian, ...]
    counsel: Counsel
    production: Production
    folder: Path = field(default=Path(), compare=False)  # that relative source paths start from

    def custodian(self, key: str) -> Custodian:
        """The custodian of that key; an unknown key is its own name."""
        return next((one for one in self.custodians if one.key == key), Custodian(key, key))

    @property
    def demand_hash(self) -> str:
        """SHA-256 over the demand alone: the same on both sides."""
        return demand_hash(self.demand, self.requests)


def demand_hash(demand: Demand, requests: Sequence[Request]) -> str:
    """SHA-256 over a demand alone; what a demand need not say enters only where it says it."""
    stated: dict[str, object] = {
        "demand": [
            demand.title, demand.sender, demand.recipient, demand.under,
            str(demand.served or ""), str(demand.due or ""),
        ],
        "requests": [[r.number, r.text, str(r.start or ""), str(r.end or "")] for r in requests],
    }  # fmt: skip
    more = {name: getattr(demand, name) for name in _MORE if name not in _OURS and getattr(demand, name)}
    how = {r.number: [r.answer, r.oath, r.signers] for r in requests if r.oath or r.signers or r.answer != ANSWERS[0]}
    stated |= {key: value for key, value in (("more", more), ("answers", how)) if value}
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False, default=str).encode()).hexdigest()


def read(path: Path) -> Plan:
    """Read a demand file, and ``answer.toml`` beside it when there is one.

    Raises:
        DemandInvalid, TimeZoneInvalid: naming the line and key.
    """
    file = toml.read(path, DemandInvalid)
    beside = path.with_name("answer.toml")
    answer = toml.read(beside, DemandInvalid) if beside.is_file() and beside != path else file
    plan = parse(file, answer, path.parent)
    file.done()
    if answer is not file:
        answer.done()
    return plan


@dataclass(frozen=True)
class Asked:
    """A demand as the demanding side reads it: the demand alone, and the ids of those who are to answer."""

    demand: Demand
    requests: tuple[Request, ...]
    recipients: tuple[str, ...]


def read_asked(path: Path) -> Asked:
    """Read a demand file for the side that demands; what the answering side may have added to it is passed over.

    Raises:
        DemandInvalid: naming the line and key.
    """
    file = toml.read(path, DemandInvalid)
    requests = [_request(one) for one in file.sections("request")]
    if not requests:
        raise file.fail("request", "the demand has no [[request]]")
    _check_numbers(file, requests, None)
    asked = Asked(_demand(file.section("demand"), many=True), tuple(requests), file.texts("recipients"))
    for theirs in ("custodians", "counsel", "production"):
        file.section(theirs)
    file.done()
    return asked


def parse(file: toml.Section, answer: toml.Section, folder: Path, *, complete: bool = True) -> Plan:
    """Build the plan from the demand's file and the file of the answering side (often the same).

    A matter may be opened before its demand is known: then it is not ``complete``.
    """
    requests = [_request(one) for one in file.sections("request")]
    if answer is not file:
        requests = _with_answers(requests, answer)
    custodians = _custodians(answer.section("custodians"))
    if complete and not requests:
        raise file.fail("request", "the demand has no [[request]]")
    _check_numbers(file, requests, {one.key for one in custodians})
    counsel = _counsel(answer.section("counsel"))
    return Plan(
        demand=_demand(file.section("demand"), complete=complete),
        requests=tuple(requests),
        custodians=custodians,
        counsel=counsel,
        production=_production(answer.section("production"), complete),
        folder=folder,
    )


def _demand(section: toml.Section, *, complete: bool = True, many: bool = False) -> Demand:
    """The table ``[demand]``; one to ``many`` need not say to whom."""
    needed = None if complete else ""
    texts = ("id", "source", "rule", "production", "place", "consequence", "contact", "signed", "reference",
             "supersedes", "note")  # fmt: skip
    demand = Demand(
        title=section.text("title", needed),
        sender=section.text("from", needed),
        recipient=section.text("to", "" if many else needed),
        under=section.text("under", ""),
        served=section.date("served"),
        due=section.date("due"),
        dated=section.date("dated"),
        days=section.number("days", 0),
        grace=section.number("grace", 0),
        observed=section.flag("observed"),
        pauses=section.texts("pauses"),
        definitions=section.texts("definitions"),
        instructions=section.texts("instructions"),
        **{name: section.text(name, "").strip() for name in texts},
    )
    for word in demand.pauses:
        if word not in PAUSES:
            raise section.fail("pauses", f"{word} does not pause a clock (known: {', '.join(PAUSES)})")
    if demand.rule and demand.rule not in rules():
        raise section.fail("rule", f"{demand.rule} is not a known rule (known: {', '.join(rules())})")
    if demand.rule and bool(demand.days) == bool(rules()[demand.rule].count):
        said = (
            "is needed: the rule itself names no period" if not demand.days else "is not wanted: the rule names its own"
        )
        raise section.fail("days", said)
    if demand.due and demand.dated and demand.due < demand.dated:
        raise section.fail("due", f"{demand.due} is before the demand's own date ({demand.dated})")
    if demand.served and demand.due and demand.due < demand.served:
        raise section.fail("due", f"{demand.due} is before the demand was served ({demand.served})")
    section.done()
    return demand


def _request(section: toml.Section) -> Request:
    request = Request(
        number=section.text("number"),
        text=section.text("text"),
        start=section.date("from"),
        end=section.date("to"),
        custodians=section.texts("custodians"),
        terms=section.texts("terms"),
        everything=section.flag("all"),
        answer=section.choice("answer", ANSWERS, ANSWERS[0]),
        oath=section.flag("oath"),
        signers=section.texts("signers"),
    )
    if request.start and request.end and request.end < request.start:
        raise section.fail("to", f"{request.end} is before from ({request.start})")
    section.done()
    return request


def _with_answers(requests: list[Request], answer: toml.Section) -> list[Request]:
    """Add what ``answer.toml`` says of each request: its terms, custodians, and ``all``."""
    by_number = {one.number: one for one in requests}
    for section in answer.sections("request"):
        number = section.text("number")
        if number not in by_number:
            raise section.fail("number", f"the demand has no request {number}")
        by_number[number] = replace(
            by_number[number],
            custodians=section.texts("custodians"),
            terms=section.texts("terms"),
            everything=section.flag("all"),
        )
        section.done()
    return list(by_number.values())


def _check_numbers(file: toml.Section, requests: list[Request], custodians: set[str] | None) -> None:
    """No number twice, no custodian that is not listed; without a list none is looked up."""
    seen: set[str] = set()
    for section, request in zip(file.sections("request"), requests, strict=True):
        if request.number in seen:
            raise section.fail("number", f"request {request.number} stands twice")
        seen.add(request.number)
        for key in request.custodians:
            if custodians is not None and key not in custodians:
                raise section.fail("custodians", f"{key} is not in [custodians]")


def _custodians(section: toml.Section) -> tuple[Custodian, ...]:
    found = []
    for key in section.keys():  # noqa: SIM118 - a Section is not a dict
        one = section.section(key)
        sources = one.texts("source") or one.texts("sources")
        found.append(Custodian(key, one.text("name", key), one.text("role", ""), sources))
        one.done()
    return tuple(found)


def _counsel(section: toml.Section) -> Counsel:
    counsel = Counsel(section.texts("names"), section.texts("addresses"), section.texts("domains"))
    section.done()
    for domain in counsel.domains:
        if "@" in domain or "." not in domain:
            raise section.fail("domains", f"{domain} is not a domain such as firm.example")
    return counsel


def _production(section: toml.Section, complete: bool) -> Production:
    chosen = Production(
        prefix=section.text("prefix", None if complete else ""),
        start=section.number("start", 1),
        width=section.number("width", 8),
        designation=section.text("designation", ""),
        images=section.choice("images", ("pdf",), "pdf"),
        volume=section.text("volume", "VOL001"),
        profile=section.choice("profile", ("default",), "default"),
        time_zone=section.text("time_zone", ""),
        dedupe=section.choice("dedupe", ("global", "custodian", "none"), "global"),
    )
    section.done()
    if complete or chosen.prefix:
        try:
            bates.check_prefix(chosen.prefix)
        except BatesInvalid as error:
            raise section.fail("prefix", error.message, error.remedy) from None
    if complete or chosen.time_zone:
        check_zone(chosen.time_zone, section)
    return chosen


def check_zone(name: str, section: toml.Section) -> None:
    """Raise ``TimeZoneInvalid`` unless ``name`` is an IANA time zone."""
    try:
        if not name:
            raise ValueError
        zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError, OSError):
        said = f"{name!r} is not a time zone" if name else "is missing"
        place = section.fail("time_zone", said)
        raise TimeZoneInvalid(place.message, path=place.path, line=place.line) from None
