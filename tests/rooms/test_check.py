"""The check of a volume: clean volumes are clean, each defect gives its code, hostile ones stay outside."""

from __future__ import annotations

import itertools
import json
import os
import random
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from clean_volume import MUTATIONS, InProcess, Mutation, bates, clean_volume, pdf

from tecum.errors import VolumeUnreadable
from tecum.fields import profile
from tecum.loadfile import write_dat
from tecum.model import Severity
from tecum.receipt import report as report_module
from tecum.receipt.check import check
from tecum.receipt.codes import CODES, CONSEQUENCES
from tecum.receipt.report import CheckResult
from tecum.receipt.rows import read_rows

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "loadfiles"


def spoiled(folder: Path, spoil: Mutation | None, seed: int) -> CheckResult:
    rng = random.Random(seed)
    volume = clean_volume(rng, rng.randint(1, 3), rng.randint(3, 6))
    if spoil:
        spoil(volume, rng)
    return check(volume.write(folder), sandbox=InProcess())


def judged(result: CheckResult, code: str) -> None:
    found = set(result.by_code)
    further = found - {code} - CONSEQUENCES.get(code, frozenset())
    assert code in found, (code, result.findings)
    assert not further, (code, [one for one in result.findings if one.code in further])


@pytest.mark.parametrize("seed", range(3))
def test_a_clean_volume_has_no_finding(tmp_path: Path, seed: int) -> None:
    result = spoiled(tmp_path, None, seed)
    assert result.findings == []
    assert result.documents > 6
    assert (result.first, result.last) == (bates(1), bates(result.pages))
    examined = set(CODES) - {code for code, _ in result.not_examined}
    assert examined >= {code for code, _ in MUTATIONS} - {"T01", "S02", "R03"}


@pytest.mark.parametrize(("code", "spoil"), MUTATIONS, ids=[f"{code}-{one.__name__}" for code, one in MUTATIONS])
def test_each_defect_gives_its_code(tmp_path: Path, code: str, spoil: Mutation) -> None:
    judged(spoiled(tmp_path, spoil, 1), code)


@pytest.mark.slow
def test_many_defects_give_their_codes(tmp_path: Path) -> None:
    """300 seeded mutations; the table of recall and false alarms is 300/300 and 0."""
    for seed, (code, spoil) in zip(range(300), itertools.cycle(MUTATIONS), strict=False):
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            judged(spoiled(folder, spoil, seed), code)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {spoil.__name__}") from error


def test_every_code_has_its_mutation_or_says_why_not(tmp_path: Path) -> None:
    result = spoiled(tmp_path, None, 0)
    reasons = dict(result.not_examined)
    for code in set(CODES) - {code for code, _ in MUTATIONS}:
        assert reasons[code]
    assert set(CONSEQUENCES) <= set(CODES)
    assert all(further <= set(CODES) for further in CONSEQUENCES.values())


def test_the_json_shape(tmp_path: Path) -> None:
    result = spoiled(tmp_path, dict((one.__name__, one) for _, one in MUTATIONS)["number_twice"], 2)
    shape = json.loads(json.dumps(result.as_dict()))
    assert list(shape)[:9] == [
        "volume", "documents", "pages", "first", "last", "assumed", "findings", "by_code", "unlisted",
    ]  # fmt: skip
    assert set(shape["findings"][0]) == {"code", "severity", "bates", "path", "field", "message", "evidence"}
    assert shape["by_code"] == Counter(one["code"] for one in shape["findings"])
    assert all(set(one) == {"code", "reason"} for one in shape["not_examined"])


def test_the_real_sandbox_reads_pdfs_and_ink(tmp_path: Path) -> None:
    rng = random.Random(4)
    volume = clean_volume(rng, 1, 3)
    wrong, empty = volume.alone(rng), volume.rows[0]
    volume.files[wrong["PDFLINK"].replace("\\", "/")] = pdf(9)
    volume.files[empty["TEXTLINK"].replace("\\", "/")] = b""
    volume.write(tmp_path)
    assert check(tmp_path).by_code == {"C04": 1, "T01": 1}


