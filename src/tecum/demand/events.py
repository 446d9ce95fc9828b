"""Whether an event may be entered: its kind, its words, what it points at, and that its cause came before it."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tecum.demand import timeline
from tecum.demand.columns import ID, LONGEST, CellInvalid, amount, near_day
from tecum.demand.kinds import ANSWER_WORDS, KINDS, Kind
from tecum.demand.nouns import Docket, Event
from tecum.demand.record import evidence
from tecum.engine.sheets import to_date
from tecum.engine.sheets.cells import fault_in
from tecum.errors import SourceMissing, TableInvalid

Trouble = tuple[str, str, str]  # column, message, cure
_DATES: Final = ("until", "due", "effective")
_FLAGS: Final = ("oath", "by-mail", "log", "retract")
_WORDS: Final = {("answered", "answer"): ANSWER_WORDS, **{
    (kind, "unit"): ("days", "business days") for kind in ("extension-granted", "extension-taken")
}}  # fmt: skip
_NUMBER: Final = re.compile(r"([ED])([0-9]{1,18})")
_ON_A_DEMAND: Final = ("response", "request", "deficiency", "enforcement")
_PIECE: Final = 1 << 20
_GUESSED_AMONG: Final = 2_000  # names; among more a guess takes too long
_SHOWN: Final = 20
_ABOUT_ITSELF: Final = ("event", "reason", "retract")  # what a correction says about itself


def with_ids(docket: Docket, new: Sequence[Event]) -> list[Event]:
    """Give those without an id the next numbers: E1, E2, ...; deficiencies, which the other side names too, D1, ..."""
    last: dict[str, int] = defaultdict(int)
    for one in (*docket.events, *new):
        if found := _NUMBER.fullmatch(one.id):
            last[found[1]] = max(last[found[1]], int(found[2]))
    named = []
    for one in new:
        if not one.id:
            letter = "D" if one.kind == "deficiency" else "E"
            last[letter] += 1
            one = replace(one, id=f"{letter}{last[letter]}")
        named.append(one)
    return named


def evidence_of(path: Path) -> str:
    """How an event names this file.

    Raises:
        SourceMissing: when it cannot be read.
    """
    sha = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                sha.update(piece)
    except OSError as error:
        raise SourceMissing(
            f"{path} cannot be read: {error.strerror}", remedy="Correct the path; nothing was entered", path=path
        ) from None
    return evidence(sha.hexdigest(), path.name)


def meant(word: str, known: Iterable[str]) -> str:
    """A guess at what was meant, as the end of a sentence."""
    words = list(known)
    near = difflib.get_close_matches(word[:100], words, 1) if len(words) <= _GUESSED_AMONG else []
    near = near or [one for one in words if one.casefold() == word.casefold()][:1]
    return f" (did you mean {near[0]}?)" if near else ""


class Examiner:
    """Examines events against a docket that already holds them, so that the rows of one file may be in any order."""

    def __init__(self, docket: Docket, today: dt.date) -> None:
        self._docket = docket
        self._today = today
        self._by_id = {one.id: one for one in docket.events}
        self._named = Counter(one.id for one in docket.events)
        self._days: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)  # kind, recipient -> day, demand
        for one in docket.events:
            for recipient in one.recipients or self._all(one):
                self._days[one.kind, recipient].append((one.happened[:10], one.demand))

    def _all(self, event: Event) -> Sequence[str]:
        demand = self._docket.demands.get(event.demand)
        return demand.recipients if demand else ()

    def examine(self, event: Event) -> Iterator[Trouble]:
        """What is wrong with an event."""
        kind = KINDS.get(event.kind)
        if kind is None:
            yield (
                "kind",
                f"{event.kind} is not a kind of event{meant(event.kind, KINDS)}",
                "Use one of the kinds that docs/reference/docket.md lists",
            )
            return
        if wrong_day := _not_a_day(event.happened):
            yield "happened", *wrong_day
            return
        if event.happened[:10] > self._today.isoformat():
            said = f"{event.happened} lies in the future (today is {self._today})"
            yield "happened", said, "Enter an event when it has happened"
        if self._named[event.id] > 1:
            yield "id", f"there is another event {event.id}", "Give it another id"
        yield from _texts(event)
        yield from self._whom(kind, event)
        yield from self._data(kind, event)
        yield from self._target(kind, event)
        yield from self._cause(kind, event)
        if kind.name == "corrected":
            yield from self._correction(event)
        if kind.proof and not event.supported:
            cure = "Name the file in evidence, or where it stands in source"
            yield "evidence", f"{event.kind} needs proof: a file or a source", cure

    def _correction(self, event: Event) -> Iterator[Trouble]:
        """A correction must change something, and what it makes of the event must itself be sound."""
        wrong = self._by_id.get(event.data.get("event", ""))
        if wrong is None or event.data.get("retract") == "yes" or wrong.id == event.id:
            return
        if wrong.kind == "corrected":
            yield "data", f"{wrong.id} is itself a correction", "Take it back with retract=yes, and correct the event"
        elif not event.data.keys() - set(_ABOUT_ITSELF):
            cure = f"Say what is right, such as happened=2018-03-26, or take {wrong.id} back with retract=yes"
            yield "data", f"changes nothing of {wrong.id}", cure
        elif not any(_misread(wrong.kind, key, value) for key, value in event.data.items()):  # which is told already
            yield from self.examine(timeline.corrected(wrong, event))

    def _whom(self, kind: Kind, event: Event) -> Iterator[Trouble]:
        demands = self._docket.demands
        if event.demand and event.demand not in demands:
            yield "demand", f"there is no demand {event.demand}{meant(event.demand, demands)}", "Correct the id"
            return
        for one in event.recipients:
            if one not in self._docket.recipients:
                said = f"there is no recipient {one}{meant(one, self._docket.recipients)}"
                yield "recipient", said, "Add it to recipients, or correct the id"
            elif event.demand and one not in demands[event.demand].recipients:
                yield "recipient", f"{one} is not a recipient of demand {event.demand}", "Correct one of the two"
            elif not event.demand and kind.region in _ON_A_DEMAND and self._demands_of(one) != 1:
                said = f"{one} has {self._demands_of(one)} demands, and {event.kind} is about one of them"
                yield "demand", said, "Name the demand"
        if not event.recipients and not event.demand and kind.region in _ON_A_DEMAND:
            yield "recipient", "names neither a recipient nor a demand", "Fill in one of the two"
        known = {ask.number for name in self._demands_of_event(event) for ask in demands[name].requests}
        for number in event.requests:
            if number not in known:
                numbers = ", ".join(sorted(known, key=timeline.natural)[:_SHOWN])
                more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
                cure = f"Choose {numbers}{more}" if known else "Name the demand, or correct the recipient"
                yield "request", f"there is no request {number} in its demand", cure

    def _demands_of(self, recipient: str) -> int:
        return sum(recipient in one.recipients for one in self._docket.demands.values())

    def _demands_of_event(self, event: Event) -> list[str]:
        if event.demand in self._docket.demands:
            return [event.demand]
        return [one.id for one in self._docket.demands.values() if set(event.recipients) & set(one.recipients)]

    def _data(self, kind: Kind, event: Event) -> Iterator[Trouble]:
        for key, value in event.data.items():
            if key not in kind.fields and kind.name != "corrected":
                cure = f"Use {', '.join(kind.fields) or 'no data'}"
                yield "data", f"{event.kind} has no {key}{meant(key, kind.fields)}", cure
            elif said := _misread(event.kind, key, value):
                yield "data", f"{key}: {said[0]}", said[1]
        for key in kind.must:
            if not event.data.get(key):
                yield "data", f"{event.kind} must say {key}: {kind.fields[key]}", f"Add {key}= and its value"
        more_time = event.kind in ("extension-granted", "extension-taken")
        if more_time and ("until" in event.data) == ("days" in event.data):
            yield "data", f"{event.kind} must say either until or days", "Add until=2018-03-26, or days=30"

    def _target(self, kind: Kind, event: Event) -> Iterator[Trouble]:
        """What the event points at must exist, and concern the same recipient."""
        field, noun = kind.target
        name = event.data.get(field, "")
        if noun and name:
            yield from self._pointed_at(field, noun, name, event)
        for field, known in (("order", self._docket.orders), ("into", self._docket.demands)):
            if field in kind.fields and event.data.get(field) and event.data[field] not in known:
                word = "order" if field == "order" else "demand"
                yield (
                    "data",
                    f"there is no {word} {event.data[field]}{meant(event.data[field], known)}",
                    "Correct the id",
                )
        if kind.name == "superseded" and event.data.get("by", "") not in self._docket.demands:
            yield "data", f"there is no demand {event.data.get('by', '')}", "Name the demand that replaces it"

    def _pointed_at(self, field: str, noun: str, name: str, event: Event) -> Iterator[Trouble]:
        if noun == "deficiency":
            target = self._by_id.get(name)
            if target is None or target.kind != "deficiency":
                known = [one.id for one in self._docket.events if one.kind == "deficiency"]
                yield "data", f"there is no deficiency {name}{meant(name, known)}", "Name the id of a deficiency event"
            elif not set(event.recipients) & set(target.recipients):
                yield "data", f"deficiency {name} is not this recipient's", "Correct one of the two"
            elif target.happened[:10] > event.happened[:10]:
                raised = target.happened[:10]
                said = f"it happened on {event.happened[:10]}, before deficiency {name} was raised ({raised})"
                yield "happened", said, "Correct one of the two dates"
            return
        known_nouns: Mapping[str, Any] = {
            "award": self._docket.awards, "case": self._docket.cases, "event": self._by_id,
        }[noun]  # fmt: skip
        if name not in known_nouns:
            yield "data", f"there is no {noun} {name}{meant(name, known_nouns)}", "Correct the id"
        elif noun == "award" and self._docket.awards[name].recipient not in event.recipients:
            yield "data", f"award {name} is {self._docket.awards[name].recipient}'s", "Correct one of the two"
        elif noun == "event" and name == event.id:
            yield "data", "an event cannot correct itself", "Name the event that is wrong"

    def _cause(self, kind: Kind, event: Event) -> Iterator[Trouble]:
        if not kind.after:
            return
        for recipient in event.recipients or self._all(event):
            days = [
                day
                for cause in kind.after
                for day, demand in self._days[cause, recipient]
                if not demand or not event.demand or demand == event.demand
            ]
            before = " or ".join(kind.after)
            if not days:
                yield "kind", f"{event.kind} of {recipient} stands without {before}", f"Enter {before} first"
            elif min(days) > event.happened[:10]:
                said = (
                    f"{event.kind} of {recipient} on {event.happened[:10]} is before its cause ({before}, {min(days)})"
                )
                yield "happened", said, "Correct one of the two dates"


def _texts(event: Event) -> Iterator[Trouble]:
    """What no table could hold, and so could never leave the docket again."""
    if event.id and not ID.fullmatch(event.id):
        yield "id", f"{event.id[:40]!r} is not an id", "Use letters, digits, '.', '_', '-', without blanks"
    held = [("source", event.source), *(("evidence", one) for one in event.evidence)]
    held += [("data", text) for pair in event.data.items() for text in pair]
    for column, text in held:
        if wrong := fault_in(text):
            yield column, wrong, "Delete the character or type the text again"


def _not_a_day(text: str) -> tuple[str, str] | None:
    """What is wrong with a date, or a date and time: (message, cure)."""
    cure = "Write it as 2018-01-24, or as 2018-01-24T10:30 with the time"
    try:
        if to_date(text) != text or not text:
            return f"{text!r} is not a date in ISO form", cure
        near_day(dt.date.fromisoformat(text[:10]))
    except TableInvalid as wrong:
        return wrong.message, cure
    except CellInvalid as wrong:
        return wrong.message, wrong.cure
    return None


def _misread(kind: str, key: str, value: str) -> tuple[str, str] | None:
    """What is wrong with a value of a kind's ``data``: (message, cure)."""
    if key in _DATES or key == "happened":
        if key in _DATES and "T" in value:
            return f"{value} names a time of day", f"Write {value[:10]}"
        return _not_a_day(value)
    if key == "days" and not (re.fullmatch("[0-9]{1,4}", value) and 0 < int(value) <= LONGEST):
        return f"{value} is not a number of days", f"Write digits, such as 30, at most {LONGEST}"
    if key in ("amount", "deposit"):
        try:
            amount(value)
        except CellInvalid as wrong:
            return wrong.message, wrong.cure
    if key in _FLAGS and value not in ("yes", "no"):
        return f"{value} is neither yes nor no", "Write yes in small letters, or leave it out"
    if value not in _WORDS.get((kind, key), (value,)):
        return f"{value} is not known here", f"Choose {', '.join(_WORDS[kind, key])}"
    return None
