"""Archives: every member is told, whole or with the reason why not."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import hmac
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
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
    assert [name for name, _, rest in said.members if not rest["problem"]] == ["good", "also"]
    content, rest = said.member_named("bad")
    assert content is not None and len(content) == 90, "what came out is kept, with the reason to doubt it"
    assert rest["problem"] == "CORRUPT" and rest["declared_size"] == 90


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
    assert said.names == ["etc/passwd", "abs/x", "Users/ann/y.doc", "00004", "same", "link", "same"]
    assert said.member_named("link")[1]["kind"] == "text"


def test_names_in_other_sets() -> None:
    raw = zipped({"gr__.txt": b"x"})
    assert reading_of(raw.replace(b"gr__", "grß".encode()), "a.zip").names == ["grß.txt"]
    assert reading_of(raw.replace(b"gr__", b"gr\xe1_"), "a.zip").names == ["grß_.txt"]


def _encrypted(password: bytes, content: bytes) -> bytes:
    """A ZIP with one member under the traditional cipher of the application note, section 6.1."""
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
    assert said.codes == {"PARTIAL"} and "50,000 bytes, and 10 are declared" in said.problems[0][1]
    assert [content for _, content, _ in said.members] == [bytes(50_000), b"x"], "the cap on all of it ends a real bomb"


def test_a_large_member_is_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "WHOLE", 1000)
    said = reading_of(zipped(), "a.zip")
    assert [data for _, data, _ in said.members] == list(FILES.values())
    damaged = bytearray(zipped({"big": bytes(range(256)) * 20}, zipfile.ZIP_STORED))
    damaged[3000] ^= 1
    said = reading_of(bytes(damaged), "a.zip")
    assert said.codes == {"PARTIAL"} and "big is damaged" in said.problems[0][1]


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


@pytest.mark.parametrize("size", range(1, 12))
def test_a_directory_that_says_it_is_empty_hides_nothing(size: int) -> None:
    whole = zipped()
    at = whole.index(b"PK\5\6") + 4
    for data in (whole[:at] + bytes(size) + whole[at:], whole[:at] + bytes(size) + whole[at + size :]):
        said = reading_of(data, kind="zip")
        assert [content for _, content, _ in said.members] == list(FILES.values()), size


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_no_damage_raises(at: int, change: bytes) -> None:
    whole = zipped()
    for data in (whole[:at] + change + whole[at + len(change) :], whole[:at] + change + whole[at:], whole[:at]):
        said = reading_of(data, kind="zip")
        assert said.is_container and (said.members or said.stopped)


def directory_of(data: bytes) -> int:
    return data.index(b"PK\1\2")


def test_members_that_the_directory_does_not_list() -> None:
    first, second = zipped({"hidden.txt": b"not listed"}), zipped({"listed.txt": b"listed"})
    said = reading_of(first + second, "joined.zip")
    assert {name: data for name, data, _ in said.members} == {"listed.txt": b"listed", "hidden.txt": b"not listed"}
    assert said.codes == {"PARTIAL"} and "members that its directory does not list: 1" in said.problems[0][1]


def test_members_that_only_the_directory_has() -> None:
    whole = zipped({"a.txt": b"alpha", "b.txt": b"beta"}, zipfile.ZIP_STORED)
    at = whole.index(b"PK\3\4", 10)
    said = reading_of(whole[:at] + b"XX" + whole[at + 2 :], "a.zip")
    assert said.member_named("a.txt")[0] == b"alpha"
    content, rest = said.member_named("b.txt")
    assert content is None and rest["problem"] == "CORRUPT" and "where the directory says" in rest["message"]


def test_a_directory_that_is_wrong_about_places() -> None:
    whole = bytearray(zipped({"a.txt": b"alpha", "b.txt": b"beta"}))
    second = bytes(whole).index(b"PK\1\2", directory_of(bytes(whole)) + 4)
    struct.pack_into("<I", whole, second + 42, 7)
    said = reading_of(bytes(whole), "a.zip")
    assert {name: data for name, data, _ in said.members} == {"a.txt": b"alpha", "b.txt": b"beta"}
    assert "members that lie elsewhere than its directory says: 1" in said.problems[0][1]


def test_bytes_before_the_archive_move_everything() -> None:
    said = reading_of(b"MZ" + bytes(5000) + zipped(), "setup.exe")
    assert [(name, data) for name, data, _ in said.members] == list(FILES.items()) and not said.problems


def test_members_that_share_bytes_and_headers_that_disagree() -> None:
    whole = bytearray(zipped({"a.txt": b"alpha", "b.txt": b"beta!"}, zipfile.ZIP_STORED))
    second = bytes(whole).index(b"PK\1\2", directory_of(bytes(whole)) + 4)
    struct.pack_into("<I", whole, second + 42, 0)
    said = reading_of(bytes(whole), "a.zip")
    assert said.names == ["a.txt", "b.txt", "b.txt"], "the one that is pointed away from is found too"
    told = said.problems[0][1] + said.problems[1][1] + said.problems[2][1]
    assert (
        "members that lie upon the bytes of others: 1" in told
        and "another name in their own header: 1, the first a.txt" in told
    )


def test_a_directory_cut_short_by_its_own_word() -> None:
    whole = bytearray(zipped())
    struct.pack_into("<2H", whole, len(whole) - 14, 5, 5)
    said = reading_of(bytes(whole), "a.zip")
    assert said.names == list(FILES) and "declares 5 members and lists 3" in said.problems[0][1]


def test_volumes_of_a_split_archive() -> None:
    whole = bytearray(zipped({"here": b"h" * 50, "there": b"t" * 50}, zipfile.ZIP_STORED))
    struct.pack_into("<2H", whole, len(whole) - 18, 1, 1)
    first = directory_of(bytes(whole))
    struct.pack_into("<H", whole, bytes(whole).index(b"PK\1\2", first + 4) + 34, 1)
    said = reading_of(bytes(whole), "a.zip")
    content, rest = said.member_named("here")
    assert content is None and "volume 1 of several" in rest["message"]
    assert said.member_named("there")[0] == b"t" * 50


def test_zip64() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("big.txt", "w", force_zip64=True) as member:
        member.write(b"wide")
    said = reading_of(out.getvalue(), "a.zip")
    assert said.members[0][:2] == ("big.txt", b"wide") and not said.problems


@pytest.mark.parametrize(
    ("names", "codec", "shown"),
    [
        (["テスト資料.txt"], "cp932", ["テスト資料.txt"]),
        (["测试.txt"], "gb18030", ["测试.txt"]),
        (["Köln.txt", "gâteau.txt"], "cp437", ["Köln.txt", "gâteau.txt"]),
        (["naïve.txt"], "utf-8", ["naïve.txt"]),
    ],
)
def test_names_of_unnamed_sets(names: list[str], codec: str, shown: list[str]) -> None:
    raw = [name.encode(codec) for name in names]
    data = zipped({f"{place}".rjust(len(one), "_"): b"x" for place, one in enumerate(raw)})
    for place, one in enumerate(raw):
        data = data.replace(f"{place}".rjust(len(one), "_").encode(), one)
    assert reading_of(data, "a.zip").names == shown


def test_methods_that_the_standard_library_lacks() -> None:
    from backports import zstd

    for method, pack in ((93, zstd.compress), (20, zstd.compress), (95, lzma.compress)):
        packed = pack(b"packed")
        said = reading_of(with_method(packed, b"packed", method), "a.zip")
        assert said.members[0][:2] == ("m", b"packed") and not said.members[0][2]["problem"]
    said = reading_of(with_method(b"?", b"packed", 9), "a.zip")
    assert said.members[0][1] is None and said.members[0][2]["problem"] == "UNSUPPORTED"
    assert said.stopped == "UNSUPPORTED" and "Deflate64" in said.problems[-1][1], "7-Zip can be installed for it"
    assert "method 77" in reading_of(with_method(b"?", b"packed", 77), "a.zip").members[0][2]["message"]


def with_method(packed: bytes, plain: bytes, method: int, flags: int = 0, extra: bytes = b"", crc: int = -1) -> bytes:
    """A ZIP with one member, packed by the caller."""
    crc = zlib.crc32(plain) if crc < 0 else crc
    said = struct.pack("<5H3L2H", 63, flags, method, 0, 33, crc, len(packed), len(plain), 1, len(extra))
    head = b"PK\3\4" + said + b"m" + extra
    listed = b"PK\1\2" + struct.pack("<H", 63) + said + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"m" + extra
    return head + packed + listed + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, len(listed), len(head + packed), 0)


def sealed(password: bytes, plain: bytes, version: int) -> bytes:
    """A ZIP with one member under WinZip's AES-256, made by the letter of its note with another library's counter."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    salt = bytes(range(16))
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 66)
    cipher = bytearray()
    for place in range(0, len(plain), 16):
        counter = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor()
        mask = counter.update((place // 16 + 1).to_bytes(16, "little"))
        cipher += bytes(a ^ b for a, b in zip(plain[place : place + 16], mask, strict=False))
    seal = hmac.new(keys[32:64], bytes(cipher), hashlib.sha1).digest()[:10]
    extra = struct.pack("<2HH2sBH", 0x9901, 7, version, b"AE", 3, 0)
    crc = zlib.crc32(plain) if version == 1 else 0
    return with_method(salt + keys[64:] + bytes(cipher) + seal, plain, 99, 1, extra, crc)


@pytest.mark.parametrize("version", [1, 2])
def test_members_under_aes(version: int) -> None:
    plain = b"the plan of the town " * 9
    data = sealed(b"riverton", plain, version)
    assert reading_of(data, "a.zip").members[0][2]["problem"] == "ENCRYPTED"
    assert "in vain: 1" in reading_of(data, "a.zip", passwords=("wrong",)).members[0][2]["message"]
    said = reading_of(data, "a.zip", passwords=("wrong", "riverton"))
    assert said.members[0][1] == plain and not said.members[0][2]["problem"]
    damaged = bytearray(data)
    damaged[70] ^= 1
    content, rest = reading_of(bytes(damaged), "a.zip", passwords=("riverton",)).member_named("m")
    assert content is not None and rest["problem"] == "CORRUPT", "the seal tells"


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
    assert said.names == ["a/one.txt", "empty"] and said.codes == {"PARTIAL"}, "the next good header goes on"
    assert "damaged headers: 1" in said.problems[0][1]
    joined = reading_of(whole + tarred({"second": b"2"}), "a.tar")
    assert joined.names == [*FILES, "second"] and not joined.problems
    at_a_border = reading_of(whole[: 512 * 5], "a.tar")
    assert at_a_border.names == ["a/one.txt"] and "mark of its end is missing" in at_a_border.problems[0][1]


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


def test_several_members_of_gzip_and_frames_of_zstd_are_one_file() -> None:
    from backports import zstd

    ways = {"a.gz": gzip.compress, "a.bz2": bz2.compress, "a.xz": lzma.compress, "a.zst": zstd.compress}
    for name, pack in ways.items():
        said = reading_of(pack(b"one ") + pack(b"two ") + pack(b""), name)
        assert said.members[0][:2] == ("a", b"one two ") and not said.problems, name
        broken = reading_of(pack(b"one ") + b"rubbish", name)
        assert broken.members[0][1] == b"one " and broken.codes == {"PARTIAL"}, name


def test_lzma_alone_and_a_tar_in_zstd() -> None:
    from backports import zstd

    alone = lzma.compress(b"old", lzma.FORMAT_ALONE)
    assert reading_of(alone, "old.txt.lzma").members[0][:2] == ("old.txt", b"old")
    said = reading_of(zstd.compress(tarred()), "a.tar.zst")
    assert [(name, data) for name, data, _ in said.members] == list(FILES.items()) and not said.problems


def test_a_sparse_tar() -> None:
    """A member of the old GNU form: 1 KiB of data at the end of 1 MiB of nothing (tar manual, Sparse Formats)."""
    info = tarfile.TarInfo("sparse.bin")
    info.size = 1024
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[156:157] = tarfile.GNUTYPE_SPARSE
    head[386:410] = b"%011o\0%011o\0" % (1 << 20, 1024)
    head[483:495] = b"%011o\0" % ((1 << 20) + 1024)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    said = reading_of(bytes(head) + b"d" * 1024 + bytes(1024), "a.tar")
    assert said.members[0][:2] == ("sparse.bin", bytes(1 << 20) + b"d" * 1024) and not said.problems
