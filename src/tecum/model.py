"""The nouns of the trade as plain values, and the closed lists they draw from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Disposition(StrEnum):
    """What became of an item; every item found ends with exactly one."""

    DOCUMENT = "document"
    CONTAINER = "container"
    EXCLUDED = "excluded"
    UNPROCESSABLE = "unprocessable"


class ExceptionCode(StrEnum):
    """Why an item could not be processed, or not completely. A code may also stand on a document."""

    ENCRYPTED = "ENCRYPTED"  # needs a password that is not known
    CORRUPT = "CORRUPT"  # damaged, or not what its first bytes promise
    UNSUPPORTED = "UNSUPPORTED"  # no reader for this kind
    EMPTY_FILE = "EMPTY_FILE"  # zero bytes
    EMPTY_TEXT = "EMPTY_TEXT"  # read without trouble, and no text in it (a scan, a picture)
    TEXTLESS_PAGES = "TEXTLESS_PAGES"  # some of its pages, named, have no usable text
    OCR_DOUBTFUL = "OCR_DOUBTFUL"  # text recognition read some of its pages, named, with low confidence
    PARTIAL = "PARTIAL"  # something inside could not be read; the rest was
    NOT_COLLECTED = "NOT_COLLECTED"  # only referred to: its bytes are kept elsewhere and were not handed over
    UNREADABLE = "UNREADABLE"  # the operating system refuses to give its bytes
    CHANGED = "CHANGED"  # it changed or vanished while being read
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"
    CRASH = "CRASH"
    LIMIT_DEPTH = "LIMIT_DEPTH"
    LIMIT_RATIO = "LIMIT_RATIO"
    LIMIT_COUNT = "LIMIT_COUNT"
    LIMIT_SIZE = "LIMIT_SIZE"
    LOW_AGREEMENT = "LOW_AGREEMENT"
    DATE_GUESSED = "DATE_GUESSED"  # no usable date header; another date stands in, named beside it
    GLYPH_MISSING = "GLYPH_MISSING"  # the shipped fonts lack a character, so the page is a slip sheet
    RENDER_FAILED = "RENDER_FAILED"  # no page could be made; native with a slip sheet instead


MAIL_KINDS: Final = frozenset({"eml", "msg"})  # kinds of item that are one mail, with a mail's fields and date
CHAT_KINDS: Final = frozenset({"slackday", "rsmf"})  # kinds that are a stretch of a conversation


class Severity(StrEnum):
    """How much a finding weighs: a stop keeps a volume from being sealed, a warning prints."""

    STOP = "stop"
    WARN = "warn"
    NOTE = "note"


class VolumeState(StrEnum):
    """The steps of a volume, each recorded in the ledger."""

    NUMBERED = "numbered"
    WRITTEN = "written"
    DRAFT = "DRAFT"  # sealed: bytes frozen, not released
    RELEASED = "released"


@dataclass(frozen=True)
class Finding:
    """One defect of a volume, in words that can stand in a letter.

    ``bates`` is the document's begin number ("" for the volume as a whole), ``path`` the file concerned
    relative to the volume, ``evidence`` what was seen, quoted and shortened.
    """

    code: str
    severity: Severity
    message: str
    bates: str = ""
    path: str = ""
    field: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Custodian:
    """A person or office whose files were collected."""

    key: str
    name: str
    role: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One numbered request of a demand, and the answering side's plan for it.

    ``answer`` is how it is to be answered (documents, narrative, admit or deny, certification), with ``oath`` sworn,
    and signed by somebody of one of the ranks in ``signers``.
    """

    number: str
    text: str
    start: dt.date | None = None
    end: dt.date | None = None
    custodians: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    everything: bool = False
    answer: str = "documents"
    oath: bool = False
    signers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counsel:
    """How lawyers are recognised: full names, addresses, and domains that are not the client's own."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReceivedDocument:
    """One row of a received volume's load file: what the sender says of a document, and where its files lie.

    Every path is relative to the volume's root, with ``/``, and was found to lie inside it. ``position`` is
    the row's place among all rows of the volume, from 0; ``above`` are the positions of the documents it is
    attached to, outermost first, and ``family_file`` is the load file in which the outermost stands.
    ``begin`` and ``end`` are Bates numbers as written ("" = none). ``fields`` has the names that readers
    emit, else the catalogue's in lower case; dates are ISO 8601, with offset when the volume names its zone.
    ``text`` is the text that stands in the row itself, ``texts`` the text files in reading order, ``others``
    what else the row names, such as images. ``repeats`` names an earlier load file of the volume that has a row
    for the same document. ``problems`` are (exception code, message).
    """

    load_file: str
    position: int
    family_file: str
    begin: str = ""
    end: str = ""
    above: tuple[int, ...] = ()
    fields: Mapping[str, str | list[str]] = field(default_factory=dict)
    text: str = ""
    texts: tuple[str, ...] = ()
    native: str = ""
    pdf: str = ""
    others: tuple[str, ...] = ()
    repeats: str = ""
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReceivedFile:
    """A file of a received volume that is no document of its own, and the rule that says so."""

    path: str
    rule: str
