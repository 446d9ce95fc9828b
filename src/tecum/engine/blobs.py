"""Content-addressed bytes: what was collected and what was made of it, by SHA-256.

Small blobs are appended to pack files (one writer each, synced once a batch), since one synced file each
costs some 10 ms; larger ones get a file of their own. A worker returns ``BlobRef`` rows; the store learns of
them in the same transaction as the rows that name them, after their bytes are durable.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from sqlalchemy import Connection, func, select

from tecum.engine.disk import sync_folder
from tecum.engine.schema import blob
from tecum.engine.store import Store, put_rows
from tecum.errors import BlobDamaged

PACK_LIMIT = 256 << 20
SMALL = 1 << 20  # bytes; up to here a blob goes into a pack
_PIECE = 1 << 20


@dataclass(frozen=True)
class BlobRef:
    """Where a blob lies: ``pack`` "" means a file of its own."""

    hash: str
    pack: str
    start: int
    size: int


class Blobs:
    """The folder of blobs, for reading. Plain values in, bytes out; safe in any process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._packs: dict[str, BinaryIO] = {}

    def place(self, digest: str) -> Path:
        """The path of a blob that has a file of its own."""
        return self.folder / "sha256" / digest[:2] / digest[2:4] / digest

    def read(self, ref: BlobRef) -> bytes:
        """Return the bytes of a blob, checked against its hash.

        Raises:
            BlobDamaged: when they are missing or have changed.
        """
        try:
            if ref.pack:
                pack = self._pack(ref.pack)
                pack.seek(ref.start)
                data = pack.read(ref.size)
            else:
                data = self.place(ref.hash).read_bytes()
        except OSError as error:
            raise BlobDamaged(f"Blob {ref.hash} cannot be read: {error}") from None
        if hashlib.sha256(data).hexdigest() != ref.hash:
            raise BlobDamaged(f"Blob {ref.hash} has changed on disk", path=ref.pack or self.place(ref.hash))
        return data

    def open(self, ref: BlobRef) -> Path | bytes:
        """Return a blob for handing on: its path when it has its own file, else its bytes."""
        return self.read(ref) if ref.pack else self.place(ref.hash)

    def pieces(self, ref: BlobRef) -> Iterator[bytes]:
        """Yield a blob piece by piece; the hash is checked at the end.

        Raises:
            BlobDamaged: as ``read``.
        """
        if ref.pack:
            yield self.read(ref)
            return
        digest = hashlib.sha256()
        try:
            with self.place(ref.hash).open("rb") as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    yield piece
        except OSError as error:
            raise BlobDamaged(f"Blob {ref.hash} cannot be read: {error}") from None
        if digest.hexdigest() != ref.hash:
            raise BlobDamaged(f"Blob {ref.hash} has changed on disk", path=self.place(ref.hash))

    def _pack(self, name: str) -> BinaryIO:
        if name not in self._packs:
            if len(self._packs) >= 32:
                self._packs.pop(next(iter(self._packs))).close()
            self._packs[name] = (self.folder / "packs" / name).open("rb")
        return self._packs[name]

    def close(self) -> None:
        """Close the pack files."""
        for file in self._packs.values():
            file.close()
        self._packs.clear()


