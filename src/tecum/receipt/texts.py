"""Rules about text files: empty, another document's, wrong code page, no page breaks (T01 to T04)."""

from __future__ import annotations

import codecs
import re
from array import array
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from tecum.loadfile.dialect import shorten
from tecum.receipt.documents import Documents
from tecum.receipt.inspection import Inspector
from tecum.receipt.report import LISTED, CheckResult
from tecum.receipt.rows import Record
from tecum.receipt.volume import Volume

CHUNK = 1 << 20

# Pairs that UTF-8 letters turn into when read as cp1252 and written again; and the sign of lost letters.
_GARBLED = re.compile(
    "\u00c3[\u0080-\u00bf\u0192\u2018-\u2026\u2030\u0160\u0152\u017d\u201a]"
    "|\u00e2\u20ac[\u0153\u2122\u0152\u02dc\u201c\u201d\u00a2\u00a6\u009d]"
    "|\u00c2[\u00a0-\u00bf]|\ufffd"
)
_GARBLED_SIGNS = 2  # one alone may be quoted on purpose


@dataclass
class TextFacts:
    """What is in a text file."""

    empty: bool = True
    breaks: int = 0
    ascii: bool = True
    utf8: bool = True
    garbled: int = 0


def read_text_facts(volume: Volume, path: str) -> TextFacts:
    """Read a text file as a stream: UTF-8, UTF-16 with a byte order mark, else cp1252."""
    with volume.open(path) as file:
        head = file.read(2)
    if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _facts(volume, path, "utf-16", "replace")
    try:
        return _facts(volume, path, "utf-8", "strict")
    except UnicodeDecodeError:
        facts = _facts(volume, path, "cp1252", "replace")
        facts.utf8 = False
        return facts


def _facts(volume: Volume, path: str, encoding: str, errors: str) -> TextFacts:
    facts = TextFacts()
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with volume.open(path) as file:
        while chunk := file.read(CHUNK):
            _look(facts, decoder.decode(chunk))
    _look(facts, decoder.decode(b"", True))
    return facts


def _look(facts: TextFacts, text: str) -> None:
    facts.empty = facts.empty and not text.lstrip("\ufeff").strip()
    facts.breaks += text.count("\f")
    facts.ascii = facts.ascii and text.isascii()
    if not facts.ascii:
        facts.garbled += len(_GARBLED.findall(text))


