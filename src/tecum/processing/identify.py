"""What a file is, told by its bytes; its name only settles what bytes leave open between kinds of text."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import BinaryIO, Final

from tecum.processing import archives, oldkinds, packages
from tecum.processing.readers import applefile, binhex, dbf, mbox, metafile, pgp, slackday, tar

_MIME: Final = {
    "eml": "message/rfc822", "mbox": "application/mbox", "pst": "application/vnd.ms-outlook-pst",
    "msg": "application/vnd.ms-outlook", "tnef": "application/vnd.ms-tnef", "ics": "text/calendar",
    "vcf": "text/vcard", "zip": "application/zip", "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar", "tar": "application/x-tar", "gz": "application/gzip",
    "bz2": "application/x-bzip2", "xz": "application/x-xz", "zst": "application/zstd", "pdf": "application/pdf",
    "rtf": "application/rtf", "html": "text/html", "xml": "application/xml", "csv": "text/csv",
    "text": "text/plain", "json": "application/json", "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "odg": "application/vnd.oasis.opendocument.graphics", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint", "vsd": "application/vnd.visio", "ole": "application/x-ole-storage",
    "fodt": "application/vnd.oasis.opendocument.text-flat-xml",
    "fods": "application/vnd.oasis.opendocument.spreadsheet-flat-xml",
    "fodp": "application/vnd.oasis.opendocument.presentation-flat-xml",
    "fodg": "application/vnd.oasis.opendocument.graphics-flat-xml", "word2003": "application/vnd.ms-word.2003xml",
    "excel2003": "application/vnd.ms-excel.2003xml",
    "flatopc": "application/vnd.ms-word.2006xml", "iwork": "application/vnd.apple.iwork",
    "hwpx": "application/hwp+zip", "plist": "application/x-plist", "lnk": "application/x-ms-shortcut",
    "dbf": "application/dbf",
    "vsdx": "application/vnd.ms-visio.drawing", "xps": "application/vnd.ms-xpsdocument",
    "epub": "application/epub+zip", "pkcs7": "application/pkcs7-mime", "pgp": "application/pgp-encrypted",
    "applefile": "application/applefile", "hqx": "application/mac-binhex40", "slack": "application/zip",
    "slackday": "application/json", "rsmf": "message/rfc822", "png": "image/png", "jpg": "image/jpeg",
    "tif": "image/tiff",
    "emf": "image/emf", "wmf": "image/wmf",
    "gif": "image/gif", "bmp": "image/bmp", "webp": "image/webp", "heic": "image/heic", "audio": "audio/*",
    **archives.MIME, **oldkinds.MIME, "video": "video/*", "exe": "application/x-executable", "empty": "inode/x-empty",
    "unknown": "application/octet-stream",
}  # fmt: skip
# Kinds, and the extensions that rightly name them. "txt" claims little: many kinds are text.
_NAMED: Final = (
    ("text csv json xml html eml mbox ics vcf rtf", "txt text log md asc"),
    ("eml", "eml emlx mht mhtml nws"),
    ("mbox eml", "mbox mbx"),
    ("rsmf eml", "rsmf"),
    ("pkcs7", "p7m p7s p7c p7b p7z tsd"),
    ("pgp text", "pgp gpg"),
    ("html xml", "htm html xhtml shtml"),
    ("xml html word2003 excel2003 flatopc fodt fods fodp fodg", "xml xsl xsd svg kml rss"),
    ("csv", "csv tsv tab"),
    ("docx", "docx docm dotx dotm"),
    ("xlsx", "xlsx xlsm xltx xltm"),
    ("pptx", "pptx pptm ppsx potx ppsm potm"),
    ("odt", "odt ott sxw stw"),
    ("ods", "ods ots sxc stc"),
    ("odp", "odp otp sxi sti"),
    ("odg", "odg otg sxd std"),
    ("vsdx", "vsdx vsdm vstx vstm vssx vssm"),
    ("xps", "xps oxps"),
    ("iwork", "pages numbers key"),
    ("plist xml", "plist webloc bplist"),
    ("word2003 xml", "wordml"),
    ("doc word2003", "doc dot"),
    ("xls excel2003", "xls xlt xla xlw"),
    ("ppt", "ppt pps pot"),
    ("jpg", "jpg jpeg jpe jfif"),
    ("tif", "tif tiff"),
    ("emf", "emf"),
    ("wmf", "wmf apm"),
    ("heic", "heic heif avif"),
    ("audio video", "mp3 wav m4a wma ogg flac aac aif aiff amr mid opus"),
    ("video audio", "mp4 mov avi mkv wmv mpg mpeg m4v webm flv 3gp"),
    ("exe", "exe dll com scr sys so dylib"),
    ("gz", "gz tgz"),
    ("bz2", "bz2 tbz tbz2"),
    ("xz", "xz txz"),
    ("ics", "ics vcs ical"),
    ("vcf", "vcf vcard"),
    ("pst", "pst ost"),
    ("zip slack", "zip jar apk kmz"),
    *archives.NAMED,
    *oldkinds.NAMED,
    ("json slackday", "json"),
    *((kind, kind) for kind in ("msg", "pdf", "rtf", "hqx", "7z", "rar", "tar", "zst", "png", "gif", "bmp")),
    *((kind, kind) for kind in ("webp", "vsd", "xlsb", "epub", "hwpx", "lnk", "dbf", "fodt", "fods", "fodp", "fodg")),
)
_EXTENSIONS: Final = {
    extension: frozenset(kinds.split()) for kinds, extensions in _NAMED for extension in extensions.split()
}

_MAGIC: Final = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"!BDN", "pst"),
    (mbox.MMDF, "mbox"),
    (applefile.SINGLE, "applefile"),
    (applefile.DOUBLE, "applefile"),
    (b"bplist0", "plist"),
    (b"\x09\0\x04\0", "xls"),  # workbooks of versions 2 to 4, and later ones without their compound file
    (b"\x09\x02\x06\0", "xls"),
    (b"\x09\x04\x06\0", "xls"),
    (b"\x09\x08\x08\0\0\x05", "xls"),
    (b"\x09\x08\x10\0\0\x06", "xls"),
    (b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", "lnk"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x1f\x8b\x08", "gz"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"II+\0", "tif"),
    (b"MM\0+", "tif"),
    (metafile.PLACEABLE, "wmf"),
    (metafile.PLAIN, "wmf"),
    (b"ID3", "audio"),
    (b"fLaC", "audio"),
    (b"OggS", "audio"),
    (b"MThd", "audio"),
    (b"#!AMR", "audio"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"FLV\x01", "video"),
    (b"\0\0\x01\xba", "video"),
    (b"\0\0\x01\xb3", "video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video"),
    *oldkinds.MAGIC,
    (b"\x7fELF", "exe"),
    (b"\xca\xfe\xba\xbe", "exe"),
    (b"\xcf\xfa\xed\xfe", "exe"),
    (b"\xce\xfa\xed\xfe", "exe"),
)
_FIRST_BYTES: Final = frozenset(magic[0] for magic, _ in _MAGIC)
_CMS: Final = re.compile(  # a sequence that begins with the identifier of a CMS object
    rb"0(?:\x80|[\x81-\x88].{1,8}?|.)\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02-\x06]"
    rb"|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01[\x09\x17\x1f])",
    re.DOTALL,
)
_CMS_TEXT: Final = re.compile(rb"-----BEGIN (?:PKCS ?#?7|CMS)|MI[A-Za-z0-9+/\r\n]{60}")
_CMS_EXTENSIONS: Final = frozenset({"p7m", "p7s", "p7c", "p7b"})
_DAY_OF_CHAT: Final = re.compile(r"\d{4}-\d\d-\d\d\.json")
_RSMF: Final = re.compile(rb"^X-RSMF-Version[ \t]*:", re.IGNORECASE | re.MULTILINE)
_RIFF: Final = {b"WAVE": "audio", b"AVI ": "video", b"WEBP": "webp"}
_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P "})
_PICTURE_BRANDS: Final = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc", b"avif", b"avis"})
_MPEG_AUDIO: Final = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfb\xf1\xf9][\x10-\xef]")

_HEADER_NAME: Final = re.compile(rb"^([!-9;-~]{1,70})[ \t]*:", re.MULTILINE)
_HEADER_LINE: Final = re.compile(rb"[!-9;-~]{1,70}[ \t]*:")
_HEADER_END: Final = re.compile(rb"\n\r?\n")
_MAIL_DATE: Final = re.compile(rb"^date[ \t]*:[^\n]*\d:\d\d", re.MULTILINE | re.IGNORECASE)
_PARTY: Final = frozenset({b"from", b"to", b"cc", b"bcc", b"subject", b"sender", b"reply-to", b"date"})
_TRANSPORT: Final = frozenset(
    {b"message-id", b"received", b"return-path", b"mime-version", b"delivered-to", b"envelope-to"}
    | {b"content-type", b"content-transfer-encoding", b"dkim-signature", b"references", b"in-reply-to"}
    | {b"newsgroups", b"path", b"x-mailer", b"x-originating-ip", b"x-mozilla-status", b"x-from", b"x-filename"}
)
_MAIL_ONLY: Final = frozenset({b"from", b"to", b"subject", b"message-id", b"received", b"return-path", b"delivered-to"})
_MAIL_EXTENSIONS: Final = frozenset({"eml", "emlx", "mht", "mhtml", "nws"})

_BLANK_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
_HTML_START: Final = re.compile(
    rb"(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|table|div|script|style|h[1-6]|p|font|center)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_TAG: Final = re.compile(
    rb"</?(?:p|br|a|b|i|div|span|table|tr|td|font|img|ul|li|h[1-6]|html|body)\b[^<>]*>", re.IGNORECASE
)
_XML_START: Final = re.compile(rb"<\?xml[\s?]|<!DOCTYPE\s+(?!html)|<[A-Za-z_][\w:.-]*\s+xmlns[:=]", re.IGNORECASE)
_XML_KINDS: Final = (  # documents written as one XML file, told by their outermost element
    (re.compile(rb"<(?:\w+:)?wordDocument[\s>]"), "word2003"),
    (re.compile(rb"<(?:\w+:)?Workbook\s[^>]*urn:schemas-microsoft-com:office:spreadsheet"), "excel2003"),
    (re.compile(rb"<pkg:package[\s>]"), "flatopc"),
    (re.compile(rb"<!DOCTYPE plist\b|<plist[\s>]"), "plist"),
    *(
        (re.compile(rb"<office:document\s[^>]*mimetype=[\"']application/vnd\.oasis\.opendocument\." + name), kind)
        for name, kind in (
            (b"text", "fodt"),
            (b"spreadsheet", "fods"),
            (b"presentation", "fodp"),
            (b"graphics", "fodg"),
        )
    ),
)
_APPLE_COUNT: Final = re.compile(rb"\d{1,10} *\r?\n")
_NOT_TEXT: Final = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 26, 27}) + b"\x7f"
_HEAD_OF_TEXT: Final = 4096


@dataclass(frozen=True)
class Identified:
    """What a file is.

    ``mime`` ends in "/*" where the kind leaves it open; ``why`` tells the evidence, and what speaks against the
    extension where that disagrees.
    """

    kind: str
    mime: str
    extension_agrees: bool
    why: str


def identify(head: bytes, name: str, file: BinaryIO | None = None, size: int = -1) -> Identified:
    """Say what a file is.

    ``head`` are its first bytes (64 KiB are plenty), ``name`` the last part of its path, ``file`` the open
    file (read where the first bytes do not decide: packages, mailboxes), ``size`` its length, -1 if unknown.
    The file's position is not kept.
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    kind, why = _kind(head, name, extension, file, size)
    if kind in ("unknown", "exe") and file is not None and archives.ends_as_zip(file):
        kind, why = "zip", "the directory of a ZIP archive stands at its end"
    expected = _EXTENSIONS.get(extension)
    agrees = expected is None or kind in expected or kind == "empty"
    if not agrees:
        why = f"named .{extension}, but it is {kind}: {why}"
    return Identified(kind, _MIME[kind], agrees, why)


