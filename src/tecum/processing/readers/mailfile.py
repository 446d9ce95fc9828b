"""Files that stand in a mail: what they are called, and what is known of them from the header of their part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tecum.processing.readers import mailheader, mime
from tecum.processing.readers.mime import Part

_UNSAFE: Final = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")
_ENDINGS: Final = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/x-vcard": ".vcf",
    "text/vcard": ".vcf",
    "text/csv": ".csv",
    "text/css": ".css",
    "text/rtf": ".rtf",
    "text/xml": ".xml",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/rtf": ".rtf",
    "application/pgp-signature": ".asc",
    "application/pgp-keys": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
}


@dataclass(frozen=True)
class File:
    """A file found in a mail, as ``Emit.member`` takes it; ``shown`` when the mail's text shows it already."""

    name: str
    data: bytes | None
    kind: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    message: str = ""
    shown: bool = False


def part_name(part: Part) -> tuple[str, str]:
    """Return a part's disposition and the name that its header gives it, each "" where there is none."""
    declared = part.get("content-disposition")
    disposition, details = mailheader.parameters(declared) if declared else ("", {})
    return disposition, details.get("filename") or part.params.get("name", "")


def made_name(part: Part, position: int) -> str:
    """Name a file whose part has no name, by its position (from 1) and type."""
    return f"part{position:03d}{_ENDINGS.get(part.kind, '')}"


def subject_name(data: bytes) -> str:
    """Name an attached message by its subject."""
    head = data[:65536].partition(b"\n\n")[0].partition(b"\r\n\r\n")[0] + b"\n\n"
    subject = mailheader.text(mime.parse(head).get("subject"))
    return (_UNSAFE.sub("_", subject).strip(" .")[:120] or "message") + ".eml"


def known_fields(part: Part) -> dict[str, str]:
    """Return what the part's header says of its file."""
    fields = {"declared_type": part.kind}
    if cid := mailheader.unfold(part.get("content-id")):
        fields["content_id"] = cid
    if place := mailheader.unfold(part.get("content-location")):
        fields["content_location"] = place
    if part.params.get("charset"):
        fields["charset"] = part.params["charset"]
    declared = part.get("content-disposition")
    if "modification-date" in declared.lower():
        changed = mailheader.date(mailheader.parameters(declared)[1].get("modification-date", ""))
        fields |= {"file_modified": changed} if changed else {}
    return fields
