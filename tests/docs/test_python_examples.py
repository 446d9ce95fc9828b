"""The Python examples run, one after the other, as a script in a new folder; the picture shows what is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import DOCS, blocks

PICTURES = DOCS / "pictures"


@pytest.mark.slow
def test_examples_run_on_the_made_up_city(tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text("\n".join(blocks(DOCS / "how-to" / "from-python.md", "python")), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "MATTER_NOT_FOUND" in done.stdout


def test_examples_are_python() -> None:
    for number, block in enumerate(blocks(DOCS / "how-to" / "from-python.md", "python")):
        compile(block, f"block {number}", "exec")


def pictured(name: str, tmp_path: Path) -> None:
    """Make a picture anew; run ``python docs/pictures/make.py`` when it differs."""
    (tmp_path / "make.py").write_text((PICTURES / "make.py").read_text("utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, tmp_path / "make.py", name], check=True, timeout=600)
    assert (tmp_path / f"{name}.svg").read_text("utf-8") == (PICTURES / f"{name}.svg").read_text("utf-8")


@pytest.mark.slow
def test_the_picture_shows_what_the_program_prints(tmp_path: Path) -> None:
    pictured("demo", tmp_path)


@pytest.mark.slow
def test_the_picture_of_the_board_shows_what_the_program_prints(tmp_path: Path) -> None:
    pictured("docket", tmp_path)