def _kind(head: bytes, name: str, extension: str, file: BinaryIO | None, size: int) -> tuple[str, str]:
    if size == 0 or not head:
        return "empty", "it has no bytes"
    magic = _magic(head)
    if magic == "zip":
        return packages.zip_kind(head, file, extension), "by the names of its members"
    if magic == "ole":
        kind, encrypted = packages.compound_kind(file, extension)
        return kind, "encrypted, in a compound file" if encrypted else "by the streams of its compound file"
    if magic:
        return magic, f"its first bytes are those of {magic}"
    if kind := _mail(head, extension, file):
        return kind, "by its header lines" if kind != "mbox" else "by its envelope lines"
    if (head.startswith(b"-----BEGIN ") or extension in _CMS_EXTENSIONS) and _CMS_TEXT.match(head):
        return "pkcs7", "it begins as a CMS object, written as text"
    if pgp.is_sealed(head, extension):
        return "pgp", "it begins as an encrypted PGP message"
    if tar.is_tar(head):
        return "tar", "its first block is a tar header"
    if extension == "dbf" and dbf.is_table(head):
        return "dbf", "its head is that of a dBASE table"
    if b"%PDF-" in head[:1024] and b" obj" in head:
        return "pdf", "a PDF header stands within its first bytes"
    if extension == "json" and _DAY_OF_CHAT.fullmatch(name) and slackday.is_day(head):
        return "slackday", "it is a day's messages of a Slack channel"
    return _text(head, extension)


