"""What a PDF holds besides page text: properties, comments, form values, dynamic forms, names of hidden layers.

Follows ISO 32000-2: 8.11 (optional content), 12.5 (annotations), 12.7 (forms, XFA), 14.3 (metadata).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from tecum.hooks import Emit
from tecum.model import ExceptionCode
from tecum.processing.readers import pdfattached, pdfvalues
from tecum.processing.readers.pdfvalues import iso_date, items, one_line, said, string
from tecum.processing.readers.zipxml import Element, attribute, local, parser

_INFO: Final = {
    "/Title": "title",
    "/Author": "author",
    "/Subject": "comments",
    "/Keywords": "keywords",
    "/Creator": "application",
    "/Producer": "application",
    "/CreationDate": "created",
    "/ModDate": "modified",
}
_XMP: Final = {
    "title": "title",
    "creator": "author",
    "description": "comments",
    "Keywords": "keywords",
    "subject": "keywords",
    "CreatorTool": "application",
    "Producer": "application",
    "CreateDate": "created",
    "ModifyDate": "modified",
}
_NO_COMMENT: Final = frozenset({"/Link", "/Widget", "/Popup"})
_MANY_LINKS: Final = 2_000  # different ones on a page
_DEEP: Final = 64  # steps from a form field to its topmost parent,


def opened(source: BinaryIO, password: str, emit: Emit) -> tuple[Structure | None, str]:
    """Return (structure, ""), or (None, reason) where it cannot be had."""
    pdf = _open(source, password)
    return (None, pdf) if isinstance(pdf, str) else (Structure(pdf, emit), "")


def opens(source: BinaryIO, password: str) -> bool:
    """Tell whether the password opens the file here, as some do whose encryption the other library refuses."""
    pdf = _open(source, password)
    if not isinstance(pdf, str):
        pdf.close()
    return not isinstance(pdf, str)


def _open(source: BinaryIO, password: str) -> Any:
    """Return the open file, or the reason why there is none."""
    import pikepdf

    source.seek(0)
    try:
        return pikepdf.open(source, password=password)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError) as error:
        return said(error)


class Structure:
    """One PDF as objects. Every method says on ``emit`` what it could not read, and goes on."""

    def __init__(self, pdf: Any, emit: Emit) -> None:
        self._pdf = pdf
        self._emit = emit
        self._odd = pdfvalues.odd()
        self._fields_shown: set[tuple[int, int]] = set()
        self._pinned: list[Any] = []  # file specifications of annotations, as pages are read
        self._links: list[str] = []  # of the page in hand
        self.has_comments = False

    def close(self) -> None:
        """Let the file go."""
        self._pdf.close()

    @property
    def was_encrypted(self) -> bool:
        """Whether a password, or the empty one, opened it."""
        return bool(self._pdf.is_encrypted)

    def rewritten(self) -> BinaryIO | None:
        """Return the file as repaired and written anew, None when that fails."""
        buffer = io.BytesIO()
        try:
            self._pdf.save(buffer, encryption=False)
        except self._odd:  # the caller then reports the file as corrupt
            return None
        return buffer

    def beside_page(self, index: int, text: str) -> list[str]:
        """Return a line for each comment, form value and unshown link target of a page (from 0)."""
        try:
            annotations = items(self._pdf.pages[index].obj.get("/Annots"))
            lines = [line for annotation in annotations for line in self._annotation(annotation)]
        except self._odd as error:
            self._partial(f"comments and form values of page {index + 1}", error)
            return []
        targets = dict.fromkeys(self._links)
        # A target may be broken over lines in the text; so many targets are not worth looking for.
        shown = re.sub(r"\s", "", text) if len(targets) <= _MANY_LINKS else ""
        lines += [f"[link: {target}]" for target in targets if target not in shown]
        self._links.clear()
        return lines

    def _annotation(self, annotation: Any) -> Iterator[str]:
        kind = str(annotation.get("/Subtype", ""))
        if kind == "/Widget":
            yield from self._form_value(annotation)
        elif kind == "/Link":
            target = string(annotation.get("/A", {}).get("/URI")).removeprefix("mailto:")
            if target:
                self._links.append(target)
        elif kind == "/FileAttachment":
            self._pinned.append(annotation.get("/FS"))
        if kind not in _NO_COMMENT:
            text = string(annotation.get("/Contents")).strip()
            if text:
                self.has_comments = True
                yield f"[comment by {string(annotation.get('/T'))}: {one_line(text)}]"

    def _form_value(self, widget: Any) -> Iterator[str]:
        """Yield name and value of a form field; a field with several widgets only once."""
        names: list[str] = []
        value, node = None, widget
        for _ in range(_DEEP):
            if "/T" in node:
                names.append(string(node["/T"]))
            if value is None:
                value, holder = node.get("/V"), node
            if "/Parent" not in node:
                break
            node = node["/Parent"]
        if value is None or (holder.is_indirect and holder.objgen in self._fields_shown):
            return
        self._fields_shown.add(holder.objgen)
        text = one_line(_value(value))
        if text and text != "Off":
            yield f"[field {'.'.join(reversed(names))}: {text}]"

    def hidden_layers(self) -> frozenset[str]:
        """Return the names of the layers that the document does not show unless they are switched on."""
        try:
            layers = self._pdf.Root.get("/OCProperties", {})
            default = layers.get("/D", {})
            off = {layer.objgen for layer in items(default.get("/OFF"))}
            if str(default.get("/BaseState", "")) == "/OFF":
                on = {layer.objgen for layer in items(default.get("/ON"))}
                off |= {layer.objgen for layer in items(layers.get("/OCGs"))} - on
            hidden = [string(layer.get("/Name")) for layer in items(layers.get("/OCGs")) if layer.objgen in off]
        except self._odd as error:
            self._partial("the list of layers", error)
            return frozenset()
        return frozenset(filter(None, hidden))

    def dynamic_form(self) -> str:
        """Return the words and values of an XFA form whose pages exist only in Adobe's own viewer."""
        import pikepdf

        try:
            form = self._pdf.Root.get("/AcroForm", {})
            packets = form.get("/XFA")
            if packets is None or (len(form.get("/Fields", ())) and not self._pdf.Root.get("/NeedsRendering")):
                return ""
            streams = [packets] if isinstance(packets, pikepdf.Stream) else list(packets)[1::2]
            data = b"".join(stream.read_bytes() for stream in streams)
            lines = list(_form_lines(_xml(data)))
        except self._odd as error:
            self._partial("the dynamic form", error)
            return ""
        return "".join(f"{line}\n" for line in dict.fromkeys(lines))

    def properties(self) -> None:
        """Emit the fields of the information dictionary, and of XMP where that is silent."""
        fields: dict[str, str] = {}
        try:
            info = self._pdf.trailer.get("/Info", {})
            for key, field in _INFO.items():
                fields[field] = fields.get(field) or string(info.get(key)).strip()
            fields["language"] = string(self._pdf.Root.get("/Lang"))
            self._from_xmp(fields)
        except self._odd as error:
            self._partial("some properties", error)
        for field, value in fields.items():
            value = iso_date(value) if field in ("created", "modified") else value
            if value:
                self._emit.field(field, value)

    def _from_xmp(self, fields: dict[str, str]) -> None:
        metadata = self._pdf.Root.get("/Metadata")
        if not hasattr(metadata, "read_bytes"):
            return
        for element in _xml(metadata.read_bytes()).iter("{*}Description"):
            found = {local(child): "; ".join(_texts(child)) for child in element}
            for name, field in _XMP.items():
                if not fields.get(field):
                    fields[field] = found.get(name, "") or attribute(element, name)

    def attachments(self) -> None:
        """Emit the attached files: of the name tree, associated ones, and those pinned to pages."""
        pdfattached.emit_files(self._pdf, self._pinned, self._emit, self._partial)

    def _partial(self, what: str, error: Exception) -> None:
        self._emit.problem(ExceptionCode.PARTIAL, f"{what} cannot be read: {said(error)}")


