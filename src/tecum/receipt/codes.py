"""Every check code: title, severity, meaning, what to ask the sender for, and what else comes with it.

The codes are stable and shared by both sides: they keep our own volume from being sealed and become the
deficiencies of a received one.
"""

from __future__ import annotations

from dataclasses import dataclass

from tecum.model import Severity

STOP, WARN, NOTE = Severity.STOP, Severity.WARN, Severity.NOTE

_MATTER = "needs the sender's matter, not only the volume"
_OCR = "needs text recognition of the page images"


@dataclass(frozen=True)
class Code:
    """One kind of defect. ``ask`` completes a letter; ``needs`` says why it may not have been examined."""

    code: str
    title: str
    severity: Severity
    meaning: str
    ask: str
    needs: str


_TABLE: tuple[tuple[str, str, Severity, str, str, str], ...] = (
    ("P01", "Unreadable encoding", STOP,
     "The load file holds bytes that are not in the encoding of the rest.",
     "a load file written in one encoding, UTF-8 preferred", "no load file was read"),
    ("P02", "Unknown separators", STOP,
     "The columns cannot be told apart, or another sign stands for the separator.",
     "the separators used, or a load file with one separator throughout", "no delimited load file"),
    ("P03", "Column count", STOP, "A record has more or fewer columns than the header.",
     "a corrected row for each record named", "no delimited load file"),
    ("P04", "Unbalanced qualifier", STOP, "A value is not closed, or a qualifier stands alone inside it.",
     "a corrected row for each record named", "no delimited load file"),
    ("P05", "Control character or bare newline", STOP,
     "A value holds a control character or an unescaped line break. LF line ends throughout are only noted.",
     "rows in which line breaks are written as U+00AE and control characters are removed",
     "no load file was read"),
    ("P06", "Header missing", STOP,
     "There is no header row, no begin-number column, or a required field is lacking.",
     "a load file with a header row naming every field agreed on", "no document load file"),
    ("P07", "Duplicate header", WARN, "Two columns have one name.", "which of the two columns is meant",
     "no document load file with a header row"),
    ("B01", "Duplicate number", STOP, "Two documents begin with the same number.",
     "a corrected number for one of the documents", "no begin numbers"),
    ("B02", "Overlap", STOP, "Two documents share page numbers.", "corrected ranges for the documents named",
     "no begin numbers"),
    ("B03", "Gap", WARN, "Numbers are skipped inside the volume and no declaration of the gap was found.",
     "the missing documents, or a statement that the numbers are not used",
     "no numbers that follow each other"),
    ("B04", "Wrong prefix or width", STOP, "A number is missing or is not of the series of its neighbours.",
     "a corrected number", "no begin numbers"),
    ("B05", "End before begin", STOP, "The end number is lower than the begin number.",
     "corrected begin and end numbers", "no end-number column"),
    ("B06", "Out of order", STOP, "A document or page stands after one with a higher number.",
     "the load file sorted by number, or the reason for the order", "no begin numbers"),
    ("C01", "Page count against range", STOP, "The page count is not end - begin + 1, or is no number.",
     "a corrected page count or range", "no page-level ranges with page counts"),
    ("C02", "Page count against image load file", STOP,
     "The image load file has another number of pages for the document, or not the same documents.",
     "a corrected image load file", "no image load file"),
    ("C03", "Page count against images", STOP, "The image files hold another number of pages.",
     "the missing page images", "no image files are there"),
    ("C04", "Page count against PDF", STOP, "The PDF has another number of pages.", "a complete PDF",
     "no PDF of a document is there"),
    ("X01", "File missing", STOP, "A native, image, text or PDF named in a load file is not there.",
     "the missing files", "no load file names a file"),
    ("X02", "Orphan file", STOP, "A file lies in the volume's folders and no load file names it.",
     "the load-file rows for these files, or their withdrawal", "only a load file was given, not a volume"),
    ("X03", "Path case differs", STOP, "The file is there under a name with other upper and lower case.",
     "paths written exactly as the files are named", "no file that a load file names is there"),
    ("X04", "Path leaves the volume", STOP,
     "A path is absolute, climbs with '..', or is a link out; it was not opened.",
     "relative paths inside the volume, and no links", "no load file names a file"),
    ("X05", "Zero byte", STOP, "A native, image or PDF is empty although the load file does not say so.",
     "the file with its content", "no file that a load file names is there"),
    ("I01", "Not single page", STOP, "A TIFF holds more than one page.",
     "single-page images, or agreement to multi-page files", "no TIFF images are there"),
    ("I02", "Not Group IV", STOP, "A TIFF is not compressed by CCITT Group IV.", "Group IV images",
     "no TIFF images are there"),
    ("I03", "Not 1 bit", STOP, "A TIFF is not black and white.",
     "1-bit TIFF, or JPG where colour carries meaning", "no TIFF images are there"),
    ("I04", "Below 300 dpi", STOP, "A TIFF says less than 300 dots per inch, or nothing.",
     "images at 300 dpi", "no TIFF images are there"),
    ("I05", "Image unreadable", STOP, "A file called an image or PDF is not one, or is cut short.",
     "a readable image", "no images are there"),
    ("F01", "Child without parent", STOP, "A document names a parent that is not in the volume.",
     "the parent, or the volume in which it was produced", "no parent column"),
    ("F02", "Parent lists missing child", STOP,
     "A parent lists a child that is not there or names another parent.", "the missing attachments",
     "no column of children"),
    ("F03", "Family range differs", STOP, "Members of one family carry different family ranges.",
     "one family range on every member", "no family range columns"),
    ("F04", "Family range wrong", STOP, "The family range does not run from the parent to the last child.",
     "corrected family ranges", "no family range columns"),
    ("F05", "Family across volumes", STOP, "Members of one family stand in different volumes.",
     "the whole family in one volume, or a cross-reference", "no family range columns"),
    ("M01", "Date format", WARN, "A date is not written like the others of its column.",
     "dates in one format", "no date columns"),
    ("M02", "Impossible date", STOP, "The date does not exist.", "the true date", "no date columns"),
    ("M03", "Sent after received", WARN, "A mail was sent more than fifteen minutes after it was received.",
     "the true dates, or the time zones in which they are stated", "no column of sent and of received dates"),
    ("M04", "Time zone absent", WARN, "A time is given and its zone is not, or differs from the volume's.",
     "the time zone of all times", "no time-zone column: ask in which zone times are stated"),
    ("M05", "Disagrees with native", STOP,
     "Hash, size or extension in the load file are not those of the native.",
     "corrected fields, or the right native", "no native with hash, size or extension is there"),
    ("M06", "Mail without FROM", WARN, "A mail has no sender.", "the sender", "no mail with a FROM column"),
    ("T01", "Text empty", WARN, "The text is empty though the page carries text or ink.",
     "the text of these documents", "no document has an empty text beside page images"),
    ("T02", "Text of another document", WARN, "The text file is named for another document.",
     "the right text", "no text files are linked"),
    ("T03", "Wrong code page", WARN,
     "The text is not UTF-8, or was read in a wrong code page before it was written.", "text files in UTF-8",
     "no text files are there"),
    ("T04", "Page breaks missing", WARN, "The text lacks the page breaks that the volume's other texts have.",
     "text with page breaks", "the volume's texts carry no page breaks at all"),
    ("R01", "Text behind redaction", STOP, "Text can be read that the page image does not show.",
     "the return of the volume and a corrected one", _OCR),
    ("R02", "Unredacted version present", STOP,
     "A redacted document has a path to its native, or to an unredacted text or image.",
     "whether the unredacted file was meant; it should be sequestered meanwhile",
     "no column says which documents are redacted"),
    ("R03", "Unredacted twin", STOP, "A document with the same hash as a redacted one is not redacted.",
     "whether both were meant; the twin should be sequestered meanwhile",
     "no redacted document carries a hash"),
    ("R04", "Redacted words in metadata", STOP, "A field repeats words that are redacted on the page.",
     "the row with these fields blanked", _OCR),
    ("R05", "Flag against boxes", STOP, "REDACTED is set without a box on the page, or the reverse.",
     "a corrected field or page", "needs a look at every page image"),
    ("R06", "Hidden content", STOP, "A file keeps layers, revisions or properties behind the page.",
     "flattened files", "a leak examination of the bytes is not done by this version"),
    ("G01", "Held document inside", STOP,
     "A privileged, unreviewed, non-responsive or out-of-period document is inside.",
     "nothing: this is examined before sending", _MATTER),
    ("G02", "Produced before", STOP, "The document was produced before under another number.",
     "nothing: this is examined before sending", _MATTER),
    ("G03", "Screen hit unreviewed", STOP, "A privilege-screen hit was not reviewed.",
     "nothing: this is examined before sending", _MATTER),
    ("G04", "Slip sheet without log row", STOP, "A withheld document has no row in the privilege log.",
     "a privilege-log row for each withheld document", _MATTER),
    ("S01", "Designation against stamp", WARN, "The designation in the field is not the one on the page.",
     "the right designation", _OCR),
    ("S02", "Number against file name", NOTE, "An image is named for another number than its key.",
     "which number is right", "no images are listed; stamps on pages were not read"),
    ("S03", "Stamp covers content", WARN, "A stamp lies on content of the page.",
     "the page with its content free", _OCR),
    ("L01", "Manifest", STOP, "A file is missing from, not listed in, or not as stated in the manifest.",
     "the files as the manifest states them, or a corrected manifest", "the volume has no MANIFEST.csv"),
    ("L02", "Letter totals", STOP, "The totals in the letter are not those of the files.",
     "a corrected letter", "the letter is not read by machine: compare it with the totals here"),
    ("L03", "Volume order", STOP, "Volumes overlap or do not follow each other.", "the order of the volumes",
     "one volume was given; the order needs those before it"),
    ("L04", "Malware scan", STOP, "A scanner found malware.", "clean files",
     "tecum has no malware scanner: scan the volume before opening natives"),
    ("D01", "Demand unanswered", WARN,
     "A request has no document and no statement, or a custodian or period is absent.",
     "the missing documents or a statement that none exist",
     "needs the demand, which a volume alone does not hold"),
)  # fmt: skip

