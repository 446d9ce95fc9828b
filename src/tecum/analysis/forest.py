"""Messages as a forest: who answers whom, with the evidence, cycles refused, missing messages kept as placeholders.

After Zawinski's threading algorithm (https://www.jwz.org/doc/threading.html), with one difference: which tree
a message belongs to is kept by union and find, so that refusing a cycle costs next to nothing in a thread of
any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Tie:
    """Why a node hangs below another: the kind of evidence, and what exactly was seen."""

    kind: str
    detail: str = ""


class Forest:
    """Nodes are numbers; those added with ``present`` are messages, the others stand for messages not here."""

    def __init__(self) -> None:
        self.parent: list[int] = []  # -1 = none
        self.tie: list[Tie | None] = []
        self._present: list[bool] = []
        self._set: list[int] = []  # union-find
        self._top: list[int] = []  # of a set, by its representative

    def add(self, present: bool) -> int:
        """Add a node without a parent and return its number."""
        node = len(self.parent)
        self.parent.append(-1)
        self.tie.append(None)
        self._present.append(present)
        self._set.append(node)
        self._top.append(node)
        return node

    def top(self, node: int) -> int:
        """Return the node without a parent above this one."""
        return self._top[self._find(node)]

    def together(self, one: int, other: int) -> bool:
        """Tell whether two nodes are in one tree."""
        return self._find(one) == self._find(other)

    def hang(self, child: int, below: int, tie: Tie) -> bool:
        """Hang a node that has no parent below another; False when it has one, or a cycle would come of it."""
        if self.parent[child] >= 0 or self.together(child, below):
            return False
        mine, theirs = self._find(child), self._find(below)
        self.parent[child] = below
        self.tie[child] = tie
        self._set[mine] = theirs
        return True

    def join(self, child: int, below: int, tie: Tie) -> bool:
        """Hang the whole tree of ``child`` below a node of another tree; False when it is the same tree."""
        return self.hang(self.top(child), below, tie)

    def beside(self, one: int, other: int, tie: Tie) -> bool:
        """Put two trees side by side, below a message that is not here; False when they are one tree."""
        if self.together(one, other):
            return False
        top = self.top(other)
        if self._present[top]:
            missing = self.add(present=False)
            self.hang(top, missing, tie)
            top = missing
        return self.hang(self.top(one), top, tie)

    def answered(self, node: int) -> tuple[int, list[Tie]]:
        """Return the nearest message above (-1 = none is here) and the ties on the way."""
        ties = []
        if tie := self.tie[node]:
            ties.append(tie)
        above = self.parent[node]
        if above >= 0 and not self._present[above]:
            above, further = self._beyond(above)
            ties += further
        return above, ties

    def _beyond(self, node: int) -> tuple[int, list[Tie]]:
        """``answered`` for a placeholder. A run of them is cut short, so that it is walked but once."""
        path: list[int] = []
        while node >= 0 and not self._present[node]:
            path.append(node)
            node = self.parent[node]
        kinds: dict[str, Tie] = {}
        for one in reversed(path):
            if tie := self.tie[one]:
                kinds = {tie.kind: tie} | {kind: known for kind, known in kinds.items() if kind != tie.kind}
        return node, list(kinds.values())

    def trees(self) -> Iterator[tuple[int, list[int]]]:
        """Yield each top with the messages of its tree, in order of number."""
        found: dict[int, list[int]] = {}
        for node, here in enumerate(self._present):
            if here:
                found.setdefault(self.top(node), []).append(node)
        yield from found.items()

    def _find(self, node: int) -> int:
        root = node
        while self._set[root] != root:
            root = self._set[root]
        while self._set[node] != root:
            self._set[node], node = root, self._set[node]
        return root