def _value(value: Any) -> str:
    """Return a field's value as text: a string, a choice of several, a long text, a signature."""
    import pikepdf

    if isinstance(value, pikepdf.Stream):
        return value.read_bytes().decode("utf-8", "replace")
    if isinstance(value, pikepdf.Array):
        return ", ".join(map(_value, value))
    if isinstance(value, pikepdf.Dictionary):
        parts = [string(value.get(key)) for key in ("/Name", "/Reason", "/Location")]
        signed = iso_date(string(value.get("/M")))
        return "signed " + ", ".join(part for part in (*parts, signed) if part)
    return str(value).removeprefix("/")


def _xml(data: bytes) -> Element:
    """Parse untrusted XML as far as it goes. Raises ValueError when nothing can be saved."""
    from lxml import etree

    try:
        root: Element | None = etree.fromstring(data.strip(b"\0 \r\n"), parser(recover=True))
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("no acceptable XML")
    return root


def _texts(element: Element) -> Iterable[str]:
    return [text for part in element.itertext() if (text := str(part).strip())]


def _form_lines(root: Element) -> Iterator[str]:
    """Yield the captions and texts of an XFA template, and the values of its data."""
    for element in root.iter("{*}text", "{*}exData"):
        yield one_line(" ".join(_texts(element)))
    for data in root.iter("{http://www.xfa.org/schema/xfa-data/1.0/}data"):
        yield from map(one_line, _texts(data))
