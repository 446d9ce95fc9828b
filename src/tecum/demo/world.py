"""Who lives and works in Riverton, how the city is organised, and the dice that vary its papers."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar

ZONE: Final = zoneinfo.ZoneInfo("America/Chicago")
NOTICE: Final = "Riverton is a made-up city; this message is demonstration data."

T = TypeVar("T")


@cache
def table(name: str) -> dict[str, Any]:
    """Return a TOML table that ships beside this module."""
    return tomllib.loads(text(name))


def text(name: str) -> str:
    """Return the text of a file that ships beside this module."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


class Dice:
    """Choices that follow from a seed and a name alone.

    The standard library's generator may change its ``choice`` and ``shuffle`` between versions; a hash
    does not, and a name of its own for each paper keeps one paper's draws from moving another's.
    """

    def __init__(self, seed: int, name: str) -> None:
        self._key = f"{seed}/{name}"
        self._drawn = 0

    def below(self, bound: int) -> int:
        """Return a whole number from 0 to ``bound - 1``."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._key}/{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % bound

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of ``choices``."""
        return choices[self.below(len(choices))]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return ``things`` in another order (Fisher-Yates)."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed


@dataclass(frozen=True)
class Person:
    """One person of the roster; ``counsel`` marks the city's lawyers, inside and outside."""

    key: str
    name: str
    role: str
    mail: str
    counsel: bool = False

    @property
    def first(self) -> str:
        """The given name."""
        return self.name.split()[0]


@dataclass(frozen=True)
class World:
    """The roster by key, the custodians in the order of the demand file, and the dated events."""

    people: Mapping[str, Person]
    custodians: tuple[str, ...]
    events: tuple[tuple[dt.date, str], ...]

    def person(self, key: str) -> Person:
        """Return the person of that key."""
        return self.people[key]


@cache
def riverton() -> World:
    """Return the city as ``roster.toml`` and ``demand.toml`` state it."""
    roster = table("roster.toml")
    people = {key: Person(key=key, **facts) for key, facts in roster["people"].items()}
    events = tuple((event["on"], event["what"]) for event in roster["event"])
    return World(people, tuple(table("demand.toml")["custodians"]), events)
