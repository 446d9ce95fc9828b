"""Small piles of files whose every item is known, and what tests read back from a matter and its volumes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tecum import verbs
from tecum.cli import run
from tecum.matter import Matter

Attachment = tuple[str, bytes, str]  # name, bytes, content type
WHEN = 1489501613  # of every file that is written: the same moment as EARLY
EARLY = "Tue, 14 Mar 2017 09:26:53 -0500"
TEXT, ZIP, MAIL = "text/plain", "application/zip", "message/rfc822"
# What may differ between two runs over the same pile: times, and where in which pack a blob lies.
_FREE = {"started", "finished", "at", "prev", "hash of ledger", "pack", "start", "written", "system", "path of source"}


# -- files -----------------------------------------------------------------------------------------------


def mail(
    subject: str = "Subject",
    body: str | bytes = "Body.\r\n",
    *,
    sender: str = "Ann Poe <ann@town.example>",
    to: str = "Bob Roe <bob@town.example>",
    date: str | None = EARLY,
    message_id: str | None = "",
    attach: Sequence[Attachment] = (),
    inline: Sequence[Attachment] = (),
    extra: Sequence[tuple[str, str]] = (),
) -> bytes:
    """A message with CR LF; "" as ``message_id`` makes one from the content, None leaves it out."""
    content = body if isinstance(body, bytes) else body.encode()
    seal = hashlib.sha256(f"{subject}{sender}{to}{date}".encode() + content).hexdigest()[:20]
    message_id = f"<{seal}@town.example>" if message_id == "" else message_id
    known = [("From", sender), ("To", to), ("Subject", subject), ("Date", date), ("Message-ID", message_id)]
    head = "".join(f"{name}: {value}\r\n" for name, value in [*known, *extra] if value is not None)
    head += "MIME-Version: 1.0\r\n"
    if not attach and not inline:
        return head.encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + content
    parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + content]
    if inline:
        shown = "".join(f'<img src="cid:{name}">' for name, _, _ in inline)
        parts = [b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + content + b"</p>" + shown.encode()]
    for name, data, kind in inline:
        parts.append(_part(name, data, kind, "inline", f"Content-ID: <{name}>\r\n"))
    for name, data, kind in attach:
        parts.append(_part(name, data, kind, "attachment", ""))
    kind = "related" if inline and not attach else "mixed"
    start = f'Content-Type: multipart/{kind}; boundary="b{seal}"\r\n\r\n'.encode()
    mark = f"--b{seal}".encode()
    return head.encode() + start + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _part(name: str, data: bytes, kind: str, disposition: str, more: str) -> bytes:
    head = f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: {disposition}; filename="{name}"\r\n{more}'
    if kind == MAIL:
        return head.encode() + b"\r\n" + data
    import base64

    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)


def mbox(*messages: bytes) -> bytes:
    """A mailbox of messages."""
    envelope = b"From ann@town.example Tue Mar 14 09:26:53 2017\n"
    return b"".join(envelope + one.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n\n" for one in messages)


def zipped(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive, the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2017, 3, 14, 9, 26, 52)), data, method)
    return out.getvalue()


def locked_zip(members: Mapping[str, bytes], password: bytes) -> bytes:
    """A zip archive whose members are encrypted in PKWARE's traditional way (APPNOTE 6.1)."""
    out, directory = bytearray(), bytearray()
    for name, data in members.items():
        crc = zlib.crc32(data)
        packed = _Cipher(password).encrypt(bytes(11) + bytes([crc >> 24]) + data)
        said = struct.pack("<5H3L2H", 20, 1, 0, 0x4B5A, 0x4A6E, crc, len(packed), len(data), len(name), 0)
        start = len(out)
        out += b"PK\3\4" + said + name.encode() + packed
        directory += b"PK\1\2" + struct.pack("<H", 20) + said + struct.pack("<3H2L", 0, 0, 0, 0, start) + name.encode()
    end = struct.pack("<4H2LH", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\5\6" + end)


class _Cipher:
    def __init__(self, password: bytes) -> None:
        self._keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self._update(byte)

    def _update(self, byte: int) -> None:
        keys = self._keys
        keys[0] = _crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)

    def encrypt(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            key = (self._keys[2] & 0xFFFF) | 2
            out.append(byte ^ ((key * (key ^ 1)) >> 8 & 0xFF))
            self._update(byte)
        return bytes(out)


def _crc(value: int, byte: int) -> int:
    return (zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF) & 0xFFFFFFFF


def docx(*paragraphs: str) -> bytes:
    """A word-processor file with these paragraphs."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{types}"><Override PartName="/word/document.xml" '
            f'ContentType="{main}"/></Types>'.encode(),
            "_rels/.rels": f'<Relationships xmlns="{links}"><Relationship Id="r1" Type="{kinds}" '
            'Target="word/document.xml"/></Relationships>'.encode(),
            "word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>".encode(),
        }
    )


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF with one line of text on each page."""
    import pikepdf

    with pikepdf.new() as made:
        for text in pages:
            page = made.add_blank_page(page_size=(612, 792))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.obj.Contents = made.make_stream(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode("latin-1"))
        out = io.BytesIO()
        locked = pikepdf.Encryption(user=password, owner=password) if password else False
        made.save(out, encryption=locked, deterministic_id=not password)
    return out.getvalue()


def differences(found: dict[str, list[Any]], wanted: dict[str, list[Any]], leave: set[str] = set()) -> dict[str, Any]:  # noqa: B006
    """The rows that stand in one of two dumps of tables alone, by table; {} when there are none."""
    return {
        name: {
            "gone": [row for row in wanted[name] if row not in rows],
            "new": [row for row in rows if row not in wanted[name]],
        }
        for name, rows in found.items()
        if name not in leave and rows != wanted[name]
    }


def png(seed: int = 0, side: int = 16) -> bytes:
    """A picture of noise."""
    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(seed).randbytes(3 * side * side)).save(out, "png")
    return out.getvalue()


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder, all of one time."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (WHEN, WHEN))
    return folder


