"""Make the pictures of the documentation from what the program really prints, on the made-up city only.

``python docs/pictures/make.py`` runs ``tecum demo`` in a temporary folder and writes ``demo.svg`` beside this file.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 104  # characters
_PROGRAM = "import sys; from tecum.cli import main; main(sys.argv[1:])"


def printed(arguments: list[str]) -> str:
    """Run tecum in a new folder and return what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, *arguments], cwd=folder, capture_output=True, encoding="utf-8"
        )
    if done.returncode not in (0, 100):
        raise SystemExit(f"tecum {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def picture(arguments: list[str]) -> str:
    """Return a terminal as SVG, with the command line and its output; it fetches no font from elsewhere."""
    command = f"tecum {' '.join(arguments)}"
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text(f"$ {command}", style="bold green"))
    console.print(Text(printed(arguments).rstrip()))
    drawn = console.export_svg(title=command, theme=SVG_EXPORT_THEME, unique_id="tecum")
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


if __name__ == "__main__":
    (HERE / "demo.svg").write_text(picture(["demo"]), encoding="utf-8", newline="\n")
