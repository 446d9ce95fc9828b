"""One load-file row for each produced document, by the keys of the field catalogue."""

from __future__ import annotations

import datetime as dt
import json
import re
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.bates import Bates
from tecum.engine.schema import (
    blind,
    content,
    document,
    duplicate,
    exception,
    item,
    produced,
    rendition,
    source,
    thread,
    volume,
)
from tecum.matter import Matter
from tecum.model import CHAT_KINDS, MAIL_KINDS

_PER_FOLDER = 1000
_PAGE = 500
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})$")
_EXTENSIONS = {"eml": "eml", "text": "txt", "html": "html", "pdf": "pdf"}

Row = dict[str, str | list[str]]


@dataclass(frozen=True)
class Volume:
    """A volume's own row."""

    name: str
    state: str
    prefix: str
    width: int
    first: int
    last: int
    documents: int
    settings: dict[str, Any]
    manifest: str
    written: str
    released_by: str

    def bates(self, number: int) -> str:
        """A number in this volume's form."""
        return str(Bates(self.prefix, number, self.width))


@dataclass(frozen=True)
class Entry:
    """A produced document: where it comes from and where its files lie in the volume."""

    document: int
    control: str
    begin: str
    pages: int
    kind: str  # page or slip
    page_blob: str
    native_blob: str
    text_blob: str
    pdf_path: str
    text_path: str  # "" = it has no text
    native_path: str  # "" = pages only
    meta: Any  # the database row
    row: Row


def volume_of(db: Connection, name: str) -> Volume | None:
    """The volume's row, or None."""
    row = db.execute(select(volume).where(volume.c.name == name)).first()
    if row is None:
        return None
    return Volume(**{**row._asdict(), "settings": json.loads(row.settings)})


def entries(matter: Matter, of: Volume) -> Iterator[Entry]:
    """Yield every produced document in order of number, page by page."""
    zone = zoneinfo.ZoneInfo(of.settings["time_zone"])
    at, position = 0, 0
    while True:
        with matter.read() as db:
            page = list(db.execute(_statement(of.name).where(produced.c.first > at).limit(_PAGE)))
            if not page:
                return
            context = _context(db, of, page)
        for row in page:
            yield _entry(of, row, position, context, zone)
            position += 1
        at = page[-1].first


def _statement(name: str) -> Any:
    return (
        select(
            produced.c.document, produced.c.first, produced.c.last, produced.c.requests, document.c.control,
            document.c.family, document.c.parent, document.c.custodian, document.c.date,
            document.c.date_source, item.c.key, item.c.kind, item.c.mime, item.c.name, item.c.path,
            item.c.size, item.c.sha256, item.c.md5, item.c.modified, item.c.fields, item.c.outside,
            item.c.text, item.c.text_size, item.c.disposition, source.c.path.label("root"),
            rendition.c.kind.label("page_kind"), rendition.c.blob, rendition.c.pages, content.c.mih,
        )
        .join(document, document.c.id == produced.c.document)
        .join(item, item.c.key == document.c.item)
        .join(source, source.c.id == item.c.source)
        .join(rendition, rendition.c.document == document.c.id)
        .join(content, content.c.document == document.c.id)
        .where(produced.c.volume == name)
        .order_by(produced.c.first)
    )  # fmt: skip


@dataclass
class _Context:
    """What a page of rows needs to know of other rows."""

    ranges: dict[int, tuple[int, int]]  # family -> first, last number
    begins: dict[int, int]  # document -> first number
    children: dict[int, list[tuple[int, str]]]  # document -> (first number, name)
    copies: dict[int, list[tuple[str, str]]]  # document -> (custodian, path)
    codes: dict[str, list[str]]
    threads: dict[int, str]  # document -> key of the item that its thread begins with
    unseen: dict[int, list[str]]  # document -> blind-copy recipients that any copy shows


