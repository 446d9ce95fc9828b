"""Disks: which kind a folder lies on (SQLite's locks are not safe on every one), and making names durable."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tecum.errors import NetworkFolder

_NETWORK_TYPES = {
    "9p", "afs", "ceph", "cifs", "davfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs",
}  # fmt: skip
_SYNC_NAMES = (
    "box sync", "dropbox", "google drive", "googledrive", "icloud drive", "mobile documents", "nextcloud", "onedrive",
)  # fmt: skip
_DRIVE_REMOTE = 4  # GetDriveTypeW


def refuse_unsafe_folder(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Raise ``NetworkFolder`` when ``folder`` lies on a network share or in a synchronised folder.

    ``mounts`` is Linux's table of mounts (see proc(5)); other systems are asked in their own way, and one
    that cannot be asked is taken as local.
    """
    place = folder.absolute()
    for part in place.parts:
        if any(part.casefold() == name or part.casefold().startswith(f"{name} -") for name in _SYNC_NAMES):
            raise NetworkFolder(f"{folder} lies in a synchronised folder ({part})", path=folder)
    kind = _windows_kind(place) if sys.platform == "win32" else _linux_kind(place, mounts)
    if kind:
        raise NetworkFolder(f"{folder} lies on a network share ({kind})", path=folder)


def _linux_kind(place: Path, mounts: Path) -> str:
    """The network file system's name that holds ``place``, or ''."""
    try:
        table = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in table:
        left, _, right = line.partition(" - ")
        point = left.split(" ")[4].replace("\\040", " ").replace("\\011", "\t")
        if place.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), right.split(" ")[0]
    return kind if kind in _NETWORK_TYPES else ""


def _windows_kind(place: Path) -> str:
    if place.drive.startswith("\\\\"):
        return "UNC path"
    if sys.platform == "win32":
        import ctypes

        if ctypes.windll.kernel32.GetDriveTypeW(f"{place.drive}\\") == _DRIVE_REMOTE:
            return "network drive"
    return ""


def sync_folder(folder: Path) -> None:
    """Make a folder's new names durable, where the system can (Windows has no such call)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
