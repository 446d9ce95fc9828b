"""Header values of mail: encoded words, addresses, parameters and dates, as senders really write them.

Follows RFC 5322, RFC 2047 (encoded words) and RFC 2231 (parameters), read tolerantly: what breaks a rule is
kept as written, never dropped.
"""

from __future__ import annotations

import binascii
import datetime as dt
import itertools
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_to_bytes

from tecum.processing.readers import charset

_FOLD: Final = re.compile(r"\r?\n[ \t]*")
_WORD: Final = re.compile(  # a "?" within the words is against the rule, and met
    r"=\?([^?*\s]*)(?:\*[^?]*)?\?([bBqQ])\?([^?]*(?:(?<!=)\?(?!=)[^?]*){0,8})\?="
)
_ADDRESS_TOKEN: Final = re.compile(
    r'"((?:[^"\\]|\\.){0,500})"'  # 1 a quoted name; bounded, so that a hostile header costs no square
    r"|<([^<>]*)>"  # 2 an address in brackets
    r"|\(((?:[^()\\]|\\.|\([^()]{0,200}\)){0,500})\)"  # 3 a comment, often the name
    r"|([,;])"  # 4 the end of one address
    r'|([^",;<(]+|.)',  # 5 anything else
    re.DOTALL,
)
_PLAIN: Final = r"[^\s\"'<>(),;:?@\\]+@[^\s\"'<>(),;:?@\\]+"
_PLAIN_LIST: Final = re.compile(f"{_PLAIN}(?: *, *{_PLAIN})*")  # addresses alone: most lists of most mail
_GROUP: Final = re.compile(r"^[^@:]*:\s*")
_ARCHIVED: Final = re.compile(r"^(\S+) at (\S+\.\S+)$")
_WRAPPED: Final = re.compile(r"^(['\"])(.*)\1$")
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))')
_ESCAPE: Final = re.compile(r'\\(["\\])')


def unfold(value: str) -> str:
    """Join a folded header's lines."""
    return _FOLD.sub(" ", value).strip() if "\n" in value else value.strip()


def decode_words(value: str) -> str:
    """Return an unfolded header's text with its encoded words decoded; what cannot be decoded stays.

    Words that were encoded twice, by a gateway that knew no better, are decoded twice.
    """
    once = _decoded_once(value)
    return _decoded_once(once) if once != value and "=?" in once else once


def _decoded_once(value: str) -> str:
    if "=?" not in value:
        return value
    out: list[str] = []
    held: list[bytes] = []  # neighbours of one charset, for a letter may be split between them
    held_set, end = "", 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        word_set = match[1].lower()
        content = _word_bytes(match[2], match[3])
        if held and (between.strip() or word_set != held_set or content is None):
            out.append(charset.decode(b"".join(held), held_set)[0])
            held.clear()
            out.append(between if between.strip() else "")
        elif not held:
            out.append(between)
        if content is None:
            out.append(match[0])
        else:
            held.append(content)
            held_set = word_set
        end = match.end()
    if held:
        out.append(charset.decode(b"".join(held), held_set)[0])
    return "".join(out) + value[end:]


def _word_bytes(encoding: str, payload: str) -> bytes | None:
    raw = payload.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw.rstrip(b"=") + b"==")
    except binascii.Error:
        return None


def text(value: str) -> str:
    """Return a header's text: unfolded, decoded, without control characters."""
    if not value:
        return ""
    return decode_words(unfold(value)).replace("\0", "").replace("\n", " ").strip()


def addresses(value: str) -> list[str]:
    """Return a header's addresses as ``Name <address>``, ``address`` or, without an address, ``Name``.

    Encoded names are decoded after the list is taken apart, so that a comma in one splits nothing; a name
    like ``Doe, Jane <address>`` that somebody forgot to quote is put together again. Archived lists write
    "name at host.org": that becomes an address.
    """
    line = unfold(value)
    if _PLAIN_LIST.fullmatch(line):
        return line.replace(" ", "").split(",")
    entries = [_Entry()]
    for match in _ADDRESS_TOKEN.finditer(line):
        quoted, angle, remark, stop, other = match.groups()
        entry = entries[-1]
        if stop:
            entry.stop = stop
            entries.append(_Entry())
        elif quoted is not None:
            entry.name.append(_ESCAPE.sub(r"\1", quoted))
        elif angle is not None:
            if entry.mailbox and angle:
                entry.name.append(entry.mailbox)
            entry.mailbox = angle or entry.mailbox
        elif remark is not None:
            entry.comments.append(remark)
        else:
            if not entry.name and ":" in other and not other.lower().startswith("mailto:"):
                other = _without_group(other, match.end() < len(match.string))
            entry.name.append(other)
    for entry, following in itertools.pairwise(entries):
        if entry.is_family_name() and (following.mailbox or following.comments):
            following.name.insert(0, f"{''.join(entry.name).strip()}, ")
            entry.name = []
    return [shown for entry in entries if (shown := entry.shown())]