def _context(db: Connection, of: Volume, page: list[Any]) -> _Context:
    families = {row.family for row in page}
    ids = [row.document for row in page]
    inside = (
        select(
            produced.c.document,
            produced.c.first,
            produced.c.last,
            document.c.family,
            document.c.parent,
            item.c.name,
        )
        .join(document, document.c.id == produced.c.document)
        .join(item, item.c.key == document.c.item)
        .where(produced.c.volume == of.name, document.c.family.in_(families))
        .order_by(produced.c.first)
    )
    context = _Context({}, {}, defaultdict(list), defaultdict(list), defaultdict(list), {}, defaultdict(list))
    for row in db.execute(inside):
        first, last = context.ranges.get(row.family, (row.first, row.last))
        context.ranges[row.family] = (min(first, row.first), max(last, row.last))
        context.begins[row.document] = row.first
        context.children[row.parent].append((row.first, row.name))
    copies = (
        select(duplicate.c.primary, document.c.custodian, item.c.path)
        .join(document, document.c.id == duplicate.c.document)
        .join(item, item.c.key == document.c.item)
        .where(duplicate.c.primary.in_(ids))
        .order_by(document.c.id)
    )
    for copy in db.execute(copies):
        context.copies[copy.primary].append((copy.custodian, copy.path))
    keys = [row.key for row in page]
    codes = select(exception.c.item, exception.c.code).where(exception.c.item.in_(keys)).distinct()
    for one in db.execute(codes.order_by(exception.c.code)):
        context.codes[one.item].append(one.code)
    begun = select(thread.c.document, document.c.item).join(document, document.c.id == thread.c.thread)
    context.threads.update((row[0], row[1]) for row in db.execute(begun.where(thread.c.document.in_(ids))))
    unseen = select(blind.c.document, blind.c.shown).where(blind.c.document.in_(ids))
    for number, shown in db.execute(unseen.order_by(blind.c.document, blind.c.address)):
        context.unseen[number].append(shown)
    return context


def _entry(of: Volume, row: Any, position: int, context: _Context, zone: zoneinfo.ZoneInfo) -> Entry:
    begin = of.bates(row.first)
    folder = f"{position // _PER_FOLDER + 1:04d}"
    native = row.page_kind == "slip" and bool(row.sha256) and row.size > 0
    has_text = row.text_size > 0 or row.kind in MAIL_KINDS
    entry = Entry(
        document=row.document,
        control=row.control,
        begin=begin,
        pages=row.pages,
        kind=row.page_kind,
        page_blob=row.blob,
        native_blob=row.sha256 if native else "",
        text_blob=row.text,
        pdf_path=f"IMAGES/{folder}/{begin}.pdf",
        text_path=f"TEXT/{folder}/{begin}.txt" if has_text else "",
        native_path=f"NATIVES/{folder}/{begin}.{_extension(row)}" if native else "",
        meta=row,
        row={},
    )
    entry.row.update(_values(of, row, entry, context, zone))
    return entry


def _values(of: Volume, row: Any, entry: Entry, context: _Context, zone: zoneinfo.ZoneInfo) -> Row:
    fields = json.loads(row.fields)
    names = of.settings["custodians"]
    copies = context.copies[row.document]
    custodians = sorted({names.get(who, who) for who in (row.custodian, *(who for who, _ in copies))})
    children = context.children[row.document]
    first, last = context.ranges[row.family]
    in_family = first != row.first or last != row.last
    parent = context.begins.get(row.parent)
    values: Row = {
        "BEGBATES": entry.begin,
        "ENDBATES": of.bates(row.last),
        "BEGATTACH": of.bates(first) if in_family else "",
        "ENDATTACH": of.bates(last) if in_family else "",
        "PARENT_BATES": of.bates(parent) if parent is not None else "",
        "CHILD_BATES": [of.bates(number) for number, _ in children],
        "PGCOUNT": str(row.last - row.first + 1),
        "CONTROLNO": row.control,
        "CUSTODIAN": names.get(row.custodian, row.custodian),
        "ALLCUSTODIAN": custodians,
        "FILENAME": row.name,
        "FILEEXT": _extension(row),
        "DOCTYPE": row.mime or row.kind,
        "FILESIZE": str(row.size) if row.size >= 0 else "",
        "PATH": row.path,
        "ALLPATHS": [row.path, *(path for _, path in copies)],
        "MD5HASH": row.md5,
        "SHA256": row.sha256,
        "MIH": row.mih,
        "ATTACHCOUNT": str(len(children)) if children else "",
        "ATTACHNAMES": [name for _, name in children],
        "CONFIDENTIALITY": of.settings["designation"],
        "REQUESTNO": json.loads(row.requests),
        "EXCEPTION": context.codes[row.key],
        "PRODVOL": of.name,
        "TIMEZONE": zone.key,
        "NATIVELINK": entry.native_path.replace("/", "\\"),
        "TEXTLINK": entry.text_path.replace("/", "\\"),
        "PDFLINK": entry.pdf_path.replace("/", "\\"),
    }
    return values | _dates(row, fields, zone) | _said(row, fields, context)


