"""The truth about the pile: what was planted in every item, and what an answer by the rules does with it.

``truth.json`` holds ``{"seed", "fingerprint", "counts", "requests", "items": [...], "families": [...]}``. An
item's facts are written down by whoever makes the item; a family's fate follows from them and the rules of
an answer (period, custodians, terms, counsel, privilege, personal data), never from running the program.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tecum.demo.wording import HOLDING, SECRET
from tecum.errors import ScoreMismatch

PRODUCED: Final = "produced"
HELD: Final = "held"
NOT_SELECTED: Final = "not selected"
SUPPRESSED: Final = "suppressed"  # a duplicate: its primary stands for it

DOCUMENT: Final = "document"
CONTAINER: Final = "container"
EXCLUDED: Final = "excluded"
UNPROCESSABLE: Final = "unprocessable"


@dataclass(frozen=True)
class Privilege:
    """Why a document is privileged and whose privilege it is; ``part`` when only some of it, ``waived`` when lost."""

    basis: str
    holder: str
    part: bool = False
    waived: bool = False


@dataclass(frozen=True)
class Span:
    """A planted string in one layer of a document.

    ``layer`` is ``body`` (mail), ``text`` (a text file, or the words of a page), ``paragraphs``, ``cell``,
    ``deleted`` (a tracked deletion), ``description`` (a document property) or ``image``; ``where`` names the
    cell (``Sheet!B3``). ``start`` and ``end`` count characters of that layer's text, lines ended by LF.
    """

    kind: str
    layer: str
    where: str
    start: int
    end: int
    text: str
    certain: bool = True

    @property
    def holds(self) -> bool:
        """Whether it is personal data of the kind that keeps a family back."""
        return self.certain and self.kind in HOLDING


@dataclass(frozen=True)
class Facts:
    """What the maker of an item knows of it; see :class:`Item` for the meaning of each."""

    disposition: str = DOCUMENT
    codes: tuple[str, ...] = ()
    date: dt.datetime | None = None
    hits: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    counsel: bool = False
    privilege: Privilege | None = None
    spans: tuple[Span, ...] = ()
    beyond_terms: bool = False
    thread: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    duplicate: str = ""
    duplicate_kind: str = ""
    near: str = ""
    near_kind: str = ""
    template: str = ""
    cases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item of the pile.

    ``path`` runs from ``pile`` down, members joined by ``//``; a message in an mbox has the mailbox's path
    and its ``position`` there (from 0), and its own members stand under ``MAILBOX//[POSITION]//``.
    ``codes`` are exception codes of which one is expected ("" for none promised). ``family`` is the root's
    id ("" for containers and excluded items), ``answers`` the requests it answers in a person's judgement,
    ``hits`` those of which a term stands in it, ``counsel`` whether a lawyer of the city is a party to it.
    ``date`` is the day in the matter's zone, None when the item has none. ``beyond_terms``: no term can
    reach it. ``units`` are the texts as written (subject, body, cells ...); they stay in memory.
    """

    id: str
    path: str
    position: int | None
    custodian: str
    disposition: str
    codes: tuple[str, ...]
    family: str
    parent: str
    date: str | None
    hits: tuple[str, ...]
    answers: tuple[str, ...]
    counsel: bool
    privilege: Privilege | None
    spans: tuple[Span, ...]
    beyond_terms: bool
    thread: str
    reply_to: str
    message_id: str
    duplicate_group: str
    duplicate_kind: str
    duplicate_of: str
    near_group: str
    near_kind: str
    template: str
    cases: tuple[str, ...]
    units: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def key(self) -> str:
        """The item's place as one string."""
        return place(self.path, self.position)

    @property
    def numbered(self) -> bool:
        """Whether it gets a control number: all but containers and excluded items."""
        return self.disposition in (DOCUMENT, UNPROCESSABLE)

    @property
    def expect_held(self) -> bool:
        """Whether its family is to be held once a term selects it."""
        return bool(self.reasons)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it holds its family: ``counsel``, ``privilege``, ``personal``."""
        found = [("counsel", self.counsel), ("privilege", self.privilege is not None),
                 ("personal", any(span.holds for span in self.spans))]  # fmt: skip
        return tuple(name for name, true in found if true)


@dataclass(frozen=True)
class Family:
    """A family and its fate: the requests that select it, what is expected of it, and why it is held."""

    id: str
    members: tuple[str, ...]
    custodians: tuple[str, ...]
    date: str | None
    selected: tuple[str, ...]
    expected: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """The period and the custodians of a request."""

    number: str
    start: str
    end: str
    custodians: tuple[str, ...]

    def takes(self, date: str | None, custodians: Iterable[str]) -> bool:
        """Whether a family of that day, held by these custodians, lies in scope; without a day it stays in."""
        within = date is None or self.start <= date <= self.end
        return within and any(one in self.custodians for one in custodians)


@dataclass(frozen=True)
class Truth:
    """All that is known of one pile."""

    seed: int
    fingerprint: str
    scopes: tuple[Scope, ...]
    items: tuple[Item, ...]
    families: tuple[Family, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How much of each kind was planted."""
        first = [item for item in self.items if not item.duplicate_of]
        groups = {item.duplicate_group for item in self.items if item.duplicate_group and item.family == item.id}
        threads = {item.thread for item in first if item.reply_to}
        return {
            "items": len(self.items),
            **{name + "s" if name in (DOCUMENT, CONTAINER) else name: sum(i.disposition == name for i in self.items)
               for name in (DOCUMENT, CONTAINER, EXCLUDED, UNPROCESSABLE)},
            "families": len(self.families),
            "responsive": sum(bool(item.answers) for item in first),
            "beyond_terms": sum(item.beyond_terms for item in first),
            "privileged": sum(bool(item.privilege and not item.privilege.waived) for item in first),
            "part_privileged": sum(bool(item.privilege and item.privilege.part) for item in first),
            "personal_documents": sum(any(s.kind != SECRET for s in item.spans) for item in first),
            "personal_spans": sum(s.kind != SECRET for item in first for s in item.spans),
            "duplicate_groups": len(groups),
            "duplicates": sum(item.duplicate_group in groups for item in self.items),
            "near_groups": len({item.near_group for item in first if item.near_group}),
            "near_duplicates": sum(bool(item.near_group) for item in first),
            "threads": len(threads),
        }  # fmt: skip

    @property
    def canaries(self) -> tuple[str, ...]:
        """What must stand nowhere in a volume: privileged sentences, personal numbers; white space collapsed."""
        return tuple(sorted({" ".join(span.text.split()) for item in self.items for span in item.spans
                             if span.kind == SECRET or span.holds}))  # fmt: skip

    def write(self, path: Path) -> None:
        """Write the truth as JSON."""
        items = []
        for item in self.items:
            stated_facts = dataclasses.asdict(item).items()
            facts = {k: v for k, v in stated_facts if k != "units" and (v or (v == 0 and v is not False))}
            items.append({**facts, "expect_held": item.expect_held})
        stated: dict[str, Any] = {
            "made_up": "Riverton and everyone in it are made up.",
            "seed": self.seed,
            "fingerprint": self.fingerprint,
            "counts": self.counts,
            "requests": [dataclasses.asdict(scope) for scope in self.scopes],
            "items": items,
            "families": [dataclasses.asdict(family) for family in self.families],
        }
        path.write_text(json.dumps(stated, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read what :meth:`write` wrote.

        Raises:
            ScoreMismatch: when the file is not a truth file.
        """
        try:
            stated = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                seed=stated["seed"],
                fingerprint=stated["fingerprint"],
                scopes=tuple(Scope(**_tuples(one)) for one in stated["requests"]),
                items=tuple(_item(one) for one in stated["items"]),
                families=tuple(Family(**_tuples(one)) for one in stated["families"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise ScoreMismatch(f"{path.name} is not a truth file: {cause}", path=path) from cause


def place(path: str, position: int | None = None) -> str:
    """Return one string for an item's place: ``chief/inbox.mbox`` and 3 give ``chief/inbox.mbox//[3]``."""
    return path if position is None else f"{path}//[{position}]"


def fingerprint(pile: Path) -> str:
    """Return a hash over the names and bytes of all files of a pile."""
    whole = hashlib.sha256()
    files = {path.relative_to(pile).as_posix(): path for path in pile.rglob("*") if path.is_file()}
    for name in sorted(files):
        whole.update(name.encode() + b"\0" + hashlib.sha256(files[name].read_bytes()).digest())
    return whole.hexdigest()


def judged(items: Iterable[Item], scopes: Iterable[Scope]) -> tuple[Family, ...]:
    """Return every family with what the rules of an answer do with it."""
    by_family: dict[str, list[Item]] = {}
    holders: dict[str, set[str]] = {}  # of the primary: everyone who has a copy
    for item in items:
        if item.numbered:
            by_family.setdefault(item.family, []).append(item)
            holders.setdefault(item.duplicate_of or item.id, set()).add(item.custodian)
    scopes = tuple(scopes)
    return tuple(_family(root, members, holders, scopes) for root, members in by_family.items())


def _family(root: str, members: list[Item], holders: Mapping[str, set[str]], scopes: tuple[Scope, ...]) -> Family:
    head = next(item for item in members if item.id == root)
    custodians = tuple(sorted(holders[head.duplicate_of or root]))
    hit = {number for item in members for number in item.hits}
    selected = tuple(s.number for s in scopes if s.number in hit and s.takes(head.date, custodians))
    reasons = tuple(sorted({reason for item in members for reason in item.reasons}))
    if head.duplicate_of:
        expected = SUPPRESSED
    elif not selected:
        expected = NOT_SELECTED
    else:
        expected = HELD if reasons else PRODUCED
    return Family(root, tuple(item.id for item in members), custodians, head.date, selected, expected, reasons)


def _item(stated: dict[str, Any]) -> Item:
    empty: dict[str, Any] = {
        one.name: {"str": "", "bool": False}.get(str(one.type), () if "tuple" in str(one.type) else None)
        for one in dataclasses.fields(Item)
    }
    facts = {**empty, **_tuples(stated)}
    facts.pop("expect_held")
    facts["spans"] = tuple(Span(**span) for span in facts["spans"])
    if facts["privilege"]:
        facts["privilege"] = Privilege(**facts["privilege"])
    return Item(**facts)


def _tuples(stated: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in stated.items()}
