"""Excel workbooks of before 2007 (xls), also those of versions 2 to 5: every sheet, hidden ones too.

Follows [MS-XLS] by an own walk over its records, since what a library of values leaves out is what must not be lost:
comments, hidden rows and columns, text boxes, page headers, links, and numbers as their formats show them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import charset, olestore
from tecum.processing.readers.biff import BOF, Record, Strings, records, text_at, version
from tecum.processing.readers.compound import COMPOUND_FILE
from tecum.processing.readers.marks import marked
from tecum.processing.readers.sheetgrid import STATES, Formats, Sheet, emit_sheet
from tecum.processing.readers.xlssheet import SheetWalk

_EOF: Final = 0x0A
_NAME: Final = 0x8F  # of a sheet, before version 5
_MACRO_SHEET: Final = 1
_MODULE: Final = 6  # of macros; no sheet
_OBJECT: Final = re.compile(r"MBD[0-9A-F]{8}|LNK[0-9A-F]{8}", re.IGNORECASE)
_PATH_CODES: Final = str.maketrans({"\x01": "", "\x02": "", "\x03": "/", "\x04": "../", "\x05": "", "\x06": ""})
_PIVOTS: Final = "_SX_DB_CUR"
_PIVOT_STRING: Final = 0xCD


def read(item: Input, emit: Emit) -> None:
    """Emit every sheet with its name as a heading, cells by tab, rows by newline; then properties and members."""
    item.file.seek(0)
    compound = item.file.read(8) == COMPOUND_FILE
    item.file.seek(0)
    store = olestore.Store(item, emit) if compound else None
    stream = (store.stream("Workbook") or store.stream("Book")) if store is not None else item.file.read()
    workbook = _Workbook(stream, emit)
    has_text = False
    for sheet in workbook.sheets():
        has_text |= emit_sheet(sheet, emit, workbook.hidden)
    if store is not None:
        for line in _pivot_words(store, workbook):
            has_text = True
            emit.text(f"{line}\n")
    if not has_text:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the sheets hold no text")
    if workbook.outside:
        emit.field("external_links", list(dict.fromkeys(workbook.outside)))
        workbook.hidden.append("external links")
    if store is not None:
        store.properties()
        if store.has_macros():
            workbook.hidden.append("macros")
        for name in store.below():
            if _OBJECT.fullmatch(name):
                olestore.hand_over(emit, name, store.as_file(name))
    if workbook.hidden:
        emit.field("hidden", list(dict.fromkeys(workbook.hidden)))


def _pivot_words(store: olestore.Store, workbook: _Workbook) -> Iterator[str]:
    """Yield the words that pivot tables remember and no cell shows, as after their source was deleted."""
    known = set(workbook.strings)
    words: dict[str, None] = {}
    for name in sorted(store.streams(_PIVOTS)):  # named by the numbers of the tables' memories
        for record in records(store.stream(_PIVOTS, name)):
            if record.kind == _PIVOT_STRING:
                words[text_at(record.data, 0, version=8, codec="cp1252")] = None
    unseen = [word for word in words if word.strip() and word not in known]
    if unseen:
        workbook.hidden.append("pivot cache")
        yield marked("pivot cache", "\n".join(unseen))


class _Workbook:
    """The globals of a workbook, and its sheets one after the other."""

    def __init__(self, stream: bytes, emit: Emit) -> None:
        self._stream, self._emit = stream, emit
        first = next(records(stream), None)
        if first is None or first.kind not in BOF or len(first.data) < 4:
            raise Unreadable(ExceptionCode.CORRUPT, "not a workbook: its first record is none that begins one")
        self.version = version(first)
        self.codec = "cp1252"
        self.formats = Formats()
        self.strings: list[str] = []
        self.hidden: list[str] = []
        self.outside: list[str] = []
        self._listed: list[tuple[str, str, int]] = []  # sheets: name, state, place in the stream
        self._own_codes = 0
        self._marks: list[Record] = []  # ends of the streams of an old workbook, and names of its sheets
        self._globals: dict[int, Callable[[Record], None]] = {
            0x2F: self._locked,
            0x42: self._code_page,
            0x22: self._date_system,
            0x1E: self._format,
            0x41E: self._format,
            0x43: self._style,
            0x243: self._style,
            0x443: self._style,
            0xE0: self._style,
            0x85: self._bound_sheet,
            0xFC: self._shared_strings,
            0x1AE: self._other_workbook,
        }
        self._read_globals()

    def sheets(self) -> Iterator[Sheet]:
        """Yield the sheets in order. Before version 5 the stream is one sheet, or sheets one after the other."""
        for name, state, start in self._listed:
            sheet = Sheet(name, state)
            SheetWalk(self, sheet).run(records(self._stream, start))
            yield sheet
        if self.version < 5:
            yield from self._loose_sheets()

    def text(self, data: bytes, at: int, *, short: bool = False) -> str:
        """Return a string of this workbook's version inside a record."""
        return text_at(data, at, version=self.version, codec=self.codec, short=short)

    def _handle(self, record: Record) -> None:
        """Take what a record says of the whole workbook; one that is cut short is told and passed over."""
        try:
            self._globals[record.kind](record)
        except (struct.error, IndexError) as error:
            self.damaged(record, error)

    def damaged(self, record: Record, error: Exception) -> None:
        """Tell that a record is not as it should be."""
        self._emit.problem(ExceptionCode.PARTIAL, f"a record of kind {record.kind:#06x} is damaged: {error}")

    def _read_globals(self) -> None:
        depth = 0
        for record in records(self._stream):
            kind = record.kind
            if kind in BOF or kind == _EOF:
                depth += -1 if kind == _EOF else 1
                if depth == 0 and self.version >= 5:
                    return
                self._marks.append(record)
            elif kind == _NAME:
                self._marks.append(record)
            elif kind in self._globals:
                self._handle(record)

    def _loose_sheets(self) -> Iterator[Sheet]:
        names = [self.text(r.data, 4, short=True) for r in self._marks if r.kind == _NAME and len(r.data) > 4]
        starts = [r.start for r in self._marks if r.kind in BOF and r.data[2:4] != b"\x00\x01"]
        for number, start in enumerate(starts):
            sheet = Sheet(names[number] if number < len(names) else f"Sheet{number + 1}")
            SheetWalk(self, sheet).run(records(self._stream, start))
            yield sheet

    # -- what the globals say ----------------------------------------------------------------------------

    def _locked(self, _record: Record) -> None:
        raise Unreadable(ExceptionCode.ENCRYPTED, "the workbook needs a password")

    def _code_page(self, record: Record) -> None:
        (page,) = struct.unpack_from("<H", record.data)
        special = {1200: "cp1252", 32768: "mac_roman", 10000: "mac_roman", 32769: "cp1252"}
        self.codec = special.get(page) or charset.codec_named(f"cp{page}") or "cp1252"

    def _date_system(self, record: Record) -> None:
        self.formats.since_1904 = record.data[:1] == b"\1"

    def _format(self, record: Record) -> None:
        if self.version >= 5:
            (number,) = struct.unpack_from("<H", record.data)
            self.formats.codes[number] = self.text(record.data, 2, short=self.version == 5)
        else:  # numbered by their order
            self.formats.codes[self._own_codes] = self.text(record.data, 2 if self.version == 4 else 0, short=True)
            self._own_codes += 1

    def _style(self, record: Record) -> None:
        if self.version >= 5:
            number = struct.unpack_from("<H", record.data, 2)[0]
        else:
            number = record.data[2] & 0x3F if self.version == 2 else record.data[1]
        self.formats.styles.append(number)

    def _bound_sheet(self, record: Record) -> None:
        start, state, kind = struct.unpack_from("<IBB", record.data)
        if kind == _MODULE:
            return
        if kind == _MACRO_SHEET:
            self.hidden.append("macros")
        self._listed.append((self.text(record.data, 6, short=True), STATES[min(state & 3, 2)], start))

    def _shared_strings(self, record: Record) -> None:
        (count,) = struct.unpack_from("<I", record.data, 4)
        strings = Strings((record.data, *record.more), 8)
        for _ in range(count):
            self.strings.append(strings.next())

    def _other_workbook(self, record: Record) -> None:
        if len(record.data) > 4 and record.data[2:4] not in (b"\x01\x04", b"\x01\x3a"):
            path = self.text(record.data, 2)
            if path.startswith("\x01"):
                self.outside.append(f"workbook: {path.translate(_PATH_CODES)}")


READER: Final = Reader("xls", "2", frozenset({"xls"}), read, library="olefile")