def _magic(head: bytes) -> str:
    if head[0] in _FIRST_BYTES:
        for magic, kind in _MAGIC:
            if head.startswith(magic):
                return kind
    if metafile.is_emf(head):
        return "emf"
    first = head[:2]
    if head[0] == 0x30 and _CMS.match(head):
        return "pkcs7"
    if first == b"MZ" and b"\0" in head[:64]:
        return "exe"
    if first == b"BM" and len(head) >= 26 and head[6:10] == b"\0\0\0\0" and head[14] in (12, 40, 52, 56, 64, 108, 124):
        return "bmp"
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bz2"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "heic" if brand in _PICTURE_BRANDS else "audio" if brand in _AUDIO_BRANDS else "video"
    if first == b"RI" and head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "")
    if archive := archives.kind(head):
        return archive
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio"
    if head[0] == 0xFF and _MPEG_AUDIO.match(head):
        return "audio"
    return ""


def _mail(head: bytes, extension: str, file: BinaryIO | None) -> str:
    """Recognise one message, or a mailbox of several."""
    blank = _BLANK_START.match(head)
    at = blank.end() if blank else 0
    if head.startswith(b"From ", at) and (envelope := mbox.envelope_at(head[at:])):
        if extension in ("mbox", "mbx") or _more_messages(head, at, file):
            return "mbox"
        return "eml" if _HEADER_LINE.match(head, at + envelope.end()) else "mbox"
    if extension == "emlx" and (count := _APPLE_COUNT.match(head)):
        at = count.end()
    if head.startswith(b">From ", at):
        at = head.find(b"\n", at) + 1
    if not _HEADER_LINE.match(head, at):
        return ""
    end = _HEADER_END.search(head, at)
    block = head[at : end.end() if end else len(head)]
    if not _is_header(block, extension):
        return ""
    if _RSMF.search(block):
        return "rsmf"
    return "mbox" if extension in ("mbox", "mbx") and _more_messages(head, at, file) else "eml"


