"""A status page for the public: static HTML, its fields chosen one by one; nothing else is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tecum.demand import board, explain, tasks
from tecum.demand.standing import Standing
from tecum.engine.paper import Block, Cell, Heading, Note, Paragraph, Table
from tecum.errors import FieldUnknown

# What may be chosen, with what it shows. Each is one column.
FIELDS: Final[dict[str, tuple[str, Callable[[Standing], Cell]]]] = {
    "recipient": ("Recipient", lambda one: one.recipient.name),
    "kind": ("Kind", lambda one: one.recipient.kind),
    "state": ("State", lambda one: one.recipient.state),
    "demand": ("Demand", lambda one: one.demand.title),
    "dated": ("Dated", lambda one: one.demand.dated),
    "response": ("Response", lambda one: one.response),
    "due": ("Due", lambda one: one.clock.due),
    "overdue": ("Overdue", lambda one: one.overdue),
    "requests": ("Requests", lambda one: "; ".join(f"{r.number}: {r.disposition}" for r in one.requests)),
    "deficiencies": ("Open deficiencies", lambda one: len(one.answers.open_deficiencies)),
    "enforcement": ("Enforcement", lambda one: one.enforcement),
    "litigation": ("Litigation", lambda one: one.litigation),
    "consequence": ("Consequence", lambda one: one.consequence),
    "awards": ("Awards", lambda one: "; ".join(explain.money(each.award) for each in one.awards)),
    "frozen_by": ("Frozen by", lambda one: ", ".join(one.frozen_by)),
    "tracking": ("Their numbers", lambda one: ", ".join(board.tracking(one))),
    "next": ("Next", lambda one: str(tasks.next_task(one))),
}


def blocks(found: Sequence[Standing], chosen: Sequence[str], title: str) -> list[Block]:
    """The page's blocks.

    Args:
        found: the rows.
        chosen: names of ``FIELDS``, in the order of the columns.
        title: the page's heading.

    Raises:
        FieldUnknown: for a field that there is not, or when none is chosen.
    """
    unknown = [name for name in chosen if name not in FIELDS]
    if unknown or not chosen:
        said = f"there is no field {unknown[0]}" if unknown else "no field is chosen, so nothing would be shown"
        raise FieldUnknown(said, remedy=f"Choose with --field: {', '.join(FIELDS)}")
    made: list[Block] = [Heading(title)]
    if found:
        made.append(Paragraph(f"As of {found[0].as_of}."))
    rows = [[FIELDS[name][1](one) for name in chosen] for one in found]
    made.append(Table([FIELDS[name][0] for name in chosen], rows))
    if "awards" in chosen and any(one.unverified for one in found):
        made.append(Note("A figure marked as unverified is doubtful at its source and should not be relied on."))
    return made
