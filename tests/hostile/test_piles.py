"""Hostile names and contents through the whole journey: nothing is written elsewhere, nothing runs, nothing crashes."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import os
import re
import struct
import tarfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from piles import (
    TEXT,
    Told,
    balanced,
    demand,
    items,
    mail,
    matter_of,
    mbox,
    payload,
    rows_of,
    tecum,
    with_processing,
    write,
    zipped,
)
from plants import Plant, by_hand_7z, zstandard
from tecum import verbs

pytestmark = pytest.mark.usefixtures("one_day")
REQUEST = '[[request]]\nnumber = "1"\ntext = "All."\nterms = ["widget"]\n'
CUSTODIAN = 'eve = { name = "Eve", source = "pile" }\n'
FORMULAS = ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "+1+cmd", "-2+3", "\t=1", '=HYPERLINK("http://x")', "＝1+1"]
TRAVERSALS = [
    "../../../../escaped.txt",
    "/etc/escaped.txt",
    "..\\..\\escaped.txt",
    "C:\\Windows\\escaped.txt",
    "a/../../escaped.txt",
    "\\\\host\\share\\escaped.txt",
    "./escaped.txt",
    "..",
    ".",
    "/",
    "CON",
    "nul.txt",
    "aux",
    "a" * 400 + ".txt",
    "tab\tname.txt",
    "new\nline.txt",
    "esc\x1b[31m.txt",
    "\u202etxt.exe",
    "trailing. ",
    "semi;colon.txt",
    "thorn\xfe\x14.txt",
    'typst"#(1).txt',
    "<script>.html.txt",
    "%2e%2e%2fescaped.txt",
    "~/escaped.txt",
    "-rf",
    "$(id).txt",
    "`id`.txt",
]


def answer(folder: Path, files: dict[str, bytes], **processing: Any) -> tuple[Told, Path]:
    """Answer a demand for whatever says "widget"; nothing but the matter may change."""
    write(folder / "pile", files)
    path = demand(folder, requests=REQUEST, custodians=CUSTODIAN)
    out = folder / "matter"
    with with_processing(verbs.init(out, demand=path), workers=1, **processing):
        pass
    before = around(folder)
    told = tecum("answer", path, "--out", out, "--json")
    assert told.code in (0, 100), told
    assert around(folder) == before, "something was written outside the matter"
    with verbs.open(out) as matter:
        balanced(matter)
        verbs.verify(matter)
    volume = out / "productions/VOL001"
    assert verbs.check(volume)["by_code"].keys() <= {"M06"}, verbs.check(volume)["findings"]
    return told, volume


def around(folder: Path) -> Any:
    """Everything beside the matter, up to the folder of the test's run."""
    beside = {name: value for name, value in payload(folder).items() if not name.startswith("matter/")}
    return beside, sorted(path.name for path in folder.parent.iterdir() if path.name.startswith("escaped"))


def every_cell(papers: Path) -> list[str]:
    cells = []
    for path in papers.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    return cells


@pytest.mark.slow
def test_formulas_in_every_place_a_name_can_stand(tmp_path: Path) -> None:
    mails = [
        mail(
            f"{formula} widget",
            f"{formula} widget\r\n",
            sender=f'"{formula}" <eve@x.example>',
            date=None,
            attach=[("=1+1.txt", b"=1+1", TEXT)],
        )
        for formula in FORMULAS
        if '"' not in formula
    ]
    files = {"in.mbox": mbox(*mails), "=cmd widget.txt": b"=1+1", "@x.csv": b'"=1+1",widget\r\n'}
    told, volume = answer(tmp_path, files)
    assert told.json["documents"] == 2 * len(mails) + 2
    cells = every_cell(volume.parent / "VOL001.papers")
    assert cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    names = {row["FILENAME"] for row in rows_of(volume)}
    assert {"=1+1.txt", "=cmd widget.txt"} <= names


