"""A sealed volume: its numbers, families, texts, natives and stamps, and that nothing held is inside."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
import stat
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from conftest import Answered
from piles import FORMULA, HELD_CANARY, MARKUP, UNICODE, Told, rows_of, tecum
from tecum import verbs
from tecum.loadfile import DatReader
from tecum.production.write import _text

pytestmark = pytest.mark.usefixtures("one_day")
SPOILS = pytest.mark.parametrize("name", ["TEXT", "IMAGES", "NATIVES", "DATA", "MANIFEST.csv"])


@pytest.fixture(scope="module")
def rows(answered_once: Answered) -> dict[str, dict[str, str]]:
    """The load file by subject, else by file name."""
    found = {row["SUBJECT"] or row["FILENAME"]: row for row in rows_of(answered_once.volume)}
    assert len(found) == len(rows_of(answered_once.volume))
    return found


def number(bates: str) -> int:
    return int(re.sub(r"\D", "", bates))


def linked(volume: Path, link: str) -> Path:
    return volume / link.replace("\\", "/")


def text_of(volume: Path, row: dict[str, str]) -> str:
    return linked(volume, row["TEXTLINK"]).read_bytes().decode("utf-8")


# -- numbers and families --------------------------------------------------------------------------------


def test_numbers_follow_one_another_without_a_gap(answered_once: Answered) -> None:
    following = 1
    for row in rows_of(answered_once.volume):
        first, last = number(row["BEGBATES"]), number(row["ENDBATES"])
        assert first == following
        assert last - first + 1 == int(row["PGCOUNT"])
        with pikepdf.open(linked(answered_once.volume, row["PDFLINK"])) as document:
            assert len(document.pages) == int(row["PGCOUNT"])
        following = last + 1
    assert (answered_once.said["first"], answered_once.said["last"]) == ("TWN00000001", f"TWN{following - 1:08d}")
    assert answered_once.said["pages"] == following - 1


def test_families_stand_together_parents_first(answered_once: Answered, rows: dict[str, dict[str, str]]) -> None:
    parent, note, plan = (rows[one] for one in ("Widget guidance", "note.txt", "plan.docx"))
    assert number(note["BEGBATES"]) == number(parent["ENDBATES"]) + 1
    assert number(plan["BEGBATES"]) == number(note["ENDBATES"]) + 1
    for row in (parent, note, plan):
        assert (row["BEGATTACH"], row["ENDATTACH"]) == (parent["BEGBATES"], plan["ENDBATES"])
    assert [row["PARENT_BATES"] for row in (parent, note, plan)] == ["", parent["BEGBATES"], parent["BEGBATES"]]
    assert parent["CHILD_BATES"].split(";") == [note["BEGBATES"], plan["BEGBATES"]]
    assert (parent["ATTACHCOUNT"], parent["ATTACHNAMES"]) == ("2", "note.txt;plan.docx")
    alone = rows["memo.txt"]
    assert [alone[key] for key in ("BEGATTACH", "ENDATTACH", "PARENT_BATES", "CHILD_BATES", "ATTACHCOUNT")] == [""] * 5


def test_the_order_is_that_of_control_numbers(answered_once: Answered) -> None:
    controls = [row["CONTROLNO"] for row in rows_of(answered_once.volume)]
    assert controls == sorted(controls)


def test_pictures_inside_a_body_are_no_documents_of_their_own(rows: dict[str, dict[str, str]]) -> None:
    assert "logo.png" not in rows
    assert rows["Widget with a picture"]["ATTACHCOUNT"] == ""


# -- what is written -------------------------------------------------------------------------------------


def test_a_parents_text_never_holds_its_childs(answered_once: Answered, rows: dict[str, dict[str, str]]) -> None:
    parent, note, plan = (
        text_of(answered_once.volume, rows[one]) for one in ("Widget guidance", "note.txt", "plan.docx")
    )
    assert "Guidance on every widget" in parent
    assert "Attachments: note.txt; plan.docx" in parent
    assert "cobalt" in note
    assert "vermilion" in plan
    assert "cobalt" not in parent
    assert "vermilion" not in parent + note


def test_office_files_go_out_as_natives_behind_a_slip_sheet(
    answered_once: Answered, rows: dict[str, dict[str, str]]
) -> None:
    for name in ("plan.docx", "zeppelin.docx", "table.csv"):
        row = rows[name]
        native = linked(answered_once.volume, row["NATIVELINK"])
        assert native.stem == row["BEGBATES"]
        assert native.suffix == Path(name).suffix
        assert hashlib.sha256(native.read_bytes()).hexdigest() == row["SHA256"]
        assert hashlib.md5(native.read_bytes()).hexdigest() == row["MD5HASH"]
        assert row["PGCOUNT"] == "1"
    for name in ("Widget guidance", "memo.txt", "pages.pdf"):
        assert rows[name]["NATIVELINK"] == ""


def test_the_bytes_of_the_load_file(answered_once: Answered) -> None:
    path = answered_once.volume / "DATA/VOL001.DAT"
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf\xc3\xbeBEGBATES\xc3\xbe\x14\xc3\xbe")
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == len(rows_of(answered_once.volume)) + 1
    with path.open("rb") as file:
        reader = DatReader(file)
        read = [dict(zip(reader.columns, row.values, strict=True)) for row in reader]
        assert reader.anomalies == []
    assert read == rows_of(answered_once.volume)


def test_every_sign_of_a_subject_arrives(answered_once: Answered, rows: dict[str, dict[str, str]]) -> None:
    assert {UNICODE, FORMULA, MARKUP, "Widget in two lines"} <= set(rows)
    assert rows[FORMULA]["FROM"].startswith("=HYPERLINK(1)"), "a load file is never neutralised"
    (awkward,) = (subject for subject in rows if subject.startswith("semi;colon"))
    assert awkward == "semi;colon th thorn (R) registered widget", (
        "what the format cannot carry is replaced, and logged"
    )
    assert "semi;colon \xfe thorn \xae registered widget" in text_of(answered_once.volume, rows[awkward])
    with verbs.open(answered_once.folder) as matter, matter.read() as db:
        acts = db.exec_driver_sql("SELECT body FROM ledger WHERE action = 'replace signs in load file'").scalars().all()
    assert len(acts) == 1
    assert '"count":2' in acts[0]


def test_formulas_are_neutralised_in_the_papers(answered: Answered) -> None:
    """HELD.csv opens in a spreadsheet; its values come back whole when the apostrophe is taken off."""
    with verbs.open(answered.folder) as matter:
        control = {row["title"]: row["control"] for row in verbs.documents(matter)}[FORMULA]
        with matter.write() as db:
            db.exec_driver_sql(
                "INSERT INTO held SELECT 'VOL001', id, 'planted', '[\"1\"]' FROM document WHERE control = ?", (control,)
            )
        from tecum.production import papers, record

        with matter.read() as db:
            done = record.volume_of(db, "VOL001")
        assert done is not None
        papers.write(matter, done, done.settings["notes"], done.settings["terms"], {})
    with (answered.papers / "HELD.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = (row for row in csv.DictReader(file) if row["control"] == control)
    assert row["title"] == f"'{FORMULA}"
    assert row["from"] == "'=HYPERLINK(1) <eve@town.example>"
    for name in ("HELD.csv", "EXCEPTIONS.csv", "REVIEW.csv", "TERMS.csv"):
        with (answered.papers / name).open(encoding="utf-8-sig", newline="") as file:
            for line in csv.reader(file):
                assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def test_texts_end_their_lines_with_cr_lf(answered_once: Answered) -> None:
    for path in (answered_once.volume / "TEXT").rglob("*.txt"):
        data = path.read_bytes()
        assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r"), path


@pytest.mark.parametrize("cut", range(1, 8))
def test_line_ends_are_mended_wherever_a_piece_ends(cut: int) -> None:
    data = b"a\r\nb\nc\rd\r\r\n"
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    assert b"".join(_text("h\n", iter(pieces))) == b"h\r\na\r\nb\r\nc\r\nd\r\n\r\n"


def test_a_mails_text_begins_with_its_head(answered_once: Answered, rows: dict[str, dict[str, str]]) -> None:
    text = text_of(answered_once.volume, rows["Widget shipment"])
    assert text.startswith(
        "From: Ann Poe <ann@town.example>\r\nTo: Bob Roe <bob@town.example>\r\n"
        "Sent: 2017-03-14 09:26:53 CDT\r\nSubject: Widget shipment\r\n\r\n"
    )
    assert (rows["Widget shipment"]["DATESENT"], rows["Widget shipment"]["TIMESENT"]) == ("03/14/2017", "09:26:53")
    undated = rows["Undated widget"]
    assert (undated["DATESENT"], undated["TIMESENT"]) == ("", ""), "an unknown date is empty, never zero"


def test_the_manifest_lists_every_file_and_its_hash(answered_once: Answered) -> None:
    with (answered_once.volume / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["path"]: row for row in csv.DictReader(file)}
    files = {
        path.relative_to(answered_once.volume).as_posix(): path
        for path in answered_once.volume.rglob("*")
        if path.is_file()
    }
    assert set(listed) == set(files) - {"MANIFEST.csv"}
    for name, row in listed.items():
        data = files[name].read_bytes()
        assert (row["bytes"], row["sha256"]) == (str(len(data)), hashlib.sha256(data).hexdigest())
    sealed = hashlib.sha256(files["MANIFEST.csv"].read_bytes()).hexdigest()
    assert answered_once.said["manifest"] == sealed


# -- pages, as other programs see them -------------------------------------------------------------------


def pages(path: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def test_every_page_bears_its_own_number_alone(answered_once: Answered) -> None:
    for row in rows_of(answered_once.volume):
        first = number(row["BEGBATES"])
        texts = pages(linked(answered_once.volume, row["PDFLINK"]))
        assert len(texts) == int(row["PGCOUNT"])
        for at, text in enumerate(texts):
            assert re.findall(r"TWN\d{8}", text) == [f"TWN{first + at:08d}"]


def test_pages_are_whole_for_another_program(answered_once: Answered) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    for path in (answered_once.volume / "IMAGES").rglob("*.pdf"):
        done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_pdf_keeps_its_pages_in_order(answered_once: Answered, rows: dict[str, dict[str, str]]) -> None:
    texts = pages(linked(answered_once.volume, rows["pages.pdf"]["PDFLINK"]))
    assert [("First" in text, "Second" in text, "Third" in text) for text in texts] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


@pytest.mark.parametrize("subject", [MARKUP, FORMULA, UNICODE])
def test_evidence_is_data_and_never_markup(
    answered_once: Answered, rows: dict[str, dict[str, str]], subject: str
) -> None:
    (text,) = pages(linked(answered_once.volume, rows[subject]["PDFLINK"]))
    flat = " ".join(text.split())
    for word in subject.split():
        assert word in flat
    if subject == MARKUP:
        assert "#panic() *strong* $y$ widget" in flat


def test_a_script_without_glyphs_goes_out_as_native_and_says_so(
    answered_once: Answered, rows: dict[str, dict[str, str]]
) -> None:
    row = rows["Hieroglyph widget"]
    assert row["EXCEPTION"] == "GLYPH_MISSING"
    assert linked(answered_once.volume, row["NATIVELINK"]).read_bytes().decode().count("\U00013080") == 1
    assert "\U00013080" in text_of(answered_once.volume, row)
    (text,) = pages(linked(answered_once.volume, row["PDFLINK"]))
    assert "Natively" in text
    assert "U+13080" in " ".join(text.split())
    exceptions = (answered_once.papers / "EXCEPTIONS.csv").read_text("utf-8-sig")
    assert "GLYPH_MISSING" in exceptions


# -- sealed ----------------------------------------------------------------------------------------------


def test_sealed_files_are_read_only(answered_once: Answered) -> None:
    for path in answered_once.volume.rglob("*"):
        if path.is_file():
            assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def spoil(path: Path) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@SPOILS
def test_a_changed_byte_stops_verify_and_release(answered: Answered, name: str) -> None:
    place = answered.volume / name
    path = place if place.is_file() else sorted(one for one in place.rglob("*") if one.is_file())[0]
    spoil(path)
    for told in attempts(answered):
        assert told.code == 34, told
        assert told.json["error"]["code"] == "VOLUME_CHANGED"
        assert path.name in told.json["error"]["message"]
    assert tecum("status", "-C", answered.folder, "--json").json["volumes"][0]["state"] == "DRAFT"


def test_a_missing_file_stops_verify_and_release(answered: Answered) -> None:
    path = next((answered.volume / "TEXT").rglob("*.txt"))
    path.unlink()
    assert [told.code for told in attempts(answered)] == [34, 34]


def test_a_file_that_was_added_stops_verify_and_release(answered: Answered) -> None:
    (answered.volume / "TEXT/0001/privileged memo.txt").write_text("slipped in", encoding="utf-8")
    assert [told.code for told in attempts(answered)] == [34, 34]


def attempts(answered: Answered) -> list[Told]:
    verified = tecum("verify", "-C", answered.folder, "--json")
    released = tecum("release", "VOL001", "--by", "Dana Whitfield", "-C", answered.folder, "--json")
    return [verified, released]


# -- what is held ----------------------------------------------------------------------------------------


def everything_in(path: Path) -> bytes:
    """A file's bytes, with whatever is compressed in it opened."""
    data = path.read_bytes()
    found = [data]
    if path.suffix == ".pdf":
        with pikepdf.open(path) as document:
            found += [
                one.read_bytes() for one in document.objects if isinstance(one, pikepdf.Stream) and _readable(one)
            ]
            found.append(str(document.docinfo).encode())
    if data.startswith(b"PK"):
        import zipfile

        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(found)


