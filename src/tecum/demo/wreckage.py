"""Bytes that no reader can make sense of, each broken in a way of its own, and what systems leave lying about."""

from __future__ import annotations

import hashlib


def noise(name: str, size: int) -> bytes:
    """Return bytes without meaning that follow from ``name``."""
    blocks = (hashlib.sha256(f"{name}/{i}".encode()).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def broken_office(whole: bytes) -> bytes:
    """Return an office file whose second half was overwritten: its directory is gone."""
    return whole[: len(whole) // 2] + noise("broken office", len(whole) // 4)


def broken_pdf(name: str) -> bytes:
    """Return a file that promises to be a PDF and holds no object."""
    return b"%PDF-1.5\n" + noise(name, 900) + b"\n%%EOF\n"


def damaged_member(whole: bytes, member: bytes) -> bytes:
    """Return a zip in which one stored member no longer agrees with its checksum."""
    at = whole.index(member) + len(member) // 2
    return whole[:at] + bytes(byte ^ 0x55 for byte in whole[at : at + 16]) + whole[at + 16 :]


def winmail(name: str) -> bytes:
    """Return a TNEF stream cut off after its signature and version: an attachment nobody can open."""
    return b"\x78\x9f\x3e\x22\x01\x00" + b"\x01\x06\x90\x08\x00\x04\x00\x00\x00" + noise(name, 700)


def sound() -> bytes:
    """Return the head of an MP3 with an ID3 tag, and silence that is none."""
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    return b"ID3\x03\x00\x00\x00\x00\x00\x15TIT2\x00\x00\x00\x0b\x00\x00\x00Voice memo" + frame * 12


def program() -> bytes:
    """Return a file that begins like a Windows program and does nothing."""
    head = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(44)
    return head + b"\x40\x00\x00\x00PE\x00\x00" + noise("exe", 900)


def desk_recorder() -> bytes:
    """Return the save file of a dictation machine that nobody makes any more."""
    return b"\x8fRVT\x02" + noise("recorder", 1200)


def thumbnails() -> bytes:
    """Return what a Windows folder keeps of its pictures (the head of an OLE file)."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + noise("thumbs", 1024)


def finder() -> bytes:
    """Return what a Mac leaves in a folder."""
    return b"\x00\x00\x00\x01Bud1\x00\x00\x10\x00\x00\x00\x08\x00\x00\x00\x10\x00" + noise("store", 500)
