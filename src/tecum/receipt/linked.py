"""Rules about the files that rows name: X01 and X03 to X05, M05, C04, I05; files are read as streams."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import PurePosixPath

from tecum.loadfile.dialect import shorten
from tecum.receipt.inspection import Inspector
from tecum.receipt.report import CheckResult
from tecum.receipt.rows import LINKS, Record
from tecum.receipt.volume import Volume

CHUNK = 1 << 20
_HASHES = {"MD5HASH": "md5", "SHA1": "sha1", "SHA256": "sha256"}
_EMPTY = {hashlib.new(name, usedforsecurity=False).hexdigest() for name in _HASHES.values()}
_LABELS = {
    "NATIVELINK": "native",
    "TEXTLINK": "text",
    "PDFLINK": "PDF",
    "IMAGELINK": "image",
    "REDACTEDIMAGE": "redacted image",
    "REDACTEDTEXT": "redacted text",
}


class LinkedFiles:
    """Looks at the files of one volume, row by row; texts are handed on to ``text(record, path)``."""

    def __init__(
        self, volume: Volume, inspector: Inspector, report: CheckResult, text: Callable[[Record, str], None]
    ) -> None:
        self.volume = volume
        self.inspector = inspector
        self.report = report
        self.text = text

    def row(self, record: Record, load_file: str, *, inline_text: bool) -> None:
        """Look at the files that one row names. Images are left to the image load file where there is one."""
        for key in LINKS:
            value = record.get(key)
            if not value or (key == "TEXTLINK" and inline_text) or (key == "IMAGELINK" and self.volume.images):
                continue
            for path in self._locate(record, key, value, load_file):
                if key == "NATIVELINK":
                    self._native(record, path)
                elif key in ("TEXTLINK", "REDACTEDTEXT"):
                    self.text(record, path)
                elif not self.volume.size(path):
                    self._zero(record, key, path)
                elif path.casefold().endswith(".pdf"):
                    self._pdf(record, path)

    def _locate(self, record: Record, key: str, value: str, load_file: str) -> list[str]:
        """Return the files that are there, reporting X01, X03 and X04 for the others."""
        report, bates, shown = self.report, shorten(record.get("BEGBATES")), shorten(value, 260)
        report.examine("X01", "X04")
        found = self.volume.locate(value, load_file)
        if found.problem and ";" in value:  # several paths in one field
            parts = [part for part in value.split(";") if part.strip()]
            return [path for part in parts for path in self._locate(record, key, part, load_file)]
        if found.problem == "X04":
            said = f"The path of the {_LABELS[key]} leaves the volume."
            report.add("X04", said, bates=bates, path=shown, field=key)
            return []
        if found.problem:
            report.add("X01", f"The {_LABELS[key]} is missing.", bates=bates, path=shown, field=key)
            return []
        report.examine("X03", "X05")
        self.volume.claim(found.path)
        if not found.exact:
            said = f"The {_LABELS[key]} is there under a name of other case."
            report.add("X03", said, bates=bates, path=shown, field=key, evidence=found.path)
        return [found.path]

    def _native(self, record: Record, path: str) -> None:
        """Compare what the row says of its native with the bytes (M05, X05)."""
        size = self.volume.size(path)
        said = {key: record.get(key).casefold() for key in _HASHES if record.get(key)}
        stated = record.get("FILESIZE").replace(",", "")
        kind = record.get("FILEEXT").lstrip(".").casefold()
        if said or stated or kind:
            self.report.examine("M05")
        if size == 0 and not (stated == "0" or _EMPTY.intersection(said.values())):
            self._zero(record, "NATIVELINK", path)
        if stated and stated != str(size):
            self._disagree(record, "FILESIZE", path, f"{stated} stated, {size} found")
        extension = PurePosixPath(path).suffix.lstrip(".").casefold()
        if kind and kind != extension:
            self._disagree(record, "FILEEXT", path, f"{kind} stated, {extension or 'none'} found")
        for key, digest in self._digests(path, said).items():
            if digest != said[key]:
                self._disagree(record, key, path, f"{said[key]} stated, {digest} found")

    def _digests(self, path: str, wanted: dict[str, str]) -> dict[str, str]:
        machines = {key: hashlib.new(_HASHES[key], usedforsecurity=False) for key in wanted}
        if machines:
            with self.volume.open(path) as file:
                while chunk := file.read(CHUNK):
                    for machine in machines.values():
                        machine.update(chunk)
        return {key: machine.hexdigest() for key, machine in machines.items()}

    def _disagree(self, record: Record, key: str, path: str, evidence: str) -> None:
        said, bates = f"{key} is not that of the native.", shorten(record.get("BEGBATES"))
        self.report.add("M05", said, bates=bates, path=path, field=key, evidence=shorten(evidence, 200))

    def _zero(self, record: Record, key: str, path: str) -> None:
        said, bates = f"The {_LABELS[key]} is empty.", shorten(record.get("BEGBATES"))
        self.report.add("X05", said, bates=bates, path=path, field=key)

    def _pdf(self, record: Record, path: str) -> None:
        """Compare the page count with the PDF's pages (C04, I05)."""
        bates, pages = shorten(record.get("BEGBATES")), record.get("PGCOUNT")
        facts = self.inspector.pdf(self.volume.root / path)
        if facts is None:
            self.report.reasons["C04"] = f"PDFs were not opened: {self.inspector.failed}"
            return
        self.report.examine("I05")
        if facts.problem:
            seen = shorten(facts.problem)
            self.report.add("I05", "The PDF cannot be read.", bates=bates, path=path, evidence=seen)
        elif pages.isascii() and pages.isdigit() and len(pages) < 10:
            self.report.examine("C04")
            if int(pages) != facts.pages:
                said = f"The page count is {pages}, the PDF has {facts.pages} pages."
                self.report.add("C04", said, bates=bates, path=path, field="PGCOUNT")
