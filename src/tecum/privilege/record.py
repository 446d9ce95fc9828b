"""Screen documents for signs of privilege and write the signals down; a signal is never a call."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from tecum import settings
from tecum.engine.schema import blind, document, item, signal
from tecum.engine.store import put_rows
from tecum.errors import SettingsInvalid
from tecum.matter import Matter
from tecum.model import MAIL_KINDS
from tecum.privilege.footers import Footers
from tecum.privilege.roster import domains
from tecum.privilege.screen import Screen, Screened, Signal, holds

_PAGE = 500
_OWN_LEAST = 5  # mails from a domain before it is taken for the client's own


def screen(matter: Matter, ids: Sequence[int]) -> dict[int, list[Signal]]:
    """Screen these documents; returns the signals of those that have any. Writes nothing."""
    own = own_domains(matter)
    counsel = matter.settings.plan.counsel
    if clash := sorted(own & {domain.lower() for domain in counsel.domains}):
        raise SettingsInvalid(
            f"[counsel] domains: {', '.join(clash)} is the custodians' own domain",
            path=matter.folder / settings.NAME,
            remedy="Name the lawyers under [counsel] names and addresses instead",
        )
    mails = (one for _, one in documents(matter, ids) if one.kind in MAIL_KINDS)
    footers = Footers.learn((_domain(one.sender), one.body) for one in mails)
    machine = Screen(counsel, own, footers)
    found = {}
    for number, one in documents(matter, ids):
        signals = machine.document(one)
        if signals:
            found[number] = signals
    return found


def record(matter: Matter, ids: Sequence[int], found: dict[int, list[Signal]]) -> None:
    """Replace what was known of these documents by what was found now."""
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        rows = [
            {
                "document": number,
                "number": n,
                "rule": one.rule,
                "strength": one.strength,
                "place": one.where,
                "evidence": one.evidence,
                "message": one.message,
            }
            for number in page
            for n, one in enumerate(found.get(number, []), 1)
        ]
        with matter.write() as db:
            db.execute(delete(signal).where(signal.c.document.in_(page)))
            put_rows(db, signal, rows)


def triggers(found: dict[int, list[Signal]]) -> dict[int, list[str]]:
    """Why each document's family is held in an unattended answer; documents that are not held are left out."""
    return {
        number: list(dict.fromkeys(f"{one.rule} {one.message}" for one in signals if holds([one])))
        for number, signals in found.items()
        if holds(signals)
    }


def own_domains(matter: Matter) -> frozenset[str]:
    """The client's mail domains: for each custodian the domain from which most of the mail was sent."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    sender = func.json_extract(item.c.fields, "$.from")
    rows = (
        select(document.c.custodian, sender, func.count())
        .join(item, item.c.key == document.c.item)
        .where(item.c.kind.in_(sorted(MAIL_KINDS)), sender.is_not(None))
        .group_by(document.c.custodian, sender)
    )
    with matter.read() as db:
        for custodian, text, count in db.execute(rows):
            counts[custodian][_domain(text)] += count
    found = set()
    for senders in counts.values():
        ((domain, count),) = senders.most_common(1)
        if domain and count >= _OWN_LEAST and count * 2 >= senders.total():
            found.add(domain)
    return frozenset(found)


def _domain(sender: str) -> str:
    return next(iter(domains(sender)), "")


def documents(matter: Matter, ids: Sequence[int]) -> Iterator[tuple[int, Screened]]:
    """Yield documents with their text, page by page.

    Blind-copy recipients are those of every copy: a lawyer whom only the sender's copy shows is one all the same.
    """
    unseen: dict[int, list[str]] = defaultdict(list)
    with matter.read() as db:
        for one in db.execute(select(blind.c.document, blind.c.shown).order_by(blind.c.document, blind.c.address)):
            unseen[one.document].append(one.shown)
    for row in matter.texts(ids, item.c.kind, item.c.name, item.c.fields, item.c.outside):
        yield row.id, _screened(matter, row, unseen.get(row.id, []))


def _screened(matter: Matter, row: Any, unseen: Sequence[str]) -> Screened:
    said = json.loads(row.fields)
    return Screened(
        kind=row.kind,
        sender=str(said.get("from", "")),
        to=_several(said.get("to")),
        cc=_several(said.get("cc")),
        bcc=(*_several(said.get("bcc")), *(one for one in unseen if one not in _several(said.get("bcc")))),
        subject=str(said.get("subject", "")),
        title=str(said.get("title", "")),
        filename=row.name,
        author="; ".join(filter(None, (str(said.get("author", "")), str(said.get("last_author", ""))))),
        folder=str(json.loads(row.outside).get("mail_folder", "")),
        body=matter.text_of(row),
    )


def _several(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (str(value),) if value else ()
