"""Reads bytes with the built-in readers in this very process, as the sandbox would in its child."""

from __future__ import annotations

import io
from typing import Any

from said import Said

from tecum.hooks import Input, Reader, Unreadable
from tecum.processing import readers
from tecum.processing.identify import identify

BY_KIND: dict[str, Reader] = {kind: reader for reader in readers.tecum_readers() for kind in reader.kinds}


class Reading(Said):
    """What a reader said; ``stopped`` is the code with which it ended, "" if it came to the end."""

    def __init__(self) -> None:
        super().__init__()
        self.is_container = False
        self.stopped = ""

    def container(self) -> None:
        self.is_container = True

    @property
    def text_said(self) -> str:
        return "".join(self.parts)

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.members]

    @property
    def codes(self) -> set[str]:
        return {str(code) for code, _ in self.problems}

    def member_named(self, name: str) -> tuple[bytes | None, dict[str, Any]]:
        return next((data, rest) for known, data, rest in self.members if known == name)


def reading_of(
    data: bytes, name: str = "", kind: str = "", charset: str = "", passwords: tuple[str, ...] = ()
) -> Reading:
    kind = kind or identify(data[: 1 << 16], name, io.BytesIO(data), len(data)).kind
    said = Reading()
    try:
        BY_KIND[kind].read(Input(io.BytesIO(data), len(data), name, kind, charset, passwords), said)
    except Unreadable as stop:
        said.stopped = str(stop.code)
        said.problem(stop.code, stop.message)
    return said
