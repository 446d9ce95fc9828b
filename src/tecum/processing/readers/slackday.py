"""One day of one Slack channel: every message of the export as text, in order, with what became of it.

Reads the JSON that ``slack`` makes of an export, and a day's file of an export that somebody unpacked (then people
have no names but those that their messages carry). Follows Slack's help page on reading exports and its API
reference for messages, as of 2026. Times are UTC.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import chat

_MENTION: Final = re.compile(r"<([@#!])([^<>|]+)(?:\|([^<>]*))?>")
_LINK: Final = re.compile(r"<((?:https?|mailto|tel):[^<>|]+)(?:\|([^<>]*))?>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_IS_MESSAGE: Final = re.compile(rb"\"type\"\s*:\s*\"message\"")
_HAS_TIME: Final = re.compile(rb"\"ts\"\s*:\s*\"\d{9,10}\.\d+\"")
_QUOTED: Final = 60  # characters of a message that an answer names
_GONE: Final = frozenset({"tombstone", "message_deleted"})


def is_day(head: bytes) -> bool:
    """Tell whether a JSON file begins as a day's messages."""
    return head.lstrip()[:1] == b"[" and bool(_IS_MESSAGE.search(head) and _HAS_TIME.search(head))


def moment(ts: object) -> dt.datetime | None:
    """Return Slack's time of a message, None when it is none."""
    try:
        return dt.datetime.fromtimestamp(int(str(ts).partition(".")[0]), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read(item: Input, emit: Emit) -> None:
    """Read one day. Raises Unreadable when it is no JSON of the kind."""
    try:
        told = json.loads(item.file.read())
    except (ValueError, RecursionError) as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"not the JSON of a Slack export: {error}") from None
    day = told if isinstance(told, dict) else {"messages": told}
    messages = day.get("messages")
    if not isinstance(messages, list):
        raise Unreadable(ExceptionCode.CORRUPT, "no list of messages is in it")
    _Day(day, [one for one in messages if isinstance(one, dict)], emit).read()
    if strange := sum(1 for one in messages if not isinstance(one, dict)):
        emit.problem(ExceptionCode.PARTIAL, f"{strange} entries are no messages")