class TextRules:
    """Looks at each text, and at the end judges what only the volume as a whole can tell.

    ``empty`` (number -> path) are texts with nothing in them whose pages are still to be looked at.
    """

    def __init__(self, volume: Volume, inspector: Inspector, documents: Documents, report: CheckResult) -> None:
        self.volume = volume
        self.inspector = inspector
        self.documents = documents
        self.report = report
        self.utf8_expected = False  # our own profiles promise it
        self.load_file = ""
        self.empty: dict[str, str] = {}
        self._foreign: list[tuple[str, str]] = []
        self._utf8 = 0
        self._whole = 0
        self._breakless: list[tuple[str, str]] = []
        self._stems, self._rows = array("q"), array("q")

    def text(self, record: Record, path: str) -> None:
        """Look at the text file of one row."""
        bates = record.get("BEGBATES")
        self.report.examine("T02", "T03")
        facts = read_text_facts(self.volume, path)
        if facts.empty:
            self._look_at_pdf(record, path)
        self._code_page(facts, bates, path)
        pages = record.get("PGCOUNT")
        if not facts.empty and pages.isascii() and pages.isdigit() and int(pages[:9]) > 1:
            if facts.breaks >= int(pages[:9]) - 1:
                self._whole += 1
            elif len(self._breakless) < LISTED:
                self._breakless.append((bates, path))
        stem = PurePosixPath(path).stem
        if stem != bates:
            self._stems.append(hash(stem))
            self._rows.append(len(self.documents) - 1)

    def _look_at_pdf(self, record: Record, path: str) -> None:
        bates = record.get("BEGBATES")
        pdf = self.volume.locate(record.get("PDFLINK"), self.load_file) if record.get("PDFLINK") else None
        if pdf is None or pdf.problem:
            if len(self.empty) < LISTED:
                self.empty[bates] = path
            return
        facts = self.inspector.pdf(self.volume.root / pdf.path, marks=True)
        if facts is not None and not facts.problem:
            self.report.examine("T01")
            if facts.marked:
                self.found_marks(bates, path)

    def found_marks(self, bates: str, path: str) -> None:
        """Report a text that is empty although its page is not."""
        said = "The text is empty though the page carries text or ink."
        self.report.add("T01", said, bates=shorten(bates), path=path, field="TEXTLINK")

    def _code_page(self, facts: TextFacts, bates: str, path: str) -> None:
        if facts.garbled >= _GARBLED_SIGNS:
            said = "The text was read in a wrong code page before it was written."
            self.report.add("T03", said, bates=shorten(bates), path=path, field="TEXTLINK")
        elif not facts.utf8:
            if len(self._foreign) < LISTED:
                self._foreign.append((bates, path))
        elif not facts.ascii:
            self._utf8 += 1

    def finish(self) -> None:
        """Judge code pages, page breaks and names over the whole volume."""
        if self._foreign and (self.utf8_expected or self._utf8):
            for bates, path in self._foreign:
                self.report.add("T03", "The text is not UTF-8.", bates=shorten(bates), path=path, field="TEXTLINK")
        elif self._foreign:
            self.report.assume(f"{len(self._foreign)} texts are not UTF-8 and are read as cp1252")
        if self._whole:
            self.report.examine("T04")
        if self._whole > len(self._breakless):
            for bates, path in self._breakless:
                said = "The text has fewer page breaks than pages; other texts of the volume have them."
                self.report.add("T04", said, bates=shorten(bates), path=path, field="TEXTLINK")
        self._names()

    def _names(self) -> None:
        if not self._stems:
            return
        begin = self.documents.begin
        known = {hash(self.documents.text(code)): int(code) for code in begin if code}
        for stem, row in zip(self._stems, self._rows, strict=True):
            code = known.get(stem)
            if code is not None and code != begin[row]:
                bates, other = self.documents.text(begin[row]), self.documents.text(code)
                said = f"The text file is named for {other}."
                self.report.add("T02", said, bates=bates, field="TEXTLINK", evidence=other)


class Twins:
    """Compares the hashes of redacted rows with those of the others (R03)."""

    KEYS = ("MD5HASH", "SHA1", "SHA256", "MIH")

    def __init__(self) -> None:
        self._redacted: dict[int, str] = {}
        self._hashes, self._rows = array("q"), array("q")

    def add(self, record: Record, row: int, *, redacted: bool) -> None:
        """Remember one row's hashes."""
        for key in self.KEYS:
            if value := record.get(key):
                digest = hash((key, value.casefold()))
                if redacted:
                    self._redacted[digest] = record.get("BEGBATES")
                else:
                    self._hashes.append(digest)
                    self._rows.append(row)

    def finish(self, documents: Documents, report: CheckResult) -> None:
        """Report every unredacted row that has the hash of a redacted one, once."""
        if not self._redacted:
            return
        report.examine("R03")
        report.reasons["R03"] = "in part: equal hashes were compared, near-duplicates were not"
        hashes = np.frombuffer(self._hashes.tobytes(), dtype=np.int64)
        seen: set[int] = set()
        for place in np.flatnonzero(np.isin(hashes, list(self._redacted))):
            row = self._rows[place]
            if row not in seen:
                seen.add(row)
                twin = self._redacted[int(hashes[place])]
                said = f"It has the hash of {shorten(twin)}, which is redacted."
                report.add("R03", said, bates=documents.text(documents.begin[row]), evidence=shorten(twin))
