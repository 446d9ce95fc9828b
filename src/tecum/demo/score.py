"""Compare what a run of the program reported with what was planted: planted, found, missed, false, kind by kind.

A mistake counts once. An item that was not seen is missed under ``items`` and nowhere else; one that was seen
and wrongly disposed of is missed under its disposition. A family to be held that went out is missed under
``held_...``; a family to go out that was held is missed under ``produced`` and false under ``held_...``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from tecum.demo.truth import (
    CONTAINER,
    DOCUMENT,
    EXCLUDED,
    HELD,
    PRODUCED,
    UNPROCESSABLE,
    Family,
    Item,
    Truth,
    place,
)  # fmt: skip
from tecum.errors import ScoreMismatch

REPORTED_APART: Final = "beyond_terms"  # what no term can reach is no miss of the terms


@dataclass(frozen=True)
class ObservedItem:
    """An item as the program lists it.

    ``path`` runs from ``pile`` down (``chief/inbox.mbox``), members joined by ``//``; for a message in an mbox
    give the mailbox and its ``position`` from 0; its members are ``chief/inbox.mbox//[3]//report.pdf``.
    """

    path: str
    position: int | None
    disposition: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ObservedDocument:
    """A numbered document: ``path`` and ``position`` as for items, and the control numbers.

    ``family_control`` is that of its family's root, ``duplicate_of`` that of the primary it repeats ("" for none).
    """

    path: str
    position: int | None
    custodian: str
    all_custodians: tuple[str, ...]
    control: str
    family_control: str
    duplicate_of: str = ""

    @property
    def is_primary(self) -> bool:
        """Whether it stands for itself."""
        return not self.duplicate_of


@dataclass(frozen=True)
class Observed:
    """What the public outputs of one run say.

    ``fingerprint`` is :func:`tecum.demo.truth.fingerprint` of the pile that was answered from; ``held`` gives
    for a control number its triggers among ``counsel``, ``privilege`` and ``personal``; ``produced_text`` is the
    text of every file of the volume by Bates number (or file name); ``by_request`` the control numbers selected.
    """

    fingerprint: str
    items: tuple[ObservedItem, ...]
    documents: tuple[ObservedDocument, ...]
    produced: Set[str]
    held: Mapping[str, tuple[str, ...]]
    produced_text: Mapping[str, str]
    by_request: Mapping[str, Set[str]]


@dataclass(frozen=True)
class Tally:
    """One row of the score; ``wrong`` names what was missed or false, for whoever looks into it."""

    planted: int
    found: int
    missed: int
    false: int
    wrong: tuple[str, ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, int]:
        """Return the row as ``demo --json`` prints it."""
        return {"planted": self.planted, "found": self.found, "missed": self.missed, "false": self.false}


def score(truth: Truth, observed: Observed) -> dict[str, Tally]:
    """Return a row for every kind: items, their dispositions, families, duplicates, what went out and what did not.

    Raises:
        ScoreMismatch: when the truth was written for another pile.
    """
    if truth.fingerprint != observed.fingerprint:
        raise ScoreMismatch(f"the truth belongs to the pile of seed {truth.seed}, and this is another pile")
    return {**_items(truth, observed), **_Papers(truth, observed).rows()}


def passed(rows: Mapping[str, Tally]) -> bool:
    """Whether nothing was missed and nothing false, but for what no term can reach."""
    return all(not row.missed and not row.false for kind, row in rows.items() if kind != REPORTED_APART)


def _items(truth: Truth, observed: Observed) -> dict[str, Tally]:
    planted = {item.key: item for item in truth.items}
    seen = {place(one.path, one.position): one for one in observed.items}
    rows = {"items": _tally(planted, seen)}
    for kind, name in ((DOCUMENT, "documents"), (CONTAINER, "containers"), (EXCLUDED, "excluded"),
                       (UNPROCESSABLE, "unprocessable")):  # fmt: skip
        there = {key for key, item in planted.items() if item.disposition == kind and key in seen}
        right = {key for key in there if seen[key].disposition == kind and _agrees(planted[key], seen[key])}
        rows[name] = _tally(there, right)
    return rows


def _agrees(item: Item, seen: ObservedItem) -> bool:
    """Whether one of the exception codes promised is there; "" among them allows none."""
    return not item.codes or bool(set(item.codes) & set(seen.codes)) or ("" in item.codes and not seen.codes)


class _Papers:
    """The rows about numbered documents, with control numbers and truth ids matched through their places."""

    def __init__(self, truth: Truth, observed: Observed) -> None:
        self._truth, self._observed = truth, observed
        self._families = {family.id: family for family in truth.families}
        by_key = {item.key: item for item in truth.items}
        self._seen: dict[str, ObservedDocument] = {}  # by truth id
        self._items: dict[str, Item] = {}  # by control number
        for one in observed.documents:
            item = by_key.get(place(one.path, one.position))
            if item:
                self._seen[item.id] = one
                self._items[one.control] = item

    def rows(self) -> dict[str, Tally]:
        """Return all rows."""
        rows = {"families": self._grouped(), "duplicates": self._duplicates(), "produced": self._produced()}
        rows |= {f"held_{name}": self._held(name) for name in ("privileged", "personal")}
        rows["leaks"] = self._leaks()
        rows |= {f"request_{scope.number}": self._request(scope.number) for scope in self._truth.scopes}
        beyond = [item.id for item in self._truth.items if item.beyond_terms and not item.duplicate_of]
        rows[REPORTED_APART] = _tally(beyond, self._ids(self._observed.produced) & set(beyond))
        return rows

    def _ids(self, controls: Iterable[str]) -> set[str]:
        """Truth ids; a control number of no planted document stays as it is, and so counts as false."""
        return {self._items[one].id if one in self._items else one for one in controls}

    def _roots(self, controls: Iterable[str]) -> set[str]:
        return {self._items[one].family if one in self._items else one for one in controls}

    def _grouped(self) -> Tally:
        """Every member belongs to its root, and no root to another."""
        planted = {item.id for item in self._truth.items if item.numbered and item.family != item.id}
        right = set()
        for key, one in self._seen.items():
            item = self._items[one.control]
            root = self._seen.get(item.family)
            if key in planted and root and one.family_control == root.control:
                right.add(key)
            elif key not in planted and one.family_control != one.control:
                right.add(key)  # a root that was put into a family: false
        return _tally(planted, right)

    def _duplicates(self) -> Tally:
        """Families suppressed for the primary that was planted."""
        planted = {item.id: item.duplicate_of for item in self._truth.items
                   if item.duplicate_of and item.family == item.id}  # fmt: skip
        found = set()
        for key, one in self._seen.items():
            if self._items[one.control].family == key and not one.is_primary:
                primary = self._items.get(one.duplicate_of)
                right = primary is not None and planted.get(key) == primary.id
                found.add(key if right else f"{key} of {one.duplicate_of}")
        return _tally(planted, found)

    def _expecting(self, *fates: str) -> list[Family]:
        return [family for family in self._truth.families if family.expected in fates]

    def _produced(self) -> Tally:
        """Documents of families that go out; what should be held is counted with the held."""
        planted = {key for family in self._expecting(PRODUCED) for key in family.members}
        beyond = {item.family for item in self._truth.items if item.beyond_terms}
        neutral = {key for family in self._truth.families for key in family.members
                   if family.expected == HELD or family.id in beyond}  # fmt: skip
        return _tally(planted, self._ids(self._observed.produced) - (neutral - planted))

    def _held(self, name: str) -> Tally:
        """Families held for counsel or privilege, or else for personal data: one member held and none out."""
        held = self._roots(self._observed.held)
        out = self._roots(self._observed.produced)
        planted = {family.id for family in self._expecting(HELD) if _sort(family.reasons) == name}
        false = {root for root in held if (family := self._families.get(root)) is None or family.expected != HELD}
        for control, triggers in self._observed.held.items():
            if _sort(triggers) != name:
                false -= self._roots([control])
        return _tally(planted, (planted & held - out) | false)

    def _leaks(self) -> Tally:
        """Planted strings that stand in no text that went out; ``false`` counts those that do."""
        canaries = self._truth.canaries
        texts = [" ".join(text.split()) for text in self._observed.produced_text.values()]
        leaked = tuple(one for one in canaries if any(one in text for text in texts))
        return Tally(len(canaries), len(canaries) - len(leaked), 0, len(leaked), leaked)

    def _request(self, number: str) -> Tally:
        """Families that a request selects and that go out; held ones may be listed or not."""
        planted = {family.id for family in self._expecting(PRODUCED) if number in family.selected}
        neutral = {family.id for family in self._expecting(HELD) if number in family.selected}
        neutral |= {item.family for item in self._truth.items if item.beyond_terms and number in item.answers}
        return _tally(planted, self._roots(self._observed.by_request.get(number, set())) - (neutral - planted))


def _sort(reasons: Iterable[str]) -> str:
    """Counsel and privilege weigh before personal data, so that a family counts once."""
    return "privileged" if {"counsel", "privilege"} & set(reasons) else "personal"


def _tally(planted: Iterable[str], found: Iterable[str]) -> Tally:
    wanted, there = set(planted), set(found)
    missed, false = wanted - there, there - wanted
    return Tally(len(wanted), len(wanted & there), len(missed), len(false), (*sorted(missed), *sorted(false)))
