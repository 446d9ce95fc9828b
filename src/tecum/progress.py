"""How a long run says where it is: a callable that takes the step, how much is done, and of how much."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # 0 as the last means that the end is not known


def silent(step: str, done: int, of: int) -> None:
    """Progress that nobody watches."""
