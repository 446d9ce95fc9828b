"""Rules about image load files and the images they name: C02, C03, I01 to I05, page keys, T01 by ink."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tecum.bates import Bates
from tecum.loadfile import LfpReader, OptReader, PageLine
from tecum.loadfile.dialect import shorten
from tecum.receipt.documents import Documents, parsed
from tecum.receipt.inspection import INK_PAGES, Inspector
from tecum.receipt.report import CheckResult
from tecum.receipt.texts import TextRules
from tecum.receipt.tiff import GROUP_IV, NotTiff, TiffPage, read_tiff
from tecum.receipt.volume import Volume

DPI = 300
_ROUNDING = 0.5  # 300 dpi is often stored as 118 per centimetre
_PAGE_KEY = re.compile(r"(.*[0-9])_([0-9]{3,4})")
_IMAGE_NAMES = (".tif", ".tiff", ".jpg", ".jpeg")


@dataclass
class ImageDocument:
    """The lines of one document: its first and last key, its declared pages, its files' pages."""

    first: PageLine
    last_key: str
    lines: int = 0
    pages: int = 0  # found in the files that could be read
    missing: bool = False  # a file is not there or cannot be read
    files: list[str] = field(default_factory=list)
    first_file: str = ""
    disorder: str = ""

    @property
    def count(self) -> int:
        """Pages by the load file: one line a page, or one line for a file of several pages."""
        declared = self.first.pages
        if self.lines > 1:
            return self.lines
        if self.missing:
            return max(declared, 1)
        if declared < 0:
            return self.pages
        return declared if declared > 1 and self.pages > 1 else 1

    @property
    def base(self) -> str:
        """The document's number when keys carry a page suffix (``_001``)."""
        found = _PAGE_KEY.fullmatch(self.first.key)
        return found[1] if found else self.first.key.partition(".")[0]


