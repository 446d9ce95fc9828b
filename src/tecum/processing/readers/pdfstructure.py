"""What a PDF holds besides page text: properties, comments, form values, dynamic forms, attached files.

Follows ISO 32000-2: 12.5 (annotations), 12.7 (forms, XFA), 7.11 (file specifications), 14.3 (metadata).
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from tecum.hooks import Emit
from tecum.model import ExceptionCode
from tecum.processing.readers.zipxml import MAX_MEMBER, Element, attribute, local, parser

_DATE: Final = re.compile(r"(?:D:)?\s*(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")
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
_AT_ADDRESS: Final = re.compile(r"stream <.*?>: ")  # how pikepdf calls a file without a name
_DEEP: Final = 64  # steps from a form field to its topmost parent, names nested in a name tree


def opened(source: BinaryIO, password: str, emit: Emit) -> tuple[Structure | None, str]:
    """Return (structure, ""), or (None, reason) where it cannot be had."""
    import pikepdf

    source.seek(0)
    try:
        return Structure(pikepdf.open(source, password=password), emit), ""
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError) as error:
        return None, _AT_ADDRESS.sub("", str(error))


class Structure:
    """One PDF as objects. Every method says on ``emit`` what it could not read, and goes on."""

    def __init__(self, pdf: Any, emit: Emit) -> None:
        import pikepdf

        self._pdf = pdf
        self._emit = emit
        # Objects of a hostile file can be anything anywhere, so reading one fails in many ways.
        self._odd = (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)
        self._fields_shown: set[tuple[int, int]] = set()
        self._attached: list[tuple[str, Any]] = []  # file attachment annotations, as pages are read
        self._links: list[str] = []  # of the page in hand
        self._comments = False

    def close(self) -> None:
        """Let the file go."""
        self._pdf.close()

    def rewritten(self) -> BinaryIO | None:
        """Return the file as repaired and written anew, None when that fails."""
        buffer = io.BytesIO()
        try:
            self._pdf.save(buffer)
        except self._odd:  # the caller then reports the file as corrupt
            return None
        return buffer

    def beside_page(self, index: int, text: str) -> list[str]:
        """Return a line for each comment, form value and unshown link target of a page (from 0)."""
        try:
            annotations = _items(self._pdf.pages[index].obj.get("/Annots"))
            lines = [line for annotation in annotations for line in self._annotation(annotation)]
        except self._odd as error:
            self._partial(f"comments and form values of page {index + 1}", error)
            return []
        shown = re.sub(r"\s", "", text)
        links = (f"[link: {target}]" for target in self._links if target not in shown)
        lines += dict.fromkeys(links)
        self._links.clear()
        return lines

    def _annotation(self, annotation: Any) -> Iterator[str]:
        kind = str(annotation.get("/Subtype", ""))
        if kind == "/Widget":
            yield from self._form_value(annotation)
        elif kind == "/Link":
            target = _string(annotation.get("/A", {}).get("/URI")).removeprefix("mailto:")
            if target:
                self._links.append(target)
        elif kind == "/FileAttachment":
            self._attached.append(("", annotation.get("/FS")))
        if kind not in _NO_COMMENT:
            text = _string(annotation.get("/Contents")).strip()
            if text:
                self._comments = True
                yield f"[comment by {_string(annotation.get('/T'))}: {_one_line(text)}]"

    def _form_value(self, widget: Any) -> Iterator[str]:
        """Yield name and value of a form field; a field with several widgets only once."""
        names: list[str] = []
        value, node = None, widget
        for _ in range(_DEEP):
            if "/T" in node:
                names.append(_string(node["/T"]))
            if value is None:
                value, holder = node.get("/V"), node
            if "/Parent" not in node:
                break
            node = node["/Parent"]
        if value is None or (holder.is_indirect and holder.objgen in self._fields_shown):
            return
        self._fields_shown.add(holder.objgen)
        text = _one_line(_value(value))
        if text and text != "Off":
            yield f"[field {'.'.join(reversed(names))}: {text}]"

    def dynamic_form(self) -> str:
        """Return the words and values of an XFA form whose pages exist only in Adobe's own viewer."""
        try:
            form = self._pdf.Root.get("/AcroForm", {})
            packets = form.get("/XFA")
            if packets is None or (len(form.get("/Fields", ())) and not self._pdf.Root.get("/NeedsRendering")):
                return ""
            streams = [packets] if hasattr(packets, "read_bytes") else list(packets)[1::2]
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
                fields[field] = fields.get(field) or _string(info.get(key)).strip()
            fields["language"] = _string(self._pdf.Root.get("/Lang"))
            self._from_xmp(fields)
        except self._odd as error:
            self._partial("some properties", error)
        for field, value in fields.items():
            value = iso_date(value) if field in ("created", "modified") else value
            if value:
                self._emit.field(field, value)
        if self._comments:
            self._emit.field("hidden", ["comments"])

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
        try:
            root = self._pdf.Root
            named = list(_named(root.get("/Names", {}).get("/EmbeddedFiles"), _DEEP))
            named += [("", specification) for specification in _items(root.get("/AF"))]
        except self._odd as error:
            self._partial("the list of attached files", error)
            named = []
        seen: set[tuple[int, int]] = set()
        for number, (name, specification) in enumerate([*named, *self._attached], 1):
            try:
                self._attachment(name or f"attachment {number}", specification, seen)
            except self._odd as error:
                message = f"the attached file cannot be read: {error}"
                self._emit.member(name, None, problem=ExceptionCode.CORRUPT, message=message)

    def _attachment(self, name: str, specification: Any, seen: set[tuple[int, int]]) -> None:
        files = specification.get("/EF")
        if files is None:  # a reference to a file elsewhere
            return
        stream = files.get("/UF", files.get("/F"))
        if stream.objgen in seen:
            return
        seen.add(stream.objgen)
        name = _string(specification.get("/UF")) or _string(specification.get("/F")) or name
        details = stream.get("/Params", {})
        size = int(details.get("/Size", -1))
        fields = {
            "file_modified": iso_date(_string(details.get("/ModDate"))),
            "declared_type": str(stream.get("/Subtype", "")).removeprefix("/"),
        }
        known = {key: value for key, value in fields.items() if value}
        if size > MAX_MEMBER:
            message = f"the attached file is larger than {MAX_MEMBER >> 20} MiB"
            self._emit.member(
                name,
                None,
                declared_size=size,
                fields=known,
                problem=ExceptionCode.LIMIT_SIZE,
                message=message,
            )
        else:
            self._emit.member(name, stream.read_bytes(), declared_size=size, fields=known)

    def _partial(self, what: str, error: Exception) -> None:
        self._emit.problem(ExceptionCode.PARTIAL, f"{what} cannot be read: {error}")


