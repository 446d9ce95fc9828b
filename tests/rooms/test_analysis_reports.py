"""The papers of what analysis found: whole in a workbook, cut and saying so on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from piles import mail, matter_of, write
from tecum import verbs
from tecum.analysis import reports
from tecum.engine.paper import Paragraph, Table


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    first = mail("pump", "The pump on Elm Street has failed again and the crew is on its way.")
    return write(tmp_path / "pile", {"a.eml": first, "b.eml": mail("Re: pump", "Thanks.")})


def test_every_report_of_analysis_can_be_written(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("x", pile)])
        for name in reports.REPORTS:
            for form in ("html", "csv"):
                assert verbs.report(matter, name, form)
        assert [row["control"] for row in verbs.threads(matter)] == ["C00000001", "C00000002"]
        assert {row["language"] for row in verbs.languages(matter)} == {"en", "und"}


def test_a_long_list_is_cut_on_paper_and_says_so(tmp_path: Path, pile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "ON_PAPER", 1)
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("x", pile)])
        paper, whole = (reports.blocks(matter, "threads", form) for form in ("pdf", "xlsx"))
    said = [block.text for block in paper if isinstance(block, Paragraph)]
    assert "The first 1 of 2 rows; XLSX and CSV hold all." in said
    short, full = (next(block for block in made if isinstance(block, Table)) for made in (paper, whole))
    assert len(short.rows) == 1 and len(full.rows) == 2
    assert "detail" not in short.columns and "detail" in full.columns
