"""The small language in which Riverton's papers are written: words chosen by seed, and marks on what is planted.

``{a|b|c}`` is one of several wordings, ``{3-9}`` a number, ``{@chief}`` a person's name, ``{@chief.first}``
the given name, ``{$ssn}`` a value from a pool. ``[[ssn:...]]`` marks a planted string; a question mark after
the kind (``[[phone?:...]]``) says that a detector may rightly pass it over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tecum.demo.world import Dice, World

SECRET: Final = "secret"  # a privileged sentence: a canary that must not come out
HOLDING: Final = frozenset({"ssn", "card", "a-number"})  # personal data that holds a family

_SLOT: Final = re.compile(r"\{([^{}]*)\}")
_NUMBERS: Final = re.compile(r"(\d+)-(\d+)")
_MARK: Final = re.compile(r"\[\[([a-z-]+)(\??):(.*?)\]\]", re.DOTALL)


@dataclass(frozen=True)
class Mark:
    """A planted string at ``start`` to ``end`` of a layer's text; ``certain`` ones must be caught."""

    kind: str
    start: int
    end: int
    text: str
    certain: bool


class Pools:
    """Values drawn without replacement, so that a planted number stands in one paper only."""

    def __init__(self, values: Mapping[str, Sequence[str]], seed: int) -> None:
        self._left = {name: Dice(seed, f"pool {name}").shuffled(pool) for name, pool in values.items()}

    def draw(self, name: str) -> str:
        """Return the next value of the pool."""
        return self._left[name].pop()


def settle(markup: str, dice: Dice, world: World, pools: Pools) -> str:
    """Return ``markup`` with every choice made and every name filled in; marks stay."""

    def chosen(match: re.Match[str]) -> str:
        slot: str = match[1]
        if slot.startswith("@"):
            key, _, part = slot[1:].partition(".")
            person = world.person(key)
            return {"first": person.first, "role": person.role}.get(part, person.name)
        if slot.startswith("$"):
            return pools.draw(slot[1:])
        if numbers := _NUMBERS.fullmatch(slot):
            low, high = int(numbers[1]), int(numbers[2])
            return str(low + dice.below(high - low + 1))
        return dice.pick(slot.split("|"))

    while _SLOT.search(markup):  # innermost first, so choices may hold names and numbers
        markup = _SLOT.sub(chosen, markup)
    return markup


def read_marks(markup: str) -> tuple[str, tuple[Mark, ...]]:
    """Return the plain text, and the marks with their character offsets in it."""
    plain, marks, at = "", [], 0
    for match in _MARK.finditer(markup):
        plain += markup[at : match.start()]
        marks.append(Mark(match[1], len(plain), len(plain) + len(match[3]), match[3], not match[2]))
        plain += match[3]
        at = match.end()
    return plain + markup[at:], tuple(marks)


def quoted(markup: str) -> str:
    """Return ``markup`` as a reply quotes it."""
    return "\n".join(f"> {line}".rstrip() for line in markup.splitlines())