@pytest.mark.slow
def test_names_inside_archives_lead_nowhere(tmp_path: Path) -> None:
    inside = {name: b"widget %d" % n for n, name in enumerate(TRAVERSALS)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in inside.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for kind, name in (
            (tarfile.SYMTYPE, "link"),
            (tarfile.LNKTYPE, "hard"),
            (tarfile.CHRTYPE, "device"),
            (tarfile.FIFOTYPE, "pipe"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    told, volume = answer(tmp_path, {"a.zip": zipped(inside), "b.tar": out.getvalue()})
    with verbs.open(tmp_path / "matter") as matter:
        found = list(verbs.items(matter))
        for row in found:
            assert row["name"] not in ("", ".", "..")
            assert "/" not in row["name"]
            assert row["name"].isprintable()
            assert len(os.fsencode(row["path"])) < 4096
    zip_members = [row for row in found if row["path"].startswith("a.zip//")]
    assert len(zip_members) == len(TRAVERSALS)
    assert told.json["documents"] >= len(TRAVERSALS)
    for path in volume.rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9._-]+", path.name), path
    root = b"root:"
    assert not any(root in path.read_bytes() for path in volume.rglob("*.txt")), "a link in an archive was followed"


@pytest.mark.slow
def test_attachments_named_like_paths(tmp_path: Path) -> None:
    names = [name for name in TRAVERSALS if name.isprintable() and '"' not in name]
    letter = mail("Names widget", attach=[(name.replace("\\", "\\\\"), b"attached", TEXT) for name in names])
    told, volume = answer(tmp_path, {"letter.eml": letter})
    assert told.json["documents"] == len(names) + 1
    for row in rows_of(volume):
        for key in ("NATIVELINK", "TEXTLINK", "PDFLINK"):
            assert ".." not in row[key]
            assert not row[key].startswith(("\\", "/"))


@pytest.mark.slow
def test_control_and_bidi_characters_stay_data(tmp_path: Path) -> None:
    subjects = [
        "\u202egnp.exe\u202c widget",
        "nul\x00widget widget",
        "bell\x07 esc\x1b]0;owned\x07 widget",
        "\u2066\u2067 widget",
        "zero\u200bwidth widget",
        "\ufeffbom widget",
        "\ud7ff\U0010ffff widget",
        "a\u0301" * 50 + " widget",
        "\u2028\u2029 widget",
        "\x85 widget",
        "line\x0bfeed\x0c widget",
    ]
    box = mbox(*(mail(subject, f"{n}: {subject}\r\n") for n, subject in enumerate(subjects)))
    told, volume = answer(tmp_path, {"in.mbox": box})
    assert told.json["documents"] == len(subjects)
    rows = rows_of(volume)
    assert len(rows) == len(subjects)
    for row in rows:
        assert not re.search("[\x00-\x08\x0a-\x1f]", "".join(row.values()))
        assert "widget" in row["SUBJECT"]
    # What a terminal would obey never reaches it.
    spoken = tecum("search", "widget", "-C", tmp_path / "matter")
    assert spoken.code == 0
    assert "\x1b" not in spoken.out
    assert "\x07" not in spoken.out
    told_exceptions = tecum("exceptions", "-C", tmp_path / "matter")
    assert "\x1b" not in told_exceptions.out


@pytest.mark.slow
def test_headers_of_a_megabyte(tmp_path: Path) -> None:
    long = "widget " + "x" * (1 << 20)
    people = ", ".join(f'"Person {n}" <p{n}@x.example>' for n in range(20_000))
    files = {
        "subject.eml": mail(long),
        "people.eml": mail("People widget", to=people),
        "folded.eml": mail("widget" + "\r\n x" * 100_000),
        "references.eml": mail("References widget", extra=[("References", "<r@x.example> " * 50_000)]),
        "quotes.eml": mail("Quotes widget", to='"' * 200_000 + "a@x.example"),
        "encoded.eml": mail("=?utf-8?q?widget_?= " * 40_000),
        "headers.eml": mail("Headers widget", extra=[(f"X-{n}", "v") for n in range(50_000)]),
    }
    told, volume = answer(tmp_path, files)
    assert told.json["documents"] == len(files)
    rows = {row["FILENAME"]: row for row in rows_of(volume)}
    assert set(rows) == set(files)
    assert len(rows["people.eml"]["TO"].split(";")) == 20_000, "every recipient is kept"
    assert rows["subject.eml"]["EXCEPTION"] == "PARTIAL", "what was cut is said"
    assert len(rows["subject.eml"]["SUBJECT"]) == 100_000


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_mail_of_five_thousand_parts(tmp_path: Path) -> None:
    many = mail("Parts", attach=[(f"{n}.txt", b"part %d" % n, TEXT) for n in range(5_000)])
    told, _ = answer(tmp_path, {"many.eml": many, "one.eml": mail("One widget")})
    assert told.json["documents"] == 1
    with verbs.open(tmp_path / "matter") as matter:
        status = verbs.status(matter)
        found = [row for row in verbs.items(matter) if row["path"].startswith("many.eml//")]
        codes = {code for row in verbs.items(matter) for code in row["codes"]}
    assert status["found"] == status["documents"] == len(found) + 2
    assert len(found) == 5_000 or "LIMIT_COUNT" in codes, "what was left out is said"
    assert len(found) >= 4_999


@pytest.mark.slow
def test_parts_nested_without_end(tmp_path: Path) -> None:
    deep = b"Content-Type: text/plain\r\n\r\nThe innermost widget.\r\n"
    for n in range(300):
        mark = b"b%d" % n
        deep = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--\r\n' % (
            mark,
            mark,
            deep,
            mark,
        )
    letter = b"From: eve@x.example\r\nSubject: Deep widget\r\nDate: Tue, 14 Mar 2017 09:26:53 -0500\r\n" + deep
    attached = mail("Inmost widget")
    for n in range(60):
        attached = mail(f"Around {n}", attach=[(f"{n}.eml", attached, "message/rfc822")])
    told, _ = answer(tmp_path, {"deep.eml": letter, "attached.eml": attached})
    assert told.code == 100
    with verbs.open(tmp_path / "matter") as matter:
        codes = {code for row in verbs.items(matter) for code in row["codes"]}
    assert "LIMIT_DEPTH" in codes


@pytest.mark.slow
def test_bytes_that_lie_about_what_they_are(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 40
    good = zipped({"a.txt": b"widget"})
    lying_size = bytearray(good)
    at = lying_size.index(b"PK\1\2")
    lying_size[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    overlapping = io.BytesIO()
    with zipfile.ZipFile(overlapping, "w") as archive:
        archive.writestr("a.txt", b"widget")
    heads = {
        "pdf": b"%PDF-1.7\n",
        "png": b"\x89PNG\r\n\x1a\n",
        "jpg": b"\xff\xd8\xff\xe0",
        "tif": b"II*\x00\xff\xff\xff\xff",
        "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "zip": b"PK\x03\x04",
        "gz": b"\x1f\x8b\x08\x00",
        "rtf": b"{\\rtf1 " + b"{" * 5000,
        "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b; widget</a>',
        "html": b"<html><script src=http://x/></script><iframe src=file:///etc/passwd></iframe>widget",
        "mbox": b"From \n\n\n",
        "eml": b"Subject: widget\r\n\r\n",
        "ics": b"BEGIN:VCALENDAR\r\n" * 1000,
        "7z": b"7z\xbc\xaf\x27\x1c",
    }
    files = {f"{kind}.{kind}": head + noise for kind, head in heads.items()}
    files |= {f"bare.{kind}": head for kind, head in heads.items()}
    files |= {f"wrong-{kind}.txt": head + noise for kind, head in heads.items()}
    files |= {"lying.zip": bytes(lying_size), "good.txt": b"A widget."}
    told, volume = answer(tmp_path, files, seconds=10)
    assert told.code == 100
    with verbs.open(tmp_path / "matter") as matter:
        found = items(matter)
        assert found["good.txt"]["disposition"] == "document"
        assert set(files) <= set(found)
    for path in volume.rglob("*"):
        if path.is_file():
            assert b"root:x:0" not in path.read_bytes(), "an entity was followed"


@pytest.mark.slow
def test_one_custodians_bomb_does_not_stop_the_answer(tmp_path: Path) -> None:
    bomb = zipped({f"{n}.bin": bytes(1 << 20) for n in range(30)})
    told, _ = answer(tmp_path, {"bomb.zip": bomb, "good.txt": b"A widget."}, ratio=5, expand_mib=4)
    assert (told.code, told.json["documents"]) == (100, 1)
    assert told.json["status"]["exceptions"]["LIMIT_RATIO"] >= 1


def ingested(folder: Path, files: dict[str, bytes], **processing: Any) -> list[dict[str, Any]]:
    """Every item of a pile that was only taken in."""
    write(folder / "pile", files)
    before = around(folder)
    with matter_of(folder / "matter", **processing) as matter:
        verbs.ingest(matter, [("", folder / "pile")])
        balanced(matter)
        assert around(folder) == before, "something was written outside the matter"
        return list(verbs.items(matter))


# -- bombs -----------------------------------------------------------------------------------------------

NOUGHT = bytes(12 << 20)  # more than the cap below allows


def nested(levels: int, width: int) -> bytes:
    """Zips within zips, each level as many times over: small at the top, terabytes at the bottom."""
    inner = zipped({"0.bin": bytes(1 << 20)})
    for _ in range(levels):
        inner = zipped({f"{n}.zip": inner for n in range(width)})
    return inner


def quoted(count: int) -> bytes:
    """Members that share one kernel: each file's data begins with the next one's header, "quoted" in stored deflate
    blocks (D. Fifield, "A better zip bomb", 2019)."""
    kernel = zlib.compressobj(wbits=-15)
    packed = kernel.compress(bytes(1 << 20)) + kernel.flush()
    tail, entries = b"", []
    plain = bytes(1 << 20)
    for n in reversed(range(count)):
        if tail:
            packed = struct.pack("<BHH", 0, len(tail), len(tail) ^ 0xFFFF) + tail + packed
            plain = tail + plain
        name = b"%03d" % n
        said = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, zlib.crc32(plain), len(packed), len(plain), len(name), 0)
        tail = b"PK\3\4" + said + name
        entries.append((said, name, len(packed)))
    body = tail + packed
    directory = b""
    for said, name, size in reversed(entries):
        at = len(body) - size - 30 - len(name)
        directory += b"PK\1\2" + struct.pack("<H", 20) + said + struct.pack("<3H2L", 0, 0, 0, 0, at) + name
    return body + directory + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(body), 0)


def lzma_7z(dictionary: int) -> bytes:
    """A 7z whose one member is noughts under LZMA, with a dictionary of this size declared."""
    how = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
    packed = lzma.compress(NOUGHT, lzma.FORMAT_RAW, filters=[how])
    plant = by_hand_7z("x", Plant("a.bin", packed)).data
    header = plant[32 + len(packed) :]

    def number(value: int) -> bytes:
        return b"\xff" + struct.pack("<Q", value)

    coder = b"\x01\0\x0c" + number(len(packed))
    real = b"\x23\x03\x01\x01\x05\x5d" + struct.pack("<L", dictionary) + b"\x0c" + number(len(NOUGHT))
    assert header.count(coder) == 1
    header = header.replace(coder, real).replace(
        struct.pack("<L", zlib.crc32(packed)), struct.pack("<L", zlib.crc32(NOUGHT))
    )
    start = struct.pack("<QQL", len(packed), len(header), zlib.crc32(header))
    return plant[:8] + struct.pack("<L", zlib.crc32(start)) + start + packed + header


def bombs() -> dict[str, bytes]:
    return {
        "flat.zip": zipped({"a.bin": NOUGHT}),
        "many.zip": zipped({f"{n}.bin": bytes(1 << 20) for n in range(12)}),
        "nested.zip": nested(3, 6),
        "quoted.zip": quoted(12),
        "noughts.gz": gzip.compress(NOUGHT),
        "noughts.bz2": bz2.compress(NOUGHT),
        "noughts.xz": lzma.compress(NOUGHT),
        "noughts.zst": zstandard(NOUGHT),
        "noughts.7z": lzma_7z(1 << 16),
        "dictionary.7z": lzma_7z(0xFFFFFFFF),
    }


def test_bombs_end_with_a_reason_and_harm_nothing_else(tmp_path: Path) -> None:
    made = bombs()
    begun = time.monotonic()
    rows = ingested(tmp_path, made | {"good.txt": b"A widget."}, ratio=5, expand_mib=8, memory_mib=400, seconds=30)
    found = {row["path"]: row for row in rows}
    assert found["good.txt"]["codes"] == []
    codes = {name: found[name]["codes"] for name in made}
    assert {name for name in made if "LIMIT_RATIO" not in codes[name]} == {"nested.zip"}, codes
    assert any("LIMIT_RATIO" in row["codes"] for path, row in found.items() if path.startswith("nested.zip//"))
    everywhere = {code for row in found.values() for code in row["codes"]}
    assert not everywhere & {"MEMORY", "CRASH", "TIMEOUT"}, "memory and time stay flat"
    assert time.monotonic() - begun < 60


def test_archives_that_hold_archives_without_end(tmp_path: Path) -> None:
    deep: dict[str, bytes] = {"a.gz": b"A widget.", "a.zip": b"A widget."}
    for _ in range(40):
        deep = {"a.gz": gzip.compress(deep["a.gz"]), "a.zip": zipped({"a.zip": deep["a.zip"]})}
    found = {row["path"]: row for row in ingested(tmp_path, deep)}
    for name in deep:
        inside = [row for path, row in found.items() if path.startswith(name)]
        assert sum("LIMIT_DEPTH" in row["codes"] for row in inside) == 1
        assert len(inside) == 22, "twenty levels, and the one that is not opened"


@pytest.mark.slow
def test_more_members_than_allowed(tmp_path: Path) -> None:
    many = {f"{n}.txt": b"widget" for n in range(600)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in many.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    solid = by_hand_7z("a.7z", *(Plant(name, data) for name, data in many.items())).data
    files = {"a.zip": zipped(many), "a.tar": out.getvalue(), "a.7z": solid}
    found = {row["path"]: row for row in ingested(tmp_path, files, members=500)}
    for name in files:
        assert found[name]["codes"] == ["LIMIT_COUNT"]
        assert found[name]["disposition"] == "unprocessable"
        assert sum(path.startswith(f"{name}//") for path in found) == 500, "what was seen stays"


def test_names_inside_a_7z_lead_nowhere(tmp_path: Path) -> None:
    inside = [Plant(name, b"widget %d" % n) for n, name in enumerate(TRAVERSALS)]
    rows = [row for row in ingested(tmp_path, {"a.7z": by_hand_7z("a.7z", *inside).data}) if row["depth"] == 1]
    assert len(rows) == len(TRAVERSALS)
    for row in rows:
        assert row["name"] not in ("", ".", "..")
        assert "/" not in row["name"]
        assert row["name"].isprintable()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_thousand_members(tmp_path: Path) -> None:
    many = zipped({f"{n}.txt": b"" for n in range(100_001)}, method=zipfile.ZIP_STORED)
    found = {row["path"]: row for row in ingested(tmp_path, {"many.zip": many, "good.txt": b"A widget."})}
    assert found["many.zip"]["codes"] == ["LIMIT_COUNT"]
    assert len(found) == 100_002
