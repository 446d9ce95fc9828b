"""Source trees as an adversary, a careless copy or a dying disk leaves them: each name ends once, with its reason."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from piles import balanced, items, matter_of, tecum, write
from tecum import verbs
from tecum.errors import SourceMissing
from tecum.matter import Matter
from tecum.processing import collect, itemreading
from tecum.processing.rows import add_exceptions

pytestmark = [
    pytest.mark.usefixtures("one_day"),
    pytest.mark.skipif(sys.platform == "win32", reason="names and kinds of files of POSIX systems"),
]
AS_ROOT = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root makes devices and mounts")

DEVICES = [("null", stat.S_IFCHR, (1, 3)), ("zero", stat.S_IFCHR, (1, 5)), ("disk", stat.S_IFBLK, (7, 0))]


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter") as made:
        yield made


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    (tmp_path / "pile").mkdir()
    return tmp_path / "pile"


def taken(matter: Matter, pile: Path) -> dict[str, dict[str, Any]]:
    verbs.ingest(matter, [("ann", pile)])
    balanced(matter)
    return items(matter)


def ended(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    """How each item ended: its codes, else its rule, else its disposition."""
    return {path: ",".join(row["codes"]) or row["rule"] or row["disposition"] for path, row in found.items()}


# -- what is no plain file -------------------------------------------------------------------------------


def test_a_link_says_whether_what_it_leads_to_was_collected(matter: Matter, tmp_path: Path, pile: Path) -> None:
    write(tmp_path, {"elsewhere/secret.txt": b"outside"})
    write(pile, {"real.txt": b"inside", "folder/b.txt": b"b"})
    for name, target in {
        "to a file": "real.txt", "to a folder": "folder", "to its own source": ".", "to itself": "to itself",
        "outside": "../elsewhere/secret.txt", "outside, a folder": "../elsewhere", "to the root": "/",
        "beside": f"../{pile.name}-beside", "to nothing": "/nowhere", "to memory": "/proc/self/mem",
    }.items():  # fmt: skip
        (pile / name).symlink_to(target)
    (tmp_path / f"{pile.name}-beside").mkdir()
    found = taken(matter, pile)
    links = {path: row["rule"] for path, row in found.items() if row["disposition"] == "excluded"}
    inside = {path for path, rule in links.items() if "where it lies" in rule}
    nothing = {path for path, rule in links.items() if "to nothing" in rule}
    outside = {path for path, rule in links.items() if "outside the source" in rule}
    assert inside == {"to a file", "to a folder", "to its own source"}
    assert nothing == {"to itself", "to nothing"}
    assert outside == {"outside", "outside, a folder", "to the root", "beside", "to memory"}
    assert set(found) - set(links) == {"real.txt", "folder/b.txt"}
    assert not any(row["sha256"] for path, row in found.items() if path in links)


def test_a_source_that_is_a_link(matter: Matter, tmp_path: Path) -> None:
    write(tmp_path, {"store/box.txt": b"boxed"})
    (tmp_path / "named").symlink_to(tmp_path / "store/box.txt")
    (tmp_path / "folder").symlink_to(tmp_path / "store")
    verbs.ingest(matter, [("ann", tmp_path / "named"), ("bob", tmp_path / "folder")])
    assert balanced(matter)["documents"] == 2
    assert verbs.custody(matter)["sources"][0]["path"] == str(tmp_path / "store/box.txt")
    (tmp_path / "lost").symlink_to("/nowhere")
    with pytest.raises(SourceMissing):
        verbs.ingest(matter, [("ann", tmp_path / "lost")])


@AS_ROOT
def test_devices_are_set_aside(matter: Matter, pile: Path) -> None:
    for name, kind, number in DEVICES:
        try:
            os.mknod(pile / name, kind | 0o666, os.makedev(*number))
        except PermissionError:
            pytest.skip("this root may not make devices")
    found = taken(matter, write(pile, {"a.txt": b"a"}))
    assert {ended(found)[name] for name in ("null", "zero", "disk")} == {"not a file (a device, pipe or socket)"}


# -- names -----------------------------------------------------------------------------------------------


def test_names_that_a_terminal_or_a_reader_would_obey(matter: Matter, pile: Path) -> None:
    folder = os.fsencode(pile)
    raw = [  # bytes that are no UTF-8, control signs, signs that turn text round, capitals, what shells obey
        b"line\nbreak.txt", b"tab\there.txt", b"\x1b]0;owned\x07.txt", b"carriage\rreturn.txt", b"\xff\xfe.txt",
        b"\xed\xa0\x80", "\u202egpj.txt".encode(), "\u2066iso\u2069.txt".encode(), "e\u0301.txt".encode(),
        "\u00e9.txt".encode(), b" ", b"...", b"-rf", b"~",
        b"$(touch owned)", b"=1+1.txt", b"a\\b", b"x" * 255, b"README.TXT", b"readme.txt", b"Readme.txt",
        b"C:", b"CON", b"a:b.txt", b"trailing.", b"*?.txt", b"'\".txt", b"<b>.txt", b"100%s.txt",
    ]  # fmt: skip
    for number, name in enumerate(raw):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
            file.write(b"file %d" % number)
    verbs.ingest(matter, [("ann", pile)])
    assert balanced(matter)["documents"] == len(raw)
    hashes = {row["sha256"] for row in verbs.items(matter)}
    assert len(hashes) == len(raw), "each name led to its own bytes"
    marked = {"stage": "read", "code": "PARTIAL", "tool": ""}
    rows = [{**marked, "item": row["key"], "message": row["path"]} for row in verbs.items(matter)]
    with matter.write() as db:
        add_exceptions(db, rows)
    said = tecum("exceptions", "-C", matter.folder).out
    assert said.count("PARTIAL") >= len(raw)
    assert not {c for c in said if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"}
    assert not {c for c in said if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLI", "LRI", "FSI", "PDI", "PDF")}
    assert not Path("owned").exists()
    for form in ("html", "xlsx", "csv", "json"):
        written = tecum("exceptions", "-C", matter.folder, "--export", f"out.{form}", "--json")
        assert (written.code, written.json["path"]) == (0, f"out.{form}")


def test_a_path_too_long_for_the_system_is_on_record(matter: Matter, pile: Path) -> None:
    write(pile, {"a.txt": b"a"})
    above = os.open(pile, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=above)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=above))
    os.close(above)
    found = taken(matter, pile)
    assert ended(found)["a.txt"] == "document"
    (lost,) = (path for path, how in ended(found).items() if how == "UNREADABLE")
    assert 3800 < len(lost) < 4500
    (row,) = (row for row in verbs.exceptions(matter)["exceptions"] if row["path"] == lost)
    assert "too long" in row["message"]


# -- what gives trouble while it is read -----------------------------------------------------------------


def test_a_sparse_file_does_not_fill_the_disk(matter: Matter, pile: Path) -> None:
    write(pile, {"a.txt": b"a"})
    with (pile / "disk.img").open("wb") as file:
        file.write(b"boot")
        file.truncate(100 << 30)
    if (pile / "disk.img").stat().st_blocks > 1000:
        pytest.skip("this file system keeps no holes")
    with (pile / "small.img").open("wb") as file:
        file.truncate(3 << 20)
    found = taken(matter, pile)
    assert ended(found) == {"a.txt": "document", "disk.img": "LIMIT_SIZE", "small.img": "UNSUPPORTED"}
    assert found["small.img"]["size"] == 3 << 20
    assert sum(path.stat().st_size for path in (matter.folder / "blobs").rglob("*") if path.is_file()) < 8 << 20
    (row,) = (one for one in verbs.exceptions(matter)["exceptions"] if one["code"] == "LIMIT_SIZE")
    assert f"{100 << 30:,} bytes" in row["message"]
    wanted = verbs.Wanted(codes=("LIMIT_SIZE",))
    assert verbs.retry(matter, wanted)["retried"] == 1, "with a higher cap it could be read"
    assert ended(items(matter))["disk.img"] == "LIMIT_SIZE"


def test_a_folder_that_vanishes_is_on_record(matter: Matter, pile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(pile, {"a.txt": b"a", "gone/b.txt": b"b", "kept/c.txt": b"c"})
    real = os.scandir

    def vanishing(path: Any) -> Any:
        if os.fsencode(path).endswith(b"/gone"):
            (pile / "gone/b.txt").unlink()
            (pile / "gone").rmdir()
        return real(path)

    monkeypatch.setattr(collect.os, "scandir", vanishing)
    assert ended(taken(matter, pile)) == {"a.txt": "document", "gone": "UNREADABLE", "kept/c.txt": "document"}


def test_files_that_become_something_else(matter: Matter, pile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meddle: dict[str, tuple[Callable[[Path], object], str]] = {
        "vanished": (lambda path: path.unlink(), "CHANGED"),
        "folder": (lambda path: (path.unlink(), path.mkdir()), "UNREADABLE"),
        "link": (lambda path: (path.unlink(), path.symlink_to("/etc/passwd")), "UNREADABLE"),
        "pipe": (lambda path: (path.unlink(), os.mkfifo(path)), "UNREADABLE"),
        "emptied": (lambda path: path.write_bytes(b""), "CHANGED,EMPTY_FILE"),
        "cut": (lambda path: os.truncate(path, 1), "CHANGED"),
        "untouched": (lambda path: None, "document"),
    }
    write(pile, {name: b"before" for name in meddle})
    real = itemreading.ItemReading._collect

    def collected(reading: Any) -> Any:
        meddle[reading.work.path][0](pile / reading.work.path)
        return real(reading)

    monkeypatch.setattr(itemreading.ItemReading, "_collect", collected)
    assert ended(taken(matter, pile)) == {name: wanted for name, (_, wanted) in meddle.items()}
    assert b"root:" not in b"".join(
        path.read_bytes() for path in (matter.folder / "blobs").rglob("*") if path.is_file()
    )


# -- the source itself -----------------------------------------------------------------------------------


def test_a_source_that_holds_the_matter_does_not_feed_on_it(tmp_path: Path) -> None:
    write(tmp_path / "desk", {"a.txt": b"a", "sub/b.txt": b"b"})
    with matter_of(tmp_path / "desk/matter") as matter:
        found = taken(matter, tmp_path / "desk")
        assert ended(found) == {"a.txt": "document", "matter": "the matter's own folder", "sub/b.txt": "document"}
        again = verbs.ingest(matter, [("ann", tmp_path / "desk")])
        assert (again["found"], again["new"]) == (3, 0)
        verbs.ingest(matter, [("bob", matter.folder)])
        assert balanced(matter)["found"] == 4, "the matter as its own source is one name"


def test_a_source_taken_twice_and_one_within_another(matter: Matter, pile: Path) -> None:
    write(pile, {"a.txt": b"a", "sub/b.txt": b"b"})
    (pile / "hard.txt").hardlink_to(pile / "a.txt")
    for _ in range(2):
        verbs.ingest(matter, [("ann", pile)])
    assert balanced(matter)["found"] == 3
    verbs.ingest(matter, [("ann", pile / "sub"), ("bob", pile)])
    status = balanced(matter)
    assert (status["found"], status["unique"], status["duplicates"]) == (7, 2, 5)


def test_the_exit_code_says_that_exceptions_are_on_record(matter: Matter, pile: Path) -> None:
    write(pile, {"a.txt": b"a"})
    assert tecum("ingest", f"ann={pile}", "-C", matter.folder).code == 0
    (pile / "empty.txt").touch()
    assert tecum("ingest", f"ann={pile}", "-C", matter.folder).code == 100


@AS_ROOT
def test_a_source_that_cannot_be_written(matter: Matter, pile: Path) -> None:
    write(pile, {"a.txt": b"a", "sub/b.eml": b"Subject: b\r\nFrom: b@x.example\r\n\r\nb"})
    before = {path: path.stat() for path in pile.rglob("*")}
    made = subprocess.run(["mount", "--bind", "-o", "ro", str(pile), str(pile)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"nothing can be mounted here: {made.stderr.decode().strip()}")
    try:
        with contextlib.suppress(OSError):
            (pile / "a.txt").touch()
        assert set(ended(taken(matter, pile)).values()) == {"document", "DATE_GUESSED"}
    finally:
        subprocess.run(["umount", "-l", str(pile)], check=True)
    same = ("st_mode", "st_mtime_ns", "st_ctime_ns", "st_size", "st_nlink")
    after = {path: path.stat() for path in pile.rglob("*")}
    assert all(getattr(before[path], name) == getattr(after[path], name) for path in before for name in same)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_fifty_thousand_small_files_in_one_folder(matter: Matter, pile: Path) -> None:
    for number in range(50_000):
        (pile / f"{number:05d}.txt").write_bytes(b"number %d" % number)
    verbs.ingest(matter, [("ann", pile)])
    status = verbs.status(matter, enforce=True)
    assert status["found"] == status["documents"] == 50_000
