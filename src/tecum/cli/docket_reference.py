"""The reference pages of the docket that are made from the program: events, deadlines, letters, deficiencies."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tecum import deadlines
from tecum.cli import docket_states
from tecum.cli.markdown import code, sentence, table

_REGIONS: Final[dict[str, str]] = {
    "response": "The demand and its dates",
    "request": "Answers to requests",
    "deficiency": "Deficiencies",
    "enforcement": "Steps of force",
    "litigation": "Cases",
    "consequence": "Awards",
    "hold": "Litigation holds",
    "record": "Words, notes and corrections",
}
# Years for which the page lists closures; a deadline is counted on the list recorded in its own docket.
_CLOSURES: Final = (2010, 2030)
_LICENCE: Final = "CC0-1.0"
SCHEMA: Final = "deficiencies.schema.json"
HEAD: Final[dict[str, str]] = {
    "format": "The name of the format",
    "demand": "The demand's id on the side that wrote the file",
    "demand_title": "What the demand is about",
    "demand_hash": "SHA-256 of the demand's words; the same on both sides when both have the same text",
    "recipient": "The recipient's id on the side that wrote the file",
    "recipient_name": "Its name",
    "as_of": "The day on which the file was written",
    "deficiencies": "The list",
}
EXAMPLE: Final[dict[str, Any]] = {
    "format": "tecum-deficiencies-1",
    "demand": "custody-2018",
    "demand_title": "Notice to federal agents of release dates",
    "recipient": "alderbrook",
    "recipient_name": "City of Alderbrook",
    "as_of": "2018-02-21",
    "deficiencies": [
        {
            "id": "D1",
            "requests": ["3"],
            "code": "D01",
            "text": "No document, and no statement why, for request 3",
            "volume": "VOL001",
            "ask": "an answer to the request: documents, or a statement that none exist or why they are withheld",
            "raised": "2018-02-21",
            "due": "2018-03-14",
            "state": "answered",
            "answer": "cured",
            "answer_text": "The sworn statement is enclosed.",
            "answered": "2018-03-09",
        }
    ],
}


def _room(name: str) -> Any:
    # Documentation reads the rooms; the rule of the house is about what the program imports to work.
    return importlib.import_module(f"tecum.{name}")


# -- the docket ------------------------------------------------------------------------------------------


def docket() -> Iterator[str]:
    """Kinds of events, tables, the four answers, and what an order does."""
    yield "# The docket"
    yield (
        "A docket keeps demands, those who are to answer, what happened with its evidence, what hangs on it,\n"
        "suits and orders. Everything entered stays. Where somebody stands is computed from what had happened\n"
        "by a day, each time anew; it is stored nowhere. The order in which things were entered makes no\n"
        "difference: what happened earlier is taken earlier, and of one day a cause before its effect, in the\n"
        "order of the tables below."
    )
    yield (
        '!!! warning "No legal advice"\n'
        "    The docket counts, lists and keeps apart what is recorded. It does not know what was not entered,\n"
        "    does not say what a court would hold, and takes no step by itself: who approves, accepts, waives,\n"
        "    signs off and closes is a person, and is named. Rules of counting that were not read in their own\n"
        "    text are marked [not verified](deadlines.md). Confirm every date before you rely on it."
    )
    yield from _kinds()
    yield from _tables()
    yield from _answers()
    yield from _orders()


def _kinds() -> Iterator[str]:
    kinds = _room("demand.kinds").KINDS
    yield "## Kinds of events"
    yield (
        "`tecum demand record KIND` enters one; the commands with a name of their own (`serve`, `extend` and so on)\n"
        "enter the same. Keys in bold must be given with `--set KEY=VALUE`, or in the column `data`. An event on a\n"
        "demand as a whole concerns each of its recipients. *Proof* means that a file or a source must be named."
    )
    for region, title in _REGIONS.items():
        yield f"### {title}"
        heads = ["kind", "who acts", "meaning", "says", "after"]
        yield table(heads, [_kind(one) for one in kinds.values() if one.region == region])


def _kind(one: Any) -> list[str]:
    said = [f"{f'**`{key}`**' if key in one.must else f'`{key}`'}: {text}" for key, text in one.fields.items()]
    proof = " *Proof.*" if one.proof else ""
    return [f"`{one.name}`", one.who, f"{one.meaning}{proof}", "; ".join(said), code(one.after)]


def _tables() -> Iterator[str]:
    columns = _room("demand.columns")
    yield "## Tables"
    yield (
        "`tecum demand export` writes them and `tecum demand import` reads them, as CSV files in a folder, as\n"
        "the sheets of one XLSX file, or as one JSON file. Several values in one cell are joined by `; `. The\n"
        "`data` of an event is `key=value; key=value`, or a JSON object where a value itself holds one of the\n"
        "signs. Rows that are there already change nothing, so a table may be imported again after rows were\n"
        "added to it. A row of another table than events replaces the values of its id; columns that are left\n"
        "out leave them as they are. An event never changes: enter a `corrected` event."
    )
    for name, found in columns.TABLES.items():
        yield f"### {name}"
        yield table(["column", "meaning", "form"], [_column(one) for one in found])
    yield f"In an exported table of events {code(columns.SHOWN_ONLY)} are shown too; an import passes over them."


def _column(one: Any) -> list[str]:
    form = " or ".join(f"`{word}`" for word in one.choices if word) if one.choices else one.kind
    return [f"`{one.name}`", one.meaning, f"{form}, required" if one.required else form]


def _answers() -> Iterator[str]:
    standing = _room("demand.standing")
    yield "## The four answers"
    yield (
        "`tecum demand status` gives four answers for each recipient of each demand, says who acts next, and\n"
        "with `--explain` what every answer rests on. Whatever was recorded and could not take effect stands\n"
        "under *To be looked into*: nothing is dropped."
    )
    yield "### Response"
    yield _meanings(docket_states.RESPONSE, "comes from")
    yield "*Overdue* is computed beside it: the return date and its grace, or the date of a cure, has passed."
    yield "Each request has a disposition of its own:"
    yield _meanings(docket_states.DISPOSITIONS, "meaning", "disposition")
    yield "And each deficiency a state:"
    yield _meanings(docket_states.DEFICIENCY, "comes from")
    yield "### Enforcement"
    yield "The last step of force that took effect. The steps, mildest first:"
    steps = {word: f"`{kind}`" for kind, word in standing.STEP_WORDS.items()}
    yield _meanings({**steps, **docket_states.ENFORCEMENT_MORE}, "comes from")
    yield "### Litigation"
    yield (
        "The newest state among the recipient's own cases. An order shows as its kind, such as *preliminary\n"
        "injunction*, and as *no longer in force* when it ended."
    )
    yield _meanings(docket_states.LITIGATION, "comes from")
    yield "### Consequence"
    yield (
        "The worst among the recipient's awards. Money counts as *at stake* while its state is "
        f"{', '.join(standing.AT_STAKE)}.\nA figure marked `unverified` marks every total that it is in."
    )
    yield _meanings({one: docket_states.CONSEQUENCE[one] for one in standing.CONSEQUENCES}, "comes from")


def _meanings(said: Mapping[str, str], head: str, first: str = "state") -> str:
    return table([first, head], [[f"`{word}`", text] for word, text in said.items()])


def _orders() -> Iterator[str]:
    yield "## What an order does"
    yield (
        "An order freezes actions and never facts. While it holds, a step that it forbids is refused with\n"
        "[`STEP_FORBIDDEN`](errors.md) and the order's id, the letter of that step is not written, and the\n"
        "board says what is waited for. What happened all the same is entered with `--observed`; it is kept, is\n"
        "given no effect, and stands under *To be looked into*. Productions, answers and deficiencies go on as\n"
        "facts. When the order ends, nothing happens by itself: a task asks a person to decide."
    )
    yield table(["effect", "what it does"], [[f"`{word}`", text] for word, text in docket_states.EFFECTS.items()])
    yield table(["freezes", "what may not be done"], [[f"`{w}`", text] for w, text in docket_states.FREEZES.items()])
    yield (
        "It holds from its day `from` up to, not including, `to`, and only for those in `reach`: `nationwide`,\n"
        "`parties` of its case, `state:CA`, or recipients by id. Empty `conditions` or `years` mean all. An\n"
        "award with several conditions is frozen when each of them is covered by some order in force."
    )


# -- deadlines -------------------------------------------------------------------------------------------


def deadline_rules() -> Iterator[str]:
    """Rules with their citations, calendars, contested days."""
    yield "# Deadlines"
    yield (
        "A return date is stated in the demand (`due`), counted by a rule (`rule`), agreed, taken by statute,\n"
        "or ordered. `tecum demand status --explain` accounts for it day by day. Where it is open which of two\n"
        "dates holds, both are shown, and the earlier one is the one to act on."
    )
    yield (
        '!!! warning "What these dates are not"\n'
        "    They are no legal advice. This is a small table with citations and not the law of every state; a\n"
        "    rule that reads *not verified* rests on a text that nobody read for tecum, and every explanation\n"
        "    that uses it says so. Local rules, standing orders and what was agreed by telephone are not in it.\n"
        "    Confirm each date before you rely on it."
    )
    yield "## Rules"
    yield (
        "The word for `rule` in [the demand file](demand-file.md#demand). Whatever a rule is counted from, a docket\n"
        "takes the day on which service is proved; that day itself is not counted."
    )
    rules = deadlines.rules().values()
    heads = ["rule", "what", "period", "counted from", "last day", "by mail", "holidays", "citation", "its text"]
    yield table(heads, [_rule(one) for one in rules])
    yield "## Notes to the rules"
    yield "\n".join(f"- `{one.key}`: {one.note}" for one in rules if one.note)
    yield "## Extensions and pauses"
    yield (
        "An extension is any number of days or business days from the date in force, or a new date. `pauses` in\n"
        "the demand names what stops the clock: `clarification` from the question to its answer, `payment` from\n"
        "the bill to the payment. An order that freezes `response` stops it too. While a pause runs there is no\n"
        "date to act on, and the board shows the nominal one; afterwards the paused days are left out of the\n"
        "count, or added to a date that was stated."
    )
    yield "## Calendars"
    yield (
        "Whose holidays count: the recipient's `calendar` (`US`, `US-IL`, or two joined by `+`), else the\n"
        "state's own when the rule counts by it, else the federal one. The list of days is computed once with\n"
        "the library `holidays` and kept in the docket. When a later version of it knows other days, `tecum\n"
        "demand status` shows old and new, and which dates would move; none moves until a named person accepts\n"
        "the list with `tecum demand calendar --accept KEY --by NAME`."
    )
    yield "## Contested days"
    yield (
        "Closures of federal offices by executive order. Whether such a day is a legal holiday (FRCP\n"
        "6(a)(6)(B)) is not verified: where one changes a date, both dates are shown. A last day on a weekend\n"
        "or holiday under a rule that reads *contested* is treated so, too."
    )
    closed = deadlines.compute_calendar("US", *_CLOSURES).contested
    yield table(["day", "closure"], [[day.isoformat(), name] for day, name in closed.items()])


_ROLLS: Final = {"forward": "moves on from a weekend or holiday", "contested": "contested", "none": "stays"}


def _rule(one: deadlines.Rule) -> list[str]:
    period = f"{one.count} {one.unit}" if one.count else f"{one.unit}, as the demand says in `days`"
    longer = f", and {one.extension} more by the rule itself" if one.extension else ""
    mail = f"{one.mail_days} days more" if one.mail_days else ""
    since = f", effective {one.effective}" if one.effective else ""
    read = "verified" if one.verified else "**not verified**"
    return [f"`{one.key}`", one.title, period + longer, one.trigger, _ROLLS[one.roll], mail, one.calendar,
            one.citation + since, read]  # fmt: skip


# -- letters ---------------------------------------------------------------------------------------------


def letter_templates() -> Iterator[str]:
    """The letters, their fields and their blocks."""
    room = _room("demand.letters")
    cures = {**_room("demand.letters.particulars").KINDS, **_room("demand.letters.schedules").KINDS}
    yield "# Letters"
    yield (
        "`tecum demand letter NAME` writes one for each recipient chosen, as DOCX and PDF. [How to change\n"
        "one](../how-to/letters.md)."
    )
    yield "## The letters"
    heads = ["letter", "what for", "must be recorded or given"]
    yield table(heads, [_letter(room, name) for name in room.names()])
    yield "## Fields"
    yield "`{name}` must not be empty, `{name?}` may be."
    rows = [[f"`{{{name}}}`", said, cures[name].cure] for name, said in room.FIELDS.items()]
    yield table(["field", "meaning", "when it is empty"], rows)
    yield "## Blocks"
    yield "`[[name]]`, alone on a line, stands for what the program makes; `[[name?]]` may be empty."
    rows = [[f"`[[{name}]]`", said, cures[name].cure] for name, said in room.BLOCKS.items()]
    yield table(["block", "meaning", "when it is empty"], rows)


def _letter(room: Any, name: str) -> list[str]:
    template = room.find(name)
    slots = dict.fromkeys(slot.name for part in template.parts for slot in part.slots if not slot.optional)
    blocks = dict.fromkeys(part.block for part in template.parts if part.block and not part.optional)
    return [f"`{name}`", template.purpose, code([*slots, *(f"[[{one}]]" for one in blocks)])]


# -- deficiencies ----------------------------------------------------------------------------------------


def deficiencies() -> Iterator[str]:
    """The file in which both sides exchange deficiencies."""
    room = _room("demand.exchange")
    yield "# Deficiencies, exchanged"
    yield (
        "One JSON file (UTF-8) says what is lacking in an answer; the side that answers writes its answers into\n"
        "the same file and sends it back. Any program may read and write it. All values are text; `requests` is\n"
        "a list of texts, days are written `2018-03-14`, and what is not known is empty or left out. A\n"
        "deficiency with a key that is not listed here is refused."
    )
    yield f"The format's name is `{room.FORMAT}`; a change that an old reader could misread gets another name."
    yield "## Head"
    yield table(["key", "meaning"], [[f"`{key}`", said] for key, said in HEAD.items()])
    yield "## Each deficiency"
    rows = [[f"`{key}`", f"{said}.", side] for key, (said, side) in room.KEYS.items()]
    yield table(["key", "meaning", "written by"], rows)
    yield (
        "`id` and `text` must be there. An answer `cured` is a claim: on the demanding side the deficiency becomes\n"
        "*answered*, and a person decides whether it is cured."
    )
    yield "## Example"
    yield f"```json\n{json.dumps(EXAMPLE, indent=1, ensure_ascii=False)}\n```"
    yield "## Schema"
    yield (
        f"[{SCHEMA}]({SCHEMA}) is a JSON Schema (2020-12) of the format. The schema and this description of the\n"
        "format may be copied, changed and used by anybody for anything, without asking or naming anyone\n"
        f"({_LICENCE}); the program itself has its own licence, Apache-2.0."
    )


def deficiencies_schema() -> Iterator[str]:
    """The format of the exchange as JSON Schema."""
    room = _room("demand.exchange")
    day = {"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2})?$"}
    forms: dict[str, dict[str, Any]] = {
        "requests": {"type": "array", "items": {"type": "string"}},
        "raised": day, "due": day, "answered": day, "as_of": day,
        "format": {"const": room.FORMAT},
        "answer": {"enum": list(room.ANSWERS)},
        "id": {"type": "string", "minLength": 1},
        "text": {"type": "string", "minLength": 1},
    }  # fmt: skip
    row = {
        "type": "object",
        "required": ["id", "text"],
        "additionalProperties": False,
        "properties": {key: {**forms.get(key, _TEXT), "description": said} for key, (said, _) in room.KEYS.items()},
    }
    forms["deficiencies"] = {"type": "array", "items": row}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "$comment": f"SPDX-License-Identifier: {_LICENCE}. Made by python -m tecum.cli.reference docs/reference",
        "title": sentence(room.__doc__.splitlines()[0]),
        "type": "object",
        "required": ["format", "deficiencies"],
        "properties": {key: {**forms.get(key, _TEXT), "description": said} for key, said in HEAD.items()},
    }
    yield json.dumps(schema, indent=2, ensure_ascii=False)


_TEXT: Final = {"type": "string"}