CODES: dict[str, Code] = {row[0]: Code(*row) for row in _TABLE}

# A defect (left) may rightly bring these findings along, because they state another side of the same fault.
# The proof by mutation accepts these and no others; a code that is not here comes alone.
CONSEQUENCES: dict[str, frozenset[str]] = {
    # A row whose columns may have shifted leaves its files and its relations unclaimed.
    "P03": frozenset({"B03", "C02", "F01", "F02", "F03", "F04", "X02"}),
    "P06": frozenset({"B03"}),  # without a header the end numbers are not known
    # A wrong number moves a document away from its place, its images and its family.
    "B01": frozenset({"B03", "B06", "C01", "C02"}),
    "B02": frozenset({"C01"}),
    "B04": frozenset({"B03", "C02", "F01", "F02", "F04"}),
    "B05": frozenset({"F04"}),
    # One wrong page count disagrees with everything that has pages.
    "C01": frozenset({"C02", "C04", "T04"}),
    "C03": frozenset({"X02"}),  # an image named twice stands in place of one that nobody names
    "X04": frozenset({"X02"}),  # the file that was meant is claimed by nobody
    "X05": frozenset({"M05"}),
    "I01": frozenset({"C03"}),
    "I03": frozenset({"I02"}),  # Group IV holds 1 bit only
    # A family is stated by parent, by children and by range.
    "F01": frozenset({"F02"}),
    "F03": frozenset({"F04"}),
    "T02": frozenset({"T04"}),
    "L01": frozenset({"X01"}),
}
