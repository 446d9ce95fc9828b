"""Who has the index open: readers hold a folder together, and what is no longer needed is removed by one alone.

The lock is SQLite's own on a small file, as in ``engine.store``: shared by readers, exclusive for the sweep. The
operating system drops it when a process dies. A reader that began before a merge keeps the old segments.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

_NAME: Final = ".held"
_PATIENCE: Final = 30.0  # seconds that a reader waits for a sweep, which takes milliseconds


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep the segments in a folder from being removed, from before their names are read until they are closed.

    A folder that cannot be written is held by nobody: nothing can be removed there either.
    """
    try:
        lock = _connect(folder, _PATIENCE)
        lock.execute("BEGIN")
        lock.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        yield
        return
    with closing(lock):
        yield


def sweep(folder: Path, wanted: Callable[[], Set[str]]) -> int:
    """Remove every segment that is not wanted, unless somebody holds the folder; return how many were removed.

    ``wanted`` is asked once the folder is held alone, so that nobody opens what is about to go.
    """
    if not folder.is_dir():
        return 0
    try:
        lock = _connect(folder, 0)
        with closing(lock):
            lock.execute("BEGIN EXCLUSIVE")
            kept = wanted()
            old = [path for path in folder.iterdir() if path.is_dir() and path.name not in kept]
            for path in old:
                shutil.rmtree(path, ignore_errors=True)  # on Windows a mapped file stays; the next sweep takes it
            return len(old)
    except sqlite3.OperationalError:
        return 0


def _connect(folder: Path, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(folder / _NAME, timeout=timeout, isolation_level=None)
