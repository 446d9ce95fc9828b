"""The language of letter templates: plain text with named fields and blocks that a clerk can edit; never code.

- A paragraph is the lines between two blank lines; their breaks are kept. ``# `` begins a heading, ``## `` and ``### ``
  smaller ones, ``- `` a point of a list. A line that begins with ``%`` is a remark and is not printed.
- ``{due}`` stands for a field, which must not be empty. ``{due?}`` may be: a paragraph, a point or a heading all of
  whose fields are such and empty is left out; so is such a line of a longer paragraph. ``{{`` and ``}}`` print braces.
- ``[[requests]]``, alone on a line, stands for what the program makes: a list, a table, a place to sign.
  ``[[orders?]]`` may be empty; a heading under which nothing is left, up to the next or to the signature, goes too.

There are no expressions, conditions or loops. What is filled in is printed as it is and never read again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from tecum.engine.paper import Block, Bullets, Heading, Paragraph, Signature
from tecum.errors import LetterIncomplete, TemplateInvalid

_LINES: Final = re.compile(r"\r\n|\r|\n")
_HEADING: Final = re.compile(r"(#+)[ \t]+(.*)")
_LEVELS: Final = 3
_BULLET: Final = re.compile(r"-[ \t]+(.*)")
_BLOCK: Final = re.compile(r"\[\[([^\[\]]*)\]\]")
_BLOCK_NAME: Final = re.compile(r"([a-z]+(?: [a-z]+)*)(\??)")
_BRACES: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SLOT_NAME: Final = re.compile(r"([a-z][a-z0-9_]*)(\??)")
_LEANING: Final = (" ", ".", ",", ";", ":", ")")  # what may follow a field whose blank goes with it when it is empty
_SHOWN: Final = 60  # characters of a faulty name that a message repeats


@dataclass(frozen=True)
class Slot:
    """A place in a line for a field's value; ``optional`` when the value may be empty."""

    name: str
    optional: bool


@dataclass(frozen=True)
class Line:
    """One line of a template: text and slots in turn; ``number`` counts from 1."""

    number: int
    pieces: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Its slots in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Slot))


@dataclass(frozen=True)
class Part:
    """A heading of ``level`` 1 to 3, a paragraph, a point of a list, or the place of a block named ``block``."""

    kind: Literal["heading", "paragraph", "bullet", "block"]
    lines: tuple[Line, ...]
    level: int = 0
    block: str = ""
    optional: bool = False

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of all its lines."""
        return tuple(slot for line in self.lines for slot in line.slots)


@dataclass(frozen=True)
class Template:
    """A template as it was read. ``purpose`` is its first remark: what the letter is for and when to send it."""

    path: str
    purpose: str
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """The letter's name: that of the file without its ending."""
        return Path(self.path).stem

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it names, each once, in order."""
        return tuple(dict.fromkeys(slot.name for part in self.parts for slot in part.slots))

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks it names, each once, in order."""
        return tuple(dict.fromkeys(part.block for part in self.parts if part.block))

    def check(self, fields: Iterable[str], blocks: Iterable[str]) -> None:
        """Make sure that every field and block it names is among those given.

        Raises:
            TemplateInvalid: for the first that is not, with its line and the names that there are.
        """
        known_fields, known_blocks = sorted(fields), sorted(blocks)
        for part in self.parts:
            if part.block and part.block not in known_blocks:
                raise self._unknown("block", part.block, part.lines[0].number, known_blocks)
            for line in part.lines:
                for slot in line.slots:
                    if slot.name not in known_fields:
                        raise self._unknown("field", slot.name, line.number, known_fields)

    def _unknown(self, what: str, name: str, line: int, known: Sequence[str]) -> TemplateInvalid:
        near = difflib.get_close_matches(name[:_SHOWN], known, 1)
        meant = f"; is {near[0]!r} meant?" if near else "."
        return TemplateInvalid(
            f"There is no {what} named {_short(name)}{meant}",
            path=self.path, line=line, remedy=f"Take one of the {what}s that there are: {', '.join(known)}",
        )  # fmt: skip


