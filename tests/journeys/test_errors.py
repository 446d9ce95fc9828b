"""Each thing that goes wrong has its name, its exit code and its remedy, and what was done before is kept."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Answered
from piles import (
    Told,
    balanced,
    demand,
    differences,
    mail,
    matter_of,
    mbox,
    payload,
    tables,
    tecum,
    with_processing,
    write,
)
from tecum import verbs
from tecum.engine import blobs, disk, pages
from tecum.engine.store import stage_lock
from tecum.processing import itemreading

pytestmark = pytest.mark.usefixtures("one_day")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="mounts and capabilities are Linux's")


def refused(told: Told, code: str, exit_code: int) -> dict[str, Any]:
    """The error that a command printed as JSON."""
    assert told.code == exit_code, told
    error: dict[str, Any] = told.json["error"]
    assert set(error) == {"code", "exit_code", "message", "remedy", "path", "line"}
    assert (error["code"], error["exit_code"]) == (code, exit_code)
    assert error["message"]
    assert error["remedy"], "an error without a remedy"
    return error


def small(folder: Path, files: int = 12) -> Path:
    """A few widgets of two custodians and their demand."""
    chief = {f"{n:02d}.txt": b"widget %d\n" % n for n in range(files)}
    write(folder / "pile/chief", {**chief, "in.mbox": mbox(mail("Widget"), mail("Other widget"))})
    write(folder / "pile/clerk", {f"{n:02d}.txt": b"clerk's widget %d\n" % n for n in range(files)})
    return demand(folder)


def undisturbed(demand_file: Path, out: Path) -> dict[str, list[Any]]:
    """The tables that a run without any trouble makes."""
    with with_processing(verbs.init(out, demand=demand_file), workers=1):
        pass
    assert tecum("answer", demand_file, "--out", out).code == 0
    return tables(out)


# -- the demand and the settings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (('title = "Widgets"', 'title = ["Widgets"]'), "title =", "title"),
        (('title = "Widgets"', 'titel = "Widgets"'), "[demand]", "title: is missing"),
        (("due = 2018-02-23", "duo = 2018-02-23"), "duo", "duo"),
        (("due = 2018-02-23", "due = 2017-02-23"), "due", "due"),
        (("due = 2018-02-23", "due = 2018-02-30"), "due", ""),
        (('prefix = "TWN"', 'prefix = "TWN7"'), "prefix", "prefix"),
        (('prefix = "TWN"', ""), "[production]", "prefix"),
        (('custodians = ["clerk"]', 'custodians = ["nobody"]'), "custodians =", "nobody"),
        (("[counsel]", "[counsel"), "[counsel", ""),
    ],
)
def test_a_demand_that_cannot_be_read_names_line_and_key(
    tmp_path: Path, change: tuple[str, str], place: str, said: str
) -> None:
    path = small(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count(change[0]) == 1
    text = text.replace(*change)
    path.write_text(text, encoding="utf-8")
    error = refused(tecum("answer", path, "--out", "matter", "--json"), "DEMAND_INVALID", 13)
    assert error["path"] == str(path)
    assert text.splitlines()[error["line"] - 1].startswith(place), error
    assert said in error["message"]
    assert not Path("matter").exists()
    spoken = tecum("answer", path, "--out", "matter")
    assert f"{path}:{error['line']}" in spoken.err


def test_a_demand_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = refused(tecum("answer", tmp_path / "nothing.toml", "--json"), "DEMAND_INVALID", 13)
    assert "nothing.toml" in f"{error['path']} {error['message']}"


@pytest.mark.parametrize("zone", ["Mars/Olympus", ""])
def test_a_time_zone_that_is_none_is_named(tmp_path: Path, zone: str) -> None:
    path = small(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"America/Chicago"', f'"{zone}"'), encoding="utf-8")
    error = refused(tecum("answer", path, "--out", "matter", "--json"), "TIME_ZONE_INVALID", 27)
    assert error["line"] == text[: text.index("time_zone")].count("\n") + 1


def test_settings_that_were_spoiled_name_their_line(tmp_path: Path) -> None:
    matter_of(tmp_path / "matter").close()
    path = tmp_path / "matter/tecum.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("depth = 20", 'depth = "deep"'), encoding="utf-8")
    error = refused(tecum("status", "-C", tmp_path / "matter", "--json"), "SETTINGS_INVALID", 14)
    assert error["line"] == text[: text.index("depth = 20")].count("\n") + 1
    assert "depth" in error["message"]


# -- sources ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    path = small(tmp_path)
    (tmp_path / "pile/clerk").rename(tmp_path / "detached")
    error = refused(tecum("answer", path, "--out", "matter", "--json"), "SOURCE_MISSING", 12)
    assert error["path"] == str(tmp_path / "pile/clerk")
    assert refused(tecum("answer", path, "--out", "matter", "--dry-run", "--json"), "SOURCE_MISSING", 12)
    (tmp_path / "detached").rename(tmp_path / "pile/clerk")
    assert tecum("answer", path, "--out", "matter").code == 0
    wanted = undisturbed(path, tmp_path / "calm")
    assert differences(tables(tmp_path / "matter"), wanted) == {}


@pytest.mark.slow
def test_a_source_that_vanishes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small(tmp_path)
    out = tmp_path / "matter"
    with with_processing(verbs.init(out, demand=path), workers=1):
        pass
    real, seen = itemreading.ItemReading._collect, []

    def detach(reading: Any) -> Any:
        seen.append(reading.work.path)
        if len(seen) == 17:  # among the clerk's files
            (tmp_path / "pile/clerk").rename(tmp_path / "detached")
        return real(reading)

    with monkeypatch.context() as patch:
        patch.setattr(itemreading.ItemReading, "_collect", detach)
        refused(tecum("answer", path, "--out", out, "--json"), "SOURCE_MISSING", 12)
    with verbs.open(out) as matter:
        assert {row["disposition"] for row in verbs.items(matter)} <= {"", "document", "container"}, (
            "nobody is to blame"
        )
        assert verbs.exceptions(matter)["exceptions"] == []
        assert verbs.status(matter)["balanced"] is False
    refused(tecum("ingest", "-C", out, "--json"), "SOURCE_MISSING", 12)
    (tmp_path / "detached").rename(tmp_path / "pile/clerk")
    assert tecum("answer", path, "--out", out).code == 0
    assert differences(tables(out), undisturbed(path, tmp_path / "calm")) == {}


# -- disks -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Callable[[int], None]]:
    """A disk of its own; call what is yielded to change its size."""
    folder.mkdir()
    size = f"size={megabytes}m"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.decode().strip()}")

    def grow(megabytes: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(folder)], check=True)

    try:
        yield grow
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@LINUX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a small disk")
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_full_disk_stops_the_run_and_more_room_ends_it(tmp_path: Path, workers: int) -> None:
    path = small(tmp_path)
    noise = {f"noise{n}.bin": os.urandom(700_000) for n in range(6)}
    write(tmp_path / "pile/chief", {**noise, "big.bin": os.urandom(3_000_000)})
    with small_disk(tmp_path / "disk", 3) as grow:
        out = tmp_path / "disk/matter"
        with with_processing(verbs.init(out, demand=path), workers=workers):
            pass
        refused(tecum("answer", path, "--out", out, "--json"), "DISK_FULL", 10)
        refused(tecum("answer", path, "--out", out, "--json"), "DISK_FULL", 10)
        with verbs.open(out) as matter:
            bad = [row for row in verbs.items(matter) if set(row["codes"]) - {"UNSUPPORTED"}]
            assert bad == [], "a full disk is no fault of a file"
        grow(11)  # enough to read, not to produce
        told = tecum("answer", path, "--out", out, "--json")
        assert told.code in (10, 100), told
        grow(200)
        last = tecum("answer", path, "--out", out, "--json")
        assert last.code == 100, last
        with verbs.open(out) as matter:
            balanced(matter)
            verbs.verify(matter)
        calm = tmp_path / "calm"
        with with_processing(verbs.init(calm, demand=path), workers=1):
            pass
        assert tecum("answer", path, "--out", calm).code == 100
        assert differences(tables(out), tables(calm)) == {}
        assert payload(out / "productions/VOL001") == payload(calm / "productions/VOL001")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["ingest", "render", "write"])
def test_no_space_in_any_long_step_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """The same without a disk: the system's answer is planted where bytes are written."""
    path, out = small(tmp_path), tmp_path / "matter"
    with with_processing(verbs.init(out, demand=path), workers=1):
        pass
    if stage != "ingest":
        assert tecum("ingest", "-C", out).code == 0
    before = tables(out)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    from tecum.production import write as writing

    with monkeypatch.context() as patch:
        if stage == "write":
            patch.setattr(writing.Bench, "_put", full)
        else:
            patch.setattr(blobs.BlobWriter, "sync", full)
        refused(tecum("answer", path, "--out", out, "--json"), "DISK_FULL", 10)
    if stage == "render":
        assert differences(tables(out), before, {"signal", "personal"}) == {}, "no number was given"
    assert tecum("answer", path, "--out", out).code == 0
    assert differences(tables(out), undisturbed(path, tmp_path / "calm")) == {}