# -- a town and the demand for its papers ----------------------------------------------------------------

HELD_CANARY = "xylophone-canary-7731"
UNICODE = "Wîdget ünïcode žlutý Ελλάδα"
FORMULA = "=cmd|' /C calc'!A0 widget"
MARKUP = '#import "x.typ": * *bold* $x^2$ `raw` <label> widget'
AWKWARD = "semi;colon \xfe thorn \xae registered widget"


def town(folder: Path) -> Path:
    """Two custodians whose every document is known; returns the demand file."""
    note = ("note.txt", b"The attached note speaks of cobalt alone.\r\n", TEXT)
    plan = ("plan.docx", docx("The plan weighs vermilion options."), "application/msword")
    picture = ("logo.png", png(), "image/png")
    shared = {"subject": "Widget shipment", "body": "The widget shipment is late.\r\n", "date": EARLY}
    counsel = {"sender": "Lea Lawson <lea@lawson-firm.example>", "to": "Ann Poe <ann@town.example>"}
    write(
        folder / "pile/chief",
        {
            "inbox.mbox": mbox(
                mail("Widget guidance", "Guidance on every widget stands here.\r\n", attach=[note, plan]),
                mail("Widget advice", f"Privileged widget advice: {HELD_CANARY}.\r\n", **counsel, attach=[note]),
                mail("Lunch", "Soup today.\r\n"),
                mail("Payroll widget", f"Widget payroll, SSN: 457-55-5462, {HELD_CANARY}.\r\n"),
                mail(**shared, extra=[("Received", "from a by b; Tue, 14 Mar 2017 14:27:00 +0000")]),
                mail("Widget with a picture", "See the widget below.\r\n", inline=[picture]),
                mail("Old widget", "Widget, long ago.\r\n", date="Mon, 05 Jan 2015 10:00:00 -0600"),
                mail("Undated widget", "Widget without a date.\r\n", date=None),
            ),
            "memo.txt": b"A widget memo.\nOn two lines.\n",
            "pages.pdf": pdf("First widget page", "Second page", "Third page"),
            "locked.pdf": pdf("Nobody reads this widget", password="sesame"),
            "empty.txt": b"",
            ".DS_Store": b"\0\0\0\1Bud1",
        },
    )
    write(
        folder / "pile/clerk",
        {
            "sent.mbox": mbox(
                mail(**shared, extra=[("Bcc", "Cyd Low <cyd@town.example>")]),
                mail("=?utf-8?q?" + "".join(f"={b:02X}" for b in UNICODE.encode()) + "?=", "Widget abroad.\r\n"),
                mail(FORMULA, "=1+1 widget\r\n", sender='"=HYPERLINK(1)" <eve@town.example>'),
                mail(MARKUP, "#panic() *strong* $y$ widget\r\n"),
                mail("=?utf-8?q?" + "".join(f"={b:02X}" for b in AWKWARD.encode()) + "?=", "Awkward widget.\r\n"),
                mail("Widget in two\r\n lines", "A folded widget subject.\r\n"),
                mail("Hieroglyph widget", "A widget in \U00013080\U00013153 signs.\r\n"),
            ),
            "table.csv": b"name,count\r\nwidget,3\r\n",
            "zeppelin.docx": docx("A zeppelin and a widget."),
            "bundle.zip": zipped(
                {"inner/letter.eml": mail("Bundled widget", "Widget from a bundle.\r\n"), "x.bin": b"\0\1\2"}
            ),
        },
    )
    return demand(folder)


