"""Write mail by hand, byte for byte: parts, attachments, odd encodings and messages that break the rules.

The standard library's generator is not used, because its folding and boundaries change between versions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
from dataclasses import dataclass
from urllib.parse import quote

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """One MIME part: its headers and its encoded body, lines ending in LF."""

    headers: Headers
    body: bytes


def text_part(text: str, *, subtype: str = "plain", charset: str = "utf-8", encoding: str = "8bit") -> Part:
    """Return a text part; ``encoding`` is ``8bit``, ``quoted-printable`` or ``base64``."""
    data = (text + "\n").encode(charset)
    if encoding == "quoted-printable":
        data = binascii.b2a_qp(data)
    elif encoding == "base64":
        data = base64.encodebytes(data)
    kind = f'text/{subtype}; charset="{charset}"'
    return Part((("Content-Type", kind), ("Content-Transfer-Encoding", encoding)), data)


def html_of(text: str) -> str:
    """Return plain lines as an HTML page, one paragraph a line."""
    lines = "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.splitlines())
    return f"<html><body>\n{lines}\n</body></html>"


def attached(name: str, kind: str, data: bytes, *, content_id: str = "") -> Part:
    """Return an attachment; with a ``content_id`` it stands inline. A whole message is attached as it is."""
    try:
        name.encode("ascii")
        named = f'filename="{name}"'
    except UnicodeEncodeError:
        named = f"filename*=utf-8''{quote(name)}"
    headers = [("Content-Type", kind), ("Content-Disposition", f"{'inline' if content_id else 'attachment'}; {named}")]
    if content_id:
        headers.append(("Content-ID", f"<{content_id}>"))
    if kind == "message/rfc822":
        return Part(tuple(headers), data)
    headers.append(("Content-Transfer-Encoding", "base64"))
    return Part(tuple(headers), base64.encodebytes(data))


def joined(subtype: str, parts: list[Part], seed: str, *, closed: bool = True) -> Part:
    """Return a multipart; ``closed=False`` leaves out the last boundary, as cut-off mail does."""
    boundary = "=_" + hashlib.sha256(f"{seed}/{subtype}".encode()).hexdigest()[:24]
    body = b"".join(b"--%s\n%s" % (boundary.encode(), written(part)) for part in parts)
    if closed:
        body += b"--%s--\n" % boundary.encode()
    return Part((("Content-Type", f'multipart/{subtype}; boundary="{boundary}"'),), body)


def written(part: Part, headers: Headers = ()) -> bytes:
    """Return ``headers`` and the part's own, an empty line and the part's body, which ends in a line feed."""
    lines = "".join(f"{name}: {value}\n" for name, value in (*headers, *part.headers))
    body = part.body if part.body.endswith(b"\n") else part.body + b"\n"
    return lines.encode("ascii") + b"\n" + body


def header_text(text: str) -> str:
    """Return a header value in ASCII, as an RFC 2047 word where that is needed."""
    if text.isascii():
        return text
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def crlf(data: bytes) -> bytes:
    """Return the message with the line ends of the wire."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def mbox_entry(data: bytes, sender: str, stamp: str) -> bytes:
    """Return a message as an mbox holds it (mboxrd: a body line ``From`` gets one more ``>``)."""
    lines = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in data.split(b"\n")]
    return f"From {sender} {stamp}\n".encode() + b"\n".join(lines).rstrip(b"\n") + b"\n\n"
