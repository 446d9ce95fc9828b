"""The two ciphers of ZIP archives: the traditional one of the application note (6.1), and WinZip's AE-1 and AE-2.

The first tells a wrong password in 255 of 256 cases, the second in all but one of 65,536 and by its seal at the end.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import zlib
from typing import Any, Final

from tecum.processing.readers.decoding import Section, exactly

_AES_ROUNDS: Final = 1000
_AES_SEAL: Final = 10
_HEAD: Final = 12
_PIECE: Final = 1 << 16
_BLOCK: Final = 16
_CRC_TABLE: Final = tuple(zlib.crc32(bytes([n]), 0xFFFFFFFF) ^ 0xFFFFFFFF for n in range(256))


class WrongPassword(Exception):
    """The password is not that of this member."""


class Traditional:
    """A member under the traditional cipher.

    ``check`` is the last byte of its head: the highest of the CRC or, where sizes stand after the data, of the time.
    Raises WrongPassword.
    """

    def __init__(self, source: Section, password: bytes, check: int) -> None:
        self._source = source
        self._keys = (0x12345678, 0x23456789, 0x34567890)
        self._decrypt(password, plain=True)
        if self._decrypt(source.read(_HEAD), plain=False)[-1:] != bytes([check]):
            raise WrongPassword

    def read(self, size: int, /) -> bytes:
        """Return the next plain bytes."""
        return self._decrypt(self._source.read(min(size, _PIECE)), plain=False)

    def _decrypt(self, data: bytes, *, plain: bool) -> bytes:
        """Move the keys on by these bytes, and return what they stand for."""
        first, second, third = self._keys
        out = bytearray()
        table = _CRC_TABLE
        for byte in data:
            if not plain:
                mask = third & 0xFFFF | 2
                byte ^= (mask * (mask ^ 1) >> 8) & 255
                out.append(byte)
            first = first >> 8 ^ table[(first ^ byte) & 255]
            second = ((second + (first & 255)) * 134775813 + 1) & 0xFFFFFFFF
            third = third >> 8 ^ table[(third ^ second >> 24) & 255]
        self._keys = (first, second, third)
        return bytes(out)


class Sealed:
    """A member under WinZip's encryption: AES in counter mode, sealed with HMAC-SHA1.

    ``strength`` is 1 to 3, for keys of 128 to 256 bits. Raises WrongPassword, and ValueError for another strength;
    reading raises ValueError at the end where the seal is broken.
    """

    def __init__(self, make: Any, packed: int, strength: int, password: bytes) -> None:
        if strength not in (1, 2, 3):
            raise ValueError(f"AES of unknown strength {strength}")
        salt_size, key_size = 4 + 4 * strength, 8 + 8 * strength
        self._left = packed - salt_size - 2 - _AES_SEAL
        if self._left < 0:
            raise ValueError("too short for what AES needs")
        head: Section = make(0, salt_size + 2)
        salt, check = exactly(head, salt_size), exactly(head, 2)
        keys = hashlib.pbkdf2_hmac("sha1", password, salt, _AES_ROUNDS, 2 * key_size + 2)
        if keys[-2:] != check:
            raise WrongPassword
        self._source: Section = make(salt_size + 2, self._left)
        self._seal: Section = make(salt_size + 2 + self._left, _AES_SEAL)
        self._mac = hmac.new(keys[key_size:-2], digestmod=hashlib.sha1)
        self._cipher = _ecb(keys[:key_size])
        self._counter = itertools.count(1)
        self._judged = False
        self._over = b""  # of the last block of key stream

    def read(self, size: int, /) -> bytes:
        """Return the next plain bytes."""
        data = self._source.read(min(size, _PIECE))
        if not data:
            if size > 0 and not self._judged:
                self._judged = True
                if exactly(self._seal, _AES_SEAL) != self._mac.digest()[:_AES_SEAL]:
                    raise ValueError("its seal is broken: it was damaged or changed")
            return b""
        self._mac.update(data)
        blocks = -(-max(0, len(data) - len(self._over)) // _BLOCK)
        counters = b"".join(next(self._counter).to_bytes(_BLOCK, "little") for _ in range(blocks))
        stream = self._over + self._cipher.update(counters)
        used, self._over = stream[: len(data)], stream[len(data) :]
        return (int.from_bytes(data) ^ int.from_bytes(used)).to_bytes(len(data))


def _ecb(key: bytes) -> Any:
    """AES block by block, of which the counter mode is made: WinZip's counts from the lowest byte."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()
