"""The sentences of ``tecum demand``: who stands where, what was entered, what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tecum.cli.show import table

Lines = Iterator[str]
_SHOWN = 200  # rows of effects that are printed; --json has all


def _many(count: int, name: str) -> str:
    """A number with its noun, given in the plural."""
    return f"{count:,} {name.removesuffix('s') if count == 1 else name}"


def status(found: dict[str, Any], *, explain: bool) -> Lines:
    """The board, the totals, and what a person has to decide."""
    rows = found["recipients"]
    demands = {row["demand"] for row in rows}
    yield f"As of {found['as_of']}"
    for demand in found["demands"]:
        if demand["demand"] not in demands:
            continue
        own = [row for row in rows if row["demand"] == demand["demand"]]
        yield ""
        counts = f"{_many(len(own), 'recipients')}, {_many(demand['requests'], 'requests')}"
        yield f"{demand['demand']}: {demand['title']} ({counts})"
        heads = ["recipient", "response", "due", "enforcement", "litigation", "consequence", "at stake", "next"]
        yield from table(heads, (_row(row) for row in own))
        if explain:
            for row in own:
                yield ""
                yield row["name"]
                yield from (f"  {line}" for line in row["explanation"])
    if not rows:
        yield "Nobody is on this list."
    else:
        yield ""
        yield from _totals(found["totals"])
    for change in found["calendar_changes"]:
        yield from _calendar(change)


def _row(row: dict[str, Any]) -> list[str]:
    due = f"paused ({row['due_nominal']})" if row["paused"] else row["due"] or ""
    due += f" or {row['due_later']}" if row["due_later"] else ""
    stake = f"${row['at_stake']:,}" if row["at_stake"] else ""
    stake += " unverified" if row["unverified"] else ""
    frozen = f"frozen by {', '.join(row['frozen_by'])}" if row["frozen_by"] else ""
    stake = ", ".join(filter(None, (stake, frozen)))
    late = ", overdue" if row["overdue"] else ""
    answers = [row["enforcement"], row["litigation"], row["consequence"]]
    return [row["recipient"], row["response"] + late, due, *answers, stake, row["next"]]


def _totals(sums: dict[str, Any]) -> Lines:
    said = ", ".join(f"{count:,} {state}" for state, count in sums["response"].items())
    yield f"{_many(sums['recipients'], 'recipients')}, {_many(sums['obligations'], 'obligations')}: {said}."
    if sums["overdue"]:
        yield f"{sums['overdue']:,} overdue."
    if sums["deficiencies"]:
        yield "Deficiencies: " + ", ".join(f"{count:,} {state}" for state, count in sums["deficiencies"].items()) + "."
    money = [
        f"${amount:,} {state}{' (includes unverified figures)' if state in sums['unverified'] else ''}"
        for state, amount in sums["money"].items()
        if amount
    ]
    if money:
        yield f"Money: {'; '.join(money)}."


def _calendar(change: dict[str, Any]) -> Lines:
    yield ""
    versions = f"({change['recorded']}) differs from the installed one ({change['installed']})"
    yield f"The list of holidays {change['calendar']} {versions}:"
    yield from (
        f"  {day['date']}: {day['old'] or 'a working day'} -> {day['new'] or 'a working day'}" for day in change["days"]
    )
    for moved in change["moved"]:
        yield f"  {moved['recipient']} ({moved['demand']}): {moved['old'] or 'none'} -> {moved['new'] or 'none'}"
    yield "  No date moves until a person accepts it:"
    yield f'  tecum demand calendar --accept {change["calendar"]} --by "YOUR NAME"'


def case(done: dict[str, Any]) -> Lines:
    """A docket that ships: its board as of each day, in totals, and the last one whole."""
    yield done["about"]
    for board in done["boards"]:
        yield ""
        yield f"As of {board['as_of']}:"
        yield from (f"  {line}" for line in _totals(board["totals"]))
        enforcement = {state: count for state, count in board["totals"]["enforcement"].items() if state != "none"}
        if enforcement:
            yield "  Enforcement: " + ", ".join(f"{count:,} {state}" for state, count in enforcement.items()) + "."
    yield ""
    yield from status(done["boards"][-1], explain=False)
    yield ""
    yield "Next:"
    yield from (f"  {line}" for line in done["next"])


def round_of(done: dict[str, Any]) -> Lines:
    """The score of the made-up round."""
    yield done["made_up"]
    yield f"{_many(done['recipients'], 'recipients')}, {_many(done['obligations'], 'obligations')}."
    heads = ["kind", "planted", "found", "missed", "false"]
    yield from table(heads, ([kind, *(row[head] for head in heads[1:])] for kind, row in done["kinds"].items()))
    beyond = done["beyond_checks"]
    yield f"Beyond what the checks of this version can see: {beyond['planted']:,} planted, {beyond['found']:,} found."
    for kind, mistakes in done["wrong"].items():
        yield from (f"  {kind}: {one}" for one in mistakes)
    yield ""
    yield from status(done["board"], explain=False)
    yield ""
    yield "Next:"
    yield from (f"  {line}" for line in done["next"])


def entered(done: dict[str, Any]) -> Lines:
    """What an act entered, or would enter, what it changes, and what was refused."""
    would = "would be " if done["dry_run"] else ""
    if "demand" in done:
        counts = f"{_many(done['requests'], 'requests')} to {_many(done['recipients'], 'recipients')}"
        yield f"Demand {done['demand']}: {counts}."
    for table_name, count in done.get("added", {}).items():
        yield f"{_many(count, table_name)} {would}added."
    for table_name, count in done.get("unchanged", {}).items():
        yield f"{_many(count, table_name)} there already."
    yield from (f"Changed: {said}" for said in done.get("changed", ()))
    yield from (f"Assumed: {said}" for said in done.get("assumed", ()))
    if done.get("events"):
        yield f"{_many(len(done['events']), 'events')} {would}entered: {_few(done['events'])}"
    yield from _effects(done["effects"])
    for key, ids in done.get("open_deficiencies", {}).items():
        yield f"Open deficiencies of {key}: {', '.join(ids)}"
    for one in done.get("refusals", ()):
        yield f"REFUSED {one['recipient']}: {one['message']}"
    if done["dry_run"]:
        yield "Nothing was entered (dry run)."
    elif done.get("events") == [] and not done.get("refusals"):
        yield "Nothing was entered: nothing in it is new."


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")


def _effects(effects: list[dict[str, Any]]) -> Lines:
    for one in effects[:_SHOWN]:
        parts = [
            f"{key} {_moved(one['before'][key], now)}" for key, now in one["after"].items() if key != "overdue" or now
        ]
        new = all(old is None for old in one["before"].values()) and len(one["before"]) > 5
        if not new:
            parts += [f"request {number} {_moved(old, now)}" for number, (old, now) in one["requests"].items()]
        parts += [f"CONFLICT {said}" for said in one["conflicts"]]
        yield f"  {one['recipient']}: {'; '.join(parts)}"
    if len(effects) > _SHOWN:
        yield f"  ... {len(effects) - _SHOWN:,} more; --json prints all"


def _moved(old: Any, now: Any) -> str:
    return f"{old} -> {now or 'none'}" if old not in (None, "") else str(now or "none")


def letters(done: dict[str, Any]) -> Lines:
    """Which letters were written, or would be."""
    for one in done["written"]:
        if done["dry_run"]:
            yield f"===== {one['recipient']} ({one['demand']})"
            yield from one["text"].splitlines()
            yield ""
        else:
            yield f"{one['recipient']}: {', '.join(Path(path).name for path in one['files'])}"
    would = "would be " if done["dry_run"] else ""
    yield f"{_many(len(done['written']), 'letters')} {would}written in {done['folder']}"
    for one in done["refusals"]:
        yield f"REFUSED {one['recipient']}: {one['code']} {one['message']}"
        yield f"  {one['remedy']}"
    if done["written"] and not done["dry_run"]:
        yield "That they were sent is recorded apart, with its proof: tecum demand serve, or tecum demand record"


def written(done: dict[str, Any]) -> Lines:
    """Which files were written."""
    for name, count in done.get("tables", {}).items():
        yield f"{_many(count, name)}"
    if "fields" in done:
        yield f"{_many(done['rows'], 'rows')} with the fields {', '.join(done['fields'])}; nothing else is shown."
    if "dates" in done:
        yield f"{_many(done['dates'], 'dates')}"
    yield f"{'Would be written' if done['dry_run'] else 'Written'}: {done['path']}"


def received(done: dict[str, Any]) -> Lines:
    """What a volume is, what it lacks, and what was entered."""
    counts = f"{_many(done['documents'], 'documents')}, {_many(done['pages'], 'pages')}"
    yield f"{done['volume']} of {done['recipient']}: {counts}, {done['first']} to {done['last']}"
    if done["already"]:
        yield "It was recorded before; nothing is recorded twice."
    if done["by_request"]:
        yield "By request: " + ", ".join(f"{number}: {count:,}" for number, count in done["by_request"].items())
    else:
        yield "Its rows name no requests. Unless --request says which, it counts towards all that are open."
    for one in done["deficiencies"]:
        mark = "RAISED" if one["code"] in done["raised"] else "PROPOSED"
        requests = f" request {', '.join(one['requests'])}" if one["requests"] else ""
        yield f"{mark} {one['code']} ({one['severity']}){requests}: {one['text']}"
        if one["range"]:
            yield f"  {one['range']}"
        yield f"  to ask for: {one['ask']}"
    if not done["deficiencies"]:
        yield "Nothing is found to be lacking, as far as it was examined."
    if len(done["raised"]) < len(done["deficiencies"]):
        yield f"Raise them with --raise CODE or --raise all, and --due DATE (receive {done['volume']} again)."
    if done["taken"]:
        taken = done["taken"]
        yield f"{taken['documents']:,} documents can be searched, and {taken['loose']:,} files that no load file names."
        if taken["again"]:
            yield f"{taken['again']:,} of them bear numbers that an earlier volume had too."
    yield f"Not examined: {len(done['not_examined'])} codes (tecum check lists them)."
    yield from _effects(done["effects"])
    if done["dry_run"]:
        yield "Nothing was entered (dry run)."


def findings(found: dict[str, Any]) -> Lines:
    """Recipients by findings."""
    for one in found["findings"]:
        yield f"{one['finding']}: {one['question']}"
        yield f"  query: {one['query']}"
        rows = []
        for key, row in one["recipients"].items():
            numbers = _few([each["bates"] or each["control"] for each in row["coded"]])
            rows.append([key, row["documents"], row["yes"], row["no"], row["open"], numbers])
        yield from table(["recipient", "documents", "yes", "no", "to code", "coded yes"], rows)
        for key, row in one["recipients"].items():
            for each in row["to_code"][:5]:
                yield f"  to code, {key}: {each['control']} {each['bates']} {each['title']}"
    if not found["findings"]:
        yield "There are no findings yet: tecum demand finding NAME --question ... --query ..."


def proposed(found: dict[str, Any], path: Path) -> Lines:
    """What a mail or an article proposes, numbered, and how to accept it."""
    for one in found["proposed"]:
        mark = "entered" if one.get("entered") else one["sure"]
        who, when = one["recipient"] or "(recipient not told)", one["happened"] or "no date"
        of = f", request {', '.join(one['requests'])}" if one["requests"] else ""
        yield f"{one['number']}. {one['kind']} of {who}{of}, {when} [{mark}]"
        yield from (f"     {key}: {value}" for key, value in one["data"].items())
        yield f"     because {one['why']}"
    for part in found.get("furniture", ()):
        yield f"left out ({part['rule']}): {part['text'][:80]}"
    yield from _effects(found.get("effects", []))
    if not found["proposed"]:
        yield "Nothing is proposed."
    elif found["dry_run"] and found["entered"]:
        yield "Nothing was entered (dry run)."
    elif not found["entered"]:
        yield f"Nothing was entered. Accept with: tecum demand record --from {path} --accept 1"
    else:
        yield f"Entered: {', '.join(found['entered'])}; the file is kept as {found['evidence']}"