def demand(folder: Path, *, requests: str = "", custodians: str = "", production: str = "", counsel: str = "") -> Path:
    """Write a demand file and return its path."""
    requests = requests or (
        '[[request]]\nnumber = "1"\ntext = "All widgets."\nfrom = 2017-01-01\nto = 2018-12-31\n'
        'terms = ["widget* OR wîdget"]\n'
        '[[request]]\nnumber = "2(a)"\ntext = "All zeppelins."\ncustodians = ["clerk"]\nterms = ["zeppelin"]\n'
    )
    custodians = custodians or (
        'chief = { name = "Ann Poe", source = "pile/chief" }\nclerk = { name = "Bob Roe", source = "pile/clerk" }\n'
    )
    counsel = counsel or 'domains = ["lawson-firm.example"]\n'
    known = {"prefix": "TWN", "time_zone": "America/Chicago"}
    lines = [f'{key} = "{value}"\n' for key, value in known.items() if f"{key} =" not in production]
    path = folder / "demand.toml"
    path.write_text(
        '[demand]\ntitle = "Widgets"\nfrom = "A Federal Office"\nto = "The Town"\nserved = 2018-01-24\n'
        f"due = 2018-02-23\n\n{requests}\n[custodians]\n{custodians}\n[counsel]\n{counsel}\n"
        f"[production]\n{''.join(lines)}{production}\n",
        encoding="utf-8",
    )
    return path


# -- a matter --------------------------------------------------------------------------------------------


def matter_of(folder: Path, **processing: Any) -> Matter:
    """A new blank matter with these [processing] settings: one worker, this process, and no words recognised."""
    matter = verbs.init(folder, time_zone="America/Chicago", prefix="T")
    return with_processing(matter, **{"workers": 1, "ocr": "none", **processing})


def with_processing(matter: Matter, **processing: Any) -> Matter:
    """Change [processing] in tecum.toml."""
    changed = replace(matter.settings, processing=replace(matter.settings.processing, **processing))
    matter.save_settings(changed)
    return matter


def items(matter: Matter) -> dict[str, dict[str, Any]]:
    """Every item by its shown path."""
    rows = list(verbs.items(matter))
    found = {row["path"]: row for row in rows}
    assert len(found) == len(rows), "two items have one path: use keys"
    return found


def balanced(matter: Matter) -> dict[str, Any]:
    """The status, after checking promise 1 by other means than the program's own sum."""
    status = verbs.status(matter, enforce=True)
    rows = list(verbs.items(matter))
    parts = [sum(row["disposition"] == one for row in rows) for one in ("document", "container", "excluded")]
    parts.append(sum(row["disposition"] == "unprocessable" for row in rows))
    assert sum(parts) == len(rows) == status["found"]
    assert parts == [status[one] for one in ("documents", "containers", "excluded", "unprocessable")]
    assert status["balanced"] is True
    numbered = {row["item"] for row in verbs.documents(matter)}
    assert numbered >= {row["key"] for row in rows if row["disposition"] in ("document", "unprocessable")}
    explained = {row["item"] for row in verbs.exceptions(matter)["exceptions"]}
    assert explained >= {row["key"] for row in rows if row["disposition"] == "unprocessable"}
    assert all(row["rule"] for row in rows if row["disposition"] == "excluded")
    return status


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a matter without times, pack places and whatever else may differ between two runs."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'matter.db'}?mode=ro", uri=True)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for name in sorted(set(names) - {"ledger", "job"}):
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
            kept = [one for one in columns if one not in _FREE and f"{one} of {name}" not in _FREE]
            quoted = ", ".join(f'"{one}"' for one in kept)
            found[name] = sorted(db.execute(f"SELECT {quoted} FROM {name}").fetchall(), key=repr)
    return found


def payload(volume: Path) -> dict[str, str]:
    """Every file of a volume with its hash; links and folders are named as what they are."""
    return {
        path.relative_to(volume).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(volume.rglob("*"))
        if not path.is_dir()
    }


def fields_of(matter: Matter, control: str) -> dict[str, Any]:
    """What the reader said of a document."""
    with contextlib.closing(sqlite3.connect(matter.folder / "matter.db")) as db:
        statement = "SELECT fields FROM item JOIN document ON document.item = item.key WHERE control = ?"
        said: dict[str, Any] = json.loads(db.execute(statement, [control]).fetchone()[0])
        return said


# -- the command line ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def tecum(*arguments: object) -> Told:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(one) for one in arguments])
    return Told(code, out.getvalue(), err.getvalue())


def rows_of(volume: Path) -> list[dict[str, str]]:
    """The load file read by ten lines that share nothing with the program."""
    (path,) = (volume / "DATA").glob("*.DAT")
    text = path.read_bytes().decode("utf-8-sig")
    lines = text.split("\r\n")
    assert lines.pop() == ""
    records = [line.removeprefix("\xfe").removesuffix("\xfe").split("\xfe\x14\xfe") for line in lines]
    heads = records[0]
    assert all(len(record) == len(heads) for record in records)
    return [dict(zip(heads, record, strict=True)) for record in records[1:]]
