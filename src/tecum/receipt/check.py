"""Check any vendor's volume as its receiver would; needs no matter.

The same check re-reads our own volume before it is sealed and turns a received one into deficiencies.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tecum.errors import SandboxFailed
from tecum.loadfile.dialect import shorten
from tecum.receipt.documents import Documents
from tecum.receipt.families import check_families
from tecum.receipt.images import ImageRules, add_image_documents
from tecum.receipt.inspection import Inspector, Runner
from tecum.receipt.linked import LinkedFiles
from tecum.receipt.manifest import check_manifest
from tecum.receipt.numbering import check_numbers
from tecum.receipt.report import CheckResult
from tecum.receipt.rows import EdrmRows, Record, Rows, read_rows
from tecum.receipt.texts import TextRules, Twins
from tecum.receipt.values import ValueRules, is_redacted
from tecum.receipt.volume import Volume, open_volume


def check(path: Path | str, *, sandbox: Runner | None = None) -> CheckResult:
    """Return what is wrong with a volume folder or a single load file.

    Args:
        path: the folder, or a DAT, CSV, OPT, LFP or EDRM XML file.
        sandbox: where PDFs, images and XML are opened; one is made at need when none is given.

    Raises:
        VolumeUnreadable: when there is no load file at ``path``.
    """
    volume = open_volume(Path(path))
    report = CheckResult(Path(path))
    documents = Documents()
    with Inspector(sandbox) as inspector:
        texts = TextRules(volume, inspector, documents, report)
        _read_tables(volume, inspector, documents, texts, report)
        images = ImageRules(volume, inspector, documents, texts, report)
        if not len(documents):
            add_image_documents(volume, documents)
        for load_file in volume.images:
            images.read(load_file)
        if volume.images:
            images.finish()
        texts.finish()
        check_numbers(documents, report)
        check_families(documents, report)
        _orphans(volume, images, report)
        check_manifest(volume, report)
    return report


def _read_tables(
    volume: Volume, inspector: Inspector, documents: Documents, texts: TextRules, report: CheckResult
) -> None:
    """Look at every load file of documents, row by row."""
    linked = LinkedFiles(volume, inspector, report, texts.text)
    twins = Twins()
    for source, load_file in enumerate([*volume.tables, *volume.edrm]):

        def look(record: Record, *, inline_text: bool, row: int = source, name: str = load_file) -> None:
            documents.add(record, row, report)
            if not record.broken:
                linked.row(record, name, inline_text=inline_text)
                twins.add(record, len(documents) - 1, redacted=is_redacted(record))

        try:
            with read_rows(volume.root / load_file, inspector) as rows:
                texts.load_file = load_file
                texts.utf8_expected = texts.utf8_expected or rows.profile is not None
                documents.keys |= rows.keys
                _read_table(rows, load_file, look, report)
        except SandboxFailed as error:
            report.reasons["P02"] = f"{load_file} was not read: {error.message}"
    twins.finish(documents, report)


def _read_table(rows: Rows | EdrmRows, load_file: str, look: Callable[..., None], report: CheckResult) -> None:
    """Look at one load file; without begin numbers only its form is examined."""
    report.examine("P01", "P02", "P03", "P04", "P05", "P06", *(["P07"] if rows.has_header else []))
    _header(rows, load_file, report)
    values = ValueRules(rows, report)
    for record in rows:
        report.take(rows.anomalies, load_file)
        if "BEGBATES" in rows.keys:
            look(record, inline_text=rows.inline_text)
            if not record.broken:
                values.row(record)
    report.take(rows.anomalies, load_file)
    for said in [*rows.assumed, *values.finish()]:
        report.assume(f"{load_file}: {said}")


def _header(rows: Rows | EdrmRows, load_file: str, report: CheckResult) -> None:
    """P06: no header, no begin number, or a field that the profile requires is lacking."""
    if not rows.has_header:
        said = "There is no header row; columns were told by their content where that was possible."
        report.add("P06", said, path=load_file)
    if "BEGBATES" not in rows.keys:
        said = "No column holds begin numbers: this is not a load file of documents; its rows were not examined."
        report.add("P06", said, path=load_file, field="BEGBATES")
    if rows.profile:
        report.assume(f"{load_file}: read by profile {rows.profile.name}")
        for key in sorted(set(rows.profile.required) - rows.keys - {"BEGBATES"}):
            said = f"The header lacks {key}, which profile {rows.profile.name} requires."
            report.add("P06", said, path=load_file, field=key)


def _orphans(volume: Volume, images: ImageRules, report: CheckResult) -> None:
    """X02, and X04 for links that lead out. Of a bare load file of documents orphans cannot be told."""
    if volume.bare and not volume.images:
        return
    report.examine("X02")
    for path in volume.orphans():
        report.add("X02", "No load file names this file.", path=shorten(path, 260))
        images.orphan(path)
    if not volume.bare:
        for path, leaves in volume.walk():
            if leaves:
                report.add("X04", "A link leads out of the volume; it was not followed.", path=shorten(path, 260))
