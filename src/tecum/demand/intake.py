"""Tables come in: every row is examined against the docket and the other rows, and either all enter or none.

What is wrong is told row by row with its cure. A row that is there already, with the same values, changes nothing; so
the same file may be imported again after a few rows were added to it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tecum.demand import asked, events, references
from tecum.demand.columns import ID, NOUN_OF, SHOWN_ONLY, TABLES, CellInvalid, Column, near_day, read_cell
from tecum.demand.nouns import Demand, Docket, Event, from_plain, plain
from tecum.demand.record import Row
from tecum.engine.sheets import Problems, Sheet, to_date
from tecum.errors import TableInvalid

# What is pointed at comes first.
_ORDER: Final = ("recipients", "demands", "awards", "cases", "orders", "events")
_UNSAID: Final = ("recipients", "served", "grace", "observed", "supersedes", "note")  # no words of a demand
_ENOUGH: Final = 1_000  # problems of one table; more come from one mistake, and each guess at what was meant takes time


@dataclass
class Taken:
    """What an import would enter. ``changed`` says in words which values differ; ``files`` are to be kept."""

    rows: list[Row] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)  # what a cell names -> the file
    docket: Docket = field(default_factory=Docket)  # as it will be


def take(docket: Docket, sheets: Sequence[Sheet], path: Path, today: dt.date, dates: str = "iso") -> Taken:
    """Examine tables and return what they would enter.

    Args:
        docket: as it is.
        sheets: named as in ``columns.TABLES``.
        path: what the user named, for the errors.
        today: nothing may have happened after it.
        dates: how dates are written (``engine.sheets.to_date``).

    Raises:
        TableInvalid: with every row that cannot be taken.
    """
    problems = Problems(path)
    taken = Taken(docket=docket)
    for sheet in sheets:
        taken.assumed += [f"{sheet.place}: {one}" for one in sheet.assumed]
        if sheet.name not in TABLES:
            known = ", ".join(TABLES)
            cure = f"Name the file or sheet one of {known}; keep files of evidence in a folder beside the tables"
            problems.add(sheet.place, 0, "", "is not a table of the docket", cure)
    by_name = {sheet.name: sheet for sheet in sheets}
    for name in _ORDER:
        if name in by_name:
            _Table(taken, problems, by_name[name], by_name.get("requests"), today, dates).take()
    if "requests" in by_name and "demands" not in by_name:
        problems.add(by_name["requests"].place, 0, "", "stands without its demands", "Give demands beside requests")
    problems.done()
    entered = {key for noun, key, _ in taken.rows if noun == "order"}
    taken.assumed += references.unmatched(taken.docket, [taken.docket.orders[key] for key in sorted(entered)])
    return taken


class _Table:
    """One table on its way in."""

    def __init__(
        self, taken: Taken, problems: Problems, sheet: Sheet, asks: Sheet | None, today: dt.date, dates: str
    ) -> None:
        self.taken, self.problems, self.sheet, self.asks, self.today = taken, problems, sheet, asks, today
        self.to_date: Callable[[str], str] = lambda cell: to_date(cell, dates)
        self.noun = NOUN_OF[sheet.name]
        self.before = len(problems)
        self.kept = {said for one in taken.docket.events for said in one.evidence}
        self.absent: set[str] = set()  # files named by hash that the docket does not hold
        self._head = min((1, *(row.number for row in sheet.rows)))  # 0 where the row is no row of a file

    def take(self) -> None:
        """Read every row, then examine them together: rows may point at each other."""
        if not self._columns_known(self.sheet, self._held()):
            return
        asks = self._asks() if self.noun == "demand" else {}
        read: list[tuple[int, Any]] = []
        for row in self.sheet.rows:
            if self._enough(row.number):
                return
            values = self._values(self.sheet, row.number, row.values, self._held().get(row.values.get("id", "")))
            if values is None:
                continue
            if self.noun == "demand":
                values["requests"] = asks.get(values["id"]) or values.get("requests", [])
            if self.noun == "event":
                values.setdefault("id", "")
            read.append((row.number, from_plain(self.noun, values)))
        if self.noun == "event":
            self._events(read)
        else:
            self._nouns(read)

    def _held(self) -> Mapping[str, Any]:
        """What the docket holds under this table's ids; an event is never given anew, so it is not looked up."""
        held: Mapping[str, Any] = {} if self.noun == "event" else getattr(self.taken.docket, f"{self.noun}s")
        return held

    def _enough(self, number: int) -> bool:
        """Whether so much is wrong that reading on would tell nothing new; said once."""
        if len(self.problems) - self.before < _ENOUGH:
            return False
        self._complain(number, "", f"is where reading ended, after {_ENOUGH:,} problems", "Correct these first")
        return True

    # -- cells -----------------------------------------------------------------------------------------------

    def _columns_known(self, sheet: Sheet, held: Mapping[str, Any]) -> bool:
        """Whether the rows can be read; a column that is left out leaves what is ``held`` as it is."""
        columns = TABLES[sheet.name]
        known = [one.name for one in columns]
        for name in sheet.columns:
            if name not in (*known, *(SHOWN_ONLY if sheet.name == "events" else ())):
                said = f"is not a column of this table{events.meant(name, known)}"
                self.problems.add(sheet.place, self._head, name, said, f"Use {', '.join(known)}, or delete the column")
        missing = [one.name for one in columns if one.required and one.name not in sheet.columns]
        if "id" not in missing and all(row.values.get("id") in held for row in sheet.rows):
            return True
        for name in missing:
            self.problems.add(sheet.place, self._head, name, "is missing", "Add the column")
        return not missing

    def _values(
        self, sheet: Sheet, number: int, cells: Mapping[str, str], old: Any | None = None
    ) -> dict[str, Any] | None:
        """A row's values, or None when one of its cells cannot be read; what has no column stays as it was."""
        found: dict[str, Any] = plain(old) if old is not None else {}
        sound = True
        for column in TABLES[sheet.name]:
            if column.name not in cells and old is not None:
                continue
            cell = cells.get(column.name, "")
            try:
                value = read_cell(column, cell, self.to_date)
                if value is None and column.required:
                    raise CellInvalid("is empty", "Fill it in")
                if column.name == "id" and cell and not ID.fullmatch(cell):
                    raise CellInvalid(
                        f"{cell[:40]!r} is not an id", "Use letters, digits, '.', '_', '-', without blanks"
                    )
                found.pop(column.key, None)
                found |= {column.key: self._dated(sheet, column, value)} if value is not None else {}
            except CellInvalid as wrong:
                sound = self._wrong(sheet, number, column.name, wrong.message, wrong.cure)
            except TableInvalid as wrong:
                sound = self._wrong(sheet, number, column.name, wrong.message, wrong.remedy)
        return found if sound else None

    def _dated(self, sheet: Sheet, column: Column, value: Any) -> Any:
        """Only an event may name a time of day, and only a request may reach far back."""
        if column.kind != "date":
            return value
        if "T" in value and column.name != "happened":
            raise CellInvalid(f"{value} names a time of day", f"Write {value[:10]}")
        if sheet.name != "requests":
            near_day(dt.date.fromisoformat(value[:10]))
        return value

    def _wrong(self, sheet: Sheet, number: int, column: str, message: str, cure: str) -> bool:
        self.problems.add(sheet.place, number, column, message, cure.rstrip("."))
        return False

    def _complain(self, number: int, column: str, message: str, cure: str) -> None:
        self._wrong(self.sheet, number, column, message, cure)

    def _asks(self) -> dict[str, list[dict[str, Any]]]:
        """The requests of each demand, as ``nouns.plain`` writes them."""
        found: dict[str, list[dict[str, Any]]] = {}
        if self.asks is None or not self._columns_known(self.asks, {}):
            return found
        demands = {one.values.get("id", "") for one in self.sheet.rows}
        seen: set[tuple[str, str]] = set()
        for row in self.asks.rows:
            if len(self.problems) - self.before >= _ENOUGH:
                break
            values = self._values(self.asks, row.number, row.values)
            if values is None:
                continue
            demand = values.pop("demand")
            if demand not in demands:
                said = f"{demand} is not among these demands{events.meant(demand, demands)}"
                self._wrong(self.asks, row.number, "demand", said, "Add it to demands, or correct the id")
            if (demand, values["number"]) in seen:
                self._wrong(self.asks, row.number, "number", f"request {values['number']} stands twice", "Renumber it")
            seen.add((demand, values["number"]))
            found.setdefault(demand, []).append(values)
        return found

    # -- nouns -----------------------------------------------------------------------------------------------

    def _nouns(self, read: Sequence[tuple[int, Any]]) -> None:
        place = f"{self.noun}s"
        held = dict(self._held())
        capitals = {one.casefold(): one for one in held}
        seen: dict[str, int] = {}
        for number, one in read:
            key = one.id.casefold()
            if key in seen:
                self._complain(number, "id", f"{one.id} stands in row {seen[key]} too", "Keep one of the two rows")
                continue
            if one.id not in held and key in capitals:
                said = f"{one.id} differs from {capitals[key]}, which is there, in capital letters only"
                self._complain(number, "id", said, "Write the id as it is there, or choose another")
            seen[key] = number
            self._add(number, place, held, one)
        after: dict[str, Any] = {place: held}
        self.taken.docket = replace(self.taken.docket, **after)
        for number, one in read:
            if self._enough(number):
                return
            for column, message, cure in references.points(self.taken.docket, one):
                self._complain(number, column, message, cure)

    def _add(self, number: int, place: str, held: dict[str, Any], one: Any) -> None:
        if isinstance(one, Demand):
            one = replace(one, hash=asked.hash_of(one))
        old = held.get(one.id)
        if old == one:
            self.taken.unchanged[place] = self.taken.unchanged.get(place, 0) + 1
            return
        if old is None:
            self.taken.added[place] = self.taken.added.get(place, 0) + 1
        else:
            self._unsettled(number, old, one)
            self.taken.changed += [f"{self.noun} {one.id}: {said}" for said in references.differing(old, one)]
        held[one.id] = one
        self.taken.rows.append((self.noun, one.id, plain(one)))

    def _unsettled(self, number: int, old: Any, one: Any) -> None:
        """What went out does not change, and nobody to whom it went drops out of it."""
        if not isinstance(one, Demand) or not asked.went_out(self.taken.docket, old):
            return
        words = [said for said in references.differing(old, one) if said.partition(":")[0] not in _UNSAID]
        if words:
            cure = "Give a new demand under another id, which supersedes it"
            said = "; ".join(words[:3]) + (f"; and {len(words) - 3} more" if len(words) > 3 else "")
            self._complain(number, "id", f"demand {one.id} went out, and its words stand ({said})", cure)
        for left in sorted(set(old.recipients) - set(one.recipients)):
            cure = "Keep it in the list; to let it go, record the demand to it as withdrawn"
            self._complain(number, "recipients", f"{left} was a recipient of demand {one.id} when it went out", cure)

    # -- events ----------------------------------------------------------------------------------------------

    def _events(self, read: Sequence[tuple[int, Event]]) -> None:
        known = {one.id: one for one in self.taken.docket.events}
        nameless = Counter(one.content() for one in self.taken.docket.events)
        fresh: list[tuple[int, Event]] = []
        seen: dict[str, int] = {}
        for number, one in read:
            one = self._with_files(number, one)
            if one.id and one.id in seen:
                self._complain(number, "id", f"{one.id} stands in row {seen[one.id]} too", "Give each event its own id")
            elif one.id in known:
                if known[one.id].content() != one.content():
                    said = f"{one.id} is entered with other values, and an event never changes"
                    self._complain(number, "id", said, "Enter a new event of kind corrected, with event=" + one.id)
                self._there(one, nameless)
            elif not one.id and nameless[one.content()]:
                self._there(one, nameless)
            else:
                fresh.append((number, one))
            seen[one.id] = number
        named = events.with_ids(self.taken.docket, [one for _, one in fresh])
        self.taken.docket = replace(self.taken.docket, events=(*self.taken.docket.events, *named))
        examiner = events.Examiner(self.taken.docket, self.today)
        for (number, _), one in zip(fresh, named, strict=True):
            if self._enough(number):
                return
            for column, message, cure in examiner.examine(one):
                self._complain(number, column, message, cure)
            self.taken.rows.append(("event", one.id, plain(one)))
        if named:
            self.taken.added["events"] = len(named)
        if self.absent:
            said = f"{len(self.absent)} files of evidence are named by hash alone; they are not in this docket"
            self.taken.assumed.append(f"{self.sheet.place}: {said}")

    def _there(self, one: Event, nameless: Counter[str]) -> None:
        """A row that is entered already: by its id, or, where it has none, as often as the docket says the same."""
        nameless[one.content()] -= 1
        self.taken.unchanged["events"] = self.taken.unchanged.get("events", 0) + 1

    def _with_files(self, number: int, event: Event) -> Event:
        """Evidence is named by path beside the table, or by hash once it is kept.

        A table may come from somebody else: it can have no file kept that does not lie in its own folder.
        """
        said = []
        folder = self.sheet.path.parent.resolve()
        for one in event.evidence:
            if one.startswith("sha256:"):
                said.append(one)
                if one not in self.kept:
                    self.absent.add(one)
                continue
            path = (folder / one).resolve()
            if not path.is_relative_to(folder) or not path.is_file():
                cure = "Put the file there, or correct its name"
                self._complain(number, "evidence", f"there is no file {one} beside the table", cure)
                said.append(one)
                continue
            said.append(events.evidence_of(path))
            self.taken.files[said[-1]] = path
        return replace(event, evidence=tuple(said))
