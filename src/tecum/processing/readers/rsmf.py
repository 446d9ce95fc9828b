"""Short messages in Relativity's format (RSMF): a mail whose ZIP holds a conversation, read as its text.

Follows the public description of RSMF 2.0 (and 1.0, of which it is an extension): an RFC 5322 message with ``X-RSMF-``
fields and an attachment ``rsmf.zip`` with ``rsmf_manifest.json`` and the files that its messages name.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, Final

from tecum.hooks import Emit, Input, Reader
from tecum.model import ExceptionCode
from tecum.processing.readers import chat, mailheader, mime, streams, zipmember
from tecum.processing.readers.mailbody import Body
from tecum.processing.readers.mailfile import File

MANIFEST: Final = "rsmf_manifest.json"
_FIELDS: Final = {
    "x-rsmf-begindate": "sent",
    "x-rsmf-enddate": "last_sent",
    "x-rsmf-eventcollectionid": "event_collection",
    "x-rsmf-custodian": "chat_custodian",
    "subject": "subject",
}
_MOST: Final = 256 << 20  # bytes of a manifest


def read(item: Input, emit: Emit) -> None:
    """Read one file. What the mail itself says in words is the same again, in short, and gives way to the manifest."""
    message = mime.parse(item.file.read())
    body = Body(message)
    for header, name in _FIELDS.items():
        if value := mailheader.text(message.get(header)):
            emit.field(name, value)
    if message.get("x-rsmf-begindate"):
        emit.field("date_source", "X-RSMF-BeginDate")
    packed = next((file for file in body.files if _holds_manifest(file)), None)
    if packed is None or packed.data is None:
        emit.problem(ExceptionCode.PARTIAL, f"it has no archive with a {MANIFEST}")
        for text in body.texts:
            emit.text(text)
    else:
        with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
            _Conversation(archive, emit).read()
    for file in body.files:
        if file is not packed:
            emit.member(file.name, file.data, kind=file.kind, problem=file.problem, message=file.message)


def _holds_manifest(file: File) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(file.data or b"")) as archive:
            return MANIFEST in archive.namelist()
    except streams.DAMAGED:
        return False


class _Conversation:
    """One manifest and its files."""

    def __init__(self, archive: zipfile.ZipFile, emit: Emit) -> None:
        self._archive, self._emit = archive, emit
        self._people: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._words: dict[str, str] = {}  # of each event, by its id

    def read(self) -> None:
        """Emit text, fields and files; a manifest that cannot be read is a problem, and a file like the others."""
        manifest = self._manifest()
        self._people = {str(one.get("id")): _person(one) for one in chat.records(manifest.get("participants"))}
        self._places = {
            str(one.get("id")): str(one.get("display") or one.get("id"))
            for one in chat.records(manifest.get("conversations"))
        }
        events = chat.records(manifest.get("events"))
        self._words = {str(one["id"]): str(one.get("body") or "")[:60] for one in events if one.get("id")}
        for name, values in (("to", self._people.values()), ("channel", self._places.values())):
            if values:
                self._emit.field(name, list(dict.fromkeys(values)))
        platforms = {str(one["platform"]) for one in chat.records(manifest.get("conversations")) if one.get("platform")}
        if platforms:
            self._emit.field("channel_kind", ", ".join(sorted(platforms)))
        shown = [self._message(event) for event in events]
        if writers := list(dict.fromkeys(message.who for message in shown if message.who)):
            self._emit.field("from", "; ".join(writers))
        for part in chat.written(shown):
            self._emit.text(part)
        self._files(events)

    def _manifest(self) -> dict[str, Any]:
        try:
            with self._archive.open(MANIFEST) as file:
                told = json.loads(file.read(_MOST))
        except (*streams.DAMAGED, RecursionError) as error:
            self._emit.problem(ExceptionCode.PARTIAL, f"{MANIFEST} cannot be read: {error}")
            return {}
        return told if isinstance(told, dict) else {}

    def _message(self, event: dict[str, Any]) -> chat.Message:
        kind = str(event.get("type") or "message")
        said = chat.Message(
            str(event.get("timestamp") or ""), self._name(event.get("participant")), str(event.get("body") or "")
        )
        said.marks += [kind] if kind != "message" else []
        if len(self._places) > 1 and event.get("conversation"):
            said.marks.append(f"in {self._places.get(str(event['conversation']), event['conversation'])}")
        said.marks += [str(event[key]) for key in ("direction", "importance") if event.get(key)]
        said.deleted = event.get("deleted") is True
        if parent := event.get("parent"):
            said.answers = self._words.get(str(parent)) or str(parent)
        for edit in chat.records(event.get("edits")):
            before = edit.get("previous")
            who = self._name(edit.get("participant"))
            said.edits.append(chat.Edit(str(edit.get("timestamp") or ""), who, None if before is None else str(before)))
        for one in chat.records(event.get("reactions")):
            names = [self._name(each) for each in chat.listed(one.get("participants"))]
            said.reactions.append((str(one.get("value") or ""), names or [f"{one.get('count', 1)} times"]))
        for one in chat.records(event.get("read_receipts")):
            action, when = one.get("action") or "read", one.get("timestamp") or ""
            said.marks.append(f"{action} by {self._name(one.get('participant'))} {when}".strip())
        said.files = [
            str(one.get("display") or one.get("id") or "file") for one in chat.records(event.get("attachments"))
        ]
        return said

    def _name(self, identity: object) -> str:
        return self._people.get(str(identity), str(identity or ""))

    def _files(self, events: list[dict[str, Any]]) -> None:
        """Hand over the archive's files by the names that the messages give them, and tell which are missing."""
        named = {
            str(one.get("id")): str(one.get("display") or one.get("id"))
            for event in events
            for one in chat.records(event.get("attachments"))
        }
        present = set()
        for position, entry in enumerate(self._archive.infolist(), 1):
            if entry.is_dir() or entry.filename == MANIFEST:
                continue
            present.add(entry.filename)
            name = named.get(entry.filename) or streams.safe_name(entry.filename, position)
            zipmember.hand_over(self._archive, entry, name, self._emit)
        for identity, name in named.items():
            if identity not in present:
                why = f"the message names it, and it is not in the archive ({identity})"
                self._emit.member(name, None, problem=ExceptionCode.NOT_COLLECTED, message=why)


def _person(record: dict[str, Any]) -> str:
    name, address = str(record.get("display") or record.get("id") or ""), str(record.get("email") or "")
    return f"{name} <{address}>" if address and address.lower() != name.lower() else name


READER: Final = Reader("rsmf", "1", frozenset({"rsmf"}), read)
