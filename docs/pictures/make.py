"""Make the pictures of the documentation from what the program really prints.

``python docs/pictures/make.py`` runs ``tecum demo`` and ``tecum demo docket`` in temporary folders and writes
``demo.svg`` and ``docket.svg`` beside this file: a made-up city, and public facts. With ``docket`` only that one.
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
WIDTH, WIDE = 104, 142  # characters
_PROGRAM = "import sys; from tecum.cli import main; main(sys.argv[1:])"
_BOARD = ["demand", "status", "--demand", "doj-2018-01-24", "--as-of", "2018-03-28", "-C", "docket/matter"]


def printed(arguments: list[str], folder: str) -> str:
    """Run tecum in a folder and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments], cwd=folder, capture_output=True, encoding="utf-8"
    )
    if done.returncode not in (0, 100):
        raise SystemExit(f"tecum {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.rstrip()


def picture(arguments: list[str], said: str, width: int = WIDTH) -> str:
    """Return a terminal as SVG, with the command line and what it said; it fetches no font from elsewhere."""
    command = f"tecum {' '.join(arguments)}"
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text(f"$ {command}", style="bold green"))
    console.print(Text(said))
    drawn = console.export_svg(title=command, theme=SVG_EXPORT_THEME, unique_id="tecum")
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def without_last_column(board: str) -> str:
    """The board without its column ``next``, which is too wide for a picture."""
    lines = board.splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("recipient "))
    end = next(at for at, line in enumerate(lines) if at > head and not line)
    last = lines[head].rindex("next")
    return "\n".join(line[:last].rstrip() if head <= at < end else line for at, line in enumerate(lines))


def demo() -> str:
    """The made-up city, answered and scored."""
    with tempfile.TemporaryDirectory() as folder:
        return picture(["demo"], printed(["demo"], folder))


def docket() -> str:
    """The board of the letters of January 2018, as of the day after the first of them was settled."""
    with tempfile.TemporaryDirectory() as folder:
        printed(["demo", "docket", "--out", "docket"], folder)
        return picture(_BOARD, without_last_column(printed(_BOARD, folder)), WIDE)


PICTURES = {"demo": demo, "docket": docket}

if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        (HERE / f"{name}.svg").write_text(PICTURES[name](), encoding="utf-8", newline="\n")
