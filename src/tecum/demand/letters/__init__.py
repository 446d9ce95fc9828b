"""Letters of both sides about one recipient's standing, from templates that a user may replace by its own.

The templates shipped stand in ``templates/``; a file of the same name in the matter's ``papers/templates/`` rules over
them, and one of another name is a letter more. A letter says what is recorded and decides nothing: whether a step may
be taken (an order may forbid it) is for whoever sends it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tecum.demand.letters import particulars, schedules
from tecum.demand.letters.particulars import About
from tecum.demand.letters.template import Template, merge, read
from tecum.demand.nouns import Docket
from tecum.demand.standing import Standing
from tecum.engine.paper import Block
from tecum.errors import LetterIncomplete, TemplateInvalid

SHIPPED: Final = Path(__file__).with_name("templates")
FIELDS: Final[Mapping[str, str]] = MappingProxyType({name: one.meaning for name, one in particulars.KINDS.items()})
BLOCKS: Final[Mapping[str, str]] = MappingProxyType({name: one.meaning for name, one in schedules.KINDS.items()})
_CURES: Final[Mapping[str, str]] = {
    **{name: one.cure for name, one in particulars.KINDS.items()},
    **{name: one.cure for name, one in schedules.KINDS.items()},
}
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Letters of force: each must show what is open, whatever its template was changed to.
_NAMES_WHAT_IS_OPEN: Final = ("final-notice", "subpoena")
_OPEN_BLOCKS: Final = ("open requests", "deficiencies")


def names(folder: Path | None = None) -> list[str]:
    """The letters that there are: those shipped and those in a folder of own templates."""
    folders = [SHIPPED, *([folder] if folder and folder.is_dir() else [])]
    return sorted({one.stem for place in folders for one in place.glob("*.txt") if _NAME.fullmatch(one.stem)})


def find(name: str, folder: Path | None = None) -> Template:
    """Return a letter's template: the one in ``folder``, else the one shipped.

    Raises:
        TemplateInvalid: when there is none of that name, or it cannot be read.
    """
    known = names(folder)
    if name not in known:
        raise TemplateInvalid(f"There is no letter named {name[:80]!r}.", remedy=f"Take one of: {', '.join(known)}")
    own = folder / f"{name}.txt" if folder else None
    return read(own if own and own.is_file() else SHIPPED / f"{name}.txt")


def letter(
    name: str,
    docket: Docket,
    standing: Standing,
    *,
    by: str,
    on: dt.date,
    folder: Path | None = None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> list[Block]:
    """Return a letter about where a recipient stands.

    Args:
        name: one of ``names``.
        docket: what the standing was computed from; orders and cases are looked up in it.
        standing: one recipient under one demand, as of a day.
        by: who sends it, with office.
        on: the letter's date.
        folder: the matter's own templates.
        more: fields given by hand. They rule over what is recorded; names that ``FIELDS`` lacks may be used in own
            templates. A day is given as ISO date.

    Raises:
        TemplateInvalid: when the template is not one, or lacks a field that ``more`` gives.
        LetterIncomplete: when something that the letter needs is not recorded.
    """
    template = find(name, folder)
    template.check({**particulars.KINDS, **more}, schedules.KINDS)
    _used(template, more)
    about = About(name, docket, standing, by, on, more)
    values = {one: particulars.value(one, about) for one in template.fields}
    blocks = {one: schedules.KINDS[one].make(about) for one in template.blocks}
    to = particulars.value("party", about) if "party" in template.fields else ""
    to = to or standing.recipient.name
    _shows_what_is_open(template, blocks, to)
    return merge(template, values, blocks, to=to, cures=_CURES)


def _used(template: Template, more: Mapping[str, str]) -> None:
    """Refuse what was given by hand and would not be printed: a slip in its name must not lose it."""
    for one in more:
        if one not in template.fields and not (one in particulars.KINDS and one in template.blocks):
            raise TemplateInvalid(
                f"The letter {template.name} has no field {one[:80]!r}, so what was given for it would not be printed.",
                path=template.path, remedy=f"Its fields are: {', '.join(sorted(template.fields))}",
            )  # fmt: skip


def _shows_what_is_open(template: Template, blocks: Mapping[str, list[Block]], to: str) -> None:
    if template.name in _NAMES_WHAT_IS_OPEN and not any(blocks.get(one) for one in _OPEN_BLOCKS):
        held = any(one in template.blocks for one in _OPEN_BLOCKS)
        raise LetterIncomplete(
            f"The letter {template.name} to {to} names nothing that is open.",
            path=template.path,
            remedy="Nothing is recorded as missing or deficient, so there is nothing to insist on"
            if held
            else "Put [[open requests?]] or [[deficiencies?]] back into the template",
        )
