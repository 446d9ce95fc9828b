"""The body of a mail as one text, and the files that stand beside it or were written into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tecum.model import ExceptionCode
from tecum.processing.readers import asn1, charset, cms, encoded, flowed, html, ics, mailfile, mailheader, mime, pgp
from tecum.processing.readers.mailfile import File
from tecum.processing.readers.mime import Part

if TYPE_CHECKING:
    from tecum.processing.readers import tnef

ENOUGH: Final = 0.8  # share of an alternative's distinct words that makes it say nothing new

_WORD: Final = re.compile(r"\w+")
_TARGET: Final = re.compile(r"<(?:https?|ftp|mailto):[^>]*>", re.IGNORECASE)
_CID: Final = re.compile(r"cid:([^\s\"'<>)\]]+)", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<[^<>]{1,100}>")
_EUDORA: Final = re.compile(r"^Attachment Converted: \"?([^\r\n\"]{1,400})", re.MULTILINE)
_CARDS: Final = {"text/calendar": "ics", "text/x-vcard": "vcf", "text/vcard": "vcf", "text/directory": "vcf"}
_TITLES: Final = {"ics": "[Calendar part]\n", "vcf": "[Address card]\n"}
_MESSAGES: Final = frozenset({"message/rfc822", "message/global", "message/news"})
_ELSEWHERE: Final = "message/external-body"
_OF_A_PAGE: Final = frozenset({"text/css", "text/javascript", "text/x-javascript", "text/ecmascript"})
_NEVER_BODY: Final = _MESSAGES | _CARDS.keys() | _OF_A_PAGE | {_ELSEWHERE}
_HTML: Final = frozenset({"text/html", "text/x-amp-html", "text/watch-html"})
_SEALED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES: Final = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_BINHEX: Final = frozenset({"application/mac-binhex40", "application/binhex", "application/mac-binhex"})
_KINDS: Final = {"application/applefile": "applefile", **dict.fromkeys(_SIGNATURES, "pkcs7")}
_PGP_VERSION: Final = "application/pgp-encrypted"
_MOST_LAYERS: Final = 10  # signatures within signatures that are opened


@dataclass
class Said:
    """What one part, or several, say in text: in plain words, or taken from markup."""

    texts: list[str] = field(default_factory=list)
    plain: bool = False
    markup: bool = False
    title: str = ""  # what is written above it where it stands beside other text

    def words(self) -> set[str]:
        """Return its distinct words, link targets left out."""
        return {w for text in self.texts for w in _WORD.findall(_TARGET.sub(" ", text).lower())}


class Body:
    """Collects a message: ``texts`` in reading order, ``files``, ``notes`` (code, words), ``hidden`` words seen.

    ``signed`` names the kinds of signature met (S/MIME, PGP), ``card`` is the first calendar that the text shows.
    """

    def __init__(self, root: Part) -> None:
        self.files: list[File] = []
        self.notes: list[tuple[str, str]] = []
        self.hidden = False
        self.signed: list[str] = []
        self.card: ics.Card | None = None
        self.referred: set[str] = set()  # Content-IDs that the text shows as pictures
        self._pages: list[str] = []  # the sources of web pages whose parts have addresses of their own
        self._layers = 0
        self._packed: list[tnef.Opened] = []
        self._root = root
        self.texts = self._said(root).texts
        self._settle_packed()

    def inline(self, file: File) -> bool:
        """Tell whether the text shows this file in its place."""
        if file.shown:
            return True
        kind = file.fields.get("declared_type", "")
        known = file.fields.get("content_id", "").strip("<>").lower()
        if known and known in self.referred and kind.startswith("image/"):
            return True
        place = file.fields.get("content_location", "")
        of_a_page = kind.startswith(("image/", "font/")) or kind in _OF_A_PAGE
        return bool(place) and of_a_page and any(place in page for page in self._pages)

    def _said(self, part: Part) -> Said:
        self.notes += part.notes
        if part.kind == "multipart/alternative":
            said = self._best([self._said(child) for child in part.children])
        elif part.children:
            if part.kind == "multipart/signed":
                self._sign("PGP" if "pgp" in part.params.get("protocol", "").lower() else "S/MIME")
            said = Said()
            for inner in map(self._said, part.children):
                said.texts += [inner.title, *inner.texts] if inner.title and inner.texts else inner.texts
                said.plain, said.markup = said.plain or inner.plain, said.markup or inner.markup
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
        if len(spoken) < 2:
            return chosen
        known = chosen.words()
        kept = list(chosen.texts)
        for other in spoken:
            words = other.words()
            if other is not chosen and len(words & known) < ENOUGH * len(words):
                label = other.title or ("[HTML part]\n" if other.markup else "[Alternative part]\n")
                kept += [label, *other.texts]
                known |= words
        return Said(kept, chosen.plain, chosen.markup)

    def _leaf(self, part: Part) -> Said:
        if part.kind.startswith("multipart/"):
            return Said()
        disposition, name = mailfile.part_name(part)
        alone = part is self._root
        if part.kind in _SEALED or (alone and name.lower().endswith(".p7m")):
            return self._sealed(part, name)
        if part.kind in _CARDS and disposition != "attachment":
            return self._shown_card(part, name)
        spoken = part.kind.startswith(("text/", "message/")) and part.kind not in _NEVER_BODY
        if spoken and disposition != "attachment" and (not name or alone):
            return self._text(part)
        self._file(part, name)
        return Said()

    def _sign(self, way: str) -> None:
        if way not in self.signed:
            self.signed.append(way)

    # -- text --------------------------------------------------------------------------------------------

    def _text(self, part: Part) -> Said:
        data, note = part.decoded()
        self._note(note)
        if part.kind == "message/partial":
            self._note(_fragment(part))
        if part.kind in _HTML:
            return self._html(part, data)
        if part.kind in ("text/plain", "text/x-plain", "text/text"):
            data = self._cut_encoded(data)
        text, note = charset.decode(data, part.params.get("charset", ""))
        self._note(note)
        text = text.replace("\r\n", "\n")
        if part.params.get("format", "").lower() == "flowed":
            text = flowed.unflow(text, part.params.get("delsp", "").lower() == "yes")
        elif part.kind in ("text/enriched", "text/richtext"):
            text = _MARKUP.sub("", text)
        self._refer(text)
        if pgp.MESSAGE in text:
            self.notes.append((ExceptionCode.ENCRYPTED, "the text, or part of it, is PGP-encrypted"))
        if "Attachment Converted: " in text:
            self._eudora(text)
        return Said([_ended(text)], plain=part.kind != "text/enriched")

    def _shown_card(self, part: Part, name: str) -> Said:
        """Show an invitation or address card that is part of the message, and keep it as a file."""
        kind = _CARDS[part.kind]
        data, note = part.decoded()
        name = name or mailfile.made_name(part, len(self.files) + 1)
        self._note(note and f"{name}: {note}")
        card = ics.card(data, part.params.get("charset", ""))
        for wrong in card.notes:
            self._note(wrong)
        if kind == "ics" and self.card is None:
            self.card = card
        self.files.append(File(name, data, kind, mailfile.known_fields(part), shown=bool(card.lines)))
        title = "" if part is self._root else _TITLES[kind]
        return Said([card.text] if card.lines else [], title=title)

    def _html(self, part: Part, data: bytes) -> Said:
        source, note = html.decode(data, part.params.get("charset", ""))
        self._note(note)
        self._refer(source)
        if part.get("content-location") or self._root.kind == "multipart/related":
            self._pages.append(source)
        page = html.to_text(source)
        self._note(page.note)
        self.hidden = self.hidden or page.hidden
        return Said([_ended(page.text)], markup=True)

    def _refer(self, text: str) -> None:
        if "cid:" in text.lower():
            self.referred.update(mailheader.unescaped(cid).lower() for cid in _CID.findall(text))

    def _cut_encoded(self, data: bytes) -> bytes:
        """Take files that were written into the text out of it; a line with the name stays."""
        files = encoded.found(data)
        if not files:
            return data
        out, at = [], 0
        for found in files:
            problem = ExceptionCode.PARTIAL if found.note else ""
            fields = {"declared_type": "application/octet-stream"}
            self.files.append(File(found.name, found.data, fields=fields, problem=problem, message=found.note))
            self._note(found.note and f"{found.name}: {found.note}")
            out += [data[at : found.start], f"[{found.name}]\n".encode()]
            at = found.end
        return b"".join([*out, data[at:]])

    # -- files -------------------------------------------------------------------------------------------

    def _file(self, part: Part, name: str) -> None:
        if part.kind == _ELSEWHERE:
            self._lost(name or part.params.get("name", ""), part, _where(part))
            return
        apple_size = part.get("x-apple-content-length").strip()
        if apple_size and not part.content.strip():
            self._lost(name, part, f"Apple Mail keeps its {apple_size} bytes in a file of its own, beside this one")
            return
        data, problem = part.decoded()
        if part.kind == _PGP_VERSION and data.strip() == b"Version: 1":
            return  # the control part of PGP/MIME, the same in every mail
        kind = _CARDS.get(part.kind) or _KINDS.get(part.kind, "")
        if part.kind in _MESSAGES:
            kind, name = "eml", name or mailfile.subject_name(data)
        elif part.kind in _TNEF or name.lower() == "winmail.dat":
            if self._opened_tnef(name or "winmail.dat", data):
                return
            kind, name = "tnef", name or "winmail.dat"
        elif part.kind in _BINHEX and self._opened_binhex(part, data):
            return
        elif self._root.kind == "multipart/encrypted" and part.kind == "application/octet-stream":
            kind = "pgp"
            self.notes.append((ExceptionCode.ENCRYPTED, "its content is encrypted with PGP"))
        name = name or mailfile.made_name(part, len(self.files) + 1)
        self._note(problem and f"{name}: {problem}")
        code = ExceptionCode.PARTIAL if problem else ""
        self.files.append(File(name, data, kind, mailfile.known_fields(part), code, problem))

    def _sealed(self, part: Part, name: str) -> Said:
        """Open an S/MIME part that is signed or packed; one that is encrypted is recorded, and kept as a file."""
        data, note = part.decoded()
        name = name or mailfile.made_name(part, len(self.files) + 1)
        self._note(note and f"{name}: {note}")
        try:
            sealed = cms.opened(data)
        except asn1.Malformed as error:
            self.notes.append((ExceptionCode.PARTIAL, f"{name} cannot be opened: {error}"))
        else:
            if sealed.kind == "enveloped":
                self.notes.append((ExceptionCode.ENCRYPTED, "its content is encrypted with S/MIME"))
            elif sealed.content is not None and mime.is_entity(sealed.content) and self._layers < _MOST_LAYERS:
                if sealed.kind == "signed":
                    self._sign("S/MIME")
                self._note(cms.CUT_SHORT if sealed.cut else "")
                self._layers += 1
                return self._said(mime.parse(sealed.content))
        self.files.append(File(name, data, "pkcs7", mailfile.known_fields(part)))
        return Said()

    def _opened_binhex(self, part: Part, data: bytes) -> bool:
        """Decode a BinHex part to its file; tells whether there was one."""
        files = encoded.found(data)
        for found in files:
            problem = ExceptionCode.PARTIAL if found.note else ""
            fields = mailfile.known_fields(part)
            self.files.append(File(found.name, found.data, fields=fields, problem=problem, message=found.note))
            self._note(found.note and f"{found.name}: {found.note}")
        return bool(files)

    def _opened_tnef(self, name: str, data: bytes) -> bool:
        """Take what is in a winmail.dat for parts of the mail; tells whether it could be opened."""
        from tecum.processing.readers import mapi, tnef

        try:
            found = tnef.opened(data)
        except mapi.Damaged as damage:
            self._note(f"{name} cannot be opened: {damage}")
            return False
        for note in found.problems:
            self._note(f"{name}: {note}")
        self.files += found.files
        self._packed.append(found)
        return True

    def _settle_packed(self) -> None:
        """The body in a winmail.dat is the mail's where it has no other; else a file, where it says more."""
        own = Said(self.texts).words() if self._packed else set()
        for found in self._packed:
            page = html.to_text(found.html)
            if not own:
                self.texts.append(_ended(found.plain or page.text))
                self._note(page.note)
                self._refer(found.html)
                self.hidden = self.hidden or page.hidden
            elif not own.issuperset(Said([page.text if found.html else found.plain]).words()):
                ending, data = (".html", found.html) if found.html else (".txt", found.plain)
                fields = {"declared_type": f"text/{'html' if found.html else 'plain'}", "charset": "utf-8"}
                self.files.append(File(f"winmail body{ending}", data.encode("utf-8", "replace"), fields=fields))
            if found.calendar:
                self._packed_calendar(found.calendar)

    def _packed_calendar(self, calendar: str) -> None:
        data = calendar.encode("utf-8", "replace")
        card = ics.card(data, "utf-8")
        if self.card is None:
            self.card = card
            self.texts += [_TITLES["ics"], card.text]
        self.files.append(File("winmail.ics", data, "ics", {"declared_type": "text/calendar"}, shown=True))

    def _lost(self, name: str, part: Part, why: str) -> None:
        """A file that the mail only refers to is a file without bytes."""
        name = name or mailfile.made_name(part, len(self.files) + 1)
        fields = mailfile.known_fields(part)
        self.files.append(File(name, None, fields=fields, problem=ExceptionCode.NOT_COLLECTED, message=why))

    def _eudora(self, text: str) -> None:
        """Eudora took attachments out of the mail and left a line with their path."""
        why = "Eudora keeps it in a file of its own"
        for path in dict.fromkeys(_EUDORA.findall(text)):
            name = re.split(r"[\\/:]", path.strip())[-1]
            self.files.append(File(name, None, problem=ExceptionCode.NOT_COLLECTED, message=f"{why}: {path.strip()}"))

    def _note(self, note: str) -> None:
        if note:
            self.notes.append((ExceptionCode.PARTIAL, note))


def _fragment(part: Part) -> str:
    """Say which piece of a mail in pieces (RFC 2046, 5.2.2) this is."""
    number, total, identity = (part.params.get(key, "?") for key in ("number", "total", "id"))
    return f"this is fragment {number} of {total} of a mail that was sent in pieces (id {identity[:80]})"


def _where(part: Part) -> str:
    """Say where an external body (RFC 2046, 5.2.3) is kept, in the words of its header."""
    known = ", ".join(f"{key} {value[:200]}" for key, value in part.params.items() if key not in ("name", "charset"))
    return f"it refers to a file that is kept elsewhere ({known})"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
