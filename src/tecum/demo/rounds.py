"""The made-up round: one demand to 23 made-up recipients, their answers made by the program itself, some then spoilt.

What was planted stands in ``round.toml``; what is recognised is read from the docket's public answers alone.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tecum import verbs
from tecum.demo import roundpile
from tecum.demo.breaking import Delivered
from tecum.demo.world import table
from tecum.errors import OutputExists
from tecum.matter import Matter
from tecum.verbs import Where

Progress = Callable[[str, int, int], None]
SERVED, CAME, CAME_LATE, TODAY = "2018-01-25", "2018-02-20", "2018-03-02", "2018-03-05"
_UNTIL, _CURE = "2018-03-26", dt.date(2018, 3, 19)
_SPOILT = "5"  # the request whose document is lost, emptied or photographed
_HELD = "7"  # the request of which something is withheld
# The codes by which a careful reader would be shown each fault; one that nothing shows yet is listed apart.
_SIGNS: Final[dict[str, set[str]]] = {
    "range gap": {"B03"},
    "missing native": {"X01"},
    "wrong field": {"M05"},
    "empty text": {"T01"},
    "unsearchable scan": {"T01"},
    "no privilege log": {"LOG"},
    "late": {"LATE"},
    "unlogged withholding": set(),
}
_ALONGSIDE: Final = {"range gap": {"D01"}}  # what such a fault rightly brings along
# The request whose answer a fault spoils; lateness spoils none.
_SPOILS: Final = {
    "range gap": _SPOILT, "empty text": _SPOILT, "unsearchable scan": _SPOILT, "missing native": roundpile.WORKBOOK,
    "wrong field": roundpile.WORKBOOK, "no privilege log": _HELD, "unlogged withholding": _HELD,
}  # fmt: skip
_STATES: Final = {
    "complete": "complete", "short": "deficient", "refused": "refused", "extended": "extended",
    "stayed": "acknowledged",
}  # fmt: skip


@dataclass
class Tally:
    """Planted, found, missed, false of one kind; ``wrong`` names each mistake."""

    planted: int = 0
    found: int = 0
    false: int = 0
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, int]:
        """As ``demo --json`` prints it."""
        return {"planted": self.planted, "found": self.found, "missed": self.planted - self.found, "false": self.false}


def run(out: Path, seed: int, progress: Progress, only: Collection[str] = ()) -> dict[str, Any]:
    """Make the round in ``out`` and score what the docket recognises; ``only`` names the recipients of a smaller one.

    Raises:
        OutputExists: when ``out`` holds something else.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputExists(f"{out} is there and not an empty folder", path=out)
    plan = table("round.toml")
    people = [{**one, "id": _key(one["name"])} for one in plan["recipient"] if not only or one["name"] in only]
    with _clock(SERVED):
        matter = _send(out, plan, people)
    with matter:
        for done, one in enumerate(people, 1):
            _answer(matter, out, plan, one, seed + done)
            progress("answered", done, len(people))
        with _clock(TODAY):
            board = verbs.demand_status(matter)
            (out / "board.html").write_bytes(verbs.docket_report(matter, "board", "html"))
    return _scored(out, people, board)


def _key(name: str) -> str:
    return name.lower().replace(" ", "-")


@contextmanager
def _clock(day: str) -> Iterator[None]:
    """Let it be noon of a day."""
    before = os.environ.get("TECUM_NOW")
    os.environ["TECUM_NOW"] = f"{day}T18:00:00Z"
    try:
        yield
    finally:
        if before is None:
            del os.environ["TECUM_NOW"]
        else:
            os.environ["TECUM_NOW"] = before


