"""The reference pages that are made from the program are what the program would make now, and complete."""

from __future__ import annotations

import ast
import inspect
import json
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docs_pages import REFERENCE, blocks, quoted, sections, table_rows

from tecum import deadlines, errors, fields
from tecum.cli import docket_reference, docket_states, reference
from tecum.demand import answers, columns, exchange, kinds, letters, nouns, standing
from tecum.model import ExceptionCode
from tecum.processing.remedies import REMEDIES
from tecum.query import MEANINGS
from tecum.receipt.codes import CODES


def test_no_page_is_stale() -> None:
    stale = reference.stale(REFERENCE)
    assert stale == [], "run: python -m tecum.cli.reference docs/reference"


def test_the_generator_writes_what_is_stale_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in reference.PAGES:
        shutil.copy(REFERENCE / name, tmp_path / name)
    assert reference.main([str(tmp_path), "--check"]) == 0
    (tmp_path / "errors.md").write_text("old", encoding="utf-8")
    (tmp_path / "fields.md").unlink()
    assert reference.main([str(tmp_path), "--check"]) == 1
    assert (tmp_path / "errors.md").read_text("utf-8") == "old"
    assert capsys.readouterr().out.splitlines() == ["errors.md is stale", "fields.md is stale"]
    assert reference.main([str(tmp_path)]) == 0
    assert reference.stale(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("errors.md", {one.code for one in errors.catalogue()}),
        ("check-codes.md", set(CODES)),
        ("exceptions.md", {code.value for code in ExceptionCode}),
        ("fields.md", set(fields.CATALOGUE)),
        ("query-findings.md", set(MEANINGS)),
        ("deadlines.md", set(deadlines.rules())),
        ("letters.md", {*letters.names(), *(f"{{{one}}}" for one in letters.FIELDS)}),
        ("letters.md", {f"[[{one}]]" for one in letters.BLOCKS}),
        ("deficiencies.md", set(exchange.KEYS)),
    ],
)
def test_every_code_has_a_row_with_a_meaning(name: str, wanted: set[str]) -> None:
    rows = {code: row for row in table_rows(reference.page(name)) for code in quoted(row[0])}
    assert wanted <= set(rows)
    for code in wanted:
        assert all(len(cell) > 3 for cell in rows[code][-1:]), f"{code} has no meaning"


def test_every_command_and_option_is_described() -> None:
    for name, command in reference.commands():
        assert command.help, name
        for one in command.params:
            assert one.help or one.metavar == "FILE" or one.metavar == "VOLUME", f"{name}: {one.name} lacks a sentence"


def test_every_exit_code_is_listed() -> None:
    listed = [int(row[0]) for row in table_rows(reference.page("exit-codes.md"))]
    assert listed == sorted({0, 1, 2, 3, 100, 130} | {one.exit_code for one in errors.catalogue()})


def test_exception_codes_have_a_remedy() -> None:
    assert set(REMEDIES) == set(ExceptionCode)


# -- the docket ------------------------------------------------------------------------------------------


def test_every_kind_of_event_says_what_it_needs() -> None:
    rows = {quoted(row[0])[0]: row for row in table_rows(sections(REFERENCE / "docket.md")["Kinds of events"])}
    assert set(rows) == set(kinds.KINDS)
    for name, kind in kinds.KINDS.items():
        _, who, meaning, says, after = rows[name]
        assert who == kind.who
        assert ("*Proof.*" in meaning) == kind.proof
        assert set(kind.fields) <= set(quoted(says))
        assert all(f"**`{key}`**" in says for key in kind.must)
        assert quoted(after) == list(kind.after)


def test_every_column_is_described() -> None:
    rows = [quoted(row[0])[0] for row in table_rows(sections(REFERENCE / "docket.md")["Tables"])]
    assert rows == [one.name for table in columns.TABLES.values() for one in table]


def words_of(function: Callable[..., Any]) -> set[str]:
    """The literal texts that a function can return, alone or as the first of a pair."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    returned = [one.value for one in ast.walk(tree) if isinstance(one, ast.Return)]
    first = [one.elts[0] if isinstance(one, ast.Tuple) else one for one in returned]
    return {
        leaf.value
        for one in first
        for leaf in ast.walk(one)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


def test_every_state_of_the_board_is_explained() -> None:
    said = words_of(answers.response) | words_of(answers._first_step)
    steps = {*answers._FIRST_STEPS, "undelivered", *kinds.ENDED}
    assert said | steps == set(docket_states.RESPONSE)
    assert set(docket_states.CONSEQUENCE) == set(standing.CONSEQUENCES)
    assert set(docket_states.LITIGATION) == words_of(standing._litigation) | {
        "suit filed", *standing._CASE_WORDS.values()
    }  # fmt: skip
    assert set(docket_states.DEFICIENCY) == {"open", *answers._STATES.values()}
    assert set(docket_states.EFFECTS) == set(nouns.EFFECTS)
    assert set(docket_states.FREEZES) == set(nouns.FREEZES)
    assert {answers.OPEN, answers.SHORT, *answers.SETTLED} < set(docket_states.DISPOSITIONS)


def test_what_is_not_verified_is_marked() -> None:
    rows = {quoted(row[0])[0]: row[-1] for row in table_rows(sections(REFERENCE / "deadlines.md")["Rules"])}
    assert {name for name, read in rows.items() if "not verified" in read} == {
        name for name, rule in deadlines.rules().items() if not rule.verified
    }


def test_the_exchange_is_described_as_it_is_read(tmp_path: Path) -> None:
    (example,) = blocks(REFERENCE / "deficiencies.md", "json")
    path = tmp_path / "example.json"
    path.write_text(example, encoding="utf-8")
    read = exchange.read(path)
    schema = json.loads((REFERENCE / docket_reference.SCHEMA).read_text("utf-8"))
    row = schema["properties"]["deficiencies"]["items"]
    assert set(row["properties"]) == set(exchange.KEYS)
    assert set(schema["properties"]) == set(docket_reference.HEAD)
    assert set(read) <= set(docket_reference.HEAD)
    for missing in row["required"]:
        broken = {**read, "deficiencies": [{**read["deficiencies"][0], missing: ""}]}
        path.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(errors.ExchangeInvalid):
            exchange.read(path)
