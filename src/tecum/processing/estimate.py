"""What a run will cost, before it begins: files, bytes, minutes, disk, pages; each estimate says its basis."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from tecum.engine.schema import document, item
from tecum.errors import SourceMissing
from tecum.processing.collect import names

# Measured by benchmarks/processing on two cores (docs/benchmarks.md); a slower machine takes longer.
_MB_PER_MINUTE = 300
_FILES_PER_MINUTE = 15_000
_DISK_FACTOR = 1.6
_PAGES_PER_MINUTE = 900
_BYTES_PER_PAGE = 45_000  # of a PDF or picture
_CHARACTERS_PER_PAGE = 2_600  # of a mail or plain text


def estimate(paths: Sequence[Path]) -> dict[str, Any]:
    """Walk the sources by name and size only.

    Raises:
        SourceMissing: when a path is not there.
    """
    files = size = 0
    for path in paths:
        if not path.exists():
            raise SourceMissing(f"{path} is not there", path=path)
        for _, status, _ in names(path):
            if status is not None and stat.S_ISREG(status.st_mode):
                files += 1
                size += status.st_size
    minutes = max(size / (_MB_PER_MINUTE << 20), files / _FILES_PER_MINUTE)
    return {
        "files": files,
        "bytes": size,
        "pages": size // _BYTES_PER_PAGE,
        "minutes": round(minutes + size / _BYTES_PER_PAGE / _PAGES_PER_MINUTE, 1),
        "disk_bytes": int(size * _DISK_FACTOR * 2),
        "basis": "names and sizes only: members of mailboxes and archives are counted when they are read",
    }


def production(db: Connection, ids: Sequence[int]) -> dict[str, Any]:
    """Pages, minutes and disk of a volume before it is rendered."""
    pages = size = 0
    for start in range(0, len(ids), 500):
        rows = db.execute(
            select(item.c.kind, func.count(), func.sum(item.c.size), func.sum(item.c.text_size))
            .join(document, document.c.item == item.c.key)
            .where(document.c.id.in_(ids[start : start + 500]))
            .group_by(item.c.kind)
        )
        for kind, count, total, characters in rows:
            size += max(0, total)
            if kind in ("eml", "text"):
                pages += count + characters // _CHARACTERS_PER_PAGE
            elif kind == "pdf":
                pages += max(count, total // _BYTES_PER_PAGE)
            else:
                pages += count
    return {
        "pages": pages,
        "minutes": round(pages / _PAGES_PER_MINUTE, 1),
        "disk_bytes": size * 2 + pages * 30_000,
        "basis": "an estimate from sizes; pages are counted exactly when they are rendered",
    }