def iso_date(text: str) -> str:
    """Return a PDF or XMP date as ISO 8601, naive where it names no zone; "" where it is none."""
    try:
        return dt.datetime.fromisoformat(text).replace(microsecond=0).isoformat()
    except ValueError:
        match = _DATE.match(text)
    if match is None:
        return ""
    year, month, day, hour, minute, second, utc, sign, hours, minutes = match.groups()
    zone = None
    if utc:
        zone = dt.UTC
    elif sign:
        offset = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
        zone = dt.timezone(-offset if sign == "-" else offset) if offset < dt.timedelta(days=1) else None
    try:
        moment = dt.datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        return ""
    return moment.replace(tzinfo=zone).isoformat()


def _items(array: Any) -> list[Any]:
    """Return the dictionaries of an array that may be missing or something else altogether."""
    return [item for item in array or () if hasattr(item, "get")]


def _string(value: Any) -> str:
    import pikepdf

    return str(value) if isinstance(value, pikepdf.String) else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _value(value: Any) -> str:
    """Return a field's value as text: a string, a choice of several, a long text, a signature."""
    import pikepdf

    if isinstance(value, pikepdf.Stream):
        return value.read_bytes().decode("utf-8", "replace")
    if isinstance(value, pikepdf.Array):
        return ", ".join(map(_value, value))
    if isinstance(value, pikepdf.Dictionary):
        parts = [_string(value.get(key)) for key in ("/Name", "/Reason", "/Location")]
        signed = iso_date(_string(value.get("/M")))
        return "signed " + ", ".join(part for part in (*parts, signed) if part)
    return str(value).removeprefix("/")


def _named(tree: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield (name, file specification) of a name tree, no deeper than ``depth``."""
    if tree is None:
        return
    if depth == 0:
        raise ValueError("the name tree has no end")
    flat = list(tree.get("/Names", ()))
    yield from ((_string(name), value) for name, value in zip(flat[::2], flat[1::2], strict=False))
    for kid in _items(tree.get("/Kids")):
        yield from _named(kid, depth - 1)


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
        yield _one_line(" ".join(_texts(element)))
    for data in root.iter("{http://www.xfa.org/schema/xfa-data/1.0/}data"):
        yield from map(_one_line, _texts(data))