def test_findings_of_one_code_are_counted_beyond_what_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "LISTED", 3)
    path = tmp_path / "a.csv"
    path.write_text("DOCID,NATIVE_PATH\n" + "".join(f"A{n:04d},n/{n}.doc\n" for n in range(1, 11)))
    result = check(path, sandbox=InProcess())
    assert result.by_code["X01"] == 10
    assert sum(one.code == "X01" for one in result.findings) == 3
    assert result.as_dict()["unlisted"] == {"X01": 7}


def test_a_link_out_of_the_volume_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("outside")
    volume = clean_volume(random.Random(5))
    name = volume.rows[0]["TEXTLINK"].replace("\\", "/")
    del volume.files[name]
    folder = tmp_path / "VOL001"
    folder.mkdir()
    volume.after.append(lambda where: (where / name).symlink_to(secret))
    volume.after.append(lambda where: (where / "TEXT" / "more").symlink_to(tmp_path))
    volume.write(folder)
    secret.unlink()
    os.mkfifo(secret)  # opening it would hang
    result = check(folder, sandbox=InProcess())
    assert set(result.by_code) == {"X04"}
    assert {one.path for one in result.findings} == {name.replace("/", "\\"), name, "TEXT/more"}


def test_the_volume_may_be_named_in_its_paths(tmp_path: Path) -> None:
    volume = clean_volume(random.Random(6))
    for row in volume.rows:
        row["TEXTLINK"] = ".\\VOL001\\" + row["TEXTLINK"]
    folder = tmp_path / "VOL001"
    folder.mkdir()
    assert check(volume.write(folder), sandbox=InProcess()).findings == []


def test_a_page_with_nothing_but_a_stamp_may_have_an_empty_text(tmp_path: Path) -> None:
    import io

    from PIL import Image, ImageDraw

    rng = random.Random(7)
    volume = clean_volume(rng)
    row = next(one for one in volume.rows if one["PGCOUNT"] == "1")
    page = Image.new("1", (2550, 3300), 1)
    ImageDraw.Draw(page).text((2000, 3200), row["BEGBATES"], fill=0)
    out = io.BytesIO()
    page.save(out, "TIFF", compression="group4", dpi=(300, 300))
    volume.files[volume.lines[volume.lines_of(row)[0]].path.replace("\\", "/")] = out.getvalue()
    volume.files[row["TEXTLINK"].replace("\\", "/")] = b""
    del volume.files[row.pop("PDFLINK").replace("\\", "/")]
    assert check(volume.write(tmp_path), sandbox=InProcess()).findings == []


def test_an_empty_native_that_is_declared_empty_is_in_order(tmp_path: Path) -> None:
    import hashlib

    rng = random.Random(8)
    volume = clean_volume(rng)
    row = volume.alone(rng)
    volume.files[row["NATIVELINK"].replace("\\", "/")] = b""
    row.update(FILESIZE="0", MD5HASH=hashlib.md5().hexdigest(), SHA256=hashlib.sha256().hexdigest())
    assert check(volume.write(tmp_path), sandbox=InProcess()).findings == []


