"""The numbers of a 7z header, read from front to end: none may claim more than the header could hold.

Follows 7zFormat.txt of the LZMA SDK (public domain). Everything here raises EOFError where the header ends early.
"""

from __future__ import annotations

import struct


class Numbers:
    """A header's bytes; ``at`` is where the next number is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        piece = self.data[self.at : self.at + size]
        if len(piece) < size:
            raise EOFError("its list of members ends early")
        self.at += size
        return piece

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """A number of 1 to 9 bytes: the ones at the head of the first byte tell how many follow."""
        first = self.byte()
        mask, value = 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * place)
            value |= self.byte() << (8 * place)
            mask >>= 1
        return value

    def count(self, bits: int = 8) -> int:
        """A number of things of which each takes at least so many bits of this header; more raises ValueError."""
        count = self.number()
        if count * bits > 8 * len(self.data) + 64:
            raise ValueError("its list of members declares more than it could hold")
        return count

    def bits(self, count: int) -> list[bool]:
        """So many flags, packed into bytes from the highest bit."""
        data = self.take((count + 7) // 8)
        return [bool(data[place >> 3] & 0x80 >> (place & 7)) for place in range(count)]

    def bits_or_all(self, count: int) -> list[bool]:
        """So many flags, or one byte that says that all are set."""
        return [True] * count if self.byte() else self.bits(count)

    def checksums(self, count: int) -> list[int]:
        """So many CRC-32, -1 for each that is not given."""
        return [struct.unpack("<L", self.take(4))[0] if known else -1 for known in self.bits_or_all(count)]

    def expect(self, wanted: int) -> None:
        """Pass over a number that must stand here; another raises ValueError."""
        if self.number() != wanted:
            raise ValueError("its list of members is out of order")
