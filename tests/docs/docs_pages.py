"""What the documentation says, in pieces that tests can compare with the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"

_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every page of the documentation, README and changelog."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def label(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of one kind, without their indentation."""
    return [
        re.sub(rf"^{found['indent']}", "", found["body"], flags=re.MULTILINE)
        for found in _FENCE.finditer(page.read_text("utf-8"))
        if found["kind"] == kind
    ]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def sections(page: Path) -> dict[str, str]:
    """The text below each heading of the second level."""
    parts = re.split(r"^## (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {head.strip("[] "): body for head, body in zip(parts[1::2], parts[2::2], strict=True)}


def table_rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of the tables in a text, heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads = {at - 1 for at, line in enumerate(lines) if line.startswith("| ---")}
    for at, line in enumerate(lines):
        if at not in heads and not line.startswith("| ---"):
            yield [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def quoted(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)
