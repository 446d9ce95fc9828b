"""A plugin outside the project adds a format: the example of the documentation, installed beside tecum and used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs_pages import DOCS, blocks

from piles import items, matter_of, write
from tecum import verbs

LOG = b"CALLLOG 1\n2018-01-30T09:15:00\tdoe\tdetainer request received\trec1.wav\n2018-01-30T09:20:00\troe\trefused\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What ``pip install`` makes of the page's two files."""
    site = tmp_path / "site"
    info = site / "tecum_calllog-1.0.dist-info"
    info.mkdir(parents=True)
    page = DOCS / "how-to" / "add-a-format.md"
    (site / "calllog.py").write_text(blocks(page, "python")[0], encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tecum-calllog\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[tecum]\ncalllog = calllog\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    yield site
    sys.modules.pop("calllog", None)


def test_a_plugins_format_is_read_in_the_sandbox(installed: Path, tmp_path: Path) -> None:
    pile = write(tmp_path / "pile", {"shift.dat": LOG, "short.dat": b"CALLLOG 1\n09:15\n", "note.txt": b"a note"})
    with matter_of(tmp_path / "matter") as matter:
        done = verbs.ingest(matter, [("x", pile)])
        found = items(matter)
        text = verbs.search(matter, '"detainer request"', count=True)
    assert done["balanced"] and text["documents"] == 1
    assert found["shift.dat"]["kind"] == "calllog" and found["shift.dat"]["disposition"] == "document"
    assert found["shift.dat//rec1.wav"]["codes"] == ["UNREADABLE"]
    assert found["short.dat"]["disposition"] == "unprocessable" and found["short.dat"]["codes"] == ["CORRUPT"]
    assert found["note.txt"]["kind"] == "text"
