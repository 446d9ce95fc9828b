"""What the walk over RTF keeps of its groups, and the text on its way out, paragraph by paragraph."""

from __future__ import annotations

from dataclasses import dataclass, field

from tecum.processing.readers import marks
from tecum.processing.readers.marks import Mark


@dataclass(slots=True)
class Group:
    """What holds inside one pair of braces.

    ``sink`` is "text", "skip", "fonts", "info", "object", "code", "authors" or a field; ``opening`` the destination
    that this very group opens.
    """

    sink: str = "text"
    font: int = -1
    unicode_skip: int = 1
    hidden: bool = False
    deleted: bool = False
    inserted: bool = False
    author: int = -1
    deleter: int = -1
    when: int = 0
    deleted_when: int = 0
    preview: bool = False  # within an embedded object: its pictures only show the file that is handed over
    starred: bool = False
    fresh: bool = True  # nothing but its brace was read yet
    opening: str = ""
    start: int = 0  # of its text in the line
    children: int = 0
    own: list[bytes] = field(default_factory=list)  # bytes gathered for a sink that is not text

    def inside(self, start: int) -> Group:
        """Return the group that opens inside this one: it inherits how letters look, and where they go.

        Written out, since ``dataclasses.replace`` takes ten times as long and there are more groups than words.
        """
        return Group(
            self.sink, self.font, self.unicode_skip, self.hidden, self.deleted, self.inserted, self.author,
            self.deleter, self.when, self.deleted_when, self.preview, start=start, own=self.own,
        )  # fmt: skip


class Story:
    """Text on its way out: the body, or what stands aside. ``line`` is the paragraph being read."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.line: list[tuple[Mark | None, str]] = []
        self.beside: list[str] = []
        self._blank = 2  # lines without text that came last

    def end_line(self) -> None:
        """Close the paragraph: as it is shown, its marks, and what stands beside it."""
        plain = not any(mark for mark, _ in self.line)
        lines = ["".join(text for _, text in self.line)] if plain else list(marks.lines(self.line))
        for text in [*lines, *self.beside]:
            self._blank = 0 if text.strip() else self._blank + 1
            if self._blank < 3:
                self.parts.append(f"{text}\n")
        self.line.clear()
        self.beside.clear()

    def text(self) -> str:
        """Return all of it."""
        if self.line or self.beside:
            self.end_line()
        return "".join(self.parts).strip("\n")
