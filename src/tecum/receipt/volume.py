"""A volume on disk: which load files it holds, and where a path named in them leads, never outside."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from tecum.errors import VolumeUnreadable
from tecum.fields import key_of
from tecum.loadfile import DatReader

MANIFEST = "MANIFEST.csv"

_TABLES = (".dat", ".csv", ".txt", ".tsv")
_IMAGES = (".opt", ".lfp")
_LOADFILE_FOLDERS = frozenset({"data", "loadfiles", "loadfile", "load", "load files", "dat", "concordance"})
_EVIDENCE = re.compile(r"(?i)(natives?|images?|text|txt|ocr|pdfs?|tiffs?|redacted|fulltext|doclink)[0-9_-]*")
_NOT_A_TABLE = re.compile(r"(?i)(manifest|priv|held|exempt|log|index|readme|letter)")
_JUNK = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
_ABSOLUTE = re.compile(r"[\\/]|[A-Za-z]:")
_KEPT_FOLDERS = 128


class Located(NamedTuple):
    """Where a path from a load file leads: ``path`` relative to the volume, or ``problem`` X01 or X04."""

    path: str = ""
    exact: bool = True
    problem: str = ""


class _Entry(NamedTuple):
    name: str
    link: bool
    folder: bool


@dataclass
class Volume:
    """A folder with load files, or one load file alone (``bare``); paths are relative, with ``/``.

    Everything a load file says is untrusted: ``locate`` alone turns it into a path that may be opened.
    """

    root: Path
    bare: bool = False
    tables: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    edrm: list[str] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    _listings: OrderedDict[str, dict[str, list[_Entry]]] = field(default_factory=OrderedDict)

    @property
    def load_files(self) -> list[str]:
        """Every load file."""
        return [*self.tables, *self.edrm, *self.images]

    def open(self, path: str) -> BinaryIO:
        """Open a located file for reading."""
        return (self.root / path).open("rb")

    def size(self, path: str) -> int:
        """Return a located file's size in bytes."""
        return (self.root / path).stat().st_size

    def claim(self, path: str) -> None:
        """Record that a load file names this file. Hashes are kept, not names, to keep memory flat."""
        self.claimed.add(hash(path))
        self.folders.add(path.rpartition("/")[0])

    def is_claimed(self, path: str) -> bool:
        """Return whether some load file names this file."""
        return hash(path) in self.claimed

    def locate(self, untrusted_path: str, load_file: str) -> Located:
        """Find what a load file's path means: from its own folder upwards to the volume's root.

        A leading ``.\\`` and a leading name of the volume's own folder are taken off. Case may differ.
        """
        untrusted = untrusted_path.strip().replace("\\", "/")
        parts = [part for part in untrusted.split("/") if part not in ("", ".")]
        if _ABSOLUTE.match(untrusted_path.strip()) or ".." in parts or "\0" in untrusted or not parts:
            return Located(problem="X04")
        bases = [() if str(folder) == "." else folder.parts for folder in PurePosixPath(load_file).parents]
        tails = [parts]
        if len(parts) > 1 and parts[0].casefold() == self.root.name.casefold():
            tails.append(parts[1:])
        outside = False
        for tail in tails:
            for base in bases:
                found = self._descend([*base, *tail])
                if found.problem == "":
                    return found
                outside = outside or found.problem == "X04"
        return Located(problem="X04" if outside else "X01")

    def _descend(self, parts: list[str]) -> Located:
        at, exact = "", True
        for depth, part in enumerate(parts):
            same = self._listing(at).get(part.casefold(), [])
            entry = next((one for one in same if one.name == part), same[0] if same else None)
            if entry is None:
                return Located(problem="X01")
            exact = exact and entry.name == part
            at = f"{at}/{entry.name}" if at else entry.name
            if entry.link and not self._inside(at):
                return Located(problem="X04")
            if depth < len(parts) - 1 and not (entry.folder or entry.link):
                return Located(problem="X01")
        return Located(at, exact) if self._is_file(at) else Located(problem="X01")

    def _listing(self, folder: str) -> dict[str, list[_Entry]]:
        """Return a folder's entries by case-folded name; the last folders used are kept."""
        if folder in self._listings:
            self._listings.move_to_end(folder)
            return self._listings[folder]
        names: dict[str, list[_Entry]] = {}
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    one = _Entry(entry.name, entry.is_symlink(), entry.is_dir(follow_symlinks=False))
                    names.setdefault(entry.name.casefold(), []).append(one)
        except OSError:
            names = {}  # not there or not readable: then nothing in it is found, which is reported as missing
        self._listings[folder] = names
        if len(self._listings) > _KEPT_FOLDERS:
            self._listings.popitem(last=False)
        return names

    def _inside(self, path: str) -> bool:
        return (self.root / path).resolve().is_relative_to(self.root.resolve())

    def _is_file(self, path: str) -> bool:
        return (self.root / path).is_file() and os.access(self.root / path, os.R_OK)

    def walk(self) -> Iterator[tuple[str, bool]]:
        """Yield (path, is a link that leaves the volume) of every file; linked folders are not entered."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            listing = sorted(entry for same in self._listing(folder).values() for entry in same)
            below = []
            for entry in listing:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.link:
                    if not self._inside(path):
                        yield path, True
                    elif (self.root / path).is_file():
                        yield path, False
                elif entry.folder:
                    below.append(path)
                else:
                    yield path, False
            waiting += reversed(below)

    def orphans(self) -> Iterator[str]:
        """Yield files in evidence folders that no load file names; system litter is left out.

        Evidence folders are those that hold a named file, and those called IMAGES, NATIVES, TEXT and the
        like. Of a bare load file only the former count.
        """
        mine = {*self.load_files, MANIFEST}
        for path, leaves in self.walk() if not self.bare else self._beside():
            folder, _, name = path.rpartition("/")
            if leaves or path in mine or name.casefold() in _JUNK or not folder or self.is_claimed(path):
                continue
            evidence = not self.bare and any(_EVIDENCE.fullmatch(part) for part in folder.split("/"))
            if evidence or folder in self.folders:
                yield path

    def _beside(self) -> Iterator[tuple[str, bool]]:
        for folder in sorted(self.folders):
            for same in self._listing(folder).values():
                yield from ((f"{folder}/{one.name}", False) for one in same if not one.folder and not one.link)


def open_volume(path: Path) -> Volume:
    """Return the volume at ``path``: a folder, or one load file.

    Raises:
        VolumeUnreadable: when nothing is there, or no load file is in it.
    """
    try:
        if path.is_dir():
            volume = _folder(path)
        elif path.is_file():
            volume = _bare(path)
        else:
            raise VolumeUnreadable(f"There is nothing at {path}.", path=path)
    except OSError as error:
        raise VolumeUnreadable(f"{path} cannot be read: {error.strerror}.", path=path) from error
    if not volume.load_files:
        raise VolumeUnreadable(f"{path} holds no load file.", path=path)
    return volume


def _bare(path: Path) -> Volume:
    folder = path.parent
    root = folder.parent if folder.name.casefold() in _LOADFILE_FOLDERS else folder
    volume = Volume(root, bare=True)
    _sort_in(volume, path.relative_to(root).as_posix(), certain=True)
    return volume


def _folder(root: Path) -> Volume:
    volume = Volume(root)
    doubtful = []
    for path, leaves in volume.walk():
        suffix = PurePosixPath(path).suffix.casefold()
        folders = path.split("/")[:-1]
        if leaves or any(_EVIDENCE.fullmatch(folder) for folder in folders):
            continue
        near = not folders or folders[-1].casefold() in _LOADFILE_FOLDERS
        if suffix in _IMAGES or (suffix == ".dat" and near) or suffix == ".xml":
            _sort_in(volume, path, certain=False)
        elif suffix in _TABLES and not _NOT_A_TABLE.match(PurePosixPath(path).name):
            doubtful.append(path)
    if not volume.tables and not volume.edrm:
        volume.tables = [path for path in doubtful if _has_numbers(volume, path)]
    return volume


def _sort_in(volume: Volume, path: str, *, certain: bool) -> None:
    suffix = PurePosixPath(path).suffix.casefold()
    with volume.open(path) as file:
        head = file.read(4096).replace(b"\0", b"")
    if b"<Root" in head or b"<Batch" in head:
        volume.edrm.append(path)
    elif suffix in _IMAGES:
        volume.images.append(path)
    elif suffix == ".dat" or (certain and suffix != ".xml"):
        volume.tables.append(path)


def _has_numbers(volume: Volume, path: str) -> bool:
    with volume.open(path) as file:
        return any(key_of(name) == "BEGBATES" for name in DatReader(file).columns)
