"""LibreOffice in batches: a poison file harms itself alone, every file is answered, the number of starts is bounded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from old_office import Word
from reading_of import reading_of

from tecum.engine import office, programs
from tecum.engine.office import Office
from tecum.engine.programs import Program
from tecum.engine.sandbox import Limits, Outcome, Sandbox

QUICK = Limits(wall_s=5, cpu_s=5, memory_mb=256)
Answer = bytes | Outcome


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Let ``office_tasks`` be LibreOffice; returns its library."""
    library = tmp_path / "libmergedlo.so"
    library.touch()
    monkeypatch.setattr(office, "Sandbox", partial(Sandbox, allow=["office_tasks"]))
    monkeypatch.setattr(office, "_TASK", "office_tasks:convert_batch")
    monkeypatch.setattr(office, "library", lambda program: library)
    monkeypatch.setattr(programs, "find", lambda name: Program("soffice", tmp_path / "soffice.bin", ()))
    yield library


def answers(converter: Office, files: Sequence[bytes]) -> list[Answer]:
    """What became of each file, in their order; a path is read while it is there."""
    found = [
        (key, answer.read_bytes() if isinstance(answer, Path) else answer)
        for key, answer in converter.convert([(number, data, "doc", "odt") for number, data in enumerate(files)])
    ]
    assert [key for key, _ in found] == list(range(len(files)))
    return [answer for _, answer in found]


def codes(found: Sequence[Answer]) -> list[str]:
    return [one.code if isinstance(one, Outcome) else "" for one in found]


@pytest.mark.usefixtures("stand_in")
def test_one_start_for_a_batch() -> None:
    converter = Office(QUICK)
    assert answers(converter, [b"one", b"two", b"three"]) == [b"odt:one", b"odt:two", b"odt:three"]
    assert converter.starts == 1


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(("poison", "code"), [("crash", "CRASH"), ("late", "TIMEOUT"), ("half", "CRASH")])
def test_a_poison_file_harms_itself_alone(poison: str, code: str) -> None:
    converter = Office(QUICK)
    found = answers(converter, [b"one", poison.encode(), b"two", b"three"])
    assert codes(found) == ["", code, "", ""]
    assert found[2:] == [b"odt:two", b"odt:three"], "what a dead process began to send is no part of another file"
    assert converter.starts == 3  # with the poison in the midst, with it first, and without


@pytest.mark.usefixtures("stand_in")
def test_one_that_eats_memory_is_named_as_such() -> None:
    assert codes(answers(Office(QUICK), [b"grow", b"one"]))[0] in ("MEMORY", "CRASH")


@pytest.mark.usefixtures("stand_in")
def test_one_that_hangs_is_killed_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_START_S", 0.3)
    assert codes(answers(Office(replace(QUICK, wall_s=0.2)), [b"hang", b"one"])) == ["TIMEOUT", ""]


@pytest.mark.usefixtures("stand_in")
def test_never_more_starts_than_files() -> None:
    converter = Office(QUICK)
    assert codes(answers(converter, [b"crash"] * 5)) == ["CRASH"] * 5
    assert converter.starts == 5


@pytest.mark.usefixtures("stand_in")
def test_what_it_refuses_goes_on_in_the_same_process() -> None:
    converter = Office(QUICK)
    found = answers(converter, [b"refuse", b"lack", b"one"])
    assert codes(found) == ["CORRUPT", "UNSUPPORTED", ""]
    assert isinstance(found[0], Outcome)
    assert "no such format" in found[0].message
    assert converter.starts == 1


def test_one_that_does_not_start_is_not_started_for_every_file(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "library", lambda program: stand_in.with_name("broken"))
    converter = Office(QUICK)
    assert codes(answers(converter, [b"one"] * 30)) == ["CRASH"] * 30
    assert converter.starts == 2


@pytest.mark.usefixtures("stand_in")
def test_large_files_do_not_share_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "BYTES", 10)
    converter = Office(QUICK)
    assert answers(converter, [b"a" * 11, b"b" * 6, b"c" * 4]) == [b"odt:" + b"a" * 11, b"odt:bbbbbb", b"odt:cccc"]
    assert converter.starts == 2


def test_without_libreoffice_every_file_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find", lambda name: None)
    found = answers(Office(QUICK), [b"one", b"two"])
    assert codes(found) == ["UNSUPPORTED"] * 2
    assert isinstance(found[0], Outcome)
    assert "LibreOffice" in found[0].message


NEEDED = pytest.mark.skipif(programs.find("soffice") is None, reason="LibreOffice is not installed")


def odt_text(converted: Answer) -> str:
    assert isinstance(converted, bytes)
    return reading_of(converted, "x.odt").text_said


@NEEDED
@pytest.mark.slow
def test_the_real_one_converts_in_the_closed_sandbox() -> None:
    converter = Office(Limits())
    letter = Word("Dear Ann,\rno.\r", footnotes="\x02 A note.\r").file()
    found = answers(converter, [letter, b"not a document \0\1\2", letter])
    assert [code in ("", "CORRUPT") for code in codes(found)] == [True] * 3
    assert "Dear Ann," in odt_text(found[0])
    assert odt_text(found[0]) == odt_text(found[2])
    assert converter.starts == 1


@NEEDED
@pytest.mark.slow
def test_the_batch_makes_no_difference() -> None:
    letters = [Word(f"Letter {number}\r" * (number + 1), boxes="In a box\r").file() for number in range(6)]
    together = answers(Office(Limits()), letters)
    alone = [answers(Office(Limits()), [letter])[0] for letter in letters]
    assert [odt_text(one) for one in together] == [odt_text(one) for one in alone]
    assert all(isinstance(one, bytes) and zipfile.is_zipfile(io.BytesIO(one)) for one in together)
