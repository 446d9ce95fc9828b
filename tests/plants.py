"""Things that hold others, of which each knows what was put into it: what a test of lost members plants."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from piles import MAIL, ZIP, locked_zip, mail
from tecum.engine import programs

OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Plant:
    """Something with a name ("" where only the program gives it one), its bytes, and what lies in it, in order.

    ``reason`` is an exception code that must stand on it, "" if none must. ``bare`` says that its bytes cannot be had.
    """

    name: str
    data: bytes
    inside: tuple[Plant, ...] = ()
    reason: str = ""
    bare: bool = False

    @property
    def count(self) -> int:
        return 1 + sum(one.count for one in self.inside)


def lost(plant: Plant, reason: str) -> Plant:
    """One whose bytes cannot be had: it must be there all the same, with this reason."""
    return replace(plant, inside=(), reason=reason, bare=True)


def hurt(plant: Plant, reason: str) -> Plant:
    """One that was damaged, so that nobody knows its bytes: it must be there, with this reason."""
    return replace(plant, data=b"", inside=(), reason=reason)


def leaf(name: str, size: int = 40) -> Plant:
    """A file with text of its own."""
    seed = f"This is {name}, and it was planted. "
    return Plant(name, (seed * (size // len(seed) + 1)).encode())


def held(name: str, data: bytes, *inside: Plant, reason: str = "") -> Plant:
    """Something that holds others, as the caller made it."""
    return Plant(name, data, inside, reason)


# -- mail ------------------------------------------------------------------------------------------------


def mailed(name: str, *inside: Plant, inline: tuple[Plant, ...] = ()) -> Plant:
    """A mail with these attachments."""
    kinds = {"eml": MAIL, "zip": ZIP}

    def listed(plants: tuple[Plant, ...]) -> list[tuple[str, bytes, str]]:
        return [(one.name, one.data, kinds.get(one.name.rpartition(".")[2], OCTETS)) for one in plants]

    return Plant(name, mail(name, f"See {name}.\r\n", attach=listed(inside), inline=listed(inline)), (*inline, *inside))


def multipart(name: str, parts: list[bytes], *inside: Plant, end: bytes = b"--b--\r\n", reason: str = "") -> Plant:
    """A mail from parts that the caller wrote."""
    head = b"From: ann@town.example\r\nTo: bob@town.example\r\nSubject: " + name.encode() + b"\r\nMIME-Version: 1.0\r\n"
    head += b"Date: Tue, 14 Mar 2017 09:26:53 -0500\r\nMessage-ID: <" + name.encode() + b"@town.example>\r\n"
    head += b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in [b"\r\nThe body.", *parts])
    return Plant(name, head + body + end, inside, reason)


def part(data: bytes, *, name: str = "", coding: str = "base64", kind: str = OCTETS) -> bytes:
    """A part of a mail, with a name or without."""
    shown = f'; filename="{name}"' if name else ""
    head = f"Content-Type: {kind}\r\nContent-Disposition: attachment{shown}\r\n"
    if coding == "base64":
        return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data).rstrip()
    if coding == "quoted-printable":
        quoted = b"".join(b"=%02X" % byte for byte in data)
        lines = b"=\r\n".join(quoted[at : at + 72] for at in range(0, len(quoted), 72))
        return head.encode() + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + lines
    return head.encode() + f"Content-Transfer-Encoding: {coding}\r\n\r\n".encode() + data


def boxed(name: str, *messages: Plant, newline: bytes = b"\n", quote: Callable[[bytes], bytes] = bytes) -> Plant:
    """A mailbox of these mails; ``quote`` writes a message as its dialect does."""
    envelope = b"From ann@town.example Tue Mar 14 09:26:53 2017" + newline
    inside = [replace(one, name="", data=one.data.replace(b"\r\n", newline)) for one in messages]
    return Plant(name, b"".join(envelope + quote(one.data) + newline for one in inside), tuple(inside))


def winmail(name: str, *inside: Plant) -> Plant:
    """A mail whose attachments are in a winmail.dat ([MS-OXTNEF] 2.1.3): there they are the mail's own."""

    def attribute(level: int, number: int, data: bytes) -> bytes:
        return struct.pack("<BLL", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    stream = struct.pack("<LH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<L", 0x10000))
    for one in inside:
        stream += attribute(2, 0x00069002, struct.pack("<HLHHL", 1, 0, 0, 0, 0))
        stream += attribute(2, 0x00018010, one.name.encode() + b"\0") + attribute(2, 0x0006800F, one.data)
    return multipart(name, [part(stream, name="winmail.dat", kind="application/ms-tnef")], *inside)


# -- archives --------------------------------------------------------------------------------------------


def zipped(name: str, *inside: Plant, method: int = zipfile.ZIP_DEFLATED, stream: bool = False) -> Plant:
    """A ZIP archive, the same bytes every time; with ``stream`` as one writes it to a pipe."""
    out = io.BytesIO()
    with zipfile.ZipFile(_Pipe(out) if stream else out, "w", method) as archive:
        for one in inside:
            entry = zipfile.ZipInfo(one.name, (2017, 3, 14, 9, 26, 52))
            archive.writestr(entry, one.data, method)
    return Plant(name, out.getvalue(), inside)


