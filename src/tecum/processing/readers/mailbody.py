"""The body of a mail as one text, and the files that stand beside it or were written into it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tecum.model import ExceptionCode
from tecum.processing.readers import charset, html, mailheader, mime
from tecum.processing.readers.mime import Part

ENOUGH: Final = 0.8  # share of an alternative's distinct words that makes it say nothing new

_WORD: Final = re.compile(r"\w+")
_TARGET: Final = re.compile(r"<(?:https?|ftp|mailto):[^>]*>", re.IGNORECASE)
_CID: Final = re.compile(r"cid:([^\s\"'<>)\]]+)", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<[^<>]{1,100}>")
_QUOTE_MARKS: Final = re.compile(r">+")
_UNSAFE: Final = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")
_ENDINGS: Final = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/x-vcard": ".vcf",
    "text/vcard": ".vcf",
    "text/csv": ".csv",
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
_CARDS: Final = {"text/calendar": "ics", "text/x-vcard": "vcf", "text/vcard": "vcf", "text/directory": "vcf"}
_MESSAGES: Final = frozenset({"message/rfc822", "message/global", "message/news"})
_NEVER_BODY: Final = _MESSAGES | _CARDS.keys()
_ELSEWHERE: Final = {
    "message/partial": "this is a fragment of a mail that was sent in pieces",
    "message/external-body": "it refers to a file that is kept elsewhere",
}
_SEALED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True)
class File:
    """A file found in a mail, as ``Emit.member`` takes it."""

    name: str
    data: bytes
    kind: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    message: str = ""


@dataclass
class Said:
    """What one part, or several, say in text: in plain words, or taken from markup."""

    texts: list[str] = field(default_factory=list)
    plain: bool = False
    markup: bool = False

    def words(self) -> set[str]:
        """Return its distinct words, link targets left out."""
        return {w for text in self.texts for w in _WORD.findall(_TARGET.sub(" ", text).lower())}


class Body:
    """Collects a message: ``texts`` in reading order, ``files``, ``notes`` (code, words), ``hidden`` words seen."""

    def __init__(self, root: Part) -> None:
        self.files: list[File] = []
        self.notes: list[tuple[str, str]] = []
        self.hidden = False
        self.referred: set[str] = set()  # Content-IDs that the text shows as pictures
        self._root = root
        self.texts = self._said(root).texts

    def inline(self, file: File) -> bool:
        """Tell whether the text shows this file, a picture, in its place."""
        known = file.fields.get("content_id", "").strip("<>").lower()
        return bool(known) and known in self.referred and file.fields["declared_type"].startswith("image/")

    def _said(self, part: Part) -> Said:
        self.notes += part.notes
        if part.kind == "multipart/alternative":
            said = self._best([self._said(child) for child in part.children])
        elif part.children:
            inner = [self._said(child) for child in part.children]
            texts = [text for one in inner for text in one.texts]
            said = Said(texts, any(s.plain for s in inner), any(s.markup for s in inner))
        else:
            said = self._leaf(part)
        for loose in part.loose:
            said.texts.append(mime.header_text(loose).replace("\r\n", "\n") + "\n")
        return said

    @staticmethod
    def _best(alternatives: list[Said]) -> Said:
        """Choose the plain one, and keep any other that says what it does not."""
        spoken = [said for said in alternatives if said.words()]
        chosen = next((said for said in spoken if said.plain), spoken[0] if spoken else Said())
        known = chosen.words()
        kept = list(chosen.texts)
        for other in spoken:
            words = other.words()
            if other is not chosen and len(words & known) < ENOUGH * len(words):
                label = "[HTML part]\n" if other.markup else "[Alternative part]\n"
                kept += [label, *other.texts]
                known |= words
        return Said(kept, chosen.plain, chosen.markup)

    def _leaf(self, part: Part) -> Said:
        if part.kind.startswith("multipart/"):
            return Said()
        disposition, details = mailheader.parameters(part.get("content-disposition"))
        name = details.get("filename") or part.params.get("name", "")
        alone = part is self._root
        spoken = part.kind.startswith(("text/", "message/")) and part.kind not in _NEVER_BODY
        if spoken and disposition != "attachment" and (not name or alone):
            return self._text(part)
        self._file(part, name)
        return Said()

    # -- text --------------------------------------------------------------------------------------------

    def _text(self, part: Part) -> Said:
        data, note = part.decoded()
        self._note(note)
        self._note(_ELSEWHERE.get(part.kind, ""))
        if part.kind == "text/html":
            return self._html(part, data)
        if part.kind in ("text/plain", "text/x-plain", "text/text"):
            data = self._cut_uuencoded(data)
        text, note = charset.decode(data, part.params.get("charset", ""))
        self._note(note)
        text = text.replace("\r\n", "\n")
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, part.params.get("delsp", "").lower() == "yes")
        elif part.kind in ("text/enriched", "text/richtext"):
            text = _MARKUP.sub("", text)
        self._refer(text)
        if "-----BEGIN PGP MESSAGE-----" in text:
            self.notes.append((ExceptionCode.ENCRYPTED, "the text, or part of it, is PGP-encrypted"))
        return Said([_ended(text)], plain=part.kind != "text/enriched")

    def _html(self, part: Part, data: bytes) -> Said:
        source, note = html.decode(data, part.params.get("charset", ""))
        self._note(note)
        self._refer(source)
        page = html.to_text(source)
        self._note(page.note)
        self.hidden = self.hidden or page.hidden
        return Said([_ended(page.text)], markup=True)

    def _refer(self, text: str) -> None:
        if "cid:" in text.lower():
            self.referred.update(mailheader.unescaped(cid).lower() for cid in _CID.findall(text))

    def _cut_uuencoded(self, data: bytes) -> bytes:
        """Take uuencoded files out of the text; a line with the name stays."""
        if b"\nbegin" not in data and not data.startswith(b"begin"):
            return data
        out, at = [], 0
        for found in mime.uuencoded(data):
            problem = ExceptionCode.PARTIAL if found.note else ""
            fields = {"declared_type": "application/octet-stream"}
            self.files.append(File(found.name, found.data, fields=fields, problem=problem, message=found.note))
            self._note(found.note and f"{found.name}: {found.note}")
            out += [data[at : found.start], f"[{found.name}]\n".encode()]
            at = found.end
        return b"".join([*out, data[at:]])

    # -- files -------------------------------------------------------------------------------------------

    def _file(self, part: Part, name: str) -> None:
        data, problem = part.decoded()
        kind = _CARDS.get(part.kind, "")
        if part.kind in _MESSAGES:
            kind, name = "eml", name or self._subject(data)
        elif part.kind in _TNEF:
            kind, name = "tnef", name or "winmail.dat"
        name = name or f"part{len(self.files) + 1:03d}{_ENDINGS.get(part.kind, '')}"
        fields = {"declared_type": part.kind}
        if cid := mailheader.unfold(part.get("content-id")):
            fields["content_id"] = cid
        if part.params.get("charset"):
            fields["charset"] = part.params["charset"]
        code = ExceptionCode.PARTIAL if problem else ""
        self._note(problem and f"{name}: {problem}")
        if self._encrypted(part):
            code, problem = ExceptionCode.ENCRYPTED, "it holds an encrypted message"
        self.files.append(File(name, data, kind, fields, code, problem))

    def _encrypted(self, part: Part) -> bool:
        if part.kind in _SEALED:
            return part.params.get("smime-type", "").lower() in ("enveloped-data", "")
        return self._root.kind == "multipart/encrypted" and part.kind == "application/octet-stream"

    @staticmethod
    def _subject(data: bytes) -> str:
        """Name an attached message by its subject."""
        head = data[:65536].partition(b"\n\n")[0].partition(b"\r\n\r\n")[0] + b"\n\n"
        subject = mailheader.text(mime.parse(head).get("subject"))
        return (_UNSAFE.sub("_", subject).strip(" .")[:120] or "message") + ".eml"

    def _note(self, note: str) -> None:
        if note:
            self.notes.append((ExceptionCode.PARTIAL, note))


def unflow(text: str, delsp: bool = False) -> str:
    """Join the lines of a ``format=flowed`` text (RFC 3676), quoted ones at their depth."""
    return "\n".join(_paragraphs(text.split("\n"), delsp))


def _paragraphs(lines: list[str], delsp: bool) -> Iterator[str]:
    held: str | None = None
    held_depth = 0
    for line in lines:
        marks = _QUOTE_MARKS.match(line)
        depth = marks.end() if marks else 0
        words = line[depth:].removeprefix(" ") if depth or line.startswith(" ") else line
        flows = words.endswith(" ") and words != "-- "
        if held is not None and depth == held_depth and words != "-- ":
            words = held + words
        elif held is not None:
            yield _quoted(held, held_depth)
        held, held_depth = None, depth
        if flows:
            held = words[:-1] if delsp else words
        else:
            yield _quoted(words, depth)
    if held is not None:
        yield _quoted(held, held_depth)


def _quoted(words: str, depth: int) -> str:
    return f"{'>' * depth} {words}" if depth else words


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
