"""S/MIME and PGP: what is signed is opened, what is encrypted is recorded, and damage is told."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_of import Reading, reading_of

from tecum.processing.identify import identify
from tecum.processing.readers import asn1, cms

HEAD = b"From: Ann Lee <ann@riverton.example>\nTo: bob@riverton.example\nDate: Mon, 8 Jan 2018 09:30:00 -0600\n"
INNER = (
    b"Content-Type: multipart/mixed; boundary=i\n\n--i\nContent-Type: text/plain\n\nsealed words\n"
    b"--i\nContent-Type: application/pdf; name=plan.pdf\n\n%PDF\n--i--\n"
)
DATA, SIGNED, ENVELOPED = (bytes.fromhex("2a864886f70d0107") + bytes([n]) for n in (1, 2, 3))
COMPRESSED, STAMPED = (bytes.fromhex("2a864886f70d01091001") + bytes([n]) for n in (9, 0x1F))


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def endless(tag: int, *parts: bytes) -> bytes:
    """The same without a length, as streaming writers do it."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def oid(raw: bytes) -> bytes:
    return tlv(6, raw)


def name(common: str) -> bytes:
    return tlv(0x30, tlv(0x31, tlv(0x30, oid(bytes.fromhex("550403")), tlv(0x0C, common.encode()))))


def certificate(subject: str, issuer: str, serial: int) -> bytes:
    body = tlv(
        0x30, tlv(0xA0, tlv(2, b"\2")), tlv(2, bytes([serial])), tlv(0x30), name(issuer), tlv(0x30), name(subject)
    )
    return tlv(0x30, body, tlv(0x30), tlv(3, b"\0"))


def signer(issuer: str, serial: int, when: bytes = b"") -> bytes:
    signed_at = tlv(0x30, oid(bytes.fromhex("2a864886f70d010905")), tlv(0x31, tlv(0x17, when)))
    attributes = tlv(0xA0, signed_at) if when else b""
    return tlv(0x30, tlv(2, b"\1"), tlv(0x30, name(issuer), tlv(2, bytes([serial]))), tlv(0x30), attributes, tlv(0x30))


def signed(content: bytes | None, pieces: int = 0) -> bytes:
    """A SignedData; its content in so many pieces without lengths, or plain (0)."""
    if content is None:
        inner = tlv(0x30, oid(DATA))
    elif pieces:
        cut = [
            content[at::1][: len(content) // pieces + 1] for at in range(0, len(content), len(content) // pieces + 1)
        ]
        inner = endless(0x30, oid(DATA), endless(0xA0, endless(0x24, *(tlv(4, piece) for piece in cut))))
    else:
        inner = tlv(0x30, oid(DATA), tlv(0xA0, tlv(4, content)))
    people = tlv(0xA0, certificate("Ann Lee", "Riverton CA", 7))
    body = (tlv(2, b"\1"), tlv(0x31), inner, people, tlv(0x31, signer("Riverton CA", 7, b"180108153000Z")))
    if pieces:
        return endless(0x30, oid(SIGNED), endless(0xA0, endless(0x30, *body)))
    return tlv(0x30, oid(SIGNED), tlv(0xA0, tlv(0x30, *body)))


def mail(data: bytes, kind: str = "signed-data", name: str = "smime.p7m") -> Reading:
    head = f"Content-Type: application/pkcs7-mime; smime-type={kind}; name={name}\n".encode()
    return reading_of(HEAD + head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data), kind="eml")


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_an_opaque_signed_mail_is_opened(pieces: int) -> None:
    said = mail(signed(INNER, pieces))
    assert said.text_said == "sealed words\n" and said.names == ["plan.pdf"]
    assert said.fields["signed"] == ["S/MIME"] and not said.problems


def test_signatures_within_signatures_are_opened() -> None:
    for _ in range(3):
        wrapped = b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\n" + signed(INNER)
        assert mail(signed(wrapped)).text_said == "sealed words\n"
    layer = INNER
    for _ in range(14):
        layer = b"Content-Type: application/pkcs7-mime\n\n" + signed(layer)
    deep = mail(signed(layer))
    assert len(deep.members) == 1 and deep.members[0][2]["kind"] == "pkcs7"  # it goes round again as a file


def test_compressed_mail_is_opened_and_its_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = zlib.compress(INNER)
    inner = tlv(0x30, oid(DATA), tlv(0xA0, tlv(4, packed)))
    data = tlv(0x30, oid(COMPRESSED), tlv(0xA0, tlv(0x30, tlv(2, b"\0"), tlv(0x30), inner)))
    said = mail(data, "compressed-data")
    assert said.text_said == "sealed words\n" and "signed" not in said.fields
    monkeypatch.setattr(cms, "_MOST", 20)
    with pytest.raises(asn1.Malformed, match="larger"):
        cms.opened(data)
    assert mail(data).codes == {"PARTIAL"} and mail(data).names == ["smime.p7m"]


