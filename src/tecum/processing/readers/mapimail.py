"""A MAPI object as one internet message that loses nothing of it, so that the reader of mail reads it like any other.

Follows [MS-OXCMAIL] and the MIME standards. The message is ASCII throughout, and the same for the same object. What
the object itself cannot give (an attachment that lies elsewhere, or cannot be read) stands in it as
``message/external-body`` under its name, and among ``problems``.
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import io
import re
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Final

from tecum.hooks import Emit, Input
from tecum.model import ExceptionCode
from tecum.processing.readers import compound, mailfile, mapibody, mapievent, mapiheader, mapilines
from tecum.processing.readers.mailfile import File
from tecum.processing.readers.mapi import Attachment, Damaged, Item, Properties
from tecum.processing.readers.mapibody import Body
from tecum.processing.readers.mapiheader import parameter, unstructured

MOST_DEPTH: Final = 20  # messages within messages
MOST_ITEMS: Final = 2_000  # messages within one, at all depths
MOST_BYTES: Final = 400 << 20  # of attachments within one, at all depths

_METHOD: Final = 0x3705
_ELSEWHERE: Final = frozenset({2, 3, 4, 7})
_NAMES: Final = (0x3707, 0x3704, 0x3001)
_PATHS: Final = (0x370D, 0x3708)
_TYPE: Final = re.compile(r"(?!multipart/|message/)[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
_LONG_LINE: Final = re.compile(rb"[^\n]{900}")
_LINE_END: Final = re.compile(r"\r\n?|\n")
_DATES: Final = (("creation-date", "file_created"), ("modification-date", "file_modified"))


@dataclass
class Nest:
    """How deep a message lies in another, what may still be opened within the outermost, and what went wrong."""

    depth: int = 0
    items: int = MOST_ITEMS
    left: int = MOST_BYTES
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """The message, and what of the object could not be read, in words for a PARTIAL."""

    data: bytes
    problems: list[str]


def message_of(item: Item) -> Made:
    """Return an object as an internet message."""
    nest = Nest()
    data = b"".join(_message(item, nest))
    return Made(data, list(dict.fromkeys(nest.notes)))


def read_as_mail(found: Item, source: Input, emit: Emit) -> None:
    """Read an object that came in a file of its own, as the mail it is."""
    # The mail's reader opens winmail.dat, so it stands above the MAPI readers and is imported where it is used.
    from tecum.processing.readers import eml

    made = message_of(found)
    for note in made.problems:
        emit.problem(ExceptionCode.PARTIAL, note)
    eml.read(replace(source, file=io.BytesIO(made.data), size=len(made.data), kind="eml", charset=""), emit)


def files_of(item: Item, body: Body, nest: Nest) -> list[File]:
    """Return an item's attachments in order, then the objects that are written into its RTF body.

    An embedded message comes as the internet message it is made into. What cannot be had comes without bytes and
    with its reason, which goes into ``nest.notes`` too.
    """
    files = [_file(one, number, nest) for number, one in enumerate(item.attachments, 1)]
    for name, data in body.files:
        files.append(File(name, data, fields={"declared_type": "application/octet-stream"}))
    nest.notes += [f"{file.name}: {file.message}" for file in files if file.problem]
    return files


# -- attachments -------------------------------------------------------------------------------------------


def _file(attachment: Attachment, number: int, nest: Nest) -> File:
    values = attachment.properties
    name = values.first_text(*_NAMES) or f"attachment{number:03d}{values.text(0x3703)}"
    fields = _fields(values)
    if values.integer(_METHOD) in _ELSEWHERE and not values.data(0x3701):
        place = values.first_text(*_PATHS) or "a place that is not told"
        return File(name, None, "", fields, ExceptionCode.PARTIAL, f"it is kept elsewhere: {place}")
    try:
        if attachment.item is not None:
            return _embedded(attachment.item(), fields, nest)
        data = attachment.data() if attachment.data is not None else None
    except Damaged as damage:
        return File(name, None, "", fields, ExceptionCode.CORRUPT, str(damage))
    if data is None:
        return File(name, None, "", fields, ExceptionCode.PARTIAL, "the file has no bytes of it")
    nest.left -= len(data)
    if nest.left < 0:
        reason = f"the attachments of one mail are larger than {MOST_BYTES >> 20} MiB"
        return File(name, None, "", fields, ExceptionCode.LIMIT_SIZE, reason)
    if attachment.storage and (wrapped := compound.packaged_file(data)):
        return File(wrapped[0] or name, wrapped[1], "", fields)
    return File(name, data, "", fields)


def _fields(values: Properties) -> dict[str, str]:
    declared = values.text(0x370E).strip().lower()
    fields = {"declared_type": declared if _TYPE.fullmatch(declared) else "application/octet-stream"}
    if identity := values.text(0x3712).strip().strip("<>"):
        fields["content_id"] = f"<{identity}>"
    if place := values.text(0x3713).strip():
        fields["content_location"] = place
    for name, key in (("file_created", 0x3007), ("file_modified", 0x3008)):
        if when := values.time(key):
            fields[name] = when.isoformat()
    return fields


def _embedded(item: Item, fields: dict[str, str], nest: Nest) -> File:
    """Return a message within the message."""
    nest.items -= 1
    name = mapiheader.subject_of(item.properties) or "message"
    fields = {**fields, "declared_type": "message/rfc822"}
    if nest.depth >= MOST_DEPTH:
        return File(name, None, "", fields, ExceptionCode.LIMIT_DEPTH, f"messages nested deeper than {MOST_DEPTH}")
    if nest.items < 0:
        reason = f"more than {MOST_ITEMS} messages within one"
        return File(name, None, "", fields, ExceptionCode.LIMIT_COUNT, reason)
    nest.depth += 1
    data = b"".join(_message(item, nest))
    nest.depth -= 1
    return File(mailfile.subject_name(data), data, "eml", fields)


# -- the message -------------------------------------------------------------------------------------------


def _message(item: Item, nest: Nest) -> list[bytes]:
    """Return the message in pieces."""
    nest.notes += item.problems
    body = mapibody.body_of(item)
    nest.notes += body.notes
    files = files_of(item, body, nest)
    header = "".join(one.line() for one in mapiheader.headers_of(item)) + "MIME-Version: 1.0\r\n"
    return [header.encode("ascii", "replace"), *_whole(item, body, files)]


def _whole(item: Item, body: Body, files: list[File]) -> list[bytes]:
    """Return the message's own part, from its Content-Type on."""
    words = [_text("plain", text) for text in (body.plain, body.rich) if text.strip()]
    words += [_text("html", body.html)] if body.html.strip() else []
    shown = [file for file in files if body.html and _is_shown(file, body.html)]
    spoken = _multipart("alternative", words) if len(words) > 1 else words[0] if words else []
    if shown:
        spoken = _multipart("related", [spoken, *map(_attached, shown)])
    parts = [_text("plain", lines)] if (lines := mapilines.lines_of(item)) else []
    parts += [spoken] if spoken else []
    if calendar := mapievent.calendar_of(item):
        parts.append(_text("calendar", calendar))
    parts += [_attached(file) for file in files if file not in shown]
    if len(parts) == 1 and not files:
        return parts[0]
    return _multipart("mixed", parts) if parts else _text("plain", "")