class _Day:
    def __init__(self, day: dict[str, Any], messages: list[dict[str, Any]], emit: Emit) -> None:
        self._messages = messages
        self._emit = emit
        self._day = day
        users = day.get("users")
        self._users: dict[str, str] = {str(k): str(v) for k, v in users.items()} if isinstance(users, dict) else {}
        held = day.get("held")
        self._held: dict[str, str] = {str(k): str(v) for k, v in held.items()} if isinstance(held, dict) else {}
        for one in messages:
            self._learn(one)
        self._first_words = {str(one.get("ts")): self._words(one)[:_QUOTED] for one in messages}

    def _learn(self, one: dict[str, Any]) -> None:
        """Take names from the messages themselves, where the export's list does not know them."""
        profile = one.get("user_profile")
        if isinstance(profile, dict) and isinstance(one.get("user"), str):
            name = profile.get("real_name") or profile.get("display_name") or profile.get("name")
            if name:
                self._users.setdefault(one["user"], str(name))

    def read(self) -> None:
        """Emit text, fields and files."""
        writers: dict[str, None] = {}
        shown = []
        for one in self._messages:
            message = self._message(one)
            shown.append(message)
            if message.who and message.marks[:1] != ["notice"]:
                writers.setdefault(message.who)
        channel = self._day.get("channel")
        if isinstance(channel, dict):
            self._channel_fields(channel)
        times = [when for one in self._messages if (when := moment(one.get("ts")))]
        if times:
            self._emit.field("sent", min(times).isoformat())
            self._emit.field("last_sent", max(times).isoformat())
            self._emit.field("date_source", "first message")
        if writers:
            self._emit.field("from", "; ".join(writers))
        for part in chat.written(shown):
            self._emit.text(part)
        for one in self._messages:
            self._files(one)

    def _channel_fields(self, channel: dict[str, Any]) -> None:
        name, kind = str(channel.get("name") or ""), str(channel.get("kind") or "")
        if name:
            self._emit.field("channel", name)
            self._emit.field("title", " ".join(filter(None, (name, str(self._day.get("day") or "")))))
        if kind:
            self._emit.field("channel_kind", kind)
        for key in ("topic", "purpose"):
            if channel.get(key):
                self._emit.field(f"channel_{key}", str(channel[key]))
        if members := chat.listed(channel.get("members")):
            self._emit.field("to", [self._name(one) for one in members])

    def _message(self, one: dict[str, Any]) -> chat.Message:
        """Say one entry of the export as a message."""
        subtype = str(one.get("subtype") or "")
        body = one["message"] if isinstance(one.get("message"), dict) else one
        before = one.get("original") or one.get("previous_message")
        before = before if isinstance(before, dict) else None
        said = chat.Message(self._time(one.get("ts")), self._writer(body), self._words(body))
        if subtype in _GONE:
            said.deleted = True
            if before is not None:
                said.who, said.words = self._writer(before), self._words(before)
            if by := self._by(one):
                said.marks.append(f"deleted by {by}")
            if one.get("deleted_ts"):
                said.marks.append(f"posted {self._time(one['deleted_ts'])}")
        elif subtype == "message_changed" or before is not None:
            old = self._words(before) if before is not None else None
            said.edits.append(chat.Edit(self._edit_time(one, body), self._by(one), old))
        elif isinstance(body.get("edited"), dict):
            said.edits.append(chat.Edit(self._time(body["edited"].get("ts")), self._name(body["edited"].get("user"))))
        if subtype and subtype not in _GONE | {"message_changed", "thread_broadcast", "bot_message", "file_share"}:
            said.marks.insert(0, "notice")
        thread = body.get("thread_ts")
        if thread and str(thread) != str(body.get("ts")):
            words = self._first_words.get(str(thread), "")
            said.answers = self._time(thread) + (f" “{words}”" if words else "")
        said.reactions = [
            (f":{each.get('name')}:", [self._name(user) for user in chat.listed(each.get("users"))])
            for each in chat.records(body.get("reactions"))
        ]
        said.files = [_file_name(file) for file in _files_of(body)]
        return said

    def _edit_time(self, one: dict[str, Any], body: dict[str, Any]) -> str:
        edited = body.get("edited")
        return self._time(edited.get("ts") if isinstance(edited, dict) else one.get("ts"))

    def _by(self, one: dict[str, Any]) -> str:
        return self._name(one["editor_id"]) if one.get("editor_id") else ""

    def _writer(self, body: dict[str, Any]) -> str:
        user = body.get("user") or body.get("bot_id")
        return self._name(user) if user in self._users or not body.get("username") else str(body["username"])

    def _name(self, user: object) -> str:
        return self._users.get(str(user), str(user or ""))

    def _time(self, ts: object) -> str:
        when = moment(ts)
        return when.strftime("%Y-%m-%d %H:%M:%S") if when else str(ts or "")

    def _words(self, body: dict[str, Any]) -> str:
        """Return a message's words: its text, else its blocks, and what apps and unfurled links attached."""
        parts = [str(body.get("text") or "")]
        if not parts[0] and (blocks := _texts(body.get("blocks"))):
            parts = [" ".join(blocks)]
        for attached in chat.records(body.get("attachments")):
            lines = [attached.get(key) for key in ("pretext", "author_name", "title", "title_link", "text")]
            lines += [f"{each.get('title')}: {each.get('value')}" for each in chat.records(attached.get("fields"))]
            words = "\n".join(str(line) for line in lines if line) or str(attached.get("fallback") or "")
            if words and words not in parts[0]:
                parts.append(f"[attached: {words}]")
        return self._plain("\n".join(part for part in parts if part))

    def _plain(self, text: str) -> str:
        """Undo Slack's markup of mentions, links and entities."""
        text = _MENTION.sub(self._mention, text)
        text = _LINK.sub(lambda found: f"{found[2]} <{found[1]}>" if found[2] else found[1], text)
        for entity, letter in _ENTITIES:
            text = text.replace(entity, letter)
        return text

    def _mention(self, found: re.Match[str]) -> str:
        sign, target, label = found.groups()
        if sign == "@":
            return f"@{label or self._name(target)}"
        return f"#{label or target}" if sign == "#" else f"@{label or target.partition('^')[0]}"

    def _files(self, one: dict[str, Any]) -> None:
        """A file of a message is a link: it is recorded as a file without bytes, unless the export holds it."""
        body = one["message"] if isinstance(one.get("message"), dict) else one
        for file in _files_of(body):
            identity = str(file.get("id") or "")
            name = _file_name(file)
            if identity in self._held:
                continue
            link = str(file.get("permalink") or file.get("url_private") or "").partition("?")[0]
            size = file.get("size")
            self._emit.member(
                name,
                None,
                declared_size=size if isinstance(size, int) else -1,
                problem=ExceptionCode.NOT_COLLECTED,
                message=f"a Slack export holds links, not files: {identity} {link}".strip(),
            )


def _files_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    return chat.records(body.get("files")) or chat.records([body.get("file")])


def _file_name(file: dict[str, Any]) -> str:
    return str(file.get("name") or file.get("title") or file.get("id") or "file")


def _texts(value: object, depth: int = 0) -> list[str]:
    """Return the texts of rich-text blocks in reading order."""
    if depth > 20:
        return []
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, depth + 1)]
    if not isinstance(value, dict):
        return []
    found = [value["text"]] if isinstance(value.get("text"), str) else _texts(value.get("text"), depth + 1)
    if value.get("type") == "link" and not found:
        found = [str(value.get("url") or "")]
    elif value.get("type") == "user":
        found = [f"<@{value.get('user_id')}>"]
    return found + _texts(value.get("elements"), depth + 1)


READER: Final = Reader("slackday", "1", frozenset({"slackday"}), read)
