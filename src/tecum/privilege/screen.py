"""Signs of privilege in one document, each explained: who took part first, then what the text says.

The rules are numbered as in the matter's privilege protocol. Positive: R1 counsel among the parties; R2
counsel only in an older message quoted below; R3 counsel only copied, on a mail to many; R4 counsel's name
beside words of advice; R5 a legend; R6 counsel as author, or a folder kept for legal matters; R7 a draft
for a court; R8 grounds of public bodies. Negative: N1 the words stand in a footer only; N2 an outsider took
part; N3 newsletter, court notice or calendar entry; N4 counsel writing to all staff. Negative signals
inform the person who makes the call; they never release anything.

Only parties, subject, title, name, author, mail folder and text are looked at: never X- headers or the
paths and mailbox names that an exporting tool wrote, since ``(Non-Privileged).pst`` says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tecum.model import Counsel
from tecum.privilege import legends
from tecum.privilege.footers import Footers, messages
from tecum.privilege.roster import Roster, clean, domains, fold

Strength = Literal["strong", "medium", "weak"]
_MANY: Final = 10  # recipients, above which a copy to counsel says little
_QUOTED: Final = 160  # characters of evidence


@dataclass(frozen=True)
class Screened:
    """What is looked at of one document; parties as written, ``folder`` the mailbox's own folder."""

    kind: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    title: str
    filename: str
    author: str
    folder: str
    body: str


@dataclass(frozen=True)
class Signal:
    """One sign: the rule, its strength, where it was seen, the words themselves, and a sentence about it."""

    rule: str
    strength: Strength
    where: str
    evidence: str
    message: str


def holds(signals: Iterable[Signal]) -> bool:
    """Whether these signals of one document keep its family from going out unattended.

    They do when counsel is in it: R1 and R3 (counsel among the parties of the top message, however
    harmless the mail), R2 (among those of a quoted message, whose text would go out too), R4 (counsel's
    name beside words of advice), R6 when counsel is the author; or when another signal is strong: R5 and
    R8 as a legend in subject, title, file name, first lines or a line of its own, R7 when a draft shows a
    court's caption. Not enough alone: a footer (N1), a folder's name (R6), privilege mentioned in running
    text (R5, R8 medium), a pleading's draft named but not shown (R7 medium), any N.
    """
    return any(
        one.rule in ("R1", "R2", "R3", "R4") or one.strength == "strong" or (one.rule, one.where) == ("R6", "author")
        for one in signals
    )


class Screen:
    """Screens documents one by one with a matter's roster; keeps no state between them."""

    def __init__(self, counsel: Counsel, own_domains: frozenset[str], footers: Footers) -> None:
        self._roster = Roster(counsel)
        self._own = frozenset(domain.lower() for domain in own_domains)
        self._footers = footers

    def document(self, one: Screened) -> list[Signal]:
        """Return the signals of one document, strongest first and otherwise in order of rule."""
        signals = [*self._parties(one), *self._names(one), *self._body(one), *_negatives(one)]
        order = ("strong", "medium", "weak")
        return sorted(dict.fromkeys(signals), key=lambda each: (order.index(each.strength), each.rule))

    # -- who took part ---------------------------------------------------------------------------------------

    def _parties(self, one: Screened) -> Iterator[Signal]:
        recipients = len(one.to) + len(one.cc) + len(one.bcc)
        places = {"from": (one.sender,), "to": one.to, "cc": one.cc, "bcc": one.bcc}
        found = [
            (where, party, how)
            for where, those in places.items()
            for party in those
            if (how := self._roster.party(party))
        ]
        only_copied = all(where == "cc" for where, _, _ in found) and recipients > _MANY
        for where, party, how in found:
            if only_copied:
                message = f"{how} only copied, on a mail to {recipients}"
                yield Signal("R3", "weak", where, _quote(party), message)
            else:
                yield Signal("R1", "strong", where, _quote(party), f"{how} among the parties")
        if not found:
            return
        if found[0][0] == "from" and (recipients > _MANY or _ALL_STAFF.search(" ".join(one.to).lower())):
            yield Signal("N4", "weak", "to", _quote("; ".join(one.to)), "counsel writes to many, perhaps on business")
        yield from self._outsiders(places)

    def _outsiders(self, places: dict[str, tuple[str, ...]]) -> Iterator[Signal]:
        if not self._own:
            return
        for where, those in places.items():
            for party in those:
                outside = [each for each in domains(party) if not self._inside(each)]
                if outside and not self._roster.party(party):
                    message = f"{outside[0]} is neither client nor counsel: privilege may be waived"
                    yield Signal("N2", "weak", where, _quote(party), message)
                    return

    def _inside(self, domain: str) -> bool:
        own = any(domain == each or domain.endswith("." + each) for each in self._own)
        return own or self._roster.has_domain(domain)

    # -- subject, title, file name, author, folder -------------------------------------------------------------

    def _names(self, one: Screened) -> Iterator[Signal]:
        for where, text in {"subject": one.subject, "title": one.title, "filename": one.filename}.items():
            text = clean(text)
            if legend := legends.in_title(fold(text)):
                yield _legend(legend, text, where)
        if how := self._roster.party(one.author):
            yield Signal("R6", "medium", "author", _quote(one.author), f"{how} is the author")
        for part in re.split(r"[\\/|]", fold(clean(one.folder))):
            if _LEGAL_FOLDER.match(part.strip()):
                yield Signal("R6", "medium", "folder", _quote(one.folder), "kept in a folder for legal matters")
                break

    # -- text ------------------------------------------------------------------------------------------------

    def _body(self, one: Screened) -> Iterator[Signal]:
        mail = bool(one.sender or one.to or one.cc)
        top = True
        for message in messages(_X_HEADER.sub("", clean(one.body))):
            if not message.strip():
                top = top and not mail  # a mail that only forwards has an empty top message
                continue
            yield from self._header_lines(message, mail, top)
            yield from self._text(message, "body" if top else "quoted message")
            top = False
        titles = fold(clean(f"{one.subject}\n{one.title}\n{one.filename}")).replace("_", " ")
        if draft := legends.court_draft(titles, fold(clean(one.body[:20_000]))):
            strength: Strength = "strong" if draft[1] else "medium"
            yield Signal("R7", strength, "title", _quote(draft[0]), "draft for a court: perhaps work product")

    def _header_lines(self, message: str, mail: bool, top: bool) -> Iterator[Signal]:
        """Counsel in lines such as "From:" or "On ... wrote:" inside the text; in a memo they are its parties."""
        for match in _HEADER_LINE.finditer(message):
            how = self._roster.party(match[0])
            if not how:
                continue
            if top and not mail:
                yield Signal("R1", "strong", "header line", _quote(match[0]), f"{how} among the parties named")
            else:
                yield Signal("R2", "medium", "quoted message", _quote(match[0]), f"{how} in a quoted message")
            return

    def _text(self, message: str, where: str) -> Iterator[Signal]:
        own = self._footers.strip(message)
        folded = fold(own)
        for name, start, end in self._roster.mentions(folded):
            if advice := _near(folded, start, end):
                evidence = _around(own, start, end)
                yield Signal("R4", "medium", where, evidence, f"counsel {name} named beside {advice!r}")
                break
        found = list(legends.in_body(folded))
        for legend in found:
            yield _legend(legend, own, where)
        if not found and len(own) < len(message):
            for legend in legends.in_body(fold(message)):
                evidence = _around(message, legend.start, legend.end)
                yield Signal("N1", "weak", where, evidence, "words of privilege only in a footer")


