"""Office files behind a password: opened with the matter's list, else recorded; never a plain file taken for locked."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from reading_of import BY_KIND, Reading

from tecum.hooks import Input, Unreadable
from tecum.processing.readers import locked
from tecum.processing.readers.compoundwriter import Storage, compound_file

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def given(data: bytes, kind: str, *passwords: str) -> Input:
    return Input(io.BytesIO(data), len(data), f"file.{kind}", kind, "", passwords)


def text_of(item: Input) -> str:
    said = Reading()
    BY_KIND[item.kind].read(item, said)
    return said.text_said


def package(kind: str) -> bytes:
    """A word-processor file or a workbook with one word in it."""
    main = {
        "docx": (
            "word/document.xml",
            b"<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>Zeppelin</w:t></w:r></w:p></w:body></w:document>",
        ),
        "xlsx": ("xl/workbook.xml", b"<workbook/>"),
    }[kind]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{TYPES}"/>')
        archive.writestr(*main)
        archive.writestr("word/media/noise.bin", bytes(range(256)) * 32)  # the library packs small ones wrongly
    return out.getvalue()


def behind(password: str, plain: bytes) -> bytes:
    """A package as Office encrypts it ("agile")."""
    from msoffcrypto.method.ecma376_agile import ECMA376Agile

    return bytes(ECMA376Agile.encrypt(password, io.BytesIO(plain), spin_count=1000))  # Office makes 100,000 rounds


@pytest.fixture(scope="module")
def locked_docx() -> bytes:
    return behind("Secret", package("docx"))


def test_a_package_with_its_password(locked_docx: bytes) -> None:
    found = locked.opened(given(locked_docx, "docx", "wrong", "Secret"))
    assert found.kind == "docx" and "Zeppelin" in text_of(found)
    assert found.size == len(package("docx")) and found.name == "file.docx"


def test_the_kind_is_found_after_decrypting() -> None:
    assert locked.opened(given(behind("Secret", package("xlsx")), "docx", "Secret")).kind == "xlsx"


def test_a_package_without_its_password(locked_docx: bytes) -> None:
    with pytest.raises(Unreadable, match="encrypted with a password") as stop:
        locked.opened(given(locked_docx, "docx"))
    assert stop.value.code == "ENCRYPTED"
    with pytest.raises(Unreadable, match="in vain: 2"):
        locked.opened(given(locked_docx, "docx", "wrong", "secret"))


def test_the_password_that_opens_for_everybody() -> None:
    data = behind("VelvetSweatshop", package("xlsx"))
    assert locked.opened(given(data, "xlsx")).kind == "xlsx"
    with pytest.raises(Unreadable):
        locked.opened(given(data, "docx"))  # Word does not try it


@pytest.mark.parametrize("kind", ["docx", "doc", "xls", "pdf"])
def test_what_is_not_locked_is_handed_back(kind: str) -> None:
    for data in (package("docx"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b""):
        item = given(data, kind, "Secret")
        assert locked.opened(item) is item and item.file.tell() == 0


def test_rights_management_is_no_password() -> None:
    for streams in ({"\x09DRMContent": b"x", "WordDocument": bytes(600)}, {"EncryptedPackage": b"x" * 600}):
        with pytest.raises(Unreadable, match="rights management") as stop:
            locked.opened(given(compound(streams), "doc" if "WordDocument" in streams else "docx"))
        assert stop.value.code == "ENCRYPTED"


def compound(streams: dict[str, bytes]) -> bytes:
    return compound_file(Storage(holds=dict(streams)))


def test_marks_of_the_binary_formats() -> None:
    bof, pass_ = struct.pack("<2H", 0x0809, 4) + bytes(4), struct.pack("<2H", 0x2F, 2) + bytes(2)
    protect = struct.pack("<2H", 0x86, 0)
    other = struct.pack("<2H", 0x42, 2) + bytes(2)
    cases = [
        ({"Workbook": bof + pass_}, True),
        ({"Workbook": bof + protect + pass_}, True),
        ({"Workbook": bof + other + pass_}, False),
        ({"Book": bof + pass_}, True),
        ({"WordDocument": bytes(10) + struct.pack("<H", 0x0100)}, True),
        ({"WordDocument": bytes(10) + struct.pack("<H", 0x0200)}, False),
        ({"PowerPoint Document": b"x", "Current User": bytes(12) + struct.pack("<L", 0xF3D1C4DF)}, True),
        ({"PowerPoint Document": b"x", "Current User": bytes(12) + struct.pack("<L", 0xE391C05F)}, False),
    ]
    for streams, is_locked in cases:
        assert locked.is_locked(io.BytesIO(compound(streams))) is is_locked, streams


def test_damage_is_named(locked_docx: bytes) -> None:
    for at in range(600, len(locked_docx), 2900):
        data = bytearray(locked_docx)
        data[at : at + 40] = bytes(40)
        try:
            found = locked.opened(given(bytes(data), "docx", "Secret"))
        except Unreadable as stop:
            assert stop.code in ("ENCRYPTED", "CORRUPT")
        else:
            assert found.kind in locked.KINDS | {"zip"}


# -- OpenDocument ------------------------------------------------------------------------------------------


def locked_odt(password: str, *, algorithm: str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc") -> bytes:
    """A text document encrypted as OpenDocument 1.2 has it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain = (
        b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        b'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
        b"<text:p>Zeppelin</text:p></office:text></office:body></office:document-content>"
    )
    deflater = zlib.compressobj(wbits=-15)
    packed = deflater.compress(plain) + deflater.flush()
    salt, vector = bytes(range(16)), bytes(range(50, 66))
    key = hashlib.pbkdf2_hmac("sha1", hashlib.sha256(password.encode()).digest(), salt, 1000, 32)
    padding = 16 - len(packed) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    hidden = encryptor.update(packed + bytes([padding]) * padding)

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    manifest = (
        f'<m:manifest xmlns:m="{SPACE}"><m:file-entry m:full-path="content.xml" m:media-type="text/xml">'
        f'<m:encryption-data m:checksum-type="{SPACE}#sha256-1k" '
        f'm:checksum="{text(hashlib.sha256(packed[:1024]).digest())}">'
        f'<m:algorithm m:algorithm-name="{algorithm}" m:initialisation-vector="{text(vector)}"/>'
        f'<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" m:iteration-count="1000" '
        f'm:salt="{text(salt)}"/><m:start-key-generation m:key-size="32" '
        'm:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>'
        "</m:encryption-data></m:file-entry></m:manifest>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", hidden)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def test_an_open_document_with_and_without_its_password() -> None:
    data = locked_odt("Größe")
    found = locked.opened(given(data, "odt", "wrong", "Größe"))
    assert "Zeppelin" in text_of(found)
    with pytest.raises(Unreadable, match="in vain: 1") as stop:
        locked.opened(given(data, "odt", "wrong"))
    assert stop.value.code == "ENCRYPTED"


def test_an_open_document_under_another_cipher() -> None:
    with pytest.raises(Unreadable, match="not read") as stop:
        locked.opened(given(locked_odt("x", algorithm="Blowfish CFB"), "odt", "x"))
    assert stop.value.code == "ENCRYPTED"
