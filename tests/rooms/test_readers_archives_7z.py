"""7z archives: read without a program, each member against its checksum, and nothing lost where one is damaged."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_of import Reading, reading_of

from tecum.engine import programs

pytestmark = pytest.mark.skipif(
    programs.find("7z") is None, reason="7-Zip is not installed: nothing can make 7z archives"
)
MACHINE = (Path(os.__file__).parent / "decimal.py").read_bytes() * 4 + b"\xe8\0\1\0\0\xe9\xff\xff\0\0" * 999
FILES = {
    "a/one.txt": b"one " * 500,
    "a/two.bin": bytes(range(256)) * 40,
    "empty": b"",
    "grüße ☃.txt": "Grüße".encode(),
    "code.exe": MACHINE,
}


def packed(folder: Path, *options: str, files: dict[str, bytes] = FILES, kind: str = "7z") -> bytes:
    """An archive as 7-Zip makes it."""
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    (source / "folder").mkdir(parents=True)
    for name, data in files.items():
        path = source / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    target = folder / f"made.{kind}"
    target.unlink(missing_ok=True)
    program = programs.find("7z")
    assert program is not None
    command = [program.path, "a", "-bd", "-snl", f"-t{kind}", *options, target, "."]
    subprocess.run(command, cwd=source, check=True, capture_output=True, env={"LC_ALL": "C.UTF-8"})
    return target.read_bytes()


def contents(said: Reading) -> dict[str, Any]:
    return {name: data for name, data, _ in said.members}


def problems(said: Reading) -> dict[str, str]:
    return {name: rest["problem"] for name, _, rest in said.members if rest["problem"]}


@pytest.mark.parametrize(
    "options",
    [
        ["-m0=lzma2"], ["-m0=lzma"], ["-m0=bzip2"], ["-m0=deflate"], ["-m0=copy"], ["-ms=off"], ["-mf=BCJ"],
        ["-m0=BCJ", "-m1=LZMA"], ["-mf=Delta:4"], ["-mf=ARM"], ["-mf=PPC"], ["-mf=SPARC"], ["-mhc=off"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_way_of_packing(options: list[str], tmp_path: Path) -> None:
    said = reading_of(packed(tmp_path, "-mf=off", *options) if "-mf" not in options[0] else packed(tmp_path, *options))
    assert said.is_container and not said.problems and not problems(said)
    assert contents(said) == FILES, "folders are left out, an empty file is not"
    assert all(rest["declared_size"] == len(data) for _, data, rest in said.members)


def test_a_rare_method_asks_for_7zip_and_loses_nothing_else(tmp_path: Path) -> None:
    said = reading_of(packed(tmp_path, "-m0=ppmd", "-ms=off"))
    assert said.stopped == "UNSUPPORTED" and "PPMd" in said.problems[-1][1]
    assert set(contents(said)) == set(FILES) and contents(said)["empty"] == b""
    assert set(problems(said).values()) == {"UNSUPPORTED"} and len(problems(said)) == len(FILES) - 1


@pytest.mark.parametrize("options", [[], ["-mhe=on"], ["-ms=off"], ["-m0=copy"]], ids=" ".join)
def test_encrypted_archives(options: list[str], tmp_path: Path) -> None:
    data = packed(tmp_path, "-pSecret ☃", "-mf=off", *options)
    said = reading_of(data, passwords=("wrong", "Secret ☃"))
    assert contents(said) == FILES and not said.problems and not problems(said)
    locked = reading_of(data, passwords=("wrong",))
    if "-mhe=on" in options:
        assert locked.stopped == "ENCRYPTED" and "in vain: 1" in locked.problems[0][1]
    else:
        assert set(contents(locked)) == set(FILES), "the names are known without the password"
        assert set(problems(locked).values()) == {"ENCRYPTED"} and contents(locked)["empty"] == b""


def test_links_and_twins(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_bytes(b"x")
    (source / "link").symlink_to("../../etc/passwd")
    program = programs.find("7z")
    assert program is not None
    command = [program.path, "a", "-snl", tmp_path / "made.7z", "file", "link"]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    said = reading_of((tmp_path / "made.7z").read_bytes())
    content, rest = said.member_named("link")
    assert content == b"../../etc/passwd" and rest["kind"] == "text", "a link is what it says, and leads nowhere"


# -- made by hand: what no archiver writes -----------------------------------------------------------------


def number(value: int) -> bytes:
    """A number as a 7z header writes it, in its longest form."""
    return b"\xff" + struct.pack("<Q", value)


def by_hand(members: dict[str, bytes], *, crcs: list[int] | None = None, count: int | None = None) -> bytes:
    """A solid archive without compression, from the text of the format; every number may lie."""
    plain = b"".join(members.values())
    sizes = [len(data) for data in members.values()]
    sums = crcs or [zlib.crc32(data) for data in members.values()]
    names = b"".join(f"{name}\0".encode("utf-16-le") for name in members)
    header = b"\x01\x04"
    header += b"\x06" + number(0) + number(1) + b"\x09" + number(len(plain)) + b"\0"
    header += b"\x07\x0b" + number(1) + b"\0" + number(1) + b"\x01\0" + b"\x0c" + number(len(plain)) + b"\0"
    header += b"\x08\x0d" + number(len(members)) + b"\x09" + b"".join(map(number, sizes[:-1]))
    header += b"\x0a\x01" + b"".join(struct.pack("<L", one) for one in sums) + b"\0\0"
    header += b"\x05" + number(count if count is not None else len(members))
    header += b"\x11" + number(len(names) + 1) + b"\0" + names + b"\0\0"
    return framed(plain, header)


def framed(plain: bytes, header: bytes) -> bytes:
    start = struct.pack("<QQL", len(plain), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start + plain + header


def test_names_and_twins_by_hand() -> None:
    made = {"../../etc/passwd": b"1", "C:\\x\\y.txt": b"22", "n" * 400: b"333", "": b"4444"}
    said = reading_of(by_hand(made))
    assert [data for _, data, _ in said.members] == list(made.values())
    assert said.names == ["etc/passwd", "x/y.txt", "n" * 400, "00004"]


def test_a_wrong_checksum_spares_the_others() -> None:
    made = {"good": b"good", "bad": b"bad", "last": b"last"}
    said = reading_of(by_hand(made, crcs=[zlib.crc32(b"good"), 7, zlib.crc32(b"last")]))
    assert contents(said) == made and problems(said) == {"bad": "CORRUPT"}


@pytest.mark.parametrize("count", [0, 2, 1 << 20, 1 << 40, (1 << 64) - 1])
def test_counts_that_lie(count: int) -> None:
    assert reading_of(by_hand({"a": b"a", "b": b"b", "c": b"c"}, count=count)).stopped == "CORRUPT"


def test_an_archive_of_nothing() -> None:
    said = reading_of(framed(b"", b"")[:32])
    assert said.is_container and not said.members and not said.stopped


def test_cut_and_damaged(tmp_path: Path) -> None:
    data = packed(tmp_path, "-m0=lzma2", "-mf=off")
    cut = reading_of(data[:-40])
    assert cut.stopped == "CORRUPT" and "first of several volumes" in cut.problems[0][1]
    broken = bytearray(data)
    broken[60] ^= 0xFF
    said = reading_of(bytes(broken))
    assert set(contents(said)) == set(FILES), "each is told, with its bytes or without"
    assert set(problems(said).values()) == {"CORRUPT"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_no_damage_raises(at: int, change: bytes) -> None:
    whole = by_hand({"a": b"a" * 50, "b": b"b" * 60, "c": b"c"})
    for data in (whole[:at] + change + whole[at + len(change) :], whole[:at] + change + whole[at:], whole[:at]):
        said = reading_of(data, kind="7z")
        assert said.is_container and (said.members or said.stopped)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.binary(min_size=1, max_size=6))
def test_no_damaged_header_raises(at: int, change: bytes) -> None:
    """The header's checksum is made right again, so that the damage gets as far as the lists."""
    whole = by_hand({"a": b"a" * 50, "b": b"b" * 60, "c": b"c"})
    plain, header = whole[32:143], bytearray(whole[143:])
    header[at % len(header) : at % len(header) + len(change)] = change
    said = reading_of(framed(plain, bytes(header)), kind="7z")
    assert said.is_container
