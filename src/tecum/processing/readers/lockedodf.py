"""OpenDocument files behind a password: each part decrypted as its manifest says, into a file without encryption.

Follows OpenDocument 1.3 part 2, sections 3.4 and 4.8: a start key from the password, PBKDF2, AES in CBC mode, raw
deflate, and a checksum over the first kilobyte before inflating.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tecum.hooks import Input, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

_MANIFEST: Final = "META-INF/manifest.xml"
_CHECKED: Final = 1024
_MOST_ROUNDS: Final = 10_000_000
_LARGEST: Final = 512 << 20  # bytes of a part
_BLOCK: Final = 16
_HASHES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


@dataclass(frozen=True)
class _Lock:
    """How one part is encrypted; ``start`` and ``check`` name the hashes of the start key and the checksum."""

    start: str
    salt: bytes
    rounds: int
    key_size: int
    vector: bytes
    check: str
    checksum: bytes


def opened(item: Input) -> Input:
    """Return the item decrypted; the very same one where nothing in it is encrypted, or it is no readable package.

    Raises:
        Unreadable: ENCRYPTED when none of the passwords opens it, or its way of encryption is not read; CORRUPT when
            a part is damaged.
    """
    try:
        with zipfile.ZipFile(item.file) as package:
            locks = _locks(package.read(_MANIFEST)) if _MANIFEST in package.namelist() else {}
            return _decrypted(item, package, locks) if locks else item
    except streams.DAMAGED:  # its reader says so
        return item


def _locks(manifest: bytes) -> dict[str, _Lock]:
    """Read how each encrypted part is encrypted, by name. Raises Unreadable for ways that are not read."""
    from lxml import etree

    from tecum.processing.readers.zipxml import parser

    try:
        root = etree.fromstring(manifest, parser(recover=False))
    except etree.XMLSyntaxError:  # damaged: the reader says so
        return {}
    found = {}
    for entry in root.iter("{*}file-entry"):
        data = entry.find("{*}encryption-data")
        if data is not None:
            found[_value(entry, "full-path")] = _lock(data)
    return found


def _lock(data: etree._Element) -> _Lock:
    parts = {name: data.find("{*}" + name) for name in ("algorithm", "key-derivation", "start-key-generation")}
    algorithm, derivation, start = parts["algorithm"], parts["key-derivation"], parts["start-key-generation"]
    cipher = _value(algorithm, "algorithm-name")
    way = _value(derivation, "key-derivation-name")
    if not cipher.lower().endswith(("aes128-cbc", "aes192-cbc", "aes256-cbc")) or not way.lower().endswith("pbkdf2"):
        said = f"{cipher.rpartition('#')[2]}, {way.rpartition('#')[2]}"
        raise Unreadable(ExceptionCode.ENCRYPTED, f"encrypted in a way that is not read ({said[:80]})")
    rounds, size = _value(derivation, "iteration-count"), _value(derivation, "key-size") or "16"
    try:
        lock = _Lock(
            start=_hash_named(_value(start, "start-key-generation-name") or "sha1"),
            salt=_bytes(_value(derivation, "salt")),
            rounds=int(rounds),
            key_size=int(size),
            vector=_bytes(_value(algorithm, "initialisation-vector")),
            check=_hash_named(_value(data, "checksum-type")),
            checksum=_bytes(_value(data, "checksum")),
        )
    except ValueError as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"what its encryption needs is damaged: {error}") from error
    if not 0 < lock.rounds <= _MOST_ROUNDS or lock.key_size not in (16, 24, 32) or len(lock.vector) != _BLOCK:
        raise Unreadable(ExceptionCode.CORRUPT, "what its encryption needs is damaged: an impossible number")
    return lock


def _hash_named(name: str) -> str:
    return "sha256" if "sha256" in name.lower() else "sha1"


def _value(element: etree._Element | None, name: str) -> str:
    from tecum.processing.readers.zipxml import attribute

    return attribute(element, name) if element is not None else ""


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _decrypted(item: Input, package: zipfile.ZipFile, locks: dict[str, _Lock]) -> Input:
    """Write the package anew, each part decrypted."""
    names = [name for name in package.namelist() if name in locks]
    if not names:
        return item
    smallest = min(names, key=lambda name: package.getinfo(name).file_size)
    password = _password(item, package.read(smallest), locks[smallest])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as plain:
        for entry in package.infolist():
            data = package.read(entry)
            if entry.filename == _MANIFEST:
                data = _unlocked_manifest(data)
            elif entry.filename in locks:
                found = _plain(data, locks[entry.filename], password)
                if found is None:
                    raise Unreadable(ExceptionCode.CORRUPT, f"{entry.filename} does not decrypt: it is damaged")
                data = found
            plain.writestr(entry.filename, data)
    size = out.tell()
    return replace(item, file=out, size=size)


def _password(item: Input, data: bytes, lock: _Lock) -> str:
    for password in item.passwords:
        if _plain(data, lock, password) is not None:
            return password
    count = len(item.passwords)
    tried = f"; passwords tried in vain: {count}" if count else ""
    raise Unreadable(ExceptionCode.ENCRYPTED, f"the document is encrypted and needs its password{tried}")


def _plain(data: bytes, lock: _Lock, password: str) -> bytes | None:
    """Return a part as it is under this password, None for the wrong one."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    start = _HASHES[lock.start](password.encode())
    key = hashlib.pbkdf2_hmac("sha1", start, lock.salt, lock.rounds, lock.key_size)
    whole = data[: len(data) // _BLOCK * _BLOCK]
    packed = Cipher(algorithms.AES(key), modes.CBC(lock.vector)).decryptor().update(whole)
    padding = packed[-1] if packed else 0
    if not 0 < padding <= _BLOCK:
        return None
    packed = packed[:-padding]
    if _HASHES[lock.check](packed[:_CHECKED]) != lock.checksum:
        return None
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    with contextlib.suppress(zlib.error):
        found = inflater.decompress(packed, _LARGEST)
        return found if inflater.eof else None
    return None


def _unlocked_manifest(manifest: bytes) -> bytes:
    """The manifest without what it says of encryption."""
    from lxml import etree

    from tecum.processing.readers.zipxml import parser

    root = etree.fromstring(manifest, parser(recover=False))
    for data in list(root.iter("{*}encryption-data")):
        parent = data.getparent()
        if parent is not None:
            parent.remove(data)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
