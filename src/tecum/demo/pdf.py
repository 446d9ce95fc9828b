"""Write plain PDF pages by hand: text in a base font, a black box over live text, a page image, a password.

Follows ISO 32000-1; the password is the oldest kind (7.6, 40-bit RC4), which needs no random numbers and so
gives the same bytes everywhere. It protects nothing, and is not meant to: it makes a file that needs a password.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

LINES_A_PAGE = 46
_TOP, _LEFT, _LEADING, _SIZE = 740, 72, 15, 10
_COURIER = 0.6  # every Courier glyph is 0.6 of the font size wide
_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


@dataclass(frozen=True)
class Box:
    """A filled rectangle over the characters ``start`` to ``end`` of a line (from 0) of the whole text."""

    line: int
    start: int
    end: int


def wrapped(text: str, width: int = 78) -> str:
    """Return ``text`` with some single spaces turned to line feeds: offsets stay as they are."""
    characters, start, space = list(text), 0, -1
    for at, c in enumerate(text):
        if c == "\n":
            start, space = at + 1, -1
        elif at - start >= width and space > 0:
            characters[space] = "\n"
            start, space = space + 1, -1
        if c == " ":
            space = at
    return "".join(characters)


def pdf(text: str, title: str, when: dt.datetime, *, boxes: Sequence[Box] = (), password: str = "") -> bytes:
    """Return a PDF whose lines are those of ``text`` (wrap first), black boxes drawn over it."""
    lines = text.split("\n")
    pages = [lines[i : i + LINES_A_PAGE] for i in range(0, len(lines), LINES_A_PAGE)]
    streams = []
    for number, page in enumerate(pages):
        first = number * LINES_A_PAGE
        inside = [box for box in boxes if first <= box.line < first + len(page)]
        streams.append(_content(page, [Box(box.line - first, box.start, box.end) for box in inside]))
    stamp = when.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ")
    about = {"Title": title, "Producer": "Riverton print service", "CreationDate": stamp, "ModDate": stamp}
    return _file(streams, about, password)


def _content(lines: Sequence[str], boxes: Sequence[Box]) -> bytes:
    drawn = [f"BT /F1 {_SIZE} Tf {_LEADING} TL {_LEFT} {_TOP} Td"]
    drawn += [f"({_literal(line)}) Tj T*" for line in lines]
    drawn.append("ET")
    for box in boxes:
        left = _LEFT + box.start * _SIZE * _COURIER
        wide = (box.end - box.start) * _SIZE * _COURIER
        drawn.append(f"0 0 0 rg {left:.1f} {_TOP - box.line * _LEADING - 3} {wide:.1f} 12 re f")
    return "\n".join(drawn).encode("cp1252")


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(streams: Sequence[bytes], about: dict[str, str], password: str) -> bytes:
    """Lay out the objects: catalogue, pages, font, info, then a page and its content for every stream."""
    key, encrypt, identity = b"", b"", hashlib.md5(b"".join(streams), usedforsecurity=False).digest()
    if password:
        key, encrypt = _lock(password.encode("latin-1"), identity)
    kids = " ".join(f"{5 + 2 * i} 0 R" for i in range(len(streams)))
    info = b" ".join(b"/%s <%s>" % (name.encode(), _rc4(key, value.encode("cp1252"), 4).hex().encode())
                     for name, value in about.items())  # fmt: skip
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        b"<< " + info + b" >>",
    ]
    for number, stream in enumerate(streams):
        place = 5 + 2 * number
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (place + 1)
        )
        data = _rc4(key, stream, place + 1)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data))
    return _assembled(objects, identity, encrypt)


def _assembled(objects: Sequence[bytes], identity: bytes, encrypt: bytes) -> bytes:
    file, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    locked = b" /Encrypt << " + encrypt + b" >>" if encrypt else b""
    file += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R /ID [<%s> <%s>]%s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, identity.hex().encode(), identity.hex().encode(), locked, start,
    )  # fmt: skip
    return bytes(file)


def _lock(password: bytes, identity: bytes) -> tuple[bytes, bytes]:
    """Return the file key and the encryption dictionary (algorithms 2, 3 and 4 of ISO 32000-1, revision 2)."""
    padded = (password + _PAD)[:32]
    owner = _stream_cipher(_md5(padded)[:5], padded)
    permissions = -64
    key = _md5(padded + owner + struct.pack("<i", permissions) + identity)[:5]
    user = _stream_cipher(key, _PAD)
    fields = f"/Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{user.hex()}> /P {permissions}"
    return key, fields.encode()


def _rc4(key: bytes, data: bytes, number: int) -> bytes:
    """Encrypt one string or stream of object ``number`` (algorithm 1); without a key it stays as it is."""
    if not key:
        return data
    return _stream_cipher(_md5(key + number.to_bytes(3, "little") + b"\0\0")[: len(key) + 5], data)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _stream_cipher(key: bytes, data: bytes) -> bytes:
    """RC4: a cipher of 1987, kept for old files only."""
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
