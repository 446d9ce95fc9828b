"""Archives that system programs take apart: what is listed is what comes out, and a listing is not believed blindly."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from reading_of import BY_KIND, Reading
from test_readers_archives_7z import FILES, contents, packed, problems

from tecum.engine import programs
from tecum.hooks import Input, NeedsProgram, Unreadable
from tecum.processing.identify import identify
from tecum.processing.readers import outside

has_7z = pytest.mark.skipif(programs.find("7z") is None, reason="7-Zip is not installed")
has_bsdtar = pytest.mark.skipif(
    programs.find("bsdtar") is None, reason="bsdtar is not installed, which makes the archives"
)


def read_with(folder: Path, data: bytes, name: str, *names: str, passwords: tuple[str, ...] = ()) -> Reading:
    """Read bytes as the sandbox's second child would, with these programs."""
    kind = identify(data[: 1 << 16], name, io.BytesIO(data), len(data)).kind
    own = folder / "item"
    own.mkdir()
    allowed = {one.name: str(one.path) for one in programs.found(names)}
    said = Reading()
    try:
        BY_KIND[kind].read(Input(io.BytesIO(data), len(data), name, kind, "", passwords, allowed, str(own)), said)
    except NeedsProgram:
        raise AssertionError("it asks for a program, and has one") from None
    except Unreadable as stop:
        said.stopped = str(stop.code)
        said.problem(stop.code, stop.message)
    return said


def by_bsdtar(folder: Path, *options: str) -> bytes:
    """An archive of ``FILES`` as bsdtar makes it."""
    source = folder / "source"
    for name, data in FILES.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    program = programs.find("bsdtar")
    assert program is not None
    command = [program.path, "-cf", folder / "made", *options, *FILES]
    subprocess.run(command, cwd=source, check=True, capture_output=True, env={"LC_ALL": "C.UTF-8"})
    return (folder / "made").read_bytes()


@has_7z
@has_bsdtar
@pytest.mark.parametrize("program", ["7z", "bsdtar"])
@pytest.mark.parametrize("form", ["newc", "odc", "iso9660"])
def test_forms_of_other_systems(form: str, program: str, tmp_path: Path) -> None:
    said = read_with(tmp_path, by_bsdtar(tmp_path, f"--format={form}"), f"a.{form}", program)
    assert said.is_container and not said.problems and not problems(said), said.problems
    assert sorted(map(len, contents(said).values())) == sorted(map(len, FILES.values()))
    assert {data for data in contents(said).values()} == set(FILES.values())
    when = {rest["fields"]["file_modified"] for _, _, rest in said.members}
    assert all(one.endswith("+00:00") for one in when)


@has_7z
@has_bsdtar
def test_a_tar_of_the_old_compress(tmp_path: Path) -> None:
    said = read_with(tmp_path, by_bsdtar(tmp_path, "-Z"), "a.tar.Z", "7z")
    assert contents(said) == FILES and not said.problems


@has_7z
def test_rare_methods(tmp_path: Path) -> None:
    for number, (options, kind) in enumerate(
        [(["-m0=ppmd"], "7z"), (["-mf=BCJ2"], "7z"), (["-mm=Deflate64"], "zip"), (["-mm=PPMd", "-psecret"], "zip")]
    ):
        place = tmp_path / str(number)
        place.mkdir()
        said = read_with(place, packed(place, *options, kind=kind), f"a.{kind}", "7z", passwords=("wrong", "secret"))
        assert contents(said) == FILES and not said.problems and not problems(said), options
        assert {path.name for path in (place / "item").iterdir()} <= {outside.ARCHIVE, "words"}


@has_7z
def test_a_damaged_archive_is_asked_for_one_by_one(tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path, "-m0=ppmd", "-ms=off"))
    data[90] ^= 0xFF
    said = read_with(tmp_path, bytes(data), "a.7z", "7z")
    assert set(contents(said)) == set(FILES)
    assert list(problems(said).values()) == ["CORRUPT"] and said.codes == {"PARTIAL"}
    good = set(FILES) - set(problems(said))
    assert {name: contents(said)[name] for name in good} == {name: FILES[name] for name in good}