def _is_shown(file: File, page: str) -> bool:
    identity = file.fields.get("content_id", "").strip("<>")
    return bool(identity) and f"cid:{identity}" in page


def _multipart(kind: str, parts: list[list[bytes]]) -> list[bytes]:
    """Join parts; the boundary is a hash of them, so that it cannot stand within one."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in part:
            digest.update(piece)
    boundary = f"=_{digest.hexdigest()[:40]}"
    out = [f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()]
    for part in parts:
        out += [f"--{boundary}\r\n".encode(), *part, b"\r\n"]
    return [*out, f"--{boundary}--\r\n".encode()]


def _text(kind: str, text: str) -> list[bytes]:
    data = _LINE_END.sub("\r\n", text).encode("utf-8", "replace")
    method = "; method=" + text.partition("METHOD:")[2].partition("\r\n")[0] if kind == "calendar" else ""
    head = f"Content-Type: text/{kind}; charset=utf-8{method}\r\n"
    if data.isascii() and not _LONG_LINE.search(data) and b"\0" not in data:
        return [f"{head}Content-Transfer-Encoding: 7bit\r\n\r\n".encode("ascii", "replace"), data]
    return [f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode("ascii", "replace"), _base64(data)]


def _attached(file: File) -> list[bytes]:
    """Return the part of an attachment."""
    if file.data is None:
        return _absent(file)
    if file.kind == "eml":
        return [b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n", file.data]
    kind = file.fields["declared_type"]
    head = [f"Content-Type: {kind}", parameter("name", file.name), "\r\nContent-Transfer-Encoding: base64"]
    shown = "inline" if "content_id" in file.fields else "attachment"
    head += [f"\r\nContent-Disposition: {shown}", parameter("filename", file.name)]
    for name, key in _DATES:
        if when := file.fields.get(key):
            head.append(parameter(name, format_datetime(dt.datetime.fromisoformat(when).replace(microsecond=0))))
    for name in ("content_id", "content_location"):
        if value := file.fields.get(name):
            head.append(f"\r\n{name.replace('_', '-').title()}: {unstructured(value)}")
    return ["".join([*head, "\r\n\r\n"]).encode("ascii", "replace"), _base64(file.data)]


def _absent(file: File) -> list[bytes]:
    """Return the part that stands for an attachment whose bytes are not here (RFC 2046 5.2.3)."""
    head = ["Content-Type: message/external-body; access-type=x-mapi", parameter("name", file.name)]
    head += ["\r\nContent-Description: ", unstructured(file.message)]
    return ["".join([*head, "\r\n\r\nContent-Type: application/octet-stream\r\n\r\n"]).encode("ascii", "replace")]


def _base64(data: bytes) -> bytes:
    coded = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76)) + b"\r\n"
