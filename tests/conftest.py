"""Fixtures that several test folders share: a town that was ingested and produced once, copied where it is changed."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
from hypothesis import settings

from piles import town, with_processing
from tecum import verbs
from tecum.matter import Matter

settings.register_profile("fixed", derandomize=True)  # the same examples on every run
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@dataclass(frozen=True)
class Answered:
    """A town's demand, its matter, and what ``answer`` said of it."""

    demand: Path
    folder: Path
    said: dict[str, Any]

    @property
    def volume(self) -> Path:
        return self.folder / "productions/VOL001"

    @property
    def papers(self) -> Path:
        return self.folder / "productions/VOL001.papers"


@pytest.fixture(scope="session", autouse=True)
def one_command_line() -> Iterator[None]:
    """The command line is built once: Typer builds it anew for each call, which takes as long as the call itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture
def one_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever acts is ``test``, the clock stands, and what a crash leaves behind is not left in the project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TECUM_ACTOR", "test")
    monkeypatch.setenv("TECUM_NOW", "2018-02-01T12:00:00Z")


@pytest.fixture(scope="session")
def answered_once(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """The town of ``piles.town``, answered. Nobody changes it: take ``answered`` for that."""
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", "2018-02-01T12:00:00Z")
        path = town(folder)
        with with_processing(verbs.init(folder / "matter", demand=path), workers=1):
            pass
        said = verbs.answer(path, (), folder / "matter")
    return Answered(path, folder / "matter", said)


@pytest.fixture
def answered(answered_once: Answered, tmp_path: Path) -> Answered:
    """A copy of the answered town that a test may spoil."""
    folder = tmp_path / "matter"
    shutil.copytree(answered_once.folder, folder, symlinks=True)
    return Answered(answered_once.demand, folder, answered_once.said)


@pytest.fixture
def answered_matter(answered: Answered) -> Iterator[Matter]:
    """An open matter on the copy."""
    with verbs.open(answered.folder) as matter:
        yield matter


_PLAIN = (
    "import ctypes, os, sys; c = ctypes.CDLL(None); c.prctl(24, 1); c.prctl(24, 2); os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.fixture
def plain_python() -> list[str]:
    """The command of an interpreter whom file permissions stop, even when root runs the tests.

    PR_CAPBSET_DROP (24) takes CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2) from whatever is executed next.
    """
    return [sys.executable, "-c", _PLAIN, sys.executable]
