"""Random dockets: demands, recipients, awards, cases, orders, and sequences of events that may make no sense at all.

Whatever is drawn comes from one ``random.Random``, so a seed says it all. ``Draw(strange=True)`` also draws what only a
newer version, or a mistaken one, could have entered.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

from tecum import deadlines
from tecum.deadlines import Calendar
from tecum.demand.kinds import ADVERSE, ANSWER_WORDS, ENDED, KINDS, LADDER
from tecum.demand.nouns import (
    EFFECTS,
    FREEZES,
    NATIONWIDE,
    PARTIES,
    Ask,
    Award,
    Case,
    Demand,
    Docket,
    Event,
    Order,
    Recipient,
)

FIRST = dt.date(2018, 1, 1)
WINDOW = 60  # days in which things happen
ONE = dt.timedelta(days=1)
RULES = ("frcp-34", "foia", "il-foia", "ca-pra", "ny-foil", "calendar-days", "business-days")
CONDITIONS = ("notice", "access")
YEARS = ("2017", "2018")
DEFICIENCIES = tuple(name for name in KINDS if name.startswith("deficiency"))
PLAIN = tuple(name for name in KINDS if name != "corrected")
# Most events are of the kinds that can hurt each other; the others are drawn from the whole catalogue.
FAVOURED = (*DEFICIENCIES, "deficiency", "deficiency", "deficiency-cured", *LADDER, *ADVERSE, *ADVERSE, "at-risk",
            "released", "restored", *["corrected"] * 5, "produced", "accepted", "signed-off", "served",
            "extension-granted", "clarification-asked", "clarification-given")  # fmt: skip


@cache
def wide(key: str) -> Calendar:
    """Holidays over more years than a drawn date can reach."""
    return deadlines.compute_calendar(key, 2010, 2045)


Place = tuple[str, tuple[str, ...]]  # under which demand, and whom


@dataclass
class Draw:
    """Draws the parts of a docket."""

    rng: random.Random
    strange: bool = False
    numbers: tuple[str, ...] = ("1", "2", "3(a)")
    kinds: dict[str, str] = field(default_factory=dict)  # of every event of the docket, by its id
    places: dict[str, Place] = field(default_factory=dict)

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def some(self, values: tuple[str, ...], least: int = 0) -> tuple[str, ...]:
        return tuple(self.rng.sample(values, self.rng.randint(min(least, len(values)), len(values))))

    def day(self) -> dt.date:
        return FIRST + ONE * self.rng.randrange(WINDOW)

    def docket(self) -> Docket:
        """A docket without events."""
        people = tuple(f"r{number}" for number in range(1, self.rng.choice([1, 1, 2, 2, 3, 4]) + 1))
        cases = {name: self._case(name, people) for name in ("c1", "c2")[: self.rng.randint(0, 2)]}
        orders = tuple(f"o{number}" for number in range(1, self.rng.randint(0, 6) + 1))
        demands = ("d1", "d2", "d3")[: self.rng.choice([1, 1, 1, 2, 3])]
        return Docket(
            demands={name: self._demand(name, people) for name in demands},
            recipients={one: self._recipient(one) for one in people},
            awards={name: self._award(name, people) for name in ("a1", "a2", "a3")[: self.rng.randint(0, 3)]},
            cases=cases,
            orders={name: self.order(name, orders, people, tuple(cases)) for name in orders},
        )  # fmt: skip

    def _recipient(self, name: str) -> Recipient:
        calendar = self.rng.choice(["", "", "US", "US-IL"])
        return Recipient(
            name, f"The city of {name}", "city", self.rng.choice(["IL", "CA", "NY", ""]), calendar=calendar
        )

    def _demand(self, name: str, people: tuple[str, ...]) -> Demand:
        rule = self.rng.choice(RULES)
        how = self.rng.choice(["due", "rule", "rule", "none"])
        signers = ("president", "general counsel")
        return Demand(
            name, f"Demand {name}", "the authority",
            dated=FIRST if self.maybe(0.5) else None,
            served=self.day() if self.maybe(0.3) else None,
            due=self.day() if how == "due" else None,
            rule=("mars-1" if self.strange and self.maybe(0.2) else rule) if how == "rule" else "",
            days=self.rng.randint(1, 20) if deadlines.rules()[rule].count is None else 0,
            grace=self.rng.choice([0, 0, 3]),
            observed=self.maybe(0.2),
            pauses=(*self.some(("clarification", "payment")), *(["eclipse"] if self.strange else [])),
            requests=tuple(
                Ask(number, f"Documents {number}", oath=self.maybe(0.3), signers=signers if self.maybe(0.3) else ())
                for number in self.some(self.numbers, 1)
            ),
            recipients=self.some(people, 1),
        )  # fmt: skip

    def _award(self, name: str, people: tuple[str, ...]) -> Award:
        amount = Decimal(self.rng.choice([0, 17233, 2019194]))
        return Award(name, self.rng.choice(people), "Grants", year=self.rng.choice([*YEARS, ""]),
                     amount=amount if self.maybe(0.8) else None, conditions=self.some(CONDITIONS),
                     sure=self.rng.choice(["", "unverified"]))  # fmt: skip

    def _case(self, name: str, people: tuple[str, ...]) -> Case:
        return Case(name, f"Case {name}", filed=self.day() if self.maybe(0.7) else None, parties=self.some(people))

    def order(self, name: str, orders: tuple[str, ...], people: tuple[str, ...], cases: tuple[str, ...]) -> Order:
        """An order on any of the others, itself among them: chains and circles come about."""
        start = self.day()
        effect = self.rng.choice([*EFFECTS, "enjoin", "enjoin"])
        return Order(
            name, self.rng.choice(cases) if cases else "c9", "an order",
            "reverse" if self.strange and self.maybe(0.2) else effect,
            start,
            start + ONE * self.rng.randrange(30) if self.maybe(0.5) else None,
            target="" if effect == "enjoin" and self.maybe(0.9) else self.rng.choice([*orders, ""]),
            conditions=self.some(CONDITIONS) if self.maybe(0.3) else (),
            years=self.some(YEARS) if self.maybe(0.2) else (),
            reach=(self.rng.choice([NATIONWIDE, PARTIES, "state:IL", *people]),),
            freezes=self.some(FREEZES),
        )  # fmt: skip

    def events(self, docket: Docket, count: int) -> tuple[Event, ...]:
        """Events in the order of entry, E1 first; each may point at one that is entered later."""
        self.kinds = {f"E{number}": self._kind() for number in range(1, count + 1)}
        self.places = {name: self._place(docket) for name in self.kinds}
        return tuple(replace(self._event(docket, *one), seq=seq) for seq, one in enumerate(self.kinds.items(), 1))

    def _kind(self) -> str:
        if self.strange and self.maybe(0.1):
            return self.rng.choice(["deficiency-sublimated", "teleported"])
        if self.maybe(0.7):
            return self.rng.choice(FAVOURED)
        return self.rng.choice(ENDED if self.maybe(0.1) else tuple(KINDS))

    def _place(self, docket: Docket) -> Place:
        """A demand and whom: mostly one of its recipients, sometimes several, all or a stranger to it."""
        name = self.rng.choice(list(docket.demands))
        whom = docket.demands[name].recipients if self.maybe(0.9) else tuple(docket.recipients)
        demand = "" if self.maybe(0.15) else name
        return demand, self.some(whom) if self.maybe(0.2) else (self.rng.choice(whom),)

    def _event(self, docket: Docket, name: str, kind: str) -> Event:
        data = self._data(docket, kind)
        demand, whom = self.places[name]
        if data.get("deficiency") in self.places and self.maybe(0.8):
            demand, whom = self.places[data["deficiency"]]  # about the same recipient
        if data.get("award") in docket.awards and self.maybe(0.8):
            demand, whom = "", (docket.awards[data["award"]].recipient,)
        requests = self.some((*self.numbers, "9")) if self.maybe(0.5) else ()
        source = "a letter" if self.maybe(0.5) else ""
        return Event(name, self.moment(), kind, demand, whom, requests, data, source=source)

    def moment(self) -> str:
        """A day, sometimes with a time."""
        time = f"T{self.rng.randrange(24):02}:{self.rng.choice(('00', '30'))}" if self.maybe(0.3) else ""
        return f"{self.day()}{time}"

    def _data(self, docket: Docket, kind: str) -> dict[str, str]:
        if kind == "corrected":
            return self._correction(docket)
        known = KINDS[kind]
        said = {key: self._value(docket, key) for key in known.fields if key in known.must or self.maybe(0.5)}
        return {key: value for key, value in said.items() if value}

    def _correction(self, docket: Docket) -> dict[str, str]:
        said = {"event": self.rng.choice([*self.kinds, "E0"]), "reason": "it was wrong"}
        match self.rng.randrange(6):
            case 0 | 1 | 2:
                said["retract"] = "yes"
            case 3:
                said["happened"] = self.moment()
            case 4:
                said["recipients"] = "; ".join(self.some(tuple(docket.recipients), 1))
            case _:
                key = self.rng.choice(["until", "due", "award", "deficiency", "answer", "event"])
                said |= {key: self._value(docket, key)} if key != "event" else {"kind": self.rng.choice(PLAIN)}
        return said

    def _value(self, docket: Docket, key: str) -> str:
        if self.strange and self.maybe(0.2):
            return self.rng.choice(["soon", "2018-02-30", "0001-01-01", "9999-12-31", "-1", "9" * 20, "²"])
        raised = [name for name, kind in self.kinds.items() if kind == "deficiency"]
        pointed = {"award": docket.awards, "case": docket.cases, "order": docket.orders, "into": docket.demands,
                   "deficiency": raised, "event": self.kinds}  # fmt: skip
        if key in pointed:
            return self.rng.choice([*pointed[key]] if pointed[key] and self.maybe(0.9) else ["nothing"])
        match key:
            case "until" | "due" | "effective":
                return str(self.day())
            case "days":
                return str(self.rng.randint(1, 30))
            case "unit":
                return self.rng.choice(["days", "business days"])
            case "answer":
                return self.rng.choice(ANSWER_WORDS)
            case "condition":
                return self.rng.choice(CONDITIONS)
            case "oath" | "log" | "by-mail":
                return self.rng.choice(["yes", "no"])
            case "rank":
                return self.rng.choice(["President", "clerk"])
        return self.rng.choice(["alpha", "beta"])


@dataclass(frozen=True)
class World:
    """A docket with events, a day to look at it, and the source of whatever else a test draws."""

    draw: Draw
    docket: Docket
    as_of: dt.date

    @property
    def rng(self) -> random.Random:
        return self.draw.rng

    def new(self, kind: str, happened: str, recipient: str, demand: str, **data: str) -> Event:
        """An event that is not in the docket yet."""
        return Event("N1", happened, kind, demand, (recipient,), (), data, seq=len(self.docket.events) + 1)


def world(rng: random.Random, *, strange: bool = False) -> World:
    """A docket with 3 to 30 events, and a day within the window or shortly after it."""
    draw = Draw(rng, strange)
    docket = draw.docket()
    docket = replace(docket, events=draw.events(docket, rng.randint(3, 30)))
    return World(draw, docket, FIRST + ONE * rng.randrange(WINDOW + 20))
