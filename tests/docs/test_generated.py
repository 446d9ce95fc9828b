"""The reference pages that are made from the program are what the program would make now, and complete."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docs_pages import REFERENCE, quoted, table_rows

from tecum import errors, fields
from tecum.cli import reference
from tecum.model import ExceptionCode
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
    assert set(reference.EXCEPTION_MEANINGS) == set(ExceptionCode)
