"""Read a received volume for taking it in: its documents row by row, and every file that belongs to one.

The rows are read twice: first for their numbers and families, in compact columns, then for what they say.
So memory grows by some hundred bytes a row, whatever the rows hold.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tecum.loadfile import LfpReader, OptReader, PageLine
from tecum.loadfile.dialect import shorten
from tecum.model import ExceptionCode, ReceivedDocument, ReceivedFile
from tecum.receipt.documents import Documents
from tecum.receipt.images import ImageDocument
from tecum.receipt.inspection import Inspector, Runner
from tecum.receipt.intake_families import Families
from tecum.receipt.intake_fields import Problem, fields_of, problems_of
from tecum.receipt.intake_files import Files
from tecum.receipt.report import CheckResult
from tecum.receipt.rows import EdrmRows, Record, Rows, read_rows
from tecum.receipt.volume import MANIFEST, Volume, open_volume

PAGES = 20_000  # image lines of one document that are kept together
_RANGE = re.compile(r"(\S+)(?:\s+-\s+|\s+to\s+|\s*\u2013\s*)\S+")
_LINKS = {
    "NATIVELINK": "native",
    "TEXTLINK": "text file",
    "PDFLINK": "PDF",
    "IMAGELINK": "image",
    "REDACTEDTEXT": "redacted text",
    "REDACTEDIMAGE": "redacted image",
}


@dataclass
class _Run:
    """The image lines of one document: the first ``PAGES`` of them, the last, and how many there are."""

    lines: list[PageLine]
    last: PageLine
    count: int = 1


class Intake:
    """An open volume, from ``read``; ``documents`` and ``files`` may be iterated again and give the same.

    ``root`` is the folder to which all paths are relative, ``load_files`` are those whose rows are documents,
    ``total`` is the number of rows.
    """

    def __init__(self, path: Path, inspector: Inspector, stack: ExitStack) -> None:
        self.volume: Volume = open_volume(path)
        self.root = self.volume.root
        self.load_files: list[str] = []
        self._starts: list[int] = []  # the first row of each of them
        self._tables: list[tuple[str, Rows | EdrmRows]] = []
        self._known = Documents()
        self._groups = array("q")
        self._named = array("q")  # for each row a hash of the paths that it names, 0 = none
        self._zones: list[str] = []
        unread = CheckResult(path)  # what is wrong with the rows is told by the check
        for name in (*self.volume.tables, *self.volume.edrm):
            rows = stack.enter_context(read_rows(self.root / name, inspector))
            if "BEGBATES" in rows.keys:  # else it is no load file of documents, but a file like any other
                self._learn_table(name, rows, unread)
        self._order = np.argsort(self._known.begin, kind="stable")
        self._begins = self._known.begin[self._order]
        for name in self.volume.images:
            self._learn_images(name)
        self._families = Families(self._known, self._groups)
        self._files = Files(self.volume)
        self._text_named = not any("TEXTLINK" in rows.keys for _, rows in self._tables)

    @property
    def total(self) -> int:
        """The number of rows."""
        return len(self._known)

    # -- first: numbers and families -------------------------------------------------------------------------

    def _begin(self, load_file: str) -> None:
        self.load_files.append(load_file)
        self._starts.append(self.total)

    def _learn_table(self, name: str, rows: Rows | EdrmRows, unread: CheckResult) -> None:
        self._begin(name)
        self._tables.append((name, rows))
        group = ""
        for record in rows:
            rows.anomalies.clear()
            own = "" if record.broken else record.get("GROUPID")
            self._groups.append(self._groups[-1] if own and own == group else self.total)
            group = own
            self._known.add(_ranged(record), len(self._tables) - 1, unread)
            self._named.append(_names(record, inline=rows.inline_text))
            zone = "" if record.broken else record.get("TIMEZONE")
            if zone and zone not in self._zones and len(self._zones) < 2:
                self._zones.append(zone)

    def _learn_images(self, name: str) -> None:
        """Take as documents those that no row stands for: all of them in a volume of images alone."""
        begun = False
        for run in self._runs(name):
            if self._row_of(run.lines[0]) >= 0:
                continue
            if not begun:
                self._begin(name)
                begun = True
            self._groups.append(self.total)
            self._named.append(_hash(run.lines[0].path))
            self._known.add_pages(run.lines[0].key, run.last.key, run.count)

    def _row_of(self, first: PageLine) -> int:
        """The row of a load file of documents that an image document belongs to, -1 when there is none."""
        for key in (first.key, ImageDocument(first, first.key).base):
            code = self._known.numbers.code(key)
            place = int(np.searchsorted(self._begins, code))
            if code and place < len(self._begins) and self._begins[place] == code:
                return int(self._order[place])
        return -1

    def _runs(self, name: str) -> Iterator[_Run]:
        """Yield the documents of an image load file: from one document break to the next."""
        run: _Run | None = None
        for line in self._lines(name):
            if run is None or line.first:
                if run:
                    yield run
                run = _Run([line], line)
                continue
            run.count += 1
            run.last = line
            if run.count <= PAGES:
                run.lines.append(line)
        if run:
            yield run

    def _lines(self, name: str) -> Iterator[PageLine]:
        with self.volume.open(name) as file:
            reader = LfpReader(file) if name.casefold().endswith(".lfp") else OptReader(file)
            for line in reader:
                reader.anomalies.clear()
                yield line

    # -- then: what they say ---------------------------------------------------------------------------------

    def documents(self) -> Iterator[ReceivedDocument]:
        """Yield every row as a document, in the order of the load files."""
        row = 0
        for name, rows in self._tables:
            for record in rows:
                rows.anomalies.clear()
                yield self._of_record(record, row, name, rows)
                row += 1
        for name in self.volume.images:
            for run in self._runs(name):
                if self._row_of(run.lines[0]) < 0:
                    yield self._of_run(run, row, name)
                    row += 1

    def files(self) -> Iterator[ReceivedFile]:
        """Yield the files that are no documents and stand in no row: images, image load files, the manifest."""
        for name in self.volume.images:
            if name not in self.load_files:
                yield ReceivedFile(name, "image load file: the images that it names are parts of documents")
            begin = ""
            for line in self._lines(name):
                if line.first or not begin:
                    row = self._row_of(line)
                    begin = line.key if row < 0 else self._known.text(self._known.begin[row])
                for path in self._files.located(line.path, name).paths:
                    yield ReceivedFile(path, f"part of document {shorten(begin)}, read through the load file {name}")
        manifest = self.volume.locate(MANIFEST, MANIFEST)
        if not manifest.problem and not self.volume.bare:
            yield ReceivedFile(manifest.path, "manifest of the volume")

    def _placed(self, document: ReceivedDocument, problems: Iterable[Problem]) -> ReceivedDocument:
        """Give a document its place in its family; of a row that repeats another only that is told.

        A number may stand in two load files: as one document described twice (DAT and EDRM XML, or a load file
        in two encodings), or as two documents under one number. The files that the rows name tell which.
        """
        row, name = document.position, document.load_file
        first = int(self._families.first[row])
        twice = self._load_file(first) if first >= 0 and self._load_file(first) != name else ""
        if twice and self._named[row] in (0, self._named[first]):
            return ReceivedDocument(name, row, name, document.begin, document.end, repeats=twice)
        above = self._families.above(row)
        every = list(problems)
        if stray := self._families.problem(row):
            every.append((ExceptionCode.PARTIAL, stray))
        if twice:
            said = f"its number stands in {twice} too, with other files"
            every.append((ExceptionCode.PARTIAL, said))
        family = self._load_file(above[0]) if above else name
        return replace(document, above=above, family_file=family, problems=tuple(every))

    def _load_file(self, row: int) -> str:
        return self.load_files[bisect_right(self._starts, row) - 1]

    def _of_record(self, record: Record, row: int, name: str, rows: Rows | EdrmRows) -> ReceivedDocument:
        begin = self._known.text(self._known.begin[row])
        if record.broken:
            said = f"line {record.line} of the load file has lost its columns: of the row only its number is taken"
            bare = ReceivedDocument(name, row, name, begin, fields={"begbates": begin} if begin else {})
            return self._placed(bare, [(ExceptionCode.PARTIAL, said)])
        zone = self._zones[0] if len(self._zones) == 1 else ""
        fields = fields_of(record, rows.styles, zone, inline_text=rows.inline_text)
        problems = list(problems_of(record, fields, zone))
        if not begin:
            problems.append((ExceptionCode.PARTIAL, f"the row on line {record.line} has no begin number"))
        links = self._links(record, name, rows.inline_text, problems)
        texts = links["TEXTLINK"] or links["REDACTEDTEXT"]
        if not texts and self._text_named and (named := self._files.text_named(begin)):
            texts = [named]
        pdfs = links["PDFLINK"] or [path for path in links["IMAGELINK"] if path.casefold().endswith(".pdf")]
        document = ReceivedDocument(
            name, row, name, begin, record.get("ENDBATES"),
            fields=fields,
            text=record.get("TEXTLINK") if rows.inline_text else "",
            texts=tuple(texts),
            native=next(iter(links["NATIVELINK"]), ""),
            pdf=next(iter(pdfs), ""),
            others=tuple(path for paths in links.values() for path in paths),
        )  # fmt: skip
        return self._placed(document, problems)

    def _links(self, record: Record, name: str, inline: bool, problems: list[Problem]) -> dict[str, list[str]]:
        """The files that a row names, by the key of the naming field; what is missing goes to ``problems``."""
        links: dict[str, list[str]] = {}
        for key, label in _LINKS.items():
            value = record.get(key)
            if not value or (key == "TEXTLINK" and inline):
                links[key] = []
                continue
            found = self._files.located(value, name)
            links[key] = found.paths
            if found.missing:
                told = "; ".join(found.missing[:3]) + (" and more" if len(found.missing) > 3 else "")
                problems.append((ExceptionCode.PARTIAL, f"the {label} it names could not be had: {told}"))
        return links

    def _of_run(self, run: _Run, row: int, name: str) -> ReceivedDocument:
        first = run.lines[0]
        problems: list[Problem] = []
        if self._tables:
            said = "no row of a load file of documents stands for it: it is known by the image load file alone"
            problems.append((ExceptionCode.PARTIAL, said))
        if run.count > PAGES:
            problems.append((ExceptionCode.PARTIAL, f"texts of the pages after the first {PAGES} are not read"))
        found = [self._files.located(line.path, name) for line in run.lines]
        if absent := sum(not one.paths for one in found):
            problems.append((ExceptionCode.PARTIAL, f"{absent} of its {run.count} images could not be had"))
        images = {path for one in found for path in one.paths}
        fields: dict[str, str | list[str]] = {
            "begbates": first.key, "endbates": run.last.key, "pgcount": str(max(first.pages, run.count)),
        }  # fmt: skip
        if first.volume:
            fields["prodvol"] = first.volume
        document = ReceivedDocument(
            name, row, name, first.key, run.last.key,
            fields=fields,
            texts=tuple(self._page_texts(run, problems)),
            pdf=next((path for path in images if len(images) == 1 and path.casefold().endswith(".pdf")), ""),
        )  # fmt: skip
        return self._placed(document, problems)

    def _page_texts(self, run: _Run, problems: list[Problem]) -> list[str]:
        """The text files of an image document: one for each page, or one for all."""
        pages = [self._files.text_named(line.key) for line in run.lines]
        if not any(pages[1:]):
            base = ImageDocument(run.lines[0], run.lines[0].key).base
            whole = pages[0] or self._files.text_named(base)
            return [whole] if whole else []
        if absent := sum(not page for page in pages):
            problems.append((ExceptionCode.PARTIAL, f"{absent} of its {run.count} pages have no text file"))
        return [page for page in pages if page]


@contextmanager
def read(path: Path, *, sandbox: Runner | None = None) -> Iterator[Intake]:
    """Open a volume folder, or a load file alone, for taking it in; EDRM XML is read in the sandbox.

    Raises:
        VolumeUnreadable: when there is no load file at ``path``.
        SandboxFailed: when EDRM XML is to be read and no sandbox can be started.
    """
    with Inspector(sandbox) as inspector, ExitStack() as stack:
        yield Intake(path, inspector, stack)


def _ranged(record: Record) -> Record:
    """The row with the first number of its family range in the field of that name, where only the range is given."""
    found = None if record.get("BEGATTACH") or record.broken else _RANGE.fullmatch(record.get("ATTACHRANGE"))
    return replace(record, values={**record.values, "BEGATTACH": found[1]}) if found else record


def _names(record: Record, *, inline: bool) -> int:
    """A hash of the files that a row names as native and text, 0 when it names none."""
    keys = ("NATIVELINK",) if inline else ("NATIVELINK", "TEXTLINK")
    return _hash(*("" if record.broken else record.get(key) for key in keys))


def _hash(*paths: str) -> int:
    plain = tuple(path.replace("\\", "/").removeprefix("./").casefold() for path in paths)
    return hash(plain) if any(plain) else 0
