"""The files of one segment: which arrays, in which types, written so that a name never stands for half of it.

A segment is a folder of plain little-endian arrays and ``manifest.json``. It is written under another name,
synced, renamed into place, and never changed again.

========================  =======  ======================  ===================================================
file                      type     length                  content
========================  =======  ======================  ===================================================
``tokens``                uint32   tokens                  term of each token in reading order, unit after unit
``postings``              uint32   tokens                  positions, by term, ascending within a term
``bounds``                uint64   terms + 1               where each term's postings begin
``starts``                uint64   units + 1               position of each unit's first token; end of the last gap
``lengths``               uint32   units                   tokens of each unit
``terms``                 bytes                            the terms as UTF-8, sorted, each ended by a line feed
``offsets``               uint64   terms + 1               where each term begins in ``terms``
``unit_documents``        uint32   units                   place of the unit's document in ``documents``
``unit_fields``           uint16   units                   place of the unit's field in the manifest's ``fields``
``documents``             int64    documents               ids
``hashes``                bytes    documents x 32          SHA-256 of each document's content
``surfaces``              bytes                            how terms are written, case kept, by term, sorted, each
                                                           ended by a line feed
``surface_offsets``       uint64   surfaces + 1            where each begins in ``surfaces``
``surface_bounds``        uint64   terms + 1               where each term's surfaces begin
``forms``                 uint8    tokens                  of each posting which of its term's surfaces stands there;
                                                           255: see ``later_forms``
``later_places``          uint64   later                   the postings with a surface beyond the 255th, ascending
``later_forms``           uint32   later                   which one it is
========================  =======  ======================  ===================================================

Between two units lie ``GAP`` positions without a token, and as many before the first.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tecum.engine.disk import sync_folder
from tecum.errors import IndexStale
from tecum.query.words import LONGEST, WORDS

FORMAT: Final = 2
GAP: Final = 256
MAX_POSITIONS: Final = (1 << 32) - (1 << 21)  # of a segment: positions are uint32, and a distance is added
TYPES: Final = {
    "tokens": "<u4", "postings": "<u4", "bounds": "<u8", "starts": "<u8", "lengths": "<u4", "terms": "|u1",
    "offsets": "<u8", "unit_documents": "<u4", "unit_fields": "<u2", "documents": "<i8", "hashes": "|u1",
    "surfaces": "|u1", "surface_offsets": "<u8", "surface_bounds": "<u8", "forms": "|u1", "later_places": "<u8",
    "later_forms": "<u4",
}  # fmt: skip
MANIFEST: Final = "manifest.json"
LATER: Final = 255  # in ``forms``: the surface is one of those that a byte cannot count
_SIZES: Final = ("documents", "units", "tokens", "terms", "vocabulary", "surfaces", "writing", "later")
_PIECE: Final = 1 << 20

Array = NDArray[Any]


@dataclass(frozen=True)
class Shape:
    """How large a segment is, and the names of its fields in the order of ``unit_fields``."""

    documents: int
    units: int
    tokens: int
    terms: int
    vocabulary: int  # bytes of ``terms``
    surfaces: int
    writing: int  # bytes of ``surfaces``
    later: int  # postings with a surface beyond the 255th of their term
    fields: tuple[str, ...]

    @property
    def positions(self) -> int:
        """One more than the last position."""
        return self.tokens + GAP * (self.units + 1)

    def length(self, name: str) -> int:
        """How many values the array ``name`` has."""
        return {
            "tokens": self.tokens, "postings": self.tokens, "bounds": self.terms + 1, "starts": self.units + 1,
            "lengths": self.units, "terms": self.vocabulary, "offsets": self.terms + 1,
            "unit_documents": self.units, "unit_fields": self.units, "documents": self.documents,
            "hashes": 32 * self.documents, "surfaces": self.writing, "surface_offsets": self.surfaces + 1,
            "surface_bounds": self.terms + 1, "forms": self.tokens, "later_places": self.later,
            "later_forms": self.later,
        }[name]  # fmt: skip


@dataclass(frozen=True)
class SegmentInfo:
    """A finished segment: ``hash`` is the SHA-256 of its manifest, and so of all its files."""

    path: Path
    hash: str
    documents: int
    units: int
    tokens: int
    terms: int
    positions: int


class Draft:
    """A segment being written: arrays are filled in place, ``finish`` gives it its name."""

    def __init__(self, path: Path, shape: Shape) -> None:
        if shape.positions > MAX_POSITIONS:
            raise ValueError(f"{shape.positions} positions are more than one segment can hold")
        if path.exists():
            raise FileExistsError(f"{path} exists; a segment is never written again")
        self.path, self.shape = path, shape
        self.folder = path.with_name(f"{path.name}.part")
        shutil.rmtree(self.folder, ignore_errors=True)  # of a killed run
        self.folder.mkdir(parents=True)
        self._open: dict[str, Array] = {}

    def array(self, name: str) -> Array:
        """Return the array ``name``, mapped for writing."""
        length = self.shape.length(name)
        if not length:
            (self.folder / name).touch()
            return np.empty(0, TYPES[name])
        self._open[name] = np.memmap(self.folder / name, TYPES[name], "w+", shape=(length,))
        return self._open[name]

    def finish(self) -> SegmentInfo:
        """Make it durable and rename it into place."""
        for array in self._open.values():
            if isinstance(array, np.memmap):
                array.flush()
        self._open.clear()
        files = {name: _sealed(self.folder / name) for name in TYPES}
        manifest = {"format": FORMAT, "tokenizer": WORDS, "gap": GAP, "term_cap": LONGEST, **asdict(self.shape)}
        data = json.dumps({**manifest, "files": files}, indent=1, ensure_ascii=False).encode()
        (self.folder / MANIFEST).write_bytes(data)
        _sealed(self.folder / MANIFEST)
        sync_folder(self.folder)
        self.folder.rename(self.path)
        sync_folder(self.path.parent)
        shape = self.shape
        return SegmentInfo(
            self.path, hashlib.sha256(data).hexdigest(), shape.documents, shape.units, shape.tokens, shape.terms,
            shape.positions,
        )  # fmt: skip

    def discard(self) -> None:
        """Remove what was written."""
        self._open.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def _sealed(path: Path) -> str:
    """Sync a file to disk and return its SHA-256."""
    with path.open("r+b") as file:
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
        os.fsync(file.fileno())
    return digest.hexdigest()


def read_manifest(path: Path) -> tuple[Shape, dict[str, str], str]:
    """Return a segment's shape, the hash of each file and its own hash.

    Raises:
        IndexStale: when it is missing, of another format or of another tokeniser.
    """
    try:
        data = (path / MANIFEST).read_bytes()
        said = json.loads(data)
        same = (said["format"], said["tokenizer"], said["gap"], said["term_cap"]) == (FORMAT, WORDS, GAP, LONGEST)
        if not same:
            raise IndexStale(f"the segment {path.name} was built by other rules of words or format", path=path)
        shape = Shape(**{name: int(said[name]) for name in _SIZES}, fields=tuple(said["fields"]))
        files = {name: str(said["files"][name]) for name in TYPES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexStale(f"the segment {path.name} has no readable manifest: {error}", path=path) from None
    return shape, files, hashlib.sha256(data).hexdigest()


def usable(path: Path) -> bool:
    """Whether there is a segment that was built by these rules; its arrays are not looked at."""
    try:
        read_manifest(path)
    except IndexStale:
        return False
    return True


def map_array(path: Path, name: str, length: int) -> Array:
    """Map one array of a segment for reading.

    Raises:
        IndexStale: when the file is missing or has another length.
    """
    kind = np.dtype(TYPES[name])
    try:
        size = (path / name).stat().st_size
        if size != length * kind.itemsize:
            raise IndexStale(f"{name} of the segment {path.name} has {size} bytes", path=path / name)
        if not length:
            return np.empty(0, kind)
        return np.asarray(np.memmap(path / name, kind, "r", shape=(length,)))  # a plain array: each slice is cheaper
    except OSError as error:
        raise IndexStale(f"{name} of the segment {path.name} cannot be read: {error}", path=path / name) from None


def verify(path: Path) -> None:
    """Compare every file of a segment with the hash in its manifest.

    Raises:
        IndexStale: naming the first file that differs.
    """
    shape, files, _ = read_manifest(path)
    for name, expected in files.items():
        map_array(path, name, shape.length(name))
        with (path / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise IndexStale(f"{name} of the segment {path.name} has changed", path=path / name)
