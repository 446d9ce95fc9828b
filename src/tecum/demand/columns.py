"""The docket as tables that a clerk keeps in a spreadsheet: which columns, and how a value stands in a cell.

Several values in one cell are joined by ``; ``. The ``data`` of an event is ``key=value; key=value``, or a JSON object
where a value itself holds one of the signs.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tecum.demand.nouns import AWARD_KINDS, EFFECTS, FREEZES, RECIPIENT_KINDS, SURE, Docket, plain
from tecum.demand.timeline import split
from tecum.demandfile import ANSWERS

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # it names files too
LONGEST: Final = 3660  # days of a period
_YEARS: Final = range(1900, 2091)  # calendars are known for some years more
_SUM: Final = re.compile(r"(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Column:
    """One column: the noun's own name for it, how its cell is read, and what it means.

    ``kind`` is text, list, date, amount, number, flag, data or choice; ``choices`` are the words of a choice.
    """

    name: str
    meaning: str
    kind: str = "text"
    field: str = ""  # the noun's name for it where it differs
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The noun's name for it."""
        return self.field or self.name


_SOURCE: Final = Column("source", "Where it stands: an address or a citation; `statement ID` when it rests on one")
_SURE: Final = Column("sure", "How sure we are", "choice", choices=SURE)
_NOTE: Final = Column("note", "Anything else")
_ID: Final = Column("id", "A short name without blanks, unique in its table", required=True)

TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "demands": (
        _ID,
        Column("title", "What it is about", required=True),
        Column("from", "Who demands", field="sender", required=True),
        Column("under", "The statute, rule or condition it rests on"),
        _SOURCE,
        Column("dated", "The date it bears", "date"),
        Column("served", "The date of service, when one holds for all", "date"),
        Column("due", "The return date it states", "date"),
        Column("rule", "The rule by which the return date is counted, when none is stated"),
        Column("days", "The period in days, where the rule names none", "number"),
        Column("grace", "Days after the return date before silence counts as no response", "number"),
        Column("observed", "yes when somebody else's demand is only followed from public facts", "flag"),
        Column("pauses", "What stops the clock by rule: clarification; payment", "list"),
        Column("definitions", "Definitions", "list"),
        Column("instructions", "Instructions", "list"),
        Column("production", "The form of production"),
        Column("place", "Where to"),
        Column("consequence", "What follows if it is not answered"),
        Column("contact", "Whom to ask"),
        Column("signed", "Who signed it"),
        Column("reference", "Its own reference"),
        Column("supersedes", "The demand that it replaces"),
        _NOTE,
        Column("recipients", "Their ids", "list"),
        Column("hash", "Hash of what is asked; computed, whatever stands here"),
    ),
    "requests": (
        Column("demand", "The demand's id", required=True),
        Column("number", "The request's number", required=True),
        Column("text", "Its text", required=True),
        Column("from", "First day of its period", "date", field="start"),
        Column("to", "Last day of its period", "date", field="end"),
        Column("answer", "How it is to be answered", "choice", choices=("", *ANSWERS)),
        Column("oath", "yes when the answer must be sworn", "flag"),
        Column("signers", "Who may sign", "list"),
    ),
    "recipients": (
        _ID,
        Column("name", "Its name", required=True),
        Column("kind", "What it is", "choice", choices=("", *RECIPIENT_KINDS)),
        Column("state", "Two letters, such as IL"),
        Column("counsel", "Its lawyer"),
        Column("channel", "How it is reached: mail, e-mail, portal, ..."),
        Column("address", "Where"),
        Column("calendar", "Whose holidays count, such as US-IL; the demand's rule says it when left out"),
        Column("tracking", "Their numbers for the demand", "list"),
        Column("owner", "Who in our office follows it"),
        _NOTE,
        _SOURCE,
    ),
    "events": (
        Column("id", "Its name; the next number when left out"),
        Column("happened", "When: a date, or date and time", "date", required=True),
        Column("demand", "The demand's id"),
        Column("recipient", "Whom it concerns; several for a joint act; empty for all", "list", field="recipients"),
        Column("request", "The numbers of the requests it concerns", "list", field="requests"),
        Column("kind", "What happened", required=True),
        Column("data", "What the kind needs to say", "data"),
        Column("evidence", "Files, beside the table", "list"),
        _SOURCE,
        _SURE,
    ),
    "awards": (
        _ID,
        Column("recipient", "Whose", required=True),
        Column("programme", "The programme", required=True),
        Column("number", "The award's number"),
        Column("year", "The fiscal year"),
        Column("amount", "In US dollars; empty when not known", "amount"),
        Column("kind", "What it is", "choice", choices=("", *AWARD_KINDS)),
        Column("parent", "The award it is part of"),
        Column("conditions", "The conditions under which a consequence is threatened", "list"),
        Column("purpose", "What the money is for"),
        _SOURCE,
        _SURE,
        _NOTE,
    ),
    "cases": (
        _ID,
        Column("title", "Its title", required=True),
        Column("court", "The court"),
        Column("docket", "Its docket number"),
        Column("judge", "The judge"),
        Column("filed", "When it was filed", "date"),
        Column("filed_by", "Who brought it"),
        Column("parties", "Recipients who take part", "list"),
        _SOURCE,
        _SURE,
        _NOTE,
    ),
    "orders": (
        _ID,
        Column("case", "The case's id", required=True),
        Column("kind", "Such as preliminary injunction", required=True),
        Column("effect", "What it does", "choice", required=True, choices=EFFECTS),
        Column("from", "The first day it holds", "date", field="start", required=True),
        Column("to", "The day it ends", "date", field="end"),
        Column("target", "The order that it stays, narrows, affirms or vacates"),
        Column("conditions", "The conditions it covers; all when empty", "list"),
        Column("years", "The fiscal years it covers; all when empty", "list"),
        Column("reach", "nationwide; parties; state:CA; recipient ids", "list"),
        Column("freezes", f"What it freezes: {'; '.join(FREEZES)}", "list"),
        Column("text", "Its words"),
        _SOURCE,
        _SURE,
    ),
}
NOUN_OF: Final = {
    "demands": "demand", "recipients": "recipient", "events": "event", "awards": "award", "cases": "case",
    "orders": "order",
}  # fmt: skip
# Events say when and by whom they were entered; that belongs to the docket they were entered in and is only shown.
SHOWN_ONLY: Final = ("entered", "by")


