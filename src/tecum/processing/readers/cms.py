"""Signed, sealed and packed objects of S/MIME: what is inside, and who signed; nothing is verified.

Follows RFC 5652 (CMS, which took over PKCS #7), RFC 3274 (compressed data), RFC 5083 (authenticated enveloped
data) and RFC 5544 (time-stamped data). A signature is described, never checked: that is an expert's work.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import asn1
from tecum.processing.readers.asn1 import Malformed, Value

_PKCS7: Final = "1.2.840.113549.1.7."
_PKCS9: Final = "1.2.840.113549.1.9.16.1."
_TYPES: Final = {
    _PKCS7 + "1": "data",
    _PKCS7 + "2": "signed",
    _PKCS7 + "3": "enveloped",
    _PKCS7 + "4": "enveloped",  # signed and enveloped
    _PKCS7 + "5": "digested",
    _PKCS7 + "6": "enveloped",  # encrypted
    _PKCS9 + "9": "compressed",
    _PKCS9 + "23": "enveloped",  # authenticated
    _PKCS9 + "31": "time-stamped",
}
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_NAME_PARTS: Final = {
    "2.5.4.3": "CN",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.6": "C",
    "1.2.840.113549.1.9.1": "E",
}
_EXPLICIT_0: Final = 0xA0
_ARMOUR: Final = re.compile(rb"\s*-----BEGIN (?:PKCS ?#?7|CMS)[^\n]*-----\r?\n(.*?)-----END ", re.DOTALL)
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=\s]+\Z")
_WRAPPERS: Final = frozenset({".p7m", ".p7s", ".p7c", ".p7b", ".tsd"})
_MOST: Final = 256 << 20  # bytes that compressed data may expand to
CUT_SHORT: Final = "the signed object is cut short; what is there was opened"
_RATIO: Final = 1100  # what deflate can reach at most


@dataclass
class Sealed:
    """What an object holds.

    ``kind`` is signed, enveloped, compressed, digested, time-stamped or data; ``content`` the bytes inside,
    None where there are none or they are encrypted. ``signers`` and ``certificates`` are descriptions.
    """

    kind: str
    content: bytes | None = None
    signers: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    cut: bool = False  # it ends too early, and this is what was there


def opened(data: bytes) -> Sealed:
    """Open one object, in binary or as base64 with or without its armour.

    One that is cut short is opened as far as it goes.

    Raises:
        Malformed: it is none, is of a type that is not known, or breaks off before its content.
    """
    raw = _binary(data)
    try:
        return _opened(asn1.read(raw))
    except Malformed as error:
        try:
            found = _opened(asn1.read(raw, cut=True))
        except Malformed:
            raise error from None
        if found.content is None and found.kind != "enveloped":
            raise
        found.cut = True
        return found


def _opened(whole: Value) -> Sealed:
    if whole.tag != asn1.SEQUENCE:
        raise Malformed("it begins as no CMS object")
    parts = iter(whole)
    kind = _TYPES.get(_next(parts).oid(), "")
    if not kind:
        raise Malformed("an object of an unknown type")
    if kind == "enveloped":
        return Sealed(kind)
    inner = _next(iter(_next(parts)))
    if kind == "signed":
        return _signed(inner)
    if kind == "data":
        return Sealed(kind, inner.octets())
    if kind == "time-stamped":
        return Sealed(kind, next((value.octets() for value in inner if value.tag & 0xDF == asn1.OCTETS), None))
    values = list(inner)
    at = 2  # both have a version and an algorithm before what they hold
    content = _encapsulated(values[at]) if len(values) > at else None
    return Sealed(kind, _inflated(content) if kind == "compressed" and content is not None else content)


def _binary(data: bytes) -> bytes:
    armoured = _ARMOUR.match(data)
    if not armoured and not (data[:1] == b"M" and _BASE64.match(data)):
        return data
    try:
        return binascii.a2b_base64(armoured[1] if armoured else data)
    except binascii.Error as error:
        raise Malformed(f"its base64 is damaged: {error}") from None


def _next(values: Iterator[Value]) -> Value:
    try:
        return next(values)
    except StopIteration:
        raise Malformed("a part is missing") from None


def _encapsulated(info: Value) -> bytes | None:
    """Return the content of an EncapsulatedContentInfo, None for a detached signature."""
    parts = list(info)
    if len(parts) < 2:
        return None
    inner = _next(iter(parts[1]))
    return inner.octets() if inner.tag & 0xDF == asn1.OCTETS else inner.content


def _inflated(content: bytes) -> bytes:
    cap = min(_MOST, _RATIO * len(content))
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(content, cap)
    except zlib.error as error:
        raise Malformed(f"its compressed content is damaged: {error}") from None
    if not engine.eof:
        raise Malformed("its compressed content is cut short, or larger than can be handled")
    return data


# -- signatures ----------------------------------------------------------------------------------------------


def _signed(inner: Value) -> Sealed:
    sealed = Sealed("signed")
    try:
        _describe(inner, sealed)
    except Malformed:
        if not inner.cut:
            raise
    return sealed


def _describe(inner: Value, sealed: Sealed) -> None:
    known: dict[bytes, str] = {}
    for number, value in enumerate(inner):
        if number == 2:
            sealed.content = _encapsulated(value)
        elif value.tag == _EXPLICIT_0:
            for certificate in value:
                if certificate.tag == asn1.SEQUENCE:
                    identity, words = _certificate(certificate)
                    known[identity] = words.partition(", issued by ")[0]
                    sealed.certificates.append(words)
        elif number > 2 and value.tag == asn1.SET:
            sealed.signers = [_signer(one, known) for one in value]


def _certificate(certificate: Value) -> tuple[bytes, str]:
    """Return issuer and serial number as signers name it, and the certificate in words."""
    parts = list(_next(iter(certificate)))
    if parts and parts[0].tag == _EXPLICIT_0:  # its version
        del parts[0]
    if len(parts) < 5:
        raise Malformed("a certificate lacks a part")
    serial, _, issuer, _, subject = parts[:5]
    return issuer.content + serial.content, f"{_name(subject)}, issued by {_name(issuer)}"


def _signer(info: Value, known: dict[bytes, str]) -> str:
    """Say in words who signed, and when by their own statement."""
    parts = list(info)
    identity, issuer = b"", ""
    if len(parts) > 1 and parts[1].tag == asn1.SEQUENCE:
        named = list(parts[1])
        if len(named) == 2:
            identity, issuer = named[0].content + named[1].content, _name(named[0])
    words = known.get(identity) or (f"holder of a certificate by {issuer}" if issuer else "unnamed")
    when = next((_signing_time(part) for part in parts[2:] if part.tag == _EXPLICIT_0), "")
    return f"{words}, at {when}" if when else words


def _signing_time(attributes: Value) -> str:
    for attribute in attributes:
        parts = list(attribute)
        if len(parts) == 2 and parts[0].oid() == _SIGNING_TIME:
            return next((value.time() for value in parts[1]), "")
    return ""


def _name(name: Value) -> str:
    """Write a distinguished name in the order of its parts."""
    words = []
    for step in name:
        for pair in step:
            parts = list(pair)
            if len(parts) == 2 and (short := _NAME_PARTS.get(parts[0].oid())):
                words.append(f"{short}={parts[1].text()}")
    return ", ".join(words) or "nameless"


# -- a file of its own ---------------------------------------------------------------------------------------


def read(item: Input, emit: Emit) -> None:
    """Read a loose object: one with content is a container of it, a bare signature or certificate a document."""
    try:
        sealed = opened(item.file.read())
    except Malformed as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"a signed or sealed object that cannot be opened: {error}") from None
    if sealed.kind == "enveloped":
        raise Unreadable(ExceptionCode.ENCRYPTED, "it is encrypted to the keys of its recipients")
    if sealed.cut:
        emit.problem(ExceptionCode.PARTIAL, CUT_SHORT)
    if sealed.signers:
        emit.field("signers", sealed.signers)
    if sealed.content:
        emit.container()
        emit.member(_inner_name(item.name), sealed.content)
        return
    for title, lines in (("Signed by", sealed.signers), ("Certificate", sealed.certificates)):
        for line in lines:
            emit.text(f"{title}: {line}\n")


def _inner_name(name: str) -> str:
    path = PurePosixPath(name)
    inner = path.stem if path.suffix.lower() in _WRAPPERS else "content"
    return "smime.eml" if inner == "smime" else inner if "." in inner else f"{inner}.bin"


READER: Final = Reader("cms", "1", frozenset({"pkcs7"}), read)
