"""Events proposed from a mail: what it says, of which recipient, and the words on which each proposal rests.

A proposal is no event: a person reads the words and accepts, corrects or drops it. The table of readings is in
``readings.py``; kinds and the keys of their data are those of ``kinds.py``.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tecum.demand.replies import readings
from tecum.demand.replies.days import dates_in, lengths_in
from tecum.demand.replies.readings import Reading
from tecum.demand.replies.told import KnownRecipient, Mail, recipient_of
from tecum.demand.replies.written import newest, sentences_of

__all__ = ["KnownRecipient", "Mail", "ProposedEvent", "proposals"]

_MOST = 5  # proposals from one mail
_SENTENCES = 400  # that are read
_LONG = 2_000  # characters of a sentence that are read
_SHOWN = 300  # characters of a sentence that are quoted
# A comma parts clauses only before a new subject: "we do not, at this time, object" is one clause.
_CLAUSE: Final = re.compile(
    r"[;:—–]|,(?=\s+(?:we|i|the|our|please|this|it|they)\b)|\b(?:but|and|although|however|so|therefore)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"\b(?:tracking|reference|request|case|control|file|FOIA|confirmation)\s*(?:number|no\.?|num\.?|#|id|code)?\s*"
    r"(?:is|was|:|#)?\s*(?P<number>(?=[A-Za-z./-]{0,12}\d)[A-Za-z0-9][A-Za-z0-9./-]{2,30})",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(r"\$ ?(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d{2})?|\d+(?:\.\d{2})?)(?![\d,]\d)")
_REQUESTS: Final = re.compile(
    r"\brequests?\s+(?:nos?\.?|numbers?|#)?\s*(?P<list>\d{1,3}(?:\([a-z0-9]{1,3}\))?"
    r"(?:\s*(?:,|and|&|through|to|[-–])\s*(?:and\s+)?\d{1,3}(?:\([a-z0-9]{1,3}\))?)*)(?![\d/])",
    re.IGNORECASE,
)
_VOLUME: Final = re.compile(
    r"\b(?:VOL(?:UME)?[ _.-]?(?P<number>\d{1,5})|(?P<name>[A-Z]{2,12}[_-]?(?:PROD|VOL)[_-]?\d{1,5}))(?![\d,])",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    r"\b(?:until|to|through|including|by|till|than|before)\s+(?:and including\s+)?(?:the\s+)?$", re.IGNORECASE
)
_ARCHIVE: Final = re.compile(r"\.(?:zip|7z|rar|tar|tgz|gz|dat|opt|pst)$", re.IGNORECASE)


@dataclass(frozen=True)
class ProposedEvent:
    """An event that a person may accept.

    ``recipient`` is an id, empty when it was not told; ``told`` says how. ``happened`` is the mail's date. ``data`` has
    the keys that the kind allows; what the mail does not say is left out. ``why`` quotes the words it rests on, with
    what was left in doubt; ``sure`` is probable or possible.
    """

    kind: str
    recipient: str
    happened: dt.date | None
    why: str
    sure: str
    data: dict[str, str] = field(default_factory=dict)
    requests: tuple[str, ...] = ()
    told: str = ""


@dataclass
class _Read:
    """One kind found in a mail, with all sentences that speak for it."""

    reading: Reading
    sentences: list[str]


def proposals(mail: Mail, known: Sequence[KnownRecipient], due: dt.date | None = None) -> list[ProposedEvent]:
    """Return what a mail may report, surest first; a note when nothing fits, never an empty list.

    Args:
        mail: the mail as plain values.
        known: the recipients of the demand.
        due: the date on which the answer is due; a date asked for that is not behind it is marked as doubtful.
    """
    if readings.POSTMASTER.search(mail.sender.split("@")[0]) or readings.POSTMASTER.search(mail.sender_name):
        return [_bounced(mail, known)]
    recipient, told = recipient_of(mail, known)
    own = newest(mail.text)
    sentences = [one[:_LONG] for one in sentences_of(own)[:_SENTENCES]]
    if readings.UNDELIVERED.search(mail.subject):
        return [_bounced(mail, known)]
    if readings.ABSENT.search(mail.subject) and not _NUMBER.search(own):
        return [_note(mail, recipient, told, sentences, "an automatic reply of somebody who is away")]
    late = due is not None and any(one.day and one.day > due for one in dates_in(own, mail.date))
    read = _readings(sentences, late)
    found = [_event(mail, one, recipient, told, own, due) for one in read.values()]
    if not any(one.kind == "produced" for one in found):
        found += _attached(mail, recipient, told)
    if not found:
        return [_note(mail, recipient, told, sentences, "no reading of the table fits")]
    return sorted(found, key=lambda one: one.sure != "probable")[:_MOST]


def _readings(sentences: Sequence[str], late: bool) -> dict[str, _Read]:
    """The kinds that the sentences speak for; ``late``: a day behind the date due is named."""
    found: dict[str, _Read] = {}
    for row in _rows():
        if row.reading.late and (not late or row.reading.kind in found):
            continue
        for sentence in sentences:
            if not row.fits(sentence):
                continue
            held = found.setdefault(row.reading.kind, _Read(row.reading, []))
            if held.reading.sure != "probable":
                held.reading = row.reading
            if sentence not in held.sentences:
                held.sentences.append(sentence)
    return found


@dataclass(frozen=True)
class _Row:
    """A reading with its phrases compiled."""

    reading: Reading
    phrases: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def fits(self, sentence: str) -> bool:
        """Whether the sentence says it, and nothing in it takes it back."""
        if any(one.search(sentence) for one in self.unless):
            return False
        found = (match for one in self.phrases for match in one.finditer(sentence))
        return any(self.reading.denying or not _denied(sentence, match) for match in found)


@functools.cache
def _rows() -> tuple[_Row, ...]:
    """The table, compiled once at first use."""
    rows = []
    for one in readings.READINGS:
        unless = one.unless if one.conditional else (*one.unless, readings.CONDITION)
        rows.append(_Row(one, tuple(map(readings.compiled, one.phrases)), tuple(map(readings.compiled, unless))))
    return tuple(rows)


def _denied(sentence: str, found: re.Match[str]) -> bool:
    """Whether a word that turns the meaning round stands before or within the match, in its clause."""
    start = max((one.end() for one in _CLAUSE.finditer(sentence, 0, found.start())), default=0)
    return bool(readings.DENIED.search(sentence, start, found.end()))


def _event(mail: Mail, read: _Read, recipient: str, told: str, own: str, due: dt.date | None) -> ProposedEvent:
    kind, words, sure = read.reading.kind, " ".join(read.sentences), read.reading.sure
    data, notes = _particulars(kind, words, mail, own)
    if kind == "extension-asked" and due and "until" in data and dt.date.fromisoformat(data["until"]) <= due:
        notes.append(f"that is not behind the date due, {due.isoformat()}")
        sure = "possible"
    requests = _requests(words) if kind in ("objected", "refused", "produced") else ()
    why = "; ".join([f"{read.reading.means}: “{words[:_SHOWN]}”", *notes])
    return ProposedEvent(kind, recipient, mail.date, why, sure, data, requests, told)


def _particulars(kind: str, words: str, mail: Mail, own: str) -> tuple[dict[str, str], list[str]]:
    """What the words say of an event of that kind, and what was left in doubt."""
    shown = words[:_SHOWN]
    match kind:
        case "acknowledged":
            return _given("tracking", _tracking(f"{words}\n{own}\n{mail.subject}")), []
        case "extension-asked":
            return _time(words, mail.date)
        case "payment-asked":
            return _amount(words)
        case "produced":
            return _given("volume", _volume("\n".join([words, mail.subject, *mail.attachments]))), []
        case "objected":
            grounds = [ground for ground, pattern in readings.GROUNDS if pattern.search(words)]
            return {"ground": ", ".join(grounds) or "not stated", "text": shown}, []
        case "hold-acknowledged":
            return _given("custodian", mail.sender_name or mail.sender), []
        case "clarification-asked":
            return {"question": shown}, []
        case "refused":
            return {"reason": shown}, []
    return {}, []


def _given(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


def _tracking(text: str) -> str:
    found = _NUMBER.search(text)
    return found["number"].rstrip(".-/") if found else ""


def _time(words: str, after: dt.date | None) -> tuple[dict[str, str], list[str]]:
    """The date asked for, or the days; a length in business days is told but not counted here."""
    data: dict[str, str] = {}
    notes: list[str] = []
    for one in dates_in(words, after):
        lead = words[max(0, one.start - 30) : one.start]
        if not _LEAD.search(lead):
            continue
        notes += [one.why] if one.why else []
        if one.day and (after is None or one.day > after):
            data.setdefault("until", one.day.isoformat())
    for length in lengths_in(words):
        if length.business:
            notes.append(f"{length.count} business days are asked for; days counts calendar days, so it is left out")
        elif "until" not in data:
            data.setdefault("days", str(length.count))
    return data, notes


def _amount(words: str) -> tuple[dict[str, str], list[str]]:
    """The amount, when one is named; of several the largest, and that is said."""
    amounts = [one["amount"].replace(",", "") for one in _AMOUNT.finditer(words)]
    if not amounts:
        return {}, []
    notes = [f"several amounts are named ({', '.join(amounts)}); the largest is taken"] if len(set(amounts)) > 1 else []
    return {"amount": max(amounts, key=float)}, notes


def _requests(words: str) -> tuple[str, ...]:
    """The numbers of requests; "3 through 6" is 3, 4, 5, 6."""
    found: dict[str, None] = {}
    for one in _REQUESTS.finditer(words):
        listed = re.findall(r"\d{1,3}(?:\([a-z0-9]{1,3}\))?|through|to|[-–]", one["list"], re.IGNORECASE)
        for at, number in enumerate(listed):
            if number[:1].isdigit():
                found[number] = None
            elif 0 < at < len(listed) - 1 and listed[at - 1].isdigit() and listed[at + 1].isdigit():
                found.update(dict.fromkeys(str(between) for between in range(int(listed[at - 1]), int(listed[at + 1]))))
    return tuple(found)


def _volume(text: str) -> str:
    found = _VOLUME.search(text)
    if found is None:
        return ""
    if found["number"] is not None:
        plain = re.sub(r"(?i)volume", "VOL", found[0])
        return re.sub(r"[ _.-]", "", plain).upper()
    return str(found["name"])


def _attached(mail: Mail, recipient: str, told: str) -> Iterator[ProposedEvent]:
    """A volume or an archive that is attached without a word about it."""
    for name in mail.attachments:
        volume = _volume(name)
        if volume or _ARCHIVE.search(name):
            why = f"an attachment that looks like a production: “{name[:_SHOWN]}”"
            yield ProposedEvent("produced", recipient, mail.date, why, "possible", _given("volume", volume), (), told)
            return


def _bounced(mail: Mail, known: Sequence[KnownRecipient]) -> ProposedEvent:
    """What a mail system says: the recipient is the one whose address it names."""
    recipient, told = recipient_of(mail, known, bounced=True)
    text = f"{mail.subject}. {mail.text[:20_000]}"
    words = next((one for one in sentences_of(text) if readings.UNDELIVERED.search(one)), "")
    if not words or (readings.DELAYED.search(text) and not re.search(r"(?i)permanent|given up|giving up", text)):
        return _note(
            mail, recipient, told, sentences_of(text)[:1], "a mail system's report that does not say it failed"
        )
    words = words[:_SHOWN]
    return ProposedEvent(
        "undelivered", recipient, mail.date, f"it came back: “{words}”", "probable", {"reason": words}, (), told
    )


def _note(mail: Mail, recipient: str, told: str, sentences: Sequence[str], reason: str) -> ProposedEvent:
    words = (sentences[0] if sentences else mail.subject)[:_SHOWN] or "a mail without words"
    return ProposedEvent("note", recipient, mail.date, f"{reason}: “{words}”", "possible", {"text": words}, (), told)