class CellInvalid(ValueError):
    """A cell that cannot be read: what is wrong, and the cure."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.message, self.cure = message, cure


def read_cell(column: Column, cell: str, to_date: Callable[[str], str]) -> Any:
    """Return a cell's value as ``nouns.plain`` writes it; an empty cell gives None.

    Raises:
        CellInvalid.
    """
    if not cell:
        return None
    match column.kind:
        case "list":
            return read_list(cell)
        case "date":
            return to_date(cell)
        case "data":
            return read_data(cell)
        case "amount":
            return amount(cell)
        case "number":
            if not re.fullmatch(r"[0-9]{1,4}", cell) or int(cell) > LONGEST:
                raise CellInvalid(f"{cell} is not a number of days", f"Write digits alone, at most {LONGEST}")
            return int(cell)
        case "flag":
            if cell.casefold() not in ("yes", "no", "true", "false"):
                raise CellInvalid(f"{cell} is neither yes nor no", "Write yes, or leave it empty")
            return cell.casefold() in ("yes", "true") or None
        case "choice":
            if cell.casefold() not in column.choices:
                raise CellInvalid(f"{cell} is not known here", f"Choose {', '.join(filter(None, column.choices))}")
            return cell.casefold()
    return cell


def read_list(cell: str) -> list[str]:
    """Several values of one cell: ``a; b``, or a JSON list where a value itself holds a semicolon."""
    if cell.startswith("["):
        try:
            said = json.loads(cell)
        except ValueError:
            return list(split(cell))
        if isinstance(said, list) and all(isinstance(one, str) for one in said):
            return said
    return list(split(cell))


def amount(text: str) -> str:
    """A sum of money as digits, with cents where there are some; a sign of currency and of thousands is dropped.

    Raises:
        CellInvalid: also for ``1234,56`` and ``1.234``, which mean different sums in different countries.
    """
    bare = text.removeprefix("$").strip()
    if not _SUM.fullmatch(bare):
        raise CellInvalid(f"{text} is not a sum in dollars", "Write digits, such as 17233 or 17233.50")
    value = Decimal(bare.replace(",", ""))
    return str(value.quantize(Decimal(1)) if value == value.to_integral_value() else value.quantize(Decimal("0.01")))


def near_day(day: dt.date | None) -> None:
    """Refuse a date that must be a slip of the keys.

    Raises:
        CellInvalid.
    """
    if day is not None and day.year not in _YEARS:
        word = "long ago" if day.year < _YEARS.start else "far ahead"
        raise CellInvalid(f"{day} is too {word} to be meant", "Correct the year")


def read_data(cell: str) -> dict[str, str]:
    """The ``data`` of an event; a key without a value says nothing and is left out.

    Raises:
        CellInvalid.
    """
    cure = "Write key=value; key=value, or a JSON object of texts"
    if cell.startswith("{"):
        try:
            said = json.loads(cell)
        except ValueError:
            raise CellInvalid("it begins like JSON and is not", cure) from None
        if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
            raise CellInvalid("it is not an object of texts", cure)
        return {key.strip(): value for key, value in said.items() if value}
    found: dict[str, str] = {}
    for part in split(cell):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise CellInvalid(f"{part!r} is not key=value", cure)
        if key.strip() in found:
            raise CellInvalid(f"{key.strip()} stands twice", cure)
        found[key.strip()] = value.strip()
    return {key: value for key, value in found.items() if value}


def write_data(data: Mapping[str, str]) -> str:
    """The cell that ``read_data`` reads back."""
    simple = "; ".join(f"{key}={value}" for key, value in data.items())
    try:
        return simple if not simple.startswith("{") and read_data(simple) == dict(data) else _json(data)
    except CellInvalid:
        return _json(data)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_cell(column: Column, value: Any) -> str:
    """The cell for a value as ``nouns.plain`` writes it."""
    if value is None:
        return ""
    if column.kind == "data":
        return write_data(value)
    if column.kind == "list":
        simple = "; ".join(value)
        return simple if read_list(simple) == list(value) else _json(value)
    if column.kind == "flag":
        return "yes" if value else ""
    return str(value)


def tables(docket: Docket) -> dict[str, tuple[list[str], list[dict[str, str]]]]:
    """The whole docket as tables: name -> (columns, rows)."""
    nouns: dict[str, Sequence[Any]] = {
        "demands": list(docket.demands.values()), "recipients": list(docket.recipients.values()),
        "events": docket.events, "awards": list(docket.awards.values()), "cases": list(docket.cases.values()),
        "orders": list(docket.orders.values()),
    }  # fmt: skip
    made: dict[str, tuple[list[str], list[dict[str, str]]]] = {}
    for name, columns in TABLES.items():
        heads = [one.name for one in columns]
        if name == "requests":
            asks = [(d.id, ask) for d in docket.demands.values() for ask in plain(d).get("requests", ())]
            made[name] = heads, [_row(columns, {"demand": demand, **ask}) for demand, ask in asks]
            continue
        rows = [_row(columns, plain(one)) for one in nouns[name]]
        if name == "events":
            heads += SHOWN_ONLY
            for row, event in zip(rows, docket.events, strict=True):
                row |= {"entered": event.entered, "by": event.by}
        made[name] = heads, rows
    return made


def _row(columns: Sequence[Column], values: Mapping[str, Any]) -> dict[str, str]:
    return {one.name: write_cell(one, values.get(one.key)) for one in columns}


def date_columns() -> set[str]:
    """Columns that a workbook may hold as real dates."""
    return {one.name for columns in TABLES.values() for one in columns if one.kind == "date"}