class ImageRules:
    """Looks at image load files after all rows are known."""

    def __init__(
        self,
        volume: Volume,
        inspector: Inspector,
        documents: Documents,
        texts: TextRules,
        report: CheckResult,
    ) -> None:
        self.volume = volume
        self.inspector = inspector
        self.documents = documents
        self.texts = texts
        self.report = report
        self.rows = len(documents)  # documents known from rows; others may be added from images alone
        self._seen_rows: set[int] = set()
        self._examined: set[int] = set()
        self._stripped = 0

    def read(self, load_file: str) -> None:
        """Look at one image load file, document by document."""
        with self.volume.open(load_file) as file:
            reader = LfpReader(file) if load_file.casefold().endswith(".lfp") else OptReader(file)
            document: ImageDocument | None = None
            self.report.examine("P01", "P03", "P05")
            for page in reader:
                if page.first or document is None:
                    if document:
                        self._finish(document, load_file)
                    document = ImageDocument(page, page.key)
                    if not page.first:
                        said = "Pages stand before the first document break."
                        self.report.add("C02", said, bates=shorten(page.key), path=load_file)
                elif page.pages >= 0:
                    said = "A page count stands on a page that does not begin a document."
                    self.report.add("C02", said, bates=shorten(page.key), path=load_file)
                self._page(document, page, load_file)
                self.report.take(reader.anomalies, load_file)
            self.report.take(reader.anomalies, load_file)
            if document:
                self._finish(document, load_file)
        self.report.assume(f"{load_file}: {'; '.join(reader.assumed)}")

    def finish(self) -> None:
        """Report rows without images, and images that no load file names."""
        report, documents = self.report, self.documents
        if self._stripped:
            report.assume(f"page suffixes were taken off {self._stripped} image keys to join them to documents")
        if self.rows:
            for row in range(self.rows):
                if row not in self._seen_rows and documents.pages[row] > 0 and documents.begin[row]:
                    said = f"The document has {documents.pages[row]} pages and no line in the image load file."
                    report.add("C02", said, bates=documents.text(documents.begin[row]))

    def orphan(self, path: str) -> None:
        """Look at an image that no load file names."""
        if path.casefold().endswith(_IMAGE_NAMES):
            self._image(path, "")

    def _page(self, document: ImageDocument, page: PageLine, load_file: str) -> None:
        report, bates = self.report, shorten(document.first.key)
        document.lines += 1
        if document.lines > 1 and not document.disorder:
            document.disorder = _disorder(document.first.key, document.last_key, page.key)
        if not page.key:
            report.add("B04", "The page key is empty.", path=shorten(page.path), evidence=f"line {page.line}")
        document.last_key = page.key or document.last_key
        report.examine("X01", "X04", "C02")
        found = self.volume.locate(page.path, load_file)
        if found.problem:
            document.missing = True
            what = "The path of the image leaves the volume." if found.problem == "X04" else "The image is missing."
            report.add(found.problem, what, bates=bates, path=shorten(page.path, 260), evidence=shorten(page.key))
            return
        report.examine("X03", "X05")
        self.volume.claim(found.path)
        if not found.exact:
            said = "The image is there under a name of other case."
            report.add("X03", said, bates=bates, path=shorten(page.path, 260), evidence=found.path)
        if document.lines == 1:
            document.first_file = found.path
        repeated = found.path in document.files
        pages = self._image(found.path, bates)
        document.missing = document.missing or not pages
        document.pages += 0 if repeated else pages
        document.files.append(found.path)

    def _image(self, path: str, bates: str) -> int:
        """Report what is wrong with an image file, once, and return its pages (0: unreadable)."""
        report, silent = self.report, hash(path) in self._examined
        self._examined.add(hash(path))
        report.examine("I05")
        if not self.volume.size(path):
            if not silent:
                report.add("X05", "The image is empty.", bates=bates, path=path)
            return 0
        with self.volume.open(path) as file:
            head = file.read(4)
            if head.startswith(b"%PDF"):
                facts = self.inspector.pdf(self.volume.root / path)
                return facts.pages if facts else 0
            if head.startswith(b"\xff\xd8\xff"):
                return 1
            try:
                pages = read_tiff(file)
            except NotTiff as error:
                if not silent:
                    report.add("I05", f"The image cannot be read: {error}.", bates=bates, path=path)
                return 0
        if not silent:
            self._tags(pages, path, bates)
        return len(pages)

    def _tags(self, pages: list[TiffPage], path: str, bates: str) -> None:
        report = self.report
        report.examine("I01", "I02", "I03", "I04")
        if len(pages) > 1:
            report.add("I01", f"The TIFF holds {len(pages)} pages.", bates=bates, path=path)
        if wrong := [page for page in pages if page.compression != GROUP_IV]:
            said = f"The TIFF's compression is {wrong[0].compression}, not 4 (Group IV)."
            report.add("I02", said, bates=bates, path=path)
        if deep := [page for page in pages if page.bits != 1]:
            report.add("I03", f"The TIFF has {deep[0].bits} bits a pixel.", bates=bates, path=path)
        if low := [page for page in pages if page.dpi < DPI - _ROUNDING]:
            report.add("I04", f"The TIFF says {low[0].dpi:g} dots per inch.", bates=bates, path=path)

    def _finish(self, document: ImageDocument, load_file: str) -> None:
        """Compare one document's lines with its row, its files and its own count."""
        report, first = self.report, document.first
        bates = shorten(first.key)
        count = document.count
        if first.pages >= 0 and first.pages != count:
            said = f"The image load file states {first.pages} pages and has {document.lines} lines."
            report.add("C02", said, bates=bates, path=load_file, evidence=f"line {first.line}")
        if document.disorder:
            wrong = "of one series" if document.disorder == "B04" else "in order"
            seen = f"{bates} ... {shorten(document.last_key)}"
            report.add(document.disorder, f"The page keys are not {wrong}.", bates=bates, path=load_file,
                       evidence=seen)  # fmt: skip
        pages = self._join(document, count, load_file) if self.rows else count
        if not document.missing:
            report.examine("C03")
            if document.pages != max(pages, 0) and (pages >= 0 and pages == count):
                said = f"The document has {pages} pages, its images {document.pages}."
                report.add("C03", said, bates=bates, path=document.files[0])
        self._name(document)
        if self.texts.empty:
            self._look_for_ink(document)

    def _join(self, document: ImageDocument, count: int, load_file: str) -> int:
        """Find the document's row and compare page counts; return the row's count, or the lines'."""
        documents, code = self.documents, self.documents.numbers.code
        row = documents.find(code(document.first.key))
        if row < 0:
            row = documents.find(code(document.base))
            self._stripped += row >= 0
        bates = shorten(document.first.key)
        if row < 0:
            self.report.add("C02", "The document is not in the load file of documents.", bates=bates, path=load_file)
            return count
        self._seen_rows.add(row)
        pages = int(documents.pages[row])
        if pages >= 0 and pages != count:
            said = f"The page count is {pages}, the image load file has {count} pages."
            self.report.add("C02", said, bates=documents.text(documents.begin[row]), path=load_file, field="PGCOUNT")
        return pages if pages >= 0 else count

    def _name(self, document: ImageDocument) -> None:
        """S02, by names alone: the first image's name is a number other than its key."""
        if not document.first_file:
            return
        self.report.examine("S02")
        self.report.reasons["S02"] = "in part: keys and file names were compared, stamps on pages were not read"
        stem = document.first_file.rpartition("/")[2].rpartition(".")[0]
        key, name = parsed(document.first.key), parsed(stem)
        if key and name and key.prefix and name.prefix and (key.series, key.number) != (name.series, name.number):
            said = f"The image is named {shorten(stem)}, its key is {shorten(document.first.key)}."
            self.report.add("S02", said, bates=shorten(document.first.key), path=document.first_file)

    def _look_for_ink(self, document: ImageDocument) -> None:
        for bates in {document.first.key, document.base}:
            text = self.texts.empty.pop(bates, None)
            if text is None:
                continue
            marks = [self.inspector.image_marked(self.volume.root / path) for path in document.files[:INK_PAGES]]
            if any(mark is not None for mark in marks):
                self.report.examine("T01")
            if any(marks):
                self.texts.found_marks(bates, text)


