"""Every command line that the documentation quotes names a command and options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from docs_pages import blocks, label, pages, prose, quoted

from tecum.cli import reference
from tecum.cli.show import State, anywhere

_OWN = re.compile(r"(?:\S*/)?tecum(?= |$)")
KNOWN = dict(reference.commands())


def lines(page: Path) -> list[str]:
    """Command lines of tecum in fenced blocks and between backticks."""
    found = [line for block in blocks(page, "console") for line in block.splitlines()]
    found += [code for code in quoted(prose(page)) if code.startswith("tecum ")]
    parts = [part.strip() for line in found for part in line.split("&&")]
    return [part for part in parts if _OWN.match(part)]


def complaint(line: str) -> str:
    """What is wrong with a command line; "" when nothing is."""
    rest = anywhere(shlex.split(line)[1:], State())
    if rest in ([], ["--help"], ["COMMAND", "--help"]):
        return ""
    name = next((n for n in (" ".join(["tecum", *rest[:2]]), " ".join(["tecum", *rest[:1]])) if n in KNOWN), "")
    if not name:
        return "" if rest in (["terms"], ["demand"]) else f"no such command: {line}"
    options = {each for one in KNOWN[name].params for each in (*one.opts, *one.secondary_opts)} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in options]
    return f"{unknown} in: {line}" if unknown else ""


@pytest.mark.parametrize("page", pages(), ids=label)
def test_quoted_command_lines_exist(page: Path) -> None:
    assert [said for line in lines(page) if (said := complaint(line))] == []


def test_the_test_sees_what_is_wrong() -> None:
    assert complaint("tecum answer demand.toml --out matter -C x --json") == ""
    assert "no such command" in complaint("tecum review VOL001")
    assert "--fast" in complaint("tecum terms report --fast")


def test_the_pages_show_every_command_at_work() -> None:
    shown = " ".join(line for page in pages() for line in lines(page) if page.name != "command-line.md")
    assert [name for name in KNOWN if name not in shown] == []
