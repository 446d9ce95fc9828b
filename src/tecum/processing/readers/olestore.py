"""A compound file ([MS-CFB]) as readers of older office formats want it: streams, properties, embedded objects."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from tecum.hooks import Emit, Input, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.packages import compound_kind
from tecum.processing.readers import oleproperties
from tecum.processing.readers.compound import packaged_file
from tecum.processing.readers.compoundwriter import Storage, compound_file

if TYPE_CHECKING:
    import olefile

_MACROS: Final = frozenset({"macros", "_vba_project_cur", "vba"})
_DEEPEST: Final = 64


class Store:
    """The storages and streams of one compound file. Names do not regard case.

    Raises:
        Unreadable: CORRUPT, when it is no compound file.
    """

    def __init__(self, item: Input, emit: Emit) -> None:
        import olefile

        self._emit = emit
        try:
            self._file: olefile.OleFileIO[Any] = olefile.OleFileIO(item.file)
            self._paths = self._file.listdir(streams=True, storages=False)
            self._storages = self._file.listdir(streams=False, storages=True)
        except (OSError, ValueError, OverflowError, IndexError, RecursionError) as error:
            raise Unreadable(ExceptionCode.CORRUPT, f"the compound file is damaged: {error}") from None

    def stream(self, *path: str) -> bytes:
        """Return a stream; b"" when there is none, with a problem when it is damaged."""
        if not self._file.exists(list(path)) or self._file.get_type(list(path)) != 2:
            return b""
        try:
            return bytes(self._file.openstream(list(path)).read())
        except (OSError, ValueError, OverflowError, IndexError) as error:
            self._emit.problem(ExceptionCode.PARTIAL, f"the stream {path[-1]!r} is damaged: {error}")
            return b""

    def below(self, *path: str) -> Iterator[str]:
        """Yield the names of the storages right below a storage, in the order of the file."""
        return _right_below(self._storages, path)

    def streams(self, *path: str) -> Iterator[str]:
        """Yield the names of the streams right below a storage, in the order of the file."""
        return _right_below(self._paths, path)

    def has_macros(self) -> bool:
        """Tell whether the file carries programs."""
        return any(name.lower() in _MACROS for path in self._storages for name in path)

    def properties(self) -> None:
        """Emit the file's properties as fields."""
        names = (oleproperties.SUMMARY, oleproperties.MORE)
        oleproperties.emit_properties({name: self.stream(name) for name in names}, self._emit)

    def as_file(self, *path: str) -> bytes:
        """Return a storage as a compound file of its own."""
        return compound_file(self._storage(list(path)))

    def _storage(self, path: list[str]) -> Storage:
        small, depth = [name.lower() for name in path], len(path)
        identifier = self._file.getclsid(path)
        root = Storage(_packed_identifier(identifier))
        for found in self._paths:
            if len(found) > depth and [name.lower() for name in found[:depth]] == small and len(found) < _DEEPEST:
                at = root
                for name in found[depth:-1]:
                    inner = at.holds.setdefault(name, Storage())
                    if not isinstance(inner, Storage):
                        break
                    at = inner
                at.holds[found[-1]] = self.stream(*found)
        return root


def _right_below(listed: list[list[str]], path: tuple[str, ...]) -> Iterator[str]:
    small = [name.lower() for name in path]
    for found in listed:
        if len(found) == len(path) + 1 and [name.lower() for name in found[:-1]] == small:
            yield found[-1]


def hand_over(emit: Emit, stem: str, data: bytes) -> None:
    """Emit an embedded object, given as a compound file, as a member: out of its wrapper where it has one."""
    wrapped = packaged_file(data)
    if wrapped is not None:
        emit.member(wrapped[0] or f"{stem}.bin", wrapped[1])
    else:
        kind, _ = compound_kind(io.BytesIO(data), "")
        emit.member(f"{stem}.{kind}", data)


def _packed_identifier(text: str) -> bytes:
    return uuid.UUID(text).bytes_le if text else bytes(16)
