"""Evidence that comes in: a mail or a saved article proposes what a person may accept; a received volume is checked,
entered, and searched together with everybody else's.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tecum.demand import events
from tecum.demand.nouns import Docket, Event, Recipient
from tecum.demand.press import clipping, quotes
from tecum.demand.record import Row
from tecum.demand.replies import proposed
from tecum.demand.replies.proposed import KnownRecipient, Mail
from tecum.demand.replies.told import recipient_of
from tecum.demand.standing import Standing
from tecum.engine.sandbox import Sandbox
from tecum.errors import ProposalInvalid, SourceMissing
from tecum.hooks import Unreadable
from tecum.matter import Matter
from tecum.model import MAIL_KINDS
from tecum.processing.single import Single, read_single
from tecum.verbs.docket import act
from tecum.verbs.docket_papers import board_rows

_PAGES = (".html", ".htm", ".xhtml")
_TEXTS = (".txt", ".md", ".text")
_WORDS = 200  # characters of a clipping's set-aside paragraph that are shown
_LONGEST = 1 << 20  # bytes of an article that is saved as text; a longer one is a book, or a trick


def demand_propose(
    matter: Matter, path: Path, *, accept: str = "", outlet: str = "", published: str = "",
    recipients: Sequence[str] = (), demand: str = "", more: Mapping[str, str] = MappingProxyType({}),
    dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Read a mail (events) or an article (statements) and propose what to enter; ``accept`` enters some of it.

    Args:
        matter: the docket's.
        path: a mail (.eml), a saved page (.html), or an article as text (.txt).
        accept: numbers of proposals, such as ``1,3``, or ``all``; the file is then kept as evidence.
        outlet: who published an article, when the page does not say it.
        published: the day of an article or act, when the file does not say it.
        recipients: whom it concerns, when the file does not say it or says it wrongly.
        demand: the demand, where a recipient has several.
        more: what else is said of what is accepted, such as ``about`` and ``stance`` of a statement.
        dry_run: enter nothing.

    Raises:
        SourceMissing, ProposalInvalid, RecipientUnknown, TableInvalid.
    """
    if not path.is_file():
        raise SourceMissing(f"{path} is not there", path=path)
    now, standings = board_rows(matter)
    if path.suffix.lower() in _PAGES + _TEXTS:
        article = _article(path, outlet, published)
        found = list(_statements(article, recipients))
        told = {name: getattr(article, name) for name in ("title", "outlet", "date", "author", "text")}
        aside = [{"rule": one.rule, "text": one.text[:_WORDS]} for one in article.paragraphs if one.rule]
        extra: dict[str, Any] = {"clipping": told, "furniture": aside}
        rows: list[Row] = [("clipping", article.sha256, _kept(article))]
    else:
        found = list(_from_mail(now, standings, path, recipients, published))
        extra, rows = {}, []
    listed = [{"number": number, **one} for number, one in enumerate(found, 1)]
    answer = {"proposed": listed, "entered": [], "evidence": events.evidence_of(path), "dry_run": dry_run, **extra}
    chosen = _accepted(accept, len(found))
    if not chosen:
        return answer
    kept = {events.evidence_of(path): path}
    held = {one.content() for one in now.events}
    for number in chosen:
        listed[number - 1]["data"] = {**listed[number - 1]["data"], **more}
    new = {number: _event(listed[number - 1], demand, tuple(kept), standings) for number in chosen}
    fresh = [one for one in new.values() if one.content() not in held]
    done: dict[str, Any] = {"events": [], "effects": []}
    if fresh:
        done = act(matter, now, standings, fresh, "record", kept, observed=True, dry_run=dry_run, more=rows)
    for number, one in new.items():
        listed[number - 1]["entered"] = not dry_run or one.content() in held
    return {**answer, "entered": done["events"], "effects": done["effects"]}


def _accepted(text: str, count: int) -> list[int]:
    if text.strip() == "all":
        return list(range(1, count + 1))
    chosen = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        if not part.isdecimal() or not 1 <= int(part) <= count:
            raise ProposalInvalid(f"{part} is not one of the {count} proposals")
        chosen.append(int(part))
    return list(dict.fromkeys(chosen))


def _event(one: dict[str, Any], demand: str, evidence: tuple[str, ...], standings: Sequence[Standing]) -> Event:
    """What is entered: under the demand named, or the only one that the recipients have."""
    if not one["happened"]:
        raise ProposalInvalid(
            f"proposal {one['number']} has no date", remedy="Give the day with --on, such as --on 2018-01-25"
        )
    recipients = tuple(filter(None, str(one["recipient"]).split("; ")))
    sure = "unverified" if one["sure"] == "possible" else one["sure"]
    theirs = {each.demand.id for each in standings if each.recipient.id in recipients}
    of = demand or (theirs.pop() if len(theirs) == 1 else "")
    return Event(
        "", one["happened"], one["kind"], of if recipients else "", recipients, tuple(one["requests"]), one["data"],
        evidence, "", sure,
    )  # fmt: skip


