"""Archives: every member is told, whole or with the reason why not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_of import reading_of

from tecum.processing.readers import streams

FILES = {"a/one.txt": b"one " * 500, "two.bin": bytes(range(256)) * 40, "empty": b""}


def zipped(files: dict[str, bytes] = FILES, method: int = zipfile.ZIP_DEFLATED, stream: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(_Pipe(out) if stream else out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2018, 1, 8, 9, 30, 0)), data, compress_type=method)
    return out.getvalue()


class _Pipe(io.RawIOBase):
    """Takes bytes but cannot seek, so that the archive gets data descriptors."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._out.write(data)


def tarred(files: dict[str, bytes] = FILES) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1515425400
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


# -- zip ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_members_of_a_zip(method: int, stream: bool) -> None:
    said = reading_of(zipped(method=method, stream=stream), "a.zip")
    assert said.is_container and not said.problems
    assert [(name, data) for name, data, _ in said.members] == list(FILES.items())
    rest = said.members[0][2]
    assert (
        rest["declared_size"] == 2000
        and rest["fields"] == {"file_modified": "2018-01-08T09:30:00"}
        and not rest["problem"]
    )


def test_a_damaged_member_is_told_and_the_others_go_on() -> None:
    data = bytearray(zipped({"good": b"g" * 90, "bad": b"b" * 90, "also": b"a" * 90}, zipfile.ZIP_STORED))
    at = bytes(data).index(b"b" * 90)
    data[at + 5] ^= 1
    said = reading_of(bytes(data), "a.zip")
    assert [name for name, content, _ in said.members if content is not None] == ["good", "also"]
    content, rest = said.member_named("bad")
    assert content is None and rest["problem"] == "CORRUPT" and rest["declared_size"] == 90


def test_links_duplicates_folders_and_hostile_names() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.mkdir("folder")
        for name in ("../../etc/passwd", "/abs/x", "C:\\Users\\ann\\y.doc", "..", "same"):
            archive.writestr(name, "z")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "../target")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("same", "again")
    said = reading_of(out.getvalue(), "a.zip")
    assert said.names == ["etc/passwd", "abs/x", "Users/ann/y.doc", "00005", "same", "link", "same"]
    assert said.member_named("link")[1]["kind"] == "text"


def test_names_in_other_sets() -> None:
    raw = zipped({"gr__.txt": b"x"})
    assert reading_of(raw.replace(b"gr__", "grß".encode()), "a.zip").names == ["grß.txt"]
    assert reading_of(raw.replace(b"gr__", b"gr\xe1_"), "a.zip").names == ["grß_.txt"]


def _encrypted(password: bytes, content: bytes) -> bytes:
    """A ZIP with one member under the traditional cipher of the application note, section 6.1."""
    import zlib

    table = []
    for n in range(256):
        value = n
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 255]

    for byte in password:
        update(byte)
    crc, cipher = zlib.crc32(content), bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + content:
        mask = keys[2] & 0xFFFF | 2
        cipher.append(byte ^ (mask * (mask ^ 1) >> 8) & 255)
        update(byte)
    plain = bytearray(zipped({"secret.txt": bytes(cipher)}, zipfile.ZIP_STORED))
    for at, flag in ((0, 6), (bytes(plain).index(b"PK\1\2"), 8)):
        plain[at + flag] |= 1
        struct.pack_into("<I", plain, at + flag + 8, crc)
    struct.pack_into("<I", plain, 22, len(content))
    struct.pack_into("<I", plain, bytes(plain).index(b"PK\1\2") + 24, len(content))
    return bytes(plain)


def test_encrypted_members() -> None:
    data = _encrypted(b"riverton", b"the plan")
    said = reading_of(data, "a.zip")
    assert said.members[0][:2] == ("secret.txt", None) and said.members[0][2]["problem"] == "ENCRYPTED"
    assert reading_of(data, "a.zip", passwords=("wrong", "больше")).members[0][2]["problem"] == "ENCRYPTED"
    said = reading_of(data, "a.zip", passwords=("wrong", "riverton"))
    assert said.members[0][1] == b"the plan" and not said.members[0][2]["problem"]


def test_a_member_far_longer_than_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "WHOLE", 10_000)
    data = bytearray(zipped({"bomb": bytes(50_000), "fine": b"x"}))
    struct.pack_into("<I", data, bytes(data).index(b"PK\1\2") + 24, 10)
    said = reading_of(bytes(data), "a.zip")
    assert said.members[0][1] is None and said.members[0][2]["problem"] == "LIMIT_RATIO"
    assert said.members[1][1] == b"x"


