"""Where the files of a received document lie: as its row names them, or texts by the document's number."""

from __future__ import annotations

import os
from array import array
from dataclasses import dataclass, field

import numpy as np

from tecum.loadfile.dialect import shorten
from tecum.receipt.volume import Volume

PARTS = 10_000  # paths in one value that are followed
_KEPT_FOLDERS = 4096


@dataclass
class Found:
    """What a value that names files leads to: paths that are there, and what is not, as written and shortened."""

    paths: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class Files:
    """Finds files of one volume; a path that it returns is never a link, and lies inside."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self._root = volume.root.resolve()
        self._folders: dict[str, str] = {}
        self._texts: _TextNames | None = None

    def located(self, untrusted: str, load_file: str) -> Found:
        """Return the files that a value of a load file names: one path, or several between semicolons."""
        found = self.volume.locate(untrusted, load_file)
        if not found.problem:
            return Found([self._real(found.path)])
        parts = [part for part in untrusted.split(";", PARTS) if part.strip()]
        if len(parts) < 2:
            said = "leaves the volume" if found.problem == "X04" else "is not there"
            return Found(missing=[f"{shorten(untrusted, 200)} ({said})"])
        every = Found()
        for part in parts[:PARTS]:
            one = self.located(part, load_file)
            every.paths += one.paths
            every.missing += one.missing
        if len(parts) > PARTS:
            every.missing.append(f"the paths after the first {PARTS}")
        return every

    def text_named(self, number: str) -> str:
        """Return the text file whose name is a number, "" when there is none."""
        if self._texts is None:
            self._texts = _TextNames(self.volume)
        for folder in self._texts.folders_of(number):
            found = self.volume.locate(f"{folder}/{number}.txt", "-")
            if not found.problem:
                return self._real(found.path)
        return ""

    def _real(self, path: str) -> str:
        """Where a located file lies when links inside the volume are followed."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            if len(self._folders) >= _KEPT_FOLDERS:
                self._folders.clear()
            self._folders[folder] = os.path.realpath(self._root / folder)
        place = os.path.join(self._folders[folder], name)  # noqa: PTH118 - this is done for each file
        if os.path.islink(place):  # noqa: PTH114
            place = os.path.realpath(place)
        return os.path.relpath(place, self._root).replace(os.sep, "/")


class _TextNames:
    """The names of all text files of a volume, in some ten bytes each: a hash of the name, and the folder."""

    def __init__(self, volume: Volume) -> None:
        self._folders: list[str] = []
        numbers: dict[str, int] = {}
        names, places = array("q"), array("l")
        for path, leaves in volume.walk():
            folder, _, name = path.rpartition("/")
            if leaves or not name.casefold().endswith(".txt") or path in volume.load_files:
                continue
            if folder not in numbers:
                numbers[folder] = len(self._folders)
                self._folders.append(folder)
            names.append(hash(name[:-4].casefold()))
            places.append(numbers[folder])
        hashes = np.frombuffer(names.tobytes(), dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        self._names = hashes[order]
        self._places = np.array(places, dtype=np.int64)[order]

    def folders_of(self, number: str) -> list[str]:
        """The folders that seem to hold a text of this name."""
        if not number or "/" in number or "\\" in number:
            return []
        wanted = hash(number.casefold())
        first, last = (int(np.searchsorted(self._names, wanted, side)) for side in ("left", "right"))
        return [self._folders[place] for place in self._places[first:last]]
