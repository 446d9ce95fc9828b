"""The nouns of a docket as plain values: demand, recipient, event, award, case, order; and the docket that holds them.

Every value can be written as a row of texts and read back without loss; a list of texts is joined by ``;``.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Final

SURE: Final = ("", "certain", "probable", "unverified")  # "" = nothing was said about it
RECIPIENT_KINDS: Final = ("city", "county", "state", "agency", "company", "other")
AWARD_KINDS: Final = ("award", "sub-award", "allocation", "authority")
EFFECTS: Final = ("enjoin", "stay", "narrow", "affirm", "vacate")
FREEZES: Final = ("consequence", "enforcement", "response")
NATIONWIDE: Final = "nationwide"
_YEARS: Final = range(1900, 2200)  # in which anything can be due
_LONGEST_NUMBER: Final = 10  # digits; whatever is longer is no number of days
PARTIES: Final = "parties"  # in an order's reach: whoever is a party to its case


@dataclass(frozen=True)
class Ask:
    """One numbered request of a demand, and how it is to be answered.

    ``answer`` is one of ``ANSWERS``; with ``oath`` the answer must be sworn; ``signers`` are the ranks that may sign.
    """

    number: str
    text: str
    start: dt.date | None = None
    end: dt.date | None = None
    answer: str = "documents"
    oath: bool = False
    signers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Demand:
    """A demand as it was written: one text to one or many recipients.

    The return date is ``due``, or computed by ``rule`` (see ``tecum.deadlines``) from service; ``days`` is the period
    where the rule itself names none. ``grace`` is days after it before silence counts as no response. ``pauses`` names
    what stops the clock by rule: clarification, payment. ``observed`` marks the demand of somebody else, followed from
    what is public: then silence in the docket is no silence of the recipient.
    """

    id: str
    title: str
    sender: str
    under: str = ""
    source: str = ""
    dated: dt.date | None = None
    served: dt.date | None = None
    due: dt.date | None = None
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
    requests: tuple[Ask, ...] = ()
    recipients: tuple[str, ...] = ()
    hash: str = ""  # of the demand alone, the same on both sides

    def ask(self, number: str) -> Ask | None:
        """The request of that number."""
        return next((one for one in self.requests if one.number == number), None)


@dataclass(frozen=True)
class Recipient:
    """Who has to answer. ``calendar`` is a key such as ``US-IL``; ``tracking`` holds any number of their numbers."""

    id: str
    name: str
    kind: str = "other"
    state: str = ""
    counsel: str = ""
    channel: str = ""
    address: str = ""
    calendar: str = ""
    tracking: tuple[str, ...] = ()
    owner: str = ""  # who in our office follows it
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened, with its evidence; entered once and never changed.

    ``happened`` is a date or a time (ISO 8601); ``recipients`` is one, or several for a joint act, or empty for an act
    on a demand as a whole. ``evidence`` are files by hash (``sha256:... name``), ``source`` an address or a citation.
    """

    id: str
    happened: str
    kind: str
    demand: str = ""
    recipients: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    source: str = ""
    sure: str = ""
    entered: str = ""
    by: str = ""
    seq: int = 0

    @property
    def day(self) -> dt.date:
        """The day on which it happened."""
        return dt.date.fromisoformat(self.happened[:10])

    def date(self, key: str) -> dt.date | None:
        """The day that ``data`` names under a key; None when it names none, or none that can be meant."""
        try:
            day = dt.date.fromisoformat(self.data.get(key, ""))
        except ValueError:
            return None
        return day if day.year in _YEARS else None

    def number(self, key: str) -> int | None:
        """The whole number above 0 that ``data`` names under a key; None when it names none."""
        said = self.data.get(key, "")
        return int(said) or None if said.isdecimal() and len(said) < _LONGEST_NUMBER else None

    def content(self) -> str:
        """What was said, without when it was entered: the same for the same event entered early or late."""
        return self._content

    @functools.cached_property
    def _content(self) -> str:
        said = [
            self.happened, self.kind, self.demand, self.recipients, self.requests, sorted(self.data.items()),
            self.evidence, self.source, self.sure,
        ]  # fmt: skip
        return json.dumps(said, ensure_ascii=False)

    @property
    def supported(self) -> bool:
        """Whether it rests on a file or a named source."""
        return bool(self.evidence or self.source)


