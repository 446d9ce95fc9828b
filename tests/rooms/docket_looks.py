"""How tests look at a docket: its rows as a user sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from docket_worlds import wide

from tecum.demand import board
from tecum.demand.nouns import Docket, Event
from tecum.demand.standing import Standing, standings

Row = dict[str, Any]


def look(docket: Docket, as_of: dt.date) -> list[Standing]:
    return standings(docket, as_of, wide)


def rows(docket: Docket, as_of: dt.date) -> list[Row]:
    """Everything that a user sees."""
    return [board.row(one) for one in look(docket, as_of)]


def same(one: Standing, found: Sequence[Standing]) -> Standing:
    """The row of the same recipient under the same demand."""
    return next(each for each in found if (each.demand.id, each.recipient.id) == (one.demand.id, one.recipient.id))


def plus(docket: Docket, *events: Event) -> Docket:
    return replace(docket, events=(*docket.events, *events))


def day_of(event: Event) -> str:
    return event.happened[:10]
