"""The manifest against the files: each listed one is there with size and SHA-256, and none is unlisted."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator

from tecum.fields import squeezed
from tecum.loadfile.dialect import shorten
from tecum.receipt.report import CheckResult
from tecum.receipt.volume import MANIFEST, Volume

CHUNK = 1 << 20


def check_manifest(volume: Volume, report: CheckResult) -> None:
    """Report L01 for every disagreement. Files beside the manifest (letters, logs) need not be listed."""
    if volume.bare or volume.locate(MANIFEST, MANIFEST).problem:
        return
    report.examine("L01")
    listed: set[int] = set()
    for untrusted_path, size, digest in _lines(volume, report):
        found = volume.locate(untrusted_path, MANIFEST)
        shown = shorten(untrusted_path, 260)
        if found.problem:
            said = "is not there" if found.problem == "X01" else "lies outside the volume"
            report.add("L01", f"A file of the manifest {said}.", path=shown)
            continue
        listed.add(hash(found.path))
        actual = volume.size(found.path)
        if size != str(actual):
            said = f"The manifest says {shorten(size, 20)} bytes, the file has {actual}."
            report.add("L01", said, path=shown)
        elif digest != _sha256(volume, found.path):
            report.add("L01", "The file's SHA-256 is not that of the manifest.", path=shown)
    for path, leaves in volume.walk():
        if "/" in path and not leaves and hash(path) not in listed:
            report.add("L01", "The file is not in the manifest.", path=path)


def _lines(volume: Volume, report: CheckResult) -> Iterator[tuple[str, str, str]]:
    """Yield path, bytes and SHA-256; a manifest that cannot be read is a finding."""
    try:
        with (volume.root / MANIFEST).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            names = [squeezed(name) for name in next(rows, [])]
            places = [names.index(name) for name in ("path", "bytes", "sha256")]
            for row in rows:
                if len(row) > max(places):
                    path, size, digest = (row[place].strip() for place in places)
                    yield path, size, digest.casefold()
                else:
                    said = f"Line {rows.line_num} of the manifest is cut short."
                    report.add("L01", said, path=MANIFEST)
    except (ValueError, csv.Error) as error:  # ValueError: a column is missing, or bytes are not UTF-8
        report.add("L01", "The manifest cannot be read.", path=MANIFEST, evidence=shorten(str(error)))


def _sha256(volume: Volume, path: str) -> str:
    machine = hashlib.sha256()
    with volume.open(path) as file:
        while chunk := file.read(CHUNK):
            machine.update(chunk)
    return machine.hexdigest()