def _send(out: Path, plan: dict[str, Any], people: list[dict[str, Any]]) -> Matter:
    """Write the clerk's files, make the docket, send and serve the demand."""
    files = out / "files"
    files.mkdir(parents=True)
    keys = ("number", "text")
    demand = verbs.demand_file(plan["demand"], [{key: row[key] for key in keys} for row in plan["request"]])
    (files / "round.toml").write_text(demand, encoding="utf-8", newline="\n")
    rows = [f"{one['id']},{one['name']},{'county' if 'County' in one['name'] else 'city'}" for one in people]
    (files / "recipients.csv").write_text("id,name,kind\n" + "\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    (files / "receipts.txt").write_text(f"Return receipts, all {len(people)}.\n", encoding="utf-8", newline="\n")
    matter = verbs.demand_matter(out / "matter", name="round", time_zone="America/Chicago")
    verbs.demand_new(matter, files / "round.toml", files / "recipients.csv")
    everybody = Where()
    verbs.demand_serve(matter, everybody, channel="mail", happened="2018-01-24")
    verbs.demand_serve(matter, everybody, channel="mail", happened=SERVED, evidence=[files / "receipts.txt"])
    return matter


def _answer(matter: Matter, out: Path, plan: dict[str, Any], one: dict[str, Any], seed: int) -> None:
    """One recipient does what was planted for it, and the issuer's side takes it in."""
    where = Where(recipients=(one["id"],))
    with _clock(TODAY):
        verbs.demand_record(matter, "acknowledged", where, happened="2018-01-30", source="letter")
        match one["outcome"]:
            case "refused":
                verbs.demand_record(matter, "refused", where, happened="2018-02-12", source="letter",
                                    data={"reason": "says that it keeps no such duty"})  # fmt: skip
            case "extended":
                verbs.demand_record(matter, "extension-asked", where, happened="2018-02-14", source="letter")
                verbs.demand_extend(matter, where, until=_UNTIL, happened="2018-02-16")
            case "stayed":
                _sue(matter, one)
            case _:
                _produce(matter, out, plan, one, seed)


def _sue(matter: Matter, one: dict[str, Any]) -> None:
    case = f"suit-{one['id']}"
    verbs.demand_enter(matter, "cases", {"id": case, "title": f"{one['name']} v. Office of Grant Compliance",
                                         "court": "made up", "filed": "2018-02-06", "parties": one["id"]})  # fmt: skip
    verbs.demand_enter(matter, "orders", {"id": f"stay-{one['id']}", "case": case, "kind": "stay", "effect": "stay",
                                          "from": "2018-02-15", "reach": "parties",
                                          "freezes": "enforcement; response"})  # fmt: skip


def _produce(matter: Matter, out: Path, plan: dict[str, Any], one: dict[str, Any], seed: int) -> None:
    """The recipient answers with tecum, the volume is spoilt on the way, and is received."""
    faults = set(one.get("broken", ()))
    withheld = bool(faults & {"no privilege log", "unlogged withholding"})
    own = out / "recipients" / one["id"]
    prefix = "".join(letter for letter in one["name"].upper() if letter.isalpha())[:10]
    roundpile.make(own, one["name"], plan["request"], {_HELD} if withheld else set(), prefix, seed)
    verbs.demand_for(matter, one["id"], own / "demand.toml")
    volume = Path(verbs.answer(own / "demand.toml", (), own / "matter")["path"])
    came = Delivered(volume, out / "received" / one["id"] / volume.name)
    for fault in one.get("broken", ()):
        came.spoil(fault, _SPOILT)
    where = Where(recipients=(one["id"],))
    on = CAME_LATE if "late" in faults else CAME
    if withheld:
        log = {"log": "yes"} if "unlogged withholding" in faults else {}
        verbs.demand_record(matter, "answered", where, happened=CAME, requests=[_HELD], source="letter",
                            data={"answer": "withheld", **log})  # fmt: skip
    done = verbs.receive(matter, came.folder, one["id"], received=on, raise_codes=("all",), due=_CURE)
    verbs.demand_record(matter, "stated-complete", where, happened=on, source="letter")
    if not done["deficiencies"]:
        verbs.demand_record(matter, "accepted", where, happened=TODAY, data={"by": "R. Amberly (made up)"})
        verbs.demand_record(matter, "signed-off", where, happened=TODAY, data={"by": "I. Castell (made up)"})


# -- the score -------------------------------------------------------------------------------------------


def _scored(out: Path, people: list[dict[str, Any]], board: dict[str, Any]) -> dict[str, Any]:
    """Compare the board with what was planted."""
    rows = {row["recipient"]: row for row in board["recipients"]}
    tallies = {"obligations": Tally()}
    beyond = Tally()
    for one in people:
        row = rows[one["id"]]
        faults = one.get("broken", [])
        unseen = bool(faults) and all(not _SIGNS[fault] for fault in faults)
        _outcome(tallies, beyond if unseen else tallies.setdefault(one["outcome"], Tally()), one, row)
        _obligations(tallies["obligations"], beyond, one, row)
        codes = {each["code"] for each in row["deficiencies"]}
        explained: set[str] = set()
        for fault in faults:
            tally = tallies.setdefault(f"short: {fault}", Tally()) if _SIGNS[fault] else beyond
            tally.planted += 1
            tally.found += bool(codes & _SIGNS[fault])
            if not codes & _SIGNS[fault]:
                tally.wrong.append(f"{one['id']}: {fault} was not seen")
            explained |= _SIGNS[fault] | _ALONGSIDE.get(fault, set())
        for code in sorted(codes - explained):
            wrong = tallies.setdefault("deficiencies not planted", Tally())
            wrong.false += 1
            wrong.wrong.append(f"{one['id']}: {code}")
    for each in ("complete", "short", "refused", "stayed", "extended"):
        tallies.setdefault(each, Tally())
    kinds = {kind: tally.as_dict() for kind, tally in tallies.items()}
    return {
        "made_up": "Every place in this round is made up; nobody and nothing in it is real.",
        "recipients": len(people),
        "obligations": board["totals"]["obligations"],
        "all_found": all(not row["missed"] and not row["false"] for row in kinds.values()),
        "kinds": kinds,
        "wrong": {kind: tally.wrong for kind, tally in tallies.items() if tally.wrong},
        "beyond_checks": beyond.as_dict(),
        "board": board,
        "next": [
            f"Open {out / 'board.html'}",
            f"tecum demand status --response deficient --explain -C {out / 'matter'}",
            f"tecum demand letter deficiency --response deficient --by \"YOUR NAME\" -C {out / 'matter'}",
            f"tecum demand finding told --question \"Who was told to sign?\" --query \"commander w/10 sign*\" "
            f"-C {out / 'matter'}",
        ],
    }  # fmt: skip


def _outcome(tallies: dict[str, Tally], tally: Tally, one: dict[str, Any], row: dict[str, Any]) -> None:
    """Whether the board shows the outcome that was planted; a stayed clock must rest, and nothing else may."""
    tally.planted += 1
    stayed = one["outcome"] == "stayed"
    right = row["response"] == _STATES[one["outcome"]] and row["paused"] == stayed and bool(row["frozen_by"]) == stayed
    tally.found += right
    if not right:
        tally.wrong.append(f"{one['id']}: {row['response']}, planted {one['outcome']}")
        shown = next((kind for kind, state in _STATES.items() if state == row["response"]), "")
        if shown and shown != one["outcome"] and tally is tallies.get(one["outcome"]):
            tallies.setdefault(shown, Tally()).false += 1


def _obligations(tally: Tally, beyond: Tally, one: dict[str, Any], row: dict[str, Any]) -> None:
    """Whether every request shows what was planted; one that the board calls short and is not is false."""
    hidden = {_SPOILS[fault] for fault in one.get("broken", ()) if not _SIGNS[fault]}
    for number, shown in row["requests"].items():
        wanted = _planted(one, number)
        counted = beyond if number in hidden else tally
        counted.planted += 1
        counted.found += shown == wanted
        if shown != wanted:
            counted.false += shown == "short"
            counted.wrong.append(f"{one['id']}: request {number} is {shown}, planted {wanted}")


def _planted(one: dict[str, Any], number: str) -> str:
    """How a request stands for somebody who knows what was planted. What nobody could fault was accepted."""
    if one["outcome"] in ("refused", "stayed", "extended"):
        return "refused" if one["outcome"] == "refused" else "open"
    faults = one.get("broken", ())
    if number in (_SPOILS.get(fault) for fault in faults):
        return "short"
    return "produced" if any(_SIGNS[fault] for fault in faults) else "satisfied"
