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
from dataclasses import dataclass, field, replace
from pathlib import Path

from tecum import bates, toml
from tecum.errors import BatesInvalid, DemandInvalid, TimeZoneInvalid
from tecum.model import Counsel, Custodian, Request


@dataclass(frozen=True)
class Demand:
    """Who demands what, from whom, under what, by when."""

    title: str
    sender: str
    recipient: str
    under: str
    served: dt.date | None
    due: dt.date | None


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
        stated = {
            "demand": [
                self.demand.title, self.demand.sender, self.demand.recipient, self.demand.under,
                str(self.demand.served or ""), str(self.demand.due or ""),
            ],
            "requests": [[r.number, r.text, str(r.start or ""), str(r.end or "")] for r in self.requests],
        }  # fmt: skip
        return hashlib.sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()


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
        demand=_demand(file.section("demand")),
        requests=tuple(requests),
        custodians=custodians,
        counsel=counsel,
        production=_production(answer.section("production"), complete),
        folder=folder,
    )


def _demand(section: toml.Section) -> Demand:
    demand = Demand(
        title=section.text("title"),
        sender=section.text("from"),
        recipient=section.text("to"),
        under=section.text("under", ""),
        served=section.date("served"),
        due=section.date("due"),
    )
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


def _check_numbers(file: toml.Section, requests: list[Request], custodians: set[str]) -> None:
    seen: set[str] = set()
    for section, request in zip(file.sections("request"), requests, strict=True):
        if request.number in seen:
            raise section.fail("number", f"request {request.number} stands twice")
        seen.add(request.number)
        for key in request.custodians:
            if key not in custodians:
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
