"""PowerPoint presentations of 1997 to 2003 (ppt, pps, pot): slides in order, with notes, comments and hidden slides.

Follows [MS-PPT]; neither PowerPoint nor LibreOffice is needed. What a page does not show stands in marks, as in newer
presentations (``tecum.processing.readers.marks``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import locked, officeart, pptbinary
from tecum.processing.readers.marks import marked
from tecum.processing.readers.officeart import Record, every, records
from tecum.processing.readers.olestore import Store, hand_over
from tecum.processing.readers.pptbinary import Listed, Show, said

_SHAPE, _GROUP, _TEXT_BOX, _CLIENT_DATA, _OPTIONS = 0xF004, 0xF003, 0xF00D, 0xF011, 0xF00B
_PLACEHOLDER, _INTERACTION, _INTERACTION_ATOM = 0x0BC3, 0x0FF2, 0x0FF3
_HIDDEN_SLIDE: Final = 0x0004
_BREAKS: Final = str.maketrans({"\r": "\n", "\x0b": "\n"})
_NUMBER: Final = "*"  # stands for the number of the slide, or the day


def read(item: Input, emit: Emit) -> None:
    """Emit slide by slide, separated by form feeds, with notes and comments; then properties and embedded objects."""
    store = Store(locked.opened(item), emit)
    stream = store.stream("PowerPoint Document")
    if not stream:
        raise Unreadable(ExceptionCode.CORRUPT, "the presentation's stream is empty")
    show = Show(stream, store.stream("Current User"))
    text = _Slides(show)
    texts = [text.slide(number, entry) for number, entry in enumerate(show.slides, 1)]
    texts += [stray for record in show.unlisted() if (stray := text.stray(record))]
    texts.append(text.background())
    if any(one.strip() for one in texts):
        emit.text("\n\f".join(texts))
    else:
        emit.problem(ExceptionCode.EMPTY_TEXT, "the slides hold no text")
    store.properties()
    emit.field("pages", str(len(show.slides)))
    has_macros = show.macros() >= 0 or store.has_macros()
    hidden = list(dict.fromkeys([*text.hidden, *(["macros"] if has_macros else [])]))
    if hidden:
        emit.field("hidden", hidden)
    for name, number in text.objects():
        data = show.storage(number)
        if data:
            hand_over(emit, name, data)
        else:
            emit.member(name, None, problem=ExceptionCode.CORRUPT, message="the embedded object cannot be read")
    for trouble in dict.fromkeys(show.troubles):
        emit.problem(ExceptionCode.PARTIAL, trouble)


class _Slides:
    """What the slides of one presentation say, and what was hidden in them."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self.hidden: list[str] = []
        held = next((one for one in records(show.document.data, []) if one.type == pptbinary.OBJECTS), None)
        self._objects = list(records(held.data, show.troubles)) if held is not None else []
        self._links = dict(self._link(one) for one in self._objects if one.type == pptbinary.LINK)
        self._notes = {entry.identifier: entry for entry in show.notes}

    def slide(self, number: int, entry: Listed) -> str:
        """Return what one slide says, shown or not."""
        record = self._show.object(entry.object)
        if record is None or record.type != pptbinary.SLIDE:
            self._show.troubles.append(f"slide {number} cannot be read")
            return "\n".join(text.translate(_BREAKS) for text in entry.texts)
        lines = self._lines(record, entry.texts)
        if _is_hidden(record):
            self.hidden.append(f"hidden slide: {number}")
            lines = [f"[hidden slide {number}]", *lines]
        return _joined(lines)

    def stray(self, record: Record) -> str:
        """Return a slide that the file holds and no list of slides names."""
        text = _joined(self._lines(record, []))
        if not text:
            return ""
        self.hidden.append("slide outside the presentation")
        return f"[slide outside the presentation]\n{text}"

    def background(self) -> str:
        """Return what masters put on every slide (a stamp, a firm's name), without their prompts, and all footers."""
        lines: list[str] = []
        for entry in self._show.masters:
            record = self._show.object(entry.object)
            if record is not None:
                lines += self._shapes(record, [], prompts=False)
        lines += self._headers(self._show.document)
        return _joined(dict.fromkeys(lines))

    def objects(self) -> Iterator[tuple[str, int]]:
        """Yield the embedded objects: a name for each, and its number."""
        for held in self._objects:
            atom = next((one for one in records(held.data, []) if one.type == pptbinary.OBJECT_ATOM), None)
            if atom is not None and len(atom.data) >= 20 and held.type == pptbinary.EMBEDDED:
                _, _, identifier, _, number = struct.unpack_from("<5I", atom.data)
                yield f"object {identifier}", number

    def _lines(self, slide: Record, outline: list[str]) -> list[str]:
        lines = [*self._shapes(slide, outline), *self._headers(slide)]
        atom = next((one for one in records(slide.data, []) if one.type == pptbinary.SLIDE_ATOM), None)
        notes = self._notes.get(struct.unpack_from("<I", atom.data, 16)[0]) if atom and len(atom.data) >= 20 else None
        record = self._show.object(notes.object) if notes is not None else None
        text = _joined(self._shapes(record, notes.texts if notes is not None else [])) if record is not None else ""
        if text:
            self.hidden.append("speaker notes")
            lines.append(marked("speaker notes", text))
        return [*lines, *self._comments(slide)]

    def _shapes(self, page: Record, outline: list[str], *, prompts: bool = True) -> Iterator[str]:
        """Yield the text of all shapes in the order of the file.

        ``outline`` are the texts kept outside the page, which its shapes point at; those at which none points follow.
        ``prompts=False`` leaves out placeholders, which on a master hold only "click to edit".
        """
        left = dict(enumerate(outline))
        for drawing in records(page.data, self._show.troubles):
            if drawing.type != pptbinary.DRAWING:
                continue
            for shape in every(drawing.data, self._show.troubles):
                if shape.type == _SHAPE:
                    yield from self._shape(shape, left, prompts)
        yield from (text.translate(_BREAKS) for text in left.values())

    def _shape(self, shape: Record, outline: dict[int, str], prompts: bool) -> Iterator[str]:
        kind = next(
            (one.data[4] for one in every(shape.data, []) if one.type == _PLACEHOLDER and len(one.data) > 4), None
        )
        links = []
        for part in records(shape.data, self._show.troubles):
            if part.type == _TEXT_BOX and (prompts or kind is None):
                for atom in records(part.data, self._show.troubles):
                    if atom.type in (pptbinary.CHARACTERS, pptbinary.BYTES):
                        yield said(atom).translate(_BREAKS)
                    elif atom.type == pptbinary.OUTLINE_REFERENCE and len(atom.data) >= 4:
                        yield outline.pop(struct.unpack_from("<I", atom.data)[0], "").translate(_BREAKS)
            if part.type in (_TEXT_BOX, _CLIENT_DATA):
                links += [self._target(one) for one in every(part.data, []) if one.type == _INTERACTION_ATOM]
        if prompts:
            yield from officeart.shape_texts(shape.data, self._show.troubles)
        yield from (f"<{target}>" for target in dict.fromkeys(links) if target)

    def _target(self, atom: Record) -> str:
        number = struct.unpack_from("<I", atom.data, 4)[0] if len(atom.data) >= 8 else 0
        return self._links.get(number, "").removeprefix("mailto:")

    @staticmethod
    def _link(link: Record) -> tuple[int, str]:
        """Return a link's number and the address it leads to; within the presentation it leads nowhere."""
        number, target = 0, ""
        for part in records(link.data, []):
            if part.type == pptbinary.STRING and part.instance == 1:
                target = said(part)
            elif part.type != pptbinary.STRING and len(part.data) >= 4:
                (number,) = struct.unpack_from("<I", part.data)
        return number, target if ":" in target or "." in target else ""

    def _headers(self, holder: Record) -> Iterator[str]:
        for record in records(holder.data, []):
            if record.type == pptbinary.HEADERS:
                for part in records(record.data, []):
                    if part.type == pptbinary.STRING:
                        yield said(part).translate(_BREAKS)

    def _comments(self, slide: Record) -> Iterator[str]:
        for record in every(_tagged(slide), self._show.troubles):
            if record.type == pptbinary.COMMENT:
                parts = list(records(record.data, []))
                words = {part.instance: said(part) for part in parts if part.type == pptbinary.STRING}
                when = next((_day(part.data) for part in parts if part.type == pptbinary.COMMENT_ATOM), "")
                if text := " ".join(words.get(1, "").split()):
                    self.hidden.append("comments")
                    yield marked("comment", text, words.get(0, ""), when)


