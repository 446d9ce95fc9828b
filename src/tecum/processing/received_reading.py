"""One batch of a received volume's documents and files: plain values in, rows out, in any process.

A document's bytes are those of its native alone. Its PDF and its text are files of the sender's making: two
documents behind one and the same slip sheet are not copies of each other.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tecum.engine.blobs import BlobRef, BlobWriter
from tecum.errors import SourceMissing
from tecum.loadfile.dialect import shorten, sniff_encoding
from tecum.model import ExceptionCode, ReceivedDocument, ReceivedFile
from tecum.processing.collect import modified, opened
from tecum.processing.extract import Bench
from tecum.processing.itemreading import NativeReading, SourceFails, shown_name
from tecum.processing.itemtext import CAP, ItemText
from tecum.processing.received_rows import READER, Kept, Taking, document_row, exceptions_of, loose_row, plain
from tecum.processing.rows import Options, Rows, Work

_ROWS = 400  # in one transaction
_COPY = 1 << 20
_KEPT = 20_000  # files whose place among the blobs a worker remembers
_READ = 2_000  # natives of which it remembers what the reader said, unless that is longer than this:
_SHORT = 1 << 14
_ESCAPED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class _Text:
    """A text that was read: the item's columns, its blobs, and whether there is a letter in it."""

    columns: dict[str, Any]
    blobs: list[BlobRef]
    letters: bool


