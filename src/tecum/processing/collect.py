"""Walk a source and record every name in it; nothing is skipped, and what is set aside says by which rule."""

from __future__ import annotations

import datetime as dt
import fnmatch
import os
import platform
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from tecum import clock
from tecum.engine.schema import item, source
from tecum.engine.store import put_rows
from tecum.errors import SourceMissing
from tecum.matter import Matter
from tecum.model import Disposition, ExceptionCode
from tecum.processing import origins
from tecum.processing.rows import Rows, enter, item_key

_BATCH = 2000
PROGRAM = "tecum"
_HEAD = 1 << 16
IN_PLACE = "read in place; every file copied by content into the matter"


@dataclass(frozen=True)
class Source:
    """A collected path: whose it is, and what the custody report says of its collection."""

    id: int
    custodian: str
    path: Path


@dataclass(frozen=True)
class Found:
    """What a walk of a source came upon."""

    items: int
    new: int


def register(matter: Matter, custodian: str, path: Path, program: str, method: str = IN_PLACE) -> Source:
    """Enter a source, or return it as entered before; ``method`` is how it is collected, for the custody record.

    Raises:
        SourceMissing: when nothing is there.
    """
    path = path.absolute()
    if path.is_symlink() and path.is_file():
        path = path.resolve()  # a file named by its link: the file itself is the source, and links are never followed
    if not path.exists():
        raise SourceMissing(f"{path} is not there", path=path)
    if not _is_text(str(path)):
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise SourceMissing(
            f"the path {shown} is not UTF-8, so it cannot stand in the custody record",
            remedy="Give the folder above it: names below a source may be of any bytes",
            path=shown,
        )
    with matter.write() as db:
        known = db.execute(
            select(source.c.id).where(source.c.custodian == custodian, source.c.path == str(path))
        ).scalar()
        if known is not None:
            return Source(known, custodian, path)
        number = (db.execute(select(func.max(source.c.id))).scalar() or 0) + 1
        row = {
            "id": number,
            "custodian": custodian,
            "path": str(path),
            "collected_by": matter.actor,
            "system": f"{platform.node()} ({platform.system()} {platform.release()})",
            "method": method,
            "program": program,
            "started": clock.stamp(),
            "finished": "",
        }
        put_rows(db, source, [row])
        matter.act(db, "collect", f"source {number}", {"custodian": custodian, "program": program})
    return Source(number, custodian, path)


def walk(matter: Matter, from_source: Source) -> Found:
    """Record every name below a source that is not recorded yet.

    Raises:
        SourceMissing: when the source vanishes meanwhile; what was recorded stays.
    """
    how = matter.settings.processing
    expand = how.expand_mib << 20
    found = new = 0
    batch: list[dict[str, Any]] = []
    exceptions: list[dict[str, str]] = []

    def flush() -> int:
        with matter.write() as db:
            before = _count(db, from_source.id)
            enter(db, Rows(members=batch, exceptions=exceptions))
            added = _count(db, from_source.id) - before
        batch.clear()
        exceptions.clear()
        return added

    for row, trouble in _rows(from_source, matter.folder, how.exclude, how.ratio, expand):
        found += 1
        batch.append(row)
        if trouble:
            exceptions.append(
                {
                    "item": row["key"],
                    "stage": "collect",
                    "code": ExceptionCode.UNREADABLE,
                    "message": trouble,
                    "tool": "",
                }
            )
        if len(batch) >= _BATCH:
            new += flush()
    new += flush()
    if not from_source.path.exists():
        raise SourceMissing(f"{from_source.path} vanished while it was being read", path=from_source.path)
    return Found(found, new)


def close(matter: Matter, from_source: Source) -> None:
    """Note when a source was collected to its end, once, and what program its files say wrote it."""
    is_open = (source.c.id == from_source.id) & (source.c.finished == "")
    with matter.read() as db:
        method = db.execute(select(source.c.method).where(is_open)).scalar()
        if method is None:
            return
        method = "; ".join([method, *_origins(db, from_source)])
    with matter.write() as db:
        db.execute(source.update().where(is_open).values(finished=clock.stamp(), method=method))