_TAGS, _TAG, _TAG_DATA = 0x1388, 0x138A, 0x138B


def _tagged(slide: Record) -> bytes:
    """Return what later versions of PowerPoint keep beside a slide, in blocks of their own."""
    tags = (one for one in records(slide.data, []) if one.type == _TAGS)
    blocks = (one for held in tags for one in records(held.data, []) if one.type == _TAG)
    return b"".join(one.data for block in blocks for one in records(block.data, []) if one.type == _TAG_DATA)


def _is_hidden(slide: Record) -> bool:
    info = next((one for one in records(slide.data, []) if one.type == pptbinary.SHOW_INFO), None)
    return (
        info is not None and len(info.data) >= 12 and bool(struct.unpack_from("<H", info.data, 10)[0] & _HIDDEN_SLIDE)
    )


def _day(atom: bytes) -> str:
    """Return the time of a comment: year, month, day of the week, day, hour, minute."""
    if len(atom) < 16:
        return ""
    year, month, _, day, hour, minute = struct.unpack_from("<6H", atom, 4)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}" if year and month and day else ""


def _joined(lines: Iterator[str] | list[str] | dict[str, None]) -> str:
    return "\n".join(line.strip("\n") for line in lines if line.strip() not in ("", _NUMBER))


READER: Final = Reader("ppt", "1", frozenset({"ppt"}), read, library="olefile")
