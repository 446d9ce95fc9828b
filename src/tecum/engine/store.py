"""The store: one SQLite database in the matter's folder, opened safely, written in short transactions.

Source: SQLite's documentation on WAL and locking; `docs/decisions/0004-storage.md` for the measurements.
"""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, select, text
from sqlalchemy.dialects.sqlite import insert as upsert

from tecum.engine import schema
from tecum.engine.disk import refuse_unsafe_folder
from tecum.errors import DiskFull, MatterDamaged, MatterNewer, MatterNotFound, ReadOnly, StageBusy, TecumError

_BUSY_MS = 20_000


def canonical(value: object) -> str:
    """Return JSON text with sorted keys and no blanks: the same value, the same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Store:
    """The tables of one matter. Reads see a snapshot; a write takes the one write lock at once."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open ``path``; with ``create`` make it.

        Raises:
            MatterNotFound, MatterNewer, MatterDamaged, NetworkFolder, ReadOnly.
        """
        refuse_unsafe_folder(path.parent)
        if not create and not path.exists():
            raise MatterNotFound(f"No database at {path}", path=path)
        self.path = path
        self.engine = _engine(path)
        with translated(path):
            if create:
                self._create()
            else:
                self._check()

    def _create(self) -> None:
        with self.write() as db:
            _make_tables(db)
            db.execute(schema.about.insert(), [{"key": "schema", "value": str(schema.VERSION)}])

    def _check(self) -> None:
        _refuse_truncated(self.path)
        with self.read() as db:
            found = db.execute(select(schema.about.c.value).where(schema.about.c.key == "schema")).scalar()
        if found is None:
            raise MatterDamaged(f"{self.path} is not a matter's database", path=self.path)
        if int(found) > schema.VERSION:
            raise MatterNewer(
                f"{self.path} has tables of version {found}; this tecum knows version {schema.VERSION}",
                path=self.path,
            )
        if int(found) < schema.VERSION:
            with self.write() as db:  # so far every version only added tables
                _make_tables(db)
                db.execute(
                    schema.about.update().where(schema.about.c.key == "schema").values(value=str(schema.VERSION))
                )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot for reading."""
        with translated(self.path), self.engine.connect() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from its first statement; commits at the end."""
        with (
            translated(self.path),
            self.engine.connect().execution_options(tecum_begin="BEGIN IMMEDIATE") as db,
            db.begin(),
        ):
            yield db

    def examine(self) -> None:
        """Read the whole database; slow on a large one, so ``verify`` asks for it and opening does not.

        Raises:
            MatterDamaged.
        """
        with self.read() as db:
            answer = db.execute(text("PRAGMA integrity_check(1)")).scalar()
        if answer != "ok":
            raise MatterDamaged(f"{self.path} is damaged: {answer}", path=self.path)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def mark_done(db: Connection, stage: str, version: str, inputs: Sequence[str]) -> None:
    """Remember within the caller's transaction that ``stage`` in ``version`` has done these inputs."""
    if inputs:
        statement = upsert(schema.job)
        db.execute(
            statement.on_conflict_do_update(
                index_elements=["stage", "input"], set_={"version": statement.excluded.version}
            ),
            [{"stage": stage, "input": one, "version": version} for one in inputs],
        )


def forget_done(db: Connection, stage: str) -> None:
    """Forget within the caller's transaction that a stage has done anything: it will do all of it again."""
    db.execute(schema.job.delete().where(schema.job.c.stage == stage))


def put_rows(db: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that may be there already (a repeated delivery changes nothing)."""
    if rows:
        db.execute(upsert(table).on_conflict_do_nothing(), rows)


def _make_tables(db: Connection) -> None:
    """Make the tables that are not there yet; those that only grow refuse UPDATE and DELETE."""
    schema.metadata.create_all(db)
    for table in schema.APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            db.execute(
                text(
                    f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{act.lower()} BEFORE {act} ON {table.name} "
                    f"BEGIN SELECT RAISE(ABORT, 'the {table.name} is append-only'); END"
                )
            )


@contextmanager
def stage_lock(folder: Path, stage: str) -> Iterator[None]:
    """Let one long run of a kind work in a matter at a time.

    The lock is SQLite's own, on a small file beside the database: the operating system drops it when the
    process dies, so a killed run never blocks the next one.

    Raises:
        StageBusy: when another process holds it.
    """
    path = folder / f".{stage}.lock"
    try:
        lock = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            lock.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StageBusy(f"Another {stage} is at work in {folder}", path=folder) from None
        raise ReadOnly(f"{folder} cannot be written: {error}", path=folder) from None


def _refuse_truncated(path: Path) -> None:
    """Compare the file's length with the page count in its header (SQLite file format, section 1.3)."""
    with path.open("rb") as file:
        header = file.read(100)
    if header[:16] != b"SQLite format 3\x00":
        raise MatterDamaged(f"{path} is not a database", path=path)
    page = int.from_bytes(header[16:18], "big")
    wanted = int.from_bytes(header[28:32], "big") * (65536 if page == 1 else page)
    if path.stat().st_size < wanted:
        raise MatterDamaged(f"{path} is cut short: {path.stat().st_size} of {wanted} bytes", path=path)


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None  # transactions are begun by us, below
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",  # power loss, not only a kill, must not lose a decision
            "temp_store=MEMORY",
            "cache_size=-65536",
            "trusted_schema=OFF",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        db.exec_driver_sql(db.get_execution_options().get("tecum_begin", "BEGIN"))

    return engine


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the operating system's and the database's complaints into named errors with a remedy."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _named(str(error.orig), path) from error
    except sqlite3.Error as error:
        raise _named(str(error), path) from error
    except OSError as error:
        named = from_os_error(error, path)
        if named is None:
            raise
        raise named from error


def from_os_error(error: OSError, path: Path | str) -> TecumError | None:
    """Return the named error for a full disk or a refused write; None when it is something else."""
    place = error.filename or path
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"No space left to write {place}", path=place)
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return ReadOnly(f"{place} cannot be written: {error.strerror}", path=place)
    return None


def _named(message: str, path: Path) -> TecumError:
    if "full" in message:
        return DiskFull(f"No space left to write {path}", path=path)
    if "readonly" in message or "unable to open" in message:
        return ReadOnly(f"{path} cannot be written: {message}", path=path)
    if "locked" in message:
        return StageBusy(f"{path} is locked by another program", path=path)
    return MatterDamaged(f"{path} cannot be read whole: {message}", path=path)