@has_7z
def test_an_encrypted_archive_without_its_password(tmp_path: Path) -> None:
    said = read_with(tmp_path, packed(tmp_path, "-m0=ppmd", "-psecret"), "a.7z", "7z", passwords=("wrong",))
    assert set(contents(said)) == set(FILES) and set(problems(said).values()) == {"ENCRYPTED"}
    assert contents(said)["empty"] == b""


@has_7z
def test_an_encrypted_listing(tmp_path: Path) -> None:
    data = packed(tmp_path, "-m0=ppmd", "-psecret", "-mhe=on")
    said = read_with(tmp_path, data, "a.7z", "7z", passwords=("wrong",))
    assert said.stopped == "ENCRYPTED" and not said.members


@has_7z
@pytest.mark.parametrize(
    "head", [b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00", b"MSCF\0\0\0\0", b"ITSF\x03\0\0\0", b"070701"]
)
def test_rubbish_with_a_good_head(head: bytes, tmp_path: Path) -> None:
    said = read_with(tmp_path, head + bytes(range(256)) * 9, "a.bin", "7z")
    assert said.is_container and said.stopped == "CORRUPT" and not said.members


def listing(*blocks: str) -> io.BytesIO:
    return io.BytesIO(("7-Zip\n\nPath = archive\nComment = \n\n----------\n" + "\n\n".join(blocks) + "\n\n").encode())


MEMBER = "Path = {}\nFolder = -\nSize = {}\nModified = 2018-01-08 09:30:00\nCRC = 0000ABCD\nEncrypted = -"


def test_a_listing_is_parsed_strictly() -> None:
    blocks = list(outside._blocks(listing(MEMBER.format("a = b.txt", 5), MEMBER.format("", 7))))
    assert [(one["Path"], one["Size"]) for one in blocks] == [("a = b.txt", "5"), ("", "7")]
    one = outside._listed(blocks[0])
    assert (one.size, one.crc, one.modified, one.is_folder) == (5, 0xABCD, "2018-01-08T09:30:00", False)


@pytest.mark.parametrize(
    "forged",
    [
        MEMBER.format("a\n\nPath = b", 5),  # a name that would add a member
        MEMBER.format("a\nSize = 9", 5),
        MEMBER.format("a\nno property", 5),
        "Size = 5\nPath = a",
    ],
)
def test_a_name_cannot_forge_a_listing(forged: str) -> None:
    with pytest.raises(Unreadable, match="cannot be trusted"):
        list(outside._blocks(listing(MEMBER.format("first", 1), forged)))


@pytest.mark.parametrize("size", ["", "-1", "5e3", "９", "9" * 30])
def test_sizes_that_are_none(size: str) -> None:
    block = next(iter(outside._blocks(listing(MEMBER.format("a", size)))))
    assert outside._listed(block).size == -1


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"MSCF\0\0\0\0" + bytes(40), "cab"),
        (b"!<arch>\ndebian-binary   ", "ar"),
        (b"\xed\xab\xee\xdb\x03\0" + bytes(90), "rpm"),
        (b"070701" + b"0" * 104, "cpio"),
        (b"\xc7\x71" + bytes(24), "cpio"),
        (b"\x60\xea\x2a\0\x1e\x06\x01\0\0\0\x02" + bytes(40), "arj"),
        (b"\x60\xea\0\0 looks like nothing", "unknown"),
        (b"\x1f\x9d\x90" + bytes(9), "z"),
        (b"\x19\x30-lh5-" + bytes(30), "lzh"),
        (b"\x5d\0\0\x80\0" + b"\xff" * 8 + bytes(9), "lzma"),
        (b"\x5d\0\0\x80\0\0\0\0\0\0\x65\0\0" + bytes(9), "unknown"),
        (b"ITSF\x03\0\0\0\x60\0\0\0" + bytes(90), "chm"),
        (bytes(32769) + b"CD001" + bytes(99), "iso"),
    ],
)
def test_kinds_by_their_heads(head: bytes, kind: str) -> None:
    assert identify(head, "file").kind == kind
