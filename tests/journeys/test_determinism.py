"""The same pile and the same decisions give the same numbers and the same bytes, whatever else differs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import Answered
from piles import demand, differences, mail, mbox, payload, rows_of, tables, write
from tecum import verbs

pytestmark = pytest.mark.usefixtures("one_day")
_SCRIPT = """
import sys
from pathlib import Path
from piles import with_processing
from tecum import verbs
demand, out, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
with with_processing(verbs.init(out, demand=demand), workers=workers):
    pass
verbs.answer(demand, (), out)
"""
_PLACES = {"source"}  # the one table that names absolute paths


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "seed", "place"), [(2, "1", "a"), (3, "77", "somewhere/quite else")])
def test_place_workers_and_hash_seed_change_nothing(
    answered_once: Answered, tmp_path: Path, workers: int, seed: str, place: str
) -> None:
    folder = tmp_path / place
    shutil.copytree(answered_once.demand.parent / "pile", folder / "pile", symlinks=True)  # with the files' times
    shutil.copy(answered_once.demand, folder)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONHASHSEED": seed,
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
    }
    subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(folder / "demand.toml"), str(folder / "matter"), str(workers)],
        env=environment,
        check=True,
    )
    assert payload(folder / "matter/productions/VOL001") == payload(answered_once.volume)
    ours, theirs = tables(folder / "matter"), tables(answered_once.folder)
    assert set(ours) == set(theirs)
    assert differences(ours, theirs, _PLACES) == {}


def test_nothing_in_the_payload_tells_where_or_when_it_was_made(answered_once: Answered) -> None:
    secrets = [str(answered_once.folder).encode(), os.uname().nodename.encode() if hasattr(os, "uname") else b"\0none"]
    for path in answered_once.volume.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(len(secret) > 5 and secret in data for secret in secrets), path


def test_a_source_that_comes_later_is_numbered_later(answered: Answered, tmp_path: Path) -> None:
    with verbs.open(answered.folder) as matter:
        before = {row["item"]: row["control"] for row in verbs.documents(matter)}
        # Its path sorts before all others and its custodian is the first: neither moves a number.
        more = write(tmp_path / "0-more", {"a.mbox": mbox(mail("Later widget", "A later widget.\r\n"))})
        verbs.ingest(matter, [("chief", more)])
        after = {row["item"]: row["control"] for row in verbs.documents(matter)}
        assert {key: after[key] for key in before} == before
        assert set(after.values()) - set(before.values()) == {f"C{len(before) + 1:08d}"}
        sealed = payload(answered.volume)
        more_volume = verbs.produce(matter, "VOL002")
        assert more_volume["first"] == _next(answered.said["last"])
        assert payload(answered.volume) == sealed
        subjects = [row["SUBJECT"] for row in rows_of(answered.folder / "productions/VOL002")]
        assert subjects == ["Later widget"], "what went out is not produced again"


def _next(number: str) -> str:
    return f"{number[:3]}{int(number[3:]) + 1:08d}"


def test_the_same_pile_in_another_order_of_sources_is_numbered_in_that_order(tmp_path: Path) -> None:
    write(tmp_path / "pile", {"chief/a.txt": b"widget A", "clerk/b.txt": b"widget B"})
    path = demand(tmp_path)
    numbers: list[dict[str, Any]] = []
    for name, order in (("one", ("chief", "clerk")), ("two", ("clerk", "chief"))):
        with verbs.init(tmp_path / name, demand=path) as matter:
            verbs.ingest(matter, [(key, tmp_path / "pile" / key) for key in order])
            numbers.append({row["path"]: row["control"] for row in verbs.documents(matter)})
    assert numbers == [
        {"a.txt": "C00000001", "b.txt": "C00000002"},
        {"b.txt": "C00000001", "a.txt": "C00000002"},
    ], json.dumps(numbers)
