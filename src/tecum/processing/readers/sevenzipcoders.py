"""The methods of 7z archives: what each needs to be undone, as streams that are pulled.

Method numbers, properties and the derivation of keys follow Methods.txt and 7zFormat.txt of the LZMA SDK (public
domain). PPMd, Deflate64, BCJ2 and what else is rare is left to 7-Zip itself.
"""

from __future__ import annotations

import functools
import hashlib
import lzma
import struct
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from tecum.processing.readers import decoding
from tecum.processing.readers.decoding import Section, Source
from tecum.processing.readers.sevenzipheader import Block, Coder

AES: Final = b"\x06\xf1\x07\x01"
_BLOCK: Final = 16
_PIECE: Final = 1 << 16
_MOST_ROUNDS: Final = 24  # as a power of two; 7-Zip writes 19
_NO_ROUNDS: Final = 0x3F
_BRANCHES: Final = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86, b"\x04": lzma.FILTER_X86, b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x05": lzma.FILTER_POWERPC, b"\x03\x03\x04\x01": lzma.FILTER_IA64, b"\x06": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM, b"\x07": lzma.FILTER_ARM, b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x08": lzma.FILTER_ARMTHUMB, b"\x03\x03\x08\x05": lzma.FILTER_SPARC, b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip
_RARE: Final = {
    b"\x03\x04\x01": "PPMd", b"\x04\x01\x09": "Deflate64", b"\x03\x03\x01\x1b": "BCJ2", b"\x0a": "ARM64",
    b"\x0b": "RISCV", b"\x02\x03\x02": "Swap2", b"\x02\x03\x04": "Swap4",
}  # fmt: skip


def not_here(block: Block) -> str:
    """Name the method of a block that only 7-Zip undoes, "" when there is none."""
    for method in block.methods:
        if not (method in _SIMPLE or method in _BRANCHES or method == AES):
            return _RARE.get(method, f"method {method.hex()}")
    return "" if block.coders else "several streams"


def opened(file: BinaryIO, block: Block, password: str) -> Source:
    """Return the plain bytes of a block; of an encrypted one under this password, right or wrong.

    Raises ValueError for properties that cannot be. Only for blocks of which everything is undone here.
    """
    source: Source = Section(file, block.start, block.packed)
    for coder in block.coders:
        if coder.method == AES:
            source = _Decrypted(source, coder, password)
        elif coder.method in _BRANCHES:
            source = _filtered(source, {"id": _BRANCHES[coder.method]}, coder.size)
        else:
            source = _SIMPLE[coder.method](source, coder)
    return source


def is_encrypted(block: Block) -> bool:
    """Whether a block needs a password."""
    return AES in block.methods


class Limited:
    """At most so many bytes of a source: a member within its block."""

    def __init__(self, source: Source, size: int) -> None:
        self._source, self.left = source, size

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raises EOFError when the source ends first."""
        wanted = min(size, self.left)
        if wanted <= 0:
            return b""
        piece = self._source.read(wanted)
        if not piece:
            raise EOFError(f"its block ends {self.left} bytes too early")
        self.left -= len(piece)
        return piece


def _lzma2(source: Source, coder: Coder) -> Source:
    size = coder.properties[0] if coder.properties else 41
    if size > 40:
        raise ValueError("impossible LZMA2 properties")
    dictionary = 0xFFFFFFFF if size == 40 else (2 | size & 1) << (size // 2 + 11)
    return decoding.raw_lzma(source, {"id": lzma.FILTER_LZMA2}, dictionary, coder.size)


def _delta(source: Source, coder: Coder) -> Source:
    return _filtered(source, {"id": lzma.FILTER_DELTA, "dist": (coder.properties[:1] or b"\0")[0] + 1}, coder.size)


def _lzma1(source: Source, coder: Coder) -> Source:
    return decoding.lzma1(source, coder.properties, coder.size)


_SIMPLE: Final[dict[bytes, Callable[[Source, Coder], Source]]] = {
    b"\0": lambda source, coder: Limited(source, coder.size),
    b"\x21": _lzma2,
    b"\x03\x01\x01": _lzma1,
    b"\x03": _delta,
    b"\x04\x01\x08": lambda source, coder: Limited(decoding.inflated(source), coder.size),
    b"\x04\x02\x02": lambda source, coder: Limited(decoding.bunzipped(source), coder.size),
    b"\x04\xf7\x11\x01": lambda source, coder: Limited(decoding.unzstd(source), coder.size),
}


def _filtered(source: Source, how: dict[str, int], size: int) -> Source:
    """Undo a filter. The library has filters only before LZMA, so the bytes pass as LZMA2 that is not compressed."""
    filters: list[Any] = [how, {"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    wrapped = _Wrapped(Limited(source, size))
    return decoding.Decoded(wrapped, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), size)


class _Wrapped:
    """Bytes as uncompressed chunks of LZMA2: a control byte, two for the length less one, and the bytes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._control = b"\1"  # the first chunk begins a dictionary
        self._over = b""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        if not self._over and self._control:
            piece = self._source.read(_PIECE)
            if piece:
                self._over = self._control + struct.pack(">H", len(piece) - 1) + piece
                self._control = b"\2"
            else:
                self._over, self._control = b"\0", b""
        piece, self._over = self._over[:size], self._over[size:]
        return piece


class _Decrypted:
    """AES-256 in CBC mode, under a key that is derived from the password; a wrong one is not noticed here."""

    def __init__(self, source: Source, coder: Coder, password: str) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        rounds, salt, vector = _parameters(coder.properties)
        cipher = Cipher(algorithms.AES(_key(password, salt, rounds)), modes.CBC(vector.ljust(_BLOCK, b"\0")))
        self._source, self._left, self._decryptor = source, coder.size, cipher.decryptor()
        self._packed = self._plain = b""

    def read(self, size: int, /) -> bytes:
        """Return the next plain bytes."""
        while not self._plain:
            piece = self._source.read(_PIECE)
            if not piece:
                return b""
            data = self._packed + piece
            whole = len(data) // _BLOCK * _BLOCK
            self._packed = data[whole:]
            self._plain = self._decryptor.update(data[:whole])[: self._left]
            self._left -= len(self._plain)
            if not self._left and not self._plain:
                return b""
        piece, self._plain = self._plain[:size], self._plain[size:]
        return piece


def _parameters(properties: bytes) -> tuple[int, bytes, bytes]:
    """Return the rounds as a power of two, the salt, and the initial vector."""
    if len(properties) < 2:
        raise ValueError("impossible AES properties")
    first, second = properties[:2]
    salt_size = (first >> 7) + (second >> 4)
    vector_size = (first >> 6 & 1) + (second & 15)
    rounds, data = first & _NO_ROUNDS, properties[2:]
    if len(data) != salt_size + vector_size or vector_size > _BLOCK or _MOST_ROUNDS < rounds < _NO_ROUNDS:
        raise ValueError("impossible AES properties")
    return rounds, data[:salt_size], data[salt_size:]


@functools.lru_cache(maxsize=64)
def _key(password: str, salt: bytes, rounds: int) -> bytes:
    """Derive the key: SHA-256 over salt, password and a counter, 2 to the power of ``rounds`` times."""
    secret = password.encode("utf-16-le")
    if rounds == _NO_ROUNDS:
        return (salt + secret)[:32].ljust(32, b"\0")
    digest = hashlib.sha256()
    each = salt + secret
    step = min(1 << rounds, 4096)
    for start in range(0, 1 << rounds, step):
        digest.update(b"".join([each + counter.to_bytes(8, "little") for counter in range(start, start + step)]))
    return digest.digest()
