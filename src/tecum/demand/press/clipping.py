"""A saved page or article as evidence: its main text, what was set aside and why, its outlet, date and author."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tecum.demand.press.furniture import Paragraph, Part, sort_out
from tecum.demand.replies.days import dates_in
from tecum.hooks import Unreadable

if TYPE_CHECKING:
    from tecum.engine.sandbox import Sandbox

_TASK: Final = "tecum.demand.press.page:page_task"
_VALUE = 500  # characters of a title or a name that are kept
_ADDRESS = 2000
_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*\n")
_WEB: Final = re.compile(r"https?://[\w.-]+(?::\d+)?(?:[/?#][^\s<>\"]*)?")
_BYLINE: Final = re.compile(r"^(?:Written |Story )?[Bb][Yy]:? (?P<name>[^|•·]{2,80}?)(?:\s*[|•·].*|,.*)?$")


@dataclass(frozen=True)
class Clipping:
    """A page or an article. Empty values are not known; ``date`` is ISO 8601.

    ``paragraphs`` holds everything that was found, in order. ``told`` says for each value that is known where it comes
    from, as (name of the value, place), and ``sha256`` is that of the source's bytes.
    """

    outlet: str
    title: str
    date: str
    author: str
    url: str
    paragraphs: tuple[Part, ...]
    sha256: str = ""
    told: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The main text: its paragraphs with a blank line between."""
        return "\n\n".join(one.text for one in self.paragraphs if one.role == "text")


def from_text(text: str, *, outlet: str = "", date: str = "", sha256: str = "") -> Clipping:
    """Return an article that was saved as text.

    Paragraphs are parted by blank lines, or by line ends when there is no blank line. An author or a date is taken from
    a line that says nothing else, and ``told`` says so; ``outlet`` and ``date`` are what the caller knows.
    """
    parts = sort_out([Paragraph(one) for one in paragraphs_of(text)])
    told = {name: "given" for name, value in (("outlet", outlet), ("date", date)) if value}
    title = next((one.text for one in parts if one.role == "headline"), "")
    if title:
        told["title"] = "the first paragraph"
    author = next((_name(one.text) for one in parts if one.rule == "byline"), "")
    if author:
        told["author"] = "a byline"
    if not date and (date := next((_day(one.text) for one in parts if one.rule == "date line"), "")):
        told["date"] = "a line that says when it was published"
    return Clipping(outlet, title, date, author, "", parts, sha256, tuple(told.items()))


def from_page(data: bytes | Path, sandbox: Sandbox) -> Clipping:
    """Return a saved web page (HTML). It is read in the sandbox, without network.

    Raises:
        Unreadable: when the page cannot be read; ``code`` is an exception code as for any item.
        SandboxFailed: when no isolated process can be started.
        OSError: when the file cannot be opened.
    """
    values: dict[str, str] = {}
    told: dict[str, str] = {}
    found: list[Paragraph] = []

    def take(untrusted: dict[str, Any], _: bytes) -> None:
        for row in [*untrusted.get("values", ()), *untrusted.get("paragraphs", ())]:
            match row:
                case [str(name), str(value), str(place)]:
                    values[name], told[name] = value, place[:_VALUE]
                case [str(text), bool(inside), bool(listed)]:
                    found.append(Paragraph(_clean(text), inside, listed))
                case _:
                    raise Unreadable("CRASH", "the process that read the page sent what cannot be")

    outcome = sandbox.run(_TASK, data, {}, take)
    if not outcome.ok:
        raise Unreadable(outcome.code, f"the page could not be read: {outcome.message}")
    outlet, title, author = (_clean(values.get(name, ""))[:_VALUE] for name in ("outlet", "title", "author"))
    url = _url(values.get("url", ""))
    date = _iso(values.get("date", ""))
    known = {"outlet": outlet, "title": title, "date": date, "author": author, "url": url}
    places = tuple((name, place) for name, place in told.items() if known.get(name) or name == "text")
    parts = sort_out([one for one in found if one.text], title)
    return Clipping(outlet, title, date, author, url, parts, _sha256(data), places)


def paragraphs_of(text: str) -> list[str]:
    """Part a text into paragraphs, each on one line.

    In a text with blank lines a single line end is a wrapped line, unless the line by itself is furniture (a caption or
    a link that ran into the text).
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not _BLANK_LINE.search(plain.strip()):
        return [clean for line in plain.split("\n") if (clean := _clean(line))]
    found: list[str] = []
    for block in _BLANK_LINE.split(plain):
        lines = [clean for line in block.split("\n") if (clean := _clean(line))]
        held: list[str] = []
        for line in lines:
            if len(lines) > 1 and sort_out([Paragraph(line)])[0].role == "furniture":
                found += [" ".join(held)] if held else []
                found.append(line)
                held = []
            else:
                held.append(line)
        found += [" ".join(held)] if held else []
    return found


def _clean(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(one if one.isprintable() or one.isspace() else " " for one in text).split())


def _name(line: str) -> str:
    found = _BYLINE.match(line)
    return found["name"].strip() if found else ""


def _day(line: str) -> str:
    """The date of a line that holds one date with its year, else empty: which of two was meant is not guessed."""
    days = {one.day for one in dates_in(line, None)}
    only = days.pop() if len(days) == 1 else None
    return only.isoformat() if only else ""


def _iso(value: str) -> str:
    try:
        return dt.date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return ""


def _url(value: str) -> str:
    """An address of the web; anything else that a page may claim (a script, a file) is dropped."""
    plain = value.strip()
    return plain if len(plain) <= _ADDRESS and plain.isprintable() and _WEB.fullmatch(plain) else ""


def _sha256(data: bytes | Path) -> str:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
