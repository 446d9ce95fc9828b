"""PGP messages in files of their own, recorded as the encrypted files that they are.

Follows RFC 4880 (its armour, and the packets with which an encrypted message begins). No key is ever used.
"""

from __future__ import annotations

from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode

MESSAGE: Final = "-----BEGIN PGP MESSAGE-----"
# A session key, encrypted to a key (packet 1) or with a word (packet 3), in the old and the new form.
_FIRST_PACKETS: Final = frozenset({b"\x84", b"\x85", b"\x86", b"\xc1", b"\x8c", b"\x8d", b"\xc3"})
_EXTENSIONS: Final = frozenset({"pgp", "gpg"})


def is_sealed(head: bytes, extension: str) -> bool:
    """Tell whether a file begins as an encrypted message, in its armour or, by name and first packet, without."""
    if head[:256].lstrip().startswith(MESSAGE.encode()):
        return True
    return extension in _EXTENSIONS and head[:1] in _FIRST_PACKETS


def read(item: Input, emit: Emit) -> None:
    """Raise Unreadable: without a key nothing in it can be read."""
    raise Unreadable(ExceptionCode.ENCRYPTED, "a message encrypted with PGP")


READER: Final = Reader("pgp", "1", frozenset({"pgp"}), read)