def test_a_large_member_is_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "WHOLE", 1000)
    said = reading_of(zipped(), "a.zip")
    assert [data for _, data, _ in said.members] == list(FILES.values())
    damaged = bytearray(zipped({"big": bytes(range(256)) * 20}, zipfile.ZIP_STORED))
    damaged[3000] ^= 1
    said = reading_of(bytes(damaged), "a.zip")
    assert said.codes == {"PARTIAL"} and "big is cut short" in said.problems[0][1]


@pytest.mark.parametrize("stream", [False, True])
def test_members_are_found_without_the_directory(stream: bool) -> None:
    whole = zipped(stream=stream)
    said = reading_of(whole[: whole.index(b"PK\1\2")], "a.zip")
    assert [(name, data) for name, data, _ in said.members] == list(FILES.items())
    assert said.codes == {"PARTIAL"} and not any(rest["problem"] for _, _, rest in said.members)


def test_a_zip_cut_within_a_member_gives_what_there_is() -> None:
    whole = zipped({"a": b"a" * 50, "b": bytes(range(256))}, zipfile.ZIP_STORED)
    said = reading_of(whole[: whole.index(bytes(range(50))) + 100], "a.zip")
    assert said.member_named("a")[0] == b"a" * 50
    content, rest = said.member_named("b")
    assert content == bytes(range(100)) and rest["problem"] == "CORRUPT" and "156 bytes" in rest["message"]
    assert reading_of(b"PK\3\4 nothing", kind="zip").stopped == "CORRUPT"


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_no_damage_raises(at: int, change: bytes) -> None:
    whole = zipped()
    for data in (whole[:at] + change + whole[at + len(change) :], whole[:at] + change + whole[at:], whole[:at]):
        said = reading_of(data, kind="zip")
        assert said.is_container and (said.members or said.stopped)


# -- tar and its companions --------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_the_members_of_a_tar(pack: Callable[[bytes], bytes]) -> None:
    said = reading_of(pack(tarred()), "a.tar.gz")
    assert said.is_container and not said.problems
    assert [(name, data) for name, data, _ in said.members] == list(FILES.items())
    assert said.members[0][2]["fields"] == {"file_modified": "2018-01-08T15:30:00+00:00"}


@pytest.mark.parametrize(
    ("packed", "name", "inside"),
    [
        (gzip.compress(b"log", mtime=1515425400), "server.log.gz", "server.log"),
        (bz2.compress(b"log"), "server.bz2", "server"),
        (lzma.compress(b"log"), "noext", "noext.out"),
    ],
)
def test_a_single_compressed_file(packed: bytes, name: str, inside: str) -> None:
    said = reading_of(packed, name)
    assert said.members[0][:2] == (inside, b"log") and said.is_container
    assert said.members[0][2]["fields"] == ({"file_modified": "2018-01-08T15:30:00+00:00"} if "gz" in name else {})


def test_links_and_devices_of_a_tar() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("pipe", tarfile.FIFOTYPE), ("folder", tarfile.DIRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../../etc/passwd"
            archive.addfile(info)
    said = reading_of(out.getvalue(), "a.tar")
    assert [(name, data) for name, data, _ in said.members] == [("link", b"../../etc/passwd"), ("pipe", None)]
    assert said.members[1][2]["problem"] == "UNSUPPORTED"


def test_a_tar_broken_off_is_told() -> None:
    whole = tarred()
    cut = reading_of(whole[:3000], "a.tar")
    assert cut.member_named("a/one.txt")[0] == FILES["a/one.txt"] and cut.codes == {"PARTIAL"}
    damaged = bytearray(whole)
    damaged[512 * 5 + 150] ^= 1  # within the checksum of the second header
    said = reading_of(bytes(damaged), "a.tar")
    assert said.names == ["a/one.txt"] and said.codes == {"PARTIAL"}


def test_a_compressed_file_broken_off_gives_what_there_is() -> None:
    whole = gzip.compress(bytes(range(256)) * 400, 0)
    said = reading_of(whole[:70_000], "a.bin.gz")
    content, rest = said.member_named("a.bin")
    assert content and content == (bytes(range(256)) * 400)[: len(content)] and rest["problem"] == "PARTIAL"
    assert reading_of(b"\x1f\x8b\x08\x00rubbish", "a.gz").stopped == "CORRUPT"


@settings(max_examples=20, deadline=None)  # xz takes up to a second to find that it is damaged
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=8), st.sampled_from(["tar", "gz", "bz2", "xz"]))
def test_no_damaged_tar_raises(at: int, change: bytes, kind: str) -> None:
    packed = {"tar": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[kind](tarred())
    said = reading_of(packed[:at] + change + packed[at + len(change) :], kind=kind)
    assert said.is_container