def _is_header(block: bytes, extension: str) -> bool:
    """Tell a mail's header from other lines with colons: by the names that only mail has."""
    names = {name.lower() for name in _HEADER_NAME.findall(block[:16384])}
    if {b"mime-version", b"content-type"} <= names and b"multipart/" in block:
        return True  # a web page kept as MHTML may have no more than that
    first = block.partition(b":")[0].strip().lower()
    if first not in _PARTY and first not in _TRANSPORT and not first.startswith((b"x-", b"arc-", b"authentication-")):
        names_known = len(names & (_PARTY | _TRANSPORT))
        if names_known < 4:
            return False
    parties, transport = len(names & _PARTY), len(names & _TRANSPORT)
    if not names & _MAIL_ONLY:
        return False
    if extension in _MAIL_EXTENSIONS:
        return parties + transport > 0
    if transport and parties:
        return True
    return transport > 1 or (b"from" in names and parties > 2 and b"@" in block and bool(_MAIL_DATE.search(block)))


def _more_messages(head: bytes, start: int, file: BinaryIO | None) -> bool:
    """Tell whether a second envelope follows; reads on only as far as it must."""
    return any(position > start for position, _ in mbox.envelopes(file or io.BytesIO(head)))


def _text(head: bytes, extension: str) -> tuple[str, str]:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:_HEAD_OF_TEXT]:
        narrow = _narrowed(head)
        if narrow is None:
            return "unknown", "its bytes are those of no known kind"
        head = narrow
    sample = head[: _HEAD_OF_TEXT * 4]
    controls = len(sample) - len(sample.translate(None, _NOT_TEXT))
    if controls * 20 > len(sample):
        return "unknown", "its bytes are those of no known kind"
    blank = _BLANK_START.match(sample)
    at = blank.end() if blank else 0
    start = sample[at:]
    upper = start[:15].upper()
    if upper.startswith(b"BEGIN:VCALENDAR"):
        return "ics", "it begins as a calendar file"
    if upper.startswith(b"BEGIN:VCARD"):
        return "vcf", "it begins as an address card"
    if start.startswith(binhex.NOTICE) or (extension == "hqx" and binhex.NOTICE in head):
        return "hqx", "it begins as a BinHex file"
    if start[:1] == b"<":
        if _HTML_START.match(start) or (extension in ("htm", "html") and _TAG.search(start)):
            return "html", "it begins with HTML"
        if _XML_START.match(start) or extension in ("xml", "svg"):
            return next((kind for sign, kind in _XML_KINDS if sign.search(start)), "xml"), "it begins with XML"
    if extension in ("htm", "html") and _TAG.search(sample):
        return "html", "it has HTML tags"
    if start[:1] in (b"{", b"[") and _is_json(head[at:], extension):
        return "json", "it begins as JSON"
    if extension in ("csv", "tsv", "tab"):
        return "csv", "it is text, and its name says a table"
    return "text", "it is text"


def _narrowed(head: bytes) -> bytes | None:
    """Return UTF-16 text as single bytes, None when it is no such text."""
    from tecum.processing.readers import charset

    codec = charset.guess_codec(head[: _HEAD_OF_TEXT * 2])
    if not codec.startswith(("utf-16", "utf-32")):
        return None
    text = head[: _HEAD_OF_TEXT * 2].decode(codec, "replace").lstrip("\ufeff")
    strange = sum(1 for letter in text if letter == "\ufffd" or (letter < " " and letter not in "\t\r\n\f"))
    return text.encode("utf-8", "replace") if strange * 20 <= len(text) else None


def _is_json(data: bytes, extension: str) -> bool:
    if extension in ("json", "geojson"):
        return True
    if len(data) > _HEAD_OF_TEXT * 4:
        return bool(re.match(rb"[{\[]\s*(?:\"[^\"]*\"\s*[:,]|[{\[]\s*\")", data))
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