def add_image_documents(volume: Volume, documents: Documents) -> None:
    """Take documents from image load files when there are no rows."""
    for load_file in volume.images:
        with volume.open(load_file) as file:
            first: PageLine | None = None
            last, lines = "", 0
            for page in LfpReader(file) if load_file.casefold().endswith(".lfp") else OptReader(file):
                if page.first and first:
                    documents.add_pages(first.key, last, max(first.pages, lines))
                    first, lines = None, 0
                first = first or page
                last, lines = page.key, lines + 1
            if first:
                documents.add_pages(first.key, last, max(first.pages, lines))


def _disorder(first: str, before: str, key: str) -> str:
    """Return B04 or B06 when a page key does not follow the one before it, else ""."""
    began, last, here = parsed(first), parsed(before), parsed(key)
    if began is None or last is None or here is None:
        return "" if key == "" else "B04"
    if _place(here) and _place(last):
        (base, number), (base_before, number_before) = _place(here) or ("", 0), _place(last) or ("", 0)
        return "B04" if base != base_before else "B06" if number <= number_before else ""
    if here.series != began.series or here.suffix != began.suffix:
        return "B04"
    return "B06" if here.number <= last.number else ""


def _place(number: Bates) -> tuple[str, int] | None:
    """Return (document, page) of a key with a page suffix, ``.0001`` or ``_001``."""
    if number.page is not None:
        return f"{number.prefix}{number.number}", number.page
    found = _PAGE_KEY.fullmatch(str(number))
    return (found[1], int(found[2])) if found else None
