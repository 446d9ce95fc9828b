"""The lines with which mail programs introduce what they quote: who wrote it, and when.

Four shapes are known, in the languages of the tables below: a block of labels (``From: Sent: To: Subject:``),
a divider (``-----Original Message-----``), a sentence (``On 14 March 2017 at 9:26, Ann wrote:``), and the
block of Lotus Notes, where name and time stand above ``To: cc: Subject:`` without a label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tecum.analysis import moments
from tecum.analysis.moments import UNKNOWN, Moment

Line = tuple[int, str]  # depth of quoting, words

_FROM: Final = "from|von|de|da|van|fra|från|lähettäjä|от|od|kimden|发件人|寄件者|差出人|보낸 사람"
_SENT: Final = (
    "enviado el|enviada el|enviado em|enviada em|sent|date|gesendet|datum|envoyé|envoye|enviado|enviada|fecha|data|"
    "inviato|verzonden|sendt|dato|skickat|"
    "lähetetty|отправлено|дата|wysłano|发送时间|日期|送信日時|보낸 날짜"
)
_TO: Final = "to|an|à|para|a|aan|til|till|vastaanottaja|кому|do|收件人|宛先|받는 사람"
_COPY: Final = "cc|bcc|kopie|kopia|copia|копия|抄送"
_SUBJECT: Final = "subject|betreff|objet|asunto|oggetto|onderwerp|emne|ämne|aihe|тема|assunto|temat|主题|主旨|件名|제목"
_OTHER: Final = "reply-to|importance|priority|attachments|attachment|anlagen|anhänge|pièces jointes|sensitivity"
_LABEL: Final = re.compile(
    rf"\s*[*_|]*\s*(?:(?P<sender>{_FROM})|(?P<sent>{_SENT})|(?P<to>{_TO})|(?P<copy>{_COPY})|"
    rf"(?P<subject>{_SUBJECT})|(?P<other>{_OTHER}))\s*[*_]*\s*[:：]\s*[*_]*\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_DIVIDED: Final = (
    "original message|original appointment|forwarded message|forwarded by|forward(?:ed)? header|"
    "ursprüngliche nachricht|original-nachricht|originalnachricht|weitergeleitete nachricht|"
    "message d['’]origine|message transféré|mensaje original|mensaje reenviado|messaggio originale|"
    "messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht|mensagem original|oprindelig meddelelse|"
    "opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|исходное сообщение|пересылаемое сообщение|"
    "oryginalna wiadomość|原始邮件|転送されたメッセージ|元のメッセージ"
)
_DIVIDER: Final = re.compile(rf"\s*[-_=*~]{{2,}}\s*(?:{_DIVIDED})\b(?P<rest>.*)$", re.IGNORECASE)
_BEGIN: Final = re.compile(r"\s*(?:begin forwarded message|anfang der weitergeleiteten .*)\s*:\s*$", re.IGNORECASE)
_NOTES: Final = re.compile(r"^\s*(?P<name>.*?)\s+(?:on|am)\s+(?P<date>.*)$", re.IGNORECASE | re.DOTALL)
_OPENS: Final = re.compile(
    r"\s*(?:on|am|le|el|il|op|den|em|w dniu|dne|på|pe|в|at|once upon a time|in (?:message|article))\b|\s*\d",
    re.IGNORECASE,
)
_WROTE: Final = (
    "wrote|writes|said|says|schrieb|schreibt|a écrit|écrivait|escribió|ha scritto|scrisse|schreef|skrev|skriver|"
    "escreveu|kirjoitti|napisał|napisała|napsal|пишет|писал|написал|写道|さんは書きました"
)
_ENDS: Final = re.compile(rf"(?<!\w)(?:{_WROTE})\b.{{0,120}}[:：]\s*$", re.IGNORECASE)
_VERB: Final = re.compile(rf"(?<!\w)(?:{_WROTE})\b", re.IGNORECASE)
_LEADING: Final = re.compile(r"^\s*(?:on|am|le|el|il|op|den|em|w dniu|dne|på|в|at)\s+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[\w.+'%-]+(?:@|\s+at\s+)[\w-]+(?:\.[\w-]+)+")
_AFTER_TIME: Final = re.compile(
    r"\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:[A-Z]{2,5}|[+-]\d{4})?(?:\s*\([A-Z]+\))?,?\s*"
)
_RULES: Final = frozenset("-_=*~")  # signs that begin a divider
_LABELS: Final = frozenset("|".join((_FROM, _SENT, _TO, _COPY, _SUBJECT, _OTHER)).split("|"))
_SPAN: Final = 30  # lines of a block of labels, long lists of recipients included
_SENTENCE: Final = 4  # lines over which a sentence may be broken
_NOTES_SPAN: Final = 4


@dataclass(frozen=True)
class ReplyHeader:
    """What introduces a quoted message: ``end`` is the line after it, ``author`` as written ("" = not told).

    ``sure`` says that it can be nothing else, so that what follows is quoted even without quotation marks.
    """

    end: int
    author: str
    moment: Moment
    sure: bool


def places(lines: Sequence[Line]) -> set[int]:
    """Return the only lines at which a reply header can begin, so that few have to be looked at closely.

    A header is a divider; or begins with a label; or has a line that ends with a colon, or a recipient's label,
    among its first lines.
    """
    found: set[int] = set()
    for n, (_, words) in enumerate(lines):
        if ":" in words or "：" in words:
            if words.rstrip()[-1:] in (":", "："):
                found.update(range(max(0, n - _SENTENCE + 1), n + 1))
            label = _LABEL.match(words) if _may_be_label(words) else None
            if label is not None and label["sender"] is not None:
                found.add(n)
            if label is not None and label["to"] is not None:
                found.update(range(max(0, n - _NOTES_SPAN + 1), n))
        if words.lstrip()[:1] in _RULES:
            found.add(n)
    return found


def _may_be_label(words: str) -> bool:
    """Tell cheaply, without the long pattern, that what stands before the first colon is no label."""
    before = words.partition(":")[0].strip().strip("*_|").strip()
    return before.lower() in _LABELS or not before.isascii()


def find(lines: Sequence[Line], at: int) -> ReplyHeader | None:
    """Return the reply header that begins at line ``at``; None when none does. All its lines have one depth."""
    words = lines[at][1]
    if not words or words.isspace():
        return None
    return _block(lines, at) or _divided(lines, at) or _sentence(lines, at) or _notes(lines, at)


# -- a block of labels -----------------------------------------------------------------------------------


def _block(lines: Sequence[Line], at: int) -> ReplyHeader | None:
    if ":" not in lines[at][1] and "：" not in lines[at][1]:
        return None
    first = _LABEL.match(lines[at][1])
    if first is None or first.lastgroup is None or first["sender"] is None:
        return None
    values, end = _labels(lines, at)
    if "sent" not in values or not ("to" in values or "subject" in values):
        return None
    return ReplyHeader(end, values["sender"].strip(" *_"), moments.read(values["sent"]), True)


def _labels(lines: Sequence[Line], at: int) -> tuple[dict[str, str], int]:
    """Read labels from ``at`` on; a line without one belongs to the label before it when another label follows."""
    depth = lines[at][0]
    values: dict[str, str] = {}
    end, name, held, blanks = at, "", "", 0
    for n in range(at, min(at + _SPAN, len(lines))):
        if lines[n][0] != depth:
            break
        words = lines[n][1]
        match = _LABEL.match(words)
        kind = _kind(match)
        if match and kind and kind not in values:
            if name and held and not blanks:
                values[name] += held
            name, held, blanks, end = kind, "", 0, n + 1
            values[kind] = match["value"]
        elif not words.strip():
            blanks += 1
            if blanks > 1 or held:
                break
        elif blanks:
            break
        else:
            held += " " + words.strip()
            if name == "sent" or (name == "subject" and len(held) > 300):
                break
    return values, end


def _kind(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    return next((k for k in ("sender", "sent", "to", "copy", "subject", "other") if match[k] is not None), "")


# -- a divider -------------------------------------------------------------------------------------------


def _divided(lines: Sequence[Line], at: int) -> ReplyHeader | None:
    words = lines[at][1]
    if len(words) > 200 or not (words.lstrip()[:1] in _RULES or "begin" in words.lower() or "anfang" in words.lower()):
        return None
    depth, end = lines[at][0], at + 1
    match = _DIVIDER.match(words)
    if match is None and not _BEGIN.match(words):
        if not _is_rule(words):
            return None
        inner = _block_after(lines, end, depth)
        return inner  # a bare line of underscores counts only above a block of labels
    author, moment = "", UNKNOWN
    rest = match["rest"].strip() if match else ""
    if rest.strip("-_=*~ "):
        while rest.count("-") < 5 and end < min(at + 3, len(lines)) and lines[end][1].strip():
            rest, end = f"{rest} {lines[end][1].strip()}", end + 1
        if told := _NOTES.match(rest.rstrip("-_=*~ ")):
            author, moment = told["name"], moments.read(told["date"])
    inner = _block_after(lines, end, depth) or _notes_after(lines, end, depth)
    return inner or ReplyHeader(end, author, moment, True)


def _is_rule(words: str) -> bool:
    bare = words.strip()
    return len(bare) >= 5 and not bare.strip("_-=*")


def _next(lines: Sequence[Line], at: int, depth: int) -> int:
    """The next line with words, at most three lines on and of the same depth; -1 when there is none."""
    for n in range(at, min(at + 4, len(lines))):
        if lines[n][0] != depth:
            return -1
        if lines[n][1].strip():
            return n
    return -1


def _block_after(lines: Sequence[Line], at: int, depth: int) -> ReplyHeader | None:
    start = _next(lines, at, depth)
    return _block(lines, start) if start >= 0 else None


def _notes_after(lines: Sequence[Line], at: int, depth: int) -> ReplyHeader | None:
    start = _next(lines, at, depth)
    return _notes(lines, start) if start >= 0 else None


# -- a sentence ------------------------------------------------------------------------------------------


def _sentence(lines: Sequence[Line], at: int) -> ReplyHeader | None:
    depth, first = lines[at]
    opens = _OPENS.match(first) is not None
    joined = ""
    for n in range(at, min(at + (_SENTENCE if opens else 2), len(lines))):
        if lines[n][0] != depth or not lines[n][1].strip():
            return None
        joined = f"{joined} {lines[n][1].strip()}"
        if len(joined) > 500:
            return None
        if joined[-1] in ":：" and _ENDS.search(joined):
            return _told(joined.strip(), n + 1)
    return None


def _told(sentence: str, end: int) -> ReplyHeader | None:
    verb = list(_VERB.finditer(sentence))[-1]
    before, after = sentence[: verb.start()], sentence[verb.end() :]
    moment = moments.read(before) or moments.read(after)
    author = _LEADING.sub("", before)
    if moment or _LEADING.match(before):
        # "On <date> at <time>, Ann Poe <ann@...>": the name comes after the time, or after the last comma.
        timed = list(_AFTER_TIME.finditer(author))
        author = author[timed[-1].end() :] if timed else author.rpartition(", ")[2]
    author = author.strip(" ,;:*_\"'") or after.strip(" ,;:")
    if not any(one.isalpha() for one in author) or len(author) > 200:
        author = ""
    return ReplyHeader(end, author, moment, bool(moment) or _ADDRESS.search(sentence) is not None)


# -- Lotus Notes -----------------------------------------------------------------------------------------


def _notes(lines: Sequence[Line], at: int) -> ReplyHeader | None:
    """Name and time over one to three lines, then ``To:`` and ``Subject:`` with nothing else between."""
    depth = lines[at][0]
    if not any(":" in words[:24] for _, words in lines[at + 1 : at + _NOTES_SPAN]):
        return None
    above = ""
    for n in range(at, min(at + _NOTES_SPAN, len(lines))):
        if lines[n][0] != depth or not (words := lines[n][1].strip()):
            return None
        match = _LABEL.match(words)
        if match and match["to"] is not None and n > at:
            return _notes_block(lines, n, above)
        if match or len(above) > 200:
            return None
        above = f"{above} {words}"
    return None


def _notes_block(lines: Sequence[Line], at: int, above: str) -> ReplyHeader | None:
    moment = moments.read(above)
    if not moment:
        return None
    values, end = _labels(lines, at)
    if "subject" not in values or "sender" in values:
        return None
    author = re.split(r"\s+(?:on\s+)?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", above.strip())[0]
    return ReplyHeader(end, author.strip(" \"'"), moment, True)
