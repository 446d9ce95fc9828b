"""A received volume becomes a source of the receiver's matter: one document a row, nothing lost, nothing twice."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import sqlite3
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clean_volume import MUTATIONS, bates, clean_volume

from piles import balanced, fields_of, mail, matter_of, pdf, rows_of, tables, with_processing, zipped
from tecum import verbs
from tecum.analysis import duplicates
from tecum.errors import VolumeChanged, VolumeUnreadable
from tecum.fields import profile
from tecum.loadfile import write_dat
from tecum.matter import Matter
from tecum.model import ReceivedDocument
from tecum.processing import number, received, received_reading
from tecum.processing.received import Taken
from tecum.progress import silent
from tecum.receipt import intake
from tecum.receipt.intake_fields import zone_of
from tecum.terms import indexing

pytestmark = pytest.mark.usefixtures("one_day")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "loadfiles"
Row = dict[str, str | list[str]]


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "receiver") as made:
        yield made


def take_in(matter: Matter, path: Path, custodian: str = "chicago") -> Taken:
    """What the verb does between the check and the numbering."""
    with matter.stage("ingest"), intake.read(path) as volume:
        return received.take_in(
            matter, path, custodian, "tecum test", root=volume.root, load_files=volume.load_files, total=volume.total,
            rows=volume.documents(), claimed=volume.files(), progress=silent,
        )  # fmt: skip


def receive(matter: Matter, path: Path, custodian: str = "chicago") -> Taken:
    """Take in, number, identify and index; the sum must hold."""
    taken = take_in(matter, path, custodian)
    number.number(matter)
    duplicates.run(matter)
    indexing.update(matter, silent)
    balanced(matter)
    return taken


def volume(folder: Path, rows: Sequence[Row], files: dict[str, bytes] | None = None, dat: str = "DATA/V.DAT") -> Path:
    """Write a volume of the default profile."""
    for name, data in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / dat).parent.mkdir(parents=True, exist_ok=True)
    with (folder / dat).open("wb") as out:
        write_dat(out, profile("default"), rows)
    return folder


def docs(matter: Matter) -> dict[str, dict[str, Any]]:
    """Every document by the end of its path: its begin number, or the file's path."""
    found = {row["path"].rpartition("//")[2]: row for row in verbs.documents(matter)}
    assert len(found) == len(list(verbs.documents(matter)))
    return found


def stored(matter: Matter) -> dict[str, dict[str, Any]]:
    """Every item's whole row by path."""
    with closing(sqlite3.connect(matter.folder / "matter.db")) as db:
        db.row_factory = sqlite3.Row
        return {row["path"]: dict(row) for row in db.execute("SELECT * FROM item")}


def text_of(matter: Matter, begin: str) -> str:
    control = docs(matter)[begin]["control"]
    (row,) = matter.texts([int(control[1:])])
    return matter.text_of(row)


def said(matter: Matter, begin: str) -> dict[str, str]:
    """The exceptions of a document: code -> message."""
    return {
        row["code"]: row["message"]
        for row in verbs.exceptions(matter)["exceptions"]
        if row["path"].rpartition("//")[2] == begin
    }


def hits(matter: Matter, query: str) -> list[str]:
    return [row["path"].rpartition("//")[2] for row in verbs.search(matter, query)["results"]]


# -- a volume of ours --------------------------------------------------------------------------------------


def test_our_own_volume_comes_in_row_by_row(matter: Matter, answered: Any) -> None:
    taken = receive(matter, answered.volume)
    rows = rows_of(answered.volume)
    found = docs(matter)
    assert taken.documents == len(rows) == len(found)
    assert (taken.loose, taken.repeated, taken.again, taken.already) == (0, 0, 0, False)
    on_disk = {path.relative_to(answered.volume).as_posix() for path in answered.volume.rglob("*") if path.is_file()}
    kept = {path: row for path, row in stored(matter).items() if row["depth"] == 0}
    assert set(kept) == on_disk
    assert [path for path, row in kept.items() if row["disposition"] == "container"] == ["DATA/VOL001.DAT"]
    for path, row in kept.items():
        assert row["sha256"] == hashlib.sha256((answered.volume / path).read_bytes()).hexdigest()
    for row in rows:
        one = found[row["BEGBATES"]]
        assert one["custodian"] == "chicago"
        family = row["BEGATTACH"] or row["BEGBATES"]
        assert one["family"] == found[family]["control"]
        assert one["parent"] == (found[row["PARENT_BATES"]]["control"] if row["PARENT_BATES"] else "")
        fields = fields_of(matter, one["control"])
        assert (fields["begbates"], fields["endbates"]) == (row["BEGBATES"], row["ENDBATES"])
        assert fields.get("sender_custodian") == row["CUSTODIAN"]
        assert fields.get("requestno", []) == [part for part in row["REQUESTNO"].split(";") if part]
        if row["TEXTLINK"]:
            given = (answered.volume / row["TEXTLINK"].replace("\\", "/")).read_bytes().decode("utf-8-sig")
            assert text_of(matter, row["BEGBATES"]) == given
        if row["DATESENT"]:
            month, day, year = row["DATESENT"].split("/")
            assert fields["sent"].startswith(f"{year}-{month}-{day}T{row['TIMESENT']}-")


