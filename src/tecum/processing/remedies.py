"""What each exception code means, and what a person can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tecum.model import ExceptionCode


@dataclass(frozen=True)
class Remedy:
    """A code in words: ``meaning`` is what happened, ``action`` what to do; code and commands stand in backquotes."""

    meaning: str
    action: str

    @property
    def plain(self) -> str:
        """The action as a terminal or a report shows it, without the backquotes."""
        return self.action.replace("`", "")


_AGAIN: Final = "Raise the limit and run `tecum exceptions --retry`."
REMEDIES: Final[dict[str, Remedy]] = {
    ExceptionCode.ENCRYPTED: Remedy(
        "It needs a password that is not in the matter's list.",
        "Put the password into the file named by `[processing] passwords` and run `tecum exceptions --retry`.",
    ),
    ExceptionCode.CORRUPT: Remedy(
        "It is damaged, or is not what its first bytes promise.",
        "Ask the custodian for another copy, and collect it as well.",
    ),
    ExceptionCode.UNSUPPORTED: Remedy(
        "tecum has no reader for this kind of file, or lacks the program that the message names.",
        "Install what the message names and run `tecum exceptions --retry`; else look at the file by hand.",
    ),
    ExceptionCode.EMPTY_FILE: Remedy("The file has no bytes.", "Nothing; it is listed so that it is not missed."),
    ExceptionCode.EMPTY_TEXT: Remedy(
        "It was read without trouble and has no text, as a scan or a picture.",
        "Search terms cannot reach it: look at it by hand.",
    ),
    ExceptionCode.TEXTLESS_PAGES: Remedy(
        "Some of its pages, which the message names, have no usable text; the others have.",
        "Search terms cannot reach those pages: have their words recognised, or look at them by hand.",
    ),
    ExceptionCode.OCR_DOUBTFUL: Remedy(
        "Text recognition read some of its pages, which the message names, with low confidence.",
        "Search terms may miss words there: look at those pages by hand.",
    ),
    ExceptionCode.PARTIAL: Remedy(
        "Something inside it could not be read; the rest was.",
        "Read the message: it names the part. Look at that part by hand.",
    ),
    ExceptionCode.NOT_COLLECTED: Remedy(
        "It is only referred to: its bytes are kept elsewhere and were not handed over.",
        "Ask the custodian for it where it may answer a request, and collect it as well.",
    ),
    ExceptionCode.UNREADABLE: Remedy(
        "The operating system refused to give its bytes.",
        "Allow reading it and run `tecum exceptions --retry`.",
    ),
    ExceptionCode.CHANGED: Remedy(
        "It changed between being found and being read, or vanished.",
        "Stop whatever writes to the source; if it vanished, put it back and run `tecum exceptions --retry`.",
    ),
    ExceptionCode.TIMEOUT: Remedy(
        "Reading it took longer than `[processing] seconds` allows for its size, twice.", _AGAIN
    ),
    ExceptionCode.MEMORY: Remedy("Reading it needed more memory than `[processing] memory_mib` allows, twice.", _AGAIN),
    ExceptionCode.CRASH: Remedy(
        "The isolated process that read it died, and died again when it read it alone.",
        "Try `tecum exceptions --retry`; if it dies again, look at the file by hand and report the crash.",
    ),
    ExceptionCode.LIMIT_DEPTH: Remedy("It lies deeper inside other files than `[processing] depth` allows.", _AGAIN),
    ExceptionCode.LIMIT_RATIO: Remedy(
        "It expands beyond the budget of the file it lies in (`[processing] ratio` and `expand_mib`).",
        "Find out whether it is an attack; if not, raise the limits in a new matter.",
    ),
    ExceptionCode.LIMIT_COUNT: Remedy("It has more members than `[processing] members` allows.", _AGAIN),
    ExceptionCode.LIMIT_SIZE: Remedy(
        "It, or what it unpacks to, is larger than can be handled, or has too many pages to render.",
        "Look at it by hand; it goes out as its native file.",
    ),
    ExceptionCode.LOW_AGREEMENT: Remedy(
        "Two ways of reading its text disagree.",
        "Compare its text with the file: words may be missing that search terms would have found.",
    ),
    ExceptionCode.DATE_GUESSED: Remedy(
        "Its date is missing, unreadable, or names no time zone; the message says what was assumed.",
        "Check the date where a request's period depends on it.",
    ),
    ExceptionCode.GLYPH_MISSING: Remedy(
        "The shipped fonts lack a character, so its page is a slip sheet.",
        "Nothing is lost: it goes out as its native file behind the slip sheet.",
    ),
    ExceptionCode.RENDER_FAILED: Remedy(
        "No page could be made of it, so its page is a slip sheet.",
        "Nothing is lost: it goes out as its native file behind the slip sheet.",
    ),
}
