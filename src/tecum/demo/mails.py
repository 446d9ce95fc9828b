"""Make the city's mail: the rows of ``threads.toml`` and ``routine.toml`` become messages in people's mailboxes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any, Final

from tecum.demo import mime
from tecum.demo.papers import Papers, privilege
from tecum.demo.pile import Pile, Thing
from tecum.demo.truth import Facts, Span
from tecum.demo.wording import Pools, quoted, read_marks, settle
from tecum.demo.world import NOTICE, ZONE, Dice, Person, World, table

MAILBOXES: Final = {
    "chief": "chief/inbox.mbox", "liaison": "liaison/mail.mbox", "training": "training/Maildir/cur",
    "records": "records/records.mbox", "mayor": "mayor/mayor.mbox", "council": "council/clerk.mbox",
    "attorney": "attorney/whitfield.mbox", "works": "works/works.mbox",
}  # fmt: skip
SENT: Final = {"chief": "chief/sent.mbox"}
TYPES: Final = {
    "pdf": "application/pdf", "csv": "text/csv", "txt": "text/plain", "html": "text/html", "rtf": "application/rtf",
    "zip": "application/zip", "png": "image/png", "tiff": "image/tiff", "ics": "text/calendar",
    "dat": "application/ms-tnef", "eml": "message/rfc822", "mp3": "audio/mpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # fmt: skip
DATES: Final = {
    "none": None,
    "1970": dt.datetime(1970, 1, 1, 12, tzinfo=dt.UTC),
    "future": dt.datetime(2031, 8, 14, 9, 30, tzinfo=ZONE),
}


@dataclass(frozen=True)
class Mail:
    """One message before it is bytes. ``markup`` is settled; ``row`` is the table row it was made from."""

    key: str
    thread: str
    row: Mapping[str, Any]
    sender: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    bcc: tuple[Person, ...]
    subject: str
    date: dt.datetime | None
    message_id: str
    markup: str
    hits: tuple[str, ...]
    answers: tuple[str, ...]
    above: Mail | None = None
    attachments: tuple[Thing, ...] = field(default=(), repr=False)

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the messages it follows, oldest first."""
        return (*self.above.references, self.above.message_id) if self.above else ()

    @property
    def counsel(self) -> bool:
        """Whether one of the city's lawyers is a party."""
        return any(one.counsel for one in (self.sender, *self.to, *self.cc, *self.bcc))


