"""An open matter: its folder, its engines, its settings, and the one way to write to it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from tecum import settings as settings_file
from tecum.engine import ledger, sandbox_process
from tecum.engine.blobs import Blobs, sweep
from tecum.engine.store import Store, from_os_error, stage_lock, translated
from tecum.errors import MatterExists, MatterNotFound
from tecum.settings import Settings

_DATABASE = "matter.db"


class Matter:
    """A matter's folder. Use as a context manager; every write goes through ``write``.

    ``actor`` is who acts, for the ledger: ``TECUM_ACTOR``, else the login name.
    """

    def __init__(self, folder: Path, store: Store, settings: Settings) -> None:
        self.folder = folder
        self.store = store
        self.settings = settings
        self.blobs = Blobs(folder / "blobs")
        self.actor = os.environ.get("TECUM_ACTOR") or getpass.getuser()

    @classmethod
    def create(cls, folder: Path, settings: Settings) -> Matter:
        """Make a new matter in a folder that is new or empty.

        Raises:
            MatterExists, ReadOnly, NetworkFolder.
        """
        if folder.exists() and any(folder.iterdir()):
            raise MatterExists(f"{folder} is not empty", path=folder)
        try:
            for name in ("blobs", "index", "productions"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            store = Store(folder / _DATABASE, create=True)
            matter = cls(folder, store, settings)
            matter.save_settings(settings)
        except OSError as error:
            raise from_os_error(error, folder) or error from error
        with matter.write() as db:
            matter.act(db, "init", settings.name, {"demand": settings.plan.demand_hash, "engine": settings.engine})
        return matter

    @classmethod
    def open(cls, folder: Path | str) -> Matter:
        """Open a matter.

        Raises:
            MatterNotFound, MatterNewer, MatterDamaged, SettingsInvalid, NetworkFolder.
        """
        folder = Path(folder)
        if not (folder / settings_file.NAME).is_file() or not (folder / _DATABASE).is_file():
            raise MatterNotFound(f"{folder.absolute()} is not a matter", path=folder)
        return cls(folder, Store(folder / _DATABASE), settings_file.read(folder / settings_file.NAME))

    def save_settings(self, settings: Settings) -> None:
        """Write tecum.toml whole or not at all."""
        path = self.folder / settings_file.NAME
        temporary = path.with_suffix(".toml.new")
        with translated(path):
            temporary.write_text(settings_file.write(settings), encoding="utf-8", newline="\n")
            temporary.replace(path)
        self.settings = settings

    def read(self) -> AbstractContextManager[Connection]:
        """A snapshot for reading."""
        return self.store.read()

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction; short, since others wait for it."""
        return self.store.write()

    def act(self, db: Connection, action: str, subject: str, body: dict[str, object]) -> None:
        """Enter an act in the ledger, within the same transaction as what it did."""
        ledger.append(db, self.actor, action, subject, body)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Hold the lock of a long stage and start from a clean folder.

        Raises:
            StageBusy: when another process is at the same stage.
        """
        with stage_lock(self.folder, name):
            if name == "ingest":
                sweep(self.folder / "blobs")
                sandbox_process.sweep()
            yield

    def workers(self, amount: int, share: int) -> int:
        """How many processes to use: as the settings say, else one for each ``share`` of the work, up to the cores.

        A process takes half a second to start, so a small pile is quicker without any.
        """
        return self.settings.processing.workers or max(1, min(os.cpu_count() or 1, amount // share))

    def close(self) -> None:
        """Close the store and the blobs."""
        self.blobs.close()
        self.store.close()

    def __enter__(self) -> Matter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
