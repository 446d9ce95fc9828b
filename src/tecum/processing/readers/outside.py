"""A system program at work on an archive: its output is pulled, its listing parsed strictly, its names never used.

7-Zip and bsdtar are started only inside the sandbox. The archive lies under a neutral name in the item's own folder,
and what is inside comes out through a pipe, so that nothing an archive names is ever created. A password goes in by
standard input, never on the command line, where others could see it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tecum.hooks import Input, Unreadable
from tecum.model import ExceptionCode

ARCHIVE: Final = "archive"
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": ""}
_SAID: Final = 2000  # bytes of what a program says at its end
_COPY: Final = 1 << 20
_LONGEST_LINE: Final = 1 << 16
_RULE: Final = "----------"
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")


class Run:
    """A program while it runs; ``read`` pulls what it writes.

    ``arguments`` follow the program's name; it stands in the item's folder.
    """

    def __init__(self, item: Input, program: str, arguments: list[str], password: str = "") -> None:
        self._words = Path(item.folder, "words")
        environment = {**_ENVIRONMENT, "HOME": item.folder, "TMPDIR": item.folder}
        with self._words.open("wb") as words:
            self._process = subprocess.Popen(
                [item.programs[program], *arguments],
                stdin=subprocess.PIPE if password else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=words,
                cwd=item.folder,
                env=environment,
            )
        assert self._process.stdout is not None
        self.output: IO[bytes] = self._process.stdout
        if self._process.stdin is not None:
            self._tell(self._process.stdin, password)

    @staticmethod
    def _tell(channel: IO[bytes], password: str) -> None:
        try:
            with channel:
                channel.write(password.encode() + b"\n")
        except BrokenPipeError:
            return  # it ended without asking

    def read(self, size: int, /) -> bytes:
        """Return the next bytes that it writes."""
        return self.output.read(size)

    def close(self) -> int:
        """Wait for its end, which comes at once when nobody reads on; return its exit status."""
        self.output.close()
        return self._process.wait()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def words(self) -> str:
        """What it complained of, shortened to one line."""
        with self._words.open("rb") as file:
            text = file.read(_SAID).decode("utf-8", "replace")
        return " ".join(text.split())[:300]


def lay_out(item: Input) -> None:
    """Copy the item's bytes into its folder. Raises Unreadable when they are too many for it."""
    item.file.seek(0)
    try:
        with Path(item.folder, ARCHIVE).open("wb") as out:
            shutil.copyfileobj(item.file, out, _COPY)
    except OSError as error:
        raise Unreadable(ExceptionCode.LIMIT_SIZE, f"too large to be given to a program: {error.strerror}") from error


@dataclass(frozen=True)
class Listed:
    """A member as 7-Zip lists it; ``size`` and ``crc`` are -1 where the archive does not tell them."""

    name: str
    size: int
    crc: int
    encrypted: bool
    is_folder: bool
    is_link: bool
    modified: str  # "2018-01-08T09:30:00", or ""


@dataclass(frozen=True)
class Listing:
    """What 7-Zip says of an archive: its members in order, and what it found wrong ("" if nothing)."""

    members: tuple[Listed, ...]
    wrong: str


def listing(item: Input, form: str, password: str, most: int) -> Listing | None:
    """Let 7-Zip list the archive; None when it cannot, which is so for an encrypted listing without its password.

    ``form`` is a type of 7-Zip's, ``most`` how many members are enough. Raises Unreadable (CORRUPT) for a listing
    that cannot be trusted.
    """
    arguments = ["l", "-slt", "-sccUTF-8", f"-t{form}", "--", ARCHIVE]
    with Run(item, "7z", arguments, password) as run:
        members: list[Listed] = []
        for block in _blocks(run.output):
            if len(members) > most:
                break
            members.append(_listed(block))
        else:
            run.output.read()
        status = run.close()
        words = run.words
    if status not in (0, 1) and not members:
        return None
    return Listing(tuple(members), words if status else "")


def _blocks(lines: IO[bytes]) -> Iterator[dict[str, str]]:
    """Yield the properties of each member. All must have the same, in one order: a name cannot add a member."""
    begun, order = False, None
    block: dict[str, str] = {}
    while line := lines.readline(_LONGEST_LINE):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not begun:
            begun = text == _RULE
        elif text:
            name, equals, value = text.partition(" =")
            if not equals or name in block or (not block and name != "Path"):
                raise _untrusted()
            block[name] = value[1:]
        elif block:
            order = order or tuple(block)
            if tuple(block) != order:
                raise _untrusted()
            yield block
            block = {}
    if block and order not in (None, tuple(block)):
        raise _untrusted()
    if block:
        yield block


def _untrusted() -> Unreadable:
    return Unreadable(ExceptionCode.CORRUPT, "the list of its members cannot be trusted")


def _listed(block: dict[str, str]) -> Listed:
    attributes = block.get("Attributes", "")
    when = _DATE.match(block.get("Modified", ""))
    size, crc = block.get("Size", ""), block.get("CRC", "")
    return Listed(
        name=block["Path"],
        size=int(size) if re.fullmatch(r"[0-9]{1,18}", size) else -1,
        crc=int(crc, 16) if re.fullmatch(r"[0-9A-F]{8}", crc) else -1,
        encrypted=block.get("Encrypted") == "+",
        is_folder=block.get("Folder") == "+" or attributes.startswith("D") or _is_bare_folder(block),
        is_link=bool(block.get("Symbolic Link") or block.get("Hard Link")),
        modified=f"{when[1]}T{when[2]}" if when else "",
    )


def _is_bare_folder(block: dict[str, str]) -> bool:
    """Some forms have no mark for folders: they are what has neither bytes nor a method."""
    return not {"Folder", "Attributes"} & block.keys() and block.get("Size") == "0" and block.get("Method") == ""


def is_whole(item: Input, form: str, password: str) -> bool:
    """Let 7-Zip test the archive with this password."""
    with Run(item, "7z", ["t", "-bd", f"-t{form}", "--", ARCHIVE], password) as run:
        while run.read(_COPY):
            pass
        return run.close() == 0


def everything(item: Input, form: str, password: str) -> Run:
    """Let 7-Zip write all members to its output, one after the other in the order of the listing."""
    return Run(item, "7z", ["x", "-so", "-bd", f"-t{form}", "--", ARCHIVE], password)


def one(item: Input, form: str, password: str, name: str) -> Run:
    """Let 7-Zip write the members of this name, which is compared letter by letter."""
    return Run(item, "7z", ["x", "-so", "-bd", "-spd", f"-t{form}", "--", ARCHIVE, name], password)


def as_tar(item: Input) -> Run:
    """Let bsdtar write the archive as a tar archive (pax)."""
    return Run(item, "bsdtar", ["-cf", "-", "--format=pax", f"@{ARCHIVE}"])


def remove(item: Input, name: str) -> None:
    """Remove a file of the item's folder."""
    os.unlink(Path(item.folder, name))  # noqa: PTH108