def test_control_numbers_follow_the_load_file(matter: Matter, answered: Any) -> None:
    receive(matter, answered.volume)
    begins = [row["path"].rpartition("//")[2] for row in verbs.documents(matter)]
    assert begins == [row["BEGBATES"] for row in rows_of(answered.volume)]


def test_a_volume_taken_in_twice_changes_nothing(matter: Matter, answered: Any) -> None:
    first = receive(matter, answered.volume)
    before = tables(matter.folder)
    second = receive(matter, answered.volume)
    assert second.already and not first.already
    assert (second.documents, second.files, second.exceptions) == (first.documents, first.files, first.exceptions)
    assert tables(matter.folder) == before


@pytest.mark.parametrize(
    "stop", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(150, marks=pytest.mark.slow), 299]
)
def test_a_run_that_was_killed_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int) -> None:
    monkeypatch.setattr(received, "_BATCH", 50)
    rows: list[Row] = [
        {"BEGBATES": bates(n), "PARENT_BATES": bates(n // 3 * 3 + 1) if n % 3 else "", "TEXTLINK": f"T\\{n}.txt"}
        for n in range(300)
    ]
    folder = volume(tmp_path / "v", rows, {f"T/{n}.txt": b"word %d" % n for n in range(300)} | {"T/orphan.txt": b"o"})
    with matter_of(tmp_path / "whole") as whole:
        receive(whole, folder)
    with matter_of(tmp_path / "killed") as killed:
        with pytest.raises(KeyboardInterrupt), intake.read(folder) as one:
            received.take_in(
                killed, folder, "chicago", "tecum test", root=one.root, load_files=one.load_files, total=one.total,
                rows=_stopping(one.documents(), stop), claimed=one.files(), progress=silent,
            )  # fmt: skip
        half = verbs.status(killed)
        assert half["unread"] == 0 and half["found"] == sum(
            half[part] for part in ("documents", "containers", "excluded", "unprocessable")
        )
        receive(killed, folder)
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")


def _stopping(rows: Iterator[ReceivedDocument], stop: int) -> Iterator[ReceivedDocument]:
    for place, row in enumerate(rows):
        if place == stop:
            raise KeyboardInterrupt
        yield row


def test_workers_in_processes_give_the_same_rows(tmp_path: Path, answered: Any) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        with with_processing(matter_of(tmp_path / name), workers=workers) as made:
            receive(made, answered.volume)
    assert tables(tmp_path / "one") == tables(tmp_path / "two")


def test_two_recipients_and_one_search(matter: Matter, tmp_path: Path) -> None:
    for who, words in (("chicago", "Honor no detainer upon request."), ("cook", "Nothing on it.")):
        receive(
            matter,
            volume(tmp_path / who, [{"BEGBATES": f"{who}0001", "TEXTLINK": "T\\1.txt"}], {"T/1.txt": words.encode()}),
            who,
        )
    (hit,) = verbs.search(matter, "detainer w/10 request")["results"]
    assert hit["custodian"] == "chicago"
    assert hits(matter, 'begbates:"cook0001"') == ["cook0001"]
    assert [one["method"] for one in verbs.custody(matter)["sources"]] == [received.METHOD] * 2
    assert {one["system"] for one in verbs.custody(matter)["sources"]} != {""}


def test_fields_of_the_sender_are_searched_by_name(matter: Matter, tmp_path: Path) -> None:
    row: Row = {
        "BEGBATES": bates(1), "ENDBATES": bates(3), "REQUESTNO": ["1", "2(a)"], "CUSTODIAN": "Sheriff Roe",
        "TO": ["Poe, Ann <ann@x.example>", "bo@x.example"], "TEXTLINK": "1.txt",
    }  # fmt: skip
    receive(matter, volume(tmp_path / "v", [row], {"1.txt": b"word"}))
    for query in (f'begbates:"{bates(1)}"', f'endbates:"{bates(3)}"', 'sender_custodian:"roe"', 'to:"bo"'):
        assert hits(matter, query) == [bates(1)], query
    assert hits(matter, "custodian:roe") == []
    assert fields_of(matter, "C00000001")["to"] == ["Poe, Ann <ann@x.example>", "bo@x.example"]


# -- families ----------------------------------------------------------------------------------------------


def levels(matter: Matter) -> dict[str, tuple[str, int]]:
    """Begin number -> begin number of its parent ("" = none), level."""
    with closing(sqlite3.connect(matter.folder / "matter.db")) as db:
        rows = db.execute(
            "SELECT json_extract(i.fields, '$.begbates'), json_extract(j.fields, '$.begbates'), d.level "
            "FROM document d JOIN item i ON i.key = d.item "
            "LEFT JOIN document p ON p.id = d.parent LEFT JOIN item j ON j.key = p.item"
        )
        return {begin: (parent or "", level) for begin, parent, level in rows}


def test_families_have_the_levels_that_the_load_file_says(matter: Matter, tmp_path: Path) -> None:
    rows: list[Row] = [
        {"BEGBATES": "A2", "PARENT_BATES": "A1"},  # before its parent
        {"BEGBATES": "A1"},
        {"BEGBATES": "A3", "PARENT_BATES": "A2"},
        {"BEGBATES": "B1", "CHILD_BATES": ["B2"]},
        {"BEGBATES": "B2"},
        {"BEGBATES": "C1", "BEGATTACH": "C1", "ENDATTACH": "C2"},
        {"BEGBATES": "C2", "BEGATTACH": "C1", "ENDATTACH": "C2"},
        {"BEGBATES": "D1"},
    ]
    receive(matter, volume(tmp_path / "v", rows))
    assert levels(matter) == {
        "A1": ("", 1), "A2": ("A1", 2), "A3": ("A2", 3), "B1": ("", 1), "B2": ("B1", 2), "C1": ("", 1),
        "C2": ("C1", 2), "D1": ("", 1),
    }  # fmt: skip
    assert not any("family" in message for one in levels(matter) for message in said(matter, one).values())


def test_families_by_range_and_by_group(matter: Matter, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    head = "DOCID,Attachment Range,Group Identifier,Extracted Text\n"
    lines = ["A1,A1 - A2,,one", "A2,A1 - A2,,two", "B1,,g1,three", "B2,,g1,four", "B3,,g2,five"]
    (tmp_path / "v/load.csv").write_text(head + "\n".join(lines))
    receive(matter, tmp_path / "v")
    found = {begin: parent for begin, (parent, _) in levels(matter).items()}
    assert found == {"A1": "", "A2": "A1", "B1": "", "B2": "B1", "B3": ""}


def test_a_lost_parent_a_circle_and_a_bottomless_family_are_said(matter: Matter, tmp_path: Path) -> None:
    rows: list[Row] = [
        {"BEGBATES": "A1", "PARENT_BATES": "Z9"},
        {"BEGBATES": "B1", "PARENT_BATES": "B2"},
        {"BEGBATES": "B2", "PARENT_BATES": "B1"},
        {"BEGBATES": "S1", "PARENT_BATES": "S1"},  # itself: no parent, as some vendors write it
        *({"BEGBATES": f"N{n:03d}", "PARENT_BATES": f"N{n - 1:03d}" if n else ""} for n in range(40)),
    ]
    receive(matter, volume(tmp_path / "v", rows))
    found = levels(matter)
    assert found["A1"] == ("", 1) and "Z9, is not in the volume" in said(matter, "A1")["PARTIAL"]
    assert {found["B1"][0], found["B2"][0]} <= {"", "B1", "B2"} and "" in {found["B1"][0], found["B2"][0]}
    assert sum("to itself" in said(matter, one).get("PARTIAL", "") for one in ("B1", "B2")) == 1
    assert found["S1"] == ("", 1) and "PARTIAL" not in said(matter, "S1")
    assert [found[f"N{n:03d}"][1] for n in range(40)] == [*range(1, 21), *[20] * 20]
    assert "deeper than 20 levels" in said(matter, "N039")["PARTIAL"]
    assert len({row["family"] for row in verbs.documents(matter) if "//N" in row["path"]}) == 1


# -- texts, natives, other files ---------------------------------------------------------------------------


def test_texts_come_in_their_encoding(matter: Matter, tmp_path: Path) -> None:
    wanted = "Größe „naïve“ détenu"
    texts = {
        "utf8": wanted.encode(),
        "bom": wanted.encode("utf-8-sig"),
        "wide": wanted.encode("utf-16"),
        "ansi": wanted.encode("cp1252"),
        "torn": f"{wanted}\n{wanted}\n".encode() + b"bad \xff byte",
    }
    rows: list[Row] = [{"BEGBATES": name, "TEXTLINK": f"TEXT\\{name}.txt"} for name in texts]
    receive(matter, volume(tmp_path / "v", rows, {f"TEXT/{name}.txt": data for name, data in texts.items()}))
    for name in ("utf8", "bom", "wide", "ansi"):
        assert text_of(matter, name) == wanted
        assert said(matter, name) == {}
    assert text_of(matter, "torn").endswith("bad \ufffd byte")
    assert "not utf-8" in said(matter, "torn")["PARTIAL"]
    assert sorted(hits(matter, "détenu")) == sorted(texts)


def test_a_document_without_text_is_read_from_its_native_or_pdf(matter: Matter, tmp_path: Path) -> None:
    inside = mail("Quarterly lanternfish", "The lanternfish memo.\r\n", attach=[("a.txt", b"inner", "text/plain")])
    files = {
        "N/1.eml": inside,
        "P/2.pdf": pdf("Printed kestrel page"),
        "T/3.txt": b" \r\n\f",
        "P/3.pdf": pdf("Page of heron"),
        "N/4.zip": zipped({"x.txt": b"inner"}),
        "N/5.pdf": pdf("Nobody reads this", password="sesame"),
        "T/6.txt": b"Given text.",
        "N/6.pdf": pdf("Other words"),
    }
    rows: list[Row] = [
        {"BEGBATES": "A1", "NATIVELINK": "N\\1.eml", "SUBJECT": "As the row says"},
        {"BEGBATES": "A2", "PDFLINK": "P\\2.pdf"},
        {"BEGBATES": "A3", "PDFLINK": "P\\3.pdf", "TEXTLINK": "T\\3.txt"},
        {"BEGBATES": "A4", "NATIVELINK": "N\\4.zip"},
        {"BEGBATES": "A5", "NATIVELINK": "N\\5.pdf"},
        {"BEGBATES": "A6", "NATIVELINK": "N\\6.pdf", "TEXTLINK": "T\\6.txt"},
        {"BEGBATES": "A7", "TEXTLINK": "T\\7.txt", "NATIVELINK": "N\\7.doc"},
        {"BEGBATES": "A8", "TEXTLINK": "T\\3.txt"},
    ]
    taken = receive(matter, volume(tmp_path / "v", rows, files))
    assert taken.documents == 8 and taken.loose == 0
    assert hits(matter, "lanternfish") == ["A1"]
    assert hits(matter, "kestrel OR heron") == ["A2", "A3"]
    fields = fields_of(matter, docs(matter)["A1"]["control"])
    assert fields["subject"] == "As the row says" and fields["from"]  # the native speaks where the row is silent
    assert "1 files inside" in said(matter, "A1")["PARTIAL"]
    assert "EMPTY_TEXT" not in said(matter, "A3")
    assert set(said(matter, "A4")) == {"EMPTY_TEXT", "PARTIAL"}
    assert set(said(matter, "A5")) == {"EMPTY_TEXT", "ENCRYPTED"}
    assert text_of(matter, "A6") == "Given text."
    assert set(said(matter, "A7")) == {"EMPTY_TEXT", "PARTIAL"}
    assert "N\\7.doc (is not there)" in said(matter, "A7")["PARTIAL"] and "T\\7.txt" in said(matter, "A7")["PARTIAL"]
    assert set(said(matter, "A8")) == {"EMPTY_TEXT"}
    assert docs(matter)["A1"]["sha256"] == hashlib.sha256(inside).hexdigest()
    assert verbs.search(matter, "lanternfish")["not_searched"] == 4


def test_documents_without_natives_are_never_alike(matter: Matter, tmp_path: Path) -> None:
    slip = {"T/slip.txt": b"Withheld", "P/slip.pdf": pdf("Withheld"), "N/same.doc": b"same bytes"}
    rows: list[Row] = [{"BEGBATES": bates(n), "TEXTLINK": "T\\slip.txt", "PDFLINK": "P\\slip.pdf"} for n in (1, 2)]
    rows += [{"BEGBATES": bates(n), "NATIVELINK": "N\\same.doc", "TEXTLINK": "T\\slip.txt"} for n in (3, 4)]
    receive(matter, volume(tmp_path / "v", rows, slip))
    copies = {one: row["duplicate_of"] for one, row in docs(matter).items() if row["duplicate_of"]}
    assert copies == {bates(4): docs(matter)[bates(3)]["control"]}


def test_orphans_are_read_like_any_file(matter: Matter, tmp_path: Path) -> None:
    files = {"T/1.txt": b"one", "T/orphan.txt": b"An orphan word.", "LETTER.txt": b"Dear counsel", "Thumbs.db": b"x"}
    taken = receive(matter, volume(tmp_path / "v", [{"BEGBATES": "A1", "TEXTLINK": "T\\1.txt"}], files))
    assert (taken.documents, taken.files, taken.loose) == (1, 2, 2)
    assert hits(matter, "orphan") == ["T/orphan.txt"] and hits(matter, "counsel") == ["LETTER.txt"]
    rules = {path: row["rule"] for path, row in stored(matter).items() if row["rule"]}
    assert rules["T/1.txt"] == "part of document A1, read through the load file DATA/V.DAT"
    assert "Thumbs.db" in rules["Thumbs.db"]


def test_text_in_the_row_and_columns_of_unknown_names(matter: Matter, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    with (tmp_path / "v/load.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["DOCID", "Extracted Text", "Wombat"])
        writer.writerow(["A1", "The whole text\nof badgers.", "x" * 5000])
        writer.writerow(["A2", "", "short"])
    receive(matter, tmp_path / "v")
    assert text_of(matter, "A1") == "The whole text\nof badgers."
    assert "columns" in said(matter, "A1")["PARTIAL"]
    assert fields_of(matter, docs(matter)["A2"]["control"])["columns"] == ["Wombat: short"]
    assert set(said(matter, "A2")) == {"EMPTY_TEXT"}


def test_texts_named_by_number_where_no_column_names_them(matter: Matter, tmp_path: Path) -> None:
    (tmp_path / "v/TEXT/001").mkdir(parents=True)
    (tmp_path / "v/load.csv").write_text("DOCID,SUBJECT\nA1,one\nA2,two\n")
    (tmp_path / "v/TEXT/001/a1.TXT").write_text("Named by number.")
    taken = receive(matter, tmp_path / "v")
    assert text_of(matter, "A1") == "Named by number." and taken.loose == 0


# -- what is hostile ---------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_paths_never_leave_the_volume(matter: Matter, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret canary")
    folder = volume(
        tmp_path / "v",
        [
            {"BEGBATES": f"A{n}", "TEXTLINK": path, "NATIVELINK": path}
            for n, path in enumerate(
                ["..\\secret.txt", str(secret), "T\\out.txt", "outside\\secret.txt", "T\\in.txt", "C:\\x.txt"]
            )
        ],
        {"T/real.txt": b"real words"},
    )
    (folder / "T/out.txt").symlink_to(secret)
    (folder / "outside").symlink_to(tmp_path)
    (folder / "T/in.txt").symlink_to("real.txt")
    receive(matter, folder)
    assert hits(matter, "canary") == [] and hits(matter, "real") == ["A4"]
    for n in (0, 1, 2, 3, 5):
        assert "leaves the volume" in said(matter, f"A{n}")["PARTIAL"]
    rows = stored(matter)
    assert rows["T/in.txt"]["rule"].startswith("symbolic link")
    assert rows["T/real.txt"]["rule"].startswith("part of document A4")
    held = b"".join(path.read_bytes() for path in (matter.folder / "blobs").rglob("*") if path.is_file())
    assert b"secret canary" not in held


def test_rows_that_lost_their_columns_or_number_are_documents(matter: Matter, tmp_path: Path) -> None:
    rows: list[Row] = [{"BEGBATES": bates(n), "SUBJECT": f"Subject {n}", "TEXTLINK": f"{n}.txt"} for n in range(1, 5)]
    folder = volume(tmp_path / "v", rows, {f"{n}.txt": b"word %d" % n for n in range(1, 5)})
    path = folder / "DATA/V.DAT"
    lines = path.read_bytes().split(b"\r\n")
    lines[2] += b"\x14\xfe\xfe"
    lines[3] = lines[3].replace(bates(3).encode(), b"", 1)
    path.write_bytes(b"\r\n".join(lines))
    taken = receive(matter, folder)
    assert taken.documents == 4
    assert "lost its columns" in said(matter, bates(2))["PARTIAL"]
    assert "has no begin number" in said(matter, "row 3")["PARTIAL"]
    assert fields_of(matter, docs(matter)[bates(2)]["control"]) == {"begbates": bates(2)}
    assert "2.txt" in docs(matter)  # nobody can say any more whose text it is


def test_values_without_measure(matter: Matter, tmp_path: Path) -> None:
    row: Row = {"BEGBATES": "A" * 5000 + "1", "SUBJECT": "word " * 100_000, "FILENAME": "../../etc/pass\twd"}
    receive(matter, volume(tmp_path / "v", [row]))
    (one,) = [row for row in stored(matter).values() if row["kind"] == "received"]
    assert len(one["fields"]) < 220_000 and one["name"].startswith("pass") and len(one["path"]) < 1000
    (trouble,) = [row["message"] for row in verbs.exceptions(matter)["exceptions"] if row["code"] == "PARTIAL"]
    assert "subject" in trouble


@pytest.mark.slow
def test_every_spoiled_volume_balances_and_no_file_is_lost(matter: Matter, tmp_path: Path) -> None:
    wanted: dict[Path, set[str]] = {}
    for place, (_, spoil) in enumerate(MUTATIONS):
        rng = random.Random(place)
        made = clean_volume(rng, 1, 3)
        spoil(made, rng)
        folder = tmp_path / f"volume {place}"
        folder.mkdir()
        made.write(folder)
        (folder / "LETTER.pdf").unlink(missing_ok=True)  # a reader for each letter would take half of the time
        taken = take_in(matter, folder)
        # A load file whose columns cannot be told any more is a file like any other.
        assert taken.documents >= len(made.rows) - 1 or taken.loose, spoil.__name__
        wanted[folder] = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() or p.is_symlink()}
    number.number(matter)
    balanced(matter)
    with closing(sqlite3.connect(matter.folder / "matter.db")) as db:
        for number_, path in db.execute("SELECT id, path FROM source").fetchall():
            found = {one for (one,) in db.execute("SELECT path FROM item WHERE source = ? AND depth = 0", [number_])}
            assert found == wanted[Path(path)]


def test_a_file_that_vanishes_meanwhile_is_said(matter: Matter, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1", "TEXTLINK": "1.txt"}], {"1.txt": b"word"})
    with intake.read(folder) as one:
        rows = list(one.documents())
        (folder / "1.txt").unlink()
        received.take_in(
            matter, folder, "chicago", "t", root=one.root, load_files=one.load_files, total=1, rows=rows,
            claimed=one.files(), progress=silent,
        )  # fmt: skip
    number.number(matter)
    balanced(matter)
    assert said(matter, "A1")["PARTIAL"] == "its file 1.txt cannot be read"


def test_a_row_on_which_the_worker_dies_is_a_document_all_the_same(
    matter: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = received_reading.document_row

    def dies(work: Any, document: Any, **rest: Any) -> Any:
        if document.begin == "A2":
            raise RuntimeError("poison")
        return real(work, document, **rest)

    monkeypatch.setattr(received_reading, "document_row", dies)
    rows: list[Row] = [{"BEGBATES": f"A{n}", "TEXTLINK": f"{n}.txt"} for n in (1, 2, 3)]
    taken = receive(matter, volume(tmp_path / "v", rows, {f"{n}.txt": b"a word" for n in (1, 2, 3)}))
    assert taken.documents == 3
    assert set(said(matter, "A2")) == {"CRASH", "EMPTY_TEXT"} and "poison" in said(matter, "A2")["CRASH"]
    assert sorted(hits(matter, "word")) == ["2.txt", "A1", "A3"]  # its text is not lost: it is a loose file


# -- other kinds of volume ---------------------------------------------------------------------------------

_OPT = "A1,V,I\\A1.tif,Y,,,2\r\nA2,V,I\\A2.tif,,,,\r\nA3,V,I\\A3.tif,Y,,,1\r\nA4,V,I\\A4.tif,Y,,,1\r\n"
_LFP = "IM,A1,D,0,@V;I;A1.tif;2,0\r\nIM,A2, ,0,@V;I;A2.tif;2,0\r\nIM,A3,D,0,@V;I;A3.tif;2,0\r\n"


def images(folder: Path, load_file: str, text: str, files: dict[str, bytes]) -> Path:
    for name, data in {load_file: text.encode(), **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_images_alone(matter: Matter, tmp_path: Path) -> None:
    texts = {"TEXT/A1.txt": b"page one", "TEXT/A2.txt": b"page two", "TEXT/A3.txt": b"whole", "TEXT/A9.txt": b"nobody"}
    pictures = {f"I/A{n}.tif": b"II*\0" for n in (1, 2, 3)}
    taken = receive(matter, images(tmp_path / "v", "v.opt", _OPT, texts | pictures))
    assert (taken.documents, taken.files, taken.loose) == (3, 6, 1)
    assert text_of(matter, "A1") == "page one\fpage two" and text_of(matter, "A3") == "whole"
    assert said(matter, "A1") == {} and said(matter, "A3") == {}
    assert set(said(matter, "A4")) == {"EMPTY_TEXT", "PARTIAL"}
    fields = fields_of(matter, docs(matter)["A1"]["control"])
    assert (fields["begbates"], fields["endbates"], fields["pgcount"]) == ("A1", "A2", "2")
    assert stored(matter)["I/A2.tif"]["rule"] == "part of document A1, read through the load file v.opt"


def test_lfp_alone_and_both_together(matter: Matter, tmp_path: Path) -> None:
    files = {f"I/A{n}.tif": b"II*\0" for n in (1, 2, 3)} | {"A1.txt": b"alone"}
    assert receive(matter, images(tmp_path / "v", "v.lfp", _LFP, files)).documents == 2
    both = images(images(tmp_path / "w", "v.lfp", _LFP, files), "v.opt", _OPT, {})
    taken = receive(matter, both, "cook")
    assert (taken.documents, taken.repeated) == (3, 2)
    assert {row["rule"] for row in stored(matter).values() if row["rule"].startswith("repeats")} == {
        "repeats the row of A1 in v.lfp",
        "repeats the row of A3 in v.lfp",
    }


def test_a_document_that_only_the_image_load_file_knows(matter: Matter, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1"}, {"BEGBATES": "A3"}])
    images(folder, "DATA/v.opt", _OPT, {f"I/A{n}.tif": b"II*\0" for n in (1, 2, 3, 4)})
    taken = receive(matter, folder)
    assert taken.documents == 3
    assert "known by the image load file alone" in said(matter, "A4")["PARTIAL"]
    assert stored(matter)["I/A3.tif"]["rule"] == "part of document A3, read through the load file DATA/v.opt"
    assert stored(matter)["DATA/v.opt"]["disposition"] == "container"


_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Root MajorVersion="1" MinorVersion="2"><Batch><Documents>
<Document DocID="A1" DocType="Message"><Tags><Tag TagName="Subject" TagDataType="Text" TagValue="From XML"/></Tags>
<Files><File FileType="Text"><ExternalFile FilePath="T" FileName="1.txt"/></File></Files></Document>
<Document DocID="A2" DocType="File"><Files><File FileType="Native"><ExternalFile FilePath="N" FileName="2.txt"/></File>
</Files></Document></Documents><Relationships>
<Relationship Type="Attachment" ParentDocId="A1" ChildDocId="A2"/></Relationships></Batch></Root>"""


def test_edrm_xml(matter: Matter, tmp_path: Path) -> None:
    files = {"T/1.txt": b"text of one", "N/2.txt": b"native of two"}
    receive(matter, images(tmp_path / "v", "load.xml", _XML, files))
    assert levels(matter) == {"A1": ("", 1), "A2": ("A1", 2)}
    assert hits(matter, "subject:xml") == ["A1"] and hits(matter, "native") == ["A2"]


def test_a_volume_described_twice_and_two_documents_of_one_number(matter: Matter, tmp_path: Path) -> None:
    files = {"T/1.txt": b"text of one", "T/other.txt": b"quite another", "N/2.txt": b"native of two"}
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1", "TEXTLINK": "T\\1.txt"}], files)
    images(folder, "load.xml", _XML, {})
    taken = receive(matter, folder)
    assert (taken.documents, taken.repeated) == (2, 1)
    assert stored(matter)["load.xml//A1"]["rule"] == "repeats the row of A1 in DATA/V.DAT"
    two = volume(tmp_path / "w", [{"BEGBATES": "A1", "TEXTLINK": "T\\1.txt"}], files)
    volume(two, [{"BEGBATES": "A1", "TEXTLINK": "T\\other.txt"}], dat="DATA/W.DAT")
    taken = receive(matter, two, "cook")
    assert (taken.documents, taken.repeated) == (2, 0)
    assert "stands in DATA/V.DAT too" in stored_exception(matter, "DATA/W.DAT//A1")
    assert sorted(row["path"] for row in verbs.search(matter, "another")["results"]) == [
        "DATA/W.DAT//A1",
        "T/other.txt",
    ]


def stored_exception(matter: Matter, path: str) -> str:
    return next(row["message"] for row in verbs.exceptions(matter)["exceptions"] if row["path"] == path)


def test_a_load_file_alone_takes_what_it_names(matter: Matter, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1", "TEXTLINK": "T\\1.txt"}], {"T/1.txt": b"w", "T/2.txt": b"x"})
    taken = receive(matter, folder / "DATA/V.DAT")
    assert (taken.documents, taken.files, taken.loose) == (1, 1, 0)
    assert text_of(matter, "A1") == "w"


# -- again and otherwise -----------------------------------------------------------------------------------


def test_an_overlay_stands_beside_what_it_replaces_and_is_counted(matter: Matter, tmp_path: Path) -> None:
    first: list[Row] = [{"BEGBATES": bates(n), "TEXTLINK": f"{n}.txt"} for n in (1, 2, 3)]
    texts = {f"{n}.txt": b"old words" for n in (1, 2, 3)}
    assert receive(matter, volume(tmp_path / "v", first, texts)).again == 0
    overlay = volume(tmp_path / "o", [first[1], {"BEGBATES": bates(9)}], {"2.txt": b"new words"})
    taken = receive(matter, overlay)
    assert (taken.documents, taken.again, taken.again_first) == (2, 1, (bates(2),))
    assert len(hits(matter, f'begbates:"{bates(2)}"')) == 2
    assert receive(matter, overlay, "cook").again == 0  # another sender's numbers are its own


def test_a_volume_that_changed_in_place_is_refused(matter: Matter, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1"}])
    receive(matter, folder)
    before = tables(matter.folder)
    volume(folder, [{"BEGBATES": "A1"}, {"BEGBATES": "A2"}])
    with pytest.raises(VolumeChanged, match=r"DATA/V\.DAT has changed") as refused:
        take_in(matter, folder)
    assert "folder of its own" in refused.value.remedy
    (folder / "DATA/V.DAT").rename(folder / "DATA/W.DAT")
    with pytest.raises(VolumeChanged, match="is gone"):
        take_in(matter, folder)
    assert tables(matter.folder) == before


def test_what_was_collected_as_files_is_not_received(matter: Matter, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1"}])
    verbs.ingest(matter, [("chicago", folder)])
    with pytest.raises(VolumeUnreadable, match="collected as loose files"):
        take_in(matter, folder)


def test_what_was_received_is_not_collected_again(matter: Matter, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", [{"BEGBATES": "A1", "TEXTLINK": "1.txt"}], {"1.txt": b"word"})
    receive(matter, folder)
    before = tables(matter.folder)["item"]
    verbs.ingest(matter, [("chicago", folder)])
    assert tables(matter.folder)["item"] == before


def test_no_load_file(matter: Matter, tmp_path: Path) -> None:
    with pytest.raises(VolumeUnreadable):
        take_in(matter, tmp_path)


def test_a_table_without_numbers_is_a_file_like_any_other(matter: Matter, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "v/things.dat").write_text("^Colour^|^Shape^\r\n^red^|^round^\r\n")
    taken = receive(matter, tmp_path / "v")
    assert (taken.documents, taken.loose) == (0, 1)


# -- dates -------------------------------------------------------------------------------------------------


def test_dates_stand_in_the_zone_that_the_volume_names(matter: Matter, tmp_path: Path) -> None:
    when: Row = {"DATESENT": "01/24/2018", "TIMESENT": "23:30:00"}
    rows: list[Row] = [
        {"BEGBATES": "A1", **when, "TIMEZONE": "America/New_York"},
        {"BEGBATES": "A2", **when, "TIMEZONE": "Pacific Standard Time"},
        {"BEGBATES": "A3", **when, "TIMEZONE": "EST"},
        {"BEGBATES": "A4", **when},
        {"BEGBATES": "A5", "DATESENT": "01/24/2018", "TIMEZONE": "UTC"},
        {"BEGBATES": "A6", "DATESENT": "13/45/2018", "DATEMOD": "01/02/2018", "TIMEZONE": "UTC"},
        {"BEGBATES": "A7"},
        {"BEGBATES": "A8", "DATESENT": "01/24/2018", "TIMESENT": "23:30:00 +02:00", "TIMEZONE": "UTC"},
    ]
    receive(matter, volume(tmp_path / "v", rows))
    found = docs(matter)
    assert {begin: row["date"] for begin, row in found.items()} == {
        "A1": "2018-01-25T04:30:00Z",
        "A2": "2018-01-25T07:30:00Z",
        "A3": "2018-01-25T05:30:00Z",  # the matter's zone, and flagged
        "A4": "2018-01-25T05:30:00Z",
        "A5": "2018-01-24T00:00:00Z",
        "A6": "2018-01-02T00:00:00Z",
        "A7": "",
        "A8": "2018-01-24T21:30:00Z",
    }
    flagged = {begin for begin in found if "DATE_GUESSED" in said(matter, begin)}
    assert flagged == {"A3", "A4", "A6"}
    every = [row["message"] for row in verbs.exceptions(matter)["exceptions"] if row["path"].endswith("A3")]
    assert any("'EST'" in message for message in every)
    assert "13/45/2018" in said(matter, "A6")["DATE_GUESSED"]
    assert fields_of(matter, found["A5"]["control"])["date_source"] == "DATESENT, without a time of day"
    assert {found["A1"]["date_source"], found["A6"]["date_source"]} == {"load file sent", "load file modified"}


def test_one_zone_of_the_volume_serves_rows_that_name_none(matter: Matter, tmp_path: Path) -> None:
    rows: list[Row] = [
        {"BEGBATES": "A1", "DATESENT": "07/04/2018", "TIMESENT": "12:00:00"},
        {"BEGBATES": "A2", "TIMEZONE": "America/New_York"},
    ]
    receive(matter, volume(tmp_path / "v", rows))
    assert docs(matter)["A1"]["date"] == "2018-07-04T16:00:00Z"
    assert "DATE_GUESSED" not in said(matter, "A1")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("America/Chicago", True), ("UTC", True), ("gmt", True), ("UTC-06:00", True), ("-5", True), ("CST6CDT", True),
        ("Central Standard Time", True), ("EST", False), ("CST", False), ("../../etc/passwd", False), ("", False),
        ("/etc/localtime", False), ("UTC+99", False), ("Nowhere/City", False), ("x" * 5000, False), ("America", False),
    ],
)  # fmt: skip
def test_zones(text: str, known: bool) -> None:
    assert (zone_of(text) is not None) is known


# -- real samples and size ---------------------------------------------------------------------------------

_REAL = [  # path, documents, families: by the samples' own README and properties files
    ("relativity-import-samples/load_file_01.dat", 4, 4),
    ("zipper/redacted-prod/PRODUCTION", 50, 50),
    ("zipper/concordance-basic/archive.dat", 50, 50),
    ("zipper/edrm-xml-basic/archive.xml", 30, 30),
    ("zipper/custom-delim/loadfile.dat", 100, 100),
    ("zipper/families-eml/archive.dat", 170, 100),
    ("zipper/tiff-multipage/archive.dat", 200, 200),
]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the project")
@pytest.mark.parametrize(("path", "documents", "families"), _REAL, ids=[path for path, _, _ in _REAL])
def test_real_load_files(matter: Matter, path: str, documents: int, families: int) -> None:
    taken = receive(matter, SHARED / path)
    found = [row for row in verbs.documents(matter) if row["kind"] == "received"]
    assert taken.documents == len(found) == documents
    assert len({row["family"] for row in found}) == families


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the project")
def test_a_real_volume_with_natives_and_texts(matter: Matter) -> None:
    """All load files of the folder at once: many rows describe the same documents, some under other files."""
    taken = receive(matter, SHARED / "relativity-import-samples")
    with_text = [row for row in verbs.documents(matter) if row["kind"] == "received" and row["text_size"]]
    assert taken.documents >= 18 and len(with_text) >= 10
    assert stored(matter)["LICENSE"]["disposition"] == "document"


@pytest.mark.slow
def test_twenty_thousand_rows_in_bounded_memory(matter: Matter, tmp_path: Path) -> None:
    count = 20_000
    text = b"A detainer request. " * 100
    rows: list[Row] = [
        {
            "BEGBATES": bates(n), "PARENT_BATES": bates(n - 1) if n % 2 else "", "SUBJECT": f"Subject {n} " * 20,
            "TEXTLINK": f"TEXT\\{n // 1000:04d}\\{bates(n)}.txt",
        }
        for n in range(count)
    ]  # fmt: skip
    texts = {f"TEXT/{n // 1000:04d}/{bates(n)}.txt": b"%d %s" % (n, text) for n in range(count)}
    folder = volume(tmp_path / "v", rows, texts)
    del rows, texts
    tracemalloc.start()
    taken = take_in(matter, folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken.documents == count == taken.files
    assert peak < 60 << 20
    number.number(matter)
    status = balanced(matter)
    assert (status["documents"], status["families"], status["containers"]) == (count, count // 2, 1)
