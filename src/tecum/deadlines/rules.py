"""The periods that are counted by rule: what each one says, where it says so, and whether that text was read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tecum.deadlines.counting import Roll, Unit


@dataclass(frozen=True)
class Rule:
    """One period. The keys mean what the head of ``rules.toml`` says of them.

    ``count`` is None where the instrument gives the number of days; ``effective`` is an ISO date, or "" when it
    is not known; ``verified`` is false when any part of the rule rests on a text that was not read.
    """

    key: str
    title: str
    unit: Unit
    roll: Roll
    calendar: Literal["federal", "state", "any"]
    trigger: str
    citation: str
    verified: bool
    count: int | None = None
    mail_days: int = 0
    extension: int = 0
    method: str = ""
    effective: str = ""
    note: str = ""

    def part(self, letter: str) -> str:
        """Return " (FRCP 6(a)(1)(A))" for letter A: the part of the counting text a line rests on; "" without one."""
        return f" ({self.method}({letter}))" if self.method else ""


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule shipped with the program by its key, in the order of ``rules.toml``."""
    text = resources.files("tecum.deadlines").joinpath("rules.toml").read_text(encoding="utf-8")
    return MappingProxyType({key: Rule(key=key, **values) for key, values in tomllib.loads(text).items()})
