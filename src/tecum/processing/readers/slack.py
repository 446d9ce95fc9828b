"""Slack exports: a container of one document per channel and day, and of the export's other files.

A day is 24 hours in UTC, by the times of the messages: where an export was cut at another midnight, its messages
are put into their day, so that a document's period can be stated. Each document is a JSON of its own with the
messages as the export has them, the channel, and the people they name; the keys with which a link of the
export opens a file without a password are left out of it. Follows Slack's help page on reading exports, as of 2026.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import chat, slackday, streams, zipmember

_DAY: Final = re.compile(r"(.+/)?([^/]+)/(\d{4}-\d\d-\d\d)\.json")
_CHANNELS: Final = (
    ("channels.json", "public channel"),
    ("groups.json", "private channel"),
    ("dms.json", "direct message"),
    ("mpims.json", "group message"),
)
_PEOPLE: Final = ("users.json", "org_users.json")
_PERSON: Final = re.compile(r"\b[UW][A-Z0-9]{6,20}\b")
_FILE_ID: Final = re.compile(r"\bF[A-Z0-9]{8,20}(?![A-Za-z0-9])")
_KEY: Final = re.compile(r"([?&])t=xox[a-z]-[^\"&\s\\]+")
_MOST: Final = 64 << 20  # bytes of one day's file or list; Slack's own are thousands of times smaller
_ONE_DAY: Final = dt.timedelta(days=1)

Record = dict[str, Any]


def read(item: Input, emit: Emit) -> None:
    """Hand over the lists and other files of an export, then the days of each channel. Raises Unreadable."""
    emit.container()
    try:
        archive = zipfile.ZipFile(item.file)
    except streams.DAMAGED as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"the archive cannot be read: {error}") from None
    with archive:
        _Export(archive, emit).read()


class _Export:
    def __init__(self, archive: zipfile.ZipFile, emit: Emit) -> None:
        self._archive, self._emit = archive, emit
        self._entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        self._root = self._find_root()
        self._people: dict[str, str] = {}
        self._channels: dict[str, Record] = {}  # by the name of their folder
        self._held: dict[str, str] = {}  # files that are in the archive after all, by Slack's number

    def _find_root(self) -> str:
        """Return the folder in the archive in which the export lies, "" for its top."""
        lists = [entry.filename for entry in self._entries if entry.filename.rpartition("/")[2] in _PEOPLE]
        return min((name.rpartition("/")[0] + "/" if "/" in name else "" for name in lists), key=len, default="")

    def read(self) -> None:
        """Emit every member of the archive in one form or the other."""
        days: dict[str, list[tuple[str, zipfile.ZipInfo]]] = defaultdict(list)
        for position, entry in enumerate(self._entries, 1):
            found = _DAY.fullmatch(entry.filename)
            if found and (found[1] or "") == self._root and _is_date(found[3]):
                days[found[2]].append((found[3], entry))
                continue
            if number := _FILE_ID.search(entry.filename):
                self._held[number[0]] = entry.filename
            self._other(entry, position)
        for folder in sorted(days):
            channel = self._channels.get(folder, {"name": folder})
            for day, messages in self._days(folder, sorted(days[folder], key=lambda pair: pair[0])):
                self._hand_over(channel, day, messages)

    def _other(self, entry: zipfile.ZipInfo, position: int) -> None:
        """Hand over a file that is no day; learn people and channels from the lists."""
        name = entry.filename.removeprefix(self._root)
        kinds = dict(_CHANNELS)
        if (name in _PEOPLE or name in kinds) and isinstance(records := self._json(entry), list):
            for record in (one for one in records if isinstance(one, dict)):
                if name in _PEOPLE:
                    self._people[str(record.get("id"))] = _person(record)
                else:
                    known = _channel(record, kinds[name])
                    for key in (record.get("id"), record.get("name")):
                        if key:
                            self._channels.setdefault(str(key), known)
        zipmember.hand_over(self._archive, entry, streams.safe_name(entry.filename, position), self._emit)

    def _json(self, entry: zipfile.ZipInfo) -> object:
        """Return a list's or day's content, the reason as text where it cannot be had."""
        try:
            with self._archive.open(entry) as file:
                data = file.read(_MOST + 1)
            return json.loads(data) if len(data) <= _MOST else f"larger than {_MOST >> 20} MiB"
        except (*streams.DAMAGED, RecursionError) as error:
            return f"cannot be read: {error}"

    def _days(self, folder: str, files: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[tuple[str, list[Record]]]:
        """Yield a channel's days with their messages, from one day's file after the other."""
        waiting: dict[str, list[Record]] = defaultdict(list)
        for file_day, entry in files:
            told = self._json(entry)
            if not isinstance(told, list):
                why = told if isinstance(told, str) else "no list of messages"
                name = f"{folder}/{file_day}.json"
                self._emit.member(name, None, declared_size=entry.file_size, problem="CORRUPT", message=why)
                continue
            for one in told:
                record = one if isinstance(one, dict) else {"text": json.dumps(one)}
                when = slackday.moment(record.get("ts"))
                waiting[when.date().isoformat() if when else file_day].append(record)
            before = (dt.date.fromisoformat(file_day) - _ONE_DAY).isoformat()
            for day in sorted(day for day in waiting if day < before):
                yield day, waiting.pop(day)
        for day in sorted(waiting):
            yield day, waiting[day]

    def _hand_over(self, channel: Record, day: str, messages: list[Record]) -> None:
        messages.sort(key=lambda one: str(one.get("ts") or ""))
        body = json.dumps(messages, ensure_ascii=False)
        named = set(_PERSON.findall(body)) | set(map(str, channel.get("members") or []))
        held = {number for number in _FILE_ID.findall(body) if number in self._held}
        told = {
            "channel": {**channel, "name": self._channel_name(channel)},
            "day": day,
            "zone": "UTC",
            "users": {one: self._people[one] for one in sorted(named) if one in self._people},
            "held": {one: self._held[one] for one in sorted(held)},
            "messages": messages,
        }
        data = _KEY.sub(r"\1", json.dumps(told, ensure_ascii=False, indent=1)).encode("utf-8", "replace")
        name = streams.safe_name(f"{self._channel_name(channel)}/{day}.json", 0)
        self._emit.member(name, data, kind="slackday")

    def _channel_name(self, channel: Record) -> str:
        """Return a channel's name; a direct message, which has none, is called after its people."""
        members = [self._people.get(str(one), str(one)).partition(" <")[0] for one in channel.get("members") or []]
        return str(channel.get("name") or ", ".join(members) or channel.get("id") or "channel")


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _person(record: Record) -> str:
    """Return a person as ``Name <address>``, as far as the list tells."""
    said = record.get("profile")
    profile: Record = said if isinstance(said, dict) else {}
    names = (profile.get("real_name"), record.get("real_name"), profile.get("display_name"), record.get("name"))
    name = next((str(one) for one in names if one), str(record.get("id")))
    return f"{name} <{profile['email']}>" if profile.get("email") else name


def _channel(record: Record, kind: str) -> Record:
    """Return what is kept of a channel's record."""
    kept: Record = {"id": str(record.get("id") or ""), "name": str(record.get("name") or ""), "kind": kind}
    for key in ("topic", "purpose"):
        said = record.get(key)
        if isinstance(said, dict) and said.get("value"):
            kept[key] = str(said["value"])
    kept["members"] = [str(one) for one in chat.listed(record.get("members"))]
    return kept


READER: Final = Reader("slack", "1", frozenset({"slack"}), read)
