"""How the fuzzer damages a file: from single bits to members of packages, so that damage gets past checksums.

``mutated`` is a function of its random source alone: the same source gives the same bytes.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

LONGEST = 2 << 20  # bytes of a mutant: what is to be found is in the structure, not in the size
_EXTREMES = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_NUMBERS = (
    b"0", b"-1", b"1", b"00", b"65536", b"2147483648", b"4294967295", b"99999999999999999999", b"1e309", b"-0", b"",
    b"NaN", b"0x10", "\u0663".encode(),
)  # fmt: skip
_ODD = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\n\n", b"\r\n\r\n", b"%s%n", b"&#0;",
    b"&#x110000;", b"&undeclared;", b"<![CDATA[", b"]]>", b"<!--", b"<?", b"=?utf-8?b?/?=", b"=?x?q?=FF?=", b"(", b")",
    b"<<", b">>", b"[", b"\\", b"{", b"}", b"\\bin4294967295 ", b"\\u-1?", b"..", b"\x1b$B", "\u202e".encode(),
)  # fmt: skip
_CHARSETS = (
    b"utf-7",
    b"utf-16",
    b"idna",
    b"punycode",
    b"rot13",
    b"base64",
    b"unicode_escape",
    b"\xff",
    b"hz",
    b"cp037",
)
_DIGITS = re.compile(rb"\d+")
_QUOTED = re.compile(rb"=\s*(\"[^\"<>]{0,80}\"|'[^'<>]{0,80}')")
_ELEMENT = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*)[^<>]*>")
_NAME = re.compile(rb"/[A-Za-z][A-Za-z0-9]*")
_REFERENCE = re.compile(rb"\b\d{1,4} 0 R\b")
_LINE = re.compile(rb"[^\n]*\n")

Damage = Callable[[bytes, random.Random], bytes]


def mutated(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return ``data`` damaged in one to four ways; ``others`` are files of the same format to splice in."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        if others and chance.random() < 0.12:
            data = _spliced(data, chance.choice(others), chance)
        else:
            data = _suited(data, chance)(data, chance)
        data = data[:LONGEST]
    return data


def _suited(data: bytes, chance: random.Random) -> Damage:
    """Choose a way to damage that suits what the data looks like; one time in four, any that suits all."""
    if chance.random() < 0.25:
        return chance.choice(_ANY)
    head = data[:4096]
    if data[:4] == b"PK\3\4":
        return _member_damaged
    if data[:2] == b"\x1f\x8b" or data[:3] == b"BZh" or data[:6] == b"\xfd7zXZ\0":
        return _stream_damaged
    if head[:5] == b"%PDF-":
        return chance.choice((_number, _pdf_name, _pdf_reference, _swapped, _repeated))
    if head.lstrip()[:1] == b"<" or b"<?xml" in head:
        return chance.choice((_number, _attribute, _element, _nested, _odd))
    if re.match(rb"(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\n[ \t]?)", head):
        return chance.choice((_header_line, _charset, _boundary, _encoded_part, _lines, _number, _odd))
    if b"\0" in head:
        return chance.choice((_length, _length, _field_swapped, _flipped))
    return chance.choice((_number, _lines, _odd, _nested, _swapped))


# -- any bytes -------------------------------------------------------------------------------------------


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 4, 16, 64)) if changed else 0):
        at = chance.randrange(len(changed))
        changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwritten(data: bytes, chance: random.Random) -> bytes:
    at, size = _block(data, chance)
    filler = chance.choice((b"\0", b"\xff", b"A", b" ", b"")) or chance.randbytes(1)
    return data[:at] + filler * size + data[at + size :]


def _swapped(data: bytes, chance: random.Random) -> bytes:
    (a, size_a), (b, size_b) = sorted((_block(data, chance), _block(data, chance)))
    b = max(b, a + size_a)
    return data[:a] + data[b : b + size_b] + data[a + size_a : b] + data[a : a + size_a] + data[b + size_b :]


def _deleted(data: bytes, chance: random.Random) -> bytes:
    at, size = _block(data, chance)
    return data[:at] + data[at + size :]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    at, size = _block(data, chance)
    return data[: at + size] + data[at : at + size] * chance.choice((1, 1, 2, 50)) + data[at + size :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))] if data else data


def _inserted(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.randbytes(chance.choice((1, 2, 16, 300))) + data[at:]


def _odd(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(_ODD) * chance.choice((1, 1, 1, 40)) + data[at:]


def _length(data: bytes, chance: random.Random) -> bytes:
    """Attack what may be a length, a count or an offset: two, four or eight bytes, either order."""
    size, order = chance.choice(("H", "I", "I", "Q")), chance.choice("<<>")
    width = struct.calcsize(size)
    if len(data) < width:
        return data
    at = chance.randrange(len(data) - width + 1)
    at -= at % chance.choice((1, 2, 4))
    old = struct.unpack_from(order + size, data, at)[0]
    new = chance.choice((*_EXTREMES, old + 1, old - 1, old * 2, old << 8, len(data), len(data) - at, at))
    return data[:at] + struct.pack(order + size, new % (1 << 8 * width)) + data[at + width :]


def _field_swapped(data: bytes, chance: random.Random) -> bytes:
    """Copy one aligned field over another: chains that loop, offsets that overlap."""
    if len(data) < 16:
        return data
    width = chance.choice((2, 4, 8))
    a, b = (chance.randrange(len(data) // width) * width for _ in range(2))
    return data[:a] + data[b : b + width] + data[a + width :]


def _number(data: bytes, chance: random.Random) -> bytes:
    return _replaced(data, _DIGITS, chance, lambda _: chance.choice(_NUMBERS))


def _spliced(data: bytes, other: bytes, chance: random.Random) -> bytes:
    at, size = _block(other, chance)
    if chance.random() < 0.3:
        return data[: chance.randint(0, len(data))] + other[at:]
    into, gone = _block(data, chance)
    return data[:into] + other[at : at + size] + data[into + gone :]


def _block(data: bytes, chance: random.Random) -> tuple[int, int]:
    at = chance.randint(0, len(data))
    return at, min(len(data) - at, chance.choice((1, 4, 16, 64, 512, 4096)))


def _replaced(data: bytes, what: re.Pattern[bytes], chance: random.Random, by: Callable[[bytes], bytes]) -> bytes:
    """Replace one occurrence, looked for from a random place on so that long files cost no more."""
    found = what.search(data, chance.randint(0, len(data))) or what.search(data)
    return data if found is None else data[: found.start()] + by(found[0]) + data[found.end() :]


# -- text, markup, mail, PDF -----------------------------------------------------------------------------


def _lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    at = chance.randrange(len(lines))
    deed = chance.randrange(4)
    if deed == 0:
        del lines[at]
    elif deed == 1:
        lines.insert(chance.randrange(len(lines)), lines[at])
    elif deed == 2:
        lines[at] = lines[at].rstrip(b"\r\n") * chance.choice((1, 2, 200)) + chance.choice((b"", b"\r", b"\n", b"\r\n"))
    else:
        lines[at] = lines[chance.randrange(len(lines))]
    return b"".join(lines)


def _attribute(data: bytes, chance: random.Random) -> bytes:
    values = (*_NUMBERS, b"x" * 5000, b"../../x", b"#REF!", b"true", "\U0001f600".encode())
    return _replaced(data, _QUOTED, chance, lambda _: b'="' + chance.choice(values) + b'"')


def _element(data: bytes, chance: random.Random) -> bytes:
    names = [match[2] for match in _ELEMENT.finditer(data[:20000])] or [b"x"]

    def changed(tag: bytes) -> bytes:
        name = chance.choice(names)
        return chance.choice(
            (b"", tag * 2, b"<" + name + b">", b"</" + name + b">", tag.replace(b">", b"/>"), b"<" + name)
        )

    return _replaced(data, _ELEMENT, chance, changed)


def _nested(data: bytes, chance: random.Random) -> bytes:
    found = _ELEMENT.search(data, chance.randint(0, len(data))) or re.search(rb"[\[{(]", data)
    if found is None:
        return data
    return data[: found.start()] + found[0] * chance.choice((5, 300, 20_000)) + data[found.end() :]


def _header_line(data: bytes, chance: random.Random) -> bytes:
    end = data.find(b"\n\n") % (len(data) + 1)
    lines = _LINE.findall(data[:end]) or [b"X: y\n"]
    line = chance.choice(lines)
    new = chance.choice(
        (
            line,
            b"",
            line.partition(b":")[0] + b":" + chance.choice(_ODD) * 9 + b"\n",
            b" " + line,
            line[:-1] * 80 + b"\n",
        )
    )
    return data.replace(chance.choice(lines), new, 1)


def _charset(data: bytes, chance: random.Random) -> bytes:
    return _replaced(
        data, re.compile(rb"utf-?8|us-ascii|iso-8859-\d+", re.I), chance, lambda _: chance.choice(_CHARSETS)
    )


def _boundary(data: bytes, chance: random.Random) -> bytes:
    return _replaced(
        data,
        re.compile(rb"boundary=\"?[^\"\n;]*\"?|\n--[^\n]+"),
        chance,
        lambda old: chance.choice((b"", b'boundary=""', b"\n--", old + b"x", old + old, b"boundary=" + b"b" * 300)),
    )


def _encoded_part(data: bytes, chance: random.Random) -> bytes:
    """Change what a transfer encoding hides, or name another encoding for it."""
    if chance.random() < 0.4:
        names = (b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"binary", b"x-yenc", b"\xff")
        return _replaced(
            data, re.compile(rb"base64|quoted-printable|8bit|7bit", re.I), chance, lambda _: chance.choice(names)
        )

    def inner(old: bytes) -> bytes:
        try:
            return base64.encodebytes(mutated(base64.b64decode(old), (), chance))
        except ValueError:
            return old[::-1]

    return _replaced(
        data, re.compile(rb"(?:[A-Za-z0-9+/]{40,}={0,2}\r?\n)+(?:[A-Za-z0-9+/]+={0,2}\r?\n)?"), chance, inner
    )


def _pdf_name(data: bytes, chance: random.Random) -> bytes:
    names = _NAME.findall(data[:100_000]) or [b"/X"]
    return _replaced(data, _NAME, chance, lambda _: chance.choice(names))


def _pdf_reference(data: bytes, chance: random.Random) -> bytes:
    return _replaced(data, _REFERENCE, chance, lambda _: b"%d 0 R" % chance.choice((0, 1, 2, 3, 4, 5, 6, 9, 9999)))


# -- packages --------------------------------------------------------------------------------------------


def _member_damaged(data: bytes, chance: random.Random) -> bytes:
    """Damage within a zip: its members are taken out, one is changed, and all are packed anew with right checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()[:400]]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError, zlib.error):
        return _length(data, chance)
    if not members or sum(len(content) for _, content in members) > 4 * LONGEST:
        return _flipped(data, chance)
    at, other = chance.randrange(len(members)), chance.randrange(len(members))
    (name, content), deed = members[at], chance.random()
    if deed < 0.08:
        del members[at]
    elif deed < 0.14:
        members[at] = (name, members[other][1])
    elif deed < 0.2:
        members[at] = (chance.choice((name + "x", name.upper(), "/" + name, "", members[other][0])), content)
    else:
        members[at] = (name, mutated(content, (), chance))
    return _packed(members, chance)


def _packed(members: Sequence[tuple[str, bytes]], chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        written = set[str]()
        for name, content in members:
            if name and name not in written and "\0" not in name:
                written.add(name)
                archive.writestr(zipfile.ZipInfo(name, (2017, 3, 14, 9, 26, 52)), content)
    return out.getvalue()


def _stream_damaged(data: bytes, chance: random.Random) -> bytes:
    """Damage what a compressed stream holds, and compress it again."""
    module = gzip if data[:2] == b"\x1f\x8b" else bz2 if data[:3] == b"BZh" else lzma
    try:
        inner = mutated(module.decompress(data), (), chance)
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
        return _flipped(data, chance)
    return gzip.compress(inner, 1, mtime=0) if module is gzip else module.compress(inner)


_ANY: Sequence[Damage] = (
    _flipped, _overwritten, _swapped, _deleted, _repeated, _cut, _inserted, _odd, _length, _field_swapped, _number,
)  # fmt: skip
