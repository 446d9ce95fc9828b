"""The Python examples run, one after the other, as a script in a new folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import DOCS, blocks


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
