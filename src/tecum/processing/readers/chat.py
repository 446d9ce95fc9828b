"""A conversation as text: who said what and when, in threads, with edits, deletions and reactions kept and marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Edit:
    """One change of a message: when (ISO 8601) and by whom, each "" if unknown; the words before it, None too."""

    when: str
    who: str
    before: str | None = None


@dataclass
class Message:
    """One message or event. ``when`` is ISO 8601 in UTC, ``answers`` names the message whose thread it is in.

    ``reactions`` are (reaction, names), ``files`` names of attached files, ``marks`` other facts in few words.
    """

    when: str
    who: str
    words: str
    answers: str = ""
    deleted: bool = False
    edits: list[Edit] = field(default_factory=list)
    reactions: list[tuple[str, list[str]]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)


def written(messages: Iterable[Message]) -> Iterator[str]:
    """Yield the text of each message: a line with time and name, its words, and what became of it."""
    for one in messages:
        marks = [f"answers {one.answers}"] if one.answers else []
        marks += [*one.marks, *(["deleted"] if one.deleted else [])]
        marks += [_edited(edit) for edit in one.edits]
        head = f"{one.when} {one.who}".strip()
        lines = [f"{head} [{'; '.join(marks)}]:" if marks else f"{head}:"]
        lines += [one.words] if one.words else []
        lines += [f"[before the edit: {edit.before}]" for edit in one.edits if edit.before is not None]
        lines += [f"[file: {name}]" for name in one.files]
        lines += [f"[reaction {what}: {', '.join(names)}]" for what, names in one.reactions]
        yield "\n".join(lines) + "\n\n"


def _edited(edit: Edit) -> str:
    return " ".join(["edited", *([f"at {edit.when}"] if edit.when else []), *([f"by {edit.who}"] if edit.who else [])])


def listed(untrusted: object) -> list[Any]:
    """Return a value of an export's JSON that should be a list; empty when it is none."""
    return untrusted if isinstance(untrusted, list) else []


def records(untrusted: object) -> list[dict[str, Any]]:
    """Return the objects in what should be a list of them."""
    return [one for one in listed(untrusted) if isinstance(one, dict)]
