"""Keys of the demand file and of tecum.toml, and the kinds of files read, are those that the program knows."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from pathlib import Path

import pytest
from docs_pages import DOCS, REFERENCE, blocks, quoted, sections, table_rows

from tecum import demandfile, settings, toml
from tecum.demand.columns import TABLES
from tecum.demandfile import Production
from tecum.engine import sheets
from tecum.errors import DemandInvalid
from tecum.processing import identify
from tecum.processing.reading import readers
from tecum.settings import SIDES, Processing, Settings

DEMAND, TOML = REFERENCE / "demand-file.md", REFERENCE / "settings.md"


def whole(tmp_path: Path) -> Path:
    path = tmp_path / "demand.toml"
    (text,) = blocks(DEMAND, "toml")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Every key that is looked for while a file is read, by table."""
    found: dict[str, set[str]] = defaultdict(set)
    get = toml.Section._get

    def recording(self: toml.Section, key: str, default: object, *, optional: bool = False) -> object:
        found[self._where[0].partition(".")[0] if self._where[0] != "custodians" else "names"].add(key)
        return get(self, key, default, optional=optional)

    monkeypatch.setattr(toml.Section, "_get", recording)
    return found


def documented(page: Path, table: str) -> set[str]:
    rows = table_rows(sections(page)[table])
    return {key for row in rows for key in quoted(row[0])}


def test_demand_file_keys(asked: dict[str, set[str]], tmp_path: Path) -> None:
    plan = demandfile.read(whole(tmp_path))
    assert [one.number for one in plan.requests] == ["1", "2"]
    tables = ("demand", "request", "custodians", "counsel", "production")
    for table in tables:
        assert documented(DEMAND, table) == asked[table] - {"sources"}, table  # a second name for source


def test_the_demanding_side_may_name_those_who_are_to_answer(tmp_path: Path) -> None:
    path = whole(tmp_path)
    said = demandfile.read_asked(path)
    assert (len(said.requests), said.recipients) == (2, ())
    named = 'recipients = ["alderbrook", "birchwater"]'
    assert named in DEMAND.read_text("utf-8")
    path.write_text(f"{named}\n{path.read_text('utf-8')}", encoding="utf-8")
    assert demandfile.read_asked(path).recipients == ("alderbrook", "birchwater")
    with pytest.raises(DemandInvalid):
        demandfile.read(path)


def test_the_demand_of_the_how_to_is_a_demand_file(tmp_path: Path) -> None:
    demand, recipients = blocks(DOCS / "how-to" / "keep-a-docket.md", "text")[:2]
    path = tmp_path / "demand.toml"
    path.write_text(demand, encoding="utf-8")
    said = demandfile.read_asked(path)
    assert (said.demand.id, [one.number for one in said.requests]) == ("custody-2018", ["1", "2", "3"])
    table = tmp_path / "recipients.csv"
    table.write_text(recipients, encoding="utf-8")
    (sheet,) = sheets.read(table)
    assert set(sheet.columns) <= {one.name for one in TABLES["recipients"]}


def test_words_of_the_demand_file_are_the_programs() -> None:
    rows = {quoted(row[0])[0]: quoted(row[1]) for row in table_rows(DEMAND.read_text("utf-8"))}
    assert rows["answer"] == [f'"{one}"' for one in demandfile.ANSWERS]
    assert rows["pauses"] == [f'"{one}"' for one in demandfile.PAUSES]
    sides = quoted(next(row[1] for row in table_rows(sections(TOML)["matter"]) if quoted(row[0]) == ["side"]))
    assert sides[:2] == [f'"{one}"' for one in SIDES]


def test_settings_keys(asked: dict[str, set[str]], tmp_path: Path) -> None:
    path = tmp_path / "tecum.toml"
    path.write_text(settings.write(Settings("m", demandfile.read(whole(tmp_path)))), encoding="utf-8")
    settings.read(path)
    assert documented(TOML, "processing") == asked["processing"]
    assert documented(TOML, "matter") == asked["matter"]
    assert "engine" in sections(TOML)


@pytest.mark.parametrize(
    ("page", "table", "kind"), [(TOML, "processing", Processing), (DEMAND, "production", Production)]
)
def test_defaults_are_the_programs(page: Path, table: str, kind: type) -> None:
    said = {quoted(row[0])[0]: row[-1] for row in table_rows(sections(page)[table])}
    for field in dataclasses.fields(kind):
        if field.default in ("", dataclasses.MISSING) or said[field.name] == "required":
            assert said[field.name] in ("none", "required"), field.name
        else:
            assert said[field.name] == f"`{toml.value(field.default)}`", field.name


def test_the_first_pile_of_the_introduction_is_a_demand_file(tmp_path: Path) -> None:
    path = tmp_path / "demand.toml"
    path.write_text("\n".join(blocks(DOCS / "index.md", "toml")), encoding="utf-8")
    plan = demandfile.read(path)
    assert plan.production.prefix == "RIV"
    assert [one.key for one in plan.custodians] == ["chief", "records"]


def test_kinds_of_files_that_are_read() -> None:
    text = sections(DOCS / "how-to" / "collect-and-process.md")["What is read"]
    before, _, after = text.partition("Not read, and recorded as")
    read = {kind for row in table_rows(before) for kind in quoted(row[0])}
    not_read = set(quoted(after.partition("kind.")[0])) - {"UNSUPPORTED"}
    assert read == set(readers())
    assert not_read == set(identify._MIME) - set(readers()) - {"empty"}