@dataclass
class _Entry:
    """One address being read."""

    name: list[str] = field(default_factory=list)
    mailbox: str = ""
    comments: list[str] = field(default_factory=list)
    stop: str = ""

    def is_family_name(self) -> bool:
        """Tell whether it is one word, without an address, before a comma."""
        words = "".join(self.name).split()
        return self.stop == "," and not self.mailbox and not self.comments and len(words) == 1 and "@" not in words[0]

    def shown(self) -> str:
        """Return the address as this program writes it."""
        words = " ".join("".join(self.name).split())
        mailbox = self.mailbox.strip()
        if "@" in mailbox:
            mailbox = "".join(mailbox.split()).removeprefix("mailto:")
        if not mailbox:
            mailbox = next((one.strip() for one in self.comments if "@" in one and " " not in one.strip()), "")
            self.comments = [one for one in self.comments if one.strip() != mailbox]
        remark = " ".join(decode_words(" ".join(self.comments)).split())
        if not mailbox and (archived := _ARCHIVED.match(words)):
            words, mailbox = "", f"{archived[1]}@{archived[2]}"
        elif not mailbox and "@" in words and " " not in words:
            words, mailbox = "", words.removeprefix("mailto:")
        name = _WRAPPED.sub(r"\2", " ".join(decode_words(words).split()))
        name = f"{name} ({remark})" if name and remark else name or remark
        if not mailbox or not name or name.lower() == mailbox.lower():
            return mailbox or name
        return f"{name} <{mailbox}>"


def _without_group(text: str, more: bool) -> str:
    """Drop the name of a group before its members; keep it where the group is empty."""
    members = _GROUP.sub("", text)
    return members if members.strip() or (more and "undisclosed" not in text.lower()) else text


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return a header's main value in lower case and its parameters, continued and encoded ones joined."""
    line = unfold(value)
    main, _, _ = line.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(line):
        key = match[1].lower()
        content = _ESCAPE.sub(r"\1", match[2]) if match[2] is not None else match[3].strip()
        base, star, number = key.partition("*")
        if not star:
            plain.setdefault(key, decode_words(content))
            continue
        encoded = number.endswith("*") or not number
        digits = number.rstrip("*")
        order = int(digits) if digits.isdecimal() and len(digits) < 5 else 0
        pieces.setdefault(base, []).append((order, encoded, content))
    return main.strip().lower(), plain | {base: _joined(parts) for base, parts in pieces.items()}


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """Join the pieces of an RFC 2231 parameter."""
    parts.sort(key=lambda part: part[0])
    declared, raw = "", b""
    for index, (_, encoded, content) in enumerate(parts):
        if encoded and index == 0 and content.count("'") >= 2:
            declared, _, content = content.split("'", 2)
        raw += unquote_to_bytes(content) if encoded else content.encode("utf-8", "surrogateescape")
    return charset.decode(raw, declared)[0]


def date(value: str) -> str:
    """Return a date header as ISO 8601, naive when its zone is missing or "-0000"; "" when it is no date."""
    line = unfold(value)
    if not line:
        return ""
    for parse in (parsedate_to_datetime, dt.datetime.fromisoformat):
        try:
            return parse(line).isoformat()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return ""


def received_date(value: str) -> str:
    """Return the time of a Received header, after its last semicolon; "" when there is none."""
    return date(value.rpartition(";")[2])


def unescaped(content_id: str) -> str:
    """Return a Content-ID as its header writes it, from the way a ``cid:`` link does."""
    return unquote_to_bytes(content_id).decode("utf-8", "replace")