_HEADER_LINE = re.compile(
    r"^[ \t>|*]{0,40}(?:(?:from|to|cc|bcc|sent\ by|on\ behalf\ of|attn|attention|through|via|prepared\ by|de|para)"
    r"[ \t*]{0,9}:[^\n]*(?:\n[ \t>]{0,40}[^\s:>][^\n:]{0,200}(?=\n)){0,3}"
    r"|on\ [^\n]{4,300}(?:\n[^\n]{0,300})?\bwrote:|-{2,}[^\n]{0,20}forwarded\ by[^\n]{0,300})",
    re.IGNORECASE | re.MULTILINE,
)
_X_HEADER = re.compile(r"^[ \t>]{0,9}x-[\w-]{1,60}:[^\n]*", re.IGNORECASE | re.MULTILINE)
_ADVICE = re.compile(
    r"advi[cs]e[ds]?\b|advising|opin(?:ion|es?|ed)|review|draft|litigat|lawsuit|legal|settle|privileg|strateg|counsel\b"
    r"|liabilit|indemn|subpoena|compl(?:y|iance)\b|lawful|recommend|analy[sz]|question|concern|memo\b|redlin|sued?\b"
)
_ALL_STAFF = re.compile(r"\b(?:all[-_. ]?(?:staff|hands|users|employees)|all|everyone|staff|employees)@")
_LEGAL_FOLDER = re.compile(
    r"(?!.*\.(?:pst|ost|nsf|mbox|zip)$)(?!.*non-?privileged)(?:[0-9]+[ ._-]*)?"
    r"(?:legal|attorneys?|(?:general |outside )?counsel|(?:city|county|district) attorney|litigation|law dep)"
    r"\b"
)


def _near(folded: str, start: int, end: int) -> str:
    """A word of advice within eight words of ``folded[start:end]``, or ""."""
    before = " ".join(folded[max(0, start - 120) : start].split()[-8:])
    behind = " ".join(folded[end : end + 120].split()[:8])
    match = _ADVICE.search(behind) or _ADVICE.search(before)
    return match[0] if match else ""


def _legend(legend: legends.Legend, text: str, where: str) -> Signal:
    strength: Strength = "strong" if legend.strong else "medium"
    message = "a claim of privilege" if legend.rule == "R5" else "a ground on which public bodies withhold"
    if not legend.strong:
        message += ", in running text"
    return Signal(legend.rule, strength, where, _around(text, legend.start, legend.end), message)


def _negatives(one: Screened) -> Iterator[Signal]:
    sender = one.sender.lower()
    if one.kind in ("ics", "vcs") or _CALENDAR.match(one.subject.lower()):
        yield Signal("N3", "weak", "subject", _quote(one.subject), "calendar entry")
    elif _COURT_NOTICE.search(f"{sender}\n{one.subject.lower()}"):
        yield Signal("N3", "weak", "from", _quote(one.sender), "notice of a court's filing system")
    elif _BULK_SENDER.search(sender) or "unsubscribe" in one.body[-3000:].lower():
        yield Signal("N3", "weak", "from", _quote(one.sender), "newsletter or mailing list")


_CALENDAR = re.compile(r"(?:accepted|declined|tentative|canceled|cancelled|invitation|updated invitation):")
_COURT_NOTICE = re.compile(r"@[\w.-]{0,60}uscourts\.gov|notice of electronic filing|activity in case")
_BULK_SENDER = re.compile(
    r"\b(?:no-?reply|do-?not-?reply|newsletters?|listserv|bounces?|notifications?|alerts?|mailer|news)\b[^@]{0,40}@"
)


def _quote(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTED else words[: _QUOTED - 1] + "…"


def _around(text: str, start: int, end: int) -> str:
    """The words found with some text on both sides."""
    first, last = max(0, start - 40), min(len(text), end + 40)
    return _quote(f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}")
