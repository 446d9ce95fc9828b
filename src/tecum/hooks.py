"""The points at which a plugin joins in; the built-in readers register through the same ones.

A reader turns the bytes of one item into text, fields and members. It is a plain function that runs inside
the sandbox: it sees an open file and an ``Emit``, never the matter, the disk or the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import pluggy

hookspec = pluggy.HookspecMarker("tecum")
hookimpl = pluggy.HookimplMarker("tecum")


@dataclass(frozen=True)
class Input:
    """One item as a reader sees it.

    ``file`` is seekable and read-only, ``size`` its length in bytes, ``name`` the last part of its path
    (untrusted), ``kind`` what the first bytes say it is (see ``tecum.processing.identify``).
    ``charset`` is what a mail part declared ("" when nothing did), ``passwords`` the matter's list.
    ``programs`` are those of the reader's system programs that may be run, by name, and ``folder`` an empty
    private folder for this item alone, emptied afterwards; both are empty for a reader that names none.
    """

    file: BinaryIO
    size: int
    name: str
    kind: str
    charset: str = ""
    passwords: tuple[str, ...] = ()
    programs: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""


class Emit(Protocol):
    """What a reader says about its item. Everything passes the sandbox's border as untrusted values."""

    def text(self, part: str) -> None:
        """Add body text; call as often as wanted, in reading order. Parts are joined as they come."""

    def field(self, name: str, value: str | list[str]) -> None:
        """Set a field of ``tecum.fields``; dates as ISO 8601, with offset when the source gives one."""

    def member(
        self,
        name: str,
        data: bytes | BinaryIO | None,
        *,
        kind: str = "",
        inline: bool = False,
        declared_size: int = -1,
        fields: dict[str, str] | None = None,
        problem: str = "",
        message: str = "",
    ) -> None:
        """Hand over a file found inside, in its order there.

        ``data`` is None when its bytes cannot be had: then ``problem`` names the exception code and
        ``message`` the reason. ``kind`` may override detection (``"eml"`` for a message cut from an mbox).
        ``fields`` are known from outside, such as its modification time or its declared charset.
        """

    def container(self) -> None:
        """Say that this item only holds others (a mailbox, an archive) and is no document itself."""

    def problem(self, code: str, message: str) -> None:
        """Record an exception that does not end the reading (``PARTIAL``, ``EMPTY_TEXT`` ...)."""


class Unreadable(Exception):
    """Raised by a reader to end with a named exception code, e.g. ``Unreadable("ENCRYPTED", "...")``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NeedsProgram(Unreadable):
    """Raised by a reader that cannot go on without one of these system programs.

    Where one is on the machine, the reader is run again with it (``Input.programs``) and what it said until now is
    dropped; else the item ends with ``code`` and ``message``, and the message says what to install.
    """

    def __init__(self, programs: tuple[str, ...], code: str, message: str) -> None:
        super().__init__(code, message)
        self.programs = programs


@dataclass(frozen=True)
class Reader:
    """One format's reader.

    ``name`` and ``version`` are recorded with every item it reads. ``kinds`` are the kinds of ``identify``, or of a
    ``Format``, that it takes. ``library`` names what it leans on.

    ``programs`` are names of ``tecum.engine.programs``, alternatives of which one must be on the machine: the reader
    then runs in a child that may start those found. ``converts`` names a format (``"odt"``) into which LibreOffice
    brings the file before the reader sees it: ``Input.file`` is then the converted file, ``Input.kind`` stays.
    """

    name: str
    version: str
    kinds: frozenset[str]
    read: Callable[[Input, Emit], None]
    library: str = ""
    programs: tuple[str, ...] = ()
    converts: str = ""


@dataclass(frozen=True)
class Format:
    """A kind of file that only a plugin knows.

    ``matches`` gets the first 64 KiB of a file and the last part of its path (untrusted), and says whether the file is
    of this kind; it is asked before the built-in detection, so it should look at the bytes.
    """

    kind: str
    mime: str
    matches: Callable[[bytes, str], bool]


class Spec:
    """The hook specifications."""

    @hookspec
    def tecum_formats(self) -> list[Format]:  # type: ignore[empty-body]
        """Return the kinds of file that this plugin adds."""

    @hookspec
    def tecum_readers(self) -> list[Reader]:  # type: ignore[empty-body]
        """Return the readers that this plugin adds; a later plugin wins where kinds collide."""