class TakingBench(Bench):
    """What a worker keeps; a file that many rows name is copied and read once."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.kept: dict[tuple[str, str], Kept] = {}
        self.native: dict[str, tuple[dict[str, Any], Rows, int]] = {}


def take(bench: TakingBench, batch: list[Taking]) -> Iterator[Rows]:
    """Take a batch in; yields rows as soon as there are enough for a transaction (the function that workers run)."""
    rows = Rows()
    for work in batch:
        if isinstance(work.what, ReceivedFile):
            _keep(bench, work, work.what.path, work.what.rule, rows)
        else:
            _Document(bench, work, work.what, rows).take()
        if len(rows) >= _ROWS:
            yield bench.durable(rows)
            rows = Rows()
    yield bench.durable(rows)


def _keep(bench: TakingBench, work: Taking, path: str, rule: str, rows: Rows) -> Kept | None:
    """Copy a file into the blobs and enter it as a loose file that is set aside; None when it cannot be read.

    What cannot be read is not entered here: the walk over the volume finds it and says so.
    """
    kept = bench.kept.get((work.root, path))
    if kept is None:
        try:
            kept = copy_file(bench.writer, work.root, path)
        except SourceFails:
            if not Path(work.root).exists():
                raise SourceMissing(f"{work.root} vanished while it was being read", path=work.root) from None
            return None
        if len(bench.kept) >= _KEPT:
            bench.kept.clear()
        bench.kept[work.root, path] = kept
    rows.blobs.append(kept.ref)
    rows.members.append(loose_row(work.source, path, kept, rule))
    return kept


def copy_file(writer: BlobWriter, root: str, path: str) -> Kept:
    """Copy a file of the volume into the blobs.

    Raises:
        SourceFails: when the system does not give its bytes.
    """
    place = os.path.join(os.fsencode(root), os.fsencode(path))  # noqa: PTH118 - bytes
    changed = ""
    with writer.stream() as stream:
        for status, piece in _pieces(place):
            changed = modified(status)
            stream.write(piece)
    return Kept(stream.ref, stream.md5, changed)


def _pieces(place: bytes) -> Iterator[tuple[os.stat_result, bytes]]:
    """Yield a file's status with its bytes, at least once. Its own troubles are raised apart from our disk's."""
    try:
        with open(place, "rb", opener=opened) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError("it is not a regular file")
            yield status, file.read(_COPY)
            while piece := file.read(_COPY):
                yield status, piece
    except OSError as error:
        raise SourceFails(error) from error


class _Document:
    """The taking in of one row."""

    def __init__(self, bench: TakingBench, work: Taking, document: ReceivedDocument, rows: Rows) -> None:
        self.bench = bench
        self.work = work
        self.document = document
        self.rows = rows
        self.problems: dict[str, list[str]] = {}
        self.said: dict[str, Any] = {}  # what the native's reader found, where the row is silent
        self.tool = ""

    def take(self) -> None:
        """Add the document, its files and its exceptions to the rows."""
        document = self.document
        if document.repeats:
            rule = f"repeats the row of {shorten(document.begin)} in {plain(document.repeats)}"
            self.rows.members.append(document_row(self.work, document, rule=rule))
            return
        for code, message in document.problems:
            self._problem(code, message)
        kept = {path: self._keep(path) for path in self._paths()}
        text = self._given_text(kept)
        if not text.letters:
            text = self._read_text(kept, text)
        if not text.letters:
            self._problem(ExceptionCode.EMPTY_TEXT, "no text is in the volume for it, so it is not searched")
            text = _Text({}, [], letters=False)  # blanks alone would count as searched
        self.rows.blobs += text.blobs
        row = document_row(self.work, document, said=self.said, problem=self._problem)
        row |= text.columns
        if native := kept.get(document.native):
            row |= {"sha256": native.ref.hash, "md5": native.md5, "size": native.ref.size}
        row["reader"] = f"{READER}; {self.tool}" if self.tool else READER
        self.rows.members.append(row)
        self.rows.exceptions += exceptions_of(row["key"], self.problems, row["reader"])

    def _problem(self, code: str, message: str) -> None:
        self.problems.setdefault(str(code), []).append(message)

    def _paths(self) -> list[str]:
        document = self.document
        return list(dict.fromkeys(filter(None, (document.native, document.pdf, *document.texts, *document.others))))

    def _keep(self, path: str) -> Kept | None:
        document = self.document
        of = shorten(document.begin) or f"row {document.position + 1}"
        rule = f"part of document {of}, read through the load file {plain(document.load_file)}"
        kept = _keep(self.bench, self.work, path, rule, self.rows)
        if kept is None:
            self._problem(ExceptionCode.PARTIAL, f"its file {plain(path)} cannot be read")
        return kept

    # -- text ------------------------------------------------------------------------------------------------

    def _given_text(self, kept: dict[str, Kept | None]) -> _Text:
        """The text that the row carries, or that of its text files with a form feed between them."""
        text = ItemText(self.bench.writer)
        if self.document.text:
            pieces: Iterator[str] = iter([self.document.text])
        else:
            pieces = self._decoded([one for path in self.document.texts if (one := kept.get(path))])
        for piece in pieces:
            if not text.add(piece.encode("utf-8", "replace")):
                self._problem(ExceptionCode.PARTIAL, f"text beyond {CAP >> 20} MiB was left out")
                break
        columns, blobs = text.close()
        return _Text(columns, blobs, text.has_letters)

    def _decoded(self, files: list[Kept]) -> Iterator[str]:
        for number, kept in enumerate(files):
            if number:
                yield "\f"
            self.bench.writer.flush()
            held = self.bench.blobs.open(kept.ref)
            with io.BytesIO(held) if isinstance(held, bytes) else held.open("rb") as file:
                encoding, _ = sniff_encoding(file)
                damaged = False
                for piece, bad in _decode(file, encoding):
                    damaged = damaged or bad
                    yield piece
            if damaged:
                said = f"its text file holds bytes that are not {encoding}; they were replaced"
                self._problem(ExceptionCode.PARTIAL, said)

    def _read_text(self, kept: dict[str, Kept | None], given: _Text) -> _Text:
        """Have the native read in the sandbox, and if there is no text in it, the PDF."""
        for path in (self.document.native, self.document.pdf):
            file = kept.get(path)
            if file is None or file.ref.size == 0:
                continue
            row, found, inside = self._reading(path, file)
            for one in found.exceptions:
                if one["code"] != ExceptionCode.EMPTY_TEXT:
                    self._problem(one["code"], f"{plain(path)}: {one['message']}")
            if inside:
                said = f"{inside} files inside {plain(path)} were not read: each should have a row of its own"
                self._problem(ExceptionCode.PARTIAL, said)
            if path == self.document.native:
                self.said = json.loads(row.get("fields", "{}"))
            if row.get("body_hash"):
                self.tool = row["reader"]
                columns = {name: row[name] for name in ("text", "text_size", "body_hash")}
                return _Text(columns, found.blobs, letters=True)
        return given

    def _reading(self, path: str, kept: Kept) -> tuple[dict[str, Any], Rows, int]:
        """What the ordinary reader says of a file, remembered for rows that name it again."""
        known = self.bench.native.get(kept.ref.hash)
        if known is None:
            options = self.bench.options
            budget = max(options.expand, options.ratio * kept.ref.size)
            name = shown_name(path.rpartition("/")[2])
            work = Work(
                self.work.key, self.work.source, 1, self.work.sort, name, name, kept.ref.size, kept.modified,
                {}, budget, blob=kept.ref,
            )  # fmt: skip
            reading = NativeReading(self.bench, work, Rows())
            for _ in reading.run():
                pass
            for waiting, converted in self.bench.convert([reading] if reading.target else []):
                for _ in waiting.resume(converted):
                    pass
            known = (reading.row, reading.rows, reading.inside)
            if len(self.bench.native) >= _READ:
                self.bench.native.clear()
            if len(reading.row.get("fields", "")) <= _SHORT:
                self.bench.native[kept.ref.hash] = known
        return known


def _decode(file: BinaryIO, encoding: str) -> Iterator[tuple[str, bool]]:
    """Yield (text, whether bytes had to be replaced) of a text file, piece by piece."""
    wide = encoding.startswith("utf-16")
    decoder = codecs.getincrementaldecoder(encoding)("replace" if wide else "surrogateescape")
    file.seek(0)
    first = True
    while True:
        data = file.read(_COPY)
        text = decoder.decode(data, final=not data)
        text = text.removeprefix("\ufeff") if first else text
        first = False
        whole = text if wide else _ESCAPED.sub("\ufffd", text)
        yield whole, "\ufffd" in whole if wide else whole != text
        if not data:
            return
