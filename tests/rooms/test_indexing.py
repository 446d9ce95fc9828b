"""The index of a matter as it grows: merged after many runs, whole after a kill, built anew when the rules change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from piles import mail, matter_of, write
from tecum import verbs
from tecum.engine.index import tiers
from tecum.engine.schema import segment
from tecum.matter import Matter
from tecum.progress import silent
from tecum.query import parse
from tecum.terms import indexing
from tecum.terms.run import open_index

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Matter]:
    """A matter of six documents, indexed in three runs, where three segments become one."""
    monkeypatch.setattr(tiers, "FAN", 3)
    with matter_of(tmp_path / "matter") as matter:
        for run in range(3):
            files = {f"{run}/{name}.txt": f"walrus{name} carpenter{run}".encode() for name in "ab"}
            write(tmp_path / "pile", files)
            verbs.ingest(matter, [("ann", tmp_path / "pile")])
        yield matter


def names(matter: Matter) -> list[str]:
    with matter.read() as db:
        return list(db.execute(select(segment.c.name).order_by(segment.c.first)).scalars())


def folders(matter: Matter) -> list[str]:
    return sorted(path.name for path in indexing.folder(matter).iterdir() if path.is_dir())


def found(matter: Matter, text: str) -> list[int]:
    with open_index(matter) as index:
        return list(index.documents(parse(text).require()).tolist())


def test_small_segments_become_one_and_the_old_go_later(grown: Matter) -> None:
    assert names(grown) == ["000000001-000000006"] and len(folders(grown)) == 4
    assert found(grown, "walrusa") == [1, 3, 5] and found(grown, "carpenter1") == [3, 4]
    with indexing.reading(grown):
        indexing.update(grown, silent)
        assert len(folders(grown)) == 4
    indexing.update(grown, silent)
    assert folders(grown) == names(grown) and found(grown, "NOT walrusa") == [2, 4, 6]


def test_a_kill_before_the_merge_is_entered_loses_nothing(grown: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    with grown.write() as db:
        indexing.forget(db)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(indexing, "_BYTES", 1)  # a segment for each document
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "delete", killed)
        with pytest.raises(KeyboardInterrupt):
            indexing.update(grown, silent)
    assert len(names(grown)) == 6 and found(grown, "walrusa") == [1, 3, 5]
    indexing.update(grown, silent)
    assert len(names(grown)) == 1 and found(grown, "walrusa") == [1, 3, 5]


def test_a_segment_of_other_rules_is_built_anew(grown: Matter) -> None:
    [name] = names(grown)
    manifest = indexing.folder(grown) / name / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 1'))
    assert indexing.update(grown, silent) == 6 and found(grown, "walrusa") == [1, 3, 5]


def test_a_damaged_segment_is_found_by_the_merge_and_built_anew(grown: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    with grown.write() as db:
        indexing.forget(db)
    monkeypatch.setattr(indexing, "_BYTES", 1)
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "_merge", lambda _: True)
        indexing.update(grown, silent)
    (indexing.folder(grown) / names(grown)[4] / "postings").write_bytes(b"cut")
    assert indexing.update(grown, silent) > 0 and found(grown, "walrusa") == [1, 3, 5]


def test_name_and_address_of_a_person_are_units_of_their_own(tmp_path: Path) -> None:
    row = SimpleNamespace(
        name="x.eml", custodian="ann", path="x.eml",
        fields='{"from": "Jones, Pat <pj@city.example>", "to": ["<a@b.example>", "plain"], "subject": "s <a@b.c>"}',
    )  # fmt: skip
    assert indexing.units(row)[3:] == [
        ("subject", "s <a@b.c>"), ("from", "Jones, Pat"), ("from", "pj@city.example"), ("to", "<a@b.example>"),
        ("to", "plain"),
    ]  # fmt: skip
    with matter_of(tmp_path / "matter") as matter:
        write(tmp_path / "pile", {"one.eml": mail(sender="Pat Jones <pj@city.example>")})
        verbs.ingest(matter, [("ann", tmp_path / "pile")])
        assert found(matter, 'from:"pat jones"') == [1] == found(matter, 'participants:"city example"')
        assert found(matter, 'from:"jones pj"') == []
