"""An open matter: its folder, its engines, its settings, and the one way to write to it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from tecum import settings as settings_file
from tecum.engine import ledger, sandbox_process
from tecum.engine.blobs import BlobRef, Blobs, sweep
from tecum.engine.ledger import Head
from tecum.engine.schema import blob, document, item
from tecum.engine.store import Store, from_os_error, stage_lock, translated
from tecum.errors import MatterExists, MatterNotFound
from tecum.settings import Settings

_DATABASE = "matter.db"
_PAGE = 500  # documents read at a time


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

    def act(self, db: Connection, action: str, subject: str, body: dict[str, object]) -> Head:
        """Enter an act in the ledger, within the same transaction as what it did; return its entry."""
        return ledger.append(db, self.actor, action, subject, body)

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

    def texts(self, ids: Sequence[int], *columns: Any) -> Iterator[Any]:
        """Rows of these documents in order of number, page by page: ``id``, the columns asked for, the text's place.

        ``columns`` are of the tables document and item; ``text_of`` gives a row's text.
        """
        statement = (
            select(document.c.id, *columns, blob.c.hash, blob.c.pack, blob.c.start, blob.c.size)
            .join(item, item.c.key == document.c.item)
            .outerjoin(blob, blob.c.hash == item.c.text)
            .order_by(document.c.id)
        )
        for start in range(0, len(ids), _PAGE):
            with self.read() as db:
                page = list(db.execute(statement.where(document.c.id.in_(ids[start : start + _PAGE]))))
            yield from page

    def text_of(self, row: Any) -> str:
        """The extracted text of a row of ``texts``; "" when it has none."""
        if row.hash is None:
            return ""
        ref = BlobRef(row.hash, row.pack, row.start, row.size)
        return self.blobs.read(ref).decode("utf-8", "replace")

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