def _said(row: Any, fields: dict[str, Any], context: _Context) -> Row:
    """What the reader found in the document; blind-copy recipients are those of every copy.

    A thread is named by a hash, so that nothing is told of its first message where that is not produced.
    """
    values: Row = {
        "AUTHOR": str(fields.get("author", "")),
        "LASTAUTHOR": str(fields.get("last_author", "")),
        "TITLE": str(fields.get("title", "")),
    }
    if row.kind in MAIL_KINDS | CHAT_KINDS:
        for key in ("from", "to", "cc", "bcc"):
            value = fields.get(key, [])
            values[key.upper()] = value if isinstance(value, list) else [value]
        values |= {
            "BCC": list(dict.fromkeys([*values["BCC"], *context.unseen[row.document]])),
            "THREADID": context.threads.get(row.document, "")[:16],
            "SUBJECT": str(fields.get("subject", "")),
            "MSGID": str(fields.get("message_id", "")),
            "INREPLYTO": str(fields.get("in_reply_to", "")),
            "INTFILEPATH": str(json.loads(row.outside).get("mail_folder", "")),
            "DATESOURCE": row.date_source,
        }
    return values


def _dates(row: Any, fields: dict[str, Any], zone: zoneinfo.ZoneInfo) -> Row:
    """Dates in the volume's zone; a date is left empty, never zero, when it is not known."""
    wanted = {"DATECREATED": ("created", "TIMECREATED"), "PRINTEDDATE": ("printed", "")}
    values: Row = {}
    if row.kind in MAIL_KINDS | CHAT_KINDS:
        wanted["DATERCVD"] = ("received", "TIMERCVD")
        if row.date:
            values["DATESENT"], values["TIMESENT"] = _local(row.date, zone)
    for key, (name, time_key) in wanted.items():
        if fields.get(name):
            day, time = _local(str(fields[name]), zone)
            values[key] = day
            if time_key:
                values[time_key] = time
    changed = str(fields.get("modified") or row.modified)
    if changed and row.kind not in MAIL_KINDS | CHAT_KINDS:
        values["DATEMOD"], values["TIMEMOD"] = _local(changed, zone)
    return values


def _local(text: str, zone: zoneinfo.ZoneInfo) -> tuple[str, str]:
    try:
        moment = dt.datetime.fromisoformat(text)
        moment = moment.astimezone(zone) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return "", ""
    return f"{moment:%m/%d/}{moment.year:04d}", f"{moment:%H:%M:%S}"


def _extension(row: Any) -> str:
    found = _EXTENSION.search(row.name)
    return found[1].lower() if found else _EXTENSIONS.get(row.kind, "bin")


def counts_by_custodian(db: Connection, name: str) -> list[tuple[str, int, int]]:
    """Custodian, documents and pages of a volume, for the letter."""
    rows = db.execute(
        select(document.c.custodian, func.count(), func.sum(produced.c.last - produced.c.first + 1))
        .join(document, document.c.id == produced.c.document)
        .where(produced.c.volume == name)
        .group_by(document.c.custodian)
        .order_by(document.c.custodian)
    )
    return [(row[0], row[1], row[2]) for row in rows]