@pytest.mark.slow
@LINUX
def test_a_folder_that_may_not_be_written(tmp_path: Path, plain_python: list[str]) -> None:
    path = small(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    script = "from tecum.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(*arguments: object) -> Told:
        command = [*plain_python, "-c", script, *map(str, arguments), "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return Told(done.returncode, done.stdout, done.stderr)

    error = refused(run("answer", path, "--out", closed / "matter"), "READ_ONLY", 11)
    assert str(closed) in error["message"]
    out = tmp_path / "matter"
    verbs.init(out, demand=path).close()
    for folder in (out / "blobs", out):
        folder.chmod(0o500)
    refused(run("ingest", "-C", out), "READ_ONLY", 11)
    for folder in (out / "blobs", out):
        folder.chmod(0o700)
    assert tecum("answer", path, "--out", out).code == 0


@pytest.mark.slow
def test_a_matter_on_a_network_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"1 1 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / {tmp_path}/share rw,relatime shared:1 - nfs4 host:/x rw\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(disk.refuse_unsafe_folder, "__defaults__", (mounts,))
    path = small(tmp_path)
    out = tmp_path / "share/matter"
    if sys.platform == "linux":
        error = refused(tecum("answer", path, "--out", out, "--json"), "NETWORK_FOLDER", 8)
        assert "nfs4" in error["message"]
        assert "PostgreSQL" in error["remedy"] or "local disk" in error["remedy"]
    synchronised = refused(tecum("init", tmp_path / "Dropbox/matter", "--json"), "NETWORK_FOLDER", 8)
    assert "Dropbox" in synchronised["message"]
    assert tecum("answer", path, "--out", tmp_path / "local").code == 0


# -- the matter ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "verb"), [("ingest", ("ingest",)), ("produce", ("produce",))])
def test_a_matter_in_use(answered: Answered, stage: str, verb: tuple[str, ...]) -> None:
    with stage_lock(answered.folder, stage):
        error = refused(tecum(*verb, "-C", answered.folder, "--json"), "STAGE_BUSY", 9)
        assert stage in error["message"]
        assert tecum("status", "-C", answered.folder).code == 0, "reads are always allowed"
        assert tecum("search", "widget", "-C", answered.folder).code == 0
    assert tecum(*verb, "-C", answered.folder).code in (0, 100)


@pytest.mark.slow
def test_two_at_once_are_one_after_the_other(tmp_path: Path) -> None:
    """The second of two real processes is refused while the first is at work, and may run after it."""
    path, out = small(tmp_path), tmp_path / "matter"
    verbs.init(out, demand=path).close()
    script = textwrap.dedent("""
        import sys
        from tecum import verbs
        with verbs.open(sys.argv[1]) as matter, matter.stage("ingest"):
            print("held", flush=True)
            sys.stdin.read()
    """)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(out)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        refused(tecum("ingest", "-C", out, "--json"), "STAGE_BUSY", 9)
        holder.stdin.close()
        assert holder.wait() == 0
    assert tecum("ingest", "-C", out).code == 0


def test_a_matter_from_a_newer_version(answered: Answered) -> None:
    with contextlib.closing(sqlite3.connect(answered.folder / "matter.db")) as db:
        db.execute("UPDATE about SET value = '99' WHERE key = 'schema'")
        db.commit()
    before = payload(answered.folder / "productions")
    refused(tecum("status", "-C", answered.folder, "--json"), "MATTER_NEWER", 6)
    refused(tecum("answer", answered.demand, "--out", answered.folder, "--json"), "MATTER_NEWER", 6)
    assert payload(answered.folder / "productions") == before


@pytest.mark.parametrize("damage", ["short", "empty", "noise"])
def test_a_damaged_database(answered: Answered, damage: str) -> None:
    path = answered.folder / "matter.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes({"short": whole[: len(whole) // 2], "empty": b"", "noise": b"\xa5" * len(whole)}[damage])
    for verb in (("status",), ("ingest",), ("produce",), ("verify",)):
        error = refused(tecum(*verb, "-C", answered.folder, "--json"), "MATTER_DAMAGED", 7)
        assert "backup" in error["remedy"]
    path.write_bytes(whole)
    assert tecum("verify", "-C", answered.folder).code == 0


def test_damage_in_the_middle_is_found_by_verify(answered: Answered) -> None:
    path = answered.folder / "matter.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'item'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    refused(tecum("verify", "-C", answered.folder, "--json"), "MATTER_DAMAGED", 7)


def test_a_blob_that_changed_is_found_by_verify(answered: Answered) -> None:
    pack = max((answered.folder / "blobs/packs").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    error = refused(tecum("verify", "-C", answered.folder, "--json"), "BLOB_DAMAGED", 26)
    assert error["path"]


def test_a_ledger_that_was_rewritten_is_found_by_verify(answered: Answered) -> None:
    with contextlib.closing(sqlite3.connect(answered.folder / "matter.db")) as db:
        db.execute("DROP TRIGGER ledger_no_update")
        db.execute("UPDATE ledger SET actor = 'somebody else' WHERE seq = 3")
        db.commit()
    error = refused(tecum("verify", "-C", answered.folder, "--json"), "LEDGER_BROKEN", 25)
    assert "entry 3" in error["message"]


# -- produce ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_changed_renderer_stops_before_a_page_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = small(tmp_path), tmp_path / "matter"
    verbs.init(out, demand=path).close()
    assert tecum("ingest", "-C", out).code == 0
    before = tables(out)
    with monkeypatch.context() as patch:
        patch.setattr(pages, "setup", lambda real=pages.setup: {**real(), "renderer": "typst 99.0"})
        error = refused(tecum("produce", "-C", out, "--json"), "RENDERER_CHANGED", 24)
    assert "typst 99.0" in error["message"]
    assert differences(tables(out), before, {"signal", "personal"}) == {}
    assert tecum("produce", "-C", out).code == 0


@pytest.mark.slow
def test_numbers_too_wide_are_refused_before_any_is_given(tmp_path: Path) -> None:
    small(tmp_path)
    path = demand(tmp_path, production="width = 1\nstart = 5\n")
    out = tmp_path / "matter"
    error = refused(tecum("answer", path, "--out", out, "--json"), "BATES_OVERFLOW", 23)
    assert "width" in error["remedy"]
    found = tables(out)
    assert found["volume"] == found["produced"] == found["bates_range"] == found["held"] == []
    settings = out / "tecum.toml"
    settings.write_text(settings.read_text("utf-8").replace("width = 1", "width = 4"), encoding="utf-8")
    told = tecum("answer", path, "--out", out, "--json")
    assert (told.code, told.json["first"]) == (0, "TWN0005")


@pytest.mark.slow
def test_numbers_used_elsewhere_are_gone_on_from(tmp_path: Path) -> None:
    path, out = small(tmp_path), tmp_path / "matter"
    verbs.init(out, demand=path).close()
    told = tecum("numbers", "TWN00000001", "TWN00000150", "--note", "the paper production", "-C", out, "--json")
    assert told.code == 0
    assert told.json["ranges"] == [{"prefix": "TWN", "first": 1, "last": 150, "owner": "the paper production"}]
    again = tecum("numbers", "TWN00000100", "TWN00000200", "--note", "overlaps", "-C", out, "--json")
    assert "the paper production" in refused(again, "BATES_TAKEN", 22)["message"]
    mixed = tecum("numbers", "TWN00000300", "ABC00000400", "--note", "two series", "-C", out, "--json")
    refused(mixed, "BATES_INVALID", 21)
    answered = tecum("answer", path, "--out", out, "--json")
    assert answered.json["first"] == "TWN00000151"
    inside = tecum("numbers", answered.json["last"], answered.json["last"], "--note", "ours", "-C", out, "--json")
    assert "VOL001" in refused(inside, "BATES_TAKEN", 22)["message"]


def test_a_name_used_twice_is_not_written_again(answered: Answered) -> None:
    before = payload(answered.volume)
    told = tecum("produce", "VOL001", "-C", answered.folder, "--json")
    assert told.json["already"] is True
    assert payload(answered.volume) == before
    second = tecum("produce", "VOL002", "-C", answered.folder, "--json")
    refused(second, "NOTHING_TO_PRODUCE", 28)
    assert payload(answered.volume) == before


@pytest.mark.slow
def test_a_folder_in_the_place_of_a_volume_is_left_alone(tmp_path: Path) -> None:
    path, out = small(tmp_path), tmp_path / "matter"
    verbs.init(out, demand=path).close()
    write(out / "productions/VOL001", {"mine.txt": b"somebody's own"})
    told = tecum("answer", path, "--out", out, "--json")
    assert told.code not in (0, 3), told
    assert (out / "productions/VOL001/mine.txt").read_bytes() == b"somebody's own"
    shutil.rmtree(out / "productions/VOL001")
    assert tecum("answer", path, "--out", out, "--json").json["state"] == "DRAFT"


def test_nothing_selected_is_said(tmp_path: Path) -> None:
    small(tmp_path)
    path = demand(tmp_path, requests='[[request]]\nnumber = "1"\ntext = "All."\nterms = ["absent"]\n')
    error = refused(tecum("answer", path, "--out", "matter", "--json"), "NOTHING_TO_PRODUCE", 28)
    assert "terms report" in error["remedy"]
    assert tecum("status", "-C", "matter", "--json").json["documents"] == 26


def test_an_unfinished_matter_cannot_be_searched_as_if_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = small(tmp_path), tmp_path / "matter"
    verbs.init(out, demand=path).close()
    with monkeypatch.context() as patch:
        patch.setattr(verbs, "derive", lambda *_: None)
        assert tecum("ingest", "-C", out).code == 0
    refused(tecum("search", "widget", "-C", out, "--json"), "INDEX_STALE", 32)
    refused(tecum("produce", "-C", out, "--json"), "INDEX_STALE", 32)
    assert tecum("ingest", "-C", out).code == 0
    assert tecum("search", "widget", "-C", out, "--json").json["documents"] == 26


def test_the_town_is_whole(answered_once: Answered) -> None:
    """What the tests above spoil copies of was sound to begin with."""
    told = tecum("verify", "-C", answered_once.folder, "--json")
    assert told.code == 0
    assert told.json["balanced"] is True