class BlobWriter:
    """Puts blobs from one process. Nothing is durable until ``sync`` returns.

    Use as a context manager; ``put`` the same bytes twice and they are stored once per writer.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pack: BinaryIO | None = None
        self._name = ""
        self._end = 0
        self._mine: dict[str, BlobRef] = {}
        self._unsynced_folders: set[Path] = set()

    def put(self, data: bytes) -> BlobRef:
        """Store bytes and return where they lie."""
        with self.stream() as stream:
            stream.write(data)
        return stream.ref

    def stream(self) -> BlobStream:
        """Store bytes that come in pieces, keeping at most one small blob in memory."""
        return BlobStream(self)

    def flush(self) -> None:
        """Let other readers of the pack see everything put so far; says nothing of durability."""
        if self._pack is not None:
            self._pack.flush()

    def sync(self) -> None:
        """Make everything put so far durable."""
        if self._pack is not None:
            self._pack.flush()
            os.fsync(self._pack.fileno())
        for folder in self._unsynced_folders:
            sync_folder(folder)
        self._unsynced_folders.clear()
        if len(self._mine) > 50_000:  # only a short cut: the store drops repeats anyway
            self._mine.clear()

    def close(self) -> None:
        """Close. What was not synced may be lost; no row names it."""
        if self._pack is not None:
            with contextlib.suppress(OSError):  # a full disk, which ``sync`` has told already
                self._pack.close()
            self._pack = None

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _known(self, digest: str) -> BlobRef | None:
        return self._mine.get(digest)

    def _pack_bytes(self, digest: str, data: bytes) -> BlobRef:
        if self._pack is None or self._end >= PACK_LIMIT:
            self._next_pack()
        assert self._pack is not None
        self._pack.write(data)
        ref = BlobRef(digest, self._name, self._end, len(data))
        self._end += len(data)
        self._mine[digest] = ref
        return ref

    def _next_pack(self) -> None:
        if self._pack is not None:
            self.sync()
            self.close()
        folder = self.folder / "packs"
        folder.mkdir(parents=True, exist_ok=True)
        self._name = f"{uuid.uuid4().hex}.pack"  # unique: one writer to a pack, ever
        self._pack = (folder / self._name).open("xb")
        self._end = 0
        self._unsynced_folders.add(folder)

    def _adopt(self, digest: str, temporary: Path, size: int) -> BlobRef:
        final = Blobs(self.folder).place(digest)
        if final.exists() and final.stat().st_size == size:
            temporary.unlink()
        else:
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(final)
            self._unsynced_folders |= {final.parent, final.parent.parent, final.parent.parent.parent}
        ref = BlobRef(digest, "", 0, size)
        self._mine[digest] = ref
        return ref


class BlobStream:
    """One blob being written; ``ref`` and ``md5`` are there once the block ends without an error."""

    def __init__(self, writer: BlobWriter) -> None:
        self._writer = writer
        self._sha = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._held: list[bytes] = []
        self._temporary: Path | None = None
        self._file: BinaryIO | None = None
        self.size = 0
        self.ref = BlobRef("", "", 0, 0)
        self.md5 = ""

    def write(self, piece: bytes) -> None:
        """Add bytes."""
        self._sha.update(piece)
        self._md5.update(piece)
        self.size += len(piece)
        if self._file is not None:
            self._file.write(piece)
            return
        self._held.append(piece)
        if self.size > SMALL:
            folder = self._writer.folder / "temporary"
            folder.mkdir(parents=True, exist_ok=True)
            self._temporary = folder / f"{os.getpid()}-{uuid.uuid4().hex}.tmp"
            self._file = self._temporary.open("xb")
            self._file.writelines(self._held)
            self._held.clear()

    def __enter__(self) -> BlobStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def abandon(self) -> None:
        """Drop what was written."""
        if self._file is not None and self._temporary is not None:
            self._file.close()
            self._temporary.unlink(missing_ok=True)
        self._held.clear()

    def close(self) -> None:
        """End the blob: ``ref`` and ``md5`` are known from here on."""
        digest = self._sha.hexdigest()
        self.md5 = self._md5.hexdigest()
        if self._file is not None and self._temporary is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self.ref = self._writer._adopt(digest, self._temporary, self.size)
        else:
            self.ref = self._writer._known(digest) or self._writer._pack_bytes(digest, b"".join(self._held))
            self._held.clear()


def record(db: Connection, refs: list[BlobRef]) -> None:
    """Enter blobs whose bytes are durable, within the caller's transaction."""
    put_rows(db, blob, [{"hash": r.hash, "pack": r.pack, "start": r.start, "size": r.size} for r in refs])


def find(db: Connection, digest: str) -> BlobRef:
    """Return where a blob lies.

    Raises:
        BlobDamaged: when the store does not know it.
    """
    row = db.execute(select(blob).where(blob.c.hash == digest)).first()
    if row is None:
        raise BlobDamaged(f"Blob {digest} is not recorded")
    return BlobRef(row.hash, row.pack, row.start, row.size)


def verify(store: Store, blobs: Blobs, progress: Callable[[str, int, int], None]) -> int:
    """Read every blob and compare it with its hash; return how many there are.

    Raises:
        BlobDamaged: naming the first that is missing or changed.
    """
    with store.read() as db:
        total = db.execute(select(func.count()).select_from(blob)).scalar_one()
        rows = db.execution_options(yield_per=1000).execute(select(blob).order_by(blob.c.pack, blob.c.start))
        for count, row in enumerate(rows, 1):
            for _ in blobs.pieces(BlobRef(row.hash, row.pack, row.start, row.size)):
                pass
            if count % 1000 == 0:
                progress("verified", count, total)
    return total


def sweep(folder: Path) -> int:
    """Remove temporary files that a killed run left behind; return how many."""
    left = list((folder / "temporary").glob("*.tmp"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