class _Pipe(io.RawIOBase):
    """Takes bytes but cannot seek."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._out.write(data)


def locked(name: str, password: str, *inside: Plant, known: bool = True) -> Plant:
    """A ZIP archive under the traditional cipher."""
    data = locked_zip({one.name: one.data for one in inside}, password.encode())
    return Plant(name, data, inside if known else tuple(lost(one, "ENCRYPTED") for one in inside))


def tarred(name: str, *inside: Plant, pack: Callable[[bytes], bytes] = bytes, form: int = tarfile.PAX_FORMAT) -> Plant:
    """A tar archive, compressed or not: of a compressed one the members are its own."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for one in inside:
            info = tarfile.TarInfo(one.name)
            info.size, info.mtime = len(one.data), 1489501613
            archive.addfile(info, io.BytesIO(one.data))
    return Plant(name, pack(out.getvalue()), inside)


def zstandard(data: bytes) -> bytes:
    from backports import zstd

    return zstd.compress(data)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard,
}


def packed(one: Plant, ending: str) -> Plant:
    """One file, compressed by itself."""
    return Plant(f"{one.name}.{ending}", PACKERS[ending](one.data), (one,))


def seven(name: str, *inside: Plant, options: tuple[str, ...] = (), known: bool = True) -> Plant | None:
    """A 7z (or other) archive as 7-Zip makes it, members sorted as it sorts them; None where there is no 7-Zip."""
    data = _made("7z", ["a", "-bd", f"-t{name.rpartition('.')[2]}", *options, "made", "."], inside)
    within = tuple(sorted(inside, key=lambda one: one.name))
    return data and Plant(name, data, within if known else tuple(lost(one, "ENCRYPTED") for one in within))


def by_bsdtar(name: str, *inside: Plant, form: str) -> Plant | None:
    """An archive as bsdtar makes it; None where there is no bsdtar, or nothing that reads the archive."""
    data = _made("bsdtar", ["-cf", "made", form, *(one.name for one in inside)], inside)
    return data and Plant(name, data, inside)


def _made(program: str, arguments: list[str], inside: tuple[Plant, ...]) -> bytes | None:
    found = programs.find(program)
    if found is None or programs.find("7z") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        for one in inside:
            (source / one.name).parent.mkdir(parents=True, exist_ok=True)
            (source / one.name).write_bytes(one.data)
        target = Path(folder, "made")
        command = [str(found.path), *(str(target) if word == "made" else word for word in arguments)]
        subprocess.run(command, cwd=source, check=True, capture_output=True, env={"LC_ALL": "C.UTF-8"})
        made = [path for path in Path(folder).iterdir() if path.is_file()]
        data = made[0].read_bytes()
        shutil.rmtree(source)
    return data


def by_hand_7z(name: str, *inside: Plant, wrong: int = -1) -> Plant:
    """A solid 7z without compression, from the text of the format; the checksum of member ``wrong`` is."""

    def number(value: int) -> bytes:
        return b"\xff" + struct.pack("<Q", value)

    plain = b"".join(one.data for one in inside)
    sums = [zlib.crc32(one.data) ^ (place == wrong) for place, one in enumerate(inside)]
    names = b"".join(f"{one.name}\0".encode("utf-16-le") for one in inside)
    head = b"\x01\x04\x06" + number(0) + number(1) + b"\x09" + number(len(plain)) + b"\0"
    head += b"\x07\x0b" + number(1) + b"\0" + number(1) + b"\x01\0\x0c" + number(len(plain)) + b"\0"
    head += b"\x08\x0d" + number(len(inside)) + b"\x09" + b"".join(number(len(one.data)) for one in inside[:-1])
    head += b"\x0a\x01" + b"".join(struct.pack("<L", one) for one in sums) + b"\0\0"
    head += b"\x05" + number(len(inside)) + b"\x11" + number(len(names) + 1) + b"\0" + names + b"\0\0"
    start = struct.pack("<QQL", len(plain), len(head), zlib.crc32(head))
    data = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start + plain + head
    return Plant(name, data, inside)


# -- documents -------------------------------------------------------------------------------------------


def pdf(name: str, *inside: Plant) -> Plant:
    """A PDF with these files attached."""
    import pikepdf

    made = pikepdf.new()
    made.add_blank_page()
    for one in inside:
        made.attachments[one.name] = pikepdf.AttachedFileSpec(made, one.data, filename=one.name)
    out = io.BytesIO()
    made.save(out, deterministic_id=True)
    return Plant(name, out.getvalue(), inside)


def office(name: str, *inside: Plant) -> Plant:
    """A DOCX, XLSX or PPTX with these files embedded, by its extension."""
    kind = name.rpartition(".")[2]
    folder, main, root = {
        "docx": ("word", "word/document.xml", '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Text.</w:t></w:r></w:p>'
                 "</w:body></w:document>"),
        "xlsx": ("xl", "xl/workbook.xml", '<workbook xmlns="x"><sheets/></workbook>'),
        "pptx": ("ppt", "ppt/presentation.xml", '<p:presentation xmlns:p="p"/>'),
    }[kind]  # fmt: skip
    space = "http://schemas.openxmlformats.org"
    types = f"{space}/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="r{n}" Type="{types}/package" Target="embeddings/{one.name}"/>'
        for n, one in enumerate(inside)
    )
    relations = f'<Relationships xmlns="{space}/package/2006/relationships">%s</Relationships>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types"/>'.encode(),
        "_rels/.rels": (relations % f'<Relationship Id="d" Type="{types}/officeDocument" Target="{main}"/>').encode(),
        main: root.encode(),
        f"{folder}/_rels/{main.rpartition('/')[2]}.rels": (relations % links).encode(),
        **{f"{folder}/embeddings/{one.name}": one.data for one in inside},
    }
    return Plant(name, zipped(name, *(Plant(part, data) for part, data in parts.items())).data, inside)
