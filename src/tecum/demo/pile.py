"""Put the things that were made into folders, mailboxes and archives, and write down where each one came to lie."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tecum.demo import mime, office
from tecum.demo.truth import CONTAINER, DOCUMENT, UNPROCESSABLE, Facts, Item, place
from tecum.demo.world import ZONE


@dataclass(frozen=True)
class Thing:
    """One made item with its bytes, its facts, and the items inside it in their order."""

    name: str
    data: bytes
    facts: Facts
    members: tuple[Thing, ...] = ()
    sender: str = ""  # of a message, for the line that opens it in an mbox

    @property
    def when(self) -> dt.datetime:
        """Its date; a day of no meaning for a thing without one."""
        return self.facts.date or dt.datetime(2017, 9, 1, 12, 0, tzinfo=ZONE)


def zipped(name: str, members: Sequence[Thing], facts: Facts) -> Thing:
    """Return an archive of things."""
    data = office.archive([(one.name, one.data, one.when) for one in members])
    return Thing(name, data, replace(facts, disposition=CONTAINER), tuple(members))


@dataclass
class _Lie:
    """Where one thing lies, before numbers are given."""

    thing: Thing
    path: str
    position: int | None = None
    parent: _Lie | None = None  # the document above it
    members: list[_Lie] = field(default_factory=list)


@dataclass(frozen=True)
class Tally:
    """Items, threads of two and more, duplicate groups, and the families in those groups."""

    items: int
    threads: int
    groups: int
    duplicates: int


class Pile:
    """All custodians' files. Folders and mailboxes are paths from ``pile`` down; the first part is the custodian."""

    def __init__(self, custodians: Sequence[str]) -> None:
        self._order = {key: number for number, key in enumerate(custodians)}
        self._loose: dict[str, Thing] = {}
        self._mailboxes: dict[str, list[Thing]] = {}

    def place(self, folder: str, thing: Thing, name: str = "") -> None:
        """Lay a file into a folder, under its own name unless another is given."""
        path = f"{folder}/{name or thing.name}"
        assert path not in self._loose, path
        self._loose[path] = thing

    def post(self, mailbox: str, message: Thing) -> None:
        """Put a message into an mbox."""
        self._mailboxes.setdefault(mailbox, []).append(message)

    def tally(self) -> Tally:
        """Count what lies here so far."""
        roots = [one for box in self._mailboxes.values() for one in box]
        loose = list(self._loose.values())
        things = [one for root in roots + loose for one in _all(root)]
        groups = [one.facts.duplicate for one in _families(roots + loose) if one.facts.duplicate]
        threads = {one.facts.thread for one in things if one.facts.in_reply_to}
        return Tally(len(things) + len(self._mailboxes), len(threads), len(set(groups)), len(groups))

    def write(self, out: Path) -> tuple[Item, ...]:
        """Write every file below ``out``, with its own time of change, and return the items in path order."""
        for path, messages in self._mailboxes.items():
            messages.sort(key=lambda one: (one.when, one.facts.message_id))
            data = b"".join(mime.mbox_entry(one.data, one.sender, one.when.ctime()) for one in messages)
            facts = Facts(disposition=CONTAINER, date=messages[-1].when)
            self._loose[path] = Thing(path.rpartition("/")[2], data, facts, tuple(messages))
        paths = sorted(self._loose, key=lambda path: (self._order[path.split("/")[0]], path.encode()))
        found: list[_Lie] = []
        for path in paths:
            thing = self._loose[path]
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(thing.data)
            os.utime(target, (thing.when.timestamp(), thing.when.timestamp()))
            found += _below(_Lie(thing, path), mailbox=path in self._mailboxes)
        return _items(found)


def _below(lie: _Lie, *, mailbox: bool = False) -> Iterator[_Lie]:
    """Yield a thing and all that is in it."""
    yield lie
    above = lie.parent if lie.thing.facts.disposition == CONTAINER else lie
    inside = place(lie.path, lie.position)
    for number, member in enumerate(lie.thing.members):
        if mailbox:
            yield from _below(_Lie(member, lie.path, number))
        else:
            yield from _below(_Lie(member, f"{inside}//{member.name}", None, above))


def _items(found: Sequence[_Lie]) -> tuple[Item, ...]:
    """Number the things and turn what they know of each other into ids."""
    ids = {id(lie): f"RT-{number:04d}" for number, lie in enumerate(found, 1)}
    mails: dict[str, str] = {}
    for lie in found:
        mails.setdefault(lie.thing.facts.message_id, ids[id(lie)])
    primaries: dict[str, str] = {}
    items = []
    for lie in found:
        facts, own, root = lie.thing.facts, ids[id(lie)], _root(lie)
        group = _group(lie, root)
        first = primaries.setdefault(group, own) if group else own
        items.append(Item(
            id=own, path=lie.path, position=lie.position, custodian=lie.path.split("/")[0],
            disposition=facts.disposition, codes=facts.codes,
            family=ids[id(root)] if facts.disposition in (DOCUMENT, UNPROCESSABLE) else "",
            parent=ids[id(lie.parent)] if lie.parent else "",
            date=str(facts.date.astimezone(ZONE).date()) if facts.date else None,
            hits=facts.hits, answers=facts.answers, counsel=facts.counsel, privilege=facts.privilege,
            spans=facts.spans, beyond_terms=facts.beyond_terms, thread=facts.thread,
            reply_to=mails.get(facts.in_reply_to, "") if facts.in_reply_to else "", message_id=facts.message_id,
            duplicate_group=group, duplicate_kind=root.thing.facts.duplicate_kind if group else "",
            duplicate_of="" if first == own else first,
            near_group=facts.near, near_kind=facts.near_kind, template=facts.template,
            cases=facts.cases, units=facts.units,
        ))  # fmt: skip
    return tuple(items)


def _root(lie: _Lie) -> _Lie:
    while lie.parent:
        lie = lie.parent
    return lie


def _group(lie: _Lie, root: _Lie) -> str:
    """The duplicate group: the family's, and for a member its place in the family."""
    group = root.thing.facts.duplicate
    if not group or lie.thing.facts.disposition not in (DOCUMENT, UNPROCESSABLE):
        return ""
    return group if lie is root else group + lie.path.removeprefix(place(root.path, root.position))


def _all(thing: Thing) -> Iterator[Thing]:
    yield thing
    for member in thing.members:
        yield from _all(member)


def _families(things: Iterable[Thing]) -> Iterator[Thing]:
    """Yield the heads of families: a loose archive is none, but what lies in it is."""
    for thing in things:
        if thing.facts.disposition == CONTAINER:
            yield from _families(thing.members)
        else:
            yield thing
