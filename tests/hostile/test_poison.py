"""A file that kills its reader: tried again alone, set aside with its reason, visible to whoever must decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from piles import balanced, items, matter_of, tecum, write
from tecum import verbs

pytestmark = pytest.mark.usefixtures("one_day")
PLUGIN = b"""
import os
from pathlib import Path

from tecum.hooks import Reader, hookimpl

def read(item, emit):
    word = item.file.read(40)
    emit.text("begun ")
    emit.member("first.txt", b"a member")
    Path("left behind").touch()
    if b"crash" in word:
        os.abort()
    emit.text(word.decode())

@hookimpl
def tecum_readers():
    return [Reader("poison", "1", frozenset({"json"}), read)]
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of JSON from an installed plugin, found by its entry point in every process."""
    files = {
        "poison_plugin.py": PLUGIN,
        "poison_plugin-1.dist-info/METADATA": b"Metadata-Version: 2.1\nName: poison-plugin\nVersion: 1\n",
        "poison_plugin-1.dist-info/entry_points.txt": b"[tecum]\npoison = poison_plugin\n",
    }
    monkeypatch.syspath_prepend(str(write(tmp_path / "site", files)))


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_a_poison_file_is_tried_twice_and_set_aside(tmp_path: Path) -> None:
    poison = {f"{n}-crash.json": b'{"word": "crash"}' + b" " * n for n in range(2)}
    neighbours = {f"{n}-neighbour.txt": b"A neighbour.\r\n" for n in range(4)} | {"3-fine.json": b'{"word": "fine"}'}
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("ann", write(tmp_path / "pile", {**poison, **neighbours}))])
        balanced(matter)
        found = items(matter)
        members = {f"{path}//first.txt" for path in (*poison, "3-fine.json")}
        assert set(found) == {*poison, *neighbours, *members}, "what was seen before the end is kept, once"
        assert {path: row["disposition"] for path, row in found.items() if path in poison} == dict.fromkeys(
            poison, "unprocessable"
        )
        assert all(found[path]["disposition"] == "document" for path in neighbours)
        controls = {row["path"]: row["control"] for row in verbs.documents(matter)}
    told = tecum("exceptions", "-C", tmp_path / "matter", "--code", "CRASH", "--json").json
    assert [row["path"] for row in told["exceptions"]] == sorted(poison)
    for row in told["exceptions"]:
        assert "SIGABRT" in row["message"] and row["message"].endswith("tried twice, then set aside")
        assert row["sha256"], "its bytes are kept: it can be produced as it is"
        assert row["control"] == controls[row["path"]]
    again = tecum("exceptions", "-C", tmp_path / "matter", "--code", "CRASH", "--retry", "--json")
    assert (again.code, again.json["retried"], again.json["matching"]) == (100, 2, 2)
    assert all(row["history"] for row in again.json["exceptions"])
    with verbs.open(tmp_path / "matter") as matter:
        balanced(matter)
        assert {row["path"]: row["control"] for row in verbs.documents(matter)} == controls
