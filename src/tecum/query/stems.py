"""English stems: which words ``apply~`` stands for."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

_CHANGED: Final = 2  # letters at the end of a stem that its words need not begin with (dying, die; happy, happi)


def stems_version() -> str:
    """The rules and the release that computes them, to be recorded with every count."""
    return f"snowball-english {version('snowballstemmer')}"


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of a folded word by Snowball's English rules (Porter 2).

    There is no list of irregular forms beyond that of the rules: ``went`` has not the stem of ``go``.
    """
    return str(_stemmer().stemWord(word))


def stem_prefix(word: str) -> str:
    """The characters with which every word begins that has the same stem as ``word``."""
    return stem(word)[:-_CHANGED]