def read(path: Path) -> Template:
    """Read a template from a file in UTF-8, with or without a byte order mark.

    Raises:
        TemplateInvalid: when it is not UTF-8, or not a template.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_LINES.split(data[: error.start].decode("latin-1")))
        raise TemplateInvalid(
            f"Byte {data[error.start]:#04x} is not text in UTF-8.",
            path=path, line=line, remedy="Save the file with the encoding UTF-8",
        ) from None  # fmt: skip
    return parse(text, path)


def parse(text: str, path: Path | str) -> Template:
    """Return the template that a text says; ``path`` names it in errors, and its stem names the letter.

    Raises:
        TemplateInvalid: at the first line that cannot be understood.
    """
    purpose, parts = "", []
    open_lines: list[Line] = []  # of the paragraph or point being read
    open_kind: Literal["paragraph", "bullet"] = "paragraph"

    def close() -> None:
        if open_lines:
            parts.append(Part(open_kind, tuple(open_lines)))
            open_lines.clear()

    for number, raw in enumerate(_LINES.split(text.removeprefix("\ufeff")), 1):
        line = raw.strip()
        if line.startswith("%"):
            purpose = purpose or line[1:].strip()
        elif not line:
            close()
        elif block := _block(line, path, number):
            close()
            parts.append(block)
        elif heading := _HEADING.fullmatch(line):
            close()
            if len(heading[1]) > _LEVELS:
                raise TemplateInvalid(f"A heading begins with one to {_LEVELS} signs #.", path=path, line=number)
            parts.append(Part("heading", (_line(heading[2], path, number),), level=len(heading[1])))
        elif bullet := _BULLET.fullmatch(line):
            close()
            open_kind = "bullet"
            open_lines.append(_line(bullet[1], path, number))
        else:
            if open_lines and open_kind == "bullet" and raw[0] not in " \t":
                close()  # only an indented line goes on with the point before it
            if not open_lines:
                open_kind = "paragraph"
            open_lines.append(_line(line, path, number))
    close()
    return Template(str(path), purpose, tuple(parts))


def _block(line: str, path: Path | str, number: int) -> Part | None:
    """The block that a line stands for, None when it is a line of text."""
    if "[[" not in line:
        return None
    whole = _BLOCK.fullmatch(line)
    if whole is None:
        raise TemplateInvalid(
            f"{_short(line)}: a block stands alone on its line, as in [[requests]].", path=path, line=number
        )
    name = _BLOCK_NAME.fullmatch(whole[1].strip())
    if name is None:
        raise TemplateInvalid(
            f"[[{_short(whole[1], '')}]]: a block's name is words of small letters, as in [[open requests]].",
            path=path, line=number,
        )  # fmt: skip
    return Part("block", (Line(number, ()),), block=name[1], optional=bool(name[2]))


def _line(text: str, path: Path | str, number: int) -> Line:
    pieces: list[str | Slot] = []
    at = 0
    for found in _BRACES.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found[0] in ("{{", "}}"):
            pieces.append(found[0][0])
            continue
        name = _SLOT_NAME.fullmatch(found[1]) if found[1] is not None else None
        if name is None:
            said = f"{{{_short(found[1], '')}}} names no field" if found[1] is not None else f"A lone {found[0]}"
            raise TemplateInvalid(
                f"{said}: write {{name}} with small letters, digits and _, or {{{{ and }}}} to print braces.",
                path=path, line=number,
            )  # fmt: skip
        pieces.append(Slot(name[1], bool(name[2])))
    pieces.append(text[at:])
    return Line(number, tuple(piece for piece in pieces if piece != ""))


def merge(
    template: Template,
    values: Mapping[str, str],
    blocks: Mapping[str, Sequence[Block]],
    *,
    to: str = "",
    cures: Mapping[str, str] = MappingProxyType({}),
) -> list[Block]:
    """Return the letter: the template with values and blocks in their places.

    Args:
        template: what to fill in.
        values: a text for each field, empty when nothing is recorded; printed as it is.
        blocks: what each block stands for, empty when nothing is recorded.
        to: who gets the letter, for the error.
        cures: by field or block, what to record so that it is not empty.

    Raises:
        TemplateInvalid: for a field or block that is not among those given.
        LetterIncomplete: when one that is not optional is empty.
    """
    template.check(values, blocks)
    _need(template, values, blocks, to, cures)
    filled = [(part, _fill(part, values, blocks)) for part in template.parts]
    left_out = _hollow(filled)
    made: list[Block] = []
    for place, (part, found) in enumerate(filled):
        if part.kind == "bullet" and place and filled[place - 1][0].kind == "bullet":
            _go_on(made, found)
        elif place not in left_out:
            made += found
    return made


def _go_on(made: list[Block], points: Sequence[Block]) -> None:
    """Add points to the list that the point before them began."""
    for block in points:
        last = made[-1] if made else None
        if isinstance(block, Bullets) and isinstance(last, Bullets):
            made[-1] = Bullets([*last.items, *block.items])
        else:
            made.append(block)


def _need(
    template: Template,
    values: Mapping[str, str],
    blocks: Mapping[str, Sequence[Block]],
    to: str,
    cures: Mapping[str, str],
) -> None:
    """See that nothing that must be there is empty."""
    for part in template.parts:
        lacking = [
            (f"the field {{{slot.name}}}", slot.name, line.number)
            for line in part.lines
            for slot in line.slots
            if not slot.optional and not values[slot.name].strip()
        ]
        if part.block and not part.optional and not blocks[part.block]:
            lacking.append((f"the block [[{part.block}]]", part.block, part.lines[0].number))
        for what, name, line in lacking:
            whom = f" to {to}" if to else ""
            raise LetterIncomplete(
                f"The letter {template.name}{whom} cannot be written: {what} is empty.",
                path=template.path, line=line, remedy=cures.get(name, ""),
            )  # fmt: skip


def _fill(part: Part, values: Mapping[str, str], blocks: Mapping[str, Sequence[Block]]) -> list[Block]:
    """What a part becomes; nothing when all that it would say is optional and empty."""
    if part.kind == "block":
        return list(blocks[part.block])
    if _silent(part.slots, values):
        return []
    lines = [_said(line, values) for line in part.lines if not _silent(line.slots, values)]
    text = "\n".join(lines)
    match part.kind:
        case "heading":
            return [Heading(text, part.level)]
        case "bullet":
            return [Bullets([text])]
        case _:
            return [Paragraph(text)]


def _silent(slots: Sequence[Slot], values: Mapping[str, str]) -> bool:
    return bool(slots) and all(slot.optional and not values[slot.name].strip() for slot in slots)


def _said(line: Line, values: Mapping[str, str]) -> str:
    """The line with its values; an empty field takes a blank of the template beside it along."""
    said: list[str] = []
    spare = gap = False  # whether what was said last ends in a blank of the template; whether a field was empty since
    for piece in line.pieces:
        if isinstance(piece, Slot):
            gap = not values[piece.name].strip()
            if not gap:
                said.append(values[piece.name])
                spare = False
            continue
        if gap and not any(said):
            piece = piece.removeprefix(" ")
        elif gap and spare and piece.startswith(_LEANING):
            said[-1] = said[-1][:-1]
        said.append(piece)
        spare, gap = piece.endswith(" "), False
    if gap and spare:
        said[-1] = said[-1][:-1]
    return "".join(said)


def _hollow(filled: Sequence[tuple[Part, Sequence[Block]]]) -> set[int]:
    """The places of headings without fields under which a template has something and the letter nothing."""
    hollow: set[int] = set()
    for place in reversed(range(len(filled))):  # what is deeper is judged first
        part = filled[place][0]
        if part.kind == "heading" and not part.slots:
            under = list(_under(filled, place))
            if under and not any(filled[one][1] and one not in hollow for one in under):
                hollow.add(place)
    return hollow


def _under(filled: Sequence[tuple[Part, Sequence[Block]]], place: int) -> Iterator[int]:
    """The places under a heading, up to the next of its rank or higher, or to a place to sign."""
    for other in range(place + 1, len(filled)):
        part, found = filled[other]
        if part.kind == "heading" and part.level <= filled[place][0].level:
            return
        if any(isinstance(one, Signature) for one in found):
            return
        yield other


def _short(text: str, quote: str = "'") -> str:
    return f"{quote}{text[:_SHOWN]}{'...' if len(text) > _SHOWN else ''}{quote}"
