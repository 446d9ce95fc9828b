"""The second opinion: what is compared, what counts as agreeing, and that it is recorded once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from old_office import Word

from piles import docx, matter_of, write
from tecum import verbs
from tecum.engine.schema import exception
from tecum.engine.store import forget_done
from tecum.errors import TecumError
from tecum.matter import Matter
from tecum.processing import agreement, ingest, secondreader
from tecum.processing.agreement import AGREEING, LOW, NOT_COMPARABLE, compare

WORDS = [f"word{number}" for number in range(40)]


def said(count: int, start: int = 0) -> str:
    return " ".join(WORDS[start : start + count])


def test_the_same_words_agree_whatever_their_case_order_and_number() -> None:
    assert compare(said(40), "", said(40).upper() + " " + said(5))[0] == AGREEING


def test_words_of_embedded_files_count_as_ours() -> None:
    assert compare(said(30), said(10, 30), said(40))[0] == AGREEING
    assert compare("", said(40), said(40))[0] == AGREEING


def test_missing_most_words_is_low_and_tells_both_shares() -> None:
    outcome, message = compare(said(19), "", said(40))
    assert outcome == LOW
    assert "of 40 different words" in message
    assert "48% stand in this text" in message
    assert "100% stand in that of the second extractor" in message


def test_finding_what_the_second_does_not_is_low_too() -> None:
    strange = " ".join(f"noise{number}" for number in range(60))
    assert compare(f"{said(40)} {strange}", "", said(40))[0] == LOW
    assert compare("", "", said(40))[0] == LOW


def test_half_is_enough() -> None:
    assert compare(said(20), "", said(40))[0] == AGREEING


@pytest.mark.parametrize("second", ["", said(19), "\0\1 -- ..."])
def test_few_words_are_no_opinion(second: str) -> None:
    assert compare(said(40), "", second)[0] == NOT_COMPARABLE


# -- in a matter -----------------------------------------------------------------------------------------


@pytest.fixture
def matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Matter:
    """A matter with letters of which the second extractor (a stand-in) reads other words in one."""
    pile = write(
        tmp_path / "pile",
        {
            "a.doc": Word(said(40) + "\r").file(),
            "b.docx": docx(said(5), "lost: the rest"),
            "c.docx": docx(said(40)),
            "copy of b.docx": docx(said(5), "lost: the rest"),
            "d.docx": docx("too", "few"),
            "note.txt": said(40).encode(),
        },
    )
    matter = matter_of(tmp_path / "matter")
    verbs.ingest(matter, [("ann", pile)])
    monkeypatch.setattr(secondreader, "engine", lambda: "stand-in 1")
    monkeypatch.setattr(secondreader, "TASK", "agreement_tasks:read_text")
    sandbox = agreement.Sandbox
    monkeypatch.setattr(agreement, "Sandbox", lambda limits, reads: sandbox(limits, allow=["agreement_tasks"]))
    return matter


def run(matter: Matter, amount: int | None = None, seed: int = 0) -> dict[str, Any]:
    return agreement.run(matter, ingest.options_of(matter), amount, lambda *_: None, seed=seed)


def low(matter: Matter) -> set[str]:
    return {row["path"] for row in verbs.exceptions(matter)["exceptions"] if row["code"] == "LOW_AGREEMENT"}


def test_everything_once_and_the_low_ones_on_every_copy(matter: Matter) -> None:
    expected = {"examined": 4, "agreeing": 2, "low": 1, "not_comparable": 1, "engine": "stand-in 1", "seed": 0}
    assert run(matter) == expected
    assert low(matter) == {"b.docx", "copy of b.docx"}
    assert run(matter) == expected, "a second run compares nothing again and tells the same"


def test_a_sample_is_drawn_by_its_seed(matter: Matter) -> None:
    first = run(matter, 2, seed=7)
    assert first["examined"] == 2
    with matter.write() as db:
        forget_done(db, agreement.STAGE)
        db.execute(exception.delete().where(exception.c.code == "LOW_AGREEMENT"))
    assert run(matter, 2, seed=7) == first
    assert run(matter, 99)["examined"] == 4


def test_the_ledger_knows(matter: Matter) -> None:
    run(matter)
    with matter.read() as db:
        rows = list(db.exec_driver_sql("SELECT action, body FROM ledger WHERE action = 'second-opinion'"))
    assert len(rows) == 1
    assert '"low":1' in rows[0].body.replace(" ", "")


def test_without_the_extractor_it_says_what_to_install(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secondreader, "engine", lambda: "")
    with pytest.raises(TecumError, match="not installed"):
        run(matter)


@pytest.mark.skipif(importlib.util.find_spec("extractous") is None, reason="the second extractor is not installed")
def test_the_real_one_reads_in_the_closed_sandbox(tmp_path: Path) -> None:
    pile = write(
        tmp_path / "pile",
        {"a.doc": Word(said(40) + "\r").file(), "b.rtf": rb"{\rtf1\ansi " + said(40).encode() + rb"\par}"},
    )
    matter = matter_of(tmp_path / "matter")
    verbs.ingest(matter, [("ann", pile)])
    found = run(matter)
    # It refuses a document that no Word has written, which is no opinion.
    assert (found["examined"], found["low"], found["agreeing"], found["not_comparable"]) == (2, 0, 1, 1)