class Post:
    """Writes the city's mail and delivers it."""

    def __init__(self, world: World, seed: int, pools: Pools, papers: Papers, pile: Pile) -> None:
        self._world, self._seed, self._pools, self._papers, self._pile = world, seed, pools, papers, pile

    def thread_row(self, key: str) -> Mail:
        """Write the first message of the thread of that key without delivering it."""
        row = next(one for one in table("threads.toml")["thread"] if one["key"] == key)
        return self._mail(
            key, False, {"subject": row["subject"], **row["mail"][0]}, row["date"].replace(tzinfo=ZONE), None
        )

    def thread(self, row: Mapping[str, Any], key: str = "") -> list[Mail]:
        """Write a thread's messages and deliver each to its homes; a thread of one is a single message."""
        key = key or row["key"]
        mails: list[Mail] = []
        date = row["date"].replace(tzinfo=ZONE)
        for number, one in enumerate(row["mail"]):
            date += dt.timedelta(minutes=one.get("after", 45 if number else 0))
            above = mails[one.get("above", number - 1)] if number else None
            stated = {"subject": row["subject"], "template": row.get("template", ""), **one}
            mail = self._mail(key, len(row["mail"]) > 1, stated, date, above)
            self.deliver(mail)
            mails.append(mail)
        return mails

    def _mail(self, key: str, threaded: bool, row: dict[str, Any], date: dt.datetime, above: Mail | None) -> Mail:
        dice = Dice(self._seed, f"mail {key} {date}")
        own = settle(row["text"].strip(), dice, self._world, self._pools)
        hits = set(row.get("hits", ()))
        markup = own
        if above and row.get("quote"):
            markup += f"\n\nOn {_date(above.date)[:22]}, {above.sender.name} wrote:\n{quoted(above.markup)}"
            hits |= set(above.hits)
        subject = settle(row["subject"], Dice(self._seed, f"subject {key}"), self._world, self._pools)
        if above:
            subject = f"{'Fwd' if row.get('forward') else 'Re'}: {subject}"
        sender = self._world.person(row["from"])
        token = hashlib.sha256(f"{self._seed}/{key}/{date}/{sender.key}".encode()).hexdigest()[:20]
        sorted_hits = tuple(sorted(hits))
        return Mail(
            key=f"{key} {date:%Y%m%d%H%M}", thread=key if threaded else "", row=row, sender=sender,
            to=self._people(row, "to"), cc=self._people(row, "cc"), bcc=self._people(row, "bcc"), subject=subject,
            date=DATES[row["dated"]] if "dated" in row else date,
            message_id=f"<{token}@{sender.mail.partition('@')[2]}>", markup=markup, hits=sorted_hits,
            answers=tuple(row.get("answers", sorted_hits)), above=above,
            attachments=tuple(self._papers[paper] for paper in row.get("attach", ())),
        )  # fmt: skip

    def _people(self, row: Mapping[str, Any], field_name: str) -> tuple[Person, ...]:
        return tuple(self._world.person(key) for key in row.get(field_name, ()))

    def deliver(self, mail: Mail) -> None:
        """Put a copy into each of the message's homes: a custodian's mailbox, or a folder as a loose ``.eml``."""
        homes = mail.row["home"]
        for number, home in enumerate(homes):
            copy = 0 if mail.row.get("same_bytes") else number
            thing = self.message(mail, copy, shared=len(homes) > 1, outgoing=home.split("/")[0] == mail.sender.key)
            if "/" in home:
                name = f"{mail.date or thing.when:%Y-%m-%d} {_plain_name(mail.subject)}.eml"
                self._pile.place(home, replace(thing, data=mime.crlf(thing.data)), name)
            elif home == "training":
                stamp = int(thing.when.timestamp())
                self._pile.place(MAILBOXES[home], thing, f"{stamp}.M{int(mail.message_id[1:6], 16)}P412.riverton!2,S")
            else:
                box = SENT.get(home) if home == mail.sender.key else None
                self._pile.post(box or MAILBOXES[home], thing)

    def message(self, mail: Mail, copy: int = 0, *, shared: bool = False, outgoing: bool = False) -> Thing:
        """Return one copy of the message as a thing; copies differ in their trace and the order of headers."""
        text, marks = read_marks(f"{mail.markup}\n\n-- \n{mail.row.get('footer', '')}{NOTICE}")
        body = self._body(mail, text, plain_only=bool(marks))
        headers = _headers(mail, copy, with_bcc=outgoing)
        people = ", ".join(f"{one.name} {one.mail}" for one in (mail.sender, *mail.to, *mail.cc))
        facts = Facts(
            date=mail.date, hits=mail.hits, answers=mail.answers, counsel=mail.counsel,
            privilege=privilege(mail.row),
            spans=tuple(Span(m.kind, "body", "", m.start, m.end, m.text, m.certain) for m in marks),
            beyond_terms=mail.row.get("beyond_terms", False), thread=mail.thread, message_id=mail.message_id,
            in_reply_to=mail.above.message_id if mail.above else "",
            duplicate=f"mail {mail.key}" if shared else "",
            duplicate_kind=mail.row.get("duplicate_kind", "same mail in another mailbox") if shared else "",
            near=mail.row.get("near", ""), near_kind=mail.row.get("near_kind", ""),
            template=mail.row.get("template", ""), cases=tuple(mail.row.get("cases", ())),
            units=(mail.subject, people, text),
        )  # fmt: skip
        data = mime.written(body, headers)
        return Thing(f"{mail.key}.eml", data, facts, mail.attachments, mail.sender.mail)

    def _body(self, mail: Mail, text: str, *, plain_only: bool) -> mime.Part:
        dice = Dice(self._seed, f"body {mail.key}")
        style = mail.row.get("style") or dice.pick(["plain", "plain", "latin", "base64", "both", "html"])
        if plain_only and style == "html":
            style = "both"
        if style == "latin" and not _fits(text, "iso-8859-1"):
            style = "plain"
        if style == "html":
            part = mime.text_part(mime.html_of(text), subtype="html")
        elif style == "latin":
            part = mime.text_part(text, charset="iso-8859-1", encoding="quoted-printable")
        elif style == "base64":
            part = mime.text_part(text, encoding="base64")
        else:
            part = mime.text_part(text)
        if style == "both":
            page = mime.text_part(mime.html_of(text), subtype="html", encoding="quoted-printable")
            part = mime.joined("alternative", [part, page], mail.key)
        return _with_files(mail, part) if mail.attachments else part


def _with_files(mail: Mail, part: mime.Part) -> mime.Part:
    inline = mail.row.get("inline", False)
    files = [
        mime.attached(
            one.name,
            TYPES.get(one.name.rpartition(".")[2], "application/octet-stream"),
            one.data,
            content_id=f"{one.name}@riverton.example" if inline else "",
        )
        for one in mail.attachments
    ]
    closed = mail.row.get("closed", True)
    return mime.joined("related" if inline else "mixed", [part, *files], mail.key, closed=closed)


def _headers(mail: Mail, copy: int, *, with_bcc: bool) -> mime.Headers:
    named = [("From", _people([mail.sender])), ("To", _people(mail.to)), ("Cc", _people(mail.cc)),
             ("Bcc", _people(mail.bcc) if with_bcc else ""), ("Subject", mime.header_text(mail.subject)),
             ("Date", _date(mail.date)), ("Message-ID", mail.message_id),
             ("In-Reply-To", mail.above.message_id if mail.above else ""), ("References", "\n ".join(mail.references)),
             ("MIME-Version", "1.0"), ("X-Mailer", "Riverton Desk Mail 3.2 (made up)")]  # fmt: skip
    turned = named[copy * 3 :] + named[: copy * 3]  # a server of its own mind: the same fields in another order
    trace = []
    if mail.date and not with_bcc:
        token = hashlib.sha256(f"{mail.message_id}/{copy}".encode()).hexdigest()[:10]
        arrived = _date(mail.date + dt.timedelta(seconds=2 + 3 * copy))
        trace = [("Received", f"from relay{copy + 1}.riverton.example by mx.riverton.example id {token}; {arrived}")]
    return (*trace, *((name, value) for name, value in turned if value))


def _people(people: Sequence[Person]) -> str:
    return ", ".join(f"{mime.header_text(one.name)} <{one.mail}>" for one in people)


def _date(when: dt.datetime | None) -> str:
    """The date of a header (RFC 5322); nothing for a message without one."""
    return format_datetime(when) if when else ""


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _plain_name(subject: str) -> str:
    return (
        "".join(c for c in subject.replace("Re: ", "").replace("Fwd: ", "") if c.isalnum() or c in " -").strip().lower()
    )
