"""What the fuzzer's workers run: mutants into the real readers in the real sandbox, and what came out of each."""

from __future__ import annotations

import contextlib
import io
import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fuzz_mutations import mutated
from fuzz_seeds import made, of_folder

from tecum.engine.jobs import Bare
from tecum.engine.sandbox import Outcome
from tecum.model import Disposition, ExceptionCode
from tecum.processing.extract import Bench
from tecum.processing.identify import identify
from tecum.processing.itemreading import ItemReading
from tecum.processing.rows import Options, Rows, Work, item_key

LARGEST = 300_000  # bytes of a seed from a folder
MEMORY_MIB = 512
_EXPAND = 64 << 20
_CODES = {code.value for code in ExceptionCode}
_RAISED = re.compile(r"([A-Za-z_.]*(?:[Ee]rror|Exception|Warning|StopIteration|SystemExit|BadZipFile|Panic\w*)): ")
# What Python raises over a mistake in a program; that a file is damaged is no reason for it.
DEFECTS = frozenset(
    {"TypeError", "AttributeError", "KeyError", "AssertionError", "RecursionError", "NameError", "UnboundLocalError"}
    | {"IndexError", "ZeroDivisionError", "NotImplementedError", "StopIteration", "SystemExit"}
)


@dataclass(frozen=True)
class Plan:
    """What to fuzz with: where seeds come from, the number that fixes every mutant, and the caps."""

    seed: int = 1
    folders: tuple[str, ...] = ()
    seconds: int = 10
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What became of one input. ``wrong`` says how it broke the contract, "" when it did not."""

    number: int
    seed: str
    kind: str
    disposition: str
    codes: tuple[str, ...]
    members: int
    seconds: float
    wrong: str = ""
    raised: tuple[str, ...] = field(default=())  # types of exceptions that no reader put into words


class Fuzzing(Bench):
    """A worker's bench on throw-away blobs: nothing is synced, and nothing is handed to LibreOffice."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._place = tempfile.mkdtemp(prefix="tecum-fuzz-")
        super().__init__(
            Options(self._place, plan.seconds, MEMORY_MIB, depth=20, members=10_000, ratio=200, expand=_EXPAND)
        )
        self._stack.callback(shutil.rmtree, self._place, ignore_errors=True)

    def durable(self, rows: Rows) -> Rows:
        """Nothing here has to survive."""
        return rows

    def convert(self, waiting: list[ItemReading]) -> Iterator[tuple[ItemReading, bytes | Path | Outcome]]:
        """A program of its own, fuzzed by its own makers, and a second a file."""
        for one in waiting:
            yield one, Outcome(False, ExceptionCode.UNSUPPORTED, "not converted here")


@cache
def seeds(plan: Plan) -> list[tuple[str, str, bytes]]:
    """Every seed as (name, kind, bytes): the made-up ones, and those of the folders."""
    found = list(made().items())
    for folder in plan.folders:
        found += [(f"{Path(folder).name}/{name}", data) for name, data in of_folder(Path(folder), LARGEST)]
    named = [(name, identify(data[: 1 << 16], name, io.BytesIO(data), len(data)).kind, data) for name, data in found]
    return [one for one in named if not plan.kinds or one[1] in plan.kinds]


@cache
def _alike(plan: Plan) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for _, kind, data in seeds(plan):
        found.setdefault(kind, []).append(data)
    return found


def mutant(plan: Plan, number: int) -> tuple[str, str, bytes]:
    """Input ``number``: its seed's name and kind, and its bytes; each format gets the same share of the inputs."""
    chance = random.Random(f"{plan.seed}/{number}")
    kinds = sorted(_alike(plan))
    kind = kinds[number % len(kinds)]
    name, _, data = chance.choice([one for one in seeds(plan) if one[1] == kind])
    return name, kind, mutated(data, _alike(plan)[kind], chance)


def read_batch(_: Bare, batch: tuple[Plan, range]) -> Iterator[list[Seen]]:
    """Read the inputs of these numbers in a bench of their own; what a worker process runs."""
    plan, numbers = batch
    with contextlib.closing(Fuzzing(plan)) as bench:
        yield [read_one(bench, plan, number) for number in numbers]


def read_one(bench: Bench, plan: Plan, number: int) -> Seen:
    """Read one input as a worker reads an item, and hold its rows against the contract."""
    name, kind, data = mutant(plan, number)
    sort = b"%d" % number
    work = Work(
        key=item_key(1, sort), source=1, depth=1, sort=sort, path=name, name=name.rpartition("/")[2], size=len(data),
        modified="", outside={}, budget=max(_EXPAND, 200 * len(data)), blob=bench.writer.put(data),
    )  # fmt: skip
    begun = time.perf_counter()
    rows = list(bench.run([work]))
    seconds = time.perf_counter() - begun
    items = [row for some in rows for row in some.items]
    members = [row for some in rows for row in some.members]
    troubles = [row for some in rows for row in some.exceptions]
    own = sorted((str(row["code"]), str(row["message"])) for row in troubles if row["item"] == work.key)
    raised = {found[1] for _, message in own if (found := _RAISED.match(message))}
    return Seen(
        number, name, kind, str(items[0]["disposition"]) if items else "", tuple(code for code, _ in own), len(members),
        seconds, _wrong(work, items, members, troubles), tuple(sorted(raised)),
    )  # fmt: skip


def _wrong(work: Work, items: list[Any], members: list[Any], troubles: list[Any]) -> str:
    """What promise 1 asks of the rows of one item, and they do not keep; "" when they keep it all."""
    if [row["key"] for row in items] != [work.key]:
        return f"{len(items)} rows for one input"
    row, codes = items[0], {str(trouble["code"]) for trouble in troubles}
    keys = [member["key"] for member in members]
    explained = {trouble["item"] for trouble in troubles}
    if row["disposition"] not in (Disposition.DOCUMENT, Disposition.CONTAINER, Disposition.UNPROCESSABLE):
        return f"the disposition is {row['disposition']!r}"
    if row["disposition"] == Disposition.UNPROCESSABLE and work.key not in explained:
        return "unprocessable without a reason"
    if not codes <= _CODES:
        return f"codes that do not exist: {sorted(codes - _CODES)}"
    if len(set(keys)) != len(keys) or row["members"] != len(keys):
        return f"{row['members']} members counted, {len(set(keys))} in {len(keys)} rows"
    lost = [member for member in members if member["disposition"] and member["key"] not in explained]
    return f"{len(lost)} members lost without a reason" if lost else ""