def _readable(stream: Any) -> bool:
    try:
        stream.read_bytes()
    except (pikepdf.PdfError, zlib.error):
        return False
    return True


def test_nothing_of_a_held_family_is_in_the_volume(answered_once: Answered) -> None:
    names = [path.name.encode() for path in answered_once.volume.rglob("*")]
    canaries = [HELD_CANARY.encode(), b"457-55-5462", b"Payroll widget", b"Widget advice", b"lawson-firm"]
    wide = [canary.decode().encode("utf-16-be") for canary in canaries] + [
        canary.decode().encode("utf-16-le") for canary in canaries
    ]
    for path in answered_once.volume.rglob("*"):
        if path.is_file():
            whole = everything_in(path)
            texts = "".join(pages(path)).encode() if path.suffix == ".pdf" and shutil.which("pdftotext") else b""
            for canary in [*canaries, *wide]:
                assert canary not in whole + texts, (path, canary)
    assert not any(canary in name for canary in canaries for name in names)
    with verbs.open(answered_once.folder) as matter:
        held = {
            row["control"] for row in verbs.documents(matter) if row["title"] in ("Widget advice", "Payroll widget")
        }
    assert held
    assert held.isdisjoint(row["CONTROLNO"] for row in rows_of(answered_once.volume))


def test_a_mailbox_or_archive_never_goes_out_whole(answered_once: Answered) -> None:
    kinds = {path.suffix for path in (answered_once.volume / "NATIVES").rglob("*") if path.is_file()}
    assert kinds <= {".docx", ".csv", ".eml"}
    assert all(
        row["FILENAME"] not in ("inbox.mbox", "sent.mbox", "bundle.zip") for row in rows_of(answered_once.volume)
    )