@dataclass(frozen=True)
class Award:
    """What hangs on the answer: money, or an authority that may be taken away.

    ``amount`` is in US dollars, None when there is none or it is not known. ``conditions`` are those under which a
    consequence is threatened. ``sure`` = ``unverified`` marks a figure that no one should rely on.
    """

    id: str
    recipient: str
    programme: str
    number: str = ""
    year: str = ""
    amount: Decimal | None = None
    kind: str = "award"
    parent: str = ""
    conditions: tuple[str, ...] = ()
    purpose: str = ""
    source: str = ""
    sure: str = ""
    note: str = ""


@dataclass(frozen=True)
class Case:
    """A suit. ``parties`` are recipients who take part in it; ``filed_by`` says in words who brought it."""

    id: str
    title: str
    court: str = ""
    docket: str = ""
    judge: str = ""
    filed: dt.date | None = None
    filed_by: str = ""
    parties: tuple[str, ...] = ()
    source: str = ""
    sure: str = ""
    note: str = ""


@dataclass(frozen=True)
class Order:
    """What a court ordered: an effect on conditions, years and places, from one day to another.

    ``reach``: recipient ids, ``state:CA``, ``parties`` (of the case) or ``nationwide``. Empty ``conditions`` or
    ``years`` mean all. ``freezes`` says what may not be done: ``consequence``, ``enforcement``, ``response`` (the duty
    to answer rests). ``target`` is the order that this one stays, narrows, affirms or vacates.
    """

    id: str
    case: str
    kind: str
    effect: str
    start: dt.date
    end: dt.date | None = None
    target: str = ""
    conditions: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    freezes: tuple[str, ...] = ()
    text: str = ""
    source: str = ""
    sure: str = ""


Noun = Demand | Recipient | Event | Award | Case | Order
NOUNS: Final[dict[str, type[Any]]] = {
    "demand": Demand, "recipient": Recipient, "event": Event, "award": Award, "case": Case, "order": Order,
}  # fmt: skip


@dataclass(frozen=True)
class Docket:
    """Everything recorded in a matter's docket: the newest version of each noun, and every event in order of entry.

    ``calendars`` are the recorded lists of holidays (``tecum.deadlines.Calendar``) by key, ``clippings`` the articles
    kept as evidence by hash, ``findings`` and ``codes`` what was asked of the productions and what was said of which
    document, ``letters`` what was written to whom.
    """

    demands: Mapping[str, Demand] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    awards: Mapping[str, Award] = field(default_factory=dict)
    cases: Mapping[str, Case] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    calendars: Mapping[str, Any] = field(default_factory=dict)
    clippings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    findings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    letters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    last: int = 0  # the number of the last row read: what is entered next must follow it


def plain(noun: Noun) -> dict[str, Any]:
    """Return a noun as JSON-ready values; empty ones are left out, so that a new key changes no old row."""
    found: dict[str, Any] = {}
    for one in fields(noun):
        value = getattr(noun, one.name)
        said = bool(value) or isinstance(value, Decimal)  # an amount of 0 is known, and no amount is not
        if said and one.name not in ("entered", "by", "seq"):
            found[one.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Ask):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if getattr(value, one.name)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, (dt.date, Decimal)) else value


def from_plain(kind: str, values: Mapping[str, Any]) -> Noun:
    """Return the noun that ``plain`` was given; keys that only a newer version knows are passed over."""
    known = _TYPES[kind]
    made = {name: _typed(known[name], value) for name, value in values.items() if name in known}
    noun: Noun = NOUNS[kind](**made)
    return noun


def _typed(kind: str, value: Any) -> Any:
    if "Ask" in kind:
        return tuple(Ask(**{key: _typed(_ASK[key], one) for key, one in row.items() if key in _ASK}) for row in value)
    if kind.startswith("tuple"):
        return tuple(value)
    if "dt.date" in kind:
        return dt.date.fromisoformat(value)
    return Decimal(value) if "Decimal" in kind else value


_ASK: Final = {one.name: str(one.type) for one in fields(Ask)}
_TYPES: Final = {kind: {one.name: str(one.type) for one in fields(maker)} for kind, maker in NOUNS.items()}


def digest(rows: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 over (noun, id, body) rows: what the ledger says was entered."""
    sha = hashlib.sha256()
    for row in rows:
        sha.update(json.dumps(row, ensure_ascii=False).encode())
    return sha.hexdigest()
