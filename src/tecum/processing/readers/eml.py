"""Internet mail: the fields of its header, its body as text, and everything attached to it.

Follows RFC 5322 and the MIME standards through ``mime`` (parts), ``mailheader`` (values) and ``mailbody``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import mailheader, mailstatus, mime
from tecum.processing.readers.mailbody import Body
from tecum.processing.readers.mime import Part

_PARTIES: Final = {"to": "to", "cc": "cc", "bcc": "bcc"}
_TEXTS: Final = {
    "subject": "subject",
    "thread-topic": "thread_topic",
    "thread-index": "thread_index",
    "importance": "importance",
    "sensitivity": "sensitivity",
    "newsgroups": "newsgroups",
    "keywords": "keywords",
    "x-mapi-message-class": "item_class",
    "snapshot-content-location": "source_url",  # of a page that a browser saved as MHTML
}
_EVENT: Final = frozenset({"start", "end", "start_zone", "location", "uid", "organizer", "attendees", "method"})
_ID: Final = re.compile(r"<[^<>\s]+>")
_BLANKS: Final = re.compile(r"\s+")


def read(item: Input, emit: Emit) -> None:
    """Read a message. Never raises for what is in it: problems are recorded, the rest goes on."""
    message = mime.parse(item.file.read())
    _fields(message, emit)
    body = Body(message)
    for text in body.texts:
        emit.text(text)
    for name, value in (("flags", mailstatus.flags(message, item.name)), ("labels", mailstatus.labels(message))):
        if value:
            emit.field(name, value)
    if body.signed:
        emit.field("signed", body.signed)
    if body.card is not None:
        for name in _EVENT & body.card.fields.keys():
            emit.field(name, body.card.fields[name])
    if body.hidden:
        emit.field("hidden", ["hidden text"])
    inline = [body.inline(file) for file in body.files]
    names = [file.name for file, shown in zip(body.files, inline, strict=True) if not shown]
    if names:
        emit.field("attachments", names)
    for (code, words), times in Counter(body.notes).items():
        emit.problem(code, f"{words} ({times} times)" if times > 1 else words)
    for file, shown in zip(body.files, inline, strict=True):
        emit.member(
            file.name,
            file.data,
            kind=file.kind,
            inline=shown,
            fields=file.fields,
            problem=file.problem,
            message=file.message,
        )


def _fields(message: Part, emit: Emit) -> None:
    """Emit the fields of the header; X- headers stay in the native."""
    sender = message.get("from") or message.get("sender")
    if writers := mailheader.addresses(sender):
        emit.field("from", ", ".join(writers))
        if "@" not in sender and "@" in writers[0]:  # an archive's "name at host": the original is kept beside it
            emit.field("from_header", mailheader.text(sender))
    if replies := mailheader.addresses(message.get("reply-to")):
        emit.field("reply_to", ", ".join(replies))
    for header, name in _PARTIES.items():
        if people := [one for value in message.all(header) for one in mailheader.addresses(value)]:
            emit.field(name, people)
    for header, name in _TEXTS.items():
        if words := mailheader.text(message.get(header)):
            emit.field(name, words)
    if identity := _BLANKS.sub("", message.get("message-id")):
        emit.field("message_id", identity)
    if answered := message.get("in-reply-to"):
        found = _ID.search(mailheader.unfold(answered))
        emit.field("in_reply_to", found[0] if found else mailheader.text(answered))
    if references := [one for value in message.all("references") for one in _ID.findall(value)]:
        emit.field("references", references)
    _dates(message, emit)


def _dates(message: Part, emit: Emit) -> None:
    header = mailheader.unfold(message.get("date"))
    received = mailheader.received_date(message.get("received"))
    if received:
        emit.field("received", received)
    if header:
        emit.field("sent_header", header)
    if sent := mailheader.date(header):
        emit.field("sent", sent)
        emit.field("date_source", "Date")
    elif received:
        emit.field("sent", received)
        emit.field("date_source", "Received")
        why = f"its Date header cannot be read ({header[:60]})" if header else "it has no Date header"
        emit.problem(ExceptionCode.DATE_GUESSED, f"{why}; the time of its topmost Received header stands in")


READER: Final = Reader("eml", "2", frozenset({"eml"}), read)
