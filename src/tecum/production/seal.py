"""Seal a volume that its own check has passed, and release it by a named person."""

from __future__ import annotations

import csv
import hashlib
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tecum.engine.store import from_os_error
from tecum.errors import ReleaseRefused, VolumeChanged, VolumeExists, VolumeNotFound
from tecum.matter import Matter
from tecum.model import Finding, Severity, VolumeState
from tecum.production.numbers import set_state
from tecum.production.record import Volume, volume_of
from tecum.production.write import MANIFEST, digest, partial_folder


def folder_of(matter: Matter, name: str) -> Path:
    """Where a sealed volume lies."""
    return matter.folder / "productions" / name


def stops(findings: Iterable[Finding]) -> list[Finding]:
    """The findings over which a volume is not sealed."""
    return [finding for finding in findings if finding.severity == Severity.STOP]


def seal(matter: Matter, volume: Volume) -> Path:
    """Freeze a written volume: rename it into place, make it read-only, and record it as a draft.

    Killed between the renaming and the record, the next run finds the folder and its manifest and goes on.
    """
    final, partial = folder_of(matter, volume.name), partial_folder(matter, volume.name)
    try:
        if not final.exists():
            for path in partial.rglob("*"):
                if path.is_file():
                    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
            partial.rename(final)
        elif manifest_hash(final) != volume.manifest:
            raise VolumeExists(f"{final} holds something else than {volume.name}", path=final)
    except OSError as error:
        raise from_os_error(error, final) or error from error
    set_state(matter, volume.name, VolumeState.DRAFT, body={"sealed": True})
    return final


def releasable(matter: Matter, name: str, by: str) -> Volume:
    """Return the draft that is to be released.

    Raises:
        VolumeNotFound, ReleaseRefused.
    """
    if not by.strip():
        raise ReleaseRefused("A volume is released by a named person", remedy='Add --by "NAME"')
    with matter.read() as db:
        volume = volume_of(db, name)
    if volume is None:
        raise VolumeNotFound(f"There is no volume {name}")
    if volume.state == VolumeState.RELEASED:
        raise ReleaseRefused(f"{name} was released already, by {volume.released_by}")
    if volume.state != VolumeState.DRAFT:
        raise ReleaseRefused(
            f"{name} is not sealed (it is {volume.state})", remedy="Run tecum produce again to finish it"
        )
    verify(matter, name, volume.manifest)
    return volume


def release(matter: Matter, draft: Volume, by: str) -> Volume:
    """Release a draft in the name of a person."""
    set_state(matter, draft.name, VolumeState.RELEASED, by=by.strip())
    return replace(draft, state=VolumeState.RELEASED, released_by=by.strip())


def verify(matter: Matter, name: str, manifest: str) -> int:
    """Compare every file of a sealed volume with its manifest; return how many there are.

    Raises:
        VolumeChanged: naming the first file that is not what was sealed.
    """
    folder = folder_of(matter, name)
    if manifest_hash(folder) != manifest:
        raise VolumeChanged(f"MANIFEST.csv of {name} is not the one that was sealed", path=folder)
    with (folder / MANIFEST).open(encoding="utf-8", newline="") as file:
        listed = {row["path"]: (row["sha256"], int(row["bytes"])) for row in csv.DictReader(file)}
    for path, sealed in listed.items():
        if not (folder / path).is_file() or digest(folder / path) != sealed:
            raise VolumeChanged(f"{path} of {name} is not what was sealed", path=folder / path)
    for one in folder.rglob("*"):
        path = one.relative_to(folder).as_posix()
        if (one.is_symlink() or not one.is_dir()) and path not in listed and path != MANIFEST:
            raise VolumeChanged(f"{path} of {name} was added after it was sealed", path=one)
    return len(listed)


def manifest_hash(folder: Path) -> str:
    """SHA-256 of a volume's manifest; "" when it has none."""
    path = folder / MANIFEST
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
