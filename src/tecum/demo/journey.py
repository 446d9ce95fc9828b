"""The demo: make the city, answer its demand as any user would, and score the public outputs against the truth."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tecum import demo, verbs
from tecum.demo.score import Observed, ObservedDocument, ObservedItem
from tecum.errors import OutputExists
from tecum.loadfile import DatReader
from tecum.matter import Matter

Progress = Callable[[str, int, int], None]
# What HELD.csv says begins with the rule's name (docs/how-to/answer-a-demand.md); the score asks for the kind.
_KINDS = {"personal": "personal", "R5": "privilege", "R7": "privilege", "R8": "privilege"}


def run(out: Path, seed: int, progress: Progress) -> dict[str, Any]:
    """Make the city of ``seed`` in ``out``, answer its demand in ``out/matter`` and score the answer.

    Raises:
        OutputExists: when ``out`` holds something else.
    """
    if out.is_file() or (out.exists() and any(out.iterdir()) and not (out / "truth.json").is_file()):
        raise OutputExists(f"{out} is not empty", path=out)
    truth = demo.make(out, seed)
    answered = verbs.answer(out / "demand.toml", (), out / "matter", progress=progress)
    with verbs.open(out / "matter") as matter:
        seen = observe(matter, out / "pile", answered)
    rows = demo.score(truth, seen)
    kinds = {kind: row.as_dict() for kind, row in rows.items()}
    return {
        "seed": seed,
        "made_up": "Riverton is a made-up city; nobody and nothing in it is real.",
        "all_found": demo.passed(rows),
        "beyond_terms": kinds.pop("beyond_terms"),
        "kinds": kinds,
        "wrong": {kind: list(row.wrong) for kind, row in rows.items() if row.wrong},
        "volume": answered,
        "next": [
            f"Open {answered['papers']}/LETTER.pdf and HELD.csv, and a page in {answered['path']}/IMAGES",
            f'tecum search "detainer w/10 request" -C {out / "matter"}',
            f"tecum check {answered['path']}",
            f'tecum release {answered["volume"]} --by "YOUR NAME" -C {out / "matter"}',
            "tecum answer DEMAND.toml NAME=PATH... --out FOLDER    (your own files)",
        ],
    }


def observe(matter: Matter, pile: Path, answered: dict[str, Any]) -> Observed:
    """What the program's public outputs say, in the scorer's terms."""
    places = _places(matter, pile)
    listed = list(verbs.documents(matter))
    volume, papers = Path(answered["path"]), Path(answered["papers"])
    with (volume / "DATA" / f"{answered['volume']}.DAT").open("rb") as file:
        reader = DatReader(file)
        rows = [dict(zip(reader.columns, row.values, strict=True)) for row in reader]
    with (papers / "HELD.csv").open(encoding="utf-8-sig", newline="") as file:
        held = {row["control"]: _triggers(row["trigger"]) for row in csv.DictReader(file)}
    requests: dict[str, set[str]] = {number: set() for number in answered["by_request"]}
    for row in rows:
        for number in filter(None, row["REQUESTNO"].split(";")):
            requests[number].add(row["CONTROLNO"])
    return Observed(
        fingerprint=demo.fingerprint(pile),
        items=tuple(
            ObservedItem(*places[row["key"]], row["disposition"], tuple(row["codes"])) for row in verbs.items(matter)
        ),
        documents=tuple(_documents(listed, places, rows)),
        produced={row["CONTROLNO"] for row in rows},
        held=held,
        produced_text={
            path.relative_to(volume).as_posix(): path.read_text("utf-8") for path in (volume / "TEXT").rglob("*.txt")
        },
        by_request=requests,
    )


def _places(matter: Matter, pile: Path) -> dict[str, tuple[str, int | None]]:
    """Each item's key with its place: a message in a mailbox is known by its position."""
    paths: dict[str, str] = {}
    mailboxes: set[str] = set()
    places: dict[str, tuple[str, int | None]] = {}
    for row in verbs.items(matter):
        if row["kind"] == "mbox":
            mailboxes.add(row["key"])
        if row["depth"] == 0:
            root = Path(row["root"]).relative_to(pile.absolute()).as_posix()
            path = f"{root}/{row['path']}" if (pile / root).is_dir() else root
            places[row["key"]] = (path, None)
        elif row["parent"] in mailboxes:
            path = f"{paths[row['parent']]}//[{row['position']}]"
            places[row["key"]] = (paths[row["parent"]], row["position"])
        else:
            path = f"{paths[row['parent']]}//{row['name']}"
            places[row["key"]] = (path, None)
        paths[row["key"]] = path
    return places


def _documents(
    listed: list[dict[str, Any]], places: dict[str, tuple[str, int | None]], rows: list[dict[str, str]]
) -> Iterator[ObservedDocument]:
    everyone = {row["CONTROLNO"]: tuple(row["ALLCUSTODIAN"].split(";")) for row in rows}
    for one in listed:
        path, position = places[one["item"]]
        yield ObservedDocument(
            path=path,
            position=position,
            custodian=one["custodian"],
            all_custodians=everyone.get(one["control"], ()),
            control=one["control"],
            family_control=one["family"],
            duplicate_of=one["duplicate_of"],
        )


def _triggers(text: str) -> tuple[str, ...]:
    """The kinds of reason in a row of HELD.csv."""
    reasons = [part.split() for part in text.split(";") if part.strip()]
    return tuple(sorted({_KINDS.get(words[0], "counsel") for words in reasons}))