def _origins(db: Connection, of: Source) -> Iterator[str]:
    """Say what wrote a source, where its names and first bytes tell it, with the evidence."""

    def head(path: str) -> bytes:
        try:
            with open(of.path / path if of.path.is_dir() else of.path, "rb", opener=opened) as file:
                return file.read(_HEAD)
        except OSError:  # what cannot be read is an exception of its own, and says nothing here
            return b""

    paths = select(item.c.path).where(item.c.source == of.id, item.c.depth == 0, item.c.rule == "")
    for one in origins.recognised(db.execution_options(yield_per=1000).execute(paths).scalars(), head):
        yield f"by its files an export of {one.name}: {'; '.join(one.evidence)}"


def opened(path: bytes | str, flags: int) -> int:
    """Open without waiting: what was a file may have become a pipe, or a link to anywhere."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))


def _count(db: Connection, number: int) -> int:
    """Loose files recorded for a source."""
    return db.execute(
        select(func.count()).select_from(item).where(item.c.source == number, item.c.depth == 0)
    ).scalar_one()


def _rows(
    of: Source, own: Path, exclude: tuple[str, ...], ratio: int, expand: int
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield an item row for each name, with the trouble it gave; ``own`` is the matter's folder."""
    for path, status, trouble in names(of.path, own):
        shown = path.decode("utf-8", "replace")
        name = shown.rpartition("/")[2]
        rule = _rule(name, status, exclude) or _link_rule(of.path, path, status)
        size = status.st_size if status and stat.S_ISREG(status.st_mode) else -1
        disposition = Disposition.EXCLUDED if rule else Disposition.UNPROCESSABLE if trouble else ""
        yield (
            {
                "key": item_key(of.id, path),
                "source": of.id,
                "parent": "",
                "position": 0,
                "depth": 0,
                "sort": path,
                "path": shown,
                "name": name,
                "size": size,
                "sha256": "",
                "md5": "",
                "modified": modified(status) if status else "",
                "outside": "{}",
                "budget": max(expand, ratio * max(0, size)),
                "inline": 0,
                "disposition": disposition,
                "rule": rule,
            },
            "" if rule else trouble,
        )


def names(root: Path, own: Path | None = None) -> Iterator[tuple[bytes, os.stat_result | None, str]]:
    """Yield (path below the root as bytes, its status, trouble), in the order of the folders' bytes.

    The matter's own folder is yielded as one name where it lies within: else each run would find what the last wrote.
    """
    mine = own.stat() if own is not None and own.exists() else None
    if not root.is_dir() or (mine is not None and os.path.samestat(root.stat(), mine)):
        yield os.fsencode(root.name), root.lstat(), ""
        return
    start = os.fsencode(root)
    pending = [b""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(os.path.join(start, folder) if folder else start) as entries:  # noqa: PTH118 - bytes
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield folder, None, f"the folder cannot be read: {error.strerror}"
            continue
        below = []
        for entry in inside:
            path = folder + b"/" + entry.name if folder else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield path, None, f"the file cannot be read: {error.strerror}"
                continue
            if stat.S_ISDIR(status.st_mode) and not (mine is not None and os.path.samestat(status, mine)):
                below.append(path)
            else:
                yield path, status, ""
        pending += reversed(below)


def _rule(name: str, status: os.stat_result | None, exclude: tuple[str, ...]) -> str:
    """The rule that sets a name aside, or ''."""
    if status is not None and stat.S_ISDIR(status.st_mode):
        return "the matter's own folder"
    if status is not None and not stat.S_ISREG(status.st_mode) and not stat.S_ISLNK(status.st_mode):
        return "not a file (a device, pipe or socket)"
    for pattern in exclude:
        if fnmatch.fnmatchcase(name.casefold(), pattern.casefold()):
            return f"name matches {pattern} ([processing] exclude)"
    return ""


def _link_rule(root: Path, path: bytes, status: os.stat_result | None) -> str:
    """The rule that sets a symbolic link aside: links are never followed, and the rule says what that leaves out."""
    if status is None or not stat.S_ISLNK(status.st_mode):
        return ""
    link = os.path.join(os.fsencode(root), path)  # noqa: PTH118 - bytes
    target, inside = os.path.realpath(link), os.path.realpath(os.fsencode(root))
    if not os.path.exists(target):  # noqa: PTH110 - bytes
        return "symbolic link to nothing: there is nothing to collect"
    if target == inside or target.startswith(inside.rstrip(b"/") + b"/"):
        return "symbolic link: what it points to is collected where it lies"
    return "symbolic link to a place outside the source: not followed; collect that place too if it may matter"


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def modified(status: os.stat_result) -> str:
    """When a file was last changed, to the second, in UTC."""
    moment = dt.datetime.fromtimestamp(int(status.st_mtime), dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
