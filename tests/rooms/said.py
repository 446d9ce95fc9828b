"""An ``Emit`` that keeps what a reader says, for the readers' tests."""

from __future__ import annotations

from typing import Any, BinaryIO


class Said:
    """What a reader said, kept in lists."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.fields: dict[str, str | list[str]] = {}
        self.members: list[tuple[str, bytes | None, dict[str, Any]]] = []
        self.problems: list[tuple[str, str]] = []

    def text(self, part: str) -> None:
        self.parts.append(part)

    def field(self, name: str, value: str | list[str]) -> None:
        self.fields[name] = value

    def member(self, name: str, data: bytes | BinaryIO | None, **rest: Any) -> None:
        self.members.append((name, data if data is None or isinstance(data, bytes) else data.read(), rest))

    def container(self) -> None:
        raise AssertionError("an office file is a document")

    def problem(self, code: str, message: str) -> None:
        self.problems.append((code, message))
