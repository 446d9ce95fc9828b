"""Markdown as the reference pages need it: tables, and a docstring as one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def sentence(text: str | None) -> str:
    """Return a text without line breaks."""
    return " ".join((text or "").split())


def code(words: Iterable[str]) -> str:
    """Return words between backticks, separated by commas."""
    return ", ".join(f"`{one}`" for one in words)