def test_what_is_no_volume_is_said(tmp_path: Path) -> None:
    with pytest.raises(VolumeUnreadable):
        check(tmp_path / "nothing")
    with pytest.raises(VolumeUnreadable):
        check(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\r\n", b"DOCID|x\r\n", b"\xff\xfe", b"\0\1\2", b"x" * 9, b"\xfe" * 50])
@pytest.mark.parametrize("name", ["a.dat", "a.csv", "a.opt", "a.lfp", "a.txt"])
def test_load_files_with_nothing_in_them(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert check(tmp_path / name, sandbox=InProcess()).documents <= 1


def test_a_file_of_damage_alone_stays_quick(tmp_path: Path) -> None:
    head = "\u00feDOCID\u00fe\x14\u00feSUBJECT\u00fe\r\n" * 3
    (tmp_path / "a.dat").write_bytes((head + "\u00fex\r\n" * 5_000).encode())
    (tmp_path / "b.csv").write_bytes(b'"DOCID","SUBJECT"\r\n"1","2"\r\n' + b'"x\r\n' * 5_000)
    assert check(tmp_path / "a.dat", sandbox=InProcess()).by_code["P03"] >= 4_990
    assert check(tmp_path / "b.csv", sandbox=InProcess()).by_code["P03"] > 2_000


def test_edrm_xml_is_read_with_tags_files_and_relations(tmp_path: Path) -> None:
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "1.eml").write_bytes(b"mail")
    (tmp_path / "a.xml").write_text(
        """<?xml version="1.0"?><!DOCTYPE Root [<!ENTITY e SYSTEM "file:///etc/passwd">]>
        <Root DataInterchangeType="Update" MajorVersion="1" MinorVersion="2"><Batch><Documents>
        <Document DocID="D0001"><Tags><Tag TagName="DateSent" TagDataType="Text" TagValue="13/13/2018"/>
        <Tag TagName="Subject" TagValue="x">&e;</Tag></Tags>
        <Files><File FileType="Native"><ExternalFile FilePath="n" FileName="1.eml" FileSize="4" Hash="00"/></File>
        </Files></Document>
        <Document DocID="D0002"><Tags><Tag TagName="DateSent" TagValue="01/02/2018"/></Tags></Document></Documents>
        <Relationships><Relationship Type="Attachment" ParentDocId="D0009" ChildDocId="D0002"/></Relationships>
        </Batch></Root>"""
    )
    result = check(tmp_path, sandbox=InProcess())
    assert result.by_code == {"M02": 1, "F01": 1}
    assert result.documents == 2


def test_rows_for_taking_in(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    with path.open("wb") as out:
        write_dat(out, profile("default"), [{"BEGBATES": "A0001", "TO": ["x", "y"], "SUBJECT": "a\nb"}])
    with read_rows(path) as rows:
        (record,) = rows
        assert record.values == {"BEGBATES": "A0001", "TO": "x;y", "SUBJECT": "a\nb"}
        assert rows.profile is profile("default")
        assert rows.anomalies == []


@pytest.mark.slow
def test_memory_stays_flat_over_many_rows(tmp_path: Path) -> None:
    peaks = []
    for count in (5_000, 40_000):
        path = tmp_path / f"{count}.dat"
        with path.open("wb") as out:
            rows = (
                {"BEGBATES": bates(n), "ENDBATES": bates(n), "PGCOUNT": "1", "BEGATTACH": bates(n),
                 "ENDATTACH": bates(n), "CUSTODIAN": "c", "SUBJECT": "s" * 100}
                for n in range(1, count + 1)
            )  # fmt: skip
            write_dat(out, profile("default"), rows)
        tracemalloc.start()
        result = check(path, sandbox=InProcess())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert result.documents == count
        assert result.findings == []
    assert peaks[1] - peaks[0] < 35_000 * 400  # bytes a row, at the peak


# --- real vendor samples beside the project -----------------------------------------------------------------

shared = pytest.mark.shared


def sample(name: str) -> CheckResult:
    path = SHARED / name
    if not path.exists():
        pytest.skip("the sample load files are not there")
    return check(path, sandbox=InProcess())


def fields(result: CheckResult) -> dict[str, int]:
    return dict(Counter(one.field for one in result.findings if one.code == "M05"))


@shared
@pytest.mark.parametrize(
    ("name", "rows", "codes"),
    [
        ("load_file_01", 4, {"M05": 12}),
        ("load_file_02", 2, {"M05": 5, "P06": 1}),
        ("load_file_03", 2, {"M05": 6, "P06": 1}),
        ("load_file_04", 2, {"M05": 6, "P03": 2}),
        ("load_file_05", 4, {"M05": 12, "M02": 4}),
        ("load_file_07_0", 12, {"M05": 6, "P06": 1, "B01": 1, "B03": 1, "X01": 13}),
        ("load_file_07_1", 12, {"M05": 36, "P06": 1, "B01": 1, "B03": 1}),
        ("load_file_07_2", 12, {"M05": 36, "P06": 1, "B01": 1, "B03": 1}),
        ("rdo_load_file_01", 0, {"P06": 1}),
        ("rdo_load_file_02", 0, {"P06": 1}),
        ("rdo_load_file_03", 0, {"P06": 1}),
    ],
)
def test_relativity_load_files(name: str, rows: int, codes: dict[str, int]) -> None:
    result = sample(f"relativity-import-samples/{name}.dat")
    assert (result.documents, result.by_code) == (rows, codes)


@shared
def test_relativity_details() -> None:
    assert fields(sample("relativity-import-samples/load_file_01.dat")) == {"MD5HASH": 4, "FILESIZE": 4, "FILEEXT": 4}
    assert fields(sample("relativity-import-samples/load_file_02.dat")) == {"MD5HASH": 2, "FILESIZE": 2, "FILEEXT": 1}
    inside = [one for one in sample("relativity-import-samples/load_file_04.dat").findings if one.code == "P03"]
    assert {one.severity for one in inside} == {Severity.NOTE}
    assert all("24 columns" in one.message for one in inside)
    whole = sample("relativity-import-samples")
    orphans = {one.path.rpartition("/")[2] for one in whole.findings if one.code == "X02"}
    assert orphans == {"TextAsTiffFile.tif", "SYM-00011001_REV.txt"}
    assert whole.by_code["I05"] == 1
    assert not set(whole.by_code) & {"I01", "I02", "I03", "I04"}
    assert whole.by_code["B01"] > 12  # the three 07 files share their numbers


@shared
@pytest.mark.parametrize(("name", "further"), [("Opticon_01", {}), ("opticon_02", {"S02": 1})])
def test_relativity_images(name: str, further: dict[str, int]) -> None:
    result = sample(f"relativity-import-samples/{name}.opt")
    assert result.by_code == {"B04": 1, "I05": 1, "X02": 2} | further
    assert (result.documents, result.pages) == (1, 5)


@shared
@pytest.mark.parametrize(
    ("name", "documents", "missing", "notes"),
    [
        ("concordance-basic", 50, 50, 1),
        ("custom-delim", 100, 100, 1),
        ("families-eml", 170, 170, 1),
        ("tiff-multipage", 200, 1294, 2),
        ("edrm-xml-basic", 30, 30, 0),
    ],
)
def test_generated_sets_lack_their_files_and_nothing_else(name: str, documents: int, missing: int, notes: int) -> None:
    result = sample(f"zipper/{name}")
    assert result.documents == documents
    assert result.by_code == {"X01": missing} | ({"P05": notes} if notes else {})
    assert result.by_severity == {Severity.STOP: missing} | ({Severity.NOTE: notes} if notes else {})


@shared
def test_generated_sets_say_what_was_taken_for_granted() -> None:
    basic, families = sample("zipper/concordance-basic").assumed, sample("zipper/families-eml").assumed
    assert any("'BEGATTY' (empty in every row)" in said for said in basic)
    assert any("they disagree in 100 rows" in said for said in families)
    assert any("FILESIZE is 0 in 70 rows" in said for said in families)
    assert any("30 of 30 natives" in said for said in sample("zipper/edrm-xml-basic").assumed)
    assert sample("zipper/tiff-multipage").pages == 1094


@shared
@pytest.mark.parametrize("part", ["", "/PRODUCTION", "/PRODUCTION/DATA/loadfile.dat"])
def test_the_leaking_production_fails(part: str) -> None:
    result = sample(f"zipper/redacted-prod{part}")
    by_field = Counter(one.field for one in result.findings if one.code == "R02")
    assert by_field == {"NATIVELINK": 50, "TEXTLINK": 50, "IMAGELINK": 50}
    assert set(result.by_code) == {"R02", "X01"}
    assert result.stops >= 150