def test_an_encrypted_mail_keeps_its_header_and_is_recorded() -> None:
    said = mail(tlv(0x30, oid(ENVELOPED), tlv(0xA0, tlv(0x30))), "enveloped-data")
    assert said.fields["from"] == "Ann Lee <ann@riverton.example>"
    assert said.codes == {"ENCRYPTED"} and not said.text_said
    assert said.members[0][2]["kind"] == "pkcs7"
    assert reading_of(said.members[0][1] or b"", kind="pkcs7").stopped == "ENCRYPTED"


def test_a_clear_signed_mail_is_opened_and_its_signature_described() -> None:
    raw = (
        HEAD + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s\n\n--s\n'
        b"Content-Type: text/plain\n\nclear words\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(signed(None)) + b"--s--\n"
    )
    said = reading_of(raw, kind="eml")
    assert said.text_said == "clear words\n" and said.fields["signed"] == ["S/MIME"]
    data, rest = said.member_named("smime.p7s")
    signature = reading_of(data or b"", "smime.p7s")
    assert rest["kind"] == "pkcs7" and not signature.is_container
    assert signature.text_said == (
        "Signed by: CN=Ann Lee, at 2018-01-08T15:30:00+00:00\nCertificate: CN=Ann Lee, issued by CN=Riverton CA\n"
    )


def test_loose_signed_files_are_containers_of_what_is_signed() -> None:
    data = signed(b"%PDF-1.4 x")
    assert identify(data, "plan.pdf.p7m").kind == "pkcs7"
    assert identify(endless(0x30, oid(SIGNED)), "x").kind == "pkcs7"
    said = reading_of(data, "plan.pdf.p7m")
    assert said.is_container and said.members[0][:2] == ("plan.pdf", b"%PDF-1.4 x")
    assert said.fields["signers"] == ["CN=Ann Lee, at 2018-01-08T15:30:00+00:00"]
    written = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(data) + b"-----END PKCS7-----\n"
    assert reading_of(written, "plan.pdf.p7m").names == ["plan.pdf"]
    assert reading_of(base64.encodebytes(data), "plan.pdf.p7m").names == ["plan.pdf"]
    stamped = tlv(0x30, oid(STAMPED), tlv(0xA0, tlv(0x30, tlv(2, b"\1"), tlv(0x16, b"http://x"), tlv(4, b"words"))))
    assert reading_of(stamped, "note.txt.tsd").members[0][:2] == ("note.txt", b"words")


def test_an_attached_file_that_is_signed_stays_a_file() -> None:
    said = mail(signed(b"%PDF-1.4 x"), name="plan.pdf.p7m")
    assert said.members[0][0] == "plan.pdf.p7m" and said.members[0][2]["kind"] == "pkcs7"


@pytest.mark.parametrize("pieces", [0, 3])
def test_objects_that_are_cut_short_are_opened_as_far_as_they_go(pieces: int) -> None:
    whole = signed(INNER, pieces)
    for cut in (3, 20):
        assert mail(whole[:cut]).codes == {"PARTIAL"} and mail(whole[:cut]).names == ["smime.p7m"]
        assert reading_of(whole[:cut], kind="pkcs7").stopped == "CORRUPT"
    for cut in (whole.index(b"%PDF") + 2, len(whole) - 5):
        said = mail(whole[:cut])
        assert said.text_said == "sealed words\n" and said.codes == {"PARTIAL"} and said.names == ["plan.pdf"]
        loose = reading_of(whole[:cut], "x.txt.p7m")
        assert loose.names == ["x.txt"] and loose.codes == {"PARTIAL"}


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 255))
def test_no_bytes_make_it_fail_otherwise(rest: bytes, at: int, value: int) -> None:
    whole = bytearray(signed(INNER, 2))
    whole[at % len(whole)] = value
    for data in (bytes(whole), tlv(0x30, oid(SIGNED), rest), b"\x30\x80" * 500 + rest):
        try:
            cms.opened(data)
        except asn1.Malformed:
            continue


# -- PGP ---------------------------------------------------------------------------------------------------

ARMOUR = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"


def test_mail_encrypted_with_pgp_is_recorded() -> None:
    said = reading_of(
        HEAD + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=e\n\n--e\n'
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--e\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n" + ARMOUR + b"--e--\n",
        kind="eml",
    )
    assert said.codes == {"ENCRYPTED"} and said.names == ["encrypted.asc"]
    assert said.members[0][2]["kind"] == "pgp" and not said.text_said
    inline = reading_of(HEAD + b"\nSee:\n" + ARMOUR, kind="eml")
    assert inline.codes == {"ENCRYPTED"} and "See:" in inline.text_said


def test_mail_signed_with_pgp_is_opened() -> None:
    said = reading_of(
        HEAD + b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=s\n\n--s\n'
        b"Content-Type: text/plain\n\nclear\n--s\nContent-Type: application/pgp-signature\n\nsignature\n--s--\n",
        kind="eml",
    )
    assert said.text_said == "clear\n" and said.fields["signed"] == ["PGP"] and said.names == ["part001.asc"]


def test_loose_pgp_files() -> None:
    assert reading_of(ARMOUR, "x.asc").stopped == "ENCRYPTED"
    assert identify(b"\x85\x01\x0c\x03abc", "plan.pdf.gpg").kind == "pgp"
    assert identify(b"\x85\x01\x0c\x03abc", "plan.bin").kind != "pgp"
