"""Store, blobs and ledger on a real database and real files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tecum.engine import blobs, ledger, schema
from tecum.engine.blobs import SMALL, BlobRef, Blobs, BlobWriter
from tecum.engine.disk import refuse_unsafe_folder
from tecum.engine.store import Store, put_rows, stage_lock
from tecum.errors import (
    BlobDamaged,
    LedgerBroken,
    MatterDamaged,
    MatterNewer,
    MatterNotFound,
    NetworkFolder,
    StageBusy,
)


@pytest.fixture
def store(tmp_path: Path):
    made = Store(tmp_path / "matter.db", create=True)
    yield made
    made.close()


# -- store -----------------------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as db:
        ledger.append(db, "me", "act", "it", {})
        raise ZeroDivisionError
    with store.read() as db:
        assert ledger.head(db).seq == 0


def test_a_newer_matter_is_refused(store: Store) -> None:
    with store.write() as db:
        db.execute(schema.about.update().values(value="99"))
    with pytest.raises(MatterNewer, match="version 99"):
        Store(store.path)


def test_a_truncated_database_is_named(store: Store) -> None:
    with store.write() as db:
        for n in range(2000):
            ledger.append(db, "me", "act", str(n), {"n": n})
    store.close()
    size = store.path.stat().st_size
    os.truncate(store.path, size // 2)
    with pytest.raises(MatterDamaged, match="cut short"):
        Store(store.path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "matter.db").write_text("hello " * 100)
    with pytest.raises(MatterDamaged):
        Store(tmp_path / "matter.db")
    with pytest.raises(MatterNotFound):
        Store(tmp_path / "absent.db")


def test_one_run_of_a_stage_at_a_time(tmp_path: Path) -> None:
    with stage_lock(tmp_path, "ingest"):
        with pytest.raises(StageBusy), stage_lock(tmp_path, "ingest"):
            pass
        with stage_lock(tmp_path, "produce"):
            pass
    with stage_lock(tmp_path, "ingest"):
        pass


def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys,time; from pathlib import Path; from tecum.engine.store import stage_lock\n"
        "with stage_lock(Path(sys.argv[1]), 'ingest'): print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    with pytest.raises(StageBusy), stage_lock(tmp_path, "ingest"):
        pass
    child.kill()
    child.wait()
    child.stdout.close()
    with stage_lock(tmp_path, "ingest"):
        pass


def test_network_and_sync_folders_are_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda rw\n"
        "23 22 0:5 / /mnt/share rw,relatime shared:1 - nfs4 server:/x rw\n"
        "24 23 0:6 / /mnt/share/local\\040disk rw - ext4 /dev/sdb rw\n"
    )
    refuse_unsafe_folder(Path("/home/x"), mounts)
    refuse_unsafe_folder(Path("/mnt/share/local disk/x"), mounts)
    with pytest.raises(NetworkFolder, match="nfs4"):
        refuse_unsafe_folder(Path("/mnt/share/matter"), mounts)
    with pytest.raises(NetworkFolder, match="OneDrive"):
        refuse_unsafe_folder(Path("/home/x/OneDrive - City/matter"), mounts)


# -- ledger ----------------------------------------------------------------------------------------------


def test_the_ledger_refuses_change(store: Store) -> None:
    with store.write() as db:
        ledger.append(db, "me", "act", "it", {"n": 1})
    for statement in ("UPDATE ledger SET actor = 'you'", "DELETE FROM ledger"):
        with pytest.raises(MatterDamaged, match="append-only"), store.write() as db:
            db.execute(text(statement))


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "body", "prev", "hash"])
def test_a_changed_entry_is_found_in_every_column(store: Store, column: str) -> None:
    with store.write() as db:
        for n in range(5):
            ledger.append(db, "me", "act", str(n), {"n": n})
    with store.read() as db:
        assert ledger.verify(db).seq == 5
    raw = sqlite3.connect(store.path)
    raw.execute("DROP TRIGGER ledger_no_update")
    raw.execute(f"UPDATE ledger SET {column} = 'ff' WHERE seq = 3")
    raw.commit()
    raw.close()
    with pytest.raises(LedgerBroken, match=r"entry [34]"), store.read() as db:
        ledger.verify(db)


def test_a_removed_entry_is_found(store: Store) -> None:
    with store.write() as db:
        for n in range(5):
            ledger.append(db, "me", "act", str(n), {})
    raw = sqlite3.connect(store.path)
    raw.execute("DROP TRIGGER ledger_no_delete")
    raw.execute("DELETE FROM ledger WHERE seq = 2")
    raw.commit()
    raw.close()
    with pytest.raises(LedgerBroken, match="entry 2 is missing"), store.read() as db:
        ledger.verify(db)


# -- blobs -----------------------------------------------------------------------------------------------


def test_blobs_come_back_and_repeats_cost_nothing(tmp_path: Path, store: Store) -> None:
    small, large = b"small", os.urandom(SMALL + 5)
    with BlobWriter(tmp_path / "blobs") as writer:
        refs = [writer.put(small), writer.put(large), writer.put(small), writer.put(b"")]
    assert refs[0] == refs[2]
    assert refs[0].pack and not refs[1].pack
    with store.write() as db:
        blobs.record(db, refs)
    reader = Blobs(tmp_path / "blobs")
    with store.read() as db:
        found = [blobs.find(db, ref.hash) for ref in refs]
    assert [reader.read(ref) for ref in found] == [small, large, small, b""]
    assert b"".join(reader.pieces(refs[1])) == large
    assert blobs.verify(store, reader, lambda *_: None) == 3
    reader.close()


def test_a_changed_blob_is_found(tmp_path: Path) -> None:
    with BlobWriter(tmp_path) as writer:
        packed, alone = writer.put(b"evidence"), writer.put(b"x" * (SMALL + 1))
    (pack,) = (tmp_path / "packs").iterdir()
    pack.write_bytes(b"evidencf")
    Blobs(tmp_path).place(alone.hash).write_bytes(b"y" * (SMALL + 1))
    reader = Blobs(tmp_path)
    for ref in (packed, alone, BlobRef("0" * 64, "", 0, 1)):
        with pytest.raises(BlobDamaged):
            reader.read(ref)
    with pytest.raises(BlobDamaged):
        list(reader.pieces(alone))
    reader.close()


def test_an_abandoned_blob_leaves_no_file(tmp_path: Path) -> None:
    with BlobWriter(tmp_path) as writer:
        with pytest.raises(ZeroDivisionError), writer.stream() as stream:
            stream.write(b"x" * (SMALL + 1))
            raise ZeroDivisionError
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_put_rows_twice_is_once(store: Store) -> None:
    row = {"stage": "s", "input": "i", "version": "1"}
    for _ in range(2):
        with store.write() as db:
            put_rows(db, schema.job, [row])
    with store.read() as db:
        assert len(list(db.execute(select(schema.job)))) == 1