# -- articles --------------------------------------------------------------------------------------------


def _article(path: Path, outlet: str, published: str) -> clipping.Clipping:
    if path.suffix.lower() in _PAGES:
        try:
            with Sandbox() as sandbox:
                found = clipping.from_page(path, sandbox)
        except Unreadable as error:
            raise ProposalInvalid(f"{path}: {error.message}", path=path) from None
        given = {name: value for name, value in (("outlet", outlet), ("date", published)) if value}
        told = {**dict(found.told), **dict.fromkeys(given, "given")}
        return replace(found, outlet=outlet or found.outlet, date=published or found.date, told=tuple(told.items()))
    if path.stat().st_size > _LONGEST:
        said = f"{path} is longer than an article may be ({_LONGEST >> 20} MiB)"
        raise ProposalInvalid(said, path=path, remedy="Save the part that matters as a text of its own")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProposalInvalid(f"{path} is not UTF-8 text", path=path, remedy="Save it as UTF-8") from None
    return clipping.from_text(text, outlet=outlet, date=published, sha256=hashlib.sha256(data).hexdigest())


def _statements(article: clipping.Clipping, recipients: Sequence[str]) -> Iterator[dict[str, Any]]:
    for one in quotes.statements(article):
        data = {
            "speaker": one.speaker, "words": one.words, "through": one.through,
            "form": "quoted" if one.quoted else "paraphrased",
        }  # fmt: skip
        yield {
            "kind": "statement", "recipient": "; ".join(recipients), "happened": article.date, "requests": [],
            "data": {key: value for key, value in data.items() if value}, "why": one.why,
            "sure": "possible" if one.resolved or not one.speaker else "probable",
        }  # fmt: skip


def _kept(article: clipping.Clipping) -> dict[str, Any]:
    """What the docket keeps of an article beside its file: the main text, and what was set aside by which rule."""
    return {
        "outlet": article.outlet, "title": article.title, "date": article.date, "author": article.author,
        "url": article.url, "told": dict(article.told),
        "parts": [[one.role, one.rule, one.text] for one in article.paragraphs],
    }  # fmt: skip


# -- mail ------------------------------------------------------------------------------------------------


def _from_mail(
    now: Docket, standings: Sequence[Standing], path: Path, recipients: Sequence[str], happened: str
) -> Iterator[dict[str, Any]]:
    with Sandbox() as sandbox:
        single = read_single(path, sandbox)
    if single.kind not in MAIL_KINDS or single.disposition != "document":
        why = "; ".join(single.problems.values()) or f"it is a file of kind {single.kind}"
        raise ProposalInvalid(f"{path} is no mail, page or text that can be read here: {why}", path=path)
    mail, known = _mail(single), [_known(now, each) for each in now.recipients.values()]
    sender = recipient_of(mail, known)[0]
    dues = [one.clock.due for one in standings if one.clock.due and one.recipient.id == sender]
    for one in proposed.proposals(mail, known, max(dues, default=None)):
        yield {
            "kind": one.kind, "recipient": "; ".join(recipients) or one.recipient,
            "happened": happened or (one.happened.isoformat() if one.happened else ""), "requests": list(one.requests),
            "data": one.data, "why": f"{one.why} ({one.told})" if one.told else one.why, "sure": one.sure,
        }  # fmt: skip


def _mail(single: Single) -> Mail:
    fields = single.fields
    name, address = email.utils.parseaddr(str(fields.get("from", "")))
    to = fields.get("to", [])
    parties = tuple(map(str, to if isinstance(to, list) else [to]))
    try:
        day = dt.date.fromisoformat(str(fields.get("sent", ""))[:10])
    except ValueError:
        day = None
    return Mail(address, name, parties, day, str(fields.get("subject", "")), single.text, tuple(single.members))


def _known(now: Docket, one: Recipient) -> KnownRecipient:
    """A recipient as far as a mail can show it: its addresses, their domains, its numbers."""
    said = [part for text in (one.address, one.counsel) for part in text.replace(",", ";").split(";")]
    addresses = [part.strip().strip("<>").rpartition("<")[2] for part in said if "@" in part]
    told = [event.data["tracking"] for event in now.events if one.id in event.recipients and event.data.get("tracking")]
    counsel = [part.partition("<")[0].strip() for part in one.counsel.split(";")]
    return KnownRecipient(
        one.id, one.name, tuple(filter(None, counsel)), tuple(addresses),
        tuple({address.rpartition("@")[2] for address in addresses}), (*one.tracking, *told),
    )  # fmt: skip
